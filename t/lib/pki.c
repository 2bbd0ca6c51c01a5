/*
 * A throw-away world of keys, certificates and signed messages for tests; see pki.h.
 * Uses OpenSSL itself, so that what the core makes of them is judged by something else.
 */
#include "pki.h"

#include "maker.h"

#include <openssl/cms.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <stdio.h>
#include <stdlib.h>

struct pki_key {
    pki_key *next;
    EVP_PKEY *pkey;
};

struct pki_cert {
    pki_cert *next;
    X509 *x509;
    const pki_key *key;
    unsigned char *der;
    size_t n;
};

/* All that was made, so that it is still reachable when the program ends. */
static pki_key *keys;
static pki_cert *certs;

static void
check(bool good, const char *what)
{
    if (good)
        return;
    fprintf(stderr, "pki: %s\n", what);
    exit(1);
}

/* Bytes that OpenSSL allocated, as a copy in the ring. */
static hp_str
take(unsigned char *p, int n, const char *what)
{
    hp_str copy;

    check(n > 0, what);
    copy = maker_copy((hp_str){ p, (size_t)n });
    OPENSSL_free(p);
    return copy;
}

static hp_str
take_bio(BIO *bio)
{
    char *p;
    long n = BIO_get_mem_data(bio, &p);
    hp_str copy = maker_copy((hp_str){ (const uint8_t *)p, (size_t)n });

    BIO_free(bio);
    return copy;
}

/* ---- keys ------------------------------------------------------------------- */

/*
 * Of two primes OpenSSL makes an even number of bits only, so a modulus of an odd number has
 * three: the public key is the same kind of thing (RFC 8017, 3.1).
 */
static EVP_PKEY *
make_rsa(const char *algorithm, const char *bits)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, algorithm, NULL);
    EVP_PKEY *pkey = NULL;

    check(ctx != NULL && EVP_PKEY_keygen_init(ctx) == 1 &&
              EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, atoi(bits)) == 1 &&
              EVP_PKEY_CTX_set_rsa_keygen_primes(ctx, 2 + atoi(bits) % 2) == 1 &&
              EVP_PKEY_generate(ctx, &pkey) == 1,
          "no RSA key");
    EVP_PKEY_CTX_free(ctx);
    return pkey;
}

/* kind: "P-384" or "P-384-explicit". */
static EVP_PKEY *
make_ec(const char *kind)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    bool is_explicit = strlen(kind) > 5;
    char curve[] = "P-xxx";
    EVP_PKEY *pkey = NULL;

    memcpy(curve, kind, sizeof(curve) - 1);
    check(ctx != NULL && EVP_PKEY_keygen_init(ctx) == 1 &&
              EVP_PKEY_CTX_set_group_name(ctx, curve) == 1 &&
              EVP_PKEY_CTX_set_ec_param_enc(ctx, is_explicit ? OPENSSL_EC_EXPLICIT_CURVE
                                                             : OPENSSL_EC_NAMED_CURVE) == 1 &&
              EVP_PKEY_generate(ctx, &pkey) == 1,
          "no EC key");
    EVP_PKEY_CTX_free(ctx);
    return pkey;
}

pki_key *
pki_key_new(const char *kind)
{
    pki_key *key = calloc(1, sizeof(*key));

    check(key != NULL, "no memory");
    if (strncmp(kind, "RSA-PSS-", 8) == 0)
        key->pkey = make_rsa("RSA-PSS", kind + 8);
    else if (strncmp(kind, "RSA-", 4) == 0)
        key->pkey = make_rsa("RSA", kind + 4);
    else if (strncmp(kind, "P-", 2) == 0)
        key->pkey = make_ec(kind);
    else
        key->pkey = EVP_PKEY_Q_keygen(NULL, NULL, kind);
    check(key->pkey != NULL, "no key of that kind");
    key->next = keys;
    keys = key;
    return key;
}

hp_str
pki_spki(const pki_key *key)
{
    unsigned char *der = NULL;
    int n = i2d_PUBKEY(key->pkey, &der);

    return take(der, n, "no public key");
}

hp_str
pki_private_pem(const pki_key *key)
{
    BIO *bio = BIO_new(BIO_s_mem());

    check(bio != NULL &&
              PEM_write_bio_PKCS8PrivateKey(bio, key->pkey, NULL, NULL, 0, NULL, NULL) == 1,
          "no private key");
    return take_bio(bio);
}

/* Bytes of one coordinate, or of r and of s. */
static int
half_of(const pki_key *key)
{
    return (EVP_PKEY_get_bits(key->pkey) + 7) / 8;
}

hp_str
pki_parameter(const pki_key *key, const char *name)
{
    bool is_point = *name == 'x' || *name == 'y';
    const char *param = *name == 'x'   ? OSSL_PKEY_PARAM_EC_PUB_X
                        : *name == 'y' ? OSSL_PKEY_PARAM_EC_PUB_Y
                                       : name; /* RSA's are called n and e there too */
    unsigned char bytes[2048];
    BIGNUM *number = NULL;
    int n;

    check(EVP_PKEY_get_bn_param(key->pkey, param, &number) == 1, "no such parameter");
    n = is_point ? half_of(key) : BN_num_bytes(number);
    check(BN_bn2binpad(number, bytes, n) == n, "a parameter is too long");
    BN_free(number);
    return maker_copy((hp_str){ bytes, (size_t)n });
}

/* ---- certificates ------------------------------------------------------------ */

static void
put_name(X509_NAME *name, int nid, int type, const char *value)
{
    /* A type instead of an MBSTRING_ constant: lengths are not judged here. */
    check(value == NULL || X509_NAME_add_entry_by_NID(name, nid, type,
                               (const unsigned char *)value, -1, -1, 0) == 1,
          "no name");
}

static void
put_extension(X509 *x509, X509V3_CTX *ctx, int nid, const char *value)
{
    X509_EXTENSION *ext = X509V3_EXT_conf_nid(NULL, ctx, nid, value);

    check(ext != NULL && X509_add_ext(x509, ext, -1) == 1, "no extension");
    X509_EXTENSION_free(ext);
}

/* In the place of what there is: a SEQUENCE of a text, which no extension of ours is. */
static void
put_unreadable(X509 *x509, int nid)
{
    static const unsigned char broken[] = { 0x30, 0x03, 0x0c, 0x01, '?' };
    ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
    int at = X509_get_ext_by_NID(x509, nid, -1);
    X509_EXTENSION *ext;

    if (at >= 0)
        X509_EXTENSION_free(X509_delete_ext(x509, at));
    check(value != NULL && ASN1_OCTET_STRING_set(value, broken, sizeof(broken)) == 1, "no memory");
    ext = X509_EXTENSION_create_by_NID(NULL, nid, 0, value);
    check(ext != NULL && X509_add_ext(x509, ext, -1) == 1, "no extension");
    X509_EXTENSION_free(ext);
    ASN1_OCTET_STRING_free(value);
}

/* Doc 9303-12, 7.1.1: its OID is none that OpenSSL has a name for. */
static void
put_types(X509 *x509, hp_str types)
{
    ASN1_OBJECT *oid = OBJ_txt2obj("2.23.136.1.1.6.2", 1);
    ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
    X509_EXTENSION *ext;

    check(oid != NULL && value != NULL && ASN1_OCTET_STRING_set(value, types.p, (int)types.n) == 1,
          "no memory");
    ext = X509_EXTENSION_create_by_OBJ(NULL, oid, 0, value);
    check(ext != NULL && X509_add_ext(x509, ext, -1) == 1, "no extension");
    X509_EXTENSION_free(ext);
    ASN1_OCTET_STRING_free(value);
    ASN1_OBJECT_free(oid);
}

static void
put_key_ids(X509 *x509, X509V3_CTX *ctx, const pki_wish *wish)
{
    ASN1_OCTET_STRING *id;

    put_extension(x509, ctx, NID_subject_key_identifier, "hash");
    if (wish->key_id_of != NULL)
        ctx->issuer_cert = wish->key_id_of->x509;
    id = X509_get_ext_d2i(ctx->issuer_cert, NID_subject_key_identifier, NULL, NULL);
    if (id != NULL)
        put_extension(x509, ctx, NID_authority_key_identifier, "keyid:always");
    ASN1_OCTET_STRING_free(id);
}

static void
put_extensions(X509 *x509, X509 *issuer, const pki_wish *wish)
{
    const char *usage = wish->key_usage != NULL ? wish->key_usage
                        : wish->authority       ? "keyCertSign,cRLSign"
                                                : "digitalSignature";
    X509V3_CTX ctx;

    X509V3_set_ctx(&ctx, issuer, x509, NULL, NULL, 0);
    if (wish->constraints != NULL || wish->authority)
        put_extension(x509, &ctx, NID_basic_constraints,
                      wish->constraints != NULL ? wish->constraints : "critical,CA:TRUE");
    if (*usage != '\0')
        put_extension(x509, &ctx, NID_key_usage,
                      maker_c_string(maker_print("critical,%s", usage)));
    if (wish->eku != NULL && strcmp(wish->eku, "!") == 0)
        put_unreadable(x509, NID_ext_key_usage);
    else if (wish->eku != NULL)
        put_extension(x509, &ctx, NID_ext_key_usage, wish->eku);
    if (wish->types.n > 0)
        put_types(x509, wish->types);
    if (wish->san != NULL)
        put_extension(x509, &ctx, NID_subject_alt_name, wish->san);
    if (!wish->no_key_ids)
        put_key_ids(x509, &ctx, wish);
    if (wish->unreadable != NULL)
        put_unreadable(x509, OBJ_sn2nid(wish->unreadable));
}

static const char *
hash_liked(EVP_PKEY *pkey)
{
    int bits = EVP_PKEY_is_a(pkey, "EC") ? EVP_PKEY_get_bits(pkey) : 0;

    return EVP_PKEY_is_a(pkey, "ED25519") ? NULL
           : bits > 384                   ? "sha512"
           : bits > 256                   ? "sha384"
                                          : "sha256";
}

/* Makes md ready to sign as asked. */
static void
start_signing(EVP_MD_CTX *md, EVP_PKEY *pkey, const char *sign)
{
    bool pss = sign != NULL && strncmp(sign, "pss", 3) == 0;
    const char *hash = sign == NULL              ? hash_liked(pkey)
                       : strcmp(sign, "pss") == 0 ? "sha256"
                       : pss                     ? sign + 4
                                                 : sign;
    EVP_PKEY_CTX *ctx; /* md's own */

    check(EVP_DigestSignInit_ex(md, &ctx, hash, NULL, NULL, pkey, NULL) == 1, "cannot sign");
    check(!pss || (EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) == 1 &&
                   EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) == 1),
          "cannot sign with PSS");
}

static void
sign_certificate(X509 *x509, const pki_key *key, const char *sign)
{
    EVP_MD_CTX *md = EVP_MD_CTX_new();

    check(md != NULL, "no memory");
    start_signing(md, key->pkey, sign);
    check(X509_sign_ctx(x509, md) > 0, "the certificate cannot be signed");
    EVP_MD_CTX_free(md);
}

static void
fill(X509 *x509, const pki_wish *wish, const pki_key *key)
{
    X509_NAME *name = X509_get_subject_name(x509);
    uint64_t serial;

    check(RAND_bytes((unsigned char *)&serial, sizeof(serial)) == 1 &&
              ASN1_INTEGER_set_uint64(X509_get_serialNumber(x509), serial >> 1 | 1) == 1 &&
              X509_set_version(x509, wish->version_1 ? X509_VERSION_1 : X509_VERSION_3) == 1,
          "no serial number");
    put_name(name, NID_countryName, V_ASN1_PRINTABLESTRING, wish->country);
    put_name(name, NID_commonName, wish->printable ? V_ASN1_PRINTABLESTRING : V_ASN1_UTF8STRING,
             wish->name != NULL ? wish->name : "Test");
    check(X509_set_issuer_name(x509, wish->issuer != NULL
                                         ? X509_get_subject_name(wish->issuer->x509)
                                         : name) == 1 &&
              ASN1_TIME_set(X509_getm_notBefore(x509),
                            (time_t)(wish->from != 0 ? wish->from : MAKER_FROM)) != NULL &&
              ASN1_TIME_set(X509_getm_notAfter(x509),
                            (time_t)(wish->to != 0 ? wish->to : MAKER_TO)) != NULL &&
              X509_set_pubkey(x509, key->pkey) == 1,
          "no certificate");
}

const pki_cert *
pki_cert_new(const pki_wish *wish)
{
    pki_cert *cert = calloc(1, sizeof(*cert));
    const pki_key *signer;
    int n;

    check(cert != NULL && (cert->x509 = X509_new()) != NULL, "no memory");
    cert->key = wish->key != NULL ? wish->key : pki_key_new("P-256");
    fill(cert->x509, wish, cert->key);
    if (!wish->version_1)
        put_extensions(cert->x509, wish->issuer != NULL ? wish->issuer->x509 : cert->x509, wish);
    signer = wish->issuer != NULL ? wish->issuer->key : cert->key;
    sign_certificate(cert->x509, wish->forged != NULL ? wish->forged : signer, wish->sign);
    n = i2d_X509(cert->x509, &cert->der);
    check(n > 0, "the certificate has no encoding");
    cert->n = (size_t)n;
    cert->next = certs;
    certs = cert;
    return cert;
}

hp_str
pki_der(const pki_cert *cert)
{
    return (hp_str){ cert->der, cert->n };
}

hp_str
pki_pem(const pki_cert *cert)
{
    BIO *bio = BIO_new(BIO_s_mem());

    check(bio != NULL && PEM_write_bio_X509(bio, cert->x509) == 1, "no PEM");
    return take_bio(bio);
}

const pki_key *
pki_cert_key(const pki_cert *cert)
{
    return cert->key;
}

void
pki_kid(const pki_cert *cert, uint8_t kid[HP_KID])
{
    memcpy(kid, pki_sha256(pki_der(cert)).p, HP_KID);
}

/* ---- revocation lists --------------------------------------------------------- */

static void
put_revoked(X509_CRL *crl, const pki_cert *cert, ASN1_TIME *when)
{
    X509_REVOKED *entry = X509_REVOKED_new();

    check(entry != NULL &&
              X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(cert->x509)) == 1 &&
              X509_REVOKED_set_revocationDate(entry, when) == 1 &&
              X509_CRL_add0_revoked(crl, entry) == 1,
          "a certificate cannot be revoked");
}

hp_str
pki_crl(const pki_cert *authority, double from, double next, const pki_cert *const *revoked)
{
    X509_CRL *crl = X509_CRL_new();
    ASN1_TIME *start = ASN1_TIME_set(NULL, (time_t)from);
    ASN1_TIME *end = ASN1_TIME_set(NULL, (time_t)next);
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    unsigned char *der = NULL;
    int n;

    check(crl != NULL && start != NULL && end != NULL && md != NULL &&
              X509_CRL_set_version(crl, X509_CRL_VERSION_2) == 1 &&
              X509_CRL_set_issuer_name(crl, X509_get_subject_name(authority->x509)) == 1 &&
              X509_CRL_set1_lastUpdate(crl, start) == 1 && X509_CRL_set1_nextUpdate(crl, end) == 1,
          "no CRL");
    for (; *revoked != NULL; revoked++)
        put_revoked(crl, *revoked, start);
    start_signing(md, authority->key->pkey, NULL);
    check(X509_CRL_sort(crl) == 1 && X509_CRL_sign_ctx(crl, md) > 0, "the CRL cannot be signed");
    n = i2d_X509_CRL(crl, &der);
    EVP_MD_CTX_free(md);
    ASN1_TIME_free(start);
    ASN1_TIME_free(end);
    X509_CRL_free(crl);
    return take(der, n, "the CRL has no encoding");
}

/* ---- signatures --------------------------------------------------------------- */

hp_str
pki_sign(const pki_key *key, hp_hash hash, hp_str message)
{
    static const char *const names[] = { "sha256", "sha384", "sha512" };
    unsigned char signature[2048];
    size_t n = sizeof(signature);
    EVP_MD_CTX *md = EVP_MD_CTX_new();

    check(md != NULL, "no memory");
    start_signing(md, key->pkey, names[hash]);
    check(EVP_DigestSign(md, signature, &n, message.p, message.n) == 1, "no signature");
    EVP_MD_CTX_free(md);
    return maker_copy((hp_str){ signature, n });
}

hp_str
pki_sign_raw(const pki_key *key, hp_hash hash, hp_str message)
{
    hp_str der = pki_sign(key, hash, message);
    const unsigned char *at = der.p;
    ECDSA_SIG *signature = d2i_ECDSA_SIG(NULL, &at, (long)der.n);
    unsigned char raw[256];
    int half = half_of(key);

    check(signature != NULL && BN_bn2binpad(ECDSA_SIG_get0_r(signature), raw, half) == half &&
              BN_bn2binpad(ECDSA_SIG_get0_s(signature), raw + half, half) == half,
          "no raw signature");
    ECDSA_SIG_free(signature);
    return maker_copy((hp_str){ raw, 2 * (size_t)half });
}

/* at: the signingTime; 0: now. */
static bool
sign(CMS_ContentInfo *cms, const pki_cert *signer, hp_str content, const EVP_MD *md,
     unsigned flags, double at)
{
    BIO *in = BIO_new_mem_buf(content.p, (int)content.n);
    CMS_SignerInfo *one = CMS_add1_signer(cms, signer->x509, signer->key->pkey, md, flags);
    ASN1_TIME *time = at != 0 ? ASN1_TIME_set(NULL, (time_t)at) : NULL;
    bool good = in != NULL && one != NULL;

    if (good && time != NULL)
        good = CMS_signed_add1_attr_by_NID(one, NID_pkcs9_signingTime, time->type, time, -1) == 1;
    good = good && CMS_final(cms, in, NULL, flags) == 1;
    ASN1_TIME_free(time);
    BIO_free(in);
    return good;
}

static hp_str
cms_at(const pki_cert *signer, hp_str content, unsigned bits, double at)
{
    unsigned flags = CMS_BINARY | ((bits & PKI_DETACHED) != 0 ? CMS_DETACHED : 0) |
                     ((bits & PKI_NO_CERTS) != 0 ? CMS_NOCERTS : 0) |
                     ((bits & PKI_NO_ATTRIBUTES) != 0 ? CMS_NOATTR : 0);
    const EVP_MD *md = (bits & PKI_SHA1) != 0 ? EVP_sha1() : EVP_sha256();
    CMS_ContentInfo *cms = CMS_sign(NULL, NULL, NULL, NULL, flags | CMS_PARTIAL);
    unsigned char *der = NULL;
    int n;

    check(cms != NULL && sign(cms, signer, content, md, flags, at), "no CMS");
    n = i2d_CMS_ContentInfo(cms, &der);
    CMS_ContentInfo_free(cms);
    return take(der, n, "the CMS has no encoding");
}

hp_str
pki_cms(const pki_cert *signer, hp_str content, unsigned bits)
{
    return cms_at(signer, content, bits, 0);
}

hp_str
pki_cms_at(const pki_cert *signer, hp_str content, double at)
{
    return cms_at(signer, content, PKI_DETACHED, at);
}

hp_str
pki_cms_dated(const pki_cert *signer, hp_str content, double at)
{
    return cms_at(signer, content, 0, at);
}

/* ---- texts and digests ----------------------------------------------------------- */

hp_str
pki_base64(hp_str bytes)
{
    unsigned char *text = malloc(4 * (bytes.n + 2) / 3 + 5);
    hp_str copy;
    int n;

    check(text != NULL, "no memory");
    n = EVP_EncodeBlock(text, bytes.p, (int)bytes.n);
    copy = maker_copy((hp_str){ text, (size_t)n });
    free(text);
    return copy;
}

hp_str
pki_base64url(hp_str bytes)
{
    hp_str text = pki_base64(bytes);
    uint8_t *p = malloc(text.n + 1);
    size_t i;

    check(p != NULL, "no memory");
    while (text.n > 0 && text.p[text.n - 1] == '=')
        text.n--;
    for (i = 0; i < text.n; i++)
        p[i] = text.p[i] == '+' ? '-' : text.p[i] == '/' ? '_' : text.p[i];
    text = maker_copy((hp_str){ p, text.n });
    free(p);
    return text;
}

hp_str
pki_hex(hp_str bytes)
{
    static const char digits[] = "0123456789abcdef";
    uint8_t *p = malloc(2 * bytes.n + 1);
    hp_str text;
    size_t i;

    check(p != NULL, "no memory");
    for (i = 0; i < bytes.n; i++) {
        p[2 * i] = (uint8_t)digits[bytes.p[i] >> 4];
        p[2 * i + 1] = (uint8_t)digits[bytes.p[i] & 15];
    }
    text = maker_copy((hp_str){ p, 2 * bytes.n });
    free(p);
    return text;
}

hp_str
pki_sha256(hp_str bytes)
{
    unsigned char digest[HP_SHA256];

    check(EVP_Digest(bytes.p, bytes.n, digest, NULL, EVP_sha256(), NULL) == 1, "no digest");
    return maker_copy((hp_str){ digest, sizeof(digest) });
}
