/*
 * Base45 (RFC 9285): three characters for two bytes, two for a last one.
 * Decoding is injective: each byte string has exactly one text.
 */
#ifndef HP_CODEC_BASE45_H
#define HP_CODEC_BASE45_H

#include "base/str.h"

/* Bytes that n characters decode to, at most. */
#define HP_BASE45_DECODED(n) ((n) / 3 * 2 + 1)

/* Characters that n bytes encode to. */
#define HP_BASE45_ENCODED(n) ((n) / 2 * 3 + (n) % 2 * 2)

/*
 * Decodes into out, which holds HP_BASE45_DECODED(in.n) bytes, and says in *n how many
 * there are.  False for a character outside the alphabet (lower case included), a
 * length of 3k + 1, or a group that stands for more than its bytes can hold.
 */
bool hp_base45_decode(hp_str in, uint8_t *out, size_t *n);

/* Encodes into out, which holds HP_BASE45_ENCODED(in.n) characters; adds no zero. */
void hp_base45_encode(hp_str in, char *out);

#endif
