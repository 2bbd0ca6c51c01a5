
/*
 * healthpass_persons: for how many persons a pass each has to be shown, and below
 * which age none.  healthpass_visit: on which day.  Both are what a booking says,
 * and what a visitor writes is bounded: so many persons at most, so far ahead.
 */


#include "ngx_http_healthpass.h"


static char *ngx_http_healthpass_persons_parameter(ngx_conf_t *cf,
    ngx_http_healthpass_persons_t *persons, ngx_str_t *parameter);
static char *ngx_http_healthpass_visit_parameter(ngx_conf_t *cf,
    ngx_http_healthpass_visit_t *visit, ngx_str_t *parameter);
static char *ngx_http_healthpass_single_value(ngx_conf_t *cf,
    ngx_http_healthpass_value_t *value, ngx_str_t *text);
static const char *ngx_http_healthpass_persons_lack(
    ngx_http_healthpass_loc_conf_t *conf);
static ngx_uint_t ngx_http_healthpass_all_lists(
    ngx_http_healthpass_loc_conf_t *conf);
static ngx_uint_t ngx_http_healthpass_any_list(
    ngx_http_healthpass_loc_conf_t *conf);
static ngx_uint_t ngx_http_healthpass_value_waits(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_http_healthpass_value_t *value);


/* ---- healthpass_persons ---- */


char *
ngx_http_healthpass_persons(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_healthpass_loc_conf_t *hlcf = conf;

    ngx_str_t                      *value;
    ngx_uint_t                      i;
    ngx_http_healthpass_persons_t  *persons;

    if (hlcf->persons != NGX_CONF_UNSET_PTR) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (cf->args->nelts == 2 && ngx_strcmp(value[1].data, "off") == 0) {
        hlcf->persons = NULL;
        return NGX_CONF_OK;
    }

    persons = ngx_pcalloc(cf->pool, sizeof(ngx_http_healthpass_persons_t));
    if (persons == NULL) {
        return NGX_CONF_ERROR;
    }

    persons->max = 10;

    for (i = 1; i < cf->args->nelts; i++) {
        if (ngx_http_healthpass_persons_parameter(cf, persons, &value[i])
            != NGX_CONF_OK)
        {
            return NGX_CONF_ERROR;
        }
    }

    if (!persons->count.given) {
        return "lacks \"count=\"";
    }

    if (persons->count.field.name.len) {
        ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                           "\"%V\" is what the visitor writes: sell as many "
                           "seats as that, and no more",
                           &persons->count.field.spelled);
    }

    hlcf->persons = persons;

    return NGX_CONF_OK;
}


static char *
ngx_http_healthpass_persons_parameter(ngx_conf_t *cf,
    ngx_http_healthpass_persons_t *persons, ngx_str_t *parameter)
{
    ngx_int_t    n;
    ngx_str_t    text;
    const char  *expected;

    expected = NULL;

    if (ngx_http_healthpass_starts(parameter, "count=", &text)
        && !persons->count.given)
    {
        return ngx_http_healthpass_single_value(cf, &persons->count, &text);
    }

    if (ngx_http_healthpass_starts(parameter, "max=", &text)) {
        n = ngx_atoi(text.data, text.len);

        if (n >= 1 && n <= NGX_HTTP_HEALTHPASS_PARTY && !persons->max_given) {
            persons->max = n;
            persons->max_given = 1;
            return NGX_CONF_OK;
        }

        expected = "a number from 1 to 32, once";

    } else if (ngx_http_healthpass_starts(parameter, "min_age=", &text)) {
        n = ngx_atoi(text.data, text.len);

        if (n >= 1 && n <= HP_EXEMPT_MAX && persons->min_age == 0) {
            persons->min_age = n;
            return NGX_CONF_OK;
        }

        expected = "years from 1 to 120, once";
    }

    return ngx_http_healthpass_wrong_parameter(cf, parameter, expected);
}


static char *
ngx_http_healthpass_single_value(ngx_conf_t *cf,
    ngx_http_healthpass_value_t *value, ngx_str_t *text)
{
    if (ngx_http_healthpass_value(cf, value, text) != NGX_CONF_OK) {
        return NGX_CONF_ERROR;
    }

    if (value->field.list) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" is a list, expected one value", text);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


/* ---- healthpass_visit ---- */


char *
ngx_http_healthpass_visit(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_healthpass_loc_conf_t *hlcf = conf;

    ngx_str_t                    *value;
    ngx_http_healthpass_visit_t  *visit;

    if (hlcf->visit != NGX_CONF_UNSET_PTR) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (cf->args->nelts == 2 && ngx_strcmp(value[1].data, "off") == 0) {
        hlcf->visit = NULL;
        return NGX_CONF_OK;
    }

    visit = ngx_pcalloc(cf->pool, sizeof(ngx_http_healthpass_visit_t));
    if (visit == NULL) {
        return NGX_CONF_ERROR;
    }

    visit->max = 31 * 86400;

    if (ngx_http_healthpass_single_value(cf, &visit->at, &value[1])
        != NGX_CONF_OK)
    {
        return NGX_CONF_ERROR;
    }

    if (cf->args->nelts == 3
        && ngx_http_healthpass_visit_parameter(cf, visit, &value[2])
           != NGX_CONF_OK)
    {
        return NGX_CONF_ERROR;
    }

    if (visit->at.field.name.len) {
        ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                           "\"%V\" is what the visitor writes: sell a ticket "
                           "for that day, and no other", &value[1]);
    }

    hlcf->visit = visit;

    return NGX_CONF_OK;
}


static char *
ngx_http_healthpass_visit_parameter(ngx_conf_t *cf,
    ngx_http_healthpass_visit_t *visit, ngx_str_t *parameter)
{
    ngx_int_t   n;
    ngx_str_t   text;

    if (ngx_http_healthpass_starts(parameter, "max=", &text)) {
        n = ngx_parse_time(&text, 1);

        if (n >= 1 && n <= 366 * 86400) {
            visit->max = n;
            return NGX_CONF_OK;
        }
    }

    return ngx_http_healthpass_wrong_parameter(cf, parameter,
                                     "\"max=\" and a time from 1s to 366d");
}


/* ---- both, with what stands beside them ---- */


char *
ngx_http_healthpass_check_persons(ngx_conf_t *cf,
    ngx_http_healthpass_loc_conf_t *conf)
{
    const char                *lack;
    ngx_http_core_loc_conf_t  *clcf;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (conf->persons == NULL) {

        if (ngx_http_healthpass_any_list(conf)) {
            ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                          "healthpass: location \"%V\": without "
                          "\"healthpass_persons\" a list is refused unless it "
                          "holds one", &clcf->name);
        }

        return NGX_CONF_OK;
    }

    lack = ngx_http_healthpass_persons_lack(conf);

    if (lack) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"healthpass_persons\" %s", lack);
        return NGX_CONF_ERROR;
    }

    if (conf->persons->min_age) {
        ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                      "healthpass: location \"%V\": min_age= goes by a birth "
                      "date that nobody proves; compare it with an ID at the "
                      "door", &clcf->name);
    }

    return NGX_CONF_OK;
}


static const char *
ngx_http_healthpass_persons_lack(ngx_http_healthpass_loc_conf_t *conf)
{
    if (conf->persons->min_age
        && (conf->holder == NULL
            || !conf->holder->value[NGX_HTTP_HEALTHPASS_DOB].given))
    {
        return "with \"min_age=\" needs \"healthpass_holder\" with \"dob=\", "
               "to know who is below that age";
    }

    if (conf->persons->max == 1) {
        return NULL;
    }

    if (!hp_policy_can_count(conf->policy->policy)) {
        return "needs an identity_key in the policy, to know one pass from "
               "another";
    }

    if (!ngx_http_healthpass_all_lists(conf)) {
        return "needs lists, such as \"form:pass[]\", in \"healthpass_source\" "
               "and in \"healthpass_holder\"";
    }

    return NULL;
}


/* One value cannot name several persons. */

static ngx_uint_t
ngx_http_healthpass_all_lists(ngx_http_healthpass_loc_conf_t *conf)
{
    ngx_uint_t                     i;
    ngx_http_healthpass_source_t  *source;

    for (i = 0; conf->holder && i < NGX_HTTP_HEALTHPASS_VALUES; i++) {
        if (conf->holder->value[i].given && !conf->holder->value[i].field.list)
        {
            return 0;
        }
    }

    source = conf->sources->elts;

    for (i = 0; i < conf->sources->nelts; i++) {
        if (!source[i].list) {
            return 0;
        }
    }

    return 1;
}


static ngx_uint_t
ngx_http_healthpass_any_list(ngx_http_healthpass_loc_conf_t *conf)
{
    ngx_uint_t                     i;
    ngx_http_healthpass_source_t  *source;

    for (i = 0; conf->holder && i < NGX_HTTP_HEALTHPASS_VALUES; i++) {
        if (conf->holder->value[i].field.list) {
            return 1;
        }
    }

    source = conf->sources->elts;

    for (i = 0; i < conf->sources->nelts; i++) {
        if (source[i].list) {
            return 1;
        }
    }

    return 0;
}


ngx_uint_t
ngx_http_healthpass_values_in_body(ngx_http_healthpass_loc_conf_t *conf)
{
    return ngx_http_healthpass_holder_in_body(conf->holder)
           || (conf->persons && conf->persons->count.field.name.len)
           || (conf->visit && conf->visit->at.field.name.len)
           || (conf->reuse && conf->reuse->by.field.name.len);
}


/* ---- the request ---- */


ngx_uint_t
ngx_http_healthpass_values_wait(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx)
{
    ngx_uint_t  i;

    if (r->request_body) {
        return 0;
    }

    for (i = 0; ctx->holder && i < NGX_HTTP_HEALTHPASS_VALUES; i++) {
        if (ngx_http_healthpass_value_waits(r, ctx, &ctx->holder->value[i])) {
            return 1;
        }
    }

    return (ctx->persons
            && ngx_http_healthpass_value_waits(r, ctx, &ctx->persons->count))
           || (ctx->visit
               && ngx_http_healthpass_value_waits(r, ctx, &ctx->visit->at))
           || (ctx->reuse
               && ngx_http_healthpass_value_waits(r, ctx, &ctx->reuse->by));
}


static ngx_uint_t
ngx_http_healthpass_value_waits(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_http_healthpass_value_t *value)
{
    return value->field.name.len
           && ngx_http_healthpass_body_wanted(r, ctx, &value->field);
}


ngx_int_t
ngx_http_healthpass_read_count(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_uint_t *count, hp_reason *problem)
{
    ngx_int_t   n;
    ngx_str_t  *text;

    if (ctx->persons == NULL) {
        return NGX_OK;
    }

    if (ngx_http_healthpass_keep_value(r, ctx, &ctx->persons->count,
                                       &ctx->count, problem)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    text = &ctx->count.text;

    n = ngx_atoi(text->data, text->len);

    if (n < 1 || n > (ngx_int_t) ctx->persons->max) {

        if (*problem == HP_OK) {
            *problem = HP_PARTY;
        }

        return NGX_OK;
    }

    *count = n;

    return NGX_OK;
}


ngx_int_t
ngx_http_healthpass_read_visit(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, hp_reason *problem)
{
    hp_str  text;

    if (ctx->visit == NULL) {
        return NGX_OK;
    }

    if (ngx_http_healthpass_keep_value(r, ctx, &ctx->visit->at, &ctx->at,
                                       problem)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    text = (hp_str) { ctx->at.text.data, ctx->at.text.len };

    if (!hp_visit_read(text, (double) ngx_time(), (double) ctx->visit->max,
                       &ctx->visited)
        && *problem == HP_OK)
    {
        *problem = HP_VISIT;
    }

    return NGX_OK;
}
