/* Reads the key revocations of a feeds file by a table; see feeds.h. */
#include "cli/feeds_keys.h"

#include "check/revocation.h"

#include <stdio.h>
#include <stdlib.h>

#define EVERY      3600.0 /* of a day at which a pass may be withdrawn, at most an hour is lost */
#define TIMEOUT    120.0
#define MEGABYTE   (1024.0 * 1024)
#define HELD_MAX   (64 * MEGABYTE)   /* of what is read into memory; a filter's most (index.h) */
#define STREAM_MAX (4096 * MEGABYTE) /* of what goes to the disk as it comes */

#define FORM(form) (1u << HP_FEEDS_##form)
#define ANY        (FORM(GATEWAY) | FORM(SLICES) | FORM(SHC) | FORM(LIST))

const char *
hp_feeds_form_name(hp_feeds_form form)
{
    static const char *const names[] = {
#define X(name, word) word,
        HP_FEEDS_FORMS(X)
#undef X
    };

    return names[form];
}

/* ---- keys of a list ----------------------------------------------------------------------- */

/* It becomes the name of a folder (stage.h). */
static bool
set_name(const hp_conf_item *s, hp_feeds_revocation *to, hp_error *error)
{
    return hp_feeds_name(s, &to->name, error) &&
           ((to->name[0] != '.' && strcmp(to->name, HP_DENY_NAME) != 0) ||
            hp_conf_refuse(s, "a name that does not begin with a dot, and is not " HP_DENY_NAME,
                           error));
}

/* It was read before all others. */
static bool
set_from(const hp_conf_item *s, hp_feeds_revocation *to, hp_error *error)
{
    (void)s;
    (void)to;
    (void)error;
    return true;
}

static bool
set_url(const hp_conf_item *s, hp_feeds_revocation *to, hp_error *error)
{
    to->url = hp_conf_text(s);
    if (to->url == NULL || !hp_fetch_can(to->url) || hp_fetch_path(to->url) != NULL)
        return hp_conf_refuse(s, "https://..., or http:// with localhost, 127.0.0.1 or [::1]; "
                                 "without user name and blanks", error);
    return to->from == HP_FEEDS_LIST ||
           (strpbrk(to->url, "?#") == NULL && to->url[strlen(to->url) - 1] != '/') ||
           hp_conf_refuse(s, "what the paths of the list begin with, without a query and a slash "
                             "at its end", error);
}

static bool
set_pin(const hp_conf_item *s, hp_feeds_revocation *to, hp_error *error)
{
    return (hp_conf_paths(s, to->pins, HP_FEEDS_VOUCHERS, &to->n_pins) && to->n_pins > 0) ||
           hp_conf_refuse(s, "the absolute path of a certificate, or a list of up to 16", error);
}

static bool
set_client_cert(const hp_conf_item *s, hp_feeds_revocation *to, hp_error *error)
{
    to->client_cert = hp_conf_path(s);
    return to->client_cert != NULL ||
           hp_conf_refuse(s, "the absolute path of a certificate (PEM)", error);
}

static bool
set_client_key(const hp_conf_item *s, hp_feeds_revocation *to, hp_error *error)
{
    to->client_key = hp_conf_path(s);
    return to->client_key != NULL ||
           hp_conf_refuse(s, "the absolute path of a private key (PEM)", error);
}

static bool
set_issuer(const hp_conf_item *s, hp_feeds_revocation *to, hp_error *error)
{
    return hp_feeds_issuer(s, &to->issuer, error);
}

/* A kid becomes a part of a URL and the name of a file (RFC 4648, 5: base64url). */
static bool
is_kid(const char *kid)
{
    size_t n = kid == NULL ? 0 : strspn(kid, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                             "0123456789-_");

    return n > 0 && n <= 64 && kid[n] == '\0';
}

static bool
set_kid(const hp_conf_item *s, hp_feeds_revocation *to, hp_error *error)
{
    bool good = hp_conf_texts(s, to->kids, HP_FEEDS_KIDS, &to->n_kids) && to->n_kids > 0;
    size_t i;

    for (i = 0; good && i < to->n_kids; i++)
        good = is_kid(to->kids[i]);
    return good || hp_conf_refuse(s, "the kid of a key, or a list of up to 16", error);
}

static bool
set_filter(const hp_conf_item *s, hp_feeds_revocation *to, hp_error *error)
{
    static const char *const words[] = { "bloom", "hashes", NULL };
    int which = hp_conf_word(s, words);

    to->hashes = which == 1;
    return which >= 0 || hp_conf_refuse(s, "\"bloom\" or \"hashes\"", error);
}

static bool
set_kind(const hp_conf_item *s, hp_feeds_revocation *to, hp_error *error)
{
    const char *word = hp_conf_text(s);

    return (word != NULL && hp_listed_read(word, &to->kind)) ||
           hp_conf_refuse(s, "\"signature\", \"uci\", \"country-uci\", \"proof\", \"rid\" or "
                             "\"2d-doc\"", error);
}

static bool
set_plain(const hp_conf_item *s, hp_feeds_revocation *to, hp_error *error)
{
    return hp_feeds_switch(s, &to->plain, error);
}

static bool
set_every(const hp_conf_item *s, hp_feeds_revocation *to, hp_error *error)
{
    return hp_feeds_every(s, &to->every, error);
}

static bool
set_max_age(const hp_conf_item *s, hp_feeds_revocation *to, hp_error *error)
{
    return hp_feeds_max_age(s, &to->max_age, error);
}

static bool
set_timeout(const hp_conf_item *s, hp_feeds_revocation *to, hp_error *error)
{
    return hp_feeds_timeout(s, &to->timeout, error);
}

static bool
set_max_size(const hp_conf_item *s, hp_feeds_revocation *to, hp_error *error)
{
    bool streams = to->from == HP_FEEDS_LIST;

    to->max_size = hp_conf_size(s, streams ? STREAM_MAX : HELD_MAX);
    return to->max_size >= 1 || hp_conf_refuse(s, streams ? "a size from 1 to \"4096M\""
                                                          : "a size from 1 to \"64M\"", error);
}

static bool
set_allow_unsigned(const hp_conf_item *s, hp_feeds_revocation *to, hp_error *error)
{
    return hp_feeds_switch(s, &to->allow_unsigned, error);
}

static const struct {
    const char *name;
    bool (*set)(const hp_conf_item *s, hp_feeds_revocation *to, hp_error *error);
    unsigned forms; /* that know it */
} revocation_keys[] = {
    { "name", set_name, ANY },
    { "from", set_from, ANY },
    { "url", set_url, ANY },
    { "pin", set_pin, FORM(GATEWAY) },
    { "client_cert", set_client_cert, ANY },
    { "client_key", set_client_key, ANY },
    { "issuer", set_issuer, FORM(SHC) },
    { "kid", set_kid, FORM(SHC) },
    { "filter", set_filter, FORM(SLICES) },
    { "kind", set_kind, FORM(LIST) },
    { "plain", set_plain, FORM(LIST) },
    { "every", set_every, ANY },
    { "max_age", set_max_age, ANY },
    { "timeout", set_timeout, ANY },
    { "max_size", set_max_size, ANY },
    { "allow_unsigned", set_allow_unsigned, ANY & ~FORM(GATEWAY) },
};

#define REVOCATION_KEYS (sizeof(revocation_keys) / sizeof(revocation_keys[0]))

static bool
set_key(const hp_conf_item *s, hp_feeds_revocation *to, hp_error *error)
{
    char what[64];
    size_t i = 0;

    while (i < REVOCATION_KEYS && strcmp(revocation_keys[i].name, hp_conf_name(s)) != 0)
        i++;
    if (i == REVOCATION_KEYS)
        return hp_conf_complain(s, "is no key of a revocation list", error);
    if ((revocation_keys[i].forms & 1u << to->from) != 0)
        return revocation_keys[i].set(s, to, error);
    (void)snprintf(what, sizeof(what), "is no key of a list from \"%s\"",
                   hp_feeds_form_name(to->from));
    return hp_conf_complain(s, what, error);
}

/* ---- one list ----------------------------------------------------------------------------- */

/* The form decides which other keys there are, wherever in the group it stands. */
static bool
read_form(const hp_conf_item *group, hp_feeds_revocation *to, hp_error *error)
{
    const hp_conf_item *from = hp_conf_get(group, "from");
    const char *name = from != NULL ? hp_conf_text(from) : NULL;
    unsigned form = 0;

    if (from == NULL)
        return hp_conf_complain(group, "a list without from, expected from = \"...\";", error);
    while (form <= HP_FEEDS_LIST &&
           (name == NULL || strcmp(hp_feeds_form_name((hp_feeds_form)form), name) != 0))
        form++;
    if (form > HP_FEEDS_LIST)
        return hp_conf_refuse(from, "\"gateway\", \"slices\", \"shc\" or \"list\"", error);
    to->from = (hp_feeds_form)form;
    return true;
}

/* Who the list is believed: batches of a gateway are signed, nothing else is. */
static bool
check_signed(const hp_feeds_revocation *r, hp_error *error)
{
    if (r->from == HP_FEEDS_GATEWAY)
        return r->n_pins > 0 ||
               hp_conf_complain(r->at, "a gateway without pin, expected the certificates that "
                                       "sign its batches: pin = \"...\";", error);
    return r->allow_unsigned ||
           hp_conf_complain(r->at, "nobody signs lists of this form, expected "
                                   "allow_unsigned = \"on\"; if its server alone is to be "
                                   "believed", error);
}

static bool
check_list(const hp_feeds_revocation *r, hp_error *error)
{
    if (r->name == NULL)
        return hp_conf_complain(r->at, "a list without name, expected name = \"...\";", error);
    if (r->url == NULL)
        return hp_conf_complain(r->at, "a list without url, expected url = \"...\";", error);
    if ((r->client_cert == NULL) != (r->client_key == NULL))
        return hp_conf_complain(r->at, "client_cert or client_key alone, expected both", error);
    if (r->from == HP_FEEDS_LIST && r->plain == (hp_conf_get(r->at, "kind") != NULL))
        return hp_conf_complain(r->at, "expected kind = \"...\"; of what the hashes are, or "
                                       "plain = \"on\"; for UCIs", error);
    return check_signed(r, error);
}

static double
usual_size(hp_feeds_form form)
{
    return form == HP_FEEDS_LIST ? 1024 * MEGABYTE
           : form == HP_FEEDS_SLICES ? HELD_MAX : HP_FEED_MAX;
}

static bool
read_list(const hp_conf_item *group, hp_feeds_revocation *to, hp_error *error)
{
    size_t i;

    *to = (hp_feeds_revocation){ .at = group, .kind = HP_LISTED_UCI, .every = EVERY,
                                 .timeout = TIMEOUT };
    if (!hp_conf_is_group(group))
        return hp_conf_refuse(group, "groups: ( { name = ...; from = ...; url = ...; } )", error);
    if (!read_form(group, to, error))
        return false;
    to->max_size = usual_size(to->from);
    for (i = 0; i < hp_conf_count(group); i++) {
        if (!set_key(hp_conf_at(group, i), to, error))
            return false;
    }
    return check_list(to, error);
}

/* ---- all of them -------------------------------------------------------------------------- */

static bool
is_doubled(const hp_feeds_file *file, size_t n)
{
    size_t i = 0;

    while (i < n && strcmp(file->revocations[i].name, file->revocations[n].name) != 0)
        i++;
    return i < n;
}

bool
hp_feeds_revocations(const hp_conf_item *s, hp_feeds_file *to, hp_error *error)
{
    size_t i, n = hp_conf_count(s);

    if (!hp_conf_is_list(s) || n == 0 || n > HP_SOURCES_MAX)
        return hp_conf_refuse(s, "a list of 1 to 64 groups: ( { name = ...; }, { ... } );", error);
    to->revocations = calloc(n, sizeof(*to->revocations));
    if (to->revocations == NULL)
        return hp_conf_complain(s, "no memory", error);
    for (i = 0; i < n; i++) {
        if (!read_list(hp_conf_at(s, i), &to->revocations[i], error))
            return false;
        if (is_doubled(to, i))
            return hp_conf_complain(to->revocations[i].at, "two lists have the same name", error);
    }
    to->n_revocations = n;
    return true;
}
