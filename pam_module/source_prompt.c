/*
 * The conversation.  What arrives may be anything: a pass, half a pass, or the
 * user's password, because some applications answer every hidden prompt with it.
 * So the answer is never stored as PAM_AUTHTOK (the next module would get health
 * data as a password), never logged, not even in part, and wiped after one look.
 *
 * The conversation function belongs to the application and blocks as long as it
 * likes.  A guest has neither alarm nor thread to end it, so the timeout is a
 * limit on what is accepted, not on how long the prompt stands there.
 */
#include "source.h"

#include "ask.h"
#include "layout.h"
#include "wait.h"

#include <security/pam_ext.h>

/*
 * The longest answers that misc_conv (4,095), the ssh client (1,023), swaylock
 * (1,022) and GDM (511) let through; the rest of a longer scan is lost.
 */
static bool
is_limit(size_t received)
{
    return received == 511 || received == 1022 || received == 1023 || received == 4095;
}

/* Undone first, because a line end is none of the characters of a layout. */
static void
take(const hp_pam_call *call, hp_pam_answer *answer)
{
    hp_str typed = hp_pam_strip((hp_str){ (uint8_t *)answer->text, answer->received });
    uint8_t *text = (uint8_t *)answer->text + (typed.p - (uint8_t *)answer->text);

    answer->repaired =
        call->options.layout != NULL && hp_pam_layout_repair(call->options.layout, text, &typed.n);
    answer->cut = is_limit(answer->received);
    answer->pass = typed;
}

int
hp_pam_source_prompt(const hp_pam_call *call, const hp_pam_wish *wish, hp_pam_answer *answer,
                     hp_error *error)
{
    double asked = hp_clock();
    int style = call->options.echo ? PAM_PROMPT_ECHO_ON : PAM_PROMPT_ECHO_OFF;
    int rc = hp_pam_conversation_code(
        pam_prompt(call->pamh, style, &answer->text, "%s", wish->words));

    (void)error;
    /* Ctrl-D at a terminal, and LightDM after authentication: success without a text. */
    if (answer->text == NULL)
        return rc;
    answer->received = answer->room = strlen(answer->text);
    if (rc != PAM_SUCCESS)
        return rc;
    answer->late = !(hp_clock() - asked <= call->options.timeout);
    if (!answer->late)
        take(call, answer);
    return PAM_SUCCESS;
}
