
/*
 * "healthpass_status prometheus": the text format of Prometheus, version 0.0.4.
 * All samples of a metric stand together, behind what it is.
 *
 * Labels are words of ours, paths of policies and names of lists, and so there is
 * an end to their number: none of them is of a pass or of a person.
 */


#include "ngx_http_healthpass.h"


/* One gauge of a policy, or of one of its lists: false when it has no value. */

typedef ngx_uint_t (*ngx_http_healthpass_policy_value_pt)(
    ngx_http_healthpass_main_conf_t *hmcf, ngx_uint_t policy, double *value);
typedef ngx_uint_t (*ngx_http_healthpass_list_value_pt)(hp_list *list,
    double *value);


typedef struct {
    const char                           *name;
    const char                           *help;
    ngx_http_healthpass_policy_value_pt   value;
} ngx_http_healthpass_policy_metric_t;


typedef struct {
    const char                           *name;
    const char                           *help;
    ngx_http_healthpass_list_value_pt     value;
} ngx_http_healthpass_list_metric_t;


static void ngx_http_healthpass_put_metric(ngx_http_healthpass_page_t *page,
    const char *name, const char *type, const char *help);
static void ngx_http_healthpass_put_decisions(ngx_http_healthpass_page_t *page,
    const char *name, const char *help, ngx_http_healthpass_tally_t *tally);
static void ngx_http_healthpass_put_by(ngx_http_healthpass_page_t *page,
    const char *name, const char *help, const char *label,
    ngx_atomic_t *counts, ngx_uint_t n, const char *(*word)(ngx_uint_t n));
static void ngx_http_healthpass_put_number(ngx_http_healthpass_page_t *page,
    const char *name, const char *type, const char *help, ngx_uint_t value);
static void ngx_http_healthpass_put_ledger(ngx_http_healthpass_page_t *page,
    ngx_http_healthpass_zone_t *zone);
static void ngx_http_healthpass_put_policies(ngx_http_healthpass_page_t *page,
    ngx_http_healthpass_main_conf_t *hmcf);
static void ngx_http_healthpass_put_states(ngx_http_healthpass_page_t *page,
    ngx_http_healthpass_main_conf_t *hmcf);
static void ngx_http_healthpass_put_list_metric(
    ngx_http_healthpass_page_t *page, ngx_http_healthpass_main_conf_t *hmcf,
    ngx_http_healthpass_list_metric_t *metric);
static void ngx_http_healthpass_put_list_labels(
    ngx_http_healthpass_page_t *page, ngx_http_healthpass_policy_t *policy,
    ngx_uint_t n, hp_list *list);
static void ngx_http_healthpass_put_policy_labels(
    ngx_http_healthpass_page_t *page, ngx_http_healthpass_policy_t *policy);
static void ngx_http_healthpass_put_worker_metrics(
    ngx_http_healthpass_page_t *page, ngx_http_healthpass_main_conf_t *hmcf);

static hp_policy *ngx_http_healthpass_nth(
    ngx_http_healthpass_main_conf_t *hmcf, ngx_uint_t n);
static ngx_uint_t ngx_http_healthpass_keys_value(
    ngx_http_healthpass_main_conf_t *hmcf, ngx_uint_t policy, double *value);
static ngx_uint_t ngx_http_healthpass_fault_value(
    ngx_http_healthpass_main_conf_t *hmcf, ngx_uint_t policy, double *value);
static ngx_uint_t ngx_http_healthpass_next_end_value(
    ngx_http_healthpass_main_conf_t *hmcf, ngx_uint_t policy, double *value);
static ngx_uint_t ngx_http_healthpass_override_value(
    ngx_http_healthpass_main_conf_t *hmcf, ngx_uint_t policy, double *value);
static ngx_uint_t ngx_http_healthpass_versions_value(
    ngx_http_healthpass_main_conf_t *hmcf, ngx_uint_t policy, double *value);
static ngx_uint_t ngx_http_healthpass_list_dated(hp_list *list, double *value);
static ngx_uint_t ngx_http_healthpass_list_end(hp_list *list, double *value);
static ngx_uint_t ngx_http_healthpass_list_heard(hp_list *list, double *value);
static ngx_uint_t ngx_http_healthpass_list_entries(hp_list *list,
    double *value);
static ngx_uint_t ngx_http_healthpass_list_stale(hp_list *list, double *value);
static ngx_uint_t ngx_http_healthpass_list_fault(hp_list *list, double *value);


static ngx_http_healthpass_policy_metric_t  ngx_http_healthpass_of_policy[] = {

    { "healthpass_policy_keys", "Keys that passes can be verified with.",
      ngx_http_healthpass_keys_value },

    { "healthpass_policy_refused",
      "1 when what stands in the policy's files now was not taken up.",
      ngx_http_healthpass_fault_value },

    { "healthpass_policy_next_end_timestamp_seconds",
      "When the next list ends, or the legal basis, or an override.",
      ngx_http_healthpass_next_end_value },

    { "healthpass_policy_override_until_timestamp_seconds",
      "Until when an operator allows stale lists; 0: not now.",
      ngx_http_healthpass_override_value },

    { "healthpass_policy_versions",
      "Different versions that workers of this configuration hold: "
      "1 when all took up the same.",
      ngx_http_healthpass_versions_value }
};


static ngx_http_healthpass_list_metric_t  ngx_http_healthpass_of_list[] = {

    { "healthpass_list_dated_timestamp_seconds", "From when a list is.",
      ngx_http_healthpass_list_dated },

    { "healthpass_list_end_timestamp_seconds", "Until when a list serves.",
      ngx_http_healthpass_list_end },

    { "healthpass_list_heard_timestamp_seconds",
      "When the place that a fleet shares a list in was last heard.",
      ngx_http_healthpass_list_heard },

    { "healthpass_list_entries", "Keys, hashes or blocks in a list.",
      ngx_http_healthpass_list_entries },

    { "healthpass_list_stale",
      "1 when a list is stale, also when an override allows it.",
      ngx_http_healthpass_list_stale },

    { "healthpass_list_refused",
      "1 when a list, or what stands in its file now, is not in use.",
      ngx_http_healthpass_list_fault }
};


#define ngx_http_healthpass_elements(table)  (sizeof(table) / sizeof(table[0]))


void
ngx_http_healthpass_prometheus_page(ngx_http_healthpass_main_conf_t *hmcf,
    ngx_http_healthpass_page_t *page)
{
    ngx_http_healthpass_counts_t  *c;

    ngx_http_healthpass_put_metric(page, "healthpass_build_info", "gauge",
                                   "Which builds answer; always 1.");
    ngx_http_healthpass_put(page, "healthpass_build_info{version=\"%s\","
                            "nginx=\"%s\"} 1\n", HP_VERSION, NGINX_VERSION);

    c = hmcf->counters.counts;

    if (c) {
        ngx_http_healthpass_put_decisions(page, "healthpass_decisions_total",
                                          "Requests that a gate decided.",
                                          &c->decisions);
        ngx_http_healthpass_put_by(page, "healthpass_decisions_source_total",
                                   "The same by where the pass was found.",
                                   "source", c->decisions.sources,
                                   NGX_HTTP_HEALTHPASS_KINDS,
                                   ngx_http_healthpass_source_word);
        ngx_http_healthpass_put_by(page, "healthpass_decisions_format_total",
                                   "The same by the kind of the pass.",
                                   "format", c->decisions.formats,
                                   NGX_HTTP_HEALTHPASS_FORMATS,
                                   ngx_http_healthpass_format_word);
        ngx_http_healthpass_put_number(page, "healthpass_suspects_total",
                                       "counter", "Accepted although shown for "
                                       "more than the limit.",
                                       c->decisions.suspects);
        ngx_http_healthpass_put_decisions(page,
                                          "healthpass_dry_decisions_total",
                                          "What dry runs would have decided.",
                                          &c->dry);
        ngx_http_healthpass_put_number(page, "healthpass_without_pass_total",
                                       "counter", "Let through without a pass, "
                                       "where none is asked for.",
                                       c->events[NGX_HTTP_HEALTHPASS_WITHOUT]);
        ngx_http_healthpass_put_number(page, "healthpass_next_judged_total",
                                       "counter", "Passes that were judged by "
                                       "the next policy too.", c->next.judged);
        ngx_http_healthpass_put_by(page, "healthpass_next_refuses_total",
                                   "Of these, those that it would refuse, by "
                                   "its reason, and today's accepts.",
                                   "reason", c->next.refuses,
                                   NGX_HTTP_HEALTHPASS_REASONS,
                                   ngx_http_healthpass_reason_word);
        ngx_http_healthpass_put_by(page, "healthpass_next_accepts_total",
                                   "Of these, those that it would accept, by "
                                   "the reason why today's refuses them.",
                                   "reason", c->next.accepts,
                                   NGX_HTTP_HEALTHPASS_REASONS,
                                   ngx_http_healthpass_reason_word);
        ngx_http_healthpass_put_number(page, "healthpass_dry_run", "gauge",
                                       "1 when some location is in a dry run.",
                                       hmcf->dry_run);
        ngx_http_healthpass_put_worker_metrics(page, hmcf);
    }

    if (hmcf->zone) {
        ngx_http_healthpass_put_ledger(page, hmcf->zone);
    }

    if (hmcf->policies.nelts) {
        ngx_http_healthpass_put_policies(page, hmcf);
    }
}


static void
ngx_http_healthpass_put_metric(ngx_http_healthpass_page_t *page,
    const char *name, const char *type, const char *help)
{
    ngx_http_healthpass_put(page, "# HELP %s %s\n# TYPE %s %s\n", name, help,
                            name, type);
}


static void
ngx_http_healthpass_put_number(ngx_http_healthpass_page_t *page,
    const char *name, const char *type, const char *help, ngx_uint_t value)
{
    ngx_http_healthpass_put_metric(page, name, type, help);
    ngx_http_healthpass_put(page, "%s %ui\n", name, value);
}


/* ---- what is counted ---- */


static void
ngx_http_healthpass_put_decisions(ngx_http_healthpass_page_t *page,
    const char *name, const char *help, ngx_http_healthpass_tally_t *tally)
{
    ngx_uint_t   i;
    const char  *word;

    ngx_http_healthpass_put_metric(page, name, "counter", help);

    for (i = 0; i < NGX_HTTP_HEALTHPASS_REASONS; i++) {
        word = ngx_http_healthpass_reason_word(i);

        if (word) {
            ngx_http_healthpass_put(page, "%s{verdict=\"%s\",reason=\"%s\"} "
                                    "%uA\n", name,
                                    ngx_http_healthpass_verdict_word(i), word,
                                    tally->reasons[i]);
        }
    }
}


static void
ngx_http_healthpass_put_by(ngx_http_healthpass_page_t *page, const char *name,
    const char *help, const char *label, ngx_atomic_t *counts, ngx_uint_t n,
    const char *(*word)(ngx_uint_t n))
{
    ngx_uint_t  i;

    ngx_http_healthpass_put_metric(page, name, "counter", help);

    for (i = 0; i < n; i++) {
        if (word(i)) {
            ngx_http_healthpass_put(page, "%s{%s=\"%s\"} %uA\n", name, label,
                                    word(i), counts[i]);
        }
    }
}


static void
ngx_http_healthpass_put_ledger(ngx_http_healthpass_page_t *page,
    ngx_http_healthpass_zone_t *zone)
{
    ngx_uint_t                  i;
    ngx_http_healthpass_fill_t  fill;

    static struct {
        const char  *name;
        const char  *help;
    } counters[NGX_HTTP_HEALTHPASS_COUNTERS] = {

        [NGX_HTTP_HEALTHPASS_USED] = {
            "healthpass_ledger_used_total",
            "Uses of passes that were let in." },

        [NGX_HTTP_HEALTHPASS_SUSPECT] = {
            "healthpass_ledger_suspect_total",
            "Of these, over the limit." },

        [NGX_HTTP_HEALTHPASS_REUSED] = {
            "healthpass_ledger_reused_total",
            "Uses refused as over the limit." },

        [NGX_HTTP_HEALTHPASS_AWAY] = {
            "healthpass_ledger_away_total",
            "Uses for which the ledger could not be asked." },

        [NGX_HTTP_HEALTHPASS_FULL] = {
            "healthpass_ledger_full_total",
            "Uses for which the ledger had no room." }
    };

    ngx_http_healthpass_zone_fill(zone, &fill);

    for (i = 0; i < NGX_HTTP_HEALTHPASS_COUNTERS; i++) {
        ngx_http_healthpass_put_number(page, counters[i].name, "counter",
                                       counters[i].help, fill.counters[i]);
    }

    ngx_http_healthpass_put_number(page, "healthpass_zone_passes", "gauge",
                                   "Passes that the zone holds.", fill.rows);
    ngx_http_healthpass_put_number(page, "healthpass_zone_bytes", "gauge",
                                   "Memory of the zone.",
                                   fill.pages * ngx_pagesize);
    ngx_http_healthpass_put_number(page, "healthpass_zone_free_bytes", "gauge",
                                   "Memory of the zone in pages that are free.",
                                   fill.free * ngx_pagesize);
}


/* ---- policies and their lists ---- */


static void
ngx_http_healthpass_put_policies(ngx_http_healthpass_page_t *page,
    ngx_http_healthpass_main_conf_t *hmcf)
{
    double                                value;
    ngx_uint_t                            i, n;
    ngx_http_healthpass_policy_t        **policies;
    ngx_http_healthpass_policy_metric_t  *metric;

    policies = hmcf->policies.elts;

    for (i = 0;
         i < ngx_http_healthpass_elements(ngx_http_healthpass_of_policy);
         i++)
    {
        metric = &ngx_http_healthpass_of_policy[i];

        ngx_http_healthpass_put_metric(page, metric->name, "gauge",
                                       metric->help);

        for (n = 0; n < hmcf->policies.nelts; n++) {
            if (metric->value(hmcf, n, &value)) {
                ngx_http_healthpass_put(page, "%s{", metric->name);
                ngx_http_healthpass_put_policy_labels(page, policies[n]);
                ngx_http_healthpass_put(page, "} %.0f\n", value);
            }
        }
    }

    ngx_http_healthpass_put_states(page, hmcf);

    for (i = 0;
         i < ngx_http_healthpass_elements(ngx_http_healthpass_of_list);
         i++)
    {
        ngx_http_healthpass_put_list_metric(page, hmcf,
                                            &ngx_http_healthpass_of_list[i]);
    }
}


/* One of them is 1. */

static void
ngx_http_healthpass_put_states(ngx_http_healthpass_page_t *page,
    ngx_http_healthpass_main_conf_t *hmcf)
{
    ngx_uint_t                      i, state;
    const char                     *reason;
    ngx_http_healthpass_state_e     now;
    ngx_http_healthpass_policy_t  **policies;

    ngx_http_healthpass_put_metric(page, "healthpass_policy_state", "gauge",
                                   "1 for the state that the policy is in.");

    policies = hmcf->policies.elts;

    for (i = 0; i < hmcf->policies.nelts; i++) {
        now = ngx_http_healthpass_state(policies[i]->policy, &reason);

        for (state = NGX_HTTP_HEALTHPASS_READY;
             state <= NGX_HTTP_HEALTHPASS_IDLE;
             state++)
        {
            ngx_http_healthpass_put(page, "healthpass_policy_state{");
            ngx_http_healthpass_put_policy_labels(page, policies[i]);
            ngx_http_healthpass_put(page, ",state=\"%s\"} %d\n",
                                    ngx_http_healthpass_state_name(state),
                                    state == now);
        }
    }
}


static void
ngx_http_healthpass_put_list_metric(ngx_http_healthpass_page_t *page,
    ngx_http_healthpass_main_conf_t *hmcf,
    ngx_http_healthpass_list_metric_t *metric)
{
    double                          now, value;
    hp_list                         list;
    ngx_uint_t                      i, n;
    ngx_http_healthpass_policy_t  **policies;

    ngx_http_healthpass_put_metric(page, metric->name, "gauge", metric->help);

    now = (double) ngx_time();
    policies = hmcf->policies.elts;

    for (i = 0; i < hmcf->policies.nelts; i++) {

        for (n = 0; hp_policy_list(policies[i]->policy, now, n, &list); n++) {

            if (metric->value(&list, &value)) {
                ngx_http_healthpass_put(page, "%s", metric->name);
                ngx_http_healthpass_put_list_labels(page, policies[i], n,
                                                    &list);
                ngx_http_healthpass_put(page, " %.0f\n", value);
            }
        }
    }
}


/* Two folders have no names, and two stores may have a list of one name. */

static void
ngx_http_healthpass_put_list_labels(ngx_http_healthpass_page_t *page,
    ngx_http_healthpass_policy_t *policy, ngx_uint_t n, hp_list *list)
{
    ngx_http_healthpass_put(page, "{");
    ngx_http_healthpass_put_policy_labels(page, policy);
    ngx_http_healthpass_put(page, ",what=\"%s\",nth=\"%ui\",name=\"",
                            list->what, n);
    ngx_http_healthpass_put_label(page, list->name);
    ngx_http_healthpass_put(page, "\"}");
}


static void
ngx_http_healthpass_put_policy_labels(ngx_http_healthpass_page_t *page,
    ngx_http_healthpass_policy_t *policy)
{
    ngx_http_healthpass_put(page, "policy=\"");
    ngx_http_healthpass_put_label(page, (char *) policy->path.data);
    ngx_http_healthpass_put(page, "\",rules_set=\"");
    ngx_http_healthpass_put_label(page, policy->rules_set.len
                                        ? (char *) policy->rules_set.data : "");
    ngx_http_healthpass_put(page, "\",role=\"%s\"",
                            policy->gate ? "gate" : "next");
}


static hp_policy *
ngx_http_healthpass_nth(ngx_http_healthpass_main_conf_t *hmcf, ngx_uint_t n)
{
    ngx_http_healthpass_policy_t  **policies;

    policies = hmcf->policies.elts;

    return policies[n]->policy;
}


static ngx_uint_t
ngx_http_healthpass_keys_value(ngx_http_healthpass_main_conf_t *hmcf,
    ngx_uint_t policy, double *value)
{
    *value = (double) hp_policy_keys(ngx_http_healthpass_nth(hmcf, policy));

    return 1;
}


static ngx_uint_t
ngx_http_healthpass_fault_value(ngx_http_healthpass_main_conf_t *hmcf,
    ngx_uint_t policy, double *value)
{
    *value = hp_policy_fault(ngx_http_healthpass_nth(hmcf, policy)) != NULL;

    return 1;
}


static ngx_uint_t
ngx_http_healthpass_next_end_value(ngx_http_healthpass_main_conf_t *hmcf,
    ngx_uint_t policy, double *value)
{
    *value = hp_policy_next_end(ngx_http_healthpass_nth(hmcf, policy),
                                (double) ngx_time());

    return *value > 0;
}


static ngx_uint_t
ngx_http_healthpass_override_value(ngx_http_healthpass_main_conf_t *hmcf,
    ngx_uint_t policy, double *value)
{
    *value = hp_policy_override(ngx_http_healthpass_nth(hmcf, policy),
                                (double) ngx_time());

    return 1;
}


static ngx_uint_t
ngx_http_healthpass_versions_value(ngx_http_healthpass_main_conf_t *hmcf,
    ngx_uint_t policy, double *value)
{
    *value = (double) ngx_http_healthpass_worker_versions(hmcf, policy);

    return *value > 0;
}


static ngx_uint_t
ngx_http_healthpass_list_dated(hp_list *list, double *value)
{
    *value = list->dated;

    return list->dated > 0;
}


static ngx_uint_t
ngx_http_healthpass_list_end(hp_list *list, double *value)
{
    *value = list->end;

    return list->end > 0;
}


static ngx_uint_t
ngx_http_healthpass_list_heard(hp_list *list, double *value)
{
    *value = list->heard;

    return list->shared != NULL;
}


static ngx_uint_t
ngx_http_healthpass_list_entries(hp_list *list, double *value)
{
    *value = (double) list->entries;

    return 1;
}


static ngx_uint_t
ngx_http_healthpass_list_stale(hp_list *list, double *value)
{
    *value = list->age == HP_AGE_STALE || list->age == HP_AGE_ALLOWED;

    return 1;
}


static ngx_uint_t
ngx_http_healthpass_list_fault(hp_list *list, double *value)
{
    *value = list->fault != NULL;

    return 1;
}


/* ---- workers ---- */


/* By the number of their place, which the next one takes over. */

static void
ngx_http_healthpass_put_worker_metrics(ngx_http_healthpass_page_t *page,
    ngx_http_healthpass_main_conf_t *hmcf)
{
    ngx_uint_t                     i, n, leaving;
    ngx_http_healthpass_worker_t  *worker;

    n = 0;
    leaving = 0;

    ngx_http_healthpass_put_metric(page,
                                   "healthpass_worker_looked_timestamp_seconds",
                                   "gauge", "When a worker last looked for "
                                   "changed files.");

    for (i = 0; i < NGX_HTTP_HEALTHPASS_WORKERS; i++) {
        worker = &hmcf->counters.counts->workers[i];

        if (!ngx_http_healthpass_worker_runs(worker)) {
            continue;
        }

        if (worker->cycle != hmcf->counters.cycle) {
            leaving++;
            continue;
        }

        n++;

        ngx_http_healthpass_put(page,
                                "healthpass_worker_looked_timestamp_seconds"
                                "{worker=\"%ui\"} %T\n", i, worker->looked);
    }

    ngx_http_healthpass_put_number(page, "healthpass_workers", "gauge",
                                   "Workers of this configuration.", n);
    ngx_http_healthpass_put_number(page, "healthpass_workers_leaving", "gauge",
                                   "Workers of another one that still run.",
                                   leaving);
}
