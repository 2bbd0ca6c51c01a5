/* Passes as they come in; see input.h. */
#include "cli/input.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

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
hp_input_line(FILE *from, uint8_t bytes[HP_INPUT_ROOM], size_t *n)
{
    bool any = false, fits = true;
    int c = 0;

    *n = 0;
    while (c != '\n' && (c = getc(from)) != EOF) {
        any = true;
        if (*n == HP_INPUT_ROOM)
            fits = false;
        else
            bytes[(*n)++] = (uint8_t)c;
    }
    if (ferror(from))
        return HP_INPUT_FAILED;
    if (!any)
        return HP_INPUT_END;
    *n = without_line_end(bytes, *n);
    return fits ? HP_INPUT_PASS : HP_INPUT_TOO_LONG;
}

/* Reads until the end of the file, or until the room is full. */
static bool
read_whole(int fd, uint8_t bytes[HP_INPUT_ROOM], size_t *n)
{
    ssize_t got;

    for (*n = 0; *n < HP_INPUT_ROOM; *n += (size_t)got) {
        got = read(fd, bytes + *n, HP_INPUT_ROOM - *n);
        if (got < 0 && errno == EINTR)
            got = 0;
        else if (got <= 0)
            return got == 0;
    }
    return true;
}

hp_input
hp_input_file(const char *path, uint8_t bytes[HP_INPUT_ROOM], size_t *n)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY), why;
    bool ok;

    if (fd < 0)
        return HP_INPUT_FAILED;
    ok = read_whole(fd, bytes, n);
    why = errno;
    (void)close(fd);
    errno = why;
    if (!ok)
        return HP_INPUT_FAILED;
    if (*n == HP_INPUT_ROOM)
        return HP_INPUT_TOO_LONG;
    *n = without_line_end(bytes, *n);
    return HP_INPUT_PASS;
}
