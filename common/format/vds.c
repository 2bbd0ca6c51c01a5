/*
 * Visible digital seals for non-constrained environments (ICAO, VDS-NC; vds-nc): JSON, as it stands
 * in the QR code, or as the only element of an array:
 *
 *   {"data": {"hdr": {"t": "icao.vacc", "v": 1, "is": "UTO"}, "msg": {...}},
 *    "sig": {"alg": "ES256", "cer": "<certificate>", "sigvl": "<r || s>"}}
 *
 * What is signed is the canonical form (RFC 8785) of the value of "data".  The signer's certificate
 * comes along, and proves nothing by that: see check/seal.h.
 */
#include "format/vds.h"

#include "base/time.h"
#include "codec/base64.h"
#include "codec/canonical.h"
#include "codec/jscan.h"
#include "codec/outline.h"
#include "format/format.h"

#define ISSUER_MAX 3 /* letters; Germany has one, as in passports */

static bool
fail(hp_reason *why, hp_reason reason)
{
    *why = reason;
    return false;
}

static hp_str
text_of(const hp_node *map, const char *name)
{
    const hp_node *n = hp_node_member(map, hp_str_of(name));

    return hp_node_is(n, HP_NODE_TEXT) ? n->str : (hp_str){ NULL, 0 };
}

/* ---- recognising ------------------------------------------------------------ */

/* A member's name tells a seal from other JSON, in whatever order its members are. */
static bool
recognise(hp_str text)
{
    if (hp_str_starts(text, HP_STR("[")))
        text = hp_outline_space(hp_str_from(text, 1));
    return hp_outline_has(text, HP_STR("\"data\"")) || hp_outline_has(text, HP_STR("\"sig\""));
}

/* ---- opening ---------------------------------------------------------------- */

/* The seal itself, which one state's application wraps. */
static const hp_node *
unwrap(const hp_node *root)
{
    return root->kind == HP_NODE_ARRAY && root->count == 1 ? root->child : root;
}

/* alg is one of three and nothing else, before any key is touched. */
static hp_alg
alg_of(hp_str name)
{
    static const hp_alg algs[] = { HP_ALG_ES256, HP_ALG_ES384, HP_ALG_ES512 };
    size_t i;

    for (i = 0; i < sizeof(algs) / sizeof(algs[0]); i++) {
        if (hp_str_eq(name, hp_str_of(hp_alg_name(algs[i]))))
            return algs[i];
    }
    return HP_ALG_NONE;
}

static bool
bytes_of(const hp_node *sig, const char *name, hp_arena *arena, hp_str *bytes)
{
    hp_str text = text_of(sig, name);
    uint8_t *out = hp_arena_take(arena, HP_BASE64_BYTES(text.n));

    *bytes = (hp_str){ out, 0 };
    return text.p != NULL && out != NULL && hp_base64_read(text, HP_BASE64_URL, out, &bytes->n);
}

static bool
read_seal(const hp_node *sig, hp_arena *arena, hp_proof *proof)
{
    proof->alg = alg_of(text_of(sig, "alg"));
    return proof->alg != HP_ALG_NONE && bytes_of(sig, "cer", arena, &proof->cert) &&
           bytes_of(sig, "sigvl", arena, &proof->signature) && proof->cert.n > 0 &&
           proof->cert.n <= HP_VDS_CERT_MAX;
}

/* Another type is another kind of seal: a visa, a letter. */
static bool
read_header(const hp_node *data, hp_reason *why)
{
    const hp_node *header = hp_node_member(data, HP_STR("hdr"));
    hp_str type = text_of(header, "t");
    double version;

    if (!hp_node_number(hp_node_member(header, HP_STR("v")), &version) || version != 1 ||
        !hp_node_is(hp_node_member(data, HP_STR("msg")), HP_NODE_MAP))
        return fail(why, HP_ENVELOPE);
    if (hp_str_eq(type, HP_STR(HP_VDS_VACCINATION)) || hp_str_eq(type, HP_STR(HP_VDS_TEST)))
        return true;
    return fail(why, hp_str_starts(type, HP_STR("icao.")) ? HP_KIND_OFF : HP_ENVELOPE);
}

static bool
open(hp_str text, hp_arena *arena, hp_proof *proof, hp_reason *why)
{
    const hp_node *root, *data;

    *proof = (hp_proof){ .alg = HP_ALG_NONE };
    if (!hp_jscan(text, arena, &root))
        return fail(why, HP_ENVELOPE);
    root = unwrap(root);
    data = hp_node_member(root, HP_STR("data"));
    if (!read_header(data, why))
        return false;
    if (!read_seal(hp_node_member(root, HP_STR("sig")), arena, proof) ||
        !hp_canonical(data, arena, &proof->tbs))
        return fail(why, HP_ENVELOPE);
    proof->claims = data;
    proof->payload = proof->tbs;
    return true;
}

/* ---- reading ------------------------------------------------------------------ */

/* The state's code (ICAO Doc 9303-3, 5). */
static bool
is_state(hp_str code)
{
    size_t i;

    for (i = 0; i < code.n; i++) {
        if (code.p[i] < 'A' || code.p[i] > 'Z')
            return false;
    }
    return code.n > 0 && code.n <= ISSUER_MAX;
}

/* It has no dates of its own: its signer's certificate and the rules end it. */
static bool
read(const hp_proof *proof, const hp_reading *how, hp_arena *arena, hp_pass *pass,
     hp_reason *why)
{
    const hp_node *data = proof->claims, *header = hp_node_member(data, HP_STR("hdr"));
    bool test = hp_str_eq(text_of(header, "t"), HP_STR(HP_VDS_TEST));

    (void)how;
    pass->issuer = text_of(header, "is");
    if (!is_state(pass->issuer))
        return fail(why, HP_CLAIMS);
    pass->valid_until = HP_TIME_LAST;
    pass->domains = HP_DOMAIN_VDS_NC;
    return (test ? hp_vds_read_test(data, arena, pass)
                 : hp_vds_read_vaccination(data, arena, pass)) || fail(why, HP_CONTENT);
}

const hp_format hp_format_vds = { "vds-nc", HP_VDS_TEXT_MAX, recognise, open, read };
