/* Locks beside files that are replaced by rename; see lock.h. */
#include "cli/lock.h"

#include "cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LOOK_EVERY 10000000 /* nanoseconds between two tries */

/* The folder is needed at the end: better to know now. */
static int
open_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *name = slash == NULL ? strdup(".") : strndup(path, (size_t)(slash - path) + 1);
    int fd = name == NULL ? -1 : open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    free(name);
    return fd;
}

/* A lock beside no file, of a run that came to nothing, would puzzle whoever finds it. */
void
hp_lock_drop(hp_lock *l)
{
    struct stat st;

    if (l->held && lstat(l->path, &st) != 0 && errno == ENOENT)
        (void)unlink(l->lock_path);
    if (l->folder >= 0)
        (void)close(l->folder);
    if (l->lock >= 0)
        (void)close(l->lock);
    free(l->lock_path);
}

/* What stands where a file of ours should be, if it is no file; NULL for nothing wrong. */
static const char *
oddity(const struct stat *st)
{
    if (S_ISLNK(st->st_mode))
        return "is a symbolic link, which is not followed, expected a file";
    if (S_ISDIR(st->st_mode))
        return "is a folder, expected a file";
    return S_ISREG(st->st_mode) ? NULL : "is no regular file";
}

static bool
is_plain(const char *path, hp_error *error)
{
    struct stat st;
    const char *odd = lstat(path, &st) == 0 ? oddity(&st) : NULL;

    if (odd != NULL)
        hp_error_set(error, "%s: %s", path, odd);
    return odd == NULL;
}

/* Tries until then; with errno ETIMEDOUT when another one still has it. */
static bool
lock_until(int fd, double end)
{
    const struct timespec pause = { 0, LOOK_EVERY };

    while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return false;
        if (hp_cli_now() >= end) {
            errno = ETIMEDOUT;
            return false;
        }
        (void)nanosleep(&pause, NULL);
    }
    return true;
}

static bool
lock_waiting(int fd)
{
    int rc;

    do
        rc = flock(fd, LOCK_EX);
    while (rc != 0 && errno == EINTR);
    return rc == 0;
}

static bool
wait_for_lock(hp_lock *l, double seconds, double end)
{
    l->lock = open(l->lock_path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (l->lock < 0)
        return false;
    return seconds < 0 ? lock_waiting(l->lock) : lock_until(l->lock, end);
}

/* Whoever held it may have taken the file away: then others lock another one already. */
static bool
take_lock(hp_lock *l, double seconds)
{
    double end = hp_cli_now() + seconds;
    struct stat ours, there;

    for (;;) {
        if (!wait_for_lock(l, seconds, end) || fstat(l->lock, &ours) != 0)
            return false;
        if (lstat(l->lock_path, &there) == 0 && ours.st_ino == there.st_ino &&
            ours.st_dev == there.st_dev)
            break;
        (void)close(l->lock);
        l->lock = -1;
    }
    l->held = true;
    return true;
}

static void
say_why(const hp_lock *l, double seconds, hp_error *error)
{
    if (l->folder >= 0 && errno == ETIMEDOUT)
        hp_error_set(error, "%s: another run has held it for %.0f seconds", l->lock_path, seconds);
    else
        hp_error_set(error, "%s: %s", l->folder >= 0 ? l->lock_path : l->path, strerror(errno));
}

bool
hp_lock_take(hp_lock *l, const char *path, double seconds, hp_error *error)
{
    bool plain;

    *l = (hp_lock){ .path = path, .lock = -1, .folder = -1 };
    l->lock_path = hp_cli_path_with(path, ".lock");
    l->folder = l->lock_path != NULL ? open_folder(path) : -1;
    plain = l->folder < 0 || (is_plain(path, error) && is_plain(l->lock_path, error));
    if (plain && l->folder >= 0 && take_lock(l, seconds))
        return true;
    if (plain)
        say_why(l, seconds, error);
    hp_lock_drop(l);
    return false;
}

bool
hp_lock_flush(const hp_lock *l, hp_error *error)
{
    if (fsync(l->folder) == 0)
        return true;
    hp_error_set(error, "%s: is written, but its folder may not be: %s", l->path, strerror(errno));
    return false;
}
