/* Rules and a place's answers to them; see law.h. */
#include "rules/law.h"

/* Told of each rule that was selected: was one among them that may accept? */
typedef struct {
    hp_rules_told *told;
    void *context;
    bool accepting;
} hearer;

static void
hear(void *context, const hp_rule *rule, hp_rule_result result)
{
    hearer *h = context;

    h->accepting = h->accepting || rule->type == HP_ACCEPTANCE;
    if (h->told != NULL)
        h->told(h->context, rule, result);
}

/*
 * Where no acceptance rule of the place is about a pass, nobody has accepted it, whatever the
 * invalidation rules of its issuer find fine (certlogic, 10: none denies).
 */
static bool
is_none(const hp_law *law, hp_decision decision, const hearer *h)
{
    return !h->accepting && (decision == HP_DECISION_PASSED ||
                             (decision == HP_DECISION_OPEN && law->accepts_open));
}

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
    hearer h = { clock == ask->visit ? ask->told : NULL, ask->context, false };
    size_t mark = arena->used;
    hp_decision decision;

    *rule = NULL;
    rules.external = hp_rules_external(law->set, &said, arena);
    if (rules.external == NULL)
        return HP_DECISION_OPEN; /* and the arena is full, which is our fault */
    decision = hp_rules_decide(law->set, &rules, arena, hear, &h, rule);
    hp_arena_return(arena, mark);
    if (arena->full || !is_none(law, decision, &h))
        return decision;
    *rule = NULL;
    return HP_DECISION_NONE;
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

/* ---- what becomes of them ----------------------------------------------------------- */

/* The versions of one identifier: n from the first on. */
typedef struct {
    const hp_law *law;
    size_t first, n;
} versions;

/* NULL: that version is of another region, and not ours. */
static const hp_rule *
version(const versions *v, size_t nth)
{
    const hp_rule *rule = hp_ruleset_at(v->law->set, v->first + nth);

    return hp_rule_is_of(rule, v->law->region) ? rule : NULL;
}

/* From now on without a gap, and no further than then: now, when none is valid. */
static double
valid_until(const versions *v, double now, double then)
{
    const hp_rule *rule;
    double end = now, before = -1;
    size_t i;

    while (end <= then && end != before) {
        before = end;
        for (i = 0; i < v->n; i++) {
            rule = version(v, i);
            if (rule != NULL && rule->from <= end && rule->until > end)
                end = rule->until;
        }
    }
    return end;
}

/* When the last of them ended that is over; 0: none is. */
static double
ended(const versions *v, double now)
{
    const hp_rule *rule;
    double end = 0;
    size_t i;

    for (i = 0; i < v->n; i++) {
        rule = version(v, i);
        if (rule != NULL && rule->until <= now && rule->until > end)
            end = rule->until;
    }
    return end;
}

static void
look_at(const versions *v, double now, double ahead, hp_law_future *future)
{
    double end = valid_until(v, now, now + ahead);
    bool today = end > now;

    future->valid += today;
    if (!today)
        end = ended(v, now);
    if (end > now + ahead || end == 0 || (!today && end <= now - ahead))
        return;
    future->ending++;
    if (future->first == NULL || end < future->end) {
        future->first = hp_ruleset_at(v->law->set, v->first)->identifier;
        future->end = end;
    }
}

void
hp_law_look(const hp_law *law, double now, double ahead, hp_law_future *future)
{
    char country[3] = "";
    size_t at, end, n;

    *future = (hp_law_future){ .first = NULL };
    memcpy(country, law->country.p, law->country.n < 2 ? law->country.n : 2);
    end = hp_ruleset_find(law->set, HP_ACCEPTANCE, country, &at);
    for (end += at; at < end; at += n) {
        for (n = 1; at + n < end && strcmp(hp_ruleset_at(law->set, at)->identifier,
                                           hp_ruleset_at(law->set, at + n)->identifier) == 0; n++)
            ;
        look_at(&(versions){ law, at, n }, now, ahead, future);
    }
}
