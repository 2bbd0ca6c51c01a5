/* Bloom filters and lists of prefixes; see slice.h. */
#include "check/slice.h"

#include "check/index_layout.h"

/* ---- Bloom filters (revocation, 3.1) ------------------------------------------ */

#define DIGITS (HP_SHA256 / 4) /* of 32 bits: m is below 2^32, so that no step runs over */

static uint32_t
digit(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* 2^256 modulo m. */
static uint64_t
wrap(uint64_t m)
{
    uint64_t rest = 1;
    size_t i;

    for (i = 0; i < DIGITS; i++)
        rest = (rest << 32) % m;
    return rest;
}

/*
 * The digest as a signed number of 256 bits in two's complement, modulo m, from 0 to m-1: the
 * writer's BigInteger is signed.
 */
static uint64_t
bit_of(const uint8_t digest[HP_SHA256], uint64_t m)
{
    uint64_t rest = 0;
    size_t i;

    for (i = 0; i < DIGITS; i++)
        rest = (rest << 32 | digit(digest + 4 * i)) % m;
    return (digest[0] & 0x80) != 0 ? (rest + m - wrap(m)) % m : rest;
}

/* Bit 0 is the most significant one of the first word. */
static bool
is_set(hp_str words, uint64_t bit)
{
    return (words.p[bit / 8] & 0x80u >> bit % 8) != 0;
}

/* *has stays true only when the bit of every round is set. */
static bool
bloom_has(hp_crypto *crypto, const hp_slice *slice, const uint8_t *key, bool *has)
{
    uint8_t round, digest[HP_SHA256];
    const hp_str parts[] = { { key, HP_LISTED }, { &round, 1 } };

    *has = true;
    for (round = 0; *has && round < slice->rounds; round++) {
        if (!hp_sha256(crypto, parts, 2, digest))
            return false;
        *has = is_set(slice->filter, bit_of(digest, (uint64_t)slice->filter.n * 8));
    }
    return true;
}

/* ---- lists of prefixes (revocation, 3.2) ---------------------------------------- */

static bool
is_listed(const hp_slice *slice, const uint8_t *prefix)
{
    size_t low = 0, high = slice->filter.n / slice->width, middle;
    int order;

    while (low < high) {
        middle = low + (high - low) / 2;
        order = memcmp(slice->filter.p + middle * slice->width, prefix, slice->width);
        if (order == 0)
            return true;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

/*
 * What the Java writer makes of a prefix: as a signed number it loses each leading FF before a
 * byte of 80 or more, and zeros fill its place.  True when that changed anything.
 */
static bool
damage(uint8_t *prefix, size_t width)
{
    size_t i;

    for (i = 0; i + 1 < width && prefix[i] == 0xff && prefix[i + 1] >= 0x80; i++)
        prefix[i] = 0;
    return i > 0;
}

static bool
prefix_has(const hp_slice *slice, const uint8_t *key)
{
    uint8_t prefix[HP_LISTED];

    memcpy(prefix, key, sizeof(prefix));
    return is_listed(slice, prefix) ||
           (damage(prefix, slice->width) && is_listed(slice, prefix));
}

/* ---- both -------------------------------------------------------------------------- */

bool
hp_slice_holds(const hp_slice *slice)
{
    if (slice->filter.n > INDEX_FILTER_MAX)
        return false;
    if (slice->kind == HP_SLICE_BLOOM)
        return slice->rounds >= 1 && slice->rounds <= INDEX_ROUNDS_MAX && slice->filter.n > 0 &&
               slice->filter.n % 4 == 0;
    return slice->width >= 1 && slice->width <= HP_LISTED && slice->filter.n % slice->width == 0;
}

bool
hp_slice_has(hp_crypto *crypto, const hp_slice *slice, const uint8_t key[HP_LISTED], bool *has)
{
    if (slice->kind == HP_SLICE_BLOOM)
        return bloom_has(crypto, slice, key, has);
    *has = prefix_has(slice, key);
    return true;
}
