/*
 * The words behind pam_healthpass.so, read by the module's own reader: what pam-check calls wrong
 * is what the module refuses.  The only place where healthpassctl knows pam_module/.
 */
#ifndef HP_CLI_PAM_WORDS_H
#define HP_CLI_PAM_WORDS_H

#include "base/error.h"
#include "base/str.h"
#include "cli/stack_line.h"

/* What has to be the same on the auth and the account line; texts are argv's, or constant. */
typedef struct {
    const char *match, *policy, *rules; /* rules NULL: the policy's */
    bool counts;                        /* is there a reuse= that counts? */
    bool record;                        /* noauth=record */
} hp_pam_words;

/* At most HP_STACK_WORDS of them.  False with *error when the module would refuse the line. */
bool hp_pam_words_read(int argc, const char *const *argv, hp_pam_words *words,
                       hp_error *error);

#endif
