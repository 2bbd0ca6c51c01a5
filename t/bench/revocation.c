/*
 * revocation N FOLDER [--exact]: a revocation index of N entries is built in FOLDER, changed by a
 * delta, opened and searched; what that costs is told beside the goals, of which one that is not
 * met makes the exit status 1.  With --exact only the answers count.
 *
 * Entries are in batches of 1,000, batches in 3 lists.  The key of entry i is two numbers of
 * splitmix64: no two are equal, and those from N on are absent.
 */
#include "measure.h"

#include "base/map.h"
#include "check/index_layout.h"
#include "revoke/builder.h"

#include <openssl/ec.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define BATCH   1000u
#define LISTS   3u
#define NOW     1625097600.0
#define DELTA   100000u
#define SAMPLE  1000000u  /* of what is present; and of each kind of look-up in a round */
#define ABSENT  10000000u
#define OPENS   101
#define ROUNDS  5
#define BARES   1000 /* bare verifications in a round */

#define GOAL_OPEN   10.0 /* milliseconds */
#define GOAL_LOOKUP 1.0  /* per cent of one bare verification */
#define GOAL_EXTRA  5.0  /* per cent of 16 bytes for each entry */

/* Beside the memory that was granted: directory, batches while their table grows, OpenSSL. */
#define OWN_MEMORY(batches) (HP_BUILDER_MEMORY + (96ul << 20) + 300ul * (batches))

static hp_crypto *crypto;
static uint64_t entries, changed; /* half of changed is taken out again, half comes on top */
static char path[4096];

/* ---- keys -------------------------------------------------------------------------------- */

/* Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014 */
static uint64_t
splitmix(uint64_t i)
{
    uint64_t z = (i + 1) * 0x9e3779b97f4a7c15;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

static void
key_of(uint64_t i, uint8_t key[HP_LISTED])
{
    uint64_t two[2] = { splitmix(2 * i), splitmix(2 * i + 1) };

    memcpy(key, two, sizeof(two));
}

static hp_listed_kind
kind_of(uint64_t batch)
{
    static const hp_listed_kind kinds[] = { HP_LISTED_SIGNATURE, HP_LISTED_UCI,
                                            HP_LISTED_COUNTRY_UCI };

    return kinds[batch / LISTS % 3];
}

static uint64_t
batches_of(uint64_t n)
{
    return (n + BATCH - 1) / BATCH;
}

/* Of those entries, every so-manieth is taken out by the delta. */
static uint64_t
taken_out(uint64_t nth)
{
    return nth * (entries / (changed / 2));
}

/* ---- building ----------------------------------------------------------------------------- */

static void
must(bool good, const hp_error *error)
{
    check(good, error->text);
}

static void
add_batches(hp_builder *builder, uint64_t from, uint64_t to)
{
    hp_batch batch = { .country = "XA", .expires = NOW + 86400 * 365, .before = HP_TIME_LAST };
    hp_error error;
    uint32_t nth;
    uint64_t i;

    for (i = from; i < to; i++) {
        batch.kind = kind_of(i);
        batch.source = (unsigned)(i % LISTS);
        (void)snprintf(batch.id, sizeof(batch.id), "%ju", (uintmax_t)i);
        must(hp_builder_batch(builder, &batch, &nth, &error), &error);
        check(nth == i, "the number of a batch");
    }
}

static void
add_entries(hp_builder *builder, uint64_t from, uint64_t to)
{
    uint8_t key[HP_LISTED];
    hp_error error;
    uint64_t i;

    add_batches(builder, batches_of(from), batches_of(to));
    for (i = from; i < to; i++) {
        key_of(i, key);
        must(hp_builder_put(builder, (uint32_t)(i / BATCH), key, &error), &error);
    }
}

static void
build(void)
{
    hp_error error;
    hp_builder *builder = hp_builder_new(crypto, path, HP_BUILDER_MEMORY, &error);
    hp_source source = { .feed = "bench", .issued = NOW, .dated = NOW };
    unsigned i, nth;

    must(builder != NULL, &error);
    for (i = 0; i < LISTS; i++) {
        (void)snprintf(source.name, sizeof(source.name), "list %u", i);
        must(hp_builder_source(builder, &source, &nth, &error), &error);
    }
    add_entries(builder, 0, entries);
    must(hp_builder_write(builder, NOW, &error), &error);
    hp_builder_free(builder);
}

static void
merge_delta(void)
{
    hp_error error;
    hp_builder *builder = hp_builder_new(crypto, path, HP_BUILDER_MEMORY, &error);
    hp_index *old = hp_index_open(crypto, path, HP_FILE_OWNED, NULL, &error);
    uint8_t key[HP_LISTED];
    uint64_t i;

    must(builder != NULL && old != NULL, &error);
    must(hp_builder_keep(builder, old, NULL, NULL, NOW, &error), &error);
    for (i = 0; i < changed / 2; i++) {
        key_of(taken_out(i), key);
        must(hp_builder_drop(builder, (uint32_t)(taken_out(i) / BATCH), key, &error), &error);
    }
    add_entries(builder, entries, entries + changed / 2);
    must(hp_builder_write(builder, NOW, &error), &error);
    hp_builder_free(builder);
    hp_index_close(old);
}

/* A sanitizer's own memory is beyond any limit. */
static void
limit_memory(void)
{
#ifndef HP_SANITIZED
    rlim_t most = OWN_MEMORY(batches_of(entries + changed));
    struct rlimit limit = { most, most };

    check(setrlimit(RLIMIT_DATA, &limit) == 0, "setrlimit");
#endif
}

/*
 * Each build is a process of its own.  Its memory is what it asked for, which is limited, and the
 * pages of the mapped indexes that it reads, which the kernel takes back when it needs them.
 */
static void
run(const char *what, void (*step)(void))
{
    double from = bench_clock(), took, cpu;
    struct rusage usage;
    int status;
    pid_t child = fork();

    check(child >= 0, "fork");
    if (child == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        limit_memory();
        step();
        _exit(0);
    }
    check(wait4(child, &status, 0, &usage) == child && status == 0, what);
    took = bench_clock() - from;
    cpu = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
          (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
    printf("%s: %.1f s, %.1f s of them on a CPU; peak RSS %ld MiB with mapped indexes, of which at "
           "most %ju MiB its own\n", what, took, cpu, usage.ru_maxrss / 1024,
        (uintmax_t)(OWN_MEMORY(batches_of(entries + changed)) >> 20));
}

/* ---- goals ---------------------------------------------------------------------------------- */

static bool
goal(bool met, const char *what, double is, const char *unit, double at_most)
{
    printf("goal: %s %.3g%s, at most %g%s: %s\n", what, is, unit, at_most, unit,
        met ? "met" : "NOT met");
    return met;
}

/* The file is in the page cache, and mapped anew each time. */
static bool
measure_open(void)
{
    static double times[OPENS];
    hp_error error;
    hp_index *index;
    size_t i;
    double ms;

    for (i = 0; i < OPENS; i++) {
        double from = bench_clock();

        index = hp_index_open(crypto, path, HP_FILE_OWNED, NULL, &error);
        times[i] = bench_clock() - from;
        must(index != NULL, &error);
        hp_index_close(index);
    }
    ms = median(times, OPENS) * 1e3;
    return goal(ms < GOAL_OPEN, "open", ms, " ms", GOAL_OPEN);
}

static bool
measure_extra(const hp_index *index)
{
    double bare = 16.0 * (double)hp_index_entries(index), extra;
    struct stat st;

    check(stat(path, &st) == 0, "stat");
    extra = ((double)st.st_size - bare) / bare * 100;
    printf("%ju entries in %u batches: a file of %ju bytes\n",
        (uintmax_t)hp_index_entries(index), hp_index_batches(index), (uintmax_t)st.st_size);
    return goal(extra <= GOAL_EXTRA, "extra memory", extra, " %", GOAL_EXTRA);
}

/* ---- answers --------------------------------------------------------------------------------- */

static void
ask_of(hp_query *query, uint64_t i, hp_listed_kind kind)
{
    query->n = 1;
    query->keys[0].kind = kind;
    key_of(i, query->keys[0].hash);
}

static uint64_t
min_of(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static bool
is_taken_out(uint64_t i)
{
    uint64_t step = entries / (changed / 2);

    return i % step == 0 && i / step < changed / 2;
}

/* An entry of that number is there, with its batch, or it was taken out. */
static bool
is_right(const hp_index *index, uint64_t i)
{
    hp_query query = { .n = 0 };
    hp_index_answer answer;
    hp_batch batch;
    uint32_t hit;

    ask_of(&query, i, kind_of(i / BATCH));
    answer = hp_index_find(crypto, index, &query, NOW, &hit);
    if (i < entries && is_taken_out(i))
        return answer == HP_INDEX_CLEAR;
    return answer == HP_INDEX_LISTED && hp_index_batch(index, hit, &batch) &&
           strtoull(batch.id, NULL, 10) == i / BATCH && batch.source == i / BATCH % LISTS;
}

/* All of the delta, and a sample of the rest, evenly spread. */
static bool
all_are_found(const hp_index *index)
{
    uint64_t n = min_of(SAMPLE, entries), wrong = 0, i;

    for (i = 0; i < n; i++)
        wrong += !is_right(index, i * (entries / n) + splitmix(i) % (entries / n));
    for (i = 0; i < changed / 2; i++)
        wrong += !is_right(index, entries + i) || !is_right(index, taken_out(i));
    printf("wrong among %ju listed keys and %ju that were taken out: %ju\n",
        (uintmax_t)(n + changed / 2), (uintmax_t)(changed / 2), (uintmax_t)wrong);
    return goal(wrong == 0, "missed", (double)wrong, "", 0);
}

static bool
none_is_refused(const hp_index *index, uint64_t absent)
{
    hp_query query = { .n = 0 };
    uint64_t refused = 0, i;
    uint32_t hit;

    for (i = 0; i < absent; i++) {
        ask_of(&query, (1ull << 40) + i, (hp_listed_kind)(i % 3));
        refused += hp_index_find(crypto, index, &query, NOW, &hit) != HP_INDEX_CLEAR;
    }
    printf("refused among %ju absent keys: %ju\n", (uintmax_t)absent, (uintmax_t)refused);
    return goal(refused == 0, "false refusals", (double)refused, "", 0);
}

/* ---- look-ups -------------------------------------------------------------------------------- */

/* What a look-up finds depends on its keys; they are made before the time runs. */
typedef struct {
    const char *what;
    size_t keys; /* in each query */
    bool present, named; /* named: the batch is decoded too, as for a line of the log */
    hp_query_key *all;
    double times[ROUNDS], shares[ROUNDS];
} lookup;

/* Of a full query the last key is listed, so that all of them are looked for. */
static void
make_keys(lookup *l)
{
    static const hp_listed_kind kinds[] = { HP_LISTED_SIGNATURE, HP_LISTED_UCI,
                                            HP_LISTED_COUNTRY_UCI, HP_LISTED_COUNTRY_UCI };
    uint64_t i, nth;

    l->all = calloc(SAMPLE, l->keys * sizeof(*l->all));
    check(l->all != NULL, "no memory");
    for (i = 0; i < SAMPLE * l->keys; i++) {
        bool listed = l->present && i % l->keys == l->keys - 1;

        nth = listed ? splitmix(i) % entries : (1ull << 41) + i;
        while (listed && is_taken_out(nth))
            nth++;
        key_of(nth, l->all[i].hash);
        l->all[i].kind = listed ? kind_of(nth / BATCH) : kinds[i % l->keys];
    }
}

/* Seconds of one. */
static double
look_up(const hp_index *index, const lookup *l)
{
    hp_query query = { .n = l->keys };
    size_t i, listed = 0;
    hp_batch batch;
    uint32_t hit;
    double from = bench_work();

    for (i = 0; i < SAMPLE; i++) {
        memcpy(query.keys, l->all + i * l->keys, l->keys * sizeof(*l->all));
        if (hp_index_find(crypto, index, &query, NOW, &hit) == HP_INDEX_LISTED)
            listed += !l->named || hp_index_batch(index, hit, &batch);
    }
    from = bench_work() - from;
    check(listed == (l->present ? SAMPLE : 0), "a look-up is wrong");
    return from / SAMPLE;
}

/* A signature of a throw-away key, and what verifies it. */
typedef struct {
    EVP_PKEY_CTX *ctx;
    uint8_t digest[32], signature[80];
    size_t n;
} bare;

static void
make_bare(bare *b)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    EVP_PKEY_CTX *sign = EVP_PKEY_CTX_new(key, NULL);

    memset(b->digest, 0x5a, sizeof(b->digest));
    b->n = sizeof(b->signature);
    check(EVP_PKEY_sign_init(sign) == 1 && EVP_PKEY_sign(sign, b->signature, &b->n, b->digest,
                                                         sizeof(b->digest)) == 1, "a signature");
    b->ctx = bench_verifier(key);
    EVP_PKEY_CTX_free(sign);
    EVP_PKEY_free(key);
}

static double
verify(const bare *b)
{
    double from = bench_work();
    size_t i;

    for (i = 0; i < BARES; i++)
        check(EVP_PKEY_verify(b->ctx, b->signature, b->n, b->digest, sizeof(b->digest)) == 1,
            "a signature does not hold");
    return (bench_work() - from) / BARES;
}

/*
 * What the machine's memory costs at this hour: a read somewhere in the index that waits for the
 * one before.  A look-up is two or three of them, and little else.
 */
static void
measure_memory(void)
{
    hp_error error;
    hp_map map;
    uint64_t at = 0, i;
    double from;

    must(hp_file_map(path, 0, &map, NULL, &error), &error);
    for (i = 0; i < map.n; i += 4096)
        at += map.p[i];
    from = bench_work();
    for (i = 0; i < SAMPLE; i++)
        at = splitmix(at + map.p[at % map.n]);
    from = bench_work() - from;
    hp_map_free(&map);
    printf("one read of the mapped index, anywhere: %.0f ns%s\n", from / SAMPLE * 1e9,
        at == 0 ? "." : "");
}

/* Both sides in turn: other work on the machine has caches and clocks in common with us. */
static bool
measure_lookups(const hp_index *index)
{
    static lookup all[] = { { .what = "one key, present", .keys = 1, .present = true },
                            { .what = "one key, absent", .keys = 1 },
                            { .what = "one key, present and its batch named", .keys = 1,
                              .present = true, .named = true },
                            { .what = "S U C C, present", .keys = 4, .present = true },
                            { .what = "S U C C, absent", .keys = 4 } };
    static double bares[ROUNDS];
    double share, worst = 0;
    size_t n = sizeof(all) / sizeof(all[0]), i, round;
    bare b;

    make_bare(&b);
    for (i = 0; i < n; i++) {
        make_keys(&all[i]);
        (void)look_up(index, &all[i]); /* now it is warm */
    }
    for (round = 0; round < ROUNDS; round++) {
        bares[round] = verify(&b);
        for (i = 0; i < n; i++) {
            all[i].times[round] = look_up(index, &all[i]);
            all[i].shares[round] = all[i].times[round] / bares[round] * 100;
        }
    }
    EVP_PKEY_CTX_free(b.ctx);
    printf("one bare EVP_PKEY_verify on P-256: %.1f us\n", median(bares, ROUNDS) * 1e6);
    for (i = 0; i < n; i++) {
        share = median(all[i].shares, ROUNDS);
        printf("warm look-up, %s: %.0f ns, %.2f %% of it\n", all[i].what,
            median(all[i].times, ROUNDS) * 1e9, share);
        if (all[i].keys == 1 && !all[i].named && share > worst)
            worst = share;
        free(all[i].all);
    }
    return goal(worst <= GOAL_LOOKUP, "warm look-up", worst, " % of one verification",
        GOAL_LOOKUP);
}

/* ---- the whole ------------------------------------------------------------------------------ */

static bool
measure_index(bool exact)
{
    hp_error error;
    hp_index *index = hp_index_open(crypto, path, HP_FILE_OWNED, NULL, &error);
    bool good;

    must(index != NULL && hp_index_check(crypto, index, &error), &error);
    check(hp_index_entries(index) == entries, "the number of entries");
    good = all_are_found(index);
    good = none_is_refused(index, exact ? entries : ABSENT) && good;
    good = (measure_extra(index) || exact) && good;
    if (!exact) {
        measure_memory();
        good = measure_lookups(index) && good;
    }
    hp_index_close(index);
    return good;
}

int
main(int argc, char **argv)
{
    bool exact = argc == 4 && strcmp(argv[3], "--exact") == 0, good;
    char *end;

    check(argc == 3 || exact, "usage: revocation N FOLDER [--exact]");
    entries = strtoull(argv[1], &end, 10);
    check(*end == '\0' && entries >= 2 * BATCH && entries % BATCH == 0 &&
              entries <= HP_INDEX_ENTRIES_MAX / 2,
        "N is a number of thousands, 2,000 at least");
    changed = min_of(DELTA, entries / 2 / BATCH * BATCH * 2);
    (void)snprintf(path, sizeof(path), "%s/index", argv[2]);
    crypto = hp_crypto_new();
    check(crypto != NULL, "no crypto");
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    printf("%ju entries, all made up:\n", (uintmax_t)entries);
    run("build", build);
    run("delta", merge_delta);
    good = exact || measure_open();
    good = measure_index(exact) && good;
    hp_crypto_free(crypto);
    return good ? 0 : 1;
}
