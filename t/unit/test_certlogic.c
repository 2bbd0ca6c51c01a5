/*
 * CertLogic: each operation, each row of what engines differ in, and the bounds.  Whatever is
 * evaluated here is also walked plainly (logic_walk.h), and both must say the same.
 */
#include "unit.h"

#include "codec/json_node.h"
#include "logic_walk.h"
#include "maker.h"
#include "rules/value_json.h"

#include <stdlib.h>

#define ROOM ((size_t)1 << 16)

/* An expression, what it is evaluated over, and the value; NULL is an error. */
typedef struct {
    const char *expression, *data, *value;
} row;

/* ---- tools -------------------------------------------------------------------------- */

static hp_json *
load(hp_str text)
{
    hp_error error = { "" };
    hp_json *json = hp_json_load_data(text, 4 * ROOM, &error);

    if (json == NULL)
        fail_msg("%.*s: %s", (int)text.n, (const char *)text.p, error.text);
    return json;
}

static hp_logic *
compile(hp_str expression)
{
    hp_json *json = load(expression);
    hp_error error = { "" };
    hp_logic *logic = hp_logic_compile(json, &error);

    if (logic == NULL)
        fail_msg("%.*s: %s", (int)expression.n, (const char *)expression.p, error.text);
    assert_true(logic_walk_check(json));
    hp_json_free(json);
    return logic;
}

/* One line of JSON, and the value with it ended; "error" for none. */
static const char *
printed(hp_json *json)
{
    char *text = NULL;
    size_t n = 0;
    FILE *to = open_memstream(&text, &n);
    const char *line = "error\n";

    assert_non_null(to);
    if (json != NULL) {
        hp_json *outer = hp_json_array();

        hp_json_add(outer, json);
        assert_true(hp_json_print(outer, to));
        hp_json_free(outer);
    }
    assert_int_equal(fclose(to), 0);
    if (json != NULL)
        line = maker_c_string((hp_str){ (const uint8_t *)text, n });
    free(text);
    return line;
}

static const char *
evaluated(hp_str expression, const hp_node *data)
{
    static uint8_t room[ROOM];
    hp_arena arena = hp_arena_over(room, sizeof(room));
    hp_logic *logic = compile(expression);
    hp_value value;
    const char *line;
    bool good;

    alloc_start(0);
    good = hp_logic_eval(logic, data, &arena, &value);
    assert_int_equal(alloc_calls(), 0);
    assert_false(arena.full);
    line = printed(good ? hp_value_json(&value) : NULL);
    hp_logic_free(logic);
    return line;
}

static void
expect_of(hp_str expression, hp_str data, hp_str value)
{
    static uint8_t room[8 * ROOM];
    hp_arena arena = hp_arena_over(room, sizeof(room));
    hp_json *in = load(data), *json = load(expression);
    const char *want = value.p == NULL ? "error\n" : printed(load(value));
    const hp_node *node;
    size_t steps = HP_LOGIC_STEPS;

    assert_true(hp_json_node(in, &arena, &node));
    if (strcmp(evaluated(expression, node), want) != 0)
        fail_msg("%.*s is %s", (int)expression.n, (const char *)expression.p,
                 evaluated(expression, node));
    if (strcmp(printed(logic_walk(json, in, &steps)), want) != 0)
        fail_msg("%.*s: the plain walk differs", (int)expression.n, (const char *)expression.p);
    hp_json_free(in);
    hp_json_free(json);
}

static void
expect(const row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++)
        expect_of(hp_str_of(rows[i].expression),
                  hp_str_of(rows[i].data == NULL ? "null" : rows[i].data),
                  rows[i].value == NULL ? (hp_str){ NULL, 0 } : hp_str_of(rows[i].value));
}

#define EXPECT(rows) expect(rows, COUNT(rows))

/* ---- the language --------------------------------------------------------------------- */

static void
literals(void **state)
{
    static const row rows[] = {
        { "\"x\"", NULL, "\"x\"" }, { "\"\"", NULL, "\"\"" }, { "7", NULL, "7" },
        { "-7", NULL, "-7" }, { "true", NULL, "true" }, { "false", NULL, "false" },
        { "9223372036854775807", NULL, "9223372036854775807" },
        { "-9223372036854775808", NULL, "-9223372036854775808" }, { "2.0", NULL, "2" },
        { "-0.0", NULL, "0" }, { "[]", NULL, "[]" }, { "[1,[\"a\",[]],true]", NULL, "[1,[\"a\",[]],true]" },
        { "[{\"var\":\"a\"},1]", "{\"a\":5}", "[5,1]" },
        { "[1,{\"+\":[\"a\",1]}]", NULL, NULL },
    };

    (void)state;
    EXPECT(rows);
}

static void
var(void **state)
{
    static const row rows[] = {
        { "{\"var\":\"\"}", "{\"a\":[1,null]}", "{\"a\":[1,null]}" },
        { "{\"var\":\"\"}", "null", "null" }, { "{\"var\":\"\"}", "[1,2]", "[1,2]" },
        { "{\"var\":\"a\"}", "null", "null" }, { "{\"var\":\"a\"}", "{\"b\":1}", "null" },
        { "{\"var\":\"a.b.c\"}", "{\"a\":{\"b\":{\"c\":\"x\"}}}", "\"x\"" },
        { "{\"var\":\"a.b.c\"}", "{\"a\":null}", "null" },
        { "{\"var\":\"a.1\"}", "{\"a\":[5,6]}", "6" }, { "{\"var\":\"1\"}", "[5,6]", "6" },
        { "{\"var\":\"a.2\"}", "{\"a\":[5,6]}", "null" }, { "{\"var\":\"a.0\"}", "{\"a\":[]}", "null" },
        { "{\"var\":\"a.00001\"}", "{\"a\":[5,6]}", "6" },
        { "{\"var\":\"a.-1\"}", "{\"a\":[5,6]}", "null" },
        { "{\"var\":\"a.18446744073709551616\"}", "{\"a\":[5,6]}", "null" },
        { "{\"var\":\"a.18446744073709551615\"}", "{\"a\":[5,6]}", "null" },
        { "{\"var\":\"a.184467440737095516160\"}", "{\"a\":[5,6]}", "null" },
        { "{\"var\":\"a.92233720368547758080\"}", "{\"a\":[5,6]}", "null" },
        { "{\"var\":\"a.:\"}", "{\"a\":[0,1,2,3,4,5,6,7,8,9,10]}", "null" },
        { "{\"var\":\"a.10\"}", "{\"a\":[0,1,2,3,4,5,6,7,8,9,11]}", "11" },
        { "{\"var\":\"a.1.b\"}", "{\"a\":[{},{\"b\":true}]}", "true" },
        { "{\"var\":\"a.b\"}", "{\"a\":5}", "null" }, { "{\"var\":\"a.b\"}", "{\"a\":true}", "null" },
        { "{\"var\":\"ab\"}", "{\"aa\":1,\"ac\":2,\"bb\":3,\"ab\":4,\"abc\":5}", "4" },
        { "{\"var\":\"\\u00e9 x\"}", "{\"\xc3\xa9 x\":1}", "1" },
    };

    (void)state;
    EXPECT(rows);
}

/* Each value that can be, as a guard, under ! and in and. */
static void
truth(void **state)
{
    static const char *const falsy[] = { "false", "null", "0", "\"\"", "[]", "{}", "0.0", "-0.0" };
    static const char *const truthy[] = { "true", "1", "-1", "\"0\"", "\"false\"", "\" \"", "[0]",
        "[null]", "{\"a\":null}", "9223372036854775807", "2.0" };
    static const char *const neither[] = { "1.5", "-0.25", "1e-300" };
    const char *guard = "{\"if\":[{\"var\":\"x\"},\"then\",\"else\"]}";
    const char *not = "{\"!\":[{\"var\":\"x\"}]}", *and = "{\"and\":[{\"var\":\"x\"},\"more\"]}";

    (void)state;
    for (size_t i = 0; i < COUNT(falsy); i++) {
        const char *data = maker_c_string(maker_print("{\"x\":%s}", falsy[i]));
        const row rows[] = { { guard, data, "\"else\"" }, { not, data, "true" },
                             { and, data, i < 6 ? falsy[i] : "0" } };

        EXPECT(rows);
    }
    for (size_t i = 0; i < COUNT(truthy); i++) {
        const char *data = maker_c_string(maker_print("{\"x\":%s}", truthy[i]));
        const row rows[] = { { guard, data, "\"then\"" }, { not, data, "false" },
                             { and, data, "\"more\"" } };

        EXPECT(rows);
    }
    for (size_t i = 0; i < COUNT(neither); i++) {
        const char *data = maker_c_string(maker_print("{\"x\":%s}", neither[i]));
        const row rows[] = { { guard, data, NULL }, { not, data, NULL }, { and, data, NULL },
                             { "{\"and\":[1,{\"var\":\"x\"}]}", data, NULL } };

        EXPECT(rows);
    }
}

#define NOW "{\"plusTime\":[\"2021-07-01\",0,\"day\"]}"
#define NEVER "{\"plusTime\":[\"2021-02-30\",0,\"day\"]}" /* an error when it is met */

static void
if_and_not(void **state)
{
    static const row rows[] = {
        { "{\"if\":[true,1," NEVER "]}", NULL, "1" }, { "{\"if\":[false," NEVER ",2]}", NULL, "2" },
        { "{\"if\":[" NEVER ",1,2]}", NULL, NULL }, { "{\"if\":[true," NEVER ",2]}", NULL, NULL },
        { "{\"if\":[" NOW ",1,2]}", NULL, NULL }, { "{\"!\":[" NOW "]}", NULL, NULL },
        { "{\"!\":[" NEVER "]}", NULL, NULL },
        { "{\"and\":[true,1]}", NULL, "1" }, { "{\"and\":[[]," NEVER "]}", NULL, "[]" },
        { "{\"and\":[1,2,3,\"x\"]}", NULL, "\"x\"" }, { "{\"and\":[1,0," NEVER "]}", NULL, "0" },
        { "{\"and\":[1," NEVER "]}", NULL, NULL }, { "{\"and\":[" NOW ",1]}", NULL, NULL },
        { "{\"and\":[1," NOW "]}", NULL, NULL }, { "{\"and\":[0," NOW "]}", NULL, "0" },
        { "{\"and\":[{\"var\":\"x\"},1]}", "{\"x\":{}}", "{}" },
    };

    (void)state;
    EXPECT(rows);
}

#define TWO(op, a, b) "{\"" op "\":[" a "," b "]}"
#define X "{\"var\":\"x\"}"
#define Y "{\"var\":\"y\"}"

static void
sameness(void **state)
{
    static const row rows[] = {
        { TWO("===", "1", "1"), NULL, "true" }, { TWO("===", "1", "2"), NULL, "false" },
        { TWO("===", "1", "\"1\""), NULL, "false" }, { TWO("===", "true", "1"), NULL, "false" },
        { TWO("===", "true", "true"), NULL, "true" }, { TWO("===", "true", "false"), NULL, "false" },
        { TWO("===", "\"a\"", "\"a\""), NULL, "true" }, { TWO("===", "\"a\"", "\"A\""), NULL, "false" },
        { TWO("===", "\"ab\"", "\"cb\""), NULL, "false" }, { TWO("===", "\"\"", "\"\""), NULL, "true" },
        { TWO("===", "\"ab\"", "\"ac\""), NULL, "false" }, { TWO("===", "\"a\"", "\"\""), NULL, "false" },
        { TWO("===", "\"\\u00e9\"", "\"e\\u0301\""), NULL, "false" },
        { TWO("===", X, Y), "{}", "true" }, { TWO("===", X, "0"), "{}", "false" },
        { TWO("===", X, "2"), "{\"x\":2.0}", "true" }, { TWO("===", X, Y), "{\"x\":1.5,\"y\":1.5}", "true" },
        { TWO("===", X, Y), "{\"x\":1.5,\"y\":2.5}", "false" }, { TWO("===", X, "1"), "{\"x\":1.5}", "false" },
        { TWO("===", "[1]", "1"), NULL, "false" }, { TWO("===", X, Y), "{\"x\":{},\"y\":[]}", "false" },
        { TWO("===", NOW, "\"2021-07-01\""), NULL, "false" }, { TWO("===", "1", NEVER), NULL, NULL },
        { TWO("===", NEVER, "1"), NULL, NULL },
    };

    (void)state;
    EXPECT(rows);
}

static void
in(void **state)
{
    static const row rows[] = {
        { TWO("in", "\"b\"", "[\"a\",\"b\"]"), NULL, "true" },
        { TWO("in", "\"a\"", "[\"a\",\"b\"]"), NULL, "true" },
        { TWO("in", X, Y), "{\"x\":\"a\",\"y\":[\"a\",\"b\"]}", "true" },
        { TWO("in", "\"c\"", "[\"a\",\"b\"]"), NULL, "false" }, { TWO("in", "1", "[]"), NULL, "false" },
        { TWO("in", "1", "[\"1\"]"), NULL, "false" }, { TWO("in", X, Y), "{\"y\":[1,null]}", "true" },
        { TWO("in", X, Y), "{\"y\":[1]}", "false" }, { TWO("in", X, Y), "{\"y\":[]}", "false" },
        { TWO("in", X, "{\"var\":\"v.s\"}"), "{\"x\":\"DE\",\"v\":{\"s\":[\"AT\",\"BE\",\"DE\"]}}", "true" },
        { TWO("in", X, "{\"var\":\"v.s\"}"), "{\"x\":\"DE\",\"v\":{\"s\":[\"AT\",\"DEE\",\"D\",\"EE\",\"DD\"]}}", "false" },
        { TWO("in", X, Y), "{\"x\":2,\"y\":[1,2.0]}", "true" }, { TWO("in", X, Y), "{\"x\":2,\"y\":[\"2\",[2],{},true]}", "false" },
        { TWO("in", "1", X), "{}", NULL },
        { TWO("in", "\"a\"", "\"abc\""), NULL, NULL }, { TWO("in", "1", "1"), NULL, NULL },
        { TWO("in", "1", NOW), NULL, NULL }, { TWO("in", "1", "[" NEVER "]"), NULL, NULL },
        { TWO("in", NOW, "[1,\"x\"]"), NULL, "false" }, { TWO("in", NOW, "[" NOW "]"), NULL, NULL },
        { TWO("in", "[]", "[1,[]]"), NULL, NULL }, { TWO("in", X, Y), "{\"x\":[],\"y\":[[]]}", NULL },
        { TWO("in", "2", "[1,{\"var\":\"x\"}]"), "{\"x\":2}", "true" },
    };

    (void)state;
    EXPECT(rows);
}

static void
numbers(void **state)
{
    static const row rows[] = {
        { TWO("+", "1", "2"), NULL, "3" }, { TWO("+", X, "2"), "{\"x\":-5}", "-3" },
        { TWO("+", X, "2"), "{\"x\":1.0}", "3" }, { TWO("+", X, "2"), "{\"x\":1.5}", NULL },
        { TWO("+", "\"1\"", "2"), NULL, NULL }, { TWO("+", "2", "true"), NULL, NULL },
        { TWO("+", X, "2"), "{}", NULL }, { TWO("+", "2", NOW), NULL, NULL },
        { TWO("+", "9223372036854775807", "0"), NULL, "9223372036854775807" },
        { TWO("+", "9223372036854775807", "1"), NULL, NULL },
        { TWO("+", "-9223372036854775808", "-1"), NULL, NULL },
        { TWO("+", X, "-1"), "{\"x\":-9223372036854775808}", NULL },
        { TWO("<", "1", "2"), NULL, "true" }, { TWO("<", "2", "2"), NULL, "false" },
        { TWO("<", "3", "2"), NULL, "false" }, { TWO("<=", "2", "2"), NULL, "true" },
        { TWO("<=", "3", "2"), NULL, "false" }, { TWO("<=", "1", "2"), NULL, "true" },
        { TWO(">", "3", "2"), NULL, "true" }, { TWO(">", "2", "2"), NULL, "false" },
        { TWO(">", "1", "2"), NULL, "false" }, { TWO(">=", "2", "2"), NULL, "true" },
        { TWO(">=", "1", "2"), NULL, "false" }, { TWO(">=", "3", "2"), NULL, "true" },
        { TWO("<", "-9223372036854775808", "9223372036854775807"), NULL, "true" },
        { "{\"<\":[1,2,3]}", NULL, "true" }, { "{\"<\":[1,2,2]}", NULL, "false" },
        { "{\"<\":[2,2,3]}", NULL, "false" }, { "{\"<=\":[1,1,1]}", NULL, "true" },
        { "{\">\":[3,2,1]}", NULL, "true" }, { "{\">=\":[3,3,4]}", NULL, "false" },
        { "{\"<\":[2,1,{\"var\":\"x\"}]}", "{}", NULL }, { "{\"<\":[2,1," NEVER "]}", NULL, NULL },
        { TWO("<", "1", X), "{\"x\":null}", NULL }, { TWO("<", "\"1\"", "2"), NULL, NULL },
        { TWO("<", "1", X), "{\"x\":1.5}", NULL }, { TWO("<", NOW, NOW), NULL, NULL },
        { TWO("<", X, "3"), "{\"x\":2.0}", "true" },
        { TWO("+", X, "0"), "{\"x\":9223372036854774784.0}", "9223372036854774784" },
        { TWO("+", X, "0"), "{\"x\":1e19}", NULL }, { X, "{\"x\":1e300}", NULL },
        { X, "{\"x\":-1e300}", NULL }, { X, "{\"x\":-9223372036854775808.0}", "-9223372036854775808" }, { X, "{\"x\":9223372036854775808.0}", NULL },
    };

    (void)state;
    EXPECT(rows);
}

static void
reduce(void **state)
{
#define SUM "{\"+\":[{\"var\":\"accumulator\"},{\"var\":\"current\"}]}"
    static const row rows[] = {
        { "{\"reduce\":[[1,2,3]," SUM ",10]}", NULL, "16" },
        { "{\"reduce\":[" X "," SUM ",10]}", "{\"x\":[4,5]}", "19" },
        { "{\"reduce\":[" X "," NEVER ",\"i\"]}", "{}", "\"i\"" },
        { "{\"reduce\":[" X "," NEVER ",\"i\"]}", "{\"x\":[]}", "\"i\"" },
        { "{\"reduce\":[" X ",1," Y "]}", "{\"y\":[7]}", "[7]" },
        { "{\"reduce\":[" X ",1," NEVER "]}", "{\"x\":[]}", NULL },
        { "{\"reduce\":[" X ",1," NEVER "]}", "{}", NULL },
        { "{\"reduce\":[" X ",1,2]}", "{\"x\":{}}", NULL }, { "{\"reduce\":[\"abc\",1,2]}", NULL, NULL },
        { "{\"reduce\":[0,1,2]}", NULL, NULL }, { "{\"reduce\":[" NOW ",1,2]}", NULL, NULL },
        { "{\"reduce\":[[1],{\"var\":\"x\"},0]}", "{\"x\":5}", "null" },
        { "{\"reduce\":[[1],{\"var\":\"external.validationClock\"},0]}", "{\"external\":{\"validationClock\":1}}", "null" },
        { "{\"reduce\":[[1],{\"var\":\"data.x\"},0]}", "{\"x\":5}", "null" },
        { "{\"reduce\":[[1,2],{\"var\":\"\"},0]}", NULL,
          "{\"accumulator\":{\"accumulator\":0,\"current\":1},\"current\":2}" },
        { "{\"reduce\":[[1,2,3],{\"if\":[true,{\"var\":\"\"},1]},[]]}", NULL,
          "{\"accumulator\":{\"accumulator\":{\"accumulator\":[],\"current\":1},\"current\":2},\"current\":3}" },
        { "{\"reduce\":[[{\"reduce\":[[1],{\"var\":\"\"},0]}],{\"var\":\"current.current\"},0]}", NULL, "1" },
        { "{\"reduce\":[" X ",{\"var\":\"current.a.0\"},0]}", "{\"x\":[{\"a\":[8]}]}", "8" },
        { "{\"reduce\":[[1,2],[{\"var\":\"accumulator\"},{\"var\":\"current\"}],[]]}", NULL, "[[[],1],2]" },
        { "{\"reduce\":[[1],[{\"var\":\"accumulator.1\"},{\"var\":\"accumulator.2\"}],[5,6]]}", NULL, "[6,null]" },
        { "{\"reduce\":[[1,2],{\"if\":[{\"!\":[{\"var\":\"accumulator.1\"}]},[5,{\"var\":\"current\"}],"
          "{\"var\":\"accumulator.1\"}]},[]]}", NULL, "1" },
        { "{\"reduce\":[[1,2],[{\"var\":\"accumulator.length\"},{\"var\":\"accumulator.9\"},{\"var\":\"current.x\"}],[]]}",
          NULL, "[null,null,null]" },
        { "{\"reduce\":[[" NOW "],{\"after\":[{\"var\":\"current\"},{\"dccDateOfBirth\":[\"2020\"]}]},0]}",
          NULL, "true" },
        { "{\"reduce\":[[1,2],{\"var\":\"accumulator\"}," NOW "]}", NULL,
          "{\"$dateTime\":\"2021-07-01T00:00:00.000Z\"}" },
        { "{\"reduce\":[[1,2],{\"+\":[{\"var\":\"accumulator\"},{\"reduce\":[[10,20]," SUM ",{\"var\":\"current\"}]}]},0]}",
          NULL, "63" },
        { "{\"reduce\":[[1,2],{\"if\":[{\"===\":[{\"var\":\"current\"},2]}," NEVER ",0]},0]}", NULL, NULL },
        { "{\"reduce\":[" X ",1,2]}", "{\"x\":[1e300]}", NULL },
        { "{\"!\":[{\"reduce\":[[1],{\"!\":[{\"var\":\"\"}]},0]}]}", NULL, "true" },
    };

    (void)state;
    EXPECT(rows);
}

static void
uvci(void **state)
{
    static const row rows[] = {
        { "{\"extractFromUVCI\":[\"URN:UVCI:01:NL:187/37512422923#X\",0]}", NULL, "\"01\"" },
        { "{\"extractFromUVCI\":[\"URN:UVCI:01:NL:187/37512422923#X\",3]}", NULL, "\"37512422923\"" },
        { "{\"extractFromUVCI\":[\"URN:UVCI:01:NL:187/37512422923#X\",4]}", NULL, "\"X\"" },
        { "{\"extractFromUVCI\":[\"URN:UVCI:01:NL:187/37512422923#X\",5]}", NULL, "null" },
        { "{\"extractFromUVCI\":[\"01:NL\",1]}", NULL, "\"NL\"" },
        { "{\"extractFromUVCI\":[\"a::c/#/f\",1]}", NULL, "\"\"" },
        { "{\"extractFromUVCI\":[\"a::c/#/f\",5]}", NULL, "\"f\"" },
        { "{\"extractFromUVCI\":[\"a::c/#/f\",6]}", NULL, "null" },
        { "{\"extractFromUVCI\":[\"\",0]}", NULL, "\"\"" }, { "{\"extractFromUVCI\":[\"\",1]}", NULL, "null" },
        { "{\"extractFromUVCI\":[\"a\",-1]}", NULL, "null" }, { "{\"extractFromUVCI\":[\"a/\",1]}", NULL, "\"\"" },
        { "{\"extractFromUVCI\":[\"a\",-9223372036854775808]}", NULL, "null" },
        { "{\"extractFromUVCI\":[\"a\",9223372036854775807]}", NULL, "null" },
        { "{\"extractFromUVCI\":[\"a:b\",1.0]}", NULL, "\"b\"" },
        { "{\"extractFromUVCI\":[\"urn:uvci:01\",0]}", NULL, "\"urn\"" },
        { "{\"extractFromUVCI\":[\"URN:UVCI01\",0]}", NULL, "\"URN\"" },
        { "{\"extractFromUVCI\":[\"URN:UVCI:\",0]}", NULL, "\"\"" },
        { "{\"extractFromUVCI\":[\"URN:UVCI:URN:UVCI:x\",0]}", NULL, "\"URN\"" },
        { "{\"extractFromUVCI\":[" X ",0]}", "{}", "null" }, { "{\"extractFromUVCI\":[" X ",-1]}", "{}", "null" },
        { "{\"extractFromUVCI\":[" X ",0]}", "{\"x\":1}", NULL }, { "{\"extractFromUVCI\":[" X ",-1]}", "{\"x\":1}", NULL },
        { "{\"extractFromUVCI\":[[],0]}", NULL, NULL }, { "{\"extractFromUVCI\":[" NEVER ",0]}", NULL, NULL },
    };

    (void)state;
    EXPECT(rows);
}

/* ---- dates ------------------------------------------------------------------------------ */

/* What "plusTime" makes of the text; NULL for an error.  Both read at once and read from data. */
static void
expect_time(const char *text, long long amount, const char *unit, const char *want)
{
    const char *value = want == NULL ? NULL
        : maker_c_string(maker_print("{\"$dateTime\":\"%s\"}", want));
    const char *data = maker_c_string(maker_print("{\"x\":\"%s\"}", text));
    row rows[] = {
        { maker_c_string(maker_print("{\"plusTime\":[\"%s\",%lld,\"%s\"]}", text, amount, unit)),
          NULL, value },
        { maker_c_string(maker_print("{\"plusTime\":[" X ",%lld,\"%s\"]}", amount, unit)), data,
          value },
    };

    EXPECT(rows);
}

static void
dates_that_are_read(void **state)
{
    static const struct {
        const char *text, *want;
    } table[] = {
        { "2021", "2021-12-31T00:00:00.000Z" }, { "2021-02", "2021-02-28T00:00:00.000Z" },
        { "2020-02", "2020-02-29T00:00:00.000Z" }, { "1900-02", "1900-02-28T00:00:00.000Z" },
        { "2000-02", "2000-02-29T00:00:00.000Z" }, { "2021-04", "2021-04-30T00:00:00.000Z" },
        { "2021-12", "2021-12-31T00:00:00.000Z" }, { "0000", "0000-12-31T00:00:00.000Z" },
        { "0000-01-01", "0000-01-01T00:00:00.000Z" }, { "0000-02-29", "0000-02-29T00:00:00.000Z" },
        { "9999-12", "9999-12-31T00:00:00.000Z" }, { "1969-12-31", "1969-12-31T00:00:00.000Z" },
        { "9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z" },
        { "1969-12-31T23:59:59.999", "1969-12-31T23:59:59.999Z" },
        { "2021-01-01T10:11:12", "2021-01-01T10:11:12.000Z" },
        { "2021-01-01T10:11:12Z", "2021-01-01T10:11:12.000Z" },
        { "2021-01-01T10:11:12.1", "2021-01-01T10:11:12.100Z" },
        { "2021-01-01T10:11:12.12Z", "2021-01-01T10:11:12.120Z" },
        { "2021-01-01T10:11:12.1239999999999999999999Z", "2021-01-01T10:11:12.123Z" },
        { "2021-01-01T10:11:12.0009+01:00", "2021-01-01T09:11:12.000Z" },
        { "2021-01-01T10:11:12+1", "2021-01-01T09:11:12.000Z" },
        { "2021-01-01T10:11:12+01", "2021-01-01T09:11:12.000Z" },
        { "2021-01-01T10:11:12+130", "2021-01-01T08:41:12.000Z" },
        { "2021-01-01T10:11:12+0130", "2021-01-01T08:41:12.000Z" },
        { "2021-01-01T10:11:12+1:30", "2021-01-01T08:41:12.000Z" },
        { "2021-01-01T10:11:12-01:30", "2021-01-01T11:41:12.000Z" },
        { "2021-01-01T10:11:12-00:00", "2021-01-01T10:11:12.000Z" },
        { "2021-01-01T10:11:12+01:", "2021-01-01T09:11:12.000Z" },
        { "2021-01-01T10:11:12-1:", "2021-01-01T11:11:12.000Z" },
        { "2021-01-01T00:00:00+23:59", "2020-12-31T00:01:00.000Z" },
        { "2021-01-01T00:00:00-23:59", "2021-01-01T23:59:00.000Z" },
        { "2021-01-01T00:00:00-18:01", "2021-01-01T18:01:00.000Z" },
        { "2020-02-29T23:30:00-02:00", "2020-03-01T01:30:00.000Z" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++)
        expect_time(table[i].text, 0, "day", table[i].want);
}

static void
dates_that_are_not(void **state)
{
    static const char *const table[] = { "", "2", "202", "20211", "2021-", "2021-1", "2021-1-1", "2021-01-",
        "2021-01-1", "2021-01-011", "20210101", "2021/01/01", "2021/01", "2021/01-01", "2021-01/01",
        "2021-01-01T10-11:12Z", "2021-01-01T10:11-12Z", " 2021", "2021 ", "2021-01-01 ", "-2021",
        "+2021", "2021-W01", "2021-001", "12021-01-01", "x021", "2021-0x", "2021-01-0x",
        "2021-00", "2021-13", "2021-01-00", "2021-01-32", "2021-02-29", "2021-02-30", "2021-04-31", "1900-02-29",
        "2021T10:11:12Z", "2021-01T10:11:12Z", "2021-01-01T", "2021-01-01T10", "2021-01-01T10:11",
        "2021-01-01T10:11Z", "2021-01-01T10:11:1", "2021-01-01T1:11:12Z", "2021-01-01 10:11:12Z",
        "2021-01-01t10:11:12Z", "2021-01-01T10:11:12z", "2021-01-01T101112Z", "2021-01-01T10-11-12Z",
        "2021-01-01T24:00:00Z", "2021-01-01T23:60:00Z", "2021-01-01T23:59:60Z", "2021-01-01T25:00:00",
        "2021-02-30T10:11:12Z", "2021-01-01T10:11:12.", "2021-01-01T10:11:12.Z", "2021-01-01T10:11:12,5Z",
        "2021-01-01T10:11:12.5.5Z", "2021-01-01T10:11:12.x", "2021-01-01T10:11:12ZZ", "2021-01-01T10:11:12Z0",
        "2021-01-01T10:11:12Z ", "2021-01-01T10:11:12+", "2021-01-01T10:11:12-", "2021-01-01T10:11:12+:30",
        "2021-01-01T10:11:12+1:3", "2021-01-01T10:11:12+01300", "2021-01-01T10:11:12+01:300",
        "2021-01-01T10:11:12+013:0", "2021-01-01T10:11:12+130:", "2021-01-01T10:11:12+24", "2021-01-01T10:11:12+24:00",
        "2021-01-01T10:11:12-24", "2021-01-01T10:11:12+12:60", "2021-01-01T10:11:12+1260", "2021-01-01T10:11:12 +01:00",
        "2021-01-01T10:11:12+01:x0", "2021-01-01T10:11:12*01:00", "2021-01-01T10:11:12GMT",
        "0000-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01", "2021-01-01\\n", "2021-01-01T10:11:12Z\\n",
        "2021-01-01T10:11:12Z\\u0000", "2021\\u0000", "\xd9\xa2\xd9\xa0\xd9\xa2\xd9\xa1" };

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++)
        expect_time(table[i], 0, "day", NULL);
}

static void
arithmetic(void **state)
{
    static const struct {
        const char *text;
        long long amount;
        const char *unit, *want;
    } table[] = {
        { "2020-01-31", 1, "month", "2020-03-02" }, { "2021-01-31", 1, "month", "2021-03-03" },
        { "2021-03-31", -1, "month", "2021-03-03" }, { "2020-03-31", -1, "month", "2020-03-02" },
        { "2020-02-29", 1, "year", "2021-03-01" }, { "2020-02-29", 4, "year", "2024-02-29" },
        { "2020-02-29", 1, "month", "2020-03-29" }, { "2020-02-29", -1, "year", "2019-03-01" },
        { "2020-02-29", 12, "month", "2021-03-01" }, { "2021-12-31", -1, "month", "2021-12-01" },
        { "2021-12-31", 2, "month", "2022-03-03" }, { "2021-08-31", 1, "month", "2021-10-01" },
        { "2021-01-15", -1, "month", "2020-12-15" }, { "2021-01-15", -13, "month", "2019-12-15" },
        { "2021-12-15", 1, "month", "2022-01-15" }, { "2021-12-31", 0, "month", "2021-12-31" },
        { "2021-06-15", 270, "day", "2022-03-12" }, { "2020-02-28", 2, "day", "2020-03-01" },
        { "2021-01-01", -1, "day", "2020-12-31" }, { "1970-01-01", -719528, "day", "0000-01-01" },
        { "2021-03-28", 24, "hour", "2021-03-29" }, { "2021-03-28", -48, "hour", "2021-03-26" },
        { "2000", 24, "year", "2024-12-31" }, { "2004-02", 18, "year", "2022-03-01" },
        { "0000-01-01", 9999, "year", "9999-01-01" }, { "9999-12-31", -9999, "year", "0000-12-31" },
        { "1970-01-01", 2932896, "day", "9999-12-31" }, { "0001-01-31", -12, "month", "0000-01-31" },
        { "9999-12-31", 1, "day", NULL }, { "0000-01-01", -1, "day", NULL },
        { "9999-12-31", 1, "month", NULL }, { "0000-01-01", -1, "month", NULL },
        { "9999-01-01", 1, "year", NULL }, { "0000-12-31", -1, "year", NULL },
        { "9999-12-31", 23, "hour", "9999-12-31T23:00:00.000Z" }, { "9999-12-31", 24, "hour", NULL },
        { "0000-01-01", -1, "hour", NULL }, { "2021", 9223372036854775807, "day", NULL },
        { "2021", 9223372036854775807, "hour", NULL }, { "2021", 9223372036854775807, "month", NULL },
        { "2021", 9223372036854775807, "year", NULL }, { "2021", -9223372036854775807, "year", NULL },
        { "2021", -9223372036854775807, "month", NULL }, { "2021", 106751991167, "day", NULL },
        { "2021", 768614336404564651, "year", NULL }, { "2021", 4294967296, "year", NULL },
        { "2021", -4294967296, "year", NULL }, { "2021", 51539607552, "month", NULL },
        { "9999-12-31T23:59:59-01:00", -1, "day", "9999-12-31T00:59:59.000Z" },
        { "0000-01-01T00:00:00+01:00", 1, "day", "0000-01-01T23:00:00.000Z" },
        { "2020-02-29T23:30:00-02:00", 1, "year", "2021-03-01T01:30:00.000Z" },
        { "2021-01-31T23:59:59.999Z", 1, "month", "2021-03-03T23:59:59.999Z" },
        { "1969-12-31T23:59:59.999Z", 1, "month", "1970-01-31T23:59:59.999Z" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++)
        expect_time(table[i].text, table[i].amount, table[i].unit,
                    table[i].want == NULL || strlen(table[i].want) > 10 ? table[i].want
                    : maker_c_string(maker_print("%sT00:00:00.000Z", table[i].want)));
}

#define BORN(text) "{\"dccDateOfBirth\":[" text "]}"
#define AT(text) "{\"plusTime\":[\"" text "\",0,\"hour\"]}"
#define DATE(text) "{\"$dateTime\":\"" text "T00:00:00.000Z\"}"

static void
birth_and_order(void **state)
{
    static const row rows[] = {
        { BORN("\"2004\""), NULL, DATE("2004-12-31") }, { BORN("\"2004-02\""), NULL, DATE("2004-02-29") },
        { BORN("\"2004-02-01\""), NULL, DATE("2004-02-01") }, { BORN(X), "{\"x\":\"1964-08\"}", DATE("1964-08-31") },
        { BORN("\"2004-02-01T10:11:12Z\""), NULL, NULL }, { BORN("\"\""), NULL, NULL }, { BORN(X), "{}", NULL },
        { BORN("2004"), NULL, NULL }, { BORN(NOW), NULL, NULL }, { BORN("\"2004-02-30\""), NULL, NULL },
        { BORN("\"2004-13\""), NULL, NULL }, { BORN(X), "{\"x\":\"2004-1\"}", NULL },
        { "{\"plusTime\":[" X ",0,\"day\"]}", "{}", NULL }, { "{\"plusTime\":[" X ",0,\"day\"]}", "{\"x\":{\"y\":1}}", NULL },
        { BORN(X), "{\"x\":[\"2004\"]}", NULL }, { BORN(X), "{\"x\":{}}", NULL }, { "{\"plusTime\":[2021,0,\"day\"]}", NULL, NULL },
        { "{\"plusTime\":[" NOW ",0,\"day\"]}", NULL, NULL }, { "{\"plusTime\":[\"2021\",1.0,\"day\"]}", NULL, DATE("2022-01-01") },
        { TWO("after", AT("2021-01-02"), AT("2021-01-01")), NULL, "true" },
        { TWO("after", AT("2021-01-01"), AT("2021-01-01")), NULL, "false" },
        { TWO("before", AT("2021-01-01"), AT("2021-01-02")), NULL, "true" },
        { TWO("before", AT("2021-01-01"), AT("2021-01-01")), NULL, "false" },
        { TWO("not-after", AT("2021-01-01"), AT("2021-01-01")), NULL, "true" },
        { TWO("not-after", AT("2021-01-02"), AT("2021-01-01")), NULL, "false" },
        { TWO("not-before", AT("2021-01-01"), AT("2021-01-01")), NULL, "true" },
        { TWO("not-before", AT("2021-01-01"), AT("2021-01-02")), NULL, "false" },
        { TWO("before", AT("2021-01-01T00:00:00.000Z"), AT("2021-01-01T00:00:00.001Z")), NULL, "true" },
        { "{\"before\":[" AT("2021-01-01") "," AT("2021-01-02") "," AT("2021-01-03") "]}", NULL, "true" },
        { "{\"before\":[" AT("2021-01-01") "," AT("2021-01-02") "," AT("2021-01-02") "]}", NULL, "false" },
        { "{\"not-after\":[" AT("2021-01-02") "," AT("2021-01-01") "," AT("2021-01-03") "]}", NULL, "false" },
        { TWO("before", AT("2021-01-01"), "\"2021-01-02\""), NULL, NULL },
        { TWO("before", "\"2021-01-01\"", "\"2021-01-02\""), NULL, NULL }, { TWO("before", "1", "2"), NULL, NULL },
        { TWO("after", AT("2021-01-01"), X), "{}", NULL },
        { "{\"after\":[" AT("2021-01-01") "," AT("2021-01-02") "," NEVER "]}", NULL, NULL },
    };

    (void)state;
    EXPECT(rows);
}

/* ---- what engines differ in (certlogic, 12), a row each ------------------------------------ */

static void
differences(void **state)
{
    static const row rows[] = {
        /* month overflow */
        { "{\"plusTime\":[\"2021-01-31\",1,\"month\"]}", NULL, DATE("2021-03-03") },
        /* where month arithmetic happens */
        { "{\"plusTime\":[\"2021-02-28T23:30:00-01:00\",1,\"month\"]}", NULL, "{\"$dateTime\":\"2021-04-01T00:30:00.000Z\"}" },
        /* equal instants, different offsets */
        { TWO("before", AT("2021-01-01T00:00:00Z"), AT("2021-01-01T01:00:00+01:00")), NULL, "false" },
        { TWO("not-before", AT("2021-01-01T00:00:00Z"), AT("2021-01-01T01:00:00+01:00")), NULL, "true" },
        { TWO("after", AT("2021-01-01T01:00:00+01:00"), AT("2021-01-01T00:00:00Z")), NULL, "false" },
        { TWO("not-after", AT("2021-01-01T01:00:00+01:00"), AT("2021-01-01T00:00:00Z")), NULL, "true" },
        /* impossible dates */
        { AT("2021-02-30"), NULL, NULL }, { AT("2021-13"), NULL, NULL }, { AT("2021-01-01T24:00:00Z"), NULL, NULL },
        /* date syntax */
        { AT("2021-01-01 10:11:12Z"), NULL, NULL }, { AT("20210101"), NULL, NULL },
        /* 9999-12 */
        { BORN("\"9999-12\""), NULL, DATE("9999-12-31") },
        /* integer range */
        { TWO("+", "2147483647", "1"), NULL, "2147483648" }, { TWO("+", "9007199254740993", "0"), NULL, "9007199254740993" },
        { TWO("+", "9223372036854775807", "1"), NULL, NULL },
        /* non-integer numbers: neither true nor false */
        { "{\"!\":[" X "]}", "{\"x\":1.5}", NULL }, { TWO("+", X, "1"), "{\"x\":1.5}", NULL },
        /* === and in on arrays, objects and date-times */
        { TWO("===", "[1]", "[1]"), NULL, NULL }, { TWO("===", "[]", X), "{\"x\":[]}", NULL },
        { TWO("===", X, X), "{\"x\":{}}", NULL }, { TWO("===", X, Y), "{\"x\":{\"a\":1},\"y\":{\"a\":2}}", NULL },
        { TWO("===", NOW, NOW), NULL, NULL }, { TWO("in", "[1]", "[[1]]"), NULL, NULL },
        { TWO("in", X, Y), "{\"x\":{},\"y\":[{}]}", NULL }, { TWO("in", NOW, "[" NOW "]"), NULL, NULL },
        /* if with a guard that is neither */
        { "{\"if\":[" NOW ",1,2]}", NULL, NULL }, { "{\"if\":[" X ",1,2]}", "{\"x\":0.5}", NULL },
        /* var: digits on an object, 1x and 1e1 and non-digits on an array, strings, prototypes */
        { "{\"var\":\"x.01\"}", "{\"x\":{\"01\":\"by name\",\"1\":\"by number\"}}", "\"by name\"" },
        { "{\"var\":\"x.01\"}", "{\"x\":{\"1\":\"by number\"}}", "null" },
        { "{\"var\":\"x.1x\"}", "{\"x\":[5,6]}", "null" }, { "{\"var\":\"x.1e1\"}", "{\"x\":[5,6]}", "null" },
        { "{\"var\":\"x. 1\"}", "{\"x\":[5,6]}", "null" }, { "{\"var\":\"x.length\"}", "{\"x\":[5,6]}", "null" },
        { "{\"var\":\"x.sd\"}", "{\"x\":[{\"sd\":1}]}", "null" }, { "{\"var\":\"x.length\"}", "{\"x\":\"abc\"}", "null" },
        { "{\"var\":\"x.0\"}", "{\"x\":\"abc\"}", "null" }, { "{\"var\":\"x.toString\"}", "{\"x\":{}}", "null" },
        /* extractFromUVCI of null */
        { "{\"extractFromUVCI\":[" X ",0]}", "{\"x\":null}", "null" },
        /* in with an object, and with null, on the right */
        { TWO("in", "\"a\"", X), "{\"x\":{\"a\":1}}", NULL }, { TWO("in", "\"a\"", X), "{}", NULL },
    };

    (void)state;
    EXPECT(rows);
}

/* ---- format ---------------------------------------------------------------------------------- */

static void
refused(const char *expression, const char *why)
{
    hp_json *json = load(hp_str_of(expression));
    hp_error error = { "" };

    if (hp_logic_compile(json, &error) != NULL)
        fail_msg("%s is compiled", expression);
    if (strstr(error.text, why) == NULL)
        fail_msg("%s: %s", expression, error.text);
    assert_false(logic_walk_check(json));
    hp_json_free(json);
}

static void
what_is_no_expression(void **state)
{
    static const struct {
        const char *expression, *why;
    } table[] = {
        { "null", "null is no expression" }, { "1.5", "not whole" }, { "1e300", "64 bits" },
        { "9223372036854775808.0", "64 bits" }, { "[1,null]", "at [1]" }, { "{}", "exactly one member" },
        { "{\"+\":[1,2],\"in\":[1,[]]}", "exactly one" }, { "{\"or\":[1,2]}", "unknown operator or" },
        { "{\"==\":[1,2]}", "unknown" }, { "{\"!=\":[1,2]}", "unknown" }, { "{\"!!\":[1]}", "unknown" },
        { "{\"-\":[1,2]}", "unknown" }, { "{\"extractFromUCI\":[\"a\",0]}", "unknown operator extractFromUCI" },
        { "{\"\":[1,2]}", "unknown operator" }, { "{\"IF\":[1,2,3]}", "unknown" }, { "{\"a\\u001b\":[1]}", "unknown operator" },
        { "{\"var\":0}", "var: expected a path" }, { "{\"var\":[\"x\"]}", "a path" }, { "{\"var\":null}", "a path" },
        { "{\"var\":\"a..b\"}", "part of the path is empty" }, { "{\"var\":\".a\"}", "empty" },
        { "{\"var\":\"a.\"}", "empty" }, { "{\"var\":\".\"}", "empty" },
        { "{\"!\":true}", "!: expected an array" }, { "{\"if\":{\"var\":\"a\"}}", "if: expected an array" },
        { "{\"!\":[]}", "expected 1 operand" }, { "{\"!\":[1,2]}", "expected 1 operand" },
        { "{\"if\":[1,2]}", "if: expected 3 operands" }, { "{\"if\":[1,2,3,4]}", "3 operands" },
        { "{\"reduce\":[[],1]}", "3 operands" }, { "{\"reduce\":[[],1,2,3]}", "3 operands" },
        { "{\"and\":[1]}", "and: expected 2 or more operands" }, { "{\"and\":[]}", "2 or more" },
        { "{\"===\":[1]}", "2 operands" }, { "{\"===\":[1,2,3]}", "2 operands" }, { "{\"in\":[1]}", "2 operands" },
        { "{\"in\":[1,[],2]}", "2 operands" }, { "{\"+\":[1]}", "2 operands" }, { "{\"+\":[1,2,3]}", "2 operands" },
        { "{\"<\":[1]}", "2 or 3 operands" }, { "{\">\":[1,2,3,4]}", "2 or 3" }, { "{\"<=\":[1]}", "2 or 3" },
        { "{\">=\":[1]}", "2 or 3" }, { "{\"after\":[1]}", "2 or 3" }, { "{\"before\":[1]}", "2 or 3" },
        { "{\"not-after\":[1]}", "2 or 3" }, { "{\"not-before\":[1,2,3,4]}", "2 or 3" },
        { "{\"plusTime\":[\"2021\",1]}", "3 operands" }, { "{\"plusTime\":[\"2021\",1,\"day\",0]}", "3 operands" },
        { "{\"plusTime\":[\"2021\",\"1\",\"day\"]}", "whole number" }, { "{\"plusTime\":[\"2021\",1.5,\"day\"]}", "whole number" },
        { "{\"plusTime\":[\"2021\",1e19,\"day\"]}", "whole number" }, { "{\"plusTime\":[\"2021\",{\"+\":[1,2]},\"day\"]}", "whole number" },
        { "{\"plusTime\":[\"2021\",1,\"days\"]}", "year, month, day or hour" }, { "{\"plusTime\":[\"2021\",1,\"minute\"]}", "hour" },
        { "{\"plusTime\":[\"2021\",1,\"Day\"]}", "hour" }, { "{\"plusTime\":[\"2021\",1,\"day\\u0000\"]}", "hour" },
        { "{\"plusTime\":[\"2021\",1,1]}", "hour" }, { "{\"plusTime\":[null,1,\"day\"]}", "at plusTime[0]" },
        { "{\"extractFromUVCI\":[\"a\"]}", "2 operands" }, { "{\"extractFromUVCI\":[\"a\",\"0\"]}", "whole number" },
        { "{\"extractFromUVCI\":[\"a\",0,0]}", "2 operands" }, { "{\"extractFromUVCI\":[null,0]}", "at extractFromUVCI[0]" },
        { "{\"dccDateOfBirth\":[]}", "1 operand" }, { "{\"dccDateOfBirth\":[\"2021\",1]}", "1 operand" },
        { "{\"dccDateOfBirth\":\"2021\"}", "an array" },
        { "{\"and\":[{\"if\":[1,2]},1]}", "if: expected 3 operands, at and[0]" },
        { "{\"if\":[false,1,[{\"!\":[]}]]}", "at if[2].[0]" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++)
        refused(table[i].expression, table[i].why);
    hp_logic_free(NULL);
}

/* What is not met is checked all the same, and a date that is no date is no matter of format. */
static void
what_is_one_though(void **state)
{
    static const row rows[] = {
        { "{\"if\":[true,1,{\"dccDateOfBirth\":[\"x\"]}]}", NULL, "1" },
        { "{\"if\":[true,1,{\"+\":[\"a\",true]}]}", NULL, "1" },
        { "{\"and\":[0,{\"in\":[1,1]}]}", NULL, "0" },
    };

    (void)state;
    EXPECT(rows);
}

/* depth times head, the middle, and depth times tail. */
static hp_str
nested(size_t depth, hp_str head, hp_str middle, hp_str tail)
{
    hp_str text = middle;

    while (depth-- > 0)
        text = MAKER_JOIN(head, text, tail);
    return text;
}

static void
depth_is_limited(void **state)
{
    static const char *const heads[] = { "{\"!\":[", "[", "{\"and\":[1,", "{\"if\":[true,0," };
    static const char *const tails[] = { "]}", "]", "]}", "]}" };

    (void)state;
    for (size_t i = 0; i < COUNT(heads); i++) {
        for (size_t deep = HP_LOGIC_DEPTH - 1; deep <= HP_LOGIC_DEPTH + 1; deep++) {
            hp_str text = nested(deep, hp_str_of(heads[i]), HP_STR("{\"var\":\"x\"}"),
                                 hp_str_of(tails[i]));

            if (deep <= HP_LOGIC_DEPTH)
                hp_logic_free(compile(text));
            else
                refused(maker_c_string(text), "in one another");
        }
    }
    refused(maker_c_string(nested(1000, HP_STR("["), HP_STR(""), HP_STR("]"))), "in one another");
    expect_of(nested(HP_LOGIC_DEPTH, HP_STR("{\"!\":["), HP_STR("true"), HP_STR("]}")),
              HP_STR("{}"), HP_STR("true"));
}

static void
size_is_limited(void **state)
{
    (void)state;
    for (int over = -1; over <= 1; over++) {
        size_t n = HP_LOGIC_BYTES - strlen("[[\"\"],1]") - 1 + (size_t)(over + 1);
        hp_str text = MAKER_JOIN(HP_STR("[ [\""), maker_fill(n, 'x'), HP_STR("\" ], 1]"));

        if (over <= 0)
            hp_logic_free(compile(text));
        else
            refused(maker_c_string(text), "longer than 65536 bytes");
    }
}

/* Nodes: a list, reduce, its array and initial value, and three for each item. */
static void
steps_are_limited(void **state)
{
    const size_t items = (HP_LOGIC_STEPS - 4) / 3, room = 64 * (items + 2);
    const char *sum = "{\"reduce\":[{\"var\":\"\"},{\"+\":[{\"var\":\"accumulator\"},1]},0]}";
    uint8_t *memory = malloc(room);
    hp_arena arena = hp_arena_over(memory, room);
    hp_json *json;
    hp_str text = { malloc(2 * items + 1), 2 * items + 1 };
    const hp_node *data;
    hp_error error;

    (void)state;
    assert_non_null(memory);
    assert_non_null(text.p);
    for (size_t i = 0; i < items; i++)
        memcpy((uint8_t *)(uintptr_t)text.p + 2 * i, i == 0 ? "[1" : ",1", 2);
    memcpy((uint8_t *)(uintptr_t)text.p + 2 * items, "]", 1);
    json = hp_json_load_data(text, text.n, &error);
    assert_non_null(json);
    assert_true(hp_json_node(json, &arena, &data));
    assert_int_equal(4 + 3 * items, HP_LOGIC_STEPS);
    assert_string_equal(evaluated(maker_print("[%s]", sum), data), "[[333332]]\n");
    assert_string_equal(evaluated(maker_print("[%s,1]", sum), data), "error\n");
    hp_json_free(json);
    free((void *)(uintptr_t)text.p);
    free(memory);
}

/* 800 x 800 goes past the bound, 400 x 400 does not; neither takes more of the arena. */
static void
nested_reduce_is_limited(void **state)
{
    static uint8_t memory[1 << 17];

    (void)state;
    for (size_t items = 400; items <= 800; items += 400) {
        hp_str list = MAKER_JOIN(HP_STR("[0"), nested(items - 1, HP_STR(",0"), HP_STR(""), HP_STR("")),
                                 HP_STR("]"));
        hp_arena arena = hp_arena_over(memory, sizeof(memory));
        hp_json *json = load(MAKER_JOIN(HP_STR("{\"l\":"), list, HP_STR("}")));
        const hp_node *data;
        const char *line;

        assert_true(hp_json_node(json, &arena, &data));
        line = evaluated(MAKER_JOIN(HP_STR("{\"reduce\":[{\"var\":\"l\"},{\"+\":[{\"var\":\"accumulator\"},"
            "{\"reduce\":["), list, HP_STR(",{\"+\":[{\"var\":\"accumulator\"},1]},0]}]},0]}")), data);
        assert_string_equal(line, items == 400 ? "[160000]\n" : "error\n");
        hp_json_free(json);
    }
}

/* What lies far in a list, and a long text that is taken apart, cost more than one step. */
static void
long_ways_cost_steps(void **state)
{
    static const struct {
        const char *probe;
        size_t few, many; /* items, each of which goes the way once */
    } ways[] = {
        { "{\"===\":[{\"var\":\"accumulator.l.8191\"},0]}", 1800, 2100 }, /* 511 steps */
        { "{\"extractFromUVCI\":[{\"var\":\"accumulator.t\"},0]}", 900, 1100 }, /* 1024 */
    };
    static uint8_t memory[1 << 21];
    hp_arena arena = hp_arena_over(memory, sizeof(memory));
    hp_json *json = load(MAKER_JOIN(HP_STR("{\"l\":[0"),
        nested(8191, HP_STR(",0"), HP_STR(""), HP_STR("")), HP_STR("],\"t\":\""), maker_fill(65536, 'x'),
        HP_STR("\"}")));
    const hp_node *data;

    (void)state;
    assert_true(hp_json_node(json, &arena, &data));
    for (size_t i = 0; i < 2 * COUNT(ways); i++) {
        size_t items = i % 2 == 0 ? ways[i / 2].few : ways[i / 2].many;
        hp_str list = MAKER_JOIN(HP_STR("[0"),
            nested(items - 1, HP_STR(",0"), HP_STR(""), HP_STR("")), HP_STR("]"));

        assert_string_equal(evaluated(MAKER_JOIN(HP_STR("{\"!\":[{\"reduce\":["), list,
            maker_print(",{\"if\":[%s,{\"var\":\"accumulator\"},{\"var\":\"accumulator\"}]},{\"var\":\"\"}]}]}",
                ways[i / 2].probe)), data), i % 2 == 0 ? "[false]\n" : "error\n");
    }
    hp_json_free(json);
}

/* What a lambda takes of the arena goes back, unless the accumulator lies there. */
static void
reduce_gives_back(void **state)
{
    const size_t items = 3000, room = 64 * (items + 2);
    uint8_t *memory = malloc(room);
    hp_arena arena = hp_arena_over(memory, room);
    hp_json *json = load(MAKER_JOIN(HP_STR("[2"),
        nested(items - 1, HP_STR(",2"), HP_STR(""), HP_STR("")), HP_STR("]")));
    const hp_node *data;

    (void)state;
    assert_non_null(memory);
    assert_true(hp_json_node(json, &arena, &data));
    assert_true(items * 2 * sizeof(hp_value) > ROOM);
    assert_string_equal(evaluated(HP_STR("{\"reduce\":[{\"var\":\"\"},"
        "{\"in\":[2,[1,{\"var\":\"current\"}]]},0]}"), data), "[true]\n");
    hp_json_free(json);
    free(memory);
}

/* Searching a list is work, too: 16 of its items are a step. */
static void
long_lists_are_limited(void **state)
{
    static uint8_t memory[1 << 18];

    (void)state;
    for (size_t items = 1900; items <= 4000; items += 2100) {
        hp_str list = MAKER_JOIN(HP_STR("[0"), nested(items - 1, HP_STR(",0"), HP_STR(""), HP_STR("")),
                                 HP_STR("]"));
        hp_arena arena = hp_arena_over(memory, sizeof(memory));
        hp_json *json = load(list);
        const hp_node *data;

        assert_true(hp_json_node(json, &arena, &data));
        assert_string_equal(evaluated(MAKER_JOIN(HP_STR("{\"reduce\":[{\"var\":\"\"},{\"in\":[1,"), list,
            HP_STR("]},0]}")), data), items == 1900 ? "[false]\n" : "error\n");
        hp_json_free(json);
    }
}

/* ---- data and memory ---------------------------------------------------------------------------- */

static void
nul_in_texts(void **state)
{
    static const row rows[] = {
        { TWO("===", "\"a\\u0000b\"", X), "{\"x\":\"a\\u0000b\"}", "true" },
        { TWO("===", "\"a\\u0000b\"", X), "{\"x\":\"a\\u0000c\"}", "false" },
        { TWO("===", "\"a\\u0000b\"", X), "{\"x\":\"a\"}", "false" },
        { TWO("in", "\"a\"", "[\"a\\u0000b\"]"), NULL, "false" },
        { "{\"if\":[\"\\u0000\",1,2]}", NULL, "1" }, { "\"\\u0000\"", NULL, "\"\\u0000\"" },
        { "{\"var\":\"a\\u0000b\"}", "{\"a\":1}", "null" }, { "{\"var\":\"a\\u0000\"}", "{\"a\":1}", "null" },
        { "{\"extractFromUVCI\":[\"a\\u0000:b\",0]}", NULL, "\"a\\u0000\"" },
    };
    hp_error error;

    (void)state;
    EXPECT(rows);
    assert_null(hp_json_load_data(HP_STR("{\"a\\u0000\":1}"), ROOM, &error));
    assert_null(hp_json_load_list(HP_STR("[\"a\\u0000\"]"), ROOM, &error));
    assert_null(hp_json_load_data(HP_STR("{\"a\":1,\"a\":1}"), ROOM, &error));
    assert_null(hp_json_load_data(HP_STR("9223372036854775808"), ROOM, &error));
}

/* A pass comes as CBOR, which has more kinds. */
static void
data_of_cbor(void **state)
{
    static const struct {
        const char *expression, *hex, *line;
    } table[] = {
        { X, "a1617801", "[1]\n" }, { X, "a1617820", "[-1]\n" }, { X, "a16178f5", "[true]\n" },
        { X, "a16178f7", "[null]\n" }, { X, "a16178f6", "[null]\n" },
        { X, "a161781b7fffffffffffffff", "[9223372036854775807]\n" },
        { X, "a161783b7fffffffffffffff", "[-9223372036854775808]\n" },
        { X, "a161781b8000000000000000", "error\n" }, { X, "a161783b8000000000000000", "error\n" },
        { X, "a1617843010203", "error\n" }, { "{\"var\":\"x.0\"}", "a1617843010203", "[null]\n" },
        { X, "a16178fb4000000000000000", "[2]\n" }, { X, "a16178fb3ff8000000000000", "[1.5]\n" },
        { "{\"!\":[" X "]}", "a16178f97e00", "error\n" }, { "{\"!\":[" X "]}", "a16178f97c00", "error\n" },
        { TWO("===", X, X), "a16178f97e00", "[false]\n" }, { X, "a16178f97e00", "[null]\n" },
        { X, "a16178f97c00", "error\n" }, { X, "a16178f9fc00", "error\n" },
        { X, "a16178c06161", "[\"a\"]\n" }, { "{\"var\":\"x.y\"}", "a16178c1a1617905", "[5]\n" },
        { "{\"var\":\"x.1\"}", "a16178c1820102", "[2]\n" }, { "{\"var\":\"x.1\"}", "a16178a10105", "[null]\n" },
        { TWO("in", "\"b\"", X), "a1617882c061616162", "[true]\n" },
        { TWO("in", "\"a\"", X), "a1617882c061616162", "[true]\n" },
        { TWO("in", "\"b\"", X), "a161788241006162", "error\n" },
        { TWO("in", "\"b\"", X), "a161788261624100", "[true]\n" },
        { "{\"var\":\"\"}", "4100", "error\n" }, { X, "4100", "[null]\n" },
        { "{\"plusTime\":[" X ",1,\"day\"]}", "a16178c06a323032312d30312d3031",
          "[{\"$dateTime\":\"2021-01-02T00:00:00.000Z\"}]\n" },
    };
    static uint8_t room[ROOM];

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        hp_arena arena = hp_arena_over(room, sizeof(room));
        const hp_node *data = hp_cbor_read(maker_hex(table[i].hex), &arena);

        assert_non_null(data);
        if (strcmp(evaluated(hp_str_of(table[i].expression), data), table[i].line) != 0)
            fail_msg("%s over %s is %s", table[i].expression, table[i].hex,
                     evaluated(hp_str_of(table[i].expression), data));
    }
    assert_string_equal(evaluated(HP_STR("{\"var\":\"a.b\"}"), NULL), "[null]\n");
}

static void
an_arena_that_is_full(void **state)
{
    hp_logic *list = compile(HP_STR("[{\"var\":\"x\"},[{\"var\":\"x\"}]]"));
    hp_logic *lent = compile(HP_STR("{\"reduce\":[[1],{\"var\":\"\"},0]}"));
    static alignas(max_align_t) uint8_t room[256];
    hp_value value;

    (void)state;
    for (size_t n = 0; n < sizeof(room); n++) {
        hp_arena arena = hp_arena_over(room, n);
        bool good = hp_logic_eval(list, NULL, &arena, &value);

        assert_int_equal(good, n >= 3 * sizeof(value));
        assert_int_equal(arena.full, !good);
        arena = hp_arena_over(room, n);
        good = hp_logic_eval(lent, NULL, &arena, &value);
        assert_int_equal(good, n >= 2 * sizeof(value));
        assert_int_equal(arena.full, !good);
    }
    hp_logic_free(list);
    hp_logic_free(lent);
}

/* A document's tree in any room that is too small. */
static void
a_tree_needs_room(void **state)
{
    hp_json *json = load(HP_STR("{\"a\":[1,-1,1.5,null,true,false,\"x\\u0000\"],\"b\":{\"c\":{}}}"));
    static uint8_t room[4096];
    const hp_node *node = NULL;
    size_t n = 0;
    bool good;

    (void)state;
    do {
        hp_arena arena = hp_arena_over(room, n++);

        good = hp_json_node(json, &arena, &node);
        assert_int_equal(good, !arena.full);
        assert_int_equal(good, node != NULL);
    } while (!good);
    assert_int_equal(node->count, 2);
    assert_string_equal(evaluated(HP_STR("{\"var\":\"\"}"), node),
        "[{\"a\":[1,-1,1.5,null,true,false,\"x\\u0000\"],\"b\":{\"c\":{}}}]\n");
    hp_json_free(json);
}

static void
no_memory(void **state)
{
    hp_json *json = load(HP_STR("{\"in\":[{\"var\":\"a.b\"},[\"x\",\"y\"]]}"));
    hp_error error;

    (void)state;
    for (size_t n = 1; n <= 2; n++) {
        alloc_start(n);
        assert_null(hp_logic_compile(json, &error));
        assert_string_equal(error.text, "out of memory");
    }
    alloc_start(3);
    hp_logic_free(hp_logic_compile(json, &error));
    assert_int_equal(alloc_calls(), 2);
    alloc_start(0);
    hp_json_free(json);
}

/* What an expression piles up may be nested deeper than can be printed. */
static void
values_too_deep_to_print(void **state)
{
    static uint8_t room[ROOM];

    (void)state;
    for (size_t items = HP_VALUE_JSON_DEPTH - 2; items <= HP_VALUE_JSON_DEPTH; items++) {
        hp_json *json = load(MAKER_JOIN(HP_STR("[1"),
            nested(items - 1, HP_STR(",1"), HP_STR(""), HP_STR("")), HP_STR("]")));
        hp_arena arena = hp_arena_over(room, sizeof(room));
        const hp_node *data;
        bool shown;

        assert_true(hp_json_node(json, &arena, &data));
        shown = strcmp(evaluated(HP_STR("{\"reduce\":[{\"var\":\"\"},[{\"var\":\"accumulator\"}],0]}"),
                                 data), "error\n") != 0;
        assert_int_equal(shown, items < HP_VALUE_JSON_DEPTH);
        hp_json_free(json);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(literals),
    cmocka_unit_test(var),
    cmocka_unit_test(truth),
    cmocka_unit_test(if_and_not),
    cmocka_unit_test(sameness),
    cmocka_unit_test(in),
    cmocka_unit_test(numbers),
    cmocka_unit_test(reduce),
    cmocka_unit_test(uvci),
    cmocka_unit_test(dates_that_are_read),
    cmocka_unit_test(dates_that_are_not),
    cmocka_unit_test(arithmetic),
    cmocka_unit_test(birth_and_order),
    cmocka_unit_test(differences),
    cmocka_unit_test(what_is_no_expression),
    cmocka_unit_test(what_is_one_though),
    cmocka_unit_test(depth_is_limited),
    cmocka_unit_test(size_is_limited),
    cmocka_unit_test(steps_are_limited),
    cmocka_unit_test(nested_reduce_is_limited),
    cmocka_unit_test(long_ways_cost_steps),
    cmocka_unit_test(reduce_gives_back),
    cmocka_unit_test(long_lists_are_limited),
    cmocka_unit_test(nul_in_texts),
    cmocka_unit_test(data_of_cbor),
    cmocka_unit_test(an_arena_that_is_full),
    cmocka_unit_test(a_tree_needs_room),
    cmocka_unit_test(no_memory),
    cmocka_unit_test(values_too_deep_to_print),
};

UNIT_MAIN(tests)
