/* What commands say, and when it is; see cli.h. */
#include "cli/cli.h"

#include "base/utf8.h"

#include <stdarg.h>
#include <time.h>

#define SAY_MAX 8192 /* a longer message is cut */

/*
 * Does a terminal obey this code point: C0, DEL and C1 controls, line and paragraph
 * separators, marks that turn the direction of writing (Unicode 9, "bidi controls")?
 */
static bool
is_control(unsigned long point)
{
    return point < 0x20 || (point >= 0x7f && point < 0xa0) || point == 0x061c ||
        point == 0x200e || point == 0x200f || (point >= 0x2028 && point <= 0x202e) ||
        (point >= 0x2066 && point <= 0x2069) || point == 0xfeff;
}

/* Bytes and code point of the UTF-8 character at p, which is well-formed. */
static size_t
character(const uint8_t *p, unsigned long *point)
{
    size_t n = p[0] < 0x80 ? 1 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4, i;

    *point = n == 1 ? p[0] : (unsigned long)(p[0] & (0x7f >> n));
    for (i = 1; i < n; i++)
        *point = *point << 6 | (p[i] & 0x3f);
    return n;
}

void
hp_cli_put_safe(hp_str text, FILE *to)
{
    unsigned long point;
    size_t points, i, n = 1;
    bool utf8 = hp_utf8_count(text, &points);

    for (i = 0; i < text.n; i += n) {
        point = text.p[i];
        if (utf8)
            n = character(text.p + i, &point);
        if (is_control(point) || (!utf8 && point >= 0x80))
            putc('?', to);
        else
            (void)fwrite(text.p + i, 1, n, to);
    }
}

int
hp_cli_say(const hp_cli_command *self, int status, const char *format, ...)
{
    char text[SAY_MAX];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    fflush(stdout); /* answers so far come first where both go to one place */
    fprintf(stderr, "healthpassctl %s: ", self->name);
    hp_cli_put_safe(hp_str_of(text), stderr);
    putc('\n', stderr);
    return status;
}

double
hp_cli_now(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}
