/*
 * Public keys by their numbers, as JSON Web Keys give them (RFC 7518, 6.2 and 6.3): unsigned,
 * big-endian.  Zeros in front of a number are tolerated, and missing ones too: lists are
 * written with the two's complement of Java (trust-lists, 3.3).
 */
#ifndef HP_CRYPTO_SPKI_H
#define HP_CRYPTO_SPKI_H

#include "base/file.h"
#include "crypto/crypto.h"

/*
 * The SubjectPublicKeyInfo (DER) of a point on P-256; of an RSA key.  The caller's, to be
 * ended with hp_bytes_free().  False when there is no such key, or no memory.
 */
bool hp_spki_p256(hp_crypto *crypto, hp_str x, hp_str y, hp_bytes *spki);
bool hp_spki_rsa(hp_crypto *crypto, hp_str n, hp_str e, hp_bytes *spki);

#endif
