
/*
 * Where in a request the pass is.  The first source that holds something
 * decides, even if that is damaged: a later source cannot mend it, or the
 * application behind us could be shown another pass than the one judged.
 *
 * How the text gets out of each, one step and no guessing:
 *   header, body, $variable   as is
 *   cookie, bearer            %XX decoded
 *   arg, form                 %XX decoded, and a "+" is a space
 */


#include "ngx_http_healthpass.h"
#include "hp_form.h"


#define NGX_HTTP_HEALTHPASS_NAMED  1
#define NGX_HTTP_HEALTHPASS_LATER  2


typedef struct {
    ngx_str_t                    word;
    ngx_http_healthpass_kind_e   kind;
    ngx_uint_t                   flags;
} ngx_http_healthpass_word_t;


static char *ngx_http_healthpass_add_source(ngx_conf_t *cf,
    ngx_array_t *sources, ngx_str_t *value);
static char *ngx_http_healthpass_parse_source(ngx_conf_t *cf,
    ngx_http_healthpass_source_t *source);
static char *ngx_http_healthpass_parse_variable(ngx_conf_t *cf,
    ngx_http_healthpass_source_t *source);
static char *ngx_http_healthpass_check_name(ngx_conf_t *cf,
    ngx_http_healthpass_source_t *source);
static ngx_uint_t ngx_http_healthpass_is_token(ngx_str_t *name);

static ngx_uint_t ngx_http_healthpass_from_request_line(
    ngx_http_healthpass_source_t *source);
static ngx_uint_t ngx_http_healthpass_is_variable(
    ngx_http_healthpass_source_t *source, ngx_str_t *name);

static hp_form_found ngx_http_healthpass_find_header(ngx_http_request_t *r,
    ngx_str_t *name, ngx_str_t *value);
static hp_form_found ngx_http_healthpass_find_bearer(ngx_http_request_t *r,
    ngx_str_t *value);
static hp_form_found ngx_http_healthpass_find_cookie(ngx_http_request_t *r,
    ngx_str_t *name, ngx_str_t *value);
static hp_form_found ngx_http_healthpass_find_field(ngx_str_t *form,
    ngx_str_t *name, ngx_str_t *value);
static ngx_int_t ngx_http_healthpass_find_in_body(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_http_healthpass_pass_t *pass,
    hp_reason *problem);
static ngx_int_t ngx_http_healthpass_take(ngx_http_request_t *r,
    ngx_http_healthpass_pass_t *pass, hp_form_found found, ngx_str_t *value,
    hp_reason *problem);


/* multipart: and json: are reserved words, whose kind nobody looks at */

static ngx_http_healthpass_word_t  ngx_http_healthpass_words[] = {
    { ngx_string("header:"), NGX_HTTP_HEALTHPASS_HEADER,
      NGX_HTTP_HEALTHPASS_NAMED },
    { ngx_string("cookie:"), NGX_HTTP_HEALTHPASS_COOKIE,
      NGX_HTTP_HEALTHPASS_NAMED },
    { ngx_string("arg:"), NGX_HTTP_HEALTHPASS_ARG,
      NGX_HTTP_HEALTHPASS_NAMED },
    { ngx_string("form:"), NGX_HTTP_HEALTHPASS_FORM,
      NGX_HTTP_HEALTHPASS_NAMED },
    { ngx_string("body"), NGX_HTTP_HEALTHPASS_BODY, 0 },
    { ngx_string("bearer"), NGX_HTTP_HEALTHPASS_BEARER, 0 },
    { ngx_string("multipart:"), NGX_HTTP_HEALTHPASS_BODY,
      NGX_HTTP_HEALTHPASS_NAMED|NGX_HTTP_HEALTHPASS_LATER },
    { ngx_string("json:"), NGX_HTTP_HEALTHPASS_BODY,
      NGX_HTTP_HEALTHPASS_NAMED|NGX_HTTP_HEALTHPASS_LATER },
    { ngx_null_string, NGX_HTTP_HEALTHPASS_BODY, 0 }
};


/* what is made of the request line, beside $arg_NAME */

static ngx_str_t  ngx_http_healthpass_line_variables[] = {
    ngx_string("args"),
    ngx_string("query_string"),
    ngx_string("request"),
    ngx_string("request_uri"),
    ngx_string("uri"),
    ngx_string("document_uri"),
    ngx_null_string
};


/* ---- the directive ---- */


char *
ngx_http_healthpass_source(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_healthpass_loc_conf_t *hlcf = conf;

    char        *rv;
    ngx_str_t   *value;
    ngx_uint_t   i;

    if (hlcf->sources != NGX_CONF_UNSET_PTR) {
        return "is duplicate";
    }

    hlcf->sources = ngx_array_create(cf->pool, cf->args->nelts - 1,
                                     sizeof(ngx_http_healthpass_source_t));
    if (hlcf->sources == NULL) {
        return NGX_CONF_ERROR;
    }

    value = cf->args->elts;

    for (i = 1; i < cf->args->nelts; i++) {
        rv = ngx_http_healthpass_add_source(cf, hlcf->sources, &value[i]);
        if (rv != NGX_CONF_OK) {
            return rv;
        }
    }

    return NGX_CONF_OK;
}


ngx_array_t *
ngx_http_healthpass_default_sources(ngx_conf_t *cf)
{
    ngx_uint_t    i;
    ngx_array_t  *sources;

    static ngx_str_t  spelled[] = {
        ngx_string("header:X-Health-Pass"),
        ngx_string("form:pass")
    };

    sources = ngx_array_create(cf->pool, 2,
                               sizeof(ngx_http_healthpass_source_t));
    if (sources == NULL) {
        return NULL;
    }

    for (i = 0; i < 2; i++) {
        if (ngx_http_healthpass_add_source(cf, sources, &spelled[i])
            != NGX_CONF_OK)
        {
            return NULL;
        }
    }

    return sources;
}


static char *
ngx_http_healthpass_add_source(ngx_conf_t *cf, ngx_array_t *sources,
    ngx_str_t *value)
{
    ngx_uint_t                     i;
    ngx_http_healthpass_source_t  *source, *other;

    source = ngx_array_push(sources);
    if (source == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_memzero(source, sizeof(ngx_http_healthpass_source_t));
    source->spelled = *value;

    if (ngx_http_healthpass_parse_source(cf, source) != NGX_CONF_OK) {
        return NGX_CONF_ERROR;
    }

    other = sources->elts;

    for (i = 0; &other[i] != source; i++) {
        if (ngx_http_healthpass_same_source(&other[i], source)) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "source \"%V\" is given twice", value);
            return NGX_CONF_ERROR;
        }
    }

    if (ngx_http_healthpass_from_request_line(source)) {
        ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                           "source \"%V\" puts the pass into access logs, "
                           "error logs and browser histories", value);
    }

    return NGX_CONF_OK;
}


static ngx_uint_t
ngx_http_healthpass_from_request_line(ngx_http_healthpass_source_t *source)
{
    ngx_str_t  *name;

    if (source->kind != NGX_HTTP_HEALTHPASS_VARIABLE) {
        return source->kind == NGX_HTTP_HEALTHPASS_ARG;
    }

    if (source->name.len > sizeof("arg_") - 1
        && ngx_strncasecmp(source->name.data, (u_char *) "arg_",
                           sizeof("arg_") - 1)
           == 0)
    {
        return 1;
    }

    for (name = ngx_http_healthpass_line_variables; name->len; name++) {
        if (ngx_http_healthpass_is_variable(source, name)) {
            return 1;
        }
    }

    return 0;
}


static ngx_uint_t
ngx_http_healthpass_is_variable(ngx_http_healthpass_source_t *source,
    ngx_str_t *name)
{
    return source->name.len == name->len
           && ngx_strncasecmp(source->name.data, name->data, name->len) == 0;
}


static char *
ngx_http_healthpass_parse_source(ngx_conf_t *cf,
    ngx_http_healthpass_source_t *source)
{
    ngx_str_t                   *text;
    ngx_http_healthpass_word_t  *w;

    text = &source->spelled;

    if (text->len && text->data[0] == '$') {
        return ngx_http_healthpass_parse_variable(cf, source);
    }

    for (w = ngx_http_healthpass_words; w->word.len; w++) {

        if (text->len < w->word.len
            || ngx_strncmp(text->data, w->word.data, w->word.len) != 0
            || (!(w->flags & NGX_HTTP_HEALTHPASS_NAMED)
                && text->len != w->word.len))
        {
            continue;
        }

        source->kind = w->kind;
        source->name.data = text->data + w->word.len;
        source->name.len = text->len - w->word.len;

        if ((w->flags & NGX_HTTP_HEALTHPASS_LATER)
            || (source->name.len > 2
                && ngx_strncmp(text->data + text->len - 2, "[]", 2) == 0))
        {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "source \"%V\" is not supported by this build",
                               text);
            return NGX_CONF_ERROR;
        }

        return w->flags & NGX_HTTP_HEALTHPASS_NAMED
               ? ngx_http_healthpass_check_name(cf, source) : NGX_CONF_OK;
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "invalid source \"%V\", expected header:NAME, "
                       "cookie:NAME, arg:NAME, form:NAME, body, bearer "
                       "or a $variable", text);
    return NGX_CONF_ERROR;
}


static char *
ngx_http_healthpass_parse_variable(ngx_conf_t *cf,
    ngx_http_healthpass_source_t *source)
{
    static ngx_str_t  body = ngx_string("request_body");

    source->kind = NGX_HTTP_HEALTHPASS_VARIABLE;
    source->name.data = source->spelled.data + 1;
    source->name.len = source->spelled.len - 1;

    if (!ngx_http_healthpass_is_token(&source->name)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid source \"%V\", expected the name of "
                           "one variable after \"$\"", &source->spelled);
        return NGX_CONF_ERROR;
    }

    if (ngx_http_healthpass_is_variable(source, &body)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "source \"%V\" is empty before the body was read, "
                           "use \"form:NAME\" or \"body\"",
                           &source->spelled);
        return NGX_CONF_ERROR;
    }

    source->index = ngx_http_get_variable_index(cf, &source->name);

    return source->index == NGX_ERROR ? NGX_CONF_ERROR : NGX_CONF_OK;
}


static char *
ngx_http_healthpass_check_name(ngx_conf_t *cf,
    ngx_http_healthpass_source_t *source)
{
    ngx_http_header_t  *header;

    if (source->name.len == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "source \"%V\" lacks a name", &source->spelled);
        return NGX_CONF_ERROR;
    }

    if ((source->kind == NGX_HTTP_HEALTHPASS_HEADER
         || source->kind == NGX_HTTP_HEALTHPASS_COOKIE)
        && !ngx_http_healthpass_is_token(&source->name))
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid name in source \"%V\"", &source->spelled);
        return NGX_CONF_ERROR;
    }

    if (source->kind != NGX_HTTP_HEALTHPASS_HEADER) {
        return NGX_CONF_OK;
    }

    /* nginx keeps pointers to these, so that they could not be stripped */

    for (header = ngx_http_headers_in; header->name.len; header++) {
        if (header->name.len == source->name.len
            && ngx_strncasecmp(header->name.data, source->name.data,
                               source->name.len)
               == 0)
        {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "source \"%V\" is a header with a meaning of "
                               "its own, use \"cookie:NAME\", \"bearer\" or "
                               "a header such as \"header:X-Health-Pass\"",
                               &source->spelled);
            return NGX_CONF_ERROR;
        }
    }

    return NGX_CONF_OK;
}


static ngx_uint_t
ngx_http_healthpass_is_token(ngx_str_t *name)
{
    size_t  i;
    u_char  ch;

    for (i = 0; i < name->len; i++) {
        ch = ngx_tolower(name->data[i]);

        if ((ch < 'a' || ch > 'z') && (ch < '0' || ch > '9')
            && ch != '-' && ch != '_')
        {
            return 0;
        }
    }

    return name->len > 0;
}


/* Names of headers and of variables are the same in either case. */

ngx_uint_t
ngx_http_healthpass_same_source(ngx_http_healthpass_source_t *one,
    ngx_http_healthpass_source_t *two)
{
    if (one->kind != two->kind || one->name.len != two->name.len) {
        return 0;
    }

    if (one->kind == NGX_HTTP_HEALTHPASS_HEADER
        || one->kind == NGX_HTTP_HEALTHPASS_VARIABLE)
    {
        return ngx_strncasecmp(one->name.data, two->name.data, one->name.len)
               == 0;
    }

    return ngx_memcmp(one->name.data, two->name.data, one->name.len) == 0;
}


ngx_uint_t
ngx_http_healthpass_from_body(ngx_http_healthpass_source_t *source)
{
    return source->kind == NGX_HTTP_HEALTHPASS_FORM
           || source->kind == NGX_HTTP_HEALTHPASS_BODY;
}


/* ---- the request ---- */


ngx_int_t
ngx_http_healthpass_find(ngx_http_request_t *r, ngx_http_healthpass_ctx_t *ctx,
    ngx_http_healthpass_pass_t *pass, hp_reason *problem)
{
    ngx_int_t                      rc;
    ngx_uint_t                     i;
    ngx_http_healthpass_pass_t    *kept;
    ngx_http_healthpass_source_t  *source;

    source = ctx->sources->elts;

    for (i = 0; i < ctx->sources->nelts; i++) {
        *problem = HP_OK;

        kept = ngx_http_healthpass_kept_pass(r, &source[i]);

        if (kept) {
            pass->source = kept->source;
            pass->text = kept->text;

            if (kept->text.data == NULL) {
                *problem = kept->verdict.reason;
            }

            return NGX_OK;
        }

        pass->source = &source[i];
        ngx_str_null(&pass->text);

        rc = ngx_http_healthpass_find_in(r, ctx, pass, problem);

        if (rc != NGX_DECLINED) {
            return rc;
        }
    }

    pass->source = NULL;

    return NGX_DECLINED;
}


ngx_int_t
ngx_http_healthpass_find_in(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_http_healthpass_pass_t *pass,
    hp_reason *problem)
{
    ngx_str_t                      value;
    hp_form_found                  found;
    ngx_http_variable_value_t     *vv;
    ngx_http_healthpass_source_t  *source;

    source = pass->source;
    found = HP_FORM_ABSENT;
    ngx_str_null(&value);

    switch (source->kind) {

    case NGX_HTTP_HEALTHPASS_HEADER:
        found = ngx_http_healthpass_find_header(r, &source->name, &value);
        break;

    case NGX_HTTP_HEALTHPASS_COOKIE:
        found = ngx_http_healthpass_find_cookie(r, &source->name, &value);
        break;

    case NGX_HTTP_HEALTHPASS_BEARER:
        found = ngx_http_healthpass_find_bearer(r, &value);
        break;

    case NGX_HTTP_HEALTHPASS_ARG:
        found = ngx_http_healthpass_find_field(&r->args, &source->name,
                                               &value);
        break;

    case NGX_HTTP_HEALTHPASS_VARIABLE:
        vv = ngx_http_get_flushed_variable(r, source->index);

        if (vv && !vv->not_found) {
            found = HP_FORM_FOUND;
            value.len = vv->len;
            value.data = vv->data;
        }

        break;

    case NGX_HTTP_HEALTHPASS_FORM:
    case NGX_HTTP_HEALTHPASS_BODY:
        return ngx_http_healthpass_find_in_body(r, ctx, pass, problem);
    }

    return ngx_http_healthpass_take(r, pass, found, &value, problem);
}


ngx_uint_t
ngx_http_healthpass_is_header(ngx_table_elt_t *h, ngx_str_t *name)
{
    return h->key.len == name->len
           && ngx_strncasecmp(h->key.data, name->data, name->len) == 0;
}


static hp_form_found
ngx_http_healthpass_find_header(ngx_http_request_t *r, ngx_str_t *name,
    ngx_str_t *value)
{
    ngx_uint_t        i;
    hp_form_found     found;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    found = HP_FORM_ABSENT;

    for (part = &r->headers_in.headers.part; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {

            if (!ngx_http_healthpass_is_header(&h[i], name)) {
                continue;
            }

            if (found == HP_FORM_FOUND) {
                return HP_FORM_TWICE;
            }

            found = HP_FORM_FOUND;
            *value = h[i].value;
        }
    }

    return found;
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

static hp_form_found
ngx_http_healthpass_find_bearer(ngx_http_request_t *r, ngx_str_t *value)
{
    hp_form_found      found;

    static ngx_str_t   name = ngx_string("Authorization");

    found = ngx_http_healthpass_find_header(r, &name, value);

    if (found == HP_FORM_ABSENT || !ngx_http_healthpass_is_bearer(value)) {
        return HP_FORM_ABSENT;
    }

    value->data += sizeof("Bearer ") - 1;
    value->len -= sizeof("Bearer ") - 1;

    while (value->len && value->data[0] == ' ') {
        value->data++;
        value->len--;
    }

    return found;
}


static hp_form_found
ngx_http_healthpass_find_cookie(ngx_http_request_t *r, ngx_str_t *name,
    ngx_str_t *value)
{
    ngx_str_t          line, pair, other;
    ngx_uint_t         i;
    hp_form_found      found;
    ngx_list_part_t   *part;
    ngx_table_elt_t   *h;

    static ngx_str_t   cookie = ngx_string("Cookie");

    found = HP_FORM_ABSENT;

    for (part = &r->headers_in.headers.part; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {

            if (!ngx_http_healthpass_is_header(&h[i], &cookie)) {
                continue;
            }

            line = h[i].value;

            while (ngx_http_healthpass_next_cookie(&line, &pair)) {

                if (!ngx_http_healthpass_is_cookie(&pair, name, &other)) {
                    continue;
                }

                if (found == HP_FORM_FOUND) {
                    return HP_FORM_TWICE;
                }

                found = HP_FORM_FOUND;
                *value = other;
            }
        }
    }

    return found;
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


static hp_form_found
ngx_http_healthpass_find_field(ngx_str_t *form, ngx_str_t *name,
    ngx_str_t *value)
{
    hp_str         field;
    hp_form_found  found;

    field = (hp_str) { NULL, 0 };

    found = hp_form_find((hp_str) { form->data, form->len },
                         (hp_str) { name->data, name->len }, &field);

    value->data = (u_char *) field.p;
    value->len = field.n;

    return found;
}


static ngx_int_t
ngx_http_healthpass_find_in_body(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_http_healthpass_pass_t *pass,
    hp_reason *problem)
{
    ngx_int_t      rc;
    ngx_str_t      body, value;
    ngx_uint_t     copied;
    hp_form_found  found;

    if (!ngx_http_healthpass_body_wanted(r, ctx, pass->source)) {
        return NGX_DECLINED;
    }

    if (r->request_body == NULL) {
        return NGX_AGAIN;
    }

    rc = ngx_http_healthpass_body_bytes(r, ctx->body_max, &body, &copied);
    if (rc != NGX_OK) {
        return rc;
    }

    if (pass->source->kind == NGX_HTTP_HEALTHPASS_FORM) {
        found = ngx_http_healthpass_find_field(&body, &pass->source->name,
                                               &value);

    } else {
        found = HP_FORM_FOUND;
        value = body;
    }

    rc = ngx_http_healthpass_take(r, pass, found, &value, problem);

    if (copied) {
        hp_wipe(body.data, body.len);
        (void) ngx_pfree(r->pool, body.data);
    }

    return rc;
}


/* Makes the request's own copy of what was found, decoded as the source says. */

static ngx_int_t
ngx_http_healthpass_take(ngx_http_request_t *r,
    ngx_http_healthpass_pass_t *pass, hp_form_found found, ngx_str_t *value,
    hp_reason *problem)
{
    size_t    n;
    u_char   *text;
    hp_plus   plus;

    /* an empty field is a form that was sent without a pass */

    if (found == HP_FORM_ABSENT || (found == HP_FORM_FOUND && value->len == 0))
    {
        return NGX_DECLINED;
    }

    if (found == HP_FORM_TWICE) {
        *problem = HP_GIVEN_TWICE;
        return NGX_OK;
    }

    text = ngx_pnalloc(r->pool, value->len);
    if (text == NULL) {
        return NGX_ERROR;
    }

    switch (pass->source->kind) {

    case NGX_HTTP_HEALTHPASS_COOKIE:
    case NGX_HTTP_HEALTHPASS_BEARER:
        plus = HP_PLUS_IS_PLUS;
        break;

    case NGX_HTTP_HEALTHPASS_ARG:
    case NGX_HTTP_HEALTHPASS_FORM:
        plus = HP_PLUS_IS_SPACE;
        break;

    default:
        ngx_memcpy(text, value->data, value->len);

        pass->text.data = text;
        pass->text.len = value->len;

        return NGX_OK;
    }

    if (!hp_form_decode((hp_str) { value->data, value->len }, plus, text, &n)) {
        hp_wipe(text, value->len);
        *problem = HP_ENCODING;
        return NGX_OK;
    }

    pass->text.data = text;
    pass->text.len = n;

    return NGX_OK;
}
