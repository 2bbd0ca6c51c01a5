/* Authorities and CRLs on their way in; see authority.h. */
#include "feed/authority.h"

#include "crypto/about.h"

/* ---- authorities ---------------------------------------------------------- */

/* What a record says of it; false with *why where it is none. */
static bool
judge(const hp_import *import, const hp_cert *cert, hp_about *about, hp_record *record,
      hp_skip *why)
{
    *why = HP_SKIP_UNREADABLE;
    if (cert == NULL || !hp_about_cert(import->terms->crypto, cert, about) ||
        !hp_cert_validity(cert, &record->valid.from, &record->valid.until))
        return false;
    *why = HP_SKIP_USAGE;
    return about->authority;
}

bool
hp_import_authority(hp_import *import, hp_str der, unsigned domains, const char *which,
                    hp_cert **cert, hp_error *error)
{
    hp_record record = { .role = HP_ROLE_AUTHORITY, .cert = der, .domains = domains,
                         .usage = HP_USE_ALL };
    hp_cert *read = hp_cert_read(import->terms->crypto, der);
    hp_about about;
    hp_skip why;

    *cert = NULL;
    import->source->entries++;
    if (!judge(import, read, &about, &record, &why)) {
        hp_cert_free(read);
        hp_import_skip(import, why, which);
        return true;
    }
    record.kid = (hp_str){ about.subject, HP_KID };
    record.spki = hp_cert_spki(read);
    hp_cert_country(read, record.country);
    if (!hp_import_put(import, &record, error)) {
        hp_cert_free(read);
        return false;
    }
    *cert = read;
    return true;
}

/* ---- CRLs ----------------------------------------------------------------- */

static const hp_cert *
signer_of(const hp_crl *crl, const hp_authorities *by)
{
    size_t i;

    for (i = 0; i < by->n; i++) {
        if (hp_crl_signed_by(crl, by->all[i]))
            return by->all[i];
    }
    return NULL;
}

static bool
leave(hp_import *import, hp_skip why, const char *which, hp_error *error)
{
    if (import->terms->as_given) {
        import->source->entries++;
        hp_import_skip(import, why, which);
        return true;
    }
    hp_error_set(error, "%s: is a CRL of none of the authorities that it could be of, or damaged",
                 which);
    return false;
}

static bool
put(hp_import *import, const hp_crl *crl, hp_record *record, const char *which, hp_error *error)
{
    uint8_t issuer[HP_SHA256];

    if (!hp_crl_issuer(crl, import->terms->crypto, issuer)) {
        hp_error_set(error, "%s: no memory", which);
        return false;
    }
    record->kid = (hp_str){ issuer, HP_KID };
    return hp_import_put(import, record, error);
}

bool
hp_import_crl(hp_import *import, hp_str der, const hp_authorities *by, unsigned domains,
              const char *which, hp_crl **crl, hp_error *error)
{
    hp_record record = { .role = HP_ROLE_CRL, .cert = der, .domains = domains };
    hp_crl *read = hp_crl_read(import->terms->crypto, der);
    const hp_cert *signer = NULL;
    hp_skip why = HP_SKIP_UNREADABLE;
    bool good;

    *crl = NULL;
    if (read != NULL && hp_crl_validity(read, &record.valid.from, &record.valid.until)) {
        why = HP_SKIP_SIGNATURE;
        signer = signer_of(read, by);
    }
    if (signer == NULL) {
        hp_crl_free(read);
        return leave(import, why, which, error);
    }
    hp_cert_country(signer, record.country);
    good = put(import, read, &record, which, error);
    if (good)
        *crl = read;
    else
        hp_crl_free(read);
    return good;
}
