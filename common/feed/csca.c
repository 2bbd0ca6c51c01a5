/*
 * Anchors of VDS-NC passes: the country signing authorities (CSCA) that an operator chose, and
 * their lists of revoked certificates (vds-nc, 4).
 *
 *     <anything>.crl.der, .crl    a CRL, which must be signed by one of the authorities
 *     <anything>.der .pem .crt .cer   certificates of authorities
 *
 * Signers come inside the passes.  Authorities are signed by nobody but themselves: each is an
 * anchor that the operator compares, by its fingerprint, with what its state publishes.
 * Several may share a name, a key id or a key; all are kept, for the gate tries them all.
 */
#include "base/hex.h"
#include "base/time.h"
#include "crypto/about.h"
#include "crypto/crl.h"
#include "feed/files.h"

#include <stdio.h>
#include <strings.h>

/* One import.  What is put in it is copied. */
typedef struct {
    hp_import *import;
    const hp_feed_file *file; /* the one that is read */
    hp_error *error;
    hp_authorities authorities;
} reader;

static bool
is_crl(const char *name)
{
    return hp_feed_ends(name, ".crl") || hp_feed_ends(name, ".crl.der");
}

static bool
is_cert(const char *name)
{
    return !is_crl(name) && (hp_feed_ends(name, ".der") || hp_feed_ends(name, ".pem") ||
                             hp_feed_ends(name, ".crt") || hp_feed_ends(name, ".cer"));
}

static bool
is_wanted(const char *name)
{
    return is_crl(name) || is_cert(name);
}

static bool
is_csca_name(const char *name)
{
    return strncasecmp(name, "csca", 4) == 0 && is_wanted(name);
}

/* By the name only: a certificate of an authority may belong to many things. */
static bool
is_csca(const hp_feed_file *file)
{
    return hp_feed_has(file, is_csca_name);
}

/* ---- authorities ------------------------------------------------------------ */

static bool
put_authority(reader *r, hp_str der, const hp_cert *cert)
{
    hp_record record = {
        .role = HP_ROLE_AUTHORITY,
        .spki = hp_cert_spki(cert),
        .cert = der,
        .domains = HP_DOMAIN_VDS_NC,
        .usage = HP_USE_ALL,
    };
    hp_about about;

    if (!hp_about_cert(r->import->terms->crypto, cert, &about) ||
        !hp_cert_validity(cert, &record.valid.from, &record.valid.until)) {
        hp_import_skip(r->import, HP_SKIP_UNREADABLE, hp_feed_name(r->file->path));
        return true;
    }
    if (!about.authority) {
        hp_import_skip(r->import, HP_SKIP_USAGE, hp_feed_name(r->file->path));
        return true;
    }
    record.kid = (hp_str){ about.subject, HP_KID };
    hp_cert_country(cert, record.country);
    return hp_import_put(r->import, &record, r->error);
}

/* Kept until its CRLs are read. */
static bool
take_authority(void *context, hp_str der)
{
    reader *r = context;
    hp_cert *cert = hp_cert_read(r->import->terms->crypto, der);

    r->import->source->entries++;
    if (cert == NULL) {
        hp_import_skip(r->import, HP_SKIP_UNREADABLE, hp_feed_name(r->file->path));
        return true;
    }
    if (!put_authority(r, der, cert)) {
        hp_cert_free(cert);
        return false;
    }
    if (hp_authorities_add(&r->authorities, cert))
        return true;
    hp_error_set(r->error, "%s: no memory", hp_feed_name(r->file->path));
    return false;
}

static bool
take_file(reader *r)
{
    bool readable;

    if (!hp_feed_certs(r->file, take_authority, r, &readable))
        return false;
    if (!readable) {
        r->import->source->entries++;
        hp_import_skip(r->import, HP_SKIP_UNREADABLE, hp_feed_name(r->file->path));
    }
    return true;
}

/* ---- CRLs --------------------------------------------------------------------- */

static const hp_cert *
signer_of(const reader *r, const hp_crl *crl)
{
    size_t i;

    for (i = 0; i < r->authorities.n; i++) {
        if (hp_crl_signed_by(crl, r->authorities.all[i]))
            return r->authorities.all[i];
    }
    return NULL;
}

static bool
put_crl(reader *r, const hp_crl *crl, hp_span valid, const hp_cert *authority)
{
    uint8_t issuer[HP_SHA256];
    hp_record record = {
        .role = HP_ROLE_CRL,
        .kid = { issuer, HP_KID },
        .cert = r->file->bytes,
        .domains = HP_DOMAIN_VDS_NC,
        .valid = valid,
    };

    hp_cert_country(authority, record.country);
    if (hp_crl_issuer(crl, r->import->terms->crypto, issuer))
        return hp_import_put(r->import, &record, r->error);
    hp_error_set(r->error, "%s: cannot be hashed", hp_feed_name(r->file->path));
    return false;
}

/*
 * One that does not hold is not just left out: without it, what its authority took back would
 * be good again.  Only a check by hand goes on.
 */
static bool
leave_crl(reader *r, hp_skip why)
{
    const char *name = hp_feed_name(r->file->path);

    if (r->import->terms->as_given) {
        r->import->source->entries++;
        hp_import_skip(r->import, why, name);
        return true;
    }
    hp_error_set(r->error, "%s: is a CRL of none of the authorities in the list, or damaged", name);
    return false;
}

/*
 * No entry, for it is no key.  An old one is kept: what it lists was taken back for good, and
 * the gate sees its end.
 */
static bool
take_crl(reader *r)
{
    hp_crl *crl = hp_crl_read(r->import->terms->crypto, r->file->bytes);
    const hp_cert *authority;
    hp_span valid;
    bool good;

    if (crl == NULL || !hp_crl_validity(crl, &valid.from, &valid.until)) {
        hp_crl_free(crl);
        return leave_crl(r, HP_SKIP_UNREADABLE);
    }
    authority = signer_of(r, crl);
    good = authority != NULL ? put_crl(r, crl, valid, authority) : leave_crl(r, HP_SKIP_SIGNATURE);
    hp_crl_free(crl);
    return good;
}

/* ---- the list ------------------------------------------------------------------- */

/* What an operator who has not said so yet must compare first. */
static bool
say_fingerprints(const hp_import *import, hp_error *error)
{
    char text[HP_ERROR_MAX - 200], hex[HP_HEX_TEXT(HP_SHA256)];
    uint8_t digest[HP_SHA256];
    size_t i, used = 0;

    text[0] = 0;
    for (i = 0; i < import->records.n; i++) {
        const hp_record *one = &import->records.all[i];

        if (one->role != HP_ROLE_AUTHORITY || used + 8 + sizeof(hex) > sizeof(text) ||
            !hp_sha256(import->terms->crypto, &one->cert, 1, digest))
            continue;
        hp_hex_write((hp_str){ digest, sizeof(digest) }, hex);
        used += (size_t)snprintf(text + used, sizeof(text) - used, "%s %s %s",
                                 used > 0 ? "," : ":",
                                 one->country[0] != 0 ? one->country : "--", hex);
    }
    hp_error_set(error, "nobody signs such a list: compare the SHA-256 of each certificate with "
                        "what its state publishes, then allow it unsigned%s", text);
    return false;
}

static bool
take_all(reader *r, const hp_feed_files *files)
{
    bool good = true;
    size_t i;

    for (i = 0; good && i < files->n; i++) {
        r->file = &files->all[i];
        if (!is_crl(hp_feed_name(r->file->path)))
            good = take_file(r);
    }
    for (i = 0; good && i < files->n; i++) {
        r->file = &files->all[i];
        if (is_crl(hp_feed_name(r->file->path)))
            good = take_crl(r);
    }
    return good;
}

static bool
read_csca(hp_import *import, const hp_feed_input *input, hp_error *error)
{
    const hp_feed_terms *terms = import->terms;
    reader r = { .import = import, .error = error };
    hp_feed_files files;
    bool good;

    if (terms->n_pins > 0) {
        hp_error_set(error, "nobody signs a list of authorities, so nothing can be pinned");
        return false;
    }
    if (!hp_feed_files_open(import, input, is_wanted, &files, error))
        return false;
    import->source->dated = terms->now; /* it has no time of its own, but grows old all the same */
    good = take_all(&r, &files);
    hp_feed_files_close(&files);
    hp_authorities_free(&r.authorities);
    if (good && !terms->unsigned_ok && !terms->as_given)
        return say_fingerprints(import, error);
    return good;
}

const hp_feed hp_feed_csca = {
    .name = "csca",
    .summary = "VDS-NC: certificates of country signing authorities, and their CRLs",
    .pin = "nothing, and so --unsigned csca: each authority is an anchor of its own; compare its "
           "fingerprint with what its state publishes",
    .is = is_csca,
    .read = read_csca,
};
