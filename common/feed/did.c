/* The shape of GDHCN documents; see did.h. */
#include "feed/did.h"

#include "base/time.h"
#include "codec/base64.h"
#include "crypto/spki.h"

#include <stdlib.h>
#include <strings.h>

#define DID_MAX    512  /* characters of a DID or an IRI */
#define CODE_MAX   32
#define NUMBER_MAX 1400 /* Base64 characters of 8,192 bits, and a few */

static const char *const contexts[] = {
    "https://www.w3.org/ns/did/v1",
    "https://w3id.org/security/suites/jws-2020/v1",
};

#define CONTEXTS (sizeof(contexts) / sizeof(contexts[0]))

/* The third one makes the codes of domains, participants and usages those of an environment. */
static const struct {
    const char *context;
    hp_env env;
} environments[] = {
    { "https://smart.who.int/trust/tng-context/v1.jsonld", HP_ENV_PROD },
    { "https://smart.who.int/trust/tng-context/v1-UAT.jsonld", HP_ENV_UAT },
    { "https://smart.who.int/trust/tng-context/v1-DEV.jsonld", HP_ENV_DEV },
};

#define ENVIRONMENTS (sizeof(environments) / sizeof(environments[0]))

/* ---- characters ------------------------------------------------------------- */

static bool
is_of(hp_str s, const char *others)
{
    size_t i;

    for (i = 0; i < s.n; i++) {
        uint8_t c = s.p[i];

        if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
              (c != 0 && strchr(others, c) != NULL)))
            return false;
    }
    return s.n > 0 && s.n <= DID_MAX;
}

/* A "%" could hide what the DID says from hp_did_agrees(). */
bool
hp_did_is(hp_str s)
{
    return hp_str_starts(s, HP_STR("did:web:")) && s.n > 8 && is_of(s, ".:_-");
}

/* Another document's DID, of whatever method.  Whatever has a scheme is an IRI as it stands. */
static bool
is_reference(hp_str s)
{
    return hp_str_starts(s, HP_STR("did:")) && s.n > 4 && is_of(s, ".:_%-~/?#&=+;,");
}

/* No key can take the place of a document: that has no "#". */
bool
hp_did_is_key(hp_str s)
{
    const uint8_t *hash = s.p == NULL ? NULL : memchr(s.p, '#', s.n);
    size_t n = hash == NULL ? 0 : (size_t)(hash - s.p);

    return hash != NULL && hp_did_is((hp_str){ s.p, n }) &&
           is_of(hp_str_from(s, n + 1), "+/=_%-") && s.n <= DID_MAX;
}

/* What an IRI can end with; it stands behind that of its value set. */
static bool
is_code(hp_str s)
{
    return s.n > 1 && s.n <= CODE_MAX && s.p[0] == '#' && is_of(hp_str_from(s, 1), "-");
}

/* A literal that N-Quads writes in one way only; there is more than one for control characters. */
static bool
is_literal(hp_str s)
{
    size_t i;

    for (i = 0; i < s.n; i++) {
        if (s.p[i] < 0x20 || s.p[i] == 0x7f)
            return false;
    }
    return s.p != NULL && s.n <= DID_MAX;
}

/* ---- shape ------------------------------------------------------------------ */

bool
hp_did_shaped(const hp_json *object, const char *const *names, size_t must)
{
    size_t i, known = 0;

    for (i = 0; names[i] != NULL; i++) {
        bool there = hp_json_get(object, names[i]) != NULL;

        if (i < must && !there)
            return false;
        known += there;
    }
    return object != NULL && hp_json_kind_of(object) == HP_JSON_OBJECT &&
           hp_json_count(object) == known;
}

bool
hp_did_contexts(const hp_json *given, size_t n)
{
    size_t i;

    for (i = 0; i < CONTEXTS; i++) {
        if (!hp_json_is(hp_json_at(given, i), contexts[i]))
            return false;
    }
    return hp_json_count(given) == n;
}

static bool
is_coded(const hp_json *object)
{
    static const char *const names[] = { "code", NULL };

    return hp_did_shaped(object, names, 1) && is_code(hp_json_text(hp_json_get(object, "code")));
}

bool
hp_did_jwk_shaped(const hp_json *jwk)
{
    static const char *const names[] = { "kty", "kid", "x5c", "crv", "x", "y", "n", "e", NULL };

    return hp_did_shaped(jwk, names, 1);
}

static bool
is_method(const hp_json *method)
{
    static const char *const names[] = { "id", "type", "controller", "publicKeyJwk", "domain",
                                         "participant", "keyusage", NULL };

    if (hp_json_text(method).p != NULL)
        return is_reference(hp_json_text(method));
    return hp_did_shaped(method, names, 7) &&
           hp_did_is_key(hp_json_text(hp_json_get(method, "id"))) &&
           hp_json_is(hp_json_get(method, "type"), "JsonWebKey2020") &&
           hp_did_is(hp_json_text(hp_json_get(method, "controller"))) &&
           hp_did_jwk_shaped(hp_json_get(method, "publicKeyJwk")) &&
           is_coded(hp_json_get(method, "domain")) &&
           is_coded(hp_json_get(method, "participant")) &&
           is_coded(hp_json_get(method, "keyusage"));
}

static bool
read_methods(const hp_json *methods, hp_did *did, hp_error *error)
{
    size_t i;

    if (methods == NULL || hp_json_kind_of(methods) != HP_JSON_ARRAY) {
        hp_error_set(error, "has no array verificationMethod");
        return false;
    }
    did->methods = methods;
    did->n = hp_json_count(methods);
    if (did->n > HP_TRUST_KEYS_MAX) {
        hp_error_set(error, "has %zu entries, expected at most %d", did->n, HP_TRUST_KEYS_MAX);
        return false;
    }
    for (i = 0; i < did->n; i++) {
        if (!is_method(hp_json_at(methods, i))) {
            hp_error_set(error, "entry %zu is not of the one shape that the proof covers", i + 1);
            return false;
        }
    }
    return true;
}

static bool
read_proof(const hp_json *proof, hp_did *did)
{
    static const char *const names[] = { "type", "created", "proofPurpose", "verificationMethod",
                                         "jws", "nonce", NULL };
    const hp_str head = HP_STR(HP_DID_HEADER "..");
    const hp_json *nonce = hp_json_get(proof, "nonce");
    hp_str jws = hp_json_text(hp_json_get(proof, "jws"));

    if (!hp_did_shaped(proof, names, 5) || !hp_str_starts(jws, head))
        return false;
    did->created = hp_json_text(hp_json_get(proof, "created"));
    did->nonce = hp_json_text(nonce);
    did->key = hp_json_text(hp_json_get(proof, "verificationMethod"));
    did->signature = hp_str_from(jws, head.n);
    return hp_json_is(hp_json_get(proof, "type"), "JsonWebSignature2020") &&
           hp_json_is(hp_json_get(proof, "proofPurpose"), "assertionMethod") &&
           is_literal(did->created) && hp_time_read(did->created, false, &did->issued) &&
           (nonce == NULL || is_literal(did->nonce)) &&
           (hp_did_is(did->key) || hp_did_is_key(did->key));
}

/* ---- environments ----------------------------------------------------------- */

/* What follows a mark: nothing or a dot, which is PROD's, or "-uat" and one of those. */
static bool
word_agrees(hp_str rest, hp_env env)
{
    hp_str name = hp_str_of(hp_env_name(env));

    if (rest.n == 0 || rest.p[0] == '.')
        return env == HP_ENV_PROD;
    return rest.p[0] == '-' && rest.n > name.n &&
           strncasecmp((const char *)rest.p + 1, (const char *)name.p, name.n) == 0 &&
           (rest.n == name.n + 1 || rest.p[name.n + 1] == '.');
}

/*
 * A part of a DID may be a host or repository of one environment: "tng-cdn-uat.who.int",
 * "tng-participants-prod"; without a word behind it, it is PROD's.  A mark counts wherever it
 * stands: what has one in its middle belongs to that network, or pretends to.
 */
static bool
part_agrees(hp_str part, hp_env env)
{
    static const hp_str marks[] = { { (const uint8_t *)"tng-cdn", 7 },
                                    { (const uint8_t *)"tng-participants", 16 } };
    size_t i, k;

    for (i = 0; i < part.n; i++) {
        for (k = 0; k < sizeof(marks) / sizeof(marks[0]); k++) {
            hp_str rest = hp_str_from(part, i);

            if (rest.n >= marks[k].n &&
                strncasecmp((const char *)rest.p, (const char *)marks[k].p, marks[k].n) == 0 &&
                !word_agrees(hp_str_from(rest, marks[k].n), env))
                return false;
        }
    }
    return true;
}

bool
hp_did_agrees(hp_str did, hp_env env)
{
    const uint8_t *colon;

    while ((colon = memchr(did.p, ':', did.n)) != NULL) {
        size_t n = (size_t)(colon - did.p);

        if (!part_agrees((hp_str){ did.p, n }, env))
            return false;
        did = hp_str_from(did, n + 1);
    }
    return part_agrees(did, env);
}

bool
hp_did_environment(const hp_json *given, hp_env *env)
{
    size_t i;

    for (i = 0; i < ENVIRONMENTS; i++) {
        if (hp_json_is(hp_json_at(given, CONTEXTS), environments[i].context)) {
            *env = environments[i].env;
            return hp_did_contexts(given, CONTEXTS + 1);
        }
    }
    return false;
}

static bool
read_environment(const hp_json *given, hp_did *did, hp_error *error)
{
    if (!hp_did_environment(given, &did->env)) {
        hp_error_set(error, "has other contexts than the three of GDHCN lists of version 2");
        return false;
    }
    if (hp_did_agrees(did->id, did->env) && hp_did_agrees(did->controller, did->env) &&
        hp_did_agrees(did->key, did->env))
        return true;
    hp_error_set(error, "mixes environments: its context is that of %s, its own id, its controller "
                        "or the key of its proof belong to another", hp_env_name(did->env));
    return false;
}

/* ---- documents -------------------------------------------------------------- */

static bool
read_document(hp_did *did, hp_error *error)
{
    static const char *const names[] = { "@context", "id", "controller", "verificationMethod",
                                         "proof", NULL };

    if (!hp_did_shaped(did->json, names, 5)) {
        hp_error_set(error, "is no GDHCN list of version 2: expected the members @context, id, "
                            "controller, verificationMethod and proof, and no other");
        return false;
    }
    did->id = hp_json_text(hp_json_get(did->json, "id"));
    did->controller = hp_json_text(hp_json_get(did->json, "controller"));
    if (!hp_did_is(did->id) || !hp_did_is(did->controller)) {
        hp_error_set(error, "has an id or a controller that is no DID (did:web:...)");
        return false;
    }
    if (!read_methods(hp_json_get(did->json, "verificationMethod"), did, error))
        return false;
    if (!read_proof(hp_json_get(did->json, "proof"), did)) {
        hp_error_set(error, "has a proof of another form than JsonWebSignature2020 with ES256, "
                            "as version 2 lists have it");
        return false;
    }
    return read_environment(hp_json_get(did->json, "@context"), did, error);
}

bool
hp_did_read(hp_str text, size_t max, hp_did *did, hp_error *error)
{
    *did = (hp_did){ .json = hp_json_load_list(text, max, error) };
    if (did->json == NULL)
        return false;
    if (read_document(did, error))
        return true;
    hp_did_free(did);
    return false;
}

void
hp_did_free(hp_did *did)
{
    hp_json_free(did->json);
    *did = (hp_did){ .json = NULL };
}

static hp_str
code_of(const hp_json *method, const char *name)
{
    return hp_json_text(hp_json_get(hp_json_get(method, name), "code"));
}

bool
hp_did_method_at(const hp_did *did, size_t n, hp_did_method *m)
{
    const hp_json *method = hp_json_at(did->methods, n);

    *m = (hp_did_method){ .id = hp_json_text(method) };
    if (m->id.p != NULL)
        return false;
    m->id = hp_json_text(hp_json_get(method, "id"));
    m->controller = hp_json_text(hp_json_get(method, "controller"));
    m->jwk = hp_json_get(method, "publicKeyJwk");
    m->domain = code_of(method, "domain");
    m->participant = code_of(method, "participant");
    m->usage = code_of(method, "keyusage");
    return true;
}

/* ---- keys ------------------------------------------------------------------- */

typedef bool key_of(hp_crypto *crypto, hp_str one, hp_str other, hp_bytes *spki);

static bool
read_numbers(hp_crypto *crypto, hp_str one, hp_str other, key_of *make, hp_bytes *spki)
{
    uint8_t a[HP_BASE64_BYTES(NUMBER_MAX)], b[HP_BASE64_BYTES(NUMBER_MAX)];
    size_t n_a, n_b;

    return one.p != NULL && other.p != NULL && one.n <= NUMBER_MAX && other.n <= NUMBER_MAX &&
           hp_base64_read(one, HP_BASE64_URL, a, &n_a) &&
           hp_base64_read(other, HP_BASE64_URL, b, &n_b) &&
           make(crypto, (hp_str){ a, n_a }, (hp_str){ b, n_b }, spki);
}

bool
hp_did_jwk_numbers(hp_crypto *crypto, const hp_json *jwk, hp_bytes *spki)
{
    const hp_json *x = hp_json_get(jwk, "x"), *y = hp_json_get(jwk, "y");
    const hp_json *n = hp_json_get(jwk, "n"), *e = hp_json_get(jwk, "e");

    *spki = (hp_bytes){ NULL, 0 };
    if (hp_json_is(hp_json_get(jwk, "kty"), "EC") && n == NULL && e == NULL)
        return read_numbers(crypto, hp_json_text(x), hp_json_text(y), hp_spki_p256, spki);
    if (hp_json_is(hp_json_get(jwk, "kty"), "RSA") && x == NULL && y == NULL)
        return read_numbers(crypto, hp_json_text(n), hp_json_text(e), hp_spki_rsa, spki);
    return false;
}

bool
hp_did_jwk_cert(const hp_json *jwk, hp_bytes *der)
{
    hp_str text = hp_json_text(hp_json_at(hp_json_get(jwk, "x5c"), 0));

    *der = (hp_bytes){ NULL, 0 };
    if (text.p == NULL)
        return false;
    der->p = malloc(HP_BASE64_BYTES(text.n));
    if (der->p != NULL && hp_base64_read(text, HP_BASE64_STANDARD, der->p, &der->n))
        return true;
    hp_bytes_free(der);
    return false;
}

bool
hp_did_jwk_is_of(hp_crypto *crypto, const hp_json *jwk, const hp_cert *cert)
{
    hp_key *listed, *own;
    hp_bytes spki;
    bool same;

    if (!hp_did_jwk_numbers(crypto, jwk, &spki))
        return false;
    listed = hp_key_read(crypto, (hp_str){ spki.p, spki.n });
    own = hp_key_read(crypto, hp_cert_spki(cert));
    same = listed != NULL && own != NULL && hp_key_same(listed, own);
    hp_key_free(own);
    hp_key_free(listed);
    hp_bytes_free(&spki);
    return same;
}
