/*
 * healthpassctl revoke update: fetches the lists of withdrawn passes that are due and takes them
 * into the index.
 *
 * Each list stands for itself: what is wrong with one of them leaves what the index has of it in
 * force, and the others alone.  The index is changed only by what `revoke build` does too.
 */
#include "cli/cli.h"
#include "cli/renewal.h"
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
    hp_renewal r; /* its lock is on updates; the index itself is locked by who changes it */
    bool older, fewer;
    hp_index *index;      /* as it is now; NULL: there is none */
    hp_revoke_vouchers v; /* of the list that is looked at */
} job;

/* ---- the index -------------------------------------------------------------------------- */

static bool
open_index(job *j, hp_error *error)
{
    struct stat st;

    hp_index_close(j->index);
    j->index = NULL;
    if (lstat(j->r.file.index, &st) != 0 && errno == ENOENT)
        return true;
    j->index = hp_index_open(j->r.crypto, j->r.file.index, HP_FILE_OWNED, NULL, error);
    return j->index != NULL;
}

static const hp_source *
source_of(const job *j, const char *name)
{
    unsigned nth;

    return hp_revoke_source(j->index, name, &nth);
}

/* ---- one list --------------------------------------------------------------------------- */

/* "12 hashes in 3 batches"; a filter is a batch too, and nobody knows how many are in it. */
static const char *
count_of(const hp_source *source, char text[HP_RENEWAL_COUNT])
{
    (void)snprintf(text, HP_RENEWAL_COUNT, "%u hash%s in %u batch%s", source->entries,
                   source->entries == 1 ? "" : "es", source->keys,
                   source->keys == 1 ? "" : "es");
    return text;
}

static void
tell(const job *j, const hp_feeds_revocation *feed, const char *what)
{
    const hp_source *source = source_of(j, feed->name);
    char dated[HP_TIME_TEXT], count[HP_RENEWAL_COUNT];

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

    if (!hp_sha256(j->r.crypto, parts, 2, digest))
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

    hp_cli_say(j->r.self, 0, "warning: %s", what);
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
        .index = j->r.file.index, .row = hp_revoke_find(hp_feeds_form_name(feed->from)),
        .name = feed->name, .max_age = feed->max_age, .memory = HP_BUILDER_MEMORY,
    };
    hp_revoke_job order = {
        .crypto = j->r.crypto, .now = f->now, .paths = &path, .n_paths = 1, .signers = v->signers,
        .n_signers = v->n, .unsigned_ok = feed->allow_unsigned, .delta = f->delta,
        .since = before != NULL ? before->fetched : 0, .allow_older = j->older,
        .allow_fewer = j->fewer, .kind = feed->kind, .until = HP_TIME_LAST,
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

static bool
vouch(void *context, size_t nth, char terms[HP_FEEDS_TERMS], hp_error *error)
{
    job *j = context;

    return hp_feeds_vouch_revocation(j->r.crypto, &j->r.file.revocations[nth], &j->v, terms,
                                     error);
}

static hp_took
renew(void *context, size_t nth, const char *terms, hp_feed_state *state, hp_error *error)
{
    job *j = context;
    const hp_feeds_revocation *feed = &j->r.file.revocations[nth];
    hp_stage stage;
    hp_revoke_fetch f = {
        .crypto = j->r.crypto, .fetcher = j->r.fetcher, .feed = feed, .index = j->index,
        .client = feed->client_cert != NULL ? &j->v.client : NULL, .stage = &stage,
        .known = is_known(j, state, terms) ? state : NULL, .now = hp_cli_now(),
        .whole = is_to_renew(j, feed, hp_cli_now()),
    };
    hp_took took;

    if (!hp_stage_open(&stage, j->r.file.index, feed->name, error))
        return HP_TOOK_FAULT;
    took = fetch(j, &f, &j->v, state, error);
    hp_stage_close(&stage);
    return took;
}

static void
end(void *context)
{
    job *j = context;

    hp_revoke_vouchers_free(&j->v);
}

/* ---- all lists -------------------------------------------------------------------------- */

static hp_renewal_list
list(const hp_feeds_file *file, size_t nth)
{
    hp_renewal_list none = { NULL, 0 };

    return nth < file->n_revocations ? (hp_renewal_list){ file->revocations[nth].name,
                                                          file->revocations[nth].every } : none;
}

static const char *
path(const hp_feeds_file *file)
{
    return file->index;
}

static const char *
count(const void *context, const char *name, char text[HP_RENEWAL_COUNT])
{
    const hp_source *source = source_of(context, name);

    return source != NULL ? count_of(source, text) : NULL;
}

/* Once nobody else updates, what lists left that the file names no more goes. */
static bool
open_all(void *context, hp_error *error)
{
    job *j = context;

    if (j->r.lock >= 0)
        hp_stage_prune(j->r.file.index, hp_renewal_is_named, &j->r);
    return open_index(j, error);
}

/* Takes out what the feeds file names no more; also what was put into the index by hand. */
static void
prune(void *context)
{
    job *j = context;
    size_t i = 0, n = j->index != NULL ? hp_index_sources(j->index) : 0;
    char name[HP_SOURCE_NAME];
    hp_error error;

    while (i < n) {
        memcpy(name, hp_index_source(j->index, i)->name, sizeof(name));
        if (hp_renewal_is_named(&j->r, name)) {
            i++;
            continue;
        }
        if (hp_revoke_remove(j->r.crypto, j->r.file.index, name, hp_cli_now(), &error) != HP_TOOK ||
            !open_index(j, &error)) {
            hp_renewal_worse(&j->r, hp_cli_say(j->r.self, HP_EXIT_FAULT, "%s: %s", name,
                                                error.text));
            return;
        }
        printf("%s: taken out: %s does not name it\n", name, j->r.feeds);
        n = hp_index_sources(j->index);
    }
}

static const hp_renewal_kind revocations = {
    .word = "list", .group = "revocations", .home = "index", .list = list, .path = path,
    .open = open_all, .count = count, .vouch = vouch, .renew = renew, .end = end,
    .prune = prune,
};

/* ---- the command ------------------------------------------------------------------------ */

static int
run(const hp_cli_command *self, int argc, char **argv)
{
    hp_cli_texts names = { NULL, 0 };
    job j = { .r = { .self = self, .kind = &revocations, .feeds = HP_FEEDS_FILE,
                     .names = &names, .lock = -1 } };
    int status;

    if (hp_cli_parse(self, argc, argv, &j, &names, &status)) {
        status = hp_renewal_run(&j);
        hp_index_close(j.index);
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
      .help = "then take out of the index what the feeds file does not name" },
    { .name = "--allow-older", .at = offsetof(job, older), .kind = HP_CLI_FLAG,
      .help = "take a list that is older than the one in the index" },
    { .name = "--allow-fewer", .at = offsetof(job, fewer), .kind = HP_CLI_FLAG,
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
