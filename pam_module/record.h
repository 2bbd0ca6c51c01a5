/*
 * record.h: evidence for a phase that has another handle than the auth phase had.
 *
 * sshd asks for a pass in a child whose handle ends with it; what survives is PAM's environment.
 * So a random token in it names a record of root's below /run/healthpass/evidence.  Whoever can
 * set variables (pam_env, a greeter) cannot make one: it has to name a record that is there, of
 * this user, service and policy, from the process itself or from its child, no older than a minute.
 * Where the module does not run as root there is none, and the handle's evidence has to do.
 */
#ifndef HP_PAM_RECORD_H
#define HP_PAM_RECORD_H

#include "evidence.h"

/* Makes a record of what is accepted.  Without one a login goes on whose handle lasts. */
void hp_pam_record_leave(const hp_pam_call *call, const hp_pam_evidence *evidence);

/* Looks for the record of this login, and leaves it where it is. */
bool hp_pam_record_find(const hp_pam_call *call, uid_t uid, hp_pam_evidence *evidence);

/* The same, and whoever takes it is the only one. */
bool hp_pam_record_take(const hp_pam_call *call, uid_t uid, hp_pam_evidence *evidence);

/* Takes record and token away, if there are any. */
void hp_pam_record_drop(const hp_pam_call *call);

/* What a record says of a login, beside who and how long; and what it says to the phases. */
void hp_pam_record_fill(const hp_pam_call *call, const hp_pam_evidence *evidence,
                        hp_session *record);
void hp_pam_record_read(const hp_session *record, hp_pam_evidence *evidence);

/* How uses of its pass were counted. */
hp_pam_reuse hp_pam_record_reuse(const hp_session *record);

/* The terminal of this login as a record has it; empty where there is none. */
void hp_pam_record_terminal(const hp_pam_call *call, char tty[HP_SESSION_WORD]);

/* Was it judged by this policy, set of rules and match, in this boot? */
bool hp_pam_record_fits(const hp_pam_call *call, const hp_session *record);

#endif
