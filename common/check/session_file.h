/*
 * Where records of logins are: one file each in a folder of root's that nobody else can enter, with
 * names that nobody can guess.
 */
#ifndef HP_CHECK_SESSION_FILE_H
#define HP_CHECK_SESSION_FILE_H

#include "base/error.h"
#include "check/session.h"

#define HP_RUN_FOLDER      "/run/healthpass"
#define HP_EVIDENCE_FOLDER "evidence"
#define HP_SESSIONS_FOLDER "sessions"

#define HP_EVIDENCE_SECONDS 60 /* that evidence counts */

#define HP_SESSION_ID 33 /* 32 hexadecimal digits: 128 bits, and a closing zero */

bool hp_session_is_id(const char *text);

typedef enum {
    HP_SESSION_LOOK, /* what is not there has no records */
    HP_SESSION_MAKE  /* makes both folders where they are missing */
} hp_session_how;

/*
 * Opens the folder called name in run: a descriptor, which the caller closes.  -1 with *error when
 * somebody else could have written there; with an empty *error when it is not there.
 */
int hp_session_folder(const char *run, const char *name, hp_session_how how, hp_error *error);

/* Leaves a record there under a new id.  False with *error; then nothing is left. */
bool hp_session_keep(int folder, const hp_session *session, char id[HP_SESSION_ID],
                     hp_error *error);

typedef enum {
    HP_SESSION_READ,
    HP_SESSION_NONE,   /* there is none of this id */
    HP_SESSION_DAMAGED /* *error */
} hp_session_found;

hp_session_found hp_session_load(int folder, const char *id, hp_session *session,
                                 hp_error *error);

/* Removes it.  Of all who try only one is told true. */
bool hp_session_drop(int folder, const char *id);

/* Notes what the person was told; false when it cannot be. */
bool hp_session_tell(int folder, const char *id, hp_reason told);

/*
 * Calls each with the id of one record after the other, until it answers false.  False when the
 * folder cannot be read.
 */
typedef bool hp_session_each(void *context, const char *id);
bool hp_session_walk(int folder, hp_session_each *each, void *context);

/* Removes what is older than evidence may be; whole: or else what was never finished alone. */
void hp_session_sweep(int folder, bool whole);

#endif
