/* Bounded inflate.  The first two bytes are the bound. */
#include "fuzz.h"

#include "codec/inflate.h"

static uint8_t buffer[256 * 1024];

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    hp_arena arena = hp_arena_over(buffer, sizeof(buffer));
    size_t max;
    hp_str out;

    if (n < 2)
        return 0;
    max = (size_t)(p[0] << 8 | p[1]);
    alloc_start(0);
    if (hp_inflate((hp_str){ p + 2, n - 2 }, max, &arena, &out))
        MUST(out.n <= max && out.p + out.n <= buffer + sizeof(buffer));
    MUST(alloc_calls() == 0 && arena.used <= sizeof(buffer));
    return 0;
}

void
fuzz_seeds(void (*put)(const char *name, hp_str seed))
{
    put("stored", maker_hex("0100 7801 01 0100 feff 78 00790079"));
    put("fixed", maker_hex("0001 789c ab0000 00790079"));
    put("dynamic", MAKER_JOIN(HP_STR("\xff\xff"), maker_deflate(maker_cbor(HP_STR(MAKER_T)))));
    put("zeros", MAKER_JOIN(HP_STR("\xff\xff"), maker_deflate(maker_fill(65535, 0))));
    put("gzip", maker_hex("0010 1f8b0800000000000203ab00008316dc8c01000000"));
    put("dictionary", maker_hex("0010 78bb00010001ab000000790079"));
}
