/* Pinned keys and certificates, and the signatures of lists; see pin.h. */
#include "crypto/internal.h"
#include "crypto/pin.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/x509.h>

#include <stdlib.h>

struct hp_pin {
    OSSL_LIB_CTX *lib;
    EVP_PKEY *pkey;
    hp_bytes cert, spki;
    uint8_t fingerprint[HP_SHA256];
};

#define EC_BITS_MIN 256 /* P-256 */
#define EC_BITS_MAX 521 /* P-521 */

bool
hp_pkey_may_sign_lists(const EVP_PKEY *pkey)
{
    int bits = EVP_PKEY_get_bits(pkey);

    if (EVP_PKEY_is_a(pkey, "EC"))
        return bits >= EC_BITS_MIN && bits <= EC_BITS_MAX;
    if (EVP_PKEY_is_a(pkey, "RSA") || EVP_PKEY_is_a(pkey, "RSA-PSS"))
        return bits >= HP_RSA_BITS_MIN && bits <= HP_RSA_BITS_MAX;
    return false;
}

/* ---- reading ---------------------------------------------------------------- */

static bool
copy(hp_str s, hp_bytes *to)
{
    to->p = malloc(s.n + 1);
    if (to->p == NULL)
        return false;
    to->n = s.n;
    memcpy(to->p, s.p, s.n);
    return true;
}

static bool
read_spki(hp_pin *pin, hp_str der)
{
    const unsigned char *p = der.p;

    pin->pkey = d2i_PUBKEY_ex(NULL, &p, (long)der.n, pin->lib, NULL);
    return pin->pkey != NULL && p == der.p + der.n && copy(der, &pin->spki);
}

static bool
read_cert(hp_pin *pin, hp_crypto *crypto, hp_str der)
{
    hp_cert *cert = hp_cert_read(crypto, der);
    bool good = cert != NULL && read_spki(pin, hp_cert_spki(cert)) && copy(der, &pin->cert);

    hp_cert_free(cert);
    return good;
}

/* DER says by its form what it is; kind is what PEM said, HP_PEM_END for a file without it. */
static hp_pin *
read_der(hp_crypto *crypto, hp_pem kind, hp_str der)
{
    hp_pin *pin = calloc(1, sizeof(*pin));
    bool good = pin != NULL;

    if (good) {
        pin->lib = crypto->lib;
        good = (kind != HP_PEM_KEY && read_cert(pin, crypto, der)) ||
               (kind != HP_PEM_CERT && pin->pkey == NULL && read_spki(pin, der));
        good = good && hp_sha256(crypto, &(hp_str){ der.p, der.n }, 1, pin->fingerprint);
    }
    if (!good) {
        hp_pin_free(pin);
        return NULL;
    }
    return pin;
}

/* A file with a second key in it is refused: which one is meant must not be guessed. */
static hp_pin *
read_file(hp_crypto *crypto, hp_str file)
{
    uint8_t *der, *more;
    size_t at = 0, n, n_more;
    hp_pem kind = hp_pem_next(file, &at, &der, &n), next;
    hp_pin *pin = NULL;

    if (kind == HP_PEM_END)
        return read_der(crypto, kind, file);
    if (kind == HP_PEM_OTHER)
        return NULL;
    next = hp_pem_next(file, &at, &more, &n_more);
    if (next == HP_PEM_END)
        pin = read_der(crypto, kind, (hp_str){ der, n });
    hp_pem_free(more);
    hp_pem_free(der);
    return pin;
}

hp_pin *
hp_pin_read(hp_crypto *crypto, hp_str file)
{
    hp_pin *pin;

    ERR_set_mark();
    pin = read_file(crypto, file);
    ERR_pop_to_mark();
    return pin;
}

void
hp_pin_free(hp_pin *pin)
{
    if (pin == NULL)
        return;
    EVP_PKEY_free(pin->pkey);
    hp_bytes_free(&pin->cert);
    hp_bytes_free(&pin->spki);
    free(pin);
}

hp_str
hp_pin_cert(const hp_pin *pin)
{
    return (hp_str){ pin->cert.p, pin->cert.n };
}

hp_str
hp_pin_spki(const hp_pin *pin)
{
    return (hp_str){ pin->spki.p, pin->spki.n };
}

void
hp_pin_fingerprint(const hp_pin *pin, uint8_t fingerprint[HP_SHA256])
{
    memcpy(fingerprint, pin->fingerprint, HP_SHA256);
}

bool
hp_pin_may_sign(const hp_pin *pin)
{
    return hp_pkey_may_sign_lists(pin->pkey);
}

/* ---- verifying -------------------------------------------------------------- */

static const char *
hash_name(hp_hash hash)
{
    static const char *const names[] = {
        [HP_HASH_SHA256] = "SHA256", [HP_HASH_SHA384] = "SHA384", [HP_HASH_SHA512] = "SHA512"
    };

    return names[hash];
}

/* OpenSSL's defaults: strict DER for ECDSA, PKCS#1 v1.5 for RSA. */
static bool
verify(const hp_pin *pin, hp_hash hash, hp_str message, hp_str signature)
{
    EVP_MD_CTX *ctx;
    bool good;

    if (!hp_pkey_may_sign_lists(pin->pkey) || EVP_PKEY_is_a(pin->pkey, "RSA-PSS"))
        return false;
    ctx = EVP_MD_CTX_new();
    good = ctx != NULL &&
           EVP_DigestVerifyInit_ex(ctx, NULL, hash_name(hash), pin->lib, NULL, pin->pkey,
                                   NULL) == 1 &&
           EVP_DigestVerify(ctx, signature.p, signature.n, message.p, message.n) == 1;
    EVP_MD_CTX_free(ctx);
    return good;
}

bool
hp_pin_verify(const hp_pin *pin, hp_hash hash, hp_str message, hp_str signature)
{
    bool good;

    ERR_set_mark();
    good = verify(pin, hash, message, signature);
    ERR_pop_to_mark();
    return good;
}

/* r||s as the DER that OpenSSL verifies; 0 when it cannot be. */
static int
der_of(hp_str signature, unsigned char **der)
{
    int half = (int)signature.n / 2, n = 0;
    ECDSA_SIG *sig = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(signature.p, half, NULL);
    BIGNUM *s = BN_bin2bn(signature.p + half, half, NULL);

    if (sig != NULL && r != NULL && s != NULL && ECDSA_SIG_set0(sig, r, s) == 1) {
        r = s = NULL;
        n = i2d_ECDSA_SIG(sig, der);
    }
    BN_free(r);
    BN_free(s);
    ECDSA_SIG_free(sig);
    return n > 0 ? n : 0;
}

bool
hp_pin_verify_raw(const hp_pin *pin, hp_hash hash, hp_str message, hp_str signature)
{
    size_t half = ((size_t)EVP_PKEY_get_bits(pin->pkey) + 7) / 8;
    unsigned char *der = NULL;
    bool good = false;
    int n;

    if (!EVP_PKEY_is_a(pin->pkey, "EC") || signature.n != 2 * half)
        return false;
    ERR_set_mark();
    n = der_of(signature, &der);
    if (n > 0)
        good = verify(pin, hash, message, (hp_str){ der, (size_t)n });
    OPENSSL_free(der);
    ERR_pop_to_mark();
    return good;
}
