/* A name as words; see name.h. */
#include "check/name.h"

#include "codec/unicode.h"

/* Bytes that one character of the text becomes at most: the parts of the widest ligature. */
#define CHAR_ROOM (HP_CHAR_PARTS * HP_CHAR_BYTES)

/* What is no base letter with marks.  NULL: as the one before. */
static const struct letter {
    int32_t c;
    const char *form[HP_NAME_FORMS];
} letters[] = {
    { 0x00c4, { "AE", "A", NULL } },  /* A with diaeresis */
    { 0x00c5, { "AA", "A", NULL } },  /* A with ring */
    { 0x00c6, { "AE", NULL, NULL } }, /* ligature AE */
    { 0x00d0, { "D", NULL, NULL } },  /* Eth */
    { 0x00d1, { "N", "N", "NXX" } },  /* N with tilde */
    { 0x00d6, { "OE", "O", NULL } },  /* O with diaeresis */
    { 0x00d8, { "OE", "O", NULL } },  /* O with stroke */
    { 0x00dc, { "UE", "U", "UXX" } }, /* U with diaeresis */
    { 0x00de, { "TH", NULL, NULL } }, /* Thorn */
    { 0x00df, { "SS", NULL, NULL } }, /* sharp s */
    { 0x0110, { "D", NULL, NULL } },  /* D with stroke */
    { 0x0126, { "H", NULL, NULL } },  /* H with stroke */
    { 0x0131, { "I", NULL, NULL } },  /* dotless i */
    { 0x0141, { "L", NULL, NULL } },  /* L with stroke */
    { 0x014a, { "N", NULL, NULL } },  /* Eng */
    { 0x0152, { "OE", NULL, NULL } }, /* ligature OE */
    { 0x0166, { "T", NULL, NULL } },  /* T with stroke */
    { 0x1e9e, { "SS", NULL, NULL } }, /* capital sharp s */
};

static const struct letter *
find(int32_t c)
{
    size_t i;

    for (i = 0; i < sizeof(letters) / sizeof(letters[0]); i++) {
        if (letters[i].c == c)
            return &letters[i];
    }
    return NULL;
}

static size_t
put_listed(const struct letter *letter, int form, uint8_t *out)
{
    hp_str text;

    while (letter->form[form] == NULL)
        form--;
    text = hp_str_of(letter->form[form]);
    memcpy(out, text.p, text.n);
    return text.n;
}

/* A base letter: one more look at the list, for an AE with an accent. */
static size_t
put_base(int32_t c, int form, uint8_t *out)
{
    const struct letter *letter;

    if (hp_unicode_kind(c) != HP_CHAR_LETTER)
        return 0;
    c = hp_unicode_upper(c);
    letter = find(c);
    return letter != NULL ? put_listed(letter, form, out) : hp_unicode_write(c, out);
}

/* Digits, apostrophes, full stops and emoji are dropped, and what they stood between is joined. */
static size_t
put(int32_t c, int form, uint8_t *out)
{
    const struct letter *letter = find(hp_unicode_upper(c));
    int32_t parts[HP_CHAR_PARTS];
    size_t i, n, at = 0;

    if (letter != NULL)
        return put_listed(letter, form, out);
    n = hp_unicode_parts(c, parts);
    for (i = 0; i < n; i++)
        at += put_base(parts[i], form, out + at);
    return at;
}

/* '<' stands for blank and hyphen in MRZ forms; a comma parts family and given names. */
static bool
parts_words(int32_t c)
{
    return c == '<' || c == ',' || c == '/' || hp_unicode_kind(c) == HP_CHAR_BREAK;
}

/* The n characters at points in one form; false when the arena is full. */
static bool
write_form(const int32_t *points, size_t n, int form, hp_arena *arena, hp_str *word)
{
    uint8_t *out = hp_arena_take(arena, n * CHAR_ROOM);
    size_t i, at = 0;

    if (out == NULL)
        return false;
    for (i = 0; i < n; i++)
        at += put(points[i], form, out + at);
    hp_arena_trim(arena, out, n * CHAR_ROOM, at);
    *word = (hp_str){ out, at };
    return true;
}

/* Without a letter it is no word. */
static bool
add_word(hp_name *name, const int32_t *points, size_t n, hp_arena *arena)
{
    hp_word word;
    int form;

    for (form = 0; form < HP_NAME_FORMS; form++) {
        if (!write_form(points, n, form, arena, &word.form[form]))
            return false;
    }
    if (word.form[HP_FORM_MAIN].n == 0)
        return true;
    if (name->n == HP_NAME_WORDS)
        return false;
    name->word[name->n++] = word;
    return true;
}

bool
hp_name_add(hp_name *name, hp_str text, hp_arena *arena)
{
    const int32_t *points;
    size_t n, i, from = 0;
    bool good = true;

    if (text.n == 0 || text.n > HP_NAME_MAX)
        return text.n == 0;
    points = hp_unicode_read(text, arena, &n);
    if (points == NULL)
        return false;
    for (i = 0; good && i <= n; i++) {
        if (i < n && !parts_words(points[i]))
            continue;
        good = add_word(name, points + from, i - from, arena);
        from = i + 1;
    }
    return good;
}
