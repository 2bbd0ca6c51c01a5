/*
 * Which rules apply, and what they say together (certlogic, 9 and 10).
 */
#ifndef HP_RULES_DECIDE_H
#define HP_RULES_DECIDE_H

#include "rules/ruleset.h"

/* Whose rules, of when, for what. */
typedef struct {
    double clock;         /* seconds since 1970 UTC */
    hp_str country;       /* where the gate stands: its acceptance rules */
    hp_str region;        /* empty: none */
    hp_str issuer;        /* who issued the pass: that country's invalidation rules */
    char type;            /* 'v', 't', 'r' */
    const hp_node *payload;  /* the pass as a DCC-shaped document */
    const hp_node *external; /* a map: validationClock, valueSets, ... */
} hp_rules_ask;

typedef enum { HP_RULE_PASSED, HP_RULE_FAILED, HP_RULE_OPEN } hp_rule_result;

/* Worst first: any failed, else any open, else passed; none were selected. */
typedef enum {
    HP_DECISION_FAILED,
    HP_DECISION_OPEN,
    HP_DECISION_PASSED,
    HP_DECISION_NONE
} hp_decision;

/* Told of each rule that was selected, in order of identifiers. */
typedef void hp_rules_told(void *context, const hp_rule *rule, hp_rule_result result);

/*
 * Decides.  *rule is the first rule (by identifier) that made the decision: that failed, that
 * is open, or the last that passed; NULL when none was selected.  told may be NULL.  What an
 * evaluation takes of the arena is given back after each rule.
 */
hp_decision hp_rules_decide(const hp_ruleset *set, const hp_rules_ask *ask, hp_arena *arena,
                            hp_rules_told *told, void *context, const hp_rule **rule);

/*
 * external as the specification has it (certlogic, 11), over the arena: validationClock (UTC, Z),
 * valueSets, countryCode, issuerCountryCode, exp, iat (dates), kid (Base64), region, format.
 * NULL when the arena is full.
 */
typedef struct {
    double clock, exp, iat;
    hp_str country, issuer, region, kid, format;
} hp_external;
const hp_node *hp_rules_external(const hp_ruleset *set, const hp_external *said,
                                 hp_arena *arena);

#endif
