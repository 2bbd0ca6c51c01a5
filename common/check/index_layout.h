/*
 * What reader and builder of a revocation index share; nobody else includes this.
 *
 *     offset size
 *          0    8  "HPREVOK\n"
 *          8    2  format of the writer       10    2  the least format that a reader must know
 *         12    4  bytes of this header       16    8  when it was built
 *         24    4  number of sources          28    4  bytes of each
 *         32    4  number of batches          36    4  bytes of each
 *         40    4  number of slices           44    4  bytes of each
 *         48    4  leading bytes of a key that the directory says: 1, 2 or 3
 *         52    4  HP_LISTED_BIT of the kinds that are listed
 *         56    8  number of entries
 *         64    8  where the sources begin, from the start of the file; then where
 *         72    8  the batches do            80    8  the slices
 *         88    8  the directory             96    8  the entries
 *        104    8  the filters              112    8  bytes of the filters, which end the file
 *        120   32  SHA-256 of all that follows these 184 bytes
 *        152   32  SHA-256 of the 152 bytes before
 *
 *     source   as in the trust store: name, feed, times, signer, counts (check/source_row.h)
 *     batch    1 kind, 1 zero, 2 source, 4 country and zeros, 8 kid, 8 expires, 8 before, 40 id
 *     slice    1 any_kid, 1 slice kind, 2 kinds, 1 digits, 1 rounds, 1 width, 1 sure, 8 kid,
 *              4 prefix, 4 batch, 8 where its filter begins in the filters, 4 its bytes, 4 zeros;
 *              sorted by any_kid, kid, digits, prefix
 *     directory the numbers of index.h; of 3 leading bytes also, behind them, each 1024th again
 *     entry    the last 16 - d bytes of the key, 3 batch; sorted by key, then batch
 */
#ifndef HP_CHECK_INDEX_LAYOUT_H
#define HP_CHECK_INDEX_LAYOUT_H

#include "check/index.h"
#include "check/source_row.h"

#define INDEX_MAGIC   "HPREVOK\n"
#define INDEX_HEADER  184u
#define INDEX_SIGNED  152u /* bytes of the header that its own digest is over */
#define INDEX_BATCH   72u
#define INDEX_BATCH_TIMES 16u /* where in a batch its times begin */
#define INDEX_SLICE   40u
#define INDEX_NUMBER  3u /* bytes of an entry's batch */
#define INDEX_ROW_MAX 65536u /* bytes of a newer writer's source, batch or slice */

/* Fewer entries than these need one or two leading bytes in the directory, more need three. */
#define INDEX_ONE_BYTE  4096u
#define INDEX_TWO_BYTES 10000000u

/*
 * Of a directory of three bytes the number of each INDEX_HINT-th slot stands behind it once more,
 * 64 KiB in one place: with them it can be guessed where a key lies while the directory is still
 * being read.
 */
#define INDEX_HINT  1024u
#define INDEX_HINTS ((1u << 24) / INDEX_HINT + 1)

/* Bytes of the directory that d leading bytes make, hints included. */
#define INDEX_DIRECTORY(d) (((1ull << 8 * (d)) + 1 + ((d) == 3 ? INDEX_HINTS : 0)) * 4)

#define INDEX_FILTER_MAX (64u << 20) /* bytes of one filter */
#define INDEX_ROUNDS_MAX 127u        /* hashes of one look-up in a Bloom filter */
#define INDEX_DIGITS_MAX 3u

#endif
