/* Overwriting what was secret; see wipe.h. */
#include "base/wipe.h"

#include <string.h>

void
hp_wipe(void *p, size_t n)
{
    if (p != NULL)
        explicit_bzero(p, n);
}
