/*
 * hp_node: a decoded document, as a tree over the arena.
 *
 * One shape for every encoding that a pass may use, so that formats, rules and
 * tests read it without knowing the encoding.  Texts and bytes borrow from what
 * was decoded.  A tree is never changed once it is built.
 */
#ifndef HP_BASE_NODE_H
#define HP_BASE_NODE_H

#include "base/str.h"

typedef enum {
    HP_NODE_UINT,  /* num */
    HP_NODE_NEGINT, /* -1 - num */
    HP_NODE_REAL,
    HP_NODE_TEXT,  /* UTF-8, checked */
    HP_NODE_BYTES,
    HP_NODE_ARRAY, /* child: the first element, further ones by next */
    HP_NODE_MAP,   /* child: the first key, its value by next, the next key by next again */
    HP_NODE_TAG,   /* num, and the tagged child */
    HP_NODE_FALSE,
    HP_NODE_TRUE,
    HP_NODE_NULL,
    HP_NODE_UNDEFINED
} hp_node_kind;

typedef struct hp_node hp_node;

struct hp_node {
    hp_node_kind kind;
    uint32_t count;      /* elements of an array, pairs of a map */
    const hp_node *next; /* its neighbour; NULL for the last one */
    union {
        hp_str str;
        double real;
        struct {
            uint64_t num;
            const hp_node *child;
        };
    };
};

/* The value of a map's member, NULL when it has none (or n is no map, or NULL). */
const hp_node *hp_node_member(const hp_node *n, hp_str key);
const hp_node *hp_node_label(const hp_node *n, int64_t key);

/* Are these two map keys the same one?  Only numbers and texts can be keys. */
bool hp_node_same_key(const hp_node *a, const hp_node *b);

/* True when n is a node of this kind; n may be NULL. */
static inline bool
hp_node_is(const hp_node *n, hp_node_kind kind)
{
    return n != NULL && n->kind == kind;
}

/* The number of an integer or a real; false when n is neither. */
bool hp_node_number(const hp_node *n, double *value);

#endif
