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
#include "format/ddcc.h"
#include "format/format.h"
#include "format/hc1.h"
#include "format/icvp.h"
#include "format/link.h"

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
    *proof = (hp_proof){ .alg = alg_of(cose.alg), .kid = cose.kid, .tbs = cose.tbs,
                         .signature = cose.signature, .payload = cose.payload,
                         .kid_signed = cose.kid_signed };
    return true;
}

/* Some issuers wrap the DCC in a byte string: it counts if it is one whole item. */
static const hp_node *
unwrap(const hp_node *dcc, hp_arena *arena)
{
    return hp_node_is(dcc, HP_NODE_BYTES) ? hp_cbor_read(dcc->str, arena) : dcc;
}

/* ---- payloads ------------------------------------------------------------- */

/* The claims around a payload, and what is left to be said of it. */
typedef struct {
    const hp_cwt *cwt;
    const hp_reading *how;
    hp_arena *arena;
    hp_pass *pass;
    hp_reason *why;
} letter;

static bool
read_dcc(const hp_node *what, const letter *l)
{
    const hp_node *dcc = unwrap(what, l->arena);

    if (!hp_node_is(dcc, HP_NODE_MAP) || !l->cwt->has_exp)
        return fail(l->why, HP_CLAIMS);
    l->pass->document = dcc;
    l->pass->issued = l->cwt->iat;
    l->pass->valid_from = l->cwt->from;
    l->pass->valid_until = l->cwt->exp;
    return hp_dcc_read(dcc, l->how->schema, l->arena, l->pass) || fail(l->why, HP_CONTENT);
}

static bool
read_icvp(const hp_node *what, const letter *l)
{
    return hp_icvp_read(what, l->cwt, l->arena, l->pass) || fail(l->why, HP_CONTENT);
}

static bool
read_vaccination(const hp_node *what, const letter *l)
{
    return hp_ddcc_read_vaccination(what, l->cwt, l->arena, l->pass) || fail(l->why, HP_CONTENT);
}

static bool
read_test(const hp_node *what, const letter *l)
{
    return hp_ddcc_read_test(what, l->cwt, l->arena, l->pass) || fail(l->why, HP_CONTENT);
}

static bool
read_link(const hp_node *what, const letter *l)
{
    return fail(l->why, hp_link_is(what) ? HP_NO_ASSERTION : HP_CONTENT);
}

/* In the order of dispatch; which keys may sign them, unless the policy says otherwise. */
static const struct {
    int64_t label;
    hp_payload payload;
    unsigned domains;
    bool (*read)(const hp_node *what, const letter *l);
} payloads[] = {
    { HP_HCERT_DCC, HP_PAYLOAD_DCC, HP_DOMAIN_DCC | HP_DOMAIN_DDCC, read_dcc },
    { HP_HCERT_ICVP, HP_PAYLOAD_ICVP, HP_DOMAIN_ICVP | HP_DOMAIN_DDCC, read_icvp },
    { HP_HCERT_DDCC_VACCINATION, HP_PAYLOAD_DDCC, HP_DOMAIN_DCC | HP_DOMAIN_DDCC,
      read_vaccination },
    { HP_HCERT_DDCC_TEST, HP_PAYLOAD_DDCC, HP_DOMAIN_DCC | HP_DOMAIN_DDCC, read_test },
    { HP_HCERT_LINK, HP_PAYLOAD_LINK,
      HP_DOMAIN_PH4H | HP_DOMAIN_IPS_PILGRIMAGE | HP_DOMAIN_DDCC, read_link },
};

#define PAYLOADS (sizeof(payloads) / sizeof(payloads[0]))

/*
 * The row of the nth payload that is known, and how many there are.  Two in one envelope are
 * nothing that a specification knows: with one signer's two answers, which is meant is the
 * operator's to say.
 */
static size_t
choose(const hp_node *hcert, unsigned nth, size_t *found)
{
    size_t i, n = 0, which = PAYLOADS;

    for (i = 0; i < PAYLOADS; i++) {
        if (hp_node_label(hcert, payloads[i].label) == NULL)
            continue;
        if (n++ == nth)
            which = i;
    }
    *found = n;
    return which;
}

static bool
read(const hp_proof *proof, const hp_reading *how, hp_arena *arena, hp_pass *pass,
     hp_reason *why)
{
    hp_cwt cwt;
    letter l = { &cwt, how, arena, pass, why };
    size_t which, found;

    if (!hp_cwt_read(proof->payload, arena, &cwt))
        return fail(why, HP_CLAIMS);
    which = choose(cwt.hcert, how->nth, &found);
    if (which == PAYLOADS || (found > 1 && how->multi == HP_MULTI_DENY))
        return fail(why, HP_CLAIMS);
    pass->more = how->multi == HP_MULTI_ANY && how->nth + 1 < found;
    pass->issuer = cwt.iss;
    pass->payload = payloads[which].payload;
    pass->domains = payloads[which].domains;
    return payloads[which].read(hp_node_label(cwt.hcert, payloads[which].label), &l);
}

const hp_format hp_format_hc1 = { "hc1", HP_QR_MAX, recognise, open, read };
