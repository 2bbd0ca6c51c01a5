/* A rule's Logic step by step; see rules_steps.h. */
#include "cli/rules_steps.h"

#include "rules/value_json.h"

#include <stdlib.h>

#define INDENT    2
#define SHOWN_MAX 100 /* characters of a value or literal that are shown */

typedef struct {
    const hp_node *data;
    hp_arena *arena;
    FILE *to;
} walker;

static void walk(const walker *w, const hp_json *expr, int depth);

/* Is it, or holds it, an operation? */
static bool
has_steps(const hp_json *expr)
{
    size_t i;

    if (hp_json_kind_of(expr) == HP_JSON_OBJECT)
        return true;
    for (i = 0; hp_json_kind_of(expr) == HP_JSON_ARRAY && i < hp_json_count(expr); i++) {
        if (has_steps(hp_json_at(expr, i)))
            return true;
    }
    return false;
}

/* What stands for true, what for false, and what for neither (certlogic, 3). */
typedef enum { FALSY, TRUTHY, NEITHER } truth;

static truth
truth_of(const hp_value *value)
{
    switch (value->kind) {
    case HP_VALUE_NULL:
        return FALSY;
    case HP_VALUE_BOOL:
        return value->truth ? TRUTHY : FALSY;
    case HP_VALUE_INT:
        return value->num != 0 ? TRUTHY : FALSY;
    case HP_VALUE_TEXT:
        return value->text.n > 0 ? TRUTHY : FALSY;
    case HP_VALUE_ARRAY:
    case HP_VALUE_OBJECT:
        return value->n > 0 ? TRUTHY : FALSY;
    case HP_VALUE_REAL:
    case HP_VALUE_TIME:
        break;
    }
    return NEITHER;
}

/*
 * Every part of a well-formed expression is one itself.  json (NULL: not wanted) is the caller's,
 * NULL for an error; what it takes of the arena is given back.
 */
static truth
evaluate(const walker *w, const hp_json *expr, hp_json **json)
{
    hp_logic *logic = hp_logic_compile(expr, NULL);
    size_t mark = w->arena->used;
    hp_value value;
    truth is = NEITHER;

    if (json != NULL)
        *json = NULL;
    if (logic != NULL && hp_logic_eval(logic, w->data, w->arena, &value)) {
        is = truth_of(&value);
        if (json != NULL)
            *json = hp_value_json(&value);
    }
    hp_arena_return(w->arena, mark);
    hp_logic_free(logic);
    return is;
}

/*
 * Takes json over.  ASCII without controls, as hp_json_print() writes it, which wants an array
 * around; "..." for what is too long.
 */
static void
put_json(hp_json *json, FILE *to)
{
    hp_json *array = hp_json_array();
    char *text = NULL;
    size_t n = 0, length;
    FILE *memory = open_memstream(&text, &n);
    bool ok;

    hp_json_add(array, json);
    ok = memory != NULL && hp_json_print(array, memory);
    if (memory != NULL && fclose(memory) == 0 && ok) {
        length = n - strlen("[]\n");
        fprintf(to, "%.*s%s", (int)(length < SHOWN_MAX ? length : SHOWN_MAX), text + 1,
                length > SHOWN_MAX ? "..." : "");
    } else
        putc('?', to);
    free(text);
    hp_json_free(array);
}

/* What it gives; a literal gives itself. */
static void
put_value(const walker *w, const hp_json *expr)
{
    hp_json *json;

    (void)evaluate(w, expr, &json);
    if (json != NULL)
        put_json(json, w->to);
    else
        fputs("error", w->to);
}

/* The operation, and operands that are written out in it. */
static void
put_operation(const walker *w, const char *op, const hp_json *operands)
{
    bool one = hp_json_kind_of(operands) != HP_JSON_ARRAY; /* var's */
    size_t i, n = one ? 1 : hp_json_count(operands);

    fputs(op, w->to);
    for (i = 0; i < n; i++) {
        const hp_json *operand = one ? operands : hp_json_at(operands, i);

        putc(' ', w->to);
        if (has_steps(operand))
            putc('_', w->to);
        else
            put_value(w, operand);
    }
}

/* Those that were looked at. */
static void
walk_operands(const walker *w, const char *op, const hp_json *operands, int depth)
{
    size_t i, n = hp_json_count(operands);
    truth guard;

    if (strcmp(op, "if") == 0) {
        walk(w, hp_json_at(operands, 0), depth);
        guard = evaluate(w, hp_json_at(operands, 0), NULL);
        if (guard != NEITHER)
            walk(w, hp_json_at(operands, guard == TRUTHY ? 1 : 2), depth);
        return;
    }
    for (i = 0; i < n; i++) {
        if (strcmp(op, "reduce") == 0 && i == 1)
            continue;
        walk(w, hp_json_at(operands, i), depth);
        if (strcmp(op, "and") == 0 && evaluate(w, hp_json_at(operands, i), NULL) != TRUTHY)
            return;
    }
}

static void
walk(const walker *w, const hp_json *expr, int depth)
{
    const char *op;
    hp_json *operands;
    void *at = NULL;
    size_t i;

    if (hp_json_kind_of(expr) == HP_JSON_ARRAY) {
        for (i = 0; i < hp_json_count(expr); i++)
            walk(w, hp_json_at(expr, i), depth);
        return;
    }
    if (hp_json_kind_of(expr) != HP_JSON_OBJECT || !hp_json_next(expr, &at, &op, &operands))
        return;
    fprintf(w->to, "%*s", depth * INDENT, "");
    put_operation(w, op, operands);
    fputs(" -> ", w->to);
    put_value(w, expr);
    putc('\n', w->to);
    walk_operands(w, op, operands, depth + 1);
}

void
hp_rules_steps(const hp_json *logic, const hp_node *data, hp_arena *arena, FILE *to)
{
    walker w = { data, arena, to };

    walk(&w, logic, 1);
}
