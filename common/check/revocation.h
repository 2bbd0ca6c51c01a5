/*
 * Has the pass been withdrawn: by one of the lists that this place goes by, or by its operator?
 *
 * Asked of genuine passes only: nobody probes the lists with a pass that he made up.
 */
#ifndef HP_CHECK_REVOCATION_H
#define HP_CHECK_REVOCATION_H

#include "check/deny.h"
#include "check/index.h"
#include "reason.h"

#define HP_INDEXES    8  /* indexes that one place goes by */

/* The lists that are in force. */
typedef struct {
    hp_index *indexes[HP_INDEXES];
    size_t n;
    hp_deny *deny;      /* NULL: there is no deny list */
    bool accepts_maybe; /* what a filter says that is wrong at times lets in all the same */
} hp_revocation;

/* Which kinds of keys are in any list: HP_LISTED_BIT. */
unsigned hp_revocation_kinds(const hp_revocation *r);

/* Is there any filter, which are kept by the ids of signers' keys? */
bool hp_revocation_filters(const hp_revocation *r);

/* What the deny list is called; no source is called so: revoke build refuses the name. */
#define HP_DENY_NAME "deny-list"

/* Where a withdrawn pass was found, for the operator. */
typedef struct {
    const char *list;     /* the source's name, "deny-list", or NULL; lives as long as the list */
    char batch[HP_BATCH_ID];
} hp_revocation_hit;

/* False with *why, and *hit where it was found. */
bool hp_revocation_clear(hp_crypto *crypto, const hp_revocation *r, const hp_marks *marks,
                         const hp_pass *pass, double now, hp_arena *arena,
                         hp_revocation_hit *hit, hp_reason *why);

/* What became of a pass that was judged before. */
typedef enum {
    HP_STANDS,
    HP_WITHDRAWN,
    HP_UNCERTAIN /* nobody knows */
} hp_fate;

/*
 * Has a pass been withdrawn that was judged at since, and of which no more is left than its whole
 * marks?  With *why and *hit unless it stands.  A beginning of a number that was blocked since
 * then leaves every pass with a number uncertain: marks have no beginnings, which would spell it.
 */
hp_fate hp_revocation_fate(hp_crypto *crypto, const hp_revocation *r,
                                   const hp_marks *marks, double since, double now,
                                   hp_revocation_hit *hit, hp_reason *why);

#endif
