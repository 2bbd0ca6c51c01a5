/* Base32; see base32.h. */
#include "codec/base32.h"

/* The value of a character; 32 for any other. */
static unsigned
value_of(uint8_t c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    return c >= '2' && c <= '7' ? c - '2' + 26u : 32;
}

/* Without its padding, of which there may be as much as is missing to whole groups of eight. */
static hp_str
cut_padding(hp_str text)
{
    size_t whole = text.n;

    while (text.n > 0 && text.p[text.n - 1] == '=')
        text.n--;
    return whole <= (text.n + 7) / 8 * 8 ? text : (hp_str){ text.p, whole };
}

bool
hp_base32_read(hp_str text, uint8_t *out, size_t *n, bool *exact)
{
    unsigned bits = 0, value;
    uint32_t word = 0;
    size_t i;

    *n = 0;
    *exact = false;
    text = cut_padding(text);
    for (i = 0; i < text.n; i++) {
        value = value_of(text.p[i]);
        if (value == 32)
            return false;
        word = (word << 5 | value) & 0xfff;
        bits += 5;
        if (bits >= 8) {
            bits -= 8;
            out[(*n)++] = (uint8_t)(word >> bits);
        }
    }
    *exact = (word & ((1u << bits) - 1)) == 0;
    return bits < 5;
}

void
hp_base32_write(hp_str bytes, char *text)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    unsigned bits = 0;
    uint32_t word = 0;
    size_t i;

    for (i = 0; i < bytes.n; i++) {
        word = (word << 8 | bytes.p[i]) & 0xfff;
        for (bits += 8; bits >= 5; bits -= 5)
            *text++ = digits[word >> (bits - 5) & 31];
    }
    if (bits > 0)
        *text = digits[word << (5 - bits) & 31];
}
