/* A QR code as a picture, over libpng's simplified interface; see png.h. */
#include "codec/png.h"

#include <png.h>
#include <stdlib.h>

/* One byte a pixel, black or white. */
static void
paint(const hp_qr *qr, size_t scale, uint8_t *pixel, size_t wide)
{
    size_t y, x;

    for (y = 0; y < wide; y++) {
        for (x = 0; x < wide; x++)
            *pixel++ = hp_qr_is_dark(qr, y / scale, x / scale) ? 0 : 255;
    }
}

bool
hp_png_write(const hp_qr *qr, size_t scale, FILE *to)
{
    size_t wide = (qr->side + 2 * HP_QR_QUIET) * scale;
    uint8_t *pixels = malloc(wide * wide);
    png_image image = { .version = PNG_IMAGE_VERSION,
                        .width = (png_uint_32)wide,
                        .height = (png_uint_32)wide,
                        .format = PNG_FORMAT_GRAY };
    bool ok = pixels != NULL;

    if (ok) {
        paint(qr, scale, pixels, wide);
        ok = png_image_write_to_stdio(&image, to, 0, pixels, 0, NULL) != 0;
    }
    free(pixels);
    return ok;
}
