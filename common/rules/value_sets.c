/*
 * Value sets (certlogic, 11): published ({ valueSetId, valueSetDate, valueSetValues: { code:
 * {...} } }) or compressed ({ id: [codes] }).  Of a published set only the codes count, inactive
 * ones as well.
 */
#include "rules/ruleset_parts.h"

#include <stdlib.h>

static bool
refuse(const hp_loading *l, const char *place, const char *id, const char *what)
{
    hp_error_set(l->error, "%s: value set %s: %s", place, id, what);
    return false;
}

/* A dot would end the name in a rule's path, so that no rule could read the set. */
static bool
is_id(hp_str id)
{
    return id.n > 0 && id.n <= HP_VALUE_TEXT_MAX && hp_rules_printable(id) &&
           memchr(id.p, '.', id.n) == NULL && memchr(id.p, ' ', id.n) == NULL;
}

/* ---- the same set again ------------------------------------------------------ */

static int
order(const void *a, const void *b)
{
    const hp_str *x = a, *y = b;
    int way = memcmp(x->p, y->p, x->n < y->n ? x->n : y->n);

    return way != 0 ? way : (x->n > y->n) - (x->n < y->n);
}

static hp_str *
sorted(const hp_value_set *set)
{
    hp_str *codes = calloc(set->n + 1, sizeof(*codes));
    size_t i;

    if (codes == NULL)
        return NULL;
    for (i = 0; i < set->n; i++)
        codes[i] = set->codes[i].str;
    qsort(codes, set->n, sizeof(*codes), order);
    return codes;
}

/* The order of codes means nothing: a published set is an object. */
static bool
is_same(const hp_str *a, const hp_str *b, size_t n)
{
    size_t i;

    for (i = 0; i < n; i++) {
        if (!hp_str_eq(a[i], b[i]))
            return false;
    }
    return true;
}

static bool
check_again(const hp_loading *l, const hp_value_set *first, const hp_value_set *again)
{
    hp_str *a = sorted(first), *b = sorted(again);
    bool good = false;

    if (a == NULL || b == NULL)
        hp_error_set(l->error, "%s: no memory", again->place);
    else if (first->n != again->n || !is_same(a, b, first->n))
        hp_error_set(l->error, "%s: is not the same value set %.*s as in %s, expected one of the "
                     "two", again->place, (int)first->id.n, (const char *)first->id.p,
                     first->place);
    else
        good = true;
    free(a);
    free(b);
    return good;
}

/* ---- one set ------------------------------------------------------------------ */

static bool
put_set(const hp_loading *l, const hp_value_set *read)
{
    hp_ruleset *set = l->set;
    size_t i;

    for (i = 0; i < set->n_sets; i++) {
        if (hp_str_eq(set->sets[i].id, read->id))
            return check_again(l, &set->sets[i], read);
    }
    if (set->n_sets == HP_VALUE_SETS_MAX) {
        hp_error_set(l->error, "%s: is one value set too many, expected at most %d", read->place,
                     HP_VALUE_SETS_MAX);
        return false;
    }
    set->sets[set->n_sets++] = *read;
    return true;
}

/* Room for n codes of a set with that name. */
static bool
start(const hp_loading *l, const char *place, hp_str id, size_t n, hp_value_set *set)
{
    char *name;

    if (!is_id(id)) {
        hp_error_set(l->error, "%s: expected the id of a value set: printable, without dots and "
                     "blanks, at most %d characters", place, HP_VALUE_TEXT_MAX);
        return false;
    }
    name = hp_keep_text(&l->set->keep, id);
    if (name != NULL && n > HP_VALUE_CODES_MAX) {
        hp_error_set(l->error, "%s: value set %s: has %zu codes, expected at most %d", place, name,
                     n, HP_VALUE_CODES_MAX);
        return false;
    }
    *set = (hp_value_set){ { (uint8_t *)name, id.n }, NULL, 0, place };
    set->codes = name == NULL ? NULL : hp_keep_take(&l->set->keep, (n + 1) * sizeof(hp_node));
    if (set->codes == NULL)
        hp_error_set(l->error, "%s: no memory", place);
    return set->codes != NULL;
}

static bool
put_code(const hp_loading *l, hp_value_set *set, hp_str code)
{
    hp_node *node = &set->codes[set->n];
    char *copy;

    if (code.p == NULL || code.n == 0 || code.n > HP_VALUE_TEXT_MAX)
        return refuse(l, set->place, (const char *)set->id.p,
                      "expected codes that are texts, not empty and not longer than 128 bytes");
    copy = hp_keep_text(&l->set->keep, code);
    if (copy == NULL)
        return refuse(l, set->place, (const char *)set->id.p, "no memory");
    *node = (hp_node){ .kind = HP_NODE_TEXT, .str = { (uint8_t *)copy, code.n } };
    if (set->n > 0)
        node[-1].next = node;
    set->n++;
    return true;
}

bool
hp_value_set_read(const hp_loading *l, const hp_json *document, const char *place)
{
    const hp_json *values = hp_json_get(document, "valueSetValues");
    hp_str id = hp_json_text(hp_json_get(document, "valueSetId"));
    hp_value_set set;
    hp_json *value;
    const char *code;
    void *at = NULL;

    if (values == NULL || hp_json_kind_of(values) != HP_JSON_OBJECT) {
        hp_error_set(l->error, "%s: valueSetValues: expected an object of codes", place);
        return false;
    }
    if (!start(l, place, id, hp_json_count(values), &set))
        return false;
    while (hp_json_next(values, &at, &code, &value)) {
        if (!put_code(l, &set, hp_str_of(code)))
            return false;
    }
    return put_set(l, &set);
}

static bool
read_compressed(const hp_loading *l, const char *id, const hp_json *codes, const char *place)
{
    size_t i, n = hp_json_count(codes);
    hp_value_set set;

    if (!start(l, place, hp_str_of(id), n, &set))
        return false;
    for (i = 0; i < n; i++) {
        if (!put_code(l, &set, hp_json_text(hp_json_at(codes, i))))
            return false;
    }
    return put_set(l, &set);
}

bool
hp_value_sets_read(const hp_loading *l, const hp_json *document, const char *place)
{
    hp_json *codes;
    const char *id;
    void *at = NULL;

    while (hp_json_next(document, &at, &id, &codes)) {
        if (!read_compressed(l, id, codes, place))
            return false;
    }
    return true;
}

/* ---- external.valueSets -------------------------------------------------------- */

void
hp_value_sets_close(hp_ruleset *set)
{
    hp_node *pair;
    size_t i;

    for (i = 0; i < set->n_sets; i++) {
        const hp_value_set *from = &set->sets[i];

        pair = &set->pairs[2 * i];
        pair[0] = (hp_node){ .kind = HP_NODE_TEXT, .next = &pair[1], .str = from->id };
        pair[1] = (hp_node){ .kind = HP_NODE_ARRAY, .count = (uint32_t)from->n };
        pair[1].child = from->n > 0 ? from->codes : NULL;
        pair[1].next = i + 1 < set->n_sets ? &pair[2] : NULL;
    }
    set->value_sets = (hp_node){ .kind = HP_NODE_MAP, .count = (uint32_t)set->n_sets };
    set->value_sets.child = set->n_sets > 0 ? set->pairs : NULL;
}
