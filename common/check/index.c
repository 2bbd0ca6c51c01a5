/*
 * The revocation index, opened and described; see index.h.
 *
 * Opening believes the header's digest, and compares all of its numbers with the size of the
 * file: from then on no row lies outside.  What stands in a row is looked at when it is read.
 */
#include "check/index.h"

#include "base/mark.h"
#include "check/index_parts.h"

#include <stdlib.h>

/* ---- the header ------------------------------------------------------------- */

static void
get_header(hp_cur *c, index_header *h)
{
    (void)hp_cur_take(c, sizeof(INDEX_MAGIC) - 1);
    h->format = (unsigned)hp_row_number(c, 2);
    h->least = (unsigned)hp_row_number(c, 2);
    h->size = (uint32_t)hp_row_number(c, 4);
    h->made = hp_row_date(c);
    h->sources = (uint32_t)hp_row_number(c, 4);
    h->source_size = (uint32_t)hp_row_number(c, 4);
    h->batches = (uint32_t)hp_row_number(c, 4);
    h->batch_size = (uint32_t)hp_row_number(c, 4);
    h->slices = (uint32_t)hp_row_number(c, 4);
    h->slice_size = (uint32_t)hp_row_number(c, 4);
    h->lead = (unsigned)hp_row_number(c, 4);
    h->kinds = (unsigned)hp_row_number(c, 4);
    h->entries = hp_row_number(c, 8);
    h->sources_at = hp_row_number(c, 8);
    h->batches_at = hp_row_number(c, 8);
    h->slices_at = hp_row_number(c, 8);
    h->directory_at = hp_row_number(c, 8);
    h->entries_at = hp_row_number(c, 8);
    h->filters_at = hp_row_number(c, 8);
    h->filters = hp_row_number(c, 8);
}

static bool
size_holds(uint32_t size, uint32_t least)
{
    return size >= least && size <= INDEX_ROW_MAX;
}

/*
 * Each number is small enough that none of the products below can run over.  A kind of keys that
 * we do not know would be one that we do not look for.
 */
static bool
header_holds(const index_header *h)
{
    return h->size >= INDEX_HEADER && h->sources <= HP_SOURCES_MAX &&
           h->batches <= HP_INDEX_BATCHES_MAX && h->slices <= HP_INDEX_SLICES_MAX &&
           h->entries <= HP_INDEX_ENTRIES_MAX && h->lead >= 1 && h->lead <= 3 &&
           (h->kinds & ~HP_LISTED_ALL) == 0 && size_holds(h->source_size, HP_SOURCE_ROW) &&
           size_holds(h->batch_size, INDEX_BATCH) && size_holds(h->slice_size, INDEX_SLICE);
}

/* The n bytes from at on, which must not begin before *end; *end is their end then. */
static bool
part(hp_str whole, uint64_t at, uint64_t n, uint64_t *end, hp_str *part)
{
    if (at < *end || at > whole.n || n > whole.n - at)
        return false;
    *part = (hp_str){ whole.p + at, (size_t)n };
    *end = at + n;
    return true;
}

/* In the order of the file, and nothing behind the last one. */
static bool
cut(hp_index *index, hp_str whole)
{
    const index_header *h = &index->h;
    uint64_t end = h->size;

    return part(whole, h->sources_at, (uint64_t)h->sources * h->source_size, &end,
                &index->sources) &&
           part(whole, h->batches_at, (uint64_t)h->batches * h->batch_size, &end,
                &index->batches) &&
           part(whole, h->slices_at, (uint64_t)h->slices * h->slice_size, &end,
                &index->slices) &&
           part(whole, h->directory_at, INDEX_DIRECTORY(h->lead), &end,
                &index->directory) &&
           part(whole, h->entries_at, h->entries * index->entry_size, &end, &index->entries) &&
           part(whole, h->filters_at, h->filters, &end, &index->filters) && end == whole.n;
}

/* ---- opening ------------------------------------------------------------------ */

static bool
refuse(hp_error *error, const char *path, const char *what)
{
    hp_error_set(error, "%s: %s", path, what);
    return false;
}

static bool
digest_holds(hp_crypto *crypto, hp_str whole)
{
    hp_str before = { whole.p, INDEX_SIGNED };
    uint8_t digest[HP_SHA256];

    return hp_sha256(crypto, &before, 1, digest) &&
           memcmp(digest, whole.p + INDEX_SIGNED, HP_SHA256) == 0;
}

static bool
read_header(hp_crypto *crypto, hp_index *index, hp_str whole, hp_error *error)
{
    hp_cur c = hp_cur_of(whole);

    if (!hp_str_starts(whole, HP_STR(INDEX_MAGIC)))
        return refuse(error, index->path, "is no revocation index");
    if (whole.n < INDEX_HEADER || !digest_holds(crypto, whole))
        return refuse(error, index->path, "is damaged or not whole, expected it as healthpassctl "
                                          "revoke build wrote it");
    get_header(&c, &index->h);
    if (index->h.least > HP_INDEX_FORMAT) {
        hp_error_set(error, "%s: needs a newer healthpass: it can be read from format %u on, this "
                            "build knows %d", index->path, index->h.least, HP_INDEX_FORMAT);
        return false;
    }
    if (c.bad || !header_holds(&index->h))
        return refuse(error, index->path, "has a header that cannot be");
    index->entry_size = index_tail(index) + INDEX_NUMBER;
    if (!cut(index, whole))
        return refuse(error, index->path, "is not whole: its header does not fit its contents");
    return true;
}

static bool
read_sources(hp_index *index, hp_error *error)
{
    uint32_t i;
    hp_cur c;

    index->rows = calloc((size_t)index->h.sources + 1, sizeof(*index->rows));
    if (index->rows == NULL)
        return refuse(error, index->path, "no memory");
    for (i = 0; i < index->h.sources; i++) {
        c = index_row(index->sources, i, index->h.source_size);
        hp_source_row_read(&c, &index->rows[i]);
        if (c.bad)
            return refuse(error, index->path, "holds a source that cannot be");
    }
    return true;
}

/* An end that is no whole second of this century stays in the row. */
static void
put_times(index_terms *terms, double expires, double before)
{
    bool ends = expires < HP_TIME_LAST;

    terms->rare = before < HP_TIME_LAST ||
                  (ends && !(expires >= 0 && expires < INDEX_NO_END &&
                             expires == (double)(uint32_t)expires));
    terms->expires = ends && !terms->rare ? (uint32_t)expires : INDEX_NO_END;
}

/* Numbers and times of a batch's row; its texts are looked at when somebody names it. */
static void
read_terms(const hp_index *index, uint32_t nth, index_terms *terms)
{
    hp_cur c = index_row(index->batches, nth, index->h.batch_size);
    uint64_t kind = hp_row_number(&c, 1), zero = hp_row_number(&c, 1);
    uint64_t source = hp_row_number(&c, 2);
    double expires, before;

    (void)hp_cur_take(&c, INDEX_BATCH_TIMES - 4);
    expires = hp_row_time(&c);
    before = hp_row_time(&c);
    put_times(terms, expires, before);
    terms->source = (uint16_t)source;
    terms->kind = !c.bad && kind < HP_LISTED_KINDS_END && zero == 0 && source < index->h.sources
                      ? (uint8_t)kind
                      : HP_LISTED_KINDS_END;
}

static bool
read_batches(hp_index *index, hp_error *error)
{
    uint32_t i;

    index->terms = calloc((size_t)index->h.batches + 1, sizeof(*index->terms));
    if (index->terms == NULL)
        return refuse(error, index->path, "no memory");
    for (i = 0; i < index->h.batches; i++)
        read_terms(index, i, &index->terms[i]);
    return true;
}

hp_index *
hp_index_open(hp_crypto *crypto, const char *path, unsigned must, hp_stamp *stamp,
              hp_error *error)
{
    hp_index *index = calloc(1, sizeof(*index));

    if (index != NULL)
        index->path = strdup(path);
    if (index == NULL || index->path == NULL)
        (void)refuse(error, path, "no memory");
    else if (hp_file_map(path, must, &index->map, stamp, error) &&
             read_header(crypto, index, (hp_str){ index->map.p, index->map.n }, error) &&
             read_sources(index, error) && read_batches(index, error))
        return index;
    hp_index_close(index);
    return NULL;
}

void
hp_index_close(hp_index *index)
{
    if (index == NULL)
        return;
    hp_map_free(&index->map);
    free(index->terms);
    free(index->rows);
    free(index->path);
    free(index);
}

/* ---- what is in it -------------------------------------------------------------- */

double
hp_index_made(const hp_index *index)
{
    return index->h.made;
}

unsigned
hp_index_kinds(const hp_index *index)
{
    return index->h.kinds;
}

size_t
hp_index_sources(const hp_index *index)
{
    return index->h.sources;
}

const hp_source *
hp_index_source(const hp_index *index, size_t nth)
{
    return nth < index->h.sources ? &index->rows[nth] : NULL;
}

const hp_source *
hp_index_source_of(const hp_index *index, uint32_t batch)
{
    const index_terms *terms = index_terms_of(index, batch);

    return terms != NULL ? hp_index_source(index, terms->source) : NULL;
}

uint64_t
hp_index_entries(const hp_index *index)
{
    return index->h.entries;
}

uint64_t
hp_index_mark(const hp_index *index)
{
    return hp_mark_add(HP_MARK, index->map.p + INDEX_SIGNED - HP_SHA256, HP_SHA256);
}

uint32_t
hp_index_batches(const hp_index *index)
{
    return index->h.batches;
}

uint32_t
hp_index_slices(const hp_index *index)
{
    return index->h.slices;
}

bool
hp_index_batch(const hp_index *index, uint32_t nth, hp_batch *batch)
{
    char country[sizeof(batch->country) + 1];
    uint64_t kind, zero;
    hp_cur c;

    if (nth >= index->h.batches)
        return false;
    c = index_row(index->batches, nth, index->h.batch_size);
    kind = hp_row_number(&c, 1);
    zero = hp_row_number(&c, 1);
    batch->kind = (hp_listed_kind)kind;
    batch->source = (unsigned)hp_row_number(&c, 2);
    hp_row_text(&c, country, sizeof(country));
    memcpy(batch->country, country, sizeof(batch->country));
    hp_row_bytes(&c, batch->kid, sizeof(batch->kid));
    batch->expires = hp_row_time(&c);
    batch->before = hp_row_time(&c);
    hp_row_text(&c, batch->id, sizeof(batch->id));
    return !c.bad && kind < HP_LISTED_KINDS_END && zero == 0 && country[2] == 0 &&
           batch->source < index->h.sources;
}
