/* Takes up changed files; see hp_policy_refresh() in hp.h. */
#include "policy/policy.h"

hp_refresh
hp_policy_refresh(hp_policy **policy, hp_error *error)
{
    hp_policy *old = *policy, *fresh;
    hp_watch read = { NULL, 0, false };

    error->text[0] = 0;
    /* What is there was found wrong already: wait until it changes again. */
    if (old->path == NULL ||
        !hp_watch_changed(old->refused.n > 0 ? &old->refused : &old->watch))
        return HP_REFRESH_SAME;
    if (hp_policy_load_watched(old->path, old->door, true, &fresh, &read, error) != HP_LOAD_OK) {
        hp_watch_free(&old->refused);
        old->refused = read;
        return HP_REFRESH_KEPT;
    }
    if (hp_policy_keys(fresh) == 0)
        hp_error_set(error, "%s: no trusted key is left: every pass is answered with "
                            "trust-missing", fresh->path);
    else
        error->text[0] = 0;
    *policy = fresh;
    hp_policy_free(old);
    return HP_REFRESH_NEW;
}
