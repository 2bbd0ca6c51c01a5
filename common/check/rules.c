/* The built-in rule; see rules.h. */
#include "check/rules.h"

/* SNOMED CT 260415000 "not detected" (eu-dcc-valuesets, test-result). */
#define NOT_DETECTED "260415000"

bool
hp_rules_met(hp_rules rules, const hp_pass *pass, const char **rule, hp_reason *why)
{
    *rule = NULL;
    if (rules == HP_RULES_AUTHENTIC_ONLY)
        return true;
    if (rules == HP_RULES_MINIMAL && pass->event.disease.n == 0) {
        *why = HP_RULE_NONE; /* a test for something else is negative, too */
        return false;
    }
    if (rules == HP_RULES_MINIMAL && pass->event.kind != 't')
        return true;
    *rule = HP_RULE_TEST_NEGATIVE;
    if (rules == HP_RULES_MINIMAL && hp_str_eq(pass->event.result, HP_STR(NOT_DETECTED)))
        return true;
    *why = HP_RULE_FAILED;
    return false;
}
