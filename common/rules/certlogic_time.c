/* Dates of CertLogic; see certlogic_time.h. */
#include "rules/certlogic_time.h"

#include "base/cursor.h"
#include "base/time.h"
#include "rules/certlogic.h"

#include <stdio.h>

#define SECOND INT64_C(1000)
#define HOUR   (3600 * SECOND)
#define DAY    (24 * HOUR)
#define FIRST  (-719528 * DAY)        /* 0000-01-01 */
#define LAST   (2932897 * DAY - 1)    /* the end of 9999-12-31 */

/* ---- reading -------------------------------------------------------------- */

/* Reads exactly n digits. */
static int
digits(hp_cur *c, size_t n)
{
    const uint8_t *p = hp_cur_take(c, n);
    int value = 0;
    size_t i;

    for (i = 0; p != NULL && i < n; i++) {
        if (p[i] < '0' || p[i] > '9')
            c->bad = true;
        value = value * 10 + (p[i] - '0');
    }
    return value;
}

/* Takes the byte if it comes next. */
static bool
accept(hp_cur *c, char byte)
{
    return hp_cur_left(c) > 0 && *c->p == byte && hp_cur_take(c, 1) != NULL;
}

static void
expect(hp_cur *c, char byte)
{
    if (!accept(c, byte))
        c->bad = true;
}

/* A part of a date says when it ends: 2021 is December 31, 2021-02 is February 28. */
static hp_date
read_date(hp_cur *c)
{
    hp_date d = { digits(c, 4), 12, 31 };

    if (!accept(c, '-'))
        return d;
    d.month = digits(c, 2);
    if (accept(c, '-')) {
        d.day = digits(c, 2);
    } else {
        while (d.day > 28 && !hp_date_exists(d))
            d.day--;
    }
    if (!hp_date_exists(d))
        c->bad = true;
    return d;
}

/* Digits after the point, at least one; beyond milliseconds they are cut off. */
static int
read_fraction(hp_cur *c)
{
    int unit = 100, ms = 0;

    do {
        ms += digits(c, 1) * unit;
        unit /= 10;
    } while (hp_cur_left(c) > 0 && *c->p >= '0' && *c->p <= '9');
    return ms;
}

static int64_t
read_clock(hp_cur *c)
{
    int hour, minute, second, ms = 0;

    hour = digits(c, 2);
    expect(c, ':');
    minute = digits(c, 2);
    expect(c, ':');
    second = digits(c, 2);
    if (accept(c, '.'))
        ms = read_fraction(c);
    if (hour > 23 || minute > 59 || second > 59)
        c->bad = true;
    return hour * HOUR + (minute * 60 + second) * SECOND + ms;
}

/*
 * Z, nothing (UTC), or a sign, h or hh, and then mm, with or without a colon.  Three digits are
 * h and mm.  A colon may stand alone (+01:), as in the engines of certlogic-js and -kotlin.
 */
static int64_t
read_zone(hp_cur *c)
{
    bool east = accept(c, '+');
    int hour, minute = 0;
    size_t n = 0;

    if (!east && (accept(c, 'Z') || hp_cur_left(c) == 0))
        return 0;
    if (!east)
        expect(c, '-');
    while (n < hp_cur_left(c) && c->p[n] >= '0' && c->p[n] <= '9')
        n++;
    if (n == 0 || n > 4)
        c->bad = true;
    hour = digits(c, n > 2 ? n - 2 : n);
    if (n <= 2)
        (void)accept(c, ':');
    if (hp_cur_left(c) > 0)
        minute = digits(c, 2);
    if (hour > 23 || minute > 59)
        c->bad = true;
    return (hour * 60 + minute) * (east ? 60 : -60) * SECOND;
}

bool
hp_logic_date_read(hp_str s, int64_t *ms)
{
    hp_cur c = hp_cur_of(s);
    hp_date d = read_date(&c);

    if (!hp_cur_done(&c))
        return false;
    *ms = hp_date_days(d) * DAY;
    return true;
}

bool
hp_logic_time_read(hp_str s, int64_t *ms)
{
    const size_t date = sizeof("YYYY-MM-DD") - 1;
    hp_cur c;

    if (s.n <= date)
        return hp_logic_date_read(s, ms);
    if (!hp_logic_date_read((hp_str){ s.p, date }, ms))
        return false;
    c = hp_cur_of(hp_str_from(s, date));
    expect(&c, 'T');
    *ms += read_clock(&c);
    *ms -= read_zone(&c);
    return hp_cur_done(&c);
}

/* ---- arithmetic ------------------------------------------------------------ */

static int64_t
floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0 ? 1 : 0);
}

/*
 * The day number stays; what of it the new month does not have goes into the one after it
 * (2021-01-31 and a month is 2021-03-03), where most libraries would cut it off.
 */
static bool
add_months(int64_t *ms, int64_t amount)
{
    int64_t days = floor_div(*ms, DAY), year, months;
    hp_date d = hp_date_of(days);

    if (__builtin_add_overflow(amount, d.year * 12 + d.month - 1, &months))
        return false;
    year = floor_div(months, 12);
    if (year < 0 || year > 9999)
        return false;
    *ms -= days * DAY;
    days = hp_date_days((hp_date){ (int)year, (int)(months - year * 12) + 1, 1 }) + d.day - 1;
    *ms += days * DAY;
    return true;
}

bool
hp_logic_time_add(int64_t *ms, int64_t amount, hp_time_unit unit)
{
    static const int64_t size[] = { [HP_UNIT_YEAR] = 12, [HP_UNIT_MONTH] = 1,
                                    [HP_UNIT_DAY] = DAY, [HP_UNIT_HOUR] = HOUR };

    if (__builtin_mul_overflow(amount, size[unit], &amount))
        return false;
    if (unit == HP_UNIT_YEAR || unit == HP_UNIT_MONTH) {
        if (!add_months(ms, amount))
            return false;
    } else if (__builtin_add_overflow(*ms, amount, ms)) {
        return false;
    }
    return *ms >= FIRST && *ms <= LAST;
}

/* ---- writing --------------------------------------------------------------- */

void
hp_logic_time_write(int64_t ms, char text[HP_LOGIC_TIME_TEXT])
{
    int64_t days = floor_div(ms, DAY);
    hp_date d = hp_date_of(days);
    unsigned rest = (unsigned)(ms - days * DAY);

    (void)snprintf(text, HP_LOGIC_TIME_TEXT, "%04u-%02u-%02uT%02u:%02u:%02u.%03uZ",
                   (unsigned)d.year % 10000, (unsigned)d.month % 100, (unsigned)d.day % 100,
                   rest / 3600000 % 100, rest / 60000 % 60, rest / 1000 % 60, rest % 1000);
}
