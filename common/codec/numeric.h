/*
 * Text in the digits of a QR code's numeric mode, as SMART Health Cards write it: two digits a
 * character, its ASCII code less 45 (shc, 1).
 */
#ifndef HP_CODEC_NUMERIC_H
#define HP_CODEC_NUMERIC_H

#include "base/str.h"

/*
 * Decodes into out, which has room for digits.n / 2 bytes.  False for an odd number of digits, for
 * anything else than digits, and for pairs of which no JWS is made: above 77, which is 'z'.
 */
bool hp_numeric_read(hp_str digits, uint8_t *out);

/* The reverse: two digits for each character of a JWS, '-' to 'z', and no closing zero. */
void hp_numeric_write(hp_str text, char *digits);

#endif
