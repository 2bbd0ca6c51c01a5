/* A text as a QR code: on the terminal, as a picture, or both. */
#ifndef HP_CLI_SHOW_H
#define HP_CLI_SHOW_H

#include "cli/cli.h"

/* terminal: on standard output; png: the picture's path, NULL for none.  An exit code. */
int hp_cli_show_code(const hp_cli_command *self, hp_str text, bool terminal, const char *png);

#endif
