/* Reads an ICVP or DVC; see icvp.h. */
#include "format/icvp.h"

#include "format/document.h"
#include "format/member.h"

#define YELLOW_FEVER_DELAY 10 /* days from the vaccination on */

/* SNOMED CT, as the EU's value set of diseases has them. */
#define YELLOW_FEVER "16541001"
#define POLIO        "398102009"

/* What the generations call a thing. */
typedef struct {
    const char *number, *date;
    bool whole_birth; /* must month and day be known? */
} words;

/* One vaccination. */
typedef struct {
    hp_entry entry;
    hp_date date, from, until; /* year 0: not said */
} dose;

/* The catalogue of products is keyed by disease (smart-icvp, ICVPProductIds); ICD-11 in 2024. */
static const struct {
    const char *product, *icd11, *disease;
} diseases[] = {
    { "YellowFever", "1D47", YELLOW_FEVER },
    { "PolioVaccine", "1C81", POLIO },
};

static hp_str
disease_of(hp_str product, hp_str said)
{
    size_t i;

    for (i = 0; i < sizeof(diseases) / sizeof(diseases[0]); i++) {
        if (hp_str_starts(product, hp_str_of(diseases[i].product)) ||
            hp_str_eq(said, hp_str_of(diseases[i].icd11)))
            return hp_str_of(diseases[i].disease);
    }
    return said;
}

/* One who vaccinates, or whom he works for, must be named. */
static void
read_dose(const hp_node *from, const words *names, hp_arena *arena, dose *d, bool *bad)
{
    hp_str clinician = hp_member_optional(from, "cn", bad);
    hp_entry *e = &d->entry;

    e->kind = 'v';
    e->issuer = hp_member_optional(from, "is", bad);
    e->product = hp_member_text(from, "vp", bad);
    e->disease = disease_of(e->product, hp_member_optional(from, "tg", bad));
    e->maker = hp_member_optional(from, "ma", bad);
    if (!hp_member_has_date(from, names->date, &d->date, bad))
        d->date = hp_member_date(from, "dt", bad);
    (void)hp_member_has_date(from, "vls", &d->from, bad);
    (void)hp_member_has_date(from, "vle", &d->until, bad);
    if (clinician.n == 0 && e->issuer.n == 0)
        *bad = true;
    if (!*bad)
        e->date = hp_document_date(d->date, arena);
}

/* Texts of dates stand in the order of time. */
static bool
is_newer(const dose *a, const dose *b)
{
    return hp_date_days(a->date) > hp_date_days(b->date);
}

/* In its place, the newest one first. */
static void
keep(dose *doses, size_t n, const dose *d)
{
    for (; n > 0 && is_newer(d, &doses[n - 1]); n--)
        doses[n] = doses[n - 1];
    doses[n] = *d;
}

/* One map, or in the form of 2025 a list of them. */
static size_t
read_doses(const hp_node *from, const words *names, hp_arena *arena, dose *doses, bool *bad)
{
    bool is_list = hp_node_is(from, HP_NODE_ARRAY);
    const hp_node *item = is_list ? from->child : from;
    size_t n = 0;

    if (item == NULL || (is_list && from->count > HP_ICVP_DOSES))
        *bad = true;
    while (!*bad && item != NULL) {
        dose d = { .entry = { .kind = 'v' } };

        if (item->kind != HP_NODE_MAP)
            *bad = true;
        else
            read_dose(item, names, arena, &d, bad);
        if (!*bad)
            keep(doses, n++, &d);
        item = is_list ? item->next : NULL;
    }
    return n;
}

static bool
is_yellow_fever(const dose *d)
{
    return hp_str_eq(d->entry.disease, HP_STR(YELLOW_FEVER));
}

static double
later(double a, double b)
{
    return a > b ? a : b;
}

/*
 * Both the token's end and what is said of the vaccination hold.  A vaccination after the pass was
 * issued is none, and before it was given it protects nobody, whatever is said of it.
 */
static bool
read_validity(const dose *d, const hp_cwt *cwt, hp_pass *pass)
{
    double from = hp_day_start(d->date), end = HP_TIME_LAST;

    if (cwt->iat > 0 && from > cwt->iat)
        return false;
    if (d->from.year != 0)
        from = later(from, hp_day_start(d->from));
    else if (is_yellow_fever(d))
        from += YELLOW_FEVER_DELAY * 86400.0;
    if (d->until.year != 0)
        end = hp_day_end(d->until);
    if (cwt->has_exp && cwt->exp < end)
        end = cwt->exp;
    pass->issued = cwt->iat;
    pass->valid_from = later(from, cwt->from);
    pass->valid_until = end;
    return cwt->has_exp || d->until.year != 0 || is_yellow_fever(d);
}

static void
read_holder(const hp_node *icvp, const words *names, hp_holder *holder, bool *bad)
{
    if (!hp_member_has_birth(icvp, "dob", &holder->birth, bad) ||
        (names->whole_birth && holder->birth.day == 0))
        *bad = true;
    holder->family = hp_member_text(icvp, "n", bad); /* the whole name */
    holder->number = hp_member_optional(icvp, names->number, bad);
}

static const hp_node *
make_document(const hp_pass *pass, const dose *doses, size_t n, hp_arena *arena)
{
    hp_entry entries[HP_ICVP_DOSES];
    size_t i;

    for (i = 0; i < n; i++)
        entries[i] = doses[i].entry;
    return hp_document_make(&pass->holder, entries, n, arena);
}

bool
hp_icvp_read(const hp_node *icvp, const hp_cwt *cwt, hp_arena *arena, hp_pass *pass)
{
    static const words newest = { "id", "dv", true }, older = { "nid", "dt", false };
    const hp_node *vx = hp_node_member(icvp, HP_STR("vx"));
    const words *names = vx != NULL ? &newest : &older;
    dose doses[HP_ICVP_DOSES];
    bool bad = vx != NULL && vx->kind != HP_NODE_MAP;
    size_t n;

    n = read_doses(vx != NULL ? vx : hp_node_member(icvp, HP_STR("v")), names, arena, doses, &bad);
    read_holder(icvp, names, &pass->holder, &bad);
    if (bad || n == 0 || !read_validity(&doses[0], cwt, pass))
        return false;
    pass->event = (hp_event){ .kind = 'v', .disease = doses[0].entry.disease,
                              .country = doses[0].entry.issuer, .date = doses[0].date };
    pass->document = make_document(pass, doses, n, arena);
    return pass->document != NULL;
}
