/* The CBOR reader: every form of RFC 8949, every cap one below and one above. */
#include "unit.h"

#include "codec/cbor.h"
#include "maker.h"

#include <math.h>

static uint8_t buffer[512 * 1024];

static const hp_node *
decode(hp_str in)
{
    hp_arena arena = hp_arena_over(buffer, sizeof(buffer));

    return hp_cbor_read(guard_end(in), &arena);
}

static const hp_node *
decode_hex(const char *hex)
{
    return decode(maker_hex(hex));
}

/* RFC 8949, appendix A, and each width of each number. */
static void
numbers(void **state)
{
    static const struct {
        const char *hex;
        double value;
    } table[] = {
        { "00", 0 }, { "17", 23 }, { "1818", 24 }, { "18ff", 255 }, { "190100", 256 },
        { "19ffff", 65535 }, { "1a00010000", 65536 }, { "1affffffff", 4294967295.0 },
        { "1b000000e8d4a51000", 1e12 }, { "1bffffffffffffffff", 18446744073709551615.0 },
        { "1800", 0 }, { "1b0000000000000001", 1 },
        { "20", -1 }, { "37", -24 }, { "3863", -100 }, { "3903e7", -1000 },
        { "3a00010000", -65537 }, { "3bffffffffffffffff", -18446744073709551616.0 },
        { "f90000", 0 }, { "f93c00", 1 }, { "f93e00", 1.5 }, { "f97bff", 65504 },
        { "f90001", 5.960464477539063e-8 }, { "f9c400", -4 }, { "fa47c35000", 100000 },
        { "fb3ff199999999999a", 1.1 }, { "fbc010666666666666", -4.1 },
    };
    double value;

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        const hp_node *n = decode_hex(table[i].hex);

        assert_true(hp_node_number(n, &value));
        assert_true(value == table[i].value);
    }
    assert_true(hp_node_number(decode_hex("f97e00"), &value));
    assert_true(isnan(value));
    assert_true(hp_node_number(decode_hex("f9fc00"), &value));
    assert_true(isinf(value));
    assert_false(hp_node_number(decode_hex("6131"), &value));
    assert_false(hp_node_number(NULL, &value));
}

static void
simple_values(void **state)
{
    (void)state;
    assert_true(hp_node_is(decode_hex("f4"), HP_NODE_FALSE));
    assert_true(hp_node_is(decode_hex("f5"), HP_NODE_TRUE));
    assert_true(hp_node_is(decode_hex("f6"), HP_NODE_NULL));
    assert_true(hp_node_is(decode_hex("f7"), HP_NODE_UNDEFINED));
}

static void
strings(void **state)
{
    static const char *const texts[] = { "63616263", "7803616263", "790003616263",
        "7a00000003616263", "7b0000000000000003616263", "7f63616263ff", "7f6161626263ff",
        "7f6061616061626163ff", "7f780161780262 63ff" };
    hp_str want = HP_STR("abc");

    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        const hp_node *n = decode_hex(texts[i]);

        assert_true(hp_node_is(n, HP_NODE_TEXT));
        assert_str_equal(n->str, want);
    }
    assert_str_equal(decode_hex("5f426162 4163ff")->str, want);
    assert_str_equal(decode_hex("43616263")->str, want);
    assert_int_equal(decode_hex("40")->str.n, 0);
    assert_int_equal(decode_hex("5fff")->str.n, 0);
    assert_int_equal(decode_hex("7fff")->str.n, 0);
}

static void
containers(void **state)
{
    const hp_node *n = decode_hex("83 01 8202 03 80");

    (void)state;
    assert_true(hp_node_is(n, HP_NODE_ARRAY));
    assert_int_equal(n->count, 3);
    assert_int_equal(n->child->num, 1);
    assert_int_equal(n->child->next->count, 2);
    assert_int_equal(n->child->next->next->count, 0);
    assert_null(n->child->next->next->next);

    n = decode_hex("9f 01 9f02ff 8103 ff");
    assert_int_equal(n->count, 3);
    n = decode_hex("bf 6161 01 20 02 ff");
    assert_int_equal(n->count, 2);
    assert_int_equal(hp_node_member(n, HP_STR("a"))->num, 1);
    assert_int_equal(hp_node_label(n, -1)->num, 2);
    assert_null(hp_node_label(n, 1));
    assert_null(hp_node_member(n, HP_STR("b")));
    assert_null(hp_node_member(decode_hex("80"), HP_STR("a")));
    assert_null(hp_node_label(NULL, 1));
    assert_int_equal(decode_hex("a0")->count, 0);
    assert_int_equal(decode_hex("9fff")->count, 0);
    assert_int_equal(decode_hex("bfff")->count, 0);
}

/* Each tag that libcbor's decoder has an opinion of, in each width. */
static void
tags(void **state)
{
    const hp_node *n;

    (void)state;
    for (unsigned tag = 0; tag < 300; tag++) {
        hp_cbor_out out = { guard_room(32), 0, 32, false };

        hp_cbor_put_tag(&out, tag);
        hp_cbor_put_uint(&out, 5);
        assert_false(out.full);
        n = decode((hp_str){ out.p, out.n });
        assert_true(hp_node_is(n, HP_NODE_TAG));
        assert_int_equal(n->num, tag);
        assert_int_equal(n->child->num, 5);
    }
    assert_int_equal(decode_hex("d81205")->num, 18);
    assert_int_equal(decode_hex("d9001205")->num, 18);
    assert_int_equal(decode_hex("da0000001205")->num, 18);
    assert_int_equal(decode_hex("db000000000000001205")->num, 18);
}

/* RFC 8949, 5.3 and appendix F. */
static void
what_is_not_well_formed(void **state)
{
    static const char *const table[] = {
        "", "0000", "18", "19", "1901", "1a0102", "1b01020304050607", "38", "58", "78", "98",
        "9a01ff00", "b8", "d8", "f8", "f900", "fa0000", "fb000000", /* head cut */
        "41", "61", "5affffffff00", "5bffffffffffffffff010203", "7affffffff00",
        "7b7fffffffffffffff010203", /* string cut */
        "81", "818181818181818181", "8200", "a1", "a20102", "a100", "a2000000", /* container cut */
        "9affffffff", "9bffffffffffffffff", "baffffffff", "bbffffffffffffffff",
        "9a10000000", "ba10000000", /* huge counts */
        "c0", "d2", /* tag without an item */
        "9f", "9f0102", "bf", "bf01020102", "819f", "9f8000", /* no break */
        "5f", "5f4100", "7f", "7f6100", "5f00ff", "5f21ff", "5f6100ff", "5f80ff", "5fa0ff",
        "5fc000ff", "5fe0ff", "7f4100ff", "5f5f4100ffff", "7f7f6100ffff", /* chunks */
        "ff", "81ff", "8200ff", "a1ff", "a1ff00", "a100ff", "a20000ff", "9f81ff", "9f829f819f9fffffffff",
        "c0ff", "bf00ff", "bf000000ff", /* break where none may be */
        "1c", "1d", "1e", "1f", "3c", "3f", "5c", "5d", "5e", "7c", "9c", "bc", "dc", "df", "fc",
        "fd", "fe", /* reserved */
        "e0", "f3", "f800", "f818", "f81f", "f8ff", /* simple values nobody uses */
    };

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++)
        assert_null(decode_hex(table[i]));
}

static void
text_is_utf8(void **state)
{
    static const char *const bad[] = { "61ff", "6180", "61c3", "62c080", "62c1bf", "63e08080",
        "63eda080", "63edbfbf", "64f0808080", "64f4908080", "64f8888080", "63e282", "62c328",
        "7f61c361bcff", "a161ff00", "8161ff" };
    static const char *const good[] = { "62c3bc", "63e282ac", "64f09f9880", "63efbfbf", "6100",
        "64f48fbfbf", "63ed9fbf", "63ee8080", "41ff", "5f41c341bcff" };

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_null(decode_hex(bad[i]));
    for (size_t i = 0; i < COUNT(good); i++)
        assert_non_null(decode_hex(good[i]));
}

static void
keys_of_a_map(void **state)
{
    static const char *const bad[] = { "a201000100", "a2010018 0100", "a261610061 6100",
        "a2200020 00", "a26161007f6161ff00", "bf01000100ff", "81a201000100", "a101a201000100",
        "a14100 00", "a18000", "a1a000", "a1f600", "a1f93c0000", "a1c00000", "a1f500",
        "a5 0100 0200 0300 0400 0100" };
    static const char *const good[] = { "a2010020 00", "a201006131 00", "a26161006162 00",
        "a2 6000 616100" };

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_null(decode_hex(bad[i]));
    for (size_t i = 0; i < COUNT(good); i++)
        assert_non_null(decode_hex(good[i]));
}

/* depth containers inside one another, of one kind or mixed with tags. */
static hp_str
nested(size_t depth, const char *open)
{
    hp_str head = maker_hex(open);
    uint8_t *p = guard_room(depth * head.n + 1);

    for (size_t i = 0; i < depth; i++)
        memcpy(p + i * head.n, head.p, head.n);
    p[depth * head.n] = 0;
    return (hp_str){ p, depth * head.n + 1 };
}

static void
depth_is_limited(void **state)
{
    static const char *const heads[] = { "81", "a100", "c1", "d2" };

    (void)state;
    for (size_t i = 0; i < COUNT(heads); i++) {
        assert_non_null(decode(nested(HP_CBOR_DEPTH - 1, heads[i])));
        assert_non_null(decode(nested(HP_CBOR_DEPTH, heads[i])));
        assert_null(decode(nested(HP_CBOR_DEPTH + 1, heads[i])));
        assert_null(decode(nested(60000, heads[i])));
    }
    assert_int_equal(HP_CBOR_DEPTH, 16);
}

static void
items_and_pairs_are_limited(void **state)
{
    (void)state;
    for (int over = -1; over <= 1; over++) {
        size_t n = (size_t)(HP_CBOR_ITEMS - 1 + over);
        hp_cbor_out out = { guard_room(65536), 0, 65536, false };

        hp_cbor_put_array(&out, n);
        for (size_t i = 0; i < n; i++)
            hp_cbor_put_uint(&out, 1);
        assert_int_equal(decode((hp_str){ out.p, out.n }) != NULL, over <= 0);

        n = (size_t)(HP_CBOR_PAIRS + over);
        out = (hp_cbor_out){ guard_room(65536), 0, 65536, false };
        hp_cbor_put_map(&out, n);
        for (size_t i = 0; i < n; i++) {
            hp_cbor_put_uint(&out, i);
            hp_cbor_put_null(&out);
        }
        assert_int_equal(decode((hp_str){ out.p, out.n }) != NULL, over <= 0);
    }
}

/* Whatever is declared, the arena gives no more than a fixed amount for each byte read. */
static void
memory_follows_the_input(void **state)
{
    static const char *const huge[] = { "9a10000000", "ba10000000", "5a7fffffff", "7a7fffffff",
        "9bffffffffffffffff", "bbffffffffffffffff", "9f", "5f", "bf" };

    (void)state;
    for (size_t i = 0; i < COUNT(huge); i++) {
        hp_arena arena = hp_arena_over(buffer, sizeof(buffer));

        alloc_start(0);
        assert_null(hp_cbor_read(guard_end(maker_hex(huge[i])), &arena));
        assert_true(arena.used < 4096);
        assert_int_equal(alloc_calls(), 0);
    }
}

static void
too_little_memory(void **state)
{
    hp_str in = maker_cbor(HP_STR(MAKER_V));
    const hp_node *root = NULL;

    (void)state;
    for (size_t n = 0; n < 8192; n += 8) {
        hp_arena arena = hp_arena_over(guard_room(n), n);

        root = hp_cbor_read(in, &arena);
        assert_int_equal(root == NULL, arena.full);
    }
    assert_non_null(root);
}

static void
writing_is_shortest_and_bounded(void **state)
{
    hp_cbor_out out = { guard_room(64), 0, 64, false };

    (void)state;
    hp_cbor_put_uint(&out, 23);
    hp_cbor_put_uint(&out, 24);
    hp_cbor_put_int(&out, -1);
    hp_cbor_put_int(&out, INT64_MIN);
    hp_cbor_put_double(&out, 1.5);
    hp_cbor_put_bytes(&out, HP_STR("\1"));
    hp_cbor_put_text(&out, HP_STR("a"));
    hp_cbor_put_array(&out, 0);
    hp_cbor_put_map(&out, 24);
    hp_cbor_put_bool(&out, true);
    hp_cbor_put_null(&out);
    hp_cbor_put_tag(&out, 18);
    assert_str_equal(((hp_str){ out.p, out.n }), maker_hex(
        "17 1818 20 3b7fffffffffffffff fb3ff8000000000000 4101 6161 80 b818 f5 f6 d2"));

    for (size_t max = 0; max < 32; max++) {
        out = (hp_cbor_out){ guard_room(max), 0, max, false };
        hp_cbor_put_text(&out, HP_STR("abcdefghijklmnop"));
        hp_cbor_put_uint(&out, UINT64_MAX);
        assert_int_equal(out.full, max < 17 + 9);
        assert_true(out.n <= max);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(numbers),
    cmocka_unit_test(simple_values),
    cmocka_unit_test(strings),
    cmocka_unit_test(containers),
    cmocka_unit_test(tags),
    cmocka_unit_test(what_is_not_well_formed),
    cmocka_unit_test(text_is_utf8),
    cmocka_unit_test(keys_of_a_map),
    cmocka_unit_test(depth_is_limited),
    cmocka_unit_test(items_and_pairs_are_limited),
    cmocka_unit_test(memory_follows_the_input),
    cmocka_unit_test(too_little_memory),
    cmocka_unit_test(writing_is_shortest_and_bounded),
};

UNIT_MAIN(tests)
