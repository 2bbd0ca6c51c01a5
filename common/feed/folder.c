/*
 * A folder of certificates and keys (trust-lists, 4): what no published format brings.
 *
 * It is read as a gate reads a trust folder, MANIFEST included, by check/trust_load.c; here its
 * keys are held to what all lists are held to.  Pins are the keys that may have signed MANIFEST.
 * A folder without one comes in only unsigned, by name.
 */
#include "feed/feed.h"

#include "base/hex.h"
#include "check/trust.h"

/* A gate finds a folder by itself. */
static bool
is_folder(const hp_feed_file *file)
{
    (void)file;
    return false;
}

/* Such keys are looked for by what HC1 has as key ids. */
static bool
signs_hc1(const hp_key *key)
{
    return hp_key_alg(key) == HP_ALG_ES256 || hp_key_alg(key) == HP_ALG_PS256;
}

/* A key without a certificate is listed with itself in that one's place. */
static bool
is_bare(const hp_record *r)
{
    return hp_str_eq(r->cert, r->spki);
}

static bool
take_bare(hp_import *import, const hp_record *r, bool chained, const char *which,
          hp_error *error)
{
    hp_key *key = hp_key_read(import->terms->crypto, r->spki);
    bool fit = key != NULL && signs_hc1(key);
    hp_record bare = *r;

    hp_key_free(key);
    if (!fit) {
        hp_import_skip(import, HP_SKIP_KEY, which);
        return true;
    }
    bare.cert = (hp_str){ NULL, 0 };
    if (chained)
        bare.flaw = HP_FLAW_CHAIN;
    return hp_import_put(import, &bare, error);
}

/* Authorities that the operator named by hand count before those of a folder CSCA. */
static bool
take(hp_import *import, const hp_trust *folder, const hp_record *r, hp_error *error)
{
    const hp_authorities *authorities = import->terms->authorities != NULL
                                            ? import->terms->authorities
                                            : hp_trust_authorities(folder);
    char which[HP_HEX_TEXT(HP_KID)];
    hp_entry entry = { .der = r->cert, .which = which, .domains = r->domains,
                       .country = r->country[0] != 0 ? r->country : NULL,
                       .authorities = authorities };

    hp_hex_write(r->kid, which);
    if (r->domains == HP_DOMAIN_2D_DOC)
        return hp_import_put(import, r, error);
    return is_bare(r) ? take_bare(import, r, authorities != NULL, which, error)
                      : hp_import_cert(import, &entry, error);
}

/* What the folder's MANIFEST says of the list; without a date its age counts from now. */
static void
take_source(hp_import *import, const hp_source *folder)
{
    hp_source *to = import->source;

    to->issued = folder->issued;
    to->dated = folder->dated > 0 ? folder->dated : import->terms->now;
    to->expires = folder->expires;
    to->is_signed = folder->is_signed;
    to->entries = folder->entries;
    memcpy(to->signer, folder->signer, HP_SHA256);
    memcpy(to->digest, folder->digest, HP_SHA256);
    memcpy(to->skipped, folder->skipped, sizeof(to->skipped));
}

static bool
take_all(hp_import *import, const hp_trust *folder, hp_error *error)
{
    const hp_records *list = hp_trust_records(folder);
    bool good = true;
    size_t i;

    if (list->n_sources > 0)
        take_source(import, &list->sources[0]);
    for (i = 0; good && i < list->n; i++)
        good = take(import, folder, &list->all[i], error);
    return good;
}

static bool
read_folder(hp_import *import, const hp_feed_input *input, hp_error *error)
{
    const hp_feed_terms *terms = import->terms;
    hp_manifest_terms manifests = { .keys = terms->pins, .n_keys = terms->n_pins };
    hp_trust *folder;
    hp_watch watch = { NULL, 0, false };
    bool good;

    if (input->n != 1 || input->files[0].bytes.p != NULL || input->signature.path != NULL) {
        hp_error_set(error, "expected one folder; its signature is MANIFEST.sig in it");
        return false;
    }
    if (terms->n_pins == 0 && !hp_feed_unpinned(import, &hp_feed_folder, NULL, error))
        return false;
    folder = hp_trust_new(terms->crypto, terms->as_given ? NULL : &terms->env);
    if (folder == NULL) {
        hp_error_set(error, "no memory");
        return false;
    }
    hp_trust_manifests(folder, &manifests);
    good = hp_trust_add(folder, input->files[0].path, terms->as_given ? 0 : HP_FILE_OWNED, &watch,
                        error) == HP_TRUST_ADDED &&
           take_all(import, folder, error);
    hp_watch_free(&watch);
    hp_trust_free(folder);
    return good;
}

const hp_feed hp_feed_folder = {
    .name = "folder",
    .summary = "a folder of certificates and keys, with a MANIFEST of them and MANIFEST.sig",
    .pin = "the certificate or public key of whoever signs MANIFEST, whom only you know",
    .heeds = HP_FEED_AUTHORITIES,
    .is = is_folder,
    .read = read_folder,
};
