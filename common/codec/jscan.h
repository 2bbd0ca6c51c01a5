/*
 * hp_jscan: foreign JSON (RFC 8259), over the arena: SMART Health Cards, VDS-NC seals, request
 * bodies.
 *
 * One value and white space around it, nothing else.  Refused: a member that is doubled in its
 * object, bytes that are no UTF-8, U+0000 and lone surrogates in texts, numbers beyond a double,
 * what goes past one of the caps below, and whatever RFC 8259 does not allow.
 */
#ifndef HP_CODEC_JSCAN_H
#define HP_CODEC_JSCAN_H

#include "base/arena.h"
#include "base/node.h"

#define HP_JSCAN_DEPTH   64   /* arrays and objects within each other */
#define HP_JSCAN_VALUES  8192 /* values, and names of members, in all */
#define HP_JSCAN_MEMBERS 256  /* members of one object */

/*
 * Reads text into a tree; false when it is no such JSON, or when the arena is full (arena->full
 * tells).  Texts without an escape borrow from text, others from the arena.  A number without
 * fraction and exponent that fits 64 bits is HP_NODE_UINT or HP_NODE_NEGINT, any other
 * HP_NODE_REAL: the nearest double; of more than 15 digits, or far from 1, perhaps one beside it.
 */
bool hp_jscan(hp_str text, hp_arena *arena, const hp_node **root);

/*
 * The value that a JSON pointer (RFC 6901) names; NULL when there is none.  The pointer is the
 * operator's, and was checked by hp_jscan_pointer_ok(): its names, unescaped, have at most
 * HP_JSCAN_NAME bytes each.
 */
#define HP_JSCAN_NAME 128
bool hp_jscan_pointer_ok(hp_str pointer);
const hp_node *hp_jscan_at(const hp_node *root, hp_str pointer);

/*
 * Is there, on the way of that pointer, a member whose name differs from the one taken only by
 * capitals (ASCII)?  Readers that ignore case, and take the last of such, would read another value.
 */
bool hp_jscan_is_ambiguous(const hp_node *root, hp_str pointer);

#endif
