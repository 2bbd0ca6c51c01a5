/* What the files of the index's reader share; nobody else includes this. */
#ifndef HP_CHECK_INDEX_PARTS_H
#define HP_CHECK_INDEX_PARTS_H

#include "base/map.h"
#include "base/time.h"
#include "check/index_layout.h"
#include "check/row.h"

/* The header, in its order (index_layout.h). */
typedef struct {
    unsigned format, least;
    uint32_t size;
    double made;
    uint32_t sources, source_size, batches, batch_size, slices, slice_size;
    unsigned lead, kinds;
    uint64_t entries, sources_at, batches_at, slices_at, directory_at, entries_at, filters_at;
    uint64_t filters;
} index_header;

/*
 * What a look-up asks of a batch, kept beside the map: a read of the batch's row would be the
 * third one of a hit that waits for the one before, and half of its time (t/bench/revocation.c).
 * Eight bytes, so that a hundred thousand of them stay in the cache.
 */
typedef struct {
    uint32_t expires; /* whole seconds since 1970 UTC; INDEX_NO_END */
    uint16_t source;
    uint8_t kind;     /* HP_LISTED_KINDS_END: the row cannot be */
    bool rare;        /* has a before, or an end that expires cannot say: look into the row */
} index_terms;

#define INDEX_NO_END UINT32_MAX

/* Each part has exactly the bytes that its rows need: hp_index_open() saw to it. */
struct hp_index {
    hp_map map;
    char *path; /* for naming */
    index_header h;
    size_t entry_size;
    hp_source *rows;    /* h.sources of them */
    index_terms *terms; /* h.batches of them */
    hp_str sources, batches, slices, directory, entries, filters;
};

/* A cursor over the nth of a part's rows, which must be there. */
static inline hp_cur
index_row(hp_str part, uint64_t nth, size_t size)
{
    return hp_cur_of((hp_str){ hp_str_from(part, (size_t)nth * size).p, size });
}

/* The slots of the directory are those of its numbers that another one follows. */
static inline uint32_t
index_slots(const hp_index *index)
{
    return 1u << 8 * index->h.lead;
}

/* Where the entries of the slot begin; of slot index_slots(), where they end. */
static inline uint64_t
index_begin(const hp_index *index, uint32_t slot)
{
    hp_cur c = index_row(index->directory, slot, 4);

    return hp_row_number(&c, 4);
}

/* The entries of the slot: from *from on, before *to.  False when the directory cannot be. */
static inline bool
index_slot(const hp_index *index, uint32_t slot, uint64_t *from, uint64_t *to)
{
    *from = index_begin(index, slot);
    *to = index_begin(index, slot + 1);
    return *from <= *to && *to <= index->h.entries;
}

/* The nth hint of a directory that has them; nobody has compared it with the directory yet. */
static inline uint64_t
index_hint(const hp_index *index, uint32_t nth)
{
    hp_cur c = index_row(index->directory, index_slots(index) + 1 + (uint64_t)nth, 4);

    return hp_row_number(&c, 4);
}

static inline bool
index_has_hints(const hp_index *index)
{
    return index->h.lead == 3;
}

/* Bytes of a key that its entry holds. */
static inline size_t
index_tail(const hp_index *index)
{
    return HP_LISTED - index->h.lead;
}

/* The nth entry, which must be there. */
static inline const uint8_t *
index_entry(const hp_index *index, uint64_t nth)
{
    return hp_str_from(index->entries, (size_t)nth * index->entry_size).p;
}

/* The batch of that entry; nobody has compared it with the number of batches yet. */
static inline uint32_t
index_batch(const hp_index *index, const uint8_t *entry)
{
    hp_cur c = hp_cur_of((hp_str){ entry + index_tail(index), INDEX_NUMBER });

    return (uint32_t)hp_row_number(&c, INDEX_NUMBER);
}

/* The terms of that batch; NULL when there is none or it cannot be. */
static inline const index_terms *
index_terms_of(const hp_index *index, uint32_t batch)
{
    if (batch >= index->h.batches || index->terms[batch].kind == HP_LISTED_KINDS_END)
        return NULL;
    return &index->terms[batch];
}

/* The times of a batch's row, which can be. */
static inline void
index_times(const hp_index *index, uint32_t batch, double *expires, double *before)
{
    hp_cur c = index_row(index->batches, batch, index->h.batch_size);

    (void)hp_cur_take(&c, INDEX_BATCH_TIMES);
    *expires = hp_row_time(&c);
    *before = hp_row_time(&c);
}

/*
 * Does the batch speak at now of passes made at that time?  Whoever asks of none in particular
 * passes one that is made before all.
 */
static inline bool
index_speaks(const hp_index *index, uint32_t batch, double made, double now)
{
    const index_terms *terms = &index->terms[batch];
    double expires, before;

    if (!terms->rare)
        return terms->expires == INDEX_NO_END || now < terms->expires;
    index_times(index, batch, &expires, &before);
    return (expires >= HP_TIME_LAST || now < expires) &&
           (before >= HP_TIME_LAST || !(made >= before));
}

/* ---- a look-up on its way ----------------------------------------------------- */

typedef struct {
    hp_crypto *crypto;
    const hp_index *index;
    const hp_query *query;
    double now;
    hp_index_answer worst; /* so far */
    uint32_t *hit;
} index_search;

/*
 * Notes an answer, and the batch it is of.  A hit stays one whatever else is damaged; but beside
 * damage nobody knows whether there are only filters that may be wrong.
 */
static inline void
index_found(index_search *search, hp_index_answer answer, uint32_t batch)
{
    static const uint8_t weights[] = { [HP_INDEX_CLEAR] = 0, [HP_INDEX_MAYBE] = 1,
                                       [HP_INDEX_DAMAGED] = 2, [HP_INDEX_LISTED] = 3 };

    if (weights[answer] <= weights[search->worst])
        return;
    search->worst = answer;
    *search->hit = batch;
}

/* ---- slices ---------------------------------------------------------------------- */

/* What slices are sorted by. */
typedef struct {
    bool any_kid;
    uint8_t kid[HP_KID];
    unsigned digits, prefix;
} slice_place;

/* As memcmp(). */
int hp_slice_order(const slice_place *a, const slice_place *b);

/* The place of the nth slice, which must be there; the rest of its row is not looked at. */
slice_place hp_slice_place(const hp_index *index, uint32_t nth);

/* Looks for the key in the filters that it may be in. */
void hp_slices_search(index_search *search, const hp_query_key *key);

#endif
