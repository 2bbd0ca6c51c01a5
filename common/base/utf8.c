/* UTF-8; see utf8.h. */
#include "base/utf8.h"

/* Length of the sequence that starts at p, 0 when it is none (RFC 3629, section 4). */
static size_t
sequence(const uint8_t *p, size_t left)
{
    uint8_t low = 0x80, high = 0xBF;
    size_t n, i;

    if (p[0] < 0x80)
        return 1;
    if (p[0] < 0xC2 || p[0] > 0xF4)
        return 0;
    n = p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : 4;
    if (n > left)
        return 0;
    if (p[0] == 0xE0)
        low = 0xA0;
    if (p[0] == 0xED)
        high = 0x9F;
    if (p[0] == 0xF0)
        low = 0x90;
    if (p[0] == 0xF4)
        high = 0x8F;
    if (p[1] < low || p[1] > high)
        return 0;
    for (i = 2; i < n; i++) {
        if (p[i] < 0x80 || p[i] > 0xBF)
            return 0;
    }
    return n;
}

bool
hp_utf8_count(hp_str s, size_t *points)
{
    size_t at = 0, n;

    for (*points = 0; at < s.n; at += n, ++*points) {
        n = sequence(s.p + at, s.n - at);
        if (n == 0)
            return false;
    }
    return true;
}
