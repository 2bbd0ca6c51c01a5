/*
 * hp_keys: keys made ready to verify, at their first use, in a cache of bounded size.
 *
 * Lists hold keys as bytes, so that one of 20,000 keys opens in milliseconds; a place meets a
 * few dozen of them.  The cache belongs to the wrapper and outlives policies: a key is known
 * by the SHA-256 of its bytes, so a renewed list makes nothing anew.  One thread at a time.
 */
#ifndef HP_CRYPTO_KEYS_H
#define HP_CRYPTO_KEYS_H

#include "crypto/key.h"

typedef struct hp_keys hp_keys;

/* Room for about n keys (a few KB each when filled).  NULL: no memory. */
hp_keys *hp_keys_new(size_t n);
void hp_keys_free(hp_keys *keys);

/*
 * The key with this SubjectPublicKeyInfo, whose SHA-256 must be digest.  It stays the cache's, and
 * valid until the next call.  NULL when it cannot be read, or there is no memory.
 */
hp_key *hp_keys_get(hp_keys *keys, const uint8_t digest[HP_SHA256], hp_str spki);

/*
 * What was found out once, at some cost, of a certificate that came with a pass, known by a digest
 * of all that it was found out by: at most HP_KEYS_NOTE bytes.  A few dozen are kept; the one that
 * was recalled least recently gives way.  Whoever notes what anybody can make lets signers be
 * crowded out.
 */
#define HP_KEYS_NOTE 1024
void hp_keys_note(hp_keys *keys, const uint8_t digest[HP_SHA256], const void *note, size_t n);
bool hp_keys_recall(hp_keys *keys, const uint8_t digest[HP_SHA256], void *note, size_t n);

#endif
