/*
 * healthpassctl trust update: fetches the lists that are due and takes them into the store.
 *
 * Each feed stands for itself: what one of them does wrong leaves its old list in place and
 * the others alone.  The rules of succession are trust_take.c's.
 */
#include "cli/cli.h"
#include "cli/delivery.h"
#include "cli/renewal.h"
#include "cli/trust_report.h"

#include "base/hex.h"
#include "base/time.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct {
    hp_renewal r;
    hp_records store; /* as it was read or written last */
    hp_vouchers v;    /* of the feed that is looked at */
    bool terminal;
} job;

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

/* ---- one feed --------------------------------------------------------------------------- */

/* "3 keys", "3 keys, 2 usable, 4 authorities": as `trust list` counts. */
static const char *
count_of(const job *j, const hp_source *source, char text[HP_RENEWAL_COUNT])
{
    hp_key_count count;
    size_t usable;
    int n;

    hp_count_keys(&j->store, (size_t)(source - j->store.sources), hp_cli_now(), &count);
    usable = count.states[HP_KEY_USABLE];
    n = snprintf(text, HP_RENEWAL_COUNT, "%zu key%s", count.keys, count.keys == 1 ? "" : "s");
    if (usable != count.keys)
        n += snprintf(text + n, HP_RENEWAL_COUNT - (size_t)n, ", %zu usable", usable);
    if (count.authorities != 0)
        (void)snprintf(text + n, HP_RENEWAL_COUNT - (size_t)n, ", %zu authorit%s",
                       count.authorities, count.authorities == 1 ? "y" : "ies");
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
    hp_cli_say(j->r.self, 0, "warning: %s: the list is %s old, and stale after %s", feed->name, is,
               may_be);
}

static void
tell(const job *j, const hp_feeds_entry *feed, const hp_source *source, const char *what)
{
    char dated[HP_TIME_TEXT], count[HP_RENEWAL_COUNT];

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
        .crypto = j->r.crypto, .name = feed->name, .env = j->r.file.env, .now = now,
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

    took = hp_trust_take(j->r.file.store, &order, &fresh, &source, error);
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
        took = hp_trust_confirm(j->r.crypto, j->r.file.store, source, now, &fresh, error);
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

static bool
vouch(void *context, size_t nth, char terms[HP_FEEDS_TERMS], hp_error *error)
{
    job *j = context;

    return hp_feeds_vouch(j->r.crypto, &j->r.file.all[nth], j->r.file.env, &j->v, terms, error);
}

static hp_took
renew(void *context, size_t nth, const char *terms, hp_feed_state *state, hp_error *error)
{
    job *j = context;
    const hp_feeds_entry *feed = &j->r.file.all[nth];
    const hp_feed_state *known = is_known(j, state, terms) ? state : NULL;
    hp_took took = HP_TOOK_REFUSED;
    double now;
    hp_delivery d;

    if (hp_deliver(j->r.fetcher, feed, known, j->terminal, &d, error)) {
        now = hp_cli_now();
        took = d.same ? confirm(j, feed, now, error) : take(j, feed, &j->v, &d, now, error);
    }
    if (took == HP_TOOK && !d.same)
        remember(j, &d.files[0], state);
    hp_delivery_free(&d);
    return took;
}

static void
end(void *context)
{
    job *j = context;

    hp_vouchers_free(&j->v);
}

/* ---- the store -------------------------------------------------------------------------- */

static hp_renewal_list
list(const hp_feeds_file *file, size_t nth)
{
    hp_renewal_list none = { NULL, 0 };

    return nth < file->n ? (hp_renewal_list){ file->all[nth].name, file->all[nth].every } : none;
}

static const char *
path(const hp_feeds_file *file)
{
    return file->store;
}

static const char *
count(const void *context, const char *name, char text[HP_RENEWAL_COUNT])
{
    const job *j = context;
    const hp_source *source = source_of(j, name);

    return source != NULL ? count_of(j, source, text) : NULL;
}

static bool
open_store(void *context, hp_error *error)
{
    job *j = context;
    struct stat st;

    hp_records_free(&j->store);
    if (lstat(j->r.file.store, &st) != 0 && errno == ENOENT)
        return true;
    return hp_trust_read(j->r.crypto, j->r.file.store, true, &j->store, error);
}

/* Takes out what the feeds file names no more; also what was put into the store by hand. */
static void
prune(void *context)
{
    job *j = context;
    char text[HP_RENEWAL_COUNT];
    hp_error error;
    size_t i;

    for (i = 0; i < j->store.n_sources; i++) {
        const hp_source *source = &j->store.sources[i];
        const char *name = source->name;

        if (hp_renewal_is_named(&j->r, name))
            continue;
        if (hp_trust_remove(j->r.crypto, j->r.file.store, name, &error) == HP_TOOK)
            printf("%s: taken out, with %s: %s does not name it\n", name,
                   count_of(j, source, text), j->r.feeds);
        else
            hp_renewal_worse(&j->r, hp_cli_say(j->r.self, HP_EXIT_FAULT, "%s: %s", name,
                                                error.text));
    }
}

static const hp_renewal_kind feeds = {
    .word = "feed", .group = "feeds", .home = "store", .list = list, .path = path,
    .open = open_store, .count = count, .vouch = vouch, .renew = renew, .end = end,
    .prune = prune,
};

/* ---- the command ------------------------------------------------------------------------ */

static int
run(const hp_cli_command *self, int argc, char **argv)
{
    hp_cli_texts names = { NULL, 0 };
    job j = { .r = { .self = self, .kind = &feeds, .feeds = HP_FEEDS_FILE, .names = &names,
                     .lock = -1 },
              .terminal = isatty(STDERR_FILENO) == 1 };
    int status;

    if (hp_cli_parse(self, argc, argv, &j, &names, &status)) {
        status = hp_renewal_run(&j);
        hp_records_free(&j.store);
        hp_renewal_close(&j.r);
    }
    hp_cli_texts_free(&names);
    return status;
}

static const hp_cli_option options[] = {
    { .name = "--feeds", .value = "FILE", .at = offsetof(job, r.feeds), .kind = HP_CLI_TEXT,
      .help = "the feeds file (" HP_FEEDS_FILE ")" },
    { .name = "--now", .at = offsetof(job, r.now), .kind = HP_CLI_FLAG,
      .help = "also what is not due yet" },
    { .name = "--prune", .at = offsetof(job, r.prune), .kind = HP_CLI_FLAG,
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
