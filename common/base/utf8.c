/* UTF-8; see utf8.h. */
#include "base/utf8.h"

/* Length of the sequence of two to four bytes at p, 0 when it is none (RFC 3629, section 4). */
static size_t
sequence(const uint8_t *p, size_t left)
{
    uint8_t low = 0x80, high = 0xBF;
    size_t n, i;

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

/* Bytes at the start of s that are ASCII, counted eight at a time: most texts are nothing else. */
static size_t
ascii_run(hp_str s)
{
    uint64_t eight;
    size_t n;

    for (n = 0; s.n - n >= sizeof(eight); n += sizeof(eight)) {
        memcpy(&eight, s.p + n, sizeof(eight));
        if ((eight & UINT64_C(0x8080808080808080)) != 0)
            break;
    }
    while (n < s.n && s.p[n] < 0x80)
        n++;
    return n;
}

bool
hp_utf8_count(hp_str s, size_t *points)
{
    size_t n;

    *points = 0;
    while (s.n > 0) {
        n = ascii_run(s);
        *points += n;
        s = hp_str_from(s, n);
        if (s.n == 0)
            break;
        n = sequence(s.p, s.n);
        if (n == 0)
            return false;
        *points += 1;
        s = hp_str_from(s, n);
    }
    return true;
}
