/*
 * Revocation lists of the EU gateway (revocation, 2), as files: answers of GET /revocation-list,
 * and the batches that they name.
 *
 *     <anything>.json                  {"more": bool, "batches": [{batchId, country, date,
 *                                      deleted}]}, sorted by date; the last says "more": false
 *     <batchId>, <batchId>.<anything>  CMS, in Base64 or DER
 *
 * A file that the operator names himself may have any name: an answer begins with a brace.
 *
 * Batches are signed, the list of them is not: who delivers it can withhold some.  So a list
 * must not be older than the one that is there, nor shrink, and a batch that is listed and
 * cannot be read, whatever the reason, makes the whole list refused: left out, it would let
 * withdrawn passes in.
 */
#include "revoke/gateway_batch.h"

#include "base/time.h"

#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#define PAGE_MAX    (16u << 20) /* bytes of one answer, which has at most 10,000 batches */
#define PAGE_ROWS   10000
#define LISTED_MAX  (1u << 20)  /* batches in all answers: a thousand million hashes */
#define WINDOW_DAYS 7           /* deleted batches stay in the list that long */
#define DAY         86400.0

/* A batch as the list has it. */
typedef struct {
    char id[HP_BATCH_ID];
    char country[3];
    double date;
    bool deleted;
    bool there; /* the index has it already, and may keep it */
    bool ended; /* the index had it until it ended, and there is no file of it */
} listed;

/* An answer: which of the rows are its, and whether there is more. */
typedef struct {
    const char *path;
    size_t from, n;
    double first, last; /* dates of its rows */
    bool more;
} page;

typedef struct {
    hp_revoke_job *job;
    hp_intake_files files;
    page *pages;
    listed *rows; /* in the order of the pages, then by id */
    size_t n_pages, n, room;
    hp_gateway_signers signers;
    hp_gateway_batch *batch; /* the one at hand */
    hp_error *error;
} reader;

/* ---- names ---------------------------------------------------------------------------------- */

/* A batchId is a UUID; nothing here depends on more than that it can be a file's name. */
static size_t
id_length(const char *name)
{
    return strspn(name, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_");
}

static bool
is_json(const char *name)
{
    size_t n = strlen(name);

    return n >= 5 && strcmp(name + n - 5, ".json") == 0;
}

static bool
read_id(const hp_json *json, char id[HP_BATCH_ID])
{
    hp_str text = hp_json_text(json);

    if (text.n == 0 || text.n >= HP_BATCH_ID)
        return false;
    memcpy(id, text.p, text.n);
    id[text.n] = '\0';
    return id_length(id) == text.n;
}

/* ---- answers -------------------------------------------------------------------------------- */

static bool
read_row(const hp_json *json, listed *row)
{
    const hp_json *deleted = hp_json_get(json, "deleted");

    *row = (listed){ .deleted = hp_json_true(deleted) };
    return deleted != NULL && hp_json_kind_of(deleted) == HP_JSON_BOOL &&
           read_id(hp_json_get(json, "batchId"), row->id) &&
           hp_gateway_country(hp_json_get(json, "country"), row->country) &&
           hp_intake_time(hp_json_get(json, "date"), &row->date);
}

static bool
make_room(reader *r, size_t n)
{
    listed *rows;

    if (n > LISTED_MAX - r->n) {
        hp_error_set(r->error, "the list has more than %u batches", LISTED_MAX);
        return false;
    }
    if (r->n + n <= r->room)
        return true;
    rows = reallocarray(r->rows, r->room * 2 + n, sizeof(*rows));
    if (rows == NULL)
        return hp_intake_no_memory(r->job, r->error);
    r->rows = rows;
    r->room = r->room * 2 + n;
    return true;
}

static bool
refuse_row(const reader *r, const page *p, size_t nth, const char *what)
{
    hp_error_set(r->error, "%s: batch %zu: %s", p->path, nth + 1, what);
    return false;
}

static bool
read_rows(reader *r, const hp_json *batches, page *p)
{
    size_t i, n = hp_json_count(batches);
    listed *row;

    if (n > PAGE_ROWS)
        return refuse_row(r, p, PAGE_ROWS, "is more than an answer may have");
    if (!make_room(r, n))
        return false;
    p->from = r->n;
    p->n = n;
    for (i = 0; i < n; i++) {
        row = &r->rows[r->n++];
        if (!read_row(hp_json_at(batches, i), row))
            return refuse_row(r, p, i, "expected batchId, country, date and deleted");
        if (i > 0 && row->date < row[-1].date)
            return refuse_row(r, p, i, "is older than the one before it: the list is not sorted, "
                                       "so what was fetched after it may not be all");
    }
    p->first = n > 0 ? r->rows[p->from].date : HP_TIME_LAST; /* an empty one is the last */
    p->last = n > 0 ? r->rows[r->n - 1].date : HP_TIME_LAST;
    return true;
}

static bool
read_page(reader *r, const hp_intake_file *file, page *p)
{
    hp_json *json = hp_intake_file_json(r->job, file, PAGE_MAX, r->error);
    const hp_json *more = hp_json_get(json, "more"), *batches = hp_json_get(json, "batches");
    bool good = json != NULL;

    *p = (page){ .path = file->path, .more = hp_json_true(more) };
    if (good && (more == NULL || hp_json_kind_of(more) != HP_JSON_BOOL || batches == NULL ||
                 hp_json_kind_of(batches) != HP_JSON_ARRAY))
        good = hp_intake_refuse(r->error, file->path, "expected an answer of GET /revocation-list: "
                                                      "{\"more\": ..., \"batches\": [...]}");
    good = good && read_rows(r, batches, p);
    hp_json_free(json);
    return good;
}

/* Files in folders go by their names alone: there are many of them. */
static bool
is_page(const hp_intake_file *file)
{
    hp_stamp stamp;
    char first = 0;
    int fd;

    if (is_json(file->name) || file->inside)
        return is_json(file->name);
    fd = hp_file_open(file->path, 0, SIZE_MAX, &stamp, NULL);
    if (fd < 0)
        return false;
    if (read(fd, &first, 1) != 1)
        first = 0;
    (void)close(fd);
    return first == '{';
}

static int
by_first_date(const void *a, const void *b)
{
    const page *x = a, *y = b;

    if (x->first != y->first)
        return x->first < y->first ? -1 : 1;
    return (x->last > y->last) - (x->last < y->last);
}

/*
 * Answers follow one another: each begins where the one before ended, or later; in that second,
 * for a gateway may compare whole ones.
 */
static bool
check_pages(reader *r)
{
    size_t i;

    qsort(r->pages, r->n_pages, sizeof(*r->pages), by_first_date);
    for (i = 1; i < r->n_pages; i++) {
        if (r->pages[i].n > 0 && r->pages[i].first < floor(r->pages[i - 1].last)) {
            hp_error_set(r->error, "%s begins before %s ends: they are not of one download",
                         r->pages[i].path, r->pages[i - 1].path);
            return false;
        }
    }
    return !r->pages[r->n_pages - 1].more ||
           hp_intake_refuse(r->error, r->pages[r->n_pages - 1].path,
                            "says that there is more, which is not here: fetch the rest");
}

static bool
read_pages(reader *r)
{
    size_t i;

    r->pages = calloc(r->files.n + 1, sizeof(*r->pages));
    if (r->pages == NULL)
        return hp_intake_no_memory(r->job, r->error);
    for (i = 0; i < r->files.n; i++) {
        if (is_page(&r->files.all[i]) && !read_page(r, &r->files.all[i], &r->pages[r->n_pages++]))
            return false;
    }
    if (r->n_pages > 0)
        return check_pages(r);
    hp_error_set(r->error, "there is no answer of GET /revocation-list in a file NAME.json");
    return false;
}

/* ---- the list as one ------------------------------------------------------------------------ */

/* Of one batch, what was said last comes last. */
static int
by_id(const void *a, const void *b)
{
    const listed *x = a, *y = b;
    int order = strcmp(x->id, y->id);

    return order != 0 ? order : (x->date > y->date) - (x->date < y->date);
}

static bool
contradicts(const listed *a, const listed *b)
{
    return strcmp(a->country, b->country) != 0 ||
           (a->date == b->date && a->deleted != b->deleted) || (a->deleted && !b->deleted);
}

/* A batch is in two answers where one begins with the date that the other ends with. */
static bool
merge_rows(reader *r)
{
    size_t i, n = 0;

    if (r->n > 0)
        qsort(r->rows, r->n, sizeof(*r->rows), by_id);
    for (i = 0; i < r->n; i++) {
        if (n == 0 || strcmp(r->rows[n - 1].id, r->rows[i].id) != 0)
            n++;
        else if (contradicts(&r->rows[n - 1], &r->rows[i])) {
            hp_error_set(r->error, "batch %s: the list says two things of it, so it changed while "
                                   "it was fetched: fetch it again", r->rows[i].id);
            return false;
        }
        r->rows[n - 1] = r->rows[i];
    }
    r->n = n;
    return true;
}

static listed *
find_row(const reader *r, const char *id)
{
    size_t low = 0, high = r->n, middle;
    int order;

    while (low < high) {
        middle = low + (high - low) / 2;
        order = strcmp(id, r->rows[middle].id);
        if (order == 0)
            return &r->rows[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

/* The time of the list is that of its newest row; of a change without any, that of the list. */
static bool
check_time(reader *r)
{
    const hp_revoke_job *job = r->job;
    double newest = r->n == 0 && job->delta ? job->before->issued : 0;
    char age[HP_AGE_TEXT];
    size_t i;

    for (i = 0; i < r->n; i++)
        newest = r->rows[i].date > newest ? r->rows[i].date : newest;
    if (!hp_intake_dated(r->job, newest, r->error))
        return false;
    if (!job->delta || job->allow_older ||
        job->now - job->before->fetched <= WINDOW_DAYS * DAY)
        return true;
    hp_age_write(job->now - job->before->fetched, age);
    hp_error_set(r->error, "the list in force was changed %s ago, and the gateway tells of deleted "
                           "batches for %d days: import the whole list", age, WINDOW_DAYS);
    return false;
}

/* ---- batches -------------------------------------------------------------------------------- */

/* The one file of that batch; NULL with r->error empty when there is none. */
static const hp_intake_file *
find_file(const reader *r, const char *id)
{
    size_t low = 0, high = r->files.n, middle, n = strlen(id), i;
    const hp_intake_file *found = NULL;

    while (low < high) {
        middle = low + (high - low) / 2;
        if (strcmp(r->files.all[middle].name, id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (i = low; i < r->files.n && strncmp(r->files.all[i].name, id, n) == 0; i++) {
        const hp_intake_file *file = &r->files.all[i];

        if (id_length(file->name) != n || is_json(file->name))
            continue;
        if (found != NULL) {
            hp_error_set(r->error, "%s and %s: expected one file of the batch", found->path,
                         file->path);
            return NULL;
        }
        found = file;
    }
    return found;
}

/*
 * Batches never change, so one that is there stays.  A whole list reads what it has the file of
 * anyway: whom the operator trusts may have changed.
 */
static bool
stays(void *context, const hp_batch *batch)
{
    reader *r = context;
    listed *row = find_row(r, batch->id);

    if (row == NULL)
        return r->job->delta;
    row->there = !row->deleted && (r->job->delta || find_file(r, row->id) == NULL);
    return row->there;
}

/*
 * A gateway may list for days what has ended.  The index lets go of it at once, and nobody needs
 * to fetch it again.
 */
static void
note_ended(reader *r)
{
    const hp_revoke_job *job = r->job;
    uint32_t i, n = job->before != NULL ? hp_index_batches(job->old) : 0;
    hp_batch batch;
    listed *row;

    for (i = 0; i < n; i++) {
        if (!hp_index_batch(job->old, i, &batch) || batch.expires > job->now ||
            hp_index_source(job->old, batch.source) != job->before)
            continue;
        row = find_row(r, batch.id);
        if (row != NULL)
            row->ended = find_file(r, row->id) == NULL;
    }
}

static bool
put_batch(reader *r, const listed *row)
{
    const hp_gateway_batch *from = r->batch;
    hp_batch batch = hp_intake_batch(r->job, from->kind, row->id);
    uint32_t nth;
    size_t i;

    memcpy(batch.country, from->country, sizeof(batch.country));
    memcpy(batch.kid, from->kid, sizeof(batch.kid));
    batch.expires = from->expires;
    if (!hp_intake_add(r->job, &batch, &nth, r->error))
        return false;
    for (i = 0; i < from->n; i++) {
        if (!hp_intake_put(r->job, nth, from->keys[i], r->error))
            return false;
    }
    return true;
}

static bool
take_file(reader *r, const listed *row, const hp_intake_file *file)
{
    hp_error why = { "" };
    hp_bytes bytes;
    bool good;

    if (!hp_intake_file_read(r->job, file, HP_GATEWAY_BATCH_MAX, &bytes, r->error))
        return false;
    good = hp_gateway_batch_read(r->job, &r->signers, row->country,
                                 (hp_str){ bytes.p, bytes.n }, r->batch, &why);
    hp_bytes_free(&bytes);
    if (!good) {
        hp_error_set(r->error, "batch %s: %s", row->id, why.text);
        return false;
    }
    r->job->source->is_signed = true;
    memcpy(r->job->source->signer, r->batch->signer, HP_SHA256);
    if (r->batch->expires > r->job->now)
        return put_batch(r, row);
    r->job->counts.ended++;
    return true;
}

static bool
take_row(reader *r, const listed *row)
{
    const hp_intake_file *file;

    if (row->deleted || row->there)
        return true;
    if (row->ended) {
        r->job->counts.ended++;
        return true;
    }
    r->error->text[0] = '\0';
    file = find_file(r, row->id);
    if (file != NULL)
        return take_file(r, row, file);
    if (r->error->text[0] == '\0')
        hp_error_set(r->error, "batch %s of %s is listed, but neither here nor in the index: the "
                               "update was interrupted; fetch the rest", row->id, row->country);
    return false;
}

static bool
take_rows(reader *r)
{
    size_t i;

    hp_intake_keep(r->job, stays, r);
    note_ended(r);
    if (r->job->counts.kept > 0) {
        r->job->source->is_signed = r->job->before->is_signed;
        memcpy(r->job->source->signer, r->job->before->signer, HP_SHA256);
    }
    r->batch = malloc(sizeof(*r->batch));
    if (r->batch == NULL)
        return hp_intake_no_memory(r->job, r->error);
    for (i = 0; i < r->n; i++) {
        if (!take_row(r, &r->rows[i]))
            return false;
    }
    return true;
}

/* ---- the list ------------------------------------------------------------------------------- */

static bool
open_files(reader *r)
{
    size_t i;

    for (i = 0; i < r->job->n_paths; i++) {
        if (!hp_intake_files_add(r->job, r->job->paths[i], 1, &r->files, r->error))
            return false;
    }
    hp_intake_files_sort(&r->files);
    return true;
}

static bool
read_gateway(hp_revoke_job *job, hp_error *error)
{
    reader r = { .job = job, .error = error };
    bool good = hp_gateway_signers_open(job, &r.signers, error) && open_files(&r) &&
                read_pages(&r) && merge_rows(&r) && check_time(&r) && take_rows(&r);

    hp_gateway_signers_free(&r.signers);
    hp_intake_files_free(&r.files);
    free(r.pages);
    free(r.rows);
    free(r.batch);
    return good;
}

const hp_revoke_importer hp_revoke_gateway = {
    .name = "gateway",
    .summary = "EU gateway: a folder with answers of GET /revocation-list (NAME.json) and the "
               "batches that they name, each in a file called by its batchId.  --pin takes the "
               "UPLOAD certificates of the countries, as the gateway's trust list has them",
    .heeds = HP_REVOKE_SIGNERS | HP_REVOKE_DELTA | HP_REVOKE_OLDER | HP_REVOKE_STAYS,
    .read = read_gateway,
};
