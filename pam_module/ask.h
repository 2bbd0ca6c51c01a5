/*
 * ask.h: asks the person for a pass, and for a name where the application has none.
 */
#ifndef HP_PAM_ASK_H
#define HP_PAM_ASK_H

#include "call.h"

typedef struct {
    char *text;      /* as it came, NULL for none; the answer's own */
    size_t received; /* its length as it came */
    hp_str pass;     /* without what scanners put around it; empty: nothing was shown */
    bool late;       /* it came after the timeout, and is not looked at */
} hp_pam_answer;

/*
 * One hidden prompt.  PAM_SUCCESS also stands for nothing shown; otherwise
 * PAM_CONV_ERR, PAM_BUF_ERR, or PAM_INCOMPLETE where the application cannot ask
 * now.  In every case hp_pam_answer_end() must follow.
 */
int hp_pam_ask(const hp_pam_call *call, hp_pam_answer *answer);

/* Wipes and frees. */
void hp_pam_answer_end(hp_pam_answer *answer);

/* Who is logging in.  PAM_SUCCESS, or a code as above; *user is not NULL, but may be empty. */
int hp_pam_ask_user(const hp_pam_call *call, const char **user);

#endif
