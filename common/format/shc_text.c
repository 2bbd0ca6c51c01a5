/*
 * The texts in which a SMART Health Card arrives (shc, 1), down to its JWS:
 *
 *   shc:/<digits>                        one QR code, two digits a character
 *   shc:/C/N/<digits>                    the Cth of N codes; several, white space between them
 *   {"verifiableCredential":["..."]}     a file, which may say other things as well; each text is a
 *                                        card, the first one is taken
 *   https://...#<either of these>        a link that brings the card along; nothing is fetched
 *   <header>.<payload>.<signature>       itself
 */
#include "format/shc.h"

#include "base/cursor.h"
#include "codec/jscan.h"
#include "codec/jws.h"
#include "codec/numeric.h"
#include "codec/outline.h"

#define SCHEME_LENGTH (sizeof(HP_SHC_SCHEME) - 1)

/* One QR code's text. */
typedef struct {
    unsigned nth, of; /* from 1; 1 of 1 where the text does not say */
    hp_str digits;
} chunk;

static bool
fail(hp_reason *why, hp_reason reason)
{
    *why = reason;
    return false;
}

/* ---- recognising ---------------------------------------------------------- */

/* A scheme may be in any case (RFC 3986, 3.1). */
static bool
has_scheme(hp_str text, hp_str scheme)
{
    size_t i;

    for (i = 0; i < scheme.n; i++) {
        if (i == text.n || hp_upper(text.p[i]) != hp_upper(scheme.p[i]))
            return false;
    }
    return true;
}

static bool
is_qr(hp_str text)
{
    return has_scheme(text, HP_STR(HP_SHC_SCHEME));
}

static bool
is_file(hp_str text)
{
    return hp_outline_has(text, HP_STR("\"verifiableCredential\""));
}

/* What a link brings along: behind its first '#'. */
static bool
fragment(hp_str text, hp_str *behind)
{
    const uint8_t *hash = text.n > 0 ? memchr(text.p, '#', text.n) : NULL;

    if (hash == NULL || !has_scheme(text, HP_STR("https://")))
        return false;
    text = hp_str_from(text, (size_t)(hash - text.p) + 1);
    if (!is_qr(text) && !is_file(text))
        return false;
    *behind = text;
    return true;
}

bool
hp_shc_is(hp_str text)
{
    return is_qr(text) || is_file(text) || fragment(text, &text) || hp_jws_is(text);
}

/* ---- QR codes ------------------------------------------------------------- */

/* A number from 1 to HP_SHC_CHUNKS, without zeros in front of it, up to its slash. */
static bool
read_count(hp_cur *c, unsigned *count)
{
    const uint8_t *p = hp_cur_take(c, 1);

    for (*count = 0; p != NULL && *p >= '0' && *p <= '9'; p = hp_cur_take(c, 1)) {
        *count = *count * 10 + (unsigned)(*p - '0');
        if (*count == 0 || *count > HP_SHC_CHUNKS)
            return false;
    }
    return p != NULL && *p == '/' && *count > 0;
}

static bool
read_chunk(hp_str text, chunk *one)
{
    hp_str rest = is_qr(text) ? hp_str_from(text, SCHEME_LENGTH) : (hp_str){ NULL, 0 };
    hp_cur c = hp_cur_of(rest);

    *one = (chunk){ 1, 1, rest };
    if (rest.n == 0)
        return false;
    if (memchr(rest.p, '/', rest.n) == NULL)
        return true;
    if (!read_count(&c, &one->nth) || !read_count(&c, &one->of) || one->nth > one->of)
        return false;
    one->digits = (hp_str){ c.p, hp_cur_left(&c) };
    return one->digits.n > 0;
}

bool
hp_shc_chunk(hp_str text, unsigned *nth, unsigned *of)
{
    chunk one;

    if (!read_chunk(hp_str_trim(text), &one) || one.of == 1)
        return false;
    *nth = one.nth;
    *of = one.of;
    return true;
}

bool
hp_shc_join(const hp_str *texts, size_t n, uint8_t *out, size_t max, size_t *made)
{
    size_t i;

    for (i = 0, *made = 0; i < n; i++) {
        if (texts[i].n >= max - *made)
            return false;
        if (texts[i].n > 0)
            memcpy(out + *made, texts[i].p, texts[i].n);
        *made += texts[i].n;
        out[(*made)++] = ' ';
    }
    return true;
}

/* The next text up to white space, and what stands behind that. */
static hp_str
next_word(hp_str *rest)
{
    hp_str word = *rest, left = *rest;

    while (left.n > 0 && hp_outline_space(left).n == left.n)
        left = hp_str_from(left, 1);
    word.n -= left.n;
    *rest = hp_outline_space(left);
    return word;
}

/* Each of the N codes once, whatever their order. */
static bool
gather(hp_str text, chunk chunks[HP_SHC_CHUNKS], unsigned *of)
{
    unsigned seen = 0;
    chunk one;

    for (*of = 0; text.n > 0; seen++) {
        if (!read_chunk(next_word(&text), &one) || (*of != 0 && one.of != *of) ||
            (*of != 0 && chunks[one.nth - 1].nth != 0))
            return false;
        *of = one.of;
        chunks[one.nth - 1] = one;
    }
    return *of > 0 && seen == *of;
}

/* Pairs of digits are never cut apart: each code is whole by itself. */
static bool
read_qr(hp_str text, hp_arena *arena, hp_str *jws)
{
    chunk chunks[HP_SHC_CHUNKS] = { { 0 } };
    size_t n = 0;
    unsigned of, i;
    uint8_t *out;

    if (!gather(text, chunks, &of))
        return false;
    for (i = 0; i < of; i++)
        n += chunks[i].digits.n;
    out = n <= 2 * HP_SHC_JWS_MAX ? hp_arena_take(arena, n / 2) : NULL;
    if (out == NULL)
        return false;
    for (i = 0, n = 0; i < of; n += chunks[i].digits.n / 2, i++) {
        if (!hp_numeric_read(chunks[i].digits, out + n))
            return false;
    }
    *jws = (hp_str){ out, n };
    return true;
}

/* ---- files ---------------------------------------------------------------- */

/* The first card; each of the others must be a text, too. */
static const hp_node *
first_card(const hp_node *file)
{
    const hp_node *cards = hp_node_member(file, HP_STR("verifiableCredential")), *n;

    if (!hp_node_is(cards, HP_NODE_ARRAY) || cards->count == 0 || cards->count > HP_SHC_CARDS)
        return NULL;
    for (n = cards->child; n != NULL; n = n->next) {
        if (n->kind != HP_NODE_TEXT || n->str.n > HP_SHC_JWS_MAX)
            return NULL;
    }
    return cards->child;
}

/* The file's tree is given back at once: a card's own needs the room. */
static bool
read_file(hp_str text, hp_arena *arena, hp_str *jws)
{
    uint8_t *out = hp_arena_take(arena, HP_SHC_JWS_MAX);
    size_t mark = arena->used;
    const hp_node *root, *card = NULL;

    if (out != NULL && hp_jscan(text, arena, &root))
        card = first_card(root);
    if (card != NULL) {
        memcpy(out, card->str.p, card->str.n);
        *jws = (hp_str){ out, card->str.n };
    }
    hp_arena_return(arena, mark);
    return card != NULL;
}

bool
hp_shc_text(hp_str text, hp_arena *arena, hp_str *jws, hp_reason *why)
{
    (void)fragment(text, &text);
    *jws = text;
    if (is_qr(text) ? !read_qr(text, arena, jws)
                    : is_file(text) && !read_file(text, arena, jws))
        return fail(why, HP_ENCODING);
    return jws->n <= HP_SHC_JWS_MAX || fail(why, HP_TOO_LONG);
}
