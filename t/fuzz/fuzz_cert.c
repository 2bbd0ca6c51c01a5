/* A certificate out of a list: as that of a signer, and as that of an authority. */
#include "fuzz.h"

#include "feed/feed.h"
#include "pki.h"

unsigned fuzz_costs = 3;

#define SEEDS 8

static hp_crypto *crypto;
static hp_authorities authorities; /* the first seed */
static struct {
    const char *name;
    hp_str der;
    hp_cert *cert;
} seeds[SEEDS];
static hp_str input;

static void
put_seed(const char *name, const pki_cert *cert)
{
    size_t i;

    for (i = 0; seeds[i].name != NULL; i++)
        ;
    seeds[i].name = name;
    seeds[i].der = pki_der(cert);
    seeds[i].cert = hp_cert_read(crypto, seeds[i].der);
    MUST(seeds[i].cert != NULL);
}

static void
set_up(void)
{
    const pki_cert *csca;

    if (crypto != NULL)
        return;
    crypto = hp_crypto_new();
    csca = pki_cert_new(&(pki_wish){ .country = "XA", .name = "CSCA", .authority = true });
    MUST(hp_authorities_add(&authorities, hp_cert_read(crypto, pki_der(csca))));
    put_seed("authority", csca);
    put_seed("signer", pki_cert_new(&(pki_wish){ .country = "XA", .issuer = csca,
                                                 .eku = "1.3.6.1.4.1.1847.2021.1.2" }));
    put_seed("rsa", pki_cert_new(&(pki_wish){ .country = "XA", .issuer = csca,
                                              .key = pki_key_new("RSA-2048") }));
    put_seed("version-1", pki_cert_new(&(pki_wish){ .country = "XA", .issuer = csca,
                                                    .version_1 = true }));
    put_seed("explicit", pki_cert_new(&(pki_wish){ .key = pki_key_new("P-256-explicit") }));
    put_seed("pss", pki_cert_new(&(pki_wish){ .key = pki_key_new("RSA-PSS-2048"),
                                              .sign = "pss" }));
    put_seed("unreadable-eku", pki_cert_new(&(pki_wish){ .country = "XA", .eku = "!" }));
    put_seed("san", pki_cert_new(&(pki_wish){ .name = "Other", .san = "URI:https://a.example",
                                              .key_usage = "keyCertSign" }));
    MUST(hp_cert_issued_by(seeds[1].cert, seeds[0].cert));
}

/* Is it a key that the authority has signed? */
static bool
is_genuine(hp_str spki)
{
    size_t i;

    for (i = 0; i < SEEDS; i++) {
        if (hp_str_eq(spki, hp_cert_spki(seeds[i].cert)))
            return true;
    }
    return false;
}

static size_t
skipped(const hp_source *source)
{
    size_t i, n = 0;

    for (i = 0; i < HP_SKIP_KINDS; i++)
        n += source->skipped[i];
    return n;
}

static bool
is_any(const hp_feed_file *file)
{
    (void)file;
    return true;
}

/* What was taken is what a signer's certificate must be. */
static void
examine(const hp_record *record)
{
    hp_key *key = hp_key_read(crypto, record->spki);
    uint8_t digest[HP_SHA256];

    MUST(key != NULL && hp_key_alg(key) != HP_ALG_NONE && hp_key_bits(key) <= 3072);
    hp_key_free(key);
    MUST(hp_sha256(crypto, &input, 1, digest));
    MUST(record->kid.n == HP_KID && memcmp(record->kid.p, digest, HP_KID) == 0);
    MUST(record->role == HP_ROLE_SIGNER && record->source == 0 && record->usage != 0);
    MUST(memchr(record->country, '\0', sizeof(record->country)) != NULL);
    MUST(record->n_issuers <= HP_TRUST_ISSUERS);
    MUST(record->flaw == HP_FLAW_CHAIN || is_genuine(record->spki));
}

/* Twice: the second time it is there, or is left out for the same reason. */
static bool
read_twice(hp_import *import, const hp_feed_input *list, hp_error *error)
{
    hp_entry entry = { .der = list->files[0].bytes, .which = "it", .domains = HP_DOMAIN_DCC,
                       .authorities = &authorities };
    size_t n;

    MUST(hp_import_cert(import, &entry, error));
    n = import->records.n;
    MUST(n + skipped(import->source) == 1);
    if (n == 1)
        examine(&import->records.all[0]);
    MUST(hp_import_cert(import, &entry, error));
    MUST(import->records.n == n && n + skipped(import->source) == 2);
    MUST(import->source->skipped[HP_SKIP_DOUBLE] == n);
    return true;
}

static const hp_feed feed = { .name = "made", .summary = "", .pin = "", .is = is_any,
                              .read = read_twice };

static void
as_signer(bool any_eku)
{
    hp_feed_terms terms = { .crypto = crypto, .name = "", .any_eku = any_eku, .as_given = true };
    hp_feed_file file = { "list", input };
    hp_feed_input list = { &file, 1, { NULL, { NULL, 0 } } };
    hp_import import = { .terms = &terms };
    hp_error error;

    if (hp_import_run(&feed, &list, &import, &error))
        hp_records_free(&import.records);
}

static void
as_authority(void)
{
    hp_cert *cert = hp_cert_read(crypto, input);

    if (cert != NULL && hp_cert_issued_by(seeds[1].cert, cert))
        MUST(hp_str_eq(hp_cert_spki(cert), hp_cert_spki(seeds[0].cert)));
    hp_cert_free(cert);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    set_up();
    input = (hp_str){ p, n };
    as_signer(n % 2 == 0);
    as_authority();
    return 0;
}

void
fuzz_seeds(void (*put)(const char *name, hp_str seed))
{
    size_t i;

    set_up();
    for (i = 0; i < SEEDS; i++)
        put(seeds[i].name, seeds[i].der);
}
