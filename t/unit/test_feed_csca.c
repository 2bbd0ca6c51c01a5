/* Anchors of VDS-NC and their CRLs: what is taken, left out, refused. */
#include "unit.h"

#include "importer.h"
#include "maker.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static importer one;
static const pki_cert *xa, *xa_again, *xb, *signer;

static const hp_str none = { NULL, 0 };

#define FILE_OF(name, bytes) { name, bytes }

static bool
run(const hp_feed_file *files, size_t n)
{
    bool good = importer_run(&one, &hp_feed_csca, files, n, none);

    if (!good && one.error.text[0] == 0)
        print_error("refused without a word\n");
    return good;
}

static void
refused(bool good, const char *word)
{
    assert_false(good);
    assert_says(one.error.text, word);
}

static hp_str
crl_of(const pki_cert *authority, const pki_cert *revoked)
{
    return pki_crl(authority, MAKER_FROM, MAKER_EXP, (const pki_cert *const[]){ revoked, NULL });
}

/* ---- good ones ------------------------------------------------------------------ */

static void
authorities_and_their_lists(void **state)
{
    hp_feed_file files[] = { FILE_OF("/x/a.crl.der", crl_of(xa, signer)),
        FILE_OF("/x/csca-XA.der", pki_der(xa)), FILE_OF("/x/b.pem",
            MAKER_JOIN(pki_pem(xa_again), pki_pem(xb))) };
    const hp_record *record;

    (void)state;
    assert_true(run(files, COUNT(files)));
    assert_int_equal(importer_count(&one, HP_ROLE_AUTHORITY), 3);
    assert_int_equal(importer_count(&one, HP_ROLE_CRL), 1);
    assert_int_equal(importer_count(&one, HP_ROLE_SIGNER), 0);
    record = importer_find(&one, HP_ROLE_AUTHORITY, none, 0);
    assert_str_equal(record->cert, pki_der(xa));
    assert_str_equal(record->spki, pki_spki(pki_cert_key(xa)));
    assert_int_equal(record->kid.n, HP_KID);
    assert_int_equal(record->domains, HP_DOMAIN_VDS_NC);
    assert_string_equal(record->country, "XA");
    assert_true(record->valid.from == MAKER_FROM && record->valid.until == MAKER_TO);
    /* Two of one name: both are there, under one id, which is also that of the CRL. */
    assert_str_equal(importer_find(&one, HP_ROLE_AUTHORITY, record->kid, 1)->cert,
        pki_der(xa_again));
    assert_null(importer_find(&one, HP_ROLE_AUTHORITY, record->kid, 2));
    record = importer_find(&one, HP_ROLE_CRL, record->kid, 0);
    assert_non_null(record);
    assert_str_equal(record->cert, files[0].bytes);
    assert_true(record->valid.from == MAKER_FROM && record->valid.until == MAKER_EXP);
    assert_string_equal(record->country, "XA");
    assert_int_equal(one.import.records.sources[0].entries, 3);
    assert_int_equal(one.import.records.sources[0].keys, 3);
    assert_false(one.import.records.sources[0].is_signed);
    assert_string_equal(one.told, "");
}

static void
kinds_of_keys(void **state)
{
    static const char *const kinds[] = { "P-384", "P-521", "RSA-4096", "P-384-explicit" };

    (void)state;
    for (size_t i = 0; i < COUNT(kinds); i++) {
        const pki_cert *csca = pki_cert_new(&(pki_wish){ .name = kinds[i], .authority = true,
            .country = "XC", .key = pki_key_new(kinds[i]) });
        hp_feed_file files[] = { FILE_OF("csca.der", pki_der(csca)),
            FILE_OF("c.crl", crl_of(csca, signer)) };

        assert_true(run(files, 2));
        assert_int_equal(one.import.records.n, 2);
        assert_str_equal(one.import.records.all[0].spki, pki_spki(pki_cert_key(csca)));
    }
}

static void
a_folder(void **state)
{
    const char *path = maker_file("anchors/csca.der", pki_der(xa));
    const char *folder = maker_c_string((hp_str){ (const uint8_t *)path,
        (size_t)(strrchr(path, '/') - path) });
    hp_feed_file file = { folder, none };

    (void)state;
    (void)maker_file("anchors/csca.crl.der", crl_of(xa, signer));
    (void)maker_file("anchors/README", HP_STR("no certificate"));
    (void)maker_file("anchors/.hidden.der", HP_STR("no certificate"));
    (void)maker_file("anchors/below.der/x.der", HP_STR("no certificate"));
    assert_true(hp_feed_csca.is(&file));
    assert_true(run(&file, 1));
    assert_int_equal(one.import.records.n, 2);
    assert_string_equal(one.told, "");
    assert_true(one.import.records.sources[0].dated == one.terms.now); /* so it grows old */
    assert_int_equal(chmod(path, 0622), 0);
    refused(run(&file, 1), "go-w");
    one.terms.as_given = true;
    assert_true(run(&file, 1));
    one.terms.as_given = false;
    assert_int_equal(chmod(path, 0600), 0);
    assert_int_equal(chmod(folder, 0722), 0);
    refused(run(&file, 1), "go-w");
    assert_int_equal(chmod(folder, 0700), 0);
    if (geteuid() == 0) {
        assert_int_equal(chown(folder, 65534, (gid_t)-1), 0);
        refused(run(&file, 1), "another user");
        assert_int_equal(chown(folder, 0, (gid_t)-1), 0);
    }
    file.path = "/nowhere";
    refused(run(&file, 1), "/nowhere");
    assert_false(hp_feed_csca.is(&file));
}

/* ---- what is left out -------------------------------------------------------------- */

static void
left_out(hp_feed_file bad, hp_skip why)
{
    hp_feed_file files[] = { FILE_OF("csca.der", pki_der(xb)), bad };

    assert_true(run(files, 2));
    assert_int_equal(one.import.records.n, 1);
    assert_int_equal(importer_skipped(&one, why), 1);
    assert_int_equal(one.import.records.sources[0].entries, 2);
}

static void
files_that_are_left_out(void **state)
{
    hp_str der = pki_der(xa);

    (void)state;
    left_out((hp_feed_file)FILE_OF("x.der", HP_STR("")), HP_SKIP_UNREADABLE);
    left_out((hp_feed_file)FILE_OF("x.der", HP_STR("text")), HP_SKIP_UNREADABLE);
    left_out((hp_feed_file)FILE_OF("x.der", ((hp_str){ der.p, der.n - 1 })), HP_SKIP_UNREADABLE);
    left_out((hp_feed_file)FILE_OF("x.der", MAKER_JOIN(der, HP_STR("0"))), HP_SKIP_UNREADABLE);
    left_out((hp_feed_file)FILE_OF("x.pem", pki_spki(pki_cert_key(xa))), HP_SKIP_UNREADABLE);
    left_out((hp_feed_file)FILE_OF("x.der", pki_der(signer)), HP_SKIP_USAGE);
    left_out((hp_feed_file)FILE_OF("x.der", pki_der(xb)), HP_SKIP_DOUBLE);
}

/* ---- CRLs ---------------------------------------------------------------------------- */

/* For a check by hand a faulty one is left out; otherwise the list is not taken at all. */
static void
faulty(hp_str crl, hp_skip why)
{
    hp_feed_file files[] = { FILE_OF("csca.der", pki_der(xa)), FILE_OF("x.crl.der", crl) };

    refused(run(files, 2), "x.crl.der");
    one.terms.as_given = true;
    assert_true(run(files, 2));
    assert_int_equal(one.import.records.n, 1);
    assert_int_equal(importer_skipped(&one, why), 1);
    one.terms.as_given = false;
}

static void
lists_that_do_not_hold(void **state)
{
    hp_str good = crl_of(xa, signer);
    uint8_t *bad = malloc(good.n);
    const pki_cert *same_name = pki_cert_new(&(pki_wish){ .name = "XA", .country = "XA",
        .authority = true });
    const pki_cert *no_crls = pki_cert_new(&(pki_wish){ .name = "XA", .country = "XA",
        .authority = true, .key = pki_cert_key(xa), .key_usage = "keyCertSign" });

    (void)state;
    assert_non_null(bad);
    faulty(HP_STR(""), HP_SKIP_UNREADABLE);
    faulty((hp_str){ good.p, good.n - 1 }, HP_SKIP_UNREADABLE);
    faulty(MAKER_JOIN(good, HP_STR("\0")), HP_SKIP_UNREADABLE);
    faulty(crl_of(xb, signer), HP_SKIP_SIGNATURE);
    faulty(crl_of(same_name, signer), HP_SKIP_SIGNATURE);
    memcpy(bad, good.p, good.n);
    bad[good.n - 1] ^= 1;
    faulty((hp_str){ bad, good.n }, HP_SKIP_SIGNATURE);
    free(bad);
    refused(run((hp_feed_file[]){ FILE_OF("csca.der", pki_der(no_crls)),
        FILE_OF("x.crl", good) }, 2), "x.crl");
}

/* What is in an old list was taken back for good; the gate sees its end. */
static void
an_old_list(void **state)
{
    hp_feed_file files[] = { FILE_OF("csca.der", pki_der(xa)), FILE_OF("x.crl.der",
        pki_crl(xa, MAKER_FROM, MAKER_FROM + 1, (const pki_cert *const[]){ signer, NULL })) };

    (void)state;
    assert_true(run(files, 2));
    assert_int_equal(importer_count(&one, HP_ROLE_CRL), 1);
    assert_true(importer_find(&one, HP_ROLE_CRL, none, 0)->valid.until == MAKER_FROM + 1);
}

/* ---- who says so ------------------------------------------------------------------------ */

static void
only_by_name(void **state)
{
    hp_feed_file file = FILE_OF("csca.der", pki_der(xa));
    hp_str digest = pki_hex(pki_sha256(pki_der(xa)));

    (void)state;
    one.terms.unsigned_ok = false;
    refused(run(&file, 1), maker_c_string(digest));
    refused(run(&file, 1), "XA");
    one.terms.as_given = true;
    assert_true(run(&file, 1));
    one.terms.as_given = false;
    one.terms.unsigned_ok = true;
    assert_true(run(&file, 1));
    importer_pin(&one, pki_der(xa));
    refused(run(&file, 1), "pinned");
    hp_pin_free(one.pins[--one.terms.n_pins]);
}

static void
which_files_are_its_own(void **state)
{
    static const struct {
        const char *name;
        bool is;
    } names[] = { { "/x/csca.der", true }, { "CSCA-AU.pem", true }, { "csca.crl.der", true },
        { "csca.txt", false }, { "/csca/x.der", false }, { "x.der", false }, { "csca", false } };

    (void)state;
    for (size_t i = 0; i < COUNT(names); i++)
        assert_int_equal(hp_feed_csca.is(&(hp_feed_file){ names[i].name, HP_STR("x") }),
            names[i].is);
}

/* ---- too much ----------------------------------------------------------------------------- */

static void
too_much(void **state)
{
    size_t n = 20u << 20;
    uint8_t *p = calloc(1, n);
    hp_feed_file *files = calloc(20001, sizeof(*files));

    (void)state;
    assert_non_null(p);
    assert_non_null(files);
    p[0] = 0x30;
    refused(run(&(hp_feed_file){ "csca.der", { p, n } }, 1), "");
    refused(run(&(hp_feed_file){ "csca.pem", { p, n } }, 1), "");
    memset(p, '[', n);
    refused(run(&(hp_feed_file){ "csca.pem", { p, 10000 } }, 1), "");
    memset(p, 0x30, n); /* nested, of indefinite length: 0x30 0x80 ... */
    for (size_t i = 1; i < 20000; i += 2)
        p[i] = 0x80;
    refused(run(&(hp_feed_file){ "csca.der", { p, 20000 } }, 1), "");
    refused(run(&(hp_feed_file){ "csca.crl", { p, 20000 } }, 1), "");
    for (size_t i = 0; i < 20001; i++)
        files[i] = (hp_feed_file){ "csca.der", { p, 1 } };
    refused(run(files, 20001), "20000 files");
    free(files);
    free(p);
}

static void
every_allocation_fails_once(void **state)
{
    const char *path = maker_file("failing/csca.der", pki_der(xa));
    hp_feed_file folder = { maker_c_string((hp_str){ (const uint8_t *)path,
        (size_t)(strrchr(path, '/') - path) }), none };
    bool good = false;
    size_t n;

    (void)state;
    (void)maker_file("failing/csca.crl.der", crl_of(xa, signer));
    for (n = 1; !good && n < 1000; n++) {
        alloc_start(n);
        good = importer_run(&one, &hp_feed_csca, &folder, 1, none);
        alloc_start(0);
        good = good && one.told[0] == 0;
    }
    assert_true(good);
    assert_true(n > 5);
}

/* ---- the real things -------------------------------------------------------------------------- */

static void
real_anchors(void **state)
{
    hp_feed_file file;

    (void)state;
    UNIT_NEEDS_DATA();
    one.terms.now = 1790000000;
    file = (hp_feed_file){ maker_c_string(maker_print("%s/vds-nc/published/trust", UNIT_DATA)), none };
    assert_true(hp_feed_csca.is(&file));
    assert_true(run(&file, 1));
    assert_int_equal(importer_count(&one, HP_ROLE_AUTHORITY), 4);
    assert_int_equal(importer_count(&one, HP_ROLE_CRL), 1);
    assert_string_equal(importer_find(&one, HP_ROLE_CRL, none, 0)->country, "AU");
    assert_string_equal(one.told, "");
    file.path = maker_c_string(maker_print("%s/vds-nc/own/trust", UNIT_DATA));
    assert_true(run(&file, 1));
    assert_int_equal(one.import.records.n, 2);
    one.terms.now = MAKER_NOW;
}

static int
set_up(void **state)
{
    (void)state;
    importer_start(&one);
    one.terms.unsigned_ok = true;
    xa = pki_cert_new(&(pki_wish){ .name = "XA", .country = "XA", .authority = true });
    xa_again = pki_cert_new(&(pki_wish){ .name = "XA", .country = "XA", .authority = true,
        .key = pki_cert_key(xa) });
    xb = pki_cert_new(&(pki_wish){ .name = "XB", .country = "XB", .authority = true });
    signer = pki_cert_new(&(pki_wish){ .name = "S", .country = "XA", .issuer = xa });
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
    cmocka_unit_test(authorities_and_their_lists),
    cmocka_unit_test(kinds_of_keys),
    cmocka_unit_test(a_folder),
    cmocka_unit_test(files_that_are_left_out),
    cmocka_unit_test(lists_that_do_not_hold),
    cmocka_unit_test(an_old_list),
    cmocka_unit_test(only_by_name),
    cmocka_unit_test(which_files_are_its_own),
    cmocka_unit_test(too_much),
    cmocka_unit_test(every_allocation_fails_once),
    cmocka_unit_test(real_anchors),
};

UNIT_MAIN_WITH(tests, set_up, tear_down)
