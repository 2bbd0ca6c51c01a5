/*
 * gather.h: a pass that comes in several codes (chunks of a SMART Health Card).
 */
#ifndef HP_PAM_GATHER_H
#define HP_PAM_GATHER_H

#include "gate.h"

/*
 * Asks for a pass; where the answer is one of several codes, and the policy accepts its kind, for
 * the others one by one.  *answer has all of them as one text.  Codes, and what must follow: as
 * hp_pam_ask().
 */
int hp_pam_gather(const hp_pam_call *call, hp_pam_gate *gate, hp_pam_answer *answer);

#endif
