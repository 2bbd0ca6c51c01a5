/*
 * The texts in which a 2D-DOC seal arrives (2d-doc, 2), down to the seal:
 *
 *   DC04FR03AV01...                                             itself, from a Data Matrix
 *   https://bonjour.tousanticovid.gouv.fr/app/wallet?v=DC04...  the link of a QR code
 *   https://bonjour.tousanticovid.gouv.fr/app/wallet2d#DC04...  the same
 *
 * Nothing is fetched.  Of a link the percent signs are undone (RFC 3986, 2.1).  A plus is one: no
 * seal has a use for it.
 */
#include "base/hex.h"
#include "format/twod.h"

static bool
is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

/* "DC", the version's two digits, and the signer's name. */
static bool
is_seal(hp_str text)
{
    size_t i = 4;

    if (!hp_str_starts(text, HP_STR("DC")) || text.n < 4 + HP_TWOD_NAME || !is_digit(text.p[2]) ||
        !is_digit(text.p[3]))
        return false;
    while (i < 4 + HP_TWOD_NAME && (is_digit(text.p[i]) || (text.p[i] >= 'A' && text.p[i] <= 'Z')))
        i++;
    return i == 4 + HP_TWOD_NAME;
}

/* What a link brings along: the value of v, or what stands behind the '#'. */
static bool
brings(hp_str text, hp_str *value)
{
    static const hp_str query = { (const uint8_t *)HP_TWOD_LINK "?v=",
                                  sizeof(HP_TWOD_LINK "?v=") - 1 };
    static const hp_str fragment = { (const uint8_t *)HP_TWOD_LINK "2d#",
                                     sizeof(HP_TWOD_LINK "2d#") - 1 };
    size_t n = 0;

    if (hp_str_starts(text, fragment)) {
        *value = hp_str_from(text, fragment.n);
        return true;
    }
    if (!hp_str_starts(text, query))
        return false;
    *value = hp_str_from(text, query.n);
    while (n < value->n && value->p[n] != '&' && value->p[n] != '#')
        n++;
    value->n = n;
    return true;
}

bool
hp_twod_is(hp_str text)
{
    return is_seal(text) || brings(text, &text);
}

/* One character from the front of s; false: a percent sign without its two digits. */
static bool
take_character(hp_str *s, uint8_t *c)
{
    bool coded = *s->p == '%';

    *c = *s->p;
    if (coded && (s->n < 3 || !hp_hex_read((hp_str){ s->p + 1, 2 }, c)))
        return false;
    *s = hp_str_from(*s, coded ? 3 : 1);
    return true;
}

bool
hp_twod_text(hp_str text, hp_arena *arena, hp_str *seal)
{
    hp_str value;
    uint8_t *out;
    size_t n = 0;

    *seal = text;
    if (!brings(text, &value))
        return true;
    out = hp_arena_take(arena, value.n);
    while (out != NULL && value.n > 0) {
        if (!take_character(&value, &out[n++]))
            return false;
    }
    *seal = (hp_str){ out, n };
    return out != NULL && is_seal(*seal);
}
