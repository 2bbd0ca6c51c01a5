/* Builds a DCC-shaped document; see document.h. */
#include "format/document.h"

#include "format/series.h"

#define VERSION     "1.3.0" /* of the schema whose shape it has */
#define DATE_LENGTH 10      /* YYYY-MM-DD */

/* A map or an array that grows at its end. */
typedef struct {
    hp_arena *arena;
    hp_node *node;
    hp_node *last;
} grower;

static hp_node *
make(hp_arena *arena, hp_node_kind kind)
{
    hp_node *n = hp_arena_take(arena, sizeof(*n));

    if (n != NULL)
        *n = (hp_node){ .kind = kind };
    return n;
}

static grower
grow(hp_arena *arena, hp_node_kind kind)
{
    return (grower){ arena, make(arena, kind), NULL };
}

/* Either may be NULL: then the arena is full, and nobody reads what is made. */
static void
append(grower *g, hp_node *item)
{
    if (g->node == NULL || item == NULL)
        return;
    if (g->last == NULL)
        g->node->child = item;
    else
        g->last->next = item;
    g->last = item;
}

static hp_node *
text(hp_arena *arena, hp_str s)
{
    hp_node *n = make(arena, HP_NODE_TEXT);

    if (n != NULL)
        n->str = s;
    return n;
}

static void
put(grower *map, const char *key, hp_node *value)
{
    append(map, text(map->arena, hp_str_of(key)));
    append(map, value);
    if (map->node != NULL)
        map->node->count++;
}

static void
put_text(grower *map, const char *key, hp_str value)
{
    if (value.n > 0)
        put(map, key, text(map->arena, value));
}

/* A dose is a whole number; what is not is left out, and a rule that asks for it does not hold. */
static void
put_number(grower *map, const char *key, double value)
{
    hp_node *n;

    if (!(value >= 1 && value < 1e6 && value == (double)(uint32_t)value))
        return;
    n = make(map->arena, HP_NODE_UINT);
    if (n != NULL)
        n->num = (uint32_t)value;
    put(map, key, n);
}

static hp_node *
name_of(const hp_holder *holder, hp_arena *arena)
{
    grower nam = grow(arena, HP_NODE_MAP);

    put_text(&nam, "fn", holder->family);
    put_text(&nam, "gn", holder->given);
    put_text(&nam, "fnt", holder->family_mrz);
    put_text(&nam, "gnt", holder->given_mrz);
    return nam.node;
}

static hp_node *
entry_of(const hp_entry *e, hp_arena *arena)
{
    grower map = grow(arena, HP_NODE_MAP);

    put_text(&map, "tg", e->disease);
    put_text(&map, "vp", e->vaccine);
    put_text(&map, "mp", e->product);
    put_text(&map, "ma", e->maker);
    put_number(&map, "dn", e->dose);
    put_number(&map, "sd", e->doses != 0 ? e->doses : hp_series_doses(e->product));
    put_text(&map, "tt", e->method);
    put_text(&map, "tr", e->result);
    put_text(&map, e->kind == 'v' ? "dt" : e->kind == 't' ? "sc" : "fr", e->date);
    put_text(&map, "df", e->from);
    put_text(&map, "du", e->until);
    put_text(&map, "co", e->country);
    put_text(&map, "is", e->issuer);
    put_text(&map, "ci", e->identifier);
    return map.node;
}

/* The entries of one kind, under its letter; a kind without any is left out, as in a DCC. */
static void
put_group(grower *map, const char *kind, const hp_entry *entries, size_t n)
{
    grower group = grow(map->arena, HP_NODE_ARRAY);
    size_t i;

    for (i = 0; i < n; i++) {
        if (entries[i].kind != *kind)
            continue;
        append(&group, entry_of(&entries[i], map->arena));
        if (group.node != NULL)
            group.node->count++;
    }
    if (group.last != NULL)
        put(map, kind, group.node);
}

static uint8_t *
put_digits(uint8_t *to, int value, size_t n)
{
    size_t i;

    for (i = n; i > 0; i--, value /= 10)
        to[i - 1] = (uint8_t)('0' + value % 10);
    return to + n;
}

hp_str
hp_document_date(hp_date date, hp_arena *arena)
{
    uint8_t *out = hp_arena_take(arena, DATE_LENGTH), *p;

    if (out == NULL)
        return (hp_str){ NULL, 0 };
    p = put_digits(out, date.year, 4);
    *p++ = '-';
    p = put_digits(p, date.month, 2);
    *p++ = '-';
    (void)put_digits(p, date.day, 2);
    return (hp_str){ out, DATE_LENGTH };
}

hp_str
hp_document_time(double seconds, hp_arena *arena)
{
    char *out = hp_arena_take(arena, HP_TIME_TEXT);

    if (out == NULL)
        return (hp_str){ NULL, 0 };
    hp_time_write(seconds, out);
    return hp_str_of(out);
}

/* 1963, 1963-05 or 1963-05-28, as far as it is known. */
static hp_str
birth_text(hp_birth b, hp_arena *arena)
{
    hp_str s = { NULL, 0 };

    if (b.year == 0)
        return s;
    s = hp_document_date((hp_date){ b.year, b.month, b.day }, arena);
    if (s.n > 0)
        s.n = b.month == 0 ? 4 : b.day == 0 ? 7 : 10;
    return s;
}

const hp_node *
hp_document_make(const hp_holder *holder, const hp_entry *entries, size_t n, hp_arena *arena)
{
    grower map = grow(arena, HP_NODE_MAP);

    put_text(&map, "ver", HP_STR(VERSION));
    put(&map, "nam", name_of(holder, arena));
    put_text(&map, "dob", birth_text(holder->birth, arena));
    put_group(&map, "v", entries, n);
    put_group(&map, "t", entries, n);
    put_group(&map, "r", entries, n);
    return arena->full ? NULL : map.node;
}
