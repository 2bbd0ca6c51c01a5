/*
 * Authorities of VDS-NC in a trust folder (vds-nc, 4): what trust_load.c hands on, certificates
 * before the CRLs that they signed.
 *
 *     csca<anything>.pem .der .crt .cer   certificates of authorities
 *     <anything>.crl.der, .crl            beside them: their lists of revoked certificates
 *
 * What cannot be read, or was signed by none of them, makes the whole folder wrong.
 */
#include "base/time.h"
#include "check/trust_loader.h"

static bool
ends(const char *name, const char *with)
{
    size_t n = strlen(name), m = strlen(with);

    return n > m && strcmp(name + n - m, with) == 0;
}

bool
hp_loader_is_csca_crl(const char *name)
{
    return (ends(name, ".crl.der") || ends(name, ".crl")) &&
           hp_twod_file_of(name) == HP_TWOD_FILE_OTHER;
}

bool
hp_loader_is_csca(const char *name)
{
    return strncmp(name, "csca", 4) == 0 && !hp_loader_is_csca_crl(name) &&
           (ends(name, ".pem") || ends(name, ".der") || ends(name, ".crt") || ends(name, ".cer"));
}

static bool
put_authority(const hp_loader *l, const char *path, hp_str der, const hp_cert *cert)
{
    hp_record r = { .role = HP_ROLE_AUTHORITY, .domains = HP_DOMAIN_VDS_NC, .usage = HP_USE_ALL,
                    .cert = der, .spki = hp_cert_spki(cert) };
    uint8_t name[HP_SHA256];

    if (!hp_cert_is_ca(cert))
        return refuse(l, path, "holds no certificate of an authority");
    if (!hp_cert_validity(cert, &r.valid.from, &r.valid.until))
        return refuse(l, path, "holds a certificate with unreadable dates");
    if (!hp_cert_subject(cert, l->trust->crypto, name))
        return refuse(l, path, "no memory");
    r.kid = (hp_str){ name, HP_KID };
    hp_cert_country(cert, r.country);
    return hp_loader_put(l, path, &r);
}

bool
hp_loader_add_csca(const hp_loader *l, const char *path, hp_loader_ac *ac, hp_str der,
                   hp_cert *cert)
{
    if (!put_authority(l, path, der, cert)) {
        hp_cert_free(cert);
        return false;
    }
    return hp_authorities_add(&ac->certs, cert) || refuse(l, path, "no memory");
}

/* It is no key, and so none of the source's. */
static bool
put_crl(const hp_loader *l, const char *path, const hp_crl *crl, hp_record *r)
{
    hp_records *list = &l->trust->list;
    uint8_t name[HP_SHA256];
    bool good = hp_crl_issuer(crl, l->trust->crypto, name);

    r->kid = (hp_str){ name, HP_KID };
    r->source = *l->source;
    good = good && hp_records_keep(list, &r->kid) && hp_records_keep(list, &r->cert) &&
           hp_records_put(list, r);
    return good || refuse(l, path, "is one list too many, or there is no memory");
}

/* Its authority stands in the folder, and so the source is there. */
bool
hp_loader_add_csca_crl(const hp_loader *l, const char *path, hp_loader_ac *ac, hp_str der)
{
    hp_record r = { .role = HP_ROLE_CRL, .domains = HP_DOMAIN_VDS_NC, .cert = der };
    hp_crl *crl;

    if (!hp_loader_add_crl(l, path, ac, der))
        return false;
    crl = ac->crls[ac->n_crls - 1];
    return hp_crl_validity(crl, &r.valid.from, &r.valid.until)
               ? put_crl(l, path, crl, &r)
               : refuse(l, path, "is a CRL with unreadable dates");
}
