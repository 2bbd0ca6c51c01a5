/*
 * An archive as the European Commission publishes it, taken unsigned to reach what is in it,
 * and as the signature of a good one.
 */
#include "fuzz.h"

#include "lists.h"

unsigned fuzz_costs = 2;

static hp_crypto *crypto;
static hp_pin *pin;
static const pki_cert *publisher, *csca, *signer;
static hp_str archive; /* a good one */

static const char *
name_of(const char *kind, const pki_cert *cert)
{
    return maker_c_string(maker_print("%s/DCC/XA/%s.pem", kind,
                                      maker_c_string(pki_hex(pki_sha256(pki_der(cert))))));
}

static hp_str
make_archive(const char *options)
{
    const lists_file files[] = {
        { name_of("DSC", signer), pki_pem(signer), NULL },
        { name_of("CSCA", csca), pki_pem(csca), NULL },
        { "Readme.txt", HP_STR("text"), NULL },
    };

    return lists_zip(files, 3, options);
}

/* The good archive is kept out of the maker's ring, which turns. */
static void
start(void)
{
    static uint8_t room[65536];

    if (crypto != NULL)
        return;
    crypto = hp_crypto_new();
    publisher = pki_cert_new(&(pki_wish){ .country = "EU" });
    csca = pki_cert_new(&(pki_wish){ .country = "XA", .name = "CSCA", .authority = true });
    signer = pki_cert_new(&(pki_wish){ .country = "XA", .issuer = csca });
    pin = hp_pin_read(crypto, pki_der(publisher));
    archive = make_archive(NULL);
    MUST(crypto != NULL && pin != NULL && archive.n < sizeof(room));
    memcpy(room, archive.p, archive.n);
    archive.p = room;
}

static void
import(hp_str zip, const hp_str *signature)
{
    hp_feed_terms terms = { .crypto = crypto, .name = "fuzz", .now = 4e9, .pins = &pin,
                            .n_pins = signature != NULL ? 1 : 0, .unsigned_ok = true };
    hp_feed_file one = { "zip", zip };
    hp_feed_input input = { .files = &one, .n = 1 };
    const lists_result *r;

    if (signature != NULL)
        input.signature = (hp_feed_file){ "sig", *signature };
    r = lists_import(hp_feed_find("eu"), &terms, &input);
    MUST(*r->why != '\0' || r->source.keys > 0);
    MUST(r->source.is_signed == (signature != NULL && *r->why == '\0'));
    for (size_t i = 0; i < r->records.n; i++)
        MUST(r->records.all[i].kid.n == HP_KID && r->records.all[i].spki.n > 0);
    lists_end();
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    hp_str bytes = { p, n };
    hp_feed_file file = { "list", bytes };

    start();
    (void)hp_feed_of(&file);
    import(bytes, NULL);
    import(archive, &bytes);
    return 0;
}

void
fuzz_seeds(void (*put)(const char *name, hp_str seed))
{
    start();
    put("deflated", archive);
    put("stored", make_archive("zip:compression=store"));
    put("zip64", make_archive("zip:zip64"));
    put("encrypted", make_archive("zip:encryption=traditional"));
    put("signature", pki_base64(pki_cms(publisher, archive, PKI_DETACHED)));
    put("empty", lists_zip(NULL, 0, NULL));
}
