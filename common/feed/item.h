/*
 * Entries of the EU gateway's trust lists, which Germany's list has too (trust-lists, 1.1):
 *
 *     {"kid": ..., "timestamp": "2021-06-01T12:00:00Z", "country": "XA",
 *      "certificateType": "DSC", "thumbprint": ..., "signature": ..., "rawData": ...}
 *
 * kid, signature and rawData are Base64; the thumbprint is the certificate's SHA-256 in
 * hexadecimal digits.  No part of an entry but the certificate is covered by the signature, and
 * the time that the signature itself gives.
 */
#ifndef HP_FEED_ITEM_H
#define HP_FEED_ITEM_H

#include "base/hex.h"
#include "codec/json.h"
#include "feed/feed.h"

#define HP_ITEM_CERT_MAX      16384 /* bytes of a certificate */
#define HP_ITEM_SIGNATURE_MAX 16384 /* bytes of its CMS */

typedef enum {
    HP_ITEM_DSC,    /* signs passes */
    HP_ITEM_CSCA,   /* issues DSCs */
    HP_ITEM_UPLOAD, /* signs the DSC entries of its country */
    HP_ITEM_AUTHENTICATION, /* opens its country's connections to the gateway */
    HP_ITEM_OTHER   /* any other, and what is no entry at all */
} hp_item_type;

hp_item_type hp_item_type_of(const hp_json *json);

typedef struct {
    char which[HP_HEX_TEXT(HP_KID)]; /* the kid in hexadecimal digits */
    char country[3];
    uint8_t kid[HP_KID];
    uint8_t digest[HP_SHA256]; /* of the certificate */
    double timestamp;
    hp_str signature; /* as Base64, borrowed from the JSON */
    hp_str cert;      /* DER, in room */
    uint8_t room[HP_ITEM_CERT_MAX];
} hp_item;

/*
 * Reads an entry whose kid and thumbprint are its certificate's.  False when it is to be left
 * out, which has been told to the import then; nth is its position for that, from 0.
 */
bool hp_item_read(hp_import *import, const hp_json *json, size_t nth, hp_item *item);

/* Leaves the n-th entry out because nobody asks for its type. */
void hp_item_pass(hp_import *import, const hp_json *json, size_t nth);

/*
 * Does the entry's own signature hold, made by one of the certificates (DER)?  *signer: which.
 * Where the signature says when it was made, that is the entry's timestamp from then on: the
 * other one is not signed.
 */
bool hp_item_signed_by(hp_crypto *crypto, hp_item *item, const hp_str *signers, size_t n,
                       size_t *signer);

/* The certificate that claims to have signed it: its SHA-256.  It proves nothing. */
bool hp_item_claimed(hp_crypto *crypto, const hp_json *json, uint8_t fingerprint[HP_SHA256]);

#endif
