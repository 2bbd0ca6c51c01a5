/*
 * A scan helper that owns the scanner or the camera: one connection, one request, one reply
 * (wire.h).  Nothing is typed, so no application's limit cuts it and no keyboard changes it.
 *
 * Whoever answers there can show any pass, as can who stands at the scanner; but he is not to be
 * anybody: the socket lies in a folder of root's, and the process that listens is root's or that of
 * the user of socket-user.  What is otherwise is a fault, and no reason to ask elsewhere.
 */
#include "source.h"

#include "ask.h"
#include "wait.h"
#include "wire.h"

#include "base/file.h"

#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <security/pam_modutil.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static int
fail(int rc, hp_error *error, const char *path, const char *why)
{
    hp_error_set(error, "source socket: %s: %s", path, why);
    return rc;
}

/* Nobody but root may put another socket in its place. */
static int
check_folder(const char *path, hp_error *error)
{
    char folder[PATH_MAX];
    struct stat st;
    hp_error why;

    memcpy(folder, path, strlen(path) + 1);
    folder[path == strrchr(path, '/') ? 1 : strrchr(path, '/') - path] = '\0';
    if (stat(folder, &st) != 0 && (errno == ENOENT || errno == ENOTDIR))
        return fail(HP_PAM_ABSENT, error, path, strerror(errno));
    if (!hp_folder_check(folder, HP_FILE_OWNED, &why))
        return fail(PAM_SERVICE_ERR, error, path, why.text);
    return PAM_SUCCESS;
}

/* *fd is connected, or -1. */
static int
dial(const char *path, int *fd, hp_error *error)
{
    struct sockaddr_un to = { .sun_family = AF_UNIX };

    memcpy(to.sun_path, path, strlen(path)); /* no longer than this: options.c saw to it */
    *fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (*fd < 0)
        return fail(PAM_AUTHINFO_UNAVAIL, error, path, strerror(errno));
    if (connect(*fd, (const struct sockaddr *)&to, sizeof(to)) == 0)
        return PAM_SUCCESS;
    if (errno == ENOENT || errno == ECONNREFUSED)
        return fail(HP_PAM_ABSENT, error, path, strerror(errno));
    return fail(PAM_AUTHINFO_UNAVAIL, error, path, strerror(errno));
}

/* Who listens: under socket activation that is systemd, which is root. */
static int
check_peer(const hp_pam_call *call, int fd, hp_error *error)
{
    const char *path = call->options.socket, *name = call->options.socket_user;
    const struct passwd *user = NULL;
    socklen_t n = sizeof(struct ucred);
    struct ucred peer;

    if (name != NULL && (user = pam_modutil_getpwnam(call->pamh, name)) == NULL)
        return fail(PAM_SERVICE_ERR, error, path, "the user of socket-user is unknown here");
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &n) != 0)
        return fail(PAM_AUTHINFO_UNAVAIL, error, path, strerror(errno));
    if (peer.uid != 0 && (user == NULL || peer.uid != user->pw_uid))
        return fail(PAM_SERVICE_ERR, error, path,
                    user != NULL
                        ? "another user listens there, expected root or the user of socket-user"
                        : "another user listens there, expected root (see socket-user)");
    return PAM_SUCCESS;
}

static int
send_request(const hp_pam_call *call, int fd, hp_scan_request *request, hp_error *error)
{
    const char *path = call->options.socket;
    char message[HP_SCAN_REQUEST_MAX];
    size_t n;

    request->seconds = call->options.timeout;
    if (getrandom(request->id, sizeof(request->id), 0) != (ssize_t)sizeof(request->id))
        return fail(PAM_AUTHINFO_UNAVAIL, error, path, "no random number for the request");
    n = hp_scan_write_request(request, message);
    if (send(fd, message, n, MSG_NOSIGNAL) != (ssize_t)n)
        return fail(PAM_AUTHINFO_UNAVAIL, error, path, strerror(errno));
    return PAM_SUCCESS;
}

/* What the helper's word makes of the answer. */
static int
read_word(const char *path, hp_scan_word word, hp_str text, hp_pam_answer *answer, hp_error *error)
{
    switch (word) {
    case HP_SCAN_TEXT:
        answer->received = text.n;
        answer->pass = hp_pam_strip(text);
        return PAM_SUCCESS;
    case HP_SCAN_NONE:
        return PAM_SUCCESS;
    case HP_SCAN_LONG:
        answer->nothing = HP_TOO_LONG;
        return PAM_SUCCESS;
    case HP_SCAN_ABSENT:
        return fail(HP_PAM_ABSENT, error, path, "the helper has no scanner");
    case HP_SCAN_BUSY:
        return fail(PAM_AUTHINFO_UNAVAIL, error, path, "the scanner serves somebody else now");
    case HP_SCAN_FAULT:
        break;
    }
    return fail(PAM_AUTHINFO_UNAVAIL, error, path, "the scanner failed");
}

/* Who shows nothing until the deadline has shown nothing; what comes in answers this request. */
static int
receive(const hp_pam_call *call, int fd, const hp_scan_request *request, hp_pam_answer *answer,
        hp_error *error)
{
    struct pollfd at = { .fd = fd, .events = POLLIN };
    int ready = hp_wait(&at, 1, hp_clock() + call->options.timeout);
    const char *path = call->options.socket;
    hp_scan_word word;
    hp_str message, text;
    ssize_t n;

    if (ready == 0)
        return PAM_SUCCESS;
    n = ready < 0 ? -1 : recv(fd, answer->text, HP_SCAN_REPLY_MAX, MSG_TRUNC);
    if (n < 0)
        return fail(PAM_AUTHINFO_UNAVAIL, error, path, strerror(errno));
    if (n == 0)
        return fail(PAM_AUTHINFO_UNAVAIL, error, path, "the helper hung up without a reply");
    message = (hp_str){ (const uint8_t *)answer->text, (size_t)n };
    if (message.n > HP_SCAN_REPLY_MAX || !hp_scan_read_reply(message, request->id, &word, &text))
        return fail(PAM_AUTHINFO_UNAVAIL, error, path,
                    "the helper's reply is no reply to the request");
    return read_word(path, word, text, answer, error);
}

int
hp_pam_source_socket(const hp_pam_call *call, const hp_pam_wish *wish, hp_pam_answer *answer,
                     hp_error *error)
{
    hp_scan_request request;
    int fd = -1, rc = check_folder(call->options.socket, error);

    if (rc == PAM_SUCCESS)
        rc = dial(call->options.socket, &fd, error);
    if (rc == PAM_SUCCESS)
        rc = check_peer(call, fd, error);
    if (rc == PAM_SUCCESS && !hp_pam_answer_room(answer, HP_SCAN_REPLY_MAX))
        rc = PAM_BUF_ERR;
    if (rc == PAM_SUCCESS)
        rc = send_request(call, fd, &request, error);
    if (rc == PAM_SUCCESS) {
        hp_pam_ask_aloud(call, wish);
        rc = receive(call, fd, &request, answer, error);
    }
    if (fd >= 0)
        (void)close(fd);
    return rc;
}
