
/*
 * Clearances of a request: one that is shown stands for the passes it was won
 * with, and one is given when passes were accepted.
 *
 * It is good for exactly what was judged then: every value that a directive
 * asks for goes into it, and what is asked for now has to be the same.  One that
 * is not good is no reason to refuse anybody: it is as if there were none.
 */


#include "ngx_http_healthpass.h"


/* What a clearance is won with, and what has to be wiped behind that. */

typedef struct {
    ngx_http_healthpass_people_t      people;
    ngx_str_t                         count;
    ngx_uint_t                        persons;
    ngx_str_t                         at;
    ngx_str_t                         by;
    ngx_array_t                       values;     /* hp_clearance_value */
    u_char                            terms[128];
} ngx_http_healthpass_bound_t;


static ngx_int_t ngx_http_healthpass_bind_values(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_http_healthpass_bound_t *bound);
static ngx_int_t ngx_http_healthpass_bind_terms(ngx_http_healthpass_ctx_t *ctx,
    ngx_http_healthpass_bound_t *bound);
static ngx_int_t ngx_http_healthpass_bind_persons(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_http_healthpass_bound_t *bound);
static ngx_int_t ngx_http_healthpass_bind_people(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_http_healthpass_bound_t *bound);
static ngx_int_t ngx_http_healthpass_bind_visit(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_http_healthpass_bound_t *bound);
static ngx_int_t ngx_http_healthpass_bind_value(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_http_healthpass_bound_t *bound,
    const char *name, ngx_http_healthpass_value_t *value, ngx_str_t *text);
static ngx_int_t ngx_http_healthpass_bind_text(
    ngx_http_healthpass_bound_t *bound, const char *name, u_char *p, size_t n);
static void ngx_http_healthpass_forget_bound(ngx_http_healthpass_ctx_t *ctx,
    ngx_http_healthpass_bound_t *bound);
static void ngx_http_healthpass_clear_terms(ngx_http_healthpass_ctx_t *ctx,
    ngx_http_healthpass_bound_t *bound, hp_clear_terms *terms);

static ngx_int_t ngx_http_healthpass_find_clearance(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx);
static ngx_int_t ngx_http_healthpass_clear(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, hp_verdict *verdict);
static void ngx_http_healthpass_tell_clearance(ngx_http_request_t *r,
    const char *word);
static ngx_uint_t ngx_http_healthpass_has_won(ngx_http_healthpass_ctx_t *ctx);
static ngx_int_t ngx_http_healthpass_send_clearance(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, char *token);


/* ---- what it is bound to ---- */


/* NGX_DECLINED: a value is missing, or cannot be: there is no clearance. */

static ngx_int_t
ngx_http_healthpass_bind_values(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_http_healthpass_bound_t *bound)
{
    ngx_int_t  rc;
    ngx_str_t  text;

    if (ngx_array_init(&bound->values, r->pool, 8, sizeof(hp_clearance_value))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    rc = ngx_http_healthpass_bind_terms(ctx, bound);

    if (rc == NGX_OK && ctx->persons) {
        rc = ngx_http_healthpass_bind_persons(r, ctx, bound);
    }

    if (rc == NGX_OK && ctx->holder) {
        rc = ngx_http_healthpass_bind_people(r, ctx, bound);
    }

    if (rc == NGX_OK && ctx->visit) {
        rc = ngx_http_healthpass_bind_visit(r, ctx, bound);
    }

    if (rc == NGX_OK && ctx->reuse) {
        rc = ngx_http_healthpass_bind_value(r, ctx, bound, "by",
                                            &ctx->reuse->by, &bound->by);
    }

    if (rc != NGX_OK || ctx->clearance->bind == NULL) {
        return rc;
    }

    if (ngx_http_complex_value(r, ctx->clearance->bind, &text) != NGX_OK) {
        return NGX_ERROR;
    }

    /* nobody in particular would be everybody */

    return text.len ? ngx_http_healthpass_bind_text(bound, "bind", text.data,
                                                    text.len)
                    : NGX_DECLINED;
}


/* A gate that asks for more, or counts otherwise, is another one. */

static ngx_int_t
ngx_http_healthpass_bind_terms(ngx_http_healthpass_ctx_t *ctx,
    ngx_http_healthpass_bound_t *bound)
{
    u_char                        *p;
    hp_use_terms                  *terms;
    ngx_http_healthpass_value_t   *value;
    ngx_http_healthpass_holder_t  *holder;

    p = bound->terms;
    holder = ctx->holder;

    if (holder) {
        value = holder->value;
        p = ngx_sprintf(p, "holder %d %d %d;", (int) holder->match,
                        (int) value[NGX_HTTP_HEALTHPASS_GIVEN].given,
                        (int) value[NGX_HTTP_HEALTHPASS_DOB].given);
    }

    if (ctx->persons) {
        p = ngx_sprintf(p, "persons %ui;", ctx->persons->min_age);
    }

    if (ctx->reuse) {
        terms = &ctx->reuse->terms;
        p = ngx_sprintf(p, "reuse %ui %ui %d %d;", (ngx_uint_t) terms->limit,
                        (ngx_uint_t) terms->window, (int) terms->refuse,
                        (int) terms->open);
    }

    return ngx_http_healthpass_bind_text(bound, "terms", bound->terms,
                                         p - bound->terms);
}


/* Another place, or this one now, may take fewer. */

static ngx_int_t
ngx_http_healthpass_bind_persons(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_http_healthpass_bound_t *bound)
{
    ngx_int_t  n, rc;

    rc = ngx_http_healthpass_bind_value(r, ctx, bound, "persons",
                                        &ctx->persons->count, &bound->count);
    if (rc != NGX_OK) {
        return rc;
    }

    n = ngx_atoi(bound->count.data, bound->count.len);

    if (n < 1 || n > (ngx_int_t) ctx->persons->max) {
        return NGX_DECLINED;
    }

    bound->persons = n;

    return NGX_OK;
}


static ngx_int_t
ngx_http_healthpass_bind_people(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_http_healthpass_bound_t *bound)
{
    hp_reason    problem;
    ngx_str_t   *text;
    ngx_uint_t   i, k;

    static const char  *names[NGX_HTTP_HEALTHPASS_VALUES] = {
        "name", "given", "dob"
    };

    problem = HP_OK;

    if (ngx_http_healthpass_people(r, ctx, ctx->persons ? bound->persons : 1,
                                   &bound->people, &problem)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (problem != HP_OK) {
        return NGX_DECLINED;
    }

    for (i = 0; i < NGX_HTTP_HEALTHPASS_VALUES; i++) {
        text = bound->people.texts[i].elts;

        for (k = 0; k < bound->people.texts[i].nelts; k++) {
            if (ngx_http_healthpass_bind_text(bound, names[i], text[k].data,
                                              text[k].len)
                != NGX_OK)
            {
                return NGX_ERROR;
            }
        }
    }

    return NGX_OK;
}


/* A day that was good when it was won may be over. */

static ngx_int_t
ngx_http_healthpass_bind_visit(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_http_healthpass_bound_t *bound)
{
    hp_str     text;
    double     visited;
    ngx_int_t  rc;

    rc = ngx_http_healthpass_bind_value(r, ctx, bound, "visit",
                                        &ctx->visit->at, &bound->at);
    if (rc != NGX_OK) {
        return rc;
    }

    text = (hp_str) { bound->at.data, bound->at.len };

    return hp_visit_read(text, (double) ngx_time(), (double) ctx->visit->max,
                         &visited)
           ? NGX_OK : NGX_DECLINED;
}


static ngx_int_t
ngx_http_healthpass_bind_value(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_http_healthpass_bound_t *bound,
    const char *name, ngx_http_healthpass_value_t *value, ngx_str_t *text)
{
    hp_reason  problem;

    problem = HP_OK;

    if (ngx_http_healthpass_value_text(r, ctx, value, text, &problem)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (problem != HP_OK || text->len == 0) {
        return NGX_DECLINED;
    }

    return ngx_http_healthpass_bind_text(bound, name, text->data, text->len);
}


static ngx_int_t
ngx_http_healthpass_bind_text(ngx_http_healthpass_bound_t *bound,
    const char *name, u_char *p, size_t n)
{
    hp_clearance_value  *value;

    value = ngx_array_push(&bound->values);
    if (value == NULL) {
        return NGX_ERROR;
    }

    value->name = (hp_str) { (const uint8_t *) name, ngx_strlen(name) };
    value->value = (hp_str) { p, n };

    return NGX_OK;
}


/* What an expression gave is not ours. */

static void
ngx_http_healthpass_forget_bound(ngx_http_healthpass_ctx_t *ctx,
    ngx_http_healthpass_bound_t *bound)
{
    if (ctx->holder) {
        ngx_http_healthpass_forget_people(ctx->holder, &bound->people);
    }

    if (ctx->persons && ctx->persons->count.field.name.len) {
        hp_wipe(bound->count.data, bound->count.len);
    }

    if (ctx->visit && ctx->visit->at.field.name.len) {
        hp_wipe(bound->at.data, bound->at.len);
    }

    if (ctx->reuse && ctx->reuse->by.field.name.len) {
        hp_wipe(bound->by.data, bound->by.len);
    }
}


static void
ngx_http_healthpass_clear_terms(ngx_http_healthpass_ctx_t *ctx,
    ngx_http_healthpass_bound_t *bound, hp_clear_terms *terms)
{
    ngx_str_t  *scope;

    scope = &ctx->clearance->scope;

    ngx_memzero(terms, sizeof(hp_clear_terms));

    terms->keys = ctx->clearance->keys->keys;
    terms->whom.scope = (hp_str) { scope->data, scope->len };
    terms->ttl = ctx->clearance->ttl;
    terms->now = (double) ngx_time();

    if (bound) {
        terms->whom.values = bound->values.elts;
        terms->whom.n = bound->values.nelts;
    }
}


/* ---- taking one ---- */


ngx_int_t
ngx_http_healthpass_take_clearance(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx)
{
    hp_verdict                   verdict;
    ngx_int_t                    rc;
    ngx_http_healthpass_pass_t  *pass;

    if (ctx->clearance == NULL) {
        return NGX_DECLINED;
    }

    rc = ngx_http_healthpass_find_clearance(r, ctx);
    if (rc != NGX_OK) {
        return rc;
    }

    rc = ngx_http_healthpass_clear(r, ctx, &verdict);
    if (rc != NGX_OK) {
        return rc;
    }

    pass = ngx_array_push(&ctx->passes);
    if (pass == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(pass, sizeof(ngx_http_healthpass_pass_t));

    pass->source = &ctx->clearance->source;
    pass->verdict = verdict;

    ctx->cleared = 1;
    ctx->decisive = pass;

    ngx_http_healthpass_decided(r, ctx);

    return NGX_OK;
}


/* It may have been stripped by a gate before an internal redirect. */

static ngx_int_t
ngx_http_healthpass_find_clearance(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx)
{
    ngx_int_t                    rc;
    ngx_str_t                   *kept;
    hp_reason                    problem;
    ngx_http_healthpass_pass_t   found;

    kept = ngx_http_healthpass_kept_token(r, ctx->clearance->carrier);

    if (kept) {
        ctx->token = *kept;
        return NGX_OK;
    }

    ngx_memzero(&found, sizeof(ngx_http_healthpass_pass_t));
    found.source = ctx->clearance->carrier;
    problem = HP_OK;

    rc = ngx_http_healthpass_find_in(r, ctx, &found, &problem);

    if (rc != NGX_OK) {
        return rc;
    }

    if (problem != HP_OK) {
        ngx_http_healthpass_tell_clearance(r, problem == HP_GIVEN_TWICE
                                              ? "given twice"
                                              : "not readable");
        return NGX_DECLINED;
    }

    ctx->token = found.text;

    return NGX_OK;
}


static ngx_int_t
ngx_http_healthpass_clear(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, hp_verdict *verdict)
{
    hp_str                        token;
    ngx_int_t                     rc;
    hp_clear_terms                terms;
    hp_clearance_found            found;
    ngx_http_healthpass_bound_t   bound;

    ngx_memzero(&bound, sizeof(ngx_http_healthpass_bound_t));

    rc = ngx_http_healthpass_bind_values(r, ctx, &bound);

    if (rc == NGX_OK) {
        ngx_http_healthpass_clear_terms(ctx, &bound, &terms);

        token = (hp_str) { ctx->token.data, ctx->token.len };
        found = hp_clear_take(ctx->policy->policy, &terms, token, verdict);

        if (found != HP_CLEARANCE_GOOD) {
            ngx_http_healthpass_tell_clearance(r, hp_clearance_word(found));
            rc = NGX_DECLINED;
        }

    } else if (rc == NGX_DECLINED) {
        ngx_http_healthpass_tell_clearance(r, "shown without all values that "
                                              "it is bound to");
    }

    ngx_http_healthpass_forget_bound(ctx, &bound);

    return rc;
}


static void
ngx_http_healthpass_tell_clearance(ngx_http_request_t *r, const char *word)
{
    ngx_str_t  reference;

    ngx_http_healthpass_reference(r, &reference);

    ngx_log_error(NGX_LOG_INFO, r->connection->log, 0,
                  "healthpass: clearance %s: a pass is needed, reference=%V",
                  word, &reference);
}


/* ---- giving one ---- */


ngx_int_t
ngx_http_healthpass_note_won(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, hp_marks *marks, hp_verdict *verdict)
{
    if (ctx->won == NULL) {
        ctx->won = ngx_pcalloc(r->pool, sizeof(hp_clearance));
        if (ctx->won == NULL) {
            return NGX_ERROR;
        }
    }

    hp_clear_note(ctx->won, marks, verdict->valid_until);
    ctx->noted++;

    return NGX_OK;
}


/*
 * Only what is settled: not a pass that is let in on a stale list, that is
 * marked as suspect and has to be so each time, that nobody counted, or whose
 * count waits for the answer.
 */

static ngx_uint_t
ngx_http_healthpass_has_won(ngx_http_healthpass_ctx_t *ctx)
{
    ngx_uint_t                   i, shown;
    ngx_http_healthpass_pass_t  *pass;

    shown = 0;
    pass = ctx->passes.elts;

    for (i = 0; i < ctx->passes.nelts; i++) {

        if (pass[i].verdict.reason != HP_OK || pass[i].verdict.overridden
            || pass[i].verdict.suspect || pass[i].reserved)
        {
            return 0;
        }

        if (pass[i].text.len == 0) {
            continue;
        }

        if (ctx->reuse && !pass[i].used) {
            return 0;
        }

        shown++;
    }

    return shown && shown == ctx->noted;
}


ngx_int_t
ngx_http_healthpass_give_clearance(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx)
{
    char                          token[HP_CLEARANCE_TEXT];
    ngx_int_t                     rc;
    ngx_uint_t                    given;
    hp_clear_terms                terms;
    ngx_http_healthpass_bound_t   bound;

    if (ctx->clearance == NULL || ctx->cleared || ctx->given
        || !ngx_http_healthpass_has_won(ctx))
    {
        return NGX_OK;
    }

    ctx->given = 1;
    given = 0;

    ngx_memzero(&bound, sizeof(ngx_http_healthpass_bound_t));

    rc = ngx_http_healthpass_bind_values(r, ctx, &bound);

    if (rc == NGX_OK) {
        ngx_http_healthpass_clear_terms(ctx, &bound, &terms);
        given = hp_clear_give(ctx->policy->policy, &terms, ctx->won, token);
    }

    ngx_http_healthpass_forget_bound(ctx, &bound);

    if (rc == NGX_ERROR) {
        return NGX_ERROR;
    }

    return given ? ngx_http_healthpass_send_clearance(r, ctx, token) : NGX_OK;
}


static ngx_int_t
ngx_http_healthpass_send_clearance(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, char *token)
{
    size_t                            len;
    ngx_str_t                         value;
    ngx_http_healthpass_source_t     *carrier;
    ngx_http_healthpass_clearance_t  *clearance;

    static ngx_str_t  no_store = ngx_string("no-store");

    clearance = ctx->clearance;
    carrier = clearance->carrier;

    len = carrier->name.len + ngx_strlen(token) + NGX_INT64_LEN
          + sizeof("=; Path=/; Max-Age=; Secure; HttpOnly; SameSite=Strict");

    value.data = ngx_pnalloc(r->pool, len);
    if (value.data == NULL) {
        return NGX_ERROR;
    }

    /* browsers keep a Secure cookie of http://localhost, too */

    value.len = (carrier->kind == NGX_HTTP_HEALTHPASS_COOKIE
                 ? ngx_sprintf(value.data, "%V=%s; Path=/; Max-Age=%L; Secure; "
                               "HttpOnly; SameSite=%V", &carrier->name, token,
                               (int64_t) (ctx->won->until - ctx->won->issued),
                               &clearance->samesite)
                 : ngx_sprintf(value.data, "%s", token))
                - value.data;

    if (ngx_http_healthpass_add_header(r, "Cache-Control", &no_store) == NULL) {
        return NGX_ERROR;
    }

    return ngx_http_healthpass_add_header(r,
                                carrier->kind == NGX_HTTP_HEALTHPASS_COOKIE
                                ? "Set-Cookie" : (char *) carrier->name.data,
                                &value)
           ? NGX_OK : NGX_ERROR;
}


/* ---- exemptions ---- */


ngx_uint_t
ngx_http_healthpass_is_exemption(ngx_http_healthpass_ctx_t *ctx,
    ngx_http_healthpass_pass_t *pass)
{
    hp_str  text;

    text = (hp_str) { pass->text.data, pass->text.len };

    return ctx->clearance && ctx->clearance->exemptions
           && hp_exemption_is(hp_str_trim(text));
}


/* What it is used for is this request and no other, whoever repeats that. */

ngx_int_t
ngx_http_healthpass_exempt(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_http_healthpass_pass_t *pass)
{
    hp_str                            text, request;
    ngx_str_t                         booking;
    hp_clear_terms                    terms;
    hp_clearance_value                value;
    ngx_http_variable_value_t        *vv;
    ngx_http_healthpass_main_conf_t  *hmcf;

    hmcf = ngx_http_get_module_main_conf(r, ngx_http_healthpass_module);

    if (ctx->reuse) {
        booking = ctx->by.text;

    } else if (ngx_http_complex_value(r, ctx->clearance->bind, &booking)
               != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (ctx->won == NULL) {
        ctx->won = ngx_pcalloc(r->pool, sizeof(hp_clearance));
        if (ctx->won == NULL) {
            return NGX_ERROR;
        }
    }

    ngx_http_healthpass_clear_terms(ctx, NULL, &terms);

    value.name = HP_EXEMPTION_FOR;
    value.value = (hp_str) { booking.data, booking.len };
    terms.whom.values = &value;
    terms.whom.n = 1;

    text = (hp_str) { pass->text.data, pass->text.len };
    request = (hp_str) { NULL, 0 };

    vv = ngx_http_get_indexed_variable(r, hmcf->request_id);

    if (vv && !vv->not_found) {
        request = (hp_str) { vv->data, vv->len };
    }

    pass->exempt = 1;
    ctx->exempted = 1;

    if (hp_exempt_take(ctx->policy->policy, &terms, text, request, &pass->use,
                       &pass->terms, ctx->won, &pass->verdict)
        != HP_PENDING)
    {
        return NGX_OK;
    }

    ctx->noted++;
    ngx_memcpy(pass->ledger, pass->use.pass[0], HP_ID);
    pass->has_ledger = 1;

    return NGX_OK;
}
