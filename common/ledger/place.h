/*
 * place.h: where a ledger is kept, as the policy says it.
 *
 *     memory                        nginx's shared zone
 *     file:/run/healthpass/ledger   one machine's processes
 *     redis://192.0.2.7:6379/0      a fleet; [::1] for IPv6; port 6379 and database 0 unless said
 *     unix:/run/redis/redis.sock    a fleet by a socket; ?db=N for a database
 *
 * Names of hosts are refused: resolving them would block whoever asks, and hiredis does it so.
 */
#ifndef HP_LEDGER_PLACE_H
#define HP_LEDGER_PLACE_H

#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

typedef enum { HP_LEDGER_MEMORY, HP_LEDGER_FILE, HP_LEDGER_REDIS } hp_ledger_kind;

typedef struct {
    hp_ledger_kind kind;
    char path[108];      /* of the file, or of the socket; empty: host and port are meant */
    char host[46];       /* numeric */
    unsigned port, db;
    const char *secret;  /* what Redis wants to hear (AUTH); NULL: nothing.  Borrowed */
} hp_ledger_place;

/* Reads one of the forms above; secret is set to NULL.  False when it is none of them. */
bool hp_ledger_place_read(const char *text, hp_ledger_place *place);

/*
 * A file name for what is kept here of that Redis, no other one's: redis-192.0.2.7-6379-0, or
 * unix-%2Frun%2Fredis.sock-0.  False when it would be too long for one.
 */
#define HP_LEDGER_NAME 200
bool hp_ledger_place_name(const hp_ledger_place *place, char name[HP_LEDGER_NAME]);

#endif
