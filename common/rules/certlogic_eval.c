/*
 * Evaluates CertLogic's compiled form; see certlogic.h.
 *
 * Every function answers false for CertLogic's error, which ends the evaluation as a whole.
 * Recursion ends with the expression's depth: data of any shape is walked in loops.
 */
#include "rules/certlogic_op.h"

/* Items of a list that is searched count as one evaluated node for so many of them. */
#define ITEMS_A_STEP 16
#define BYTES_A_STEP 64 /* of a text that is taken apart */

typedef struct {
    hp_arena *arena;
    size_t steps; /* left */
} evaluation;

/* What paths start from: the data, or in a lambda of reduce the accumulator and the item. */
typedef struct {
    const hp_node *data;
    const hp_value *lent; /* two values; NULL outside of lambdas */
} scope;

static bool eval(evaluation *e, const hp_op *op, const scope *in, hp_value *value);

static bool
spend(evaluation *e, size_t steps)
{
    if (e->steps < steps)
        return false;
    e->steps -= steps;
    return true;
}

static bool
give_bool(hp_value *value, bool truth)
{
    *value = (hp_value){ .kind = HP_VALUE_BOOL, .truth = truth };
    return true;
}

/* ---- truth and sameness ------------------------------------------------------ */

/* False when the value is neither true nor false (certlogic, 3). */
static bool
truth_of(const hp_value *value, bool *truth)
{
    switch (value->kind) {
    case HP_VALUE_NULL:
        *truth = false;
        return true;
    case HP_VALUE_BOOL:
        *truth = value->truth;
        return true;
    case HP_VALUE_INT:
        *truth = value->num != 0;
        return true;
    case HP_VALUE_TEXT:
        *truth = value->text.n != 0;
        return true;
    case HP_VALUE_ARRAY:
    case HP_VALUE_OBJECT:
        *truth = value->n != 0;
        return true;
    case HP_VALUE_REAL:
    case HP_VALUE_TIME:
        break;
    }
    return false;
}

/* Codes of one list begin alike and end differently. */
static bool
same_text(hp_str a, hp_str b)
{
    return a.n == b.n &&
        (a.n == 0 || (a.p[a.n - 1] == b.p[a.n - 1] && memcmp(a.p, b.p, a.n - 1) == 0));
}

/* Arrays, objects and instants are compared with nothing of their own kind (certlogic, 12). */
static bool
same(const hp_value *a, const hp_value *b, bool *is)
{
    *is = false;
    if (a->kind != b->kind)
        return true;
    switch (a->kind) {
    case HP_VALUE_NULL:
        *is = true;
        return true;
    case HP_VALUE_BOOL:
        *is = a->truth == b->truth;
        return true;
    case HP_VALUE_INT:
        *is = a->num == b->num;
        return true;
    case HP_VALUE_REAL:
        *is = a->real == b->real;
        return true;
    case HP_VALUE_TEXT:
        *is = same_text(a->text, b->text);
        return true;
    case HP_VALUE_ARRAY:
    case HP_VALUE_OBJECT:
    case HP_VALUE_TIME:
        break;
    }
    return false;
}

static bool
same_node(const hp_value *a, const hp_node *b, bool *is)
{
    hp_value value;

    if (a->kind == HP_VALUE_TEXT && b->kind == HP_NODE_TEXT) {
        *is = same_text(a->text, b->str);
        return true;
    }
    return hp_value_of(b, &value) && same(a, &value, is);
}

/* ---- arrays -------------------------------------------------------------------- */

/* A walk over an array, wherever it is from. */
typedef struct {
    const hp_value *items;
    const hp_node *node;
    uint32_t left;
} walk;

static walk
walk_over(const hp_value *array)
{
    if (array->items != NULL || array->n == 0)
        return (walk){ array->items, NULL, array->n };
    return (walk){ NULL, array->node->child, array->n };
}

/* The next item; only while left says that there is one. */
static bool
walk_next(walk *w, hp_value *item)
{
    const hp_node *node = w->node;

    w->left--;
    if (w->items != NULL) {
        *item = *w->items++;
        return true;
    }
    w->node = node->next;
    return hp_value_of(node, item);
}

static bool
eval_list(evaluation *e, const hp_op *op, const scope *in, hp_value *value)
{
    hp_value *items = hp_arena_take(e->arena, op->n * sizeof(*items));
    uint32_t i;

    if (items == NULL)
        return false;
    for (i = 0; i < op->n; i++) {
        if (!eval(e, &op->operands[i], in, &items[i]))
            return false;
    }
    *value = (hp_value){ .kind = HP_VALUE_ARRAY, .n = op->n, .items = items };
    return true;
}

static bool
eval_in(evaluation *e, const hp_op *op, const scope *in, hp_value *value)
{
    hp_value a, list;
    bool found = false, good = true;
    const hp_node *node;
    uint32_t i;

    if (!eval(e, &op->operands[0], in, &a) || !eval(e, &op->operands[1], in, &list) ||
        list.kind != HP_VALUE_ARRAY || !spend(e, list.n / ITEMS_A_STEP))
        return false;
    if (list.items != NULL) {
        for (i = 0; good && !found && i < list.n; i++)
            good = same(&a, &list.items[i], &found);
    } else if (list.n > 0) {
        for (node = list.node->child; good && !found && node != NULL; node = node->next)
            good = same_node(&a, node, &found);
    }
    return good && give_bool(value, found);
}

/* ---- var ------------------------------------------------------------------------ */

static bool
has_parts(const hp_value *value)
{
    return value->kind == HP_VALUE_ARRAY || value->kind == HP_VALUE_OBJECT;
}

/* hp_node_member(), in place: most of a rule's work is to follow paths. */
static inline const hp_node *
member(const hp_node *map, hp_str name)
{
    const hp_node *key;

    for (key = map->child; key != NULL; key = key->next->next) {
        if (same_text(key->str, name) && key->kind == HP_NODE_TEXT)
            return key->next;
    }
    return NULL;
}

/* A long way into a list costs steps.  *at becomes NULL when there is no such item. */
static bool
item(evaluation *e, const hp_node **at, size_t index)
{
    const hp_node *array = *at;

    *at = index < array->count ? array->child : NULL;
    if (*at != NULL && !spend(e, index / ITEMS_A_STEP))
        return false;
    while (*at != NULL && index-- > 0)
        *at = (*at)->next;
    return true;
}

/* What the next n fragments lead to in the data; NULL when it is not there. */
static bool
follow(evaluation *e, const hp_node **at, const hp_fragment *f, uint32_t n)
{
    bool good = true;

    for (; good && n > 0 && *at != NULL; f++, n--) {
        while ((*at)->kind == HP_NODE_TAG)
            *at = (*at)->child;
        if ((*at)->kind == HP_NODE_MAP)
            *at = member(*at, f->name);
        else if ((*at)->kind == HP_NODE_ARRAY)
            good = item(e, at, f->index);
        else
            *at = NULL;
    }
    return good;
}

/* One step into what an expression made: an item of an array, or what reduce lent. */
static hp_value
step_into(const hp_value *at, const hp_fragment *f)
{
    if (at->kind == HP_VALUE_ARRAY && f->index < at->n)
        return at->items[f->index];
    if (at->kind == HP_VALUE_OBJECT && hp_str_eq(f->name, HP_STR("accumulator")))
        return at->items[0];
    if (at->kind == HP_VALUE_OBJECT && hp_str_eq(f->name, HP_STR("current")))
        return at->items[1];
    return (hp_value){ .kind = HP_VALUE_NULL };
}

/* The path in a lambda: first through what was made, then down what the data holds. */
static bool
walk_lent(evaluation *e, const hp_value *lent, const hp_op *op, hp_value *value)
{
    const hp_node *at;
    uint32_t i;

    *value = (hp_value){ .kind = HP_VALUE_OBJECT, .n = 2, .items = lent };
    for (i = 0; i < op->n && has_parts(value) && value->items != NULL; i++)
        *value = step_into(value, &op->path[i]);
    if (i == op->n)
        return true;
    at = has_parts(value) ? value->node : NULL;
    return follow(e, &at, op->path + i, op->n - i) && hp_value_of(at, value);
}

/* What reduce lends ends with the lambda: a path that is "" keeps a copy. */
static bool
keep_lent(evaluation *e, const hp_value *lent, hp_value *value)
{
    hp_value *copy = hp_arena_take(e->arena, 2 * sizeof(*copy));

    if (copy == NULL)
        return false;
    memcpy(copy, lent, 2 * sizeof(*copy));
    *value = (hp_value){ .kind = HP_VALUE_OBJECT, .n = 2, .items = copy };
    return true;
}

static bool
eval_var(evaluation *e, const hp_op *op, const scope *in, hp_value *value)
{
    const hp_node *at = in->data;

    if (in->lent == NULL)
        return follow(e, &at, op->path, op->n) && hp_value_of(at, value);
    return op->n == 0 ? keep_lent(e, in->lent, value) : walk_lent(e, in->lent, op, value);
}

/* ---- logic ------------------------------------------------------------------------ */

static bool
eval_if(evaluation *e, const hp_op *op, const scope *in, hp_value *value)
{
    bool truth;

    return eval(e, &op->operands[0], in, value) && truth_of(value, &truth) &&
        eval(e, &op->operands[truth ? 1 : 2], in, value);
}

/* The first value that is false, or the last one. */
static bool
eval_and(evaluation *e, const hp_op *op, const scope *in, hp_value *value)
{
    bool truth = true;
    uint32_t i;

    for (i = 0; truth && i < op->n; i++) {
        if (!eval(e, &op->operands[i], in, value) || !truth_of(value, &truth))
            return false;
    }
    return true;
}

static bool
eval_not(evaluation *e, const hp_op *op, const scope *in, hp_value *value)
{
    bool truth;

    return eval(e, &op->operands[0], in, value) && truth_of(value, &truth) &&
        give_bool(value, !truth);
}

static bool
eval_same(evaluation *e, const hp_op *op, const scope *in, hp_value *value)
{
    hp_value a, b;
    bool is;

    return eval(e, &op->operands[0], in, &a) && eval(e, &op->operands[1], in, &b) &&
        same(&a, &b, &is) && give_bool(value, is);
}

/* ---- numbers and instants ----------------------------------------------------------- */

static bool
eval_plus(evaluation *e, const hp_op *op, const scope *in, hp_value *value)
{
    hp_value a, b;

    if (!eval(e, &op->operands[0], in, &a) || !eval(e, &op->operands[1], in, &b) ||
        a.kind != HP_VALUE_INT || b.kind != HP_VALUE_INT)
        return false;
    *value = (hp_value){ .kind = HP_VALUE_INT };
    return !__builtin_add_overflow(a.num, b.num, &value->num);
}

static int64_t
ordinal(const hp_value *value)
{
    return value->kind == HP_VALUE_INT ? value->num : value->ms;
}

static unsigned
order_of(const hp_value *a, const hp_value *b)
{
    if (ordinal(a) == ordinal(b))
        return HP_ORDER_SAME;
    return ordinal(a) < ordinal(b) ? HP_ORDER_LESS : HP_ORDER_MORE;
}

static bool
eval_order(evaluation *e, const hp_op *op, const scope *in, hp_value *value)
{
    hp_value v[3];
    bool holds = true;
    uint32_t i;

    for (i = 0; i < op->n; i++) {
        if (!eval(e, &op->operands[i], in, &v[i]) || v[i].kind != op->of)
            return false;
    }
    for (i = 1; i < op->n; i++)
        holds = holds && (order_of(&v[i - 1], &v[i]) & op->holds) != 0;
    return give_bool(value, holds);
}

static bool
eval_date(evaluation *e, const hp_op *op, const scope *in, hp_value *value)
{
    int64_t ms;

    if (!eval(e, &op->operands[0], in, value) || value->kind != HP_VALUE_TEXT)
        return false;
    if (op->code == HP_OP_BIRTH ? !hp_logic_date_read(value->text, &ms)
                                : !hp_logic_time_read(value->text, &ms) ||
                                      !hp_logic_time_add(&ms, op->number, op->unit))
        return false;
    *value = (hp_value){ .kind = HP_VALUE_TIME, .ms = ms };
    return true;
}

/* ---- reduce, extractFromUVCI ---------------------------------------------------------- */

/*
 * The lambda sees the accumulator and the current item, and nothing else.  What it took of the
 * arena is given back at once, unless the accumulator may lie there.
 */
static bool
eval_reduce(evaluation *e, const hp_op *op, const scope *in, hp_value *value)
{
    hp_value lent[2], array;
    const scope inner = { NULL, lent };
    size_t mark;
    walk w;

    if (!eval(e, &op->operands[0], in, &array) ||
        (array.kind != HP_VALUE_NULL && array.kind != HP_VALUE_ARRAY) ||
        !eval(e, &op->operands[2], in, value))
        return false;
    if (array.kind == HP_VALUE_NULL)
        return true;
    for (w = walk_over(&array); w.left > 0;) {
        lent[0] = *value;
        mark = e->arena->used;
        if (!walk_next(&w, &lent[1]) || !eval(e, &op->operands[1], &inner, value))
            return false;
        if (!has_parts(value))
            hp_arena_return(e->arena, mark);
    }
    return true;
}

/* The n-th of the parts that / # and : separate, after one URN:UVCI: at the start. */
static bool
eval_uvci(evaluation *e, const hp_op *op, const scope *in, hp_value *value)
{
    const hp_str prefix = HP_STR("URN:UVCI:");
    int64_t left = op->number;
    hp_str text;
    size_t i, from = 0;

    if (!eval(e, &op->operands[0], in, value))
        return false;
    if (value->kind == HP_VALUE_NULL)
        return true;
    if (value->kind != HP_VALUE_TEXT)
        return false;
    text = value->text;
    if (!spend(e, text.n / BYTES_A_STEP))
        return false;
    if (hp_str_starts(text, prefix))
        text = hp_str_from(text, prefix.n);
    *value = (hp_value){ .kind = HP_VALUE_NULL };
    for (i = 0; left >= 0 && i <= text.n; i++) {
        if (i < text.n && text.p[i] != '/' && text.p[i] != '#' && text.p[i] != ':')
            continue;
        if (left-- == 0)
            *value = (hp_value){ .kind = HP_VALUE_TEXT, .text = { text.p + from, i - from } };
        from = i + 1;
    }
    return true;
}

/* ---- all ------------------------------------------------------------------------------- */

static bool
eval_value(evaluation *e, const hp_op *op, const scope *in, hp_value *value)
{
    (void)e;
    (void)in;
    *value = op->value;
    return true;
}

/* A table and not a switch: each operation pays for its own variables only. */
static bool
eval(evaluation *e, const hp_op *op, const scope *in, hp_value *value)
{
    static bool (*const of[])(evaluation *, const hp_op *, const scope *, hp_value *) = {
        [HP_OP_VALUE] = eval_value, [HP_OP_LIST] = eval_list, [HP_OP_VAR] = eval_var,
        [HP_OP_IF] = eval_if, [HP_OP_AND] = eval_and, [HP_OP_NOT] = eval_not,
        [HP_OP_SAME] = eval_same, [HP_OP_IN] = eval_in, [HP_OP_PLUS] = eval_plus,
        [HP_OP_ORDER] = eval_order, [HP_OP_REDUCE] = eval_reduce, [HP_OP_UVCI] = eval_uvci,
        [HP_OP_PLUS_TIME] = eval_date, [HP_OP_BIRTH] = eval_date,
    };

    return spend(e, 1) && of[op->code](e, op, in, value);
}

bool
hp_logic_eval_within(const hp_logic *logic, const hp_node *data, hp_arena *arena, size_t *steps,
                     hp_value *value)
{
    size_t granted = *steps < HP_LOGIC_STEPS ? *steps : HP_LOGIC_STEPS;
    evaluation e = { arena, granted };
    const scope in = { data, NULL };
    bool good = eval(&e, &logic->root, &in, value);

    *steps -= granted - e.steps;
    return good;
}

bool
hp_logic_eval(const hp_logic *logic, const hp_node *data, hp_arena *arena, hp_value *value)
{
    size_t steps = HP_LOGIC_STEPS;

    return hp_logic_eval_within(logic, data, arena, &steps, value);
}
