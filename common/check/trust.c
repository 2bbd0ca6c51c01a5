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

/* Of more issuers than there is room for, those that end last are kept. */
static void
put_issuer(hp_signer_key *key, hp_span issuer)
{
    size_t i, first = 0;

    if (key->n_issuers < HP_TRUST_ISSUERS) {
        key->issuers[key->n_issuers++] = issuer;
        return;
    }
    for (i = 1; i < HP_TRUST_ISSUERS; i++) {
        if (key->issuers[i].until < key->issuers[first].until)
            first = i;
    }
    if (key->issuers[first].until < issuer.until)
        key->issuers[first] = issuer;
}

/*
 * Authorities are renewed under the same name and key: any that issued the certificate will
 * do.  Shell model: certificate and authority must both be valid when it matters
 * (trust-lists, 1.3), so each authority's own span is kept.
 */
static void
chain(const hp_trust *trust, hp_signer_key *key)
{
    hp_span span;
    size_t i;

    for (i = 0; key->cert != NULL && i < trust->n_authorities; i++) {
        if (hp_cert_issued_by(key->cert, trust->authorities[i]) &&
            hp_cert_validity(trust->authorities[i], &span.from, &span.until))
            put_issuer(key, span);
    }
    key->chained = key->n_issuers > 0;
}

/* Does the list say the same of both? */
static bool
same(const hp_signer_key *a, const hp_signer_key *b)
{
    return by_kid(a, b) == 0 && a->usage == b->usage && a->chained == b->chained &&
           a->valid.from == b->valid.from && a->valid.until == b->valid.until &&
           strcmp(a->country, b->country) == 0 && hp_key_same(a->key, b->key);
}

/* Is the key among the first n already?  Those with its key id stand last. */
static bool
is_known(const hp_trust *trust, size_t n, const hp_signer_key *key)
{
    for (; n > 0 && by_kid(&trust->keys[n - 1], key) == 0; n--) {
        if (same(&trust->keys[n - 1], key))
            return true;
    }
    return false;
}

/* The same certificate may lie in several folders. */
static void
leave_out_doubles(hp_trust *trust)
{
    size_t i, kept = 0;

    for (i = 0; i < trust->n; i++) {
        if (is_known(trust, kept, &trust->keys[i]))
            free_key(&trust->keys[i]);
        else
            trust->keys[kept++] = trust->keys[i];
    }
    trust->n = kept;
}

bool
hp_trust_close(hp_trust *trust, hp_error *error)
{
    size_t i;

    for (i = 0; i < trust->n; i++) {
        if (trust->chains)
            chain(trust, &trust->keys[i]);
        hp_cert_free(trust->keys[i].cert);
        trust->keys[i].cert = NULL;
    }
    free_authorities(trust);
    if (trust->n > 1)
        qsort(trust->keys, trust->n, sizeof(*trust->keys), by_kid);
    leave_out_doubles(trust);
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
    hp_verified verified;

    if (keys == NULL) {
        *why = HP_SIGNER_UNKNOWN;
        return NULL;
    }
    *why = HP_SIGNER_CHAIN;
    for (i = 0; i < n; i++) {
        if (!keys[i].chained)
            continue;
        verified = hp_key_verify(keys[i].key, alg, digest, signature);
        if (verified == HP_VERIFY_HOLDS)
            return &keys[i];
        *why = HP_SIGNATURE;
        if (verified == HP_VERIFY_FAILED) {
            *why = HP_FAULT;
            break;
        }
    }
    return NULL;
}
