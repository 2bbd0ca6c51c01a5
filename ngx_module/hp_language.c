/*
 * hp_language.c: Accept-Language = #( language-range [ OWS ";" OWS "q=" qvalue ] ), RFC 9110
 * 12.5.4 and 12.4.2.  Knows bytes only: neither nginx nor rules.
 */
#include "hp_language.h"

#define WEIGHT_MOST 1000

static bool
is_letter(uint8_t c)
{
    return hp_upper(c) >= 'A' && hp_upper(c) <= 'Z';
}

static bool
is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
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

/* RFC 4647 2.1: parts of 1 to 8 characters, the first of letters.  "*" is no language. */
static bool
is_tag(hp_str s)
{
    size_t i, part = 0;
    bool first = true;

    if (s.n > HP_LANGUAGE_TAG)
        return false;
    for (i = 0; i < s.n; i++) {
        if (s.p[i] == '-' && part > 0) {
            first = false;
            part = 0;
        } else if ((!is_letter(s.p[i]) && (first || !is_digit(s.p[i]))) || ++part > 8)
            return false;
    }
    return part > 0;
}

/* A qvalue in thousandths: "0" or "1" and at most three digits behind a point. */
static bool
read_weight(hp_str s, unsigned *weight)
{
    unsigned unit = WEIGHT_MOST / 10;
    size_t i;

    if (s.n == 0 || s.n > 5 || s.p[0] < '0' || s.p[0] > '1' || (s.n > 1 && s.p[1] != '.'))
        return false;
    *weight = s.p[0] == '1' ? WEIGHT_MOST : 0;
    for (i = 2; i < s.n; i++, unit /= 10) {
        if (!is_digit(s.p[i]))
            return false;
        *weight += unit * (unsigned)(s.p[i] - '0');
    }
    return *weight <= WEIGHT_MOST;
}

/* One element: a tag, and its weight if it says one. */
static bool
read_element(hp_str element, hp_str *tag, unsigned *weight)
{
    bool weighted = element.n > 0 && memchr(element.p, ';', element.n) != NULL;

    *tag = hp_str_trim(cut(&element, ';'));
    *weight = WEIGHT_MOST;
    element = hp_str_trim(element);
    if (!is_tag(*tag))
        return false;
    if (!weighted)
        return true;
    return element.n > 2 && hp_upper(element.p[0]) == 'Q' && element.p[1] == '=' &&
           read_weight(hp_str_from(element, 2), weight);
}

/* In its place by weight; the last one gives way. */
static void
keep(hp_languages *l, hp_str tag, unsigned weight)
{
    size_t at = l->n, i;

    while (at > 0 && l->weights[at - 1] < weight)
        at--;
    if (at == HP_LANGUAGES)
        return;
    if (l->n < HP_LANGUAGES)
        l->n++;
    for (i = l->n - 1; i > at; i--) {
        memcpy(l->tags[i], l->tags[i - 1], sizeof(l->tags[i]));
        l->weights[i] = l->weights[i - 1];
    }
    memcpy(l->tags[at], tag.p, tag.n);
    l->tags[at][tag.n] = '\0';
    l->weights[at] = weight;
}

void
hp_languages_clear(hp_languages *l)
{
    l->n = l->read = 0;
    l->list[0] = NULL;
}

void
hp_languages_add(hp_languages *l, hp_str line)
{
    size_t left = HP_LANGUAGE_TEXT - l->read, i;
    bool whole = line.n <= left;
    unsigned weight;
    hp_str element, tag;

    if (!whole)
        line.n = left;
    l->read += line.n;
    while (line.n > 0) {
        element = cut(&line, ',');
        if (line.n == 0 && !whole)
            break; /* where the reading stopped: perhaps half a tag */
        if (read_element(element, &tag, &weight) && weight > 0)
            keep(l, tag, weight);
    }
    for (i = 0; i < l->n; i++)
        l->list[i] = l->tags[i];
    l->list[l->n] = NULL;
}
