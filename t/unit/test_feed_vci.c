/* The VCI directory's snapshot, and one issuer's key set: what is taken, left out, refused. */
#include "unit.h"

#include "codec/base64.h"
#include "importer.h"
#include "maker.h"

#include <stdlib.h>

#define ISS "https://shc.example/issuer"

static importer one;
static const pki_cert *directory; /* what signs, as the real one: P-521 */
static const pki_key *key, *other;

/* ---- making lists ----------------------------------------------------------- */

static hp_str
coordinate(const pki_key *k, const char *name)
{
    return pki_base64url(pki_parameter(k, name));
}

static hp_str
thumbprint(const pki_key *k)
{
    return pki_sha256(MAKER_JOIN(HP_STR("{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\""),
        coordinate(k, "x"), HP_STR("\",\"y\":\""), coordinate(k, "y"), HP_STR("\"}")));
}

static hp_str
jwk(const pki_key *k)
{
    return MAKER_JOIN(HP_STR("{\"kty\":\"EC\",\"kid\":\""), pki_base64url(thumbprint(k)),
        HP_STR("\",\"use\":\"sig\",\"alg\":\"ES256\",\"crv\":\"P-256\",\"x\":\""),
        coordinate(k, "x"), HP_STR("\",\"y\":\""), coordinate(k, "y"), HP_STR("\"}"));
}

static hp_str
issuer(const char *iss, hp_str keys)
{
    return MAKER_JOIN(HP_STR("{\"issuer\":{\"iss\":\""), hp_str_of(iss),
        HP_STR("\",\"name\":\"An issuer\",\"canonical_iss\":\"https://other.example\"},\"keys\":["),
        keys, HP_STR("],\"crls\":[{\"kid\":1}],\"lastRetrieved\":\"2021-06-30T04:00:00Z\"}"));
}

static hp_str
snapshot_at(const char *time, hp_str issuers)
{
    return MAKER_JOIN(HP_STR("{\"directory\":\"https://directory.example\",\"time\":\""),
        hp_str_of(time), HP_STR("\",\"issuerInfo\":["), issuers, HP_STR("]}"));
}

static hp_str
snapshot(hp_str issuers)
{
    return snapshot_at("2021-06-30T04:00:00Z", issuers);
}

static hp_str
signed_by(const pki_cert *signer, hp_str list)
{
    return pki_sign(pki_cert_key(signer), HP_HASH_SHA512, list);
}

static bool
run(hp_str list)
{
    return importer_run_one(&one, &hp_feed_vci, list, signed_by(directory, list));
}

/* ---- a good one -------------------------------------------------------------- */

static void
a_good_list(void **state)
{
    hp_str kid = thumbprint(key);
    const hp_record *record;
    const hp_source *source;

    (void)state;
    assert_true(run(snapshot(MAKER_JOIN(issuer(ISS, MAKER_JOIN(jwk(key), HP_STR(","), jwk(other))),
        HP_STR(","), issuer("https://shc.example/second", jwk(key))))));
    assert_int_equal(one.import.records.n, 3);
    record = importer_find(&one, HP_ROLE_SIGNER, kid, 0);
    assert_non_null(record);
    assert_str_equal(record->issuer, HP_STR(ISS));
    assert_str_equal(record->spki, pki_spki(key));
    assert_memory_equal(record->digest, pki_sha256(pki_spki(key)).p, HP_SHA256);
    assert_int_equal(record->domains, HP_DOMAIN_SHC);
    assert_int_equal(record->flaw, HP_FLAW_NONE);
    record = importer_find(&one, HP_ROLE_SIGNER, kid, 1); /* the same key, another issuer's */
    assert_non_null(record);
    assert_str_equal(record->issuer, HP_STR("https://shc.example/second"));
    source = &one.import.records.sources[0];
    assert_true(source->issued == 1625025600.0 && source->dated == source->issued);
    assert_true(source->is_signed);
    assert_memory_equal(source->signer, pki_sha256(pki_der(directory)).p, HP_SHA256);
    assert_int_equal(source->entries, 3);
    assert_int_equal(source->keys, 3);
    assert_string_equal(one.told, "");
}

static void
a_bare_key_is_a_pin_too(void **state)
{
    importer bare;
    hp_str list = snapshot(issuer(ISS, jwk(key)));

    (void)state;
    importer_start(&bare);
    importer_pin(&bare, pki_spki(pki_cert_key(directory)));
    assert_true(importer_run_one(&bare, &hp_feed_vci, list, signed_by(directory, list)));
    assert_memory_equal(bare.import.records.sources[0].signer,
        pki_sha256(pki_spki(pki_cert_key(directory))).p, HP_SHA256);
    importer_end(&bare);
}

/* ---- lists that are refused ---------------------------------------------------- */

static void
refused(bool good, const char *word)
{
    assert_false(good);
    assert_says(one.error.text, word);
}

static void
signatures_that_do_not_hold(void **state)
{
    hp_str list = snapshot(issuer(ISS, jwk(key))), good = signed_by(directory, list);
    const pki_cert *stranger = pki_cert_new(&(pki_wish){ .key = pki_key_new("P-521") });
    uint8_t *bad;

    (void)state;
    refused(importer_run_one(&one, &hp_feed_vci, list, (hp_str){ NULL, 0 }), "signature");
    refused(importer_run_one(&one, &hp_feed_vci, list, HP_STR("")), "pinned");
    refused(importer_run_one(&one, &hp_feed_vci, list, signed_by(stranger, list)), "pinned");
    refused(importer_run_one(&one, &hp_feed_vci, list,
        pki_sign(pki_cert_key(directory), HP_HASH_SHA256, list)), "pinned");
    refused(importer_run_one(&one, &hp_feed_vci, list,
        pki_sign_raw(pki_cert_key(directory), HP_HASH_SHA512, list)), "pinned");
    refused(importer_run_one(&one, &hp_feed_vci, MAKER_JOIN(list, HP_STR(" ")), good), "pinned");
    bad = malloc(list.n);
    assert_non_null(bad);
    for (size_t i = 0; i < list.n; i += 7) {
        memcpy(bad, list.p, list.n);
        bad[i] ^= 1;
        refused(importer_run_one(&one, &hp_feed_vci, (hp_str){ bad, list.n }, good), "pinned");
    }
    free(bad);
    assert_true(run(list));
}

static void
a_pinned_certificate_has_its_time(void **state)
{
    hp_str list = snapshot(issuer(ISS, jwk(key)));
    const pki_cert *later = pki_cert_new(&(pki_wish){ .key = pki_key_new("P-521"),
        .from = MAKER_NOW + 1 });
    importer early;

    (void)state;
    one.terms.now = MAKER_TO + 1;
    refused(run(list), "not valid now");
    one.terms.as_given = true;
    assert_true(run(list));
    one.terms.as_given = false;
    one.terms.now = MAKER_NOW;
    importer_start(&early);
    importer_pin(&early, pki_der(later));
    assert_false(importer_run_one(&early, &hp_feed_vci, list, signed_by(later, list)));
    assert_non_null(strstr(early.error.text, "not valid now"));
    /* its bare key beside it is another pin, which holds */
    importer_pin(&early, pki_spki(pki_cert_key(later)));
    assert_true(importer_run_one(&early, &hp_feed_vci, list, signed_by(later, list)));
    importer_end(&early);
}

static void
unsigned_only_by_name(void **state)
{
    hp_str list = snapshot(issuer(ISS, jwk(key)));
    importer nobody;

    (void)state;
    importer_start(&nobody);
    assert_false(importer_run_one(&nobody, &hp_feed_vci, list, signed_by(directory, list)));
    assert_non_null(strstr(nobody.error.text, "vci_snapshot.crt"));
    nobody.terms.unsigned_ok = true;
    assert_true(importer_run_one(&nobody, &hp_feed_vci, list, (hp_str){ NULL, 0 }));
    assert_false(nobody.import.records.sources[0].is_signed);
    nobody.terms.unsigned_ok = false;
    nobody.terms.as_given = true;
    assert_true(importer_run_one(&nobody, &hp_feed_vci, HP_STR("{\"issuerInfo\":[]}"),
        (hp_str){ NULL, 0 }) || nobody.error.text[0] != 0); /* empty: the common rules' to judge */
    importer_end(&nobody);
}

static void
lists_of_another_form(void **state)
{
    static const char *const lists[] = {
        "", " ", "x", "[]", "{}", "null", "{\"issuerInfo\":{}}", "{\"issuerInfo\":[]",
        "{\"time\":\"2021-06-30T04:00:00Z\",\"issuerInfo\":[],\"issuerInfo\":[]}",
        "{\"time\":\"2021-06-30\",\"issuerInfo\":[]}", "{\"time\":5,\"issuerInfo\":[]}",
        "{\"issuerInfo\":[]}", "{\"time\":\"2021-06-30T04:00:00Z\",\"issuerInfo\":[]}",
        "{\"time\":\"2021-06-30T04:00:00Z\",\"issuerInfo\":5}",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(lists); i++)
        refused(run(hp_str_of(lists[i])), "");
    refused(run(snapshot_at("2021-07-02T00:00:01Z", issuer(ISS, jwk(key)))), "");
    refused(run(snapshot(issuer(ISS, HP_STR("")))), ""); /* not one key */
    refused(run(MAKER_JOIN(HP_STR("{\"issuerInfo\":["), issuer(ISS, jwk(key)), HP_STR("]}"))),
        "time");
}

/* ---- entries that are left out ---------------------------------------------------- */

static hp_str
with(hp_str text, const char *what, const char *instead)
{
    return maker_replace(text, hp_str_of(what), hp_str_of(instead));
}

/* Beside a good key. */
static void
left_out(hp_str bad, hp_skip why)
{
    if (!run(snapshot(issuer(ISS, MAKER_JOIN(bad, HP_STR(","), jwk(other))))))
        print_error("%s\n", one.error.text);
    assert_true(one.good);
    assert_int_equal(one.import.records.n, 1);
    assert_int_equal(importer_skipped(&one, why), 1);
    assert_non_null(importer_find(&one, HP_ROLE_SIGNER, thumbprint(other), 0));
}

static void
keys_that_are_left_out(void **state)
{
    const pki_key *p384 = pki_key_new("P-384");
    hp_str good = jwk(key), x = coordinate(key, "x");
    uint8_t bits[43];

    (void)state;
    left_out(HP_STR("5"), HP_SKIP_UNREADABLE);
    left_out(HP_STR("{}"), HP_SKIP_KEY);
    left_out(with(good, "\"kty\":\"EC\"", "\"kty\":\"RSA\""), HP_SKIP_KEY);
    left_out(with(good, "\"kty\":\"EC\",", ""), HP_SKIP_KEY);
    left_out(with(good, "P-256", "P-384"), HP_SKIP_KEY);
    left_out(with(good, "ES256", "ES256K"), HP_SKIP_KEY);
    left_out(with(good, "\"alg\":\"ES256\"", "\"alg\":null"), HP_SKIP_KEY);
    left_out(with(good, "\"sig\"", "\"enc\""), HP_SKIP_OTHER_USE);
    left_out(with(good, "\"x\":\"", "\"x\":\"="), HP_SKIP_UNREADABLE);
    left_out(maker_replace(good, x, MAKER_JOIN(x, HP_STR("="))), HP_SKIP_UNREADABLE);
    left_out(maker_replace(good, x, (hp_str){ x.p, 40 }), HP_SKIP_KID);
    left_out(maker_replace(good, x, MAKER_JOIN(x, HP_STR("A"))), HP_SKIP_UNREADABLE);
    left_out(maker_replace(good, x, HP_STR("")), HP_SKIP_KID);
    memcpy(bits, x.p, sizeof(bits));
    bits[42] = (uint8_t)(bits[42] + 1); /* bits behind the last byte */
    left_out(maker_replace(good, x, (hp_str){ bits, sizeof(bits) }), HP_SKIP_UNREADABLE);
    left_out(maker_replace(good, pki_base64url(thumbprint(key)),
        pki_base64url(thumbprint(other))), HP_SKIP_KID);
    left_out(with(good, "\"kid\"", "\"Kid\""), HP_SKIP_KID);
    left_out(jwk(p384), HP_SKIP_UNREADABLE); /* coordinates of 48 bytes */
    left_out(with(good, "\"kty\"", "\"d\":\"AAAA\",\"kty\""), HP_SKIP_UNREADABLE);
    assert_non_null(strstr(one.told, "private key"));
}

/* A point beside the curve, with the right thumbprint. */
static void
points_beside_the_curve(void **state)
{
    hp_str x = coordinate(key, "x"), y = coordinate(other, "y");
    hp_str kid = pki_base64url(pki_sha256(MAKER_JOIN(
        HP_STR("{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\""), x, HP_STR("\",\"y\":\""), y,
        HP_STR("\"}"))));

    (void)state;
    left_out(maker_replace(maker_replace(jwk(key), coordinate(key, "y"), y),
        pki_base64url(thumbprint(key)), kid), HP_SKIP_KEY);
}

/* use and alg may be absent; members that are unknown say nothing. */
static void
keys_that_are_taken(void **state)
{
    (void)state;
    assert_true(run(snapshot(issuer(ISS, with(with(jwk(key), "\"use\":\"sig\",", ""),
        "\"alg\":\"ES256\",", "\"x5c\":[5],\"date\":1,\"ctr\":\"2\",")))));
    assert_int_equal(one.import.records.n, 1);
}

/* A key whose x begins with a zero that its issuer leaves out. */
static void
zeros_that_are_left_out(void **state)
{
    const pki_key *k;
    hp_str x, y, bare, print;

    (void)state;
    do
        k = pki_key_new("P-256");
    while (pki_parameter(k, "x").p[0] != 0);
    x = coordinate(k, "x");
    y = coordinate(k, "y");
    bare = pki_base64url(hp_str_from(pki_parameter(k, "x"), 1));
    print = pki_sha256(MAKER_JOIN(HP_STR("{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\""), bare,
        HP_STR("\",\"y\":\""), y, HP_STR("\"}")));
    assert_true(run(snapshot(issuer(ISS, maker_replace(maker_replace(jwk(k), x, bare),
        pki_base64url(thumbprint(k)), pki_base64url(print))))));
    assert_str_equal(one.import.records.all[0].spki, pki_spki(k));
    assert_str_equal(one.import.records.all[0].kid, print);
}

static void
a_pair_of_issuer_and_key_is_there_once(void **state)
{
    (void)state;
    assert_true(run(snapshot(MAKER_JOIN(issuer(ISS, jwk(key)), HP_STR(","),
        issuer(ISS, jwk(key))))));
    assert_int_equal(one.import.records.n, 1);
    assert_int_equal(importer_skipped(&one, HP_SKIP_DOUBLE), 1);
}

static void
issuers_that_are_left_out(void **state)
{
    static const char *const bad[] = {
        "http://shc.example", "https://shc.example/", "https://", "https:///x", "", "shc.example",
        "HTTPS://shc.example", "https://shc.example/a b", "https://shc.example/?q",
        "https://shc.example/#f", "https://shc.example/\xc3\xa9",
        "https://shc.example/\\\\", "https://shc.example/\\u007f",
    };
    char length[300] = "https://shc.example/";
    hp_str good = issuer(ISS, jwk(other));

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        assert_true(run(snapshot(MAKER_JOIN(issuer(bad[i], jwk(key)), HP_STR(","), good))));
        assert_int_equal(one.import.records.n, 1);
        assert_int_equal(importer_skipped(&one, HP_SKIP_UNREADABLE), 1);
    }
    memset(length + 20, 'a', 236);
    assert_true(run(snapshot(MAKER_JOIN(issuer(length, jwk(key)), HP_STR(","), good))));
    assert_int_equal(one.import.records.n, 1); /* 256 characters */
    length[255] = 0;
    assert_true(run(snapshot(MAKER_JOIN(issuer(length, jwk(key)), HP_STR(","), good))));
    assert_int_equal(one.import.records.n, 2);
    assert_true(run(snapshot(MAKER_JOIN(HP_STR("5,null,{},{\"issuer\":5},"
        "{\"issuer\":{\"iss\":\"" ISS "\"}},{\"issuer\":{\"iss\":5},\"keys\":[]},"), good))));
    assert_int_equal(importer_skipped(&one, HP_SKIP_UNREADABLE), 6);
}

/* ---- one issuer's keys --------------------------------------------------------------- */

static void
a_key_set(void **state)
{
    hp_str set = MAKER_JOIN(HP_STR("{\"keys\":["), jwk(key), HP_STR("]}"));
    hp_str none = { NULL, 0 };
    importer set_of;

    (void)state;
    importer_start(&set_of);
    set_of.terms.issuer = ISS;
    assert_false(importer_run_one(&set_of, &hp_feed_jwks, set, none)); /* not said by name */
    set_of.terms.unsigned_ok = true;
    assert_true(importer_run_one(&set_of, &hp_feed_jwks, set, none));
    assert_int_equal(set_of.import.records.n, 1);
    assert_str_equal(set_of.import.records.all[0].issuer, HP_STR(ISS));
    assert_str_equal(set_of.import.records.all[0].kid, thumbprint(key));
    assert_false(set_of.import.records.sources[0].is_signed);
    assert_true(set_of.import.records.sources[0].dated == MAKER_NOW);
    assert_false(importer_run_one(&set_of, &hp_feed_jwks, set, HP_STR("x"))); /* signed? */
    assert_false(importer_run_one(&set_of, &hp_feed_jwks, HP_STR("{\"keys\":5}"), none));
    assert_false(importer_run_one(&set_of, &hp_feed_jwks, HP_STR("[]"), none));
    set_of.terms.issuer = ISS "/";
    assert_false(importer_run_one(&set_of, &hp_feed_jwks, set, none));
    set_of.terms.issuer = NULL;
    assert_false(importer_run_one(&set_of, &hp_feed_jwks, set, none));
    assert_non_null(strstr(set_of.error.text, "--issuer"));
    set_of.terms.issuer = ISS;
    importer_pin(&set_of, pki_der(directory));
    assert_false(importer_run_one(&set_of, &hp_feed_jwks, set, none));
    importer_end(&set_of);
}

static void
which_feed_a_file_is_of(void **state)
{
    hp_feed_file list = { "x", snapshot(issuer(ISS, jwk(key))) };
    hp_feed_file set = { "x", MAKER_JOIN(HP_STR("{\"keys\":["), jwk(key), HP_STR("]}")) };
    hp_feed_file folder = { "/", { NULL, 0 } }, text = { "x", HP_STR("{\"keys\":[],\"kty\"") };

    (void)state;
    assert_true(hp_feed_vci.is(&list) && !hp_feed_jwks.is(&list));
    assert_true(hp_feed_jwks.is(&set) && !hp_feed_vci.is(&set));
    assert_false(hp_feed_vci.is(&folder) || hp_feed_jwks.is(&folder));
    assert_false(hp_feed_vci.is(&text) || hp_feed_jwks.is(&text));
}

/* ---- too much ------------------------------------------------------------------------- */

static hp_str
repeated(hp_str head, const char *unit, size_t times, hp_str tail)
{
    size_t n = strlen(unit), i;
    uint8_t *p = malloc(head.n + times * n + tail.n);

    assert_non_null(p);
    memcpy(p, head.p, head.n);
    for (i = 0; i < times; i++)
        memcpy(p + head.n + i * n, unit, n);
    memcpy(p + head.n + times * n, tail.p, tail.n);
    return (hp_str){ p, head.n + times * n + tail.n };
}

static void
too_much(void **state)
{
    static const struct {
        const char *head, *unit;
        size_t times;
        const char *tail;
    } lists[] = {
        { "{\"issuerInfo\":[", "{},", 1000000, "{}]}" },
        { "{\"issuerInfo\":[", "5,", 10000000, "5]}" }, /* 20 MB */
        { "{\"issuerInfo\":", "[", 10000, "" },
        { "{\"issuerInfo\":[{\"issuer\":{\"iss\":\"" ISS "\"},\"keys\":[", "{},", 1000000, "{}]}]}" },
        { "{\"issuerInfo\":[{\"issuer\":{\"iss\":\"" ISS "\"},\"keys\":[", "[", 10000, "" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(lists); i++) {
        hp_str list = repeated(hp_str_of(lists[i].head), lists[i].unit, lists[i].times,
            hp_str_of(lists[i].tail));

        refused(run(list), "");
        one.terms.as_given = true;
        refused(run(list), "");
        one.terms.as_given = false;
        free((uint8_t *)(uintptr_t)list.p);
    }
}

static void
cut_at_each_length(void **state)
{
    hp_str list = snapshot(issuer(ISS, jwk(key)));
    importer cut;

    (void)state;
    importer_start(&cut);
    cut.terms.unsigned_ok = true;
    for (size_t n = 0; n < list.n; n++)
        assert_false(importer_run_one(&cut, &hp_feed_vci, guard_end((hp_str){ list.p, n }),
            (hp_str){ NULL, 0 }));
    importer_end(&cut);
}

static void
every_allocation_fails_once(void **state)
{
    hp_str list = snapshot(MAKER_JOIN(issuer(ISS, jwk(key)), HP_STR(","),
        issuer("https://b.example", jwk(other))));
    hp_str signature = signed_by(directory, list);
    bool good = false;

    (void)state;
    for (size_t n = 1; !good && n < 1000; n++) {
        alloc_start(n);
        good = importer_run_one(&one, &hp_feed_vci, list, signature);
        alloc_start(0);
        if (good && one.import.records.n < 2)
            good = false; /* a key that could not be read for want of memory is left out */
    }
    assert_true(good);
}

/* ---- the real thing ---------------------------------------------------------------------- */

static void
the_real_snapshot(void **state)
{
    const char *at;
    hp_bytes list, signature, crt;
    importer real;

    (void)state;
    UNIT_NEEDS_DATA();
    at = maker_c_string(maker_print("%s/shc/published/vci_snapshot", UNIT_DATA));
    importer_start(&real);
    assert_true(hp_file_read(maker_c_string(maker_print("%s.json", at)), 0, HP_FEED_MAX, &list,
        NULL, &real.error));
    assert_true(hp_file_read(maker_c_string(maker_print("%s.sig", at)), 0, HP_FEED_MAX,
        &signature, NULL, &real.error));
    assert_true(hp_file_read(maker_c_string(maker_print("%s.crt", at)), 0, HP_FEED_MAX, &crt,
        NULL, &real.error));
    importer_pin(&real, (hp_str){ crt.p, crt.n });
    real.terms.now = 1790000000;
    assert_true(importer_run_one(&real, &hp_feed_vci, (hp_str){ list.p, list.n },
        (hp_str){ signature.p, signature.n }));
    if (real.told[0] != 0)
        print_error("%s\n", real.told);
    assert_int_equal(real.import.records.n, 961);
    assert_int_equal(real.import.records.sources[0].entries, 961);
    assert_true(real.import.records.sources[0].issued == 1787373830.0);
    assert_string_equal(real.told, "");
    hp_bytes_free(&list);
    hp_bytes_free(&signature);
    hp_bytes_free(&crt);
    importer_end(&real);
}

static int
set_up(void **state)
{
    (void)state;
    importer_start(&one);
    directory = pki_cert_new(&(pki_wish){ .name = "directory.example",
        .key = pki_key_new("P-521") });
    importer_pin(&one, pki_pem(directory));
    key = pki_key_new("P-256");
    other = pki_key_new("P-256");
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    importer_end(&one);
    return 0;
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_good_list),
    cmocka_unit_test(a_bare_key_is_a_pin_too),
    cmocka_unit_test(signatures_that_do_not_hold),
    cmocka_unit_test(a_pinned_certificate_has_its_time),
    cmocka_unit_test(unsigned_only_by_name),
    cmocka_unit_test(lists_of_another_form),
    cmocka_unit_test(keys_that_are_left_out),
    cmocka_unit_test(points_beside_the_curve),
    cmocka_unit_test(keys_that_are_taken),
    cmocka_unit_test(zeros_that_are_left_out),
    cmocka_unit_test(a_pair_of_issuer_and_key_is_there_once),
    cmocka_unit_test(issuers_that_are_left_out),
    cmocka_unit_test(a_key_set),
    cmocka_unit_test(which_feed_a_file_is_of),
    cmocka_unit_test(too_much),
    cmocka_unit_test(cut_at_each_length),
    cmocka_unit_test(every_allocation_fails_once),
    cmocka_unit_test(the_real_snapshot),
};

UNIT_MAIN_WITH(tests, set_up, tear_down)
