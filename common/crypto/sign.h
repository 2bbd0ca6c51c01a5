/*
 * hp_signer: the issuer's side of the signatures that we verify, for throw-away
 * test issuers.  Makes keys and self-signed signer certificates (DSC), and signs
 * in the form that COSE carries (RFC 9053 2.1, RFC 8230 2).
 *
 * Linked into healthpassctl only: no gate holds a private key.
 */
#ifndef HP_CRYPTO_SIGN_H
#define HP_CRYPTO_SIGN_H

#include "base/error.h"
#include "base/str.h"
#include "crypto/key.h"

#define HP_SIGN_MAX (HP_RSA_BITS_MAX / 8) /* bytes of the longest signature */
#define HP_PEM_MAX  16384                 /* characters of the longest PEM text here */

/* A private key.  The functions that return one give NULL on failure and say why. */
typedef struct hp_signer hp_signer;

/* A fresh key: on the algorithm's curve, or RSA with that many bits (looked at for PS256 only). */
hp_signer *hp_signer_new(hp_alg alg, unsigned bits, hp_error *error);

/* Reads an unencrypted PEM key; its kind says the algorithm, what no pass may use is refused. */
hp_signer *hp_signer_read(hp_str pem, hp_error *error);

/* Wipes and frees.  NULL does no harm. */
void hp_signer_free(hp_signer *signer);

hp_alg hp_signer_alg(const hp_signer *signer);

/*
 * Signs message.  sig has room for HP_SIGN_MAX bytes; *n becomes its length:
 * twice hp_alg_half() (r || s), that of the modulus for PS256 (salt of 32 bytes).
 */
bool hp_signer_sign(const hp_signer *signer, hp_str message, uint8_t *sig, size_t *n);

/* The keys as PEM text (PKCS#8, SubjectPublicKeyInfo) with a closing zero; *n excludes it. */
bool hp_signer_private_pem(const hp_signer *signer, char pem[HP_PEM_MAX], size_t *n);
bool hp_signer_public_pem(const hp_signer *signer, char pem[HP_PEM_MAX], size_t *n);

/* What a signer certificate is to say. */
typedef struct {
    const char *country; /* subject C, two letters */
    const char *name;    /* subject CN */
    const char *usage;   /* of "vtr": extended key usages of spec A.4; "" for none */
    double from, to;     /* validity, seconds since 1970 UTC */
} hp_dsc_wish;

/* A self-signed certificate of the signer's key as PEM, like hp_signer_public_pem(). */
bool hp_signer_certificate(const hp_signer *signer, const hp_dsc_wish *wish,
                           char pem[HP_PEM_MAX], size_t *n, hp_error *error);

/*
 * The same for a signer of visible digital seals (ICAO, VDS-NC), issued by an authority that is
 * made for it: its own certificate goes to authority, and its key is nobody's any more.
 */
bool hp_signer_seal_certificate(const hp_signer *signer, const hp_dsc_wish *wish,
                                char pem[HP_PEM_MAX], size_t *n, char authority[HP_PEM_MAX],
                                size_t *authority_n);

/* What an issuer needs to know of its own certificate. */
typedef struct {
    uint8_t kid[HP_KID]; /* first bytes of SHA-256 over the DER */
    char country[4];     /* subject C, or empty */
} hp_dsc;

/* Reads one certificate, PEM or DER.  False when it is none. */
bool hp_dsc_read(hp_str file, hp_dsc *dsc);

#endif
