/*
 * crypto/: the only door to OpenSSL.
 *
 * hp_crypto is a library context of our own with what was fetched from it: we live in
 * other people's processes (sshd, nginx), whose default context, engines and error queue
 * are not ours to touch.  It serves one thread at a time.
 */
#ifndef HP_CRYPTO_CRYPTO_H
#define HP_CRYPTO_CRYPTO_H

#include "base/str.h"

#define HP_SHA256 32 /* bytes of a SHA-256, and of an HMAC over it */

typedef struct hp_crypto hp_crypto;

/* NULL when OpenSSL cannot give what we need, or there is no memory. */
hp_crypto *hp_crypto_new(void);
void hp_crypto_free(hp_crypto *crypto);

/* SHA-256 over the parts as if they were one; false on a failure of the library. */
bool hp_sha256(hp_crypto *crypto, const hp_str *parts, size_t n, uint8_t out[HP_SHA256]);

/* The same of SHA-384 and SHA-512, of as many bytes (FIPS 180-4). */
#define HP_SHA384 48
#define HP_SHA512 64
bool hp_sha384(hp_crypto *crypto, const hp_str *parts, size_t n, uint8_t out[HP_SHA384]);
bool hp_sha512(hp_crypto *crypto, const hp_str *parts, size_t n, uint8_t out[HP_SHA512]);

/* A key for HMAC-SHA-256 (RFC 2104), made ready once; NULL on failure. */
typedef struct hp_hmac hp_hmac;
hp_hmac *hp_hmac_new(hp_crypto *crypto, hp_str key);
void hp_hmac_free(hp_hmac *hmac);
bool hp_hmac_over(hp_hmac *hmac, const hp_str *parts, size_t n, uint8_t out[HP_SHA256]);

/* Are the n bytes the same?  How long it takes says nothing about where they differ. */
bool hp_same_secret(const uint8_t *one, const uint8_t *other, size_t n);

/* Bytes that nobody can guess; false on failure. */
bool hp_random(hp_crypto *crypto, uint8_t *out, size_t n);

#endif
