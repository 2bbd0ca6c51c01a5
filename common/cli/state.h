/*
 * What `trust update` and `revoke update` remember of their lists from one run to the next:
 * STORE.state and INDEX.state, JSON files that people may read too.  Nothing in them is trusted
 * with more than when to fetch next and what to tell the server; without them all lists are due.
 */
#ifndef HP_CLI_STATE_H
#define HP_CLI_STATE_H

#include "base/hex.h"
#include "check/record.h"
#include "cli/cli.h"
#include "cli/fetch.h"
#include "crypto/crypto.h"

#define HP_STATE_CURSOR 72 /* characters of a date-time or a SHA-256, closing zero included */

typedef struct {
    char name[HP_SOURCE_NAME];
    char terms[HP_HEX_TEXT(HP_SHA256)]; /* digest of what the feeds file said at the last try */
    char list[HP_HEX_TEXT(HP_SHA256)];  /* digest of the list that etag and modified speak of */
    char etag[HP_FETCH_TAG], modified[HP_FETCH_TAG];
    char cursor[HP_STATE_CURSOR]; /* how far, or which state of, a list of parts was taken in */
    double tried, succeeded, due; /* seconds since 1970 UTC; 0: never */
    char error[HP_ERROR_MAX];     /* of the last try; empty: it succeeded */
} hp_feed_state;

typedef struct {
    hp_feed_state all[HP_SOURCES_MAX];
    size_t n;
} hp_state;

/* A file that is not there is an empty state.  False with *error, and an empty state. */
bool hp_state_read(const char *path, hp_state *state, hp_error *error);

/* Replaces the file; false with *error. */
bool hp_state_write(const char *path, const hp_state *state, hp_error *error);

/*
 * One update of path at a time, so that none overwrites what another one noted: locks
 * PATH.state.lock, and says so when it has to wait.  To be closed; -1 with *error.
 */
int hp_state_lock(const hp_cli_command *self, const char *path, hp_error *error);

/* The feed of that name, added when it is new; NULL: there are too many. */
hp_feed_state *hp_state_of(hp_state *state, const char *name);

/*
 * Is it time: did it come, is it further away than it was ever set (a clock that was wrong then),
 * or does the feeds file speak of the list in other terms now?
 */
bool hp_state_due(const hp_feed_state *feed, const char *terms, double every, double now);

/*
 * Notes how a try ended, on which terms (why NULL: well; else why not), and when the next one is
 * due: after `every` seconds, sooner after a failure, always up to a tenth shorter or longer, so
 * that gates do not come all at once.
 */
void hp_state_note(hp_crypto *crypto, hp_feed_state *feed, const char *terms, double every,
                   const char *why, double now);

#endif
