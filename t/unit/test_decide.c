/*
 * Which rules apply (certlogic, 9), what they say alone and together (10), and what they are told
 * (11).  HEALTHPASS_TESTDATA names a folder with rules/: real rules with the results that other
 * implementations had, which are no part of this project.
 */
#include "unit.h"

#include "base/time.h"
#include "codec/json_node.h"
#include "ruledoc.h"
#include "rules/law.h"

#include <dirent.h>
#include <stdlib.h>

#define JULY 1625097600.0 /* 2021-07-01T00:00:00Z: documents of a test are valid in 2021 */
#define DAY  86400.0

static uint8_t memory[1 << 20];

/* ---- asking ------------------------------------------------------------------------- */

static hp_str
str(const char *text)
{
    return text == NULL ? (hp_str){ NULL, 0 } : hp_str_of(text);
}

/* A vaccination in July, at XA's gate, issued by XB. */
static hp_rules_ask
usual(void)
{
    return (hp_rules_ask){ .clock = JULY, .country = HP_STR("XA"), .issuer = HP_STR("XB"),
                           .type = 'v', .payload = ruledoc_tree(HP_STR("{\"ver\":\"1.3.0\"}")) };
}

/* What was selected, as "VR-XA-0001@1.0.0 ..."; with what it said, as "...=passed". */
static char list[65536];
static bool with_results, with_versions = true;

static void
tell(void *context, const hp_rule *r, hp_rule_result result)
{
    static const char *const words[] = { "passed", "failed", "open" };
    size_t n = strlen(list);

    assert_ptr_equal(context, list);
    n += (size_t)snprintf(list + n, sizeof(list) - n, "%s%s", n > 0 ? " " : "", r->identifier);
    if (with_versions)
        n += (size_t)snprintf(list + n, sizeof(list) - n, "@%u.%u.%u", r->version.major,
                              r->version.minor, r->version.patch);
    if (with_results)
        (void)snprintf(list + n, sizeof(list) - n, "=%s", words[result]);
}

static const hp_rule *made_by; /* the last decision */

static hp_decision
decide(const hp_ruleset *set, const hp_rules_ask *ask)
{
    hp_arena arena = hp_arena_over(memory, sizeof(memory));
    hp_decision decision;

    list[0] = '\0';
    decision = hp_rules_decide(set, ask, &arena, tell, list, &made_by);
    assert_false(arena.full);
    assert_int_equal(arena.used, 0);
    return decision;
}

static const char *
selected(const hp_ruleset *set, const hp_rules_ask *ask)
{
    with_results = false;
    (void)decide(set, ask);
    return list;
}

/* ---- selecting (9) ------------------------------------------------------------------------ */

static void
by_country(void **state)
{
    static const struct {
        const char *country, *issuer, *want;
    } rows[] = {
        { "XA", "XB", "GR-XA-0001@1.0.0 IR-XB-0001@1.0.0" },
        { "xa", "xB", "GR-XA-0001@1.0.0 IR-XB-0001@1.0.0" },
        { "XB", "XA", "GR-XB-0001@1.0.0 IR-XA-0001@1.0.0" },
        { "XB", "XB", "GR-XB-0001@1.0.0 IR-XB-0001@1.0.0" },
        { "XC", "XC", "" },
        { "XA", "", "GR-XA-0001@1.0.0" },     /* the issuer is not known */
        { "XA", NULL, "GR-XA-0001@1.0.0" },
        { "XA", "XBX", "GR-XA-0001@1.0.0" },
        { "XA", "X", "GR-XA-0001@1.0.0" },
        { "", "XB", "IR-XB-0001@1.0.0" },
        { "XAX", "", "" },
        { " XA", "", "" },
    };
    hp_ruleset *set = RULEDOC_SET(RULEDOC_PLAIN("GR-XA-0001"), RULEDOC_PLAIN("GR-XB-0001"),
                                  RULEDOC_PLAIN("IR-XA-0001"), RULEDOC_PLAIN("IR-XB-0001"));
    hp_rules_ask ask = usual();

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        ask.country = str(rows[i].country);
        ask.issuer = str(rows[i].issuer);
        assert_string_equal(selected(set, &ask), rows[i].want);
    }
    hp_ruleset_free(set);
}

static void
by_type(void **state)
{
    static const struct {
        char type;
        const char *want;
    } rows[] = {
        { 'v', "GR-XA-0001@1.0.0 IR-XB-0001@1.0.0 IR-XB-0002@1.0.0 VR-XA-0001@1.0.0" },
        { 't', "GR-XA-0001@1.0.0 IR-XB-0001@1.0.0 TR-XA-0001@1.0.0" },
        { 'r', "GR-XA-0001@1.0.0 IR-XB-0001@1.0.0 IR-XB-0003@1.0.0 RR-XA-0001@1.0.0" },
    };
    hp_ruleset *set = RULEDOC_SET(RULEDOC_PLAIN("GR-XA-0001"), RULEDOC_PLAIN("VR-XA-0001"),
        RULEDOC_PLAIN("TR-XA-0001"), RULEDOC_PLAIN("RR-XA-0001"), RULEDOC_PLAIN("IR-XB-0001"),
        RULEDOC("IR-XB-0002", { "CertificateType", "\"Vaccination\"" }),
        RULEDOC("IR-XB-0003", { "CertificateType", "\"Recovery\"" }));
    hp_rules_ask ask = usual();

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        ask.type = rows[i].type;
        assert_string_equal(selected(set, &ask), rows[i].want);
    }
    hp_ruleset_free(set);
}

/* Only acceptance rules have one that counts. */
static void
by_region(void **state)
{
    static const struct {
        const char *region, *want;
    } rows[] = {
        { NULL, "GR-XA-0001 GR-XA-0002 IR-XB-0001" }, { "", "GR-XA-0001 GR-XA-0002 IR-XB-0001" },
        { "  ", "GR-XA-0001 GR-XA-0002 IR-XB-0001" }, { "BY", "GR-XA-0003 IR-XB-0001" },
        { "by", "GR-XA-0003 IR-XB-0001" }, { " By\t", "GR-XA-0003 IR-XB-0001" },
        { "B", "IR-XB-0001" }, { "BYY", "IR-XB-0001" }, { "W", "GR-XA-0004 IR-XB-0001" },
    };
    hp_ruleset *set = RULEDOC_SET(RULEDOC_PLAIN("GR-XA-0001"),
        RULEDOC("GR-XA-0002", { "Region", "\"\"" }), RULEDOC("GR-XA-0003", { "Region", "\"by \"" }),
        RULEDOC("GR-XA-0004", { "Region", "\"W\"" }), RULEDOC("IR-XB-0001", { "Region", "\"S\"" }));
    hp_rules_ask ask = usual();

    (void)state;
    with_versions = false;
    for (size_t i = 0; i < COUNT(rows); i++) {
        ask.region = str(rows[i].region);
        assert_string_equal(selected(set, &ask), rows[i].want);
    }
    with_versions = true;
    hp_ruleset_free(set);
}

/* From the first second on, and not in the last any more; offsets are offsets. */
static void
by_time(void **state)
{
    static const struct {
        const char *clock, *want;
    } rows[] = {
        { "2021-06-30T21:59:59Z", "" },
        { "2021-06-30T22:00:00Z", "GR-XA-0001 IR-XB-0001" },
        { "2021-07-01T00:00:00+02:00", "GR-XA-0001 IR-XB-0001" },
        { "2021-07-31T23:59:59Z", "GR-XA-0001 IR-XB-0001" },
        { "2021-07-31T23:59:59.999Z", "GR-XA-0001 IR-XB-0001" },
        { "2021-08-01T00:00:00Z", "" },
        { "2021-08-01T01:59:59+02:00", "GR-XA-0001 IR-XB-0001" },
    };
    hp_ruleset *set = RULEDOC_SET(
        RULEDOC("GR-XA-0001", { "ValidFrom", "\"2021-07-01T00:00:00+02:00\"" },
                { "ValidTo", "\"2021-08-01T00:00:00Z\"" }),
        RULEDOC("IR-XB-0001", { "ValidFrom", "\"2021-06-30T22:00:00Z\"" },
                { "ValidTo", "\"2021-08-01T02:00:00+02:00\"" }));
    hp_rules_ask ask = usual();

    (void)state;
    with_versions = false;
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_true(hp_time_read(hp_str_of(rows[i].clock), false, &ask.clock));
        assert_string_equal(selected(set, &ask), rows[i].want);
    }
    with_versions = true;
    hp_ruleset_free(set);
}

/* Of what applies the newest: a newer one that does not apply hides nothing. */
static void
the_newest_that_applies(void **state)
{
    hp_ruleset *set = RULEDOC_SET(
        RULEDOC("VR-XA-0001", { "Version", "\"1.9.0\"" }),
        RULEDOC("VR-XA-0001", { "Version", "\"1.10.0\"" }, { "ValidFrom", "\"2021-07-02T00:00:00Z\"" }),
        RULEDOC("VR-XA-0001", { "Version", "\"1.8.0\"" }),
        RULEDOC("VR-XA-0001", { "Version", "\"2.0.0\"" }, { "ValidTo", "\"2021-03-01T00:00:00Z\"" }),
        RULEDOC("VR-XA-0001", { "Version", "\"3.0.0\"" }, { "Region", "\"W\"" }),
        RULEDOC("IR-XB-0001", { "Version", "\"1.0.1\"" }),
        RULEDOC("IR-XB-0001", { "Version", "\"1.0.2\"" }, { "CertificateType", "\"Test\"" }));
    hp_rules_ask ask = usual();

    (void)state;
    assert_string_equal(selected(set, &ask), "IR-XB-0001@1.0.1 VR-XA-0001@1.9.0");
    ask.clock = JULY - 150 * DAY;
    assert_string_equal(selected(set, &ask), "IR-XB-0001@1.0.1 VR-XA-0001@2.0.0");
    ask.clock = JULY + DAY;
    assert_string_equal(selected(set, &ask), "IR-XB-0001@1.0.1 VR-XA-0001@1.10.0");
    ask.region = HP_STR("w");
    assert_string_equal(selected(set, &ask), "IR-XB-0001@1.0.1 VR-XA-0001@3.0.0");
    ask.type = 't';
    assert_string_equal(selected(set, &ask), "IR-XB-0001@1.0.2");
    hp_ruleset_free(set);
}

/* The set is not loaded anew: the clock of the ask alone decides. */
static void
at_midnight(void **state)
{
    hp_ruleset *set = RULEDOC_SET(
        RULEDOC("VR-XA-0001", { "ValidTo", "\"2021-07-02T00:00:00Z\"" }),
        RULEDOC("VR-XA-0001", { "Version", "\"1.1.0\"" }, { "Logic", "{\"!\":[true]}" },
                { "ValidFrom", "\"2021-07-02T00:00:00Z\"" }),
        RULEDOC("VR-XA-0002", { "ValidFrom", "\"2021-07-02T00:00:00Z\"" }));
    hp_rules_ask ask = usual();

    (void)state;
    with_results = true;
    ask.clock = JULY + DAY - 1;
    assert_int_equal(decide(set, &ask), HP_DECISION_PASSED);
    assert_string_equal(list, "VR-XA-0001@1.0.0=passed");
    ask.clock = JULY + DAY;
    assert_int_equal(decide(set, &ask), HP_DECISION_FAILED);
    assert_string_equal(list, "VR-XA-0001@1.1.0=failed VR-XA-0002@1.0.0=passed");
    hp_ruleset_free(set);
}

/* The walk by itself takes neither payload nor external. */
static void
walking(void **state)
{
    hp_ruleset *set = RULEDOC_SET(RULEDOC_PLAIN("GR-XA-0001"), RULEDOC_PLAIN("IR-XB-0001"),
                                  RULEDOC_PLAIN("IR-XB-0002"), RULEDOC_PLAIN("VR-XA-0001"));
    hp_rules_ask ask = { .clock = JULY, .country = HP_STR("XA"), .issuer = HP_STR("XB"),
                         .type = 'v' };
    hp_selection selection;

    (void)state;
    hp_rules_select(&selection, set, &ask);
    assert_string_equal(hp_rules_next(&selection)->identifier, "GR-XA-0001");
    assert_string_equal(hp_rules_next(&selection)->identifier, "IR-XB-0001");
    assert_string_equal(hp_rules_next(&selection)->identifier, "IR-XB-0002");
    assert_string_equal(hp_rules_next(&selection)->identifier, "VR-XA-0001");
    assert_null(hp_rules_next(&selection));
    assert_null(hp_rules_next(&selection));
    hp_ruleset_free(set);
}

/* ---- judging one (10) --------------------------------------------------------------------------- */

/* What one rule of this Logic, and with this member, says of the payload. */
static hp_rule_result
judge(const char *logic, const ruledoc_member *member, const char *payload, const char *external)
{
    hp_ruleset *set = RULEDOC_SET(RULEDOC("VR-XA-0001", { "Logic", logic },
        { member != NULL ? member->name : "x", member != NULL ? member->value : "1" }));
    hp_arena arena = hp_arena_over(memory, sizeof(memory));
    hp_rules_ask ask = usual();
    hp_rule_result result;

    ask.payload = payload == NULL ? NULL : ruledoc_tree(hp_str_of(payload));
    ask.external = external == NULL ? NULL : ruledoc_tree(hp_str_of(external));
    result = hp_rules_judge(hp_ruleset_at(set, 0), &ask, &arena);
    hp_ruleset_free(set);
    return result;
}

#define TRUE_LOGIC "{\"!\":[false]}"

/* A rule of nearly half a million steps, and true: a list of 400 added up 400 times. */
static hp_str
long_rule(const char *identifier)
{
    hp_str zeros = HP_STR("[0");

    for (size_t i = 1; i < 400; i++)
        zeros = MAKER_JOIN(zeros, HP_STR(",0"));
    zeros = MAKER_JOIN(zeros, HP_STR("]"));
    return RULEDOC(identifier, { "Logic", maker_c_string(maker_print(
        "{\"===\":[{\"reduce\":[%.*s,{\"+\":[{\"var\":\"accumulator\"},{\"reduce\":[%.*s,{\"+\":"
        "[{\"var\":\"accumulator\"},1]},0]}]},0]},160000]}", (int)zeros.n, zeros.p, (int)zeros.n,
        zeros.p)) });
}

/* Eight of them fit into the steps of a decision, a ninth does not. */
static void
all_rules_share_their_steps(void **state)
{
    hp_str rules[10] = { { NULL, 0 } };
    hp_rules_ask ask = usual();

    (void)state;
    for (size_t n = 1; n <= 9; n++) {
        hp_ruleset *set;

        rules[n - 1] = long_rule(maker_c_string(maker_print("GR-XA-%04zu", n)));
        rules[n] = (hp_str){ NULL, 0 };
        set = ruledoc_set(rules);
        assert_int_equal(decide(set, &ask), n <= 8 ? HP_DECISION_PASSED : HP_DECISION_OPEN);
        if (n == 9)
            assert_string_equal(made_by->identifier, "GR-XA-0009");
        hp_ruleset_free(set);
    }
}

/* True passes, false fails, and anything else is open, however true it looks. */
static void
values(void **state)
{
    static const struct {
        const char *logic;
        hp_rule_result want;
    } rows[] = {
        { TRUE_LOGIC, HP_RESULT_PASSED },
        { "{\"!\":[true]}", HP_RESULT_FAILED },
        { "{\"var\":\"payload.yes\"}", HP_RESULT_PASSED },
        { "{\"var\":\"payload.no\"}", HP_RESULT_FAILED },
        { "{\"var\":\"payload.nothing\"}", HP_RESULT_OPEN },
        { "{\"var\":\"payload.null\"}", HP_RESULT_OPEN },
        { "{\"var\":\"payload.one\"}", HP_RESULT_OPEN },
        { "{\"var\":\"payload.zero\"}", HP_RESULT_OPEN },
        { "{\"var\":\"payload.ver\"}", HP_RESULT_OPEN },
        { "{\"var\":\"payload\"}", HP_RESULT_OPEN },
        { "{\"var\":\"\"}", HP_RESULT_OPEN },
        { "{\"plusTime\":[\"2021-01-01\",0,\"day\"]}", HP_RESULT_OPEN },
        { "{\"+\":[1,\"x\"]}", HP_RESULT_OPEN },                     /* an error */
        { "{\"in\":[1,{\"var\":\"external.valueSets.x\"}]}", HP_RESULT_OPEN }, /* a set is missing */
        { "{\"in\":[1,{\"var\":\"external.list\"}]}", HP_RESULT_PASSED },
        { "{\"===\":[{\"var\":\"external.list.1\"},2]}", HP_RESULT_PASSED },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_int_equal(judge(rows[i].logic, NULL,
            "{\"ver\":\"1.0.0\",\"yes\":true,\"no\":false,\"null\":null,\"one\":1,\"zero\":0}",
            "{\"list\":[1,2]}"), rows[i].want);
}

/* The pass's version has the major number of the rule's schema, and is not older. */
static void
schema_versions(void **state)
{
    static const struct {
        const char *ver, *schema;
        hp_rule_result want;
    } rows[] = {
        { "\"1.3.0\"", "\"1.0.0\"", HP_RESULT_PASSED }, { "\"1.3.0\"", "\"1.3.0\"", HP_RESULT_PASSED },
        { "\"1.3.0\"", "\"1.3.1\"", HP_RESULT_OPEN }, { "\"1.3.0\"", "\"1.10.0\"", HP_RESULT_OPEN },
        { "\"1.10.0\"", "\"1.3.0\"", HP_RESULT_PASSED }, { "\"2.0.0\"", "\"1.0.0\"", HP_RESULT_OPEN },
        { "\"1.3.0\"", "\"0.9.0\"", HP_RESULT_OPEN }, { "\"1.3.0\"", "\"2.0.0\"", HP_RESULT_OPEN },
        { "\"1.3\"", "\"1.0.0\"", HP_RESULT_OPEN }, { "\"1.3.0.0\"", "\"1.0.0\"", HP_RESULT_OPEN },
        { "\"\"", "\"1.0.0\"", HP_RESULT_OPEN }, { "null", "\"1.0.0\"", HP_RESULT_OPEN },
        { "1.3", "\"1.0.0\"", HP_RESULT_OPEN }, { "[\"1.3.0\"]", "\"1.0.0\"", HP_RESULT_OPEN },
        { "\"1.3.0\"", "\"1.0\"", HP_RESULT_OPEN },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const ruledoc_member member = { "SchemaVersion", rows[i].schema };
        hp_str payload = maker_print("{\"ver\":%s}", rows[i].ver);

        assert_int_equal(judge(TRUE_LOGIC, &member, maker_c_string(payload), NULL), rows[i].want);
    }
    assert_int_equal(judge(TRUE_LOGIC, NULL, "{}", NULL), HP_RESULT_OPEN);
    assert_int_equal(judge(TRUE_LOGIC, NULL, "[]", NULL), HP_RESULT_OPEN);
    assert_int_equal(judge(TRUE_LOGIC, NULL, NULL, NULL), HP_RESULT_OPEN);
}

static void
what_cannot_be_judged(void **state)
{
    static const ruledoc_member rows[] = {
        { "Engine", "\"AT-METADATA\"" }, { "EngineVersion", "\"1.3.4\"" },
        { "EngineVersion", "\"1.3\"" }, { "EngineVersion", "\"2.0.1\"" },
        { "SchemaVersion", "\"x\"" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_int_equal(judge(TRUE_LOGIC, &rows[i], "{\"ver\":\"1.3.0\"}", NULL), HP_RESULT_OPEN);
        assert_int_equal(judge("{\"!\":[true]}", &rows[i], "{\"ver\":\"1.3.0\"}", NULL), HP_RESULT_OPEN);
    }
    assert_int_equal(judge("{\"nand\":[1]}", NULL, "{\"ver\":\"1.3.0\"}", NULL), HP_RESULT_OPEN);
    assert_int_equal(judge("true", NULL, "{\"ver\":\"1.3.0\"}", NULL), HP_RESULT_OPEN);
}

/* ---- deciding ----------------------------------------------------------------------------------- */

#define PASSES RULEDOC_PLAIN
#define FAILS(id) RULEDOC(id, { "Logic", "{\"!\":[true]}" })
#define OPENS(id) RULEDOC(id, { "Logic", "{\"var\":\"payload.x\"}" })

static void
together(void **state)
{
    static const struct {
        const char *say; /* of GR-XA-0000, GR-XA-0001 ... */
        hp_decision want;
        const char *by;
    } rows[] = {
        { "", HP_DECISION_NONE, NULL }, { "p", HP_DECISION_PASSED, "GR-XA-0000" },
        { "o", HP_DECISION_OPEN, "GR-XA-0000" }, { "f", HP_DECISION_FAILED, "GR-XA-0000" },
        { "ppp", HP_DECISION_PASSED, "GR-XA-0002" }, { "pop", HP_DECISION_OPEN, "GR-XA-0001" },
        { "poo", HP_DECISION_OPEN, "GR-XA-0001" }, { "opf", HP_DECISION_FAILED, "GR-XA-0002" },
        { "fof", HP_DECISION_FAILED, "GR-XA-0000" }, { "offo", HP_DECISION_FAILED, "GR-XA-0001" },
        { "fpp", HP_DECISION_FAILED, "GR-XA-0000" }, { "opp", HP_DECISION_OPEN, "GR-XA-0000" },
    };
    hp_rules_ask ask = usual();

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        hp_str documents[8] = { { NULL, 0 } };
        hp_ruleset *set;

        for (size_t j = 0; rows[i].say[j] != '\0'; j++) {
            const char *id = maker_c_string(maker_print("GR-XA-%04zu", j));

            documents[j] = rows[i].say[j] == 'p' ? PASSES(id)
                           : rows[i].say[j] == 'f' ? FAILS(id) : OPENS(id);
        }
        set = ruledoc_set(documents);
        assert_int_equal(decide(set, &ask), rows[i].want);
        if (rows[i].by == NULL)
            assert_null(made_by);
        else
            assert_string_equal(made_by->identifier, rows[i].by);
        hp_ruleset_free(set);
    }
}

/* An invalidation rule works as an acceptance rule does: true is fine. */
static void
invalidation(void **state)
{
    hp_ruleset *set = RULEDOC_SET(PASSES("GR-XA-0001"), PASSES("IR-XB-0001"), FAILS("IR-XC-0001"),
                                  OPENS("IR-XD-0001"), FAILS("IR-XA-0001"));
    hp_rules_ask ask = usual();

    (void)state;
    with_results = true;
    assert_int_equal(decide(set, &ask), HP_DECISION_PASSED);
    assert_string_equal(list, "GR-XA-0001@1.0.0=passed IR-XB-0001@1.0.0=passed");
    ask.issuer = HP_STR("XC");
    assert_int_equal(decide(set, &ask), HP_DECISION_FAILED);
    assert_string_equal(made_by->identifier, "IR-XC-0001");
    ask.issuer = HP_STR("XD");
    assert_int_equal(decide(set, &ask), HP_DECISION_OPEN);
    ask.issuer = HP_STR("XA");
    assert_int_equal(decide(set, &ask), HP_DECISION_FAILED);
    ask.country = HP_STR("XX"); /* an invalidation rule alone */
    ask.issuer = HP_STR("XB");
    assert_int_equal(decide(set, &ask), HP_DECISION_PASSED);
    hp_ruleset_free(set);
}

static void
nobody_needs_be_told(void **state)
{
    hp_ruleset *set = RULEDOC_SET(FAILS("GR-XA-0001"));
    hp_arena arena = hp_arena_over(memory, sizeof(memory));
    hp_rules_ask ask = usual();

    (void)state;
    assert_int_equal(hp_rules_decide(set, &ask, &arena, NULL, NULL, &made_by), HP_DECISION_FAILED);
    assert_string_equal(made_by->identifier, "GR-XA-0001");
    hp_ruleset_free(set);
}

/* ---- memory ----------------------------------------------------------------------------------------- */

#define GREEDY "{\"in\":[{\"var\":\"payload.name\"},[{\"var\":\"payload.name\"},1,2,3,4,5,6,7]]}"

/* What one rule took is wiped and there for the next one; what was there before stays. */
static void
memory_is_given_back(void **state)
{
    hp_ruleset *set = RULEDOC_SET(RULEDOC("GR-XA-0001", { "Logic", GREEDY }),
                                  RULEDOC("GR-XA-0002", { "Logic", GREEDY }));
    hp_rules_ask ask = usual();
    size_t need = 0;

    (void)state;
    ask.payload = ruledoc_tree(HP_STR("{\"ver\":\"1.3.0\",\"name\":\"Pruefling\"}"));
    for (size_t size = 16; need == 0; size += 16) {
        hp_arena arena = hp_arena_over(memory, size);

        assert_non_null(hp_arena_take(&arena, 8));
        memset(memory, 0, sizeof(memory));
        memset(memory, 0x55, 8);
        if (hp_rules_decide(set, &ask, &arena, NULL, NULL, &made_by) == HP_DECISION_PASSED) {
            assert_false(arena.full);
            need = size;
        } else {
            assert_true(arena.full);
            assert_string_equal(made_by->identifier, "GR-XA-0001");
        }
        assert_int_equal(arena.used, 8);
        for (size_t i = 0; i < 8; i++)
            assert_int_equal(memory[i], 0x55);
        for (size_t i = 8; i < sizeof(memory); i++)
            assert_int_equal(memory[i], 0);
    }
    assert_true(need > 100);
    hp_ruleset_free(set);
}

static void
nothing_is_allocated(void **state)
{
    hp_ruleset *set = RULEDOC_SET(RULEDOC("GR-XA-0001", { "Logic", GREEDY }), FAILS("GR-XA-0002"),
                                  HP_STR("{\"a\":[\"1\"]}"));
    hp_arena arena = hp_arena_over(memory, sizeof(memory));
    hp_rules_ask ask = usual();
    hp_external said = { .clock = JULY, .country = HP_STR("XA"), .kid = HP_STR("12345678") };

    (void)state;
    alloc_start(0);
    ask.external = hp_rules_external(set, &said, &arena);
    assert_int_equal(hp_rules_decide(set, &ask, &arena, NULL, NULL, &made_by), HP_DECISION_FAILED);
    assert_int_equal(alloc_calls(), 0);
    hp_ruleset_free(set);
}

/* ---- external (11) -------------------------------------------------------------------------------------- */

static hp_str
text_in(const hp_node *external, const char *name)
{
    const hp_node *node = hp_node_member(external, hp_str_of(name));

    return hp_node_is(node, HP_NODE_TEXT) ? node->str : (hp_str){ NULL, 0 };
}

static void
external_is_told(void **state)
{
    hp_ruleset *set = RULEDOC_SET(HP_STR("{\"a\":[\"1\",\"2\"]}"));
    hp_arena arena = hp_arena_over(memory, sizeof(memory));
    hp_external said = {
        .clock = JULY + 0.75, .exp = JULY + DAY - 1, .iat = JULY - 1, .country = HP_STR("xa"),
        .issuer = HP_STR("XB"), .region = HP_STR(" by "), .format = HP_STR("hc1"),
        .kid = HP_STR("\xfb\xff\xbf\x00\x10\x83\x10\x51")
    };
    const hp_node *e = hp_rules_external(set, &said, &arena);
    const hp_node *sets;

    (void)state;
    assert_int_equal(e->kind, HP_NODE_MAP);
    assert_int_equal(e->count, 9);
    assert_str_equal(text_in(e, "validationClock"), HP_STR("2021-07-01T00:00:00Z"));
    assert_str_equal(text_in(e, "countryCode"), HP_STR("XA"));
    assert_str_equal(text_in(e, "issuerCountryCode"), HP_STR("XB"));
    assert_str_equal(text_in(e, "exp"), HP_STR("2021-07-01"));
    assert_str_equal(text_in(e, "iat"), HP_STR("2021-06-30"));
    assert_str_equal(text_in(e, "kid"), HP_STR("+/+/ABCDEFE="));
    assert_str_equal(text_in(e, "region"), HP_STR("BY"));
    assert_str_equal(text_in(e, "format"), HP_STR("hc1"));
    sets = hp_node_member(e, HP_STR("valueSets"));
    assert_int_equal(hp_node_member(sets, HP_STR("a"))->count, 2);
    hp_ruleset_free(set);
}

static void
external_that_is_not_known(void **state)
{
    hp_ruleset *set = ruledoc_set((const hp_str[]){ { NULL, 0 } });
    hp_arena arena = hp_arena_over(memory, sizeof(memory));
    hp_external said = { .clock = JULY };
    const hp_node *e = hp_rules_external(set, &said, &arena);

    (void)state;
    assert_int_equal(e->count, 3);
    assert_str_equal(text_in(e, "validationClock"), HP_STR("2021-07-01T00:00:00Z"));
    assert_int_equal(hp_node_member(e, HP_STR("valueSets"))->count, 0);
    assert_str_equal(text_in(e, "region"), HP_STR(""));
    hp_ruleset_free(set);
}

static void
key_ids(void **state)
{
    static const struct {
        const char *bytes, *text;
    } rows[] = { { "a", "YQ==" }, { "ab", "YWI=" }, { "abc", "YWJj" }, { "abcd", "YWJjZA==" },
                 { "\xff\xff\xff", "////" }, { "\xfb\xef\xbe", "++++" } };
    hp_ruleset *set = ruledoc_set((const hp_str[]){ { NULL, 0 } });

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        hp_arena arena = hp_arena_over(memory, sizeof(memory));
        hp_external said = { .kid = hp_str_of(rows[i].bytes) };

        assert_str_equal(text_in(hp_rules_external(set, &said, &arena), "kid"),
                         hp_str_of(rows[i].text));
    }
    hp_ruleset_free(set);
}

/* Less than all of it is nothing. */
static void
external_without_room(void **state)
{
    hp_ruleset *set = RULEDOC_SET(HP_STR("{\"a\":[\"1\"]}"));
    hp_external said = { .clock = JULY, .exp = JULY, .iat = JULY, .country = HP_STR("XA"),
                         .issuer = HP_STR("XB"), .region = HP_STR("W"), .format = HP_STR("hc1"),
                         .kid = HP_STR("12345678") };
    const hp_node *e = NULL;
    size_t size;

    (void)state;
    for (size = 0; e == NULL; size++) {
        hp_arena arena = hp_arena_over(guard_room(size == 0 ? 1 : size), size);

        e = hp_rules_external(set, &said, &arena);
        assert_true((e == NULL) == arena.full);
    }
    assert_true(size > 500 && size < 2000);
    assert_int_equal(e->count, 9);
    hp_ruleset_free(set);
}

/* A rule reads what it was told: three days, to the second. */
static void
a_rule_reads_external(void **state)
{
    static const char logic[] =
        "{\"and\":[{\"in\":[{\"var\":\"payload.t.0.tr\"},{\"var\":\"external.valueSets.good\"}]},"
        "{\"before\":[{\"plusTime\":[{\"var\":\"external.validationClock\"},0,\"hour\"]},"
        "{\"plusTime\":[{\"var\":\"payload.t.0.sc\"},72,\"hour\"]}]}]}";
    hp_ruleset *set = RULEDOC_SET(RULEDOC("TR-XA-0001", { "Logic", logic }),
                                  HP_STR("{\"good\":[\"260415000\"]}"));
    hp_rules_ask ask = usual();

    (void)state;
    ask.type = 't';
    ask.payload = ruledoc_tree(HP_STR("{\"ver\":\"1.3.0\",\"t\":[{\"tr\":\"260415000\","
                                      "\"sc\":\"2021-07-01T00:00:00Z\"}]}"));
    for (int late = 0; late < 2; late++) {
        hp_arena arena = hp_arena_over(memory, sizeof(memory));
        hp_external said = { .clock = JULY + 3 * DAY - 1 + late };

        ask.clock = said.clock;
        ask.external = hp_rules_external(set, &said, &arena);
        assert_int_equal(hp_rules_decide(set, &ask, &arena, NULL, NULL, &made_by),
                         late ? HP_DECISION_FAILED : HP_DECISION_PASSED);
    }
    hp_ruleset_free(set);
}

/* ---- what becomes of them ---------------------------------------------------------------------------------- */

#define YEAR(n) "\"20" #n "-01-01T00:00:00Z\""
#define NEW_YEAR(n) (1640995200.0 + ((n) - 22) * 365 * 86400.0) /* of 2022, 2023 and 2024 */

/* An identifier is warned of when it has no valid version in a while, or has lost it: one second below and above. */
static void
rules_that_run_out(void **state)
{
    const double ahead = 14 * 86400.0, end = NEW_YEAR(22);
    hp_ruleset *set = RULEDOC_SET(
        RULEDOC("GR-XA-0001", { "ValidTo", YEAR(24) }),
        RULEDOC("VR-XA-0001", { "Version", "\"1.0.0\"" }), /* and no more */
        RULEDOC("VR-XA-0002", { "Version", "\"1.0.0\"" }), RULEDOC("VR-XA-0002", { "Version", "\"1.0.1\"" },
            { "ValidFrom", "\"2021-06-01T00:00:00Z\"" }, { "ValidTo", YEAR(23) }),
        RULEDOC("VR-XA-0003", { "ValidTo", "\"2021-12-31T00:00:00Z\"" }),
        RULEDOC("VR-XA-0003", { "Version", "\"0.9.0\"" }, { "ValidTo", "\"2021-12-30T00:00:00Z\"" }),
        RULEDOC("VR-XA-0004", { "Region", "\"BY\"" }), /* another region, other countries, and what begins only then */
        RULEDOC("VR-XB-0005", { "Version", "\"1.0.0\"" }), RULEDOC("IR-XA-0001", { "Version", "\"1.0.0\"" }),
        RULEDOC("VR-XA-0006", { "ValidFrom", YEAR(22) }, { "ValidTo", YEAR(23) }));
    hp_law law = { .set = set, .country = HP_STR("XA"), .region = HP_STR("") };
    const struct {
        double now;
        size_t valid, ending;
        const char *first;
        double end;
    } cases[] = {
        { end - ahead - 86400 - 1, 4, 0, NULL, 0 },
        { end - ahead - 86400, 4, 1, "VR-XA-0003", end - 86400 },
        { end - ahead - 1, 4, 1, "VR-XA-0003", end - 86400 },
        { end - ahead, 4, 2, "VR-XA-0003", end - 86400 },
        { end - 86400, 3, 2, "VR-XA-0003", end - 86400 },
        { end, 3, 2, "VR-XA-0003", end - 86400 },
        { end + ahead - 86400 - 1, 3, 2, "VR-XA-0003", end - 86400 },
        { end + ahead - 86400, 3, 1, "VR-XA-0001", end },
        { end + ahead, 3, 0, NULL, 0 },
        { NEW_YEAR(23) - 1, 3, 2, "VR-XA-0002", NEW_YEAR(23) },
        { NEW_YEAR(23), 1, 2, "VR-XA-0002", NEW_YEAR(23) },
        { NEW_YEAR(23) + ahead, 1, 0, NULL, 0 },
        { NEW_YEAR(24) - 1, 1, 1, "GR-XA-0001", NEW_YEAR(24) },
        { NEW_YEAR(24), 0, 1, "GR-XA-0001", NEW_YEAR(24) },
        { NEW_YEAR(24) + ahead, 0, 0, NULL, 0 },
        { 0, 0, 0, NULL, 0 },
    };
    hp_law_future f;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        hp_law_look(&law, cases[i].now, ahead, &f);
        if (f.valid != cases[i].valid || f.ending != cases[i].ending)
            fail_msg("case %zu: %zu of %zu end", i, f.ending, f.valid);
        assert_true(f.end == cases[i].end);
        if (cases[i].first == NULL)
            assert_null(f.first);
        else
            assert_string_equal(f.first, cases[i].first);
    }
    law.region = HP_STR("by");
    hp_law_look(&law, end - 1, ahead, &f);
    assert_true(f.valid == 1 && f.ending == 1);
    assert_string_equal(f.first, "VR-XA-0004");
    law.country = HP_STR("XC");
    hp_law_look(&law, end - 1, ahead, &f);
    assert_true(f.valid == 0 && f.ending == 0 && f.first == NULL);
    hp_ruleset_free(set);
}

/* In a gap between two versions the rule refuses nobody, whatever begins after it. */
static void
a_gap_is_an_end(void **state)
{
    const double ahead = 14 * 86400.0, end = NEW_YEAR(22);
    hp_ruleset *set = RULEDOC_SET(
        RULEDOC("GR-XA-0001", { "ValidTo", YEAR(24) }), RULEDOC("VR-XA-0001", { "Version", "\"1.0.0\"" }),
        RULEDOC("VR-XA-0001", { "Version", "\"1.0.1\"" }, { "ValidFrom", "\"2022-01-02T00:00:00Z\"" },
            { "ValidTo", YEAR(24) }),
        RULEDOC("VR-XA-0002", { "Version", "\"1.0.0\"" }),
        RULEDOC("VR-XA-0002", { "Version", "\"1.0.1\"" }, { "ValidFrom", YEAR(22) }, { "ValidTo", "\"2022-01-03T00:00:00Z\"" }),
        RULEDOC("VR-XA-0002", { "Version", "\"1.0.2\"" }, { "ValidFrom", "\"2022-01-03T00:00:00Z\"" },
            { "ValidTo", YEAR(24) }));
    hp_law law = { .set = set, .country = HP_STR("XA"), .region = HP_STR("") };
    hp_law_future f;

    (void)state;
    hp_law_look(&law, end - ahead - 1, ahead, &f);
    assert_true(f.valid == 3 && f.ending == 0);
    hp_law_look(&law, end - ahead, ahead, &f);
    assert_true(f.valid == 3 && f.ending == 1 && f.end == end);
    assert_string_equal(f.first, "VR-XA-0001");
    hp_law_look(&law, end + 3600, ahead, &f);
    assert_true(f.valid == 2 && f.ending == 1 && f.end == end);
    hp_law_look(&law, end + 86400, ahead, &f);
    assert_true(f.valid == 3 && f.ending == 0);
    hp_ruleset_free(set);
}

/* ---- what others made of real rules ------------------------------------------------------------------------ */

static const char *
data_path(const char *name)
{
    return maker_c_string(maker_print("%s/rules/%s", UNIT_DATA, name));
}

static hp_json *
data_json(const char *name)
{
    hp_bytes bytes;
    hp_error error = { "" };
    hp_json *json;

    if (!hp_file_read(data_path(name), 0, 16u << 20, &bytes, NULL, &error))
        fail_msg("%s", error.text);
    json = hp_json_load_data((hp_str){ bytes.p, bytes.n }, 16u << 20, &error);
    if (json == NULL)
        fail_msg("%s", error.text);
    hp_bytes_free(&bytes);
    return json;
}

static hp_ruleset *
data_set(const char *const *names)
{
    hp_ruleset *set = hp_ruleset_new();
    hp_watch watch = { NULL, 0, false };
    hp_error error = { "" };

    for (; *names != NULL; names++) {
        if (!hp_ruleset_add(set, data_path(*names), 0, &watch, NULL, NULL, &error))
            fail_msg("%s", error.text);
    }
    if (!hp_ruleset_close(set, &error))
        fail_msg("%s", error.text);
    hp_watch_free(&watch);
    return set;
}
#define DATA_SET(...) data_set((const char *const[]){ __VA_ARGS__, NULL })

static char
type_of(const hp_json *json)
{
    return hp_json_is(json, "Vaccination") ? 'v' : hp_json_is(json, "Test") ? 't' : 'r';
}

static hp_str
member_text(const hp_json *json, const char *name)
{
    return hp_json_text(hp_json_get(json, name));
}

/* external of a test, its valueSets being a word: those of the set in its place. */
static const hp_node *
with_value_sets(const hp_node *external, const hp_node *value_sets, hp_node *map, hp_node *pairs)
{
    const hp_node *from = external->child;
    size_t i, n = 2 * (size_t)external->count;

    *map = *external;
    map->child = n > 0 ? pairs : NULL;
    for (i = 0; i < n; i++, from = from->next) {
        pairs[i] = *from;
        if (i > 0 && i % 2 == 1 && hp_str_eq(pairs[i - 1].str, HP_STR("valueSets")))
            pairs[i] = *value_sets;
        pairs[i].next = i + 1 < n ? &pairs[i + 1] : NULL;
    }
    return map;
}

static const hp_node *
tree(const hp_json *json, hp_arena *arena)
{
    const hp_node *node;

    if (json == NULL)
        return NULL;
    assert_true(hp_json_node(json, arena, &node));
    return node;
}

/* { identifier: result } as the list that is told. */
static const char *
wanted_results(const hp_json *rules)
{
    static char text[65536];
    const char *keys[64], *name, *swap;
    hp_json *value;
    void *at = NULL;
    size_t n = 0, used = 0;

    while (hp_json_next(rules, &at, &name, &value)) {
        assert_true(n < COUNT(keys));
        keys[n++] = name;
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t j = i + 1; j < n; j++) {
            if (strcmp(keys[j], keys[i]) < 0) {
                swap = keys[i];
                keys[i] = keys[j];
                keys[j] = swap;
            }
        }
    }
    text[0] = '\0';
    for (size_t i = 0; i < n; i++) {
        hp_str result = member_text(rules, keys[i]);

        used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s=%.*s", i > 0 ? " " : "",
                                 keys[i], (int)result.n, (const char *)result.p);
    }
    return text;
}

static void
check_decision(const hp_ruleset *set, const hp_rules_ask *ask, const hp_json *want)
{
    static const char *const words[] = { "failed", "open", "passed", "none" };

    with_results = true;
    assert_true(hp_json_is(hp_json_get(want, "verdict"), words[decide(set, ask)]));
    assert_string_equal(list, wanted_results(hp_json_get(want, "rules")));
}

/* A rule's tests: its Logic alone, over payload and external. */
static size_t
rule_tests(const char *name, const hp_node *value_sets)
{
    hp_ruleset *set = DATA_SET(maker_c_string(maker_print("%s/rule.json", name)));
    hp_json *tests = data_json(maker_c_string(maker_print("%s/tests.json", name)));
    size_t i, n = hp_json_count(tests);

    assert_int_equal(hp_ruleset_count(set), 1);
    for (i = 0; i < n; i++) {
        static uint8_t room[1 << 20];
        hp_arena arena = hp_arena_over(room, sizeof(room));
        const hp_json *test = hp_json_at(tests, i);
        const hp_node *external = tree(hp_json_get(test, "external"), &arena);
        hp_node map, pairs[32];
        hp_value value;

        external = with_value_sets(external, value_sets, &map, pairs);
        if (!hp_logic_eval(hp_ruleset_at(set, 0)->logic,
                           ruledoc_data(tree(hp_json_get(test, "payload"), &arena), external),
                           &arena, &value) ||
            value.kind != HP_VALUE_BOOL || value.truth != hp_json_true(hp_json_get(test, "expected")))
            fail_msg("%s, test %zu", name, i);
    }
    hp_json_free(tests);
    hp_ruleset_free(set);
    return n;
}

static void
real_rule_tests(void **state)
{
    hp_ruleset *sets;
    struct dirent **countries, **rules;
    size_t n = 0, n_rules = 0;
    int c, r;

    (void)state;
    UNIT_NEEDS_DATA();
    sets = DATA_SET("valuesets/vs-a.json");
    for (c = scandir(data_path("testdata"), &countries, NULL, alphasort); c > 0; free(countries[c])) {
        const char *country = maker_c_string(maker_print("testdata/%s", countries[--c]->d_name));

        if (countries[c]->d_name[0] == '.')
            continue;
        for (r = scandir(data_path(country), &rules, NULL, alphasort); r > 0; free(rules[r])) {
            const char *name = maker_c_string(maker_print("%s/%s", country, rules[--r]->d_name));

            if (rules[r]->d_name[0] == '.')
                continue;
            n += rule_tests(name, hp_ruleset_value_sets(sets));
            n_rules++;
        }
        free(rules);
    }
    free(countries);
    hp_ruleset_free(sets);
    print_message("# rule tests: %zu of %zu rules\n", n, n_rules);
    assert_true(n >= 689 && n_rules >= 97);
}

static void
decision_line(const hp_ruleset *set, hp_str line)
{
    static uint8_t room[1 << 20];
    hp_arena arena = hp_arena_over(room, sizeof(room));
    hp_node map, pairs[32];
    hp_error error = { "" };
    hp_json *json = hp_json_load_data(line, 1u << 20, &error), *external;
    hp_rules_ask ask;

    assert_non_null(json);
    external = hp_json_get(json, "external");
    ask = (hp_rules_ask){ .country = member_text(external, "countryCode"),
                          .issuer = member_text(external, "issuerCountryCode"),
                          .type = type_of(hp_json_get(json, "type")),
                          .payload = tree(hp_json_get(json, "payload"), &arena) };
    assert_true(hp_time_read(member_text(external, "validationClock"), false, &ask.clock));
    ask.external = with_value_sets(tree(external, &arena), hp_ruleset_value_sets(set), &map, pairs);
    check_decision(set, &ask, json);
    hp_json_free(json);
}

static void
real_decisions(void **state)
{
    hp_ruleset *set;
    char *line = NULL;
    size_t room = 0, n = 0;
    ssize_t got;
    FILE *from;

    (void)state;
    UNIT_NEEDS_DATA();
    set = DATA_SET("gateway-2023", "valuesets/full.json");
    from = fopen(data_path("decisions.jsonl"), "r");
    assert_non_null(from);
    with_versions = false;
    while ((got = getline(&line, &room, from)) > 0) {
        decision_line(set, (hp_str){ (uint8_t *)line, (size_t)got });
        n++;
    }
    with_versions = true;
    free(line);
    assert_int_equal(fclose(from), 0);
    print_message("# decisions: %zu over %zu rules\n", n, hp_ruleset_count(set));
    assert_true(n >= 600 && hp_ruleset_count(set) >= 165);
    hp_ruleset_free(set);
}

static void
selection_case(const hp_ruleset *set, const hp_json *one)
{
    static uint8_t room[1 << 16];
    hp_arena arena = hp_arena_over(room, sizeof(room));
    const hp_json *query = hp_json_get(one, "query");
    hp_rules_ask ask = { .country = member_text(query, "country"),
                         .issuer = member_text(query, "issuer"),
                         .region = member_text(query, "region"),
                         .type = type_of(hp_json_get(query, "type")),
                         .payload = tree(hp_json_get(one, "payload"), &arena) };
    hp_external said = { .country = ask.country, .issuer = ask.issuer, .region = ask.region };

    assert_true(hp_time_read(member_text(query, "clock"), false, &ask.clock));
    said.clock = ask.clock;
    ask.external = hp_rules_external(set, &said, &arena);
    check_decision(set, &ask, one);
}

static void
made_up_selections(void **state)
{
    hp_json *json, *groups;
    size_t i, j, n = 0;

    (void)state;
    UNIT_NEEDS_DATA();
    json = data_json("selection.json");
    groups = hp_json_get(json, "groups");
    for (i = 0; i < hp_json_count(groups); i++) {
        const hp_json *rules = hp_json_get(hp_json_at(groups, i), "rules");
        const hp_json *cases = hp_json_get(hp_json_at(groups, i), "cases");
        hp_str documents[128] = { { NULL, 0 } };
        hp_ruleset *set;

        assert_true(hp_json_count(rules) < COUNT(documents));
        for (j = 0; j < hp_json_count(rules); j++) {
            char *text = NULL;
            size_t room = 0;
            FILE *to = open_memstream(&text, &room);

            assert_true(to != NULL && hp_json_print(hp_json_at(rules, j), to));
            assert_int_equal(fclose(to), 0);
            documents[j] = maker_copy((hp_str){ (uint8_t *)text, room });
            free(text);
        }
        set = ruledoc_set(documents);
        for (j = 0; j < hp_json_count(cases); j++, n++)
            selection_case(set, hp_json_at(cases, j));
        hp_ruleset_free(set);
    }
    hp_json_free(json);
    print_message("# selections: %zu\n", n);
    assert_true(n >= 60);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(by_country),
    cmocka_unit_test(by_type),
    cmocka_unit_test(by_region),
    cmocka_unit_test(by_time),
    cmocka_unit_test(the_newest_that_applies),
    cmocka_unit_test(at_midnight),
    cmocka_unit_test(walking),
    cmocka_unit_test(values),
    cmocka_unit_test(schema_versions),
    cmocka_unit_test(what_cannot_be_judged),
    cmocka_unit_test(together),
    cmocka_unit_test(invalidation),
    cmocka_unit_test(nobody_needs_be_told),
    cmocka_unit_test(memory_is_given_back),
    cmocka_unit_test(nothing_is_allocated),
    cmocka_unit_test(external_is_told),
    cmocka_unit_test(external_that_is_not_known),
    cmocka_unit_test(key_ids),
    cmocka_unit_test(external_without_room),
    cmocka_unit_test(all_rules_share_their_steps),
    cmocka_unit_test(a_rule_reads_external),
    cmocka_unit_test(rules_that_run_out), cmocka_unit_test(a_gap_is_an_end),
    cmocka_unit_test(real_rule_tests),
    cmocka_unit_test(real_decisions),
    cmocka_unit_test(made_up_selections),
};

UNIT_MAIN(tests)
