/* CWT claims; see cwt.h. */
#include "format/cwt.h"

#include "base/time.h"
#include "codec/cbor.h"
#include "codec/cose.h"

#define TAG_EPOCH 1 /* RFC 8949, 3.4.2 */

/*
 * A NumericDate in any of CBOR's number forms, with or without tag 1.  The range refuses
 * negative numbers, NaN, infinities, and milliseconds taken for seconds.
 */
static bool
numeric_date(const hp_node *n, double *t)
{
    if (hp_node_is(n, HP_NODE_TAG) && n->num == TAG_EPOCH)
        n = n->child;
    return hp_node_number(n, t) && *t >= 0 && *t <= HP_TIME_LAST;
}

/* As numeric_date(), and an absent claim is 0. */
static bool
optional_date(const hp_node *n, double *t)
{
    *t = 0;
    return n == NULL || numeric_date(n, t);
}

bool
hp_cwt_read(hp_str payload, hp_arena *arena, hp_cwt *cwt)
{
    const hp_node *claims = hp_cbor_read(payload, arena), *iss;
    double nbf;

    if (hp_node_is(claims, HP_NODE_TAG) && claims->num == HP_TAG_CWT)
        claims = claims->child;
    if (!hp_node_is(claims, HP_NODE_MAP))
        return false;
    iss = hp_node_label(claims, HP_CWT_ISS);
    if (iss != NULL && iss->kind != HP_NODE_TEXT)
        return false;
    cwt->has_exp = hp_node_label(claims, HP_CWT_EXP) != NULL;
    if (!optional_date(hp_node_label(claims, HP_CWT_EXP), &cwt->exp) ||
        !optional_date(hp_node_label(claims, HP_CWT_IAT), &cwt->iat) ||
        !optional_date(hp_node_label(claims, HP_CWT_NBF), &nbf))
        return false;
    cwt->iss = iss != NULL ? iss->str : (hp_str){ NULL, 0 };
    cwt->from = cwt->iat > nbf ? cwt->iat : nbf;
    cwt->hcert = hp_node_label(claims, HP_CWT_HCERT);
    return hp_node_is(cwt->hcert, HP_NODE_MAP);
}
