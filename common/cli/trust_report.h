/*
 * What a store holds, told to people and to scripts: by `trust import` of the list that came
 * in, by `trust list` of all.
 *
 * Lists are written by others: every text of theirs is shown so that no terminal obeys it.
 */
#ifndef HP_CLI_TRUST_REPORT_H
#define HP_CLI_TRUST_REPORT_H

#include <stdio.h>

#include "base/time.h"
#include "check/record.h"
#include "codec/json.h"

/* Ages that a store by itself is measured against, where no policy says others. */
#define HP_AGE_WARN (6 * 86400.0)
#define HP_AGE_MAX  (7 * 86400.0)

#define HP_SOON (30 * 86400.0) /* seconds: a key that ends so soon is worth a look */

/* What a signer's key is good for at a time; the first that holds. */
#define HP_KEY_STATES(X)                                                                     \
    X(USABLE,    "usable")                                                                   \
    X(REVOKED,   "revoked")       /* taken back by its authority */                          \
    X(CHAIN,     "without-chain") /* issued by none of the authorities that are required */  \
    X(EXPIRED,   "expired")                                                                  \
    X(NOT_YET,   "not-yet-valid")                                                            \
    X(AUTHORITY, "authority-expired") /* valid itself, and no authority of it is */

typedef enum {
#define X(name, text) HP_KEY_##name,
    HP_KEY_STATES(X)
#undef X
    HP_KEY_STATE_KINDS
} hp_key_state;

hp_key_state hp_key_state_at(const hp_record *key, double now);

/* When and by which limits it is judged. */
typedef struct {
    double now;
    double warn_age, max_age; /* seconds, of the policy */
} hp_report_terms;

/* How old the list is, in one word: "fresh", "old", "stale"; "ageless" for one without a date. */
const char *hp_source_status(const hp_source *source, const hp_report_terms *terms);

/* Entries of the list that did not come in. */
size_t hp_source_left_out(const hp_source *source);

/* Signers of one source, or of all, counted. */
typedef struct {
    size_t keys, states[HP_KEY_STATE_KINDS];
    size_t soon;         /* usable, and it ends within HP_SOON */
    size_t authorities, crls;
} hp_key_count;

#define HP_ALL_SOURCES ((size_t)-1)

void hp_count_keys(const hp_records *list, size_t source, double now, hp_key_count *count);

/* One source, a line a fact.  False: no memory. */
bool hp_report_source(const hp_records *list, size_t source, const hp_report_terms *terms,
                      FILE *to);

/* The same as an object, whose members are an interface.  NULL: no memory. */
hp_json *hp_report_source_json(const hp_records *list, size_t source,
                               const hp_report_terms *terms);

/* One record, a line; and as an object. */
void hp_report_key(hp_crypto *crypto, const hp_records *list, const hp_record *key, double now,
                   FILE *to);
hp_json *hp_report_key_json(hp_crypto *crypto, const hp_records *list, const hp_record *key,
                            double now);

#endif
