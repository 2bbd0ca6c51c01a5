/*
 * Authorities (CSCA): which certificates they vouch for, and when (trust-lists, 1.3).
 */
#include "unit.h"

#include "check/validity.h"
#include "maker.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

/* Years, and what may be wrong about an authority. */
typedef struct {
    const char *name, *country;
    int from, to; /* 1 January of these years */
    const char *constraints, *usage;
} wish;

#define CA  "critical,CA:TRUE"
#define END "critical,CA:FALSE"

static EVP_PKEY *authority_key, *other_key, *signer_key;
static hp_crypto *crypto;

static double
year(int y)
{
    return (double)hp_date_days((hp_date){ y, 1, 1 }) * 86400;
}

static void
add_extension(X509 *cert, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX ctx;
    X509_EXTENSION *extension;

    X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
    extension = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    assert_non_null(extension);
    assert_int_equal(X509_add_ext(cert, extension, -1), 1);
    X509_EXTENSION_free(extension);
}

static void
set_name(X509_NAME *name, const wish *w)
{
    if (w->country != NULL)
        (void)X509_NAME_add_entry_by_txt(name, "C", MBSTRING_ASC, (const uint8_t *)w->country, -1,
            -1, 0);
    (void)X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const uint8_t *)w->name, -1, -1, 0);
}

/* A certificate of key, signed by issuer_key in the name of issuer (NULL: its own). */
static X509 *
certificate(const wish *w, EVP_PKEY *key, X509 *issuer, EVP_PKEY *issuer_key)
{
    X509 *cert = X509_new();

    (void)X509_set_version(cert, 2);
    (void)ASN1_INTEGER_set(X509_get_serialNumber(cert), w->from);
    (void)ASN1_TIME_set(X509_getm_notBefore(cert), (time_t)year(w->from));
    (void)ASN1_TIME_set(X509_getm_notAfter(cert), (time_t)year(w->to));
    set_name(X509_get_subject_name(cert), w);
    (void)X509_set_issuer_name(cert, X509_get_subject_name(issuer != NULL ? issuer : cert));
    (void)X509_set_pubkey(cert, key);
    add_extension(cert, issuer, NID_basic_constraints, w->constraints);
    if (w->usage != NULL)
        add_extension(cert, issuer, NID_key_usage, w->usage);
    assert_true(X509_sign(cert, issuer_key, EVP_sha256()) > 0);
    return cert;
}

static hp_str
pem_of(X509 *cert)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *text;
    hp_str s;
    long n;

    assert_int_equal(PEM_write_bio_X509(bio, cert), 1);
    n = BIO_get_mem_data(bio, &text);
    s = maker_copy((hp_str){ (const uint8_t *)text, (size_t)n });
    BIO_free(bio);
    return s;
}

static const wish signer = { "Signer", "XA", 2020, 2024, END, "digitalSignature" };

/*
 * What is known of the signer beside these authorities: the first issued it, or (forged) the
 * first's name stands on it and another key signed it.
 */
static hp_trust *
beside(const wish *authorities, size_t n, bool forged, const hp_record **key)
{
    static unsigned folders;
    const char *folder = maker_c_string(maker_print("chain%u", ++folders));
    X509 *issuers[8], *cert;
    hp_watch watch = { NULL, 0, false };
    hp_trust *trust = hp_trust_new(crypto, NULL);
    uint8_t digest[HP_SHA256];
    unsigned length;
    hp_error error;
    size_t found;

    (void)maker_file(maker_c_string(maker_print("%s/CSCA/.keep", folder)), HP_STR(""));
    for (size_t i = 0; i < n; i++) {
        issuers[i] = certificate(&authorities[i], authority_key, NULL, authority_key);
        (void)maker_file(maker_c_string(maker_print("%s/CSCA/%zu.pem", folder, i)),
            pem_of(issuers[i]));
    }
    cert = certificate(&signer, signer_key, n > 0 ? issuers[0] : NULL,
        forged ? other_key : n > 0 ? authority_key : signer_key);
    (void)maker_file(maker_c_string(maker_print("%s/signer.pem", folder)), pem_of(cert));
    assert_int_equal(X509_digest(cert, EVP_sha256(), digest, &length), 1);
    X509_free(cert);
    for (size_t i = 0; i < n; i++)
        X509_free(issuers[i]);
    assert_int_equal(hp_trust_add(trust, maker_c_string(maker_print("%s/%s", maker_folder(), folder)),
        HP_FILE_OWNED, &watch, &error), HP_TRUST_ADDED);
    assert_true(hp_trust_close(trust, &error));
    assert_int_equal(hp_trust_count(trust), 1);
    hp_watch_free(&watch);
    *key = hp_trust_find(trust, HP_ROLE_SIGNER, (hp_str){ digest, HP_KID },
                         (hp_str){ NULL, 0 }, &found);
    return trust;
}

static bool
chains(const wish *authorities, size_t n, bool forged)
{
    const hp_record *key;
    hp_trust *trust = beside(authorities, n, forged, &key);
    bool chained = key->flaw == HP_FLAW_NONE;

    hp_trust_free(trust);
    return chained;
}

static void
who_may_vouch(void **state)
{
    static const wish good = { "Authority", "XA", 2020, 2024, CA, "keyCertSign" };
    static const wish without_usage = { "Authority", "XA", 2020, 2024, CA, NULL };
    static const wish without_country = { "Authority", NULL, 2020, 2024, CA, "keyCertSign" };
    static const wish wrong[] = {
        { "Authority", "XA", 2020, 2024, CA, "digitalSignature" },
        { "Authority", "XA", 2020, 2024, END, "keyCertSign" },
        { "Authority", "XB", 2020, 2024, CA, "keyCertSign" },
    };

    (void)state;
    assert_true(chains(&good, 1, false));
    assert_true(chains(&without_usage, 1, false));
    assert_true(chains(&without_country, 1, false));
    assert_false(chains(&good, 1, true));
    for (size_t i = 0; i < COUNT(wrong); i++)
        assert_false(chains(&wrong[i], 1, false));
}

/* 1.3 (4): a signer that is said to be valid for longer than its authority is not (chain.c). */
static void
outlives_its_authority(void **state)
{
    static const wish ended = { "Authority", "XA", 2020, 2021, CA, "keyCertSign" };
    const hp_record *key;
    hp_trust *trust = beside(&ended, 1, false, &key);

    (void)state;
    assert_int_equal(key->flaw, HP_FLAW_NONE);
    assert_true(key->valid.until > year(2023) && key->issuers[0].until < year(2022));
    assert_true(hp_validity_signer(key, (hp_span){ year(2021), year(2021) }, &(hp_reason){ HP_FAULT }));
    assert_false(hp_validity_signer(key, (hp_span){ year(2022), year(2022) }, &(hp_reason){ HP_FAULT }));
    hp_trust_free(trust);
}

/* A folder of authorities asks for a chain also while it is empty. */
static void
no_authority_no_signer(void **state)
{
    (void)state;
    assert_false(chains(NULL, 0, false));
}

static bool
valid_in(const hp_record *key, int y)
{
    hp_reason why;

    return hp_validity_signer(key, (hp_span){ year(y), year(y) }, &why);
}

/* Each authority vouches for its own time; a renewed one takes nothing from the old one. */
static void
authorities_are_renewed(void **state)
{
    static const wish one = { "Authority", "XA", 2020, 2022, CA, "keyCertSign" };
    static const wish two[] = { { "Authority", "XA", 2020, 2021, CA, "keyCertSign" },
                                { "Authority", "XA", 2023, 2030, CA, "keyCertSign" } };
    wish many[8];
    const hp_record *key;
    hp_trust *trust;

    (void)state;
    trust = beside(&one, 1, false, &key);
    assert_true(valid_in(key, 2020) && valid_in(key, 2022));
    assert_false(valid_in(key, 2019) || valid_in(key, 2023));
    hp_trust_free(trust);
    trust = beside(two, 2, false, &key);
    assert_true(valid_in(key, 2020) && valid_in(key, 2021) && valid_in(key, 2023));
    assert_true(valid_in(key, 2024));
    assert_false(valid_in(key, 2022) || valid_in(key, 2025)); /* the gap; the signer's own end */
    hp_trust_free(trust);

    /* of more than there is room for, those that end last */
    for (int i = 0; i < 8; i++)
        many[i] = (wish){ "Authority", "XA", 2016 + i, 2017 + i, CA, "keyCertSign" };
    trust = beside(many, 8, false, &key);
    assert_int_equal(key->n_issuers, HP_TRUST_ISSUERS);
    assert_true(valid_in(key, 2021) && valid_in(key, 2024));
    hp_trust_free(trust);
}

/* Another spelling of the folder would make signers of its authorities. */
static void
spelling_counts(void **state)
{
    hp_watch watch = { NULL, 0, false };
    hp_trust *trust = hp_trust_new(crypto, NULL);
    hp_error error;

    (void)state;
    (void)maker_file("spelling/csca/.keep", HP_STR(""));
    assert_int_equal(hp_trust_add(trust, maker_c_string(maker_print("%s/spelling", maker_folder())),
        0, &watch, &error), HP_TRUST_BAD);
    assert_non_null(strstr(error.text, "CSCA"));
    hp_watch_free(&watch);
    hp_trust_free(trust);
}

/* What is meant to be the folder of authorities must never be passed over. */
static void
authorities_that_cannot_be_reached(void **state)
{
    static const struct {
        const char *name, *links_to, *says; /* links_to NULL: a file */
    } table[] = {
        { "CSCA", "nowhere", "CSCA: No such file" }, { "CSCA", "CSCA", "CSCA: Too many levels" },
        { "CSCA", NULL, "CSCA: expected a folder" }, { "CSCA", "a.txt", "CSCA: expected a folder" },
        { "Csca", NULL, "capital letters" }, { "csca", "nowhere", "csca: No such file" },
        { "CSCA", "/", "leaves the trust folder" }, { "CSCA.old", "x", "expected CSCA, or a name" },
        { "csca-2024", "x", "expected CSCA, or a name" }, { "CSCAs", "x", "expected CSCA, or a name" },
        { "DE", "nowhere", "DE: No such file" }, { "DE", ".", "DE: is a link to the trust folder" },
        { "CSCA.txt", NULL, NULL }, { "AT", "x", NULL },
    };
    const char *folder = maker_c_string(maker_print("%s/reach", maker_folder())), *path;
    hp_error error;

    (void)state;
    (void)maker_file("reach/a.txt", HP_STR(""));
    (void)maker_file("reach/x/.keep", HP_STR(""));
    for (size_t i = 0; i < COUNT(table); i++) {
        hp_watch watch = { NULL, 0, false };
        hp_trust *trust = hp_trust_new(crypto, NULL);

        path = maker_c_string(maker_print("%s/%s", folder, table[i].name));
        if (table[i].links_to != NULL)
            assert_int_equal(symlink(table[i].links_to, path), 0);
        else
            (void)maker_file(maker_c_string(maker_print("reach/%s", table[i].name)), HP_STR(""));
        error.text[0] = 0;
        if ((hp_trust_add(trust, folder, 0, &watch, &error) == HP_TRUST_ADDED) !=
                (table[i].says == NULL) || strstr(error.text, table[i].says != NULL ? table[i].says
                : "") == NULL)
            fail_msg("%s, case %zu: says %s", table[i].name, i, error.text);
        assert_int_equal(unlink(path), 0);
        hp_watch_free(&watch);
        hp_trust_free(trust);
    }
}

static int
set_up(void **state)
{
    (void)state;
    crypto = hp_crypto_new();
    authority_key = EVP_EC_gen("P-384");
    other_key = EVP_EC_gen("P-384");
    signer_key = EVP_EC_gen("P-256");
    return signer_key == NULL || crypto == NULL;
}

static int
tear_down(void **state)
{
    (void)state;
    EVP_PKEY_free(authority_key);
    EVP_PKEY_free(other_key);
    EVP_PKEY_free(signer_key);
    hp_crypto_free(crypto);
    return 0;
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(who_may_vouch),
    cmocka_unit_test(outlives_its_authority),
    cmocka_unit_test(no_authority_no_signer),
    cmocka_unit_test(authorities_are_renewed),
    cmocka_unit_test(spelling_counts),
    cmocka_unit_test(authorities_that_cannot_be_reached),
};

UNIT_MAIN_WITH(tests, set_up, tear_down)
