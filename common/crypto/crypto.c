/* Hashes and random bytes from a library context of our own; see crypto.h. */
#include "crypto/internal.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include <stdlib.h>

struct hp_hmac {
    EVP_MAC_CTX *mac;
};

hp_crypto *
hp_crypto_new(void)
{
    hp_crypto *c = calloc(1, sizeof(*c));

    if (c == NULL)
        return NULL;
    ERR_set_mark();
    c->lib = OSSL_LIB_CTX_new();
    if (c->lib != NULL) {
        c->sha256 = EVP_MD_fetch(c->lib, "SHA256", NULL);
        c->sha384 = EVP_MD_fetch(c->lib, "SHA384", NULL);
        c->sha512 = EVP_MD_fetch(c->lib, "SHA512", NULL);
        c->hmac = EVP_MAC_fetch(c->lib, "HMAC", NULL);
        c->digest = EVP_MD_CTX_new();
    }
    ERR_pop_to_mark();
    if (c->sha256 == NULL || c->sha384 == NULL || c->sha512 == NULL || c->hmac == NULL ||
        c->digest == NULL) {
        hp_crypto_free(c);
        return NULL;
    }
    return c;
}

void
hp_crypto_free(hp_crypto *crypto)
{
    if (crypto == NULL)
        return;
    EVP_MD_CTX_free(crypto->digest);
    EVP_MAC_free(crypto->hmac);
    EVP_MD_free(crypto->sha256);
    EVP_MD_free(crypto->sha384);
    EVP_MD_free(crypto->sha512);
    OSSL_LIB_CTX_free(crypto->lib);
    free(crypto);
}

bool
hp_no_memory(void)
{
    return ERR_GET_REASON(ERR_peek_last_error()) == ERR_R_MALLOC_FAILURE;
}

static bool
hash(hp_crypto *crypto, EVP_MD *md, const hp_str *parts, size_t n, uint8_t *out)
{
    bool good;
    size_t i;

    ERR_set_mark();
    good = EVP_DigestInit_ex2(crypto->digest, md, NULL) == 1;
    for (i = 0; good && i < n; i++)
        good = EVP_DigestUpdate(crypto->digest, parts[i].p, parts[i].n) == 1;
    good = good && EVP_DigestFinal_ex(crypto->digest, out, NULL) == 1;
    ERR_pop_to_mark();
    return good;
}

bool
hp_sha256(hp_crypto *crypto, const hp_str *parts, size_t n, uint8_t out[HP_SHA256])
{
    return hash(crypto, crypto->sha256, parts, n, out);
}

bool
hp_sha384(hp_crypto *crypto, const hp_str *parts, size_t n, uint8_t out[HP_SHA384])
{
    return hash(crypto, crypto->sha384, parts, n, out);
}

bool
hp_sha512(hp_crypto *crypto, const hp_str *parts, size_t n, uint8_t out[HP_SHA512])
{
    return hash(crypto, crypto->sha512, parts, n, out);
}

hp_hmac *
hp_hmac_new(hp_crypto *crypto, hp_str key)
{
    char digest[] = "SHA256";
    OSSL_PARAM params[] = { OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                            OSSL_PARAM_construct_end() };
    hp_hmac *h = calloc(1, sizeof(*h));

    if (h == NULL)
        return NULL;
    ERR_set_mark();
    h->mac = EVP_MAC_CTX_new(crypto->hmac);
    if (h->mac == NULL || EVP_MAC_init(h->mac, key.p, key.n, params) != 1) {
        hp_hmac_free(h);
        h = NULL;
    }
    ERR_pop_to_mark();
    return h;
}

void
hp_hmac_free(hp_hmac *hmac)
{
    if (hmac == NULL)
        return;
    EVP_MAC_CTX_free(hmac->mac);
    free(hmac);
}

/* Starting again without a key keeps the one that was given. */
bool
hp_hmac_over(hp_hmac *hmac, const hp_str *parts, size_t n, uint8_t out[HP_SHA256])
{
    size_t i, made;
    bool good;

    ERR_set_mark();
    good = EVP_MAC_init(hmac->mac, NULL, 0, NULL) == 1;
    for (i = 0; good && i < n; i++)
        good = EVP_MAC_update(hmac->mac, parts[i].p, parts[i].n) == 1;
    good = good && EVP_MAC_final(hmac->mac, out, &made, HP_SHA256) == 1;
    ERR_pop_to_mark();
    return good;
}

bool
hp_same_secret(const uint8_t *one, const uint8_t *other, size_t n)
{
    return CRYPTO_memcmp(one, other, n) == 0;
}

bool
hp_random(hp_crypto *crypto, uint8_t *out, size_t n)
{
    bool good;

    ERR_set_mark();
    good = RAND_priv_bytes_ex(crypto->lib, out, n, 0) == 1;
    ERR_pop_to_mark();
    return good;
}
