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
#include "feed/authority.h"
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

/* Kept until its CRLs are read. */
static bool
take_authority(void *context, hp_str der)
{
    reader *r = context;
    const char *name = hp_feed_name(r->file->path);
    hp_cert *cert;

    if (!hp_import_authority(r->import, der, HP_DOMAIN_VDS_NC, name, &cert, r->error))
        return false;
    if (cert == NULL || hp_authorities_add(&r->authorities, cert))
        return true;
    hp_error_set(r->error, "%s: no memory", name);
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

/* The gate sees its end. */
static bool
take_crl(reader *r)
{
    hp_crl *crl;
    bool good = hp_import_crl(r->import, r->file->bytes, &r->authorities, HP_DOMAIN_VDS_NC,
                              hp_feed_name(r->file->path), &crl, r->error);

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
