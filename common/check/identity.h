/*
 * Which pass is this?  From verified content only: text, compression, tags, unprotected
 * header and even the signature can be re-made without the key (hcert, 10).
 */
#ifndef HP_CHECK_IDENTITY_H
#define HP_CHECK_IDENTITY_H

#include "crypto/crypto.h"
#include "format/format.h"

#define HP_ID         16 /* bytes of a keyed id */
#define HP_IDENTITIES 16 /* identity keys in one ring */

/*
 * The number of a certificate as ids and blocks know it: in capitals, and without the prefix
 * "URN:UVCI:", which some issuers write and some do not.  p is NULL when it does not fit.
 */
hp_str hp_identity_number(hp_str identifier, hp_arena *arena);

/*
 * The ledger id: HMAC under the place's identity key of the certificate id (country and
 * UVCI, without the prefix and without regard to case; of SHC issuer and rid), or where the pass
 * has none of the
 * token id (SHA-256 over the format's name and what was signed).  False on a failure of
 * crypto, or of memory.
 */
bool hp_identity_ledger(hp_crypto *crypto, hp_hmac *identity, const hp_format *format,
                        const hp_proof *proof, const hp_pass *pass, hp_arena *arena,
                        uint8_t id[HP_ID]);

/*
 * Whom a pass is shown for, keyed together with its ledger id: two passes that one person shows
 * have nothing in common.
 */
#define HP_BY 8 /* bytes */
bool hp_identity_by(hp_hmac *identity, const uint8_t ledger[HP_ID], hp_str by, uint8_t id[HP_BY]);

/* A thing of the place's own, a terminal or an address, of the kind so named. */
bool hp_identity_thing(hp_hmac *identity, hp_str kind, hp_str thing, uint8_t id[HP_ID]);

/*
 * The pass id, which logs and variables show: HMAC of scope, day (0 where the scope has none)
 * and ledger id, so that it links nothing beyond its scope.
 */
bool hp_identity_shown(hp_hmac *identity, hp_str scope, uint64_t day,
                       const uint8_t ledger[HP_ID], uint8_t id[HP_ID]);

#endif
