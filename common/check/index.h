/*
 * The revocation index: every list of withdrawn passes of a machine in one file.
 *
 * `healthpassctl revoke build` writes it, gates map it; it is replaced only by rename.  Opening
 * reads the header and no entry; a look-up touches one slot of the directory and a few entries.
 * Integers are little-endian, times are binary64 seconds since 1970 UTC.
 *
 *     header    INDEX_HEADER bytes, see index_layout.h: counts, offsets, and two SHA-256: of the
 *               header itself, tested at each open, and of all that follows, tested by whoever
 *               reads it all (revoke build, revoke status --verify)
 *     sources   the lists it was made of
 *     batches   what entries have in common: kind of key, source, name in that list, end
 *     slices    rows about published filters that cannot be expanded, sorted
 *     directory 256^d + 1 numbers of 4 bytes: where the entries begin whose keys start with
 *               those d bytes (d is 1, 2 or 3 by the number of entries)
 *     entries   sorted; each is what the directory does not say of its key (16 - d bytes) and
 *               the number of its batch (3 bytes).  So 100 million entries are 16 bytes each.
 *     filters   the bytes that slices point to
 *
 * Exact by construction: an entry's whole 16 bytes are compared.
 */
#ifndef HP_CHECK_INDEX_H
#define HP_CHECK_INDEX_H

#include "check/query.h"
#include "check/record.h"

#define HP_INDEX_FORMAT 1

#define HP_INDEX_ENTRIES_MAX 4000000000u
#define HP_INDEX_BATCHES_MAX (1u << 24)
#define HP_INDEX_SLICES_MAX  (1u << 20)

#define HP_BATCH_ID 40 /* characters of a batch's name, closing zero included */

/* What a number of entries have in common. */
typedef struct {
    hp_listed_kind kind;
    unsigned source;      /* which of the index's sources */
    char id[HP_BATCH_ID]; /* as its list calls it; plain characters; may be empty */
    char country[3];      /* who withdrew; may be empty */
    uint8_t kid[HP_KID];  /* all zero: of any signer.  For the record: look-ups ignore it */
    double expires;       /* from then on its entries say nothing; HP_TIME_LAST: no end */
    double before;        /* only passes made before it (SHC); HP_TIME_LAST: all */
} hp_batch;

/* A published filter over keys that all start with the same hex digits (revocation, 3). */
typedef enum { HP_SLICE_BLOOM, HP_SLICE_PREFIX } hp_slice_kind;

typedef struct {
    hp_slice_kind kind;
    unsigned kinds;      /* HP_LISTED_BIT of the keys in it */
    bool any_kid;        /* of passes of every signer ("UNKNOWN_KID"), else of kid's */
    uint8_t kid[HP_KID];
    unsigned digits;     /* how many leading hex digits its keys share: 0 to 3 */
    unsigned prefix;     /* and which, as a number */
    bool sure;           /* so exact that a hit counts as listed (revocation, 3.3) */
    uint32_t batch;      /* for source, name and end; its kind and before mean nothing */
    unsigned rounds;     /* BLOOM: k */
    unsigned width;      /* PREFIX: bytes of each key, 1 to 16, sorted as bytes */
    hp_str filter;       /* BLOOM: words, 32 bits each, big-endian; PREFIX: the keys */
} hp_slice;

typedef struct hp_index hp_index;

/*
 * Maps the index at path.  NULL with *error when it is none, not whole, of a newer kind, damaged
 * in what is read now, or not as must asks.  Ends by hp_index_close(), before its crypto.
 */
hp_index *hp_index_open(hp_crypto *crypto, const char *path, unsigned must, hp_stamp *stamp,
                        hp_error *error);
void hp_index_close(hp_index *index);

/* Reads all of it: does the digest hold, are entries sorted, and all numbers in range? */
bool hp_index_check(hp_crypto *crypto, const hp_index *index, hp_error *error);

/* What is in it.  Sources borrow from the index; entries counts hashes, keys counts batches. */
double hp_index_made(const hp_index *index);
unsigned hp_index_kinds(const hp_index *index); /* HP_LISTED_BIT of what is listed, slices too */
size_t hp_index_sources(const hp_index *index);
const hp_source *hp_index_source(const hp_index *index, size_t nth);
uint64_t hp_index_entries(const hp_index *index);
uint64_t hp_index_mark(const hp_index *index); /* a number for all of it, but for its header */
uint32_t hp_index_batches(const hp_index *index);
bool hp_index_batch(const hp_index *index, uint32_t nth, hp_batch *batch);

/* The source of a batch; NULL when what look-ups need of its row cannot be. */
const hp_source *hp_index_source_of(const hp_index *index, uint32_t batch);

uint32_t hp_index_slices(const hp_index *index);
bool hp_index_slice(const hp_index *index, uint32_t nth, hp_slice *slice);

/* Walks the entries in order: the key and the batch of the nth.  False behind the last. */
bool hp_index_entry(const hp_index *index, uint64_t nth, uint8_t key[HP_LISTED],
                    uint32_t *batch);

/* The same, one after the other; begins as { index }. */
typedef struct {
    const hp_index *index;
    uint64_t nth;  /* of the entry that comes next */
    uint32_t slot; /* of the directory, where that one is looked for */
} hp_index_walk;

bool hp_index_next(hp_index_walk *walk, uint8_t key[HP_LISTED], uint32_t *batch);

typedef enum {
    HP_INDEX_CLEAR,  /* not listed */
    HP_INDEX_MAYBE,  /* a filter says so that is also wrong at times */
    HP_INDEX_LISTED,
    HP_INDEX_DAMAGED /* what was touched cannot be: nobody knows */
} hp_index_answer;

/*
 * Is one of the keys listed at now?  The worst answer counts; with LISTED and MAYBE *hit is the
 * number of its batch, whose name is for hp_index_batch() to say.  Pure: no allocation, no clock,
 * bounded work.
 */
hp_index_answer hp_index_find(hp_crypto *crypto, const hp_index *index, const hp_query *query,
                              double now, uint32_t *hit);

#endif
