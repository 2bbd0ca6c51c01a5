/*
 * healthpassctl revoke update: fetches the lists of withdrawn passes that are due and takes them
 * into the index.
 *
 * Each list stands for itself: what is wrong with one of them leaves what the index has of it in
 * force, and the others alone.  The index is changed only by what `revoke build` does too.
 */
#include "cli/cli.h"
#include "cli/revoke_fetch.h"
#include "cli/revoke_take.h"

#include "base/time.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * The age of a list counts from when it was taken in.  One that stands still is taken in again
 * this often, not each time: a new index costs a pass over all of it, and ends clearances.
 */
#define RENEW (6 * 3600.0)

typedef struct {
    const char *feeds;
    bool now, older, fewer, prune;
} choices;

typedef struct {
    const hp_cli_command *self;
    const choices *choices;
    const hp_cli_texts *names; /* none: all lists */
    hp_feeds_file file;
    hp_crypto *crypto;
    hp_fetcher *fetcher;
    hp_state *state;
    char *state_path;
    int lock;        /* one update at a time; the index itself is locked by who changes it */
    hp_index *index; /* as it is now; NULL: there is none */
    int status;      /* the worst so far */
} job;

static void
worse(job *j, int status)
{
    if (status > j->status)
        j->status = status;
}

/* ---- the index -------------------------------------------------------------------------- */

static bool
open_index(job *j, hp_error *error)
{
    struct stat st;

    hp_index_close(j->index);
    j->index = NULL;
    if (lstat(j->file.index, &st) != 0 && errno == ENOENT)
        return true;
    j->index = hp_index_open(j->crypto, j->file.index, HP_FILE_OWNED, NULL, error);
    return j->index != NULL;
}

static const hp_source *
source_of(const job *j, const char *name)
{
    unsigned nth;

    return hp_revoke_source(j->index, name, &nth);
}

/* ---- one list --------------------------------------------------------------------------- */

#define COUNT_TEXT 64

/* "12 hashes in 3 batches"; a filter is a batch too, and nobody knows how many are in it. */
static const char *
count_of(const hp_source *source, char text[COUNT_TEXT])
{
    (void)snprintf(text, COUNT_TEXT, "%u hash%s in %u batch%s", source->entries,
                   source->entries == 1 ? "" : "es", source->keys,
                   source->keys == 1 ? "" : "es");
    return text;
}

static void
tell(const job *j, const hp_feeds_revocation *feed, const char *what)
{
    const hp_source *source = source_of(j, feed->name);
    char dated[HP_TIME_TEXT], count[COUNT_TEXT];

    printf("%s: %s", feed->name, what);
    if (source != NULL)
        printf(": %s", count_of(source, count));
    if (source != NULL && source->issued > 0) {
        hp_time_write(source->issued, dated);
        printf(", of %s", dated);
    }
    if (source != NULL && !source->is_signed)
        fputs(", UNSIGNED LIST", stdout);
    putchar('\n');
    (void)fflush(stdout);
}

/* By when it was taken in: what a list is made of may lie in a thousand files. */
static bool
fingerprint(const job *j, const hp_source *source, char text[HP_HEX_TEXT(HP_SHA256)])
{
    uint8_t digest[HP_SHA256];
    hp_str parts[] = { hp_str_of(source->name), { (const uint8_t *)&source->fetched,
                                                  sizeof(source->fetched) } };

    if (!hp_sha256(j->crypto, parts, 2, digest))
        return false;
    hp_hex_write((hp_str){ digest, sizeof(digest) }, text);
    return true;
}

/* Is the list in the index the one that was noted, and read by the same terms? */
static bool
is_known(const job *j, const hp_feed_state *state, const char *terms)
{
    const hp_source *source = source_of(j, state->name);
    char text[HP_HEX_TEXT(HP_SHA256)];

    return source != NULL && strcmp(state->terms, terms) == 0 && fingerprint(j, source, text) &&
           strcmp(state->list, text) == 0;
}

static bool
is_to_renew(const job *j, const hp_feeds_revocation *feed, double now)
{
    const hp_source *source = source_of(j, feed->name);
    double limit = feed->max_age > 0 && feed->max_age / 4 < RENEW ? feed->max_age / 4 : RENEW;

    return source == NULL || now - source->dated > limit || source->dated > now;
}

/* What to tell the server the next time; only once the list is in the index. */
static void
remember(const job *j, const hp_revoke_fetch *f, hp_feed_state *state)
{
    const hp_source *source = source_of(j, state->name);

    memcpy(state->etag, f->etag, sizeof(state->etag));
    memcpy(state->modified, f->modified, sizeof(state->modified));
    memcpy(state->cursor, f->cursor, sizeof(state->cursor));
    if (source == NULL || !fingerprint(j, source, state->list))
        state->list[0] = '\0';
}

/* What is refused is not kept: what a crash left half written would be refused for ever. */
static void
tidy(hp_revoke_fetch *f, hp_took took)
{
    bool keeps = f->feed->from == HP_FEEDS_SLICES ||
                 (f->feed->from == HP_FEEDS_SHC && took != HP_TOOK_REFUSED) ||
                 took == HP_TOOK_FAULT;

    if (!keeps || f->feed->from == HP_FEEDS_LIST)
        hp_stage_restart(f->stage);
    hp_stage_sweep(f->stage);
}

static void
warn(void *context, const char *what)
{
    const job *j = context;

    hp_cli_say(j->self, 0, "warning: %s", what);
}

/* The folder as a whole; of a plain list its file, and of an SHC issuer its lists. */
static hp_took
take(job *j, const hp_revoke_fetch *f, const hp_revoke_vouchers *v, hp_error *error)
{
    const hp_feeds_revocation *feed = f->feed;
    const hp_source *before = source_of(j, feed->name);
    char *list = hp_cli_path(f->stage->path, "list", "");
    const char *path = feed->from == HP_FEEDS_LIST ? list : f->stage->path;
    hp_revoke_place place = {
        .index = j->file.index, .row = hp_revoke_find(hp_feeds_form_name(feed->from)),
        .name = feed->name, .max_age = feed->max_age, .memory = HP_BUILDER_MEMORY,
    };
    hp_revoke_job order = {
        .crypto = j->crypto, .now = f->now, .paths = &path, .n_paths = 1, .signers = v->signers,
        .n_signers = v->n, .unsigned_ok = feed->allow_unsigned, .delta = f->delta,
        .since = before != NULL ? before->fetched : 0, .allow_older = j->choices->older,
        .allow_fewer = j->choices->fewer, .kind = feed->kind, .until = HP_TIME_LAST,
        .told = warn, .context = j,
    };
    hp_took took = HP_TOOK_FAULT;

    if (feed->from == HP_FEEDS_SHC)
        order.issuer = feed->issuer != NULL ? feed->issuer : feed->url;
    if (list == NULL)
        hp_error_set(error, "no memory");
    else
        took = hp_revoke_take(&place, &order, error);
    free(list);
    return took;
}

static hp_took
take_in(job *j, hp_revoke_fetch *f, const hp_revoke_vouchers *v, hp_error *error)
{
    hp_took took;

    hp_stage_sweep(f->stage); /* importers read all that is there */
    took = take(j, f, v, error);
    tidy(f, took);
    if (took == HP_TOOK && !open_index(j, error))
        return HP_TOOK_FAULT;
    return took;
}

static hp_took
fetch(job *j, hp_revoke_fetch *f, const hp_revoke_vouchers *v, hp_feed_state *state,
      hp_error *error)
{
    hp_took took;

    if (!hp_revoke_fetch_list(f, error))
        return f->fault ? HP_TOOK_FAULT : HP_TOOK_REFUSED;
    if (f->same && !f->whole) {
        tell(j, f->feed, "not changed");
        return HP_TOOK;
    }
    took = take_in(j, f, v, error);
    if (took != HP_TOOK)
        return took;
    remember(j, f, state);
    tell(j, f->feed, f->same ? "not changed" : "renewed");
    return HP_TOOK;
}

static hp_took
renew(job *j, const hp_feeds_revocation *feed, const hp_revoke_vouchers *v, const char *terms,
      hp_feed_state *state, hp_error *error)
{
    hp_stage stage;
    hp_revoke_fetch f = {
        .crypto = j->crypto, .fetcher = j->fetcher, .feed = feed, .index = j->index,
        .client = feed->client_cert != NULL ? &v->client : NULL, .stage = &stage,
        .known = is_known(j, state, terms) ? state : NULL, .now = hp_cli_now(),
        .whole = is_to_renew(j, feed, hp_cli_now()),
    };
    hp_took took;

    if (!hp_stage_open(&stage, j->file.index, feed->name, error))
        return HP_TOOK_FAULT;
    took = fetch(j, &f, v, state, error);
    hp_stage_close(&stage);
    return took;
}

static void
complain(job *j, const hp_feeds_revocation *feed, const char *why)
{
    const hp_source *source = source_of(j, feed->name);
    char count[COUNT_TEXT];

    if (source == NULL)
        hp_cli_say(j->self, 0, "%s: %s; the index has no list of it", feed->name, why);
    else
        hp_cli_say(j->self, 0, "%s: %s; its old list stays: %s", feed->name, why,
                   count_of(source, count));
}

/* Notes how it ended; the index is on the disk by then. */
static void
note(job *j, const hp_feeds_revocation *feed, hp_feed_state *state, const char *terms,
     hp_took took, const char *why)
{
    hp_error error;

    hp_state_note(j->crypto, state, terms, feed->every, took == HP_TOOK ? NULL : why,
                  hp_cli_now());
    if (took != HP_TOOK) {
        complain(j, feed, why);
        worse(j, took == HP_TOOK_REFUSED ? HP_EXIT_REFUSED : HP_EXIT_FAULT);
    }
    if (!hp_state_write(j->state_path, j->state, &error))
        worse(j, hp_cli_say(j->self, HP_EXIT_FAULT, "%s", error.text));
}

/* A list that is not in the index is due too. */
static bool
is_due(const job *j, const hp_feeds_revocation *feed, const hp_feed_state *state,
       const char *terms)
{
    return j->choices->now || hp_state_due(state, terms, feed->every, hp_cli_now()) ||
           (source_of(j, feed->name) == NULL && state->error[0] == 0);
}

/* False when it was not due. */
static bool
update_list(job *j, const hp_feeds_revocation *feed)
{
    hp_feed_state *state = hp_state_of(j->state, feed->name);
    char terms[HP_FEEDS_TERMS];
    hp_took took = HP_TOOK_FAULT;
    hp_revoke_vouchers v;
    hp_error error;
    bool good, due;

    if (state == NULL)
        return false; /* there are as many places as there may be lists */
    good = hp_feeds_vouch_revocation(j->crypto, feed, &v, terms, &error);
    due = is_due(j, feed, state, terms);
    if (due && good)
        took = renew(j, feed, &v, terms, state, &error);
    hp_revoke_vouchers_free(&v);
    if (due)
        note(j, feed, state, terms, took, error.text);
    return due;
}

/* ---- all lists -------------------------------------------------------------------------- */

static bool
is_named(const void *context, const char *name)
{
    const hp_feeds_file *file = context;
    size_t i = 0;

    while (i < file->n_revocations && strcmp(file->revocations[i].name, name) != 0)
        i++;
    return i < file->n_revocations;
}

static bool
is_wanted(const job *j, const hp_feeds_revocation *feed)
{
    size_t i = 0;

    while (i < j->names->n && strcmp(j->names->text[i], feed->name) != 0)
        i++;
    return j->names->n == 0 || i < j->names->n;
}

static void
update_all(job *j)
{
    double next = HP_TIME_LAST;
    bool any = false;
    char text[HP_TIME_TEXT];
    size_t i;

    for (i = 0; i < j->file.n_revocations; i++) {
        const hp_feeds_revocation *feed = &j->file.revocations[i];
        const hp_feed_state *state;

        if (!is_wanted(j, feed))
            continue;
        any = update_list(j, feed) || any;
        state = hp_state_of(j->state, feed->name);
        if (state != NULL && state->due < next)
            next = state->due;
    }
    if (any)
        return;
    hp_time_write(next, text);
    printf("nothing is due before %s; --now fetches all the same\n", text);
}

/* Takes out what the feeds file names no more; also what was put into the index by hand. */
static void
prune(job *j)
{
    size_t i = 0, n = j->index != NULL ? hp_index_sources(j->index) : 0;
    char name[HP_SOURCE_NAME];
    hp_error error;

    while (i < n) {
        memcpy(name, hp_index_source(j->index, i)->name, sizeof(name));
        if (is_named(&j->file, name)) {
            i++;
            continue;
        }
        if (hp_revoke_remove(j->crypto, j->file.index, name, hp_cli_now(), &error) != HP_TOOK ||
            !open_index(j, &error)) {
            worse(j, hp_cli_say(j->self, HP_EXIT_FAULT, "%s: %s", name, error.text));
            return;
        }
        printf("%s: taken out: %s does not name it\n", name, j->choices->feeds);
        n = hp_index_sources(j->index);
    }
}

/* ---- before and after ------------------------------------------------------------------- */

/* What was noted of lists that the file names no more is forgotten, and what they left goes. */
static void
read_state(job *j)
{
    hp_error error;
    size_t i, n = 0;

    if (!hp_state_read(j->state_path, j->state, &error))
        hp_cli_say(j->self, 0, "%s; all lists are due", error.text);
    for (i = 0; i < j->state->n; i++) {
        if (is_named(&j->file, j->state->all[i].name))
            j->state->all[n++] = j->state->all[i];
    }
    j->state->n = n;
    hp_stage_prune(j->file.index, is_named, &j->file);
}

static bool
open_job(job *j, hp_error *error)
{
    j->crypto = hp_crypto_new();
    j->fetcher = hp_fetcher_new(j->file.ca, j->file.proxy);
    j->state = calloc(1, sizeof(*j->state));
    j->state_path = hp_cli_path_with(j->file.index, ".state");
    if (j->crypto == NULL || j->fetcher == NULL || j->state == NULL || j->state_path == NULL) {
        hp_error_set(error, "no memory, or OpenSSL or libcurl cannot be used");
        return false;
    }
    /* Twice: beside what is no index no lock is left, and another run may renew it. */
    if (!open_index(j, error))
        return false;
    j->lock = hp_state_lock(j->self, j->file.index, error);
    return j->lock >= 0 && open_index(j, error);
}

static void
close_job(job *j)
{
    if (j->lock >= 0)
        (void)close(j->lock);
    hp_index_close(j->index);
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
    if (j->file.n_revocations == 0)
        return hp_cli_say(j->self, HP_EXIT_FAULT, "%s: revocations: is missing, expected a list "
                          "of groups", j->choices->feeds);
    for (i = 0; i < j->names->n; i++) {
        if (!is_named(&j->file, j->names->text[i]))
            return hp_cli_say(j->self, HP_EXIT_USAGE, "%s: %s names no such list",
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
      .help = "then take out of the index what the feeds file does not name" },
    { .name = "--allow-older", .at = offsetof(choices, older), .kind = HP_CLI_FLAG,
      .help = "take a list that is older than the one in the index" },
    { .name = "--allow-fewer", .at = offsetof(choices, fewer), .kind = HP_CLI_FLAG,
      .help = "take a list that is empty, or lost more than half" },
    { .name = NULL },
};

const hp_cli_command hp_cli_revoke_update = {
    .name = "revoke update",
    .summary = "Fetches the lists of withdrawn passes that are due, and renews the index with them",
    .usage = "[--feeds FILE] [--now] [--prune] [--allow-older] [--allow-fewer] [NAME ...]",
    .notes = "Without a NAME, all lists.  A list that cannot be had or is not as it must be"
             " leaves\n"
             "the old one in force, and the other lists alone.\n"
             "\n"
             "Exit: 0 all well, 1 some list could not be renewed, 2 usage, 3 fault (a file, the\n"
             "disk, memory).\n",
    .options = options,
    .operands = true,
    .run = run,
};
