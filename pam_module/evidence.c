/*
 * Keeps the evidence under our module's name, the kind of match, the set of rules and the
 * policy's path: a pass judged by a lenient policy, set or match is no evidence for an account
 * line with a strict one.  Neither a file of
 * holders nor a set has a colon in its name, a set no slash, and the policy's path begins with one.
 */
#include "evidence.h"

#include <stdio.h>
#include <stdlib.h>

#define WHAT "pam_healthpass"

void
hp_pam_evidence_name(const hp_pam_call *call, const char *what, char name[HP_PAM_NAME])
{
    (void)snprintf(name, HP_PAM_NAME, "%s:%s:%s:%s", what, call->options.match,
                   call->options.rules != NULL ? call->options.rules : "", call->options.policy);
}

/*
 * login and su call this twice, once in a forked child with PAM_DATA_SILENT, where
 * nothing outside the process may be touched.  Wiping and freeing is all that it does anyway.
 */
static void
cleanup(pam_handle_t *pamh, void *data, int status)
{
    (void)pamh;
    (void)status;
    if (data != NULL)
        hp_wipe(data, sizeof(hp_pam_evidence));
    free(data);
}

void
hp_pam_evidence_forget(const hp_pam_call *call)
{
    char name[HP_PAM_NAME];

    /* Replacing by nothing takes no memory where there was something. */
    hp_pam_evidence_name(call, WHAT, name);
    if (hp_pam_evidence_find(call) != NULL)
        (void)pam_set_data(call->pamh, name, NULL, NULL);
}

int
hp_pam_evidence_leave(const hp_pam_call *call, const hp_pam_evidence *evidence)
{
    char name[HP_PAM_NAME];
    hp_pam_evidence *copy = malloc(sizeof(*copy));

    if (copy == NULL)
        return PAM_BUF_ERR;
    *copy = *evidence;
    hp_pam_evidence_name(call, WHAT, name);
    if (pam_set_data(call->pamh, name, copy, cleanup) == PAM_SUCCESS)
        return PAM_SUCCESS;
    cleanup(call->pamh, copy, 0);
    return PAM_SYSTEM_ERR;
}

const hp_pam_evidence *
hp_pam_evidence_find(const hp_pam_call *call)
{
    char name[HP_PAM_NAME];
    const void *data = NULL;

    hp_pam_evidence_name(call, WHAT, name);
    return pam_get_data(call->pamh, name, &data) == PAM_SUCCESS ? data : NULL;
}
