/*
 * Building a revocation index: whatever went in is in it and nothing else, however it came, and
 * whatever goes wrong leaves the index that was there.
 */
#include "unit.h"

#include "index.h"
#include "maker.h"
#include "revoke/builder_parts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NOW  MAKER_NOW
#define LAST HP_TIME_LAST

static hp_crypto *crypto;
static const char *path; /* of the index: below a folder of its own */

/* ---- steps of a build, each of which must work ------------------------------------------- */

static hp_builder *
new_with(size_t memory)
{
    hp_error error = { "" };
    hp_builder *b = hp_builder_new(crypto, path, memory, &error);

    if (b == NULL)
        fail_msg("%s", error.text);
    return b;
}

static unsigned
source(hp_builder *b, const char *name)
{
    hp_source s = { .feed = "test", .issued = NOW };
    hp_error error = { "" };
    unsigned nth;

    (void)snprintf(s.name, sizeof(s.name), "%s", name);
    if (!hp_builder_source(b, &s, &nth, &error))
        fail_msg("%s", error.text);
    return nth;
}

static hp_batch
batch_of(unsigned nth, hp_listed_kind kind, const char *id)
{
    hp_batch batch = { .kind = kind, .source = nth, .country = "XA", .expires = LAST,
                       .before = LAST };

    (void)snprintf(batch.id, sizeof(batch.id), "%s", id);
    return batch;
}

static uint32_t
batch_until(hp_builder *b, unsigned nth, hp_listed_kind kind, const char *id, double until)
{
    hp_batch batch = batch_of(nth, kind, id);
    hp_error error = { "" };
    uint32_t number;

    batch.expires = until;
    if (!hp_builder_batch(b, &batch, &number, &error))
        fail_msg("%s", error.text);
    return number;
}

static uint32_t
batch(hp_builder *b, unsigned nth, hp_listed_kind kind, const char *id)
{
    return batch_until(b, nth, kind, id, LAST);
}

/* A key that is known again in a dump: its first four bytes are the number. */
static const uint8_t *
key(uint32_t n)
{
    static uint8_t bytes[HP_LISTED];

    bytes[0] = (uint8_t)(n >> 24);
    bytes[1] = (uint8_t)(n >> 16);
    bytes[2] = (uint8_t)(n >> 8);
    bytes[3] = (uint8_t)n;
    return bytes;
}

static void
put(hp_builder *b, uint32_t nth, uint32_t n)
{
    assert_true(hp_builder_put(b, nth, key(n), NULL));
}

static void
drop(hp_builder *b, uint32_t nth, uint32_t n)
{
    assert_true(hp_builder_drop(b, nth, key(n), NULL));
}

static void
slice(hp_builder *b, uint32_t nth, unsigned digits, unsigned prefix, const char *filter)
{
    hp_slice s = { .kind = HP_SLICE_PREFIX, .kinds = HP_LISTED_BIT(HP_LISTED_UCI), .any_kid = true,
                   .digits = digits, .prefix = prefix, .batch = nth, .width = 4,
                   .filter = hp_str_of(filter) };
    hp_error error = { "" };

    if (!hp_builder_slice(b, &s, &error))
        fail_msg("%s", error.text);
}

static void
written_at(hp_builder *b, double made)
{
    hp_error error = { "" };

    if (!hp_builder_write(b, made, &error))
        fail_msg("%s", error.text);
    hp_builder_free(b);
}

static void
written(hp_builder *b)
{
    written_at(b, NOW);
}

static hp_index *
opened(void)
{
    hp_error error = { "" };
    hp_index *index = hp_index_open(crypto, path, HP_FILE_OWNED, NULL, &error);

    if (index == NULL || !hp_index_check(crypto, index, &error))
        fail_msg("%s", error.text);
    return index;
}

/* ---- what is in it --------------------------------------------------------------------------- */

/* "SOURCE ENTRIES/BATCHES ..: KEY:BATCH ..; DIGITS.PREFIX:BATCH=FILTER ..", in its own order. */
static const char *
dump(const hp_index *index)
{
    hp_index_walk walk = { .index = index };
    hp_str all = HP_STR("");
    uint8_t k[HP_LISTED];
    hp_batch of;
    hp_slice s;
    uint32_t i;

    for (i = 0; i < hp_index_sources(index); i++) {
        const hp_source *one = hp_index_source(index, i);

        all = MAKER_JOIN(all, maker_print("%s %u/%u ", one->name, one->entries, one->keys));
    }
    while (hp_index_next(&walk, k, &i)) {
        assert_true(hp_index_batch(index, i, &of));
        all = MAKER_JOIN(all, maker_print("%u:%s ", (unsigned)k[0] << 24 | (unsigned)k[1] << 16 |
                                          (unsigned)k[2] << 8 | k[3], of.id));
    }
    for (i = 0; i < hp_index_slices(index); i++) {
        assert_true(hp_index_slice(index, i, &s));
        assert_true(hp_index_batch(index, s.batch, &of));
        all = MAKER_JOIN(all, maker_print("%u.%x:%s=%.*s ", s.digits, s.prefix, of.id,
                                          (int)s.filter.n, (const char *)s.filter.p));
    }
    return maker_c_string(all);
}

static void
holds(const char *want)
{
    hp_index *index = opened();
    hp_str got = hp_str_trim(hp_str_of(dump(index)));

    assert_string_equal(maker_c_string(maker_copy(got)), want);
    hp_index_close(index);
}

static hp_index_answer
find(const hp_index *index, hp_listed_kind kind, uint32_t n)
{
    hp_query query = { .n = 1 };
    hp_batch hit;

    query.keys[0].kind = kind;
    memcpy(query.keys[0].hash, key(n), HP_LISTED);
    return index_find(crypto, index, &query, NOW, &hit);
}

/* Are there only the index and its lock in the folder? */
static void
nothing_is_left(void)
{
    DIR *dir = opendir(maker_c_string(maker_print("%s/index", maker_folder())));
    struct dirent *entry;

    assert_non_null(dir);
    while ((entry = readdir(dir)) != NULL) {
        if (strcmp(entry->d_name, "r") != 0 && strcmp(entry->d_name, "r.lock") != 0 &&
            entry->d_name[0] != '.')
            fail_msg("%s is left", entry->d_name);
    }
    (void)closedir(dir);
}

/* The folder is empty, whatever a test before this one left when it failed. */
static int
begin(void **state)
{
    static const char *const names[] = { "", ".lock", ".new", ".tmp" };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(names); i++)
        (void)unlink(maker_c_string(maker_print("%s%s", path, names[i])));
    return 0;
}

/* Two lists: "one" with batches a (uci) and b (signature), "two" with c (uci). */
static void
two_lists(void)
{
    hp_builder *b = new_with(0);
    unsigned one = source(b, "one"), two = source(b, "two");
    uint32_t a = batch(b, one, HP_LISTED_UCI, "a"), c = batch(b, two, HP_LISTED_UCI, "c");
    uint32_t s = batch(b, one, HP_LISTED_SIGNATURE, "b");

    put(b, c, 5);
    put(b, a, 3);
    put(b, s, 1);
    put(b, a, 5);
    put(b, s, 3);
    written(b);
}
#define TWO_LISTS "one 4/2 two 1/1 1:b 3:a 3:b 5:a 5:c"

static bool
keeps_named(void *context, const hp_source *s)
{
    return strcmp(context, s->name) == 0;
}

/* Keeps the source of that name, NULL for all, and what has not ended by now. */
static hp_index *
keep(hp_builder *b, const char *name, double now)
{
    hp_index *old = opened();
    hp_error error = { "" };

    if (!hp_builder_keep(b, old, name != NULL ? keeps_named : NULL,
                         (void *)(uintptr_t)name, now, &error))
        fail_msg("%s", error.text);
    return old;
}

/* ---- one build ------------------------------------------------------------------------------- */

static void
test_sources_mix(void **state)
{
    hp_index *index;
    hp_batch of;

    (void)state;
    two_lists();
    holds(TWO_LISTS);
    nothing_is_left();
    index = opened();
    assert_true(hp_index_made(index) == NOW);
    assert_int_equal(hp_index_kinds(index),
                     HP_LISTED_BIT(HP_LISTED_UCI) | HP_LISTED_BIT(HP_LISTED_SIGNATURE));
    assert_int_equal(find(index, HP_LISTED_UCI, 5), HP_INDEX_LISTED);
    assert_int_equal(find(index, HP_LISTED_SIGNATURE, 5), HP_INDEX_CLEAR);
    assert_int_equal(find(index, HP_LISTED_UCI, 4), HP_INDEX_CLEAR);
    assert_true(hp_index_batch(index, 2, &of));
    assert_string_equal(of.country, "XA");
    assert_true(of.expires == LAST && of.before == LAST && of.source == 0);
    hp_index_close(index);
}

static void
test_nothing_is_an_index(void **state)
{
    (void)state;
    written(new_with(0));
    holds("");
}

static void
test_equal_keys(void **state)
{
    hp_builder *b = new_with(0);
    unsigned one = source(b, "one");
    uint32_t a = batch(b, one, HP_LISTED_UCI, "a"), c = batch(b, one, HP_LISTED_UCI, "c");

    (void)state;
    put(b, a, 7);
    put(b, c, 7);
    put(b, a, 7);
    put(b, c, 7);
    written(b);
    holds("one 2/2 7:a 7:c");
}

/* What a batch says beside its keys comes back as it went in. */
static void
test_batches_come_back(void **state)
{
    hp_builder *b = new_with(0);
    hp_batch in = batch_of(source(b, "one"), HP_LISTED_RID, "a"), out;
    hp_source s = { .name = "" };
    hp_index *index;
    uint32_t nth;

    (void)state;
    memset(in.id, 'x', sizeof(in.id) - 1);
    memcpy(in.kid, "kid kid ", HP_KID);
    in.expires = NOW + 0.5;
    in.before = NOW - 1;
    in.country[0] = '\0';
    in.country[1] = '\0';
    assert_true(hp_builder_batch(b, &in, &nth, NULL));
    assert_int_equal(hp_builder_batches(b), 1);
    assert_string_equal(hp_builder_batch_at(b, nth)->id, in.id);
    s = *hp_builder_source_at(b, 0);
    s.dated = 77;
    s.entries = 99; /* counted by the builder */
    *hp_builder_source_at(b, 0) = s;
    written(b);
    index = opened();
    assert_true(hp_index_batch(index, 0, &out));
    assert_memory_equal(out.kid, in.kid, HP_KID);
    assert_string_equal(out.id, in.id);
    assert_string_equal(out.country, "");
    assert_true(out.kind == in.kind && out.expires == in.expires && out.before == in.before);
    assert_true(hp_index_source(index, 0)->dated == 77);
    assert_int_equal(hp_index_source(index, 0)->entries, 0);
    assert_int_equal(hp_index_source(index, 0)->keys, 1);
    hp_index_close(index);
}

static void
test_filters(void **state)
{
    hp_builder *b = new_with(0);
    unsigned one = source(b, "one"), two = source(b, "two");
    uint32_t a = batch(b, one, HP_LISTED_UCI, "a"), c = batch(b, two, HP_LISTED_UCI, "c");
    uint32_t gone = batch(b, two, HP_LISTED_UCI, "gone");
    hp_index *index;

    (void)state;
    slice(b, c, 3, 0xfff, "3fff");
    slice(b, gone, 1, 2, "gone");
    slice(b, a, 1, 2, "12aaAAAA");
    slice(b, a, 1, 1, "11aa");
    slice(b, c, 0, 0, "\0\0\0\1");
    put(b, a, 9);
    hp_builder_batch_drop(b, gone);
    written(b);
    holds("one 1/1 two 0/1 9:a 0.0:c= 1.1:a=11aa 1.2:a=12aaAAAA 3.fff:c=3fff");

    b = new_with(0);
    index = keep(b, "two", NOW);
    a = batch(b, source(b, "one"), HP_LISTED_UCI, "new");
    slice(b, a, 2, 0, "20nn");
    written(b);
    hp_index_close(index);
    holds("two 0/1 one 0/1 0.0:c= 2.0:new=20nn 3.fff:c=3fff");
}

/* A filter of more than what is copied at once. */
static void
test_a_long_filter(void **state)
{
    size_t n = 2 * BUILDER_CHUNK + 4;
    hp_str words = maker_fill(n, 0x5a);
    hp_slice s = { .kind = HP_SLICE_BLOOM, .kinds = HP_LISTED_BIT(HP_LISTED_UCI), .rounds = 127,
                   .kid = { 1 }, .filter = words, .sure = true };
    hp_builder *b = new_with(0);
    hp_index *index;
    int round;

    (void)state;
    s.batch = batch(b, source(b, "one"), HP_LISTED_UCI, "a");
    assert_true(hp_builder_slice(b, &s, NULL));
    written(b);
    for (round = 0; round < 2; round++) {
        index = opened();
        assert_true(hp_index_slice(index, 0, &s));
        assert_str_equal(s.filter, words);
        assert_true(s.sure && !s.any_kid && s.rounds == 127 && s.kid[0] == 1);
        b = new_with(0);
        assert_true(hp_builder_keep(b, index, NULL, NULL, NOW, NULL));
        written(b);
        hp_index_close(index);
    }
}

/* ---- changes of an older index ----------------------------------------------------------------- */

static void
test_one_source_is_replaced(void **state)
{
    hp_builder *b;
    hp_index *old;
    uint32_t n;

    (void)state;
    two_lists();
    b = new_with(0);
    old = keep(b, "two", NOW);
    assert_int_equal(hp_builder_sources(b), 1);
    n = batch(b, source(b, "one"), HP_LISTED_UCI, "n");
    assert_int_equal(n, 1);
    put(b, n, 5);
    put(b, n, 4);
    written(b);
    holds("two 1/1 one 2/1 4:n 5:c 5:n");
    /* Who opened the older one still reads it. */
    assert_string_equal(dump(old), TWO_LISTS " ");
    hp_index_close(old);
}

/* The kept batches have the first numbers, in their old order, whatever is left out. */
static void
test_a_delta(void **state)
{
    hp_builder *b;
    hp_index *old;
    uint32_t n;

    (void)state;
    two_lists();
    b = new_with(0);
    old = keep(b, NULL, NOW);
    assert_string_equal(hp_builder_batch_at(b, 2)->id, "b");
    n = batch(b, 0, HP_LISTED_UCI, "n");
    drop(b, n, 5);  /* one's, not two's */
    drop(b, n, 3);  /* the uci, not the signature */
    drop(b, n, 77); /* never there */
    put(b, n, 3);   /* back in the same delta */
    put(b, 0, 2);   /* to a batch that is kept */
    put(b, 0, 2);
    put(b, 1, 5);   /* is there already */
    written(b);
    hp_index_close(old);
    holds("one 4/3 two 1/1 1:b 2:a 3:b 3:n 5:c");
}

/* What is dropped may be named by a batch that does not stay. */
static void
test_a_drop_outlives_its_batch(void **state)
{
    hp_builder *b;
    hp_index *old;
    uint32_t n;

    (void)state;
    two_lists();
    b = new_with(0);
    old = keep(b, NULL, NOW);
    n = batch(b, 0, HP_LISTED_SIGNATURE, "n");
    drop(b, n, 1);
    put(b, n, 9);
    hp_builder_batch_drop(b, n);
    written(b);
    hp_index_close(old);
    holds("one 3/2 two 1/1 3:a 3:b 5:a 5:c");
}

static void
test_a_batch_is_dropped(void **state)
{
    hp_builder *b;
    hp_index *old;

    (void)state;
    two_lists();
    b = new_with(0);
    old = keep(b, NULL, NOW);
    hp_builder_batch_drop(b, 0);
    put(b, 0, 8);
    written(b);
    hp_index_close(old);
    holds("one 2/1 two 1/1 1:b 3:b 5:c");
}

static void
test_batches_end(void **state)
{
    hp_builder *b = new_with(0);
    unsigned one = source(b, "one");
    hp_index *old;

    (void)state;
    put(b, batch_until(b, one, HP_LISTED_UCI, "before", NOW + 1), 1);
    put(b, batch_until(b, one, HP_LISTED_UCI, "at", NOW + 2), 2);
    put(b, batch_until(b, one, HP_LISTED_UCI, "after", NOW + 3), 3);
    put(b, batch_until(b, one, HP_LISTED_UCI, "ended", NOW), 4);
    slice(b, 1, 0, 0, "\1\1\1\1");
    written(b);
    holds("one 3/3 1:before 2:at 3:after 0.0:at=\1\1\1\1");
    b = new_with(0);
    old = keep(b, NULL, NOW + 2);
    assert_int_equal(hp_builder_batches(b), 1);
    written_at(b, NOW + 2);
    hp_index_close(old);
    holds("one 1/1 3:after");
    /* There is no end at the last moment that can be said. */
    b = new_with(0);
    put(b, batch_until(b, source(b, "one"), HP_LISTED_UCI, "ever", LAST), 1);
    written_at(b, LAST);
    b = new_with(0);
    old = keep(b, NULL, LAST);
    written_at(b, LAST);
    hp_index_close(old);
    holds("one 1/1 1:ever");
}

/* ---- many ------------------------------------------------------------------------------------- */

/* splitmix64 (Steele, Lea, Flood 2014) */
static uint64_t
random_number(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

/* What an entry should be. */
typedef struct {
    uint8_t key[HP_LISTED];
    uint32_t batch;
} wanted;

static int
by_key(const void *a, const void *b)
{
    const wanted *one = a, *other = b;
    int order = memcmp(one->key, other->key, HP_LISTED);

    return order != 0 ? order : (one->batch > other->batch) - (one->batch < other->batch);
}

static size_t
sort_uniquely(wanted *all, size_t n)
{
    size_t i, out = 0;

    qsort(all, n, sizeof(*all), by_key);
    for (i = 0; i < n; i++) {
        if (out == 0 || by_key(&all[out - 1], &all[i]) != 0)
            all[out++] = all[i];
    }
    return out;
}

static void
holds_all(const wanted *all, size_t n)
{
    hp_index *index = opened();
    hp_index_walk walk = { .index = index };
    uint8_t k[HP_LISTED];
    uint32_t nth;
    size_t i;

    assert_int_equal(hp_index_entries(index), n);
    for (i = 0; i < n; i++) {
        assert_true(hp_index_next(&walk, k, &nth));
        assert_memory_equal(k, all[i].key, HP_LISTED);
        assert_int_equal(nth, all[i].batch);
    }
    hp_index_close(index);
}

/* Keys of many likenesses: random, of few first bytes, all but equal; one in eight twice. */
static void
make_key(uint64_t *state, wanted *all, size_t i)
{
    uint64_t r = random_number(state);

    memset(all[i].key, 0xff, HP_LISTED);
    all[i].batch = (uint32_t)(r >> 8) % 3;
    if (r % 8 == 0 && i > 0) {
        memcpy(all[i].key, all[(r >> 16) % i].key, HP_LISTED);
    } else if (r % 8 == 1) {
        memcpy(all[i].key + 13, &r, 3);
    } else if (r % 8 == 2) {
        all[i].key[0] = (uint8_t)(r >> 40);
    } else {
        memcpy(all[i].key, &r, 8);
        r = random_number(state);
        memcpy(all[i].key + 8, &r, 8);
    }
}

/* The least memory holds 3,276 entries: these take many runs, and the older index is one more. */
static void
test_many_runs(void **state)
{
    enum { HALF = 60000, N = 2 * HALF };
    wanted *all = calloc(N, sizeof(*all));
    hp_builder *b = new_with(0);
    uint64_t seed = 1;
    hp_index *old = NULL;
    uint32_t i;

    (void)state;
    (void)source(b, "one");
    for (i = 0; i < 3; i++)
        (void)batch(b, 0, HP_LISTED_UCI, "");
    for (i = 0; i < N; i++) {
        make_key(&seed, all, i);
        if (i == HALF) {
            assert_true(b->n_runs > 10);
            written(b);
            b = new_with(0);
            old = keep(b, NULL, NOW);
        }
        assert_true(hp_builder_put(b, all[i].batch, all[i].key, NULL));
    }
    written(b);
    hp_index_close(old);
    holds_all(all, sort_uniquely(all, N));
    free(all);
}

/* One below the limit and at it, of keys that come twice; and a guess that was too high. */
static void
test_the_directory_fits(void **state)
{
    static const struct {
        uint32_t entries;
        size_t lead;
    } rows[] = { { 0, 1 }, { 1, 1 }, { 499, 1 }, { 500, 2 }, { 501, 2 }, { 1999, 2 },
                 { 2000, 3 }, { 2001, 3 } };
    size_t i, lead, entry, bytes;
    struct stat st;
    uint32_t n;

    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        hp_builder *b = new_with(0);
        wanted *all = calloc(rows[i].entries + 1, sizeof(*all));

        b->one_byte = 500;
        b->two_bytes = 2000;
        (void)batch(b, source(b, "one"), HP_LISTED_UCI, "");
        for (n = 0; n < 5 * rows[i].entries; n++) {
            memcpy(all[n % rows[i].entries].key, key((n % rows[i].entries) * 0x1000193), HP_LISTED);
            assert_true(hp_builder_put(b, 0, all[n % rows[i].entries].key, NULL));
        }
        written(b);
        holds_all(all, sort_uniquely(all, rows[i].entries));
        assert_int_equal(stat(path, &st), 0);
        lead = rows[i].lead;
        entry = HP_LISTED - lead + INDEX_NUMBER;
        bytes = INDEX_HEADER + HP_SOURCE_ROW + INDEX_BATCH +
                (((size_t)1 << 8 * lead) + 1 + (lead == 3 ? 16385 : 0)) * 4;
        assert_int_equal(st.st_size, bytes + rows[i].entries * entry);
        free(all);
    }
}

/* ---- limits ----------------------------------------------------------------------------------- */

static void
says(const hp_error *error, const char *what)
{
    if (strncmp(error->text, path, strlen(path)) != 0 || strstr(error->text, what) == NULL)
        fail_msg("expected \"%s\": %s", what, error->text);
}

static void
test_sources_have_a_limit(void **state)
{
    hp_builder *b = new_with(0);
    hp_source s = { .name = "one more" };
    hp_error error;
    unsigned i;

    (void)state;
    for (i = 0; i < HP_SOURCES_MAX; i++)
        assert_int_equal(source(b, "s"), i);
    assert_false(hp_builder_source(b, &s, &i, &error));
    says(&error, "more than 64 lists");
    written(b);
}

static void
test_batches_have_a_limit(void **state)
{
    hp_builder *b = new_with(0);
    hp_batch one = batch_of(source(b, "one"), HP_LISTED_UCI, "");
    hp_error error;
    uint32_t nth;

    (void)state;
    assert_int_equal(b->batches_max, 1u << 24);
    b->batches_max = 2;
    assert_true(hp_builder_batch(b, &one, &nth, NULL));
    assert_true(hp_builder_batch(b, &one, &nth, NULL));
    assert_false(hp_builder_batch(b, &one, &nth, &error));
    says(&error, "more than 2 batches");
    assert_int_equal(hp_builder_batches(b), 2);
    hp_builder_free(b);
}

static void
test_filters_have_a_limit(void **state)
{
    hp_builder *b = new_with(0);
    hp_slice s = { .kind = HP_SLICE_PREFIX, .kinds = 1, .width = 1, .filter = HP_STR("a") };
    hp_error error;

    (void)state;
    s.batch = batch(b, source(b, "one"), HP_LISTED_SIGNATURE, "");
    assert_int_equal(b->slices_max, 1u << 20);
    b->slices_max = 2;
    assert_true(hp_builder_slice(b, &s, NULL));
    assert_true(hp_builder_slice(b, &s, NULL));
    assert_false(hp_builder_slice(b, &s, &error));
    says(&error, "more than 2 filters");
    hp_builder_free(b);
}

static void
test_entries_have_a_limit(void **state)
{
    hp_builder *b;
    hp_error error;
    int more;

    (void)state;
    two_lists();
    for (more = 0; more < 2; more++) {
        b = new_with(0);
        assert_int_equal(b->entries_max, 4000000000u);
        b->entries_max = 2;
        (void)batch(b, source(b, "one"), HP_LISTED_UCI, "a");
        put(b, 0, 1);
        put(b, 0, 1);
        put(b, 0, 2);
        if (more == 0) {
            put(b, 0, 3);
            assert_false(hp_builder_write(b, NOW, &error));
            says(&error, "more than 2 entries");
            hp_builder_free(b);
            holds(TWO_LISTS);
            nothing_is_left();
        } else {
            written(b);
            holds("one 2/1 1:a 2:a");
        }
    }
}

/* ---- what is wrong is told where it happens ------------------------------------------------------ */

static void
refuses_batch(hp_builder *b, const hp_batch *wrong, const char *what)
{
    hp_error error = { "" };
    uint32_t nth;

    assert_false(hp_builder_batch(b, wrong, &nth, &error));
    says(&error, what);
}

static void
test_wrong_batches(void **state)
{
    hp_builder *b = new_with(0);
    const hp_batch good = batch_of(source(b, "one"), HP_LISTED_UCI, "a");
    hp_batch wrong = good;

    (void)state;
    wrong.kind = HP_LISTED_KINDS_END;
    refuses_batch(b, &wrong, "kind");
    wrong = good;
    wrong.source = 1;
    refuses_batch(b, &wrong, "list that was not added");
    wrong = good;
    memset(wrong.id, 'x', sizeof(wrong.id));
    refuses_batch(b, &wrong, "name or country");
    wrong = good;
    wrong.id[0] = '\n';
    refuses_batch(b, &wrong, "name or country");
    wrong = good;
    wrong.country[2] = 'X';
    refuses_batch(b, &wrong, "name or country");
    wrong = good;
    wrong.expires = LAST * 2;
    refuses_batch(b, &wrong, "time");
    wrong = good;
    wrong.before = 0.0 / 0.0;
    refuses_batch(b, &wrong, "time");
    assert_int_equal(hp_builder_batches(b), 0);
    hp_builder_free(b);
}

static void
refuses_slice(hp_builder *b, const hp_slice *wrong, const char *what)
{
    hp_error error = { "" };

    assert_false(hp_builder_slice(b, wrong, &error));
    says(&error, what);
}

static void
test_wrong_filters(void **state)
{
    hp_builder *b = new_with(0);
    const hp_slice good = { .kind = HP_SLICE_PREFIX, .kinds = 1, .width = 4,
                            .filter = HP_STR("four"), .any_kid = true };
    hp_slice wrong = good;

    (void)state;
    refuses_slice(b, &good, "batch that was not added");
    (void)batch(b, source(b, "one"), HP_LISTED_SIGNATURE, "a");
    wrong.width = 3;
    refuses_slice(b, &wrong, "size");
    wrong = good;
    wrong.kinds = 0;
    refuses_slice(b, &wrong, "kind");
    wrong.kinds = HP_LISTED_ALL + 1;
    refuses_slice(b, &wrong, "kind");
    wrong = good;
    wrong.digits = 4;
    refuses_slice(b, &wrong, "digits");
    wrong.digits = 1;
    wrong.prefix = 16;
    refuses_slice(b, &wrong, "digits");
    wrong = good;
    wrong.kid[0] = 1;
    refuses_slice(b, &wrong, "any signer");
    assert_true(hp_builder_slice(b, &good, NULL));
    /* Keys that are not sorted would not be found: the read-back sees to what we do not look at. */
    written(b);
}

static void
test_wrong_steps(void **state)
{
    hp_builder *b = new_with(0);
    hp_index *old;
    hp_error error;

    (void)state;
    assert_false(hp_builder_put(b, 0, key(1), &error));
    says(&error, "batch that was not added");
    assert_false(hp_builder_drop(b, 0, key(1), &error));
    says(&error, "batch that was not added");
    (void)batch(b, source(b, "one"), HP_LISTED_UCI, "a");
    assert_true(hp_builder_write(b, NOW, NULL));
    assert_false(hp_builder_write(b, NOW, &error));
    says(&error, "once");
    assert_false(hp_builder_put(b, 0, key(1), &error));
    says(&error, "after the writing");
    hp_builder_free(b);
    old = opened();
    b = new_with(0);
    assert_true(hp_builder_keep(b, old, NULL, NULL, NOW, NULL));
    assert_false(hp_builder_keep(b, old, NULL, NULL, NOW, &error));
    says(&error, "before all else");
    hp_builder_free(b);
    hp_index_close(old);
    hp_builder_free(NULL);
}

/* Bytes that the reader would refuse are not put in force. */
static void
test_read_back(void **state)
{
    hp_builder *b;
    hp_error error;

    (void)state;
    two_lists();
    b = new_with(0);
    (void)batch(b, source(b, "one"), HP_LISTED_UCI, "a");
    b->sources[0].issued = -1;
    assert_false(hp_builder_write(b, NOW, &error));
    says(&error, "does not read back");
    hp_builder_free(b);
    holds(TWO_LISTS);
    nothing_is_left();
}

#define ENTRIES_AT \
    (off_t)(INDEX_HEADER + 2 * HP_SOURCE_ROW + 3 * INDEX_BATCH + 257 * 4) /* of TWO_LISTS */

/* n bytes of the index at that place become others; its header's digest does not cover them. */
static void
damage(off_t at, const void *bytes, size_t n)
{
    int fd = open(path, O_WRONLY);

    assert_true(fd >= 0 && pwrite(fd, bytes, n, at) == (ssize_t)n);
    assert_int_equal(close(fd), 0);
}

/* Rather nothing new than half of what was; and no good digest over what had a bad one. */
static void
test_a_damaged_older_index(void **state)
{
    off_t ends[] = { INDEX_HEADER, INDEX_HEADER + 2 * HP_SOURCE_ROW + 3, 0 };
    hp_error error;
    hp_index *old;
    hp_builder *b;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(ends); i++) {
        two_lists();
        old = opened();
        b = new_with(0);
        damage(ends[i] != 0 ? ends[i] : ENTRIES_AT, "\x07", 1);
        assert_false(hp_builder_keep(b, old, NULL, NULL, NOW, &error));
        says(&error, "is damaged");
        assert_false(hp_builder_write(b, NOW, &error));
        says(&error, "lost");
        hp_builder_free(b);
        hp_index_close(old);
        nothing_is_left();
    }
}

/* Somebody writes into the file in force while it is merged, though it is replaced by rename. */
static void
test_an_index_that_changes(void **state)
{
    static const struct {
        off_t at;
        const char *bytes;
    } rows[] = { { 0, "\xff\xff\xff" },    /* behind the next one now */
                 { 15, "\xff\xff\xff" } }; /* a batch that there is not */
    hp_error error;
    hp_index *old;
    hp_builder *b;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        two_lists();
        b = new_with(0);
        old = keep(b, NULL, NOW);
        damage(ENTRIES_AT + rows[i].at, rows[i].bytes, 3);
        assert_false(hp_builder_write(b, NOW, &error));
        says(&error, "is damaged at entry");
        hp_builder_free(b);
        hp_index_close(old);
        nothing_is_left();
    }
}

/* ---- the file --------------------------------------------------------------------------------- */

static void
test_mode_and_owner(void **state)
{
    struct stat st;

    (void)state;
    (void)umask(077);
    two_lists();
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0640);
    assert_int_equal(chmod(path, 0604), 0);
    if (geteuid() == 0)
        assert_int_equal(chown(path, 65534, 65533), 0);
    written(new_with(0));
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0604);
    if (geteuid() == 0) {
        assert_int_equal(st.st_uid, 65534);
        assert_int_equal(st.st_gid, 65533);
    }
}

static void
test_a_new_one_has_the_folders_group(void **state)
{
    const char *folder = maker_c_string(maker_print("%s/index", maker_folder()));
    struct stat st;

    (void)state;
    if (geteuid() != 0)
        UNIT_LEAVE_OUT("only root can give folders away");
    assert_int_equal(chown(folder, (uid_t)-1, 65533), 0);
    two_lists();
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_gid, 65533);
    assert_int_equal(chown(folder, (uid_t)-1, 0), 0);
}

static void
cannot_begin(const char *what)
{
    hp_error error = { "" };

    assert_null(hp_builder_new(crypto, path, 0, &error));
    says(&error, what);
}

static void
test_two_builders(void **state)
{
    hp_builder *b = new_with(0);

    (void)state;
    cannot_begin("another run has held it");
    hp_builder_free(b);
    /* Nothing was built: no lock is left to puzzle anybody. */
    assert_int_equal(access(maker_c_string(maker_print("%s.lock", path)), F_OK), -1);
    two_lists();
    b = new_with(0);
    cannot_begin("another run has held it");
    hp_builder_free(b);
    hp_builder_free(new_with(0));
    holds(TWO_LISTS);
}

static void
test_wrong_places(void **state)
{
    const char *real = path, *new = maker_c_string(maker_print("%s.new", path));

    (void)state;
    assert_int_equal(mkdir(new, 0700), 0);
    cannot_begin(".new: stands where a file of the build is to be made");
    assert_int_equal(rmdir(new), 0);
    path = maker_c_string(maker_print("%s/none/r", maker_folder()));
    cannot_begin("No such file");
    path = maker_c_string(maker_print("%s/index", maker_folder()));
    cannot_begin("is a folder");
    path = real;
    assert_int_equal(symlink("elsewhere", path), 0);
    cannot_begin("symbolic link");
    assert_int_equal(unlink(path), 0);
    nothing_is_left();
}

static void
test_what_a_killed_build_left(void **state)
{
    (void)state;
    (void)maker_file("index/r.new", HP_STR("half of one"));
    (void)maker_file("index/r.tmp", HP_STR("runs"));
    hp_builder_free(new_with(0));
    nothing_is_left();
    (void)maker_file("index/r.new", HP_STR("half of one"));
    two_lists();
    nothing_is_left();
}

/* ---- failing underneath ------------------------------------------------------------------------ */

/* A delta that uses everything: an older index, runs, filters, a second merge.  True: written. */
static bool
whole_build(void)
{
    hp_error error = { "" };
    hp_index *old = hp_index_open(crypto, path, 0, NULL, &error);
    hp_builder *b = old != NULL ? hp_builder_new(crypto, path, 0, &error) : NULL;
    hp_source s = { .name = "new" };
    hp_batch of = batch_of(2, HP_LISTED_UCI, "n");
    hp_slice filter = { .kind = HP_SLICE_PREFIX, .kinds = 2, .width = 1, .batch = 3,
                        .filter = HP_STR("abc") };
    unsigned nth;
    uint32_t i;
    bool good;

    if (b != NULL)
        b->one_byte = 4000;
    good = b != NULL && hp_builder_keep(b, old, NULL, NULL, NOW, &error) &&
           hp_builder_source(b, &s, &nth, &error) && hp_builder_batch(b, &of, &i, &error) &&
           hp_builder_slice(b, &filter, &error);
    for (i = 0; good && i < 5000; i++)
        good = hp_builder_put(b, 3, key(100 + i % 2), &error);
    good = good && hp_builder_write(b, NOW, &error);
    if (!good && strncmp(error.text, path, strlen(path)) != 0)
        fail_msg("an error that does not name the index: \"%s\"", error.text);
    hp_builder_free(b);
    hp_index_close(old);
    return good;
}
#define WHOLE "one 4/2 two 1/1 new 2/1 1:b 3:a 3:b 5:a 5:c 100:n 101:n 0.0:n=abc"

static void
test_memory_runs_out(void **state)
{
    size_t n = 0;
    bool good;

    (void)state;
    two_lists();
    do {
        alloc_start(++n);
        good = whole_build();
        alloc_start(0);
        if (!good)
            holds(TWO_LISTS);
        nothing_is_left();
    } while (!good);
    assert_true(n > 10);
    holds(WHOLE);
}

/* The disk is full after n bytes of any one file, for each n at which something is written. */
static void
test_the_disk_is_full(void **state)
{
    struct rlimit none, some;
    size_t n = 0;
    bool good;

    (void)state;
    two_lists();
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &none), 0);
    (void)signal(SIGXFSZ, SIG_IGN);
    do {
        some = none;
        some.rlim_cur = n;
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &some), 0);
        good = whole_build();
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
        if (!good)
            holds(TWO_LISTS);
        nothing_is_left();
        n += n < 400 ? 37 : 997;
    } while (!good && n < 400000);
    assert_true(good && n > 60000);
    holds(WHOLE);
}

/* What was lost on the way is not forgotten because somebody overlooked that a put failed. */
static void
test_a_failure_stays(void **state)
{
    struct rlimit none, some;
    hp_builder *b;
    hp_error error = { "" };
    uint32_t i;
    bool good = true;

    (void)state;
    two_lists();
    b = new_with(0);
    (void)batch(b, source(b, "one"), HP_LISTED_UCI, "a");
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &none), 0);
    some = none;
    some.rlim_cur = 1000;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &some), 0);
    for (i = 0; i < 4000 && good; i++)
        good = hp_builder_put(b, 0, key(i), &error);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
    assert_false(good);
    says(&error, "cannot be put by: File too large");
    assert_false(hp_builder_write(b, NOW, &error));
    says(&error, "lost");
    hp_builder_free(b);
    holds(TWO_LISTS);
}

/* ---- killed ------------------------------------------------------------------------------------- */

/* One build after the other, of indexes that differ in their number, until it is killed. */
static void
build_for_ever(uint32_t n)
{
    for (;; n++) {
        hp_builder *b = new_with(0);
        uint32_t i;

        (void)batch(b, source(b, "one"), HP_LISTED_UCI, "a");
        for (i = 0; i < 10000; i++)
            put(b, 0, i * n);
        written(b);
    }
}

static void
test_killed_at_any_moment(void **state)
{
    int rounds = getenv("HEALTHPASS_LONG") != NULL ? 200 : 20, status;
    uint64_t seed = (uint64_t)time(NULL);
    hp_index *index;
    pid_t child;

    (void)state;
    two_lists();
    print_message("# seed %ju\n", (uintmax_t)seed);
    while (rounds-- > 0) {
        child = fork();
        if (child == 0)
            build_for_ever((uint32_t)rounds + 1);
        (void)usleep((useconds_t)(random_number(&seed) % 60000));
        assert_int_equal(kill(child, SIGKILL), 0);
        assert_int_equal(waitpid(child, &status, 0), child);
        index = opened(); /* reads all of it */
        hp_index_close(index);
    }
    two_lists(); /* nobody holds the lock */
    holds(TWO_LISTS);
    nothing_is_left();
}

static int
set_up(void **state)
{
    (void)state;
    crypto = hp_crypto_new();
    path = strdup(maker_file("index/r", HP_STR("")));
    return crypto == NULL || path == NULL;
}

static int
tear_down(void **state)
{
    (void)state;
    hp_crypto_free(crypto);
    free((void *)(uintptr_t)path);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup(name, begin)

static const struct CMUnitTest tests[] = {
    TEST(test_sources_mix),
    TEST(test_nothing_is_an_index),
    TEST(test_equal_keys),
    TEST(test_batches_come_back),
    TEST(test_filters),
    TEST(test_a_long_filter),
    TEST(test_one_source_is_replaced),
    TEST(test_a_delta),
    TEST(test_a_drop_outlives_its_batch),
    TEST(test_a_batch_is_dropped),
    TEST(test_batches_end),
    TEST(test_many_runs),
    TEST(test_the_directory_fits),
    TEST(test_sources_have_a_limit),
    TEST(test_batches_have_a_limit),
    TEST(test_filters_have_a_limit),
    TEST(test_entries_have_a_limit),
    TEST(test_wrong_batches),
    TEST(test_wrong_filters),
    TEST(test_wrong_steps),
    TEST(test_read_back),
    TEST(test_a_damaged_older_index),
    TEST(test_an_index_that_changes),
    TEST(test_mode_and_owner),
    TEST(test_a_new_one_has_the_folders_group),
    TEST(test_two_builders),
    TEST(test_wrong_places),
    TEST(test_what_a_killed_build_left),
    TEST(test_memory_runs_out),
    TEST(test_the_disk_is_full),
    TEST(test_a_failure_stays),
    TEST(test_killed_at_any_moment),
};

UNIT_MAIN_WITH(tests, set_up, tear_down)
