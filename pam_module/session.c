/* Records of sessions; see session.h. */
#include "session.h"

#include "gate.h"
#include "log.h"
#include "record.h"

#include <security/pam_modutil.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define WHAT "pam_healthpass-session"

/* pam_systemd(8) reads it in its own session line, and has systemd end the session. */
#define RUNTIME "systemd.runtime_max_sec"

/* A descriptor, or -1 with *error, which is empty where there are no sessions. */
static int
open_folder(hp_session_how how, hp_error *error)
{
    return hp_session_folder(HP_RUN_FOLDER, HP_SESSIONS_FOLDER, how, error);
}

/* login and su call this twice: nothing outside the process may be touched. */
static void
cleanup(pam_handle_t *pamh, void *data, int status)
{
    (void)pamh;
    (void)status;
    free(data);
}

/* Lends a copy of the text to the handle. */
static int
set_text(const hp_pam_call *call, const char *name, const char *text)
{
    char *copy = strdup(text);

    if (copy == NULL)
        return PAM_BUF_ERR;
    if (pam_set_data(call->pamh, name, copy, cleanup) == PAM_SUCCESS)
        return PAM_SUCCESS;
    free(copy);
    return PAM_BUF_ERR;
}

/* ---- how long ----------------------------------------------------------------------------- */

/* The earlier one of the pass and the option; whole seconds. */
static uint64_t
end_of(const hp_pam_call *call, uint64_t until, double now)
{
    unsigned int most = call->options.max_session;

    return most > 0 && (uint64_t)now + most < until ? (uint64_t)now + most : until;
}

static int
limit_runtime(const hp_pam_call *call, uint64_t until, double now)
{
    char seconds[32];

    if (call->options.on_expiry != HP_EXPIRY_TERMINATE || until >= (uint64_t)HP_TIME_LAST)
        return PAM_SUCCESS;
    (void)snprintf(seconds, sizeof(seconds), "%llu",
                   until > (uint64_t)now ? (unsigned long long)(until - (uint64_t)now) : 1ULL);
    return set_text(call, RUNTIME, seconds);
}

/* ---- the record --------------------------------------------------------------------------- */

/* Under which id it is kept; NULL: there is none. */
static const char *
id_of(const hp_pam_call *call)
{
    char name[HP_PAM_NAME];
    const void *data = NULL;

    hp_pam_evidence_name(call, WHAT, name);
    return pam_get_data(call->pamh, name, &data) == PAM_SUCCESS ? data : NULL;
}

static int
keep(const hp_pam_call *call, int folder, const hp_session *record, hp_error *error)
{
    char id[HP_SESSION_ID], name[HP_PAM_NAME];
    int rc;

    if (!hp_session_keep(folder, record, id, error))
        return PAM_SESSION_ERR;
    hp_pam_evidence_name(call, WHAT, name);
    rc = set_text(call, name, id);
    if (rc != PAM_SUCCESS) {
        hp_error_set(error, "the record of this login cannot be kept");
        (void)hp_session_drop(folder, id);
    }
    return rc;
}

static int
keep_record(const hp_pam_call *call, const hp_session *record)
{
    hp_error error;
    int folder = open_folder(HP_SESSION_MAKE, &error);
    int rc = folder < 0 ? PAM_SESSION_ERR : keep(call, folder, record, &error);

    if (folder >= 0)
        (void)close(folder);
    if (rc != PAM_SUCCESS)
        hp_pam_log_error(call, error.text);
    return rc;
}

/* Only root has records: without one a session ends when its user, or its system, wants it to. */
int
hp_pam_session_begin(const hp_pam_call *call, const hp_pam_evidence *evidence, double now)
{
    hp_session record;
    int rc;

    hp_pam_record_fill(call, evidence, &record);
    record.until = end_of(call, record.until, now);
    hp_session_word(record.login, pam_getenv(call->pamh, "XDG_SESSION_ID"));
    rc = limit_runtime(call, record.until, now);
    if (rc == PAM_SUCCESS && geteuid() == 0) {
        hp_pam_session_end(call);
        rc = keep_record(call, &record);
    }
    hp_wipe(&record, sizeof(record));
    return rc;
}

void
hp_pam_session_end(const hp_pam_call *call)
{
    const char *id = id_of(call);
    hp_error error;
    int folder = id != NULL ? open_folder(HP_SESSION_LOOK, &error) : -1;

    if (folder < 0)
        return;
    (void)hp_session_drop(folder, id);
    (void)close(folder);
}

/* ---- a session that is there --------------------------------------------------------------- */

typedef struct {
    const hp_pam_call *call;
    int folder;
    uid_t uid;
    double now;
    char tty[HP_SESSION_WORD];
    hp_session record;
    bool found;
} search;

static bool
holds_here(const search *s)
{
    const hp_session *r = &s->record;
    hp_pam_reuse was = hp_pam_record_reuse(r);

    return r->uid == s->uid && strcmp(r->tty, s->tty) == 0 && hp_pam_record_fits(s->call, r) &&
           hp_pam_reuse_meets(&s->call->options.reuse, &was) &&
           s->now < (double)r->until && hp_process_runs(&r->leader);
}

static bool
look_at(void *context, const char *id)
{
    search *s = context;
    hp_error error;

    s->found = hp_session_load(s->folder, id, &s->record, &error) == HP_SESSION_READ &&
               holds_here(s);
    return !s->found;
}

/* A login from elsewhere has no terminal of its own: sshd calls all of them "ssh". */
static bool
has_terminal(const hp_pam_call *call, char tty[HP_SESSION_WORD])
{
    const void *rhost = NULL;

    hp_pam_record_terminal(call, tty);
    return pam_get_item(call->pamh, PAM_RHOST, &rhost) == PAM_SUCCESS &&
           (rhost == NULL || *(const char *)rhost == '\0') && *tty != '\0';
}

static hp_reason
judge(const search *s, hp_pam_evidence *evidence)
{
    hp_reason r = hp_pam_gate_fate(s->call, &s->record.marks, (double)s->record.judged, s->now);

    hp_pam_record_read(&s->record, evidence);
    return r;
}

hp_reason
hp_pam_session_find(const hp_pam_call *call, uid_t uid, double now, hp_pam_evidence *evidence)
{
    search s = { .call = call, .uid = uid, .now = now, .folder = -1 };
    hp_reason r = HP_NO_PASS;
    hp_error error;

    if (now > 0 && geteuid() == 0 && has_terminal(call, s.tty))
        s.folder = open_folder(HP_SESSION_LOOK, &error);
    if (s.folder < 0)
        return r;
    if (hp_session_walk(s.folder, look_at, &s) && s.found)
        r = judge(&s, evidence);
    (void)close(s.folder);
    hp_wipe(&s.record, sizeof(s.record));
    return r;
}
