/*
 * The keys that may sign passes here, found by key id.
 *
 * A trust list is filled once, sorted, and then only read; it is replaced whole.
 */
#ifndef HP_CHECK_TRUST_H
#define HP_CHECK_TRUST_H

#include "base/file.h"
#include "crypto/key.h"
#include "reason.h"

#define HP_TRUST_KEYS_MAX 20000 /* keys in one list */
#define HP_TRUST_SAME_KID 8     /* keys that share one key id */
#define HP_TRUST_ISSUERS  4     /* authorities that issued one key: an old one and its successors */

/* From one moment to another, seconds since 1970 UTC; both belong to it. */
typedef struct {
    double from, until;
} hp_span;

typedef struct {
    uint8_t kid[HP_KID];
    hp_key *key;
    hp_cert *cert;    /* until the list is closed; NULL for a bare key */
    char country[4];  /* letters; empty when the list does not say */
    unsigned usage;   /* HP_USE_ bits */
    hp_span valid;
    bool chained;     /* false: issued by none of the authorities that are required */
    hp_span issuers[HP_TRUST_ISSUERS]; /* one of them must be valid too; none are required at 0 */
    size_t n_issuers;
} hp_signer_key;

typedef struct hp_trust hp_trust;

/* NULL for want of memory.  Ends before its crypto. */
hp_trust *hp_trust_new(hp_crypto *crypto);
void hp_trust_free(hp_trust *trust);

typedef enum {
    HP_TRUST_ADDED,
    HP_TRUST_GONE,   /* there is nothing at path */
    HP_TRUST_CLOSED, /* the folder cannot be read */
    HP_TRUST_BAD     /* a file in it is not as expected */
} hp_trust_added;

/*
 * Adds all keys of a folder (trust-lists, 4: PEM, DER, bundles, bare public keys, with a
 * folder a country, and a folder CSCA of authorities), or of one file.  must are the
 * HP_FILE_ bits for each file.  What was read is noted in watch.
 */
hp_trust_added hp_trust_add(hp_trust *trust, const char *path, unsigned must,
                            hp_watch *watch, hp_error *error);

/*
 * Ends the filling: tests the chains where there is a folder CSCA, sorts, and leaves out what
 * is there twice.  False with *error when more keys share a key id than are ever tried.
 */
bool hp_trust_close(hp_trust *trust, hp_error *error);

size_t hp_trust_count(const hp_trust *trust);

/* The keys with this id, *n of them side by side; NULL when there is none. */
const hp_signer_key *hp_trust_find(const hp_trust *trust, hp_str kid, size_t *n);

/*
 * Which of the keys with this id signed the message?  NULL with *why: no such key, none
 * that chains, none whose signature holds, or a fault.
 */
const hp_signer_key *hp_trust_signer(const hp_trust *trust, hp_str kid, hp_alg alg,
                                     const uint8_t digest[HP_SHA256], hp_str signature,
                                     hp_reason *why);

#endif
