/*
 * redis.h: the ledger of a fleet, in Redis or Valkey.
 *
 * Rows of ledger/use.h under "healthpass:use:", the pass's keyed id in hex and, of logins, ":pam".
 * One script decides, atomically and by Redis' own clock, exactly as ledger/use.c does: see
 * redis_script.c.  Redis sees keyed ids and times, and every row has an end there (PEXPIREAT).
 *
 * A take says until when it is wanted, by Redis' clock: what a frozen Redis reads when it is awake
 * again, and nobody waits for any more, is not done.
 */
#ifndef HP_LEDGER_REDIS_H
#define HP_LEDGER_REDIS_H

#include "ledger/redis_link.h"
#include "ledger/use.h"

/* ---- blocking, on what hp_redis_open() gave ------------------------------------------------ */

/*
 * Uses the pass.  False: answer->state is HP_USE_AWAY, or HP_USE_FULL when Redis is at its
 * maxmemory, and *error says why.
 */
bool hp_redis_take(hp_redis *redis, const hp_use *use, const hp_use_terms *terms,
                   hp_use_answer *answer, hp_error *error);

/* Ends a reservation, as hp_use_end() does.  What is not ended stays a use. */
bool hp_redis_end(hp_redis *redis, const hp_use *use, bool commit, hp_error *error);

/* One pass under one identity key: what `ledger top` shows. */
typedef struct {
    uint8_t pass[HP_ID];
    bool pam;               /* shown at logins, else at the web */
    unsigned count, placed; /* different ones, and those who have a place */
    uint32_t left;          /* seconds until the last of them ends */
} hp_redis_row;

/* False: do not go on. */
typedef bool hp_redis_row_told(void *context, const hp_redis_row *row);

/*
 * Tells all rows in no order, without stopping others (SCAN): a row that is there all the time is
 * told once or, rarely, twice.  False with *error on a failure; true also when told stopped it.
 */
bool hp_redis_each(hp_redis *redis, hp_redis_row_told *told, void *context, hp_error *error);

/* ---- for event loops, on what hp_redis_start() gave ------------------------------------------ */

/* A take that waits for its answer. */
typedef struct hp_redis_asked hp_redis_asked;

/* answer->state is HP_USE_AWAY when none will come; why: what Redis said to that, or empty. */
typedef void hp_redis_answered(void *context, const hp_use_answer *answer, const char *why);

/*
 * Uses the pass; answered is called from hp_redis_step() or hp_redis_close(), unless it is dropped
 * before.  The answer is wanted within ms.  All are taken as reservations: what nobody ends is a
 * use.  NULL, and nobody is told, when the connection is lost or memory is short.
 */
hp_redis_asked *hp_redis_ask_take(hp_redis *redis, const hp_use *use, const hp_use_terms *terms,
                                  unsigned ms, hp_redis_answered *answered, void *context);

/* Nobody waits any more: nobody is told, and what Redis answers later is released. */
void hp_redis_drop(hp_redis_asked *asked);

/* Ends a reservation; nobody is told.  False when it was not even sent. */
bool hp_redis_ask_end(hp_redis *redis, const hp_use *use, bool commit);

#endif
