/* Foreign JSON: the grammar of RFC 8259 to the letter, every cap one below and one above. */
#include "unit.h"

#include "codec/jscan.h"
#include "maker.h"

static uint8_t buffer[2 * 1024 * 1024];

static bool
scan_in(hp_str in, size_t memory, hp_arena *arena, const hp_node **root)
{
    *arena = hp_arena_over(buffer, memory);
    return hp_jscan(guard_end(in), arena, root);
}

static const hp_node *
scan(hp_str in)
{
    const hp_node *root = NULL;
    hp_arena arena;
    bool good = scan_in(in, sizeof(buffer), &arena, &root);

    assert_int_equal(good, root != NULL);
    assert_false(arena.full);
    return root;
}

/* ---- grammar -------------------------------------------------------------- */

static const char *const good[] = {
    "null", " true ", "\t\r\nfalse\n", "0", "-0", "10", "-1", "1.5", "1e5", "1E+5", "1e-5", "1.0e00",
    "0e1", "\"\"", "\"a\"", "\"\\u00e9\"", "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\x7f\"", "[]", "[ ]",
    "{}", "{ }", "[1]", "[1,2]", " [ 1 , 2 ] ", "[[],[]]", "[[[]]]", "[{}]", "{\"a\":1}",
    "{ \"a\" : 1 , \"b\" : [ ] }", "{\"\":0}", "{\"a\":{\"a\":1},\"b\":{\"a\":1}}",
    "\"\\uD834\\uDD1E\"", "\"\\uDBFF\\uDFFF\"", "[\"\xC3\xA9\xE2\x82\xAC\xF0\x9D\x84\x9E\"]",
    "[0,0.1,-0.1]", "[null,true,false]", "\"\\\\u0000\"",
};

static const char *const bad[] = {
    "", " ", ",", ":", "nul", "nulll", "True", "tru", "NaN", "Infinity", "-Infinity", "undefined",
    "'a'", "a", "\"", "\"a", "a\"", "\"\\\"", "\"\\", "\"\\a\"", "\"\\x41\"", "\"\\'\"", "\"\\0\"",
    "\"\\u\"", "\"\\u12\"", "\"\\u12G4\"", "\"\\u 123\"", "\"\\u00\"", "\"\\U0041\"",
    "\"\\u0000\"", "\"\\uD834\"", "\"\\uDD1E\"", "\"\\uD834\\u0041\"", "\"\\uD834x\"",
    "\"\\uD834\\n\"", "\"\\uDD1E\\uD834\"", "\"\\uD834\\uD834\"", "\"\t\"", "\"\n\"", "\"\x1f\"",
    "\"\xff\"", "\"\xC0\x80\"", "\"\xED\xA0\x80\"", "\"\xF4\x90\x80\x80\"", "\"\xE2\x82\"",
    "\xEF\xBB\xBF{}", "\xC2\xA0{}", "\f[]", "\v[]",
    "+1", "01", "-01", "00", "-", "--1", "1.", ".5", "-.5", "1.e1", "1e", "1e+", "1e-", "1e1.5",
    "1 2", "0x10", "1_000", "1a", "-a", "1e400", "-1e400", "1e99999999999999999999", "2.", "1.2.3",
    "[", "]", "[1", "[1,", "[1,]", "[,1]", "[,]", "[1,,2]", "[1 2]", "[1:2]", "[1}", "[\"a\" \"b\"]",
    "[[]", "[]]", "[][]", "[] 1", "[],", "{", "}", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,",
    "{\"a\":1,}", "{,}", "{,\"a\":1}", "{\"a\"}", "{\"a\":}", "{:1}", "{\"a\" 1}", "{\"a\",1}",
    "{\"a\":1 \"b\":2}", "{\"a\":1,,\"b\":2}", "{\"a\"::1}", "{\"a\":1:2}", "{\"a\":1]", "{a:1}",
    "{'a':1}", "{1:1}", "{null:1}", "{[]:1}", "{\"a\":1}}", "{\"a\":1}{}", "{\"a\":1,\"a\":1}",
    "{\"a\":1,\"b\":2,\"\\u0061\":3}", "{\"a\":{},\"a\":[]}", "[{\"b\":1,\"b\":1}]",
    "// c\n1", "/* c */ 1", "1 # c", "[1]//", "{\"a\":b}", "[\"a\",\n4\n,1,", "*", "\\u005B]",
    "[1,\n]", "[-]", "[- 1]", "[1.]", "\"a\":1", "[\"a\":1]", "{\"a\":1,2}", "{\"a\":\"b\"c}",
};

static void
what_the_grammar_allows(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        if (scan(hp_str_of(good[i])) == NULL)
            fail_msg("refused: %s", good[i]);
    }
}

static void
what_it_does_not(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        if (scan(hp_str_of(bad[i])) != NULL)
            fail_msg("taken: %s", bad[i]);
    }
    assert_null(scan((hp_str){ (const uint8_t *)"1\0", 2 }));
    assert_null(scan((hp_str){ (const uint8_t *)"\"a\0b\"", 5 }));
    assert_null(scan((hp_str){ (const uint8_t *)"\"\\\0\"", 4 }));
    assert_null(scan((hp_str){ NULL, 0 }));
}

/* What is cut anywhere is no JSON any more: it would be another document. */
static void
every_cut_is_seen(void **state)
{
    hp_str whole = HP_STR("{\"a\":[1,2.5,{\"b\":null}],\"c\":\"\\uD834\\uDD1E\",\"d\":true}");

    (void)state;
    assert_non_null(scan(whole));
    for (size_t n = 0; n < whole.n; n++)
        assert_null(scan((hp_str){ whole.p, n }));
}

/* ---- values --------------------------------------------------------------- */

static void
numbers(void **state)
{
    static const struct {
        const char *text;
        hp_node_kind kind;
        double value;
    } table[] = {
        { "0", HP_NODE_UINT, 0 }, { "-0", HP_NODE_UINT, 0 }, { "7", HP_NODE_UINT, 7 },
        { "-7", HP_NODE_NEGINT, -7 }, { "18446744073709551615", HP_NODE_UINT, 18446744073709551615.0 },
        { "18446744073709551616", HP_NODE_REAL, 18446744073709551616.0 },
        { "-18446744073709551615", HP_NODE_NEGINT, -18446744073709551615.0 },
        { "123456789012345678901234567890", HP_NODE_REAL, 123456789012345678901234567890.0 },
        { "1687450764.656", HP_NODE_REAL, 1687450764.656 }, { "1.0", HP_NODE_REAL, 1 },
        { "1e3", HP_NODE_REAL, 1000 }, { "-2.5E-1", HP_NODE_REAL, -0.25 }, { "0.1", HP_NODE_REAL, 0.1 },
        { "0.000001", HP_NODE_REAL, 1e-6 }, { "1e308", HP_NODE_REAL, 1e308 },
        { "1.7976931348623157e308", HP_NODE_REAL, 1.7976931348623157e308 },
        { "4190989.36399677", HP_NODE_REAL, 4190989.36399677 }, { "1e22", HP_NODE_REAL, 1e22 },
        { "9007199254740991e-22", HP_NODE_REAL, 9007199254740991e-22 },
        { "1e-400", HP_NODE_REAL, 0 }, { "0e999999999999", HP_NODE_REAL, 0 },
        { "5e-324", HP_NODE_REAL, 5e-324 },
        { "0.30000000000000004440892098500626", HP_NODE_REAL, 0.30000000000000004 },
        { "100000000000000000000000000000000000000000e-40", HP_NODE_REAL, 10 },
    };
    double value;

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        const hp_node *n = scan(hp_str_of(table[i].text));

        assert_non_null(n);
        assert_int_equal(n->kind, table[i].kind);
        assert_true(hp_node_number(n, &value));
        if (value != table[i].value)
            fail_msg("%s: %.17g", table[i].text, value);
    }
}

static void
texts(void **state)
{
    static const struct {
        const char *text, *value;
    } table[] = {
        { "\"abc\"", "abc" }, { "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t" },
        { "\"\\u0041\\u007f\\u0080\\u07FF\\u0800\\uFFFF\"",
          "A\x7f\xC2\x80\xDF\xBF\xE0\xA0\x80\xEF\xBF\xBF" },
        { "\"\\uD800\\uDC00 \\uDBFF\\uDFFF\"", "\xF0\x90\x80\x80 \xF4\x8F\xBF\xBF" },
        { "\"\xC3\xA9\\u00e9\"", "\xC3\xA9\xC3\xA9" }, { "\"\\\\u0041\"", "\\u0041" },
        { "\"]},:\"", "]},:" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        const hp_node *n = scan(hp_str_of(table[i].text));

        assert_true(hp_node_is(n, HP_NODE_TEXT));
        assert_str_equal(n->str, hp_str_of(table[i].value));
    }
}

static void
texts_without_escapes_are_borrowed(void **state)
{
    const hp_node *root = NULL;
    hp_str in = HP_STR("[\"plain\"]");
    hp_arena arena = hp_arena_over(buffer, sizeof(buffer));

    (void)state;
    assert_true(hp_jscan(in, &arena, &root));
    assert_ptr_equal(root->child->str.p, in.p + 2);
}

static void
trees(void **state)
{
    const hp_node *n = scan(HP_STR("{\"a\":[1,[],{}],\"b\":{\"c\":\"d\"},\"e\":null}"));
    const hp_node *a = hp_node_member(n, HP_STR("a"));

    (void)state;
    assert_int_equal(n->kind, HP_NODE_MAP);
    assert_int_equal(n->count, 3);
    assert_null(n->next);
    assert_int_equal(a->kind, HP_NODE_ARRAY);
    assert_int_equal(a->count, 3);
    assert_int_equal(a->child->num, 1);
    assert_int_equal(a->child->next->kind, HP_NODE_ARRAY);
    assert_int_equal(a->child->next->count, 0);
    assert_null(a->child->next->child);
    assert_int_equal(a->child->next->next->kind, HP_NODE_MAP);
    assert_null(a->child->next->next->next);
    n = hp_node_member(hp_node_member(n, HP_STR("b")), HP_STR("c"));
    assert_str_equal(n->str, HP_STR("d"));
}

/* ---- caps ----------------------------------------------------------------- */

static hp_str
repeat(const char *head, const char *item, size_t n, const char *tail)
{
    static char out[256 * 1024];
    size_t at = (size_t)sprintf(out, "%s", head);

    for (size_t i = 0; i < n; i++)
        at += (size_t)sprintf(out + at, item, i);
    at += (size_t)sprintf(out + at, "%s", tail);
    return (hp_str){ (const uint8_t *)out, at };
}

static hp_str
nested(size_t depth)
{
    static char out[1024];

    memset(out, '[', depth);
    memset(out + depth, ']', depth);
    return (hp_str){ (const uint8_t *)out, 2 * depth };
}

static void
one_below_and_one_above_each_cap(void **state)
{
    (void)state;
    assert_non_null(scan(nested(HP_JSCAN_DEPTH)));
    assert_null(scan(nested(HP_JSCAN_DEPTH + 1)));
    /* the array, the first element, and n more */
    assert_non_null(scan(repeat("[0", ",%zu", HP_JSCAN_VALUES - 2, "]")));
    assert_null(scan(repeat("[0", ",%zu", HP_JSCAN_VALUES - 1, "]")));
    assert_non_null(scan(repeat("{\"a\":0", ",\"a%zu\":0", HP_JSCAN_MEMBERS - 1, "}")));
    assert_null(scan(repeat("{\"a\":0", ",\"a%zu\":0", HP_JSCAN_MEMBERS, "}")));
}

/* Thirty thousand brackets are refused, not walked down by recursion. */
static void
depth_costs_no_stack(void **state)
{
    (void)state;
    assert_null(scan(repeat("", "[%zu,", 30000, "")));
    assert_null(scan(repeat("", "{\"a%zu\":", 20000, "")));
}

static void
a_full_arena_is_told_apart(void **state)
{
    hp_str in = HP_STR("{\"a\":[1,2,3],\"b\":\"\\n\\n\\n\\n\"}");
    const hp_node *root = NULL;
    hp_arena arena;
    size_t memory = 0;

    (void)state;
    for (; !scan_in(in, memory, &arena, &root); memory++) {
        assert_true(arena.full);
        assert_null(root);
    }
    assert_in_range(memory, 8 * sizeof(hp_node) + 4, 512);
}

/* ---- pointers (RFC 6901) -------------------------------------------------- */

static void
pointers(void **state)
{
    static const struct {
        const char *pointer;
        int value; /* -1: nothing there */
    } table[] = { /* RFC 6901, 5, with numbers for what its texts name */
        { "/foo/0", 10 }, { "/foo/1", 11 }, { "/foo/2", -1 }, { "/foo/-", -1 }, { "/foo/00", -1 },
        { "/foo/01", -1 }, { "/foo/", -1 }, { "/foo/0/0", -1 }, { "/foo/4294967296", -1 },
        { "/foo/18446744073709551616", -1 }, { "/", 0 }, { "/a~1b", 1 }, { "/c%d", 2 },
        { "/e^f", 3 }, { "/g|h", 4 }, { "/i\\j", 5 }, { "/k\"l", 6 }, { "/ ", 7 }, { "/m~0n", 8 },
        { "/none", -1 }, { "/a~1b/x", -1 }, { "/deep/er/0/est", 12 }, { "/fo", -1 },
    };
    const hp_node *root, *n;

    (void)state;
    root = scan(HP_STR("{\"foo\":[10,11],\"\":0,\"a/b\":1,\"c%d\":2,\"e^f\":3,\"g|h\":4,"
                       "\"i\\\\j\":5,\"k\\\"l\":6,\" \":7,\"m~n\":8,"
                       "\"deep\":{\"er\":[{\"est\":12}]}}"));
    assert_ptr_equal(hp_jscan_at(root, HP_STR("")), root);
    for (size_t i = 0; i < COUNT(table); i++) {
        assert_true(hp_jscan_pointer_ok(hp_str_of(table[i].pointer)));
        n = hp_jscan_at(root, hp_str_of(table[i].pointer));
        if ((n == NULL) != (table[i].value < 0) || (n != NULL && (int)n->num != table[i].value))
            fail_msg("%s", table[i].pointer);
    }
    assert_null(hp_jscan_at(NULL, HP_STR("/a")));
}

/* Two members that some readers take for one, on the way of the pointer only. */
static void
names_that_differ_in_case(void **state)
{
    static const struct {
        const char *json, *pointer;
        bool ambiguous;
    } table[] = {
        { "{\"a\":1,\"A\":2}", "/a", true }, { "{\"a\":1,\"A\":2}", "/A", true },
        { "{\"a\":1,\"b\":2,\"B\":3}", "/a", false }, { "{\"a\":1}", "/A", false },
        { "{\"P\":{\"a\":1},\"p\":{\"a\":1}}", "/p/a", true },
        { "{\"p\":{\"a\":1,\"x\":2,\"X\":3}}", "/p/a", false },
        { "[{\"Ab\":1,\"aB\":2}]", "/0/Ab", true }, { "{\"a\":1,\"aa\":2}", "/a", false },
        { "{\"Na\\u006de\":1,\"name\":2}", "/name", true }, { "[1]", "/0", false }, { "1", "/a", false },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        if (hp_jscan_is_ambiguous(scan(hp_str_of(table[i].json)), hp_str_of(table[i].pointer))
            != table[i].ambiguous)
            fail_msg("%s %s", table[i].json, table[i].pointer);
    }
}

static void
what_is_no_pointer(void **state)
{
    static const char *const none[] = { "a", "a/b", "/a~", "/a~2", "/~/a", "/\xff" };
    hp_str longest = MAKER_JOIN(HP_STR("/"), maker_fill(HP_JSCAN_NAME, 'x'));
    hp_str longer = MAKER_JOIN(HP_STR("/"), maker_fill(HP_JSCAN_NAME + 1, 'x'));

    (void)state;
    for (size_t i = 0; i < COUNT(none); i++)
        assert_false(hp_jscan_pointer_ok(hp_str_of(none[i])));
    assert_true(hp_jscan_pointer_ok(HP_STR("")));
    assert_true(hp_jscan_pointer_ok(longest));
    assert_false(hp_jscan_pointer_ok(longer));
    assert_null(hp_jscan_at(scan(HP_STR("{\"a\":1}")), HP_STR("a")));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(what_the_grammar_allows),
    cmocka_unit_test(what_it_does_not),
    cmocka_unit_test(every_cut_is_seen),
    cmocka_unit_test(numbers),
    cmocka_unit_test(texts),
    cmocka_unit_test(texts_without_escapes_are_borrowed),
    cmocka_unit_test(trees),
    cmocka_unit_test(one_below_and_one_above_each_cap),
    cmocka_unit_test(depth_costs_no_stack),
    cmocka_unit_test(a_full_arena_is_told_apart),
    cmocka_unit_test(pointers),
    cmocka_unit_test(names_that_differ_in_case),
    cmocka_unit_test(what_is_no_pointer),
};

UNIT_MAIN(tests)
