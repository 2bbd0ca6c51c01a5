/* What is done with a session that is over; see recheck.h. */
#include "cli/recheck.h"

#include "hp.h"

/* By the person's own terminal, and in the language of the login. */
static bool
tell(const hp_session *session, const char *text)
{
    const char *languages[] = { session->language, NULL };

    return hp_tree_tell(&session->leader, hp_text(text, languages));
}

static void
warn(hp_recheck_row *row)
{
    bool told = tell(&row->record, HP_N_("Your health pass is no longer good here. Please save "
                                         "your work and log out."));

    row->word = told ? "warned" : "no terminal to be warned at";
}

/* A screen that nobody can lock is one that the person is told to leave. */
static void
lock(hp_recheck_row *row, hp_logind *manager, bool first)
{
    char id[HP_LOGIND_ID];

    row->word = "locked";
    if (hp_logind_find(manager, &row->record, id) && hp_logind_do(manager, "lock-session", id))
        return;
    if (first)
        warn(row);
    row->word = "cannot be locked: it is no session of a login manager; the person was told";
    row->failed = true;
}

/* The login manager ends what left the tree, too; where there is none, or it fails, we do it. */
static void
terminate(hp_recheck_row *row, hp_logind *manager)
{
    char id[HP_LOGIND_ID];
    bool managed;

    (void)tell(&row->record,
               HP_N_("Your health pass is no longer good here. This session ends now."));
    managed = hp_logind_find(manager, &row->record, id) &&
              hp_logind_do(manager, "terminate-session", id);
    hp_tree_ask(&row->record.leader, managed);
    row->word = "terminated";
    row->ending = true;
}

void
hp_recheck_act(hp_recheck_row *row, hp_logind *manager, bool first)
{
    switch (row->record.expiry) {
    case HP_EXPIRY_LOCK:
        lock(row, manager, first);
        return;
    case HP_EXPIRY_TERMINATE:
        terminate(row, manager);
        return;
    case HP_EXPIRY_WARN:
    case HP_EXPIRIES_END:
        break;
    }
    warn(row);
}

void
hp_recheck_finish(hp_recheck_rows *rows)
{
    size_t i;

    hp_tree_wait(rows);
    for (i = 0; i < rows->n; i++) {
        hp_recheck_row *row = &rows->rows[i];

        if (!row->ending)
            continue;
        row->word = "cannot be terminated: some of its processes stay";
        row->failed = true;
    }
}
