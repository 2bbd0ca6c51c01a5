
/*
 * Policies.  Each policy file, with each set of rules, is loaded once, in the
 * master, so that "nginx -t" checks it, and is shared by all locations that name
 * both.  After the fork every worker has its own copy (the pages are shared until
 * written) and its own timer that takes up changed files.
 */


#include "ngx_http_healthpass.h"


static ngx_int_t ngx_http_healthpass_name_policy(ngx_conf_t *cf,
    ngx_http_healthpass_policy_t *policy);
static void ngx_http_healthpass_warn(ngx_http_healthpass_policy_t *policy,
    ngx_log_t *log, const char *(*nth)(const hp_policy *policy, size_t n));
static void ngx_http_healthpass_free_policy(void *data);
static void ngx_http_healthpass_refresh(ngx_event_t *ev);
static void ngx_http_healthpass_refresh_policy(
    ngx_http_healthpass_policy_t *policy, ngx_log_t *log);
static void ngx_http_healthpass_refresh_lists(ngx_event_t *ev);
static void ngx_http_healthpass_refresh_policy_lists(
    ngx_http_healthpass_policy_t *policy, ngx_uint_t again, ngx_log_t *log);
static void ngx_http_healthpass_init_timer(
    ngx_http_healthpass_main_conf_t *hmcf, ngx_event_t *timer,
    ngx_event_handler_pt handler, ngx_log_t *log);
static ngx_msec_t ngx_http_healthpass_lists_interval(
    ngx_http_healthpass_main_conf_t *hmcf);
static void ngx_http_healthpass_tell_age(ngx_http_healthpass_policy_t *policy,
    ngx_log_t *log);
static void ngx_http_healthpass_tell_due(ngx_http_healthpass_policy_t *policy,
    ngx_log_t *log);
static ngx_msec_t ngx_http_healthpass_refresh_interval(
    ngx_http_healthpass_main_conf_t *hmcf);


ngx_http_healthpass_policy_t *
ngx_http_healthpass_get_policy(ngx_conf_t *cf,
    ngx_http_healthpass_main_conf_t *hmcf, ngx_str_t *path,
    ngx_str_t *rules_set)
{
    hp_error                        error;
    ngx_uint_t                      i;
    ngx_pool_cleanup_t             *cln;
    ngx_http_healthpass_policy_t   *policy, **policies;

    policies = hmcf->policies.elts;

    for (i = 0; i < hmcf->policies.nelts; i++) {
        if (policies[i]->path.len == path->len
            && policies[i]->rules_set.len == rules_set->len
            && ngx_strncmp(policies[i]->path.data, path->data, path->len) == 0
            && (rules_set->len == 0
                || ngx_strncmp(policies[i]->rules_set.data, rules_set->data,
                               rules_set->len)
                   == 0))
        {
            return policies[i];
        }
    }

    policies = ngx_array_push(&hmcf->policies);
    if (policies == NULL) {
        return NULL;
    }

    cln = ngx_pool_cleanup_add(cf->pool, sizeof(ngx_http_healthpass_policy_t));
    if (cln == NULL) {
        return NULL;
    }

    policy = cln->data;
    policy->path = *path;
    policy->rules_set = *rules_set;
    policy->policy = NULL;
    policy->told = 0;
    policy->told_due = 0;
    policy->overridden = 0;
    policy->taken = 0;
    policy->gate = 0;

    cln->handler = ngx_http_healthpass_free_policy;

    *policies = policy;

    if (ngx_http_healthpass_name_policy(cf, policy) != NGX_OK) {
        return NULL;
    }

    if (hp_policy_load_set((char *) path->data, HP_DOOR_WEB,
                           (char *) rules_set->data, &policy->policy, &error)
        != HP_LOAD_OK)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "healthpass: %s", error.text);
        return NULL;
    }

    ngx_http_healthpass_warn(policy, cf->log, hp_policy_warning);
    ngx_http_healthpass_tell_age(policy, cf->log);
    ngx_http_healthpass_tell_due(policy, cf->log);

    return policy;
}


static ngx_int_t
ngx_http_healthpass_name_policy(ngx_conf_t *cf,
    ngx_http_healthpass_policy_t *policy)
{
    size_t  len;

    policy->name = policy->path;

    if (policy->rules_set.len == 0) {
        return NGX_OK;
    }

    len = policy->path.len + sizeof(" rules=") - 1 + policy->rules_set.len;

    policy->name.data = ngx_pnalloc(cf->pool, len);
    if (policy->name.data == NULL) {
        return NGX_ERROR;
    }

    policy->name.len = ngx_sprintf(policy->name.data, "%V rules=%V",
                                   &policy->path, &policy->rules_set)
                       - policy->name.data;

    return NGX_OK;
}


static void
ngx_http_healthpass_warn(ngx_http_healthpass_policy_t *policy, ngx_log_t *log,
    const char *(*nth)(const hp_policy *policy, size_t n))
{
    size_t       n;
    const char  *text;

    for (n = 0; /* void */ ; n++) {
        text = nth(policy->policy, n);
        if (text == NULL) {
            break;
        }

        ngx_log_error(NGX_LOG_WARN, log, 0, "healthpass: %V: %s",
                      &policy->name, text);
    }
}


static void
ngx_http_healthpass_free_policy(void *data)
{
    ngx_http_healthpass_policy_t  *policy = data;

    hp_policy_free(policy->policy);
    policy->policy = NULL;
}


void
ngx_http_healthpass_start_refresh(ngx_cycle_t *cycle,
    ngx_http_healthpass_main_conf_t *hmcf)
{
    ngx_uint_t                      i;
    ngx_http_healthpass_policy_t  **policies;

    /*
     * what the master has read may be months old when it starts a worker in
     * place of one that died
     */

    policies = hmcf->policies.elts;

    for (i = 0; i < hmcf->policies.nelts; i++) {
        ngx_http_healthpass_refresh_policy(policies[i], cycle->log);
        ngx_http_healthpass_refresh_policy_lists(policies[i], 1, cycle->log);

        if (hp_policy_doubt_lists(policies[i]->policy) && policies[i]->gate) {
            ngx_log_error(NGX_LOG_ERR, cycle->log, 0,
                          "healthpass: %V: a list of withdrawn passes has "
                          "changed since the master read it, and cannot be "
                          "taken up: this worker judges no pass until it can",
                          &policies[i]->name);
        }
    }

    ngx_http_healthpass_tell_worker(hmcf);

    ngx_http_healthpass_refresh_clearance_keys(hmcf, cycle->log);

    /* the events' debug log wants to see a connection behind data */

    hmcf->dumb.fd = (ngx_socket_t) -1;
    hmcf->dumb.data = hmcf;

    ngx_http_healthpass_init_timer(hmcf, &hmcf->timer,
                                   ngx_http_healthpass_refresh, cycle->log);
    ngx_add_timer(&hmcf->timer, ngx_http_healthpass_refresh_interval(hmcf));

    ngx_http_healthpass_init_timer(hmcf, &hmcf->lists_timer,
                                   ngx_http_healthpass_refresh_lists,
                                   cycle->log);
    ngx_add_timer(&hmcf->lists_timer, ngx_http_healthpass_lists_interval(hmcf));
}


static void
ngx_http_healthpass_init_timer(ngx_http_healthpass_main_conf_t *hmcf,
    ngx_event_t *timer, ngx_event_handler_pt handler, ngx_log_t *log)
{
    timer->handler = handler;
    timer->data = &hmcf->dumb;
    timer->log = log;
    timer->cancelable = 1;
}


static void
ngx_http_healthpass_refresh(ngx_event_t *ev)
{
    ngx_uint_t                        i;
    ngx_connection_t                 *dumb;
    ngx_http_healthpass_policy_t    **policies;
    ngx_http_healthpass_main_conf_t  *hmcf;

    dumb = ev->data;
    hmcf = dumb->data;

    policies = hmcf->policies.elts;

    for (i = 0; i < hmcf->policies.nelts; i++) {
        ngx_http_healthpass_refresh_policy(policies[i], ev->log);
        ngx_http_healthpass_refresh_policy_lists(policies[i], 1, ev->log);
        ngx_http_healthpass_tell_age(policies[i], ev->log);
        ngx_http_healthpass_tell_due(policies[i], ev->log);
    }

    ngx_http_healthpass_redis_refresh(hmcf);
    ngx_http_healthpass_tell_worker(hmcf);

    ngx_add_timer(ev, ngx_http_healthpass_refresh_interval(hmcf));

    /* a policy that was taken up may be the first one that names lists */

    ngx_add_timer(&hmcf->lists_timer, ngx_http_healthpass_lists_interval(hmcf));
}


static void
ngx_http_healthpass_refresh_lists(ngx_event_t *ev)
{
    ngx_uint_t                        i;
    ngx_connection_t                 *dumb;
    ngx_http_healthpass_policy_t    **policies;
    ngx_http_healthpass_main_conf_t  *hmcf;

    dumb = ev->data;
    hmcf = dumb->data;

    policies = hmcf->policies.elts;

    for (i = 0; i < hmcf->policies.nelts; i++) {
        ngx_http_healthpass_refresh_policy_lists(policies[i], 0, ev->log);
    }

    ngx_http_healthpass_refresh_clearance_keys(hmcf, ev->log);

    ngx_http_healthpass_tell_worker(hmcf);

    ngx_add_timer(ev, ngx_http_healthpass_lists_interval(hmcf));
}


/*
 * A block has to be in force within a second, whatever healthpass_refresh says;
 * a look is one stat() a file.
 */

static ngx_msec_t
ngx_http_healthpass_lists_interval(ngx_http_healthpass_main_conf_t *hmcf)
{
    ngx_uint_t                      i;
    ngx_http_healthpass_policy_t  **policies;

    if (hmcf->clearance_keys.nelts) {
        return NGX_HTTP_HEALTHPASS_LISTS_REFRESH;
    }

    policies = hmcf->policies.elts;

    for (i = 0; i < hmcf->policies.nelts; i++) {
        if (hp_policy_has_lists(policies[i]->policy)) {
            return NGX_HTTP_HEALTHPASS_LISTS_REFRESH;
        }
    }

    return ngx_max(hmcf->refresh, NGX_HTTP_HEALTHPASS_LISTS_REFRESH);
}


static void
ngx_http_healthpass_refresh_policy_lists(ngx_http_healthpass_policy_t *policy,
    ngx_uint_t again, ngx_log_t *log)
{
    hp_error  error;

    if (hp_policy_refresh_lists(policy->policy, again, &error)) {
        policy->taken++;

        ngx_log_error(NGX_LOG_NOTICE, log, 0,
                      "healthpass: %V: lists of withdrawn passes were taken up "
                      "anew", &policy->path);
    }

    if (error.text[0]) {
        ngx_log_error(NGX_LOG_ERR, log, 0,
                      "healthpass: the list read before stays: %s", error.text);
    }
}


static void
ngx_http_healthpass_refresh_policy(ngx_http_healthpass_policy_t *policy,
    ngx_log_t *log)
{
    hp_error  error;

    switch (hp_policy_refresh(&policy->policy, &error)) {

    case HP_REFRESH_SAME:
        break;

    case HP_REFRESH_NEW:
        policy->taken++;

        ngx_log_error(NGX_LOG_NOTICE, log, 0,
                      "healthpass: %V: taken up anew, %uz keys", &policy->name,
                      hp_policy_keys(policy->policy));

        if (error.text[0]) {
            ngx_log_error(NGX_LOG_ERR, log, 0, "healthpass: %s", error.text);
        }

        break;

    case HP_REFRESH_OVERRIDE:
        policy->taken++;

        ngx_log_error(NGX_LOG_NOTICE, log, 0,
                      "healthpass: %V: the override was taken up anew",
                      &policy->path);
        break;

    case HP_REFRESH_KEPT:
        ngx_log_error(NGX_LOG_ERR, log, 0,
                      "healthpass: the policy read before stays: %s",
                      error.text);
        break;
    }

    ngx_http_healthpass_warn(policy, log, hp_policy_news);
}


/* Once a change; the workers go on from what the master said at start. */

static void
ngx_http_healthpass_tell_age(ngx_http_healthpass_policy_t *policy,
    ngx_log_t *log)
{
    hp_age    age;
    hp_error  text;
    uint64_t  mark;

    static const ngx_uint_t  levels[] = {
        NGX_LOG_NOTICE,  /* HP_AGE_FRESH */
        NGX_LOG_WARN,    /* HP_AGE_WARNED */
        NGX_LOG_WARN,    /* HP_AGE_ALLOWED */
        NGX_LOG_ERR      /* HP_AGE_STALE */
    };

    if (policy->overridden) {
        ngx_log_error(NGX_LOG_WARN, log, 0,
                      "healthpass: %V: %ui passes accepted on a stale trust "
                      "list, which an operator allowed",
                      &policy->name, policy->overridden);

        policy->overridden = 0;
    }

    mark = hp_policy_age_mark(policy->policy, (double) ngx_time());

    if (mark == policy->told) {
        return;
    }

    policy->told = mark;

    age = hp_policy_age(policy->policy, (double) ngx_time(), &text);

    ngx_log_error(levels[age], log, 0, "healthpass: %V: %s", &policy->name,
                  age == HP_AGE_FRESH ? "the lists are young enough again"
                                      : text.text);
}


/* What ends soon, or has: all of it once a change. */

static void
ngx_http_healthpass_tell_due(ngx_http_healthpass_policy_t *policy,
    ngx_log_t *log)
{
    size_t      n;
    hp_age      age;
    hp_error    text;
    uint64_t    mark;
    ngx_uint_t  level;

    mark = hp_policy_due_mark(policy->policy, (double) ngx_time());

    if (mark == policy->told_due) {
        return;
    }

    policy->told_due = mark;

    for (n = 0; /* void */ ; n++) {
        age = hp_policy_due(policy->policy, (double) ngx_time(), n, &text);
        if (age == HP_AGE_FRESH) {
            break;
        }

        level = (age == HP_AGE_STALE) ? NGX_LOG_ERR : NGX_LOG_WARN;

        ngx_log_error(level, log, 0, "healthpass: %V: %s", &policy->name,
                      text.text);
    }

    if (n == 0) {
        ngx_log_error(NGX_LOG_NOTICE, log, 0,
                      "healthpass: %V: nothing ends soon any more",
                      &policy->path);
    }
}


/*
 * Up to a tenth longer than asked for, so that workers do not read all at once;
 * and soon again while a policy has no key, which may be a folder that is being
 * replaced: nobody gets in meanwhile, and there is hardly anything to look at.
 */

static ngx_msec_t
ngx_http_healthpass_refresh_interval(ngx_http_healthpass_main_conf_t *hmcf)
{
    ngx_uint_t                       i;
    ngx_msec_t                       interval;
    ngx_http_healthpass_policy_t   **policies;

    interval = hmcf->refresh;
    policies = hmcf->policies.elts;

    for (i = 0; i < hmcf->policies.nelts; i++) {
        if (hp_policy_keys(policies[i]->policy) == 0) {
            interval = ngx_min(interval, 1000);
        }
    }

    return interval + (ngx_msec_t) ngx_random() % (interval / 10 + 1);
}
