/*
 * evidence.h: what the auth phase leaves for the account phase.
 *
 * It lives in the PAM handle (pam_set_data); what the pass would be withdrawn by is all that it
 * holds of it.  sshd with a key and login -f never call the auth phase: there is none then, and the
 * account phase denies.  record.h is for phases that have another handle.
 */
#ifndef HP_PAM_EVIDENCE_H
#define HP_PAM_EVIDENCE_H

#include "call.h"

#include <limits.h>
#include <sys/types.h>

typedef struct {
    hp_reason reason;   /* of the last scan */
    uid_t uid;          /* whose login it was */
    bool bound;         /* the pass was judged for that user, and is no other's */
    double judged;      /* when, seconds since 1970 UTC */
    double valid_until; /* of the pass; 0: not known */
    double ends;        /* when it is no longer good here; HP_TIME_LAST: never, or not known */
    hp_pam_reuse reuse; /* how uses were counted */
    bool off;           /* nobody was asked for a pass: this place no longer does */
    bool accepted;      /* by the account phase, too */
    hp_marks marks;     /* of the last scan */
} hp_pam_evidence;

/*
 * The name of something that belongs to this kind of match, set of rules and policy: a pass that
 * a lenient one accepted is no evidence for a strict one.
 */
#define HP_PAM_NAME (2 * PATH_MAX + NAME_MAX + 64)
void hp_pam_evidence_name(const hp_pam_call *call, const char *what, char name[HP_PAM_NAME]);

/* What was left by an earlier call under this policy no longer counts. */
void hp_pam_evidence_forget(const hp_pam_call *call);

/* Copies *evidence into the handle.  PAM_SUCCESS, PAM_BUF_ERR or PAM_SYSTEM_ERR. */
int hp_pam_evidence_leave(const hp_pam_call *call, const hp_pam_evidence *evidence);

/* NULL where auth did not run under this policy. */
const hp_pam_evidence *hp_pam_evidence_find(const hp_pam_call *call);

#endif
