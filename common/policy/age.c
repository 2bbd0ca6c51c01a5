/* How old are the lists?  See hp_policy_age() in hp.h. */
#include "base/time.h"
#include "policy/policy.h"

#include <stdio.h>

#define HEARD_WARN   60.0 /* seconds without a word of Redis */
#define NAME_TEXT    (HP_SOURCE_NAME + 40)
#define REVOKED_WARN 0.5 /* of revoked_max_age (revocation, 6.4) */

/* A list that the policy goes by, of keys or of withdrawn passes, and how it is judged. */
typedef struct {
    const hp_source *source; /* NULL: a required one that is in no index */
    const char *missing;     /* its name then */
    const hp_lists_file *file; /* where it was read, of an index */
    const char *what, *how;  /* what it is called, and how it is renewed */
    double max_age, warn_age;
    bool required; /* once it is stale no pass is judged by it; else it is used all the same */
    bool judged;   /* else whatever its age, it stops nobody */
} list;

/* Trust lists; one that signs nothing helps and harms nobody. */
static list
trust_list(const hp_policy *p, size_t n)
{
    const hp_source *s = &hp_trust_records(p->trust)->sources[n];
    bool folder = s->name[0] == 0, judged = !p->as_given && hp_trust_signs(p->trust, n);

    return (list){ .source = s, .what = folder ? "trust folder" : "trust list",
                   .how = folder ? "a new MANIFEST" : "healthpassctl trust update",
                   .max_age = p->settings.trust_max_age, .warn_age = p->settings.trust_warn_age,
                   .required = judged, .judged = judged };
}

static bool
is_required(const hp_policy *p, const char *name)
{
    size_t i;

    for (i = 0; i < p->settings.n_required; i++) {
        if (strcmp(p->settings.required[i], name) == 0)
            return true;
    }
    return false;
}

/* Of one that is in no index: source NULL. */
static list
revocation_list(const hp_policy *p, const hp_source *source)
{
    return (list){ .source = source, .what = "revocation list",
                   .how = "healthpassctl revoke update",
                   .max_age = p->settings.revoked_max_age,
                   .warn_age = p->settings.revoked_max_age * REVOKED_WARN,
                   .required = source == NULL || is_required(p, source->name),
                   .judged = true };
}

/* The n-th required list that is in no index; false leaves in *n what is to be counted on. */
static bool
missing_list(const hp_policy *p, size_t *n, list *l)
{
    size_t i;

    for (i = 0; i < p->lists.n_required; i++) {
        if (p->lists.required[i] != NULL)
            continue;
        if (*n == 0) {
            *l = revocation_list(p, NULL);
            l->missing = p->settings.required[i];
            return true;
        }
        (*n)--;
    }
    return false;
}

/* The n-th source of all indexes. */
static bool
indexed_list(const hp_policy *p, size_t n, list *l)
{
    const hp_revocation *r = &p->lists.revocation;
    size_t i;

    for (i = 0; i < r->n; i++) {
        if (n < hp_index_sources(r->indexes[i])) {
            *l = revocation_list(p, hp_index_source(r->indexes[i], n));
            l->file = &p->lists.indexes[i];
            return true;
        }
        n -= hp_index_sources(r->indexes[i]);
    }
    return false;
}

/* The n-th of all lists; false behind the last one. */
static bool
nth_list(const hp_policy *p, size_t n, list *l)
{
    size_t trusted = hp_trust_records(p->trust)->n_sources;

    if (n < trusted) {
        *l = trust_list(p, n);
        return true;
    }
    n -= trusted;
    return missing_list(p, &n, l) || indexed_list(p, n, l);
}

/* Either the list or the clock is wrong, and verify.c asks which of them: none is judged. */
static bool
is_of_future(const hp_source *s, double now)
{
    return s->dated > now + HP_DATE_SLACK;
}

static hp_age
age_of(const hp_policy *p, const list *l, double now)
{
    const hp_source *s = l->source;

    if (!l->judged)
        return HP_AGE_FRESH;
    if (s == NULL || is_of_future(s, now))
        return HP_AGE_STALE;
    if (!hp_source_stale(s, l->max_age, now))
        return hp_source_old(s, l->warn_age, l->max_age, now) ? HP_AGE_WARNED : HP_AGE_FRESH;
    if (!l->required)
        return HP_AGE_WARNED;
    return hp_override_allows(&p->override, now) ? HP_AGE_ALLOWED : HP_AGE_STALE;
}

/* "the trust list who is 8 days old"; of one without a date only its own end is known. */
static void
name(const list *l, double now, char text[NAME_TEXT + HP_AGE_TEXT])
{
    const hp_source *s = l->source;
    char age[HP_AGE_TEXT];

    hp_age_write(now - s->dated, age);
    (void)snprintf(text, NAME_TEXT + HP_AGE_TEXT, "the %s%s%s%s%s%s", l->what,
                   s->name[0] != 0 ? " " : "", s->name,
                   s->dated > 0 ? " is " : "", s->dated > 0 ? age : "",
                   s->dated > 0 ? " old" : " has no date");
}

/* What there is to say of a list that has no age. */
static void
tell_undated(const list *l, hp_error *text)
{
    char end[HP_TIME_TEXT];

    if (l->source == NULL) {
        hp_error_set(text, "the %s %s, which revoked_required names, is in no index: no pass is "
                           "judged; see healthpassctl revoke build", l->what, l->missing);
        return;
    }
    hp_time_write(l->source->dated, end);
    hp_error_set(text, "the %s%s%s is dated %s, which this machine's clock has not reached: no "
                       "pass is judged; look at the clock, and at the list", l->what,
                 l->source->name[0] != 0 ? " " : "", l->source->name, end);
}

static void
tell(const hp_policy *p, const list *l, hp_age age, double now, hp_error *text)
{
    char who[NAME_TEXT + HP_AGE_TEXT], end[HP_TIME_TEXT], until[HP_TIME_TEXT];

    if (l->source == NULL || is_of_future(l->source, now)) {
        tell_undated(l, text);
        return;
    }
    name(l, now, who);
    hp_time_write(hp_source_end(l->source, l->max_age), end);
    hp_time_write(p->override.until, until);
    if (age == HP_AGE_WARNED && hp_source_stale(l->source, l->max_age, now))
        hp_error_set(text, "%s and served until %s: it is used all the same, because "
                           "revoked_required does not name it; renew it (%s)", who, end, l->how);
    else if (age == HP_AGE_WARNED)
        hp_error_set(text, "%s and serves until %s: renew it (%s)", who, end, l->how);
    else if (age == HP_AGE_ALLOWED)
        hp_error_set(text, "%s and served until %s: it is used until %s all the same, as %s "
                           "allowed (healthpassctl override)", who, end, until, p->override.by);
    else
        hp_error_set(text, "%s and served until %s: no pass is judged by it; renew it "
                           "(%s), or see healthpassctl override", who, end, l->how);
}

static const char *
short_name(const list *l)
{
    if (l->source == NULL)
        return l->missing;
    return l->source->name[0] != 0 ? l->source->name : "a folder";
}

/* Behind what is said of the first of them, the others that are as old. */
static void
tell_others(const hp_policy *p, size_t first, hp_age age, double now, hp_error *text)
{
    size_t i, used, n = 0;
    list l;

    for (i = first + 1; nth_list(p, i, &l); i++) {
        if (age_of(p, &l, now) != age)
            continue;
        used = strlen(text->text);
        (void)snprintf(text->text + used, sizeof(text->text) - used, "%s%s",
                       n++ == 0 ? "; the same of " : ", ", short_name(&l));
    }
}

/* ---- the copy of a deny list that a fleet shares -------------------------- */

/* Blocks of others may be missing in it.  What it has is in force, and nobody is kept out by it. */
static bool
is_unheard(const hp_policy *p, double now)
{
    return p->settings.deny_shared != NULL && p->lists.revocation.deny != NULL &&
           now - p->lists.heard > HEARD_WARN;
}

/* Behind what is said of other lists, if anything. */
static void
tell_unheard(const hp_policy *p, double now, hp_error *text)
{
    size_t used = strlen(text->text);
    char age[HP_AGE_TEXT];

    hp_age_write(now - p->lists.heard, age);
    (void)snprintf(text->text + used, sizeof(text->text) - used,
                   "%sthe deny list in %s was %s%s%s: passes are judged by this machine's copy, "
                   "which may lack what was blocked since; look at healthpassctl revoke follow",
                   used > 0 ? "; " : "", p->settings.deny_shared,
                   p->lists.heard > 0 ? "last heard " : "never heard",
                   p->lists.heard > 0 ? age : "", p->lists.heard > 0 ? " ago" : "");
}

/* ---- all ------------------------------------------------------------------ */

/* The worst of all but the deny list. */
static hp_age
lists_age(const hp_policy *policy, double now, hp_error *text)
{
    hp_age age = HP_AGE_FRESH, one;
    size_t i, worst = 0;
    list l, found = { .source = NULL };

    for (i = 0; nth_list(policy, i, &l); i++) {
        one = age_of(policy, &l, now);
        if (one > age) {
            age = one;
            worst = i;
            found = l;
        }
    }
    if (age != HP_AGE_FRESH && text != NULL) {
        tell(policy, &found, age, now, text);
        tell_others(policy, worst, age, now, text);
    }
    return age;
}

hp_age
hp_policy_age(const hp_policy *policy, double now, hp_error *text)
{
    hp_age age;

    if (text != NULL)
        text->text[0] = 0;
    age = lists_age(policy, now, text);
    if (!is_unheard(policy, now))
        return age;
    if (text != NULL)
        tell_unheard(policy, now, text);
    return age > HP_AGE_WARNED ? age : HP_AGE_WARNED;
}

uint64_t
hp_policy_age_mark(const hp_policy *policy, double now)
{
    uint64_t mark = HP_MARK;
    hp_age one, worst = HP_AGE_FRESH;
    double end;
    size_t i;
    list l;

    for (i = 0; nth_list(policy, i, &l); i++) {
        one = age_of(policy, &l, now);
        if (one == HP_AGE_FRESH)
            continue;
        worst = one > worst ? one : worst;
        end = l.source != NULL ? hp_source_end(l.source, l.max_age) : 0;
        mark = hp_mark_add(mark, &one, sizeof(one));
        mark = hp_mark_add(mark, &end, sizeof(end));
        mark = hp_mark_add(mark, short_name(&l), strlen(short_name(&l)));
    }
    if (is_unheard(policy, now)) {
        worst = worst > HP_AGE_WARNED ? worst : HP_AGE_WARNED;
        mark = hp_mark_add(mark, HP_DENY_NAME, sizeof(HP_DENY_NAME));
    }
    if (worst == HP_AGE_ALLOWED) {
        mark = hp_mark_add(mark, &policy->override.made, sizeof(double));
        mark = hp_mark_add(mark, &policy->override.until, sizeof(double));
        mark = hp_mark_add(mark, policy->override.by, strlen(policy->override.by));
    }
    return worst == HP_AGE_FRESH ? 0 : mark | 1;
}

/* ---- for status pages ----------------------------------------------------- */

const char *
hp_age_name(hp_age age)
{
    switch (age) {
    case HP_AGE_FRESH:
        return "fresh";
    case HP_AGE_WARNED:
        return "warned";
    case HP_AGE_ALLOWED:
        return "allowed";
    case HP_AGE_STALE:
        break;
    }
    return "stale";
}

static const char *
fault_of(const list *l, double now)
{
    if (l->source == NULL)
        return "revoked_required names it, and it is in no index";
    if (l->judged && is_of_future(l->source, now))
        return "its date is one that this machine's clock has not reached";
    return l->file != NULL && l->file->fault.text[0] != 0 ? l->file->fault.text : NULL;
}

static void
show(const hp_policy *p, const list *l, double now, hp_list *to)
{
    const hp_source *s = l->source;
    double end = s != NULL ? hp_source_end(s, l->max_age) : HP_TIME_LAST;
    bool keys = l->file == NULL && s != NULL;

    *to = (hp_list){ .what = keys ? "trust" : "revocation",
                     .name = s != NULL ? s->name : l->missing, .age = age_of(p, l, now),
                     .required = l->required, .dated = s != NULL ? s->dated : 0,
                     .end = end < HP_TIME_LAST ? end : 0, .fault = fault_of(l, now) };
    if (s != NULL)
        to->entries = keys ? s->keys : s->entries;
}

/* It has no age: it says what its operator wants.  A copy of it may not say it any more. */
static void
show_deny(const hp_policy *p, double now, hp_list *to)
{
    const hp_lists_file *file = &p->lists.deny;

    *to = (hp_list){ .what = "deny", .name = HP_DENY_NAME, .required = true,
                     .age = file->doubted          ? HP_AGE_STALE
                            : is_unheard(p, now) ? HP_AGE_WARNED
                                                 : HP_AGE_FRESH,
                     .dated = (double)file->held.seconds,
                     .entries = hp_deny_count(p->lists.revocation.deny),
                     .fault = file->fault.text[0] != 0 ? file->fault.text : NULL,
                     .shared = p->settings.deny_shared, .heard = p->lists.heard };
}

bool
hp_policy_list(const hp_policy *policy, double now, size_t nth, hp_list *to)
{
    list l;

    if (nth_list(policy, nth, &l)) {
        show(policy, &l, now, to);
        return true;
    }
    if (policy->lists.revocation.deny == NULL || (nth > 0 && !nth_list(policy, nth - 1, &l)))
        return false;
    show_deny(policy, now, to);
    return true;
}
