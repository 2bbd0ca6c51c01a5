/*
 * Rows of our own compiled files, the trust store and the revocation index: little-endian
 * numbers, binary64 times, texts filled up with zeros.
 *
 * Reading marks the cursor bad at what cannot be.  Writing is for healthpassctl: whoever writes
 * has reckoned the room before, so that nothing in it can fail half-way.
 */
#ifndef HP_CHECK_ROW_H
#define HP_CHECK_ROW_H

#include "base/cursor.h"

/* A number of n bytes, at most 8. */
static inline uint64_t
hp_row_number(hp_cur *c, size_t n)
{
    const uint8_t *p = hp_cur_take(c, n);
    uint64_t value = 0;

    while (p != NULL && n-- > 0)
        value = value << 8 | p[n];
    return value;
}

/* Seconds since 1970 UTC.  Infinite, unordered and absurd times are marked as bad. */
double hp_row_time(hp_cur *c);

/* A time of a list: what lies before 1970 would mean that it has none, and is marked as bad. */
double hp_row_date(hp_cur *c);

void hp_row_bytes(hp_cur *c, void *to, size_t n);

/*
 * A text of n bytes, filled up with zeros; at least the last one must be zero.  It comes before
 * people, in logs and on terminals: what they would obey is none.
 */
void hp_row_text(hp_cur *c, char *to, size_t n);

/* Each writes at *to, and moves *to behind what it wrote. */
void hp_row_put(uint8_t **to, uint64_t value, size_t n);
void hp_row_put_time(uint8_t **to, double t);
void hp_row_put_bytes(uint8_t **to, const void *bytes, size_t n);

#endif
