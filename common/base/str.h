/*
 * hp_str: bytes that somebody else owns, pointer and length together.
 * Nothing here copies, and nothing is terminated by a zero.
 */
#ifndef HP_BASE_STR_H
#define HP_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct {
    const uint8_t *p;
    size_t n;
} hp_str;

/* A string literal as bytes, without its closing zero. */
#define HP_STR(literal) \
    ((hp_str){ (const uint8_t *)(literal), sizeof(literal) - 1 })

/* Bytes of a C string, without its closing zero. */
static inline hp_str
hp_str_of(const char *text)
{
    return (hp_str){ (const uint8_t *)text, strlen(text) };
}

static inline bool
hp_str_eq(hp_str a, hp_str b)
{
    return a.n == b.n && (a.n == 0 || (a.p[0] == b.p[0] && memcmp(a.p, b.p, a.n) == 0));
}

static inline bool
hp_str_starts(hp_str s, hp_str with)
{
    return s.n >= with.n && hp_str_eq((hp_str){ s.p, with.n }, with);
}

/* What is left of s after its first n bytes; n must not exceed s.n. */
static inline hp_str
hp_str_from(hp_str s, size_t n)
{
    return (hp_str){ s.p + n, s.n - n };
}

/* s without the blanks (ASCII's) around it. */
static inline hp_str
hp_str_trim(hp_str s)
{
    while (s.n > 0 && (*s.p == ' ' || (*s.p >= '\t' && *s.p <= '\r')))
        s = hp_str_from(s, 1);
    while (s.n > 0 && (s.p[s.n - 1] == ' ' || (s.p[s.n - 1] >= '\t' && s.p[s.n - 1] <= '\r')))
        s.n--;
    return s;
}

/* A letter of ASCII as a capital, whatever the locale; other bytes as they are. */
static inline uint8_t
hp_upper(uint8_t c)
{
    return c >= 'a' && c <= 'z' ? (uint8_t)(c - 'a' + 'A') : c;
}

#endif
