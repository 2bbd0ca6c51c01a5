/*
 * The format check of CertLogic (certlogic, 7), and the compiled form of what passes it.
 *
 * All that an expression becomes lies in one piece of memory behind its hp_logic.  It is made
 * twice: once in more than enough room, to see how much it takes, and then in just that.
 */
#include "rules/certlogic.h"

#include "rules/certlogic_op.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* What stands in an operator's list beside operands. */
typedef enum { OPERANDS, OPERAND_AND_INDEX, OPERAND_AMOUNT_UNIT } shape;

typedef struct {
    const char *name;
    hp_op_code code;
    uint32_t min, max; /* operands, what stands beside them included */
    shape shape;
    hp_value_kind of;
    unsigned holds;
} operator;

#define MANY UINT32_MAX
#define LESS HP_ORDER_LESS
#define SAME HP_ORDER_SAME
#define MORE HP_ORDER_MORE

static const operator operators[] = {
    { "if", HP_OP_IF, 3, 3, OPERANDS, 0, 0 },
    { "and", HP_OP_AND, 2, MANY, OPERANDS, 0, 0 },
    { "!", HP_OP_NOT, 1, 1, OPERANDS, 0, 0 },
    { "===", HP_OP_SAME, 2, 2, OPERANDS, 0, 0 },
    { "in", HP_OP_IN, 2, 2, OPERANDS, 0, 0 },
    { "+", HP_OP_PLUS, 2, 2, OPERANDS, 0, 0 },
    { "<", HP_OP_ORDER, 2, 3, OPERANDS, HP_VALUE_INT, LESS },
    { ">", HP_OP_ORDER, 2, 3, OPERANDS, HP_VALUE_INT, MORE },
    { "<=", HP_OP_ORDER, 2, 3, OPERANDS, HP_VALUE_INT, LESS | SAME },
    { ">=", HP_OP_ORDER, 2, 3, OPERANDS, HP_VALUE_INT, MORE | SAME },
    { "before", HP_OP_ORDER, 2, 3, OPERANDS, HP_VALUE_TIME, LESS },
    { "after", HP_OP_ORDER, 2, 3, OPERANDS, HP_VALUE_TIME, MORE },
    { "not-after", HP_OP_ORDER, 2, 3, OPERANDS, HP_VALUE_TIME, LESS | SAME },
    { "not-before", HP_OP_ORDER, 2, 3, OPERANDS, HP_VALUE_TIME, MORE | SAME },
    { "reduce", HP_OP_REDUCE, 3, 3, OPERANDS, 0, 0 },
    { "extractFromUVCI", HP_OP_UVCI, 2, 2, OPERAND_AND_INDEX, 0, 0 },
    { "plusTime", HP_OP_PLUS_TIME, 3, 3, OPERAND_AMOUNT_UNIT, 0, 0 },
    { "dccDateOfBirth", HP_OP_BIRTH, 1, 1, OPERANDS, 0, 0 },
};

/* Where in the expression we are: a list from the inside to the outside. */
typedef struct place place;

struct place {
    const place *outer;
    const char *name; /* of the operator; "" for an array */
    size_t operand;
    unsigned depth;   /* operations and arrays around us */
};

typedef struct {
    hp_arena arena;
    hp_error *error;
} compiler;

/* ---- what is wrong, and where --------------------------------------------- */

/* "and[0].if[2]", as far as it fits. */
static void
write_place(const place *at, char *text, size_t max)
{
    size_t n;

    if (at->outer == NULL)
        return;
    write_place(at->outer, text, max);
    n = strlen(text);
    (void)snprintf(text + n, max - n, "%s%s[%zu]", n == 0 ? "" : ".", at->name, at->operand);
}

static bool wrong(compiler *c, const place *at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Always false. */
static bool
wrong(compiler *c, const place *at, const char *format, ...)
{
    char what[128], where[256] = "";
    va_list args;

    va_start(args, format);
    (void)vsnprintf(what, sizeof(what), format, args);
    va_end(args);
    write_place(at, where, sizeof(where));
    hp_error_set(c->error, "%s%s%s", what, where[0] == '\0' ? "" : ", at ", where);
    return false;
}

/* ---- literals --------------------------------------------------------------- */

/* A whole number: without a fraction, and within 64 bits. */
static bool
read_whole(const hp_json *json, int64_t *number)
{
    hp_node node = { .kind = HP_NODE_REAL };
    hp_value value;

    if (hp_json_int(json, number))
        return true;
    if (!hp_json_number(json, &node.real) || !hp_value_of(&node, &value) ||
        value.kind != HP_VALUE_INT)
        return false;
    *number = value.num;
    return true;
}

/* The compiled form outlives the document that it is made of. */
static hp_str
keep_text(compiler *c, hp_str text)
{
    uint8_t *copy = hp_arena_take(&c->arena, text.n);

    if (text.n > 0)
        memcpy(copy, text.p, text.n);
    return (hp_str){ copy, text.n };
}

static hp_op
literal(hp_value value)
{
    return (hp_op){ .code = HP_OP_VALUE, .value = value };
}

/* ---- var -------------------------------------------------------------------- */

static size_t
read_index(hp_str digits)
{
    size_t i, value = 0;

    for (i = 0; i < digits.n; i++) {
        if (digits.p[i] < '0' || digits.p[i] > '9' ||
            __builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, digits.p[i] - '0', &value))
            return SIZE_MAX;
    }
    return value;
}

static size_t
count_points(hp_str path)
{
    size_t i, n = 0;

    for (i = 0; i < path.n; i++)
        n += path.p[i] == '.';
    return n;
}

/* "" is the data itself; else fragments of at least one character, joined by points. */
static bool
compile_var(compiler *c, const place *at, const hp_json *operand, hp_op *op)
{
    hp_str path = hp_json_text(operand);
    hp_fragment *fragments;
    size_t i, from = 0, n = 0;

    if (path.p == NULL)
        return wrong(c, at, "var: expected a path");
    *op = (hp_op){ .code = HP_OP_VAR };
    if (path.n == 0)
        return true;
    path = keep_text(c, path);
    fragments = hp_arena_take(&c->arena, (count_points(path) + 1) * sizeof(*fragments));
    for (i = 0; i <= path.n; i++) {
        if (i < path.n && path.p[i] != '.')
            continue;
        if (i == from)
            return wrong(c, at, "var: a part of the path is empty");
        fragments[n].name = (hp_str){ path.p + from, i - from };
        fragments[n].index = read_index(fragments[n].name);
        n++;
        from = i + 1;
    }
    op->path = fragments;
    op->n = (uint32_t)n;
    return true;
}

/* ---- operations and arrays --------------------------------------------------- */

static bool compile(compiler *c, const place *at, const hp_json *json, hp_op *op);

/* Compiles the first n elements of the list. */
static hp_op *
compile_all(compiler *c, const place *outer, const char *name, const hp_json *list, size_t n)
{
    place at = { outer, name, 0, outer->depth + 1 };
    hp_op *ops = hp_arena_take(&c->arena, n * sizeof(*ops));

    if (at.depth > HP_LOGIC_DEPTH) {
        (void)wrong(c, outer, "more than %d operations in one another", HP_LOGIC_DEPTH);
        return NULL;
    }
    for (; at.operand < n; at.operand++) {
        if (!compile(c, &at, hp_json_at(list, at.operand), &ops[at.operand]))
            return NULL;
    }
    return ops;
}

static bool
all_known(const hp_op *ops, size_t n)
{
    size_t i;

    for (i = 0; i < n; i++) {
        if (ops[i].code != HP_OP_VALUE)
            return false;
    }
    return true;
}

/* An array of literals is a value by itself. */
static bool
compile_array(compiler *c, const place *at, const hp_json *json, hp_op *op)
{
    uint32_t i, n = (uint32_t)hp_json_count(json);
    const hp_op *ops = compile_all(c, at, "", json, n);
    hp_value *items;

    if (ops == NULL)
        return false;
    if (!all_known(ops, n)) {
        *op = (hp_op){ .code = HP_OP_LIST, .n = n, .operands = ops };
        return true;
    }
    items = hp_arena_take(&c->arena, n * sizeof(*items));
    for (i = 0; i < n; i++)
        items[i] = ops[i].value;
    *op = literal((hp_value){ .kind = HP_VALUE_ARRAY, .n = n, .items = items });
    return true;
}

/* A date of a text that stands in the rule.  One that is wrong stays, to be an error when met. */
static void
fold_date(hp_op *op)
{
    const hp_op *date = op->operands;
    int64_t ms;
    bool good;

    if (date->code != HP_OP_VALUE || date->value.kind != HP_VALUE_TEXT)
        return;
    if (op->code == HP_OP_BIRTH)
        good = hp_logic_date_read(date->value.text, &ms);
    else
        good = hp_logic_time_read(date->value.text, &ms) &&
            hp_logic_time_add(&ms, op->number, op->unit);
    if (good)
        *op = literal((hp_value){ .kind = HP_VALUE_TIME, .ms = ms });
}

static bool
read_unit(const hp_json *json, hp_time_unit *unit)
{
    static const char *const names[] = { [HP_UNIT_YEAR] = "year", [HP_UNIT_MONTH] = "month",
                                         [HP_UNIT_DAY] = "day", [HP_UNIT_HOUR] = "hour" };

    for (*unit = HP_UNIT_YEAR; *unit <= HP_UNIT_HOUR; (*unit)++) {
        if (hp_json_is(json, names[*unit]))
            return true;
    }
    return false;
}

static bool
compile_operation(compiler *c, const place *at, const operator *o, const hp_json *list, hp_op *op)
{
    size_t n = hp_json_count(list), operands = o->shape == OPERANDS ? n : 1;

    if (hp_json_kind_of(list) != HP_JSON_ARRAY)
        return wrong(c, at, "%s: expected an array of operands", o->name);
    if (n < o->min || n > o->max)
        return wrong(c, at, "%s: expected %u%s operand%s", o->name, (unsigned)o->min,
                     o->max == o->min ? "" : o->max == MANY ? " or more" : " or 3",
                     o->max == 1 ? "" : "s");
    *op = (hp_op){ .code = o->code, .n = (uint32_t)operands };
    if (o->code == HP_OP_ORDER) {
        op->of = o->of;
        op->holds = o->holds;
    }
    if (o->shape != OPERANDS && !read_whole(hp_json_at(list, 1), &op->number))
        return wrong(c, at, "%s: expected a whole number as second operand", o->name);
    if (o->shape == OPERAND_AMOUNT_UNIT && !read_unit(hp_json_at(list, 2), &op->unit))
        return wrong(c, at, "%s: expected year, month, day or hour", o->name);
    op->operands = compile_all(c, at, o->name, list, operands);
    if (op->operands == NULL)
        return false;
    if (o->code == HP_OP_PLUS_TIME || o->code == HP_OP_BIRTH)
        fold_date(op);
    return true;
}

/* Names of operators are short and plain; what is not has no place in a message. */
static bool
can_be_shown(const char *name)
{
    size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                            "0123456789!#$%&()*+,-./:;<=>?@^_|~");

    return n > 0 && n <= 32 && name[n] == '\0';
}

/* An object is an operation: one member, whose name is the operator. */
static bool
compile_object(compiler *c, const place *at, const hp_json *json, hp_op *op)
{
    const char *name;
    hp_json *operands;
    void *member = NULL;
    size_t i;

    if (hp_json_count(json) != 1 || !hp_json_next(json, &member, &name, &operands))
        return wrong(c, at, "an operation has exactly one member");
    if (strcmp(name, "var") == 0)
        return compile_var(c, at, operands, op);
    for (i = 0; i < sizeof(operators) / sizeof(operators[0]); i++) {
        if (strcmp(name, operators[i].name) == 0)
            return compile_operation(c, at, &operators[i], operands, op);
    }
    return wrong(c, at, "unknown operator%s%s", can_be_shown(name) ? " " : "",
                 can_be_shown(name) ? name : "");
}

static bool
compile(compiler *c, const place *at, const hp_json *json, hp_op *op)
{
    hp_value value = { .kind = HP_VALUE_NULL };

    switch (hp_json_kind_of(json)) {
    case HP_JSON_OBJECT:
        return compile_object(c, at, json, op);
    case HP_JSON_ARRAY:
        return compile_array(c, at, json, op);
    case HP_JSON_TEXT:
        value.kind = HP_VALUE_TEXT;
        value.text = keep_text(c, hp_json_text(json));
        break;
    case HP_JSON_BOOL:
        value.kind = HP_VALUE_BOOL;
        value.truth = hp_json_true(json);
        break;
    case HP_JSON_INT:
    case HP_JSON_REAL:
        value.kind = HP_VALUE_INT;
        if (!read_whole(json, &value.num))
            return wrong(c, at, "a number that is not whole, or beyond 64 bits");
        break;
    case HP_JSON_NULL:
        return wrong(c, at, "null is no expression");
    }
    *op = literal(value);
    return true;
}

/* ---- memory ------------------------------------------------------------------ */

/* Each piece of an arena may need a little more, to be aligned. */
static size_t
piece(size_t n)
{
    return n + alignof(max_align_t);
}

/*
 * No less than compile() can take for json: an operation and an item of an array for each value,
 * text and fragments for each text.  Recursion ends where the loader's did.
 */
static size_t
room_for(const hp_json *json)
{
    hp_str text = hp_json_text(json);
    size_t i, n = hp_json_count(json), room = piece(sizeof(hp_op)) + piece(sizeof(hp_value));
    const char *name;
    hp_json *value;
    void *at = NULL;

    if (text.p != NULL)
        room += piece(text.n) + piece((count_points(text) + 1) * sizeof(hp_fragment));
    if (hp_json_kind_of(json) == HP_JSON_OBJECT) {
        while (hp_json_next(json, &at, &name, &value))
            room += room_for(value);
    } else {
        for (i = 0; i < n; i++)
            room += room_for(hp_json_at(json, i));
    }
    return room;
}

/* Compiles into so much room; *used is what it took. */
static hp_logic *
compile_into(size_t room, const hp_json *expression, size_t *used, hp_error *error)
{
    const place top = { NULL, "", 0, 0 };
    hp_logic *logic = malloc(sizeof(*logic) + room);
    compiler c = { .error = error };

    if (logic == NULL) {
        hp_error_set(error, "out of memory");
        return NULL;
    }
    c.arena = hp_arena_over(logic + 1, room);
    if (!compile(&c, &top, expression, &logic->root)) {
        free(logic);
        return NULL;
    }
    *used = c.arena.used;
    return logic;
}

hp_logic *
hp_logic_compile(const hp_json *expression, hp_error *error)
{
    hp_logic *logic;
    size_t used;

    if (hp_json_size(expression) > HP_LOGIC_BYTES) {
        hp_error_set(error, "longer than %u bytes", HP_LOGIC_BYTES);
        return NULL;
    }
    logic = compile_into(room_for(expression), expression, &used, error);
    if (logic == NULL)
        return NULL;
    hp_logic_free(logic);
    return compile_into(used, expression, &used, error);
}

void
hp_logic_free(hp_logic *logic)
{
    free(logic);
}
