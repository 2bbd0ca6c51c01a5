/* How old are the lists?  See hp_policy_age() in hp.h. */
#include "base/time.h"
#include "policy/policy.h"

#include <stdio.h>

#define NAME_TEXT (HP_SOURCE_NAME + 32)

/* Either the list or the clock is wrong, and verify.c asks which of them: none is judged. */
static bool
is_of_future(const hp_source *s, double now)
{
    return s->dated > now + HP_DATE_SLACK;
}

static hp_age
age_of(const hp_policy *p, const hp_source *s, double now)
{
    const hp_settings *set = &p->settings;

    if (is_of_future(s, now))
        return HP_AGE_STALE;
    if (hp_source_stale(s, set->trust_max_age, now))
        return hp_override_allows(&p->override, now) ? HP_AGE_ALLOWED : HP_AGE_STALE;
    return hp_source_old(s, set->trust_warn_age, set->trust_max_age, now) ? HP_AGE_WARNED
                                                                          : HP_AGE_FRESH;
}

/* "the trust list who is 8 days old"; of one without a date only its own end is known. */
static void
name(const hp_source *s, double now, char text[NAME_TEXT + HP_AGE_TEXT])
{
    char age[HP_AGE_TEXT];

    hp_age_write(now - s->dated, age);
    (void)snprintf(text, NAME_TEXT + HP_AGE_TEXT, "the trust %s%s%s%s%s",
                   s->name[0] != 0 ? "list " : "folder", s->name,
                   s->dated > 0 ? " is " : "", s->dated > 0 ? age : "",
                   s->dated > 0 ? " old" : " has no date");
}

static void
tell(const hp_policy *p, const hp_source *s, hp_age age, double now, hp_error *text)
{
    const char *how = s->name[0] != 0 ? "healthpassctl trust update" : "a new MANIFEST";
    char who[NAME_TEXT + HP_AGE_TEXT], end[HP_TIME_TEXT], until[HP_TIME_TEXT];

    if (is_of_future(s, now)) {
        hp_time_write(s->dated, end);
        hp_error_set(text, "the trust %s%s is dated %s, which this machine's clock has not reached: "
                           "no pass is judged; look at the clock, and at the list",
                     s->name[0] != 0 ? "list " : "folder", s->name, end);
        return;
    }
    name(s, now, who);
    hp_time_write(hp_source_end(s, p->settings.trust_max_age), end);
    hp_time_write(p->override.until, until);
    if (age == HP_AGE_WARNED)
        hp_error_set(text, "%s and serves until %s: renew it (%s)", who, end, how);
    else if (age == HP_AGE_ALLOWED)
        hp_error_set(text, "%s and served until %s: it is used until %s all the same, as %s "
                           "allowed (healthpassctl override)", who, end, until, p->override.by);
    else
        hp_error_set(text, "%s and served until %s: no pass is judged by it; renew it "
                           "(%s), or see healthpassctl override", who, end, how);
}

hp_age
hp_policy_age(const hp_policy *policy, double now, hp_error *text)
{
    const hp_records *list = hp_trust_records(policy->trust);
    const hp_source *worst = NULL;
    hp_age age = HP_AGE_FRESH, one;
    size_t i;

    if (text != NULL)
        text->text[0] = 0;
    for (i = 0; !policy->as_given && i < list->n_sources; i++) {
        one = age_of(policy, &list->sources[i], now);
        if (hp_trust_signs(policy->trust, i) && one > age) {
            age = one;
            worst = &list->sources[i];
        }
    }
    if (worst != NULL)
        tell(policy, worst, age, now, text);
    return age;
}
