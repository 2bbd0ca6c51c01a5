/* QR codes, over libqrencode; see qr.h. */
#include "codec/qr.h"

#include <qrencode.h>
#include <stdlib.h>

/* All of text in alphanumeric mode where its characters allow, at the best level that fits. */
static QRcode *
encode(const char *text)
{
    static const QRecLevel levels[] = { QR_ECLEVEL_Q, QR_ECLEVEL_M, QR_ECLEVEL_L };
    QRcode *code = NULL;
    size_t i;

    for (i = 0; code == NULL && i < sizeof(levels) / sizeof(levels[0]); i++)
        code = QRcode_encodeString(text, 0, levels[i], QR_MODE_8, 1);
    return code;
}

bool
hp_qr_make(hp_str text, hp_qr *qr)
{
    char *copy = strndup((const char *)text.p, text.n);
    QRcode *code = copy == NULL ? NULL : encode(copy);
    size_t i;

    *qr = (hp_qr){ NULL, 0 };
    if (code != NULL) {
        qr->side = (size_t)code->width;
        qr->dark = malloc(qr->side * qr->side);
        for (i = 0; qr->dark != NULL && i < qr->side * qr->side; i++)
            qr->dark[i] = code->data[i] & 1;
    }
    QRcode_free(code);
    free(copy);
    return qr->dark != NULL;
}

void
hp_qr_free(hp_qr *qr)
{
    free(qr->dark);
    *qr = (hp_qr){ NULL, 0 };
}

bool
hp_qr_is_dark(const hp_qr *qr, size_t row, size_t column)
{
    size_t y = row - HP_QR_QUIET, x = column - HP_QR_QUIET; /* huge inside the quiet zone */

    return y < qr->side && x < qr->side && qr->dark[y * qr->side + x] != 0;
}

void
hp_qr_print(const hp_qr *qr, FILE *to)
{
    static const char *const blocks[2][2] = {
        { " ", "\u2584" },     /* upper light: light or dark below */
        { "\u2580", "\u2588" } /* upper dark */
    };
    size_t all = qr->side + 2 * HP_QR_QUIET, row, column;

    for (row = 0; row < all; row += 2) {
        fputs("\033[30;107m", to); /* black on bright white */
        for (column = 0; column < all; column++) {
            bool upper = hp_qr_is_dark(qr, row, column);
            bool lower = hp_qr_is_dark(qr, row + 1, column);

            fputs(blocks[upper][lower], to);
        }
        fputs("\033[0m\n", to);
    }
}
