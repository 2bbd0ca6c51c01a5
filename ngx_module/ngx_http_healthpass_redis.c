
/*
 * The ledger of a fleet: a connection to Redis for each worker and place, driven
 * by nginx's event loop.  Nothing here waits: what Redis does not answer in time
 * is answered "away", and while it is known to be away, at once.
 *
 * It is connected when first needed, and again after a loss: soon at first, then
 * less and less often.  One who is silent keeps its connection for that long: when
 * it was only slow, or frozen, it is back as soon as it answers.
 */


#include "ngx_http_healthpass.h"


/* milliseconds: for an answer; for a connection and its first words */

#define NGX_HTTP_HEALTHPASS_REDIS_ANSWER   250
#define NGX_HTTP_HEALTHPASS_REDIS_CONNECT  250

/* between two attempts, twice as long each time */

#define NGX_HTTP_HEALTHPASS_REDIS_SOON     100
#define NGX_HTTP_HEALTHPASS_REDIS_LATE     1000


struct ngx_http_healthpass_redis_s {
    ngx_http_healthpass_redis_t  *next;
    hp_ledger_place               place;      /* a copy */
    char                         *secret;     /* the same */
    hp_redis                     *link;       /* NULL: not connected */
    ngx_connection_t             *connection;
    ngx_event_t                   timer;      /* of the next thing to be done */
    ngx_connection_t              dumb;       /* the timer's debug log */
    ngx_msec_t                    delay;
    ngx_log_t                    *log;

    time_t                        since;      /* it is away */
    ngx_uint_t                    uncounted;  /* uses meanwhile */

    unsigned                      ready:1;
    unsigned                      away:1;     /* nobody need ask */
    unsigned                      told:1;     /* the log was */
    unsigned                      retried:1;  /* and nothing was answered yet */
};


struct ngx_http_healthpass_redis_ask_s {
    ngx_http_healthpass_redis_t  *redis;
    hp_use                        use;
    hp_redis_asked               *asked;      /* NULL: answered */
    hp_use_answer                 answer;
    ngx_event_t                   event;      /* its time is over; its answer */
    ngx_connection_t              dumb;       /* the event's debug log */
    ngx_http_healthpass_redis_pt  handler;
    void                         *data;
    unsigned                      refuse:1;   /* over the limit nothing is held */
};


static ngx_uint_t ngx_http_healthpass_redis_is_at(
    ngx_http_healthpass_redis_t *redis, const hp_ledger_place *place);
static ngx_http_healthpass_redis_t *ngx_http_healthpass_redis_create(
    ngx_http_healthpass_main_conf_t *hmcf, const hp_ledger_place *place);
static void ngx_http_healthpass_redis_init_event(ngx_event_t *ev,
    ngx_connection_t *dumb, ngx_event_handler_pt handler, void *data,
    ngx_log_t *log);
static void ngx_http_healthpass_redis_connect(
    ngx_http_healthpass_redis_t *redis);
static ngx_int_t ngx_http_healthpass_redis_watch(
    ngx_http_healthpass_redis_t *redis);
static void ngx_http_healthpass_redis_close(ngx_http_healthpass_redis_t *redis);
static void ngx_http_healthpass_redis_lost(ngx_http_healthpass_redis_t *redis,
    const char *why);
static void ngx_http_healthpass_redis_event(ngx_event_t *ev);
static void ngx_http_healthpass_redis_timer(ngx_event_t *ev);
static void ngx_http_healthpass_redis_answered(void *data,
    const hp_use_answer *answer, const char *why);
static void ngx_http_healthpass_redis_ask_event(ngx_event_t *ev);
static void ngx_http_healthpass_redis_silent(
    ngx_http_healthpass_redis_t *redis);
static void ngx_http_healthpass_redis_heard(void *data,
    const hp_redis_value *value);
static void ngx_http_healthpass_redis_back(ngx_http_healthpass_redis_t *redis);
static void ngx_http_healthpass_redis_tell_away(
    ngx_http_healthpass_redis_t *redis, const char *why);
static void ngx_http_healthpass_redis_tell_back(
    ngx_http_healthpass_redis_t *redis);


/* ---- the connections of a worker ---- */


/* The worker's own for that place; NULL: no memory. */

ngx_http_healthpass_redis_t *
ngx_http_healthpass_redis_at(ngx_http_healthpass_main_conf_t *hmcf,
    const hp_ledger_place *place)
{
    ngx_http_healthpass_redis_t  *redis;

    for (redis = hmcf->redis; redis; redis = redis->next) {
        if (ngx_http_healthpass_redis_is_at(redis, place)) {
            return redis;
        }
    }

    return ngx_http_healthpass_redis_create(hmcf, place);
}


static ngx_uint_t
ngx_http_healthpass_redis_is_at(ngx_http_healthpass_redis_t *redis,
    const hp_ledger_place *place)
{
    const char  *secret;

    secret = place->secret ? place->secret : "";

    return place->kind == HP_LEDGER_REDIS
           && ngx_strcmp(redis->place.path, place->path) == 0
           && ngx_strcmp(redis->place.host, place->host) == 0
           && redis->place.port == place->port
           && redis->place.db == place->db
           && ngx_strcmp(redis->secret, secret) == 0;
}


/* It is kept until the worker ends: a policy changes its place hardly ever. */

static ngx_http_healthpass_redis_t *
ngx_http_healthpass_redis_create(ngx_http_healthpass_main_conf_t *hmcf,
    const hp_ledger_place *place)
{
    size_t                        len;
    ngx_http_healthpass_redis_t  *redis;

    len = place->secret ? ngx_strlen(place->secret) : 0;

    redis = ngx_calloc(sizeof(ngx_http_healthpass_redis_t) + len + 1,
                       ngx_cycle->log);
    if (redis == NULL) {
        return NULL;
    }

    redis->secret = (char *) (redis + 1);
    ngx_memcpy(redis->secret, place->secret ? place->secret : "", len);

    redis->place = *place;
    redis->place.secret = place->secret ? redis->secret : NULL;
    redis->log = ngx_cycle->log;
    redis->delay = NGX_HTTP_HEALTHPASS_REDIS_SOON;

    ngx_http_healthpass_redis_init_event(&redis->timer, &redis->dumb,
                                         ngx_http_healthpass_redis_timer,
                                         redis, redis->log);
    redis->timer.cancelable = 1;

    redis->next = hmcf->redis;
    hmcf->redis = redis;

    return redis;
}


/* The events' debug log wants to see a connection behind data. */

static void
ngx_http_healthpass_redis_init_event(ngx_event_t *ev, ngx_connection_t *dumb,
    ngx_event_handler_pt handler, void *data, ngx_log_t *log)
{
    dumb->fd = (ngx_socket_t) -1;
    dumb->data = data;

    ev->handler = handler;
    ev->data = dumb;
    ev->log = log;
}


/* Closes what no policy names any more. */

void
ngx_http_healthpass_redis_refresh(ngx_http_healthpass_main_conf_t *hmcf)
{
    ngx_uint_t                      i;
    ngx_http_healthpass_redis_t    *redis;
    ngx_http_healthpass_policy_t  **policies;

    policies = hmcf->policies.elts;

    for (redis = hmcf->redis; redis; redis = redis->next) {

        for (i = 0; i < hmcf->policies.nelts; i++) {
            if (ngx_http_healthpass_redis_is_at(redis,
                                      hp_policy_ledger(policies[i]->policy)))
            {
                break;
            }
        }

        if (i == hmcf->policies.nelts) {
            ngx_http_healthpass_redis_close(redis);
            redis->away = 0;
            redis->told = 0;
        }
    }
}


/* The worker ends. */

void
ngx_http_healthpass_redis_exit(ngx_http_healthpass_main_conf_t *hmcf)
{
    ngx_http_healthpass_redis_t  *redis;

    while (hmcf->redis) {
        redis = hmcf->redis;
        hmcf->redis = redis->next;

        ngx_http_healthpass_redis_close(redis);

        hp_wipe(redis->secret, ngx_strlen(redis->secret));
        ngx_free(redis);
    }
}


/* ---- one connection ---- */


static void
ngx_http_healthpass_redis_connect(ngx_http_healthpass_redis_t *redis)
{
    hp_error  error;

    redis->link = hp_redis_start(&redis->place, &error);

    if (redis->link == NULL) {
        ngx_http_healthpass_redis_lost(redis, error.text);
        return;
    }

    if (ngx_http_healthpass_redis_watch(redis) != NGX_OK) {
        ngx_http_healthpass_redis_lost(redis, "nginx has no connection left");
        return;
    }

    ngx_add_timer(&redis->timer, NGX_HTTP_HEALTHPASS_REDIS_CONNECT);
}


static ngx_int_t
ngx_http_healthpass_redis_watch(ngx_http_healthpass_redis_t *redis)
{
    ngx_connection_t  *c;

    c = ngx_get_connection(hp_redis_fd(redis->link), redis->log);
    if (c == NULL) {
        return NGX_ERROR;
    }

    redis->connection = c;

    c->data = redis;
    c->log = redis->log;
    c->read->log = redis->log;
    c->write->log = redis->log;
    c->read->handler = ngx_http_healthpass_redis_event;
    c->write->handler = ngx_http_healthpass_redis_event;

    if (ngx_add_conn) {
        return ngx_add_conn(c);
    }

    if (ngx_handle_read_event(c->read, 0) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_handle_write_event(c->write, 0);
}


/* As ngx_close_connection(), but that the socket is the link's. */

static void
ngx_http_healthpass_redis_close(ngx_http_healthpass_redis_t *redis)
{
    hp_redis          *link;
    ngx_connection_t  *c;

    c = redis->connection;
    link = redis->link;

    redis->connection = NULL;
    redis->link = NULL;
    redis->ready = 0;

    if (redis->timer.timer_set) {
        ngx_del_timer(&redis->timer);
    }

    if (c) {
        if (ngx_del_conn) {
            ngx_del_conn(c, NGX_CLOSE_EVENT);

        } else {
            if (c->read->active || c->read->disabled) {
                ngx_del_event(c->read, NGX_READ_EVENT, NGX_CLOSE_EVENT);
            }

            if (c->write->active || c->write->disabled) {
                ngx_del_event(c->write, NGX_WRITE_EVENT, NGX_CLOSE_EVENT);
            }
        }

        if (c->read->posted) {
            ngx_delete_posted_event(c->read);
        }

        if (c->write->posted) {
            ngx_delete_posted_event(c->write);
        }

        c->read->closed = 1;
        c->write->closed = 1;

        ngx_free_connection(c);
        c->fd = (ngx_socket_t) -1;
    }

    /* tells all who wait */

    hp_redis_close(link);
}


/* One that served is tried again at once, and nobody is told if that goes well. */

static void
ngx_http_healthpass_redis_lost(ngx_http_healthpass_redis_t *redis,
    const char *why)
{
    ngx_uint_t  served;

    served = redis->ready && !redis->away && !redis->retried;

    ngx_http_healthpass_redis_close(redis);

    if (served) {
        redis->retried = 1;
        ngx_http_healthpass_redis_connect(redis);
        return;
    }

    ngx_http_healthpass_redis_tell_away(redis, why);
    redis->away = 1;

    ngx_add_timer(&redis->timer, redis->delay
                                 + (ngx_msec_t) ngx_random() % redis->delay / 2);

    redis->delay = ngx_min(redis->delay * 2, NGX_HTTP_HEALTHPASS_REDIS_LATE);
}


static void
ngx_http_healthpass_redis_event(ngx_event_t *ev)
{
    hp_error                      error;
    ngx_connection_t             *c;
    ngx_http_healthpass_redis_t  *redis;

    c = ev->data;
    redis = c->data;

    if (c->close) {
        /* worker_shutdown_timeout is over */
        ngx_http_healthpass_redis_close(redis);
        redis->away = 1;
        return;
    }

    if (!hp_redis_step(redis->link, &error)) {
        ngx_http_healthpass_redis_lost(redis, error.text);
        return;
    }

    /* a step reads and writes until it cannot any more */

    c->read->ready = 0;
    c->write->ready = !hp_redis_wants_write(redis->link);

    if (ngx_handle_read_event(c->read, 0) != NGX_OK
        || ngx_handle_write_event(c->write, 0) != NGX_OK)
    {
        ngx_http_healthpass_redis_lost(redis, "nginx cannot wait for it");
        return;
    }

    if (!redis->ready && hp_redis_is_ready(redis->link)) {
        ngx_http_healthpass_redis_back(redis);
    }
}


/* Time to connect; or the time for connecting, or for an answer, is over. */

static void
ngx_http_healthpass_redis_timer(ngx_event_t *ev)
{
    ngx_connection_t             *dumb;
    ngx_http_healthpass_redis_t  *redis;

    dumb = ev->data;
    redis = dumb->data;

    if (redis->link == NULL) {
        ngx_http_healthpass_redis_connect(redis);
        return;
    }

    ngx_http_healthpass_redis_lost(redis, redis->ready
                                          ? "it does not answer"
                                          : "it does not answer when connected");
}


/* ---- what is asked ---- */


/*
 * The handler is called later, once, unless it is cancelled before.  NULL: Redis
 * is away, and nobody is called.
 */

ngx_http_healthpass_redis_ask_t *
ngx_http_healthpass_redis_take(ngx_http_healthpass_redis_t *redis,
    ngx_pool_t *pool, const hp_use *use, const hp_use_terms *terms,
    ngx_http_healthpass_redis_pt handler, void *data)
{
    ngx_http_healthpass_redis_ask_t  *ask;

    if (redis->link == NULL && !redis->away) {
        ngx_http_healthpass_redis_connect(redis);
    }

    if (redis->away) {
        redis->uncounted++;
        return NULL;
    }

    ask = ngx_pcalloc(pool, sizeof(ngx_http_healthpass_redis_ask_t));
    if (ask == NULL) {
        return NULL;
    }

    ask->asked = hp_redis_ask_take(redis->link, use, terms,
                                   NGX_HTTP_HEALTHPASS_REDIS_ANSWER,
                                   ngx_http_healthpass_redis_answered, ask);
    if (ask->asked == NULL) {
        return NULL;
    }

    ask->redis = redis;
    ask->use = *use;
    ask->refuse = terms->refuse;
    ask->handler = handler;
    ask->data = data;

    ngx_http_healthpass_redis_init_event(&ask->event, &ask->dumb,
                                         ngx_http_healthpass_redis_ask_event,
                                         ask, redis->log);

    ngx_add_timer(&ask->event, NGX_HTTP_HEALTHPASS_REDIS_ANSWER);

    /* all that is asked in one turn of the event loop goes out together */

    ngx_post_event(redis->connection->write, &ngx_posted_events);

    return ask;
}


/* Who asked is gone.  What was or will be answered is taken back. */

void
ngx_http_healthpass_redis_cancel(ngx_http_healthpass_redis_ask_t *ask)
{
    if (ask->event.timer_set) {
        ngx_del_timer(&ask->event);
    }

    if (ask->asked) {
        hp_redis_drop(ask->asked);
        ask->asked = NULL;
        return;
    }

    if (ask->event.posted) {
        ngx_delete_posted_event(&ask->event);

        if (ask->answer.state == HP_USE_OK
            || (ask->answer.state == HP_USE_OVER && !ask->refuse))
        {
            ngx_http_healthpass_redis_end(ask->redis, &ask->use, 0);
        }
    }
}


/* What cannot be said is left: a reservation that nobody ends is a use. */

void
ngx_http_healthpass_redis_end(ngx_http_healthpass_redis_t *redis,
    const hp_use *use, ngx_uint_t commit)
{
    if (redis->link && hp_redis_ask_end(redis->link, use, commit)) {
        ngx_post_event(redis->connection->write, &ngx_posted_events);
    }
}


/*
 * Called while the link is at work: who asked goes on behind that, and may then
 * do with the link whatever he likes.
 */

static void
ngx_http_healthpass_redis_answered(void *data, const hp_use_answer *answer,
    const char *why)
{
    ngx_http_healthpass_redis_ask_t *ask = data;

    ask->asked = NULL;
    ask->answer = *answer;

    if (ask->event.timer_set) {
        ngx_del_timer(&ask->event);
    }

    if (answer->state == HP_USE_OK || answer->state == HP_USE_OVER) {
        ngx_http_healthpass_redis_tell_back(ask->redis);

    } else if (*why) {
        ngx_http_healthpass_redis_tell_away(ask->redis, why);
    }

    ngx_post_event(&ask->event, &ngx_posted_events);
}


static void
ngx_http_healthpass_redis_ask_event(ngx_event_t *ev)
{
    ngx_connection_t                 *dumb;
    ngx_http_healthpass_redis_ask_t  *ask;

    dumb = ev->data;
    ask = dumb->data;

    if (ask->asked) {
        hp_redis_drop(ask->asked);
        ask->asked = NULL;
        ask->answer.state = HP_USE_AWAY;

        ngx_http_healthpass_redis_silent(ask->redis);
    }

    if (ask->answer.state == HP_USE_AWAY || ask->answer.state == HP_USE_FULL) {
        ask->redis->uncounted++;
    }

    ask->handler(ask->data, &ask->answer);
}


/*
 * It did not answer in time.  Others are not kept waiting; it is back once it
 * answers a question that costs nothing.
 */

static void
ngx_http_healthpass_redis_silent(ngx_http_healthpass_redis_t *redis)
{
    hp_str  ping;

    if (redis->away) {
        return;
    }

    ngx_http_healthpass_redis_tell_away(redis, "it does not answer in time");
    redis->away = 1;

    if (!redis->ready) {
        return;  /* the time for connecting is running */
    }

    ping = HP_STR("PING");

    if (hp_redis_ask(redis->link, &ping, 1, ngx_http_healthpass_redis_heard,
                     redis))
    {
        ngx_post_event(redis->connection->write, &ngx_posted_events);
    }

    ngx_add_timer(&redis->timer, NGX_HTTP_HEALTHPASS_REDIS_LATE);
}


static void
ngx_http_healthpass_redis_heard(void *data, const hp_redis_value *value)
{
    if (value) {
        ngx_http_healthpass_redis_back(data);
    }
}


/* It can be asked: connected, or silent no longer. */

static void
ngx_http_healthpass_redis_back(ngx_http_healthpass_redis_t *redis)
{
    if (redis->timer.timer_set) {
        ngx_del_timer(&redis->timer);
    }

    redis->ready = 1;
    redis->away = 0;
    redis->delay = NGX_HTTP_HEALTHPASS_REDIS_SOON;
}


/* ---- what the log is told: once that it is away, once that it is back ---- */


static void
ngx_http_healthpass_redis_tell_away(ngx_http_healthpass_redis_t *redis,
    const char *why)
{
    if (redis->told) {
        return;
    }

    redis->told = 1;
    redis->since = ngx_time();
    redis->uncounted = 0;

    ngx_log_error(NGX_LOG_ERR, redis->log, 0,
                  "healthpass: the ledger does not count: %s", why);
}


/* By an answer to a use: a Redis that cannot write answers others. */

static void
ngx_http_healthpass_redis_tell_back(ngx_http_healthpass_redis_t *redis)
{
    redis->retried = 0;

    if (!redis->told) {
        return;
    }

    redis->told = 0;

    ngx_log_error(NGX_LOG_NOTICE, redis->log, 0,
                  "healthpass: the ledger counts again, after %T s and %ui uses "
                  "that it did not count",
                  ngx_time() - redis->since, redis->uncounted);
}
