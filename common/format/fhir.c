/* Walks a bundle; see fhir.h. */
#include "format/fhir.h"

#include "format/document.h"
#include "format/fhir_codes.h"
#include "format/member.h"

/* One thing that counts. */
typedef struct {
    hp_entry entry;
    hp_event event;
    double when; /* seconds since 1970 UTC; 0 where it is not known */
    double last; /* by when it was at the latest: in the order of time this counts */
} happening;

typedef struct {
    hp_arena *arena;
    hp_pass *pass;
    const hp_node *patient;
    unsigned patients;
    happening *all;
    size_t n;
} walk;

static const hp_str nothing = { NULL, 0 };

/* ---- members -------------------------------------------------------------- */

static hp_str
text(const hp_node *map, const char *name)
{
    const hp_node *n = hp_node_member(map, hp_str_of(name));

    return hp_node_is(n, HP_NODE_TEXT) ? n->str : nothing;
}

static bool
is(const hp_node *map, const char *name, const char *value)
{
    return hp_str_eq(text(map, name), hp_str_of(value));
}

/* "system|code", as the document has codes of other systems. */
static hp_str
with_system(hp_str system, hp_str code, hp_arena *arena)
{
    uint8_t *out = hp_arena_take(arena, system.n + 1 + code.n);

    if (out == NULL || code.n == 0)
        return nothing;
    if (system.n > 0)
        memcpy(out, system.p, system.n);
    out[system.n] = '|';
    memcpy(out + system.n + 1, code.p, code.n);
    return (hp_str){ out, system.n + 1 + code.n };
}

/* Of a CodeableConcept the coding of that system, else the first one; NULL: there is none. */
static const hp_node *
coding_of(const hp_node *concept, const char *system)
{
    const hp_node *codings = hp_node_member(concept, HP_STR("coding")), *n;

    if (!hp_node_is(codings, HP_NODE_ARRAY))
        return NULL;
    for (n = codings->child; n != NULL; n = n->next) {
        if (is(n, "system", system))
            return n;
    }
    return codings->child;
}

/* The code of a coding of that system; empty for one of another. */
static hp_str
code_of(const hp_node *coding, const char *system)
{
    return is(coding, "system", system) ? text(coding, "code") : nothing;
}

static hp_str
full_code(const hp_node *coding, hp_arena *arena)
{
    return with_system(text(coding, "system"), text(coding, "code"), arena);
}

/* ---- holder --------------------------------------------------------------- */

/* Of several names the official one, else the first. */
static const hp_node *
name_of(const hp_node *patient)
{
    const hp_node *names = hp_node_member(patient, HP_STR("name")), *n;

    if (!hp_node_is(names, HP_NODE_ARRAY))
        return NULL;
    for (n = names->child; n != NULL; n = n->next) {
        if (is(n, "use", "official"))
            return n;
    }
    return names->child;
}

/* Given names with a space between them. */
static hp_str
given_names(const hp_node *name, hp_arena *arena)
{
    const hp_node *given = hp_node_member(name, HP_STR("given")), *n;
    size_t room = 0, at = 0;
    uint8_t *out;

    if (!hp_node_is(given, HP_NODE_ARRAY))
        return nothing;
    for (n = given->child; n != NULL; n = n->next)
        room += n->kind == HP_NODE_TEXT ? n->str.n + 1 : 0;
    out = hp_arena_take(arena, room);
    for (n = given->child; out != NULL && n != NULL; n = n->next) {
        if (n->kind != HP_NODE_TEXT || n->str.n == 0)
            continue;
        if (at > 0)
            out[at++] = ' ';
        memcpy(out + at, n->str.p, n->str.n);
        at += n->str.n;
    }
    return out != NULL ? (hp_str){ out, at } : nothing;
}

/* A card does not say which of several people it is for. */
static void
read_holder(const walk *w)
{
    hp_holder *holder = &w->pass->holder;
    const hp_node *name = w->patients == 1 ? name_of(w->patient) : NULL;

    if (w->patients != 1)
        return;
    holder->family = text(name, "family");
    holder->given = given_names(name, w->arena);
    if (holder->family.n == 0 && holder->given.n == 0)
        holder->family = text(name, "text"); /* the whole name */
    (void)hp_birth_read(text(w->patient, "birthDate"), &holder->birth); /* else it is not known */
}

/* ---- what happened -------------------------------------------------------- */

/* A whole day; of a date with a time the date counts, in no other time zone. */
static bool
day_of(hp_str s, hp_date *day)
{
    if (s.n > 10 && s.p[10] == 'T')
        s.n = 10;
    return hp_date_read(s, day);
}

static double
positive(const hp_node *map, const char *name)
{
    double value = 0;

    return hp_node_number(hp_node_member(map, hp_str_of(name)), &value) && value >= 1 ? value : 0;
}

/* Who gave it: the first that is named. */
static hp_str
performer(const hp_node *resource)
{
    const hp_node *all = hp_node_member(resource, HP_STR("performer"));
    const hp_node *first = hp_node_is(all, HP_NODE_ARRAY) ? all->child : NULL;
    const hp_node *actor = hp_node_member(first, HP_STR("actor"));

    return text(actor != NULL ? actor : first, "display");
}

/* Only what is completed was given, and what was subpotent does not count as a dose. */
static bool
read_immunization(const hp_node *resource, hp_arena *arena, happening *h)
{
    const hp_node *coding = coding_of(hp_node_member(resource, HP_STR("vaccineCode")),
                                      HP_SYSTEM_CVX);
    const hp_node *doses = hp_node_member(resource, HP_STR("protocolApplied"));

    if (!is(resource, "status", "completed") ||
        hp_node_is(hp_node_member(resource, HP_STR("isSubpotent")), HP_NODE_TRUE))
        return false;
    doses = hp_node_is(doses, HP_NODE_ARRAY) ? doses->child : NULL;
    h->event.kind = h->entry.kind = 'v';
    h->event.disease = h->entry.disease = hp_cvx_disease(code_of(coding, HP_SYSTEM_CVX));
    h->event.dose = positive(doses, "doseNumberPositiveInt");
    h->event.doses = h->entry.doses = positive(doses, "seriesDosesPositiveInt");
    h->entry.product = hp_cvx_product(code_of(coding, HP_SYSTEM_CVX));
    if (h->entry.product.n == 0)
        h->entry.product = full_code(coding, arena);
    h->entry.issuer = performer(resource);
    if (day_of(text(resource, "occurrenceDateTime"), &h->event.date)) {
        h->when = h->last = hp_day_start(h->event.date);
        h->entry.date = hp_document_date(h->event.date, arena);
    }
    return true;
}

/* A day alone is its start: what a rule then finds is no younger than it was. */
static double
time_of(hp_str s)
{
    hp_date day;
    double t;

    if (hp_time_read(s, true, &t))
        return t;
    return hp_date_read(s, &day) ? hp_day_start(day) : 0;
}

static bool
is_bad(const happening *h)
{
    return h->event.kind == 't' && !hp_str_eq(h->event.result, HP_STR(HP_NOT_DETECTED));
}

/*
 * What was found may have been found as late as its day, or its period, ends, or at any time where
 * none is said: nothing of that day clears somebody.
 */
static double
latest(const happening *h, hp_str said)
{
    hp_date day;
    double end = hp_date_read(said, &day) ? hp_day_end(day) : time_of(said);

    if (!is_bad(h) || h->when > end)
        return h->when;
    return end > 0 ? end : HP_TIME_LAST;
}

static void
read_result(const hp_node *resource, hp_arena *arena, happening *h)
{
    const hp_node *coding = coding_of(hp_node_member(resource, HP_STR("valueCodeableConcept")),
                                      HP_SYSTEM_SNOMED);

    h->entry.result = hp_snomed_result(code_of(coding, HP_SYSTEM_SNOMED));
    if (h->entry.result.n == 0)
        h->entry.result = full_code(coding, arena);
    h->event.result = h->entry.result;
}

static bool
read_observation(const hp_node *resource, hp_arena *arena, happening *h)
{
    const hp_node *coding = coding_of(hp_node_member(resource, HP_STR("code")), HP_SYSTEM_LOINC);
    const hp_node *period = hp_node_member(resource, HP_STR("effectivePeriod"));
    hp_str moment = text(resource, "effectiveDateTime");

    if (!is(resource, "status", "final") && !is(resource, "status", "amended") &&
        !is(resource, "status", "corrected"))
        return false;
    h->event.kind = h->entry.kind = 't';
    h->event.disease = h->entry.disease =
        hp_loinc_disease(code_of(coding, HP_SYSTEM_LOINC), &h->entry.method);
    if (h->entry.method.n == 0)
        h->entry.method = full_code(coding, arena);
    read_result(resource, arena, h);
    h->entry.issuer = performer(resource);
    h->when = time_of(moment.n > 0 ? moment : text(period, "start"));
    h->last = latest(h, moment.n > 0 ? moment : text(period, "end"));
    h->event.sampled = h->when;
    if (h->when > 0)
        h->entry.date = hp_document_time(h->when, arena);
    return true;
}

/* ---- the bundle ----------------------------------------------------------- */

/* In its place: of a known disease first, then the newest; of two at once what was found. */
static bool
goes_before(const happening *a, const happening *b)
{
    bool known = a->event.disease.n > 0, other = b->event.disease.n > 0;

    if (known != other)
        return known;
    return a->last != b->last ? a->last > b->last : is_bad(a) && !is_bad(b);
}

static void
keep(walk *w, const happening *h)
{
    size_t n = w->n++;

    for (; n > 0 && goes_before(h, &w->all[n - 1]); n--)
        w->all[n] = w->all[n - 1];
    w->all[n] = *h;
}

static bool
take(walk *w, const hp_node *resource)
{
    happening h = { .when = 0 };
    bool counts = false;

    if (is(resource, "resourceType", "Patient")) {
        w->patient = resource;
        w->patients++;
    } else if (is(resource, "resourceType", "Immunization"))
        counts = read_immunization(resource, w->arena, &h);
    else if (is(resource, "resourceType", "Observation"))
        counts = read_observation(resource, w->arena, &h);
    if (counts && w->n == HP_FHIR_EVENTS)
        return false;
    if (counts)
        keep(w, &h);
    return true;
}

/*
 * Which dose it was is no field as a rule: the days on which somebody was vaccinated against the
 * disease are counted (shc, 4).  Older ones stand behind.
 */
static void
count_doses(walk *w)
{
    const happening *before = NULL;
    double dose = 0;
    size_t i;

    for (i = w->n; i > 0; i--) {
        happening *h = &w->all[i - 1];

        if (h->event.kind != 'v' || h->event.disease.n == 0 || h->when <= 0)
            continue;
        dose += before == NULL || before->when != h->when;
        before = h;
        if (h->event.dose < 1)
            h->event.dose = dose;
        h->entry.dose = h->event.dose;
    }
}

static const hp_node *
make_document(walk *w)
{
    hp_entry *entries = hp_arena_take(w->arena, (w->n + 1) * sizeof(*entries));
    size_t i;

    for (i = 0; entries != NULL && i < w->n; i++)
        entries[i] = w->all[i].entry;
    return entries != NULL ? hp_document_make(&w->pass->holder, entries, w->n, w->arena) : NULL;
}

bool
hp_fhir_read(const hp_node *bundle, hp_arena *arena, hp_pass *pass)
{
    walk w = { .arena = arena, .pass = pass };
    const hp_node *entries = hp_node_member(bundle, HP_STR("entry")), *n;

    if (!is(bundle, "resourceType", "Bundle") || !hp_node_is(entries, HP_NODE_ARRAY))
        return false;
    w.all = hp_arena_take(arena, HP_FHIR_EVENTS * sizeof(*w.all));
    if (w.all == NULL)
        return false;
    for (n = entries->child; n != NULL; n = n->next) {
        if (!take(&w, hp_node_member(n, HP_STR("resource"))))
            return false;
    }
    count_doses(&w);
    read_holder(&w);
    pass->event = w.n > 0 ? w.all[0].event : (hp_event){ .kind = HP_KIND_NONE };
    pass->document = make_document(&w);
    return pass->document != NULL;
}
