
/*
 * healthpass_source: where in a request the pass may be.  What cannot work, or
 * leaks, is told of at start.
 */


#include "ngx_http_healthpass.h"


#define NGX_HTTP_HEALTHPASS_NAMED  1
#define NGX_HTTP_HEALTHPASS_LIST   2    /* NAME[] takes several */
#define NGX_HTTP_HEALTHPASS_FIELD  4    /* may be a value beside the pass */


typedef struct {
    ngx_str_t                    word;
    ngx_http_healthpass_kind_e   kind;
    ngx_uint_t                   flags;
} ngx_http_healthpass_word_t;


static char *ngx_http_healthpass_add_source(ngx_conf_t *cf,
    ngx_array_t *sources, ngx_str_t *value);
static char *ngx_http_healthpass_parse_source(ngx_conf_t *cf,
    ngx_http_healthpass_source_t *source);
static ngx_http_healthpass_word_t *ngx_http_healthpass_word(ngx_str_t *text);
static char *ngx_http_healthpass_parse_variable(ngx_conf_t *cf,
    ngx_http_healthpass_source_t *source);
static ngx_uint_t ngx_http_healthpass_is_token(ngx_str_t *name);

static ngx_uint_t ngx_http_healthpass_from_request_line(
    ngx_http_healthpass_source_t *source);
static ngx_uint_t ngx_http_healthpass_is_variable(
    ngx_http_healthpass_source_t *source, ngx_str_t *name);


static ngx_http_healthpass_word_t  ngx_http_healthpass_words[] = {
    { ngx_string("header:"), NGX_HTTP_HEALTHPASS_HEADER,
      NGX_HTTP_HEALTHPASS_NAMED|NGX_HTTP_HEALTHPASS_LIST },
    { ngx_string("cookie:"), NGX_HTTP_HEALTHPASS_COOKIE,
      NGX_HTTP_HEALTHPASS_NAMED },
    { ngx_string("arg:"), NGX_HTTP_HEALTHPASS_ARG,
      NGX_HTTP_HEALTHPASS_NAMED|NGX_HTTP_HEALTHPASS_LIST },
    { ngx_string("form:"), NGX_HTTP_HEALTHPASS_FORM,
      NGX_HTTP_HEALTHPASS_NAMED|NGX_HTTP_HEALTHPASS_LIST
                               |NGX_HTTP_HEALTHPASS_FIELD },
    { ngx_string("multipart:"), NGX_HTTP_HEALTHPASS_MULTIPART,
      NGX_HTTP_HEALTHPASS_NAMED|NGX_HTTP_HEALTHPASS_LIST
                               |NGX_HTTP_HEALTHPASS_FIELD },
    { ngx_string("json:"), NGX_HTTP_HEALTHPASS_JSON,
      NGX_HTTP_HEALTHPASS_NAMED|NGX_HTTP_HEALTHPASS_LIST
                               |NGX_HTTP_HEALTHPASS_FIELD },
    { ngx_string("body"), NGX_HTTP_HEALTHPASS_BODY, 0 },
    { ngx_string("bearer"), NGX_HTTP_HEALTHPASS_BEARER, 0 },
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


ngx_int_t
ngx_http_healthpass_field(ngx_conf_t *cf, ngx_http_healthpass_source_t *field,
    ngx_str_t *text)
{
    ngx_http_healthpass_word_t  *w;

    w = ngx_http_healthpass_word(text);

    if (w == NULL || !(w->flags & NGX_HTTP_HEALTHPASS_FIELD)) {
        return NGX_DECLINED;
    }

    field->spelled = *text;
    field->beside = 1;

    return ngx_http_healthpass_parse_source(cf, field) == NGX_CONF_OK
           ? NGX_OK : NGX_ERROR;
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

    w = ngx_http_healthpass_word(text);

    if (w == NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid source \"%V\", expected header:NAME, "
                           "cookie:NAME, arg:NAME, form:NAME, "
                           "multipart:NAME, json:/POINTER, body, bearer or "
                           "a $variable", text);
        return NGX_CONF_ERROR;
    }

    source->kind = w->kind;
    source->name.data = text->data + w->word.len;
    source->name.len = text->len - w->word.len;

    if ((w->flags & NGX_HTTP_HEALTHPASS_LIST)
        && source->name.len >= 2
        && ngx_strncmp(text->data + text->len - 2, "[]", 2) == 0)
    {
        source->list = 1;
        source->name.len -= 2;
    }

    return w->flags & NGX_HTTP_HEALTHPASS_NAMED
           ? ngx_http_healthpass_check_name(cf, source) : NGX_CONF_OK;
}


static ngx_http_healthpass_word_t *
ngx_http_healthpass_word(ngx_str_t *text)
{
    ngx_http_healthpass_word_t  *w;

    for (w = ngx_http_healthpass_words; w->word.len; w++) {

        if (text->len < w->word.len
            || ngx_strncmp(text->data, w->word.data, w->word.len) != 0
            || (!(w->flags & NGX_HTTP_HEALTHPASS_NAMED)
                && text->len != w->word.len))
        {
            continue;
        }

        return w;
    }

    return NULL;
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
                           "use \"form:NAME\", \"multipart:NAME\", "
                           "\"json:/POINTER\" or \"body\"",
                           &source->spelled);
        return NGX_CONF_ERROR;
    }

    source->index = ngx_http_get_variable_index(cf, &source->name);

    return source->index == NGX_ERROR ? NGX_CONF_ERROR : NGX_CONF_OK;
}


char *
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

    if (source->kind == NGX_HTTP_HEALTHPASS_JSON
        && !hp_jscan_pointer_ok((hp_str) { source->name.data,
                                           source->name.len }))
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid JSON pointer in source \"%V\", expected "
                           "for example \"json:/guest/pass\"",
                           &source->spelled);
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
    if (one->kind != two->kind || one->list != two->list
        || one->name.len != two->name.len)
    {
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


/* Is it in header lines, the same for all subrequests, which are stripped? */

ngx_uint_t
ngx_http_healthpass_from_header(ngx_http_healthpass_source_t *source)
{
    return source->kind == NGX_HTTP_HEALTHPASS_HEADER
           || source->kind == NGX_HTTP_HEALTHPASS_COOKIE
           || source->kind == NGX_HTTP_HEALTHPASS_BEARER;
}


ngx_uint_t
ngx_http_healthpass_from_body(ngx_http_healthpass_source_t *source)
{
    return source->kind == NGX_HTTP_HEALTHPASS_FORM
           || source->kind == NGX_HTTP_HEALTHPASS_MULTIPART
           || source->kind == NGX_HTTP_HEALTHPASS_JSON
           || source->kind == NGX_HTTP_HEALTHPASS_BODY;
}
