/*
 * index: revocation indexes made of arrays, by the layout alone (check/index_layout.h), so that
 * a test can be wrong in one byte.  Nothing is sorted or checked here.
 */
#ifndef T_INDEX_H
#define T_INDEX_H

#include "check/index.h"

typedef struct {
    uint8_t key[HP_LISTED];
    uint32_t batch;
} index_key;

typedef struct {
    unsigned lead; /* bytes that the directory says: 1, 2 or 3 */
    double made;
    unsigned kinds;
    const hp_source *sources;
    size_t n_sources;
    const hp_batch *batches;
    size_t n_batches;
    const hp_slice *slices;
    size_t n_slices;
    const index_key *keys;
    size_t n_keys;
} index_made;

/* Where the parts begin, from the start of the file. */
typedef struct {
    size_t sources, batches, slices, directory, entries, filters, end;
} index_places;

index_places index_where(const index_made *made);

/* The bytes of the file, digests and all; the caller's, end with hp_bytes_free(). */
hp_bytes index_bytes(hp_crypto *crypto, const index_made *made);

/* Makes both digests right; what is too short for them stays as it is. */
void index_seal(hp_crypto *crypto, uint8_t *p, size_t n);

/* Writes a number of n bytes, little-endian. */
void index_number(uint8_t *at, uint64_t value, size_t n);

/* A key of its hex digits; those that are not given are zero. */
index_key index_hex(const char *digits, uint32_t batch);

/* As hp_index_find(), with the batch itself. */
hp_index_answer index_find(hp_crypto *crypto, const hp_index *index, const hp_query *query,
                           double now, hp_batch *hit);

#endif
