/*
 * Reads the messages of VDS-NC (vds-nc, 2): who was vaccinated or tested, with what, and when.
 *
 * A dose without a date, or with a number that is none, cannot be judged: such a pass is not as the
 * format wants it.  What no rule asks for (lot, centre, contacts) is not looked at.
 */
#include "base/country.h"
#include "format/document.h"
#include "format/icd.h"
#include "format/member.h"
#include "format/vds.h"

/* SNOMED CT and LOINC, as in the EU's value sets of diseases, types and results of tests. */
#define COVID_19     "840539006"
#define NAAT         "LP6464-4"
#define RAPID        "LP217198-3"
#define DETECTED     "260373001"
#define NOT_DETECTED "260415000"

#define SYSTEM_TEST "icao.test|" /* for codes of a test that are in none of them */

/* One dose. */
typedef struct {
    hp_entry entry;
    hp_date date;
} dose;

typedef struct {
    hp_arena *arena;
    dose *doses; /* HP_VDS_DOSES of room, the newest first */
    size_t n;
    bool bad;
} walk;

/* ---- members ------------------------------------------------------------------ */

/* Two letters where there are two, as in a DCC. */
static hp_str
country(hp_str code, hp_arena *arena)
{
    char *two = hp_arena_take(arena, 3);

    return two != NULL && hp_country_alpha2(code, two) ? hp_str_of(two) : code;
}

/* The nth dose: a number, and in early passes a text (1). */
static double
number(const hp_node *map, const char *name, bool *bad)
{
    const hp_node *n = hp_node_member(map, hp_str_of(name));
    double value = 0;
    size_t i;

    if (n == NULL || hp_node_number(n, &value))
        return value;
    if (n->kind != HP_NODE_TEXT || n->str.n == 0 || n->str.n > 3) {
        *bad = true;
        return 0;
    }
    for (i = 0; i < n->str.n; i++) {
        *bad = *bad || n->str.p[i] < '0' || n->str.p[i] > '9';
        value = value * 10 + (n->str.p[i] - '0');
    }
    return value;
}

/* ---- the holder --------------------------------------------------------------- */

/*
 * Two blanks part the primary identifier from the secondary ones, where a state writes them as in a
 * passport's machine readable zone; elsewhere nothing tells which is which.
 */
static void
read_name(hp_str name, hp_holder *holder)
{
    size_t i;

    holder->family = name;
    for (i = 0; i + 1 < name.n; i++) {
        if (name.p[i] != ' ' || name.p[i + 1] != ' ')
            continue;
        holder->family.n = i;
        holder->given = hp_str_trim(hp_str_from(name, i));
        return;
    }
}

static void
read_holder(const hp_node *pid, const char *number_name, hp_holder *holder, bool *bad)
{
    hp_date birth = { 0, 0, 0 };
    bool born = hp_member_has_date(pid, "dob", &birth, bad);

    read_name(hp_member_text(pid, "n", bad), holder);
    holder->number = hp_member_optional(pid, number_name, bad);
    holder->birth = (hp_birth){ birth.year, birth.month, birth.day };
    if (!born && holder->number.n == 0)
        *bad = true;
}

/* ---- vaccinations --------------------------------------------------------------- */

/* Of one day, the one with the higher number. */
static bool
is_newer(const dose *a, const dose *b)
{
    int64_t one = hp_date_days(a->date), other = hp_date_days(b->date);

    return one != other ? one > other : a->entry.dose > b->entry.dose;
}

/* In its place, the newest one first. */
static void
keep(walk *w, const dose *d)
{
    size_t n = w->n++;

    for (; n > 0 && is_newer(d, &w->doses[n - 1]); n--)
        w->doses[n] = w->doses[n - 1];
    w->doses[n] = *d;
}

static void
read_dose(walk *w, const hp_node *vd, const hp_entry *vaccine)
{
    dose d = { .entry = *vaccine };

    if (vd->kind != HP_NODE_MAP || w->n == HP_VDS_DOSES) {
        w->bad = true;
        return;
    }
    d.date = hp_member_date(vd, "dvc", &w->bad);
    d.entry.dose = number(vd, "seq", &w->bad);
    d.entry.country = country(hp_member_optional(vd, "ctr", &w->bad), w->arena);
    if (w->bad)
        return;
    d.entry.date = hp_document_date(d.date, w->arena);
    keep(w, &d);
}

/* One vaccine, and the doses of it.  What it is against may be left to its code to say. */
static void
read_vaccine(walk *w, const hp_node *ve)
{
    hp_str code = hp_member_text(ve, "des", &w->bad);
    hp_str disease = hp_member_optional(ve, "dis", &w->bad);
    const hp_node *vd = hp_node_member(ve, HP_STR("vd"));
    hp_entry e = { .kind = 'v' };

    e.disease = disease.n > 0 ? hp_icd_disease(disease, w->arena) : hp_icd_against(code);
    e.vaccine = hp_icd_vaccine(code, w->arena);
    e.product = hp_icd_product(hp_member_text(ve, "nam", &w->bad));
    if (!hp_node_is(vd, HP_NODE_ARRAY) || vd->count == 0)
        w->bad = true;
    for (vd = w->bad ? NULL : vd->child; vd != NULL && !w->bad; vd = vd->next)
        read_dose(w, vd, &e);
}

/*
 * The number is that of the whole pass: it stands in the first entry, so that it is looked up once.
 */
static const hp_node *
make_document(const walk *w, const hp_pass *pass)
{
    hp_entry entries[HP_VDS_DOSES];
    size_t i;

    for (i = 0; i < w->n; i++)
        entries[i] = w->doses[i].entry;
    entries[0].identifier = pass->event.identifier;
    return hp_document_make(&pass->holder, entries, w->n, w->arena);
}

/* Passes are told apart by number and issuing state, not by where somebody was vaccinated. */
bool
hp_vds_read_vaccination(const hp_node *data, hp_arena *arena, hp_pass *pass)
{
    const hp_node *msg = hp_node_member(data, HP_STR("msg"));
    const hp_node *ve = hp_node_member(msg, HP_STR("ve"));
    walk w = { .arena = arena, .doses = hp_arena_take(arena, HP_VDS_DOSES * sizeof(dose)) };

    if (w.doses == NULL || !hp_node_is(ve, HP_NODE_ARRAY))
        return false;
    read_holder(hp_node_member(msg, HP_STR("pid")), "i", &pass->holder, &w.bad);
    for (ve = ve->child; ve != NULL && !w.bad; ve = ve->next)
        read_vaccine(&w, ve);
    pass->event = (hp_event){ .kind = 'v', .country = country(pass->issuer, arena),
                              .identifier = hp_member_text(msg, "uvci", &w.bad) };
    if (w.bad || w.n == 0)
        return false;
    pass->event.disease = w.doses[0].entry.disease;
    pass->event.date = w.doses[0].date;
    pass->event.dose = w.doses[0].entry.dose;
    pass->document = make_document(&w, pass);
    return pass->document != NULL;
}

/* ---- tests ------------------------------------------------------------------------ */

typedef struct {
    const char *word, *code;
} meaning;

/* Empty: the word is in no value set of the DCC. */
static hp_str
code_of(const meaning *table, size_t n, hp_str word)
{
    size_t i;

    for (i = 0; i < n; i++) {
        if (hp_str_eq(word, hp_str_of(table[i].word)))
            return hp_str_of(table[i].code);
    }
    return (hp_str){ NULL, 0 };
}

static hp_str
with_system(hp_str word, hp_arena *arena)
{
    hp_str system = HP_STR(SYSTEM_TEST);
    uint8_t *out = hp_arena_take(arena, system.n + word.n);

    if (out == NULL || word.n == 0)
        return (hp_str){ NULL, 0 };
    memcpy(out, system.p, system.n);
    memcpy(out + system.n, word.p, word.n);
    return (hp_str){ out, system.n + word.n };
}

/*
 * A test for antibodies finds no virus, nor that there is none: its result stays as it is, and no
 * rule takes it for one that clears somebody.
 */
static void
read_result(const hp_node *tr, hp_arena *arena, hp_entry *e, bool *bad)
{
    static const meaning methods[] = {
        { "molecular(PCR)", NAAT }, { "molecular(other)", NAAT }, { "antigen", RAPID },
    };
    static const meaning results[] = {
        { "negative", NOT_DETECTED }, { "normal", NOT_DETECTED },
        { "positive", DETECTED }, { "abnormal", DETECTED },
    };
    hp_str method = hp_member_text(tr, "tc", bad), result = hp_member_text(tr, "r", bad);

    e->method = code_of(methods, sizeof(methods) / sizeof(methods[0]), method);
    if (e->method.n > 0)
        e->result = code_of(results, sizeof(results) / sizeof(results[0]), result);
    else
        e->method = with_system(method, arena);
    if (e->result.n == 0)
        e->result = with_system(result, arena);
}

/* The format has no member for what was looked for: ICAO made it for COVID-19 alone. */
bool
hp_vds_read_test(const hp_node *data, hp_arena *arena, hp_pass *pass)
{
    const hp_node *msg = hp_node_member(data, HP_STR("msg"));
    const hp_node *place = hp_node_member(msg, HP_STR("sp"));
    hp_entry e = { .kind = 't', .disease = HP_STR(COVID_19) };
    bool bad = false;
    double sampled;

    read_holder(hp_node_member(msg, HP_STR("pid")), "dn", &pass->holder, &bad);
    read_result(hp_node_member(msg, HP_STR("tr")), arena, &e, &bad);
    e.identifier = hp_member_text(msg, "utci", &bad);
    e.country = country(hp_member_optional(place, "ctr", &bad), arena);
    if (!hp_time_read(hp_member_text(hp_node_member(msg, HP_STR("dat")), "sc", &bad), true,
                      &sampled) || bad)
        return false;
    e.date = hp_document_time(sampled, arena);
    pass->event = (hp_event){ .kind = 't', .disease = e.disease, .identifier = e.identifier,
                              .country = country(pass->issuer, arena), .result = e.result,
                              .sampled = sampled };
    pass->document = hp_document_make(&pass->holder, &e, 1, arena);
    return pass->document != NULL;
}
