/*
 * The person of a login.
 *
 * match=gecos goes by the full name in its passwd entry: field 1 of GECOS, up to the first comma.
 * That binds only where nobody can write it himself: chfn(1) goes by CHFN_RESTRICT.  match=file:
 * goes by a file of root's that `healthpassctl bind` writes, of keyed ids.
 */
#include "person.h"

#include "ask.h"
#include "base/file.h"
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <security/pam_modutil.h>
#include <stdio.h>
#include <unistd.h>

#define LOGIN_DEFS "/etc/login.defs"

/*
 * login.defs(5): the letters of the fields that a user may change; f is the full name.  A value may
 * stand in quotes, and for the chfn of util-linux behind an equals sign.
 */
static bool
lets_change_names(char *line)
{
    char word[32], value[32];
    char *p;

    for (p = line; (p = strpbrk(p, "\"=")) != NULL;)
        *p = ' ';
    if (sscanf(line, "%31s %31s", word, value) != 2 || strcmp(word, "CHFN_RESTRICT") != 0)
        return false;
    return strchr(value, 'f') != NULL || strcmp(value, "no") == 0;
}

/* Where nothing is said, only root changes anything. */
bool
hp_pam_person_reliable(hp_error *error)
{
    char line[512];
    FILE *in = fopen(LOGIN_DEFS, "re");
    bool good = true;

    if (in == NULL && errno != ENOENT) {
        hp_error_set(error, "option match=gecos: " LOGIN_DEFS " cannot be read");
        return false;
    }
    while (in != NULL && good && fgets(line, sizeof(line), in) != NULL)
        good = !lets_change_names(line);
    if (in != NULL)
        (void)fclose(in);
    if (!good)
        hp_error_set(error, "option match=gecos: CHFN_RESTRICT in " LOGIN_DEFS
                            " lets users change their own full names");
    return good;
}

/* ---- match=file: ------------------------------------------------------------------------- */

static int
read_bindings(const hp_pam_call *call, const char *user, hp_bindings *bindings)
{
    const char *path = hp_pam_options_holders(&call->options);
    hp_error error;
    hp_bytes text;
    bool good;

    bindings->n = 0;
    /* Not access(): under su(1) that asks for the user who calls, not for root. */
    if (faccessat(AT_FDCWD, path, R_OK, AT_EACCESS) != 0) {
        hp_error_set(&error, "option match: %s: %s", path, strerror(errno));
        hp_pam_log_error(call, error.text);
        return PAM_AUTHINFO_UNAVAIL;
    }
    good = hp_file_read(path, HP_FILE_OWNED | HP_FILE_SECRET, HP_HOLDERS_MAX, &text, NULL, &error);
    if (good) {
        good = hp_holders_find(path, (hp_str){ text.p, text.n }, hp_str_of(user), bindings,
                               &error);
        hp_bytes_free(&text);
    }
    if (!good)
        hp_pam_log_error(call, error.text);
    return good ? PAM_SUCCESS : PAM_SERVICE_ERR;
}

int
hp_pam_person_ready(const hp_pam_call *call, const hp_policy *policy)
{
    hp_bindings bindings;

    if (hp_pam_options_holders(&call->options) == NULL)
        return PAM_SUCCESS;
    if (!hp_policy_can_count(policy)) {
        hp_pam_log_error(call, "option match=file: needs an identity_key in the policy");
        return PAM_SERVICE_ERR;
    }
    return read_bindings(call, "", &bindings);
}

/* ---- the person ---------------------------------------------------------------------------- */

int
hp_pam_person_find(const hp_pam_call *call, hp_pam_person *who)
{
    const struct passwd *pw;
    const char *user;
    int rc = hp_pam_ask_user(call, &user);

    *who = (hp_pam_person){ .uid = (uid_t)-1 };
    if (rc != PAM_SUCCESS)
        return rc;
    if (hp_pam_options_holders(&call->options) != NULL) {
        rc = read_bindings(call, user, &who->bindings);
        if (rc != PAM_SUCCESS)
            return rc;
    }
    pw = pam_modutil_getpwnam(call->pamh, user);
    if (pw == NULL)
        return PAM_SUCCESS;
    who->uid = pw->pw_uid;
    if (pw->pw_gecos != NULL) /* of a directory that has no such field */
        who->person.name = (hp_str){ (const uint8_t *)pw->pw_gecos, strcspn(pw->pw_gecos, ",") };
    return PAM_SUCCESS;
}
