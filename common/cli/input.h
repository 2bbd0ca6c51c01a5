/*
 * Passes as they come in, from a file or line by line.  Bounded: whatever is longer
 * than any pass can be is told, not kept, and a line that does not end is given up.
 */
#ifndef HP_CLI_INPUT_H
#define HP_CLI_INPUT_H

#include <stdio.h>

#include "base/str.h"

#define HP_INPUT_ROOM 262144     /* bytes; white space around a pass counts here */
#define HP_INPUT_LINE (16 << 20) /* bytes of a line that are read to find its end */

typedef enum {
    HP_INPUT_PASS,
    HP_INPUT_TOO_LONG,
    HP_INPUT_END,     /* no further line */
    HP_INPUT_ENDLESS, /* a line of more than HP_INPUT_LINE bytes: the next one cannot be found */
    HP_INPUT_FAILED   /* errno says why */
} hp_input;

/* All give bytes without one trailing line end, LF or CRLF. */
hp_input hp_input_line(FILE *from, uint8_t bytes[HP_INPUT_ROOM], size_t *n);
hp_input hp_input_line_of(FILE *from, uint8_t *bytes, size_t room, size_t *n);
hp_input hp_input_file(const char *path, uint8_t bytes[HP_INPUT_ROOM], size_t *n);

#endif
