/*
 * What each fuzz target offers.  The same file becomes a libFuzzer program (make fuzz,
 * clang) and, with replay.c, one that runs in make test.
 */
#ifndef T_FUZZ_H
#define T_FUZZ_H

#include <stdio.h>
#include <stdlib.h>

#include "alloc.h"
#include "base/str.h"
#include "maker.h"

/* One input, as libFuzzer calls it. */
int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

/* Calls put for each seed, with a name. */
void fuzz_seeds(void (*put)(const char *name, hp_str seed));

/*
 * How many times as long as others it takes over an input: so many times fewer mutations are
 * replayed.  1 where a target does not say.
 */
extern unsigned fuzz_costs;

/* What must hold for every input. */
#define MUST(truth)                                                              \
    do {                                                                         \
        if (!(truth)) {                                                          \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #truth); \
            abort();                                                             \
        }                                                                        \
    } while (0)

#endif
