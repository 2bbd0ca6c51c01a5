/*
 * revoker: takes lists of withdrawn passes into an index of its own, and asks it.
 */
#ifndef T_REVOKER_H
#define T_REVOKER_H

#include "cli/revoke_take.h"
#include "pki.h"

#define REVOKER_NOW 1625097600.0 /* MAKER_NOW */

typedef struct {
    hp_revoke_job job;     /* what the operator says: to be changed before a run */
    hp_revoke_place place;
    hp_crypto *crypto;
    hp_str signers[4];
    hp_index *index;       /* after a run, what is in force; NULL: there is none */
    hp_error error;        /* why it was not taken; else empty */
} revoker;

/* For lists of that kind, at REVOKER_NOW; the index is new. */
void revoker_start(revoker *one, const char *kind);
void revoker_end(revoker *one);

/* Pins a certificate. */
void revoker_pin(revoker *one, const pki_cert *cert);

/* Takes the list at these paths, ended by NULL.  One that is not taken must change nothing. */
hp_took revoker_run(revoker *one, const char *const *paths);
#define REVOKER_RUN(one, ...) revoker_run(one, (const char *const[]){ __VA_ARGS__, NULL })

/* Is the key of that kind listed for passes of kid (NULL: any), made at that time? */
hp_index_answer revoker_asks(const revoker *one, hp_listed_kind kind, const uint8_t *key,
                             const uint8_t *kid, double made, hp_batch *hit);

/* Key n of a test: 16 bytes. */
const uint8_t *revoker_key(unsigned n);

/* Did it end as it should, with this word in its error?  If not, it prints what was. */
bool revoker_said(const revoker *one, hp_took took, hp_took want, const char *word);

/* Runs it with the n-th allocation failing, for each n: it says why, until it is taken. */
void revoker_starve(revoker *one, const char *const *paths);

/* Takes all that is below the maker's folder by that name away. */
void revoker_clear(const char *name);

#endif
