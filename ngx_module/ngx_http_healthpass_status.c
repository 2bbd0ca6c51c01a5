
/*
 * healthpass_status: what the operator's monitoring and a load balancer ask.
 * The policies are those of the worker that answers, the counters those of all;
 * none of it is about a pass.
 *
 * It answers in the precontent phase, as healthpass_check does, and so behind
 * "allow" and "deny": who may ask is for nginx.conf to say.
 */


#include "ngx_http_healthpass.h"


static void ngx_http_healthpass_ready_page(
    ngx_http_healthpass_main_conf_t *hmcf, ngx_http_healthpass_page_t *page,
    ngx_uint_t *status);
static void ngx_http_healthpass_json_page(
    ngx_http_healthpass_main_conf_t *hmcf, ngx_http_healthpass_page_t *page);
static void ngx_http_healthpass_put_counts(ngx_http_healthpass_page_t *page,
    ngx_http_healthpass_counters_t *counters);
static void ngx_http_healthpass_put_tally(ngx_http_healthpass_page_t *page,
    ngx_http_healthpass_tally_t *tally);
static void ngx_http_healthpass_put_words(ngx_http_healthpass_page_t *page,
    ngx_atomic_t *counts, ngx_uint_t n, const char *(*word)(ngx_uint_t n));
static void ngx_http_healthpass_put_workers(ngx_http_healthpass_page_t *page,
    ngx_http_healthpass_main_conf_t *hmcf);
static void ngx_http_healthpass_put_worker(ngx_http_healthpass_page_t *page,
    ngx_http_healthpass_main_conf_t *hmcf,
    ngx_http_healthpass_worker_t *worker);
static void ngx_http_healthpass_put_zone(ngx_http_healthpass_page_t *page,
    ngx_http_healthpass_zone_t *zone);
static void ngx_http_healthpass_top_page(ngx_http_request_t *r,
    ngx_http_healthpass_zone_t *zone, ngx_http_healthpass_page_t *page);
static int ngx_libc_cdecl ngx_http_healthpass_by_count(const void *one,
    const void *two);
static void ngx_http_healthpass_put_policy(ngx_http_healthpass_page_t *page,
    ngx_http_healthpass_policy_t *policy);
static void ngx_http_healthpass_put_notes(ngx_http_healthpass_page_t *page,
    hp_policy *policy);
static void ngx_http_healthpass_put_lists(ngx_http_healthpass_page_t *page,
    hp_policy *policy);
static void ngx_http_healthpass_put_list(ngx_http_healthpass_page_t *page,
    hp_list *list);


static ngx_conf_enum_t  ngx_http_healthpass_status_words[] = {
    { ngx_string("json"), NGX_HTTP_HEALTHPASS_STATUS_JSON },
    { ngx_string("ready"), NGX_HTTP_HEALTHPASS_STATUS_READY },
    { ngx_string("top"), NGX_HTTP_HEALTHPASS_STATUS_TOP },
    { ngx_string("prometheus"), NGX_HTTP_HEALTHPASS_STATUS_PROMETHEUS },
    { ngx_null_string, 0 }
};


char *
ngx_http_healthpass_status_directive(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_http_healthpass_loc_conf_t *hlcf = conf;

    ngx_str_t                        *value;
    ngx_uint_t                        i;
    ngx_conf_enum_t                  *words;
    ngx_http_healthpass_main_conf_t  *hmcf;

    if (hlcf->status != NGX_CONF_UNSET_UINT) {
        return "is duplicate";
    }

    if (hlcf->check == 1) {
        return "and \"healthpass_check\" cannot both answer in one location";
    }

    hmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_healthpass_module);
    hmcf->status = 1;

    if (cf->args->nelts == 1) {
        hlcf->status = NGX_HTTP_HEALTHPASS_STATUS_JSON;
        return NGX_CONF_OK;
    }

    value = cf->args->elts;
    words = ngx_http_healthpass_status_words;

    for (i = 0; words[i].name.len; i++) {
        if (words[i].name.len == value[1].len
            && ngx_strcmp(words[i].name.data, value[1].data) == 0)
        {
            hlcf->status = words[i].value;
            return NGX_CONF_OK;
        }
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "invalid parameter \"%V\", it must be \"json\", "
                       "\"prometheus\", \"ready\" or \"top\"", &value[1]);

    return NGX_CONF_ERROR;
}


ngx_int_t
ngx_http_healthpass_status_request(ngx_http_request_t *r,
    ngx_http_healthpass_loc_conf_t *hlcf)
{
    ngx_int_t                         rc;
    ngx_uint_t                        status;
    ngx_http_healthpass_page_t        page;
    ngx_http_healthpass_main_conf_t  *hmcf;

    static ngx_str_t  no_store = ngx_string("no-store");

    if (!(r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD))) {
        return NGX_HTTP_NOT_ALLOWED;
    }

    /* nobody asks "allow" and "deny" for a subrequest; one word is no secret */

    if (r != r->main && hlcf->status != NGX_HTTP_HEALTHPASS_STATUS_READY) {
        return NGX_HTTP_FORBIDDEN;
    }

    rc = ngx_http_discard_request_body(r);
    if (rc != NGX_OK) {
        return rc;
    }

    hmcf = ngx_http_get_module_main_conf(r, ngx_http_healthpass_module);

    ngx_http_healthpass_begin_page(r, &page);

    status = NGX_HTTP_OK;

    switch (hlcf->status) {

    case NGX_HTTP_HEALTHPASS_STATUS_READY:
        ngx_http_healthpass_ready_page(hmcf, &page, &status);
        ngx_str_set(&r->headers_out.content_type, "text/plain");
        break;

    case NGX_HTTP_HEALTHPASS_STATUS_PROMETHEUS:
        ngx_http_healthpass_prometheus_page(hmcf, &page);
        ngx_str_set(&r->headers_out.content_type,
                    "text/plain; version=0.0.4; charset=utf-8");
        break;

    case NGX_HTTP_HEALTHPASS_STATUS_TOP:
        ngx_http_healthpass_top_page(r, hmcf->zone, &page);
        ngx_str_set(&r->headers_out.content_type, "application/json");
        break;

    default: /* NGX_HTTP_HEALTHPASS_STATUS_JSON */
        ngx_http_healthpass_json_page(hmcf, &page);
        ngx_str_set(&r->headers_out.content_type, "application/json");
        break;
    }

    r->headers_out.content_type_len = r->headers_out.content_type.len;
    r->headers_out.status = status;

    if (ngx_http_healthpass_add_header(r, "Cache-Control", &no_store) == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_http_healthpass_send_page(r, &page);
}


/*
 * A gate that refuses everybody because its legal basis has ended, or that asks
 * nobody any more, is as ready as any other one: only faults are a reason to
 * send visitors elsewhere.
 */

static void
ngx_http_healthpass_ready_page(ngx_http_healthpass_main_conf_t *hmcf,
    ngx_http_healthpass_page_t *page, ngx_uint_t *status)
{
    ngx_uint_t                      i;
    const char                     *reason;
    ngx_http_healthpass_policy_t  **policies;

    policies = hmcf->policies.elts;

    for (i = 0; i < hmcf->policies.nelts; i++) {

        if (policies[i]->gate
            && ngx_http_healthpass_state(policies[i]->policy, &reason)
               == NGX_HTTP_HEALTHPASS_FAULT)
        {
            *status = NGX_HTTP_SERVICE_UNAVAILABLE;
            ngx_http_healthpass_put(page, "%s\n", reason);
            return;
        }
    }

    if (hmcf->policies.nelts == 0) {
        *status = NGX_HTTP_SERVICE_UNAVAILABLE;
        ngx_http_healthpass_put(page, "no-policy\n");
        return;
    }

    ngx_http_healthpass_put(page, "ready\n");
}


static void
ngx_http_healthpass_json_page(ngx_http_healthpass_main_conf_t *hmcf,
    ngx_http_healthpass_page_t *page)
{
    ngx_uint_t                      i;
    ngx_http_healthpass_policy_t  **policies;

    ngx_http_healthpass_put(page, "{\"version\":\"%s\",\"time\":", HP_VERSION);
    ngx_http_healthpass_put_time(page, (double) ngx_time());
    ngx_http_healthpass_put(page, ",\"pid\":%P,\"dry_run\":%s,"
                            "\"reuse_fail_open\":%s,\"zone\":", ngx_pid,
                            hmcf->dry_run ? "true" : "false",
                            hmcf->reuse_open ? "true" : "false");
    ngx_http_healthpass_put_zone(page, hmcf->zone);
    ngx_http_healthpass_put_counts(page, &hmcf->counters);
    ngx_http_healthpass_put(page, ",\n\"policies\":[");

    policies = hmcf->policies.elts;

    for (i = 0; i < hmcf->policies.nelts; i++) {
        ngx_http_healthpass_put(page, i ? ",\n" : "\n");
        ngx_http_healthpass_put_policy(page, policies[i]);
    }

    ngx_http_healthpass_put(page, "],\n\"workers\":[");
    ngx_http_healthpass_put_workers(page, hmcf);
    ngx_http_healthpass_put(page, "]}\n");
}


static void
ngx_http_healthpass_put_counts(ngx_http_healthpass_page_t *page,
    ngx_http_healthpass_counters_t *counters)
{
    ngx_http_healthpass_counts_t  *c;

    c = counters->counts;

    if (c == NULL) {
        return;
    }

    ngx_http_healthpass_put(page, ",\n\"since\":");
    ngx_http_healthpass_put_time(page, (double) c->since);
    ngx_http_healthpass_put(page, ",\n\"decisions\":");
    ngx_http_healthpass_put_tally(page, &c->decisions);
    ngx_http_healthpass_put(page, ",\n\"dry_decisions\":");
    ngx_http_healthpass_put_tally(page, &c->dry);
    ngx_http_healthpass_put(page, ",\n\"without_pass\":%uA",
                            c->events[NGX_HTTP_HEALTHPASS_WITHOUT]);
    ngx_http_healthpass_put(page, ",\n\"next\":{\"judged\":%uA,\"refuses\":{",
                            c->next.judged);
    ngx_http_healthpass_put_words(page, c->next.refuses,
                                  NGX_HTTP_HEALTHPASS_REASONS,
                                  ngx_http_healthpass_reason_word);
    ngx_http_healthpass_put(page, "},\"accepts\":{");
    ngx_http_healthpass_put_words(page, c->next.accepts,
                                  NGX_HTTP_HEALTHPASS_REASONS,
                                  ngx_http_healthpass_reason_word);
    ngx_http_healthpass_put(page, "}}");
}


/* The sums are made of what is shown, and so agree with it at any moment. */

static void
ngx_http_healthpass_put_tally(ngx_http_healthpass_page_t *page,
    ngx_http_healthpass_tally_t *tally)
{
    ngx_uint_t    i, sums[3];
    ngx_atomic_t  reasons[NGX_HTTP_HEALTHPASS_REASONS];

    ngx_memzero(sums, sizeof(sums));

    for (i = 0; i < NGX_HTTP_HEALTHPASS_REASONS; i++) {
        reasons[i] = tally->reasons[i];
        sums[i == HP_OK ? 0 : hp_reason_is_fault(i) ? 2 : 1] += reasons[i];
    }

    ngx_http_healthpass_put(page, "{\"total\":%ui,\"ok\":%ui,\"refused\":%ui,"
                            "\"fault\":%ui,\"suspect\":%uA,\"reasons\":{",
                            sums[0] + sums[1] + sums[2], sums[0], sums[1],
                            sums[2], tally->suspects);

    ngx_http_healthpass_put_words(page, reasons, NGX_HTTP_HEALTHPASS_REASONS,
                                  ngx_http_healthpass_reason_word);
    ngx_http_healthpass_put(page, "},\"sources\":{");
    ngx_http_healthpass_put_words(page, tally->sources,
                                  NGX_HTTP_HEALTHPASS_KINDS,
                                  ngx_http_healthpass_source_word);
    ngx_http_healthpass_put(page, "},\"formats\":{");
    ngx_http_healthpass_put_words(page, tally->formats,
                                  NGX_HTTP_HEALTHPASS_FORMATS,
                                  ngx_http_healthpass_format_word);
    ngx_http_healthpass_put(page, "}}");
}


static void
ngx_http_healthpass_put_words(ngx_http_healthpass_page_t *page,
    ngx_atomic_t *counts, ngx_uint_t n, const char *(*word)(ngx_uint_t n))
{
    ngx_uint_t   i;
    const char  *before;

    before = "";

    for (i = 0; i < n; i++) {
        if (word(i)) {
            ngx_http_healthpass_put(page, "%s\"%s\":%uA", before, word(i),
                                    counts[i]);
            before = ",";
        }
    }
}


/*
 * Has every worker taken up the new list?  All of one configuration that took up
 * the same show the same versions.
 */

static void
ngx_http_healthpass_put_workers(ngx_http_healthpass_page_t *page,
    ngx_http_healthpass_main_conf_t *hmcf)
{
    ngx_uint_t                     i, n;
    ngx_http_healthpass_worker_t  *worker;

    if (hmcf->counters.counts == NULL) {
        return;
    }

    n = 0;

    for (i = 0; i < NGX_HTTP_HEALTHPASS_WORKERS; i++) {
        worker = &hmcf->counters.counts->workers[i];

        if (ngx_http_healthpass_worker_runs(worker)) {
            ngx_http_healthpass_put(page, n++ ? ",\n" : "\n");
            ngx_http_healthpass_put_worker(page, hmcf, worker);
        }
    }
}


static void
ngx_http_healthpass_put_worker(ngx_http_healthpass_page_t *page,
    ngx_http_healthpass_main_conf_t *hmcf,
    ngx_http_healthpass_worker_t *worker)
{
    ngx_uint_t                   i;
    ngx_http_healthpass_held_t  *held;

    ngx_http_healthpass_put(page, "{\"pid\":%uA,\"current\":%s,\"started\":",
                            worker->pid,
                            worker->cycle == hmcf->counters.cycle ? "true"
                                                                  : "false");
    ngx_http_healthpass_put_time(page, (double) worker->started);
    ngx_http_healthpass_put(page, ",\"looked\":");
    ngx_http_healthpass_put_time(page, (double) worker->looked);
    ngx_http_healthpass_put(page, ",\"policies\":[");

    for (i = 0; i < worker->n; i++) {
        held = &worker->held[i];

        ngx_http_healthpass_put(page, "%s{\"version\":\"%016xL\","
                                "\"taken_up\":%ui,\"state\":\"%s\"}",
                                i ? "," : "", held->version, held->taken,
                                ngx_http_healthpass_state_name(held->state));
    }

    ngx_http_healthpass_put(page, "]}");
}


static void
ngx_http_healthpass_put_zone(ngx_http_healthpass_page_t *page,
    ngx_http_healthpass_zone_t *zone)
{
    ngx_uint_t                  *n;
    ngx_http_healthpass_fill_t   fill;

    if (zone == NULL) {
        ngx_http_healthpass_put_text(page, NULL);
        return;
    }

    ngx_http_healthpass_zone_fill(zone, &fill);

    n = fill.counters;

    ngx_http_healthpass_put(page, "{\"passes\":%ui,\"pages\":%ui,"
                            "\"pages_free\":%ui,", fill.rows, fill.pages,
                            fill.free);
    ngx_http_healthpass_put(page, "\"used\":%ui,\"suspect\":%ui,"
                            "\"reused\":%ui,\"away\":%ui,\"full\":%ui}",
                            n[NGX_HTTP_HEALTHPASS_USED],
                            n[NGX_HTTP_HEALTHPASS_SUSPECT],
                            n[NGX_HTTP_HEALTHPASS_REUSED],
                            n[NGX_HTTP_HEALTHPASS_AWAY],
                            n[NGX_HTTP_HEALTHPASS_FULL]);
}


/* Keyed ids, which say nothing of a person; healthpassctl ledger top reads them. */

static void
ngx_http_healthpass_top_page(ngx_http_request_t *r,
    ngx_http_healthpass_zone_t *zone, ngx_http_healthpass_page_t *page)
{
    u_char                       id[2 * HP_ID];
    ngx_str_t                    all;
    ngx_uint_t                   i, n;
    ngx_http_healthpass_top_t   *top;
    ngx_http_healthpass_fill_t   fill;

    n = 0;
    top = NULL;

    if (zone) {
        ngx_http_healthpass_zone_fill(zone, &fill);

        top = ngx_palloc(page->pool, (fill.rows + 1)
                                     * sizeof(ngx_http_healthpass_top_t));
        if (top == NULL) {
            page->failed = 1;
            return;
        }

        n = ngx_http_healthpass_zone_top(zone, top, fill.rows);
    }

    if (n) {
        ngx_qsort(top, n, sizeof(ngx_http_healthpass_top_t),
                  ngx_http_healthpass_by_count);
    }

    /* people read the first of them, healthpassctl looks for one among all */

    if (ngx_http_arg(r, (u_char *) "all", 3, &all) != NGX_OK) {
        n = ngx_min(n, NGX_HTTP_HEALTHPASS_TOP);
    }

    ngx_http_healthpass_put(page, "{\"ledger\":[");

    for (i = 0; i < n; i++) {
        ngx_hex_dump(id, top[i].pass, HP_ID);
        ngx_http_healthpass_put(page, "%s{\"id\":\"%*s\",\"count\":%ui,"
                                "\"places\":%ui,\"ends_in\":%ui}",
                                i ? ",\n" : "\n", (size_t) 2 * HP_ID, id,
                                top[i].count, top[i].places, top[i].left);
    }

    ngx_http_healthpass_put(page, "]}\n");
}


/* The one that was shown for the most comes first. */

static int ngx_libc_cdecl
ngx_http_healthpass_by_count(const void *one, const void *two)
{
    const ngx_http_healthpass_top_t *first = one;
    const ngx_http_healthpass_top_t *second = two;

    return (first->count < second->count) - (first->count > second->count);
}


static void
ngx_http_healthpass_put_policy(ngx_http_healthpass_page_t *page,
    ngx_http_healthpass_policy_t *policy)
{
    double                        now;
    const char                   *reason;
    ngx_http_healthpass_state_e   state;

    state = ngx_http_healthpass_state(policy->policy, &reason);

    ngx_http_healthpass_put(page, "{\"path\":");
    ngx_http_healthpass_put_text(page, (char *) policy->path.data);

    ngx_http_healthpass_put(page, ",\"rules_set\":");
    ngx_http_healthpass_put_text(page, (char *) policy->rules_set.data);

    ngx_http_healthpass_put(page, ",\"role\":\"%s\",\"keys\":%uz,"
                            "\"state\":\"%s\",\"reason\":",
                            policy->gate ? "gate" : "next",
                            hp_policy_keys(policy->policy),
                            ngx_http_healthpass_state_name(state));
    ngx_http_healthpass_put_text(page, reason);

    ngx_http_healthpass_put(page, ",\"fault\":");
    ngx_http_healthpass_put_text(page, hp_policy_fault(policy->policy));

    now = (double) ngx_time();

    ngx_http_healthpass_put(page, ",\"version\":\"%016xL\",\"next_end\":",
                            hp_policy_version(policy->policy));
    ngx_http_healthpass_put_time(page, hp_policy_next_end(policy->policy, now));
    ngx_http_healthpass_put(page, ",\"override\":");
    ngx_http_healthpass_put_time(page, hp_policy_override(policy->policy, now));

    ngx_http_healthpass_put_notes(page, policy->policy);
    ngx_http_healthpass_put_lists(page, policy->policy);
    ngx_http_healthpass_put(page, "}");
}


/* What weakens the gate, and what ends soon or has. */

static void
ngx_http_healthpass_put_notes(ngx_http_healthpass_page_t *page,
    hp_policy *policy)
{
    double       now;
    size_t       n, due;
    hp_error     text;
    const char  *note;

    now = (double) ngx_time();

    ngx_http_healthpass_put(page, ",\"notes\":[");

    for (n = 0; (note = hp_policy_warning(policy, n)) != NULL; n++) {
        ngx_http_healthpass_put(page, n ? "," : "");
        ngx_http_healthpass_put_text(page, note);
    }

    for (due = 0;
         hp_policy_due(policy, now, due, &text) != HP_AGE_FRESH;
         due++)
    {
        ngx_http_healthpass_put(page, n + due ? "," : "");
        ngx_http_healthpass_put_text(page, text.text);
    }

    ngx_http_healthpass_put(page, "]");
}


static void
ngx_http_healthpass_put_lists(ngx_http_healthpass_page_t *page,
    hp_policy *policy)
{
    size_t   n;
    hp_list  list;

    ngx_http_healthpass_put(page, ",\"lists\":[");

    for (n = 0; hp_policy_list(policy, (double) ngx_time(), n, &list); n++) {
        ngx_http_healthpass_put(page, n ? ",\n" : "\n");
        ngx_http_healthpass_put_list(page, &list);
    }

    ngx_http_healthpass_put(page, "]");
}


static void
ngx_http_healthpass_put_list(ngx_http_healthpass_page_t *page, hp_list *list)
{
    ngx_http_healthpass_put(page, "{\"what\":\"%s\",\"name\":", list->what);
    ngx_http_healthpass_put_text(page, list->name);

    ngx_http_healthpass_put(page, ",\"state\":\"%s\",\"required\":%s",
                            hp_age_name(list->age),
                            list->required ? "true" : "false");

    ngx_http_healthpass_put(page, ",\"dated\":");
    ngx_http_healthpass_put_time(page, list->dated);

    if (list->dated > 0) {
        ngx_http_healthpass_put(page, ",\"age\":%T",
                                ngx_time() - (time_t) list->dated);

    } else {
        ngx_http_healthpass_put(page, ",\"age\":null");
    }

    ngx_http_healthpass_put(page, ",\"ends\":");
    ngx_http_healthpass_put_time(page, list->end);

    if (list->shared != NULL) {
        ngx_http_healthpass_put(page, ",\"shared\":");
        ngx_http_healthpass_put_text(page, list->shared);
        ngx_http_healthpass_put(page, ",\"heard\":");
        ngx_http_healthpass_put_time(page, list->heard);
    }

    ngx_http_healthpass_put(page, ",\"entries\":%uL,\"fault\":", list->entries);
    ngx_http_healthpass_put_text(page, list->fault);
    ngx_http_healthpass_put(page, "}");
}


/* What a pass shown now would meet. */

ngx_http_healthpass_state_e
ngx_http_healthpass_state(hp_policy *policy, const char **reason)
{
    double     now;
    hp_reason  why;

    now = (double) ngx_time();
    *reason = NULL;

    if (hp_policy_basis(policy, now) == HP_BASIS_OFF) {
        return NGX_HTTP_HEALTHPASS_IDLE;
    }

    if (hp_policy_judges(policy, now, &why)) {
        return NGX_HTTP_HEALTHPASS_READY;
    }

    *reason = hp_reason_name(why);

    return hp_reason_is_fault(why) ? NGX_HTTP_HEALTHPASS_FAULT
                                   : NGX_HTTP_HEALTHPASS_ENDED;
}


const char *
ngx_http_healthpass_state_name(ngx_http_healthpass_state_e state)
{
    static const char  *names[] = { "ready", "fault", "ended", "off" };

    return names[state];
}
