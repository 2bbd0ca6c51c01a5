/*
 * Reads the options from one table.  Nothing is guessed: an unknown word, a word
 * given twice, a number with a tail or a relative path refuses the whole line, so
 * that a typing error in a security option can never be without effect.
 *
 * Left out on purpose: nullok, nouserok, alwaysok, try_first_pass, onerr=succeed.
 * Each turns a refusal into an entry, and has been a hole in another module.
 */
#include "options.h"

#include "layout.h"

#include <limits.h>
#include <stdlib.h>
#include <sys/un.h>

/* Greeters cut longer lines. */
#define TEXT_MAX 159

/* Characters of the name of a set of rules, as the policy has them. */
#define SET_MAX 64

#define DAY     86400
#define LONGEST (30 * DAY) /* window in which a pass is counted; a session */

enum kind {
    FLAG,     /* the bare word */
    TEXT,     /* one printable line */
    PATH,     /* absolute */
    ADDRESS,  /* the same, of a socket */
    USER,     /* a login name */
    SOURCES,  /* where a pass comes from */
    LAYOUT,   /* of a keyboard */
    NAME,     /* of a folder in another one */
    TAG,      /* a language's, as RFC 5646 has them */
    MATCH,    /* what binds a pass to the person */
    COUNT,    /* a number */
    DURATION, /* a number and s, m, h or d */
    REUSE,    /* how many may show one pass */
    LIMIT,    /* how many passes may be refused */
    NOAUTH,   /* who needs no auth phase */
    EXPIRY,   /* what is done when a pass ends before its session */
    LATER     /* not supported by this build */
};

static const struct option {
    const char *name;
    enum kind kind;
    size_t at;              /* offset in hp_pam_options */
    unsigned int low, high; /* COUNT: range; DURATION: the same, in seconds */
    const char *expected;
} table[] = {
#define AT(member) offsetof(hp_pam_options, member)
    { "policy",      PATH,     AT(policy),     0, 0,     "an absolute path" },
    { "rules",       NAME,     AT(rules),      0, 0,     "a folder in a folder of rules" },
    { "match",       MATCH,    AT(match),      0, 0,     "none, gecos or file:PATH" },
    { "source",      SOURCES,  AT(sources),    0, 0,
      "socket, device and prompt in the order in which they are asked, with commas, prompt last" },
    { "socket",      ADDRESS,  AT(socket),     0, 0,     "an absolute path of at most 107 bytes" },
    { "socket-user", USER,     AT(socket_user), 0, 0,    "a login name" },
    { "device",      PATH,     AT(device),     0, 0,     "an absolute path" },
    { "layout",      LAYOUT,   AT(layout),     0, 0,
      "us, fr, be, it, es or pt; what other layouts make of a code cannot be undone" },
    { "prompt",      TEXT,     AT(prompt),     0, 0,     "1 to 159 printable characters" },
    { "timeout",     DURATION, AT(timeout),    1, 86400, "1s to 24h, with its unit" },
    { "tries",       COUNT,    AT(tries),      1, 10,    "a number from 1 to 10" },
    { "fail-delay",  DURATION, AT(fail_delay), 0, 60,    "0s to 60s, with its unit" },
    { "reuse",       REUSE,    AT(reuse),      1, LONGEST,
      "any, once, window:DURATION[:N] or holder; 1s to 30d, 1 to 32" },
    { "limit",       LIMIT,    AT(limit),      1, 86400,
      "N/DURATION:by=tty, :by=rhost or :by=user; 1 to 32, 1s to 24h" },
    { "noauth",      NOAUTH,   AT(noauth),     0, 0,     "deny or record" },
    { "max-session", DURATION, AT(max_session), 1, LONGEST, "1s to 30d, with its unit" },
    { "on-expiry",   EXPIRY,   AT(on_expiry),  0, 0,     "warn, lock or terminate" },
    { "lang",        TAG,      AT(lang),       0, 0,     "a language, as fr or pt-BR" },
    { "echo",        FLAG,     AT(echo),       0, 0,     "no value" },
    { "quiet",       FLAG,     AT(quiet),      0, 0,     "no value" },
    { "debug",       FLAG,     AT(debug),      0, 0,     "no value" },
#undef AT
    { "audit",       LATER, 0, 0, 0, NULL },
};

#define OPTIONS (sizeof(table) / sizeof(table[0]))

/* Digits only, at most high; *rest is what follows them.  False without a digit. */
static bool
read_number(const char *text, unsigned int high, unsigned int *number, const char **rest)
{
    unsigned int n = 0;

    if (*text < '0' || *text > '9')
        return false;
    for (; *text >= '0' && *text <= '9'; text++) {
        n = n * 10 + (unsigned int)(*text - '0');
        if (n > high)
            return false;
    }
    *number = n;
    *rest = text;
    return true;
}

static bool
read_count(const struct option *op, const char *value, unsigned int *count)
{
    const char *rest;

    return read_number(value, op->high, count, &rest) && *rest == '\0' &&
           *count >= op->low;
}

/* *rest is what follows the unit. */
static bool
read_seconds(const struct option *op, const char *value, unsigned int *seconds, const char **rest)
{
    unsigned int n, unit;

    if (!read_number(value, op->high, &n, rest))
        return false;
    switch (*(*rest)++) {
    case 's': unit = 1; break;
    case 'm': unit = 60; break;
    case 'h': unit = 3600; break;
    case 'd': unit = 86400; break;
    default: return false;
    }
    if (n > op->high / unit)
        return false;
    *seconds = n * unit;
    return *seconds >= op->low;
}

static bool
read_duration(const struct option *op, const char *value, unsigned int *seconds)
{
    const char *rest;

    return read_seconds(op, value, seconds, &rest) && *rest == '\0';
}

/* DURATION[:N].  Two places unless said: the second one is for whoever's kiosk broke down. */
static bool
read_window(const struct option *op, const char *value, hp_use_terms *terms)
{
    unsigned int seconds;
    const char *rest;

    terms->limit = 2;
    if (!read_seconds(op, value, &seconds, &rest))
        return false;
    terms->window = seconds;
    if (*rest == ':' && !read_number(rest + 1, HP_USE_LIMIT_MAX, &terms->limit, &rest))
        return false;
    return *rest == '\0' && terms->limit > 0;
}

/* A place is held until the login is known to be one: a name that is not there uses no pass. */
static bool
read_reuse(const struct option *op, const char *value, hp_pam_reuse *reuse)
{
    hp_use_terms terms = { .refuse = true, .reserve = true };

    if (strcmp(value, "any") == 0)
        return true;
    if (strcmp(value, "once") == 0) {
        terms.limit = 1;
        terms.window = DAY;
    } else if (strcmp(value, "holder") == 0) {
        terms.limit = 1;
        terms.window = LONGEST;
        reuse->by = HP_PAM_BY_LOGIN;
    } else if (strncmp(value, "window:", 7) != 0 || !read_window(op, value + 7, &terms)) {
        return false;
    }
    reuse->terms = terms;
    return true;
}

static bool
read_limit(const struct option *op, const char *value, hp_pam_limit *limit)
{
    static const char *const places[] = { "tty", "rhost", "user" };
    const char *rest;
    size_t i;

    if (!read_number(value, HP_USE_LIMIT_MAX, &limit->n, &rest) || limit->n == 0 || *rest != '/' ||
        !read_seconds(op, rest + 1, &limit->window, &rest) || strncmp(rest, ":by=", 4) != 0)
        return false;
    for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        if (strcmp(rest + 4, places[i]) == 0) {
            limit->at = (hp_pam_at)i;
            return true;
        }
    }
    return false;
}

/* Names with commas, none twice.  A prompt is always there: what stood behind it was of no use. */
static bool
read_sources(const char *value, hp_pam_sources *sources)
{
    static const char *const names[HP_PAM_SOURCES] = { "socket", "device", "prompt" };
    bool seen[HP_PAM_SOURCES] = { false };
    size_t n = strcspn(value, ","), i;

    for (sources->n = 0; ; value += n + 1, n = strcspn(value, ",")) {
        for (i = 0; i < HP_PAM_SOURCES; i++) {
            if (strlen(names[i]) == n && memcmp(names[i], value, n) == 0)
                break;
        }
        if (i == HP_PAM_SOURCES || seen[i] || seen[HP_PAM_PROMPT])
            return false;
        seen[i] = true;
        sources->list[sources->n++] = (hp_pam_source)i;
        if (value[n] == '\0')
            return true;
    }
}

static bool
read_noauth(const char *value, hp_pam_noauth *noauth)
{
    *noauth = strcmp(value, "record") == 0 ? HP_PAM_NOAUTH_RECORD : HP_PAM_NOAUTH_DENY;
    return *noauth == HP_PAM_NOAUTH_RECORD || strcmp(value, "deny") == 0;
}

static bool
is_line(const char *text)
{
    size_t i;

    for (i = 0; text[i] != '\0'; i++) {
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
            return false;
    }
    return i > 0 && i <= TEXT_MAX;
}

static bool
is_name(const char *text)
{
    return is_line(text) && text[0] != '.' && strchr(text, '/') == NULL && strlen(text) <= SET_MAX;
}

/* Parts of one to eight characters; the first has letters only. */
static bool
is_tag(const char *text)
{
    static const char set[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    const char *allowed = set + 10, *part = text;
    size_t n;

    for (;; part += n + 1, allowed = set) {
        n = strspn(part, allowed);
        if (n < 1 || n > 8)
            return false;
        if (part[n] != '-')
            return part[n] == '\0' && strlen(text) <= HP_PAM_TAG;
    }
}

/* What has room for its closing zero in an address (unix(7)). */
static bool
is_address(const char *text)
{
    return *text == '/' && strlen(text) < sizeof(((struct sockaddr_un *)NULL)->sun_path);
}

/* The file of match=file:; NULL for another kind of match. */
static const char *
holders(const char *match)
{
    return strncmp(match, "file:", 5) == 0 ? match + 5 : NULL;
}

/* A colon ends the match in the name of its evidence. */
static bool
is_match(const char *text)
{
    const char *path = holders(text);

    if (path != NULL)
        return *path == '/' && strchr(path, ':') == NULL && strlen(path) < PATH_MAX;
    return strcmp(text, "none") == 0 || strcmp(text, "gecos") == 0;
}

static bool
keep_text(const char *value, const char **text)
{
    *text = value;
    return true;
}

/* value is NULL where the word came without '='. */
static bool
read_value(const struct option *op, const char *value, void *to)
{
    switch (op->kind) {
    case FLAG:
        *(bool *)to = true;
        return value == NULL;
    case TEXT:
        return value != NULL && is_line(value) && keep_text(value, to);
    case PATH:
        return value != NULL && *value == '/' && strlen(value) < PATH_MAX &&
               keep_text(value, to);
    case NAME:
        return value != NULL && is_name(value) && keep_text(value, to);
    case TAG:
        return value != NULL && is_tag(value) && keep_text(value, to);
    case MATCH:
        return value != NULL && is_match(value) && keep_text(value, to);
    case ADDRESS:
        return value != NULL && is_address(value) && keep_text(value, to);
    case USER:
        return value != NULL && is_name(value) && keep_text(value, to);
    case SOURCES:
        return value != NULL && read_sources(value, to);
    case LAYOUT:
        return value != NULL && hp_pam_layout_is(value) && keep_text(value, to);
    case COUNT:
        return value != NULL && read_count(op, value, to);
    case DURATION:
        return value != NULL && read_duration(op, value, to);
    case REUSE:
        return value != NULL && read_reuse(op, value, to);
    case LIMIT:
        return value != NULL && read_limit(op, value, to);
    case NOAUTH:
        return value != NULL && read_noauth(value, to);
    case EXPIRY:
        return value != NULL && hp_expiry_read(hp_str_of(value), to);
    case LATER:
        break;
    }
    return false;
}

static const struct option *
find(const char *word, size_t n)
{
    size_t i;

    for (i = 0; i < OPTIONS; i++) {
        if (strlen(table[i].name) == n && memcmp(table[i].name, word, n) == 0)
            return &table[i];
    }
    return NULL;
}

static bool
refuse(const struct option *op, const char *word, hp_error *error)
{
    if (op->kind == LATER)
        hp_error_set(error, "option %s: not supported by this build", op->name);
    else
        hp_error_set(error, "option %.80s: expected %s", word, op->expected);
    return false;
}

/* Reads one word; seen has a flag for each row of the table. */
static bool
read_word(hp_pam_options *o, const char *word, bool *seen, hp_error *error)
{
    size_t n = strcspn(word, "=");
    const struct option *op = find(word, n);

    if (op == NULL) {
        hp_error_set(error, "option %.80s: unknown", word);
        return false;
    }
    if (seen[op - table]) {
        hp_error_set(error, "option %s: given twice", op->name);
        return false;
    }
    seen[op - table] = true;
    if (!read_value(op, word[n] == '=' ? word + n + 1 : NULL, (char *)o + op->at))
        return refuse(op, word, error);
    return true;
}

/* What belongs to a source that is not asked would be without effect. */
static bool
check_sources(hp_pam_options *o, hp_error *error)
{
    bool asked[HP_PAM_SOURCES] = { false };
    const struct {
        const char *name, *given;
        hp_pam_source of;
    } words[] = {
        { "socket", o->socket, HP_PAM_SOCKET },
        { "socket-user", o->socket_user, HP_PAM_SOCKET },
        { "device", o->device, HP_PAM_DEVICE },
        { "layout", o->layout, HP_PAM_PROMPT },
    };
    unsigned i;

    for (i = 0; i < o->sources.n; i++)
        asked[o->sources.list[i]] = true;
    for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (words[i].given == NULL || asked[words[i].of])
            continue;
        hp_error_set(error, "option %s: is of no use to any of the sources", words[i].name);
        return false;
    }
    if (o->socket == NULL)
        o->socket = "/run/healthpass/scan.sock";
    if (o->device == NULL)
        o->device = "/dev/healthpass-scanner";
    return true;
}

bool
hp_pam_options_read(hp_pam_options *o, int argc, const char **argv, hp_error *error)
{
    bool seen[OPTIONS] = { false };
    int i;

    /* 45 s: login gives up after 60, sshd after 120. */
    *o = (hp_pam_options){
        .policy = "/etc/healthpass/policy.conf",
        .sources = { { HP_PAM_PROMPT }, 1 },
        .timeout = 45,
        .tries = 1,
        .fail_delay = 2,
    };
    for (i = 0; i < argc; i++) {
        if (!read_word(o, argv[i], seen, error))
            return false;
    }
    if (o->match == NULL) {
        hp_error_set(error, "option match: missing; whether a pass is bound to a "
                     "person must be said: match=none, match=gecos or match=file:PATH");
        return false;
    }
    return check_sources(o, error);
}

bool
hp_pam_options_bind(const hp_pam_options *o)
{
    return strcmp(o->match, "none") != 0;
}

const char *
hp_pam_options_holders(const hp_pam_options *o)
{
    return holders(o->match);
}

bool
hp_pam_reuse_meets(const hp_pam_reuse *asked, const hp_pam_reuse *was)
{
    return asked->terms.limit == 0 ||
           (asked->by == was->by && asked->terms.limit == was->terms.limit &&
            asked->terms.window == was->terms.window);
}
