/* Which rules apply (certlogic, 9); see decide.h. */
#include "rules/decide.h"

/* The rule's region is in capital letters already. */
bool
hp_rule_is_of(const hp_rule *rule, hp_str asked)
{
    const char *region = rule->region;
    size_t i;

    asked = hp_str_trim(asked);
    for (i = 0; i < asked.n; i++) {
        if ((uint8_t)region[i] != hp_upper(asked.p[i]) || region[i] == '\0')
            return false;
    }
    return region[i] == '\0';
}

/* An invalidation rule speaks of what was issued: where the gate stands does not matter. */
static bool
applies(const hp_rule *rule, const hp_rules_ask *ask)
{
    if (rule->type == HP_ACCEPTANCE && !hp_rule_is_of(rule, ask->region))
        return false;
    return (rule->concerns == 'g' || rule->concerns == ask->type) && rule->from <= ask->clock &&
           ask->clock < rule->until;
}

/* Of the same identifier the newest stands first: the ones behind the first that applies do not. */
static void
step(const hp_selection *s, hp_rules_of *of)
{
    const char *done = of->next != NULL ? of->next->identifier : "";

    for (of->next = NULL; of->next == NULL && of->at < of->end; of->at++) {
        const hp_rule *rule = hp_ruleset_at(s->set, of->at);

        if (strcmp(rule->identifier, done) != 0 && applies(rule, s->ask))
            of->next = rule;
    }
}

static void
start(const hp_selection *s, hp_rules_of *of, hp_rule_type type, hp_str country)
{
    char code[3] = "";

    *of = (hp_rules_of){ .type = type };
    if (country.n != 2)
        return;
    code[0] = (char)hp_upper(country.p[0]);
    code[1] = (char)hp_upper(country.p[1]);
    of->end = hp_ruleset_find(s->set, type, code, &of->at);
    of->end += of->at;
    step(s, of);
}

void
hp_rules_select(hp_selection *selection, const hp_ruleset *set, const hp_rules_ask *ask)
{
    selection->set = set;
    selection->ask = ask;
    start(selection, &selection->accepting, HP_ACCEPTANCE, ask->country);
    start(selection, &selection->invalidating, HP_INVALIDATION, ask->issuer);
}

const hp_rule *
hp_rules_next(hp_selection *selection)
{
    hp_rules_of *of = &selection->accepting, *other = &selection->invalidating;
    const hp_rule *rule;

    if (of->next == NULL ||
        (other->next != NULL && strcmp(other->next->identifier, of->next->identifier) < 0))
        of = other;
    rule = of->next;
    if (rule != NULL)
        step(selection, of);
    return rule;
}
