/*
 * revoke status: what is in revocation indexes, how old it is, and whether they are whole; or
 * what a policy goes by, as its gates judge it.  Reads only.
 */
#include "cli/cli.h"
#include "cli/policy_file.h"
#include "cli/revoke_report.h"
#include "cli/withdrawn.h"
#include "policy/policy.h"

typedef struct {
    bool verify, json;
    const char *policy;
    int door; /* of hp_cli_doors; -1: not given */
} choices;

static const hp_cli_option options[] = {
    { .name = "--policy", .value = "F", .kind = HP_CLI_TEXT, .at = offsetof(choices, policy),
      .help = "the indexes and the deny list that this policy names" },
    { .name = "--door", .value = "web|pam", .kind = HP_CLI_CHOICE, .words = hp_cli_doors,
      .at = offsetof(choices, door),
      .help = "with the policy's group of that name" },
    { .name = "--verify", .kind = HP_CLI_FLAG, .at = offsetof(choices, verify),
      .help = "read all of each, and look whether it is as it was made" },
    { .name = "--json", .kind = HP_CLI_FLAG, .at = offsetof(choices, json),
      .help = "one JSON object" },
    { .name = NULL },
};

/* One run. */
typedef struct {
    const hp_cli_command *self;
    const choices *c;
    hp_crypto *crypto;
    hp_json *indexes; /* NULL: for people */
    hp_json *withdrawn; /* of a policy */
    double now;
    bool first;
} run_of;

static hp_json *
head_json(const run_of *r, const char *path, const hp_index *index)
{
    hp_json *json = hp_revoke_report_head_json(path, index, r->now);

    if (r->c->verify)
        hp_json_set_bool(json, "verified", true);
    return json;
}

static void
show_json(run_of *r, const char *path, const hp_index *index)
{
    hp_json *json = head_json(r, path, index), *sources = hp_json_array();
    size_t i;

    for (i = 0; i < hp_index_sources(index); i++)
        hp_json_add(sources, hp_revoke_report_json(index, i, r->now));
    hp_json_set(json, "sources", sources);
    hp_json_add(r->indexes, json);
}

static void
put_head(const run_of *r, const char *path, const hp_index *index)
{
    hp_revoke_report_head(path, index, r->now, stdout);
    if (r->c->verify)
        puts("  verified: it is whole, as it was made");
}

static void
show_text(run_of *r, const char *path, const hp_index *index)
{
    size_t i;

    if (!r->first)
        putchar('\n');
    r->first = false;
    put_head(r, path, index);
    for (i = 0; i < hp_index_sources(index); i++) {
        putchar('\n');
        hp_revoke_report(index, i, r->now, stdout);
    }
}

static int
show(run_of *r, const char *path)
{
    hp_error error;
    hp_index *index = hp_index_open(r->crypto, path, 0, NULL, &error);
    bool whole = index != NULL && (!r->c->verify || hp_index_check(r->crypto, index, &error));

    if (whole && r->c->json)
        show_json(r, path, index);
    else if (whole)
        show_text(r, path, index);
    hp_index_close(index);
    return whole ? HP_EXIT_OK : hp_cli_say(r->self, HP_EXIT_FAULT, "%s", error.text);
}

/* What is left is shown all the same. */
static int
show_paths(run_of *r, const hp_cli_texts *paths)
{
    int status = HP_EXIT_OK, one;
    size_t i;

    for (i = 0; i < paths->n; i++) {
        one = show(r, paths->text[i]);
        status = one != HP_EXIT_OK ? one : status;
    }
    return status;
}

/* ---- of a policy --------------------------------------------------------------------------- */

/* An index that is in force; what is in it is told with the lists. */
static int
show_held(run_of *r, const hp_policy *policy, size_t nth)
{
    const hp_index *index = policy->lists.revocation.indexes[nth];
    const char *path = policy->lists.indexes[nth].path;
    hp_error error;

    if (r->c->verify && !hp_index_check(r->crypto, index, &error))
        return hp_cli_say(r->self, HP_EXIT_FAULT, "%s", error.text);
    if (r->c->json)
        hp_json_add(r->indexes, head_json(r, path, index));
    else
        put_head(r, path, index);
    return HP_EXIT_OK;
}

static int
show_policy(run_of *r)
{
    hp_door door = hp_cli_door(r->c->door);
    int status = HP_EXIT_OK, one;
    hp_policy *policy;
    hp_error error;
    size_t i;

    if (hp_policy_load(r->c->policy, door, &policy, &error) != HP_LOAD_OK)
        return hp_cli_say(r->self, HP_EXIT_FAULT, "%s", error.text);
    for (i = 0; i < policy->lists.revocation.n; i++) {
        one = show_held(r, policy, i);
        status = one != HP_EXIT_OK ? one : status;
    }
    if (r->c->json)
        r->withdrawn = hp_withdrawn_json(policy, r->now);
    else
        hp_withdrawn_put(policy, r->now, stdout);
    if (!r->c->json && !hp_policy_has_lists(policy))
        puts("the policy names no index (revoked) and no deny_list");
    hp_policy_free(policy);
    return status;
}

/* ---- start --------------------------------------------------------------------------------- */

static int
show_all(run_of *r, const hp_cli_texts *paths)
{
    hp_json *json;
    int status;

    r->indexes = r->c->json ? hp_json_array() : NULL;
    status = r->c->policy != NULL ? show_policy(r) : show_paths(r, paths);
    if (!r->c->json)
        return status;
    json = hp_json_object();
    hp_json_set(json, "indexes", r->indexes);
    if (r->withdrawn != NULL)
        hp_json_set(json, "withdrawn", r->withdrawn);
    if (!hp_json_print(json, stdout))
        status = hp_cli_say(r->self, HP_EXIT_FAULT, "out of memory");
    hp_json_free(json);
    return status;
}

static const char *
complaint(const choices *c, const hp_cli_texts *paths)
{
    if (c->policy == NULL && c->door >= 0)
        return "--door goes with --policy";
    if (c->policy == NULL && paths->n == 0)
        return "INDEX is missing: what to look at (or --policy)";
    if (c->policy != NULL && paths->n > 0)
        return "either INDEX or --policy";
    return NULL;
}

static int
start(const hp_cli_command *self, const choices *c, const hp_cli_texts *paths)
{
    run_of r = { .self = self, .c = c, .now = hp_cli_now(), .first = true };
    const char *wrong = complaint(c, paths);
    int status;

    if (wrong != NULL)
        return hp_cli_say(self, HP_EXIT_USAGE, "%s", wrong);
    r.crypto = hp_crypto_new();
    if (r.crypto == NULL)
        return hp_cli_say(self, HP_EXIT_FAULT, "no memory, or OpenSSL offers no SHA-256");
    status = show_all(&r, paths);
    hp_crypto_free(r.crypto);
    return status;
}

static int
run(const hp_cli_command *self, int argc, char **argv)
{
    choices c = { .door = -1 };
    hp_cli_texts paths = { NULL, 0 };
    int status;

    if (hp_cli_parse(self, argc, argv, &c, &paths, &status))
        status = start(self, &c, &paths);
    hp_cli_texts_free(&paths);
    return status;
}

const hp_cli_command hp_cli_revoke_status = {
    .name = "revoke status",
    .summary = "Tells what is in revocation indexes, and how old it is",
    .usage = "[--verify] [--json] INDEX ... | --policy F [--door web|pam]",
    .notes = "A list is old after 24 hours and stale after 48, by the ages that gates have by\n"
             "default; of a policy's lists each is judged by the policy, those that it requires\n"
             "and that are in no index too, and behind them comes its deny list.\n"
             "\n"
             "Exit: 0 shown, 2 usage, 3 fault (an index that cannot be read, or is damaged).\n",
    .options = options,
    .operands = true,
    .run = run,
};
