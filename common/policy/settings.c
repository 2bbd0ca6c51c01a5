/* Reads the policy file by one table of its keys; see settings.h. */
#include "policy/settings.h"

#include "base/time.h"
#include "policy/override.h"

#include <stdio.h>
#include <stdlib.h>

#define DAY            86400.0    /* seconds */
#define TRUST_MAX_AGE  (7 * DAY)
#define TRUST_WARN     (6.0 / 7)  /* of trust_max_age */
#define TRUST_AGE_LEAST 60.0
#define TRUST_AGE_MOST (366 * DAY)
#define REVOKED_MAX_AGE (2 * DAY) /* revocation, 6.4 */

/* ---- keys ----------------------------------------------------------------- */

/* What is said twice is on all the same. */
static bool
add_format(const hp_conf_item *s, hp_settings *to)
{
    const char *name = hp_conf_text(s);
    unsigned bit = name != NULL ? hp_format_bit(name) : 0;

    to->formats |= bit;
    return bit != 0;
}

static bool
set_formats(const hp_conf_item *s, hp_settings *to, hp_error *error)
{
    size_t i, n = hp_conf_count(s);
    bool good = n > 0;

    to->formats = 0;
    if (add_format(s, to))
        return true;
    for (i = 0; good && i < n; i++)
        good = hp_conf_is_list(s) && add_format(hp_conf_at(s, i), to);
    return good || hp_conf_refuse(s, "formats that this build supports: \"hc1\", \"shc\", "
                                     "\"2d-doc\", \"vds-nc\"", error);
}

static bool
set_trust(const hp_conf_item *s, hp_settings *to, hp_error *error)
{
    if (!hp_conf_texts(s, to->trust, HP_TRUST_PATHS, &to->n_trust))
        return hp_conf_refuse(s, "an absolute path, or a list of up to 16", error);
    if (to->n_trust == 0)
        return hp_conf_refuse(s, "at least one trust folder or file", error);
    return hp_conf_paths(s, to->trust, HP_TRUST_PATHS, &to->n_trust) ||
           hp_conf_refuse(s, "absolute paths of trust folders or files", error);
}

static bool
set_trust_max_age(const hp_conf_item *s, hp_settings *to, hp_error *error)
{
    to->trust_max_age = hp_conf_time(s, TRUST_AGE_MOST);
    return to->trust_max_age >= TRUST_AGE_LEAST ||
           hp_conf_refuse(s, "a time from \"1m\" to \"366d\"", error);
}

/* Whether it is less than trust_max_age is known once both are read. */
static bool
set_trust_warn_age(const hp_conf_item *s, hp_settings *to, hp_error *error)
{
    to->warned = s;
    to->trust_warn_age = hp_conf_time(s, TRUST_AGE_MOST);
    return to->trust_warn_age >= TRUST_AGE_LEAST ||
           hp_conf_refuse(s, "a time from \"1m\" to that of trust_max_age", error);
}

static bool
set_trust_manifest(const hp_conf_item *s, hp_settings *to, hp_error *error)
{
    static const char *const known[] = { "optional", "required", NULL };
    int which = hp_conf_word(s, known);

    if (which < 0)
        return hp_conf_refuse(s, "\"optional\" or \"required\"", error);
    to->manifest_required = which == 1;
    return true;
}

static bool
set_trust_manifest_key(const hp_conf_item *s, hp_settings *to, hp_error *error)
{
    to->manifest_key = hp_conf_path(s);
    return to->manifest_key != NULL ||
           hp_conf_refuse(s, "the absolute path of a public key or certificate", error);
}

static bool
set_stale_override(const hp_conf_item *s, hp_settings *to, hp_error *error)
{
    to->stale_override = hp_conf_path(s);
    return to->stale_override != NULL || hp_conf_refuse(s, "the absolute path of a file", error);
}

static bool
set_signer_country(const hp_conf_item *s, hp_settings *to, hp_error *error)
{
    static const char *const known[] = { "any", "same", NULL };
    int which = hp_conf_word(s, known);

    if (which < 0)
        return hp_conf_refuse(s, "\"any\" or \"same\"", error);
    to->same_country = which == 1;
    return true;
}

static bool
set_environment(const hp_conf_item *s, hp_settings *to, hp_error *error)
{
    static const char *const known[] = { "prod", "uat", "dev", NULL };

    int which = hp_conf_word(s, known);

    if (which < 0)
        return hp_conf_refuse(s, "\"prod\", \"uat\" or \"dev\"", error);
    to->environment = (hp_env)which;
    return true;
}

static bool
set_rules(const hp_conf_item *s, hp_settings *to, hp_error *error)
{
    static const char *const known[] = { "authentic-only", "minimal", NULL };
    static const hp_rules rules[] = { HP_RULES_AUTHENTIC_ONLY, HP_RULES_MINIMAL };
    int which = hp_conf_word(s, known);

    to->rules = which >= 0 ? rules[which] : HP_RULES_DOCUMENTS;
    if (which >= 0)
        return true;
    return (hp_conf_paths(s, to->rule_paths, HP_RULE_PATHS, &to->n_rule_paths) &&
            to->n_rule_paths > 0) ||
           hp_conf_refuse(s, "absolute paths of rule documents and folders of them, \"minimal\" "
                             "or \"authentic-only\"", error);
}

bool
hp_settings_is_set(const char *name)
{
    return name[0] != 0 && name[0] != '.' && strchr(name, '/') == NULL && strlen(name) <= 64;
}

static bool
set_rules_set(const hp_conf_item *s, hp_settings *to, hp_error *error)
{
    to->rules_set = hp_conf_text(s);
    return (to->rules_set != NULL && hp_settings_is_set(to->rules_set)) ||
           hp_conf_refuse(s, "the name of a folder in a folder of rules", error);
}

static bool
set_value_sets(const hp_conf_item *s, hp_settings *to, hp_error *error)
{
    return hp_conf_paths(s, to->value_sets, HP_RULE_PATHS, &to->n_value_sets) ||
           hp_conf_refuse(s, "absolute paths of value sets and folders of them", error);
}

static bool
is_capital(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool
set_country(const hp_conf_item *s, hp_settings *to, hp_error *error)
{
    to->country = hp_conf_text(s);
    return (to->country != NULL && strlen(to->country) == 2 && is_capital(to->country[0]) &&
            is_capital(to->country[1])) ||
           hp_conf_refuse(s, "two capital letters, as \"FR\"", error);
}

/* As rule documents have it: up to five letters and digits (certlogic, 8). */
static bool
set_region(const hp_conf_item *s, hp_settings *to, hp_error *error)
{
    const char *p = to->region = hp_conf_text(s);

    while (p != NULL && (is_capital(*p) || (*p >= '0' && *p <= '9')))
        p++;
    return (p != NULL && *p == 0 && p - to->region >= 1 && p - to->region <= 5) ||
           hp_conf_refuse(s, "one to five capital letters and digits", error);
}

/* "deny" or the word that lets in all the same. */
static bool
set_answer(const hp_conf_item *s, const char *yes, const char *expected, bool *to,
           hp_error *error)
{
    const char *const known[] = { "deny", yes, NULL };
    int which = hp_conf_word(s, known);

    *to = which == 1;
    return which >= 0 || hp_conf_refuse(s, expected, error);
}

static bool
set_rules_open(const hp_conf_item *s, hp_settings *to, hp_error *error)
{
    return set_answer(s, "allow", "\"deny\" or \"allow\"", &to->accepts_open, error);
}

static bool
set_rules_none(const hp_conf_item *s, hp_settings *to, hp_error *error)
{
    return set_answer(s, "allow", "\"deny\" or \"allow\"", &to->accepts_none, error);
}

static bool
set_rules_later(const hp_conf_item *s, hp_settings *to, hp_error *error)
{
    return set_answer(s, "accept", "\"deny\" or \"accept\"", &to->accepts_later, error);
}

static bool
set_revoked(const hp_conf_item *s, hp_settings *to, hp_error *error)
{
    return hp_conf_paths(s, to->revoked, HP_INDEXES, &to->n_revoked) ||
           hp_conf_refuse(s, "absolute paths of up to 8 revocation indexes (healthpassctl revoke "
                             "build)", error);
}

/* Names as sources have them; whether they are there is asked of each pass. */
static bool
set_revoked_required(const hp_conf_item *s, hp_settings *to, hp_error *error)
{
    bool good = hp_conf_texts(s, to->required, HP_REQUIRED, &to->n_required);
    size_t i;

    for (i = 0; good && i < to->n_required; i++)
        good = to->required[i] != NULL && to->required[i][0] != 0 &&
               strlen(to->required[i]) < HP_SOURCE_NAME;
    to->required_at = s;
    return good || hp_conf_refuse(s, "names of up to 16 lists in the revocation indexes", error);
}

static bool
set_revoked_max_age(const hp_conf_item *s, hp_settings *to, hp_error *error)
{
    to->revoked_max_age = hp_conf_time(s, TRUST_AGE_MOST);
    return to->revoked_max_age >= TRUST_AGE_LEAST ||
           hp_conf_refuse(s, "a time from \"1m\" to \"366d\"", error);
}

static bool
set_revoked_maybe(const hp_conf_item *s, hp_settings *to, hp_error *error)
{
    return set_answer(s, "allow", "\"deny\" or \"allow\"", &to->accepts_maybe, error);
}

/* A file, or the place of a list that a fleet shares: gates read a file in any case. */
static bool
set_deny_list(const hp_conf_item *s, hp_settings *to, hp_error *error)
{
    const char *value = hp_conf_text(s);

    to->deny_shared = NULL;
    to->deny_list = hp_conf_path(s);
    if (to->deny_list != NULL)
        return true;
    if (value != NULL && hp_ledger_place_read(value, &to->deny_place) &&
        to->deny_place.kind == HP_LEDGER_REDIS)
        to->deny_shared = value;
    return to->deny_shared != NULL ||
           hp_conf_refuse(s, "the absolute path of a deny list (healthpassctl revoke add), "
                             "\"redis://ADDRESS:PORT/DB\" with a numeric address, or "
                             "\"unix:PATH\"", error);
}

static bool
set_deny_copy(const hp_conf_item *s, hp_settings *to, hp_error *error)
{
    to->deny_copy_at = s;
    to->deny_copy = hp_conf_path(s);
    return to->deny_copy != NULL ||
           hp_conf_refuse(s, "the absolute path of this machine's copy of the deny list", error);
}

static bool
set_ledger(const hp_conf_item *s, hp_settings *to, hp_error *error)
{
    const char *value = hp_conf_text(s);

    return (value != NULL && hp_ledger_place_read(value, &to->ledger)) ||
           hp_conf_refuse(s, "\"memory\", \"file:PATH\", \"redis://ADDRESS:PORT/DB\" with a "
                             "numeric address, or \"unix:PATH\"", error);
}

static bool
set_ledger_auth(const hp_conf_item *s, hp_settings *to, hp_error *error)
{
    to->ledger_auth = hp_conf_path(s);
    return to->ledger_auth != NULL ||
           hp_conf_refuse(s, "the absolute path of a file with the password of Redis", error);
}

static bool
set_schema(const hp_conf_item *s, hp_settings *to, hp_error *error)
{
    static const char *const known[] = { "tolerant", "strict", NULL };
    int which = hp_conf_word(s, known);

    if (which < 0)
        return hp_conf_refuse(s, "\"tolerant\" or \"strict\"", error);
    to->schema = which == 0 ? HP_SCHEMA_TOLERANT : HP_SCHEMA_STRICT;
    return true;
}

static bool
set_multi_payload(const hp_conf_item *s, hp_settings *to, hp_error *error)
{
    static const char *const known[] = { "deny", "first", "any", NULL };
    int which = hp_conf_word(s, known);

    if (which < 0)
        return hp_conf_refuse(s, "\"deny\", \"first\" or \"any\"", error);
    to->multi_payload = (hp_multi)which;
    return true;
}

static bool
set_domains(const hp_conf_item *s, unsigned *domains, hp_error *error)
{
    static const char expected[] = "trust domains, as [ \"DCC\", \"DDCC\", \"ICVP\", \"PH4H\", "
                                   "\"IPS-PILGRIMAGE\" ]";
    const char *names[HP_PAYLOAD_DOMAINS];
    size_t i, n;

    if (!hp_conf_texts(s, names, HP_PAYLOAD_DOMAINS, &n) || n == 0)
        return hp_conf_refuse(s, expected, error);
    for (i = 0; i < n; i++) {
        unsigned bit = names[i] != NULL ? hp_domain_of(hp_str_of(names[i])) : HP_DOMAIN_OTHER;

        if ((bit & HP_DOMAIN_HC1) == 0)
            return hp_conf_refuse(s, expected, error);
        *domains |= bit;
    }
    return true;
}

/* A group: which keys may sign what an HC1 envelope holds. */
static bool
set_payload_domains(const hp_conf_item *s, hp_settings *to, hp_error *error)
{
    static const char *const payloads[HP_PAYLOADS] = {
        [HP_PAYLOAD_DCC] = "dcc", [HP_PAYLOAD_ICVP] = "icvp", [HP_PAYLOAD_DDCC] = "ddcc",
        [HP_PAYLOAD_LINK] = "link",
    };
    size_t i, n = hp_conf_count(s), which;

    for (i = 0; hp_conf_is_group(s) && i < n; i++) {
        const hp_conf_item *item = hp_conf_at(s, i);

        for (which = 1; which < HP_PAYLOADS; which++) {
            if (strcmp(hp_conf_name(item), payloads[which]) == 0)
                break;
        }
        if (which == HP_PAYLOADS)
            return hp_conf_complain(item, "is no payload: dcc, icvp, ddcc or link", error);
        if (!set_domains(item, &to->domains[which], error))
            return false;
    }
    return n > 0 && hp_conf_is_group(s)
               ? true
               : hp_conf_refuse(s, "a group, as { icvp = [ \"ICVP\", \"DCC\" ]; }", error);
}

static bool
set_signer_validity(const hp_conf_item *s, hp_settings *to, hp_error *error)
{
    int on = hp_conf_switch(s);

    if (on < 0)
        return hp_conf_refuse(s, "\"on\" or \"off\"", error);
    to->signer_validity = on == 1;
    return true;
}

static bool
set_clock_skew(const hp_conf_item *s, hp_settings *to, hp_error *error)
{
    to->clock_skew = hp_conf_time(s, 3600);
    return to->clock_skew >= 0 || hp_conf_refuse(s, "a time from \"0s\" to \"1h\"", error);
}

static bool
set_identity_key(const hp_conf_item *s, hp_settings *to, hp_error *error)
{
    to->identity_key = hp_conf_path(s);
    return to->identity_key != NULL ||
           hp_conf_refuse(s, "the absolute path of the key file", error);
}

static bool
set_pass_id_scope(const hp_conf_item *s, hp_settings *to, hp_error *error)
{
    static const char *const known[] = { "day", "site", NULL };
    const char *value = hp_conf_text(s);

    to->pass_id_scope = value;
    if (hp_conf_word(s, known) >= 0)
        return true;
    return (value != NULL && strncmp(value, "event:", 6) == 0 && value[6] != 0) ||
           hp_conf_refuse(s, "\"day\", \"site\" or \"event:NAME\"", error);
}

/* The last day belongs to it, wherever this is in UTC. */
static bool
set_ends(const hp_conf_item *s, hp_settings *to, hp_error *error)
{
    const char *value = hp_conf_text(s);
    hp_str text = hp_str_of(value != NULL ? value : "");
    hp_date last;

    if (hp_date_read(text, &last))
        to->ends = (double)(hp_date_days(last) + 1) * DAY;
    else if (!hp_time_read(text, false, &to->ends))
        to->ends = 0;
    return (to->ends > 0 && to->ends <= HP_TIME_LAST) ||
           hp_conf_refuse(s, "the last day, as \"2026-12-31\", or an RFC 3339 time", error);
}

static bool
set_ends_answer(const hp_conf_item *s, hp_settings *to, hp_error *error)
{
    static const char *const known[] = { "refuse", "off", NULL };
    int which = hp_conf_word(s, known);

    if (which < 0)
        return hp_conf_refuse(s, "\"refuse\" or \"off\"", error);
    to->ends_off = which == 1;
    return true;
}

/*
 * Every key of a policy file.  Those without a function belong to later builds: an operator
 * who wrote one is told so, and never believes that it is in force.
 */
static const struct {
    const char *name;
    bool (*set)(const hp_conf_item *s, hp_settings *to, hp_error *error);
} keys[] = {
    { "formats", set_formats },
    { "trust", set_trust },
    { "trust_max_age", set_trust_max_age },
    { "trust_warn_age", set_trust_warn_age },
    { "trust_manifest", set_trust_manifest },
    { "trust_manifest_key", set_trust_manifest_key },
    { "stale_override", set_stale_override },
    { "environment", set_environment },
    { "rules", set_rules },
    { "rules_set", set_rules_set },
    { "value_sets", set_value_sets },
    { "country", set_country },
    { "region", set_region },
    { "rules_open", set_rules_open },
    { "rules_none", set_rules_none },
    { "rules_later", set_rules_later },
    { "payload_domains", set_payload_domains },
    { "multi_payload", set_multi_payload },
    { "revoked", set_revoked },
    { "revoked_required", set_revoked_required },
    { "revoked_maybe", set_revoked_maybe },
    { "revoked_max_age", set_revoked_max_age },
    { "deny_list", set_deny_list },
    { "deny_copy", set_deny_copy },
    { "schema", set_schema },
    { "signer_validity", set_signer_validity },
    { "signer_country", set_signer_country },
    { "clock_skew", set_clock_skew },
    { "identity_key", set_identity_key },
    { "ledger", set_ledger },
    { "ledger_auth", set_ledger_auth },
    { "pass_id_scope", set_pass_id_scope },
    { "ends", set_ends },
    { "ends_answer", set_ends_answer },
};

#define KEYS (sizeof(keys) / sizeof(keys[0]))

static size_t
find_key(const char *name)
{
    size_t i = 0;

    while (i < KEYS && strcmp(keys[i].name, name) != 0)
        i++;
    return i;
}

/* ---- groups --------------------------------------------------------------- */

static bool
is_group_name(const char *name)
{
    return strcmp(name, "web") == 0 || strcmp(name, "pam") == 0 ||
           strcmp(name, "if_supported") == 0;
}

static bool
apply_one(const hp_conf_item *root, const hp_conf_item *s, bool if_supported, hp_settings *to,
          hp_error *error)
{
    size_t i = find_key(hp_conf_name(s));

    if (if_supported && hp_conf_get(root, hp_conf_name(s)) != NULL)
        return hp_conf_refuse(s, "once: it stands outside of if_supported too", error);
    if (i < KEYS)
        return keys[i].set(s, to, error);
    return if_supported ||
           hp_conf_complain(s, "is no key of a policy file (one of a later build may stand in the "
                               "group if_supported)", error);
}

/* Applies all keys of a group; the groups inside the outermost one come later. */
static bool
apply(const hp_conf_item *root, const hp_conf_item *group, bool if_supported, hp_settings *to,
      hp_error *error)
{
    const hp_conf_item *s;
    size_t i, n = hp_conf_count(group);

    for (i = 0; i < n; i++) {
        s = hp_conf_at(group, i);
        if (group == root && is_group_name(hp_conf_name(s)))
            continue;
        if (!apply_one(root, s, if_supported, to, error))
            return false;
    }
    return true;
}

/* What keys say of one another: a warning that comes too late is none. */
static bool
check_together(hp_settings *s, hp_error *error)
{
    if (s->warned == NULL)
        s->trust_warn_age = s->trust_max_age * TRUST_WARN;
    if (s->n_required > 0 && s->n_revoked == 0)
        return hp_conf_complain(s->required_at, "names lists, and revoked names no index that "
                                                "could hold them", error);
    return s->trust_warn_age <= s->trust_max_age ||
           hp_conf_refuse(s->warned, "a time from \"1m\" to that of trust_max_age", error);
}

/* A group that is there must be one. */
static bool
apply_group(const hp_conf_item *root, const char *name, hp_settings *to, hp_error *error)
{
    const hp_conf_item *group = hp_conf_get(root, name);

    if (group != NULL && !hp_conf_is_group(group))
        return hp_conf_refuse(group, "a group: { key = value; };", error);
    return (group == NULL ||
            apply(root, group, strcmp(name, "if_supported") == 0, to, error)) &&
           check_together(to, error);
}

/* A copy of nothing is a slip; one door may well have a list of its own. */
static bool
check_copies(const hp_settings *const each[3], hp_error *error)
{
    const hp_conf_item *at = NULL;
    size_t i;

    for (i = 0; i < 3; i++) {
        if (each[i]->deny_shared != NULL)
            return true;
        at = each[i]->deny_copy_at != NULL ? each[i]->deny_copy_at : at;
    }
    return at == NULL || hp_conf_complain(at, "is the copy of a list in Redis, and deny_list names "
                                              "none", error);
}

/* Both doors' groups are checked, whichever is ours. */
static bool
apply_doors(const hp_conf_item *root, hp_door door, hp_settings *to, hp_error *error)
{
    hp_settings web = *to, pam = *to;
    const hp_settings *const each[] = { to, &web, &pam };

    if (!apply_group(root, "web", &web, error) || !apply_group(root, "pam", &pam, error) ||
        !check_copies(each, error))
        return false;
    if (door != HP_DOOR_NONE)
        *to = door == HP_DOOR_WEB ? web : pam;
    return true;
}

/* Two texts in memory of their own; NULL: there is none left. */
static char *
joined(const char *one, const char *other)
{
    size_t n = strlen(one) + strlen(other) + 1;
    char *both = malloc(n);

    if (both != NULL)
        (void)snprintf(both, n, "%s%s", one, other);
    return both;
}

/* Which file gates read of a shared list: known once the door's own keys are. */
static bool
place_copy(const char *path, hp_settings *to, hp_error *error)
{
    char name[HP_LEDGER_NAME];

    if (to->deny_shared == NULL)
        return true;
    if (to->deny_copy == NULL && !hp_ledger_place_name(&to->deny_place, name)) {
        hp_error_set(error, "%s: deny_list: has a path too long to name its copy by, expected "
                            "deny_copy too", path);
        return false;
    }
    if (to->deny_copy == NULL)
        to->deny_made = joined(HP_DENY_COPIES "/", name);
    to->deny_list = to->deny_copy != NULL ? to->deny_copy : to->deny_made;
    to->deny_heard = to->deny_list != NULL ? joined(to->deny_list, HP_DENY_HEARD) : NULL;
    if (to->deny_heard == NULL)
        hp_error_set(error, "%s: no memory", path);
    return to->deny_heard != NULL;
}

static bool
apply_all(const char *path, const hp_conf_item *root, hp_door door, hp_settings *to,
          hp_error *error)
{
    if (!apply(root, root, false, to, error) ||
        !apply_group(root, "if_supported", to, error) || !apply_doors(root, door, to, error))
        return false;
    if (to->n_trust == 0)
        hp_error_set(error, "%s: trust: is missing, expected the absolute path of a folder "
                            "of keys", path);
    else if (to->rules == HP_RULES_NONE)
        hp_error_set(error, "%s: rules: is missing, expected \"minimal\", "
                            "\"authentic-only\", or where rule documents are", path);
    else if (to->rules == HP_RULES_DOCUMENTS && to->country == NULL)
        hp_error_set(error, "%s: country: is missing, expected where this place is: rules are a "
                            "country's", path);
    else
        return place_copy(path, to, error);
    return false;
}

/* ---- file ----------------------------------------------------------------- */

bool
hp_settings_read(const char *path, hp_str text, hp_door door, hp_settings *settings,
                 hp_error *error)
{
    *settings = (hp_settings){ .trust_max_age = TRUST_MAX_AGE, .pass_id_scope = "day",
                               .revoked_max_age = REVOKED_MAX_AGE,
                               .formats = HP_FORMATS_HC1, .signer_validity = true,
                               .stale_override = HP_OVERRIDE_PATH };
    settings->file = hp_conf_read(path, text, error);
    if (settings->file == NULL)
        return false;
    if (apply_all(path, hp_conf_root(settings->file), door, settings, error))
        return true;
    hp_settings_free(settings);
    return false;
}

void
hp_settings_free(hp_settings *settings)
{
    hp_conf_free(settings->file);
    free(settings->deny_heard);
    free(settings->deny_made);
    settings->file = NULL;
    settings->deny_heard = settings->deny_made = NULL;
}
