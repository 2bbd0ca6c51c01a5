/* The CBOR reader and COSE_Sign1 on top of it. */
#include "fuzz.h"

#include "codec/cbor.h"
#include "codec/cose.h"

static uint8_t buffer[1024 * 1024];

/* Every borrowed string of the tree can be read. */
static size_t
walk(const hp_node *n, unsigned depth)
{
    size_t sum = 0;

    MUST(depth <= HP_CBOR_DEPTH + 1);
    for (; n != NULL; n = n->next) {
        if (n->kind == HP_NODE_TEXT || n->kind == HP_NODE_BYTES) {
            for (size_t i = 0; i < n->str.n; i++)
                sum += n->str.p[i];
        } else if (n->kind == HP_NODE_ARRAY || n->kind == HP_NODE_MAP || n->kind == HP_NODE_TAG) {
            sum += walk(n->child, depth + 1);
        }
    }
    return sum;
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    hp_arena arena = hp_arena_over(buffer, sizeof(buffer));
    hp_cose cose;

    alloc_start(0);
    (void)walk(hp_cbor_read((hp_str){ p, n }, &arena), 0);
    MUST(arena.used <= HP_CBOR_ITEMS * (sizeof(hp_node) + 16) + n + 4096);
    arena = hp_arena_over(buffer, sizeof(buffer));
    if (hp_cose_read((hp_str){ p, n }, &arena, &cose))
        MUST(cose.payload.n <= n && cose.signature.n <= n && cose.tbs.n > cose.payload.n);
    MUST(alloc_calls() == 0);
    return 0;
}

void
fuzz_seeds(void (*put)(const char *name, hp_str seed))
{
    const maker_key *key = maker_key_new(HP_ALG_ES256, "");
    hp_str claims = maker_claims(maker_cbor(HP_STR(MAKER_R)));

    put("sign1", maker_signed(key, claims));
    put("untagged", maker_cose(maker_header(key), HP_STR("\xa0"), claims, HP_STR("x")));
    put("double-tag", MAKER_JOIN(HP_STR("\xd8\x3d"), maker_signed(key, claims)));
    put("indefinite", maker_hex("9f5f40ffbfff5f41004101ff5fffff"));
    put("payload", claims);
    put("numbers", maker_hex("8b 00 1818 190100 1a00010000 1b000000e8d4a51000 20 3863 f93c00"
        "fa47c35000 fb3ff199999999999a f97e00"));
    put("deep", maker_hex("8181818181818181818181818181818100"));
    put("chunks", maker_hex("7f616161626263c3ff"));
    put("huge", maker_hex("9a10000000"));
}
