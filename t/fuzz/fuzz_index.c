/*
 * The bytes of a revocation index, as they are and with digests that hold: refused, or one in
 * which no look-up leaves the file; and one that holds when it is all read finds each of its
 * entries.
 */
#include "fuzz.h"

#include "check/index_layout.h"
#include "index.h"

#include <fcntl.h>
#include <unistd.h>

#define WALK_MAX 4096 /* entries and rows that are looked at of one input */

static hp_crypto *crypto;
static const char *path;
static int fd;

static void
set_up(void)
{
    if (crypto != NULL)
        return;
    crypto = hp_crypto_new();
    path = strdup(maker_file("index", HP_STR("")));
    MUST(crypto != NULL && path != NULL);
    fd = open(path, O_WRONLY | O_CLOEXEC);
    MUST(fd >= 0);
}

/* The batch of a hit has a source; its texts may be damaged. */
static void
named(const hp_index *index, uint32_t hit)
{
    hp_batch batch;

    MUST(hp_index_source_of(index, hit) != NULL);
    if (hp_index_batch(index, hit, &batch))
        MUST(hp_index_source(index, batch.source) == hp_index_source_of(index, hit) &&
             strlen(batch.id) < HP_BATCH_ID && strlen(batch.country) <= 2 &&
             batch.kind < HP_LISTED_KINDS_END);
}

/* Asks for the key in every kind, for a signer that a filter names. */
static void
ask(const hp_index *index, const uint8_t *key, hp_str kid, bool listed)
{
    hp_query query = { .n = HP_LISTED_KINDS_END, .kid = kid, .made = MAKER_NOW };
    hp_index_answer answer;
    uint32_t hit;
    size_t i;

    for (i = 0; i < query.n; i++) {
        query.keys[i].kind = (hp_listed_kind)i;
        memcpy(query.keys[i].hash, key, HP_LISTED);
    }
    answer = hp_index_find(crypto, index, &query, MAKER_NOW, &hit);
    MUST(answer <= HP_INDEX_DAMAGED);
    if (answer == HP_INDEX_LISTED || answer == HP_INDEX_MAYBE)
        named(index, hit);
    MUST(!listed || answer == HP_INDEX_LISTED);
}

/* Is the entry's batch one that counts now, for the pass that is asked for? */
static bool
counts(const hp_index *index, uint32_t nth)
{
    hp_batch batch;

    return hp_index_batch(index, nth, &batch) && MAKER_NOW < batch.expires &&
           MAKER_NOW < batch.before;
}

static void
entries(const hp_index *index, bool sound)
{
    hp_index_walk walk = { .index = index };
    uint8_t key[HP_LISTED], next[HP_LISTED];
    uint32_t batch, next_batch;
    uint64_t i;

    for (i = 0; i < hp_index_entries(index) && i < WALK_MAX; i++) {
        bool told = hp_index_entry(index, i, key, &batch);

        MUST(told || !sound);
        if (sound) {
            MUST(hp_index_next(&walk, next, &next_batch) && batch == next_batch);
            MUST(memcmp(key, next, HP_LISTED) == 0 && batch < hp_index_batches(index));
        }
        if (told)
            ask(index, key, HP_STR(""), sound && counts(index, batch));
    }
    while (hp_index_next(&walk, next, &next_batch) && walk.nth < WALK_MAX)
        ;
    MUST(!hp_index_entry(index, hp_index_entries(index), key, &batch));
}

static void
slices(const hp_index *index, size_t size, bool sound)
{
    uint8_t key[HP_LISTED] = { 0 };
    unsigned first; /* three digits */
    hp_slice slice;
    uint32_t i;

    for (i = 0; i < hp_index_slices(index) && i < WALK_MAX; i++) {
        bool told = hp_index_slice(index, i, &slice);

        MUST(told || !sound);
        if (!told)
            continue;
        MUST(slice.filter.n <= size && slice.digits <= 3 && slice.prefix < 1u << 12);
        first = slice.prefix << 4 * (3 - slice.digits);
        key[0] = (uint8_t)(first >> 4);
        key[1] = (uint8_t)(first << 4);
        ask(index, key, (hp_str){ slice.kid, HP_KID }, false);
    }
}

static void
read_index(hp_str s)
{
    hp_error error = { "" };
    hp_index *index;
    bool sound;

    MUST(pwrite(fd, s.p, s.n, 0) == (ssize_t)s.n && ftruncate(fd, (off_t)s.n) == 0);
    index = hp_index_open(crypto, path, 0, NULL, &error);
    if (index == NULL) {
        MUST(strncmp(error.text, path, strlen(path)) == 0);
        return;
    }
    sound = hp_index_check(crypto, index, &error);
    MUST(sound || strncmp(error.text, path, strlen(path)) == 0);
    MUST((hp_index_kinds(index) & ~HP_LISTED_ALL) == 0);
    entries(index, sound);
    slices(index, s.n, sound);
    hp_index_close(index);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    uint8_t *sealed;

    set_up();
    read_index((hp_str){ p, n });
    sealed = malloc(n + 1);
    MUST(sealed != NULL);
    if (n > 0)
        memcpy(sealed, p, n);
    index_seal(crypto, sealed, n);
    read_index((hp_str){ sealed, n });
    free(sealed);
    return 0;
}

/* n keys, each two alike in two of three batches, and filters of both sorts. */
static hp_str
index_of(size_t n, unsigned lead, size_t n_slices)
{
    static const uint8_t some[12] = "\xbc\xd1\xff\xff\xbc\xd2\xff\xff\xff\xff\xff\xff";
    static const hp_source source = { .name = "a list", .feed = "gateway" };
    static const hp_batch batches[] = {
        { HP_LISTED_UCI, 0, "all", "XA", "kid of a", HP_TIME_LAST, HP_TIME_LAST },
        { HP_LISTED_RID, 0, "before", "", "", HP_TIME_LAST, MAKER_EXP },
        { HP_LISTED_SIGNATURE, 0, "ended", "XA", "", MAKER_NOW, HP_TIME_LAST } };
    static const hp_slice all[] = {
        { .kinds = 2, .kid = "kid of a", .batch = 2, .rounds = 3, .filter = { some, 8 } },
        { .kinds = 2, .kid = "kid of a", .digits = 1, .prefix = 0xa, .rounds = 9,
          .filter = { some, 12 } },
        { .kinds = 19, .any_kid = true, .digits = 3, .prefix = 0xbcd, .sure = true, .width = 4,
          .kind = HP_SLICE_PREFIX, .filter = { some, 8 } } };
    index_key keys[200] = { { { 0 }, 0 } };
    index_made made = { .lead = lead, .made = MAKER_NOW, .kinds = 0x13, .sources = &source,
                        .n_sources = 1, .batches = batches, .n_batches = 3, .slices = all,
                        .n_slices = n_slices, .keys = keys, .n_keys = n };
    hp_bytes bytes;
    hp_str s;
    size_t i;

    for (i = 0; i < n; i++) {
        keys[i].key[0] = (uint8_t)(i / 2);
        keys[i].batch = (uint32_t)(i % 2 + i / 2 % 2);
    }
    bytes = index_bytes(crypto, &made);
    s = maker_copy((hp_str){ bytes.p, bytes.n });
    hp_bytes_free(&bytes);
    return s;
}

void
fuzz_seeds(void (*put)(const char *name, hp_str seed))
{
    set_up();
    put("empty", index_of(0, 1, 0));
    put("one", index_of(1, 1, 0));
    put("many", index_of(200, 1, 0));
    put("filters", index_of(0, 1, 3));
    put("both", index_of(9, 1, 3));
    put("header", maker_copy((hp_str){ index_of(0, 1, 0).p, INDEX_HEADER }));
}
