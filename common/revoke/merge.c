/*
 * Runs and older index become one sorted stream; see builder_parts.h.
 *
 * Both are sorted already, and stay so when batches get other numbers, because those of the
 * older index come first and in their old order.
 */
#include "revoke/builder_parts.h"

#include <stdlib.h>

#define CHUNK_MIN 4096u /* bytes that are read of a run at once */

/* One of what is merged: a run, or (without records) the older index. */
typedef struct {
    builder_record now;
    builder_record *records; /* what was read of the run */
    size_t next, have;
    uint64_t at, left; /* where the run goes on, in bytes; how many records it still has */
} stream;

typedef struct {
    hp_builder *b;
    hp_error *error;
    builder_sink *sink;
    void *context;
    stream *streams;
    stream **heap; /* the first has the smallest record */
    size_t n;
    builder_record *chunks;
    size_t chunk;      /* records that are read at once */
    hp_index_walk old;
    builder_record last; /* the latest entry that went out */
    uint64_t out;
    uint8_t key[HP_LISTED];         /* what dropped is about: */
    uint8_t dropped[HP_SOURCES_MAX]; /* HP_LISTED_BIT of kinds */
    bool any_dropped;
} merge;

/* ---- reading ----------------------------------------------------------------------------- */

static uint32_t
batch_of(const builder_record *r)
{
    const uint8_t *p = r->bytes + HP_LISTED + 1;

    return (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];
}

static bool
read_run(merge *m, stream *s)
{
    size_t n = s->left < m->chunk ? (size_t)s->left : m->chunk;

    if (!builder_read_at(m->b->runs_fd, s->records, n * sizeof(*s->records), s->at))
        return builder_fail(m->b, "entries that were put by cannot be read", m->error);
    s->at += n * sizeof(*s->records);
    s->left -= n;
    s->have = n;
    s->next = 0;
    return true;
}

static bool
next_of_run(merge *m, stream *s, bool *is_more)
{
    *is_more = s->next < s->have || s->left > 0;
    if (!*is_more)
        return true;
    if (s->next == s->have && !read_run(m, s))
        return false;
    s->now = s->records[s->next++];
    return true;
}

static bool
old_is_damaged(merge *m)
{
    hp_error_set(m->error, "%s: the index in force is damaged at entry %ju, so nothing of it can "
                 "be kept: build it anew from all lists", m->b->path, (uintmax_t)m->old.nth);
    return false;
}

/* The next entry that is kept.  Where they are not in order, whoever wrote them is not us. */
static bool
next_of_old(merge *m, stream *s, bool *is_more)
{
    uint64_t n = hp_index_entries(m->b->old);
    builder_record r = { { 0 } };
    uint32_t batch = BUILDER_GONE;

    while (m->old.nth < n && batch == BUILDER_GONE) {
        if (!hp_index_next(&m->old, r.bytes, &batch) || batch >= hp_index_batches(m->b->old))
            return old_is_damaged(m);
        batch = m->b->old_numbers[batch];
    }
    *is_more = batch != BUILDER_GONE;
    if (!*is_more)
        return true;
    r.bytes[HP_LISTED] = BUILDER_ADD;
    r.bytes[HP_LISTED + 1] = (uint8_t)(batch >> 16);
    r.bytes[HP_LISTED + 2] = (uint8_t)(batch >> 8);
    r.bytes[HP_LISTED + 3] = (uint8_t)batch;
    if (memcmp(&r, &s->now, sizeof(r)) < 0)
        return old_is_damaged(m);
    s->now = r;
    return true;
}

static bool
next(merge *m, stream *s, bool *is_more)
{
    return s->records != NULL ? next_of_run(m, s, is_more) : next_of_old(m, s, is_more);
}

/* ---- the heap ---------------------------------------------------------------------------- */

static bool
before(const stream *a, const stream *b)
{
    return memcmp(&a->now, &b->now, sizeof(a->now)) < 0;
}

/* The stream at that place goes down to where none below it is smaller. */
static void
sift(merge *m, size_t at)
{
    stream *moved = m->heap[at];
    size_t child;

    while ((child = 2 * at + 1) < m->n) {
        if (child + 1 < m->n && before(m->heap[child + 1], m->heap[child]))
            child++;
        if (!before(m->heap[child], moved))
            break;
        m->heap[at] = m->heap[child];
        at = child;
    }
    m->heap[at] = moved;
}

static bool
fill_heap(merge *m, size_t streams)
{
    bool is_more;
    size_t i;

    for (i = 0; i < streams; i++) {
        if (!next(m, &m->streams[i], &is_more))
            return false;
        if (is_more)
            m->heap[m->n++] = &m->streams[i];
    }
    for (i = m->n / 2; i-- > 0;)
        sift(m, i);
    return true;
}

/* ---- what goes out ----------------------------------------------------------------------- */

/* What is taken out of a key comes before what is added to it. */
static void
note_drop(merge *m, const builder_record *r)
{
    const builder_place *place = &m->b->places[batch_of(r)];

    if (memcmp(m->key, r->bytes, HP_LISTED) != 0 || !m->any_dropped) {
        memset(m->dropped, 0, sizeof(m->dropped));
        memcpy(m->key, r->bytes, HP_LISTED);
        m->any_dropped = true;
    }
    m->dropped[place->source] |= (uint8_t)HP_LISTED_BIT(place->kind);
}

static bool
is_dropped(const merge *m, const builder_record *r, const builder_place *place)
{
    return m->any_dropped && (m->dropped[place->source] & HP_LISTED_BIT(place->kind)) != 0 &&
           memcmp(m->key, r->bytes, HP_LISTED) == 0;
}

static bool
let_out(merge *m, const builder_record *r, const builder_place *place)
{
    if (m->out > 0 && memcmp(&m->last, r, sizeof(*r)) == 0)
        return true;
    if (m->out == m->b->entries_max) {
        hp_error_set(m->error, "%s: would have more than %ju entries", m->b->path,
                     (uintmax_t)m->b->entries_max);
        return false;
    }
    m->last = *r;
    m->out++;
    return m->sink(m->context, r->bytes, place->number, place);
}

static bool
take(merge *m, const stream *s)
{
    const builder_record *r = &s->now;
    const builder_place *place;

    if (r->bytes[HP_LISTED] == BUILDER_DROP) {
        note_drop(m, r);
        return true;
    }
    place = &m->b->places[batch_of(r)];
    if (place->number == BUILDER_GONE || (s->records == NULL && is_dropped(m, r, place)))
        return true;
    return let_out(m, r, place);
}

static bool
take_all(merge *m)
{
    bool is_more;

    while (m->n > 0) {
        if (!take(m, m->heap[0]) || !next(m, m->heap[0], &is_more))
            return false;
        if (!is_more)
            m->heap[0] = m->heap[--m->n];
        if (m->n > 0)
            sift(m, 0);
    }
    return true;
}

/* ---- the whole --------------------------------------------------------------------------- */

/* The memory that runs were sorted in is shared out among them. */
static bool
set_up(merge *m, size_t streams)
{
    size_t bytes = m->b->memory / (m->b->n_runs + 1), i;

    m->chunk = (bytes < CHUNK_MIN ? CHUNK_MIN : bytes) / sizeof(*m->chunks);
    m->streams = calloc(streams + 1, sizeof(*m->streams));
    m->heap = calloc(streams + 1, sizeof(*m->heap));
    m->chunks = calloc(m->b->n_runs + 1, m->chunk * sizeof(*m->chunks));
    if (m->streams == NULL || m->heap == NULL || m->chunks == NULL) {
        hp_error_set(m->error, "%s: no memory to merge it", m->b->path);
        return false;
    }
    for (i = 0; i < m->b->n_runs; i++)
        m->streams[i] = (stream){ .records = m->chunks + i * m->chunk, .at = m->b->runs[i].at,
                                  .left = m->b->runs[i].n };
    return true;
}

bool
builder_merge(hp_builder *b, builder_sink *sink, void *context, hp_error *error)
{
    merge m = { .b = b, .error = error, .sink = sink, .context = context,
                .old = { .index = b->old } };
    size_t streams = b->n_runs + (b->old != NULL);
    bool good = set_up(&m, streams) && fill_heap(&m, streams) && take_all(&m);

    free(m.streams);
    free(m.heap);
    free(m.chunks);
    return good;
}
