/* measure: what the benches share: time, medians, and the bare verification that all is counted
 * against. */
#ifndef T_BENCH_MEASURE_H
#define T_BENCH_MEASURE_H

#include <openssl/evp.h>
#include <stdbool.h>
#include <stddef.h>

#define ROUNDS_MAX 1000

/* Ends the bench with those words unless good. */
void check(bool good, const char *what);

/* Seconds of a clock that only goes on. */
double bench_clock(void);

/* Seconds that this process was at work: what else the machine does is not counted. */
double bench_work(void);

/* The values are sorted by it. */
double median(double *values, size_t n);

/*
 * A context for bare verifications with the key, made ready once and kept: ES256 of a key on
 * P-256, else PS256 (RFC 9053 2.1, RFC 8230 2).
 */
EVP_PKEY_CTX *bench_verifier(EVP_PKEY *key);

#endif
