/*
 * The proof of a GDHCN list: JsonWebSignature2020 with ES256 (trust-lists, 3.4).
 *
 * The signature is over hashes of two texts of N-Quads, one of the document and one of the proof.
 * For the one shape that did.c lets through they are built line by line; RDF canonicalisation
 * has nothing to do there, because every subject but the proof itself has a name.
 *
 * A text of N-Quads is a set of lines: the order of entries is not protected, and neither is that
 * an entry stands there twice.  Which attribute belongs to which of two different entries of
 * one id could not be told either, so there must be no such two.
 */
#ifndef HP_FEED_DID_PROOF_H
#define HP_FEED_DID_PROOF_H

#include "crypto/pin.h"
#include "feed/did.h"

/* Lines in their order, each with its line feed; they point into text. */
typedef struct {
    hp_bytes text;
    hp_str *lines;
    size_t n;
} hp_nquads;

/* The two texts; false with *error when the document has none, and then nothing is to be freed. */
bool hp_did_nquads(const hp_did *did, hp_nquads *quads, hp_error *error);
bool hp_did_proof_nquads(const hp_did *did, hp_nquads *quads, hp_error *error);
void hp_nquads_free(hp_nquads *quads);

/* The bytes that the signature is over: header, ".", and the two hashes. */
#define HP_DID_SIGNED (sizeof(HP_DID_HEADER) - 1 + 1 + 2 * HP_SHA256)

bool hp_did_signed(hp_crypto *crypto, const hp_did *did, uint8_t message[HP_DID_SIGNED],
                   hp_error *error);

/* Does the proof hold with the pinned key, which must be one of P-256? */
bool hp_did_verify(hp_crypto *crypto, const hp_did *did, const uint8_t message[HP_DID_SIGNED],
                   const hp_pin *pin);

#endif
