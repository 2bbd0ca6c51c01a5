/*
 * Writes HC1 texts, the reverse of hc1.c: DCC map -> CWT -> COSE_Sign1 -> zlib ->
 * Base45.  For throw-away passes of demos and tests, so it can also write the odd
 * forms that real issuers use and the wrong ones that a gate must refuse.
 *
 * Linked into healthpassctl only.
 */
#ifndef HP_FORMAT_HC1_WRITE_H
#define HP_FORMAT_HC1_WRITE_H

#include "base/str.h"
#include "crypto/sign.h"

#define HP_HC1_TEXT_ROOM (512 * 1024) /* characters of the longest text that is written */

typedef enum {
    HP_HC1_TAG_18, /* COSE_Sign1 (RFC 9052 2): what the specification says */
    HP_HC1_TAG_NONE,
    HP_HC1_TAG_61,   /* CWT (RFC 8392 6) alone */
    HP_HC1_TAG_61_18 /* CWT around COSE_Sign1 */
} hp_hc1_tag;

typedef enum {
    HP_HC1_PROTECTED,
    HP_HC1_UNPROTECTED,
    HP_HC1_BOTH,
    HP_HC1_NOWHERE
} hp_hc1_header;

/* What is to be written; zeros are what the specification says. */
typedef struct {
    const hp_signer *signer;
    hp_str kid;
    hp_str iss;      /* claim 1; empty leaves it out */
    double iat, exp; /* claims 6 and 4; whole ones are written as integers */
    hp_str dcc;      /* the payload, CBOR: a DCC map, or what belongs to another label */
    int64_t label;   /* of the payload in claim -260; 0: HP_HCERT_DCC */
    hp_str also;     /* further members of claim -260, CBOR */
    size_t n_also;   /* how many */
    hp_str pad;      /* goes beside the payload as member 2 of claim -260, which readers ignore */
    int level;       /* zlib, 0 to 9 */
    hp_hc1_tag tag;
    hp_hc1_header kid_in, alg_in;
    bool float_times; /* write whole times as doubles too */
    bool no_iat, no_exp;
    bool forge; /* a signature of the right form that does not hold */
} hp_hc1_wish;

/*
 * Writes the text, without a closing zero, to text, which has room for
 * HP_HC1_TEXT_ROOM characters, and its length to *n.  False when it is too long, a
 * signature fails, or memory ran out.
 */
bool hp_hc1_write(const hp_hc1_wish *wish, char *text, size_t *n);

#endif
