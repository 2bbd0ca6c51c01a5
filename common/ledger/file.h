/*
 * file.h: the ledger of one machine's processes, in a file that all of them open anew at each
 * call, and any of which may be killed at any time.
 *
 * Rows of ledger/use.h under an exclusive lock, each written by one pwrite() that crosses no page
 * and has a check, so that a kill leaves whole rows and loses no use that was answered.  Time is
 * the kernel's since boot, suspended or not: a clock that is set changes nothing, and another
 * boot begins a new ledger.  What is no ledger, or is damaged, is never emptied: nobody can be let
 * in until somebody removes it.
 *
 * The file is made with mode 0600, and its folder with 0700 if there is none; both must be root's
 * or the effective user's, and no one else's to write.
 *
 * Where a function says false, *error says why, for the log.
 */
#ifndef HP_LEDGER_FILE_H
#define HP_LEDGER_FILE_H

#include "base/error.h"
#include "ledger/use.h"

/* Passes at most whose uses are not over; a file has 1 KiB for each, and 260 KiB beside. */
#define HP_LEDGER_FILE_PASSES 16384u

/* Could a use be written?  For those who want to know before they ask anybody for a pass. */
bool hp_ledger_file_ready(const char *path, hp_error *error);

/* Uses the pass.  False: answer->state is HP_USE_AWAY, or HP_USE_FULL. */
bool hp_ledger_file_take(const char *path, const hp_use *use, const hp_use_terms *terms,
                         hp_use_answer *answer, hp_error *error);

/* Ends a reservation, as hp_use_end() does.  What is not ended stays a use. */
bool hp_ledger_file_end(const char *path, const hp_use *use, bool commit, hp_error *error);

/*
 * In how many seconds will fewer than limit be in the pass's row?  0: there are now.  False also
 * when there is no room for it: what nobody can count is not within a limit.
 */
bool hp_ledger_file_wait(const char *path, const uint8_t pass[HP_ID], unsigned limit,
                         uint32_t *seconds, hp_error *error);

/* One pass under one identity key: what `ledger top` shows. */
typedef struct {
    uint8_t pass[HP_ID];
    unsigned count, placed; /* different ones, and those who have a place */
    uint32_t since;         /* seconds ago: it was shown for the first time */
    uint32_t left;          /* seconds until the last of them ends */
} hp_ledger_file_row;

/* False: do not go on. */
typedef bool hp_ledger_file_told(void *context, const hp_ledger_file_row *row);

/*
 * Tells all rows that are not over, in no order, as they stood at one moment; the ledger is not
 * locked meanwhile.  No file is a ledger without rows.  True also when told stopped it.
 */
bool hp_ledger_file_each(const char *path, hp_ledger_file_told *told, void *context,
                         hp_error *error);

#endif
