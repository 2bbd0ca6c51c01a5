/* Base32 (RFC 4648, 6), capital letters, with or without padding. */
#ifndef HP_CODEC_BASE32_H
#define HP_CODEC_BASE32_H

#include "base/str.h"

/* Bytes that n characters can hold, and characters that n bytes need without padding. */
#define HP_BASE32_BYTES(n) ((n) / 8 * 5 + 5)
#define HP_BASE32_TEXT(n)  (((n) * 8 + 4) / 5)

/*
 * Decodes into out, which has room for HP_BASE32_BYTES(text.n), and sets *n.  At the end there may
 * be any of the '=' of whole padding: seals have one, or none.  Other characters, and lengths that
 * no bytes have, are refused.  *exact: the bits after the last byte are zero, as hp_base32_write()
 * leaves them.
 */
bool hp_base32_read(hp_str text, uint8_t *out, size_t *n, bool *exact);

/* The reverse: HP_BASE32_TEXT(bytes.n) characters, no padding and no closing zero. */
void hp_base32_write(hp_str bytes, char *text);

#endif
