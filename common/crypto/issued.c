/*
 * Did an authority issue a certificate (RFC 5280, 6.1.3 and 6.1.4, for a path of one step)?
 *
 * By hand, and not with X509_verify_cert(): that refuses authorities whose curve stands as
 * explicit parameters (vds-nc, 5) and certificates with any unreadable extension, and both are
 * in real lists.  Knows no dates, and looks for nothing that it was not given.
 */
#include "crypto/internal.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

static bool
same_country(const hp_cert *a, const hp_cert *b)
{
    char one[4], other[4];

    hp_cert_country(a, one);
    hp_cert_country(b, other);
    return one[0] == 0 || other[0] == 0 || strcmp(one, other) == 0;
}

/*
 * Compared where both certificates have one.  An equal id proves nothing, so its absence takes
 * nothing away.  Issuer and serial number, which may stand beside it, are not looked at: they
 * name one certificate of a key that may have several (RFC 5280, 4.2.1.1).
 */
static bool
key_ids_agree(const X509 *cert, const X509 *authority)
{
    int critical;
    AUTHORITY_KEYID *id = X509_get_ext_d2i(cert, NID_authority_key_identifier, &critical, NULL);
    ASN1_OCTET_STRING *own;
    bool agree = true;

    /* -1: no such extension; otherwise it is there twice, or unreadable. */
    if (id == NULL)
        return critical == -1;
    own = X509_get_ext_d2i(authority, NID_subject_key_identifier, NULL, NULL);
    if (own != NULL && id->keyid != NULL)
        agree = ASN1_OCTET_STRING_cmp(own, id->keyid) == 0;
    ASN1_OCTET_STRING_free(own);
    AUTHORITY_KEYID_free(id);
    return agree;
}

/*
 * Without basicConstraints a certificate can be an authority by its keyUsage; one of version 1,
 * which can say nothing of all this, when it is self-issued.  Whoever put it among the
 * authorities has said then what it does not say itself (RFC 5280, 6.1.4 (k)).
 */
static bool
is_authority(const hp_cert *cert)
{
    int critical;
    BASIC_CONSTRAINTS *constraints =
        X509_get_ext_d2i(cert->x509, NID_basic_constraints, &critical, NULL);
    bool may;

    if (constraints != NULL)
        may = constraints->ca != 0;
    else if (critical != -1)
        may = false;
    else if (X509_get_version(cert->x509) == X509_VERSION_1)
        may = X509_NAME_cmp(X509_get_subject_name(cert->x509),
                            X509_get_issuer_name(cert->x509)) == 0;
    else
        may = X509_get_ext_by_NID(cert->x509, NID_key_usage, -1) >= 0;
    BASIC_CONSTRAINTS_free(constraints);
    return may && hp_cert_may(cert, HP_KU_CERT_SIGN);
}

/*
 * ECDSA, RSA PKCS#1 v1.5 and RSASSA-PSS, over SHA-256 or better.  Collisions of SHA-1 with
 * chosen prefixes have been made since 2020: whoever has one certificate signed could turn it
 * into another one.  MGF1 may use any digest: collisions in it gain nothing.
 */
static bool
is_strong(X509 *cert, const EVP_PKEY *signer)
{
    int md = NID_undef;

    (void)X509_get_signature_info(cert, &md, NULL, NULL, NULL);
    return (md == NID_sha256 || md == NID_sha384 || md == NID_sha512) &&
           hp_pkey_may_sign_lists(signer);
}

bool
hp_cert_is_ca(const hp_cert *cert)
{
    BASIC_CONSTRAINTS *constraints;
    bool ca;

    ERR_set_mark();
    constraints = X509_get_ext_d2i(cert->x509, NID_basic_constraints, NULL, NULL);
    ca = (constraints != NULL && constraints->ca != 0) ||
         (X509_get_ext_by_NID(cert->x509, NID_key_usage, -1) >= 0 &&
          hp_cert_may(cert, HP_KU_CERT_SIGN));
    BASIC_CONSTRAINTS_free(constraints);
    ERR_pop_to_mark();
    return ca;
}

static bool
is_signed_by(X509 *cert, const X509 *authority)
{
    EVP_PKEY *key = X509_get0_pubkey(authority);

    return key != NULL && is_strong(cert, key) && X509_verify(cert, key) == 1;
}

hp_verified
hp_cert_chains(const hp_cert *cert, const hp_cert *authority)
{
    bool good, failed;

    ERR_set_mark();
    good = X509_NAME_cmp(X509_get_issuer_name(cert->x509),
                         X509_get_subject_name(authority->x509)) == 0 &&
           same_country(cert, authority) && key_ids_agree(cert->x509, authority->x509) &&
           is_authority(authority) && is_signed_by(cert->x509, authority->x509);
    failed = !good && hp_no_memory();
    ERR_pop_to_mark();
    return good ? HP_VERIFY_HOLDS : failed ? HP_VERIFY_FAILED : HP_VERIFY_BAD;
}

bool
hp_cert_issued_by(const hp_cert *cert, const hp_cert *authority)
{
    return hp_cert_chains(cert, authority) == HP_VERIFY_HOLDS;
}
