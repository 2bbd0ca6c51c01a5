/* Splits a COSE_Sign1 message; see cose.h. */
#include "codec/cose.h"

#include "codec/cbor.h"

/* Steps over 61, 18, or 61 around 18; anything else stays and is then no array. */
static const hp_node *
untag(const hp_node *n)
{
    if (hp_node_is(n, HP_NODE_TAG) && n->num == HP_TAG_CWT)
        n = n->child;
    if (hp_node_is(n, HP_NODE_TAG) && n->num == HP_TAG_COSE_SIGN1)
        n = n->child;
    return n;
}

/* The protected header's map; an empty byte string stands for an empty one (RFC 9052, 3). */
static bool
read_protected(hp_str bytes, hp_arena *arena, const hp_node **map)
{
    *map = NULL;
    if (bytes.n == 0)
        return true;
    *map = hp_cbor_read(bytes, arena);
    return hp_node_is(*map, HP_NODE_MAP);
}

static const hp_node *
header(const hp_node *protected, const hp_node *unprotected, int64_t label)
{
    const hp_node *value = hp_node_label(protected, label);

    return value != NULL ? value : hp_node_label(unprotected, label);
}

static int64_t
small_int(const hp_node *n)
{
    if (hp_node_is(n, HP_NODE_NEGINT) && n->num < 65536)
        return -1 - (int64_t)n->num;
    if (hp_node_is(n, HP_NODE_UINT) && n->num < 65536)
        return (int64_t)n->num;
    return 0;
}

/*
 * Sig_structure = [ "Signature1", protected as received, external_aad, payload ], lengths in
 * their shortest form whatever the message used.
 */
static bool
write_tbs(hp_str protected, hp_str payload, hp_arena *arena, hp_str *tbs)
{
    size_t max = protected.n + payload.n + 64;
    hp_cbor_out out = { hp_arena_take(arena, max), 0, max, false };

    if (out.p == NULL)
        return false;
    hp_cbor_put_array(&out, 4);
    hp_cbor_put_text(&out, HP_STR("Signature1"));
    hp_cbor_put_bytes(&out, protected);
    hp_cbor_put_bytes(&out, (hp_str){ NULL, 0 });
    hp_cbor_put_bytes(&out, payload);
    hp_arena_trim(arena, out.p, max, out.n);
    *tbs = (hp_str){ out.p, out.n };
    return !out.full;
}

bool
hp_cose_read(hp_str in, hp_arena *arena, hp_cose *cose)
{
    const hp_node *message = untag(hp_cbor_read(in, arena));
    const hp_node *protected, *unprotected, *payload, *signature, *map, *kid;

    if (!hp_node_is(message, HP_NODE_ARRAY) || message->count != 4)
        return false;
    protected = message->child;
    unprotected = protected->next;
    payload = unprotected->next;
    signature = payload->next;
    if (protected->kind != HP_NODE_BYTES || unprotected->kind != HP_NODE_MAP ||
        payload->kind != HP_NODE_BYTES || signature->kind != HP_NODE_BYTES)
        return false;
    if (!read_protected(protected->str, arena, &map) ||
        header(map, unprotected, HP_COSE_CRIT) != NULL)
        return false;
    kid = header(map, unprotected, HP_COSE_KID);
    if (kid != NULL && kid->kind != HP_NODE_BYTES)
        return false;
    cose->alg = small_int(header(map, unprotected, HP_COSE_ALG));
    cose->kid = kid != NULL ? kid->str : (hp_str){ NULL, 0 };
    cose->kid_signed = hp_node_label(map, HP_COSE_KID) != NULL;
    cose->payload = payload->str;
    cose->signature = signature->str;
    return write_tbs(protected->str, payload->str, arena, &cose->tbs);
}
