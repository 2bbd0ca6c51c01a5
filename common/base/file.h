/*
 * Files that an administrator wrote: opened with care, read whole, watched for change.
 */
#ifndef HP_BASE_FILE_H
#define HP_BASE_FILE_H

#include "base/error.h"
#include "base/str.h"

/* What a file must be like.  A symbolic link is always refused, and so is anything but a file. */
#define HP_FILE_OWNED  1u /* root's or the effective user's, and only the owner may write */
#define HP_FILE_SECRET 2u /* no stranger may read it */

/*
 * A version of a file (or folder, or that there is none): equal stamps mean nothing changed.
 * The time is that of the last change of content, owner or mode.
 */
typedef struct {
    uint64_t device, inode, size, owner;
    int64_t seconds, nanoseconds;
} hp_stamp;

/* The bytes of a file.  The caller's; end with hp_bytes_free(), which wipes them. */
typedef struct {
    uint8_t *p;
    size_t n;
} hp_bytes;

void hp_bytes_free(hp_bytes *bytes);

/*
 * Opens the file for reading: a descriptor, which the caller closes.  -1 with *error when it
 * cannot be, has more than max bytes, or is not as must asks.  *stamp is of what was opened.
 */
int hp_file_open(const char *path, unsigned must, size_t max, hp_stamp *stamp, hp_error *error);

/* Is the open file as must asks, and has it at most max bytes?  False with *error. */
bool hp_file_check(int fd, const char *path, unsigned must, size_t max, hp_stamp *stamp,
                   hp_error *error);

/*
 * Reads the whole file of at most max bytes.  False with *error when it cannot be, or is
 * not as must asks.  *stamp (may be NULL) is of what was read.
 */
bool hp_file_read(const char *path, unsigned must, size_t max, hp_bytes *bytes,
                  hp_stamp *stamp, hp_error *error);

/*
 * Is the folder as must asks (HP_FILE_OWNED)?  False with *error, also when it cannot be looked at.
 */
bool hp_folder_check(const char *path, unsigned must, hp_error *error);

/*
 * The stamp of what path leads to now, through links in any part of it; all zero when it leads
 * nowhere.
 */
hp_stamp hp_file_stamp(const char *path);

/* ---- watching ------------------------------------------------------------- */

typedef struct {
    char *path;
    hp_stamp stamp;
} hp_watched;

/* What a load has read, so that a later look can tell whether it still stands there. */
typedef struct {
    hp_watched *files;
    size_t n;
    bool failed; /* something could not be noted for want of memory: always changed */
} hp_watch;

void hp_watch_add(hp_watch *watch, const char *path, hp_stamp stamp);
bool hp_watch_changed(const hp_watch *watch);
void hp_watch_free(hp_watch *watch);

#endif
