/*
 * Stands where pam_systemd's session line does, and says what that would read: for
 * t/pam/41-session.t and t/pam/82-evidence.t.
 */
#include <security/pam_ext.h>
#include <security/pam_modules.h>
#include <stddef.h>
#include <syslog.h>

#define EXPORT __attribute__((visibility("default")))

EXPORT int
pam_sm_open_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
    const void *data = NULL;

    (void)flags;
    (void)argc;
    (void)argv;
    if (pam_get_data(pamh, "systemd.runtime_max_sec", &data) != PAM_SUCCESS)
        data = NULL;
    pam_syslog(pamh, LOG_INFO, "runtime_max_sec=%s", data != NULL ? (const char *)data : "none");
    return PAM_SUCCESS;
}

EXPORT int
pam_sm_close_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
    (void)pamh;
    (void)flags;
    (void)argc;
    (void)argv;
    return PAM_SUCCESS;
}
