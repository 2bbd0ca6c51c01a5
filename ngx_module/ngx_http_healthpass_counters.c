
/*
 * What is counted of requests, and what each worker says of the policies that it
 * holds, in shared memory of the module's own: nobody has to configure it.  A
 * reload goes on with it; a new binary begins with an empty one, as nginx gives
 * no memory on to it.
 *
 * Nothing here is about a pass.  Numbers are added without a lock, and no reader
 * waits for another.
 */


#include "ngx_http_healthpass.h"


#define NGX_HTTP_HEALTHPASS_COUNTS_VERSION  1


static ngx_int_t ngx_http_healthpass_counters_init(ngx_shm_zone_t *shm_zone,
    void *data);
static void ngx_http_healthpass_count_pass(ngx_http_healthpass_tally_t *tally,
    ngx_http_healthpass_pass_t *pass);
static ngx_uint_t ngx_http_healthpass_format_number(const char *format);
static ngx_uint_t ngx_http_healthpass_runs(ngx_atomic_uint_t pid);


/* ledgers are told of when they begin anew, and know each other by their tag */

static ngx_uint_t  ngx_http_healthpass_counters_tag;


static const char  *ngx_http_healthpass_formats[] = {
    "none", "hc1", "shc", "2d-doc", "vds-nc", "exemption", "other"
};


#define NGX_HTTP_HEALTHPASS_OTHER                                             \
    (sizeof(ngx_http_healthpass_formats) / sizeof(char *) - 1)


static const char  *ngx_http_healthpass_kinds[NGX_HTTP_HEALTHPASS_KINDS] = {
    "none",
    [1 + NGX_HTTP_HEALTHPASS_HEADER] = "header",
    [1 + NGX_HTTP_HEALTHPASS_COOKIE] = "cookie",
    [1 + NGX_HTTP_HEALTHPASS_ARG] = "arg",
    [1 + NGX_HTTP_HEALTHPASS_FORM] = "form",
    [1 + NGX_HTTP_HEALTHPASS_BODY] = "body",
    [1 + NGX_HTTP_HEALTHPASS_BEARER] = "bearer",
    [1 + NGX_HTTP_HEALTHPASS_VARIABLE] = "variable",
    [1 + NGX_HTTP_HEALTHPASS_MULTIPART] = "multipart",
    [1 + NGX_HTTP_HEALTHPASS_JSON] = "json",
    [1 + NGX_HTTP_HEALTHPASS_CLEARANCE] = "clearance"
};


/* ---- the memory ---- */


ngx_int_t
ngx_http_healthpass_add_counters(ngx_conf_t *cf,
    ngx_http_healthpass_main_conf_t *hmcf)
{
    size_t           size;
    ngx_shm_zone_t  *shm_zone;

    static ngx_str_t  name = ngx_string("healthpass counters");

    /* as much as that takes of a pool of pages, with its own books */

    size = ngx_align(sizeof(ngx_http_healthpass_counts_t), ngx_pagesize)
           + 8 * ngx_pagesize;

    shm_zone = ngx_shared_memory_add(cf, &name, size,
                                     &ngx_http_healthpass_counters_tag);
    if (shm_zone == NULL) {
        return NGX_ERROR;
    }

    shm_zone->init = ngx_http_healthpass_counters_init;
    shm_zone->data = &hmcf->counters;

    hmcf->counters.shm_zone = shm_zone;

    return NGX_OK;
}


static ngx_int_t
ngx_http_healthpass_counters_init(ngx_shm_zone_t *shm_zone, void *data)
{
    ngx_slab_pool_t                 *shpool;
    ngx_http_healthpass_counts_t    *counts;
    ngx_http_healthpass_counters_t  *counters;

    counters = shm_zone->data;
    shpool = (ngx_slab_pool_t *) shm_zone->shm.addr;

    if (data || shm_zone->shm.exists) {
        counts = shpool->data;

        /* a module that was loaded anew has another tag, and never comes here */

        if (counts->version != NGX_HTTP_HEALTHPASS_COUNTS_VERSION) {
            return NGX_ERROR;
        }

    } else {
        counts = ngx_slab_calloc_locked(shpool,
                                        sizeof(ngx_http_healthpass_counts_t));
        if (counts == NULL) {
            return NGX_ERROR;
        }

        counts->version = NGX_HTTP_HEALTHPASS_COUNTS_VERSION;
        counts->since = ngx_time();

        shpool->data = counts;
    }

    counters->counts = counts;
    counters->cycle = ++counts->cycle;

    return NGX_OK;
}


/* ---- counting ---- */


void
ngx_http_healthpass_count_request(ngx_http_request_t *r)
{
    ngx_http_healthpass_ctx_t        *ctx;
    ngx_http_healthpass_counts_t     *counts;
    ngx_http_healthpass_main_conf_t  *hmcf;

    ctx = ngx_http_healthpass_counted_ctx(r);

    if (ctx == NULL) {
        return;
    }

    hmcf = ngx_http_get_module_main_conf(r, ngx_http_healthpass_module);
    counts = hmcf->counters.counts;

    if (ctx->gated) {
        ngx_http_healthpass_count_pass(&counts->decisions, ctx->decisive);

    } else if (ctx->dry) {
        ngx_http_healthpass_count_pass(&counts->dry, ctx->decisive);

    } else {
        ngx_http_healthpass_count_event(r, NGX_HTTP_HEALTHPASS_WITHOUT);
    }
}


void
ngx_http_healthpass_count_event(ngx_http_request_t *r, ngx_uint_t event)
{
    ngx_http_healthpass_main_conf_t  *hmcf;

    hmcf = ngx_http_get_module_main_conf(r, ngx_http_healthpass_module);

    (void) ngx_atomic_fetch_add(&hmcf->counters.counts->events[event], 1);
}


static void
ngx_http_healthpass_count_pass(ngx_http_healthpass_tally_t *tally,
    ngx_http_healthpass_pass_t *pass)
{
    ngx_uint_t  reason, source, format;

    reason = pass->verdict.reason;
    source = pass->source ? 1 + (ngx_uint_t) pass->source->kind : 0;
    format = ngx_http_healthpass_format_number(pass->verdict.format);

    (void) ngx_atomic_fetch_add(&tally->reasons[reason], 1);
    (void) ngx_atomic_fetch_add(&tally->sources[source], 1);
    (void) ngx_atomic_fetch_add(&tally->formats[format], 1);

    if (reason == HP_OK && pass->verdict.suspect) {
        (void) ngx_atomic_fetch_add(&tally->suspects, 1);
    }
}


static ngx_uint_t
ngx_http_healthpass_format_number(const char *format)
{
    ngx_uint_t  i;

    if (format == NULL) {
        return 0;
    }

    for (i = 1; i < NGX_HTTP_HEALTHPASS_OTHER; i++) {
        if (ngx_strcmp(ngx_http_healthpass_formats[i], format) == 0) {
            break;
        }
    }

    return i;
}


/* ---- words ---- */


const char *
ngx_http_healthpass_reason_word(ngx_uint_t n)
{
    switch (n) {

#define X(name, id, word, http, auth, account, stage, group, text)            \
    case id: return word;

    HP_REASONS(X)

#undef X

    default:
        return NULL;
    }
}


const char *
ngx_http_healthpass_source_word(ngx_uint_t n)
{
    return n < NGX_HTTP_HEALTHPASS_KINDS ? ngx_http_healthpass_kinds[n] : NULL;
}


const char *
ngx_http_healthpass_format_word(ngx_uint_t n)
{
    return n <= NGX_HTTP_HEALTHPASS_OTHER ? ngx_http_healthpass_formats[n]
                                          : NULL;
}


const char *
ngx_http_healthpass_verdict_word(ngx_uint_t reason)
{
    if (reason == HP_OK) {
        return "accepted";
    }

    return hp_reason_is_fault(reason) ? "fault" : "refused";
}


/* ---- workers ---- */


/*
 * A worker that was killed leaves its place behind, for the next one.  Without a
 * place, which takes 256 workers, one works all the same and is not shown.
 */

void
ngx_http_healthpass_enter_worker(ngx_http_healthpass_main_conf_t *hmcf)
{
    ngx_uint_t                     i;
    ngx_atomic_uint_t              pid;
    ngx_http_healthpass_worker_t  *worker;

    for (i = 0; i < NGX_HTTP_HEALTHPASS_WORKERS; i++) {
        worker = &hmcf->counters.counts->workers[i];
        pid = worker->pid;

        if (pid != (ngx_atomic_uint_t) ngx_pid
            && ngx_http_healthpass_runs(pid))
        {
            continue;
        }

        if (ngx_atomic_cmp_set(&worker->pid, pid,
                               (ngx_atomic_uint_t) ngx_pid))
        {
            worker->n = 0;
            worker->cycle = hmcf->counters.cycle;
            worker->started = ngx_time();

            hmcf->counters.self = worker;

            return;
        }
    }
}


void
ngx_http_healthpass_tell_worker(ngx_http_healthpass_main_conf_t *hmcf)
{
    ngx_uint_t                      i, n;
    const char                     *reason;
    ngx_http_healthpass_held_t     *held;
    ngx_http_healthpass_worker_t   *worker;
    ngx_http_healthpass_policy_t  **policies;

    worker = hmcf->counters.self;

    if (worker == NULL) {
        return;
    }

    policies = hmcf->policies.elts;
    n = ngx_min(hmcf->policies.nelts, NGX_HTTP_HEALTHPASS_POLICIES);

    for (i = 0; i < n; i++) {
        held = &worker->held[i];

        held->version = hp_policy_version(policies[i]->policy);
        held->taken = policies[i]->taken;
        held->state = ngx_http_healthpass_state(policies[i]->policy, &reason);
    }

    worker->n = n;
    worker->looked = ngx_time();
}


void
ngx_http_healthpass_leave_worker(ngx_http_healthpass_main_conf_t *hmcf)
{
    if (hmcf->counters.self) {
        hmcf->counters.self->pid = 0;
    }
}


ngx_uint_t
ngx_http_healthpass_worker_runs(ngx_http_healthpass_worker_t *worker)
{
    return ngx_http_healthpass_runs(worker->pid);
}


/*
 * Of the workers of one configuration; those that have not told yet, and those of
 * another one, whose policies have other numbers, are left out.
 */

ngx_uint_t
ngx_http_healthpass_worker_versions(ngx_http_healthpass_main_conf_t *hmcf,
    ngx_uint_t policy)
{
    uint64_t                       version;
    ngx_uint_t                     i, n, k;
    ngx_http_healthpass_worker_t  *worker;
    uint64_t                       seen[NGX_HTTP_HEALTHPASS_WORKERS];

    n = 0;

    for (i = 0; i < NGX_HTTP_HEALTHPASS_WORKERS; i++) {
        worker = &hmcf->counters.counts->workers[i];

        if (worker->cycle != hmcf->counters.cycle || policy >= worker->n
            || !ngx_http_healthpass_worker_runs(worker))
        {
            continue;
        }

        version = worker->held[policy].version;

        for (k = 0; k < n && seen[k] != version; k++) { /* void */ }

        if (k == n) {
            seen[n++] = version;
        }
    }

    return n;
}


/* Another user's process may not be asked more than whether it is there. */

static ngx_uint_t
ngx_http_healthpass_runs(ngx_atomic_uint_t pid)
{
    return pid && (kill((ngx_pid_t) pid, 0) == 0 || ngx_errno == NGX_EPERM);
}
