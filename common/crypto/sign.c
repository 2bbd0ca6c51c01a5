/* Throw-away issuers: keys, self-signed certificates, signatures; see sign.h. */
#include "crypto/sign.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdio.h>

struct hp_signer {
    EVP_PKEY *key;
    hp_alg alg;
};

/* Takes key over; NULL stays NULL. */
static hp_signer *
signer_of(EVP_PKEY *key, hp_alg alg)
{
    hp_signer *signer = key == NULL ? NULL : malloc(sizeof(*signer));

    if (signer == NULL) {
        EVP_PKEY_free(key);
        return NULL;
    }
    *signer = (hp_signer){ key, alg };
    return signer;
}

hp_signer *
hp_signer_new(hp_alg alg, unsigned bits, hp_error *error)
{
    hp_signer *signer;

    if (alg == HP_ALG_PS256)
        signer = signer_of(EVP_RSA_gen(bits), alg);
    else
        signer = signer_of(EVP_EC_gen(alg == HP_ALG_ES256   ? "P-256"
                                      : alg == HP_ALG_ES384 ? "P-384"
                                                            : "P-521"), alg);
    if (signer == NULL)
        hp_error_set(error, "the key could not be made");
    return signer;
}

/* Answers "no passphrase", where OpenSSL would ask the terminal for one. */
static int
no_passphrase(char *buf, int size, int writing, void *context)
{
    (void)buf, (void)size, (void)writing, (void)context;
    return -1;
}

/* What a gate makes of the key: no other judgement is worth having here. */
static hp_alg
alg_of(const EVP_PKEY *key)
{
    hp_crypto *crypto = hp_crypto_new();
    hp_key *public = NULL;
    hp_alg alg = HP_ALG_NONE;
    uint8_t *der = NULL;
    int n = i2d_PUBKEY(key, &der);

    if (crypto != NULL && n > 0)
        public = hp_key_read(crypto, (hp_str){ der, (size_t)n });
    if (public != NULL)
        alg = hp_key_alg(public);
    hp_key_free(public);
    OPENSSL_free(der);
    hp_crypto_free(crypto);
    return alg;
}

hp_signer *
hp_signer_read(hp_str pem, hp_error *error)
{
    BIO *in = BIO_new_mem_buf(pem.p, (int)pem.n);
    EVP_PKEY *key = NULL;
    hp_alg alg;

    if (in != NULL)
        key = PEM_read_bio_PrivateKey(in, NULL, no_passphrase, NULL);
    BIO_free(in);
    if (key == NULL) {
        hp_error_set(error, "expected an unencrypted private key in PEM");
        return NULL;
    }
    alg = alg_of(key);
    if (alg != HP_ALG_NONE)
        return signer_of(key, alg);
    EVP_PKEY_free(key);
    hp_error_set(error, "expected a key on P-256, P-384 or P-521, or an RSA key of %d to %d bits",
                 HP_RSA_BITS_MIN, HP_RSA_BITS_MAX);
    return NULL;
}

void
hp_signer_free(hp_signer *signer)
{
    if (signer == NULL)
        return;
    EVP_PKEY_free(signer->key);
    free(signer);
}

hp_alg
hp_signer_alg(const hp_signer *signer)
{
    return signer->alg;
}

/* ---- signatures ----------------------------------------------------------- */

/* DER (RFC 3279 2.2.3) to r || s (RFC 9053 2.1). */
static bool
der_to_raw(const uint8_t *der, size_t n, uint8_t *raw, size_t half)
{
    ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &der, (long)n);
    int bytes = (int)half;
    bool ok = sig != NULL &&
        BN_bn2binpad(ECDSA_SIG_get0_r(sig), raw, bytes) == bytes &&
        BN_bn2binpad(ECDSA_SIG_get0_s(sig), raw + half, bytes) == bytes;

    ECDSA_SIG_free(sig);
    return ok;
}

static const EVP_MD *
md_of(hp_alg alg)
{
    return alg == HP_ALG_ES384 ? EVP_sha384() : alg == HP_ALG_ES512 ? EVP_sha512() : EVP_sha256();
}

bool
hp_signer_sign(const hp_signer *signer, hp_str message, uint8_t *sig, size_t *n)
{
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    EVP_PKEY_CTX *ctx; /* md's own */
    uint8_t out[HP_SIGN_MAX];
    bool ok;

    *n = sizeof(out);
    ok = md != NULL &&
        EVP_DigestSignInit(md, &ctx, md_of(signer->alg), NULL, signer->key) == 1;
    if (ok && signer->alg == HP_ALG_PS256)
        ok = EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) == 1 &&
            EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) == 1;
    ok = ok && EVP_DigestSign(md, out, n, message.p, message.n) == 1;
    EVP_MD_CTX_free(md);
    if (!ok)
        return false;
    if (signer->alg == HP_ALG_PS256) {
        memcpy(sig, out, *n);
        return true;
    }
    ok = der_to_raw(out, *n, sig, hp_alg_half(signer->alg));
    *n = 2 * hp_alg_half(signer->alg);
    return ok;
}

/* ---- files ---------------------------------------------------------------- */

/* Moves what a memory BIO holds to pem and frees (and wipes) it; written: did that succeed? */
static bool
take_pem(BIO *bio, bool written, char pem[HP_PEM_MAX], size_t *n)
{
    char *at = NULL;
    long have = bio == NULL ? 0 : BIO_get_mem_data(bio, &at);
    bool ok = written && have > 0 && have < HP_PEM_MAX;

    if (ok) {
        memcpy(pem, at, (size_t)have);
        pem[have] = '\0';
        *n = (size_t)have;
    }
    BIO_free(bio);
    return ok;
}

bool
hp_signer_private_pem(const hp_signer *signer, char pem[HP_PEM_MAX], size_t *n)
{
    BIO *bio = BIO_new(BIO_s_secmem());
    bool ok = bio != NULL &&
        PEM_write_bio_PKCS8PrivateKey(bio, signer->key, NULL, NULL, 0, NULL, NULL) == 1;

    return take_pem(bio, ok, pem, n);
}

bool
hp_signer_public_pem(const hp_signer *signer, char pem[HP_PEM_MAX], size_t *n)
{
    BIO *bio = BIO_new(BIO_s_mem());
    bool ok = bio != NULL && PEM_write_bio_PUBKEY(bio, signer->key) == 1;

    return take_pem(bio, ok, pem, n);
}

/* ---- certificates --------------------------------------------------------- */

static bool
add_extension(X509 *cert, int nid, const char *value)
{
    X509_EXTENSION *ext = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
    bool ok = ext != NULL && X509_add_ext(cert, ext, -1) == 1;

    X509_EXTENSION_free(ext);
    return ok;
}

/* hcert_spec A.4: which content a key may sign; no letter leaves the extension out. */
static bool
add_usage(X509 *cert, const char *usage)
{
    static const struct {
        char letter;
        const char *oid;
    } known[] = {
        { 't', "1.3.6.1.4.1.1847.2021.1.1" },
        { 'v', "1.3.6.1.4.1.1847.2021.1.2" },
        { 'r', "1.3.6.1.4.1.1847.2021.1.3" },
    };
    char value[128] = "";
    size_t i;

    for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (strchr(usage, known[i].letter) == NULL)
            continue;
        if (value[0] != '\0')
            strcat(value, ",");
        strcat(value, known[i].oid);
    }
    return value[0] == '\0' || add_extension(cert, NID_ext_key_usage, value);
}

static bool
add_name(X509_NAME *name, const char *field, const char *value)
{
    return X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8,
                                      (const unsigned char *)value, -1, -1, 0) == 1;
}

/* RFC 5280 4.1.2.2: positive and at most 20 octets. */
static bool
set_serial(X509 *cert)
{
    uint64_t serial = 0;

    return RAND_bytes((uint8_t *)&serial, sizeof(serial)) == 1 &&
        ASN1_INTEGER_set_uint64(X509_get_serialNumber(cert), serial >> 1 | 1) == 1;
}

/* Self-issued, until another issuer is named. */
static bool
describe(X509 *cert, EVP_PKEY *key, const hp_dsc_wish *wish)
{
    X509_NAME *name = X509_get_subject_name(cert);

    return X509_set_version(cert, X509_VERSION_3) == 1 && set_serial(cert) &&
        add_name(name, "C", wish->country) && add_name(name, "CN", wish->name) &&
        X509_set_issuer_name(cert, name) == 1 &&
        ASN1_TIME_set(X509_getm_notBefore(cert), (time_t)wish->from) != NULL &&
        ASN1_TIME_set(X509_getm_notAfter(cert), (time_t)wish->to) != NULL &&
        X509_set_pubkey(cert, key) == 1;
}

static bool
fill(X509 *cert, EVP_PKEY *key, const hp_dsc_wish *wish)
{
    return describe(cert, key, wish) &&
        add_extension(cert, NID_key_usage, "critical,digitalSignature") &&
        add_usage(cert, wish->usage) && X509_sign(cert, key, EVP_sha256()) > 0;
}

bool
hp_signer_certificate(const hp_signer *signer, const hp_dsc_wish *wish,
                      char pem[HP_PEM_MAX], size_t *n, hp_error *error)
{
    X509 *cert = X509_new();
    BIO *bio = BIO_new(BIO_s_mem());
    bool ok = cert != NULL && bio != NULL && fill(cert, signer->key, wish) &&
        PEM_write_bio_X509(bio, cert) == 1;

    X509_free(cert);
    ok = take_pem(bio, ok, pem, n);
    if (!ok)
        hp_error_set(error, "the certificate could not be made");
    return ok;
}

/* ---- signers of seals, and their authority -------------------------------- */

static bool
write_certificate(X509 *cert, char pem[HP_PEM_MAX], size_t *n)
{
    BIO *bio = BIO_new(BIO_s_mem());
    bool ok = bio != NULL && PEM_write_bio_X509(bio, cert) == 1;

    return take_pem(bio, ok, pem, n);
}

static bool
fill_authority(X509 *cert, EVP_PKEY *key, const hp_dsc_wish *wish)
{
    hp_dsc_wish own = *wish;

    own.name = "CSCA";
    return describe(cert, key, &own) &&
        add_extension(cert, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
        add_extension(cert, NID_key_usage, "critical,keyCertSign,cRLSign") &&
        X509_sign(cert, key, EVP_sha384()) > 0;
}

/* What ICAO wants such a certificate to say: it is for seals, and for none of a passport's. */
static bool
fill_seals(X509 *cert, EVP_PKEY *key, const hp_dsc_wish *wish, const X509 *authority,
           EVP_PKEY *authority_key)
{
    return describe(cert, key, wish) &&
        X509_set_issuer_name(cert, X509_get_subject_name(authority)) == 1 &&
        add_extension(cert, NID_key_usage, "critical,digitalSignature") &&
        add_extension(cert, NID_ext_key_usage, "critical,2.23.136.1.1.14.2") &&
        X509_sign(cert, authority_key, EVP_sha384()) > 0;
}

bool
hp_signer_seal_certificate(const hp_signer *signer, const hp_dsc_wish *wish, char pem[HP_PEM_MAX],
                           size_t *n, char authority[HP_PEM_MAX], size_t *authority_n)
{
    X509 *own = X509_new(), *issuer = X509_new();
    EVP_PKEY *key = EVP_EC_gen("P-384");
    bool ok = own != NULL && issuer != NULL && key != NULL && fill_authority(issuer, key, wish) &&
        fill_seals(own, signer->key, wish, issuer, key) &&
        write_certificate(issuer, authority, authority_n) && write_certificate(own, pem, n);

    EVP_PKEY_free(key);
    X509_free(issuer);
    X509_free(own);
    return ok;
}

/* The first certificate of a PEM text, else a DER file; NULL when there is none. */
static hp_cert *
read_certificate(hp_crypto *crypto, hp_str file)
{
    size_t at = 0, n;
    uint8_t *der;
    hp_cert *cert;

    if (hp_pem_next(file, &at, &der, &n) != HP_PEM_CERT)
        return hp_cert_read(crypto, file);
    cert = hp_cert_read(crypto, (hp_str){ der, n });
    hp_pem_free(der);
    return cert;
}

bool
hp_dsc_read(hp_str file, hp_dsc *dsc)
{
    hp_crypto *crypto = hp_crypto_new();
    hp_cert *cert = crypto == NULL ? NULL : read_certificate(crypto, file);

    if (cert != NULL) {
        hp_cert_kid(cert, dsc->kid);
        hp_cert_country(cert, dsc->country);
    }
    hp_cert_free(cert);
    hp_crypto_free(crypto);
    return cert != NULL;
}
