/*
 * rules explain: what each rule that applies read in a pass, operation by operation, for somebody
 * who may see the holder's data and asked for it.
 *
 * The pass must be genuine: what nobody signed is not shown.
 */
#include "cli/cli.h"
#include "cli/input.h"
#include "cli/rules.h"
#include "cli/rules_steps.h"
#include "cli/trusting.h"

#include "base/hex.h"
#include "base/wipe.h"
#include "policy/policy.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <syslog.h>
#include <unistd.h>

#define POLICY "/etc/healthpass/policy.conf"

typedef struct {
    const char *rules, *country, *region, *policy, *lang;
    hp_cli_texts trust;
    double at; /* NAN: not given */
    bool show_holder;
} choices;

static const hp_cli_option options[] = {
    { .name = "--rules", .value = "DIR", .kind = HP_CLI_TEXT, .at = offsetof(choices, rules),
      .help = "the rules: a folder, or one file" },
    { .name = "--country", .value = "CC", .kind = HP_CLI_TEXT, .at = offsetof(choices, country),
      .help = "where the gate stands" },
    { .name = "--region", .value = "R", .kind = HP_CLI_TEXT, .at = offsetof(choices, region),
      .help = "in which part of it" },
    { .name = "--policy", .value = "F", .kind = HP_CLI_TEXT, .at = offsetof(choices, policy),
      .help = "whose passes are genuine (" POLICY ")" },
    { .name = "--trust", .value = "P", .kind = HP_CLI_TEXTS, .at = offsetof(choices, trust),
      .help = "no policy, just these keys; repeatable" },
    { .name = "--at", .value = "TIME", .kind = HP_CLI_TIME, .at = offsetof(choices, at),
      .help = "as of that time, RFC 3339 (now)" },
    { .name = "--lang", .value = "L", .kind = HP_CLI_TEXT, .at = offsetof(choices, lang),
      .help = "texts in that language where there are any (en)" },
    { .name = "--show-holder", .kind = HP_CLI_FLAG, .at = offsetof(choices, show_holder),
      .help = "must be said: it shows what the pass says; noted in the system log" },
    { .name = NULL },
};

/* One run. */
typedef struct {
    const hp_cli_command *self;
    const choices *c;
    hp_ruleset *set;
    hp_watch watch; /* the files that the rules came from */
    hp_policy *policy;
    hp_memory memory;
    hp_keys *keys;
    uint8_t *bytes;  /* HP_INPUT_ROOM of them */
    hp_arena arena;
    hp_rules_ask ask;
    bool accepting; /* one of the rules is an acceptance rule */
} explainer;

/* ---- the rule's document, which a loaded rule has no more ------------------------------------ */

static bool
is_document(const hp_json *json, const hp_rule *rule)
{
    char version[HP_VERSION_TEXT];

    hp_rules_version(rule->version, version);
    return hp_json_is(hp_json_get(json, "Identifier"), rule->identifier) &&
        hp_json_is(hp_json_get(json, "Version"), version);
}

/* The Logic of the rule in a file's documents; NULL when it is not among them. */
static const hp_json *
logic_in(const hp_json *json, const hp_rule *rule)
{
    size_t i;

    if (hp_json_kind_of(json) == HP_JSON_OBJECT)
        return is_document(json, rule) ? hp_json_get(json, "Logic") : NULL;
    for (i = 0; hp_json_kind_of(json) == HP_JSON_ARRAY && i < hp_json_count(json); i++) {
        if (is_document(hp_json_at(json, i), rule))
            return hp_json_get(hp_json_at(json, i), "Logic");
    }
    return NULL;
}

/* The file's JSON, the caller's to end; NULL for a folder, and for what is gone by now. */
static hp_json *
read_documents(const char *path)
{
    hp_bytes bytes;
    hp_json *json;

    if (!hp_file_read(path, 0, HP_RULES_FILE_MAX, &bytes, NULL, NULL))
        return NULL;
    json = hp_json_load_data((hp_str){ bytes.p, bytes.n }, HP_RULES_FILE_MAX, NULL);
    hp_bytes_free(&bytes);
    return json;
}

static void
show_steps(explainer *e, const hp_rule *rule)
{
    hp_node pairs[4] = {
        { .kind = HP_NODE_TEXT, .next = &pairs[1], .str = HP_STR("payload") }, *e->ask.payload,
        { .kind = HP_NODE_TEXT, .next = &pairs[3], .str = HP_STR("external") }, *e->ask.external
    };
    hp_node data = { .kind = HP_NODE_MAP, .count = 2 };
    const hp_json *logic = NULL;
    size_t i;

    pairs[1].next = &pairs[2];
    pairs[3].next = NULL;
    data.child = pairs;
    for (i = 0; logic == NULL && i < e->watch.n; i++) {
        hp_json *json = read_documents(e->watch.files[i].path);

        logic = json == NULL ? NULL : logic_in(json, rule);
        if (logic != NULL)
            hp_rules_steps(logic, &data, &e->arena, stdout);
        hp_json_free(json);
    }
}

/* ---- the rules ----------------------------------------------------------------------------- */

/* An open rule that was never evaluated has no steps, but a reason. */
static const char *
why_unread(const hp_rule *rule)
{
    if (!rule->engine_known)
        return "  (its engine, or a newer version of it, is not this program's)\n";
    if (rule->logic == NULL)
        return "  (its Logic is not well-formed)\n";
    if (!rule->schema_known)
        return "  (its SchemaVersion is not three numbers)\n";
    return NULL;
}

static void
tell(void *context, const hp_rule *rule, hp_rule_result result)
{
    explainer *e = context;
    const char *const languages[] = { e->c->lang, NULL };
    const char *why = why_unread(rule);
    char version[HP_VERSION_TEXT];

    e->accepting = e->accepting || rule->type == HP_ACCEPTANCE;
    hp_rules_version(rule->version, version);
    printf("%s %s: %s: ", rule->identifier, version, hp_rules_result_name(result));
    hp_cli_put_safe(hp_str_of(hp_rule_text(rule, languages)), stdout);
    putchar('\n');
    if (why != NULL)
        fputs(why, stdout);
    else
        show_steps(e, rule);
}

static bool
read_external(explainer *e, const hp_pass *pass, const hp_verdict *verdict, double now)
{
    uint8_t kid[HP_KID_SHOWN];
    hp_str hex = hp_str_of(verdict->kid);
    hp_external said = { .clock = now, .exp = pass->valid_until, .iat = pass->issued,
                         .country = e->ask.country, .region = e->ask.region,
                         .issuer = e->ask.issuer, .format = hp_str_of(verdict->format) };

    if (hp_hex_read(hex, kid))
        said.kid = (hp_str){ kid, hex.n / 2 };
    e->ask.external = hp_rules_external(e->set, &said, &e->arena);
    return e->ask.external != NULL;
}

static int
explain_pass(explainer *e, const hp_pass *pass, const hp_verdict *verdict, double now)
{
    const hp_rule *rule;

    e->ask = (hp_rules_ask){ .clock = now, .country = hp_str_of(e->c->country),
                             .region = hp_str_of(e->c->region == NULL ? "" : e->c->region),
                             .issuer = hp_str_of(verdict->issuer), .type = verdict->kind,
                             .payload = pass->document };
    if (!read_external(e, pass, verdict, now))
        return hp_cli_say(e->self, HP_EXIT_FAULT, "out of memory");
    switch (hp_rules_decide(e->set, &e->ask, &e->arena, tell, e, &rule)) {
    case HP_DECISION_PASSED:
        if (!e->accepting) { /* as gates have it; see law.c */
            printf("together: none, for no acceptance rule applies\n");
            break;
        }
        printf("together: passed\n");
        return HP_EXIT_OK;
    case HP_DECISION_FAILED:
        printf("together: failed, by %s\n", rule->identifier);
        break;
    case HP_DECISION_OPEN:
        printf("together: open, by %s\n", rule->identifier);
        break;
    case HP_DECISION_NONE:
        printf("together: none, for no rule applies\n");
        break;
    }
    return HP_EXIT_REFUSED;
}

/* ---- the pass ------------------------------------------------------------------------------ */

static int
explain_text(explainer *e, const char *name, hp_str text)
{
    double now = isnan(e->c->at) ? hp_cli_now() : e->c->at;
    hp_pass pass = { .document = NULL };
    hp_verdict verdict;
    hp_ask ask = { .text = text, .now = now, .any_now = true, .keys = e->keys, .keep = &pass };
    int status;

    (void)hp_verify(e->policy, &ask, &e->memory, &verdict);
    if (verdict.kind != '\0' && pass.document != NULL)
        status = explain_pass(e, &pass, &verdict, now);
    else
        status = hp_cli_say(e->self, hp_reason_is_fault(verdict.reason) ? HP_EXIT_FAULT
                                                                        : HP_EXIT_REFUSED,
                            "%s: is not shown to be genuine: %s", name,
                            hp_reason_name(verdict.reason));
    hp_done(&e->memory);
    return status;
}

static int
explain_file(explainer *e, const char *path)
{
    size_t n = 0;
    hp_input input = hp_input_file(path, e->bytes, &n);
    int status;

    if (input == HP_INPUT_FAILED)
        return hp_cli_say(e->self, HP_EXIT_FAULT, "%s: %s", path, strerror(errno));
    if (input == HP_INPUT_PASS)
        status = explain_text(e, path, (hp_str){ e->bytes, n });
    else
        status = hp_cli_say(e->self, HP_EXIT_REFUSED, "%s: is too long for a pass", path);
    hp_wipe(e->bytes, n);
    return status;
}

/* The record says who asked, never what was shown. */
static void
note_holder_shown(void)
{
    openlog("healthpassctl", LOG_PID, LOG_AUTHPRIV);
    syslog(LOG_NOTICE, "rules explain --show-holder by uid %lu", (unsigned long)getuid());
    closelog();
}

static int
explain(explainer *e, const char *path)
{
    void *arena = malloc(HP_RULES_ARENA);
    int status;

    e->memory = (hp_memory){ .p = malloc(HP_MEMORY), .n = HP_MEMORY };
    e->bytes = malloc(HP_INPUT_ROOM);
    e->keys = hp_keys_new(HP_KEYS);
    if (arena == NULL || e->memory.p == NULL || e->bytes == NULL || e->keys == NULL)
        status = hp_cli_say(e->self, HP_EXIT_FAULT, "out of memory");
    else {
        e->arena = hp_arena_over(arena, HP_RULES_ARENA);
        note_holder_shown();
        status = explain_file(e, path);
        hp_wipe(arena, e->arena.used);
    }
    free(arena);
    free(e->memory.p);
    free(e->bytes);
    hp_keys_free(e->keys);
    return status;
}

/* ---- start --------------------------------------------------------------------------------- */

static const char *
complaint(const choices *c, const hp_cli_texts *files)
{
    if (!c->show_holder)
        return "it shows what the pass says: --show-holder must be said";
    if (c->rules == NULL)
        return "--rules DIR is missing";
    if (c->country == NULL)
        return "--country CC is missing";
    if (!hp_rules_is_country(c->country))
        return "--country: expected two capital letters";
    if (c->policy != NULL && c->trust.n != 0)
        return "either --policy or --trust";
    if (files->n != 1)
        return "expected one PASS";
    return NULL;
}

static int
start(const hp_cli_command *self, const choices *c, const hp_cli_texts *files)
{
    explainer e = { .self = self, .c = c };
    const char *wrong = complaint(c, files);
    hp_error error;
    hp_load loaded;
    int status = HP_EXIT_FAULT;

    if (wrong != NULL)
        return hp_cli_say(self, HP_EXIT_USAGE, "%s", wrong);
    e.set = hp_rules_load(self, c->rules, NULL, &e.watch);
    if (e.set != NULL) {
        loaded = c->trust.n != 0
            ? hp_policy_trusting(c->trust.text, c->trust.n, hp_trusting, false, &e.policy, &error)
            : hp_policy_load(c->policy == NULL ? POLICY : c->policy, HP_DOOR_NONE, &e.policy,
                             &error);
        status = loaded == HP_LOAD_OK ? explain(&e, files->text[0])
                                      : hp_cli_say(self, HP_EXIT_FAULT, "%s", error.text);
    }
    hp_policy_free(e.policy);
    hp_ruleset_free(e.set);
    hp_watch_free(&e.watch);
    return status;
}

static int
run(const hp_cli_command *self, int argc, char **argv)
{
    choices c = { .at = NAN, .lang = "en" };
    hp_cli_texts files = { NULL, 0 };
    int status;

    if (hp_cli_parse(self, argc, argv, &c, &files, &status))
        status = start(self, &c, &files);
    hp_cli_texts_free(&c.trust);
    hp_cli_texts_free(&files);
    return status;
}

const hp_cli_command hp_cli_rules_explain = {
    .name = "rules explain",
    .summary = "Shows what each rule read in a pass, and what came of it",
    .usage = "--rules DIR --country CC [--region R]\n"
             "           [--policy F | --trust P ...] [--at TIME] [--lang L] --show-holder PASS",
    .notes = "PASS is a file.  It must be genuine; that it is expired, or refused for another\n"
             "reason, does not matter here.  Below each rule stand its operations, with the\n"
             "operands that are written in them (_: another operation, below) and the value that\n"
             "came out.  What was not looked at is left out.\n"
             "\n"
             "Exit: 0 the rules are met, 1 they are not, or the pass is not shown to be genuine,\n"
             "2 usage, 3 fault.\n",
    .options = options,
    .operands = true,
    .run = run,
};
