/*
 * CertLogic's own dates (certlogic, 5): instants in milliseconds, the texts that it takes for
 * one, and its arithmetic.  Neither is what the rest of the house reads, see base/time.h.
 */
#ifndef HP_RULES_CERTLOGIC_TIME_H
#define HP_RULES_CERTLOGIC_TIME_H

#include "base/str.h"

typedef enum { HP_UNIT_YEAR, HP_UNIT_MONTH, HP_UNIT_DAY, HP_UNIT_HOUR } hp_time_unit;

/*
 * Reads YYYY, YYYY-MM (both: the last day of it) or YYYY-MM-DD.  False when it is anything else,
 * or no such day exists.
 */
bool hp_logic_date_read(hp_str s, int64_t *ms);

/* The same, and YYYY-MM-DDThh:mm:ss with fraction and zone. */
bool hp_logic_time_read(hp_str s, int64_t *ms);

/* *ms += amount units, on the calendar of UTC.  False outside of the years 0000 to 9999. */
bool hp_logic_time_add(int64_t *ms, int64_t amount, hp_time_unit unit);

#endif
