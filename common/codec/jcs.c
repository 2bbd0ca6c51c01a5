/* Canonical JSON; see jcs.h. */
#include "codec/jcs.h"

#include <math.h>
#include <stdlib.h>

#define EXACT 9007199254740991.0 /* 2^53 - 1: up to here no two whole numbers are one double */

static bool put(FILE *to, const hp_json *json);

/* ---- values without parts --------------------------------------------------- */

/* RFC 8785, 3.2.2.2: the short escapes, other control characters as \u00xx, all else as it is. */
static void
put_text(FILE *to, hp_str text)
{
    static const char short_for[] = "btn\0fr"; /* from 0x08 on; there is none for 0x0b */
    size_t i;

    (void)putc('"', to);
    for (i = 0; i < text.n; i++) {
        uint8_t c = text.p[i];

        if (c == '"' || c == '\\')
            (void)fprintf(to, "\\%c", c);
        else if (c >= 0x08 && c <= 0x0d && c != 0x0b)
            (void)fprintf(to, "\\%c", short_for[c - 0x08]);
        else if (c < 0x20)
            (void)fprintf(to, "\\u%04x", c);
        else
            (void)putc(c, to);
    }
    (void)putc('"', to);
}

static bool
put_int(FILE *to, const hp_json *json)
{
    double value;

    if (!hp_json_number(json, &value) || fabs(value) > EXACT)
        return false;
    (void)fprintf(to, "%.0f", value);
    return true;
}

/* ---- arrays and objects ----------------------------------------------------- */

static bool
put_array(FILE *to, const hp_json *array)
{
    size_t i, n = hp_json_count(array);
    bool good = true;

    (void)putc('[', to);
    for (i = 0; good && i < n; i++) {
        if (i > 0)
            (void)putc(',', to);
        good = put(to, hp_json_at(array, i));
    }
    (void)putc(']', to);
    return good;
}

typedef struct {
    const char *name;
    const hp_json *value;
} member;

/*
 * Members stand in the order of their names' UTF-16 code units (3.2.3).  That is the order of
 * the bytes of UTF-8, but that what is above U+FFFF (lead byte 0xf0 and more), as surrogates
 * 0xd800 to 0xdfff, comes before U+E000 to U+FFFF (lead bytes 0xee and 0xef).
 */
static int
by_name(const void *one, const void *other)
{
    const uint8_t *a = (const uint8_t *)((const member *)one)->name;
    const uint8_t *b = (const uint8_t *)((const member *)other)->name;

    while (*a == *b && *a != 0) {
        a++;
        b++;
    }
    if (*a >= 0xee && *b >= 0xee && (*a >= 0xf0) != (*b >= 0xf0))
        return *a >= 0xf0 ? -1 : 1;
    return (*a > *b) - (*a < *b);
}

static bool
put_members(FILE *to, member *members, size_t n)
{
    size_t i;
    bool good = true;

    qsort(members, n, sizeof(*members), by_name);
    (void)putc('{', to);
    for (i = 0; good && i < n; i++) {
        if (i > 0)
            (void)putc(',', to);
        put_text(to, hp_str_of(members[i].name));
        (void)putc(':', to);
        good = put(to, members[i].value);
    }
    (void)putc('}', to);
    return good;
}

static bool
put_object(FILE *to, const hp_json *object)
{
    size_t n = 0, room = hp_json_count(object);
    member *members = calloc(room + 1, sizeof(*members));
    const char *name;
    hp_json *value;
    void *at = NULL;
    bool good;

    if (members == NULL)
        return false;
    while (n < room && hp_json_next(object, &at, &name, &value))
        members[n++] = (member){ name, value };
    good = put_members(to, members, n);
    free(members);
    return good;
}

/* Recursion ends: no text of more than some 2,000 levels is loaded, see json.c. */
static bool
put(FILE *to, const hp_json *json)
{
    if (json == NULL)
        return false;
    switch (hp_json_kind_of(json)) {
    case HP_JSON_OBJECT:
        return put_object(to, json);
    case HP_JSON_ARRAY:
        return put_array(to, json);
    case HP_JSON_TEXT:
        put_text(to, hp_json_text(json));
        return true;
    case HP_JSON_INT:
        return put_int(to, json);
    case HP_JSON_BOOL:
        (void)fputs(hp_json_true(json) ? "true" : "false", to);
        return true;
    case HP_JSON_NULL:
        (void)fputs("null", to);
        return true;
    case HP_JSON_REAL:
        break;
    }
    return false;
}

bool
hp_jcs_write(const hp_json *json, FILE *to)
{
    return put(to, json);
}
