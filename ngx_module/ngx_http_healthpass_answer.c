
/*
 * What is said about a decision: the status and headers to the client, one line
 * to the operator.  Neither holds anything that the pass says of a person.
 */


#include "ngx_http_healthpass.h"


static ngx_int_t ngx_http_healthpass_add_challenge(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx);
static ngx_int_t ngx_http_healthpass_challenge(ngx_http_request_t *r,
    ngx_str_t *challenge);
static u_char *ngx_http_healthpass_quote(u_char *p, ngx_str_t *text);
static ngx_int_t ngx_http_healthpass_add_retry_after(ngx_http_request_t *r);
static u_char *ngx_http_healthpass_log_pass(u_char *p, u_char *last,
    hp_verdict *v);
static const char *ngx_http_healthpass_outcome(hp_verdict *v);
static ngx_uint_t ngx_http_healthpass_level(ngx_http_healthpass_pass_t *pass,
    ngx_uint_t configured);


/* NGX_OK, or the status to refuse with, its headers being set. */

ngx_int_t
ngx_http_healthpass_answer(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx)
{
    ngx_uint_t        status;

    static ngx_str_t  no_store = ngx_string("no-store");

    if (ctx->decisive->verdict.reason == HP_OK) {
        return NGX_OK;
    }

    status = ngx_http_healthpass_status(ctx->decisive->verdict.reason);

    /* an error page that is protected too comes here again */

    if (ctx->cache_control) {
        return status;
    }

    ctx->cache_control = ngx_http_healthpass_add_header(r, "Cache-Control",
                                                        &no_store);
    if (ctx->cache_control == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (status == NGX_HTTP_UNAUTHORIZED
        && ngx_http_healthpass_add_challenge(r, ctx) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (status == NGX_HTTP_SERVICE_UNAVAILABLE
        && ngx_http_healthpass_add_retry_after(r) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return status;
}


ngx_uint_t
ngx_http_healthpass_status(hp_reason reason)
{
    switch (hp_reason_http(reason)) {

    case NGX_HTTP_UNAUTHORIZED:
        return NGX_HTTP_UNAUTHORIZED;

    case NGX_HTTP_FORBIDDEN:
        return NGX_HTTP_FORBIDDEN;

    default:
        return NGX_HTTP_SERVICE_UNAVAILABLE;
    }
}


/*
 * The request got past the access phase.  If that is in spite of our refusal, by
 * "satisfy any", the refusal's headers must not stand in the response.
 */

void
ngx_http_healthpass_admitted(ngx_http_request_t *r)
{
    ngx_http_healthpass_ctx_t  *ctx;

    /*
     * The error page of our refusal keeps them.  The internal redirect to it has
     * forgotten the ctx; if the page is protected too, err_status tells, which
     * "error_page 403 = /uri" does not set.
     */

    ctx = ngx_http_get_module_ctx(r, ngx_http_healthpass_module);

    if (ctx == NULL || ctx->cache_control == NULL || r->err_status) {
        return;
    }

    ctx->cache_control->hash = 0;
    ctx->cache_control = NULL;

    if (ctx->www_authenticate) {
        ctx->www_authenticate->hash = 0;
        ctx->www_authenticate = NULL;
    }

    if (ctx->vary) {
        ctx->vary->hash = 0;
        ctx->vary = NULL;
    }
}


ngx_table_elt_t *
ngx_http_healthpass_add_header(ngx_http_request_t *r, char *key,
    ngx_str_t *value)
{
    ngx_table_elt_t  *h;

    h = ngx_list_push(&r->headers_out.headers);
    if (h == NULL) {
        return NULL;
    }

    h->hash = 1;
    ngx_http_healthpass_single_header(h);
    h->key.len = ngx_strlen(key);
    h->key.data = (u_char *) key;
    h->value = *value;

    return h;
}


/*
 * RFC 9110 11.6.1 asks for a challenge with every 401.  No scheme is registered
 * for health passes, so that ours is a private one.
 */

static ngx_int_t
ngx_http_healthpass_add_challenge(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx)
{
    ngx_str_t         challenge;
    ngx_table_elt_t  *h;

    if (ngx_http_healthpass_challenge(r, &challenge) != NGX_OK) {
        return NGX_ERROR;
    }

    if (challenge.len == 0) {
        return NGX_OK;
    }

    h = ngx_http_healthpass_add_header(r, "WWW-Authenticate", &challenge);
    if (h == NULL) {
        return NGX_ERROR;
    }

    r->headers_out.www_authenticate = h;
    ctx->www_authenticate = h;

    return NGX_OK;
}


static ngx_int_t
ngx_http_healthpass_challenge(ngx_http_request_t *r, ngx_str_t *challenge)
{
    size_t                           i;
    u_char                          *p;
    ngx_str_t                        realm;
    ngx_http_healthpass_loc_conf_t  *hlcf;

    hlcf = ngx_http_get_module_loc_conf(r, ngx_http_healthpass_module);

    if (hlcf->www_authenticate) {

        if (ngx_http_complex_value(r, hlcf->www_authenticate, challenge)
            != NGX_OK)
        {
            return NGX_ERROR;
        }

        for (i = 0; i < challenge->len; i++) {
            if (challenge->data[i] < ' ' || challenge->data[i] == 0x7f) {
                ngx_log_error(NGX_LOG_WARN, r->connection->log, 0,
                              "healthpass: a control character in the value "
                              "of healthpass_www_authenticate, not sent");
                challenge->len = 0;
            }
        }

        return NGX_OK;
    }

    ngx_str_set(&realm, "health pass");

    if (hlcf->realm
        && ngx_http_complex_value(r, hlcf->realm, &realm) != NGX_OK)
    {
        return NGX_ERROR;
    }

    p = ngx_pnalloc(r->pool, sizeof("HealthPass realm=\"\"") + 2 * realm.len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    challenge->data = p;

    p = ngx_cpymem(p, "HealthPass realm=\"", sizeof("HealthPass realm=\"") - 1);
    p = ngx_http_healthpass_quote(p, &realm);
    *p++ = '"';

    challenge->len = p - challenge->data;

    return NGX_OK;
}


/* The inside of a quoted-string, RFC 9110 5.6.4; at most twice as long. */

static u_char *
ngx_http_healthpass_quote(u_char *p, ngx_str_t *text)
{
    size_t  i;
    u_char  ch;

    for (i = 0; i < text->len; i++) {
        ch = text->data[i];

        if (ch == '"' || ch == '\\') {
            *p++ = '\\';
        }

        *p++ = (ch < ' ' || ch == 0x7f) ? ' ' : ch;
    }

    return p;
}


/* A fault ends with the next look at the changed files at the earliest. */

static ngx_int_t
ngx_http_healthpass_add_retry_after(ngx_http_request_t *r)
{
    ngx_str_t                         value;
    ngx_http_healthpass_main_conf_t  *hmcf;

    hmcf = ngx_http_get_module_main_conf(r, ngx_http_healthpass_module);

    value.data = ngx_pnalloc(r->pool, NGX_INT_T_LEN);
    if (value.data == NULL) {
        return NGX_ERROR;
    }

    value.len = ngx_sprintf(value.data, "%M", (hmcf->refresh + 999) / 1000)
                - value.data;

    return ngx_http_healthpass_add_header(r, "Retry-After", &value)
           ? NGX_OK : NGX_ERROR;
}


/* ---- the log ---- */


void
ngx_http_healthpass_log(ngx_http_request_t *r, ngx_http_healthpass_ctx_t *ctx)
{
    u_char                          *p, *last;
    u_char                           line[NGX_MAX_ERROR_STR / 2];
    ngx_str_t                        reference;
    hp_verdict                      *v;
    ngx_http_healthpass_loc_conf_t  *hlcf;

    hlcf = ngx_http_get_module_loc_conf(r, ngx_http_healthpass_module);

    v = &ctx->decisive->verdict;

    ngx_http_healthpass_reference(r, &reference);

    p = line;
    last = line + sizeof(line);

    p = ngx_slprintf(p, last, "healthpass: %s%s%s, reason=%s, stage=%s",
                     ngx_http_healthpass_outcome(v),
                     ctx->exempted ? ", exemption" : "",
                     hlcf->dry_run ? ", dry run" : "",
                     hp_reason_name(v->reason), hp_reason_stage(v->reason));

    if (ctx->failed) {
        p = ngx_slprintf(p, last, ", person %ui of %ui", ctx->failed,
                         ctx->passes.nelts);
    }

    if (v->uses) {
        p = ngx_slprintf(p, last, ", uses=%ui", (ngx_uint_t) v->uses);
    }

    p = ngx_http_healthpass_log_pass(p, last, v);

    if (ctx->decisive->source) {
        p = ngx_slprintf(p, last, ", source=%V",
                         &ctx->decisive->source->spelled);
    }

    p = ngx_slprintf(p, last, ", reference=%V", &reference);

    ngx_log_error(ngx_http_healthpass_level(ctx->decisive, hlcf->log_level),
                  r->connection->log, 0, "%*s", (size_t) (p - line), line);
}


/* What the verdict knows of the pass. */

static u_char *
ngx_http_healthpass_log_pass(u_char *p, u_char *last, hp_verdict *v)
{
    if (v->rule && v->rule[0]) {
        p = ngx_slprintf(p, last, ", rule=%s", v->rule);
    }

    if (v->list[0]) {
        p = ngx_slprintf(p, last, ", list=%s", v->list);
    }

    if (v->batch[0]) {
        p = ngx_slprintf(p, last, ", batch=%s", v->batch);
    }

    if (v->kid[0]) {
        p = ngx_slprintf(p, last, ", kid=%s", v->kid);
    }

    if (v->issuer[0]) {
        p = ngx_slprintf(p, last, ", issuer=%s", v->issuer);
    }

    if (v->overridden) {
        p = ngx_slprintf(p, last, ", stale list allowed");
    }

    if (v->has_pass_id) {
        p = ngx_slprintf(p, last, ", pass=");

        if (last - p > 2 * (ptrdiff_t) sizeof(v->pass_id)) {
            p = ngx_hex_dump(p, v->pass_id, sizeof(v->pass_id));
        }
    }

    return p;
}


static const char *
ngx_http_healthpass_outcome(hp_verdict *v)
{
    if (v->reason == HP_OK) {
        return v->suspect ? "accepted, suspect" : "accepted";
    }

    return hp_reason_is_fault(v->reason) ? "fault" : "refused";
}


/*
 * A withdrawn pass that is shown all the same is more than a refusal; so is one
 * that is shown for too many, the first time in its window.  A ledger that fails
 * is told of as such, and would fail all passes alike.
 */

static ngx_uint_t
ngx_http_healthpass_level(ngx_http_healthpass_pass_t *pass,
    ngx_uint_t configured)
{
    if (pass->verdict.reason == HP_ZONE_FULL
        || pass->verdict.reason == HP_LEDGER_AWAY)
    {
        return configured;
    }

    if (hp_reason_is_fault(pass->verdict.reason)) {
        return NGX_LOG_ERR;
    }

    if (hp_reason_is_withdrawn(pass->verdict.reason) || pass->first_over) {
        return ngx_min(configured, NGX_LOG_WARN);
    }

    return configured;
}


/*
 * What a refused person can tell the support: the beginning of $request_id, by
 * which the line above is found.
 */

void
ngx_http_healthpass_reference(ngx_http_request_t *r, ngx_str_t *reference)
{
    ngx_http_variable_value_t        *vv;
    ngx_http_healthpass_main_conf_t  *hmcf;

    hmcf = ngx_http_get_module_main_conf(r, ngx_http_healthpass_module);

    vv = ngx_http_get_indexed_variable(r, hmcf->request_id);

    if (vv == NULL || vv->not_found) {
        ngx_str_set(reference, "-");
        return;
    }

    reference->data = vv->data;
    reference->len = ngx_min((size_t) vv->len, NGX_HTTP_HEALTHPASS_REFERENCE);
}
