/*
 * recheck: sessions whose pass was accepted, judged again.
 *
 * pam_healthpass left a record of each (check/session.h).  recheck_look.c says what became of them,
 * recheck_act.c tells the person, locks the screen or ends the session, by the processes and the
 * login manager that recheck_tree.c and recheck_logind.c know.
 */
#ifndef HP_CLI_RECHECK_H
#define HP_CLI_RECHECK_H

#include "check/session_file.h"
#include "cli/cli.h"

/* ---- what became of them ----------------------------------------------------------------- */

typedef enum {
    HP_RECHECK_HOLDS,
    HP_RECHECK_GONE,      /* its process is, and left the record */
    HP_RECHECK_OVER,      /* the pass has ended, or was withdrawn: why */
    HP_RECHECK_UNCERTAIN, /* nobody can tell: why */
    HP_RECHECK_DAMAGED    /* the record: nothing else is known */
} hp_recheck_state;

typedef struct {
    char id[HP_SESSION_ID];
    hp_session record;
    hp_recheck_state state;
    hp_reason why;
    const char *word; /* what was done about it, or why not; NULL: nothing */
    bool failed;      /* it could not be done */
    bool ending;      /* its processes were asked to end */
} hp_recheck_row;

typedef struct {
    hp_recheck_row *rows;
    size_t n;
} hp_recheck_rows;

/*
 * Judges all that are in the folder at the time now.  False when there is no memory, or the folder
 * cannot be read.  What is wrong with a record or a policy is said, and *fault set.
 */
bool hp_recheck_look(const hp_cli_command *self, int folder, double now, hp_recheck_rows *rows,
                     bool *fault);
void hp_recheck_free(hp_recheck_rows *rows);

/* ---- what is done about it --------------------------------------------------------------- */

/* The login manager; once it has not answered, it is not waited for again. */
typedef struct {
    bool silent;
} hp_logind;

/*
 * Does what the record's expiry says, and sets the row's word.  first: the person does not know
 * yet.  A session that is to end is only asked to.
 */
void hp_recheck_act(hp_recheck_row *row, hp_logind *manager, bool first);

/* Waits for all that were asked, once and not longer than a few seconds, and sets their words. */
void hp_recheck_finish(hp_recheck_rows *rows);

/* ---- by what ----------------------------------------------------------------------------- */

/*
 * All of it is done to the process of the record and what descends from it, looked at again right
 * before: to no other one that has its number by now.
 */

/* Writes a line to each terminal of the session.  False when it has none. */
bool hp_tree_tell(const hp_process *leader, const char *text);

/*
 * Asks all processes of the session but its leader, which then closes it, to end.  managed: the
 * login manager was told to end it, and has asked as well.
 */
void hp_tree_ask(const hp_process *leader, bool managed);

/*
 * Waits for the rows that are ending, and makes those end that do not by themselves.  Whose
 * processes stay is still ending then.
 */
void hp_tree_wait(hp_recheck_rows *rows);

#define HP_LOGIND_ID 64 /* of a session, with its closing zero */

/*
 * The login manager's session whose leader is the one of the record.  False when there is none, or
 * no login manager: su(1) is in somebody else's session, and that one is not to be touched.
 */
bool hp_logind_find(hp_logind *manager, const hp_session *session, char id[HP_LOGIND_ID]);

/* "lock-session" or "terminate-session".  False when it could not be done. */
bool hp_logind_do(hp_logind *manager, const char *what, const char *id);

#endif
