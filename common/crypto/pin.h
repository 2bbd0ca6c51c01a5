/*
 * What signs lists, not passes: a public key or certificate that an operator pinned.
 * For healthpassctl and for loading; no pass is ever verified with it.
 */
#ifndef HP_CRYPTO_PIN_H
#define HP_CRYPTO_PIN_H

#include "base/error.h"
#include "base/file.h"
#include "crypto/key.h"

typedef struct hp_pin hp_pin;

/* Reads one certificate or public key, PEM or DER; NULL when it is neither. */
hp_pin *hp_pin_read(hp_crypto *crypto, hp_str file);
void hp_pin_free(hp_pin *pin);

/* The certificate's DER; empty for a bare key.  And the SubjectPublicKeyInfo's. */
hp_str hp_pin_cert(const hp_pin *pin);
hp_str hp_pin_spki(const hp_pin *pin);

/* SHA-256 of the certificate, or of a bare key's SubjectPublicKeyInfo. */
void hp_pin_fingerprint(const hp_pin *pin, uint8_t fingerprint[HP_SHA256]);

/* Could a signature by it ever hold: a key on P-256 to P-521, or of RSA-2048 to RSA-4096? */
bool hp_pin_may_sign(const hp_pin *pin);

typedef enum { HP_HASH_SHA256, HP_HASH_SHA384, HP_HASH_SHA512 } hp_hash;

/*
 * Does the signature over the message hold: ECDSA in DER (RFC 3279, 2.2.3), or RSA with
 * PKCS#1 v1.5?  False for anything else, and for keys below P-256 and RSA-2048.
 */
bool hp_pin_verify(const hp_pin *pin, hp_hash hash, hp_str message, hp_str signature);

/* The same for r||s, ECDSA only (RFC 7518, 3.4). */
bool hp_pin_verify_raw(const hp_pin *pin, hp_hash hash, hp_str message, hp_str signature);

#endif
