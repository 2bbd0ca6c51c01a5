/* Base45 (RFC 9285); see base45.h. */
#include "codec/base45.h"

#define BAD 0x80 /* a bit that no value has */

/* RFC 9285, table 1: the character of each value. */
static const char alphabet[45] = {
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E',
    'F', 'G', 'H', 'I', 'J', 'K', 'L', 'M', 'N', 'O', 'P', 'Q', 'R', 'S', 'T',
    'U', 'V', 'W', 'X', 'Y', 'Z', ' ', '$', '%', '*', '+', '-', '.', '/', ':'
};

#define BAD16 BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD

/* The value of each byte. */
static const uint8_t values[256] = {
    BAD16, BAD16,
    /*        !    "    #   $   %    &    '    (    )   *   +    ,   -   .   / */
    36, BAD, BAD, BAD, 37, 38, BAD, BAD, BAD, BAD, 39, 40, BAD, 41, 42, 43,
    /* 0 to 9, then : ; < = > ? */
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 44, BAD, BAD, BAD, BAD, BAD,
    /* @, then A to Z, then [ \ ] ^ _ */
    BAD, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24,
    25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, BAD, BAD, BAD, BAD, BAD,
    BAD16, BAD16,
    BAD16, BAD16, BAD16, BAD16, BAD16, BAD16, BAD16, BAD16
};

bool
hp_base45_decode(hp_str in, uint8_t *out, size_t *n)
{
    size_t i, made = 0;
    unsigned c, d, e, group;

    for (i = 0; in.n - i >= 3; i += 3) {
        c = values[in.p[i]];
        d = values[in.p[i + 1]];
        e = values[in.p[i + 2]];
        group = c + 45 * d + 2025 * e;
        if (((c | d | e) & BAD) != 0 || group > 0xFFFF)
            return false;
        out[made++] = (uint8_t)(group >> 8);
        out[made++] = (uint8_t)group;
    }
    if (in.n - i == 1)
        return false;
    if (in.n - i == 2) {
        c = values[in.p[i]];
        d = values[in.p[i + 1]];
        group = c + 45 * d;
        if (((c | d) & BAD) != 0 || group > 0xFF)
            return false;
        out[made++] = (uint8_t)group;
    }
    *n = made;
    return true;
}

void
hp_base45_encode(hp_str in, char *out)
{
    size_t i;
    unsigned group;

    for (i = 0; in.n - i >= 2; i += 2) {
        group = (unsigned)in.p[i] << 8 | in.p[i + 1];
        *out++ = alphabet[group % 45];
        *out++ = alphabet[group / 45 % 45];
        *out++ = alphabet[group / 2025];
    }
    if (in.n - i == 1) {
        *out++ = alphabet[in.p[i] % 45];
        *out++ = alphabet[in.p[i] / 45];
    }
}
