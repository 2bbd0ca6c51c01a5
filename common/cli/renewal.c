/* One run over the lists of a feeds file; see renewal.h. */
#include "cli/renewal.h"

#include "base/time.h"

#include <stdlib.h>
#include <unistd.h>

void
hp_renewal_worse(hp_renewal *r, int status)
{
    if (status > r->status)
        r->status = status;
}

bool
hp_renewal_is_named(const void *context, const char *name)
{
    const hp_renewal *r = context;
    hp_renewal_list list;
    size_t i;

    for (i = 0; (list = r->kind->list(&r->file, i)).name != NULL; i++) {
        if (strcmp(list.name, name) == 0)
            return true;
    }
    return false;
}

/* ---- one list --------------------------------------------------------------------------- */

/* A list that is not there is due too. */
static bool
is_due(const hp_renewal *r, hp_renewal_list list, const hp_feed_state *state, const char *terms)
{
    char count[HP_RENEWAL_COUNT];

    return r->now || hp_state_due(state, terms, list.every, hp_cli_now()) ||
           (state->error[0] == 0 && r->kind->count(r, list.name, count) == NULL);
}

static void
complain(const hp_renewal *r, const char *name, const char *why)
{
    char text[HP_RENEWAL_COUNT];
    const char *count = r->kind->count(r, name, text);

    if (count == NULL)
        hp_cli_say(r->self, 0, "%s: %s; the %s has no list of it", name, why, r->kind->home);
    else
        hp_cli_say(r->self, 0, "%s: %s; its old list stays: %s", name, why, count);
}

/* Notes how it ended, and when the list is due again; what was taken is on the disk by then. */
static void
note(hp_renewal *r, hp_renewal_list list, hp_feed_state *state, const char *terms, hp_took took,
     const char *why)
{
    hp_error error;

    hp_state_note(r->crypto, state, terms, list.every, took == HP_TOOK ? NULL : why, hp_cli_now());
    if (took != HP_TOOK) {
        complain(r, list.name, why);
        hp_renewal_worse(r, took == HP_TOOK_REFUSED ? HP_EXIT_REFUSED : HP_EXIT_FAULT);
    }
    if (!hp_state_write(r->state_path, r->state, &error))
        hp_renewal_worse(r, hp_cli_say(r->self, HP_EXIT_FAULT, "%s", error.text));
}

/* False when it was not due.  Terms that cannot be read are terms too, and change with that. */
static bool
update(hp_renewal *r, hp_renewal_list list, size_t nth)
{
    hp_feed_state *state = hp_state_of(r->state, list.name);
    char terms[HP_FEEDS_TERMS];
    hp_took took = HP_TOOK_FAULT;
    hp_error error;
    bool good, due;

    if (state == NULL)
        return false; /* there are as many places as there may be lists */
    good = r->kind->vouch(r, nth, terms, &error);
    due = is_due(r, list, state, terms);
    if (due && good)
        took = r->kind->renew(r, nth, terms, state, &error);
    r->kind->end(r);
    if (due)
        note(r, list, state, terms, took, error.text);
    return due;
}

/* ---- all lists -------------------------------------------------------------------------- */

static bool
is_wanted(const hp_renewal *r, const char *name)
{
    size_t i;

    for (i = 0; i < r->names->n; i++) {
        if (strcmp(r->names->text[i], name) == 0)
            return true;
    }
    return r->names->n == 0;
}

static void
update_all(hp_renewal *r)
{
    const hp_feed_state *state;
    double next = HP_TIME_LAST;
    bool any = false;
    char text[HP_TIME_TEXT];
    hp_renewal_list list;
    size_t i;

    for (i = 0; (list = r->kind->list(&r->file, i)).name != NULL; i++) {
        if (!is_wanted(r, list.name))
            continue;
        any = update(r, list, i) || any;
        state = hp_state_of(r->state, list.name);
        if (state != NULL && state->due < next)
            next = state->due;
    }
    if (any)
        return;
    hp_time_write(next, text);
    printf("nothing is due before %s; --now fetches all the same\n", text);
}

/* ---- before and after ------------------------------------------------------------------- */

/* What was noted of lists that the file names no more is forgotten. */
static void
read_state(hp_renewal *r)
{
    hp_error error;
    size_t i, n = 0;

    if (!hp_state_read(r->state_path, r->state, &error))
        hp_cli_say(r->self, 0, "%s; all %ss are due", error.text, r->kind->word);
    for (i = 0; i < r->state->n; i++) {
        if (hp_renewal_is_named(r, r->state->all[i].name))
            r->state->all[n++] = r->state->all[i];
    }
    r->state->n = n;
}

static bool
open_all(hp_renewal *r, hp_error *error)
{
    const char *path = r->kind->path(&r->file);

    r->crypto = hp_crypto_new();
    r->fetcher = hp_fetcher_new(r->file.ca, r->file.proxy);
    r->state = calloc(1, sizeof(*r->state));
    r->state_path = hp_cli_path_with(path, ".state");
    if (r->crypto == NULL || r->fetcher == NULL || r->state == NULL || r->state_path == NULL) {
        hp_error_set(error, "no memory, or OpenSSL or libcurl cannot be used");
        return false;
    }
    /* Twice: beside what is none no lock is left, and another run may renew it. */
    if (!r->kind->open(r, error))
        return false;
    r->lock = hp_state_lock(r->self, path, error);
    return r->lock >= 0 && r->kind->open(r, error);
}

void
hp_renewal_close(hp_renewal *r)
{
    if (r->lock >= 0)
        (void)close(r->lock);
    free(r->state);
    free(r->state_path);
    hp_fetcher_free(r->fetcher);
    hp_crypto_free(r->crypto);
    hp_feeds_free(&r->file);
}

int
hp_renewal_run(void *job)
{
    hp_renewal *r = job;
    hp_error error;
    size_t i;

    if (!hp_feeds_load(r->feeds, &r->file, &error))
        return hp_cli_say(r->self, HP_EXIT_FAULT, "%s", error.text);
    if (r->kind->list(&r->file, 0).name == NULL)
        return hp_cli_say(r->self, HP_EXIT_FAULT, "%s: %s: is missing, expected a list of groups",
                          r->feeds, r->kind->group);
    for (i = 0; i < r->names->n; i++) {
        if (!hp_renewal_is_named(r, r->names->text[i]))
            return hp_cli_say(r->self, HP_EXIT_USAGE, "%s: %s names no such %s", r->names->text[i],
                              r->feeds, r->kind->word);
    }
    if (!open_all(r, &error))
        return hp_cli_say(r->self, HP_EXIT_FAULT, "%s", error.text);
    read_state(r);
    update_all(r);
    if (r->prune)
        r->kind->prune(r);
    return r->status;
}
