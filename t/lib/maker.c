/* A throw-away issuer for tests; see maker.h. */
#include "maker.h"

#include "check/store.h"

#include "codec/base45.h"
#include "codec/cbor.h"
#include "codec/inflate.h"
#include "codec/json.h"

#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define RING ((size_t)8 << 20)

static void
check(bool good, const char *what)
{
    if (good)
        return;
    fprintf(stderr, "maker: %s\n", what);
    exit(1);
}

/* ---- bytes ------------------------------------------------------------------ */

static uint8_t *
room(size_t n)
{
    static uint8_t ring[RING];
    static size_t used;
    uint8_t *p;

    check(n <= RING, "too long");
    if (n > RING - used)
        used = 0;
    p = ring + used;
    used += n;
    return p;
}

hp_str
maker_copy(hp_str s)
{
    uint8_t *p = room(s.n);

    if (s.n != 0)
        memcpy(p, s.p, s.n);
    return (hp_str){ p, s.n };
}

hp_str
maker_print(const char *format, ...)
{
    char text[8192];
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    check(n >= 0 && (size_t)n < sizeof(text), "print");
    return maker_copy((hp_str){ (const uint8_t *)text, (size_t)n });
}

const char *
maker_c_string(hp_str s)
{
    return (const char *)MAKER_JOIN(s, HP_STR("\0")).p;
}

static int
digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

hp_str
maker_hex(const char *hex)
{
    uint8_t *p = room(strlen(hex) / 2 + 1);
    size_t n = 0;

    for (; *hex != '\0'; hex++) {
        if (*hex == ' ')
            continue;
        check(digit(hex[0]) >= 0 && digit(hex[1]) >= 0, "no hex");
        p[n++] = (uint8_t)(digit(hex[0]) << 4 | digit(hex[1]));
        hex++;
    }
    return (hp_str){ p, n };
}

hp_str
maker_join(const hp_str *parts)
{
    size_t n = 0, i;
    uint8_t *p;

    for (i = 0; parts[i].p != NULL; i++)
        n += parts[i].n;
    p = room(n);
    for (n = 0, i = 0; parts[i].p != NULL; n += parts[i++].n)
        memcpy(p + n, parts[i].p, parts[i].n);
    return (hp_str){ p, n };
}

hp_str
maker_replace(hp_str s, hp_str old, hp_str by)
{
    const uint8_t *at = memmem(s.p, s.n, old.p, old.n);
    size_t before;

    check(at != NULL, "nothing to replace");
    before = (size_t)(at - s.p);
    return MAKER_JOIN({ s.p, before }, by, hp_str_from(s, before + old.n));
}

hp_str
maker_fill(size_t n, int byte)
{
    uint8_t *p = room(n);

    memset(p, byte, n);
    return (hp_str){ p, n };
}

/* ---- CBOR ------------------------------------------------------------------- */

static hp_cbor_out
out_of(size_t max)
{
    return (hp_cbor_out){ .p = room(max), .n = 0, .max = max, .full = false };
}

static hp_str
done(const hp_cbor_out *out)
{
    check(!out->full, "an item is too long");
    return (hp_str){ out->p, out->n };
}

/* Puts the items of "hex:..." texts in their places. */
static hp_str
place_items(hp_str s)
{
    const uint8_t *at = memmem(s.p, s.n, "hex:", 4);
    size_t n;

    if (at == NULL)
        return s;
    n = at[-2] == 0x78 ? at[-1] : (size_t)at[-1] - 0x60; /* 78 and the length, or a short head */
    return place_items(maker_replace(s, maker_text((hp_str){ at, n }),
        maker_hex(maker_c_string((hp_str){ at + 4, n - 4 }))));
}

hp_str
maker_cbor(hp_str json)
{
    hp_cbor_out out = out_of(json.n * 9 + 64);
    hp_error error;
    hp_json *value = hp_json_load_list(json, HP_JSON_MAX, &error);

    check(value != NULL && hp_json_cbor(value, &out), "no JSON");
    hp_json_free(value);
    return place_items(done(&out));
}

hp_str
maker_bytes(hp_str s)
{
    hp_cbor_out out = out_of(s.n + 9);

    hp_cbor_put_bytes(&out, s);
    return done(&out);
}

hp_str
maker_text(hp_str s)
{
    hp_cbor_out out = out_of(s.n + 9);

    hp_cbor_put_text(&out, s);
    return done(&out);
}

hp_str
maker_int(int64_t value)
{
    hp_cbor_out out = out_of(9);

    hp_cbor_put_int(&out, value);
    return done(&out);
}

hp_str
maker_double(double value)
{
    hp_cbor_out out = out_of(9);

    hp_cbor_put_double(&out, value);
    return done(&out);
}

hp_str
maker_claims(hp_str dcc)
{
    return MAKER_JOIN(HP_STR("\xa4\x01\x62XA\x04"), maker_int((int64_t)MAKER_EXP),
        HP_STR("\x06"), maker_int((int64_t)MAKER_IAT), HP_STR("\x39\x01\x03\xa1\x01"), dcc);
}

/* ---- keys and COSE ---------------------------------------------------------- */

#define KEYS_MAX 1024

static maker_key *made[KEYS_MAX];
static size_t n_made;

static void
free_keys(void)
{
    for (size_t i = 0; i < n_made; i++) {
        hp_signer_free(made[i]->signer);
        free(made[i]);
    }
}

const maker_key *
maker_key_dated(hp_alg alg, const char *usage, double from, double to)
{
    hp_dsc_wish wish = { .country = "XA", .name = "Test signer", .usage = usage, .from = from,
        .to = to };
    maker_key *key = calloc(1, sizeof(*key));
    hp_error error;
    hp_dsc dsc;
    size_t n = 0;

    check(key != NULL && n_made < KEYS_MAX, "no room for a key");
    if (n_made == 0)
        (void)atexit(free_keys);
    made[n_made++] = key;
    key->signer = hp_signer_new(alg, HP_RSA_BITS_MIN, &error);
    check(key->signer != NULL && hp_signer_certificate(key->signer, &wish, key->pem, &n, &error),
        "no key");
    check(hp_dsc_read((hp_str){ (const uint8_t *)key->pem, n }, &dsc), "no certificate");
    memcpy(key->kid, dsc.kid, HP_KID);
    return key;
}

const maker_key *
maker_key_new(hp_alg alg, const char *usage)
{
    return maker_key_dated(alg, usage, MAKER_FROM, MAKER_TO);
}

hp_str
maker_header(const maker_key *key)
{
    return MAKER_JOIN(HP_STR("\xa2\x01"),
        maker_int(hp_signer_alg(key->signer) == HP_ALG_ES256 ? -7 : -37), HP_STR("\x04"),
        maker_bytes((hp_str){ key->kid, HP_KID }));
}

hp_str
maker_sign(const maker_key *key, hp_str protected, hp_str payload)
{
    hp_str tbs = MAKER_JOIN(HP_STR("\x84\x6aSignature1"), maker_bytes(protected),
        HP_STR("\x40"), maker_bytes(payload));
    uint8_t *p = room(HP_SIGN_MAX);
    size_t n = 0;

    check(hp_signer_sign(key->signer, tbs, p, &n), "no signature");
    return (hp_str){ p, n };
}

hp_str
maker_cose(hp_str protected, hp_str unprotected, hp_str payload, hp_str signature)
{
    return MAKER_JOIN(HP_STR("\x84"), maker_bytes(protected), unprotected, maker_bytes(payload),
        maker_bytes(signature));
}

hp_str
maker_signed(const maker_key *key, hp_str payload)
{
    hp_str header = maker_header(key);

    return MAKER_JOIN(HP_STR("\xd2"), maker_cose(header, HP_STR("\xa0"), payload,
        maker_sign(key, header, payload)));
}

hp_str
maker_deflate(hp_str s)
{
    size_t n = s.n + s.n / 100 + 64;
    uint8_t *p = room(n);

    check(hp_deflate(s, 9, p, &n), "deflate");
    return (hp_str){ p, n };
}

hp_str
maker_base45(hp_str s)
{
    size_t n = HP_BASE45_ENCODED(s.n);
    uint8_t *p = room(n);

    hp_base45_encode(s, (char *)p);
    return (hp_str){ p, n };
}

hp_str
maker_hc1(hp_str cose)
{
    return MAKER_JOIN(HP_STR("HC1:"), maker_base45(maker_deflate(cose)));
}

hp_str
maker_pass(const maker_key *key, const char *json)
{
    return maker_hc1(maker_signed(key, maker_claims(maker_cbor(hp_str_of(json)))));
}

/* ---- a place ---------------------------------------------------------------- */

static char folder[PATH_MAX];
static pid_t owner;

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st;
    (void)kind;
    (void)at;
    return remove(path);
}

/* A child that a test forked leaves the folder alone. */
static void
remove_folder(void)
{
    if (getpid() == owner)
        (void)nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

const char *
maker_folder(void)
{
    const char *base = getenv("TMPDIR");

    if (*folder != '\0')
        return folder;
    (void)snprintf(folder, sizeof(folder), "%s/healthpass-XXXXXX", base != NULL ? base : "/tmp");
    check(mkdtemp(folder) != NULL, "no folder");
    owner = getpid();
    (void)atexit(remove_folder);
    return folder;
}

const char *
maker_file(const char *name, hp_str content)
{
    const char *path = maker_c_string(maker_print("%s/%s", maker_folder(), name));
    char parent[PATH_MAX], *slash;
    FILE *f;

    (void)snprintf(parent, sizeof(parent), "%s", path);
    for (slash = parent + strlen(maker_folder()); (slash = strchr(slash, '/')) != NULL; slash++) {
        *slash = '\0';
        check(mkdir(parent, 0700) == 0 || errno == EEXIST, parent);
        *slash = '/';
    }
    (void)unlink(path); /* whatever its mode */
    f = fopen(path, "wb");
    check(f != NULL && fwrite(content.p, 1, content.n, f) == content.n && fclose(f) == 0
        && chmod(path, 0600) == 0, path);
    return path;
}

const char *
maker_policy(const maker_key *const *keys, size_t n, const char *lines)
{
    const char *identity = maker_file("identity", maker_fill(32, 'i'));
    size_t i;

    check(n == 0 || keys != NULL, "no keys");
    (void)maker_file("trust/.keep", HP_STR(""));
    for (i = 0; i < n; i++)
        (void)maker_file(maker_c_string(maker_print("trust/%zu.pem", i)),
            hp_str_of(keys[i]->pem));
    return maker_file("policy.conf",
        maker_print("trust = \"%s/trust\";\nidentity_key = \"%s\";\n%s\n", maker_folder(), identity,
            lines));
}

/* Its bytes are in the ring. */
hp_record
maker_record(const maker_key *key, unsigned domains)
{
    hp_record r = { .role = HP_ROLE_SIGNER, .domains = domains, .usage = HP_USE_ALL,
                    .country = "XA", .kid = { key->kid, HP_KID } };
    hp_crypto *crypto = hp_crypto_new();
    size_t at = 0, n = 0;
    uint8_t *der;
    hp_cert *cert;

    check(crypto != NULL, "no memory");
    check(hp_pem_next(hp_str_of(key->pem), &at, &der, &n) == HP_PEM_CERT, "no certificate");
    cert = hp_cert_read(crypto, (hp_str){ der, n });
    check(cert != NULL && hp_cert_validity(cert, &r.valid.from, &r.valid.until), "certificate");
    r.spki = maker_copy(hp_cert_spki(cert));
    check(hp_sha256(crypto, &r.spki, 1, r.digest), "digest");
    hp_cert_free(cert);
    hp_pem_free(der);
    hp_crypto_free(crypto);
    return r;
}

const char *
maker_store_of(const char *name, const hp_source *source, hp_env env, const hp_record *records,
               size_t n)
{
    hp_crypto *crypto = hp_crypto_new();
    hp_records list = { .env = env };
    hp_bytes bytes = { NULL, 0 };
    hp_source *put = hp_records_source(&list, "", "");
    const char *path;
    size_t i;

    check(crypto != NULL && put != NULL, "no memory");
    *put = *source;
    put->keys = put->entries = (uint32_t)n;
    for (i = 0; i < n; i++)
        check(hp_records_put(&list, &records[i]), "a record");
    check(hp_store_write(crypto, &list, MAKER_NOW, &bytes, NULL), "a store");
    path = maker_file(name, (hp_str){ bytes.p, bytes.n });
    hp_bytes_free(&bytes);
    hp_records_free(&list);
    hp_crypto_free(crypto);
    return path;
}

const char *
maker_store(const char *name, const hp_source *source, hp_env env, const maker_key *const *keys,
            size_t n, unsigned domains)
{
    hp_record *records = calloc(n + 1, sizeof(*records));
    const char *path;
    size_t i;

    check(records != NULL, "no memory");
    for (i = 0; i < n; i++)
        records[i] = maker_record(keys[i], domains);
    path = maker_store_of(name, source, env, records, n);
    free(records);
    return path;
}
