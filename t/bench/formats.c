/*
 * formats [--rounds N] NAME KEY TRUST FILE...: what judging passes of one format costs, counted
 * against a bare EVP_PKEY_verify of their own signatures in the same run.
 *
 * KEY (PEM) signed all of them; TRUST is what `check --trust` takes.  Both sides are timed in
 * turn; the ratio is the median of the rounds.
 */
#include "alloc.h"
#include "base/file.h"
#include "crypto/sign.h"
#include "format/format.h"
#include "hp.h"
#include "measure.h"
#include "policy/policy.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define PASSES_MAX 64

typedef struct {
    hp_str text;
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned n_digest;
    uint8_t signature[HP_SIGN_MAX];
    size_t n;
} bench_pass;

static bench_pass passes[PASSES_MAX];
static size_t n_passes;
static EVP_PKEY_CTX *verifier;
static hp_policy *policy;
static hp_keys *ready;
static double now;
static uint8_t buffer[HP_MEMORY];

void bench_path(void);
void bench_bare(void);

/* The whole way of each pass. */
__attribute__((noinline)) void
bench_path(void)
{
    hp_memory memory = { buffer, sizeof(buffer), 0 };
    hp_verdict verdict;
    size_t i;

    for (i = 0; i < n_passes; i++) {
        hp_ask ask = { .text = passes[i].text, .now = now, .any_now = true, .keys = ready };

        if (hp_verify(policy, &ask, &memory, &verdict) != HP_OK)
            check(false, hp_reason_name(verdict.reason));
    }
}

/* Their signatures, and nothing else. */
__attribute__((noinline)) void
bench_bare(void)
{
    size_t i;

    for (i = 0; i < n_passes; i++) {
        const bench_pass *p = &passes[i];

        if (EVP_PKEY_verify(verifier, p->signature, p->n, p->digest, p->n_digest) != 1)
            check(false, "a signature does not hold");
    }
}

/* ---- passes ----------------------------------------------------------------- */

static const EVP_MD *
hash_of(hp_alg alg)
{
    return alg == HP_ALG_ES512 ? EVP_sha512() : alg == HP_ALG_ES384 ? EVP_sha384() : EVP_sha256();
}

/* r || s as DER. */
static size_t
der_of(hp_str raw, uint8_t *out)
{
    int half = (int)raw.n / 2, n;
    ECDSA_SIG *sig = ECDSA_SIG_new();

    check(ECDSA_SIG_set0(sig, BN_bin2bn(raw.p, half, NULL),
                         BN_bin2bn(raw.p + half, half, NULL)) == 1, "r and s");
    n = i2d_ECDSA_SIG(sig, &out);
    ECDSA_SIG_free(sig);
    return (size_t)n;
}

/* What the bare verification needs is what the format opens of the text. */
static void
add_pass(const char *path, const char *name)
{
    bench_pass *p = &passes[n_passes++];
    hp_arena arena = hp_arena_over(buffer, sizeof(buffer));
    hp_bytes text = { NULL, 0 };
    const hp_format *format;
    hp_error error;
    hp_proof proof;
    hp_reason why;

    check(n_passes <= PASSES_MAX, "too many passes");
    check(hp_file_read(path, 0, HP_TEXT_MAX, &text, NULL, &error), error.text);
    p->text = hp_format_trim((hp_str){ text.p, text.n });
    format = hp_format_find(p->text, HP_FORMATS_ALL, &why);
    check(format != NULL && strcmp(format->name, name) == 0, "a pass of another format");
    check(format->open(p->text, &arena, &proof, &why), "open");
    check(EVP_Digest(proof.tbs.p, proof.tbs.n, p->digest, &p->n_digest, hash_of(proof.alg),
                     NULL) == 1, "digest");
    p->n = der_of(proof.signature, p->signature);
}

static EVP_PKEY *
read_key(const char *path)
{
    FILE *f = fopen(path, "r");
    EVP_PKEY *key;

    check(f != NULL, path);
    key = PEM_read_PrivateKey(f, NULL, NULL, NULL);
    (void)fclose(f);
    check(key != NULL, path);
    return key;
}

/* ---- rounds ----------------------------------------------------------------- */

static double
seconds(void (*what)(void))
{
    double from = bench_clock();

    what();
    return bench_clock() - from;
}

/* Not inlined: what is counted begins and ends with it. */
static __attribute__((noinline)) void
measure(const char *name, size_t rounds)
{
    static double paths[ROUNDS_MAX], bares[ROUNDS_MAX], ratios[ROUNDS_MAX];
    size_t i;

    for (i = 0; i < rounds; i++) {
        if (i % 2 == 0)
            paths[i] = seconds(bench_path);
        bares[i] = seconds(bench_bare);
        if (i % 2 == 1)
            paths[i] = seconds(bench_path);
        ratios[i] = paths[i] / bares[i];
    }
    if (rounds > 1) /* one round is for counting instructions */
        printf("%s: %zu passes: whole path %.1f us, EVP_PKEY_verify %.1f us, ratio %.3f\n", name,
               n_passes, median(paths, rounds) / (double)n_passes * 1e6,
               median(bares, rounds) / (double)n_passes * 1e6, median(ratios, rounds));
}

int
main(int argc, char **argv)
{
    bool counted = argc > 2 && strcmp(argv[1], "--rounds") == 0;
    size_t rounds = counted ? strtoul(argv[2], NULL, 10) : 31;
    const char *trust;
    hp_error error;
    EVP_PKEY *key;
    int i;

    argv += counted ? 3 : 1;
    argc -= counted ? 3 : 1;
    check(argc > 3 && rounds > 0 && rounds <= ROUNDS_MAX,
          "usage: formats [--rounds N] NAME KEY TRUST FILE...");
    trust = argv[2];
    now = (double)time(NULL);
    ready = hp_keys_new(HP_KEYS);
    check(ready != NULL, "no memory");
    check(hp_policy_trusting(&trust, 1, NULL, false, &policy, &error) == HP_LOAD_OK, error.text);
    key = read_key(argv[1]);
    verifier = bench_verifier(key);
    for (i = 3; i < argc; i++)
        add_pass(argv[i], argv[0]);
    bench_path(); /* keys are made ready at first use */
    alloc_start(0);
    measure(argv[0], rounds);
    check(alloc_calls() == 0, "our own code allocates while judging");
    EVP_PKEY_free(key);
    hp_policy_free(policy);
    return 0;
}
