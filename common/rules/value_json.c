/* Values as JSON; see value_json.h. */
#include "rules/value_json.h"

static hp_json *write_value(const hp_value *value, unsigned depth);

static hp_json *
write_node(const hp_node *node, unsigned depth)
{
    hp_value value;

    return hp_value_of(node, &value) ? write_value(&value, depth) : NULL;
}

/* Ends json, and is NULL, unless the part that goes into it was made. */
static hp_json *
unless_lost(hp_json *json, const hp_json *part)
{
    if (json != NULL && part != NULL)
        return json;
    hp_json_free(json);
    return NULL;
}

static hp_json *
write_array(const hp_value *value, unsigned depth)
{
    hp_json *array = hp_json_array(), *item;
    const hp_node *node = value->items == NULL && value->n > 0 ? value->node->child : NULL;
    uint32_t i;

    for (i = 0; array != NULL && i < value->n; i++) {
        item = node != NULL ? write_node(node, depth) : write_value(&value->items[i], depth);
        node = node != NULL ? node->next : NULL;
        array = unless_lost(array, item);
        hp_json_add(array, item);
    }
    return array;
}

/* Members of the data by name; what reduce lends has two. */
static hp_json *
write_object(const hp_value *value, unsigned depth)
{
    static const char *const lent[] = { "accumulator", "current" };
    hp_json *object = hp_json_object(), *member;
    const hp_node *name = value->items == NULL ? value->node->child : NULL;
    size_t i;

    for (i = 0; value->items != NULL && object != NULL && i < 2; i++) {
        member = write_value(&value->items[i], depth);
        object = unless_lost(object, member);
        hp_json_set(object, lent[i], member);
    }
    for (; object != NULL && name != NULL; name = name->next->next) {
        member = name->kind == HP_NODE_TEXT ? write_node(name->next, depth) : NULL;
        object = unless_lost(object, member);
        hp_json_set_member(object, name->str, member);
    }
    return object;
}

static hp_json *
write_time(int64_t ms)
{
    hp_json *object = hp_json_object();
    char text[HP_LOGIC_TIME_TEXT];

    hp_logic_time_write(ms, text);
    hp_json_set_text(object, "$dateTime", hp_str_of(text));
    return object;
}

static hp_json *
write_value(const hp_value *value, unsigned depth)
{
    if (depth == HP_VALUE_JSON_DEPTH)
        return NULL;
    switch (value->kind) {
    case HP_VALUE_NULL:
        break;
    case HP_VALUE_BOOL:
        return hp_json_of_bool(value->truth);
    case HP_VALUE_INT:
        return hp_json_of_int(value->num);
    case HP_VALUE_REAL:
        return hp_json_of_real(value->real);
    case HP_VALUE_TEXT:
        return hp_json_of_text(value->text);
    case HP_VALUE_ARRAY:
        return write_array(value, depth + 1);
    case HP_VALUE_OBJECT:
        return write_object(value, depth + 1);
    case HP_VALUE_TIME:
        return write_time(value->ms);
    }
    return hp_json_of_null();
}

hp_json *
hp_value_json(const hp_value *value)
{
    return write_value(value, 0);
}
