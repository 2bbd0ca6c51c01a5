/*
 * A German list, pinned and not: with the pin nothing is taken but what was signed.  To reach
 * what the signature covers, each input is also read as JSON under a signature of its own.
 */
#include "fuzz.h"

#include "lists.h"

static hp_crypto *crypto;
static hp_pin *pin;
static const pki_cert *publisher, *signer;

static void
start(void)
{
    if (crypto != NULL)
        return;
    crypto = hp_crypto_new();
    publisher = pki_cert_new(&(pki_wish){ .name = "Publisher" });
    signer = pki_cert_new(&(pki_wish){ .country = "XA" });
    pin = hp_pin_read(crypto, pki_der(publisher));
    MUST(crypto != NULL && pin != NULL);
}

static hp_str
signed_list(hp_str json)
{
    return MAKER_JOIN(pki_base64(pki_sign_raw(pki_cert_key(publisher), HP_HASH_SHA256, json)),
                      HP_STR("\n"), json);
}

static const lists_result *
import(hp_str list, bool pinned)
{
    hp_feed_terms terms = { .crypto = crypto, .name = "fuzz", .now = MAKER_NOW, .pins = &pin,
                            .n_pins = pinned ? 1 : 0, .unsigned_ok = true };
    const lists_result *r = lists_import_one(hp_feed_find("de"), &terms, list);

    MUST(*r->why != '\0' || r->source.keys > 0);
    MUST(r->source.is_signed == (pinned && *r->why == '\0'));
    for (size_t i = 0; i < r->records.n; i++)
        MUST(r->records.all[i].kid.n == HP_KID && r->records.all[i].spki.n > 0);
    return r;
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    hp_str list = { p, n };
    hp_feed_file file = { "list", list };
    const lists_result *r;

    start();
    (void)hp_feed_of(&file);
    r = import(list, true);
    MUST(*r->why != '\0' || lists_find(r, signer) != NULL);
    (void)import(list, false);
    (void)import(MAKER_JOIN(HP_STR("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
                                   "AAAAAAAAAAAAAAAAAAAAAA==\n"), list), false);
    lists_end();
    return 0;
}

void
fuzz_seeds(void (*put)(const char *name, hp_str seed))
{
    hp_str json;

    start();
    json = MAKER_JOIN(HP_STR("{\"certificates\":["), lists_item("DSC", "XA", signer, publisher),
                      HP_STR("]}"));
    put("signed", signed_list(json));
    put("json", json);
    put("stranger", MAKER_JOIN(HP_STR("AA==\n"), json));
    put("types", HP_STR("{\"certificates\":[{\"certificateType\":\"CSCA\"},{\"certificateType\":"
                        "\"DSC\"},null,[],\"x\"],\"more\":1e9}"));
    put("empty", signed_list(HP_STR("{\"certificates\":[]}")));
}
