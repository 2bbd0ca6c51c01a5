/* JSON that we load and print: two readers must see the same, and one line stays one line. */
#include "unit.h"

#include "codec/json.h"
#include "maker.h"

#include <stdlib.h>

static hp_json *
load(hp_str text, hp_error *error)
{
    error->text[0] = '\0';
    return hp_json_load(guard_end(text), error);
}

static void
what_is_refused(void **state)
{
    static const char *const table[] = { "", " ", "{", "[]", "1", "\"x\"", "null", "{} x", "{}{}",
        "{\"a\":1,\"a\":2}", "{\"a\":{\"b\":1,\"b\":1}}", "{'a':1}", "{\"a\":01}", "{\"a\":1,}",
        "{\"a\":\"\xff\"}", "{\"a\":NaN}", "{\"a\":\"\\ud800\"}" };
    hp_error error;

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        if (load(hp_str_of(table[i]), &error) != NULL)
            fail_msg("%s", table[i]);
        assert_int_not_equal(error.text[0], '\0');
    }
    hp_json_free(NULL);
}

static void
the_size_is_limited(void **state)
{
    hp_error error;
    hp_json *json;

    (void)state;
    for (int over = -1; over <= 1; over++) {
        hp_str text = MAKER_JOIN(HP_STR("{}"), maker_fill((size_t)(HP_JSON_MAX - 2 + over), ' '));
        uint8_t *copy = malloc(text.n);

        assert_non_null(copy);
        memcpy(copy, text.p, text.n);
        json = hp_json_load((hp_str){ copy, text.n }, &error);
        assert_int_equal(json != NULL, over <= 0);
        hp_json_free(json);
        free(copy);
    }
}

static void
as_cbor(void **state)
{
    static const struct {
        const char *json, *hex;
    } table[] = {
        { "{}", "a0" }, { "{\"a\":1}", "a1616101" }, { "{\"a\":-1}", "a1616120" },
        { "{\"a\":1.5}", "a16161fb3ff8000000000000" }, { "{\"a\":[true,false,null]}", "a1616183f5f4f6" },
        { "{\"a\":\"\\u00fc\"}", "a1616162c3bc" }, { "{\"b\":{},\"a\":[]}", "a26162a0616180" },
        { "{\"a\":2.0}", "a16161fb4000000000000000" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        hp_str got = maker_cbor(hp_str_of(table[i].json));

        if (!hp_str_eq(got, maker_hex(table[i].hex)))
            fail_msg("%s", table[i].json);
    }
}

static hp_str
printed(hp_json *json)
{
    static char text[4096];
    FILE *f = fmemopen(text, sizeof(text), "w");

    assert_non_null(f);
    assert_true(hp_json_print(json, f));
    assert_int_equal(fclose(f), 0);
    return hp_str_of(text);
}

/* ASCII only, so that no terminal and no log reader is told anything but JSON. */
static void
one_line_of_ascii(void **state)
{
    hp_json *json = hp_json_object(), *inner = hp_json_object();

    (void)state;
    hp_json_set_null(json, "n");
    hp_json_set_bool(json, "b", true);
    hp_json_set_int(json, "i", -5);
    hp_json_set_text(json, "t", HP_STR("a\n\x1b[2J\"\\\xc3\xbc"));
    hp_json_set_text(json, "x", HP_STR("a\xff" "b"));
    hp_json_set_text(json, "z", HP_STR("a\0b"));
    hp_json_set_int(inner, "k", 1);
    hp_json_set(json, "o", inner);
    hp_json_set_int(json, "i", 6);
    assert_str_equal(printed(json), HP_STR("{\"n\":null,\"b\":true,\"i\":6,\"t\":"
        "\"a\\n\\u001B[2J\\\"\\\\\\u00FC\",\"x\":\"a?b\",\"z\":\"a\\u0000b\",\"o\":"
        "{\"k\":1}}\n"));
    hp_json_free(json);
}

static void
an_array_in_order(void **state)
{
    hp_json *json = hp_json_object(), *array = hp_json_array(), *one = hp_json_object();

    (void)state;
    hp_json_set_int(one, "i", 1);
    hp_json_add(array, one);
    hp_json_add(array, NULL);
    hp_json_add(array, hp_json_array());
    hp_json_set(json, "a", array);
    hp_json_add(json, hp_json_object());
    assert_str_equal(printed(json), HP_STR("{\"a\":[{\"i\":1},[]]}\n"));
    hp_json_free(json);
}

static void
without_a_value_nothing_is_printed(void **state)
{
    (void)state;
    hp_json_set_int(NULL, "a", 1);
    hp_json_set(NULL, "a", hp_json_object());
    assert_false(hp_json_print(NULL, stderr));
}

/* An array of n numbers has n values, and itself. */
static void
values_are_counted(void **state)
{
    size_t n = HP_JSON_VALUES_MAX - 1;
    char *text = malloc(2 * n + 4);
    hp_error error;
    hp_json *json;

    (void)state;
    assert_non_null(text);
    for (size_t i = 0; i < n; i++)
        memcpy(text + 1 + 2 * i, "1,", 2);
    text[0] = '[';
    memcpy(text + 2 * n, "]", 2); /* in place of the last comma */
    json = hp_json_load_list(hp_str_of(text), 2 * n + 4, &error);
    assert_non_null(json);
    assert_int_equal(hp_json_count(json), n);
    hp_json_free(json);
    memcpy(text + 2 * n, ",1]", 4);
    assert_null(hp_json_load_list(hp_str_of(text), 2 * n + 4, &error));
    assert_non_null(strstr(error.text, "values"));
    free(text);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(what_is_refused),
    cmocka_unit_test(the_size_is_limited),
    cmocka_unit_test(values_are_counted),
    cmocka_unit_test(as_cbor),
    cmocka_unit_test(one_line_of_ascii),
    cmocka_unit_test(an_array_in_order),
    cmocka_unit_test(without_a_value_nothing_is_printed),
};

UNIT_MAIN(tests)
