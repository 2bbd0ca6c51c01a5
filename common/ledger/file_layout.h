/*
 * How a ledger lies in its file, in the machine's own byte order: a head, a key for each row, the
 * rows.  None of them crosses a page, so that a process that is killed has written it whole or not
 * at all.
 *
 *     0         head, the rest of its page is empty
 *     4096      HP_LEDGER_FILE_PASSES keys of 16 bytes, each of the row with its number
 *     266240    rows of 1024 bytes, as many as there were ever needed at one time
 *
 * A row is written before its key.  So the last row may have an empty key, and a row may be another
 * pass's than its key says: of a use that nobody was answered.
 */
#ifndef HP_LEDGER_FILE_LAYOUT_H
#define HP_LEDGER_FILE_LAYOUT_H

#include "ledger/file.h"

#define HP_LEDGER_MAGIC   "hpledger"
#define HP_LEDGER_VERSION 1u
#define HP_LEDGER_KEYS    4096u
#define HP_LEDGER_RECORD  1024u
#define HP_LEDGER_RECORDS (HP_LEDGER_KEYS + HP_LEDGER_FILE_PASSES * sizeof(hp_ledger_key))

typedef struct {
    char magic[8];
    uint32_t version;
    uint32_t passes;  /* HP_LEDGER_FILE_PASSES */
    char boot[40];    /* the kernel's boot_id, filled up with zeros */
    uint64_t check;   /* of what stands before */
} hp_ledger_head;

/* What is looked through for a pass: the rows themselves would take their time. */
typedef struct {
    uint64_t tag;   /* the pass's first bytes */
    uint32_t end;   /* of the row: from then on another pass may have it */
    uint32_t check; /* of tag, end and number; all zero: was never used */
} hp_ledger_key;

/* A row, with room for all its slots, and behind it what is the file's. */
typedef union {
    hp_use_row row;
    uint8_t bytes[HP_LEDGER_RECORD];
} hp_ledger_record;

#define HP_LEDGER_SINCE (HP_LEDGER_RECORD - 12) /* uint32_t: when the pass came in */
#define HP_LEDGER_CHECK (HP_LEDGER_RECORD - 8)  /* uint64_t, of what stands before, and number */

_Static_assert(sizeof(hp_use_row) + HP_USE_SLOTS * sizeof(hp_use_slot) <= HP_LEDGER_SINCE,
               "a row has room in a record");

/* Against damage, not against forgers: whoever can write the file needs none. */
uint64_t hp_ledger_check(const void *bytes, size_t n, uint64_t number);
uint32_t hp_ledger_key_check(const hp_ledger_key *key, uint32_t number);

#endif
