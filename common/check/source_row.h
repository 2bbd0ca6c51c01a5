/*
 * A source as a row: the same in the trust store and in the revocation index.
 *
 *     name, feed (texts), issued, dated, expires, fetched, max_age (8 each), 4 is it signed,
 *     32 signer, 32 digest, 4 entries, 4 keys, 16 counts of skipped entries (4 each)
 */
#ifndef HP_CHECK_SOURCE_ROW_H
#define HP_CHECK_SOURCE_ROW_H

#include "check/record.h"
#include "check/row.h"

#define HP_SOURCE_SKIPS 16u /* room for more kinds of skipped entries */
#define HP_SOURCE_ROW \
    (HP_SOURCE_NAME + HP_SOURCE_FEED + 5 * 8 + 4 + 2 * HP_SHA256 + 2 * 4 + HP_SOURCE_SKIPS * 4)

/* Marks the cursor bad when the row cannot be. */
void hp_source_row_read(hp_cur *c, hp_source *source);

/* Writes HP_SOURCE_ROW bytes at *to, and moves *to behind them. */
void hp_source_row_write(uint8_t **to, const hp_source *source);

#endif
