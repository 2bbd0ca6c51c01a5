/*
 * CertLogic said again, as plainly as it can be: a walk over the JSON as it stands, with dates
 * by the C library.  What the tests compare the compiled form with.
 */
#ifndef T_LOGIC_WALK_H
#define T_LOGIC_WALK_H

#include "codec/json.h"

/* Is the expression well-formed? */
bool logic_walk_check(const hp_json *expression);

/*
 * The value, the caller's, as hp_value_json() would have it; NULL for an error.  *steps is how
 * many nodes it may evaluate, and then what is left; 0: it gave up.
 */
hp_json *logic_walk(const hp_json *expression, const hp_json *data, size_t *steps);

#endif
