/*
 * check: judges passes just as a door does, and says why.
 *
 * Exit code and JSON members are an interface.  A pass that cannot be a pass is
 * refused; a file that cannot be read is a fault, and the others are judged all the
 * same.  No personal data without --show-holder.
 */
#include "cli/cli.h"
#include "cli/input.h"
#include "cli/policy_file.h"
#include "cli/report.h"
#include "cli/trusting.h"

#include "policy/policy.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <syslog.h>
#include <unistd.h>

#define POLICY "/etc/healthpass/policy.conf"

/* The number behind a macro, as a literal. */
#define TEXT_OF(macro) TEXT_OF_(macro)
#define TEXT_OF_(x)    #x

typedef struct {
    const char *policy; /* NULL: not given */
    int door;           /* of hp_cli_doors; -1: not given */
    const char *rules_set; /* NULL: the policy's */
    hp_cli_texts trust;
    double at, visit; /* NAN: not given */
    bool strict, json, show_holder;
} choices;

static const hp_cli_option options[] = {
    { .name = "--policy", .value = "F", .kind = HP_CLI_TEXT, .at = offsetof(choices, policy),
      .help = "the policy file (" POLICY ")" },
    { .name = "--door", .value = "web|pam", .kind = HP_CLI_CHOICE, .words = hp_cli_doors,
      .at = offsetof(choices, door),
      .help = "with that group of the policy (with none: keys outside groups)" },
    { .name = "--rules-set", .value = "SET", .kind = HP_CLI_TEXT,
      .at = offsetof(choices, rules_set),
      .help = "by that named set of rules, in place of the policy's rules_set" },
    { .name = "--trust", .value = "P", .kind = HP_CLI_TEXTS, .at = offsetof(choices, trust),
      .help = "no policy, just these: folder, store, file of keys, published list; repeatable" },
    { .name = "--at", .value = "TIME", .kind = HP_CLI_TIME, .at = offsetof(choices, at),
      .help = "judge as of that time, RFC 3339 (now)" },
    { .name = "--visit", .value = "TIME", .kind = HP_CLI_TIME, .at = offsetof(choices, visit),
      .help = "the visit is then, not before --at" },
    { .name = "--strict", .kind = HP_CLI_FLAG, .at = offsetof(choices, strict),
      .help = "hold passes to the schema of their own version" },
    { .name = "--json", .kind = HP_CLI_FLAG, .at = offsetof(choices, json),
      .help = "one JSON object a line" },
    { .name = "--show-holder", .kind = HP_CLI_FLAG, .at = offsetof(choices, show_holder),
      .help = "show name and birth date of genuine passes; noted in the system log" },
    { .name = NULL },
};

/* One run: what is judged with, and what came of it so far. */
typedef struct {
    const hp_cli_command *self;
    const choices *c;
    hp_policy *policy;
    hp_memory memory;
    hp_keys *keys;
    uint8_t *bytes; /* HP_INPUT_ROOM of them */
    hp_report_rules rules; /* what they said to the last pass */
    bool refused, fault;
} judge;

static void
report(judge *j, const char *name, const hp_verdict *verdict, const hp_holder *holder)
{
    hp_report r = { .name = name, .verdict = verdict, .rules = &j->rules, .holder = holder,
                    .rule_text = hp_verdict_rule_text(j->policy, verdict, NULL) };

    if (!j->c->json)
        hp_report_words(&r, stdout);
    else if (!hp_report_json(&r, stdout))
        j->fault = true;
    /* A pipe gets each answer as it is given. */
    (void)fflush(stdout);
    j->refused = j->refused || verdict->reason != HP_OK;
    j->fault = j->fault || hp_reason_is_fault(verdict->reason);
}

static void
judge_text(judge *j, const char *name, hp_str text)
{
    hp_pass pass = { .issuer = { NULL, 0 } };
    hp_verdict verdict;
    hp_ask ask = { .text = text,
                   .now = isnan(j->c->at) ? hp_cli_now() : j->c->at,
                   .visit = isnan(j->c->visit) ? 0 : j->c->visit,
                   .want_id = true,
                   .any_now = !isnan(j->c->at) || j->c->trust.n != 0,
                   .keys = j->keys,
                   .keep = j->c->show_holder ? &pass : NULL,
                   .told = hp_report_told, .told_context = &j->rules };

    j->rules.n = 0;
    (void)hp_verify(j->policy, &ask, &j->memory, &verdict);
    report(j, name, &verdict, ask.keep != NULL && verdict.kind != '\0' ? &pass.holder : NULL);
    hp_done(&j->memory);
}

/* The answer to what is not judged as a text. */
static void
answer(judge *j, const char *name, hp_reason reason)
{
    hp_verdict verdict;

    j->rules.n = 0;
    (void)hp_verdict_set(&verdict, reason);
    report(j, name, &verdict, NULL);
}

static void
judge_input(judge *j, const char *name, hp_input input, size_t n)
{
    switch (input) {
    case HP_INPUT_PASS:
        judge_text(j, name, (hp_str){ j->bytes, n });
        break;
    case HP_INPUT_TOO_LONG:
        answer(j, name, HP_TOO_LONG);
        break;
    case HP_INPUT_ENDLESS:
        hp_cli_say(j->self, 0, "%s: has no end within %d MiB, nothing after it is read", name,
                   HP_INPUT_LINE >> 20);
        answer(j, name, HP_FAULT);
        break;
    case HP_INPUT_FAILED:
        hp_cli_say(j->self, 0, "%s: %s", name, strerror(errno));
        answer(j, name, HP_FAULT);
        break;
    case HP_INPUT_END:
        break;
    }
    hp_wipe(j->bytes, n);
}

static void
judge_files(judge *j, const hp_cli_texts *files)
{
    hp_input input;
    size_t i, n;

    for (i = 0; i < files->n; i++) {
        n = 0;
        input = hp_input_file(files->text[i], j->bytes, &n);
        judge_input(j, files->text[i], input, n);
    }
}

/* No line at all is no pass: a script that lost its input must not read "accepted". */
static void
judge_lines(judge *j)
{
    char name[32];
    hp_input input;
    size_t line = 0, n;

    do {
        input = hp_input_line(stdin, j->bytes, &n);
        snprintf(name, sizeof(name), "line %zu", ++line);
        judge_input(j, name, input, n);
    } while (input == HP_INPUT_PASS || input == HP_INPUT_TOO_LONG);
    if (input == HP_INPUT_END && line == 1) {
        hp_cli_say(j->self, 0, "no pass on standard input");
        j->refused = true;
    }
}

/* The record says who asked, never what was shown. */
static void
note_holder_shown(void)
{
    openlog("healthpassctl", LOG_PID, LOG_AUTHPRIV);
    syslog(LOG_NOTICE, "check --show-holder by uid %lu", (unsigned long)getuid());
    closelog();
}

/* ---- start ---------------------------------------------------------------- */

static const char *
complaint(const choices *c)
{
    double now = isnan(c->at) ? hp_cli_now() : c->at;

    if (c->policy != NULL && c->trust.n != 0)
        return "either --policy or --trust";
    if (c->door >= 0 && c->trust.n != 0)
        return "--door goes with a policy, not with --trust";
    if (c->rules_set != NULL && c->trust.n != 0)
        return "--rules-set goes with a policy, not with --trust";
    if (c->trust.n > HP_TRUST_PATHS)
        return "--trust is given more than " TEXT_OF(HP_TRUST_PATHS) " times";
    if (!isnan(c->visit) && c->visit < now)
        return "--visit: expected a time that is not before --at";
    return NULL;
}

static hp_load
load(const choices *c, hp_policy **policy, hp_error *error)
{
    hp_door door = hp_cli_door(c->door);
    hp_load rc;

    if (c->trust.n != 0)
        return hp_policy_trusting(c->trust.text, c->trust.n, hp_trusting, c->strict, policy, error);
    rc = hp_policy_load_set(c->policy == NULL ? POLICY : c->policy, door, c->rules_set, policy,
                            error);
    if (rc == HP_LOAD_OK && c->strict)
        hp_policy_set_strict(*policy);
    return rc;
}

/* --trust says itself what it judges; a policy may be weaker than its owner knows. */
static void
warn(const hp_cli_command *self, const choices *c, const hp_policy *policy)
{
    double now = isnan(c->at) ? hp_cli_now() : c->at;
    const char *warning;
    hp_error text;
    size_t i;

    for (i = 0; hp_policy_due(policy, now, i, &text) != HP_AGE_FRESH; i++)
        hp_cli_say(self, 0, "warning: %s", text.text);
    for (i = 0; c->trust.n == 0 && (warning = hp_policy_warning(policy, i)) != NULL; i++)
        hp_cli_say(self, 0, "warning: %s", warning);
}

static int
judge_all(judge *j, const hp_cli_texts *files)
{
    j->memory = (hp_memory){ .p = malloc(HP_MEMORY), .n = HP_MEMORY };
    j->bytes = malloc(HP_INPUT_ROOM);
    j->keys = hp_keys_new(HP_KEYS);
    if (j->memory.p == NULL || j->keys == NULL || j->bytes == NULL) {
        j->fault = true;
        hp_cli_say(j->self, 0, "out of memory");
    } else if (files->n != 0)
        judge_files(j, files);
    else
        judge_lines(j);
    free(j->bytes);
    free(j->memory.p);
    hp_keys_free(j->keys);
    return j->fault ? HP_EXIT_FAULT : j->refused ? HP_EXIT_REFUSED : HP_EXIT_OK;
}

static int
check(const hp_cli_command *self, const choices *c, const hp_cli_texts *files)
{
    judge j = { .self = self, .c = c };
    const char *wrong = complaint(c);
    hp_error error;
    int status;

    if (wrong != NULL)
        return hp_cli_say(self, HP_EXIT_USAGE, "%s", wrong);
    if (load(c, &j.policy, &error) != HP_LOAD_OK)
        return hp_cli_say(self, HP_EXIT_FAULT, "%s", error.text);
    if (c->trust.n != 0 && !hp_trusting_withdrawn(self, j.policy, &c->trust, &error)) {
        hp_policy_free(j.policy);
        return hp_cli_say(self, HP_EXIT_FAULT, "%s", error.text);
    }
    warn(self, c, j.policy);
    if (c->show_holder)
        note_holder_shown();
    status = judge_all(&j, files);
    hp_policy_free(j.policy);
    return status;
}

static int
run(const hp_cli_command *self, int argc, char **argv)
{
    choices c = { .door = -1, .at = NAN, .visit = NAN };
    hp_cli_texts files = { NULL, 0 };
    int status;

    if (hp_cli_parse(self, argc, argv, &c, &files, &status))
        status = check(self, &c, &files);
    hp_cli_texts_free(&c.trust);
    hp_cli_texts_free(&files);
    return status;
}

const hp_cli_command hp_cli_check = {
    .name = "check",
    .summary = "Judges passes as the doors do, and says why",
    .usage = "[[--policy F] [--door web|pam] [--rules-set SET] | --trust P ...]\n"
             "           [--at TIME] [--visit TIME] [--strict] [--json] [--show-holder] [FILE ...]",
    .notes = "Each FILE is one pass, byte for byte but for one trailing line end.  Without\n"
             "FILE, standard input holds one pass a line.  --trust judges no content.  To judge\n"
             "just as nginx or PAM does, name the --door: without it, the policy's groups web\n"
             "and pam are left out; and the --rules-set, where the door has one (rules=SET).\n"
             "\n"
             "Exit: 0 all accepted, 1 some refused, 2 usage, 3 fault (a pass, or all, could\n"
             "not be judged).\n",
    .options = options,
    .operands = true,
    .run = run,
};
