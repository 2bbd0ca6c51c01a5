/*
 * Trust folders with signers of 2D-DOC: what names mean, who vouches for whom, and what makes a
 * folder wrong.
 */
#include "unit.h"

#include "check/trust.h"
#include "check/twod.h"
#include "maker.h"
#include "pki.h"

static hp_crypto *crypto;
static const pki_cert *ca, *other_ca, *good, *ended;
static const hp_str none = { NULL, 0 };

/* ---- folders -------------------------------------------------------------- */

typedef struct {
    const char *name;
    hp_str bytes;
} file;

static const char *
folder_of(const file *files, size_t n)
{
    static unsigned made;

    made++;
    for (size_t i = 0; i < n; i++)
        (void)maker_file(maker_c_string(maker_print("t%u/%s", made, files[i].name)), files[i].bytes);
    return maker_c_string(maker_print("%s/t%u", maker_folder(), made));
}

static hp_trust *
load(const char *path, hp_error *error)
{
    static const hp_env env = HP_ENV_PROD;
    hp_trust *trust = hp_trust_new(crypto, &env);
    hp_watch watch = { NULL, 0, false };
    bool loaded;

    error->text[0] = '\0';
    loaded = trust != NULL &&
             hp_trust_add(trust, path, HP_FILE_OWNED, &watch, error) == HP_TRUST_ADDED &&
             hp_trust_close(trust, error);
    hp_watch_free(&watch);
    if (loaded)
        return trust;
    hp_trust_free(trust);
    return NULL;
}

static hp_trust *
load_files(const file *files, size_t n)
{
    hp_error error;
    hp_trust *trust = load(folder_of(files, n), &error);

    if (trust == NULL)
        fail_msg("%s", error.text);
    return trust;
}

static void
refused(const file *files, size_t n, const char *path, const char *why)
{
    hp_error error;

    assert_null(load(folder_of(files, n), &error));
    if (strstr(error.text, path) == NULL || strstr(error.text, why) == NULL)
        fail_msg("%s", error.text);
}

static const hp_record *
signer(const hp_trust *trust, const char *name)
{
    size_t n = 0;
    const hp_record *r = hp_trust_find(trust, HP_ROLE_SIGNER, hp_str_of(name), none, &n);

    assert_true(r == NULL || n == 1);
    return r;
}

static const pki_cert *
signer_named(const char *cn, const char *kind, const pki_cert *issuer)
{
    return pki_cert_new(&(pki_wish){ .country = "FR", .name = cn, .key = pki_key_new(kind),
                                     .issuer = issuer });
}

/* ---- tests ---------------------------------------------------------------- */

static void
names(void **state)
{
    static const struct {
        const char *name;
        hp_twod_file is;
        bool tells;
    } table[] = {
        { "FR03AV01.der", HP_TWOD_FILE_SIGNER, false }, { "FR03AV01.pem", HP_TWOD_FILE_SIGNER, false },
        { "FR03AV01.crt", HP_TWOD_FILE_SIGNER, false }, { "FR03AV01.pub.der", HP_TWOD_FILE_KEY, true },
        { "FR03.ca.der", HP_TWOD_FILE_AUTHORITY, true }, { "FR03.CA.DER", HP_TWOD_FILE_AUTHORITY, true },
        { "FR03.crl.der", HP_TWOD_FILE_CRL, true }, { "FR03.crl", HP_TWOD_FILE_CRL, false },
        { "FR03.der", HP_TWOD_FILE_BUNDLE, false }, { "FR03.p7b", HP_TWOD_FILE_BUNDLE, false },
        { "fr03.ca.der", HP_TWOD_FILE_OTHER, false }, { "FR03AV0.der", HP_TWOD_FILE_OTHER, false },
        { "FR03AV011.der", HP_TWOD_FILE_OTHER, false }, { "FR03AV01.pub", HP_TWOD_FILE_OTHER, false },
        { "csca.crl.der", HP_TWOD_FILE_OTHER, false }, { ".ca.der", HP_TWOD_FILE_OTHER, false },
        { "", HP_TWOD_FILE_OTHER, false },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        if (hp_twod_file_of(table[i].name) != table[i].is ||
            hp_twod_file_tells(table[i].name) != table[i].tells)
            fail_msg("%s", table[i].name);
    }
}

static void
a_folder_of_two_authorities(void **state)
{
    const pki_cert *revoked = signer_named("TE02", "P-384", ca), *taken[] = { revoked, NULL };
    const pki_cert *stranger = signer_named("TE01", "P-256", ca);
    const file files[] = {
        { "FR99.ca.der", pki_der(ca) }, { "FR99.crl.der", pki_crl(ca, MAKER_FROM, MAKER_FROM + 1, taken) },
        { "FR99TE01.der", pki_der(good) }, { "FR99TE02.pem", pki_pem(revoked) },
        { "FR99TE05.der", pki_der(signer_named("TE05", "P-521", ca)) },
        { "FR98.ca.pem", pki_pem(other_ca) }, { "FR98TE01.der", pki_der(stranger) },
        { "FR97TE01.der", pki_der(stranger) }, { "FR96TE01.pub.der", pki_spki(pki_key_new("P-256")) },
        { "plain.pem", pki_pem(pki_cert_new(&(pki_wish){ .country = "XA" })) },
        { "notes.txt", HP_STR("read by nobody") },
    };
    hp_trust *trust = load_files(files, COUNT(files));
    const hp_record *r;

    (void)state;
    assert_int_equal(hp_trust_count(trust), 7);
    r = signer(trust, "FR99TE01");
    assert_true(r->flaw == HP_FLAW_NONE && r->n_issuers == 1 && r->domains == HP_DOMAIN_2D_DOC);
    assert_true(r->valid.from == MAKER_FROM && r->valid.until == MAKER_TO);
    assert_string_equal(r->country, "FR");
    assert_str_equal(r->spki, pki_spki(pki_cert_key(good)));
    assert_int_equal(signer(trust, "FR99TE02")->flaw, HP_FLAW_REVOKED);
    assert_int_equal(signer(trust, "FR99TE05")->flaw, HP_FLAW_NONE);
    assert_int_equal(signer(trust, "FR98TE01")->flaw, HP_FLAW_CHAIN); /* another authority's */
    assert_int_equal(signer(trust, "FR97TE01")->flaw, HP_FLAW_CHAIN); /* nobody's */
    r = signer(trust, "FR96TE01");
    assert_true(r->flaw == HP_FLAW_NONE && r->n_issuers == 0 && r->valid.until == HP_TIME_LAST);
    assert_null(signer(trust, "FR99TE03"));
    hp_trust_free(trust);
}

/* Without a name that tells, it is a certificate like any other. */
static void
names_that_do_not_tell(void **state)
{
    const file files[] = { { "FR99TE01.der", pki_der(good) } };
    hp_trust *trust = load_files(files, 1);
    uint8_t kid[HP_KID];
    size_t n = 0;

    (void)state;
    pki_kid(good, kid);
    assert_null(signer(trust, "FR99TE01"));
    assert_non_null(hp_trust_find(trust, HP_ROLE_SIGNER, (hp_str){ kid, HP_KID }, none, &n));
    hp_trust_free(trust);
}

static void
what_makes_a_folder_wrong(void **state)
{
    const pki_cert *taken[] = { good, NULL };
    const struct {
        file wrong;
        const char *why;
    } table[] = {
        { { "FR99TE02.der", pki_der(good) }, "of another name (CN)" },
        { { "FR99TE01.der", HP_STR("\x30\x00") }, "cannot be read" },
        { { "FR99TE01.pem", HP_STR("hello") }, "holds no certificate" },
        { { "FR99TE03.der", pki_der(signer_named("TE03", "RSA-2048", ca)) }, "no public key on P-256" },
        { { "FR99FR99.der", pki_der(ca) }, "not for signatures" },
        { { "FR99TE01.der", pki_der(pki_cert_new(&(pki_wish){ .name = "TE01", .issuer = ca, .constraints = "CA:TRUE",
                                                              .key_usage = "digitalSignature" })) }, "not for signatures" },
        { { "FR99TE01.pem", MAKER_JOIN(HP_STR("-----BEGIN PUBLIC KEY-----\n"), pki_base64(pki_spki(pki_cert_key(good))),
                                       HP_STR("\n-----END PUBLIC KEY-----\n")) }, "expected a certificate" },
        { { "FR99TE01.pub.der", pki_spki(pki_key_new("ED25519")) }, "no public key on P-256" },
        { { "FR99TE01.pub.der", HP_STR("") }, "no public key on P-256" },
        { { "FR99.ca.pem", pki_pem(good) }, "no certificate of an authority" },
        { { "FR99.crl.der", pki_crl(other_ca, MAKER_FROM, MAKER_EXP, taken) }, "no CRL (DER) of its authority" },
        { { "FR99.crl", HP_STR("hello") }, "no CRL (DER) of its authority" },
        { { "FR98.crl.der", pki_crl(ca, MAKER_FROM, MAKER_EXP, taken) }, "no CRL (DER) of its authority" },
        { { "FR99.p7b", HP_STR("x") }, "is a bundle" },
        { { "FR99.der", pki_der(good) }, "is a bundle" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        const file files[] = { { "FR99.ca.der", pki_der(ca) }, table[i].wrong };

        refused(files, COUNT(files), table[i].wrong.name, table[i].why);
    }
}

/* Out of memory at whatever point: a folder is loaded whole, or not at all. */
static void
no_part_of_a_folder_is_loaded(void **state)
{
    const pki_cert *taken[] = { ended, NULL };
    const file files[] = {
        { "FR99.ca.der", pki_der(ca) }, { "FR99.crl.der", pki_crl(ca, MAKER_FROM, MAKER_EXP, taken) },
        { "FR99TE01.der", pki_der(good) }, { "FR99TE09.pub.der", pki_spki(pki_key_new("P-256")) },
    };
    const char *path = folder_of(files, COUNT(files));
    size_t n = 0, failed = 0, calls;
    hp_trust *trust;
    hp_error error;

    (void)state;
    do {
        alloc_start(++n);
        trust = load(path, &error);
        calls = alloc_calls();
        alloc_start(0);
        if (trust != NULL)
            assert_int_equal(hp_trust_count(trust), 2);
        failed += trust == NULL;
        hp_trust_free(trust);
    } while (n <= calls);
    assert_true(failed > 10);
}

static int
set_up(void **state)
{
    (void)state;
    crypto = hp_crypto_new();
    ca = pki_cert_new(&(pki_wish){ .country = "FR", .name = "FR99", .key = pki_key_new("RSA-2048"), .authority = true });
    other_ca = pki_cert_new(&(pki_wish){ .country = "FR", .name = "FR98", .authority = true });
    good = signer_named("TE01", "P-256", ca);
    ended = signer_named("TE02", "P-256", ca);
    return crypto == NULL;
}

static int
tear_down(void **state)
{
    (void)state;
    hp_crypto_free(crypto);
    return 0;
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(names),
    cmocka_unit_test(a_folder_of_two_authorities),
    cmocka_unit_test(names_that_do_not_tell),
    cmocka_unit_test(what_makes_a_folder_wrong),
    cmocka_unit_test(no_part_of_a_folder_is_loaded),
};

UNIT_MAIN_WITH(tests, set_up, tear_down)
