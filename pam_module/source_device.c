/*
 * A serial scanner, read by the module itself.  For root only: who cannot open the scanner for
 * himself alone cannot tell whose scan it is.
 */
#include "source.h"

#include "ask.h"
#include "serial.h"
#include "wait.h"
#include "wire.h"

#include <unistd.h>

/* A text as long as a scan helper gives, and its line end. */
#define ROOM (HP_SCAN_TEXT_MAX + 1)

static int
fail(int rc, hp_error *error, const char *why)
{
    hp_error_set(error, "source device: %s", why);
    return rc;
}

static int
open_line(const char *path, hp_serial *line, hp_error *error)
{
    hp_error why;
    hp_serial_state state;

    if (geteuid() != 0)
        return fail(PAM_SERVICE_ERR, error, "wants root, as whom this program does not run");
    state = hp_serial_open(path, line, &why);
    switch (state) {
    case HP_SERIAL_OPEN:
        return PAM_SUCCESS;
    case HP_SERIAL_ABSENT:
        return fail(HP_PAM_ABSENT, error, why.text);
    case HP_SERIAL_WRONG:
        return fail(PAM_SERVICE_ERR, error, why.text);
    case HP_SERIAL_BUSY:
    case HP_SERIAL_FAILED:
        break;
    }
    return fail(PAM_AUTHINFO_UNAVAIL, error, why.text);
}

static int
take(const hp_pam_call *call, const hp_serial *line, hp_pam_answer *answer, hp_error *error)
{
    double deadline = hp_clock() + call->options.timeout;
    uint8_t *text = (uint8_t *)answer->text;

    switch (hp_take_text(line->fd, -1, deadline, text, ROOM, &answer->received)) {
    case HP_TAKE_TEXT:
        answer->pass = hp_pam_strip((hp_str){ text, answer->received });
        return PAM_SUCCESS;
    case HP_TAKE_NONE:
        return PAM_SUCCESS;
    case HP_TAKE_LONG:
        answer->nothing = HP_TOO_LONG;
        return PAM_SUCCESS;
    case HP_TAKE_LEFT:
    case HP_TAKE_GONE:
        break;
    }
    return fail(PAM_AUTHINFO_UNAVAIL, error, "the scanner went away");
}

int
hp_pam_source_device(const hp_pam_call *call, const hp_pam_wish *wish, hp_pam_answer *answer,
                     hp_error *error)
{
    hp_serial line = { .fd = -1 };
    int rc = open_line(call->options.device, &line, error);

    if (rc == PAM_SUCCESS && !hp_pam_answer_room(answer, ROOM))
        rc = PAM_BUF_ERR;
    if (rc == PAM_SUCCESS) {
        hp_pam_ask_aloud(call, wish);
        rc = take(call, &line, answer, error);
    }
    hp_serial_close(&line);
    return rc;
}
