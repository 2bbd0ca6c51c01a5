/*
 * Members of a decoded payload, read so that the first fault is kept and asked for once, at the
 * end: what ICVP, DDCC and the like share.  White space around a text is nothing.
 */
#ifndef HP_FORMAT_MEMBER_H
#define HP_FORMAT_MEMBER_H

#include "base/node.h"
#include "base/time.h"
#include "format/pass.h"

#define HP_MEMBER_MAX 256 /* bytes of the longest text; real ones have at most 100 */

/* A text that must be there and not be empty, with *bad when it is not. */
hp_str hp_member_text(const hp_node *map, const char *name, bool *bad);

/* A text that may be absent, null or empty: .n is 0 then.  Another kind of value is bad. */
hp_str hp_member_optional(const hp_node *map, const char *name, bool *bad);

/* A date, YYYY-MM-DD; of a date with a time the date counts. */
hp_date hp_member_date(const hp_node *map, const char *name, bool *bad);

/* The same that may be absent: false then. */
bool hp_member_has_date(const hp_node *map, const char *name, hp_date *date, bool *bad);

/* YYYY-MM-DD, or YYYY-MM or YYYY alone: as far as it is known.  False when it is none. */
bool hp_birth_read(hp_str s, hp_birth *birth);

/* A birth date that may be absent: false then; of one with a time the date counts. */
bool hp_member_has_birth(const hp_node *map, const char *name, hp_birth *birth, bool *bad);

/* The start and the last second of a day, UTC, in seconds since 1970. */
double hp_day_start(hp_date day);
double hp_day_end(hp_date day);

#endif
