/* Public keys: making them ready, and verifying with them; see key.h. */
#include "crypto/key.h"

#include "crypto/internal.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <stdlib.h>

#define HALF_MAX 66 /* bytes of r and of s on P-521 */

static const struct {
    const char *name, *group; /* OpenSSL's name of the curve; NULL: RSA */
    size_t half;              /* bytes of r and of s */
    size_t digest;
} algs[] = {
    [HP_ALG_NONE] = { "other", NULL, 0, HP_SHA256 },
    [HP_ALG_ES256] = { "ES256", "prime256v1", 32, HP_SHA256 },
    [HP_ALG_PS256] = { "PS256", NULL, 0, HP_SHA256 },
    [HP_ALG_ES384] = { "ES384", "secp384r1", 48, HP_SHA384 },
    [HP_ALG_ES512] = { "ES512", "secp521r1", HALF_MAX, HP_SHA512 },
};

#define ALGS (sizeof(algs) / sizeof(algs[0]))

const char *
hp_alg_name(hp_alg alg)
{
    return algs[alg].name;
}

size_t
hp_alg_half(hp_alg alg)
{
    return algs[alg].half;
}

bool
hp_alg_digest(hp_crypto *crypto, hp_alg alg, hp_str message, uint8_t digest[HP_DIGEST_MAX])
{
    switch (algs[alg].digest) {
    case HP_SHA384:
        return hp_sha384(crypto, &message, 1, digest);
    case HP_SHA512:
        return hp_sha512(crypto, &message, 1, digest);
    default:
        return hp_sha256(crypto, &message, 1, digest);
    }
}

static hp_alg
alg_of_group(const char *group)
{
    size_t i = ALGS - 1;

    while (i > HP_ALG_NONE && (algs[i].group == NULL || strcmp(algs[i].group, group) != 0))
        i--;
    return (hp_alg)i;
}

/* The key decides the algorithm, so that a header chosen by an attacker gains nothing. */
static hp_alg
alg_of(EVP_PKEY *pkey)
{
    char group[32] = "";
    int bits;

    if (EVP_PKEY_is_a(pkey, "EC")) {
        (void)EVP_PKEY_get_group_name(pkey, group, sizeof(group), NULL);
        return alg_of_group(group);
    }
    if (EVP_PKEY_is_a(pkey, "RSA") || EVP_PKEY_is_a(pkey, "RSA-PSS")) {
        bits = EVP_PKEY_get_bits(pkey);
        return bits >= HP_RSA_BITS_MIN && bits <= HP_RSA_BITS_MAX ? HP_ALG_PS256 : HP_ALG_NONE;
    }
    return HP_ALG_NONE;
}

static bool
set_pss(EVP_PKEY_CTX *ctx, EVP_MD *sha256)
{
    return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) == 1 &&
           EVP_PKEY_CTX_set_signature_md(ctx, sha256) == 1 &&
           EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, sha256) == 1 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) == 1;
}

static bool
make_ready(hp_crypto *crypto, hp_key *key)
{
    key->verify = EVP_PKEY_CTX_new_from_pkey(crypto->lib, key->pkey, NULL);
    return key->verify != NULL && EVP_PKEY_verify_init(key->verify) == 1;
}

/* Consumes pkey, which may be NULL. */
static bool
fill(hp_crypto *crypto, EVP_PKEY *pkey, hp_key *key)
{
    *key = (hp_key){ .pkey = pkey };
    if (pkey == NULL)
        return false;
    key->alg = alg_of(pkey);
    if (key->alg != HP_ALG_NONE && !make_ready(crypto, key)) {
        hp_key_clear(key);
        return false;
    }
    if (key->alg == HP_ALG_PS256) {
        key->signature = (size_t)EVP_PKEY_get_size(pkey);
        /* The key itself may be bound to other parameters (RFC 4055, 3.1): then it is no use. */
        if (!set_pss(key->verify, crypto->sha256))
            key->alg = HP_ALG_NONE;
    }
    return true;
}

bool
hp_key_fill(hp_crypto *crypto, hp_str der, hp_key *key)
{
    const unsigned char *p = der.p;
    EVP_PKEY *pkey;
    bool good;

    ERR_set_mark();
    pkey = d2i_PUBKEY_ex(NULL, &p, (long)der.n, crypto->lib, NULL);
    if (pkey != NULL && p != der.p + der.n) {
        EVP_PKEY_free(pkey);
        pkey = NULL;
    }
    good = fill(crypto, pkey, key);
    ERR_pop_to_mark();
    return good;
}

void
hp_key_clear(hp_key *key)
{
    EVP_PKEY_CTX_free(key->verify);
    EVP_PKEY_free(key->pkey);
    *key = (hp_key){ .alg = HP_ALG_NONE };
}

hp_key *
hp_key_read(hp_crypto *crypto, hp_str der)
{
    hp_key *key = calloc(1, sizeof(*key));

    if (key == NULL || hp_key_fill(crypto, der, key))
        return key;
    free(key);
    return NULL;
}

void
hp_key_free(hp_key *key)
{
    if (key == NULL)
        return;
    hp_key_clear(key);
    free(key);
}

hp_alg
hp_key_alg(const hp_key *key)
{
    return key->alg;
}

unsigned
hp_key_bits(const hp_key *key)
{
    return (unsigned)EVP_PKEY_get_bits(key->pkey);
}

bool
hp_key_same(const hp_key *a, const hp_key *b)
{
    bool same;

    ERR_set_mark();
    same = EVP_PKEY_eq(a->pkey, b->pkey) == 1;
    ERR_pop_to_mark();
    return same;
}

#define DER_HEAD 3 /* bytes of a SEQUENCE's tag and length, of up to 255 bytes */

/* One half of r||s as a DER INTEGER: shortest form, never negative (X.690, 8.3). */
static size_t
der_integer(const uint8_t *half, size_t bytes, uint8_t *out)
{
    size_t skip = 0, pad, n;

    while (skip < bytes - 1 && half[skip] == 0)
        skip++;
    pad = half[skip] >= 0x80 ? 1 : 0;
    n = bytes - skip;
    out[0] = 0x02;
    out[1] = (uint8_t)(n + pad);
    out[2] = 0;
    memcpy(out + 2 + pad, half + skip, n);
    return 2 + pad + n;
}

/*
 * COSE carries r||s (RFC 9053, 2.1), OpenSSL wants the DER of RFC 3279.  Range and low or
 * high s are OpenSSL's to judge; both s and n-s hold, and issuers make both.  The DER is
 * well-formed, so a negative answer is never the pass's doing.
 */
static int
verify_ecdsa(hp_key *key, const uint8_t *digest, hp_str signature)
{
    uint8_t room[DER_HEAD + 2 * (2 + 1 + HALF_MAX)], *der = room + DER_HEAD;
    size_t half = algs[key->alg].half, n;

    if (signature.n != 2 * half)
        return 0;
    n = der_integer(signature.p, half, der);
    n += der_integer(signature.p + half, half, der + n);
    *--der = (uint8_t)n;
    if (n > 127) {
        *--der = 0x81;
        n++;
    }
    *--der = 0x30;
    return EVP_PKEY_verify(key->verify, der, n + 2, digest, algs[key->alg].digest);
}

/* A signature is as long as the modulus, leading zeros included (RFC 8017, 8.1.2). */
static int
verify_ps256(hp_key *key, const uint8_t *digest, hp_str signature)
{
    if (signature.n != key->signature)
        return 0;
    return EVP_PKEY_verify(key->verify, signature.p, signature.n, digest, HP_SHA256);
}

hp_verified
hp_key_verify(hp_key *key, hp_alg alg, const uint8_t *digest, hp_str signature)
{
    bool no_memory, rsa = alg == HP_ALG_PS256;
    int rc;

    if (alg == HP_ALG_NONE || alg != key->alg)
        return HP_VERIFY_BAD;
    ERR_set_mark();
    rc = rsa ? verify_ps256(key, digest, signature) : verify_ecdsa(key, digest, signature);
    no_memory = rc != 1 && hp_no_memory();
    ERR_pop_to_mark();
    if (rc == 1)
        return HP_VERIFY_HOLDS;
    return no_memory || (rc < 0 && !rsa) ? HP_VERIFY_FAILED : HP_VERIFY_BAD;
}
