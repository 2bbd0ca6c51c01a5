/* Bytes as hexadecimal digits, and back. */
#ifndef HP_BASE_HEX_H
#define HP_BASE_HEX_H

#include "base/str.h"

/* Characters that n bytes need, with the closing zero. */
#define HP_HEX_TEXT(n) (2 * (n) + 1)

/* Lower-case digits and a closing zero; text has room for HP_HEX_TEXT(bytes.n). */
void hp_hex_write(hp_str bytes, char *text);

/*
 * Reads two digits a byte, of either case, into text.n / 2 bytes.  False when there is
 * anything else, or an odd digit; bytes may hold a part then.
 */
bool hp_hex_read(hp_str text, uint8_t *bytes);

#endif
