/* Revocation indexes made of arrays; see index.h. */
#include "index.h"

#include "check/source_row.h"
#include "maker.h"

#include <stdio.h>
#include <stdlib.h>

#define HEADER 184u
#define SIGNED 152u
#define BATCH  72u
#define SLICE  40u
#define HINTS  16385u

static void
must(bool truth, const char *what)
{
    if (truth)
        return;
    fprintf(stderr, "index: %s\n", what);
    exit(1);
}

void
index_number(uint8_t *at, uint64_t value, size_t n)
{
    size_t i;

    for (i = 0; i < n; i++)
        at[i] = (uint8_t)(value >> 8 * i);
}

static void
put_time(uint8_t *at, double t)
{
    uint64_t bits;

    memcpy(&bits, &t, sizeof(bits));
    index_number(at, bits, 8);
}

index_key
index_hex(const char *digits, uint32_t batch)
{
    index_key key = { .batch = batch };
    hp_str bytes = maker_hex(digits);

    must(bytes.n <= HP_LISTED, "too many digits");
    memcpy(key.key, bytes.p, bytes.n);
    return key;
}

static size_t
slots(const index_made *made)
{
    return (size_t)1 << 8 * made->lead;
}

index_places
index_where(const index_made *made)
{
    index_places w = { .sources = HEADER };
    size_t i;

    w.batches = w.sources + made->n_sources * HP_SOURCE_ROW;
    w.slices = w.batches + made->n_batches * BATCH;
    w.directory = w.slices + made->n_slices * SLICE;
    w.entries = w.directory + (slots(made) + 1 + (made->lead == 3 ? HINTS : 0)) * 4;
    w.filters = w.entries + made->n_keys * (19 - made->lead);
    w.end = w.filters;
    for (i = 0; i < made->n_slices; i++)
        w.end += made->slices[i].filter.n;
    return w;
}

static void
put_header(uint8_t *p, const index_made *made, const index_places *w)
{
    memcpy(p, "HPREVOK\n", 8);
    index_number(p + 8, 1, 2);
    index_number(p + 10, 1, 2);
    index_number(p + 12, HEADER, 4);
    put_time(p + 16, made->made);
    index_number(p + 24, made->n_sources, 4);
    index_number(p + 28, HP_SOURCE_ROW, 4);
    index_number(p + 32, made->n_batches, 4);
    index_number(p + 36, BATCH, 4);
    index_number(p + 40, made->n_slices, 4);
    index_number(p + 44, SLICE, 4);
    index_number(p + 48, made->lead, 4);
    index_number(p + 52, made->kinds, 4);
    index_number(p + 56, made->n_keys, 8);
    index_number(p + 64, w->sources, 8);
    index_number(p + 72, w->batches, 8);
    index_number(p + 80, w->slices, 8);
    index_number(p + 88, w->directory, 8);
    index_number(p + 96, w->entries, 8);
    index_number(p + 104, w->filters, 8);
    index_number(p + 112, w->end - w->filters, 8);
}

static void
put_batch(uint8_t *p, const hp_batch *b)
{
    p[0] = (uint8_t)b->kind;
    index_number(p + 2, b->source, 2);
    memcpy(p + 4, b->country, strlen(b->country));
    memcpy(p + 8, b->kid, HP_KID);
    put_time(p + 16, b->expires);
    put_time(p + 24, b->before);
    memcpy(p + 32, b->id, strlen(b->id));
}

static void
put_slice(uint8_t *p, const hp_slice *s, size_t filter)
{
    p[0] = s->any_kid;
    p[1] = (uint8_t)s->kind;
    index_number(p + 2, s->kinds, 2);
    p[4] = (uint8_t)s->digits;
    p[5] = (uint8_t)s->rounds;
    p[6] = (uint8_t)s->width;
    p[7] = s->sure;
    memcpy(p + 8, s->kid, HP_KID);
    index_number(p + 16, s->prefix, 4);
    index_number(p + 20, s->batch, 4);
    index_number(p + 24, filter, 8);
    index_number(p + 32, s->filter.n, 4);
}

static size_t
slot_of(const index_made *made, const uint8_t *key)
{
    size_t slot = 0, i;

    for (i = 0; i < made->lead; i++)
        slot = slot * 256 + key[i];
    return slot;
}

/* The number of a slot is that of the keys in the slots before it. */
static void
put_directory(uint8_t *p, const index_made *made)
{
    size_t slot, nth = 0;

    for (slot = 0; slot <= slots(made); slot++) {
        while (nth < made->n_keys && slot_of(made, made->keys[nth].key) < slot)
            nth++;
        index_number(p + 4 * slot, nth, 4);
    }
    for (nth = 0; made->lead == 3 && nth < HINTS; nth++)
        memcpy(p + 4 * (slots(made) + 1 + nth), p + 4 * (nth << 10), 4);
}

static void
put_rows(uint8_t *p, const index_made *made, const index_places *w)
{
    size_t i, filter = 0, tail = HP_LISTED - made->lead;
    uint8_t *at = p + w->sources;

    for (i = 0; i < made->n_sources; i++)
        hp_source_row_write(&at, &made->sources[i]);
    for (i = 0; i < made->n_batches; i++)
        put_batch(p + w->batches + i * BATCH, &made->batches[i]);
    for (i = 0; i < made->n_slices; i++) {
        put_slice(p + w->slices + i * SLICE, &made->slices[i], filter);
        if (made->slices[i].filter.n > 0)
            memcpy(p + w->filters + filter, made->slices[i].filter.p, made->slices[i].filter.n);
        filter += made->slices[i].filter.n;
    }
    for (i = 0; i < made->n_keys; i++) {
        at = p + w->entries + i * (tail + 3);
        memcpy(at, made->keys[i].key + made->lead, tail);
        index_number(at + tail, made->keys[i].batch, 3);
    }
}

void
index_seal(hp_crypto *crypto, uint8_t *p, size_t n)
{
    hp_str rest = { p + HEADER, n - HEADER }, before = { p, SIGNED };

    if (n < HEADER)
        return;
    must(hp_sha256(crypto, &rest, 1, p + SIGNED - HP_SHA256), "no digest");
    must(hp_sha256(crypto, &before, 1, p + SIGNED), "no digest");
}

hp_bytes
index_bytes(hp_crypto *crypto, const index_made *made)
{
    index_places w = index_where(made);
    hp_bytes bytes = { calloc(1, w.end), w.end };

    must(bytes.p != NULL, "no memory");
    put_header(bytes.p, made, &w);
    put_rows(bytes.p, made, &w);
    put_directory(bytes.p + w.directory, made);
    index_seal(crypto, bytes.p, bytes.n);
    return bytes;
}

hp_index_answer
index_find(hp_crypto *crypto, const hp_index *index, const hp_query *query, double now,
           hp_batch *hit)
{
    uint32_t nth;
    hp_index_answer answer = hp_index_find(crypto, index, query, now, &nth);

    memset(hit, 0, sizeof(*hit));
    if (answer == HP_INDEX_LISTED || answer == HP_INDEX_MAYBE)
        (void)hp_index_batch(index, nth, hit);
    return answer;
}
