/*
 * limit.h: how many passes may be refused at a terminal, from an address or for a login within a
 * time (the option limit).
 *
 * What is counted is refusals: no faults of our side, and nobody who showed nothing.  The file
 * "tries", beside that of the ledger or else in /run/healthpass, has them as keyed ids, each with
 * its end.
 */
#ifndef HP_PAM_LIMIT_H
#define HP_PAM_LIMIT_H

#include "call.h"

/*
 * May another pass be shown now?  PAM_SUCCESS; PAM_MAXTRIES, and the person was told how long to
 * wait; PAM_AUTHINFO_UNAVAIL where that cannot be told.  The log says why.
 */
int hp_pam_limit_check(const hp_pam_call *call, const hp_policy *policy);

/* A pass was refused. */
void hp_pam_limit_count(const hp_pam_call *call, const hp_policy *policy);

#endif
