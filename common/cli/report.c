/* One line for one answer; see report.h. */
#include "cli/report.h"

#include "base/hex.h"
#include "base/time.h"
#include "cli/rules.h"
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

/* ---- rules ---------------------------------------------------------------- */

void
hp_report_told(void *context, const hp_rule *rule, hp_rule_result result)
{
    hp_report_rules *rules = context;

    if (rules->n == HP_RULES_MAX)
        return;
    rules->all[rules->n].identifier = rule->identifier;
    rules->all[rules->n++].result = result;
}

/* What became of the verdict's rule; one that is built in is never open. */
static const char *
rule_word(const hp_report *r)
{
    size_t i;

    for (i = 0; i < r->rules->n; i++) {
        if (strcmp(r->rules->all[i].identifier, r->verdict->rule) == 0)
            return hp_rules_result_name(r->rules->all[i].result);
    }
    return r->verdict->reason == HP_RULE_FAILED ? "failed" : "passed";
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
set_rules(hp_json *json, const hp_report *r)
{
    hp_json *rules = hp_json_object();
    size_t i;

    for (i = 0; i < r->rules->n; i++)
        set_if(rules, r->rules->all[i].identifier, hp_rules_result_name(r->rules->all[i].result));
    if (r->rules->n == 0)
        set_if(rules, r->verdict->rule, rule_word(r));
    hp_json_set(json, "rules", rules);
}

static void
set_facts(hp_json *json, const hp_verdict *v)
{
    char kind[2] = { v->kind, '\0' }, until[HP_TIME_TEXT], id[HP_HEX_TEXT(sizeof(v->pass_id))];

    set_if(json, "format", v->format);
    set_if(json, "kind", v->kind != HP_KIND_NONE ? kind : NULL);
    set_if(json, "issuer", v->issuer);
    set_if(json, "kid", v->kid);
    set_if(json, "list", v->list);
    set_if(json, "batch", v->batch);
    if (v->kind != '\0' && v->valid_until < HP_TIME_LAST) {
        hp_time_write(v->valid_until, until);
        set_if(json, "valid_until", until);
    }
    if (v->has_pass_id) {
        hp_hex_write((hp_str){ v->pass_id, sizeof(v->pass_id) }, id);
        set_if(json, "pass_id", id);
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
    if (holder->number.n > 0)
        hp_json_set_text(shown, "document_number", holder->number);
    hp_json_set(json, "holder", shown);
}

bool
hp_report_json(const hp_report *r, FILE *to)
{
    hp_json *json = hp_json_object();
    bool ok;

    set_answer(json, r->verdict->reason);
    set_facts(json, r->verdict);
    if (r->verdict->rule != NULL || r->rules->n != 0)
        set_rules(json, r);
    if (r->holder != NULL)
        set_holder(json, r->holder);
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
    if (v->kind != '\0' && v->kind != HP_KIND_NONE)
        fprintf(to, " %c", v->kind);
    if (v->issuer[0] != '\0') {
        fputs(", issuer ", to);
        hp_cli_put_safe(hp_str_of(v->issuer), to);
    }
    if (v->kid[0] != '\0')
        fprintf(to, ", key %s", v->kid);
    if (v->list[0] != '\0')
        fprintf(to, ", list %s%s%s", v->list, v->batch[0] != '\0' ? ", batch " : "", v->batch);
    if (v->kind != '\0' && v->valid_until < HP_TIME_LAST) {
        hp_time_write(v->valid_until, until);
        fprintf(to, ", valid until %s", until);
    }
    if (v->has_pass_id) {
        hp_hex_write((hp_str){ v->pass_id, sizeof(v->pass_id) }, id);
        fprintf(to, ", pass id %s", id);
    }
}

static void
put_rule(const hp_report *r, FILE *to)
{
    fprintf(to, ", rule %s %s", r->verdict->rule, rule_word(r));
    if (r->rule_text[0] == '\0')
        return;
    fputs(" (", to);
    hp_cli_put_safe(hp_str_of(r->rule_text), to);
    putc(')', to);
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
hp_report_words(const hp_report *r, FILE *to)
{
    hp_reason why = r->verdict->reason;

    hp_cli_put_safe(hp_str_of(r->name), to);
    if (why == HP_OK)
        fputs(": accepted", to);
    else
        fprintf(to, ": %s, %s (%d, stage %s): %s",
                hp_reason_is_fault(why) ? "not judged" : "refused", hp_reason_name(why), (int)why,
                hp_reason_stage(why), hp_reason_text(why));
    put_facts(r->verdict, to);
    if (r->verdict->rule != NULL)
        put_rule(r, to);
    if (r->holder != NULL)
        put_holder(r->holder, to);
    putc('\n', to);
}
