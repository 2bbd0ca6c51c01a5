/*
 * A clearance stands for passes that were judged: a short-lived token, which the visitor keeps in
 * place of them.  It names nobody and says nothing of a pass; whoever has the key can tell that it
 * is ours, for how long, and whether it was won with the values that are asked for now.
 *
 *     version 1   1 byte      policy  16 bytes, what the passes were judged by
 *     kind 'C'    1           values  16, keyed: what it was won with
 *     ids         1           ids     16 each: keyed ledger ids of the passes, to be looked up in
 *     issued      8               the deny list
 *     until       8           MAC     32: HMAC-SHA-256 over a word, the scope and all before
 *
 * in that order by columns, as base64url without padding.  Numbers are big-endian; times are whole
 * seconds since 1970.
 *
 * An exemption is staff's word that a booking needs no pass for one person, once, and never says
 * why: kind 'X', no policy, one id, which is random; as "HPX1:" and base45, a text for a QR code.
 */
#ifndef HP_CHECK_CLEARANCE_H
#define HP_CHECK_CLEARANCE_H

#include "check/clearance_key.h"
#include "check/identity.h"
#include "codec/base45.h"
#include "codec/base64.h"

#define HP_CLEARANCE_IDS   128 /* of all passes, under each identity key */
#define HP_CLEARANCE_SCOPE 64  /* bytes of a scope's name */
#define HP_CLEARANCE_HEAD  (19 + 2 * HP_ID)
#define HP_CLEARANCE_BYTES (HP_CLEARANCE_HEAD + HP_CLEARANCE_IDS * HP_ID + HP_SHA256)
#define HP_CLEARANCE_TEXT  HP_BASE64_TEXT(HP_CLEARANCE_BYTES) /* with a closing zero */

#define HP_EXEMPTION_MARK  "HPX1:"
#define HP_EXEMPTION_BYTES (HP_CLEARANCE_HEAD + HP_ID + HP_SHA256)
#define HP_EXEMPTION_TEXT  (sizeof(HP_EXEMPTION_MARK) + HP_BASE45_ENCODED(HP_EXEMPTION_BYTES))

#define HP_CLEARANCE_SLACK 60 /* seconds that clocks of one fleet may differ by */

/* One of the values that it is won with, under its name; borrowed. */
typedef struct {
    hp_str name; /* up to 255 bytes */
    hp_str value;
} hp_clearance_value;

/* Where it is good, and for whom.  The order of values counts. */
typedef struct {
    hp_str scope; /* may be empty; up to HP_CLEARANCE_SCOPE bytes */
    const hp_clearance_value *values;
    size_t n;
} hp_clearance_for;

typedef struct {
    uint64_t issued, until; /* good at issued, no more at until */
    uint8_t policy[HP_ID];
    size_t n;
    uint8_t ids[HP_CLEARANCE_IDS][HP_ID];
} hp_clearance;

typedef enum {
    HP_CLEARANCE_GOOD,
    HP_CLEARANCE_MALFORMED, /* cut, damaged, of another version: no clearance */
    HP_CLEARANCE_FOREIGN,   /* of another key or scope, or forged */
    HP_CLEARANCE_EXPIRED,   /* or not issued yet */
    HP_CLEARANCE_CHANGED,   /* the policy, or a list of withdrawn passes, did since */
    HP_CLEARANCE_OTHERS,    /* was won with other values */
    HP_CLEARANCE_BLOCKED,   /* a pass of it was withdrawn here */
    HP_CLEARANCE_FAILED     /* our side: crypto */
} hp_clearance_found;

/* For the operator's log: "expired". */
const char *hp_clearance_word(hp_clearance_found found);

/*
 * Writes it under the newest key.  False when crypto fails, there is no id, or scope or a name is
 * too long: there is no clearance then.
 */
bool hp_clearance_write(const hp_clearance_keys *keys, const hp_clearance *clearance,
                        const hp_clearance_for *whom, char text[HP_CLEARANCE_TEXT]);

/*
 * Reads what a visitor gave, of any length: HP_CLEARANCE_GOOD with *clearance when it is genuine,
 * in time at now and was won with these values.  What its policy and ids are worth is not asked.
 */
hp_clearance_found hp_clearance_read(const hp_clearance_keys *keys, hp_str text,
                                     const hp_clearance_for *whom, double now,
                                     hp_clearance *clearance);

/* The same of an exemption, which has one id and no policy.  text ends with a zero. */
bool hp_exemption_write(const hp_clearance_keys *keys, const hp_clearance *exemption,
                        const hp_clearance_for *whom, char text[HP_EXEMPTION_TEXT]);
hp_clearance_found hp_exemption_read(const hp_clearance_keys *keys, hp_str text,
                                     const hp_clearance_for *whom, double now,
                                     hp_clearance *exemption);

/* Does it look like one? */
bool hp_exemption_is(hp_str text);

/* Whom an exemption is for is one value, the booking. */
#define HP_EXEMPTION_FOR HP_STR("booking")

#endif
