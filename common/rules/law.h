/*
 * hp_law: the rule documents that a place goes by, and how it answers where they do not decide.
 */
#ifndef HP_RULES_LAW_H
#define HP_RULES_LAW_H

#include "format/pass.h"
#include "reason.h"
#include "rules/decide.h"

typedef struct {
    const hp_ruleset *set;
    hp_str country; /* where the gate stands */
    hp_str region;  /* empty: none */
    bool accepts_open;  /* a rule that cannot be judged lets in all the same */
    bool accepts_none;  /* so does that no acceptance rule applies */
    bool accepts_later; /* so does a pass that meets them now, but not at the visit */
} hp_law;

/* What is asked of the law beside the pass. */
typedef struct {
    double now, visit;  /* seconds since 1970 UTC; the visit is not before now */
    hp_str issuer, kid; /* who issued the pass, and the key id of its signer */
    const char *format; /* "hc1" */
    hp_rules_told *told; /* NULL, or told what each rule says as of the visit */
    void *context;
} hp_law_ask;

/*
 * Rules are judged as of the visit (DESIGN 3).  A pass that fails then and meets all of them now is
 * refused as later: a 72-hour test shown for next month is good, and no use.  Invalidation rules
 * alone accept nobody: that is none.  False with *why.
 * *rule is the identifier of the rule that decided, NULL when none applied; it lives as long
 * as the set.
 */
bool hp_law_met(const hp_law *law, const hp_pass *pass, const hp_law_ask *ask, hp_arena *arena,
                const char **rule, hp_reason *why);

/* What becomes of the acceptance rules that apply here. */
typedef struct {
    size_t valid;      /* identifiers that have a version which is valid now */
    size_t ending;     /* those that will have none in a while, or lost it not long ago */
    const char *first; /* of these the one that ends first; lives as long as the set */
    double end;        /* when it does, or did */
} hp_law_future;

/*
 * As of now, with all that ends in the next ahead seconds, or did in the last.  A later version
 * that begins only after a while leaves a gap, in which the rule refuses nobody: that is an end
 * as well.
 */
void hp_law_look(const hp_law *law, double now, double ahead, hp_law_future *future);

#endif
