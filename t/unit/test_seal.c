/*
 * Signers whose certificates come along in passes: who vouches for them, what they may be for, how
 * much is tried, and what is kept of them.
 */
#include "unit.h"

#include "base/hex.h"
#include "check/seal.h"
#include "check/signer.h"
#include "maker.h"
#include "pki.h"

#define SEALS "2.23.136.1.1.14.2"
#define NV    "\x30\x09\x02\x01\x00\x31\x04\x13\x02NV" /* with a zero in it */
#define MESSAGE "{\"hdr\":{}}"

static hp_crypto *crypto;
static hp_keys *keys;
static const pki_key *csca_key;
static const pki_cert *csca;
static uint8_t buffer[65536];

/* ---- a list of authorities ------------------------------------------------------ */

static void
put(hp_records *list, hp_role role, const pki_cert *cert, hp_str der, unsigned domains)
{
    hp_cert *read = role == HP_ROLE_AUTHORITY ? hp_cert_read(crypto, der) : NULL;
    hp_record r = { .role = role, .cert = der, .domains = domains, .valid = { MAKER_FROM, MAKER_TO } };
    uint8_t name[HP_SHA256];
    hp_cert *self = hp_cert_read(crypto, pki_der(cert));

    assert_true(self != NULL && hp_cert_issuer(self, crypto, name)); /* all are self-signed */
    hp_cert_free(self);
    r.kid = maker_copy((hp_str){ name, HP_KID });
    if (read != NULL) {
        hp_str spki = maker_copy(hp_cert_spki(read));

        r.spki = spki;
        assert_true(hp_sha256(crypto, &spki, 1, r.digest));
        hp_cert_country(read, r.country);
    }
    hp_cert_free(read);
    if (list->n_sources == 0)
        assert_non_null(hp_records_source(list, "csca", "csca"));
    assert_true(hp_records_put(list, &r));
}

static hp_trust *
closed(hp_records *list)
{
    hp_trust *trust = hp_trust_new(crypto, NULL);
    hp_error error = { "" };

    assert_true(hp_trust_add_records(trust, "list", list, &error));
    if (!hp_trust_close(trust, &error))
        fail_msg("%s", error.text);
    return trust;
}

static hp_trust *
trusting(const pki_cert *authority)
{
    hp_records list = { .env = HP_ENV_PROD };

    put(&list, HP_ROLE_AUTHORITY, authority, pki_der(authority), HP_DOMAIN_VDS_NC);
    return closed(&list);
}

/* ---- a pass ------------------------------------------------------------------------ */

/* The signer of a message that the certificate's key signed; *why is HP_OK when there is one. */
static const hp_record *
find(const hp_trust *trust, hp_alg alg, hp_str cert, hp_str signature, hp_reason *why)
{
    static hp_arena arena;
    static uint8_t digest[HP_DIGEST_MAX];
    hp_str id = pki_sha256(cert);
    hp_signed what = { .kid = { id.p, HP_KID }, .alg = alg, .digest = digest, .cert = cert,
                       .signature = signature, .cert_id = id.p };
    const hp_record *signer;

    arena = hp_arena_over(buffer, sizeof(buffer));
    assert_true(hp_alg_digest(crypto, alg, HP_STR(MESSAGE), digest));
    alloc_start(0);
    *why = HP_FAULT;
    signer = hp_seal_signer(trust, keys, &what, &arena, why);
    if (signer != NULL)
        *why = HP_OK;
    return signer;
}

static hp_reason
judged(const hp_trust *trust, const pki_cert *cert)
{
    hp_str signature = pki_sign_raw(pki_cert_key(cert), HP_HASH_SHA256, HP_STR(MESSAGE));
    hp_reason why;

    (void)find(trust, HP_ALG_ES256, pki_der(cert), signature, &why);
    return why;
}

static const hp_record *
signer_of(const hp_trust *trust, const pki_cert *cert)
{
    hp_str signature = pki_sign_raw(pki_cert_key(cert), HP_HASH_SHA256, HP_STR(MESSAGE));
    hp_reason why;

    return find(trust, HP_ALG_ES256, pki_der(cert), signature, &why);
}

static const pki_cert *
issued(pki_wish wish)
{
    wish.country = wish.country != NULL ? wish.country : "UT";
    wish.issuer = wish.issuer != NULL ? wish.issuer : csca;
    return pki_cert_new(&wish);
}

#define GOOD .eku = SEALS, .types = { (const uint8_t *)NV, 11 }

static const pki_cert *
authority(const char *name, const pki_key *key)
{
    return pki_cert_new(&(pki_wish){ .country = "UT", .name = name, .key = key, .authority = true });
}

/* ---- what is found ----------------------------------------------------------------- */

static void
every_curve(void **state)
{
    static const struct {
        const char *kind;
        hp_alg alg;
        hp_hash hash;
    } table[] = { { "P-256", HP_ALG_ES256, HP_HASH_SHA256 }, { "P-384", HP_ALG_ES384, HP_HASH_SHA384 },
                  { "P-521", HP_ALG_ES512, HP_HASH_SHA512 }, { "P-384-explicit", HP_ALG_ES384, HP_HASH_SHA384 } };
    hp_trust *trust = trusting(csca);

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        const pki_cert *cert = issued((pki_wish){ .key = pki_key_new(table[i].kind), GOOD });
        hp_str good = pki_sign_raw(pki_cert_key(cert), table[i].hash, HP_STR(MESSAGE));
        const hp_record *signer;
        hp_reason why;

        signer = find(trust, table[i].alg, pki_der(cert), good, &why);
        assert_int_equal(why, HP_OK);
        assert_int_equal(signer->usage, HP_USE_ALL);
        assert_string_equal(signer->country, "UT");
        assert_int_equal(signer->n_alike, 1);
        (void)find(trust, table[i].alg == HP_ALG_ES256 ? HP_ALG_ES384 : HP_ALG_ES256, pki_der(cert), good, &why);
        assert_int_equal(why, HP_SIGNATURE); /* the key says the algorithm */
        (void)find(trust, table[i].alg, pki_der(cert), (hp_str){ good.p, good.n - 1 }, &why);
        assert_int_equal(why, HP_SIGNATURE);
    }
    hp_trust_free(trust);
}

static void
authorities_of_every_kind(void **state)
{
    static const char *const kinds[] = { "P-256", "P-384", "P-521", "P-384-explicit", "RSA-2048", "RSA-PSS-2048" };

    (void)state;
    for (size_t i = 0; i < COUNT(kinds); i++) {
        const pki_cert *one = authority("Kinds", pki_key_new(kinds[i]));
        hp_trust *trust = trusting(one);

        if (judged(trust, issued((pki_wish){ .issuer = one, GOOD })) != HP_OK)
            fail_msg("%s", kinds[i]);
        hp_trust_free(trust);
    }
}

static void
who_vouches_for_nobody(void **state)
{
    const pki_cert *other = authority("Other", NULL), *same_name = authority("CSCA", NULL);
    hp_records list = { .env = HP_ENV_PROD };
    hp_trust *trust = trusting(csca);

    (void)state;
    assert_int_equal(judged(trust, issued((pki_wish){ .issuer = other, GOOD })), HP_SIGNER_UNKNOWN);
    assert_int_equal(judged(trust, issued((pki_wish){ .issuer = same_name, GOOD })), HP_SIGNER_CHAIN);
    assert_int_equal(judged(trust, issued((pki_wish){ .issuer = same_name, .key_id_of = csca, GOOD })), HP_SIGNER_CHAIN);
    assert_int_equal(judged(trust, issued((pki_wish){ .forged = pki_key_new("P-384"), GOOD })), HP_SIGNER_CHAIN);
    assert_int_equal(judged(trust, issued((pki_wish){ .country = "FR", GOOD })), HP_SIGNER_CHAIN);
    assert_int_equal(judged(trust, issued((pki_wish){ .sign = "sha1", GOOD })), HP_SIGNER_CHAIN);
    hp_trust_free(trust);

    put(&list, HP_ROLE_AUTHORITY, csca, pki_der(csca), HP_DOMAIN_2D_DOC | HP_DOMAIN_HC1);
    trust = closed(&list);
    assert_int_equal(hp_trust_count(trust), 0); /* it vouches for other passes */
    assert_int_equal(judged(trust, issued((pki_wish){ GOOD })), HP_SIGNER_UNKNOWN);
    hp_trust_free(trust);
}

static void
certificates_that_are_none(void **state)
{
    hp_str good = pki_der(issued((pki_wish){ GOOD }));
    hp_trust *trust = trusting(csca);
    hp_reason why;

    (void)state;
    (void)find(trust, HP_ALG_ES256, MAKER_JOIN(good, HP_STR("x")), good, &why);
    assert_int_equal(why, HP_ENVELOPE);
    (void)find(trust, HP_ALG_ES256, guard_end((hp_str){ good.p, good.n - 1 }), good, &why);
    assert_int_equal(why, HP_ENVELOPE);
    (void)find(trust, HP_ALG_ES256, HP_STR("x"), good, &why);
    assert_int_equal(why, HP_ENVELOPE);
    hp_trust_free(trust);
}

/* A square root modulo a prime that is 1 modulo 4 can be made to take hundreds of milliseconds. */
static void
curves_of_somebody(void **state)
{
    const hp_str prime = HP_STR("\xff\xff\xff\xfe\xff\xff\xff\xff\0\0\0\0\0\0\0\0\xff\xff\xff\xff\x30"); /* its end */
    hp_str good = pki_der(issued((pki_wish){ .key = pki_key_new("P-384-explicit"), GOOD })), bad = maker_copy(good);
    uint8_t *at = memmem(bad.p, bad.n, prime.p, prime.n);
    hp_trust *trust = trusting(csca);
    hp_reason why;

    (void)state;
    assert_non_null(at);
    at[prime.n - 2] = 0xfd;
    (void)find(trust, HP_ALG_ES384, bad, good, &why);
    assert_int_equal(why, HP_ENVELOPE);
    at[prime.n - 2] = 0xfb;
    (void)find(trust, HP_ALG_ES384, bad, good, &why);
    assert_int_equal(why, HP_SIGNER_CHAIN); /* read, and not signed so */
    hp_trust_free(trust);
}

/* ---- what it may be for --------------------------------------------------------------- */

static void
uses(void **state)
{
    static const struct {
        pki_wish wish;
        bool may;
    } table[] = {
        { { GOOD }, true },
        { { .eku = NULL }, true },
        { { .eku = SEALS }, true },
        { { .eku = "serverAuth," SEALS }, true },
        { { .types = { (const uint8_t *)NV, 11 } }, true },
        { { .key_usage = "", GOOD }, true },
        { { .types = { (const uint8_t *)"\x30\x0c\x02\x01\x00\x31\x07\x13\x01P\x13\x02NV", 14 } }, true },
        { { .eku = "serverAuth" }, false },
        { { .eku = "2.23.136.1.1.14.1" }, false },
        { { .eku = "!" }, false },
        { { .key_usage = "keyEncipherment", GOOD }, false },
        { { .key_usage = "digitalSignature,keyCertSign", GOOD }, false },
        { { .constraints = "CA:TRUE", GOOD }, false },
        { { .version_1 = true }, false },
        { { .unreadable = "keyUsage", GOOD }, false },
        { { .eku = SEALS, .types = { (const uint8_t *)"\x30\x08\x02\x01\x00\x31\x03\x13\x01P", 10 } }, false },
        { { .eku = SEALS, .types = { (const uint8_t *)"\x30\x0a\x02\x01\x00\x31\x05\x13\x03NVX", 12 } }, false },
        { { .eku = SEALS, .types = { (const uint8_t *)"\x30\x09\x02\x01\x00\x31\x04\x0c\x02NV", 11 } }, false },
        { { .eku = SEALS, .types = { (const uint8_t *)"\x30\x03\x02\x01\x00", 5 } }, false },
        { { .eku = SEALS, .types = { (const uint8_t *)NV "x", 12 } }, false },
        { { .eku = SEALS, .types = { (const uint8_t *)"NV", 2 } }, false },
    };
    hp_trust *trust = trusting(csca);

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        const hp_record *signer = signer_of(trust, issued(table[i].wish));

        if (signer == NULL || (signer->usage == HP_USE_ALL) != table[i].may)
            fail_msg("row %zu", i);
    }
    hp_trust_free(trust);
}

/* What a pass says of its state, and the certificate of its. */
static void
states(void **state)
{
    static const struct {
        const char *pass, *cert;
        bool same;
    } table[] = {
        { "UTO", "UT", true }, { "AUS", "AU", true }, { "JPN", "JP", true }, { "D", "DE", true },
        { "DEU", "DE", true }, { "UNO", "UN", true }, { "EUE", "EU", true }, { "RKS", "KS", true },
        { "FRA", "fr", true }, { "AUS", "AT", false }, { "AUS", "UT", false }, { "UTO", "AU", false },
        { "XYZ", "XY", false }, { "AU", "AU", true }, { "AUS", "AUS", false },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        const pki_cert *ca = pki_cert_new(&(pki_wish){ .country = table[i].cert, .name = "S", .authority = true });
        hp_pass pass = { .issuer = hp_str_of(table[i].pass), .domains = HP_DOMAIN_VDS_NC, .event = { .kind = 'v' } };
        hp_signer_terms terms = { .list = true, .validity = true, .max_age = 1, .now = MAKER_NOW };
        hp_trust *trust = trusting(ca);
        const hp_record *signer = signer_of(trust, issued((pki_wish){ .country = table[i].cert, .issuer = ca, GOOD }));
        hp_reason why = HP_OK;

        assert_non_null(signer);
        if (hp_signer_allowed(trust, &pass, &terms, &signer, &why) != table[i].same ||
            why != (table[i].same ? HP_OK : HP_SIGNER_DOMAIN))
            fail_msg("%s, %s", table[i].pass, table[i].cert);
        hp_trust_free(trust);
    }
}

/* ---- several authorities ------------------------------------------------------------------ */

/* One key and name in two certificates, of other times: either will do. */
static void
renewed(void **state)
{
    const pki_cert *next = pki_cert_new(&(pki_wish){ .country = "UT", .name = "CSCA", .key = csca_key,
                                                     .authority = true, .to = MAKER_TO + 1 });
    const pki_cert *others[HP_TRUST_SAME_NAME];
    hp_records list = { .env = HP_ENV_PROD };
    const hp_record *signer;
    hp_trust *trust;
    hp_error error;

    (void)state;
    for (size_t i = 0; i < HP_TRUST_SAME_NAME - 2; i++) {
        others[i] = authority("CSCA", NULL);
        put(&list, HP_ROLE_AUTHORITY, others[i], pki_der(others[i]), HP_DOMAIN_VDS_NC);
    }
    put(&list, HP_ROLE_AUTHORITY, csca, pki_der(csca), HP_DOMAIN_VDS_NC);
    put(&list, HP_ROLE_AUTHORITY, next, pki_der(next), HP_DOMAIN_VDS_NC);
    trust = closed(&list);
    assert_int_equal(hp_trust_count(trust), HP_TRUST_SAME_NAME);
    signer = signer_of(trust, issued((pki_wish){ GOOD }));
    assert_non_null(signer);
    assert_int_equal(signer->n_alike, 2);
    assert_int_equal(judged(trust, issued((pki_wish){ .issuer = others[0], GOOD })), HP_OK);
    hp_trust_free(trust);

    /* One more is more than are tried, and never passed over in silence. */
    for (size_t i = 0; i <= HP_TRUST_SAME_NAME; i++) {
        const pki_cert *one = authority("CSCA", NULL);

        put(&list, HP_ROLE_AUTHORITY, one, pki_der(one), HP_DOMAIN_VDS_NC);
    }
    trust = hp_trust_new(crypto, NULL);
    assert_true(hp_trust_add_records(trust, "list", &list, &error));
    assert_false(hp_trust_close(trust, &error));
    assert_non_null(strstr(error.text, "more than 16 authorities"));
    hp_trust_free(trust);
}

/* ---- taken back, and what is kept ------------------------------------------------------------ */

/* A list of revoked certificates counts at once, although the signer was found good before. */
static void
taken_back(void **state)
{
    const pki_cert *cert = issued((pki_wish){ GOOD }), *other = issued((pki_wish){ GOOD });
    hp_records list = { .env = HP_ENV_PROD };
    hp_trust *trust = trusting(csca);

    (void)state;
    assert_int_equal(judged(trust, cert), HP_OK);
    hp_trust_free(trust);
    put(&list, HP_ROLE_AUTHORITY, csca, pki_der(csca), HP_DOMAIN_VDS_NC);
    put(&list, HP_ROLE_CRL, csca, pki_crl(csca, MAKER_FROM, MAKER_FROM + 1, (const pki_cert *const[]){ cert, NULL }),
        HP_DOMAIN_VDS_NC);
    trust = closed(&list);
    assert_int_equal(judged(trust, cert), HP_SIGNER_REVOKED); /* the list is past its end: no matter */
    assert_int_equal(judged(trust, other), HP_OK);
    hp_trust_free(trust);
}

/* RFC 5280, 7.1: neither string type nor case nor white space makes another name. */
static void
names_in_other_spellings(void **state)
{
    const pki_cert *spelt = pki_cert_new(&(pki_wish){ .country = "UT", .name = "csca  ROOT", .printable = true,
                                                      .key = csca_key, .authority = true });
    const pki_cert *named = authority("CSCA Root", csca_key);
    const pki_cert *cert = issued((pki_wish){ .issuer = spelt, GOOD }), *other = issued((pki_wish){ .issuer = named, GOOD });
    const pki_cert *gone = issued((pki_wish){ .issuer = named, GOOD });
    hp_records list = { .env = HP_ENV_PROD };
    hp_trust *trust;

    (void)state;
    put(&list, HP_ROLE_AUTHORITY, named, pki_der(named), HP_DOMAIN_VDS_NC);
    put(&list, HP_ROLE_CRL, spelt, pki_crl(spelt, MAKER_FROM, MAKER_TO, (const pki_cert *const[]){ gone, NULL }),
        HP_DOMAIN_VDS_NC);
    trust = closed(&list);
    assert_int_equal(judged(trust, cert), HP_OK);
    assert_int_equal(judged(trust, other), HP_OK);
    assert_int_equal(judged(trust, gone), HP_SIGNER_REVOKED);
    assert_int_equal(judged(trust, issued((pki_wish){ GOOD })), HP_SIGNER_UNKNOWN); /* "CSCA" */
    hp_trust_free(trust);
}

/* Stores hold them, and are carried to machines of another byte order, and to later versions. */
static void
names_are_known_for_ever(void **state)
{
    static const char known[] = "2b0674e27b4ab013";
    hp_cert *cert = hp_cert_read(crypto, pki_der(authority("CSCA Root", csca_key)));
    uint8_t name[HP_SHA256];
    char text[HP_HEX_TEXT(HP_KID)];

    (void)state;
    assert_true(cert != NULL && hp_cert_subject(cert, crypto, name));
    hp_hex_write((hp_str){ name, HP_KID }, text);
    assert_string_equal(text, known);
    hp_cert_free(cert);
}

/* A known signer's certificate is not read again, whatever is made up in between. */
static void
known_signers_stay(void **state)
{
    const pki_cert *cert = issued((pki_wish){ GOOD });
    const pki_key *own = pki_key_new("P-256");
    hp_trust *trust = trusting(csca);

    (void)state;
    assert_int_equal(judged(trust, cert), HP_OK);
    assert_true(alloc_calls() > 0);
    for (int i = 0; i < 100; i++) {
        const pki_cert *another = issued((pki_wish){ .key = own, .forged = own, GOOD });

        assert_int_equal(judged(trust, another), HP_SIGNER_CHAIN);
    }
    assert_int_equal(judged(trust, cert), HP_OK);
    assert_int_equal(alloc_calls(), 0);
    hp_trust_free(trust);
}

/* In want of memory nobody is called a forger. */
static void
without_memory(void **state)
{
    const pki_cert *cert = issued((pki_wish){ GOOD });
    hp_str signature = pki_sign_raw(pki_cert_key(cert), HP_HASH_SHA256, HP_STR(MESSAGE));
    hp_str id = pki_sha256(pki_der(cert));
    uint8_t digest[HP_DIGEST_MAX];
    hp_signed what = { .kid = { id.p, HP_KID }, .alg = HP_ALG_ES256, .digest = digest, .cert = pki_der(cert),
                       .signature = signature, .cert_id = id.p };
    hp_arena arena = hp_arena_over(buffer, sizeof(buffer)), none = hp_arena_over(buffer, 8);
    hp_trust *trust = trusting(csca);
    hp_reason why;
    size_t n;

    (void)state;
    assert_true(hp_alg_digest(crypto, HP_ALG_ES256, HP_STR(MESSAGE), digest));
    for (n = 1; n <= 2; n++) { /* the certificate, and its authority's */
        why = HP_OK;
        alloc_start(n);
        assert_null(hp_seal_signer(trust, keys, &what, &arena, &why));
        assert_int_equal(why, HP_FAULT);
    }
    alloc_start(0);
    assert_non_null(hp_seal_signer(trust, keys, &what, &arena, &why));
    assert_null(hp_seal_signer(trust, keys, &what, &none, &why));
    assert_true(none.full);
    hp_trust_free(trust);
}

/* The note that was recalled least recently gives way. */
static void
notes(void **state)
{
    hp_keys *cache = hp_keys_new(1);
    uint8_t digest[HP_SHA256] = { 0 }, note[HP_KEYS_NOTE] = { 0 };
    unsigned found = 0;

    (void)state;
    assert_non_null(cache);
    assert_false(hp_keys_recall(cache, digest, note, sizeof(note)));
    for (unsigned i = 0; i < 65; i++) {
        digest[0] = (uint8_t)i;
        note[HP_KEYS_NOTE - 1] = (uint8_t)i;
        hp_keys_note(cache, digest, note, sizeof(note));
        digest[0] = 0;
        assert_true(hp_keys_recall(cache, digest, note, sizeof(note)));
        assert_int_equal(note[HP_KEYS_NOTE - 1], 0);
    }
    for (unsigned i = 0; i < 65; i++) {
        digest[0] = (uint8_t)i;
        found += hp_keys_recall(cache, digest, note, sizeof(note));
    }
    assert_int_equal(found, 64); /* all but number 1 */
    digest[0] = 1;
    assert_false(hp_keys_recall(cache, digest, note, sizeof(note)));
    hp_keys_free(cache);
}

static int
set_up(void **state)
{
    (void)state;
    crypto = hp_crypto_new();
    keys = hp_keys_new(64);
    csca_key = pki_key_new("P-384");
    csca = authority("CSCA", csca_key);
    return crypto == NULL || keys == NULL;
}

static int
tear_down(void **state)
{
    (void)state;
    hp_keys_free(keys);
    hp_crypto_free(crypto);
    return 0;
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(every_curve),
    cmocka_unit_test(authorities_of_every_kind),
    cmocka_unit_test(who_vouches_for_nobody),
    cmocka_unit_test(certificates_that_are_none),
    cmocka_unit_test(curves_of_somebody),
    cmocka_unit_test(uses),
    cmocka_unit_test(states),
    cmocka_unit_test(renewed),
    cmocka_unit_test(taken_back),
    cmocka_unit_test(names_in_other_spellings),
    cmocka_unit_test(names_are_known_for_ever),
    cmocka_unit_test(known_signers_stay),
    cmocka_unit_test(without_memory),
    cmocka_unit_test(notes),
};

UNIT_MAIN_WITH(tests, set_up, tear_down)
