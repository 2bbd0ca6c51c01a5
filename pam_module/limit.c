/*
 * The limiter.  Each refusal is a use of its own, by nobody else, in a row of the terminal's: the
 * ledger's file keeps it whole under any number of logins, and forgets it in time.
 */
#include "limit.h"

#include "answer.h"
#include "log.h"

#include <limits.h>
#include <stdio.h>
#include <sys/random.h>

#define FOLDER "/run/healthpass"

static void
path_of(const hp_policy *policy, char path[PATH_MAX])
{
    const hp_ledger_place *place = hp_policy_ledger(policy);
    const char *slash = place->kind == HP_LEDGER_FILE ? strrchr(place->path, '/') : NULL;

    if (slash != NULL)
        (void)snprintf(path, PATH_MAX, "%.*s/tries", (int)(slash - place->path), place->path);
    else
        (void)snprintf(path, PATH_MAX, FOLDER "/tries");
}

/* What is not set is one place with all others that have none. */
static bool
id_of(const hp_pam_call *call, const hp_policy *policy, uint8_t id[HP_ID])
{
    static const struct {
        const char *kind;
        int item;
    } places[] = { { "tty", PAM_TTY }, { "rhost", PAM_RHOST }, { "user", PAM_USER } };
    hp_pam_at at = call->options.limit.at;
    const void *thing = NULL;

    if (pam_get_item(call->pamh, places[at].item, &thing) != PAM_SUCCESS)
        return false;
    return hp_policy_keyed(policy, hp_str_of(places[at].kind),
                           hp_str_of(thing != NULL ? thing : ""), id);
}

static int
cannot_tell(const hp_pam_call *call, const char *why)
{
    hp_pam_log_denial(call, HP_LEDGER_AWAY, why);
    hp_pam_tell(call, HP_LEDGER_AWAY);
    return hp_pam_auth_code(HP_LEDGER_AWAY);
}

int
hp_pam_limit_check(const hp_pam_call *call, const hp_policy *policy)
{
    const hp_pam_limit *limit = &call->options.limit;
    char path[PATH_MAX];
    uint8_t id[HP_ID];
    hp_error error;
    uint32_t wait;

    if (limit->n == 0)
        return PAM_SUCCESS;
    path_of(policy, path);
    if (!id_of(call, policy, id))
        return cannot_tell(call, "option limit: libpam does not say where this is");
    if (!hp_ledger_file_wait(path, id, limit->n, &wait, &error))
        return cannot_tell(call, error.text);
    if (wait == 0)
        return PAM_SUCCESS;
    hp_pam_log_denial(call, HP_TOO_MANY_TRIES, hp_reason_text(HP_TOO_MANY_TRIES));
    hp_pam_tell_wait(call, wait);
    return hp_pam_auth_code(HP_TOO_MANY_TRIES);
}

static bool
count(const hp_pam_call *call, const hp_policy *policy, hp_error *error)
{
    const hp_use_terms terms = { .limit = call->options.limit.n,
                                 .window = call->options.limit.window };
    hp_use use = { .n = 1 };
    hp_use_answer answer;
    char path[PATH_MAX];

    if (!id_of(call, policy, use.pass[0]) ||
        getrandom(use.by[0], sizeof(use.by[0]), 0) != sizeof(use.by[0])) {
        hp_error_set(error, "option limit: a refusal could not be counted");
        return false;
    }
    path_of(policy, path);
    return hp_ledger_file_take(path, &use, &terms, &answer, error);
}

/* It is refused anyhow; that the next one may be shown too early is for the log. */
void
hp_pam_limit_count(const hp_pam_call *call, const hp_policy *policy)
{
    hp_error error;

    if (call->options.limit.n > 0 && !count(call, policy, &error))
        hp_pam_log_error(call, error.text);
}
