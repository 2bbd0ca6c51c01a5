/* May this signer sign this kind of certificate? */
#ifndef HP_CHECK_USAGE_H
#define HP_CHECK_USAGE_H

#include "check/trust.h"
#include "format/pass.h"

/* False with *why when the signer's extended key usage names other kinds only. */
bool hp_usage(const hp_record *signer, const hp_pass *pass, hp_reason *why);

/* False with *why when the list names the signer for other passes only (trust-lists, 3.2). */
bool hp_usage_domain(const hp_record *signer, const hp_pass *pass, hp_reason *why);

/*
 * False with *why when the pass names another country as its issuer than the list does of the
 * signer (trust-lists, 0.7).  Where one of them names none, they agree.
 */
bool hp_usage_country(const hp_record *signer, const hp_pass *pass, hp_reason *why);

/*
 * The same of a signer that came along with the pass, whose certificate and pass must both name the
 * same state: any state could sign for another one.
 */
bool hp_usage_state(const hp_record *signer, const hp_pass *pass, hp_reason *why);

#endif
