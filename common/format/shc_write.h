/*
 * Writes SMART Health Cards, the reverse of shc.c: claims -> raw deflate -> JWS -> digits.  For
 * throw-away cards of demos and tests.
 *
 * Linked into healthpassctl only.
 */
#ifndef HP_FORMAT_SHC_WRITE_H
#define HP_FORMAT_SHC_WRITE_H

#include "codec/json.h"
#include "crypto/sign.h"

#define HP_SHC_JWS_ROOM  (64 * 1024)             /* characters of the longest JWS that is written */
#define HP_SHC_TEXT_ROOM (2 * HP_SHC_JWS_ROOM + 4096) /* and of its digits, in chunks or not */
#define HP_SHC_KID       44                      /* characters of a key id, with a closing zero */

/* The id of the signer's key: its thumbprint (RFC 7638).  False: it is not on P-256. */
bool hp_shc_kid(const hp_signer *signer, char kid[HP_SHC_KID]);

/*
 * The issuer with its key, in the layout of the VCI directory's snapshot (feed/vci.c), of that
 * time: what a gate is to trust.  NULL when memory ran out or it is not on P-256.
 */
hp_json *hp_shc_directory(const hp_signer *signer, const char *iss, double time);

/* What is to be written. */
typedef struct {
    const hp_signer *signer;
    const char *iss;
    double nbf, exp; /* whole ones are written so; exp NAN: none */
    const char *rid; /* NULL: none */
    bool forge;      /* a signature of the right form that does not hold */
} hp_shc_wish;

/*
 * The card of a FHIR bundle, which is taken over in any case, as a JWS of *n characters.  False
 * when it is too long, the signature fails, or memory ran out.
 */
bool hp_shc_write(const hp_shc_wish *wish, hp_json *bundle, char jws[HP_SHC_JWS_ROOM], size_t *n);

/* The same of claims as they are. */
bool hp_shc_write_claims(const hp_shc_wish *wish, hp_str claims, char jws[HP_SHC_JWS_ROOM],
                         size_t *n);

/* The texts of its QR codes: one, or so many chunks, one a line. */
bool hp_shc_write_codes(hp_str jws, unsigned chunks, char text[HP_SHC_TEXT_ROOM], size_t *n);

#endif
