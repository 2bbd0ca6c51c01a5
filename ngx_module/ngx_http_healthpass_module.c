
/*
 * Directives of the healthpass module, how they are inherited, what is checked
 * at start.  See ngx_http_healthpass.h for the other files.
 */


#include "ngx_http_healthpass.h"


static ngx_int_t ngx_http_healthpass_preconfiguration(ngx_conf_t *cf);
static void ngx_http_healthpass_free_keys(void *data);
static ngx_int_t ngx_http_healthpass_postconfiguration(ngx_conf_t *cf);
static ngx_int_t ngx_http_healthpass_add_handler(ngx_conf_t *cf,
    ngx_http_phases phase, ngx_http_handler_pt handler);
static void *ngx_http_healthpass_create_main_conf(ngx_conf_t *cf);
static char *ngx_http_healthpass_init_main_conf(ngx_conf_t *cf, void *conf);
static void *ngx_http_healthpass_create_loc_conf(ngx_conf_t *cf);
static char *ngx_http_healthpass_merge_loc_conf(ngx_conf_t *cf, void *parent,
    void *child);
static char *ngx_http_healthpass_use_policy(ngx_conf_t *cf,
    ngx_http_healthpass_main_conf_t *hmcf,
    ngx_http_healthpass_loc_conf_t *conf);
static void ngx_http_healthpass_warn_of_body(ngx_conf_t *cf,
    ngx_http_healthpass_main_conf_t *hmcf,
    ngx_http_healthpass_loc_conf_t *conf);
static void ngx_http_healthpass_warn_of_underscores(ngx_conf_t *cf,
    ngx_http_healthpass_loc_conf_t *conf);
static char *ngx_http_healthpass_policy(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_healthpass_check(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_healthpass_dry_run(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_healthpass_www_authenticate(ngx_conf_t *cf,
    ngx_command_t *cmd, void *conf);
static char *ngx_http_healthpass_check_body_max(ngx_conf_t *cf, void *post,
    void *data);
static char *ngx_http_healthpass_check_refresh(ngx_conf_t *cf, void *post,
    void *data);
static ngx_int_t ngx_http_healthpass_init_process(ngx_cycle_t *cycle);
static void ngx_http_healthpass_exit_process(ngx_cycle_t *cycle);


static ngx_conf_enum_t  ngx_http_healthpass_verify_modes[] = {
    { ngx_string("off"), NGX_HTTP_HEALTHPASS_OFF },
    { ngx_string("on"), NGX_HTTP_HEALTHPASS_ON },
    { ngx_string("optional"), NGX_HTTP_HEALTHPASS_OPTIONAL },
    { ngx_null_string, 0 }
};


static ngx_conf_enum_t  ngx_http_healthpass_log_levels[] = {
    { ngx_string("info"), NGX_LOG_INFO },
    { ngx_string("notice"), NGX_LOG_NOTICE },
    { ngx_string("warn"), NGX_LOG_WARN },
    { ngx_string("error"), NGX_LOG_ERR },
    { ngx_null_string, 0 }
};


static ngx_conf_post_t  ngx_http_healthpass_body_max_post = {
    ngx_http_healthpass_check_body_max
};


static ngx_conf_post_t  ngx_http_healthpass_refresh_post = {
    ngx_http_healthpass_check_refresh
};


static ngx_command_t  ngx_http_healthpass_commands[] = {

    { ngx_string("healthpass_verify"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_HTTP_LMT_CONF
                        |NGX_CONF_TAKE1,
      ngx_conf_set_enum_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_healthpass_loc_conf_t, verify),
      &ngx_http_healthpass_verify_modes },

    { ngx_string("healthpass_check"),
      NGX_HTTP_LOC_CONF|NGX_CONF_ANY,
      ngx_http_healthpass_check,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("healthpass_status"),
      NGX_HTTP_LOC_CONF|NGX_CONF_NOARGS|NGX_CONF_TAKE1,
      ngx_http_healthpass_status_directive,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("healthpass_policy"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_HTTP_LMT_CONF
                        |NGX_CONF_TAKE12,
      ngx_http_healthpass_policy,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("healthpass_policy_next"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_HTTP_LMT_CONF
                        |NGX_CONF_TAKE12,
      ngx_http_healthpass_policy_next,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("healthpass_source"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_HTTP_LMT_CONF
                        |NGX_CONF_1MORE,
      ngx_http_healthpass_source,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("healthpass_holder"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_HTTP_LMT_CONF
                        |NGX_CONF_1MORE,
      ngx_http_healthpass_holder,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("healthpass_persons"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_HTTP_LMT_CONF
                        |NGX_CONF_1MORE,
      ngx_http_healthpass_persons,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("healthpass_visit"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_HTTP_LMT_CONF
                        |NGX_CONF_TAKE12,
      ngx_http_healthpass_visit,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("healthpass_zone"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE2,
      ngx_http_healthpass_zone,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("healthpass_reuse"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_HTTP_LMT_CONF
                        |NGX_CONF_1MORE,
      ngx_http_healthpass_reuse,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("healthpass_clearance"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_HTTP_LMT_CONF
                        |NGX_CONF_1MORE,
      ngx_http_healthpass_clearance,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("healthpass_strip"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_HTTP_LMT_CONF
                        |NGX_CONF_FLAG,
      ngx_conf_set_flag_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_healthpass_loc_conf_t, strip),
      NULL },

    { ngx_string("healthpass_body_max"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_HTTP_LMT_CONF
                        |NGX_CONF_TAKE1,
      ngx_conf_set_size_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_healthpass_loc_conf_t, body_max),
      &ngx_http_healthpass_body_max_post },

    { ngx_string("healthpass_dry_run"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_HTTP_LMT_CONF
                        |NGX_CONF_FLAG,
      ngx_http_healthpass_dry_run,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_healthpass_loc_conf_t, dry_run),
      NULL },

    { ngx_string("healthpass_expose"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_HTTP_LMT_CONF
                        |NGX_CONF_1MORE,
      ngx_http_healthpass_expose,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("healthpass_log_level"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_HTTP_LMT_CONF
                        |NGX_CONF_TAKE1,
      ngx_conf_set_enum_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_healthpass_loc_conf_t, log_level),
      &ngx_http_healthpass_log_levels },

    { ngx_string("healthpass_realm"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_HTTP_LMT_CONF
                        |NGX_CONF_TAKE1,
      ngx_http_set_complex_value_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_healthpass_loc_conf_t, realm),
      NULL },

    { ngx_string("healthpass_www_authenticate"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_HTTP_LMT_CONF
                        |NGX_CONF_TAKE1,
      ngx_http_healthpass_www_authenticate,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_healthpass_loc_conf_t, www_authenticate),
      NULL },

    { ngx_string("healthpass_language"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_HTTP_LMT_CONF
                        |NGX_CONF_TAKE1,
      ngx_http_healthpass_language,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_healthpass_loc_conf_t, language),
      NULL },

    { ngx_string("healthpass_refresh"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_msec_slot,
      NGX_HTTP_MAIN_CONF_OFFSET,
      offsetof(ngx_http_healthpass_main_conf_t, refresh),
      &ngx_http_healthpass_refresh_post },

      ngx_null_command
};


static ngx_http_module_t  ngx_http_healthpass_module_ctx = {
    ngx_http_healthpass_preconfiguration,  /* preconfiguration */
    ngx_http_healthpass_postconfiguration, /* postconfiguration */

    ngx_http_healthpass_create_main_conf,  /* create main configuration */
    ngx_http_healthpass_init_main_conf,    /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    ngx_http_healthpass_create_loc_conf,   /* create location configuration */
    ngx_http_healthpass_merge_loc_conf     /* merge location configuration */
};


ngx_module_t  ngx_http_healthpass_module = {
    NGX_MODULE_V1,
    &ngx_http_healthpass_module_ctx,       /* module context */
    ngx_http_healthpass_commands,          /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL,                                  /* init master */
    NULL,                                  /* init module */
    ngx_http_healthpass_init_process,      /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    ngx_http_healthpass_exit_process,      /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


static ngx_int_t
ngx_http_healthpass_preconfiguration(ngx_conf_t *cf)
{
    ngx_http_healthpass_main_conf_t  *hmcf;

    static ngx_str_t  request_id = ngx_string("request_id");

    if (ngx_http_healthpass_add_variables(cf) != NGX_OK) {
        return NGX_ERROR;
    }

    hmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_healthpass_module);

    hmcf->request_id = ngx_http_get_variable_index(cf, &request_id);

    return hmcf->request_id == NGX_ERROR ? NGX_ERROR : NGX_OK;
}


static void
ngx_http_healthpass_free_keys(void *data)
{
    hp_keys_free(data);
}


static ngx_int_t
ngx_http_healthpass_postconfiguration(ngx_conf_t *cf)
{
    ngx_pool_cleanup_t               *cln;
    ngx_http_healthpass_main_conf_t  *hmcf;

    hmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_healthpass_module);

    if ((hmcf->policies.nelts || hmcf->status)
        && ngx_http_healthpass_add_handler(cf, NGX_HTTP_PRECONTENT_PHASE,
                                        ngx_http_healthpass_precontent_handler)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (hmcf->policies.nelts == 0) {
        return NGX_OK;
    }

    if (ngx_http_healthpass_add_counters(cf, hmcf) != NGX_OK) {
        return NGX_ERROR;
    }

    /*
     * judging never waits, therefore one buffer and one set of ready keys
     * serve all requests of a worker
     */

    hmcf->memory.n = HP_MEMORY;
    hmcf->memory.p = ngx_palloc(cf->pool, HP_MEMORY);
    if (hmcf->memory.p == NULL) {
        return NGX_ERROR;
    }

    cln = ngx_pool_cleanup_add(cf->pool, 0);
    if (cln == NULL) {
        return NGX_ERROR;
    }

    hmcf->keys = hp_keys_new(HP_KEYS);
    if (hmcf->keys == NULL) {
        return NGX_ERROR;
    }

    cln->handler = ngx_http_healthpass_free_keys;
    cln->data = hmcf->keys;

    if (ngx_http_healthpass_add_handler(cf, NGX_HTTP_LOG_PHASE,
                                        ngx_http_healthpass_log_handler)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (ngx_http_healthpass_add_handler(cf, NGX_HTTP_REWRITE_PHASE,
                                        ngx_http_healthpass_subrequest_handler)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_healthpass_add_handler(cf, NGX_HTTP_ACCESS_PHASE,
                                           ngx_http_healthpass_access_handler);
}


static ngx_int_t
ngx_http_healthpass_add_handler(ngx_conf_t *cf, ngx_http_phases phase,
    ngx_http_handler_pt handler)
{
    ngx_http_handler_pt        *h;
    ngx_http_core_main_conf_t  *cmcf;

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);

    h = ngx_array_push(&cmcf->phases[phase].handlers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    *h = handler;

    return NGX_OK;
}


static void *
ngx_http_healthpass_create_main_conf(ngx_conf_t *cf)
{
    ngx_http_healthpass_main_conf_t  *hmcf;

    hmcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_healthpass_main_conf_t));
    if (hmcf == NULL) {
        return NULL;
    }

    if (ngx_array_init(&hmcf->policies, cf->pool, 1,
                       sizeof(ngx_http_healthpass_policy_t *))
        != NGX_OK)
    {
        return NULL;
    }

    if (ngx_array_init(&hmcf->clearance_keys, cf->pool, 1,
                       sizeof(ngx_http_healthpass_keys_t *))
        != NGX_OK)
    {
        return NULL;
    }

    hmcf->refresh = NGX_CONF_UNSET_MSEC;

    return hmcf;
}


static char *
ngx_http_healthpass_init_main_conf(ngx_conf_t *cf, void *conf)
{
    ngx_http_healthpass_main_conf_t *hmcf = conf;

    ngx_conf_init_msec_value(hmcf->refresh, 60000);

    hmcf->sources = ngx_http_healthpass_default_sources(cf);

    return hmcf->sources ? NGX_CONF_OK : NGX_CONF_ERROR;
}


static void *
ngx_http_healthpass_create_loc_conf(ngx_conf_t *cf)
{
    ngx_http_healthpass_loc_conf_t  *hlcf;

    hlcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_healthpass_loc_conf_t));
    if (hlcf == NULL) {
        return NULL;
    }

    /*
     * set by ngx_pcalloc():
     *
     *     hlcf->policy_path = { 0, NULL };
     *     hlcf->rules_set = { 0, NULL };
     *     hlcf->next_path = { 0, NULL };
     *     hlcf->next_rules = { 0, NULL };
     *     hlcf->policy = NULL;
     *     hlcf->next = NULL;
     *     hlcf->show = 0;
     *     hlcf->expose = 0;
     *     hlcf->realm = NULL;
     *     hlcf->language = NULL;
     *     hlcf->www_authenticate = NULL;
     */

    hlcf->verify = NGX_CONF_UNSET_UINT;
    hlcf->check = NGX_CONF_UNSET;
    hlcf->status = NGX_CONF_UNSET_UINT;
    hlcf->sources = NGX_CONF_UNSET_PTR;
    hlcf->holder = NGX_CONF_UNSET_PTR;
    hlcf->persons = NGX_CONF_UNSET_PTR;
    hlcf->visit = NGX_CONF_UNSET_PTR;
    hlcf->reuse = NGX_CONF_UNSET_PTR;
    hlcf->clearance = NGX_CONF_UNSET_PTR;
    hlcf->strip = NGX_CONF_UNSET;
    hlcf->dry_run = NGX_CONF_UNSET;
    hlcf->body_max = NGX_CONF_UNSET_SIZE;
    hlcf->log_level = NGX_CONF_UNSET_UINT;

    hlcf->warned = ngx_pcalloc(cf->pool, sizeof(ngx_uint_t));
    if (hlcf->warned == NULL) {
        return NULL;
    }

    return hlcf;
}


static char *
ngx_http_healthpass_merge_loc_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_http_healthpass_loc_conf_t *prev = parent;
    ngx_http_healthpass_loc_conf_t *conf = child;

    ngx_http_core_loc_conf_t         *clcf;
    ngx_http_healthpass_main_conf_t  *hmcf;

    hmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_healthpass_module);

    ngx_conf_merge_uint_value(conf->verify, prev->verify,
                              NGX_HTTP_HEALTHPASS_OFF);

    /* a file without a set means the file's own: the set is another file's */

    if (conf->policy_path.data == NULL && conf->rules_set.data == NULL) {
        conf->rules_set = prev->rules_set;
    }

    ngx_conf_merge_str_value(conf->policy_path, prev->policy_path,
                             "/etc/healthpass/policy.conf");

    if (conf->next_path.data == NULL) {
        conf->next_path = prev->next_path;
        conf->next_rules = prev->next_rules;
    }

    ngx_conf_merge_ptr_value(conf->sources, prev->sources, hmcf->sources);
    ngx_conf_merge_ptr_value(conf->holder, prev->holder, NULL);
    ngx_conf_merge_ptr_value(conf->persons, prev->persons, NULL);
    ngx_conf_merge_ptr_value(conf->visit, prev->visit, NULL);
    ngx_conf_merge_ptr_value(conf->reuse, prev->reuse, NULL);
    ngx_conf_merge_ptr_value(conf->clearance, prev->clearance, NULL);
    ngx_conf_merge_value(conf->strip, prev->strip, 1);
    ngx_conf_merge_value(conf->dry_run, prev->dry_run, 0);
    ngx_conf_merge_size_value(conf->body_max, prev->body_max, 64 * 1024);
    ngx_conf_merge_bitmask_value(conf->expose, prev->expose,
                                 NGX_CONF_BITMASK_SET);
    ngx_conf_merge_uint_value(conf->log_level, prev->log_level, NGX_LOG_INFO);

    if (conf->language == NULL) {
        conf->language = prev->language;
    }

    if (conf->realm == NULL) {
        conf->realm = prev->realm;
    }

    if (conf->www_authenticate == NULL) {
        conf->www_authenticate = prev->www_authenticate;
    }

    /* "if" and "limit_except" are nameless locations: both go on in them */

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (conf->check == NGX_CONF_UNSET) {
        conf->check = (clcf->noname && prev->check == 1);
        conf->show = conf->check ? prev->show : 0;
    }

    if (conf->status == NGX_CONF_UNSET_UINT) {
        conf->status = clcf->noname && prev->status != NGX_CONF_UNSET_UINT
                       ? prev->status : NGX_HTTP_HEALTHPASS_STATUS_OFF;
    }

    if (conf->verify == NGX_HTTP_HEALTHPASS_OFF && !conf->check) {
        return NGX_CONF_OK;
    }

    hmcf->dry_run |= (conf->dry_run == 1);

    ngx_http_healthpass_warn_of_body(cf, hmcf, conf);
    ngx_http_healthpass_warn_of_underscores(cf, conf);

    if (ngx_http_healthpass_use_policy(cf, hmcf, conf) != NGX_CONF_OK
        || ngx_http_healthpass_check_persons(cf, conf) != NGX_CONF_OK)
    {
        return NGX_CONF_ERROR;
    }

    if ((conf->show
         && ngx_http_healthpass_check_show(cf, conf) != NGX_CONF_OK)
        || (conf->clearance
            && ngx_http_healthpass_check_clearance(cf, hmcf, conf)
               != NGX_CONF_OK))
    {
        return NGX_CONF_ERROR;
    }

    return conf->reuse ? ngx_http_healthpass_check_reuse(cf, hmcf, conf)
                       : NGX_CONF_OK;
}


static char *
ngx_http_healthpass_use_policy(ngx_conf_t *cf,
    ngx_http_healthpass_main_conf_t *hmcf,
    ngx_http_healthpass_loc_conf_t *conf)
{
    ngx_str_t  path;

    path = conf->policy_path;

    if (ngx_conf_full_name(cf->cycle, &path, 1) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    conf->policy = ngx_http_healthpass_get_policy(cf, hmcf, &path,
                                                  &conf->rules_set);
    if (conf->policy == NULL) {
        return NGX_CONF_ERROR;
    }

    conf->policy->gate = 1;

    return ngx_http_healthpass_use_next(cf, hmcf, conf);
}


/*
 * A body that exceeds client_body_buffer_size is written to disk, pass and all;
 * told once, not once a location.
 */

static void
ngx_http_healthpass_warn_of_body(ngx_conf_t *cf,
    ngx_http_healthpass_main_conf_t *hmcf,
    ngx_http_healthpass_loc_conf_t *conf)
{
    ngx_uint_t                     i, body;
    ngx_http_core_loc_conf_t      *clcf;
    ngx_http_healthpass_source_t  *source;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    source = conf->sources->elts;
    body = ngx_http_healthpass_values_in_body(conf);

    if (body && clcf->internal && conf->check) {
        ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                      "healthpass: location \"%V\" is internal: a subrequest "
                      "has no body to find the holder's name in", &clcf->name);
    }

    for (i = 0; i < conf->sources->nelts; i++) {
        body |= ngx_http_healthpass_from_body(&source[i]);

        if (clcf->internal && conf->check && conf->sources != hmcf->sources
            && (ngx_http_healthpass_from_body(&source[i])
                || source[i].kind == NGX_HTTP_HEALTHPASS_ARG))
        {
            ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                          "healthpass: location \"%V\" is internal: in a "
                          "subrequest \"%V\" finds nothing", &clcf->name,
                          &source[i].spelled);
        }
    }

    if (body && !hmcf->body_warned
        && clcf->client_body_buffer_size < conf->body_max)
    {
        hmcf->body_warned = 1;

        ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                      "healthpass: client_body_buffer_size (%uz) is below "
                      "healthpass_body_max (%uz): a request body between "
                      "them is written to disk with the pass in it",
                      clcf->client_body_buffer_size, conf->body_max);
    }
}


/* Told once a source, which locations share. */

static void
ngx_http_healthpass_warn_of_underscores(ngx_conf_t *cf,
    ngx_http_healthpass_loc_conf_t *conf)
{
    ngx_uint_t                     i;
    ngx_http_core_srv_conf_t      *cscf;
    ngx_http_healthpass_source_t  *source;

    cscf = ngx_http_conf_get_module_srv_conf(cf, ngx_http_core_module);

    if (cscf->underscores_in_headers || !cscf->ignore_invalid_headers) {
        return;
    }

    source = conf->sources->elts;

    for (i = 0; i < conf->sources->nelts; i++) {

        if (source[i].kind != NGX_HTTP_HEALTHPASS_HEADER || source[i].warned
            || ngx_strlchr(source[i].name.data,
                           source[i].name.data + source[i].name.len, '_')
               == NULL)
        {
            continue;
        }

        source[i].warned = 1;

        ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                      "healthpass: source \"%V\" finds nothing: nginx drops "
                      "headers with \"_\" unless \"underscores_in_headers\" "
                      "is on", &source[i].spelled);
    }
}


static char *
ngx_http_healthpass_policy(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_healthpass_loc_conf_t *hlcf = conf;

    ngx_str_t   *value;
    ngx_uint_t   i;

    if (hlcf->policy_path.data || hlcf->rules_set.data) {
        return "is duplicate";
    }

    value = cf->args->elts;

    for (i = 1; i < cf->args->nelts; i++) {

        if (ngx_strncmp(value[i].data, "rules=", 6) == 0
            && value[i].len > 6
            && hlcf->rules_set.data == NULL)
        {
            hlcf->rules_set.len = value[i].len - 6;
            hlcf->rules_set.data = value[i].data + 6;
            continue;
        }

        if (i > 1 || value[i].len == 0
            || ngx_strncmp(value[i].data, "rules=", 6) == 0)
        {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid parameter \"%V\"", &value[i]);
            return NGX_CONF_ERROR;
        }

        hlcf->policy_path = value[i];
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_healthpass_check(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_healthpass_loc_conf_t *hlcf = conf;

    ngx_str_t  *value;

    if (hlcf->check != NGX_CONF_UNSET) {
        return "is duplicate";
    }

    if (hlcf->status != NGX_CONF_UNSET_UINT) {
        return "and \"healthpass_status\" cannot both answer in one location";
    }

    if (cf->args->nelts > 1) {
        value = cf->args->elts;

        if (cf->args->nelts > 2
            || ngx_strncmp(value[1].data, "show=", 5) != 0)
        {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid parameter \"%V\"",
                               &value[cf->args->nelts - 1]);
            return NGX_CONF_ERROR;
        }

        if (ngx_http_healthpass_show_parameter(cf, hlcf, &value[1])
            != NGX_CONF_OK)
        {
            return NGX_CONF_ERROR;
        }
    }

    hlcf->check = 1;

    return NGX_CONF_OK;
}


static char *
ngx_http_healthpass_dry_run(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_healthpass_loc_conf_t *hlcf = conf;

    char  *rv;

    rv = ngx_conf_set_flag_slot(cf, cmd, conf);

    if (rv == NGX_CONF_OK && hlcf->dry_run) {
        ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                           "\"healthpass_dry_run on\" lets everybody in");
    }

    return rv;
}


static char *
ngx_http_healthpass_www_authenticate(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_str_t  *value;

    value = cf->args->elts;

    /* an empty header is not sent, whatever variable it comes from */

    if (ngx_strcmp(value[1].data, "off") == 0) {
        ngx_str_set(&value[1], "");
    }

    return ngx_http_set_complex_value_slot(cf, cmd, conf);
}


/* 0 is no limit elsewhere in nginx, and would be "no body" here. */

static char *
ngx_http_healthpass_check_body_max(ngx_conf_t *cf, void *post, void *data)
{
    size_t *body_max = data;

    if (*body_max == 0) {
        return "must not be 0";
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_healthpass_check_refresh(ngx_conf_t *cf, void *post, void *data)
{
    ngx_msec_t *refresh = data;

    if (*refresh < 100) {
        return "must be at least 100ms";
    }

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_healthpass_init_process(ngx_cycle_t *cycle)
{
    ngx_http_healthpass_main_conf_t  *hmcf;

    /* the cache manager and the cache loader serve nobody */

    if (ngx_process != NGX_PROCESS_WORKER && ngx_process != NGX_PROCESS_SINGLE) {
        return NGX_OK;
    }

    hmcf = ngx_http_cycle_get_module_main_conf(cycle,
                                               ngx_http_healthpass_module);

    if (hmcf && hmcf->policies.nelts) {
        ngx_http_healthpass_enter_worker(hmcf);
        ngx_http_healthpass_start_refresh(cycle, hmcf);
    }

    return NGX_OK;
}


static void
ngx_http_healthpass_exit_process(ngx_cycle_t *cycle)
{
    ngx_http_healthpass_main_conf_t  *hmcf;

    hmcf = ngx_http_cycle_get_module_main_conf(cycle,
                                               ngx_http_healthpass_module);

    if (hmcf) {
        ngx_http_healthpass_redis_exit(hmcf);
        ngx_http_healthpass_leave_worker(hmcf);
    }
}
