/*
 * The one place that knows utf8proc; see unicode.h.  None of the functions used here allocates:
 * they write into what they are given.
 */
#include "codec/unicode.h"

#include <utf8proc.h>

/* Two bytes decompose to three characters at most, and three bytes to four (UAX #15). */
#define POINTS_A_BYTE 2

int32_t *
hp_unicode_read(hp_str text, hp_arena *arena, size_t *n)
{
    const utf8proc_option_t nfc = UTF8PROC_STABLE | UTF8PROC_COMPOSE;
    size_t room = text.n * POINTS_A_BYTE + 1;
    int32_t *points = hp_arena_take(arena, room * sizeof(*points));
    utf8proc_ssize_t got;

    if (points == NULL)
        return NULL;
    got = utf8proc_decompose(text.p, (utf8proc_ssize_t)text.n, points, (utf8proc_ssize_t)room, nfc);
    if (got >= 0 && (size_t)got <= room)
        got = utf8proc_normalize_utf32(points, got, nfc);
    if (got < 0 || (size_t)got > room)
        return NULL;
    *n = (size_t)got;
    return points;
}

/*
 * Vowels and finals of Indic and Thai words, and what makes GA of a Japanese KA; by their combining
 * classes (UAX #44).  The others are accents, and the points of Hebrew and Arabic (10 to 36),
 * which may be left out.
 */
static bool
is_spelled(int32_t c)
{
    const utf8proc_property_t *p = utf8proc_get_property(c);
    int class = p->combining_class;

    if (p->category != UTF8PROC_CATEGORY_MN && p->category != UTF8PROC_CATEGORY_MC)
        return false;
    return !p->ignorable && (class == 0 || class == 8 || class == 9 || (class > 36 && class < 200));
}

hp_char_kind
hp_unicode_kind(int32_t c)
{
    utf8proc_category_t is = utf8proc_category(c);

    if (is_spelled(c))
        return HP_CHAR_LETTER;
    if (is >= UTF8PROC_CATEGORY_LU && is <= UTF8PROC_CATEGORY_LO)
        return is == UTF8PROC_CATEGORY_LM ? HP_CHAR_OTHER : HP_CHAR_LETTER;
    if (is == UTF8PROC_CATEGORY_PD || (is >= UTF8PROC_CATEGORY_ZS && is <= UTF8PROC_CATEGORY_CC))
        return HP_CHAR_BREAK;
    return HP_CHAR_OTHER;
}

int32_t
hp_unicode_upper(int32_t c)
{
    return utf8proc_toupper(c);
}

size_t
hp_unicode_parts(int32_t c, int32_t parts[HP_CHAR_PARTS])
{
    utf8proc_ssize_t n = utf8proc_decompose_char(c, parts, HP_CHAR_PARTS,
                                                 UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT, NULL);

    return n < 0 || n > HP_CHAR_PARTS ? 0 : (size_t)n;
}

size_t
hp_unicode_write(int32_t c, uint8_t out[HP_CHAR_BYTES])
{
    return (size_t)utf8proc_encode_char(c, out);
}
