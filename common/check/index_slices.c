/* The filters of a revocation index: their rows, and which of them a key may be in. */
#include "check/index_parts.h"
#include "check/slice.h"

/* ---- rows ----------------------------------------------------------------------- */

int
hp_slice_order(const slice_place *a, const slice_place *b)
{
    int order = a->any_kid - b->any_kid;

    if (order == 0)
        order = memcmp(a->kid, b->kid, HP_KID);
    if (order == 0)
        order = (a->digits > b->digits) - (a->digits < b->digits);
    return order != 0 ? order : (a->prefix > b->prefix) - (a->prefix < b->prefix);
}

slice_place
hp_slice_place(const hp_index *index, uint32_t nth)
{
    hp_cur c = index_row(index->slices, nth, index->h.slice_size);
    slice_place place;

    place.any_kid = hp_row_number(&c, 1) != 0;
    (void)hp_cur_take(&c, 3);
    place.digits = (unsigned)hp_row_number(&c, 1);
    (void)hp_cur_take(&c, 3);
    hp_row_bytes(&c, place.kid, HP_KID);
    place.prefix = (unsigned)hp_row_number(&c, 4);
    return place;
}

static bool
place_holds(const hp_slice *slice)
{
    static const uint8_t none[HP_KID];

    return (!slice->any_kid || memcmp(slice->kid, none, HP_KID) == 0) &&
           slice->digits <= INDEX_DIGITS_MAX && slice->prefix < 1u << 4 * slice->digits;
}

/* What is counted as a truth is 0 or 1. */
static bool
truth(hp_cur *c)
{
    uint64_t value = hp_row_number(c, 1);

    if (value > 1)
        c->bad = true;
    return value == 1;
}

static void
get_filter(hp_cur *c, hp_str filters, hp_str *filter)
{
    uint64_t at = hp_row_number(c, 8), n = hp_row_number(c, 4);

    if (at > filters.n || n > filters.n - at) {
        c->bad = true;
        return;
    }
    *filter = (hp_str){ filters.p + at, (size_t)n };
}

bool
hp_index_slice(const hp_index *index, uint32_t nth, hp_slice *slice)
{
    hp_cur c;

    if (nth >= index->h.slices)
        return false;
    c = index_row(index->slices, nth, index->h.slice_size);
    slice->any_kid = truth(&c);
    slice->kind = truth(&c) ? HP_SLICE_PREFIX : HP_SLICE_BLOOM;
    slice->kinds = (unsigned)hp_row_number(&c, 2);
    slice->digits = (unsigned)hp_row_number(&c, 1);
    slice->rounds = (unsigned)hp_row_number(&c, 1);
    slice->width = (unsigned)hp_row_number(&c, 1);
    slice->sure = truth(&c);
    hp_row_bytes(&c, slice->kid, HP_KID);
    slice->prefix = (unsigned)hp_row_number(&c, 4);
    slice->batch = (uint32_t)hp_row_number(&c, 4);
    get_filter(&c, index->filters, &slice->filter);
    return hp_row_number(&c, 4) == 0 && !c.bad && slice->kinds != 0 &&
           (slice->kinds & ~index->h.kinds) == 0 && slice->batch < index->h.batches &&
           place_holds(slice) && hp_slice_holds(slice);
}

/* ---- looking up ------------------------------------------------------------------- */

/* The first slice that does not stand before the place. */
static uint32_t
first_at(const hp_index *index, const slice_place *place)
{
    uint32_t low = 0, high = index->h.slices, middle;
    slice_place there;

    while (low < high) {
        middle = low + (high - low) / 2;
        there = hp_slice_place(index, middle);
        if (hp_slice_order(&there, place) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* What one slice says of the key.  Once there is a doubt, more doubts are not looked for. */
static void
ask(index_search *search, const hp_query_key *key, uint32_t nth)
{
    hp_slice slice;
    bool has;

    if (!hp_index_slice(search->index, nth, &slice) ||
        index_terms_of(search->index, slice.batch) == NULL)
        index_found(search, HP_INDEX_DAMAGED, 0);
    else if ((slice.kinds & HP_LISTED_BIT(key->kind)) == 0 ||
             !index_speaks(search->index, slice.batch, -HP_TIME_LAST, search->now) ||
             (search->worst == HP_INDEX_MAYBE && !slice.sure))
        return;
    else if (!hp_slice_has(search->crypto, &slice, key->hash, &has))
        index_found(search, HP_INDEX_DAMAGED, slice.batch);
    else if (has)
        index_found(search, slice.sure ? HP_INDEX_LISTED : HP_INDEX_MAYBE, slice.batch);
}

static void
ask_all_at(index_search *search, const hp_query_key *key, const slice_place *place)
{
    const hp_index *index = search->index;
    slice_place there;
    uint32_t nth;

    for (nth = first_at(index, place); nth < index->h.slices; nth++) {
        there = hp_slice_place(index, nth);
        if (hp_slice_order(&there, place) != 0)
            return;
        ask(search, key, nth);
    }
}

/* Slices of one signer, or of all: a key may be in one for each number of digits. */
static void
ask_all_of(index_search *search, const hp_query_key *key, slice_place place)
{
    unsigned first = (unsigned)key->hash[0] << 4 | key->hash[1] >> 4; /* three digits */

    for (place.digits = 0; place.digits <= INDEX_DIGITS_MAX; place.digits++) {
        place.prefix = first >> 4 * (INDEX_DIGITS_MAX - place.digits);
        ask_all_at(search, key, &place);
    }
}

void
hp_slices_search(index_search *search, const hp_query_key *key)
{
    hp_str kid = search->query->kid;
    slice_place place = { .any_kid = true };

    ask_all_of(search, key, place);
    if (kid.n != HP_KID)
        return;
    place.any_kid = false;
    memcpy(place.kid, kid.p, HP_KID);
    ask_all_of(search, key, place);
}
