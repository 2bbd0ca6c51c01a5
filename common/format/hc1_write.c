/*
 * Writes HC1 texts; see hc1_write.h.  From the inside out:
 *
 *   CWT claims (RFC 8392)     { 1: iss, 4: exp, 6: iat, -260: { 1: DCC map } }
 *   Sig_structure (RFC 9052 4.4)  [ "Signature1", protected, h'', claims ]
 *   COSE_Sign1 (RFC 9052 4.2) [ protected, unprotected, claims, signature ]
 *   zlib, Base45, "HC1:"
 */
#include "format/hc1_write.h"

#include "base/time.h"
#include "codec/base45.h"
#include "codec/cbor.h"
#include "codec/cose.h"
#include "codec/inflate.h"
#include "format/cwt.h"
#include "format/hc1.h"

#include <math.h>
#include <stdlib.h>

#define HEADER_ROOM 256
#define BODY_ROOM   (HP_HC1_TEXT_ROOM / 2)
#define HCERT_PAD   2 /* beside HP_HCERT_DCC */

/* The layers in the making; too much for a stack. */
typedef struct {
    uint8_t header[HEADER_ROOM];
    uint8_t claims[BODY_ROOM];
    uint8_t cose[BODY_ROOM]; /* the Sig_structure, then the message */
    uint8_t packed[BODY_ROOM];
    uint8_t signature[HP_SIGN_MAX];
} room;

static hp_cbor_out
out_over(uint8_t *p, size_t n)
{
    return (hp_cbor_out){ .p = p, .n = 0, .max = n, .full = false };
}

static hp_str
written(const hp_cbor_out *out)
{
    return (hp_str){ out->p, out->n };
}

static void
put_time(hp_cbor_out *out, const hp_hc1_wish *wish, double t)
{
    if (wish->float_times || t != floor(t) || fabs(t) > HP_TIME_LAST)
        hp_cbor_put_double(out, t);
    else
        hp_cbor_put_int(out, (int64_t)t);
}

/* Claim -260. */
static void
put_payloads(hp_cbor_out *out, const hp_hc1_wish *wish)
{
    bool pad = wish->pad.n != 0;

    hp_cbor_put_map(out, (size_t)1 + wish->n_also + pad);
    hp_cbor_put_int(out, wish->label != 0 ? wish->label : HP_HCERT_DCC);
    hp_cbor_put_raw(out, wish->dcc);
    hp_cbor_put_raw(out, wish->also);
    if (pad) {
        hp_cbor_put_int(out, HCERT_PAD);
        hp_cbor_put_bytes(out, wish->pad);
    }
}

static void
put_claims(hp_cbor_out *out, const hp_hc1_wish *wish)
{
    bool iss = wish->iss.n != 0, iat = !wish->no_iat, exp = !wish->no_exp;

    hp_cbor_put_map(out, (size_t)1 + iss + iat + exp);
    if (iss) {
        hp_cbor_put_int(out, HP_CWT_ISS);
        hp_cbor_put_text(out, wish->iss);
    }
    if (exp) {
        hp_cbor_put_int(out, HP_CWT_EXP);
        put_time(out, wish, wish->exp);
    }
    if (iat) {
        hp_cbor_put_int(out, HP_CWT_IAT);
        put_time(out, wish, wish->iat);
    }
    hp_cbor_put_int(out, HP_CWT_HCERT);
    put_payloads(out, wish);
}

/* The map of those of alg and kid that stand in this header. */
static void
put_header(hp_cbor_out *out, const hp_hc1_wish *wish, hp_hc1_header which)
{
    bool alg = wish->alg_in == which || wish->alg_in == HP_HC1_BOTH;
    bool kid = wish->kid_in == which || wish->kid_in == HP_HC1_BOTH;

    hp_cbor_put_map(out, (size_t)alg + kid);
    if (alg) {
        hp_cbor_put_int(out, HP_COSE_ALG);
        hp_cbor_put_int(out, hp_signer_alg(wish->signer) == HP_ALG_ES256 ? HP_COSE_ES256
                                                                        : HP_COSE_PS256);
    }
    if (kid) {
        hp_cbor_put_int(out, HP_COSE_KID);
        hp_cbor_put_bytes(out, wish->kid);
    }
}

/* A protected header without members is no bytes at all (RFC 9052 3). */
static hp_str
protected_header(hp_cbor_out *out, const hp_hc1_wish *wish)
{
    put_header(out, wish, HP_HC1_PROTECTED);
    return out->n == 1 ? (hp_str){ out->p, 0 } : written(out);
}

static void
put_tags(hp_cbor_out *out, hp_hc1_tag tag)
{
    if (tag == HP_HC1_TAG_61 || tag == HP_HC1_TAG_61_18)
        hp_cbor_put_tag(out, HP_TAG_CWT);
    if (tag == HP_HC1_TAG_18 || tag == HP_HC1_TAG_61_18)
        hp_cbor_put_tag(out, HP_TAG_COSE_SIGN1);
}

/* A forged one signs the same claims under another context. */
static bool
sign(const hp_hc1_wish *wish, room *r, hp_str header, hp_str claims, hp_str *signature)
{
    hp_cbor_out out = out_over(r->cose, sizeof(r->cose));
    size_t n;

    hp_cbor_put_array(&out, 4);
    hp_cbor_put_text(&out, wish->forge ? HP_STR("Signature0") : HP_STR("Signature1"));
    hp_cbor_put_bytes(&out, header);
    hp_cbor_put_bytes(&out, HP_STR(""));
    hp_cbor_put_bytes(&out, claims);
    if (out.full || !hp_signer_sign(wish->signer, written(&out), r->signature, &n))
        return false;
    *signature = (hp_str){ r->signature, n };
    return true;
}

static bool
make_cose(const hp_hc1_wish *wish, room *r, hp_str *cose)
{
    hp_cbor_out head = out_over(r->header, sizeof(r->header));
    hp_cbor_out claims = out_over(r->claims, sizeof(r->claims));
    hp_cbor_out out = out_over(r->cose, sizeof(r->cose));
    hp_str header, signature;

    put_claims(&claims, wish);
    header = protected_header(&head, wish);
    if (head.full || claims.full || !sign(wish, r, header, written(&claims), &signature))
        return false;
    put_tags(&out, wish->tag);
    hp_cbor_put_array(&out, 4);
    hp_cbor_put_bytes(&out, header);
    put_header(&out, wish, HP_HC1_UNPROTECTED);
    hp_cbor_put_bytes(&out, written(&claims));
    hp_cbor_put_bytes(&out, signature);
    *cose = written(&out);
    return !out.full;
}

static bool
make_text(const hp_hc1_wish *wish, room *r, char *text, size_t *n)
{
    size_t packed = sizeof(r->packed), start = HP_HC1_CONTEXT_LENGTH;
    hp_str cose;

    if (!make_cose(wish, r, &cose) || !hp_deflate(cose, wish->level, r->packed, &packed) ||
        HP_BASE45_ENCODED(packed) > HP_HC1_TEXT_ROOM - start)
        return false;
    memcpy(text, HP_HC1_CONTEXT, start);
    hp_base45_encode((hp_str){ r->packed, packed }, text + start);
    *n = start + HP_BASE45_ENCODED(packed);
    return true;
}

bool
hp_hc1_write(const hp_hc1_wish *wish, char *text, size_t *n)
{
    room *r = malloc(sizeof(*r));
    bool ok = r != NULL && make_text(wish, r, text, n);

    free(r);
    return ok;
}
