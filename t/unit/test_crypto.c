/* Hashes against their RFCs' vectors, and signatures of each algorithm. */
#include "unit.h"

#include "base/wipe.h"
#include "crypto/key.h"
#include "maker.h"

#include <openssl/err.h>
#include <stdlib.h>

static hp_crypto *crypto;
static const maker_key *es, *ps;

static void
sha256(void **state)
{
    const hp_str parts[] = { HP_STR("a"), { NULL, 0 }, HP_STR("bc") };
    uint8_t out[HP_SHA256];

    (void)state;
    assert_true(hp_sha256(crypto, parts, 3, out)); /* FIPS 180-4, "abc" */
    assert_str_equal(((hp_str){ out, sizeof(out) }),
        maker_hex("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
    assert_true(hp_sha256(crypto, NULL, 0, out));
    assert_str_equal(((hp_str){ out, sizeof(out) }),
        maker_hex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
}

/* FIPS 180-4, "abc"; by turns, because they share a context. */
static void
sha384_and_sha512(void **state)
{
    const hp_str parts[] = { HP_STR("ab"), HP_STR("c") };
    uint8_t out[HP_SHA512];

    (void)state;
    for (int i = 0; i < 2; i++) {
        assert_true(hp_sha384(crypto, parts, 2, out));
        assert_str_equal(((hp_str){ out, HP_SHA384 }),
            maker_hex("cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
                      "8086072ba1e7cc2358baeca134c825a7"));
        assert_true(hp_sha512(crypto, parts, 2, out));
        assert_str_equal(((hp_str){ out, HP_SHA512 }),
            maker_hex("ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                      "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"));
    }
}

/* RFC 4231, test cases 2 and 1; a key serves any number of messages. */
static void
hmac(void **state)
{
    const hp_str parts[] = { HP_STR("what do ya want "), HP_STR("for nothing?") };
    uint8_t out[HP_SHA256];
    hp_hmac *h = hp_hmac_new(crypto, HP_STR("Jefe"));

    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_true(hp_hmac_over(h, parts, 2, out));
        assert_str_equal(((hp_str){ out, sizeof(out) }),
            maker_hex("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"));
    }
    hp_hmac_free(h);
    h = hp_hmac_new(crypto, maker_fill(20, 0x0b));
    assert_true(hp_hmac_over(h, &HP_STR("Hi There"), 1, out));
    assert_str_equal(((hp_str){ out, sizeof(out) }),
        maker_hex("b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"));
    hp_hmac_free(h);
    hp_hmac_free(NULL);
}

static void
random_bytes_differ(void **state)
{
    uint8_t a[32] = { 0 }, b[32] = { 0 };

    (void)state;
    assert_true(hp_random(crypto, a, sizeof(a)));
    assert_true(hp_random(crypto, b, sizeof(b)));
    assert_memory_not_equal(a, b, sizeof(a));
}

static hp_key *
key_of(const maker_key *made)
{
    size_t at = 0, n = 0;
    uint8_t *der;
    hp_cert *cert;
    hp_key *key;

    assert_int_equal(hp_pem_next(hp_str_of(made->pem), &at, &der, &n), HP_PEM_CERT);
    cert = hp_cert_read(crypto, (hp_str){ der, n });
    hp_pem_free(der);
    assert_non_null(cert);
    key = hp_key_read(crypto, hp_cert_spki(cert));
    hp_cert_free(cert);
    assert_non_null(key);
    return key;
}

/* Enough of them that r and s also begin with zeros and with their top bit set. */
static void
every_signature_of_ours_verifies(void **state)
{
    const maker_key *made[] = { es, ps, maker_key_new(HP_ALG_ES384, ""),
                                maker_key_new(HP_ALG_ES512, "") };
    static const int rounds[] = { 2000, 20, 20, 20 };

    (void)state;
    for (size_t k = 0; k < COUNT(made); k++) {
        hp_key *key = key_of(made[k]);
        hp_alg alg = hp_signer_alg(made[k]->signer);
        uint8_t signature[HP_SIGN_MAX], digest[HP_DIGEST_MAX];
        size_t n;

        for (int i = 0; i < rounds[k]; i++) {
            hp_str message = maker_print("message %d", i);

            assert_true(hp_alg_digest(crypto, alg, message, digest));
            assert_true(hp_signer_sign(made[k]->signer, message, signature, &n));
            assert_int_equal(hp_key_verify(key, alg, digest, guard_end((hp_str){ signature, n })),
                HP_VERIFY_HOLDS);
            digest[i % HP_SHA256] ^= 1;
            assert_false(hp_key_verify(key, alg, digest, guard_end((hp_str){ signature, n })));
            digest[i % HP_SHA256] ^= 1;
            for (int other = HP_ALG_NONE; other <= HP_ALG_ES512; other++) {
                if (other != (int)alg)
                    assert_false(hp_key_verify(key, (hp_alg)other, digest,
                        guard_end((hp_str){ signature, n })));
            }
        }
        hp_key_free(key);
    }
    hp_key_free(NULL);
}

/* Numbers that are none of a signature: 0, the order n of P-256, and above. */
static void
r_and_s_out_of_range(void **state)
{
    static const char *const halves[] = {
        "0000000000000000000000000000000000000000000000000000000000000000",
        "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
        "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "0000000000000000000000000000000000000000000000000000000000000001",
    };
    uint8_t digest[HP_SHA256] = { 0 };
    hp_key *key = key_of(es);

    (void)state;
    for (size_t r = 0; r < COUNT(halves); r++) {
        for (size_t s = 0; s < COUNT(halves); s++)
            assert_false(hp_key_verify(key, HP_ALG_ES256, digest,
                guard_end(MAKER_JOIN(maker_hex(halves[r]), maker_hex(halves[s])))));
    }
    hp_key_free(key);
}

/* A signature of RSA is as long as the modulus: a leading zero is part of it. */
static void
leading_zeros_count(void **state)
{
    uint8_t signature[HP_SIGN_MAX + 1] = { 0 }, digest[HP_SHA256];
    hp_str message = HP_STR("message");
    hp_key *key = key_of(ps);
    size_t n = 0;

    (void)state;
    assert_true(hp_sha256(crypto, &message, 1, digest));
    do
        assert_true(hp_signer_sign(ps->signer, message, signature + 1, &n));
    while (signature[1] != 0);
    assert_int_equal(hp_key_verify(key, HP_ALG_PS256, digest, (hp_str){ signature + 1, n }),
        HP_VERIFY_HOLDS);
    assert_false(hp_key_verify(key, HP_ALG_PS256, digest, (hp_str){ signature + 2, n - 1 }));
    assert_false(hp_key_verify(key, HP_ALG_PS256, digest, (hp_str){ signature, n + 1 }));
    hp_key_free(key);
}

/* We live in other people's processes: what they keep in OpenSSL's error queue stays as it is. */
static void
the_error_queue_is_left_alone(void **state)
{
    uint8_t digest[HP_SHA256] = { 0 };
    hp_key *key = key_of(es);
    size_t at = 0, n;
    uint8_t *der;

    (void)state;
    ERR_clear_error();
    ERR_raise(ERR_LIB_USER, 42);
    assert_false(hp_key_verify(key, HP_ALG_ES256, digest, maker_fill(64, 0xff)));
    assert_null(hp_key_read(crypto, HP_STR("\x30\x00")));
    assert_null(hp_cert_read(crypto, HP_STR("\x30\x00")));
    assert_int_equal(hp_pem_next(HP_STR("-----BEGIN CERTIFICATE-----\n?"), &at, &der, &n),
        HP_PEM_OTHER);
    assert_int_equal(ERR_GET_REASON(ERR_get_error()), 42);
    assert_int_equal(ERR_get_error(), 0);
    hp_key_free(key);
}

static void
wiping(void **state)
{
    uint8_t p[] = { 1, 2, 3, 4 };

    (void)state;
    hp_wipe(p + 1, 2);
    assert_memory_equal(p, "\1\0\0\4", 4);
    hp_wipe(NULL, 0);
}

static void
without_memory(void **state)
{
    (void)state;
    alloc_start(1);
    assert_null(hp_crypto_new());
    alloc_start(1);
    assert_null(hp_hmac_new(crypto, HP_STR("k")));
    alloc_start(0);
    hp_crypto_free(NULL);
}

static int
set_up(void **state)
{
    (void)state;
    crypto = hp_crypto_new();
    es = maker_key_new(HP_ALG_ES256, "");
    ps = maker_key_new(HP_ALG_PS256, "");
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
    cmocka_unit_test(sha256),
    cmocka_unit_test(sha384_and_sha512),
    cmocka_unit_test(hmac),
    cmocka_unit_test(random_bytes_differ),
    cmocka_unit_test(every_signature_of_ours_verifies),
    cmocka_unit_test(r_and_s_out_of_range),
    cmocka_unit_test(leading_zeros_count),
    cmocka_unit_test(the_error_queue_is_left_alone),
    cmocka_unit_test(wiping),
    cmocka_unit_test(without_memory),
};

UNIT_MAIN_WITH(tests, set_up, tear_down)
