/* Which of a key's records allows a pass; see signer.h. */
#include "check/signer.h"

#include "check/usage.h"
#include "check/validity.h"

#define ALL_PASSED 5u

/* What ended since a seal was signed does it no harm. */
static hp_span
when(const hp_pass *pass, const hp_signer_terms *terms)
{
    return pass->signed_from > 0 ? (hp_span){ pass->signed_from, pass->signed_until }
                                 : (hp_span){ terms->now, terms->now };
}

/* How many of the questions the record passes before one fails; then *why is that one's. */
static unsigned
passed(const hp_trust *trust, const hp_record *r, const hp_pass *pass,
       const hp_signer_terms *terms, hp_reason *why)
{
    if (terms->list && !hp_usage_domain(r, pass, why))
        return 0;
    if (!hp_usage_state(r, pass, why) || (terms->country && !hp_usage_country(r, pass, why)))
        return 1;
    if (!hp_usage(r, pass, why))
        return 2;
    if (terms->validity && !hp_validity_signer(r, when(pass, terms), why))
        return 3;
    if (terms->list && hp_source_stale(hp_trust_source(trust, r), terms->max_age, terms->now)) {
        *why = HP_TRUST_STALE;
        return 4;
    }
    return ALL_PASSED;
}

bool
hp_signer_allowed(const hp_trust *trust, const hp_pass *pass, const hp_signer_terms *terms,
                  const hp_record **signer, hp_reason *why)
{
    unsigned best = 0, one;
    hp_reason reason;
    const hp_record *r;
    size_t n, i;

    r = hp_trust_alike(trust, *signer, &n);
    for (i = 0; i < n && best < ALL_PASSED; i++) {
        if (r[i].flaw != HP_FLAW_NONE)
            continue;
        one = passed(trust, &r[i], pass, terms, &reason);
        if (one >= best) {
            best = one;
            *signer = &r[i];
            if (one < ALL_PASSED)
                *why = reason;
        }
    }
    return best == ALL_PASSED;
}
