/* Does the pass meet the rules of this place? */
#ifndef HP_CHECK_RULES_H
#define HP_CHECK_RULES_H

#include "format/pass.h"
#include "reason.h"

typedef enum {
    HP_RULES_NONE,          /* the policy file did not say: it must */
    HP_RULES_AUTHENTIC_ONLY, /* judges no content */
    HP_RULES_MINIMAL,       /* one built-in rule: a test must be negative */
    HP_RULES_DOCUMENTS      /* rule documents: rules/law.h, not here */
} hp_rules;

/* The identifier of the built-in rule, for logs. */
#define HP_RULE_TEST_NEGATIVE "HP-TEST-NEGATIVE"

/*
 * False with *why when a rule is not met.  *rule is the identifier of the last rule that was
 * judged, NULL when none concerns this pass.
 */
bool hp_rules_met(hp_rules rules, const hp_pass *pass, const char **rule, hp_reason *why);

#endif
