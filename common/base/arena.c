/* Cuts one lent buffer into pieces; see arena.h. */
#include "base/arena.h"

#include "base/wipe.h"

hp_arena
hp_arena_over(void *p, size_t n)
{
    return (hp_arena){ p, p == NULL ? 0 : n, 0, false };
}

void
hp_arena_trim(hp_arena *a, const void *p, size_t taken, size_t n)
{
    if ((const uint8_t *)p + taken == a->base + a->used)
        a->used -= taken - n;
}

void
hp_arena_return(hp_arena *a, size_t mark)
{
    if (mark >= a->used)
        return;
    hp_wipe(a->base + mark, a->used - mark);
    a->used = mark;
}
