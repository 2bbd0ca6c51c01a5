/* Reads a DCC member by member, in the order of its schema; see dcc.h. */
#include "format/dcc.h"

#include "base/cursor.h"
#include "base/utf8.h"

#include <math.h>

#define ANY SIZE_MAX

#define TAG_DATE_TIME 0 /* RFC 8949, 3.4.1 */

/* What the schema of one version asks, as far as versions differ. */
typedef struct {
    size_t name_max; /* code points of names, is, ci, and tc */
    size_t nm_max;
    double doses_max;
    bool birth_full;  /* dob is a whole date */
    bool birth_empty; /* dob may be empty */
    bool tc_required;
    bool has_dr;
    bool fnt_required; /* otherwise gnt will do */
} profile;

typedef struct {
    unsigned major, minor, patch;
} version;

/* From which version on each profile holds. */
static const struct {
    version from;
    profile is;
} profiles[] = {
    { { 1, 3, 2 }, { 80, 80, INFINITY, false, true, false, false, false } },
    { { 1, 3, 0 }, { 80, 80, INFINITY, false, true, false, false, true } },
    { { 1, 2, 0 }, { 50, ANY, 9, false, false, true, false, true } },
    { { 1, 1, 0 }, { 50, ANY, 9, false, false, true, true, true } },
    { { 1, 0, 0 }, { 50, ANY, 9, true, false, true, true, true } },
};

/* A read that goes on after the first fault and is asked once at the end. */
typedef struct {
    bool tolerant;
    bool bad;
    profile is;
    hp_arena *arena;
} reader;

/* ---- texts ---------------------------------------------------------------- */

/* T1: null and undefined are as good as absent. */
static const hp_node *
member(const reader *r, const hp_node *map, hp_str key)
{
    const hp_node *n = hp_node_member(map, key);

    if (r->tolerant && (hp_node_is(n, HP_NODE_NULL) || hp_node_is(n, HP_NODE_UNDEFINED)))
        return NULL;
    return n;
}

static bool
is_space(uint8_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* T3: white space around a text is nothing. */
static hp_str
trim(const reader *r, hp_str s)
{
    while (r->tolerant && s.n > 0 && is_space(s.p[0]))
        s = hp_str_from(s, 1);
    while (r->tolerant && s.n > 0 && is_space(s.p[s.n - 1]))
        s.n--;
    return s;
}

/* A text of at most max code points; n is NULL where it is absent. */
static hp_str
text(reader *r, const hp_node *n, size_t max)
{
    hp_str s = { NULL, 0 };
    size_t points;

    if (!hp_node_is(n, HP_NODE_TEXT)) {
        r->bad = true;
        return s;
    }
    s = trim(r, n->str);
    /* Never more code points than bytes: nearly every text is short enough at a glance. */
    if (s.n > max && (!hp_utf8_count(s, &points) || points > max))
        r->bad = true;
    return s;
}

static hp_str
required(reader *r, const hp_node *map, hp_str key, size_t max)
{
    return text(r, member(r, map, key), max);
}

static hp_str
optional(reader *r, const hp_node *map, hp_str key, size_t max)
{
    const hp_node *n = member(r, map, key);

    return n == NULL ? (hp_str){ NULL, 0 } : text(r, n, max);
}

/* ---- dates and numbers ---------------------------------------------------- */

/* A moment may carry tag 0, whatever the schema's version. */
static const hp_node *
untag_time(const hp_node *n)
{
    return hp_node_is(n, HP_NODE_TAG) && n->num == TAG_DATE_TIME ? n->child : n;
}

/* T4, T5: of a date with a time the date counts, in no other time zone. */
static hp_str
without_time(const reader *r, hp_str s)
{
    if (r->tolerant && s.n > 10 && (s.p[10] == 'T' || s.p[10] == 't' || s.p[10] == ' '))
        s.n = 10;
    return s;
}

static hp_date
date(reader *r, const hp_node *map, hp_str key)
{
    const hp_node *n = member(r, map, key);
    hp_date d = { 0, 0, 0 };

    if (r->tolerant)
        n = untag_time(n);
    if (!hp_date_read(without_time(r, text(r, n, ANY)), &d))
        r->bad = true;
    return d;
}

/* T6: see hp_time_read(). */
static double
moment(reader *r, const hp_node *n)
{
    double t = 0;

    if (!hp_time_read(text(r, untag_time(n), ANY), r->tolerant, &t))
        r->bad = true;
    return t;
}

/* An integer from 1 on; as in JSON Schema, 3.0 is one. */
static double
dose(reader *r, const hp_node *map, hp_str key)
{
    double value = 0;

    if (!hp_node_number(member(r, map, key), &value) || !isfinite(value) ||
        floor(value) != value || value < 1 || value > r->is.doses_max)
        r->bad = true;
    return value;
}

/* ---- holder --------------------------------------------------------------- */

/* T8: upper case, and '<' for what has no place in a machine readable zone. */
static hp_str
mend_mrz(reader *r, hp_str s)
{
    uint8_t *out = hp_arena_take(r->arena, s.n);
    size_t i, n = 0;

    if (out == NULL) {
        r->bad = true;
        return (hp_str){ NULL, 0 };
    }
    for (i = 0; i < s.n; i++) {
        if (s.p[i] >= 'A' && s.p[i] <= 'Z')
            out[n++] = s.p[i];
        else if (s.p[i] >= 'a' && s.p[i] <= 'z')
            out[n++] = (uint8_t)(s.p[i] - 'a' + 'A');
        else if ((s.p[i] & 0xC0) != 0x80) /* once for each code point */
            out[n++] = '<';
    }
    return (hp_str){ out, n };
}

/* A name in the form of ICAO Doc 9303: ^[A-Z<]*$ */
static hp_str
mrz(reader *r, const hp_node *nam, hp_str key)
{
    hp_str s = optional(r, nam, key, r->is.name_max);
    size_t i;

    for (i = 0; i < s.n; i++) {
        if ((s.p[i] >= 'A' && s.p[i] <= 'Z') || s.p[i] == '<')
            continue;
        if (r->tolerant)
            return mend_mrz(r, s);
        r->bad = true;
    }
    return s;
}

static void
read_name(reader *r, const hp_node *nam, hp_holder *holder)
{
    if (!hp_node_is(nam, HP_NODE_MAP)) {
        r->bad = true;
        return;
    }
    holder->family = optional(r, nam, HP_STR("fn"), r->is.name_max);
    holder->given = optional(r, nam, HP_STR("gn"), r->is.name_max);
    holder->family_mrz = mrz(r, nam, HP_STR("fnt"));
    holder->given_mrz = mrz(r, nam, HP_STR("gnt"));
    if (member(r, nam, HP_STR("fnt")) == NULL &&
        (r->is.fnt_required || member(r, nam, HP_STR("gnt")) == NULL))
        r->bad = true;
}

/* Two digits after a hyphen; T4: or XX, for unknown. */
static int
birth_part(reader *r, hp_cur *c)
{
    const uint8_t *p = hp_cur_take(c, 3);

    if (p == NULL || p[0] != '-')
        c->bad = true;
    else if (p[1] >= '0' && p[1] <= '9' && p[2] >= '0' && p[2] <= '9')
        return (p[1] - '0') * 10 + (p[2] - '0');
    else if (!r->tolerant || (p[1] != 'X' && p[1] != 'x') || p[2] != p[1])
        c->bad = true;
    return 0;
}

/* ^(19|20)\d\d(-\d\d){0,2}$: a year, a month or a day, which need not exist (1963-00-00). */
static bool
read_birth_parts(reader *r, hp_str s, hp_birth *birth)
{
    hp_cur c = hp_cur_of(s);
    const uint8_t *p = hp_cur_take(&c, 4);
    size_t i;

    for (i = 0; p != NULL && i < 4; i++) {
        if (p[i] < '0' || p[i] > '9')
            return false;
        birth->year = birth->year * 10 + (p[i] - '0');
    }
    if (hp_cur_left(&c) > 0)
        birth->month = birth_part(r, &c);
    if (hp_cur_left(&c) > 0)
        birth->day = birth_part(r, &c);
    return hp_cur_done(&c) && birth->year >= 1900 && birth->year <= 2099;
}

/* T4: DD.MM.YYYY, turned round. */
static bool
read_birth_dotted(hp_str s, hp_birth *birth)
{
    uint8_t turned[10];
    hp_date d;

    if (s.n != 10 || s.p[2] != '.' || s.p[5] != '.')
        return false;
    memcpy(turned, s.p + 6, 4);
    memcpy(turned + 4, "-", 1);
    memcpy(turned + 5, s.p + 3, 2);
    memcpy(turned + 7, "-", 1);
    memcpy(turned + 8, s.p, 2);
    if (!hp_date_read((hp_str){ turned, 10 }, &d) || d.year < 1900 || d.year > 2099)
        return false;
    *birth = (hp_birth){ d.year, d.month, d.day };
    return true;
}

static void
read_birth(reader *r, const hp_node *n, hp_birth *birth)
{
    hp_str s = without_time(r, text(r, n, ANY));
    hp_date d;

    if (r->bad || (s.n == 0 && r->is.birth_empty))
        return;
    if (r->tolerant && read_birth_dotted(s, birth))
        return;
    if (!read_birth_parts(r, s, birth) || (r->is.birth_full && !hp_date_read(s, &d)))
        r->bad = true;
}

/* ---- events --------------------------------------------------------------- */

/* The pattern [A-Z]{1,10} is not anchored: one capital anywhere will do.  T9: or none at all. */
static hp_str
country(reader *r, const hp_node *entry)
{
    hp_str s = required(r, entry, HP_STR("co"), ANY);
    size_t i;

    for (i = 0; i < s.n; i++) {
        if (s.p[i] >= 'A' && s.p[i] <= 'Z')
            return s;
    }
    if (!r->tolerant || s.n > 0)
        r->bad = true;
    return s;
}

/* What every entry has.  T7: is may be of any length. */
static void
read_common(reader *r, const hp_node *entry, hp_event *event)
{
    event->disease = required(r, entry, HP_STR("tg"), ANY);
    event->country = country(r, entry);
    event->identifier = required(r, entry, HP_STR("ci"), r->is.name_max);
    (void)required(r, entry, HP_STR("is"), r->tolerant ? ANY : r->is.name_max);
}

static void
read_vaccination(reader *r, const hp_node *entry, hp_event *event)
{
    (void)required(r, entry, HP_STR("vp"), ANY);
    (void)required(r, entry, HP_STR("mp"), ANY);
    (void)required(r, entry, HP_STR("ma"), ANY);
    event->dose = dose(r, entry, HP_STR("dn"));
    event->doses = dose(r, entry, HP_STR("sd"));
    event->date = date(r, entry, HP_STR("dt"));
}

/* T7: tc and nm may be of any length. */
static void
read_test(reader *r, const hp_node *entry, hp_event *event)
{
    size_t tc_max = r->tolerant ? ANY : r->is.name_max;

    (void)required(r, entry, HP_STR("tt"), ANY);
    (void)optional(r, entry, HP_STR("nm"), r->tolerant ? ANY : r->is.nm_max);
    (void)optional(r, entry, HP_STR("ma"), ANY);
    event->sampled = moment(r, member(r, entry, HP_STR("sc")));
    if (r->is.has_dr && member(r, entry, HP_STR("dr")) != NULL)
        (void)moment(r, member(r, entry, HP_STR("dr")));
    event->result = required(r, entry, HP_STR("tr"), ANY);
    if (r->is.tc_required)
        (void)required(r, entry, HP_STR("tc"), tc_max);
    else
        (void)optional(r, entry, HP_STR("tc"), tc_max);
}

static void
read_recovery(reader *r, const hp_node *entry, hp_event *event)
{
    event->date = date(r, entry, HP_STR("fr"));
    event->from = date(r, entry, HP_STR("df"));
    event->until = date(r, entry, HP_STR("du"));
}

static const struct {
    char kind;
    hp_str key;
    void (*read)(reader *r, const hp_node *entry, hp_event *event);
} groups[] = {
    { 'v', { (const uint8_t *)"v", 1 }, read_vaccination },
    { 't', { (const uint8_t *)"t", 1 }, read_test },
    { 'r', { (const uint8_t *)"r", 1 }, read_recovery },
};

/*
 * The one entry.  A group that is there has at least one; T2: an empty one is as good as
 * absent.
 */
static void
read_entry(reader *r, const hp_node *dcc, hp_event *event)
{
    const hp_node *group, *entry = NULL;
    size_t i, which = 0;
    uint32_t entries = 0;

    for (i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
        group = member(r, dcc, groups[i].key);
        if (group == NULL)
            continue;
        if (group->kind != HP_NODE_ARRAY || (group->count == 0 && !r->tolerant))
            r->bad = true;
        if (group->kind != HP_NODE_ARRAY || group->count == 0)
            continue;
        entry = group->child;
        entries += group->count;
        which = i;
    }
    if (entries != 1 || !hp_node_is(entry, HP_NODE_MAP)) {
        r->bad = true;
        return;
    }
    event->kind = groups[which].kind;
    read_common(r, entry, event);
    groups[which].read(r, entry, event);
}

/* ---- version -------------------------------------------------------------- */

static bool
is_digit(const hp_cur *c)
{
    return hp_cur_left(c) > 0 && *c->p >= '0' && *c->p <= '9';
}

/* A run of digits.  More of them than any version has make it the highest. */
static unsigned
number(hp_cur *c)
{
    unsigned value = 0;

    if (!is_digit(c))
        c->bad = true;
    while (is_digit(c)) {
        unsigned digit = *hp_cur_take(c, 1) - (unsigned)'0';

        if (value < 100000)
            value = value * 10 + digit;
    }
    return value;
}

/* One character, of as many bytes as UTF-8 gives it (the text was checked), but no line end. */
static void
any_character(hp_cur *c)
{
    const uint8_t *p = hp_cur_take(c, 1);

    if (p == NULL || *p == '\n' || *p == '\r')
        c->bad = true;
    while (hp_cur_left(c) > 0 && (*c->p & 0xC0) == 0x80)
        (void)hp_cur_take(c, 1);
}

/*
 * The pattern ^\d+.\d+.\d+$ leaves the dots unescaped, so any one character may separate;
 * a digit would leave the parts undefined and is refused.
 */
static bool
read_version(hp_str s, version *v)
{
    hp_cur c = hp_cur_of(s);

    v->major = number(&c);
    any_character(&c);
    v->minor = number(&c);
    any_character(&c);
    v->patch = number(&c);
    return hp_cur_done(&c) && v->major == 1;
}

static bool
at_least(version v, version from)
{
    return v.minor != from.minor ? v.minor > from.minor : v.patch >= from.patch;
}

/* T7: the newest rules for every version. */
static void
choose_profile(reader *r, hp_str ver)
{
    size_t i = 0;
    version v;

    if (!read_version(ver, &v))
        r->bad = true;
    else if (!r->tolerant)
        while (!at_least(v, profiles[i].from))
            i++;
    r->is = profiles[i].is;
}

bool
hp_dcc_read(const hp_node *dcc, hp_schema schema, hp_arena *arena, hp_pass *pass)
{
    reader r = { .tolerant = schema == HP_SCHEMA_TOLERANT, .arena = arena };

    choose_profile(&r, required(&r, dcc, HP_STR("ver"), ANY));
    if (r.bad)
        return false;
    read_name(&r, member(&r, dcc, HP_STR("nam")), &pass->holder);
    read_birth(&r, member(&r, dcc, HP_STR("dob")), &pass->holder.birth);
    read_entry(&r, dcc, &pass->event);
    return !r.bad;
}
