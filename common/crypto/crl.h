/*
 * Certificate revocation lists (RFC 5280, 5): certificates that an authority took back.
 *
 * Being listed is all that counts.  No list says that a certificate is good, so a delta, a
 * part, or an old list does no harm: what is in it was taken back all the same.
 */
#ifndef HP_CRYPTO_CRL_H
#define HP_CRYPTO_CRL_H

#include "crypto/key.h"

typedef struct hp_crl hp_crl;

/* NULL when this is none (DER). */
hp_crl *hp_crl_read(hp_crypto *crypto, hp_str der);
void hp_crl_free(hp_crl *crl);

/* Did this authority sign it, and may it? */
bool hp_crl_signed_by(const hp_crl *crl, const hp_cert *authority);

/* Does it list this certificate? */
bool hp_crl_lists(const hp_crl *crl, const hp_cert *cert);

/* The digest of its issuer's name, that of hp_cert_subject() and hp_cert_issuer(). */
bool hp_crl_issuer(const hp_crl *crl, hp_crypto *crypto, uint8_t name[HP_SHA256]);

/* Seconds since 1970 UTC; a list that names no next one is for ever.  False: unreadable. */
bool hp_crl_validity(const hp_crl *crl, double *from, double *until);

#endif
