/*
 * What the two ways of healthpassctl status share: by the files of this machine (status.c), and by
 * what a running gate says of itself (status_gate.c).
 */
#ifndef HP_CLI_STATUS_H
#define HP_CLI_STATUS_H

#include "base/error.h"
#include "cli/cli.h"

/* The exit codes of monitoring plugins. */
typedef enum { HP_LEVEL_OK, HP_LEVEL_WARNING, HP_LEVEL_CRITICAL, HP_LEVEL_UNKNOWN } hp_level;

const char *hp_level_name(hp_level level); /* "OK" */

/* The worst that was found, which the first line tells. */
typedef struct {
    hp_level level;
    char text[2 * HP_ERROR_MAX];
} hp_finding;

/* Of equals the first stays. */
void hp_finding_add(hp_finding *worst, hp_level level, const char *text);

/* Writes it, if there is one, behind these words, and without a bar: that is the plugin's. */
void hp_finding_put(const hp_finding *worst, const char *before);

/* Asks the gate at url (healthpass_status json), prints, and answers the exit code. */
int hp_status_of_gate(const hp_cli_command *self, const char *url, bool json);

#endif
