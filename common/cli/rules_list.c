/*
 * rules list: which rules of a folder apply at a place and a time, by the selection that gates
 * use: of each identifier the newest version that is valid then.
 */
#include "cli/rules.h"

#include "base/time.h"

#include <math.h>
#include <stdlib.h>

static const char *const kinds[] = { "v", "t", "r", NULL };

typedef struct {
    const char *rules, *country, *region, *lang;
    double at; /* NAN: not given */
    int type;  /* of kinds; -1: not given */
    bool json;
} choices;

static const hp_cli_option options[] = {
    { .name = "--rules", .value = "DIR", .kind = HP_CLI_TEXT, .at = offsetof(choices, rules),
      .help = "the rules: a folder, or one file" },
    { .name = "--country", .value = "CC", .kind = HP_CLI_TEXT, .at = offsetof(choices, country),
      .help = "where the gate stands" },
    { .name = "--region", .value = "R", .kind = HP_CLI_TEXT, .at = offsetof(choices, region),
      .help = "in which part of it" },
    { .name = "--at", .value = "TIME", .kind = HP_CLI_TIME, .at = offsetof(choices, at),
      .help = "as of that time, RFC 3339 (now)" },
    { .name = "--type", .value = "v|t|r", .kind = HP_CLI_CHOICE, .words = kinds,
      .at = offsetof(choices, type), .help = "for vaccinations, tests or recoveries only" },
    { .name = "--lang", .value = "L", .kind = HP_CLI_TEXT, .at = offsetof(choices, lang),
      .help = "texts in that language where there are any (en)" },
    { .name = "--json", .kind = HP_CLI_FLAG, .at = offsetof(choices, json),
      .help = "one JSON object" },
    { .name = NULL },
};

/* One run; applies tells of each rule of the set. */
typedef struct {
    const hp_cli_command *self;
    const choices *c;
    const hp_ruleset *set;
    hp_rules_ask ask;
    bool *applies;
    size_t n;
} lister;

/* ---- which -------------------------------------------------------------------------------- */

static void
select_some(lister *l)
{
    hp_selection selection;
    const hp_rule *rule;
    size_t i;

    hp_rules_select(&selection, l->set, &l->ask);
    while ((rule = hp_rules_next(&selection)) != NULL) {
        for (i = 0; hp_ruleset_at(l->set, i) != rule; i++)
            ;
        l->n += !l->applies[i];
        l->applies[i] = true;
    }
}

/* Acceptance rules of here; invalidation rules of any issuer, for its passes may be shown here. */
static void
select_kind(lister *l, char type)
{
    const char *done = "";
    size_t i;

    l->ask.type = type;
    l->ask.country = hp_str_of(l->c->country);
    l->ask.issuer = HP_STR("");
    select_some(l);
    l->ask.country = HP_STR("");
    for (i = 0; i < hp_ruleset_count(l->set); i++) {
        const hp_rule *rule = hp_ruleset_at(l->set, i);

        if (rule->type == HP_INVALIDATION && strcmp(rule->country, done) != 0) {
            l->ask.issuer = hp_str_of(done = rule->country);
            select_some(l);
        }
    }
}

static void
select_all(lister *l)
{
    int i;

    for (i = 0; kinds[i] != NULL; i++) {
        if (l->c->type < 0 || l->c->type == i)
            select_kind(l, kinds[i][0]);
    }
}

/* ---- for scripts -------------------------------------------------------------------------- */

static bool
is_always_open(const hp_rule *rule)
{
    return rule->logic == NULL || !rule->engine_known || !rule->schema_known;
}

static const char *
text_of(const lister *l, const hp_rule *rule)
{
    const char *const languages[] = { l->c->lang, NULL };

    return hp_rule_text(rule, languages);
}

static void
set_time(hp_json *json, const char *name, double t)
{
    char text[HP_TIME_TEXT];

    hp_time_write(t, text);
    hp_json_set_text(json, name, hp_str_of(text));
}

static hp_json *
rule_json(const lister *l, const hp_rule *rule)
{
    hp_json *json = hp_json_object();
    char version[HP_VERSION_TEXT];

    hp_rules_version(rule->version, version);
    hp_json_set_text(json, "identifier", hp_str_of(rule->identifier));
    hp_json_set_text(json, "version", hp_str_of(version));
    hp_json_set_text(json, "type",
                     hp_str_of(rule->type == HP_ACCEPTANCE ? "Acceptance" : "Invalidation"));
    hp_json_set_text(json, "country", hp_str_of(rule->country));
    hp_json_set_text(json, "region", hp_str_of(rule->region));
    hp_json_set_text(json, "kind", (hp_str){ (const uint8_t *)&rule->concerns, 1 });
    set_time(json, "valid_from", rule->from);
    set_time(json, "valid_to", rule->until);
    hp_json_set_bool(json, "always_open", is_always_open(rule));
    hp_json_set_text(json, "text", hp_str_of(text_of(l, rule)));
    return json;
}

static bool
print_json(const lister *l)
{
    hp_json *json = hp_json_object(), *rules = hp_json_array();
    size_t i;
    bool ok;

    hp_json_set_text(json, "country", hp_str_of(l->c->country));
    hp_json_set_text(json, "region", l->ask.region);
    set_time(json, "at", l->ask.clock);
    for (i = 0; i < hp_ruleset_count(l->set); i++) {
        if (l->applies[i])
            hp_json_add(rules, rule_json(l, hp_ruleset_at(l->set, i)));
    }
    hp_json_set(json, "rules", rules);
    ok = hp_json_print(json, stdout);
    hp_json_free(json);
    return ok;
}

/* ---- for people --------------------------------------------------------------------------- */

static const char *
kind_name(char kind)
{
    switch (kind) {
    case 'v':
        return "vaccination";
    case 't':
        return "test";
    case 'r':
        return "recovery";
    default:
        return "all";
    }
}

static void
print_rule(const lister *l, const hp_rule *rule)
{
    char version[HP_VERSION_TEXT], from[HP_TIME_TEXT], until[HP_TIME_TEXT];

    hp_rules_version(rule->version, version);
    hp_time_write(rule->from, from);
    hp_time_write(rule->until, until);
    printf("%-11s %-8s %-12s%s  %s  ", rule->identifier, version, kind_name(rule->concerns), from,
           until);
    if (rule->type == HP_INVALIDATION)
        printf("(passes of %s) ", rule->country);
    if (is_always_open(rule))
        fputs("(always open) ", stdout);
    hp_cli_put_safe(hp_str_of(text_of(l, rule)), stdout);
    putchar('\n');
}

static void
print_table(const lister *l)
{
    size_t i;

    if (l->n > 0)
        printf("%-11s %-8s %-12s%-20s  %-20s  %s\n", "rule", "version", "for", "valid from",
               "until", "text");
    for (i = 0; i < hp_ruleset_count(l->set); i++) {
        if (l->applies[i])
            print_rule(l, hp_ruleset_at(l->set, i));
    }
}

/* ---- start -------------------------------------------------------------------------------- */

static int
list(lister *l)
{
    bool ok = true;

    l->applies = calloc(hp_ruleset_count(l->set) + 1, sizeof(*l->applies));
    if (l->applies == NULL)
        return hp_cli_say(l->self, HP_EXIT_FAULT, "out of memory");
    select_all(l);
    if (l->c->json)
        ok = print_json(l);
    else
        print_table(l);
    free(l->applies);
    if (!ok)
        return hp_cli_say(l->self, HP_EXIT_FAULT, "out of memory");
    if (l->n == 0)
        return hp_cli_say(l->self, HP_EXIT_REFUSED, "no rule applies");
    return HP_EXIT_OK;
}

static int
start(const hp_cli_command *self, const choices *c)
{
    lister l = { .self = self, .c = c,
                 .ask = { .clock = isnan(c->at) ? hp_cli_now() : c->at,
                          .region = hp_str_of(c->region == NULL ? "" : c->region) } };
    hp_ruleset *set;
    int status;

    if (c->rules == NULL)
        return hp_cli_say(self, HP_EXIT_USAGE, "--rules DIR is missing");
    if (c->country == NULL)
        return hp_cli_say(self, HP_EXIT_USAGE, "--country CC is missing");
    if (!hp_rules_is_country(c->country))
        return hp_cli_say(self, HP_EXIT_USAGE, "--country %s: expected two capital letters",
                          c->country);
    l.set = set = hp_rules_load(self, c->rules, NULL, NULL);
    if (set == NULL)
        return HP_EXIT_FAULT;
    status = list(&l);
    hp_ruleset_free(set);
    return status;
}

static int
run(const hp_cli_command *self, int argc, char **argv)
{
    choices c = { .at = NAN, .type = -1, .lang = "en" };
    int status;

    return hp_cli_parse(self, argc, argv, &c, NULL, &status) ? start(self, &c) : status;
}

const hp_cli_command hp_cli_rules_list = {
    .name = "rules list",
    .summary = "Shows which rules apply at a place and a time",
    .usage = "--rules DIR --country CC [--region R] [--at TIME] [--type v|t|r]\n"
             "           [--lang L] [--json]",
    .notes = "Acceptance rules of that country and region, and invalidation rules of all issuers,\n"
             "which concern their own passes.  Of each the newest version that is valid then.\n"
             "\n"
             "Exit: 0 listed, 1 no rule applies, 2 usage, 3 fault.\n",
    .options = options,
    .run = run,
};
