/* Signers that come along in passes; see seal.h. */
#include "check/seal.h"

#include "check/trust_list.h"
#include "crypto/crl.h"

#define SPKI_MAX 640 /* bytes of a key: explicit parameters of P-521 take 470 */

/* What was found of a certificate that chains.  It is kept as bytes, and so has no pointers. */
typedef struct {
    uint8_t digest[HP_SHA256]; /* of the key */
    uint32_t authorities[HP_TRUST_ISSUERS]; /* that issued it, by their place in the list */
    uint32_t n;
    bool may_seal, revoked;
    char country[4];
    hp_span valid;
    size_t spki_n;
    uint8_t spki[SPKI_MAX];
} finding;

_Static_assert(sizeof(finding) <= HP_KEYS_NOTE, "a finding is a note");

static bool
stop(hp_reason *why, hp_reason reason)
{
    *why = reason;
    return false;
}

/* ---- the mark --------------------------------------------------------------- */

/* A finding is of no use with other authorities, or other places of theirs in the list. */
bool
hp_seal_mark(hp_trust *trust)
{
    size_t i;

    for (i = 0; i < trust->list.n; i++) {
        const hp_record *r = &trust->list.all[i];
        uint32_t place[] = { (uint32_t)i, (uint32_t)r->role, r->domains, (uint32_t)r->flaw };
        hp_str parts[] = { { trust->mark, HP_SHA256 },
                           { (const uint8_t *)place, sizeof(place) }, r->cert };

        if ((r->role == HP_ROLE_AUTHORITY || r->role == HP_ROLE_CRL) &&
            !hp_sha256(trust->crypto, parts, 3, trust->mark))
            return false;
    }
    return true;
}

/* ---- the certificate ---------------------------------------------------------- */

/* Those with the name of the certificate's issuer; NULL when there are none. */
static const hp_record *
of_issuer(const hp_trust *trust, hp_role role, const uint8_t name[HP_SHA256], size_t *n)
{
    *n = 0;
    return hp_trust_find(trust, role, (hp_str){ name, HP_KID }, (hp_str){ NULL, 0 }, n);
}

/* The list holds what could be read once. */
static hp_verified
issued_by(const hp_trust *trust, const hp_cert *cert, const hp_record *authority)
{
    hp_cert *issuer = hp_cert_read(trust->crypto, authority->cert);
    hp_verified answer = issuer != NULL ? hp_cert_chains(cert, issuer) : HP_VERIFY_FAILED;

    hp_cert_free(issuer);
    return answer;
}

static bool
is_authority(const hp_record *r)
{
    return (r->domains & HP_DOMAIN_VDS_NC) != 0 && r->flaw == HP_FLAW_NONE;
}

/* Each of the authorities is tried: one key id, or one key, may stand in several certificates. */
static bool
find_authorities(const hp_trust *trust, const hp_cert *cert, const uint8_t name[HP_SHA256],
                 finding *f, hp_reason *why)
{
    size_t n, i;
    const hp_record *r = of_issuer(trust, HP_ROLE_AUTHORITY, name, &n);

    *why = HP_SIGNER_UNKNOWN;
    for (i = 0; i < n && f->n < HP_TRUST_ISSUERS; i++) {
        if (!is_authority(&r[i]))
            continue;
        *why = HP_SIGNER_CHAIN;
        switch (issued_by(trust, cert, &r[i])) {
        case HP_VERIFY_HOLDS:
            f->authorities[f->n++] = (uint32_t)(&r[i] - trust->list.all);
            break;
        case HP_VERIFY_FAILED:
            return stop(why, HP_FAULT);
        case HP_VERIFY_BAD:
            break;
        }
    }
    return f->n > 0;
}

/* Whatever the age of a list: what was taken back once stays so. */
static bool
is_taken_back(const hp_trust *trust, const hp_cert *cert, const uint8_t name[HP_SHA256],
              bool *revoked)
{
    size_t n, i;
    const hp_record *r = of_issuer(trust, HP_ROLE_CRL, name, &n);
    hp_crl *crl;

    for (i = 0; i < n; i++) {
        crl = hp_crl_read(trust->crypto, r[i].cert);
        if (crl == NULL)
            return false;
        *revoked = *revoked || hp_crl_lists(crl, cert);
        hp_crl_free(crl);
    }
    return true;
}

/* What it says of itself.  No seal can be signed by a key that is longer. */
static bool
read_cert(const hp_trust *trust, const hp_cert *cert, finding *f, hp_reason *why)
{
    hp_str spki = hp_cert_spki(cert);

    if (!hp_cert_validity(cert, &f->valid.from, &f->valid.until))
        return stop(why, HP_ENVELOPE);
    if (spki.n > SPKI_MAX)
        return stop(why, HP_SIGNATURE);
    memcpy(f->spki, spki.p, spki.n);
    f->spki_n = spki.n;
    f->may_seal = hp_cert_may_seal(cert);
    hp_cert_country(cert, f->country);
    if (f->country[0] == 0)
        memcpy(f->country, trust->list.all[f->authorities[0]].country, sizeof(f->country));
    return hp_sha256(trust->crypto, &spki, 1, f->digest) || stop(why, HP_FAULT);
}

static bool
examine(const hp_trust *trust, hp_str der, finding *f, hp_reason *why)
{
    uint8_t name[HP_SHA256];
    bool failed, good;
    hp_cert *cert = hp_cert_given(trust->crypto, der, &failed);

    if (cert == NULL)
        return stop(why, failed ? HP_FAULT : HP_ENVELOPE);
    good = hp_cert_issuer(cert, trust->crypto, name) || stop(why, HP_FAULT);
    good = good && find_authorities(trust, cert, name, f, why) && read_cert(trust, cert, f, why);
    if (good && !is_taken_back(trust, cert, name, &f->revoked))
        good = stop(why, HP_FAULT);
    hp_cert_free(cert);
    return good;
}

/* ---- finding the signer --------------------------------------------------------- */

static bool
find(const hp_trust *trust, hp_keys *keys, const hp_signed *what, finding *f, hp_reason *why)
{
    uint8_t id[HP_SHA256];
    hp_str parts[] = { { trust->mark, HP_SHA256 }, { what->cert_id, HP_SHA256 } };

    if (!hp_sha256(trust->crypto, parts, 2, id))
        return stop(why, HP_FAULT);
    if (hp_keys_recall(keys, id, f, sizeof(*f)))
        return true;
    memset(f, 0, sizeof(*f));
    if (!examine(trust, what->cert, f, why))
        return false;
    hp_keys_note(keys, id, f, sizeof(*f));
    return true;
}

static bool
is_signed(hp_keys *keys, const hp_signed *what, const finding *f, hp_reason *why)
{
    hp_key *key = hp_keys_get(keys, f->digest, (hp_str){ f->spki, f->spki_n });

    if (key == NULL)
        return stop(why, HP_FAULT);
    switch (hp_key_verify(key, what->alg, what->digest, what->signature)) {
    case HP_VERIFY_HOLDS:
        return true;
    case HP_VERIFY_FAILED:
        return stop(why, HP_FAULT);
    case HP_VERIFY_BAD:
        break;
    }
    return stop(why, HP_SIGNATURE);
}

/* As if a list of the authority's had named it. */
static hp_record
record_of(const hp_record *authority, const hp_signed *what, const finding *f)
{
    hp_record r = { .role = HP_ROLE_SEALED, .source = authority->source, .kid = what->kid,
                    .domains = authority->domains, .usage = f->may_seal ? HP_USE_ALL : 0,
                    .valid = f->valid, .issuers = { authority->valid }, .n_issuers = 1,
                    .n_alike = f->n };

    memcpy(r.digest, f->digest, sizeof(r.digest));
    memcpy(r.country, f->country, sizeof(r.country));
    return r;
}

const hp_record *
hp_seal_signer(const hp_trust *trust, hp_keys *keys, const hp_signed *what, hp_arena *arena,
               hp_reason *why)
{
    hp_record *records;
    finding f;
    uint32_t i;

    if (!find(trust, keys, what, &f, why) || !is_signed(keys, what, &f, why))
        return NULL;
    if (f.revoked) {
        *why = HP_SIGNER_REVOKED;
        return NULL;
    }
    records = hp_arena_take(arena, f.n * sizeof(*records));
    for (i = 0; records != NULL && i < f.n; i++)
        records[i] = record_of(&trust->list.all[f.authorities[i]], what, &f);
    return records;
}
