/*
 * Foreign JSON, byte by byte; see jscan.h.
 *
 * A walk with a stack of its own instead of recursion.  Each turn reads one value, then closes
 * what ends there; between two values stands exactly one comma, before a member's value its name
 * and a colon.
 */
#include "codec/jscan.h"

#include "base/cursor.h"
#include "base/utf8.h"

#include <math.h>
#include <stdlib.h>

#define DIGITS_MAX 19             /* decimal digits that always fit 64 bits */
#define EXPONENT_MAX 100000       /* a larger one is as good as this one: no text is that long */
#define EXACT (UINT64_C(1) << 53) /* up to here each whole number is a double, */
#define EXACT_POWER 22            /* and each power of ten up to that one */

/* An array or object that is not closed yet. */
typedef struct {
    hp_node *node;
    const hp_node **end; /* where its next child goes */
} level;

typedef struct {
    hp_cur in;
    hp_arena *arena;
    size_t values;
    size_t depth;
    level open[HP_JSCAN_DEPTH + 1]; /* the lowest holds the root */
} scan;

/* ---- bytes ---------------------------------------------------------------- */

static bool
is_next(const scan *s, uint8_t c)
{
    return hp_cur_left(&s->in) > 0 && *s->in.p == c;
}

static bool
take(scan *s, uint8_t c)
{
    return is_next(s, c) && hp_cur_take(&s->in, 1) != NULL;
}

static bool
take_word(scan *s, hp_str word)
{
    const uint8_t *p = hp_cur_take(&s->in, word.n);

    return p != NULL && memcmp(p, word.p, word.n) == 0;
}

static void
skip_space(scan *s)
{
    while (is_next(s, ' ') || is_next(s, '\t') || is_next(s, '\n') || is_next(s, '\r'))
        (void)hp_cur_take(&s->in, 1);
}

static bool
is_digit_next(const scan *s)
{
    return hp_cur_left(&s->in) > 0 && *s->in.p >= '0' && *s->in.p <= '9';
}

/* ---- the tree ------------------------------------------------------------- */

static level *
top(scan *s)
{
    return &s->open[s->depth];
}

/* A new node at the end of what is open; NULL when there are too many, or no room. */
static hp_node *
hang(scan *s, hp_node_kind kind)
{
    hp_node *n = s->values < HP_JSCAN_VALUES ? hp_arena_take(s->arena, sizeof(*n)) : NULL;

    if (n == NULL)
        return NULL;
    s->values++;
    *n = (hp_node){ .kind = kind };
    *top(s)->end = n;
    top(s)->end = &n->next;
    return n;
}

static bool
enter(scan *s, hp_node_kind kind)
{
    hp_node *n = s->depth < HP_JSCAN_DEPTH ? hang(s, kind) : NULL;

    if (n == NULL)
        return false;
    s->depth++;
    *top(s) = (level){ n, &n->child };
    return true;
}

/* ---- texts ---------------------------------------------------------------- */

static int
hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = hp_upper(c);
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The four digits behind \u; 0, which no text may hold, when they are none. */
static uint32_t
code_unit(hp_cur *in)
{
    const uint8_t *p = hp_cur_take(in, 4);
    uint32_t unit = 0;
    int digit, i;

    for (i = 0; p != NULL && i < 4; i++) {
        digit = hex_digit(p[i]);
        if (digit < 0)
            return 0;
        unit = unit << 4 | (uint32_t)digit;
    }
    return unit;
}

/* One code point, of two surrogates where it needs them (RFC 8259, 7); 0 when it is none. */
static uint32_t
code_point(hp_cur *in)
{
    uint32_t high = code_unit(in), low;
    const uint8_t *p;

    if (high < 0xD800 || high > 0xDFFF)
        return high;
    p = high < 0xDC00 ? hp_cur_take(in, 2) : NULL;
    low = p != NULL && p[0] == '\\' && p[1] == 'u' ? code_unit(in) : 0;
    if (low < 0xDC00 || low > 0xDFFF)
        return 0;
    return 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
}

static size_t
put_utf8(uint32_t c, uint8_t *out)
{
    static const uint8_t lead[] = { 0, 0, 0xC0, 0xE0, 0xF0 };
    size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4, i;

    for (i = n; i > 1; i--, c >>= 6)
        out[i - 1] = (uint8_t)(0x80 | (c & 0x3F));
    out[0] = (uint8_t)(lead[n > 1 ? n : 0] | c);
    return n;
}

/* What stands for the escape behind a backslash; 0 when there is no such escape. */
static uint32_t
escape(hp_cur *in)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    const uint8_t *p = hp_cur_take(in, 1);
    const char *at = p != NULL && *p != 0 ? strchr(from, *p) : NULL;

    if (at != NULL)
        return (uint8_t)to[at - from];
    return p != NULL && *p == 'u' ? code_point(in) : 0;
}

/* No escape is shorter than what it stands for. */
static bool
unescape(scan *s, hp_str raw, hp_str *text)
{
    uint8_t *out = hp_arena_take(s->arena, raw.n);
    hp_cur in = hp_cur_of(raw);
    uint32_t c;
    size_t n = 0;

    if (out == NULL)
        return false;
    while (hp_cur_left(&in) > 0) {
        const uint8_t *p = hp_cur_take(&in, 1);

        if (*p != '\\') {
            out[n++] = *p;
            continue;
        }
        c = escape(&in);
        if (c == 0)
            return false;
        n += put_utf8(c, out + n);
    }
    hp_arena_trim(s->arena, out, raw.n, n);
    *text = (hp_str){ out, n };
    return true;
}

/* From behind the opening quote to behind the closing one; the bytes are UTF-8 already. */
static bool
text(scan *s, hp_str *value)
{
    const uint8_t *start = s->in.p, *p;
    bool escaped = false;

    while ((p = hp_cur_take(&s->in, 1)) != NULL && *p != '"') {
        if (*p < ' ')
            return false;
        if (*p == '\\') {
            escaped = true;
            (void)hp_cur_take(&s->in, 1);
        }
    }
    if (p == NULL)
        return false;
    *value = (hp_str){ start, (size_t)(p - start) };
    return !escaped || unescape(s, *value, value);
}

/* ---- numbers -------------------------------------------------------------- */

/* A number in the making: mantissa * 10^exponent, digits beyond the 19th left out. */
typedef struct {
    uint64_t mantissa;
    int digits; /* in the mantissa */
    int exponent;
    bool whole; /* no fraction, no exponent, nothing left out */
} decimal;

/* At least one digit, left of the point or, in a fraction, right of it. */
static bool
digits(scan *s, decimal *d, bool fraction)
{
    bool any = false;

    for (; is_digit_next(s); any = true) {
        uint8_t digit = (uint8_t)(*hp_cur_take(&s->in, 1) - '0');
        bool fits = d->digits < DIGITS_MAX ||
                    (!fraction && d->exponent == 0 && d->mantissa <= (UINT64_MAX - digit) / 10);

        if (fits) {
            d->mantissa = d->mantissa * 10 + digit;
            d->digits += d->mantissa > 0;
        }
        d->whole = d->whole && fits && !fraction;
        d->exponent += !fits - fraction;
    }
    return any;
}

static bool
exponent(scan *s, decimal *d)
{
    bool minus = take(s, '-');
    int value = 0;

    if (!minus)
        (void)take(s, '+');
    if (!is_digit_next(s))
        return false;
    while (is_digit_next(s)) {
        int digit = *hp_cur_take(&s->in, 1) - '0';

        if (value < EXPONENT_MAX)
            value = value * 10 + digit;
    }
    d->whole = false;
    d->exponent += minus ? -value : value;
    return true;
}

/*
 * The nearest double, where digits and power of ten are doubles themselves, so that there is one
 * rounding: numbers in what is signed come back as they were.  Else that, or one beside it.  It
 * is not asked of strtod(), which goes by the locale.
 */
static double
value_of(const decimal *d)
{
    long double value = (long double)d->mantissa, power = powl(10.0L, abs(d->exponent));

    if (d->mantissa == 0)
        return 0;
    if (d->mantissa <= EXACT && abs(d->exponent) <= EXACT_POWER)
        return d->exponent < 0 ? (double)value / (double)power : (double)value * (double)power;
    return (double)(d->exponent < 0 ? value / power : value * power);
}

static bool
number(scan *s)
{
    hp_node *n = hang(s, HP_NODE_REAL);
    decimal d = { .whole = true };
    bool minus = take(s, '-'), good;

    good = take(s, '0') ? !is_digit_next(s) : digits(s, &d, false);
    if (good && take(s, '.'))
        good = digits(s, &d, true);
    if (good && (take(s, 'e') || take(s, 'E')))
        good = exponent(s, &d);
    if (!good || n == NULL)
        return false;
    if (d.whole) {
        n->kind = minus && d.mantissa > 0 ? HP_NODE_NEGINT : HP_NODE_UINT;
        n->num = n->kind == HP_NODE_NEGINT ? d.mantissa - 1 : d.mantissa;
        return true;
    }
    n->real = minus ? -value_of(&d) : value_of(&d);
    return isfinite(n->real);
}

/* ---- the walk ------------------------------------------------------------- */

static bool
text_value(scan *s)
{
    hp_node *n = hang(s, HP_NODE_TEXT);

    return n != NULL && text(s, &n->str);
}

static bool
word_value(scan *s, hp_str word, hp_node_kind kind)
{
    return take_word(s, word) && hang(s, kind) != NULL;
}

/* A scalar, or what opens an array or an object. */
static bool
value(scan *s)
{
    top(s)->node->count++;
    if (take(s, '{'))
        return enter(s, HP_NODE_MAP);
    if (take(s, '['))
        return enter(s, HP_NODE_ARRAY);
    if (take(s, '"'))
        return text_value(s);
    if (is_next(s, 't'))
        return word_value(s, HP_STR("true"), HP_NODE_TRUE);
    if (is_next(s, 'f'))
        return word_value(s, HP_STR("false"), HP_NODE_FALSE);
    if (is_next(s, 'n'))
        return word_value(s, HP_STR("null"), HP_NODE_NULL);
    return number(s);
}

/* Each object's members are few: HP_JSCAN_MEMBERS. */
static bool
is_doubled(const hp_node *map, const hp_node *name)
{
    const hp_node *k;

    for (k = map->child; k != name; k = k->next->next) {
        if (hp_str_eq(k->str, name->str))
            return true;
    }
    return false;
}

static bool
name(scan *s)
{
    hp_node *n;

    skip_space(s);
    if (top(s)->node->count == HP_JSCAN_MEMBERS || !take(s, '"'))
        return false;
    n = hang(s, HP_NODE_TEXT);
    if (n == NULL || !text(s, &n->str) || is_doubled(top(s)->node, n))
        return false;
    skip_space(s);
    return take(s, ':');
}

static bool
closes(scan *s)
{
    skip_space(s);
    return s->depth > 0 && take(s, top(s)->node->kind == HP_NODE_MAP ? '}' : ']');
}

/* On to the next value of what is open. */
static bool
goes_on(scan *s)
{
    if (top(s)->node->count > 0 && !take(s, ','))
        return false;
    return top(s)->node->kind != HP_NODE_MAP || name(s);
}

static bool
walk(scan *s)
{
    do {
        skip_space(s);
        if (!value(s))
            return false;
        while (closes(s))
            s->depth--;
    } while (s->depth > 0 && goes_on(s));
    return s->depth == 0 && hp_cur_done(&s->in);
}

bool
hp_jscan(hp_str text_in, hp_arena *arena, const hp_node **root)
{
    hp_node holder = { .kind = HP_NODE_ARRAY };
    scan s = { .in = hp_cur_of(text_in), .arena = arena };
    size_t points;

    s.open[0] = (level){ &holder, &holder.child };
    if (!hp_utf8_count(text_in, &points) || !walk(&s))
        return false;
    *root = holder.child;
    return true;
}

/* ---- pointers ------------------------------------------------------------- */

/* The next name of a pointer, without its slash, unescaped (RFC 6901, 4); false: it is none. */
static bool
pointer_name(hp_cur *in, uint8_t room[HP_JSCAN_NAME], hp_str *got)
{
    const uint8_t *p = hp_cur_take(in, 1);

    *got = (hp_str){ room, 0 };
    if (p == NULL || *p != '/')
        return false;
    while (hp_cur_left(in) > 0 && *in->p != '/') {
        uint8_t c = *hp_cur_take(in, 1);

        if (c == '~') {
            p = hp_cur_take(in, 1);
            if (p == NULL || (*p != '0' && *p != '1'))
                return false;
            c = *p == '0' ? '~' : '/';
        }
        if (got->n == HP_JSCAN_NAME)
            return false;
        room[got->n++] = c;
    }
    return true;
}

bool
hp_jscan_pointer_ok(hp_str pointer)
{
    uint8_t room[HP_JSCAN_NAME];
    hp_cur in = hp_cur_of(pointer);
    hp_str got;
    size_t points;

    while (hp_cur_left(&in) > 0) {
        if (!pointer_name(&in, room, &got))
            return false;
    }
    return hp_utf8_count(pointer, &points);
}

/* An element by its number: digits without a leading zero. */
static const hp_node *
element(const hp_node *array, hp_str digits_of)
{
    const hp_node *n = array->child;
    uint32_t at = 0;
    size_t i;

    if (digits_of.n == 0 || (digits_of.n > 1 && digits_of.p[0] == '0'))
        return NULL;
    for (i = 0; i < digits_of.n; i++) {
        if (digits_of.p[i] < '0' || digits_of.p[i] > '9' || at >= array->count)
            return NULL;
        at = at * 10 + (uint32_t)(digits_of.p[i] - '0');
    }
    for (; n != NULL && at > 0; at--)
        n = n->next;
    return n;
}

const hp_node *
hp_jscan_at(const hp_node *root, hp_str pointer)
{
    uint8_t room[HP_JSCAN_NAME];
    hp_cur in = hp_cur_of(pointer);
    hp_str got;

    while (root != NULL && hp_cur_left(&in) > 0) {
        if (!pointer_name(&in, room, &got))
            return NULL;
        root = root->kind == HP_NODE_ARRAY ? element(root, got) : hp_node_member(root, got);
    }
    return root;
}

static bool
same_letters(hp_str a, hp_str b)
{
    size_t i;

    for (i = 0; i < a.n && i < b.n; i++) {
        if (hp_upper(a.p[i]) != hp_upper(b.p[i]))
            return false;
    }
    return a.n == b.n;
}

/* How many members of an object are called so, in whatever case. */
static size_t
count_called(const hp_node *object, hp_str name)
{
    const hp_node *key;
    size_t n = 0;

    if (!hp_node_is(object, HP_NODE_MAP))
        return 0;
    for (key = object->child; key != NULL; key = key->next->next)
        n += same_letters(key->str, name);
    return n;
}

bool
hp_jscan_is_ambiguous(const hp_node *root, hp_str pointer)
{
    uint8_t room[HP_JSCAN_NAME];
    hp_cur in = hp_cur_of(pointer);
    hp_str name;

    while (root != NULL && hp_cur_left(&in) > 0) {
        if (!pointer_name(&in, room, &name))
            return false;
        if (count_called(root, name) > 1)
            return true;
        root = root->kind == HP_NODE_ARRAY ? element(root, name) : hp_node_member(root, name);
    }
    return false;
}
