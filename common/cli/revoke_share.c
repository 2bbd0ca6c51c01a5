/*
 * revoke share: says which deny list a fleet is to have from now on.
 *
 * For the beginning, and for when Redis and the machines do not agree: Redis lost its list, or came
 * back with an old one.  What is chosen becomes the newest, and every machine takes it.
 */
#include "cli/revoke.h"


#include <syslog.h>
#include <unistd.h>

typedef struct {
    hp_revoke_what what;
    const char *file;
    int from; /* of froms; -1: not given */
} choices;

static const char *const froms[] = { "copy", "redis", "nothing", NULL };
enum { FROM_COPY, FROM_REDIS, FROM_NOTHING };

static const hp_cli_option options[] = {
    { .name = "--from", .value = "copy|redis|nothing", .kind = HP_CLI_CHOICE, .words = froms,
      .at = offsetof(choices, from),
      .help = "this machine's copy, what Redis has, or a list without a block" },
    { .name = "--file", .value = "FILE", .kind = HP_CLI_TEXT, .at = offsetof(choices, file),
      .help = "this deny list" },
    { .name = "--policy", .value = "F", .kind = HP_CLI_TEXT, .at = offsetof(choices, what.policy),
      .help = "whose deny_list it is (" HP_REVOKE_POLICY ")" },
    { .name = NULL },
};

/* The blocks of the list that was chosen.  False with *error. */
static bool
choose(const choices *c, const hp_deny_where *where, hp_blocks *blocks, hp_error *error)
{
    hp_deny *deny;
    bool good;

    if (c->file == NULL && c->from == FROM_NOTHING)
        return true;
    if (c->file == NULL && c->from == FROM_REDIS)
        deny = hp_deny_where_read(where, error);
    else
        deny = hp_deny_file_read(c->file != NULL ? c->file : where->path, HP_FILE_OWNED, error);
    good = deny != NULL && hp_blocks_take(blocks, deny);
    if (deny != NULL && !good)
        hp_error_set(error, "out of memory");
    hp_deny_free(deny);
    return good;
}

static int
report(const hp_deny_where *where, size_t n, uint64_t number)
{
    char count[HP_REVOKE_COUNT];

    printf("shared: %s, in ", hp_revoke_count(n, count));
    hp_cli_put_safe(hp_str_of(where->shared), stdout);
    printf(", as the list number %ju\n", (uintmax_t)number);
    openlog("healthpassctl", LOG_PID, LOG_AUTH);
    syslog(LOG_NOTICE, "revoke share: %s by uid %lu", count, (unsigned long)getuid());
    closelog();
    return HP_EXIT_OK;
}

static int
share(const hp_cli_command *self, const choices *c, const hp_deny_where *where)
{
    hp_blocks blocks = { NULL, 0, 0 };
    uint64_t number;
    hp_error error;
    bool good;

    good = choose(c, where, &blocks, &error) &&
           hp_deny_where_replace(where, &blocks, hp_cli_now(), &number, &error);
    if (good)
        (void)report(where, blocks.n, number);
    hp_blocks_free(&blocks);
    return good ? HP_EXIT_OK : hp_cli_say(self, HP_EXIT_FAULT, "%s", error.text);
}

static int
run(const hp_cli_command *self, int argc, char **argv)
{
    choices c = { .from = -1 };
    hp_deny_where where;
    int status;

    if (!hp_cli_parse(self, argc, argv, &c, NULL, &status))
        return status;
    if ((c.from >= 0) + (c.file != NULL) != 1)
        return hp_cli_say(self, HP_EXIT_USAGE, "expected one of --from and --file: which list is "
                          "right");
    if (!hp_revoke_where(self, &c.what, &where))
        return HP_EXIT_FAULT;
    status = where.shared != NULL
                 ? share(self, &c, &where)
                 : hp_cli_say(self, HP_EXIT_FAULT, "%s: is a file of this machine, and shared with "
                              "nobody: expected a policy whose deny_list is in Redis", where.path);
    hp_deny_where_free(&where);
    return status;
}

const hp_cli_command hp_cli_revoke_share = {
    .name = "revoke share",
    .summary = "Says which deny list all machines of a fleet are to have",
    .usage = "--from copy|redis|nothing | --file FILE  [--policy F]",
    .notes = "Puts the list into Redis as the newest one, above what Redis has and above this\n"
             "machine's copy.  What is not in it is unblocked everywhere.\n"
             "\n"
             "Exit: 0 Redis has it, 2 usage, 3 fault.\n",
    .options = options,
    .run = run,
};
