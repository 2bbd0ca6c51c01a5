
/*
 * Getting the pass, or a value beside it, out of a request.  The first source
 * that holds something decides, even if that is damaged: a later source cannot
 * mend it, or the application behind us could be shown another pass than the
 * one judged.
 *
 * How the text gets out of each, one step and no guessing:
 *   header, multipart, body, $variable   as is
 *   json                                 the text's escapes decoded
 *   cookie, bearer                       %XX decoded
 *   arg, form                            %XX decoded, and a "+" is a space
 */


#include "ngx_http_healthpass.h"
#include "hp_form.h"


static ngx_int_t ngx_http_healthpass_look(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_http_healthpass_source_t *source,
    ngx_http_healthpass_values_t *values, hp_reason *problem);
static ngx_int_t ngx_http_healthpass_weigh(
    ngx_http_healthpass_source_t *source, ngx_http_healthpass_values_t *values,
    hp_reason *problem);
static void ngx_http_healthpass_look_for_bearer(ngx_http_request_t *r,
    ngx_http_healthpass_values_t *values);
static void ngx_http_healthpass_look_in_cookies(ngx_http_request_t *r,
    ngx_str_t *name, ngx_http_healthpass_values_t *values);
static void ngx_http_healthpass_look_at_variable(ngx_http_request_t *r,
    ngx_int_t index, ngx_http_healthpass_values_t *values);
static ngx_int_t ngx_http_healthpass_take_all(ngx_http_request_t *r,
    ngx_http_healthpass_source_t *source,
    ngx_http_healthpass_values_t *values, ngx_array_t *texts,
    hp_reason *problem);
static ngx_int_t ngx_http_healthpass_take(ngx_http_request_t *r,
    ngx_http_healthpass_source_t *source, ngx_str_t *value, ngx_str_t *text,
    hp_reason *problem);


ngx_int_t
ngx_http_healthpass_find_in(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_http_healthpass_pass_t *pass,
    hp_reason *problem)
{
    ngx_int_t                     rc;
    ngx_http_healthpass_values_t  values;

    rc = ngx_http_healthpass_look(r, ctx, pass->source, &values, problem);

    if (rc == NGX_OK && *problem == HP_OK) {

        if (values.n == 1) {
            rc = ngx_http_healthpass_take(r, pass->source, &values.value[0],
                                          &pass->text, problem);

        } else {
            *problem = HP_PARTY;
        }
    }

    hp_arena_return(&values.memory, 0);

    return rc;
}


ngx_int_t
ngx_http_healthpass_find_list(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_http_healthpass_source_t *source,
    ngx_array_t *texts, hp_reason *problem)
{
    ngx_int_t                     rc;
    ngx_http_healthpass_values_t  values;

    rc = ngx_http_healthpass_look(r, ctx, source, &values, problem);

    if (rc == NGX_OK) {
        rc = ngx_http_healthpass_take_all(r, source, &values, texts, problem);
    }

    hp_arena_return(&values.memory, 0);

    return rc;
}


/* NGX_OK: there is something, or a *problem with it. */

static ngx_int_t
ngx_http_healthpass_look(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_http_healthpass_source_t *source,
    ngx_http_healthpass_values_t *values, hp_reason *problem)
{
    ngx_int_t  rc;

    values->n = 0;
    values->memory = hp_arena_over(NULL, 0);

    switch (source->kind) {

    case NGX_HTTP_HEALTHPASS_HEADER:
        ngx_http_healthpass_look_in_headers(r, &source->name, values);
        break;

    case NGX_HTTP_HEALTHPASS_COOKIE:
        ngx_http_healthpass_look_in_cookies(r, &source->name, values);
        break;

    case NGX_HTTP_HEALTHPASS_BEARER:
        ngx_http_healthpass_look_for_bearer(r, values);
        break;

    case NGX_HTTP_HEALTHPASS_ARG:
        ngx_http_healthpass_look_in_form(&r->args, source, values, problem);
        break;

    case NGX_HTTP_HEALTHPASS_VARIABLE:
        ngx_http_healthpass_look_at_variable(r, source->index, values);
        break;

    default:
        rc = ngx_http_healthpass_look_in_body(r, ctx, source, values,
                                              problem);

        if (rc != NGX_OK || *problem != HP_OK) {
            return rc;
        }
    }

    return ngx_http_healthpass_weigh(source, values, problem);
}


/* An empty field is a form that was sent without a pass. */

static ngx_int_t
ngx_http_healthpass_weigh(ngx_http_healthpass_source_t *source,
    ngx_http_healthpass_values_t *values, hp_reason *problem)
{
    ngx_uint_t  i;

    if (values->n > 1 && !source->list) {
        *problem = HP_GIVEN_TWICE;
        return NGX_OK;
    }

    if (values->n > NGX_HTTP_HEALTHPASS_PARTY) {
        *problem = HP_PARTY;
        return NGX_OK;
    }

    for (i = 0; i < values->n; i++) {
        if (values->value[i].len) {
            return NGX_OK;
        }
    }

    return NGX_DECLINED;
}


/* ---- the header ---- */


ngx_uint_t
ngx_http_healthpass_is_header(ngx_table_elt_t *h, ngx_str_t *name)
{
    return h->key.len == name->len
           && ngx_strncasecmp(h->key.data, name->data, name->len) == 0;
}


void
ngx_http_healthpass_look_in_headers(ngx_http_request_t *r, ngx_str_t *name,
    ngx_http_healthpass_values_t *values)
{
    ngx_uint_t        i;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    for (part = &r->headers_in.headers.part; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {
            if (ngx_http_healthpass_is_header(&h[i], name)) {
                ngx_http_healthpass_hold(values, h[i].value.data,
                                         h[i].value.len);
            }
        }
    }
}


ngx_uint_t
ngx_http_healthpass_is_bearer(ngx_str_t *value)
{
    return value->len >= sizeof("Bearer ") - 1
           && ngx_strncasecmp(value->data, (u_char *) "Bearer ",
                              sizeof("Bearer ") - 1)
              == 0;
}


/* Another scheme than Bearer is no pass: auth_basic may stand beside us. */

static void
ngx_http_healthpass_look_for_bearer(ngx_http_request_t *r,
    ngx_http_healthpass_values_t *values)
{
    ngx_str_t         *value;

    static ngx_str_t   name = ngx_string("Authorization");

    ngx_http_healthpass_look_in_headers(r, &name, values);

    value = &values->value[0];

    if (values->n == 0 || !ngx_http_healthpass_is_bearer(value)) {
        values->n = 0;
        return;
    }

    value->data += sizeof("Bearer ") - 1;
    value->len -= sizeof("Bearer ") - 1;

    while (value->len && value->data[0] == ' ') {
        value->data++;
        value->len--;
    }
}


static void
ngx_http_healthpass_look_in_cookies(ngx_http_request_t *r, ngx_str_t *name,
    ngx_http_healthpass_values_t *values)
{
    ngx_str_t          line, pair, value;
    ngx_uint_t         i;
    ngx_list_part_t   *part;
    ngx_table_elt_t   *h;

    static ngx_str_t   cookie = ngx_string("Cookie");

    for (part = &r->headers_in.headers.part; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {

            if (!ngx_http_healthpass_is_header(&h[i], &cookie)) {
                continue;
            }

            line = h[i].value;

            while (ngx_http_healthpass_next_cookie(&line, &pair)) {
                if (ngx_http_healthpass_is_cookie(&pair, name, &value)) {
                    ngx_http_healthpass_hold(values, value.data, value.len);
                }
            }
        }
    }
}


ngx_uint_t
ngx_http_healthpass_next_cookie(ngx_str_t *line, ngx_str_t *pair)
{
    u_char  *p, *last, *end;

    p = line->data;
    end = line->data + line->len;

    while (p < end && (*p == ' ' || *p == '\t' || *p == ';')) {
        p++;
    }

    if (p == end) {
        return 0;
    }

    pair->data = p;

    while (p < end && *p != ';') {
        p++;
    }

    for (last = p; last[-1] == ' ' || last[-1] == '\t'; last--) {
        /* void: a byte that is no blank stands at pair->data */
    }

    pair->len = last - pair->data;

    line->data = p;
    line->len = end - p;

    return 1;
}


ngx_uint_t
ngx_http_healthpass_is_cookie(ngx_str_t *pair, ngx_str_t *name,
    ngx_str_t *value)
{
    if (pair->len <= name->len
        || ngx_strncmp(pair->data, name->data, name->len) != 0
        || pair->data[name->len] != '=')
    {
        return 0;
    }

    value->data = pair->data + name->len + 1;
    value->len = pair->len - name->len - 1;

    return 1;
}


static void
ngx_http_healthpass_look_at_variable(ngx_http_request_t *r, ngx_int_t index,
    ngx_http_healthpass_values_t *values)
{
    ngx_http_variable_value_t  *vv;

    vv = ngx_http_get_flushed_variable(r, index);

    if (vv && !vv->not_found) {
        ngx_http_healthpass_hold(values, vv->data, vv->len);
    }
}


/* ---- the texts ---- */


static ngx_int_t
ngx_http_healthpass_take_all(ngx_http_request_t *r,
    ngx_http_healthpass_source_t *source,
    ngx_http_healthpass_values_t *values, ngx_array_t *texts,
    hp_reason *problem)
{
    ngx_str_t   *text;
    ngx_uint_t   i;

    if (*problem != HP_OK) {
        return NGX_OK;
    }

    /* values beside the pass are to be counted, behind a damaged one too */

    for (i = 0; i < values->n && (*problem == HP_OK || source->beside); i++) {
        text = ngx_array_push(texts);
        if (text == NULL) {
            return NGX_ERROR;
        }

        ngx_str_null(text);

        if (ngx_http_healthpass_take(r, source, &values->value[i], text,
                                     problem)
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/* Makes the request's own copy of what was found, decoded as the source says. */

static ngx_int_t
ngx_http_healthpass_take(ngx_http_request_t *r,
    ngx_http_healthpass_source_t *source, ngx_str_t *value, ngx_str_t *text,
    hp_reason *problem)
{
    size_t    n;
    u_char   *p;
    hp_plus   plus;

    if (value->len == 0) {
        return NGX_OK;
    }

    p = ngx_pnalloc(r->pool, value->len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    switch (source->kind) {

    case NGX_HTTP_HEALTHPASS_COOKIE:
    case NGX_HTTP_HEALTHPASS_BEARER:
        plus = HP_PLUS_IS_PLUS;
        break;

    case NGX_HTTP_HEALTHPASS_ARG:
    case NGX_HTTP_HEALTHPASS_FORM:
        plus = HP_PLUS_IS_SPACE;
        break;

    default:
        ngx_memcpy(p, value->data, value->len);

        text->data = p;
        text->len = value->len;

        return NGX_OK;
    }

    if (!hp_form_decode((hp_str) { value->data, value->len }, plus, p, &n)) {
        hp_wipe(p, value->len);
        *problem = HP_ENCODING;
        return NGX_OK;
    }

    text->data = p;
    text->len = n;

    return NGX_OK;
}
