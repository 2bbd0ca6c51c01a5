/*
 * log.h: the lines in the system log (facility authpriv).
 *
 * Never in them: the pass or any other input, names, birth dates, the user's name
 * (a pass scanned at a login: prompt is a user name).  Text from outside has its
 * control characters escaped.
 */
#ifndef HP_PAM_LOG_H
#define HP_PAM_LOG_H

#include "ask.h"

/* One line for a decision about a pass; a warning if it is to be looked at. */
void hp_pam_log_verdict(const hp_pam_call *call, const hp_verdict *verdict,
                        const hp_pam_answer *answer, bool warn);

/* Something that the operator has to mend; that will have to be mended soon. */
void hp_pam_log_error(const hp_pam_call *call, const char *text);
void hp_pam_log_warning(const hp_pam_call *call, const char *text);

/* One line for a decision that needed no pass. */
void hp_pam_log_denial(const hp_pam_call *call, hp_reason r, const char *why);

void hp_pam_log_debug(const hp_pam_call *call, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
