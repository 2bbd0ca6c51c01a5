/*
 * JCS (RFC 8785): the one text of a JSON value that a signature is made over; here of what
 * hp_jscan() has read, over the arena.  jcs.h has the same of what jansson has loaded.
 */
#ifndef HP_CODEC_CANONICAL_H
#define HP_CODEC_CANONICAL_H

#include "base/arena.h"
#include "base/node.h"

/*
 * Writes the value.  False when the arena is full (arena->full tells), or when a number in it is
 * one that hp_canonical_number() does not know.
 */
bool hp_canonical(const hp_node *value, hp_arena *arena, hp_str *text);

/* ---- what both writers are made of ------------------------------------------- */

/* One byte of a text as it stands between quotes (3.2.2.2); *out is not terminated. */
#define HP_CANONICAL_BYTE 6
size_t hp_canonical_byte(uint8_t byte, char out[HP_CANONICAL_BYTE]);

/*
 * A number as ECMAScript writes it (3.2.2.3), whatever the locale; *out is not terminated.  0 for
 * what stands in no seal and would need more than decimals: beyond 2^53, below 10^-6, or of more
 * digits than are sure to be the shortest.
 */
#define HP_CANONICAL_NUMBER 32
size_t hp_canonical_number(double value, char out[HP_CANONICAL_NUMBER]);

/* Which of two members' names comes first (3.2.3)?  As memcmp(). */
int hp_canonical_order(hp_str a, hp_str b);

#endif
