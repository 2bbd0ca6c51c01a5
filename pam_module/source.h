/*
 * source.h: where passes come from.  One file each; ask.c has them in a table.
 */
#ifndef HP_PAM_SOURCE_H
#define HP_PAM_SOURCE_H

#include "call.h"

/* What is asked for: a pass, or one of several codes that make one. */
typedef struct {
    unsigned nth, of;  /* 0, 0: a pass */
    const char *words; /* for the person: what to do; as a prompt it ends in ": " */
} hp_pam_wish;

typedef struct {
    char *text;         /* in memory of malloc(), NULL for none; the answer's own */
    size_t room;        /* bytes of it that have to be wiped */
    size_t received;    /* its length as it came */
    hp_str pass;        /* without what scanners put around it; empty: see nothing */
    hp_reason nothing;  /* why there is no pass: HP_NO_PASS, HP_TOO_LONG */
    const char *source; /* the name of where it came from; NULL: nowhere */
    bool late;          /* it came after the timeout, and is not looked at */
    bool cut;           /* it is as long as an application lets through */
    bool repaired;      /* a keyboard's layout was undone */
} hp_pam_answer;

/* No code of PAM's: there is no such source now, and another one may be asked. */
#define HP_PAM_ABSENT (-1)

/*
 * Asks once.  PAM_SUCCESS also stands for nothing shown, HP_PAM_ABSENT for what was never there:
 * *error says why.  Any other code ends it: with *error when our side is at fault, and an empty one
 * when the application's conversation failed.  In every case the answer wants hp_pam_answer_end().
 */
typedef int hp_pam_source_ask(const hp_pam_call *call, const hp_pam_wish *wish,
                              hp_pam_answer *answer, hp_error *error);

hp_pam_source_ask hp_pam_source_socket; /* a scan helper, healthpass-scan(8) */
hp_pam_source_ask hp_pam_source_device; /* a serial scanner */
hp_pam_source_ask hp_pam_source_prompt; /* the application */

#endif
