/*
 * Each request is served by a process of its own, which ends with it: what was scanned is in no
 * other memory.  Who comes meanwhile is told that the scanner is busy, and who connects without
 * asking keeps nobody waiting.
 */
#include "serve.h"

#include "say.h"
#include "../wait.h"

#include "base/wipe.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define FIRST_FD 3   /* SD_LISTEN_FDS_START */
#define PATIENCE 1.0 /* seconds that a request may take to come, or a served one to end */
#define GUESTS   32  /* who wait at once */

int
hp_serve_inherit(void)
{
    const char *pid = getenv("LISTEN_PID"), *n = getenv("LISTEN_FDS");

    if (pid == NULL || n == NULL || strtol(pid, NULL, 10) != (long)getpid() || strcmp(n, "1") != 0)
        return -1;
    return fcntl(FIRST_FD, F_SETFD, FD_CLOEXEC) == 0 ? FIRST_FD : -1;
}

/* A socket that an earlier one left behind gives way, one at which somebody listens does not. */
static bool
is_unheard(const struct sockaddr_un *at)
{
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    bool heard = fd >= 0 && connect(fd, (const struct sockaddr *)at, sizeof(*at)) == 0;
    bool good = !heard && (errno == ECONNREFUSED || errno == ENOENT);

    if (fd >= 0)
        (void)close(fd);
    if (heard)
        errno = EADDRINUSE;
    return good;
}

/* Under another name first: whoever finds it by its own is heard. */
static bool
listen_at(int fd, const struct sockaddr_un *at)
{
    struct sockaddr_un before = *at;

    memcpy(before.sun_path + strlen(before.sun_path), HP_SCAN_NEW, sizeof(HP_SCAN_NEW));
    (void)unlink(before.sun_path);
    if (bind(fd, (const struct sockaddr *)&before, sizeof(before)) != 0)
        return false;
    if (listen(fd, SOMAXCONN) == 0 && rename(before.sun_path, at->sun_path) == 0)
        return true;
    (void)unlink(before.sun_path);
    return false;
}

int
hp_serve_listen(const char *path)
{
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    mode_t mask = umask(0177);
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    bool good;

    memcpy(at.sun_path, path, strlen(path)); /* no longer than this: main() saw to it */
    good = fd >= 0 && is_unheard(&at) && listen_at(fd, &at);
    (void)umask(mask);
    if (good)
        return fd;
    hp_say("%s: %s", path, strerror(errno));
    if (fd >= 0)
        (void)close(fd);
    return -1;
}

/* ---- one request ---------------------------------------------------------- */

static bool
take_request(int asks, hp_scan_request *request)
{
    char message[HP_SCAN_REQUEST_MAX];
    ssize_t n = recv(asks, message, sizeof(message), MSG_TRUNC);

    return n > 0 && (size_t)n <= sizeof(message) &&
           hp_scan_read_request((hp_str){ (const uint8_t *)message, (size_t)n }, request);
}

/* message: with room for a head in front of the text of n bytes. */
static void
reply(int asks, const hp_scan_request *request, hp_scan_word word, uint8_t *message, size_t n)
{
    char head[HP_SCAN_HEAD + 8];
    size_t made = hp_scan_write_head(request->id, word, head);

    memcpy(message, head, made);
    (void)send(asks, message, word == HP_SCAN_TEXT ? made + n : made, MSG_NOSIGNAL);
}

static void
serve(int asks, const hp_feed *feed)
{
    uint8_t message[HP_SCAN_REPLY_MAX + 1]; /* and a line end behind the longest text */
    hp_scan_request request;
    hp_scan_word word = HP_SCAN_FAULT;
    size_t n = 0;

    if (!take_request(asks, &request)) {
        hp_say("what came is no request of HPSCAN/1");
        return;
    }
    if (hp_feed_scan(feed, asks, hp_clock() + request.seconds, message + HP_SCAN_HEAD,
                     sizeof(message) - HP_SCAN_HEAD, &n, &word))
        reply(asks, &request, word, message, n);
    hp_wipe(message, sizeof(message));
}

/* False where no request has come. */
static bool
refuse(int asks)
{
    uint8_t message[HP_SCAN_HEAD + 8];
    hp_scan_request request;
    bool asked = take_request(asks, &request);

    if (asked)
        reply(asks, &request, HP_SCAN_BUSY, message, 0);
    return asked;
}

/* ---- all of them ---------------------------------------------------------- */

/* Who has connected and is not served yet. */
typedef struct {
    int fd;
    bool asks;    /* a request is there, which waits for the scanner */
    double until; /* for it to come, or for the scanner */
} guest;

typedef struct {
    int listening, children; /* what tells of one that has ended */
    pid_t serving;           /* 0: nobody is served */
    guest guests[GUESTS];    /* in the order in which they came */
    size_t n;
} server;

static void
forget(server *s, size_t i)
{
    (void)close(s->guests[i].fd);
    s->n--;
    memmove(&s->guests[i], &s->guests[i + 1], (s->n - i) * sizeof(s->guests[0]));
}

static void
turn_away(server *s, size_t i)
{
    if (!refuse(s->guests[i].fd))
        hp_say("a connection without a request of HPSCAN/1 was closed");
    forget(s, i);
}

/* Who is silent gives way to who may ask; if nobody is, the first one does. */
static void
make_room(server *s)
{
    size_t i;

    for (i = 0; i < s->n && s->guests[i].asks; i++)
        ;
    turn_away(s, i < s->n ? i : 0);
}

static void
welcome(server *s)
{
    int fd = accept4(s->listening, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

    if (fd < 0)
        return;
    if (s->n == GUESTS)
        make_room(s);
    s->guests[s->n++] = (guest){ fd, false, hp_clock() + PATIENCE };
}

/* Has the one who was served gone? */
static void
reap(server *s)
{
    struct signalfd_siginfo ended;

    (void)!read(s->children, &ended, sizeof(ended));
    if (s->serving > 0 && waitpid(s->serving, NULL, WNOHANG) != 0)
        s->serving = 0;
}

static void
start(server *s, size_t i, const hp_feed *feed)
{
    int asks = s->guests[i].fd;

    s->serving = fork();
    if (s->serving == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        while (s->n > 0) { /* of the others, who would not see that we hang up */
            if (s->guests[--s->n].fd != asks)
                (void)close(s->guests[s->n].fd);
        }
        serve(asks, feed);
        _exit(0);
    }
    if (s->serving < 0) {
        hp_say("fork: %s", strerror(errno));
        s->serving = 0;
    }
    forget(s, i);
}

/*
 * The first one that asks is served when nobody is; whose time is over goes.  Who asks for the next
 * code of a card may have come before the process that served him the last one has gone.
 */
static void
look_after(server *s, const hp_feed *feed)
{
    double now = hp_clock();
    size_t i;

    for (i = 0; i < s->n;) {
        if (s->guests[i].asks && s->serving == 0)
            start(s, i, feed);
        else if (!(now < s->guests[i].until))
            turn_away(s, i);
        else
            i++;
    }
}

/* Milliseconds until somebody's time is over; -1 for poll(2) where nobody waits. */
static int
time_left(const server *s)
{
    double left = PATIENCE, now = hp_clock();
    size_t i;

    for (i = 0; i < s->n; i++)
        left = fmin(left, s->guests[i].until - now);
    return s->n == 0 ? -1 : (int)(fmax(left, 0) * 1e3) + 1;
}

/* Waits until something is to be done, and notes who asks.  False for a fault, which was said. */
static bool
attend(server *s, const hp_feed *feed)
{
    struct pollfd at[3 + GUESTS] = {
        { .fd = s->listening, .events = POLLIN },
        { .fd = s->children, .events = POLLIN },
        { .fd = feed->input && s->serving == 0 ? STDIN_FILENO : -1, .events = POLLIN },
    };
    size_t i;

    for (i = 0; i < s->n; i++)
        at[3 + i] =
            (struct pollfd){ .fd = s->guests[i].asks ? -1 : s->guests[i].fd, .events = POLLIN };
    if (poll(at, 3 + s->n, time_left(s)) < 0) {
        if (errno != EINTR)
            hp_say("%s", strerror(errno));
        return errno == EINTR;
    }
    for (i = 0; i < s->n; i++) {
        if (at[3 + i].revents != 0)
            s->guests[i] = (guest){ s->guests[i].fd, true, hp_clock() + PATIENCE };
    }
    if (at[1].revents != 0)
        reap(s);
    if (at[2].revents != 0 && !hp_feed_drain()) {
        hp_say("standard input has ended");
        return false;
    }
    if (at[0].revents != 0)
        welcome(s);
    return true;
}

void
hp_serve(int listening, const hp_feed *feed)
{
    server s = { .listening = listening };
    sigset_t set;

    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGCHLD);
    (void)sigprocmask(SIG_BLOCK, &set, NULL);
    s.children = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (s.children < 0) {
        hp_say("%s", strerror(errno));
        return;
    }
    while (attend(&s, feed))
        look_after(&s, feed);
}
