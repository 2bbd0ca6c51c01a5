/* What a builder is made of: for the files that it is split into, and no others. */
#ifndef HP_REVOKE_BUILDER_PARTS_H
#define HP_REVOKE_BUILDER_PARTS_H

#include "base/time.h"
#include "check/index_layout.h"
#include "cli/lock.h"
#include "revoke/builder.h"

#include <sys/types.h>

#define BUILDER_GONE       UINT32_MAX /* number of a batch that is not in the index */
#define BUILDER_MEMORY_MIN (64u << 10)
#define BUILDER_CHUNK      (64u << 10) /* bytes that are written or copied at once */

/*
 * What is sorted.  Bytes compare as records do: by key, then what is taken out, then what is
 * added, by the number of its batch in the builder (big-endian).
 */
#define BUILDER_RECORD (HP_LISTED + 1 + INDEX_NUMBER)
#define BUILDER_DROP   0
#define BUILDER_ADD    1

typedef struct {
    uint8_t bytes[BUILDER_RECORD];
} builder_record;

/* What merging needs of a batch, packed: it is asked once for each entry. */
typedef struct {
    uint32_t number; /* in the index that is written */
    uint8_t source, kind;
    bool dropped;
} builder_place;

/* Sorted records in the file of runs. */
typedef struct {
    uint64_t at, n; /* where they begin, in bytes; how many */
} builder_run;

/* A filter that was added lies in the file of filters, one that is kept in the older index. */
typedef struct {
    hp_slice slice;
    bool spooled;
    uint64_t at;
} builder_slice;

/* Says the batch nothing any more?  As the reader judges it. */
static inline bool
builder_ended(const hp_batch *batch, double now)
{
    return batch->expires < HP_TIME_LAST && batch->expires <= now;
}

struct hp_builder {
    hp_crypto *crypto;
    hp_lock lock;
    char *path, *new_path, *temp_path;
    bool failed, written; /* failed: something that was added may be lost */
    size_t memory; /* bytes for entries */
    uint64_t entries_max, one_byte, two_bytes; /* limits of the layout, which tests lower */
    uint32_t batches_max, slices_max;

    hp_source sources[HP_SOURCES_MAX];
    unsigned n_sources;
    hp_batch *batches;
    builder_place *places; /* one for each batch */
    uint32_t n_batches, room_batches;
    builder_slice *slices;
    uint32_t n_slices, room_slices;
    int filters; /* -1: none was added */
    uint64_t filters_size;

    const hp_index *old;
    uint32_t *old_numbers; /* of each batch of the older index: here, or BUILDER_GONE */
    uint64_t old_entries;  /* at most so many go along */

    builder_record *records; /* of the run that is being filled */
    size_t n_records, room_records;
    uint64_t added; /* records in all runs */
    builder_run *runs;
    size_t n_runs, room_runs;
    int runs_fd; /* -1: none yet */
};

/* ---- files.c: those beside the index -------------------------------------------------- */

/* "PATH: what, and why" of errno. */
bool builder_fail(const hp_builder *b, const char *what, hp_error *error);

/* A temporary file without a name, which ends with its descriptor.  -1 with errno. */
int builder_temp(const hp_builder *b);

/* The same for the new index; builder_name() gives it its name later. */
int builder_new_file(const hp_builder *b);
bool builder_name(const hp_builder *b, int fd);

/* Takes away what a killed build left, or this one gives up. */
bool builder_sweep(const hp_builder *b, hp_error *error);

/* Mode and owner of the index that fd replaces. */
bool builder_dress(const hp_builder *b, int fd);

/* All n bytes, at that place.  False with errno; also when a file ends before them. */
bool builder_write_at(int fd, const void *bytes, size_t n, uint64_t at);
bool builder_read_at(int fd, void *bytes, size_t n, uint64_t at);

/* ---- runs.c ------------------------------------------------------------------------------ */

bool builder_add(hp_builder *b, uint32_t batch, uint8_t what, const uint8_t *key,
                 hp_error *error);

/* Nothing is added any more: the last run is written, its memory is given back. */
bool builder_end_runs(hp_builder *b, hp_error *error);

/* ---- merge.c ----------------------------------------------------------------------------- */

/* Is told each entry of the new index, in order; batch is its number there.  False: it failed. */
typedef bool builder_sink(void *context, const uint8_t *key, uint32_t batch,
                          const builder_place *place);

/* Merges runs and older index.  False with *error, or without where the sink failed. */
bool builder_merge(hp_builder *b, builder_sink *sink, void *context, hp_error *error);

/* ---- write.c ----------------------------------------------------------------------------- */

/* Writes the index with that many batches, but for its digests.  False with *error. */
bool builder_put_all(hp_builder *b, int fd, uint32_t batches, double made, hp_error *error);

#endif
