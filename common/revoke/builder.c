/*
 * The builder: sources, batches and filters, which stay in memory; see builder.h.
 *
 * What comes from a list is judged here as the reader will judge it, so that a mistake is told
 * where it is made and not when all is written.
 */
#include "revoke/builder_parts.h"

#include "base/time.h"
#include "check/slice.h"
#include "cli/cli.h"

#include <stdlib.h>
#include <unistd.h>

#define ROOM_FIRST 64u

#define BUSY_WAIT 2.0 /* seconds for a build that is all but done; others take minutes */

/* ---- beginning and end ------------------------------------------------------------------- */

/* Names are made of the path once: nothing needs memory when the end is near. */
static bool
name_files(hp_builder *b, const char *path)
{
    b->path = strdup(path);
    b->new_path = hp_cli_path_with(path, ".new");
    b->temp_path = hp_cli_path_with(path, ".tmp");
    return b->path != NULL && b->new_path != NULL && b->temp_path != NULL;
}

static bool
no_memory(const char *path, hp_error *error)
{
    hp_error_set(error, "%s: no memory to build it", path);
    return false;
}

static bool
set_up(hp_builder *b, const char *path, size_t memory, hp_error *error)
{
    if (memory < BUILDER_MEMORY_MIN)
        memory = BUILDER_MEMORY_MIN;
    b->memory = memory;
    b->room_records = memory / sizeof(*b->records);
    b->records = malloc(b->room_records * sizeof(*b->records));
    if (!name_files(b, path) || b->records == NULL)
        return no_memory(path, error);
    return hp_lock_take(&b->lock, b->path, BUSY_WAIT, error) && builder_sweep(b, error);
}

hp_builder *
hp_builder_new(hp_crypto *crypto, const char *path, size_t memory, hp_error *error)
{
    hp_builder *b = calloc(1, sizeof(*b));

    if (b == NULL) {
        (void)no_memory(path, error);
        return NULL;
    }
    b->crypto = crypto;
    b->filters = b->runs_fd = -1;
    b->entries_max = HP_INDEX_ENTRIES_MAX;
    b->one_byte = INDEX_ONE_BYTE;
    b->two_bytes = INDEX_TWO_BYTES;
    b->batches_max = HP_INDEX_BATCHES_MAX;
    b->slices_max = HP_INDEX_SLICES_MAX;
    if (set_up(b, path, memory, error))
        return b;
    hp_builder_free(b);
    return NULL;
}

void
hp_builder_free(hp_builder *b)
{
    if (b == NULL)
        return;
    if (b->filters >= 0)
        (void)close(b->filters);
    if (b->runs_fd >= 0)
        (void)close(b->runs_fd);
    if (b->lock.held) {
        (void)builder_sweep(b, NULL);
        hp_lock_drop(&b->lock);
    }
    free(b->path);
    free(b->new_path);
    free(b->temp_path);
    free(b->batches);
    free(b->places);
    free(b->slices);
    free(b->old_numbers);
    free(b->records);
    free(b->runs);
    free(b);
}

/* ---- sources ----------------------------------------------------------------------------- */

bool
hp_builder_source(hp_builder *b, const hp_source *source, unsigned *nth, hp_error *error)
{
    if (b->n_sources == HP_SOURCES_MAX) {
        hp_error_set(error, "%s: would be made of more than %d lists", b->path, HP_SOURCES_MAX);
        return false;
    }
    b->sources[b->n_sources] = *source;
    *nth = b->n_sources++;
    return true;
}

hp_source *
hp_builder_source_at(hp_builder *b, unsigned nth)
{
    return &b->sources[nth];
}

size_t
hp_builder_sources(const hp_builder *b)
{
    return b->n_sources;
}

/* ---- batches ----------------------------------------------------------------------------- */

static bool
is_time(double t)
{
    return t >= -HP_TIME_LAST && t <= HP_TIME_LAST;
}

/* Ended by zero within its n characters, and nothing in it that a terminal would obey. */
static bool
is_text(const char *text, size_t n)
{
    size_t i;

    for (i = 0; i < n && text[i] != '\0'; i++) {
        if (text[i] < ' ' || text[i] > '~')
            return false;
    }
    return i < n;
}

static bool
judge_batch(const hp_builder *b, const hp_batch *batch, hp_error *error)
{
    const char *wrong = NULL;

    if (batch->kind >= HP_LISTED_KINDS_END)
        wrong = "is of a kind of key that there is not";
    else if (batch->source >= b->n_sources)
        wrong = "belongs to a list that was not added";
    else if (!is_text(batch->id, sizeof(batch->id)) ||
             !is_text(batch->country, sizeof(batch->country)))
        wrong = "has a name or country that is too long or holds more than plain characters";
    else if (!is_time(batch->expires) || !is_time(batch->before))
        wrong = "has a time that cannot be";
    if (wrong != NULL)
        hp_error_set(error, "%s: batch number %u %s", b->path, b->n_batches, wrong);
    return wrong == NULL;
}

/* Twice as much as before; what is there stays when it fails. */
static bool
grow(void **rows, size_t size, uint32_t room)
{
    void *more = reallocarray(*rows, room, size);

    if (more != NULL)
        *rows = more;
    return more != NULL;
}

static bool
make_room_for_batch(hp_builder *b, hp_error *error)
{
    uint32_t room = b->room_batches == 0 ? ROOM_FIRST : 2 * b->room_batches;

    if (b->n_batches == b->batches_max) {
        hp_error_set(error, "%s: would have more than %u batches", b->path, b->batches_max);
        return false;
    }
    if (b->n_batches < b->room_batches)
        return true;
    if (!grow((void **)&b->batches, sizeof(*b->batches), room) ||
        !grow((void **)&b->places, sizeof(*b->places), room))
        return no_memory(b->path, error);
    b->room_batches = room;
    return true;
}

bool
hp_builder_batch(hp_builder *b, const hp_batch *batch, uint32_t *nth, hp_error *error)
{
    if (!judge_batch(b, batch, error) || !make_room_for_batch(b, error))
        return false;
    b->batches[b->n_batches] = *batch;
    b->places[b->n_batches] = (builder_place){ .source = (uint8_t)batch->source,
                                               .kind = (uint8_t)batch->kind };
    *nth = b->n_batches++;
    return true;
}

uint32_t
hp_builder_batches(const hp_builder *b)
{
    return b->n_batches;
}

const hp_batch *
hp_builder_batch_at(const hp_builder *b, uint32_t nth)
{
    return &b->batches[nth];
}

void
hp_builder_batch_drop(hp_builder *b, uint32_t nth)
{
    b->places[nth].dropped = true;
}

/* ---- entries ----------------------------------------------------------------------------- */

static bool
add(hp_builder *b, uint32_t batch, uint8_t what, const uint8_t *key, hp_error *error)
{
    if (batch < b->n_batches && !b->written)
        return builder_add(b, batch, what, key, error);
    hp_error_set(error, "%s: an entry %s", b->path,
                 b->written ? "comes after the writing" : "belongs to a batch that was not added");
    return false;
}

bool
hp_builder_put(hp_builder *b, uint32_t batch, const uint8_t key[HP_LISTED], hp_error *error)
{
    return add(b, batch, BUILDER_ADD, key, error);
}

bool
hp_builder_drop(hp_builder *b, uint32_t batch, const uint8_t key[HP_LISTED], hp_error *error)
{
    return add(b, batch, BUILDER_DROP, key, error);
}

/* ---- filters ----------------------------------------------------------------------------- */

static bool
judge_slice(const hp_builder *b, const hp_slice *s, hp_error *error)
{
    static const uint8_t none[HP_KID];
    const char *wrong = NULL;

    if (!hp_slice_holds(s))
        wrong = "has a size that does not fit its form";
    else if (s->batch >= b->n_batches)
        wrong = "belongs to a batch that was not added";
    else if (s->kinds == 0 || (s->kinds & ~HP_LISTED_ALL) != 0)
        wrong = "is about a kind of key that there is not";
    else if (s->digits > INDEX_DIGITS_MAX || s->prefix >> 4 * s->digits != 0)
        wrong = "is about keys that begin with digits that cannot be";
    else if (s->any_kid && memcmp(s->kid, none, HP_KID) != 0)
        wrong = "is about any signer, and about one";
    if (wrong != NULL)
        hp_error_set(error, "%s: filter number %u %s", b->path, b->n_slices, wrong);
    return wrong == NULL;
}

static bool
put_slice(hp_builder *b, const builder_slice *slice, hp_error *error)
{
    uint32_t room = b->room_slices == 0 ? ROOM_FIRST : 2 * b->room_slices;

    if (b->n_slices == b->slices_max) {
        hp_error_set(error, "%s: would have more than %u filters", b->path, b->slices_max);
        return false;
    }
    if (b->n_slices == b->room_slices) {
        if (!grow((void **)&b->slices, sizeof(*b->slices), room))
            return no_memory(b->path, error);
        b->room_slices = room;
    }
    b->slices[b->n_slices++] = *slice;
    return true;
}

bool
hp_builder_slice(hp_builder *b, const hp_slice *slice, hp_error *error)
{
    builder_slice added = { *slice, true, b->filters_size };

    if (!judge_slice(b, slice, error))
        return false;
    if (b->filters < 0)
        b->filters = builder_temp(b);
    if (b->filters < 0 ||
        !builder_write_at(b->filters, slice->filter.p, slice->filter.n, added.at))
        return builder_fail(b, "a filter cannot be put by", error);
    added.slice.filter.p = NULL;
    if (!put_slice(b, &added, error))
        return false;
    b->filters_size += slice->filter.n;
    return true;
}

/* ---- the older index --------------------------------------------------------------------- */

static bool
damaged(const hp_builder *b, const char *how, hp_error *error)
{
    hp_error_set(error, "%s: the index in force is damaged, so nothing of it can be kept: build "
                 "it anew from all lists%s%s", b->path, *how != '\0' ? ": " : "", how);
    return false;
}

/* Else what has a bad digest would get a good one. */
static bool
is_whole(const hp_builder *b, hp_error *error)
{
    hp_error why = { "" };

    return hp_index_check(b->crypto, b->old, &why) || damaged(b, why.text, error);
}

/* place: of each source of the older index, where it is here. */
static bool
keep_sources(hp_builder *b, bool (*keeps)(void *context, const hp_source *source), void *context,
             unsigned place[HP_SOURCES_MAX], hp_error *error)
{
    size_t i, n = hp_index_sources(b->old);

    for (i = 0; i < n; i++) {
        const hp_source *source = hp_index_source(b->old, i);

        place[i] = HP_SOURCES_MAX;
        if (keeps != NULL && !keeps(context, source))
            continue;
        if (!hp_builder_source(b, source, &place[i], error))
            return false;
        b->old_entries += source->entries;
    }
    return true;
}

static bool
keep_batches(hp_builder *b, const unsigned place[HP_SOURCES_MAX], double now, hp_error *error)
{
    uint32_t i, n = hp_index_batches(b->old);
    hp_batch batch;

    b->old_numbers = calloc((size_t)n + 1, sizeof(*b->old_numbers));
    if (b->old_numbers == NULL)
        return no_memory(b->path, error);
    for (i = 0; i < n; i++) {
        b->old_numbers[i] = BUILDER_GONE;
        if (!hp_index_batch(b->old, i, &batch) || batch.source >= hp_index_sources(b->old))
            return damaged(b, "", error);
        batch.source = place[batch.source];
        if (batch.source == HP_SOURCES_MAX || builder_ended(&batch, now))
            continue;
        if (!hp_builder_batch(b, &batch, &b->old_numbers[i], error))
            return false;
    }
    return true;
}

static bool
keep_slices(hp_builder *b, hp_error *error)
{
    uint32_t i, n = hp_index_slices(b->old);
    builder_slice kept = { .spooled = false };

    for (i = 0; i < n; i++) {
        if (!hp_index_slice(b->old, i, &kept.slice) ||
            kept.slice.batch >= hp_index_batches(b->old))
            return damaged(b, "", error);
        kept.slice.batch = b->old_numbers[kept.slice.batch];
        if (kept.slice.batch != BUILDER_GONE && !put_slice(b, &kept, error))
            return false;
    }
    return true;
}

bool
hp_builder_keep(hp_builder *b, const hp_index *old,
                bool (*keeps)(void *context, const hp_source *source), void *context, double now,
                hp_error *error)
{
    unsigned place[HP_SOURCES_MAX];

    if (b->old != NULL || b->n_sources > 0) {
        hp_error_set(error, "%s: the older index comes once, and before all else", b->path);
        return false;
    }
    b->old = old;
    b->failed = !is_whole(b, error) ||
                !keep_sources(b, keeps, context, place, error) ||
                !keep_batches(b, place, now, error) || !keep_slices(b, error);
    return !b->failed;
}
