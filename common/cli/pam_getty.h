/*
 * The command line of a getty, as a unit of systemd or inittab(5) has it: does the terminal log in
 * by `login -f`?  A pure function over text.
 */
#ifndef HP_CLI_PAM_GETTY_H
#define HP_CLI_PAM_GETTY_H

#include <stdbool.h>

/* The line starts a getty, or login, that logs somebody in and skips the auth phase. */
bool hp_getty_skips_auth(const char *line);

#endif
