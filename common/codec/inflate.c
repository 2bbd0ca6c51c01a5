/* zlib streams; see inflate.h. */
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

bool
hp_inflate(hp_str in, size_t max, hp_arena *arena, hp_str *out)
{
    z_stream z = { .zalloc = take, .zfree = leave, .opaque = arena };
    uint8_t *room;
    int rc;

    /* 15 window bits and no more: only zlib's own header, no gzip (zlib.h, inflateInit2). */
    if (in.n > UINT_MAX || inflateInit2(&z, 15) != Z_OK)
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
    return rc == Z_STREAM_END && z.avail_in == 0 && z.total_out <= max;
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
