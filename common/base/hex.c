/* Hexadecimal digits; see hex.h. */
#include "base/hex.h"

#define NONE 16u

void
hp_hex_write(hp_str bytes, char *text)
{
    static const char digits[] = "0123456789abcdef";
    size_t i;

    for (i = 0; i < bytes.n; i++) {
        *text++ = digits[bytes.p[i] >> 4];
        *text++ = digits[bytes.p[i] & 15];
    }
    *text = '\0';
}

static unsigned
digit(unsigned c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : NONE;
}

bool
hp_hex_read(hp_str text, uint8_t *bytes)
{
    unsigned high, low;
    size_t i;

    for (i = 0; i + 1 < text.n; i += 2) {
        high = digit(text.p[i]);
        low = digit(text.p[i + 1]);
        if (high == NONE || low == NONE)
            return false;
        bytes[i / 2] = (uint8_t)(high << 4 | low);
    }
    return i == text.n;
}
