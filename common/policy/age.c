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
        hp_error_set(text, "the trust %s%s is dated %s, which this machine's clock has not "
                           "reached: no pass is judged; look at the clock, and at the list",
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

/* Of the n-th source; one that signs nothing helps and harms nobody. */
static hp_age
nth_age(const hp_policy *p, size_t n, double now)
{
    return !p->as_given && hp_trust_signs(p->trust, n)
               ? age_of(p, &hp_trust_records(p->trust)->sources[n], now) : HP_AGE_FRESH;
}

/* Behind what is said of the first of them, the others that are as old. */
static void
tell_others(const hp_policy *p, size_t first, hp_age age, double now, hp_error *text)
{
    const hp_records *list = hp_trust_records(p->trust);
    size_t i, used, n = 0;

    for (i = first + 1; i < list->n_sources; i++) {
        if (nth_age(p, i, now) != age)
            continue;
        used = strlen(text->text);
        (void)snprintf(text->text + used, sizeof(text->text) - used, "%s%s",
                       n++ == 0 ? "; the same of " : ", ",
                       list->sources[i].name[0] != 0 ? list->sources[i].name : "a folder");
    }
}

hp_age
hp_policy_age(const hp_policy *policy, double now, hp_error *text)
{
    const hp_records *list = hp_trust_records(policy->trust);
    hp_age age = HP_AGE_FRESH, one;
    size_t i, worst = 0;

    if (text != NULL)
        text->text[0] = 0;
    for (i = 0; i < list->n_sources; i++) {
        one = nth_age(policy, i, now);
        if (one > age) {
            age = one;
            worst = i;
        }
    }
    if (age != HP_AGE_FRESH && text != NULL) {
        tell(policy, &list->sources[worst], age, now, text);
        tell_others(policy, worst, age, now, text);
    }
    return age;
}

/* FNV-1a. */
static uint64_t
mix(uint64_t mark, const void *bytes, size_t n)
{
    const uint8_t *p = bytes;

    while (n-- > 0)
        mark = (mark ^ *p++) * 1099511628211u;
    return mark;
}

uint64_t
hp_policy_age_mark(const hp_policy *policy, double now)
{
    const hp_records *list = hp_trust_records(policy->trust);
    uint64_t mark = 14695981039346656037u;
    hp_age one, worst = HP_AGE_FRESH;
    double end;
    size_t i;

    for (i = 0; i < list->n_sources; i++) {
        one = nth_age(policy, i, now);
        if (one == HP_AGE_FRESH)
            continue;
        worst = one > worst ? one : worst;
        end = hp_source_end(&list->sources[i], policy->settings.trust_max_age);
        mark = mix(mark, &one, sizeof(one));
        mark = mix(mark, &end, sizeof(end));
        mark = mix(mark, list->sources[i].name, strlen(list->sources[i].name));
    }
    if (worst == HP_AGE_ALLOWED) {
        mark = mix(mark, &policy->override.made, sizeof(double));
        mark = mix(mark, &policy->override.until, sizeof(double));
        mark = mix(mark, policy->override.by, strlen(policy->override.by));
    }
    return worst == HP_AGE_FRESH ? 0 : mark | 1;
}
