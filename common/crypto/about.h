/*
 * What lists need to know of certificates and keys beside what passes need.
 * For healthpassctl; nothing here says whether to trust them.
 */
#ifndef HP_CRYPTO_ABOUT_H
#define HP_CRYPTO_ABOUT_H

#include "crypto/key.h"

typedef struct {
    uint8_t subject[HP_SHA256]; /* hp_cert_subject() */
    char cn[HP_CN_MAX];         /* the subject's common name; empty: none, or too long */
    bool authority;             /* it may sign certificates */
} hp_about;

/* False on a failure of the library. */
bool hp_about_cert(hp_crypto *crypto, const hp_cert *cert, hp_about *about);

/* Bits of an EC key on one of P-256, P-384 and P-521; 0 for any other key. */
unsigned hp_about_curve(hp_crypto *crypto, hp_str spki);

/*
 * Gives each certificate of a PKCS#7 bundle (a SignedData without signers, RFC 2315) to each(),
 * until it answers false.  False when it did, or when this is no bundle.
 */
bool hp_about_bundle(hp_crypto *crypto, hp_str der, bool (*each)(void *context, hp_str cert),
                     void *context);

#endif
