/*
 * Signers of 2D-DOC in a trust folder (twod.h): what trust_load.c hands on, one authority after the
 * other, its own certificates and CRLs before its signers.
 *
 * A signer that none of its authority's certificates issued is kept and marked, as is one that was
 * taken back; what cannot be read makes the whole folder wrong.  A bare key is pinned: nobody can
 * take it back.
 */
#include "check/trust_loader.h"

#include <stdlib.h>

void
hp_loader_ac_free(hp_loader_ac *ac)
{
    size_t i;

    for (i = 0; i < ac->n_crls; i++)
        hp_crl_free(ac->crls[i]);
    free(ac->crls);
    hp_authorities_free(&ac->certs);
    *ac = (hp_loader_ac){ .crls = NULL };
}

/* Takes the certificate over. */
static bool
add_authority(const hp_loader *l, const char *path, hp_loader_ac *ac, hp_cert *cert)
{
    bool is_ca = hp_cert_is_ca(cert);

    if (!is_ca)
        hp_cert_free(cert);
    return is_ca ? hp_authorities_add(&ac->certs, cert) || refuse(l, path, "no memory")
                 : refuse(l, path, "holds no certificate of an authority");
}

static bool
is_signed(const hp_crl *crl, const hp_authorities *by)
{
    size_t i = 0;

    while (i < by->n && !hp_crl_signed_by(crl, by->all[i]))
        i++;
    return i < by->n;
}

bool
hp_loader_add_crl(const hp_loader *l, const char *path, hp_loader_ac *ac, hp_str der)
{
    hp_crl *crl = hp_crl_read(l->trust->crypto, der), **crls;

    if (crl == NULL || !is_signed(crl, &ac->certs)) {
        hp_crl_free(crl);
        return refuse(l, path, "is no CRL (DER) of its authority");
    }
    crls = reallocarray(ac->crls, ac->n_crls + 1, sizeof(*crls));
    if (crls == NULL) {
        hp_crl_free(crl);
        return refuse(l, path, "no memory");
    }
    ac->crls = crls;
    crls[ac->n_crls++] = crl;
    return true;
}

/* ---- signers -------------------------------------------------------------- */

static const char *
name_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash != NULL ? slash + 1 : path;
}

/* Its name is that of the file. */
static bool
put_signer(const hp_loader *l, const char *path, hp_record *r)
{
    hp_key *key = hp_key_read(l->trust->crypto, r->spki);
    bool on_curve = key != NULL && hp_alg_half(hp_key_alg(key)) > 0;

    hp_key_free(key);
    if (!on_curve)
        return refuse(l, path, "holds no public key on P-256, P-384 or P-521");
    r->role = HP_ROLE_SIGNER;
    r->domains = HP_DOMAIN_2D_DOC;
    r->usage = HP_USE_ALL;
    r->kid = (hp_str){ (const uint8_t *)name_of(path), 2 * HP_TWOD_AC };
    return hp_loader_put(l, path, r);
}

/* The file's name says who it is, and the certificate must agree. */
static bool
fits(const hp_loader *l, const char *path, const hp_cert *cert, hp_record *r)
{
    char cn[HP_CN_MAX];

    hp_cert_name(cert, cn);
    if (strlen(cn) != HP_TWOD_AC || strncmp(cn, name_of(path) + HP_TWOD_AC, HP_TWOD_AC) != 0)
        return refuse(l, path, "holds a certificate of another name (CN) than the file's");
    if (hp_cert_is_ca(cert) || hp_cert_usage(cert) == 0)
        return refuse(l, path, "holds a certificate that is not for signatures");
    return hp_cert_validity(cert, &r->valid.from, &r->valid.until) ||
           refuse(l, path, "holds a certificate with unreadable dates");
}

static bool
add_signer(const hp_loader *l, const char *path, const hp_loader_ac *ac, const hp_cert *cert)
{
    hp_record r = { .spki = hp_cert_spki(cert) };
    size_t i;

    if (!fits(l, path, cert, &r))
        return false;
    hp_cert_country(cert, r.country);
    hp_chain(&ac->certs, cert, &r);
    for (i = 0; i < ac->n_crls; i++) {
        if (hp_crl_lists(ac->crls[i], cert))
            r.flaw = HP_FLAW_REVOKED;
    }
    return put_signer(l, path, &r);
}

bool
hp_loader_add_twod_key(const hp_loader *l, const char *path, hp_str spki)
{
    hp_record r = { .spki = spki, .valid = { 0, HP_TIME_LAST } };

    return put_signer(l, path, &r);
}

bool
hp_loader_add_twod_cert(const hp_loader *l, const char *path, hp_twod_file kind, hp_loader_ac *ac,
                        hp_cert *cert)
{
    bool good;

    if (kind == HP_TWOD_FILE_AUTHORITY)
        return add_authority(l, path, ac, cert);
    good = add_signer(l, path, ac, cert);
    hp_cert_free(cert);
    return good;
}
