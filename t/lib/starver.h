/*
 * starver: runs commands that make a file with each allocation failing once.
 */
#ifndef T_STARVER_H
#define T_STARVER_H

#include "cli/cli.h"
#include "crypto/key.h"

/* How many there are in the file, which must be whole; 0 when there is none. */
typedef size_t starver_count(hp_crypto *crypto, const char *path);

/*
 * COMMAND --now --feeds=FEEDS, which makes the file at the path with one in it: it ends in peace,
 * with an exit code of the manual, and the file is the old one or the new one.
 */
void starver_update(const hp_cli_command *command, const char *feeds, const char *path,
                    starver_count *count);

#endif
