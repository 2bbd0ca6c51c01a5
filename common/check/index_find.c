/*
 * Is one of a pass's keys listed?  See index.h.
 *
 * The directory says where the entries lie that begin as the key does; among them it is looked
 * for by halving.  Each number that is read is compared with what it counts before it is used.
 */
#include "check/index.h"

#include "check/index_parts.h"

static bool
stands_before(const hp_index *index, uint64_t nth, const uint8_t *tail)
{
    return memcmp(index_entry(index, nth), tail, index_tail(index)) < 0;
}

/* Where the key would stand among those from low on, before high, if they were spread evenly. */
static uint64_t
guess(uint64_t low, uint64_t high, const uint8_t *tail)
{
    uint64_t part = (uint64_t)tail[0] << 16 | (uint64_t)tail[1] << 8 | tail[2];

    return low + ((high - low) * part >> 24);
}

/*
 * The first entry of those from low on, before high, whose key does not stand before tail.  Keys
 * are hashes, so that it is near the guess, most often in the memory that is touched already;
 * the distance is doubled until it lies between, and then halved.
 */
static uint64_t
first_at(const hp_index *index, uint64_t low, uint64_t high, const uint8_t *tail)
{
    uint64_t at = guess(low, high, tail), step = 1;

    if (low < high && stands_before(index, at, tail)) {
        for (low = at + 1; step < high - low && stands_before(index, low + step, tail); step *= 2)
            low += step + 1;
        high = step < high - low ? low + step : high;
    } else {
        for (high = at; step < high - low && !stands_before(index, high - step, tail); step *= 2)
            high -= step;
        low = step < high - low ? high - step + 1 : low;
    }
    while (low < high) {
        at = low + (high - low) / 2;
        if (stands_before(index, at, tail))
            low = at + 1;
        else
            high = at;
    }
    return low;
}

/* One entry with the key: does its batch speak of keys of this kind, now, and of such a pass? */
static void
weigh(index_search *search, hp_listed_kind kind, uint32_t nth)
{
    hp_batch batch;

    if (!hp_index_batch(search->index, nth, &batch))
        index_found(search, HP_INDEX_DAMAGED, NULL);
    else if (batch.kind == kind && !index_ended(&batch, search->now) &&
             (batch.before >= HP_TIME_LAST || !(search->query->made >= batch.before)))
        index_found(search, HP_INDEX_LISTED, &batch);
}

static void
search_entries(index_search *search, const hp_query_key *key)
{
    const hp_index *index = search->index;
    const uint8_t *tail = key->hash + index->h.lead;
    uint32_t slot = 0;
    uint64_t at, end;
    unsigned i;

    for (i = 0; i < index->h.lead; i++)
        slot = slot << 8 | key->hash[i];
    if (!index_slot(index, slot, &at, &end)) {
        index_found(search, HP_INDEX_DAMAGED, NULL);
        return;
    }
    for (at = first_at(index, at, end, tail); at < end; at++) {
        if (memcmp(index_entry(index, at), tail, index_tail(index)) != 0)
            return;
        weigh(search, key->kind, index_batch(index, index_entry(index, at)));
    }
}

hp_index_answer
hp_index_find(hp_crypto *crypto, const hp_index *index, const hp_query *query, double now,
              hp_batch *hit)
{
    index_search search = { crypto, index, query, now, HP_INDEX_CLEAR, hit };
    size_t i;

    for (i = 0; i < query->n && search.worst != HP_INDEX_LISTED; i++) {
        search_entries(&search, &query->keys[i]);
        if (index->h.slices > 0 && search.worst != HP_INDEX_LISTED)
            hp_slices_search(&search, &query->keys[i]);
    }
    return search.worst;
}
