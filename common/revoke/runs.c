/*
 * Entries as they come, sorted in runs; see builder_parts.h.
 *
 * Keys are hashes, so their first bytes part them evenly: each run is sorted in place by one byte
 * after the other (McIlroy, Bostic, McIlroy: Engineering Radix Sort, 1993, the "American flag").
 * qsort() would take as much memory again.
 */
#include "revoke/builder_parts.h"

#include <errno.h>
#include <stdlib.h>

#define FEW 24 /* records that are sorted by comparing */

/* ---- sorting ----------------------------------------------------------------------------- */

static void
sort_few(builder_record *r, size_t n)
{
    size_t i, j;

    for (i = 1; i < n; i++) {
        builder_record moved = r[i];

        for (j = i; j > 0 && memcmp(&r[j - 1], &moved, sizeof(moved)) > 0; j--)
            r[j] = r[j - 1];
        r[j] = moved;
    }
}

/* Where the records of each byte begin and end. */
static void
part(const builder_record *r, size_t n, unsigned at, size_t next[256], size_t end[256])
{
    size_t i, sum = 0;

    memset(end, 0, 256 * sizeof(*end));
    for (i = 0; i < n; i++)
        end[r[i].bytes[at]]++;
    for (i = 0; i < 256; i++) {
        next[i] = sum;
        sum += end[i];
        end[i] = sum;
    }
}

/* Each record that is in a wrong part changes places with one of the part that it belongs to. */
static void
deal_out(builder_record *r, unsigned at, size_t next[256], const size_t end[256])
{
    builder_record held;
    unsigned i, to;

    for (i = 0; i < 256; i++) {
        while (next[i] < end[i]) {
            to = r[next[i]].bytes[at];
            if (to != i) {
                held = r[next[to]];
                r[next[to]] = r[next[i]];
                r[next[i]] = held;
            }
            next[to]++;
        }
    }
}

/* Those n records have their first bytes in common.  It goes no deeper than a record is long. */
static void
sort(builder_record *r, size_t n, unsigned at)
{
    size_t next[256], end[256], i, from = 0;

    if (at == BUILDER_RECORD)
        return;
    if (n <= FEW) {
        sort_few(r, n);
        return;
    }
    part(r, n, at, next, end);
    deal_out(r, at, next, end);
    for (i = 0; i < 256; from = end[i++])
        sort(r + from, end[i] - from, at + 1);
}

/* ---- runs -------------------------------------------------------------------------------- */

static bool
note_run(hp_builder *b)
{
    size_t room = b->room_runs == 0 ? 16 : 2 * b->room_runs;
    builder_run *more;

    if (b->n_runs == b->room_runs) {
        more = reallocarray(b->runs, room, sizeof(*more));
        if (more == NULL)
            return false;
        b->runs = more;
        b->room_runs = room;
    }
    b->runs[b->n_runs++] = (builder_run){ b->added * sizeof(*b->records), b->n_records };
    return true;
}

static bool
write_run(hp_builder *b)
{
    if (b->runs_fd < 0)
        b->runs_fd = builder_temp(b);
    if (b->runs_fd < 0)
        return false;
    sort(b->records, b->n_records, 0);
    if (!builder_write_at(b->runs_fd, b->records, b->n_records * sizeof(*b->records),
                          b->added * sizeof(*b->records)) || !note_run(b))
        return false;
    b->added += b->n_records;
    b->n_records = 0;
    return true;
}

static bool
end_run(hp_builder *b, hp_error *error)
{
    if (b->n_records == 0 || write_run(b))
        return true;
    b->failed = true;
    return builder_fail(b, "entries cannot be put by", error);
}

bool
builder_add(hp_builder *b, uint32_t batch, uint8_t what, const uint8_t *key, hp_error *error)
{
    uint8_t *to;

    if (b->n_records == b->room_records && !end_run(b, error))
        return false;
    to = b->records[b->n_records++].bytes;
    memcpy(to, key, HP_LISTED);
    to[HP_LISTED] = what;
    to[HP_LISTED + 1] = (uint8_t)(batch >> 16);
    to[HP_LISTED + 2] = (uint8_t)(batch >> 8);
    to[HP_LISTED + 3] = (uint8_t)batch;
    return true;
}

bool
builder_end_runs(hp_builder *b, hp_error *error)
{
    bool good = end_run(b, error);

    free(b->records);
    b->records = NULL;
    b->room_records = 0;
    return good;
}
