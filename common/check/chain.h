/*
 * Was a signer's certificate issued by an authority that is trusted (trust-lists, 1.3)?
 *
 * The chain has exactly two levels; whatever is above the authority is ignored.  No OCSP
 * ever: it would tell the issuer where the holder is.
 */
#ifndef HP_CHECK_CHAIN_H
#define HP_CHECK_CHAIN_H

#include "check/record.h"

/* Certificates that may issue those of signers.  An empty set is all zero. */
typedef struct {
    hp_cert **all;
    size_t n;
} hp_authorities;

/*
 * Takes the certificate over, in any case; one that is there already is let go, or every signer
 * would be tried with it twice.  False when there is no memory.
 */
bool hp_authorities_add(hp_authorities *set, hp_cert *cert);
bool hp_authorities_have(const hp_authorities *set, const hp_cert *cert);
void hp_authorities_free(hp_authorities *set);

/*
 * Notes in the record whose validity counts beside its own: that of any authority that issued
 * the certificate.  None did: HP_FLAW_CHAIN.
 */
void hp_chain(const hp_authorities *set, const hp_cert *cert, hp_record *record);

#endif
