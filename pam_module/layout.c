/*
 * Five layouts of XKB (xkb-data 2.35) on which each of the 45 characters of Base45 (RFC 9285),
 * typed by its key in the US, gives one character, and no other's: they can be undone.  Caps Lock
 * turns the case of all letters there, and of nothing else.  German, Swiss and Swedish have '+' on
 * a dead key, which becomes one with what follows: what was scanned is lost.
 */
#include "layout.h"

#include "base/wipe.h"

#define PREFIX "HC1:"

static const char base45[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

/* What the characters of base45 become, in its order, in UTF-8. */
static const struct layout {
    const char *name, *typed;
} layouts[] = {
    { "us", base45 },
    { "fr", "à&é\"'(-è_çQBCDEFGHIJKL?NOPARSTUVZXYW 458+):!M" },
    { "be", "à&é\"'(§è!çQBCDEFGHIJKL?NOPARSTUVZXYW 458_):=M" },
    { "it", "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%(^'.-ç" },
    { "es", "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%(¿'.-Ñ" },
    { "pt", "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%(»'.-Ç" },
};

#define LAYOUTS (sizeof(layouts) / sizeof(layouts[0]))

static const struct layout *
find(const char *name)
{
    size_t i;

    for (i = 0; i < LAYOUTS; i++) {
        if (strcmp(layouts[i].name, name) == 0)
            return &layouts[i];
    }
    return NULL;
}

bool
hp_pam_layout_is(const char *name)
{
    return find(name) != NULL;
}

/*
 * The first character of s, as its number, and how many bytes it takes: one, or two of UTF-8.  More
 * no key above gives.
 */
static unsigned
first(hp_str s, size_t *bytes)
{
    *bytes = s.n > 1 && (s.p[0] & 0xe0) == 0xc0 && (s.p[1] & 0xc0) == 0x80 ? 2 : 1;
    return *bytes == 2 ? (s.p[0] & 0x1fu) << 6 | (s.p[1] & 0x3fu) : s.p[0];
}

/* As Caps Lock does it, for the letters of ASCII and Latin-1. */
static unsigned
turn_case(unsigned c)
{
    unsigned lower = c | 0x20;

    return (lower >= 'a' && lower <= 'z') || (lower >= 0xe0 && lower <= 0xfe && lower != 0xf7)
               ? c ^ 0x20
               : c;
}

/* The character of Base45 that c stands for; 0: none. */
static uint8_t
scanned(const struct layout *layout, unsigned c)
{
    hp_str typed = hp_str_of(layout->typed);
    size_t i, bytes;

    for (i = 0; typed.n > 0; i++, typed = hp_str_from(typed, bytes)) {
        if (first(typed, &bytes) == c)
            return (uint8_t)base45[i];
    }
    return 0;
}

/* Can all of text be undone?  to: where that is written, at most text.n bytes; or NULL. */
static bool
undo(const struct layout *layout, bool caps, hp_str text, uint8_t *to, size_t *n)
{
    size_t bytes;
    uint8_t c;

    for (*n = 0; text.n > 0; text = hp_str_from(text, bytes), ++*n) {
        unsigned typed = first(text, &bytes);

        c = scanned(layout, caps ? turn_case(typed) : typed);
        if (c == 0 || (*n < sizeof(PREFIX) - 1 && c != (uint8_t)PREFIX[*n]))
            return false;
        if (to != NULL)
            to[*n] = c;
    }
    return *n >= sizeof(PREFIX) - 1;
}

bool
hp_pam_layout_repair(const char *name, uint8_t *text, size_t *n)
{
    const struct layout *layout = find(name);
    hp_str typed = { text, *n };
    size_t made;
    int caps;

    if (hp_str_starts(typed, HP_STR(PREFIX)))
        return false;
    for (caps = 0; layout != NULL && caps < 2; caps++) {
        if (!undo(layout, caps == 1, typed, NULL, &made))
            continue;
        (void)undo(layout, caps == 1, typed, text, &made);
        hp_wipe(text + made, *n - made);
        *n = made;
        return true;
    }
    return false;
}
