/* Making files whole or not at all; see cli.h. */
#include "cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static bool
write_all(int fd, const char *p, size_t n)
{
    ssize_t did;

    while (n > 0) {
        did = write(fd, p, n);
        if (did < 0 && errno == EINTR)
            continue;
        if (did < 0)
            return false;
        p += did;
        n -= (size_t)did;
    }
    return true;
}

bool
hp_cli_make(const char *path, mode_t mode, gid_t gid, const void *bytes, size_t n)
{
    /* Nobody else may open it before group and mode are right. */
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600), why;
    bool ok;

    if (fd < 0)
        return false;
    ok = (gid == (gid_t)-1 || fchown(fd, (uid_t)-1, gid) == 0) && fchmod(fd, mode) == 0 &&
        write_all(fd, bytes, n) && fsync(fd) == 0;
    why = errno;
    if (close(fd) != 0 && ok) {
        why = errno;
        ok = false;
    }
    if (!ok)
        (void)unlink(path);
    errno = why;
    return ok;
}

/* Makes NEW beside the file, then puts it in place. */
static bool
replace(const char *path, const char *new, mode_t mode, const void *bytes, size_t n)
{
    int why;

    (void)unlink(new);
    if (!hp_cli_make(new, mode, (gid_t)-1, bytes, n))
        return false;
    if (rename(new, path) == 0)
        return true;
    why = errno;
    (void)unlink(new);
    errno = why;
    return false;
}

bool
hp_cli_replace(const char *path, mode_t mode, const void *bytes, size_t n)
{
    char *new = hp_cli_path_with(path, ".new");
    sigset_t all, before;
    bool ok;

    if (new == NULL)
        return false;
    (void)sigfillset(&all);
    (void)sigprocmask(SIG_SETMASK, &all, &before);
    ok = replace(path, new, mode, bytes, n);
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    free(new);
    return ok;
}

char *
hp_cli_path_with(const char *path, const char *suffix)
{
    char *longer;

    return asprintf(&longer, "%s%s", path, suffix) < 0 ? NULL : longer;
}

char *
hp_cli_path(const char *folder, const char *name, const char *suffix)
{
    char *path;

    return asprintf(&path, "%s/%s%s", folder, name, suffix) < 0 ? NULL : path;
}
