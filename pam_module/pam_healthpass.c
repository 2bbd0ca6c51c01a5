/*
 * pam_healthpass: lets in who shows a valid health pass.
 *
 * The five functions that libpam calls.  A guest in login, su or sshd, the module
 * keeps no state of its own, leaves the process as it was, and refuses in doubt:
 * it never answers PAM_IGNORE (with "required", a later success would then open the
 * door) nor PAM_NEW_AUTHTOK_REQD (which "required" takes for success).
 */
#include "answer.h"
#include "ask.h"
#include "evidence.h"
#include "gate.h"
#include "gather.h"
#include "language.h"
#include "limit.h"
#include "log.h"
#include "person.h"
#include "record.h"
#include "session.h"

#include <pwd.h>
#include <security/pam_ext.h>
#include <security/pam_modutil.h>
#include <time.h>

#define EXPORT __attribute__((visibility("default")))

/* Without a clock 0, which is before every pass and answered like a wrong clock. */
static double
time_now(void)
{
    struct timespec t;

    if (clock_gettime(CLOCK_REALTIME, &t) != 0)
        return 0;
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* PAM_SUCCESS, or PAM_SERVICE_ERR and a line in the log. */
static int
begin(hp_pam_call *call, pam_handle_t *pamh, int flags, int argc, const char **argv)
{
    hp_error error;
    bool good;

    call->pamh = pamh;
    good = hp_pam_options_read(&call->options, argc, argv, &error) &&
           (strcmp(call->options.match, "gecos") != 0 || hp_pam_person_reliable(&error));
    hp_pam_language_choose(call);
    call->silent = ((unsigned int)flags & PAM_SILENT) != 0 || call->options.quiet;
    if (good)
        return PAM_SUCCESS;
    hp_pam_log_error(call, error.text);
    return PAM_SERVICE_ERR;
}

/*
 * The outcome, to the person.  What a rule says is the policy's, and is told before the next
 * scan may replace it.
 */
static void
tell(const hp_pam_call *call, const hp_pam_gate *gate, const hp_pam_evidence *evidence,
     const hp_verdict *verdict)
{
    if (evidence->reason == HP_OK)
        hp_pam_tell_accepted(call, evidence->judged, evidence->valid_until);
    else
        hp_pam_tell_rule(call, evidence->reason, hp_pam_gate_rule(gate, call, verdict));
}

/* Judges for the person who logs in now: the conversation may have changed who that is. */
static int
judge(const hp_pam_call *call, hp_pam_gate *gate, const hp_pam_answer *answer,
      hp_pam_evidence *evidence, hp_verdict *verdict)
{
    hp_pam_person who;
    int rc;

    evidence->bound = hp_pam_options_bind(&call->options);
    if (evidence->bound) {
        rc = hp_pam_person_find(call, &who);
        if (rc != PAM_SUCCESS)
            return rc;
        evidence->uid = who.uid;
    }
    evidence->judged = time_now();
    hp_pam_gate_judge(gate, call, answer, evidence->bound ? &who : NULL, evidence->judged,
                      verdict);
    return PAM_SUCCESS;
}

/* Asks for a pass and judges it.  Other than PAM_SUCCESS: nobody could be asked. */
static int
scan(const hp_pam_call *call, hp_pam_gate *gate, hp_pam_evidence *evidence)
{
    hp_pam_answer answer;
    hp_verdict verdict;
    int rc = hp_pam_gather(call, gate, &answer);

    (void)hp_verdict_set(&verdict, HP_FAULT);
    if (rc == PAM_SUCCESS)
        rc = judge(call, gate, &answer, evidence, &verdict);
    if (rc == PAM_SUCCESS) {
        hp_pam_log_verdict(call, &verdict, &answer, gate->shown.warn);
        evidence->reason = verdict.reason;
        evidence->valid_until = verdict.valid_until;
        evidence->ends = verdict.valid_until > 0
                             ? verdict.valid_until + hp_policy_grace(gate->policy) : HP_TIME_LAST;
        evidence->marks = gate->marks;
    }
    hp_pam_answer_end(&answer);
    if (rc == PAM_SUCCESS)
        tell(call, gate, evidence, &verdict);
    return rc;
}

/* Nobody who shows nothing is refused. */
static bool
is_refusal(hp_reason r)
{
    return r != HP_OK && r != HP_NO_PASS && !hp_reason_is_fault(r);
}

/* Asks up to tries times, until a pass is good or our side cannot judge. */
static int
scans(const hp_pam_call *call, hp_pam_gate *gate, hp_pam_evidence *evidence)
{
    unsigned int n;
    int rc;

    for (n = 0; n < call->options.tries; n++) {
        rc = hp_pam_limit_check(call, gate->policy);
        if (rc == PAM_SUCCESS)
            rc = scan(call, gate, evidence);
        if (rc != PAM_SUCCESS)
            return rc; /* it is in the log */
        if (is_refusal(evidence->reason))
            hp_pam_limit_count(call, gate->policy);
        if (evidence->reason == HP_OK || hp_reason_is_fault(evidence->reason))
            break;
    }
    return PAM_SUCCESS;
}

/*
 * The user is looked up only now, so that nobody learns from the conversation which
 * names exist here; and fetched anew, because the conversation may have changed it.
 */
static int
conclude(const hp_pam_call *call, hp_pam_evidence *evidence)
{
    const struct passwd *pw;
    const char *user;
    int rc = hp_pam_ask_user(call, &user);

    if (rc != PAM_SUCCESS)
        return rc;
    pw = pam_modutil_getpwnam(call->pamh, user);
    if (pw == NULL) {
        hp_pam_log_debug(call, "the user is unknown here");
        return PAM_USER_UNKNOWN;
    }
    if (evidence->bound && evidence->uid != pw->pw_uid)
        evidence->reason = HP_HOLDER;
    evidence->uid = pw->pw_uid;
    rc = hp_pam_evidence_leave(call, evidence);
    if (rc == PAM_SUCCESS && evidence->reason == HP_OK)
        hp_pam_record_leave(call, evidence);
    return rc == PAM_SUCCESS ? hp_pam_auth_code(evidence->reason) : rc;
}

static int
authenticate(const hp_pam_call *call)
{
    hp_pam_evidence evidence = { .reason = HP_FAULT, .reuse = call->options.reuse };
    hp_pam_gate gate;
    const char *user;
    int rc;

    hp_pam_evidence_forget(call);
    hp_pam_record_drop(call);
    rc = hp_pam_ask_user(call, &user);
    if (rc != PAM_SUCCESS)
        return rc;
    rc = hp_pam_gate_open(&gate, call, time_now());
    evidence.off = gate.off;
    if (rc == PAM_SUCCESS && !gate.off)
        rc = hp_pam_person_ready(call, gate.policy);
    if (rc == PAM_SUCCESS && !gate.off)
        rc = scans(call, &gate, &evidence);
    else if (rc != PAM_SUCCESS)
        hp_pam_tell(call, HP_FAULT); /* which is what HP_ENDED says, too */
    if (rc == PAM_SUCCESS)
        rc = evidence.off ? hp_pam_evidence_leave(call, &evidence) : conclude(call, &evidence);
    hp_pam_ledger_end(call, gate.policy, &gate.shown, rc == PAM_SUCCESS);
    hp_pam_gate_end(&gate);
    hp_wipe(&evidence.marks, sizeof(evidence.marks));
    return rc;
}

EXPORT int
pam_sm_authenticate(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
    hp_pam_call call;
    int rc = begin(&call, pamh, flags, argc, argv);

    if (rc == PAM_SUCCESS)
        rc = authenticate(&call);
    else
        hp_pam_tell(&call, HP_FAULT);
    /* The application sleeps, once, for the longest delay asked for. */
    if (rc != PAM_SUCCESS && rc != PAM_INCOMPLETE && call.options.fail_delay > 0)
        (void)pam_fail_delay(pamh, call.options.fail_delay * 1000000);
    return rc;
}

/* What refuses counts only as long as this place may ask for passes. */
static int
deny(const hp_pam_call *call, hp_reason r, const char *why)
{
    const hp_pam_evidence *evidence = hp_pam_evidence_find(call);
    hp_error text;
    hp_basis basis = hp_pam_gate_basis(call, time_now(), &text);

    if (basis == HP_BASIS_OFF) {
        if (evidence == NULL || !evidence->off) /* otherwise the auth phase has told of it */
            hp_pam_log_warning(call, text.text);
        return PAM_SUCCESS;
    }
    if (basis == HP_BASIS_ENDED) {
        r = HP_ENDED;
        why = hp_reason_text(r);
    }
    hp_pam_log_denial(call, r, why);
    hp_pam_tell(call, r);
    return hp_pam_account_code(r);
}

/* Since it was judged.  A clock that is gone says so, too. */
static bool
has_ended(const hp_pam_evidence *evidence, double now)
{
    return now == 0 || now >= evidence->ends;
}

/* What the handle has, or the record of a login whose auth phase had another handle. */
static int
find_evidence(const hp_pam_call *call, uid_t uid, const hp_pam_evidence **evidence)
{
    hp_pam_evidence found;
    int rc = PAM_SUCCESS;

    *evidence = hp_pam_evidence_find(call);
    if (*evidence != NULL || !hp_pam_record_find(call, uid, &found))
        return rc;
    rc = hp_pam_evidence_leave(call, &found);
    hp_wipe(&found, sizeof(found));
    *evidence = rc == PAM_SUCCESS ? hp_pam_evidence_find(call) : NULL;
    return rc;
}

/* Accepts it, in the handle: the session phase may be for another user, as sudo's is. */
static int
accept(const hp_pam_call *call, const hp_pam_evidence *evidence)
{
    hp_pam_evidence accepted = *evidence;
    int rc;

    accepted.accepted = true;
    rc = hp_pam_evidence_leave(call, &accepted);
    hp_wipe(&accepted.marks, sizeof(accepted.marks));
    return rc == PAM_SUCCESS ? hp_pam_account_code(accepted.reason) : rc;
}

static const char *
no_session(const hp_pam_call *call)
{
    return call->options.reuse.terms.limit > 0
               ? "no pass was judged in the auth phase, and no session of this user that was "
                 "counted with this reuse= holds at this terminal"
               : "no pass was judged in the auth phase, and no session of this user holds at this "
                 "terminal";
}

/* There was no auth phase: noauth= says what else will do. */
static int
account_without_auth(const hp_pam_call *call, uid_t uid)
{
    const char *why = "no pass was judged under this policy in the auth phase";
    hp_pam_evidence found;
    hp_reason r = HP_NO_PASS;
    int rc;

    if (call->options.noauth == HP_PAM_NOAUTH_RECORD) {
        r = hp_pam_session_find(call, uid, time_now(), &found);
        why = r == HP_NO_PASS ? no_session(call) : hp_reason_text(r);
    }
    rc = r == HP_OK ? accept(call, &found) : deny(call, r, why);
    hp_wipe(&found, sizeof(found));
    return rc;
}

/* Holds the evidence against this user and this moment. */
static int
account_of(const hp_pam_call *call, const hp_pam_evidence *evidence, uid_t uid)
{
    if (evidence->off)
        return deny(call, HP_NO_PASS, "nobody was asked for a pass in the auth phase");
    if (evidence->uid != uid)
        return deny(call, HP_NO_PASS, "the pass was shown for another user");
    if (evidence->reason != HP_OK)
        return deny(call, evidence->reason, "refused in the auth phase");
    if (!hp_pam_reuse_meets(&call->options.reuse, &evidence->reuse))
        return deny(call, HP_NO_PASS, "the auth phase did not count uses with this reuse=");
    if (has_ended(evidence, time_now()))
        return deny(call, HP_EXPIRED, hp_reason_text(HP_EXPIRED));
    return accept(call, evidence);
}

static int
account(const hp_pam_call *call)
{
    const hp_pam_evidence *evidence;
    const struct passwd *pw;
    const char *user;
    int rc = hp_pam_ask_user(call, &user);

    if (rc != PAM_SUCCESS)
        return rc;
    pw = pam_modutil_getpwnam(call->pamh, user);
    if (pw == NULL)
        return PAM_USER_UNKNOWN;
    rc = find_evidence(call, pw->pw_uid, &evidence);
    if (rc != PAM_SUCCESS)
        return rc;
    return evidence != NULL ? account_of(call, evidence, pw->pw_uid)
                            : account_without_auth(call, pw->pw_uid);
}

EXPORT int
pam_sm_acct_mgmt(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
    hp_pam_call call;
    int rc = begin(&call, pamh, flags, argc, argv);

    return rc == PAM_SUCCESS ? account(&call) : rc;
}

/* There are no credentials to set, and applications ignore a failure here. */
EXPORT int
pam_sm_setcred(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
    (void)pamh;
    (void)flags;
    (void)argc;
    (void)argv;
    return PAM_SUCCESS;
}

/* Whom the account phase let in needs no more than time; others need evidence of their own. */
static int
session_of(const hp_pam_call *call, const hp_pam_evidence *evidence, uid_t uid)
{
    double now = time_now();

    if (evidence->off)
        return deny(call, HP_NO_PASS, "nobody was asked for a pass in the auth phase");
    if (!evidence->accepted && evidence->uid != uid)
        return deny(call, HP_NO_PASS, "the pass was shown for another user");
    if (evidence->reason != HP_OK)
        return deny(call, evidence->reason, "refused in the auth phase");
    if (has_ended(evidence, now))
        return deny(call, HP_EXPIRED, hp_reason_text(HP_EXPIRED));
    return hp_pam_session_begin(call, evidence, now);
}

/* sudo(8) warns of a PAM_SESSION_ERR and goes on; every other failure stops it, too. */
static int
session_error(const hp_pam_call *call)
{
    const void *service = NULL;
    int rc = pam_get_item(call->pamh, PAM_SERVICE, &service);

    return rc == PAM_SUCCESS && service != NULL && strncmp(service, "sudo", 4) != 0
               ? PAM_SESSION_ERR : PAM_PERM_DENIED;
}

/* The token has done its work, whatever comes of it: the user's programs are not to see it. */
static int
open_session(const hp_pam_call *call)
{
    const hp_pam_evidence *evidence = hp_pam_evidence_find(call);
    hp_pam_evidence found;
    const struct passwd *pw;
    const char *user;
    int rc = hp_pam_ask_user(call, &user);

    pw = rc == PAM_SUCCESS ? pam_modutil_getpwnam(call->pamh, user) : NULL;
    if (evidence == NULL && pw != NULL && hp_pam_record_take(call, pw->pw_uid, &found))
        evidence = &found;
    hp_pam_record_drop(call);
    if (pw == NULL)
        return session_error(call);
    rc = evidence != NULL
             ? session_of(call, evidence, pw->pw_uid)
             : deny(call, HP_NO_PASS, "no pass was judged under this policy in the auth phase");
    hp_wipe(&found, sizeof(found));
    return rc == PAM_SUCCESS || rc == PAM_BUF_ERR ? rc : session_error(call);
}

EXPORT int
pam_sm_open_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
    hp_pam_call call;
    int rc = begin(&call, pamh, flags, argc, argv);

    return rc == PAM_SUCCESS ? open_session(&call) : rc;
}

/* It ends whatever the line says by now. */
EXPORT int
pam_sm_close_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
    hp_pam_call call;
    int rc = begin(&call, pamh, flags, argc, argv);

    if (rc == PAM_SUCCESS)
        hp_pam_session_end(&call);
    return rc;
}
