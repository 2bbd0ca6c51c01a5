/*
 * revoke status: what is in revocation indexes, how old it is, and whether they are whole.
 * Reads only.
 */
#include "cli/cli.h"
#include "cli/revoke_report.h"

typedef struct {
    bool verify, json;
} choices;

static const hp_cli_option options[] = {
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
    double now;
    bool first;
} run_of;

static void
show_json(run_of *r, const char *path, const hp_index *index)
{
    hp_json *json = hp_revoke_report_head_json(path, index, r->now), *sources = hp_json_array();
    size_t i;

    if (r->c->verify)
        hp_json_set_bool(json, "verified", true);
    for (i = 0; i < hp_index_sources(index); i++)
        hp_json_add(sources, hp_revoke_report_json(index, i, r->now));
    hp_json_set(json, "sources", sources);
    hp_json_add(r->indexes, json);
}

static void
show_text(run_of *r, const char *path, const hp_index *index)
{
    size_t i;

    if (!r->first)
        putchar('\n');
    r->first = false;
    hp_revoke_report_head(path, index, r->now, stdout);
    if (r->c->verify)
        puts("  verified: it is whole, as it was made");
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
show_all(run_of *r, const hp_cli_texts *paths)
{
    int status = HP_EXIT_OK, one;
    hp_json *json;
    size_t i;

    r->indexes = r->c->json ? hp_json_array() : NULL;
    for (i = 0; i < paths->n; i++) {
        one = show(r, paths->text[i]);
        status = one != HP_EXIT_OK ? one : status;
    }
    if (!r->c->json)
        return status;
    json = hp_json_object();
    hp_json_set(json, "indexes", r->indexes);
    if (!hp_json_print(json, stdout))
        status = hp_cli_say(r->self, HP_EXIT_FAULT, "out of memory");
    hp_json_free(json);
    return status;
}

static int
start(const hp_cli_command *self, const choices *c, const hp_cli_texts *paths)
{
    run_of r = { .self = self, .c = c, .now = hp_cli_now(), .first = true };
    int status;

    if (paths->n == 0)
        return hp_cli_say(self, HP_EXIT_USAGE, "INDEX is missing: what to look at");
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
    choices c = { .verify = false };
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
    .usage = "[--verify] [--json] INDEX ...",
    .notes = "A list is old after 24 hours and stale after 48, by the ages that gates have by\n"
             "default.\n"
             "\n"
             "Exit: 0 shown, 2 usage, 3 fault (an index that cannot be read, or is damaged).\n",
    .options = options,
    .operands = true,
    .run = run,
};
