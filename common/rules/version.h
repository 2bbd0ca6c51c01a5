/*
 * Versions of rules, schemas and engines: three numbers, compared as numbers (certlogic, 8):
 * 1.10.0 is newer than 1.9.0.
 */
#ifndef HP_RULES_VERSION_H
#define HP_RULES_VERSION_H

#include "base/str.h"

typedef struct {
    unsigned major, minor, patch;
} hp_version;

/* Reads exactly "1.2.3", numbers of at most nine digits. */
bool hp_version_read(hp_str s, hp_version *version);

/* Below 0, 0, or above: a is older than, the same as, newer than b. */
int hp_version_order(hp_version a, hp_version b);

#endif
