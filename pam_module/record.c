/* Tokens and their records; see record.h. */
#include "record.h"

#include "log.h"

#include <security/pam_modutil.h>
#include <stdio.h>
#include <unistd.h>

#define TOKEN "HEALTHPASS_EVIDENCE"

/* ---- what is in a record ------------------------------------------------------------------ */

static const char *
item_of(const hp_pam_call *call, int item)
{
    const void *text = NULL;

    return pam_get_item(call->pamh, item, &text) == PAM_SUCCESS ? text : NULL;
}

/* "tty1" and "/dev/tty1" are one terminal. */
void
hp_pam_record_terminal(const hp_pam_call *call, char tty[HP_SESSION_WORD])
{
    const char *name = item_of(call, PAM_TTY);

    hp_session_word(tty, name != NULL && strncmp(name, "/dev/", 5) == 0 ? name + 5 : name);
}

static const char *
rules_of(const hp_pam_call *call)
{
    return call->options.rules != NULL ? call->options.rules : "";
}

static uint64_t
whole(double seconds)
{
    return seconds <= 0 ? 0 : (uint64_t)(seconds < HP_TIME_LAST ? seconds : HP_TIME_LAST);
}

void
hp_pam_record_fill(const hp_pam_call *call, const hp_pam_evidence *evidence, hp_session *record)
{
    const hp_use_terms *terms = &evidence->reuse.terms;
    const char *languages[] = { call->language, NULL };
    int64_t made = hp_boot_seconds();

    *record = (hp_session){ .uid = evidence->uid, .judged = whole(evidence->judged),
                            .until = whole(evidence->ends), .made = made < 0 ? 0 : (uint64_t)made,
                            .leader = hp_process_of(getpid()), .parent = hp_process_of(getppid()),
                            .bound = evidence->bound, .limit = terms->limit,
                            .window = terms->window, .by = (uint64_t)evidence->reuse.by,
                            .expiry = call->options.on_expiry, .marks = evidence->marks };
    (void)hp_boot_read(record->boot);
    hp_session_word(record->service, item_of(call, PAM_SERVICE));
    hp_pam_record_terminal(call, record->tty);
    hp_session_word(record->language, hp_text_language(languages));
    (void)snprintf(record->match, sizeof(record->match), "%s", call->options.match);
    (void)snprintf(record->rules, sizeof(record->rules), "%s", rules_of(call));
    (void)snprintf(record->policy, sizeof(record->policy), "%s", call->options.policy);
}

hp_pam_reuse
hp_pam_record_reuse(const hp_session *record)
{
    return (hp_pam_reuse){ .terms.limit = (uint32_t)record->limit,
                           .terms.window = (uint32_t)record->window,
                           .by = (hp_pam_by)record->by };
}

void
hp_pam_record_read(const hp_session *record, hp_pam_evidence *evidence)
{
    *evidence = (hp_pam_evidence){ .reason = HP_OK, .uid = (uid_t)record->uid,
                                   .bound = record->bound != 0,
                                   .judged = (double)record->judged,
                                   .ends = (double)record->until,
                                   .reuse = hp_pam_record_reuse(record), .marks = record->marks };
}

bool
hp_pam_record_fits(const hp_pam_call *call, const hp_session *record)
{
    char boot[HP_BOOT];

    return hp_boot_read(boot) && strcmp(record->boot, boot) == 0 &&
           strcmp(record->match, call->options.match) == 0 &&
           strcmp(record->rules, rules_of(call)) == 0 &&
           strcmp(record->policy, call->options.policy) == 0;
}

/* ---- evidence ------------------------------------------------------------------------------ */

/* NULL: there is none, or it is none of ours. */
static const char *
token_of(const hp_pam_call *call)
{
    const char *token = pam_getenv(call->pamh, TOKEN);

    return token != NULL && hp_session_is_id(token) ? token : NULL;
}

/* A descriptor, or -1, and if it should be there, why in the log. */
static int
open_folder(const hp_pam_call *call, hp_session_how how)
{
    hp_error error;
    int folder;

    if (geteuid() != 0)
        return -1;
    folder = hp_session_folder(HP_RUN_FOLDER, HP_EVIDENCE_FOLDER, how, &error);
    if (folder < 0 && error.text[0] != '\0')
        hp_pam_log_warning(call, error.text);
    return folder;
}

/* In seconds since the boot, which nobody sets. */
static bool
is_fresh(const hp_session *record)
{
    int64_t now = hp_boot_seconds();

    return now >= 0 && (uint64_t)now >= record->made &&
           (uint64_t)now - record->made <= HP_EVIDENCE_SECONDS;
}

/* Made by this process, or by a child of it as sshd's: no other one has heard of the token. */
static bool
is_ours(const hp_session *record)
{
    hp_process self = hp_process_of(getpid());

    return hp_process_same(&self, &record->leader) || hp_process_same(&self, &record->parent);
}

static bool
is_for(const hp_pam_call *call, const hp_session *record, uid_t uid)
{
    char service[HP_SESSION_WORD];

    hp_session_word(service, item_of(call, PAM_SERVICE));
    return hp_pam_record_fits(call, record) && record->uid == uid &&
           strcmp(record->service, service) == 0 && is_fresh(record) && is_ours(record);
}

/* take: it serves only whom it is removed for. */
static bool
find(const hp_pam_call *call, uid_t uid, bool take, hp_pam_evidence *evidence)
{
    const char *token = token_of(call);
    int folder = token != NULL ? open_folder(call, HP_SESSION_LOOK) : -1;
    hp_session record;
    hp_error error;
    bool good;

    if (folder < 0)
        return false;
    good = hp_session_load(folder, token, &record, &error) == HP_SESSION_READ &&
           is_for(call, &record, uid) && (!take || hp_session_drop(folder, token));
    (void)close(folder);
    if (good)
        hp_pam_record_read(&record, evidence);
    else
        hp_pam_log_debug(call, TOKEN " names no evidence of this login");
    hp_wipe(&record, sizeof(record));
    return good;
}

bool
hp_pam_record_find(const hp_pam_call *call, uid_t uid, hp_pam_evidence *evidence)
{
    return find(call, uid, false, evidence);
}

bool
hp_pam_record_take(const hp_pam_call *call, uid_t uid, hp_pam_evidence *evidence)
{
    return find(call, uid, true, evidence);
}

void
hp_pam_record_leave(const hp_pam_call *call, const hp_pam_evidence *evidence)
{
    int folder = open_folder(call, HP_SESSION_MAKE);
    char id[HP_SESSION_ID], variable[sizeof(TOKEN) + HP_SESSION_ID];
    hp_session record;
    hp_error error;

    if (folder < 0)
        return;
    hp_session_sweep(folder, true);
    hp_pam_record_fill(call, evidence, &record);
    if (!hp_session_keep(folder, &record, id, &error))
        hp_pam_log_warning(call, error.text);
    else {
        (void)snprintf(variable, sizeof(variable), TOKEN "=%s", id);
        if (pam_putenv(call->pamh, variable) != PAM_SUCCESS)
            (void)hp_session_drop(folder, id);
    }
    hp_wipe(&record, sizeof(record));
    (void)close(folder);
}

void
hp_pam_record_drop(const hp_pam_call *call)
{
    const char *token = token_of(call);
    int folder = token != NULL ? open_folder(call, HP_SESSION_LOOK) : -1;

    if (folder >= 0) {
        (void)hp_session_drop(folder, token);
        (void)close(folder);
    }
    if (pam_getenv(call->pamh, TOKEN) != NULL)
        (void)pam_putenv(call->pamh, TOKEN);
}
