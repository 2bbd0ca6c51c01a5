/* revoke remove: takes blocks out of the deny list. */
#include "cli/revoke.h"

#include <syslog.h>
#include <unistd.h>

typedef struct {
    hp_revoke_what what;
} choices;

static const hp_cli_option options[] = {
    { .name = "--pass", .value = "FILE", .kind = HP_CLI_TEXT, .at = offsetof(choices, what.pass),
      .help = "this pass, which must be genuine; - for a line of standard input" },
    { .name = "--token-only", .kind = HP_CLI_FLAG, .at = offsetof(choices, what.token_only),
      .help = "of the pass only this signature" },
    { .name = "--any", .kind = HP_CLI_FLAG, .at = offsetof(choices, what.any),
      .help = "also of a pass that is not shown to be genuine" },
    { .name = "--trust", .value = "P", .kind = HP_CLI_TEXTS, .at = offsetof(choices, what.trust),
      .help = "whose passes are genuine, in place of the policy's; repeatable" },
    { .name = "--uci", .value = "T", .kind = HP_CLI_TEXT, .at = offsetof(choices, what.uci),
      .help = "this certificate identifier; - for a line of standard input" },
    { .name = "--hash", .value = "[KIND:]H", .kind = HP_CLI_TEXTS,
      .at = offsetof(choices, what.hashes),
      .help = "this key, as revoke list --full shows it; repeatable" },
    { .name = "--uci-prefix", .value = "T", .kind = HP_CLI_TEXT,
      .at = offsetof(choices, what.prefix),
      .help = "exactly this beginning of identifiers" },
    { .name = "--policy", .value = "F", .kind = HP_CLI_TEXT, .at = offsetof(choices, what.policy),
      .help = "whose deny_list it is (" HP_REVOKE_POLICY ")" },
    { .name = "--deny-list", .value = "FILE", .kind = HP_CLI_TEXT,
      .at = offsetof(choices, what.list),
      .help = "the list itself" },
    { .name = NULL },
};

static bool
is_among(const hp_blocks *blocks, const hp_block *block)
{
    size_t i = 0;

    while (i < blocks->n && !hp_block_same(&blocks->all[i], block))
        i++;
    return i < blocks->n;
}

/* How many of the list were taken out. */
static size_t
take_out(hp_blocks *list, const hp_blocks *which)
{
    size_t i, before = list->n, n = 0;

    for (i = 0; i < before; i++) {
        if (!is_among(which, &list->all[i]))
            list->all[n++] = list->all[i];
    }
    list->n = n;
    return before - n;
}

static void
report(const hp_deny_where *where, size_t n)
{
    char count[HP_REVOKE_COUNT];

    printf("unblocked: %s, in ", hp_revoke_count(n, count));
    hp_cli_put_safe(hp_str_of(hp_deny_where_name(where)), stdout);
    putchar('\n');
    openlog("healthpassctl", LOG_PID, LOG_AUTH);
    syslog(LOG_NOTICE, "revoke remove: %s by uid %lu", count, (unsigned long)getuid());
    closelog();
}

/* One run. */
typedef struct {
    const hp_blocks *which;
    size_t n; /* taken out */
} removal;

static hp_edit
edit(void *context, hp_blocks *blocks)
{
    removal *r = context;

    r->n = take_out(blocks, r->which);
    return r->n > 0 ? HP_EDIT_WRITE : HP_EDIT_LEAVE;
}

static int
change(const hp_cli_command *self, const hp_deny_where *where, const hp_blocks *which)
{
    removal r = { .which = which };
    hp_deny_changed changed;
    hp_error error;

    if (!hp_deny_where_change(where, edit, &r, hp_cli_now(), &changed, &error))
        return hp_cli_say(self, HP_EXIT_FAULT, "%s", error.text);
    if (r.n == 0)
        return hp_cli_say(self, HP_EXIT_REFUSED, "%s: nothing of that is blocked",
                          hp_deny_where_name(where));
    report(where, r.n);
    if (where->shared == NULL)
        (void)hp_cli_warn_closed(self, where->path);
    return HP_EXIT_OK;
}

static int
remove_blocks(const hp_cli_command *self, const hp_revoke_what *what)
{
    const char *wrong = hp_revoke_complaint(what);
    hp_blocks which = { NULL, 0, 0 };
    hp_deny_where where;
    int status;

    if (wrong != NULL)
        return hp_cli_say(self, HP_EXIT_USAGE, "%s", wrong);
    if (!hp_revoke_where(self, what, &where))
        return HP_EXIT_FAULT;
    status = hp_revoke_blocks(self, what, &which);
    if (status == HP_EXIT_OK)
        status = change(self, &where, &which);
    hp_blocks_free(&which);
    hp_deny_where_free(&where);
    return status;
}

static int
run(const hp_cli_command *self, int argc, char **argv)
{
    choices c = { .what = { .removing = true } };
    int status;

    if (hp_cli_parse(self, argc, argv, &c, NULL, &status))
        status = remove_blocks(self, &c.what);
    hp_cli_texts_free(&c.what.hashes);
    hp_cli_texts_free(&c.what.trust);
    return status;
}

const hp_cli_command hp_cli_revoke_remove = {
    .name = "revoke remove",
    .summary = "Takes blocks out of the deny list",
    .usage = "--pass FILE | --uci T | --uci-prefix T | --hash [KIND:]H ...\n"
             "           [--policy F | --deny-list FILE]",
    .notes = "Names what is to be unblocked as revoke add does.  A hash without a KIND is taken\n"
             "out whatever kind it is of.\n"
             "\n"
             "Exit: 0 unblocked, 1 nothing of that is blocked, or the pass is not genuine,\n"
             "2 usage, 3 fault.\n",
    .options = options,
    .run = run,
};
