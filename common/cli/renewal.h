/*
 * What `trust update` and `revoke update` share: one run over the lists that a feeds file names,
 * which fetches those that are due and notes how each of them ended.
 *
 * What a list is, and where it is kept, is the command's: one row of functions.
 */
#ifndef HP_CLI_RENEWAL_H
#define HP_CLI_RENEWAL_H

#include "cli/cli.h"
#include "cli/feeds.h"
#include "cli/state.h"

#define HP_RENEWAL_COUNT 96 /* characters of what is there of a list */

/* The nth of the file, counted from 0. */
typedef struct {
    const char *name; /* NULL: there are no more */
    double every;
} hp_renewal_list;

/* job begins with an hp_renewal. */
typedef struct {
    const char *word;  /* for one of them: "feed" */
    const char *group; /* of the feeds file: "feeds" */
    const char *home;  /* where they are kept: "store" */
    hp_renewal_list (*list)(const hp_feeds_file *file, size_t nth);
    const char *(*path)(const hp_feeds_file *file); /* of the home */

    /* Reads what is there, anew when it is called again.  None at all is nothing wrong. */
    bool (*open)(void *job, hp_error *error);

    /* "3 keys": what is there of the list of that name; NULL: there is none. */
    const char *(*count)(const void *job, const char *name, char text[HP_RENEWAL_COUNT]);

    /* Who vouches for the list, until end(), which is called in any case. */
    bool (*vouch)(void *job, size_t nth, char terms[HP_FEEDS_TERMS], hp_error *error);
    hp_took (*renew)(void *job, size_t nth, const char *terms, hp_feed_state *state,
                     hp_error *error);
    void (*end)(void *job);

    void (*prune)(void *job); /* takes out what the file does not name */
} hp_renewal_kind;

typedef struct {
    const hp_cli_command *self;
    const hp_renewal_kind *kind;
    const char *feeds;         /* the file's path */
    bool now, prune;           /* also what is not due; --prune */
    const hp_cli_texts *names; /* none: all */
    hp_feeds_file file;
    hp_crypto *crypto;
    hp_fetcher *fetcher;
    hp_state *state;
    char *state_path;
    int lock;   /* one update at a time; -1: not yet */
    int status; /* the worst so far */
} hp_renewal;

/* The run of a job, all zero but for what was chosen; the exit code. */
int hp_renewal_run(void *job);

/* Frees what the run has opened; whatever the command opened is its own to close. */
void hp_renewal_close(hp_renewal *r);

/* The exit code is this one at least. */
void hp_renewal_worse(hp_renewal *r, int status);

/* Does the feeds file name such a list?  context is the hp_renewal. */
bool hp_renewal_is_named(const void *context, const char *name);

#endif
