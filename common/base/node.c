/* Looks things up in a decoded document; see node.h. */
#include "base/node.h"

const hp_node *
hp_node_member(const hp_node *n, hp_str key)
{
    const hp_node *k;

    if (!hp_node_is(n, HP_NODE_MAP))
        return NULL;
    for (k = n->child; k != NULL; k = k->next->next) {
        if (k->kind == HP_NODE_TEXT && hp_str_eq(k->str, key))
            return k->next;
    }
    return NULL;
}

const hp_node *
hp_node_label(const hp_node *n, int64_t key)
{
    hp_node_kind kind = key < 0 ? HP_NODE_NEGINT : HP_NODE_UINT;
    uint64_t num = key < 0 ? (uint64_t)(-1 - key) : (uint64_t)key;
    const hp_node *k;

    if (!hp_node_is(n, HP_NODE_MAP))
        return NULL;
    for (k = n->child; k != NULL; k = k->next->next) {
        if (k->kind == kind && k->num == num)
            return k->next;
    }
    return NULL;
}

bool
hp_node_same_key(const hp_node *a, const hp_node *b)
{
    if (a->kind != b->kind)
        return false;
    return a->kind == HP_NODE_TEXT ? hp_str_eq(a->str, b->str) : a->num == b->num;
}

bool
hp_node_number(const hp_node *n, double *value)
{
    if (hp_node_is(n, HP_NODE_UINT))
        *value = (double)n->num;
    else if (hp_node_is(n, HP_NODE_NEGINT))
        *value = -1.0 - (double)n->num;
    else if (hp_node_is(n, HP_NODE_REAL))
        *value = n->real;
    else
        return false;
    return true;
}
