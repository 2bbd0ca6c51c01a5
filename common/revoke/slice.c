/*
 * One slice of the EU distribution service; see slice.h.  All numbers are big-endian.
 *
 *     Bloom filter   2 version = 1, 1 rounds, 1 hash function = 0, 4 p, 4 designed number,
 *                    4 current number, 4 number of words, then the words of 4 bytes
 *     key list       2 version = 1, 4 p, 4 number, 1 bytes of a key, then the keys
 */
#include "revoke/slice.h"

#include "base/cursor.h"

#include <math.h>
#include <stdlib.h>

#define VERSION    1
#define ROUNDS_MAX 127  /* a signed byte in Java */
#define SURE_P     1e-9 /* what is wrong less often counts as listed (3.3) */
#define SURE_WIDTH 8    /* and so do as many bytes of a key */

static bool
refuse(hp_error *error, const char *what)
{
    hp_error_set(error, "%s", what);
    return false;
}

/* The next n bytes as a number; 0 when they are not there. */
static uint32_t
number(hp_cur *c, size_t n)
{
    const uint8_t *p = hp_cur_take(c, n);
    uint32_t value = 0;
    size_t i;

    for (i = 0; p != NULL && i < n; i++)
        value = value << 8 | p[i];
    return value;
}

/* binary32 (IEEE 754), which both formats use for p. */
static double
real(hp_cur *c)
{
    uint32_t bits = number(c, 4);
    float value;

    memcpy(&value, &bits, sizeof(value));
    return (double)value;
}

static bool
is_chance(double p)
{
    return p > 0 && p < 1;
}

/* ---- Bloom filters -------------------------------------------------------------------------- */

static uint64_t
count_ones(hp_str bits)
{
    uint64_t n = 0;
    size_t i;

    for (i = 0; i < bits.n; i++)
        n += (unsigned)__builtin_popcount(bits.p[i]);
    return n;
}

/* How often a key that is not in it hits it, by its own figures and by how full it really is. */
static double
chance(const hp_slice *slice, uint32_t n)
{
    double k = slice->rounds, bits = (double)slice->filter.n * 8;
    double told = pow(1 - exp(-k * n / bits), k);
    double seen = pow((double)count_ones(slice->filter) / bits, k);

    return told > seen ? told : seen;
}

bool
hp_slice_bloom(hp_str bytes, hp_slice *slice, uint32_t *n, hp_error *error)
{
    hp_cur c = hp_cur_of(bytes);
    uint32_t version = number(&c, 2), rounds = number(&c, 1), function = number(&c, 1);
    double p = real(&c), actual;
    uint32_t designed = number(&c, 4), words;

    *n = number(&c, 4);
    words = number(&c, 4);
    if (c.bad || version != VERSION || function != 0)
        return refuse(error, "is no Bloom filter of version 1 over SHA-256");
    if (rounds < 1 || rounds > ROUNDS_MAX || !is_chance(p) || designed < 1)
        return refuse(error, "is a Bloom filter with figures that cannot be");
    if (words < 1 || hp_cur_left(&c) % 4 != 0 || hp_cur_left(&c) / 4 != words)
        return refuse(error, "is a Bloom filter of another length than it says");
    slice->kind = HP_SLICE_BLOOM;
    slice->rounds = rounds;
    slice->width = 0;
    slice->filter = (hp_str){ c.p, hp_cur_left(&c) };
    actual = chance(slice, *n);
    slice->sure = p <= SURE_P && actual <= SURE_P;
    return true;
}

/* ---- lists of keys -------------------------------------------------------------------------- */

/* The first hex digits as a number. */
static unsigned
digits_of(const uint8_t *key, unsigned digits)
{
    unsigned value = 0, i;

    for (i = 0; i < digits; i++)
        value = value << 4 | (i % 2 == 0 ? key[i / 2] >> 4 : key[i / 2] & 0x0f);
    return value;
}

/*
 * The Java writer takes keys for signed numbers and writes the shortest form of them: leading
 * bytes FF get lost before one of 80 and more, and 00 stands in their place.  Where all keys must
 * begin with F they are those.
 */
static void
mend(uint8_t *key, size_t width)
{
    size_t i;

    for (i = 0; i < width && key[i] == 0; i++)
        key[i] = 0xff;
}

static bool
mend_all(uint8_t *keys, size_t n, const hp_slice *slice)
{
    bool of_f = slice->digits > 0 && slice->prefix >> 4 * (slice->digits - 1) == 0x0f;
    size_t i;

    for (i = 0; i < n; i++, keys += slice->width) {
        if (of_f)
            mend(keys, slice->width);
        if (2 * slice->width >= slice->digits &&
            digits_of(keys, slice->digits) != slice->prefix)
            return false;
    }
    return true;
}

static int
as_bytes(const void *a, const void *b, void *width)
{
    return memcmp(a, b, *(size_t *)width);
}

bool
hp_slice_prefixes(uint8_t *bytes, size_t size, hp_slice *slice, uint32_t *n, hp_error *error)
{
    hp_cur c = hp_cur_of((hp_str){ bytes, size });
    uint32_t version = number(&c, 2);
    double p = real(&c);
    size_t left, width;

    (void)number(&c, 4); /* what it was designed for */
    width = number(&c, 1);
    left = hp_cur_left(&c);
    if (c.bad || version != VERSION)
        return refuse(error, "is no list of hashes of version 1");
    if (width < 1 || width > HP_LISTED || !is_chance(p))
        return refuse(error, "is a list of hashes with figures that cannot be");
    if (left % width != 0)
        return refuse(error, "is a list of hashes that ends in the middle of one");
    *n = (uint32_t)(left / width);
    slice->kind = HP_SLICE_PREFIX;
    slice->width = (unsigned)width;
    slice->rounds = 0;
    slice->sure = width >= SURE_WIDTH;
    slice->filter = (hp_str){ c.p, left };
    bytes += size - left;
    if (!mend_all(bytes, *n, slice))
        return refuse(error, "is a list with hashes of another chunk");
    if (*n > 0)
        qsort_r(bytes, *n, width, as_bytes, &width);
    return true;
}
