/*
 * The deny list as a file: read, changed and replaced under a lock, so that several writers lose
 * nothing of one another, and a killed one leaves the old list or the new one.
 */
#ifndef HP_CLI_DENY_FILE_H
#define HP_CLI_DENY_FILE_H

#include "base/file.h"
#include "check/deny.h"
#include "cli/lock.h"

/* Blocks in no order. */
typedef struct {
    hp_block *all;
    size_t n, room;
} hp_blocks;

bool hp_blocks_put(hp_blocks *blocks, const hp_block *block); /* false when memory runs out */
void hp_blocks_free(hp_blocks *blocks);

/* Adds all of a list; false when memory runs out. */
bool hp_blocks_take(hp_blocks *blocks, const hp_deny *deny);

/*
 * The list as a text, without what has ended by now; where is for errors.  False with *error, also
 * when no gate would read it.
 */
bool hp_blocks_text(const hp_blocks *blocks, const char *where, double now, hp_bytes *text,
                    hp_error *error);

/* Do both block the same, whenever and why? */
bool hp_block_same(const hp_block *one, const hp_block *other);

typedef struct {
    hp_lock lock;
    hp_blocks blocks; /* what it holds, to be changed */
    bool is_new;      /* there is no file yet, only an empty list */
} hp_deny_file;

/*
 * Locks and reads the list, waiting for others.  False with *error, also for a list that is not
 * as it must be: then nothing may be written over it.
 */
bool hp_deny_file_open(hp_deny_file *file, const char *path, hp_error *error);

/*
 * Puts the changed list in place.  On true it is on the disk; what ended by now is left out.
 * False with *error, and a list that gates would not read was not written.
 */
bool hp_deny_file_write(hp_deny_file *file, double now, hp_error *error);
void hp_deny_file_close(hp_deny_file *file);

/* Reads a list that is not to be changed.  NULL with *error. */
hp_deny *hp_deny_file_read(const char *path, unsigned must, hp_error *error);

#endif
