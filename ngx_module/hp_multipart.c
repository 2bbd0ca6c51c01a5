/*
 * hp_multipart.c: the parts of a multipart/form-data body.  Knows bytes only:
 * neither nginx nor passes.
 */
#include "hp_multipart.h"

#include "hp_form.h"

static uint8_t
lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c - 'A' + 'a') : c;
}

/* Is s that word, written in small letters? */
static bool
is_word(hp_str s, hp_str word)
{
    size_t i;

    for (i = 0; i < s.n && i < word.n; i++)
        if (lower(s.p[i]) != word.p[i])
            return false;
    return s.n == word.n;
}

static bool
starts_with_word(hp_str s, hp_str word)
{
    return s.n >= word.n && is_word((hp_str){ s.p, word.n }, word);
}

/* Takes what is given off the front of *s, if it stands there. */
static bool
take(hp_str *s, hp_str what)
{
    if (!hp_str_starts(*s, what))
        return false;
    *s = hp_str_from(*s, what.n);
    return true;
}

/* What stands in s before the next what; false when there is none. */
static bool
find(hp_str s, hp_str what, hp_str *before)
{
    const uint8_t *at;

    before->p = s.p;
    while (s.n >= what.n && (at = memchr(s.p, what.p[0], s.n - what.n + 1)) != NULL) {
        before->n = (size_t)(at - before->p);
        s = hp_str_from(s, (size_t)(at - s.p));
        if (hp_str_starts(s, what))
            return true;
        s = hp_str_from(s, 1);
    }
    return false;
}

static void
take_blanks(hp_str *s)
{
    while (s->n > 0 && (*s->p == ' ' || *s->p == '\t'))
        *s = hp_str_from(*s, 1);
}

/* ---- header lines --------------------------------------------------------- */

/* RFC 9110 5.6.2, RFC 2045 5.1: the characters that both call a token's. */
static bool
is_token(uint8_t c)
{
    return c > ' ' && c < 0x7f && strchr("()<>@,;:\\\"/[]?={}", c) == NULL;
}

static hp_str
take_token(hp_str *s)
{
    hp_str token = *s;

    while (s->n > 0 && is_token(*s->p))
        *s = hp_str_from(*s, 1);
    token.n -= s->n;
    return token;
}

/*
 * What stands between the quotes, the first of which is there; *s is behind them.  A
 * backslash before a quotation mark escapes it for some and is a character before the
 * end for others: refused.
 */
static bool
take_quoted(hp_str *s, hp_str *text)
{
    *s = hp_str_from(*s, 1);
    if (!find(*s, HP_STR("\""), text))
        return false;
    *s = hp_str_from(*s, text->n + 1);
    return text->n == 0 || text->p[text->n - 1] != '\\';
}

/* The next ";name=value" of a header field. */
static bool
take_parameter(hp_str *s, hp_str *name, hp_str *value)
{
    take_blanks(s);
    if (!take(s, HP_STR(";")))
        return false;
    take_blanks(s);
    *name = take_token(s);
    if (name->n == 0 || !take(s, HP_STR("=")))
        return false;
    if (hp_str_starts(*s, HP_STR("\"")))
        return take_quoted(s, value);
    *value = take_token(s);
    return value->n > 0;
}

static bool
set_once(hp_str *to, hp_str value)
{
    if (to->p != NULL)
        return false;
    *to = value;
    return true;
}

/* A file name in whatever spelling only says that there is one. */
static bool
read_disposition(hp_str s, hp_part *part)
{
    hp_str name, value;

    if (part->name.p != NULL || !is_word(take_token(&s), HP_STR("form-data")))
        return false;
    while (s.n > 0) {
        if (!take_parameter(&s, &name, &value))
            return false;
        if (starts_with_word(name, HP_STR("filename")))
            part->file = true;
        else if (starts_with_word(name, HP_STR("name"))
                 && (name.n != 4 || !set_once(&part->name, value)))
            return false;
    }
    return part->name.n > 0 && memchr(part->name.p, '\\', part->name.n) == NULL;
}

/* What changes nothing (RFC 2045 6.2). */
static bool
is_plain_encoding(hp_str s)
{
    return is_word(s, HP_STR("7bit")) || is_word(s, HP_STR("8bit")) || is_word(s, HP_STR("binary"));
}

/* One line without its end. */
static bool
read_line(hp_str line, hp_part *part)
{
    hp_str name = take_token(&line);
    size_t i;

    if (name.n == 0 || !take(&line, HP_STR(":")))
        return false;
    for (i = 0; i < line.n; i++)
        if ((line.p[i] < ' ' && line.p[i] != '\t') || line.p[i] == 0x7f)
            return false;
    line = hp_str_trim(line);
    if (is_word(name, HP_STR("content-disposition")))
        return read_disposition(line, part);
    return !is_word(name, HP_STR("content-transfer-encoding")) || is_plain_encoding(line);
}

/* The header lines at the front of *s, and the empty one behind them. */
static bool
take_head(hp_str *s, hp_part *part)
{
    hp_str head = { s->p, s->n < HP_MULTIPART_HEAD ? s->n : HP_MULTIPART_HEAD }, line;
    size_t lines;

    for (lines = 0; !take(&head, HP_STR("\r\n")); lines++) {
        if (lines == HP_MULTIPART_LINES || !find(head, HP_STR("\r\n"), &line))
            return false;
        head = hp_str_from(head, line.n + 2);
        if (!read_line(line, part))
            return false;
    }
    *s = hp_str_from(*s, (size_t)(head.p - s->p));
    return part->name.p != NULL;
}

/* ---- delimiters ------------------------------------------------------------ */

static hp_str
dashed(const hp_multipart *m)
{
    return (hp_str){ m->dashed, 2 + m->n };
}

/* RFC 2046 5.1.1, bchars; a blank must not be the last. */
static bool
is_boundary(hp_str s)
{
    size_t i;

    for (i = 0; i < s.n; i++)
        if (!((s.p[i] >= '0' && s.p[i] <= '9') || (lower(s.p[i]) >= 'a' && lower(s.p[i]) <= 'z')
              || (s.p[i] != '\0' && strchr("'()+_,-./:=? ", s.p[i]) != NULL)))
            return false;
    return s.n > 0 && s.n <= HP_MULTIPART_BOUNDARY && s.p[s.n - 1] != ' ';
}

/* Behind the closing delimiter another reader must find nothing either. */
static bool
ends_well(const hp_multipart *m)
{
    hp_str before;

    return (m->left.n == 0 || hp_str_starts(m->left, HP_STR("\r\n")))
           && !find(m->left, dashed(m), &before);
}

/* The parameter "boundary" of a Content-Type, which comes once; empty: there is none. */
static hp_str
read_boundary(hp_str type)
{
    hp_str none = { NULL, 0 }, boundary = none, name, value;
    const uint8_t *at = type.n == 0 ? NULL : memchr(type.p, ';', type.n);

    type = at == NULL ? none : hp_str_trim(hp_str_from(type, (size_t)(at - type.p)));
    while (type.n > 0) {
        if (!take_parameter(&type, &name, &value))
            return none;
        if (starts_with_word(name, HP_STR("boundary"))
            && (name.n != 8 || !set_once(&boundary, value)))
            return none;
    }
    return is_boundary(boundary) ? boundary : none;
}

/*
 * Takes what stands before the next delimiter, and the delimiter.  Only the first one
 * may stand at the very beginning.
 */
static bool
take_to_delimiter(hp_multipart *m, bool first, hp_str *before)
{
    if (!find(m->left, dashed(m), before))
        return false;
    m->left = hp_str_from(m->left, before->n + dashed(m).n);
    if (take(&m->left, HP_STR("--")))
        m->closed = true;
    else if (!take(&m->left, HP_STR("\r\n")))
        return false;
    if (before->n >= 2 && memcmp(before->p + before->n - 2, "\r\n", 2) == 0)
        before->n -= 2;
    else if (!first || before->n > 0)
        return false;
    return !m->closed || ends_well(m);
}

/* ---- the body ---------------------------------------------------------------- */

hp_multipart
hp_multipart_of(hp_str content_type, hp_str body)
{
    hp_multipart m = { .left = body };
    hp_str boundary = read_boundary(content_type), preamble;

    m.n = boundary.n;
    memcpy(m.dashed, "--", 2);
    if (boundary.n > 0)
        memcpy(m.dashed + 2, boundary.p, boundary.n);
    m.bad = boundary.n == 0 || !take_to_delimiter(&m, true, &preamble);
    return m;
}

bool
hp_multipart_next(hp_multipart *m, hp_part *part)
{
    *part = (hp_part){ .file = false };
    if (m->bad || m->closed)
        return false;
    m->bad = !take_to_delimiter(m, false, &part->value) || !take_head(&part->value, part);
    return !m->bad;
}

/* Takes one character off the front of *s, as a browser escapes it in a name. */
static uint8_t
take_escaped(hp_str *s)
{
    uint8_t c = *s->p;

    if (starts_with_word(*s, HP_STR("%22")))
        c = '"';
    else if (starts_with_word(*s, HP_STR("%0d")))
        c = '\r';
    else if (starts_with_word(*s, HP_STR("%0a")))
        c = '\n';
    *s = hp_str_from(*s, c == *s->p ? 1 : 3);
    return c;
}

bool
hp_part_is_called(const hp_part *part, hp_str name)
{
    hp_str left = part->name;
    size_t i;

    if (hp_str_eq(left, name))
        return true;
    for (i = 0; i < name.n && left.n > 0; i++)
        if (take_escaped(&left) != name.p[i])
            return false;
    return i == name.n && left.n == 0;
}

bool
hp_part_is_alias(const hp_part *part, hp_str name)
{
    hp_str left = part->name;
    size_t matched = 0;

    while (left.n > 0 && matched <= name.n)
        if (!hp_alias_step(name, &matched, take_escaped(&left)))
            return false;
    return matched >= name.n && !hp_part_is_called(part, name);
}
