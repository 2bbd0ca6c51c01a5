/* One line for one answer; see report.h. */
#include "cli/report.h"

#include "base/hex.h"
#include "base/time.h"
#include "cli/cli.h"
#include "codec/json.h"

#define BIRTH_TEXT 16

/* "1964", "1964-08" or "1964-08-12"; empty when nothing is known. */
static void
write_birth(hp_birth birth, char text[BIRTH_TEXT])
{
    text[0] = '\0';
    if (birth.year == 0)
        return;
    if (birth.month == 0)
        (void)snprintf(text, BIRTH_TEXT, "%04u", (unsigned)birth.year % 10000);
    else if (birth.day == 0)
        (void)snprintf(text, BIRTH_TEXT, "%04u-%02u", (unsigned)birth.year % 10000,
                       (unsigned)birth.month % 100);
    else
        (void)snprintf(text, BIRTH_TEXT, "%04u-%02u-%02u", (unsigned)birth.year % 10000,
                       (unsigned)birth.month % 100, (unsigned)birth.day % 100);
}

/* What became of the rule that was judged last: no later one can have failed. */
static const char *
rule_word(const hp_verdict *v)
{
    return v->reason == HP_RULE_FAILED ? "failed" : "passed";
}

/* ---- for scripts ---------------------------------------------------------- */

static void
set_if(hp_json *json, const char *name, const char *text)
{
    if (text != NULL && text[0] != '\0')
        hp_json_set_text(json, name, hp_str_of(text));
}

static void
set_answer(hp_json *json, hp_reason reason)
{
    if (hp_reason_is_fault(reason))
        hp_json_set_null(json, "accept");
    else
        hp_json_set_bool(json, "accept", reason == HP_OK);
    hp_json_set_text(json, "reason", hp_str_of(hp_reason_name(reason)));
    hp_json_set_int(json, "id", reason);
    if (reason == HP_OK)
        hp_json_set_null(json, "stage");
    else
        hp_json_set_text(json, "stage", hp_str_of(hp_reason_stage(reason)));
}

static void
set_facts(hp_json *json, const hp_verdict *v)
{
    char kind[2] = { v->kind, '\0' }, until[HP_TIME_TEXT], id[HP_HEX_TEXT(sizeof(v->pass_id))];
    hp_json *rules;

    set_if(json, "format", v->format);
    set_if(json, "kind", kind);
    set_if(json, "issuer", v->issuer);
    set_if(json, "kid", v->kid);
    if (v->kind != '\0') {
        hp_time_write(v->valid_until, until);
        set_if(json, "valid_until", until);
    }
    if (v->has_pass_id) {
        hp_hex_write((hp_str){ v->pass_id, sizeof(v->pass_id) }, id);
        set_if(json, "pass_id", id);
    }
    if (v->rule != NULL) {
        rules = hp_json_object();
        set_if(rules, v->rule, rule_word(v));
        hp_json_set(json, "rules", rules);
    }
}

static void
set_holder(hp_json *json, const hp_holder *holder)
{
    hp_json *shown = hp_json_object();
    char birth[BIRTH_TEXT];

    write_birth(holder->birth, birth);
    hp_json_set_text(shown, "family", holder->family);
    hp_json_set_text(shown, "given", holder->given);
    hp_json_set_text(shown, "family_mrz", holder->family_mrz);
    hp_json_set_text(shown, "given_mrz", holder->given_mrz);
    set_if(shown, "birth", birth);
    hp_json_set(json, "holder", shown);
}

bool
hp_report_json(const hp_verdict *verdict, const hp_holder *holder, FILE *to)
{
    hp_json *json = hp_json_object();
    bool ok;

    set_answer(json, verdict->reason);
    set_facts(json, verdict);
    if (holder != NULL)
        set_holder(json, holder);
    ok = hp_json_print(json, to);
    hp_json_free(json);
    return ok;
}

/* ---- for people ----------------------------------------------------------- */

static void
put_facts(const hp_verdict *v, FILE *to)
{
    char until[HP_TIME_TEXT], id[HP_HEX_TEXT(sizeof(v->pass_id))];

    if (v->format != NULL)
        fprintf(to, ", %s", v->format);
    if (v->kind != '\0')
        fprintf(to, " %c", v->kind);
    if (v->issuer[0] != '\0') {
        fputs(", issuer ", to);
        hp_cli_put_safe(hp_str_of(v->issuer), to);
    }
    if (v->kid[0] != '\0')
        fprintf(to, ", key %s", v->kid);
    if (v->kind != '\0') {
        hp_time_write(v->valid_until, until);
        fprintf(to, ", valid until %s", until);
    }
    if (v->has_pass_id) {
        hp_hex_write((hp_str){ v->pass_id, sizeof(v->pass_id) }, id);
        fprintf(to, ", pass id %s", id);
    }
    if (v->rule != NULL)
        fprintf(to, ", rule %s %s", v->rule, rule_word(v));
}

static void
put_holder(const hp_holder *holder, FILE *to)
{
    char birth[BIRTH_TEXT];

    write_birth(holder->birth, birth);
    fputs(", holder ", to);
    hp_cli_put_safe(holder->family.n != 0 ? holder->family : holder->family_mrz, to);
    fputs(" / ", to);
    hp_cli_put_safe(holder->given.n != 0 ? holder->given : holder->given_mrz, to);
    fprintf(to, ", born %s", birth[0] == '\0' ? "?" : birth);
}

void
hp_report_words(const char *name, const hp_verdict *verdict, const hp_holder *holder, FILE *to)
{
    hp_reason r = verdict->reason;

    hp_cli_put_safe(hp_str_of(name), to);
    if (r == HP_OK)
        fputs(": accepted", to);
    else
        fprintf(to, ": %s, %s (%d, stage %s): %s", hp_reason_is_fault(r) ? "not judged" : "refused",
                hp_reason_name(r), (int)r, hp_reason_stage(r), hp_reason_text(r));
    put_facts(verdict, to);
    if (holder != NULL)
        put_holder(holder, to);
    putc('\n', to);
}
