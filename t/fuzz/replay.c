/*
 * Runs a fuzz target without libFuzzer: its seeds, and a fixed number of mutations of each,
 * the same in every run.  Inputs stand before an unmapped page.
 */
#include "fuzz.h"
#include "guard.h"

/* Under a sanitizer inputs take their time, and make fuzz runs them by the thousand there. */
#ifdef HP_SANITIZED
#define MUTATIONS      200
#else
#define MUTATIONS      1500
#endif
#define MUTATIONS_LONG 100000 /* with HEALTHPASS_LONG, see make test-long */
#define SEEDS_MAX 64

__attribute__((weak)) unsigned fuzz_costs = 1;

static struct {
    uint8_t *p;
    size_t n;
} seeds[SEEDS_MAX];
static size_t n_seeds, inputs, mutations = MUTATIONS;
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
    size_t from = next((uint32_t)seed.n), to = from + next((uint32_t)(seed.n - from)) + 1;
    hp_str head = { seed.p, from }, part = { seed.p + from, to - from };
    hp_str tail = hp_str_from(seed, to);
    uint8_t *bytes = malloc(seed.n);

    MUST(bytes != NULL);
    memcpy(bytes, seed.p, seed.n);
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

/* The ring of the maker turns while inputs run, so all seeds are made before the first one. */
static void
collect(const char *name, hp_str seed)
{
    uint8_t *copy = malloc(seed.n + 1);

    (void)name;
    MUST(copy != NULL && n_seeds < SEEDS_MAX);
    memcpy(copy, seed.p, seed.n);
    seeds[n_seeds].p = copy;
    seeds[n_seeds++].n = seed.n;
}

static void
replay(hp_str seed)
{
    run(seed);
    for (size_t n = 0; n < seed.n; n += seed.n / 64 + 1)
        run((hp_str){ seed.p, n });
    for (size_t i = 0; seed.n > 0 && seed.n < 8192 && i < mutations; i++)
        mutate(seed);
}

int
main(void)
{
    if (getenv("HEALTHPASS_LONG") != NULL)
        mutations = MUTATIONS_LONG;
    mutations /= fuzz_costs;
    fuzz_seeds(collect);
    run(HP_STR(""));
    for (size_t i = 0; i < n_seeds; i++) {
        replay((hp_str){ seeds[i].p, seeds[i].n });
        free(seeds[i].p);
    }
    printf("ok 1 - %zu inputs\n1..1\n", inputs);
    return 0;
}
