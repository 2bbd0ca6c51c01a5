/*
 * One batch of the EU gateway's revocation list (revocation, 2): JSON in a CMS message, signed by
 * the upload certificate of the country that withdrew the passes.
 */
#ifndef HP_REVOKE_GATEWAY_BATCH_H
#define HP_REVOKE_GATEWAY_BATCH_H

#include "revoke/intake.h"

#define HP_GATEWAY_ENTRIES   1000      /* hashes in one batch */
#define HP_GATEWAY_BATCH_MAX (1 << 20) /* bytes of its file: entries have about 60 in Base64 */

/* A certificate that may sign: for its country, and in its time. */
typedef struct {
    hp_str der;
    char country[4];
    double from, until;
} hp_gateway_signer;

typedef struct {
    hp_gateway_signer *all;
    hp_str *ders; /* room for those of one country */
    size_t n;
} hp_gateway_signers;

/* Of what the job's operator pinned.  In any case it is to be ended. */
bool hp_gateway_signers_open(hp_revoke_job *job, hp_gateway_signers *signers, hp_error *error);
void hp_gateway_signers_free(hp_gateway_signers *signers);

typedef struct {
    char country[3];
    uint8_t kid[HP_KID]; /* all zero: of any signer */
    hp_listed_kind kind;
    double expires;
    uint8_t signer[HP_SHA256]; /* fingerprint of the certificate that signed it */
    size_t n;
    uint8_t keys[HP_GATEWAY_ENTRIES][HP_LISTED];
} hp_gateway_batch;

/*
 * Verifies the file (CMS in Base64 text, or DER), which must be a batch of that country, and
 * reads it.  False with *error, which does not name the batch.
 */
bool hp_gateway_batch_read(hp_revoke_job *job, const hp_gateway_signers *signers,
                           const char *country, hp_str file, hp_gateway_batch *batch,
                           hp_error *error);

/* Two capital letters? */
bool hp_gateway_country(const hp_json *json, char country[3]);

#endif
