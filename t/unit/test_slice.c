/*
 * Published filters: who was put in is found, in the bits and bytes of their writers.  With
 * HEALTHPASS_TESTDATA, also the filters of revocation/vectors.json there.
 */
#include "unit.h"

#include "base/file.h"
#include "check/index_layout.h"
#include "check/slice.h"
#include "codec/json.h"
#include "maker.h"

#include <stdlib.h>

static hp_crypto *crypto;

static bool
has(const hp_slice *slice, hp_str key)
{
    bool is = false;

    assert_int_equal(key.n, HP_LISTED);
    assert_true(hp_slice_holds(slice));
    assert_true(hp_slice_has(crypto, slice, key.p, &is));
    return is;
}

static hp_slice
bloom(unsigned rounds, hp_str words)
{
    return (hp_slice){ .kind = HP_SLICE_BLOOM, .rounds = rounds, .filter = guard_end(words) };
}

static hp_slice
prefixes(unsigned width, hp_str filter)
{
    return (hp_slice){ .kind = HP_SLICE_PREFIX, .width = width, .filter = guard_end(filter) };
}

/* ---- Bloom filters ------------------------------------------------------------------ */

/*
 * The rounds of a key set just these bits of a filter of m: with them the key is in it, and
 * without any one of them it is not.
 */
static void
sets_these_bits(hp_str key, size_t m, const size_t *bits, unsigned rounds)
{
    uint8_t words[16384];
    unsigned i, j;

    assert_true(m / 8 <= sizeof(words));
    for (i = 0; i <= rounds; i++) { /* without the i-th; at last with all */
        hp_slice slice;

        memset(words, 0, sizeof(words));
        for (j = 0; j < rounds; j++)
            words[bits[j] / 8] |= (uint8_t)(0x80u >> bits[j] % 8);
        if (i < rounds)
            words[bits[i] / 8] &= (uint8_t)~(0x80u >> bits[i] % 8);
        slice = bloom(rounds, (hp_str){ words, m / 8 });
        assert_int_equal(has(&slice, key), i == rounds);
    }
}

/*
 * Reckoned with Python: int.from_bytes(sha256(key + bytes([i])).digest(), "big", signed=True) % m.
 * For the 96, 800 and 96032 bits an unsigned number would set others.
 */
static void
bits_are_those_of_a_signed_number(void **state)
{
    static const struct {
        size_t m, bits[8];
    } table[] = {
        { 32, { 23, 20, 8, 2, 25, 14, 7, 14 } },
        { 96, { 87, 20, 8, 2, 25, 78, 7, 14 } },
        { 800, { 375, 148, 776, 578, 217, 526, 487, 206 } },
        { 96032, { 78231, 4916, 21800, 38018, 30297, 84654, 50183, 24526 } },
    };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(table); i++)
        sets_these_bits(HP_STR("0123456789:;<=>?"), table[i].m, table[i].bits, 8);
}

static void
a_bloom_filter_has_its_limits(void **state)
{
    static const struct {
        unsigned rounds;
        size_t n;
        bool holds;
    } table[] = { { 0, 8, false }, { 1, 8, true }, { INDEX_ROUNDS_MAX, 8, true },
        { INDEX_ROUNDS_MAX + 1, 8, false }, { 3, 0, false }, { 3, 3, false }, { 3, 4, true },
        { 3, 5, false }, { 3, INDEX_FILTER_MAX, true }, { 3, INDEX_FILTER_MAX + 4, false } };
    hp_slice slice = { .kind = HP_SLICE_BLOOM };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(table); i++) {
        slice.rounds = table[i].rounds;
        slice.filter.n = table[i].n;
        assert_int_equal(hp_slice_holds(&slice), table[i].holds);
    }
}

/* ---- lists of prefixes ------------------------------------------------------------------ */

/* The key cut to each width, alone, first, in the middle and last in a list. */
static void
each_width_is_found(void **state)
{
    hp_str key = HP_STR("mmmmmmmmmmmmmmmm"), before = HP_STR("mmmmmmmmmmmmmmml");
    hp_str after = HP_STR("nmmmmmmmmmmmmmmm");
    unsigned width;

    (void)state;
    for (width = 1; width <= HP_LISTED; width++) {
        hp_str k = { key.p, width }, a = { maker_fill(width, 'a').p, width };
        hp_str n = { after.p, width };
        hp_slice slice = prefixes(width, MAKER_JOIN(a, k, n));

        assert_true(has(&slice, key));
        assert_true(has(&slice, after));
        assert_true(has(&slice, maker_fill(HP_LISTED, 'a')));
        assert_int_equal(has(&slice, before), width < HP_LISTED);
        assert_false(has(&slice, maker_fill(HP_LISTED, 'b')));
        assert_false(has(&slice, maker_fill(HP_LISTED, 0)));
        assert_false(has(&slice, maker_fill(HP_LISTED, 0xff)));
        slice = prefixes(width, k);
        assert_true(has(&slice, key));
        assert_false(has(&slice, after));
    }
    {
        hp_slice slice = prefixes(4, HP_STR(""));

        assert_false(has(&slice, key));
    }
}

/* FF before a byte of 80 or more is lost on the way through a signed number of Java. */
static void
what_the_java_writer_damaged_is_found(void **state)
{
    static const struct {
        const char *key, *listed;
        bool found;
    } table[] = {
        { "ff851234", "ff851234", true }, { "ff851234", "00851234", true },
        { "ff800000", "00800000", true }, { "ff7f1234", "007f1234", false },
        { "ffff8512", "00008512", true }, { "ffff8512", "00ff8512", false },
        { "ffff7f12", "00ff7f12", true }, { "ffff7f12", "00007f12", false },
        { "ffffffff", "000000ff", true }, { "ffffffff", "00000000", false },
        { "fe851234", "00851234", false }, { "00851234", "ff851234", false },
        { "ff", "ff", true }, { "ff", "00", false }, { "ff85", "0085", true },
    };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(table); i++) {
        hp_str listed = maker_hex(table[i].listed), key = maker_hex(table[i].key);
        hp_slice slice = prefixes((unsigned)listed.n, listed);

        key = MAKER_JOIN(key, maker_fill(HP_LISTED - key.n, 0xc3));
        if (has(&slice, key) != table[i].found)
            fail_msg("%s in %s", table[i].key, table[i].listed);
    }
}

static void
a_list_of_prefixes_has_its_limits(void **state)
{
    static const struct {
        unsigned width;
        size_t n;
        bool holds;
    } table[] = { { 0, 0, false }, { 0, 16, false }, { 1, 16, true }, { 16, 16, true },
        { 17, 17, false }, { 4, 7, false }, { 4, 8, true }, { 4, 9, false },
        { 4, INDEX_FILTER_MAX, true }, { 4, INDEX_FILTER_MAX + 4, false } };
    hp_slice slice = { .kind = HP_SLICE_PREFIX };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(table); i++) {
        slice.width = table[i].width;
        slice.filter.n = table[i].n;
        assert_int_equal(hp_slice_holds(&slice), table[i].holds);
    }
}

/* ---- the filters of others ------------------------------------------------------------------ */

static hp_str
hex_of(const hp_json *text)
{
    return maker_hex(maker_c_string(hp_json_text(text)));
}

/* Their members are in it, and whom they know not to be is not. */
static void
has_members(const hp_json *filter, const hp_slice *slice)
{
    const hp_json *in = hp_json_get(filter, "members_hash16_hex");
    const hp_json *out = hp_json_get(filter, "non_members");
    size_t i;

    assert_true(hp_json_count(in) > 0);
    for (i = 0; i < hp_json_count(in); i++)
        assert_true(has(slice, hex_of(hp_json_at(in, i))));
    for (i = 0; i < hp_json_count(out); i++)
        assert_false(has(slice, hex_of(hp_json_get(hp_json_at(out, i), "hash16_hex"))));
}

static void
published_bloom(const hp_json *filter)
{
    hp_str bytes = hex_of(hp_json_get(filter, "serialized_hex"));
    hp_str first = hex_of(hp_json_at(hp_json_get(filter, "members_hash16_hex"), 0));
    const hp_json *listed = hp_json_get(filter, "bit_indices_of_first_member");
    hp_slice slice = bloom(bytes.p[2], hp_str_from(bytes, 20));
    int64_t bit, m;
    size_t bits[8], i;

    has_members(filter, &slice);
    assert_true(hp_json_int(hp_json_get(filter, "numBits"), &m));
    assert_int_equal(hp_json_count(listed), COUNT(bits));
    for (i = 0; i < COUNT(bits); i++) {
        assert_true(hp_json_int(hp_json_at(listed, i), &bit));
        bits[i] = (size_t)bit;
    }
    sets_these_bits(first, (size_t)m, bits, COUNT(bits));
}

static int
compare_five(const void *a, const void *b)
{
    return memcmp(a, b, 5);
}

/* Signed numbers are in another order than bytes: sorted again, as an importer does. */
static void
published_prefixes(const hp_json *filter)
{
    hp_str bytes = hex_of(hp_json_get(filter, "serialized_hex"));
    hp_str entries = hp_str_from(bytes, 11);
    uint8_t sorted[1024];
    hp_slice slice;

    assert_int_equal(bytes.p[10], 5);
    assert_true(entries.n <= sizeof(sorted));
    memcpy(sorted, entries.p, entries.n);
    qsort(sorted, entries.n / 5, 5, compare_five);
    slice = prefixes(5, (hp_str){ sorted, entries.n });
    has_members(filter, &slice);
    assert_false(has(&slice, maker_fill(HP_LISTED, 0x11)));
}

static void
filters_of_others(void **state)
{
    const hp_json *filters, *damaged;
    hp_bytes bytes;
    hp_error error;
    hp_slice slice;
    hp_json *json;
    size_t i;

    (void)state;
    UNIT_NEEDS_DATA();
    if (!hp_file_read(maker_c_string(maker_print("%s/revocation/vectors.json", UNIT_DATA)), 0,
                      HP_JSON_MAX, &bytes, NULL, &error))
        fail_msg("%s", error.text);
    json = hp_json_load((hp_str){ bytes.p, bytes.n }, &error);
    assert_non_null(json);
    hp_bytes_free(&bytes);
    filters = hp_json_get(json, "bloom_filter");
    assert_int_equal(hp_json_count(filters), 2);
    for (i = 0; i < hp_json_count(filters); i++)
        published_bloom(hp_json_at(filters, i));
    filters = hp_json_get(json, "partial_variable_hash_filter");
    assert_int_equal(hp_json_count(filters), 1);
    published_prefixes(hp_json_at(filters, 0));
    damaged = hp_json_get(json, "partial_variable_hash_corruption");
    slice = prefixes(4, hex_of(hp_json_get(damaged, "java_writer_emits_hex")));
    assert_true(has(&slice, MAKER_JOIN(hex_of(hp_json_get(damaged, "true_prefix_hex")),
                                       maker_fill(12, 1))));
    hp_json_free(json);
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
    cmocka_unit_test(bits_are_those_of_a_signed_number),
    cmocka_unit_test(a_bloom_filter_has_its_limits),
    cmocka_unit_test(each_width_is_found),
    cmocka_unit_test(what_the_java_writer_damaged_is_found),
    cmocka_unit_test(a_list_of_prefixes_has_its_limits),
    cmocka_unit_test(filters_of_others),
};

UNIT_MAIN_WITH(tests, set_up, tear_down)
