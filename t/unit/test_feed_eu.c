/*
 * The European archive: what is taken, and each way in which a file or the archive is wrong
 * (trust-lists, 1.3, 1.5 and 6).
 */
#include "unit.h"

#include "lists.h"
#include "maker.h"

#include <ctype.h>
#include <stdlib.h>
#include <time.h>

static hp_crypto *crypto;
static hp_pin *pin, *other_pin;
static const pki_cert *publisher, *stranger, *csca_a, *csca_b, *signer_a, *second_a, *signer_b;

/* When this test runs: the archive's time is that of its signature. */
static double today;

static hp_feed_terms
terms(void)
{
    return (hp_feed_terms){ .crypto = crypto, .name = "archive", .env = HP_ENV_PROD,
                            .now = today, .pins = &pin, .n_pins = 1 };
}

static const hp_feed *
feed(void)
{
    return hp_feed_find("eu");
}

/* A file as the archive has it: kind/DCC/country/sha256.pem. */
static lists_file
file_of(const char *kind, const char *country, const pki_cert *cert)
{
    return (lists_file){
        maker_c_string(maker_print("%s/DCC/%s/%s.pem", kind, country,
                                   maker_c_string(pki_hex(pki_sha256(pki_der(cert)))))),
        pki_pem(cert), NULL
    };
}

/* Base64 in lines of 64, as the published file has it. */
static hp_str
wrapped(hp_str bytes)
{
    hp_str text = pki_base64(bytes), all = HP_STR("");

    while (text.n > 64) {
        all = MAKER_JOIN(all, (hp_str){ text.p, 64 }, HP_STR("\r\n"));
        text = hp_str_from(text, 64);
    }
    return MAKER_JOIN(all, text, HP_STR("\n"));
}

static const lists_result *
import_signed(const hp_feed_terms *t, hp_str archive, hp_str signature)
{
    hp_feed_file one = { "dcc_trustlist.zip", archive };
    hp_feed_input input = { .files = &one, .n = 1, .signature = { "sig.txt", signature } };

    return lists_import(feed(), t, &input);
}

/* Signed as it should be. */
static const lists_result *
import(const hp_feed_terms *t, hp_str archive)
{
    return import_signed(t, archive, wrapped(pki_cms(publisher, archive, PKI_DETACHED)));
}

/* Texts, both authorities, XB's signer, and this file, which comes first. */
static hp_str
archive_with(lists_file file)
{
    const lists_file files[] = {
        file, { "Readme.txt", HP_STR("text"), NULL }, { "License.txt", HP_STR("text"), NULL },
        { "Version.txt", HP_STR("1.0"), NULL }, file_of("DSC", "XB", signer_b),
        file_of("CSCA", "XB", csca_b), file_of("CSCA", "XA", csca_a),
    };

    return lists_zip(files, COUNT(files), NULL);
}

static const lists_result *
import_with(lists_file file)
{
    hp_feed_terms t = terms();

    return import(&t, archive_with(file));
}

static void
left_out(lists_file file, hp_skip why)
{
    const lists_result *r = import_with(file);

    assert_string_equal(r->why, "");
    assert_int_equal(r->source.keys, 1);
    assert_non_null(lists_find(r, signer_b));
    assert_int_equal(r->source.entries, 4);
    assert_int_equal(r->source.skipped[why], why == HP_SKIP_OTHER_USE ? 3 : 1);
    assert_int_equal(r->source.skipped[HP_SKIP_OTHER_USE], why == HP_SKIP_OTHER_USE ? 3 : 2);
}

static void
refused(const lists_result *r, const char *word)
{
    assert_says(r->why, word);
}

/* ---- a good archive ------------------------------------------------------------------------ */

static void
a_good_archive(void **state)
{
    const lists_result *r = import_with(file_of("DSC", "XA", signer_a));
    hp_str archive = archive_with(file_of("DSC", "XA", signer_a));
    const hp_record *a = lists_find(r, signer_a);

    (void)state;
    assert_string_equal(r->why, "");
    assert_int_equal(r->source.keys, 2);
    assert_int_equal(r->source.entries, 4);
    assert_true(r->source.is_signed);
    assert_str_equal(((hp_str){ r->source.signer, HP_SHA256 }), pki_sha256(pki_der(publisher)));
    assert_true(r->source.issued > today - 60 && r->source.issued < today + 3600);
    assert_true(r->source.dated == r->source.issued);
    assert_non_null(a);
    assert_string_equal(a->country, "XA");
    assert_int_equal(a->domains, HP_DOMAIN_DCC);
    assert_int_equal(a->flaw, HP_FLAW_NONE);
    assert_int_equal(a->n_issuers, 1);
    assert_int_equal(lists_find(r, signer_b)->flaw, HP_FLAW_NONE);

    assert_true(feed()->is(&(hp_feed_file){ "x", archive }));
    assert_false(feed()->is(&(hp_feed_file){ "x", HP_STR("PK\003\004") }));
    assert_false(feed()->is(&(hp_feed_file){ "x", { NULL, 0 } }));
}

/* Without a time in the signature it is older than any other, and ages from its fetch. */
static void
no_signing_time(void **state)
{
    hp_feed_terms t = terms();
    hp_str archive = archive_with(file_of("DSC", "XA", signer_a));
    const lists_result *r = import_signed(&t, archive,
        wrapped(pki_cms(publisher, archive, PKI_DETACHED | PKI_NO_ATTRIBUTES)));

    (void)state;
    assert_string_equal(r->why, "");
    assert_true(r->source.issued == 0 && r->source.dated == t.now);
}

static void
from_the_future(void **state)
{
    hp_feed_terms t = terms();

    (void)state;
    t.now = MAKER_NOW;
    refused(import(&t, archive_with(file_of("DSC", "XA", signer_a))), "from the future");
}

/* ---- its signature ---------------------------------------------------------------------------- */

static void
signatures(void **state)
{
    hp_feed_terms t = terms();
    hp_str archive = archive_with(file_of("DSC", "XA", signer_a));
    hp_str other = archive_with(file_of("DSC", "XA", second_a));
    hp_str cms = pki_cms(publisher, archive, PKI_DETACHED);
    hp_pin *pins[] = { other_pin, pin };

    (void)state;
    refused(import_signed(&t, other, wrapped(cms)), "does not hold");
    refused(import_signed(&t, archive, wrapped(pki_cms(stranger, archive, PKI_DETACHED))),
            "nobody's who may sign");
    refused(import_signed(&t, archive, wrapped(pki_cms(publisher, other, 0))), "another content");
    refused(import_signed(&t, archive, wrapped(pki_cms(publisher, archive, PKI_DETACHED | PKI_SHA1))),
            "too weak");
    refused(import_signed(&t, archive, cms), "sig.txt cannot be read, expected Base64");
    refused(import_signed(&t, archive, HP_STR("")), "sig.txt cannot be read");
    refused(import_signed(&t, archive, maker_fill(65537, 'A')), "sig.txt cannot be read");
    refused(import_signed(&t, archive, HP_STR("AAAA")), "cannot be read, expected one SignedData");
    refused(import_signed(&t, archive, MAKER_JOIN(wrapped(cms), HP_STR("AAAA"))), "cannot be read");
    refused(import_signed(&t, archive, MAKER_JOIN(wrapped(cms), maker_fill(65536, '\n'))),
            "sig.txt cannot be read");
    refused(lists_import_one(feed(), &t, archive), "comes without its signature");
    t.pins = pins;
    t.n_pins = 2;
    assert_string_equal(import_signed(&t, archive, pki_base64(cms))->why, "");
    t.n_pins = 1;
    refused(import_signed(&t, archive, pki_base64(cms)), "nobody's who may sign");
}

static void
no_pin(void **state)
{
    hp_feed_terms t = terms();
    hp_str archive = archive_with(file_of("DSC", "XA", signer_a));
    const lists_file bare = file_of("DSC", "XA", signer_a);
    const lists_result *r;

    (void)state;
    t.n_pins = 0;
    r = import(&t, archive);
    refused(r, maker_c_string(pki_hex(pki_sha256(pki_der(publisher)))));
    refused(r, feed()->pin);
    refused(lists_import_one(feed(), &t, archive), "nothing is pinned");
    t.unsigned_ok = true;
    r = lists_import_one(feed(), &t, archive);
    assert_string_equal(r->why, "");
    assert_false(r->source.is_signed);
    assert_true(r->source.dated == t.now);
    assert_int_equal(lists_find(r, signer_a)->n_issuers, 1);
    /* an archive without authorities: none are required but by the operator */
    r = lists_import_one(feed(), &t, lists_zip(&bare, 1, NULL));
    assert_string_equal(r->why, "");
    assert_int_equal(lists_find(r, signer_a)->n_issuers, 0);
    assert_int_equal(lists_find(r, signer_a)->flaw, HP_FLAW_NONE);
}

static void
bare_key(void **state)
{
    hp_pin *key = hp_pin_read(crypto, pki_spki(pki_cert_key(publisher)));
    hp_feed_terms t = terms();

    (void)state;
    t.pins = &key;
    refused(import(&t, archive_with(file_of("DSC", "XA", signer_a))), "bare key");
    hp_pin_free(key);
}

/* ---- files that are left out ---------------------------------------------------------------------- */

static hp_str
upper(hp_str hex)
{
    char text[2 * HP_SHA256 + 1] = "";

    for (size_t i = 0; i < hex.n && i < sizeof(text) - 1; i++)
        text[i] = (char)toupper(hex.p[i]);
    return maker_copy(hp_str_of(text));
}

static void
names(void **state)
{
    lists_file file = file_of("DSC", "XA", signer_a);
    hp_str name = hp_str_of(file.name), hash = pki_hex(pki_sha256(pki_der(signer_a)));

    (void)state;
    file.content = pki_pem(second_a);
    left_out(file, HP_SKIP_KID);
    file = file_of("DSC", "XA", signer_a);
    file.name = maker_c_string(maker_replace(name, HP_STR("XA/"), HP_STR("Xa/")));
    left_out(file, HP_SKIP_UNREADABLE);
    file.name = maker_c_string(maker_replace(name, HP_STR("XA/"), HP_STR("XAA/")));
    left_out(file, HP_SKIP_UNREADABLE);
    file.name = maker_c_string(maker_replace(name, HP_STR(".pem"), HP_STR(".der")));
    left_out(file, HP_SKIP_UNREADABLE);
    file.name = maker_c_string(maker_replace(name, hash, hp_str_from(hash, 2)));
    left_out(file, HP_SKIP_UNREADABLE);
    /* another spelling of the same digest: one certificate has one name */
    file.name = maker_c_string(maker_print("DSC/DCC/XA/%.64s.pem",
        maker_c_string(upper(hash))));
    left_out(file, HP_SKIP_UNREADABLE);
    file.name = maker_c_string(maker_replace(name, (hp_str){ hash.p, 4 }, HP_STR("zzzz")));
    left_out(file, HP_SKIP_UNREADABLE);
    file.name = "DSC/DCC/XA";
    left_out(file, HP_SKIP_UNREADABLE);
    file.name = maker_c_string(maker_replace(name, HP_STR("DSC/DCC"), HP_STR("DSC/ABC")));
    left_out(file, HP_SKIP_OTHER_USE);
}

static void
contents(void **state)
{
    lists_file file = file_of("DSC", "XA", signer_a);

    (void)state;
    file.content = HP_STR("");
    left_out(file, HP_SKIP_UNREADABLE);
    file.content = MAKER_JOIN(pki_pem(signer_a), pki_pem(signer_a));
    left_out(file, HP_SKIP_UNREADABLE);
    file.content = pki_der(signer_a);
    left_out(file, HP_SKIP_UNREADABLE);
    file.content = maker_replace(pki_pem(signer_a), HP_STR("MI"), HP_STR("!!"));
    left_out(file, HP_SKIP_UNREADABLE);
    file.content = pki_private_pem(pki_cert_key(signer_a));
    left_out(file, HP_SKIP_UNREADABLE);
}

/* 1.3 (5) to (7) */
static void
certificates(void **state)
{
    (void)state;
    left_out(file_of("DSC", "XA", pki_cert_new(&(pki_wish){ .country = "XA", .issuer = csca_a,
        .key = pki_key_new("P-384") })), HP_SKIP_KEY);
    left_out(file_of("DSC", "XA", pki_cert_new(&(pki_wish){ .country = "XA", .issuer = csca_a,
        .key_usage = "cRLSign" })), HP_SKIP_USAGE);
    left_out(file_of("DSC", "XA", pki_cert_new(&(pki_wish){ .country = "XA", .issuer = csca_a,
        .eku = "!" })), HP_SKIP_USAGE);
    left_out(file_of("DSC", "XC", signer_a), HP_SKIP_COUNTRY);
    left_out(file_of("CSCA", "XB", pki_cert_new(&(pki_wish){ .country = "XA",
        .authority = true })), HP_SKIP_COUNTRY);
}

/* 1.3 (3) */
static void
chains(void **state)
{
    const pki_cert *cases[] = {
        pki_cert_new(&(pki_wish){ .country = "XA" }),
        pki_cert_new(&(pki_wish){ .issuer = csca_b }),
        pki_cert_new(&(pki_wish){ .country = "XA", .issuer = csca_a,
                                  .forged = pki_key_new("P-256") }),
    };

    const lists_file alone = file_of("DSC", "XA", signer_a);
    hp_feed_terms t = terms();

    (void)state;
    refused(import(&t, lists_zip(&alone, 1, NULL)), "was issued by an authority that is trusted");
    for (size_t i = 0; i < COUNT(cases); i++) {
        const lists_result *r = import_with(file_of("DSC", "XA", cases[i]));

        assert_string_equal(r->why, "");
        assert_int_equal(lists_find(r, cases[i])->flaw, HP_FLAW_CHAIN);
        assert_int_equal(lists_find(r, signer_b)->flaw, HP_FLAW_NONE);
    }
}

static void
given_authorities(void **state)
{
    hp_authorities set = { NULL, 0 };
    hp_feed_terms t = terms();
    const lists_result *r;

    (void)state;
    assert_true(hp_authorities_add(&set, hp_cert_read(crypto, pki_der(csca_a))));
    t.authorities = &set;
    r = import(&t, archive_with(file_of("DSC", "XA", signer_a)));
    assert_int_equal(lists_find(r, signer_a)->flaw, HP_FLAW_NONE);
    assert_int_equal(lists_find(r, signer_b)->flaw, HP_FLAW_CHAIN);
    hp_authorities_free(&set);
}

/* ---- archives that are refused --------------------------------------------------------------------- */

static void
no_archive(void **state)
{
    hp_feed_terms t = terms();
    const lists_file texts[] = { { "Readme.txt", HP_STR("text"), NULL } };
    const lists_file twice[] = { file_of("DSC", "XA", signer_a), file_of("DSC", "XA", signer_a) };
    const lists_file bomb = { "bomb", maker_fill((size_t)2 << 20, 0), NULL };
    hp_feed_file two[] = { { "a", HP_STR("") }, { "b", HP_STR("") } };
    hp_feed_input input = { .files = two, .n = 2 };
    lists_file file = file_of("DSC", "XA", signer_a);

    (void)state;
    refused(import(&t, HP_STR("")), "no ZIP");
    refused(import(&t, HP_STR("{}")), "no ZIP");
    refused(import(&t, lists_zip(texts, 1, NULL)), "no key that could be taken");
    refused(import(&t, lists_zip(twice, 2, NULL)), "there twice");
    refused(import(&t, lists_zip(&bomb, 1, NULL)), "larger than any file");
    refused(import(&t, lists_zip(&file, 1, "zip:encryption=traditional")), "encrypted");
    refused(lists_import(feed(), &t, &input), "expected one file");
    input.n = 0;
    refused(lists_import(feed(), &t, &input), "expected one file");
    input.n = 1;
    two[0].bytes = (hp_str){ NULL, 0 };
    refused(lists_import(feed(), &t, &input), "expected one file");
    file.content = maker_fill(16384, 'x');
    left_out(file, HP_SKIP_UNREADABLE);
    file.content = maker_fill(16385, 'x');
    refused(import_with(file), "larger than any file");
    file.name = "../../etc/cron.d/x";
    refused(import_with(file), "leads elsewhere");
    refused(import_with((lists_file){ "DSC/DCC/link", { NULL, 0 }, "/etc/passwd" }), "is a link");
}

/* Cut and signed: the signature is no excuse. */
static void
cut_anywhere(void **state)
{
    hp_feed_terms t = terms();
    hp_str archive = archive_with(file_of("DSC", "XA", signer_a));
    hp_str message = wrapped(pki_cms(publisher, archive, PKI_DETACHED));

    (void)state;
    for (size_t n = 0; n < archive.n; n += 101) {
        hp_str part = guard_end((hp_str){ archive.p, n });

        assert_string_not_equal(import(&t, part)->why, "");
        assert_string_not_equal(import_signed(&t, part, message)->why, "");
    }
    while (message.p[message.n - 1] == '\n' || message.p[message.n - 1] == '=')
        message.n--; /* what may be missing */
    for (size_t n = 0; n < message.n; n++)
        assert_string_not_equal(import_signed(&t, archive, (hp_str){ message.p, n })->why, "");
}

static void
too_much(void **state)
{
    hp_feed_terms t = terms();
    uint8_t *p = calloc(1, (size_t)20 << 20);

    (void)state;
    assert_non_null(p);
    memcpy(p, "PK\003\004", 4);
    refused(import_signed(&t, (hp_str){ p, (size_t)20 << 20 }, HP_STR("AAAA")), "16 MiB");
    t.n_pins = 0;
    t.unsigned_ok = true;
    refused(lists_import_one(feed(), &t, (hp_str){ p, (size_t)15 << 20 }), "no ZIP");
    free(p);
}

static void
no_memory(void **state)
{
    hp_str archive = archive_with(file_of("DSC", "XA", signer_a));
    hp_str message = wrapped(pki_cms(publisher, archive, PKI_DETACHED));
    hp_feed_terms t = terms();
    size_t n;

    (void)state;
    for (n = 1;; n++) {
        const lists_result *r;

        alloc_start(n);
        r = import_signed(&t, archive, message);
        if (alloc_calls() < n)
            break;
        if (*r->why == '\0')
            assert_true(r->source.is_signed);
    }
    alloc_start(0);
    assert_in_range(n, 10, 1000);
}

/* ---- the world ---------------------------------------------------------------------------------------- */

static int
set_up(void **state)
{
    (void)state;
    today = (double)time(NULL);
    crypto = hp_crypto_new();
    publisher = pki_cert_new(&(pki_wish){ .country = "EU", .name = "Publisher",
                                          .to = 4102444800 });
    stranger = pki_cert_new(&(pki_wish){ .country = "EU", .name = "Stranger",
                                         .to = 4102444800 });
    csca_a = pki_cert_new(&(pki_wish){ .country = "XA", .name = "CSCA XA", .authority = true });
    csca_b = pki_cert_new(&(pki_wish){ .country = "XB", .name = "CSCA XB", .authority = true,
                                       .key = pki_key_new("RSA-3072"), .sign = "pss" });
    signer_a = pki_cert_new(&(pki_wish){ .country = "XA", .name = "One", .issuer = csca_a });
    second_a = pki_cert_new(&(pki_wish){ .country = "XA", .name = "Two", .issuer = csca_a });
    signer_b = pki_cert_new(&(pki_wish){ .country = "XB", .issuer = csca_b, .sign = "pss" });
    pin = hp_pin_read(crypto, pki_pem(publisher));
    other_pin = hp_pin_read(crypto, pki_pem(stranger));
    return crypto == NULL || pin == NULL || other_pin == NULL;
}

static int
tear_down(void **state)
{
    (void)state;
    lists_end();
    hp_pin_free(pin);
    hp_pin_free(other_pin);
    hp_crypto_free(crypto);
    return 0;
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_good_archive),
    cmocka_unit_test(no_signing_time),
    cmocka_unit_test(from_the_future),
    cmocka_unit_test(signatures),
    cmocka_unit_test(no_pin),
    cmocka_unit_test(bare_key),
    cmocka_unit_test(names),
    cmocka_unit_test(contents),
    cmocka_unit_test(certificates),
    cmocka_unit_test(chains),
    cmocka_unit_test(given_authorities),
    cmocka_unit_test(no_archive),
    cmocka_unit_test(cut_anywhere),
    cmocka_unit_test(too_much),
    cmocka_unit_test(no_memory),
};

UNIT_MAIN_WITH(tests, set_up, tear_down)
