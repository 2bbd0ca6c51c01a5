/* A pass that was accepted before: has it been withdrawn since?  See hp.h. */
#include "policy/policy.h"

hp_fate
hp_policy_fate(const hp_policy *policy, const hp_marks *marks, double since, double now,
                   hp_reason *why)
{
    const hp_settings *s = &policy->settings;
    hp_revocation_hit hit;
    hp_fate fate = hp_revocation_fate(policy->crypto, &policy->lists.revocation, marks,
                                                  since, now, &hit, why);
    bool stale_ok = hp_override_allows(&policy->override, now);

    if (fate != HP_STANDS || hp_lists_serve(&policy->lists, s->revoked_max_age, now, stale_ok))
        return fate;
    *why = HP_REVOCATION_STALE;
    return HP_UNCERTAIN;
}

double
hp_policy_grace(const hp_policy *policy)
{
    return policy->settings.clock_skew;
}
