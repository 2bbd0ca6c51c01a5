/*
 * What the tables of keys of a feeds file share; for feeds.c and feeds_revoke.c only.  Each takes
 * a value into *to, or complains of it.
 */
#ifndef HP_CLI_FEEDS_KEYS_H
#define HP_CLI_FEEDS_KEYS_H

#include "cli/feeds.h"

bool hp_feeds_name(const hp_conf_item *s, const char **to, hp_error *error);
bool hp_feeds_switch(const hp_conf_item *s, bool *to, hp_error *error);
bool hp_feeds_every(const hp_conf_item *s, double *to, hp_error *error);
bool hp_feeds_max_age(const hp_conf_item *s, double *to, hp_error *error);
bool hp_feeds_timeout(const hp_conf_item *s, double *to, hp_error *error);
bool hp_feeds_issuer(const hp_conf_item *s, const char **to, hp_error *error);

/* The list of the key revocations. */
bool hp_feeds_revocations(const hp_conf_item *s, hp_feeds_file *to, hp_error *error);

#endif
