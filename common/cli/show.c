/* Shows a text as a QR code; see show.h. */
#include "cli/show.h"

#include "codec/png.h"

#include <errno.h>

#define PNG_SCALE 4 /* pixels a module */

static int
write_png(const hp_cli_command *self, const char *path, const hp_qr *qr)
{
    FILE *to = fopen(path, "wb");
    bool ok = to != NULL && hp_png_write(qr, PNG_SCALE, to);

    if (to != NULL && fclose(to) != 0)
        ok = false;
    return ok ? HP_EXIT_OK : hp_cli_say(self, HP_EXIT_FAULT, "%s: %s", path, strerror(errno));
}

int
hp_cli_show_code(const hp_cli_command *self, hp_str text, bool terminal, const char *png)
{
    hp_qr qr;
    int status = HP_EXIT_OK;

    if (!terminal && png == NULL)
        return HP_EXIT_OK;
    if (!hp_qr_make(text, &qr))
        return hp_cli_say(self, HP_EXIT_FAULT, "%zu characters do not fit into a QR code", text.n);
    if (terminal)
        hp_qr_print(&qr, stdout);
    if (png != NULL)
        status = write_png(self, png, &qr);
    hp_qr_free(&qr);
    return status;
}
