/*
 * The processes of a session: all that descend from its leader, which itself waits for them and
 * closes the session.  One that left them (setsid(1) and a parent that ended) is found by a login
 * manager alone.
 */
#include "cli/recheck.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#define PTS   136 /* majors of devices (devices.txt of Linux): the first of eight */
#define PTSES 8
#define TTY   4
#define TTYS  64 /* minors of consoles; serial lines follow */

#define PAUSE  50 /* milliseconds between two looks */
#define ASKED  60 /* looks until those who were asked to end are made to: 3 s */
#define FORCED 40 /* and until nothing more is to be hoped for */

/* ---- who they are ------------------------------------------------------------------------ */

/* In the order of their numbers. */
typedef struct {
    hp_process_state *all;
    size_t n;
} table;

static int
is_number(const struct dirent *entry)
{
    return isdigit((unsigned char)entry->d_name[0]);
}

static int
by_pid(const void *a, const void *b)
{
    const hp_process_state *one = a, *other = b;

    return (one->id.pid > other->id.pid) - (one->id.pid < other->id.pid);
}

/* All processes there are; none when memory runs out. */
static table
read_table(void)
{
    struct dirent **names = NULL;
    int i, n = scandir("/proc", &names, is_number, NULL);
    table t = { .all = n > 0 ? calloc((size_t)n, sizeof(*t.all)) : NULL };

    for (i = 0; i < n; i++) {
        if (t.all != NULL && hp_process_look(atoi(names[i]->d_name), &t.all[t.n]) &&
            !t.all[t.n].ended)
            t.n++;
        free(names[i]);
    }
    free(names);
    if (t.n > 0)
        qsort(t.all, t.n, sizeof(*t.all), by_pid);
    return t;
}

static const hp_process_state *
find(const table *t, int pid)
{
    const hp_process_state like = { .id = { .pid = pid } };

    return bsearch(&like, t->all, t->n, sizeof(*t->all), by_pid);
}

/* A table that was read while processes came and went may lead around: it has so many steps. */
static bool
descends(const table *t, const hp_process_state *from, int leader)
{
    size_t steps = 0;

    while (from != NULL && from->parent != leader && steps++ < t->n)
        from = find(t, from->parent);
    return from != NULL && from->parent == leader;
}

/*
 * Are those that descend from its number the session's?  Asked behind the table, so that it was
 * this leader's all the while.  All that runs descends from the first process, which leads none.
 */
static bool
leads(const table *t, const hp_process *leader)
{
    return t->n > 0 && leader->pid > 1 && hp_process_runs(leader);
}

/* ---- their terminals --------------------------------------------------------------------- */

static void
name_tty(unsigned device, char *path, size_t room)
{
    unsigned number = device >> 8 & 0xfff, unit = (device & 0xff) | (device >> 12 & 0xfff00);

    if (number >= PTS && number < PTS + PTSES)
        (void)snprintf(path, room, "/dev/pts/%u", (number - PTS) * 256 + unit);
    else if (number == TTY && unit < TTYS)
        (void)snprintf(path, room, "/dev/tty%u", unit);
    else if (number == TTY)
        (void)snprintf(path, room, "/dev/ttyS%u", unit - TTYS);
    else
        (void)snprintf(path, room, "/dev/null");
}

/* What it was: the same process, at the same terminal? */
static bool
is_still(const hp_process_state *then)
{
    hp_process_state now;

    return hp_process_look(then->id.pid, &now) && hp_process_same(&then->id, &now.id) &&
           !now.ended && now.tty == then->tty;
}

/*
 * The device itself, whatever stands at its path; and no wait for one that takes nothing.  A
 * number of a terminal is given out again as one of a process is: while the process has it, what
 * was opened is its.
 */
static bool
write_tty(const hp_process_state *at, const char *text)
{
    char path[64];
    struct stat st;
    bool good;
    int fd;

    name_tty(at->tty, path, sizeof(path));
    fd = open(path, O_WRONLY | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return false;
    good = fstat(fd, &st) == 0 && S_ISCHR(st.st_mode) && st.st_rdev == at->tty && is_still(at) &&
           dprintf(fd, "\r\n\a%s\r\n", text) > 0;
    (void)close(fd);
    return good;
}

/* Is it the first of the tree's at this terminal? */
static bool
is_first(const table *t, size_t nth, int leader)
{
    size_t i = 0;

    while (i < nth && !(t->all[i].tty == t->all[nth].tty && descends(t, &t->all[i], leader)))
        i++;
    return i == nth;
}

bool
hp_tree_tell(const hp_process *leader, const char *text)
{
    table t = read_table();
    bool told = false, ours = leads(&t, leader);
    size_t i;

    for (i = 0; ours && i < t.n; i++) {
        if (t.all[i].tty != 0 && descends(&t, &t.all[i], leader->pid) &&
            is_first(&t, i, leader->pid))
            told = write_tty(&t.all[i], text) || told;
    }
    free(t.all);
    return told;
}

/* ---- their end --------------------------------------------------------------------------- */

/*
 * To this process alone: looked at once more when a descriptor stands for it, for it may have
 * ended, and its number be another's by now.  Before Linux 5.3 there is no descriptor, and a moment
 * is left in between.
 */
static void
signal_one(const hp_process *process, int number)
{
    int fd = (int)syscall(SYS_pidfd_open, process->pid, 0);

    if (hp_process_runs(process)) {
        if (fd >= 0)
            (void)syscall(SYS_pidfd_send_signal, fd, number, NULL, 0);
        else
            (void)kill(process->pid, number);
    }
    if (fd >= 0)
        (void)close(fd);
}

/* Signals them all, but for this process; how many they are.  0 asks only. */
static size_t
signal_all(const table *t, const hp_process *leader, int number)
{
    size_t i, n = 0;

    for (i = 0; i < t->n; i++) {
        if (t->all[i].id.pid == getpid() || !descends(t, &t->all[i], leader->pid))
            continue;
        n++;
        if (number != 0)
            signal_one(&t->all[i].id, number);
    }
    return n;
}

/*
 * As when a terminal is taken away: a shell ends by SIGHUP, not by SIGTERM.  Whoever is stopped is
 * to hear it.  A leader with nobody below it is the session's program itself; or it closes the
 * session that the login manager has ended, as login(1) does, and would be torn out of that.
 */
void
hp_tree_ask(const hp_process *leader, bool managed)
{
    table t = read_table();

    (void)signal(SIGHUP, SIG_IGN); /* it may be our own session */
    if (leads(&t, leader)) {
        if (signal_all(&t, leader, SIGHUP) > 0)
            (void)signal_all(&t, leader, SIGCONT);
        else if (!managed)
            signal_one(leader, SIGHUP);
    }
    free(t.all);
}

static void
wait_a_moment(void)
{
    const struct timespec pause = { 0, PAUSE * 1000000L };

    (void)nanosleep(&pause, NULL);
}

/* Does the leader no longer run, or has it nobody left?  Who is left is signalled. */
static bool
is_over(const table *t, const hp_process *leader, int number)
{
    if (!hp_process_runs(leader))
        return true;
    return leads(t, leader) && signal_all(t, leader, number) == 0;
}

static bool
is_any_ending(const hp_recheck_rows *rows)
{
    size_t i = 0;

    while (i < rows->n && !rows->rows[i].ending)
        i++;
    return i < rows->n;
}

/* One look at all of them, by one table. */
static void
look(hp_recheck_rows *rows, int number)
{
    table t = read_table();
    size_t i;

    for (i = 0; i < rows->n; i++) {
        hp_recheck_row *row = &rows->rows[i];

        row->ending = row->ending && !is_over(&t, &row->record.leader, number);
    }
    free(t.all);
}

void
hp_tree_wait(hp_recheck_rows *rows)
{
    int looks;

    for (looks = 0; looks < ASKED + FORCED && is_any_ending(rows); looks++) {
        wait_a_moment();
        look(rows, looks < ASKED ? 0 : SIGKILL);
    }
}
