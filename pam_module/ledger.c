/*
 * The ledger of uses, as a guest in a login asks it: opened for each question, and waited for no
 * longer than a second.  It is asked last, for a pass that would be let in, and holds keyed ids.
 */
#include "ledger.h"

#include "answer.h"
#include "ask.h"
#include "log.h"

#include <unistd.h>

#define WAIT 1000 /* milliseconds that Redis has to connect, and to answer */
#define PART 256  /* of a name; longer ones are no user's, host's or terminal's */

#define FILE_EXPECTED "expected ledger = \"file:/run/healthpass/ledger\""

bool
hp_pam_ledger_counts(const hp_pam_call *call)
{
    return call->options.reuse.terms.limit > 0;
}

int
hp_pam_ledger_fits(const hp_pam_call *call, const hp_policy *policy)
{
    const char *option = hp_pam_ledger_counts(call) ? "reuse" : "limit";
    hp_error error = { "" };

    if (!hp_pam_ledger_counts(call) && call->options.limit.n == 0)
        return PAM_SUCCESS;
    if (!hp_policy_can_count(policy))
        hp_error_set(&error, "option %s: %s has no identity_key, which healthpassctl init makes",
                     option, hp_policy_path(policy));
    else if (hp_pam_ledger_counts(call) && hp_policy_ledger(policy)->kind == HP_LEDGER_MEMORY)
        hp_error_set(&error, "option %s: the ledger of %s is in a web server's memory, "
                     FILE_EXPECTED, option, hp_policy_path(policy));
    if (error.text[0] == '\0')
        return PAM_SUCCESS;
    hp_pam_log_error(call, error.text);
    return PAM_SERVICE_ERR;
}

/* ---- whom it is shown for ------------------------------------------------------------------ */

/* With its zero, which no part has within: two lists of parts are never one text. */
static void
append(char *room, hp_str *by, const char *part)
{
    size_t n = strnlen(part, PART - 1);

    memcpy(room + by->n, part, n);
    room[by->n + n] = '\0';
    by->n += n + 1;
}

/* An item that was not set is empty. */
static bool
item_of(const hp_pam_call *call, int item, const char **text)
{
    const void *value = NULL;

    if (pam_get_item(call->pamh, item, &value) != PAM_SUCCESS)
        return false;
    *text = value != NULL ? value : "";
    return true;
}

/* The address where the login comes from, or the terminal of one that is made here. */
static bool
append_terminal(const hp_pam_call *call, char *room, hp_str *by)
{
    const char *tty, *rhost;
    char host[PART];

    if (gethostname(host, sizeof(host)) != 0 || !item_of(call, PAM_TTY, &tty) ||
        !item_of(call, PAM_RHOST, &rhost))
        return false;
    host[PART - 1] = '\0';
    append(room, by, host);
    append(room, by, *rhost != '\0' ? "rhost" : "tty");
    append(room, by, *rhost != '\0' ? rhost : tty);
    return true;
}

bool
hp_pam_ledger_by(const hp_pam_call *call, char room[HP_PAM_BY], hp_str *by)
{
    const char *user;

    *by = (hp_str){ (const uint8_t *)room, 0 };
    if (hp_pam_ask_user(call, &user) != PAM_SUCCESS)
        return false;
    append(room, by, user);
    return call->options.reuse.by == HP_PAM_BY_LOGIN || append_terminal(call, room, by);
}

/* ---- asking --------------------------------------------------------------------------------- */

static bool
is_ready(const hp_ledger_place *place, hp_error *error)
{
    hp_redis *redis;

    if (place->kind == HP_LEDGER_FILE)
        return hp_ledger_file_ready(place->path, error);
    redis = hp_redis_open(place, WAIT, error);
    hp_redis_close(redis);
    return redis != NULL;
}

int
hp_pam_ledger_ready(const hp_pam_call *call, const hp_policy *policy)
{
    hp_error error;

    if (!hp_pam_ledger_counts(call) || is_ready(hp_policy_ledger(policy), &error))
        return PAM_SUCCESS;
    hp_pam_log_denial(call, HP_LEDGER_AWAY, error.text);
    return hp_pam_auth_code(HP_LEDGER_AWAY);
}

/* A refreshed policy may have moved the ledger away. */
static bool
take(const hp_ledger_place *place, const hp_use *use, const hp_use_terms *terms,
     hp_use_answer *answer, hp_error *error)
{
    hp_redis *redis;
    bool good;

    *answer = (hp_use_answer){ .state = HP_USE_AWAY };
    if (place->kind == HP_LEDGER_FILE)
        return hp_ledger_file_take(place->path, use, terms, answer, error);
    if (place->kind == HP_LEDGER_MEMORY) {
        hp_error_set(error, "option reuse: the policy's ledger is in a web server's memory now, "
                     FILE_EXPECTED);
        return false;
    }
    redis = hp_redis_open(place, WAIT, error);
    good = redis != NULL && hp_redis_take(redis, use, terms, answer, error);
    hp_redis_close(redis);
    return good;
}

void
hp_pam_ledger_settle(const hp_pam_call *call, const hp_policy *policy, hp_pam_use *use,
                     hp_verdict *verdict)
{
    const hp_use_terms *terms = &call->options.reuse.terms;
    hp_use_answer answer;
    hp_error error;

    if (verdict->reason != HP_PENDING)
        return;
    if (!take(hp_policy_ledger(policy), &use->use, terms, &answer, &error))
        hp_pam_log_error(call, error.text);
    use->held = hp_settle(verdict, terms, &answer) == HP_OK;
    use->warn = answer.first;
}

static bool
give_back(const hp_ledger_place *place, const hp_use *use, hp_error *error)
{
    hp_redis *redis;
    bool good;

    if (place->kind == HP_LEDGER_FILE)
        return hp_ledger_file_end(place->path, use, false, error);
    redis = hp_redis_open(place, WAIT, error);
    good = redis != NULL && hp_redis_end(redis, use, false, error);
    hp_redis_close(redis);
    return good;
}

/* A place that nobody ends is a use: a login waits for no second answer. */
void
hp_pam_ledger_end(const hp_pam_call *call, const hp_policy *policy, hp_pam_use *use, bool login)
{
    hp_error error;

    if (use->held && !login && !give_back(hp_policy_ledger(policy), &use->use, &error))
        hp_pam_log_error(call, error.text);
    use->held = false;
}
