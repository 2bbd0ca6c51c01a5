
/*
 * The request body as one piece of memory.  Decides whether a body is worth
 * reading; the reading itself is nginx's.  A body in another format than the
 * source's, or a larger one than healthpass_body_max, holds no pass.
 */


#include "ngx_http_healthpass.h"


static ngx_uint_t ngx_http_healthpass_content_type(ngx_http_request_t *r,
    ngx_http_healthpass_source_t *source);
static ngx_uint_t ngx_http_healthpass_is_type(ngx_str_t *type,
    ngx_str_t *expected);
static size_t ngx_http_healthpass_body_size(ngx_http_request_t *r, size_t max);
static ngx_int_t ngx_http_healthpass_copy_body(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, size_t size);
static ngx_int_t ngx_http_healthpass_copy_buf(ngx_buf_t *b, u_char *p);


/* May the body hold a pass, as far as its header says? */

ngx_uint_t
ngx_http_healthpass_body_wanted(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_http_healthpass_source_t *source)
{
    off_t  length;

    /* a subrequest has no body of its own, a discarded one is gone */

    if (r != r->main || r->discard_body || ctx->no_body) {
        return 0;
    }

    length = r->headers_in.content_length_n;

    if (length <= 0 && !r->headers_in.chunked) {
        return 0;
    }

    if (!ngx_http_healthpass_content_type(r, source)) {
        return 0;
    }

    if (length > (off_t) ctx->body_max) {
        ngx_log_error(NGX_LOG_INFO, r->connection->log, 0,
                      "healthpass: a body of %O bytes is over "
                      "healthpass_body_max and was not looked at", length);
        return 0;
    }

    return 1;
}


static ngx_uint_t
ngx_http_healthpass_content_type(ngx_http_request_t *r,
    ngx_http_healthpass_source_t *source)
{
    size_t      len;
    ngx_str_t   type;

    static ngx_str_t   form = ngx_string("application/x-www-form-urlencoded");
    static ngx_str_t   parts = ngx_string("multipart/form-data");
    static ngx_str_t   json = ngx_string("application/json");
    static ngx_str_t   text = ngx_string("text/plain");

    if (r->headers_in.content_type == NULL) {
        return 0;
    }

    type = r->headers_in.content_type->value;

    for (len = 0; len < type.len; len++) {
        if (type.data[len] == ';' || type.data[len] == ' '
            || type.data[len] == '\t')
        {
            break;
        }
    }

    type.len = len;

    switch (source->kind) {

    case NGX_HTTP_HEALTHPASS_FORM:
        return ngx_http_healthpass_is_type(&type, &form);

    case NGX_HTTP_HEALTHPASS_MULTIPART:
        return ngx_http_healthpass_is_type(&type, &parts);

    case NGX_HTTP_HEALTHPASS_JSON:
        return ngx_http_healthpass_is_type(&type, &json)
               || (len > 5
                   && ngx_strncasecmp(type.data + len - 5, (u_char *) "+json",
                                      5)
                      == 0);

    default:
        return ngx_http_healthpass_is_type(&type, &text);
    }
}


static ngx_uint_t
ngx_http_healthpass_is_type(ngx_str_t *type, ngx_str_t *expected)
{
    return type->len == expected->len
           && ngx_strncasecmp(type->data, expected->data, type->len) == 0;
}


ngx_uint_t
ngx_http_healthpass_body_types(ngx_http_request_t *r)
{
    ngx_http_healthpass_values_t  values;

    static ngx_str_t  name = ngx_string("Content-Type");

    values.n = 0;

    ngx_http_healthpass_look_in_headers(r, &name, &values);

    return values.n;
}


ngx_int_t
ngx_http_healthpass_body_bytes(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_str_t *body)
{
    ngx_chain_t  *cl;

    if (r->request_body == NULL) {
        return NGX_DECLINED;
    }

    if (ctx->body.data) {
        *body = ctx->body;
        return NGX_OK;
    }

    body->len = ngx_http_healthpass_body_size(r, ctx->body_max);
    if (body->len == 0) {
        return NGX_DECLINED;
    }

    cl = r->request_body->bufs;

    if (cl->next == NULL && ngx_buf_in_memory(cl->buf)) {
        body->data = cl->buf->pos;
        return NGX_OK;
    }

    if (ngx_http_healthpass_copy_body(r, ctx, body->len) != NGX_OK) {
        return NGX_ERROR;
    }

    *body = ctx->body;

    return NGX_OK;
}


void
ngx_http_healthpass_forget_body(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx)
{
    if (ctx->body.data) {
        hp_wipe(ctx->body.data, ctx->body.len);
        (void) ngx_pfree(r->pool, ctx->body.data);
        ngx_str_null(&ctx->body);
    }
}


/* One copy for all that look into it. */

static ngx_int_t
ngx_http_healthpass_copy_body(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, size_t size)
{
    u_char       *p;
    ngx_chain_t  *cl;

    p = ngx_pnalloc(r->pool, size);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ctx->body.data = p;
    ctx->body.len = size;

    for (cl = r->request_body->bufs; cl; cl = cl->next) {

        if (ngx_http_healthpass_copy_buf(cl->buf, p) != NGX_OK) {
            ngx_http_healthpass_forget_body(r, ctx);
            return NGX_ERROR;
        }

        p += ngx_buf_size(cl->buf);
    }

    return NGX_OK;
}


static size_t
ngx_http_healthpass_body_size(ngx_http_request_t *r, size_t max)
{
    off_t         size;
    ngx_chain_t  *cl;

    size = 0;

    for (cl = r->request_body->bufs; cl; cl = cl->next) {
        size += ngx_buf_size(cl->buf);

        if (size > (off_t) max) {
            ngx_log_error(NGX_LOG_INFO, r->connection->log, 0,
                          "healthpass: a body over healthpass_body_max "
                          "was not looked at");
            return 0;
        }
    }

    return (size_t) size;
}


static ngx_int_t
ngx_http_healthpass_copy_buf(ngx_buf_t *b, u_char *p)
{
    off_t    at;
    ssize_t  n;

    if (ngx_buf_in_memory(b)) {
        ngx_memcpy(p, b->pos, b->last - b->pos);
        return NGX_OK;
    }

    for (at = b->file_pos; at < b->file_last; at += n) {

        n = ngx_read_file(b->file, p + (at - b->file_pos),
                          (size_t) (b->file_last - at), at);

        if (n == NGX_ERROR || n == 0) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}
