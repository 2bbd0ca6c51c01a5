/*
 * pam-try: runs the auth and account phase of a PAM service, as a login at this terminal would,
 * and says what came of each.  The only door to libpam of healthpassctl.
 *
 * It opens no session.  What modules count meanwhile (pam_faillock's tally, our ledger and our
 * limit) is put aside: they see the counts as they are, and what they add goes with this process,
 * so that nobody is locked out by a try.
 */
#include "cli/cli.h"
#include "cli/pam_aside.h"
#include "cli/pam_words.h"
#include "cli/stack.h"

#include "base/file.h"
#include "policy/settings.h"

#include <limits.h>
#include <security/pam_appl.h>
#include <security/pam_misc.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define POLICY_MOST (64 * 1024)

typedef struct {
    const char *pam_dir, *tty, *rhost;
    bool counted;
} choices;

static const hp_cli_option options[] = {
    { .name = "--pam-dir", .value = "DIR", .kind = HP_CLI_TEXT, .at = offsetof(choices, pam_dir),
      .help = "where services are (those of the system)" },
    { .name = "--tty", .value = "NAME", .kind = HP_CLI_TEXT, .at = offsetof(choices, tty),
      .help = "which terminal modules are told, as tty1 (this one)" },
    { .name = "--rhost", .value = "HOST", .kind = HP_CLI_TEXT, .at = offsetof(choices, rhost),
      .help = "from where modules are told that it comes (nowhere else)" },
    { .name = "--counted", .kind = HP_CLI_FLAG, .at = offsetof(choices, counted),
      .help = "let modules count as at a login; needs no root, and may lock somebody out" },
    { .name = NULL },
};

typedef struct {
    const hp_cli_command *self;
    const choices *c;
    const char *service, *user;
    hp_stack stack;
    hp_aside aside;
    char folders[HP_ASIDE_MOST][PATH_MAX];
    size_t n;
} try;

/* ---- what is counted where ----------------------------------------------------- */

/* Each folder once. */
static void
add_folder(try *t, const char *path, size_t n)
{
    size_t i;

    if (n == 0 || n >= PATH_MAX || t->n == HP_ASIDE_MOST)
        return;
    for (i = 0; i < t->n; i++) {
        if (strlen(t->folders[i]) == n && strncmp(t->folders[i], path, n) == 0)
            return;
    }
    (void)snprintf(t->folders[t->n++], PATH_MAX, "%.*s", (int)n, path);
}

/* The folder of the policy's ledger, if it is a file's; a fleet's cannot be put aside. */
static void
add_ledger(try *t, const char *policy)
{
    hp_settings settings;
    hp_bytes text;
    hp_error error;

    if (!hp_file_read(policy, HP_FILE_OWNED, POLICY_MOST, &text, NULL, &error))
        return; /* the module says so itself */
    if (hp_settings_read(policy, (hp_str){ text.p, text.n }, HP_DOOR_PAM, &settings, &error)) {
        const char *path = settings.ledger.path, *slash = strrchr(path, '/');

        if (settings.ledger.kind == HP_LEDGER_FILE && slash != NULL)
            add_folder(t, path, (size_t)(slash - path));
        else if (settings.ledger.kind == HP_LEDGER_REDIS)
            hp_cli_say(t->self, 0, "note: the ledger of %s is a fleet's: a pass that is shown now "
                       "counts there", policy);
        hp_settings_free(&settings);
    }
    hp_bytes_free(&text);
}

/* Lines "dir = FOLDER" of the settings of pam_faillock, which reads them by fgets() too. */
static void
add_tally_of(try *t, const char *settings)
{
    char line[PATH_MAX + 64], folder[PATH_MAX];
    FILE *file = fopen(settings, "re");

    while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
        if (sscanf(line, " dir%*[ \t=]%4095[^# \t\n]", folder) == 1)
            add_folder(t, folder, strlen(folder));
    }
    if (file != NULL)
        (void)fclose(file);
}

/* pam_faillock keeps its tally where dir= says, or its file of settings. */
static void
add_tally(try *t, const hp_stack_line *line)
{
    const char *settings = "/etc/security/faillock.conf";
    int i;

    for (i = 0; i < line->argc; i++) {
        if (strncmp(line->argv[i], "dir=/", 5) == 0)
            add_folder(t, line->argv[i] + 4, strlen(line->argv[i] + 4));
        else if (strncmp(line->argv[i], "conf=/", 6) == 0)
            settings = line->argv[i] + 5;
    }
    add_tally_of(t, settings);
}

static void
find_folders(try *t)
{
    hp_pam_words words;
    hp_error error;
    size_t i;

    add_folder(t, "/run/healthpass", strlen("/run/healthpass"));
    add_folder(t, "/run/faillock", strlen("/run/faillock"));
    for (i = 0; i < t->stack.n; i++) {
        const hp_stack_entry *entry = t->stack.entries[i];

        if (hp_stack_is_ours(entry) &&
            hp_pam_words_read(entry->line.argc, entry->line.argv, &words, &error))
            add_ledger(t, words.policy);
        if (strcmp(hp_stack_module(entry), "pam_faillock.so") == 0)
            add_tally(t, &entry->line);
    }
}

static bool
put_aside(try *t, hp_error *error)
{
    size_t i;

    find_folders(t);
    if (!hp_aside_begin(&t->aside, error))
        return false;
    for (i = 0; i < t->n; i++) {
        if (!hp_aside_folder(&t->aside, t->folders[i], error))
            return false;
    }
    return true;
}

/* ---- the phases ---------------------------------------------------------------- */

#define CODES(X) \
    X(SUCCESS, "lets in") \
    X(AUTH_ERR, "refuses: a password or a pass is not accepted") \
    X(AUTHINFO_UNAVAIL, "cannot judge passes or passwords now; the log (authpriv) says why") \
    X(CRED_INSUFFICIENT, "must not look at passwords as this user") \
    X(USER_UNKNOWN, "knows no such user") \
    X(MAXTRIES, "asks nobody for some time: too many were refused here, or of this user") \
    X(PERM_DENIED, "denies; of a pass: none was accepted in the auth phase") \
    X(ACCT_EXPIRED, "denies: the account or the pass is past its end") \
    X(NEW_AUTHTOK_REQD, "wants the password to be changed first") \
    X(SERVICE_ERR, "is wrong in a line or the policy; pam-check and the log say where") \
    X(MODULE_UNKNOWN, "names a module that is not there; pam-check looks for it") \
    X(CONV_ERR, "could not ask") \
    X(ABORT, "cannot be read by libpam; pam-check says where")

static const char *
name_of(int code)
{
    switch (code) {
#define X(name, text) case PAM_##name: return "PAM_" #name;
        CODES(X)
#undef X
    default:
        return "another error of PAM";
    }
}

static const char *
words_of(int code)
{
    switch (code) {
#define X(name, text) case PAM_##name: return text;
        CODES(X)
#undef X
    default:
        return "fails";
    }
}

static int
said(pam_handle_t *handle, const char *phase, int code)
{
    printf("%s: %s, %s (%s)\n", phase, name_of(code), words_of(code), pam_strerror(handle, code));
    return code;
}

/* Nobody is made to wait by a try. */
static void
no_delay(int code, unsigned microseconds, void *data)
{
    (void)code;
    (void)microseconds;
    (void)data;
}

static bool
tell_where(pam_handle_t *handle, const choices *c)
{
    const char *tty = c->tty != NULL ? c->tty : ttyname(STDIN_FILENO);
    union {
        void (*delay)(int, unsigned, void *);
        const void *item;
    } quick = { no_delay };

    return (tty == NULL || pam_set_item(handle, PAM_TTY, tty) == PAM_SUCCESS) &&
        (c->rhost == NULL || pam_set_item(handle, PAM_RHOST, c->rhost) == PAM_SUCCESS) &&
        pam_set_item(handle, PAM_FAIL_DELAY, quick.item) == PAM_SUCCESS;
}

static int
run_phases(const try *t)
{
    const struct pam_conv conv = { misc_conv, NULL };
    pam_handle_t *handle = NULL;
    int code;

    (void)setvbuf(stderr, NULL, _IONBF, 0); /* misc_conv's prompts end in no line */
    code = pam_start_confdir(t->service, t->user, &conv, t->c->pam_dir, &handle);

    if (code != PAM_SUCCESS || !tell_where(handle, t->c)) {
        (void)pam_end(handle, code);
        return hp_cli_say(t->self, HP_EXIT_FAULT, "libpam does not start");
    }
    code = said(handle, "auth", pam_authenticate(handle, 0));
    if (code == PAM_SUCCESS)
        code = said(handle, "account", pam_acct_mgmt(handle, 0));
    else
        puts("account: not asked");
    puts(code == PAM_SUCCESS ? "session: would be opened" : "session: would not be opened");
    (void)pam_end(handle, code);
    return code == PAM_SUCCESS ? HP_EXIT_OK : HP_EXIT_REFUSED;
}

/* ---- start --------------------------------------------------------------------- */

static int
run_try(try *t)
{
    const hp_stack_places places = { { t->c->pam_dir != NULL ? t->c->pam_dir : "/etc/pam.d",
                                       t->c->pam_dir != NULL ? NULL : "/usr/lib/pam.d" } };
    hp_error error;
    int status;

    if (!hp_stack_load(&places, t->service, &t->stack, &error))
        status = hp_cli_say(t->self, HP_EXIT_FAULT, "%s", error.text);
    else if (!t->c->counted && !put_aside(t, &error))
        status = hp_cli_say(t->self, HP_EXIT_FAULT, "%s; run it as root, or let modules count with "
                            "--counted", error.text);
    else
        status = run_phases(t);
    hp_aside_end(&t->aside);
    hp_stack_free(&t->stack);
    return status;
}

static int
start(const hp_cli_command *self, const choices *c, const hp_cli_texts *operands)
{
    try *t;
    int status;

    if (operands->n != 2 || !hp_stack_is_service(operands->text[0]) || *operands->text[1] == '\0')
        return hp_cli_say(self, HP_EXIT_USAGE, "expected the name of a SERVICE, as login, and a "
                                               "USER");
    t = calloc(1, sizeof(*t));
    if (t == NULL)
        return hp_cli_say(self, HP_EXIT_FAULT, "no memory");
    t->self = self;
    t->c = c;
    t->service = operands->text[0];
    t->user = operands->text[1];
    status = run_try(t);
    free(t);
    return status;
}

static int
run(const hp_cli_command *self, int argc, char **argv)
{
    hp_cli_texts operands = { NULL, 0 };
    choices c = { .counted = false };
    int status;

    if (hp_cli_parse(self, argc, argv, &c, &operands, &status)) {
        status = start(self, &c, &operands);
        hp_cli_texts_free(&operands);
    }
    return status;
}

const hp_cli_command hp_cli_pam_try = {
    .name = "pam-try",
    .summary = "runs a PAM service without opening a session or locking anybody out",
    .usage = "[--pam-dir DIR] [--tty NAME] [--rhost HOST] [--counted] SERVICE USER",
    .notes = "Asks as the login would, and says what the auth and the account phase answer.\n"
             "Tallies of pam_faillock, our ledger and our limit are put aside meanwhile.\n"
             "Exit 0 when USER would get in, 1 when not, 2 usage, 3 when it cannot be tried.\n",
    .options = options,
    .operands = true,
    .run = run,
};
