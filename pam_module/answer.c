/*
 * The one place that makes PAM codes of reasons, and the few words that a person
 * reads.  They come from the reason's group: what to do, and nothing of the pass
 * but until when it holds; and from the rule that refused, if one did.  po/ has them
 * in other languages; each fits a line, because greeters cut at 160 bytes.
 */
#include "answer.h"

#include "language.h"

#include <security/pam_ext.h>
#include <time.h>

int
hp_pam_auth_code(hp_reason r)
{
    switch (r) {
#define X(name, id, word, http, auth, account, stage, group, text) \
    case HP_##name:                                                \
        return PAM_##auth;
        HP_REASONS(X)
#undef X
    }
    return PAM_SYSTEM_ERR;
}

int
hp_pam_account_code(hp_reason r)
{
    switch (r) {
#define X(name, id, word, http, auth, account, stage, group, text) \
    case HP_##name:                                                \
        return PAM_##account;
        HP_REASONS(X)
#undef X
    }
    return PAM_PERM_DENIED;
}

/*
 * What the conversation makes of a message is not looked at: a person who could not
 * be told is let in or kept out all the same.
 */
void
hp_pam_tell(const hp_pam_call *call, hp_reason r)
{
    if (!call->silent)
        (void)pam_error(call->pamh, "%s", hp_pam_text(call, hp_reason_advice(r)));
}

/* The bytes of text that fit into a message, without half a character (UTF-8). */
static int
fitting(const char *text, size_t room)
{
    size_t n = strlen(text);

    if (n <= room)
        return (int)n;
    for (n = room; n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80; n--)
        ;
    return (int)n;
}

/* One message: an application may show the last one only. */
void
hp_pam_tell_rule(const hp_pam_call *call, hp_reason r, const char *text)
{
    const char *advice = hp_pam_text(call, hp_reason_advice(r));

    if (*text == '\0')
        hp_pam_tell(call, r);
    else if (!call->silent)
        (void)pam_error(call->pamh, "%s %.*s", advice,
                        fitting(text, PAM_MAX_MSG_SIZE - sizeof(" ") - strlen(advice)), text);
}

/* Never one minute, and never one second: languages have many forms for many, and one is left. */
void
hp_pam_tell_wait(const hp_pam_call *call, uint32_t seconds)
{
    if (call->silent)
        return;
    if (seconds > 120)
        (void)pam_error(call->pamh,
                        hp_pam_text(call, HP_N_("Too many attempts. Please wait %u minutes.")),
                        (unsigned)((seconds + 59) / 60));
    else
        (void)pam_error(call->pamh,
                        hp_pam_text(call, HP_N_("Too many attempts. Please wait %u seconds.")),
                        seconds < 2 ? 2U : (unsigned)seconds);
}

/* Local time: the hour today, else with the day before it. */
static bool
format_end(char *to, size_t room, double now, double end)
{
    time_t at[2] = { (time_t)now, (time_t)end };
    struct tm day[2];
    bool today;

    if (localtime_r(&at[0], &day[0]) == NULL || localtime_r(&at[1], &day[1]) == NULL)
        return false;
    today = day[0].tm_year == day[1].tm_year && day[0].tm_yday == day[1].tm_yday;
    return strftime(to, room, today ? "%H:%M" : "%Y-%m-%d %H:%M", &day[1]) > 0;
}

void
hp_pam_tell_accepted(const hp_pam_call *call, double now, double valid_until)
{
    char end[32];

    if (call->silent)
        return;
    if (valid_until > 0 && valid_until < HP_TIME_LAST &&
        format_end(end, sizeof(end), now, valid_until))
        (void)pam_info(call->pamh, hp_pam_text(call, HP_N_("Pass accepted. Valid until %s.")), end);
    else
        (void)pam_info(call->pamh, "%s", hp_pam_text(call, hp_reason_advice(HP_OK)));
}
