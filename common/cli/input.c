/* Passes as they come in; see input.h. */
#include "cli/input.h"

#include <errno.h>

static size_t
without_line_end(const uint8_t *bytes, size_t n)
{
    if (n > 0 && bytes[n - 1] == '\n')
        n--;
    else
        return n;
    return n > 0 && bytes[n - 1] == '\r' ? n - 1 : n;
}

hp_input
hp_input_line_of(FILE *from, uint8_t *bytes, size_t room, size_t *n)
{
    size_t length = 0;
    int c = 0;

    *n = 0;
    while (c != '\n' && length <= HP_INPUT_LINE && (c = getc(from)) != EOF) {
        if (length++ < room)
            bytes[(*n)++] = (uint8_t)c;
    }
    if (ferror(from))
        return HP_INPUT_FAILED;
    if (length == 0)
        return HP_INPUT_END;
    if (length > HP_INPUT_LINE)
        return HP_INPUT_ENDLESS;
    *n = without_line_end(bytes, *n);
    return length > room ? HP_INPUT_TOO_LONG : HP_INPUT_PASS;
}

hp_input
hp_input_line(FILE *from, uint8_t bytes[HP_INPUT_ROOM], size_t *n)
{
    return hp_input_line_of(from, bytes, HP_INPUT_ROOM, n);
}

/* Unbuffered: the pass goes nowhere but into bytes, which the caller wipes. */
static hp_input
read_whole(FILE *from, uint8_t bytes[HP_INPUT_ROOM], size_t *n)
{
    (void)setvbuf(from, NULL, _IONBF, 0);
    *n = fread(bytes, 1, HP_INPUT_ROOM, from);
    if (ferror(from))
        return HP_INPUT_FAILED;
    if (*n == HP_INPUT_ROOM)
        return HP_INPUT_TOO_LONG;
    *n = without_line_end(bytes, *n);
    return HP_INPUT_PASS;
}

hp_input
hp_input_file(const char *path, uint8_t bytes[HP_INPUT_ROOM], size_t *n)
{
    FILE *from = fopen(path, "re");
    hp_input input;
    int why;

    *n = 0;
    if (from == NULL)
        return HP_INPUT_FAILED;
    input = read_whole(from, bytes, n);
    why = errno;
    (void)fclose(from);
    errno = why;
    return input;
}
