/* JSON as a tree; see json_node.h. */
#include "codec/json_node.h"

static hp_node *build(const hp_json *json, hp_arena *arena);

/* Hangs it in as the parent's last child; end is where that one belongs. */
static const hp_node **
append(const hp_node **end, hp_node *n)
{
    if (end == NULL || n == NULL)
        return NULL;
    *end = n;
    return &n->next;
}

static hp_node *
build_name(const char *name, hp_arena *arena)
{
    hp_node *n = hp_arena_take(arena, sizeof(*n));

    if (n != NULL)
        *n = (hp_node){ .kind = HP_NODE_TEXT, .str = hp_str_of(name) };
    return n;
}

static bool
build_map(const hp_json *json, hp_arena *arena, hp_node *map)
{
    const hp_node **end = &map->child;
    const char *name;
    hp_json *value;
    void *at = NULL;

    while (end != NULL && hp_json_next(json, &at, &name, &value)) {
        end = append(end, build_name(name, arena));
        end = append(end, build(value, arena));
        map->count++;
    }
    return end != NULL;
}

static bool
build_array(const hp_json *json, hp_arena *arena, hp_node *array)
{
    const hp_node **end = &array->child;
    size_t i, n = hp_json_count(json);

    for (i = 0; end != NULL && i < n; i++)
        end = append(end, build(hp_json_at(json, i), arena));
    array->count = (uint32_t)n;
    return end != NULL;
}

static void
build_int(const hp_json *json, hp_node *n)
{
    int64_t value;

    (void)hp_json_int(json, &value);
    n->kind = value < 0 ? HP_NODE_NEGINT : HP_NODE_UINT;
    n->num = value < 0 ? (uint64_t)(-1 - value) : (uint64_t)value;
}

/* Recursion ends: jansson loads no more than JSON_PARSER_MAX_DEPTH levels. */
static hp_node *
build(const hp_json *json, hp_arena *arena)
{
    hp_node *n = hp_arena_take(arena, sizeof(*n));
    bool good = true;

    if (n == NULL)
        return NULL;
    *n = (hp_node){ .kind = HP_NODE_NULL };
    switch (hp_json_kind_of(json)) {
    case HP_JSON_OBJECT:
        n->kind = HP_NODE_MAP;
        good = build_map(json, arena, n);
        break;
    case HP_JSON_ARRAY:
        n->kind = HP_NODE_ARRAY;
        good = build_array(json, arena, n);
        break;
    case HP_JSON_TEXT:
        n->kind = HP_NODE_TEXT;
        n->str = hp_json_text(json);
        break;
    case HP_JSON_INT:
        build_int(json, n);
        break;
    case HP_JSON_REAL:
        n->kind = HP_NODE_REAL;
        (void)hp_json_number(json, &n->real);
        break;
    case HP_JSON_BOOL:
        n->kind = hp_json_true(json) ? HP_NODE_TRUE : HP_NODE_FALSE;
        break;
    case HP_JSON_NULL:
        break;
    }
    return good ? n : NULL;
}

bool
hp_json_node(const hp_json *json, hp_arena *arena, const hp_node **node)
{
    *node = build(json, arena);
    return *node != NULL;
}
