/* Reads the core data sets of DDCC; see ddcc.h. */
#include "format/ddcc.h"

#include "base/country.h"
#include "format/document.h"
#include "format/icd.h"
#include "format/member.h"

/* The code of a coding: a map {system, code}, or the code alone as a text. */
static hp_str
coding(const hp_node *map, const char *name, bool *bad)
{
    const hp_node *n = hp_node_member(map, hp_str_of(name));

    if (hp_node_is(n, HP_NODE_MAP))
        return hp_member_text(n, "code", bad);
    return hp_member_optional(map, name, bad);
}

static hp_str
required_coding(const hp_node *map, const char *name, bool *bad)
{
    hp_str code = coding(map, name, bad);

    if (code.n == 0)
        *bad = true;
    return code;
}

/* SNOMED CT or ICD-11 (gdhcn, 3); rules know the former. */
static bool
is_icd(const hp_node *coding)
{
    const hp_node *system = hp_node_member(coding, HP_STR("system"));

    return hp_node_is(system, HP_NODE_TEXT) &&
           hp_str_starts(system->str, HP_STR("http://id.who.int/icd"));
}

static hp_str
disease(const hp_node *map, const char *name, hp_arena *arena, bool *bad)
{
    hp_str code = coding(map, name, bad);

    return is_icd(hp_node_member(map, hp_str_of(name))) ? hp_icd_disease(code, arena) : code;
}

static hp_str
vaccine(const hp_node *map, const char *name, hp_arena *arena, bool *bad)
{
    hp_str code = required_coding(map, name, bad);

    return is_icd(hp_node_member(map, hp_str_of(name))) ? hp_icd_vaccine(code, arena) : code;
}

/* Two letters where there are two, as in a DCC. */
static hp_str
country(const hp_node *map, hp_arena *arena, bool *bad)
{
    hp_str code = coding(map, "country", bad);
    char *two = hp_arena_take(arena, 3);

    return two != NULL && hp_country_alpha2(code, two) ? hp_str_of(two) : code;
}

/* A text, or a map {"value": text} as FHIR writes identifiers. */
static hp_str
identifier(const hp_node *map, const char *name, bool *bad)
{
    const hp_node *n = hp_node_member(map, hp_str_of(name));

    return hp_node_is(n, HP_NODE_MAP) ? hp_member_optional(n, "value", bad)
                                      : hp_member_optional(map, name, bad);
}

static double
number(const hp_node *map, const char *name)
{
    double value = 0;

    return hp_node_number(hp_node_member(map, hp_str_of(name)), &value) ? value : 0;
}

/*
 * What both sets have.  The period of the certificate, where it is said, is bounded by that of the
 * token, and must be: nothing else ends a DDCC.
 */
static void
read_common(const hp_node *ddcc, const hp_cwt *cwt, hp_pass *pass, hp_entry *e, bool *bad)
{
    const hp_node *certificate = hp_node_member(ddcc, HP_STR("certificate"));
    const hp_node *period = hp_node_member(certificate, HP_STR("period"));
    hp_date day;

    (void)hp_member_has_birth(ddcc, "birthDate", &pass->holder.birth, bad);
    pass->holder.family = hp_member_text(ddcc, "name", bad); /* the whole name */
    e->identifier = identifier(certificate, "hcid", bad);
    e->issuer = identifier(certificate, "issuer", bad);
    pass->issued = cwt->iat;
    pass->valid_from = cwt->from;
    pass->valid_until = cwt->has_exp ? cwt->exp : HP_TIME_LAST;
    if (hp_member_has_date(period, "start", &day, bad) && hp_day_start(day) > cwt->from)
        pass->valid_from = hp_day_start(day);
    if (hp_member_has_date(period, "end", &day, bad) && hp_day_end(day) < pass->valid_until)
        pass->valid_until = hp_day_end(day);
    if (pass->valid_until >= HP_TIME_LAST)
        *bad = true;
}

static bool
finish(const hp_entry *e, hp_arena *arena, hp_pass *pass)
{
    pass->event.kind = e->kind;
    pass->event.disease = e->disease;
    pass->event.country = e->country;
    pass->event.identifier = e->identifier;
    pass->document = hp_document_make(&pass->holder, e, 1, arena);
    return pass->document != NULL;
}

bool
hp_ddcc_read_vaccination(const hp_node *ddcc, const hp_cwt *cwt, hp_arena *arena, hp_pass *pass)
{
    const hp_node *v = hp_node_member(ddcc, HP_STR("vaccination"));
    hp_entry e = { .kind = 'v' };
    bool bad = !hp_node_is(v, HP_NODE_MAP);

    read_common(ddcc, cwt, pass, &e, &bad);
    e.vaccine = vaccine(v, "vaccine", arena, &bad);
    e.product = coding(v, "brand", &bad);
    e.maker = coding(v, "manufacturer", &bad);
    e.disease = disease(v, "disease", arena, &bad);
    e.country = country(v, arena, &bad);
    e.dose = number(v, "dose");
    e.doses = number(v, "total_doses");
    pass->event.date = hp_member_date(v, "date", &bad);
    pass->event.dose = e.dose;
    pass->event.doses = e.doses;
    if (bad)
        return false;
    e.date = hp_document_date(pass->event.date, arena);
    return finish(&e, arena, pass);
}

/* A day alone is its start: what a rule then finds is no younger than it was. */
static double
moment(const hp_node *map, const char *name, bool *bad)
{
    hp_str s = hp_member_text(map, name, bad);
    double t = 0;
    hp_date day;

    if (*bad || hp_time_read(s, true, &t))
        return t;
    if (!hp_date_read(s, &day)) {
        *bad = true;
        return 0;
    }
    return hp_day_start(day);
}

bool
hp_ddcc_read_test(const hp_node *ddcc, const hp_cwt *cwt, hp_arena *arena, hp_pass *pass)
{
    const hp_node *t = hp_node_member(ddcc, HP_STR("test"));
    hp_entry e = { .kind = 't' };
    bool bad = !hp_node_is(t, HP_NODE_MAP);

    read_common(ddcc, cwt, pass, &e, &bad);
    e.disease = required_coding(t, "pathogen", &bad);
    e.method = required_coding(t, "type", &bad);
    e.maker = coding(t, "manufacturer", &bad);
    e.result = required_coding(t, "result", &bad);
    e.country = country(t, arena, &bad);
    pass->event.sampled = moment(t, "date", &bad);
    pass->event.result = e.result;
    if (bad)
        return false;
    e.date = hp_document_time(pass->event.sampled, arena);
    return finish(&e, arena, pass);
}
