/* Base45: what decodes, encodes to the same text; what encodes, decodes to the same bytes. */
#include "fuzz.h"

#include "codec/base45.h"

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    hp_str in = { p, n };
    uint8_t *bytes = malloc(HP_BASE45_DECODED(n) + 1);
    uint8_t *back = malloc(HP_BASE45_DECODED(HP_BASE45_ENCODED(n)) + 1);
    char *text = malloc(HP_BASE45_ENCODED(n) + n + 1);
    size_t length;

    MUST(bytes != NULL && text != NULL && back != NULL);
    if (hp_base45_decode(in, bytes, &length)) {
        MUST(HP_BASE45_ENCODED(length) == n);
        hp_base45_encode((hp_str){ bytes, length }, text);
        MUST(memcmp(text, p, n) == 0);
    }
    hp_base45_encode(in, text);
    MUST(hp_base45_decode((hp_str){ (const uint8_t *)text, HP_BASE45_ENCODED(n) }, back, &length));
    MUST(length == n && (n == 0 || memcmp(back, p, n) == 0));
    free(bytes);
    free(back);
    free(text);
    return 0;
}

void
fuzz_seeds(void (*put)(const char *name, hp_str seed))
{
    put("pair", HP_STR("BB8"));
    put("hello", HP_STR("%69 VD92EX0"));
    put("largest", HP_STR("FGWFGWU5"));
    put("too-large", HP_STR("GGW"));
    put("pass", maker_base45(maker_deflate(maker_cbor(HP_STR(MAKER_V)))));
}
