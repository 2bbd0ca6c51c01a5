/*
 * ledger top: which passes were shown for the most different ones.
 *
 * A pass is called what logs call it today.  The row does not tell by which identity key of a ring
 * it was kept: then there is one id for each of them, and one of these is in the logs.
 */
#include "base/hex.h"
#include "base/time.h"
#include "cli/fetch.h"
#include "cli/ledger_rows.h"
#include "cli/policy_file.h"
#include "cli/revoke.h"
#include "codec/json.h"

typedef struct {
    const char *policy, *from;
    long n;
    int door; /* of hp_cli_doors; -1: not given */
    bool json;
} choices;

static const hp_cli_option options[] = {
    { .name = "--policy", .value = "F", .kind = HP_CLI_TEXT, .at = offsetof(choices, policy),
      .help = "whose ledger it is (" HP_REVOKE_POLICY ")" },
    { .name = "--door", .value = "web|pam", .kind = HP_CLI_CHOICE, .words = hp_cli_doors,
      .at = offsetof(choices, door),
      .help = "with the policy's group of that name" },
    { .name = "--from", .value = "URL", .kind = HP_CLI_TEXT, .at = offsetof(choices, from),
      .help = "where nginx shows its own (healthpass_status top)" },
    { .name = "-n", .value = "N", .kind = HP_CLI_NUMBER, .min = 1, .max = 1000000,
      .at = offsetof(choices, n),
      .help = "how many passes (20)" },
    { .name = "--json", .kind = HP_CLI_FLAG, .at = offsetof(choices, json),
      .help = "one JSON object" },
    { .name = NULL },
};

/* One run. */
typedef struct {
    const hp_cli_command *self;
    const choices *c;
    hp_policy *policy;
    double now;
} run_of;

static bool
shown(const run_of *r, size_t nth, const hp_ledger_row *row, char text[HP_HEX_TEXT(HP_ID)])
{
    uint8_t id[HP_ID];

    if (!hp_ledger_shown(r->policy, nth, (uint64_t)(r->now / 86400), row, id))
        return false;
    hp_hex_write((hp_str){ id, HP_ID }, text);
    return true;
}

/* ---- for people ------------------------------------------------------------------------------ */

static bool
put_row(const run_of *r, const hp_ledger_row *row)
{
    char id[HP_HEX_TEXT(HP_ID)], ends[HP_TIME_TEXT];
    size_t i;

    if (!shown(r, 0, row, id))
        return false;
    hp_time_write(row->ends, ends);
    printf("%5u%s shown for, %u with a place, until %s  pass=%s\n", row->count,
           row->count >= HP_USE_SLOTS ? "+" : " ", row->places, ends, id);
    for (i = 1; i < r->policy->n_identities; i++) {
        if (!shown(r, i, row, id))
            return false;
        printf("%*s or pass=%s, by key %zu of the ring\n", 52, "", id, i + 1);
    }
    return true;
}

/* ---- for scripts ----------------------------------------------------------------------------- */

static hp_json *
ids_json(const run_of *r, const hp_ledger_row *row)
{
    hp_json *ids = hp_json_array();
    char id[HP_HEX_TEXT(HP_ID)];
    size_t i;

    for (i = 0; i < r->policy->n_identities; i++)
        hp_json_add(ids, shown(r, i, row, id) ? hp_json_of_text(hp_str_of(id)) : NULL);
    return ids;
}

static hp_json *
row_json(const run_of *r, const hp_ledger_row *row)
{
    hp_json *json = hp_json_object();
    char ends[HP_TIME_TEXT];

    hp_time_write(row->ends, ends);
    hp_json_set(json, "pass_ids", ids_json(r, row));
    hp_json_set_int(json, "count", row->count);
    hp_json_set_int(json, "places", row->places);
    hp_json_set_text(json, "ends", hp_str_of(ends));
    return json;
}

static bool
print_json(const run_of *r, const hp_ledger_rows *rows, size_t n, const char *name)
{
    hp_json *json = hp_json_object(), *all = hp_json_array();
    bool good;
    size_t i;

    for (i = 0; i < n; i++)
        hp_json_add(all, row_json(r, &rows->all[i]));
    hp_json_set_text(json, "ledger", hp_str_of(name));
    hp_json_set_int(json, "passes", (long long)rows->n);
    hp_json_set(json, "top", all);
    good = hp_json_print(json, stdout);
    hp_json_free(json);
    return good;
}

/* ---- start ----------------------------------------------------------------------------------- */

static bool
print(const run_of *r, const hp_ledger_rows *rows, size_t n, const char *name)
{
    size_t i = 0;

    if (r->c->json)
        return print_json(r, rows, n, name);
    while (i < n && put_row(r, &rows->all[i]))
        i++;
    if (i < n)
        return false;
    hp_cli_put_safe(hp_str_of(name), stdout);
    printf(": %zu pass%s\n", rows->n, rows->n == 1 ? "" : "es");
    return true;
}

static int
top(const run_of *r)
{
    size_t most = (size_t)r->c->n;
    char name[HP_LEDGER_NAMED];
    hp_ledger_rows rows;
    hp_error error;
    int status = HP_EXIT_OK;

    if (!hp_policy_can_count(r->policy))
        return hp_cli_say(r->self, HP_EXIT_FAULT, "%s: names no identity_key, without which no "
                          "pass is counted", r->c->policy);
    if (!hp_ledger_rows_read(r->policy, r->c->from, r->now, &rows, &error))
        status = hp_cli_say(r->self, HP_EXIT_FAULT, "%s", error.text);
    else if (!print(r, &rows, rows.n < most ? rows.n : most,
                    hp_ledger_named(r->policy, r->c->from, name)))
        status = hp_cli_say(r->self, HP_EXIT_FAULT, "out of memory, or crypto failed");
    hp_ledger_rows_free(&rows);
    return status;
}

static int
run(const hp_cli_command *self, int argc, char **argv)
{
    choices c = { .policy = HP_REVOKE_POLICY, .n = 20, .door = -1 };
    run_of r = { .self = self, .c = &c, .now = hp_cli_now() };
    hp_policy_from from = { .without_lists = true };
    hp_error error;
    int status;

    if (!hp_cli_parse(self, argc, argv, &c, NULL, &status))
        return status;
    if (c.from != NULL && !hp_fetch_can(c.from))
        return hp_cli_say(self, HP_EXIT_USAGE, "--from: expected an https:// URL, or http:// with "
                          "127.0.0.1, [::1] or localhost");
    from.path = c.policy;
    from.door = hp_cli_door(c.door);
    if (hp_policy_load_watched(&from, NULL, &r.policy, NULL, &error) != HP_LOAD_OK)
        return hp_cli_say(self, HP_EXIT_FAULT, "%s", error.text);
    status = top(&r);
    hp_policy_free(r.policy);
    return status;
}

const hp_cli_command hp_cli_ledger_top = {
    .name = "ledger top",
    .summary = "Shows the passes that were shown for the most different ones",
    .usage = "[--policy F] [--door web|pam] [--from URL] [-n N] [--json]",
    .notes = "For how many different ones each was shown within the window, how many of them have\n"
             "a place within the limit, until when the last of them counts, and what logs call\n"
             "the pass today: revoke add --pass-id takes that.  No personal data is in a ledger.\n"
             "\n"
             "Exit: 0 shown, 2 usage, 3 fault.\n",
    .options = options,
    .run = run,
};
