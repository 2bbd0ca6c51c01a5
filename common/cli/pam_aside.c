/* Copies in the place of folders, for this process alone; see pam_aside.h. */
#include "cli/pam_aside.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEPTH 4           /* folders within folders */
#define CHUNK (64 * 1024)

/* What is mounted from now on is seen by this process alone. */
static bool
keep_mounts(void)
{
    return mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
}

/* To the root of the namespace, as whoever joins it: it is a mount point, as a chroot's may not. */
static bool
leave_chroot(void)
{
    int self = pidfd_open(getpid(), 0);
    bool good = self >= 0 && setns(self, CLONE_NEWNS) == 0;

    if (self >= 0)
        (void)close(self);
    return good;
}

/*
 * In a chroot.  To make a mount point of its root would not do: where what is mounted above it is
 * shared, as systemd has it, that would be seen outside.  Both folders are those of the namespace
 * of our own.
 */
static bool
keep_mounts_in_chroot(void)
{
    int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    int here = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    bool good = root >= 0 && here >= 0 && leave_chroot();

    good = good && keep_mounts();
    good = root >= 0 && fchdir(root) == 0 && chroot(".") == 0 && good;
    good = here >= 0 && fchdir(here) == 0 && good;
    if (root >= 0)
        (void)close(root);
    if (here >= 0)
        (void)close(here);
    return good;
}

bool
hp_aside_begin(hp_aside *aside, hp_error *error)
{
    *aside = (hp_aside){ .n = 0 };
    if (unshare(CLONE_NEWNS) == 0 &&
        (keep_mounts() || (errno == EINVAL && keep_mounts_in_chroot())))
        return true;
    hp_error_set(error, "counts cannot be put aside: %s", strerror(errno));
    return false;
}

/* Owner and mode as they were: modules look at them. */
static bool
like(int fd, const struct stat *st)
{
    return fchown(fd, st->st_uid, st->st_gid) == 0 && fchmod(fd, st->st_mode & 07777) == 0;
}

static bool
copy_bytes(int from, int to)
{
    static char bytes[CHUNK];
    ssize_t n;

    while ((n = read(from, bytes, sizeof(bytes))) > 0) {
        if (write(to, bytes, (size_t)n) != n)
            return false;
    }
    return n == 0;
}

static bool
copy_file(int old, int new, const char *name, const struct stat *st)
{
    int from = openat(old, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    int to = openat(new, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool good = from >= 0 && to >= 0 && copy_bytes(from, to) && like(to, st);

    if (from >= 0)
        (void)close(from);
    if (to >= 0)
        (void)close(to);
    return good;
}

/* Whoever listens there hears us as before. */
static bool
bind_socket(int old, int new, const char *name)
{
    char from[PATH_MAX], to[PATH_MAX];
    int fd = openat(new, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    if (fd < 0 || close(fd) != 0)
        return false;
    (void)snprintf(from, sizeof(from), "/proc/self/fd/%d/%s", old, name);
    (void)snprintf(to, sizeof(to), "/proc/self/fd/%d/%s", new, name);
    return mount(from, to, NULL, MS_BIND, NULL) == 0;
}

static bool copy_folder(int old, int new, unsigned depth);

static bool
copy_within(int old, int new, const char *name, const struct stat *st, unsigned depth)
{
    int from = openat(old, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), to = -1;
    bool good = from >= 0 && depth < DEPTH && mkdirat(new, name, 0700) == 0;

    if (good)
        to = openat(new, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    good = good && to >= 0 && copy_folder(from, to, depth + 1) && like(to, st);
    if (from >= 0)
        (void)close(from);
    if (to >= 0)
        (void)close(to);
    return good;
}

/* Links, pipes and devices are no counts, and are left out; so is what went meanwhile. */
static bool
copy_one(int old, int new, const char *name, unsigned depth)
{
    struct stat st;

    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
        fstatat(old, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return true;
    if (S_ISREG(st.st_mode))
        return copy_file(old, new, name, &st);
    if (S_ISDIR(st.st_mode))
        return copy_within(old, new, name, &st, depth);
    return !S_ISSOCK(st.st_mode) || bind_socket(old, new, name);
}

static bool
copy_folder(int old, int new, unsigned depth)
{
    int again = openat(old, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = again < 0 ? NULL : fdopendir(again);
    const struct dirent *one;
    bool good = dir != NULL;

    while (good && (one = readdir(dir)) != NULL)
        good = copy_one(old, new, one->d_name, depth);
    if (dir != NULL)
        (void)closedir(dir);
    else if (again >= 0)
        (void)close(again);
    return good;
}

static bool
cover(const char *path, int old)
{
    struct stat st;
    bool good;
    int new;

    if (fstat(old, &st) != 0 ||
        mount("tmpfs", path, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0700") != 0)
        return false;
    new = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    good = new >= 0 && copy_folder(old, new, 0) && like(new, &st);
    if (new >= 0)
        (void)close(new);
    return good;
}

bool
hp_aside_folder(hp_aside *aside, const char *path, hp_error *error)
{
    bool made = mkdir(path, 0700) == 0, good;
    int old;

    if (made && aside->n < HP_ASIDE_MOST)
        aside->made[aside->n++] = path;
    old = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    good = old >= 0 && cover(path, old);
    if (!good)
        hp_error_set(error, "%s: its counts cannot be put aside: %s", path, strerror(errno));
    if (old >= 0)
        (void)close(old);
    return good;
}

void
hp_aside_end(hp_aside *aside)
{
    while (aside->n > 0) {
        const char *path = aside->made[--aside->n];

        if (umount2(path, MNT_DETACH) == 0)
            (void)rmdir(path);
    }
}
