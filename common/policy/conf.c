/* Files in libconfig's language; see conf.h. */
#include "policy/conf.h"

#include <libconfig.h>

#include <stdlib.h>

struct hp_conf {
    config_t config; /* first: a setting knows its config_t, and so its file's name */
    char path[];
};

/* ---- the file --------------------------------------------------------------------------- */

/*
 * libconfig would open included files by itself, past our checks of owner and mode and
 * unseen by the watch; and it reads no further than a zero byte.
 */
static bool
check_text(const char *path, hp_str text, hp_error *error)
{
    const uint8_t *p = text.p, *end = text.p + text.n;
    unsigned line = 1;
    bool start = true;

    for (; p < end; p++) {
        if (*p == 0) {
            hp_error_set(error, "%s:%u: holds a zero byte, expected text", path, line);
            return false;
        }
        if (start && *p == '@') {
            hp_error_set(error, "%s:%u: @include is not supported, expected all keys in this "
                                "file", path, line);
            return false;
        }
        if (*p == '\n')
            line++;
        start = *p == '\n' || (start && (*p == ' ' || *p == '\t'));
    }
    return true;
}

hp_conf *
hp_conf_read(const char *path, hp_str text, hp_error *error)
{
    size_t n = strlen(path) + 1;
    hp_conf *conf;

    if (!check_text(path, text, error))
        return NULL;
    conf = calloc(1, sizeof(*conf) + n);
    if (conf == NULL) {
        hp_error_set(error, "%s: no memory", path);
        return NULL;
    }
    memcpy(conf->path, path, n);
    config_init(&conf->config);
    if (config_read_string(&conf->config, (const char *)text.p) == CONFIG_TRUE)
        return conf;
    hp_error_set(error, "%s:%d: %s, expected each key once, as key = value; and groups as "
                        "group: { key = value; };", path, config_error_line(&conf->config),
                 config_error_text(&conf->config));
    hp_conf_free(conf);
    return NULL;
}

void
hp_conf_free(hp_conf *conf)
{
    if (conf == NULL)
        return;
    config_destroy(&conf->config);
    free(conf);
}

/* ---- the tree --------------------------------------------------------------------------- */

const hp_conf_item *
hp_conf_root(const hp_conf *conf)
{
    return config_root_setting(&conf->config);
}

const char *
hp_conf_name(const hp_conf_item *item)
{
    while (item->name == NULL && item->parent != NULL)
        item = item->parent;
    return item->name != NULL ? item->name : "";
}

bool
hp_conf_is_group(const hp_conf_item *item)
{
    return config_setting_is_group(item);
}

bool
hp_conf_is_list(const hp_conf_item *item)
{
    return config_setting_is_list(item) || config_setting_is_array(item);
}

size_t
hp_conf_count(const hp_conf_item *item)
{
    return (size_t)config_setting_length(item);
}

const hp_conf_item *
hp_conf_at(const hp_conf_item *item, size_t n)
{
    return config_setting_get_elem(item, (unsigned)n);
}

const hp_conf_item *
hp_conf_get(const hp_conf_item *group, const char *name)
{
    return config_setting_get_member(group, name);
}

/* ---- complaints ------------------------------------------------------------------------- */

static const char *
path_of(const hp_conf_item *item)
{
    return ((const hp_conf *)(const void *)item->config)->path;
}

bool
hp_conf_refuse(const hp_conf_item *item, const char *expected, hp_error *error)
{
    hp_error_set(error, "%s:%u: %s: expected %s", path_of(item), config_setting_source_line(item),
                 hp_conf_name(item), expected);
    return false;
}

bool
hp_conf_complain(const hp_conf_item *item, const char *what, hp_error *error)
{
    hp_error_set(error, "%s:%u: %s: %s", path_of(item), config_setting_source_line(item),
                 hp_conf_name(item), what);
    return false;
}

/* ---- values ----------------------------------------------------------------------------- */

const char *
hp_conf_text(const hp_conf_item *item)
{
    return config_setting_get_string(item);
}

int
hp_conf_word(const hp_conf_item *item, const char *const *words)
{
    const char *value = config_setting_get_string(item);
    int i;

    for (i = 0; value != NULL && words[i] != NULL; i++) {
        if (strcmp(value, words[i]) == 0)
            return i;
    }
    return -1;
}

int
hp_conf_switch(const hp_conf_item *item)
{
    static const char *const words[] = { "off", "on", NULL };

    if (config_setting_type(item) == CONFIG_TYPE_BOOL)
        return config_setting_get_bool(item) != 0;
    return hp_conf_word(item, words);
}

typedef struct {
    char letter; /* 0 ends a table */
    double worth;
} unit;

/* A whole number, or a text of digits and one of the units; -1: neither, or above max. */
static double
measure_of(const hp_conf_item *item, const unit *units, double max)
{
    const char *p = config_setting_get_string(item);
    double value = 0;

    if (config_setting_type(item) == CONFIG_TYPE_INT) {
        value = config_setting_get_int(item);
        return value >= 0 && value <= max ? value : -1;
    }
    if (p == NULL || *p < '0' || *p > '9')
        return -1;
    for (; *p >= '0' && *p <= '9'; p++)
        value = value * 10 + (*p - '0');
    for (; units->letter != 0; units++) {
        if (p[0] == units->letter && p[1] == 0 && value * units->worth <= max)
            return value * units->worth;
    }
    return -1;
}

double
hp_conf_time(const hp_conf_item *item, double max)
{
    static const unit units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 },
                                  { 0, 0 } };

    return measure_of(item, units, max);
}

double
hp_conf_size(const hp_conf_item *item, double max)
{
    static const unit units[] = { { 'k', 1024 }, { 'M', 1024 * 1024 }, { 0, 0 } };

    return measure_of(item, units, max);
}

static bool
is_absolute(const char *path)
{
    return path != NULL && path[0] == '/';
}

const char *
hp_conf_path(const hp_conf_item *item)
{
    const char *path = config_setting_get_string(item);

    return is_absolute(path) ? path : NULL;
}

bool
hp_conf_texts(const hp_conf_item *item, const char **texts, size_t max, size_t *n)
{
    size_t i, count = hp_conf_count(item);

    *n = 0;
    if (config_setting_type(item) == CONFIG_TYPE_STRING) {
        texts[(*n)++] = config_setting_get_string(item);
        return true;
    }
    if (!hp_conf_is_list(item) || count > max)
        return false;
    for (i = 0; i < count; i++)
        texts[(*n)++] = config_setting_get_string_elem(item, (int)i);
    return true;
}

bool
hp_conf_paths(const hp_conf_item *item, const char **paths, size_t max, size_t *n)
{
    size_t i;

    if (!hp_conf_texts(item, paths, max, n))
        return false;
    for (i = 0; i < *n; i++) {
        if (!is_absolute(paths[i]))
            return false;
    }
    return true;
}
