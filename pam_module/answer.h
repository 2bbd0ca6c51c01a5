/*
 * answer.h: a reason as PAM and the person get it.
 */
#ifndef HP_PAM_ANSWER_H
#define HP_PAM_ANSWER_H

#include "call.h"

/* PAM_SUCCESS for HP_OK and for nothing else; never PAM_IGNORE. */
int hp_pam_auth_code(hp_reason r);
int hp_pam_account_code(hp_reason r);

/* Tells the person the outcome, unless the call is silent. */
void hp_pam_tell(const hp_pam_call *call, hp_reason r);

/* The same, and what the rule says that refused; text may be empty. */
void hp_pam_tell_rule(const hp_pam_call *call, hp_reason r, const char *text);

/* How long to wait until another pass may be shown here. */
void hp_pam_tell_wait(const hp_pam_call *call, uint32_t seconds);

void hp_pam_tell_accepted(const hp_pam_call *call, double now, double valid_until);

#endif
