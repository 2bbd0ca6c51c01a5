/*
 * The processes of a session: told, asked to end and waited for, and never those of another one
 * that has the leader's number by now.
 */
#include "unit.h"

#include "cli/recheck.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* A leader that waits for one process, which has a terminal of its own. */
typedef struct {
    hp_process leader, program;
    int screen; /* the other end of the terminal */
} session;

/* Says that it is there, and goes on until it is ended. */
static void *
go_on(void *ready)
{
    pid_t self = getpid();

    while (write(*(int *)ready, &self, sizeof(self)) > 0)
        (void)pause();
    _exit(1);
}

/* Takes the terminal; not for ever, if a test fails. */
static void
be_program(const char *tty, int ready, bool by_thread)
{
    static int to;
    pthread_t thread;

    to = ready;
    (void)signal(SIGHUP, SIG_DFL); /* which hp_tree_ask() ignores */
    (void)alarm(30);
    if (setsid() == -1 || open(tty, O_RDWR) < 0)
        _exit(1);
    if (!by_thread)
        (void)go_on(&to);
    if (pthread_create(&thread, NULL, go_on, &to) != 0)
        _exit(1);
    pthread_exit(NULL);
}

static session
begin(bool by_thread)
{
    session s = { .screen = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC) };
    pid_t leader, program = 0;
    int ready[2];

    assert_true(s.screen >= 0 && grantpt(s.screen) == 0 && unlockpt(s.screen) == 0);
    assert_int_equal(pipe(ready), 0);
    leader = fork();
    assert_true(leader >= 0);
    if (leader == 0) {
        if (fork() == 0)
            be_program(ptsname(s.screen), ready[1], by_thread);
        (void)close(ready[1]);
        _exit(wait(NULL) > 0 ? 0 : 1);
    }
    (void)close(ready[1]);
    assert_int_equal(read(ready[0], &program, sizeof(program)), sizeof(program));
    (void)close(ready[0]);
    s.leader = hp_process_of(leader);
    s.program = hp_process_of(program);
    return s;
}

static void
end(const session *s)
{
    (void)kill(s->program.pid, SIGKILL);
    assert_int_equal(waitpid(s->leader.pid, NULL, 0), s->leader.pid);
    (void)close(s->screen);
}

/* Does the screen show the text, in parts as they come, with no more than so many ms between? */
static bool
shows(const session *s, const char *text, int wait)
{
    struct pollfd ready = { .fd = s->screen, .events = POLLIN };
    char said[256] = "";
    size_t n = 0;
    ssize_t got = 1;

    while (got > 0 && strstr(said, text) == NULL && poll(&ready, 1, wait) > 0) {
        got = read(s->screen, said + n, sizeof(said) - 1 - n);
        n += got > 0 ? (size_t)got : 0;
        said[n] = '\0';
    }
    return strstr(said, text) != NULL;
}

/* Has it none, it is a zombie whose other threads run. */
static bool
has_first_thread(const hp_process *process)
{
    char path[32], text[256] = "";
    int fd;

    (void)snprintf(path, sizeof(path), "/proc/%d/stat", process->pid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0 && read(fd, text, sizeof(text) - 1) > 0);
    (void)close(fd);
    return strstr(text, ") Z ") == NULL;
}

/* Of this number, and of another time. */
static hp_process
other(const hp_process *process)
{
    return (hp_process){ process->pid, process->start + 1 };
}

static void
its_own_terminal_is_told(void **state)
{
    session s = begin(false);
    hp_process stranger = other(&s.leader), unknown = { s.leader.pid, 0 };

    (void)state;
    assert_false(hp_tree_tell(&stranger, "to a stranger"));
    assert_false(hp_tree_tell(&unknown, "to nobody"));
    assert_false(shows(&s, "to", 50));
    assert_true(hp_tree_tell(&s.leader, "goes home"));
    assert_true(shows(&s, "goes home", 2000));
    end(&s);
}

static void
its_own_processes_are_ended(void **state)
{
    session s = begin(false);
    hp_recheck_row row = { .record.leader = other(&s.leader), .ending = true };
    hp_recheck_rows rows = { &row, 1 };

    (void)state;
    hp_tree_ask(&row.record.leader, false);
    hp_tree_wait(&rows);
    assert_false(row.ending); /* that one does not run */
    assert_true(hp_process_runs(&s.leader) && hp_process_runs(&s.program));

    row = (hp_recheck_row){ .record.leader = s.leader, .ending = true };
    hp_tree_ask(&s.leader, false);
    hp_tree_wait(&rows);
    assert_false(row.ending || hp_process_runs(&s.program));
    end(&s);
}

static void
whose_first_thread_has_ended_is_ended(void **state)
{
    session s = begin(true);
    hp_recheck_row row = { .record.leader = s.leader, .ending = true };
    hp_recheck_rows rows = { &row, 1 };

    (void)state;
    for (int i = 0; i < 200 && has_first_thread(&s.program); i++)
        (void)poll(NULL, 0, 10);
    assert_true(hp_process_runs(&s.program));
    hp_tree_ask(&s.leader, false);
    hp_tree_wait(&rows);
    assert_false(row.ending || hp_process_runs(&s.program));
    end(&s);
}

/* login(1) when its shell has gone: it closes the session, which SIGHUP would end at once. */
static void
a_leader_that_closes_is_left_alone(void **state)
{
    pid_t pid = fork();
    hp_process leader = hp_process_of(pid);
    int how;

    (void)state;
    if (pid == 0) {
        (void)signal(SIGHUP, SIG_DFL);
        (void)alarm(30);
        (void)pause();
        _exit(1);
    }
    hp_tree_ask(&leader, true);
    (void)poll(NULL, 0, 50);
    assert_int_equal(waitpid(pid, &how, WNOHANG), 0);
    hp_tree_ask(&leader, false); /* where no login manager has, it is the session's program */
    assert_int_equal(waitpid(pid, &how, 0), pid);
    assert_true(WIFSIGNALED(how) && WTERMSIG(how) == SIGHUP);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(its_own_terminal_is_told),
    cmocka_unit_test(its_own_processes_are_ended),
    cmocka_unit_test(whose_first_thread_has_ended_is_ended),
    cmocka_unit_test(a_leader_that_closes_is_left_alone),
};

UNIT_MAIN(tests)
