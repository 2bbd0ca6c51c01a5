/* Times of pass and signer; see validity.h. */
#include "check/validity.h"

bool
hp_validity_pass(const hp_pass *pass, double now, double skew, hp_reason *why)
{
    if (now > pass->valid_until + skew)
        *why = HP_EXPIRED;
    else if (pass->valid_from > now + skew)
        *why = HP_NOT_YET_VALID;
    else
        return true;
    return false;
}

static bool
meet(hp_span a, hp_span b)
{
    return a.from <= b.until && b.from <= a.until;
}

bool
hp_validity_signer(const hp_record *signer, hp_span at, hp_reason *why)
{
    bool issuer = signer->n_issuers == 0;
    size_t i;

    for (i = 0; i < signer->n_issuers; i++)
        issuer = issuer || meet(signer->issuers[i], at);
    if (meet(signer->valid, at) && issuer)
        return true;
    *why = HP_SIGNER_EXPIRED;
    return false;
}
