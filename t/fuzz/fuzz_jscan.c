/* Foreign JSON: what we read, jansson reads too, and sees as many values in it. */
#include "fuzz.h"

#include "codec/jscan.h"
#include "codec/json.h"

static uint8_t buffer[2 * 1024 * 1024];

/* Every borrowed text can be read; is there a whole number that jansson has no room for? */
static bool
walk(const hp_node *n, bool *large)
{
    size_t sum = 0;

    for (; n != NULL; n = n->next) {
        if (n->kind == HP_NODE_TEXT) {
            for (size_t i = 0; i < n->str.n; i++)
                sum += n->str.p[i];
        } else if (n->kind == HP_NODE_ARRAY || n->kind == HP_NODE_MAP)
            (void)walk(n->child, large);
        else if (n->kind == HP_NODE_UINT || n->kind == HP_NODE_NEGINT)
            *large = *large || n->num > INT64_MAX;
        else if (n->kind == HP_NODE_REAL)
            *large = *large || n->real * n->real > 8e37;
    }
    return sum != SIZE_MAX;
}

static void
compare(const hp_node *n, const hp_json *json)
{
    switch (hp_json_kind_of(json)) {
    case HP_JSON_OBJECT:
        MUST(n->kind == HP_NODE_MAP && n->count == hp_json_count(json));
        break;
    case HP_JSON_ARRAY:
        MUST(n->kind == HP_NODE_ARRAY && n->count == hp_json_count(json));
        n = n->child;
        for (size_t i = 0; n != NULL; i++, n = n->next)
            compare(n, hp_json_at(json, i));
        break;
    case HP_JSON_TEXT:
        MUST(n->kind == HP_NODE_TEXT && hp_str_eq(n->str, hp_json_text(json)));
        break;
    case HP_JSON_INT:
        MUST(n->kind == HP_NODE_UINT || n->kind == HP_NODE_NEGINT);
        break;
    case HP_JSON_REAL:
        MUST(n->kind == HP_NODE_REAL);
        break;
    case HP_JSON_BOOL:
        MUST(n->kind == HP_NODE_TRUE || n->kind == HP_NODE_FALSE);
        break;
    case HP_JSON_NULL:
        MUST(n->kind == HP_NODE_NULL);
        break;
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    hp_arena arena = hp_arena_over(buffer, sizeof(buffer));
    const hp_node *root = NULL;
    bool large = false, good;
    hp_json *json;
    hp_error error;

    alloc_start(0);
    good = hp_jscan((hp_str){ p, n }, &arena, &root);
    MUST(alloc_calls() == 0);
    MUST(arena.used <= HP_JSCAN_VALUES * (sizeof(hp_node) + 16) + n);
    if (!good)
        return 0;
    MUST(walk(root, &large));
    json = hp_json_load_data((hp_str){ p, n }, HP_JSON_MAX, &error);
    MUST(json != NULL || large || n == 0);
    if (json != NULL)
        compare(root, json);
    hp_json_free(json);
    (void)hp_jscan_at(root, HP_STR("/a/0/b~1c"));
    return 0;
}

void
fuzz_seeds(void (*put)(const char *name, hp_str seed))
{
    put("dcc", HP_STR(MAKER_V));
    put("nested", HP_STR("{\"a\":[{\"b/c\":[[],{},null,true,false]}]}"));
    put("numbers", HP_STR("[0,-0,1,-1,1.5,1e5,1E-5,18446744073709551615,123456789012345678901]"));
    put("escapes", HP_STR("[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\",\"\\u00e9\\uD834\\uDD1E\"]"));
    put("space", HP_STR(" \t\r\n{ \"a\" : [ 1 , 2 ] }\n"));
    put("doubled", HP_STR("{\"a\":1,\"\\u0061\":2}"));
    put("pair-broken", HP_STR("\"\\uD834\\u0041\""));
}
