/* Is the pass in time, and was its signer? */
#ifndef HP_CHECK_VALIDITY_H
#define HP_CHECK_VALIDITY_H

#include "check/trust.h"
#include "format/pass.h"

/*
 * The pass, at now give or take skew seconds.  Both ends belong to it (hcert 1.0.8, 3.3.5
 * says "after"): a pass whose end or start is now is in time.  False with *why.
 */
bool hp_validity_pass(const hp_pass *pass, double now, double skew, hp_reason *why);

/*
 * The signer's certificate at some time in a span, and where an authority is required one that
 * issued it; both ends belong to it (RFC 5280, 4.1.2.5).
 */
bool hp_validity_signer(const hp_record *signer, hp_span at, hp_reason *why);

#endif
