/*
 * Public keys that verify passes, and what their certificates say about them.
 */
#ifndef HP_CRYPTO_KEY_H
#define HP_CRYPTO_KEY_H

#include "crypto/crypto.h"

typedef enum {
    HP_ALG_NONE, /* none that any pass may use */
    HP_ALG_ES256, /* ECDSA P-256, SHA-256, r||s */
    HP_ALG_PS256, /* RSASSA-PSS, SHA-256, MGF1-SHA-256, salt of 32 bytes (RFC 8230) */
    HP_ALG_ES384, /* ECDSA P-384, SHA-384, r||s */
    HP_ALG_ES512  /* ECDSA P-521, SHA-512, r||s */
} hp_alg;

/* "ES256"; "other" for HP_ALG_NONE. */
const char *hp_alg_name(hp_alg alg);

/* Bytes of r, and of s, in a signature of ECDSA; 0 for what is none. */
size_t hp_alg_half(hp_alg alg);

/* The digest that a signature of this algorithm is over; false on a failure of the library. */
#define HP_DIGEST_MAX HP_SHA512
bool hp_alg_digest(hp_crypto *crypto, hp_alg alg, hp_str message, uint8_t digest[HP_DIGEST_MAX]);

#define HP_RSA_BITS_MIN 2048
#define HP_RSA_BITS_MAX 8192

/* What a signer may sign: the EKU of hcert 1.0.8, A.4. */
#define HP_USE_VACCINATION 1u
#define HP_USE_TEST        2u
#define HP_USE_RECOVERY    4u
#define HP_USE_ALL         7u

/* A public key, ready to verify.  It belongs to its hp_crypto and ends before it. */
typedef struct hp_key hp_key;

/* A certificate, held while a trust list is loaded. */
typedef struct hp_cert hp_cert;

/* The only algorithm that this key verifies; HP_ALG_NONE for any other curve, size or kind. */
hp_alg hp_key_alg(const hp_key *key);

/* Bits of the modulus or of the curve's order. */
unsigned hp_key_bits(const hp_key *key);

typedef enum {
    HP_VERIFY_BAD,    /* it does not; also: not the key's algorithm, or the wrong length */
    HP_VERIFY_HOLDS,
    HP_VERIFY_FAILED  /* the library could not tell (no memory): our fault, not the pass's */
} hp_verified;

/* Does the signature hold over the message whose hp_alg_digest() this is? */
hp_verified hp_key_verify(hp_key *key, hp_alg alg, const uint8_t *digest, hp_str signature);

/* The same public key? */
bool hp_key_same(const hp_key *a, const hp_key *b);

void hp_key_free(hp_key *key);

/* Reads one SubjectPublicKeyInfo (DER); NULL when it is none. */
hp_key *hp_key_read(hp_crypto *crypto, hp_str der);

/* Reads one certificate (DER, nothing after it); NULL when it is none. */
hp_cert *hp_cert_read(hp_crypto *crypto, hp_str der);

/*
 * The same of one that came with a pass: *failed says that the library could not tell.  One whose
 * key would take long to read is none.
 */
hp_cert *hp_cert_given(hp_crypto *crypto, hp_str der, bool *failed);
void hp_cert_free(hp_cert *cert);

/* The SubjectPublicKeyInfo (DER) in a certificate, which it lives as long as. */
hp_str hp_cert_spki(const hp_cert *cert);

/* The first 8 bytes of the certificate's SHA-256 (hcert 1.0.8, A.1). */
#define HP_KID 8
void hp_cert_kid(const hp_cert *cert, uint8_t kid[HP_KID]);

/* Seconds since 1970; false when the certificate's dates cannot be read. */
bool hp_cert_validity(const hp_cert *cert, double *from, double *until);

/*
 * HP_USE_ bits.  All, when the extension is absent or names none of ours; none, when it
 * cannot be read or when keyUsage excludes signatures.
 */
unsigned hp_cert_usage(const hp_cert *cert);

/* Does keyUsage allow signatures, or say nothing?  Tells the two ways to no usage apart. */
bool hp_cert_may_sign(const hp_cert *cert);

/*
 * Does it say of itself that it issues certificates: CA:TRUE, or keyCertSign in its keyUsage?
 * What one key may issue it should not also sign as something else.
 */
bool hp_cert_is_ca(const hp_cert *cert);

/*
 * May it sign visible digital seals (ICAO, VDS-NC)?  It issues no certificates, and each of
 * keyUsage, extended key usage and document type list that it has says so.  None is in version 1
 * of X.509, and so nothing that would keep it to what it was made for: it may not.  seal.c
 */
bool hp_cert_may_seal(const hp_cert *cert);

/*
 * Digests of its own and of its issuer's name, by which certificates and CRLs (crl.h) are found:
 * alike for names that are the same by RFC 5280, 7.1, and, rarely, for others.
 */
bool hp_cert_subject(const hp_cert *cert, hp_crypto *crypto, uint8_t name[HP_SHA256]);
bool hp_cert_issuer(const hp_cert *cert, hp_crypto *crypto, uint8_t name[HP_SHA256]);

/* One and the same certificate? */
bool hp_cert_same(const hp_cert *a, const hp_cert *b);

/* The subject's common name; empty: none, or too long. */
#define HP_CN_MAX 64
void hp_cert_name(const hp_cert *cert, char name[HP_CN_MAX]);

/* The subject's country, up to 3 letters and a zero; empty when there is none. */
void hp_cert_country(const hp_cert *cert, char country[4]);

/*
 * Did this authority issue the certificate (trust-lists, 1.3)?  Names, key identifiers, an
 * authority's right to sign certificates, the same country in both where both name one,
 * and the signature, over SHA-256, 384 or 512; not the dates.
 */
bool hp_cert_issued_by(const hp_cert *cert, const hp_cert *authority);

/* The same, with a failure of the library told apart. */
hp_verified hp_cert_chains(const hp_cert *cert, const hp_cert *authority);

/*
 * Cuts the next PEM block out of a text, from *at on, which moves on.  On HP_PEM_CERT and
 * HP_PEM_KEY *der is the caller's to give to hp_pem_free().
 */
typedef enum { HP_PEM_END, HP_PEM_CERT, HP_PEM_KEY, HP_PEM_OTHER } hp_pem;
hp_pem hp_pem_next(hp_str text, size_t *at, uint8_t **der, size_t *n);
void hp_pem_free(uint8_t *der);

#endif
