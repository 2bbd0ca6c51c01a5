/*
 * The store as `healthpassctl trust` keeps it: lists go in whole, one by one, and whoever
 * reads it meanwhile sees the old store or the new one.
 *
 * A list is taken in here only, by `trust import` and `trust update` alike, so that the rules
 * of succession (trust-lists, 0: never older, never shrunken, never another environment) stand
 * in one place.
 */
#ifndef HP_CLI_TRUST_H
#define HP_CLI_TRUST_H

#include "feed/feed.h"

/* How it ended; the words of exit codes. */
typedef enum {
    HP_TOOK,         /* done */
    HP_TOOK_REFUSED, /* the list is not as it must be: HP_EXIT_REFUSED */
    HP_TOOK_FAULT    /* our side: a file, the disk, memory: HP_EXIT_FAULT */
} hp_took;

/* ---- what an operator names by file -------------------------------------------------------- */

/* Who may sign a list, and who must have issued its signers.  Nobody is all zero. */
typedef struct {
    hp_pin **pins;
    size_t n_pins;
    hp_authorities authorities;
    hp_env env;    /* what they vouch for */
    unsigned must; /* what their files must be like: HP_FILE_ bits */
} hp_vouchers;

/*
 * Adds what a file pins: a certificate or public key, PEM or DER, or a GDHCN signing DID
 * document, which must not be another environment's.  False with *error, also for one
 * by which no list of that feed could ever hold.
 */
bool hp_vouchers_pin(hp_vouchers *v, hp_crypto *crypto, const hp_feed *feed, const char *path,
                     hp_error *error);

/* Adds the certificates of a file (PEM, bundles too; DER) or of a folder's files. */
bool hp_vouchers_authority(hp_vouchers *v, hp_crypto *crypto, const char *path,
                           hp_error *error);

void hp_vouchers_free(hp_vouchers *v);

/* May a source be called that: 1 to 31 letters, digits, dots, hyphens and underscores? */
bool hp_source_name_ok(const char *name);

/* ---- taking a list in ---------------------------------------------------------------------- */

typedef struct {
    const hp_feed *feed;
    const hp_feed_input *input;
    const hp_feed_terms *terms;
    double max_age;   /* seconds, where stricter than the policy; 0: the policy's */
    bool allow_older; /* the operator's words against hp_import_succeeds() */
    bool allow_fewer;
    void (*told)(void *context, hp_skip why, const char *which); /* of hp_import; may be NULL */
    void *context;
} hp_take;

/*
 * Reads a list by its feed and lets it take the place of the source of the same name in the
 * store, which is made if it is not there; all other sources stay.  The store's environment
 * must be that of the terms, whatever else is allowed.
 *
 * On HP_TOOK *now holds all that the store holds now (the caller's to free), and *source tells
 * which of its sources is the new one.  Otherwise *error says why, and the store is byte for
 * byte what it was.  A fault after that point, where only the folder's own entry may not have
 * reached the disk, is told as HP_TOOK_FAULT too.
 */
hp_took hp_trust_take(const char *store, const hp_take *take, hp_records *now, size_t *source,
                      hp_error *error);

/* Takes the source of that name out; to have none is HP_TOOK_REFUSED. */
hp_took hp_trust_remove(hp_crypto *crypto, const char *store, const char *name,
                        hp_error *error);

/*
 * Notes that the list of that name and digest was seen unchanged at that time, and that its age
 * counts from then: for a list without a time of its own.  *now as above; to have none, or
 * another one by now, is HP_TOOK_REFUSED.
 */
hp_took hp_trust_confirm(hp_crypto *crypto, const char *store, const hp_source *seen, double when,
                         hp_records *now, hp_error *error);

/* ---- stores as files ----------------------------------------------------------------------- */

/*
 * Reads a store whole into an empty list, which owns all of it.  What is to_write, to be
 * written again, must be the operator's own (HP_FILE_OWNED), and of no newer format than ours:
 * what we do not know of we would lose.
 */
bool hp_trust_read(hp_crypto *crypto, const char *store, bool to_write, hp_records *list,
                   hp_error *error);

/* Leaves only what keep() wants, sources and their records. */
void hp_trust_keep(hp_records *list, bool (*keep)(const void *context, const hp_source *source),
                   const void *context);

#endif
