/*
 * The new index, written; see check/index_layout.h for what goes where.
 *
 * Entries come first, as they are merged; what stands before them in the file counts them, and is
 * written when they are all there.
 */
#include "revoke/builder_parts.h"

#include <stdlib.h>
#include <unistd.h>

typedef struct {
    hp_builder *b;
    hp_error *error;
    int fd;
    uint8_t *chunk; /* BUILDER_CHUNK bytes, of which some wait to be written */
    size_t waiting;
    uint64_t at; /* where they go */
    bool full;   /* the disk: a write failed, and *error says so */
    unsigned lead, kinds;
    uint32_t *directory;
    uint32_t batches;
    uint64_t entries, filters;
    uint64_t batches_at, slices_at, directory_at, entries_at, filters_at;
} writing;

/* ---- bytes ------------------------------------------------------------------------------- */

static bool
flush(writing *w)
{
    if (!w->full && !builder_write_at(w->fd, w->chunk, w->waiting, w->at))
        w->full = !builder_fail(w->b, "the new index cannot be written", w->error);
    w->at += w->waiting;
    w->waiting = 0;
    return !w->full;
}

/* n bytes, at most BUILDER_CHUNK, to be filled in at once. */
static uint8_t *
room(writing *w, size_t n)
{
    uint8_t *p;

    if (BUILDER_CHUNK - w->waiting < n)
        (void)flush(w);
    p = w->chunk + w->waiting;
    w->waiting += n;
    return p;
}

/* What comes next goes there. */
static void
go_to(writing *w, uint64_t at)
{
    (void)flush(w);
    w->at = at;
}

/* ---- entries ----------------------------------------------------------------------------- */

static uint32_t
slots_of(unsigned lead)
{
    return 1u << 8 * lead;
}

static unsigned
lead_for(const hp_builder *b, uint64_t entries)
{
    if (entries < b->one_byte)
        return 1;
    return entries < b->two_bytes ? 2 : 3;
}

static bool
put_entry(void *context, const uint8_t *key, uint32_t batch, const builder_place *place)
{
    writing *w = context;
    size_t tail = HP_LISTED - w->lead;
    uint8_t *to = room(w, tail + INDEX_NUMBER);
    uint32_t slot = 0;
    unsigned i;

    for (i = 0; i < w->lead; i++)
        slot = slot << 8 | key[i];
    w->directory[slot + 1]++; /* how many there are; add_up() makes it where they begin */
    memcpy(to, key + w->lead, tail);
    to += tail;
    hp_row_put(&to, batch, INDEX_NUMBER);
    w->b->sources[place->source].entries++;
    w->entries++;
    return !w->full;
}

static void
add_up(writing *w)
{
    uint32_t i;

    for (i = 1; i <= slots_of(w->lead); i++)
        w->directory[i] += w->directory[i - 1];
}

static void
lay_out(writing *w)
{
    w->batches_at = INDEX_HEADER + (uint64_t)w->b->n_sources * HP_SOURCE_ROW;
    w->slices_at = w->batches_at + (uint64_t)w->batches * INDEX_BATCH;
    w->directory_at = w->slices_at + (uint64_t)w->b->n_slices * INDEX_SLICE;
    w->entries_at = w->directory_at + INDEX_DIRECTORY(w->lead);
}

static bool
put_entries(writing *w)
{
    unsigned i;

    for (i = 0; i < w->b->n_sources; i++)
        w->b->sources[i].entries = 0;
    w->entries = 0;
    free(w->directory);
    w->directory = calloc((size_t)slots_of(w->lead) + 1, sizeof(*w->directory));
    if (w->directory == NULL) {
        hp_error_set(w->error, "%s: no memory for its directory", w->b->path);
        return false;
    }
    lay_out(w);
    go_to(w, w->entries_at);
    if (!builder_merge(w->b, put_entry, w, w->error))
        return false;
    add_up(w);
    w->filters_at = w->entries_at + w->entries * (HP_LISTED - w->lead + INDEX_NUMBER);
    return true;
}

/*
 * How many bytes the directory says is a matter of how many entries there are, which is only
 * known when they are merged; should the guess be wrong, they are merged once more.
 */
static bool
put_fitting_entries(writing *w)
{
    w->lead = lead_for(w->b, w->b->old_entries + w->b->added);
    if (!put_entries(w))
        return false;
    if (w->lead == lead_for(w->b, w->entries))
        return true;
    w->lead = lead_for(w->b, w->entries);
    if (!flush(w) || ftruncate(w->fd, 0) != 0)
        return !w->full && builder_fail(w->b, "the new index cannot be written", w->error);
    return put_entries(w);
}

/* ---- filters ----------------------------------------------------------------------------- */

static bool
copy_spooled(writing *w, uint64_t at, size_t n)
{
    size_t part;

    for (; n > 0; n -= part, at += part) {
        part = n < BUILDER_CHUNK ? n : BUILDER_CHUNK;
        if (!builder_read_at(w->b->filters, room(w, part), part, at))
            return builder_fail(w->b, "a filter that was put by cannot be read", w->error);
    }
    return !w->full;
}

static bool
copy(writing *w, hp_str filter)
{
    size_t part;

    for (; filter.n > 0; filter = hp_str_from(filter, part)) {
        part = filter.n < BUILDER_CHUNK ? filter.n : BUILDER_CHUNK;
        memcpy(room(w, part), filter.p, part);
    }
    return !w->full;
}

/* They follow the entries, in the order of their rows. */
static bool
put_filters(writing *w)
{
    uint32_t i;

    for (i = 0; i < w->b->n_slices; i++) {
        const builder_slice *s = &w->b->slices[i];

        if (!(s->spooled ? copy_spooled(w, s->at, s->slice.filter.n)
                         : copy(w, s->slice.filter)))
            return false;
        w->filters += s->slice.filter.n;
    }
    return true;
}

/* ---- rows -------------------------------------------------------------------------------- */

static void
put_sources(writing *w)
{
    uint8_t *to;
    unsigned i;

    for (i = 0; i < w->b->n_sources; i++) {
        to = room(w, HP_SOURCE_ROW);
        hp_source_row_write(&to, &w->b->sources[i]);
    }
}

static void
put_batch(writing *w, const hp_batch *batch)
{
    uint8_t *to = room(w, INDEX_BATCH);

    hp_row_put(&to, batch->kind, 1);
    hp_row_put(&to, 0, 1);
    hp_row_put(&to, batch->source, 2);
    hp_row_put_bytes(&to, batch->country, sizeof(batch->country));
    hp_row_put(&to, 0, 4 - sizeof(batch->country));
    hp_row_put_bytes(&to, batch->kid, sizeof(batch->kid));
    hp_row_put_time(&to, batch->expires);
    hp_row_put_time(&to, batch->before);
    hp_row_put_bytes(&to, batch->id, sizeof(batch->id));
    w->kinds |= HP_LISTED_BIT(batch->kind);
}

static void
put_batches(writing *w)
{
    uint32_t i;

    for (i = 0; i < w->b->n_batches; i++) {
        if (w->b->places[i].number != BUILDER_GONE)
            put_batch(w, &w->b->batches[i]);
    }
}

static void
put_slice(writing *w, const builder_slice *s, uint64_t at)
{
    uint8_t *to = room(w, INDEX_SLICE);

    hp_row_put(&to, s->slice.any_kid, 1);
    hp_row_put(&to, s->slice.kind, 1);
    hp_row_put(&to, s->slice.kinds, 2);
    hp_row_put(&to, s->slice.digits, 1);
    hp_row_put(&to, s->slice.rounds, 1);
    hp_row_put(&to, s->slice.width, 1);
    hp_row_put(&to, s->slice.sure, 1);
    hp_row_put_bytes(&to, s->slice.kid, sizeof(s->slice.kid));
    hp_row_put(&to, s->slice.prefix, 4);
    hp_row_put(&to, w->b->places[s->slice.batch].number, 4);
    hp_row_put(&to, at, 8);
    hp_row_put(&to, s->slice.filter.n, 4);
    hp_row_put(&to, 0, 4);
    w->kinds |= s->slice.kinds;
}

static void
put_slices(writing *w)
{
    uint64_t at = 0;
    uint32_t i;

    for (i = 0; i < w->b->n_slices; at += w->b->slices[i++].slice.filter.n)
        put_slice(w, &w->b->slices[i], at);
}

static void
put_slot(writing *w, uint32_t slot)
{
    uint8_t *to = room(w, 4);

    hp_row_put(&to, w->directory[slot], 4);
}

static void
put_directory(writing *w)
{
    uint32_t i;

    for (i = 0; i <= slots_of(w->lead); i++)
        put_slot(w, i);
    for (i = 0; w->lead == 3 && i < INDEX_HINTS; i++)
        put_slot(w, i * INDEX_HINT);
}

/* Both digests are still to come: what they are over must be in the file first. */
static void
put_header(writing *w, double made)
{
    uint8_t *to = room(w, INDEX_HEADER);

    memset(to, 0, INDEX_HEADER);
    hp_row_put_bytes(&to, INDEX_MAGIC, sizeof(INDEX_MAGIC) - 1);
    hp_row_put(&to, HP_INDEX_FORMAT, 2);
    hp_row_put(&to, HP_INDEX_FORMAT, 2);
    hp_row_put(&to, INDEX_HEADER, 4);
    hp_row_put_time(&to, made);
    hp_row_put(&to, w->b->n_sources, 4);
    hp_row_put(&to, HP_SOURCE_ROW, 4);
    hp_row_put(&to, w->batches, 4);
    hp_row_put(&to, INDEX_BATCH, 4);
    hp_row_put(&to, w->b->n_slices, 4);
    hp_row_put(&to, INDEX_SLICE, 4);
    hp_row_put(&to, w->lead, 4);
    hp_row_put(&to, w->kinds, 4);
    hp_row_put(&to, w->entries, 8);
    hp_row_put(&to, INDEX_HEADER, 8);
    hp_row_put(&to, w->batches_at, 8);
    hp_row_put(&to, w->slices_at, 8);
    hp_row_put(&to, w->directory_at, 8);
    hp_row_put(&to, w->entries_at, 8);
    hp_row_put(&to, w->filters_at, 8);
    hp_row_put(&to, w->filters, 8);
}

/* ---- the whole --------------------------------------------------------------------------- */

/* What stands in the file before the entries, and ends where they begin. */
static bool
put_front(writing *w, double made)
{
    go_to(w, INDEX_HEADER);
    put_sources(w);
    put_batches(w);
    put_slices(w);
    put_directory(w);
    go_to(w, 0);
    put_header(w, made);
    return flush(w);
}

bool
builder_put_all(hp_builder *b, int fd, uint32_t batches, double made, hp_error *error)
{
    writing w = { .b = b, .error = error, .fd = fd, .batches = batches };
    bool good;

    w.chunk = malloc(BUILDER_CHUNK);
    if (w.chunk == NULL)
        hp_error_set(error, "%s: no memory to write it", b->path);
    good = w.chunk != NULL && put_fitting_entries(&w) && put_filters(&w) && put_front(&w, made);
    free(w.chunk);
    free(w.directory);
    return good;
}
