/* The lent buffer: what is cut is aligned, apart and inside; running out is remembered. */
#include "unit.h"

#include <stdalign.h>

#include "base/arena.h"

static void
pieces_are_aligned_and_apart(void **state)
{
    hp_arena a = hp_arena_over(guard_room(4096), 4096);
    uint8_t *last = NULL;

    (void)state;
    for (size_t n = 1; n <= 40; n++) {
        uint8_t *p = hp_arena_take(&a, n);

        assert_non_null(p);
        assert_int_equal((uintptr_t)p % alignof(max_align_t), 0);
        if (last != NULL)
            assert_true(p >= last + n - 1);
        memset(p, 0x11, n);
        last = p;
        assert_true(p + n <= a.base + a.size);
    }
    assert_false(a.full);
}

static void
the_last_byte_can_be_had_and_no_more(void **state)
{
    size_t n = 3 * alignof(max_align_t);
    uint8_t *p = guard_room(n);
    hp_arena a = hp_arena_over(p, n);

    (void)state;
    assert_ptr_equal(hp_arena_take(&a, n), p);
    memset(p, 0, n);
    assert_false(a.full);
    assert_null(hp_arena_take(&a, 1));
    assert_true(a.full);

    a = hp_arena_over(p, n);
    assert_null(hp_arena_take(&a, n + 1));
    assert_true(a.full);
    assert_int_equal(a.used, 0);
    assert_non_null(hp_arena_take(&a, 1));
    assert_true(a.full);
}

static void
huge_sizes_do_not_wrap(void **state)
{
    hp_arena a = hp_arena_over(guard_room(64), 64);

    (void)state;
    assert_non_null(hp_arena_take(&a, 1));
    assert_null(hp_arena_take(&a, SIZE_MAX));
    assert_null(hp_arena_take(&a, SIZE_MAX - 15));
    assert_null(hp_arena_take(&a, SIZE_MAX / 2));
}

static void
no_buffer_gives_nothing(void **state)
{
    hp_arena a = hp_arena_over(NULL, 100);

    (void)state;
    assert_null(hp_arena_take(&a, 1));
    assert_true(a.full);
}

static void
only_the_last_piece_is_trimmed(void **state)
{
    hp_arena a = hp_arena_over(guard_room(256), 256);
    uint8_t *first = hp_arena_take(&a, 32);
    uint8_t *second = hp_arena_take(&a, 64);

    (void)state;
    hp_arena_trim(&a, first, 32, 8);
    assert_int_equal(a.used, second + 64 - a.base);
    hp_arena_trim(&a, second, 64, 16);
    assert_int_equal(a.used, second + 16 - a.base);
    hp_arena_trim(&a, second, 16, 0);
    assert_ptr_equal(hp_arena_take(&a, 1), second);
}

static void
what_is_returned_is_wiped(void **state)
{
    static const uint8_t zero[64];
    hp_arena a = hp_arena_over(guard_room(128), 128);
    uint8_t *first = memset(hp_arena_take(&a, 32), 0x11, 32), *second;
    size_t mark = a.used;

    (void)state;
    hp_arena_return(&a, mark); /* nothing was taken since */
    assert_int_equal(a.used, mark);
    second = memset(hp_arena_take(&a, 64), 0x22, 64);
    assert_null(hp_arena_take(&a, 64));
    hp_arena_return(&a, mark);
    assert_int_equal(a.used, mark);
    assert_int_equal(first[31], 0x11);
    assert_memory_equal(second, zero, 64);
    assert_true(a.full); /* whoever asks in the end must hear it */
    assert_ptr_equal(hp_arena_take(&a, 1), second);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(pieces_are_aligned_and_apart),
    cmocka_unit_test(the_last_byte_can_be_had_and_no_more),
    cmocka_unit_test(huge_sizes_do_not_wrap),
    cmocka_unit_test(no_buffer_gives_nothing),
    cmocka_unit_test(only_the_last_piece_is_trimmed),
    cmocka_unit_test(what_is_returned_is_wiped),
};

UNIT_MAIN(tests)
