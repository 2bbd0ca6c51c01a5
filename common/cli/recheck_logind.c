/*
 * The login manager, systemd-logind or elogind, asked by its own loginctl(1): no shell, a fixed
 * path, and no more of the environment than it needs.
 */
#include "cli/recheck.h"

#include <ctype.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LOGINCTL "/usr/bin/loginctl"
#define SEATS    "/run/systemd/seats" /* is there where one runs, see sd_booted(3) */
#define PATIENCE 10 /* seconds that it may take to answer */

/* ---- a program --------------------------------------------------------------------------- */

/* Started, with what it says going to out; -1 when it cannot be. */
static pid_t
start(char *const argv[], int out)
{
    static char locale[] = "LC_ALL=C", path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
    char *environment[] = { locale, path, NULL };
    posix_spawn_file_actions_t files;
    pid_t pid = -1;

    if (posix_spawn_file_actions_init(&files) != 0)
        return -1;
    if (posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0) != 0 ||
        posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0) != 0 ||
        posix_spawn_file_actions_adddup2(&files, out, 1) != 0 ||
        posix_spawn(&pid, argv[0], &files, NULL, argv, environment) != 0)
        pid = -1;
    (void)posix_spawn_file_actions_destroy(&files);
    return pid;
}

static time_t
seconds(void)
{
    struct timespec t;

    return clock_gettime(CLOCK_MONOTONIC, &t) == 0 ? t.tv_sec : 0;
}

/* What it says until it ends, as text; false when it takes too long. */
static bool
listen(int in, char *said, size_t room)
{
    time_t end = seconds() + PATIENCE;
    struct pollfd ready = { .fd = in, .events = POLLIN };
    size_t n = 0;
    ssize_t got = 1;

    while (got > 0 && n + 1 < room && seconds() < end) {
        got = poll(&ready, 1, 1000) > 0 ? read(in, said + n, room - 1 - n) : 1;
        n += ready.revents != 0 && got > 0 ? (size_t)got : 0;
        ready.revents = 0;
    }
    said[n] = '\0';
    return got == 0;
}

/* Did it succeed?  One that takes too long, or says too much, is ended, and not asked again. */
static bool
run(hp_logind *manager, char *const argv[], char *said, size_t room)
{
    int ends[2], status = -1;
    bool heard;
    pid_t pid;

    if (manager->silent || pipe2(ends, O_CLOEXEC) != 0)
        return false;
    pid = start(argv, ends[1]);
    (void)close(ends[1]);
    heard = pid > 0 && listen(ends[0], said, room);
    (void)close(ends[0]);
    manager->silent = pid > 0 && !heard;
    if (manager->silent)
        (void)kill(pid, SIGKILL);
    return pid > 0 && waitpid(pid, &status, 0) == pid && heard && WIFEXITED(status) &&
           WEXITSTATUS(status) == 0;
}

/* ---- its sessions ------------------------------------------------------------------------ */

/* Nothing that could be taken for an option. */
static bool
is_id(const char *text)
{
    size_t n = 0;

    while (isalnum((unsigned char)text[n]))
        n++;
    return n > 0 && n < HP_LOGIND_ID && text[n] == '\0';
}

/* The last part of the leader's control group: "session-3.scope", of elogind "3". */
static bool
read_group(int leader, char id[HP_LOGIND_ID])
{
    char path[32], text[4096], *at, *end;
    ssize_t n;
    int fd;

    (void)snprintf(path, sizeof(path), "/proc/%d/cgroup", leader);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
    if (fd >= 0)
        (void)close(fd);
    text[n > 0 ? n : 0] = '\0';
    at = strstr(text, "/session-");
    at = at != NULL ? at + strlen("/session-") : strstr(text, "elogind:/");
    if (at == NULL)
        return false;
    at += strncmp(at, "elogind:/", 9) == 0 ? 9 : 0;
    end = at + strcspn(at, ".\n/");
    *end = '\0';
    (void)snprintf(id, HP_LOGIND_ID, "%s", at);
    return is_id(id);
}

/* Does the login manager know this session by the same leader? */
static bool
leads(hp_logind *manager, char *id, int leader)
{
    static char program[] = LOGINCTL, what[] = "show-session", which[] = "--property=Leader",
                how[] = "--value";
    char *argv[] = { program, what, id, which, how, NULL };
    char said[64];

    return run(manager, argv, said, sizeof(said)) && atoi(said) == leader;
}

/* It answers by a number; looked at last, that is the number of the leader on record. */
bool
hp_logind_find(hp_logind *manager, const hp_session *session, char id[HP_LOGIND_ID])
{
    int leader = session->leader.pid;
    bool found;

    if (access(SEATS, F_OK) != 0 || leader <= 1)
        return false;
    (void)snprintf(id, HP_LOGIND_ID, "%.*s", HP_LOGIND_ID - 1, session->login);
    found = is_id(id) && leads(manager, id, leader);
    found = found || (read_group(leader, id) && leads(manager, id, leader));
    return found && hp_process_runs(&session->leader);
}

bool
hp_logind_do(hp_logind *manager, const char *what, const char *id)
{
    static char program[] = LOGINCTL;
    char command[32], which[HP_LOGIND_ID], said[64];
    char *argv[] = { program, command, which, NULL };

    (void)snprintf(command, sizeof(command), "%s", what);
    (void)snprintf(which, sizeof(which), "%s", id);
    return run(manager, argv, said, sizeof(said));
}
