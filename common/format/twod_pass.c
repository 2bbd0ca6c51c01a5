/* What a seal's values say; see twod.h. */
#include "base/utf8.h"
#include "format/document.h"
#include "format/twod.h"
#include "format/twod_codes.h"

/* Values by their place in the tables of twod_fields.c. */
enum { L0, L1, L2, L3, L4, L5, L6, L7, L8, L9, LA };
enum { F0, F1, F2, F3, F4, F5, F6 };

#define AGENT_COVID_19 "J07BX03" /* ATC: COVID-19 vaccines; in the EU's value set as well */

static const hp_str nothing = { NULL, 0 };

/* ---- texts ---------------------------------------------------------------- */

static size_t
write_latin1(uint8_t c, uint8_t *out)
{
    if (c < 0x80) {
        *out = c;
        return 1;
    }
    out[0] = (uint8_t)(0xc0 | c >> 6);
    out[1] = (uint8_t)(0x80 | (c & 0x3f));
    return 2;
}

/* As UTF-8.  Seals are of ASCII; what is more, and no UTF-8, is Latin-1. */
static hp_str
text_of(hp_str s, hp_arena *arena)
{
    size_t i, n = 0;
    uint8_t *out;

    if (hp_utf8_count(s, &n))
        return s;
    out = hp_arena_take(arena, 2 * s.n);
    for (i = 0, n = 0; out != NULL && i < s.n; i++)
        n += write_latin1(s.p[i], out + n);
    return (hp_str){ out, n };
}

/* Given names with a space between them, where the seal has a slash. */
static hp_str
given_of(hp_str s, hp_arena *arena)
{
    uint8_t *out = hp_arena_take(arena, s.n);
    size_t i;

    for (i = 0; out != NULL && i < s.n; i++)
        out[i] = s.p[i] == '/' ? ' ' : s.p[i];
    return out != NULL ? text_of((hp_str){ out, s.n }, arena) : nothing;
}

/* "2D-DOC:L5|NAME": a word of the seal's own. */
static hp_str
own_code(const char *field, hp_str value, hp_arena *arena)
{
    hp_str system = hp_str_of(field), text = text_of(value, arena);
    uint8_t *out = hp_arena_take(arena, system.n + 1 + text.n);

    if (out == NULL || text.p == NULL || text.n == 0)
        return nothing;
    memcpy(out, system.p, system.n);
    out[system.n] = '|';
    memcpy(out + system.n + 1, text.p, text.n);
    return (hp_str){ out, system.n + 1 + text.n };
}

/* ---- numbers and dates ---------------------------------------------------- */

/* n digits from at on; *bad for what are none. */
static int
number(hp_str s, size_t at, size_t n, bool *bad)
{
    int value = 0;
    size_t i;

    for (i = at; i < at + n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9')
            *bad = true;
        else
            value = value * 10 + (s.p[i] - '0');
    }
    return value;
}

/* DDMMYYYY, whether or not there is such a day. */
static hp_date
digits_of_date(hp_str s, bool *bad)
{
    return (hp_date){ number(s, 4, 4, bad), number(s, 2, 2, bad), number(s, 0, 2, bad) };
}

static hp_date
date_of(hp_str s, bool *bad)
{
    hp_date d = digits_of_date(s, bad);

    *bad |= !hp_date_exists(d);
    return d;
}

/* Of a date in another calendar the year is known, and the month where only the day is open. */
static hp_birth
birth_of(hp_str s, bool *bad)
{
    hp_date d = digits_of_date(s, bad);

    if (hp_date_exists(d))
        return (hp_birth){ d.year, d.month, d.day };
    return (hp_birth){ d.year, d.day == 0 && d.month >= 1 && d.month <= 12 ? d.month : 0, 0 };
}

/* DDMMYYYYHHMM, in Paris. */
static double
moment_of(hp_str s, bool *bad)
{
    hp_date day = date_of(s, bad);
    int hour = number(s, 8, 2, bad), minute = number(s, 10, 2, bad);

    *bad |= hour > 23 || minute > 59;
    return *bad ? 0 : hp_twod_moment(day, hour * 60 + minute);
}

/* ---- holder --------------------------------------------------------------- */

static void
read_names(const hp_twod_value *family, const hp_twod_value *given, hp_arena *arena,
           hp_holder *holder)
{
    holder->family = text_of(family->text, arena);
    holder->family_cut = family->cut;
    holder->given = given_of(given->text, arena);
    holder->given_cut = given->cut;
}

static bool
finish(hp_entry *entry, hp_str country, hp_arena *arena, hp_pass *pass)
{
    entry->kind = pass->event.kind;
    entry->disease = pass->event.disease;
    entry->country = pass->event.country = country;
    pass->document = hp_document_make(&pass->holder, entry, 1, arena);
    return pass->document != NULL;
}

/* ---- L1 ------------------------------------------------------------------- */

/*
 * Whether the cycle is complete the seal says itself: one who had recovered needed one dose of the
 * two.  The DCC says so by its numbers (1 of 1), and so does the document.
 */
static void
read_doses(const hp_twod_value *v, hp_event *event, bool *bad)
{
    bool complete = hp_str_eq(v[LA].text, HP_STR("TE"));

    event->dose = number(v[L7].text, 0, 1, bad);
    event->doses = number(v[L8].text, 0, 1, bad);
    if (complete && event->doses > event->dose)
        event->doses = event->dose;
    else if (!complete && event->doses <= event->dose)
        event->doses = event->dose + 1;
    *bad |= !complete && !hp_str_eq(v[LA].text, HP_STR("CO")) &&
            !hp_str_eq(v[LA].text, HP_STR("EC"));
}

static bool
is_covid_19(const hp_twod_value *v)
{
    return hp_str_eq(v[L3].text, HP_STR("COVID-19")) ||
           (v[L3].text.n == 0 && hp_str_eq(v[L4].text, HP_STR(AGENT_COVID_19)));
}

static void
read_product(const hp_twod_value *v, hp_arena *arena, hp_entry *entry)
{
    entry->vaccine = hp_str_eq(v[L4].text, HP_STR(AGENT_COVID_19))
                         ? v[L4].text : own_code("2D-DOC:L4", v[L4].text, arena);
    entry->product = hp_twod_product(v[L5].text, &entry->maker);
    if (entry->product.n == 0)
        entry->product = own_code("2D-DOC:L5", v[L5].text, arena);
    if (entry->maker.n == 0)
        entry->maker = own_code("2D-DOC:L6", v[L6].text, arena);
}

bool
hp_twod_vaccination(const hp_twod_value *v, hp_str country, hp_arena *arena, hp_pass *pass)
{
    hp_entry entry = { .kind = 'v' };
    bool bad = false;

    pass->event = (hp_event){ .kind = 'v', .date = date_of(v[L9].text, &bad) };
    pass->holder.birth = birth_of(v[L2].text, &bad);
    read_doses(v, &pass->event, &bad);
    if (bad)
        return false;
    read_names(&v[L0], &v[L1], arena, &pass->holder);
    if (is_covid_19(v))
        pass->event.disease = HP_STR(HP_TWOD_COVID_19);
    read_product(v, arena, &entry);
    entry.dose = pass->event.dose;
    entry.doses = pass->event.doses;
    entry.date = hp_document_date(pass->event.date, arena);
    return finish(&entry, country, arena, pass);
}

/* ---- B2 ------------------------------------------------------------------- */

static bool
is_among(hp_str letter, const char *letters)
{
    return letter.n == 1 && letter.p[0] != 0 && strchr(letters, letter.p[0]) != NULL;
}

/* Which disease an analysis is for its code says: of antibodies, or others, it is left open. */
static void
read_result(const hp_twod_value *v, hp_arena *arena, hp_event *event, hp_entry *entry)
{
    entry->method = hp_twod_method(v[F4].text);
    if (entry->method.n > 0)
        event->disease = HP_STR(HP_TWOD_COVID_19);
    else
        entry->method = own_code("2D-DOC:F4", v[F4].text, arena);
    entry->result = hp_twod_result(v[F5].text);
    if (entry->result.n == 0)
        entry->result = own_code("2D-DOC:F5", v[F5].text, arena);
    event->result = entry->result;
}

bool
hp_twod_test(const hp_twod_value *v, hp_str country, hp_arena *arena, hp_pass *pass)
{
    hp_entry entry = { .kind = 't' };
    bool bad = !is_among(v[F3].text, "MFU") || !is_among(v[F5].text, "PNIX");
    hp_date birth = date_of(v[F2].text, &bad);

    pass->event = (hp_event){ .kind = 't', .sampled = moment_of(v[F6].text, &bad) };
    if (bad)
        return false;
    pass->holder.birth = (hp_birth){ birth.year, birth.month, birth.day };
    read_names(&v[F1], &v[F0], arena, &pass->holder);
    read_result(v, arena, &pass->event, &entry);
    entry.date = hp_document_time(pass->event.sampled, arena);
    return finish(&entry, country, arena, pass);
}
