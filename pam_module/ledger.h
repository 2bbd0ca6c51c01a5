/*
 * ledger.h: for how many is one pass shown (the option reuse)?
 */
#ifndef HP_PAM_LEDGER_H
#define HP_PAM_LEDGER_H

#include "call.h"

#define HP_PAM_BY 1280 /* bytes that whom a pass is shown for takes at most */

typedef struct {
    hp_use use;
    bool held; /* has a place, until hp_pam_ledger_end() */
    bool warn; /* is over the limit, for the first time in its window */
} hp_pam_use;

/* Are there uses to be counted? */
bool hp_pam_ledger_counts(const hp_pam_call *call);

/* PAM_SUCCESS, or PAM_SERVICE_ERR where the policy has no place, or no key, for what is asked. */
int hp_pam_ledger_fits(const hp_pam_call *call, const hp_policy *policy);

/* PAM_SUCCESS, or PAM_AUTHINFO_UNAVAIL where a use could not be written now. */
int hp_pam_ledger_ready(const hp_pam_call *call, const hp_policy *policy);

/* Whom the pass is shown for, written into room.  False where libpam or the system cannot say. */
bool hp_pam_ledger_by(const hp_pam_call *call, char room[HP_PAM_BY], hp_str *by);

/* Asks the ledger about a verdict that is HP_PENDING, and settles it. */
void hp_pam_ledger_settle(const hp_pam_call *call, const hp_policy *policy, hp_pam_use *use,
                          hp_verdict *verdict);

/* Was it a login?  Otherwise the place is given back.  Harmless when none is held. */
void hp_pam_ledger_end(const hp_pam_call *call, const hp_policy *policy, hp_pam_use *use,
                       bool login);

#endif
