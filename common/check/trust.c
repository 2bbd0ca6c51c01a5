/* Keeps the keys that may sign, and finds them; see trust.h. */
#include "check/trust.h"

#include "check/trust_list.h"

#include <stdlib.h>

hp_trust *
hp_trust_new(hp_crypto *crypto)
{
    hp_trust *trust = calloc(1, sizeof(*trust));

    if (trust != NULL)
        trust->crypto = crypto;
    return trust;
}

static void
free_key(hp_signer_key *key)
{
    hp_key_free(key->key);
    hp_cert_free(key->cert);
}

static void
free_authorities(hp_trust *trust)
{
    size_t i;

    for (i = 0; i < trust->n_authorities; i++)
        hp_cert_free(trust->authorities[i]);
    free(trust->authorities);
    trust->authorities = NULL;
    trust->n_authorities = 0;
}

void
hp_trust_free(hp_trust *trust)
{
    size_t i;

    if (trust == NULL)
        return;
    for (i = 0; i < trust->n; i++)
        free_key(&trust->keys[i]);
    free(trust->keys);
    free_authorities(trust);
    free(trust);
}

bool
hp_trust_put(hp_trust *trust, hp_signer_key key)
{
    size_t room = trust->room == 0 ? 64 : 2 * trust->room;
    hp_signer_key *keys;

    if (trust->n == trust->room && trust->n < HP_TRUST_KEYS_MAX) {
        keys = reallocarray(trust->keys, room, sizeof(*keys));
        if (keys != NULL) {
            trust->keys = keys;
            trust->room = room;
        }
    }
    if (trust->n == trust->room || trust->n == HP_TRUST_KEYS_MAX) {
        free_key(&key);
        return false;
    }
    trust->keys[trust->n++] = key;
    return true;
}

bool
hp_trust_put_authority(hp_trust *trust, hp_cert *authority)
{
    hp_cert **list = reallocarray(trust->authorities, trust->n_authorities + 1, sizeof(*list));

    if (list == NULL) {
        hp_cert_free(authority);
        return false;
    }
    trust->authorities = list;
    list[trust->n_authorities++] = authority;
    return true;
}

static int
by_kid(const void *a, const void *b)
{
    return memcmp(((const hp_signer_key *)a)->kid, ((const hp_signer_key *)b)->kid, HP_KID);
}

/*
 * Several authorities may share a name: any that issued the certificate will do.  Shell model:
 * certificate and authority must both be inside their validity (trust-lists, 1.3).
 */
static void
chain(const hp_trust *trust, hp_signer_key *key)
{
    double from, until, best = -1;
    size_t i;

    key->chained = false;
    for (i = 0; key->cert != NULL && i < trust->n_authorities; i++) {
        if (!hp_cert_issued_by(key->cert, trust->authorities[i]) ||
            !hp_cert_validity(trust->authorities[i], &from, &until) || until <= best)
            continue;
        best = until;
        key->chained = true;
        if (from > key->from)
            key->from = from;
    }
    if (key->chained && best < key->until)
        key->until = best;
}

bool
hp_trust_close(hp_trust *trust, hp_error *error)
{
    size_t i;

    for (i = 0; i < trust->n; i++) {
        if (trust->n_authorities > 0)
            chain(trust, &trust->keys[i]);
        hp_cert_free(trust->keys[i].cert);
        trust->keys[i].cert = NULL;
    }
    free_authorities(trust);
    if (trust->n > 1)
        qsort(trust->keys, trust->n, sizeof(*trust->keys), by_kid);
    for (i = HP_TRUST_SAME_KID; i < trust->n; i++) {
        if (by_kid(&trust->keys[i - HP_TRUST_SAME_KID], &trust->keys[i]) == 0) {
            hp_error_set(error, "trust: more than %d keys share the key id %02x%02x%02x%02x...",
                         HP_TRUST_SAME_KID, trust->keys[i].kid[0], trust->keys[i].kid[1],
                         trust->keys[i].kid[2], trust->keys[i].kid[3]);
            return false;
        }
    }
    return true;
}

size_t
hp_trust_count(const hp_trust *trust)
{
    return trust->n;
}

const hp_signer_key *
hp_trust_find(const hp_trust *trust, hp_str kid, size_t *n)
{
    size_t low = 0, high = trust->n, middle, end;

    if (kid.n != HP_KID)
        return NULL;
    while (low < high) {
        middle = low + (high - low) / 2;
        if (memcmp(trust->keys[middle].kid, kid.p, HP_KID) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (end = low; end < trust->n && memcmp(trust->keys[end].kid, kid.p, HP_KID) == 0;)
        end++;
    *n = end - low;
    return end > low ? &trust->keys[low] : NULL;
}

const hp_signer_key *
hp_trust_signer(const hp_trust *trust, hp_str kid, hp_alg alg, const uint8_t digest[HP_SHA256],
                hp_str signature, hp_reason *why)
{
    size_t n, i;
    const hp_signer_key *keys = hp_trust_find(trust, kid, &n);

    if (keys == NULL) {
        *why = HP_SIGNER_UNKNOWN;
        return NULL;
    }
    *why = HP_SIGNER_CHAIN;
    for (i = 0; i < n; i++) {
        if (!keys[i].chained)
            continue;
        if (hp_key_verify(keys[i].key, alg, digest, signature))
            return &keys[i];
        *why = HP_SIGNATURE;
    }
    return NULL;
}
