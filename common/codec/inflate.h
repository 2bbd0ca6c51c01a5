/*
 * zlib streams (RFC 1950) and raw deflate, bounded: the only door to the zlib library.
 */
#ifndef HP_CODEC_INFLATE_H
#define HP_CODEC_INFLATE_H

#include "base/arena.h"

/*
 * Inflates one whole zlib stream into the arena, at most max bytes of it.  False when the
 * stream is damaged, is of another kind (gzip, raw deflate, preset dictionary), does
 * not end exactly at the end of in, or holds more than max bytes.  The library's own
 * memory (7 to 40 KB) comes out of the arena too.
 */
bool hp_inflate(hp_str in, size_t max, hp_arena *arena, hp_str *out);

/*
 * The same of raw deflate data (RFC 1951), which says itself where it ends: bytes behind that are
 * let pass.  An issuer of SMART Health Cards leaves a gzip trailer there (shc, 2), inside of what
 * is signed.
 */
bool hp_inflate_raw(hp_str in, size_t max, hp_arena *arena, hp_str *out);

/*
 * The reverse, for issuing: compresses at level 0 to 9 into out, which holds *n bytes, and
 * says in *n how many were made.  False when they do not fit.
 */
bool hp_deflate(hp_str in, int level, uint8_t *out, size_t *n);
bool hp_deflate_raw(hp_str in, uint8_t *out, size_t *n);

#endif
