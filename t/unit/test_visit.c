/*
 * When a visit is, and who is too young to need a pass then: what is read, the bounds one below
 * and one above, and that whatever cannot be read exempts nobody.
 */
#include "unit.h"

#include "hp.h"

#include <math.h>

#define NOW  1793966400.0 /* 2026-11-06T12:00:00Z */
#define HOUR 3600.0
#define DAY  86400.0

typedef struct {
    const char *text;
    double visit; /* 0: refused */
} row;

/* Each text ends before an unmapped page. */
static bool
reads(const char *text, double max, double *visit)
{
    hp_str s = guard_end(hp_str_of(text));

    return hp_visit_read(s, NOW, max, visit);
}

static void
check(const row *rows, size_t n, double max)
{
    for (size_t i = 0; i < n; i++) {
        double visit = -1;
        bool good = reads(rows[i].text, max, &visit);

        if (good != (rows[i].visit != 0) || (good && visit != rows[i].visit))
            fail_msg("\"%s\": %s, %.0f", rows[i].text, good ? "read" : "refused", visit);
    }
}

static void
times_are_read(void **state)
{
    static const row rows[] = {
        { "2026-11-07T20:00:00Z", NOW + DAY + 8 * HOUR },
        { "2026-11-07T20:00:00+01:00", NOW + DAY + 7 * HOUR },
        { "2026-11-07T20:00:00.5Z", NOW + DAY + 8 * HOUR + 0.5 },
        { "2026-11-07", NOW + DAY }, /* noon */
        { "2026-11-06", NOW },
        { "1793966401", NOW + 1 },
        { "01793966401", NOW + 1 },
        { "001793966401", NOW + 1 },
    };

    (void)state;
    check(rows, COUNT(rows), 31 * DAY);
}

static void
what_is_no_time_is_refused(void **state)
{
    static const row rows[] = { { "", 0 }, { " ", 0 }, { "tomorrow", 0 }, { "2026-11-31", 0 },
        { "2026-11-7", 0 }, { "20261107", 0 }, { " 2026-11-07", 0 }, { "2026-11-07 ", 0 },
        { "2026-11-07T20:00", 0 }, { "2026-11-07 20:00:00Z", 0 }, { "2026-11-07T20:00:00", 0 },
        { "07.11.2026", 0 }, { "+1793966401", 0 }, { "-1793966401", 0 }, { "1793966401.5", 0 },
        { "1.793966401e9", 0 }, { "0001793966401", 0 }, { "0x6aecaa81", 0 }, { "nan", 0 },
        { "inf", 0 },
        { "2026-11-07T20:00:00.00000000000000000000000000000000000000000000Z", 0 } };

    (void)state;
    check(rows, COUNT(rows), 31 * DAY);
}

/* A day that is over somewhere on earth is not over everywhere. */
static void
a_visit_that_is_over_is_now(void **state)
{
    static const row rows[] = { { "1793966400", NOW }, { "1793966399", NOW },
        { "1793880000", NOW }, { "1793879999", 0 }, { "2026-11-05", NOW }, { "2026-11-04", 0 },
        { "0", 0 } };

    (void)state;
    check(rows, COUNT(rows), 31 * DAY);
}

static void
it_is_bounded_ahead(void **state)
{
    static const row rows[] = { { "1794052800", NOW + DAY }, { "1794052801", 0 },
        { "2026-11-07", NOW + DAY }, { "2026-11-08", 0 }, { "2026-11-07T12:00:01Z", 0 },
        { "999999999999", 0 } };

    (void)state;
    check(rows, COUNT(rows), DAY);
}

static const struct {
    const char *birth;
    double visit;
    unsigned age;
    bool below;
} people[] = {
    { "2014-11-07", NOW, 12, true },        /* twelve tomorrow */
    { "2014-11-06", NOW, 12, false },       /* today */
    { "2014-11-07", NOW + DAY, 12, false }, /* and on the day of the visit */
    { "2014-11-08", NOW + DAY, 12, true },
    { "2014-11-07", NOW + 11 * HOUR, 12, true }, /* still today */
    { "2014-12-01", NOW, 12, true },
    { "2014-10-31", NOW, 12, false },
    { "2026-11-06", NOW, 1, true },         /* born today */
    { "2025-11-06", NOW, 1, false },
    { "2026-11-07", NOW, 12, false },       /* born tomorrow */
    { "2026-11-07", NOW + 2 * DAY, 12, false },
    { "1906-11-07", NOW, HP_EXEMPT_MAX, true },
    { "1906-11-06", NOW, HP_EXEMPT_MAX, false },
    { "1896-01-01", NOW, 12, false },
    { "0001-01-01", NOW, 12, false },
    { "", NOW, 12, false },
    { "2020", NOW, 12, false },
    { "2020-05", NOW, 12, false },
    { "2020-02-30", NOW, 12, false },
    { "2020-05-01T00:00:00Z", NOW, 12, false },
    { "2020-5-1", NOW, 12, false },
    { "01.05.2020", NOW, 12, false },
    { "2020-05-01", NOW, 0, false },
    { "2020-05-01", NOW - 1, 12, false },   /* a visit before now */
    { "2016-02-29", 1803772800.0, 11, true },  /* 2027-02-28 */
    { "2016-02-29", 1803859200.0, 11, false }, /* 2027-03-01 */
};

static void
only_the_young_are_exempt(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(people); i++) {
        hp_str birth = guard_end(hp_str_of(people[i].birth));

        if (hp_visit_is_below(birth, NOW, people[i].visit, people[i].age) != people[i].below)
            fail_msg("row %zu: born %s", i, people[i].birth);
    }
}

static void
the_exempt_need_no_pass(void **state)
{
    hp_verdict v = { .reason = HP_FAULT };

    (void)state;
    assert_int_equal(hp_exempt(&v, HP_STR("2014-11-07"), NOW, 0, 12), HP_OK);
    assert_int_equal(v.reason, HP_OK);
    assert_int_equal(hp_exempt(&v, HP_STR("2014-11-06"), NOW, 0, 12), HP_NO_PASS);
    assert_int_equal(v.reason, HP_NO_PASS);
    assert_int_equal(hp_exempt(&v, HP_STR("2014-11-07"), NOW, NOW + DAY, 12), HP_NO_PASS);
    assert_int_equal(hp_exempt(&v, HP_STR("2014-11-07"), NOW, NOW - DAY, 12), HP_OK);
    assert_int_equal(hp_exempt(&v, HP_STR("2014-11-07"), (double)NAN, 0, 12), HP_NO_PASS);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(times_are_read),
    cmocka_unit_test(what_is_no_time_is_refused),
    cmocka_unit_test(a_visit_that_is_over_is_now),
    cmocka_unit_test(it_is_bounded_ahead),
    cmocka_unit_test(only_the_young_are_exempt),
    cmocka_unit_test(the_exempt_need_no_pass),
};

UNIT_MAIN(tests)
