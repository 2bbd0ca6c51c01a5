/*
 * What is said of a policy: whose group of it counts.  And a policy file's values alone: what it
 * names need not be there, or be readable.
 */
#ifndef HP_CLI_POLICY_FILE_H
#define HP_CLI_POLICY_FILE_H

#include "policy/settings.h"

/* Words of --door, and what the nth of them means; -1: none was said. */
extern const char *const hp_cli_doors[];
hp_door hp_cli_door(int nth);

/* Those outside of its groups.  False with *error; on true they end by hp_settings_free(). */
bool hp_cli_settings(const char *policy, hp_settings *settings, hp_error *error);

#endif
