/* Keyed ids of holders, and the file that names the logins they open; see binding.h. */
#include "check/binding.h"

#include "base/hex.h"
#include "base/wipe.h"
#include "check/name.h"

#include <stdio.h>

/* ---- a holder's id ------------------------------------------------------------------------- */

#define DATE 16 /* bytes of a birth date and its ends */

static const hp_str holder_word = { (const uint8_t *)"holder", 7 };

/*
 * The words of a name in their order, each with a '<' behind it; *readable becomes false for what
 * is no name.  p is NULL when memory is short.
 */
static hp_str
folded(hp_str mrz, hp_str printed, hp_arena *arena, bool *readable)
{
    hp_name name = { .n = 0 };
    uint8_t *text;
    size_t i, n = 0;

    *readable &= hp_name_add(&name, mrz.n > 0 ? mrz : printed, arena);
    for (i = 0; i < name.n; i++)
        n += name.word[i].form[HP_FORM_MAIN].n + 1;
    text = hp_arena_take(arena, n + 1);
    for (i = n = 0; text != NULL && i < name.n; i++) {
        memcpy(text + n, name.word[i].form[HP_FORM_MAIN].p, name.word[i].form[HP_FORM_MAIN].n);
        n += name.word[i].form[HP_FORM_MAIN].n;
        text[n++] = '<';
    }
    return (hp_str){ text, n };
}

/* The parts that are keyed: each but the last one has an end that stands in no name. */
static bool
parts_of(const hp_holder *holder, hp_arena *arena, char date[DATE], hp_str parts[4],
         bool *bindable)
{
    const hp_birth *b = &holder->birth;
    bool readable = true;
    hp_str family = folded(holder->family_mrz, holder->family, arena, &readable);
    hp_str given = folded(holder->given_mrz, holder->given, arena, &readable);
    size_t n = (size_t)snprintf(date, DATE, "|%04d-%02d-%02d|", b->year % 10000, b->month % 100,
                                b->day % 100);

    *bindable = readable && family.n > 0 && b->year > 0 && b->month > 0 && b->day > 0;
    parts[0] = holder_word;
    parts[1] = family;
    parts[2] = (hp_str){ (const uint8_t *)date, n };
    parts[3] = given;
    return family.p != NULL && given.p != NULL && !arena->full;
}

static bool
keyed(hp_hmac *identity, const hp_str parts[4], uint8_t id[HP_ID])
{
    uint8_t mac[HP_SHA256];

    if (!hp_hmac_over(identity, parts, 4, mac))
        return false;
    memcpy(id, mac, HP_ID);
    return true;
}

bool
hp_binding_of(hp_hmac *identity, const hp_holder *holder, hp_arena *arena, uint8_t id[HP_ID],
              bool *bindable)
{
    size_t mark = arena->used;
    hp_str parts[4];
    char date[DATE];
    bool good = parts_of(holder, arena, date, parts, bindable) && keyed(identity, parts, id);

    hp_arena_return(arena, mark);
    hp_wipe(date, sizeof(date));
    return good;
}

/* Truths are joined by |, so that none ends the work early. */
static bool
is_among(const hp_bindings *bindings, const uint8_t id[HP_ID])
{
    bool found = false;
    unsigned other;
    size_t i, k;

    for (i = 0; i < bindings->n; i++) {
        for (k = other = 0; k < HP_ID; k++)
            other |= (unsigned)(bindings->id[i][k] ^ id[k]);
        found |= other == 0;
    }
    return found;
}

/* All keys are tried, whichever of them it was. */
static bool
is_bound(hp_hmac *const *identities, size_t n, const hp_bindings *bindings, const hp_str parts[4],
         bool *bound)
{
    uint8_t id[HP_ID];
    size_t i;

    for (i = 0; i < n; i++) {
        if (!keyed(identities[i], parts, id))
            return false;
        *bound |= is_among(bindings, id);
    }
    return true;
}

bool
hp_binding_holds(hp_hmac *const *identities, size_t n, const hp_bindings *bindings,
                 const hp_holder *holder, hp_arena *arena, bool *bound)
{
    size_t mark = arena->used;
    bool bindable = false, found = false;
    hp_str parts[4];
    char date[DATE];
    bool good = parts_of(holder, arena, date, parts, &bindable) &&
                is_bound(identities, n, bindings, parts, &found);

    hp_arena_return(arena, mark);
    hp_wipe(date, sizeof(date));
    *bound = good & found & bindable;
    return good;
}

/* ---- the file ----------------------------------------------------------------------------- */

bool
hp_login_is_plain(hp_str login)
{
    size_t i;

    for (i = 0; i < login.n; i++) {
        if (login.p[i] <= ' ' || login.p[i] > '~' || login.p[i] == ':' || login.p[i] == '#')
            return false;
    }
    return login.n > 0 && login.n <= HP_LOGIN_MAX;
}

static bool
refuse(const hp_holders *holders, const char *expected, hp_error *error)
{
    hp_error_set(error, "%s:%u: expected %s", holders->path, holders->line, expected);
    return false;
}

bool
hp_holders_begin(hp_holders *holders, const char *path, hp_str text, hp_error *error)
{
    const hp_str head = HP_STR(HP_HOLDERS_HEAD);

    error->text[0] = '\0';
    *holders = (hp_holders){ path, text, 1 };
    if (!hp_str_starts(text, head))
        return refuse(holders, "\"healthpass holders 1\", as healthpassctl bind writes it", error);
    holders->rest = hp_str_from(text, head.n);
    return true;
}

/* Up to its line end, which must be there: a file that was cut is not whole. */
static bool
take_line(hp_holders *holders, hp_str *line)
{
    const uint8_t *end = memchr(holders->rest.p, '\n', holders->rest.n);

    if (end == NULL || (size_t)(end - holders->rest.p) >= HP_HOLDERS_LINE)
        return false;
    *line = (hp_str){ holders->rest.p, (size_t)(end - holders->rest.p) };
    holders->rest = hp_str_from(holders->rest, line->n + 1);
    return true;
}

bool
hp_holders_next(hp_holders *holders, hp_bound *bound, hp_error *error)
{
    static const char expected[] = "LOGIN:ID, an id having 32 hex digits";
    hp_str line;
    size_t n = 0;

    if (holders->rest.n == 0)
        return false;
    holders->line++;
    if (!take_line(holders, &line))
        return refuse(holders, expected, error);
    while (n < line.n && line.p[n] != ':')
        n++;
    bound->login = (hp_str){ line.p, n };
    if (line.n != n + 2 * HP_ID + 1 || !hp_login_is_plain(bound->login) ||
        !hp_hex_read(hp_str_from(line, n + 1), bound->id))
        return refuse(holders, expected, error);
    return true;
}

bool
hp_holders_find(const char *path, hp_str text, hp_str login, hp_bindings *bindings,
                hp_error *error)
{
    hp_holders holders;
    hp_bound bound;

    bindings->n = 0;
    if (!hp_holders_begin(&holders, path, text, error))
        return false;
    while (hp_holders_next(&holders, &bound, error)) {
        if (!hp_str_eq(bound.login, login))
            continue;
        if (bindings->n == HP_BINDINGS)
            return refuse(&holders, "at most 32 lines for one login", error);
        memcpy(bindings->id[bindings->n++], bound.id, HP_ID);
    }
    return error->text[0] == '\0';
}
