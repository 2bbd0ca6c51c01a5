/* Overwriting what was secret. */
#ifndef HP_BASE_WIPE_H
#define HP_BASE_WIPE_H

#include <stddef.h>

/* Overwrites n bytes with zeros, so that no compiler leaves it out.  p may be NULL. */
void hp_wipe(void *p, size_t n);

#endif
