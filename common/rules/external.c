/* What rules are told beside the pass (certlogic, 11); see decide.h. */
#include "rules/decide.h"

#include "base/time.h"
#include "codec/base64.h"

#define DATE 10 /* characters of YYYY-MM-DD */

/* A map that grows at its end.  Whether the arena took all is asked once, of the arena. */
typedef struct {
    hp_arena *arena;
    hp_node *map, *last;
} builder;

static void
put(builder *b, hp_str name, hp_node value)
{
    hp_node *pair = hp_arena_take(b->arena, 2 * sizeof(*pair));

    if (pair == NULL || b->map == NULL)
        return;
    pair[0] = (hp_node){ .kind = HP_NODE_TEXT, .next = &pair[1], .str = name };
    pair[1] = value;
    pair[1].next = NULL;
    if (b->last != NULL)
        b->last->next = pair;
    else
        b->map->child = pair;
    b->last = &pair[1];
    b->map->count++;
}

static void
put_text(builder *b, hp_str name, hp_str text)
{
    put(b, name, (hp_node){ .kind = HP_NODE_TEXT, .str = text });
}

/* In capital letters, without blanks around; not even looked at where memory ran out. */
static hp_str
capitals(const builder *b, hp_str s)
{
    uint8_t *copy;
    size_t i;

    s = hp_str_trim(s);
    copy = hp_arena_take(b->arena, s.n);
    if (copy == NULL)
        return HP_STR("");
    for (i = 0; i < s.n; i++)
        copy[i] = hp_upper(s.p[i]);
    return (hp_str){ copy, s.n };
}

static void
put_capitals(builder *b, hp_str name, hp_str text)
{
    if (text.n > 0)
        put_text(b, name, capitals(b, text));
}

/* The first n characters of the moment as RFC 3339 in UTC. */
static void
put_time(builder *b, hp_str name, double time, size_t n)
{
    char *text = hp_arena_take(b->arena, HP_TIME_TEXT);

    if (text == NULL)
        return;
    hp_time_write(time, text);
    put_text(b, name, (hp_str){ (const uint8_t *)text, n });
}

static void
put_date(builder *b, hp_str name, double time)
{
    if (time > 0 && time <= HP_TIME_LAST)
        put_time(b, name, time, DATE);
}

/* The standard alphabet with padding, as DCC software writes key ids. */
static void
put_base64(builder *b, hp_str name, hp_str bytes)
{
    size_t i, n = HP_BASE64_TEXT(bytes.n) - 1, whole = (n + 3) / 4 * 4;
    char *text = hp_arena_take(b->arena, whole + 1);

    if (text == NULL)
        return;
    hp_base64url_write(bytes, text);
    for (i = 0; i < n; i++)
        text[i] = text[i] == '-' ? '+' : text[i] == '_' ? '/' : text[i];
    memset(text + n, '=', whole - n);
    put_text(b, name, (hp_str){ (const uint8_t *)text, whole });
}

const hp_node *
hp_rules_external(const hp_ruleset *set, const hp_external *said, hp_arena *arena)
{
    builder b = { arena, hp_arena_take(arena, sizeof(hp_node)), NULL };

    if (b.map == NULL)
        return NULL;
    *b.map = (hp_node){ .kind = HP_NODE_MAP };
    put_time(&b, HP_STR("validationClock"), said->clock, HP_TIME_TEXT - 1);
    put(&b, HP_STR("valueSets"), *hp_ruleset_value_sets(set));
    put_capitals(&b, HP_STR("countryCode"), said->country);
    put_capitals(&b, HP_STR("issuerCountryCode"), said->issuer);
    put_date(&b, HP_STR("exp"), said->exp);
    put_date(&b, HP_STR("iat"), said->iat);
    if (said->kid.n > 0)
        put_base64(&b, HP_STR("kid"), said->kid);
    put_text(&b, HP_STR("region"), capitals(&b, said->region));
    if (said->format.n > 0)
        put_text(&b, HP_STR("format"), said->format);
    return arena->full ? NULL : b.map;
}
