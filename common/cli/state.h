/*
 * What `trust update` remembers of its feeds from one run to the next: STORE.state, a JSON
 * file that people may read too.  Nothing in it is trusted with more than when to fetch next
 * and what to tell the server; without it every feed is due.
 */
#ifndef HP_CLI_STATE_H
#define HP_CLI_STATE_H

#include "base/hex.h"
#include "check/record.h"
#include "cli/fetch.h"

typedef struct {
    char name[HP_SOURCE_NAME];
    char terms[HP_HEX_TEXT(HP_SHA256)]; /* digest of what the feeds file said at the last try */
    char list[HP_HEX_TEXT(HP_SHA256)];  /* digest of the list that etag and modified speak of */
    char etag[HP_FETCH_TAG], modified[HP_FETCH_TAG];
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

/* The feed of that name, added when it is new; NULL: there are too many. */
hp_feed_state *hp_state_of(hp_state *state, const char *name);

#endif
