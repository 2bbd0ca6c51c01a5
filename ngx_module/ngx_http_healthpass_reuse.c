
/*
 * healthpass_reuse: for how many different ones a pass may be shown.  The pass is
 * judged first; only one that would be let in is a use, and only the ledger's
 * answer lets it in (hp_settle).
 *
 * With commit= a use is reserved, holds its place like any other, and is ended by
 * the status of the answer: whoever got no booking has not used the pass.
 */


#include "ngx_http_healthpass.h"


static char *ngx_http_healthpass_reuse_limit(ngx_conf_t *cf, void *conf,
    ngx_str_t *text);
static char *ngx_http_healthpass_reuse_window(ngx_conf_t *cf, void *conf,
    ngx_str_t *text);
static char *ngx_http_healthpass_reuse_by(ngx_conf_t *cf, void *conf,
    ngx_str_t *text);
static char *ngx_http_healthpass_reuse_action(ngx_conf_t *cf, void *conf,
    ngx_str_t *text);
static char *ngx_http_healthpass_reuse_fail(ngx_conf_t *cf, void *conf,
    ngx_str_t *text);
static char *ngx_http_healthpass_reuse_commit(ngx_conf_t *cf, void *conf,
    ngx_str_t *text);
static ngx_int_t ngx_http_healthpass_reuse_answers(
    ngx_http_healthpass_answers_t *answers, u_char *p, size_t len);
static ngx_uint_t ngx_http_healthpass_awaits(ngx_http_healthpass_ctx_t *ctx);
static ngx_int_t ngx_http_healthpass_ask(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_http_healthpass_pass_t *pass);
static void ngx_http_healthpass_asked(void *data, const hp_use_answer *answer);
static void ngx_http_healthpass_settle(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_http_healthpass_pass_t *pass,
    const hp_use_answer *answer);
static ngx_uint_t ngx_http_healthpass_gives_back(ngx_http_request_t *r,
    ngx_http_healthpass_pass_t *pass);
static void ngx_http_healthpass_end_reserved(ngx_http_healthpass_ctx_t *ctx,
    ngx_uint_t commit);
static void ngx_http_healthpass_end_use(ngx_http_healthpass_ctx_t *ctx,
    ngx_http_healthpass_pass_t *pass, ngx_uint_t commit);
static void ngx_http_healthpass_tell_failed(ngx_http_request_t *r,
    ngx_http_healthpass_pass_t *pass, hp_use_state state);


static ngx_http_healthpass_parameter_t
    ngx_http_healthpass_reuse_parameters[] =
{
    { "limit=", ngx_http_healthpass_reuse_limit },
    { "window=", ngx_http_healthpass_reuse_window },
    { "by=", ngx_http_healthpass_reuse_by },
    { "action=", ngx_http_healthpass_reuse_action },
    { "fail=", ngx_http_healthpass_reuse_fail },
    { "commit=", ngx_http_healthpass_reuse_commit },
    { NULL, NULL }
};


/* ---- the directive ---- */


char *
ngx_http_healthpass_reuse(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_healthpass_loc_conf_t *hlcf = conf;

    ngx_str_t                    *value;
    ngx_http_healthpass_reuse_t  *reuse;

    if (hlcf->reuse != NGX_CONF_UNSET_PTR) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (cf->args->nelts == 2 && ngx_strcmp(value[1].data, "off") == 0) {
        hlcf->reuse = NULL;
        return NGX_CONF_OK;
    }

    reuse = ngx_pcalloc(cf->pool, sizeof(ngx_http_healthpass_reuse_t));
    if (reuse == NULL) {
        return NGX_CONF_ERROR;
    }

    if (ngx_http_healthpass_set_parameters(cf,
                                       ngx_http_healthpass_reuse_parameters,
                                       reuse)
        != NGX_CONF_OK)
    {
        return NGX_CONF_ERROR;
    }

    if (reuse->terms.limit == 0 || reuse->terms.window == 0
        || !reuse->by.given)
    {
        return "needs \"limit=\", \"window=\" and \"by=\"";
    }

    reuse->terms.reserve = (reuse->commit != NULL);
    hlcf->reuse = reuse;

    return NGX_CONF_OK;
}


static char *
ngx_http_healthpass_reuse_limit(ngx_conf_t *cf, void *conf,
    ngx_str_t *text)
{
    ngx_http_healthpass_reuse_t *reuse = conf;

    ngx_int_t  n;

    n = ngx_atoi(text->data, text->len);

    if (n < 1 || n > HP_USE_LIMIT_MAX || reuse->terms.limit) {
        return "a number from 1 to 32, once";
    }

    reuse->terms.limit = (unsigned) n;

    return NULL;
}


static char *
ngx_http_healthpass_reuse_window(ngx_conf_t *cf, void *conf,
    ngx_str_t *text)
{
    ngx_http_healthpass_reuse_t *reuse = conf;

    ngx_int_t  n;

    n = ngx_parse_time(text, 1);

    if (n < 1 || n > (ngx_int_t) HP_USE_WINDOW_MAX || reuse->terms.window) {
        return "a time from 1s to 366d, once";
    }

    reuse->terms.window = (uint32_t) n;

    return NULL;
}


static char *
ngx_http_healthpass_reuse_by(ngx_conf_t *cf, void *conf,
    ngx_str_t *text)
{
    ngx_http_healthpass_reuse_t *reuse = conf;

    if (reuse->by.given) {
        return "a value, once";
    }

    if (ngx_http_healthpass_value(cf, &reuse->by, text) != NGX_CONF_OK) {
        return NGX_CONF_ERROR;
    }

    if (reuse->by.field.list) {
        return "one value and no list";
    }

    if (reuse->by.field.name.len) {
        ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                           "\"%V\" is what the visitor writes: who writes the "
                           "same for everybody is never over the limit", text);
    }

    return NULL;
}


static char *
ngx_http_healthpass_reuse_action(ngx_conf_t *cf, void *conf,
    ngx_str_t *text)
{
    ngx_http_healthpass_reuse_t *reuse = conf;

    reuse->terms.refuse = (ngx_strcmp(text->data, "refuse") == 0);

    if ((!reuse->terms.refuse && ngx_strcmp(text->data, "mark") != 0)
        || reuse->action_given)
    {
        return "\"mark\" or \"refuse\", once";
    }

    reuse->action_given = 1;

    return NULL;
}


static char *
ngx_http_healthpass_reuse_fail(ngx_conf_t *cf, void *conf,
    ngx_str_t *text)
{
    ngx_http_healthpass_reuse_t *reuse = conf;

    reuse->terms.open = (ngx_strcmp(text->data, "open") == 0);

    if ((!reuse->terms.open && ngx_strcmp(text->data, "closed") != 0)
        || reuse->fail_given)
    {
        return "\"closed\" or \"open\", once";
    }

    reuse->fail_given = 1;

    return NULL;
}


static char *
ngx_http_healthpass_reuse_commit(ngx_conf_t *cf, void *conf,
    ngx_str_t *text)
{
    ngx_http_healthpass_reuse_t *reuse = conf;

    u_char                         *p, *next, *end;
    ngx_http_healthpass_answers_t  *answers;

    static char  expected[] = "statuses like 2xx or 201,303, once";

    if (reuse->commit) {
        return expected;
    }

    reuse->commit = ngx_array_create(cf->pool, 2,
                                     sizeof(ngx_http_healthpass_answers_t));
    if (reuse->commit == NULL) {
        return NGX_CONF_ERROR;
    }

    end = text->data + text->len;

    for (p = text->data; p <= end; p = next + 1) {
        next = ngx_strlchr(p, end, ',');
        next = next ? next : end;

        answers = ngx_array_push(reuse->commit);
        if (answers == NULL) {
            return NGX_CONF_ERROR;
        }

        if (ngx_http_healthpass_reuse_answers(answers, p, next - p) != NGX_OK) {
            return expected;
        }
    }

    return NULL;
}


static ngx_int_t
ngx_http_healthpass_reuse_answers(ngx_http_healthpass_answers_t *answers,
    u_char *p, size_t len)
{
    ngx_int_t  n;

    if (len != 3 || p[0] < '1' || p[0] > '5') {
        return NGX_ERROR;
    }

    if (p[1] == 'x' && p[2] == 'x') {
        answers->from = (p[0] - '0') * 100;
        answers->to = answers->from + 99;
        return NGX_OK;
    }

    n = ngx_atoi(p, len);

    if (n == NGX_ERROR) {
        return NGX_ERROR;
    }

    answers->from = n;
    answers->to = n;

    return NGX_OK;
}


/* Can passes be counted here at all?  Told at start, not at the first pass. */

char *
ngx_http_healthpass_check_reuse(ngx_conf_t *cf,
    ngx_http_healthpass_main_conf_t *hmcf,
    ngx_http_healthpass_loc_conf_t *conf)
{
    char                      *wrong;
    const hp_ledger_place     *ledger;
    ngx_http_core_loc_conf_t  *clcf;

    ledger = hp_policy_ledger(conf->policy->policy);
    wrong = NULL;

    if (!hp_policy_can_count(conf->policy->policy)) {
        wrong = "needs an identity_key in the policy";

    } else if (ledger->kind == HP_LEDGER_FILE) {
        wrong = "cannot go by a ledger in a file, which is for PAM: \"ledger\" "
                "of the policy's group web must be \"memory\", \"redis://\" or "
                "\"unix:\"";

    } else if (hmcf->zone == NULL && ledger->kind == HP_LEDGER_MEMORY) {
        wrong = "needs a \"healthpass_zone\"";

    } else if (hmcf->zone == NULL && conf->reuse->terms.open) {
        wrong = "with \"fail=open\" needs a \"healthpass_zone\" to go on with";
    }

    if (wrong) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"healthpass_reuse\" %s: %V", wrong,
                           &conf->policy->name);
        return NGX_CONF_ERROR;
    }

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (conf->reuse->terms.open) {
        hmcf->reuse_open = 1;

        ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                      "healthpass: location \"%V\": fail=open lets passes in "
                      "that nobody counts", &clcf->name);
    }

    if (conf->check && conf->reuse->commit) {
        ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                      "healthpass: location \"%V\": commit= has no effect for "
                      "auth_request, whose subrequest ends before the answer",
                      &clcf->name);
    }

    return NGX_CONF_OK;
}


/* ---- uses ---- */


ngx_int_t
ngx_http_healthpass_count(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_http_healthpass_pass_t *pass)
{
    hp_use_answer                     answer;
    const hp_ledger_place            *ledger;
    ngx_http_healthpass_main_conf_t  *hmcf;

    if (ctx->by_twice) {
        (void) hp_verdict_set(&pass->verdict, HP_GIVEN_TWICE);
        return NGX_OK;
    }

    if (ctx->by.text.len == 0 && !pass->exempt) {

        /* nobody in particular would be everybody */

        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "healthpass: the value of healthpass_reuse by= is empty, "
                      "the pass cannot be counted for anybody");

        (void) hp_verdict_set(&pass->verdict, HP_FAULT);
        return NGX_OK;
    }

    hmcf = ngx_http_get_module_main_conf(r, ngx_http_healthpass_module);
    ledger = hp_policy_ledger(ctx->policy->policy);

    ctx->terms = pass->exempt ? pass->terms : ctx->reuse->terms;
    ctx->terms.reserve = ngx_http_healthpass_awaits(ctx)
                         || ctx->passes.nelts > 1
                         || ngx_http_healthpass_gives_back(r, pass);

    if (ledger->kind == HP_LEDGER_REDIS
        && ngx_http_healthpass_ask(r, ctx, pass) == NGX_AGAIN)
    {
        return NGX_AGAIN;
    }

    ngx_memzero(&answer, sizeof(hp_use_answer));
    answer.state = HP_USE_AWAY;

    if (ledger->kind == HP_LEDGER_MEMORY && hmcf->zone) {
        ngx_http_healthpass_zone_take(hmcf->zone, &pass->use, &ctx->terms,
                                      &answer);
    }

    ngx_http_healthpass_settle(r, ctx, pass, &answer);

    return NGX_OK;
}


/* Is it the answer that ends a use?  A subrequest knows of none. */

static ngx_uint_t
ngx_http_healthpass_awaits(ngx_http_healthpass_ctx_t *ctx)
{
    return ctx->reuse && ctx->reuse->commit
           && ctx->request == ctx->request->main;
}


/* A dry run uses no exemption up: there is one use, and a real gate needs it. */

static ngx_uint_t
ngx_http_healthpass_gives_back(ngx_http_request_t *r,
    ngx_http_healthpass_pass_t *pass)
{
    ngx_http_healthpass_loc_conf_t  *hlcf;

    hlcf = ngx_http_get_module_loc_conf(r, ngx_http_healthpass_module);

    return pass->exempt && hlcf->dry_run;
}


/* The request waits for the fleet's ledger; NGX_DECLINED: that is away. */

static ngx_int_t
ngx_http_healthpass_ask(ngx_http_request_t *r, ngx_http_healthpass_ctx_t *ctx,
    ngx_http_healthpass_pass_t *pass)
{
    ngx_http_healthpass_main_conf_t  *hmcf;

    hmcf = ngx_http_get_module_main_conf(r, ngx_http_healthpass_module);

    pass->redis = ngx_http_healthpass_redis_at(hmcf,
                                       hp_policy_ledger(ctx->policy->policy));
    if (pass->redis == NULL) {
        return NGX_DECLINED;
    }

    /* who leaves, meanwhile or before, has not used the pass */

    if (r->connection->read->ready) {
        ngx_post_event(r->connection->read, &ngx_posted_events);

    } else if (ngx_handle_read_event(r->connection->read, 0) != NGX_OK) {
        return NGX_DECLINED;
    }

    ctx->ask = ngx_http_healthpass_redis_take(pass->redis, r->pool, &pass->use,
                                              &ctx->terms,
                                              ngx_http_healthpass_asked, ctx);
    if (ctx->ask == NULL) {
        return NGX_DECLINED;
    }

    r->write_event_handler = ngx_http_request_empty_handler;

    if (r == r->main) {
        r->read_event_handler = ngx_http_test_reading;
    }

    return NGX_AGAIN;
}


static void
ngx_http_healthpass_asked(void *data, const hp_use_answer *answer)
{
    ngx_http_healthpass_ctx_t *ctx = data;

    ngx_connection_t            *c;
    ngx_http_request_t          *r;
    ngx_http_healthpass_pass_t  *pass;

    r = ctx->request;
    c = r->connection;

    ngx_http_set_log_request(c->log, r);

    pass = ctx->passes.elts;

    ctx->ask = NULL;

    ngx_http_healthpass_settle(r, ctx, &pass[ctx->next], answer);

    if (ngx_http_healthpass_count_party(r, ctx) == NGX_DONE) {
        return;
    }

    if (r == r->main) {
        r->read_event_handler = ngx_http_block_reading;
    }

    r->write_event_handler = ngx_http_core_run_phases;
    ngx_http_core_run_phases(r);

    ngx_http_run_posted_requests(c);
}


/*
 * Where the fleet's ledger cannot be asked, and fail=open lets passes in, this
 * machine's zone goes on counting.
 */

static void
ngx_http_healthpass_settle(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_http_healthpass_pass_t *pass,
    const hp_use_answer *answer)
{
    ngx_uint_t                        asked;
    hp_use_answer                     local;
    ngx_http_healthpass_main_conf_t  *hmcf;

    hmcf = ngx_http_get_module_main_conf(r, ngx_http_healthpass_module);

    asked = (answer->state == HP_USE_OK || answer->state == HP_USE_OVER);

    if (!asked) {
        ngx_http_healthpass_zone_count(hmcf->zone,
                                       answer->state == HP_USE_FULL
                                       ? NGX_HTTP_HEALTHPASS_FULL
                                       : NGX_HTTP_HEALTHPASS_AWAY);
    }

    if (!asked && pass->redis && ctx->terms.open && hmcf->zone) {
        pass->redis = NULL;

        ngx_http_healthpass_zone_take(hmcf->zone, &pass->use, &ctx->terms,
                                      &local);

        answer = &local;
        asked = (local.state == HP_USE_OK || local.state == HP_USE_OVER);
    }

    (void) hp_settle(&pass->verdict, &ctx->terms, answer);

    pass->first_over = (asked && answer->first);
    pass->used = (asked && pass->verdict.reason == HP_OK);
    pass->reserved = (pass->used && ctx->terms.reserve);

    if (pass->used && ngx_http_healthpass_gives_back(r, pass)) {
        ngx_http_healthpass_end_use(ctx, pass, 0);
        pass->used = 0;
        ctx->given_back = 1;
        return;
    }

    if (!asked) {
        ngx_http_healthpass_tell_failed(r, pass, answer->state);

    } else if (!pass->used) {
        ngx_http_healthpass_zone_count(hmcf->zone,
                                       NGX_HTTP_HEALTHPASS_REUSED);
    }
}


/* Each pass would say the same: once a minute and worker is enough. */

static void
ngx_http_healthpass_tell_failed(ngx_http_request_t *r,
    ngx_http_healthpass_pass_t *pass, hp_use_state state)
{
    ngx_uint_t     open;

    static time_t  told[2];

    open = (pass->verdict.reason == HP_OK);

    if (ngx_time() - told[open] < 60) {
        return;
    }

    told[open] = ngx_time();

    ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                  "healthpass: passes are %s: %s",
                  open ? "let in and not counted, as fail=open says"
                       : "refused, as fail=closed says",
                  hp_reason_text(state == HP_USE_FULL ? HP_ZONE_FULL
                                                      : HP_LEDGER_AWAY));
}


void
ngx_http_healthpass_use_party(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx)
{
    ngx_uint_t                        i;
    ngx_http_healthpass_pass_t       *pass;
    ngx_http_healthpass_main_conf_t  *hmcf;

    if (ctx->decisive->verdict.reason != HP_OK) {
        ngx_http_healthpass_end_reserved(ctx, 0);
        return;
    }

    hmcf = ngx_http_get_module_main_conf(r, ngx_http_healthpass_module);
    pass = ctx->passes.elts;

    for (i = 0; i < ctx->passes.nelts; i++) {

        if (!pass[i].used) {
            continue;
        }

        ngx_http_healthpass_zone_count(hmcf->zone, NGX_HTTP_HEALTHPASS_USED);

        if (pass[i].verdict.suspect) {
            ngx_http_healthpass_zone_count(hmcf->zone,
                                           NGX_HTTP_HEALTHPASS_SUSPECT);
        }
    }

    if (!ngx_http_healthpass_awaits(ctx)) {
        ngx_http_healthpass_end_reserved(ctx, 1);
    }
}


static void
ngx_http_healthpass_end_reserved(ngx_http_healthpass_ctx_t *ctx,
    ngx_uint_t commit)
{
    ngx_uint_t                   i;
    ngx_http_healthpass_pass_t  *pass;

    pass = ctx->passes.elts;

    for (i = 0; i < ctx->passes.nelts; i++) {
        if (pass[i].reserved) {
            ngx_http_healthpass_end_use(ctx, &pass[i], commit);
        }
    }
}


static void
ngx_http_healthpass_end_use(ngx_http_healthpass_ctx_t *ctx,
    ngx_http_healthpass_pass_t *pass, ngx_uint_t commit)
{
    ngx_http_healthpass_main_conf_t  *hmcf;

    hmcf = ngx_http_get_module_main_conf(ctx->request,
                                         ngx_http_healthpass_module);

    pass->reserved = 0;

    if (pass->redis) {
        ngx_http_healthpass_redis_end(pass->redis, &pass->use, commit);

    } else {
        ngx_http_healthpass_zone_end(hmcf->zone, &pass->use, commit);
    }
}


void
ngx_http_healthpass_end_uses(ngx_http_healthpass_ctx_t *ctx, ngx_uint_t status)
{
    ngx_uint_t                      i, commit;
    ngx_http_healthpass_answers_t  *answers;

    if (ctx->ask) {
        ngx_http_healthpass_redis_cancel(ctx->ask);
        ctx->ask = NULL;

        /* those of a party that is not decided, and never will be */
        ngx_http_healthpass_end_reserved(ctx, 0);
        return;
    }

    if (ctx->reuse == NULL || ctx->reuse->commit == NULL) {
        return;
    }

    /*
     * who hangs up before the answer may have been served all the same: what
     * nobody ends is a use, and the same one comes again for nothing
     */

    if (status == 0 || status == NGX_HTTP_CLIENT_CLOSED_REQUEST) {
        return;
    }

    commit = 0;
    answers = ctx->reuse->commit->elts;

    for (i = 0; i < ctx->reuse->commit->nelts; i++) {
        if (status >= answers[i].from && status <= answers[i].to) {
            commit = 1;
        }
    }

    ngx_http_healthpass_end_reserved(ctx, commit);
}
