/* Rows of our own compiled files, written; see row.h. */
#include "check/row.h"

void
hp_row_put(uint8_t **to, uint64_t value, size_t n)
{
    for (; n > 0; n--, value >>= 8)
        *(*to)++ = (uint8_t)value;
}

void
hp_row_put_time(uint8_t **to, double t)
{
    uint64_t bits;

    memcpy(&bits, &t, sizeof(bits));
    hp_row_put(to, bits, 8);
}

void
hp_row_put_bytes(uint8_t **to, const void *bytes, size_t n)
{
    if (n > 0)
        memcpy(*to, bytes, n);
    *to += n;
}
