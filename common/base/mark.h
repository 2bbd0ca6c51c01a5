/* Marks: a number for bytes, which is another one when they are (FNV-1a).  No proof of anything. */
#ifndef HP_BASE_MARK_H
#define HP_BASE_MARK_H

#include <stddef.h>
#include <stdint.h>

/* Adds n bytes to a mark, which begins as HP_MARK and is a number for all that was added. */
#define HP_MARK 14695981039346656037u

static inline uint64_t
hp_mark_add(uint64_t mark, const void *bytes, size_t n)
{
    const uint8_t *p = bytes;

    while (n-- > 0)
        mark = (mark ^ *p++) * 1099511628211u;
    return mark;
}

#endif
