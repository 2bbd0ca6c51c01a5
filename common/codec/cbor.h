/*
 * CBOR (RFC 8949): the only door to libcbor, and only to its streaming decoder.
 *
 * cbor_load() is never used: it believes declared sizes, and with libcbor 0.8 five bytes
 * make it ask for 2 GiB.  The streaming decoder allocates nothing; what it reports
 * becomes a tree of hp_node over the arena, which never grows faster than the input.
 */
#ifndef HP_CODEC_CBOR_H
#define HP_CODEC_CBOR_H

#include "base/arena.h"
#include "base/node.h"

#define HP_CBOR_DEPTH 16   /* arrays, maps and tags inside one another */
#define HP_CBOR_ITEMS 2048 /* items in one document */
#define HP_CBOR_PAIRS 128  /* pairs in one map */

/*
 * Decodes in, which must be one whole item, into a tree.  NULL when it is not
 * well-formed (RFC 8949, 5.3), goes past one of the caps above, has bytes after the item,
 * text that is no UTF-8, a map with the same key twice (5.6), or a map key that is neither
 * integer nor text (all that COSE, CWT and the passes know).  Chunks of indefinite-length
 * strings are joined.
 */
const hp_node *hp_cbor_read(hp_str in, hp_arena *arena);

/* ---- writing -------------------------------------------------------------- */

/* Where encoded items go; full once something did not fit, then n means nothing. */
typedef struct {
    uint8_t *p;
    size_t n, max;
    bool full;
} hp_cbor_out;

/* Each appends one item (or the head of one) in its shortest form. */
void hp_cbor_put_uint(hp_cbor_out *o, uint64_t value);
void hp_cbor_put_int(hp_cbor_out *o, int64_t value);
void hp_cbor_put_double(hp_cbor_out *o, double value); /* always 64 bits */
void hp_cbor_put_bytes(hp_cbor_out *o, hp_str value);
void hp_cbor_put_text(hp_cbor_out *o, hp_str value);
void hp_cbor_put_array(hp_cbor_out *o, size_t elements);
void hp_cbor_put_map(hp_cbor_out *o, size_t pairs);
void hp_cbor_put_tag(hp_cbor_out *o, uint64_t tag);
void hp_cbor_put_bool(hp_cbor_out *o, bool value);
void hp_cbor_put_null(hp_cbor_out *o);

/* Appends bytes as they are: items that were encoded elsewhere. */
void hp_cbor_put_raw(hp_cbor_out *o, hp_str encoded);

#endif
