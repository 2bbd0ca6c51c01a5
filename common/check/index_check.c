/* Reads all of a revocation index; see index.h. */
#include "check/index.h"

#include "check/index_parts.h"

static bool
refuse(const hp_index *index, const char *what, uint64_t nth, hp_error *error)
{
    hp_error_set(error, "%s: %s %ju cannot be, expected it as healthpassctl revoke build wrote it",
                 index->path, what, (uintmax_t)nth);
    return false;
}

static bool
digest_holds(hp_crypto *crypto, const hp_index *index)
{
    hp_str rest = { index->map.p + INDEX_HEADER, index->map.n - INDEX_HEADER };
    uint8_t digest[HP_SHA256];

    return hp_sha256(crypto, &rest, 1, digest) &&
           memcmp(digest, index->map.p + INDEX_SIGNED - HP_SHA256, HP_SHA256) == 0;
}

static bool
batches_hold(const hp_index *index, hp_error *error)
{
    hp_batch batch;
    uint32_t i;

    for (i = 0; i < index->h.batches; i++) {
        if (!hp_index_batch(index, i, &batch) ||
            (index->h.kinds & HP_LISTED_BIT(batch.kind)) == 0)
            return refuse(index, "batch", i, error);
    }
    return true;
}

static bool
slices_hold(const hp_index *index, hp_error *error)
{
    slice_place before = { .any_kid = false }, place;
    hp_slice slice;
    uint32_t i;

    for (i = 0; i < index->h.slices; i++, before = place) {
        place = hp_slice_place(index, i);
        if (!hp_index_slice(index, i, &slice) || (i > 0 && hp_slice_order(&before, &place) > 0))
            return refuse(index, "filter", i, error);
    }
    return true;
}

/* Its numbers never fall.  That they leave no entry out is seen when entries are walked. */
static bool
directory_holds(const hp_index *index, hp_error *error)
{
    uint64_t from, to;
    uint32_t i;

    for (i = 0; i < index_slots(index); i++) {
        if (!index_slot(index, i, &from, &to))
            return refuse(index, "slot", i, error);
    }
    for (i = 0; index_has_hints(index) && i < INDEX_HINTS; i++) {
        if (index_hint(index, i) != index_begin(index, i * INDEX_HINT))
            return refuse(index, "hint", i, error);
    }
    return true;
}

/* By key, then by batch; none twice. */
static bool
entries_hold(const hp_index *index, hp_error *error)
{
    hp_index_walk walk = { .index = index };
    uint8_t key[HP_LISTED], before[HP_LISTED];
    uint32_t batch, batch_before = 0;
    uint64_t i;
    int order;

    for (i = 0; i < index->h.entries; i++) {
        if (!hp_index_next(&walk, key, &batch) || batch >= index->h.batches)
            return refuse(index, "entry", i, error);
        order = i == 0 ? -1 : memcmp(before, key, sizeof(key));
        if (order > 0 || (order == 0 && batch <= batch_before))
            return refuse(index, "entry", i, error);
        memcpy(before, key, sizeof(before));
        batch_before = batch;
    }
    return true;
}

bool
hp_index_check(hp_crypto *crypto, const hp_index *index, hp_error *error)
{
    if (!digest_holds(crypto, index)) {
        hp_error_set(error, "%s: is damaged: it is not what its digest says", index->path);
        return false;
    }
    return batches_hold(index, error) && slices_hold(index, error) &&
           directory_holds(index, error) && entries_hold(index, error);
}
