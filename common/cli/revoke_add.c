/*
 * revoke add: blocks a pass here and now.
 *
 * "blocked" is said when the list is on the disk, or Redis has it, and not before.
 */
#include "cli/policy_file.h"
#include "cli/revoke.h"

#include "base/time.h"

#include <math.h>
#include <syslog.h>
#include <unistd.h>

typedef struct {
    hp_revoke_what what;
    double until; /* NAN: for ever */
    const char *reason;
} choices;

static const hp_cli_option options[] = {
    { .name = "--pass", .value = "FILE", .kind = HP_CLI_TEXT, .at = offsetof(choices, what.pass),
      .help = "this pass, which must be genuine; - for a line of standard input" },
    { .name = "--token-only", .kind = HP_CLI_FLAG, .at = offsetof(choices, what.token_only),
      .help = "of the pass only this signature, not others of the same certificate" },
    { .name = "--any", .kind = HP_CLI_FLAG, .at = offsetof(choices, what.any),
      .help = "also of a pass that is not shown to be genuine" },
    { .name = "--trust", .value = "P", .kind = HP_CLI_TEXTS, .at = offsetof(choices, what.trust),
      .help = "whose passes are genuine, in place of the policy's; repeatable" },
    { .name = "--uci", .value = "T", .kind = HP_CLI_TEXT, .at = offsetof(choices, what.uci),
      .help = "this certificate identifier; - for a line of standard input" },
    { .name = "--hash", .value = "[KIND:]H", .kind = HP_CLI_TEXTS,
      .at = offsetof(choices, what.hashes),
      .help = "this key, hexadecimal or Base64; repeatable" },
    { .name = "--uci-prefix", .value = "T", .kind = HP_CLI_TEXT,
      .at = offsetof(choices, what.prefix),
      .help = "all certificates whose identifier begins so" },
    { .name = "--pass-id", .value = "ID", .kind = HP_CLI_TEXT,
      .at = offsetof(choices, what.pass_id),
      .help = "the pass that log lines call so, found through the ledger" },
    { .name = "--from", .value = "URL", .kind = HP_CLI_TEXT, .at = offsetof(choices, what.from),
      .help = "where nginx shows its ledger (healthpass_status top)" },
    { .name = "--door", .value = "web|pam", .kind = HP_CLI_CHOICE, .words = hp_cli_doors,
      .at = offsetof(choices, what.door),
      .help = "whose group of the policy names the ledger" },
    { .name = "--days", .value = "N", .kind = HP_CLI_NUMBER, .min = 1, .max = 366,
      .at = offsetof(choices, what.days),
      .help = "how old the line may be, where ids change daily (31)" },
    { .name = "--until", .value = "TIME", .kind = HP_CLI_TIME, .at = offsetof(choices, until),
      .help = "until then, RFC 3339 (for ever)" },
    { .name = "--reason", .value = "TEXT", .kind = HP_CLI_TEXT, .at = offsetof(choices, reason),
      .help = "a note of your own, without personal data" },
    { .name = "--policy", .value = "F", .kind = HP_CLI_TEXT, .at = offsetof(choices, what.policy),
      .help = "whose deny_list it is (" HP_REVOKE_POLICY ")" },
    { .name = "--deny-list", .value = "FILE", .kind = HP_CLI_TEXT,
      .at = offsetof(choices, what.list),
      .help = "the list itself" },
    { .name = NULL },
};

static const char *
complaint(const choices *c)
{
    if (!isnan(c->until) && c->until <= hp_cli_now())
        return "--until: expected a time in the future";
    if (c->reason != NULL && !hp_deny_reason(hp_str_of(c->reason)))
        return "--reason: expected up to 95 printable characters of ASCII, without quotes";
    return hp_revoke_complaint(&c->what);
}

/* What is blocked already is never blocked for a shorter time by that. */
static bool
merge(hp_blocks *list, const hp_block *block, size_t *known)
{
    size_t i = 0;
    hp_block *old;

    while (i < list->n && (!hp_block_same(&list->all[i], block) ||
                           list->all[i].until <= block->added))
        i++;
    if (i == list->n)
        return hp_blocks_put(list, block);
    old = &list->all[i];
    if (block->until > old->until)
        old->until = block->until;
    if (block->reason[0] != '\0')
        memcpy(old->reason, block->reason, sizeof(old->reason));
    (*known)++;
    return true;
}

static bool
merge_all(const choices *c, hp_blocks *list, const hp_blocks *fresh, double now, size_t *known)
{
    size_t i;

    for (i = 0; i < fresh->n; i++) {
        hp_block block = fresh->all[i];

        block.added = floor(now);
        block.until = isnan(c->until) ? HP_TIME_LAST : ceil(c->until);
        if (c->reason != NULL)
            (void)stpncpy(block.reason, c->reason, sizeof(block.reason) - 1);
        if (!merge(list, &block, known))
            return false;
    }
    return true;
}

/* The record says how much, never what. */
static void
report(const choices *c, const hp_deny_where *where, size_t n, size_t known)
{
    char until[HP_TIME_TEXT], count[HP_REVOKE_COUNT];

    hp_time_write(isnan(c->until) ? HP_TIME_LAST : ceil(c->until), until);
    printf("blocked %s%s: %s", isnan(c->until) ? "for ever" : "until ",
           isnan(c->until) ? "" : until, hp_revoke_count(n, count));
    if (known > 0)
        printf(", %zu of them blocked already", known);
    fputs(", in ", stdout);
    hp_cli_put_safe(hp_str_of(hp_deny_where_name(where)), stdout);
    putchar('\n');
    openlog("healthpassctl", LOG_PID, LOG_AUTH);
    syslog(LOG_NOTICE, "revoke add: %s by uid %lu, until %s", count, (unsigned long)getuid(),
           isnan(c->until) ? "further notice" : until);
    closelog();
}

/* What the operator should look at now that it is done. */
static void
advise(const hp_cli_command *self, const hp_deny_where *where, const hp_deny_changed *changed)
{
    if (changed->from_copy)
        (void)hp_cli_say(self, 0, "warning: %s held no deny list: it was begun anew from this "
                         "machine's copy", where->shared);
    else if (changed->is_new)
        (void)hp_cli_say(self, 0, "%s is new, with mode 0640 and its folder's group: see that "
                         "gates can read it, and that their policy names it", where->path);
    else if (where->shared == NULL)
        (void)hp_cli_warn_closed(self, where->path);
}

/* One run. */
typedef struct {
    const choices *c;
    const hp_blocks *fresh;
    double now;
    size_t known; /* of them that were blocked already */
} addition;

static hp_edit
edit(void *context, hp_blocks *blocks)
{
    addition *a = context;

    a->known = 0;
    return merge_all(a->c, blocks, a->fresh, a->now, &a->known) ? HP_EDIT_WRITE : HP_EDIT_FAILED;
}

static int
change(const hp_cli_command *self, const choices *c, const hp_deny_where *where,
       const hp_blocks *fresh)
{
    addition a = { .c = c, .fresh = fresh, .now = hp_cli_now() };
    hp_deny_changed changed;
    hp_error error;

    if (where->shared == NULL)
        hp_cli_make_folder(where->path);
    if (!hp_deny_where_change(where, edit, &a, a.now, &changed, &error))
        return hp_cli_say(self, HP_EXIT_FAULT, "%s", error.text);
    report(c, where, fresh->n, a.known);
    advise(self, where, &changed);
    return HP_EXIT_OK;
}

static int
add(const hp_cli_command *self, const choices *c)
{
    const char *wrong = complaint(c);
    hp_blocks fresh = { NULL, 0, 0 };
    hp_deny_where where;
    int status;

    if (wrong != NULL)
        return hp_cli_say(self, HP_EXIT_USAGE, "%s", wrong);
    if (!hp_revoke_where(self, &c->what, &where))
        return HP_EXIT_FAULT;
    status = hp_revoke_blocks(self, &c->what, &fresh);
    if (status == HP_EXIT_OK)
        status = change(self, c, &where, &fresh);
    hp_blocks_free(&fresh);
    hp_deny_where_free(&where);
    return status;
}

static int
run(const hp_cli_command *self, int argc, char **argv)
{
    choices c = { .until = NAN, .what = { .days = HP_REVOKE_DAYS, .door = -1 } };
    int status;

    if (hp_cli_parse(self, argc, argv, &c, NULL, &status))
        status = add(self, &c);
    hp_cli_texts_free(&c.what.hashes);
    hp_cli_texts_free(&c.what.trust);
    return status;
}

const hp_cli_command hp_cli_revoke_add = {
    .name = "revoke add",
    .summary = "Blocks a pass at the gates of this place, within a second",
    .usage = "--pass FILE | --uci T | --uci-prefix T | --hash [KIND:]H ... | --pass-id ID\n"
             "           [--until TIME] [--reason TEXT] [--policy F | --deny-list FILE]",
    .notes = "Only hashes are stored; what a pass says is neither kept nor shown.  --pass blocks\n"
             "all keys of the pass and its ledger id: a new signature of the same certificate\n"
             "stays blocked, too.  KIND is signature, uci, country-uci, proof, rid, 2d-doc,\n"
             "ledger, number, or the letter in the list; without it the first four.\n"
             "\n"
             "Exit: 0 blocked, and on the disk or in Redis; 1 the pass is not genuine, or not in\n"
             "the ledger; 2 usage, 3 fault.\n",
    .options = options,
    .run = run,
};
