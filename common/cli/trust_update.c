/*
 * healthpassctl trust update: fetches the lists that are due and takes them into the store.
 *
 * Each feed stands for itself: what one of them does wrong leaves its old list in place and
 * the others alone.  The rules of succession are trust_take.c's.
 */
#include "cli/cli.h"
#include "cli/delivery.h"
#include "cli/trust_report.h"

#include "base/hex.h"
#include "base/time.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct {
    const char *feeds;
    bool now, prune;
} choices;

typedef struct {
    const hp_cli_command *self;
    const choices *choices;
    const hp_cli_texts *names; /* none: all feeds */
    hp_feeds_file file;
    hp_crypto *crypto;
    hp_fetcher *fetcher;
    hp_state *state;
    char *state_path;
    int lock;
    hp_records store; /* as it was read or written last */
    int status;       /* the worst so far */
    bool terminal;
} job;

static void
worse(job *j, int status)
{
    if (status > j->status)
        j->status = status;
}

static const hp_source *
source_of(const job *j, const char *name)
{
    size_t i;

    for (i = 0; i < j->store.n_sources; i++) {
        if (strcmp(j->store.sources[i].name, name) == 0)
            return &j->store.sources[i];
    }
    return NULL;
}

/* ---- when ------------------------------------------------------------------------------- */

/* A list that is not in the store is due too. */
static bool
is_due(const job *j, const hp_feeds_entry *feed, const hp_feed_state *state, const char *terms,
       double now)
{
    return j->choices->now || hp_state_due(state, terms, feed->every, now) ||
           (source_of(j, feed->name) == NULL && state->error[0] == 0);
}

/* ---- one feed --------------------------------------------------------------------------- */

#define COUNT_TEXT 96

/* "3 keys", "3 keys, 2 usable, 4 authorities": as `trust list` counts. */
static const char *
count_of(const job *j, const hp_source *source, char text[COUNT_TEXT])
{
    hp_key_count count;
    size_t usable;
    int n;

    hp_count_keys(&j->store, (size_t)(source - j->store.sources), hp_cli_now(), &count);
    usable = count.states[HP_KEY_USABLE];
    n = snprintf(text, COUNT_TEXT, "%zu key%s", count.keys, count.keys == 1 ? "" : "s");
    if (usable != count.keys)
        n += snprintf(text + n, COUNT_TEXT - (size_t)n, ", %zu usable", usable);
    if (count.authorities != 0)
        (void)snprintf(text + n, COUNT_TEXT - (size_t)n, ", %zu authorit%s", count.authorities,
                       count.authorities == 1 ? "y" : "ies");
    return text;
}

/* A publisher who stands still is nobody's mistake here, but gates will not wait for him. */
static void
warn_stale(const job *j, const hp_feeds_entry *feed, const hp_source *source)
{
    double age = hp_cli_now() - source->dated;
    char is[HP_AGE_TEXT], may_be[HP_AGE_TEXT];

    if (source->dated == 0 || feed->max_age == 0 || age <= feed->max_age)
        return;
    hp_age_write(age, is);
    hp_age_write(feed->max_age, may_be);
    hp_cli_say(j->self, 0, "warning: %s: the list is %s old, and stale after %s", feed->name, is,
               may_be);
}

static void
tell(const job *j, const hp_feeds_entry *feed, const hp_source *source, const char *what)
{
    char dated[HP_TIME_TEXT], count[COUNT_TEXT];

    printf("%s: %s: %s", feed->name, what, count_of(j, source, count));
    if (source->dated > 0) {
        hp_time_write(source->dated, dated);
        printf(", of %s", dated);
    }
    if (!source->is_signed)
        printf(", UNSIGNED LIST");
    putchar('\n');
    (void)fflush(stdout);
    warn_stale(j, feed, source);
}

static hp_took
take(job *j, const hp_feeds_entry *feed, const hp_vouchers *v, const hp_delivery *d, double now,
     hp_error *error)
{
    hp_feed_terms terms = {
        .crypto = j->crypto, .name = feed->name, .env = j->file.env, .now = now,
        .pins = v->pins, .n_pins = v->n_pins,
        .authorities = v->authorities.n > 0 ? &v->authorities : NULL,
        .unsigned_ok = feed->allow_unsigned, .any_eku = feed->allow_unreadable_eku,
        .issuer = feed->issuer,
    };
    hp_feed_input input = { d->names, feed->n_urls, d->signature_name };
    hp_take order = { .feed = feed->from, .input = &input, .terms = &terms,
                      .max_age = feed->max_age };
    hp_records fresh;
    size_t source;
    hp_took took;

    took = hp_trust_take(j->file.store, &order, &fresh, &source, error);
    if (took != HP_TOOK)
        return took;
    hp_records_free(&j->store);
    j->store = fresh;
    tell(j, feed, &j->store.sources[source], "renewed");
    return took;
}

/*
 * The server says that nothing changed.  The age of a list that bears a time of its own counts
 * on from that, vouched for or not; only where it counts from the fetching, this was one.
 */
static hp_took
confirm(job *j, const hp_feeds_entry *feed, double now, hp_error *error)
{
    const hp_source *source = source_of(j, feed->name);
    hp_records fresh;
    hp_took took;

    if (source->dated >= source->fetched && source->dated != source->issued) {
        took = hp_trust_confirm(j->crypto, j->file.store, source, now, &fresh, error);
        if (took != HP_TOOK)
            return took;
        hp_records_free(&j->store);
        j->store = fresh;
    }
    tell(j, feed, source_of(j, feed->name), "not changed");
    return HP_TOOK;
}

/* Is the list in the store the one that the server told us of, and read by the same terms? */
static bool
is_known(const job *j, const hp_feed_state *state, const char *terms)
{
    const hp_source *source = source_of(j, state->name);
    char digest[HP_HEX_TEXT(HP_SHA256)];

    if (source == NULL || strcmp(state->terms, terms) != 0)
        return false;
    hp_hex_write((hp_str){ source->digest, sizeof(source->digest) }, digest);
    return strcmp(state->list, digest) == 0;
}

/* What to tell the server the next time. */
static void
remember(const job *j, const hp_fetched *list, hp_feed_state *state)
{
    const hp_source *source = source_of(j, state->name);

    memcpy(state->etag, list->etag, sizeof(state->etag));
    memcpy(state->modified, list->modified, sizeof(state->modified));
    hp_hex_write((hp_str){ source->digest, sizeof(source->digest) }, state->list);
}

static hp_took
renew(job *j, const hp_feeds_entry *feed, const hp_vouchers *v, const char *terms,
      hp_feed_state *state, hp_error *error)
{
    const hp_feed_state *known = is_known(j, state, terms) ? state : NULL;
    hp_took took = HP_TOOK_REFUSED;
    double now;
    hp_delivery d;

    if (hp_deliver(j->fetcher, feed, known, j->terminal, &d, error)) {
        now = hp_cli_now();
        took = d.same ? confirm(j, feed, now, error) : take(j, feed, v, &d, now, error);
    }
    if (took == HP_TOOK && !d.same)
        remember(j, &d.files[0], state);
    hp_delivery_free(&d);
    return took;
}

static void
complain(job *j, const hp_feeds_entry *feed, const char *why)
{
    const hp_source *source = source_of(j, feed->name);
    char count[COUNT_TEXT];

    if (source == NULL)
        hp_cli_say(j->self, 0, "%s: %s; the store has no list of it", feed->name, why);
    else
        hp_cli_say(j->self, 0, "%s: %s; its old list stays: %s", feed->name, why,
                   count_of(j, source, count));
}

/* Notes how it ended, and when the feed is due again. */
static void
note(job *j, const hp_feeds_entry *feed, hp_feed_state *state, const char *terms, hp_took took,
     const char *why)
{
    hp_state_note(j->crypto, state, terms, feed->every, took == HP_TOOK ? NULL : why,
                  hp_cli_now());
    if (took == HP_TOOK)
        return;
    complain(j, feed, why);
    worse(j, took == HP_TOOK_REFUSED ? HP_EXIT_REFUSED : HP_EXIT_FAULT);
}

static void
save_state(job *j)
{
    hp_error error;

    if (!hp_state_write(j->state_path, j->state, &error))
        worse(j, hp_cli_say(j->self, HP_EXIT_FAULT, "%s", error.text));
}

/* False when it was not due.  Terms that cannot be read are terms too, and change with that. */
static bool
update_feed(job *j, const hp_feeds_entry *feed)
{
    hp_feed_state *state = hp_state_of(j->state, feed->name);
    char terms[HP_FEEDS_TERMS];
    hp_took took = HP_TOOK_FAULT;
    hp_vouchers v;
    hp_error error;
    bool good, due;

    if (state == NULL)
        return false; /* there are as many places as there may be feeds */
    good = hp_feeds_vouch(j->crypto, feed, j->file.env, &v, terms, &error);
    due = is_due(j, feed, state, terms, hp_cli_now());
    if (due && good)
        took = renew(j, feed, &v, terms, state, &error);
    hp_vouchers_free(&v);
    if (!due)
        return false;
    note(j, feed, state, terms, took, error.text);
    save_state(j);
    return true;
}

/* ---- all feeds -------------------------------------------------------------------------- */

static const hp_feeds_entry *
feed_of(const job *j, const char *name)
{
    size_t i;

    for (i = 0; i < j->file.n; i++) {
        if (strcmp(j->file.all[i].name, name) == 0)
            return &j->file.all[i];
    }
    return NULL;
}

static bool
is_wanted(const job *j, const hp_feeds_entry *feed)
{
    size_t i;

    for (i = 0; i < j->names->n; i++) {
        if (strcmp(j->names->text[i], feed->name) == 0)
            return true;
    }
    return j->names->n == 0;
}

static void
update_all(job *j)
{
    const hp_feed_state *state;
    double next = HP_TIME_LAST;
    bool any = false;
    char text[HP_TIME_TEXT];
    size_t i;

    for (i = 0; i < j->file.n; i++) {
        if (!is_wanted(j, &j->file.all[i]))
            continue;
        any = update_feed(j, &j->file.all[i]) || any;
        state = hp_state_of(j->state, j->file.all[i].name);
        if (state != NULL && state->due < next)
            next = state->due;
    }
    if (any)
        return;
    hp_time_write(next, text);
    printf("nothing is due before %s; --now fetches all the same\n", text);
}

/* Takes out what the feeds file names no more; also what was put into the store by hand. */
static void
prune(job *j)
{
    char count[COUNT_TEXT];
    hp_error error;
    size_t i;

    for (i = 0; i < j->store.n_sources; i++) {
        const hp_source *source = &j->store.sources[i];
        const char *name = source->name;

        if (feed_of(j, name) != NULL)
            continue;
        if (hp_trust_remove(j->crypto, j->file.store, name, &error) == HP_TOOK)
            printf("%s: taken out, with %s: %s does not name it\n", name,
                   count_of(j, source, count), j->choices->feeds);
        else
            worse(j, hp_cli_say(j->self, HP_EXIT_FAULT, "%s: %s", name, error.text));
    }
}

/* ---- before and after ------------------------------------------------------------------- */

/* What was noted about feeds that the file names no more is forgotten. */
static void
read_state(job *j)
{
    hp_error error;
    size_t i, n = 0;

    if (!hp_state_read(j->state_path, j->state, &error))
        hp_cli_say(j->self, 0, "%s; all feeds are due", error.text);
    for (i = 0; i < j->state->n; i++) {
        if (feed_of(j, j->state->all[i].name) != NULL)
            j->state->all[n++] = j->state->all[i];
    }
    j->state->n = n;
}

static bool
read_store(job *j, hp_error *error)
{
    struct stat st;

    if (lstat(j->file.store, &st) != 0 && errno == ENOENT)
        return true;
    return hp_trust_read(j->crypto, j->file.store, true, &j->store, error);
}

static bool
open_job(job *j, hp_error *error)
{
    j->crypto = hp_crypto_new();
    j->fetcher = hp_fetcher_new(j->file.ca, j->file.proxy);
    j->state = calloc(1, sizeof(*j->state));
    j->state_path = hp_cli_path_with(j->file.store, ".state");
    j->terminal = isatty(STDERR_FILENO) == 1;
    if (j->crypto == NULL || j->fetcher == NULL || j->state == NULL || j->state_path == NULL) {
        hp_error_set(error, "no memory, or OpenSSL or libcurl cannot be used");
        return false;
    }
    /* Read twice: beside what is no store no lock is left, and another run may renew it. */
    if (!read_store(j, error))
        return false;
    hp_records_free(&j->store);
    j->lock = hp_state_lock(j->self, j->file.store, error);
    return j->lock >= 0 && read_store(j, error);
}

static void
close_job(job *j)
{
    if (j->lock >= 0)
        (void)close(j->lock);
    hp_records_free(&j->store);
    free(j->state);
    free(j->state_path);
    hp_fetcher_free(j->fetcher);
    hp_crypto_free(j->crypto);
    hp_feeds_free(&j->file);
}

static int
update(job *j)
{
    hp_error error;
    size_t i;

    if (!hp_feeds_load(j->choices->feeds, &j->file, &error))
        return hp_cli_say(j->self, HP_EXIT_FAULT, "%s", error.text);
    if (j->file.n == 0)
        return hp_cli_say(j->self, HP_EXIT_FAULT, "%s: feeds: is missing, expected a list of "
                          "groups", j->choices->feeds);
    for (i = 0; i < j->names->n; i++) {
        if (feed_of(j, j->names->text[i]) == NULL)
            return hp_cli_say(j->self, HP_EXIT_USAGE, "%s: %s names no such feed",
                              j->names->text[i], j->choices->feeds);
    }
    if (!open_job(j, &error))
        return hp_cli_say(j->self, HP_EXIT_FAULT, "%s", error.text);
    read_state(j);
    update_all(j);
    if (j->choices->prune)
        prune(j);
    return j->status;
}

static int
run(const hp_cli_command *self, int argc, char **argv)
{
    choices c = { .feeds = HP_FEEDS_FILE };
    hp_cli_texts names = { NULL, 0 };
    job j = { .self = self, .choices = &c, .names = &names, .lock = -1 };
    int status;

    if (hp_cli_parse(self, argc, argv, &c, &names, &status)) {
        status = update(&j);
        close_job(&j);
    }
    hp_cli_texts_free(&names);
    return status;
}

static const hp_cli_option options[] = {
    { .name = "--feeds", .value = "FILE", .at = offsetof(choices, feeds), .kind = HP_CLI_TEXT,
      .help = "the feeds file (" HP_FEEDS_FILE ")" },
    { .name = "--now", .at = offsetof(choices, now), .kind = HP_CLI_FLAG,
      .help = "also what is not due yet" },
    { .name = "--prune", .at = offsetof(choices, prune), .kind = HP_CLI_FLAG,
      .help = "then take out of the store what the feeds file does not name" },
    { .name = NULL },
};

const hp_cli_command hp_cli_trust_update = {
    .name = "trust update",
    .summary = "Fetches the trust lists that are due, and renews the store with them",
    .usage = "[--feeds FILE] [--now] [--prune] [NAME ...]",
    .notes = "Without a NAME, all feeds.  A list that cannot be had or is not as it must be"
             " leaves\n"
             "the old one in place, and the other feeds alone.\n"
             "\n"
             "Exit: 0 all well, 1 some list could not be renewed, 2 usage, 3 fault (a file, the\n"
             "disk, memory).\n",
    .options = options,
    .operands = true,
    .run = run,
};
