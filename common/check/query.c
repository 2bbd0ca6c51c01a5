/* The keys that a pass would be listed under; see query.h. */
#include "check/query.h"

#include "base/node.h"
#include "codec/base64.h"
#include "codec/canonical.h"

#define P256_HALF   32 /* bytes of r, and of s */
#define BUNDLE_HASH 8  /* bytes of a digest that stand for a bundle */

/* The order of P-256's group (SEC 2, 2.4.2). */
static const uint8_t p256_order[P256_HALF] = {
    0xFF, 0xFF, 0xFF, 0xFF, 0x00, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
    0xBC, 0xE6, 0xFA, 0xAD, 0xA7, 0x17, 0x9E, 0x84, 0xF3, 0xB9, 0xCA, 0xC2, 0xFC, 0x63, 0x25, 0x51,
};

/* A query that is being made; what fails once stays so. */
typedef struct {
    hp_crypto *crypto;
    unsigned kinds;
    hp_arena *arena;
    hp_query *query;
    bool failed;
} maker;

/* ---- kinds ---------------------------------------------------------------- */

static const struct {
    char letter;
    const char *word;
} kinds[] = {
#define X(name, number, letter, word) [number] = { letter, word },
    HP_LISTED_KINDS(X)
#undef X
};

const char *
hp_listed_word(hp_listed_kind kind)
{
    return kinds[kind].word;
}

char
hp_listed_letter(hp_listed_kind kind)
{
    return kinds[kind].letter;
}

bool
hp_listed_read(const char *word, hp_listed_kind *kind)
{
    const char letter[2] = { word[0], 0 };
    size_t i;

    for (i = 0; i < HP_LISTED_KINDS_END; i++) {
        if (strcmp(word, kinds[i].word) == 0 ||
            (strcmp(word, letter) == 0 && word[0] == kinds[i].letter)) {
            *kind = (hp_listed_kind)i;
            return true;
        }
    }
    return false;
}

/* ---- keys ----------------------------------------------------------------- */

static bool
wants(const maker *m, hp_listed_kind kind)
{
    return (m->kinds & HP_LISTED_BIT(kind)) != 0 && !m->failed;
}

static void
add(maker *m, hp_listed_kind kind, const hp_str *parts, size_t n)
{
    hp_query *q = m->query;
    uint8_t digest[HP_SHA256];

    if (q->n == HP_QUERY_KEYS || !hp_sha256(m->crypto, parts, n, digest)) {
        m->failed = true;
        return;
    }
    q->keys[q->n].kind = kind;
    memcpy(q->keys[q->n].hash, digest, HP_LISTED);
    q->n++;
}

/* n - s, where 0 < s < n: such are the signatures that hold. */
static void
negate(const uint8_t *s, uint8_t out[P256_HALF])
{
    int i, digit, borrow = 0;

    for (i = P256_HALF - 1; i >= 0; i--) {
        digit = p256_order[i] - s[i] - borrow;
        borrow = digit < 0;
        out[i] = (uint8_t)(digit + (borrow << 8));
    }
}

/*
 * (r, s) and (r, n-s) both hold, so whoever copies a pass can choose: r alone is listed, and the
 * Dutch take the lesser s.
 */
static void
add_ecdsa(maker *m, hp_str signature)
{
    hp_str r = { signature.p, P256_HALF }, s = hp_str_from(signature, P256_HALF);
    uint8_t other[P256_HALF];
    hp_str parts[2] = { r, s };

    if (wants(m, HP_LISTED_SIGNATURE))
        add(m, HP_LISTED_SIGNATURE, &r, 1);
    if (!wants(m, HP_LISTED_PROOF))
        return;
    negate(s.p, other);
    if (memcmp(other, s.p, P256_HALF) < 0)
        parts[1].p = other;
    add(m, HP_LISTED_PROOF, parts, 2);
}

static void
add_signature(maker *m, const hp_proof *proof)
{
    if (proof->alg == HP_ALG_ES256 && proof->signature.n == 2 * P256_HALF) {
        add_ecdsa(m, proof->signature);
        return;
    }
    if (wants(m, HP_LISTED_SIGNATURE))
        add(m, HP_LISTED_SIGNATURE, &proof->signature, 1);
    if (wants(m, HP_LISTED_PROOF))
        add(m, HP_LISTED_PROOF, &proof->signature, 1);
}

static void
add_country(maker *m, hp_str country, hp_str ci)
{
    hp_str parts[2] = { country, ci };

    if (country.n > 0 && wants(m, HP_LISTED_COUNTRY_UCI))
        add(m, HP_LISTED_COUNTRY_UCI, parts, 2);
}

/* Some take iss for the country, others co: where they differ, both are looked up. */
static void
add_certificate(maker *m, hp_str issuer, hp_str country, hp_str ci)
{
    if (wants(m, HP_LISTED_UCI))
        add(m, HP_LISTED_UCI, &ci, 1);
    add_country(m, issuer, ci);
    if (!hp_str_eq(issuer, country))
        add_country(m, country, ci);
}

/* rids are the issuer's for one of its keys, and told apart by capitals (shc, 6). */
static void
add_rid(maker *m, const hp_proof *proof, hp_str rid)
{
    static const hp_str end = { (const uint8_t *)"", 1 };
    hp_str parts[] = { proof->issuer, end, proof->kid_text, end, rid, end };

    if (rid.n > 0 && wants(m, HP_LISTED_RID))
        add(m, HP_LISTED_RID, parts, sizeof(parts) / sizeof(parts[0]));
}

/* Its canonical form (RFC 8785) in Base64; empty where a number in it has none. */
static hp_str
canonical_text(maker *m, const hp_node *bundle)
{
    hp_str bytes, text = { NULL, 0 };
    char *room;

    if (!hp_canonical(bundle, m->arena, &bytes)) {
        m->failed = m->arena->full;
        return text;
    }
    room = hp_arena_take(m->arena, HP_BASE64_TEXT(bytes.n));
    if (room == NULL) {
        m->failed = true;
        return text;
    }
    hp_base64url_write(bytes, room);
    return (hp_str){ (const uint8_t *)room, HP_BASE64_TEXT(bytes.n) - 1 };
}

/* Method hash-fhir (SMART Health Cards, RFC 002): without a rid a card is listed by a digest. */
static void
add_bundle(maker *m, const hp_proof *proof, const hp_node *bundle)
{
    size_t mark = m->arena->used;
    uint8_t digest[HP_SHA256];
    char rid[HP_BASE64_TEXT(BUNDLE_HASH)];
    hp_str text;

    if (bundle == NULL || !wants(m, HP_LISTED_RID))
        return;
    text = canonical_text(m, bundle);
    if (text.n > 0 && hp_sha256(m->crypto, &text, 1, digest)) {
        hp_base64url_write((hp_str){ digest, BUNDLE_HASH }, rid);
        add_rid(m, proof, hp_str_of(rid));
    } else
        m->failed = m->failed || text.n > 0;
    hp_arena_return(m->arena, mark);
}

/* ---- entries -------------------------------------------------------------- */

static hp_str
text_of(const hp_node *entry, hp_str key)
{
    const hp_node *n = hp_node_member(entry, key);

    return hp_node_is(n, HP_NODE_TEXT) ? n->str : (hp_str){ NULL, 0 };
}

bool
hp_query_entries(const hp_pass *pass, hp_query_entry entries[HP_QUERY_ENTRIES], size_t *n)
{
    static const hp_str groups[] = { { (const uint8_t *)"v", 1 }, { (const uint8_t *)"t", 1 },
                                     { (const uint8_t *)"r", 1 } };
    const hp_node *group, *entry;
    size_t i;
    hp_str ci;

    *n = 0;
    for (i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
        group = hp_node_member(pass->document, groups[i]);
        entry = hp_node_is(group, HP_NODE_ARRAY) ? group->child : NULL;
        for (; entry != NULL; entry = entry->next) {
            ci = text_of(entry, HP_STR("ci"));
            if (ci.n == 0)
                continue;
            if (*n == HP_QUERY_ENTRIES)
                return false;
            entries[(*n)++] = (hp_query_entry){ ci, text_of(entry, HP_STR("co")) };
        }
    }
    return true;
}

bool
hp_query_make(hp_crypto *crypto, const hp_proof *proof, const hp_pass *pass, unsigned wanted,
              hp_arena *arena, hp_query *query)
{
    maker m = { .crypto = crypto, .kinds = wanted, .arena = arena, .query = query };
    hp_query_entry entries[HP_QUERY_ENTRIES];
    size_t i, n;

    query->n = 0;
    query->kid = proof->kid;
    query->made = pass->valid_from;
    if (!hp_query_entries(pass, entries, &n))
        return false;
    if ((pass->domains & HP_DOMAIN_2D_DOC) == 0)
        add_signature(&m, proof);
    else if (wants(&m, HP_LISTED_2D_DOC))
        add(&m, HP_LISTED_2D_DOC, &proof->tbs, 1);
    add_rid(&m, proof, pass->rid);
    add_bundle(&m, proof, pass->bundle);
    for (i = 0; i < n; i++)
        add_certificate(&m, pass->issuer, entries[i].country, entries[i].ci);
    return !m.failed;
}
