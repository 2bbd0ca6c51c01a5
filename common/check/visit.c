/* The time of a visit; see visit.h. */
#include "check/visit.h"

#include "base/time.h"

#define DAY  86400
#define NOON 43200

/* More digits than any moment that RFC 3339 can write has. */
#define DIGITS_MAX 12

static bool
read_seconds(hp_str text, double *t)
{
    double sum = 0;
    size_t i;

    if (text.n == 0 || text.n > DIGITS_MAX)
        return false;
    for (i = 0; i < text.n; i++) {
        if (text.p[i] < '0' || text.p[i] > '9')
            return false;
        sum = sum * 10 + (text.p[i] - '0');
    }
    *t = sum;
    return true;
}

static bool
read_date(hp_str text, double *t)
{
    hp_date day;

    if (!hp_date_read(text, &day))
        return false;
    *t = (double)(hp_date_days(day) * DAY + NOON);
    return true;
}

bool
hp_visit_read(hp_str text, double now, double max, double *visit)
{
    double t;

    if (text.n > HP_VISIT_TEXT ||
        (!read_seconds(text, &t) && !read_date(text, &t) && !hp_time_read(text, false, &t)))
        return false;
    if (t < now - HP_VISIT_AGO || t > now + max)
        return false;
    *visit = t > now ? t : now;
    return true;
}

static bool
is_before(hp_date a, hp_date b)
{
    return a.month < b.month || (a.month == b.month && a.day < b.day);
}

bool
hp_visit_is_below(hp_str birth, double now, double visit, unsigned age)
{
    hp_date born, day;
    int years;

    if (!hp_date_read(birth, &born) || !(now >= 0 && visit >= now && visit <= HP_TIME_LAST) ||
        hp_date_days(born) > (int64_t)(now / DAY))
        return false;
    day = hp_date_of((int64_t)(visit / DAY));
    years = day.year - born.year - (is_before(day, born) ? 1 : 0);
    return years >= 0 && years < (int)age;
}
