/*
 * redisd: a redis-server of the test's own, on a socket in a folder of its own.
 */
#ifndef T_REDISD_H
#define T_REDISD_H

#include "ledger/place.h"

#include <sys/types.h>

typedef struct {
    char folder[64];
    hp_ledger_place place; /* its socket */
    pid_t pid;
} redisd;

/*
 * Starts one and waits until it answers; options as its command line takes them, NULL ends them.
 * It dies with the test.
 */
void redisd_start(redisd *server, const char *const *options);
void redisd_stop(redisd *server);

#endif
