/* Bounded inflate: one below and above each limit, and streams of the wrong kind. */
#include "unit.h"

#include "codec/inflate.h"
#include "maker.h"

#include <stdlib.h>

static uint8_t buffer[256 * 1024];

static bool
inflate_into(hp_str in, size_t max, size_t memory, hp_str *out)
{
    hp_arena arena = hp_arena_over(buffer, memory);

    return hp_inflate(guard_end(in), max, &arena, out);
}

static bool
unpack(hp_str in, size_t max, hp_str *out)
{
    return inflate_into(in, max, sizeof(buffer), out);
}

static void
every_level_comes_back(void **state)
{
    uint8_t packed[2048];
    hp_str plain = maker_print("%0500d", 7), out;

    (void)state;
    for (int level = 0; level <= 9; level++) {
        size_t n = sizeof(packed);

        assert_true(hp_deflate(plain, level, packed, &n));
        assert_true(unpack((hp_str){ packed, n }, 65536, &out));
        assert_str_equal(out, plain);
    }
}

static void
one_below_and_one_above_the_bound(void **state)
{
    hp_str out;

    (void)state;
    for (size_t max = 1; max <= 65536; max = max < 300 ? max + 13 : max * 16) {
        assert_true(unpack(maker_deflate(maker_fill(max - 1, 'x')), max, &out));
        assert_int_equal(out.n, max - 1);
        assert_true(unpack(maker_deflate(maker_fill(max, 'x')), max, &out));
        assert_int_equal(out.n, max);
        assert_false(unpack(maker_deflate(maker_fill(max + 1, 'x')), max, &out));
        assert_false(unpack(maker_deflate(maker_fill(3 * max + 300, 'x')), max, &out));
    }
    assert_true(unpack(maker_deflate(maker_fill(65536, 'x')), 65536, &out));
    assert_false(unpack(maker_deflate(maker_fill(65537, 'x')), 65536, &out));
}

static void
the_stream_ends_where_the_input_ends(void **state)
{
    hp_str packed = maker_deflate(HP_STR("some text, some text, some text")), out;

    (void)state;
    assert_true(unpack(packed, 100, &out));
    assert_false(unpack(MAKER_JOIN(packed, HP_STR("\0")), 100, &out));
    assert_false(unpack(MAKER_JOIN(packed, packed), 100, &out));
    for (size_t n = 0; n < packed.n; n++)
        assert_false(unpack((hp_str){ packed.p, n }, 100, &out));
}

static void
a_wrong_checksum_is_seen(void **state)
{
    hp_str packed = maker_deflate(HP_STR("some text, some text, some text")), out;

    (void)state;
    for (size_t i = packed.n - 4; i < packed.n; i++) {
        uint8_t *bad = guard_room(packed.n);

        memcpy(bad, packed.p, packed.n);
        bad[i] ^= 1;
        assert_false(unpack((hp_str){ bad, packed.n }, 100, &out));
    }
}

/* "x" as gzip, as raw deflate, with a preset dictionary, not compressed; wrong CM and check. */
static void
other_kinds_of_stream(void **state)
{
    static const char *const others[] = {
        "1f8b0800000000000203ab000083 16dc8c01000000",
        "ab0000",
        "78bb 00010001 ab0000 00790079",
        "78",
        "779c ab0000 00790079",
        "889c ab0000 00790079",
        "789d ab0000 00790079",
        "d2844da0",
        "",
    };
    hp_str out;

    (void)state;
    assert_true(unpack(maker_hex("789c ab0000 00790079"), 1, &out));
    assert_str_equal(out, HP_STR("x"));
    for (size_t i = 0; i < COUNT(others); i++)
        assert_false(unpack(maker_hex(others[i]), 100, &out));
}

/* The smallest window makes a smaller demand on the arena; every header is legal. */
static void
headers_that_are_legal(void **state)
{
    static const char *const heads[] = { "7801", "785e", "789c", "78da", "081d", "1819", "6881" };
    hp_str out;

    (void)state;
    for (size_t i = 0; i < COUNT(heads); i++)
        assert_true(unpack(MAKER_JOIN(maker_hex(heads[i]), maker_hex("ab0000 00790079")), 1, &out));
}

/* With any size of lent memory there is an answer, and no byte outside is written. */
static void
too_little_memory(void **state)
{
    hp_str packed = maker_deflate(maker_fill(5000, 'x')), out;
    bool good = false;

    (void)state;
    for (size_t n = 0; n < 64 * 1024; n += 97) {
        hp_arena arena = hp_arena_over(guard_room(n), n);

        good = hp_inflate(packed, 5000, &arena, &out);
        assert_int_equal(good, !arena.full);
    }
    assert_true(good);
}

static void
nothing_is_allocated(void **state)
{
    hp_str packed = maker_deflate(maker_fill(5000, 'x')), out;

    (void)state;
    alloc_start(0);
    assert_true(unpack(packed, 5000, &out));
    assert_int_equal(alloc_calls(), 0);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(every_level_comes_back),
    cmocka_unit_test(one_below_and_one_above_the_bound),
    cmocka_unit_test(the_stream_ends_where_the_input_ends),
    cmocka_unit_test(a_wrong_checksum_is_seen),
    cmocka_unit_test(other_kinds_of_stream),
    cmocka_unit_test(headers_that_are_legal),
    cmocka_unit_test(too_little_memory),
    cmocka_unit_test(nothing_is_allocated),
};

UNIT_MAIN(tests)
