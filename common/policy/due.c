/* What ends, and is told of ahead of time; see hp_policy_due() in hp.h. */
#include "base/time.h"
#include "policy/policy.h"

#include <stdio.h>

hp_basis
hp_policy_basis(const hp_policy *policy, double now)
{
    const hp_settings *s = &policy->settings;

    /* A clock that shows no time at all is a fault, and ends nothing. */
    if (s->ends == 0 || !(now >= s->ends && now <= HP_TIME_LAST))
        return HP_BASIS_HOLDS;
    return s->ends_off ? HP_BASIS_OFF : HP_BASIS_ENDED;
}

static hp_age
basis_due(const hp_policy *p, double now, hp_error *text)
{
    const hp_settings *s = &p->settings;
    const char *off = "nobody is asked for a pass";
    const char *refused = "every pass is refused as ended";
    char end[HP_TIME_TEXT];

    hp_time_write(s->ends, end);
    switch (hp_policy_basis(p, now)) {
    case HP_BASIS_OFF:
        hp_error_set(text, "the legal basis ended at %s: %s, doors stand open (ends_answer = off)",
                     end, off);
        return HP_AGE_ALLOWED;
    case HP_BASIS_ENDED:
        hp_error_set(text, "the legal basis ended at %s: %s", end, refused);
        return HP_AGE_STALE;
    case HP_BASIS_HOLDS:
        break;
    }
    if (s->ends == 0 || !(now >= s->ends - HP_DUE_AHEAD))
        return HP_AGE_FRESH;
    hp_error_set(text, "the legal basis ends at %s, and from then on %s: look at ends", end,
                 s->ends_off ? off : refused);
    return HP_AGE_WARNED;
}

/* Rules that have ended apply no more: what they refused comes in, or nobody does. */
static hp_age
rules_due(const hp_policy *p, double now, hp_error *text)
{
    const char *renew = "healthpassctl rules new writes new ones";
    char end[HP_TIME_TEXT], others[48] = "";
    hp_law_future future;

    if (p->rules == NULL || hp_policy_basis(p, now) != HP_BASIS_HOLDS)
        return HP_AGE_FRESH;
    hp_law_look(&p->law, now, HP_DUE_AHEAD, &future);
    if (future.valid == 0) {
        hp_error_set(text, "no acceptance rule of %s%s%s applies now (rule-none): %s",
                     p->settings.country, p->law.region.n > 0 ? ", " : "",
                     p->law.region.n > 0 ? p->settings.region : "", renew);
        return p->law.accepts_none ? HP_AGE_ALLOWED : HP_AGE_STALE;
    }
    if (future.ending == 0)
        return HP_AGE_FRESH;
    hp_time_write(future.end, end);
    if (future.ending > 1)
        (void)snprintf(others, sizeof(others), ", so with %zu other%s", future.ending - 1,
                       future.ending == 2 ? "" : "s");
    hp_error_set(text, "the rule %s %s at %s, and no version follows on it%s: %s", future.first,
                 future.end > now ? "ends" : "ended", end, others, renew);
    return HP_AGE_WARNED;
}

/* One thing that may end. */
typedef hp_age due(const hp_policy *p, double now, hp_error *text);

hp_age
hp_policy_due(const hp_policy *policy, double now, size_t nth, hp_error *text)
{
    static due *const all[] = { basis_due, rules_due };
    hp_age age;
    size_t i;

    for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        age = all[i](policy, now, text);
        if (age != HP_AGE_FRESH && nth-- == 0)
            return age;
    }
    text->text[0] = 0;
    return HP_AGE_FRESH;
}

uint64_t
hp_policy_due_mark(const hp_policy *policy, double now)
{
    uint64_t mark = HP_MARK;
    hp_error text;
    size_t n;

    for (n = 0; hp_policy_due(policy, now, n, &text) != HP_AGE_FRESH; n++)
        mark = hp_mark_add(mark, text.text, strlen(text.text) + 1);
    return n == 0 ? 0 : mark | 1;
}

double
hp_policy_override(const hp_policy *policy, double now)
{
    return hp_override_allows(&policy->override, now) ? policy->override.until : 0;
}

static double
sooner(double one, double other, double now)
{
    return other > now && (one == 0 || other < one) ? other : one;
}

double
hp_policy_next_end(const hp_policy *policy, double now)
{
    double next = sooner(0, policy->settings.ends, now);
    hp_list list;
    size_t n;

    next = sooner(next, hp_policy_override(policy, now), now);
    for (n = 0; hp_policy_list(policy, now, n, &list); n++)
        next = sooner(next, list.end, now);
    return next;
}
