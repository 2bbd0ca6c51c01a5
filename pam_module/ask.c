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
#include "ask.h"

#include "language.h"

#include <math.h>
#include <security/pam_ext.h>
#include <stdlib.h>
#include <time.h>

/* A conversation function may return any number, PAM_IGNORE included. */
static int
conversation_code(int rc)
{
    switch (rc) {
    case PAM_SUCCESS:
    case PAM_BUF_ERR:
        return rc;
    case PAM_CONV_AGAIN:
        return PAM_INCOMPLETE;
    default:
        return PAM_CONV_ERR;
    }
}

/* Without a clock NAN, which is never within the timeout. */
static double
seconds_now(void)
{
    struct timespec t;

    if (clock_gettime(CLOCK_MONOTONIC, &t) != 0)
        return NAN;
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static bool
is_suffix(uint8_t c)
{
    return c == '\r' || c == '\n' || c == '\t';
}

/* Scanners add CR, LF or TAB.  A space is data: Base45 has one in its alphabet. */
static hp_str
strip(hp_str s)
{
    while (s.n > 0 && is_suffix(s.p[0]))
        s = hp_str_from(s, 1);
    while (s.n > 0 && is_suffix(s.p[s.n - 1]))
        s.n--;
    return s;
}

int
hp_pam_ask(const hp_pam_call *call, hp_pam_answer *answer)
{
    const char *prompt = call->options.prompt;
    double asked = seconds_now();
    int rc;

    *answer = (hp_pam_answer){ 0 };
    if (prompt == NULL)
        prompt = hp_pam_text(call, HP_N_("Scan your pass: "));
    rc = conversation_code(pam_prompt(call->pamh, PAM_PROMPT_ECHO_OFF, &answer->text,
                                      "%s", prompt));
    /* Ctrl-D at a terminal, and LightDM after authentication: success without a text. */
    if (answer->text == NULL)
        return rc;
    answer->received = strlen(answer->text);
    if (rc != PAM_SUCCESS)
        return rc;
    answer->late = !(seconds_now() - asked <= call->options.timeout);
    if (!answer->late)
        answer->pass = strip(hp_str_of(answer->text));
    return PAM_SUCCESS;
}

void
hp_pam_answer_end(hp_pam_answer *answer)
{
    if (answer->text != NULL)
        hp_wipe(answer->text, answer->received);
    free(answer->text);
    *answer = (hp_pam_answer){ 0 };
}

int
hp_pam_ask_user(const hp_pam_call *call, const char **user)
{
    int rc;

    *user = NULL;
    rc = conversation_code(pam_get_user(call->pamh, user, NULL));
    if (*user == NULL)
        *user = "";
    return rc;
}
