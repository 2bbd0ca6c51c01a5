/*
 * Certificates: who may issue them and with which algorithms, for what their keys may be used,
 * and which keys they are (trust-lists, 1.3 and 1.4; vds-nc, 4 and 5).
 */
#include "unit.h"

#include "check/chain.h"
#include "check/validity.h"
#include "maker.h"
#include "pki.h"

#include <stdlib.h>

#define DAY 86400.0

static hp_crypto *crypto;

static hp_cert *
read_cert(const pki_cert *cert)
{
    hp_cert *read = hp_cert_read(crypto, guard_end(pki_der(cert)));

    assert_non_null(read);
    return read;
}

static bool
issued(const pki_cert *cert, const pki_cert *csca)
{
    hp_cert *a = read_cert(cert), *b = read_cert(csca);
    bool yes = hp_cert_issued_by(a, b);

    hp_cert_free(a);
    hp_cert_free(b);
    return yes;
}

/* Does the authority, as wished, issue a plain certificate in the end? */
static bool
vouches(const pki_wish *wish, const char *sign)
{
    const pki_cert *csca = pki_cert_new(wish);

    return issued(pki_cert_new(&(pki_wish){ .country = "XA", .issuer = csca, .sign = sign }),
                  csca);
}

/* Does a plain authority issue this one (which is made its own) in the end? */
static bool
is_vouched_for(const pki_wish *authority_wish, pki_wish wish)
{
    const pki_cert *csca = pki_cert_new(authority_wish);

    wish.issuer = csca;
    return issued(pki_cert_new(&wish), csca);
}

static const pki_wish plain = { .country = "XA", .name = "CSCA", .authority = true };

/* ---- who issued it ------------------------------------------------------ */

static void
algorithms_of_authorities(void **state)
{
    static const struct {
        const char *key, *sign;
        bool good;
    } cases[] = {
        { "P-256", NULL, true },
        { "P-384", NULL, true },
        { "P-384", "sha256", true },
        { "P-521", NULL, true },
        { "P-256-explicit", NULL, true },
        { "P-384-explicit", NULL, true },
        { "P-224", NULL, false },
        { "P-256", "sha224", false },
        { "P-384", "sha1", false },
        { "ED25519", NULL, false },
        { "RSA-2047", NULL, false },
        { "RSA-2048", NULL, true },
        { "RSA-2048", "sha384", true },
        { "RSA-2048", "sha512", true },
        { "RSA-2048", "pss", true },
        { "RSA-2048", "pss-sha512", true },
        { "RSA-2048", "sha1", false },
        { "RSA-2048", "pss-sha1", false },
        { "RSA-2048", "md5", false },
        { "RSA-PSS-2048", "pss", true },
        { "RSA-PSS-2047", "pss", false },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        pki_wish wish = plain;

        wish.key = pki_key_new(cases[i].key);
        if (vouches(&wish, cases[i].sign) != cases[i].good)
            fail_msg("%s %s", cases[i].key, cases[i].sign != NULL ? cases[i].sign : "");
    }
}

/* What makes an authority of a certificate. */
static void
who_is_an_authority(void **state)
{
    static const struct {
        pki_wish wish;
        bool good;
    } cases[] = {
        { { .authority = true }, true },
        { { .authority = true, .key_usage = "keyCertSign" }, true },
        { { .authority = true, .key_usage = "" }, true },
        { { .authority = true, .key_usage = "cRLSign" }, false },
        { { .authority = true, .key_usage = "digitalSignature" }, false },
        { { .authority = false, .key_usage = "keyCertSign" }, true },
        { { .authority = false, .key_usage = "" }, false },
        { { .authority = false }, false },
        { { .constraints = "critical,CA:TRUE", .key_usage = "keyCertSign" }, true },
        { { .constraints = "CA:FALSE", .key_usage = "keyCertSign" }, false },
        { { .authority = true, .unreadable = "basicConstraints" }, false },
        { { .authority = true, .unreadable = "keyUsage" }, false },
        { { .authority = true, .unreadable = "subjectKeyIdentifier" }, true },
        { { .authority = true, .unreadable = "subjectAltName" }, true },
        { { .authority = true, .eku = "!" }, true },
        { { .authority = true, .no_key_ids = true }, true },
        { { .version_1 = true }, true },
    };
    const pki_cert *root;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        pki_wish wish = cases[i].wish;

        wish.country = "XA";
        if (vouches(&wish, NULL) != cases[i].good)
            fail_msg("case %zu", i);
    }
    /* one of version 1 that another one issued says by nothing that it is more than a signer */
    root = pki_cert_new(&plain);
    assert_false(vouches(&(pki_wish){ .country = "XA", .issuer = root, .version_1 = true }, NULL));
}

static void
names_and_countries(void **state)
{
    static const struct {
        const char *authority, *cert;
        bool good;
    } cases[] = {
        { "XA", "XA", true },  { "XA", "xa", true },  { "XA", "XB", false },
        { "XA", NULL, true },  { NULL, "XA", true },  { NULL, NULL, true },
    };
    const pki_cert *one = pki_cert_new(&plain);
    pki_wish wish = plain;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        wish.country = cases[i].authority;
        if (is_vouched_for(&wish, (pki_wish){ .country = cases[i].cert }) != cases[i].good)
            fail_msg("case %zu", i);
    }
    /* the key of one authority, the name of another */
    wish = (pki_wish){ .country = "XA", .name = "CSCB", .authority = true,
                       .key = pki_cert_key(one) };
    assert_false(issued(pki_cert_new(&(pki_wish){ .country = "XA", .issuer = pki_cert_new(&wish) }),
                        one));
}

/* An equal key identifier proves nothing, and a wrong one is enough to refuse. */
static void
key_identifiers(void **state)
{
    const pki_cert *csca = pki_cert_new(&plain), *other = pki_cert_new(&plain);

    (void)state;
    assert_true(is_vouched_for(&plain, (pki_wish){ .country = "XA" }));
    assert_true(is_vouched_for(&plain, (pki_wish){ .country = "XA", .no_key_ids = true }));
    assert_false(is_vouched_for(&plain, (pki_wish){ .country = "XA", .key_id_of = other }));
    assert_false(is_vouched_for(&plain, (pki_wish){ .country = "XA",
                                                    .unreadable = "authorityKeyIdentifier" }));
    /* with nothing to compare it with, it says nothing */
    assert_true(is_vouched_for(&(pki_wish){ .country = "XA", .authority = true,
                                            .no_key_ids = true },
                               (pki_wish){ .country = "XA", .key_id_of = other }));
    assert_false(issued(pki_cert_new(&(pki_wish){ .country = "XA", .issuer = csca,
                                                  .forged = pki_cert_key(other) }), csca));
}

/* Certificates with what we cannot read, or without all of it, are issued as well. */
static void
odd_certificates_are_issued(void **state)
{
    (void)state;
    assert_true(is_vouched_for(&plain, (pki_wish){ .country = "XA", .eku = "!" }));
    assert_true(is_vouched_for(&plain, (pki_wish){ .country = "XA",
                                                   .unreadable = "subjectAltName" }));
    assert_true(is_vouched_for(&plain, (pki_wish){ .country = "XA", .version_1 = true }));
    assert_true(is_vouched_for(&plain, (pki_wish){ .country = "XA", .key_usage = "" }));
}

/* ---- chains ------------------------------------------------------------- */

/* What the chain to these authorities, ended by NULL, makes of the certificate. */
static hp_record
chain(const pki_cert *cert, const pki_cert *const *authorities)
{
    hp_authorities set = { NULL, 0 };
    hp_record record = { .flaw = HP_FLAW_NONE };
    hp_cert *read = read_cert(cert);

    assert_true(hp_cert_validity(read, &record.valid.from, &record.valid.until));
    for (; *authorities != NULL; authorities++)
        assert_true(hp_authorities_add(&set, read_cert(*authorities)));
    hp_chain(&set, read, &record);
    hp_authorities_free(&set);
    hp_cert_free(read);
    return record;
}
#define CHAIN(cert, ...) chain(cert, (const pki_cert *const[]){ __VA_ARGS__, NULL })

/* Two levels: what is above the authority is never looked at, and no help. */
static void
two_levels(void **state)
{
    const pki_cert *root = pki_cert_new(&(pki_wish){ .country = "XZ", .name = "Root",
                                                     .authority = true, .to = MAKER_FROM + DAY });
    const pki_cert *csca = pki_cert_new(&(pki_wish){ .country = "XA", .name = "CSCA",
                                                          .authority = true, .issuer = root });
    const pki_cert *signer = pki_cert_new(&(pki_wish){ .country = "XA", .issuer = csca });
    hp_record record = CHAIN(signer, csca);

    (void)state;
    assert_int_equal(record.flaw, HP_FLAW_NONE);
    assert_int_equal(record.n_issuers, 1);
    assert_true(record.issuers[0].until == MAKER_TO);
    record = CHAIN(signer, root);
    assert_int_equal(record.flaw, HP_FLAW_CHAIN);
    assert_int_equal(record.n_issuers, 0);
    assert_int_equal(chain(signer, (const pki_cert *const[]){ NULL }).flaw, HP_FLAW_CHAIN);
}

/* One that is there already is not tried again. */
static void
each_authority_once(void **state)
{
    const pki_cert *csca = pki_cert_new(&(pki_wish){ .country = "XA", .name = "CSCA",
                                                     .authority = true });
    const pki_cert *other = pki_cert_new(&(pki_wish){ .country = "XA", .name = "CSCA",
        .authority = true, .key = pki_cert_key(csca) });
    const pki_cert *signer = pki_cert_new(&(pki_wish){ .country = "XA", .issuer = csca });

    (void)state;
    assert_int_equal(CHAIN(signer, csca, csca, csca).n_issuers, 1);
    assert_int_equal(CHAIN(signer, csca, other, csca, other).n_issuers, 2);
}

/* Of several authorities with one subject all are tried. */
static void
authorities_with_one_subject(void **state)
{
    const pki_cert *old = pki_cert_new(&(pki_wish){ .country = "XA", .name = "CSCA",
                                                    .authority = true, .to = MAKER_NOW });
    const pki_cert *renewed = pki_cert_new(&(pki_wish){ .country = "XA", .name = "CSCA",
                                                        .authority = true, .from = MAKER_IAT,
                                                        .key = pki_cert_key(old) });
    const pki_cert *other = pki_cert_new(&plain);
    const pki_cert *signer = pki_cert_new(&(pki_wish){ .country = "XA", .issuer = old });
    hp_record record = CHAIN(signer, other, renewed, old);

    (void)state;
    assert_int_equal(record.flaw, HP_FLAW_NONE);
    assert_int_equal(record.n_issuers, 2);
    assert_true(record.issuers[0].from == MAKER_IAT);
    assert_true(record.issuers[1].until == MAKER_NOW);
    assert_int_equal(CHAIN(signer, other).flaw, HP_FLAW_CHAIN);
}

/* Shell model: both must be valid at that moment, to the second. */
static void
shell_validity(void **state)
{
    const pki_cert *csca = pki_cert_new(&(pki_wish){ .country = "XA", .authority = true,
                                                          .from = MAKER_IAT, .to = MAKER_EXP });
    const pki_cert *inside = pki_cert_new(&(pki_wish){ .country = "XA", .issuer = csca,
                                                       .from = MAKER_IAT + DAY,
                                                       .to = MAKER_EXP - DAY });
    const pki_cert *around = pki_cert_new(&(pki_wish){ .country = "XA", .issuer = csca });
    const struct {
        const pki_cert *cert;
        double at;
        bool good;
    } cases[] = {
        { inside, MAKER_IAT + DAY, true },  { inside, MAKER_IAT + DAY - 1, false },
        { inside, MAKER_EXP - DAY, true },  { inside, MAKER_EXP - DAY + 1, false },
        { around, MAKER_IAT, true },        { around, MAKER_IAT - 1, false },
        { around, MAKER_EXP, true },        { around, MAKER_EXP + 1, false },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        hp_record record = CHAIN(cases[i].cert, csca);
        hp_reason why = HP_FAULT;

        if (hp_validity_signer(&record, (hp_span){ cases[i].at, cases[i].at }, &why) != cases[i].good)
            fail_msg("case %zu", i);
        assert_int_equal(why, cases[i].good ? HP_FAULT : HP_SIGNER_EXPIRED);
    }
}

/* ---- what it may be used for -------------------------------------------- */

#define TEST "1.3.6.1.4.1.1847.2021.1.1"
#define VACC "1.3.6.1.4.1.1847.2021.1.2"
#define RECO "1.3.6.1.4.1.1847.2021.1.3"
#define ZERO "1.3.6.1.4.1.0.1847.2021.1."

static void
usages(void **state)
{
    static const struct {
        const char *key_usage, *eku;
        unsigned usage;
        bool may_sign;
    } cases[] = {
        { NULL, NULL, HP_USE_ALL, true },
        { "", NULL, HP_USE_ALL, true },
        { "digitalSignature,keyCertSign", NULL, HP_USE_ALL, true },
        { "keyCertSign", NULL, 0, false },
        { "keyEncipherment", TEST, 0, false },
        { "nonRepudiation", NULL, 0, false },
        { NULL, TEST, HP_USE_TEST, true },
        { NULL, VACC, HP_USE_VACCINATION, true },
        { NULL, RECO, HP_USE_RECOVERY, true },
        { NULL, ZERO "1", HP_USE_TEST, true },
        { NULL, ZERO "2", HP_USE_VACCINATION, true },
        { NULL, ZERO "3", HP_USE_RECOVERY, true },
        { NULL, TEST "," VACC "," RECO, HP_USE_ALL, true },
        { NULL, TEST "," ZERO "3", HP_USE_TEST | HP_USE_RECOVERY, true },
        { NULL, "clientAuth," TEST, HP_USE_TEST, true },
        { NULL, "clientAuth,emailProtection", HP_USE_ALL, true },
        { NULL, "1.3.6.1.4.1.1847.2021.1.4", HP_USE_ALL, true },
        { NULL, TEST ".1", HP_USE_ALL, true },
        { NULL, "1.3.6.1.4.1.1847.2021.1", HP_USE_ALL, true },
        { NULL, "!", 0, true },
        { "keyCertSign", "!", 0, false },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        hp_cert *cert = read_cert(pki_cert_new(&(pki_wish){ .key_usage = cases[i].key_usage,
                                                            .eku = cases[i].eku }));

        if (hp_cert_usage(cert) != cases[i].usage || hp_cert_may_sign(cert) != cases[i].may_sign)
            fail_msg("case %zu: %u", i, hp_cert_usage(cert));
        hp_cert_free(cert);
    }
}

static void
version_1_is_unrestricted(void **state)
{
    hp_cert *cert = read_cert(pki_cert_new(&(pki_wish){ .version_1 = true }));

    (void)state;
    assert_int_equal(hp_cert_usage(cert), HP_USE_ALL);
    assert_true(hp_cert_may_sign(cert));
    hp_cert_free(cert);
}

/* ---- keys --------------------------------------------------------------- */

static void
kinds_of_keys(void **state)
{
    static const struct {
        const char *kind;
        hp_alg alg;
        unsigned bits;
    } cases[] = {
        { "P-256", HP_ALG_ES256, 256 },      { "P-256-explicit", HP_ALG_ES256, 256 },
        { "P-384", HP_ALG_ES384, 384 },      { "P-384-explicit", HP_ALG_ES384, 384 },
        { "P-521", HP_ALG_ES512, 521 },      { "P-224", HP_ALG_NONE, 224 },
        { "RSA-2047", HP_ALG_NONE, 2047 },   { "RSA-2048", HP_ALG_PS256, 2048 },
        { "RSA-3073", HP_ALG_PS256, 3073 },  { "RSA-PSS-2048", HP_ALG_PS256, 2048 },
        { "ED25519", HP_ALG_NONE, 256 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const pki_key *made = pki_key_new(cases[i].kind);
        hp_cert *cert = read_cert(pki_cert_new(&(pki_wish){ .key = made }));
        hp_key *key = hp_key_read(crypto, hp_cert_spki(cert));

        assert_non_null(key);
        assert_str_equal(hp_cert_spki(cert), pki_spki(made));
        if (hp_key_alg(key) != cases[i].alg || hp_key_bits(key) != cases[i].bits)
            fail_msg("%s: %u bits", cases[i].kind, hp_key_bits(key));
        hp_key_free(key);
        hp_cert_free(cert);
    }
}

/* Longer and shorter by a byte, and every single bit: no certificate, or another one. */
static void
damaged_certificates(void **state)
{
    const pki_cert *csca = pki_cert_new(&plain);
    hp_str der = pki_der(pki_cert_new(&(pki_wish){ .country = "XA", .issuer = csca }));
    hp_cert *vouching = read_cert(csca), *cert;
    hp_str copy = maker_copy(der);
    uint8_t *bytes = malloc(der.n);

    (void)state;
    assert_non_null(bytes);
    assert_null(hp_cert_read(crypto, MAKER_JOIN(copy, HP_STR("\0"))));
    for (size_t n = 0; n < der.n; n++)
        assert_null(hp_cert_read(crypto, guard_end((hp_str){ copy.p, n })));
    for (size_t i = 0; i < 8 * der.n; i++) {
        memcpy(bytes, der.p, der.n);
        bytes[i / 8] ^= (uint8_t)(1u << i % 8);
        cert = hp_cert_read(crypto, (hp_str){ bytes, der.n });
        assert_true(cert == NULL || !hp_cert_issued_by(cert, vouching));
        hp_cert_free(cert);
    }
    free(bytes);
    hp_cert_free(vouching);
}

static int
set_up(void **state)
{
    (void)state;
    crypto = hp_crypto_new();
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
    cmocka_unit_test(algorithms_of_authorities),
    cmocka_unit_test(who_is_an_authority),
    cmocka_unit_test(names_and_countries),
    cmocka_unit_test(key_identifiers),
    cmocka_unit_test(odd_certificates_are_issued),
    cmocka_unit_test(two_levels),
    cmocka_unit_test(each_authority_once),
    cmocka_unit_test(authorities_with_one_subject),
    cmocka_unit_test(shell_validity),
    cmocka_unit_test(usages),
    cmocka_unit_test(version_1_is_unrestricted),
    cmocka_unit_test(kinds_of_keys),
    cmocka_unit_test(damaged_certificates),
};

UNIT_MAIN_WITH(tests, set_up, tear_down)
