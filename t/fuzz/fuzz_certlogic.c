/*
 * CertLogic: the compiled form and a plain walk over the JSON say the same, of {"e": expression,
 * "d": data}.  An input that does not start like one is a row of choices, out of which an
 * expression that is nearly always well-formed is made, and data for it.
 */
#include "fuzz.h"

#include "codec/json_node.h"
#include "logic_walk.h"
#include "rules/value_json.h"

#define STEPS 20000 /* of the plain walk; where it gives up nothing is compared */
#define TEXT_MAX ((size_t)1 << 16)
#define DEPTH 7

/* ---- expressions out of choices --------------------------------------------------------- */

typedef struct {
    const uint8_t *p, *end;
    FILE *to;
} maker;

static unsigned
choose(maker *m, unsigned below)
{
    return m->p == m->end ? 0 : *m->p++ % below;
}

#define PICK(m, list) ((list)[choose(m, sizeof(list) / sizeof((list)[0]))])

static void
put_text(maker *m)
{
    static const char *const texts[] = { "", "a", "b", "ab", "DE", "2021", "2021-02", "2020-02-29",
        "2021-01-31", "2021-02-30", "2021-03-28T01:30:00+02:00", "2021-12-31T23:59:59.999Z",
        "2021-06-01T10:11:12-130", "2021-06-01T10:11:12.1+01:", "9999-12-31", "0000-01-01",
        "URN:UVCI:01:DE:1/2#3", "a::b/#c", "\\u0000", "a\\u0000b", "\\u00fc" };

    (void)fprintf(m->to, "\"%s\"", PICK(m, texts));
}

static void
put_number(maker *m)
{
    static const char *const numbers[] = { "0", "1", "2", "-1", "10", "2.0", "400", "-400", "12",
        "9223372036854775807", "-9223372036854775808", "100000" };

    (void)fputs(PICK(m, numbers), m->to);
}

static void
put_data(maker *m, unsigned depth)
{
    static const char *const names[] = { "a", "b", "v", "0", "x", "accumulator", "current" };
    static const char *const others[] = { "null", "true", "false", "1.5", "{}", "[]", "1e300" };
    unsigned i, n = choose(m, 5), kind = choose(m, depth > 3 ? 3 : 5);

    if (kind == 0)
        put_text(m);
    else if (kind == 1)
        put_number(m);
    else if (kind == 2)
        (void)fputs(PICK(m, others), m->to);
    else
        (void)putc(kind == 3 ? '[' : '{', m->to);
    for (i = 0; kind > 2 && i < n; i++) {
        if (i > 0)
            (void)putc(',', m->to);
        if (kind == 4)
            (void)fprintf(m->to, "\"%s\":", names[(i + kind) % 7]);
        put_data(m, depth + 1);
    }
    if (kind > 2)
        (void)putc(kind == 3 ? ']' : '}', m->to);
}

static void put_expression(maker *m, unsigned depth);

static void
put_operands(maker *m, const char *head, unsigned n, unsigned depth)
{
    unsigned i;

    (void)fputs(head, m->to);
    for (i = 0; i < n; i++) {
        if (i > 0)
            (void)putc(',', m->to);
        put_expression(m, depth + 1);
    }
}

static void
put_var(maker *m)
{
    static const char *const paths[] = { "", "a", "b", "v", "x", "a.b", "v.0", "v.1.a", "a.0",
        "b.01", "accumulator", "current", "current.a", "accumulator.0", "current.0.b", "a.v.x.0",
        "x.9", "accumulator.current" };

    (void)fprintf(m->to, "{\"var\":\"%s\"}", PICK(m, paths));
}

static void
put_operation(maker *m, unsigned depth)
{
    static const struct {
        const char *name;
        unsigned min, more;
    } all[] = { { "if", 3, 1 }, { "and", 2, 3 }, { "!", 1, 1 }, { "===", 2, 1 }, { "in", 2, 1 },
        { "+", 2, 1 }, { "<", 2, 2 }, { ">", 2, 2 }, { "<=", 2, 2 }, { ">=", 2, 2 },
        { "after", 2, 2 }, { "before", 2, 2 }, { "not-after", 2, 2 }, { "not-before", 2, 2 },
        { "reduce", 3, 1 }, { "reduce", 3, 1 }, { "dccDateOfBirth", 1, 1 }, { "if", 2, 3 } };
    unsigned which = choose(m, sizeof(all) / sizeof(all[0]));

    (void)fprintf(m->to, "{\"%s\":", all[which].name);
    put_operands(m, "[", all[which].min + choose(m, all[which].more), depth);
    (void)fputs("]}", m->to);
}

static void
put_with_arguments(maker *m, unsigned depth, bool plus_time)
{
    static const char *const units[] = { "year", "month", "day", "hour", "days" };

    put_operands(m, plus_time ? "{\"plusTime\":[" : "{\"extractFromUVCI\":[", 1, depth);
    (void)putc(',', m->to);
    put_number(m);
    if (plus_time)
        (void)fprintf(m->to, ",\"%s\"", PICK(m, units));
    (void)fputs("]}", m->to);
}

static void
put_expression(maker *m, unsigned depth)
{
    static const char *const others[] = { "true", "false", "[]", "null", "1.5" };

    switch (choose(m, depth > DEPTH ? 4 : 12)) {
    case 0:
    case 1:
        put_var(m);
        break;
    case 2:
        put_text(m);
        break;
    case 3:
        if (choose(m, 8) == 0)
            (void)fputs(PICK(m, others), m->to);
        else
            put_number(m);
        break;
    case 4:
        put_operands(m, "[", choose(m, 4), depth);
        (void)putc(']', m->to);
        break;
    case 5:
    case 6:
        put_with_arguments(m, depth, true);
        break;
    case 7:
        put_with_arguments(m, depth, false);
        break;
    default:
        put_operation(m, depth);
    }
}

static hp_str
made_of(hp_str choices)
{
    static char text[TEXT_MAX];
    maker m = { choices.p, choices.p + choices.n, fmemopen(text, sizeof(text), "w") };

    MUST(m.to != NULL);
    (void)fputs("{\"d\":", m.to);
    put_data(&m, 0);
    (void)fputs(",\"e\":", m.to);
    put_expression(&m, 0);
    (void)putc('}', m.to);
    MUST(fclose(m.to) == 0);
    return hp_str_of(text);
}

/* ---- comparing ---------------------------------------------------------------------------- */

/* The line that json prints as; ends it. */
static hp_str
line_of(hp_json *json, char **text)
{
    hp_json *outer = hp_json_array();
    size_t n = 0;
    FILE *to = open_memstream(text, &n);

    MUST(to != NULL);
    hp_json_add(outer, json);
    (void)hp_json_print(outer, to);
    MUST(fclose(to) == 0);
    hp_json_free(outer);
    return (hp_str){ (const uint8_t *)*text, n };
}

static void
compare(const hp_json *expression, const hp_logic *logic, const hp_json *data)
{
    static uint8_t room[(size_t)1 << 22];
    hp_arena arena = hp_arena_over(room, sizeof(room));
    hp_json *mine, *plain;
    const hp_node *node;
    hp_value value;
    char *texts[2];
    size_t steps = STEPS;
    bool good;

    plain = logic_walk(expression, data, &steps);
    MUST(hp_json_node(data, &arena, &node));
    alloc_start(0);
    good = hp_logic_eval(logic, node, &arena, &value);
    MUST(alloc_calls() == 0);
    mine = good ? hp_value_json(&value) : NULL;
    if (steps > 0 && !arena.full && (mine != NULL || !good)) {
        MUST((mine != NULL) == (plain != NULL));
        MUST(mine == NULL || hp_str_eq(line_of(mine, &texts[0]), line_of(plain, &texts[1])));
        if (mine != NULL) {
            free(texts[0]);
            free(texts[1]);
        }
        return;
    }
    hp_json_free(mine);
    hp_json_free(plain);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    hp_str text = { p, n };
    const hp_json *expression, *data;
    hp_error error = { "" };
    hp_logic *logic;
    hp_json *json;

    if (n == 0 || p[0] != '{')
        text = made_of(text);
    json = hp_json_load_data(text, TEXT_MAX, NULL);
    expression = json == NULL ? NULL : hp_json_get(json, "e");
    data = json == NULL ? NULL : hp_json_get(json, "d");
    /* An instant of the plain walk looks like a member of that name. */
    if (expression != NULL && data != NULL && memmem(text.p, text.n, "$dateTime", 9) == NULL &&
        memmem(text.p, text.n, "\\u0024", 6) == NULL) {
        logic = hp_logic_compile(expression, &error);
        MUST((logic != NULL) == logic_walk_check(expression));
        MUST(logic != NULL || error.text[0] != '\0');
        if (logic != NULL)
            compare(expression, logic, data);
        hp_logic_free(logic);
    }
    hp_json_free(json);
    return 0;
}

void
fuzz_seeds(void (*put)(const char *name, hp_str seed))
{
    uint8_t choices[700];
    uint32_t state = 7;

    for (unsigned i = 0; i < 24; i++) {
        for (size_t k = 0; k < sizeof(choices); k++) {
            state = state * 1664525u + 1013904223u;
            choices[k] = (uint8_t)(state >> 16);
        }
        put(maker_c_string(maker_print("choices-%u", i)),
            (hp_str){ choices, sizeof(choices) - i * 25 });
    }
    put("dates", HP_STR("{\"d\":{\"c\":\"2021-07-01T10:00:00Z\",\"t\":\"2021-03-01\"},"
        "\"e\":{\"not-after\":[{\"plusTime\":[{\"var\":\"t\"},14,\"day\"]},"
        "{\"plusTime\":[{\"var\":\"c\"},0,\"day\"]},"
        "{\"plusTime\":[\"2021-01-31T10:11:12.5+01:30\",13,\"month\"]}]}}"));
    put("list", HP_STR("{\"d\":{\"v\":[{\"dn\":1,\"mp\":\"EU/1/20/1528\"}],"
        "\"s\":[\"EU/1/20/1507\",\"x\"]},\"e\":{\"and\":["
        "{\"in\":[{\"var\":\"v.0.mp\"},{\"var\":\"s\"}]},"
        "{\"!\":[{\"===\":[{\"var\":\"v.0.dn\"},2]}]}]}}"));
    put("reduce", HP_STR("{\"d\":[1,[2.0],\"3\"],\"e\":{\"reduce\":[{\"var\":\"\"},"
        "[{\"var\":\"current\"},{\"var\":\"accumulator.0\"}],"
        "{\"extractFromUVCI\":[\"URN:UVCI:a/b\",1]}]}}"));
}
