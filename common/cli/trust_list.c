/*
 * trust list: what a gate trusts, how old it is and how long it lasts.
 * Reads a store, or all that a policy names; changes nothing.
 */
#include "cli/cli.h"
#include "cli/policy_file.h"
#include "cli/trust.h"
#include "cli/trust_report.h"

#include "policy/policy.h"

#include <math.h>

#define POLICY "/etc/healthpass/policy.conf"

typedef struct {
    const char *policy;
    int door;  /* of hp_cli_doors; -1: not given */
    double at; /* NAN: not given */
    bool keys, json;
} choices;

static const hp_cli_option options[] = {
    { .name = "--policy", .value = "F", .kind = HP_CLI_TEXT, .at = offsetof(choices, policy),
      .help = "all that this policy trusts (" POLICY ")" },
    { .name = "--door", .value = "web|pam", .kind = HP_CLI_CHOICE, .words = hp_cli_doors,
      .at = offsetof(choices, door),
      .help = "with that group of the policy (with none: keys outside groups)" },
    { .name = "--at", .value = "TIME", .kind = HP_CLI_TIME, .at = offsetof(choices, at),
      .help = "as of that time, RFC 3339 (now)" },
    { .name = "--keys", .kind = HP_CLI_FLAG, .at = offsetof(choices, keys),
      .help = "one line a key" },
    { .name = "--json", .kind = HP_CLI_FLAG, .at = offsetof(choices, json),
      .help = "one JSON object" },
    { .name = NULL },
};

/* One run: what is listed, and by which limits. */
typedef struct {
    const hp_cli_command *self;
    const choices *c;
    hp_crypto *crypto;
    const hp_records *list;
    hp_report_terms terms;
} lister;

/* ---- for scripts --------------------------------------------------------------------------- */

static hp_json *
keys_json(const lister *l)
{
    hp_json *keys = hp_json_array();
    size_t i;

    for (i = 0; i < l->list->n; i++) {
        const hp_record *r = &l->list->all[i];

        if (r->role != HP_ROLE_DOCUMENT)
            hp_json_add(keys, hp_report_key_json(l->crypto, l->list, r, l->terms.now));
    }
    return keys;
}

static bool
print_json(const lister *l)
{
    hp_json *json = hp_json_object(), *sources = hp_json_array();
    hp_key_count count;
    size_t i;
    bool ok;

    hp_count_keys(l->list, HP_ALL_SOURCES, l->terms.now, &count);
    hp_json_set_text(json, "environment", hp_str_of(hp_env_name(l->list->env)));
    hp_json_set_int(json, "keys", (long long)count.keys);
    hp_json_set_int(json, "usable", (long long)count.states[HP_KEY_USABLE]);
    for (i = 0; i < l->list->n_sources; i++)
        hp_json_add(sources, hp_report_source_json(l->list, i, &l->terms));
    hp_json_set(json, "sources", sources);
    if (l->c->keys)
        hp_json_set(json, "list", keys_json(l));
    ok = hp_json_print(json, stdout);
    hp_json_free(json);
    return ok;
}

/* ---- for people ---------------------------------------------------------------------------- */

static void
put_row(const lister *l, size_t n)
{
    const hp_source *s = &l->list->sources[n];
    char age[HP_AGE_TEXT] = "-";
    hp_key_count count;

    hp_count_keys(l->list, n, l->terms.now, &count);
    if (s->dated != 0)
        hp_age_write(l->terms.now - s->dated, age);
    printf("%-8s%-12s%6zu%8zu%9zu%6zu%10zu  ", hp_source_status(s, &l->terms), age, count.keys,
           count.states[HP_KEY_USABLE], count.states[HP_KEY_EXPIRED], count.soon,
           hp_source_left_out(s));
    hp_cli_put_safe(hp_str_of(s->name[0] == '\0' ? "(folder)" : s->name), stdout);
    putchar('\n');
}

static bool
print_table(const lister *l)
{
    hp_key_count count;
    size_t i;
    bool ok = true;

    hp_count_keys(l->list, HP_ALL_SOURCES, l->terms.now, &count);
    printf("environment %s: %zu keys of %zu lists, %zu usable\n\n", hp_env_name(l->list->env),
           count.keys, l->list->n_sources, count.states[HP_KEY_USABLE]);
    if (l->list->n_sources == 0)
        return true;
    printf("%-8s%-12s%6s%8s%9s%6s%10s  %s\n", "status", "age", "keys", "usable", "expired", "soon",
           "left out", "list");
    for (i = 0; i < l->list->n_sources; i++)
        put_row(l, i);
    for (i = 0; ok && i < l->list->n_sources; i++) {
        putchar('\n');
        ok = hp_report_source(l->list, i, &l->terms, stdout);
    }
    return ok;
}

static void
print_keys(const lister *l)
{
    size_t i;

    for (i = 0; i < l->list->n; i++) {
        if (l->list->all[i].role != HP_ROLE_DOCUMENT)
            hp_report_key(l->crypto, l->list, &l->list->all[i], l->terms.now, stdout);
    }
}

/* ---- start --------------------------------------------------------------------------------- */

static int
print(const lister *l)
{
    bool ok = true;

    if (l->c->json)
        ok = print_json(l);
    else if (l->c->keys)
        print_keys(l);
    else
        ok = print_table(l);
    return ok ? HP_EXIT_OK : hp_cli_say(l->self, HP_EXIT_FAULT, "out of memory");
}

static int
list_policy(const lister *l)
{
    const char *path = l->c->policy == NULL ? POLICY : l->c->policy;
    hp_door door = hp_cli_door(l->c->door);
    lister one = *l;
    hp_policy *policy;
    hp_error error;
    int status;

    if (hp_policy_load(path, door, &policy, &error) != HP_LOAD_OK)
        return hp_cli_say(l->self, HP_EXIT_FAULT, "%s", error.text);
    one.crypto = policy->crypto;
    one.list = hp_trust_records(policy->trust);
    one.terms.max_age = policy->settings.trust_max_age;
    one.terms.warn_age = policy->settings.trust_warn_age;
    status = print(&one);
    hp_policy_free(policy);
    return status;
}

static int
list_store(const lister *l, const char *path)
{
    lister one = *l;
    hp_records list;
    hp_error error;
    int status = HP_EXIT_FAULT;

    one.crypto = hp_crypto_new();
    if (one.crypto == NULL)
        return hp_cli_say(l->self, status, "no memory, or OpenSSL offers no SHA-256");
    if (hp_trust_read(one.crypto, path, false, &list, &error)) {
        one.list = &list;
        status = print(&one);
        hp_records_free(&list);
    } else
        (void)hp_cli_say(l->self, status, "%s", error.text);
    hp_crypto_free(one.crypto);
    return status;
}

static int
start(const hp_cli_command *self, const choices *c, const hp_cli_texts *stores)
{
    lister l = { .self = self, .c = c,
                 .terms = { .now = isnan(c->at) ? hp_cli_now() : c->at,
                            .warn_age = HP_AGE_WARN, .max_age = HP_AGE_MAX } };

    if (stores->n > 1 || (stores->n == 1 && c->policy != NULL))
        return hp_cli_say(self, HP_EXIT_USAGE, "expected one STORE, or --policy");
    if (stores->n == 1 && c->door >= 0)
        return hp_cli_say(self, HP_EXIT_USAGE, "--door goes with a policy, not with a STORE");
    return stores->n == 1 ? list_store(&l, stores->text[0]) : list_policy(&l);
}

static int
run(const hp_cli_command *self, int argc, char **argv)
{
    choices c = { .door = -1, .at = NAN };
    hp_cli_texts stores = { NULL, 0 };
    int status;

    if (hp_cli_parse(self, argc, argv, &c, &stores, &status))
        status = start(self, &c, &stores);
    hp_cli_texts_free(&stores);
    return status;
}

const hp_cli_command hp_cli_trust_list = {
    .name = "trust list",
    .summary = "Shows lists and keys that are trusted, their age and what is usable",
    .usage = "[[--policy F] [--door web|pam] | STORE] [--at TIME] [--keys] [--json]",
    .notes = "status: fresh, old (trust_warn_age; soon stale), stale (trust_max_age, or the\n"
             "list's own end: gates answer with a fault), ageless (it has no date).  Ages of a\n"
             "STORE by itself are measured against 6 and 7 days.  soon: usable keys that end\n"
             "within 30 days.\n"
             "--keys: key id, country, domain, kind, usage (v t r), from, until, state, list,\n"
             "and the issuer of a SMART Health Card's.\n"
             "\n"
             "Exit: 0 listed, 2 usage, 3 fault.\n",
    .options = options,
    .operands = true,
    .run = run,
};
