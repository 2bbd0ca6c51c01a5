/*
 * status: would this place's gates judge passes now, and for how long?  For people, and as a
 * plugin of monitoring systems: the first line and the exit code are theirs.
 *
 * Judges the policy as a gate that starts now has it: by each door's keys, and the worst of them
 * counts.  Reads only.
 */
#include "cli/cli.h"
#include "cli/state.h"
#include "cli/status.h"
#include "cli/trust_report.h"
#include "cli/withdrawn.h"

#include "policy/policy.h"

#include <stdlib.h>
#include <unistd.h>

#define POLICY "/etc/healthpass/policy.conf"

/* What --door may say, and what is behind it: the default is all of them. */
static const char *const door_words[] = { "all", "web", "pam", NULL };

typedef struct {
    const char *policy, *url;
    int door;
    bool json;
} choices;

static const hp_cli_option options[] = {
    { .name = "--policy", .value = "F", .kind = HP_CLI_TEXT, .at = offsetof(choices, policy),
      .help = "the policy file (" POLICY ")" },
    { .name = "--door", .value = "web|pam", .kind = HP_CLI_CHOICE, .words = door_words,
      .at = offsetof(choices, door),
      .help = "as that gate reads it (default: each, and the worst counts)" },
    { .name = "--url", .value = "URL", .kind = HP_CLI_TEXT, .at = offsetof(choices, url),
      .help = "a running gate, where it shows its own (healthpass_status json)" },
    { .name = "--json", .kind = HP_CLI_FLAG, .at = offsetof(choices, json),
      .help = "one JSON object" },
    { .name = NULL },
};

/* What updates remember of one store, or one index. */
typedef struct {
    const char *store;
    hp_state state;
    hp_error error; /* why it cannot be read; empty: it could be, or there is none */
} updates;

/* One look. */
typedef struct {
    hp_policy *policy; /* NULL: it cannot be loaded */
    hp_door door;
    const hp_records *list;
    hp_report_terms terms;
    bool *useless; /* of each record: no gate can judge a pass by it, whatever its dates */
    hp_key_count keys;
    updates *updates; /* one for each path of the keys trust and revoked */
    size_t n_updates;
    hp_finding worst; /* of the first line */
} look;

/* ---- counting ------------------------------------------------------------------------------ */

/* Whose keys may sign what the formats hold that are on here. */
static unsigned
domains_of(unsigned formats)
{
    static const struct {
        const char *format;
        unsigned domains;
    } table[] = {
        { "hc1", HP_DOMAIN_DCC | HP_DOMAIN_DDCC | HP_DOMAIN_ICVP },
        { "shc", HP_DOMAIN_SHC },
        { "2d-doc", HP_DOMAIN_2D_DOC },
    };
    unsigned domains = 0;
    size_t i;

    for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        if ((formats & hp_format_bit(table[i].format)) != 0)
            domains |= table[i].domains;
    }
    return domains;
}

static bool
is_useless(hp_crypto *crypto, const hp_record *r, unsigned domains)
{
    hp_key *key;
    bool good;

    if ((r->domains & domains) == 0 || r->usage == 0)
        return true;
    key = hp_key_read(crypto, r->spki);
    good = key != NULL && hp_key_alg(key) != HP_ALG_NONE;
    hp_key_free(key);
    return !good;
}

/* Each key is read once: a list may have 20,000. */
static bool
mark_useless(look *l)
{
    unsigned domains = domains_of(l->policy->settings.formats);
    size_t i;

    l->useless = calloc(l->list->n + 1, sizeof(*l->useless));
    for (i = 0; l->useless != NULL && i < l->list->n; i++)
        l->useless[i] = l->list->all[i].role == HP_ROLE_SIGNER &&
                        is_useless(l->policy->crypto, &l->list->all[i], domains);
    return l->useless != NULL;
}

/* As hp_count_keys(), but usable is only what a pass can be judged by here. */
static void
count_keys(const look *l, size_t source, hp_key_count *count)
{
    const hp_record *r;
    size_t i;

    hp_count_keys(l->list, source, l->terms.now, count);
    for (i = 0; i < l->list->n; i++) {
        r = &l->list->all[i];
        if (!l->useless[i] || (source != HP_ALL_SOURCES && r->source != source) ||
            hp_key_state_at(r, l->terms.now) != HP_KEY_USABLE)
            continue;
        count->states[HP_KEY_USABLE]--;
        count->soon -= hp_key_state_at(r, l->terms.now + HP_SOON) != HP_KEY_USABLE;
    }
}

/* ---- judging ------------------------------------------------------------------------------- */

const char *
hp_level_name(hp_level level)
{
    static const char *const names[] = { "OK", "WARNING", "CRITICAL", "UNKNOWN" };

    return names[level];
}

void
hp_finding_add(hp_finding *worst, hp_level level, const char *text)
{
    if (level <= worst->level)
        return;
    worst->level = level;
    (void)snprintf(worst->text, sizeof(worst->text), "%s", text);
}

static void
find(look *l, hp_level how, const char *text)
{
    hp_finding_add(&l->worst, how, text);
}

static void
judge_age(look *l)
{
    hp_error text;

    switch (hp_policy_age(l->policy, l->terms.now, &text)) {
    case HP_AGE_STALE:
        find(l, HP_LEVEL_CRITICAL, text.text);
        break;
    case HP_AGE_ALLOWED:
    case HP_AGE_WARNED:
        find(l, HP_LEVEL_WARNING, text.text);
        break;
    case HP_AGE_FRESH:
        break;
    }
}

static void
judge_due(look *l)
{
    hp_error text;
    hp_age age;
    size_t n;

    for (n = 0; (age = hp_policy_due(l->policy, l->terms.now, n, &text)) != HP_AGE_FRESH; n++)
        find(l, age == HP_AGE_STALE ? HP_LEVEL_CRITICAL : HP_LEVEL_WARNING, text.text);
}

static void
judge_updates(look *l)
{
    char text[2 * HP_ERROR_MAX];
    size_t i, j;

    for (i = 0; i < l->n_updates; i++) {
        const updates *u = &l->updates[i];

        if (u->error.text[0] != '\0')
            find(l, HP_LEVEL_WARNING, u->error.text);
        for (j = 0; j < u->state.n; j++) {
            if (u->state.all[j].error[0] == '\0')
                continue;
            (void)snprintf(text, sizeof(text), "the last update of %s failed: %s",
                           u->state.all[j].name, u->state.all[j].error);
            find(l, HP_LEVEL_WARNING, text);
        }
    }
}

/* The workers of nginx are nobody's friends: what they cannot read they cannot take up later. */
static void
judge_mode(look *l, const char *path)
{
    char text[HP_ERROR_MAX];

    if (path == NULL || !l->policy->of_root || !hp_cli_is_closed(path))
        return;
    (void)snprintf(text, sizeof(text), "%s: only root may read it: gates that run as another user "
                   "cannot take it up (chgrp, or chmod o+r)", path);
    find(l, HP_LEVEL_WARNING, text);
}

static void
judge_modes(look *l)
{
    const hp_settings *set = &l->policy->settings;
    size_t i;

    if (l->door == HP_DOOR_PAM)
        return; /* which runs as root, or as whoever is asked */
    for (i = 0; i < set->n_trust; i++)
        judge_mode(l, set->trust[i]);
    for (i = 0; i < set->n_revoked; i++)
        judge_mode(l, set->revoked[i]);
    judge_mode(l, set->deny_list);
    judge_mode(l, set->stale_override);
}

static void
judge(look *l)
{
    double now = l->terms.now;

    if (now < HP_RELEASED || now < hp_trust_dated(l->policy->trust) - HP_DATE_SLACK)
        find(l, HP_LEVEL_CRITICAL, "this machine's clock stands before a trust list was made: no "
                                "pass is judged");
    if (l->keys.keys == 0)
        find(l, HP_LEVEL_CRITICAL, "no trusted key is loaded: no pass is judged");
    judge_due(l);
    judge_age(l);
    if (l->keys.states[HP_KEY_USABLE] == 0)
        find(l, HP_LEVEL_CRITICAL, "no key is usable: every pass is refused");
    if (hp_override_allows(&l->policy->override, now))
        find(l, HP_LEVEL_WARNING, "an override is in force: lists may be stale");
    if (l->policy->override_fault.text[0] != '\0')
        find(l, HP_LEVEL_WARNING, l->policy->override_fault.text);
    judge_modes(l);
    judge_updates(l);
}

/* ---- for people ---------------------------------------------------------------------------- */

void
hp_finding_put(const hp_finding *worst, const char *before)
{
    char text[sizeof(worst->text)];
    char *bar;

    if (worst->text[0] == '\0')
        return;
    (void)snprintf(text, sizeof(text), "%s", worst->text);
    while ((bar = strchr(text, '|')) != NULL)
        *bar = '/';
    fputs(before, stdout);
    hp_cli_put_safe(hp_str_of(text), stdout);
}

/* "HEALTHPASS OK - 438 keys, 149 usable|keys=438 usable=149 ...": seconds until the next end. */
static void
put_first(const look *l)
{
    static const char *const before[] = { "; ", "; web: ", "; pam: " };
    double end = hp_policy_next_end(l->policy, l->terms.now);

    printf("HEALTHPASS %s - %zu keys, %zu usable", hp_level_name(l->worst.level), l->keys.keys,
           l->keys.states[HP_KEY_USABLE]);
    hp_finding_put(&l->worst, before[l->door]);
    printf("|keys=%zu usable=%zu soon=%zu", l->keys.keys, l->keys.states[HP_KEY_USABLE],
           l->keys.soon);
    if (end > 0)
        printf(" ends=%.0fs", end - l->terms.now);
    putchar('\n');
}

static void
put_moment(const char *before, double t)
{
    char text[HP_TIME_TEXT];

    hp_time_write(t, text);
    printf("%s%s", before, text);
}

static double
limit_of(const look *l, const hp_source *s)
{
    return s->max_age > 0 && s->max_age < l->terms.max_age ? s->max_age : l->terms.max_age;
}

static void
put_source(const look *l, size_t n)
{
    const hp_source *s = &l->list->sources[n];
    char age[HP_AGE_TEXT], max[HP_AGE_TEXT];
    hp_key_count keys;

    count_keys(l, n, &keys);
    hp_age_write(l->terms.now - s->dated, age);
    hp_age_write(limit_of(l, s), max);
    fputs("list ", stdout);
    hp_cli_put_safe(hp_str_of(s->name[0] == '\0' ? "(folder)" : s->name), stdout);
    fputs(", ", stdout);
    hp_cli_put_safe(hp_str_of(s->feed), stdout);
    printf(", %s: %s", hp_env_name(l->list->env), hp_source_status(s, &l->terms));
    if (s->issued > 0)
        put_moment(", of ", s->issued);
    if (s->dated > 0)
        printf(", %s old of %s", age, max);
    if (hp_source_end(s, l->terms.max_age) < HP_TIME_LAST)
        put_moment(", ends ", hp_source_end(s, l->terms.max_age));
    printf("; %zu keys, %zu usable, %zu of them expiring within %d days\n", keys.keys,
           keys.states[HP_KEY_USABLE], keys.soon, (int)(HP_SOON / 86400));
}

static void
put_updates(const updates *u)
{
    size_t i;

    for (i = 0; i < u->state.n; i++) {
        const hp_feed_state *s = &u->state.all[i];

        if (s->error[0] == '\0')
            continue;
        printf("update of %s", s->name);
        put_moment(" failed at ", s->tried);
        fputs(": ", stdout);
        hp_cli_put_safe(hp_str_of(s->error), stdout);
        putchar('\n');
    }
}

static void
put_override(const look *l)
{
    const hp_override *o = &l->policy->override;

    if (o->until == 0)
        return;
    printf("override %s", hp_override_allows(o, l->terms.now) ? "in force" : "over");
    put_moment(": from ", o->made);
    put_moment(" until ", o->until);
    fputs(", by ", stdout);
    hp_cli_put_safe(hp_str_of(o->by), stdout);
    fputs(", because: ", stdout);
    hp_cli_put_safe(hp_str_of(o->reason), stdout);
    putchar('\n');
}

static void
put_note(const char *text)
{
    fputs("note: ", stdout);
    hp_cli_put_safe(hp_str_of(text), stdout);
    putchar('\n');
}

/* What a policy may well do without, and its operator should know; NULL behind the last one. */
static const char *
unset(const look *l, size_t nth)
{
    const hp_settings *set = &l->policy->settings;
    const char *notes[3] = { NULL };
    size_t n = 0;

    if (set->n_revoked == 0)
        notes[n++] = "revoked names no index: whether others withdrew a pass is not looked up";
    if (set->deny_list == NULL)
        notes[n++] = "no deny_list: healthpassctl revoke add can block no pass here";
    return notes[nth];
}

static void
put_all(const look *l)
{
    const char *warning;
    hp_error text;
    size_t i;

    put_first(l);
    for (i = 0; i < l->list->n_sources; i++)
        put_source(l, i);
    hp_withdrawn_put(l->policy, l->terms.now, stdout);
    for (i = 0; i < l->n_updates; i++)
        put_updates(&l->updates[i]);
    put_override(l);
    if (hp_policy_next_end(l->policy, l->terms.now) > 0) {
        put_moment("next end: ", hp_policy_next_end(l->policy, l->terms.now));
        putchar('\n');
    }
    printf("identity key: %s\n", l->policy->n_identities > 0 ? "there" : "none");
    for (i = 0; hp_policy_due(l->policy, l->terms.now, i, &text) != HP_AGE_FRESH; i++)
        put_note(text.text);
    for (i = 0; (warning = hp_policy_warning(l->policy, i)) != NULL; i++)
        put_note(warning);
    for (i = 0; (warning = unset(l, i)) != NULL; i++)
        put_note(warning);
}

/* ---- for scripts --------------------------------------------------------------------------- */

static void
set_moment(hp_json *json, const char *name, double t)
{
    char text[HP_TIME_TEXT];

    hp_time_write(t, text);
    if (t > 0 && t < HP_TIME_LAST)
        hp_json_set_text(json, name, hp_str_of(text));
    else
        hp_json_set_null(json, name);
}

static hp_json *
sources_json(const look *l)
{
    hp_json *all = hp_json_array(), *one;
    hp_key_count keys;
    size_t i;

    for (i = 0; i < l->list->n_sources; i++) {
        const hp_source *s = &l->list->sources[i];

        one = hp_report_source_json(l->list, i, &l->terms);
        if (one == NULL)
            continue; /* no memory: as printing will tell */
        count_keys(l, i, &keys);
        hp_json_set_int(one, "usable", (long long)keys.states[HP_KEY_USABLE]);
        hp_json_set_int(one, "max_age", (long long)limit_of(l, s));
        set_moment(one, "ends", hp_source_end(s, l->terms.max_age));
        hp_json_add(all, one);
    }
    return all;
}

static hp_json *
updates_json(const look *l)
{
    hp_json *all = hp_json_array(), *one;
    size_t i, j;

    for (i = 0; i < l->n_updates; i++) {
        for (j = 0; j < l->updates[i].state.n; j++) {
            const hp_feed_state *s = &l->updates[i].state.all[j];

            one = hp_json_object();
            hp_json_set_text(one, "store", hp_str_of(l->updates[i].store));
            hp_json_set_text(one, "name", hp_str_of(s->name));
            set_moment(one, "tried", s->tried);
            set_moment(one, "succeeded", s->succeeded);
            set_moment(one, "due", s->due);
            if (s->error[0] != '\0')
                hp_json_set_text(one, "error", hp_str_of(s->error));
            else
                hp_json_set_null(one, "error");
            hp_json_add(all, one);
        }
    }
    return all;
}

static hp_json *
override_json(const look *l)
{
    const hp_override *o = &l->policy->override;
    hp_json *json = hp_json_object();

    hp_json_set_bool(json, "in_force", hp_override_allows(o, l->terms.now));
    set_moment(json, "made", o->made);
    set_moment(json, "until", o->until);
    hp_json_set_text(json, "by", hp_str_of(o->by));
    hp_json_set_text(json, "reason", hp_str_of(o->reason));
    return json;
}

static void
add_note(hp_json *all, const char *text)
{
    hp_json *one = hp_json_object();

    hp_json_set_text(one, "text", hp_str_of(text));
    hp_json_add(all, one);
}

static hp_json *
notes_json(const look *l)
{
    hp_json *all = hp_json_array();
    const char *warning;
    hp_error text;
    size_t i;

    for (i = 0; hp_policy_due(l->policy, l->terms.now, i, &text) != HP_AGE_FRESH; i++)
        add_note(all, text.text);
    for (i = 0; (warning = hp_policy_warning(l->policy, i)) != NULL; i++)
        add_note(all, warning);
    for (i = 0; (warning = unset(l, i)) != NULL; i++)
        add_note(all, warning);
    return all;
}

static hp_json *
first_json(const look *l, const char *policy)
{
    static const char *const doors[] = { "none", "web", "pam" };
    hp_json *json = hp_json_object();

    hp_json_set_text(json, "status", hp_str_of(hp_level_name(l->worst.level)));
    hp_json_set_text(json, "text", hp_str_of(l->worst.text));
    hp_json_set_text(json, "door", hp_str_of(doors[l->door]));
    hp_json_set_text(json, "policy", hp_str_of(policy));
    return json;
}

static hp_json *
all_json(const look *l)
{
    hp_json *json = first_json(l, hp_policy_path(l->policy));

    hp_json_set_text(json, "environment", hp_str_of(hp_env_name(l->list->env)));
    hp_json_set_int(json, "keys", (long long)l->keys.keys);
    hp_json_set_int(json, "usable", (long long)l->keys.states[HP_KEY_USABLE]);
    hp_json_set_int(json, "expiring_soon", (long long)l->keys.soon);
    set_moment(json, "next_end", hp_policy_next_end(l->policy, l->terms.now));
    hp_json_set_bool(json, "identity_key", l->policy->n_identities > 0);
    hp_json_set(json, "sources", sources_json(l));
    hp_json_set(json, "withdrawn", hp_withdrawn_json(l->policy, l->terms.now));
    hp_json_set(json, "updates", updates_json(l));
    if (l->policy->override.until > 0)
        hp_json_set(json, "override", override_json(l));
    else
        hp_json_set_null(json, "override");
    hp_json_set(json, "notes", notes_json(l));
    return json;
}

static bool
print_json(hp_json *json)
{
    bool good = hp_json_print(json, stdout);

    hp_json_free(json);
    return good;
}

/* ---- start --------------------------------------------------------------------------------- */

static bool
read_update(look *l, const char *of)
{
    updates *u = &l->updates[l->n_updates++];
    char *path = hp_cli_path_with(of, ".state");

    u->store = of;
    if (path == NULL)
        return false;
    (void)hp_state_read(path, &u->state, &u->error);
    free(path);
    return true;
}

/* PATH.state of every store that the policy trusts, and of every index; a folder has none. */
static bool
read_updates(look *l)
{
    const hp_settings *set = &l->policy->settings;
    size_t i;
    bool good;

    l->updates = calloc(set->n_trust + set->n_revoked, sizeof(*l->updates));
    good = l->updates != NULL;
    for (i = 0; good && i < set->n_trust; i++)
        good = read_update(l, set->trust[i]);
    for (i = 0; good && i < set->n_revoked; i++)
        good = read_update(l, set->revoked[i]);
    return good;
}

static bool
look_at(look *l)
{
    const hp_settings *set = &l->policy->settings;

    l->list = hp_trust_records(l->policy->trust);
    l->terms = (hp_report_terms){ .now = hp_cli_now(), .warn_age = set->trust_warn_age,
                                  .max_age = set->trust_max_age };
    if (!read_updates(l) || !mark_useless(l))
        return false;
    count_keys(l, HP_ALL_SOURCES, &l->keys);
    judge(l);
    return true;
}

static void
end_look(look *l)
{
    free(l->updates);
    free(l->useless);
    hp_policy_free(l->policy);
    *l = (look){ .policy = NULL };
}

/* Whoever is not root may just not be allowed to look: that says nothing of the gates. */
static bool
load(look *l, const char *path)
{
    hp_error error;

    if (hp_policy_load(path, l->door, &l->policy, &error) == HP_LOAD_OK)
        return look_at(l);
    find(l, geteuid() == 0 ? HP_LEVEL_CRITICAL : HP_LEVEL_UNKNOWN, error.text);
    return true;
}

static bool
show(const look *l, const char *path, bool json)
{
    if (json)
        return print_json(l->policy != NULL ? all_json(l) : first_json(l, path));
    if (l->policy != NULL) {
        put_all(l);
        return true;
    }
    printf("HEALTHPASS %s - ", hp_level_name(l->worst.level));
    hp_cli_put_safe(hp_str_of(l->worst.text), stdout);
    putchar('\n');
    return true;
}

/* Has the policy keys of its own for that door? */
static bool
has_door(const look *l, hp_door door)
{
    return l->policy == NULL ||
           hp_conf_get(hp_conf_root(l->policy->settings.file),
                       door == HP_DOOR_WEB ? "web" : "pam") != NULL;
}

/* Of all doors the worst, of equals the first, in *worst. */
static bool
look_at_all(look *worst, const char *path)
{
    hp_door door;
    look one;
    bool good = load(worst, path);

    for (door = HP_DOOR_WEB; good && door <= HP_DOOR_PAM; door++) {
        if (!has_door(worst, door))
            continue;
        one = (look){ .door = door };
        good = load(&one, path);
        if (one.worst.level > worst->worst.level) {
            end_look(worst);
            *worst = one;
        } else
            end_look(&one);
    }
    return good;
}

static int
start(const hp_cli_command *self, const choices *c)
{
    static const hp_door doors[] = { HP_DOOR_NONE, HP_DOOR_WEB, HP_DOOR_PAM };
    const char *path = c->policy != NULL ? c->policy : POLICY;
    look l = { .door = doors[c->door] };
    bool good = l.door == HP_DOOR_NONE ? look_at_all(&l, path) : load(&l, path);
    int status;

    good = good && show(&l, path, c->json);
    status = good ? (int)l.worst.level : hp_cli_say(self, HP_LEVEL_UNKNOWN, "out of memory");
    end_look(&l);
    return status;
}

static int
ask_gate(const hp_cli_command *self, const choices *c)
{
    if (c->policy != NULL || c->door != 0)
        return hp_cli_say(self, HP_LEVEL_UNKNOWN, "--url asks a gate for the policies that it "
                          "holds: --policy and --door are of this machine's files");
    return hp_status_of_gate(self, c->url, c->json);
}

/* A plugin that is called wrongly knows nothing: 2 would be CRITICAL. */
static int
run(const hp_cli_command *self, int argc, char **argv)
{
    choices c = { .json = false };
    hp_cli_texts none = { NULL, 0 };
    int status;

    if (hp_cli_parse(self, argc, argv, &c, &none, &status))
        status = c.url == NULL ? start(self, &c) : ask_gate(self, &c);
    else if (status != HP_EXIT_OK)
        status = HP_LEVEL_UNKNOWN;
    hp_cli_texts_free(&none);
    return status;
}

const hp_cli_command hp_cli_status = {
    .name = "status",
    .summary = "Tells whether passes can be judged here, and for how long",
    .usage = "[--policy F] [--door web|pam] [--json] | --url URL [--json]",
    .notes = "The first line is for monitoring systems.  CRITICAL: the policy cannot be loaded,\n"
             "no key is usable, a list is stale or missing, the clock is wrong, no rule of this\n"
             "place is valid any more, or the legal basis has ended (ends).  WARNING: a rule or\n"
             "the basis ends within 14 days, nobody is asked for a pass any more (ends_answer), a\n"
             "list will be stale soon (trust_warn_age), an update failed, an override is in\n"
             "force, or only root may read a file.  A list of withdrawn passes is stale where\n"
             "revoked_required names it, and old otherwise; a policy whose index or deny list is\n"
             "damaged cannot be loaded.\n"
             "\n"
             "With --url a running gate is asked.  CRITICAL: it does not answer, it answers every\n"
             "pass alike, or its zone is full.  WARNING: it lets everybody in (a dry run), did\n"
             "not take up a changed file, a list is stale or soon will be, an override is in\n"
             "force, its workers hold different files, or less than a tenth of the zone is left.\n"
             "\n"
             "Exit: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN (also for wrong usage).\n",
    .options = options,
    .run = run,
};
