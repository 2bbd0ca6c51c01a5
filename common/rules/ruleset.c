/* A set of rules: filled, sorted, asked; see ruleset.h. */
#include "rules/ruleset_parts.h"

#include <stdlib.h>

#define ROOM_FIRST 64

hp_ruleset *
hp_ruleset_new(void)
{
    return calloc(1, sizeof(hp_ruleset));
}

static void
forget(hp_loaded *loaded)
{
    hp_logic_free(loaded->logic);
    free(loaded->document);
}

void
hp_ruleset_free(hp_ruleset *set)
{
    size_t i;

    if (set == NULL)
        return;
    for (i = 0; i < set->n; i++)
        forget(&set->rules[i]);
    free(set->rules);
    hp_keep_free(&set->keep);
    free(set);
}

hp_loaded *
hp_ruleset_room(hp_ruleset *set, const char *place, hp_error *error)
{
    size_t room = set->room == 0 ? ROOM_FIRST : 2 * set->room;
    hp_loaded *more = set->rules;

    if (set->n == HP_RULES_MAX) {
        hp_error_set(error, "%s: is one rule too many, expected at most %d", place, HP_RULES_MAX);
        return NULL;
    }
    if (set->n == set->room) {
        more = reallocarray(set->rules, room, sizeof(*more));
        if (more == NULL) {
            hp_error_set(error, "%s: no memory", place);
            return NULL;
        }
        set->rules = more;
        set->room = room;
    }
    memset(&more[set->n], 0, sizeof(*more));
    more[set->n].place = place;
    return &more[set->n];
}

/* ---- closing --------------------------------------------------------------- */

static int
order_owner(const hp_rule *rule, hp_rule_type type, const char *country)
{
    return rule->type != type ? (rule->type < type ? -1 : 1) : strcmp(rule->country, country);
}

/* qsort() keeps no order of its own, so that places decide among what is there twice. */
static int
order(const void *a, const void *b)
{
    const hp_loaded *x = a, *y = b;
    int owner = order_owner(&x->rule, y->rule.type, y->rule.country);
    int identifier = strcmp(x->rule.identifier, y->rule.identifier);
    int version = hp_version_order(y->rule.version, x->rule.version);

    if (owner != 0)
        return owner;
    if (identifier != 0)
        return identifier;
    return version != 0 ? version : strcmp(x->place, y->place);
}

static bool
is_again(const hp_loaded *a, const hp_loaded *b)
{
    return strcmp(a->rule.identifier, b->rule.identifier) == 0 &&
           hp_version_order(a->rule.version, b->rule.version) == 0;
}

/* The gateway never changes a version: one of two that differ is no country's document. */
static bool
is_same(const hp_loaded *first, const hp_loaded *again, hp_error *error)
{
    hp_version v = first->rule.version;

    if (strcmp(first->document, again->document) == 0)
        return true;
    hp_error_set(error, "%s: is not the same rule %s %u.%u.%u as in %s, expected one of the two",
                 again->place, first->rule.identifier, v.major, v.minor, v.patch, first->place);
    return false;
}

/* Leaves out what is there twice.  False when the two differ: then all are kept, to be freed. */
static bool
single_out(hp_ruleset *set, hp_error *error)
{
    size_t i, n = 0;

    for (i = 1; i < set->n; i++) {
        if (is_again(&set->rules[i - 1], &set->rules[i]) &&
            !is_same(&set->rules[i - 1], &set->rules[i], error))
            return false;
    }
    for (i = 0; i < set->n; i++) {
        if (n > 0 && is_again(&set->rules[n - 1], &set->rules[i]))
            forget(&set->rules[i]);
        else
            set->rules[n++] = set->rules[i];
    }
    set->n = n;
    return true;
}

bool
hp_ruleset_close(hp_ruleset *set, hp_error *error)
{
    size_t i;

    if (set->n > 0)
        qsort(set->rules, set->n, sizeof(*set->rules), order);
    if (!single_out(set, error))
        return false;
    for (i = 0; i < set->n; i++) {
        free(set->rules[i].document);
        set->rules[i].document = NULL;
    }
    hp_value_sets_close(set);
    return true;
}

/* ---- asking ---------------------------------------------------------------- */

size_t
hp_ruleset_count(const hp_ruleset *set)
{
    return set->n;
}

uint64_t
hp_ruleset_mark(const hp_ruleset *set)
{
    return set->mark;
}

const hp_rule *
hp_ruleset_at(const hp_ruleset *set, size_t n)
{
    return &set->rules[n].rule;
}

/* The first rule that is not before that owner's or, with behind, that is after them. */
static size_t
find(const hp_ruleset *set, hp_rule_type type, const char *country, bool behind)
{
    size_t low = 0, high = set->n, middle;
    int way;

    while (low < high) {
        middle = low + (high - low) / 2;
        way = order_owner(&set->rules[middle].rule, type, country);
        if (way < 0 || (behind && way == 0))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

size_t
hp_ruleset_find(const hp_ruleset *set, hp_rule_type type, const char *country, size_t *first)
{
    *first = find(set, type, country, false);
    return find(set, type, country, true) - *first;
}

const hp_node *
hp_ruleset_value_sets(const hp_ruleset *set)
{
    return &set->value_sets;
}
