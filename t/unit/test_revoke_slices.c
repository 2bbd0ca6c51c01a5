/*
 * The EU distribution service, mirrored: what is taken, each defect of lists, partitions and
 * slices, and what was fetched while it changed (revocation, 3).
 */
#include "unit.h"

#include "check/slice.h"
#include "codec/json.h"
#include "lists.h"
#include "maker.h"
#include "revoke/slice.h"
#include "revoker.h"

#include <stdlib.h>

static revoker one;

#define KID      "U5vvB3k2Cj4="
#define KID_URL  "U5vvB3k2Cj4"
#define LATER    "2030-01-01T00:00:00Z"
#define PAST     "2021-01-01T00:00Z"
#define P_SMALL  0x2b8cbccc /* 1e-12 as binary32 */
#define P_LARGE  0x3a83126f /* 1e-3 */

static const uint8_t kid[HP_KID] = { 0x53, 0x9b, 0xef, 0x07, 0x79, 0x36, 0x0a, 0x3e };
static const uint8_t other_kid[HP_KID] = { 1 };

/* ---- making slices -------------------------------------------------------------------------- */

static hp_str
big(uint32_t value, size_t n)
{
    uint8_t bytes[4] = { (uint8_t)(value >> 24), (uint8_t)(value >> 16), (uint8_t)(value >> 8),
                         (uint8_t)value };

    return maker_copy((hp_str){ bytes + 4 - n, n });
}

/* Keys, each of which is given as hexadecimal digits. */
static hp_str
prefixes(unsigned width, uint32_t p, const char *keys)
{
    return MAKER_JOIN(big(1, 2), big(p, 4), big(13, 4), big(width, 1), maker_hex(keys));
}

#define BITS 2048u /* a power of two: signed and unsigned numbers are the same modulo it */

static void
add(uint8_t bits[BITS / 8], hp_str key, unsigned rounds)
{
    unsigned i, at;

    for (i = 0; i < rounds; i++) {
        const uint8_t *digest = pki_sha256(MAKER_JOIN(key, big(i, 1))).p;

        at = ((unsigned)digest[30] << 8 | digest[31]) % BITS;
        bits[at / 8] |= (uint8_t)(0x80 >> at % 8);
    }
}

static hp_str
bloom(unsigned rounds, uint32_t p, uint32_t says, const char *keys)
{
    hp_str all = maker_hex(keys);
    uint8_t bits[BITS / 8] = { 0 };
    size_t i;

    for (i = 0; i + HP_LISTED <= all.n; i += HP_LISTED)
        add(bits, (hp_str){ all.p + i, HP_LISTED }, rounds);
    return MAKER_JOIN(big(1, 2), big(rounds, 1), big(0, 1), big(p, 4), big(says, 4), big(says, 4),
                      big(BITS / 32, 4), (hp_str){ bits, sizeof(bits) });
}

/* Keys of this test: whole ones that begin with these digits. */
#define K3A  "3a112233445566778899aabbccddeeff"
#define K3B  "3b112233445566778899aabbccddeeff"
#define K3C  "3c112233445566778899aabbccddeeff"
#define K4   "40112233445566778899aabbccddeeff"
#define KFF  "ff8512345566778899aabbccddeeff01"
#define KFF0 "ff7f12345566778899aabbccddeeff01"

static const uint8_t *
key(const char *hex)
{
    return maker_hex(hex).p;
}

/* ---- making folders ------------------------------------------------------------------------- */

static const char *
name_of(hp_str slice)
{
    return maker_c_string(pki_hex(pki_sha256(slice)));
}

static void
put(const char *name, hp_str content)
{
    (void)maker_file(maker_c_string(maker_print("dist/%s", name)), content);
}

static void
put_slice(const char *folder, hp_str slice)
{
    put(maker_c_string(maker_print("%s/%s", folder, name_of(slice))), slice);
}

static hp_str
row(const char *kid_text, const char *mode, const char *types)
{
    return maker_print("{\"kid\":\"%s\",\"mode\":\"%s\",\"hashTypes\":[%s],\"expires\":\"" LATER
                       "\",\"lastUpdated\":\"2021-06-01T00:00:00Z\"}", kid_text, mode, types);
}

static void
put_lists(const hp_str *rows)
{
    put("lists.json", lists_array(rows));
}
#define LISTS(...) put_lists((const hp_str[]){ __VA_ARGS__, { NULL, 0 } })

/* "<digit>": one slice */
static hp_str
chunk(const char *digit, const char *type, const char *expiry, hp_str slice)
{
    return maker_print("\"%s\":{\"%s\":{\"type\":\"%s\",\"version\":\"1.0\",\"hash\":\"%s\"}}",
                       digit, expiry, type, name_of(slice));
}

static hp_str
partition(const char *kid_text, const char *place, hp_str chunks)
{
    return MAKER_JOIN(maker_print("{\"kid\":\"%s\",%s,\"lastUpdated\":\"2021-06-01T00:00:00Z\","
                                  "\"expired\":\"" LATER "\",\"chunks\":{", kid_text, place),
                      chunks, HP_STR("}}"));
}

#define AT_POINT "\"id\":null,\"x\":null,\"y\":null"

static void
put_partitions(const char *folder, const hp_str *rows)
{
    put(maker_c_string(maker_print("%s/partitions.json", folder)), lists_array(rows));
}
#define PARTITIONS(folder, ...) \
    put_partitions(folder, (const hp_str[]){ __VA_ARGS__, { NULL, 0 } })

/* One list with one slice of one type, in mode POINT. */
static void
put_one(const char *types, const char *digit, const char *type, hp_str slice)
{
    revoker_clear("dist");
    LISTS(row(KID, "POINT", types));
    PARTITIONS(KID_URL, partition(KID, AT_POINT, chunk(digit, type, LATER, slice)));
    put_slice(KID_URL "/null/3", slice);
}

static hp_took
run(void)
{
    return REVOKER_RUN(&one, maker_c_string(maker_print("%s/dist", maker_folder())));
}

static void
taken(void)
{
    assert_true(revoker_said(&one, run(), HP_TOOK, ""));
}

static void
refused(const char *word)
{
    assert_true(revoker_said(&one, run(), HP_TOOK_REFUSED, word));
}

static hp_index_answer
asks(hp_listed_kind kind, const char *hex)
{
    return revoker_asks(&one, kind, key(hex), kid, 0, NULL);
}

static int
set_up(void **state)
{
    (void)state;
    revoker_clear("dist");
    revoker_start(&one, "slices");
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    revoker_end(&one);
    return 0;
}

/* ---- good ones ------------------------------------------------------------------------------ */

/* Whole hashes of one kind are as exact as a gateway's batch. */
static void
whole_hashes(void **state)
{
    hp_batch hit;

    (void)state;
    put_one("\"UCI\"", "3", "VARHASHLIST", prefixes(16, P_SMALL, K3B K3A));
    taken();
    assert_int_equal(asks(HP_LISTED_UCI, K3A), HP_INDEX_LISTED);
    assert_int_equal(asks(HP_LISTED_SIGNATURE, K3A), HP_INDEX_CLEAR);
    assert_int_equal(revoker_asks(&one, HP_LISTED_UCI, key(K3B), other_kid, 0, &hit),
                     HP_INDEX_LISTED); /* exact: of whatever kid */
    assert_string_equal(hit.id, KID_URL " 3");
    assert_memory_equal(hit.kid, kid, HP_KID);
    assert_float_equal(hit.expires, 1893456000, 0);
    assert_int_equal(hp_index_slices(one.index), 0);
    assert_int_equal(hp_index_entries(one.index), 2);
    assert_false(hp_index_source(one.index, 0)->is_signed);
    assert_float_equal(hp_index_source(one.index, 0)->issued, 1622505600, 0);
    assert_float_equal(hp_index_source(one.index, 0)->dated, REVOKER_NOW, 0);
    put_one("\"UCI\",\"SIGNATURE\"", "3", "VARHASHLIST", prefixes(16, P_SMALL, K3B K3A));
    taken();
    assert_int_equal(hp_index_slices(one.index), 1);
    assert_int_equal(hp_index_entries(one.index), 0);
    assert_int_equal(asks(HP_LISTED_UCI, K3A), HP_INDEX_LISTED);
    assert_int_equal(asks(HP_LISTED_SIGNATURE, K3A), HP_INDEX_LISTED);
    assert_int_equal(asks(HP_LISTED_COUNTRY_UCI, K3A), HP_INDEX_CLEAR);
    assert_int_equal(revoker_asks(&one, HP_LISTED_UCI, key(K3A), other_kid, 0, NULL),
                     HP_INDEX_CLEAR);
}

/* 3.3: a short prefix, or a filter that is wrong too often, may mean somebody else. */
static void
sure_and_not(void **state)
{
    static const struct {
        unsigned width;
        hp_index_answer answer;
    } widths[] = { { 4, HP_INDEX_MAYBE }, { 7, HP_INDEX_MAYBE }, { 8, HP_INDEX_LISTED },
                   { 15, HP_INDEX_LISTED }, { 1, HP_INDEX_MAYBE } };
    char digits[33];
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(widths); i++) {
        (void)snprintf(digits, sizeof(digits), "%.*s", (int)(2 * widths[i].width), K3A);
        put_one("\"UCI\"", "3", "VARHASHLIST", prefixes(widths[i].width, P_SMALL, digits));
        taken();
        assert_int_equal(asks(HP_LISTED_UCI, K3A), widths[i].answer);
        assert_int_equal(asks(HP_LISTED_UCI, K4), HP_INDEX_CLEAR);
    }
    put_one("\"UCI\"", "3", "BLOOMFILTER", bloom(43, P_SMALL, 2, K3A K3B));
    taken();
    assert_int_equal(asks(HP_LISTED_UCI, K3A), HP_INDEX_LISTED);
    assert_int_equal(asks(HP_LISTED_UCI, K3B), HP_INDEX_LISTED);
    assert_int_equal(asks(HP_LISTED_UCI, K3C), HP_INDEX_CLEAR);
    assert_int_equal(asks(HP_LISTED_SIGNATURE, K3A), HP_INDEX_CLEAR);
    assert_int_equal(one.job.counts.filtered, 2);
    put_one("\"UCI\"", "3", "BLOOMFILTER", bloom(43, P_LARGE, 2, K3A)); /* by its own word */
    taken();
    assert_int_equal(asks(HP_LISTED_UCI, K3A), HP_INDEX_MAYBE);
    put_one("\"UCI\"", "3", "BLOOMFILTER", bloom(43, P_SMALL, 2000, K3A)); /* by its figures */
    taken();
    assert_int_equal(asks(HP_LISTED_UCI, K3A), HP_INDEX_MAYBE);
    put_one("\"UCI\"", "3", "BLOOMFILTER", bloom(3, P_SMALL, 1, K3A K3B)); /* by what is in it */
    taken();
    assert_int_equal(asks(HP_LISTED_UCI, K3A), HP_INDEX_MAYBE);
}

/* A filter that says that it is empty, and is not, is one all the same. */
static void
says_it_is_empty(void **state)
{
    hp_str full = bloom(43, P_SMALL, 1, K3A), none = bloom(43, P_SMALL, 1, "");

    (void)state;
    put_one("\"UCI\"", "3", "BLOOMFILTER",
            MAKER_JOIN((hp_str){ full.p, 12 }, big(0, 4), hp_str_from(full, 16)));
    taken();
    assert_int_equal(asks(HP_LISTED_UCI, K3A), HP_INDEX_LISTED);
    put_one("\"UCI\"", "3", "BLOOMFILTER", none);
    one.job.allow_fewer = true;
    taken();
    assert_int_equal(hp_index_slices(one.index), 0);
}

/* Each slice of a chunk is looked into for each pass: nobody may make a gate do that for long. */
static void
many_slices_in_a_chunk(void **state)
{
    static char text[8193 * 128];
    hp_str slice = prefixes(8, P_SMALL, "3a11223344556677");
    const char *name = name_of(slice);
    size_t n;

    (void)state;
    for (n = 8192; n <= 8193; n++) {
        size_t i, at = 0;

        for (i = 0; i < n; i++)
            at += (size_t)sprintf(text + at, "%s\"2030-01-%02zuT%02zu:%02zu:00Z\":{\"type\":"
                                  "\"VARHASHLIST\",\"hash\":\"%s\"}", i > 0 ? "," : "",
                                  1 + i / 1440, i / 60 % 24, i % 60, name);
        revoker_clear("dist");
        LISTS(row(KID, "POINT", "\"UCI\""));
        put(KID_URL "/partitions.json",
            MAKER_JOIN(HP_STR("["), partition(KID, AT_POINT,
                                              MAKER_JOIN(HP_STR("\"3\":{"), hp_str_of(text),
                                                         HP_STR("}"))), HP_STR("]")));
        put_slice(KID_URL, slice);
        if (n == 8192)
            taken();
        else
            refused("a chunk is no object of at most 8192 slices");
    }
}

/* What the Java writer makes of keys with FF at their beginning (3.2). */
static void
damaged_keys(void **state)
{
    (void)state;
    put_one("\"UCI\"", "f", "VARHASHLIST", prefixes(8, P_SMALL, "ff7f123455667788 0085123455667788"));
    taken();
    assert_int_equal(asks(HP_LISTED_UCI, KFF), HP_INDEX_LISTED);
    assert_int_equal(asks(HP_LISTED_UCI, KFF0), HP_INDEX_LISTED);
    put_one("\"UCI\"", "f", "VARHASHLIST", prefixes(4, P_SMALL, "0000ff12"));
    taken();
    assert_int_equal(asks(HP_LISTED_UCI, "ffffff12" "445566778899aabbccddeeff"), HP_INDEX_MAYBE);
    put_one("\"UCI\"", "f", "VARHASHLIST", prefixes(16, P_SMALL, "00" "8512345566778899aabbccddeeff01"));
    taken();
    assert_int_equal(asks(HP_LISTED_UCI, KFF), HP_INDEX_LISTED);
    put_one("\"UCI\"", "0", "VARHASHLIST", prefixes(8, P_SMALL, "0085123455667788"));
    taken();
    assert_int_equal(asks(HP_LISTED_UCI, "0085123455667788" "99aabbccddeeff01"), HP_INDEX_LISTED);
}

static void
modes(void **state)
{
    hp_str a = prefixes(8, P_SMALL, "3a11223344556677"), b = prefixes(8, P_SMALL, "3b11223344556677");

    (void)state;
    LISTS(row(KID, "VECTOR", "\"UCI\""));
    PARTITIONS(KID_URL, partition(KID, "\"id\":\"3\",\"x\":\"3\",\"y\":null",
                                  MAKER_JOIN(chunk("a", "VARHASHLIST", LATER, a), HP_STR(","),
                                             chunk("b", "VARHASHLIST", LATER, b))));
    put_slice(KID_URL "/partitions/3/chunks/a/slices", a);
    put_slice(KID_URL, b);
    taken();
    assert_int_equal(asks(HP_LISTED_UCI, K3A), HP_INDEX_LISTED);
    assert_int_equal(asks(HP_LISTED_UCI, K3B), HP_INDEX_LISTED);
    LISTS(row(KID, "COORDINATE", "\"UCI\""));
    refused("changed while it was fetched"); /* the list is of another time than the partitions */
    PARTITIONS(KID_URL, partition(KID, "\"id\":\"3a\",\"x\":\"3\",\"y\":\"a\"",
                                  chunk("1", "VARHASHLIST", LATER, a)),
               partition(KID, "\"id\":\"3b\",\"x\":\"3\",\"y\":\"b\"",
                         chunk("1", "VARHASHLIST", LATER, b)));
    taken();
    assert_int_equal(asks(HP_LISTED_UCI, K3A), HP_INDEX_LISTED);
    assert_int_equal(asks(HP_LISTED_UCI, K3B), HP_INDEX_LISTED);
}

/* A list of all signers, one with padding in its folder's name, archives, and what has ended. */
static void
several_lists(void **state)
{
    hp_str a = prefixes(8, P_SMALL, "3a11223344556677"), b = bloom(43, P_SMALL, 1, K3B);
    lists_file files[] = { { "./null/3/", { NULL, 0 }, NULL }, { NULL, b, NULL },
                           { "readme", HP_STR("x"), NULL } };

    (void)state;
    LISTS(row(KID, "POINT", "\"UCI\""), row("UNKNOWN_KID", "POINT", "\"SIGNATURE\""),
          maker_replace(row("AQIDBAUGBwg=", "POINT", "\"UCI\""), HP_STR(LATER), HP_STR(PAST)));
    PARTITIONS(KID_URL "=", partition(KID, AT_POINT,
                                      MAKER_JOIN(chunk("3", "VARHASHLIST", LATER, a), HP_STR(","),
                                                 chunk("4", "BLOOMFILTER", PAST, HP_STR("x")))));
    PARTITIONS("UNKNOWN_KID", partition("UNKNOWN_KID", "\"id\":\"null\"",
                                        chunk("3", "BLOOMFILTER", LATER, b)));
    put_slice(KID_URL "=", a);
    files[1].name = maker_c_string(maker_print("./null/3/%s", name_of(b)));
    put("UNKNOWN_KID/slices", lists_tar(files, 3));
    put("UNKNOWN_KID/notes.txt", HP_STR("no slice"));
    taken();
    assert_int_equal(asks(HP_LISTED_UCI, K3A), HP_INDEX_LISTED);
    assert_int_equal(asks(HP_LISTED_SIGNATURE, K3B), HP_INDEX_LISTED);
    assert_int_equal(revoker_asks(&one, HP_LISTED_SIGNATURE, key(K3B), other_kid, 0, NULL),
                     HP_INDEX_LISTED);
    assert_int_equal(one.job.counts.ended, 2);
    put("UNKNOWN_KID/slices", (hp_str){ lists_tar(files, 3).p, 60 });
    refused("UNKNOWN_KID/slices: the archive is damaged");
}

static void
the_published_vectors(void **state)
{
    const hp_json *v, *members;
    hp_bytes bytes;
    hp_json *all;
    size_t i, k;

    (void)state;
    UNIT_NEEDS_DATA();
    assert_true(hp_file_read(maker_c_string(maker_print("%s/revocation/vectors.json", UNIT_DATA)), 0,
                             (size_t)1 << 24, &bytes, NULL, NULL));
    all = hp_json_load_list((hp_str){ bytes.p, bytes.n }, bytes.n, NULL);
    for (k = 0; k < 2; k++) {
        v = hp_json_get(all, k == 0 ? "bloom_filter" : "partial_variable_hash_filter");
        for (i = 0; i < hp_json_count(v); i++) {
            const hp_json *one_of = hp_json_at(v, i);
            hp_str raw = maker_hex(maker_c_string(hp_json_text(hp_json_get(one_of, "serialized_hex"))));
            uint8_t room[4096];
            hp_slice slice = { .digits = 0 };
            uint32_t n;
            size_t m;

            assert_in_range(raw.n, 1, sizeof(room));
            memcpy(room, raw.p, raw.n);
            assert_true(k == 0 ? hp_slice_bloom(raw, &slice, &n, NULL)
                               : hp_slice_prefixes(room, raw.n, &slice, &n, NULL));
            members = hp_json_get(one_of, "members_hash16_hex");
            assert_int_equal(n, hp_json_count(members));
            for (m = 0; m < n; m++) {
                bool has = false;

                assert_true(hp_slice_has(one.crypto, &slice,
                                         key(maker_c_string(hp_json_text(hp_json_at(members, m)))), &has));
                assert_true(has);
            }
        }
    }
    hp_json_free(all);
    hp_bytes_free(&bytes);
}

/* ---- slices that are wrong ------------------------------------------------------------------ */

static void
wrong_filters(void **state)
{
    static const struct {
        size_t at;
        const char *by, *word;
    } all[] = {
        { 0, "0002", "version 1" },       { 3, "01", "SHA-256" },
        { 2, "00", "figures" },           { 2, "80", "figures" },
        { 4, "00000000", "figures" },     { 4, "3f800000", "figures" },
        { 4, "7fc00000", "figures" },     { 4, "bf800000", "figures" },
        { 8, "00000000", "figures" },     { 16, "00000000", "length" },
        { 16, "0000003f", "length" },     { 16, "40000040", "length" },
    };
    hp_str good = bloom(43, P_SMALL, 1, K3A);
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(all); i++) {
        hp_str by = maker_hex(all[i].by);

        put_one("\"UCI\"", "3", "BLOOMFILTER",
                MAKER_JOIN((hp_str){ good.p, all[i].at }, by,
                           hp_str_from(good, all[i].at + by.n)));
        refused(all[i].word);
        assert_non_null(strstr(one.error.text, "the list of " KID_URL ": slice 3 is"));
    }
    for (i = 0; i < 24; i++) {
        put_one("\"UCI\"", "3", "BLOOMFILTER", (hp_str){ good.p, i });
        refused("slice 3 is");
    }
    put_one("\"UCI\"", "3", "BLOOMFILTER", MAKER_JOIN(good, HP_STR("x")));
    refused("another length than it says");
    put_one("\"UCI\"", "3", "BLOOMFILTER", bloom(127, P_SMALL, 1, K3A));
    taken();
}

static void
wrong_prefixes(void **state)
{
    (void)state;
    put_one("\"UCI\"", "3", "VARHASHLIST", prefixes(0, P_SMALL, ""));
    refused("figures");
    put_one("\"UCI\"", "3", "VARHASHLIST", prefixes(17, P_SMALL, K3A "00"));
    refused("figures");
    put_one("\"UCI\"", "3", "VARHASHLIST", prefixes(8, 0, "3a11223344556677"));
    refused("figures");
    put_one("\"UCI\"", "3", "VARHASHLIST", prefixes(8, P_SMALL, "3a112233445566"));
    refused("ends in the middle");
    put_one("\"UCI\"", "3", "VARHASHLIST", prefixes(8, P_SMALL, "4a11223344556677"));
    refused("another chunk");
    put_one("\"UCI\"", "3", "VARHASHLIST", HP_STR("\0\1\0\0\0\0\0\0\0\0"));
    refused("version 1");
    put_one("\"UCI\"", "3", "VARHASHLIST", maker_replace(prefixes(4, P_SMALL, "3a112233"),
                                                        HP_STR("\0\1"), HP_STR("\0\2")));
    refused("version 1");
    put_one("\"UCI\"", "3", "VARHASHLIST", prefixes(4, P_SMALL, ""));
    taken(); /* nothing is in it */
    assert_int_equal(hp_index_slices(one.index), 0);
}

/* ---- lists and partitions that are wrong ---------------------------------------------------- */

/* The good folder with one thing in lists.json or partitions.json replaced. */
static void
defects(void **state)
{
    static const struct {
        const char *file, *old, *by, *word;
    } all[] = {
        { "lists.json", "\"kid\":\"" KID "\"", "\"kid\":\"U5vv\"", "entry 1: kid" },
        { "lists.json", "\"kid\":\"" KID "\",", "", "entry 1: kid" },
        { "lists.json", "POINT", "point", "expected mode" },
        { "lists.json", "\"UCI\"", "", "expected mode" },
        { "lists.json", "\"UCI\"", "\"UCI\",\"NONE\"", "expected mode" },
        { "lists.json", "[\"UCI\"]", "\"UCI\"", "expected mode" },
        { "lists.json", LATER, "2030", "expected mode" },
        { "lists.json", "2021-06-01T00:00:00Z", "2021", "lastUpdated" },
        { "lists.json", "2021-06-01T00:00:00Z", "2021-07-03T00:00:00Z", "from the future" },
        { "lists.json", "[ ", "[[],", "lastUpdated" },
        { "lists.json", "[ ", "[", "" },
        { "lists.json", "[ ", "{ ", "line 1" },
        { KID_URL "/partitions.json", "[ ", "[7,", "another kid" },
        { KID_URL "/partitions.json", KID, "AQIDBAUGBwg=", "another kid" },
        { KID_URL "/partitions.json", KID, "UNKNOWN_KID", "another kid" },
        { KID_URL "/partitions.json", "\"id\":null", "\"id\":\"3\"", "changed while" },
        { KID_URL "/partitions.json", "\"x\":null", "\"x\":\"3\"", "changed while" },
        { KID_URL "/partitions.json", LATER, "2030", "expired" },
        { KID_URL "/partitions.json", "\"chunks\":{", "\"chunks\":[],\"chunk\":{", "no chunks" },
        { KID_URL "/partitions.json", "\"3\":{", "\"33\":{", "hexadecimal digit" },
        { KID_URL "/partitions.json", "\"3\":{", "\"A\":{", "hexadecimal digit" },
        { KID_URL "/partitions.json", "\"3\":{", "\"3\":7,\"4\":{", "no object" },
        { KID_URL "/partitions.json", "{\"" LATER, "{\"2030", "date-time for its name" },
        { KID_URL "/partitions.json", "VARHASHLIST", "HASHLIST", "neither" },
        { KID_URL "/partitions.json", "\"hash\":\"", "\"hash\":\"0", "SHA-256" },
        { KID_URL "/partitions.json", "\"hash\":\"", "\"hush\":\"", "SHA-256" },
    };
    hp_str slice = prefixes(8, P_SMALL, "3a11223344556677"), good[2];
    size_t i;

    (void)state;
    good[0] = lists_array((const hp_str[]){ row(KID, "POINT", "\"UCI\""), { NULL, 0 } });
    good[1] = lists_array((const hp_str[]){
        partition(KID, AT_POINT, chunk("3", "VARHASHLIST", LATER, slice)), { NULL, 0 } });
    for (i = 0; i < COUNT(all); i++) {
        bool of_lists = strcmp(all[i].file, "lists.json") == 0;

        put_one("\"UCI\"", "3", "VARHASHLIST", slice);
        put(all[i].file, maker_replace(good[!of_lists], hp_str_of(all[i].old),
                                       hp_str_of(all[i].by)));
        if (all[i].word[0] != '\0')
            refused(all[i].word);
        else
            taken();
    }
    put(KID_URL "/partitions.json", good[1]);
    put("lists.json", HP_STR("{}"));
    refused("lists.json: expected an array");
    put("lists.json", maker_replace(good[0], HP_STR("}"), MAKER_JOIN(HP_STR("},"),
                                                                      row(KID, "POINT", "\"UCI\""))));
    refused("is there twice");
    put("lists.json", good[0]);
    put(KID_URL "/partitions.json", HP_STR("{}"));
    refused("is no array");
    put(KID_URL "/partitions.json",
        lists_array((const hp_str[]){ partition(KID, AT_POINT, HP_STR("")),
                                      partition(KID, AT_POINT, HP_STR("")), { NULL, 0 } }));
    refused("a partition is there twice");
}

/* ---- while it changed ----------------------------------------------------------------------- */

static void
interrupted(void **state)
{
    hp_str old = prefixes(8, P_SMALL, "3a11223344556677"), new = prefixes(8, P_SMALL, "3b11223344556677");

    (void)state;
    revoker_clear("dist");
    assert_true(revoker_said(&one, run(), HP_TOOK_REFUSED, "expected one folder"));
    put("x", HP_STR(""));
    assert_true(revoker_said(&one, run(), HP_TOOK_FAULT, "lists.json: No such file"));
    LISTS(row(KID, "POINT", "\"UCI\""));
    refused("its folder is not there");
    put(KID_URL "/x", HP_STR(""));
    refused("its partitions.json is not there");
    PARTITIONS(KID_URL, partition(KID, AT_POINT, chunk("3", "VARHASHLIST", LATER, new)));
    refused("a slice that its partitions name is not there");
    assert_non_null(strstr(one.error.text, "fetch it again"));
    put_slice(KID_URL, old); /* of the version before */
    refused("a slice that its partitions name is not there");
    put(maker_c_string(maker_print(KID_URL "/%s", name_of(new))), old);
    refused("another content than its name says");
    put_slice(KID_URL, new);
    taken();
    assert_int_equal(asks(HP_LISTED_UCI, K3B), HP_INDEX_LISTED);
    assert_int_equal(asks(HP_LISTED_UCI, K3A), HP_INDEX_CLEAR);
    put("lists.json", maker_replace(lists_array((const hp_str[]){ row(KID, "POINT", "\"UCI\""),
                                                                  { NULL, 0 } }),
                                    HP_STR("2021-06-01"), HP_STR("2021-05-31")));
    refused("is older (2021-05-31T00:00:00Z)");
    one.job.allow_older = true;
    taken();
}

static void
no_memory(void **state)
{
    const char *paths[] = { maker_c_string(maker_print("%s/dist", maker_folder())), NULL };
    hp_str a = prefixes(8, P_SMALL, "3a11223344556677"), b = bloom(43, P_SMALL, 1, K4);
    lists_file file = { NULL, b, NULL };

    (void)state;
    LISTS(row(KID, "POINT", "\"UCI\""));
    PARTITIONS(KID_URL, partition(KID, AT_POINT,
                                  MAKER_JOIN(chunk("3", "VARHASHLIST", LATER, a), HP_STR(","),
                                             chunk("4", "BLOOMFILTER", LATER, b))));
    put_slice(KID_URL, a);
    file.name = name_of(b);
    put(KID_URL "/slices.tar.gz", lists_tar(&file, 1));
    revoker_starve(&one, paths);
    assert_true(revoker_said(&one, run(), HP_TOOK, ""));
    assert_int_equal(asks(HP_LISTED_UCI, K4), HP_INDEX_LISTED);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(whole_hashes), TEST(sure_and_not), TEST(says_it_is_empty),
        TEST(many_slices_in_a_chunk), TEST(damaged_keys), TEST(modes), TEST(several_lists),
        TEST(the_published_vectors), TEST(wrong_filters),
        TEST(wrong_prefixes), TEST(defects), TEST(interrupted), TEST(no_memory),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("group", tests, NULL, NULL);
}
