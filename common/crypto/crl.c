/* Certificate revocation lists; see crl.h. */
#include "crypto/crl.h"

#include "base/time.h"
#include "crypto/internal.h"

#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <stdlib.h>

struct hp_crl {
    X509_CRL *x509;
};

hp_crl *
hp_crl_read(hp_crypto *crypto, hp_str der)
{
    const unsigned char *p = der.p;
    hp_crl *crl = calloc(1, sizeof(*crl));
    bool good;

    if (crl == NULL)
        return NULL;
    ERR_set_mark();
    crl->x509 = X509_CRL_new_ex(crypto->lib, NULL);
    good = crl->x509 != NULL && d2i_X509_CRL(&crl->x509, &p, (long)der.n) != NULL &&
           p == der.p + der.n;
    ERR_pop_to_mark();
    if (!good) {
        hp_crl_free(crl);
        return NULL;
    }
    return crl;
}

void
hp_crl_free(hp_crl *crl)
{
    if (crl == NULL)
        return;
    X509_CRL_free(crl->x509);
    free(crl);
}

/*
 * Not X509_STORE: its chain check refuses keys with explicit curve parameters, which some
 * countries' authorities have.  All bits are set where there is no key usage.
 */
bool
hp_crl_signed_by(const hp_crl *crl, const hp_cert *authority)
{
    X509 *x509 = authority->x509;
    bool good;

    ERR_set_mark();
    good = X509_NAME_cmp(X509_CRL_get_issuer(crl->x509), X509_get_subject_name(x509)) == 0 &&
           X509_check_ca(x509) != 0 && (X509_get_key_usage(x509) & KU_CRL_SIGN) != 0 &&
           X509_CRL_verify(crl->x509, X509_get0_pubkey(x509)) == 1;
    ERR_pop_to_mark();
    return good;
}

bool
hp_crl_lists(const hp_crl *crl, const hp_cert *cert)
{
    X509_REVOKED *entry;
    bool listed;

    ERR_set_mark();
    listed = X509_NAME_cmp(X509_CRL_get_issuer(crl->x509),
                           X509_get_issuer_name(cert->x509)) == 0 &&
             X509_CRL_get0_by_serial(crl->x509, &entry,
                                     X509_get_serialNumber(cert->x509)) == 1;
    ERR_pop_to_mark();
    return listed;
}

bool
hp_crl_issuer(const hp_crl *crl, hp_crypto *crypto, uint8_t name[HP_SHA256])
{
    return hp_name_digest(crypto, X509_CRL_get_issuer(crl->x509), name);
}

bool
hp_crl_validity(const hp_crl *crl, double *from, double *until)
{
    const ASN1_TIME *next = X509_CRL_get0_nextUpdate(crl->x509);
    bool good;

    *until = HP_TIME_LAST;
    ERR_set_mark();
    good = hp_moment(X509_CRL_get0_lastUpdate(crl->x509), from) &&
           (next == NULL || hp_moment(next, until));
    ERR_pop_to_mark();
    return good;
}
