/*
 * A list of the EU gateway, with its anchor pinned and without: nothing is taken but what was
 * signed, and every record can be looked for.
 */
#include "fuzz.h"

#include "lists.h"

unsigned fuzz_costs = 5;

static hp_crypto *crypto;
static hp_pin *pin;
static const pki_cert *anchor, *csca, *upload, *signer, *second;

static void
start(void)
{
    if (crypto != NULL)
        return;
    crypto = hp_crypto_new();
    anchor = pki_cert_new(&(pki_wish){ .country = "EU", .name = "Anchor" });
    csca = pki_cert_new(&(pki_wish){ .country = "XA", .name = "CSCA", .authority = true });
    upload = pki_cert_new(&(pki_wish){ .country = "XA", .name = "Upload" });
    signer = pki_cert_new(&(pki_wish){ .country = "XA", .issuer = csca });
    second = pki_cert_new(&(pki_wish){ .country = "XA" });
    pin = hp_pin_read(crypto, pki_der(anchor));
    MUST(crypto != NULL && pin != NULL);
}

static void
import(hp_str list, bool pinned)
{
    hp_feed_terms terms = { .crypto = crypto, .name = "fuzz", .now = MAKER_NOW, .pins = &pin,
                            .n_pins = pinned ? 1 : 0, .unsigned_ok = true };
    const lists_result *r = lists_import_one(hp_feed_find("dgcg"), &terms, list);

    MUST(*r->why != '\0' || r->source.keys > 0);
    for (size_t i = 0; i < r->records.n; i++) {
        const hp_record *record = &r->records.all[i];

        MUST(record->kid.n == HP_KID && record->spki.n > 0);
        MUST(!pinned || record == lists_find(r, signer) || record == lists_find(r, second));
        MUST(!pinned || record->flaw == HP_FLAW_CHAIN || record == lists_find(r, signer));
    }
    lists_end();
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    hp_str list = { p, n };
    hp_feed_file file = { "list", list };

    start();
    (void)hp_feed_of(&file);
    import(list, true);
    import(list, false);
    return 0;
}

void
fuzz_seeds(void (*put)(const char *name, hp_str seed))
{
    hp_str authority, uploader, good;

    start();
    authority = lists_item("CSCA", "XA", csca, anchor);
    uploader = lists_item("UPLOAD", "XA", upload, anchor);
    good = lists_item("DSC", "XA", signer, upload);
    put("good", LISTS_ARRAY(authority, uploader, good));
    put("unchained", LISTS_ARRAY(authority, uploader, lists_item("DSC", "XA", second, upload)));
    put("alone", LISTS_ARRAY(good));
    put("stranger", LISTS_ARRAY(lists_item("UPLOAD", "XA", second, second), good));
    put("other", LISTS_ARRAY(lists_item("AUTHENTICATION", "XA", second, anchor), good));
    put("small", HP_STR("[{\"certificateType\":\"DSC\",\"kid\":\"AAAAAAAAAAA=\",\"country\":\"XA\"},1]"));
    put("empty", HP_STR("[]"));
}
