/*
 * Signing documents of the GDHCN: where the key of a list's proof is published; see gdhcn.h.
 *
 *     {"@context": [...], "id": DID, "controller": DID, "verificationMethod": [
 *         {"id": DID, "type": "JsonWebKey2020", "controller": DID, "publicKeyJwk": {
 *             "kty": "EC", "crv": "P-256", "x": ..., "y": ...}}]}
 */
#include "feed/did.h"
#include "feed/gdhcn.h"

#define DOCUMENT_MAX 65536 /* bytes; WHO's has 940 */

static bool
is_did(const hp_json *json)
{
    return hp_did_is(hp_json_text(json)) || hp_did_is_key(hp_json_text(json));
}

static bool
is_document(const hp_json *doc)
{
    static const char *const names[] = { "@context", "id", "controller", "verificationMethod",
                                         NULL };
    const hp_json *contexts = hp_json_get(doc, "@context");
    hp_env env;

    return hp_did_shaped(doc, names, 4) && is_did(hp_json_get(doc, "id")) &&
           is_did(hp_json_get(doc, "controller")) &&
           (hp_did_contexts(contexts, 2) || hp_did_environment(contexts, &env));
}

static bool
is_key(const hp_json *key)
{
    static const char *const names[] = { "id", "type", "controller", "publicKeyJwk", NULL };
    const hp_json *jwk = hp_json_get(key, "publicKeyJwk");

    return hp_did_shaped(key, names, 4) && is_did(hp_json_get(key, "id")) &&
           is_did(hp_json_get(key, "controller")) &&
           hp_json_is(hp_json_get(key, "type"), "JsonWebKey2020") && hp_did_jwk_shaped(jwk) &&
           hp_json_is(hp_json_get(jwk, "crv"), "P-256");
}

/* Those that nothing in it denies; a document that names two environments is nobody's. */
static unsigned
environments(const hp_json *doc, const hp_json *key)
{
    const hp_str dids[] = {
        hp_json_text(hp_json_get(doc, "id")), hp_json_text(hp_json_get(doc, "controller")),
        hp_json_text(hp_json_get(key, "id")), hp_json_text(hp_json_get(key, "controller")),
    };
    hp_env env, context = HP_ENV_PROD;
    bool named = hp_did_environment(hp_json_get(doc, "@context"), &context);
    unsigned envs = 0;
    size_t i;

    for (env = HP_ENV_PROD; env <= HP_ENV_DEV; env++) {
        for (i = 0; i < sizeof(dids) / sizeof(dids[0]) && hp_did_agrees(dids[i], env); i++)
            continue;
        if (i == sizeof(dids) / sizeof(dids[0]) && (!named || env == context))
            envs |= HP_GDHCN_OF(env);
    }
    return envs;
}

/* Where the key has a certificate, both must be the same; and the key id that of it. */
static bool
is_of_its_certificate(hp_crypto *crypto, const hp_json *jwk)
{
    hp_str listed = hp_json_text(hp_json_get(jwk, "kid"));
    uint8_t kid[HP_KID], own[HP_KID];
    hp_bytes der;
    hp_cert *cert;
    bool good;

    if (hp_json_get(jwk, "x5c") == NULL)
        return true;
    if (!hp_did_jwk_cert(jwk, &der))
        return false;
    cert = hp_cert_read(crypto, (hp_str){ der.p, der.n });
    hp_bytes_free(&der);
    good = cert != NULL && hp_did_jwk_is_of(crypto, jwk, cert);
    if (good && hp_json_get(jwk, "kid") != NULL) {
        hp_cert_kid(cert, own);
        good = listed.p != NULL && hp_feed_kid(listed, kid) && memcmp(kid, own, HP_KID) == 0;
    }
    hp_cert_free(cert);
    return good;
}

static bool
read_key(hp_crypto *crypto, const hp_json *jwk, hp_pin **pin, hp_error *error)
{
    hp_bytes spki;

    if (!hp_did_jwk_numbers(crypto, jwk, &spki)) {
        hp_error_set(error, "holds no point on P-256");
        return false;
    }
    *pin = hp_pin_read(crypto, (hp_str){ spki.p, spki.n });
    hp_bytes_free(&spki);
    if (*pin != NULL && is_of_its_certificate(crypto, jwk))
        return true;
    hp_error_set(error, "holds a key that differs from its own certificate or key id");
    hp_pin_free(*pin);
    *pin = NULL;
    return false;
}

static bool
read_document(hp_crypto *crypto, const hp_json *doc, hp_pin **pin, unsigned *envs,
              hp_error *error)
{
    const hp_json *keys = hp_json_get(doc, "verificationMethod"), *key = hp_json_at(keys, 0);

    if (!is_document(doc) || hp_json_count(keys) != 1 || !is_key(key)) {
        hp_error_set(error, "is no signing DID document: expected @context, id, controller and one "
                            "verificationMethod with a key on P-256, and nothing else");
        return false;
    }
    *envs = environments(doc, key);
    if (*envs == 0) {
        hp_error_set(error, "names more than one environment");
        return false;
    }
    return read_key(crypto, hp_json_get(key, "publicKeyJwk"), pin, error);
}

bool
hp_gdhcn_pin(hp_crypto *crypto, hp_str did, hp_pin **pin, unsigned *envs, hp_error *error)
{
    hp_json *doc = hp_json_load_list(did, DOCUMENT_MAX, error);
    bool good;

    *pin = NULL;
    *envs = 0;
    if (doc == NULL)
        return false;
    good = read_document(crypto, doc, pin, envs, error);
    hp_json_free(doc);
    return good;
}
