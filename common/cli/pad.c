/*
 * Passes of an exact length; see pad.h.
 *
 * Random bytes do not compress, so n more of them make the zlib stream about n longer.
 * About: signature and padding differ at each attempt, and deflate's tables with them.
 * So the way is to try, and to correct by what was missing.
 */
#include "cli/pad.h"

#include "format/hc1.h"

#include <sys/random.h>

#define TRIES  200
#define PREFIX HP_HC1_CONTEXT_LENGTH

/* What the tries came to: the nearest lengths on both sides. */
typedef struct {
    size_t below, above; /* 0: none seen */
} nearest;

static void
note(nearest *seen, size_t n, size_t characters)
{
    if (n < characters && n > seen->below)
        seen->below = n;
    if (n > characters && (seen->above == 0 || n < seen->above))
        seen->above = n;
}

/* Bytes that a text of so many characters holds. */
static size_t
bytes_of(size_t characters)
{
    return (characters - PREFIX) / 3 * 2 + (characters - PREFIX) % 3 / 2;
}

static bool
fill(uint8_t *p, size_t n)
{
    ssize_t got;

    for (; n > 0; n -= (size_t)got, p += got) {
        got = getrandom(p, n < 256 ? n : 256, 0);
        if (got <= 0)
            return false;
    }
    return true;
}

/* How many bytes of padding to try next: never less than none. */
static size_t
correct(size_t pad, size_t have, size_t want)
{
    if (have <= want)
        return pad + (want - have);
    return pad > have - want ? pad - (have - want) : 0;
}

static bool
search(hp_hc1_wish *wish, size_t characters, uint8_t *pad, char *text, size_t *n,
       nearest *seen)
{
    int tries;

    for (tries = 0; tries < TRIES; tries++) {
        if (!fill(pad, wish->pad.n) || !hp_hc1_write(wish, text, n))
            return false;
        if (*n == characters)
            return true;
        note(seen, *n, characters);
        if (wish->pad.n == 0 && *n > characters + characters / 8)
            return false; /* no luck with a signature makes up for that */
        wish->pad.n = correct(wish->pad.n, bytes_of(*n), bytes_of(characters));
        if (wish->pad.n > HP_PAD_MAX)
            return false;
    }
    return false;
}

bool
hp_pad_write(hp_hc1_wish *wish, size_t characters, char *text, size_t *n, hp_error *error)
{
    uint8_t pad[HP_PAD_MAX];
    nearest seen = { 0, 0 };
    bool ok;

    if (characters < PREFIX || (characters - PREFIX) % 3 == 1) { /* RFC 9285 3 */
        hp_error_set(error, "no Base45 text gives %zu characters; nearest: %zu and %zu",
                     characters, characters - 1, characters + 1);
        return false;
    }
    wish->pad = (hp_str){ pad, 0 };
    ok = search(wish, characters, pad, text, n, &seen);
    wish->pad = (hp_str){ NULL, 0 };
    if (!ok && seen.below == 0 && seen.above != 0)
        hp_error_set(error, "this pass has at least %zu characters", seen.above);
    else if (!ok)
        hp_error_set(error, "no pass of %zu characters was found; nearest: %zu and %zu",
                     characters, seen.below, seen.above);
    return ok;
}
