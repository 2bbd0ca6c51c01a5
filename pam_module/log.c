/* Writes the lines.  pam_syslog() puts "pam_healthpass(SERVICE:PHASE): " before each. */
#include "log.h"

#include <security/pam_ext.h>
#include <stdarg.h>
#include <stdio.h>
#include <syslog.h>

#define FIELD_MAX 64

/*
 * Copies text as printable ASCII; what is below lowest, above '~' or a backslash
 * becomes \xNN.  Cut where the room ends.
 */
static const char *
escape(char *to, size_t room, const char *text, unsigned char lowest)
{
    const unsigned char *from = (const unsigned char *)text;
    size_t n = 0;

    for (; *from != '\0' && n + sizeof("\\xNN") <= room; from++) {
        if (*from < lowest || *from > '~' || *from == '\\')
            n += (size_t)snprintf(to + n, room - n, "\\x%02x", *from);
        else
            to[n++] = (char)*from;
    }
    to[n] = '\0';
    return to;
}

/* A field is one word, so that nothing from outside can look like the next field. */
static const char *
field(char to[FIELD_MAX], const char *text)
{
    return escape(to, FIELD_MAX, text == NULL || *text == '\0' ? "-" : text, '!');
}

static const char *
item_field(const hp_pam_call *call, int item, char to[FIELD_MAX])
{
    const void *text = NULL;

    if (pam_get_item(call->pamh, item, &text) != PAM_SUCCESS)
        text = NULL;
    return field(to, text);
}

static int
level(hp_reason r)
{
    if (r == HP_OK)
        return LOG_INFO;
    return hp_reason_is_fault(r) ? LOG_ERR : LOG_NOTICE;
}

/* The first 4 bytes: enough to find other lines about the same pass. */
static void
pass_field(const hp_verdict *v, char to[FIELD_MAX])
{
    const uint8_t *id = v->pass_id;

    if (v->has_pass_id)
        (void)snprintf(to, FIELD_MAX, "%02x%02x%02x%02x", id[0], id[1], id[2], id[3]);
    else
        (void)snprintf(to, FIELD_MAX, "-");
}

/* A length tells which program cut the scan; otherwise it is nobody's business. */
static void
length_field(const hp_pam_call *call, const hp_verdict *v, const hp_pam_answer *answer,
             char to[FIELD_MAX])
{
    if (v->reason == HP_INPUT_CUT || call->options.debug)
        (void)snprintf(to, FIELD_MAX, " length=%zu", answer->received);
    else
        to[0] = '\0';
}

/* A withdrawn pass that is shown all the same is more than a refusal. */
static int
verdict_level(hp_reason r, bool warn)
{
    return warn || hp_reason_is_withdrawn(r) ? LOG_WARNING : level(r);
}

/* For how many it was shown, where that is counted. */
static void
uses_field(const hp_verdict *v, char to[FIELD_MAX])
{
    if (v->uses > 0)
        (void)snprintf(to, FIELD_MAX, " uses=%u", v->uses);
    else
        to[0] = '\0';
}

/* Which list has it, for whoever keeps the list. */
static void
list_field(const hp_verdict *v, char to[2 * FIELD_MAX])
{
    char list[FIELD_MAX], batch[FIELD_MAX];

    if (v->list[0] != '\0')
        (void)snprintf(to, 2 * FIELD_MAX, " list=%.40s batch=%.50s", field(list, v->list),
                       field(batch, v->batch));
    else
        to[0] = '\0';
}

/* Which rule refused; what it says is the person's. */
static void
rule_field(const hp_verdict *v, char to[FIELD_MAX])
{
    char rule[FIELD_MAX];

    if (v->reason != HP_OK && v->rule != NULL)
        (void)snprintf(to, FIELD_MAX, " rule=%.50s", field(rule, v->rule));
    else
        to[0] = '\0';
}

/* Where it came from, unless it was typed. */
static void
source_field(const hp_pam_answer *answer, char to[FIELD_MAX])
{
    const char *source = answer->source;

    (void)snprintf(to, FIELD_MAX, "%s%s%s",
                   source != NULL && strcmp(source, "prompt") != 0 ? " source=" : "",
                   source != NULL && strcmp(source, "prompt") != 0 ? source : "",
                   answer->repaired ? " layout-undone" : "");
}

void
hp_pam_log_verdict(const hp_pam_call *call, const hp_verdict *v,
                   const hp_pam_answer *answer, bool warn)
{
    char service[FIELD_MAX], tty[FIELD_MAX], issuer[FIELD_MAX], kid[FIELD_MAX], uses[FIELD_MAX];
    char pass[FIELD_MAX], length[FIELD_MAX], rule[FIELD_MAX], list[2 * FIELD_MAX];
    char source[FIELD_MAX];

    pass_field(v, pass);
    uses_field(v, uses);
    rule_field(v, rule);
    list_field(v, list);
    length_field(call, v, answer, length);
    source_field(answer, source);
    pam_syslog(call->pamh, verdict_level(v->reason, warn),
               "%s: reason=%s id=%d stage=%s service=%s tty=%s issuer=%s kid=%s "
               "pass=%s%s%s%s%s%s%s%s",
               v->reason == HP_OK ? "accepted"
               : hp_reason_is_fault(v->reason) ? "cannot tell" : "refused",
               hp_reason_name(v->reason), (int)v->reason, hp_reason_stage(v->reason),
               item_field(call, PAM_SERVICE, service), item_field(call, PAM_TTY, tty),
               field(issuer, v->issuer), field(kid, v->kid), pass, uses, rule, list, source,
               length, v->overridden ? " stale-list-allowed" : "", answer->late ? " late" : "");
}

void
hp_pam_log_error(const hp_pam_call *call, const char *text)
{
    char line[HP_ERROR_MAX];

    pam_syslog(call->pamh, LOG_ERR, "%s", escape(line, sizeof(line), text, ' '));
}

void
hp_pam_log_warning(const hp_pam_call *call, const char *text)
{
    char line[HP_ERROR_MAX];

    pam_syslog(call->pamh, LOG_WARNING, "%s", escape(line, sizeof(line), text, ' '));
}

void
hp_pam_log_denial(const hp_pam_call *call, hp_reason r, const char *why)
{
    char service[FIELD_MAX], tty[FIELD_MAX], line[HP_ERROR_MAX];

    pam_syslog(call->pamh, level(r), "denied: reason=%s id=%d service=%s tty=%s: %s",
               hp_reason_name(r), (int)r, item_field(call, PAM_SERVICE, service),
               item_field(call, PAM_TTY, tty), escape(line, sizeof(line), why, ' '));
}

void
hp_pam_log_debug(const hp_pam_call *call, const char *format, ...)
{
    va_list args;

    if (!call->options.debug)
        return;
    va_start(args, format);
    pam_vsyslog(call->pamh, LOG_DEBUG, format, args);
    va_end(args);
}
