/*
 * A plain list, of hashes and of UCIs, as a whole and as a change: refused with a reason that
 * shows none of it, or taken.
 */
#include "fuzz.h"

#include "revoker.h"

unsigned fuzz_costs = 60; /* each input is brought to the disk */

#define SHOWN 12 /* bytes of a line that would be too much */

/* Does the message hold a part of the input that is in none of our own words? */
static bool
shows(const char *message, hp_str input)
{
    const char *words = strrchr(message, '/'); /* the rest is path, line, and what was expected */
    size_t i;

    for (i = 0; words != NULL && i + SHOWN <= input.n; i++) {
        if (memcmp(input.p + i, "URN:UVCI:", 9) == 0 &&
            memmem(words, strlen(words), input.p + i, SHOWN) != NULL)
            return true;
    }
    return false;
}

static void
take(hp_str input, bool plain, bool delta)
{
    revoker one;
    hp_took took;

    revoker_start(&one, "list");
    one.job.kind = HP_LISTED_UCI;
    if (delta)
        MUST(REVOKER_RUN(&one, maker_file("list", HP_STR("1d544387ac3d459ef42da021ef54966f\n"))) ==
             HP_TOOK);
    one.job.plain = plain;
    one.job.delta = delta;
    took = REVOKER_RUN(&one, maker_file("list", input));
    MUST((took == HP_TOOK) == (one.error.text[0] == '\0'));
    MUST(!shows(one.error.text, input));
    if (took == HP_TOOK)
        MUST(hp_index_entries(one.index) <= one.job.counts.entries + delta);
    revoker_end(&one);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    hp_str input = { p, n };

    take(input, false, false);
    take(input, true, false);
    if (n > 0 && (p[0] == '-' || p[0] == '+')) {
        take(input, false, true);
        take(input, true, true);
    }
    return 0;
}

void
fuzz_seeds(void (*put)(const char *name, hp_str seed))
{
    put("hex", HP_STR("# of today\r\n1d544387ac3d459ef42da021ef54966f\r\n\n"
                      "26ce0f571555059449f1c1e2775235150fbc26a6f2a21b5518a6dac2fc8148cf\n"));
    put("base64", HP_STR("HVRDh6w9RZ70LaAh71SWbw==\nJs4PVxVVBZRJ8cHid1I1FQ+8JqbyohtVGKbawvyBSM8="));
    put("change", HP_STR("-1d544387ac3d459ef42da021ef54966f\n+wAAAAAAAAAAAAAAAAAAAA==\n"));
    put("uci", HP_STR("URN:UVCI:01:FR:GGD81AAH16AZ#8\r\n01BE123#2\n"));
    put("uci-change", HP_STR("-URN:UVCI:01:FR:GGD81AAH16AZ#8\n+URN:UVCI:01:XA:1#2\n"));
    put("blank", HP_STR(" URN:UVCI:01:FR:GGD81AAH16AZ#8\n"));
}
