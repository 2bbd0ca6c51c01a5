/*
 * DID documents of WHO's GDHCN (trust-lists, 3.3): the shape that they have, and no other.
 *
 * What makes a list believable is the proof in it, and the proof covers what JSON-LD makes of the
 * document.  We do not interpret JSON-LD; we know what it makes of this one shape.  A member, a
 * context or a character that is not of it could say something that the proof does not cover,
 * so such a document is refused whole.
 */
#ifndef HP_FEED_DID_H
#define HP_FEED_DID_H

#include "check/record.h"
#include "codec/json.h"
#include "crypto/crypto.h"

#define HP_DID_HEADER "eyJiNjQiOmZhbHNlLCJjcml0IjpbImI2NCJdLCJhbGciOiJFUzI1NiJ9"

/* One list with its proof.  What it points to is borrowed from json. */
typedef struct {
    hp_json *json;
    hp_env env;            /* as id, controller, context and proof agree on */
    hp_str id, controller; /* DIDs, of characters that no IRI escapes */
    const hp_json *methods;
    size_t n;              /* of methods */
    hp_str created, nonce; /* of the proof; nonce.p is NULL when there is none */
    double issued;         /* created, seconds since 1970 UTC */
    hp_str key;            /* the DID that claims to have signed it */
    hp_str signature;      /* Base64url */
} hp_did;

/* An element of verificationMethod: a key. */
typedef struct {
    hp_str id;         /* a DID and a fragment */
    hp_str controller;
    const hp_json *jwk;
    hp_str domain, participant, usage; /* codes, each with its "#" */
} hp_did_method;

/*
 * Reads a list.  True: every part of it is of the shape; nothing is said of the proof.  On false
 * with *error there is nothing to free.
 */
bool hp_did_read(hp_str text, size_t max, hp_did *did, hp_error *error);
void hp_did_free(hp_did *did);

/* The n-th key; false when the element is no key but a reference, which is m->id then. */
bool hp_did_method_at(const hp_did *did, size_t n, hp_did_method *m);

/* ---- what signing documents share with lists ------------------------------------------------- */

/* Is it an object with the first `must` of these members, and nothing beside them all? */
bool hp_did_shaped(const hp_json *object, const char *const *names, size_t must);

/* "did:web:...", of characters that need no escape; and one with a fragment, a key's. */
bool hp_did_is(hp_str s);
bool hp_did_is_key(hp_str s);

/* Are these n contexts, and the first two of them those of every document? */
bool hp_did_contexts(const hp_json *contexts, size_t n);

/* The environment that the third of three contexts names; false when they are other ones. */
bool hp_did_environment(const hp_json *contexts, hp_env *env);

/* Do all marks of an environment in the DID ("tng-cdn-dev.who.int") agree with env? */
bool hp_did_agrees(hp_str did, hp_env env);

/* May the object stand for a key: has it members of a JWK, and no other? */
bool hp_did_jwk_shaped(const hp_json *jwk);

/* The key by its numbers: x and y, or n and e.  False when they are none; *spki is the caller's. */
bool hp_did_jwk_numbers(hp_crypto *crypto, const hp_json *jwk, hp_bytes *spki);

/* The key's certificate, x5c[0] (DER); false when there is none.  *der is the caller's. */
bool hp_did_jwk_cert(const hp_json *jwk, hp_bytes *der);

/* Are its numbers those of the certificate's key? */
bool hp_did_jwk_is_of(hp_crypto *crypto, const hp_json *jwk, const hp_cert *cert);

#endif
