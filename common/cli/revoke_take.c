/* Takes lists of withdrawn passes into an index, and out of it; see revoke_take.h. */
#include "cli/revoke_take.h"

#include "cli/revoke_report.h"

#include <errno.h>
#include <sys/stat.h>

/* One change of an index. */
typedef struct {
    const hp_revoke_place *place;
    hp_revoke_job *job;
    hp_index *old;           /* NULL: there is none */
    size_t nth;              /* of the list in it, where job->before is */
    bool stays;              /* its source goes along into the new index */
    hp_source source;        /* as it will be there */
    hp_error *error;
} change;

static bool
refuse(const change *c, const char *why)
{
    hp_error_set(c->error, "%s", why);
    return false;
}

/* ---- the index so far ----------------------------------------------------------------------- */

static bool
open_old(change *c)
{
    const char *path = c->place->index;
    struct stat st;

    if (lstat(path, &st) != 0 && errno == ENOENT)
        return true;
    c->old = hp_index_open(c->job->crypto, path, HP_FILE_OWNED, NULL, c->error);
    return c->old != NULL;
}

static void
find_list(change *c)
{
    size_t i, n = c->old != NULL ? hp_index_sources(c->old) : 0;

    for (i = 0; i < n && c->job->before == NULL; i++) {
        if (strcmp(hp_index_source(c->old, i)->name, c->place->name) == 0) {
            c->job->before = hp_index_source(c->old, i);
            c->nth = i;
        }
    }
}

static bool
keeps(void *context, const hp_source *source)
{
    const change *c = context;

    return c->stays || source != c->job->before;
}

/* The lock is the builder's: from here on nobody else changes the index. */
static bool
begin(change *c)
{
    hp_revoke_job *job = c->job;

    job->old = NULL;
    job->before = NULL;
    job->counts = (hp_revoke_counts){ 0 };
    job->fault = false;
    job->builder = hp_builder_new(job->crypto, c->place->index, c->place->memory, c->error);
    if (job->builder == NULL || !open_old(c))
        return false;
    job->old = c->old;
    find_list(c);
    c->stays = c->place->row != NULL && job->before != NULL &&
               (job->delta || (c->place->row->heeds & HP_REVOKE_STAYS) != 0);
    return c->old == NULL ||
           hp_builder_keep(job->builder, c->old, keeps, c, job->now, c->error);
}

static void
end(change *c)
{
    hp_builder_free(c->job->builder);
    hp_index_close(c->old);
    c->job->builder = NULL;
    c->job->old = NULL;
    c->job->before = NULL;
    c->job->source = NULL;
}

/* ---- has it shrunk? ------------------------------------------------------------------------- */

/* Of the list in force, what has not ended. */
static uint64_t
count_entries(const change *c)
{
    hp_index_walk walk = { .index = c->old };
    uint8_t key[HP_LISTED];
    hp_batch batch;
    uint64_t n = 0;
    uint32_t nth;

    while (hp_index_next(&walk, key, &nth))
        n += hp_index_batch(c->old, nth, &batch) && batch.source == c->nth &&
             batch.expires > c->job->now;
    return n;
}

static bool
is_half(const change *c, const char *what, uint64_t now, uint64_t was)
{
    if (now >= was - was / 2)
        return true;
    hp_error_set(c->error, "the list holds %ju %s, less than half of the %ju in force",
                 (uintmax_t)now, what, (uintmax_t)was);
    return false;
}

/*
 * Lists that lose most of what they had are cut off, or the wrong ones.  Entries are compared
 * where none of the old ones stay, and counted only when it looks bad.  Of a change, batches that
 * it takes back count too, whoever says so: a gateway's list of them is not signed.
 */
static bool
is_large_enough(const change *c)
{
    const hp_revoke_counts *now = &c->job->counts;
    uint64_t entries = now->entries + now->filtered;
    hp_revoke_content was;

    if (c->job->before == NULL || c->job->allow_fewer || (c->job->delta && now->gone == 0))
        return true;
    was = hp_revoke_content_of(c->old, c->nth, c->job->now);
    return is_half(c, "batches", (uint64_t)now->batches + now->kept, was.batches) &&
           (c->job->delta || now->kept > 0 || entries >= c->job->before->entries ||
            is_half(c, "entries", entries, count_entries(c)));
}

/* ---- taking in ------------------------------------------------------------------------------ */

static bool
may_come(const change *c)
{
    const hp_revoke_importer *row = c->place->row;
    const hp_source *before = c->job->before;

    if (row->needs_unsigned && !c->job->unsigned_ok) {
        hp_error_set(c->error, "nobody signs such a list, so nobody vouches for it: --unsigned %s "
                               "takes it as it is", row->name);
        return false;
    }
    if (before == NULL && c->job->delta)
        return refuse(c, "there is no list of that name to be changed: take in a whole one first");
    if (c->job->delta && c->job->since != 0 && before->fetched != c->job->since)
        return refuse(c, "the list of that name was taken in anew while its changes were fetched: "
                         "fetch it again");
    if (before == NULL || strcmp(before->feed, row->name) == 0)
        return true;
    hp_error_set(c->error, "the list of that name is one of %s, not of %s: give the new one "
                           "another name, or remove the old one first", before->feed, row->name);
    return false;
}

static bool
place_source(change *c)
{
    hp_builder *builder = c->job->builder;
    unsigned *nth = &c->job->nth;

    (void)snprintf(c->source.name, sizeof(c->source.name), "%s", c->place->name);
    (void)snprintf(c->source.feed, sizeof(c->source.feed), "%s", c->place->row->name);
    c->source.max_age = c->place->max_age != 0 || !c->job->delta ? c->place->max_age
                                                                 : c->job->before->max_age;
    c->job->source = &c->source;
    if (!c->stays)
        return hp_builder_source(builder, &c->source, nth, c->error);
    for (*nth = 0; strcmp(hp_builder_source_at(builder, *nth)->name, c->source.name) != 0;)
        ++*nth;
    return true;
}

static hp_took
take(change *c)
{
    hp_revoke_job *job = c->job;

    if (!begin(c))
        return HP_TOOK_FAULT;
    if (!may_come(c))
        return HP_TOOK_REFUSED;
    if (!place_source(c))
        return HP_TOOK_FAULT;
    if (!c->place->row->read(job, c->error))
        return job->fault ? HP_TOOK_FAULT : HP_TOOK_REFUSED;
    if (!is_large_enough(c))
        return HP_TOOK_REFUSED;
    *hp_builder_source_at(job->builder, job->nth) = c->source;
    return hp_builder_write(job->builder, job->now, c->error) ? HP_TOOK : HP_TOOK_FAULT;
}

hp_took
hp_revoke_take(const hp_revoke_place *place, hp_revoke_job *job, hp_error *error)
{
    change c = { .place = place, .job = job, .error = error };
    hp_took took = take(&c);

    end(&c);
    return took;
}

/* ---- taking out ----------------------------------------------------------------------------- */

static hp_took
take_out(change *c)
{
    if (!begin(c))
        return HP_TOOK_FAULT;
    if (c->job->before == NULL) {
        hp_error_set(c->error, "%s: holds no list named %s", c->place->index, c->place->name);
        return HP_TOOK_REFUSED;
    }
    return hp_builder_write(c->job->builder, c->job->now, c->error) ? HP_TOOK : HP_TOOK_FAULT;
}

hp_took
hp_revoke_remove(hp_crypto *crypto, const char *index, const char *name, double now,
                 hp_error *error)
{
    hp_revoke_place place = { .index = index, .name = name, .memory = HP_BUILDER_MEMORY };
    hp_revoke_job job = { .crypto = crypto, .now = now };
    change c = { .place = &place, .job = &job, .error = error };
    hp_took took = take_out(&c);

    end(&c);
    return took;
}
