/* revoke list: what is blocked here, the latest last. */
#include "cli/revoke.h"

#include "base/hex.h"
#include "base/time.h"
#include "codec/json.h"

#include <stdlib.h>

#define HASH_SHOWN 8 /* hexadecimal digits, enough to tell blocks apart */

typedef struct {
    hp_revoke_what what;
    bool full, json;
} choices;

static const hp_cli_option options[] = {
    { .name = "--full", .kind = HP_CLI_FLAG, .at = offsetof(choices, full),
      .help = "all digits of each hash, as revoke remove --hash takes them" },
    { .name = "--json", .kind = HP_CLI_FLAG, .at = offsetof(choices, json),
      .help = "one JSON object" },
    { .name = "--policy", .value = "F", .kind = HP_CLI_TEXT, .at = offsetof(choices, what.policy),
      .help = "whose deny_list it is (" HP_REVOKE_POLICY ")" },
    { .name = "--deny-list", .value = "FILE", .kind = HP_CLI_TEXT,
      .at = offsetof(choices, what.list),
      .help = "the list itself" },
    { .name = NULL },
};

/* A block, as it is shown. */
typedef struct {
    char kind[16], hash[HP_HEX_TEXT(HP_LISTED)], added[HP_TIME_TEXT], until[HP_TIME_TEXT];
    bool ends, ended;
} shown;

static shown
show(const hp_block *block, bool full, double now)
{
    shown s = { .ends = block->until < HP_TIME_LAST, .ended = block->until <= now };

    if (block->kind == 'P')
        (void)snprintf(s.kind, sizeof(s.kind), "P%u", block->length);
    else
        s.kind[0] = block->kind;
    hp_hex_write((hp_str){ block->hash, HP_LISTED }, s.hash);
    if (!full)
        s.hash[HASH_SHOWN] = '\0';
    hp_time_write(block->added, s.added);
    hp_time_write(block->until, s.until);
    return s;
}

static void
print_line(const hp_block *block, bool full, double now)
{
    shown s = show(block, full, now);

    printf("%-4s%s  %s  %-20s  %s%s\n", s.kind, s.hash, s.added, s.ends ? s.until : "-",
           s.ended ? "(ended) " : "", block->reason);
}

static hp_json *
json_of(const hp_block *block, bool full, double now)
{
    shown s = show(block, full, now);
    hp_json *json = hp_json_object();

    hp_json_set_text(json, "kind", hp_str_of(s.kind));
    hp_json_set_text(json, "hash", hp_str_of(s.hash));
    hp_json_set_text(json, "added", hp_str_of(s.added));
    if (s.ends)
        hp_json_set_text(json, "until", hp_str_of(s.until));
    else
        hp_json_set_null(json, "until");
    hp_json_set_bool(json, "ended", s.ended);
    hp_json_set_text(json, "reason", hp_str_of(block->reason));
    return json;
}

static int
print_json(const hp_cli_command *self, const choices *c, const char *path,
           const hp_block *const *blocks, size_t n)
{
    hp_json *json = hp_json_object(), *all = hp_json_array();
    double now = hp_cli_now();
    bool good;
    size_t i;

    for (i = 0; i < n; i++)
        hp_json_add(all, json_of(blocks[i], c->full, now));
    hp_json_set_text(json, "deny_list", hp_str_of(path));
    hp_json_set(json, "blocks", all);
    good = hp_json_print(json, stdout);
    hp_json_free(json);
    return good ? HP_EXIT_OK : hp_cli_say(self, HP_EXIT_FAULT, "out of memory");
}

/* Of one moment in the order of the look-up, in which they lie in memory. */
static int
by_time(const void *a, const void *b)
{
    const hp_block *one = *(const hp_block *const *)a, *other = *(const hp_block *const *)b;

    if (one->added != other->added)
        return one->added < other->added ? -1 : 1;
    return (one > other) - (one < other);
}

static int
print(const hp_cli_command *self, const choices *c, const char *path, const hp_deny *deny)
{
    size_t i, n = hp_deny_count(deny);
    const hp_block **blocks = calloc(n + 1, sizeof(*blocks));
    double now = hp_cli_now();
    int status = HP_EXIT_OK;

    if (blocks == NULL)
        return hp_cli_say(self, HP_EXIT_FAULT, "out of memory");
    for (i = 0; i < n; i++)
        blocks[i] = hp_deny_at(deny, i);
    qsort(blocks, n, sizeof(*blocks), by_time);
    if (c->json)
        status = print_json(self, c, path, blocks, n);
    for (i = 0; !c->json && i < n; i++)
        print_line(blocks[i], c->full, now);
    free(blocks);
    return status;
}

static int
list(const hp_cli_command *self, const choices *c)
{
    hp_deny_where where;
    hp_error error;
    hp_deny *deny;
    int status;

    if (c->what.policy != NULL && c->what.list != NULL)
        return hp_cli_say(self, HP_EXIT_USAGE, "either --policy or --deny-list");
    if (!hp_revoke_where(self, &c->what, &where))
        return HP_EXIT_FAULT;
    deny = hp_deny_where_read(&where, &error);
    status = deny != NULL ? print(self, c, hp_deny_where_name(&where), deny)
                          : hp_cli_say(self, HP_EXIT_FAULT, "%s", error.text);
    hp_deny_free(deny);
    hp_deny_where_free(&where);
    return status;
}

static int
run(const hp_cli_command *self, int argc, char **argv)
{
    choices c = { .full = false };
    int status;

    if (!hp_cli_parse(self, argc, argv, &c, NULL, &status))
        return status;
    return list(self, &c);
}

const hp_cli_command hp_cli_revoke_list = {
    .name = "revoke list",
    .summary = "Shows what is blocked at this place",
    .usage = "[--full] [--json] [--policy F | --deny-list FILE]",
    .notes = "Kind, hash, when it was added, its end and the reason, the latest last.\n"
             "Kinds: S signature, U uci, C country-uci, N proof, R rid, D 2d-doc, L ledger id,\n"
             "I number of a certificate, P beginning of one.\n"
             "\n"
             "Exit: 0 shown, 2 usage, 3 fault.\n",
    .options = options,
    .run = run,
};
