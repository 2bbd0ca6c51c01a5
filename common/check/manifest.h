/*
 * MANIFEST: what a trust folder is meant to hold (trust-lists, 4).
 *
 * Lines as sha256sum(1) writes them, "HEX  PATH", and a few of its comments that are read here:
 *
 *     # issued: 2026-12-05T10:00:00Z      from when the folder's age counts
 *     # expires: 2026-12-12T10:00:00Z     its end, whatever its age
 *     # environment: prod
 *
 * MANIFEST.sig beside it is its signature: CMS, detached (DER, PEM or Base64), or ECDSA or RSA
 * over its bytes, as `openssl dgst -sign` makes it (binary or Base64).
 *
 * Nothing is guessed: a line, path or header of another form refuses the whole.
 */
#ifndef HP_CHECK_MANIFEST_H
#define HP_CHECK_MANIFEST_H

#include "base/file.h"
#include "check/record.h"
#include "crypto/pin.h"

#define HP_MANIFEST     "MANIFEST"
#define HP_MANIFEST_SIG "MANIFEST.sig"

#define HP_MANIFEST_MAX     (4u << 20)        /* bytes of it */
#define HP_MANIFEST_SIG_MAX (64u << 10)       /* bytes of its signature */
#define HP_MANIFEST_FILES   HP_TRUST_KEYS_MAX /* files that it can list */

/* What an operator asks of the folders here. */
typedef struct {
    bool required;       /* one must be there, and what it does not list is left out */
    hp_pin *const *keys; /* any of them must have signed it */
    size_t n_keys;       /* 0: signatures are not looked at */
} hp_manifest_terms;

typedef struct {
    hp_str path; /* relative to the folder; in the text that was read */
    uint8_t digest[HP_SHA256];
    bool seen;   /* by hp_manifest_check() */
} hp_manifest_file;

typedef struct {
    hp_manifest_file *files; /* in the order of their paths */
    size_t n;
    double issued, expires; /* seconds since 1970 UTC; 0: not said */
    bool has_env;
    hp_env env;
} hp_manifest;

/*
 * Reads the text of the file at path (for naming), which must live as long as *manifest.  On true
 * that is the caller's, to be ended with hp_manifest_free(); otherwise *error says why.
 */
bool hp_manifest_read(const char *path, hp_str text, hp_manifest *manifest, hp_error *error);
void hp_manifest_free(hp_manifest *manifest);

/* Has one of the keys signed the text?  signer gets its fingerprint.  Believe nothing before. */
bool hp_manifest_signed(hp_crypto *crypto, const hp_manifest_terms *terms, hp_str text,
                        hp_str signature, uint8_t signer[HP_SHA256]);

typedef enum {
    HP_MANIFEST_AGREES,
    HP_MANIFEST_DIFFERS,  /* other bytes than those that are listed; or they cannot be hashed */
    HP_MANIFEST_UNLISTED
} hp_manifest_says;

/* Are these the bytes of the file of that path? */
hp_manifest_says hp_manifest_check(hp_manifest *manifest, hp_crypto *crypto, const char *path,
                                   hp_str bytes);

#endif
