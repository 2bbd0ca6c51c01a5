/*
 * The PAM module as a whole, between an application and a policy that are real but small: any
 * words on its line, any answers, any allocation that fails.  Nobody gets in but with the pass,
 * and no code is one that a stack could take for something else.
 *
 * An input is lines: which allocation fails (a byte, '0' for none), the words of the service's
 * line, the login name, then the answers.  "@" and a letter is an answer of another kind.
 */
#include "fuzz.h"

#include "hp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <pwd.h>
#include <security/pam_ext.h>
#include <security/pam_modules.h>
#include <security/pam_modutil.h>
#include <stdarg.h>
#include <unistd.h>

#define WORDS   16
#define ENTRIES 8

unsigned fuzz_costs = 10;

/* What libpam would keep for one login. */
struct pam_handle {
    hp_str answers;
    const char *user;
    char environment[256];
    struct {
        char name[8192];
        void *data;
        void (*cleanup)(pam_handle_t *, void *, int);
    } entries[ENTRIES];
    bool good_shown;
};

static hp_str good; /* the text that opens the door */
static const char *policy_word;
static bool told; /* the line's own words have what no log may have: errors name them */

/* ---- an application ----------------------------------------------------------- */

int
pam_get_item(const pam_handle_t *pamh, int item, const void **out)
{
    *out = item == PAM_SERVICE ? "fuzz" : item == PAM_TTY ? "tty1" : item == PAM_USER ? pamh->user : NULL;
    return PAM_SUCCESS;
}

int
pam_get_user(pam_handle_t *pamh, const char **user, const char *prompt)
{
    (void)prompt;
    *user = pamh->user;
    return pamh->user != NULL ? PAM_SUCCESS : PAM_CONV_ERR;
}

int
pam_set_data(pam_handle_t *pamh, const char *name, void *data,
             void (*cleanup)(pam_handle_t *, void *, int))
{
    size_t i;

    for (i = 0; i < ENTRIES; i++) {
        if (pamh->entries[i].name[0] != '\0' && strcmp(pamh->entries[i].name, name) != 0)
            continue;
        if (pamh->entries[i].cleanup != NULL)
            pamh->entries[i].cleanup(pamh, pamh->entries[i].data, PAM_DATA_REPLACE);
        (void)snprintf(pamh->entries[i].name, sizeof(pamh->entries[i].name), "%s", name);
        pamh->entries[i].data = data;
        pamh->entries[i].cleanup = cleanup;
        return PAM_SUCCESS;
    }
    return PAM_BUF_ERR;
}

int
pam_get_data(const pam_handle_t *pamh, const char *name, const void **data)
{
    size_t i;

    for (i = 0; i < ENTRIES; i++) {
        if (strcmp(pamh->entries[i].name, name) == 0 && pamh->entries[i].data != NULL) {
            *data = pamh->entries[i].data;
            return PAM_SUCCESS;
        }
    }
    return PAM_NO_MODULE_DATA;
}

int
pam_putenv(pam_handle_t *pamh, const char *text)
{
    (void)snprintf(pamh->environment, sizeof(pamh->environment), "%s", text);
    return PAM_SUCCESS;
}

const char *
pam_getenv(pam_handle_t *pamh, const char *name)
{
    size_t n = strlen(name);

    return strncmp(pamh->environment, name, n) == 0 && pamh->environment[n] == '='
               ? pamh->environment + n + 1 : NULL;
}

int
pam_fail_delay(pam_handle_t *pamh, unsigned int usec)
{
    (void)pamh;
    MUST(usec <= 60000000);
    return PAM_SUCCESS;
}

/* One line, and nothing of the pass. */
static void
must_be_line(const char *text)
{
    MUST(strlen(text) < 8192 && strpbrk(text, "\r\n\033") == NULL);
    MUST(told || (strcasestr(text, "HC1:") == NULL && strcasestr(text, "PRUEFLING") == NULL));
}

void
pam_vsyslog(const pam_handle_t *pamh, int priority, const char *format, va_list list)
{
    static char line[16384];

    (void)pamh;
    (void)priority;
    (void)vsnprintf(line, sizeof(line), format, list);
    must_be_line(line);
}

void
pam_syslog(const pam_handle_t *pamh, int priority, const char *format, ...)
{
    va_list list;

    va_start(list, format);
    pam_vsyslog(pamh, priority, format, list);
    va_end(list);
}

static hp_str
next_line(hp_str *rest)
{
    hp_str line = *rest;
    const uint8_t *end = line.n > 0 ? memchr(line.p, '\n', line.n) : NULL;

    if (end != NULL)
        line.n = (size_t)(end - line.p);
    *rest = hp_str_from(*rest, end != NULL ? line.n + 1 : line.n);
    return line;
}

/* The next answer; its text is the module's to free, as libpam has it. */
static int
answer(pam_handle_t *pamh, char **response)
{
    hp_str line;

    if (pamh->answers.n == 0)
        return PAM_CONV_ERR;
    line = next_line(&pamh->answers);
    if (hp_str_eq(line, HP_STR("@n"))) /* Ctrl-D */
        return PAM_SUCCESS;
    if (hp_str_eq(line, HP_STR("@e")))
        return PAM_CONV_ERR;
    if (hp_str_eq(line, HP_STR("@a")))
        return PAM_CONV_AGAIN;
    if (hp_str_eq(line, HP_STR("@i")))
        return PAM_IGNORE;
    if (hp_str_eq(line, HP_STR("@g"))) {
        pamh->good_shown = true;
        line = good;
    }
    *response = strndup((const char *)line.p, line.n);
    return *response != NULL ? PAM_SUCCESS : PAM_BUF_ERR;
}

int
pam_prompt(pam_handle_t *pamh, int style, char **response, const char *format, ...)
{
    char text[4096];
    va_list list;

    va_start(list, format);
    (void)vsnprintf(text, sizeof(text), format, list);
    va_end(list);
    must_be_line(text);
    if (response != NULL)
        *response = NULL;
    if (style == PAM_ERROR_MSG || style == PAM_TEXT_INFO)
        return PAM_SUCCESS;
    MUST((style == PAM_PROMPT_ECHO_OFF || style == PAM_PROMPT_ECHO_ON) && response != NULL);
    return answer(pamh, response);
}

struct passwd *
pam_modutil_getpwnam(pam_handle_t *pamh, const char *user)
{
    static char name[] = "erna", gecos[] = "Erna Pr\xc3\xbc" "fling,,,", home[] = "/", shell[] = "/bin/sh";
    static struct passwd pw = { .pw_name = name, .pw_passwd = name, .pw_uid = 61001, .pw_gid = 61001,
                                .pw_gecos = gecos, .pw_dir = home, .pw_shell = shell };

    (void)pamh;
    return strcmp(user, name) == 0 ? &pw : NULL;
}

/* Not root: a line may name any device and root's records, which are this machine's. */
uid_t __wrap_geteuid(void);
int __wrap_connect(int fd, const struct sockaddr *address, socklen_t n);

uid_t
__wrap_geteuid(void)
{
    return getuid() != 0 ? getuid() : 61002;
}

int
__wrap_connect(int fd, const struct sockaddr *address, socklen_t n)
{
    (void)fd;
    (void)address;
    (void)n;
    errno = ENOENT;
    return -1;
}

/* ---- one login ---------------------------------------------------------------- */

static void
set_up(void)
{
    const maker_key *key;
    hp_str claims;

    if (good.n > 0)
        return;
    key = maker_key_new(HP_ALG_ES256, "");
    claims = maker_replace(maker_claims(maker_cbor(HP_STR(MAKER_V))), maker_int((int64_t)MAKER_EXP),
                           maker_int(4102444800)); /* 2100 */
    good = maker_copy(maker_hc1(maker_signed(key, claims)));
    good.p = (const uint8_t *)strndup((const char *)good.p, good.n); /* it outlives the ring */
    MUST(good.p != NULL);
    policy_word = strdup(maker_c_string(maker_print("policy=%s", maker_policy(&key, 1,
        "rules = \"authentic-only\";\nsigner_validity = \"off\";\n"))));
    MUST(policy_word != NULL);
}

/* The words between blanks, and the policy where they name none. */
static int
read_words(char *line, const char **words)
{
    bool named = strstr(line, "policy=") != NULL;
    char *at = NULL, *word;
    int n = 0;

    for (word = strtok_r(line, " ", &at); word != NULL && n < WORDS; word = strtok_r(NULL, " ", &at))
        words[n++] = word;
    if (!named)
        words[n++] = policy_word;
    return n;
}

static void
must_be_denial(int rc)
{
    MUST(rc == PAM_AUTH_ERR || rc == PAM_AUTHINFO_UNAVAIL || rc == PAM_SERVICE_ERR || rc == PAM_BUF_ERR ||
         rc == PAM_SYSTEM_ERR || rc == PAM_CONV_ERR || rc == PAM_INCOMPLETE || rc == PAM_USER_UNKNOWN ||
         rc == PAM_MAXTRIES || rc == PAM_PERM_DENIED || rc == PAM_ACCT_EXPIRED || rc == PAM_SESSION_ERR);
}

static void
log_in(pam_handle_t *pamh, int argc, const char **argv)
{
    int auth = pam_sm_authenticate(pamh, 0, argc, argv), account, session;

    account = pam_sm_acct_mgmt(pamh, 0, argc, argv);
    session = pam_sm_open_session(pamh, 0, argc, argv);
    if (auth != PAM_SUCCESS)
        must_be_denial(auth);
    if (account != PAM_SUCCESS)
        must_be_denial(account);
    if (session != PAM_SUCCESS)
        must_be_denial(session);
    MUST(auth != PAM_SUCCESS || pamh->good_shown);
    MUST(account != PAM_SUCCESS || auth == PAM_SUCCESS);
    MUST(session != PAM_SUCCESS || auth == PAM_SUCCESS);
    (void)pam_sm_close_session(pamh, 0, argc, argv);
    MUST(pam_sm_setcred(pamh, 0, argc, argv) == PAM_SUCCESS);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    static struct pam_handle pamh;
    const char *words[WORDS + 1];
    char *copy;
    hp_str rest = { p, n }, line, user;
    size_t i;

    set_up();
    if (n == 0)
        return 0;
    rest = hp_str_from(rest, 1);
    line = next_line(&rest);
    user = next_line(&rest);
    pamh = (struct pam_handle){ .answers = rest };
    copy = strndup((const char *)line.p, line.n);
    pamh.user = user.n > 0 ? strndup((const char *)user.p, user.n) : NULL;
    MUST(copy != NULL);
    told = strcasestr(copy, "HC1:") != NULL || strcasestr(copy, "PRUEFLING") != NULL;
    alloc_start(p[0] == '0' ? 0 : p[0]);
    log_in(&pamh, read_words(copy, words), words);
    alloc_start(0);
    for (i = 0; i < ENTRIES; i++) {
        if (pamh.entries[i].data != NULL && pamh.entries[i].cleanup != NULL)
            pamh.entries[i].cleanup(&pamh, pamh.entries[i].data, 0);
    }
    free((char *)(uintptr_t)pamh.user);
    free(copy);
    return 0;
}

void
fuzz_seeds(void (*put)(const char *name, hp_str seed))
{
    put("kiosk", HP_STR("0match=none\nerna\n@g\n"));
    put("gecos", HP_STR("0match=gecos tries=3 debug lang=fr\nerna\nHC1:NCF\n@n\n@g\n"));
    put("unknown", HP_STR("0match=none quiet\nnobody\n@g\n"));
    put("sources", HP_STR("0match=none source=socket,prompt socket=/run/x/s layout=fr timeout=1s\nerna\n@g\n"));
    put("chunks", HP_STR("0match=none tries=2\nerna\nshc:/1/2/56\nshc:/2/2/76\n@i\n"));
    put("session", HP_STR("0match=none max-session=8h on-expiry=terminate noauth=record\nerna\n@g\n"));
    put("limits", HP_STR("0match=none reuse=window:1h:2 limit=3/1m:by=tty\nerna\nx\nx\n@a\n"));
    put("memory", HP_STR("\x05match=gecos lang=de\nerna\n@g\n"));
}
