/*
 * JSON that was loaded as a document tree: what rules read is of one shape, whether it came in a
 * pass or from a file.
 */
#ifndef HP_CODEC_JSON_NODE_H
#define HP_CODEC_JSON_NODE_H

#include "base/arena.h"
#include "base/node.h"
#include "codec/json.h"

/*
 * Builds json as a tree over the arena; texts and names borrow from json.  Numbers that were
 * written as whole ones are integers, all others reals.  False when the arena is full.
 */
bool hp_json_node(const hp_json *json, hp_arena *arena, const hp_node **node);

#endif
