/* What the files of crypto/ know of one another; nobody else includes this. */
#ifndef HP_CRYPTO_INTERNAL_H
#define HP_CRYPTO_INTERNAL_H

#include "crypto/key.h"

#include <openssl/asn1.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

struct hp_crypto {
    OSSL_LIB_CTX *lib;
    EVP_MD *sha256, *sha384, *sha512;
    EVP_MD_CTX *digest;
    EVP_MAC *hmac;
};

/* The context is made ready once and serves every verification. */
struct hp_key {
    hp_alg alg;
    size_t signature; /* bytes of a PS256 signature: those of the modulus */
    EVP_PKEY *pkey;
    EVP_PKEY_CTX *verify; /* NULL when no pass may use the key */
};

struct hp_cert {
    X509 *x509;
    unsigned char *spki; /* SubjectPublicKeyInfo as it stands in the certificate */
    size_t spki_n;
    uint8_t kid[HP_KID];
};

/* Reads one SubjectPublicKeyInfo into key, ready to verify; false leaves nothing to clear. */
bool hp_key_fill(hp_crypto *crypto, hp_str der, hp_key *key);
void hp_key_clear(hp_key *key);

/* Does keyUsage, where there is one, have this bit (RFC 5280, 4.2.1.3)? */
#define HP_KU_SIGNATURE 0
#define HP_KU_CERT_SIGN 5
bool hp_cert_may(const hp_cert *cert, int bit);

/* Is a certificate (DER) of a key that is soon read, whoever made it up?  curve.c */
bool hp_curve_is_quick(hp_str der);

/* Did the library's last call fail for want of memory?  Asked before its errors are taken back. */
bool hp_no_memory(void);

/* Seconds since 1970 UTC; false when the time cannot be read. */
bool hp_moment(const ASN1_TIME *at, double *t);

/* What names that are the same have in common; cert.c. */
bool hp_name_digest(hp_crypto *crypto, const X509_NAME *name, uint8_t digest[HP_SHA256]);

/* Is it of a kind and size that may sign lists: ECDSA from P-256, RSA from 2048 bits on? */
bool hp_pkey_may_sign_lists(const EVP_PKEY *pkey);

#endif
