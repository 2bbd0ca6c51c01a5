/* Canonical JSON; see jcs.h. */
#include "codec/jcs.h"

#include "codec/canonical.h"

#include <stdlib.h>

static bool put(FILE *to, const hp_json *json);

/* ---- values without parts --------------------------------------------------- */

static void
put_text(FILE *to, hp_str text)
{
    char one[HP_CANONICAL_BYTE];
    size_t i, n;

    (void)putc('"', to);
    for (i = 0; i < text.n; i++) {
        n = hp_canonical_byte(text.p[i], one);
        (void)fwrite(one, 1, n, to);
    }
    (void)putc('"', to);
}

static bool
put_int(FILE *to, const hp_json *json)
{
    char out[HP_CANONICAL_NUMBER];
    double value;
    size_t n = hp_json_number(json, &value) ? hp_canonical_number(value, out) : 0;

    (void)fwrite(out, 1, n, to);
    return n > 0;
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

static int
by_name(const void *one, const void *other)
{
    return hp_canonical_order(hp_str_of(((const member *)one)->name),
                              hp_str_of(((const member *)other)->name));
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
