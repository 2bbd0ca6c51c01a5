/* Dates of CertLogic; see certlogic_time.h. */
#include "rules/certlogic_time.h"

#include "base/time.h"
#include "rules/certlogic.h"

#include <stdio.h>

#define SECOND INT64_C(1000)
#define HOUR   (3600 * SECOND)
#define DAY    (24 * HOUR)
#define FIRST  (-719528 * DAY)        /* 0000-01-01 */
#define LAST   (2932897 * DAY - 1)    /* the end of 9999-12-31 */

/* ---- reading -------------------------------------------------------------- */

/* The number that n digits say; not set and false when there is anything else. */
static bool
digits(const uint8_t *p, size_t n, int *number)
{
    int value = 0;
    size_t i;

    for (i = 0; i < n; i++) {
        if (p[i] < '0' || p[i] > '9')
            return false;
        value = value * 10 + (p[i] - '0');
    }
    *number = value;
    return true;
}

/* A part of a date says when it ends: 2021 is December 31, 2021-02 is February 28. */
bool
hp_logic_date_read(hp_str s, int64_t *ms)
{
    hp_date d = { 0, 12, 31 };

    if ((s.n != 4 && s.n != 7 && s.n != 10) || !digits(s.p, 4, &d.year))
        return false;
    if (s.n >= 7 && (s.p[4] != '-' || !digits(s.p + 5, 2, &d.month)))
        return false;
    if (s.n == 10 && (s.p[7] != '-' || !digits(s.p + 8, 2, &d.day)))
        return false;
    while (s.n == 7 && d.day > 28 && !hp_date_exists(d))
        d.day--;
    if (!hp_date_exists(d))
        return false;
    *ms = hp_date_days(d) * DAY;
    return true;
}

/* Thh:mm:ss, which s is long enough for. */
static bool
read_clock(hp_str s, int64_t *ms)
{
    int hour, minute, second;

    if (s.p[0] != 'T' || s.p[3] != ':' || s.p[6] != ':' || !digits(s.p + 1, 2, &hour) ||
        !digits(s.p + 4, 2, &minute) || !digits(s.p + 7, 2, &second) || hour > 23 ||
        minute > 59 || second > 59)
        return false;
    *ms = (hour * 3600 + minute * 60 + second) * SECOND;
    return true;
}

/* Digits after the point, at least one; beyond milliseconds they are cut off. */
static bool
read_fraction(hp_str *s, int64_t *ms)
{
    int digit, unit = 100;
    size_t i = 1;

    if (s->n == 0 || s->p[0] != '.')
        return true;
    for (; i < s->n && digits(s->p + i, 1, &digit); i++) {
        *ms += digit * unit;
        unit /= 10;
    }
    *s = hp_str_from(*s, i);
    return i > 1;
}

static size_t
count_digits(hp_str s)
{
    size_t n = 0;

    while (n < s.n && s.p[n] >= '0' && s.p[n] <= '9')
        n++;
    return n;
}

/*
 * Z, nothing (UTC), or a sign, h or hh, and then mm, with or without a colon.  Three digits are
 * h and mm.  A colon may stand alone (+01:), as certlogic-js and certlogic-kotlin have it.
 */
static bool
read_zone(hp_str s, int64_t *ms)
{
    int hour, minute = 0;
    size_t n;
    bool east;

    if (s.n == 0 || (s.n == 1 && s.p[0] == 'Z'))
        return true;
    east = s.p[0] == '+';
    if (!east && s.p[0] != '-')
        return false;
    s = hp_str_from(s, 1);
    n = count_digits(s);
    if (n == 0 || n > 4)
        return false;
    if (n > 2)
        n -= 2; /* the last two are minutes */
    if (!digits(s.p, n, &hour))
        return false;
    s = hp_str_from(s, n);
    if (s.n > 0 && s.p[0] == ':')
        s = hp_str_from(s, 1);
    if (s.n != 0 && (s.n != 2 || !digits(s.p, 2, &minute)))
        return false;
    *ms -= (hour * 60 + minute) * (east ? 60 : -60) * SECOND;
    return hour <= 23 && minute <= 59;
}

bool
hp_logic_time_read(hp_str s, int64_t *ms)
{
    const size_t date = sizeof("YYYY-MM-DD") - 1, clock = sizeof("Thh:mm:ss") - 1;
    int64_t of_day;

    if (s.n < date + clock)
        return hp_logic_date_read(s, ms);
    if (!hp_logic_date_read((hp_str){ s.p, date }, ms) ||
        !read_clock(hp_str_from(s, date), &of_day))
        return false;
    s = hp_str_from(s, date + clock);
    if (!read_fraction(&s, &of_day) || !read_zone(s, &of_day))
        return false;
    *ms += of_day;
    return true;
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
