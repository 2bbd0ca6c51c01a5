/*
 * The revocation index: what is listed is found and nothing else, whatever is wrong with a file
 * is seen, and opening and looking up cost what index.h promises.
 */
#include "unit.h"

#include "base/time.h"
#include "check/index_layout.h"
#include "index.h"
#include "maker.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define NOW MAKER_NOW

static hp_crypto *crypto;

/* ---- indexes made here ------------------------------------------------------------- */

static const uint8_t kid_a[HP_KID] = "kid of a", kid_b[HP_KID] = "kid of b";

static const hp_source sources[] = {
    { .name = "gateway", .feed = "gateway", .issued = 1, .dated = 2, .expires = 3, .fetched = 4,
      .max_age = 5, .is_signed = true, .entries = 6, .keys = 7, .skipped = { 8 } },
    { .name = "issuer", .feed = "shc" },
};

static const hp_batch batches[] = {
    { HP_LISTED_SIGNATURE, 0, "6b1c", "FR", "kid of a", HP_TIME_LAST, HP_TIME_LAST },
    { HP_LISTED_UCI, 0, "0123456789012345678901234567890123456/!", "", "", HP_TIME_LAST,
      HP_TIME_LAST },
    { HP_LISTED_UCI, 0, "ends", "XA", "", NOW, HP_TIME_LAST },
    { HP_LISTED_RID, 1, "", "", "", HP_TIME_LAST, NOW },
};

/* The batches of sources, in the order of their fields. */
#define SIGNED 0
#define UCI    1
#define ENDS   2
#define BEFORE 3

/* Keys of one byte each, in two slots, and one key in two batches. */
static const index_key keys[] = {
    { "\x00", SIGNED }, { "\x10", UCI }, { "\x10\x01", ENDS }, { "\x10\x02", SIGNED },
    { "\x10\x02", UCI }, { "\x20", BEFORE }, { "\xff", UCI },
};

static const uint8_t all_bits[8] = { 255, 255, 255, 255, 255, 255, 255, 255 };

/* Two filters: one that has all, and one of prefixes. */
static const hp_slice slices[] = {
    { .kind = HP_SLICE_BLOOM, .kinds = HP_LISTED_BIT(HP_LISTED_UCI), .kid = "kid of a",
      .digits = 1, .prefix = 0xa, .batch = UCI, .rounds = 3, .filter = { all_bits, 8 } },
    { .kind = HP_SLICE_PREFIX, .kinds = HP_LISTED_BIT(HP_LISTED_UCI), .any_kid = true,
      .digits = 3, .prefix = 0xbcd, .sure = true, .batch = ENDS, .width = 4,
      .filter = { (const uint8_t *)"\xbc\xd1\x00\x00\xbc\xd1\x00\x01", 8 } },
};

static index_made
small(void)
{
    return (index_made){ .lead = 1, .made = 1000.5, .kinds = 0x13, .sources = sources,
                         .n_sources = COUNT(sources), .batches = batches,
                         .n_batches = COUNT(batches), .slices = slices,
                         .n_slices = COUNT(slices), .keys = keys, .n_keys = COUNT(keys) };
}

/* ---- opening them -------------------------------------------------------------------- */

static const char *
put(hp_str bytes)
{
    return maker_file("index", bytes);
}

static hp_index *
open_at(const char *path)
{
    hp_error error = { "" };
    hp_index *index = hp_index_open(crypto, path, HP_FILE_OWNED, NULL, &error);

    if (index == NULL)
        fail_msg("%s", error.text);
    return index;
}

static hp_index *
opened(const index_made *made)
{
    hp_bytes bytes = index_bytes(crypto, made);
    hp_index *index = open_at(put((hp_str){ bytes.p, bytes.n }));

    hp_bytes_free(&bytes);
    return index;
}

/* Is it refused, in words that name the file and say this? */
static void
refused(hp_str bytes, const char *says)
{
    hp_error error = { "" };
    const char *path = put(bytes);

    if (hp_index_open(crypto, path, 0, NULL, &error) != NULL)
        fail_msg("opened, expected \"%s\"", says);
    if (strncmp(error.text, path, strlen(path)) != 0 || strstr(error.text, says) == NULL)
        fail_msg("expected \"%s\": %s", says, error.text);
}

/* The small index with that number at that place, and its digests made right. */
static hp_bytes
patched(size_t at, uint64_t value, size_t n)
{
    index_made made = small();
    hp_bytes bytes = index_bytes(crypto, &made);

    assert_true(at + n <= bytes.n);
    index_number(bytes.p + at, value, n);
    index_seal(crypto, bytes.p, bytes.n);
    return bytes;
}

static hp_index *
opened_patched(size_t at, uint64_t value, size_t n)
{
    hp_bytes bytes = patched(at, value, n);
    hp_index *index = open_at(put((hp_str){ bytes.p, bytes.n }));

    hp_bytes_free(&bytes);
    return index;
}

/* ---- asking them ---------------------------------------------------------------------- */

static hp_query
query_of(hp_listed_kind kind, const uint8_t *hash)
{
    hp_query query = { .n = 1, .made = NOW };

    query.keys[0].kind = kind;
    memcpy(query.keys[0].hash, hash, HP_LISTED);
    return query;
}

static hp_index_answer
ask_at(const hp_index *index, hp_listed_kind kind, const char *digits, double now, hp_batch *hit)
{
    index_key key = index_hex(digits, 0);
    hp_query query = query_of(kind, key.key);

    return index_find(crypto, index, &query, now, hit);
}

static hp_index_answer
ask(const hp_index *index, hp_listed_kind kind, const char *digits)
{
    hp_batch hit;

    return ask_at(index, kind, digits, NOW, &hit);
}

static void
assert_same_batch(const hp_batch *a, const hp_batch *b)
{
    assert_int_equal(a->kind, b->kind);
    assert_int_equal(a->source, b->source);
    assert_string_equal(a->id, b->id);
    assert_string_equal(a->country, b->country);
    assert_memory_equal(a->kid, b->kid, HP_KID);
    assert_true(a->expires == b->expires && a->before == b->before);
}

/* ---- what is in it ------------------------------------------------------------------------ */

static void
assert_same_slice(const hp_slice *a, const hp_slice *b)
{
    assert_int_equal(a->kind, b->kind);
    assert_int_equal(a->kinds, b->kinds);
    assert_int_equal(a->any_kid, b->any_kid);
    assert_memory_equal(a->kid, b->kid, HP_KID);
    assert_int_equal(a->digits, b->digits);
    assert_int_equal(a->prefix, b->prefix);
    assert_int_equal(a->sure, b->sure);
    assert_int_equal(a->batch, b->batch);
    assert_int_equal(a->rounds, b->rounds);
    assert_int_equal(a->width, b->width);
    assert_str_equal(a->filter, b->filter);
}

static void
every_field_comes_back(void **state)
{
    index_made made = small();
    hp_index *index = opened(&made);
    const hp_source *source = hp_index_source(index, 0);
    hp_error error;
    hp_batch batch;
    hp_slice slice;
    uint32_t i;

    (void)state;
    assert_true(hp_index_made(index) == 1000.5);
    assert_int_equal(hp_index_kinds(index), 0x13);
    assert_int_equal(hp_index_sources(index), 2);
    assert_string_equal(source->name, "gateway");
    assert_true(source->issued == 1 && source->dated == 2 && source->expires == 3);
    assert_true(source->fetched == 4 && source->max_age == 5 && source->is_signed);
    assert_true(source->entries == 6 && source->keys == 7 && source->skipped[0] == 8);
    assert_string_equal(hp_index_source(index, 1)->feed, "shc");
    assert_null(hp_index_source(index, 2));
    assert_int_equal(hp_index_entries(index), COUNT(keys));
    assert_int_equal(hp_index_batches(index), COUNT(batches));
    assert_int_equal(hp_index_slices(index), COUNT(slices));
    for (i = 0; i < COUNT(batches); i++) {
        assert_true(hp_index_batch(index, i, &batch));
        assert_same_batch(&batch, &batches[i]);
    }
    assert_false(hp_index_batch(index, i, &batch));
    for (i = 0; i < COUNT(slices); i++) {
        assert_true(hp_index_slice(index, i, &slice));
        assert_same_slice(&slice, &slices[i]);
    }
    assert_false(hp_index_slice(index, i, &slice));
    if (!hp_index_check(crypto, index, &error))
        fail_msg("%s", error.text);
    hp_index_close(index);
    hp_index_close(NULL);
}

static void
nothing_listed_is_an_index_too(void **state)
{
    index_made made = { .lead = 1 };
    hp_index *index = opened(&made);
    uint8_t key[HP_LISTED];
    hp_error error;
    uint32_t batch;

    (void)state;
    assert_true(hp_index_check(crypto, index, &error));
    assert_int_equal(ask(index, HP_LISTED_UCI, "10"), HP_INDEX_CLEAR);
    assert_false(hp_index_entry(index, 0, key, &batch));
    hp_index_close(index);
}

/* ---- looking up ------------------------------------------------------------------------------ */

static uint64_t random_state = 1;

static uint8_t
chance(void)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (uint8_t)(random_state >> 56);
}

static int
by_key(const void *a, const void *b)
{
    return memcmp(((const index_key *)a)->key, ((const index_key *)b)->key, HP_LISTED);
}

/* n keys like hashes, each third one beside the one before; the first and the last possible. */
static index_key *
many(size_t n)
{
    index_key *list = calloc(n, sizeof(*list));
    size_t i, j;

    assert_non_null(list);
    for (i = 0; i < n; i++) {
        if (i % 3 == 2)
            list[i] = list[i - 1];
        for (j = i % 3 == 2 ? HP_LISTED - 1 : 0; j < HP_LISTED; j++)
            list[i].key[j] ^= (uint8_t)(chance() | 1u);
        list[i].batch = UCI;
    }
    memset(list[0].key, 0, HP_LISTED);
    memset(list[1].key, 0xff, HP_LISTED);
    qsort(list, n, sizeof(*list), by_key);
    return list;
}

static hp_index_answer
find(const hp_index *index, const uint8_t *key)
{
    hp_query query = query_of(HP_LISTED_UCI, key);
    hp_batch hit;

    return index_find(crypto, index, &query, NOW, &hit);
}

/* Each key, and each that differs from it in one byte only: all 16 are compared. */
static void
exactly_these_are_found(const hp_index *index, const index_key *list, size_t n)
{
    index_key other;
    size_t i, j;

    for (i = 0; i < n; i++) {
        assert_int_equal(find(index, list[i].key), HP_INDEX_LISTED);
        for (j = 0; j < HP_LISTED; j++) {
            other = list[i];
            other.key[j] ^= (uint8_t)(1u << i % 8);
            if (bsearch(&other, list, n, sizeof(other), by_key) == NULL)
                assert_int_equal(find(index, other.key), HP_INDEX_CLEAR);
        }
    }
}

/* In one walk, and each by itself, they come in order. */
static void
they_come_in_order(const hp_index *index, const index_key *list, size_t n)
{
    hp_index_walk walk = { .index = index };
    uint8_t key[HP_LISTED];
    uint32_t batch;
    size_t i;

    for (i = 0; i < n; i++) {
        assert_true(hp_index_entry(index, i, key, &batch));
        assert_memory_equal(key, list[i].key, HP_LISTED);
        assert_int_equal(batch, list[i].batch);
        memset(key, 0, sizeof(key));
        assert_true(hp_index_next(&walk, key, &batch));
        assert_memory_equal(key, list[i].key, HP_LISTED);
        assert_int_equal(batch, list[i].batch);
    }
    assert_false(hp_index_entry(index, i, key, &batch));
    assert_false(hp_index_next(&walk, key, &batch));
}

static void
each_directory_finds_what_is_listed(void **state)
{
    index_made made = small();
    index_key *list = many(3000);
    hp_error error;
    hp_index *index;

    (void)state;
    made.keys = list;
    made.n_keys = 3000;
    for (made.lead = 1; made.lead <= 3; made.lead++) {
        index = opened(&made);
        assert_true(hp_index_check(crypto, index, &error));
        exactly_these_are_found(index, list, made.n_keys);
        they_come_in_order(index, list, made.n_keys);
        hp_index_close(index);
    }
    free(list);
}

/* Keys that all begin alike, in one slot. */
static void
a_full_slot_is_searched(void **state)
{
    index_made made = small();
    index_key *list = many(300);
    hp_index *index;
    size_t i;

    (void)state;
    for (i = 0; i < 300; i++)
        list[i].key[0] = 0x77;
    qsort(list, 300, sizeof(*list), by_key);
    made.keys = list;
    for (made.n_keys = 0; made.n_keys <= 300; made.n_keys += made.n_keys < 10 ? 1 : 29) {
        index = opened(&made);
        exactly_these_are_found(index, list, made.n_keys);
        hp_index_close(index);
    }
    free(list);
}

static void
a_key_counts_in_its_own_kind_only(void **state)
{
    index_made made = small();
    hp_index *index = opened(&made);
    hp_batch hit;

    (void)state;
    assert_int_equal(ask_at(index, HP_LISTED_SIGNATURE, "00", NOW, &hit), HP_INDEX_LISTED);
    assert_same_batch(&hit, &batches[SIGNED]);
    assert_int_equal(ask(index, HP_LISTED_UCI, "00"), HP_INDEX_CLEAR);
    assert_int_equal(ask_at(index, HP_LISTED_UCI, "10", NOW, &hit), HP_INDEX_LISTED);
    assert_same_batch(&hit, &batches[UCI]);
    assert_int_equal(ask(index, HP_LISTED_SIGNATURE, "10"), HP_INDEX_CLEAR);
    assert_int_equal(ask_at(index, HP_LISTED_SIGNATURE, "1002", NOW, &hit), HP_INDEX_LISTED);
    assert_same_batch(&hit, &batches[SIGNED]);
    assert_int_equal(ask_at(index, HP_LISTED_UCI, "1002", NOW, &hit), HP_INDEX_LISTED);
    assert_same_batch(&hit, &batches[UCI]);
    assert_int_equal(ask(index, HP_LISTED_COUNTRY_UCI, "1002"), HP_INDEX_CLEAR);
    assert_int_equal(ask(index, HP_LISTED_UCI, "ff"), HP_INDEX_LISTED);
    hp_index_close(index);
}

/* Any key of a query suffices, wherever it stands in it; none says nothing. */
static void
one_listed_key_is_enough(void **state)
{
    index_made made = small();
    hp_index *index = opened(&made);
    hp_query query = { .n = HP_QUERY_KEYS };
    hp_batch hit;
    size_t i;

    (void)state;
    for (i = 0; i < HP_QUERY_KEYS; i++)
        memset(query.keys[i].hash, 0x55, HP_LISTED);
    assert_int_equal(index_find(crypto, index, &query, NOW, &hit), HP_INDEX_CLEAR);
    for (i = 0; i < HP_QUERY_KEYS; i++) {
        hp_query one = query;

        one.keys[i].kind = HP_LISTED_UCI;
        memcpy(one.keys[i].hash, keys[1].key, HP_LISTED);
        assert_int_equal(index_find(crypto, index, &one, NOW, &hit), HP_INDEX_LISTED);
        one.n = i;
        assert_int_equal(index_find(crypto, index, &one, NOW, &hit), HP_INDEX_CLEAR);
    }
    hp_index_close(index);
}

static void
a_batch_speaks_until_its_end(void **state)
{
    index_made made = small();
    hp_index *index = opened(&made);
    hp_batch hit;

    (void)state;
    assert_int_equal(ask_at(index, HP_LISTED_UCI, "1001", NOW - 1, &hit), HP_INDEX_LISTED);
    assert_same_batch(&hit, &batches[ENDS]);
    assert_int_equal(ask_at(index, HP_LISTED_UCI, "1001", NOW - .5, &hit), HP_INDEX_LISTED);
    assert_int_equal(ask_at(index, HP_LISTED_UCI, "1001", NOW, &hit), HP_INDEX_CLEAR);
    assert_int_equal(ask_at(index, HP_LISTED_UCI, "1001", NOW + 1, &hit), HP_INDEX_CLEAR);
    /* no end is none, whatever the clock says */
    assert_int_equal(ask_at(index, HP_LISTED_UCI, "10", HP_TIME_LAST, &hit), HP_INDEX_LISTED);
    assert_int_equal(ask_at(index, HP_LISTED_UCI, "10", 2 * HP_TIME_LAST, &hit), HP_INDEX_LISTED);
    hp_index_close(index);
}

static void
a_batch_speaks_of_passes_made_before(void **state)
{
    static const struct {
        double made;
        hp_index_answer answer;
    } table[] = { { 0, HP_INDEX_LISTED }, { NOW - 1, HP_INDEX_LISTED }, { NOW, HP_INDEX_CLEAR },
        { NOW + 1, HP_INDEX_CLEAR }, { HP_TIME_LAST, HP_INDEX_CLEAR } };
    index_made made = small();
    hp_index *index = opened(&made);
    hp_query query = query_of(HP_LISTED_RID, keys[5].key), uci = query_of(HP_LISTED_UCI, keys[1].key);
    hp_batch hit;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(table); i++) {
        query.made = uci.made = table[i].made;
        assert_int_equal(index_find(crypto, index, &query, NOW, &hit), table[i].answer);
        assert_int_equal(index_find(crypto, index, &uci, NOW, &hit), HP_INDEX_LISTED);
    }
    hp_index_close(index);
}

/* Ends that are no whole second, lie far ahead, or come with a before. */
static void
a_batch_may_end_at_any_time(void **state)
{
    static const struct {
        double expires, before, now;
        hp_index_answer answer;
    } table[] = { { NOW + .5, HP_TIME_LAST, NOW + .4, HP_INDEX_LISTED },
        { NOW + .5, HP_TIME_LAST, NOW + .5, HP_INDEX_CLEAR },
        { -.5, HP_TIME_LAST, -1, HP_INDEX_LISTED }, { -.5, HP_TIME_LAST, 0, HP_INDEX_CLEAR },
        { 0, HP_TIME_LAST, 0, HP_INDEX_CLEAR }, { -1, HP_TIME_LAST, 0, HP_INDEX_CLEAR },
        { UINT32_MAX - 1., HP_TIME_LAST, UINT32_MAX - 1., HP_INDEX_CLEAR },
        { UINT32_MAX, HP_TIME_LAST, UINT32_MAX - 1., HP_INDEX_LISTED },
        { UINT32_MAX, HP_TIME_LAST, UINT32_MAX, HP_INDEX_CLEAR },
        { UINT32_MAX + 1., HP_TIME_LAST, UINT32_MAX, HP_INDEX_LISTED },
        { UINT32_MAX + 1., HP_TIME_LAST, UINT32_MAX + 1., HP_INDEX_CLEAR },
        { NOW, NOW + 1, NOW - 1, HP_INDEX_LISTED }, { NOW, NOW + 1, NOW, HP_INDEX_CLEAR } };
    hp_batch own[COUNT(batches)], hit;
    index_made made = small();
    hp_index *index;
    size_t i;

    (void)state;
    made.batches = own;
    for (i = 0; i < COUNT(table); i++) {
        memcpy(own, batches, sizeof(own));
        own[UCI].expires = table[i].expires;
        own[UCI].before = table[i].before;
        index = opened(&made);
        if (ask_at(index, HP_LISTED_UCI, "10", table[i].now, &hit) != table[i].answer)
            fail_msg("end %zu", i);
        hp_index_close(index);
    }
}

/* One key in several batches of one kind: the one that still speaks is found among ended ones. */
static void
one_batch_that_speaks_is_enough(void **state)
{
    static const index_key twice[] = { { "\x10", SIGNED }, { "\x10", UCI }, { "\x10", ENDS } };
    hp_batch own[COUNT(batches)];
    index_made made = small();
    hp_index *index;
    hp_batch hit;
    size_t i;

    (void)state;
    made.keys = twice;
    made.n_keys = COUNT(twice);
    made.batches = own;
    for (i = 0; i < COUNT(twice); i++) {
        memcpy(own, batches, sizeof(own));
        own[SIGNED].kind = own[UCI].kind = own[ENDS].kind = HP_LISTED_UCI;
        own[SIGNED].expires = own[UCI].expires = own[ENDS].expires = NOW;
        own[i].expires = NOW + 1;
        index = opened(&made);
        assert_int_equal(ask_at(index, HP_LISTED_UCI, "10", NOW, &hit), HP_INDEX_LISTED);
        assert_same_batch(&hit, &own[i]);
        hp_index_close(index);
    }
}

/* ---- filters ------------------------------------------------------------------------------- */

static hp_index_answer
ask_for(const hp_index *index, const char *digits, hp_str kid, double now, hp_batch *hit)
{
    index_key key = index_hex(digits, 0);
    hp_query query = query_of(HP_LISTED_UCI, key.key);

    query.kid = kid;
    return index_find(crypto, index, &query, now, hit);
}

static void
a_filter_counts_for_its_signer_and_kind(void **state)
{
    index_made made = small();
    hp_index *index = opened(&made);
    hp_str a = { kid_a, HP_KID }, b = { kid_b, HP_KID };
    hp_query query = query_of(HP_LISTED_SIGNATURE, index_hex("a0", 0).key);
    hp_batch hit;

    (void)state;
    assert_int_equal(ask_for(index, "a0", a, NOW, &hit), HP_INDEX_MAYBE);
    assert_same_batch(&hit, &batches[UCI]);
    assert_int_equal(ask_for(index, "af", a, NOW, &hit), HP_INDEX_MAYBE);
    assert_int_equal(ask_for(index, "b0", a, NOW, &hit), HP_INDEX_CLEAR);
    assert_int_equal(ask_for(index, "9f", a, NOW, &hit), HP_INDEX_CLEAR);
    assert_int_equal(ask_for(index, "a0", b, NOW, &hit), HP_INDEX_CLEAR);
    assert_int_equal(ask_for(index, "a0", HP_STR(""), NOW, &hit), HP_INDEX_CLEAR);
    assert_int_equal(ask_for(index, "a0", HP_STR("kid of "), NOW, &hit), HP_INDEX_CLEAR);
    assert_int_equal(ask_for(index, "a0", HP_STR("kid of ab"), NOW, &hit), HP_INDEX_CLEAR);
    query.kid = a;
    assert_int_equal(index_find(crypto, index, &query, NOW, &hit), HP_INDEX_CLEAR);

    /* the other one: of every signer, sure, and ended at NOW */
    assert_int_equal(ask_for(index, "bcd10001", b, NOW - 1, &hit), HP_INDEX_LISTED);
    assert_same_batch(&hit, &batches[ENDS]);
    assert_int_equal(ask_for(index, "bcd10000ff", HP_STR(""), NOW - 1, &hit), HP_INDEX_LISTED);
    assert_int_equal(ask_for(index, "bcd10001", b, NOW, &hit), HP_INDEX_CLEAR);
    assert_int_equal(ask_for(index, "bcd10002", b, NOW - 1, &hit), HP_INDEX_CLEAR);
    hp_index_close(index);
}

/* Filters of 0 to 3 digits, for one signer and for all: each key is looked for in all eight. */
static void
each_number_of_digits_is_looked_for(void **state)
{
    hp_slice all[8];
    index_made made = small();
    hp_error error;
    hp_batch hit;
    hp_index *index;
    size_t i;

    (void)state;
    made.slices = all;
    made.n_slices = COUNT(all);
    for (i = 0; i < COUNT(all); i++) {
        all[i] = (hp_slice){ .kind = HP_SLICE_PREFIX, .kinds = HP_LISTED_BIT(HP_LISTED_UCI),
                             .any_kid = i >= 4, .digits = (unsigned)i % 4, .batch = UCI,
                             .prefix = 0xbcdu >> 4 * (3 - i % 4), .width = 4 };
        if (i < 4)
            memcpy(all[i].kid, kid_a, HP_KID);
    }
    for (i = 0; i < COUNT(all); i++) {
        all[i].filter = (hp_str){ slices[1].filter.p, 4 };
        index = opened(&made);
        assert_true(hp_index_check(crypto, index, &error));
        assert_int_equal(ask_for(index, "bcd1", (hp_str){ kid_a, HP_KID }, NOW, &hit),
                         HP_INDEX_MAYBE);
        assert_int_equal(ask_for(index, "bcd1", (hp_str){ kid_b, HP_KID }, NOW, &hit),
                         i < 4 ? HP_INDEX_CLEAR : HP_INDEX_MAYBE);
        hp_index_close(index);
        all[i].filter.n = 0;
    }
}

/* Several filters at one place, as with several ends: each is asked, and the worst answer counts. */
static void
all_filters_at_a_place_are_asked(void **state)
{
    hp_slice three[3];
    index_made made = small();
    hp_index *index;
    hp_batch hit;
    size_t i;

    (void)state;
    made.slices = three;
    made.n_slices = COUNT(three);
    for (i = 0; i < COUNT(three); i++) {
        three[0] = three[1] = three[2] = slices[0];
        three[i].sure = true;
        three[i].batch = SIGNED;
        index = opened(&made);
        assert_int_equal(ask_for(index, "a0", (hp_str){ kid_a, HP_KID }, NOW, &hit),
                         HP_INDEX_LISTED);
        assert_same_batch(&hit, &batches[SIGNED]);
        hp_index_close(index);
    }
}

/* A query with a key in a filter and one in the list: listed, in whichever order they stand. */
static void
listed_beats_maybe(void **state)
{
    index_made made = small();
    hp_index *index = opened(&made);
    hp_query query = { .n = 2, .kid = { kid_a, HP_KID } };
    hp_batch hit;
    size_t i;

    (void)state;
    for (i = 0; i < 2; i++) {
        query.keys[i] = (hp_query_key){ HP_LISTED_UCI, { 0xa0 } };
        query.keys[1 - i] = (hp_query_key){ HP_LISTED_UCI, { 0xff } };
        assert_int_equal(index_find(crypto, index, &query, NOW, &hit), HP_INDEX_LISTED);
        assert_same_batch(&hit, &batches[UCI]);
    }
    hp_index_close(index);
}

/* ---- damage that only a look-up meets ------------------------------------------------------- */

static index_places
places(void)
{
    index_made made = small();

    return index_where(&made);
}

static void
a_damaged_directory_is_no_answer(void **state)
{
    static const struct {
        unsigned slot;
        uint32_t value;
        const char *digits; /* of a key in the slot that it spoils */
    } table[] = { { 0x11, 0xffffffff, "10" }, { 0x11, COUNT(keys) + 1, "10" }, { 0x10, 6, "10" },
        { 0x10, 0xffffffff, "10" }, { 0x100, COUNT(keys) + 1, "ff" }, { 0x100, 0, "ff" },
        { 0, 2, "00" } };
    hp_index *index;
    hp_error error;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(table); i++) {
        index = opened_patched(places().directory + 4 * table[i].slot, table[i].value, 4);
        assert_int_equal(ask(index, HP_LISTED_UCI, table[i].digits), HP_INDEX_DAMAGED);
        assert_int_equal(ask(index, HP_LISTED_UCI, "80"), HP_INDEX_CLEAR);
        assert_false(hp_index_check(crypto, index, &error));
        assert_non_null(strstr(error.text, ": slot "));
        hp_index_close(index);
    }
}

/* Hints only say what to fetch: a wrong one changes no answer, but is found. */
static void
damaged_hints_change_no_answer(void **state)
{
    static const uint32_t values[] = { 0, 1, 299, 300, 301, 0x7fffffff, 0xffffffff };
    index_made made = small();
    index_key *list = many(300);
    index_places where;
    hp_index *index;
    hp_bytes bytes;
    hp_error error;
    size_t i, k;

    (void)state;
    made.keys = list;
    made.n_keys = 300;
    made.lead = 3;
    where = index_where(&made);
    for (i = 0; i < COUNT(values); i++) {
        bytes = index_bytes(crypto, &made);
        for (k = i % 2; k <= INDEX_HINTS - 1; k += 2)
            index_number(bytes.p + where.entries - 4 * (INDEX_HINTS - k), values[i], 4);
        index_seal(crypto, bytes.p, bytes.n);
        index = open_at(put((hp_str){ bytes.p, bytes.n }));
        assert_non_null(index);
        exactly_these_are_found(index, list, made.n_keys);
        assert_false(hp_index_check(crypto, index, &error));
        assert_non_null(strstr(error.text, ": hint "));
        hp_index_close(index);
        hp_bytes_free(&bytes);
    }
    free(list);
}

/* A directory that is in order, but leaves the first or the last entry out. */
static void
an_entry_in_no_slot_is_seen(void **state)
{
    static const struct {
        unsigned slot;
        uint32_t value;
        const char *says;
    } table[] = { { 0, 1, ": entry 0 " }, { 0x100, COUNT(keys) - 1, ": entry 6 " } };
    uint8_t key[HP_LISTED];
    uint32_t batch;
    hp_index *index;
    hp_error error;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(table); i++) {
        index = opened_patched(places().directory + 4 * table[i].slot, table[i].value, 4);
        assert_false(hp_index_check(crypto, index, &error));
        assert_non_null(strstr(error.text, table[i].says));
        assert_false(hp_index_entry(index, i == 0 ? 0 : COUNT(keys) - 1, key, &batch));
        hp_index_close(index);
    }
}

static void
a_damaged_batch_is_no_answer(void **state)
{
    size_t uci = places().batches + UCI * INDEX_BATCH, entry = places().entries + 18;
    const struct {
        size_t at;
        uint64_t value;
        size_t n;
        const char *says;
    } table[] = { { entry + 15, COUNT(batches), 3, ": entry 1 " },
        { entry + 15, 0xffffff, 3, ": entry 1 " },
        { uci, HP_LISTED_KINDS_END, 1, ": batch 1 " }, { uci, 255, 1, ": batch 1 " },
        { uci + 1, 1, 1, ": batch 1 " }, { uci + 2, COUNT(sources), 2, ": batch 1 " },
        { uci + 16, 0x7ff8000000000000u, 8, ": batch 1 " },
        { uci + 24, 0x7ff0000000000000u, 8, ": batch 1 " } };
    hp_index *index;
    hp_error error;
    hp_batch hit;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(table); i++) {
        index = opened_patched(table[i].at, table[i].value, table[i].n);
        assert_int_equal(ask(index, HP_LISTED_UCI, "10"), HP_INDEX_DAMAGED);
        assert_int_equal(ask(index, HP_LISTED_SIGNATURE, "00"), HP_INDEX_LISTED);
        assert_int_equal(ask_for(index, "a0", (hp_str){ kid_a, HP_KID }, NOW, &hit),
                         table[i].at < entry ? HP_INDEX_DAMAGED : HP_INDEX_MAYBE);
        if (table[i].at < entry)
            assert_null(hp_index_source_of(index, UCI));
        assert_false(hp_index_check(crypto, index, &error));
        if (strstr(error.text, table[i].says) == NULL)
            fail_msg("%zu: expected \"%s\": %s", i, table[i].says, error.text);
        hp_index_close(index);
    }
}

/* The texts of a batch are for naming it: a hit stays one, of the same source. */
static void
a_batch_with_a_damaged_name_still_hits(void **state)
{
    size_t uci = places().batches + UCI * INDEX_BATCH;
    const struct {
        size_t at;
        uint64_t value;
        size_t n;
    } table[] = { { uci + 4, 0x414141, 4 }, { uci + 4, '\n', 4 }, { uci + 7, 1, 1 },
                  { uci + 32, 0x1b, 1 }, { uci + 71, 'x', 1 } };
    hp_index *index;
    hp_batch batch;
    hp_error error;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(table); i++) {
        index = opened_patched(table[i].at, table[i].value, table[i].n);
        assert_int_equal(ask(index, HP_LISTED_UCI, "10"), HP_INDEX_LISTED);
        assert_false(hp_index_batch(index, UCI, &batch));
        assert_ptr_equal(hp_index_source_of(index, UCI),
                         hp_index_source(index, batches[UCI].source));
        assert_false(hp_index_check(crypto, index, &error));
        assert_non_null(strstr(error.text, ": batch 1 "));
        hp_index_close(index);
    }
}

static void
a_damaged_filter_is_no_answer(void **state)
{
    size_t at = places().slices, second = at + INDEX_SLICE;
    const struct {
        size_t at;
        uint64_t value;
        size_t n;
    } table[] = { { at, 2, 1 }, { at + 1, 2, 1 }, { at + 1, 1, 1 }, { at + 2, 0, 2 },
        { at + 2, 0x14, 2 }, { at + 2, 0x8002, 2 }, { at + 5, 0, 1 }, { at + 5, 128, 1 },
        { at + 7, 2, 1 }, { at + 20, COUNT(batches), 4 }, { at + 24, 9, 8 }, { at + 24, 17, 8 },
        { at + 24, UINT64_MAX, 8 }, { at + 32, 0, 4 }, { at + 32, 5, 4 }, { at + 32, 20, 4 },
        { at + 32, 0xfffffffc, 4 }, { at + 36, 1, 4 },
        /* here on: the filter of prefixes */
        { second + 6, 0, 1 }, { second + 6, 17, 1 }, { second + 6, 3, 1 }, { second + 32, 7, 4 },
        /* here on: rows that a look-up passes by */
        { at + 4, 4, 1 }, { at + 16, 16, 4 }, { second + 8, 1, 8 }, { at, 1, 1 } };
    hp_index_answer first, other;
    hp_index *index;
    hp_error error;
    hp_batch hit;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(table); i++) {
        index = opened_patched(table[i].at, table[i].value, table[i].n);
        first = ask_for(index, "a0", (hp_str){ kid_a, HP_KID }, NOW - 1, &hit);
        other = ask_for(index, "bcd10001", (hp_str){ kid_a, HP_KID }, NOW - 1, &hit);
        if (i < 22 && i != 0)
            assert_int_equal(i < 18 ? first : other, HP_INDEX_DAMAGED);
        assert_int_equal(ask_for(index, "10", HP_STR(""), NOW, &hit), HP_INDEX_LISTED);
        if (hp_index_check(crypto, index, &error))
            fail_msg("filter %zu holds", i);
        assert_non_null(strstr(error.text, ": filter "));
        hp_index_close(index);
    }
}

/* One damaged entry among those of a key: the hit of another one stays, a filter's does not. */
static void
a_hit_beats_damage_and_damage_beats_the_rest(void **state)
{
    size_t entry = places().entries + 3 * 18;
    hp_index *index = opened_patched(entry + 15, 0xffffff, 3);
    hp_query query = { .n = 2, .kid = { kid_a, HP_KID } };
    hp_batch hit;
    size_t i;

    (void)state;
    assert_int_equal(ask_at(index, HP_LISTED_UCI, "1002", NOW, &hit), HP_INDEX_LISTED);
    assert_same_batch(&hit, &batches[UCI]);
    for (i = 0; i < 2; i++) { /* with a key in a filter, in both orders */
        query.keys[i] = (hp_query_key){ HP_LISTED_UCI, { 0xa0 } };
        query.keys[1 - i] = (hp_query_key){ HP_LISTED_SIGNATURE, { 0x10, 0x02 } };
        assert_int_equal(index_find(crypto, index, &query, NOW, &hit), HP_INDEX_DAMAGED);
    }
    hp_index_close(index);
}

/* ---- what is no index --------------------------------------------------------------------------- */

#define DAMAGED "is damaged or not whole"
#define CANNOT  "has a header that cannot be"
#define SIZES   "its header does not fit its contents"

static void
each_field_of_the_header_is_looked_at(void **state)
{
    static const struct {
        size_t at;
        uint64_t value;
        size_t n;
        const char *says;
    } table[] = {
        { 0, 'X', 1, "is no revocation index" }, { 7, '\r', 1, "is no revocation index" },
        { 10, 2, 2, "needs a newer healthpass: it can be read from format 2 on, this build knows 1" },
        { 10, 0xffff, 2, "needs a newer healthpass" },
        { 12, INDEX_HEADER - 1, 4, CANNOT }, { 12, INDEX_HEADER + 1, 4, SIZES },
        { 12, 0, 4, CANNOT }, { 12, 0xffffffff, 4, SIZES },
        { 16, 0x7ff8000000000000u, 8, CANNOT }, { 16, 0x7ff0000000000000u, 8, CANNOT },
        { 16, 0xbff0000000000000u, 8, CANNOT },
        { 24, 3, 4, SIZES }, { 24, HP_SOURCES_MAX + 1, 4, CANNOT }, { 24, 0xffffffff, 4, CANNOT },
        { 28, HP_SOURCE_ROW - 1, 4, CANNOT }, { 28, HP_SOURCE_ROW + 1, 4, SIZES },
        { 28, INDEX_ROW_MAX + 1, 4, CANNOT },
        { 32, COUNT(batches) + 1, 4, SIZES }, { 32, 0xffffffff, 4, CANNOT },
        { 36, INDEX_BATCH - 1, 4, CANNOT }, { 36, INDEX_BATCH + 1, 4, SIZES },
        { 36, INDEX_ROW_MAX + 1, 4, CANNOT }, { 36, 0, 4, CANNOT },
        { 40, COUNT(slices) + 1, 4, SIZES }, { 40, 0xffffffff, 4, CANNOT },
        { 44, INDEX_SLICE - 1, 4, CANNOT }, { 44, INDEX_SLICE + 1, 4, SIZES },
        { 44, INDEX_ROW_MAX + 1, 4, CANNOT },
        { 48, 0, 4, CANNOT }, { 48, 4, 4, CANNOT }, { 48, 2, 4, SIZES }, { 48, 3, 4, SIZES },
        { 48, 0xffffffff, 4, CANNOT },
        { 52, HP_LISTED_ALL + 1, 4, CANNOT }, { 52, 0x80000000, 4, CANNOT },
        { 56, COUNT(keys) + 1, 8, SIZES }, { 56, UINT64_MAX, 8, CANNOT },
        { 56, HP_INDEX_ENTRIES_MAX + 1ull, 8, CANNOT },
        { 64, INDEX_HEADER - 1, 8, SIZES }, { 64, INDEX_HEADER + 1, 8, SIZES },
        { 64, 0, 8, SIZES }, { 64, UINT64_MAX, 8, SIZES },
        { 72, INDEX_HEADER, 8, SIZES }, { 72, UINT64_MAX, 8, SIZES },
        { 80, INDEX_HEADER, 8, SIZES }, { 80, UINT64_MAX, 8, SIZES },
        { 88, INDEX_HEADER, 8, SIZES }, { 88, UINT64_MAX, 8, SIZES },
        { 96, INDEX_HEADER, 8, SIZES }, { 96, UINT64_MAX, 8, SIZES },
        { 104, INDEX_HEADER, 8, SIZES }, { 104, UINT64_MAX, 8, SIZES },
        { 112, 15, 8, SIZES }, { 112, 17, 8, SIZES }, { 112, UINT64_MAX, 8, SIZES },
    };
    hp_bytes bytes;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(table); i++) {
        bytes = patched(table[i].at, table[i].value, table[i].n);
        refused((hp_str){ bytes.p, bytes.n }, table[i].says);
        hp_bytes_free(&bytes);
    }
}

static void
a_source_that_cannot_be_is_refused(void **state)
{
    static const struct {
        size_t at;
        uint64_t value;
        size_t n;
    } table[] = { { 0, '\n', 1 }, { 31, 'x', 1 }, { 47, 'x', 1 }, { 48, 0x7ff8000000000000u, 8 },
        { 80, 0xbff0000000000000u, 8 } };
    hp_bytes bytes;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(table); i++) {
        bytes = patched(INDEX_HEADER + HP_SOURCE_ROW + table[i].at, table[i].value, table[i].n);
        refused((hp_str){ bytes.p, bytes.n }, "holds a source that cannot be");
        hp_bytes_free(&bytes);
    }
}

/* Each of these is a file: under a sanitizer one of seven, which moves through all of a byte's bits. */
#ifdef HP_SANITIZED
#define EACH 7
#else
#define EACH 1
#endif

/* Any bit: of the header it is seen at once, of the rest by whoever reads all. */
static void
a_damaged_byte_is_seen(void **state)
{
    index_made made = small();
    hp_bytes bytes = index_bytes(crypto, &made);
    hp_error error;
    hp_index *index;
    size_t i;

    (void)state;
    for (i = 0; i < bytes.n; i += EACH) {
        bytes.p[i] ^= (uint8_t)(1u << i % 8);
        if (i < INDEX_HEADER) {
            refused((hp_str){ bytes.p, bytes.n }, i < 8 ? "is no revocation index" : DAMAGED);
        } else {
            index = hp_index_open(crypto, put((hp_str){ bytes.p, bytes.n }), 0, NULL, &error);
            assert_true(index == NULL || !hp_index_check(crypto, index, &error));
            assert_non_null(strstr(error.text, index == NULL ? "source" : "digest"));
            hp_index_close(index);
        }
        bytes.p[i] ^= (uint8_t)(1u << i % 8);
    }
    hp_bytes_free(&bytes);
}

/* Cut anywhere, also with digests that hold; or longer. */
static void
a_part_of_an_index_is_none(void **state)
{
    index_made made = small();
    hp_bytes bytes = index_bytes(crypto, &made), copy;
    size_t n;

    (void)state;
    copy = (hp_bytes){ calloc(1, bytes.n + 1), bytes.n + 1 };
    assert_non_null(copy.p);
    for (n = 0; n <= bytes.n + 1; n += n < INDEX_HEADER + 100 || n + 100 > bytes.n ? 1 : EACH) {
        memcpy(copy.p, bytes.p, n < bytes.n ? n : bytes.n);
        index_seal(crypto, copy.p, n);
        if (n != bytes.n)
            refused((hp_str){ copy.p, n }, n == 0 ? "is empty" : n < 8 ? "is no revocation index" :
                n < INDEX_HEADER ? DAMAGED : SIZES);
        if (n >= INDEX_HEADER && n != bytes.n)
            refused((hp_str){ bytes.p, n < bytes.n ? n : bytes.n - 1 }, SIZES);
    }
    hp_bytes_free(&bytes);
    hp_bytes_free(&copy);
}

/* ---- what only reading it all tells ----------------------------------------------------------------- */

static void
unsound(const index_made *made, const char *says)
{
    hp_index *index = opened(made);
    hp_error error = { "" };

    if (hp_index_check(crypto, index, &error))
        fail_msg("holds, expected \"%s\"", says);
    if (strstr(error.text, says) == NULL || strstr(error.text, "/index: ") == NULL)
        fail_msg("expected \"%s\": %s", says, error.text);
    hp_index_close(index);
}

static void
order_is_checked(void **state)
{
    index_key mixed[COUNT(keys)];
    hp_slice turned[] = { slices[1], slices[0] }, same[] = { slices[0], slices[0] };
    index_made made = small();
    hp_error error;
    hp_index *index;

    (void)state;
    made.keys = mixed;
    memcpy(mixed, keys, sizeof(mixed));
    mixed[2] = keys[1];
    unsound(&made, ": entry 2 cannot be"); /* the same key twice in one batch */
    memcpy(mixed, keys, sizeof(mixed));
    mixed[1] = keys[2];
    mixed[2] = keys[1];
    unsound(&made, ": entry 2 cannot be"); /* two keys of one slot the wrong way round */
    memcpy(mixed, keys, sizeof(mixed));
    mixed[3] = keys[4];
    mixed[4] = keys[3];
    unsound(&made, ": entry 4 cannot be"); /* two batches of one key, likewise */

    made = small();
    made.slices = turned;
    unsound(&made, ": filter 1 cannot be");
    made.slices = same; /* several filters at one place are no mistake */
    index = opened(&made);
    assert_true(hp_index_check(crypto, index, &error));
    hp_index_close(index);
}

static void
kinds_are_checked(void **state)
{
    index_made made = small();

    (void)state;
    made.kinds = 0x03;
    unsound(&made, ": batch 3 cannot be");
    made.kinds = 0x11;
    unsound(&made, ": batch 1 cannot be");
}

/* ---- other writers ------------------------------------------------------------------------------------ */

/* Puts seven bytes in at that place of a file in malloc's memory. */
static void
insert(hp_bytes *bytes, size_t at)
{
    bytes->p = realloc(bytes->p, bytes->n + 7);
    assert_non_null(bytes->p);
    memmove(bytes->p + at + 7, bytes->p + at, bytes->n - at);
    memset(bytes->p + at, 'n', 7);
    bytes->n += 7;
}

/* small() as a writer of format 2 might make it: a longer header, longer rows. */
static hp_bytes
newer(void)
{
    index_made made = small();
    index_places w = index_where(&made);
    hp_bytes bytes = index_bytes(crypto, &made);
    size_t i, longer = 7 * (1 + COUNT(sources) + COUNT(batches) + COUNT(slices));

    for (i = COUNT(slices); i > 0; i--)
        insert(&bytes, w.slices + i * INDEX_SLICE);
    for (i = COUNT(batches); i > 0; i--)
        insert(&bytes, w.batches + i * INDEX_BATCH);
    for (i = COUNT(sources); i > 0; i--)
        insert(&bytes, w.sources + i * HP_SOURCE_ROW);
    insert(&bytes, INDEX_HEADER);
    index_number(bytes.p + 8, 2, 2);
    index_number(bytes.p + 12, INDEX_HEADER + 7, 4);
    index_number(bytes.p + 28, HP_SOURCE_ROW + 7, 4);
    index_number(bytes.p + 36, INDEX_BATCH + 7, 4);
    index_number(bytes.p + 44, INDEX_SLICE + 7, 4);
    index_number(bytes.p + 64, w.sources + 7, 8);
    index_number(bytes.p + 72, w.batches + 7 * (1 + COUNT(sources)), 8);
    index_number(bytes.p + 80, w.slices + 7 * (1 + COUNT(sources) + COUNT(batches)), 8);
    index_number(bytes.p + 88, w.directory + longer, 8);
    index_number(bytes.p + 96, w.entries + longer, 8);
    index_number(bytes.p + 104, w.filters + longer, 8);
    index_seal(crypto, bytes.p, bytes.n);
    return bytes;
}

static void
a_newer_writer_is_understood(void **state)
{
    hp_bytes bytes = newer();
    hp_index *index = open_at(put((hp_str){ bytes.p, bytes.n }));
    hp_error error;
    hp_batch batch;
    hp_slice slice;

    (void)state;
    hp_bytes_free(&bytes);
    if (!hp_index_check(crypto, index, &error))
        fail_msg("%s", error.text);
    assert_string_equal(hp_index_source(index, 1)->name, "issuer");
    assert_true(hp_index_batch(index, 3, &batch));
    assert_same_batch(&batch, &batches[3]);
    assert_true(hp_index_slice(index, 1, &slice));
    assert_same_slice(&slice, &slices[1]);
    assert_int_equal(ask(index, HP_LISTED_UCI, "ff"), HP_INDEX_LISTED);
    assert_int_equal(ask_for(index, "a0", (hp_str){ kid_a, HP_KID }, NOW, &batch),
                     HP_INDEX_MAYBE);
    hp_index_close(index);
}

/* ---- how much fits, and what it costs --------------------------------------------------------------------- */

/* A file of holes: what a header promises, and nothing of it written. */
static const char *
promised(uint32_t n_sources, uint32_t n_batches, uint32_t n_slices, unsigned lead,
         uint64_t entries)
{
    uint8_t header[INDEX_HEADER] = INDEX_MAGIC;
    uint64_t at = INDEX_HEADER, sizes[] = { (uint64_t)n_sources * HP_SOURCE_ROW,
        (uint64_t)n_batches * INDEX_BATCH, (uint64_t)n_slices * INDEX_SLICE,
        INDEX_DIRECTORY(lead), entries * (19 - lead), 0 };
    const uint32_t numbers[] = { n_sources, HP_SOURCE_ROW, n_batches, INDEX_BATCH, n_slices,
        INDEX_SLICE, lead, 0 };
    const char *path;
    size_t i;

    index_number(header + 8, 1, 2);
    index_number(header + 10, 1, 2);
    index_number(header + 12, INDEX_HEADER, 4);
    for (i = 0; i < COUNT(numbers); i++)
        index_number(header + 24 + 4 * i, numbers[i], 4);
    index_number(header + 56, entries, 8);
    for (i = 0; i < COUNT(sizes); at += sizes[i++])
        index_number(header + 64 + 8 * i, at, 8);
    index_seal(crypto, header, INDEX_HEADER);
    path = put((hp_str){ header, INDEX_HEADER });
    assert_int_equal(truncate(path, (off_t)at), 0);
    return path;
}

static void
as_much_as_fits_and_no_more(void **state)
{
    static const struct {
        uint32_t sources, batches, slices;
        uint64_t entries;
        bool fits;
    } table[] = { { HP_SOURCES_MAX, 0, 0, 0, true }, { HP_SOURCES_MAX + 1, 0, 0, 0, false },
        { 1, HP_INDEX_BATCHES_MAX, 0, 0, true }, { 1, HP_INDEX_BATCHES_MAX + 1, 0, 0, false },
        { 1, 1, HP_INDEX_SLICES_MAX, 0, true }, { 1, 1, HP_INDEX_SLICES_MAX + 1, 0, false },
        { 1, 1, 0, HP_INDEX_ENTRIES_MAX, true }, { 1, 1, 0, HP_INDEX_ENTRIES_MAX + 1ull, false } };
    hp_error error;
    hp_index *index;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(table); i++) {
        const char *path = promised(table[i].sources, table[i].batches, table[i].slices, 3,
                                    table[i].entries);

        index = hp_index_open(crypto, path, 0, NULL, &error);
        if ((index != NULL) != table[i].fits)
            fail_msg("%zu: %s", i, index != NULL ? "opened" : error.text);
        if (index == NULL)
            assert_non_null(strstr(error.text, CANNOT));
        hp_index_close(index);
    }
}

static double
seconds(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* The goal is 10 ms; a machine that does other things as well may need ten times as long. */
static void
opening_reads_no_entry(void **state)
{
    const char *path = promised(2, 1000, 0, 3, 100000000);
    double start = seconds();
    hp_index *index = open_at(path);
    double took = seconds() - start;

    (void)state;
    print_message("# an index of %ju entries opens in %.3f ms\n",
                  (uintmax_t)hp_index_entries(index), took * 1e3);
    assert_true(took < .1);
    hp_index_close(index);
}

static void
a_look_up_allocates_nothing(void **state)
{
    index_made made = small();
    hp_index *index = opened(&made);
    hp_batch hit;
    hp_query query = query_of(HP_LISTED_UCI, index_hex("a0", 0).key);

    (void)state;
    query.kid = (hp_str){ kid_a, HP_KID };
    alloc_start(0);
    assert_int_equal(index_find(crypto, index, &query, NOW, &hit), HP_INDEX_MAYBE);
    memcpy(query.keys[0].hash, keys[1].key, HP_LISTED);
    assert_int_equal(index_find(crypto, index, &query, NOW, &hit), HP_INDEX_LISTED);
    assert_int_equal(alloc_calls(), 0);
    hp_index_close(index);
}

static void
no_memory_is_an_error(void **state)
{
    index_made made = small();
    hp_bytes bytes = index_bytes(crypto, &made);
    const char *path = put((hp_str){ bytes.p, bytes.n });
    hp_error error;
    size_t n, calls;

    (void)state;
    hp_bytes_free(&bytes);
    alloc_start(0);
    hp_index_close(open_at(path));
    calls = alloc_calls();
    assert_in_range(calls, 2, 10);
    for (n = 1; n <= calls; n++) {
        alloc_start(n);
        assert_null(hp_index_open(crypto, path, 0, NULL, &error));
        alloc_start(0);
        assert_non_null(strstr(error.text, "/index: no memory"));
    }
}

static void
a_file_that_others_may_write_is_refused(void **state)
{
    index_made made = small();
    hp_bytes bytes = index_bytes(crypto, &made);
    const char *path = put((hp_str){ bytes.p, bytes.n });
    hp_stamp stamp, now;
    hp_error error;
    hp_index *index;

    (void)state;
    hp_bytes_free(&bytes);
    assert_int_equal(chmod(path, 0666), 0);
    assert_null(hp_index_open(crypto, path, HP_FILE_OWNED, NULL, &error));
    assert_non_null(strstr(error.text, "chmod go-w"));
    assert_int_equal(chmod(path, 0640), 0);
    now = hp_file_stamp(path);
    index = hp_index_open(crypto, path, HP_FILE_OWNED, &stamp, &error);
    assert_non_null(index);
    assert_memory_equal(&stamp, &now, sizeof(now));
    hp_index_close(index);
}

static int
set_up(void **state)
{
    (void)state;
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
    cmocka_unit_test(nothing_listed_is_an_index_too),
    cmocka_unit_test(each_directory_finds_what_is_listed),
    cmocka_unit_test(a_full_slot_is_searched),
    cmocka_unit_test(a_key_counts_in_its_own_kind_only),
    cmocka_unit_test(one_listed_key_is_enough),
    cmocka_unit_test(a_batch_speaks_until_its_end),
    cmocka_unit_test(a_batch_speaks_of_passes_made_before),
        cmocka_unit_test(a_batch_may_end_at_any_time),
    cmocka_unit_test(one_batch_that_speaks_is_enough),
    cmocka_unit_test(a_filter_counts_for_its_signer_and_kind),
    cmocka_unit_test(each_number_of_digits_is_looked_for),
    cmocka_unit_test(all_filters_at_a_place_are_asked),
    cmocka_unit_test(listed_beats_maybe),
    cmocka_unit_test(a_damaged_directory_is_no_answer),
        cmocka_unit_test(damaged_hints_change_no_answer),
    cmocka_unit_test(an_entry_in_no_slot_is_seen),
    cmocka_unit_test(a_damaged_batch_is_no_answer),
    cmocka_unit_test(a_batch_with_a_damaged_name_still_hits),
        cmocka_unit_test(a_damaged_filter_is_no_answer),
    cmocka_unit_test(a_hit_beats_damage_and_damage_beats_the_rest),
    cmocka_unit_test(each_field_of_the_header_is_looked_at),
    cmocka_unit_test(a_source_that_cannot_be_is_refused),
    cmocka_unit_test(a_damaged_byte_is_seen),
    cmocka_unit_test(a_part_of_an_index_is_none),
    cmocka_unit_test(order_is_checked),
    cmocka_unit_test(kinds_are_checked),
    cmocka_unit_test(a_newer_writer_is_understood),
    cmocka_unit_test(as_much_as_fits_and_no_more),
    cmocka_unit_test(opening_reads_no_entry),
    cmocka_unit_test(a_look_up_allocates_nothing),
    cmocka_unit_test(no_memory_is_an_error),
    cmocka_unit_test(a_file_that_others_may_write_is_refused),
};

UNIT_MAIN_WITH(tests, set_up, tear_down)
