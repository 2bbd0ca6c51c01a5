/* Writes SMART Health Cards; see shc_write.h. */
#include "format/shc_write.h"

#include "base/time.h"
#include "codec/base64.h"
#include "codec/inflate.h"
#include "codec/numeric.h"
#include "format/shc.h"

#include <math.h>
#include <stdlib.h>

#define POINT      65 /* bytes of an uncompressed point on P-256: 04, x, y (SEC 1, 2.3.3) */
#define COORDINATE 32

/* ---- the key --------------------------------------------------------------- */

/* Both coordinates as base64url: a SubjectPublicKeyInfo ends in the point. */
static bool
read_point(const hp_signer *signer, char x[HP_SHC_KID], char y[HP_SHC_KID])
{
    char pem[HP_PEM_MAX];
    size_t n, at = 0;
    uint8_t *der;
    bool good;

    if (hp_signer_alg(signer) != HP_ALG_ES256 || !hp_signer_public_pem(signer, pem, &n) ||
        hp_pem_next((hp_str){ (const uint8_t *)pem, n }, &at, &der, &n) != HP_PEM_KEY)
        return false;
    good = n > POINT && der[n - POINT] == 4;
    if (good) {
        hp_base64url_write((hp_str){ der + n - (size_t)2 * COORDINATE, COORDINATE }, x);
        hp_base64url_write((hp_str){ der + n - COORDINATE, COORDINATE }, y);
    }
    hp_pem_free(der);
    return good;
}

static bool
thumbprint(const char *x, const char *y, char kid[HP_SHC_KID])
{
    hp_str parts[] = { HP_STR("{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\""), hp_str_of(x),
                       HP_STR("\",\"y\":\""), hp_str_of(y), HP_STR("\"}") };
    hp_crypto *crypto = hp_crypto_new();
    uint8_t digest[HP_SHA256];
    bool good = crypto != NULL &&
                hp_sha256(crypto, parts, sizeof(parts) / sizeof(parts[0]), digest);

    hp_crypto_free(crypto);
    if (good)
        hp_base64url_write((hp_str){ digest, sizeof(digest) }, kid);
    return good;
}

bool
hp_shc_kid(const hp_signer *signer, char kid[HP_SHC_KID])
{
    char x[HP_SHC_KID], y[HP_SHC_KID];

    return read_point(signer, x, y) && thumbprint(x, y, kid);
}

hp_json *
hp_shc_directory(const hp_signer *signer, const char *iss, double time)
{
    char x[HP_SHC_KID], y[HP_SHC_KID], kid[HP_SHC_KID], made[HP_TIME_TEXT], text[1024];

    if (!read_point(signer, x, y) || !thumbprint(x, y, kid))
        return NULL;
    hp_time_write(time, made);
    (void)snprintf(text, sizeof(text),
                   "{\"time\":\"%s\",\"issuerInfo\":[{\"issuer\":{\"iss\":\"%.255s\",\"name\":"
                   "\"Test\"},\"keys\":[{\"kty\":\"EC\",\"kid\":\"%s\",\"use\":\"sig\",\"alg\":"
                   "\"ES256\",\"crv\":\"P-256\",\"x\":\"%s\",\"y\":\"%s\"}]}]}",
                   made, iss, kid, x, y);
    return hp_json_load(hp_str_of(text), NULL);
}

/* ---- the card -------------------------------------------------------------- */

static hp_json *
time_of(double t)
{
    return t == floor(t) && fabs(t) < 1e15 ? hp_json_of_int((int64_t)t) : hp_json_of_real(t);
}

static hp_json *
make_claims(const hp_shc_wish *wish, hp_json *bundle)
{
    hp_json *claims = hp_json_object(), *vc = hp_json_object(), *subject = hp_json_object();
    hp_json *types = hp_json_array();

    hp_json_set_text(subject, "fhirVersion", HP_STR("4.0.1"));
    hp_json_set(subject, "fhirBundle", bundle);
    hp_json_add(types, hp_json_of_text(HP_STR(HP_SHC_TYPE)));
    hp_json_set(vc, "type", types);
    hp_json_set(vc, "credentialSubject", subject);
    if (wish->rid != NULL)
        hp_json_set_text(vc, "rid", hp_str_of(wish->rid));
    hp_json_set_text(claims, "iss", hp_str_of(wish->iss));
    hp_json_set(claims, "nbf", time_of(wish->nbf));
    if (!isnan(wish->exp))
        hp_json_set(claims, "exp", time_of(wish->exp));
    hp_json_set(claims, "vc", vc);
    return claims;
}

/* Appends the bytes as base64url. */
static bool
put_part(hp_str bytes, char *jws, size_t *n)
{
    if (HP_BASE64_TEXT(bytes.n) > HP_SHC_JWS_ROOM - *n)
        return false;
    hp_base64url_write(bytes, jws + *n);
    *n += strlen(jws + *n);
    return true;
}

/* A forged signature is one over something else. */
static bool
sign(const hp_shc_wish *wish, char *jws, size_t *n)
{
    uint8_t signature[HP_SIGN_MAX];
    hp_str tbs = { (const uint8_t *)jws, *n };
    size_t length;

    if (wish->forge)
        tbs.n--;
    if (!hp_signer_sign(wish->signer, tbs, signature, &length))
        return false;
    jws[(*n)++] = '.';
    return put_part((hp_str){ signature, length }, jws, n);
}

bool
hp_shc_write_claims(const hp_shc_wish *wish, hp_str claims, char jws[HP_SHC_JWS_ROOM], size_t *n)
{
    char header[128], kid[HP_SHC_KID];
    size_t packed = HP_SHC_JWS_ROOM / 2;
    uint8_t *bytes = malloc(packed);
    bool good = bytes != NULL && hp_shc_kid(wish->signer, kid) &&
                hp_deflate_raw(claims, bytes, &packed);

    *n = 0;
    if (good) {
        (void)snprintf(header, sizeof(header), "{\"zip\":\"DEF\",\"alg\":\"ES256\",\"kid\":\"%s\"}",
                       kid);
        good = put_part(hp_str_of(header), jws, n);
        jws[(*n)++] = '.';
        good = good && put_part((hp_str){ bytes, packed }, jws, n) && sign(wish, jws, n);
    }
    free(bytes);
    return good;
}

bool
hp_shc_write(const hp_shc_wish *wish, hp_json *bundle, char jws[HP_SHC_JWS_ROOM], size_t *n)
{
    hp_json *claims = make_claims(wish, bundle);
    char *text = NULL;
    size_t length = 0;
    FILE *to = open_memstream(&text, &length);
    bool good = to != NULL && hp_json_print(claims, to);

    if (to != NULL && fclose(to) != 0)
        good = false;
    hp_json_free(claims);
    good = good && length > 0 &&
           hp_shc_write_claims(wish, (hp_str){ (const uint8_t *)text, length - 1 }, jws, n);
    free(text);
    return good;
}

/* Parts of as equal length as can be. */
bool
hp_shc_write_codes(hp_str jws, unsigned chunks, char text[HP_SHC_TEXT_ROOM], size_t *n)
{
    size_t from = 0, to;
    unsigned i;

    if (chunks == 0 || chunks > HP_SHC_CHUNKS || chunks > jws.n || jws.n > HP_SHC_JWS_ROOM)
        return false;
    for (i = 1, *n = 0; i <= chunks; i++, from = to) {
        to = jws.n * i / chunks;
        *n += (size_t)(chunks == 1 ? sprintf(text + *n, HP_SHC_SCHEME)
                                   : sprintf(text + *n, "%s" HP_SHC_SCHEME "%u/%u/",
                                             i > 1 ? "\n" : "", i, chunks));
        hp_numeric_write((hp_str){ jws.p + from, to - from }, text + *n);
        *n += 2 * (to - from);
    }
    return true;
}
