/* What kind of JSON a text is; see outline.h. */
#include "codec/outline.h"

hp_str
hp_outline_space(hp_str s)
{
    while (s.n > 0 && (*s.p == ' ' || *s.p == '\t' || *s.p == '\r' || *s.p == '\n'))
        s = hp_str_from(s, 1);
    return s;
}

/* Behind the text in quotes that s begins with; nothing is left where it does not end. */
static hp_str
skip_text(hp_str s)
{
    size_t n = 1;

    while (n < s.n && s.p[n] != '"')
        n += s.p[n] == '\\' ? 2 : 1;
    return hp_str_from(s, n < s.n ? n + 1 : s.n);
}

bool
hp_outline_has(hp_str text, hp_str name)
{
    size_t depth = 0;
    hp_str rest;

    if (!hp_str_starts(text, HP_STR("{")))
        return false;
    do {
        uint8_t c = *text.p;

        rest = c == '"' ? skip_text(text) : hp_str_from(text, 1);
        depth += c == '{' || c == '[';
        depth -= c == '}' || c == ']';
        if (depth == 1 && hp_str_eq((hp_str){ text.p, text.n - rest.n }, name) &&
            hp_str_starts(hp_outline_space(rest), HP_STR(":")))
            return true;
        text = rest;
    } while (text.n > 0 && depth > 0);
    return false;
}
