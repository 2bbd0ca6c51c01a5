/* Reads and writes records of logins; see session_file.h. */
#include "check/session_file.h"

#include "base/file.h"
#include "base/hex.h"
#include "base/wipe.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define NEW     ".new" /* behind the id of a record that is being written */
#define NEW_MAX (HP_SESSION_ID + sizeof(NEW) - 1)

bool
hp_session_is_id(const char *text)
{
    return strlen(text) == HP_SESSION_ID - 1 &&
           strspn(text, "0123456789abcdef") == HP_SESSION_ID - 1;
}

/* ---- the folder ------------------------------------------------------------------------------ */

static bool
fail(hp_error *error, const char *name)
{
    hp_error_set(error, "%s: %s", name, strerror(errno));
    return false;
}

/* Records are an entry: whoever could write one would be let in. */
static bool
is_closed(int folder, const char *path, hp_error *error)
{
    struct stat st;

    if (fstat(folder, &st) != 0)
        return fail(error, path);
    if (st.st_uid == geteuid() && (st.st_mode & (S_IRWXG | S_IRWXO)) == 0)
        return true;
    hp_error_set(error, "%s: belongs to user %u with mode %04o, expected user %u and 0700", path,
                 (unsigned)st.st_uid, (unsigned)st.st_mode & 07777, (unsigned)geteuid());
    return false;
}

static int
open_folder(const char *path, hp_error *error)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    if (fd >= 0 && is_closed(fd, path, error))
        return fd;
    if (fd >= 0)
        (void)close(fd);
    else if (errno != ENOENT)
        (void)fail(error, path);
    return -1;
}

int
hp_session_folder(const char *run, const char *name, hp_session_how how, hp_error *error)
{
    char path[PATH_MAX];
    int n = snprintf(path, sizeof(path), "%s/%s", run, name);

    error->text[0] = '\0';
    if (n < 0 || (size_t)n >= sizeof(path)) {
        hp_error_set(error, "%s: is too long a path", run);
        return -1;
    }
    if (how == HP_SESSION_MAKE)
        (void)mkdir(run, 0700);
    else if (access(run, F_OK) != 0 && errno == ENOENT)
        return -1;
    if (!hp_folder_check(run, HP_FILE_OWNED, error))
        return -1;
    if (how == HP_SESSION_MAKE)
        (void)mkdir(path, 0700);
    return open_folder(path, error);
}

/* ---- one record ------------------------------------------------------------------------------ */

static bool
make_id(char id[HP_SESSION_ID])
{
    uint8_t bytes[(HP_SESSION_ID - 1) / 2];

    if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes))
        return false;
    hp_hex_write((hp_str){ bytes, sizeof(bytes) }, id);
    return true;
}

/* A limit of whoever started this program would end it within the write (SIGXFSZ). */
static bool
may_write(size_t n)
{
    struct rlimit size;

    if (getrlimit(RLIMIT_FSIZE, &size) != 0)
        return false;
    errno = EFBIG;
    return size.rlim_cur == RLIM_INFINITY || size.rlim_cur >= n;
}

/* Whoever looks there sees all of it or nothing. */
static bool
write_new(int folder, const char *id, const char *name, const char *text, size_t n)
{
    int fd = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    bool good = fd >= 0 && write(fd, text, n) == (ssize_t)n && fchmod(fd, 0600) == 0;
    int why = errno;

    if (fd >= 0)
        (void)close(fd);
    good = good && renameat(folder, name, folder, id) == 0;
    if (!good && fd >= 0)
        (void)unlinkat(folder, name, 0);
    errno = why;
    return good;
}

bool
hp_session_keep(int folder, const hp_session *session, char id[HP_SESSION_ID], hp_error *error)
{
    char text[HP_SESSION_TEXT], name[NEW_MAX];
    size_t n = hp_session_write(session, text);
    bool good = n > 0 && make_id(id) && may_write(n);

    if (n == 0)
        errno = EINVAL;
    if (good) {
        (void)snprintf(name, sizeof(name), "%s" NEW, id);
        good = write_new(folder, id, name, text, n);
    }
    if (!good)
        (void)fail(error, "the record of this login cannot be written");
    hp_wipe(text, sizeof(text));
    return good;
}

/* As it was left: a file of ours alone, and no link to one. */
static bool
read_record(int fd, const char *id, hp_session *session, hp_error *error)
{
    uint8_t text[HP_SESSION_TEXT];
    hp_stamp stamp;
    ssize_t n;
    bool good;

    if (!hp_file_check(fd, id, HP_FILE_OWNED | HP_FILE_SECRET, sizeof(text), &stamp, error))
        return false;
    n = read(fd, text, sizeof(text));
    good = n > 0 && hp_session_read((hp_str){ text, (size_t)n }, session);
    hp_wipe(text, sizeof(text));
    if (!good)
        hp_error_set(error, "%s: is no record of a login that this version knows", id);
    return good;
}

hp_session_found
hp_session_load(int folder, const char *id, hp_session *session, hp_error *error)
{
    int fd = openat(folder, id, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    bool good;

    if (fd < 0 && errno == ENOENT)
        return HP_SESSION_NONE;
    good = fd >= 0 ? read_record(fd, id, session, error) : fail(error, id);
    if (fd >= 0)
        (void)close(fd);
    return good ? HP_SESSION_READ : HP_SESSION_DAMAGED;
}

bool
hp_session_drop(int folder, const char *id)
{
    return unlinkat(folder, id, 0) == 0;
}

/* Takes away a line that was cut off in writing: the next one would go on where it ends. */
static bool
drop_cut_line(int fd)
{
    off_t whole = lseek(fd, 0, SEEK_END), end = whole;
    char last;

    while (whole > 0 && pread(fd, &last, 1, whole - 1) == 1 && last != '\n')
        whole--;
    return whole == end || ftruncate(fd, whole) == 0;
}

/* Behind the record, so that one that has ended meanwhile does not come back. */
bool
hp_session_tell(int folder, const char *id, hp_reason told)
{
    int fd = openat(folder, id, O_RDWR | O_APPEND | O_NOFOLLOW | O_CLOEXEC);
    bool good = fd >= 0 && drop_cut_line(fd) && dprintf(fd, "told %d\n", (int)told) > 0;

    if (fd >= 0)
        (void)close(fd);
    return good;
}

/* ---- all of them ----------------------------------------------------------------------------- */

/* A list of names of its own: what is removed meanwhile does not disturb it. */
static int
names_of(int folder, struct dirent ***names)
{
    char path[32];

    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", folder);
    return scandir(path, names, NULL, NULL);
}

static void
free_names(struct dirent **names, int n)
{
    while (n-- > 0)
        free(names[n]);
    free(names);
}

bool
hp_session_walk(int folder, hp_session_each *each, void *context)
{
    struct dirent **names = NULL;
    int i = 0, n = names_of(folder, &names);

    while (i < n && (!hp_session_is_id(names[i]->d_name) || each(context, names[i]->d_name)))
        i++;
    if (n >= 0)
        free_names(names, n);
    return n >= 0;
}

/* Of a file from a time to come, too: clocks are set. */
static bool
is_old(int folder, const char *name, time_t now)
{
    struct stat st;

    return fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) &&
           (st.st_mtime + HP_EVIDENCE_SECONDS < now || st.st_mtime > now + HP_EVIDENCE_SECONDS);
}

void
hp_session_sweep(int folder, bool whole)
{
    struct dirent **names = NULL;
    int i, n = names_of(folder, &names);
    time_t now = time(NULL);

    for (i = 0; i < n; i++) {
        if ((whole || !hp_session_is_id(names[i]->d_name)) && is_old(folder, names[i]->d_name, now))
            (void)unlinkat(folder, names[i]->d_name, 0);
    }
    if (n >= 0)
        free_names(names, n);
}
