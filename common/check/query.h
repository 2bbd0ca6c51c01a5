/*
 * Under which keys would a withdrawn pass be listed (revocation, 1)?
 *
 * All are computed from what was verified, so that no other encoding of the same signed content
 * (zlib, tags, unprotected header, s to n-s) has other keys.
 */
#ifndef HP_CHECK_QUERY_H
#define HP_CHECK_QUERY_H

#include "crypto/crypto.h"
#include "format/format.h"

#define HP_LISTED 16 /* bytes of a key: the first of a SHA-256 */

/*
 * Kinds of keys, one bit each.  letter stands for the kind in files and on command lines; the
 * numbers are those of the index, and stay.
 *
 *   SIGNATURE    ES256: r, the first half of the signature.  PS256: all of it
 *   UCI          ci of an entry, exactly as in the pass
 *   COUNTRY_UCI  a country followed by that ci: once with iss, once with co of the entry
 *   PROOF        the Dutch proof identifier: r and min(s, n-s); PS256: the whole signature
 *   RID          SHC: issuer, kid and rid, each followed by a zero byte; in the place of a rid that
 *                a card has not stands the hash-fhir of its bundle (shc, 6)
 *   2D_DOC       2D-DOC: the signed text before its first US (0x1F)
 */
#define HP_LISTED_KINDS(X) \
    X(SIGNATURE,   0, 'S', "signature") \
    X(UCI,         1, 'U', "uci") \
    X(COUNTRY_UCI, 2, 'C', "country-uci") \
    X(PROOF,       3, 'N', "proof") \
    X(RID,         4, 'R', "rid") \
    X(2D_DOC,      5, 'D', "2d-doc")

typedef enum {
#define X(name, number, letter, word) HP_LISTED_##name = (number),
    HP_LISTED_KINDS(X)
#undef X
    HP_LISTED_KINDS_END
} hp_listed_kind;

#define HP_LISTED_BIT(kind) (1u << (kind))
#define HP_LISTED_ALL       ((1u << HP_LISTED_KINDS_END) - 1)

const char *hp_listed_word(hp_listed_kind kind);             /* "signature" */
char hp_listed_letter(hp_listed_kind kind);                  /* 'S' */
bool hp_listed_read(const char *word, hp_listed_kind *kind); /* of the word, or of the letter */

typedef struct {
    hp_listed_kind kind;
    uint8_t hash[HP_LISTED];
} hp_query_key;

#define HP_QUERY_ENTRIES 8 /* entries of one pass that are looked up; an accepted pass has one */
#define HP_QUERY_KEYS    (3 + 3 * HP_QUERY_ENTRIES)

/* All that is looked up for one pass. */
typedef struct {
    hp_query_key keys[HP_QUERY_KEYS];
    size_t n;
    hp_str kid;  /* of its signer: filters are kept by kid; borrowed */
    double made; /* SHC: nbf, which a rid with a time is compared with; else valid_from */
} hp_query;

/* One thing that a pass attests, as the pass has it: no folding, no trimming (revocation, 1). */
typedef struct {
    hp_str ci, country;
} hp_query_entry;

/* All that have a number, of every group; false when there are more than are looked up. */
bool hp_query_entries(const hp_pass *pass, hp_query_entry entries[HP_QUERY_ENTRIES], size_t *n);

/*
 * Makes the keys of those kinds (HP_LISTED_BIT) that a genuine pass has: what nobody lists is not
 * hashed.  False when crypto fails, the arena is full, or the pass has more entries than are looked
 * up.
 */
bool hp_query_make(hp_crypto *crypto, const hp_proof *proof, const hp_pass *pass, unsigned kinds,
                   hp_arena *arena, hp_query *query);

#endif
