/* A list of a SMART Health Cards issuer: refused with a reason, or all of its rids are listed. */
#include "fuzz.h"

#include "revoker.h"

unsigned fuzz_costs = 5; /* each input is brought to the disk */

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    revoker one;
    hp_took took;

    revoker_start(&one, "shc");
    one.job.issuer = "https://issuer.example";
    took = REVOKER_RUN(&one, maker_file("crl.json", (hp_str){ p, n }));
    MUST((took == HP_TOOK) == (one.error.text[0] == '\0'));
    if (took == HP_TOOK) {
        MUST(hp_index_entries(one.index) == one.job.counts.entries);
        MUST(hp_index_batches(one.index) == one.job.counts.batches);
        MUST(hp_index_check(one.crypto, one.index, NULL));
    }
    revoker_end(&one);
    return 0;
}

void
fuzz_seeds(void (*put)(const char *name, hp_str seed))
{
    put("good", HP_STR("{\"kid\":\"3Kfdg-XwP-7gXyywtUfUADwBumDOPKMQx-iELL11W9s\",\"method\":\"rid\","
                       "\"ctr\":7,\"rids\":[\"abc\",\"times.1600000000\",\"x.5\",\"-_9\"]}"));
    put("text", HP_STR("{\"kid\":\"3Kfdg-XwP-7gXyywtUfUADwBumDOPKMQx-iELL11W9s\",\"method\":\"rid\","
                       "\"ctr\":\"1\",\"rids\":[]}"));
    put("other", HP_STR("{\"kid\":\"x\",\"method\":\"hash-fhir\",\"ctr\":1,\"rids\":[\"\"]}"));
}
