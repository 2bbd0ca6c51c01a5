/* Values of CertLogic as JSON, for command lines and tests: it allocates. */
#ifndef HP_RULES_VALUE_JSON_H
#define HP_RULES_VALUE_JSON_H

#include "rules/certlogic.h"

#define HP_VALUE_JSON_DEPTH 256 /* levels that can be printed */

/*
 * The value as JSON, the caller's; an instant is { "$dateTime": "YYYY-MM-DDThh:mm:ss.sssZ" }.
 * NULL when it is nested deeper than HP_VALUE_JSON_DEPTH, holds what JSON does not know (see
 * hp_value_of()), or memory ran out.
 */
hp_json *hp_value_json(const hp_value *value);

#endif
