/* Files that an administrator wrote; see file.h. */
#include "base/file.h"

#include "base/wipe.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

void
hp_bytes_free(hp_bytes *bytes)
{
    hp_wipe(bytes->p, bytes->n);
    free(bytes->p);
    *bytes = (hp_bytes){ NULL, 0 };
}

static hp_stamp
stamp_of(const struct stat *st)
{
    return (hp_stamp){ st->st_dev, st->st_ino, (uint64_t)st->st_size, st->st_uid,
                       st->st_ctim.tv_sec, st->st_ctim.tv_nsec };
}

hp_stamp
hp_file_stamp(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 ? stamp_of(&st) : (hp_stamp){ .inode = 0 };
}

/* Is the file what it must be?  Says what is wrong and what would be right. */
static bool
is_fit(const char *path, const struct stat *st, unsigned must, size_t max, hp_error *error)
{
    if (!S_ISREG(st->st_mode))
        hp_error_set(error, "%s: is not a regular file", path);
    else if ((must & HP_FILE_OWNED) != 0 && st->st_uid != 0 && st->st_uid != geteuid())
        hp_error_set(error, "%s: belongs to user %u, expected root or user %u", path,
                     (unsigned)st->st_uid, (unsigned)geteuid());
    else if ((must & HP_FILE_OWNED) != 0 && (st->st_mode & (S_IWGRP | S_IWOTH)) != 0)
        hp_error_set(error, "%s: mode %04o lets others write, expected chmod go-w", path,
                     (unsigned)st->st_mode & 07777);
    else if ((must & HP_FILE_SECRET) != 0 && (st->st_mode & S_IRWXO) != 0)
        hp_error_set(error, "%s: mode %04o lets everybody read a secret, expected 0640 or less",
                     path, (unsigned)st->st_mode & 07777);
    else if ((uintmax_t)st->st_size > max)
        hp_error_set(error, "%s: has %ju bytes, expected at most %zu", path,
                     (uintmax_t)st->st_size, max);
    else
        return true;
    return false;
}

/* Reads until n bytes are there; false when the file is shorter, or grew meanwhile. */
static bool
read_whole(int fd, uint8_t *p, size_t n)
{
    size_t got = 0;
    ssize_t rc;
    char more;

    while (got < n) {
        rc = read(fd, p + got, n - got);
        if (rc < 0 && errno == EINTR)
            continue;
        if (rc <= 0)
            return false;
        got += (size_t)rc;
    }
    return read(fd, &more, 1) == 0;
}

bool
hp_file_check(int fd, const char *path, unsigned must, size_t max, hp_stamp *stamp,
              hp_error *error)
{
    struct stat st;

    if (fstat(fd, &st) != 0) {
        hp_error_set(error, "%s: %s", path, strerror(errno));
        return false;
    }
    *stamp = stamp_of(&st);
    return is_fit(path, &st, must, max, error);
}

/* O_NONBLOCK: a FIFO in a file's place must not hold anybody up. */
int
hp_file_open(const char *path, unsigned must, size_t max, hp_stamp *stamp, hp_error *error)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);

    if (fd < 0) {
        hp_error_set(error, "%s: %s", path,
                     errno == ELOOP ? "is a symbolic link, expected the file itself"
                                    : strerror(errno));
        return -1;
    }
    if (hp_file_check(fd, path, must, max, stamp, error))
        return fd;
    (void)close(fd);
    return -1;
}

static bool
read_open(int fd, const char *path, hp_bytes *bytes, hp_error *error)
{
    bytes->p = malloc(bytes->n + 1);
    if (bytes->p == NULL) {
        hp_error_set(error, "%s: no memory", path);
        return false;
    }
    bytes->p[bytes->n] = 0;
    if (!read_whole(fd, bytes->p, bytes->n)) {
        hp_error_set(error, "%s: changed or failed while it was read", path);
        hp_bytes_free(bytes);
        return false;
    }
    return true;
}

bool
hp_file_read(const char *path, unsigned must, size_t max, hp_bytes *bytes, hp_stamp *stamp,
             hp_error *error)
{
    hp_stamp opened;
    int fd = hp_file_open(path, must, max, &opened, error);
    bool good;

    *bytes = (hp_bytes){ NULL, 0 };
    if (fd < 0)
        return false;
    if (stamp != NULL)
        *stamp = opened;
    bytes->n = (size_t)opened.size;
    good = read_open(fd, path, bytes, error);
    (void)close(fd);
    return good;
}

bool
hp_folder_check(const char *path, unsigned must, hp_error *error)
{
    struct stat st;

    if (stat(path, &st) != 0)
        hp_error_set(error, "%s: %s", path, strerror(errno));
    else if ((must & HP_FILE_OWNED) == 0)
        return true;
    else if (st.st_uid != 0 && st.st_uid != geteuid())
        hp_error_set(error, "%s: belongs to another user, expected root or the user who runs this",
                     path);
    else if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
        hp_error_set(error, "%s: lets others write, expected chmod go-w", path);
    else
        return true;
    return false;
}

/* ---- watching ------------------------------------------------------------- */

void
hp_watch_add(hp_watch *watch, const char *path, hp_stamp stamp)
{
    hp_watched *files = reallocarray(watch->files, watch->n + 1, sizeof(*files));
    char *copy = strdup(path);

    if (files != NULL)
        watch->files = files;
    if (files == NULL || copy == NULL) {
        free(copy);
        watch->failed = true;
        return;
    }
    files[watch->n++] = (hp_watched){ copy, stamp };
}

bool
hp_watch_changed(const hp_watch *watch)
{
    hp_stamp now;
    size_t i;

    for (i = 0; i < watch->n; i++) {
        now = hp_file_stamp(watch->files[i].path);
        if (memcmp(&now, &watch->files[i].stamp, sizeof(now)) != 0)
            return true;
    }
    return watch->failed;
}

void
hp_watch_free(hp_watch *watch)
{
    size_t i;

    for (i = 0; i < watch->n; i++)
        free(watch->files[i].path);
    free(watch->files);
    *watch = (hp_watch){ NULL, 0, false };
}
