/*
 * The compiled trust store: what is written comes back, whatever is wrong with a file is
 * refused, and opening and looking up cost what store.h and trust.h promise.
 */
#include "unit.h"

#include "check/store_layout.h"
#include "check/trust_list.h"
#include "hp.h"
#include "maker.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <time.h>

static hp_crypto *crypto;

/* ---- OpenSSL's own allocations ------------------------------------------------ */

static size_t openssl_allocations;

static void *
count_malloc(size_t n, const char *file, int line)
{
    (void)file;
    (void)line;
    openssl_allocations++;
    return malloc(n);
}

static void *
count_realloc(void *p, size_t n, const char *file, int line)
{
    (void)file;
    (void)line;
    openssl_allocations++;
    return realloc(p, n);
}

static void
count_free(void *p, const char *file, int line)
{
    (void)file;
    (void)line;
    free(p);
}

/* ---- stores made here ----------------------------------------------------------- */

#define SPKI "no key at all"

/* A record that a list may hold; its key id are the bytes of n. */
static hp_record
record(uint64_t n)
{
    hp_record r = { .role = HP_ROLE_SIGNER, .domains = HP_DOMAIN_DCC, .usage = HP_USE_ALL,
                    .country = "XA", .kid = maker_copy((hp_str){ (uint8_t *)&n, sizeof(n) }),
                    .spki = HP_STR(SPKI), .valid = { MAKER_FROM, MAKER_TO } };

    memcpy(r.digest, &n, sizeof(n));
    return r;
}

/* The list as a store, in the ring; the list is ended. */
static hp_str
written(hp_records *list)
{
    hp_bytes bytes;
    hp_error error;
    hp_str s;

    if (!hp_store_write(crypto, list, MAKER_NOW, &bytes, &error))
        fail_msg("%s", error.text);
    s = maker_copy((hp_str){ bytes.p, bytes.n });
    hp_bytes_free(&bytes);
    hp_records_free(list);
    return s;
}

/* One source and two records: a signer of SHC, an authority. */
static hp_str
small(void)
{
    hp_records list = { .env = HP_ENV_PROD };
    hp_record signer = record(1), authority = record(2);

    signer.issuer = HP_STR("https://issuer.example");
    authority.role = HP_ROLE_AUTHORITY;
    authority.cert = HP_STR("certificate");
    assert_non_null(hp_records_source(&list, "who", "gdhcn"));
    assert_true(hp_records_put(&list, &signer));
    assert_true(hp_records_put(&list, &authority));
    return written(&list);
}

/* The bytes with their digest made right; they are in the ring, and may be written. */
static hp_str
sealed(hp_str s)
{
    hp_str body = { s.p, s.n - HP_SHA256 };
    uint8_t digest[HP_SHA256];

    assert_true(hp_sha256(crypto, &body, 1, digest));
    return MAKER_JOIN(body, { digest, HP_SHA256 });
}

/* n bytes at that place as this number, little-endian, and the digest made right. */
static hp_str
patched(hp_str s, size_t at, uint64_t value, size_t n)
{
    uint8_t number[8];
    size_t i;

    for (i = 0; i < n; i++, value >>= 8)
        number[i] = (uint8_t)value;
    return sealed(MAKER_JOIN({ s.p, at }, { number, n }, hp_str_from(s, at + n)));
}

/* What is put in before at; the digest made right. */
static hp_str
with(hp_str s, size_t at, hp_str put)
{
    return sealed(MAKER_JOIN({ s.p, at }, put, hp_str_from(s, at)));
}

/* Is it refused, in words that name the file and say this? */
static void
refused(hp_str s, const char *says)
{
    hp_records list = { .env = HP_ENV_PROD };
    hp_error error = { "" };

    assert_false(hp_store_read(crypto, "a.store", guard_end(s), &list, &error));
    if (strncmp(error.text, "a.store: ", 9) != 0 || strstr(error.text, says) == NULL)
        fail_msg("expected \"%s\": %s", says, error.text);
    assert_null(list.all);
    assert_null(list.sources);
    assert_int_equal(list.n + list.n_sources, 0);
}

static hp_records
read_store(hp_str s)
{
    hp_records list = { .env = HP_ENV_PROD };
    hp_error error = { "" };

    if (!hp_store_read(crypto, "a.store", s, &list, &error))
        fail_msg("%s", error.text);
    return list;
}

/* ---- there and back --------------------------------------------------------------- */

static void
assert_same_record(const hp_record *a, const hp_record *b)
{
    size_t i;

    assert_int_equal(a->role, b->role);
    assert_int_equal(a->flaw, b->flaw);
    assert_int_equal(a->source, b->source);
    assert_str_equal(a->kid, b->kid);
    assert_str_equal(a->issuer, b->issuer);
    assert_str_equal(a->spki, b->spki);
    assert_str_equal(a->cert, b->cert);
    assert_memory_equal(a->digest, b->digest, HP_SHA256);
    assert_string_equal(a->country, b->country);
    assert_int_equal(a->domains, b->domains);
    assert_int_equal(a->usage, b->usage);
    assert_true(a->valid.from == b->valid.from && a->valid.until == b->valid.until);
    assert_int_equal(a->n_issuers, b->n_issuers);
    for (i = 0; i < HP_TRUST_ISSUERS; i++)
        assert_true(a->issuers[i].from == b->issuers[i].from &&
                    a->issuers[i].until == b->issuers[i].until);
}

static void
assert_same_source(const hp_source *a, const hp_source *b)
{
    size_t i;

    assert_string_equal(a->name, b->name);
    assert_string_equal(a->feed, b->feed);
    assert_true(a->issued == b->issued && a->dated == b->dated && a->expires == b->expires);
    assert_true(a->fetched == b->fetched && a->max_age == b->max_age);
    assert_int_equal(a->is_signed, b->is_signed);
    assert_memory_equal(a->signer, b->signer, HP_SHA256);
    assert_memory_equal(a->digest, b->digest, HP_SHA256);
    assert_int_equal(a->entries, b->entries);
    assert_int_equal(a->keys, b->keys);
    for (i = 0; i < HP_SKIP_KINDS; i++)
        assert_int_equal(a->skipped[i], b->skipped[i]);
}

/* Every field has a value of its own. */
static hp_records
full_list(void)
{
    hp_records list = { .env = HP_ENV_UAT };
    hp_source *who = hp_records_source(&list, "0123456789012345678901234567890", "012345678901234");
    hp_record r = { .role = HP_ROLE_CRL, .flaw = HP_FLAW_REVOKED, .source = 1,
                    .kid = HP_STR("01234567890123456789012345678901"),
                    .issuer = HP_STR("https://issuer.example/with/a/path"),
                    .spki = HP_STR("the key"), .cert = HP_STR("the certificate"),
                    .country = "FRA", .domains = HP_DOMAIN_SHC | HP_DOMAIN_OTHER,
                    .usage = HP_USE_TEST, .valid = { -1.5, HP_TIME_LAST },
                    .issuers = { { 1, 2 }, { 3, 4 }, { 5, 6 }, { 7, 8 } }, .n_issuers = 4 };
    size_t i;

    *who = (hp_source){ .issued = 1.25, .dated = 2, .expires = 3, .fetched = 4, .max_age = 5,
                        .is_signed = true, .entries = 0xffffffffu, .keys = 7 };
    (void)strcpy(who->name, "0123456789012345678901234567890");
    (void)strcpy(who->feed, "012345678901234");
    memset(who->signer, 's', HP_SHA256);
    memset(who->digest, 'd', HP_SHA256);
    for (i = 0; i < HP_SKIP_KINDS; i++)
        who->skipped[i] = (uint32_t)(i + 1);
    memset(r.digest, 'k', HP_SHA256);
    assert_non_null(hp_records_source(&list, "", "folder"));
    assert_true(hp_records_put(&list, &r));
    r = record(9);
    assert_true(hp_records_put(&list, &r));
    return list;
}

static void
every_field_comes_back(void **state)
{
    hp_records list = full_list(), same = full_list(), back;
    hp_str s = written(&list);
    size_t i;

    (void)state;
    back = read_store(guard_end(s));
    assert_int_equal(back.env, HP_ENV_UAT);
    assert_int_equal(back.n, same.n);
    assert_int_equal(back.n_sources, same.n_sources);
    for (i = 0; i < same.n; i++)
        assert_same_record(&back.all[i], &same.all[i]);
    for (i = 0; i < same.n_sources; i++)
        assert_same_source(&back.sources[i], &same.sources[i]);
    hp_records_free(&same);
    s = maker_copy(s);
    assert_str_equal(written(&back), s); /* and written again it is the same file */
}

static void
an_empty_list_is_a_store(void **state)
{
    hp_records list = { .env = HP_ENV_DEV }, back;

    (void)state;
    back = read_store(written(&list));
    assert_int_equal(back.env, HP_ENV_DEV);
    assert_int_equal(back.n + back.n_sources, 0);
}

/* ---- what is no store ---------------------------------------------------------------- */

#define DAMAGED "damaged or not whole"
#define HEADER  "header"
#define RECORD  "record that cannot be"

/* binary64 */
#define INFINITE 0x7ff0000000000000u
#define NO_TIME  0x7ff8000000000000u
#define TOO_LATE 0x7e37e43c8800759cu /* 1e300 */

/* Where in small() things stand. */
#define SOURCE_AT (STORE_HEADER)
#define RECORD_AT (STORE_HEADER + STORE_SOURCE)
#define PARTS_AT  (RECORD_AT + 24)
#define DIGEST_AT (PARTS_AT + 32)

static void
each_defect_is_refused(void **state)
{
    static const struct {
        size_t at;
        uint64_t value;
        size_t n;
        const char *says;
    } table[] = {
        { 0, 'X', 1, "is no trust store" }, { 7, '\r', 1, "is no trust store" },
        { 10, 2, 2, "needs a newer healthpass: it can be read from format 2 on" },
        { 10, 0xffff, 2, "needs a newer healthpass" },
        { 12, 3, 4, HEADER }, { 12, 0xffffffff, 4, HEADER },
        { 16, NO_TIME, 8, HEADER }, { 16, INFINITE, 8, HEADER }, { 16, TOO_LATE, 8, HEADER },
        { 24, STORE_HEADER - 1, 4, HEADER }, { 24, STORE_HEADER + 1, 4, HEADER },
        { 24, 0, 4, HEADER }, { 24, 0xffffffff, 4, HEADER },
        { 28, 0, 4, HEADER }, { 28, 2, 4, HEADER }, { 28, 65, 4, HEADER },
        { 28, 0xffffffff, 4, HEADER },
        { 32, STORE_SOURCE - 1, 4, HEADER }, { 32, STORE_SOURCE + 1, 4, HEADER },
        { 32, STORE_ROW_MAX + 1, 4, HEADER }, { 32, 0, 4, HEADER },
        { 36, 0, 4, HEADER }, { 36, 3, 4, HEADER }, { 36, HP_TRUST_KEYS_MAX + 1, 4, HEADER },
        { 40, STORE_RECORD - 1, 4, HEADER }, { 40, STORE_RECORD + 1, 4, HEADER },
        { 40, 0xffffffff, 4, HEADER },
        { 44, 0, 8, HEADER }, { 44, UINT64_MAX, 8, HEADER }, { 44, (uint64_t)1 << 32, 8, HEADER },
        { SOURCE_AT + HP_SOURCE_NAME - 1, 'x', 1, RECORD },
        { SOURCE_AT + HP_SOURCE_NAME + HP_SOURCE_FEED - 1, 'x', 1, RECORD },
        { SOURCE_AT + 48, NO_TIME, 8, RECORD }, { SOURCE_AT + 56, INFINITE, 8, RECORD },
        { SOURCE_AT + 64, TOO_LATE, 8, RECORD }, { SOURCE_AT + 72, NO_TIME, 8, RECORD },
        { SOURCE_AT + 80, INFINITE, 8, RECORD },
        { RECORD_AT + 4, HP_FLAW_REVOKED + 1, 4, RECORD }, { RECORD_AT + 8, 1, 4, RECORD },
        { RECORD_AT + 23, 'x', 1, RECORD },
        { PARTS_AT, 0xffffffff, 4, RECORD }, { PARTS_AT + 4, 0, 4, RECORD },
        { PARTS_AT + 4, HP_KID_MAX + 1, 4, RECORD }, { PARTS_AT + 4, 0xffffffff, 4, RECORD },
        { PARTS_AT + 12, 1000, 4, RECORD }, { PARTS_AT + 16, 0x80000000, 4, RECORD },
        { PARTS_AT + 20, 0, 4, RECORD }, { PARTS_AT + 28, 0xffffffff, 4, RECORD },
        { DIGEST_AT + 32, NO_TIME, 8, RECORD }, { DIGEST_AT + 40, INFINITE, 8, RECORD },
        { DIGEST_AT + 48, HP_TRUST_ISSUERS + 1, 8, RECORD },
        { DIGEST_AT + 48, (uint64_t)1 << 32, 8, RECORD },
        { DIGEST_AT + 56, NO_TIME, 8, RECORD }, { DIGEST_AT + 64, TOO_LATE, 8, RECORD },
    };
    hp_str s = small();
    hp_records list;
    size_t i;

    (void)state;
    list = read_store(s);
    assert_int_equal(list.n, 2);
    hp_records_free(&list);
    for (i = 0; i < COUNT(table); i++) {
        s = small();
        refused(patched(s, table[i].at, table[i].value, table[i].n), table[i].says);
    }
}

/* Any bit of any byte: the digest does not hold, or it is no store at all. */
static void
a_damaged_byte_is_seen(void **state)
{
    hp_str s = maker_copy(small());
    uint8_t *copy = malloc(s.n);
    size_t i;

    (void)state;
    assert_non_null(copy);
    memcpy(copy, s.p, s.n);
    for (i = 0; i < s.n; i++) {
        copy[i] ^= (uint8_t)(1u << i % 8);
        refused((hp_str){ copy, s.n }, i < 8 ? "is no trust store" : DAMAGED);
        copy[i] ^= (uint8_t)(1u << i % 8);
    }
    free(copy);
}

/* Cut anywhere; and cut anywhere with a digest that holds all the same. */
static void
a_part_of_a_store_is_none(void **state)
{
    hp_str s = maker_copy(small());
    size_t n;

    (void)state;
    for (n = 0; n < s.n; n++) {
        refused((hp_str){ s.p, n }, n < 8 ? "is no trust store" : DAMAGED);
        if (n >= 8 + HP_SHA256)
            refused(sealed((hp_str){ s.p, n }), n < STORE_HEADER + HP_SHA256 ? DAMAGED : HEADER);
    }
    refused(MAKER_JOIN(s, HP_STR("\0")), DAMAGED);
    refused(with(s, s.n - HP_SHA256, HP_STR("\0")), HEADER);
}

/* ---- other writers ------------------------------------------------------------------- */

/* small() as a writer of format 2 might make it: longer rows, and what is new at their ends. */
static hp_str
newer(unsigned least)
{
    hp_str s = small(), more = HP_STR("what is new");

    s = with(s, RECORD_AT + 2 * STORE_RECORD, more);
    s = with(s, RECORD_AT + STORE_RECORD, more);
    s = with(s, RECORD_AT, more);
    s = with(s, SOURCE_AT, more);
    s = patched(s, 8, 2, 2);
    s = patched(s, 10, least, 2);
    s = patched(s, 24, STORE_HEADER + more.n, 4);
    s = patched(s, 32, STORE_SOURCE + more.n, 4);
    return patched(s, 40, STORE_RECORD + more.n, 4);
}

static void
a_newer_writer_is_understood_as_far_as_it_allows(void **state)
{
    hp_records old = read_store(maker_copy(small())), list = read_store(guard_end(newer(1)));
    hp_str s;
    size_t i;

    (void)state;
    assert_int_equal(list.n, 2);
    for (i = 0; i < 2; i++)
        assert_same_record(&list.all[i], &old.all[i]);
    assert_same_source(&list.sources[0], &old.sources[0]);
    hp_records_free(&list);
    hp_records_free(&old);
    refused(newer(2), "needs a newer healthpass: it can be read from format 2 on, this build "
                      "knows 1");

    /* a role that only it knows is passed over, whatever such records look like */
    s = patched(small(), RECORD_AT, HP_ROLE_DOCUMENT + 1, 4);
    list = read_store(s);
    assert_int_equal(list.n, 1);
    assert_int_equal(list.all[0].role, HP_ROLE_AUTHORITY);
    hp_records_free(&list);

    /* a domain that only it knows signs nothing here, and no bit of usage is made up */
    s = patched(patched(small(), RECORD_AT + 12, 0x80000000, 4), RECORD_AT + 16, 0xfffffff8, 4);
    list = read_store(s);
    assert_int_equal(list.all[0].domains, HP_DOMAIN_OTHER);
    assert_int_equal(list.all[0].usage, 0);
    hp_records_free(&list);
}

/* ---- how much fits -------------------------------------------------------------------- */

/* A store of n keys whose ids are like hashes, opened as a list that pass after pass uses. */
static hp_trust *
trust_of(size_t n, bool alike)
{
    hp_records list = { .env = HP_ENV_PROD };
    hp_trust *trust = hp_trust_new(crypto, NULL);
    uint64_t kid = 1;
    hp_error error;
    hp_record r;
    size_t i;

    assert_non_null(hp_records_source(&list, "who", "gdhcn"));
    for (i = 0; i < n; i++) {
        kid = alike ? i : kid * 6364136223846793005u + 1442695040888963407u;
        r = record(kid);
        assert_true(hp_records_keep(&list, &r.kid)); /* the ring is too small for so many */
        assert_true(hp_records_put(&list, &r));
    }
    if (!hp_trust_add_records(trust, "list", &list, &error) || !hp_trust_close(trust, &error))
        fail_msg("%s", error.text);
    assert_int_equal(hp_trust_count(trust), n);
    return trust;
}

static void
as_many_as_fit_and_no_more(void **state)
{
    hp_trust *trust = trust_of(HP_TRUST_KEYS_MAX, false);
    const hp_records *all = hp_trust_records(trust);
    hp_records list = { .env = HP_ENV_PROD };
    hp_bytes bytes;
    hp_record r = record(0);
    hp_error error;
    size_t i;

    (void)state;
    assert_true(hp_store_write(crypto, all, MAKER_NOW, &bytes, &error));
    list = read_store((hp_str){ bytes.p, bytes.n });
    assert_int_equal(list.n, HP_TRUST_KEYS_MAX);
    assert_false(hp_records_put(&list, &r));
    hp_records_free(&list);
    hp_bytes_free(&bytes);
    hp_trust_free(trust);

    for (i = 0; i < HP_SOURCES_MAX; i++)
        assert_non_null(hp_records_source(&list, "a", "b"));
    assert_null(hp_records_source(&list, "a", "b"));
    list = read_store(written(&list));
    assert_int_equal(list.n_sources, HP_SOURCES_MAX);
    hp_records_free(&list);
}

/* One row more than fits, in a file that is right otherwise. */
static void
a_store_with_one_too_many(void **state)
{
    hp_str s = maker_copy(small()), row = { s.p + SOURCE_AT, STORE_SOURCE };
    hp_str rows = maker_fill(STORE_SOURCE * HP_SOURCES_MAX, 0);
    size_t more = (size_t)(HP_TRUST_KEYS_MAX - 1) * STORE_RECORD, i;
    uint8_t *copy;

    (void)state;
    refused(patched(with(s, RECORD_AT, rows), 28, HP_SOURCES_MAX + 1, 4), HEADER);
    s = small();
    rows = maker_fill(STORE_SOURCE * (HP_SOURCES_MAX - 1), 0);
    s = patched(with(s, RECORD_AT, rows), 28, HP_SOURCES_MAX, 4);
    {
        hp_records list = read_store(s);

        assert_int_equal(list.n_sources, HP_SOURCES_MAX);
        hp_records_free(&list);
    }

    s = small();
    copy = malloc(s.n + more);
    assert_non_null(copy);
    memcpy(copy, s.p, RECORD_AT + STORE_RECORD);
    row = (hp_str){ s.p + RECORD_AT, STORE_RECORD };
    for (i = 0; i < HP_TRUST_KEYS_MAX - 1; i++)
        memcpy(copy + RECORD_AT + (i + 1) * STORE_RECORD, row.p, STORE_RECORD);
    memcpy(copy + RECORD_AT + STORE_RECORD + more, s.p + RECORD_AT + STORE_RECORD,
           s.n - RECORD_AT - STORE_RECORD);
    copy[36] = (HP_TRUST_KEYS_MAX + 1) & 0xff;
    copy[37] = (HP_TRUST_KEYS_MAX + 1) >> 8;
    {
        hp_str body = { copy, s.n + more - HP_SHA256 };
        hp_records list = { .env = HP_ENV_PROD };
        hp_error error;

        assert_true(hp_sha256(crypto, &body, 1, copy + body.n));
        assert_false(hp_store_read(crypto, "a.store", (hp_str){ copy, s.n + more }, &list, &error));
        assert_non_null(strstr(error.text, HEADER));
    }
    free(copy);
}

/* ---- looking up ------------------------------------------------------------------------ */

/* Slots that a look-up which finds nothing reads, on average over all places to begin at. */
static double
mean_probes(const hp_trust *trust, size_t *longest)
{
    size_t size = trust->mask + 1, i, at, total = 0;

    *longest = 0;
    for (i = 0; i < size; i++) {
        for (at = i; trust->slots[at & trust->mask] != 0; at++)
            total++;
        total++;
        if (at - i > *longest)
            *longest = at - i;
    }
    return (double)total / (double)size;
}

/*
 * Whatever a look-up finds, it reads no further than the end of the run of slots that it began
 * in.  Counted, not timed; also with ids that stand beside one another.
 */
static void
a_look_up_does_not_grow(void **state)
{
    static const size_t sizes[] = { 10, 100, 1000, 10000, HP_TRUST_KEYS_MAX };
    size_t i, longest;
    double mean;

    (void)state;
    for (i = 0; i < 2 * COUNT(sizes); i++) {
        hp_trust *trust = trust_of(sizes[i / 2], i % 2 == 1);

        mean = mean_probes(trust, &longest);
        print_message("# %zu keys: %.2f slots a look-up, never more than %zu\n", sizes[i / 2], mean,
                      longest + 1);
        assert_true(mean < 3);
        assert_true(longest < 100);
        hp_trust_free(trust);
    }
}

/* SHC: a key id counts together with its issuer only. */
static void
ids_belong_to_their_issuer(void **state)
{
    static const char *const issuers[] = { "https://a.example", "https://b.example",
                                           "https://a.example/", "" };
    hp_str kid = HP_STR("01234567890123456789012345678901");
    hp_records list = { .env = HP_ENV_PROD };
    hp_trust *trust = hp_trust_new(crypto, NULL);
    const hp_record *found;
    hp_error error;
    hp_record r;
    size_t i, n = 0;

    (void)state;
    assert_non_null(hp_records_source(&list, "vci", "vci"));
    for (i = 0; i < COUNT(issuers); i++) {
        r = record(i);
        r.kid = kid;
        r.issuer = hp_str_of(issuers[i]);
        assert_true(hp_records_put(&list, &r));
    }
    assert_true(hp_trust_add_records(trust, "list", &list, &error));
    assert_true(hp_trust_close(trust, &error));
    for (i = 0; i < COUNT(issuers); i++) {
        found = hp_trust_find(trust, HP_ROLE_SIGNER, kid, hp_str_of(issuers[i]), &n);
        assert_non_null(found);
        assert_int_equal(n, 1);
        assert_int_equal(found->digest[0], i);
        assert_null(hp_trust_find(trust, HP_ROLE_AUTHORITY, kid, hp_str_of(issuers[i]), &n));
    }
    assert_null(hp_trust_find(trust, HP_ROLE_SIGNER, kid, HP_STR("https://c.example"), &n));
    assert_null(hp_trust_find(trust, HP_ROLE_SIGNER, kid, HP_STR("https://a.exampl"), &n));
    hp_trust_free(trust);
}

/* ---- several keys with one id ------------------------------------------------------------ */

/* n keys that all go by the id of the first. */
static void
make_alike(const maker_key **alike, maker_key *room, size_t n)
{
    size_t i;

    for (i = 0; i < n; i++) {
        room[i] = *maker_key_new(HP_ALG_ES256, "");
        memcpy(room[i].kid, room[0].kid, HP_KID);
        alike[i] = &room[i];
    }
}

static void
each_of_eight_keys_with_one_id_is_tried(void **state)
{
    static const hp_source source = { .issued = 0 };
    static uint8_t memory[HP_MEMORY];
    const maker_key *alike[HP_TRUST_SAME_KID + 1];
    maker_key room[HP_TRUST_SAME_KID + 1];
    hp_keys *keys = hp_keys_new(HP_KEYS);
    hp_policy *policy;
    hp_error error;
    size_t i;

    (void)state;
    make_alike(alike, room, COUNT(alike));
    (void)maker_store("alike.store", &source, HP_ENV_PROD, alike, HP_TRUST_SAME_KID, HP_DOMAIN_DCC);
    if (hp_policy_load(maker_file("alike.conf", maker_print("trust = \"%s/alike.store\";\n"
            "rules = \"authentic-only\";\n", maker_folder())), HP_DOOR_WEB, &policy, &error)
        != HP_LOAD_OK)
        fail_msg("%s", error.text);
    for (i = 0; i < COUNT(alike); i++) {
        hp_memory lent = { memory, sizeof(memory), 0 };
        hp_ask ask = { .text = maker_pass(alike[i], MAKER_V), .now = MAKER_NOW, .any_now = true,
                       .keys = keys };
        hp_verdict verdict;

        assert_int_equal(hp_verify(policy, &ask, &lent, &verdict),
                         i < HP_TRUST_SAME_KID ? HP_OK : HP_SIGNATURE);
    }
    hp_policy_free(policy);
    hp_keys_free(keys);

    (void)maker_store("alike.store", &source, HP_ENV_PROD, alike, COUNT(alike), HP_DOMAIN_DCC);
    assert_int_equal(hp_policy_load(maker_c_string(maker_print("%s/alike.conf", maker_folder())),
                                    HP_DOOR_WEB, &policy, &error), HP_LOAD_CONFIG);
    assert_non_null(strstr(error.text, "more than 8 keys share the key id"));
}

/* ---- what opening costs --------------------------------------------------------------------- */

/* Reads and closes a list of n keys as a gate does; OpenSSL's allocations while it did so. */
static size_t
opened(size_t n, double *seconds)
{
    hp_trust *full = trust_of(n, false), *trust;
    hp_watch watch = { NULL, 0, false };
    struct timespec a, b;
    const char *path;
    hp_error error;
    hp_bytes bytes;
    size_t made;

    assert_true(hp_store_write(crypto, hp_trust_records(full), MAKER_NOW, &bytes, &error));
    path = maker_file("opened.store", (hp_str){ bytes.p, bytes.n });
    hp_bytes_free(&bytes);
    hp_trust_free(full);
    trust = hp_trust_new(crypto, NULL);
    openssl_allocations = 0;
    (void)clock_gettime(CLOCK_MONOTONIC, &a);
    assert_int_equal(hp_trust_add(trust, path, HP_FILE_OWNED, &watch, &error), HP_TRUST_ADDED);
    assert_true(hp_trust_close(trust, &error));
    (void)clock_gettime(CLOCK_MONOTONIC, &b);
    made = openssl_allocations;
    *seconds = (double)(b.tv_sec - a.tv_sec) + (double)(b.tv_nsec - a.tv_nsec) / 1e9;
    assert_int_equal(hp_trust_count(trust), n);
    hp_trust_free(trust);
    hp_watch_free(&watch);
    return made;
}

/* Here SPKI is not even a key: nobody looks at it before a pass asks for it. */
static void
opening_makes_no_key(void **state)
{
    double seconds;
    size_t one = opened(1, &seconds), all = opened(HP_TRUST_KEYS_MAX, &seconds);

    (void)state;
    print_message("# a store of %d keys opens in %.1f ms\n", HP_TRUST_KEYS_MAX, seconds * 1e3);
    assert_int_equal(all, one);
}

/* Each allocation fails once: the store is refused, nothing leaks, nothing is half there. */
static void
no_memory_is_an_error(void **state)
{
    hp_str s = maker_copy(small());
    size_t n, calls;

    (void)state;
    alloc_start(0);
    {
        hp_records list = read_store(s);

        calls = alloc_calls();
        hp_records_free(&list);
    }
    assert_in_range(calls, 2, 20);
    for (n = 1; n <= calls; n++) {
        alloc_start(n);
        refused(s, ""); /* OpenSSL's allocations are among them: then no digest holds */
        alloc_start(0);
    }
}

static int
set_up(void **state)
{
    (void)state;
    if (CRYPTO_set_mem_functions(count_malloc, count_realloc, count_free) != 1)
        return 1;
    crypto = hp_crypto_new();
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
    cmocka_unit_test(every_field_comes_back),
    cmocka_unit_test(an_empty_list_is_a_store),
    cmocka_unit_test(each_defect_is_refused),
    cmocka_unit_test(a_damaged_byte_is_seen),
    cmocka_unit_test(a_part_of_a_store_is_none),
    cmocka_unit_test(a_newer_writer_is_understood_as_far_as_it_allows),
    cmocka_unit_test(as_many_as_fit_and_no_more),
    cmocka_unit_test(a_store_with_one_too_many),
    cmocka_unit_test(a_look_up_does_not_grow),
    cmocka_unit_test(ids_belong_to_their_issuer),
    cmocka_unit_test(each_of_eight_keys_with_one_id_is_tried),
    cmocka_unit_test(opening_makes_no_key),
    cmocka_unit_test(no_memory_is_an_error),
};

UNIT_MAIN_WITH(tests, set_up, tear_down)
