/* Reads the feeds file by two tables of its keys; see feeds.h. */
#include "cli/feeds.h"

#include "cli/feeds_keys.h"
#include "feed/jwk.h"

#include <stdio.h>
#include <stdlib.h>

#define EVERY    (6 * 3600) /* trust-lists, 3.7 */
#define TIMEOUT  120
#define DAY      86400.0
#define FILE_MAX (64 * 1024) /* bytes of a feeds file */

/* ---- values ----------------------------------------------------------------------------- */

/* A time from min on, as its words say, into *to. */
static bool
time_from(const hp_conf_item *s, double min, double max, const char *expected, double *to,
          hp_error *error)
{
    *to = hp_conf_time(s, max);
    return *to >= min || hp_conf_refuse(s, expected, error);
}

bool
hp_feeds_name(const hp_conf_item *s, const char **to, hp_error *error)
{
    *to = hp_conf_text(s);
    return (*to != NULL && hp_source_name_ok(*to)) ||
           hp_conf_refuse(s, "1 to 31 letters, digits, dots, hyphens and underscores", error);
}

bool
hp_feeds_every(const hp_conf_item *s, double *to, hp_error *error)
{
    return time_from(s, 60, 7 * DAY, "a time from \"1m\" to \"7d\"", to, error);
}

bool
hp_feeds_max_age(const hp_conf_item *s, double *to, hp_error *error)
{
    return time_from(s, 60, 366 * DAY, "a time from \"1m\" to \"366d\"", to, error);
}

bool
hp_feeds_timeout(const hp_conf_item *s, double *to, hp_error *error)
{
    return time_from(s, 1, 3600, "a time from \"1s\" to \"1h\"", to, error);
}

bool
hp_feeds_issuer(const hp_conf_item *s, const char **to, hp_error *error)
{
    *to = hp_conf_text(s);
    return (*to != NULL && hp_jwk_issuer(hp_str_of(*to))) ||
           hp_conf_refuse(s, "the issuer's URL as in its cards, https://...", error);
}

bool
hp_feeds_switch(const hp_conf_item *s, bool *to, hp_error *error)
{
    int on = hp_conf_switch(s);

    *to = on == 1;
    return on >= 0 || hp_conf_refuse(s, "\"on\" or \"off\"", error);
}

static bool
refuse_url(const hp_conf_item *s, hp_error *error)
{
    return hp_conf_refuse(s, "https://..., an absolute path, file:///... or http:// with "
                             "localhost, 127.0.0.1 or [::1]; without user name and blanks", error);
}

/* ---- keys of a feed --------------------------------------------------------------------- */

static bool
set_name(const hp_conf_item *s, hp_feeds_entry *to, hp_error *error)
{
    return hp_feeds_name(s, &to->name, error);
}

static bool
set_from(const hp_conf_item *s, hp_feeds_entry *to, hp_error *error)
{
    const char *name = hp_conf_text(s);
    char expected[512] = "the name of a feed:";
    size_t i, used;

    to->from = name != NULL ? hp_feed_find(name) : NULL;
    if (to->from != NULL)
        return true;
    for (i = 0; hp_feeds[i] != NULL; i++) {
        used = strlen(expected);
        (void)snprintf(expected + used, sizeof(expected) - used, " \"%s\"", hp_feeds[i]->name);
    }
    return hp_conf_refuse(s, expected, error);
}

static bool
set_url(const hp_conf_item *s, hp_feeds_entry *to, hp_error *error)
{
    size_t i;

    if (!hp_conf_texts(s, to->urls, HP_FEEDS_URLS, &to->n_urls) || to->n_urls == 0)
        return hp_conf_refuse(s, "a URL, or a list of up to 8", error);
    for (i = 0; i < to->n_urls; i++) {
        if (to->urls[i] == NULL || !hp_fetch_can(to->urls[i]))
            return refuse_url(s, error);
    }
    return true;
}

static bool
set_signature_url(const hp_conf_item *s, hp_feeds_entry *to, hp_error *error)
{
    to->signature_url = hp_conf_text(s);
    return (to->signature_url != NULL && hp_fetch_can(to->signature_url)) || refuse_url(s, error);
}

static bool
set_pin(const hp_conf_item *s, hp_feeds_entry *to, hp_error *error)
{
    return (hp_conf_paths(s, to->pins, HP_FEEDS_VOUCHERS, &to->n_pins) && to->n_pins > 0) ||
           hp_conf_refuse(s, "the absolute path of a key, a certificate or a signing DID "
                             "document, or a list of up to 16", error);
}

static bool
set_authorities(const hp_conf_item *s, hp_feeds_entry *to, hp_error *error)
{
    return (hp_conf_paths(s, to->authorities, HP_FEEDS_VOUCHERS, &to->n_authorities) &&
            to->n_authorities > 0) ||
           hp_conf_refuse(s, "the absolute path of a file or folder of certificates, or a list "
                             "of up to 16", error);
}

static bool
set_issuer(const hp_conf_item *s, hp_feeds_entry *to, hp_error *error)
{
    return hp_feeds_issuer(s, &to->issuer, error);
}

static bool
set_every(const hp_conf_item *s, hp_feeds_entry *to, hp_error *error)
{
    return hp_feeds_every(s, &to->every, error);
}

static bool
set_max_age(const hp_conf_item *s, hp_feeds_entry *to, hp_error *error)
{
    return hp_feeds_max_age(s, &to->max_age, error);
}

static bool
set_timeout(const hp_conf_item *s, hp_feeds_entry *to, hp_error *error)
{
    return hp_feeds_timeout(s, &to->timeout, error);
}

static bool
set_max_size(const hp_conf_item *s, hp_feeds_entry *to, hp_error *error)
{
    to->max_size = hp_conf_size(s, HP_FEED_MAX);
    return to->max_size >= 1 || hp_conf_refuse(s, "a size from 1 to \"16M\"", error);
}

static bool
set_allow_unsigned(const hp_conf_item *s, hp_feeds_entry *to, hp_error *error)
{
    return hp_feeds_switch(s, &to->allow_unsigned, error);
}

static bool
set_allow_unreadable_eku(const hp_conf_item *s, hp_feeds_entry *to, hp_error *error)
{
    return hp_feeds_switch(s, &to->allow_unreadable_eku, error);
}

static const struct {
    const char *name;
    bool (*set)(const hp_conf_item *s, hp_feeds_entry *to, hp_error *error);
} feed_keys[] = {
    { "name", set_name },
    { "from", set_from },
    { "url", set_url },
    { "signature_url", set_signature_url },
    { "pin", set_pin },
    { "authorities", set_authorities },
    { "issuer", set_issuer },
    { "every", set_every },
    { "max_age", set_max_age },
    { "timeout", set_timeout },
    { "max_size", set_max_size },
    { "allow_unsigned", set_allow_unsigned },
    { "allow_unreadable_eku", set_allow_unreadable_eku },
};

#define FEED_KEYS (sizeof(feed_keys) / sizeof(feed_keys[0]))

static bool
set_feed_key(const hp_conf_item *s, hp_feeds_entry *to, hp_error *error)
{
    size_t i;

    for (i = 0; i < FEED_KEYS; i++) {
        if (strcmp(feed_keys[i].name, hp_conf_name(s)) == 0)
            return feed_keys[i].set(s, to, error);
    }
    return hp_conf_complain(s, "is no key of a feed", error);
}

static bool
read_feed(const hp_conf_item *group, hp_feeds_entry *to, hp_error *error)
{
    size_t i;

    *to = (hp_feeds_entry){ .at = group, .every = EVERY, .timeout = TIMEOUT,
                            .max_size = HP_FEED_MAX };
    if (!hp_conf_is_group(group))
        return hp_conf_refuse(group, "groups: ( { name = ...; from = ...; url = ...; } )", error);
    for (i = 0; i < hp_conf_count(group); i++) {
        if (!set_feed_key(hp_conf_at(group, i), to, error))
            return false;
    }
    if (to->name == NULL)
        return hp_conf_complain(group, "a feed without name, expected name = \"...\";", error);
    if (to->from == NULL)
        return hp_conf_complain(group, "a feed without from, expected from = \"...\";", error);
    if (to->n_urls == 0)
        return hp_conf_complain(group, "a feed without url, expected url = \"...\";", error);
    return !to->allow_unsigned || to->n_pins == 0 ||
           hp_conf_complain(group, "a feed with pin and allow_unsigned, expected one of them",
                            error);
}

/* ---- keys of the file ------------------------------------------------------------------- */

static bool
set_store(const hp_conf_item *s, hp_feeds_file *to, hp_error *error)
{
    to->store = hp_conf_path(s);
    return to->store != NULL || hp_conf_refuse(s, "the absolute path of a store", error);
}

static bool
set_environment(const hp_conf_item *s, hp_feeds_file *to, hp_error *error)
{
    const char *name = hp_conf_text(s);

    return (name != NULL && hp_env_read(name, &to->env)) ||
           hp_conf_refuse(s, "\"prod\", \"uat\" or \"dev\"", error);
}

static bool
set_ca(const hp_conf_item *s, hp_feeds_file *to, hp_error *error)
{
    to->ca = hp_conf_path(s);
    return to->ca != NULL ||
           hp_conf_refuse(s, "the absolute path of a file of certificates (PEM)", error);
}

static bool
set_proxy(const hp_conf_item *s, hp_feeds_file *to, hp_error *error)
{
    to->proxy = hp_conf_text(s);
    return (to->proxy != NULL && hp_fetch_can_proxy(to->proxy)) ||
           hp_conf_refuse(s, "http://HOST:PORT or https://HOST:PORT", error);
}

static bool
is_doubled(const hp_feeds_file *file, size_t n)
{
    size_t i = 0;

    while (i < n && strcmp(file->all[i].name, file->all[n].name) != 0)
        i++;
    return i < n;
}

static bool
set_feeds(const hp_conf_item *s, hp_feeds_file *to, hp_error *error)
{
    size_t i, n = hp_conf_count(s);

    if (!hp_conf_is_list(s) || n == 0 || n > HP_SOURCES_MAX)
        return hp_conf_refuse(s, "a list of 1 to 64 groups: ( { name = ...; }, { ... } );", error);
    to->all = calloc(n, sizeof(*to->all));
    if (to->all == NULL)
        return hp_conf_complain(s, "no memory", error);
    for (i = 0; i < n; i++) {
        if (!read_feed(hp_conf_at(s, i), &to->all[i], error))
            return false;
        if (is_doubled(to, i))
            return hp_conf_complain(to->all[i].at, "two feeds have the same name", error);
    }
    to->n = n;
    return true;
}

static bool
set_index(const hp_conf_item *s, hp_feeds_file *to, hp_error *error)
{
    to->index = hp_conf_path(s);
    return to->index != NULL || hp_conf_refuse(s, "the absolute path of an index", error);
}

static const struct {
    const char *name;
    bool (*set)(const hp_conf_item *s, hp_feeds_file *to, hp_error *error);
} file_keys[] = {
    { "store", set_store },
    { "environment", set_environment },
    { "ca", set_ca },
    { "proxy", set_proxy },
    { "feeds", set_feeds },
    { "index", set_index },
    { "revocations", hp_feeds_revocations },
};

#define FILE_KEYS (sizeof(file_keys) / sizeof(file_keys[0]))

static bool
set_file_key(const hp_conf_item *s, hp_feeds_file *to, hp_error *error)
{
    size_t i;

    for (i = 0; i < FILE_KEYS; i++) {
        if (strcmp(file_keys[i].name, hp_conf_name(s)) == 0)
            return file_keys[i].set(s, to, error);
    }
    return hp_conf_complain(s, "is no key of a feeds file", error);
}

static bool
is_missing(const char *path, const char *what, hp_error *error)
{
    hp_error_set(error, "%s: %s", path, what);
    return false;
}

/* A file that speaks of withdrawn passes only needs no store. */
static bool
is_whole(const char *path, const hp_feeds_file *file, hp_error *error)
{
    bool revokes = file->index != NULL || file->n_revocations > 0;

    if (file->store == NULL && (file->n > 0 || !revokes))
        return is_missing(path, "store: is missing, expected the absolute path of a store", error);
    if (file->n == 0 && file->store != NULL)
        return is_missing(path, "feeds: is missing, expected a list of groups", error);
    if (file->index == NULL && revokes)
        return is_missing(path, "index: is missing, expected the absolute path of an index",
                          error);
    if (file->n_revocations == 0 && revokes)
        return is_missing(path, "revocations: is missing, expected a list of groups", error);
    return true;
}

static bool
read_file(const char *path, hp_feeds_file *to, hp_error *error)
{
    const hp_conf_item *root = hp_conf_root(to->conf);
    size_t i;

    for (i = 0; i < hp_conf_count(root); i++) {
        if (!set_file_key(hp_conf_at(root, i), to, error))
            return false;
    }
    return is_whole(path, to, error);
}

bool
hp_feeds_read(const char *path, hp_str text, hp_feeds_file *file, hp_error *error)
{
    *file = (hp_feeds_file){ .env = HP_ENV_PROD, .conf = hp_conf_read(path, text, error) };
    if (file->conf != NULL && read_file(path, file, error))
        return true;
    hp_feeds_free(file);
    return false;
}

void
hp_feeds_free(hp_feeds_file *file)
{
    free(file->all);
    free(file->revocations);
    hp_conf_free(file->conf);
    *file = (hp_feeds_file){ .env = HP_ENV_PROD };
}

bool
hp_feeds_load(const char *path, hp_feeds_file *file, hp_error *error)
{
    hp_bytes text;
    bool good;

    *file = (hp_feeds_file){ .env = HP_ENV_PROD };
    if (!hp_file_read(path, HP_FILE_OWNED, FILE_MAX, &text, NULL, error))
        return false;
    good = hp_feeds_read(path, (hp_str){ text.p, text.n }, file, error);
    hp_bytes_free(&text);
    return good;
}
