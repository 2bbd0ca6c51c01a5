/* What rules say, one by one and together (certlogic, 10); see decide.h. */
#include "rules/decide.h"

/* { "payload": ..., "external": ... }, over the two that are there already. */
typedef struct {
    hp_node map, pairs[4];
    size_t n;
    hp_version version; /* that payload says */
    bool has_version;
} document;

/* A node's neighbours are in the node: it is copied, what hangs below it is not. */
static void
put(document *d, hp_str name, const hp_node *value)
{
    hp_node *pair = &d->pairs[d->n];

    if (value == NULL)
        return;
    pair[0] = (hp_node){ .kind = HP_NODE_TEXT, .next = &pair[1], .str = name };
    pair[1] = *value;
    pair[1].next = NULL;
    if (d->n > 0)
        pair[-1].next = &pair[0];
    d->n += 2;
}

/* Once for all rules of a decision. */
static void
make(document *d, const hp_rules_ask *ask)
{
    const hp_node *ver = hp_node_member(ask->payload, HP_STR("ver"));

    d->has_version = hp_node_is(ver, HP_NODE_TEXT) && hp_version_read(ver->str, &d->version);
    d->n = 0;
    put(d, HP_STR("payload"), ask->payload);
    put(d, HP_STR("external"), ask->external);
    d->map = (hp_node){ .kind = HP_NODE_MAP, .count = (uint32_t)(d->n / 2) };
    d->map.child = d->n > 0 ? d->pairs : NULL;
}

/* Was the rule written for such a pass, and can this program read it? */
static bool
is_for_us(const hp_rule *rule, const document *d)
{
    if (!rule->engine_known || !rule->schema_known || rule->logic == NULL)
        return false;
    return d->has_version && d->version.major == rule->schema.major &&
           hp_version_order(d->version, rule->schema) >= 0;
}

static hp_rule_result
judge(const hp_rule *rule, const document *d, hp_arena *arena, size_t *steps)
{
    size_t mark = arena->used;
    hp_rule_result result = HP_RESULT_OPEN;
    hp_value value;

    if (!is_for_us(rule, d))
        return HP_RESULT_OPEN;
    if (hp_logic_eval_within(rule->logic, &d->map, arena, steps, &value) &&
        value.kind == HP_VALUE_BOOL)
        result = value.truth ? HP_RESULT_PASSED : HP_RESULT_FAILED;
    hp_arena_return(arena, mark);
    return result;
}

hp_rule_result
hp_rules_judge(const hp_rule *rule, const hp_rules_ask *ask, hp_arena *arena)
{
    size_t steps = HP_DECISION_STEPS;
    document d;

    make(&d, ask);
    return judge(rule, &d, arena, &steps);
}

static hp_decision
decision_of(hp_rule_result result)
{
    switch (result) {
    case HP_RESULT_PASSED:
        return HP_DECISION_PASSED;
    case HP_RESULT_FAILED:
        return HP_DECISION_FAILED;
    case HP_RESULT_OPEN:
        break;
    }
    return HP_DECISION_OPEN;
}

hp_decision
hp_rules_decide(const hp_ruleset *set, const hp_rules_ask *ask, hp_arena *arena,
                hp_rules_told *told, void *context, const hp_rule **rule)
{
    hp_decision decision = HP_DECISION_NONE, one;
    hp_selection selection;
    hp_rule_result result;
    size_t steps = HP_DECISION_STEPS;
    const hp_rule *next;
    document d;

    *rule = NULL;
    make(&d, ask);
    hp_rules_select(&selection, set, ask);
    while ((next = hp_rules_next(&selection)) != NULL) {
        result = judge(next, &d, arena, &steps);
        if (told != NULL)
            told(context, next, result);
        if (arena->full) {
            *rule = next;
            return HP_DECISION_OPEN;
        }
        one = decision_of(result);
        if (one < decision || (one == HP_DECISION_PASSED && decision == one)) {
            decision = one;
            *rule = next;
        }
    }
    return decision;
}
