/*
 * Fetching a list of withdrawn passes into its stage, one file a form (revocation, 2, 3, 5.5): in
 * the very layout that the importer of that form reads.
 *
 * What comes is judged only as far as fetching needs it; to believe it or not is the importer's.
 */
#ifndef HP_CLI_REVOKE_FETCH_H
#define HP_CLI_REVOKE_FETCH_H

#include "check/index.h"
#include "cli/feeds.h"
#include "cli/stage.h"
#include "cli/state.h"

typedef struct {
    hp_crypto *crypto;
    hp_fetcher *fetcher;
    const hp_feeds_revocation *feed;
    const hp_fetch_client *client; /* NULL: none */
    const hp_feed_state *known;    /* of the list that is in the index; NULL: fetch it whole */
    const hp_index *index;         /* NULL: there is none */
    hp_stage *stage;
    double now;
    bool whole; /* "not modified" is not asked for: the age of the list is to be renewed */
    /* To be filled. */
    bool same;  /* nothing changed since *known */
    bool delta; /* what is in the stage are changes to what the index has */
    bool fault; /* that it failed is our side's fault: a file, the disk, memory */
    char etag[HP_FETCH_TAG], modified[HP_FETCH_TAG], cursor[HP_STATE_CURSOR];
} hp_revoke_fetch;

/* False with *error.  With same the stage may have in it what lies there as a cache only. */
bool hp_revoke_fetch_list(hp_revoke_fetch *f, hp_error *error);

/* ---- the forms -------------------------------------------------------------------------- */

bool hp_revoke_fetch_gateway(hp_revoke_fetch *f, hp_error *error);
bool hp_revoke_fetch_slices(hp_revoke_fetch *f, hp_error *error);
bool hp_revoke_fetch_shc(hp_revoke_fetch *f, hp_error *error);
bool hp_revoke_fetch_plain(hp_revoke_fetch *f, hp_error *error);

/* ---- what they share -------------------------------------------------------------------- */

/* A question with the feed's bounds and who we are; the URL is still missing. */
hp_fetch_ask hp_revoke_ask(const hp_revoke_fetch *f);

/* Asks for the feed's URL followed by the path. */
bool hp_revoke_get(hp_revoke_fetch *f, hp_fetch_ask *ask, const char *path, hp_fetched *got,
                   hp_error *error);

/* The stage's own, and its failures are our side's fault. */
bool hp_revoke_stage(hp_revoke_fetch *f, const char *name, hp_str bytes, hp_error *error);
bool hp_revoke_use(hp_revoke_fetch *f, const char *name, hp_error *error);

/* "URL: what", which is false. */
bool hp_revoke_blame(const hp_revoke_fetch *f, const char *what, hp_error *error);
bool hp_revoke_no_room(hp_revoke_fetch *f, hp_error *error);

/* The source of the feed's name in the index; NULL: there is none. */
const hp_source *hp_revoke_source(const hp_index *index, const char *name, unsigned *nth);

#endif
