/*
 * MANIFEST: every line that is read and every one that is not, whose signature counts, and
 * what it makes of the folder that it stands in.
 */
#include "unit.h"

#include "check/manifest.h"
#include "check/trust.h"
#include "hp.h"
#include "maker.h"
#include "pki.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define DAY  86400.0
#define HEX  "0123456789abcdef0123456789ABCDEF0123456789abcdef0123456789abcdef"
#define LINE HEX "  a.pem\n"

static hp_crypto *crypto;
static const maker_key *one, *two;

/* ---- the text ------------------------------------------------------------------------------ */

static bool
read_text(hp_str text, hp_manifest *m, hp_error *error)
{
    error->text[0] = '\0';
    return hp_manifest_read("M", text, m, error);
}

static void
good_texts(void **state)
{
    static const struct {
        const char *text;
        size_t files;
        double issued, expires;
        int env; /* -1: not said */
    } table[] = {
        { "", 0, 0, 0, -1 },
        { "\n\n", 0, 0, 0, -1 },
        { LINE, 1, 0, 0, -1 },
        { HEX " *a.pem\n", 1, 0, 0, -1 },
        { HEX "  ./DE/a b.pem\n", 1, 0, 0, -1 },
        { HEX "  ..a/b..\n" HEX "  ..a/...\n", 2, 0, 0, -1 },
        { "# issued: 2021-07-01T00:00:00Z\n# expires: 2021-07-02T00:00:00Z\n# environment: uat\n"
          LINE, 1, MAKER_NOW, MAKER_NOW + DAY, HP_ENV_UAT },
        { LINE "# expires: 2021-07-01T02:00:00+02:00\n", 1, 0, MAKER_NOW, -1 },
        { "#\n# \n## x: y\n#made by: hand\n# made by: hand\n# environments of old\n# at 10:30 by hand\n" LINE, 1, 0, 0, -1 },
        { "# environment: prod\n", 0, 0, 0, HP_ENV_PROD },
        { "# environment: dev\n", 0, 0, 0, HP_ENV_DEV },
    };
    hp_manifest m = { .n = 0 };
    hp_error error;

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        if (!read_text(guard_end(hp_str_of(table[i].text)), &m, &error))
            fail_msg("%s: %s", table[i].text, error.text);
        assert_int_equal(m.n, table[i].files);
        assert_true(m.issued == table[i].issued && m.expires == table[i].expires);
        assert_int_equal(m.has_env ? (int)m.env : -1, table[i].env);
        hp_manifest_free(&m);
        hp_manifest_free(&m);
    }
}

static void
bad_texts(void **state)
{
    static const struct {
        const char *text, *says;
    } table[] = {
        { HEX "  a.pem", "M:1: is cut" },
        { LINE "\n" HEX " a.pem\n", "M:3: expected a SHA-256" },
        { "a.pem\n", "expected a SHA-256" },
        { HEX "\n", "expected a SHA-256" },
        { HEX "  \n", "no path" },
        { "0123  a.pem\n", "expected a SHA-256" },
        { HEX "00  a.pem\n", "expected a SHA-256" },
        { "g" HEX " a.pem\n", "expected a SHA-256" },
        { "SHA256 (a.pem) = " HEX "\n", "expected a SHA-256" },
        { "\\" HEX "  a\\nb.pem\n", "backslash or line break" },
        { HEX "  a\\b.pem\n", "backslash" },
        { HEX "  a.pem\r\n", "control character" },
        { HEX "  a\x7f.pem\n", "control character" },
        { HEX "  /etc/a.pem\n", "absolute" },
        { HEX "  ../a.pem\n", "\"..\"" },
        { HEX "  x/../a.pem\n", "\"..\"" },
        { HEX "  x/..\n", "\"..\"" },
        { HEX "  ././a.pem\n", "\".\"" },
        { HEX "  x//a.pem\n", "empty part" },
        { HEX "  x/\n", "empty part" },
        { HEX "  ./\n", "no path" },
        { LINE LINE, "M: lists a.pem twice" },
        { LINE HEX "  b\n" HEX "  ./a.pem\n", "M: lists a.pem twice" },
        { "# issued: 2021-07-01\n", "M:1: expected an RFC 3339 time" },
        { "# issued: 2021-07-01T00:00:00Z \n", "RFC 3339" },
        { "# issued: \n", "RFC 3339" },
        { "# issued: 1960-01-01T00:00:00Z\n", "RFC 3339" },
        { "# issued: 2021-07-01T00:00:00Z\n# issued: 2021-07-01T00:00:00Z\n", "M:2: says it twice" },
        { "# expires: 2021-07-01T00:00:00Z\n# expires: 2022-07-01T00:00:00Z\n", "says it twice" },
        { "# environment: prod\n# environment: prod\n", "says it twice" },
        { "# environment: test\n", "prod, uat or dev" },
        { "# environment: prodprodprod\n", "prod, uat or dev" },
        { "# environment: \n", "prod, uat or dev" },
        { "# expire: 2021-07-01T00:00:00Z\n", "is no header" },
        { "# Issued: 2021-07-01T00:00:00Z\n", "is no header" },
        { "# issued:2021-07-01T00:00:00Z\n", "is no header" },
        { "# environment : dev\n", "is no header" },
        { "#  environment: dev\n", "is no header" },
        { "#environment: dev\n", "is no header" },
        { "#\tenvironment: dev\n", "is no header" },
        { "# environment  : dev\n", "is no header" },
        { "# environment = dev\n", "is no header" },
        { "# environment=dev\n", "is no header" },
        { "# environment dev\n", "is no header" },
        { "# environment\n", "is no header" },
        { "# ENVIRONMENT; dev\n", "is no header" },
        { "# environment:dev\n", "is no header" },
        { "# environment:\n", "is no header" },
        { "# Expires = tomorrow\n", "is no header" },
        { "#  issued: 2021-07-01T00:00:00Z\n", "is no header" },
        { "# word : x\n", "is no header" },
        { "#  word\t:x\n", "is no header" },
        { "# valid-until: x\n", "is no header" },
        { "# issued: 2021-07-02T00:00:00Z\n# expires: 2021-07-01T00:00:00Z\n", "expires before" },
    };
    hp_manifest m = { .n = 0 };
    hp_error error;

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        if (read_text(guard_end(hp_str_of(table[i].text)), &m, &error))
            fail_msg("%s: accepted", table[i].text);
        if (strstr(error.text, table[i].says) == NULL)
            fail_msg("%s: says %s", table[i].text, error.text);
    }
    assert_false(read_text(HP_STR(HEX "  a\0b.pem\n"), &m, &error));
    assert_non_null(strstr(error.text, "control character"));
    assert_false(read_text(MAKER_JOIN(HP_STR(HEX "  "), maker_fill(4096, 'a'), HP_STR("\n")), &m, &error));
    assert_non_null(strstr(error.text, "too long"));
}

/* n lines with names of their own. */
static hp_bytes
many(size_t n)
{
    hp_bytes text = { malloc(n * 80 + 1), 0 };

    assert_non_null(text.p);
    for (size_t i = 0; i < n; i++)
        text.n += (size_t)sprintf((char *)text.p + text.n, HEX "  %07zu.pem\n", i);
    return text;
}

static void
long_ones_end_quickly(void **state)
{
    static const struct {
        size_t lines;
        bool good;
    } cases[] = { { HP_MANIFEST_FILES, true }, { HP_MANIFEST_FILES + 1, false },
                  { 1000000, false } };
    hp_manifest m = { .n = 0 };
    hp_error error;
    clock_t start;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        hp_bytes text = many(cases[i].lines);

        start = clock();
        assert_int_equal(read_text((hp_str){ text.p, text.n }, &m, &error), cases[i].good);
        assert_true(clock() - start < CLOCKS_PER_SEC);
        if (cases[i].good)
            hp_manifest_free(&m);
        else
            assert_non_null(strstr(error.text, "M:20001: is one file too many"));
        free(text.p);
    }
}

static void
what_is_listed(void **state)
{
    static const hp_str bytes = { (const uint8_t *)"x", 1 };
    hp_str text = maker_print("%s  b\n%s  ./a/c\n" HEX "  d\n",
        maker_c_string(pki_hex(pki_sha256(bytes))), maker_c_string(pki_hex(pki_sha256(bytes))));
    hp_manifest m = { .n = 0 };
    hp_error error;

    (void)state;
    assert_true(read_text(text, &m, &error));
    assert_int_equal(hp_manifest_check(&m, crypto, "b", bytes), HP_MANIFEST_AGREES);
    assert_int_equal(hp_manifest_check(&m, crypto, "a/c", bytes), HP_MANIFEST_AGREES);
    assert_int_equal(hp_manifest_check(&m, crypto, "d", bytes), HP_MANIFEST_DIFFERS);
    assert_int_equal(hp_manifest_check(&m, crypto, "b", HP_STR("")), HP_MANIFEST_DIFFERS);
    assert_int_equal(hp_manifest_check(&m, crypto, "B", bytes), HP_MANIFEST_UNLISTED);
    assert_int_equal(hp_manifest_check(&m, crypto, "c", bytes), HP_MANIFEST_UNLISTED);
    assert_int_equal(hp_manifest_check(&m, crypto, "", bytes), HP_MANIFEST_UNLISTED);
    for (size_t i = 0; i < m.n; i++)
        assert_true(m.files[i].seen);
    hp_manifest_free(&m);
}

/* ---- the signature ------------------------------------------------------------------------- */

static hp_pin *
pin_of(hp_str file)
{
    hp_pin *pin = hp_pin_read(crypto, file);

    assert_non_null(pin);
    return pin;
}

static hp_str
pem_block(const char *name, hp_str der)
{
    return maker_print("-----BEGIN %s-----\n%s\n-----END %s-----\n", name,
        maker_c_string(pki_base64(der)), name);
}

static void
whose_signature_counts(void **state)
{
    const hp_str text = HP_STR(LINE), other = HP_STR(LINE "#\n");
    const pki_cert *ec = pki_cert_new(&(pki_wish){ .country = NULL });
    const pki_cert *rsa = pki_cert_new(&(pki_wish){ .key = pki_key_new("RSA-2048") });
    const pki_key *p384 = pki_key_new("P-384");
    hp_str cms = pki_cms(ec, text, PKI_DETACHED);
    hp_pin *pins[] = { pin_of(pki_der(ec)), pin_of(pki_pem(rsa)), pin_of(pki_spki(p384)),
                       pin_of(pki_spki(pki_cert_key(ec))) };
    enum { EC = 1, RSA = 2, P384 = 4, BARE = 8 };
    const struct {
        hp_str signature;
        unsigned by; /* pins by which it counts */
    } table[] = {
        { pki_sign(pki_cert_key(ec), HP_HASH_SHA256, text), EC | BARE },
        { pki_sign(pki_cert_key(ec), HP_HASH_SHA512, text), EC | BARE },
        { pki_sign(pki_cert_key(rsa), HP_HASH_SHA256, text), RSA },
        { pki_sign(p384, HP_HASH_SHA384, text), P384 },
        { pki_base64(pki_sign(p384, HP_HASH_SHA256, text)), P384 },
        { MAKER_JOIN(pki_base64(pki_sign(p384, HP_HASH_SHA256, text)), HP_STR("\r\n")), P384 },
        { cms, EC }, /* a bare key has no certificate to be found by */
        { pki_cms(rsa, text, PKI_DETACHED | PKI_NO_CERTS), RSA },
        { pki_cms(rsa, text, PKI_DETACHED | PKI_NO_ATTRIBUTES), RSA },
        { pki_base64(cms), EC },
        { pem_block("CMS", cms), EC },
        { pem_block("PKCS7", cms), EC },
        { pki_cms(ec, text, PKI_DETACHED | PKI_SHA1), 0 },
        { pki_cms(ec, other, PKI_DETACHED), 0 },
        { pki_sign(pki_cert_key(ec), HP_HASH_SHA256, other), 0 },
        { HP_STR(""), 0 },
        { HP_STR("-----BEGIN CMS-----\n"), 0 },
        { maker_fill(65536, 'A'), 0 },
        { maker_fill(65536, '0'), 0 },
    };
    uint8_t signer[HP_SHA256], print[HP_SHA256];

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        hp_manifest_terms all = { .keys = pins, .n_keys = COUNT(pins) };

        for (size_t k = 0; k < COUNT(pins); k++) {
            hp_manifest_terms terms = { .keys = &pins[k], .n_keys = 1 };
            bool holds = hp_manifest_signed(crypto, &terms, text, guard_end(table[i].signature),
                signer);

            if (holds != ((table[i].by >> k & 1) != 0))
                fail_msg("signature %zu by key %zu: %d", i, k, holds);
            hp_pin_fingerprint(pins[k], print);
            if (holds)
                assert_memory_equal(signer, print, HP_SHA256);
        }
        assert_int_equal(hp_manifest_signed(crypto, &all, text, table[i].signature, signer),
            table[i].by != 0);
    }
    for (size_t k = 0; k < COUNT(pins); k++)
        hp_pin_free(pins[k]);
}

/* Each bit of a good one counts. */
static void
mutations_of_a_signature(void **state)
{
    const pki_key *key = pki_key_new("P-256");
    hp_str good = pki_sign(key, HP_HASH_SHA256, HP_STR(LINE)), bad;
    hp_pin *pin = pin_of(pki_spki(key));
    hp_manifest_terms terms = { .keys = &pin, .n_keys = 1 };
    uint8_t bytes[128], signer[HP_SHA256];

    (void)state;
    assert_true(hp_manifest_signed(crypto, &terms, HP_STR(LINE), good, signer));
    for (size_t i = 0; i < 8 * good.n; i++) {
        memcpy(bytes, good.p, good.n);
        bytes[i / 8] ^= (uint8_t)(1u << i % 8);
        bad = (hp_str){ bytes, good.n };
        assert_false(hp_manifest_signed(crypto, &terms, HP_STR(LINE), bad, signer));
    }
    hp_pin_free(pin);
}

/* ---- the folder ---------------------------------------------------------------------------- */

static const char *base; /* of the test's own folder, relative */

static const char *
in(const char *name, hp_str content)
{
    return maker_file(maker_c_string(maker_print("%s/%s", base, name)), content);
}

static const char *
path_in(const char *name)
{
    return maker_c_string(maker_print("%s/%s%s%s", maker_folder(), base, *name ? "/" : "", name));
}

static hp_str
line_of(hp_str content, const char *path)
{
    return maker_print("%s  %s\n", maker_c_string(pki_hex(pki_sha256(content))), path);
}

static hp_str
pem_of(const maker_key *key)
{
    return hp_str_of(key->pem);
}

/* A folder with two keys, one of them in a country. */
static void
new_folder(void)
{
    static unsigned n;

    base = maker_c_string(maker_print("m%u", ++n));
    (void)in("a.pem", pem_of(one));
    (void)in("DE/b.pem", pem_of(two));
}

/* MANIFEST with both keys, more lines before. */
static hp_str
write_manifest(const char *more)
{
    hp_str text = MAKER_JOIN(hp_str_of(more), line_of(pem_of(one), "a.pem"),
        line_of(pem_of(two), "./DE/b.pem"));

    (void)in("MANIFEST", text);
    return text;
}

static hp_trust *
load(const hp_env *env, const hp_manifest_terms *terms, hp_error *error)
{
    hp_trust *trust = hp_trust_new(crypto, env);
    hp_watch watch = { NULL, 0, false };
    bool good;

    error->text[0] = '\0';
    hp_trust_manifests(trust, terms);
    good = hp_trust_add(trust, path_in(""), HP_FILE_OWNED, &watch, error) == HP_TRUST_ADDED &&
           hp_trust_close(trust, error);
    hp_watch_free(&watch);
    if (good)
        return trust;
    assert_int_not_equal(error->text[0], '\0');
    hp_trust_free(trust);
    return NULL;
}

/* Keys that are loaded; -1 where the folder is refused, and then the error says this. */
static int
keys(const hp_manifest_terms *terms, const char *says)
{
    hp_error error;
    hp_trust *trust = load(NULL, terms, &error);
    int n = trust != NULL ? (int)hp_trust_count(trust) : -1;

    if (trust == NULL && (says == NULL || strstr(error.text, says) == NULL))
        fail_msg("%s", error.text);
    hp_trust_free(trust);
    return n;
}

static const hp_manifest_terms optional = { .required = false }, required = { .required = true };

static void
a_folder_is_what_is_listed(void **state)
{
    hp_error error;
    hp_trust *trust;

    (void)state;
    new_folder();
    assert_int_equal(keys(NULL, NULL), 2);
    assert_int_equal(keys(&optional, NULL), 2);
    assert_int_equal(keys(&required, "has no MANIFEST"), -1);

    (void)write_manifest("");
    assert_int_equal(keys(NULL, NULL), 2);
    assert_int_equal(keys(&required, NULL), 2);

    (void)in("a.pem", pem_of(two)); /* other bytes, as good as they may be */
    assert_int_equal(keys(&optional, "a.pem: is not the file that MANIFEST lists"), -1);
    assert_int_equal(keys(&required, "a.pem: is not the file"), -1);
    assert_int_equal(unlink(path_in("a.pem")), 0);
    assert_int_equal(keys(&required, "a.pem: is listed in MANIFEST and not there"), -1);
    (void)in("a.pem", pem_of(one));

    (void)in("c.pem", HP_STR("not even a key"));
    assert_int_equal(keys(&optional, "c.pem: is not listed in MANIFEST"), -1);
    assert_int_equal(keys(NULL, "c.pem: is not listed in MANIFEST"), -1);
    trust = load(NULL, &required, &error);
    assert_non_null(trust);
    assert_int_equal(hp_trust_count(trust), 2);
    assert_int_equal(hp_trust_unlisted(trust), 1);
    assert_int_equal(hp_trust_records(trust)->sources[0].skipped[HP_SKIP_SIGNATURE], 1);
    assert_int_equal(hp_trust_records(trust)->sources[0].entries, 3);
    hp_trust_free(trust);
    assert_int_equal(unlink(path_in("c.pem")), 0);

    (void)in("README", HP_STR("not a key, and not listed"));
    assert_int_equal(keys(&optional, NULL), 2);
    (void)in("DE/MANIFEST", HP_STR(""));
    assert_int_equal(keys(&optional, "expected at its top only"), -1);
}

/* What an operator meant to be one must not be passed over. */
static void
other_spellings(void **state)
{
    static const char *const bad[] = { "Manifest", "manifest", "MANIFEST.SIG", "Manifest.sig",
        "MANIFEST.txt", "manifest.TXT", "DE/manifest", "DE/MANIFEST.sig", "DE/MANIFEST.txt" };
    static const char *const good[] = { "MANIFEST.old", "MANIFESTO", "DE/MANIFEST.md" };

    (void)state;
    for (size_t i = 0; i < COUNT(bad) + COUNT(good); i++) {
        const char *name = i < COUNT(bad) ? bad[i] : good[i - COUNT(bad)];

        new_folder();
        (void)in(name, HP_STR(""));
        assert_int_equal(keys(&optional, "MANIFEST"), i < COUNT(bad) ? -1 : 2);
    }
    new_folder();
    (void)in("MANIFEST.sig", HP_STR("x"));
    assert_int_equal(keys(&optional, "has no MANIFEST, and a MANIFEST.sig of one"), -1);
    (void)write_manifest("");
    assert_int_equal(keys(&optional, NULL), 2);
}

/* What is listed counts even where no key is looked for. */
static void
other_files_that_are_listed(void **state)
{
    (void)state;
    new_folder();
    (void)in("README", HP_STR("x"));
    (void)in(".d/hidden.pem", HP_STR("x"));
    (void)write_manifest(maker_c_string(MAKER_JOIN(line_of(HP_STR("x"), "README"),
        line_of(HP_STR("x"), ".d/hidden.pem"))));
    assert_int_equal(keys(&required, NULL), 2);
    (void)in("README", HP_STR("y"));
    assert_int_equal(keys(&required, "README: is not the file"), -1);
    (void)in("README", HP_STR("x"));
    (void)in(".d/hidden.pem", HP_STR("y"));
    assert_int_equal(keys(&required, "hidden.pem: is not the file"), -1);
    (void)in(".d/hidden.pem", HP_STR("x"));
    assert_int_equal(unlink(path_in("README")), 0);
    assert_int_equal(symlink("/etc/hostname", path_in("README")), 0);
    assert_int_equal(keys(&required, "leaves the trust folder"), -1);
    assert_int_equal(unlink(path_in("README")), 0);
    assert_int_equal(symlink(".d/hidden.pem", path_in("README")), 0);
    assert_int_equal(keys(&required, NULL), 2);
}

/* Authorities are files like others: one that is slipped in would let its signers in. */
static void
authorities_are_listed_too(void **state)
{
    (void)state;
    new_folder();
    (void)write_manifest("");
    (void)in("CSCA/x.pem", pem_of(one));
    assert_int_equal(keys(&optional, "CSCA/x.pem: is not listed"), -1);
    assert_int_equal(keys(&required, NULL), 2); /* which have no chain then */
}

static void
who_owns_it_counts(void **state)
{
    (void)state;
    new_folder();
    (void)write_manifest("");
    assert_int_equal(chmod(path_in("MANIFEST"), 0666), 0);
    assert_int_equal(keys(&optional, "MANIFEST: mode 0666 lets others write"), -1);
    assert_int_equal(unlink(path_in("MANIFEST")), 0);
    assert_int_equal(symlink("nowhere", path_in("MANIFEST")), 0);
    assert_int_equal(keys(&optional, "MANIFEST: is a symbolic link"), -1);
    assert_int_equal(unlink(path_in("MANIFEST")), 0);
    assert_int_equal(mkdir(path_in("MANIFEST"), 0755), 0);
    assert_int_equal(keys(&optional, "is not a regular file"), -1);
    assert_int_equal(rmdir(path_in("MANIFEST")), 0);
    (void)in("MANIFEST", maker_fill(HP_MANIFEST_MAX / 2, '\n'));
    assert_int_equal(truncate(path_in("MANIFEST"), HP_MANIFEST_MAX + 1), 0);
    assert_int_equal(keys(&optional, "expected at most 4194304"), -1);
}

static void
a_required_signature(void **state)
{
    const pki_key *key = pki_key_new("P-256"), *other = pki_key_new("P-256");
    hp_pin *pin = pin_of(pki_spki(key));
    hp_manifest_terms terms = { .keys = &pin, .n_keys = 1 };
    uint8_t print[HP_SHA256];
    hp_error error;
    hp_trust *trust;
    hp_str text;

    (void)state;
    new_folder();
    assert_int_equal(keys(&terms, "has no MANIFEST, and a key is set"), -1);
    text = write_manifest("");
    assert_int_equal(keys(&terms, "MANIFEST.sig: No such file"), -1);
    (void)in("MANIFEST.sig", pki_sign(other, HP_HASH_SHA256, text));
    assert_int_equal(keys(&terms, "MANIFEST.sig: is no signature"), -1);
    (void)in("MANIFEST.sig", pki_sign(key, HP_HASH_SHA256, text));
    trust = load(NULL, &terms, &error);
    assert_non_null(trust);
    assert_true(hp_trust_records(trust)->sources[0].is_signed);
    hp_pin_fingerprint(pin, print);
    assert_memory_equal(hp_trust_records(trust)->sources[0].signer, print, HP_SHA256);
    assert_memory_equal(hp_trust_records(trust)->sources[0].digest, pki_sha256(text).p, HP_SHA256);
    assert_false(hp_trust_unverified(trust));
    hp_trust_free(trust);

    trust = load(NULL, &optional, &error); /* there, and not asked for */
    assert_true(trust != NULL && hp_trust_unverified(trust));
    assert_false(hp_trust_records(trust)->sources[0].is_signed);
    hp_trust_free(trust);

    assert_int_equal(chmod(path_in("MANIFEST.sig"), 0666), 0);
    assert_int_equal(keys(&terms, "lets others write"), -1);
    assert_int_equal(chmod(path_in("MANIFEST.sig"), 0600), 0);

    /* the signature is asked first: what nobody signed is not even parsed */
    (void)in("MANIFEST", HP_STR("# no: manifest\n"));
    assert_int_equal(keys(&terms, "MANIFEST.sig: is no signature"), -1);
    (void)in("MANIFEST.sig", pki_sign(key, HP_HASH_SHA256, HP_STR("# no: manifest\n")));
    assert_int_equal(keys(&terms, "MANIFEST:1: is no header"), -1);
    hp_pin_free(pin);
}

static void
headers_speak_for_the_folder(void **state)
{
    static const hp_env envs[] = { HP_ENV_PROD, HP_ENV_UAT, HP_ENV_DEV };
    const hp_source *source;
    hp_error error;
    hp_trust *trust;

    (void)state;
    new_folder();
    (void)write_manifest("# issued: 2021-07-01T00:00:00Z\n# expires: 2021-07-04T00:00:00Z\n");
    trust = load(NULL, &optional, &error);
    assert_non_null(trust);
    source = hp_trust_records(trust)->sources;
    assert_int_equal(hp_trust_records(trust)->n_sources, 1);
    assert_true(source->issued == MAKER_NOW && source->dated == MAKER_NOW);
    assert_true(source->expires == MAKER_NOW + 3 * DAY);
    assert_int_equal(source->keys, 2);
    assert_true(hp_trust_dated(trust) == MAKER_NOW);
    assert_true(hp_trust_any_fresh(trust, 7 * DAY, MAKER_NOW + 3 * DAY));
    assert_false(hp_trust_any_fresh(trust, 7 * DAY, MAKER_NOW + 3 * DAY + 1));
    assert_false(hp_trust_any_fresh(trust, 2 * DAY, MAKER_NOW + 2 * DAY + 1));
    hp_trust_free(trust);

    for (size_t says = 0; says < COUNT(envs); says++) {
        (void)write_manifest(maker_c_string(maker_print("# environment: %s\n",
            hp_env_name(envs[says]))));
        for (size_t is = 0; is < COUNT(envs); is++) {
            trust = load(&envs[is], &optional, &error);
            assert_int_equal(trust != NULL, is == says);
            if (trust == NULL)
                assert_non_null(strstr(error.text, "they never verify here"));
            hp_trust_free(trust);
        }
        assert_int_equal(keys(&optional, NULL), 2); /* a check by hand */
    }
}

/* ---- in a policy --------------------------------------------------------------------------- */

static hp_refresh
refresh(hp_policy **p, const char *says)
{
    hp_error error;
    hp_refresh rc = hp_policy_refresh(p, &error);

    if (strstr(error.text, says) == NULL)
        fail_msg("says %s", error.text);
    return rc;
}

/* MANIFEST, its signature and the key are watched like all else. */
static void
changes_are_taken_up(void **state)
{
    const pki_key *key = pki_key_new("P-256"), *next = pki_key_new("P-256");
    const char *path;
    hp_policy *p;
    hp_error error;
    hp_str text;

    (void)state;
    new_folder();
    text = write_manifest("");
    (void)in("MANIFEST.sig", pki_sign(key, HP_HASH_SHA256, text));
    (void)maker_file("manifest.key", pki_spki(key));
    path = maker_file("signed.conf", maker_print("trust = \"%s\"; rules = \"minimal\";"
        "trust_manifest = \"required\"; trust_manifest_key = \"%s/manifest.key\";", path_in(""),
        maker_folder()));
    if (hp_policy_load(path, HP_DOOR_NONE, &p, &error) != HP_LOAD_OK)
        fail_msg("%s", error.text);
    assert_int_equal(hp_policy_keys(p), 2);
    assert_int_equal(refresh(&p, ""), HP_REFRESH_SAME);

    text = line_of(pem_of(one), "a.pem");
    (void)in("MANIFEST", text);
    assert_int_equal(refresh(&p, "MANIFEST.sig: is no signature"), HP_REFRESH_KEPT);
    assert_int_equal(hp_policy_keys(p), 2);
    (void)in("MANIFEST.sig", pki_sign(key, HP_HASH_SHA256, text));
    assert_int_equal(refresh(&p, ""), HP_REFRESH_NEW);
    assert_int_equal(hp_policy_keys(p), 1);
    (void)maker_file("manifest.key", pki_spki(next));
    assert_int_equal(refresh(&p, "MANIFEST.sig: is no signature"), HP_REFRESH_KEPT);
    (void)in("MANIFEST.sig", pki_sign(next, HP_HASH_SHA256, text));
    assert_int_equal(refresh(&p, ""), HP_REFRESH_NEW);
    assert_int_equal(unlink(path_in("MANIFEST")), 0);
    assert_int_equal(refresh(&p, "has no MANIFEST"), HP_REFRESH_KEPT);
    (void)in("MANIFEST", text);
    assert_int_equal(refresh(&p, ""), HP_REFRESH_NEW);
    (void)maker_file("manifest.key", HP_STR("no key"));
    assert_int_equal(refresh(&p, "manifest.key: expected one public key"), HP_REFRESH_KEPT);
    hp_policy_free(p);
}

static void
every_allocation_fails_once(void **state)
{
    const pki_key *key = pki_key_new("P-256");
    const char *path;
    hp_load rc = HP_LOAD_CONFIG;
    hp_policy *p;
    hp_error error;
    hp_str text;
    size_t nth;

    (void)state;
    new_folder();
    (void)in("README", HP_STR("x"));
    text = write_manifest(maker_c_string(line_of(HP_STR("x"), "README")));
    (void)in("MANIFEST.sig", pki_base64(pki_sign(key, HP_HASH_SHA256, text)));
    (void)maker_file("manifest.key", pki_spki(key));
    path = maker_file("signed.conf", maker_print("trust = \"%s\"; rules = \"minimal\";"
        "trust_manifest_key = \"%s/manifest.key\";", path_in(""), maker_folder()));
    for (nth = 1; nth < 1000; nth++) {
        error.text[0] = '\0';
        alloc_start(nth);
        rc = hp_policy_load(path, HP_DOOR_NONE, &p, &error);
        if (alloc_calls() < nth)
            break;
        alloc_start(0);
        if (rc == HP_LOAD_OK)
            hp_policy_free(p); /* only the watch went without */
        else
            assert_true(p == NULL && error.text[0] != '\0');
    }
    alloc_start(0);
    assert_int_equal(rc, HP_LOAD_OK);
    assert_in_range(nth, 20, 999);
    hp_policy_free(p);
}

static int
set_up(void **state)
{
    (void)state;
    crypto = hp_crypto_new();
    one = maker_key_new(HP_ALG_ES256, "");
    two = maker_key_new(HP_ALG_ES256, "");
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
    cmocka_unit_test(good_texts),
    cmocka_unit_test(bad_texts),
    cmocka_unit_test(long_ones_end_quickly),
    cmocka_unit_test(what_is_listed),
    cmocka_unit_test(whose_signature_counts),
    cmocka_unit_test(mutations_of_a_signature),
    cmocka_unit_test(a_folder_is_what_is_listed),
    cmocka_unit_test(other_spellings),
    cmocka_unit_test(other_files_that_are_listed),
    cmocka_unit_test(authorities_are_listed_too),
    cmocka_unit_test(who_owns_it_counts),
    cmocka_unit_test(a_required_signature),
    cmocka_unit_test(headers_speak_for_the_folder),
    cmocka_unit_test(changes_are_taken_up),
    cmocka_unit_test(every_allocation_fails_once),
};

UNIT_MAIN_WITH(tests, set_up, tear_down)
