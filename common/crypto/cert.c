/* X.509 certificates of signers: what they say, never whether to trust them; see key.h. */
#include "base/time.h"
#include "crypto/internal.h"

#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <limits.h>
#include <stdlib.h>

static bool
read_spki(hp_cert *cert)
{
    int n = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(cert->x509), &cert->spki);

    cert->spki_n = n > 0 ? (size_t)n : 0;
    return n > 0;
}

static hp_cert *
parse(hp_crypto *crypto, hp_str der, bool *failed)
{
    const unsigned char *p = der.p;
    uint8_t digest[HP_SHA256];
    hp_cert *cert = calloc(1, sizeof(*cert));
    bool good;

    *failed = cert == NULL;
    if (cert == NULL)
        return NULL;
    ERR_set_mark();
    cert->x509 = X509_new_ex(crypto->lib, NULL);
    /* d2i frees the certificate that it was given, and clears the pointer, when it fails. */
    good = cert->x509 != NULL && d2i_X509(&cert->x509, &p, (long)der.n) != NULL &&
           p == der.p + der.n && hp_sha256(crypto, &der, 1, digest) && read_spki(cert);
    *failed = !good && hp_no_memory();
    ERR_pop_to_mark();
    if (!good) {
        hp_cert_free(cert);
        return NULL;
    }
    memcpy(cert->kid, digest, HP_KID);
    return cert;
}

hp_cert *
hp_cert_read(hp_crypto *crypto, hp_str der)
{
    bool failed;

    return parse(crypto, der, &failed);
}

hp_cert *
hp_cert_given(hp_crypto *crypto, hp_str der, bool *failed)
{
    *failed = false;
    return hp_curve_is_quick(der) ? parse(crypto, der, failed) : NULL;
}

void
hp_cert_free(hp_cert *cert)
{
    if (cert == NULL)
        return;
    X509_free(cert->x509);
    OPENSSL_free(cert->spki);
    free(cert);
}

bool
hp_cert_same(const hp_cert *a, const hp_cert *b)
{
    return memcmp(a->kid, b->kid, HP_KID) == 0 && X509_cmp(a->x509, b->x509) == 0;
}

hp_str
hp_cert_spki(const hp_cert *cert)
{
    return (hp_str){ cert->spki, cert->spki_n };
}

void
hp_cert_kid(const hp_cert *cert, uint8_t kid[HP_KID])
{
    memcpy(kid, cert->kid, HP_KID);
}

bool
hp_moment(const ASN1_TIME *at, double *t)
{
    hp_date date;
    struct tm tm;

    if (ASN1_TIME_to_tm(at, &tm) != 1)
        return false;
    date = (hp_date){ tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday };
    *t = (double)(hp_date_days(date) * 86400 + tm.tm_hour * 3600 + tm.tm_min * 60 + tm.tm_sec);
    return true;
}

bool
hp_cert_validity(const hp_cert *cert, double *from, double *until)
{
    bool good;

    ERR_set_mark();
    good = hp_moment(X509_get0_notBefore(cert->x509), from) &&
           hp_moment(X509_get0_notAfter(cert->x509), until);
    ERR_pop_to_mark();
    return good;
}

/*
 * hcert 1.0.8, A.4.  The form with a zero in it is a slip of early guidelines and the
 * commoner one; both mean the same.
 */
static unsigned
use_of(const ASN1_OBJECT *oid)
{
    static const struct {
        const char *oid;
        unsigned use;
    } uses[] = {
        { "1.3.6.1.4.1.1847.2021.1.1", HP_USE_TEST },
        { "1.3.6.1.4.1.1847.2021.1.2", HP_USE_VACCINATION },
        { "1.3.6.1.4.1.1847.2021.1.3", HP_USE_RECOVERY },
        { "1.3.6.1.4.1.0.1847.2021.1.1", HP_USE_TEST },
        { "1.3.6.1.4.1.0.1847.2021.1.2", HP_USE_VACCINATION },
        { "1.3.6.1.4.1.0.1847.2021.1.3", HP_USE_RECOVERY },
    };
    char text[64];
    size_t i;
    int n = OBJ_obj2txt(text, sizeof(text), oid, 1);

    for (i = 0; n > 0 && i < sizeof(uses) / sizeof(uses[0]); i++) {
        if (strcmp(text, uses[i].oid) == 0)
            return uses[i].use;
    }
    return 0;
}

static unsigned
extended_usage(const X509 *x509)
{
    int critical, i;
    unsigned uses = 0;
    EXTENDED_KEY_USAGE *eku = X509_get_ext_d2i(x509, NID_ext_key_usage, &critical, NULL);

    /* -1: no such extension; otherwise it is there twice, or unreadable. */
    if (eku == NULL)
        return critical == -1 ? HP_USE_ALL : 0;
    for (i = 0; i < sk_ASN1_OBJECT_num(eku); i++)
        uses |= use_of(sk_ASN1_OBJECT_value(eku, i));
    EXTENDED_KEY_USAGE_free(eku);
    return uses != 0 ? uses : HP_USE_ALL;
}

/*
 * Read by hand: X509_get_key_usage() knows no usage as soon as any other extension is unreadable,
 * and such certificates are in real lists.
 */
bool
hp_cert_may(const hp_cert *cert, int bit)
{
    ASN1_BIT_STRING *usage;
    int critical;
    bool may;

    ERR_set_mark();
    usage = X509_get_ext_d2i(cert->x509, NID_key_usage, &critical, NULL);
    /* -1: no such extension; otherwise it is there twice, or unreadable. */
    may = usage != NULL ? ASN1_BIT_STRING_get_bit(usage, bit) == 1 : critical == -1;
    ASN1_BIT_STRING_free(usage);
    ERR_pop_to_mark();
    return may;
}

bool
hp_cert_may_sign(const hp_cert *cert)
{
    return hp_cert_may(cert, HP_KU_SIGNATURE);
}

unsigned
hp_cert_usage(const hp_cert *cert)
{
    unsigned uses = 0;

    ERR_set_mark();
    if (hp_cert_may_sign(cert))
        uses = extended_usage(cert->x509);
    ERR_pop_to_mark();
    return uses;
}

/*
 * Alike for names that RFC 5280, 7.1, calls the same, whatever their string types, case and white
 * space: the library's hash of its canonical form, which X509_NAME_cmp() goes by, too.  It has 32
 * bits, so it finds candidates, whose names are then compared.  Stores hold it, and are carried to
 * other machines: it is the same on all of them.
 */
bool
hp_name_digest(hp_crypto *crypto, const X509_NAME *name, uint8_t digest[HP_SHA256])
{
    int good = 0;
    unsigned long hash = X509_NAME_hash_ex(name, crypto->lib, NULL, &good);
    const uint8_t bytes[] = { (uint8_t)hash, (uint8_t)(hash >> 8), (uint8_t)(hash >> 16),
                              (uint8_t)(hash >> 24) };
    hp_str part = { bytes, sizeof(bytes) };

    return good == 1 && hp_sha256(crypto, &part, 1, digest);
}

bool
hp_cert_subject(const hp_cert *cert, hp_crypto *crypto, uint8_t name[HP_SHA256])
{
    return hp_name_digest(crypto, X509_get_subject_name(cert->x509), name);
}

bool
hp_cert_issuer(const hp_cert *cert, hp_crypto *crypto, uint8_t name[HP_SHA256])
{
    return hp_name_digest(crypto, X509_get_issuer_name(cert->x509), name);
}

/* A name in which zeros hide, or that does not fit, is none. */
void
hp_cert_name(const hp_cert *cert, char name[HP_CN_MAX])
{
    const X509_NAME *subject = X509_get_subject_name(cert->x509);
    int n = X509_NAME_get_text_by_NID(subject, NID_commonName, NULL, 0);

    name[0] = 0;
    if (n > 0 && n < HP_CN_MAX &&
        X509_NAME_get_text_by_NID(subject, NID_commonName, name, HP_CN_MAX) != (int)strlen(name))
        name[0] = 0;
}

void
hp_cert_country(const hp_cert *cert, char country[4])
{
    int n = X509_NAME_get_text_by_NID(X509_get_subject_name(cert->x509), NID_countryName,
                                      country, 4);
    int i;

    for (i = 0; i < n && i < 3; i++) {
        if (country[i] >= 'a' && country[i] <= 'z')
            country[i] = (char)(country[i] - 'a' + 'A');
        if (country[i] < 'A' || country[i] > 'Z')
            n = -1;
    }
    if (n < 2)
        country[0] = 0;
}

hp_pem
hp_pem_next(hp_str text, size_t *at, uint8_t **der, size_t *n)
{
    char *name = NULL, *header = NULL;
    unsigned char *data = NULL;
    hp_pem kind = HP_PEM_END;
    long size = 0;
    BIO *bio;

    *der = NULL;
    if (text.n - *at > INT_MAX)
        return HP_PEM_OTHER;
    ERR_set_mark();
    bio = BIO_new_mem_buf(text.p + *at, (int)(text.n - *at));
    if (bio != NULL && PEM_read_bio(bio, &name, &header, &data, &size) == 1) {
        kind = strcmp(name, PEM_STRING_X509) == 0     ? HP_PEM_CERT
               : strcmp(name, PEM_STRING_PUBLIC) == 0 ? HP_PEM_KEY
                                                      : HP_PEM_OTHER;
        *at = text.n - (size_t)BIO_pending(bio);
    } else if (bio == NULL || ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE) {
        kind = HP_PEM_OTHER;
    }
    BIO_free(bio);
    OPENSSL_free(name);
    OPENSSL_free(header);
    ERR_pop_to_mark();
    if (kind == HP_PEM_CERT || kind == HP_PEM_KEY) {
        *der = data;
        *n = (size_t)size;
    } else {
        OPENSSL_free(data);
    }
    return kind;
}

void
hp_pem_free(uint8_t *der)
{
    OPENSSL_free(der);
}
