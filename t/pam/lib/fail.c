/*
 * Linked around the module for t/pam/66-failures.t: the nth call that it or the core
 * makes of a function that can fail does fail, and its name is kept.
 */
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <pwd.h>
#include <security/pam_modules.h>
#include <security/pam_modutil.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

static size_t calls, fail_at;
static const char *failed;

EXPORT void fail_start(size_t nth);
EXPORT const char *fail_name(void);

/* Starts counting anew; 0: none fails. */
void
fail_start(size_t nth)
{
    calls = 0;
    fail_at = nth;
    failed = NULL;
}

/* What failed since then; NULL: there were not that many calls. */
const char *
fail_name(void)
{
    return failed;
}

static bool
fails(const char *name)
{
    if (++calls != fail_at)
        return false;
    errno = ENOMEM;
    failed = name;
    return true;
}

#define WRAP(type, name, failure, params, args)                      \
    type __real_##name params;                                       \
    type __wrap_##name params;                                       \
    type __wrap_##name params                                        \
    {                                                                \
        return fails(#name) ? (failure) : __real_##name args;        \
    }

typedef int filter(const struct dirent *);
typedef int order(const struct dirent **, const struct dirent **);
typedef void cleanup(pam_handle_t *, void *, int);

WRAP(void *, malloc, NULL, (size_t n), (n))
WRAP(void *, calloc, NULL, (size_t n, size_t size), (n, size))
WRAP(void *, reallocarray, NULL, (void *p, size_t n, size_t size), (p, n, size))
WRAP(char *, strdup, NULL, (const char *s), (s))
WRAP(int, open, -1, (const char *path, int flags, mode_t mode), (path, flags, mode))
WRAP(int, openat, -1, (int at, const char *path, int flags, mode_t mode), (at, path, flags, mode))
WRAP(ssize_t, write, -1, (int fd, const void *p, size_t n), (fd, p, n))
WRAP(int, fchmod, -1, (int fd, mode_t mode), (fd, mode))
WRAP(int, renameat, -1, (int at, const char *path, int to, const char *name),
     (at, path, to, name))
WRAP(int, unlinkat, -1, (int at, const char *path, int flags), (at, path, flags))
WRAP(int, getrlimit, -1, (__rlimit_resource_t what, struct rlimit *to), (what, to))
WRAP(int, mkdir, -1, (const char *path, mode_t mode), (path, mode))
WRAP(int, flock, -1, (int fd, int how), (fd, how))
WRAP(int, ftruncate, -1, (int fd, off_t size), (fd, size))
WRAP(ssize_t, pread, -1, (int fd, void *p, size_t n, off_t at), (fd, p, n, at))
WRAP(ssize_t, pwrite, -1, (int fd, const void *p, size_t n, off_t at), (fd, p, n, at))
WRAP(int, gethostname, -1, (char *to, size_t n), (to, n))
WRAP(ssize_t, getrandom, -1, (void *to, size_t n, unsigned flags), (to, n, flags))
WRAP(ssize_t, read, -1, (int fd, void *p, size_t n), (fd, p, n))
WRAP(int, fstat, -1, (int fd, struct stat *to), (fd, to))
WRAP(int, stat, -1, (const char *path, struct stat *to), (path, to))
WRAP(int, lstat, -1, (const char *path, struct stat *to), (path, to))
WRAP(char *, realpath, NULL, (const char *path, char *to), (path, to))
WRAP(int, scandir, -1, (const char *path, struct dirent ***to, filter *f, order *o),
     (path, to, f, o))
WRAP(int, socket, -1, (int domain, int type, int protocol), (domain, type, protocol))
WRAP(int, connect, -1, (int fd, const struct sockaddr *to, socklen_t n), (fd, to, n))
WRAP(int, getsockopt, -1, (int fd, int level, int name, void *to, socklen_t *n),
     (fd, level, name, to, n))
WRAP(ssize_t, send, -1, (int fd, const void *p, size_t n, int flags), (fd, p, n, flags))
WRAP(ssize_t, recv, -1, (int fd, void *p, size_t n, int flags), (fd, p, n, flags))
WRAP(int, poll, -1, (struct pollfd *fds, nfds_t n, int patience), (fds, n, patience))
WRAP(int, isatty, 0, (int fd), (fd))
WRAP(int, ioctl, -1, (int fd, unsigned long what), (fd, what))
WRAP(int, tcgetattr, -1, (int fd, struct termios *to), (fd, to))
WRAP(int, tcsetattr, -1, (int fd, int when, const struct termios *to), (fd, when, to))
WRAP(int, tcflush, -1, (int fd, int what), (fd, what))
WRAP(int, clock_gettime, -1, (clockid_t id, struct timespec *t), (id, t))
WRAP(struct tm *, localtime_r, NULL, (const time_t *t, struct tm *to), (t, to))
WRAP(int, pam_get_item, PAM_SYSTEM_ERR, (const pam_handle_t *h, int item, const void **to),
     (h, item, to))
WRAP(int, pam_get_user, PAM_IGNORE, (pam_handle_t *h, const char **to, const char *prompt),
     (h, to, prompt))
WRAP(int, pam_get_data, PAM_NO_MODULE_DATA,
     (const pam_handle_t *h, const char *name, const void **to), (h, name, to))
WRAP(int, pam_set_data, PAM_BUF_ERR,
     (pam_handle_t *h, const char *name, void *data, cleanup *c), (h, name, data, c))
WRAP(int, pam_putenv, PAM_BUF_ERR, (pam_handle_t *h, const char *text), (h, text))
WRAP(struct passwd *, pam_modutil_getpwnam, NULL, (pam_handle_t *h, const char *user), (h, user))
