/*
 * One slice of the EU distribution service (revocation, 3.1 and 3.2): a Bloom filter, or a list of
 * the first bytes of hashes.
 */
#ifndef HP_REVOKE_SLICE_H
#define HP_REVOKE_SLICE_H

#include "base/error.h"
#include "check/index.h"

#define HP_SLICE_FILE_MAX ((64u << 20) + 20) /* bytes of one slice: a filter, and its header */

/*
 * Reads a Bloom filter: its rounds, sure and filter, which borrows from bytes; *n is how many keys
 * it says it has.  sure by the worst of what it declares, of what its figures give, and of how
 * full it is (revocation, 3.3).  False with *error.
 */
bool hp_slice_bloom(hp_str bytes, hp_slice *slice, uint32_t *n, hp_error *error);

/*
 * Reads a list of keys that all begin with slice->digits hex digits, those of slice->prefix: its
 * width, sure and filter, sorted as bytes.  The bytes are changed: what the Java writer damages
 * (3.2) is mended, as far as those digits tell.  False with *error.
 */
bool hp_slice_prefixes(uint8_t *bytes, size_t size, hp_slice *slice, uint32_t *n,
                       hp_error *error);

#endif
