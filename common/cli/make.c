/* Making files whole or not at all; see cli.h. */
#include "cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLDER_MODE 0755

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

/* Who may do what with a file; uid and gid -1 leave that alone. */
typedef struct {
    mode_t mode;
    uid_t uid;
    gid_t gid;
} rights;

/* Makes NEW beside the file, then puts it in place. */
static bool
replace(const char *path, const char *new, const rights *r, const void *bytes, size_t n)
{
    int why;

    (void)unlink(new);
    if (!hp_cli_make(new, r->mode, r->gid, bytes, n))
        return false;
    if ((r->uid == (uid_t)-1 || lchown(new, r->uid, (gid_t)-1) == 0) && rename(new, path) == 0)
        return true;
    why = errno;
    (void)unlink(new);
    errno = why;
    return false;
}

static bool
replace_quietly(const char *path, const rights *r, const void *bytes, size_t n)
{
    char *new = hp_cli_path_with(path, ".new");
    sigset_t all, before;
    bool ok;

    if (new == NULL)
        return false;
    (void)sigfillset(&all);
    (void)sigprocmask(SIG_SETMASK, &all, &before);
    ok = replace(path, new, r, bytes, n);
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    free(new);
    return ok;
}

bool
hp_cli_replace(const char *path, mode_t mode, const void *bytes, size_t n)
{
    rights r = { mode, (uid_t)-1, (gid_t)-1 };

    return replace_quietly(path, &r, bytes, n);
}

/* The path of the file's folder; the caller's to free. */
static char *
folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash == NULL ? strdup(".") : strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

/* Of what is ours already nothing is changed: only root can give a file away. */
static rights
rights_of(const struct stat *st)
{
    return (rights){ st->st_mode & 07777, st->st_uid == geteuid() ? (uid_t)-1 : st->st_uid,
                     st->st_gid };
}

static bool
make_new(const char *path, mode_t mode, const void *bytes, size_t n)
{
    char *folder = folder_of(path);
    rights r = { mode, (uid_t)-1, (gid_t)-1 };
    struct stat st;
    bool ok;

    if (folder != NULL && stat(folder, &st) == 0)
        r.gid = st.st_gid;
    free(folder);
    ok = replace_quietly(path, &r, bytes, n);
    if (ok || errno != EPERM)
        return ok;
    r.gid = (gid_t)-1;
    return replace_quietly(path, &r, bytes, n);
}

bool
hp_cli_renew(const char *path, mode_t mode, const void *bytes, size_t n)
{
    struct stat st;
    rights r;

    if (lstat(path, &st) != 0)
        return errno == ENOENT && make_new(path, mode, bytes, n);
    r = rights_of(&st);
    return replace_quietly(path, &r, bytes, n);
}

bool
hp_cli_is_closed(const char *path)
{
    struct stat st;

    if (stat(path, &st) != 0 || st.st_uid != 0 || (st.st_mode & S_IROTH) != 0)
        return false;
    return st.st_gid == 0 || (st.st_mode & S_IRGRP) == 0;
}

bool
hp_cli_warn_closed(const hp_cli_command *self, const char *path)
{
    if (!hp_cli_is_closed(path))
        return false;
    (void)hp_cli_say(self, 0, "warning: %s: only root may read it: gates that run as another user, "
                     "as the workers of nginx, do not see this (chgrp www-data, chmod g+r)", path);
    return true;
}

void
hp_cli_make_folder(const char *path)
{
    char *folder = folder_of(path);

    if (folder != NULL && mkdir(folder, FOLDER_MODE) == 0)
        (void)chmod(folder, FOLDER_MODE);
    free(folder);
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
