/*
 * Civil time, UTC, proleptic Gregorian calendar.
 *
 * A moment is a double: seconds since 1970-01-01T00:00:00Z.  A double holds every
 * whole second up to the year 9999 exactly, and the fractions of a CWT's
 * NumericDate (RFC 8392, section 2) just as they came.
 */
#ifndef HP_BASE_TIME_H
#define HP_BASE_TIME_H

#include "base/str.h"

/* 9999-12-31T23:59:59Z, the last moment that RFC 3339 can write. */
#define HP_TIME_LAST 253402300799.0

typedef struct {
    int year, month, day;
} hp_date;

/* Is there such a day in the calendar? */
bool hp_date_exists(hp_date d);

/* Days from 1970-01-01 to d, which must exist. */
int64_t hp_date_days(hp_date d);

/* The inverse of hp_date_days(), for years that an int holds. */
hp_date hp_date_of(int64_t days);

/* Reads exactly YYYY-MM-DD; false when it is anything else or no such day exists. */
bool hp_date_read(hp_str s, hp_date *d);

/*
 * Reads an RFC 3339 date-time with offset or Z.  With lenient, also what issuers
 * write in practice: no seconds, no offset (UTC), offset +02 or +0200, a blank or
 * lower-case t for T, lower-case z.  A leap second (:60) is refused.
 */
bool hp_time_read(hp_str s, bool lenient, double *t);

/* Writes the moment as RFC 3339 in UTC, whole seconds; out holds 21 bytes. */
#define HP_TIME_TEXT 21
void hp_time_write(double t, char out[HP_TIME_TEXT]);

/* A length of time for a person: "3 days", "5 hours", "12 minutes", rounded down. */
#define HP_AGE_TEXT 32
void hp_age_write(double seconds, char text[HP_AGE_TEXT]);

#endif
