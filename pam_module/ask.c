/*
 * Asks one source after the other.  The next one is asked only where one is not there at all, never
 * after it gave something, or nothing in time: who was refused at the scanner is not asked to type.
 */
#include "ask.h"

#include "answer.h"
#include "log.h"

#include <security/pam_ext.h>
#include <stdlib.h>

/* In the order of hp_pam_source. */
static const struct source {
    const char *name;
    hp_pam_source_ask *ask;
} sources[HP_PAM_SOURCES] = {
    { "socket", hp_pam_source_socket },
    { "device", hp_pam_source_device },
    { "prompt", hp_pam_source_prompt },
};

int
hp_pam_conversation_code(int rc)
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

static bool
is_suffix(uint8_t c)
{
    return c == '\r' || c == '\n' || c == '\t';
}

hp_str
hp_pam_strip(hp_str s)
{
    while (s.n > 0 && is_suffix(s.p[0]))
        s = hp_str_from(s, 1);
    while (s.n > 0 && is_suffix(s.p[s.n - 1]))
        s.n--;
    return s;
}

bool
hp_pam_answer_room(hp_pam_answer *answer, size_t room)
{
    answer->text = malloc(room);
    answer->room = answer->text != NULL ? room : 0;
    return answer->text != NULL;
}

/* Without what a prompt ends in: ": ", in French with a blank (U+00A0) before it. */
static size_t
sentence_length(const char *words)
{
    size_t n = strlen(words);

    while (n > 0 && (words[n - 1] == ':' || words[n - 1] == ' '))
        n--;
    return n > 2 && memcmp(words + n - 2, "\xC2\xA0", 2) == 0 ? n - 2 : n;
}

void
hp_pam_ask_aloud(const hp_pam_call *call, const hp_pam_wish *wish)
{
    if (!call->silent)
        (void)pam_info(call->pamh, "%.*s", (int)sentence_length(wish->words), wish->words);
}

static int
ask_one(const hp_pam_call *call, const hp_pam_wish *wish, hp_pam_source from, hp_pam_answer *answer,
        hp_error *error)
{
    *answer = (hp_pam_answer){ .nothing = HP_NO_PASS, .source = sources[from].name };
    error->text[0] = '\0';
    return sources[from].ask(call, wish, answer, error);
}

/* A fault of our side, or sources that are all away. */
static int
fault(const hp_pam_call *call, int rc, const hp_error *error)
{
    if (error->text[0] != '\0') {
        hp_pam_log_error(call, error->text);
        hp_pam_tell(call, HP_FAULT);
    }
    return rc == HP_PAM_ABSENT ? PAM_AUTHINFO_UNAVAIL : rc;
}

int
hp_pam_ask(const hp_pam_call *call, const hp_pam_wish *wish, unsigned *from, hp_pam_answer *answer)
{
    const hp_pam_sources *order = &call->options.sources;
    unsigned i = *from < order->n ? *from : 0, last = *from < order->n ? *from : order->n - 1;
    hp_error error;
    int rc;

    for (;; i++) {
        rc = ask_one(call, wish, order->list[i], answer, &error);
        if (rc != HP_PAM_ABSENT || i == last)
            break;
        hp_pam_log_warning(call, error.text);
        hp_pam_answer_end(answer);
    }
    *from = i;
    return rc == PAM_SUCCESS ? rc : fault(call, rc, &error);
}

void
hp_pam_answer_end(hp_pam_answer *answer)
{
    if (answer->text != NULL)
        hp_wipe(answer->text, answer->room);
    free(answer->text);
    *answer = (hp_pam_answer){ 0 };
}

int
hp_pam_ask_user(const hp_pam_call *call, const char **user)
{
    int rc;

    *user = NULL;
    rc = hp_pam_conversation_code(pam_get_user(call->pamh, user, NULL));
    if (*user == NULL)
        *user = "";
    return rc;
}
