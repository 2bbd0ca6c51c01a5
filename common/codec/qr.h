/*
 * hp_qr: a text as a QR code, on the terminal or as a picture.
 * The only door to libqrencode.
 */
#ifndef HP_CODEC_QR_H
#define HP_CODEC_QR_H

#include <stdio.h>

#include "base/str.h"

/* Dark and light modules of a square symbol, row by row, one byte each: 1 is dark. */
typedef struct {
    uint8_t *dark; /* side * side bytes */
    size_t side;
} hp_qr;

/*
 * The smallest symbol that holds text at error correction level Q, which hcert_spec
 * 4.2.2 recommends; at M or L when the text is too long for that.  False when no
 * symbol holds it, or memory ran out.  End with hp_qr_free().
 */
bool hp_qr_make(hp_str text, hp_qr *qr);
void hp_qr_free(hp_qr *qr);

/* Light modules that ISO/IEC 18004 wants on each side of a symbol. */
#define HP_QR_QUIET 4

/* Is the module dark?  Counted from the corner of the quiet zone; beyond all is light. */
bool hp_qr_is_dark(const hp_qr *qr, size_t row, size_t column);

/* Half blocks in UTF-8 with a quiet zone, dark on light whatever the terminal's colours. */
void hp_qr_print(const hp_qr *qr, FILE *to);

#endif
