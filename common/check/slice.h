/*
 * Published filters over keys (revocation, 3): is a key in it?
 *
 * They say yes to keys that nobody put in, too, now and then; never no to one that somebody did.
 */
#ifndef HP_CHECK_SLICE_H
#define HP_CHECK_SLICE_H

#include "check/index.h"

/* Has the filter the size that its other numbers ask for? */
bool hp_slice_holds(const hp_slice *slice);

/* Is the key in the filter, which holds?  False when crypto fails: nobody knows. */
bool hp_slice_has(hp_crypto *crypto, const hp_slice *slice, const uint8_t key[HP_LISTED],
                  bool *has);

#endif
