/*
 * feed/: importers of trust lists, linked into healthpassctl only.
 *
 * Each published format is one row and one file; it turns a list into records and knows nothing
 * of stores, networks and options.  The rules that all share (trust-lists, 0) are import.c's: a
 * list is taken whole or not at all, a bad entry is left out and counted.
 */
#ifndef HP_FEED_FEED_H
#define HP_FEED_FEED_H

#include "check/chain.h"
#include "check/record.h"
#include "crypto/pin.h"

#define HP_FEED_MAX (16u << 20) /* bytes of one list (trust-lists, 0) */

/* What the operator said. */
typedef struct {
    hp_crypto *crypto;
    const char *name; /* of the source in the store */
    hp_env env;
    double now;                        /* seconds since 1970 UTC */
    hp_pin *const *pins;               /* what may sign the list */
    size_t n_pins;
    const hp_authorities *authorities; /* what must have issued every signer; NULL: none given */
    bool unsigned_ok;  /* this feed may come unsigned, said by name */
    bool any_eku;      /* an unreadable EKU means no restriction, instead of no entry */
    bool as_given;     /* a check by hand: no pin needed, environment and dates not judged */
    const char *issuer; /* whose keys they are, where the list cannot say (a bare JWKS); or NULL */
} hp_feed_terms;

/* A file of a list.  A folder has no bytes: bytes.p is NULL. */
typedef struct {
    const char *path; /* for naming, and for folders */
    hp_str bytes;
} hp_feed_file;

/* One or more files that make up one list, and the signature where it stands apart. */
typedef struct {
    const hp_feed_file *files;
    size_t n;
    hp_feed_file signature; /* path NULL: none */
} hp_feed_input;

/* A list on its way in.  The reader fills records (of source 0) and source. */
typedef struct {
    const hp_feed_terms *terms;
    hp_records records;
    hp_source *source;
    /* Told of each entry that is left out; which is a key id or a position.  May be NULL. */
    void (*told)(void *context, hp_skip why, const char *which);
    void *context;
    uint32_t *slots; /* import.c's own, to find records that are there already */
} hp_import;

/*
 * What a feed looks at, of what an operator may say.  A word without effect would be a false
 * comfort: whoever says it to another feed is refused.
 */
#define HP_FEED_AUTHORITIES 1u /* terms->authorities */
#define HP_FEED_SIGNATURE   2u /* a signature in a file of its own */
#define HP_FEED_ISSUER      4u /* terms->issuer */
#define HP_FEED_EKU         8u /* terms->any_eku */
#define HP_FEED_P256       16u /* of pins, only keys on P-256: its form has no other signature */

typedef struct {
    const char *name;    /* "gdhcn", as typed after --from */
    const char *summary; /* for the help */
    const char *pin;     /* what --pin takes, and where an operator can compare its fingerprint */
    unsigned heeds;      /* HP_FEED_ bits */
    /* Could the file be this feed's?  For `check --trust`, which is given no name. */
    bool (*is)(const hp_feed_file *file);
    /*
     * Verifies the list's signature and reads it: sets source->issued, dated, expires, entries,
     * is_signed and signer, and puts the entries.  False with *error: the list is refused
     * whole.  False with *error also when nothing is pinned and terms do not allow that; the
     * message then gives the fingerprint of what claims to have signed the list, and feed->pin.
     */
    bool (*read)(hp_import *import, const hp_feed_input *input, hp_error *error);
} hp_feed;

/* All feeds, ended by NULL. */
extern const hp_feed *const hp_feeds[];

/* Rows of it that name themselves when they refuse. */
extern const hp_feed hp_feed_2d_doc, hp_feed_csca, hp_feed_de, hp_feed_dgcg, hp_feed_eu,
    hp_feed_folder, hp_feed_jwks, hp_feed_vci;

/* By name; NULL when there is none. */
const hp_feed *hp_feed_find(const char *name);

/* The feed that the file looks like; NULL for none. */
const hp_feed *hp_feed_of(const hp_feed_file *file);

/*
 * Runs a feed over the input and holds its list to the common rules: size, number of keys,
 * at least one key, not from the future, not past its end.  An *error of a list of one file
 * begins with the file's name, once.  On true import->records is the
 * caller's to free, with one source; otherwise there is nothing to free.
 */
bool hp_import_run(const hp_feed *feed, const hp_feed_input *input, hp_import *import,
                   hp_error *error);

/* A list by its time, and by what may be rested on in it: what has no flaw. */
typedef struct {
    double issued;
    size_t signers, authorities;
} hp_standing;

hp_standing hp_import_standing(const hp_records *list, size_t source);

/*
 * May the fresh list stand where the old one of that source stood: not older, and not less
 * than half of its signers, nor of its authorities?  What has a flaw counts on neither side:
 * anybody can make certificates that no authority issued.  allow_older and allow_fewer are the
 * operator's explicit words.
 */
bool hp_import_succeeds(const hp_standing *fresh, const hp_standing *old, bool allow_older,
                        bool allow_fewer, hp_error *error);

/* ---- for readers ----------------------------------------------------------------------- */

/* Leaves an entry out and counts why. */
void hp_import_skip(hp_import *import, hp_skip why, const char *which);

/* What a list says of one certificate. */
typedef struct {
    hp_str der;
    const char *which;    /* names the entry when it is left out */
    hp_str kid;           /* as listed, decoded; empty: not said.  Must be the certificate's */
    const char *country;  /* as listed; NULL: that of the certificate */
    unsigned domains;     /* HP_DOMAIN_ bits */
    const hp_authorities *authorities; /* NULL: no chain is required */
} hp_entry;

/*
 * Takes the certificate of a signer of HC1 passes: key id, country, kind of key, key usage and
 * chain are judged.  An entry that is left out is no failure: false only when memory ran out
 * or the list is too long, with *error.
 */
bool hp_import_cert(hp_import *import, const hp_entry *entry, hp_error *error);

/*
 * Takes a record as it is, its bytes copied and its digest made; of source 0, whatever it says.
 * One that is there already is left out, or lends its domains to the one that is there; so is
 * the ninth with one key id.  False as above.
 */
bool hp_import_put(hp_import *import, const hp_record *record, hp_error *error);

/* A kid in Base64 of either alphabet, with or without padding (trust-lists, 0): 8 bytes. */
bool hp_feed_kid(hp_str text, uint8_t kid[HP_KID]);

/* May a list that names one country hold a certificate that names the other, in either form? */
bool hp_feed_same_country(const char *listed, const char *named);

/*
 * No pin was given: refuses with the fingerprint (of HP_SHA256 bytes; NULL: there is none) of what
 * claims to have signed the list, or lets it pass where the operator has said so.
 */
bool hp_feed_unpinned(const hp_import *import, const hp_feed *feed, const uint8_t *fingerprint,
                      hp_error *error);

#endif
