/*
 * hp_arena: the one lent buffer, cut into pieces from the front.
 *
 * Nothing is ever given back: the whole arena ends with the verdict, and
 * hp_arena_used() says how much of it has to be wiped then.
 */
#ifndef HP_BASE_ARENA_H
#define HP_BASE_ARENA_H

#include "base/str.h"

typedef struct {
    uint8_t *base;
    size_t size;
    size_t used;
} hp_arena;

/* Starts cutting the n bytes at p, which stay the caller's. */
hp_arena hp_arena_over(void *p, size_t n);

/* The next n bytes, aligned for any type and not zeroed; NULL when they do not fit. */
void *hp_arena_take(hp_arena *a, size_t n);

/*
 * Room of unknown final size: hp_arena_room() lends up to most bytes at the end of
 * what is used (*room says how many), hp_arena_keep() then keeps the first n of
 * them.  The bytes are not aligned.
 */
uint8_t *hp_arena_room(hp_arena *a, size_t most, size_t *room);
void hp_arena_keep(hp_arena *a, size_t n);

/* Bytes from the front that may hold something. */
size_t hp_arena_used(const hp_arena *a);

#endif
