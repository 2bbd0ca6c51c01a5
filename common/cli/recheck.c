/*
 * recheck: what the doors let in goes on being let in, or not: sessions whose pass has ended or was
 * withdrawn are told, locked or ended.  Run by a timer, each minute.
 *
 * A list with an error in it must not empty a hospital: where more passes than --max are newly on
 * one, no session of theirs is locked or ended.  What is over by the clock is over, whatever lists
 * say, or a few could keep everybody's session.
 */
#include "cli/recheck.h"

#include "hp.h"

#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#define MAX      10 /* passes of sessions that may be withdrawn at once */
#define MAX_MOST 100000

typedef struct {
    const char *run;
    long max;
    bool dry_run;
} choices;

static const hp_cli_option options[] = {
    { .name = "--max", .value = "N", .kind = HP_CLI_NUMBER, .at = offsetof(choices, max), .min = 0,
      .max = MAX_MOST, .help = "lock or end none if more than N passes were withdrawn (10)" },
    { .name = "--dry-run", .kind = HP_CLI_FLAG, .at = offsetof(choices, dry_run),
      .help = "only say what would be done" },
    { .name = "--run", .value = "DIR", .kind = HP_CLI_TEXT, .at = offsetof(choices, run),
      .help = "where the records are (" HP_RUN_FOLDER ")" },
    { .name = NULL },
};

typedef struct {
    const hp_cli_command *self;
    const choices *c;
    int folder;
    hp_recheck_rows rows;
    hp_logind manager;
    bool held, over, fault;
} work;

/* ---- how many ---------------------------------------------------------------------------- */

static bool
is_told(const hp_recheck_row *row)
{
    return row->record.told == row->why;
}

/* Is it to be locked or ended, and was not yet for this reason? */
static bool
is_new_end(const hp_recheck_row *row)
{
    return row->state == HP_RECHECK_OVER && row->record.expiry != HP_EXPIRY_WARN && !is_told(row);
}

static bool
is_listed_end(const hp_recheck_row *row)
{
    return is_new_end(row) && row->why != HP_EXPIRED;
}

/* One pass is one, however many have come in with it. */
static bool
is_counted(const hp_recheck_rows *rows, const hp_recheck_row *row)
{
    const hp_marks *of = &row->record.marks;
    size_t i;

    for (i = 0; of->n_ledger > 0 && i < rows->n; i++) {
        const hp_recheck_row *one = &rows->rows[i];

        if (one == row)
            break;
        if (is_listed_end(one) && one->record.marks.n_ledger > 0 &&
            memcmp(one->record.marks.ledger[0], of->ledger[0], HP_ID) == 0)
            return true;
    }
    return false;
}

static void
hold(work *w)
{
    size_t i, n = 0;

    for (i = 0; i < w->rows.n; i++) {
        const hp_recheck_row *row = &w->rows.rows[i];

        n += is_listed_end(row) && !is_counted(&w->rows, row);
    }
    w->held = n > (size_t)w->c->max;
    if (!w->held)
        return;
    w->fault = true;
    (void)hp_cli_say(w->self, 0,
                     "%zu passes of sessions were withdrawn at once, expected at most %ld: none is "
                     "locked or ended; look for an error in a list of withdrawn passes, or raise "
                     "--max",
                     n, w->c->max);
    if (!w->c->dry_run)
        syslog(LOG_CRIT, "recheck: %zu passes of sessions were withdrawn at once, expected at most "
               "%ld: none is locked or ended", n, w->c->max);
}

/* ---- one session ------------------------------------------------------------------------- */

static const char *
word_of(const char *text)
{
    return text[0] != '\0' ? text : "-";
}

static void
print(const hp_recheck_row *row, const char *word)
{
    const hp_session *r = &row->record;

    printf("uid %llu, %s at ", (unsigned long long)r->uid, word_of(r->service));
    hp_cli_put_safe(hp_str_of(word_of(r->tty)), stdout);
    printf(": %s, %s\n", hp_reason_name(row->why), word);
}

/* What is done is on record; a record's words are printable. */
static void
say(const work *w, const hp_recheck_row *row, const char *word)
{
    const hp_session *r = &row->record;

    print(row, word);
    if (!w->c->dry_run)
        syslog(LOG_WARNING, "recheck: session of uid %llu, service=%s tty=%s: reason=%s id=%d: %s",
               (unsigned long long)r->uid, word_of(r->service), word_of(r->tty),
               hp_reason_name(row->why), (int)row->why, word);
}

static bool
is_held(const work *w, const hp_recheck_row *row)
{
    return w->held && is_listed_end(row);
}

static void
act(work *w, hp_recheck_row *row)
{
    w->over = true;
    if (is_told(row) && row->record.expiry == HP_EXPIRY_WARN)
        return;
    if (w->c->dry_run)
        row->word = hp_expiry_word(row->record.expiry);
    else if (is_held(w, row))
        row->word = "held back";
    else
        hp_recheck_act(row, &w->manager, !is_told(row));
}

/* What is done is noted, so that a person is told once, and nothing is counted twice. */
static void
report(work *w, const hp_recheck_row *row)
{
    w->fault = w->fault || row->failed;
    if (row->word == NULL || (is_told(row) && !w->c->dry_run))
        return;
    say(w, row, row->word);
    if (!w->c->dry_run && !is_held(w, row))
        (void)hp_session_tell(w->folder, row->id, row->why);
}

/* All are asked before any is waited for: many that will not end take no longer than one. */
static void
settle(work *w)
{
    size_t i;

    for (i = 0; i < w->rows.n; i++) {
        hp_recheck_row *row = &w->rows.rows[i];

        if (row->state == HP_RECHECK_GONE && !w->c->dry_run)
            (void)hp_session_drop(w->folder, row->id);
        else if (row->state == HP_RECHECK_OVER)
            act(w, row);
        else if (row->state == HP_RECHECK_UNCERTAIN)
            print(row, "cannot be judged");
    }
    hp_recheck_finish(&w->rows);
    for (i = 0; i < w->rows.n; i++)
        report(w, &w->rows.rows[i]);
}

/* ---- all of them ------------------------------------------------------------------------- */

/* What logins that were broken off have left. */
static void
sweep(const work *w, const char *run)
{
    hp_error error;
    int folder = hp_session_folder(run, HP_EVIDENCE_FOLDER, HP_SESSION_LOOK, &error);

    hp_session_sweep(w->folder, false);
    if (folder < 0)
        return;
    hp_session_sweep(folder, true);
    (void)close(folder);
}

static int
recheck(work *w, const char *run)
{
    double now = hp_cli_now();

    if (now < HP_RELEASED)
        return hp_cli_say(w->self, HP_EXIT_FAULT, "the clock is wrong: no session can be judged");
    if (!w->c->dry_run)
        sweep(w, run);
    if (!hp_recheck_look(w->self, w->folder, now, &w->rows, &w->fault))
        return hp_cli_say(w->self, HP_EXIT_FAULT, "the records of sessions cannot be read");
    hold(w);
    settle(w);
    return w->fault ? HP_EXIT_FAULT : w->over ? HP_EXIT_REFUSED : HP_EXIT_OK;
}

static int
begin(const hp_cli_command *self, const choices *c)
{
    work w = { .self = self, .c = c };
    const char *run = c->run != NULL ? c->run : HP_RUN_FOLDER;
    hp_error error;
    int status;

    w.folder = hp_session_folder(run, HP_SESSIONS_FOLDER, HP_SESSION_LOOK, &error);
    if (w.folder < 0 && error.text[0] == '\0')
        return HP_EXIT_OK; /* nobody has logged in since the boot */
    if (w.folder < 0)
        return hp_cli_say(self, HP_EXIT_FAULT, "%s", error.text);
    openlog("healthpassctl", LOG_PID, LOG_AUTHPRIV);
    status = recheck(&w, run);
    closelog();
    hp_recheck_free(&w.rows);
    (void)close(w.folder);
    return status;
}

static int
run(const hp_cli_command *self, int argc, char **argv)
{
    choices c = { .max = MAX };
    hp_cli_texts none = { NULL, 0 };
    int status;

    if (hp_cli_parse(self, argc, argv, &c, &none, &status))
        status = begin(self, &c);
    hp_cli_texts_free(&none);
    return status;
}

const hp_cli_command hp_cli_recheck = {
    .name = "recheck",
    .summary = "Judges again the sessions that pam_healthpass let in",
    .usage = "[--max N] [--dry-run]",
    .notes = "A session whose pass has ended, or was withdrawn since, is treated as on-expiry= of\n"
             "its service says: the person is told, once; the screen is locked; or it is ended.\n"
             "Run as root, by healthpass-recheck.timer.\n"
             "\n"
             "Exit: 0 all hold, 1 some do not, 2 usage, 3 fault: some could not be judged, locked\n"
             "or ended, or more passes than --max were withdrawn.\n",
    .options = options,
    .run = run,
};
