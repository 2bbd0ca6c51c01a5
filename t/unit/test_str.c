/* Borrowed strings, the cursor and the error text: the smallest parts. */
#include "unit.h"

#include "base/cursor.h"
#include "base/error.h"

static void
strings_compare_by_bytes(void **state)
{
    hp_str none = { NULL, 0 };

    (void)state;
    assert_true(hp_str_eq(none, HP_STR("")));
    assert_true(hp_str_eq(HP_STR("a\0b"), HP_STR("a\0b")));
    assert_false(hp_str_eq(HP_STR("a\0b"), HP_STR("a\0c")));
    assert_false(hp_str_eq(HP_STR("a"), HP_STR("ab")));
    assert_true(hp_str_starts(HP_STR("HC1:x"), HP_STR("HC1:")));
    assert_true(hp_str_starts(HP_STR("HC1:"), HP_STR("HC1:")));
    assert_true(hp_str_starts(none, none));
    assert_false(hp_str_starts(guard_end(HP_STR("HC1")), HP_STR("HC1:")));
    assert_str_equal(hp_str_from(HP_STR("HC1:x"), 4), HP_STR("x"));
    assert_str_equal(hp_str_of("abc"), HP_STR("abc"));
}

static void
the_cursor_stops_at_the_end(void **state)
{
    hp_str s = guard_end(HP_STR("abcde"));
    hp_cur c = hp_cur_of(s);

    (void)state;
    assert_int_equal(hp_cur_left(&c), 5);
    assert_ptr_equal(hp_cur_take(&c, 2), s.p);
    assert_ptr_equal(hp_cur_take(&c, 3), s.p + 2);
    assert_true(hp_cur_done(&c));
    assert_non_null(hp_cur_take(&c, 0));
    assert_true(hp_cur_done(&c));
    assert_null(hp_cur_take(&c, 1));
    assert_false(hp_cur_done(&c));
}

static void
once_bad_stays_bad(void **state)
{
    hp_cur c = hp_cur_of(guard_end(HP_STR("abcde")));

    (void)state;
    assert_null(hp_cur_take(&c, 6));
    assert_null(hp_cur_take(&c, 1));
    assert_null(hp_cur_take(&c, 0));
    assert_int_equal(hp_cur_left(&c), 0);
    assert_false(hp_cur_done(&c));

    c = hp_cur_of(guard_end(HP_STR("abcde")));
    assert_null(hp_cur_take(&c, SIZE_MAX));
    assert_true(c.bad);
}

static void
an_empty_cursor_is_done(void **state)
{
    hp_cur c = hp_cur_of((hp_str){ NULL, 0 });

    (void)state;
    assert_true(hp_cur_done(&c));
    assert_int_equal(hp_cur_left(&c), 0);
    assert_null(hp_cur_take(&c, 1));
}

static void
an_error_is_cut_and_ends(void **state)
{
    hp_error e;
    char longer[2 * HP_ERROR_MAX];

    (void)state;
    hp_error_set(&e, "%s:%d: wrong", "f", 7);
    assert_string_equal(e.text, "f:7: wrong");
    memset(longer, 'x', sizeof(longer) - 1);
    longer[sizeof(longer) - 1] = '\0';
    hp_error_set(&e, "%s", longer);
    assert_int_equal(strlen(e.text), HP_ERROR_MAX - 1);
    hp_error_set(NULL, "%s", "nobody listens");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(strings_compare_by_bytes),
    cmocka_unit_test(the_cursor_stops_at_the_end),
    cmocka_unit_test(once_bad_stays_bad),
    cmocka_unit_test(an_empty_cursor_is_done),
    cmocka_unit_test(an_error_is_cut_and_ends),
};

UNIT_MAIN(tests)
