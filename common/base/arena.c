/* Cuts one lent buffer into pieces; see arena.h. */
#include "base/arena.h"

#include <stdalign.h>

hp_arena
hp_arena_over(void *p, size_t n)
{
    return (hp_arena){ p, p == NULL ? 0 : n, 0 };
}

void *
hp_arena_take(hp_arena *a, size_t n)
{
    size_t skip = 0;

    if (a->base != NULL)
        skip = (size_t)(-(uintptr_t)(a->base + a->used)) % alignof(max_align_t);
    if (skip > a->size - a->used || n > a->size - a->used - skip)
        return NULL;
    a->used += skip + n;
    return a->base + a->used - n;
}

uint8_t *
hp_arena_room(hp_arena *a, size_t most, size_t *room)
{
    *room = a->size - a->used < most ? a->size - a->used : most;
    return a->base + a->used;
}

void
hp_arena_keep(hp_arena *a, size_t n)
{
    a->used += n;
}

size_t
hp_arena_used(const hp_arena *a)
{
    return a->used;
}
