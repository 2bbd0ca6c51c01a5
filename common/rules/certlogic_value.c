/* Values of CertLogic; see certlogic.h. */
#include "rules/certlogic.h"

#include <math.h>

#define TWO_TO_63 9223372036854775808.0

/* A number without a fraction (infinity, too) is whole, and then within 64 bits or nothing. */
static bool
of_real(double real, hp_value *value)
{
    if (trunc(real) != real) {
        *value = (hp_value){ .kind = HP_VALUE_REAL, .real = real };
        return true;
    }
    if (!(real >= -TWO_TO_63 && real < TWO_TO_63))
        return false;
    *value = (hp_value){ .kind = HP_VALUE_INT, .num = (int64_t)real };
    return true;
}

static bool
of_whole(uint64_t num, bool negative, hp_value *value)
{
    if (num > INT64_MAX)
        return false;
    *value = (hp_value){ .kind = HP_VALUE_INT,
                         .num = negative ? -1 - (int64_t)num : (int64_t)num };
    return true;
}

/* Tags are looked through, and undefined is null, as RFC 8949, 6.1, makes JSON of them. */
bool
hp_value_of(const hp_node *node, hp_value *value)
{
    while (hp_node_is(node, HP_NODE_TAG))
        node = node->child;
    if (node == NULL) {
        *value = (hp_value){ .kind = HP_VALUE_NULL };
        return true;
    }
    switch (node->kind) {
    case HP_NODE_UINT:
    case HP_NODE_NEGINT:
        return of_whole(node->num, node->kind == HP_NODE_NEGINT, value);
    case HP_NODE_REAL:
        return of_real(node->real, value);
    case HP_NODE_TEXT:
        *value = (hp_value){ .kind = HP_VALUE_TEXT, .text = node->str };
        return true;
    case HP_NODE_ARRAY:
    case HP_NODE_MAP:
        *value = (hp_value){ .kind = node->kind == HP_NODE_MAP ? HP_VALUE_OBJECT : HP_VALUE_ARRAY,
                             .n = node->count, .node = node };
        return true;
    case HP_NODE_FALSE:
    case HP_NODE_TRUE:
        *value = (hp_value){ .kind = HP_VALUE_BOOL, .truth = node->kind == HP_NODE_TRUE };
        return true;
    case HP_NODE_NULL:
    case HP_NODE_UNDEFINED:
        *value = (hp_value){ .kind = HP_VALUE_NULL };
        return true;
    case HP_NODE_BYTES:
    case HP_NODE_TAG:
        break;
    }
    return false;
}
