
/*
 * healthpass_clearance: the directive, what is checked of it at start, and the
 * files of keys, each of which is loaded once and looked at by every worker.
 */


#include "ngx_http_healthpass.h"


#define NGX_HTTP_HEALTHPASS_TTL_MAX  (7 * 86400)


static char *ngx_http_healthpass_clearance_cookie(ngx_conf_t *cf, void *conf,
    ngx_str_t *text);
static char *ngx_http_healthpass_clearance_header(ngx_conf_t *cf, void *conf,
    ngx_str_t *text);
static char *ngx_http_healthpass_clearance_carrier(ngx_conf_t *cf,
    ngx_http_healthpass_clearance_t *clearance, ngx_http_healthpass_kind_e kind,
    ngx_str_t *text);
static char *ngx_http_healthpass_clearance_key(ngx_conf_t *cf, void *conf,
    ngx_str_t *text);
static char *ngx_http_healthpass_clearance_ttl(ngx_conf_t *cf, void *conf,
    ngx_str_t *text);
static char *ngx_http_healthpass_clearance_bind(ngx_conf_t *cf, void *conf,
    ngx_str_t *text);
static char *ngx_http_healthpass_clearance_scope(ngx_conf_t *cf, void *conf,
    ngx_str_t *text);
static char *ngx_http_healthpass_clearance_samesite(ngx_conf_t *cf, void *conf,
    ngx_str_t *text);
static char *ngx_http_healthpass_clearance_exemptions(ngx_conf_t *cf,
    void *conf, ngx_str_t *text);
static const char *ngx_http_healthpass_clearance_lack(
    ngx_http_healthpass_main_conf_t *hmcf,
    ngx_http_healthpass_loc_conf_t *conf);
static const char *ngx_http_healthpass_exemptions_lack(
    ngx_http_healthpass_main_conf_t *hmcf,
    ngx_http_healthpass_loc_conf_t *conf);
static ngx_http_healthpass_keys_t *ngx_http_healthpass_get_keys(
    ngx_conf_t *cf, ngx_str_t *path);
static void ngx_http_healthpass_free_keys_file(void *data);


static ngx_http_healthpass_parameter_t
    ngx_http_healthpass_clearance_parameters[] =
{
    { "cookie=", ngx_http_healthpass_clearance_cookie },
    { "header=", ngx_http_healthpass_clearance_header },
    { "key=", ngx_http_healthpass_clearance_key },
    { "ttl=", ngx_http_healthpass_clearance_ttl },
    { "bind=", ngx_http_healthpass_clearance_bind },
    { "scope=", ngx_http_healthpass_clearance_scope },
    { "samesite=", ngx_http_healthpass_clearance_samesite },
    { "exemptions=", ngx_http_healthpass_clearance_exemptions },
    { NULL, NULL }
};


/* as the attribute is written, RFC 6265bis 4.1.2.7 */

static struct {
    ngx_str_t    word;
    ngx_str_t    attribute;
} ngx_http_healthpass_samesite[] = {
    { ngx_string("lax"), ngx_string("Lax") },
    { ngx_string("strict"), ngx_string("Strict") },
    { ngx_string("none"), ngx_string("None") },
    { ngx_null_string, ngx_null_string }
};


/* ---- the directive ---- */


char *
ngx_http_healthpass_clearance(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_healthpass_loc_conf_t *hlcf = conf;

    ngx_str_t                        *value;
    ngx_http_healthpass_clearance_t  *clearance;

    if (hlcf->clearance != NGX_CONF_UNSET_PTR) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (cf->args->nelts == 2 && ngx_strcmp(value[1].data, "off") == 0) {
        hlcf->clearance = NULL;
        return NGX_CONF_OK;
    }

    clearance = ngx_pcalloc(cf->pool, sizeof(ngx_http_healthpass_clearance_t));
    if (clearance == NULL) {
        return NGX_CONF_ERROR;
    }

    clearance->source.kind = NGX_HTTP_HEALTHPASS_CLEARANCE;
    ngx_str_set(&clearance->source.spelled, "clearance");

    if (ngx_http_healthpass_set_parameters(cf,
                                       ngx_http_healthpass_clearance_parameters,
                                       clearance)
        != NGX_CONF_OK)
    {
        return NGX_CONF_ERROR;
    }

    if (clearance->carrier == NULL || clearance->keys == NULL
        || clearance->ttl == 0)
    {
        return "needs \"cookie=\" or \"header=\", \"key=\" and \"ttl=\"";
    }

    if (clearance->samesite.len
        && clearance->carrier->kind == NGX_HTTP_HEALTHPASS_HEADER)
    {
        return "has no use for \"samesite=\" without \"cookie=\"";
    }

    if (clearance->samesite.len == 0) {
        clearance->samesite = ngx_http_healthpass_samesite[0].attribute;
    }

    hlcf->clearance = clearance;

    return NGX_CONF_OK;
}


static char *
ngx_http_healthpass_clearance_cookie(ngx_conf_t *cf, void *conf,
    ngx_str_t *text)
{
    ngx_http_healthpass_clearance_t *clearance = conf;

    return ngx_http_healthpass_clearance_carrier(cf, clearance,
                                                 NGX_HTTP_HEALTHPASS_COOKIE,
                                                 text);
}


static char *
ngx_http_healthpass_clearance_header(ngx_conf_t *cf, void *conf,
    ngx_str_t *text)
{
    ngx_http_healthpass_clearance_t *clearance = conf;

    return ngx_http_healthpass_clearance_carrier(cf, clearance,
                                                 NGX_HTTP_HEALTHPASS_HEADER,
                                                 text);
}


static char *
ngx_http_healthpass_clearance_carrier(ngx_conf_t *cf,
    ngx_http_healthpass_clearance_t *clearance, ngx_http_healthpass_kind_e kind,
    ngx_str_t *text)
{
    ngx_http_healthpass_source_t  *carrier;

    if (clearance->carrier) {
        return "one cookie or one header";
    }

    clearance->carriers = ngx_array_create(cf->pool, 1,
                                       sizeof(ngx_http_healthpass_source_t));
    if (clearance->carriers == NULL) {
        return NGX_CONF_ERROR;
    }

    carrier = ngx_array_push(clearance->carriers);
    if (carrier == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_memzero(carrier, sizeof(ngx_http_healthpass_source_t));
    carrier->kind = kind;
    carrier->name = *text;
    carrier->spelled = *text;

    clearance->carrier = carrier;

    return ngx_http_healthpass_check_name(cf, carrier);
}


static char *
ngx_http_healthpass_clearance_key(ngx_conf_t *cf, void *conf,
    ngx_str_t *text)
{
    ngx_http_healthpass_clearance_t *clearance = conf;

    ngx_str_t  path;

    if (clearance->keys) {
        return "a file, once";
    }

    path = *text;

    if (ngx_conf_full_name(cf->cycle, &path, 1) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    clearance->keys = ngx_http_healthpass_get_keys(cf, &path);

    return clearance->keys ? NULL : NGX_CONF_ERROR;
}


static char *
ngx_http_healthpass_clearance_ttl(ngx_conf_t *cf, void *conf,
    ngx_str_t *text)
{
    ngx_http_healthpass_clearance_t *clearance = conf;

    ngx_int_t  n;

    n = ngx_parse_time(text, 1);

    if (n < 1 || n > NGX_HTTP_HEALTHPASS_TTL_MAX || clearance->ttl) {
        return "a time from 1s to 7d, once";
    }

    clearance->ttl = (uint32_t) n;

    return NULL;
}


static char *
ngx_http_healthpass_clearance_bind(ngx_conf_t *cf, void *conf,
    ngx_str_t *text)
{
    ngx_http_healthpass_clearance_t *clearance = conf;

    ngx_http_compile_complex_value_t  ccv;

    if (clearance->bind) {
        return "a value, once";
    }

    clearance->bind = ngx_palloc(cf->pool, sizeof(ngx_http_complex_value_t));
    if (clearance->bind == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_memzero(&ccv, sizeof(ngx_http_compile_complex_value_t));

    ccv.cf = cf;
    ccv.value = text;
    ccv.complex_value = clearance->bind;

    return ngx_http_compile_complex_value(&ccv) == NGX_OK ? NULL
                                                          : NGX_CONF_ERROR;
}


static char *
ngx_http_healthpass_clearance_scope(ngx_conf_t *cf, void *conf,
    ngx_str_t *text)
{
    ngx_http_healthpass_clearance_t *clearance = conf;

    if (text->len > HP_CLEARANCE_SCOPE || clearance->scope.len) {
        return "a name of at most 64 bytes, once";
    }

    clearance->scope = *text;

    return NULL;
}


static char *
ngx_http_healthpass_clearance_samesite(ngx_conf_t *cf, void *conf,
    ngx_str_t *text)
{
    ngx_http_healthpass_clearance_t *clearance = conf;

    ngx_uint_t  i;

    for (i = 0; ngx_http_healthpass_samesite[i].word.len; i++) {

        if (clearance->samesite.len == 0
            && ngx_strcmp(text->data, ngx_http_healthpass_samesite[i].word.data)
               == 0)
        {
            clearance->samesite = ngx_http_healthpass_samesite[i].attribute;
            return NULL;
        }
    }

    return "\"lax\", \"strict\" or \"none\", once";
}


static char *
ngx_http_healthpass_clearance_exemptions(ngx_conf_t *cf, void *conf,
    ngx_str_t *text)
{
    ngx_http_healthpass_clearance_t *clearance = conf;

    clearance->exemptions = (ngx_strcmp(text->data, "on") == 0);

    if ((!clearance->exemptions && ngx_strcmp(text->data, "off") != 0)
        || clearance->exemptions_given)
    {
        return "\"on\" or \"off\", once";
    }

    clearance->exemptions_given = 1;

    return NULL;
}


/* ---- at start ---- */


char *
ngx_http_healthpass_check_clearance(ngx_conf_t *cf,
    ngx_http_healthpass_main_conf_t *hmcf,
    ngx_http_healthpass_loc_conf_t *conf)
{
    const char                *lack;
    ngx_http_core_loc_conf_t  *clcf;

    lack = ngx_http_healthpass_clearance_lack(hmcf, conf);

    if (lack) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"healthpass_clearance\" %s", lack);
        return NGX_CONF_ERROR;
    }

    if (conf->reuse && conf->reuse->commit) {
        clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

        ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                      "healthpass: location \"%V\": with commit= a pass wins "
                      "no clearance: whether it counts is known only when the "
                      "answer is", &clcf->name);
    }

    return NGX_CONF_OK;
}


static const char *
ngx_http_healthpass_clearance_lack(ngx_http_healthpass_main_conf_t *hmcf,
    ngx_http_healthpass_loc_conf_t *conf)
{
    ngx_uint_t                     i;
    ngx_http_healthpass_source_t  *source;

    if (!hp_policy_can_count(conf->policy->policy)) {
        return "needs an identity_key in the policy, to know a pass that is "
               "blocked";
    }

    source = conf->sources->elts;

    for (i = 0; i < conf->sources->nelts; i++) {
        if (ngx_http_healthpass_same_source(&source[i],
                                            conf->clearance->carrier))
        {
            return "cannot be where a pass is: \"healthpass_source\" has that "
                   "cookie or header";
        }
    }

    return conf->clearance->exemptions
           ? ngx_http_healthpass_exemptions_lack(hmcf, conf) : NULL;
}


/* One use of each is the ledger's to hold; whom it is for has to be known. */

static const char *
ngx_http_healthpass_exemptions_lack(ngx_http_healthpass_main_conf_t *hmcf,
    ngx_http_healthpass_loc_conf_t *conf)
{
    const hp_ledger_place  *ledger;

    ledger = hp_policy_ledger(conf->policy->policy);

    if (ledger->kind == HP_LEDGER_FILE) {
        return "with \"exemptions=on\" cannot go by a ledger in a file, which "
               "is for PAM";
    }

    if (ledger->kind == HP_LEDGER_MEMORY && hmcf->zone == NULL) {
        return "with \"exemptions=on\" needs a \"healthpass_zone\", to know "
               "which were used";
    }

    if (conf->reuse == NULL && conf->clearance->bind == NULL) {
        return "with \"exemptions=on\" needs \"bind=\", or "
               "\"healthpass_reuse\" with \"by=\", to know the booking";
    }

    return NULL;
}


/* ---- files of keys ---- */


static ngx_http_healthpass_keys_t *
ngx_http_healthpass_get_keys(ngx_conf_t *cf, ngx_str_t *path)
{
    hp_error                          error;
    ngx_uint_t                        i;
    ngx_pool_cleanup_t               *cln;
    ngx_http_healthpass_keys_t       *keys, **all;
    ngx_http_healthpass_main_conf_t  *hmcf;

    hmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_healthpass_module);

    all = hmcf->clearance_keys.elts;

    for (i = 0; i < hmcf->clearance_keys.nelts; i++) {
        if (all[i]->path.len == path->len
            && ngx_strncmp(all[i]->path.data, path->data, path->len) == 0)
        {
            return all[i];
        }
    }

    all = ngx_array_push(&hmcf->clearance_keys);
    if (all == NULL) {
        return NULL;
    }

    cln = ngx_pool_cleanup_add(cf->pool, sizeof(ngx_http_healthpass_keys_t));
    if (cln == NULL) {
        return NULL;
    }

    keys = cln->data;
    keys->path = *path;
    keys->keys = NULL;

    cln->handler = ngx_http_healthpass_free_keys_file;

    *all = keys;

    keys->keys = hp_clearance_keys_load((char *) path->data, &error);

    if (keys->keys == NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "healthpass: %s", error.text);
        return NULL;
    }

    return keys;
}


static void
ngx_http_healthpass_free_keys_file(void *data)
{
    ngx_http_healthpass_keys_t *keys = data;

    hp_clearance_keys_free(keys->keys);
    keys->keys = NULL;
}


/* A look is one stat() a file. */

void
ngx_http_healthpass_refresh_clearance_keys(
    ngx_http_healthpass_main_conf_t *hmcf, ngx_log_t *log)
{
    hp_error                      error;
    ngx_uint_t                    i;
    ngx_http_healthpass_keys_t  **keys;

    keys = hmcf->clearance_keys.elts;

    for (i = 0; i < hmcf->clearance_keys.nelts; i++) {

        if (hp_clearance_keys_refresh(keys[i]->keys, &error)) {
            ngx_log_error(NGX_LOG_NOTICE, log, 0,
                          "healthpass: %V: taken up anew, %uz keys of "
                          "clearances", &keys[i]->path,
                          hp_clearance_keys_count(keys[i]->keys));
        }

        if (error.text[0]) {
            ngx_log_error(NGX_LOG_ERR, log, 0,
                          "healthpass: the keys of clearances read before "
                          "stay: %s", error.text);
        }
    }
}
