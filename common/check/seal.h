/*
 * Signers whose certificates come along in their passes (vds-nc, 4): who must have issued them
 * stands in the trust list.
 *
 * How much is done for one pass is bounded: a chain of one step, HP_TRUST_SAME_NAME authorities at
 * most.  What was found of a certificate that chains is noted in hp_keys, so that the next pass of
 * its signer costs one signature; what does not chain leaves no trace there.
 */
#ifndef HP_CHECK_SEAL_H
#define HP_CHECK_SEAL_H

#include "base/arena.h"
#include "check/trust.h"

/*
 * The signer by the certificate in what->cert, in the arena: one record for each authority that
 * issued it.  NULL with *why: the certificate cannot be read, no authority has its issuer's name,
 * none issued it, the signature does not hold, an authority took it back, or a fault.
 */
const hp_record *hp_seal_signer(const hp_trust *trust, hp_keys *keys, const hp_signed *what,
                                hp_arena *arena, hp_reason *why);

/* Reckons trust->mark once a list is closed; false on a failure of the library. */
bool hp_seal_mark(hp_trust *trust);

#endif
