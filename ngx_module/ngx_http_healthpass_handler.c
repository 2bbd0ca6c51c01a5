
/*
 * The way of a request: find the pass, have it judged, answer.
 *
 * Internal redirects (index, try_files, error_page) run the access phase again
 * and forget r->ctx.  The state is found again in the pool's cleanups; it counts
 * for the same request under the same policy, sources and limits, and for the same
 * persons, day and use: a redirect may change the variables that say them.
 * Otherwise the pass is judged again, from the text kept: it may have been stripped.
 */


#include "ngx_http_healthpass.h"


static ngx_int_t ngx_http_healthpass_check_request(ngx_http_request_t *r,
    ngx_http_healthpass_loc_conf_t *hlcf);
static ngx_int_t ngx_http_healthpass_judge(ngx_http_request_t *r,
    ngx_http_healthpass_loc_conf_t *hlcf, ngx_http_healthpass_ctx_t **ctx);
static ngx_int_t ngx_http_healthpass_read_body(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx);
static void ngx_http_healthpass_body_read(ngx_http_request_t *r);
static hp_basis ngx_http_healthpass_basis(
    ngx_http_healthpass_loc_conf_t *hlcf);
static ngx_int_t ngx_http_healthpass_tell(ngx_http_request_t *r,
    ngx_http_healthpass_loc_conf_t *hlcf, ngx_http_healthpass_ctx_t *ctx);

static ngx_int_t ngx_http_healthpass_strip_all(ngx_http_request_t *r,
    ngx_http_healthpass_loc_conf_t *hlcf, ngx_http_healthpass_ctx_t *ctx);

static ngx_http_healthpass_ctx_t *ngx_http_healthpass_same_ctx(
    ngx_http_request_t *r, ngx_http_healthpass_loc_conf_t *hlcf);
static ngx_uint_t ngx_http_healthpass_same_values(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx);
static ngx_http_healthpass_ctx_t *ngx_http_healthpass_create_ctx(
    ngx_http_request_t *r, ngx_http_healthpass_loc_conf_t *hlcf);
static void ngx_http_healthpass_cleanup(void *data);
static ngx_http_healthpass_ctx_t *ngx_http_healthpass_next_ctx(
    ngx_pool_cleanup_t **cln);


ngx_int_t
ngx_http_healthpass_access_handler(ngx_http_request_t *r)
{
    ngx_int_t                        rc;
    ngx_http_healthpass_ctx_t       *ctx;
    ngx_http_healthpass_loc_conf_t  *hlcf;

    hlcf = ngx_http_get_module_loc_conf(r, ngx_http_healthpass_module);

    if (hlcf->verify == NGX_HTTP_HEALTHPASS_OFF
        || ngx_http_healthpass_basis(hlcf) == HP_BASIS_OFF)
    {
        return NGX_DECLINED;
    }

    ngx_log_debug0(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
                   "healthpass access handler");

    rc = ngx_http_healthpass_judge(r, hlcf, &ctx);

    if (rc == NGX_AGAIN) {
        /* gives back what the reader of the body took; r may be gone now */
        ngx_http_finalize_request(r, NGX_DONE);
        return NGX_DONE;
    }

    if (rc != NGX_OK) {
        return rc;
    }

    ctx->optional = (hlcf->verify == NGX_HTTP_HEALTHPASS_OPTIONAL);

    if (ctx->optional && ctx->decisive->verdict.reason == HP_NO_PASS) {
        return ngx_http_healthpass_strip_all(r, hlcf, ctx) == NGX_OK
               ? NGX_DECLINED : NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    rc = ngx_http_healthpass_tell(r, hlcf, ctx);
    if (rc != NGX_OK) {
        return rc;
    }

    /*
     * A dry run has no opinion at all: NGX_OK would open the location under
     * "satisfy any".
     */

    if (hlcf->dry_run) {
        return NGX_DECLINED;
    }

    rc = ngx_http_healthpass_answer(r, ctx);

    if (rc == NGX_OK
        && ngx_http_healthpass_give_clearance(r, ctx) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return rc;
}


/*
 * healthpass_check and healthpass_status answer here, and are no content
 * handlers: a location has one of those, and proxy_pass, empty_gif or an "if"
 * would put its own in the place of ours without a word.  This phase is run for
 * subrequests too, unlike the access phase.  Its handlers run in reverse order of
 * registration: "config" puts us behind try_files and mirror in the list of
 * modules, so that we run before them, and try_files cannot leave for another
 * location first.
 */

ngx_int_t
ngx_http_healthpass_precontent_handler(ngx_http_request_t *r)
{
    ngx_http_healthpass_loc_conf_t  *hlcf;

    hlcf = ngx_http_get_module_loc_conf(r, ngx_http_healthpass_module);

    if (hlcf->check) {
        return ngx_http_healthpass_check_request(r, hlcf);
    }

    ngx_http_healthpass_admitted(r);

    if (hlcf->status) {
        return ngx_http_healthpass_status_request(r, hlcf);
    }

    return NGX_DECLINED;
}


/* The answer is the whole response, also to auth_request. */

static ngx_int_t
ngx_http_healthpass_check_request(ngx_http_request_t *r,
    ngx_http_healthpass_loc_conf_t *hlcf)
{
    ngx_int_t                   rc;
    ngx_http_healthpass_ctx_t  *ctx;

    if (hlcf->show && r != r->main) {
        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "healthpass: show= shows nothing to a subrequest");
        return NGX_HTTP_FORBIDDEN;
    }

    if (ngx_http_healthpass_basis(hlcf) == HP_BASIS_OFF) {
        return NGX_HTTP_NO_CONTENT;
    }

    rc = ngx_http_healthpass_judge(r, hlcf, &ctx);

    if (rc == NGX_AGAIN) {
        /* gives back what the reader of the body took; r may be gone now */
        ngx_http_finalize_request(r, NGX_DONE);
        return NGX_DONE;
    }

    if (rc != NGX_OK) {
        return rc;
    }

    ctx->optional = 0;

    rc = ngx_http_healthpass_tell(r, hlcf, ctx);
    if (rc != NGX_OK) {
        return rc;
    }

    rc = hlcf->dry_run ? NGX_OK : ngx_http_healthpass_answer(r, ctx);

    if (rc != NGX_OK) {
        return ngx_http_healthpass_send_problem(r, ctx, rc);
    }

    if (hlcf->show) {
        return ngx_http_healthpass_send_shown(r, ctx);
    }

    if (!hlcf->dry_run
        && ngx_http_healthpass_give_clearance(r, ctx) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return NGX_HTTP_NO_CONTENT;
}


/*
 * auth_request goes by the status of what is sent last, so that an error page with
 * "=" would make a yes of our refusal, or of limit_req's beside us.  Nobody reads
 * that page, and from here on there is none: the rewrite phase is the first that
 * knows the location.
 *
 * nginx does not run the access phase for subrequests: a location that is only
 * ever reached by auth_request stays open, whatever healthpass_verify says there.
 */

ngx_int_t
ngx_http_healthpass_subrequest_handler(ngx_http_request_t *r)
{
    ngx_http_healthpass_loc_conf_t  *hlcf;

    if (r == r->main) {
        return NGX_DECLINED;
    }

    hlcf = ngx_http_get_module_loc_conf(r, ngx_http_healthpass_module);

    if (hlcf->check) {
        r->error_page = 1;
        return NGX_DECLINED;
    }

    if (hlcf->verify == NGX_HTTP_HEALTHPASS_OFF || *hlcf->warned
        || ngx_http_healthpass_get_ctx(r))
    {
        return NGX_DECLINED;
    }

    *hlcf->warned = 1;

    ngx_log_error(NGX_LOG_WARN, r->connection->log, 0,
                  "healthpass: nobody's pass is judged for the subrequest "
                  "\"%V\": healthpass_verify has no effect there, "
                  "healthpass_check has", &r->uri);

    return NGX_DECLINED;
}


/*
 * NGX_OK: *ctx says what was decided.  NGX_AGAIN: the body is being read, and r
 * must not be touched any more.  NGX_DONE: it still is.  Otherwise an HTTP status.
 */

static ngx_int_t
ngx_http_healthpass_judge(ngx_http_request_t *r,
    ngx_http_healthpass_loc_conf_t *hlcf, ngx_http_healthpass_ctx_t **ctxp)
{
    ngx_int_t                   rc;
    ngx_http_healthpass_ctx_t  *ctx;

    ctx = ngx_http_healthpass_same_ctx(r, hlcf);

    if (ctx == NULL) {
        ctx = ngx_http_healthpass_create_ctx(r, hlcf);
        if (ctx == NULL) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }
    }

    *ctxp = ctx;

    if (ctx->waiting || ctx->ask) {
        return NGX_DONE;
    }

    if (ctx->decisive) {
        return NGX_OK;
    }

    if (ngx_http_healthpass_basis(hlcf) == HP_BASIS_ENDED
        && hlcf->verify != NGX_HTTP_HEALTHPASS_OPTIONAL)
    {
        /* refused whatever is shown: nothing is looked for, nobody is asked */
        rc = ngx_http_healthpass_refuse(r, ctx, HP_ENDED);

    } else if (ngx_http_healthpass_values_wait(r, ctx)) {
        rc = NGX_AGAIN;

    } else {
        rc = ngx_http_healthpass_take_clearance(r, ctx);

        if (rc == NGX_DECLINED) {
            rc = ngx_http_healthpass_judge_party(r, ctx);
        }
    }

    if (rc == NGX_AGAIN) {
        return ngx_http_healthpass_read_body(r, ctx);
    }

    return rc == NGX_ERROR ? NGX_HTTP_INTERNAL_SERVER_ERROR : rc;
}


static hp_basis
ngx_http_healthpass_basis(ngx_http_healthpass_loc_conf_t *hlcf)
{
    return hp_policy_basis(hlcf->policy->policy, (double) ngx_time());
}


static ngx_int_t
ngx_http_healthpass_read_body(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx)
{
    ngx_int_t  rc;

    ctx->waiting = 1;

    rc = ngx_http_read_client_request_body(r, ngx_http_healthpass_body_read);

    if (rc >= NGX_HTTP_SPECIAL_RESPONSE) {
        return rc;
    }

    return NGX_AGAIN;
}


static void
ngx_http_healthpass_body_read(ngx_http_request_t *r)
{
    ngx_http_healthpass_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_healthpass_module);

    ctx->waiting = 0;

    /* for the content handler behind us, and for an error page's */
    r->preserve_body = 1;

    r->write_event_handler = ngx_http_core_run_phases;
    ngx_http_core_run_phases(r);
}


/*
 * Logs a refusal, once, and takes passes out of what goes upstream.  A line that
 * says "dry run" does not stand for the refusal of a real gate behind it.
 */

static ngx_int_t
ngx_http_healthpass_tell(ngx_http_request_t *r,
    ngx_http_healthpass_loc_conf_t *hlcf, ngx_http_healthpass_ctx_t *ctx)
{
    ngx_http_healthpass_pass_t  *pass;

    pass = ctx->decisive;

    ngx_http_healthpass_forget_body(r, ctx);

    if (hlcf->dry_run) {
        ctx->dry = 1;

    } else {
        ctx->gated = 1;
    }

    if (ngx_http_healthpass_keep_language(r, ctx) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if ((pass->verdict.reason != HP_OK || pass->verdict.suspect
         || ctx->exempted)
        && !pass->logged && !(hlcf->dry_run && pass->dry_logged))
    {
        ngx_http_healthpass_log(r, ctx);

        pass->logged = !hlcf->dry_run;
        pass->dry_logged = 1;
    }

    /* what auth_request asks about is the request that goes upstream */

    return ngx_http_healthpass_strip_all(r, hlcf, ctx) == NGX_OK
           ? NGX_OK : NGX_HTTP_INTERNAL_SERVER_ERROR;
}


static ngx_int_t
ngx_http_healthpass_strip_all(ngx_http_request_t *r,
    ngx_http_healthpass_loc_conf_t *hlcf, ngx_http_healthpass_ctx_t *ctx)
{
    if (!hlcf->strip) {
        return NGX_OK;
    }

    if (ngx_http_healthpass_keep_aside(r, ctx) != NGX_OK) {
        return NGX_ERROR;
    }

    if (ctx->clearance
        && ngx_http_healthpass_strip(r->main, ctx->clearance->carriers)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_healthpass_strip(r->main, ctx->sources);
}


/* ---- the state ---- */


/*
 * For variables and response headers: what was decided for this request last;
 * for a subrequest that decided nothing, for its main request.
 */

ngx_http_healthpass_ctx_t *
ngx_http_healthpass_get_ctx(ngx_http_request_t *r)
{
    ngx_pool_cleanup_t         *cln;
    ngx_http_healthpass_ctx_t  *ctx, *main;

    ctx = ngx_http_get_module_ctx(r, ngx_http_healthpass_module);

    if (ctx) {
        return ctx->decisive ? ctx : NULL;
    }

    /* only these two forget r->ctx, as the realip module knows too */

    if (!r->internal && !r->filter_finalize) {
        return NULL;
    }

    main = NULL;
    cln = r->pool->cleanup;

    /* the newest comes first */

    while ((ctx = ngx_http_healthpass_next_ctx(&cln)) != NULL) {

        if (ctx->decisive == NULL) {
            continue;
        }

        if (ctx->request == r) {
            return ctx;
        }

        if (ctx->request == r->main && main == NULL) {
            main = ctx;
        }
    }

    return main;
}


/*
 * One request may meet several gates, by internal redirects and auth_request, and
 * is counted once: by the newest refusal of a gate, else by the newest word of
 * one, else by that of a dry run.
 */

ngx_http_healthpass_ctx_t *
ngx_http_healthpass_counted_ctx(ngx_http_request_t *r)
{
    ngx_uint_t                  rank, best;
    ngx_pool_cleanup_t         *cln;
    ngx_http_healthpass_ctx_t  *ctx, *counted;

    best = 0;
    counted = NULL;
    cln = r->pool->cleanup;

    while ((ctx = ngx_http_healthpass_next_ctx(&cln)) != NULL) {

        if (ctx->decisive == NULL) {
            continue;
        }

        rank = (ctx->gated ? 5 : ctx->dry ? 3 : 1)
               + (ctx->decisive->verdict.reason != HP_OK);

        if (rank > best) {
            best = rank;
            counted = ctx;
        }
    }

    return counted;
}


static ngx_http_healthpass_ctx_t *
ngx_http_healthpass_same_ctx(ngx_http_request_t *r,
    ngx_http_healthpass_loc_conf_t *hlcf)
{
    ngx_pool_cleanup_t         *cln;
    ngx_http_healthpass_ctx_t  *ctx, *current;

    current = ngx_http_get_module_ctx(r, ngx_http_healthpass_module);
    cln = r->pool->cleanup;

    while ((ctx = ngx_http_healthpass_next_ctx(&cln)) != NULL) {

        if (ctx->request != r
            || ctx->policy != hlcf->policy
            || ctx->sources != hlcf->sources
            || ctx->holder != hlcf->holder
            || ctx->persons != hlcf->persons
            || ctx->visit != hlcf->visit
            || ctx->reuse != hlcf->reuse
            || ctx->clearance != hlcf->clearance
            || ctx->show != hlcf->show
            || (ctx->cleared && ctx != current)
            || (ctx->given_back && !hlcf->dry_run)
            || ctx->body_max != hlcf->body_max
            || !ngx_http_healthpass_same_values(r, ctx))
        {
            continue;
        }

        if (ctx != current && ctx->waiting) {
            /* reading the body failed, and this is the error page */
            ctx->waiting = 0;
            ctx->no_body = 1;
        }

        ngx_http_set_ctx(r, ctx, ngx_http_healthpass_module);

        return ctx;
    }

    return NULL;
}


/* A redirect may change the variables that name somebody or something. */

static ngx_uint_t
ngx_http_healthpass_same_values(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx)
{
    if (ctx->persons
        && !ngx_http_healthpass_same_value(r, &ctx->persons->count,
                                           &ctx->count))
    {
        return 0;
    }

    if (ctx->visit
        && !ngx_http_healthpass_same_value(r, &ctx->visit->at, &ctx->at))
    {
        return 0;
    }

    if (ctx->reuse
        && !ngx_http_healthpass_same_value(r, &ctx->reuse->by, &ctx->by))
    {
        return 0;
    }

    return ngx_http_healthpass_same_person(r, ctx);
}


static ngx_http_healthpass_ctx_t *
ngx_http_healthpass_create_ctx(ngx_http_request_t *r,
    ngx_http_healthpass_loc_conf_t *hlcf)
{
    ngx_pool_cleanup_t         *cln;
    ngx_http_healthpass_ctx_t  *ctx;

    cln = ngx_pool_cleanup_add(r->pool, sizeof(ngx_http_healthpass_ctx_t));
    if (cln == NULL) {
        return NULL;
    }

    ctx = cln->data;
    ngx_memzero(ctx, sizeof(ngx_http_healthpass_ctx_t));

    ctx->request = r;
    ctx->policy = hlcf->policy;
    ctx->sources = hlcf->sources;
    ctx->holder = hlcf->holder;
    ctx->persons = hlcf->persons;
    ctx->visit = hlcf->visit;
    ctx->reuse = hlcf->reuse;
    ctx->clearance = hlcf->clearance;
    ctx->show = hlcf->show;
    ctx->problem = HP_OK;
    ctx->body_max = hlcf->body_max;

    if (ngx_array_init(&ctx->passes, r->pool, 1,
                       sizeof(ngx_http_healthpass_pass_t))
        != NGX_OK)
    {
        return NULL;
    }

    cln->handler = ngx_http_healthpass_cleanup;

    ngx_http_set_ctx(r, ctx, ngx_http_healthpass_module);

    return ctx;
}


static void
ngx_http_healthpass_cleanup(void *data)
{
    ngx_http_healthpass_ctx_t *ctx = data;

    ngx_uint_t                    i;
    ngx_http_healthpass_pass_t   *pass;
    ngx_http_healthpass_aside_t  *aside;

    pass = ctx->passes.elts;

    for (i = 0; i < ctx->passes.nelts; i++) {
        hp_wipe(pass[i].text.data, pass[i].text.len);
        hp_wipe(pass[i].shown.data, pass[i].shown.len);
    }

    aside = ctx->aside ? ctx->aside->elts : NULL;

    for (i = 0; ctx->aside && i < ctx->aside->nelts; i++) {
        ngx_http_healthpass_wipe_texts(&aside[i].texts);
    }

    hp_wipe(ctx->token.data, ctx->token.len);
    hp_wipe(ctx->won, ctx->won ? sizeof(hp_clearance) : 0);

    for (i = 0; i < NGX_HTTP_HEALTHPASS_VALUES; i++) {
        hp_wipe(ctx->person[i].data, ctx->person[i].len);
    }

    hp_wipe(ctx->by.text.data, ctx->by.text.len);
    hp_wipe(ctx->count.text.data, ctx->count.text.len);
    hp_wipe(ctx->at.text.data, ctx->at.text.len);
    hp_wipe(ctx->body.data, ctx->body.len);

    /* a request that never came to its end had no answer */

    ngx_http_healthpass_end_uses(ctx, 0);
}


/* The status is the one that the client was sent. */

ngx_int_t
ngx_http_healthpass_log_handler(ngx_http_request_t *r)
{
    ngx_uint_t                  status;
    ngx_pool_cleanup_t         *cln;
    ngx_http_healthpass_ctx_t  *ctx;

    if (r == r->main) {
        ngx_http_healthpass_count_request(r);
    }

    status = r->err_status ? r->err_status : r->headers_out.status;
    cln = r->pool->cleanup;

    while ((ctx = ngx_http_healthpass_next_ctx(&cln)) != NULL) {
        if (ctx->request == r) {
            ngx_http_healthpass_end_uses(ctx, status);
        }
    }

    return NGX_OK;
}


static ngx_http_healthpass_ctx_t *
ngx_http_healthpass_next_ctx(ngx_pool_cleanup_t **clnp)
{
    ngx_pool_cleanup_t  *cln;

    for (cln = *clnp; cln; cln = cln->next) {
        if (cln->handler == ngx_http_healthpass_cleanup) {
            *clnp = cln->next;
            return cln->data;
        }
    }

    return NULL;
}


/*
 * What had its passes from this source before.  Header lines are those of the main
 * request for all its subrequests; arguments, bodies and variables are not.
 */

ngx_http_healthpass_ctx_t *
ngx_http_healthpass_kept_ctx(ngx_http_request_t *r,
    ngx_http_healthpass_source_t *source)
{
    ngx_pool_cleanup_t          *cln;
    ngx_http_healthpass_ctx_t   *ctx;
    ngx_http_healthpass_pass_t  *pass;

    cln = r->pool->cleanup;

    while ((ctx = ngx_http_healthpass_next_ctx(&cln)) != NULL) {

        if (ctx->request != r && !ngx_http_healthpass_from_header(source)) {
            continue;
        }

        pass = ctx->passes.elts;

        if (ctx->passes.nelts && pass->source
            && ngx_http_healthpass_same_source(pass->source, source))
        {
            return ctx;
        }
    }

    return NULL;
}


ngx_http_healthpass_aside_t *
ngx_http_healthpass_kept_aside(ngx_http_request_t *r,
    ngx_http_healthpass_source_t *source)
{
    ngx_uint_t                    i;
    ngx_pool_cleanup_t           *cln;
    ngx_http_healthpass_ctx_t    *ctx;
    ngx_http_healthpass_aside_t  *aside;

    cln = r->pool->cleanup;

    while ((ctx = ngx_http_healthpass_next_ctx(&cln)) != NULL) {

        aside = ctx->aside ? ctx->aside->elts : NULL;

        for (i = 0; ctx->aside && i < ctx->aside->nelts; i++) {
            if (ngx_http_healthpass_same_source(aside[i].source, source)) {
                return &aside[i];
            }
        }
    }

    return NULL;
}


ngx_str_t *
ngx_http_healthpass_kept_token(ngx_http_request_t *r,
    ngx_http_healthpass_source_t *carrier)
{
    ngx_pool_cleanup_t         *cln;
    ngx_http_healthpass_ctx_t  *ctx;

    cln = r->pool->cleanup;

    while ((ctx = ngx_http_healthpass_next_ctx(&cln)) != NULL) {

        if (ctx->token.len
            && ngx_http_healthpass_same_source(ctx->clearance->carrier,
                                               carrier))
        {
            return &ctx->token;
        }
    }

    return NULL;
}


/* One alone, judged for nobody in particular, and now. */

ngx_http_healthpass_pass_t *
ngx_http_healthpass_judged_pass(ngx_http_request_t *r,
    ngx_http_healthpass_policy_t *policy, ngx_str_t *text)
{
    ngx_pool_cleanup_t          *cln;
    ngx_http_healthpass_ctx_t   *ctx;
    ngx_http_healthpass_pass_t  *pass;

    cln = r->pool->cleanup;

    while ((ctx = ngx_http_healthpass_next_ctx(&cln)) != NULL) {

        if (ctx->policy != policy || ctx->holder || ctx->persons || ctx->visit
            || ctx->reuse || ctx->decisive == NULL || ctx->passes.nelts != 1)
        {
            continue;
        }

        pass = ctx->passes.elts;

        if (pass->text.data && !pass->exempt
            && pass->text.len == text->len
            && ngx_memcmp(pass->text.data, text->data, text->len) == 0)
        {
            return pass;
        }
    }

    return NULL;
}
