/* Civil time and UTF-8. */
#include "unit.h"

#include "base/time.h"
#include "base/utf8.h"

#include <math.h>
#include <stdlib.h>
#include <time.h>

/* Every day of four centuries, against the C library. */
static void
days_agree_with_the_c_library(void **state)
{
    (void)state;
    for (int64_t day = -25567; day < 120530; day++) { /* 1900 to 2299 */
        time_t t = (time_t)(day * 86400);
        char text[HP_TIME_TEXT];
        struct tm tm;
        hp_date d;

        assert_non_null(gmtime_r(&t, &tm));
        d = (hp_date){ tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday };
        assert_true(hp_date_exists(d));
        assert_int_equal(hp_date_days(d), day);
        if (day < 0)
            continue;
        hp_time_write((double)t + 45296, text);
        assert_int_equal(atoi(text), d.year);
        assert_int_equal(atoi(text + 5), d.month);
        assert_int_equal(atoi(text + 8), d.day);
        assert_string_equal(text + 10, "T12:34:56Z");
    }
}

static void
dates_that_are_none(void **state)
{
    static const char *const bad[] = { "", "2021", "2021-06", "2021-06-1", "2021-6-01", "21-06-01",
        "2021-06-011", "2021-06-01 ", " 2021-06-01", "2021/06/01", "2021-00-01", "2021-13-01",
        "2021-01-00", "2021-01-32", "2021-02-29", "1900-02-29", "2100-02-29", "2021-04-31",
        "2021-06-0a", "2021-06-01T00:00:00Z", "+021-06-01", "-021-06-01", "2021-06-+1" };
    static const char *const good[] = { "2020-02-29", "2000-02-29", "2021-12-31", "0001-01-01",
        "9999-12-31" };
    hp_date d;

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_false(hp_date_read(guard_end(hp_str_of(bad[i])), &d));
    for (size_t i = 0; i < COUNT(good); i++)
        assert_true(hp_date_read(guard_end(hp_str_of(good[i])), &d));
}

static const struct {
    const char *text;
    bool strict, lenient;
    double t; /* counted from 2021-06-01T00:00:00Z */
} moments[] = {
    { "2021-06-01T00:00:00Z", true, true, 0 },
    { "2021-06-01T02:00:00+02:00", true, true, 0 },
    { "2021-05-31T18:30:00-05:30", true, true, 0 },
    { "2021-06-01T00:00:00.25Z", true, true, 0.25 },
    { "2021-06-01T00:00:00.000000000000000000000000001Z", true, true, 0 },
    { "2021-06-01T23:59:59Z", true, true, 86399 },
    { "2021-06-01T00:00:00+00:00", true, true, 0 },
    { "2021-06-01T02:00:00+0200", false, true, 0 },
    { "2021-06-01T02:00:00+02", false, true, 0 },
    { "2021-06-01T00:00:00", false, true, 0 },
    { "2021-06-01T00:00Z", false, true, 0 },
    { "2021-06-01T00:00", false, true, 0 },
    { "2021-06-01 00:00:00Z", false, true, 0 },
    { "2021-06-01t00:00:00z", false, true, 0 },
    { "2021-06-01", false, false, 0 },
    { "2021-06-01T", false, false, 0 },
    { "2021-06-01T00", false, false, 0 },
    { "2021-06-01T00:00:", false, false, 0 },
    { "2021-06-01T24:00:00Z", false, false, 0 },
    { "2021-06-01T00:60:00Z", false, false, 0 },
    { "2021-06-01T00:00:60Z", false, false, 0 },
    { "2021-06-01T00:00:00.Z", false, false, 0 },
    { "2021-06-01T00:00:00,5Z", false, false, 0 },
    { "2021-06-01T00:00:00Z ", false, false, 0 },
    { "2021-06-01T00:00:00ZZ", false, false, 0 },
    { "2021-06-01T00:00:00+24:00", false, false, 0 },
    { "2021-06-01T00:00:00+02:60", false, false, 0 },
    { "2021-06-01T00:00:00+2:00", false, false, 0 },
    { "2021-06-01T00:00:00+", false, false, 0 },
    { "2021-02-30T00:00:00Z", false, false, 0 },
    { "", false, false, 0 },
};

static void
moments_strict_and_lenient(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(moments); i++) {
        hp_str s = guard_end(hp_str_of(moments[i].text));
        double t = NAN;

        assert_int_equal(hp_time_read(s, false, &t), moments[i].strict);
        if (moments[i].strict)
            assert_true(t == 1622505600.0 + moments[i].t);
        assert_int_equal(hp_time_read(s, true, &t), moments[i].lenient);
        if (moments[i].lenient)
            assert_true(t == 1622505600.0 + moments[i].t);
    }
}

static void
writing_never_fails(void **state)
{
    static const double odd[] = { -1, HP_TIME_LAST + 1, 1e300, -1e300, NAN, INFINITY, -INFINITY };
    char text[HP_TIME_TEXT];

    (void)state;
    hp_time_write(0, text);
    assert_string_equal(text, "1970-01-01T00:00:00Z");
    hp_time_write(HP_TIME_LAST, text);
    assert_string_equal(text, "9999-12-31T23:59:59Z");
    hp_time_write(1622505600.999, text);
    assert_string_equal(text, "2021-06-01T00:00:00Z");
    for (size_t i = 0; i < COUNT(odd); i++) {
        hp_time_write(odd[i], text);
        assert_int_equal(strlen(text), HP_TIME_TEXT - 1);
    }
}

static void
code_points_are_counted(void **state)
{
    size_t n;

    (void)state;
    assert_true(hp_utf8_count(guard_end(HP_STR("")), &n));
    assert_int_equal(n, 0);
    assert_true(hp_utf8_count(guard_end(HP_STR("aü€😀")), &n));
    assert_int_equal(n, 4);
    assert_false(hp_utf8_count(guard_end(HP_STR("a\xf0\x9f\x98")), &n));
}

/* Every sequence of up to three bytes: valid means what RFC 3629's grammar says. */
static void
every_short_sequence(void **state)
{
    size_t valid[4] = { 0 }, n;
    uint8_t b[3];

    (void)state;
    for (unsigned v = 0; v < 1u << 24; v++) {
        b[0] = (uint8_t)(v >> 16);
        b[1] = (uint8_t)(v >> 8);
        b[2] = (uint8_t)v;
        if (b[0] >= 0xc0 && hp_utf8_count((hp_str){ b, 3 }, &n) && n == 1)
            valid[3]++;
        if (b[2] == 0 && b[0] >= 0xc0 && hp_utf8_count((hp_str){ b, 2 }, &n) && n == 1)
            valid[2]++;
        if (b[1] == 0 && b[2] == 0 && hp_utf8_count((hp_str){ b, 1 }, &n))
            valid[1]++;
    }
    assert_int_equal(valid[1], 0x80);
    assert_int_equal(valid[2], 0x800 - 0x80);
    assert_int_equal(valid[3], 0x10000 - 0x800 - 0x800); /* without surrogates */
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(days_agree_with_the_c_library),
    cmocka_unit_test(dates_that_are_none),
    cmocka_unit_test(moments_strict_and_lenient),
    cmocka_unit_test(writing_never_fails),
    cmocka_unit_test(code_points_are_counted),
    cmocka_unit_test(every_short_sequence),
};

UNIT_MAIN(tests)
