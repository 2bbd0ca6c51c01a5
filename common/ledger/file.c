/* The ledger of one machine; see file.h. */
#include "ledger/file.h"

#include "ledger/file_open.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define NOWHERE UINT32_MAX
#define BLOCK   256 /* keys that are read at once: a page */

/* The rows of a use. */
typedef struct {
    hp_ledger_record records[HP_IDENTITIES];
    hp_use_row *rows[HP_IDENTITIES]; /* in records; NULL: there is none */
    uint32_t at[HP_IDENTITIES];      /* its number */
    uint32_t free;                   /* a row that is over, or NOWHERE */
} found;

/* ---- looking ------------------------------------------------------------------------------ */

/* Is the row with number i that of a pass whose key looks so?  Then *f has it. */
static bool
match(hp_ledger_open *l, const hp_use *use, const hp_ledger_key *key, uint32_t i, found *f)
{
    size_t k;

    for (k = 0; k < use->n; k++) {
        if (f->rows[k] != NULL || memcmp(&key->tag, use->pass[k], sizeof(key->tag)) != 0)
            continue;
        if (!hp_ledger_read(l, i, &f->records[k]))
            return false;
        if (memcmp(f->records[k].row.pass, use->pass[k], HP_ID) != 0)
            continue;
        f->rows[k] = &f->records[k].row;
        f->at[k] = i;
    }
    return true;
}

static bool
find(hp_ledger_open *l, const hp_use *use, found *f)
{
    hp_ledger_key keys[BLOCK];
    uint32_t first, i, n;

    memset(f->rows, 0, sizeof(f->rows));
    f->free = NOWHERE;
    for (first = 0; first < l->n; first += n) {
        n = BLOCK;
        if (!hp_ledger_keys(l, first, keys, &n))
            return false;
        for (i = 0; i < n; i++) {
            if (keys[i].end <= l->now && f->free == NOWHERE)
                f->free = first + i;
            if (!match(l, use, &keys[i], first + i, f))
                return false;
        }
    }
    return true;
}

/* ---- using --------------------------------------------------------------------------------- */

/* A row under the newest key; one that is over begins anew.  False: there is no room. */
static bool
make_room(hp_ledger_open *l, const hp_use *use, found *f)
{
    if (f->rows[0] != NULL && hp_use_row_end(f->rows[0], l->now) != 0)
        return true;
    if (f->rows[0] == NULL)
        f->at[0] = f->free != NOWHERE ? f->free : l->n;
    if (f->at[0] == HP_LEDGER_FILE_PASSES) {
        hp_error_set(l->error, "%s: has no room for another pass: %u are in it, as many as can be, "
                     "and the window of none is over", l->path, HP_LEDGER_FILE_PASSES);
        return false;
    }
    hp_ledger_begin(&f->records[0], use->pass[0], l->now);
    f->rows[0] = &f->records[0].row;
    return true;
}

/* The newest first: what went from an older row to it is then twice there, and not lost. */
static bool
write_back(hp_ledger_open *l, const hp_use *use, found *f)
{
    size_t k;

    for (k = 0; k < use->n; k++) {
        if (f->rows[k] != NULL && !hp_ledger_write(l, f->at[k], &f->records[k]))
            return false;
    }
    return true;
}

static bool
take(hp_ledger_open *l, const hp_use *use, const hp_use_terms *terms, hp_use_answer *answer)
{
    hp_use_answer given;
    found f;

    if (!find(l, use, &f))
        return false;
    if (!make_room(l, use, &f)) {
        answer->state = HP_USE_FULL;
        return false;
    }
    if (!hp_use_take(f.rows, use, terms, l->now, &given) || !write_back(l, use, &f))
        return false;
    *answer = given;
    return true;
}

bool
hp_ledger_file_take(const char *path, const hp_use *use, const hp_use_terms *terms,
                    hp_use_answer *answer, hp_error *error)
{
    hp_ledger_open l;
    bool good;

    *answer = (hp_use_answer){ HP_USE_AWAY, 0, false };
    if (!hp_ledger_lock(&l, path, HP_LEDGER_WRITE, error))
        return false;
    good = take(&l, use, terms, answer);
    hp_ledger_shut(&l);
    return good;
}

bool
hp_ledger_file_end(const char *path, const hp_use *use, bool commit, hp_error *error)
{
    hp_ledger_open l;
    found f;
    bool good;

    if (!hp_ledger_lock(&l, path, HP_LEDGER_WRITE, error))
        return false;
    good = find(&l, use, &f);
    if (good) {
        hp_use_end(f.rows, use, l.now, commit);
        good = write_back(&l, use, &f);
    }
    hp_ledger_shut(&l);
    return good;
}

bool
hp_ledger_file_ready(const char *path, hp_error *error)
{
    hp_ledger_open l;

    if (!hp_ledger_lock(&l, path, HP_LEDGER_WRITE, error))
        return false;
    hp_ledger_shut(&l);
    return true;
}

/* ---- looking without using ------------------------------------------------------------------- */

/* How many are in the row still, so many seconds after now? */
static unsigned
count_at(const hp_use_row *row, uint32_t then)
{
    unsigned placed;

    return hp_use_row_count(row, then, &placed);
}

/* One of them has to end first: it is the soonest that leaves fewer than limit. */
static uint32_t
wait_of(const hp_use_row *row, unsigned limit, uint32_t now)
{
    uint32_t soonest = UINT32_MAX;
    uint16_t i;

    if (count_at(row, now) < limit)
        return 0;
    for (i = 0; i < row->n; i++) {
        if (row->slots[i].end < soonest && count_at(row, row->slots[i].end) < limit)
            soonest = row->slots[i].end;
    }
    return soonest - now;
}

bool
hp_ledger_file_wait(const char *path, const uint8_t pass[HP_ID], unsigned limit,
                    uint32_t *seconds, hp_error *error)
{
    hp_use use = { .n = 1 };
    hp_ledger_open l;
    found f;
    bool good;

    *seconds = 0;
    memcpy(use.pass[0], pass, HP_ID);
    if (!hp_ledger_lock(&l, path, HP_LEDGER_WRITE, error))
        return false;
    good = find(&l, &use, &f) && make_room(&l, &use, &f);
    if (good)
        *seconds = wait_of(f.rows[0], limit, l.now);
    hp_ledger_shut(&l);
    return good;
}

/* False: the row is over. */
static bool
look_at(const hp_ledger_record *record, uint32_t now, hp_ledger_file_row *row)
{
    *row = (hp_ledger_file_row){ .since = now - hp_ledger_since(record) };
    memcpy(row->pass, record->row.pass, HP_ID);
    row->count = hp_use_row_count(&record->row, now, &row->placed);
    row->left = row->count > 0 ? hp_use_row_end(&record->row, now) - now : 0;
    return row->count > 0;
}

/* Room for one more than there are, so that none is no failure. */
static hp_ledger_file_row *
read_rows(hp_ledger_open *l, uint32_t *n)
{
    hp_ledger_file_row *rows = calloc(l->n + 1u, sizeof(*rows));
    hp_ledger_record record;
    uint32_t i;

    *n = 0;
    if (rows == NULL)
        hp_error_set(l->error, "%s: no memory", l->path);
    for (i = 0; rows != NULL && i < l->n; i++) {
        if (!hp_ledger_read(l, i, &record)) {
            free(rows);
            return NULL;
        }
        *n += look_at(&record, l->now, &rows[*n]);
    }
    return rows;
}

bool
hp_ledger_file_each(const char *path, hp_ledger_file_told *told, void *context, hp_error *error)
{
    hp_ledger_file_row *rows;
    hp_ledger_open l;
    uint32_t i, n;

    if (access(path, F_OK) != 0 && errno == ENOENT)
        return true;
    if (!hp_ledger_lock(&l, path, HP_LEDGER_LOOK, error))
        return false;
    rows = read_rows(&l, &n);
    hp_ledger_shut(&l);
    if (rows == NULL)
        return false;
    for (i = 0; i < n; i++) {
        if (!told(context, &rows[i]))
            break;
    }
    free(rows);
    return true;
}
