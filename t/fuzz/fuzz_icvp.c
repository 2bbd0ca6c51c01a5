/* Payloads of the WHO's network: what is read has a holder, an event, a document and an end. */
#include "fuzz.h"

#include "codec/cbor.h"
#include "format/ddcc.h"
#include "format/icvp.h"
#include "format/link.h"

static uint8_t buffer[1024 * 1024];

static void
judge(hp_str in, bool (*read)(const hp_node *, const hp_cwt *, hp_arena *, hp_pass *))
{
    hp_arena arena = hp_arena_over(buffer, sizeof(buffer));
    hp_cwt cwt = { .iat = 1.9e9, .from = 1.9e9, .exp = 2e9, .has_exp = true };
    const hp_node *n = hp_cbor_read(in, &arena);
    hp_pass pass = { 0 };

    if (n == NULL)
        return;
    (void)hp_link_is(n);
    if (!read(n, &cwt, &arena, &pass))
        return;
    MUST(pass.event.kind == 'v' || pass.event.kind == 't');
    MUST(pass.holder.family.n > 0);
    MUST(pass.valid_until <= 2e9);
    MUST(hp_node_member(pass.document, HP_STR("nam")) != NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    hp_str in = { p, n };

    judge(in, hp_icvp_read);
    judge(in, hp_ddcc_read_vaccination);
    judge(in, hp_ddcc_read_test);
    return 0;
}

void
fuzz_seeds(void (*put)(const char *name, hp_str seed))
{
    put("2026", maker_cbor(HP_STR("{\"n\":\"A\",\"dob\":\"1990-01-01\",\"id\":\"1\",\"v\":\"1.0\","
        "\"vx\":{\"vp\":\"YellowFeverProduct1\",\"dv\":\"2026-01-03\",\"is\":\"FRA\"}}")));
    put("2025", maker_cbor(HP_STR("{\"n\":\"A\",\"dob\":\"1990-01-01\",\"v\":[{\"vp\":\"PolioVaccine1\","
        "\"dt\":\"2026-01-03\",\"vls\":\"2026-01-04\",\"cn\":\"B\"},{\"vp\":\"YellowFever\",\"dt\":"
        "\"2025-01-03\",\"is\":\"FRA\"}]}")));
    put("2024", maker_cbor(HP_STR("{\"n\":\"A\",\"dob\":\"1990-01-01\",\"v\":{\"tg\":\"1D47\",\"vp\":\"X\","
        "\"dt\":\"2026-01-03\",\"vle\":\"2036-01-03\",\"is\":\"FRA\"}}")));
    put("ddcc-v", maker_cbor(HP_STR("{\"name\":\"A\",\"birthDate\":\"1990-01-01\",\"certificate\":{\"hcid\":"
        "{\"value\":\"H\"},\"period\":{\"start\":\"2025-10-10\",\"end\":\"2027-10-10\"}},\"vaccination\":"
        "{\"vaccine\":{\"code\":\"1\"},\"date\":\"2025-10-09\",\"dose\":1,\"country\":{\"code\":\"FRA\"}}}")));
    put("ddcc-t", maker_cbor(HP_STR("{\"name\":\"A\",\"test\":{\"pathogen\":\"1\",\"type\":\"2\",\"result\":"
        "\"3\",\"date\":\"2025-10-09T08:30:00Z\"}}")));
    put("link", maker_cbor(HP_STR("[{\"u\":\"https://v.example/#shlink:/e\"}]")));
}
