/* Rule documents as the gateway takes them; see rules_schema.h. */
#include "cli/rules_schema.h"

#include "base/time.h"
#include "base/utf8.h"
#include "rules/certlogic.h"
#include "rules/version.h"

#define DESC_MIN     20             /* characters of a description */
#define VALIDITY_MIN (72 * 3600.0)  /* seconds from ValidFrom to ValidTo */

/* ---- one member by itself: NULL when it is as it must be, else what was expected ----------- */

typedef const char *check(const hp_json *value, hp_error *why);

/* "A" stands for a capital letter, "0" for a digit, "a" for a small letter. */
static bool
is_like(hp_str s, const char *pattern)
{
    size_t i;

    if (s.n != strlen(pattern))
        return false;
    for (i = 0; i < s.n; i++) {
        char c = (char)s.p[i], p = pattern[i];

        if (p == 'A' ? c < 'A' || c > 'Z' : p == 'a' ? c < 'a' || c > 'z'
            : p == '0'                    ? c < '0' || c > '9'
                                          : c != p)
            return false;
    }
    return true;
}

static bool
is_one_of(const hp_json *value, const char *const *words)
{
    for (; *words != NULL; words++) {
        if (hp_json_is(value, *words))
            return true;
    }
    return false;
}

static const char *
check_identifier(const hp_json *value, hp_error *why)
{
    static const char *const patterns[] = { "GR-AA-0000", "VR-AA-0000", "TR-AA-0000",
                                            "RR-AA-0000", "IR-AA-0000" };
    hp_str s = hp_json_text(value);
    size_t i;

    (void)why;
    for (i = 0; i < 5; i++) {
        /* The first two letters are themselves, not any capitals. */
        if (s.n > 2 && s.p[0] == (uint8_t)patterns[i][0] && s.p[1] == 'R' &&
            is_like(hp_str_from(s, 2), patterns[i] + 2))
            return NULL;
    }
    return "expected GR, VR, TR, RR or IR, a country and four digits: VR-FR-0001";
}

static const char *
check_type(const hp_json *value, hp_error *why)
{
    static const char *const words[] = { "Acceptance", "Invalidation", NULL };

    (void)why;
    return is_one_of(value, words) ? NULL : "expected Acceptance or Invalidation";
}

static const char *
check_country(const hp_json *value, hp_error *why)
{
    (void)why;
    return is_like(hp_json_text(value), "AA") ? NULL : "expected two capital letters: FR";
}

static const char *
check_region(const hp_json *value, hp_error *why)
{
    hp_str s = hp_json_text(value);
    size_t i;

    (void)why;
    for (i = 0; i < s.n && i <= 5; i++) {
        if ((s.p[i] < 'A' || s.p[i] > 'Z') && (s.p[i] < '0' || s.p[i] > '9'))
            break;
    }
    return s.p != NULL && i == s.n && i <= 5 ? NULL
                                             : "expected at most five capital letters and digits";
}

static const char *
check_version(const hp_json *value, hp_error *why)
{
    hp_version version;

    (void)why;
    return hp_version_read(hp_json_text(value), &version) ? NULL : "expected three numbers: 1.0.0";
}

static const char *
check_engine(const hp_json *value, hp_error *why)
{
    (void)why;
    return hp_json_text(value).n > 0 ? NULL : "expected an engine: CERTLOGIC";
}

static const char *
check_certificate_type(const hp_json *value, hp_error *why)
{
    static const char *const words[] = { "General", "Vaccination", "Test", "Recovery", NULL };

    (void)why;
    return is_one_of(value, words) ? NULL : "expected General, Vaccination, Test or Recovery";
}

static const char *
check_text(const hp_json *one, bool *english, hp_error *why)
{
    hp_str lang = hp_json_text(hp_json_get(one, "lang")), desc;
    size_t points;

    if (!is_like(lang, "aa") && !is_like(lang, "aa-aa"))
        return "expected lang of two small letters, or two and two: en, en-us";
    desc = hp_json_text(hp_json_get(one, "desc"));
    *english = *english || hp_str_starts(lang, HP_STR("en"));
    if (desc.p != NULL && hp_utf8_count(desc, &points) && points >= DESC_MIN)
        return NULL;
    hp_error_set(why, "expected at least %d characters in desc of %.*s", DESC_MIN, (int)lang.n,
                 (const char *)lang.p);
    return why->text;
}

static const char *
check_description(const hp_json *value, hp_error *why)
{
    const char *wrong = NULL;
    bool english = false;
    size_t i;

    if (hp_json_kind_of(value) != HP_JSON_ARRAY)
        return "expected an array of {lang, desc}";
    for (i = 0; wrong == NULL && i < hp_json_count(value); i++)
        wrong = check_text(hp_json_at(value, i), &english, why);
    if (wrong == NULL && !english)
        wrong = "expected a text in English: lang en";
    return wrong;
}

/* No fraction, capital letters, an offset with a colon. */
static bool
read_time(const hp_json *value, double *time)
{
    hp_str s = hp_json_text(value);

    if (!is_like(s, "0000-00-00T00:00:00Z") && !is_like(s, "0000-00-00T00:00:00+00:00") &&
        !is_like(s, "0000-00-00T00:00:00-00:00"))
        return false;
    return hp_time_read(s, false, time);
}

static const char *
check_time(const hp_json *value, hp_error *why)
{
    double time;

    (void)why;
    return read_time(value, &time) ? NULL : "expected a time without fraction, with zone: "
                                            "2021-07-01T00:00:00Z";
}

static const char *
check_fields(const hp_json *value, hp_error *why)
{
    size_t i = 0, n = hp_json_kind_of(value) == HP_JSON_ARRAY ? hp_json_count(value) : 0;

    (void)why;
    while (i < n && hp_json_text(hp_json_at(value, i)).p != NULL)
        i++;
    return n > 0 && i == n ? NULL : "expected an array of one text or more: [\"v.0.dt\"]";
}

static const char *
check_logic(const hp_json *value, hp_error *why)
{
    hp_logic *logic;

    if (hp_json_kind_of(value) != HP_JSON_OBJECT)
        return "expected an object with one operation";
    logic = hp_logic_compile(value, why);
    hp_logic_free(logic);
    return logic != NULL ? NULL : why->text;
}

static const struct {
    const char *name;
    bool optional;
    check *check;
} members[] = {
    { "Identifier", false, check_identifier },
    { "Type", false, check_type },
    { "Country", false, check_country },
    { "Region", true, check_region },
    { "Version", false, check_version },
    { "SchemaVersion", false, check_version },
    { "Engine", false, check_engine },
    { "EngineVersion", false, check_version },
    { "CertificateType", false, check_certificate_type },
    { "Description", false, check_description },
    { "ValidFrom", false, check_time },
    { "ValidTo", false, check_time },
    { "AffectedFields", false, check_fields },
    { "Logic", false, check_logic },
};

#define MEMBERS (sizeof(members) / sizeof(members[0]))

/* ---- the document ------------------------------------------------------------------------ */

typedef struct {
    const hp_json *document;
    hp_rules_fault *fault;
    void *context;
    size_t n;
} checker;

static void
complain(checker *c, const char *member, const char *expected)
{
    c->fault(c->context, member, expected);
    c->n++;
}

static void
check_members(checker *c)
{
    size_t i;

    for (i = 0; i < MEMBERS; i++) {
        const hp_json *value = hp_json_get(c->document, members[i].name);
        hp_error why = { "" };
        const char *wrong = value != NULL ? members[i].check(value, &why)
            : members[i].optional         ? NULL
                                          : "is missing";

        if (wrong != NULL)
            complain(c, members[i].name, wrong);
    }
}

static void
check_names(checker *c)
{
    const char *name;
    hp_json *value;
    void *at = NULL;
    size_t i;

    while (hp_json_next(c->document, &at, &name, &value)) {
        for (i = 0; i < MEMBERS && strcmp(members[i].name, name) != 0; i++)
            ;
        if (i == MEMBERS)
            complain(c, name, "is no member of a rule document");
    }
}

/* The identifier's prefix, country, type and kind of certificate say the same twice. */
static void
check_fit(checker *c)
{
    const hp_json *kind = hp_json_get(c->document, "CertificateType");
    hp_str id = hp_json_text(hp_json_get(c->document, "Identifier"));
    hp_str kind_text = hp_json_text(kind);
    bool invalidates = hp_json_is(hp_json_get(c->document, "Type"), "Invalidation");

    if (!hp_str_eq(hp_json_text(hp_json_get(c->document, "Country")), (hp_str){ id.p + 3, 2 }))
        complain(c, "Country", "expected the country of the identifier");
    if ((id.p[0] == 'I') != invalidates)
        complain(c, "Type", "expected Invalidation with IR, Acceptance with any other identifier");
    if (id.p[0] != 'I' && (kind_text.n == 0 || kind_text.p[0] != id.p[0]))
        complain(c, "CertificateType", "expected General with GR, Vaccination with VR, Test with "
                                       "TR, Recovery with RR");
}

static void
check_validity(checker *c)
{
    double from, until;

    if (!read_time(hp_json_get(c->document, "ValidFrom"), &from) ||
        !read_time(hp_json_get(c->document, "ValidTo"), &until))
        return;
    if (until - from < VALIDITY_MIN)
        complain(c, "ValidTo", "expected at least 72 hours after ValidFrom");
}

bool
hp_rules_is_rule(const hp_json *document)
{
    return hp_json_get(document, "Identifier") != NULL || hp_json_get(document, "Type") != NULL ||
        hp_json_get(document, "Logic") != NULL;
}

size_t
hp_rules_schema(const hp_json *document, hp_rules_fault *fault, void *context)
{
    checker c = { document, fault, context, 0 };
    hp_error why;

    check_members(&c);
    check_names(&c);
    if (check_identifier(hp_json_get(document, "Identifier"), &why) == NULL)
        check_fit(&c);
    check_validity(&c);
    return c.n;
}
