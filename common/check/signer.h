/*
 * May this signer sign this pass, here and now?  Asked once its signature holds, because the
 * answer is about signed content.
 */
#ifndef HP_CHECK_SIGNER_H
#define HP_CHECK_SIGNER_H

#include "check/trust.h"
#include "format/pass.h"

/* What is asked of it. */
typedef struct {
    bool list;     /* that its list names it for such passes, and is not stale */
    bool country;  /* that its list and the pass name one country */
    bool validity; /* that its certificate and its authority's are in time */
    double max_age, now;
} hp_signer_terms;

/*
 * Several lists may name one key, and not say the same of it: one that allows the pass is
 * enough, in whatever order they stand.  True: *signer is its record.  False with *why: what
 * the best of them lacks, by the order domain, country, usage, validity, age; *signer is that
 * one then.
 */
bool hp_signer_allowed(const hp_trust *trust, const hp_pass *pass, const hp_signer_terms *terms,
                       const hp_record **signer, hp_reason *why);

#endif
