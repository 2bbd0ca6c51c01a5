/* Rules and a place's answers to them; see law.h. */
#include "rules/law.h"

/* What the rules say as of that moment. */
static hp_decision
decide(const hp_law *law, const hp_pass *pass, const hp_law_ask *ask, double clock,
       hp_arena *arena, const hp_rule **rule)
{
    hp_external said = { .clock = clock, .exp = pass->valid_until, .iat = pass->issued,
                         .country = law->country, .region = law->region, .issuer = ask->issuer,
                         .kid = ask->kid, .format = hp_str_of(ask->format) };
    hp_rules_ask rules = { .clock = clock, .country = law->country, .region = law->region,
                           .issuer = ask->issuer, .type = pass->event.kind,
                           .payload = pass->document };
    size_t mark = arena->used;
    hp_decision decision;

    *rule = NULL;
    rules.external = hp_rules_external(law->set, &said, arena);
    if (rules.external == NULL)
        return HP_DECISION_OPEN; /* and the arena is full, which is our fault */
    decision = hp_rules_decide(law->set, &rules, arena, clock == ask->visit ? ask->told : NULL,
                               ask->context, rule);
    hp_arena_return(arena, mark);
    return decision;
}

static bool
refuse(hp_reason *why, hp_reason reason)
{
    *why = reason;
    return false;
}

bool
hp_law_met(const hp_law *law, const hp_pass *pass, const hp_law_ask *ask, hp_arena *arena,
           const char **rule, hp_reason *why)
{
    const hp_rule *decided, *today = NULL;
    hp_decision decision = decide(law, pass, ask, ask->visit, arena, &decided);

    *rule = decided != NULL ? decided->identifier : NULL;
    switch (decision) {
    case HP_DECISION_PASSED:
        return true;
    case HP_DECISION_OPEN:
        return law->accepts_open || refuse(why, HP_RULE_OPEN);
    case HP_DECISION_NONE:
        return law->accepts_none || refuse(why, HP_RULE_NONE);
    case HP_DECISION_FAILED:
        break;
    }
    if (ask->visit > ask->now &&
        decide(law, pass, ask, ask->now, arena, &today) == HP_DECISION_PASSED)
        return law->accepts_later || refuse(why, HP_LATER);
    if (arena->full && today != NULL)
        *rule = today->identifier;
    return refuse(why, HP_RULE_FAILED);
}
