/*
 * The European Commission's public archive of the gateway's certificates (trust-lists, 1.5):
 *
 *     dcc_trustlist.zip
 *         CSCA/DCC/<CC>/<sha256>.pem     issue DSCs of that country
 *         DSC/DCC/<CC>/<sha256>.pem      sign passes
 *         Readme.txt License.txt Version.txt
 *     dcc_trustlist.zip.sig.txt          Base64, with line breaks, of a detached CMS
 *
 * The pin is the certificate that signs the archive.  A file's name is the SHA-256 of the
 * certificate in it.  The archive is walked twice, so that the order of its files does not
 * matter and no certificate waits in memory.
 */
#include "base/hex.h"
#include "codec/base64.h"
#include "codec/zip.h"
#include "crypto/cms.h"
#include "feed/lands.h"
#include "feed/pinned.h"

#include <stdlib.h>

#define SIGNATURE_MAX 65536 /* characters of the signature's file */

static const hp_zip_caps caps = {
    .file = 16384, .all = 64u << 20, .entries = 2 * HP_TRUST_KEYS_MAX
};

typedef enum { CSCA, DSC, ENTRY, NO_ENTRY } place;

typedef struct {
    hp_import *import;
    place wanted;
    hp_lands lands;
    bool has_authorities;
} reader;

static bool
is_archive(const hp_feed_file *file)
{
    hp_str folder = HP_STR("DSC/DCC/");

    return hp_zip_is(file->bytes) &&
           memmem(file->bytes.p, file->bytes.n, folder.p, folder.n) != NULL;
}

/* ---- the signature ------------------------------------------------------------------- */

static bool
verify(hp_import *import, hp_str archive, hp_str signature, hp_error *error)
{
    const hp_feed_terms *terms = import->terms;
    hp_str *signers = hp_feed_pinned_certs(terms, error);
    hp_cms cms;
    bool good;

    if (signers == NULL)
        return false;
    good = hp_cms_verify(terms->crypto, signature, archive, signers, terms->n_pins, &cms, error);
    if (good) {
        import->source->is_signed = true;
        import->source->issued = cms.signed_at;
        hp_pin_fingerprint(terms->pins[cms.signer], import->source->signer);
        hp_bytes_free(&cms.content);
    }
    free(signers);
    return good;
}

static bool
check_message(hp_import *import, hp_str archive, hp_str signature, hp_error *error)
{
    uint8_t fingerprint[HP_SHA256];
    bool known;

    if (import->terms->n_pins > 0)
        return verify(import, archive, signature, error);
    known = signature.n > 0 && hp_cms_claimed(import->terms->crypto, signature, fingerprint);
    return hp_feed_unpinned(import, &hp_feed_eu, known ? fingerprint : NULL, error);
}

static bool
check_signature(hp_import *import, const hp_feed_input *input, hp_error *error)
{
    hp_bytes message = { NULL, 0 };
    bool good;

    if (input->signature.path == NULL && import->terms->n_pins > 0) {
        hp_error_set(error, "comes without its signature, expected the file "
                            "dcc_trustlist.zip.sig.txt beside it");
        return false;
    }
    if (input->signature.path != NULL &&
        (input->signature.bytes.n > SIGNATURE_MAX ||
         !hp_base64_wrapped(input->signature.bytes, &message))) {
        hp_error_set(error, "the signature in %s cannot be read, expected Base64",
                     input->signature.path);
        return false;
    }
    good = check_message(import, input->files[0].bytes, (hp_str){ message.p, message.n }, error);
    hp_bytes_free(&message);
    return good;
}

/* ---- files ------------------------------------------------------------------------------ */

static bool
is_capital(char c)
{
    return c >= 'A' && c <= 'Z';
}

/*
 * "XA/<sha256>.pem": country and digest, which has one spelling, or one certificate could be
 * listed often under names that differ.
 */
static bool
read_name(const char *name, char country[3], uint8_t digest[HP_SHA256])
{
    const size_t digits = (size_t)2 * HP_SHA256;

    if (!is_capital(name[0]) || !is_capital(name[1]) || name[2] != '/' ||
        strlen(name) != 3 + digits + 4 || strspn(name + 3, "0123456789abcdef") != digits ||
        strcmp(name + 3 + digits, ".pem") != 0)
        return false;
    memcpy(country, name, 2);
    country[2] = '\0';
    return hp_hex_read((hp_str){ (const uint8_t *)name + 3, digits }, digest);
}

/* Which folder of which list a file is in; *rest is its name below that. */
static place
place_of(const char *name, const char **rest)
{
    static const char *const folders[] = { "CSCA/DCC/", "DSC/DCC/" };
    place p;

    for (p = CSCA; p <= DSC; p++) {
        if (strncmp(name, folders[p], strlen(folders[p])) == 0) {
            *rest = name + strlen(folders[p]);
            return p;
        }
    }
    return strchr(name, '/') != NULL ? ENTRY : NO_ENTRY;
}

/* Exactly one certificate; NULL when it is not that. */
static uint8_t *
read_pem(hp_str content, size_t *n)
{
    uint8_t *der, *more = NULL;
    size_t at = 0, n_more;

    if (hp_pem_next(content, &at, &der, n) == HP_PEM_CERT &&
        hp_pem_next(content, &at, &more, &n_more) == HP_PEM_END)
        return der;
    hp_pem_free(der);
    hp_pem_free(more);
    return NULL;
}

/* ---- certificates ------------------------------------------------------------------------ */

static bool
take_authority(reader *r, const char *country, hp_str der, const char *which, hp_error *error)
{
    hp_land *land = hp_lands_of(&r->lands, country, error);
    hp_skip why;

    if (land == NULL ||
        !hp_land_authority(land, r->import->terms->crypto, der, &why, error))
        return false;
    r->has_authorities = r->has_authorities || why == HP_SKIP_OTHER_USE;
    hp_import_skip(r->import, why, which);
    return true;
}

/* Where nothing is pinned, an archive may be without authorities: then those given count. */
static bool
take_signer(reader *r, const char *country, hp_str der, const char *which, hp_error *error)
{
    const hp_feed_terms *terms = r->import->terms;
    hp_land *land = hp_lands_of(&r->lands, country, error);
    hp_entry entry = { .der = der, .which = which, .country = country,
                       .domains = HP_DOMAIN_DCC, .authorities = terms->authorities };

    if (land == NULL)
        return false;
    if (r->import->source->is_signed || r->has_authorities)
        entry.authorities = hp_land_issuers(land, terms, der);
    return hp_import_cert(r->import, &entry, error);
}

static bool
take_cert(reader *r, const char *rest, hp_str der, hp_error *error)
{
    uint8_t named[HP_SHA256], digest[HP_SHA256];
    char country[3], which[HP_HEX_TEXT(HP_KID)];

    if (!read_name(rest, country, named)) {
        hp_import_skip(r->import, HP_SKIP_UNREADABLE, rest);
        return true;
    }
    hp_hex_write((hp_str){ named, HP_KID }, which);
    if (!hp_sha256(r->import->terms->crypto, &der, 1, digest) ||
        memcmp(named, digest, HP_SHA256) != 0) {
        hp_import_skip(r->import, HP_SKIP_KID, which);
        return true;
    }
    return r->wanted == CSCA ? take_authority(r, country, der, which, error)
                             : take_signer(r, country, der, which, error);
}

static bool
take_entry(reader *r, const char *rest, hp_str content, hp_error *error)
{
    size_t n;
    uint8_t *der = read_pem(content, &n);
    bool good = true;

    if (der == NULL)
        hp_import_skip(r->import, HP_SKIP_UNREADABLE, rest);
    else
        good = take_cert(r, rest, (hp_str){ der, n }, error);
    hp_pem_free(der);
    return good;
}

static bool
take_file(void *context, const char *name, hp_str content, hp_error *error)
{
    reader *r = context;
    const char *rest = name;
    place found = place_of(name, &rest);

    if (found == ENTRY && r->wanted == DSC) {
        r->import->source->entries++;
        hp_import_skip(r->import, HP_SKIP_OTHER_USE, name);
    }
    if (found != r->wanted)
        return true;
    r->import->source->entries++;
    return take_entry(r, rest, content, error);
}

/* ---- the list ------------------------------------------------------------------------------ */

static bool
read_archive(hp_import *import, const hp_feed_input *input, hp_error *error)
{
    hp_str archive = { NULL, 0 };
    reader r = { .import = import, .wanted = CSCA };
    bool good;

    if (input->n == 1)
        archive = input->files[0].bytes;
    if (archive.p == NULL) {
        hp_error_set(error, "expected one file, dcc_trustlist.zip");
        return false;
    }
    if (!check_signature(import, input, error))
        return false;
    /* Without a time in the signature it is older than any that has one, and ages from now. */
    import->source->dated = import->source->issued != 0 ? import->source->issued
                                                        : import->terms->now;
    good = hp_zip_walk(archive, &caps, take_file, &r, error);
    r.wanted = DSC;
    good = good && hp_zip_walk(archive, &caps, take_file, &r, error);
    hp_lands_free(&r.lands);
    return good;
}

const hp_feed hp_feed_eu = {
    .name = "eu",
    .summary = "the European Commission's public archive, dcc_trustlist.zip and its signature",
    .pin = "the certificate that signs the archive, eu_signer.pem.txt; compare it with the one "
           "that the European Commission publishes beside the archive",
    .heeds = HP_FEED_AUTHORITIES | HP_FEED_SIGNATURE | HP_FEED_EKU,
    .is = is_archive,
    .read = read_archive,
};
