/* How many have shown this pass?  See use.h. */
#include "ledger/use.h"

#include <string.h>

/* Slots in use that are over go; the others keep their order. */
static void
sweep(hp_use_row *row, uint32_t now)
{
    uint16_t i, n = 0;

    for (i = 0; i < row->n; i++) {
        if (row->slots[i].end > now)
            row->slots[n++] = row->slots[i];
    }
    row->n = n;
}

/* Those with a place stand before the others. */
static unsigned
places(const hp_use_row *row)
{
    unsigned n = 0;

    while (n < row->n && row->slots[n].counted)
        n++;
    return n;
}

static void
take_out(hp_use_row *row, const hp_use_slot *slot)
{
    size_t at = (size_t)(slot - row->slots);

    memmove(&row->slots[at], &row->slots[at + 1], (row->n - at - 1) * sizeof(*slot));
    row->n--;
}

/* Behind the last one with a place, or behind all.  There must be room. */
static hp_use_slot *
put_in(hp_use_row *row, const uint8_t by[HP_BY], bool counted)
{
    unsigned at = counted ? places(row) : row->n;
    hp_use_slot *slot = &row->slots[at];

    memmove(slot + 1, slot, (row->n - at) * sizeof(*slot));
    memset(slot, 0, sizeof(*slot));
    memcpy(slot->by, by, HP_BY);
    slot->counted = counted;
    row->n++;
    return slot;
}

/* ---- all rows of a pass ------------------------------------------------------------ */

/* Where the use's own slot stands, and how many there are beside it. */
typedef struct {
    hp_use_row *row;
    hp_use_slot *slot; /* NULL: there is none */
    unsigned before;   /* with a place that was given before its own */
    unsigned places, count;
} found;

/* Under older keys stands what came before. */
static found
look(hp_use_row *const rows[], const hp_use *use, uint32_t now)
{
    found f = { NULL, NULL, 0, 0, 0 };
    size_t i;
    uint16_t k;

    for (i = use->n; i-- > 0;) {
        if (rows[i] == NULL)
            continue;
        sweep(rows[i], now);
        for (k = 0; f.slot == NULL && k < rows[i]->n; k++) {
            if (memcmp(rows[i]->slots[k].by, use->by[i], HP_BY) != 0)
                continue;
            f.row = rows[i];
            f.slot = &rows[i]->slots[k];
            f.before = f.places + k;
        }
        f.places += places(rows[i]);
        f.count += rows[i]->n;
    }
    return f;
}

/* A slot for one who has none, or has no place yet.  NULL: there is no room for him at all. */
static hp_use_slot *
place(hp_use_row *row, const hp_use *use, found *f, bool counted)
{
    if (f->slot != NULL && !counted)
        return f->slot;
    if (f->slot != NULL) {
        take_out(f->row, f->slot);
        f->count--;
    } else if (row->n == HP_USE_SLOTS && places(row) < row->n) {
        take_out(row, &row->slots[places(row)]); /* the oldest one that was refused */
        f->count--;
    }
    if (row->n == row->room)
        return NULL;
    f->count++;
    return put_in(row, use->by[0], counted);
}

/* One warning a window, for all keys of the ring. */
static bool
is_news(hp_use_row *const rows[], const hp_use *use, const hp_use_terms *terms, uint32_t now)
{
    size_t i;

    for (i = 0; i < use->n; i++) {
        if (rows[i] != NULL && now < rows[i]->told)
            return false;
    }
    rows[0]->told = now + terms->window;
    return true;
}

/* Whoever is refused here is seen, and no more: he may have his place from where more may come. */
static void
hold(hp_use_slot *slot, const hp_use_terms *terms, uint32_t now, bool refused)
{
    if (slot->end < now + terms->window)
        slot->end = now + terms->window;
    if (refused)
        return;
    if (!terms->reserve)
        slot->settled = 1;
    else if (slot->pending < UINT16_MAX)
        slot->pending++;
}

/* He who has no place yet may get one in the newest row, wherever he stands. */
static bool
needs_room(const hp_use_row *newest, const found *f)
{
    return newest->n == newest->room && newest->room < HP_USE_SLOTS &&
           (f->slot == NULL || (!f->slot->counted && f->row != newest));
}

bool
hp_use_take(hp_use_row *const rows[], const hp_use *use, const hp_use_terms *terms, uint32_t now,
            hp_use_answer *answer)
{
    found f = look(rows, use, now);
    bool has_place = f.slot != NULL && f.slot->counted;
    bool over = has_place ? f.before >= terms->limit : f.places >= terms->limit;
    bool refused = over && terms->refuse;

    if (needs_room(rows[0], &f))
        return false;
    if (!has_place)
        f.slot = place(rows[0], use, &f, !refused);
    if (f.slot != NULL)
        hold(f.slot, terms, now, refused);
    answer->state = over ? HP_USE_OVER : HP_USE_OK;
    answer->count = f.count < HP_USE_SLOTS ? f.count : HP_USE_SLOTS;
    answer->first = over && is_news(rows, use, terms, now);
    return true;
}

void
hp_use_end(hp_use_row *const rows[], const hp_use *use, uint32_t now, bool commit)
{
    found f = look(rows, use, now);

    if (f.slot == NULL || !f.slot->counted)
        return;
    if (f.slot->pending > 0)
        f.slot->pending--;
    if (commit)
        f.slot->settled = 1;
    else if (!f.slot->settled && f.slot->pending == 0)
        take_out(f.row, f.slot);
}

/* ---- for stores ----------------------------------------------------------------------- */

uint16_t
hp_use_more_room(uint16_t room)
{
    unsigned more = room < HP_USE_ROOM ? HP_USE_ROOM : 2u * room + 2u;

    return (uint16_t)(more < HP_USE_SLOTS ? more : HP_USE_SLOTS);
}

uint32_t
hp_use_row_end(const hp_use_row *row, uint32_t now)
{
    uint32_t end = 0;
    uint16_t i;

    for (i = 0; i < row->n; i++) {
        if (row->slots[i].end > now && row->slots[i].end > end)
            end = row->slots[i].end;
    }
    return end;
}

unsigned
hp_use_row_count(const hp_use_row *row, uint32_t now, unsigned *placed)
{
    unsigned n = 0;
    uint16_t i;

    *placed = 0;
    for (i = 0; i < row->n; i++) {
        if (row->slots[i].end <= now)
            continue;
        n++;
        *placed += row->slots[i].counted;
    }
    return n;
}
