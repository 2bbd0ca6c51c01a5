/* Pinned keys: how they are read, and which signatures of lists they hold. */
#include "unit.h"

#include "crypto/pin.h"
#include "maker.h"
#include "pki.h"

#define MESSAGE HP_STR("what a list says")

static hp_crypto *crypto;
static const pki_cert *cert;

static hp_str
pem_of_key(const pki_cert *of)
{
    return maker_print("-----BEGIN PUBLIC KEY-----\n%s\n-----END PUBLIC KEY-----\n",
                       maker_c_string(pki_base64(pki_spki(pki_cert_key(of)))));
}

static bool
is_read(hp_str file)
{
    hp_pin *pin = hp_pin_read(crypto, guard_end(file));
    bool good = pin != NULL;

    hp_pin_free(pin);
    return good;
}

/* ---- reading --------------------------------------------------------------------- */

static void
all_forms(void **state)
{
    hp_str spki = pki_spki(pki_cert_key(cert)), der = pki_der(cert);
    const struct {
        hp_str file, cert;
    } forms[] = {
        { der, der }, { pki_pem(cert), der }, { spki, { NULL, 0 } },
        { pem_of_key(cert), { NULL, 0 } }, { MAKER_JOIN(HP_STR("text\n"), pki_pem(cert)), der },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(forms); i++) {
        hp_pin *pin = hp_pin_read(crypto, guard_end(forms[i].file));
        uint8_t print[HP_SHA256];

        assert_non_null(pin);
        assert_str_equal(hp_pin_spki(pin), spki);
        assert_str_equal(hp_pin_cert(pin), forms[i].cert);
        hp_pin_fingerprint(pin, print);
        assert_str_equal(((hp_str){ print, sizeof(print) }),
                         pki_sha256(forms[i].cert.n > 0 ? der : spki));
        hp_pin_free(pin);
    }
    hp_pin_free(NULL);
}

static void
neither_nor(void **state)
{
    hp_str der = pki_der(cert), pem = pki_pem(cert);

    (void)state;
    assert_false(is_read(HP_STR("")));
    assert_false(is_read(HP_STR("-----BEGIN CERTIFICATE-----\n")));
    assert_false(is_read(pki_private_pem(pki_cert_key(cert))));
    assert_false(is_read(MAKER_JOIN(der, HP_STR("x"))));
    assert_false(is_read(MAKER_JOIN(pki_spki(pki_cert_key(cert)), HP_STR("x"))));
    assert_false(is_read(MAKER_JOIN(pem, pem)));
    assert_false(is_read(MAKER_JOIN(pem, pem_of_key(cert))));
    assert_false(is_read(MAKER_JOIN(pem, pki_private_pem(pki_cert_key(cert)))));
    /* under the other's name */
    assert_false(is_read(maker_replace(maker_replace(pem, HP_STR("CERTIFICATE"),
        HP_STR("PUBLIC KEY")), HP_STR("CERTIFICATE"), HP_STR("PUBLIC KEY"))));
    for (size_t n = 0; n < der.n; n++)
        assert_false(is_read((hp_str){ der.p, n }));
}

static void
no_memory(void **state)
{
    hp_str file = pki_pem(cert);
    hp_pin *pin = NULL;
    size_t n = 0;

    (void)state;
    while (pin == NULL) {
        alloc_start(++n);
        pin = hp_pin_read(crypto, file);
    }
    alloc_start(0);
    assert_in_range(n, 3, 20);
    hp_pin_free(pin);
}

/* ---- verifying ------------------------------------------------------------------- */

static hp_pin *
pin_of(const pki_key *key)
{
    hp_pin *pin = hp_pin_read(crypto, pki_spki(key));

    assert_non_null(pin);
    return pin;
}

static void
kinds(void **state)
{
    static const struct {
        const char *kind;
        bool good, raw;
    } keys[] = { { "P-256", true, true }, { "P-384", true, true }, { "P-521", true, true },
                 { "RSA-2048", true, false }, { "P-384-explicit", true, true },
                 { "P-224", false, false }, { "RSA-1024", false, false } };
    hp_hash hash;

    (void)state;
    for (size_t i = 0; i < COUNT(keys); i++) {
        const pki_key *key = pki_key_new(keys[i].kind);
        bool ec = keys[i].kind[0] == 'P';
        hp_pin *pin = pin_of(key);

        for (hash = HP_HASH_SHA256; hash <= HP_HASH_SHA512; hash++) {
            hp_str signature = pki_sign(key, hash, MESSAGE);
            hp_str raw = ec ? pki_sign_raw(key, hash, MESSAGE) : signature;

            assert_int_equal(hp_pin_verify(pin, hash, MESSAGE, signature), keys[i].good);
            assert_int_equal(hp_pin_verify_raw(pin, hash, MESSAGE, raw), keys[i].raw);
            assert_false(hp_pin_verify(pin, (hash + 1) % 3, MESSAGE, signature));
            assert_false(hp_pin_verify_raw(pin, (hash + 1) % 3, MESSAGE, raw));
            assert_true(!ec || !hp_pin_verify(pin, hash, MESSAGE, raw));
            assert_true(!ec || !hp_pin_verify_raw(pin, hash, MESSAGE, signature));
        }
        hp_pin_free(pin);
    }
}

static void
what_does_not_hold(void **state)
{
    const pki_key *key = pki_cert_key(cert), *pss = pki_key_new("RSA-PSS-2048");
    hp_str der = pki_sign(key, HP_HASH_SHA256, MESSAGE);
    hp_str raw = pki_sign_raw(key, HP_HASH_SHA256, MESSAGE), other = HP_STR("what a list sayz");
    hp_pin *pin = pin_of(key), *stranger = pin_of(pki_key_new("P-256"));

    (void)state;
    assert_true(hp_pin_verify(pin, HP_HASH_SHA256, MESSAGE, guard_end(der)));
    assert_true(hp_pin_verify_raw(pin, HP_HASH_SHA256, MESSAGE, guard_end(raw)));
    assert_false(hp_pin_verify(pin, HP_HASH_SHA256, other, der));
    assert_false(hp_pin_verify_raw(pin, HP_HASH_SHA256, other, raw));
    assert_false(hp_pin_verify(stranger, HP_HASH_SHA256, MESSAGE, der));
    assert_false(hp_pin_verify_raw(stranger, HP_HASH_SHA256, MESSAGE, raw));
    assert_false(hp_pin_verify(pin, HP_HASH_SHA256, MESSAGE, MAKER_JOIN(der, HP_STR("x"))));
    assert_false(hp_pin_verify_raw(pin, HP_HASH_SHA256, MESSAGE, MAKER_JOIN(raw, HP_STR("xx"))));
    assert_false(hp_pin_verify_raw(pin, HP_HASH_SHA256, MESSAGE, maker_fill(64, 0)));
    assert_false(hp_pin_verify_raw(pin, HP_HASH_SHA256, MESSAGE, maker_fill(64, 255)));
    for (size_t n = 0; n < der.n; n++)
        assert_false(hp_pin_verify(pin, HP_HASH_SHA256, MESSAGE, guard_end((hp_str){ der.p, n })));
    for (size_t n = 0; n < raw.n; n++)
        assert_false(hp_pin_verify_raw(pin, HP_HASH_SHA256, MESSAGE,
                                       guard_end((hp_str){ raw.p, n })));
    hp_pin_free(pin);
    hp_pin_free(stranger);

    pin = hp_pin_read(crypto, pki_der(pki_cert_new(&(pki_wish){ .key = pss, .sign = "pss" })));
    assert_non_null(pin);
    assert_false(hp_pin_verify(pin, HP_HASH_SHA256, MESSAGE, maker_fill(256, 1)));
    hp_pin_free(pin);
}

static int
set_up(void **state)
{
    (void)state;
    crypto = hp_crypto_new();
    cert = pki_cert_new(&(pki_wish){ .country = "XA" });
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
    cmocka_unit_test(all_forms),
    cmocka_unit_test(neither_nor),
    cmocka_unit_test(no_memory),
    cmocka_unit_test(kinds),
    cmocka_unit_test(what_does_not_hold),
};

UNIT_MAIN_WITH(tests, set_up, tear_down)
