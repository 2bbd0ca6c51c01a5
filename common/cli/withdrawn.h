/*
 * The lists of withdrawn passes that a policy goes by, told to people and to scripts: by `status`
 * and by `revoke status`.
 */
#ifndef HP_CLI_WITHDRAWN_H
#define HP_CLI_WITHDRAWN_H

#include <stdio.h>

#include "codec/json.h"
#include "hp.h"

/* The revocation lists, and behind them the deny list, a line each. */
void hp_withdrawn_put(const hp_policy *policy, double now, FILE *to);

/* The same as an array of objects, whose members are an interface.  NULL: no memory. */
hp_json *hp_withdrawn_json(const hp_policy *policy, double now);

#endif
