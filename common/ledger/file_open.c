/* A ledger's file; see file_open.h. */
#include "ledger/file_open.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define BOOT_ID     "/proc/sys/kernel/random/boot_id"
#define BOOT_ID_LEN 36

#define LOCK_SECONDS 1       /* what others take is over in a tenth of a millisecond */
#define LOCK_PAUSE   1000000 /* nanoseconds between two tries */

#define SIZE_MAX_OF (HP_LEDGER_RECORDS + (size_t)HP_LEDGER_FILE_PASSES * HP_LEDGER_RECORD)

static bool
fail(hp_ledger_open *l)
{
    hp_error_set(l->error, "%s: %s", l->path, strerror(errno));
    return false;
}

static bool
damaged(hp_ledger_open *l, const char *what)
{
    hp_error_set(l->error, "%s: %s is damaged; when this file is removed, a new ledger begins, "
                 "which does not know who has shown a pass before", l->path, what);
    return false;
}

/* ---- checks --------------------------------------------------------------------------- */

/* FNV-1a. */
uint64_t
hp_ledger_check(const void *bytes, size_t n, uint64_t number)
{
    const uint8_t *p = bytes;
    uint64_t hash = 14695981039346656037u ^ number;

    while (n-- > 0)
        hash = (hash ^ *p++) * 1099511628211u;
    return hash;
}

/* One multiplication: thousands of keys are looked at for one pass. */
uint32_t
hp_ledger_key_check(const hp_ledger_key *key, uint32_t number)
{
    uint64_t x = key->tag ^ ((uint64_t)key->end << 32 | number);

    x = (x ^ x >> 29) * 0x9e3779b97f4a7c15u;
    return (uint32_t)(x >> 32) | 1; /* so that no key in use is empty */
}

/* ---- reading and writing ---------------------------------------------------------------- */

/* What was reckoned to be there is: less means that somebody else has been at the file. */
static bool
get(hp_ledger_open *l, void *to, size_t n, size_t at)
{
    ssize_t got = pread(l->fd, to, n, (off_t)at);

    if (got < 0)
        return fail(l);
    return (size_t)got == n || damaged(l, "its end");
}

static bool
put(hp_ledger_open *l, const void *from, size_t n, size_t at)
{
    ssize_t done = pwrite(l->fd, from, n, (off_t)at);

    if (done >= 0 && (size_t)done < n)
        errno = ENOSPC;
    return (done >= 0 && (size_t)done == n) || fail(l);
}

static bool
is_empty(const hp_ledger_key *key)
{
    return key->tag == 0 && key->end == 0 && key->check == 0;
}

bool
hp_ledger_keys(hp_ledger_open *l, uint32_t first, hp_ledger_key *keys, uint32_t *n)
{
    uint32_t i, left = l->n - first;

    *n = left < *n ? left : *n;
    if (!get(l, keys, *n * sizeof(*keys), HP_LEDGER_KEYS + first * sizeof(*keys)))
        return false;
    for (i = 0; i < *n; i++) {
        if (is_empty(&keys[i]) ? first + i != l->n - 1
                               : keys[i].check != hp_ledger_key_check(&keys[i], first + i))
            return damaged(l, "a key");
    }
    return true;
}

/* Those with a place stand before the others, and a flag is 0 or 1. */
static bool
is_whole(const hp_use_row *row)
{
    uint16_t i;

    if (row->room != HP_USE_SLOTS || row->n > row->room)
        return false;
    for (i = 0; i < row->n; i++) {
        if (row->slots[i].counted > 1 || row->slots[i].settled > 1 ||
            (i > 0 && row->slots[i].counted > row->slots[i - 1].counted))
            return false;
    }
    return true;
}

bool
hp_ledger_read(hp_ledger_open *l, uint32_t i, hp_ledger_record *record)
{
    uint64_t check;

    if (!get(l, record, sizeof(*record), HP_LEDGER_RECORDS + (size_t)i * sizeof(*record)))
        return false;
    memcpy(&check, &record->bytes[HP_LEDGER_CHECK], sizeof(check));
    return (check == hp_ledger_check(record, HP_LEDGER_CHECK, i) && is_whole(&record->row)) ||
           damaged(l, "a row");
}

bool
hp_ledger_write(hp_ledger_open *l, uint32_t i, hp_ledger_record *record)
{
    uint64_t check = hp_ledger_check(record, HP_LEDGER_CHECK, i);
    hp_ledger_key key = { .end = hp_use_row_end(&record->row, l->now) };

    memcpy(&record->bytes[HP_LEDGER_CHECK], &check, sizeof(check));
    memcpy(&key.tag, record->row.pass, sizeof(key.tag));
    key.check = hp_ledger_key_check(&key, i);
    return put(l, record, sizeof(*record), HP_LEDGER_RECORDS + (size_t)i * sizeof(*record)) &&
           put(l, &key, sizeof(key), HP_LEDGER_KEYS + i * sizeof(key));
}

uint32_t
hp_ledger_since(const hp_ledger_record *record)
{
    uint32_t since;

    memcpy(&since, &record->bytes[HP_LEDGER_SINCE], sizeof(since));
    return since;
}

void
hp_ledger_begin(hp_ledger_record *record, const uint8_t pass[HP_ID], uint32_t now)
{
    memset(record, 0, sizeof(*record));
    memcpy(record->row.pass, pass, HP_ID);
    record->row.room = HP_USE_SLOTS;
    memcpy(&record->bytes[HP_LEDGER_SINCE], &now, sizeof(now));
}

/* ---- opening ----------------------------------------------------------------------------- */

/*
 * Whoever starts a program of root's, as su(1), gives it his own RLIMIT_FSIZE: with one that ends
 * within a row or a key, half of it would be written, and the ledger be damaged for everybody.
 */
static bool
may_grow(hp_ledger_open *l)
{
    struct rlimit size;

    if (getrlimit(RLIMIT_FSIZE, &size) != 0)
        return fail(l);
    if (size.rlim_cur != RLIM_INFINITY && size.rlim_cur < SIZE_MAX_OF) {
        hp_error_set(l->error, "%s: is not written to under this process's limit of a file's size "
                     "(ulimit -f), expected none", l->path);
        return false;
    }
    return true;
}

/* The folder that the file is in; made if it is missing and may be. */
static bool
has_folder(hp_ledger_open *l, hp_ledger_how how)
{
    char folder[PATH_MAX];
    size_t n = strlen(l->path);

    while (n > 1 && l->path[n - 1] != '/')
        n--;
    if (n > 1)
        n--;
    if (n >= sizeof(folder)) {
        errno = ENAMETOOLONG;
        return fail(l);
    }
    memcpy(folder, l->path, n);
    folder[n] = '\0';
    if (how == HP_LEDGER_WRITE)
        (void)mkdir(folder, 0700);
    return hp_folder_check(folder, HP_FILE_OWNED, l->error);
}

static bool
open_file(hp_ledger_open *l, hp_ledger_how how)
{
    int flags = how == HP_LEDGER_WRITE ? O_RDWR | O_CREAT : O_RDONLY;
    hp_stamp stamp;

    l->fd = open(l->path, flags | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0600);
    if (l->fd < 0 && errno == ELOOP)
        hp_error_set(l->error, "%s: is a symbolic link, expected the file itself", l->path);
    else if (l->fd < 0)
        return fail(l);
    return l->fd >= 0 &&
           hp_file_check(l->fd, l->path, HP_FILE_OWNED, SIZE_MAX_OF, &stamp, l->error);
}

static time_t
seconds_of(clockid_t clock)
{
    struct timespec t;

    return clock_gettime(clock, &t) == 0 ? t.tv_sec : -1;
}

/* Tries again and again: a guest in another program has no alarm to end a wait. */
static bool
lock_file(hp_ledger_open *l)
{
    const struct timespec pause = { 0, LOCK_PAUSE };
    time_t end = seconds_of(CLOCK_MONOTONIC) + LOCK_SECONDS;

    while (flock(l->fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return fail(l);
        if (seconds_of(CLOCK_MONOTONIC) > end) {
            hp_error_set(l->error, "%s: another process has held it for more than %d s", l->path,
                         LOCK_SECONDS);
            return false;
        }
        (void)nanosleep(&pause, NULL);
    }
    return true;
}

/* Which boot it is, and the time since. */
static bool
read_clock(hp_ledger_open *l, hp_ledger_head *head)
{
    time_t now = seconds_of(CLOCK_BOOTTIME);
    int fd = open(BOOT_ID, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, head->boot, BOOT_ID_LEN);

    if (fd >= 0)
        (void)close(fd);
    if (n != BOOT_ID_LEN || now < 0) {
        hp_error_set(l->error, "%s: cannot be used: " BOOT_ID " cannot be read", l->path);
        return false;
    }
    l->now = (uint32_t)now;
    return true;
}

/* A new ledger, or one behind a boot. */
static bool
begin(hp_ledger_open *l, const hp_ledger_head *head, hp_ledger_how how)
{
    l->n = 0;
    return how == HP_LEDGER_LOOK ||
           ((ftruncate(l->fd, 0) == 0 || fail(l)) && put(l, head, sizeof(*head), 0));
}

/* How many rows a file of this size has. */
static bool
count_rows(hp_ledger_open *l, size_t size)
{
    size_t rows = size > HP_LEDGER_RECORDS ? size - HP_LEDGER_RECORDS : 0;

    l->n = (uint32_t)(rows / HP_LEDGER_RECORD);
    return (rows == 0 && size == sizeof(hp_ledger_head)) ||
           (rows > 0 && rows % HP_LEDGER_RECORD == 0) || damaged(l, "its end");
}

/* Bytes of the file; it may be gone from its folder since it was opened. */
static bool
size_of(hp_ledger_open *l, size_t *size)
{
    struct stat st;

    if (fstat(l->fd, &st) != 0)
        return fail(l);
    *size = (size_t)st.st_size;
    if (st.st_nlink == 0)
        hp_error_set(l->error, "%s: was removed meanwhile", l->path);
    return st.st_nlink > 0;
}

/* A head that this version wrote, at whatever boot, or false with *error. */
static bool
get_head(hp_ledger_open *l, size_t size, const hp_ledger_head *like, hp_ledger_head *head)
{
    if (size < sizeof(*head))
        return damaged(l, "its head");
    if (!get(l, head, sizeof(*head), 0))
        return false;
    if (memcmp(head, like, offsetof(hp_ledger_head, boot)) != 0) {
        hp_error_set(l->error, "%s: is no ledger that this version knows, expected one, or no file",
                     l->path);
        return false;
    }
    return head->check == hp_ledger_check(head, offsetof(hp_ledger_head, check), 0) ||
           damaged(l, "its head");
}

/* Whose ledger is it? */
static bool
read_head(hp_ledger_open *l, hp_ledger_how how)
{
    hp_ledger_head ours = { HP_LEDGER_MAGIC, HP_LEDGER_VERSION, HP_LEDGER_FILE_PASSES, "", 0 };
    hp_ledger_head head;
    size_t size;

    if (!read_clock(l, &ours) || !size_of(l, &size))
        return false;
    ours.check = hp_ledger_check(&ours, offsetof(hp_ledger_head, check), 0);
    if (size == 0)
        return begin(l, &ours, how);
    if (!get_head(l, size, &ours, &head))
        return false;
    return memcmp(&head, &ours, sizeof(head)) != 0 ? begin(l, &ours, how) : count_rows(l, size);
}

bool
hp_ledger_lock(hp_ledger_open *l, const char *path, hp_ledger_how how, hp_error *error)
{
    *l = (hp_ledger_open){ .path = path, .fd = -1, .error = error };
    if ((how == HP_LEDGER_LOOK || may_grow(l)) && has_folder(l, how) && open_file(l, how) &&
        lock_file(l) && read_head(l, how))
        return true;
    hp_ledger_shut(l);
    return false;
}

void
hp_ledger_shut(hp_ledger_open *l)
{
    if (l->fd >= 0)
        (void)close(l->fd);
    l->fd = -1;
}
