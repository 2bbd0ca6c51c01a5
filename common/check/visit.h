/*
 * When a visit is, as a booking says it, and how old a person is then.  What cannot be read is no
 * visit, and exempts nobody.
 */
#ifndef HP_CHECK_VISIT_H
#define HP_CHECK_VISIT_H

#include "base/str.h"

/* A text may be so long: a date-time with a fraction and an offset. */
#define HP_VISIT_TEXT 64

/* How long ago a visit may be to be taken for one now: a day, wherever on earth it is over. */
#define HP_VISIT_AGO 86400.0

/* The oldest person that an exemption can be about. */
#define HP_EXEMPT_MAX 120

/*
 * Reads an RFC 3339 date-time, a date YYYY-MM-DD, which is noon of that day in UTC, or whole
 * seconds since 1970-01-01T00:00:00Z.  False when it is none of them, was over more than a day
 * ago, or is more than max seconds ahead of now.  What is over since is now.
 */
bool hp_visit_read(hp_str text, double now, double max, double *visit);

/*
 * Is a person born on that day (YYYY-MM-DD, whole) younger than age on the day of the visit, in
 * UTC?  False when there is no such day, or it lies behind now.
 */
bool hp_visit_is_below(hp_str birth, double now, double visit, unsigned age);

#endif
