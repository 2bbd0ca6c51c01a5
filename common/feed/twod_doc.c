/*
 * Signers of French 2D-DOC seals (2d-doc, 5): files from the certification authorities (AC), a
 * folder of them, and the trust list (TSL) that says which authorities there are.
 *
 *     FR03AV01.der ...            files named as check/twod.h has it
 *     <anything>.xml              the TSL: ETSI TS 119 612 with an XAdES signature
 *
 * Nothing is fetched.  What a pin vouches for is the TSL, and so the authorities in it, and so
 * the signers that they issued; everything else is unsigned, and the operator's own word.
 * Signers that have ended stay: a seal is judged at the day on which it was signed.
 */
#include "base/time.h"
#include "check/twod.h"
#include "crypto/about.h"
#include "feed/authority.h"
#include "feed/files.h"
#include "feed/tsl.h"

#include <stdlib.h>

#define AC_ID  HP_TWOD_AC
#define AC_MAX 64

/* An authority: its certificates, and what it took back. */
typedef struct {
    char id[AC_ID + 1];
    hp_authorities certs;
    hp_crl **crls;
    size_t n_crls;
} ac;

/* One import. */
typedef struct {
    hp_import *import;
    const hp_feed_file *file; /* the one that is read */
    hp_error *error;
    bool failed; /* in the middle of a bundle */
    ac all[AC_MAX];
    size_t n;
} reader;

/* ---- names ------------------------------------------------------------------- */

typedef enum {
    OTHER = HP_TWOD_FILE_OTHER,
    AUTHORITY = HP_TWOD_FILE_AUTHORITY,
    CRL = HP_TWOD_FILE_CRL,
    BUNDLE = HP_TWOD_FILE_BUNDLE,
    SIGNER = HP_TWOD_FILE_SIGNER,
    KEY = HP_TWOD_FILE_KEY,
    TSL
} kind;

static kind
kind_of(const char *name)
{
    return hp_feed_ends(name, ".xml") ? TSL : (kind)hp_twod_file_of(name);
}

static bool
is_wanted(const char *name)
{
    return kind_of(name) != OTHER;
}

/* Names that nothing else has; FR03AV01.der could be any certificate. */
static bool
is_telling(const char *name)
{
    return hp_twod_file_tells(name) || (kind_of(name) == TSL && strncmp(name, "tsl", 3) == 0);
}

static bool
is_2d_doc(const hp_feed_file *file)
{
    return hp_feed_has(file, is_telling);
}

/* ---- authorities --------------------------------------------------------------- */

static const char *
name_of(const reader *r)
{
    return hp_feed_name(r->file->path);
}

static bool
out_of_memory(const reader *r)
{
    hp_error_set(r->error, "%s: no memory", name_of(r));
    return false;
}

/* The authority of that name; a new one where there is room.  NULL: too many. */
static ac *
ac_of(reader *r, const char *id)
{
    size_t i;

    for (i = 0; i < r->n; i++) {
        if (strncmp(r->all[i].id, id, AC_ID) == 0)
            return &r->all[i];
    }
    if (r->n == AC_MAX) {
        hp_error_set(r->error, "%s: is of one authority too many (%d)", name_of(r), AC_MAX);
        return NULL;
    }
    memcpy(r->all[r->n].id, id, AC_ID);
    return &r->all[r->n++];
}

/* which names the entry when it is left out. */
static bool
take_authority(reader *r, const char *id, hp_str der, const char *which)
{
    ac *of = ac_of(r, id);
    hp_cert *cert;

    if (of == NULL ||
        !hp_import_authority(r->import, der, HP_DOMAIN_2D_DOC, which, &cert, r->error))
        return false;
    return cert == NULL || hp_authorities_add(&of->certs, cert) || out_of_memory(r);
}

static bool
take_listed(void *context, const char *id, hp_str der)
{
    reader *r = context;

    if (strlen(id) != AC_ID || !hp_twod_is_id(id, AC_ID)) {
        r->import->source->entries++;
        hp_import_skip(r->import, HP_SKIP_UNREADABLE, id);
        return true;
    }
    return take_authority(r, id, der, id);
}

static bool
take_authority_file(void *context, hp_str der)
{
    reader *r = context;

    return take_authority(r, name_of(r), der, name_of(r));
}

/* ---- CRLs ------------------------------------------------------------------------ */

/* Keeps it until the signers are read.  Takes it over in any case. */
static bool
keep_crl(reader *r, ac *of, hp_crl *crl)
{
    hp_crl **crls = reallocarray(of->crls, of->n_crls + 1, sizeof(*crls));

    if (crls == NULL) {
        hp_crl_free(crl);
        return out_of_memory(r);
    }
    of->crls = crls;
    crls[of->n_crls++] = crl;
    return true;
}

static bool
take_crl(reader *r)
{
    ac *of = ac_of(r, name_of(r));
    hp_crl *crl;

    if (of == NULL || !hp_import_crl(r->import, r->file->bytes, &of->certs, HP_DOMAIN_2D_DOC,
                                     name_of(r), &crl, r->error))
        return false;
    return crl == NULL || keep_crl(r, of, crl);
}

/* ---- signers ----------------------------------------------------------------------- */

static bool
put_signer(reader *r, hp_record *record)
{
    if (hp_about_curve(r->import->terms->crypto, record->spki) == 0) {
        hp_import_skip(r->import, HP_SKIP_KEY, name_of(r));
        return true;
    }
    record->role = HP_ROLE_SIGNER;
    record->domains = HP_DOMAIN_2D_DOC;
    record->usage = HP_USE_ALL;
    return hp_import_put(r->import, record, r->error);
}

/* A check by hand has no authority at hand as a rule; where it has one, that counts. */
static void
judge(const reader *r, const ac *of, const hp_cert *cert, hp_record *record)
{
    size_t i;

    if (of->certs.n == 0 && r->import->terms->as_given)
        return;
    hp_chain(&of->certs, cert, record);
    for (i = 0; i < of->n_crls; i++) {
        if (hp_crl_lists(of->crls[i], cert))
            record->flaw = HP_FLAW_REVOKED;
    }
}

/*
 * The name in the seal: authority and signer.  A file's name says both, and its certificate
 * must agree; of a bundle each certificate says who it is.
 */
static bool
name_signer(const reader *r, bool in_bundle, const hp_about *about, char name[2 * AC_ID + 1])
{
    bool named = strlen(about->cn) == AC_ID && hp_twod_is_id(about->cn, AC_ID);

    memcpy(name, name_of(r), 2 * AC_ID);
    name[2 * AC_ID] = 0;
    if (in_bundle && named)
        memcpy(name + AC_ID, about->cn, AC_ID);
    return named && strcmp(name + AC_ID, about->cn) == 0;
}

static bool
take_cert(reader *r, bool in_bundle, const hp_cert *cert)
{
    hp_record record = { .spki = hp_cert_spki(cert) };
    ac *of = ac_of(r, name_of(r));
    char name[2 * AC_ID + 1];
    hp_skip why = HP_SKIP_KINDS;
    hp_about about;

    if (of == NULL)
        return false;
    if (!hp_about_cert(r->import->terms->crypto, cert, &about) ||
        !hp_cert_validity(cert, &record.valid.from, &record.valid.until))
        why = HP_SKIP_UNREADABLE;
    else if (about.authority)
        why = HP_SKIP_OTHER_USE;
    else if (hp_cert_usage(cert) == 0)
        why = HP_SKIP_USAGE;
    else if (!name_signer(r, in_bundle, &about, name) &&
             (in_bundle || !r->import->terms->as_given))
        why = HP_SKIP_KID;
    if (why != HP_SKIP_KINDS) {
        hp_import_skip(r->import, why, name_of(r));
        return true;
    }
    record.kid = (hp_str){ (const uint8_t *)name, 2 * AC_ID };
    hp_cert_country(cert, record.country);
    judge(r, of, cert, &record);
    return put_signer(r, &record);
}

static bool
take_signer(reader *r, bool in_bundle, hp_str der)
{
    hp_cert *cert = hp_cert_read(r->import->terms->crypto, der);
    bool good = true;

    r->import->source->entries++;
    if (cert == NULL)
        hp_import_skip(r->import, HP_SKIP_UNREADABLE, name_of(r));
    else
        good = take_cert(r, in_bundle, cert);
    hp_cert_free(cert);
    return good;
}

static bool
take_signer_file(void *context, hp_str der)
{
    return take_signer(context, false, der);
}

static bool
take_bundled(void *context, hp_str der)
{
    reader *r = context;

    r->failed = r->failed || !take_signer(r, true, der);
    return !r->failed;
}

/* A bare key has no dates, and nobody to take it back. */
static bool
take_key(reader *r)
{
    hp_record record = {
        .kid = { (const uint8_t *)name_of(r), 2 * AC_ID },
        .spki = r->file->bytes,
        .valid = { 0, HP_TIME_LAST },
    };

    r->import->source->entries++;
    return put_signer(r, &record);
}

/* ---- files ---------------------------------------------------------------------------- */

static bool
take_certs(reader *r, bool (*each)(void *context, hp_str der))
{
    bool readable, good = hp_feed_certs(r->file, each, r, &readable);

    if (good && !readable) {
        r->import->source->entries++;
        hp_import_skip(r->import, HP_SKIP_UNREADABLE, name_of(r));
    }
    return good;
}

/* PKCS#7 in DER, or PEM. */
static bool
take_bundle(reader *r)
{
    if (r->file->bytes.n == 0 || r->file->bytes.p[0] != 0x30)
        return take_certs(r, take_bundled);
    if (!hp_about_bundle(r->import->terms->crypto, r->file->bytes, take_bundled, r) &&
        !r->failed) {
        r->import->source->entries++;
        hp_import_skip(r->import, HP_SKIP_UNREADABLE, name_of(r));
    }
    return !r->failed;
}

static bool
take_tsl(reader *r)
{
    hp_error why = { "" };

    if (hp_tsl_read(r->import, &hp_feed_2d_doc, r->file->bytes, take_listed, r, &why))
        return true;
    hp_error_set(r->error, "%s: %s", name_of(r), why.text);
    return false;
}

/* What no signature of the list covers, and no authority of it issued. */
static bool
may_be_unsigned(const reader *r, kind is)
{
    const hp_feed_terms *terms = r->import->terms;

    if (is == SIGNER || is == BUNDLE || is == CRL || is == TSL || terms->unsigned_ok ||
        terms->as_given)
        return true;
    hp_error_set(r->error, "%s: is not in the signed list: leave it out, or allow what is "
                           "unsigned", name_of(r));
    return false;
}

static bool
take_file(reader *r, kind is)
{
    if (!may_be_unsigned(r, is))
        return false;
    switch (is) {
    case TSL:
        return take_tsl(r);
    case AUTHORITY:
        return take_certs(r, take_authority_file);
    case CRL:
        return take_crl(r);
    case BUNDLE:
        return take_bundle(r);
    case SIGNER:
        return take_certs(r, take_signer_file);
    case KEY:
        return take_key(r);
    case OTHER:
        break;
    }
    r->import->source->entries++;
    hp_import_skip(r->import, HP_SKIP_UNREADABLE, name_of(r));
    return true;
}

/* Who vouches before who is vouched for. */
static bool
take_all(reader *r, const hp_feed_files *files)
{
    static const kind order[] = { TSL, AUTHORITY, CRL, BUNDLE, SIGNER, KEY, OTHER };
    bool good = true;
    size_t i, k;

    for (k = 0; k < sizeof(order) / sizeof(order[0]); k++) {
        for (i = 0; good && i < files->n; i++) {
            r->file = &files->all[i];
            if (kind_of(name_of(r)) == order[k])
                good = take_file(r, order[k]);
        }
    }
    return good;
}

static void
end(reader *r)
{
    size_t i, k;

    for (i = 0; i < r->n; i++) {
        for (k = 0; k < r->all[i].n_crls; k++)
            hp_crl_free(r->all[i].crls[k]);
        free(r->all[i].crls);
        hp_authorities_free(&r->all[i].certs);
    }
}

/* A pin is for a TSL, of which there is one at most; without one nothing is signed. */
static bool
check(const hp_import *import, const hp_feed_files *files, hp_error *error)
{
    size_t i, lists = 0;

    for (i = 0; i < files->n; i++)
        lists += kind_of(hp_feed_name(files->all[i].path)) == TSL ? 1 : 0;
    if (lists > 1)
        hp_error_set(error, "holds more than one trust list (.xml)");
    else if (lists == 0 && import->terms->n_pins > 0)
        hp_error_set(error, "a key is pinned, but there is no trust list (.xml) for it to verify");
    else
        return lists == 1 || hp_feed_unpinned(import, &hp_feed_2d_doc, NULL, error);
    return false;
}

static bool
read_2d_doc(hp_import *import, const hp_feed_input *input, hp_error *error)
{
    reader r = { .import = import, .error = error };
    hp_feed_files files;
    bool good;

    if (!hp_feed_files_open(import, input, is_wanted, &files, error))
        return false;
    import->source->dated = import->terms->now; /* as of a trust list that has a time too */
    good = check(import, &files, error) && take_all(&r, &files);
    end(&r);
    hp_feed_files_close(&files);
    return good;
}

const hp_feed hp_feed_2d_doc = {
    .name = "2d-doc",
    .summary = "2D-DOC: French authorities' list (TSL), certificates, CRLs and bundles of signers",
    .pin = "the certificate that signs the trust list, as ANTS gives it to operators of 2D-DOC; "
           "compare it with the one of an earlier list",
    .is = is_2d_doc,
    .read = read_2d_doc,
};
