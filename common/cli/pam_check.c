/*
 * pam-check: reads a PAM service as libpam does, and warns of what lets somebody past
 * pam_healthpass, or nobody in.
 *
 * It does not guess from words alone: all answers that the modules may give are walked through the
 * stack.  Nothing is run and nothing is changed.
 */
#include "cli/cli.h"
#include "cli/pam_around.h"
#include "cli/pam_words.h"
#include "cli/stack.h"

#include <glob.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

#define WAYS 32 /* said of one phase */

typedef struct {
    const char *pam_dir, *root;
} choices;

static const hp_cli_option options[] = {
    { .name = "--pam-dir", .value = "DIR", .kind = HP_CLI_TEXT, .at = offsetof(choices, pam_dir),
      .help = "where services are (/etc/pam.d, then /usr/lib/pam.d)" },
    { .name = "--root", .value = "DIR", .kind = HP_CLI_TEXT, .at = offsetof(choices, root),
      .help = "the system's files are below it, as of an image" },
    { .name = NULL },
};

typedef struct {
    const char *root;
    hp_stack_places places;
    hp_stack stack;
    hp_stack_row row[HP_STACK_PASSWORD]; /* auth, account, session */
    unsigned warnings;
} look;

#define OURS(l, type, i) \
    for (i = 0; i < (l)->row[type].n; i++) \
        if (hp_stack_is_ours((l)->row[type].entry[i]))

/* ---- saying it ----------------------------------------------------------------- */

static void say(const char *file, size_t line, const char *kind, const char *format, va_list args)
    __attribute__((format(printf, 4, 0)));
static void warn(look *l, const hp_stack_entry *entry, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void note(const hp_stack_entry *entry, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Files may have any bytes; the terminal sees none that it would obey. */
static void
say(const char *file, size_t line, const char *kind, const char *format, va_list args)
{
    char text[2 * HP_STACK_LINE];

    (void)vsnprintf(text, sizeof(text), format, args);
    hp_cli_put_safe(hp_str_of(file), stdout);
    if (line > 0)
        printf(":%zu", line);
    printf(": %s: ", kind);
    hp_cli_put_safe(hp_str_of(text), stdout);
    putchar('\n');
}

static void
warn(look *l, const hp_stack_entry *entry, const char *format, ...)
{
    va_list args;

    l->warnings++;
    va_start(args, format);
    say(entry->file, entry->line.number, "warning", format, args);
    va_end(args);
}

static void
note(const hp_stack_entry *entry, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    say(entry->file, entry->line.number, "note", format, args);
    va_end(args);
}

/* ---- our lines ----------------------------------------------------------------- */

static const char *
should_be(const char *control)
{
    if (strcasecmp(control, "requisite") == 0)
        return "[success=ok default=die]";
    if (strcasecmp(control, "sufficient") == 0)
        return "[success=done default=die]";
    return "[success=ok default=bad]";
}

/* Only success may be anything but bad or die: also what this module never answers. */
static void
check_control(look *l, const hp_stack_entry *entry)
{
    const char *control = entry->line.control;
    int code;

    for (code = 1; code < HP_STACK_CODES; code++) {
        int action = entry->line.actions[code];

        if (action == HP_STACK_BAD || action == HP_STACK_DIE)
            continue;
        if (strchr(control, '=') == NULL)
            warn(l, entry, "%s does not refuse whoever is answered %s: write %s", control,
                 hp_stack_code(strcmp(control, "optional") == 0 ? 7 : HP_STACK_IGNORE),
                 should_be(control));
        else
            warn(l, entry, "[%s] does not refuse whoever is answered %s: write default=bad, or "
                 "default=die, and no other action but for success", control, hp_stack_code(code));
        return;
    }
}

static void
check_words(look *l, const hp_stack_entry *entry)
{
    hp_pam_words words;
    hp_error error;

    if (!hp_pam_words_read(entry->line.argc, entry->line.argv, &words, &error))
        warn(l, entry, "refuses everybody: %s", error.text);
}

/* A path without a folder is below one of these, whatever the machine's kind. */
static bool
is_there(const look *l, const char *module)
{
    static const char *const folders[] = { "/lib/*/security/", "/usr/lib/*/security/",
                                           "/lib/security/", "/usr/lib/security/",
                                           "/lib64/security/", "/usr/lib64/security/" };
    char path[PATH_MAX];
    bool found = false;
    glob_t at;
    size_t i;

    if (module[0] == '/') {
        (void)snprintf(path, sizeof(path), "%s%s", l->root, module);
        return access(path, F_OK) == 0;
    }
    for (i = 0; !found && i < sizeof(folders) / sizeof(folders[0]); i++) {
        (void)snprintf(path, sizeof(path), "%s%s%s", l->root, folders[i], module);
        found = glob(path, 0, NULL, &at) == 0;
        if (found)
            globfree(&at);
    }
    return found;
}

static void
check_ours(look *l, const hp_stack_entry *entry)
{
    check_control(l, entry);
    check_words(l, entry);
    if (!is_there(l, entry->line.module))
        warn(l, entry, "refuses everybody: there is no module %s: make install puts it there",
             entry->line.module);
}

/* ---- auth and account together ------------------------------------------------- */

static bool
is_same_text(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* Is what an account line goes by what this auth line leaves behind? */
static bool
is_pair(const hp_pam_words *auth, const hp_pam_words *account)
{
    return is_same_text(auth->match, account->match) && is_same_text(auth->rules, account->rules) &&
        is_same_text(auth->policy, account->policy) && (auth->counts || !account->counts);
}

static size_t
count_ours(const look *l, hp_stack_type type)
{
    size_t i, n = 0;

    OURS(l, type, i)
        n++;
    return n;
}

/* Is there an auth line for the words of this line, which is of a later phase? */
static bool
has_partner(const look *l, const hp_pam_words *want)
{
    hp_pam_words words;
    hp_error error;
    size_t i;

    OURS(l, HP_STACK_AUTH, i) {
        const hp_stack_line *line = &l->row[HP_STACK_AUTH].entry[i]->line;

        if (!hp_pam_words_read(line->argc, line->argv, &words, &error) || is_pair(&words, want))
            return true;
    }
    return false;
}

static void
check_partner(look *l, const hp_stack_entry *entry)
{
    hp_pam_words want;
    hp_error error;

    if (!hp_pam_words_read(entry->line.argc, entry->line.argv, &want, &error) || want.record ||
        has_partner(l, &want))
        return;
    if (count_ours(l, HP_STACK_AUTH) == 0)
        warn(l, entry, "denies everybody: there is no auth line of " HP_STACK_OURS);
    else
        warn(l, entry, "denies everybody: no auth line says the same match, policy, rules and "
             "reuse: write the words of the auth line");
}

/* What is missing is said at the first auth line. */
static void
check_missing(look *l)
{
    const hp_stack_row *auth = &l->row[HP_STACK_AUTH];
    size_t i;

    OURS(l, HP_STACK_AUTH, i) {
        if (count_ours(l, HP_STACK_ACCOUNT) == 0)
            warn(l, auth->entry[i], "there is no account line: a login that skips the auth phase, "
                 "as by a key or `login -f`, shows no pass: write account [success=ok default=bad] "
                 HP_STACK_OURS " with the same words");
        if (count_ours(l, HP_STACK_SESSION) == 0)
            note(auth->entry[i], "there is no session line: healthpassctl recheck will not know of "
                 "these sessions, and their programs see the token of the login");
        return;
    }
}

static void
check_pairs(look *l)
{
    int type;
    size_t i;

    for (type = HP_STACK_ACCOUNT; type <= HP_STACK_SESSION; type++) {
        OURS(l, type, i)
            check_partner(l, l->row[type].entry[i]);
    }
    check_missing(l);
}

/* ---- the stack ----------------------------------------------------------------- */

static void
tell_way(look *l, const hp_stack_row *row, const hp_stack_way *way)
{
    const hp_stack_entry *entry = row->entry[way->line], *past = row->entry[way->past];
    const char *phase = hp_stack_type_name(past->line.type);
    bool jump = entry->line.actions[way->code] > 0;

    if (way->meant)
        note(entry, "%s: who is answered %s by %s is not asked for a pass in line %zu of %s", phase,
             hp_stack_code(way->code), hp_stack_module(entry), past->line.number, past->file);
    else if (jump)
        warn(l, entry, "%s: who is answered %s by %s jumps over " HP_STACK_OURS
             " (%s:%zu) and gets in: let the jump end before that line, or put that line first",
             phase, hp_stack_code(way->code), hp_stack_module(entry), past->file,
             past->line.number);
    else if (way->code == HP_STACK_NEW_AUTHTOK)
        warn(l, entry, "%s: who is answered %s by %s gets in by a new password before "
             HP_STACK_OURS " (%s:%zu) is asked: put that line first", phase,
             hp_stack_code(way->code), hp_stack_module(entry), past->file, past->line.number);
    else
        warn(l, entry, "%s: who is answered %s by %s gets in before " HP_STACK_OURS
             " (%s:%zu) is asked: put that line first, or write required instead of %s", phase,
             hp_stack_code(way->code), hp_stack_module(entry), past->file, past->line.number,
             entry->line.control);
}

static void
check_ways(look *l, hp_stack_type type)
{
    const hp_stack_row *row = &l->row[type];
    hp_stack_way ways[WAYS];
    size_t i, n = hp_stack_ways(row, ways, WAYS);

    for (i = 0; i < n; i++)
        tell_way(l, row, &ways[i]);
    i = hp_stack_forgets(row);
    if (i < row->n)
        warn(l, row->entry[i], "%s: [%s] forgets that " HP_STACK_OURS " refused: write ignore for "
             "reset", hp_stack_type_name(type), row->entry[i]->line.control);
    OURS(l, type, i) {
        if (!hp_stack_lets_in(row))
            warn(l, row->entry[i], "%s: nobody gets in, whatever pass is shown: no line behind it "
                 "says success", hp_stack_type_name(type));
        return;
    }
}

static void
check_row(look *l, hp_stack_type type)
{
    const hp_stack_row *row = &l->row[type];
    size_t i;

    for (i = 0; i < row->n; i++) {
        const hp_stack_line *line = &row->entry[i]->line;

        /* What stands for all types is said once. */
        if (line->wrong != NULL && (line->type == type || type == HP_STACK_AUTH))
            warn(l, row->entry[i], "this line %s", line->wrong);
    }
    if (row->cut)
        warn(l, row->entry[row->n - 1], "there are more than %d lines of %s; those behind this one "
             "were not looked at", HP_STACK_MOST, hp_stack_type_name(type));
    OURS(l, type, i)
        check_ours(l, row->entry[i]);
    if (type != HP_STACK_SESSION)
        check_ways(l, type);
}

/* ---- what stands around it ----------------------------------------------------- */

static bool
asks(void *with, const char *service)
{
    const look *l = with;
    hp_stack stack;
    hp_stack_row row;
    hp_error error;
    bool found = false;
    size_t i;

    if (hp_stack_load(&l->places, service, &stack, &error)) {
        hp_stack_row_of(&stack, HP_STACK_AUTH, &row);
        for (i = 0; i < row.n; i++)
            found = found || hp_stack_is_ours(row.entry[i]);
    }
    hp_stack_free(&stack);
    return found;
}

static void
tell_around(void *with, const char *file, size_t line, const char *text)
{
    hp_stack_entry entry = { .file = file };

    entry.line.number = line;
    warn(with, &entry, "%s", text);
}

/* ---- start --------------------------------------------------------------------- */

static int
check(look *l, const char *service)
{
    const hp_pam_around around = { l->root, asks, tell_around, l };
    int type;

    for (type = HP_STACK_AUTH; type <= HP_STACK_SESSION; type++) {
        hp_stack_row_of(&l->stack, (hp_stack_type)type, &l->row[type]);
        check_row(l, (hp_stack_type)type);
    }
    check_pairs(l);
    if (count_ours(l, HP_STACK_AUTH) + count_ours(l, HP_STACK_ACCOUNT) > 0) {
        hp_pam_around_look(&around, service);
    } else {
        l->warnings++;
        printf("%s: warning: no line of " HP_STACK_OURS ": this service asks for no pass\n",
               service);
    }
    printf("%s: %u warning%s\n", service, l->warnings, l->warnings == 1 ? "" : "s");
    return l->warnings == 0 ? HP_EXIT_OK : HP_EXIT_REFUSED;
}

static int
start(const hp_cli_command *self, const choices *c, const char *service)
{
    char folders[2][PATH_MAX];
    look *l = calloc(1, sizeof(*l));
    hp_error error;
    int status;

    if (l == NULL)
        return hp_cli_say(self, HP_EXIT_FAULT, "no memory");
    l->root = c->root == NULL ? "" : c->root;
    (void)snprintf(folders[0], PATH_MAX, "%s/etc/pam.d", l->root);
    (void)snprintf(folders[1], PATH_MAX, "%s/usr/lib/pam.d", l->root);
    l->places = c->pam_dir != NULL ? (hp_stack_places){ { c->pam_dir, NULL } }
                                   : (hp_stack_places){ { folders[0], folders[1] } };
    if (hp_stack_load(&l->places, service, &l->stack, &error))
        status = check(l, service);
    else
        status = hp_cli_say(self, HP_EXIT_FAULT, "%s", error.text);
    hp_stack_free(&l->stack);
    free(l);
    return status;
}

static int
run(const hp_cli_command *self, int argc, char **argv)
{
    hp_cli_texts operands = { NULL, 0 };
    choices c = { .pam_dir = NULL };
    int status;

    if (!hp_cli_parse(self, argc, argv, &c, &operands, &status))
        return status;
    if (operands.n != 1 || !hp_stack_is_service(operands.text[0]))
        status = hp_cli_say(self, HP_EXIT_USAGE, "expected the name of one SERVICE, as login");
    else
        status = start(self, &c, operands.text[0]);
    hp_cli_texts_free(&operands);
    return status;
}

const hp_cli_command hp_cli_pam_check = {
    .name = "pam-check",
    .summary = "reads a PAM service and warns of ways past the pass",
    .usage = "[--pam-dir DIR] [--root DIR] SERVICE",
    .notes = "Runs nothing.  A note names a condition by which somebody is not asked, as\n"
             "pam_succeed_if does.  Exit 0 without warnings, 1 with some, 2 usage, 3 when the\n"
             "service cannot be read.\n",
    .options = options,
    .operands = true,
    .run = run,
};
