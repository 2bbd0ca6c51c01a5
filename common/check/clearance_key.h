/*
 * The keys of clearances: a file of n x 32 bytes, the newest first.  The newest signs, all verify,
 * so that a fleet shares and rotates them.
 */
#ifndef HP_CHECK_CLEARANCE_KEY_H
#define HP_CHECK_CLEARANCE_KEY_H

#include "base/error.h"
#include "crypto/crypto.h"

#define HP_CLEARANCE_KEY  32 /* bytes of one */
#define HP_CLEARANCE_KEYS 16 /* in one file */

typedef struct hp_clearance_keys hp_clearance_keys;

/*
 * Reads the file at path, which must be root's or the effective user's, and a secret.  NULL with
 * *error, which says what was expected.  A key of zeros only is none.
 */
hp_clearance_keys *hp_clearance_keys_load(const char *path, hp_error *error);
void hp_clearance_keys_free(hp_clearance_keys *keys); /* NULL does no harm */

/*
 * Looks whether the file changed, and takes it up if so: true then.  What cannot be taken up leaves
 * the keys as they are; *error says why, once a change, and is empty otherwise.  A look is one
 * stat().
 */
bool hp_clearance_keys_refresh(hp_clearance_keys *keys, hp_error *error);

/* How many there are, and the HMAC under the nth of them, counted from 0, the newest. */
size_t hp_clearance_keys_count(const hp_clearance_keys *keys);
bool hp_clearance_keys_over(const hp_clearance_keys *keys, size_t nth, const hp_str *parts,
                            size_t n, uint8_t out[HP_SHA256]);

/* Bytes that nobody can guess; false on failure. */
bool hp_clearance_keys_random(const hp_clearance_keys *keys, uint8_t *out, size_t n);

#endif
