/* SMART Health Cards lists, unsigned: whatever is taken is a P-256 key of a good issuer. */
#include "fuzz.h"

#include "importer.h"

static importer one;

static void
check(void)
{
    const hp_records *list = &one.import.records;
    const hp_source *source = &list->sources[0];
    unsigned skipped = 0;

    for (size_t i = 0; i < HP_SKIP_KINDS; i++)
        skipped += source->skipped[i];
    MUST(source->keys == list->n && source->entries == list->n + skipped);
    for (size_t i = 0; i < list->n; i++) {
        const hp_record *record = &list->all[i];

        MUST(record->role == HP_ROLE_SIGNER && record->domains == HP_DOMAIN_SHC);
        MUST(record->kid.n == HP_SHA256 && record->spki.n == 91 && record->issuer.n <= 255);
        MUST(hp_str_starts(record->issuer, HP_STR("https://")));
        MUST(record->issuer.p[record->issuer.n - 1] != '/');
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    hp_str none = { NULL, 0 }, list = { p, n };

    if (one.terms.crypto == NULL) {
        importer_start(&one);
        one.terms.unsigned_ok = true;
        one.terms.issuer = "https://shc.example";
    }
    (void)hp_feed_jwks.is(&(hp_feed_file){ "x", list });
    if (importer_run_one(&one, &hp_feed_vci, list, none))
        check();
    if (importer_run_one(&one, &hp_feed_jwks, list, none))
        check();
    return 0;
}

void
fuzz_seeds(void (*put)(const char *name, hp_str seed))
{
    const pki_key *key = pki_key_new("P-256");
    hp_str x = pki_base64url(pki_parameter(key, "x")), y = pki_base64url(pki_parameter(key, "y"));
    hp_str kid = pki_base64url(pki_sha256(MAKER_JOIN(
        HP_STR("{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\""), x, HP_STR("\",\"y\":\""), y,
        HP_STR("\"}"))));
    hp_str jwk = MAKER_JOIN(HP_STR("{\"kty\":\"EC\",\"crv\":\"P-256\",\"use\":\"sig\",\"alg\":\"ES256\","
        "\"kid\":\""), kid, HP_STR("\",\"x\":\""), x, HP_STR("\",\"y\":\""), y, HP_STR("\"}"));

    put("set", MAKER_JOIN(HP_STR("{\"keys\":["), jwk, HP_STR("]}")));
    put("snapshot", MAKER_JOIN(HP_STR("{\"time\":\"2021-06-30T04:00:00Z\",\"issuerInfo\":["
        "{\"issuer\":{\"iss\":\"https://shc.example\"},\"keys\":["), jwk,
        HP_STR("]},{\"issuer\":{\"iss\":\"https://b.example\"},\"keys\":["), jwk, HP_STR(","), jwk,
        HP_STR(",{\"kty\":\"EC\",\"d\":1}]},{\"issuer\":{\"iss\":\"http://c.example/\"},\"keys\":[]}]}")));
    put("empty", HP_STR("{\"issuerInfo\":[]}"));
}
