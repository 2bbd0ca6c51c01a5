/*
 * Where lists of withdrawn passes are gathered before they are taken into the index:
 * INDEX.fetched/NAME, one folder a list, nobody else's to read, laid out as importers read it.
 *
 * It is a cache too: what a killed run left is there for the next one, and what no run uses any
 * more goes.  Nothing in it is believed: whoever takes a file from it judges it anew.
 */
#ifndef HP_CLI_STAGE_H
#define HP_CLI_STAGE_H

#include <stdio.h>

#include "base/error.h"
#include "base/file.h"

#define HP_STAGE_BYTES (8.0 * 1024 * 1024 * 1024) /* most bytes that one run puts into a stage */
#define HP_STAGE_FILES (1u << 20)                 /* and files that it uses */

typedef struct {
    char *path;
    char **used; /* names of this run's files */
    size_t n, room;
    double bytes;
} hp_stage;

/*
 * One that has grown beyond HP_STAGE_BYTES, as runs that never came to an end make it, begins
 * anew.  False with *error, and nothing is to be closed.
 */
bool hp_stage_open(hp_stage *stage, const char *index, const char *list, hp_error *error);
void hp_stage_close(hp_stage *stage);

/* Puts a file there, in place of an older one; its name may have folders in it. */
bool hp_stage_put(hp_stage *stage, const char *name, hp_str bytes, hp_error *error);

/* The same for a file that comes by and by: NULL, or false, with *error. */
FILE *hp_stage_create(hp_stage *stage, hp_error *error);
bool hp_stage_finish(hp_stage *stage, FILE *file, const char *name, hp_error *error);

/* Is it there, readable and not longer?  Then its bytes are the caller's to end. */
bool hp_stage_get(const hp_stage *stage, const char *name, size_t max, hp_bytes *bytes);

/* Says that a file which is there is used in this run.  False with *error. */
bool hp_stage_use(hp_stage *stage, const char *name, hp_error *error);

/* Forgets which files were put and used so far: the run starts over, and they stay. */
void hp_stage_restart(hp_stage *stage);

/* Takes away all that this run did not put or use; what cannot be taken away stays. */
void hp_stage_sweep(hp_stage *stage);

/* Takes away the folders of lists that are not wanted any more. */
void hp_stage_prune(const char *index, bool (*wanted)(const void *context, const char *list),
                    const void *context);

#endif
