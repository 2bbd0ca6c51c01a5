
/*
 * What the files of the healthpass module share.  The module finds the pass in
 * a request, asks hp_verify() and answers; it holds no cryptography and parses
 * no pass.
 *
 *   _module.c     directives, merging, start
 *   _policy.c     policies: one a file and set of rules, loaded in the master, refreshed in workers
 *   _parameter.c  parameters of directives
 *   _source.c     where in a request the pass may be
 *   _find.c       getting it, and values beside it, out of there
 *   _fields.c     the fields of a query and of a body
 *   _body.c       reading the request body, one piece of memory of it
 *   _clearance.c  what stands for passes: the directive, and its keys
 *   _cleared.c    taking and giving it
 *   _show.c       what staff at a door sees of a pass
 *   _strip.c      taking the pass out of what goes upstream
 *   _handler.c    the phase handlers, healthpass_check, the state of a request
 *   _party.c      judging the passes of a request, one or several
 *   _persons.c    for how many, who needs none, and when the visit is
 *   _holder.c     whose pass it has to be
 *   _reuse.c      for how many a pass is shown
 *   _zone.c       the ledger of that in shared memory
 *   _rule.c       what a rule says, in the visitor's language
 *   _language.c   which languages a visitor reads
 *   _problem.c    what a refused visitor is told
 *   _answer.c     status, response headers, the log line
 *   _redis.c      the ledger of a fleet
 *   _status.c     healthpass_status: what monitoring and load balancers ask
 *   _prometheus.c the same for Prometheus
 *   _page.c       its response, piece by piece
 *   _next.c       what tomorrow's policy would have decided
 *   _counters.c   what was decided, and what the workers hold
 *   _variables.c  $healthpass_...
 */


#ifndef _NGX_HTTP_HEALTHPASS_H_INCLUDED_
#define _NGX_HTTP_HEALTHPASS_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "hp.h"
#include "base/arena.h"
#include "hp_language.h"


#define NGX_HTTP_HEALTHPASS_OFF        0
#define NGX_HTTP_HEALTHPASS_ON         1
#define NGX_HTTP_HEALTHPASS_OPTIONAL   2

#define NGX_HTTP_HEALTHPASS_STATUS_OFF    0
#define NGX_HTTP_HEALTHPASS_STATUS_JSON   1
#define NGX_HTTP_HEALTHPASS_STATUS_READY  2
#define NGX_HTTP_HEALTHPASS_STATUS_TOP    3
#define NGX_HTTP_HEALTHPASS_STATUS_PROMETHEUS  4

/* milliseconds between two looks at the lists of withdrawn passes */
#define NGX_HTTP_HEALTHPASS_LISTS_REFRESH  250

/* passes, or values beside them, that one source may hold */
#define NGX_HTTP_HEALTHPASS_PARTY  32

/* hex digits of $request_id that a person is asked to read out */
#define NGX_HTTP_HEALTHPASS_REFERENCE  8


/*
 * From 1.23.0 header lines of one name are a linked list; all others of the
 * module's needs are the same from 1.22 on.
 */

#if (nginx_version >= 1023000)
#define ngx_http_healthpass_single_header(h)  (h)->next = NULL
#else
#define ngx_http_healthpass_single_header(h)
#endif


/* Each has a word to be counted by, in _counters.c. */

typedef enum {
    NGX_HTTP_HEALTHPASS_HEADER,
    NGX_HTTP_HEALTHPASS_COOKIE,
    NGX_HTTP_HEALTHPASS_ARG,
    NGX_HTTP_HEALTHPASS_FORM,
    NGX_HTTP_HEALTHPASS_BODY,
    NGX_HTTP_HEALTHPASS_BEARER,
    NGX_HTTP_HEALTHPASS_VARIABLE,
    NGX_HTTP_HEALTHPASS_MULTIPART,
    NGX_HTTP_HEALTHPASS_JSON,
    NGX_HTTP_HEALTHPASS_CLEARANCE
} ngx_http_healthpass_kind_e;


typedef struct {
    ngx_http_healthpass_kind_e        kind;
    ngx_str_t                         name;
    ngx_str_t                         spelled;    /* as in nginx.conf */
    ngx_int_t                         index;      /* of a variable */
    unsigned                          list:1;     /* "[]", not in the name */
    unsigned                          beside:1;   /* a value, not the pass */
    unsigned                          warned:1;   /* of its underscore */
} ngx_http_healthpass_source_t;


/* What a source holds, in the request's own bytes or in lent memory. */

typedef struct {
    ngx_str_t                         value[NGX_HTTP_HEALTHPASS_PARTY];
    ngx_uint_t                        n;          /* also of those without a
                                                     place */
    hp_arena                          memory;     /* wiped at the end */
} ngx_http_healthpass_values_t;


/* A value of healthpass_holder: an expression, or a field of the body. */

typedef struct {
    ngx_http_complex_value_t          complex;
    ngx_http_healthpass_source_t      field;      /* without a name: none */
    unsigned                          given:1;
} ngx_http_healthpass_value_t;


#define NGX_HTTP_HEALTHPASS_NAME    0
#define NGX_HTTP_HEALTHPASS_GIVEN   1
#define NGX_HTTP_HEALTHPASS_DOB     2
#define NGX_HTTP_HEALTHPASS_VALUES  3


typedef struct {
    ngx_http_healthpass_value_t       value[NGX_HTTP_HEALTHPASS_VALUES];
    hp_match                          match;
    unsigned                          match_given:1;
} ngx_http_healthpass_holder_t;


/* For how many persons: a pass for each, but for those below an age. */

typedef struct {
    ngx_http_healthpass_value_t       count;
    ngx_uint_t                        max;
    ngx_uint_t                        min_age;    /* 0: all need one */
    unsigned                          max_given:1;
} ngx_http_healthpass_persons_t;


/* The day of the visit, at most max seconds ahead. */

typedef struct {
    ngx_http_healthpass_value_t       at;
    time_t                            max;
    unsigned                          max_given:1;
} ngx_http_healthpass_visit_t;


/* What an expression gave, our copy, wiped at the end. */

typedef struct {
    ngx_str_t                         text;
    unsigned                          kept:1;
} ngx_http_healthpass_kept_t;


/*
 * Who is expected: of each value of healthpass_holder a text for each person, in
 * the order of the passes.  No text at all: the value is not asked for, or the
 * body has none.
 */

typedef struct {
    ngx_array_t                       texts[NGX_HTTP_HEALTHPASS_VALUES];
} ngx_http_healthpass_people_t;


/* Answers that end the count of a use, "2xx" or "303". */

typedef struct {
    ngx_uint_t                        from;
    ngx_uint_t                        to;
} ngx_http_healthpass_answers_t;


typedef struct {
    hp_use_terms                      terms;
    ngx_http_healthpass_value_t       by;
    ngx_array_t                      *commit;     /* of answers; NULL: any */
    unsigned                          action_given:1;
    unsigned                          fail_given:1;
} ngx_http_healthpass_reuse_t;


/* A file of keys, and what healthpass_clearance says. */

typedef struct {
    ngx_str_t                         path;
    hp_clearance_keys                *keys;
} ngx_http_healthpass_keys_t;


typedef struct {
    ngx_http_healthpass_source_t      source;     /* of what it is, judged */
    ngx_http_healthpass_source_t     *carrier;    /* a cookie or a header */
    ngx_array_t                      *carriers;   /* that one */
    ngx_http_healthpass_keys_t       *keys;
    ngx_http_complex_value_t         *bind;       /* NULL: to nothing else */
    ngx_str_t                         scope;
    ngx_str_t                         samesite;
    uint32_t                          ttl;
    unsigned                          exemptions:1;
    unsigned                          exemptions_given:1;
} ngx_http_healthpass_clearance_t;


/* What healthpass_check shows to staff. */

#define NGX_HTTP_HEALTHPASS_SHOW_NAME  1
#define NGX_HTTP_HEALTHPASS_SHOW_DOB   2


/* What is counted in the zone, over all workers and reloads. */

#define NGX_HTTP_HEALTHPASS_USED      0    /* asked of the ledger, and let in */
#define NGX_HTTP_HEALTHPASS_SUSPECT   1    /* of these: over the limit */
#define NGX_HTTP_HEALTHPASS_REUSED    2    /* refused as over the limit */
#define NGX_HTTP_HEALTHPASS_AWAY      3    /* the ledger could not be asked */
#define NGX_HTTP_HEALTHPASS_FULL      4    /* it had no room */
#define NGX_HTTP_HEALTHPASS_COUNTERS  5


typedef struct ngx_http_healthpass_zone_shared_s
    ngx_http_healthpass_zone_shared_t;

typedef struct {
    ngx_shm_zone_t                     *shm_zone;
    ngx_slab_pool_t                    *shpool;
    ngx_http_healthpass_zone_shared_t  *sh;
    unsigned                            restarted:1; /* not told yet */
} ngx_http_healthpass_zone_t;


typedef struct {
    ngx_uint_t                        rows;
    ngx_uint_t                        pages;      /* of ngx_pagesize */
    ngx_uint_t                        free;       /* of them */
    ngx_uint_t                        counters[NGX_HTTP_HEALTHPASS_COUNTERS];
} ngx_http_healthpass_fill_t;


/* One of the passes that were shown for the most. */

#define NGX_HTTP_HEALTHPASS_TOP  100

typedef struct {
    uint8_t                           pass[HP_ID];
    ngx_uint_t                        count;
    ngx_uint_t                        places;
    ngx_uint_t                        left;       /* seconds */
} ngx_http_healthpass_top_t;


/*
 * What is counted of requests, over all workers and reloads, and what the
 * workers say of themselves: in shared memory of the module's own, see
 * _counters.c.
 */

#define NGX_HTTP_HEALTHPASS_REASONS   128   /* above every number of a reason */
#define NGX_HTTP_HEALTHPASS_KINDS     16    /* of sources, and none */
#define NGX_HTTP_HEALTHPASS_FORMATS   16
#define NGX_HTTP_HEALTHPASS_WORKERS   256
#define NGX_HTTP_HEALTHPASS_POLICIES  16    /* that a worker tells of */

typedef struct {
    ngx_atomic_t                      reasons[NGX_HTTP_HEALTHPASS_REASONS];
    ngx_atomic_t                      sources[NGX_HTTP_HEALTHPASS_KINDS];
    ngx_atomic_t                      formats[NGX_HTTP_HEALTHPASS_FORMATS];
    ngx_atomic_t                      suspects;   /* of those that are ok */
} ngx_http_healthpass_tally_t;


/* Where the next policy differs: by its reason, and by that of today's. */

typedef struct {
    ngx_atomic_t                      judged;
    ngx_atomic_t                      refuses[NGX_HTTP_HEALTHPASS_REASONS];
    ngx_atomic_t                      accepts[NGX_HTTP_HEALTHPASS_REASONS];
} ngx_http_healthpass_next_t;


#define NGX_HTTP_HEALTHPASS_WITHOUT   0    /* let through without a pass */
#define NGX_HTTP_HEALTHPASS_EVENTS    8


typedef enum {
    NGX_HTTP_HEALTHPASS_READY,
    NGX_HTTP_HEALTHPASS_FAULT,
    NGX_HTTP_HEALTHPASS_ENDED,
    NGX_HTTP_HEALTHPASS_IDLE       /* nobody is asked for a pass */
} ngx_http_healthpass_state_e;


typedef struct {
    uint64_t                          version;    /* hp_policy_version() */
    ngx_uint_t                        taken;      /* up, since it started */
    ngx_http_healthpass_state_e       state;
} ngx_http_healthpass_held_t;


typedef struct {
    ngx_atomic_t                      pid;        /* 0: nobody's place */
    ngx_uint_t                        cycle;      /* which configuration */
    time_t                            started;
    time_t                            looked;
    ngx_uint_t                        n;          /* of held */
    ngx_http_healthpass_held_t        held[NGX_HTTP_HEALTHPASS_POLICIES];
} ngx_http_healthpass_worker_t;


typedef struct {
    ngx_uint_t                        version;
    ngx_uint_t                        cycle;
    time_t                            since;
    ngx_http_healthpass_tally_t       decisions;
    ngx_http_healthpass_tally_t       dry;        /* of dry runs */
    ngx_http_healthpass_next_t        next;
    ngx_atomic_t                      events[NGX_HTTP_HEALTHPASS_EVENTS];
    ngx_http_healthpass_worker_t      workers[NGX_HTTP_HEALTHPASS_WORKERS];
} ngx_http_healthpass_counts_t;


typedef struct {
    ngx_shm_zone_t                   *shm_zone;
    ngx_http_healthpass_counts_t     *counts;
    ngx_uint_t                        cycle;      /* of this configuration */
    ngx_http_healthpass_worker_t     *self;       /* NULL: there was no place */
} ngx_http_healthpass_counters_t;


/* A response, piece by piece; once failed, it stays failed. */

typedef struct {
    ngx_pool_t                       *pool;
    ngx_chain_t                      *first;
    ngx_chain_t                     **last;
    ngx_buf_t                        *buf;        /* the last of them */
    off_t                             size;
    unsigned                          failed:1;
} ngx_http_healthpass_page_t;


typedef struct {
    ngx_str_t                         path;
    ngx_str_t                         rules_set;  /* empty: the file's own */
    ngx_str_t                         name;       /* of both, for the log */
    hp_policy                        *policy;
    uint64_t                          told;       /* of which ages */
    uint64_t                          told_due;   /* of which ends */
    ngx_uint_t                        overridden; /* accepted on a stale list,
                                                     not told yet */
    ngx_uint_t                        taken;      /* up, by this worker */
    unsigned                          gate:1;     /* else only a next one */
} ngx_http_healthpass_policy_t;


/* The ledger of a fleet, and one use that it is asked about. */

typedef struct ngx_http_healthpass_redis_s  ngx_http_healthpass_redis_t;
typedef struct ngx_http_healthpass_redis_ask_s
    ngx_http_healthpass_redis_ask_t;

typedef void (*ngx_http_healthpass_redis_pt)(void *data,
    const hp_use_answer *answer);


typedef struct {
    ngx_array_t                       policies;   /* pointers to policies */
    ngx_array_t                       clearance_keys; /* pointers to files */
    ngx_array_t                      *sources;    /* the default */
    ngx_http_healthpass_zone_t       *zone;       /* NULL: none */
    ngx_http_healthpass_counters_t    counters;
    hp_memory                         memory;     /* lent to hp_verify() */
    hp_keys                          *keys;       /* lent too */
    ngx_int_t                         request_id; /* index of $request_id */
    ngx_msec_t                        refresh;
    ngx_http_healthpass_redis_t      *redis;      /* a worker's connections */
    ngx_event_t                       timer;
    ngx_event_t                       lists_timer;
    ngx_connection_t                  dumb;       /* the timers' debug log */

    unsigned                          body_warned:1; /* of client_body_... */
    unsigned                          want_id:1;  /* $..._pass_id is exposed */
    unsigned                          dry_run:1;  /* in some location */
    unsigned                          reuse_open:1; /* the same, with fail=open */
    unsigned                          status:1;   /* the same */
} ngx_http_healthpass_main_conf_t;


typedef struct {
    ngx_uint_t                        verify;
    ngx_flag_t                        check;
    ngx_uint_t                        status;
    ngx_str_t                         policy_path;
    ngx_str_t                         rules_set;
    ngx_str_t                         next_path;
    ngx_str_t                         next_rules;
    ngx_http_healthpass_policy_t     *policy;
    ngx_http_healthpass_policy_t     *next;       /* NULL: none is tried */
    ngx_array_t                      *sources;
    ngx_http_healthpass_holder_t     *holder;     /* NULL: anybody's pass */
    ngx_http_healthpass_persons_t    *persons;    /* NULL: one */
    ngx_http_healthpass_visit_t      *visit;      /* NULL: now */
    ngx_http_healthpass_reuse_t      *reuse;      /* NULL: nobody counts */
    ngx_http_healthpass_clearance_t  *clearance;  /* NULL: none */
    ngx_uint_t                        show;       /* bits; 0: nothing */
    ngx_flag_t                        strip;
    ngx_flag_t                        dry_run;
    size_t                            body_max;
    ngx_uint_t                        expose;     /* bits of variables */
    ngx_uint_t                        log_level;
    ngx_http_complex_value_t         *realm;
    ngx_http_complex_value_t         *www_authenticate;
    ngx_http_complex_value_t         *language;   /* NULL: as is accepted */

    /* a worker's note that it warned; the configuration itself stays as read */
    ngx_uint_t                       *warned;
} ngx_http_healthpass_loc_conf_t;


/* One pass of a request and what was said to it. */

typedef struct {
    ngx_http_healthpass_source_t     *source;     /* NULL: none was shown */
    ngx_str_t                         text;       /* our copy, wiped at the end */
    hp_verdict                        verdict;
    ngx_str_t                         rule_text;  /* of a rule that refused */
    ngx_str_t                         shown;      /* to staff, wiped too */
    hp_use_terms                      terms;      /* of an exemption */
    uint8_t                           ledger[HP_ID]; /* under the newest key */
    hp_use                            use;        /* what the ledger is asked */
    ngx_http_healthpass_redis_t      *redis;      /* a fleet's; NULL: the zone */

    unsigned                          has_ledger:1;  /* its id is known */
    unsigned                          used:1;        /* the ledger let it in */
    unsigned                          reserved:1;    /* there, and to be ended */
    unsigned                          exempt:1;      /* it is no pass */
    unsigned                          first_over:1;  /* in this window */
    unsigned                          logged:1;      /* as a refusal */
    unsigned                          dry_logged:1;
} ngx_http_healthpass_pass_t;


/* What a source held that is stripped, and that nobody has judged. */

typedef struct {
    ngx_http_healthpass_source_t     *source;
    ngx_array_t                       texts;      /* ours, wiped at the end */
    hp_reason                         problem;    /* of finding them; HP_OK */
} ngx_http_healthpass_aside_t;


/*
 * The state of a request under one effective configuration.  It lives in a pool
 * cleanup, because an internal redirect forgets r->ctx.
 */

typedef struct {
    ngx_http_request_t               *request;
    ngx_http_healthpass_policy_t     *policy;     /* the effective */
    ngx_array_t                      *sources;    /* configuration */
    ngx_http_healthpass_holder_t     *holder;
    ngx_http_healthpass_persons_t    *persons;
    ngx_http_healthpass_visit_t      *visit;
    ngx_http_healthpass_reuse_t      *reuse;
    ngx_http_healthpass_clearance_t  *clearance;
    ngx_uint_t                        show;
    size_t                            body_max;

    ngx_str_t                         person[NGX_HTTP_HEALTHPASS_VALUES];
    ngx_http_healthpass_kept_t        by;
    ngx_http_healthpass_kept_t        count;
    ngx_http_healthpass_kept_t        at;
    ngx_str_t                         body;       /* our copy, until told */
    double                            visited;    /* when; 0: now */

    ngx_str_t                         token;      /* the clearance shown */
    hp_clearance                     *won;        /* with passes; NULL: none */
    ngx_uint_t                        noted;      /* of them */

    hp_use_terms                      terms;      /* of what is asked */
    ngx_http_healthpass_redis_ask_t  *ask;        /* its answer is waited for */
    ngx_uint_t                        next;       /* pass that is to be counted */

    ngx_array_t                       passes;     /* ngx_http_healthpass_pass_t,
                                                     in the order of persons */
    hp_reason                         problem;    /* of finding them; HP_OK */
    ngx_array_t                      *aside;      /* NULL: nothing */
    ngx_http_healthpass_pass_t       *decisive;   /* NULL until judged */
    ngx_uint_t                        failed;     /* person, from 1; 0: nobody */

    ngx_table_elt_t                  *cache_control;
    ngx_table_elt_t                  *www_authenticate;
    ngx_table_elt_t                  *vary;

    const char                       *language;   /* of a refusal */

    unsigned                          waiting:1;  /* for the body */
    unsigned                          no_body:1;  /* reading it failed */
    unsigned                          negotiated:1; /* language, by request */
    unsigned                          optional:1;
    unsigned                          cleared:1;  /* nobody showed a pass */
    unsigned                          given:1;    /* a clearance, or none */
    unsigned                          exempted:1; /* one of them is no pass */
    unsigned                          compared:1; /* with person */
    unsigned                          given_back:1; /* one of those: a dry run */
    unsigned                          by_twice:1;
    unsigned                          gated:1;    /* its verdict was a gate's */
    unsigned                          dry:1;      /* or a dry run's */
} ngx_http_healthpass_ctx_t;


/* _policy.c */

ngx_http_healthpass_policy_t *ngx_http_healthpass_get_policy(ngx_conf_t *cf,
    ngx_http_healthpass_main_conf_t *hmcf, ngx_str_t *path,
    ngx_str_t *rules_set);
void ngx_http_healthpass_start_refresh(ngx_cycle_t *cycle,
    ngx_http_healthpass_main_conf_t *hmcf);

/*
 * _parameter.c: does the parameter begin with the word, "name=", and with more
 * behind it?  Then that is *text.  And the complaint about one that is wrong:
 * NGX_CONF_ERROR; expected may be NULL.
 */

ngx_uint_t ngx_http_healthpass_starts(ngx_str_t *parameter, const char *word,
    ngx_str_t *text);
char *ngx_http_healthpass_wrong_parameter(ngx_conf_t *cf, ngx_str_t *parameter,
    const char *expected);

/*
 * Sets all parameters of a directive by those that it knows, up to one without
 * set(), which answers NULL, what was expected, or NGX_CONF_ERROR when that is
 * told.
 */

typedef struct {
    const char                       *word;
    char                           *(*set)(ngx_conf_t *cf, void *conf,
                                           ngx_str_t *text);
} ngx_http_healthpass_parameter_t;

char *ngx_http_healthpass_set_parameters(ngx_conf_t *cf,
    ngx_http_healthpass_parameter_t *known, void *conf);

/* _source.c */

char *ngx_http_healthpass_source(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
ngx_array_t *ngx_http_healthpass_default_sources(ngx_conf_t *cf);

/* A field of the body, as a value beside the pass.  NGX_DECLINED: it is none. */
ngx_int_t ngx_http_healthpass_field(ngx_conf_t *cf,
    ngx_http_healthpass_source_t *field, ngx_str_t *text);
ngx_uint_t ngx_http_healthpass_from_body(ngx_http_healthpass_source_t *source);
ngx_uint_t ngx_http_healthpass_from_header(
    ngx_http_healthpass_source_t *source);
ngx_uint_t ngx_http_healthpass_same_source(ngx_http_healthpass_source_t *one,
    ngx_http_healthpass_source_t *two);

/* _find.c */

char *ngx_http_healthpass_check_name(ngx_conf_t *cf,
    ngx_http_healthpass_source_t *source);
ngx_uint_t ngx_http_healthpass_is_header(ngx_table_elt_t *h, ngx_str_t *name);
ngx_uint_t ngx_http_healthpass_is_bearer(ngx_str_t *value);

void ngx_http_healthpass_look_in_headers(ngx_http_request_t *r,
    ngx_str_t *name, ngx_http_healthpass_values_t *values);

/*
 * Cookie lines: takes the next "name=value" off *line, without the blanks around
 * it, 0 after the last one; and its value, if it is the cookie called name.
 */
ngx_uint_t ngx_http_healthpass_next_cookie(ngx_str_t *line, ngx_str_t *pair);
ngx_uint_t ngx_http_healthpass_is_cookie(ngx_str_t *pair, ngx_str_t *name,
    ngx_str_t *value);

/* Of pass->source; a list has to be a list of one. */
ngx_int_t ngx_http_healthpass_find_in(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_http_healthpass_pass_t *pass,
    hp_reason *problem);

/*
 * The same of one source, all that it holds: adds an ngx_str_t to texts for each,
 * in order, ours and the caller's to wipe, also after NGX_ERROR; an empty one has
 * its place, but if all are empty there is nothing.  A list may hold
 * NGX_HTTP_HEALTHPASS_PARTY, more are a *problem (HP_PARTY) without texts; that
 * one cannot be decoded is a *problem of the last of texts, which is empty then.
 * Of values beside the pass it is empty, and those behind it are there.
 */
ngx_int_t ngx_http_healthpass_find_list(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_http_healthpass_source_t *source,
    ngx_array_t *texts, hp_reason *problem);

/* _cards.c */

/* The codes of one card, beside each other in a list of texts, become one text. */
ngx_int_t ngx_http_healthpass_join_cards(ngx_http_request_t *r,
    ngx_array_t *texts);

/* _fields.c */

void ngx_http_healthpass_hold(ngx_http_healthpass_values_t *values,
    u_char *data, size_t len);
void ngx_http_healthpass_look_in_form(ngx_str_t *form,
    ngx_http_healthpass_source_t *source, ngx_http_healthpass_values_t *values,
    hp_reason *problem);

/* NGX_OK: it was read, or there is a *problem with it; else as _find_in(). */
ngx_int_t ngx_http_healthpass_look_in_body(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_http_healthpass_source_t *source,
    ngx_http_healthpass_values_t *values, hp_reason *problem);

/* _holder.c */

char *ngx_http_healthpass_holder(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
/* Does a value stand in the body? */
ngx_uint_t ngx_http_healthpass_holder_in_body(
    ngx_http_healthpass_holder_t *holder);

/*
 * Fills people for count persons; a *problem is a field that was given twice, or
 * a list of another length.  ngx_http_healthpass_forget_people() has to follow,
 * also after NGX_ERROR.
 */
ngx_int_t ngx_http_healthpass_people(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_uint_t count,
    ngx_http_healthpass_people_t *people, hp_reason *problem);
void ngx_http_healthpass_forget_people(ngx_http_healthpass_holder_t *holder,
    ngx_http_healthpass_people_t *people);

/* What is expected of that person, from 0: empty where nothing is said. */
hp_str ngx_http_healthpass_person_text(ngx_http_healthpass_people_t *people,
    ngx_uint_t value, ngx_uint_t person);
void ngx_http_healthpass_person(ngx_http_healthpass_holder_t *holder,
    ngx_http_healthpass_people_t *people, ngx_uint_t i, hp_person *person);

/*
 * Notes in ctx->person whom a pass is compared with; is it who is asked for now?
 * Fields are left out: the body stays the same.
 */
ngx_int_t ngx_http_healthpass_keep_person(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_http_healthpass_people_t *people);
ngx_uint_t ngx_http_healthpass_same_person(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx);

/* A value: an expression, or a field of the body, decoded and our copy. */
char *ngx_http_healthpass_value(ngx_conf_t *cf,
    ngx_http_healthpass_value_t *value, ngx_str_t *text);
ngx_int_t ngx_http_healthpass_value_text(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_http_healthpass_value_t *value,
    ngx_str_t *text, hp_reason *problem);

/* Notes the text of a value; is it what it gives now?  The body stays the same. */
ngx_int_t ngx_http_healthpass_keep_value(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_http_healthpass_value_t *value,
    ngx_http_healthpass_kept_t *kept, hp_reason *problem);
ngx_uint_t ngx_http_healthpass_same_value(ngx_http_request_t *r,
    ngx_http_healthpass_value_t *value, ngx_http_healthpass_kept_t *kept);

/* _persons.c */

char *ngx_http_healthpass_persons(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_healthpass_visit(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_healthpass_check_persons(ngx_conf_t *cf,
    ngx_http_healthpass_loc_conf_t *conf);

/* Does a value of this configuration, or of this request, stand in the body? */
ngx_uint_t ngx_http_healthpass_values_in_body(
    ngx_http_healthpass_loc_conf_t *conf);
ngx_uint_t ngx_http_healthpass_values_wait(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx);

/*
 * For how many persons, and when: *count, ctx->visited.  A *problem is that one
 * is none (HP_PARTY, HP_VISIT), or a field that was given twice.
 */
ngx_int_t ngx_http_healthpass_read_count(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_uint_t *count, hp_reason *problem);
ngx_int_t ngx_http_healthpass_read_visit(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, hp_reason *problem);

/* _party.c */

/*
 * Judges what is shown.  NGX_OK: ctx->decisive says what was decided.  NGX_AGAIN:
 * the body has to be read first.  NGX_DONE: the ledger is asked, and the phases
 * run on when it has answered.  NGX_ERROR: no memory.
 */
ngx_int_t ngx_http_healthpass_judge_party(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx);

/*
 * Keeps what is about to be stripped and was not looked at, for a gate behind an
 * internal redirect: a clearance stood for it, or another source came first.
 */
ngx_int_t ngx_http_healthpass_keep_aside(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx);
void ngx_http_healthpass_wipe_texts(ngx_array_t *texts);

/* Refuses the request as such, no pass in particular. */
ngx_int_t ngx_http_healthpass_refuse(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, hp_reason reason);

/*
 * Goes on with the passes that are judged: counts each, or is told that the one
 * waited for is settled, and decides.  NGX_OK, or NGX_DONE as above.
 */
ngx_int_t ngx_http_healthpass_count_party(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx);

/*
 * Called once for each ctx, when its verdict is final and before it is answered:
 * what follows from a verdict hangs here.  All of ctx->passes are HP_OK then, or
 * ctx->decisive says why not.
 */
void ngx_http_healthpass_decided(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx);

/* _reuse.c */

char *ngx_http_healthpass_reuse(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_healthpass_check_reuse(ngx_conf_t *cf,
    ngx_http_healthpass_main_conf_t *hmcf,
    ngx_http_healthpass_loc_conf_t *conf);

/*
 * Asks the ledger about a pass that is HP_PENDING.  NGX_OK: it is settled.
 * NGX_AGAIN: it will be, and ngx_http_healthpass_count_party() is called then.
 */
ngx_int_t ngx_http_healthpass_count(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_http_healthpass_pass_t *pass);

/*
 * The party is decided: what was let in is counted as such, and only what commit=
 * waits for stays reserved; or its places are given back.
 */
void ngx_http_healthpass_use_party(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx);

/*
 * Ends what the request reserved, by the status that it was answered with, and
 * takes back what it still waits for.
 */
void ngx_http_healthpass_end_uses(ngx_http_healthpass_ctx_t *ctx,
    ngx_uint_t status);

/* _zone.c */

char *ngx_http_healthpass_zone(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
void ngx_http_healthpass_zone_take(ngx_http_healthpass_zone_t *zone,
    const hp_use *use, const hp_use_terms *terms, hp_use_answer *answer);
void ngx_http_healthpass_zone_end(ngx_http_healthpass_zone_t *zone,
    const hp_use *use, ngx_uint_t commit);
void ngx_http_healthpass_zone_count(ngx_http_healthpass_zone_t *zone,
    ngx_uint_t counter);
void ngx_http_healthpass_zone_fill(ngx_http_healthpass_zone_t *zone,
    ngx_http_healthpass_fill_t *fill);
ngx_uint_t ngx_http_healthpass_zone_top(ngx_http_healthpass_zone_t *zone,
    ngx_http_healthpass_top_t *top, ngx_uint_t max);

/* _body.c */

ngx_uint_t ngx_http_healthpass_body_wanted(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_http_healthpass_source_t *source);

/* How many the body is said to have: the next reader may go by another one. */
ngx_uint_t ngx_http_healthpass_body_types(ngx_http_request_t *r);

/*
 * NGX_OK: *body is the whole body, borrowed until _forget_body(), which wipes what
 * had to be copied.  NGX_DECLINED: it is empty, too large, or was not read.
 */
ngx_int_t ngx_http_healthpass_body_bytes(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_str_t *body);
void ngx_http_healthpass_forget_body(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx);

/* _clearance.c */

char *ngx_http_healthpass_clearance(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_healthpass_check_clearance(ngx_conf_t *cf,
    ngx_http_healthpass_main_conf_t *hmcf,
    ngx_http_healthpass_loc_conf_t *conf);
void ngx_http_healthpass_refresh_clearance_keys(
    ngx_http_healthpass_main_conf_t *hmcf, ngx_log_t *log);

/* _cleared.c */

/*
 * NGX_OK: a clearance decided, as ctx->decisive says.  NGX_DECLINED: there is none
 * that is good.
 */
ngx_int_t ngx_http_healthpass_take_clearance(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx);

/* Notes a pass that is HP_OK or HP_PENDING; gives what was won in the end. */
ngx_int_t ngx_http_healthpass_note_won(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, hp_marks *marks, hp_verdict *verdict);
ngx_int_t ngx_http_healthpass_give_clearance(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx);

/* Is what is shown an exemption, and are they taken here?  Judges it. */
ngx_uint_t ngx_http_healthpass_is_exemption(ngx_http_healthpass_ctx_t *ctx,
    ngx_http_healthpass_pass_t *pass);
ngx_int_t ngx_http_healthpass_exempt(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_http_healthpass_pass_t *pass);

/* _show.c */

char *ngx_http_healthpass_show_parameter(ngx_conf_t *cf,
    ngx_http_healthpass_loc_conf_t *hlcf, ngx_str_t *parameter);
char *ngx_http_healthpass_check_show(ngx_conf_t *cf,
    ngx_http_healthpass_loc_conf_t *conf);
ngx_int_t ngx_http_healthpass_keep_shown(ngx_http_request_t *r,
    ngx_uint_t show, ngx_http_healthpass_pass_t *pass, const hp_pass *kept);
ngx_int_t ngx_http_healthpass_send_shown(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx);

/* _strip.c */

ngx_int_t ngx_http_healthpass_strip(ngx_http_request_t *r,
    ngx_array_t *sources);

/* _handler.c */

ngx_int_t ngx_http_healthpass_access_handler(ngx_http_request_t *r);
ngx_int_t ngx_http_healthpass_precontent_handler(ngx_http_request_t *r);
ngx_int_t ngx_http_healthpass_subrequest_handler(ngx_http_request_t *r);
ngx_int_t ngx_http_healthpass_log_handler(ngx_http_request_t *r);
ngx_http_healthpass_ctx_t *ngx_http_healthpass_get_ctx(ngx_http_request_t *r);

/* The decision that a request is counted by; NULL: nothing was decided. */
ngx_http_healthpass_ctx_t *ngx_http_healthpass_counted_ctx(
    ngx_http_request_t *r);

/* The clearance that this carrier gave before; NULL: none. */
ngx_str_t *ngx_http_healthpass_kept_token(ngx_http_request_t *r,
    ngx_http_healthpass_source_t *carrier);

/* What had its passes from this source before, and what was judged as such. */
ngx_http_healthpass_ctx_t *ngx_http_healthpass_kept_ctx(ngx_http_request_t *r,
    ngx_http_healthpass_source_t *source);
ngx_http_healthpass_aside_t *ngx_http_healthpass_kept_aside(
    ngx_http_request_t *r, ngx_http_healthpass_source_t *source);
ngx_http_healthpass_pass_t *ngx_http_healthpass_judged_pass(
    ngx_http_request_t *r, ngx_http_healthpass_policy_t *policy,
    ngx_str_t *text);

/* _rule.c */

/*
 * Copies the verdict's rule, and what it says to the visitor, into the request's
 * memory: the request may outlive the policy.
 */
ngx_int_t ngx_http_healthpass_keep_rule(ngx_http_request_t *r,
    hp_policy *policy, ngx_http_healthpass_pass_t *pass);

/* _language.c */

char *ngx_http_healthpass_language(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
ngx_int_t ngx_http_healthpass_languages(ngx_http_request_t *r,
    hp_languages *languages, ngx_uint_t *negotiated);

/* _problem.c */

ngx_int_t ngx_http_healthpass_keep_language(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx);
ngx_int_t ngx_http_healthpass_problem(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_str_t *document);
ngx_int_t ngx_http_healthpass_send_problem(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_int_t status);

/* _answer.c */

ngx_int_t ngx_http_healthpass_answer(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx);
void ngx_http_healthpass_admitted(ngx_http_request_t *r);
void ngx_http_healthpass_log(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx);
ngx_uint_t ngx_http_healthpass_status(hp_reason reason);
ngx_table_elt_t *ngx_http_healthpass_add_header(ngx_http_request_t *r,
    char *key, ngx_str_t *value);
void ngx_http_healthpass_reference(ngx_http_request_t *r,
    ngx_str_t *reference);

/*
 * _redis.c: the worker's connection to that place; NULL: no memory.  _refresh()
 * closes those that no policy names any more, _exit() all.
 *
 * _take() uses a pass, and calls the handler later, once, unless the ask, which
 * lives in the pool, is cancelled before.  NULL: Redis is away, or there is no
 * memory, and nobody is called.  Every use is a reservation: what nobody ends by
 * _end() is a use, what is cancelled is not.
 */

ngx_http_healthpass_redis_t *ngx_http_healthpass_redis_at(
    ngx_http_healthpass_main_conf_t *hmcf, const hp_ledger_place *place);
void ngx_http_healthpass_redis_refresh(ngx_http_healthpass_main_conf_t *hmcf);
void ngx_http_healthpass_redis_exit(ngx_http_healthpass_main_conf_t *hmcf);
ngx_http_healthpass_redis_ask_t *ngx_http_healthpass_redis_take(
    ngx_http_healthpass_redis_t *redis, ngx_pool_t *pool, const hp_use *use,
    const hp_use_terms *terms, ngx_http_healthpass_redis_pt handler,
    void *data);
void ngx_http_healthpass_redis_cancel(ngx_http_healthpass_redis_ask_t *ask);
void ngx_http_healthpass_redis_end(ngx_http_healthpass_redis_t *redis,
    const hp_use *use, ngx_uint_t commit);

/* _status.c */

char *ngx_http_healthpass_status_directive(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
ngx_int_t ngx_http_healthpass_status_request(ngx_http_request_t *r,
    ngx_http_healthpass_loc_conf_t *hlcf);

const char *ngx_http_healthpass_state_name(ngx_http_healthpass_state_e state);

/* *reason: the answer to every pass, or NULL. */
ngx_http_healthpass_state_e ngx_http_healthpass_state(hp_policy *policy,
    const char **reason);

/* _prometheus.c */

void ngx_http_healthpass_prometheus_page(ngx_http_healthpass_main_conf_t *hmcf,
    ngx_http_healthpass_page_t *page);

/* _page.c */

void ngx_http_healthpass_begin_page(ngx_http_request_t *r,
    ngx_http_healthpass_page_t *page);
void ngx_http_healthpass_put(ngx_http_healthpass_page_t *page,
    const char *fmt, ...);
void ngx_http_healthpass_put_text(ngx_http_healthpass_page_t *page,
    const char *text);
void ngx_http_healthpass_put_label(ngx_http_healthpass_page_t *page,
    const char *text);
void ngx_http_healthpass_put_time(ngx_http_healthpass_page_t *page,
    double seconds);
ngx_int_t ngx_http_healthpass_page_text(ngx_http_healthpass_page_t *page,
    ngx_str_t *text);

/* NGX_DONE: it is sent, and the request ended; else a status. */
ngx_int_t ngx_http_healthpass_send_page(ngx_http_request_t *r,
    ngx_http_healthpass_page_t *page);

/* _next.c */

char *ngx_http_healthpass_policy_next(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_healthpass_use_next(ngx_conf_t *cf,
    ngx_http_healthpass_main_conf_t *hmcf,
    ngx_http_healthpass_loc_conf_t *conf);
void ngx_http_healthpass_judge_next(ngx_http_request_t *r, const hp_ask *ask,
    hp_reason today);

/* _counters.c */

ngx_int_t ngx_http_healthpass_add_counters(ngx_conf_t *cf,
    ngx_http_healthpass_main_conf_t *hmcf);

/* Counts a request, at its end, by what was decided for it. */
void ngx_http_healthpass_count_request(ngx_http_request_t *r);
void ngx_http_healthpass_count_event(ngx_http_request_t *r, ngx_uint_t event);

/* The worker's own place: taken at its start, kept up to date, left. */
void ngx_http_healthpass_enter_worker(ngx_http_healthpass_main_conf_t *hmcf);
void ngx_http_healthpass_tell_worker(ngx_http_healthpass_main_conf_t *hmcf);
void ngx_http_healthpass_leave_worker(ngx_http_healthpass_main_conf_t *hmcf);

/* Does it tell of a worker that runs? */
ngx_uint_t ngx_http_healthpass_worker_runs(
    ngx_http_healthpass_worker_t *worker);

/* How many different versions of the policy of that number are held? */
ngx_uint_t ngx_http_healthpass_worker_versions(
    ngx_http_healthpass_main_conf_t *hmcf, ngx_uint_t policy);

/* The words of what is counted; NULL: nothing is ever counted there. */
const char *ngx_http_healthpass_reason_word(ngx_uint_t n);
const char *ngx_http_healthpass_source_word(ngx_uint_t n);
const char *ngx_http_healthpass_format_word(ngx_uint_t n);
const char *ngx_http_healthpass_verdict_word(ngx_uint_t reason);

/* _variables.c */

ngx_int_t ngx_http_healthpass_add_variables(ngx_conf_t *cf);
char *ngx_http_healthpass_expose(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);


extern ngx_module_t  ngx_http_healthpass_module;


#endif /* _NGX_HTTP_HEALTHPASS_H_INCLUDED_ */
