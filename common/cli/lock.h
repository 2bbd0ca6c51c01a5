/*
 * A file that nobody else replaces meanwhile: PATH.lock beside it is locked, and the folder is
 * open, to bring the rename to the disk.
 */
#ifndef HP_CLI_LOCK_H
#define HP_CLI_LOCK_H

#include "base/error.h"

#include <stdbool.h>

#define HP_LOCK_FOR_EVER (-1.0)

typedef struct {
    const char *path;
    char *lock_path; /* stays as long as there is a file at path */
    int lock, folder;
    bool held;
} hp_lock;

/*
 * Locks path, waiting for others for so many seconds.  False with *error, also when what stands
 * at path is no file.
 */
bool hp_lock_take(hp_lock *l, const char *path, double seconds, hp_error *error);
void hp_lock_drop(hp_lock *l);

/* Brings a rename in the folder to the disk; false with *error. */
bool hp_lock_flush(const hp_lock *l, hp_error *error);

#endif
