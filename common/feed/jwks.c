/*
 * The keys of one issuer of SMART Health Cards: what it serves at its own
 * <iss>/.well-known/jwks.json (trust-lists, 5), {"keys": [JWK ...]}.
 *
 * It is never signed and does not say whose keys they are: the operator says both that it may
 * be taken, and the issuer's URL.  No pass can make anybody fetch one.
 */
#include "feed/jwk.h"

static bool
is_key_set(const hp_feed_file *file)
{
    hp_error ignored;
    hp_json *json;
    bool good;

    if (file->bytes.n == 0 || file->bytes.p[0] != '{' ||
        memmem(file->bytes.p, file->bytes.n, "\"kty\"", 5) == NULL)
        return false;
    json = hp_json_load_list(file->bytes, HP_FEED_MAX, &ignored);
    good = json != NULL && hp_json_get(json, "keys") != NULL &&
           hp_json_kind_of(hp_json_get(json, "keys")) == HP_JSON_ARRAY;
    hp_json_free(json);
    return good;
}

static bool
take_keys(hp_import *import, const hp_json *set, hp_error *error)
{
    const hp_json *keys = hp_json_get(set, "keys");

    if (keys == NULL || hp_json_kind_of(keys) != HP_JSON_ARRAY) {
        hp_error_set(error, "is no JWK set: has no array keys");
        return false;
    }
    return hp_jwk_take(import, hp_str_of(import->terms->issuer), keys, error);
}

static bool
check(const hp_import *import, const hp_feed_input *input, hp_error *error)
{
    const hp_feed_terms *terms = import->terms;

    if (input->n != 1 || input->files[0].bytes.p == NULL)
        hp_error_set(error, "expected one file, the issuer's jwks.json");
    else if (terms->n_pins > 0 || input->signature.path != NULL)
        hp_error_set(error, "a JWK set is never signed, so nothing can be pinned");
    else if (terms->issuer == NULL)
        hp_error_set(error, "does not say whose keys it holds, expected --issuer URL");
    else if (!hp_jwk_issuer(hp_str_of(terms->issuer)))
        hp_error_set(error, "the issuer must be a URL as in its cards: https://, no user name, no "
                            "\".\" or \"..\" in its path, no slash at its end");
    else
        return hp_feed_unpinned(import, &hp_feed_jwks, NULL, error);
    return false;
}

static bool
read_key_set(hp_import *import, const hp_feed_input *input, hp_error *error)
{
    hp_json *set;
    bool good;

    if (!check(import, input, error))
        return false;
    set = hp_json_load_list(input->files[0].bytes, HP_FEED_MAX, error);
    good = set != NULL && take_keys(import, set, error);
    hp_json_free(set);
    /* It has no time of its own: its age counts from when it was fetched. */
    import->source->dated = import->terms->now;
    return good;
}

const hp_feed hp_feed_jwks = {
    .name = "jwks",
    .summary = "SMART Health Cards: the keys of one issuer, its jwks.json",
    .pin = "nothing: a JWK set is never signed, and comes in with --unsigned jwks only",
    .heeds = HP_FEED_ISSUER,
    .is = is_key_set,
    .read = read_key_set,
};
