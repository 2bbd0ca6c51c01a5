
/*
 * The way of a request: find the pass, have it judged, answer.
 *
 * Internal redirects (index, try_files, error_page) run the access phase again
 * and forget r->ctx.  The state is found again in the pool's cleanups; it counts
 * for the same request under the same policy, sources and limits, and for the same
 * person and use: a redirect may change the variables that name one.  Otherwise the pass
 * is judged again, from the text kept: it may have been stripped.
 */


#include "ngx_http_healthpass.h"


static ngx_int_t ngx_http_healthpass_check_request(ngx_http_request_t *r,
    ngx_http_healthpass_loc_conf_t *hlcf);
static ngx_int_t ngx_http_healthpass_judge(ngx_http_request_t *r,
    ngx_http_healthpass_loc_conf_t *hlcf, ngx_http_healthpass_ctx_t **ctx);
static ngx_int_t ngx_http_healthpass_read_body(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx);
static void ngx_http_healthpass_body_read(ngx_http_request_t *r);
static ngx_int_t ngx_http_healthpass_verify(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_http_healthpass_pass_t *pass,
    hp_person *person);
static ngx_int_t ngx_http_healthpass_verify_person(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_http_healthpass_pass_t *pass);
static hp_basis ngx_http_healthpass_basis(
    ngx_http_healthpass_loc_conf_t *hlcf);
static ngx_int_t ngx_http_healthpass_tell(ngx_http_request_t *r,
    ngx_http_healthpass_loc_conf_t *hlcf, ngx_http_healthpass_ctx_t *ctx);

static ngx_http_healthpass_ctx_t *ngx_http_healthpass_same_ctx(
    ngx_http_request_t *r, ngx_http_healthpass_loc_conf_t *hlcf);
static ngx_http_healthpass_ctx_t *ngx_http_healthpass_create_ctx(
    ngx_http_request_t *r, ngx_http_healthpass_loc_conf_t *hlcf);
static void ngx_http_healthpass_cleanup(void *data);
static ngx_http_healthpass_ctx_t *ngx_http_healthpass_next_ctx(
    ngx_pool_cleanup_t **cln);
static ngx_http_healthpass_pass_t *ngx_http_healthpass_judged_pass(
    ngx_http_request_t *r, ngx_http_healthpass_policy_t *policy,
    ngx_str_t *text);


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
        return NGX_DECLINED;
    }

    rc = ngx_http_healthpass_tell(r, hlcf, ctx);
    if (rc != NGX_OK) {
        return rc;
    }

    /*
     * A dry run has no opinion at all: NGX_OK would open the location under
     * "satisfy any".
     */

    return hlcf->dry_run ? NGX_DECLINED : ngx_http_healthpass_answer(r, ctx);
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

    return rc == NGX_OK ? NGX_HTTP_NO_CONTENT
                        : ngx_http_healthpass_send_problem(r, ctx, rc);
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
    ngx_int_t                    rc;
    hp_reason                    problem;
    ngx_uint_t                   ended;
    ngx_http_healthpass_ctx_t   *ctx;
    ngx_http_healthpass_pass_t   found, *pass;

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

    ngx_memzero(&found, sizeof(ngx_http_healthpass_pass_t));

    ended = (ngx_http_healthpass_basis(hlcf) == HP_BASIS_ENDED);

    if (ended && hlcf->verify != NGX_HTTP_HEALTHPASS_OPTIONAL) {
        /* refused whatever is shown: nothing is looked for, nobody is asked */
        rc = NGX_OK;
        problem = HP_ENDED;

    } else if (ngx_http_healthpass_holder_waits(r, ctx)) {
        return ngx_http_healthpass_read_body(r, ctx);

    } else {
        rc = ngx_http_healthpass_find(r, ctx, &found, &problem);
    }

    if (rc == NGX_AGAIN) {
        return ngx_http_healthpass_read_body(r, ctx);
    }

    if (rc == NGX_ERROR) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    pass = ngx_array_push(&ctx->passes);
    if (pass == NULL) {
        hp_wipe(found.text.data, found.text.len);
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    *pass = found;

    if (rc == NGX_OK && problem == HP_OK) {
        rc = ngx_http_healthpass_verify_person(r, ctx, pass);

        if (rc == NGX_AGAIN) {
            /* the ledger is asked, and what it answers decides */
            return NGX_DONE;
        }

        if (rc != NGX_OK) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

    } else if (rc == NGX_DECLINED) {
        (void) hp_verdict_set(&pass->verdict, HP_NO_PASS);

    } else {
        (void) hp_verdict_set(&pass->verdict, ended ? HP_ENDED : problem);
    }

    ctx->decisive = pass;

    return NGX_OK;
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


/* The name is asked for only now: who has no pass is not asked for one. */

static ngx_int_t
ngx_http_healthpass_verify_person(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_http_healthpass_pass_t *pass)
{
    hp_person   person;
    ngx_int_t   rc;
    ngx_str_t   texts[NGX_HTTP_HEALTHPASS_VALUES];
    hp_reason   problem;
    ngx_str_t  *t;

    if (ctx->holder == NULL) {
        return ngx_http_healthpass_verify(r, ctx, pass, NULL);
    }

    ngx_memzero(texts, sizeof(texts));
    problem = HP_OK;

    rc = ngx_http_healthpass_person(r, ctx, texts, &problem);

    if (rc == NGX_OK) {
        rc = ngx_http_healthpass_keep_person(r, ctx, texts);
    }

    if (rc == NGX_OK && problem != HP_OK) {
        (void) hp_verdict_set(&pass->verdict, problem);

    } else if (rc == NGX_OK) {
        ngx_memzero(&person, sizeof(hp_person));

        t = &texts[NGX_HTTP_HEALTHPASS_NAME];
        person.name = (hp_str) { t->data, t->len };

        t = &texts[NGX_HTTP_HEALTHPASS_GIVEN];
        person.given = (hp_str) { t->data, t->len };
        person.apart = ctx->holder->value[NGX_HTTP_HEALTHPASS_GIVEN].given;

        t = &texts[NGX_HTTP_HEALTHPASS_DOB];
        person.birth = (hp_str) { t->data, t->len };
        person.dated = ctx->holder->value[NGX_HTTP_HEALTHPASS_DOB].given;

        person.match = ctx->holder->match;

        rc = ngx_http_healthpass_verify(r, ctx, pass, &person);
    }

    ngx_http_healthpass_forget_person(ctx->holder, texts);

    return rc;
}


static ngx_int_t
ngx_http_healthpass_verify(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_http_healthpass_pass_t *pass,
    hp_person *person)
{
    hp_ask                            ask;
    ngx_int_t                         rc;
    hp_memory                         memory;
    hp_reason                         problem;
    ngx_time_t                       *tp;
    ngx_http_healthpass_pass_t       *judged;
    ngx_http_healthpass_loc_conf_t   *hlcf;
    ngx_http_healthpass_main_conf_t  *hmcf;

    /* who is asked for, and whom it is counted for, may be others by now */

    judged = person || ctx->reuse ? NULL
             : ngx_http_healthpass_judged_pass(r, ctx->policy, &pass->text);

    if (judged) {
        pass->verdict = judged->verdict;
        pass->rule_text = judged->rule_text;
        pass->logged = judged->logged;
        pass->dry_logged = judged->dry_logged;
        return NGX_OK;
    }

    hmcf = ngx_http_get_module_main_conf(r, ngx_http_healthpass_module);
    hlcf = ngx_http_get_module_loc_conf(r, ngx_http_healthpass_module);
    memory = hmcf->memory;

    tp = ngx_timeofday();

    ngx_memzero(&ask, sizeof(hp_ask));

    ask.text = (hp_str) { pass->text.data, pass->text.len };
    ask.now = (double) tp->sec + (double) tp->msec / 1000;

    ask.keys = hmcf->keys;
    ask.person = person;

    problem = HP_OK;

    if (ctx->reuse) {
        if (ngx_http_healthpass_keep_by(r, ctx, &problem) != NGX_OK) {
            return NGX_ERROR;
        }

        ask.by = (hp_str) { ctx->by.data, ctx->by.len };
        ask.use = &ctx->use;
    }

    /* nobody else reads it */
    ask.want_id = hmcf->want_id || ctx->reuse
                  || r->connection->log->log_level >= hlcf->log_level;

    rc = NGX_OK;

    (void) hp_verify(ctx->policy->policy, &ask, &memory, &pass->verdict);

    ngx_http_healthpass_judge_next(r, &ask, pass->verdict.reason);

    if (pass->verdict.reason == HP_PENDING && problem != HP_OK) {
        (void) hp_verdict_set(&pass->verdict, problem);

    } else if (pass->verdict.reason == HP_PENDING) {
        rc = ngx_http_healthpass_count(r, ctx, pass);
    }

    if (pass->verdict.reason == HP_OK && pass->verdict.overridden) {
        ctx->policy->overridden++;
    }

    ngx_log_debug1(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
                   "healthpass pass judged: %ui",
                   (ngx_uint_t) pass->verdict.reason);

    if (ngx_http_healthpass_keep_rule(r, ctx->policy->policy, pass) != NGX_OK) {
        return NGX_ERROR;
    }

    return rc;
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

    if (hlcf->dry_run) {
        ctx->dry = 1;

    } else {
        ctx->gated = 1;
    }

    if (ngx_http_healthpass_keep_language(r, ctx) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if ((pass->verdict.reason != HP_OK || pass->verdict.suspect)
        && !pass->logged && !(hlcf->dry_run && pass->dry_logged))
    {
        ngx_http_healthpass_log(r, ctx);

        pass->logged = !hlcf->dry_run;
        pass->dry_logged = 1;
    }

    /* what auth_request asks about is the request that goes upstream */

    if (hlcf->strip
        && ngx_http_healthpass_strip(r->main, ctx->sources) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return NGX_OK;
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
            || ctx->reuse != hlcf->reuse
            || ctx->body_max != hlcf->body_max
            || !ngx_http_healthpass_same_person(r, ctx)
            || !ngx_http_healthpass_same_by(r, ctx))
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
    ctx->reuse = hlcf->reuse;
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

    ngx_uint_t                   i;
    ngx_http_healthpass_pass_t  *pass;

    pass = ctx->passes.elts;

    for (i = 0; i < ctx->passes.nelts; i++) {
        hp_wipe(pass[i].text.data, pass[i].text.len);
    }

    for (i = 0; i < NGX_HTTP_HEALTHPASS_VALUES; i++) {
        hp_wipe(ctx->person[i].data, ctx->person[i].len);
    }

    hp_wipe(ctx->by.data, ctx->by.len);
    hp_wipe(ctx->body.data, ctx->body.len);

    /* a request that never came to its end had no answer */

    ngx_http_healthpass_end_use(ctx, 0);
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
            ngx_http_healthpass_end_use(ctx, status);
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
 * The pass that this source gave before.  Header lines are those of the main
 * request for all its subrequests; arguments, bodies and variables are not.
 */

ngx_http_healthpass_pass_t *
ngx_http_healthpass_kept_pass(ngx_http_request_t *r,
    ngx_http_healthpass_source_t *source)
{
    ngx_uint_t                   i;
    ngx_pool_cleanup_t          *cln;
    ngx_http_healthpass_ctx_t   *ctx;
    ngx_http_healthpass_pass_t  *pass;

    cln = r->pool->cleanup;

    while ((ctx = ngx_http_healthpass_next_ctx(&cln)) != NULL) {

        if (ctx->request != r
            && source->kind != NGX_HTTP_HEALTHPASS_HEADER
            && source->kind != NGX_HTTP_HEALTHPASS_COOKIE
            && source->kind != NGX_HTTP_HEALTHPASS_BEARER)
        {
            continue;
        }

        pass = ctx->passes.elts;

        for (i = 0; i < ctx->passes.nelts; i++) {
            if (pass[i].source
                && ngx_http_healthpass_same_source(pass[i].source, source))
            {
                return &pass[i];
            }
        }
    }

    return NULL;
}


static ngx_http_healthpass_pass_t *
ngx_http_healthpass_judged_pass(ngx_http_request_t *r,
    ngx_http_healthpass_policy_t *policy, ngx_str_t *text)
{
    ngx_uint_t                   i;
    ngx_pool_cleanup_t          *cln;
    ngx_http_healthpass_ctx_t   *ctx;
    ngx_http_healthpass_pass_t  *pass;

    cln = r->pool->cleanup;

    while ((ctx = ngx_http_healthpass_next_ctx(&cln)) != NULL) {

        if (ctx->policy != policy || ctx->holder || ctx->reuse
            || ctx->decisive == NULL)
        {
            continue;
        }

        pass = ctx->passes.elts;

        for (i = 0; i < ctx->passes.nelts; i++) {
            if (pass[i].text.data
                && pass[i].text.len == text->len
                && ngx_memcmp(pass[i].text.data, text->data, text->len) == 0)
            {
                return &pass[i];
            }
        }
    }

    return NULL;
}
