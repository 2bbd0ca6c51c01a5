/* Reads the policy file by one table of its keys; see settings.h. */
#include "policy/settings.h"

#include <libconfig.h>

#include <stdlib.h>

typedef struct {
    const char *path;
    hp_error *error;
} reader;

/* Complains about a setting and answers false. */
static bool
refuse(const reader *r, const config_setting_t *s, const char *expected)
{
    hp_error_set(r->error, "%s:%u: %s: expected %s", r->path, config_setting_source_line(s),
                 config_setting_name(s), expected);
    return false;
}

/* ---- values --------------------------------------------------------------- */

/* Which of the words the setting is; the last one is followed by NULL.  -1: none. */
static int
word_of(const config_setting_t *s, const char *const *words)
{
    const char *value = config_setting_get_string(s);
    int i;

    for (i = 0; value != NULL && words[i] != NULL; i++) {
        if (strcmp(value, words[i]) == 0)
            return i;
    }
    return -1;
}

/* "off" and "on", or false and true as libconfig writes them; -1: neither. */
static int
switch_of(const config_setting_t *s)
{
    static const char *const words[] = { "off", "on", NULL };

    if (config_setting_type(s) == CONFIG_TYPE_BOOL)
        return config_setting_get_bool(s) != 0;
    return word_of(s, words);
}

/* A number of seconds, or a text of digits and one of s, m, h, d; -1: neither, or above max. */
static double
duration_of(const config_setting_t *s, double max)
{
    static const struct {
        char unit;
        double seconds;
    } units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 } };
    const char *p = config_setting_get_string(s);
    double value = 0;
    size_t i;

    if (config_setting_type(s) == CONFIG_TYPE_INT) {
        value = config_setting_get_int(s);
        return value >= 0 && value <= max ? value : -1;
    }
    if (p == NULL || *p < '0' || *p > '9')
        return -1;
    for (; *p >= '0' && *p <= '9'; p++)
        value = value * 10 + (*p - '0');
    for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (p[0] == units[i].unit && p[1] == 0 && value * units[i].seconds <= max)
            return value * units[i].seconds;
    }
    return -1;
}

static bool
is_absolute(const char *path)
{
    return path != NULL && path[0] == '/';
}

/* ---- keys ----------------------------------------------------------------- */

static bool
set_formats(const reader *r, const config_setting_t *s, hp_settings *to)
{
    static const char *const known[] = { "hc1", NULL };
    int i, n = config_setting_length(s);

    (void)to;
    if (config_setting_type(s) == CONFIG_TYPE_STRING && word_of(s, known) == 0)
        return true;
    if (!config_setting_is_aggregate(s) || config_setting_is_group(s) || n == 0)
        return refuse(r, s, "a list of formats; this build supports \"hc1\"");
    for (i = 0; i < n; i++) {
        if (word_of(config_setting_get_elem(s, (unsigned)i), known) < 0)
            return refuse(r, s, "formats that this build supports: \"hc1\"");
    }
    return true;
}

static bool
set_trust(const reader *r, const config_setting_t *s, hp_settings *to)
{
    int i, n = config_setting_length(s);

    to->n_trust = 0;
    if (config_setting_type(s) == CONFIG_TYPE_STRING) {
        to->trust[to->n_trust++] = config_setting_get_string(s);
    } else if (!config_setting_is_aggregate(s) || config_setting_is_group(s) ||
               n > HP_TRUST_PATHS) {
        return refuse(r, s, "an absolute path, or a list of up to 16");
    } else {
        for (i = 0; i < n; i++)
            to->trust[to->n_trust++] = config_setting_get_string_elem(s, i);
    }
    for (i = 0; i < (int)to->n_trust; i++) {
        if (!is_absolute(to->trust[i]))
            return refuse(r, s, "absolute paths of trust folders or files");
    }
    return to->n_trust > 0 || refuse(r, s, "at least one trust folder or file");
}

static bool
set_environment(const reader *r, const config_setting_t *s, hp_settings *to)
{
    static const char *const known[] = { "prod", "uat", "dev", NULL };

    if (word_of(s, known) < 0)
        return refuse(r, s, "\"prod\", \"uat\" or \"dev\"");
    to->environment = config_setting_get_string(s);
    return true;
}

static bool
set_rules(const reader *r, const config_setting_t *s, hp_settings *to)
{
    static const char *const known[] = { "authentic-only", "minimal", NULL };
    static const hp_rules rules[] = { HP_RULES_AUTHENTIC_ONLY, HP_RULES_MINIMAL };
    int which = word_of(s, known);

    if (which < 0)
        return refuse(r, s, "\"minimal\" or \"authentic-only\"; rule documents are not supported "
                            "by this build");
    to->rules = rules[which];
    return true;
}

static bool
set_schema(const reader *r, const config_setting_t *s, hp_settings *to)
{
    static const char *const known[] = { "tolerant", "strict", NULL };
    int which = word_of(s, known);

    if (which < 0)
        return refuse(r, s, "\"tolerant\" or \"strict\"");
    to->schema = which == 0 ? HP_SCHEMA_TOLERANT : HP_SCHEMA_STRICT;
    return true;
}

static bool
set_signer_validity(const reader *r, const config_setting_t *s, hp_settings *to)
{
    int on = switch_of(s);

    if (on < 0)
        return refuse(r, s, "\"on\" or \"off\"");
    to->signer_validity = on == 1;
    return true;
}

static bool
set_clock_skew(const reader *r, const config_setting_t *s, hp_settings *to)
{
    to->clock_skew = duration_of(s, 3600);
    return to->clock_skew >= 0 || refuse(r, s, "a time from \"0s\" to \"1h\"");
}

static bool
set_identity_key(const reader *r, const config_setting_t *s, hp_settings *to)
{
    to->identity_key = config_setting_get_string(s);
    return is_absolute(to->identity_key) || refuse(r, s, "the absolute path of the key file");
}

static bool
set_pass_id_scope(const reader *r, const config_setting_t *s, hp_settings *to)
{
    static const char *const known[] = { "day", "site", NULL };
    const char *value = config_setting_get_string(s);

    to->pass_id_scope = value;
    if (word_of(s, known) >= 0)
        return true;
    return (value != NULL && strncmp(value, "event:", 6) == 0 && value[6] != 0) ||
           refuse(r, s, "\"day\", \"site\" or \"event:NAME\"");
}

/*
 * Every key of a policy file.  Those without a function belong to later builds: an operator
 * who wrote one is told so, and never believes that it is in force.
 */
static const struct {
    const char *name;
    bool (*set)(const reader *r, const config_setting_t *s, hp_settings *to);
} keys[] = {
    { "formats", set_formats },
    { "trust", set_trust },
    { "trust_max_age", NULL },
    { "trust_warn_age", NULL },
    { "environment", set_environment },
    { "rules", set_rules },
    { "rules_set", NULL },
    { "value_sets", NULL },
    { "country", NULL },
    { "region", NULL },
    { "rules_open", NULL },
    { "rules_none", NULL },
    { "rules_later", NULL },
    { "payload_domains", NULL },
    { "multi_payload", NULL },
    { "revoked", NULL },
    { "revoked_required", NULL },
    { "revoked_maybe", NULL },
    { "revoked_max_age", NULL },
    { "deny_list", NULL },
    { "schema", set_schema },
    { "signer_validity", set_signer_validity },
    { "clock_skew", set_clock_skew },
    { "identity_key", set_identity_key },
    { "ledger", NULL },
    { "ledger_auth", NULL },
    { "pass_id_scope", set_pass_id_scope },
    { "ends", NULL },
    { "ends_answer", NULL },
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
apply_one(const reader *r, const config_setting_t *s, bool if_supported, hp_settings *to)
{
    size_t i = find_key(config_setting_name(s));
    const config_setting_t *root = config_setting_parent(config_setting_parent(s));

    if (if_supported && config_setting_get_member(root, config_setting_name(s)) != NULL)
        return refuse(r, s, "once: it stands outside of if_supported too");
    if (i < KEYS && keys[i].set != NULL)
        return keys[i].set(r, s, to);
    if (if_supported)
        return true;
    hp_error_set(r->error, "%s:%u: %s: %s", r->path, config_setting_source_line(s),
                 config_setting_name(s),
                 i < KEYS ? "is not supported by this build (a key of a later one may stand in "
                            "the group if_supported)"
                          : "is no key of a policy file");
    return false;
}

/* Applies all keys of a group; the groups inside the outermost one come later. */
static bool
apply(const reader *r, const config_setting_t *group, bool if_supported, hp_settings *to)
{
    const config_setting_t *s;
    int i, n = config_setting_length(group);

    for (i = 0; i < n; i++) {
        s = config_setting_get_elem(group, (unsigned)i);
        if (config_setting_is_root(group) && is_group_name(config_setting_name(s)))
            continue;
        if (!apply_one(r, s, if_supported, to))
            return false;
    }
    return true;
}

/* A group that is there must be one; a door's is checked, also when it is not our door. */
static bool
apply_group(const reader *r, const config_setting_t *root, const char *name, bool ours,
            hp_settings *to)
{
    const config_setting_t *group = config_setting_get_member(root, name);
    hp_settings other = *to;

    if (group == NULL)
        return true;
    if (!config_setting_is_group(group))
        return refuse(r, group, "a group: { key = value; };");
    return apply(r, group, strcmp(name, "if_supported") == 0, ours ? to : &other);
}

static bool
apply_all(const reader *r, const config_setting_t *root, hp_door door, hp_settings *to)
{
    if (!apply(r, root, false, to) || !apply_group(r, root, "if_supported", true, to) ||
        !apply_group(r, root, "web", door == HP_DOOR_WEB, to) ||
        !apply_group(r, root, "pam", door == HP_DOOR_PAM, to))
        return false;
    if (to->n_trust == 0)
        hp_error_set(r->error, "%s: trust: is missing, expected the absolute path of a folder "
                               "of keys", r->path);
    else if (to->rules == HP_RULES_NONE)
        hp_error_set(r->error, "%s: rules: is missing, expected \"minimal\" or "
                               "\"authentic-only\"", r->path);
    else
        return true;
    return false;
}

/* ---- file ----------------------------------------------------------------- */

/*
 * libconfig would open included files by itself, past our checks of owner and mode and
 * unseen by the watch; and it reads no further than a zero byte.
 */
static bool
check_text(const reader *r, hp_str text)
{
    const uint8_t *p = text.p, *end = text.p + text.n;
    unsigned line = 1;
    bool start = true;

    for (; p < end; p++) {
        if (*p == 0) {
            hp_error_set(r->error, "%s:%u: holds a zero byte, expected text", r->path, line);
            return false;
        }
        if (start && *p == '@') {
            hp_error_set(r->error, "%s:%u: @include is not supported, expected all keys in this "
                                   "file", r->path, line);
            return false;
        }
        if (*p == '\n')
            line++;
        start = *p == '\n' || (start && (*p == ' ' || *p == '\t'));
    }
    return true;
}

bool
hp_settings_read(const char *path, hp_str text, hp_door door, hp_settings *settings,
                 hp_error *error)
{
    reader r = { path, error };
    config_t *config;

    *settings = (hp_settings){ .environment = "prod", .pass_id_scope = "day",
                               .signer_validity = true };
    if (!check_text(&r, text))
        return false;
    config = calloc(1, sizeof(*config));
    if (config == NULL) {
        hp_error_set(error, "%s: no memory", path);
        return false;
    }
    config_init(config);
    settings->file = config;
    if (config_read_string(config, (const char *)text.p) != CONFIG_TRUE)
        hp_error_set(error, "%s:%d: %s, expected each key once, as key = value; and groups as "
                            "group: { key = value; };", path, config_error_line(config),
                     config_error_text(config));
    else if (apply_all(&r, config_root_setting(config), door, settings))
        return true;
    hp_settings_free(settings);
    return false;
}

void
hp_settings_free(hp_settings *settings)
{
    if (settings->file != NULL)
        config_destroy(settings->file);
    free(settings->file);
    settings->file = NULL;
}
