/* Keys by their numbers; see spki.h. */
#include "crypto/spki.h"

#include "crypto/internal.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>

#include <stdlib.h>

#define P256_BYTES 32

/* The key of that kind with these parameters, as DER. */
static bool
write_key(hp_crypto *crypto, const char *kind, OSSL_PARAM_BLD *build, hp_bytes *spki)
{
    OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(build);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(crypto->lib, kind, NULL);
    EVP_PKEY *pkey = NULL;
    unsigned char *der = NULL;
    int n = -1;

    if (params != NULL && context != NULL && EVP_PKEY_fromdata_init(context) == 1 &&
        EVP_PKEY_fromdata(context, &pkey, EVP_PKEY_PUBLIC_KEY, params) == 1)
        n = i2d_PUBKEY(pkey, &der);
    *spki = (hp_bytes){ n > 0 ? malloc((size_t)n) : NULL, 0 };
    if (spki->p != NULL) {
        spki->n = (size_t)n;
        memcpy(spki->p, der, spki->n);
    }
    OPENSSL_free(der);
    EVP_PKEY_free(pkey);
    EVP_PKEY_CTX_free(context);
    OSSL_PARAM_free(params);
    return spki->p != NULL;
}

static hp_str
without_zeros(hp_str number)
{
    while (number.n > 0 && number.p[0] == 0)
        number = hp_str_from(number, 1);
    return number;
}

/* ---- P-256 -------------------------------------------------------------------- */

/* A coordinate with all its 32 bytes. */
static bool
put_coordinate(hp_str number, uint8_t out[P256_BYTES])
{
    number = without_zeros(number);
    if (number.n > P256_BYTES)
        return false;
    memset(out, 0, P256_BYTES);
    if (number.n > 0)
        memcpy(out + P256_BYTES - number.n, number.p, number.n);
    return true;
}

bool
hp_spki_p256(hp_crypto *crypto, hp_str x, hp_str y, hp_bytes *spki)
{
    uint8_t point[1 + 2 * P256_BYTES] = { POINT_CONVERSION_UNCOMPRESSED };
    OSSL_PARAM_BLD *build;
    bool good;

    *spki = (hp_bytes){ NULL, 0 };
    if (!put_coordinate(x, point + 1) || !put_coordinate(y, point + 1 + P256_BYTES))
        return false;
    ERR_set_mark();
    build = OSSL_PARAM_BLD_new();
    /* That the point lies on the curve is OpenSSL's to check when it takes it. */
    good = build != NULL &&
           OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0) == 1 &&
           OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point,
                                            sizeof(point)) == 1 &&
           write_key(crypto, "EC", build, spki);
    OSSL_PARAM_BLD_free(build);
    ERR_pop_to_mark();
    return good;
}

/* ---- RSA ---------------------------------------------------------------------- */

static BIGNUM *
number_of(hp_str bytes)
{
    bytes = without_zeros(bytes);
    if (bytes.n == 0 || bytes.n > HP_RSA_BITS_MAX / 8)
        return NULL;
    return BN_bin2bn(bytes.p, (int)bytes.n, NULL);
}

bool
hp_spki_rsa(hp_crypto *crypto, hp_str n, hp_str e, hp_bytes *spki)
{
    OSSL_PARAM_BLD *build;
    BIGNUM *modulus, *exponent;
    bool good;

    *spki = (hp_bytes){ NULL, 0 };
    ERR_set_mark();
    build = OSSL_PARAM_BLD_new();
    modulus = number_of(n);
    exponent = number_of(e);
    good = build != NULL && modulus != NULL && exponent != NULL &&
           OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, modulus) == 1 &&
           OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, exponent) == 1 &&
           write_key(crypto, "RSA", build, spki);
    BN_free(modulus);
    BN_free(exponent);
    OSSL_PARAM_BLD_free(build);
    ERR_pop_to_mark();
    return good;
}
