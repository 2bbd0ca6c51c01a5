
/*
 * healthpass_policy_next: what would tomorrow's policy say?  Each pass that a gate
 * judges is judged by that one too, and counted where the two differ.  It answers
 * nobody, asks no ledger and writes no line, and whatever is wrong with it is not
 * the gate's fault.
 *
 * It costs as much as the gate's own judgement, in the same memory, one after the
 * other.
 */


#include "ngx_http_healthpass.h"


static hp_reason ngx_http_healthpass_next_reason(hp_policy *policy,
    const hp_ask *ask, hp_memory memory);


/* The word "off" ends what was inherited. */

char *
ngx_http_healthpass_policy_next(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_healthpass_loc_conf_t *hlcf = conf;

    ngx_str_t  *value;

    if (hlcf->next_path.data) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (value[1].len == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid parameter \"%V\"",
                           &value[1]);
        return NGX_CONF_ERROR;
    }

    hlcf->next_path = value[1];

    if (cf->args->nelts == 2) {
        return NGX_CONF_OK;
    }

    if (ngx_strncmp(value[2].data, "rules=", 6) != 0 || value[2].len == 6
        || ngx_strcmp(value[1].data, "off") == 0)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid parameter \"%V\"",
                           &value[2]);
        return NGX_CONF_ERROR;
    }

    hlcf->next_rules.len = value[2].len - 6;
    hlcf->next_rules.data = value[2].data + 6;

    return NGX_CONF_OK;
}


/* It is loaded, and refreshed, as any policy: what is wrong stops the start. */

char *
ngx_http_healthpass_use_next(ngx_conf_t *cf,
    ngx_http_healthpass_main_conf_t *hmcf,
    ngx_http_healthpass_loc_conf_t *conf)
{
    ngx_str_t  path;

    path = conf->next_path;

    if (path.data == NULL || ngx_strcmp(path.data, "off") == 0) {
        return NGX_CONF_OK;
    }

    if (ngx_conf_full_name(cf->cycle, &path, 1) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    conf->next = ngx_http_healthpass_get_policy(cf, hmcf, &path,
                                                &conf->next_rules);

    return conf->next ? NGX_CONF_OK : NGX_CONF_ERROR;
}


/*
 * today is what the gate's policy made of the pass, before a ledger was asked:
 * that would say the same to both.
 */

void
ngx_http_healthpass_judge_next(ngx_http_request_t *r, const hp_ask *ask,
    hp_reason today)
{
    hp_reason                         next;
    ngx_http_healthpass_next_t       *counts;
    ngx_http_healthpass_loc_conf_t   *hlcf;
    ngx_http_healthpass_main_conf_t  *hmcf;

    hlcf = ngx_http_get_module_loc_conf(r, ngx_http_healthpass_module);

    /* what is kept to be shown lies in the memory */

    if (hlcf->next == NULL || ask->keep) {
        return;
    }

    hmcf = ngx_http_get_module_main_conf(r, ngx_http_healthpass_module);
    counts = &hmcf->counters.counts->next;

    next = ngx_http_healthpass_next_reason(hlcf->next->policy, ask,
                                           hmcf->memory);

    ngx_log_debug1(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
                   "healthpass pass judged by the next policy: %ui",
                   (ngx_uint_t) next);

    if (today == HP_PENDING) {
        today = HP_OK;
    }

    (void) ngx_atomic_fetch_add(&counts->judged, 1);

    if (today == HP_OK && next != HP_OK) {
        (void) ngx_atomic_fetch_add(&counts->refuses[next], 1);

    } else if (today != HP_OK && next == HP_OK) {
        (void) ngx_atomic_fetch_add(&counts->accepts[today], 1);
    }
}


static hp_reason
ngx_http_healthpass_next_reason(hp_policy *policy, const hp_ask *ask,
    hp_memory memory)
{
    hp_ask      own;
    hp_verdict  verdict;

    switch (hp_policy_basis(policy, ask->now)) {

    case HP_BASIS_OFF:
        return HP_OK;

    case HP_BASIS_ENDED:
        return HP_ENDED;

    case HP_BASIS_HOLDS:
        break;
    }

    own = *ask;
    own.use = NULL;
    own.want_id = 0;

    return hp_verify(policy, &own, &memory, &verdict);
}
