/* Base64; see base64.h.  Strict, because two texts for one value are one too many. */
#include "codec/base64.h"

#include <stdlib.h>

/* The value of a character; 64 for any other. */
static unsigned
value_of(uint8_t c, hp_base64 alphabet)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26u;
    if (c >= '0' && c <= '9')
        return c - '0' + 52u;
    if (alphabet != HP_BASE64_URL && (c == '+' || c == '/'))
        return c == '+' ? 62 : 63;
    if (alphabet != HP_BASE64_STANDARD && (c == '-' || c == '_'))
        return c == '-' ? 62 : 63;
    return 64;
}

/* Without its padding, which may be there in full or not at all; false when it is neither. */
static bool
cut_padding(hp_str *text)
{
    size_t whole = text->n;

    while (text->n > 0 && whole - text->n < 2 && text->p[text->n - 1] == '=')
        text->n--;
    return text->n % 4 != 1 && (text->n == whole || whole % 4 == 0);
}

/* *rest are the bits behind the last byte. */
static bool
read_text(hp_str text, hp_base64 alphabet, uint8_t *out, size_t *n, uint32_t *rest)
{
    unsigned bits = 0, value;
    uint32_t word = 0;
    size_t i;

    *n = 0;
    if (!cut_padding(&text))
        return false;
    for (i = 0; i < text.n; i++) {
        value = value_of(text.p[i], alphabet);
        if (value == 64)
            return false;
        word = (word << 6 | value) & 0xffff;
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            out[(*n)++] = (uint8_t)(word >> bits);
        }
    }
    *rest = word & ((1u << bits) - 1);
    return true;
}

bool
hp_base64_read(hp_str text, hp_base64 alphabet, uint8_t *out, size_t *n)
{
    uint32_t rest;

    return read_text(text, alphabet, out, n, &rest) && rest == 0;
}

bool
hp_base64_read_loose(hp_str text, hp_base64 alphabet, uint8_t *out, size_t *n)
{
    uint32_t rest;

    return read_text(text, alphabet, out, n, &rest);
}

bool
hp_base64url_is(hp_str text)
{
    size_t i = 0;

    while (i < text.n && value_of(text.p[i], HP_BASE64_URL) < 64)
        i++;
    return i == text.n;
}

void
hp_base64url_write(hp_str bytes, char *text)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    unsigned bits = 0;
    uint32_t word = 0;
    size_t i;

    for (i = 0; i < bytes.n; i++) {
        word = (word << 8 | bytes.p[i]) & 0xffff;
        for (bits += 8; bits >= 6; bits -= 6)
            *text++ = digits[word >> (bits - 6) & 63];
    }
    if (bits > 0)
        *text++ = digits[word << (6 - bits) & 63];
    *text = '\0';
}

bool
hp_base64_wrapped(hp_str text, hp_bytes *out)
{
    uint8_t *packed = malloc(text.n + 1);
    size_t i, n = 0;

    *out = (hp_bytes){ malloc(HP_BASE64_BYTES(text.n)), 0 };
    for (i = 0; packed != NULL && i < text.n; i++) {
        if (memchr(" \t\r\n", text.p[i], 4) == NULL)
            packed[n++] = text.p[i];
    }
    if (packed == NULL || out->p == NULL || n == 0 ||
        !hp_base64_read((hp_str){ packed, n }, HP_BASE64_STANDARD, out->p, &out->n))
        hp_bytes_free(out);
    free(packed);
    return out->p != NULL;
}
