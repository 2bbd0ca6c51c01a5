/*
 * The store: all trusted keys of a machine in one compiled file.
 *
 * `healthpassctl trust` writes it, gates read it whole; it is replaced by rename.  It is opened
 * in milliseconds, because its keys stay bytes until they are needed.  Integers are
 * little-endian, so that a store can be carried to another machine.
 *
 *     offset size
 *          0    8  "HPTRUST\n"
 *          8    2  format of the writer, now 1
 *         10    2  the least format that a reader must know
 *         12    4  environment: 0 prod, 1 uat, 2 dev
 *         16    8  when it was written, seconds since 1970 UTC
 *         24    4  bytes of this header: where the sources begin
 *         28    4  number of sources       32    4  bytes of each
 *         36    4  number of records       40    4  bytes of each
 *         44    8  bytes of the blob, which follows the records
 *      ...        sources, records, blob (what records point into)
 *    last 32       SHA-256 of everything before
 *
 * A newer writer may append fields to header, sources and records, and raises the format; a
 * reader skips what it does not know.  What an older reader must not overlook raises the least
 * format too, and such a store is refused by name.
 */
#ifndef HP_CHECK_STORE_H
#define HP_CHECK_STORE_H

#include "check/record.h"

#define HP_STORE_FORMAT 1
#define HP_STORE_MAX    (64u << 20) /* bytes of a store */

/* Does it begin as a store does? */
bool hp_store_is(hp_str bytes);

/* The format of whoever wrote the store, which was read: what is newer, we cannot write again. */
unsigned hp_store_format(hp_str bytes);

/*
 * Reads a store into an empty list, whose records borrow from bytes.  False with *error (path
 * is for naming) when any part of it is not as it must be; then the list is as good as empty.
 */
bool hp_store_read(hp_crypto *crypto, const char *path, hp_str bytes, hp_records *list,
                   hp_error *error);

/*
 * Writes the list as a store made at that time.  On success *out is the caller's, to be ended
 * with hp_bytes_free().
 */
bool hp_store_write(hp_crypto *crypto, const hp_records *list, double made, hp_bytes *out,
                    hp_error *error);

#endif
