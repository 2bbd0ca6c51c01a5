/*
 * `check --trust` of a published list, as `trust import` knows them: for a look by hand, taken
 * as given, without a pin, whatever its date and environment.
 */
#ifndef HP_CLI_TRUSTING_H
#define HP_CLI_TRUSTING_H

#include "check/record.h"

/*
 * An hp_trust_reader (policy.h): true with the records; false with an empty *error when the
 * path is no file in a published list's layout.
 */
bool hp_trusting(hp_crypto *crypto, const char *path, hp_records *records, hp_error *error);

#endif
