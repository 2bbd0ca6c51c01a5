/* Lists of withdrawn passes; see withdrawn.h. */
#include "cli/withdrawn.h"

#include "base/time.h"
#include "cli/cli.h"
#include "policy/policy.h"

/* The nth revocation list, and behind them the deny list; false behind the last one. */
static bool
nth_list(const hp_policy *policy, double now, size_t nth, hp_list *list)
{
    return hp_policy_list(policy, now, hp_trust_records(policy->trust)->n_sources + nth, list);
}

/* ---- for people ---------------------------------------------------------------------------- */

/* The deny list has no age: what it says holds until somebody takes it back. */
static void
put_head(const hp_list *list, bool deny, FILE *to)
{
    if (deny) {
        fputs("deny list: in force", to);
        return;
    }
    fputs("revocation list ", to);
    hp_cli_put_safe(hp_str_of(list->name), to);
    fprintf(to, "%s: %s", list->required ? ", required" : "", hp_age_name(list->age));
}

static void
put_times(const hp_list *list, double now, FILE *to)
{
    char time[HP_TIME_TEXT], age[HP_AGE_TEXT];

    if (list->dated > 0) {
        hp_time_write(list->dated, time);
        hp_age_write(now - list->dated, age);
        fprintf(to, ", of %s, %s old", time, age);
    }
    if (list->end > 0) {
        hp_time_write(list->end, time);
        fprintf(to, ", ends %s", time);
    }
}

/* Of a list in Redis. */
static void
put_heard(const hp_list *list, double now, FILE *to)
{
    char age[HP_AGE_TEXT];

    if (list->shared == NULL)
        return;
    hp_age_write(now - list->heard, age);
    fprintf(to, "; the copy of %s, %s%s%s", list->shared,
            list->heard > 0 ? "heard " : "never heard", list->heard > 0 ? age : "",
            list->heard > 0 ? " ago" : "");
}

void
hp_withdrawn_put(const hp_policy *policy, double now, FILE *to)
{
    hp_list list;
    size_t i;

    for (i = 0; nth_list(policy, now, i, &list); i++) {
        bool deny = strcmp(list.what, "deny") == 0;

        put_head(&list, deny, to);
        put_times(&list, now, to);
        fprintf(to, "; %ju %s", (uintmax_t)list.entries, deny ? "blocks" : "hashes");
        put_heard(&list, now, to);
        if (list.fault != NULL) {
            fputs("; ", to);
            hp_cli_put_safe(hp_str_of(list.fault), to);
        }
        putc('\n', to);
    }
}

/* ---- for scripts --------------------------------------------------------------------------- */

static void
set_moment(hp_json *json, const char *name, double t)
{
    char text[HP_TIME_TEXT];

    hp_time_write(t, text);
    if (t > 0)
        hp_json_set_text(json, name, hp_str_of(text));
    else
        hp_json_set_null(json, name);
}

static hp_json *
list_json(const hp_list *list, double now)
{
    hp_json *json = hp_json_object();

    hp_json_set_text(json, "what", hp_str_of(list->what));
    hp_json_set_text(json, "name", hp_str_of(list->name));
    hp_json_set_text(json, "state", hp_str_of(hp_age_name(list->age)));
    hp_json_set_bool(json, "required", list->required);
    set_moment(json, "dated", list->dated);
    if (list->dated > 0)
        hp_json_set_int(json, "age", (long long)(now - list->dated));
    else
        hp_json_set_null(json, "age");
    set_moment(json, "ends", list->end);
    hp_json_set_int(json, "entries", (long long)list->entries);
    if (list->shared != NULL) {
        hp_json_set_text(json, "shared", hp_str_of(list->shared));
        set_moment(json, "heard", list->heard);
    }
    if (list->fault != NULL)
        hp_json_set_text(json, "fault", hp_str_of(list->fault));
    else
        hp_json_set_null(json, "fault");
    return json;
}

hp_json *
hp_withdrawn_json(const hp_policy *policy, double now)
{
    hp_json *all = hp_json_array();
    hp_list list;
    size_t i;

    for (i = 0; nth_list(policy, now, i, &list); i++)
        hp_json_add(all, list_json(&list, now));
    return all;
}
