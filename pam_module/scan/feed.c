/*
 * Nothing is read while nobody asks: the line is opened, and the camera switched on, for one code
 * at a time.  Only standard input comes as it likes, and is thrown away until somebody asks.
 */
#include "feed.h"

#include "say.h"
#include "../serial.h"

#include "base/wipe.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* What the end of a text says; *word is left as it is where the feed has ended. */
static bool
read_take(hp_take what, hp_scan_word *word)
{
    switch (what) {
    case HP_TAKE_TEXT:
        *word = HP_SCAN_TEXT;
        break;
    case HP_TAKE_NONE:
        *word = HP_SCAN_NONE;
        break;
    case HP_TAKE_LONG:
        *word = HP_SCAN_LONG;
        break;
    case HP_TAKE_LEFT:
        return false;
    case HP_TAKE_GONE:
        break;
    }
    return true;
}

/* ---- a serial scanner ----------------------------------------------------- */

static bool
scan_device(const char *path, int asks, double deadline, uint8_t *text, size_t room, size_t *n,
            hp_scan_word *word)
{
    hp_error error;
    hp_serial line;
    hp_serial_state state = hp_serial_open(path, &line, &error);
    bool waits;

    if (state != HP_SERIAL_OPEN) {
        hp_say("%s", error.text);
        *word = state == HP_SERIAL_ABSENT ? HP_SCAN_ABSENT
                : state == HP_SERIAL_BUSY ? HP_SCAN_BUSY
                                          : HP_SCAN_FAULT;
        return true;
    }
    *word = HP_SCAN_FAULT;
    waits = read_take(hp_take_text(line.fd, asks, deadline, text, room, n), word);
    hp_serial_close(&line);
    return waits;
}

/* ---- a command ------------------------------------------------------------ */

/* The group of the one that runs, for the handler of a signal. */
static volatile sig_atomic_t running;

/* Whoever ends us ends it, too; also the process that listens, when that is ended. */
static void
end_both(int number)
{
    if (running > 0)
        (void)kill(-(pid_t)running, SIGKILL);
    _exit(128 + number);
}

/* A group of its own, so that all that it starts can be ended with it, and is if we are. */
static void
become(char *const *command, int output)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    sigset_t none;

    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)signal(SIGTERM, SIG_DFL);
    (void)setpgid(0, 0);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (null >= 0 && dup2(null, STDIN_FILENO) >= 0 && dup2(output, STDOUT_FILENO) >= 0)
        (void)execvp(command[0], command);
    hp_say("%s: %s", command[0], strerror(errno));
    _exit(127);
}

/* *fd is what it writes, and does not block. */
static pid_t
start(char *const *command, int *fd)
{
    int ends[2];
    pid_t pid;

    if (pipe2(ends, O_CLOEXEC) != 0)
        return -1;
    (void)signal(SIGTERM, end_both);
    (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
    pid = fork();
    if (pid == 0)
        become(command, ends[1]);
    (void)close(ends[1]);
    *fd = ends[0];
    if (pid > 0)
        (void)setpgid(pid, pid); /* whoever of the two comes first */
    running = pid;
    if (pid > 0 && fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0)
        return pid;
    (void)close(ends[0]);
    return -1;
}

/*
 * Its exit status; 0 where we ended it.  Who has closed its output gets a moment to exit.  All of
 * its group is ended before the process is reaped, as long as the group's number is its own.
 */
static int
end(pid_t pid, bool closed)
{
    siginfo_t exited = { 0 };
    int status = 0, i;

    for (i = 0; closed && i < 10 && exited.si_pid == 0; i++) {
        (void)poll(NULL, 0, 20);
        (void)waitid(P_PID, (id_t)pid, &exited, WEXITED | WNOWAIT | WNOHANG);
    }
    (void)kill(-pid, SIGKILL);
    running = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return closed && WIFEXITED(status) ? WEXITSTATUS(status) : 0;
}

/* One that ends without a code has no scanner if it fails, and otherwise was shown none. */
static bool
scan_command(char *const *command, int asks, double deadline, uint8_t *text, size_t room, size_t *n,
             hp_scan_word *word)
{
    int fd;
    pid_t pid = start(command, &fd);
    hp_take what;

    *word = HP_SCAN_FAULT;
    if (pid < 0)
        return true;
    what = hp_take_text(fd, asks, deadline, text, room, n);
    *word = end(pid, what == HP_TAKE_GONE) == 0 ? HP_SCAN_NONE : HP_SCAN_ABSENT;
    (void)close(fd);
    return read_take(what, word);
}

/* ---- standard input ------------------------------------------------------- */

bool
hp_feed_drain(void)
{
    uint8_t lost[4096];
    ssize_t n;

    while ((n = read(STDIN_FILENO, lost, sizeof(lost))) > 0)
        ;
    hp_wipe(lost, sizeof(lost));
    return n < 0 && (errno == EAGAIN || errno == EINTR);
}

static bool
scan_input(int asks, double deadline, uint8_t *text, size_t room, size_t *n, hp_scan_word *word)
{
    *word = HP_SCAN_ABSENT;
    return !hp_feed_drain() ||
           read_take(hp_take_text(STDIN_FILENO, asks, deadline, text, room, n), word);
}

bool
hp_feed_scan(const hp_feed *feed, int asks, double deadline, uint8_t *text, size_t room, size_t *n,
             hp_scan_word *word)
{
    *n = 0;
    if (feed->device != NULL)
        return scan_device(feed->device, asks, deadline, text, room, n, word);
    if (feed->command != NULL)
        return scan_command(feed->command, asks, deadline, text, room, n, word);
    return scan_input(asks, deadline, text, room, n, word);
}
