/*
 * The deny list: what the operator of this place has blocked himself, in force at once.
 *
 * A text file, one block a line, that `healthpassctl revoke add` and `remove` replace by rename.
 * It holds hashes only.  healthpass-denylist(5) is its manual.
 *
 *     healthpass deny list 1
 *     S 1d544387ac3d459ef42da021ef54966f added=2026-11-27T23:00:00Z until=... reason="..."
 */
#ifndef HP_CHECK_DENY_H
#define HP_CHECK_DENY_H

#include "base/error.h"
#include "check/identity.h"
#include "check/query.h"
#include "crypto/key.h"

#define HP_DENY_MAX      (32u << 20) /* bytes of a deny list */
#define HP_DENY_BLOCKS   200000      /* blocks in it */
#define HP_DENY_LENGTHS  16          /* different lengths of UCI prefixes */
#define HP_DENY_DELAY    60.0        /* seconds until the last gate of a fleet has a block */
#define HP_DENY_REASON   96          /* characters of a reason, closing zero included */

/*
 * Kinds of blocks: the keys of lists (check/query.h), and
 *   'L'  a ledger id (check/identity.h), keyed by this place's identity key
 *   'I'  a certificate's number without "URN:UVCI:", in capitals: hash16 of it
 *   'P'  the same of its first characters, written with their number: P12
 */
typedef struct {
    char kind;            /* S U C N R D, L, I, P */
    unsigned length;      /* P: characters */
    uint8_t hash[HP_LISTED];
    double added, until;  /* seconds since 1970 UTC; until HP_TIME_LAST: for ever */
    char reason[HP_DENY_REASON]; /* the operator's words, printable ASCII; may be empty */
} hp_block;

typedef struct hp_deny hp_deny;

#define HP_MARK_KIDS 8 /* key ids that one signer is listed by */

/* All that a genuine pass could be listed under. */
typedef struct {
    hp_query query;
    uint8_t ledger[HP_IDENTITIES][HP_ID]; /* its ledger id by each key of the ring, newest first */
    size_t n_ledger;
    /* Made for whoever asks for the marks, to be looked up when the pass itself is gone. */
    uint8_t numbers[HP_QUERY_ENTRIES][HP_LISTED]; /* what blocks of kind 'I' are compared with */
    size_t n_numbers;
    uint8_t kids[HP_MARK_KIDS][HP_KID]; /* of its signer: filters are kept by them */
    size_t n_kids;
} hp_marks;

/*
 * Reads the text of a deny list, named path in errors.  NULL with *error, which names the line,
 * when any line is not as it must be: a list that is half read blocks half of it.
 */
hp_deny *hp_deny_read(const char *path, hp_str text, hp_error *error);
void hp_deny_free(hp_deny *deny);

size_t hp_deny_count(const hp_deny *deny);
const hp_block *hp_deny_at(const hp_deny *deny, size_t nth); /* in the order of the look-up */

unsigned hp_deny_kinds(const hp_deny *deny); /* HP_LISTED_BIT of the list keys in it */
bool hp_deny_wants_ledger(const hp_deny *deny);

/* Can the text be a reason: printable ASCII without quotes, short enough; it may be empty? */
bool hp_deny_reason(hp_str text);

/* Writes one block as a line, with its line end; cut when it does not fit (HP_DENY_LINE does). */
#define HP_DENY_LINE 256
#define HP_DENY_HEAD "healthpass deny list 1\n"
size_t hp_deny_write(const hp_block *block, char line[HP_DENY_LINE]);

/*
 * Is the pass blocked at now?  ledger is its n ledger ids, one for each identity key of the ring.
 * True in *denied when so.  False when crypto fails or memory runs out: nobody knows.
 */
bool hp_deny_find(hp_crypto *crypto, const hp_deny *deny, const hp_query *query,
                  const hp_pass *pass, const uint8_t (*ledger)[HP_ID], size_t n, double now,
                  hp_arena *arena, bool *denied);

/* Makes the numbers of the marks.  False when crypto fails or memory runs out. */
bool hp_deny_numbers(hp_crypto *crypto, const hp_pass *pass, hp_arena *arena, hp_marks *marks);

/* The same of marks alone, but for beginnings of numbers. */
bool hp_deny_has(const hp_deny *deny, const hp_marks *marks, double now);

/* Is there a beginning of a number that is blocked at now, and may not have been at since? */
bool hp_deny_prefix_since(const hp_deny *deny, double since, double now);

/* The same of ledger ids alone: is one of them blocked at now? */
bool hp_deny_has_ledger(const hp_deny *deny, const uint8_t (*ledger)[HP_ID], size_t n, double now);

/*
 * A number for the blocks that are no ledger ids, which changes with them: whoever kept ledger ids
 * of a pass, and no more, cannot know whether those are of it.
 */
uint64_t hp_deny_mark(const hp_deny *deny);

#endif
