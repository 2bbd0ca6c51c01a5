/*
 * bind: whose pass opens which login (match=file: of pam_healthpass).
 *
 * The file of holders has keyed ids only; the pass is judged as a login would judge it, and nothing
 * of what it says is printed or kept.  Changed under a lock and replaced by rename.
 */
#include "cli/cli.h"
#include "cli/input.h"
#include "cli/lock.h"

#include "base/file.h"
#include "base/hex.h"
#include "check/binding.h"
#include "policy/policy.h"

#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <sys/stat.h>

#define POLICY  "/etc/healthpass/policy.conf"
#define HOLDERS "/etc/healthpass/holders"
#define MODE    0600
#define WAIT    10.0 /* seconds for other writers */

typedef struct {
    const char *policy, *holders;
    bool remove, list;
} choices;

static const hp_cli_option options[] = {
    { .name = "--policy", .value = "F", .kind = HP_CLI_TEXT, .at = offsetof(choices, policy),
      .help = "whose identity key it is, and by which the pass is judged (" POLICY ")" },
    { .name = "--holders", .value = "FILE", .kind = HP_CLI_TEXT, .at = offsetof(choices, holders),
      .help = "the file of match=file: (" HOLDERS ")" },
    { .name = "--remove", .kind = HP_CLI_FLAG, .at = offsetof(choices, remove),
      .help = "take the pass's holder, or with no FILE all of them, away from the login" },
    { .name = "--list", .kind = HP_CLI_FLAG, .at = offsetof(choices, list),
      .help = "show the logins, and how many holders each has" },
    { .name = NULL },
};

/* One run. */
typedef struct {
    const hp_cli_command *self;
    const choices *c;
    const char *path;  /* of the file */
    const char *login;
    hp_policy *policy;
    hp_bindings ids;   /* of the pass's holder, under each key of the ring */
    bool all;          /* take all of the login's away */
    hp_bytes old;      /* the file's text */
} run_of;

static int
fault(const run_of *r, const hp_error *error)
{
    return hp_cli_say(r->self, HP_EXIT_FAULT, "%s", error->text);
}

/* ---- the pass's holder ------------------------------------------------------------------ */

static int
read_pass(const run_of *r, const char *file, uint8_t bytes[HP_INPUT_ROOM], hp_str *text)
{
    bool typed = file == NULL || strcmp(file, "-") == 0;
    hp_input got = typed ? hp_input_line(stdin, bytes, &text->n)
                         : hp_input_file(file, bytes, &text->n);

    text->p = bytes;
    if (got == HP_INPUT_PASS)
        return HP_EXIT_OK;
    if (got == HP_INPUT_FAILED)
        return hp_cli_say(r->self, HP_EXIT_FAULT, "%s: %s", typed ? "standard input" : file,
                          strerror(errno));
    return hp_cli_say(r->self, HP_EXIT_REFUSED, "%s: expected one pass",
                      typed ? "standard input" : file);
}

static int
take_ids(run_of *r, const hp_pass *pass, hp_arena *arena)
{
    bool bindable = true;
    size_t i;

    for (i = 0; bindable && i < r->policy->n_identities; i++) {
        if (!hp_binding_of(r->policy->identities[i], &pass->holder, arena, r->ids.id[i],
                           &bindable))
            return hp_cli_say(r->self, HP_EXIT_FAULT, "the holder's id cannot be made");
    }
    r->ids.n = i;
    if (bindable)
        return HP_EXIT_OK;
    return hp_cli_say(r->self, HP_EXIT_REFUSED, "the pass cannot be bound: it has no family name "
                                                "or no whole birth date");
}

static int
judge(run_of *r, hp_str text, hp_memory *memory, hp_keys *keys)
{
    static uint8_t room[HP_INPUT_ROOM];
    hp_arena arena = hp_arena_over(room, sizeof(room));
    hp_verdict verdict;
    hp_pass pass;
    hp_ask ask = { .text = text, .now = hp_cli_now(), .keys = keys, .keep = &pass };
    hp_reason reason = hp_verify(r->policy, &ask, memory, &verdict);
    int status = HP_EXIT_OK;

    if (reason == HP_OK)
        status = take_ids(r, &pass, &arena);
    else
        status = hp_cli_say(r->self, hp_reason_is_fault(reason) ? HP_EXIT_FAULT : HP_EXIT_REFUSED,
                            "the pass is not accepted: %s (%s)", hp_reason_name(reason),
                            hp_reason_text(reason));
    hp_done(memory);
    hp_wipe(&pass, sizeof(pass));
    hp_wipe(room, sizeof(room));
    return status;
}

static int
judge_file(run_of *r, const char *file)
{
    static uint8_t bytes[HP_INPUT_ROOM];
    hp_memory memory = { malloc(HP_MEMORY), HP_MEMORY, 0 };
    hp_keys *keys = hp_keys_new(HP_KEYS);
    hp_str text;
    int status = HP_EXIT_FAULT;

    if (memory.p == NULL || keys == NULL)
        status = hp_cli_say(r->self, HP_EXIT_FAULT, "out of memory");
    else if ((status = read_pass(r, file, bytes, &text)) == HP_EXIT_OK)
        status = judge(r, text, &memory, keys);
    hp_wipe(bytes, sizeof(bytes));
    hp_keys_free(keys);
    free(memory.p);
    return status;
}

static int
take_holder(run_of *r, const char *file)
{
    const char *path = r->c->policy != NULL ? r->c->policy : POLICY;
    hp_error error;
    int status;

    if (hp_policy_load(path, HP_DOOR_PAM, &r->policy, &error) != HP_LOAD_OK)
        return fault(r, &error);
    if (r->policy->n_identities == 0)
        status = hp_cli_say(r->self, HP_EXIT_FAULT, "%s: needs an identity_key, which ids of "
                                                    "holders are made with", path);
    else
        status = judge_file(r, file);
    hp_policy_free(r->policy);
    return status;
}

/* ---- the file ------------------------------------------------------------------------------- */

static bool
read_old(run_of *r, hp_error *error)
{
    struct stat st;

    r->old = (hp_bytes){ NULL, 0 };
    if (lstat(r->path, &st) != 0 && errno == ENOENT)
        return true;
    return hp_file_read(r->path, HP_FILE_OWNED | HP_FILE_SECRET, HP_HOLDERS_MAX, &r->old, NULL,
                        error);
}

static hp_str
text_of(const run_of *r)
{
    return r->old.p != NULL ? (hp_str){ r->old.p, r->old.n } : HP_STR(HP_HOLDERS_HEAD);
}

static bool
is_ours(const run_of *r, const hp_bound *bound)
{
    size_t i;

    if (!hp_str_eq(bound->login, hp_str_of(r->login)))
        return false;
    for (i = 0; i < r->ids.n; i++) {
        if (memcmp(bound->id, r->ids.id[i], HP_ID) == 0)
            return true;
    }
    return r->all;
}

static void
put_line(hp_bytes *to, hp_str login, const uint8_t id[HP_ID])
{
    char hex[HP_HEX_TEXT(HP_ID)];

    hp_hex_write((hp_str){ id, HP_ID }, hex);
    memcpy(to->p + to->n, login.p, login.n);
    to->n += login.n;
    to->n += (size_t)sprintf((char *)to->p + to->n, ":%s\n", hex);
}

/* The new text, which has room for all of the old one and a line; *changed when it is another. */
static bool
make_new(const run_of *r, hp_bytes *to, size_t *held, bool *changed, hp_error *error)
{
    hp_holders holders;
    hp_bound bound;

    *held = 0;
    memcpy(to->p, HP_HOLDERS_HEAD, sizeof(HP_HOLDERS_HEAD) - 1);
    to->n = sizeof(HP_HOLDERS_HEAD) - 1;
    if (!hp_holders_begin(&holders, r->path, text_of(r), error))
        return false;
    while (hp_holders_next(&holders, &bound, error)) {
        if (is_ours(r, &bound))
            ++*held;
        if (!is_ours(r, &bound) || !r->c->remove)
            put_line(to, bound.login, bound.id);
    }
    if (!r->c->remove && *held == 0)
        put_line(to, hp_str_of(r->login), r->ids.id[0]);
    *changed = r->c->remove ? *held > 0 : *held == 0;
    return error->text[0] == '\0';
}

static bool
put_in_place(const run_of *r, const hp_lock *lock, const hp_bytes *text, hp_error *error)
{
    hp_bindings bindings;

    if (text->n > HP_HOLDERS_MAX) {
        hp_error_set(error, "%s: is full, expected at most %u bytes", r->path, HP_HOLDERS_MAX);
        return false;
    }
    if (!hp_holders_find("the new file", (hp_str){ text->p, text->n }, hp_str_of(r->login),
                         &bindings, error))
        return false;
    if (!hp_cli_renew(r->path, MODE, text->p, text->n)) {
        hp_error_set(error, "%s: cannot be replaced, and is what it was: %s", r->path,
                     strerror(errno));
        return false;
    }
    return hp_lock_flush(lock, error);
}

static void
tell(const run_of *r, size_t held, bool changed)
{
    if (r->c->remove)
        printf(changed ? "%s: %zu taken away\n" : "%s: nothing to be taken away\n", r->login, held);
    else
        printf(changed ? "%s: bound\n" : "%s: was bound already\n", r->login);
    if (!r->c->remove && getpwnam(r->login) == NULL)
        (void)hp_cli_say(r->self, 0, "warning: there is no account %s on this machine", r->login);
}

static int
change(run_of *r)
{
    hp_bytes text = { NULL, 0 };
    hp_error error = { "" };
    bool good, changed = false;
    hp_lock lock;
    size_t held;

    if (!hp_lock_take(&lock, r->path, WAIT, &error))
        return fault(r, &error);
    good = read_old(r, &error);
    if (good && (text.p = malloc(r->old.n + sizeof(HP_HOLDERS_HEAD) + HP_HOLDERS_LINE)) == NULL) {
        hp_error_set(&error, "out of memory");
        good = false;
    }
    good = good && make_new(r, &text, &held, &changed, &error) &&
           (!changed || put_in_place(r, &lock, &text, &error));
    if (good)
        tell(r, held, changed);
    hp_bytes_free(&text);
    hp_bytes_free(&r->old);
    hp_lock_drop(&lock);
    return good ? HP_EXIT_OK : fault(r, &error);
}

/* ---- what is in it --------------------------------------------------------------------------- */

static int
by_login(const void *a, const void *b)
{
    const hp_str *one = a, *other = b;
    size_t n = one->n < other->n ? one->n : other->n;
    int order = memcmp(one->p, other->p, n);

    return order != 0 ? order : (one->n > other->n) - (one->n < other->n);
}

static void
print(hp_str *logins, size_t n)
{
    size_t i, from;

    qsort(logins, n, sizeof(*logins), by_login);
    for (i = from = 0; i < n; i++) {
        if (i + 1 < n && hp_str_eq(logins[i], logins[i + 1]))
            continue;
        printf("%.*s %zu\n", (int)logins[i].n, (const char *)logins[i].p, i + 1 - from);
        from = i + 1;
    }
}

static int
list(run_of *r)
{
    hp_holders holders;
    hp_error error;
    hp_bound bound;
    hp_str *logins;
    size_t n = 0;
    bool good;

    if (!read_old(r, &error))
        return fault(r, &error);
    logins = calloc(text_of(r).n / (2 * HP_ID) + 1, sizeof(*logins));
    if (logins == NULL)
        return hp_cli_say(r->self, HP_EXIT_FAULT, "out of memory");
    good = hp_holders_begin(&holders, r->path, text_of(r), &error);
    while (good && hp_holders_next(&holders, &bound, &error))
        logins[n++] = bound.login;
    good = good && error.text[0] == '\0';
    if (good)
        print(logins, n);
    free(logins);
    hp_bytes_free(&r->old);
    return good ? HP_EXIT_OK : fault(r, &error);
}

/* ---- start ----------------------------------------------------------------------------------- */

static const char *
complaint(const choices *c, const hp_cli_texts *operands)
{
    if (c->list)
        return c->remove || operands->n > 0 ? "--list stands alone, or with --holders" : NULL;
    if (operands->n < 1 || operands->n > 2)
        return "expected LOGIN, and the FILE of a pass";
    if (!hp_login_is_plain(hp_str_of(operands->text[0])))
        return "expected a login's name: printable ASCII without blanks and colons";
    return NULL;
}

static int
start(const hp_cli_command *self, const choices *c, const hp_cli_texts *operands)
{
    run_of r = { .self = self, .c = c, .path = c->holders != NULL ? c->holders : HOLDERS };
    const char *wrong = complaint(c, operands), *file;
    int status = HP_EXIT_OK;

    if (wrong != NULL)
        return hp_cli_say(self, HP_EXIT_USAGE, "%s", wrong);
    if (c->list)
        return list(&r);
    r.login = operands->text[0];
    file = operands->n == 2 ? operands->text[1] : NULL;
    r.all = c->remove && file == NULL;
    if (!r.all)
        status = take_holder(&r, file);
    return status == HP_EXIT_OK ? change(&r) : status;
}

static int
run(const hp_cli_command *self, int argc, char **argv)
{
    hp_cli_texts operands = { NULL, 0 };
    choices c = { .policy = NULL };
    int status;

    if (hp_cli_parse(self, argc, argv, &c, &operands, &status)) {
        status = start(self, &c, &operands);
        hp_cli_texts_free(&operands);
    }
    return status;
}

const hp_cli_command hp_cli_bind = {
    .name = "bind",
    .summary = "says whose pass opens a login",
    .usage = "[--policy F] [--holders FILE] LOGIN [PASS]\n"
             "       healthpassctl bind --remove [--holders FILE] LOGIN [PASS]\n"
             "       healthpassctl bind --list [--holders FILE]",
    .notes = "PASS is the file of a pass that a login would accept now; without it, or with\n"
             "\"-\", the pass is read from standard input.  Only keyed ids are kept: of the names\n"
             "and the birth date, so that a pass issued anew to the same person opens the login\n"
             "too.  A login may have several holders.  pam_healthpass reads the file with\n"
             "match=file:" HOLDERS ".",
    .options = options,
    .operands = true,
    .run = run,
};
