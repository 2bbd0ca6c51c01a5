/*
 * Revocation lists of the EU gateway: what is taken, each way in which a batch or the list is
 * wrong, updates that were interrupted, and changes out of their order (revocation, 2).
 */
#include "unit.h"

#include "codec/base64.h"
#include "codec/json.h"
#include "maker.h"
#include "revoke/gateway_batch.h"
#include "revoker.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static revoker one;
static const pki_cert *upload_a, *upload_b, *stranger, *old_a, *nobody;

#define KID "U5vvB3k2Cj4="
static const uint8_t kid[HP_KID] = { 0x53, 0x9b, 0xef, 0x07, 0x79, 0x36, 0x0a, 0x3e };

/* ---- making lists --------------------------------------------------------------------------- */

static hp_str
hash(unsigned n)
{
    return maker_print("{\"hash\":\"%s\"}",
                       maker_c_string(pki_base64((hp_str){ revoker_key(n), HP_LISTED })));
}

static hp_str
content(const char *country, const char *kind, hp_str entries)
{
    return MAKER_JOIN(maker_print("{\"country\":\"%s\",\"expires\":\"2030-01-01T00:00:00Z\","
                                  "\"kid\":\"" KID "\",\"hashType\":\"%s\",\"entries\":[", country,
                                  kind),
                      entries, HP_STR("]}"));
}

static hp_str
signed_by(const pki_cert *cert, hp_str json)
{
    return pki_cms(cert, json, PKI_NO_ATTRIBUTES);
}

/* A batch of XA with key n, in the folder list/. */
static void
put(const char *name, hp_str cms)
{
    (void)maker_file(maker_c_string(maker_print("list/%s", name)), cms);
}

static void
put_batch(const char *name, unsigned n)
{
    put(name, pki_base64(signed_by(upload_a, content("XA", "UCI", hash(n)))));
}

static hp_str
row(const char *id, const char *country, const char *date, bool deleted)
{
    return maker_print("{\"batchId\":\"%s\",\"country\":\"%s\",\"date\":\"%s\",\"deleted\":%s}", id,
                       country, date, deleted ? "true" : "false");
}

/* XA's, of the n-th of June. */
static hp_str
live(const char *id, unsigned day)
{
    return row(id, "XA", maker_c_string(maker_print("2021-06-%02uT12:00:00Z", day)), false);
}

static hp_str
gone(const char *id, unsigned day)
{
    return row(id, "XA", maker_c_string(maker_print("2021-06-%02uT12:00:00Z", day)), true);
}

static void
put_page(const char *name, bool more, const hp_str *rows)
{
    hp_str all = maker_print("{\"more\":%s,\"batches\":[", more ? "true" : "false");
    size_t i;

    for (i = 0; rows[i].n > 0; i++)
        all = MAKER_JOIN(all, i > 0 ? HP_STR(",") : HP_STR(""), rows[i]);
    put(name, MAKER_JOIN(all, HP_STR("]}")));
}
#define PAGE(name, more, ...) put_page(name, more, (const hp_str[]){ __VA_ARGS__, { NULL, 0 } })
#define NO_ROWS { NULL, 0 }

static hp_took
run(void)
{
    return REVOKER_RUN(&one, maker_c_string(maker_print("%s/list", maker_folder())));
}

static void
refused(const char *word)
{
    assert_true(revoker_said(&one, run(), HP_TOOK_REFUSED, word));
}

static void
taken(void)
{
    assert_true(revoker_said(&one, run(), HP_TOOK, ""));
}

static bool
listed(hp_listed_kind kind, unsigned n)
{
    return revoker_asks(&one, kind, revoker_key(n), kid, 0, NULL) == HP_INDEX_LISTED;
}

static bool
uci(unsigned n)
{
    return listed(HP_LISTED_UCI, n);
}

static int
set_up(void **state)
{
    (void)state;
    revoker_clear("list");
    revoker_start(&one, "gateway");
    revoker_pin(&one, upload_a);
    revoker_pin(&one, upload_b);
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

static void
a_good_list(void **state)
{
    const hp_source *source;
    hp_batch hit;

    (void)state;
    PAGE("page1.json", true, live("a-1", 1), row("b-1", "XB", "2021-06-02T12:00:00+02:00", false));
    PAGE("page2.json", false, row("b-1", "XB", "2021-06-02T12:00:00+02:00", false), live("a-2", 3),
         gone("a-3", 3), live("a-4", 4));
    put_batch("a-1", 1);
    put("b-1.der", signed_by(upload_b, content("XB", "SIGNATURE", hash(2))));
    put("a-2.cms", pki_base64(signed_by(upload_a, maker_replace(
                       content("XA", "COUNTRYCODEUCI", MAKER_JOIN(hash(3), HP_STR(","), hash(4))),
                       HP_STR(KID), HP_STR("UNKNOWN_KID")))));
    put("a-4", pki_base64(signed_by(upload_a, maker_replace(content("XA", "UCI", hash(5)),
                                                            HP_STR("2030"), HP_STR("2021")))));
    put_batch("not-listed", 6);
    taken();
    assert_true(uci(1) && !uci(2) && !uci(5) && !uci(6));
    assert_true(listed(HP_LISTED_SIGNATURE, 2) && !listed(HP_LISTED_SIGNATURE, 1));
    assert_true(listed(HP_LISTED_COUNTRY_UCI, 3) && listed(HP_LISTED_COUNTRY_UCI, 4));
    assert_int_equal(revoker_asks(&one, HP_LISTED_UCI, revoker_key(1), NULL, 0, &hit),
                     HP_INDEX_LISTED); /* whatever the pass's kid is */
    assert_string_equal(hit.id, "a-1");
    assert_string_equal(hit.country, "XA");
    assert_memory_equal(hit.kid, kid, HP_KID);
    assert_float_equal(hit.expires, 1893456000, 0);
    assert_float_equal(hit.before, HP_TIME_LAST, 0);
    (void)revoker_asks(&one, HP_LISTED_COUNTRY_UCI, revoker_key(4), NULL, 0, &hit);
    assert_memory_equal(hit.kid, "\0\0\0\0\0\0\0", HP_KID);
    source = hp_index_source(one.index, 0);
    assert_true(source->is_signed);
    assert_memory_equal(source->signer, pki_sha256(pki_der(upload_b)).p, HP_SHA256);
    assert_float_equal(source->issued, 1622808000, 0);
    assert_float_equal(source->dated, REVOKER_NOW, 0);
    assert_int_equal(source->entries, 4);
    assert_string_equal(source->feed, "gateway");
    assert_int_equal(one.job.counts.entries, 4);
    assert_int_equal(one.job.counts.ended, 1);
}

/* Batches that the index has need no file; those that are not listed any more go. */
static void
a_later_whole_list(void **state)
{
    (void)state;
    PAGE("page.json", false, live("a-1", 1), live("a-2", 2), live("a-3", 3));
    put_batch("a-1", 1);
    put_batch("a-2", 2);
    put_batch("a-3", 3);
    taken();
    revoker_clear("list");
    PAGE("page.json", false, live("a-1", 1), gone("a-2", 2), live("a-4", 4));
    put_batch("a-4", 4);
    taken();
    assert_true(uci(1) && !uci(2) && !uci(3) && uci(4));
    assert_int_equal(one.job.counts.kept, 1);
    assert_int_equal(one.job.counts.gone, 2);
    assert_int_equal(hp_index_entries(one.index), 2);
    assert_true(hp_index_source(one.index, 0)->is_signed);
}

/* What has ended may be listed for days, before it is deleted or never. */
static void
listed_after_its_end(void **state)
{
    hp_str ends = maker_replace(content("XA", "UCI", hash(1)), HP_STR("2030-01-01"),
                                HP_STR("2021-07-03"));

    (void)state;
    PAGE("page.json", false, live("a-2", 1), live("a-1", 2));
    put("a-1", pki_base64(signed_by(upload_a, ends)));
    put_batch("a-2", 2);
    taken();
    assert_true(uci(1) && uci(2));
    revoker_clear("list");
    one.job.now += 3 * 86400;
    PAGE("page.json", false, live("a-2", 1), live("a-1", 2));
    taken();
    assert_true(!uci(1) && uci(2));
    assert_int_equal(one.job.counts.ended, 1);
    refused("batch a-1 of XA is listed, but neither here nor in the index"); /* it is gone now */
}

static void
listed_after_its_end_in_a_change(void **state)
{
    hp_str ends = maker_replace(content("XA", "UCI", hash(1)), HP_STR("2030-01-01"),
                                HP_STR("2021-07-03"));

    (void)state;
    PAGE("page.json", false, live("a-2", 1), live("a-1", 2));
    put("a-1", pki_base64(signed_by(upload_a, ends)));
    put_batch("a-2", 2);
    taken();
    revoker_clear("list");
    one.job.now += 3 * 86400;
    one.job.delta = true;
    PAGE("page.json", false, live("a-1", 2));
    taken();
    assert_true(!uci(1) && uci(2));
}

static void
named_files(void **state)
{
    const char *page, *batch;

    (void)state;
    page = maker_file("answer", MAKER_JOIN(HP_STR("{\"more\":false,\"batches\":["), live("a-1", 1),
                                           HP_STR("]}")));
    batch = maker_file("a-1", pki_base64(signed_by(upload_a, content("XA", "UCI", hash(1)))));
    assert_int_equal(REVOKER_RUN(&one, batch, page), HP_TOOK);
    assert_true(uci(1));
    assert_true(revoker_said(&one, REVOKER_RUN(&one, batch), HP_TOOK_REFUSED, "no answer of GET"));
    assert_true(revoker_said(&one, REVOKER_RUN(&one, "/none"), HP_TOOK_FAULT, "/none: No such file"));
}

static void
the_published_vector(void **state)
{
    const hp_json *batch;
    hp_bytes bytes, der;
    hp_json *all;

    (void)state;
    UNIT_NEEDS_DATA();
    assert_true(hp_file_read(maker_c_string(maker_print("%s/revocation/vectors.json", UNIT_DATA)), 0,
                             (size_t)1 << 24, &bytes, NULL, NULL));
    all = hp_json_load_list((hp_str){ bytes.p, bytes.n }, bytes.n, NULL);
    batch = hp_json_get(all, "gateway_batch");
    assert_true(hp_base64_wrapped(hp_json_text(hp_json_get(batch, "upload_certificate_der_b64")),
                                  &der));
    one.signers[0] = (hp_str){ der.p, der.n };
    one.job.n_signers = 1;
    one.job.now = 1796000000; /* 2026-11-30: the certificate is of that month */
    PAGE("page.json", false, row("v", "FR", "2026-11-23T12:00:00Z", false));
    put("v", hp_json_text(hp_json_get(batch, "cms_der_b64")));
    taken();
    assert_int_equal(revoker_asks(&one, HP_LISTED_SIGNATURE,
                                  maker_hex("1d544387ac3d459ef42da021ef54966f").p, NULL, 0, NULL),
                     HP_INDEX_LISTED);
    hp_json_free(all);
    hp_bytes_free(&bytes);
    hp_bytes_free(&der);
}

/* ---- batches -------------------------------------------------------------------------------- */

static void
defects(void **state)
{
    static const struct {
        const char *old, *by, *word;
    } all[] = {
        { "\"country\":\"XA\"", "\"country\":\"XB\"", "country: is XB, but the list has it as" },
        { "\"country\":\"XA\"", "\"country\":\"xa\"", "two capital letters" },
        { "\"country\":\"XA\"", "\"country\":\"XAA\"", "two capital letters" },
        { "\"country\":\"XA\"", "\"country\":7", "two capital letters" },
        { "\"country\":\"XA\",", "", "and nothing else" },
        { "\"country\":\"XA\"", "\"country\":\"XA\",\"country\":\"XA\"", "doubled member" },
        { "\"country\":\"XA\"", "\"country\":\"XA\",\"more\":1", "and nothing else" },
        { "\"2030-01-01T00:00:00Z\"", "\"2030-13-01T00:00:00Z\"", "expires" },
        { "\"2030-01-01T00:00:00Z\"", "1893456000", "expires" },
        { KID, "U5vvB3k2Cj", "kid" },
        { KID, "U5vvB3k2CjR4", "kid" },
        { KID, "UNKNOWN_KI", "kid" },
        { KID, "", "kid" },
        { "\"UCI\"", "\"uci\"", "hashType" },
        { "\"UCI\"", "\"NONE\"", "hashType" },
        { "\"hash\":", "\"hush\":", "entry 1" },
        { "\"hash\":", "\"x\":1,\"hash\":", "entry 1" },
        { "==\"}", "=\"}", "entry 1" },
        { "==\"}", "A=\"}", "entry 1" },
        { "==\"}", "AA\"}", "entry 1" },
        { "[{", "[7,{", "entry 1" },
        { "}]}", "}]}{}", "something follows" },
        { "}]}", "}]", "ends too early" },
    };
    size_t i;

    (void)state;
    PAGE("page.json", false, live("a-1", 1));
    for (i = 0; i < COUNT(all); i++) {
        hp_str json = maker_replace(content("XA", "UCI", hash(1)), hp_str_of(all[i].old),
                                    hp_str_of(all[i].by));

        put("a-1", pki_base64(signed_by(upload_a, json)));
        refused(all[i].word);
        assert_non_null(strstr(one.error.text, "batch a-1: "));
        assert_null(one.index);
    }
    put_batch("a-1", 1);
    taken();
}

static void
numbers_of_entries(void **state)
{
    hp_str many = hash(0);
    size_t i;

    (void)state;
    for (i = 1; i < HP_GATEWAY_ENTRIES; i++)
        many = MAKER_JOIN(many, HP_STR(","), hash(0));
    PAGE("page.json", false, live("a-1", 1));
    put("a-1", pki_base64(signed_by(upload_a, content("XA", "UCI", many))));
    taken();
    assert_int_equal(hp_index_entries(one.index), 1); /* each key once */
    put("a-1", pki_base64(signed_by(upload_a, content("XA", "UCI",
                                                      MAKER_JOIN(many, HP_STR(","), hash(1))))));
    refused("1 to 1000");
    put("a-1", pki_base64(signed_by(upload_a, content("XA", "UCI", HP_STR("")))));
    refused("1 to 1000");
    put("a-1", maker_fill(HP_GATEWAY_BATCH_MAX + 1, 'A'));
    refused("expected at most 1048576");
    put("a-1", maker_fill(HP_GATEWAY_BATCH_MAX, 'A'));
    refused("batch a-1: the signature (CMS)");
}

static void
signatures(void **state)
{
    hp_str json = content("XA", "UCI", hash(1)), der = signed_by(upload_a, json), claimed;

    (void)state;
    PAGE("page.json", false, live("a-1", 1));
    put("a-1", pki_base64(signed_by(stranger, json)));
    refused("batch a-1: the signature (CMS) is nobody's who may sign this");
    put("a-1", pki_base64(signed_by(upload_b, json)));
    refused("is nobody's who may sign this"); /* XB withdraws no pass of XA */
    put("a-1", pki_base64(pki_cms(upload_a, json, PKI_DETACHED)));
    refused("holds no content");
    put("a-1", pki_base64(pki_cms(upload_a, json, PKI_SHA1)));
    refused("too weak");
    put("a-1", maker_replace(der, HP_STR("UCI"), HP_STR("UCJ")));
    refused("does not hold");
    put("a-1", MAKER_JOIN(der, HP_STR("x")));
    refused("cannot be read");
    put("a-1", json);
    refused("expected a CMS message");
    put("a-1", HP_STR(""));
    refused("expected a CMS message");
    put("a-1", pki_base64(der));
    PAGE("page.json", false, row("a-1", "XC", "2021-06-01T12:00:00Z", false));
    refused("--pin takes the UPLOAD certificate of XC");
    claimed = pki_hex(pki_sha256(pki_der(upload_a)));
    assert_non_null(strstr(one.error.text, maker_c_string(claimed)));
    PAGE("page.json", false, live("a-1", 1));
    one.job.n_signers = 0;
    refused("nothing is pinned");
    revoker_pin(&one, nobody);
    assert_true(revoker_said(&one, run(), HP_TOOK_FAULT, "names no country"));
    one.signers[0] = HP_STR("no certificate");
    assert_true(revoker_said(&one, run(), HP_TOOK_FAULT, "cannot be read"));
}

/* Batches live longer than the certificates that signed them. */
static void
signers_in_time(void **state)
{
    hp_str json = content("XA", "UCI", hash(1));

    (void)state;
    revoker_pin(&one, old_a);
    PAGE("page.json", false, live("a-1", 1));
    put("a-1", signed_by(old_a, json));
    refused("was not valid at 2021-07-01T00:00:00Z");
    put("a-1", pki_cms_dated(old_a, json, MAKER_FROM - 86400));
    refused("was not valid at 2020-12-31T00:00:00Z");
    put("a-1", pki_cms_dated(old_a, json, MAKER_IAT));
    taken();
    assert_true(uci(1));
}

/* ---- the list ------------------------------------------------------------------------------- */

static void
answers(void **state)
{
    static const char *const wrong[] = {
        "{\"batches\":[]}", "{\"more\":false}", "{\"more\":0,\"batches\":[]}",
        "{\"more\":false,\"batches\":{}}", "[]", "7",
        "{\"more\":false,\"batches\":[{}]}", "{\"more\":false,\"batches\":[7]}",
        "{\"more\":false,\"batches\":[{\"batchId\":\"a\",\"country\":\"XA\",\"date\":\"2021-06-01T00:00:00Z\"}]}",
        "{\"more\":false,\"batches\":[{\"batchId\":\"a\",\"country\":\"XA\",\"date\":\"2021\",\"deleted\":true}]}",
        "{\"more\":false,\"batches\":[{\"batchId\":\"a\",\"country\":\"xa\",\"date\":\"2021-06-01T00:00:00Z\",\"deleted\":true}]}",
        "{\"more\":false,\"batches\":[{\"batchId\":\"../a\",\"country\":\"XA\",\"date\":\"2021-06-01T00:00:00Z\",\"deleted\":true}]}",
        "{\"more\":false,\"batches\":[{\"batchId\":\"\",\"country\":\"XA\",\"date\":\"2021-06-01T00:00:00Z\",\"deleted\":true}]}",
        "{\"more\":false,\"batches\":[{\"batchId\":\"0123456789012345678901234567890123456789\",\"country\":\"XA\",\"date\":\"2021-06-01T00:00:00Z\",\"deleted\":true}]}",
    };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(wrong); i++) {
        put("page.json", hp_str_of(wrong[i]));
        refused("page.json: ");
        assert_true(strstr(one.error.text, "expected") != NULL ||
                    strstr(one.error.text, "no valid JSON") != NULL);
    }
    put("page.json", HP_STR("{\"more\""));
    refused("page.json: line 1");
    revoker_clear("list");
    put_batch("a-1", 1);
    refused("no answer of GET /revocation-list");
    PAGE("page.json", false, live("a-1", 2), live("a-2", 1));
    refused("page.json: batch 2: is older than the one before it");
    PAGE("page.json", false, live("a-1", 1), gone("a-1", 1));
    refused("says two things of it");
    PAGE("page.json", false, gone("a-1", 1), live("a-1", 2));
    refused("says two things of it");
    PAGE("page.json", false, live("a-1", 1), row("a-1", "XB", "2021-06-02T12:00:00Z", false));
    refused("says two things of it");
    PAGE("page.json", false, live("a-1", 1));
    put("a-1.der", signed_by(upload_a, content("XA", "UCI", hash(1))));
    refused("expected one file of the batch");
    revoker_clear("list/a-1.der");
    PAGE("page.json", false, row("a-1", "XA", "2021-07-03T12:00:00Z", false));
    refused("from the future");
    assert_null(one.index);
}

static void
interrupted(void **state)
{
    (void)state;
    PAGE("page1.json", true, live("a-1", 1));
    put_batch("a-1", 1);
    refused("page1.json: says that there is more");
    PAGE("page2.json", true, NO_ROWS);
    refused("says that there is more");
    PAGE("page2.json", false, live("a-2", 2));
    refused("batch a-2 of XA is listed, but neither here nor in the index");
    put_batch("a-2", 2);
    taken();
    PAGE("page2.json", false, live("a-2", 1), live("a-3", 3));
    PAGE("page1.json", true, live("a-1", 1), live("a-4", 2));
    refused("not of one download");
    assert_true(uci(1) && uci(2));
}

/* A gateway that compares whole seconds gives again what came in the second of the cursor. */
static void
within_a_second(void **state)
{
    hp_str a = row("a-1", "XA", "2021-06-01T12:00:00.2Z", false);
    hp_str b = row("a-2", "XA", "2021-06-01T12:00:00.5Z", false);

    (void)state;
    PAGE("page1.json", true, a, b);
    PAGE("page2.json", false, a, b, live("a-3", 2));
    put_batch("a-1", 1);
    put_batch("a-2", 2);
    put_batch("a-3", 3);
    taken();
    assert_true(uci(1) && uci(2) && uci(3));
}

static void
empty_lists(void **state)
{
    (void)state;
    PAGE("page.json", false, NO_ROWS);
    taken();
    assert_int_equal(hp_index_entries(one.index), 0);
    assert_false(hp_index_source(one.index, 0)->is_signed);
    PAGE("page.json", false, live("a-1", 1), live("a-2", 2), live("a-3", 3), live("a-4", 4));
    put_batch("a-1", 1);
    put_batch("a-2", 2);
    put_batch("a-3", 3);
    put_batch("a-4", 4);
    taken();
    PAGE("page.json", false, live("a-1", 1), gone("a-4", 5));
    refused("1 batches, less than half of the 4 in force");
    PAGE("page.json", false, live("a-1", 1), live("a-2", 2), gone("a-4", 5));
    taken();
    assert_true(uci(1) && uci(2) && !uci(3) && !uci(4));
    PAGE("page.json", false, gone("a-1", 6), gone("a-2", 6));
    refused("0 batches, less than half");
    one.job.allow_fewer = true;
    taken();
    assert_int_equal(hp_index_entries(one.index), 0);
}

/* ---- changes -------------------------------------------------------------------------------- */

static void
changes(void **state)
{
    (void)state;
    one.job.delta = true;
    PAGE("page.json", false, live("a-1", 1));
    put_batch("a-1", 1);
    refused("no list of that name to be changed");
    one.job.delta = false;
    taken();
    one.job.delta = true;
    revoker_clear("list");
    PAGE("page.json", false, live("a-1", 1), live("a-2", 2), gone("a-0", 2));
    put_batch("a-2", 2);
    taken(); /* the index has a-1; a-0 was never there */
    assert_true(uci(1) && uci(2));
    PAGE("page.json", false, gone("a-1", 3));
    taken();
    assert_true(!uci(1) && uci(2));
    PAGE("page.json", false, gone("a-2", 3));
    refused("0 batches, less than half of the 1 in force");
    one.job.since = REVOKER_NOW - 1;
    refused("was taken in anew while its changes were fetched");
    one.job.since = REVOKER_NOW;
    PAGE("page.json", false, live("a-1", 2));
    put_batch("a-1", 1);
    refused("is older (2021-06-02T12:00:00Z) than the one in force (2021-06-03T12:00:00Z)");
    one.job.allow_older = true;
    taken();
    assert_true(uci(1) && uci(2));
    one.job.allow_older = false;
    one.job.since = 0;
    PAGE("page.json", false, NO_ROWS);
    one.job.now += 86400;
    taken(); /* nothing new is news: it is as fresh as it can be */
    assert_float_equal(hp_index_source(one.index, 0)->dated, REVOKER_NOW + 86400, 0);
    assert_float_equal(hp_index_source(one.index, 0)->issued, 1622635200, 0);
    assert_int_equal(hp_index_entries(one.index), 2);
    one.job.now += 7 * 86400;
    taken();
    one.job.now += 7 * 86400 + 1;
    refused("was changed 7 days ago");
    one.job.delta = false;
    refused("is older (unknown)");
}

/* A whole list of the past would bring back what was withdrawn since. */
static void
older_lists(void **state)
{
    (void)state;
    PAGE("page.json", false, live("a-1", 1), live("a-2", 2));
    put_batch("a-1", 1);
    put_batch("a-2", 2);
    taken();
    PAGE("page.json", false, live("a-1", 1));
    refused("is older");
    assert_true(uci(2));
    one.job.allow_older = true;
    taken();
    assert_false(uci(2));
}

static void
no_memory(void **state)
{
    const char *paths[] = { maker_c_string(maker_print("%s/list", maker_folder())), NULL };

    (void)state;
    PAGE("page.json", false, live("a-1", 1), live("a-2", 2));
    put_batch("a-1", 1);
    put_batch("a-2", 2);
    taken();
    revoker_clear("list/a-2");
    revoker_starve(&one, paths);
}

/* Who else may write in the folder chooses the files. */
static void
foreign_files(void **state)
{
    const char *path;

    (void)state;
    PAGE("page.json", false, live("a-1", 1));
    put_batch("a-1", 1);
    path = maker_c_string(maker_print("%s/list/a-1", maker_folder()));
    assert_int_equal(chmod(path, 0666), 0);
    assert_true(revoker_said(&one, run(), HP_TOOK_FAULT, "lets others write"));
    assert_int_equal(chmod(path, 0600), 0);
    assert_int_equal(chmod(maker_c_string(maker_print("%s/list", maker_folder())), 0777), 0);
    assert_true(revoker_said(&one, run(), HP_TOOK_FAULT, "lets others write"));
    assert_int_equal(chmod(maker_c_string(maker_print("%s/list", maker_folder())), 0700), 0);
    taken();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

static int
make_certs(void **state)
{
    (void)state;
    upload_a = pki_cert_new(&(pki_wish){ .country = "XA", .name = "Upload" });
    upload_b = pki_cert_new(&(pki_wish){ .country = "XB", .name = "Upload" });
    stranger = pki_cert_new(&(pki_wish){ .country = "XA", .name = "Stranger" });
    nobody = pki_cert_new(&(pki_wish){ .name = "Nobody" });
    old_a = pki_cert_new(&(pki_wish){ .country = "XA", .name = "Old", .to = MAKER_IAT + 86400 });
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_good_list), TEST(a_later_whole_list), TEST(listed_after_its_end),
        TEST(listed_after_its_end_in_a_change), TEST(named_files), TEST(the_published_vector),
        TEST(defects), TEST(numbers_of_entries), TEST(signatures), TEST(signers_in_time),
        TEST(answers), TEST(interrupted), TEST(within_a_second), TEST(empty_lists), TEST(changes), TEST(older_lists),
        TEST(no_memory), TEST(foreign_files),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("group", tests, make_certs, NULL);
}
