/* What the files of crypto/ know of one another; nobody else includes this. */
#ifndef HP_CRYPTO_INTERNAL_H
#define HP_CRYPTO_INTERNAL_H

#include "crypto/key.h"

#include <openssl/evp.h>

struct hp_crypto {
    OSSL_LIB_CTX *lib;
    EVP_MD *sha256;
    EVP_MD_CTX *digest;
    EVP_MAC *hmac;
};

/* Makes a key ready to verify; consumes pkey, which may be NULL.  NULL on failure. */
hp_key *hp_key_of(hp_crypto *crypto, EVP_PKEY *pkey);

#endif
