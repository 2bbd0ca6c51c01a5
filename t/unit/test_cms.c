/*
 * CMS over lists: who signed, what, and when; and that nothing but the given certificates
 * decides that.
 */
#include "unit.h"

#include "crypto/cms.h"
#include "maker.h"
#include "pki.h"

#include <openssl/cms.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdlib.h>

#define CONTENT HP_STR("what a list says")
#define NOTHING ((hp_str){ NULL, 0 })

static hp_crypto *crypto;
static const pki_cert *one, *two;

/* Empty when the message holds by one of the first n signers; else why not. */
static const char *
why_not(hp_str message, hp_str content, const hp_str *signers, size_t n, hp_cms *cms)
{
    static hp_error error;

    hp_error_set(&error, "no reason");
    return hp_cms_verify(crypto, message, content, signers, n, cms, &error) ? "" : error.text;
}

/* The same, by the certificate one. */
static const char *
refused(hp_str message, hp_str content)
{
    hp_str signer = pki_der(one);
    const char *why;
    hp_cms cms;

    why = why_not(message, content, &signer, 1, &cms);
    hp_bytes_free(&cms.content);
    return why;
}

#define holds(message, content) assert_string_equal(refused(message, content), "")
#define fails(message, content, word) assert_non_null(strstr(refused(message, content), word))

/* ---- messages that pki does not make -------------------------------------------- */

static X509 *
x509_of(hp_str der)
{
    const unsigned char *p = der.p;
    X509 *x509 = d2i_X509(NULL, &p, (long)der.n);

    assert_non_null(x509);
    return x509;
}

static EVP_PKEY *
private_of(const pki_cert *cert)
{
    hp_str pem = pki_private_pem(pki_cert_key(cert));
    BIO *bio = BIO_new_mem_buf(pem.p, (int)pem.n);
    EVP_PKEY *pkey = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);

    BIO_free(bio);
    assert_non_null(pkey);
    return pkey;
}

static hp_str
taken(BIO *bio)
{
    char *p;
    long n = BIO_get_mem_data(bio, &p);
    hp_str s = maker_copy((hp_str){ (const uint8_t *)p, (size_t)n });

    BIO_free(bio);
    return s;
}

/* By several; ber: of indefinite length, as a stream is written. */
static hp_str
signed_by(const pki_cert *const *signers, size_t n, hp_str content, bool ber)
{
    unsigned flags = CMS_BINARY | CMS_PARTIAL | (ber ? CMS_STREAM : 0) | (n > 2 ? CMS_NOCERTS : 0);
    BIO *in = BIO_new_mem_buf(content.p, (int)content.n), *out = BIO_new(BIO_s_mem());
    CMS_ContentInfo *cms = CMS_sign(NULL, NULL, NULL, NULL, flags);
    size_t i;

    for (i = 0; i < n; i++) {
        X509 *x509 = x509_of(pki_der(signers[i]));
        EVP_PKEY *pkey = private_of(signers[i]);

        assert_non_null(CMS_add1_signer(cms, x509, pkey, EVP_sha256(), flags));
        EVP_PKEY_free(pkey);
        X509_free(x509);
    }
    if (ber) {
        assert_int_equal(i2d_CMS_bio_stream(out, cms, in, (int)flags), 1);
    } else {
        assert_true(n == 0 || CMS_final(cms, in, NULL, flags) == 1);
        assert_int_equal(i2d_CMS_bio(out, cms), 1);
    }
    CMS_ContentInfo_free(cms);
    BIO_free(in);
    return taken(out);
}

/* The certificate with another key in it: name, serial number and dates stay. */
static hp_str
with_key_of(const pki_cert *cert, const pki_cert *other)
{
    X509 *x509 = x509_of(pki_der(cert));
    EVP_PKEY *pkey = private_of(other);
    BIO *out = BIO_new(BIO_s_mem());

    assert_int_equal(X509_set_pubkey(x509, pkey), 1);
    assert_true(X509_sign(x509, pkey, EVP_sha256()) > 0);
    assert_int_equal(i2d_X509_bio(out, x509), 1);
    EVP_PKEY_free(pkey);
    X509_free(x509);
    return taken(out);
}

/* ---- what holds ------------------------------------------------------------------- */

static void
forms(void **state)
{
    (void)state;
    for (unsigned bits = 0; bits < 8; bits++) {
        hp_str message = pki_cms(one, CONTENT, bits);

        holds(message, CONTENT);
        if ((bits & PKI_DETACHED) != 0)
            fails(message, NOTHING, "no content");
        else
            holds(message, NOTHING);
    }
    holds(signed_by(&one, 1, CONTENT, true), NOTHING);
    holds(pki_cms(one, HP_STR(""), PKI_DETACHED), HP_STR(""));
}

static void
what_it_says(void **state)
{
    hp_str signers[] = { pki_der(two), pki_der(one) };
    hp_cms cms;

    (void)state;
    assert_string_equal(why_not(pki_cms(one, CONTENT, 0), NOTHING, signers, 2, &cms), "");
    assert_int_equal(cms.signer, 1);
    assert_true(cms.signed_at > MAKER_NOW);
    assert_str_equal(((hp_str){ cms.content.p, cms.content.n }), CONTENT);
    hp_bytes_free(&cms.content);

    assert_string_equal(why_not(pki_cms(one, CONTENT, PKI_NO_ATTRIBUTES), CONTENT, signers, 2,
                                &cms), "");
    assert_true(cms.signed_at == 0);
    assert_null(cms.content.p);
}

static void
kinds_of_keys(void **state)
{
    static const struct {
        const char *kind;
        bool good;
    } keys[] = { { "P-256", true }, { "P-384", true }, { "P-521", true }, { "RSA-2048", true },
                 { "P-224", false }, { "RSA-1024", false } };

    (void)state;
    for (size_t i = 0; i < COUNT(keys); i++) {
        const pki_cert *cert = pki_cert_new(&(pki_wish){ .key = pki_key_new(keys[i].kind) });
        hp_str der = pki_der(cert);
        hp_cms cms;
        const char *why = why_not(pki_cms(cert, CONTENT, PKI_DETACHED), CONTENT, &der, 1, &cms);

        assert_int_equal(*why == '\0', keys[i].good);
        assert_true(keys[i].good || strstr(why, "weak") != NULL);
    }
}

/* ---- what does not ------------------------------------------------------------------ */

static void
nobody_else(void **state)
{
    hp_str stranger = pki_der(two), namesake = with_key_of(one, two);
    hp_str both[] = { namesake, pki_der(one) };
    hp_str message = pki_cms(one, CONTENT, PKI_DETACHED);
    hp_cms cms;

    (void)state;
    assert_non_null(strstr(why_not(message, CONTENT, &stranger, 1, &cms), "nobody's"));
    assert_non_null(strstr(why_not(message, CONTENT, NULL, 0, &cms), "nobody's"));
    assert_non_null(strstr(why_not(message, CONTENT, &namesake, 1, &cms), "does not hold"));
    assert_null(cms.content.p);

    /* of two with one name and serial number, the one who signed is found */
    assert_string_equal(why_not(message, CONTENT, both, 2, &cms), "");
    assert_int_equal(cms.signer, 1);
    both[1] = namesake;
    both[0] = pki_der(one);
    assert_string_equal(why_not(message, CONTENT, both, 2, &cms), "");
    assert_int_equal(cms.signer, 0);
}

/* A certificate that is no certificate is nobody's, also when it is the signer's. */
static void
broken_signer(void **state)
{
    hp_str der = pki_der(one), message = pki_cms(one, CONTENT, 0);
    hp_cms cms;

    (void)state;
    der.n--;
    assert_non_null(strstr(why_not(message, NOTHING, &der, 1, &cms), "nobody's"));
    der = MAKER_JOIN(pki_der(one), HP_STR("x"));
    assert_non_null(strstr(why_not(message, NOTHING, &der, 1, &cms), "nobody's"));
}

static void
two_signers(void **state)
{
    const pki_cert *const both[] = { two, one };
    const pki_cert *many[9];
    hp_str message = signed_by(both, 2, CONTENT, false);

    (void)state;
    holds(message, NOTHING);
    holds(message, CONTENT);
    fails(message, HP_STR("what another says"), "another content");
    for (size_t i = 0; i < 9; i++)
        many[i] = i == 8 ? one : two;
    holds(signed_by(many + 1, 8, CONTENT, false), NOTHING);
    fails(signed_by(many, 9, CONTENT, false), NOTHING, "more than 8");
    fails(signed_by(NULL, 0, CONTENT, false), NOTHING, "no signer");
}

static void
altered_content(void **state)
{
    hp_str other = HP_STR("what a list sayz");

    (void)state;
    for (unsigned bits = 0; bits < 8; bits++) {
        hp_str message = pki_cms(one, CONTENT, bits);

        if ((bits & PKI_DETACHED) != 0) {
            fails(message, other, "does not hold");
            fails(message, HP_STR(""), "does not hold");
        } else {
            fails(message, other, "another content");
            fails(message, HP_STR(""), "another content");
            fails(maker_replace(message, CONTENT, other), NOTHING, "does not hold");
        }
    }
}

/* A content that is gone is not one that holds what the message does. */
static void
empty_is_not_none(void **state)
{
    (void)state;
    fails(pki_cms(one, CONTENT, 0), HP_STR(""), "another content");
    fails(pki_cms(one, CONTENT, PKI_DETACHED), NOTHING, "no content");
    holds(pki_cms(one, HP_STR(""), 0), NOTHING);
}

/* OIDs of the attributes contentType, signingTime, messageDigest (RFC 5652, 11), and data. */
static void
altered_attributes(void **state)
{
    hp_str message = pki_cms(one, CONTENT, PKI_DETACHED | PKI_NO_CERTS);
    hp_str data = maker_hex("06092a864886f70d010701"), enveloped = maker_hex("06092a864886f70d010703");
    hp_str digest = pki_sha256(CONTENT), time = maker_hex("170d"), seen;

    (void)state;
    holds(message, CONTENT);
    fails(maker_replace(message, digest, pki_sha256(HP_STR("other"))), CONTENT, "does not hold");
    seen = maker_replace(message, MAKER_JOIN(time, HP_STR("2")), MAKER_JOIN(time, HP_STR("1")));
    fails(seen, CONTENT, "does not hold");
    fails(maker_replace(message, digest, maker_fill(digest.n, 0)), CONTENT, "does not hold");
    /* the first one is eContentType, which is not signed */
    fails(maker_replace(message, data, enveloped), CONTENT, "something else than data");
}

/* What was signed as something else, attributes and all, is no list. */
static void
other_content(void **state)
{
    static const int types[] = { NID_pkcs7_data, NID_id_smime_ct_TSTInfo, NID_pkcs7_enveloped };
    X509 *x509 = x509_of(pki_der(one));
    EVP_PKEY *pkey = private_of(one);

    (void)state;
    for (size_t i = 0; i < COUNT(types); i++) {
        BIO *in = BIO_new_mem_buf("what a list says", -1), *out = BIO_new(BIO_s_mem());
        CMS_ContentInfo *cms = CMS_sign(NULL, NULL, NULL, NULL, CMS_BINARY | CMS_PARTIAL);

        assert_int_equal(CMS_set1_eContentType(cms, OBJ_nid2obj(types[i])), 1);
        assert_non_null(CMS_add1_signer(cms, x509, pkey, EVP_sha256(), CMS_BINARY));
        assert_int_equal(CMS_final(cms, in, NULL, CMS_BINARY), 1);
        assert_int_equal(i2d_CMS_bio(out, cms), 1);
        CMS_ContentInfo_free(cms);
        BIO_free(in);
        if (i == 0)
            holds(taken(out), NOTHING);
        else
            fails(taken(out), NOTHING, "something else than data");
    }
    EVP_PKEY_free(pkey);
    X509_free(x509);
}

static void
weak_digests(void **state)
{
    (void)state;
    fails(pki_cms(one, CONTENT, PKI_SHA1), NOTHING, "weak");
    fails(pki_cms(one, CONTENT, PKI_SHA1 | PKI_DETACHED), CONTENT, "weak");
    fails(pki_cms(one, CONTENT, PKI_SHA1 | PKI_NO_ATTRIBUTES), NOTHING, "weak");
}

static void
cut_and_longer(void **state)
{
    hp_str message = pki_cms(one, CONTENT, 0), ber = signed_by(&one, 1, CONTENT, true);

    (void)state;
    fails(HP_STR(""), NOTHING, "cannot be read");
    fails(HP_STR("-----BEGIN CMS-----"), NOTHING, "cannot be read");
    for (size_t n = 0; n < message.n; n++)
        fails(guard_end((hp_str){ message.p, n }), NOTHING, "cannot be read");
    for (size_t n = 0; n < ber.n; n++)
        fails(guard_end((hp_str){ ber.p, n }), NOTHING, "cannot be read");
    fails(MAKER_JOIN(message, HP_STR("x")), NOTHING, "cannot be read");
    fails(MAKER_JOIN(ber, maker_hex("0000")), NOTHING, "cannot be read");
    fails(MAKER_JOIN(message, message), NOTHING, "cannot be read");
    fails(maker_hex("300b06092a864886f70d010701"), NOTHING, "cannot be read"); /* id-data */
    fails(maker_hex("300b06092a864886f70d010702"), NOTHING, "cannot be read"); /* no SignedData in it */
}

/* A message of another kind than SignedData is none, however well it is made. */
static void
other_kinds(void **state)
{
    BIO *in = BIO_new_mem_buf("x", 1), *out = BIO_new(BIO_s_mem());
    CMS_ContentInfo *cms = CMS_data_create(in, CMS_BINARY);

    (void)state;
    assert_int_equal(i2d_CMS_bio(out, cms), 1);
    fails(taken(out), NOTHING, "cannot be read");
    CMS_ContentInfo_free(cms);
    BIO_free(in);
}

/* Each byte changed: what still holds says the same. */
static void
each_byte(void **state)
{
    hp_str message = pki_cms(one, CONTENT, PKI_NO_CERTS), signer = pki_der(one);
    uint8_t *bytes = malloc(message.n);
    hp_cms cms, was;
    size_t held = 0;

    (void)state;
    assert_non_null(bytes);
    assert_string_equal(why_not(message, NOTHING, &signer, 1, &was), "");
    for (size_t i = 0; i < message.n; i++) {
        memcpy(bytes, message.p, message.n);
        bytes[i] ^= 1;
        if (*why_not(guard_end((hp_str){ bytes, message.n }), NOTHING, &signer, 1, &cms) != '\0')
            continue;
        assert_str_equal(((hp_str){ cms.content.p, cms.content.n }), CONTENT);
        assert_true(cms.signed_at == was.signed_at);
        hp_bytes_free(&cms.content);
        held++;
    }
    assert_in_range(held, 0, 40); /* versions, and algorithms that are named twice */
    hp_bytes_free(&was.content);
    free(bytes);
}

static void
no_memory(void **state)
{
    hp_str message = pki_cms(one, CONTENT, 0), signer = pki_der(one);
    hp_cms cms;

    (void)state;
    alloc_start(1);
    assert_non_null(strstr(why_not(message, NOTHING, &signer, 1, &cms), "no memory"));
    alloc_start(0);
    assert_null(cms.content.p);
}

/* ---- what it claims -------------------------------------------------------------------- */

static void
claims(void **state)
{
    uint8_t fingerprint[HP_SHA256];
    hp_str print = { fingerprint, sizeof(fingerprint) };
    const pki_cert *const both[] = { two, one };

    (void)state;
    assert_true(hp_cms_claimed(crypto, pki_cms(one, CONTENT, PKI_DETACHED), fingerprint));
    assert_str_equal(print, pki_sha256(pki_der(one)));
    assert_true(hp_cms_claimed(crypto, signed_by(both, 2, CONTENT, false), fingerprint));
    assert_false(hp_cms_claimed(crypto, pki_cms(one, CONTENT, PKI_NO_CERTS), fingerprint));
    assert_false(hp_cms_claimed(crypto, signed_by(NULL, 0, CONTENT, false), fingerprint));
    assert_false(hp_cms_claimed(crypto, HP_STR(""), fingerprint));
}

static int
set_up(void **state)
{
    (void)state;
    crypto = hp_crypto_new();
    one = pki_cert_new(&(pki_wish){ .country = "XA", .name = "One" });
    two = pki_cert_new(&(pki_wish){ .country = "XA", .name = "Two" });
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
    cmocka_unit_test(forms),
    cmocka_unit_test(what_it_says),
    cmocka_unit_test(kinds_of_keys),
    cmocka_unit_test(nobody_else),
    cmocka_unit_test(broken_signer),
    cmocka_unit_test(two_signers),
    cmocka_unit_test(altered_content),
    cmocka_unit_test(empty_is_not_none),
    cmocka_unit_test(altered_attributes),
    cmocka_unit_test(other_content),
    cmocka_unit_test(weak_digests),
    cmocka_unit_test(cut_and_longer),
    cmocka_unit_test(other_kinds),
    cmocka_unit_test(each_byte),
    cmocka_unit_test(no_memory),
    cmocka_unit_test(claims),
};

UNIT_MAIN_WITH(tests, set_up, tear_down)
