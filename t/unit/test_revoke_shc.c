/* Lists of SMART Health Cards: what is taken, each defect, and lists out of their order (shc, 6). */
#include "unit.h"

#include "codec/json.h"
#include "maker.h"
#include "revoker.h"

#include <stdlib.h>

static revoker one;

#define ISSUER "https://issuer.example/shc"
#define KID_A  "3Kfdg-XwP-7gXyywtUfUADwBumDOPKMQx-iELL11W9s"
#define KID_B  "EBKOr72QQDcTBUuVzAzkfBTGew0ZA16GuWty64nS-sw"

static hp_str
crl(const char *kid, const char *ctr, const char *rids)
{
    return maker_print("{\"kid\":\"%s\",\"method\":\"rid\",\"ctr\":%s,\"rids\":[%s]}", kid, ctr,
                       rids);
}

static const char *
file(const char *name, hp_str content)
{
    return maker_file(maker_c_string(maker_print("crl/%s", name)), content);
}

/* Alone in its folder. */
static hp_took
take(hp_str content)
{
    return REVOKER_RUN(&one, file("a.json", content));
}

static void
taken(hp_str content)
{
    assert_true(revoker_said(&one, take(content), HP_TOOK, ""));
}

static void
refused(hp_str content, const char *word)
{
    assert_true(revoker_said(&one, take(content), HP_TOOK_REFUSED, word));
}

/* Each part is followed by a zero byte (check/query.h). */
static bool
listed_of(const char *issuer, const char *kid, const char *rid, double made)
{
    const hp_str zero = { (const uint8_t *)"", 1 };
    hp_str key = pki_sha256(MAKER_JOIN(hp_str_of(issuer), zero, hp_str_of(kid), zero, hp_str_of(rid),
                                       zero));

    return revoker_asks(&one, HP_LISTED_RID, key.p, NULL, made, NULL) == HP_INDEX_LISTED;
}

static bool
listed(const char *kid, const char *rid)
{
    return listed_of(ISSUER, kid, rid, 1e9);
}

static int
set_up(void **state)
{
    (void)state;
    revoker_clear("crl");
    revoker_start(&one, "shc");
    one.job.issuer = ISSUER;
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
    hp_batch hit;
    const hp_str zero = { (const uint8_t *)"", 1 };

    (void)state;
    taken(crl(KID_A, "7", "\"abc\",\"times.1600000000\",\"tomes.1600000000\",\"0123456789_-abcdefABCDEF\""));
    assert_true(listed(KID_A, "abc") && listed(KID_A, "0123456789_-abcdefABCDEF"));
    assert_false(listed(KID_B, "abc"));
    assert_false(listed_of("https://other.example", KID_A, "abc", 1e9));
    assert_true(listed_of(ISSUER, KID_A, "times", 1599999999.5));
    assert_false(listed_of(ISSUER, KID_A, "times", 1600000000)); /* equal is not before it */
    assert_true(listed_of(ISSUER, KID_A, "tomes", 0));
    assert_int_equal(hp_index_batches(one.index), 2);
    assert_int_equal(hp_index_source(one.index, 0)->entries, 4);
    assert_float_equal(hp_index_source(one.index, 0)->dated, REVOKER_NOW, 0);
    (void)revoker_asks(&one, HP_LISTED_RID,
                       pki_sha256(MAKER_JOIN(HP_STR(ISSUER), zero, HP_STR(KID_A), zero,
                                             HP_STR("abc"), zero)).p, NULL, 0, &hit);
    assert_non_null(strstr(hit.id, "3Kfdg-XwP-7gXyyw/"));
    assert_non_null(strstr(hit.id, " ctr 7"));
    taken(crl(KID_A, "\"8\"", "\"abc\",\"x\""));
    assert_false(listed_of(ISSUER, KID_A, "times", 0));
}

static void
count_told(void *context, const char *what)
{
    size_t *n = context;

    assert_non_null(strstr(what, "a.json: has a rid more than once"));
    assert_null(strstr(what, "abc"));
    ++*n;
}

/* A warning: both times withdraw, and so does the whole of the list. */
static void
a_rid_that_is_there_twice(void **state)
{
    size_t told = 0;

    (void)state;
    one.job.told = count_told;
    one.job.context = &told;
    taken(crl(KID_A, "7", "\"abc.5\",\"abc.1600000000\",\"x\",\"abc.7\",\"y.9\",\"y\""));
    assert_int_equal(told, 1);
    assert_int_equal(hp_index_entries(one.index), 3);
    assert_true(listed_of(ISSUER, KID_A, "abc", 1599999999) && listed(KID_A, "x") && listed(KID_A, "y"));
    assert_false(listed_of(ISSUER, KID_A, "abc", 1600000000));
    taken(crl(KID_A, "8", "\"abc\",\"x\",\"y\""));
    assert_int_equal(told, 1);
}

static void
published_lists(void **state)
{
    static const struct {
        const char *file, *issuer;
        hp_took took;
        const char *word;
    } all[] = {
        { "published/trust-examples.json", "https://spec.smarthealth.cards/examples/issuer", HP_TOOK, "" },
        { "published/trust-examples.json", "https://raw.githubusercontent.com/smart-on-fhir/health-cards-dev-tools/main/testdata/badcrl/duplicate-rid", HP_TOOK, "" },
        { "published/trust-examples.json", "https://raw.githubusercontent.com/smart-on-fhir/health-cards-dev-tools/main/testdata/badcrl/invalid-method", HP_TOOK_REFUSED, "method" },
        { "published/vci_snapshot.json", "https://www.hss.gov.nt.ca/covax", HP_TOOK, "" },
        { "published/vci_snapshot.json", "https://covid19.quebec.ca/PreuveVaccinaleApi/issuer", HP_TOOK, "" },
        { "published/vci_snapshot.json", "https://labtools.curativeinc.com/api", HP_TOOK, "" },
        { "own/trust.json", "https://shc.dev.example", HP_TOOK, "" },
        { "own/trust.json", "https://shc.dev.example/second", HP_TOOK, "" },
    };
    static const size_t entries[] = { 4, 2, 0, 0, 788, 555, 2, 0 };
    size_t i, k, j;

    (void)state;
    UNIT_NEEDS_DATA();
    for (i = 0; i < COUNT(all); i++) {
        const char *paths[8] = { NULL };
        const hp_json *infos;
        hp_bytes bytes;
        hp_json *json;

        assert_true(hp_file_read(maker_c_string(maker_print("%s/shc/%s", UNIT_DATA, all[i].file)), 0,
                                 (size_t)1 << 24, &bytes, NULL, NULL));
        json = hp_json_load_list((hp_str){ bytes.p, bytes.n }, bytes.n, NULL);
        infos = hp_json_get(json, "issuerInfo");
        for (k = j = 0; k < hp_json_count(infos); k++) {
            const hp_json *info = hp_json_at(infos, k), *crls = hp_json_get(info, "crls");
            size_t m;

            if (!hp_json_is(hp_json_get(hp_json_get(info, "issuer"), "iss"), all[i].issuer))
                continue;
            for (m = 0; m < hp_json_count(crls); m++, j++) {
                char *text = NULL;
                size_t n = 0;
                FILE *to = open_memstream(&text, &n);

                assert_true(hp_json_print(hp_json_at(crls, m), to) && fclose(to) == 0);
                paths[j] = file(maker_c_string(maker_print("%zu.json", j)),
                                (hp_str){ (const uint8_t *)text, n });
                free(text);
            }
        }
        assert_in_range(j, 1, 7);
        one.job.issuer = all[i].issuer;
        one.job.allow_fewer = true; /* another issuer's list each time */
        assert_true(revoker_said(&one, revoker_run(&one, paths), all[i].took, all[i].word));
        if (all[i].took == HP_TOOK)
            assert_int_equal(hp_index_entries(one.index), entries[i]);
        if (i == 0)
            assert_true(listed_of(all[0].issuer, KID_A, "vwAjHdarZuc", 1687450764.656) &&
                        listed_of(all[0].issuer, KID_A, "FKDIxsTCGlU", 2e9) &&
                        !listed_of(all[0].issuer, KID_A, "vwAjHdarZuc", 1687450765));
        hp_json_free(json);
        hp_bytes_free(&bytes);
    }
}

/* ---- defects -------------------------------------------------------------------------------- */

static void
defects(void **state)
{
    static const struct {
        const char *old, *by, *word;
    } all[] = {
        { "{", "[{", "no valid JSON" },
        { "\"method\":\"rid\"", "\"method\":\"hash-jws\"", "method: expected rid or hash-fhir" },
        { "\"method\":\"rid\",", "", "method" },
        { "\"rid\",", "\"rid\",\"method\":\"rid\",", "doubled member" },
        { KID_A, "3Kfdg", "kid" },
        { KID_A, KID_A "A", "kid" },
        { KID_A, "3Kfdg+XwP-7gXyywtUfUADwBumDOPKMQx-iELL11W9s", "kid" },
        { KID_A, "3Kfdg-XwP-7gXyywtUfUADwBumDOPKMQx-iELL11W9t", "kid" },
        { "\"ctr\":7", "\"ctr\":-1", "ctr" },
        { "\"ctr\":7", "\"ctr\":4294967296", "ctr" },
        { "\"ctr\":7", "\"ctr\":7.5", "ctr" },
        { "\"ctr\":7", "\"ctr\":\"7x\"", "ctr" },
        { "\"ctr\":7", "\"ctr\":\"\"", "ctr" },
        { "\"ctr\":7,", "", "ctr" },
        { "[\"abc\"]", "\"abc\"", "rids" },
        { "\"rids\"", "\"ridz\"", "rids" },
        { "\"abc\"", "7", "rid 1" },
        { "\"abc\"", "\"x\",\"\"", "rid 2" },
        { "\"abc\"", "\".5\"", "rid 1" },
        { "\"abc\"", "\"a b\"", "rid 1" },
        { "\"abc\"", "\"a+b\"", "rid 1" },
        { "\"abc\"", "\"0123456789012345678901234\"", "rid 1" },
        { "\"abc\"", "\"abc.\"", "rid 1" },
        { "\"abc\"", "\"abc.5s\"", "rid 1" },
        { "\"abc\"", "\"abc.-5\"", "rid 1" },
        { "\"abc\"", "\"abc.1.5\"", "rid 1" },
        { "\"abc\"", "\"abc.100000000001\"", "rid 1" },
    };
    hp_str good = crl(KID_A, "7", "\"abc\"");
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(all); i++) {
        refused(maker_replace(good, hp_str_of(all[i].old), hp_str_of(all[i].by)), all[i].word);
        assert_non_null(strstr(one.error.text, "a.json: "));
        assert_null(strstr(one.error.text, "abc")); /* what leads to a person is nobody's business */
        assert_null(one.index);
    }
    taken(crl(KID_A, "4294967295", "\"abc.100000000000\",\"012345678901234567890123\""));
    refused(HP_STR(""), "a.json: ");
}

static void
issuers(void **state)
{
    static const char *const wrong[] = { "http://a.example", "https://a.example/", "https://" };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(wrong); i++) {
        one.job.issuer = wrong[i];
        refused(crl(KID_A, "1", ""), "expected --issuer");
    }
    one.job.issuer = NULL;
    refused(crl(KID_A, "1", ""), "expected --issuer");
}

/* ---- one after the other -------------------------------------------------------------------- */

static void
counters(void **state)
{
    (void)state;
    taken(crl(KID_A, "10", "\"a\""));
    taken(crl(KID_A, "10", "\"a\",\"b\"")); /* the same again is no step back */
    refused(crl(KID_A, "9", "\"a\",\"c\""), "is older (ctr 9) than the list in force (ctr 10)");
    assert_true(listed(KID_A, "b"));
    one.job.allow_older = true;
    taken(crl(KID_A, "9", "\"a\",\"c\""));
    one.job.allow_older = false;
    assert_true(listed(KID_A, "c") && !listed(KID_A, "b"));
    taken(crl(KID_A, "100", "\"a\""));
    refused(crl(KID_A, "11", "\"a\""), "ctr 100"); /* as numbers */
    one.job.allow_fewer = true;
    taken(crl(KID_A, "101", "")); /* nothing is withdrawn, and its number stays known */
    refused(crl(KID_A, "100", "\"a\""), "ctr 101");
    one.job.issuer = "https://other.example";
    taken(crl(KID_A, "1", "\"a\"")); /* another issuer counts for himself */
}

static void
changes(void **state)
{
    (void)state;
    taken(crl(KID_A, "1", "\"a\""));
    one.job.delta = true;
    taken(crl(KID_B, "5", "\"b\""));
    assert_true(listed(KID_A, "a") && listed(KID_B, "b"));
    taken(crl(KID_A, "2", "\"c\""));
    assert_true(!listed(KID_A, "a") && listed(KID_A, "c") && listed(KID_B, "b"));
    refused(crl(KID_A, "1", "\"a\""), "ctr 2");
    one.job.issuer = "https://other.example";
    taken(crl(KID_A, "1", "\"d\""));
    assert_true(listed(KID_A, "c"));
    assert_true(listed_of("https://other.example", KID_A, "d", 1e9));
    assert_int_equal(hp_index_sources(one.index), 1);
    one.job.issuer = ISSUER;
    one.job.delta = false;
    refused(crl(KID_A, "3", "\"c\",\"e\""), "has cards of another issuer");
    one.job.allow_fewer = true;
    taken(crl(KID_A, "3", "\"c\",\"e\"")); /* a whole list takes the place of all */
    assert_false(listed(KID_B, "b"));
}

/* Two issuers under one name, by a slip: the first one's cards stay withdrawn. */
static void
another_issuer(void **state)
{
    (void)state;
    taken(crl(KID_A, "1", "\"a\""));
    one.job.issuer = "https://other.example";
    refused(crl(KID_A, "2", "\"b\""), "has cards of another issuer");
    assert_true(listed(KID_A, "a"));
    one.place.name = "other";
    taken(crl(KID_A, "2", "\"b\""));
    assert_true(listed(KID_A, "a"));
    assert_true(listed_of("https://other.example", KID_A, "b", 1e9));
}

static void
several_files(void **state)
{
    const char *a = file("a.json", crl(KID_A, "1", "\"a\""));
    const char *b = file("b.json", crl(KID_B, "1", "\"b\""));

    (void)state;
    assert_true(revoker_said(&one, REVOKER_RUN(&one, a, b), HP_TOOK, ""));
    assert_true(listed(KID_A, "a") && listed(KID_B, "b"));
    assert_true(revoker_said(&one,
                             REVOKER_RUN(&one, maker_c_string(maker_print("%s/crl", maker_folder()))),
                             HP_TOOK, ""));
    assert_true(listed(KID_A, "a") && listed(KID_B, "b"));
    b = file("b.json", crl(KID_A, "2", "\"b\""));
    assert_true(revoker_said(&one, REVOKER_RUN(&one, a, b), HP_TOOK_REFUSED, "second list"));
    revoker_clear("crl");
    for (size_t i = 0; i <= 1000; i++)
        (void)file(maker_c_string(maker_print("%zu", i)), HP_STR("x"));
    assert_true(revoker_said(&one,
                             REVOKER_RUN(&one, maker_c_string(maker_print("%s/crl", maker_folder()))),
                             HP_TOOK_REFUSED, "more than 1000 lists"));
    revoker_clear("crl/1000");
    assert_true(revoker_said(&one,
                             REVOKER_RUN(&one, maker_c_string(maker_print("%s/crl", maker_folder()))),
                             HP_TOOK_REFUSED, "0: line 1"));
    revoker_clear("crl");
    (void)maker_file("crl/.keep", HP_STR(""));
    assert_true(revoker_said(&one,
                             REVOKER_RUN(&one, maker_c_string(maker_print("%s/crl", maker_folder()))),
                             HP_TOOK_REFUSED, "has no list"));
}

static void
no_memory(void **state)
{
    const char *paths[] = { file("a.json", crl(KID_A, "2", "\"a\",\"b.5\"")), NULL };

    (void)state;
    taken(crl(KID_A, "1", "\"a\""));
    paths[0] = file("a.json", crl(KID_A, "2", "\"a\",\"b.5\""));
    revoker_starve(&one, paths);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_good_list), TEST(a_rid_that_is_there_twice), TEST(published_lists), TEST(defects),
        TEST(issuers), TEST(counters), TEST(changes), TEST(another_issuer), TEST(several_files),
        TEST(no_memory),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("group", tests, NULL, NULL);
}
