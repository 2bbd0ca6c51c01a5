/*
 * Passes of an exact length, for tests of what lies between a scanner and the gate
 * (terminals, prompts, headers cut at limits of their own).
 */
#ifndef HP_CLI_PAD_H
#define HP_CLI_PAD_H

#include "base/error.h"
#include "format/hc1_write.h"

#define HP_PAD_MAX 65535 /* characters of the longest padded text */

/*
 * As hp_hc1_write(), with wish->pad filled so that the text has exactly that many
 * characters.  False when there is no such text; *error then names the nearest
 * lengths.
 */
bool hp_pad_write(hp_hc1_wish *wish, size_t characters, char *text, size_t *n,
                  hp_error *error);

#endif
