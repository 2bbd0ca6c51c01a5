/*
 * Files beside the index: temporary ones, the new one, and its way into the old one's place;
 * see builder_parts.h.
 *
 * They have no names where the file system can do so: a build that is killed then leaves nothing.
 * Elsewhere, and for the moments in which the new index is read back, the names are PATH.tmp and
 * PATH.new, and the next build takes them away.
 */
#include "revoke/builder_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define SELF "/proc/self/fd"
#define MODE 0640 /* a hash of a certificate's number is still personal (revocation, 6.5) */

bool
builder_fail(const hp_builder *b, const char *what, hp_error *error)
{
    hp_error_set(error, "%s: %s: %s", b->path, what, strerror(errno));
    return false;
}

static int
open_named(const char *path)
{
    return open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
}

/* -1 also where the file system makes no files without names. */
static int
open_nameless(const hp_builder *b)
{
    return openat(b->lock.folder, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
}

int
builder_temp(const hp_builder *b)
{
    int fd = open_nameless(b);

    if (fd >= 0)
        return fd;
    fd = open_named(b->temp_path);
    if (fd >= 0)
        (void)unlink(b->temp_path);
    return fd;
}

int
builder_new_file(const hp_builder *b)
{
    int fd = access(SELF, X_OK) == 0 ? open_nameless(b) : -1;

    return fd >= 0 ? fd : open_named(b->new_path);
}

/* open(2), O_TMPFILE: the way that needs no privilege. */
bool
builder_name(const hp_builder *b, int fd)
{
    char self[sizeof(SELF "/") + 3 * sizeof(fd)];
    struct stat st;

    if (fstat(fd, &st) != 0)
        return false;
    if (st.st_nlink > 0)
        return true;
    (void)snprintf(self, sizeof(self), SELF "/%d", fd);
    return linkat(AT_FDCWD, self, AT_FDCWD, b->new_path, AT_SYMLINK_FOLLOW) == 0;
}

static bool
take_away(const char *path, hp_error *error)
{
    if (unlink(path) == 0 || errno == ENOENT)
        return true;
    hp_error_set(error, "%s: stands where a file of the build is to be made, and cannot be taken "
                 "away: %s", path, strerror(errno));
    return false;
}

bool
builder_sweep(const hp_builder *b, hp_error *error)
{
    return take_away(b->new_path, error) && take_away(b->temp_path, error);
}

bool
builder_dress(const hp_builder *b, int fd)
{
    struct stat st;

    if (lstat(b->path, &st) == 0)
        return fchown(fd, st.st_uid, st.st_gid) == 0 && fchmod(fd, st.st_mode & 0777) == 0;
    /* Whoever does not belong to the folder's group leaves it at his own. */
    return fstat(b->lock.folder, &st) == 0 &&
           (fchown(fd, (uid_t)-1, st.st_gid) == 0 || errno == EPERM) && fchmod(fd, MODE) == 0;
}

bool
builder_write_at(int fd, const void *bytes, size_t n, uint64_t at)
{
    const uint8_t *p = bytes;
    ssize_t did;

    for (; n > 0; p += did, n -= (size_t)did, at += (uint64_t)did) {
        did = pwrite(fd, p, n, (off_t)at);
        if (did < 0 && errno == EINTR)
            did = 0;
        if (did < 0)
            return false;
    }
    return true;
}

bool
builder_read_at(int fd, void *bytes, size_t n, uint64_t at)
{
    uint8_t *p = bytes;
    ssize_t did;

    for (; n > 0; p += did, n -= (size_t)did, at += (uint64_t)did) {
        did = pread(fd, p, n, (off_t)at);
        if (did == 0)
            errno = EIO;
        if (did <= 0 && errno != EINTR)
            return false;
        if (did < 0)
            did = 0;
    }
    return true;
}
