/* One message for whoever set something up; see error.h. */
#include "base/error.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

void
hp_error_set(hp_error *e, const char *format, ...)
{
    va_list args;

    if (e == NULL)
        return;
    va_start(args, format);
    (void)vsnprintf(e->text, sizeof(e->text), format, args);
    va_end(args);
}
