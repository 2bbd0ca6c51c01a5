/*
 * CMS SignedData (RFC 5652) over lists and list entries, read with OpenSSL.
 *
 * Who may sign is never read from the message: the certificates in it are ignored, and a
 * signature counts only when it was made with the key of one of the given certificates.
 */
#ifndef HP_CRYPTO_CMS_H
#define HP_CRYPTO_CMS_H

#include "base/error.h"
#include "base/file.h"
#include "crypto/key.h"

typedef struct {
    size_t signer;     /* which of the given certificates signed it */
    double signed_at;  /* signingTime, seconds since 1970 UTC; 0: not said */
    hp_bytes content;  /* what it holds, when none was given; end with hp_bytes_free() */
} hp_cms;

/*
 * Verifies one CMS message (DER or BER, nothing after it) over the content; content.p NULL:
 * what the message itself holds, which must be plain data (id-data).  signers are
 * certificates (DER); of several signatures in the
 * message one by any of them will do.  Signed attributes, where there are some, must hold the
 * content's type and digest.  MD5 and SHA-1 are refused, and keys below P-256 and RSA-2048.
 * The certificate's dates are not judged.  False with *error.
 */
bool hp_cms_verify(hp_crypto *crypto, hp_str message, hp_str content, const hp_str *signers,
                   size_t n, hp_cms *cms, hp_error *error);

/*
 * For a person to compare: the SHA-256 of the certificate that the message itself carries for
 * its (first) signer.  It proves nothing.  False when there is none.
 */
bool hp_cms_claimed(hp_crypto *crypto, hp_str message, uint8_t fingerprint[HP_SHA256]);

#endif
