/* DCC payloads in both profiles: what strict accepts, tolerant accepts too. */
#include "fuzz.h"

#include "codec/cbor.h"
#include "format/dcc.h"

static uint8_t buffer[1024 * 1024];

static bool
judge(hp_str in, hp_schema schema)
{
    hp_arena arena = hp_arena_over(buffer, sizeof(buffer));
    const hp_node *dcc = hp_cbor_read(in, &arena);
    hp_pass pass = { 0 };

    if (dcc == NULL || !hp_dcc_read(dcc, schema, &arena, &pass))
        return false;
    MUST(pass.event.kind == 'v' || pass.event.kind == 't' || pass.event.kind == 'r');
    MUST(pass.holder.birth.year == 0
        || (pass.holder.birth.year >= 1900 && pass.holder.birth.year <= 2099));
    for (size_t i = 0; i < pass.holder.family_mrz.n; i++) {
        uint8_t c = pass.holder.family_mrz.p[i];

        MUST((c >= 'A' && c <= 'Z') || c == '<');
    }
    return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    hp_str in = { p, n };

    if (judge(in, HP_SCHEMA_STRICT))
        MUST(judge(in, HP_SCHEMA_TOLERANT));
    else
        (void)judge(in, HP_SCHEMA_TOLERANT);
    return 0;
}

void
fuzz_seeds(void (*put)(const char *name, hp_str seed))
{
    put("vaccination", maker_cbor(HP_STR(MAKER_V)));
    put("test", maker_cbor(HP_STR(MAKER_T)));
    put("recovery", maker_cbor(HP_STR(MAKER_R)));
    put("tolerant", maker_cbor(maker_replace(maker_replace(HP_STR(MAKER_T), HP_STR("ERNA"),
        HP_STR("Er na ")), HP_STR("1971-02-03"), HP_STR("03.02.1971"))));
    put("tagged-time", maker_cbor(maker_replace(HP_STR(MAKER_T), HP_STR("2021-06-01T08:30:00Z"),
        HP_STR("hex:c074323032312d30362d30315430383a33303a30305a"))));
    put("old-version", maker_cbor(maker_replace(HP_STR(MAKER_V), HP_STR("1.3.0"),
        HP_STR("1.0.0"))));
    put("nulls", maker_cbor(maker_replace(HP_STR(MAKER_V), HP_STR("\"v\":["),
        HP_STR("\"r\":null,\"t\":[],\"v\":["))));
}
