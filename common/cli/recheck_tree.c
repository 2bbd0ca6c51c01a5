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

typedef struct {
    hp_process_state *all;
    size_t n;
} table;

static int
is_number(const struct dirent *entry)
{
    return isdigit((unsigned char)entry->d_name[0]);
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
    return t;
}

static const hp_process_state *
find(const table *t, int pid)
{
    size_t i = 0;

    while (i < t->n && t->all[i].id.pid != pid)
        i++;
    return i < t->n ? &t->all[i] : NULL;
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

/* All that runs descends from the first process. */
static bool
may_lead(const hp_process *leader)
{
    return leader->pid > 1;
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

/* The device itself, whatever stands at its path; and no wait for one that takes nothing. */
static bool
write_tty(unsigned device, const char *text)
{
    char path[64];
    struct stat st;
    bool good;
    int fd;

    name_tty(device, path, sizeof(path));
    fd = open(path, O_WRONLY | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return false;
    good = fstat(fd, &st) == 0 && S_ISCHR(st.st_mode) && st.st_rdev == device &&
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
    bool told = false;
    size_t i;

    for (i = 0; i < t.n && may_lead(leader); i++) {
        if (t.all[i].tty != 0 && descends(&t, &t.all[i], leader->pid) &&
            is_first(&t, i, leader->pid))
            told = write_tty(t.all[i].tty, text) || told;
    }
    free(t.all);
    return told;
}

/* ---- their end --------------------------------------------------------------------------- */

/* Signals them all, but for this process; how many they are.  0 asks only. */
static size_t
signal_all(const hp_process *leader, int number)
{
    table t = read_table();
    size_t i, n = 0;

    for (i = 0; i < t.n; i++) {
        if (t.all[i].id.pid == getpid() || !descends(&t, &t.all[i], leader->pid))
            continue;
        n++;
        if (number != 0)
            (void)kill(t.all[i].id.pid, number);
    }
    free(t.all);
    return n;
}

static void
wait_a_moment(void)
{
    const struct timespec pause = { 0, PAUSE * 1000000L };

    (void)nanosleep(&pause, NULL);
}

/* Is it over: does the leader no longer run, or has it nobody left?  Looks so many times. */
static bool
ends_within(const hp_process *leader, int looks, int number)
{
    while (looks-- > 0) {
        if (!hp_process_runs(leader) || signal_all(leader, number) == 0)
            return true;
        wait_a_moment();
    }
    return false;
}

/*
 * As when a terminal is taken away: a shell ends by SIGHUP, not by SIGTERM.  Whoever is stopped is
 * to hear it.  A leader with nobody below it is the session's program itself.
 */
bool
hp_tree_end(const hp_process *leader)
{
    if (!may_lead(leader))
        return false;
    if (!hp_process_runs(leader))
        return true;
    (void)signal(SIGHUP, SIG_IGN); /* it may be our own session */
    if (signal_all(leader, SIGHUP) == 0) {
        (void)kill(leader->pid, SIGHUP);
        return true;
    }
    (void)signal_all(leader, SIGCONT);
    return ends_within(leader, ASKED, 0) || ends_within(leader, FORCED, SIGKILL);
}
