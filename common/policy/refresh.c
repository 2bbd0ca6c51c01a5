/* Takes up changed files; see hp_policy_refresh() in hp.h. */
#include "policy/policy.h"

/*
 * Keeps the old policy.  It is told again when the files or what is wrong with them changed;
 * the trying goes on all the same, because not every fault lies in a file that was reached
 * (too many open files, a link to what is not there yet).
 */
static hp_refresh
keep(hp_policy *old, const hp_watch *read, hp_error *error)
{
    bool told = old->refused.n > 0 && !hp_watch_changed(&old->refused) &&
                strcmp(old->fault.text, error->text) == 0;

    hp_watch_free(&old->refused);
    old->refused = *read;
    old->fault = *error;
    if (told)
        error->text[0] = 0;
    return told ? HP_REFRESH_SAME : HP_REFRESH_KEPT;
}

bool
hp_policy_refresh_lists(hp_policy *policy, bool again, hp_error *error)
{
    error->text[0] = 0;
    return policy->path != NULL &&
           hp_lists_refresh(&policy->lists, policy->crypto, &policy->settings, again, error);
}

const char *
hp_policy_fault(const hp_policy *policy)
{
    return policy->fault.text[0] != 0 ? policy->fault.text : NULL;
}

static uint64_t
file_version(const char *path, const hp_stamp *stamp)
{
    return hp_mark_add(hp_mark_add(HP_MARK, stamp, sizeof(*stamp)), path, strlen(path));
}

/* A sum, since the files of a folder come in any order. */
uint64_t
hp_policy_version(const hp_policy *policy)
{
    const hp_lists *lists = &policy->lists;
    uint64_t version = 0;
    size_t i;

    for (i = 0; i < policy->watch.n; i++)
        version += file_version(policy->watch.files[i].path, &policy->watch.files[i].stamp);
    for (i = 0; i < lists->revocation.n; i++)
        version += file_version(lists->indexes[i].path, &lists->indexes[i].held);
    if (lists->deny.path != NULL)
        version += file_version(lists->deny.path, &lists->deny.held);
    return version;
}

bool
hp_policy_doubt_lists(hp_policy *policy)
{
    return hp_lists_doubt(&policy->lists);
}

const hp_ledger_place *
hp_policy_ledger(const hp_policy *policy)
{
    return &policy->settings.ledger;
}

bool
hp_policy_can_count(const hp_policy *policy)
{
    return policy->n_identities > 0;
}

bool
hp_policy_keyed(const hp_policy *policy, hp_str kind, hp_str thing, uint8_t id[HP_ID])
{
    return policy->n_identities > 0 &&
           hp_identity_thing(policy->identities[0], kind, thing, id);
}

bool
hp_policy_has_lists(const hp_policy *policy)
{
    return policy->settings.n_revoked > 0 || policy->settings.deny_list != NULL;
}

static bool
is_warned(const hp_policy *p, const char *text)
{
    size_t i = 0;

    while (p->warnings[i] != NULL && strcmp(p->warnings[i], text) != 0)
        i++;
    return p->warnings[i] != NULL;
}

/* What the old policy did not warn of; that no key is left, which comes first, is an error here. */
static void
note_news(hp_policy *fresh, const hp_policy *old)
{
    size_t i, n = 0;

    for (i = hp_policy_keys(fresh) == 0 ? 1 : 0; fresh->warnings[i] != NULL; i++) {
        if (!is_warned(old, fresh->warnings[i]))
            fresh->news[n++] = fresh->warnings[i];
    }
    fresh->news[n] = NULL;
}

static hp_refresh
refresh_files(hp_policy **policy, hp_error *error)
{
    hp_policy *old = *policy, *fresh;
    const hp_policy_from from = { .path = old->path, .door = old->door,
                                  .rules_set = old->rules_set };
    hp_watch read = { NULL, 0, false };

    if (old->refused.n == 0 && !hp_watch_changed(&old->watch))
        return HP_REFRESH_SAME;
    if (hp_policy_load_watched(&from, old, &fresh, &read, error) != HP_LOAD_OK)
        return keep(old, &read, error);
    if (hp_policy_keys(fresh) == 0)
        hp_error_set(error, "%s: no trusted key is left: every pass is answered with "
                            "trust-missing", fresh->path);
    note_news(fresh, old);
    *policy = fresh;
    hp_policy_free(old);
    return HP_REFRESH_NEW;
}

/*
 * The override is one small file, and read at each look: that finds also one that could not be
 * reached before.
 */
hp_refresh
hp_policy_refresh(hp_policy **policy, hp_error *error)
{
    hp_refresh files;
    hp_policy *p;

    error->text[0] = 0;
    (*policy)->news[0] = NULL;
    if ((*policy)->path == NULL)
        return HP_REFRESH_SAME;
    files = refresh_files(policy, error);
    p = *policy;
    if (files == HP_REFRESH_NEW || !hp_policy_read_override(p))
        return files;
    if (p->override_fault.text[0] != 0) {
        p->news[0] = p->override_fault.text;
        p->news[1] = NULL;
    }
    return files == HP_REFRESH_KEPT ? HP_REFRESH_KEPT : HP_REFRESH_OVERRIDE;
}
