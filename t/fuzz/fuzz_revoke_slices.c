/*
 * A mirror of the EU distribution service: lists, partitions and one slice, divided by zero bytes
 * in the input; "@" in the partitions stands for the slice's hash, so that changed slices are
 * read too.  What is taken can be looked up, and the slice is also read as an archive.
 */
#include "fuzz.h"

#include "codec/zip.h"
#include "lists.h"
#include "revoke/slice.h"
#include "revoker.h"

unsigned fuzz_costs = 60; /* each input is brought to the disk */

#define DIST  "dist/U5vvB3k2Cj4/"
#define LISTS "[{\"kid\":\"U5vvB3k2Cj4=\",\"mode\":\"POINT\",\"hashTypes\":[\"UCI\"],\"expires\":" \
              "\"2030-01-01T00:00:00Z\",\"lastUpdated\":\"2021-06-01T00:00:00Z\"}]"
#define PARTITIONS(type)                                                                        \
    "[{\"kid\":\"U5vvB3k2Cj4=\",\"id\":null,\"x\":null,\"y\":null,\"expired\":"                 \
    "\"2030-01-01T00:00:00Z\",\"chunks\":{\"f\":{\"2030-01-01T00:00:00Z\":{\"type\":\"" type   \
    "\",\"hash\":\"@\"}}}}]"

/* Cuts what stands before the next zero byte off the input. */
static hp_str
cut(hp_str *input)
{
    const uint8_t *zero = input->n > 0 ? memchr(input->p, 0, input->n) : NULL;
    hp_str part = { input->p, zero != NULL ? (size_t)(zero - input->p) : input->n };

    *input = hp_str_from(*input, part.n + (zero != NULL));
    return part;
}

static void
take(hp_str lists, hp_str partitions, hp_str slice)
{
    static const uint8_t key[HP_LISTED] = { 0xff, 0x85 };
    const char *hash = maker_c_string(pki_hex(pki_sha256(slice)));
    const uint8_t *at = partitions.n > 0 ? memchr(partitions.p, '@', partitions.n) : NULL;
    hp_str head = { partitions.p, at != NULL ? (size_t)(at - partitions.p) : partitions.n };
    revoker one;

    if (at != NULL)
        partitions = MAKER_JOIN(head, hp_str_of(hash), hp_str_from(partitions, head.n + 1));
    revoker_start(&one, "slices");
    (void)maker_file("dist/lists.json", lists);
    (void)maker_file(DIST "partitions.json", partitions);
    (void)maker_file(maker_c_string(maker_print(DIST "%s", hash)), slice);
    if (REVOKER_RUN(&one, maker_c_string(maker_print("%s/dist", maker_folder()))) == HP_TOOK) {
        MUST(hp_index_check(one.crypto, one.index, NULL));
        MUST(revoker_asks(&one, HP_LISTED_UCI, key, NULL, 0, NULL) != HP_INDEX_DAMAGED);
        MUST(revoker_asks(&one, HP_LISTED_SIGNATURE, key, key, 0, NULL) != HP_INDEX_DAMAGED);
    } else
        MUST(one.error.text[0] != '\0');
    revoker_end(&one);
    revoker_clear("dist");
}

/* As a slice by itself, of each number of digits: what is read has the size that it says. */
static void
read_slice(hp_str bytes)
{
    hp_slice slice = { .digits = 0 };
    hp_error error = { "" };
    uint8_t *copy = malloc(bytes.n + 1);
    uint32_t n;

    MUST(copy != NULL);
    if (hp_slice_bloom(bytes, &slice, &n, &error))
        MUST(slice.filter.n >= 4 && slice.rounds >= 1 && slice.rounds <= 127);
    else
        MUST(error.text[0] != '\0');
    for (slice.digits = 0; slice.digits <= 3; slice.digits++) {
        slice.prefix = slice.digits == 0 ? 0 : 0xfffu >> 4 * (3 - slice.digits);
        if (bytes.n > 0)
            memcpy(copy, bytes.p, bytes.n);
        if (hp_slice_prefixes(copy, bytes.n, &slice, &n, NULL)) {
            MUST(slice.width >= 1 && slice.width <= HP_LISTED);
            MUST(slice.filter.n == (size_t)n * slice.width);
            for (size_t i = slice.width; i < slice.filter.n; i += slice.width)
                MUST(memcmp(slice.filter.p + i - slice.width, slice.filter.p + i, slice.width) <= 0);
        }
    }
    free(copy);
}

static bool
take_member(void *context, const char *name, hp_str content, hp_error *error)
{
    size_t *all = context;

    (void)error;
    *all += content.n;
    MUST(name[0] != '\0' && name[0] != '/' && content.n <= 4096 && *all <= 8192);
    return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    static const hp_zip_caps caps = { 4096, 8192, 16 };
    hp_str slice = { p, n }, lists = cut(&slice), partitions = cut(&slice);
    size_t all = 0;

    if (n > 65536)
        return 0;
    take(lists, partitions, slice);
    read_slice((hp_str){ p, n });
    read_slice(slice);
    (void)hp_tar_walk((hp_str){ p, n }, &caps, take_member, &all, NULL);
    return 0;
}

static void
put_all(void (*put)(const char *name, hp_str seed), const char *name, const char *partitions,
        hp_str slice)
{
    const hp_str zero = { (const uint8_t *)"", 1 };

    put(name, MAKER_JOIN(HP_STR(LISTS), zero, hp_str_of(partitions), zero, slice));
}

void
fuzz_seeds(void (*put)(const char *name, hp_str seed))
{
    hp_str bloom = maker_hex("0001 05 00 2b8cbccc 0000000d 00000001 00000002 0123456789abcdef");
    hp_str hashes = maker_hex("0001 2b8cbccc 0000000d 04 ff7f1234 00851234");
    hp_str whole = maker_hex("0001 2b8cbccc 0000000d 10 ff7f1234000000000000000000000000");
    lists_file file = { "./f/x", hashes, NULL };

    put_all(put, "bloom", PARTITIONS("BLOOMFILTER"), bloom);
    put_all(put, "hashes", PARTITIONS("VARHASHLIST"), hashes);
    put_all(put, "whole", PARTITIONS("VARHASHLIST"), whole);
    put("slice-bloom", bloom);
    put("slice-hashes", hashes);
    put("archive", lists_tar(&file, 1));
    put_all(put, "archived", PARTITIONS("VARHASHLIST"), lists_tar(&file, 1));
    put("lists", HP_STR("[{\"kid\":\"UNKNOWN_KID\",\"mode\":\"COORDINATE\",\"hashTypes\":[\"UCI\","
                        "\"SIGNATURE\"],\"expires\":\"2021-01-01T00:00Z\",\"lastUpdated\":"
                        "\"2021-06-01T00:00:00Z\"}]"));
}
