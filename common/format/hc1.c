/*
 * HC1, the envelope of the EU Digital COVID Certificate (hcert 1.0.8, 4.2): "HC1:", then
 * Base45 of a zlib stream of a COSE_Sign1 message of CWT claims.
 */
#include "codec/base45.h"
#include "codec/cbor.h"
#include "codec/cose.h"
#include "codec/inflate.h"
#include "format/cwt.h"
#include "format/dcc.h"
#include "format/format.h"
#include "format/hc1.h"

#define INFLATED_MAX 65536 /* bytes; real ones have at most 870 */

static bool
recognise(hp_str text)
{
    return hp_str_starts(text, HP_STR(HP_HC1_CONTEXT));
}

static hp_alg
alg_of(int64_t alg)
{
    switch (alg) {
    case HP_COSE_ES256:
        return HP_ALG_ES256;
    case HP_COSE_PS256:
        return HP_ALG_PS256;
    default:
        return HP_ALG_NONE;
    }
}

static bool
fail(hp_reason *why, hp_reason reason)
{
    *why = reason;
    return false;
}

static bool
open(hp_str text, hp_arena *arena, hp_proof *proof, hp_reason *why)
{
    hp_str base45 = hp_str_from(text, HP_HC1_CONTEXT_LENGTH), packed, message;
    uint8_t *bytes = hp_arena_take(arena, HP_BASE45_DECODED(base45.n));
    hp_cose cose;

    if (bytes == NULL || !hp_base45_decode(base45, bytes, &packed.n))
        return fail(why, HP_ENCODING);
    packed.p = bytes;
    if (!hp_inflate(packed, INFLATED_MAX, arena, &message))
        return fail(why, HP_COMPRESSION);
    if (!hp_cose_read(message, arena, &cose))
        return fail(why, HP_ENVELOPE);
    *proof = (hp_proof){ alg_of(cose.alg), cose.kid, cose.tbs, cose.signature, cose.payload,
                         cose.kid_signed };
    return true;
}

/* Some issuers wrap the DCC in a byte string: it counts if it is one whole item. */
static const hp_node *
unwrap(const hp_node *dcc, hp_arena *arena)
{
    return hp_node_is(dcc, HP_NODE_BYTES) ? hp_cbor_read(dcc->str, arena) : dcc;
}

static bool
read(const hp_proof *proof, const hp_reading *how, hp_arena *arena, hp_pass *pass,
     hp_reason *why)
{
    const hp_node *dcc;
    hp_cwt cwt;

    if (!hp_cwt_read(proof->payload, arena, &cwt))
        return fail(why, HP_CLAIMS);
    dcc = unwrap(hp_node_label(cwt.hcert, HP_HCERT_DCC), arena);
    if (!hp_node_is(dcc, HP_NODE_MAP))
        return fail(why, HP_CLAIMS);
    pass->issuer = cwt.iss;
    pass->document = dcc;
    pass->issued = cwt.iat;
    pass->valid_from = cwt.from;
    pass->valid_until = cwt.exp;
    pass->domains = HP_DOMAIN_DCC | HP_DOMAIN_DDCC;
    return hp_dcc_read(dcc, how->schema, arena, pass) || fail(why, HP_CONTENT);
}

const hp_format hp_format_hc1 = { "hc1", recognise, open, read };
