/*
 * The rules that all trust lists share (trust-lists, 0), one below and one above each limit,
 * and what makes a listed certificate that of a signer (1.3, 1.4).
 */
#include "unit.h"

#include "base/country.h"
#include "feed/feed.h"
#include "maker.h"
#include "pki.h"

#include <stdlib.h>

#define DAY 86400.0

static hp_crypto *crypto;

/* ---- a feed that does what the test says -------------------------------- */

static bool (*reads)(hp_import *import, hp_error *error);

static bool
is_any(const hp_feed_file *file)
{
    (void)file;
    return false;
}

static bool
read_any(hp_import *import, const hp_feed_input *input, hp_error *error)
{
    (void)input;
    return reads(import, error);
}

static const hp_feed feed = { .name = "made", .summary = "for tests", .pin = "the maker's key",
                              .heeds = HP_FEED_SIGNATURE | HP_FEED_EKU,
                              .is = is_any, .read = read_any };

static hp_feed_terms terms;
static char told[4096];

static void
note(void *context, hp_skip why, const char *which)
{
    size_t n = strlen(told);

    (void)context;
    if (n < sizeof(told) / 2)
        (void)snprintf(told + n, sizeof(told) - n, "%s:%s ", hp_skip_name(why), which);
}

/* Runs the feed with that reader.  On true the list is to be freed. */
static bool
run(bool (*reader)(hp_import *import, hp_error *error), hp_import *import, hp_error *error)
{
    hp_feed_file file = { "list", HP_STR("the list") };
    hp_feed_input input = { &file, 1, { NULL, { NULL, 0 } } };

    reads = reader;
    told[0] = '\0';
    error->text[0] = '\0';
    *import = (hp_import){ .terms = &terms, .told = note };
    if (hp_import_run(&feed, &input, import, error)) {
        assert_null(import->slots);
        return true;
    }
    assert_null(import->slots);
    assert_null(import->records.all);
    assert_null(import->records.sources);
    return false;
}

/* Runs it; why it was refused, or "" when it was taken. */
static const char *
outcome(bool (*reader)(hp_import *import, hp_error *error))
{
    static hp_error error;
    hp_import import;

    if (run(reader, &import, &error))
        hp_records_free(&import.records);
    else
        assert_int_not_equal(error.text[0], '\0');
    return error.text;
}

static void
assert_taken(const char *why)
{
    assert_string_equal(why, "");
}

static void
assert_refused(const char *why, const char *says)
{
    if (strstr(why, says) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", why, says);
}

/* A record of a signer with this key id and a key of its own. */
static hp_record
made_record(const uint64_t *kid, const uint64_t *key)
{
    return (hp_record){ .role = HP_ROLE_SIGNER, .kid = { (const uint8_t *)kid, 8 },
        .spki = { (const uint8_t *)key, 8 }, .domains = HP_DOMAIN_DCC, .usage = HP_USE_ALL,
        .country = "XA", .valid = { MAKER_FROM, MAKER_TO } };
}

static bool
put(hp_import *import, uint64_t kid, uint64_t key, hp_error *error)
{
    hp_record record = made_record(&kid, &key);

    return hp_import_put(import, &record, error);
}

static bool
one_key(hp_import *import, hp_error *error)
{
    return put(import, 1, 1, error);
}

/* ---- size --------------------------------------------------------------- */

static bool
fits(size_t first, size_t second, size_t signature)
{
    static uint8_t bytes[HP_FEED_MAX + 1];
    hp_feed_file files[] = { { "a", { bytes, first } }, { "b", { bytes, second } } };
    hp_feed_input input = { files, 2, { "s", { bytes, signature } } };
    hp_import import = { .terms = &terms };
    hp_error error;

    reads = one_key;
    if (hp_import_run(&feed, &input, &import, &error)) {
        hp_records_free(&import.records);
        return true;
    }
    assert_refused(error.text, "16 MiB");
    return false;
}

static void
size_of_a_list(void **state)
{
    (void)state;
    assert_true(fits(HP_FEED_MAX, 0, 0));
    assert_true(fits(HP_FEED_MAX / 2, HP_FEED_MAX / 2, 0));
    assert_true(fits(HP_FEED_MAX / 2, HP_FEED_MAX / 2 - 1, 1));
    assert_false(fits(HP_FEED_MAX + 1, 0, 0));
    assert_false(fits(0, HP_FEED_MAX + 1, 0));
    assert_false(fits(0, 0, HP_FEED_MAX + 1));
    assert_false(fits(HP_FEED_MAX / 2, HP_FEED_MAX / 2, 1));
    assert_false(fits(HP_FEED_MAX, HP_FEED_MAX, 0));
}

/* ---- number of keys ----------------------------------------------------- */

static size_t wanted;

static bool
many_keys(hp_import *import, hp_error *error)
{
    for (uint64_t i = 0; i < wanted; i++) {
        if (!put(import, i * 0x9e3779b97f4a7c15u, i, error))
            return false;
    }
    /* what is there already takes no room */
    return wanted == 0 || put(import, 0, 0, error);
}

static void
number_of_keys(void **state)
{
    hp_import import;
    hp_error error;

    (void)state;
    wanted = 0;
    assert_refused(outcome(many_keys), "no key");
    wanted = 1;
    assert_taken(outcome(many_keys));
    wanted = HP_TRUST_KEYS_MAX;
    assert_true(run(many_keys, &import, &error));
    assert_int_equal(import.records.n, HP_TRUST_KEYS_MAX);
    assert_int_equal(import.source->keys, HP_TRUST_KEYS_MAX);
    assert_int_equal(import.source->skipped[HP_SKIP_DOUBLE], 1);
    hp_records_free(&import.records);
    wanted = HP_TRUST_KEYS_MAX + 1;
    assert_refused(outcome(many_keys), "20000");
}

static bool
put_role(hp_import *import, hp_role role, hp_flaw flaw, uint64_t kid, hp_error *error)
{
    hp_record record = made_record(&kid, &kid);

    record.role = role;
    record.flaw = flaw;
    if (role == HP_ROLE_CRL)
        record.spki = (hp_str){ NULL, 0 };
    return hp_import_put(import, &record, error);
}

static bool
only_a_crl(hp_import *import, hp_error *error)
{
    return put_role(import, HP_ROLE_CRL, HP_FLAW_NONE, 1, error);
}

static bool
only_an_authority(hp_import *import, hp_error *error)
{
    return put_role(import, HP_ROLE_AUTHORITY, HP_FLAW_NONE, 1, error) && only_a_crl(import, error);
}

static bool
none_that_chains(hp_import *import, hp_error *error)
{
    return put_role(import, HP_ROLE_SIGNER, HP_FLAW_CHAIN, 1, error) &&
           put_role(import, HP_ROLE_SIGNER, HP_FLAW_REVOKED, 2, error);
}

static bool
one_that_chains(hp_import *import, hp_error *error)
{
    return none_that_chains(import, error) &&
           put_role(import, HP_ROLE_SIGNER, HP_FLAW_NONE, 3, error);
}

static void
keys_of_no_use(void **state)
{
    hp_import import;
    hp_error error;

    (void)state;
    assert_refused(outcome(only_a_crl), "no key");
    assert_true(run(only_an_authority, &import, &error));
    assert_int_equal(import.source->keys, 1);
    hp_records_free(&import.records);
    assert_refused(outcome(none_that_chains), "none of the 2 keys");
    assert_taken(outcome(one_that_chains));
    terms.as_given = true;
    assert_taken(outcome(none_that_chains));
    terms.as_given = false;
}

/* ---- the same again ----------------------------------------------------- */

static size_t sharing;
static hp_role shared_role;

static bool
one_kid(hp_import *import, hp_error *error)
{
    uint64_t kid = 0x0807060504030201u;

    for (uint64_t key = 0; key < sharing; key++) {
        hp_record record = made_record(&kid, &key);

        record.role = shared_role;
        if (!hp_import_put(import, &record, error))
            return false;
    }
    return true;
}

static void
keys_with_one_id(void **state)
{
    hp_import import;
    hp_error error;

    (void)state;
    shared_role = HP_ROLE_SIGNER;
    sharing = HP_TRUST_SAME_KID;
    assert_true(run(one_kid, &import, &error));
    assert_int_equal(import.source->keys, HP_TRUST_SAME_KID);
    assert_int_equal(import.source->skipped[HP_SKIP_CROWD], 0);
    hp_records_free(&import.records);
    sharing = HP_TRUST_SAME_KID + 2;
    assert_true(run(one_kid, &import, &error));
    assert_int_equal(import.source->keys, HP_TRUST_SAME_KID);
    assert_int_equal(import.source->skipped[HP_SKIP_CROWD], 2);
    assert_string_equal(told, "crowd:0102030405060708 crowd:0102030405060708 ");
    hp_records_free(&import.records);
    shared_role = HP_ROLE_AUTHORITY;
    assert_true(run(one_kid, &import, &error));
    assert_int_equal(import.source->keys, HP_TRUST_SAME_KID + 2);
    hp_records_free(&import.records);
}

/* What the second record has that the first one has not, and how many there are then. */
static void (*differs)(hp_record *record);

static bool
one_and_another(hp_import *import, hp_error *error)
{
    static const uint64_t kid = 7, key = 7;
    hp_record record = made_record(&kid, &key);

    if (!hp_import_put(import, &record, error))
        return false;
    differs(&record);
    return hp_import_put(import, &record, error);
}

static void as_it_is(hp_record *r) { (void)r; }
static void of_another_source(hp_record *r) { r->source = 5; }
static void fewer_domains(hp_record *r) { r->domains = 0; }
static void more_domains(hp_record *r) { r->domains |= HP_DOMAIN_DDCC; }
static void other_domains(hp_record *r) { r->domains = HP_DOMAIN_ICVP; }
static void other_country(hp_record *r) { r->country[1] = 'B'; }
static void other_usage(hp_record *r) { r->usage = HP_USE_TEST; }
static void other_flaw(hp_record *r) { r->flaw = HP_FLAW_CHAIN; }
static void other_start(hp_record *r) { r->valid.from++; }
static void other_end(hp_record *r) { r->valid.until++; }
static void other_cert(hp_record *r) { r->cert = HP_STR("der"); }
static void other_issuer(hp_record *r) { r->issuer = HP_STR("https://a.example"); }
static void other_role(hp_record *r) { r->role = HP_ROLE_AUTHORITY; }
static void other_key(hp_record *r) { r->spki = HP_STR("another"); }
static void longer_kid(hp_record *r) { r->kid = HP_STR("\7\0\0\0\0\0\0\0\0"); }
static void authority_needed(hp_record *r)
{
    r->issuers[r->n_issuers++] = (hp_span){ MAKER_FROM, MAKER_TO };
}

static void
records_that_are_there(void **state)
{
    static const struct {
        void (*differs)(hp_record *record);
        unsigned n, doubles, domains; /* domains of the first one then */
    } cases[] = {
        { as_it_is, 1, 1, HP_DOMAIN_DCC },
        { of_another_source, 1, 1, HP_DOMAIN_DCC },
        { fewer_domains, 1, 1, HP_DOMAIN_DCC },
        { more_domains, 1, 0, HP_DOMAIN_DCC | HP_DOMAIN_DDCC },
        { other_domains, 1, 0, HP_DOMAIN_DCC | HP_DOMAIN_ICVP },
        { other_country, 2, 0, HP_DOMAIN_DCC },
        { other_usage, 2, 0, HP_DOMAIN_DCC },
        { other_flaw, 2, 0, HP_DOMAIN_DCC },
        { other_start, 2, 0, HP_DOMAIN_DCC },
        { other_end, 2, 0, HP_DOMAIN_DCC },
        { other_cert, 2, 0, HP_DOMAIN_DCC },
        { other_issuer, 2, 0, HP_DOMAIN_DCC },
        { other_role, 2, 0, HP_DOMAIN_DCC },
        { other_key, 2, 0, HP_DOMAIN_DCC },
        { longer_kid, 2, 0, HP_DOMAIN_DCC },
        { authority_needed, 2, 0, HP_DOMAIN_DCC },
    };
    hp_import import;
    hp_error error;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        differs = cases[i].differs;
        assert_true(run(one_and_another, &import, &error));
        if (import.records.n != cases[i].n ||
            import.source->skipped[HP_SKIP_DOUBLE] != cases[i].doubles ||
            import.records.all[0].domains != cases[i].domains)
            fail_msg("case %zu", i);
        assert_string_equal(told, cases[i].doubles ? "double:0700000000000000 " : "");
        assert_int_equal(import.records.all[import.records.n - 1].source, 0);
        hp_records_free(&import.records);
    }
}

/* ---- what is kept ------------------------------------------------------- */

static bool
from_borrowed_bytes(hp_import *import, hp_error *error)
{
    static char kid[] = "12345678", issuer[] = "https://issuer", spki[] = "key", cert[] = "cert";
    hp_record record = { .kid = hp_str_of(kid), .issuer = hp_str_of(issuer),
                         .spki = hp_str_of(spki), .cert = hp_str_of(cert), .source = 5 };
    bool good = hp_import_put(import, &record, error);

    kid[0] = issuer[0] = spki[0] = cert[0] = '?';
    return good;
}

static void
bytes_are_copied(void **state)
{
    const hp_record *record;
    hp_import import;
    hp_error error;

    (void)state;
    assert_true(run(from_borrowed_bytes, &import, &error));
    record = import.records.all;
    assert_str_equal(record->kid, HP_STR("12345678"));
    assert_str_equal(record->issuer, HP_STR("https://issuer"));
    assert_str_equal(record->spki, HP_STR("key"));
    assert_str_equal(record->cert, HP_STR("cert"));
    assert_int_equal(record->source, 0);
    assert_memory_equal(record->digest, pki_sha256(HP_STR("key")).p, HP_SHA256);
    assert_string_equal(import.source->name, "who");
    assert_string_equal(import.source->feed, "made");
    assert_true(import.source->fetched == MAKER_NOW);
    assert_memory_equal(import.source->digest, pki_sha256(HP_STR("the list")).p, HP_SHA256);
    assert_int_equal(import.records.env, HP_ENV_UAT);
    hp_records_free(&import.records);
}

/* ---- times -------------------------------------------------------------- */

static hp_source times;

static bool
of_those_times(hp_import *import, hp_error *error)
{
    import->source->issued = times.issued;
    import->source->dated = times.dated;
    import->source->expires = times.expires;
    return one_key(import, error);
}

static void
times_of_a_list(void **state)
{
    static const struct {
        hp_source times;
        const char *why;
    } cases[] = {
        { { .issued = 0 }, "" },
        { { .issued = 1 }, "" },
        { { .issued = MAKER_NOW + DAY }, "" },
        { { .issued = MAKER_NOW + DAY + 1 }, "future (2021-07-02T00:00:01Z)" },
        { { .dated = MAKER_NOW + DAY }, "" },
        { { .issued = MAKER_NOW, .dated = MAKER_NOW + DAY + 1 }, "future" },
        { { .expires = MAKER_NOW + 1 }, "" },
        { { .expires = MAKER_NOW }, "ended at 2021-07-01T00:00:00Z" },
        { { .expires = 1 }, "ended" },
        { { .issued = MAKER_NOW, .expires = MAKER_NOW - 1 }, "ended" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        times = cases[i].times;
        if (*cases[i].why == '\0')
            assert_taken(outcome(of_those_times));
        else
            assert_refused(outcome(of_those_times), cases[i].why);
        terms.as_given = true;
        assert_taken(outcome(of_those_times));
        terms.as_given = false;
    }
}

/* ---- what takes whose place --------------------------------------------- */

/* Of two lists in one: only what is of that list, and has no flaw. */
static void
what_a_list_stands_for(void **state)
{
    hp_source sources[2] = { { .issued = 10 }, { .issued = 20 } };
    hp_record all[] = {
        { .role = HP_ROLE_SIGNER, .source = 1 },
        { .role = HP_ROLE_SIGNER, .source = 1 },
        { .role = HP_ROLE_SIGNER, .source = 1, .flaw = HP_FLAW_CHAIN },
        { .role = HP_ROLE_SIGNER, .source = 1, .flaw = HP_FLAW_REVOKED },
        { .role = HP_ROLE_SIGNER, .source = 0 },
        { .role = HP_ROLE_AUTHORITY, .source = 1 },
        { .role = HP_ROLE_CRL, .source = 1 },
    };
    hp_records list = { .sources = sources, .n_sources = 2, .all = all, .n = COUNT(all) };
    hp_standing is = hp_import_standing(&list, 1);

    (void)state;
    assert_true(is.issued == 20);
    assert_int_equal(is.signers, 2);
    assert_int_equal(is.authorities, 1);
}

static void
what_succeeds(void **state)
{
    static const struct {
        hp_standing fresh, old;
        bool older, fewer;
        const char *why;
    } cases[] = {
        { { 10, 9, 0 }, { 10, 9, 0 }, false, false, "" },
        { { 11, 9, 0 }, { 10, 9, 0 }, false, false, "" },
        { { 9, 9, 0 }, { 10, 9, 0 }, false, false, "older" },
        { { 9, 9, 0 }, { 10, 9, 0 }, false, true, "older" },
        { { 9, 9, 0 }, { 10, 9, 0 }, true, false, "" },
        { { 0, 9, 0 }, { 10, 9, 0 }, false, false, "older (unknown)" },
        { { 10, 9, 0 }, { 0, 9, 0 }, false, false, "" },
        { { 0, 9, 0 }, { 0, 9, 0 }, false, false, "" },
        { { 0, 5, 0 }, { 0, 10, 0 }, false, false, "" },
        { { 0, 4, 0 }, { 0, 10, 0 }, false, false, "4 sound keys, less than half of the 10" },
        { { 0, 5, 0 }, { 0, 11, 0 }, false, false, "half" },
        { { 0, 6, 0 }, { 0, 11, 0 }, false, false, "" },
        { { 0, 4, 0 }, { 0, 10, 0 }, true, false, "half" },
        { { 0, 1, 0 }, { 0, 20000, 0 }, false, true, "" },
        { { 9, 1, 0 }, { 10, 9, 0 }, true, true, "" },
        { { 0, SIZE_MAX, 0 }, { 0, 10, 0 }, false, false, "" },
        /* neither makes up for the other */
        { { 0, 4, 50 }, { 0, 10, 1 }, false, false, "4 sound keys" },
        { { 0, 50, 4 }, { 0, 10, 10 }, false, false, "4 authorities, less than half of the 10" },
        { { 0, 0, 5 }, { 0, 0, 10 }, false, false, "" },
    };
    hp_error error;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        bool good;

        error.text[0] = '\0';
        good = hp_import_succeeds(&cases[i].fresh, &cases[i].old, cases[i].older, cases[i].fewer,
                                  &error);
        if (good != (*cases[i].why == '\0'))
            fail_msg("case %zu", i);
        assert_refused(error.text, cases[i].why);
    }
}

/* ---- certificates ------------------------------------------------------- */

static hp_entry entry;

static bool
that_entry(hp_import *import, hp_error *error)
{
    /* beside one that is good, so that the list is not empty */
    return put(import, 1, 1, error) && hp_import_cert(import, &entry, error);
}

/* How the entry was left out, or "" with its record. */
static const char *
judge(hp_record *record)
{
    static char why[sizeof(told)];
    hp_import import;
    hp_error error;

    entry.which = "it";
    if (!run(that_entry, &import, &error))
        fail_msg("%s", error.text);
    *record = (hp_record){ .kid = { NULL, 0 } };
    if (import.records.n == 2) {
        *record = import.records.all[1];
        record->kid = maker_copy(record->kid);
        record->spki = maker_copy(record->spki);
    }
    hp_records_free(&import.records);
    (void)strcpy(why, told);
    return why;
}

/* The same for a certificate alone. */
static const char *
judge_cert(const pki_wish *wish, hp_record *record)
{
    entry = (hp_entry){ .der = pki_der(pki_cert_new(wish)), .domains = HP_DOMAIN_DCC };
    return judge(record);
}

static void
a_plain_certificate(void **state)
{
    const pki_cert *cert = pki_cert_new(&(pki_wish){ .country = "XA",
                                                     .eku = "1.3.6.1.4.1.1847.2021.1.1" });
    uint8_t kid[HP_KID];
    hp_record record;

    (void)state;
    pki_kid(cert, kid);
    entry = (hp_entry){ .der = pki_der(cert), .kid = { kid, HP_KID }, .country = "XA",
                        .domains = HP_DOMAIN_DDCC };
    assert_string_equal(judge(&record), "");
    assert_memory_equal(record.kid.p, kid, HP_KID);
    assert_str_equal(record.spki, pki_spki(pki_cert_key(cert)));
    assert_int_equal(record.cert.n, 0);
    assert_string_equal(record.country, "XA");
    assert_int_equal(record.role, HP_ROLE_SIGNER);
    assert_int_equal(record.flaw, HP_FLAW_NONE);
    assert_int_equal(record.domains, HP_DOMAIN_DDCC);
    assert_int_equal(record.usage, HP_USE_TEST);
    assert_true(record.valid.from == MAKER_FROM && record.valid.until == MAKER_TO);
    assert_int_equal(record.n_issuers, 0);

    /* an expired one is no bad entry: the check at the door says so */
    assert_string_equal(judge_cert(&(pki_wish){ .to = MAKER_FROM + 1 }, &record), "");
    assert_true(record.valid.until == MAKER_FROM + 1);
}

static void
key_ids_of_entries(void **state)
{
    const pki_cert *cert = pki_cert_new(&(pki_wish){ .country = "XA" });
    uint8_t kid[HP_KID + 1] = { 0 };
    hp_record record;

    (void)state;
    entry = (hp_entry){ .der = pki_der(cert) };
    assert_string_equal(judge(&record), "");
    pki_kid(cert, kid);
    for (size_t i = 0; i <= sizeof(kid); i++) {
        entry.kid = (hp_str){ kid, i };
        assert_string_equal(judge(&record), i == 0 || i == HP_KID ? "" : "kid:it ");
    }
    entry.kid = (hp_str){ kid, HP_KID };
    for (size_t i = 0; i < (size_t)HP_KID * 8; i++) {
        kid[i / 8] ^= (uint8_t)(1u << i % 8);
        assert_string_equal(judge(&record), "kid:it ");
        kid[i / 8] ^= (uint8_t)(1u << i % 8);
    }
}

static void
no_certificates(void **state)
{
    hp_str der = pki_der(pki_cert_new(&(pki_wish){ .country = "XA" }));
    hp_str others[] = { { NULL, 0 }, HP_STR(""), HP_STR("\x30\x00"), HP_STR("no certificate"),
                        { der.p, der.n - 1 }, MAKER_JOIN(der, HP_STR("\0")),
                        pki_spki(pki_key_new("P-256")) };
    hp_record record;

    (void)state;
    for (size_t i = 0; i < COUNT(others); i++) {
        entry = (hp_entry){ .der = others[i] };
        assert_string_equal(judge(&record), "unreadable:it ");
    }
}

static void
kinds_of_keys(void **state)
{
    static const struct {
        const char *kind, *why;
    } cases[] = {
        { "P-256", "" },
        { "P-224", "key-kind:it " },
        { "P-384", "key-kind:it " },
        { "P-521", "key-kind:it " },
        { "RSA-2047", "key-kind:it " },
        { "RSA-2048", "" },
        { "RSA-3072", "" },
        { "RSA-3073", "key-kind:it " },
        { "RSA-PSS-2048", "" },
        { "ED25519", "key-kind:it " },
    };
    hp_record record;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *why = judge_cert(&(pki_wish){ .key = pki_key_new(cases[i].kind) }, &record);

        if (strcmp(why, cases[i].why) != 0)
            fail_msg("%s: %s", cases[i].kind, why);
    }
}

static void
usages(void **state)
{
    static const struct {
        const char *key_usage, *eku;
        const char *why;
        unsigned usage, any_eku; /* what remains, also with the operator's word */
    } cases[] = {
        { NULL, NULL, "", HP_USE_ALL, HP_USE_ALL },
        { "", NULL, "", HP_USE_ALL, HP_USE_ALL },
        { "keyCertSign", NULL, "usage:it ", 0, 0 },
        { NULL, "1.3.6.1.4.1.0.1847.2021.1.2", "", HP_USE_VACCINATION, HP_USE_VACCINATION },
        { NULL, "clientAuth", "", HP_USE_ALL, HP_USE_ALL },
        { NULL, "!", "usage:it ", 0, HP_USE_ALL },
        { "keyCertSign", "!", "usage:it ", 0, 0 },
    };
    hp_record record;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        pki_wish wish = { .key_usage = cases[i].key_usage, .eku = cases[i].eku };

        assert_string_equal(judge_cert(&wish, &record), cases[i].why);
        assert_int_equal(record.usage, cases[i].usage);
        terms.any_eku = true;
        assert_string_equal(judge_cert(&wish, &record), cases[i].any_eku == 0 ? cases[i].why : "");
        assert_int_equal(record.usage, cases[i].any_eku);
        terms.any_eku = false;
    }
}

static void
countries_of_entries(void **state)
{
    static const struct {
        const char *listed, *named; /* NULL: not */
        const char *country;        /* NULL: left out */
    } cases[] = {
        { "FR", "FR", "FR" },   { "FRA", "FR", "FRA" }, { NULL, "FR", "FR" },
        { "FR", NULL, "FR" },   { NULL, NULL, "" },     { "FR", "DE", NULL },
        { "FRA", "DE", NULL },  { "FR", "fr", "FR" },   { "EU", "EU", "EU" },
        { "EU", "FR", NULL },   { "EL", "GR", "EL" },   { "GR", "EL", "GR" },
        { "GRC", "EL", "GRC" }, { "UK", "GB", "UK" },   { "XXA", "XA", "XXA" },
        { "XXA", "FR", NULL },  { "FRA", "XA", NULL },  { "WHO", "CH", "WHO" },
        { "XKX", "XK", "XKX" }, { "fr", "FR", NULL },   { "F", "FR", NULL },
        { "", "FR", NULL },     { "", NULL, NULL },     { "FRAN", "FR", NULL },
        { "F1", "FR", NULL },   { "FRA", "FRA", "FRA" },
    };
    hp_record record;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *why;

        entry = (hp_entry){ .der = pki_der(pki_cert_new(&(pki_wish){ .country = cases[i].named })),
                            .country = cases[i].listed };
        why = judge(&record);
        if (strcmp(why, cases[i].country == NULL ? "country:it " : "") != 0)
            fail_msg("case %zu: %s", i, why);
        assert_string_equal(record.country, cases[i].country == NULL ? "" : cases[i].country);
    }
}

/* What no authority issued stays, marked; none is asked for when none was given. */
static void
chains_of_entries(void **state)
{
    const pki_cert *csca = pki_cert_new(&(pki_wish){ .country = "XA", .name = "CSCA",
                                                          .authority = true, .to = MAKER_NOW });
    hp_str issued = pki_der(pki_cert_new(&(pki_wish){ .country = "XA", .issuer = csca }));
    hp_str own = pki_der(pki_cert_new(&(pki_wish){ .country = "XA", .name = "CSCA" }));
    hp_authorities none = { NULL, 0 }, set = { NULL, 0 };
    hp_record record;

    (void)state;
    assert_true(hp_authorities_add(&set, hp_cert_read(crypto, pki_der(csca))));
    entry = (hp_entry){ .der = issued, .authorities = &set };
    assert_string_equal(judge(&record), "");
    assert_int_equal(record.flaw, HP_FLAW_NONE);
    assert_int_equal(record.n_issuers, 1);
    assert_true(record.issuers[0].until == MAKER_NOW);
    entry.authorities = &none;
    assert_string_equal(judge(&record), "");
    assert_int_equal(record.flaw, HP_FLAW_CHAIN);
    entry = (hp_entry){ .der = own, .authorities = &set };
    assert_string_equal(judge(&record), "");
    assert_int_equal(record.flaw, HP_FLAW_CHAIN);
    assert_int_equal(record.n_issuers, 0);
    entry.authorities = NULL;
    assert_string_equal(judge(&record), "");
    assert_int_equal(record.flaw, HP_FLAW_NONE);
    hp_authorities_free(&set);
}

/* ---- small things ------------------------------------------------------- */

static void
key_ids_in_base64(void **state)
{
    static const uint8_t want[HP_KID] = { 0xfb, 0xff, 0xbf, 1, 2, 3, 4, 5 };
    static const char *const good[] = { "+/+/AQIDBAU=", "-_-_AQIDBAU=", "+/+/AQIDBAU",
                                        "-_-_AQIDBAU" };
    static const char *const bad[] = { "", "AQ==", "+/+/AQIDBA==", "+/+/AQIDBAUG",
                                       "+/+/AQIDBAUGBw==", "+/+/AQIDBAV=", "+/+/AQIDBAU=\n",
                                       " +/+/AQIDBAU", "+/+/AQ IDBAU", "fbffbf0102030405",
                                       "+/+/AQIDBAU==", "+/+/AQIDBAU=========" };
    uint8_t kid[HP_KID];

    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        memset(kid, 0, sizeof(kid));
        assert_true(hp_feed_kid(guard_end(hp_str_of(good[i])), kid));
        assert_memory_equal(kid, want, HP_KID);
    }
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_false(hp_feed_kid(guard_end(hp_str_of(bad[i])), kid));
    assert_false(hp_feed_kid((hp_str){ NULL, 0 }, kid));
    assert_false(hp_feed_kid(maker_fill(4000, 'A'), kid));
}

static void
three_letters_to_two(void **state)
{
    static const char *const known[][2] = { { "ABW", "AW" }, { "ZWE", "ZW" }, { "DEU", "DE" },
        { "FRA", "FR" }, { "SVN", "SI" }, { "CHE", "CH" }, { "XKX", "XK" }, { "AND", "AD" } };
    static const char *const unknown[] = { "", "F", "FR", "FRAN", "fra", "XXA", "XXZ", "XCL", "XML",
                                           "WHO", "EUE", "AAA", "ZZZ", "ABV", "ZWF", "WAB", "AWA" };
    char alpha2[3];

    (void)state;
    for (size_t i = 0; i < COUNT(known); i++) {
        assert_true(hp_country_alpha2(hp_str_of(known[i][0]), alpha2));
        assert_string_equal(alpha2, known[i][1]);
    }
    for (size_t i = 0; i < COUNT(unknown); i++)
        assert_false(hp_country_alpha2(hp_str_of(unknown[i]), alpha2));
}

static void
same_countries(void **state)
{
    static const struct {
        const char *listed, *named;
        bool same;
    } pairs[] = {
        { "FR", "FR", true }, { "FRA", "FR", true }, { "FR", "FRA", true }, { "FR", "DE", false },
        { "FRA", "DE", false }, { "EL", "GR", true }, { "UK", "GB", true }, { "XXA", "XA", true },
        { "XCL", "XL", true }, { "XXA", "FR", false }, { "FRA", "XA", false },
        { "ZZZ", "FR", false }, { "ZZZ", "ZZZ", true }, { "ZZZ", "XA", false },
        { "FRA", "ZZZ", false }, { "WHO", "CH", true }, { "IOM", "IO", true },
        { "WHO", "XA", false },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(pairs); i++)
        assert_int_equal(hp_feed_same_country(pairs[i].listed, pairs[i].named), pairs[i].same);
}

/* All of the table are found, so it is in order; ISO 3166-1 has 249, and Kosovo. */
static void
all_countries(void **state)
{
    char code[4] = "", alpha2[3], seen[26][26] = { { 0 } };
    unsigned n = 0;

    (void)state;
    for (code[0] = 'A'; code[0] <= 'Z'; code[0]++)
        for (code[1] = 'A'; code[1] <= 'Z'; code[1]++)
            for (code[2] = 'A'; code[2] <= 'Z'; code[2]++) {
                if (!hp_country_alpha2(hp_str_of(code), alpha2))
                    continue;
                n++;
                assert_int_equal(seen[alpha2[0] - 'A'][alpha2[1] - 'A']++, 0);
            }
    assert_int_equal(n, 250);
}

static void
nothing_pinned(void **state)
{
    uint8_t fingerprint[HP_SHA256];
    hp_import import = { .terms = &terms };
    hp_error error;

    (void)state;
    memset(fingerprint, 0xa5, sizeof(fingerprint));
    assert_false(hp_feed_unpinned(&import, &feed, fingerprint, &error));
    assert_refused(error.text, "a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5");
    assert_refused(error.text, "the maker's key");
    assert_false(hp_feed_unpinned(&import, &feed, NULL, &error));
    assert_refused(error.text, "the maker's key");
    terms.unsigned_ok = true;
    assert_true(hp_feed_unpinned(&import, &feed, NULL, &error));
    terms.unsigned_ok = false;
    terms.as_given = true;
    assert_true(hp_feed_unpinned(&import, &feed, fingerprint, &error));
    terms.as_given = false;
}

static void
rows_of_the_table(void **state)
{
    hp_feed_file nothing = { "x", HP_STR("") }, folder = { "/nowhere", { NULL, 0 } };

    (void)state;
    assert_non_null(hp_feeds[0]);
    for (size_t i = 0; hp_feeds[i] != NULL; i++) {
        assert_true(strlen(hp_feeds[i]->name) < HP_SOURCE_FEED);
        assert_ptr_equal(hp_feed_find(hp_feeds[i]->name), hp_feeds[i]);
        assert_true(*hp_feeds[i]->summary != '\0' && *hp_feeds[i]->pin != '\0');
        assert_false(hp_feeds[i]->is(&nothing));
    }
    assert_null(hp_feed_find("made"));
    assert_null(hp_feed_find(""));
    assert_null(hp_feed_of(&nothing));
    assert_null(hp_feed_of(&folder));
}

/* Each allocation fails once: the list is taken whole or not at all. */
static void
memory_runs_out(void **state)
{
    hp_import import;
    hp_error error;
    bool good = false;

    (void)state;
    sharing = HP_TRUST_SAME_KID + 1;
    shared_role = HP_ROLE_SIGNER;
    for (size_t n = 1; !good; n++) {
        assert_true(n < 1000);
        alloc_start(n);
        good = run(one_kid, &import, &error);
        alloc_start(0);
        if (!good)
            assert_refused(error.text, "no memory");
    }
    assert_int_equal(import.records.n, HP_TRUST_SAME_KID);
    hp_records_free(&import.records);
}

static int
set_up(void **state)
{
    (void)state;
    crypto = hp_crypto_new();
    terms = (hp_feed_terms){ .crypto = crypto, .name = "who", .env = HP_ENV_UAT, .now = MAKER_NOW };
    return crypto == NULL;
}

static int
tear_down(void **state)
{
    (void)state;
    hp_crypto_free(crypto);
    return 0;
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(size_of_a_list),
    cmocka_unit_test(number_of_keys),
    cmocka_unit_test(keys_of_no_use),
    cmocka_unit_test(keys_with_one_id),
    cmocka_unit_test(records_that_are_there),
    cmocka_unit_test(bytes_are_copied),
    cmocka_unit_test(times_of_a_list),
    cmocka_unit_test(what_a_list_stands_for),
    cmocka_unit_test(what_succeeds),
    cmocka_unit_test(a_plain_certificate),
    cmocka_unit_test(key_ids_of_entries),
    cmocka_unit_test(no_certificates),
    cmocka_unit_test(kinds_of_keys),
    cmocka_unit_test(usages),
    cmocka_unit_test(countries_of_entries),
    cmocka_unit_test(chains_of_entries),
    cmocka_unit_test(key_ids_in_base64),
    cmocka_unit_test(three_letters_to_two),
    cmocka_unit_test(same_countries),
    cmocka_unit_test(all_countries),
    cmocka_unit_test(nothing_pinned),
    cmocka_unit_test(rows_of_the_table),
    cmocka_unit_test(memory_runs_out),
};

UNIT_MAIN_WITH(tests, set_up, tear_down)
