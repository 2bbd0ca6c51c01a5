/*
 * A JWS in its compact form (RFC 7515, 3.1), read and believed by nobody yet.
 *
 * Three parts of base64url without padding, joined by dots: header, payload, signature.  What was
 * signed is the text of the first two.  An empty signature is one that does not hold, and the bits
 * behind the last byte of one are signed by nobody: they may be anything (shc, 8).
 */
#ifndef HP_CODEC_JWS_H
#define HP_CODEC_JWS_H

#include "base/arena.h"
#include "base/node.h"

typedef struct {
    const hp_node *header; /* an object */
    hp_str payload;        /* its bytes */
    hp_str signature;
    hp_str tbs;            /* borrows from the text */
} hp_jws;

/* Are these three parts, of letters that they may have?  Nothing is decoded. */
bool hp_jws_is(hp_str text);

/*
 * Splits and decodes.  False when it is no JWS, its header no JSON object, or one that names
 * extensions that must be understood (crit: RFC 7515, 4.1.11), or when the arena is full.
 */
bool hp_jws_read(hp_str text, hp_arena *arena, hp_jws *jws);

#endif
