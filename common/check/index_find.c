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
weigh(index_search *search, hp_listed_kind kind, uint32_t batch)
{
    const index_terms *terms = index_terms_of(search->index, batch);

    if (terms == NULL)
        index_found(search, HP_INDEX_DAMAGED, batch);
    else if (terms->kind == kind &&
             index_speaks(search->index, batch, search->query->made, search->now))
        index_found(search, HP_INDEX_LISTED, batch);
}

static uint32_t
slot_of(const hp_index *index, const uint8_t *key)
{
    uint32_t slot = 0;
    unsigned i;

    for (i = 0; i < index->h.lead; i++)
        slot = slot << 8 | key[i];
    return slot;
}

/*
 * Has the memory fetched that the key is going to need, of the directory and of the entries,
 * without waiting for either: a read somewhere in a large file costs most of a look-up, and two
 * of them at once hardly more than one.  What is guessed wrong costs nothing but that.
 */
static void
expect(const hp_index *index, const hp_query_key *key)
{
    uint32_t slot = slot_of(index, key->hash), hint = slot / INDEX_HINT;
    uint8_t part[3] = { (uint8_t)(slot >> 2), (uint8_t)(slot << 6 | key->hash[3] >> 2), 0 };
    uint64_t at;

    if (!index_has_hints(index))
        return;
    __builtin_prefetch(hp_str_from(index->directory, (size_t)slot * 4).p);
    at = guess(index_hint(index, hint), index_hint(index, hint + 1), part);
    if (at < index->h.entries)
        __builtin_prefetch(index_entry(index, at));
}

static void
search_entries(index_search *search, const hp_query_key *key)
{
    const hp_index *index = search->index;
    const uint8_t *tail = key->hash + index->h.lead;
    uint32_t slot = slot_of(index, key->hash);
    uint64_t at, end;

    if (!index_slot(index, slot, &at, &end)) {
        index_found(search, HP_INDEX_DAMAGED, 0);
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
              uint32_t *hit)
{
    index_search search = { crypto, index, query, now, HP_INDEX_CLEAR, hit };
    size_t i;

    for (i = 0; i < query->n; i++)
        expect(index, &query->keys[i]);
    for (i = 0; i < query->n && search.worst != HP_INDEX_LISTED; i++) {
        search_entries(&search, &query->keys[i]);
        if (index->h.slices > 0 && search.worst != HP_INDEX_LISTED)
            hp_slices_search(&search, &query->keys[i]);
    }
    return search.worst;
}
