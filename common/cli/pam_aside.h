/*
 * What a run of a PAM stack would count is put aside: in a mount namespace of this process alone,
 * copies stand in the place of folders where modules keep their counts, and go with the process.
 */
#ifndef HP_CLI_PAM_ASIDE_H
#define HP_CLI_PAM_ASIDE_H

#include "base/error.h"
#include "base/str.h"

#define HP_ASIDE_MOST 32 /* folders */

typedef struct {
    const char *made[HP_ASIDE_MOST]; /* folders that were not there; the caller's texts */
    size_t n;
} hp_aside;

/* A namespace of our own.  False with *error, as for whoever is not root. */
bool hp_aside_begin(hp_aside *aside, hp_error *error);

/*
 * Puts a copy in the folder's place: files are copied, sockets stay what they are.  One that is
 * not there is empty.  The text must last until hp_aside_end().
 */
bool hp_aside_folder(hp_aside *aside, const char *path, hp_error *error);

/* Takes away the folders that were not there before. */
void hp_aside_end(hp_aside *aside);

#endif
