/* zlib streams and raw deflate; see inflate.h. */
#include "codec/inflate.h"

#include <limits.h>

#define ZLIB_CONST
#include <zlib.h>

static void *
take(void *arena, unsigned items, unsigned size)
{
    return hp_arena_take(arena, (size_t)items * size);
}

/* The arena is wiped as a whole. */
static void
leave(void *arena, void *p)
{
    (void)arena;
    (void)p;
}

/* bits as zlib.h, inflateInit2, has them; *left are the bytes of in behind the end. */
static bool
inflate_all(hp_str in, int bits, size_t max, hp_arena *arena, hp_str *out, size_t *left)
{
    z_stream z = { .zalloc = take, .zfree = leave, .opaque = arena };
    uint8_t *room;
    int rc;

    if (in.n > UINT_MAX || inflateInit2(&z, bits) != Z_OK)
        return false;
    room = hp_arena_take(arena, max + 1);
    if (room == NULL)
        return false;
    z.next_in = in.p;
    z.avail_in = (uInt)in.n;
    z.next_out = room;
    z.avail_out = (uInt)(max + 1);
    rc = inflate(&z, Z_FINISH);
    hp_arena_trim(arena, room, max + 1, z.total_out);
    (void)inflateEnd(&z);
    *out = (hp_str){ room, z.total_out };
    *left = z.avail_in;
    return rc == Z_STREAM_END && z.total_out <= max;
}

/* 15 window bits and no more: only zlib's own header, no gzip. */
bool
hp_inflate(hp_str in, size_t max, hp_arena *arena, hp_str *out)
{
    size_t left;

    return inflate_all(in, MAX_WBITS, max, arena, out, &left) && left == 0;
}

bool
hp_inflate_raw(hp_str in, size_t max, hp_arena *arena, hp_str *out)
{
    size_t left;

    return inflate_all(in, -MAX_WBITS, max, arena, out, &left);
}

bool
hp_deflate(hp_str in, int level, uint8_t *out, size_t *n)
{
    uLongf made = *n;

    if (compress2(out, &made, in.p, in.n, level) != Z_OK)
        return false;
    *n = made;
    return true;
}

bool
hp_deflate_raw(hp_str in, uint8_t *out, size_t *n)
{
    z_stream z = { .next_in = in.p, .avail_in = (uInt)in.n, .next_out = out,
                   .avail_out = (uInt)*n };
    int rc;

    if (in.n > UINT_MAX || *n > UINT_MAX ||
        deflateInit2(&z, Z_BEST_COMPRESSION, Z_DEFLATED, -MAX_WBITS, MAX_MEM_LEVEL,
                     Z_DEFAULT_STRATEGY) != Z_OK)
        return false;
    rc = deflate(&z, Z_FINISH);
    *n = z.total_out;
    (void)deflateEnd(&z);
    return rc == Z_STREAM_END;
}
