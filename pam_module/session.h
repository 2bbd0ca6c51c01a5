/*
 * session.h: a session whose pass was accepted: until when, and on record while it lasts, so that
 * `healthpassctl recheck` can judge it again.
 */
#ifndef HP_PAM_SESSION_H
#define HP_PAM_SESSION_H

#include "evidence.h"

/*
 * Begins one at the time now.  PAM_SUCCESS; PAM_SESSION_ERR where the record that root keeps
 * cannot be written, which is in the log then; PAM_BUF_ERR.
 */
int hp_pam_session_begin(const hp_pam_call *call, const hp_pam_evidence *evidence, double now);

/* Removes the record of the session that this handle began, if any. */
void hp_pam_session_end(const hp_pam_call *call);

/*
 * HP_OK with *evidence where the user has a session at this terminal, by this policy and counted
 * as reuse= says, whose pass still holds; HP_NO_PASS where there is none, or it is not ours to see;
 * else what became of it.
 */
hp_reason hp_pam_session_find(const hp_pam_call *call, uid_t uid, double now,
                              hp_pam_evidence *evidence);

#endif
