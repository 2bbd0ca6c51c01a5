/*
 * bench [--rounds N] [--es256] [--lists] [--rules FILE] [--set FOLDER]: what judging a pass costs,
 * counted against one bare EVP_PKEY_verify of the same passes in the same run: digest ready,
 * context kept.
 *
 * Passes are made here (32 P-256 keys, 8 RSA keys; each kind of entry) or come from a
 * folder: trust/ and a file passes, each line a moment, a tab and a text.  Only passes that
 * are accepted count.  Both sides are timed in turn; the ratio is the median of the rounds.
 * With rules of a gate in XA, all passes that are made are vaccinations, and at least RULES of
 * the rules are about them.  With lists, each pass is looked up in an index of hashes of every
 * kind that is published, and in a deny list.  Also how long a full trust store takes to open.
 */
#include "alloc.h"
#include "base/file.h"
#include "check/store.h"
#include "codec/cose.h"
#include "hp.h"
#include "index.h"
#include "maker.h"
#include "measure.h"
#include "policy/policy.h"

#include <dirent.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>

#define KEYS_MAX   1024
#define PASSES_MAX 2048
#define RULES      14

/* A public key with a context that is kept. */
typedef struct {
    uint8_t kid[HP_KID];
    EVP_PKEY_CTX *ctx;
    bool es256;
} bench_key;

/* A pass, and what its bare verification needs. */
typedef struct {
    hp_str text;
    double now;
    const bench_key *key;
    uint8_t digest[SHA256_DIGEST_LENGTH];
    uint8_t signature[HP_SIGN_MAX];
    size_t n;
} bench_pass;

static bench_key keys[KEYS_MAX];
static size_t n_keys;
static bench_pass passes[PASSES_MAX];
static size_t n_passes;
static hp_policy *policy;
static uint8_t buffer[HP_MEMORY];
static hp_keys *ready; /* as a wrapper has them */
static const char *rules; /* NULL: content is not judged */
static bool lists;        /* passes are looked up in lists of withdrawn ones */

/* ---- what is measured ------------------------------------------------------- */

void bench_path(bool es256);
void bench_bare(bool es256);

/* The whole way of each pass of this algorithm. */
__attribute__((noinline)) void
bench_path(bool es256)
{
    hp_memory memory = { buffer, sizeof(buffer), 0 };
    hp_verdict verdict;
    size_t i;

    for (i = 0; i < n_passes; i++) {
        hp_ask ask = { .text = passes[i].text, .now = passes[i].now, .any_now = true,
                       .keys = ready };

        if (passes[i].key->es256 == es256 && hp_verify(policy, &ask, &memory, &verdict) != HP_OK)
            check(false, "a pass is refused");
    }
}

/* Their signatures, and nothing else. */
__attribute__((noinline)) void
bench_bare(bool es256)
{
    size_t i;

    for (i = 0; i < n_passes; i++) {
        const bench_pass *p = &passes[i];

        if (p->key->es256 == es256 && EVP_PKEY_verify(p->key->ctx, p->signature, p->n, p->digest,
                                                      sizeof(p->digest)) != 1)
            check(false, "a signature does not hold");
    }
}

/* What the rules say to one pass that is read already, as often as there are passes. */
static void
bench_rules(bool es256)
{
    static uint8_t space[HP_MEMORY];
    hp_memory memory = { buffer, sizeof(buffer), 0 };
    hp_arena arena = hp_arena_over(space, sizeof(space));
    static hp_pass pass;
    hp_ask ask = { .text = passes[0].text, .now = passes[0].now, .any_now = true, .keys = ready,
                   .keep = &pass };
    hp_law_ask asked = { .now = ask.now, .visit = ask.now,
                         .kid = { passes[0].key->kid, HP_KID }, .format = "hc1" };
    hp_verdict verdict;
    const char *rule;
    hp_reason why;
    size_t i;

    (void)es256;
    check(hp_verify(policy, &ask, &memory, &verdict) == HP_OK, "a pass is refused");
    asked.issuer = pass.issuer;
    for (i = 0; i < n_passes; i++)
        check(hp_law_met(&policy->law, &pass, &asked, &arena, &rule, &why), "a rule fails");
    hp_done(&memory);
}

/* ---- keys and passes -------------------------------------------------------- */

static void
add_key(X509 *x509)
{
    bench_key *key = &keys[n_keys++];
    EVP_PKEY *pkey = X509_get_pubkey(x509);
    uint8_t digest[SHA256_DIGEST_LENGTH];
    unsigned n = sizeof(digest);

    check(n_keys <= KEYS_MAX && X509_digest(x509, EVP_sha256(), digest, &n) == 1, "key");
    memcpy(key->kid, digest, HP_KID);
    key->es256 = EVP_PKEY_get_base_id(pkey) == EVP_PKEY_EC;
    key->ctx = bench_verifier(pkey);
    EVP_PKEY_free(pkey);
}

static void
add_keys_of(const char *folder)
{
    DIR *dir = opendir(folder);
    struct dirent *entry;

    check(dir != NULL, folder);
    while ((entry = readdir(dir)) != NULL) {
        char path[4096];
        X509 *x509;
        FILE *f;

        if (entry->d_name[0] == '.')
            continue;
        (void)snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
        f = fopen(path, "r");
        check(f != NULL, path);
        x509 = PEM_read_X509(f, NULL, NULL, NULL);
        check(x509 != NULL, path);
        add_key(x509);
        X509_free(x509);
        (void)fclose(f);
    }
    (void)closedir(dir);
}

/* r || s as DER. */
static size_t
der_of(hp_str raw, uint8_t *out)
{
    ECDSA_SIG *sig = ECDSA_SIG_new();
    int n;

    check(ECDSA_SIG_set0(sig, BN_bin2bn(raw.p, 32, NULL), BN_bin2bn(raw.p + 32, 32, NULL)) == 1,
        "r and s");
    n = i2d_ECDSA_SIG(sig, &out);
    ECDSA_SIG_free(sig);
    return (size_t)n;
}

/* Which of the keys with this id signed it?  Fills in what the bare verification needs. */
static bool
find_signer(bench_pass *p, const hp_proof *proof)
{
    (void)SHA256(proof->tbs.p, proof->tbs.n, p->digest);
    for (size_t i = 0; i < n_keys; i++) {
        if (proof->kid.n != HP_KID || memcmp(keys[i].kid, proof->kid.p, HP_KID) != 0)
            continue;
        if (keys[i].es256) {
            p->n = der_of(proof->signature, p->signature);
        } else {
            memcpy(p->signature, proof->signature.p, proof->signature.n);
            p->n = proof->signature.n;
        }
        p->key = &keys[i];
        if (EVP_PKEY_verify(p->key->ctx, p->signature, p->n, p->digest, sizeof(p->digest)) == 1)
            return true;
    }
    return false;
}

/* Takes a pass in if it is accepted. */
static void
add_pass(hp_str text, double now)
{
    hp_memory memory = { buffer, sizeof(buffer), 0 };
    hp_ask ask = { .text = text, .now = now, .any_now = true, .keys = ready };
    hp_arena arena = hp_arena_over(buffer, sizeof(buffer));
    bench_pass *p = &passes[n_passes];
    hp_verdict verdict;
    hp_proof proof;
    hp_reason why;

    if (hp_verify(policy, &ask, &memory, &verdict) != HP_OK)
        return;
    check(n_passes < PASSES_MAX, "too many passes");
    check(hp_format_hc1.open(hp_format_trim(text), &arena, &proof, &why), "open");
    check(find_signer(p, &proof), "no signer");
    p->text = text;
    p->now = now;
    n_passes++;
}

/* From now on they decide. */
static void
load_rules(void)
{
    hp_error error;

    policy->rules = hp_ruleset_new();
    check(policy->rules != NULL, "no memory");
    if (!hp_ruleset_add(policy->rules, rules, 0, &policy->watch, NULL, NULL, &error) ||
        !hp_ruleset_close(policy->rules, &error))
        check(false, error.text);
    policy->settings.rules = HP_RULES_DOCUMENTS;
    policy->law = (hp_law){ .set = policy->rules, .country = HP_STR("XA"),
                            .region = HP_STR("") };
}

/* 999 entries of nobody, a third of each kind that the EU publishes, and ten blocks of each. */
static void
load_lists(void)
{
    static const hp_listed_kind kinds[] = { HP_LISTED_SIGNATURE, HP_LISTED_UCI,
                                            HP_LISTED_COUNTRY_UCI };
    static hp_batch batches[3];
    static index_key entries[999];
    hp_source source = { .name = "bench", .feed = "list" };
    index_made made = { .lead = 1, .kinds = 7, .sources = &source, .n_sources = 1,
                        .batches = batches, .n_batches = 3, .keys = entries, .n_keys = 999 };
    hp_revocation *r = &policy->lists.revocation;
    hp_str blocks = HP_STR(HP_DENY_HEAD);
    hp_bytes bytes;
    hp_error error;
    size_t i;

    for (i = 0; i < 3; i++)
        batches[i] = (hp_batch){ .kind = kinds[i], .expires = HP_TIME_LAST,
                                 .before = HP_TIME_LAST };
    for (i = 0; i < 999; i++) {
        entries[i].key[0] = (uint8_t)(i * 256 / 999);
        index_number(entries[i].key + 1, i * 0x9E3779B97F4A7C15u, 8);
        entries[i].batch = (uint32_t)(i % 3);
    }
    for (i = 0; i < 30; i++)
        blocks = MAKER_JOIN(blocks, maker_print("%c %032zx added=2021-06-01T00:00:00Z\n",
                                                "SUC"[i % 3], i));
    bytes = index_bytes(policy->crypto, &made);
    r->indexes[r->n++] = hp_index_open(policy->crypto, maker_file("index", (hp_str){ bytes.p,
                                       bytes.n }), 0, NULL, &error);
    hp_bytes_free(&bytes);
    r->deny = hp_deny_read("bench", blocks, &error);
    check(r->indexes[0] != NULL && r->deny != NULL, error.text);
}

static void
load_policy(const char *trust)
{
    hp_error error;

    ready = hp_keys_new(HP_KEYS);
    check(ready != NULL, "no memory");
    if (hp_policy_trusting(&trust, 1, NULL, false, &policy, &error) != HP_LOAD_OK)
        check(false, error.text);
    if (rules != NULL)
        load_rules();
    if (lists)
        load_lists();
    add_keys_of(trust);
}

/*
 * 32 keys with 10 passes each, 8 RSA keys with 4; each pass is another person's.  Where rules are,
 * all are vaccinations.
 */
static void
make_passes(bool es256_only)
{
    static const char *const kinds[] = { MAKER_V, MAKER_T, MAKER_R };
    static const maker_key *made[40];
    static hp_str texts[400];
    size_t n = 0, i, j;

    for (i = 0; i < (es256_only ? 32u : 40u); i++) {
        made[i] = maker_key_new(i < 32 ? HP_ALG_ES256 : HP_ALG_PS256, "");
        (void)maker_file(maker_c_string(maker_print("trust/%zu.pem", i)),
            hp_str_of(made[i]->pem));
        for (j = 0; j < (i < 32 ? 10u : 4u); j++, n++) {
            hp_str json = maker_replace(hp_str_of(kinds[rules != NULL ? 0 : n % 3]), HP_STR("Erna"),
                maker_print("Erna Nummer %zu", n));

            texts[n] = maker_pass(made[i], maker_c_string(json));
        }
    }
    load_policy(maker_c_string(maker_print("%s/trust", maker_folder())));
    for (i = 0; i < n; i++)
        add_pass(texts[i], MAKER_NOW);
    check(n_passes == n, "a pass that was made is refused");
}

static void
read_passes(const char *folder)
{
    FILE *f = fopen(maker_c_string(maker_print("%s/passes", folder)), "r");
    static char line[2 * HP_TEXT_MAX];
    char *tab;

    check(f != NULL, "no file passes");
    load_policy(maker_c_string(maker_print("%s/trust", folder)));
    while (fgets(line, sizeof(line), f) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        tab = strchr(line, '\t');
        check(tab != NULL, "no tab");
        add_pass(maker_copy(hp_str_of(tab + 1)), strtod(line, NULL));
    }
    (void)fclose(f);
}

/* ---- rounds ----------------------------------------------------------------- */

static double
seconds(void (*what)(bool), bool es256)
{
    double from = bench_clock();

    what(es256);
    return bench_clock() - from;
}

static void
measure(bool es256, size_t rounds)
{
    static double paths[ROUNDS_MAX], bares[ROUNDS_MAX], ratios[ROUNDS_MAX];
    size_t n = 0, signers = 0, i;
    double path;

    for (i = 0; i < n_passes; i++)
        n += passes[i].key->es256 == es256;
    for (i = 0; i < n_keys; i++)
        signers += keys[i].es256 == es256;
    if (n == 0)
        return;
    for (i = 0; i < rounds; i++) {
        if (i % 2 == 0)
            paths[i] = seconds(bench_path, es256);
        bares[i] = seconds(bench_bare, es256);
        if (i % 2 == 1)
            paths[i] = seconds(bench_path, es256);
        ratios[i] = paths[i] / bares[i];
    }
    path = median(paths, rounds) / (double)n;
    printf("%s: %zu passes, %zu keys: whole path %.1f us, EVP_PKEY_verify %.1f us, ratio %.3f; "
           "%.0f decisions per second and core\n",
        es256 ? "ES256" : "PS256", n, signers, path * 1e6,
        median(bares, rounds) / (double)n * 1e6, median(ratios, rounds), 1 / path);
}

static void
count_rule(void *context, const hp_rule *rule, hp_rule_result result)
{
    (void)rule;
    (void)result;
    ++*(size_t *)context;
}

static void
measure_rules(size_t rounds)
{
    static double times[ROUNDS_MAX];
    hp_memory memory = { buffer, sizeof(buffer), 0 };
    size_t n = 0, i;
    hp_ask ask = { .text = passes[0].text, .now = passes[0].now, .any_now = true, .keys = ready,
                   .told = count_rule, .told_context = &n };
    hp_verdict verdict;
    double one;

    check(hp_verify(policy, &ask, &memory, &verdict) == HP_OK && n >= RULES, "too few rules");
    for (i = 0; i < rounds; i++)
        times[i] = seconds(bench_rules, true);
    one = median(times, rounds) / (double)n_passes;
    printf("rules: %zu of %zu are about a pass: %.1f us, %.0f decisions per second and core\n", n,
        hp_ruleset_count(policy->rules), one * 1e6, 1 / one);
}

/* ---- a full store ------------------------------------------------------------- */

/* As many keys as fit, each with an id and bytes of its own, none of them read. */
static const char *
full_store(hp_crypto *crypto)
{
    hp_records list = { .env = HP_ENV_PROD };
    const char *path;
    hp_bytes bytes;
    uint8_t spki[91] = { 0 }; /* as long as a key on P-256 */
    uint32_t i;

    check(hp_records_source(&list, "full", "bench") != NULL, "no memory");
    for (i = 0; i < HP_TRUST_KEYS_MAX; i++) {
        hp_record r = { .domains = HP_DOMAIN_DCC, .usage = HP_USE_ALL, .country = "XA",
                        .spki = { spki, sizeof(spki) }, .valid = { MAKER_FROM, MAKER_TO } };

        memcpy(spki, &i, sizeof(i));
        check(hp_sha256(crypto, &r.spki, 1, r.digest), "digest");
        r.kid = (hp_str){ r.digest, HP_KID };
        check(hp_records_keep(&list, &r.kid) && hp_records_keep(&list, &r.spki) &&
              hp_records_put(&list, &r), "a record");
    }
    check(hp_store_write(crypto, &list, MAKER_NOW, &bytes, NULL), "a store");
    path = maker_file("full.store", (hp_str){ bytes.p, bytes.n });
    hp_bytes_free(&bytes);
    hp_records_free(&list);
    return path;
}

/* Of this process: the file is in the page cache, and other work on the machine does not count. */
static double
open_store(hp_crypto *crypto, const char *path)
{
    hp_watch watch = { NULL, 0, false };
    double from = bench_work();
    hp_trust *trust;

    trust = hp_trust_new(crypto, NULL);
    check(hp_trust_add(trust, path, HP_FILE_OWNED, &watch, NULL) == HP_TRUST_ADDED &&
          hp_trust_close(trust, NULL), "the store does not open");
    from = bench_work() - from;
    hp_trust_free(trust);
    hp_watch_free(&watch);
    return from;
}

static void
measure_store(size_t rounds)
{
    static double times[ROUNDS_MAX];
    hp_crypto *crypto = hp_crypto_new();
    const char *path = full_store(crypto);
    size_t i;

    for (i = 0; i < rounds; i++)
        times[i] = open_store(crypto, path);
    printf("a store of %d keys opens in %.1f ms of CPU time\n", HP_TRUST_KEYS_MAX,
        median(times, rounds) * 1e3);
    hp_crypto_free(crypto);
}

int
main(int argc, char **argv)
{
    const char *set = NULL;
    bool es256_only = false;
    size_t rounds = 31;
    int i;

    for (i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--rounds") == 0 && i + 1 < argc)
            rounds = strtoul(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--es256") == 0)
            es256_only = true;
        else if (strcmp(argv[i], "--set") == 0 && i + 1 < argc)
            set = argv[++i];
        else if (strcmp(argv[i], "--rules") == 0 && i + 1 < argc)
            rules = argv[++i];
        else if (strcmp(argv[i], "--lists") == 0)
            lists = true;
        else
            check(false, "usage: bench [--rounds N] [--es256] [--lists] [--rules FILE] "
                         "[--set FOLDER]");
    }
    check(rounds > 0 && rounds <= ROUNDS_MAX, "rounds");
    if (set != NULL)
        read_passes(set);
    else
        make_passes(es256_only);
    alloc_start(0);
    measure(true, rounds);
    measure(false, rounds);
    if (rules != NULL)
        measure_rules(rounds);
    printf("allocations of our own code while judging: %zu\n", alloc_calls());
    hp_policy_free(policy);
    if (alloc_calls() != 0)
        return 1;
    if (set == NULL && rules == NULL && !lists && !es256_only)
        measure_store(rounds);
    return 0;
}
