/* Logins that skip the auth phase; see pam_around.h. */
#include "cli/pam_around.h"
#include "cli/pam_getty.h"

#include "base/file.h"

#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#define TEXT_MOST (256 * 1024)
#define LINE_ROOM 1024 /* longer lines are cut: nothing that is looked for stands so far behind */
#define NESTED    4    /* Include within Include */

/* ---- lines --------------------------------------------------------------------- */

typedef struct {
    hp_str rest;
    size_t number, read; /* of the line, and of those that were read */
    char section[64];    /* the last [section] */
    char line[LINE_ROOM];
} lines;

/* The next line of the file without blanks around it. */
static hp_str
take_physical(lines *l)
{
    const uint8_t *end = memchr(l->rest.p, '\n', l->rest.n);
    hp_str line = { l->rest.p, end == NULL ? l->rest.n : (size_t)(end - l->rest.p) };

    l->rest = hp_str_from(l->rest, line.n + (end != NULL));
    l->read++;
    return hp_str_trim(line);
}

/*
 * The next line; comments are left out.  A backslash at its end joins it with the next one, as in
 * a unit of systemd: in the other files no line ends so.
 */
static bool
next_line(lines *l)
{
    bool found = false, more = true;
    size_t used = 0;

    l->line[0] = '\0';
    while (more && l->rest.n > 0) {
        hp_str part = take_physical(l);

        if ((part.n == 0 && !found) || (part.n > 0 && (part.p[0] == '#' || part.p[0] == ';')))
            continue;
        if (!found)
            l->number = l->read;
        found = true;
        more = part.n > 0 && part.p[part.n - 1] == '\\';
        (void)snprintf(l->line + used, sizeof(l->line) - used, "%.*s%s", (int)(part.n - more),
                       (const char *)part.p, more ? " " : "");
        used = strlen(l->line);
    }
    if (l->line[0] == '[')
        (void)snprintf(l->section, sizeof(l->section), "%.63s", l->line);
    return found;
}

/* The value of "key = value" when it is this key; NULL for another one. */
static const char *
value_of(const char *line, const char *key)
{
    size_t n = strlen(key);

    if (strncasecmp(line, key, n) != 0)
        return NULL;
    line += n;
    line += strspn(line, " \t");
    if (*line++ != '=')
        return NULL;
    return line + strspn(line, " \t");
}

/* ---- what is said where -------------------------------------------------------- */

/* By itself, whatever starts it: also in a unit of another name. */
static bool
is_getty_login(const lines *l)
{
    return (l->section[0] == '\0' || strcmp(l->section, "[Service]") == 0) &&
        hp_getty_skips_auth(l->line);
}

/* Is it said that somebody logs in so? */
static bool
is_named(const lines *l, const char *key)
{
    const char *value = value_of(l->line, key);

    return value != NULL && *value != '\0' && *value != '#';
}

static bool
is_lightdm_login(const lines *l)
{
    const char *guest = value_of(l->line, "autologin-guest");

    return strncmp(l->section, "[Seat", 5) == 0 &&
        (is_named(l, "autologin-user") || (guest != NULL && strcasecmp(guest, "true") == 0));
}

/* A table of TOML, or a key of the outer one. */
static bool
is_greetd_login(const lines *l)
{
    const char *name = l->line + strspn(l->line, "[ \t");

    return strncmp(name, "initial_session", 15) == 0 && strcspn(name + 15, "] \t.=") == 0 &&
        (l->line[0] == '[' || l->section[0] == '\0');
}

static bool
is_gdm_login(const lines *l)
{
    const char *value = value_of(l->line, "AutomaticLoginEnable");

    if (value == NULL)
        value = value_of(l->line, "TimedLoginEnable");
    return value != NULL && (strcasecmp(value, "true") == 0 || strcmp(value, "1") == 0);
}

static bool
is_sddm_login(const lines *l)
{
    return strcasecmp(l->section, "[Autologin]") == 0 && is_named(l, "User");
}

static bool
is_lxdm_login(const lines *l)
{
    return strcmp(l->section, "[base]") == 0 && is_named(l, "autologin");
}

#define UNITS    "systemd/system/"
#define PATTERNS 10

static const struct place {
    const char *service;
    const char *instead; /* the service by which it then logs in; NULL: by the same, without auth */
    bool (*found)(const lines *l);
    const char *text;
    const char *patterns[PATTERNS];
} places[] = {
    { "login", NULL, is_getty_login,
      "this terminal logs in by `login -f`, which skips the auth phase, and the account line then "
      "denies: write --skip-login --login-options \"-p -- USER\"",
      { "/etc/" UNITS "*.service", "/etc/" UNITS "*.service.d/*.conf", "/run/" UNITS "*.service",
        "/run/" UNITS "*.service.d/*.conf", "/usr/local/lib/" UNITS "*getty*.service",
        "/usr/local/lib/" UNITS "*getty*.service.d/*.conf", "/usr/lib/" UNITS "*getty*.service",
        "/usr/lib/" UNITS "*getty*.service.d/*.conf", "/etc/inittab" } },
    { "lightdm", "lightdm-autologin", is_lightdm_login,
      "this login is by the service lightdm-autologin, which asks for no pass: remove the line, "
      "or put the module with source=socket into that service",
      { "/etc/lightdm/lightdm.conf", "/etc/lightdm/lightdm.conf.d/*.conf",
        "/etc/xdg/lightdm/lightdm.conf.d/*.conf", "/usr/local/share/lightdm/lightdm.conf.d/*.conf",
        "/usr/share/lightdm/lightdm.conf.d/*.conf" } },
    { "greetd", NULL, is_greetd_login,
      "an initial_session skips the auth phase, once a boot: run a greeter (default_session) alone",
      { "/etc/greetd/config.toml" } },
    { "gdm-password", "gdm-autologin", is_gdm_login,
      "this login is by the service gdm-autologin, which asks for no pass: write false, or put the "
      "module with source=socket into that service",
      { "/etc/gdm3/daemon.conf", "/etc/gdm3/custom.conf", "/etc/gdm/custom.conf" } },
    { "sddm", "sddm-autologin", is_sddm_login,
      "this login is by the service sddm-autologin, which asks for no pass: remove the line, or "
      "put the module with source=socket into that service",
      { "/etc/sddm.conf", "/etc/sddm.conf.d/*", "/usr/lib/sddm/sddm.conf.d/*" } },
    { "lxdm", NULL, is_lxdm_login,
      "this login asks neither the auth nor the account phase, and LXDM opens it whatever the "
      "session phase says: remove the line",
      { "/etc/lxdm/lxdm.conf" } },
};

/* The file's text, also behind a link, as Debian's alternatives are. */
static bool
read_text(const char *path, hp_bytes *text)
{
    char real[PATH_MAX];

    return realpath(path, real) != NULL && hp_file_read(real, 0, TEXT_MOST, text, NULL, NULL);
}

static void
look_at_file(const hp_pam_around *a, const struct place *place, const char *path)
{
    lines l = { .number = 0 };
    hp_bytes text;

    if (!read_text(path, &text))
        return;
    l.rest = (hp_str){ text.p, text.n };
    while (next_line(&l)) {
        if (place->found(&l))
            a->tell(a->with, path, l.number, place->text);
    }
    hp_bytes_free(&text);
}

static void
look_at_pattern(const hp_pam_around *a, const struct place *place, const char *pattern)
{
    char path[PATH_MAX];
    glob_t found;
    size_t i;

    (void)snprintf(path, sizeof(path), "%s%s", a->root, pattern);
    if (glob(path, 0, NULL, &found) != 0)
        return;
    for (i = 0; i < found.gl_pathc; i++)
        look_at_file(a, place, found.gl_pathv[i]);
    globfree(&found);
}

static void
look_at_place(const hp_pam_around *a, const struct place *place, const char *service)
{
    size_t i;

    if (strcmp(service, place->service) != 0 ||
        (place->instead != NULL && a->asks(a->with, place->instead)))
        return;
    for (i = 0; i < PATTERNS && place->patterns[i] != NULL; i++)
        look_at_pattern(a, place, place->patterns[i]);
}

/* ---- sshd ---------------------------------------------------------------------- */

/* The first word of the line, and what follows it; '=' may stand between them. */
static const char *
keyword(char *line)
{
    size_t n = strcspn(line, " \t=");
    char *rest = line + n;

    rest += strspn(rest, " \t");
    rest += *rest == '=';
    rest += strspn(rest, " \t");
    line[n] = '\0';
    return rest;
}

static bool
take_word(hp_sshd_word *to, const char *name, const char *key, const char *value, size_t line)
{
    if (strcasecmp(name, key) != 0)
        return false;
    if (to->line == 0) {
        to->line = line;
        (void)snprintf(to->value, sizeof(to->value), "%.*s", (int)strcspn(value, " \t"), value);
    }
    return true;
}

/* Every list must ask by keyboard-interactive; "any" is what counts without the line. */
static void
take_methods(hp_sshd_says *says, const char *value, size_t line, bool match)
{
    size_t n;

    if (!match && says->methods)
        return;
    if (!match)
        says->methods = true;
    for (; *value != '\0'; value += n + strspn(value + n, " \t")) {
        char list[LINE_ROOM];

        n = strcspn(value, " \t");
        (void)snprintf(list, sizeof(list), "%.*s", (int)n, value);
        if (strstr(list, "keyboard-interactive") == NULL && says->bare_line == 0)
            says->bare_line = line;
    }
}

void
hp_sshd_read(hp_str text, hp_sshd_says *says, void (*include)(void *with, const char *pattern),
             void *with)
{
    lines l = { .rest = text };
    bool match = says->match;

    while (next_line(&l)) {
        const char *value = keyword(l.line);

        if (strcasecmp(l.line, "Match") == 0)
            match = strcasecmp(value, "all") != 0;
        else if (strcasecmp(l.line, "AuthenticationMethods") == 0)
            take_methods(says, value, l.number, match);
        else if (strcasecmp(l.line, "Include") == 0) {
            says->match = match;
            include(with, value);
        } else if (!match && !take_word(&says->pam, "UsePAM", l.line, value, l.number) &&
                 !take_word(&says->interactive, "KbdInteractiveAuthentication", l.line, value,
                            l.number) &&
                 !take_word(&says->interactive, "ChallengeResponseAuthentication", l.line, value,
                            l.number))
            (void)take_word(&says->keys, "PubkeyAuthentication", l.line, value, l.number);
    }
}

/* A file of sshd's, and those that it includes before its own words count. */
typedef struct {
    const hp_pam_around *a;
    unsigned depth;
    hp_sshd_says *says; /* of all files */
    char *bare_file;    /* where bare_line is */
} sshd;

static void look_at_sshd_file(sshd *s, const char *path);

static void
look_at_included(void *with, const char *pattern)
{
    sshd *s = with;
    char path[PATH_MAX];
    glob_t found;
    size_t i;

    if (s->depth >= NESTED)
        return;
    (void)snprintf(path, sizeof(path), "%s%s%.*s", s->a->root,
                   pattern[0] == '/' ? "" : "/etc/ssh/", (int)strcspn(pattern, " \t"), pattern);
    if (glob(path, 0, NULL, &found) != 0)
        return;
    s->depth++;
    for (i = 0; i < found.gl_pathc; i++)
        look_at_sshd_file(s, found.gl_pathv[i]);
    s->depth--;
    globfree(&found);
}

static void
look_at_sshd_file(sshd *s, const char *path)
{
    size_t bare = s->says->bare_line;
    hp_bytes text;

    if (!read_text(path, &text))
        return;
    hp_sshd_read((hp_str){ text.p, text.n }, s->says, look_at_included, s);
    if (bare == 0 && s->says->bare_line != 0 && s->bare_file[0] == '\0')
        (void)snprintf(s->bare_file, PATH_MAX, "%s", path);
    hp_bytes_free(&text);
}

/* A word's default counts where it is not said. */
static bool
is_no(const hp_sshd_word *word, bool unsaid)
{
    return word->line == 0 ? unsaid : strcasecmp(word->value, "no") == 0;
}

static void
look_at_sshd(const hp_pam_around *a)
{
    char path[PATH_MAX], bare[PATH_MAX] = "";
    hp_sshd_says says = { .methods = false };
    sshd s = { a, 0, &says, bare };
    hp_bytes text;

    (void)snprintf(path, sizeof(path), "%s/etc/ssh/sshd_config", a->root);
    if (!read_text(path, &text))
        return;
    hp_bytes_free(&text);
    look_at_sshd_file(&s, path);
    if (is_no(&says.pam, true))
        a->tell(a->with, path, says.pam.line, "sshd asks PAM nothing: write UsePAM yes");
    if (is_no(&says.interactive, false))
        a->tell(a->with, path, says.interactive.line,
                "sshd asks for the pass by keyboard-interactive only: write "
                "KbdInteractiveAuthentication yes");
    if (!says.methods && !is_no(&says.keys, false))
        a->tell(a->with, path, 0,
                "a key skips the auth phase, and the account line then denies: write "
                "AuthenticationMethods publickey,keyboard-interactive:pam");
    if (says.bare_line != 0)
        a->tell(a->with, bare, says.bare_line,
                "a list without keyboard-interactive skips the auth phase, and the account line "
                "then denies: write publickey,keyboard-interactive:pam");
}

void
hp_pam_around_look(const hp_pam_around *around, const char *service)
{
    size_t i;

    for (i = 0; i < sizeof(places) / sizeof(places[0]); i++)
        look_at_place(around, &places[i], service);
    if (strcmp(service, "sshd") == 0)
        look_at_sshd(around);
}
