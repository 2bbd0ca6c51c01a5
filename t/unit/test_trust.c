/*
 * Trust folders: which files are keys, what their names say, who may lie there, and which
 * key a pass finds.
 */
#include "unit.h"

#include "check/trust.h"
#include "maker.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/ec.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const maker_key *es, *ps, *v_only;
static hp_crypto *crypto;
static const hp_str NONE = { NULL, 0 }; /* no issuer belongs to the look-up of HC1 keys */

/* What a folder or file loads as. */
static hp_trust_added
load(const char *path, unsigned must, hp_trust **trust, hp_error *error)
{
    hp_watch watch = { NULL, 0, false };
    hp_trust_added added;

    error->text[0] = '\0';
    *trust = hp_trust_new(crypto, NULL);
    added = hp_trust_add(*trust, path, must, &watch, error);
    if (added != HP_TRUST_ADDED)
        assert_int_not_equal(error->text[0], '\0');
    else
        assert_true(hp_trust_close(*trust, error));
    hp_watch_free(&watch);
    return added;
}

/* Keys in it; -1 where it is refused, and then the error must say why. */
static int
count(const char *path, const char *says)
{
    hp_trust *trust;
    hp_error error;
    int n = -1;

    if (load(path, HP_FILE_OWNED, &trust, &error) == HP_TRUST_ADDED)
        n = (int)hp_trust_count(trust);
    else if (says == NULL || strstr(error.text, says) == NULL)
        fail_msg("%s", error.text);
    hp_trust_free(trust);
    return n;
}

/* A folder of the test's own, empty. */
static const char *
folder(void)
{
    static unsigned n;
    const char *name = maker_c_string(maker_print("t%u/.keep", ++n));

    (void)maker_file(name, HP_STR(""));
    return maker_c_string(maker_print("t%u", n));
}

static const char *
in(const char *folder_name, const char *name, hp_str content)
{
    return maker_file(maker_c_string(maker_print("%s/%s", folder_name, name)), content);
}

static const char *
path_of(const char *folder_name)
{
    return maker_c_string(maker_print("%s/%s", maker_folder(), folder_name));
}

static hp_str
pem_of(const maker_key *key)
{
    return hp_str_of(key->pem);
}

/* The first block of a PEM text as DER. */
static hp_str
der_of(hp_str pem)
{
    size_t at = 0, n = 0;
    uint8_t *der;
    hp_str copy;

    assert_int_not_equal(hp_pem_next(pem, &at, &der, &n), HP_PEM_END);
    copy = maker_copy((hp_str){ der, n });
    hp_pem_free(der);
    return copy;
}

static hp_str
public_pem(EVP_PKEY *pkey)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *text;
    long n;
    hp_str s;

    assert_int_equal(PEM_write_bio_PUBKEY(bio, pkey), 1);
    n = BIO_get_mem_data(bio, &text);
    s = maker_copy((hp_str){ (const uint8_t *)text, (size_t)n });
    BIO_free(bio);
    EVP_PKEY_free(pkey);
    return s;
}

static hp_str
public_of(const maker_key *key)
{
    char pem[HP_PEM_MAX];
    size_t n;

    assert_true(hp_signer_public_pem(key->signer, pem, &n));
    return maker_copy((hp_str){ (const uint8_t *)pem, n });
}

static void
layouts_that_are_read(void **state)
{
    const char *f = folder();
    hp_trust *trust;
    hp_error error;
    size_t n;

    (void)state;
    assert_int_equal(count(path_of(f), NULL), 0);
    (void)in(f, "a.pem", pem_of(es));
    assert_int_equal(count(path_of(f), NULL), 1);
    (void)in(f, "b.der", der_of(pem_of(ps)));
    (void)in(f, "c.crt", MAKER_JOIN(pem_of(v_only), HP_STR("some words\n"), pem_of(es)));
    (void)in(f, "0102030405060708.pub", public_of(es));
    (void)in(f, "A1A2A3A4A5A6A7A8.pub", der_of(public_of(ps)));
    (void)in(f, "FR/d.cer", pem_of(ps));
    (void)in(f, "README", HP_STR("no key"));
    (void)in(f, "notes.txt", HP_STR("no key"));
    (void)in(f, ".hidden.pem", HP_STR("no key"));
    assert_int_equal(count(path_of(f), NULL), 6); /* es lies there twice, ps with and without FR */
    assert_int_equal(count(in(f, "a.pem", pem_of(es)), NULL), 1); /* a file by itself */

    assert_int_equal(load(path_of(f), HP_FILE_OWNED, &trust, &error), HP_TRUST_ADDED);
    assert_non_null(hp_trust_find(trust, HP_ROLE_SIGNER, (hp_str){ es->kid, HP_KID }, NONE, &n));
    assert_int_equal(n, 1);
    assert_non_null(hp_trust_find(trust, HP_ROLE_SIGNER, HP_STR("\1\2\3\4\5\6\7\10"), NONE, &n));
    assert_int_equal(n, 1);
    assert_non_null(hp_trust_find(trust, HP_ROLE_SIGNER, HP_STR("\xa1\xa2\xa3\xa4\xa5\xa6\xa7\xa8"), NONE, &n));
    assert_null(hp_trust_find(trust, HP_ROLE_SIGNER, HP_STR("\1\2\3\4\5\6\7\11"), NONE, &n));
    assert_null(hp_trust_find(trust, HP_ROLE_SIGNER, HP_STR(""), NONE, &n));
    assert_null(hp_trust_find(trust, HP_ROLE_SIGNER, HP_STR("\1\2\3\4\5\6\7"), NONE, &n));
    assert_null(hp_trust_find(trust, HP_ROLE_SIGNER, HP_STR("\1\2\3\4\5\6\7\10\0"), NONE, &n));
    hp_trust_free(trust);
}

static void
what_is_no_key_is_refused(void **state)
{
    hp_str der = der_of(pem_of(es));
    const struct {
        const char *name;
        hp_str content;
    } table[] = {
        { "a.pem", HP_STR("") }, { "a.pem", HP_STR("text") }, { "a.der", HP_STR("\x30\x03") },
        { "a.pem", HP_STR("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n") },
        { "a.pem", HP_STR("-----BEGIN CERTIFICATE-----\nMIIB\n") },
        { "a.der", MAKER_JOIN(der, HP_STR("\0")) }, { "a.der", { der.p, der.n - 1 } },
        { "a.pem", public_of(es) }, { "010203040506070.pub", public_of(es) },
        { "010203040506070g.pub", public_of(es) }, { "0102030405060708.pub", HP_STR("\x30\x00") },
        { "a.pem", HP_STR("-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n") },
        { "a.pem", HP_STR("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n") },
        { "CSCA/0102030405060708.pub", public_of(es) },
        { "MANIFEST", HP_STR("{}") },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        const char *f = folder();

        (void)in(f, "good.pem", pem_of(es));
        (void)in(f, table[i].name, table[i].content);
        assert_int_equal(count(path_of(f), strrchr(table[i].name, '/') != NULL ? "CSCA"
            : table[i].name), -1);
    }
}

static void
who_may_put_keys_there(void **state)
{
    const char *f = folder(), *file = in(f, "a.pem", pem_of(es)), *below = in(f, "FR/b.pem", pem_of(ps));

    (void)state;
    assert_int_equal(count(path_of(f), NULL), 2);
    assert_int_equal(chmod(file, 0666), 0);
    assert_int_equal(count(path_of(f), "a.pem"), -1);
    assert_int_equal(chmod(file, 0644), 0);
    assert_int_equal(chmod(path_of(f), 0775), 0);
    assert_int_equal(count(path_of(f), f), -1);
    assert_int_equal(chmod(path_of(f), 0755), 0);
    assert_int_equal(chmod(maker_c_string(maker_print("%s/FR", path_of(f))), 0777), 0);
    assert_int_equal(count(path_of(f), "FR"), -1);
    assert_int_equal(chmod(maker_c_string(maker_print("%s/FR", path_of(f))), 0755), 0);
    if (geteuid() == 0) {
        assert_int_equal(chown(below, 65534, 65534), 0);
        assert_int_equal(count(path_of(f), "b.pem"), -1);
        assert_int_equal(chown(below, 0, 0), 0);
    }
    assert_int_equal(count(path_of(f), NULL), 2);
}

/* Inside the folder links are taken (hash links are usual), out of it they are not. */
static void
links(void **state)
{
    const char *f = folder(), *outside = maker_file("outside.pem", pem_of(ps));
    const char *at = maker_c_string(maker_print("%s/z.pem", path_of(f)));
    const char *kid = maker_c_string(maker_print("%s/0102030405060708.pub", path_of(f)));

    (void)state;
    (void)in(f, "a.pem", pem_of(es));
    assert_int_equal(symlink("a.pem", at), 0);
    assert_int_equal(count(path_of(f), NULL), 1); /* the same key again */
    assert_int_equal(unlink(at), 0);
    (void)in(f, ".store/key", public_of(ps));
    assert_int_equal(symlink(".store/key", kid), 0);
    assert_int_equal(count(path_of(f), NULL), 2); /* the link's name is the key's id */
    assert_int_equal(symlink("/etc/passwd", maker_c_string(maker_print("%s/README", path_of(f)))), 0);
    assert_int_equal(symlink("nothing", maker_c_string(maker_print("%s/notes", path_of(f)))), 0);
    assert_int_equal(count(path_of(f), NULL), 2); /* names that are left alone */
    assert_int_equal(symlink(outside, at), 0);
    assert_int_equal(count(path_of(f), "leaves"), -1);
    assert_int_equal(unlink(at), 0);
    assert_int_equal(symlink("nothing", at), 0);
    assert_int_equal(count(path_of(f), "z.pem"), -1);
    assert_int_equal(unlink(at), 0);
    assert_int_equal(symlink(".", at), 0); /* a circle */
    assert_int_equal(count(path_of(f), "z.pem"), -1);
}

/* In su and sudo the real user is the caller, and the effective one is root: that one counts. */
static void
the_effective_user_reads(void **state)
{
    const char *f = folder();

    (void)state;
    if (geteuid() != 0) {
        print_message("# the_effective_user_reads: left out, needs root\n");
        return;
    }
    (void)in(f, "a.pem", pem_of(es));
    assert_int_equal(chmod(path_of(f), 0700), 0);
    assert_int_equal(setreuid(65534, (uid_t)-1), 0);
    assert_int_equal(count(path_of(f), NULL), 1);
    assert_int_equal(setreuid(0, (uid_t)-1), 0);
}

static void
folders_that_cannot_be_opened(void **state)
{
    hp_trust *trust;
    hp_error error;

    (void)state;
    assert_int_equal(load(path_of("nowhere"), 0, &trust, &error), HP_TRUST_GONE);
    hp_trust_free(trust);
    assert_int_equal(load(maker_c_string(maker_print("%s/below", maker_file("plain", HP_STR("")))),
        0, &trust, &error), HP_TRUST_GONE);
    hp_trust_free(trust);
    hp_trust_free(NULL);
}

/* Keys of another kind are in the list, and verify nothing. */
static void
keys_that_verify_nothing(void **state)
{
    const char *f = folder();
    uint8_t digest[HP_DIGEST_MAX] = { 0 }, signature[HP_SIGN_MAX] = { 0 };
    hp_keys *keys = hp_keys_new(1);
    hp_reason why;
    hp_trust *trust;
    hp_error error;
    size_t n;

    (void)state;
    (void)in(f, "0000000000000001.pub", public_pem(EVP_EC_gen("P-224")));
    (void)in(f, "0000000000000002.pub", public_pem(EVP_RSA_gen(1024)));
    (void)in(f, "0000000000000003.pub", public_pem(EVP_PKEY_Q_keygen(NULL, NULL, "ED25519")));
    (void)in(f, "0000000000000004.pub", public_pem(EVP_EC_gen("secp256k1")));
    (void)in(f, "0000000000000005.pub", public_pem(EVP_RSA_gen(2047)));
    assert_int_equal(load(path_of(f), HP_FILE_OWNED, &trust, &error), HP_TRUST_ADDED);
    for (uint8_t i = 1; i <= 5; i++) {
        uint8_t kid[HP_KID] = { 0, 0, 0, 0, 0, 0, 0, i };

        assert_non_null(hp_trust_find(trust, HP_ROLE_SIGNER, (hp_str){ kid, HP_KID }, NONE, &n));
        for (int alg = HP_ALG_NONE; alg <= HP_ALG_ES512; alg++) {
            for (size_t length = 0; length < sizeof(signature); length += 16)
                assert_null(hp_trust_signer(trust, keys, &(hp_signed){ .kid = { kid, HP_KID },
                    .alg = (hp_alg)alg, .digest = digest, .signature = { signature, length } },
                    &why));
            assert_int_equal(why, HP_SIGNATURE);
        }
    }
    hp_keys_free(keys);
    hp_trust_free(trust);
}

/* Where a chain is required a key without a certificate has none. */
static void
a_bare_key_has_no_chain(void **state)
{
    const char *f = folder();
    hp_trust *trust;
    hp_error error;
    size_t n;

    (void)state;
    (void)in(f, "0102030405060708.pub", public_of(es));
    for (int chains = 0; chains <= 1; chains++) {
        assert_int_equal(load(path_of(f), HP_FILE_OWNED, &trust, &error), HP_TRUST_ADDED);
        assert_int_equal(hp_trust_find(trust, HP_ROLE_SIGNER, (hp_str){ (const uint8_t *)
            "\1\2\3\4\5\6\7\10", HP_KID }, NONE, &n)->flaw, chains ? HP_FLAW_CHAIN : HP_FLAW_NONE);
        hp_trust_free(trust);
        (void)in(f, "CSCA/.keep", HP_STR(""));
    }
}

static hp_alg
alg_of(const hp_record *record)
{
    hp_key *key = hp_key_read(crypto, record->spki);
    hp_alg alg = hp_key_alg(key);

    hp_key_free(key);
    return alg;
}

/* What a certificate says of itself, and what the folder says over it. */
static void
what_is_known_of_a_key(void **state)
{
    const char *f = folder();
    const hp_record *key;
    hp_trust *trust;
    hp_error error;
    size_t n;

    (void)state;
    (void)in(f, "a.pem", pem_of(v_only));
    (void)in(f, "FR/b.pem", pem_of(es));
    (void)in(f, "0102030405060708.pub", public_of(ps));
    assert_int_equal(load(path_of(f), HP_FILE_OWNED, &trust, &error), HP_TRUST_ADDED);
    key = hp_trust_find(trust, HP_ROLE_SIGNER, (hp_str){ v_only->kid, HP_KID }, NONE, &n);
    assert_int_equal(key->usage, HP_USE_VACCINATION);
    assert_string_equal(key->country, "XA");
    assert_true(key->valid.from == MAKER_FROM && key->valid.until == MAKER_TO);
    assert_int_equal(alg_of(key), HP_ALG_ES256);
    key = hp_trust_find(trust, HP_ROLE_SIGNER, (hp_str){ es->kid, HP_KID }, NONE, &n);
    assert_int_equal(key->usage, HP_USE_ALL);
    assert_string_equal(key->country, "FR");
    key = hp_trust_find(trust, HP_ROLE_SIGNER, HP_STR("\1\2\3\4\5\6\7\10"), NONE, &n);
    assert_int_equal(key->usage, HP_USE_ALL);
    assert_string_equal(key->country, "");
    assert_int_equal(alg_of(key), HP_ALG_PS256);
    hp_trust_free(trust);
}

/* The same key in several places is one key; different ones may share an id, up to a number. */
static void
keys_that_share_an_id(void **state)
{
    const char *f = folder();
    hp_watch watch = { NULL, 0, false };
    hp_trust *trust;
    hp_error error;
    size_t n;

    (void)state;
    for (char c = 'A'; c <= 'Z'; c++)
        (void)in(f, maker_c_string(maker_print("%c.pem", c)), pem_of(es));
    assert_int_equal(count(path_of(f), NULL), 1);
    for (char c = 'A'; c < 'A' + HP_TRUST_SAME_KID; c++)
        (void)in(f, maker_c_string(maker_print("X%c/0102030405060708.pub", c)),
            public_pem(EVP_EC_gen("P-256")));
    assert_int_equal(load(path_of(f), HP_FILE_OWNED, &trust, &error), HP_TRUST_ADDED);
    assert_non_null(hp_trust_find(trust, HP_ROLE_SIGNER, HP_STR("\1\2\3\4\5\6\7\10"), NONE, &n));
    assert_int_equal(n, HP_TRUST_SAME_KID);
    hp_trust_free(trust);

    (void)in(f, "XZ/0102030405060708.pub", public_pem(EVP_EC_gen("P-256")));
    trust = hp_trust_new(crypto, NULL);
    assert_int_equal(hp_trust_add(trust, path_of(f), 0, &watch, &error), HP_TRUST_ADDED);
    assert_false(hp_trust_close(trust, &error));
    assert_non_null(strstr(error.text, "key id"));
    hp_trust_free(trust);
    hp_watch_free(&watch);
}

static int
set_up(void **state)
{
    (void)state;
    crypto = hp_crypto_new();
    es = maker_key_new(HP_ALG_ES256, "");
    ps = maker_key_new(HP_ALG_PS256, "");
    v_only = maker_key_new(HP_ALG_ES256, "v");
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
    cmocka_unit_test(layouts_that_are_read),
    cmocka_unit_test(what_is_no_key_is_refused),
    cmocka_unit_test(who_may_put_keys_there),
    cmocka_unit_test(links),
    cmocka_unit_test(the_effective_user_reads),
    cmocka_unit_test(folders_that_cannot_be_opened),
    cmocka_unit_test(keys_that_verify_nothing),
    cmocka_unit_test(a_bare_key_has_no_chain),
    cmocka_unit_test(what_is_known_of_a_key),
    cmocka_unit_test(keys_that_share_an_id),
};

UNIT_MAIN_WITH(tests, set_up, tear_down)
