/*
 * What the readers and the writer of SMART Health Cards share; shc.c says what they are.
 */
#ifndef HP_FORMAT_SHC_H
#define HP_FORMAT_SHC_H

#include "base/arena.h"
#include "reason.h"

#define HP_SHC_SCHEME    "shc:/"
#define HP_SHC_TYPE      "https://smarthealth.cards#health-card"
#define HP_SHC_JWS_MAX   16384  /* bytes of one card; one that is printed has at most 1195 */
#define HP_SHC_CHUNKS    32     /* QR codes that one card may be cut into */
#define HP_SHC_CARDS     8      /* cards in one file */
#define HP_SHC_TEXT_MAX  163840 /* bytes of the longest text: a file of as many and as long cards */
#define HP_SHC_JSON_MAX  262144 /* bytes of an inflated card; the largest example has 30 KB */

/* Does it begin as one of the forms of shc_text.c does? */
bool hp_shc_is(hp_str text);

/* The one card in a text of any form: the first one of a file.  False with *why. */
bool hp_shc_text(hp_str text, hp_arena *arena, hp_str *jws, hp_reason *why);

/*
 * Is the text one QR code of a card that was cut into several: the nth, from 1, of how many?  For
 * who gathers the codes: once there are all, their texts with white space between them, in any
 * order, are one text for hp_verify().
 */
bool hp_shc_chunk(hp_str text, unsigned *nth, unsigned *of);

/*
 * Writes n texts as such a one, *made bytes of the max there are; false when they do not fit.
 */
bool hp_shc_join(const hp_str *texts, size_t n, uint8_t *out, size_t max, size_t *made);

#endif
