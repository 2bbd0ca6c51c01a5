/* Keys of SMART Health Cards issuers; see jwk.h. */
#include "feed/jwk.h"

#include "base/time.h"
#include "codec/base64.h"
#include "crypto/spki.h"

#include <stdio.h>

#define ISS_MAX    255 /* characters; the longest one of the directory has 111 */
#define BASE64_32  43  /* characters of 32 bytes: coordinates and thumbprints */

typedef struct {
    uint8_t kid[HP_SHA256];
    hp_bytes spki;
} jwk;

/* Parts "." and "..", by which one place has many names. */
static bool
has_dots(hp_str path)
{
    size_t i, n = 0;

    for (i = 0; i <= path.n; i++) {
        if (i < path.n && path.p[i] != '/') {
            n = path.p[i] == '.' && n < 3 ? n + 1 : 3;
            continue;
        }
        if (n == 1 || n == 2)
            return true;
        n = 0;
    }
    return false;
}

/* Capital letters in the host are let pass: the directory has some, and cards say the same. */
bool
hp_jwk_issuer(hp_str iss)
{
    const uint8_t *slash;
    size_t i;

    if (iss.n > ISS_MAX || iss.n <= 8 || !hp_str_starts(iss, HP_STR("https://")) ||
        iss.p[8] == '/' || iss.p[iss.n - 1] == '/')
        return false;
    for (i = 0; i < iss.n; i++) {
        if (iss.p[i] <= ' ' || iss.p[i] > '~' || strchr("\"<>\\^`{|}?#", iss.p[i]) != NULL)
            return false;
    }
    slash = memchr(iss.p + 8, '/', iss.n - 8);
    i = slash != NULL ? (size_t)(slash - iss.p) : iss.n;
    return memchr(iss.p, '@', i) == NULL && !has_dots(hp_str_from(iss, i));
}

/* A member that may be absent; if it is there, it is this text. */
static bool
may_be(const hp_json *key, const char *name, const char *text)
{
    const hp_json *value = hp_json_get(key, name);

    return value == NULL || hp_json_is(value, text);
}

/* At most 32 bytes in Base64; out has room for HP_BASE64_BYTES(BASE64_32). */
static bool
read_bytes(hp_str text, uint8_t *out, size_t *n)
{
    return text.p != NULL && text.n <= BASE64_32 &&
           hp_base64_read(text, HP_BASE64_URL, out, n) && *n <= HP_SHA256;
}

static bool
thumbprint(hp_crypto *crypto, hp_str x, hp_str y, uint8_t out[HP_SHA256])
{
    hp_str parts[] = { HP_STR("{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\""), x,
                       HP_STR("\",\"y\":\""), y, HP_STR("\"}") };

    return hp_sha256(crypto, parts, sizeof(parts) / sizeof(parts[0]), out);
}

/*
 * Zeros in front of a coordinate must not be left out (RFC 7518, 6.2.1.2), but two issuers of
 * the directory do: the thumbprint is over the text as it stands, so that is let pass.
 */
static bool
read_point(const hp_json *key, hp_crypto *crypto, jwk *k, hp_skip *why)
{
    hp_str text_x = hp_json_text(hp_json_get(key, "x"));
    hp_str text_y = hp_json_text(hp_json_get(key, "y"));
    hp_str kid = hp_json_text(hp_json_get(key, "kid"));
    uint8_t x[HP_BASE64_BYTES(BASE64_32)], y[sizeof(x)], listed[sizeof(x)];
    size_t nx, ny, n;

    *why = HP_SKIP_UNREADABLE;
    if (!read_bytes(text_x, x, &nx) || !read_bytes(text_y, y, &ny) ||
        !thumbprint(crypto, text_x, text_y, k->kid))
        return false;
    *why = HP_SKIP_KID;
    if (!read_bytes(kid, listed, &n) || n != HP_SHA256 || memcmp(listed, k->kid, n) != 0)
        return false;
    *why = HP_SKIP_KEY; /* not on the curve */
    return hp_spki_p256(crypto, (hp_str){ x, nx }, (hp_str){ y, ny }, &k->spki);
}

/* False with *why when no card may rest on it; otherwise k->spki is to be ended. */
static bool
read_key(hp_crypto *crypto, const hp_json *key, jwk *k, hp_skip *why)
{
    *why = HP_SKIP_KEY;
    if (!hp_json_is(hp_json_get(key, "kty"), "EC") ||
        !hp_json_is(hp_json_get(key, "crv"), "P-256") || !may_be(key, "alg", "ES256"))
        return false;
    *why = HP_SKIP_OTHER_USE;
    return may_be(key, "use", "sig") && read_point(key, crypto, k, why);
}

/* Names an entry that is left out.  Whoever published a private key should hear of it. */
static void
skip(hp_import *import, hp_skip why, hp_str iss, size_t nth, const char *what)
{
    char which[ISS_MAX + 64];

    (void)snprintf(which, sizeof(which), "%.*s, key %zu%s", (int)iss.n, (const char *)iss.p,
                   nth + 1, what);
    hp_import_skip(import, why, which);
}

static bool
put(hp_import *import, hp_str iss, jwk *k, hp_error *error)
{
    bool good;
    hp_record record = {
        .role = HP_ROLE_SIGNER,
        .kid = { k->kid, sizeof(k->kid) },
        .issuer = iss,
        .spki = { k->spki.p, k->spki.n },
        .domains = HP_DOMAIN_SHC,
        .usage = HP_USE_ALL,
        .valid = { 0, HP_TIME_LAST },
    };

    good = hp_import_put(import, &record, error);
    hp_bytes_free(&k->spki);
    return good;
}

/*
 * Other members are left alone: x5c is optional and the published one ended long ago; date,
 * ctr and the like belong to lists of withdrawn cards.
 */
bool
hp_jwk_take(hp_import *import, hp_str iss, const hp_json *keys, hp_error *error)
{
    size_t i, n = hp_json_count(keys);
    hp_skip why;
    jwk k;

    for (i = 0; i < n; i++) {
        const hp_json *key = hp_json_at(keys, i);

        import->source->entries++;
        if (key == NULL || hp_json_kind_of(key) != HP_JSON_OBJECT)
            skip(import, HP_SKIP_UNREADABLE, iss, i, "");
        else if (hp_json_get(key, "d") != NULL)
            skip(import, HP_SKIP_UNREADABLE, iss, i, ": a private key was published");
        else if (!read_key(import->terms->crypto, key, &k, &why))
            skip(import, why, iss, i, "");
        else if (!put(import, iss, &k, error))
            return false;
    }
    return true;
}
