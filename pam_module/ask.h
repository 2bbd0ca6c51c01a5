/*
 * ask.h: asks the person for a pass, and for a name where the application has none.
 */
#ifndef HP_PAM_ASK_H
#define HP_PAM_ASK_H

#include "source.h"

/*
 * Asks the sources of the option, in order, until one is there; once one gave a code, *from is its
 * place, and is the only one that is asked for the next code.  Start with HP_PAM_SOURCES.
 *
 * PAM_SUCCESS also stands for nothing shown.  PAM_CONV_ERR, PAM_BUF_ERR, or PAM_INCOMPLETE where
 * the application cannot ask now; PAM_AUTHINFO_UNAVAIL where no source is there, or one failed;
 * PAM_SERVICE_ERR for one that is not as it must be: then it is in the log, and the person knows.
 * In every case hp_pam_answer_end() must follow.
 */
int hp_pam_ask(const hp_pam_call *call, const hp_pam_wish *wish, unsigned *from,
               hp_pam_answer *answer);

/* Wipes and frees. */
void hp_pam_answer_end(hp_pam_answer *answer);

/* Who is logging in.  PAM_SUCCESS, or a code as above; *user is not NULL, but may be empty. */
int hp_pam_ask_user(const hp_pam_call *call, const char **user);

/* ---- for the sources ------------------------------------------------------ */

/* A conversation function may return any number, PAM_IGNORE included. */
int hp_pam_conversation_code(int rc);

/* Scanners add CR, LF or TAB.  A space is data: Base45 has one in its alphabet. */
hp_str hp_pam_strip(hp_str text);

/* Memory for so many bytes of text; false without any. */
bool hp_pam_answer_room(hp_pam_answer *answer, size_t room);

/* Tells the person what to do, where no prompt does. */
void hp_pam_ask_aloud(const hp_pam_call *call, const hp_pam_wish *wish);

#endif
