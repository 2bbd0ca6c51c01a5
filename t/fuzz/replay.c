/*
 * Runs a fuzz target without libFuzzer: its seeds, and a fixed number of mutations of each,
 * the same in every run.  Inputs stand before an unmapped page.
 */
#include "fuzz.h"
#include "guard.h"

#define MUTATIONS 1500

static size_t inputs;
static uint32_t random_state = 1;

/* Numerical Recipes' generator: chance is not needed here, sameness is. */
static uint32_t
next(uint32_t below)
{
    random_state = random_state * 1664525u + 1013904223u;
    return (random_state >> 8) % below;
}

static void
run(hp_str s)
{
    s = guard_end(s);
    (void)LLVMFuzzerTestOneInput(s.p, s.n);
    inputs++;
}

/* Changes up to four bytes, or moves, doubles or drops a part. */
static void
mutate(hp_str seed)
{
    hp_str copy = maker_copy(seed);
    size_t from = next((uint32_t)seed.n), to = from + next((uint32_t)(seed.n - from)) + 1;
    hp_str head = { seed.p, from }, part = { seed.p + from, to - from };
    hp_str tail = hp_str_from(seed, to);
    uint8_t *bytes = malloc(seed.n);

    MUST(bytes != NULL);
    memcpy(bytes, copy.p, copy.n);
    for (uint32_t i = next(4) + 1; i > 0; i--)
        bytes[next((uint32_t)seed.n)] = (uint8_t)next(256);
    switch (next(4)) {
    case 0:
        run(MAKER_JOIN(head, tail));
        break;
    case 1:
        run(MAKER_JOIN(head, part, part, tail));
        break;
    default:
        run((hp_str){ bytes, seed.n });
    }
    free(bytes);
}

static void
replay(const char *name, hp_str seed)
{
    (void)name;
    seed = maker_copy(seed);
    run(seed);
    for (size_t n = 0; n < seed.n; n += seed.n / 64 + 1)
        run((hp_str){ seed.p, n });
    for (int i = 0; seed.n > 0 && seed.n < 8192 && i < MUTATIONS; i++)
        mutate(seed);
}

int
main(void)
{
    run((hp_str){ (const uint8_t *)"", 0 });
    fuzz_seeds(replay);
    printf("ok 1 - %zu inputs\n1..1\n", inputs);
    return 0;
}
