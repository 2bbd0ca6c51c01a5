
/*
 * Judging the passes of a request: one, or those of a party.  All or nothing: the
 * first that is refused decides for all, and only when every pass is good is the
 * ledger asked about any, one after the other; what it let in meanwhile is given
 * back when it refuses a later one.
 *
 * The order of the passes is that of the persons.  Who is young enough shows none
 * (healthpass_persons min_age=); whatever is shown is judged.
 */


#include "ngx_http_healthpass.h"


static ngx_int_t ngx_http_healthpass_find(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx);
static ngx_int_t ngx_http_healthpass_find_texts(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_http_healthpass_source_t *source,
    ngx_array_t *texts, hp_reason *problem);
static ngx_int_t ngx_http_healthpass_put_aside(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_http_healthpass_source_t *source);
static ngx_int_t ngx_http_healthpass_find_again(ngx_http_healthpass_ctx_t *ctx,
    ngx_http_healthpass_ctx_t *kept);
static ngx_int_t ngx_http_healthpass_hold_texts(ngx_http_healthpass_ctx_t *ctx,
    ngx_http_healthpass_source_t *source, ngx_array_t *texts);
static ngx_int_t ngx_http_healthpass_add_passes(ngx_http_healthpass_ctx_t *ctx,
    ngx_uint_t n);

static ngx_int_t ngx_http_healthpass_meet_party(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx);
static ngx_int_t ngx_http_healthpass_judge_people(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_uint_t count);
static ngx_int_t ngx_http_healthpass_judge_all(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_http_healthpass_people_t *people);
static ngx_int_t ngx_http_healthpass_judge_one(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_http_healthpass_people_t *people,
    ngx_uint_t i);
static void ngx_http_healthpass_miss_one(ngx_http_healthpass_ctx_t *ctx,
    ngx_http_healthpass_people_t *people, ngx_uint_t i);
static ngx_uint_t ngx_http_healthpass_others_show(
    ngx_http_healthpass_ctx_t *ctx, ngx_uint_t i);
static void ngx_http_healthpass_compare(ngx_http_healthpass_ctx_t *ctx,
    ngx_uint_t i);
static ngx_int_t ngx_http_healthpass_verify(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_http_healthpass_pass_t *pass,
    hp_person *person);
static void ngx_http_healthpass_question(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_http_healthpass_pass_t *pass,
    hp_ask *ask);
static ngx_uint_t ngx_http_healthpass_take_judged(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_http_healthpass_pass_t *pass);
static void ngx_http_healthpass_decide(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_http_healthpass_pass_t *failed);
static ngx_http_healthpass_pass_t *ngx_http_healthpass_spokesman(
    ngx_http_healthpass_ctx_t *ctx);


ngx_int_t
ngx_http_healthpass_judge_party(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx)
{
    ngx_int_t  rc;

    rc = ngx_http_healthpass_find(r, ctx);

    if (rc == NGX_AGAIN || rc == NGX_ERROR) {
        return rc;
    }

    if (rc == NGX_DECLINED
        && (ctx->persons == NULL || ctx->persons->min_age == 0))
    {
        return ngx_http_healthpass_refuse(r, ctx, HP_NO_PASS);
    }

    if (ctx->problem != HP_OK) {

        if (ctx->persons && ctx->problem == HP_ENCODING) {
            /* nothing was looked at behind the one that is damaged */
            ctx->failed = ctx->passes.nelts;
        }

        return ngx_http_healthpass_refuse(r, ctx, ctx->problem);
    }

    return ngx_http_healthpass_meet_party(r, ctx);
}


/* ---- what is shown ---- */


/*
 * The first source that holds something decides.  NGX_OK: ctx->passes are what it
 * holds, and a ctx->problem that they are not to be judged.  NGX_DECLINED: there
 * is nothing.
 */

static ngx_int_t
ngx_http_healthpass_find(ngx_http_request_t *r, ngx_http_healthpass_ctx_t *ctx)
{
    ngx_int_t                      rc;
    ngx_uint_t                     i;
    ngx_array_t                    texts;
    ngx_http_healthpass_ctx_t     *kept;
    ngx_http_healthpass_aside_t   *aside;
    ngx_http_healthpass_source_t  *source;

    source = ctx->sources->elts;

    if (ngx_array_init(&texts, r->pool, 1, sizeof(ngx_str_t)) != NGX_OK) {
        return NGX_ERROR;
    }

    for (i = 0; i < ctx->sources->nelts; i++) {
        kept = ngx_http_healthpass_kept_ctx(r, &source[i]);

        if (kept) {
            return ngx_http_healthpass_find_again(ctx, kept);
        }

        aside = ngx_http_healthpass_kept_aside(r, &source[i]);

        if (aside) {
            ctx->problem = aside->problem;
            return ngx_http_healthpass_hold_texts(ctx, &source[i],
                                                  &aside->texts);
        }

        ctx->problem = HP_OK;

        rc = ngx_http_healthpass_find_texts(r, ctx, &source[i], &texts,
                                            &ctx->problem);

        if (rc == NGX_OK) {
            rc = ngx_http_healthpass_hold_texts(ctx, &source[i], &texts);
        }

        if (rc == NGX_ERROR) {
            ngx_http_healthpass_wipe_texts(&texts);
        }

        if (rc != NGX_DECLINED) {
            return rc;
        }
    }

    return NGX_DECLINED;
}


static ngx_int_t
ngx_http_healthpass_find_texts(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_http_healthpass_source_t *source,
    ngx_array_t *texts, hp_reason *problem)
{
    ngx_int_t  rc;

    rc = ngx_http_healthpass_find_list(r, ctx, source, texts, problem);

    return rc == NGX_OK && source->list
           ? ngx_http_healthpass_join_cards(r, texts) : rc;
}


ngx_int_t
ngx_http_healthpass_keep_aside(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx)
{
    ngx_uint_t                     i;
    ngx_http_healthpass_source_t  *source;

    source = ctx->sources->elts;

    for (i = 0; i < ctx->sources->nelts; i++) {

        if (ngx_http_healthpass_from_header(&source[i])
            && ngx_http_healthpass_kept_ctx(r, &source[i]) == NULL
            && ngx_http_healthpass_kept_aside(r, &source[i]) == NULL
            && ngx_http_healthpass_put_aside(r, ctx, &source[i]) != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_healthpass_put_aside(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_http_healthpass_source_t *source)
{
    ngx_int_t                     rc;
    ngx_http_healthpass_aside_t  *aside;

    if (ctx->aside == NULL) {
        ctx->aside = ngx_array_create(r->pool, 1,
                                      sizeof(ngx_http_healthpass_aside_t));
        if (ctx->aside == NULL) {
            return NGX_ERROR;
        }
    }

    aside = ngx_array_push(ctx->aside);
    if (aside == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(aside, sizeof(ngx_http_healthpass_aside_t));

    aside->source = source;
    aside->problem = HP_OK;

    if (ngx_array_init(&aside->texts, r->pool, 1, sizeof(ngx_str_t))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    rc = ngx_http_healthpass_find_texts(r, ctx, source, &aside->texts,
                                        &aside->problem);

    if (rc == NGX_DECLINED) {
        ctx->aside->nelts--;
        return NGX_OK;
    }

    return rc;
}


/* It may have been stripped meanwhile. */

static ngx_int_t
ngx_http_healthpass_find_again(ngx_http_healthpass_ctx_t *ctx,
    ngx_http_healthpass_ctx_t *kept)
{
    ngx_uint_t                   i;
    ngx_http_healthpass_pass_t  *pass, *old;

    if (ngx_http_healthpass_add_passes(ctx, kept->passes.nelts) != NGX_OK) {
        return NGX_ERROR;
    }

    pass = ctx->passes.elts;
    old = kept->passes.elts;

    for (i = 0; i < ctx->passes.nelts; i++) {
        pass[i].source = old[i].source;
        pass[i].text = old[i].text;
    }

    ctx->problem = kept->problem;

    return NGX_OK;
}


/* A problem may come without any text, and has a source all the same. */

static ngx_int_t
ngx_http_healthpass_hold_texts(ngx_http_healthpass_ctx_t *ctx,
    ngx_http_healthpass_source_t *source, ngx_array_t *texts)
{
    ngx_str_t                   *text;
    ngx_uint_t                   i;
    ngx_http_healthpass_pass_t  *pass;

    if (ngx_http_healthpass_add_passes(ctx, ngx_max(texts->nelts, 1))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    pass = ctx->passes.elts;
    text = texts->elts;

    for (i = 0; i < ctx->passes.nelts; i++) {
        pass[i].source = source;

        if (i < texts->nelts) {
            pass[i].text = text[i];
        }
    }

    return NGX_OK;
}


/* All at once: others point to them. */

static ngx_int_t
ngx_http_healthpass_add_passes(ngx_http_healthpass_ctx_t *ctx, ngx_uint_t n)
{
    ngx_http_healthpass_pass_t  *pass;

    pass = ngx_array_push_n(&ctx->passes, n);
    if (pass == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(pass, n * sizeof(ngx_http_healthpass_pass_t));

    return NGX_OK;
}


void
ngx_http_healthpass_wipe_texts(ngx_array_t *texts)
{
    ngx_str_t   *text;
    ngx_uint_t   i;

    text = texts->elts;

    for (i = 0; i < texts->nelts; i++) {
        hp_wipe(text[i].data, text[i].len);
    }
}


/* ---- the party ---- */


/*
 * Names and days are asked for only now: who has no pass is not asked for one.
 */

static ngx_int_t
ngx_http_healthpass_meet_party(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx)
{
    hp_reason   problem;
    ngx_uint_t  count;

    count = 1;
    problem = HP_OK;

    if (ngx_http_healthpass_read_count(r, ctx, &count, &problem) != NGX_OK
        || ngx_http_healthpass_read_visit(r, ctx, &problem) != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (ctx->passes.nelts == 0) {

        if (problem != HP_OK) {
            return ngx_http_healthpass_refuse(r, ctx, HP_NO_PASS);
        }

        /* they may all be young enough */

        if (ngx_http_healthpass_add_passes(ctx, count) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    if (problem == HP_OK && ctx->passes.nelts != count) {
        problem = HP_PARTY;
    }

    return problem == HP_OK
           ? ngx_http_healthpass_judge_people(r, ctx, count)
           : ngx_http_healthpass_refuse(r, ctx, problem);
}


static ngx_int_t
ngx_http_healthpass_judge_people(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_uint_t count)
{
    ngx_int_t                      rc;
    hp_reason                      problem;
    ngx_http_healthpass_people_t   people;

    if (ctx->holder == NULL) {
        return ngx_http_healthpass_judge_all(r, ctx, NULL);
    }

    problem = HP_OK;

    rc = ngx_http_healthpass_people(r, ctx, count, &people, &problem);

    if (rc == NGX_OK) {
        rc = ngx_http_healthpass_keep_person(r, ctx, &people);
    }

    if (rc == NGX_OK) {
        rc = problem == HP_OK
             ? ngx_http_healthpass_judge_all(r, ctx, &people)
             : ngx_http_healthpass_refuse(r, ctx, problem);
    }

    ngx_http_healthpass_forget_people(ctx->holder, &people);

    return rc;
}


/* The first that is not good decides, and nobody looks at those behind it. */

static ngx_int_t
ngx_http_healthpass_judge_all(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_http_healthpass_people_t *people)
{
    hp_reason                    twice;
    ngx_uint_t                   i;
    ngx_http_healthpass_pass_t  *pass;

    twice = HP_OK;
    pass = ctx->passes.elts;

    if (ctx->reuse
        && ngx_http_healthpass_keep_value(r, ctx, &ctx->reuse->by, &ctx->by,
                                          &twice)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    ctx->by_twice = (twice != HP_OK);

    for (i = 0; i < ctx->passes.nelts; i++) {

        if (ngx_http_healthpass_judge_one(r, ctx, people, i) != NGX_OK) {
            return NGX_ERROR;
        }

        if (pass[i].verdict.reason != HP_OK
            && pass[i].verdict.reason != HP_PENDING)
        {
            ngx_http_healthpass_decide(r, ctx, &pass[i]);
            return NGX_OK;
        }
    }

    return ngx_http_healthpass_count_party(r, ctx);
}


static ngx_int_t
ngx_http_healthpass_judge_one(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_http_healthpass_people_t *people,
    ngx_uint_t i)
{
    hp_person                    person;
    ngx_int_t                    rc;
    ngx_http_healthpass_pass_t  *pass;

    pass = (ngx_http_healthpass_pass_t *) ctx->passes.elts + i;

    if (pass->text.len == 0) {
        (void) hp_verdict_set(&pass->verdict, HP_NO_PASS);

    } else {
        if (people) {
            ngx_http_healthpass_person(ctx->holder, people, i, &person);
        }

        rc = ngx_http_healthpass_verify(r, ctx, pass, people ? &person : NULL);

        if (rc != NGX_OK) {
            return rc;
        }
    }

    if (pass->verdict.reason == HP_NO_PASS) {
        ngx_http_healthpass_miss_one(ctx, people, i);
    }

    if (pass->text.len
        && (pass->verdict.reason == HP_OK
            || pass->verdict.reason == HP_PENDING))
    {
        ngx_http_healthpass_compare(ctx, i);
    }

    return NGX_OK;
}


/*
 * "No pass" is said where nobody shows one, and "optional" lets it through; where
 * others do, one is missing.
 */

static void
ngx_http_healthpass_miss_one(ngx_http_healthpass_ctx_t *ctx,
    ngx_http_healthpass_people_t *people, ngx_uint_t i)
{
    hp_str                       birth;
    ngx_http_healthpass_pass_t  *pass;

    pass = (ngx_http_healthpass_pass_t *) ctx->passes.elts + i;

    if (people && ctx->persons && ctx->persons->min_age) {
        birth = ngx_http_healthpass_person_text(people,
                                                NGX_HTTP_HEALTHPASS_DOB, i);

        (void) hp_exempt(&pass->verdict, birth, (double) ngx_time(),
                         ctx->visited, (unsigned) ctx->persons->min_age);
    }

    if (pass->verdict.reason == HP_NO_PASS
        && ngx_http_healthpass_others_show(ctx, i))
    {
        (void) hp_verdict_set(&pass->verdict, HP_PARTY);
    }
}


static ngx_uint_t
ngx_http_healthpass_others_show(ngx_http_healthpass_ctx_t *ctx, ngx_uint_t i)
{
    ngx_uint_t                   k;
    ngx_http_healthpass_pass_t  *pass;

    pass = ctx->passes.elts;

    for (k = 0; k < ctx->passes.nelts; k++) {
        if (k != i && pass[k].text.len) {
            return 1;
        }
    }

    return 0;
}


/*
 * One pass for two persons is known by what it says, not by its text, which can be
 * written in many ways.  Without an id it could be any of the others.
 */

static void
ngx_http_healthpass_compare(ngx_http_healthpass_ctx_t *ctx, ngx_uint_t i)
{
    ngx_uint_t                   k;
    ngx_http_healthpass_pass_t  *pass;

    pass = ctx->passes.elts;

    if (ctx->passes.nelts > 1 && !pass[i].has_ledger) {
        (void) hp_verdict_set(&pass[i].verdict, HP_FAULT);
        return;
    }

    for (k = 0; k < i; k++) {
        if (pass[k].has_ledger
            && ngx_memcmp(pass[k].ledger, pass[i].ledger, HP_ID) == 0)
        {
            (void) hp_verdict_set(&pass[i].verdict, HP_GIVEN_TWICE);
            return;
        }
    }
}


/* ---- one pass ---- */


static ngx_int_t
ngx_http_healthpass_verify(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_http_healthpass_pass_t *pass,
    hp_person *person)
{
    hp_ask                            ask;
    hp_pass                           kept;
    hp_marks                          marks;
    ngx_int_t                         rc;
    ngx_uint_t                        good;
    hp_memory                         memory;
    ngx_http_healthpass_main_conf_t  *hmcf;

    if (ngx_http_healthpass_is_exemption(ctx, pass)) {
        return ngx_http_healthpass_exempt(r, ctx, pass);
    }

    if (person == NULL && ngx_http_healthpass_take_judged(r, ctx, pass)) {
        return NGX_OK;
    }

    hmcf = ngx_http_get_module_main_conf(r, ngx_http_healthpass_module);
    memory = hmcf->memory;

    ngx_http_healthpass_question(r, ctx, pass, &ask);

    ask.person = person;

    if (ctx->passes.nelts > 1 || ctx->clearance) {
        marks.n_ledger = 0;
        ask.marks = &marks;
    }

    ask.keep = ctx->show ? &kept : NULL;
    rc = NGX_OK;

    (void) hp_verify(ctx->policy->policy, &ask, &memory, &pass->verdict);

    good = (pass->verdict.reason == HP_OK
            || pass->verdict.reason == HP_PENDING);

    if (ask.keep && good) {
        rc = ngx_http_healthpass_keep_shown(r, ctx->show, pass, &kept);
    }

    hp_done(&memory);
    ask.keep = NULL;

    if (ctx->clearance && good && rc == NGX_OK) {
        rc = ngx_http_healthpass_note_won(r, ctx, &marks, &pass->verdict);
    }

    if (ask.marks && marks.n_ledger) {
        ngx_memcpy(pass->ledger, marks.ledger[0], HP_ID);
        pass->has_ledger = 1;
    }

    ngx_http_healthpass_judge_next(r, &ask, pass->verdict.reason);

    if (ask.marks) {
        hp_wipe(&marks, sizeof(hp_marks));
    }

    ngx_log_debug1(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
                   "healthpass pass judged: %ui",
                   (ngx_uint_t) pass->verdict.reason);

    return rc == NGX_OK
           ? ngx_http_healthpass_keep_rule(r, ctx->policy->policy, pass) : rc;
}


static void
ngx_http_healthpass_question(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_http_healthpass_pass_t *pass,
    hp_ask *ask)
{
    ngx_time_t                       *tp;
    ngx_http_healthpass_loc_conf_t   *hlcf;
    ngx_http_healthpass_main_conf_t  *hmcf;

    hmcf = ngx_http_get_module_main_conf(r, ngx_http_healthpass_module);
    hlcf = ngx_http_get_module_loc_conf(r, ngx_http_healthpass_module);
    tp = ngx_timeofday();

    ngx_memzero(ask, sizeof(hp_ask));

    ask->text = (hp_str) { pass->text.data, pass->text.len };
    ask->now = (double) tp->sec + (double) tp->msec / 1000;
    ask->visit = ctx->visited;
    ask->keys = hmcf->keys;

    if (ctx->reuse) {
        ask->by = (hp_str) { ctx->by.text.data, ctx->by.text.len };
        ask->use = &pass->use;
    }

    /* nobody else reads it */
    ask->want_id = hmcf->want_id || ctx->reuse
                   || r->connection->log->log_level >= hlcf->log_level;
}


/*
 * Judged before, under the same policy, for nobody in particular: who is asked
 * for, when, and whom it is counted for, may be others by now.
 */

static ngx_uint_t
ngx_http_healthpass_take_judged(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_http_healthpass_pass_t *pass)
{
    ngx_http_healthpass_pass_t  *judged;

    if (ctx->persons || ctx->visit || ctx->reuse || ctx->clearance
        || ctx->show)
    {
        return 0;
    }

    judged = ngx_http_healthpass_judged_pass(r, ctx->policy, &pass->text);

    if (judged == NULL) {
        return 0;
    }

    pass->verdict = judged->verdict;
    pass->rule_text = judged->rule_text;
    pass->logged = judged->logged;
    pass->dry_logged = judged->dry_logged;

    return 1;
}


/* ---- what follows ---- */


ngx_int_t
ngx_http_healthpass_count_party(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx)
{
    ngx_http_healthpass_pass_t  *pass;

    pass = ctx->passes.elts;

    for ( /* void */ ; ctx->next < ctx->passes.nelts; ctx->next++) {

        if (pass[ctx->next].verdict.reason == HP_PENDING
            && ngx_http_healthpass_count(r, ctx, &pass[ctx->next])
               == NGX_AGAIN)
        {
            return NGX_DONE;
        }

        if (pass[ctx->next].verdict.reason != HP_OK) {
            ngx_http_healthpass_decide(r, ctx, &pass[ctx->next]);
            return NGX_OK;
        }
    }

    ngx_http_healthpass_decide(r, ctx, NULL);

    return NGX_OK;
}


/* failed is the first that is not good; NULL: all are HP_OK. */

static void
ngx_http_healthpass_decide(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_http_healthpass_pass_t *failed)
{
    ngx_http_healthpass_pass_t  *pass;

    pass = ctx->passes.elts;

    ctx->decisive = failed ? failed : ngx_http_healthpass_spokesman(ctx);

    if (failed && ctx->persons) {
        ctx->failed = failed - pass + 1;
    }

    if (ctx->reuse || ctx->exempted) {
        ngx_http_healthpass_use_party(r, ctx);
    }

    ngx_http_healthpass_decided(r, ctx);
}


/*
 * Who stands for all that are let in: the one that was shown for the most, one that
 * is marked for it above all; else the first that shows a pass.
 */

static ngx_http_healthpass_pass_t *
ngx_http_healthpass_spokesman(ngx_http_healthpass_ctx_t *ctx)
{
    ngx_uint_t                   i;
    ngx_http_healthpass_pass_t  *pass, *best;

    pass = ctx->passes.elts;
    best = &pass[0];

    for (i = 0; i < ctx->passes.nelts; i++) {

        if (best->text.len == 0
            || pass[i].verdict.suspect > best->verdict.suspect
            || (pass[i].verdict.suspect == best->verdict.suspect
                && pass[i].verdict.uses > best->verdict.uses))
        {
            best = &pass[i];
        }
    }

    return best;
}


ngx_int_t
ngx_http_healthpass_refuse(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, hp_reason reason)
{
    if (ctx->passes.nelts == 0
        && ngx_http_healthpass_add_passes(ctx, 1) != NGX_OK)
    {
        return NGX_ERROR;
    }

    /* without a legal basis nobody is told what was wrong */

    if (reason != HP_NO_PASS
        && hp_policy_basis(ctx->policy->policy, (double) ngx_time())
           == HP_BASIS_ENDED)
    {
        reason = HP_ENDED;
    }

    ctx->decisive = ctx->passes.elts;

    (void) hp_verdict_set(&ctx->decisive->verdict, reason);

    ngx_http_healthpass_decided(r, ctx);

    return NGX_OK;
}


void
ngx_http_healthpass_decided(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx)
{
    ngx_uint_t                   i;
    ngx_http_healthpass_pass_t  *pass;

    ngx_log_debug2(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
                   "healthpass decided: %ui of %ui",
                   (ngx_uint_t) ctx->decisive->verdict.reason,
                   ctx->passes.nelts);

    if (ctx->decisive->verdict.reason != HP_OK) {
        return;
    }

    pass = ctx->passes.elts;

    for (i = 0; i < ctx->passes.nelts; i++) {
        ctx->policy->overridden += pass[i].verdict.overridden;
    }
}
