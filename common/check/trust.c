/* Keeps the keys that may sign, and finds them; see trust.h. */
#include "check/trust.h"

#include "check/seal.h"
#include "check/trust_list.h"
#include "check/twod.h"

#include <math.h>
#include <stdlib.h>

hp_trust *
hp_trust_new(hp_crypto *crypto, const hp_env *env)
{
    hp_trust *trust = calloc(1, sizeof(*trust));

    if (trust == NULL)
        return NULL;
    trust->crypto = crypto;
    trust->judges_env = env != NULL;
    trust->env = env != NULL ? *env : HP_ENV_PROD;
    trust->list.env = trust->env;
    return trust;
}

void
hp_trust_free(hp_trust *trust)
{
    if (trust == NULL)
        return;
    hp_authorities_free(&trust->authorities);
    hp_records_free(&trust->list);
    free(trust->slots);
    free(trust);
}

void
hp_trust_manifests(hp_trust *trust, const hp_manifest_terms *terms)
{
    trust->manifests = terms;
}

bool
hp_trust_unverified(const hp_trust *trust)
{
    return trust->unverified;
}

size_t
hp_trust_unlisted(const hp_trust *trust)
{
    return trust->unlisted;
}

const hp_authorities *
hp_trust_authorities(const hp_trust *trust)
{
    return trust->chains ? &trust->authorities : NULL;
}

bool
hp_trust_add_records(hp_trust *trust, const char *path, hp_records *records, hp_error *error)
{
    bool good = false;
    size_t i;

    /* Their chains were judged when they were read: only a folder's are judged here. */
    for (i = 0; i < records->n; i++) {
        if (records->all[i].role == HP_ROLE_SIGNER)
            records->all[i].cert = (hp_str){ NULL, 0 };
    }
    if (trust->judges_env && records->env != trust->env)
        hp_error_set(error, "%s: holds keys of the environment %s, expected %s: they never verify "
                            "here", path, hp_env_name(records->env), hp_env_name(trust->env));
    else if (!hp_records_join(&trust->list, records))
        hp_error_set(error, "%s: more than %d keys or %d lists in all, or no memory", path,
                     HP_TRUST_KEYS_MAX, HP_SOURCES_MAX);
    else
        good = true;
    hp_records_free(records);
    return good;
}

/* ---- closing -------------------------------------------------------------- */

/* Only what a folder brought still has its certificate. */
static void
chain_all(hp_trust *trust)
{
    hp_record *r;
    hp_cert *cert;
    size_t i;

    for (i = 0; i < trust->list.n; i++) {
        r = &trust->list.all[i];
        if (r->role != HP_ROLE_SIGNER || r->cert.n == 0)
            continue;
        cert = trust->chains ? hp_cert_read(trust->crypto, r->cert) : NULL;
        if (cert != NULL)
            hp_chain(&trust->authorities, cert, r);
        else if (trust->chains)
            r->flaw = HP_FLAW_CHAIN;
        hp_cert_free(cert);
        r->cert = (hp_str){ NULL, 0 };
    }
    hp_authorities_free(&trust->authorities);
}

/* Of records with one id, the same keys side by side. */
static int
by_id(const void *a, const void *b)
{
    const hp_record *one = a, *other = b;
    int order = hp_record_order(one, other);

    return order != 0 ? order : memcmp(one->digest, other->digest, HP_SHA256);
}

/* Does the list say the same of both? */
static bool
same(const hp_record *a, const hp_record *b)
{
    return by_id(a, b) == 0 && a->source == b->source && a->usage == b->usage &&
           a->flaw == b->flaw && a->domains == b->domains && a->valid.from == b->valid.from &&
           a->valid.until == b->valid.until && strcmp(a->country, b->country) == 0 &&
           hp_str_eq(a->cert, b->cert) && a->n_issuers == b->n_issuers &&
           memcmp(a->issuers, b->issuers, a->n_issuers * sizeof(a->issuers[0])) == 0;
}

/* Is the record among the first n already?  Those with its id stand last. */
static bool
is_known(const hp_records *list, size_t n, const hp_record *record)
{
    for (; n > 0 && by_id(&list->all[n - 1], record) == 0; n--) {
        if (same(&list->all[n - 1], record))
            return true;
    }
    return false;
}

/* The same certificate may lie in several folders. */
static void
leave_out_doubles(hp_records *list)
{
    size_t i, kept = 0;

    for (i = 0; i < list->n; i++) {
        if (!is_known(list, kept, &list->all[i]))
            list->all[kept++] = list->all[i];
    }
    list->n = kept;
}

static bool
refuse_crowd(const hp_record *r, size_t max, const char *what, hp_error *error)
{
    hp_error_set(error, "trust: more than %zu %s %02x%02x%02x%02x...", max, what, r->kid.p[0],
                 r->kid.p[1], r->kid.p[2], r->kid.p[3]);
    return false;
}

/* A key that several lists name is one key; of authorities each certificate is tried. */
static bool
check_crowds(const hp_records *list, hp_error *error)
{
    const hp_record *r = list->all;
    size_t i, keys = 1, all = 1;

    for (i = 1; i < list->n; i++) {
        bool first = hp_record_order(&r[i - 1], &r[i]) != 0;

        all = first ? 1 : all + 1;
        if (first)
            keys = 1;
        else if (memcmp(r[i - 1].digest, r[i].digest, HP_SHA256) != 0)
            keys++;
        if (r[i].role == HP_ROLE_SIGNER && keys > HP_TRUST_SAME_KID)
            return refuse_crowd(&r[i], HP_TRUST_SAME_KID, "keys share the key id", error);
        if (r[i].role != HP_ROLE_SIGNER && hp_record_serves(&r[i]) && all > HP_TRUST_SAME_NAME)
            return refuse_crowd(&r[i], HP_TRUST_SAME_NAME, "authorities share the name whose "
                                "SHA-256 begins with", error);
    }
    return true;
}

/* FNV-1a.  Key ids are hashes as a rule, and nobody gains by making ids alike. */
static uint32_t
hash_of(hp_role role, hp_str kid, hp_str issuer)
{
    uint32_t hash = 2166136261u ^ (uint32_t)role;
    size_t i;

    for (i = 0; i < kid.n; i++)
        hash = (hash ^ kid.p[i]) * 16777619u;
    for (i = 0; i < issuer.n; i++)
        hash = (hash ^ issuer.p[i]) * 16777619u;
    return hash ^ hash >> 15;
}

static bool
make_index(hp_trust *trust)
{
    const hp_records *list = &trust->list;
    size_t size = 16, i, at;

    while (size < 2 * list->n)
        size *= 2;
    trust->slots = calloc(size, sizeof(*trust->slots));
    if (trust->slots == NULL)
        return false;
    trust->mask = size - 1;
    for (i = 0; i < list->n; i++) {
        const hp_record *r = &list->all[i];

        if (i > 0 && hp_record_order(r - 1, r) == 0)
            continue;
        at = hash_of(r->role, r->kid, r->issuer) & trust->mask;
        while (trust->slots[at] != 0)
            at = (at + 1) & trust->mask;
        trust->slots[at] = (uint32_t)i + 1;
    }
    return true;
}

static void
count(hp_trust *trust)
{
    size_t i;

    for (i = 0; i < trust->list.n; i++) {
        if (hp_record_serves(&trust->list.all[i])) {
            trust->signers++;
            trust->signs[trust->list.all[i].source] = true;
        }
    }
    for (i = 0; i < trust->list.n_sources; i++)
        trust->dated = fmax(trust->dated, trust->list.sources[i].dated);
}

/* Judged by the key's value: a name is changed easily.  Test environments may have it. */
static bool
check_specimen(const hp_trust *trust, hp_error *error)
{
    const hp_records *list = &trust->list;
    size_t i = 0;

    while (i < list->n && !hp_twod_is_specimen(list->all[i].digest))
        i++;
    if (i == list->n || !trust->judges_env || trust->env != HP_ENV_PROD)
        return true;
    hp_error_set(error, "trust: holds " HP_TWOD_SPECIMEN);
    return false;
}

bool
hp_trust_close(hp_trust *trust, hp_error *error)
{
    if (!check_specimen(trust, error))
        return false;
    chain_all(trust);
    if (trust->list.n > 1)
        qsort(trust->list.all, trust->list.n, sizeof(hp_record), by_id);
    leave_out_doubles(&trust->list);
    if (!check_crowds(&trust->list, error))
        return false;
    if (!make_index(trust) || !hp_seal_mark(trust)) {
        hp_error_set(error, "trust: no memory");
        return false;
    }
    count(trust);
    return true;
}

/* ---- finding -------------------------------------------------------------- */

size_t
hp_trust_count(const hp_trust *trust)
{
    return trust->signers;
}

const hp_records *
hp_trust_records(const hp_trust *trust)
{
    return &trust->list;
}

/* How many records from first on have its id. */
static size_t
run_of(const hp_records *list, const hp_record *first)
{
    const hp_record *end = list->all + list->n, *r = first + 1;

    while (r < end && hp_record_order(first, r) == 0)
        r++;
    return (size_t)(r - first);
}

const hp_record *
hp_trust_find(const hp_trust *trust, hp_role role, hp_str kid, hp_str issuer, size_t *n)
{
    size_t at = hash_of(role, kid, issuer) & trust->mask;
    const hp_record *r;

    for (; trust->slots[at] != 0; at = (at + 1) & trust->mask) {
        r = &trust->list.all[trust->slots[at] - 1];
        if (r->role == role && hp_str_eq(r->kid, kid) && hp_str_eq(r->issuer, issuer)) {
            *n = run_of(&trust->list, r);
            return r;
        }
    }
    return NULL;
}

static hp_verified
verify(const hp_record *r, hp_keys *keys, const hp_signed *what)
{
    hp_key *key = hp_keys_get(keys, r->digest, r->spki);

    return key != NULL ? hp_key_verify(key, what->alg, what->digest, what->signature)
                       : HP_VERIFY_FAILED;
}

const hp_record *
hp_trust_alike(const hp_trust *trust, const hp_record *signer, size_t *n)
{
    const hp_record *first = signer, *end = signer + 1;
    const hp_record *all = trust->list.all, *last = all + trust->list.n;

    if (signer->role == HP_ROLE_SEALED) {
        *n = signer->n_alike;
        return signer;
    }
    while (first > all && by_id(first - 1, signer) == 0)
        first--;
    while (end < last && by_id(end, signer) == 0)
        end++;
    *n = (size_t)(end - first);
    return first;
}

const hp_record *
hp_trust_other(const hp_trust *trust, const hp_record *signer, const hp_record *after)
{
    const hp_record *r = after != NULL ? after + 1 : trust->list.all;
    const hp_record *end = trust->list.all + trust->list.n;

    while (r < end && (r->role != HP_ROLE_SIGNER || hp_str_eq(r->kid, signer->kid) ||
                       memcmp(r->digest, signer->digest, HP_SHA256) != 0))
        r++;
    return r < end ? r : NULL;
}

/* Whoever took it back knows more than those who still list it. */
static bool
is_revoked(const hp_trust *trust, const hp_record *signer)
{
    size_t n, i;
    const hp_record *r = hp_trust_alike(trust, signer, &n);

    for (i = 0; i < n && r[i].flaw != HP_FLAW_REVOKED; i++)
        continue;
    return i < n;
}

const hp_record *
hp_trust_signer(const hp_trust *trust, hp_keys *keys, const hp_signed *what, hp_reason *why)
{
    const uint8_t *tried = NULL; /* the key that was tried last: several lists may name it */
    size_t n = 0, i;
    const hp_record *r = hp_trust_find(trust, HP_ROLE_SIGNER, what->kid, what->issuer, &n);

    *why = r == NULL ? HP_SIGNER_UNKNOWN : HP_SIGNER_CHAIN;
    for (i = 0; i < n; i++) {
        if (r[i].flaw == HP_FLAW_CHAIN ||
            (tried != NULL && memcmp(tried, r[i].digest, HP_SHA256) == 0))
            continue;
        tried = r[i].digest;
        switch (verify(&r[i], keys, what)) {
        case HP_VERIFY_HOLDS:
            if (!is_revoked(trust, &r[i]))
                return &r[i];
            *why = HP_SIGNER_REVOKED;
            return NULL;
        case HP_VERIFY_FAILED:
            *why = HP_FAULT;
            return NULL;
        case HP_VERIFY_BAD:
            *why = HP_SIGNATURE;
        }
    }
    return NULL;
}

/* ---- ages ----------------------------------------------------------------- */

const hp_source *
hp_trust_source(const hp_trust *trust, const hp_record *record)
{
    return &trust->list.sources[record->source];
}

double
hp_source_end(const hp_source *source, double max_age)
{
    double end = source->expires > 0 ? source->expires : HP_TIME_LAST;

    if (source->max_age > 0 && source->max_age < max_age)
        max_age = source->max_age;
    return source->dated > 0 ? fmin(end, source->dated + max_age) : end;
}

bool
hp_source_stale(const hp_source *source, double max_age, double now)
{
    return now > hp_source_end(source, max_age);
}

bool
hp_source_old(const hp_source *source, double warn_age, double max_age, double now)
{
    double end = hp_source_end(source, max_age);

    if (source->dated > 0)
        return now - source->dated > (end - source->dated) / max_age * warn_age;
    return end < HP_TIME_LAST && now > end - (max_age - warn_age);
}

bool
hp_trust_signs(const hp_trust *trust, size_t n)
{
    return trust->signs[n];
}

bool
hp_trust_any_fresh(const hp_trust *trust, double max_age, double now)
{
    size_t i = 0, n = trust->list.n_sources;

    while (i < n && (!trust->signs[i] || hp_source_stale(&trust->list.sources[i], max_age, now)))
        i++;
    return i < n;
}

double
hp_trust_dated(const hp_trust *trust)
{
    return trust->dated;
}
