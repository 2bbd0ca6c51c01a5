/* Cuts one lent buffer into pieces; see arena.h. */
#include "base/arena.h"

#include <stdalign.h>

hp_arena
hp_arena_over(void *p, size_t n)
{
    return (hp_arena){ p, p == NULL ? 0 : n, 0, false };
}

void *
hp_arena_take(hp_arena *a, size_t n)
{
    size_t skip = 0;

    if (a->base != NULL)
        skip = (size_t)(-(uintptr_t)(a->base + a->used)) % alignof(max_align_t);
    if (skip > a->size - a->used || n > a->size - a->used - skip) {
        a->full = true;
        return NULL;
    }
    a->used += skip + n;
    return a->base + a->used - n;
}

void
hp_arena_trim(hp_arena *a, const void *p, size_t taken, size_t n)
{
    if ((const uint8_t *)p + taken == a->base + a->used)
        a->used -= taken - n;
}
