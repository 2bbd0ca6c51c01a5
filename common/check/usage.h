/* May this signer sign this kind of certificate? */
#ifndef HP_CHECK_USAGE_H
#define HP_CHECK_USAGE_H

#include "check/trust.h"
#include "format/pass.h"

/* False with *why when the signer's extended key usage names other kinds only. */
bool hp_usage(const hp_signer_key *signer, const hp_pass *pass, hp_reason *why);

#endif
