/*
 * person.h: whose pass it has to be, with match=gecos or match=file:PATH.
 */
#ifndef HP_PAM_PERSON_H
#define HP_PAM_PERSON_H

#include "call.h"

#include <sys/types.h>

typedef struct {
    hp_person person;     /* gecos: borrows from the handle; empty for a user who does not exist */
    hp_bindings bindings; /* file: of the login; none for one that is not in it */
    uid_t uid;            /* (uid_t)-1 for a user who does not exist */
} hp_pam_person;

/* Does match=gecos bind at all?  False where users may change their own names: *error says so. */
bool hp_pam_person_reliable(hp_error *error);

/*
 * Can the file of match=file: be read, is all of it as it must be, and does the policy have the key
 * that its ids are made with?  PAM_SUCCESS, also where there is no such file; otherwise it is in
 * the log.
 */
int hp_pam_person_ready(const hp_pam_call *call, const hp_policy *policy);

/*
 * The person who logs in, as of now.  PAM_SUCCESS, or a code of hp_pam_ask_user() or of
 * hp_pam_person_ready().
 */
int hp_pam_person_find(const hp_pam_call *call, hp_pam_person *who);

#endif
