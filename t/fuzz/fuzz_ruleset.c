/*
 * A file of rules or value sets: what is loaded is as the headers promise, whatever it said, and
 * decides about a pass without a fault.  And the other way round: the same input as the pass that
 * rules of ours decide about.
 */
#include "fuzz.h"

#include "base/time.h"
#include "codec/json_node.h"
#include "ruledoc.h"

static uint8_t memory[64 * 1024];

static void
check_rule(const hp_rule *r)
{
    static const char *const languages[] = { "fr-CA", "xx", NULL };
    size_t i;

    MUST(strlen(r->identifier) == 10 && strlen(r->country) == 2 && strlen(r->region) <= 5);
    MUST(memcmp(r->identifier + 3, r->country, 2) == 0);
    MUST((r->identifier[0] == 'I') == (r->type == HP_INVALIDATION));
    MUST(strchr("gvtr", r->concerns) != NULL && r->concerns != '\0');
    MUST(r->from < r->until && r->n_texts <= HP_RULE_TEXTS);
    for (i = 0; i < r->n_texts; i++) {
        const char *p = r->texts[i].text;

        MUST(*p != '\0' && strlen(p) <= HP_RULE_TEXT_MAX && r->texts[i].lang[0] != '\0');
        for (; *p != '\0'; p++)
            MUST((unsigned char)*p >= ' ' && *p != 0x7f);
    }
    MUST(hp_rule_text(r, languages) != NULL);
}

static void
check_value_sets(const hp_node *sets)
{
    const hp_node *id, *code;
    size_t n = 0, codes;

    MUST(sets->kind == HP_NODE_MAP && sets->count <= HP_VALUE_SETS_MAX);
    for (id = sets->child; id != NULL; id = id->next->next, n++) {
        MUST(id->kind == HP_NODE_TEXT && id->str.n > 0 && id->next->kind == HP_NODE_ARRAY);
        for (codes = 0, code = id->next->child; code != NULL; code = code->next, codes++)
            MUST(code->kind == HP_NODE_TEXT && code->str.n > 0 && code->str.n <= HP_VALUE_TEXT_MAX);
        MUST(codes == id->next->count && codes <= HP_VALUE_CODES_MAX);
    }
    MUST(n == sets->count);
}

/* What was told, counted by what was said. */
typedef struct {
    size_t n, results[3];
    const char *last;
} verdicts;

static void
note(void *context, const hp_rule *rule, hp_rule_result result)
{
    verdicts *v = context;

    MUST(v->last == NULL || strcmp(v->last, rule->identifier) < 0);
    v->last = rule->identifier;
    v->results[result]++;
    v->n++;
}

/* A pass at the time and place of one of the rules, so that it applies. */
static void
decide(const hp_ruleset *set, const hp_rule *of, const hp_node *payload)
{
    hp_arena arena = hp_arena_over(memory, sizeof(memory));
    hp_external said = { .clock = of->from, .exp = of->until, .country = hp_str_of(of->country),
                         .issuer = hp_str_of(of->country), .region = hp_str_of(of->region) };
    hp_rules_ask ask = { .clock = of->from, .country = said.country, .issuer = said.issuer,
                         .region = said.region, .type = of->concerns == 'g' ? 'v' : of->concerns,
                         .payload = payload };
    verdicts v = { 0, { 0, 0, 0 }, NULL };
    const hp_rule *by;
    hp_decision decision;
    size_t used;

    ask.external = hp_rules_external(set, &said, &arena);
    used = arena.used;
    decision = hp_rules_decide(set, &ask, &arena, note, &v, &by);
    MUST(arena.used == used && v.n > 0 && by != NULL);
    MUST((decision == HP_DECISION_FAILED) == (v.results[HP_RESULT_FAILED] > 0));
    MUST((decision == HP_DECISION_PASSED) == (v.results[HP_RESULT_PASSED] == v.n));
    MUST(decision != HP_DECISION_NONE);
}

static void
check_set(const hp_ruleset *set, const hp_node *payload)
{
    size_t i, n = hp_ruleset_count(set);

    check_value_sets(hp_ruleset_value_sets(set));
    for (i = 0; i < n; i++) {
        check_rule(hp_ruleset_at(set, i));
        decide(set, hp_ruleset_at(set, i), payload);
    }
}

static void
as_rules(hp_str text)
{
    static const hp_node *payload;
    hp_ruleset *set = hp_ruleset_new();
    hp_error error = { "" };

    MUST(set != NULL);
    if (payload == NULL)
        payload = ruledoc_tree(HP_STR(MAKER_V));
    if (hp_ruleset_add_text(set, "F", text, NULL, NULL, &error) && hp_ruleset_close(set, &error))
        check_set(set, payload);
    else
        MUST(strncmp(error.text, "F", 1) == 0 && strlen(error.text) > 3);
    hp_ruleset_free(set);
}

static const char LASTING[] =
    "{\"if\":[{\"var\":\"payload.v.0\"},{\"not-after\":[{\"plusTime\":["
    "{\"var\":\"payload.v.0.dt\"},14,\"day\"]},{\"plusTime\":["
    "{\"var\":\"external.validationClock\"},0,\"day\"]}]},true]}";
static const char GROWN[] =
    "{\"and\":[{\"var\":\"payload.dob\"},{\"before\":[{\"plusTime\":[{\"dccDateOfBirth\":"
    "[{\"var\":\"payload.dob\"}]},12,\"year\"]},{\"plusTime\":["
    "{\"var\":\"external.validationClock\"},0,\"day\"]}]}]}";
static const char SINGLE[] =
    "{\"===\":[{\"reduce\":[[{\"var\":\"payload.v\"},{\"var\":\"payload.t\"}],{\"+\":["
    "{\"var\":\"accumulator\"},{\"if\":[{\"var\":\"current.0\"},1,0]}]},0]},1]}";
static const char KNOWN[] =
    "{\"in\":[{\"var\":\"payload.v.0.tg\"},{\"var\":\"external.valueSets.a\"}]}";
static const char PHARMACY[] =
    "{\"!\":[{\"===\":[{\"extractFromUVCI\":[{\"var\":\"payload.v.0.ci\"},1]},\"XA\"]}]}";

static void
as_pass(hp_str text)
{
    static uint8_t room[256 * 1024];
    static hp_ruleset *set;
    hp_arena arena = hp_arena_over(room, sizeof(room));
    hp_json *json = hp_json_load_data(text, HP_JSON_MAX, NULL);
    const hp_node *payload;

    if (set == NULL)
        set = RULEDOC_SET(RULEDOC("VR-XA-0001", { "Logic", LASTING }),
            RULEDOC("GR-XA-0001", { "Logic", GROWN }), RULEDOC("GR-XA-0002", { "Logic", SINGLE }),
            RULEDOC("GR-XA-0003", { "Logic", KNOWN }), RULEDOC("IR-XA-0001", { "Logic", PHARMACY }),
            HP_STR("{\"a\":[\"840539006\"]}"));
    if (json != NULL && hp_json_node(json, &arena, &payload))
        decide(set, hp_ruleset_at(set, 0), payload);
    hp_json_free(json);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    as_rules((hp_str){ p, n });
    as_pass((hp_str){ p, n });
    return 0;
}

void
fuzz_seeds(void (*put)(const char *name, hp_str seed))
{
    put("plain", RULEDOC_PLAIN("VR-XA-0001"));
    put("dates", RULEDOC("VR-XA-0002", { "Logic", LASTING }, { "Region", "\"w\"" }));
    put("array", MAKER_JOIN(HP_STR("["), RULEDOC_PLAIN("GR-XA-0001"), HP_STR(","),
        RULEDOC_PLAIN("IR-XA-0001"), HP_STR(","),
        RULEDOC("GR-XA-0001", { "Version", "\"1.1.0\"" }, { "Logic",
            "{\"in\":[{\"var\":\"payload.v.0.tg\"},{\"var\":\"external.valueSets.a\"}]}" }),
        HP_STR(",{\"a\":[\"840539006\",\"x\"]}]")));
    put("twice", MAKER_JOIN(HP_STR("["), RULEDOC_PLAIN("TR-XA-0001"), HP_STR(","),
        RULEDOC_PLAIN("TR-XA-0001"), HP_STR("]")));
    put("open", RULEDOC("RR-XA-0001", { "Engine", "\"X\"" }, { "SchemaVersion", "\"1\"" },
        { "Logic", "{\"or\":[1]}" }));
    put("texts", RULEDOC("VR-XA-0001", { "Description", "[{\"lang\":\"fr\",\"desc\":\"a\\nb\"},"
        "{\"lang\":\"pt-br\",\"desc\":\"\xc3\xa9\\u0085\"},{\"lang\":\"en\",\"desc\":\" \"}]" }));
    put("reduce", RULEDOC("VR-XA-0001", { "Logic", SINGLE }));
    put("vaccination", HP_STR(MAKER_V));
    put("test", HP_STR(MAKER_T));
    put("published", HP_STR("{\"valueSetId\":\"a\",\"valueSetDate\":\"2021-04-27\","
        "\"valueSetValues\":{\"1\":{\"display\":\"x\",\"active\":true},\"2\":{}}}"));
    put("compressed", HP_STR("{\"a\":[\"1\",\"2\"],\"b-c\":[]}"));
    put("again", HP_STR("[{\"a\":[\"1\",\"2\"]},{\"valueSetId\":\"a\",\"valueSetValues\":"
                        "{\"2\":{},\"1\":{}}}]"));
    put("listing", HP_STR("[{\"identifier\":\"VR-XA-0001\",\"version\":\"1.0.0\",\"country\":\"XA\","
                          "\"hash\":\"00\"},{\"id\":\"a\",\"hash\":\"00\"}]"));
    put("booster", RULEDOC("BNR-DE-0001", { "Type", "\"BoosterNotification\"" }));
}
