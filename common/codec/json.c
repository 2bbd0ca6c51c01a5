/* JSON that we load or print ourselves, over jansson; see json.h. */
#include "codec/json.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>

/* hp_json is jansson's json_t under a name that keeps jansson out of other files. */
static json_t *
inside(hp_json *json)
{
    return (json_t *)(void *)json;
}

static hp_json *
outside(json_t *json)
{
    return (hp_json *)(void *)json;
}

/* Only borrowing: hp_json_next() needs jansson's own, unqualified. */
static json_t *
inside_const(const hp_json *json)
{
    return (json_t *)(uintptr_t)json;
}

/*
 * At most as many values as it has commas and opening brackets.  Those in texts count too:
 * lists have next to none there, and the limit is far from any list.
 */
static size_t
most_values(hp_str text)
{
    size_t i, n = 1;

    for (i = 0; i < text.n; i++)
        n += text.p[i] == ',' || text.p[i] == '[' || text.p[i] == '{';
    return n;
}

/* jansson's own words may quote the text, which is nobody's business here. */
static const char *
complaint(const json_error_t *why)
{
    switch ((int)json_error_code(why)) {
    case json_error_out_of_memory:
        return "no memory";
    case json_error_stack_overflow:
        return "JSON that is nested too deep";
    case json_error_invalid_argument:
        return "there is no text";
    case json_error_invalid_utf8:
        return "no valid JSON: it is no UTF-8";
    case json_error_premature_end_of_input:
        return "no valid JSON: it ends too early";
    case json_error_end_of_input_expected:
        return "no valid JSON: something follows its end";
    case json_error_null_character:
    case json_error_null_byte_in_key:
        return "a text holds U+0000";
    case json_error_duplicate_key:
        return "a doubled member";
    case json_error_numeric_overflow:
        return "a number is too large";
    default:
        return "no valid JSON";
    }
}

static json_t *
load(hp_str text, size_t max, size_t *values, size_t flags, hp_error *error)
{
    json_error_t why;
    json_t *json;
    size_t n;

    if (text.n > max) {
        hp_error_set(error, "longer than %zu bytes", max);
        return NULL;
    }
    n = most_values(text);
    if (n > *values) {
        hp_error_set(error, "more than %zu values", *values);
        return NULL;
    }
    *values -= n;
    json = json_loadb((const char *)text.p, text.n, JSON_REJECT_DUPLICATES | flags, &why);
    if (json == NULL)
        hp_error_set(error, "line %d, column %d: %s", why.line, why.column, complaint(&why));
    return json;
}

hp_json *
hp_json_load(hp_str text, hp_error *error)
{
    size_t values = HP_JSON_VALUES_MAX;
    json_t *json = load(text, HP_JSON_MAX, &values, 0, error);

    if (json != NULL && !json_is_object(json)) {
        hp_error_set(error, "expected a JSON object");
        json_decref(json);
        return NULL;
    }
    return outside(json);
}

hp_json *
hp_json_load_list(hp_str text, size_t max, hp_error *error)
{
    size_t values = HP_JSON_VALUES_MAX;

    return outside(load(text, max, &values, 0, error));
}

hp_json *
hp_json_load_part(hp_str text, size_t max, size_t *values, hp_error *error)
{
    return outside(load(text, max, values, 0, error));
}

hp_json *
hp_json_load_data(hp_str text, size_t max, hp_error *error)
{
    size_t values = HP_JSON_VALUES_MAX;

    return outside(load(text, max, &values, JSON_ALLOW_NUL | JSON_DECODE_ANY, error));
}

void
hp_json_free(hp_json *json)
{
    json_decref(inside(json));
}

/* ---- reading -------------------------------------------------------------- */

hp_json_kind
hp_json_kind_of(const hp_json *json)
{
    switch (json_typeof(inside_const(json))) {
    case JSON_OBJECT:
        return HP_JSON_OBJECT;
    case JSON_ARRAY:
        return HP_JSON_ARRAY;
    case JSON_STRING:
        return HP_JSON_TEXT;
    case JSON_INTEGER:
        return HP_JSON_INT;
    case JSON_REAL:
        return HP_JSON_REAL;
    case JSON_TRUE:
    case JSON_FALSE:
        return HP_JSON_BOOL;
    case JSON_NULL:
        break;
    }
    return HP_JSON_NULL;
}

hp_json *
hp_json_get(const hp_json *json, const char *name)
{
    return outside(json_object_get(inside_const(json), name));
}

size_t
hp_json_count(const hp_json *json)
{
    json_t *inner = inside_const(json);

    return json_is_object(inner) ? json_object_size(inner) : json_array_size(inner);
}

hp_json *
hp_json_at(const hp_json *json, size_t n)
{
    return outside(json_array_get(inside_const(json), n));
}

hp_str
hp_json_text(const hp_json *json)
{
    json_t *text = inside_const(json);

    return (hp_str){ (const uint8_t *)json_string_value(text), json_string_length(text) };
}

bool
hp_json_is(const hp_json *json, const char *text)
{
    hp_str s = hp_json_text(json);

    return s.p != NULL && s.n == strlen(text) && memcmp(s.p, text, s.n) == 0;
}

bool
hp_json_true(const hp_json *json)
{
    return json_is_true(inside_const(json));
}

bool
hp_json_number(const hp_json *json, double *number)
{
    *number = json_number_value(inside_const(json));
    return json_is_number(inside_const(json));
}

bool
hp_json_int(const hp_json *json, int64_t *number)
{
    *number = json_integer_value(inside_const(json));
    return json_is_integer(inside_const(json));
}

size_t
hp_json_size(const hp_json *json)
{
    return json_dumpb(inside_const(json), NULL, 0, JSON_COMPACT | JSON_ENCODE_ANY);
}

bool
hp_json_next(const hp_json *json, void **at, const char **name, hp_json **value)
{
    json_t *object = inside_const(json);

    *at = *at == NULL ? json_object_iter(object) : json_object_iter_next(object, *at);
    if (*at == NULL)
        return false;
    *name = json_object_iter_key(*at);
    *value = outside(json_object_iter_value(*at));
    return true;
}

/* ---- building ------------------------------------------------------------- */

hp_json *
hp_json_object(void)
{
    return outside(json_object());
}

void
hp_json_set(hp_json *object, const char *name, hp_json *value)
{
    (void)json_object_set_new(inside(object), name, inside(value));
}

hp_json *
hp_json_array(void)
{
    return outside(json_array());
}

void
hp_json_add(hp_json *array, hp_json *value)
{
    (void)json_array_append_new(inside(array), inside(value));
}

/* A copy in which every byte above ASCII is '?'; NULL when memory ran out. */
static json_t *
ascii_only(hp_str text)
{
    char *copy = malloc(text.n + 1);
    json_t *json;
    size_t i;

    if (copy == NULL)
        return NULL;
    for (i = 0; i < text.n; i++)
        copy[i] = text.p[i] < 0x80 ? (char)text.p[i] : '?';
    json = json_stringn(copy, text.n);
    free(copy);
    return json;
}

hp_json *
hp_json_of_null(void)
{
    return outside(json_null());
}

hp_json *
hp_json_of_bool(bool value)
{
    return outside(json_boolean(value));
}

hp_json *
hp_json_of_int(int64_t value)
{
    return outside(json_integer(value));
}

hp_json *
hp_json_of_real(double value)
{
    return outside(isfinite(value) ? json_real(value) : json_null());
}

hp_json *
hp_json_of_text(hp_str value)
{
    json_t *text = json_stringn(value.n == 0 ? "" : (const char *)value.p, value.n);

    return outside(text != NULL ? text : ascii_only(value));
}

void
hp_json_set_null(hp_json *object, const char *name)
{
    hp_json_set(object, name, hp_json_of_null());
}

void
hp_json_set_bool(hp_json *object, const char *name, bool value)
{
    hp_json_set(object, name, hp_json_of_bool(value));
}

void
hp_json_set_int(hp_json *object, const char *name, long long value)
{
    hp_json_set(object, name, outside(json_integer(value)));
}

void
hp_json_set_text(hp_json *object, const char *name, hp_str value)
{
    hp_json_set(object, name, hp_json_of_text(value));
}

void
hp_json_set_member(hp_json *object, hp_str name, hp_json *value)
{
    (void)json_object_setn_new(inside(object), name.n == 0 ? "" : (const char *)name.p, name.n,
                               inside(value));
}

bool
hp_json_print(hp_json *json, FILE *to)
{
    return json != NULL &&
        json_dumpf(inside(json), to, JSON_COMPACT | JSON_ENSURE_ASCII) == 0 &&
        putc('\n', to) != EOF;
}

/* ---- CBOR ----------------------------------------------------------------- */

static void put(hp_cbor_out *to, json_t *json);

static void
put_text(hp_cbor_out *to, const char *text, size_t n)
{
    hp_cbor_put_text(to, (hp_str){ (const uint8_t *)text, n });
}

static void
put_object(hp_cbor_out *to, json_t *object)
{
    const char *name;
    json_t *value;

    hp_cbor_put_map(to, json_object_size(object));
    json_object_foreach(object, name, value) {
        put_text(to, name, strlen(name));
        put(to, value);
    }
}

static void
put_array(hp_cbor_out *to, const json_t *array)
{
    size_t i;

    hp_cbor_put_array(to, json_array_size(array));
    for (i = 0; i < json_array_size(array); i++)
        put(to, json_array_get(array, i));
}

/* Recursion ends: jansson loads no more than JSON_PARSER_MAX_DEPTH levels. */
static void
put(hp_cbor_out *to, json_t *json)
{
    switch (json_typeof(json)) {
    case JSON_OBJECT:
        put_object(to, json);
        break;
    case JSON_ARRAY:
        put_array(to, json);
        break;
    case JSON_STRING:
        put_text(to, json_string_value(json), json_string_length(json));
        break;
    case JSON_INTEGER:
        hp_cbor_put_int(to, json_integer_value(json));
        break;
    case JSON_REAL:
        hp_cbor_put_double(to, json_real_value(json));
        break;
    case JSON_TRUE:
    case JSON_FALSE:
        hp_cbor_put_bool(to, json_is_true(json));
        break;
    case JSON_NULL:
        hp_cbor_put_null(to);
        break;
    }
}

bool
hp_json_cbor(hp_json *json, hp_cbor_out *to)
{
    put(to, inside(json));
    return !to->full;
}
