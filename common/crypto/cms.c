/*
 * CMS SignedData (RFC 5652), read with OpenSSL; see cms.h.
 *
 * CMS_verify() is not used: it computes every digest that the message names, and binds a signer
 * to the first certificate with the right issuer and serial number, although two may share
 * both.  Here each given certificate that a signer names is tried on a message parsed afresh,
 * because a signer's structure keeps the key that it was first tried with; those that no signer
 * names cost a comparison.
 */
#include "crypto/cms.h"

#include "crypto/internal.h"

#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/x509.h>

#include <limits.h>
#include <stdlib.h>

#define SIGNERS_MAX 8 /* in one message: real lists have one, or two while a key is renewed */

/* What one given certificate has to do with the message, from bad to good. */
typedef enum { STRANGER, WEAK, BROKEN, HOLDS } outcome;

/* A message, read once to see whom it names. */
typedef struct {
    hp_str message, content;
    CMS_ContentInfo *cms;
} opened;

/* ---- parsing ------------------------------------------------------------------ */

/* BER too: the gateway's items are of indefinite length.  NULL when it is no SignedData. */
static CMS_ContentInfo *
parse(hp_crypto *crypto, hp_str message)
{
    CMS_ContentInfo *cms = CMS_ContentInfo_new_ex(crypto->lib, NULL);
    const unsigned char *p = message.p;

    if (cms == NULL || message.n > LONG_MAX ||
        d2i_CMS_ContentInfo(&cms, &p, (long)message.n) == NULL || p != message.p + message.n ||
        OBJ_obj2nid(CMS_get0_type(cms)) != NID_pkcs7_signed) {
        CMS_ContentInfo_free(cms);
        return NULL;
    }
    return cms;
}

/* What the message holds itself; .p is NULL when it is detached. */
static hp_str
embedded(CMS_ContentInfo *cms)
{
    ASN1_OCTET_STRING **content = CMS_get0_content(cms);

    if (content == NULL || *content == NULL)
        return (hp_str){ NULL, 0 };
    return (hp_str){ ASN1_STRING_get0_data(*content), (size_t)ASN1_STRING_length(*content) };
}

static int
count(CMS_ContentInfo *cms)
{
    STACK_OF(CMS_SignerInfo) *all = CMS_get0_SignerInfos(cms);

    return all != NULL ? sk_CMS_SignerInfo_num(all) : 0;
}

/* ---- one signer --------------------------------------------------------------- */

static bool
is_strong(CMS_SignerInfo *signer)
{
    const ASN1_OBJECT *oid;
    X509_ALGOR *digest;
    int nid;

    CMS_SignerInfo_get0_algs(signer, NULL, NULL, &digest, NULL);
    X509_ALGOR_get0(&oid, NULL, NULL, digest);
    nid = OBJ_obj2nid(oid);
    return nid == NID_sha256 || nid == NID_sha384 || nid == NID_sha512;
}

/* A digest of the content, in the form in which CMS_SignerInfo_verify_content() wants it. */
static BIO *
digest_of(hp_crypto *crypto, CMS_SignerInfo *signer, hp_str content)
{
    BIO *bio = BIO_push(BIO_new(BIO_f_md()), BIO_new(BIO_s_null()));
    const ASN1_OBJECT *oid;
    X509_ALGOR *digest;
    EVP_MD *md;
    size_t n;

    CMS_SignerInfo_get0_algs(signer, NULL, NULL, &digest, NULL);
    X509_ALGOR_get0(&oid, NULL, NULL, digest);
    md = EVP_MD_fetch(crypto->lib, OBJ_nid2sn(OBJ_obj2nid(oid)), NULL);
    if (bio == NULL || md == NULL || BIO_set_md(bio, md) != 1 ||
        (content.n > 0 && (BIO_write_ex(bio, content.p, content.n, &n) != 1 || n != content.n))) {
        BIO_free_all(bio);
        bio = NULL;
    }
    EVP_MD_free(md);
    return bio;
}

/* Signed attributes name the type of the content, and it must be that (RFC 5652, 5.3). */
static bool
type_agrees(CMS_ContentInfo *cms, CMS_SignerInfo *signer)
{
    const ASN1_OBJECT *type = CMS_signed_get0_data_by_OBJ(
        signer, OBJ_nid2obj(NID_pkcs9_contentType), -3, V_ASN1_OBJECT);

    return type != NULL && OBJ_cmp(type, CMS_get0_eContentType(cms)) == 0;
}

/*
 * Lists are plain data (RFC 5652, 4).  What was signed as something else, a time stamp's
 * TSTInfo or a firmware, was not signed as a list.
 */
static bool
is_data(CMS_ContentInfo *cms)
{
    return OBJ_obj2nid(CMS_get0_eContentType(cms)) == NID_pkcs7_data;
}

/*
 * With attributes the signature is over them, and they hold the content's digest; without them
 * it is over the content (RFC 5652, 5.4).
 */
static bool
verify(hp_crypto *crypto, CMS_ContentInfo *cms, CMS_SignerInfo *signer, hp_str content)
{
    BIO *digest;
    bool good;

    if (CMS_signed_get_attr_count(signer) >= 0 &&
        (!type_agrees(cms, signer) || CMS_SignerInfo_verify(signer) != 1))
        return false;
    digest = digest_of(crypto, signer, content);
    good = digest != NULL && CMS_SignerInfo_verify_content(signer, digest) == 1;
    BIO_free_all(digest);
    return good;
}

/* signingTime (RFC 5652, 11.3); 0 when there is none, or none that can be read. */
static double
time_of(CMS_SignerInfo *signer)
{
    int at = CMS_signed_get_attr_by_NID(signer, NID_pkcs9_signingTime, -1);
    X509_ATTRIBUTE *attribute = at >= 0 ? CMS_signed_get_attr(signer, at) : NULL;
    ASN1_TYPE *value = X509_ATTRIBUTE_get0_type(attribute, 0);
    double t;

    if (value == NULL || (value->type != V_ASN1_UTCTIME && value->type != V_ASN1_GENERALIZEDTIME))
        return 0;
    return hp_moment(value->value.asn1_string, &t) ? t : 0;
}

/* ---- one certificate ------------------------------------------------------------ */

static outcome
try_signer(hp_crypto *crypto, CMS_ContentInfo *cms, CMS_SignerInfo *signer, X509 *x509,
           hp_str content)
{
    EVP_PKEY *pkey = X509_get0_pubkey(x509);

    if (CMS_SignerInfo_cert_cmp(signer, x509) != 0)
        return STRANGER;
    if (pkey == NULL || !hp_pkey_may_sign_lists(pkey) || !is_strong(signer))
        return WEAK;
    CMS_SignerInfo_set1_signer_cert(signer, x509);
    return verify(crypto, cms, signer, content) ? HOLDS : BROKEN;
}

/* Has any signer of the message the key of this certificate? */
static outcome
try_cert(hp_crypto *crypto, hp_str message, X509 *x509, hp_str content, double *signed_at)
{
    CMS_ContentInfo *cms = parse(crypto, message);
    outcome best = STRANGER, got;
    CMS_SignerInfo *signer;
    int i;

    for (i = 0; cms != NULL && best != HOLDS && i < count(cms); i++) {
        signer = sk_CMS_SignerInfo_value(CMS_get0_SignerInfos(cms), i);
        got = try_signer(crypto, cms, signer, x509, content);
        if (got == HOLDS)
            *signed_at = time_of(signer);
        best = got > best ? got : best;
    }
    CMS_ContentInfo_free(cms);
    return best;
}

/* By issuer and serial number, or by subject key id: what a signer says of itself. */
static bool
is_named(CMS_ContentInfo *cms, X509 *x509)
{
    int i;

    for (i = 0; i < count(cms); i++) {
        if (CMS_SignerInfo_cert_cmp(sk_CMS_SignerInfo_value(CMS_get0_SignerInfos(cms), i),
                                    x509) == 0)
            return true;
    }
    return false;
}

static outcome
try_der(hp_crypto *crypto, const opened *m, hp_str der, double *signed_at)
{
    X509 *x509 = X509_new_ex(crypto->lib, NULL);
    const unsigned char *p = der.p;
    outcome got = STRANGER;

    if (x509 != NULL && d2i_X509(&x509, &p, (long)der.n) != NULL && p == der.p + der.n &&
        is_named(m->cms, x509))
        got = try_cert(crypto, m->message, x509, m->content, signed_at);
    X509_free(x509);
    return got;
}

/* ---- the message ---------------------------------------------------------------- */

static bool
refuse(hp_error *error, const char *what)
{
    hp_error_set(error, "the signature (CMS) %s", what);
    return false;
}

static bool
verify_any(hp_crypto *crypto, const opened *m, const hp_str *signers, size_t n, hp_cms *out,
           hp_error *error)
{
    static const char *const words[] = {
        [STRANGER] = "is nobody's who may sign this",
        [WEAK] = "is too weak, expected at least SHA-256, and a key of P-256 or RSA-2048",
        [BROKEN] = "does not hold: the content or the signature was changed",
        [HOLDS] = "",
    };
    outcome best = STRANGER, got;
    size_t i;

    for (i = 0; i < n; i++) {
        got = try_der(crypto, m, signers[i], &out->signed_at);
        if (got == HOLDS) {
            out->signer = i;
            return true;
        }
        best = got > best ? got : best;
    }
    return refuse(error, words[best]);
}

static bool
read_content(CMS_ContentInfo *cms, hp_str *content, hp_bytes *own, hp_error *error)
{
    hp_str inside = embedded(cms);

    if (content->p != NULL)
        return inside.p == NULL || hp_str_eq(inside, *content) ||
               refuse(error, "holds another content than the one that it stands beside");
    if (inside.p == NULL)
        return refuse(error, "holds no content, and there is none beside it");
    own->p = malloc(inside.n + 1);
    if (own->p == NULL)
        return refuse(error, "could not be read: no memory");
    memcpy(own->p, inside.p, inside.n);
    own->n = inside.n;
    *content = (hp_str){ own->p, own->n };
    return true;
}

static bool
open_message(hp_crypto *crypto, opened *m, hp_bytes *own, hp_error *error)
{
    m->cms = parse(crypto, m->message);
    if (m->cms == NULL)
        return refuse(error, "cannot be read, expected one SignedData (RFC 5652) in DER");
    if (!is_data(m->cms))
        return refuse(error, "is over something else than data (RFC 5652, 4)");
    if (count(m->cms) < 1 || count(m->cms) > SIGNERS_MAX)
        return refuse(error, "has no signer, or more than 8");
    return read_content(m->cms, &m->content, own, error);
}

bool
hp_cms_verify(hp_crypto *crypto, hp_str message, hp_str content, const hp_str *signers, size_t n,
              hp_cms *cms, hp_error *error)
{
    opened m = { message, content, NULL };
    bool good;

    *cms = (hp_cms){ 0, 0, { NULL, 0 } };
    ERR_set_mark();
    good = open_message(crypto, &m, &cms->content, error) &&
           verify_any(crypto, &m, signers, n, cms, error);
    CMS_ContentInfo_free(m.cms);
    ERR_pop_to_mark();
    if (!good)
        hp_bytes_free(&cms->content);
    return good;
}

/* ---- what it claims --------------------------------------------------------------- */

static bool
fingerprint_of(hp_crypto *crypto, X509 *x509, uint8_t fingerprint[HP_SHA256])
{
    unsigned char *der = NULL;
    int n = i2d_X509(x509, &der);
    bool good = n > 0 && hp_sha256(crypto, &(hp_str){ der, (size_t)n }, 1, fingerprint);

    OPENSSL_free(der);
    return good;
}

bool
hp_cms_claimed(hp_crypto *crypto, hp_str message, uint8_t fingerprint[HP_SHA256])
{
    STACK_OF(X509) *certs = NULL;
    CMS_ContentInfo *cms;
    CMS_SignerInfo *first;
    bool found = false;
    int i;

    ERR_set_mark();
    cms = parse(crypto, message);
    if (cms != NULL && count(cms) > 0)
        certs = CMS_get1_certs(cms);
    for (i = 0; !found && i < sk_X509_num(certs); i++) {
        first = sk_CMS_SignerInfo_value(CMS_get0_SignerInfos(cms), 0);
        found = CMS_SignerInfo_cert_cmp(first, sk_X509_value(certs, i)) == 0 &&
                fingerprint_of(crypto, sk_X509_value(certs, i), fingerprint);
    }
    sk_X509_pop_free(certs, X509_free);
    CMS_ContentInfo_free(cms);
    ERR_pop_to_mark();
    return found;
}
