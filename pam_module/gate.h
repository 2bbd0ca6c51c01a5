/*
 * gate.h: the policy and the working memory for one call of the auth phase.
 */
#ifndef HP_PAM_GATE_H
#define HP_PAM_GATE_H

#include "ask.h"
#include "ledger.h"
#include "person.h"

typedef struct {
    hp_policy *policy;
    hp_memory memory;
    hp_keys *keys;
    hp_pam_use shown; /* of the pass that was judged last */
    hp_marks marks;   /* the same */
    double opened; /* when */
    bool off; /* this place no longer asks for passes: nobody is to be asked */
} hp_pam_gate;

/*
 * PAM_SUCCESS; PAM_AUTHINFO_UNAVAIL where no pass could be judged at the time now (no trusted
 * keys, all of them too old, a wrong clock, no ledger of uses); PAM_SERVICE_ERR for a bad policy,
 * or one that has not what the options need; PAM_BUF_ERR; the
 * code of HP_ENDED where no pass may be asked for any more, and all are refused.  The log says
 * why.  In every case hp_pam_gate_end() must follow.
 */
int hp_pam_gate_open(hp_pam_gate *gate, const hp_pam_call *call, double now);

/*
 * Is one of several codes worth asking for the others?  Not where its kind is not accepted, or
 * nothing can be judged: then it is judged as it is.
 */
bool hp_pam_gate_accepts(hp_pam_gate *gate, const hp_pam_answer *answer);

/* Judges what was answered, at the time now.  who: whose pass it has to be, or NULL. */
void hp_pam_gate_judge(hp_pam_gate *gate, const hp_pam_call *call, const hp_pam_answer *answer,
                       const hp_pam_person *who, double now, hp_verdict *verdict);

/* What the rule that refused says, in the call's language; empty where none did. */
const char *hp_pam_gate_rule(const hp_pam_gate *gate, const hp_pam_call *call,
                             const hp_verdict *verdict);

void hp_pam_gate_end(hp_pam_gate *gate);

/*
 * What became of a pass that was accepted at since: HP_OK when it has not been withdrawn, else why
 * not, or a fault where nobody can tell; that is in the log then.
 */
hp_reason hp_pam_gate_fate(const hp_pam_call *call, const hp_marks *marks, double since,
                               double now);

/*
 * May passes be asked for at the time now?  For the account phase, which has no gate.  With
 * HP_BASIS_OFF *text is a line for the log; a policy that cannot be read ends nothing.
 */
hp_basis hp_pam_gate_basis(const hp_pam_call *call, double now, hp_error *text);

#endif
