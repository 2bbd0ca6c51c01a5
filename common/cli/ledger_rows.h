/*
 * The rows of a re-use ledger, wherever it is, and what logs call their passes.
 * Rows hold keyed ids, counts and an end; nothing in them is anybody's name.
 */
#ifndef HP_CLI_LEDGER_ROWS_H
#define HP_CLI_LEDGER_ROWS_H

#include "policy/policy.h"

/* One pass under one identity key; which of the ring's it is, nobody knows. */
typedef struct {
    uint8_t pass[HP_ID]; /* its ledger id */
    unsigned count;      /* different ones that it was shown for */
    unsigned places;     /* those of them that were within the limit */
    double ends;         /* when the last of them ends, seconds since 1970 UTC */
} hp_ledger_row;

typedef struct {
    hp_ledger_row *all;
    size_t n, room;
} hp_ledger_rows;

void hp_ledger_rows_free(hp_ledger_rows *rows);

/*
 * Reads all rows of the policy's ledger, or of what nginx shows at the URL from (NULL: none was
 * given), the most shown pass first.  False with *error; free the rows in any case.
 */
bool hp_ledger_rows_read(const hp_policy *policy, const char *from, double now,
                         hp_ledger_rows *rows, hp_error *error);

/* The same from the text that nginx's healthpass_status top gives. */
bool hp_ledger_rows_json(hp_str text, double now, hp_ledger_rows *rows, hp_error *error);

/* Which ledger that is: the URL, or as the policy has it. */
#define HP_LEDGER_NAMED 160
const char *hp_ledger_named(const hp_policy *policy, const char *from,
                            char text[HP_LEDGER_NAMED]);

/*
 * What logs called the pass on a day (since 1970; those of another scope have none), if the n-th
 * key of the ring was the newest then, and the row is of that key.  False when crypto fails.
 */
bool hp_ledger_shown(const hp_policy *policy, size_t nth, uint64_t day, const hp_ledger_row *row,
                     uint8_t id[HP_ID]);

/* Do ids change daily? */
bool hp_ledger_by_day(const hp_policy *policy);

#endif
