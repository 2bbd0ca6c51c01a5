/* The signer's extended key usage against the kind of the pass (hcert 1.0.8, A.4). */
#include "check/usage.h"

bool
hp_usage(const hp_record *signer, const hp_pass *pass, hp_reason *why)
{
    unsigned use = 0;

    if (pass->event.kind == 'v')
        use = HP_USE_VACCINATION;
    else if (pass->event.kind == 't')
        use = HP_USE_TEST;
    else if (pass->event.kind == 'r')
        use = HP_USE_RECOVERY;
    if ((signer->usage & use) != 0)
        return true;
    *why = HP_SIGNER_USAGE;
    return false;
}

bool
hp_usage_domain(const hp_record *signer, const hp_pass *pass, hp_reason *why)
{
    if ((signer->domains & pass->domains) != 0)
        return true;
    *why = HP_SIGNER_DOMAIN;
    return false;
}
