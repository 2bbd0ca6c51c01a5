/*
 * `check --trust` of a published list, as `trust import` knows them: for a look by hand, taken
 * as given, without a pin, whatever its date and environment.
 */
#ifndef HP_CLI_TRUSTING_H
#define HP_CLI_TRUSTING_H

#include "check/record.h"
#include "cli/cli.h"
#include "hp.h"

/*
 * An hp_trust_reader (policy.h): true with the records; false with an empty *error when the
 * path is no file in a published list's layout.
 */
bool hp_trusting(hp_crypto *crypto, const char *path, hp_records *records, hp_error *error);

/*
 * The lists of withdrawn passes that stand in such files: those of SMART Health Cards issuers in a
 * snapshot of the VCI directory.  They are in force in the policy from then on; one that cannot be
 * used is told, and left out.  False with *error for a fault of ours.
 */
bool hp_trusting_withdrawn(const hp_cli_command *self, hp_policy *policy, const hp_cli_texts *paths,
                           hp_error *error);

#endif
