/*
 * hp_png: a QR code as a PNG picture.  The only door to libpng.
 */
#ifndef HP_CODEC_PNG_H
#define HP_CODEC_PNG_H

#include <stdio.h>

#include "codec/qr.h"

/* Writes a black and white picture, scale pixels a module, with a quiet zone. */
bool hp_png_write(const hp_qr *qr, size_t scale, FILE *to);

#endif
