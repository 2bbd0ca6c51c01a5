/* See pam_words.h. */
#include "cli/pam_words.h"

#include "../pam_module/options.h"

bool
hp_pam_words_read(int argc, const char *const *argv, hp_pam_words *words, hp_error *error)
{
    const char *all[HP_STACK_WORDS]; /* as libpam hands them over */
    hp_pam_options o;

    memcpy(all, argv, (size_t)argc * sizeof(all[0]));
    if (!hp_pam_options_read(&o, argc, all, error))
        return false;
    *words = (hp_pam_words){ o.match, o.policy, o.rules, o.reuse.terms.limit > 0,
                             o.noauth == HP_PAM_NOAUTH_RECORD };
    return true;
}
