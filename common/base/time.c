/* Civil time; see time.h. */
#include "base/time.h"

#include "base/cursor.h"

#include <math.h>
#include <stdio.h>

bool
hp_date_exists(hp_date d)
{
    static const int lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool leap = d.year % 4 == 0 && (d.year % 100 != 0 || d.year % 400 == 0);

    if (d.month < 1 || d.month > 12 || d.day < 1)
        return false;
    return d.day <= lengths[d.month - 1] + (d.month == 2 && leap ? 1 : 0);
}

/* Counts in years that begin in March, so that a leap day is the last of its year. */
int64_t
hp_date_days(hp_date d)
{
    int64_t year = d.month > 2 ? d.year : d.year - 1;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t of_era = year - era * 400;
    int64_t month = (d.month + 9) % 12;
    int64_t of_year = (153 * month + 2) / 5 + d.day - 1;

    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

hp_date
hp_date_of(int64_t days)
{
    int64_t shifted = days + 719468;
    int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    int64_t of_era = shifted - era * 146097;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
    int64_t month = (5 * of_year + 2) / 153;
    hp_date d;

    d.day = (int)(of_year - (153 * month + 2) / 5 + 1);
    d.month = (int)(month < 10 ? month + 3 : month - 9);
    d.year = (int)(year + era * 400 + (d.month <= 2 ? 1 : 0));
    return d;
}

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
        else
            value = value * 10 + (p[i] - '0');
    }
    return c->bad ? 0 : value;
}

/* Takes one byte if it is among those of set; otherwise leaves it where it is. */
static uint8_t
one_of(hp_cur *c, const char *set)
{
    if (hp_cur_left(c) == 0 || *c->p == 0 || strchr(set, *c->p) == NULL)
        return 0;
    return *hp_cur_take(c, 1);
}

static void
expect(hp_cur *c, const char *set)
{
    if (one_of(c, set) == 0)
        c->bad = true;
}

static hp_date
read_date(hp_cur *c)
{
    hp_date d;

    d.year = digits(c, 4);
    expect(c, "-");
    d.month = digits(c, 2);
    expect(c, "-");
    d.day = digits(c, 2);
    if (!hp_date_exists(d))
        c->bad = true;
    return d;
}

bool
hp_date_read(hp_str s, hp_date *d)
{
    hp_cur c = hp_cur_of(s);

    *d = read_date(&c);
    return hp_cur_done(&c);
}

/* Digits after the decimal point, at least one; further ones than a double holds are read over. */
static double
read_fraction(hp_cur *c)
{
    double value = 0, unit = 1;
    uint8_t digit = one_of(c, "0123456789");

    if (digit == 0)
        c->bad = true;
    for (; digit != 0; digit = one_of(c, "0123456789")) {
        unit /= 10;
        value += (digit - '0') * unit;
    }
    return value;
}

static double
read_clock(hp_cur *c, bool lenient)
{
    int hour = digits(c, 2), minute, second = 0;
    double fraction = 0;

    expect(c, ":");
    minute = digits(c, 2);
    if (one_of(c, ":") != 0) {
        second = digits(c, 2);
        if (one_of(c, ".") != 0)
            fraction = read_fraction(c);
    } else if (!lenient) {
        c->bad = true;
    }
    if (hour > 23 || minute > 59 || second > 59)
        c->bad = true;
    return hour * 3600 + minute * 60 + second + fraction;
}

/* Seconds east of UTC. */
static int
read_offset(hp_cur *c, bool lenient)
{
    uint8_t sign;
    int hour, minute = 0;

    if (one_of(c, lenient ? "Zz" : "Z") != 0 || (lenient && hp_cur_left(c) == 0))
        return 0;
    sign = one_of(c, "+-");
    hour = digits(c, 2);
    if (one_of(c, ":") != 0 || (lenient && hp_cur_left(c) != 0))
        minute = digits(c, 2);
    else if (!lenient)
        c->bad = true;
    if (sign == 0 || hour > 23 || minute > 59)
        c->bad = true;
    return (hour * 60 + minute) * (sign == '-' ? -60 : 60);
}

bool
hp_time_read(hp_str s, bool lenient, double *t)
{
    hp_cur c = hp_cur_of(s);
    hp_date date = read_date(&c);
    double clock;
    int offset;

    expect(&c, lenient ? "Tt " : "T");
    clock = read_clock(&c, lenient);
    offset = read_offset(&c, lenient);
    if (!hp_cur_done(&c))
        return false;
    *t = (double)(hp_date_days(date) * 86400 - offset) + clock;
    return true;
}

static void
write_digits(char *out, size_t n, int number)
{
    for (; n > 0; n--, number /= 10)
        out[n - 1] = (char)('0' + number % 10);
}

/* Each judgement by rules writes three of them: printf would be a fifth of what rules cost. */
void
hp_time_write(double t, char out[HP_TIME_TEXT])
{
    hp_date d = { 0, 0, 0 };
    int rest = 0;

    if (t >= 0 && t <= HP_TIME_LAST) {
        d = hp_date_of((int64_t)(t / 86400));
        rest = (int)(t - floor(t / 86400) * 86400);
    }
    memcpy(out, "0000-00-00T00:00:00Z", HP_TIME_TEXT);
    write_digits(out, 4, d.year);
    write_digits(out + 5, 2, d.month);
    write_digits(out + 8, 2, d.day);
    write_digits(out + 11, 2, rest / 3600);
    write_digits(out + 14, 2, rest / 60 % 60);
    write_digits(out + 17, 2, rest % 60);
}

void
hp_age_write(double seconds, char text[HP_AGE_TEXT])
{
    static const struct {
        double seconds;
        const char *name;
    } units[] = { { 86400, "day" }, { 3600, "hour" }, { 60, "minute" }, { 1, "second" } };
    size_t i = 0;
    double n;

    while (i < 3 && seconds < 2 * units[i].seconds)
        i++;
    n = seconds < 0 ? 0 : (double)(int64_t)(seconds / units[i].seconds);
    (void)snprintf(text, HP_AGE_TEXT, "%.0f %s%s", n, units[i].name, n == 1 ? "" : "s");
}
