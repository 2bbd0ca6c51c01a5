/*
 * Rule documents as the gateway takes them (certlogic, 8): stricter than what gates read, so that
 * what is good here is good everywhere.
 */
#ifndef HP_CLI_RULES_SCHEMA_H
#define HP_CLI_RULES_SCHEMA_H

#include "codec/json.h"

/* Told of each fault: the member, and what was expected of it. */
typedef void hp_rules_fault(void *context, const char *member, const char *expected);

/* Is this meant to be a rule, whatever is wrong with it? */
bool hp_rules_is_rule(const hp_json *document);

/* Checks one rule document: members, how they fit together, and Logic.  Returns the faults. */
size_t hp_rules_schema(const hp_json *document, hp_rules_fault *fault, void *context);

#endif
