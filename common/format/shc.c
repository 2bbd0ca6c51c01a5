/*
 * SMART Health Cards (smart-on-fhir/health-cards 1.4.0; shc): a JWS, signed with ES256 by a key
 * that is known by the issuer's address and the key's thumbprint, over raw deflate of JSON:
 *
 *   {"iss": "https://...", "nbf": seconds, "exp": seconds,
 *    "vc": {"type": ["https://smarthealth.cards#health-card"], "rid": "...",
 *           "credentialSubject": {"fhirVersion": "4.0.1", "fhirBundle": {...}}}}
 *
 * Keys that a header brings along, or points to, are ignored: keys come from the trust list only.
 */
#include "format/shc.h"

#include "base/time.h"
#include "codec/base64.h"
#include "codec/inflate.h"
#include "codec/jscan.h"
#include "codec/jws.h"
#include "format/fhir.h"
#include "format/format.h"

#define THUMBPRINT 43   /* characters of 32 bytes (RFC 7638) */
#define ISS_MAX    255  /* characters */
#define RID_MAX    24   /* characters */
#define EXP_MAX    1e11 /* later is no time in seconds (shc, 3) */

static bool
fail(hp_reason *why, hp_reason reason)
{
    *why = reason;
    return false;
}

static hp_str
text_of(const hp_node *map, hp_str name)
{
    const hp_node *n = hp_node_member(map, name);

    return hp_node_is(n, HP_NODE_TEXT) ? n->str : (hp_str){ NULL, 0 };
}

/* ---- opening -------------------------------------------------------------- */

/* An id that is no thumbprint is no key's, and stays as it is. */
static hp_str
key_id(hp_str text, hp_arena *arena)
{
    uint8_t *out = text.n == THUMBPRINT ? hp_arena_take(arena, HP_BASE64_BYTES(THUMBPRINT)) : NULL;
    size_t n;

    if (out == NULL || !hp_base64_read(text, HP_BASE64_URL, out, &n))
        return text;
    return (hp_str){ out, n };
}

/* alg is ES256 and nothing else, before any key is touched. */
static bool
read_header(const hp_node *header, hp_arena *arena, hp_proof *proof)
{
    proof->alg = HP_ALG_ES256;
    proof->kid_text = text_of(header, HP_STR("kid"));
    proof->kid = key_id(proof->kid_text, arena);
    proof->kid_signed = true;
    return hp_str_eq(text_of(header, HP_STR("alg")), HP_STR("ES256")) &&
           hp_str_eq(text_of(header, HP_STR("zip")), HP_STR("DEF")) && proof->kid_text.n > 0;
}

/* As the directory lists them: exact characters are compared later. */
static bool
is_issuer(hp_str iss)
{
    hp_str scheme = HP_STR("https://");

    return iss.n > scheme.n && iss.n <= ISS_MAX && hp_str_starts(iss, scheme) &&
           iss.p[iss.n - 1] != '/';
}

static bool
open(hp_str text, hp_arena *arena, hp_proof *proof, hp_reason *why)
{
    hp_str compact;
    hp_jws jws;

    *proof = (hp_proof){ .alg = HP_ALG_NONE };
    if (!hp_shc_text(text, arena, &compact, why))
        return false;
    if (!hp_jws_read(compact, arena, &jws) || !read_header(jws.header, arena, proof))
        return fail(why, HP_ENVELOPE);
    if (!hp_inflate_raw(jws.payload, HP_SHC_JSON_MAX, arena, &proof->payload))
        return fail(why, HP_COMPRESSION);
    if (!hp_jscan(proof->payload, arena, &proof->claims))
        return fail(why, HP_ENVELOPE);
    proof->issuer = text_of(proof->claims, HP_STR("iss"));
    proof->signature = jws.signature;
    proof->tbs = jws.tbs;
    return is_issuer(proof->issuer) || fail(why, HP_ENVELOPE);
}

/* ---- reading -------------------------------------------------------------- */

static bool
has_type(const hp_node *vc)
{
    const hp_node *types = hp_node_member(vc, HP_STR("type")), *n;

    if (!hp_node_is(types, HP_NODE_ARRAY))
        return false;
    for (n = types->child; n != NULL; n = n->next) {
        if (n->kind == HP_NODE_TEXT && hp_str_eq(n->str, HP_STR(HP_SHC_TYPE)))
            return true;
    }
    return false;
}

/* Times may have a fraction.  A start in milliseconds is far ahead and refused as such. */
static bool
read_times(const hp_node *claims, hp_pass *pass)
{
    const hp_node *exp = hp_node_member(claims, HP_STR("exp"));
    double nbf, end = HP_TIME_LAST;

    if (!hp_node_number(hp_node_member(claims, HP_STR("nbf")), &nbf) || nbf < 0)
        return false;
    if (exp != NULL && (!hp_node_number(exp, &end) || end < 0 || end > EXP_MAX))
        return false;
    pass->issued = pass->valid_from = nbf;
    pass->valid_until = end;
    return true;
}

/* A rid that is none could not be withdrawn. */
static bool
read_rid(const hp_node *vc, hp_str *rid)
{
    const hp_node *n = hp_node_member(vc, HP_STR("rid"));

    *rid = text_of(vc, HP_STR("rid"));
    return n == NULL || (n->kind == HP_NODE_TEXT && rid->n > 0 && rid->n <= RID_MAX &&
                         hp_base64url_is(*rid));
}

static bool
read(const hp_proof *proof, const hp_reading *how, hp_arena *arena, hp_pass *pass,
     hp_reason *why)
{
    const hp_node *vc = hp_node_member(proof->claims, HP_STR("vc"));
    const hp_node *subject = hp_node_member(vc, HP_STR("credentialSubject"));
    const hp_node *bundle = hp_node_member(subject, HP_STR("fhirBundle"));

    (void)how;
    if (!has_type(vc) || !read_times(proof->claims, pass) || !read_rid(vc, &pass->rid))
        return fail(why, HP_CLAIMS);
    pass->issuer = proof->issuer;
    pass->domains = HP_DOMAIN_SHC;
    pass->bundle = pass->rid.n == 0 ? bundle : NULL;
    return hp_fhir_read(bundle, arena, pass) || fail(why, HP_CONTENT);
}

const hp_format hp_format_shc = { "shc", HP_SHC_TEXT_MAX, hp_shc_is, open, read };
