/* What Redis wants to hear (AUTH): the file that the key ledger_auth names. */
#ifndef HP_POLICY_SECRET_H
#define HP_POLICY_SECRET_H

#include "base/file.h"

/*
 * One line, the password; or two, the user's name and the password.  NULL with *error.  *stamp is
 * of what was read.
 */
char *hp_secret_read(const char *path, hp_stamp *stamp, hp_error *error);
void hp_secret_free(char *secret); /* wipes it; NULL does no harm */

#endif
