/* The entries of a revocation index, one after the other; see index.h. */
#include "check/index.h"

#include "check/index_parts.h"

/* The key and the batch of the nth entry, which is one of the slot's. */
static void
tell(const hp_index *index, uint32_t slot, uint64_t nth, uint8_t key[HP_LISTED], uint32_t *batch)
{
    const uint8_t *entry = index_entry(index, nth);
    unsigned i;

    for (i = index->h.lead; i > 0; i--, slot >>= 8)
        key[i - 1] = (uint8_t)slot;
    memcpy(key + index->h.lead, entry, index_tail(index));
    *batch = index_batch(index, entry);
}

/* Does the slot hold the nth entry? */
static bool
holds(const hp_index *index, uint32_t slot, uint64_t nth)
{
    uint64_t from, to;

    return index_slot(index, slot, &from, &to) && from <= nth && nth < to;
}

/* The last slot that begins at or before the nth entry; slots are in order, or it is wrong. */
static uint32_t
slot_of(const hp_index *index, uint64_t nth)
{
    uint32_t low = 0, high = index_slots(index), middle;

    while (high - low > 1) {
        middle = low + (high - low) / 2;
        if (index_begin(index, middle) <= nth)
            low = middle;
        else
            high = middle;
    }
    return low;
}

bool
hp_index_entry(const hp_index *index, uint64_t nth, uint8_t key[HP_LISTED], uint32_t *batch)
{
    uint32_t slot;

    if (nth >= index->h.entries)
        return false;
    slot = slot_of(index, nth);
    if (!holds(index, slot, nth))
        return false;
    tell(index, slot, nth, key, batch);
    return true;
}

bool
hp_index_next(hp_index_walk *walk, uint8_t key[HP_LISTED], uint32_t *batch)
{
    const hp_index *index = walk->index;

    if (walk->nth >= index->h.entries)
        return false;
    while (walk->slot < index_slots(index) && index_begin(index, walk->slot + 1) <= walk->nth)
        walk->slot++;
    if (walk->slot == index_slots(index) || !holds(index, walk->slot, walk->nth))
        return false;
    tell(index, walk->slot, walk->nth++, key, batch);
    return true;
}
