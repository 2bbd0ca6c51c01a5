/* Base64 (RFC 4648, 4 and 5), either alphabet, with or without padding. */
#ifndef HP_CODEC_BASE64_H
#define HP_CODEC_BASE64_H

#include "base/file.h"
#include "base/str.h"

/* Bytes that n characters can hold. */
#define HP_BASE64_BYTES(n) ((n) / 4 * 3 + 3)

typedef enum { HP_BASE64_STANDARD, HP_BASE64_URL, HP_BASE64_EITHER } hp_base64;

/*
 * Decodes into out, which has room for HP_BASE64_BYTES(text.n), and sets *n.  White space,
 * characters of another alphabet, padding in the wrong place, and bits that are not zero after
 * the last byte are refused.
 */
bool hp_base64_read(hp_str text, hp_base64 alphabet, uint8_t *out, size_t *n);

/* The same, and those bits may be anything. */
bool hp_base64_read_loose(hp_str text, hp_base64 alphabet, uint8_t *out, size_t *n);

/* Has it nothing but characters of the URL alphabet?  Nothing at all is such a text, too. */
bool hp_base64url_is(hp_str text);

/*
 * Decodes the standard alphabet with white space in it, as tools and XML wrap it.  False for
 * what is none, for nothing, and for want of memory; on true *out is the caller's, to be ended.
 */
bool hp_base64_wrapped(hp_str text, hp_bytes *out);

/* Characters that n bytes need without padding, with the closing zero. */
#define HP_BASE64_TEXT(n) (((n) * 4 + 2) / 3 + 1)

/* Writes the URL alphabet without padding (RFC 7515, 2), and a closing zero. */
void hp_base64url_write(hp_str bytes, char *text);

#endif
