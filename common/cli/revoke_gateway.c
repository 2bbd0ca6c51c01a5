/*
 * Fetches from the EU gateway (revocation, 2):
 *
 *     GET /revocation-list            If-Modified-Since: a date-time, as the gateway writes it.
 *                                     200 {"more", "batches": [{batchId, date, deleted, ...}]},
 *                                     by date; 204: nothing since then
 *     GET /revocation-list/BATCHID    CMS; 404, 410: it was deleted
 *
 * The stage gets the answers as 000001.json and so on, and each batch that the index has not
 * under its id.  A batch that was deleted since it was listed is in a later answer as deleted, so
 * the list is asked again for what came after.  The cursor is the last date that was answered.
 */
#include "cli/revoke_fetch.h"

#include "base/time.h"
#include "codec/json.h"

#include <math.h>
#include <stdlib.h>

#define FIRST     "2021-06-01T00:00:00Z"
#define PAGES_MAX 10000
#define ROWS_MAX  (1u << 20)
#define WINDOW    (7 * 86400.0) /* how long the list tells of what was deleted */
#define TRIES     3             /* to ask again when a listed batch is not there */

static const char empty_page[] = "{\"more\":false,\"batches\":[]}\n";

/* A batch as the list has it. */
typedef struct {
    char id[HP_BATCH_ID];
    unsigned nth; /* in the order of the answers: the last word on a batch counts */
    bool deleted;
    bool there; /* the index has it */
} row;

typedef struct {
    hp_revoke_fetch *f;
    row *rows;
    size_t n, room;
    size_t fetched; /* batches that the index has not */
    unsigned pages;
    hp_error *error;
} gateway;

static bool
refuse(const gateway *g, const char *what)
{
    return hp_revoke_blame(g->f, what, g->error);
}

/* ---- the list ----------------------------------------------------------------------------- */

/* A batchId becomes a part of a URL and the name of a file: a UUID has nothing else in it. */
static bool
read_id(hp_str text, char id[HP_BATCH_ID])
{
    if (text.n == 0 || text.n >= HP_BATCH_ID)
        return false;
    memcpy(id, text.p, text.n);
    id[text.n] = '\0';
    return strspn(id, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-") == text.n;
}

static row *
new_row(gateway *g)
{
    row *rows;

    if (g->n == g->room) {
        rows = reallocarray(g->rows, g->room * 2 + 1024, sizeof(*rows));
        if (rows == NULL) {
            (void)hp_revoke_no_room(g->f, g->error);
            return NULL;
        }
        g->rows = rows;
        g->room = g->room * 2 + 1024;
    }
    g->rows[g->n] = (row){ .nth = (unsigned)g->n };
    return &g->rows[g->n++];
}

/* The date is kept as it was written: what we would make of it might be a moment earlier. */
static bool
read_row(gateway *g, const hp_json *json, double *date)
{
    hp_str text = hp_json_text(hp_json_get(json, "date"));
    double before = *date;
    row *r;

    if (g->n == ROWS_MAX)
        return refuse(g, "lists more batches than there can be");
    r = new_row(g);
    if (r == NULL)
        return false;
    r->deleted = hp_json_true(hp_json_get(json, "deleted"));
    if (!read_id(hp_json_text(hp_json_get(json, "batchId")), r->id) || text.n == 0 ||
        text.n >= HP_STATE_CURSOR || !hp_time_read(text, true, date))
        return refuse(g, "lists a batch without a batchId or a date that can be read");
    if (*date < before)
        return refuse(g, "lists batches out of order, so that what comes after the last of them "
                         "may not be all");
    memcpy(g->f->cursor, text.p, text.n);
    g->f->cursor[text.n] = '\0';
    return true;
}

static bool
read_rows(gateway *g, hp_str page, bool *more)
{
    hp_json *json = hp_json_load_list(page, page.n, NULL);
    const hp_json *batches = hp_json_get(json, "batches");
    char asked[HP_STATE_CURSOR];
    double date = 0;
    size_t i, n = hp_json_count(batches);
    bool good = batches != NULL || refuse(g, "expected {\"more\": ..., \"batches\": [...]}");

    *more = hp_json_true(hp_json_get(json, "more"));
    memcpy(asked, g->f->cursor, sizeof(asked));
    (void)hp_time_read(hp_str_of(asked), true, &date);
    date = floor(date); /* a gateway may compare whole seconds */
    for (i = 0; good && i < n; i++)
        good = read_row(g, hp_json_at(batches, i), &date);
    hp_json_free(json);
    if (good && *more && strcmp(asked, g->f->cursor) == 0)
        good = refuse(g, "has more batches, but does not tell which: its answers do not move on");
    return good;
}

static bool
put_page(gateway *g, hp_str page)
{
    char name[32];

    if (g->pages == PAGES_MAX)
        return refuse(g, "gives more answers than there can be");
    (void)snprintf(name, sizeof(name), "%06u.json", ++g->pages);
    return hp_revoke_stage(g->f, name, page, g->error);
}

static bool
ask_page(gateway *g, bool *more)
{
    hp_fetch_ask ask = hp_revoke_ask(g->f);
    hp_fetched got;
    hp_str page;
    bool good;

    ask.modified = g->f->cursor;
    ask.answers = HP_FETCH_EMPTY;
    if (!hp_revoke_get(g->f, &ask, "/revocation-list", &got, g->error))
        return false;
    *more = false;
    page = (hp_str){ got.bytes.p, got.bytes.n };
    if (got.same || got.answer == HP_FETCH_EMPTY)
        page = HP_STR(empty_page);
    good = read_rows(g, page, more) && put_page(g, page);
    hp_bytes_free(&got.bytes);
    return good;
}

static int
by_id(const void *a, const void *b)
{
    const row *x = a, *y = b;
    int order = strcmp(x->id, y->id);

    return order != 0 ? order : (x->nth > y->nth) - (x->nth < y->nth);
}

/* Sorted by id, of each its last word. */
static void
settle(gateway *g)
{
    size_t i, n = 0;

    if (g->n > 0)
        qsort(g->rows, g->n, sizeof(*g->rows), by_id);
    for (i = 0; i < g->n; i++) {
        if (n > 0 && strcmp(g->rows[n - 1].id, g->rows[i].id) == 0)
            n--;
        g->rows[n++] = g->rows[i];
    }
    g->n = n;
    for (i = 0; i < n; i++)
        g->rows[i].nth = (unsigned)i; /* what is listed later comes after these */
}

static int
id_order(const void *id, const void *r)
{
    return strcmp(id, ((const row *)r)->id);
}

/* Which of the batches does the index have, by the terms of now?  Others are read anew. */
static void
mark_known(gateway *g)
{
    const hp_index *index = g->f->index;
    uint32_t i, n = index != NULL ? hp_index_batches(index) : 0;
    unsigned source;
    hp_batch batch;
    row *r;

    if (g->n == 0 || g->f->known == NULL ||
        hp_revoke_source(index, g->f->feed->name, &source) == NULL)
        return;
    for (i = 0; i < n; i++) {
        if (!hp_index_batch(index, i, &batch) || batch.source != source)
            continue;
        r = bsearch(batch.id, g->rows, g->n, sizeof(*g->rows), id_order);
        if (r != NULL)
            r->there = true;
    }
}

/* All that came since the cursor, which moves on. */
static bool
read_list(gateway *g)
{
    bool more = true;

    while (more) {
        if (!ask_page(g, &more))
            return false;
    }
    settle(g);
    mark_known(g);
    return true;
}

/* ---- batches ------------------------------------------------------------------------------ */

/* What a killed run has fetched already: a batch never changes under its id. */
static bool
is_staged(const gateway *g, const row *r)
{
    hp_bytes bytes;
    bool good = hp_stage_get(g->f->stage, r->id, (size_t)g->f->feed->max_size, &bytes);

    if (!good)
        return false;
    good = bytes.n > 0;
    hp_bytes_free(&bytes);
    return good;
}

static bool
get_batch(gateway *g, const row *r, bool *gone)
{
    hp_fetch_ask ask = hp_revoke_ask(g->f);
    char path[sizeof("/revocation-list/") + HP_BATCH_ID];
    hp_fetched got;
    bool good;

    if (is_staged(g, r))
        return hp_revoke_use(g->f, r->id, g->error);
    (void)snprintf(path, sizeof(path), "/revocation-list/%s", r->id);
    ask.answers = HP_FETCH_MISSING | HP_FETCH_GONE;
    if (!hp_revoke_get(g->f, &ask, path, &got, g->error))
        return false;
    *gone = got.answer != 0;
    good = *gone || hp_revoke_stage(g->f, r->id, (hp_str){ got.bytes.p, got.bytes.n }, g->error);
    hp_bytes_free(&got.bytes);
    return good;
}

/* *gone: some batch is not there any more. */
static bool
get_batches(gateway *g, bool *gone)
{
    size_t i;

    for (i = 0; i < g->n && !*gone; i++) {
        row *r = &g->rows[i];

        if (r->deleted || r->there)
            continue;
        if (!get_batch(g, r, gone))
            return false;
        r->there = !*gone;
        g->fetched += !*gone;
    }
    return true;
}

static bool
get_all(gateway *g)
{
    unsigned tries;
    bool gone;

    for (tries = 0; tries <= TRIES; tries++) {
        gone = false;
        if (!read_list(g) || !get_batches(g, &gone))
            return false;
        if (!gone)
            return true;
    }
    return refuse(g, "lists a batch that it does not have");
}

/* ---- all of it ---------------------------------------------------------------------------- */

/* Nothing that was listed changes what the index has. */
static bool
is_nothing_new(const gateway *g)
{
    size_t i = 0;

    while (i < g->n && !(g->rows[i].deleted && g->rows[i].there))
        i++;
    return g->fetched == 0 && i == g->n;
}

/* Whoever was away longer than deleted batches are listed would keep what was taken back. */
static bool
may_go_on(const hp_revoke_fetch *f)
{
    unsigned nth;
    const hp_source *source = hp_revoke_source(f->index, f->feed->name, &nth);

    return f->known != NULL && f->known->cursor[0] != '\0' && source != NULL &&
           source->fetched <= f->now && f->now - source->fetched < WINDOW;
}

bool
hp_revoke_fetch_gateway(hp_revoke_fetch *f, hp_error *error)
{
    gateway g = { .f = f, .error = error };
    bool good;

    f->delta = may_go_on(f);
    (void)snprintf(f->cursor, sizeof(f->cursor), "%s", f->delta ? f->known->cursor : FIRST);
    good = get_all(&g);
    f->same = good && f->delta && is_nothing_new(&g);
    free(g.rows);
    return good;
}
