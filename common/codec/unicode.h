/*
 * Letters of any script, one by one: the only libutf8proc.  Knows characters, not names.
 */
#ifndef HP_CODEC_UNICODE_H
#define HP_CODEC_UNICODE_H

#include "base/arena.h"

/* What a character is to a word. */
typedef enum { HP_CHAR_LETTER, HP_CHAR_BREAK, HP_CHAR_OTHER } hp_char_kind;

/* Room for one encoded character, and for the letters that one is made of (Unicode, UAX #15). */
#define HP_CHAR_BYTES 4
#define HP_CHAR_PARTS 18

/*
 * The characters of text in normal form NFC; NULL when it is no UTF-8, or the arena is full.
 */
int32_t *hp_unicode_read(hp_str text, hp_arena *arena, size_t *n);

/* Letters, with vowel signs and without accents; what stands between words: blanks, dashes. */
hp_char_kind hp_unicode_kind(int32_t c);

/* The one capital letter of c, where there is one; otherwise c. */
int32_t hp_unicode_upper(int32_t c);

/* What c is made of, base letter and marks apart; their number. */
size_t hp_unicode_parts(int32_t c, int32_t parts[HP_CHAR_PARTS]);

/* c as UTF-8; the number of bytes. */
size_t hp_unicode_write(int32_t c, uint8_t out[HP_CHAR_BYTES]);

#endif
