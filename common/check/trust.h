/*
 * The keys that may sign passes here, found by key id.
 *
 * A trust list is filled once from folders and stores, closed, and then only read; it is
 * replaced whole.  How long a look-up takes does not depend on the number of keys.
 */
#ifndef HP_CHECK_TRUST_H
#define HP_CHECK_TRUST_H

#include "base/file.h"
#include "check/chain.h"
#include "check/manifest.h"
#include "check/record.h"
#include "crypto/keys.h"
#include "reason.h"

typedef struct hp_trust hp_trust;

/*
 * For keys of that environment; NULL: whatever the lists say, it is not judged.  NULL for want
 * of memory.  Ends before its crypto.
 */
hp_trust *hp_trust_new(hp_crypto *crypto, const hp_env *env);
void hp_trust_free(hp_trust *trust);

/* What is asked of the folders to come; borrowed until the list is closed. */
void hp_trust_manifests(hp_trust *trust, const hp_manifest_terms *terms);

typedef enum {
    HP_TRUST_ADDED,
    HP_TRUST_GONE,   /* there is nothing at path */
    HP_TRUST_CLOSED, /* the folder cannot be read */
    HP_TRUST_BAD     /* a file in it is not as expected */
} hp_trust_added;

/*
 * Adds all keys of a folder (trust-lists, 4: PEM, DER, bundles, bare public keys, with a
 * folder a country, a folder CSCA of authorities, and a MANIFEST), of a store, or of one file.
 * must are the HP_FILE_ bits for each file.  What was read is noted in watch.
 */
hp_trust_added hp_trust_add(hp_trust *trust, const char *path, unsigned must,
                            hp_watch *watch, hp_error *error);

/* Was there a MANIFEST.sig that no key was given for?  How many files were left out as unlisted? */
bool hp_trust_unverified(const hp_trust *trust);
size_t hp_trust_unlisted(const hp_trust *trust);

/* The folders' authorities until the list is closed; NULL: no chain is required. */
const hp_authorities *hp_trust_authorities(const hp_trust *trust);

/* Adds records that somebody else has read (path is for naming); takes them over in any case. */
bool hp_trust_add_records(hp_trust *trust, const char *path, hp_records *records,
                          hp_error *error);

/*
 * Ends the filling: tests the chains where there is a folder CSCA, sorts, and leaves out what
 * is there twice.  False with *error when more keys share a key id than are ever tried, the
 * specification's test key of 2D-DOC is among them in production, or there is no memory.
 */
bool hp_trust_close(hp_trust *trust, hp_error *error);

/*
 * Keys of signers, and of authorities whose signers come along in passes; also such as are not
 * usable (any more).
 */
size_t hp_trust_count(const hp_trust *trust);

/* All records and sources, for those who list them. */
const hp_records *hp_trust_records(const hp_trust *trust);

/* Those with this id (and issuer), *n of them side by side; NULL when there is none. */
const hp_record *hp_trust_find(const hp_trust *trust, hp_role role, hp_str kid, hp_str issuer,
                               size_t *n);

/* What a pass says of its signature. */
typedef struct {
    hp_str kid, issuer; /* as hp_record has them */
    hp_alg alg;
    const uint8_t *digest; /* hp_alg_digest() of what was signed */
    hp_str signature;
    hp_str cert;            /* of its signer, DER, where it comes with the pass; else empty */
    const uint8_t *cert_id; /* SHA-256 of that */
} hp_signed;

/*
 * Which of the keys with this id signed it?  NULL with *why: no such key, none that chains,
 * none whose signature holds, one that a list has taken back, or a fault.
 */
const hp_record *hp_trust_signer(const hp_trust *trust, hp_keys *keys, const hp_signed *what,
                                 hp_reason *why);

/* The records of the signer's very key, *n of them side by side: several lists may name it. */
const hp_record *hp_trust_alike(const hp_trust *trust, const hp_record *signer, size_t *n);

/* The next signer after that record (NULL: the first) with the same key under another id. */
const hp_record *hp_trust_other(const hp_trust *trust, const hp_record *signer,
                                const hp_record *after);

/* ---- how old a list is (trust-lists, 0.5) ---------------------------------------------- */

#define HP_DATE_SLACK 86400.0 /* seconds that a list's own date may be ahead of our clock */

/* The list that a record came from. */
const hp_source *hp_trust_source(const hp_trust *trust, const hp_record *record);

/*
 * The last moment at which somebody may rest on the source: its own end, or when it is older than
 * it or max_age allows.  HP_TIME_LAST: it has no age.
 */
double hp_source_end(const hp_source *source, double max_age);

/* Is that over? */
bool hp_source_stale(const hp_source *source, double max_age, double now);

/*
 * Is that near?  warn_age belongs to max_age: where the end comes earlier, so does the warning,
 * in proportion.
 */
bool hp_source_old(const hp_source *source, double warn_age, double max_age, double now);

/* Does the n-th source hold keys that are counted? */
bool hp_trust_signs(const hp_trust *trust, size_t n);

/* Is there a source with keys that is not stale? */
bool hp_trust_any_fresh(const hp_trust *trust, double max_age, double now);

/* The latest time at which we know a list was made; 0: none says. */
double hp_trust_dated(const hp_trust *trust);

#endif
