/*
 * hp_arena: the one lent buffer, cut into pieces from the front.
 *
 * Pieces are not given back one by one: the whole arena ends with the verdict, and its
 * used bytes are wiped then; what goes before that is wiped as it goes.  Running out is no
 * crash and no refusal: `full` tells it from a bad pass, whatever the code in between made of
 * the NULL.
 */
#ifndef HP_BASE_ARENA_H
#define HP_BASE_ARENA_H

#include "base/str.h"

#include <stdalign.h>

typedef struct {
    uint8_t *base;
    size_t size;
    size_t used;
    bool full; /* something did not fit; stays so */
} hp_arena;

/* Starts cutting the n bytes at p, which stay the caller's. */
hp_arena hp_arena_over(void *p, size_t n);

/* The next n bytes, aligned for any type and not zeroed; NULL when they do not fit. */
static inline void *
hp_arena_take(hp_arena *a, size_t n)
{
    size_t skip = (size_t)(-((uintptr_t)a->base + a->used)) % alignof(max_align_t);

    if (skip > a->size - a->used || n > a->size - a->used - skip) {
        a->full = true;
        return NULL;
    }
    a->used += skip + n;
    return a->base + a->used - n;
}

/*
 * Cuts the piece at p, the last one taken, to its first n bytes; the rest must not have
 * been written.  A piece that is not the last one stays as it is.
 */
void hp_arena_trim(hp_arena *a, const void *p, size_t taken, size_t n);

/* Gives back what was taken since a->used was mark, wiped; that it ran out stays so. */
void hp_arena_return(hp_arena *a, size_t mark);

#endif
