/* What is done with a session that is over; see recheck.h. */
#include "cli/recheck.h"

#define WARNING "Your health pass is no longer good here. Please save your work and log out."
#define PARTING "Your health pass is no longer good here. This session ends now."

static bool
warn(const hp_session *session, const char **word)
{
    bool told = hp_tree_tell(&session->leader, WARNING);

    *word = told ? "warned" : "no terminal to be warned at";
    return true;
}

/* A screen that nobody can lock is one that the person is told to leave. */
static bool
lock(const hp_session *session, bool first, const char **word)
{
    char id[HP_LOGIND_ID];

    if (hp_logind_find(session, id) && hp_logind_do("lock-session", id)) {
        *word = "locked";
        return true;
    }
    if (first)
        (void)warn(session, word);
    *word = "cannot be locked: it is no session of a login manager; the person was told";
    return false;
}

/* The login manager ends what left the tree, too; where there is none, or it fails, we do it. */
static bool
terminate(const hp_session *session, const char **word)
{
    char id[HP_LOGIND_ID];
    bool good;

    (void)hp_tree_tell(&session->leader, PARTING);
    if (hp_logind_find(session, id))
        (void)hp_logind_do("terminate-session", id);
    good = hp_tree_end(&session->leader);
    *word = good ? "terminated" : "cannot be terminated: some of its processes stay";
    return good;
}

bool
hp_recheck_act(const hp_session *session, bool first, const char **word)
{
    switch (session->expiry) {
    case HP_EXPIRY_LOCK:
        return lock(session, first, word);
    case HP_EXPIRY_TERMINATE:
        return terminate(session, word);
    case HP_EXPIRY_WARN:
    case HP_EXPIRIES_END:
        break;
    }
    return warn(session, word);
}
