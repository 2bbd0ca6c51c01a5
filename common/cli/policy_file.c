/* What is said of a policy, and its values alone; see policy_file.h. */
#include "cli/policy_file.h"

#include "base/file.h"

#define POLICY_MAX (64 * 1024)

const char *const hp_cli_doors[] = { "web", "pam", NULL };

hp_door
hp_cli_door(int nth)
{
    return nth < 0 ? HP_DOOR_NONE : nth == 0 ? HP_DOOR_WEB : HP_DOOR_PAM;
}

bool
hp_cli_settings(const char *policy, hp_settings *settings, hp_error *error)
{
    hp_bytes text;
    bool good;

    if (!hp_file_read(policy, HP_FILE_OWNED, POLICY_MAX, &text, NULL, error))
        return false;
    good = hp_settings_read(policy, (hp_str){ text.p, text.n }, HP_DOOR_NONE, settings, error);
    hp_bytes_free(&text);
    return good;
}
