
/*
 * $healthpass_...: verdict, reason and stage always have a value once a pass was
 * judged.  The others only where healthpass_expose names them: beside an address
 * or a user name even "recovery" is health data.
 */


#include "ngx_http_healthpass.h"


/* the lowest bit is NGX_CONF_BITMASK_SET */
#define ngx_http_healthpass_bit(n)  ((ngx_uint_t) 2 << (n))


typedef ngx_int_t (*ngx_http_healthpass_get_pt)(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_str_t *value);


typedef struct {
    ngx_str_t                     name;
    ngx_http_healthpass_get_pt    get;
    ngx_uint_t                    always;   /* unsigned:1 */
} ngx_http_healthpass_variable_t;


static ngx_int_t ngx_http_healthpass_get_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_healthpass_text(ngx_str_t *value, const char *text);
static ngx_int_t ngx_http_healthpass_get_verdict(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_str_t *value);
static ngx_int_t ngx_http_healthpass_get_reason(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_str_t *value);
static ngx_int_t ngx_http_healthpass_get_stage(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_str_t *value);
static ngx_int_t ngx_http_healthpass_get_format(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_str_t *value);
static ngx_int_t ngx_http_healthpass_get_kind(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_str_t *value);
static ngx_int_t ngx_http_healthpass_get_issuer(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_str_t *value);
static ngx_int_t ngx_http_healthpass_get_kid(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_str_t *value);
static ngx_int_t ngx_http_healthpass_get_valid_until(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_str_t *value);
static ngx_int_t ngx_http_healthpass_get_rule(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_str_t *value);
static ngx_int_t ngx_http_healthpass_get_source(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_str_t *value);
static ngx_int_t ngx_http_healthpass_get_pass_id(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_str_t *value);
static ngx_int_t ngx_http_healthpass_get_reuse(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_str_t *value);
static ngx_int_t ngx_http_healthpass_get_uses(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_str_t *value);
static ngx_int_t ngx_http_healthpass_get_holder_match(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_str_t *value);
static ngx_int_t ngx_http_healthpass_get_failed_index(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_str_t *value);
static ngx_int_t ngx_http_healthpass_number(ngx_http_request_t *r,
    ngx_uint_t n, ngx_str_t *value);
static ngx_int_t ngx_http_healthpass_get_language(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_str_t *value);
static ngx_int_t ngx_http_healthpass_get_reference(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_str_t *value);
static char *ngx_http_healthpass_expose_one(ngx_conf_t *cf,
    ngx_http_healthpass_loc_conf_t *hlcf, ngx_str_t *name);


static ngx_http_healthpass_variable_t  ngx_http_healthpass_variables[] = {
    { ngx_string("healthpass_verdict"), ngx_http_healthpass_get_verdict, 1 },
    { ngx_string("healthpass_reason"), ngx_http_healthpass_get_reason, 1 },
    { ngx_string("healthpass_stage"), ngx_http_healthpass_get_stage, 1 },
    { ngx_string("healthpass_reuse"), ngx_http_healthpass_get_reuse, 1 },
    { ngx_string("healthpass_language"), ngx_http_healthpass_get_language, 1 },
    { ngx_string("healthpass_uses"), ngx_http_healthpass_get_uses, 0 },
    { ngx_string("healthpass_format"), ngx_http_healthpass_get_format, 0 },
    { ngx_string("healthpass_kind"), ngx_http_healthpass_get_kind, 0 },
    { ngx_string("healthpass_issuer"), ngx_http_healthpass_get_issuer, 0 },
    { ngx_string("healthpass_kid"), ngx_http_healthpass_get_kid, 0 },
    { ngx_string("healthpass_valid_until"),
      ngx_http_healthpass_get_valid_until, 0 },
    { ngx_string("healthpass_rule"), ngx_http_healthpass_get_rule, 0 },
    { ngx_string("healthpass_source"), ngx_http_healthpass_get_source, 0 },
    { ngx_string("healthpass_pass_id"), ngx_http_healthpass_get_pass_id, 0 },
    { ngx_string("healthpass_holder_match"),
      ngx_http_healthpass_get_holder_match, 0 },
    { ngx_string("healthpass_failed_index"),
      ngx_http_healthpass_get_failed_index, 0 },
    { ngx_string("healthpass_problem"), ngx_http_healthpass_problem, 0 },
    { ngx_string("healthpass_reference"),
      ngx_http_healthpass_get_reference, 0 },
    { ngx_null_string, NULL, 0 }
};


ngx_int_t
ngx_http_healthpass_add_variables(ngx_conf_t *cf)
{
    ngx_uint_t            i;
    ngx_http_variable_t  *var;

    for (i = 0; ngx_http_healthpass_variables[i].name.len; i++) {

        /*
         * not cacheable: "map" or "if" may ask before there is a verdict, and
         * the access log must not see that answer
         */

        var = ngx_http_add_variable(cf, &ngx_http_healthpass_variables[i].name,
                                    NGX_HTTP_VAR_NOCACHEABLE);
        if (var == NULL) {
            return NGX_ERROR;
        }

        var->get_handler = ngx_http_healthpass_get_variable;
        var->data = i;
    }

    return NGX_OK;
}


/* ---- healthpass_expose ---- */


char *
ngx_http_healthpass_expose(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_healthpass_loc_conf_t *hlcf = conf;

    char        *rv;
    ngx_str_t   *value;
    ngx_uint_t   i;

    if (hlcf->expose) {
        return "is duplicate";
    }

    hlcf->expose = NGX_CONF_BITMASK_SET;

    value = cf->args->elts;

    for (i = 1; i < cf->args->nelts; i++) {
        rv = ngx_http_healthpass_expose_one(cf, hlcf, &value[i]);
        if (rv != NGX_CONF_OK) {
            return rv;
        }
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_healthpass_expose_one(ngx_conf_t *cf,
    ngx_http_healthpass_loc_conf_t *hlcf, ngx_str_t *name)
{
    size_t                            prefix;
    ngx_str_t                        *var;
    ngx_uint_t                        i;
    ngx_http_healthpass_main_conf_t  *hmcf;

    prefix = sizeof("healthpass_") - 1;

    for (i = 0; ngx_http_healthpass_variables[i].name.len; i++) {
        var = &ngx_http_healthpass_variables[i].name;

        if (var->len != prefix + name->len
            || ngx_strncmp(var->data + prefix, name->data, name->len) != 0)
        {
            continue;
        }

        if (hlcf->expose & ngx_http_healthpass_bit(i)) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "\"%V\" is given twice", name);
            return NGX_CONF_ERROR;
        }

        hlcf->expose |= ngx_http_healthpass_bit(i);

        if (ngx_http_healthpass_variables[i].get
            == ngx_http_healthpass_get_pass_id)
        {
            hmcf = ngx_http_conf_get_module_main_conf(cf,
                                                  ngx_http_healthpass_module);
            hmcf->want_id = 1;
        }

        return NGX_CONF_OK;
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "there is no variable \"$healthpass_%V\" to expose",
                       name);
    return NGX_CONF_ERROR;
}


/* ---- values ---- */


static ngx_int_t
ngx_http_healthpass_get_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_int_t                        rc;
    ngx_str_t                        value;
    ngx_http_healthpass_ctx_t       *ctx;
    ngx_http_healthpass_variable_t  *var;
    ngx_http_healthpass_loc_conf_t  *hlcf;

    v->not_found = 1;

    ctx = ngx_http_healthpass_get_ctx(r);
    hlcf = ngx_http_get_module_loc_conf(r, ngx_http_healthpass_module);

    var = &ngx_http_healthpass_variables[data];

    if (ctx == NULL
        || (!var->always && !(hlcf->expose & ngx_http_healthpass_bit(data))))
    {
        return NGX_OK;
    }

    rc = var->get(r, ctx, &value);

    if (rc == NGX_DECLINED) {
        return NGX_OK;
    }

    if (rc != NGX_OK) {
        return NGX_ERROR;
    }

    v->valid = 1;
    v->no_cacheable = 0;
    v->not_found = 0;
    v->len = value.len;
    v->data = value.data;

    return NGX_OK;
}


/* A text that outlives the request; NULL and "" are no value. */

static ngx_int_t
ngx_http_healthpass_text(ngx_str_t *value, const char *text)
{
    if (text == NULL || text[0] == '\0') {
        return NGX_DECLINED;
    }

    value->data = (u_char *) text;
    value->len = ngx_strlen(text);

    return NGX_OK;
}


static ngx_int_t
ngx_http_healthpass_get_verdict(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_str_t *value)
{
    hp_reason  reason;

    reason = ctx->decisive->verdict.reason;

    if (reason == HP_OK) {
        return ngx_http_healthpass_text(value, "accepted");
    }

    if (reason == HP_NO_PASS && ctx->optional) {
        return ngx_http_healthpass_text(value, "none");
    }

    return ngx_http_healthpass_text(value, hp_reason_is_fault(reason)
                                           ? "fault" : "refused");
}


static ngx_int_t
ngx_http_healthpass_get_reason(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_str_t *value)
{
    return ngx_http_healthpass_text(value,
                               hp_reason_name(ctx->decisive->verdict.reason));
}


static ngx_int_t
ngx_http_healthpass_get_stage(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_str_t *value)
{
    return ngx_http_healthpass_text(value,
                              hp_reason_stage(ctx->decisive->verdict.reason));
}


/* Only where healthpass_reuse is on, and a pass came so far as to be counted. */

static ngx_int_t
ngx_http_healthpass_get_reuse(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_str_t *value)
{
    hp_verdict  *v;

    v = &ctx->decisive->verdict;

    if (v->uses == 0) {
        return NGX_DECLINED;
    }

    if (v->reason == HP_REUSED) {
        return ngx_http_healthpass_text(value, "reused");
    }

    return ngx_http_healthpass_text(value, v->suspect ? "suspect" : "ok");
}


static ngx_int_t
ngx_http_healthpass_get_uses(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_str_t *value)
{
    return ngx_http_healthpass_number(r, ctx->decisive->verdict.uses, value);
}


/* Which person of a party it is that was refused, from 1. */

static ngx_int_t
ngx_http_healthpass_get_failed_index(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_str_t *value)
{
    return ngx_http_healthpass_number(r, ctx->failed, value);
}


/* 0 is no value. */

static ngx_int_t
ngx_http_healthpass_number(ngx_http_request_t *r, ngx_uint_t n,
    ngx_str_t *value)
{
    if (n == 0) {
        return NGX_DECLINED;
    }

    value->data = ngx_pnalloc(r->pool, NGX_INT_T_LEN);
    if (value->data == NULL) {
        return NGX_ERROR;
    }

    value->len = ngx_sprintf(value->data, "%ui", n) - value->data;

    return NGX_OK;
}


static ngx_int_t
ngx_http_healthpass_get_format(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_str_t *value)
{
    return ngx_http_healthpass_text(value, ctx->decisive->verdict.format);
}


static ngx_int_t
ngx_http_healthpass_get_kind(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_str_t *value)
{
    if (ctx->decisive->verdict.kind == '\0') {
        return NGX_DECLINED;
    }

    value->data = (u_char *) &ctx->decisive->verdict.kind;
    value->len = 1;

    return NGX_OK;
}


static ngx_int_t
ngx_http_healthpass_get_issuer(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_str_t *value)
{
    return ngx_http_healthpass_text(value, ctx->decisive->verdict.issuer);
}


static ngx_int_t
ngx_http_healthpass_get_kid(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_str_t *value)
{
    return ngx_http_healthpass_text(value, ctx->decisive->verdict.kid);
}


static ngx_int_t
ngx_http_healthpass_get_valid_until(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_str_t *value)
{
    double    until;
    ngx_tm_t  tm;

    until = ctx->decisive->verdict.valid_until;

    /* HP_TIME_LAST is no end */

    if (until < 1 || until >= HP_TIME_LAST) {
        return NGX_DECLINED;
    }

    value->data = ngx_pnalloc(r->pool, sizeof("9999-12-31T23:59:59Z"));
    if (value->data == NULL) {
        return NGX_ERROR;
    }

    ngx_gmtime((time_t) until, &tm);

    value->len = ngx_sprintf(value->data, "%4d-%02d-%02dT%02d:%02d:%02dZ",
                             tm.ngx_tm_year, tm.ngx_tm_mon, tm.ngx_tm_mday,
                             tm.ngx_tm_hour, tm.ngx_tm_min, tm.ngx_tm_sec)
                 - value->data;

    return NGX_OK;
}


static ngx_int_t
ngx_http_healthpass_get_rule(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_str_t *value)
{
    return ngx_http_healthpass_text(value, ctx->decisive->verdict.rule);
}


static ngx_int_t
ngx_http_healthpass_get_source(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_str_t *value)
{
    if (ctx->decisive->source == NULL) {
        return NGX_DECLINED;
    }

    *value = ctx->decisive->source->spelled;

    return NGX_OK;
}


/* Who is refused for something else was not compared. */

static ngx_int_t
ngx_http_healthpass_get_holder_match(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_str_t *value)
{
    if (ctx->decisive->verdict.reason == HP_HOLDER) {
        return ngx_http_healthpass_text(value, "no");
    }

    return ngx_http_healthpass_text(value,
               ctx->holder && ctx->decisive->text.len
               && ctx->decisive->verdict.reason == HP_OK ? "yes" : NULL);
}


static ngx_int_t
ngx_http_healthpass_get_pass_id(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_str_t *value)
{
    hp_verdict  *verdict;

    verdict = &ctx->decisive->verdict;

    if (!verdict->has_pass_id) {
        return NGX_DECLINED;
    }

    value->len = 2 * sizeof(verdict->pass_id);

    value->data = ngx_pnalloc(r->pool, value->len);
    if (value->data == NULL) {
        return NGX_ERROR;
    }

    (void) ngx_hex_dump(value->data, verdict->pass_id,
                        sizeof(verdict->pass_id));

    return NGX_OK;
}


static ngx_int_t
ngx_http_healthpass_get_reference(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_str_t *value)
{
    ngx_http_healthpass_reference(r, value);

    return NGX_OK;
}


/* Of what $healthpass_problem says. */

static ngx_int_t
ngx_http_healthpass_get_language(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_str_t *value)
{
    return ngx_http_healthpass_text(value, ctx->language);
}
