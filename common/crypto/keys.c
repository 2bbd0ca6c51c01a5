/*
 * The cache of ready keys: sets of a few slots each, found by the first bytes of the digest,
 * in which the slot that was used least recently gives way.  See keys.h.
 */
#include "crypto/keys.h"

#include "crypto/internal.h"

#include <stdlib.h>

#define WAYS  4  /* slots in a set */
#define NOTES 64 /* signers of seals in a venue's day */

typedef struct {
    uint8_t digest[HP_SHA256];
    hp_key key;
    uint64_t used; /* 0: free */
} slot;

typedef struct {
    uint8_t digest[HP_SHA256];
    uint64_t used; /* 0: free */
    uint8_t bytes[HP_KEYS_NOTE];
} note;

struct hp_keys {
    hp_crypto *crypto;
    uint64_t clock; /* counts uses */
    note notes[NOTES];
    size_t sets;    /* a power of two */
    slot slots[];
};

hp_keys *
hp_keys_new(size_t n)
{
    size_t sets = 1;
    hp_keys *keys;

    while (sets * WAYS < n)
        sets *= 2;
    keys = calloc(1, sizeof(*keys) + sets * WAYS * sizeof(slot));
    if (keys == NULL)
        return NULL;
    keys->sets = sets;
    keys->crypto = hp_crypto_new();
    if (keys->crypto == NULL) {
        free(keys);
        return NULL;
    }
    return keys;
}

void
hp_keys_free(hp_keys *keys)
{
    size_t i;

    if (keys == NULL)
        return;
    for (i = 0; i < keys->sets * WAYS; i++)
        hp_key_clear(&keys->slots[i].key);
    hp_crypto_free(keys->crypto);
    free(keys);
}

static slot *
set_of(hp_keys *keys, const uint8_t digest[HP_SHA256])
{
    uint32_t word;

    memcpy(&word, digest, sizeof(word));
    return &keys->slots[(word & (keys->sets - 1)) * WAYS];
}

/* A list that gives one key the digest of another must not come between that one and its passes. */
static bool
is_digest_of(const hp_keys *keys, const uint8_t digest[HP_SHA256], hp_str spki)
{
    uint8_t is[HP_SHA256];

    return hp_sha256(keys->crypto, &spki, 1, is) && memcmp(is, digest, HP_SHA256) == 0;
}

hp_key *
hp_keys_get(hp_keys *keys, const uint8_t digest[HP_SHA256], hp_str spki)
{
    slot *set = set_of(keys, digest), *oldest = set;
    hp_key key;
    size_t i;

    for (i = 0; i < WAYS; i++) {
        if (set[i].used > 0 && memcmp(set[i].digest, digest, HP_SHA256) == 0) {
            set[i].used = ++keys->clock;
            return &set[i].key;
        }
        if (set[i].used < oldest->used)
            oldest = &set[i];
    }
    if (!is_digest_of(keys, digest, spki) || !hp_key_fill(keys->crypto, spki, &key))
        return NULL;
    hp_key_clear(&oldest->key);
    memcpy(oldest->digest, digest, HP_SHA256);
    oldest->key = key;
    /* In want of memory OpenSSL calls keys unknown that are not: only good ones are remembered. */
    oldest->used = hp_key_alg(&key) != HP_ALG_NONE ? ++keys->clock : 0;
    return &oldest->key;
}

/* ---- notes ------------------------------------------------------------------ */

bool
hp_keys_recall(hp_keys *keys, const uint8_t digest[HP_SHA256], void *into, size_t n)
{
    note *one;

    for (one = keys->notes; one < keys->notes + NOTES; one++) {
        if (one->used == 0 || memcmp(one->digest, digest, HP_SHA256) != 0)
            continue;
        one->used = ++keys->clock;
        memcpy(into, one->bytes, n);
        return true;
    }
    return false;
}

void
hp_keys_note(hp_keys *keys, const uint8_t digest[HP_SHA256], const void *bytes, size_t n)
{
    note *one, *oldest = keys->notes;

    for (one = keys->notes; one < keys->notes + NOTES; one++) {
        if (one->used < oldest->used)
            oldest = one;
    }
    memcpy(oldest->digest, digest, HP_SHA256);
    memcpy(oldest->bytes, bytes, n);
    oldest->used = ++keys->clock;
}
