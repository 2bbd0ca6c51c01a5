/*
 * hp_form.c: fields of application/x-www-form-urlencoded (WHATWG URL 5.1) and
 * percent-decoding (RFC 3986 2.1).  Knows bytes only: neither nginx nor passes.
 */
#include "hp_form.h"

static int
hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return -1;
}

/* Takes one decoded byte off the front of *text, which is not empty; -1 when it is damaged. */
static int
take_byte(hp_str *text, hp_plus plus)
{
    uint8_t c = text->p[0];
    int high, low;

    if (c == '%') {
        if (text->n < 3)
            return -1;
        high = hex_digit(text->p[1]);
        low = hex_digit(text->p[2]);
        *text = hp_str_from(*text, 3);
        return high < 0 || low < 0 ? -1 : high * 16 + low;
    }
    *text = hp_str_from(*text, 1);
    if (c == '+' && plus == HP_PLUS_IS_SPACE)
        return ' ';
    return c > 0x20 && c < 0x7f ? c : -1;
}

/* Cuts s at the first mark: what stands before it is returned, *s is what follows. */
static hp_str
cut(hp_str *s, char mark)
{
    const uint8_t *at = s->n == 0 ? NULL : memchr(s->p, mark, s->n);
    hp_str front = *s;

    if (at == NULL) {
        *s = hp_str_from(*s, s->n);
        return front;
    }
    front.n = (size_t)(at - s->p);
    *s = hp_str_from(*s, front.n + 1);
    return front;
}

bool
hp_form_next(hp_str *form, hp_str *name, hp_str *value)
{
    if (form->n == 0)
        return false;
    *value = cut(form, '&');
    *name = cut(value, '=');
    return true;
}

bool
hp_form_is_called(hp_str encoded, hp_str name)
{
    size_t i;

    for (i = 0; i < name.n && encoded.n > 0; i++)
        if (take_byte(&encoded, HP_PLUS_IS_SPACE) != name.p[i])
            return false;
    return i == name.n && encoded.n == 0;
}

bool
hp_form_is_alias(hp_str encoded, hp_str name)
{
    hp_str left = encoded;
    size_t matched = 0;
    uint8_t raw;
    int c;

    while (left.n > 0 && matched <= name.n) {
        raw = left.p[0];
        c = take_byte(&left, HP_PLUS_IS_SPACE);
        if (!hp_alias_step(name, &matched, c < 0 && raw != '%' ? raw : c))
            return false;
    }
    return matched >= name.n && !hp_form_is_called(encoded, name);
}

bool
hp_form_decode(hp_str text, hp_plus plus, uint8_t *out, size_t *n)
{
    int c;

    *n = 0;
    while (text.n > 0) {
        c = take_byte(&text, plus);
        if (c < 0)
            return false;
        out[(*n)++] = (uint8_t)c;
    }
    return true;
}
