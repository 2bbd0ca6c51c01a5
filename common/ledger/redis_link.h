/*
 * redis_link.h: a connection to Redis or Valkey (5 or later, RESP2), and the only door to hiredis.
 *
 * hiredis writes the commands and reads the answers.  The socket is ours: 0.14 resolves names
 * blocking, waits without end for a socket whose backlog is full (a frozen Redis), gives each
 * read its own time-out instead of one for all, and dies of SIGPIPE in a host that does not ignore
 * it.  Addresses are numeric or a path (ledger/place.h).  There is no TLS.
 *
 * One connection serves one thread, in one of two ways: whoever may block calls hp_redis_open(),
 * hp_redis_command() and hp_redis_pushed(); an event loop calls hp_redis_start(), hp_redis_ask()
 * and hp_redis_step(), none of which waits for anything.
 */
#ifndef HP_LEDGER_REDIS_LINK_H
#define HP_LEDGER_REDIS_LINK_H

#include "base/error.h"
#include "ledger/place.h"

typedef struct hp_redis hp_redis;

/*
 * What Redis says.  Text is any bytes, and a zero that is not counted; what is not of the kind is 0
 * or NULL.
 */
typedef enum {
    HP_REDIS_NIL,
    HP_REDIS_INT,
    HP_REDIS_TEXT,
    HP_REDIS_LIST,
    HP_REDIS_ERROR
} hp_redis_kind;

typedef struct hp_redis_value hp_redis_value;
struct hp_redis_value {
    hp_redis_kind kind;
    int64_t number;                /* of HP_REDIS_INT */
    hp_str text;                   /* of HP_REDIS_TEXT, and of an error: "OOM command not ..." */
    hp_redis_value *const *items;  /* of HP_REDIS_LIST: n of them */
    size_t n;
};

/* What an answer may be at most; a longer one loses the connection. */
#define HP_REDIS_BYTES (16u << 20)
#define HP_REDIS_ITEMS (1u << 20) /* of one list */

/* Ends the connection; who waits for an answer is told that there is none.  NULL does no harm. */
void hp_redis_close(hp_redis *redis);

/* Gone for good?  Then close it, and open another one. */
bool hp_redis_lost(const hp_redis *redis);

/* ---- blocking --------------------------------------------------------------------------- */

/*
 * Connects, says the place's secret (AUTH) and takes its database (SELECT), all within ms; each
 * command later has ms as well.  NULL, and *error says what is wrong at which address.
 */
hp_redis *hp_redis_open(const hp_ledger_place *place, unsigned ms, hp_error *error);

/*
 * Says words and waits for the answer, which lives until the next call.  NULL with *error when
 * there is none, or when it is an error: a refused command does not lose the connection.
 */
const hp_redis_value *hp_redis_command(hp_redis *redis, const hp_str *words, size_t n,
                                       hp_error *error);

/*
 * The next message to a subscriber (the command SUBSCRIBE was answered before), as
 * hp_redis_command() gives it: a list of "message", channel, text.  NULL with an empty *error when
 * none came within ms; NULL with *error when the connection is lost.
 */
const hp_redis_value *hp_redis_pushed(hp_redis *redis, unsigned ms, hp_error *error);

/* ---- for event loops -------------------------------------------------------------------- */

/*
 * Begins to connect; AUTH and SELECT go ahead of all that is asked later.  NULL with *error when
 * that failed at once.
 */
hp_redis *hp_redis_start(const hp_ledger_place *place, hp_error *error);

/* The socket, to be waited for: always until it can be read, and while this is true, written. */
int hp_redis_fd(const hp_redis *redis);
bool hp_redis_wants_write(const hp_redis *redis);

/* Connected, and the place's secret and database were accepted? */
bool hp_redis_is_ready(const hp_redis *redis);

/*
 * Told the answer of what was asked, once; NULL: there will be none.  The value, which may be an
 * error, lives until it returns.  It may ask again, but not step or close.
 */
typedef void hp_redis_told(void *context, const hp_redis_value *value);

/*
 * Asks; the words are copied.  Answers come in the order of the asks.  told may be NULL.  False,
 * and nobody is told, when the connection is lost or memory is short.
 */
bool hp_redis_ask(hp_redis *redis, const hp_str *words, size_t n, hp_redis_told *told,
                  void *context);

/* Who is told what nobody asked for: the messages to a subscriber. */
void hp_redis_listen(hp_redis *redis, hp_redis_told *told, void *context);

/*
 * Does what can be done now, and tells what came.  False when the connection is lost: all who
 * waited were told, *error says why.
 */
bool hp_redis_step(hp_redis *redis, hp_error *error);

/* ---- for the ledger over it (redis.c) ------------------------------------------------------- */

/*
 * Redis' clock in ms since 1970: what it said last, and what went by since, thus rather less than
 * more.  Of use once it is ready, and set anew whenever Redis says its time.
 */
int64_t hp_redis_clock(const hp_redis *redis);
void hp_redis_clock_is(hp_redis *redis, int64_t ms);

/* Our own clock, which is never set; and how many ms one command of those who block may take. */
int64_t hp_redis_now(void);
unsigned hp_redis_patience(const hp_redis *redis);

/* hp_redis_command() to which an error is an answer. */
const hp_redis_value *hp_redis_say(hp_redis *redis, const hp_str *words, size_t n, hp_error *error);

/* Says what Redis refused, as one line, and without what it may repeat of a command. */
void hp_redis_refused(const hp_redis *redis, const hp_redis_value *value, hp_error *error);

#endif
