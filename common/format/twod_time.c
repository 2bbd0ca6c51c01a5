/*
 * Civil time in France: an hour ahead of UTC, and another one from the last Sunday in March to the
 * last in October, 01:00 UTC (directive 2000/84/EC).
 */
#include "base/time.h"
#include "format/twod.h"

#define HOUR 3600.0
#define DAY  86400.0

/* The last Sunday of a month of 31 days, 01:00 UTC; 1970-01-01 was a Thursday. */
static double
change_in(int year, int month)
{
    int64_t last = hp_date_days((hp_date){ year, month, 31 });

    return (double)(last - (last + 4) % 7) * DAY + HOUR;
}

static bool
is_summer(double t, int year)
{
    return t >= change_in(year, 3) && t < change_in(year, 10);
}

/* Of an hour that comes twice it is the first: what a rule then finds is no younger than it was. */
double
hp_twod_moment(hp_date day, int minutes)
{
    double shown = (double)hp_date_days(day) * DAY + minutes * 60.0;
    double summer = shown - 2 * HOUR;

    return is_summer(summer, day.year) ? summer : shown - HOUR;
}
