/* Recognises what was shown by how it begins; see format.h. */
#include "format/format.h"

static const hp_format *const formats[] = {
    &hp_format_hc1, &hp_format_shc, &hp_format_2d_doc, &hp_format_vds
};

#define FORMATS (sizeof(formats) / sizeof(formats[0]))

/*
 * How "HC1:" arrives from a scanner that types as a US keyboard on a console set to
 * French or Belgian, German, Italian, Portuguese, Spanish, Swedish, Swiss, with Caps Lock or
 * without; and "DC04" on a French one, or with Caps Lock on.
 */
static const char *const mistyped[] = {
    "HC&M", "hc&m", "HC1\xC3\x96", "HC1\xC3\xB6", "HC1\xC3\xA9", "HC1\xC3\xA7",
    "HC1\xC3\x91", "HC1\xC3\xB1", "HC1\xC3\x87", "hc1:", "hc1\xC3\xB6", "hc1\xC3\xB1",
    "hc1\xC3\xA7", "hc1\xC3\x87", "hc1\xC3\x89", "DC\xC3\xA0'", "dc\xC3\xA0'", "dc04"
};

static bool
was_mistyped(hp_str text)
{
    size_t i;

    for (i = 0; i < sizeof(mistyped) / sizeof(mistyped[0]); i++) {
        if (hp_str_starts(text, hp_str_of(mistyped[i])))
            return true;
    }
    return false;
}

unsigned
hp_format_bit(const char *name)
{
    size_t i;

    for (i = 0; i < FORMATS; i++) {
        if (strcmp(formats[i]->name, name) == 0)
            return 1u << i;
    }
    return 0;
}

const hp_format *
hp_format_find(hp_str text, unsigned on, hp_reason *why)
{
    size_t i;

    for (i = 0; i < FORMATS; i++) {
        if (!formats[i]->recognise(text))
            continue;
        *why = (on >> i & 1) == 0 ? HP_KIND_OFF : HP_TOO_LONG;
        return *why == HP_TOO_LONG && text.n <= formats[i]->longest ? formats[i] : NULL;
    }
    if (was_mistyped(text))
        *why = HP_KEYBOARD_LAYOUT;
    else
        *why = hp_format_is_other(text) ? HP_KIND_OFF : HP_UNKNOWN_KIND;
    return NULL;
}

/* Bytes of white space at the start of s. */
static size_t
space_first(hp_str s)
{
    if (s.n > 0 && (s.p[0] == ' ' || s.p[0] == '\t' || s.p[0] == '\r' || s.p[0] == '\n'))
        return 1;
    return hp_str_starts(s, HP_STR("\xEF\xBB\xBF")) ? 3 : 0;
}

/* Bytes of white space at the end of s. */
static size_t
space_last(hp_str s)
{
    if (s.n > 0 && space_first((hp_str){ s.p + s.n - 1, 1 }) == 1)
        return 1;
    if (s.n >= 3 && space_first((hp_str){ s.p + s.n - 3, 3 }) == 3)
        return 3;
    return 0;
}

hp_str
hp_format_trim(hp_str text)
{
    size_t n;

    while ((n = space_first(text)) > 0)
        text = hp_str_from(text, n);
    while ((n = space_last(text)) > 0)
        text.n -= n;
    return text;
}
