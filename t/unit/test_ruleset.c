/*
 * Rule documents and value sets as they are loaded: what is refused, what is passed over, what is
 * kept and open, what a folder may hold, and how much of it.
 */
#include "unit.h"

#include "base/time.h"
#include "ruledoc.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- loading ---------------------------------------------------------------------- */

static hp_error error;
static char heard[4096]; /* lines of what was told */

static void
hear(void *context, const char *what)
{
    size_t n = strlen(heard);

    assert_ptr_equal(context, heard);
    (void)snprintf(heard + n, sizeof(heard) - n, "%s\n", what);
}

static bool
add(hp_ruleset *set, hp_str text)
{
    error.text[0] = '\0';
    return hp_ruleset_add_text(set, "F", text, hear, heard, &error);
}

/* The closed set; the texts end with an empty one. */
static hp_ruleset *
load(const hp_str *texts)
{
    hp_ruleset *set = hp_ruleset_new();

    heard[0] = '\0';
    for (; texts->n > 0; texts++) {
        if (!add(set, *texts))
            fail_msg("%s", error.text);
    }
    if (!hp_ruleset_close(set, &error))
        fail_msg("%s", error.text);
    return set;
}
#define LOAD(...) load((const hp_str[]){ __VA_ARGS__, { NULL, 0 } })

/* Refused when it is read or at the close, and says all these words; ends with NULL. */
static void
refused(const hp_str *texts, const char *const *words)
{
    hp_ruleset *set = hp_ruleset_new();
    bool good = true;

    for (; good && texts->n > 0; texts++)
        good = add(set, *texts);
    good = good && hp_ruleset_close(set, &error);
    hp_ruleset_free(set);
    if (good)
        fail_msg("was taken, expected: %s", words[0]);
    for (; *words != NULL; words++) {
        if (strstr(error.text, *words) == NULL)
            fail_msg("expected \"%s\": %s", *words, error.text);
    }
}
#define REFUSED(text, ...) \
    refused((const hp_str[]){ text, { NULL, 0 } }, (const char *const[]){ __VA_ARGS__, NULL })

/* The rules, as "VR-XA-0001@1.0.0 ...". */
static const char *
names(const hp_ruleset *set)
{
    hp_str all = HP_STR("");

    for (size_t i = 0; i < hp_ruleset_count(set); i++) {
        const hp_rule *r = hp_ruleset_at(set, i);

        all = maker_print("%.*s%s%s@%u.%u.%u", (int)all.n, (const char *)all.p, i > 0 ? " " : "",
                          r->identifier, r->version.major, r->version.minor, r->version.patch);
    }
    return maker_c_string(all);
}

static size_t
codes_of(const hp_ruleset *set, const char *id)
{
    const hp_node *codes = hp_node_member(hp_ruleset_value_sets(set), hp_str_of(id));

    return codes == NULL ? 0 : codes->count;
}

/* ---- one document --------------------------------------------------------------------- */

static void
a_document_says(void **state)
{
    hp_ruleset *set = LOAD(RULEDOC("VR-FR-0012",
        { "Region", "\" idf \"" }, { "Version", "\"1.10.2\"" }, { "SchemaVersion", "\"1.3.0\"" },
        { "ValidFrom", "\"2021-07-01T02:00:00+02:00\"" }, { "ValidTo", "\"2021-07-08T00:00:00Z\"" },
        { "Description", "[{\"lang\":\"en\",\"desc\":\"One\"},{\"lang\":\"fr\",\"desc\":\"Un\"}]" }));
    const hp_rule *r = hp_ruleset_at(set, 0);

    (void)state;
    assert_int_equal(hp_ruleset_count(set), 1);
    assert_string_equal(r->identifier, "VR-FR-0012");
    assert_int_equal(r->type, HP_ACCEPTANCE);
    assert_string_equal(r->country, "FR");
    assert_string_equal(r->region, "IDF");
    assert_int_equal(r->concerns, 'v');
    assert_int_equal(hp_version_order(r->version, (hp_version){ 1, 10, 2 }), 0);
    assert_true(r->schema_known);
    assert_int_equal(hp_version_order(r->schema, (hp_version){ 1, 3, 0 }), 0);
    assert_true(r->engine_known);
    assert_true(r->from >= 1625097600.0 && r->from <= 1625097600.0);
    assert_true(r->until >= 1625702400.0 && r->until <= 1625702400.0);
    assert_non_null(r->logic);
    assert_int_equal(r->n_texts, 2);
    assert_string_equal(r->texts[1].lang, "fr");
    assert_string_equal(r->texts[1].text, "Un");
    assert_string_equal(heard, "");
    hp_ruleset_free(set);
}

static void
kinds_by_prefix(void **state)
{
    static const struct {
        const char *identifier, *kind;
        char concerns;
    } rows[] = { { "GR-XA-0000", "General", 'g' }, { "VR-XA-0000", "Vaccination", 'v' },
                 { "TR-XA-0000", "Test", 't' }, { "RR-XA-0000", "Recovery", 'r' },
                 { "IR-XA-0000", "General", 'g' }, { "IR-XA-0000", "Vaccination", 'v' },
                 { "IR-XA-0000", "Test", 't' }, { "IR-XA-0000", "Recovery", 'r' } };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *kind = maker_c_string(maker_print("\"%s\"", rows[i].kind));
        hp_ruleset *set = LOAD(RULEDOC(rows[i].identifier, { "CertificateType", kind }));

        assert_int_equal(hp_ruleset_at(set, 0)->concerns, rows[i].concerns);
        assert_int_equal(hp_ruleset_at(set, 0)->type,
                         rows[i].identifier[0] == 'I' ? HP_INVALIDATION : HP_ACCEPTANCE);
        hp_ruleset_free(set);
    }
}

/* The document with one member other than it should be, and what the error says of it. */
static void
members_that_are_refused(void **state)
{
    static const struct {
        const char *member, *value, *says;
    } rows[] = {
        { "Identifier", NULL, "Identifier: expected a text" },
        { "Identifier", "7", "Identifier: expected a text" },
        { "Identifier", "\"\"", "Identifier: expected GR" },
        { "Identifier", "\"XR-XA-0001\"", "Identifier: expected GR" },
        { "Identifier", "\"VX-XA-0001\"", "Identifier: expected GR" },
        { "Identifier", "\"VR_XA-0001\"", "Identifier: expected GR" },
        { "Identifier", "\"VR-xA-0001\"", "Identifier: expected GR" },
        { "Identifier", "\"VR-Xa-0001\"", "Identifier: expected GR" },
        { "Identifier", "\"VR-XA_0001\"", "Identifier: expected GR" },
        { "Identifier", "\"VR-XA-001\"", "Identifier: expected GR" },
        { "Identifier", "\"VR-XA-00001\"", "Identifier: expected GR" },
        { "Identifier", "\"VR-XA-000A\"", "Identifier: expected GR" },
        { "Identifier", "\"\\u0000R-XA-0001\"", "Identifier: expected GR" },
        { "Type", NULL, "Type: expected a text" },
        { "Type", "1", "Type: expected a text" },
        { "Type", "\"acceptance\"", "Type: expected Acceptance or Invalidation" },
        { "Type", "\" Invalidation\"", "Type: expected Acceptance or Invalidation" },
        { "Type", "\"Invalidation\"", "(VR-XA-0001): Type: expected Invalidation" },
        { "Country", NULL, "Country: expected a text" },
        { "Country", "\"XB\"", "Country: expected the two letters" },
        { "Country", "\"xa\"", "Country: expected the two letters" },
        { "Region", "1", "Region: expected a text" },
        { "Region", "\"ABCDEF\"", "Region: expected at most five" },
        { "Region", "\"A-B\"", "Region: expected at most five" },
        { "Region", "\"A B\"", "Region: expected at most five" },
        { "Version", NULL, "Version: expected a text" },
        { "Version", "1", "Version: expected a text" },
        { "Version", "\"1.0\"", "Version: expected three numbers" },
        { "Version", "\"1.0.0-beta\"", "Version: expected three numbers" },
        { "SchemaVersion", NULL, "SchemaVersion: expected a text" },
        { "Engine", NULL, "Engine: expected a text" },
        { "EngineVersion", NULL, "EngineVersion: expected a text" },
        { "EngineVersion", "1.0", "EngineVersion: expected a text" },
        { "CertificateType", NULL, "CertificateType: expected General" },
        { "CertificateType", "\"vaccination\"", "CertificateType: expected General" },
        { "CertificateType", "\"Test\"", "CertificateType: does not fit" },
        { "CertificateType", "\"General\"", "CertificateType: does not fit" },
        { "Description", NULL, "Description: expected an array" },
        { "Description", "{}", "Description: expected an array" },
        { "Description", "[\"x\"]", "Description: expected a language" },
        { "Description", "[{\"lang\":\"\",\"desc\":\"x\"}]", "Description: expected a language" },
        { "Description", "[{\"lang\":\"e\",\"desc\":\"x\"}]", "Description: expected a language" },
        { "Description", "[{\"lang\":\"e n\",\"desc\":\"x\"}]", "Description: expected a language" },
        { "Description", "[{\"lang\":\"en\"}]", "Description: expected a text" },
        { "Description", "[{\"lang\":\"en\",\"desc\":\"a\\u0000b\"}]", "Description: expected a text" },
        { "ValidFrom", NULL, "ValidFrom: expected a text" },
        { "ValidFrom", "0", "ValidFrom: expected a text" },
        { "ValidFrom", "\"2021-01-01\"", "ValidFrom: expected a date and time" },
        { "ValidFrom", "\"2021-01-01T00:00:00\"", "ValidFrom: expected a date and time" },
        { "ValidFrom", "\"2021-02-29T00:00:00Z\"", "ValidFrom: expected a date and time" },
        { "ValidFrom", "\"2022-01-01T00:00:00Z\"", "ValidTo: expected a time after" },
        { "ValidTo", NULL, "ValidTo: expected a text" },
        { "ValidTo", "\"2021-01-01T00:00:00Z\"", "ValidTo: expected a time after" },
        { "ValidTo", "\"2021-01-01T00:30:00+01:00\"", "ValidTo: expected a time after" },
        { "Logic", NULL, "Logic: expected a CertLogic expression" },
        /* not the gateway's, and may change what the rule means */
        { "region", "\"W\"", "region: is a member's name in another spelling" },
        { "validTo", "\"2021-02-01T00:00:00Z\"", "validTo: is a member's name in another" },
        { "Regions", "[\"W\"]", "Regions: is no member" },
        { "Replaces", "1", "Replaces: is no member" },
        { "A\\u001b[2J", "1", "a member: is no member" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        REFUSED(RULEDOC("VR-XA-0001", { rows[i].member, rows[i].value }), "F", rows[i].says);
    REFUSED(RULEDOC("IR-XA-0001", { "Type", "\"Acceptance\"" }), "F (IR-XA-0001): Type");
}

static void
members_that_do_no_harm(void **state)
{
    static const ruledoc_member rows[] = {
        { "expr-as-text", "\"not null\"" }, { "hash", "\"00\"" }, { "", "1" },
        { "AffectedFields", NULL }, { "AffectedFields", "[]" }, { "AffectedFields", "7" },
        { "Region", "null" }, { "Region", "\"\"" }, { "Region", "\"  \"" },
        { "Description", "[]" }, { "Description", "[{\"lang\":\"de-AT\",\"desc\":\"Kurz.\"}]" },
        { "Description", "[{\"lang\":\"en\",\"desc\":\"a\",\"by\":1},{\"lang\":\"en\",\"desc\":\"b\"}]" },
        { "ValidFrom", "\"2021-12-31T23:59:59Z\"" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        hp_ruleset *set = LOAD(RULEDOC("VR-XA-0001", { rows[i].name, rows[i].value }));

        assert_int_equal(hp_ruleset_count(set), 1);
        assert_string_equal(hp_ruleset_at(set, 0)->region, "");
        assert_string_equal(heard, "");
        hp_ruleset_free(set);
    }
}

/* certlogic, 9.4: whatever else such a document says. */
static void
types_that_are_unknown(void **state)
{
    hp_ruleset *set = LOAD(RULEDOC("BNR-DE-0001", { "Type", "\"BoosterNotification\"" },
                                   { "Country", "\"DE\"" }, { "Version", "7" }, { "New", "1" }),
                           RULEDOC_PLAIN("VR-XA-0002"));

    (void)state;
    assert_string_equal(names(set), "VR-XA-0002@1.0.0");
    assert_string_equal(heard, "");
    hp_ruleset_free(set);
    set = LOAD(RULEDOC("VR-XA-0001", { "Type", "\"Aceptance\"" }), RULEDOC_PLAIN("VR-XA-0002"));
    assert_string_equal(names(set), "VR-XA-0002@1.0.0");
    assert_non_null(strstr(heard, "Type: is neither Acceptance nor Invalidation; the rule is passed over")); /* a slip? */
    hp_ruleset_free(set);
}

static void
rules_that_are_always_open(void **state)
{
    static const struct {
        ruledoc_member member;
        const char *says;
        bool schema, engine, logic;
    } rows[] = {
        { { "SchemaVersion", "\"1.3\"" }, "SchemaVersion", false, true, true },
        { { "Engine", "\"AT-METADATA\"" }, "Engine", true, false, true },
        { { "Engine", "\"certlogic\"" }, "Engine", true, false, true },
        { { "EngineVersion", "\"1\"" }, "EngineVersion", true, false, true },
        { { "EngineVersion", "\"1.3.4\"" }, "EngineVersion: is newer", true, false, true },
        { { "EngineVersion", "\"1.10.0\"" }, "EngineVersion: is newer", true, false, true },
        { { "EngineVersion", "\"2.0.0\"" }, "EngineVersion: is newer", true, false, true },
        { { "Logic", "true" }, "Logic: expected an object", true, true, false },
        { { "Logic", "[]" }, "Logic: expected an object", true, true, false },
        { { "Logic", "null" }, "Logic: expected an object", true, true, false },
        { { "Logic", "{}" }, "Logic", true, true, false },
        { { "Logic", "{\"or\":[1,2]}" }, "Logic", true, true, false },
        { { "Logic", "{\"if\":[1,2]}" }, "Logic", true, true, false },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        hp_ruleset *set = LOAD(RULEDOC("VR-XA-0001", rows[i].member));
        const hp_rule *r = hp_ruleset_at(set, 0);

        assert_int_equal(hp_ruleset_count(set), 1);
        assert_true(r->schema_known == rows[i].schema && r->engine_known == rows[i].engine);
        assert_true((r->logic != NULL) == rows[i].logic);
        if (strstr(heard, "F (VR-XA-0001): ") != heard || strstr(heard, rows[i].says) == NULL)
            fail_msg("%s: %s", rows[i].says, heard);
        hp_ruleset_free(set);
    }
}

static void
engines_that_are_known(void **state)
{
    static const char *const rows[] = { "\"0.0.0\"", "\"0.1.0\"", "\"0.7.5\"", "\"1.3.3\"" };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        hp_ruleset *set = LOAD(RULEDOC("VR-XA-0001", { "EngineVersion", rows[i] }));

        assert_true(hp_ruleset_at(set, 0)->engine_known);
        hp_ruleset_free(set);
    }
}

/* ---- versions --------------------------------------------------------------------------- */

static void
versions(void **state)
{
    static const struct {
        const char *text;
        int good;
        hp_version v;
    } rows[] = {
        { "1.2.3", 1, { 1, 2, 3 } }, { "0.0.0", 1, { 0, 0, 0 } }, { "01.02.03", 1, { 1, 2, 3 } },
        { "999999999.0.0", 1, { 999999999, 0, 0 } }, { "1000000000.0.0", 0, { 0, 0, 0 } },
        { "", 0, { 0, 0, 0 } }, { "1", 0, { 0, 0, 0 } }, { "1.2", 0, { 0, 0, 0 } },
        { "1.2.", 0, { 0, 0, 0 } }, { "1..3", 0, { 0, 0, 0 } }, { ".2.3", 0, { 0, 0, 0 } },
        { "1.2.3.4", 0, { 0, 0, 0 } }, { "1.2.3 ", 0, { 0, 0, 0 } }, { " 1.2.3", 0, { 0, 0, 0 } },
        { "v1.2.3", 0, { 0, 0, 0 } }, { "1,2,3", 0, { 0, 0, 0 } }, { "-1.2.3", 0, { 0, 0, 0 } },
        { "1.2.x", 0, { 0, 0, 0 } },
    };
    static const hp_version rising[] = { { 0, 0, 1 }, { 0, 9, 9 }, { 1, 0, 0 }, { 1, 9, 0 },
        { 1, 9, 100 }, { 1, 10, 0 }, { 1, 100, 0 }, { 2, 0, 0 }, { 10, 0, 0 } };
    hp_version v;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_int_equal(hp_version_read(guard_end(hp_str_of(rows[i].text)), &v), rows[i].good);
        if (rows[i].good)
            assert_int_equal(hp_version_order(v, rows[i].v), 0);
    }
    for (size_t i = 0; i < COUNT(rising); i++) {
        for (size_t j = 0; j < COUNT(rising); j++) {
            int way = hp_version_order(rising[i], rising[j]);

            assert_true(i < j ? way < 0 : i > j ? way > 0 : way == 0);
        }
    }
}

/* ---- texts ------------------------------------------------------------------------------- */

#define LANGUAGES(...) (const char *const[]){ __VA_ARGS__, NULL }

static void
languages(void **state)
{
    hp_ruleset *set = LOAD(RULEDOC("VR-XA-0001", { "Description",
        "[{\"lang\":\"de\",\"desc\":\"D\"},{\"lang\":\"pt-br\",\"desc\":\"B\"},"
        "{\"lang\":\"en\",\"desc\":\"E\"},{\"lang\":\"FR\",\"desc\":\"F\"},"
        "{\"lang\":\"fr-ch\",\"desc\":\"C\"},{\"lang\":\"en\",\"desc\":\"again\"}]" }));
    const hp_rule *r = hp_ruleset_at(set, 0);

    (void)state;
    assert_string_equal(hp_rule_text(r, LANGUAGES("fr")), "F");
    assert_string_equal(hp_rule_text(r, LANGUAGES("Fr-CA")), "F");
    assert_string_equal(hp_rule_text(r, LANGUAGES("fr-CH")), "C");
    assert_string_equal(hp_rule_text(r, LANGUAGES("fr-CH-1996")), "C");
    assert_string_equal(hp_rule_text(r, LANGUAGES("fr-C")), "F");
    assert_string_equal(hp_rule_text(r, LANGUAGES("pt")), "B");
    assert_string_equal(hp_rule_text(r, LANGUAGES("pt-PT")), "B");
    assert_string_equal(hp_rule_text(r, LANGUAGES("it", "de-AT", "fr")), "D");
    assert_string_equal(hp_rule_text(r, LANGUAGES("it", "f", "frr")), "E");
    assert_string_equal(hp_rule_text(r, LANGUAGES("", "-", "*", "--x")), "E");
    assert_string_equal(hp_rule_text(r, LANGUAGES(NULL)), "E");
    assert_string_equal(hp_rule_text(r, NULL), "E");
    hp_ruleset_free(set);
}

static void
languages_without_english(void **state)
{
    hp_ruleset *set = LOAD(
        RULEDOC("VR-XA-0001", { "Description", "[{\"lang\":\"de\",\"desc\":\"D\"},"
                                               "{\"lang\":\"fr\",\"desc\":\"F\"}]" }),
        RULEDOC("VR-XA-0002", { "Description", "[]" }),
        RULEDOC("VR-XA-0003", { "Description", "[{\"lang\":\"en\",\"desc\":\" \\n\"},"
                                               "{\"lang\":\"en-gb\",\"desc\":\"G\"}]" }));

    (void)state;
    assert_string_equal(hp_rule_text(hp_ruleset_at(set, 0), LANGUAGES("it")), "D");
    assert_string_equal(hp_rule_text(hp_ruleset_at(set, 0), LANGUAGES("fr")), "F");
    assert_string_equal(hp_rule_text(hp_ruleset_at(set, 1), LANGUAGES("fr")), "");
    assert_string_equal(hp_rule_text(hp_ruleset_at(set, 2), LANGUAGES("it")), "G");
    hp_ruleset_free(set);
}

/* A terminal shows the text, and a log holds it in one line. */
static void
texts_are_tame(void **state)
{
    hp_ruleset *set = LOAD(RULEDOC("VR-XA-0001", { "Description",
        "[{\"lang\":\"en\",\"desc\":\" a\\nb\\u001b[2Jc\\u007fd\\u0085e\\u009f\xc3\xa9\\t\"}]" }));

    (void)state;
    assert_string_equal(hp_ruleset_at(set, 0)->texts[0].text, "a b [2Jc d  e  \xc3\xa9");
    hp_ruleset_free(set);
}

/* ---- files: what is in them ----------------------------------------------------------------- */

static void
arrays_and_listings(void **state)
{
    hp_ruleset *set = LOAD(
        MAKER_JOIN(HP_STR("["), RULEDOC_PLAIN("VR-XA-0002"), HP_STR(",\n{\"valueSetId\":\"a\","
            "\"valueSetValues\":{\"1\":{}}},{\"b\":[\"2\"],\"c\":[]},"), RULEDOC_PLAIN("GR-XA-0001"),
            HP_STR("]")),
        HP_STR("[{\"identifier\":\"VR-XA-0009\",\"version\":\"1.0.0\",\"country\":\"XA\","
               "\"hash\":\"00\"}]"),
        HP_STR("[{\"id\":\"country-2-codes\",\"hash\":\"00\"}]"), HP_STR("[]"));

    (void)state;
    assert_string_equal(names(set), "GR-XA-0001@1.0.0 VR-XA-0002@1.0.0");
    assert_int_equal(hp_ruleset_value_sets(set)->count, 3);
    hp_ruleset_free(set);
}

static void
what_is_no_document(void **state)
{
    static const char *const rows[] = { "{}", "7", "\"x\"", "null", "true", "[[]]", "[7]", "[null]",
        "{\"a\":1}", "{\"a\":[],\"b\":{}}", "{\"hash\":\"00\"}", "{\"id\":\"x\"}" };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        REFUSED(hp_str_of(rows[i]), "F", "is neither a rule document nor a value set");
    REFUSED(HP_STR("{\"Identifier\":\"VR-XA-0001\"}"), "F: Type");
    REFUSED(HP_STR("{\"Logic\":{}}"), "F: Type");
    REFUSED(HP_STR(" "), "F: line 1");
    REFUSED(HP_STR("{\"a\":["), "F: line 1");
    REFUSED(HP_STR("{\"a\":[]}\n{\"b\":[]}"), "F: line 2");
    REFUSED(HP_STR("\xef\xbb\xbf[]"), "F: line 1");
    REFUSED(HP_STR("{\"a\":[],\"a\":[]}"), "F: line 1", "doubled");
    REFUSED(RULEDOC("VR-XA-0001", { "Logic", "{\"!\":[1],\"!\":[0]}" }), "F: line 1", "doubled");
    REFUSED(MAKER_JOIN(HP_STR("["), RULEDOC_PLAIN("VR-XA-0001"), HP_STR(",{}]")), "F, document 2");
}

/* ---- value sets ------------------------------------------------------------------------------ */

#define PUBLISHED                                                                               \
    "{\"valueSetId\":\"covid-19-lab-result\",\"valueSetDate\":\"2021-04-27\",\"valueSetValues\":{" \
    "\"260415000\":{\"display\":\"Not detected\",\"lang\":\"en\",\"active\":true,"              \
    "\"system\":\"http://snomed.info/sct\",\"version\":\"x\"},"                                 \
    "\"260373001\":{\"display\":\"Detected\",\"lang\":\"en\",\"active\":false}}}"

static void
value_sets(void **state)
{
    hp_ruleset *set = LOAD(HP_STR("{\"a\":[\"x\",\"\xc3\xa9\\u0000y\"],\"b\":[]}"), HP_STR(PUBLISHED));
    const hp_node *sets = hp_ruleset_value_sets(set);
    const hp_node *a = hp_node_member(sets, HP_STR("a"));
    const hp_node *results = hp_node_member(sets, HP_STR("covid-19-lab-result"));

    (void)state;
    assert_int_equal(sets->kind, HP_NODE_MAP);
    assert_int_equal(sets->count, 3);
    assert_int_equal(a->kind, HP_NODE_ARRAY);
    assert_int_equal(a->count, 2);
    assert_str_equal(a->child->str, HP_STR("x"));
    assert_str_equal(a->child->next->str, HP_STR("\xc3\xa9\0y"));
    assert_null(a->child->next->next);
    assert_null(hp_node_member(sets, HP_STR("b"))->child);
    assert_int_equal(results->count, 2); /* the inactive one as well */
    assert_str_equal(results->child->str, HP_STR("260415000"));
    assert_str_equal(results->child->next->str, HP_STR("260373001"));
    assert_null(hp_node_member(sets, HP_STR("c")));
    hp_ruleset_free(set);

    set = LOAD(HP_STR("[]"));
    assert_int_equal(hp_ruleset_value_sets(set)->count, 0);
    assert_null(hp_ruleset_value_sets(set)->child);
    assert_int_equal(hp_ruleset_count(set), 0);
    hp_ruleset_free(set);
}

static void
value_sets_that_are_refused(void **state)
{
    static const struct {
        const char *text, *says;
    } rows[] = {
        { "{\"valueSetId\":\"a\"}", "valueSetValues: expected an object" },
        { "{\"valueSetId\":\"a\",\"valueSetValues\":[]}", "valueSetValues: expected an object" },
        { "{\"valueSetValues\":{}}", "expected the id" },
        { "{\"valueSetId\":7,\"valueSetValues\":{}}", "expected the id" },
        { "{\"valueSetId\":\"a.b\",\"valueSetValues\":{}}", "expected the id" },
        { "{\"\":[]}", "expected the id" },
        { "{\"a b\":[]}", "expected the id" },
        { "{\"\xc3\xa9\":[]}", "expected the id" },
        { "{\"a\":[7]}", "value set a: expected codes" },
        { "{\"a\":[\"\"]}", "value set a: expected codes" },
        { "{\"a\":[null]}", "value set a: expected codes" },
        { "{\"a\":[[\"x\"]]}", "value set a: expected codes" },
        { "{\"valueSetId\":\"a\",\"valueSetValues\":{\"\":{}}}", "value set a: expected codes" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        REFUSED(hp_str_of(rows[i].text), "F: ", rows[i].says);
}

/* A folder may hold a set in both forms; when they are not the same one, which one counts? */
static void
value_sets_again(void **state)
{
    static const char *const other[] = { "[\"260415000\"]", "[\"260415000\",\"260373002\"]",
        "[\"260415000\",\"260373001\",\"1\"]", "[\"260415000\",\"260373001\",\"9\"]",
        "[\"260415000\",\"2603730010\"]", "[]" };
    hp_ruleset *set = LOAD(HP_STR(PUBLISHED), HP_STR(PUBLISHED),
        HP_STR("{\"covid-19-lab-result\":[\"260373001\",\"260415000\"]}"));

    (void)state;
    assert_int_equal(hp_ruleset_value_sets(set)->count, 1);
    assert_int_equal(codes_of(set, "covid-19-lab-result"), 2);
    hp_ruleset_free(set);
    for (size_t i = 0; i < COUNT(other); i++) {
        hp_str text = maker_print("[%s,{\"covid-19-lab-result\":%s}]", PUBLISHED, other[i]);

        REFUSED(text, "F, document 2: is not the same value set covid-19-lab-result as in "
                      "F, document 1");
    }
}

/* ---- the same again, and order ------------------------------------------------------------------ */

static void
the_same_again(void **state)
{
    hp_str doc = RULEDOC_PLAIN("VR-XA-0001");
    hp_ruleset *set = LOAD(doc, doc, MAKER_JOIN(HP_STR("[ "), doc, HP_STR(" ,\n"), doc, HP_STR("]")));

    (void)state;
    assert_string_equal(names(set), "VR-XA-0001@1.0.0");
    hp_ruleset_free(set);
}

static void
another_of_the_same_name(void **state)
{
    static const ruledoc_member rows[] = {
        { "Logic", "{\"!\":[true]}" }, { "ValidTo", "\"2022-01-02T00:00:00Z\"" },
        { "Region", "\"W\"" }, { "Description", "[]" }, { "Version", "\"1.0.00\"" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        hp_str first = RULEDOC_PLAIN("VR-XA-0001");
        hp_str again = RULEDOC("VR-XA-0001", { rows[i].name, rows[i].value });

        REFUSED(MAKER_JOIN(HP_STR("["), first, HP_STR(","), again, HP_STR("]")),
                "is not the same rule VR-XA-0001 1.0.0", "F, document 1", "F, document 2");
    }
}

static void
order(void **state)
{
    hp_ruleset *set = LOAD(
        RULEDOC_PLAIN("IR-XA-0001"), RULEDOC_PLAIN("VR-XB-0001"), RULEDOC_PLAIN("VR-XA-0002"),
        RULEDOC("VR-XA-0001", { "Version", "\"1.9.0\"" }), RULEDOC_PLAIN("GR-XA-0001"),
        RULEDOC("VR-XA-0001", { "Version", "\"1.10.0\"" }), RULEDOC_PLAIN("VR-XA-0001"));
    size_t first;

    (void)state;
    assert_string_equal(names(set), "GR-XA-0001@1.0.0 VR-XA-0001@1.10.0 VR-XA-0001@1.9.0 "
        "VR-XA-0001@1.0.0 VR-XA-0002@1.0.0 VR-XB-0001@1.0.0 IR-XA-0001@1.0.0");
    assert_int_equal(hp_ruleset_find(set, HP_ACCEPTANCE, "XA", &first), 5);
    assert_int_equal(first, 0);
    assert_int_equal(hp_ruleset_find(set, HP_ACCEPTANCE, "XB", &first), 1);
    assert_int_equal(first, 5);
    assert_int_equal(hp_ruleset_find(set, HP_INVALIDATION, "XA", &first), 1);
    assert_int_equal(first, 6);
    assert_int_equal(hp_ruleset_find(set, HP_INVALIDATION, "XB", &first), 0);
    assert_int_equal(hp_ruleset_find(set, HP_ACCEPTANCE, "AA", &first), 0);
    hp_ruleset_free(set);
}

/* ---- limits -------------------------------------------------------------------------------------- */

/* Too many by one is refused; the last is taken. */
static void
number_of_rules(void **state)
{
    hp_ruleset *set = hp_ruleset_new();

    (void)state;
    for (int i = 0; i < HP_RULES_MAX; i++) {
        const char *id = maker_c_string(maker_print("VR-XA-%04d", i));

        assert_true(add(set, RULEDOC_PLAIN(id)));
    }
    assert_false(add(set, RULEDOC_PLAIN("VR-XB-0001")));
    assert_non_null(strstr(error.text, "one rule too many, expected at most 4096"));
    assert_true(hp_ruleset_close(set, &error));
    assert_int_equal(hp_ruleset_count(set), HP_RULES_MAX);
    hp_ruleset_free(set);
}

static void
number_of_files(void **state)
{
    hp_ruleset *set = hp_ruleset_new();

    (void)state;
    for (int i = 0; i < HP_RULES_FILES; i++)
        assert_true(add(set, HP_STR("[]")));
    assert_false(add(set, HP_STR("[]")));
    assert_non_null(strstr(error.text, "one file too many, expected at most 8192"));
    hp_ruleset_free(set);
}

/* "[" blanks "]" of n bytes; not in the ring, which is smaller than all of them. */
static hp_str
blanks(size_t n)
{
    static uint8_t text[HP_RULES_FILE_MAX + 1];

    memset(text, ' ', n);
    text[0] = '[';
    text[n - 1] = ']';
    return (hp_str){ text, n };
}

static void
bytes_of_files(void **state)
{
    hp_ruleset *set = hp_ruleset_new();

    (void)state;
    assert_false(add(set, blanks(HP_RULES_FILE_MAX + 1)));
    assert_non_null(strstr(error.text, "has 4194305 bytes, expected at most 4194304"));
    for (int i = 0; i < 3; i++)
        assert_true(add(set, blanks(HP_RULES_FILE_MAX)));
    assert_true(add(set, blanks(HP_RULES_FILE_MAX - 2)));
    assert_false(add(set, blanks(3)));
    assert_non_null(strstr(error.text, "longer than 16777216 bytes altogether"));
    assert_true(add(set, blanks(2)));
    hp_ruleset_free(set);
}

/* Texts in n languages, the last of these of so many bytes. */
static hp_str
with_texts(size_t n, size_t bytes)
{
    hp_str all = HP_STR("[");

    for (size_t i = 1; i < n; i++)
        all = MAKER_JOIN(all, maker_print("{\"lang\":\"aa-%02zu\",\"desc\":\"x\"},", i));
    all = MAKER_JOIN(all, HP_STR("{\"lang\":\"en\",\"desc\":\""), maker_fill(bytes, 'x'), HP_STR("\"}]"));
    return RULEDOC("VR-XA-0001", { "Description", maker_c_string(all) });
}

static void
descriptions(void **state)
{
    hp_ruleset *set = LOAD(with_texts(HP_RULE_TEXTS, HP_RULE_TEXT_MAX));
    hp_str longest = maker_print("[{\"lang\":\"%s\",\"desc\":\"x\"}]", "abcdefgh-abcdefgh-abcdefgh-abcdefgh");

    (void)state;
    assert_int_equal(hp_ruleset_at(set, 0)->n_texts, HP_RULE_TEXTS);
    assert_int_equal(strlen(hp_rule_text(hp_ruleset_at(set, 0), NULL)), HP_RULE_TEXT_MAX);
    hp_ruleset_free(set);
    REFUSED(with_texts(HP_RULE_TEXTS + 1, 1), "too many languages, expected at most 32");
    REFUSED(with_texts(1, HP_RULE_TEXT_MAX + 1), "expected a text of at most 2048 bytes");
    hp_ruleset_free(LOAD(RULEDOC("VR-XA-0001", { "Description", maker_c_string(longest) })));
    longest = maker_replace(longest, HP_STR("abc"), HP_STR("abcd"));
    REFUSED(RULEDOC("VR-XA-0001", { "Description", maker_c_string(longest) }), "expected a language");
}

static void
number_of_value_sets(void **state)
{
    hp_ruleset *set = hp_ruleset_new();

    (void)state;
    for (int i = 0; i < HP_VALUE_SETS_MAX; i++)
        assert_true(add(set, maker_print("{\"set%d\":[\"%d\"]}", i, i)));
    assert_true(add(set, HP_STR("{\"set0\":[\"0\"]}")));
    assert_false(add(set, HP_STR("{\"other\":[]}")));
    assert_non_null(strstr(error.text, "one value set too many, expected at most 64"));
    assert_true(hp_ruleset_close(set, &error));
    assert_int_equal(hp_ruleset_value_sets(set)->count, HP_VALUE_SETS_MAX);
    assert_int_equal(codes_of(set, "set63"), 1);
    hp_ruleset_free(set);
}

static hp_str
with_codes(size_t n)
{
    hp_str all = maker_fill(0, 0), thousand;
    size_t i = 0;

    while (i < n) {
        thousand = HP_STR("");
        do
            thousand = MAKER_JOIN(thousand, maker_print("%s\"%zu\"", i > 0 ? "," : "", i));
        while (++i % 100 != 0 && i < n);
        all = MAKER_JOIN(all, thousand);
    }
    return MAKER_JOIN(HP_STR("{\"a\":["), all, HP_STR("]}"));
}

static void
codes(void **state)
{
    hp_ruleset *set = LOAD(with_codes(HP_VALUE_CODES_MAX));
    hp_str longest = maker_fill(HP_VALUE_TEXT_MAX, 'x'), longer = maker_fill(HP_VALUE_TEXT_MAX + 1, 'x');

    (void)state;
    assert_int_equal(codes_of(set, "a"), HP_VALUE_CODES_MAX);
    hp_ruleset_free(set);
    REFUSED(with_codes(HP_VALUE_CODES_MAX + 1), "has 8193 codes, expected at most 8192");
    set = LOAD(MAKER_JOIN(HP_STR("{\""), longest, HP_STR("\":[\""), longest, HP_STR("\"]}")));
    assert_int_equal(codes_of(set, maker_c_string(longest)), 1);
    hp_ruleset_free(set);
    REFUSED(MAKER_JOIN(HP_STR("{\""), longer, HP_STR("\":[]}")), "expected the id");
    REFUSED(MAKER_JOIN(HP_STR("{\"a\":[\""), longer, HP_STR("\"]}")), "value set a: expected codes");
}

/* ---- folders -------------------------------------------------------------------------------------- */

/* A folder of the test's own, empty. */
static const char *
folder(void)
{
    static unsigned n;

    (void)maker_file(maker_c_string(maker_print("r%u/.keep", ++n)), HP_STR(""));
    return maker_c_string(maker_print("%s/r%u", maker_folder(), n));
}

static const char *
in(const char *path, const char *name, hp_str content)
{
    return maker_file(maker_c_string(maker_print("%s/%s", path + strlen(maker_folder()) + 1, name)),
                      content);
}

/* What the folder or file holds; NULL where it is refused. */
static const char *
held(const char *path, unsigned must, hp_watch *watch)
{
    hp_ruleset *set = hp_ruleset_new();
    hp_watch none = { NULL, 0, false };
    const char *all = NULL;

    error.text[0] = heard[0] = '\0';
    if (hp_ruleset_add(set, path, must, watch != NULL ? watch : &none, hear, heard, &error) &&
        hp_ruleset_close(set, &error))
        all = maker_c_string(maker_print("%s sets:%zu", names(set),
                                         (size_t)hp_ruleset_value_sets(set)->count));
    hp_watch_free(&none);
    hp_ruleset_free(set);
    return all;
}

static void
a_folder(void **state)
{
    const char *f = folder();

    (void)state;
    assert_string_equal(held(f, HP_FILE_OWNED, NULL), " sets:0");
    (void)in(f, "b.json", RULEDOC_PLAIN("VR-XA-0002"));
    (void)in(f, "a.json", MAKER_JOIN(HP_STR("["), RULEDOC_PLAIN("VR-XA-0001"), HP_STR("]")));
    (void)in(f, "valuesets/full.json", HP_STR("{\"a\":[\"1\"],\"b\":[\"2\"]}"));
    (void)in(f, "valuesets/other.json", HP_STR(PUBLISHED));
    (void)in(f, "README.txt", HP_STR("not read"));
    (void)in(f, "a.json~", HP_STR("not read"));
    (void)in(f, "A.JSON", HP_STR("not read"));
    (void)in(f, ".json", HP_STR("not read"));
    (void)in(f, ".hidden.json", HP_STR("not read"));
    (void)in(f, ".git/config.json", HP_STR("not read"));
    assert_string_equal(held(f, HP_FILE_OWNED, NULL), "VR-XA-0001@1.0.0 VR-XA-0002@1.0.0 sets:3");
}

/* rules.json and valuesets.json are lists; rules/CC/HASH and valuesets/HASH are documents. */
static void
a_national_backends_folder(void **state)
{
    static const char HASH[] = "6821d518570fe9f4417c482ff0d2582a7b6440f243a9034f812e0d71611b611f";
    const char *f = folder();

    (void)state;
    (void)in(f, "rules.json", maker_print("[{\"identifier\":\"VR-XA-0001\",\"version\":\"1.0.0\","
        "\"country\":\"XA\",\"hash\":\"%s\"}]", HASH));
    (void)in(f, maker_c_string(maker_print("rules/XA/%s", HASH)), RULEDOC_PLAIN("VR-XA-0001"));
    (void)in(f, maker_c_string(maker_print("rules/XA/%.63s", HASH)), HP_STR("not read"));
    (void)in(f, maker_c_string(maker_print("rules/XA/%.63sg", HASH)), HP_STR("not read"));
    (void)in(f, "valuesets.json", maker_print("[{\"id\":\"covid-19-lab-result\",\"hash\":\"%s\"}]", HASH));
    (void)in(f, maker_c_string(maker_print("valuesets/%s", HASH)), HP_STR(PUBLISHED));
    assert_string_equal(held(f, HP_FILE_OWNED, NULL), "VR-XA-0001@1.0.0 sets:1");
}

/* A file that is given itself may have any name. */
static void
a_file(void **state)
{
    const char *f = in(folder(), "rules.txt", RULEDOC_PLAIN("VR-XA-0001"));

    (void)state;
    assert_string_equal(held(f, HP_FILE_OWNED, NULL), "VR-XA-0001@1.0.0 sets:0");
    assert_null(held("/nonexistent/rules", 0, NULL));
    assert_string_equal(error.text, "/nonexistent/rules: No such file or directory");
    assert_null(held("/dev/null", 0, NULL));
    assert_string_equal(error.text, "/dev/null: is not a regular file");
}

static void
errors_name_file_and_member(void **state)
{
    const char *f = folder();
    const char *bad = in(f, "x/bad.json", MAKER_JOIN(HP_STR("["), RULEDOC_PLAIN("VR-XA-0001"),
        HP_STR(","), RULEDOC("VR-XA-0002", { "ValidTo", "\"2021\"" }), HP_STR("]")));
    const char *one, *two;

    (void)state;
    assert_null(held(f, 0, NULL));
    assert_string_equal(error.text, maker_c_string(maker_print("%s, document 2 (VR-XA-0002): "
        "ValidTo: expected a date and time with zone: 2021-07-01T00:00:00Z", bad)));
    assert_int_equal(unlink(bad), 0);
    one = in(f, "a.json", RULEDOC("VR-XA-0001", { "Logic", "{\"!\":[true]}" }));
    two = in(f, "x/b.json", RULEDOC_PLAIN("VR-XA-0001"));
    assert_null(held(f, 0, NULL));
    assert_non_null(strstr(error.text, one));
    assert_non_null(strstr(error.text, two));
    assert_int_equal(unlink(two), 0);
    (void)in(f, "x/b.json", RULEDOC("VR-XA-0002", { "Logic", "{\"or\":[1]}" }));
    assert_non_null(held(f, 0, NULL));
    assert_ptr_equal(strstr(heard, two), heard);
}

static void
folders_in_folders(void **state)
{
    const char *f = folder();

    (void)state;
    (void)in(f, "1/2/3/4/a.json", RULEDOC_PLAIN("VR-XA-0001"));
    assert_string_equal(held(f, 0, NULL), "VR-XA-0001@1.0.0 sets:0");
    (void)in(f, "1/2/3/4/5/.keep", HP_STR(""));
    assert_null(held(f, 0, NULL));
    assert_non_null(strstr(error.text, "/1/2/3/4/5: is too deep"));
}

static void
links(void **state)
{
    const char *f = folder(), *other = in(folder(), "a.json", RULEDOC_PLAIN("VR-XA-0002"));
    const char *link_in = maker_c_string(maker_print("%s/link.json", f));
    const char *link_to = maker_c_string(maker_print("%s-link", f));

    (void)state;
    (void)in(f, "..data/a.json", RULEDOC_PLAIN("VR-XA-0001"));
    assert_int_equal(symlink("..data/a.json", link_in), 0);
    assert_string_equal(held(f, 0, NULL), "VR-XA-0001@1.0.0 sets:0");
    assert_int_equal(symlink(f, link_to), 0);
    assert_string_equal(held(link_to, 0, NULL), "VR-XA-0001@1.0.0 sets:0");
    assert_int_equal(unlink(link_in), 0);
    assert_int_equal(symlink(other, link_in), 0);
    assert_null(held(f, 0, NULL));
    assert_non_null(strstr(error.text, "link.json: is a link that leaves the folder"));
    assert_int_equal(unlink(link_in), 0);
    /* neither a file of the folder, however its name begins */
    other = in(maker_c_string(maker_print("%s-other", f)), "a.json", RULEDOC_PLAIN("VR-XA-0003"));
    assert_int_equal(symlink(other, link_in), 0);
    assert_null(held(f, 0, NULL));
    assert_int_equal(unlink(link_in), 0);
    assert_int_equal(symlink("nowhere", link_in), 0);
    assert_null(held(f, 0, NULL));
    assert_int_equal(unlink(link_in), 0);
    assert_int_equal(symlink(".", maker_c_string(maker_print("%s/loop", f))), 0);
    assert_null(held(f, 0, NULL));
}

static void
what_others_may_write(void **state)
{
    const char *f = folder(), *sub = maker_c_string(maker_print("%s/x", f));
    const char *a = in(f, "x/a.json", RULEDOC_PLAIN("VR-XA-0001"));
    const char *paths[] = { f, sub, a };

    (void)state;
    for (size_t i = 0; i < COUNT(paths); i++) {
        mode_t usual = i < 2 ? 0755 : 0644;

        for (mode_t bit = S_IWOTH; bit <= S_IWGRP; bit *= 8) {
            assert_int_equal(chmod(paths[i], usual | bit), 0);
            assert_null(held(f, HP_FILE_OWNED, NULL));
            assert_ptr_equal(strstr(error.text, paths[i]), error.text);
            assert_non_null(strstr(error.text, "lets others write"));
            assert_non_null(held(f, 0, NULL));
        }
        assert_int_equal(chmod(paths[i], usual), 0);
        if (geteuid() == 0) {
            assert_int_equal(chown(paths[i], 12345, (gid_t)-1), 0);
            assert_null(held(f, HP_FILE_OWNED, NULL));
            assert_ptr_equal(strstr(error.text, paths[i]), error.text);
            assert_non_null(strstr(error.text, "belongs to"));
            assert_int_equal(chown(paths[i], 0, (gid_t)-1), 0);
        }
        assert_non_null(held(f, HP_FILE_OWNED, NULL));
    }
}

/* ---- watching --------------------------------------------------------------------------------------- */

static bool
notices(const char *f, void (*change)(const char *f))
{
    hp_watch watch = { NULL, 0, false };
    bool changed;

    (void)held(f, 0, &watch);
    assert_false(hp_watch_changed(&watch));
    change(f);
    changed = hp_watch_changed(&watch);
    hp_watch_free(&watch);
    return changed;
}

static void
new_file(const char *f)
{
    (void)in(f, "x/new.json", HP_STR("[]"));
}

/* In place: the folder does not notice. */
static void
other_content(const char *f)
{
    FILE *to = fopen(maker_c_string(maker_print("%s/x/a.json", f)), "w");

    assert_non_null(to);
    assert_true(fputs("[ ]", to) >= 0 && fclose(to) == 0);
}

static void
no_file(const char *f)
{
    assert_int_equal(unlink(maker_c_string(maker_print("%s/x/a.json", f))), 0);
}

static void
good_file(const char *f)
{
    (void)in(f, "x/bad.json", HP_STR("[]"));
}

static void
nothing(const char *f)
{
    (void)f;
}

static void
changes_are_noticed(void **state)
{
    const char *f = folder();

    (void)state;
    (void)in(f, "x/a.json", RULEDOC_PLAIN("VR-XA-0001"));
    assert_false(notices(f, nothing));
    assert_true(notices(f, new_file));
    assert_true(notices(f, other_content));
    assert_true(notices(f, no_file));
    /* what was refused, too: or the repair would not be */
    (void)in(f, "x/bad.json", HP_STR("[7]"));
    assert_true(notices(f, good_file));
    f = maker_c_string(maker_print("%s/later", folder()));
    assert_false(notices(f, nothing));
    assert_true(notices(f, new_file));
}

/* ---- memory ------------------------------------------------------------------------------------------ */

static bool
load_once(const char *path)
{
    hp_ruleset *set = hp_ruleset_new();
    hp_watch watch = { NULL, 0, false };
    bool good = false;

    heard[0] = '\0';
    if (set != NULL)
        good = hp_ruleset_add(set, path, 0, &watch, hear, heard, &error) &&
               hp_ruleset_close(set, &error);
    good = good && !watch.failed;
    hp_watch_free(&watch);
    hp_ruleset_free(set);
    return good;
}

/* No allocation that fails makes a set that lacks something. */
static void
memory_runs_out(void **state)
{
    const char *f = folder();
    size_t n = 0;

    (void)state;
    (void)in(f, "a.json", RULEDOC_PLAIN("VR-XA-0001"));
    (void)in(f, "b.json", RULEDOC("VR-XA-0002", { "Logic", "{\"===\":[{\"var\":\"payload.ver\"},1]}" }));
    (void)in(f, "c/d.json", HP_STR(PUBLISHED));
    (void)in(f, "c/e.json", HP_STR("{\"covid-19-lab-result\":[\"260373001\",\"260415000\"]}"));
    for (bool good = false; !good;) {
        alloc_start(++n);
        good = load_once(f);
        if (!good)
            assert_string_equal(heard, "");
        alloc_start(0);
    }
    assert_true(n > 10);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_document_says),
    cmocka_unit_test(kinds_by_prefix),
    cmocka_unit_test(members_that_are_refused),
    cmocka_unit_test(members_that_do_no_harm),
    cmocka_unit_test(types_that_are_unknown),
    cmocka_unit_test(rules_that_are_always_open),
    cmocka_unit_test(engines_that_are_known),
    cmocka_unit_test(versions),
    cmocka_unit_test(languages),
    cmocka_unit_test(languages_without_english),
    cmocka_unit_test(texts_are_tame),
    cmocka_unit_test(arrays_and_listings),
    cmocka_unit_test(what_is_no_document),
    cmocka_unit_test(value_sets),
    cmocka_unit_test(value_sets_that_are_refused),
    cmocka_unit_test(value_sets_again),
    cmocka_unit_test(the_same_again),
    cmocka_unit_test(another_of_the_same_name),
    cmocka_unit_test(order),
    cmocka_unit_test(number_of_rules),
    cmocka_unit_test(number_of_files),
    cmocka_unit_test(bytes_of_files),
    cmocka_unit_test(descriptions),
    cmocka_unit_test(number_of_value_sets),
    cmocka_unit_test(codes),
    cmocka_unit_test(a_folder),
    cmocka_unit_test(a_national_backends_folder),
    cmocka_unit_test(a_file),
    cmocka_unit_test(errors_name_file_and_member),
    cmocka_unit_test(folders_in_folders),
    cmocka_unit_test(links),
    cmocka_unit_test(what_others_may_write),
    cmocka_unit_test(changes_are_noticed),
    cmocka_unit_test(memory_runs_out),
};

UNIT_MAIN(tests)
