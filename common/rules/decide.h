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
    hp_str issuer;        /* who issued the pass: that country's invalidation rules; may be empty */
    char type;            /* 'v', 't', 'r' */
    const hp_node *payload;  /* the pass as a DCC-shaped document */
    const hp_node *external; /* a map: validationClock, valueSets, ... */
} hp_rules_ask;

/* ---- which ------------------------------------------------------------------------ */

/* Rules of one owner that are still to be looked at. */
typedef struct {
    hp_rule_type type;
    size_t at, end;
    const hp_rule *next; /* the first of them that applies; NULL: none does */
} hp_rules_of;

typedef struct {
    const hp_ruleset *set;
    const hp_rules_ask *ask; /* its payload and external do not count here */
    hp_rules_of accepting, invalidating;
} hp_selection;

/*
 * Walks the rules that apply, by identifier: of each the newest version that is valid at the
 * clock.  Takes no memory, and looks at no rules but those of the two countries.
 */
void hp_rules_select(hp_selection *selection, const hp_ruleset *set, const hp_rules_ask *ask);

/* NULL after the last one. */
const hp_rule *hp_rules_next(hp_selection *selection);

/* Is it a rule of that region?  An empty one is the whole country; case does not count. */
bool hp_rule_is_of(const hp_rule *rule, hp_str region);

/*
 * Steps that all rules of one decision have together; whoever comes behind their end is open.  A
 * worker is held up for some hundredths of a second at most, whatever rules say.
 */
#define HP_DECISION_STEPS (4 * HP_LOGIC_STEPS)

/* ---- what they say ------------------------------------------------------------------ */

typedef enum { HP_RESULT_PASSED, HP_RESULT_FAILED, HP_RESULT_OPEN } hp_rule_result;

/*
 * One rule over the payload and external of ask; whether it applies is not looked at.  Acceptance
 * and invalidation alike: true is fine.  What the evaluation takes of the arena is wiped and given
 * back; that it ran out is told by arena->full, and the rule is open.
 */
hp_rule_result hp_rules_judge(const hp_rule *rule, const hp_rules_ask *ask, hp_arena *arena);

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
 * is open, or the last that passed; NULL when none was selected.  told may be NULL.  All rules
 * are judged, whatever the first ones say, unless the arena runs out: then it is open, arena->full
 * tells, and *rule is the one that took too much.
 */
hp_decision hp_rules_decide(const hp_ruleset *set, const hp_rules_ask *ask, hp_arena *arena,
                            hp_rules_told *told, void *context, const hp_rule **rule);

/* ---- external ------------------------------------------------------------------------ */

/* What is known beside the pass.  An empty text, and a time of 0, are not known. */
typedef struct {
    double clock, exp, iat;
    hp_str country, issuer, region;
    hp_str kid;    /* bytes */
    hp_str format; /* "hc1" */
} hp_external;

/*
 * external as the specification has it (certlogic, 11), over the arena: validationClock (UTC, Z),
 * valueSets, countryCode, issuerCountryCode, exp and iat (dates, UTC), kid (Base64), region, and
 * format, which is ours.  What is not known is left out, but for region: that is "" then.
 * Countries and region are in capital letters.  NULL when the arena is full.
 */
const hp_node *hp_rules_external(const hp_ruleset *set, const hp_external *said,
                                 hp_arena *arena);

#endif
