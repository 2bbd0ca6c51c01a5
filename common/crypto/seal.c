/*
 * What a certificate may be for, by ICAO Doc 9303: seals that a document shows (vds-nc, 4), as
 * passes do, or the chips and stickers of passports, whose signers have the same authorities.
 */
#include "crypto/internal.h"

#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/x509v3.h>

#define SEALS     "2.23.136.1.1.14.2" /* extended key usage */
#define TYPE_LIST "2.23.136.1.1.6.2"  /* Doc 9303-12, document type list */
#define TYPE      "NV"                /* non-constrained seals */

static bool
is_oid(const ASN1_OBJECT *oid, const char *what)
{
    char text[64];

    return OBJ_obj2txt(text, sizeof(text), oid, 1) > 0 && strcmp(text, what) == 0;
}

static bool
usage_allows(const X509 *x509)
{
    int critical, i;
    bool good = false;
    EXTENDED_KEY_USAGE *eku = X509_get_ext_d2i(x509, NID_ext_key_usage, &critical, NULL);

    /* -1: no such extension; otherwise it is there twice, or unreadable. */
    if (eku == NULL)
        return critical == -1;
    for (i = 0; i < sk_ASN1_OBJECT_num(eku); i++)
        good = good || is_oid(sk_ASN1_OBJECT_value(eku, i), SEALS);
    EXTENDED_KEY_USAGE_free(eku);
    return good;
}

/* A SET OF PrintableString. */
static bool
has_type(const ASN1_STRING *set)
{
    const unsigned char *p = ASN1_STRING_get0_data(set);
    ASN1_SEQUENCE_ANY *types = d2i_ASN1_SET_ANY(NULL, &p, ASN1_STRING_length(set));
    bool good = false;
    int i;

    for (i = 0; i < sk_ASN1_TYPE_num(types); i++) {
        const ASN1_TYPE *one = sk_ASN1_TYPE_value(types, i);

        good = good || (one->type == V_ASN1_PRINTABLESTRING &&
                        ASN1_STRING_length(one->value.printablestring) == sizeof(TYPE) - 1 &&
                        memcmp(ASN1_STRING_get0_data(one->value.printablestring), TYPE,
                               sizeof(TYPE) - 1) == 0);
    }
    sk_ASN1_TYPE_pop_free(types, ASN1_TYPE_free);
    return good;
}

/* DocumentTypeList ::= SEQUENCE { version INTEGER, docTypeList SET OF DocumentType } */
static bool
list_has_type(const ASN1_STRING *value)
{
    const unsigned char *p = ASN1_STRING_get0_data(value), *start = p;
    ASN1_SEQUENCE_ANY *list = d2i_ASN1_SEQUENCE_ANY(NULL, &p, ASN1_STRING_length(value));
    bool good = list != NULL && p == start + ASN1_STRING_length(value) &&
                sk_ASN1_TYPE_num(list) == 2 && sk_ASN1_TYPE_value(list, 1)->type == V_ASN1_SET &&
                has_type(sk_ASN1_TYPE_value(list, 1)->value.set);

    sk_ASN1_TYPE_pop_free(list, ASN1_TYPE_free);
    return good;
}

/* Of several lists each must have it. */
static bool
types_allow(const X509 *x509)
{
    int i, n = X509_get_ext_count(x509);
    bool good = true;

    for (i = 0; good && i < n; i++) {
        X509_EXTENSION *ext = X509_get_ext(x509, i);

        if (is_oid(X509_EXTENSION_get_object(ext), TYPE_LIST))
            good = list_has_type(X509_EXTENSION_get_data(ext));
    }
    return good;
}

bool
hp_cert_may_seal(const hp_cert *cert)
{
    bool good;

    ERR_set_mark();
    good = X509_get_version(cert->x509) == X509_VERSION_3 && !hp_cert_is_ca(cert) &&
           hp_cert_may_sign(cert) && usage_allows(cert->x509) && types_allow(cert->x509);
    ERR_pop_to_mark();
    return good;
}
