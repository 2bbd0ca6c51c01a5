/*
 * CertLogic on the suite of its makers, on random expressions, and on the rules of countries.
 * These are no part of this project: HEALTHPASS_TESTDATA names the folder that holds certlogic/
 * and rules/.
 */
#include "unit.h"

#include "base/file.h"
#include "codec/json_node.h"
#include "logic_walk.h"
#include "maker.h"
#include "rules/value_json.h"

#include <glob.h>
#include <stdlib.h>
#include <unistd.h>

#define ROOM ((size_t)1 << 20)

static size_t judged; /* what was compared in this test */

static const char *
path_of(const char *name)
{
    return maker_c_string(maker_print("%s/%s", UNIT_DATA, name));
}

static hp_json *
load(hp_str text)
{
    hp_error error = { "" };
    hp_json *json = hp_json_load_data(text, ROOM, &error);

    if (json == NULL)
        fail_msg("%s", error.text);
    return json;
}

static hp_json *
load_file(const char *path)
{
    hp_error error = { "" };
    hp_bytes bytes;
    hp_json *json;

    if (!hp_file_read(path, 0, ROOM, &bytes, NULL, &error))
        fail_msg("%s", error.text);
    json = load((hp_str){ bytes.p, bytes.n });
    hp_bytes_free(&bytes);
    return json;
}

static void
for_each(const char *pattern, void (*call)(const char *path))
{
    glob_t found;

    assert_int_equal(glob(path_of(pattern), 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++)
        call(found.gl_pathv[i]);
    globfree(&found);
}

/* ---- comparing ---------------------------------------------------------------------- */

/* {"value": it}, or {"error": true}; ends it. */
static const char *
line_of(hp_json *json)
{
    hp_json *outer = hp_json_object();
    char *text = NULL;
    size_t n = 0;
    FILE *to = open_memstream(&text, &n);
    const char *line;

    assert_non_null(to);
    if (json != NULL)
        hp_json_set(outer, "value", json);
    else
        hp_json_set_bool(outer, "error", true);
    assert_true(hp_json_print(outer, to));
    assert_int_equal(fclose(to), 0);
    line = maker_c_string((hp_str){ (const uint8_t *)text, n });
    free(text);
    hp_json_free(outer);
    return line;
}

static hp_json *
copy(const hp_json *json)
{
    static uint8_t room[ROOM];
    hp_arena arena = hp_arena_over(room, sizeof(room));
    const hp_node *node;
    hp_value value;

    assert_true(hp_json_node(json, &arena, &node));
    assert_true(hp_value_of(node, &value));
    return hp_value_json(&value);
}

/* Evaluates, compiled and plainly; want is borrowed, NULL for an error. */
static void
compare(const hp_json *expression, const hp_json *data, const hp_json *want, const char *which)
{
    static uint8_t room[ROOM];
    hp_arena arena = hp_arena_over(room, sizeof(room));
    hp_error error = { "" };
    hp_logic *logic = hp_logic_compile(expression, &error);
    const char *wanted = line_of(want == NULL ? NULL : copy(want)), *got;
    const hp_node *node = NULL;
    size_t steps = HP_LOGIC_STEPS;
    hp_value value;

    if (logic == NULL)
        fail_msg("%s: %s", which, error.text);
    assert_true(data == NULL || hp_json_node(data, &arena, &node));
    got = line_of(hp_logic_eval(logic, node, &arena, &value) ? hp_value_json(&value) : NULL);
    if (strcmp(got, wanted) != 0)
        fail_msg("%s: %s", which, got);
    got = line_of(logic_walk(expression, data, &steps));
    if (strcmp(got, wanted) != 0)
        fail_msg("%s: the plain walk says %s", which, got);
    hp_logic_free(logic);
    judged++;
}

/* ---- the suite of the makers ------------------------------------------------------------ */

static bool
skipped(const hp_json *json)
{
    return hp_json_is(hp_json_get(json, "directive"), "skip");
}

static void
run_case(const hp_json *one, const char *path)
{
    const hp_json *assertions = hp_json_get(one, "assertions");

    for (size_t i = 0; !skipped(one) && i < hp_json_count(assertions); i++) {
        const hp_json *a = hp_json_at(assertions, i);
        const hp_json *own = hp_json_get(a, "certLogicExpression");

        if (!skipped(a))
            compare(own != NULL ? own : hp_json_get(one, "certLogicExpression"),
                    hp_json_get(a, "data"), hp_json_get(a, "expected"), path);
    }
}

static void
run_suite(const char *path)
{
    hp_json *suite = load_file(path);
    const hp_json *cases = hp_json_get(suite, "cases");

    for (size_t i = 0; !skipped(suite) && i < hp_json_count(cases); i++)
        run_case(hp_json_at(cases, i), path);
    hp_json_free(suite);
}

static void
the_suite(void **state)
{
    (void)state;
    judged = 0;
    for_each("certlogic/testSuite/*.json", run_suite);
    assert_int_equal(judged, 124);
}

static void
run_format(const char *path)
{
    hp_json *suite = load_file(path);
    const hp_json *cases = hp_json_get(suite, "cases");

    for (size_t i = 0; i < hp_json_count(cases); i++) {
        const hp_json *one = hp_json_at(cases, i);
        const hp_json *expression = hp_json_get(one, "certLogicExpression");
        bool good = hp_json_count(hp_json_get(one, "issues")) == 0;
        hp_error error = { "" };
        hp_logic *logic = hp_logic_compile(expression, &error);

        if ((logic != NULL) != good || logic_walk_check(expression) != good)
            fail_msg("%s: case %zu: %s", path, i, error.text);
        hp_logic_free(logic);
        judged++;
    }
    hp_json_free(suite);
}

static void
the_format_suite(void **state)
{
    (void)state;
    judged = 0;
    for_each("certlogic/validation-testSuite/*.json", run_format);
    assert_int_equal(judged, 12);
}

static void
random_expressions(void **state)
{
    FILE *from = fopen(path_of("certlogic/random-dev.jsonl"), "r");
    char *line = NULL;
    size_t room = 0;
    ssize_t n;

    (void)state;
    judged = 0;
    assert_non_null(from);
    while ((n = getline(&line, &room, from)) > 0) {
        hp_json *json = load((hp_str){ (const uint8_t *)line, (size_t)n });

        compare(hp_json_get(json, "expr"), hp_json_get(json, "data"), hp_json_get(json, "value"),
                maker_c_string(maker_print("line %zu", judged + 1)));
        hp_json_free(json);
    }
    free(line);
    (void)fclose(from);
    assert_int_equal(judged, 300);
}

/* ---- rules of countries ------------------------------------------------------------------ */

static hp_json *sets; /* what "@vs-a" stands for */

/* The test's external, with the value sets in place. */
static hp_json *
external_of(const hp_json *test)
{
    hp_json *external = copy(hp_json_get(test, "external"));

    if (hp_json_is(hp_json_get(external, "valueSets"), "@vs-a"))
        hp_json_set(external, "valueSets", copy(sets));
    return external;
}

static void
run_rule(const char *path)
{
    hp_json *rule = load_file(path);
    hp_json *tests = load_file(maker_c_string(maker_replace(hp_str_of(path), HP_STR("rule.json"),
                                                            HP_STR("tests.json"))));

    for (size_t i = 0; i < hp_json_count(tests); i++) {
        const hp_json *test = hp_json_at(tests, i), *payload = hp_json_get(test, "payload");
        hp_json *data = hp_json_object();

        if (payload != NULL)
            hp_json_set(data, "payload", copy(payload));
        hp_json_set(data, "external", external_of(test));
        compare(hp_json_get(rule, "Logic"), data, hp_json_get(test, "expected"), path);
        hp_json_free(data);
    }
    hp_json_free(rule);
    hp_json_free(tests);
}

static void
rules_of_countries(void **state)
{
    (void)state;
    judged = 0;
    sets = load_file(path_of("rules/valuesets/vs-a.json"));
    for_each("rules/testdata/*/*/rule.json", run_rule);
    hp_json_free(sets);
    assert_int_equal(judged, 689);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_suite),
    cmocka_unit_test(the_format_suite),
    cmocka_unit_test(random_expressions),
    cmocka_unit_test(rules_of_countries),
};

UNIT_MAIN_OF_DATA("certlogic", tests, NULL, NULL)
