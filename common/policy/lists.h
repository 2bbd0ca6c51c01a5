/*
 * The lists of withdrawn passes that a policy names: indexes and the deny list.  They change
 * more often than the rest of a policy, and are taken up one by one without it.
 */
#ifndef HP_POLICY_LISTS_H
#define HP_POLICY_LISTS_H

#include "base/error.h"
#include "check/revocation.h"
#include "policy/settings.h"

/* One file of them. */
typedef struct {
    const char *path;
    hp_stamp seen;  /* as it was when it was last looked into */
    hp_stamp held;  /* as it was when it was last taken up */
    hp_error fault; /* why what stands there now was not taken up; empty: it was */
    bool doubted;   /* what was taken up was outdated already, see hp_lists_doubt() */
} hp_lists_file;

typedef struct {
    hp_revocation revocation;
    hp_lists_file indexes[HP_INDEXES], deny;
    double heard; /* when Redis was last heard, of a deny list in it; seconds, 0: never */
    /* Where each of settings.revoked_required is; NULL: in none of the indexes. */
    const hp_source *required[HP_REQUIRED];
    size_t n_required;
    uint64_t mark; /* of all that they say but for ledger ids, see hp_deny_mark() */
} hp_lists;

/* Opens all; a missing one is an error too.  False with *error; hp_lists_free() in any case. */
bool hp_lists_open(hp_lists *lists, hp_crypto *crypto, const hp_settings *settings,
                   hp_error *error);
void hp_lists_free(hp_lists *lists);

/*
 * Takes up those files that changed; one that cannot be keeps what was read of it before, and is
 * tried again once it changes, or with again.  *error is empty, or tells the first that was not
 * taken up and why, once a change.  True when something was taken up.
 */
bool hp_lists_refresh(hp_lists *lists, hp_crypto *crypto, const hp_settings *settings, bool again,
                      hp_error *error);

/*
 * Behind a refresh, where what was read may be months old: a list that was not taken up although
 * it changed since is not good enough, until it can be.  Others may have seen blocks in it.
 */
bool hp_lists_doubt(hp_lists *lists); /* is there one? */

/*
 * May passes be judged by them at now: is every required list there, and young enough, and none in
 * doubt?  stale_ok: a recorded exception allows old ones, but no others.
 */
bool hp_lists_serve(const hp_lists *lists, double max_age, double now, bool stale_ok);

#endif
