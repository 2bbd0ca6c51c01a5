/* What commands say, and when it is; see cli.h. */
#include "cli/cli.h"

#include <stdarg.h>
#include <time.h>

int
hp_cli_say(const hp_cli_command *self, int status, const char *format, ...)
{
    va_list args;

    fflush(stdout); /* answers so far come first where both go to one place */
    fprintf(stderr, "healthpassctl %s: ", self->name);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    putc('\n', stderr);
    return status;
}

void
hp_cli_put_safe(hp_str text, FILE *to)
{
    size_t i;

    for (i = 0; i < text.n; i++)
        putc(text.p[i] >= 0x20 && text.p[i] < 0x7f ? text.p[i] : '?', to);
}

void
hp_cli_hex(hp_str bytes, char *text)
{
    static const char digits[] = "0123456789abcdef";
    size_t i;

    for (i = 0; i < bytes.n; i++) {
        *text++ = digits[bytes.p[i] >> 4];
        *text++ = digits[bytes.p[i] & 15];
    }
    *text = '\0';
}

double
hp_cli_now(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}
