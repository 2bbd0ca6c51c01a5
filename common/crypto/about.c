/* What certificates and keys say; see about.h. */
#include "crypto/about.h"

#include "crypto/internal.h"

#include <openssl/err.h>
#include <openssl/pkcs7.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

bool
hp_about_cert(hp_crypto *crypto, const hp_cert *cert, hp_about *about)
{
    bool good;

    ERR_set_mark();
    good = hp_cert_subject(cert, crypto, about->subject);
    hp_cert_name(cert, about->cn);
    about->authority = X509_check_ca(cert->x509) != 0;
    ERR_pop_to_mark();
    return good;
}

unsigned
hp_about_curve(hp_crypto *crypto, hp_str spki)
{
    static const struct {
        const char *group;
        unsigned bits;
    } curves[] = { { "prime256v1", 256 }, { "secp384r1", 384 }, { "secp521r1", 521 } };
    const unsigned char *p = spki.p;
    char group[32] = "";
    unsigned bits = 0;
    EVP_PKEY *key;
    size_t i;

    ERR_set_mark();
    key = d2i_PUBKEY_ex(NULL, &p, (long)spki.n, crypto->lib, NULL);
    if (key != NULL && p == spki.p + spki.n && EVP_PKEY_is_a(key, "EC"))
        (void)EVP_PKEY_get_group_name(key, group, sizeof(group), NULL);
    for (i = 0; i < sizeof(curves) / sizeof(curves[0]); i++) {
        if (strcmp(group, curves[i].group) == 0)
            bits = curves[i].bits;
    }
    EVP_PKEY_free(key);
    ERR_pop_to_mark();
    return bits;
}

static bool
each_of(STACK_OF(X509) *certs, bool (*each)(void *context, hp_str cert), void *context)
{
    bool good = true;
    int i, n;

    for (i = 0; good && i < sk_X509_num(certs); i++) {
        unsigned char *der = NULL;

        n = i2d_X509(sk_X509_value(certs, i), &der);
        good = n > 0 && each(context, (hp_str){ der, (size_t)n });
        OPENSSL_free(der);
    }
    return good;
}

bool
hp_about_bundle(hp_crypto *crypto, hp_str der, bool (*each)(void *context, hp_str cert),
                void *context)
{
    const unsigned char *p = der.p;
    bool good = false;
    PKCS7 *bundle;

    ERR_set_mark();
    bundle = PKCS7_new_ex(crypto->lib, NULL);
    if (bundle != NULL && d2i_PKCS7(&bundle, &p, (long)der.n) != NULL && p == der.p + der.n &&
        PKCS7_type_is_signed(bundle) && bundle->d.sign != NULL && bundle->d.sign->cert != NULL)
        good = each_of(bundle->d.sign->cert, each, context);
    PKCS7_free(bundle);
    ERR_pop_to_mark();
    return good;
}
