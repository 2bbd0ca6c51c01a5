/* What the benches share; see measure.h. */
#include "measure.h"

#include <openssl/rsa.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

void
check(bool good, const char *what)
{
    if (good)
        return;
    fprintf(stderr, "bench: %s\n", what);
    exit(1);
}

static double
seconds_of(clockid_t clock)
{
    struct timespec now;

    (void)clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

double
bench_clock(void)
{
    return seconds_of(CLOCK_MONOTONIC);
}

double
bench_work(void)
{
    return seconds_of(CLOCK_PROCESS_CPUTIME_ID);
}

static int
by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

double
median(double *values, size_t n)
{
    qsort(values, n, sizeof(*values), by_size);
    return n % 2 == 1 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

EVP_PKEY_CTX *
bench_verifier(EVP_PKEY *key)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);

    check(EVP_PKEY_verify_init(ctx) == 1, "verify_init");
    if (EVP_PKEY_get_base_id(key) != EVP_PKEY_EC)
        check(EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) == 1
            && EVP_PKEY_CTX_set_signature_md(ctx, EVP_sha256()) == 1
            && EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) == 1, "PSS");
    return ctx;
}
