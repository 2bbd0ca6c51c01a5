/*
 * Where the module meets the core: load, judge, wipe.
 *
 * The policy is loaded before anybody is asked, so that a gate that cannot judge
 * takes no pass from anyone; and looked at again when the answer is there, because
 * a prompt may stand on a screen for an hour.
 */
#include "gate.h"

#include "answer.h"
#include "log.h"

#include <stdlib.h>

/* A login shows one pass: all keys that share its key id find room. */
#define KEYS 8

static hp_load
load_policy(const hp_pam_call *call, hp_policy **policy, hp_error *error)
{
    return hp_policy_load_set(call->options.policy, HP_DOOR_PAM, call->options.rules, policy,
                              error);
}

/* There is no start at which to say this once. */
static void
debug_policy(const hp_policy *policy, const hp_pam_call *call)
{
    const char *warning;
    size_t n;

    hp_pam_log_debug(call, "policy loaded, %zu keys", hp_policy_keys(policy));
    for (n = 0; (warning = hp_policy_warning(policy, n)) != NULL; n++)
        hp_pam_log_debug(call, "%s", warning);
}

/* What every pass would be told now: HP_NO_PASS, unless our side cannot judge. */
static hp_reason
probe(hp_pam_gate *gate, double now)
{
    hp_ask ask = { .text = HP_STR(""), .now = now, .keys = gate->keys };
    hp_verdict verdict;

    return hp_verify(gate->policy, &ask, &gate->memory, &verdict);
}

/* By itself it is damaged (HP_ENCODING), where it would be read at all. */
bool
hp_pam_gate_accepts(hp_pam_gate *gate, const hp_pam_answer *answer)
{
    hp_ask ask = { .text = answer->pass, .now = gate->opened, .keys = gate->keys };
    hp_verdict verdict;

    return hp_verify(gate->policy, &ask, &gate->memory, &verdict) == HP_ENCODING;
}

/* Is it a fault that a list's age explains? */
static bool
is_of_age(hp_reason r)
{
    return r == HP_TRUST_STALE || r == HP_REVOCATION_STALE;
}

/* What is over and lets nobody in is told by the denial. */
static void
warn_of_ends(const hp_pam_gate *gate, const hp_pam_call *call, double now)
{
    hp_error text;
    hp_age age;
    size_t n;

    for (n = 0; (age = hp_policy_due(gate->policy, now, n, &text)) != HP_AGE_FRESH; n++) {
        if (age != HP_AGE_STALE)
            hp_pam_log_warning(call, text.text);
    }
}

/*
 * Lists that grow old, and what ends soon, are told of at each call: there is no timer to do it
 * once.
 */
static int
check(hp_pam_gate *gate, const hp_pam_call *call, double now)
{
    hp_error text = { "" };
    hp_age age = hp_policy_age(gate->policy, now, &text);
    hp_reason r = probe(gate, now);

    warn_of_ends(gate, call, now);
    gate->off = hp_policy_basis(gate->policy, now) == HP_BASIS_OFF;
    if (gate->off)
        return PAM_SUCCESS;
    if (hp_reason_is_fault(r) || r == HP_ENDED) {
        hp_pam_log_denial(call, r, age == HP_AGE_STALE && is_of_age(r) ? text.text
                                                                       : hp_reason_text(r));
        return hp_pam_auth_code(r);
    }
    if (age == HP_AGE_STALE)
        hp_pam_log_error(call, text.text);
    else if (age != HP_AGE_FRESH)
        hp_pam_log_warning(call, text.text);
    return PAM_SUCCESS;
}

int
hp_pam_gate_open(hp_pam_gate *gate, const hp_pam_call *call, double now)
{
    hp_error error;
    hp_load load;
    int rc;

    *gate = (hp_pam_gate){ .opened = now };
    load = load_policy(call, &gate->policy, &error);
    if (load != HP_LOAD_OK) {
        hp_pam_log_error(call, error.text);
        return load == HP_LOAD_TRUST ? PAM_AUTHINFO_UNAVAIL : PAM_SERVICE_ERR;
    }
    if (call->options.debug)
        debug_policy(gate->policy, call);
    rc = hp_pam_ledger_fits(call, gate->policy);
    if (rc != PAM_SUCCESS)
        return rc;
    gate->memory.p = malloc(HP_MEMORY);
    gate->keys = hp_keys_new(KEYS);
    if (gate->memory.p == NULL || gate->keys == NULL)
        return PAM_BUF_ERR;
    gate->memory.n = HP_MEMORY;
    rc = check(gate, call, now);
    return rc == PAM_SUCCESS && !gate->off ? hp_pam_ledger_ready(call, gate->policy) : rc;
}

/* Where a pass without its tail ends up.  A layout problem has to be mended first. */
static bool
may_be_cut(hp_reason r)
{
    return r == HP_UNKNOWN_KIND || r == HP_ENCODING || r == HP_COMPRESSION ||
           r == HP_ENVELOPE;
}

static void
refresh(hp_pam_gate *gate, const hp_pam_call *call)
{
    hp_error error = { "" };
    const char *warning;
    size_t n;

    (void)hp_policy_refresh(&gate->policy, &error);
    if (error.text[0] != '\0')
        hp_pam_log_error(call, error.text);
    (void)hp_policy_refresh_lists(gate->policy, true, &error);
    if (error.text[0] != '\0')
        hp_pam_log_error(call, error.text);
    for (n = 0; (warning = hp_policy_news(gate->policy, n)) != NULL; n++)
        hp_pam_log_warning(call, warning);
}

/* What hp_verify() makes of it, and then the ledger if the pass would be let in. */
static void
verify(hp_pam_gate *gate, const hp_pam_call *call, hp_ask *ask, hp_verdict *verdict)
{
    char room[HP_PAM_BY];

    if (!hp_pam_ledger_counts(call)) {
        (void)hp_verify(gate->policy, ask, &gate->memory, verdict);
        return;
    }
    ask->use = &gate->shown.use;
    if (!hp_pam_ledger_by(call, room, &ask->by)) {
        (void)hp_verdict_set(verdict, HP_FAULT);
        return;
    }
    (void)hp_verify(gate->policy, ask, &gate->memory, verdict);
    hp_pam_ledger_settle(call, gate->policy, &gate->shown, verdict);
}

void
hp_pam_gate_judge(hp_pam_gate *gate, const hp_pam_call *call, const hp_pam_answer *answer,
                  const hp_pam_person *who, double now, hp_verdict *verdict)
{
    bool by_file = hp_pam_options_holders(&call->options) != NULL;
    hp_ask ask = { .text = answer->pass, .now = now, .want_id = true, .keys = gate->keys,
                   .person = who != NULL && !by_file ? &who->person : NULL,
                   .bound = who != NULL && by_file ? &who->bindings : NULL,
                   .marks = &gate->marks };

    gate->shown.warn = false;
    memset(&gate->marks, 0, sizeof(gate->marks));
    /* Also with PAM_DISALLOW_NULL_AUTHTOK, which changes nothing: empty is never good. */
    if (answer->pass.n == 0) {
        (void)hp_verdict_set(verdict, answer->nothing);
        return;
    }
    refresh(gate, call);
    verify(gate, call, &ask, verdict);
    if (answer->cut && may_be_cut(verdict->reason))
        (void)hp_verdict_set(verdict, HP_INPUT_CUT);
}

const char *
hp_pam_gate_rule(const hp_pam_gate *gate, const hp_pam_call *call, const hp_verdict *verdict)
{
    const char *languages[] = { call->language, NULL };

    return hp_verdict_rule_text(gate->policy, verdict, languages);
}

void
hp_pam_gate_end(hp_pam_gate *gate)
{
    if (gate->memory.p != NULL)
        hp_wipe(gate->memory.p, gate->memory.n);
    free(gate->memory.p);
    hp_policy_free(gate->policy);
    hp_keys_free(gate->keys);
    hp_wipe(&gate->marks, sizeof(gate->marks));
    *gate = (hp_pam_gate){ 0 };
}

hp_basis
hp_pam_gate_basis(const hp_pam_call *call, double now, hp_error *text)
{
    hp_basis basis = HP_BASIS_HOLDS;
    hp_policy *policy;

    if (load_policy(call, &policy, text) != HP_LOAD_OK)
        return basis;
    basis = hp_policy_basis(policy, now);
    (void)hp_policy_due(policy, now, 0, text);
    hp_policy_free(policy);
    return basis;
}

hp_reason
hp_pam_gate_fate(const hp_pam_call *call, const hp_marks *marks, double since, double now)
{
    hp_reason why = HP_FAULT;
    hp_fate fate;
    hp_policy *policy;
    hp_error error;

    if (load_policy(call, &policy, &error) != HP_LOAD_OK) {
        hp_pam_log_error(call, error.text);
        return HP_FAULT;
    }
    fate = hp_policy_fate(policy, marks, since, now, &why);
    hp_policy_free(policy);
    return fate == HP_STANDS ? HP_OK : why;
}
