
/*
 * A refusal as the public gets it: a problem document (RFC 9457) in the
 * visitor's language, which says what to do next.  It tells the group of the
 * reason, never the reason itself, and nothing that the pass says.
 */


#include "ngx_http_healthpass.h"


static ngx_int_t ngx_http_healthpass_put_problem(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_http_healthpass_page_t *page);
static void ngx_http_healthpass_put_member(ngx_http_healthpass_page_t *page,
    const char *name, const char *text);
static ngx_int_t ngx_http_healthpass_add_vary(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx);
static ngx_int_t ngx_http_healthpass_problem_headers(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_uint_t status);
static ngx_uint_t ngx_http_healthpass_has_error_page(ngx_http_request_t *r,
    ngx_int_t status);


/* The language that the visitor is told in, once the gate has decided. */

ngx_int_t
ngx_http_healthpass_keep_language(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx)
{
    ngx_uint_t    negotiated;
    hp_languages  languages;

    if (ctx->decisive->verdict.reason == HP_OK) {
        return NGX_OK;
    }

    if (ngx_http_healthpass_languages(r, &languages, &negotiated) != NGX_OK) {
        return NGX_ERROR;
    }

    ctx->language = hp_text_language(languages.list);
    ctx->negotiated = negotiated;

    return NGX_OK;
}


/* NGX_DECLINED: nobody was refused. */

ngx_int_t
ngx_http_healthpass_problem(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_str_t *document)
{
    ngx_http_healthpass_page_t  page;

    if (ctx->language == NULL
        || (ctx->optional && ctx->decisive->verdict.reason == HP_NO_PASS))
    {
        return NGX_DECLINED;
    }

    ngx_http_healthpass_begin_page(r, &page);

    if (ngx_http_healthpass_put_problem(r, ctx, &page) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_http_healthpass_page_text(&page, document);
}


/*
 * Refuses with that status, and the document is the body; unless the operator
 * has a page for it, or auth_request asks, which looks at the status alone.
 */

ngx_int_t
ngx_http_healthpass_send_problem(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_int_t status)
{
    ngx_int_t                   rc;
    ngx_http_healthpass_page_t  page;

    if (status < NGX_HTTP_BAD_REQUEST
        || r != r->main
        || ngx_http_healthpass_has_error_page(r, status))
    {
        return status;
    }

    rc = ngx_http_discard_request_body(r);
    if (rc != NGX_OK) {
        return rc;
    }

    ngx_http_healthpass_begin_page(r, &page);

    if (ngx_http_healthpass_put_problem(r, ctx, &page) != NGX_OK
        || ngx_http_healthpass_problem_headers(r, ctx, status) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_http_healthpass_send_page(r, &page);
}


static ngx_int_t
ngx_http_healthpass_put_problem(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_http_healthpass_page_t *page)
{
    hp_reason    reason;
    ngx_str_t    reference, *rule;
    const char  *languages[] = { ctx->language, NULL };

    reason = ctx->decisive->verdict.reason;
    rule = &ctx->decisive->rule_text;

    ngx_http_healthpass_reference(r, &reference);

    ngx_http_healthpass_put(page, "{\"type\":\"urn:healthpass:problem:%s\"",
                            hp_reason_group(reason));
    ngx_http_healthpass_put_member(page, "title",
                           hp_text(hp_reason_title(reason), languages));
    ngx_http_healthpass_put(page, ",\"status\":%ui",
                            ngx_http_healthpass_status(reason));
    ngx_http_healthpass_put_member(page, "detail",
                           hp_text(hp_reason_advice(reason), languages));

    if (rule->len) {
        ngx_http_healthpass_put_member(page, "requirement",
                                       (char *) rule->data);
    }

    if (ctx->failed) {
        ngx_http_healthpass_put(page, ",\"failed_index\":%ui", ctx->failed);
    }

    ngx_http_healthpass_put_member(page, "reason", hp_reason_group(reason));
    ngx_http_healthpass_put(page, ",\"reference\":\"%V\"}", &reference);

    return page->failed ? NGX_ERROR : ngx_http_healthpass_add_vary(r, ctx);
}


static void
ngx_http_healthpass_put_member(ngx_http_healthpass_page_t *page,
    const char *name, const char *text)
{
    ngx_http_healthpass_put(page, ",\"%s\":", name);
    ngx_http_healthpass_put_text(page, text);
}


/* Whose text the response has was asked of the request.  Once is enough. */

static ngx_int_t
ngx_http_healthpass_add_vary(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx)
{
    static ngx_str_t  language = ngx_string("Accept-Language");

    if (!ctx->negotiated || ctx->vary) {
        return NGX_OK;
    }

    /* auth_request takes it out of a subrequest into the response */

    ctx->vary = ngx_http_healthpass_add_header(r->main, "Vary", &language);

    return ctx->vary ? NGX_OK : NGX_ERROR;
}


static ngx_int_t
ngx_http_healthpass_problem_headers(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_uint_t status)
{
    ngx_str_t  language;

    language.data = (u_char *) ctx->language;
    language.len = ngx_strlen(ctx->language);

    r->headers_out.status = status;

    ngx_str_set(&r->headers_out.content_type, "application/problem+json");
    r->headers_out.content_type_len = r->headers_out.content_type.len;

    return ngx_http_healthpass_add_header(r, "Content-Language", &language)
           ? NGX_OK : NGX_ERROR;
}


/* As ngx_http_special_response_handler() would look for it. */

static ngx_uint_t
ngx_http_healthpass_has_error_page(ngx_http_request_t *r, ngx_int_t status)
{
    ngx_uint_t                 i;
    ngx_http_err_page_t       *page;
    ngx_http_core_loc_conf_t  *clcf;

    clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);

    if (r->error_page || clcf->error_pages == NULL) {
        return 0;
    }

    page = clcf->error_pages->elts;

    for (i = 0; i < clcf->error_pages->nelts; i++) {
        if (page[i].status == status) {
            return 1;
        }
    }

    return 0;
}
