/*
 * One rule document (certlogic, 8), as ruleset.h says what is refused in it.
 */
#include "rules/ruleset_parts.h"

#include "base/time.h"

#include <errno.h>
#include <stdlib.h>
#include <strings.h>

#define IDENTIFIER 10 /* characters of GR-FR-0001 */
#define REGION_MAX 5
#define LANG_MAX   35 /* RFC 5646, 4.4.1 */

typedef struct {
    const hp_loading *l;
    hp_json *document;
    const char *place;
    hp_loaded *to;
} reader;

static bool
refuse(const reader *r, const char *member, const char *expected)
{
    const char *identifier = r->to->rule.identifier;

    hp_error_set(r->l->error, "%s%s%s%s: %s: %s", r->place, identifier != NULL ? " (" : "",
                 identifier != NULL ? identifier : "", identifier != NULL ? ")" : "", member,
                 expected);
    return false;
}

/* The rule stays, and decides nothing but that nobody can decide. */
static void
tell_open(const reader *r, const char *member, const char *why)
{
    const hp_rule *rule = &r->to->rule;
    hp_error line = { "" };

    if (r->l->told == NULL)
        return;
    hp_error_set(&line, "%s (%s): %s: %s; the rule is always open", r->place, rule->identifier,
                 member, why);
    r->l->told(r->l->context, line.text);
}

/* The member as a text; .p is NULL, and it was said, when it is none. */
static hp_str
text_of(const reader *r, const char *member)
{
    hp_str text = hp_json_text(hp_json_get(r->document, member));

    if (text.p == NULL)
        refuse(r, member, "expected a text");
    return text;
}

/* A copy that lives as long as the set; NULL, and it was said, for want of memory. */
static const char *
keep(const reader *r, const char *member, hp_str text)
{
    const char *copy = hp_keep_text(&r->l->set->keep, text);

    if (copy == NULL)
        refuse(r, member, "no memory");
    return copy;
}

static bool
is_capital(uint8_t c)
{
    return c >= 'A' && c <= 'Z';
}

/* ---- members ------------------------------------------------------------------ */

static bool
check_member(const reader *r, const char *name)
{
    static const char *const known[] = {
        "Identifier", "Type", "Country", "Region", "Version", "SchemaVersion", "Engine",
        "EngineVersion", "CertificateType", "Description", "ValidFrom", "ValidTo",
        "AffectedFields", "Logic"
    };
    hp_str s = hp_str_of(name);
    size_t i;

    for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (strcmp(name, known[i]) == 0)
            return true;
        if (strcasecmp(name, known[i]) == 0)
            return refuse(r, name, "is a member's name in another spelling, expected the "
                                   "gateway's");
    }
    if (!is_capital((uint8_t)name[0]))
        return true;
    return refuse(r, s.n < 64 && hp_rules_printable(s) ? name : "a member",
                  "is no member of a rule that this version knows, and may change what it means");
}

static bool
check_members(const reader *r)
{
    const char *name;
    hp_json *value;
    void *at = NULL;

    while (hp_json_next(r->document, &at, &name, &value)) {
        if (!check_member(r, name))
            return false;
    }
    return true;
}

/* (GR|VR|TR|RR|IR)-[A-Z]{2}-\d{4} */
static bool
is_identifier(hp_str s)
{
    size_t i;

    if (s.n != IDENTIFIER || strchr("GVTRI", s.p[0]) == NULL || s.p[0] == 0 || s.p[1] != 'R' ||
        s.p[2] != '-' || !is_capital(s.p[3]) || !is_capital(s.p[4]) || s.p[5] != '-')
        return false;
    for (i = 6; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
    }
    return true;
}

static bool
read_identifier(const reader *r)
{
    hp_str text = text_of(r, "Identifier");

    if (text.p == NULL)
        return false;
    if (!is_identifier(text))
        return refuse(r, "Identifier", "expected GR, VR, TR, RR or IR, a country of two capital "
                                       "letters and four digits: GR-FR-0001");
    r->to->rule.identifier = keep(r, "Identifier", text);
    return r->to->rule.identifier != NULL;
}

/* The same word in another spelling: a slip must not make a rule one that is passed over. */
static bool
looks_like(hp_str text, hp_str word)
{
    text = hp_str_trim(text);
    return text.n == word.n &&
           strncasecmp((const char *)text.p, (const char *)word.p, word.n) == 0;
}

/* Types that are not known were left out before. */
static bool
read_type(const reader *r)
{
    hp_rule *rule = &r->to->rule;
    bool invalidates = hp_json_is(hp_json_get(r->document, "Type"), "Invalidation");

    rule->type = invalidates ? HP_INVALIDATION : HP_ACCEPTANCE;
    if (invalidates != (rule->identifier[0] == 'I'))
        return refuse(r, "Type", "expected Invalidation with identifiers IR-..., and only there");
    return true;
}

static bool
read_country(const reader *r)
{
    hp_str text = text_of(r, "Country");

    if (text.p == NULL)
        return false;
    if (!hp_str_eq(text, (hp_str){ (const uint8_t *)r->to->rule.identifier + 3, 2 }))
        return refuse(r, "Country", "expected the two letters in the middle of the identifier");
    memcpy(r->to->rule.country, text.p, 2);
    return true;
}

/* Missing, null and empty are the whole country. */
static bool
read_region(const reader *r)
{
    const hp_json *region = hp_json_get(r->document, "Region");
    hp_str text = HP_STR("");
    char upper[REGION_MAX + 1] = "";
    size_t i;

    if (region != NULL && hp_json_kind_of(region) != HP_JSON_NULL) {
        text = text_of(r, "Region");
        if (text.p == NULL)
            return false;
        text = hp_str_trim(text);
    }
    for (i = 0; i < text.n && i < REGION_MAX; i++) {
        upper[i] = (char)hp_upper(text.p[i]);
        if (!is_capital((uint8_t)upper[i]) && (upper[i] < '0' || upper[i] > '9'))
            break;
    }
    if (i < text.n)
        return refuse(r, "Region", "expected at most five letters and digits");
    r->to->rule.region = keep(r, "Region", hp_str_of(upper));
    return r->to->rule.region != NULL;
}

/* ---- versions ------------------------------------------------------------------ */

static bool
read_version(const reader *r)
{
    hp_str text = text_of(r, "Version");

    if (text.p == NULL)
        return false;
    return hp_version_read(text, &r->to->rule.version) ||
           refuse(r, "Version", "expected three numbers: 1.0.0");
}

static bool
read_schema(const reader *r)
{
    hp_rule *rule = &r->to->rule;
    hp_str text = text_of(r, "SchemaVersion");

    if (text.p == NULL)
        return false;
    rule->schema_known = hp_version_read(text, &rule->schema);
    if (!rule->schema_known)
        tell_open(r, "SchemaVersion", "is not three numbers");
    return true;
}

/* certlogic, 10: there is no lower bound. */
static bool
read_engine(const reader *r)
{
    hp_rule *rule = &r->to->rule;
    hp_str engine = text_of(r, "Engine"), text;
    hp_version version;

    if (engine.p == NULL)
        return false;
    text = text_of(r, "EngineVersion");
    if (text.p == NULL)
        return false;
    rule->engine_known = false;
    if (!hp_str_eq(engine, HP_STR("CERTLOGIC")))
        tell_open(r, "Engine", "is not CERTLOGIC");
    else if (!hp_version_read(text, &version))
        tell_open(r, "EngineVersion", "is not three numbers");
    else if (hp_version_order(version, HP_ENGINE_VERSION) > 0)
        tell_open(r, "EngineVersion", "is newer than this program's 1.3.3");
    else
        rule->engine_known = true;
    return true;
}

/* ---- what for, and when ---------------------------------------------------------- */

static bool
read_concerns(const reader *r)
{
    static const struct {
        const char *name;
        char prefix, kind;
    } kinds[] = { { "General", 'G', 'g' }, { "Vaccination", 'V', 'v' }, { "Test", 'T', 't' },
                  { "Recovery", 'R', 'r' } };
    const hp_json *type = hp_json_get(r->document, "CertificateType");
    char prefix = r->to->rule.identifier[0];
    size_t i;

    for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (!hp_json_is(type, kinds[i].name))
            continue;
        if (prefix != 'I' && prefix != kinds[i].prefix)
            return refuse(r, "CertificateType", "does not fit the identifier, expected General "
                                                "with GR, Vaccination with VR, Test with TR, "
                                                "Recovery with RR");
        r->to->rule.concerns = kinds[i].kind;
        return true;
    }
    return refuse(r, "CertificateType", "expected General, Vaccination, Test or Recovery");
}

static bool
read_time(const reader *r, const char *member, double *time)
{
    hp_str text = text_of(r, member);

    if (text.p == NULL)
        return false;
    return hp_time_read(text, false, time) ||
           refuse(r, member, "expected a date and time with zone: 2021-07-01T00:00:00Z");
}

static bool
read_validity(const reader *r)
{
    hp_rule *rule = &r->to->rule;

    if (!read_time(r, "ValidFrom", &rule->from) || !read_time(r, "ValidTo", &rule->until))
        return false;
    return rule->from < rule->until || refuse(r, "ValidTo", "expected a time after ValidFrom");
}

/* ---- texts ------------------------------------------------------------------------ */

static bool
is_lang(hp_str s)
{
    size_t i;

    if (s.p == NULL || s.n < 2 || s.n > LANG_MAX)
        return false;
    for (i = 0; i < s.n; i++) {
        uint8_t c = hp_upper(s.p[i]);

        if (!is_capital(c) && (i < 2 || (c != '-' && (c < '0' || c > '9'))))
            return false;
    }
    return true;
}

/* U+200E, 200F, 2028 to 202E, 2066 to 2069: they end lines, or turn them about. */
static bool
turns_lines(const unsigned char *p)
{
    return p[0] == 0xe2 && ((p[1] == 0x80 && ((p[2] >= 0x8e && p[2] <= 0x8f) ||
                                              (p[2] >= 0xa8 && p[2] <= 0xae))) ||
                            (p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9));
}

/*
 * Terminals and logs show these texts, so that control characters become blanks: C0, DEL, and
 * C1, which UTF-8 writes as C2 80 to C2 9F.
 */
static void
tame(char *text)
{
    unsigned char *p = (unsigned char *)text;

    for (; *p != 0; p++) {
        if (*p < ' ' || *p == 0x7f)
            *p = ' ';
        else if (p[0] == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0)
            p[0] = p[1] = ' ';
        else if (turns_lines(p))
            p[0] = p[1] = p[2] = ' ';
    }
}

static bool
read_text(const reader *r, const hp_json *one)
{
    hp_rule *rule = &r->to->rule;
    hp_str lang = hp_json_text(hp_json_get(one, "lang"));
    hp_str text = hp_json_text(hp_json_get(one, "desc"));
    char *copy;

    if (!is_lang(lang))
        return refuse(r, "Description", "expected a language in lang: en");
    if (text.p == NULL || text.n > HP_RULE_TEXT_MAX || memchr(text.p, 0, text.n) != NULL)
        return refuse(r, "Description", "expected a text of at most 2048 bytes in desc");
    text = hp_str_trim(text);
    if (text.n == 0)
        return true;
    copy = hp_keep_text(&r->l->set->keep, text);
    rule->texts[rule->n_texts].lang = keep(r, "Description", lang);
    if (copy == NULL || rule->texts[rule->n_texts].lang == NULL)
        return refuse(r, "Description", "no memory");
    tame(copy);
    rule->texts[rule->n_texts++].text = copy;
    return true;
}

static bool
read_texts(const reader *r)
{
    const hp_json *all = hp_json_get(r->document, "Description");
    size_t i, n = hp_json_count(all);

    if (all == NULL || hp_json_kind_of(all) != HP_JSON_ARRAY)
        return refuse(r, "Description", "expected an array of { lang, desc }");
    if (n > HP_RULE_TEXTS)
        return refuse(r, "Description", "has too many languages, expected at most 32");
    for (i = 0; i < n; i++) {
        if (!read_text(r, hp_json_at(all, i)))
            return false;
    }
    return true;
}

/* ---- Logic -------------------------------------------------------------------------- */

/*
 * The field's type makes it an operation: a bare true would let everybody in.  A rule that is
 * open for want of memory would be open until the next load.
 */
static bool
read_logic(const reader *r)
{
    const hp_json *logic = hp_json_get(r->document, "Logic");
    hp_error why = { "" };

    if (logic == NULL)
        return refuse(r, "Logic", "expected a CertLogic expression");
    if (hp_json_kind_of(logic) != HP_JSON_OBJECT) {
        tell_open(r, "Logic", "expected an object with one operation");
        return true;
    }
    errno = 0;
    r->to->logic = hp_logic_compile(logic, &why);
    r->to->rule.logic = r->to->logic;
    if (r->to->logic == NULL && errno == ENOMEM)
        return refuse(r, "Logic", "no memory");
    if (r->to->logic == NULL)
        tell_open(r, "Logic", why.text);
    return true;
}

/* ---- the document --------------------------------------------------------------------- */

/* The document without the blanks between its values. */
static bool
print(const reader *r)
{
    size_t n = 0;
    FILE *to = open_memstream(&r->to->document, &n);
    bool good = to != NULL && hp_json_print(r->document, to);

    if (to != NULL && fclose(to) != 0)
        good = false;
    return good || refuse(r, "document", "no memory");
}

static bool
read_all(const reader *r)
{
    return read_identifier(r) && check_members(r) && read_type(r) && read_country(r) &&
           read_region(r) && read_version(r) && read_schema(r) && read_engine(r) &&
           read_concerns(r) && read_validity(r) && read_texts(r) && read_logic(r) && print(r);
}

/* Of the types that are none of ours only one is known to be in use; another may be a slip. */
static void
tell_passed_over(const reader *r, hp_str type)
{
    hp_error line = { "" };

    if (r->l->told == NULL || hp_str_eq(type, HP_STR("BoosterNotification")))
        return;
    hp_error_set(&line, "%s: Type: is neither Acceptance nor Invalidation; the rule is passed over",
                 r->place);
    r->l->told(r->l->context, line.text);
}

bool
hp_rule_read(const hp_loading *l, hp_json *document, const char *place)
{
    hp_loaded nameless = { .place = place };
    reader r = { l, document, place, &nameless };
    hp_str type = text_of(&r, "Type");

    if (type.p == NULL)
        return false;
    if (!hp_str_eq(type, HP_STR("Acceptance")) && !hp_str_eq(type, HP_STR("Invalidation"))) {
        if (looks_like(type, HP_STR("Acceptance")) || looks_like(type, HP_STR("Invalidation")))
            return refuse(&r, "Type", "expected Acceptance or Invalidation, spelled so");
        tell_passed_over(&r, type);
        return true; /* certlogic, 9.4 */
    }
    r.to = hp_ruleset_room(l->set, place, l->error);
    if (r.to == NULL)
        return false;
    if (read_all(&r)) {
        l->set->n++;
        return true;
    }
    hp_logic_free(r.to->logic);
    free(r.to->document);
    return false;
}
