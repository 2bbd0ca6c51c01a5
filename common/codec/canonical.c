/* Canonical JSON over the arena; see canonical.h. */
#include "codec/canonical.h"

#include <math.h>

#define EXACT    9007199254740991.0 /* 2^53 - 1: up to here no two whole numbers are one double */
#define SMALLEST 1e-6               /* below it ECMAScript writes an exponent */
#define DECIMALS 20                 /* tried; up to 22 of them a power of ten is exact */

/* ---- parts ------------------------------------------------------------------ */

/* The short escapes, other control characters as \u00xx, all else as it is. */
size_t
hp_canonical_byte(uint8_t byte, char out[HP_CANONICAL_BYTE])
{
    static const char short_for[] = "btn\0fr", hex[] = "0123456789abcdef"; /* short: from 0x08 */
    size_t n = 0;

    if (byte >= 0x20 && byte != '"' && byte != '\\') {
        out[n++] = (char)byte;
        return n;
    }
    out[n++] = '\\';
    if (byte >= 0x20)
        out[n++] = (char)byte;
    else if (byte >= 0x08 && byte <= 0x0d && byte != 0x0b)
        out[n++] = short_for[byte - 0x08];
    else {
        memcpy(out + n, "u00", 3);
        n += 3;
        out[n++] = hex[byte >> 4];
        out[n++] = hex[byte & 15];
    }
    return n;
}

/* Of a value that is not negative: so many decimals that it is digits / 10^decimals; -1: none. */
static int
decimals_of(double value, double *digits)
{
    double power = 1;
    int decimals;

    for (decimals = 0; decimals <= DECIMALS; decimals++, power *= 10) {
        *digits = nearbyint(value * power);
        if (*digits > EXACT)
            return -1;
        if (*digits / power == value)
            return decimals;
    }
    return -1;
}

/* A point before the last decimals of the digits, and at least one digit before it. */
static size_t
put_digits(char *out, uint64_t digits, int decimals)
{
    char reversed[HP_CANONICAL_NUMBER];
    size_t n = 0, i;
    int at;

    for (at = 0; digits > 0 || at <= decimals; at++, digits /= 10) {
        if (at == decimals && at > 0)
            reversed[n++] = '.';
        reversed[n++] = (char)('0' + digits % 10);
    }
    for (i = 0; i < n; i++)
        out[i] = reversed[n - 1 - i];
    return n;
}

size_t
hp_canonical_number(double value, char out[HP_CANONICAL_NUMBER])
{
    double size = fabs(value), digits;
    int decimals;
    size_t n = 0;

    if (!(size <= EXACT) || (size > 0 && size < SMALLEST))
        return 0;
    decimals = decimals_of(size, &digits);
    if (decimals < 0)
        return 0;
    if (value < 0)
        out[n++] = '-';
    return n + put_digits(out + n, (uint64_t)digits, decimals);
}

/*
 * The order of UTF-16 code units is that of the bytes of UTF-8, but that what is above U+FFFF (lead
 * byte 0xf0 and more), as surrogates 0xd800 to 0xdfff, comes before U+E000 to U+FFFF (lead bytes
 * 0xee and 0xef).
 */
int
hp_canonical_order(hp_str a, hp_str b)
{
    size_t i = 0;

    while (i < a.n && i < b.n && a.p[i] == b.p[i])
        i++;
    if (i == a.n || i == b.n)
        return (a.n > b.n) - (a.n < b.n);
    if (a.p[i] >= 0xee && b.p[i] >= 0xee && (a.p[i] >= 0xf0) != (b.p[i] >= 0xf0))
        return a.p[i] >= 0xf0 ? -1 : 1;
    return (a.p[i] > b.p[i]) - (a.p[i] < b.p[i]);
}

/* ---- values ----------------------------------------------------------------- */

/* Where to: nowhere at first, when only the length is reckoned. */
typedef struct {
    uint8_t *p;
    size_t n;
    bool bad;
} sink;

static void put(sink *to, const hp_node *value);

static void
put_bytes(sink *to, const void *bytes, size_t n)
{
    if (to->p != NULL)
        memcpy(to->p + to->n, bytes, n);
    to->n += n;
}

static void
put_text(sink *to, hp_str text)
{
    char one[HP_CANONICAL_BYTE];
    size_t i;

    put_bytes(to, "\"", 1);
    for (i = 0; i < text.n; i++)
        put_bytes(to, one, hp_canonical_byte(text.p[i], one));
    put_bytes(to, "\"", 1);
}

static void
put_number(sink *to, const hp_node *number)
{
    char out[HP_CANONICAL_NUMBER];
    double value = 0;
    size_t n = hp_node_number(number, &value) ? hp_canonical_number(value, out) : 0;

    to->bad = to->bad || n == 0;
    put_bytes(to, out, n);
}

static void
put_array(sink *to, const hp_node *array)
{
    const hp_node *n;

    put_bytes(to, "[", 1);
    for (n = array->child; n != NULL; n = n->next) {
        if (n != array->child)
            put_bytes(to, ",", 1);
        put(to, n);
    }
    put_bytes(to, "]", 1);
}

/* The name that follows in the order; NULL behind the last one.  No two names are the same. */
static const hp_node *
next_name(const hp_node *object, const hp_node *last)
{
    const hp_node *n, *best = NULL;

    for (n = object->child; n != NULL; n = n->next->next) {
        if ((last == NULL || hp_canonical_order(n->str, last->str) > 0) &&
            (best == NULL || hp_canonical_order(n->str, best->str) < 0))
            best = n;
    }
    return best;
}

static void
put_object(sink *to, const hp_node *object)
{
    const hp_node *name, *last = NULL;

    put_bytes(to, "{", 1);
    for (name = next_name(object, NULL); name != NULL; name = next_name(object, name)) {
        if (last != NULL)
            put_bytes(to, ",", 1);
        put_text(to, name->str);
        put_bytes(to, ":", 1);
        put(to, name->next);
        last = name;
    }
    put_bytes(to, "}", 1);
}

/* Recursion ends: hp_jscan() reads no more than HP_JSCAN_DEPTH levels. */
static void
put(sink *to, const hp_node *value)
{
    switch (value->kind) {
    case HP_NODE_MAP:
        put_object(to, value);
        return;
    case HP_NODE_ARRAY:
        put_array(to, value);
        return;
    case HP_NODE_TEXT:
        put_text(to, value->str);
        return;
    case HP_NODE_TRUE:
        put_bytes(to, "true", 4);
        return;
    case HP_NODE_FALSE:
        put_bytes(to, "false", 5);
        return;
    case HP_NODE_NULL:
        put_bytes(to, "null", 4);
        return;
    case HP_NODE_UINT:
    case HP_NODE_NEGINT:
    case HP_NODE_REAL:
        put_number(to, value);
        return;
    case HP_NODE_BYTES: /* which JSON has not */
    case HP_NODE_TAG:
    case HP_NODE_UNDEFINED:
        break;
    }
    to->bad = true;
}

bool
hp_canonical(const hp_node *value, hp_arena *arena, hp_str *text)
{
    sink to = { .p = NULL };

    put(&to, value);
    if (to.bad)
        return false;
    to.p = hp_arena_take(arena, to.n);
    if (to.p == NULL)
        return false;
    to.n = 0;
    put(&to, value);
    *text = (hp_str){ to.p, to.n };
    return true;
}
