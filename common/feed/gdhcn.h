/* What else of a GDHCN list an operator hands over: see gdhcn.c for the lists themselves. */
#ifndef HP_FEED_GDHCN_H
#define HP_FEED_GDHCN_H

#include "feed/feed.h"

extern const hp_feed hp_feed_gdhcn;

/*
 * Reads the key out of a signing DID document: the did.json of the DID that a list's proof
 * names as its verificationMethod.  Nothing in the document proves that it is WHO's: that is
 * the operator's to know.  It must hold exactly one key, P-256, that agrees with its own
 * certificate and key id where it has them.  On true *pin is the caller's, and *envs holds
 * HP_GDHCN_OF() of each environment whose document it may be: of one, where its DIDs or context
 * name it, else of all.  False with *error.
 */
#define HP_GDHCN_OF(env) (1u << (unsigned)(env))
bool hp_gdhcn_pin(hp_crypto *crypto, hp_str did, hp_pin **pin, unsigned *envs, hp_error *error);

#endif
