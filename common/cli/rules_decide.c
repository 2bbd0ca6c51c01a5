/*
 * rules decide: what a folder of rules says to a payload, and nothing else is judged: no
 * signature, no validity, no revocation.  Clock, countries and region come with each line, so
 * that any day and any place can be tried.
 */
#include "cli/rules.h"

#include "codec/json_node.h"
#include "rules/certlogic_time.h"

typedef struct {
    const char *rules, *value_sets;
} choices;

static const hp_cli_option options[] = {
    { .name = "--rules", .value = "DIR", .kind = HP_CLI_TEXT, .at = offsetof(choices, rules),
      .help = "the rules: a folder, or one file" },
    { .name = "--value-sets", .value = "F", .kind = HP_CLI_TEXT,
      .at = offsetof(choices, value_sets), .help = "value sets, where DIR has none" },
    { .name = NULL },
};

/* What one line asks. */
typedef struct {
    hp_rules_ask ask;
    hp_node external;      /* the line's, with value sets put in front where it has none */
    hp_node value_sets[2]; /* name and value of that */
} question;

/* The two maps that an answer is made of. */
typedef struct {
    hp_json *rules, *versions;
} results;

static bool
refuse(hp_error *error, const char *why)
{
    hp_error_set(error, "%s", why);
    return false;
}

/* ---- the question -------------------------------------------------------------------- */

static bool
read_type(const hp_json *line, char *type, hp_error *error)
{
    static const char *const names[] = { "Vaccination", "Test", "Recovery" };
    size_t i;

    for (i = 0; i < 3; i++) {
        if (hp_json_is(hp_json_get(line, "type"), names[i])) {
            *type = "vtr"[i];
            return true;
        }
    }
    return refuse(error, "type: expected Vaccination, Test or Recovery");
}

/* Empty when it is not there. */
static bool
read_text(const hp_json *external, const char *name, hp_str *text, hp_error *error)
{
    const hp_json *member = hp_json_get(external, name);

    *text = HP_STR("");
    if (member == NULL || hp_json_kind_of(member) == HP_JSON_NULL)
        return true;
    *text = hp_json_text(member);
    if (text->p == NULL)
        hp_error_set(error, "external.%s: expected a text", name);
    return text->p != NULL;
}

/* In the forms that rules read it in themselves. */
static bool
read_clock(const hp_json *external, double *clock, hp_error *error)
{
    hp_str text = hp_json_text(hp_json_get(external, "validationClock"));
    int64_t ms;

    if (text.p == NULL || !hp_logic_time_read(text, &ms))
        return refuse(error, "external.validationClock: expected a time, as 2021-07-01T00:00:00Z");
    *clock = (double)ms / 1000;
    return true;
}

static void
lend_value_sets(const hp_ruleset *set, question *q)
{
    q->value_sets[0] = (hp_node){ .kind = HP_NODE_TEXT, .next = &q->value_sets[1],
                                  .str = HP_STR("valueSets") };
    q->value_sets[1] = *hp_ruleset_value_sets(set);
    q->value_sets[1].next = q->external.child;
    q->external.child = &q->value_sets[0];
    q->external.count++;
}

static bool
read_documents(const hp_ruleset *set, const hp_json *line, hp_arena *arena, question *q,
               hp_error *error)
{
    const hp_json *payload = hp_json_get(line, "payload");
    const hp_node *external;

    if (!hp_json_node(hp_json_get(line, "external"), arena, &external) ||
        (payload != NULL && !hp_json_node(payload, arena, &q->ask.payload)))
        return refuse(error, "does not fit into memory");
    q->external = *external;
    if (hp_node_member(external, HP_STR("valueSets")) == NULL)
        lend_value_sets(set, q);
    q->ask.external = &q->external;
    return true;
}

static bool
read_question(const hp_ruleset *set, const hp_json *line, hp_arena *arena, question *q,
              hp_error *error)
{
    const hp_json *external = hp_json_get(line, "external");

    *q = (question){ .ask = { .payload = NULL } };
    if (external == NULL || hp_json_kind_of(external) != HP_JSON_OBJECT)
        return refuse(error, "external: expected an object");
    return read_type(line, &q->ask.type, error) && read_clock(external, &q->ask.clock, error) &&
        read_text(external, "countryCode", &q->ask.country, error) &&
        read_text(external, "issuerCountryCode", &q->ask.issuer, error) &&
        read_text(external, "region", &q->ask.region, error) &&
        read_documents(set, line, arena, q, error);
}

/* ---- the answer ------------------------------------------------------------------------ */

static const char *
verdict_name(hp_decision decision)
{
    switch (decision) {
    case HP_DECISION_FAILED:
        return "failed";
    case HP_DECISION_PASSED:
        return "passed";
    case HP_DECISION_NONE:
        return "none";
    case HP_DECISION_OPEN:
        break;
    }
    return "open";
}

static void
tell(void *context, const hp_rule *rule, hp_rule_result result)
{
    results *r = context;
    char version[HP_VERSION_TEXT];

    hp_rules_version(rule->version, version);
    hp_json_set_text(r->rules, rule->identifier, hp_str_of(hp_rules_result_name(result)));
    hp_json_set_text(r->versions, rule->identifier, hp_str_of(version));
}

static bool
answer_line(void *context, const hp_json *line, hp_arena *arena, hp_json **answer,
            hp_error *error)
{
    results r = { hp_json_object(), hp_json_object() };
    const hp_rule *rule;
    hp_decision verdict;
    question q;
    bool good = read_question(context, line, arena, &q, error);

    if (good) {
        *answer = hp_json_object();
        verdict = hp_rules_decide(context, &q.ask, arena, tell, &r, &rule);
        hp_json_set(*answer, "rules", r.rules);
        hp_json_set(*answer, "versions", r.versions);
        hp_json_set_text(*answer, "verdict", hp_str_of(verdict_name(verdict)));
        return true;
    }
    hp_json_free(r.rules);
    hp_json_free(r.versions);
    return false;
}

static int
decide(const hp_cli_command *self, const choices *c, const hp_cli_texts *files)
{
    hp_ruleset *set;
    int status;

    if (c->rules == NULL)
        return hp_cli_say(self, HP_EXIT_USAGE, "--rules DIR is missing");
    if (files->n > 1)
        return hp_cli_say(self, HP_EXIT_USAGE, "expected one FILE");
    set = hp_rules_load(self, c->rules, c->value_sets, NULL);
    if (set == NULL)
        return HP_EXIT_FAULT;
    status = hp_rules_lines(self, files->n == 0 ? NULL : files->text[0], answer_line, set);
    hp_ruleset_free(set);
    return status;
}

static int
run(const hp_cli_command *self, int argc, char **argv)
{
    choices c = { .rules = NULL };
    hp_cli_texts files = { NULL, 0 };
    int status;

    if (hp_cli_parse(self, argc, argv, &c, &files, &status))
        status = decide(self, &c, &files);
    hp_cli_texts_free(&files);
    return status;
}

const hp_cli_command hp_cli_rules_decide = {
    .name = "rules decide",
    .summary = "Tells what rules say to payloads, a line each",
    .usage = "--rules DIR [--value-sets F] [FILE]",
    .notes = "Each line of FILE, or of standard input, is {\"type\": \"Vaccination\" | \"Test\" |\n"
             "\"Recovery\", \"payload\": DCC, \"external\": {...}}.  The clock is\n"
             "external.validationClock, the gate stands in countryCode (and region), the pass\n"
             "comes from issuerCountryCode; valueSets are those of DIR unless the line has some.\n"
             "The answer is {\"rules\": {IDENTIFIER: \"passed\" | \"failed\" | \"open\"},\n"
             "\"versions\": {IDENTIFIER: VERSION},\n"
             "\"verdict\": \"passed\" | \"failed\" | \"open\" | \"none\"}.\n"
             "Nothing but rules is judged.\n"
             "\n"
             "Exit: 0 all were decided, 1 a line is no such object ({\"error\": true}), or there\n"
             "is no line, 2 usage, 3 fault.\n",
    .options = options,
    .operands = true,
    .run = run,
};
