/*
 * person.h: whose pass it has to be, with match=gecos.
 */
#ifndef HP_PAM_PERSON_H
#define HP_PAM_PERSON_H

#include "call.h"

#include <sys/types.h>

typedef struct {
    hp_person person; /* the name borrows from the handle; empty for a user who does not exist */
    uid_t uid;        /* (uid_t)-1 for one */
} hp_pam_person;

/* Does match=gecos bind at all?  False where users may change their own names: *error says so. */
bool hp_pam_person_reliable(hp_error *error);

/* The person who logs in, as of now.  PAM_SUCCESS, or a code of hp_pam_ask_user(). */
int hp_pam_person_find(const hp_pam_call *call, hp_pam_person *who);

#endif
