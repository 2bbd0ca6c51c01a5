/*
 * One key of a SMART Health Cards issuer as a JWK (RFC 7517), and sets of them.
 *
 * The key id is not believed but made anew from the key (RFC 7638), so that a list cannot put a
 * key under the id of another.
 */
#ifndef HP_FEED_JWK_H
#define HP_FEED_JWK_H

#include "codec/json.h"
#include "feed/feed.h"

/* Can it be the `iss` of a card: https, no slash at its end, nothing that a URL cannot have? */
bool hp_jwk_issuer(hp_str iss);

/*
 * Takes the keys of one issuer, an array of JWKs.  A key that is left out is no failure: false
 * only when memory ran out or the list is too long, with *error.
 */
bool hp_jwk_take(hp_import *import, hp_str iss, const hp_json *keys, hp_error *error);

#endif
