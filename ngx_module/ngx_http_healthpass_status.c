
/*
 * healthpass_status: what the operator's monitoring and a load balancer ask.
 * All of it is about the policies that the worker that answers holds; none of it
 * is about a pass.
 *
 * It answers in the precontent phase, as healthpass_check does, and so behind
 * "allow" and "deny": who may ask is for nginx.conf to say.
 */


#include "ngx_http_healthpass.h"


/* The response, piece by piece; once failed, it stays failed. */

typedef struct {
    ngx_pool_t                       *pool;
    ngx_chain_t                      *first;
    ngx_chain_t                     **last;
    off_t                             size;
    unsigned                          failed:1;
} ngx_http_healthpass_page_t;


static void ngx_http_healthpass_ready_page(
    ngx_http_healthpass_main_conf_t *hmcf, ngx_http_healthpass_page_t *page,
    ngx_uint_t *status);
static void ngx_http_healthpass_json_page(
    ngx_http_healthpass_main_conf_t *hmcf, ngx_http_healthpass_page_t *page);
static void ngx_http_healthpass_put_zone(ngx_http_healthpass_page_t *page,
    ngx_http_healthpass_zone_t *zone);
static void ngx_http_healthpass_top_page(ngx_http_request_t *r,
    ngx_http_healthpass_zone_t *zone, ngx_http_healthpass_page_t *page);
static int ngx_libc_cdecl ngx_http_healthpass_by_count(const void *one,
    const void *two);
static void ngx_http_healthpass_put_policy(ngx_http_healthpass_page_t *page,
    ngx_http_healthpass_policy_t *policy);
static void ngx_http_healthpass_put_notes(ngx_http_healthpass_page_t *page,
    hp_policy *policy);
static void ngx_http_healthpass_put_lists(ngx_http_healthpass_page_t *page,
    hp_policy *policy);
static void ngx_http_healthpass_put_list(ngx_http_healthpass_page_t *page,
    hp_list *list);
static const char *ngx_http_healthpass_state(hp_policy *policy,
    const char **reason);
static void ngx_http_healthpass_put_time(ngx_http_healthpass_page_t *page,
    double seconds);
static void ngx_http_healthpass_put_text(ngx_http_healthpass_page_t *page,
    const char *text);
static void ngx_http_healthpass_repair(ngx_str_t *text);
static void ngx_http_healthpass_put(ngx_http_healthpass_page_t *page,
    const char *fmt, ...);
static u_char *ngx_http_healthpass_put_room(ngx_http_healthpass_page_t *page,
    size_t len);
static ngx_int_t ngx_http_healthpass_send_page(ngx_http_request_t *r,
    ngx_http_healthpass_page_t *page);


static ngx_conf_enum_t  ngx_http_healthpass_status_words[] = {
    { ngx_string("json"), NGX_HTTP_HEALTHPASS_STATUS_JSON },
    { ngx_string("ready"), NGX_HTTP_HEALTHPASS_STATUS_READY },
    { ngx_string("top"), NGX_HTTP_HEALTHPASS_STATUS_TOP },
    { ngx_null_string, 0 }
};


char *
ngx_http_healthpass_status_directive(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_http_healthpass_loc_conf_t *hlcf = conf;

    ngx_str_t                        *value;
    ngx_uint_t                        i;
    ngx_conf_enum_t                  *words;
    ngx_http_healthpass_main_conf_t  *hmcf;

    if (hlcf->status != NGX_CONF_UNSET_UINT) {
        return "is duplicate";
    }

    if (hlcf->check == 1) {
        return "and \"healthpass_check\" cannot both answer in one location";
    }

    hmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_healthpass_module);
    hmcf->status = 1;

    if (cf->args->nelts == 1) {
        hlcf->status = NGX_HTTP_HEALTHPASS_STATUS_JSON;
        return NGX_CONF_OK;
    }

    value = cf->args->elts;
    words = ngx_http_healthpass_status_words;

    for (i = 0; words[i].name.len; i++) {
        if (words[i].name.len == value[1].len
            && ngx_strcmp(words[i].name.data, value[1].data) == 0)
        {
            hlcf->status = words[i].value;
            return NGX_CONF_OK;
        }
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       ngx_strcmp(value[1].data, "prometheus") == 0
                       ? "parameter \"%V\" is not supported by this build"
                       : "invalid parameter \"%V\", it must be \"json\", "
                         "\"ready\" or \"top\"", &value[1]);

    return NGX_CONF_ERROR;
}


ngx_int_t
ngx_http_healthpass_status_request(ngx_http_request_t *r,
    ngx_http_healthpass_loc_conf_t *hlcf)
{
    ngx_int_t                         rc;
    ngx_uint_t                        status;
    ngx_http_healthpass_page_t        page;
    ngx_http_healthpass_main_conf_t  *hmcf;

    if (!(r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD))) {
        return NGX_HTTP_NOT_ALLOWED;
    }

    /* nobody asks "allow" and "deny" for a subrequest; one word is no secret */

    if (r != r->main && hlcf->status != NGX_HTTP_HEALTHPASS_STATUS_READY) {
        return NGX_HTTP_FORBIDDEN;
    }

    rc = ngx_http_discard_request_body(r);
    if (rc != NGX_OK) {
        return rc;
    }

    hmcf = ngx_http_get_module_main_conf(r, ngx_http_healthpass_module);

    ngx_memzero(&page, sizeof(ngx_http_healthpass_page_t));

    page.pool = r->pool;
    page.last = &page.first;

    status = NGX_HTTP_OK;

    if (hlcf->status == NGX_HTTP_HEALTHPASS_STATUS_READY) {
        ngx_http_healthpass_ready_page(hmcf, &page, &status);
        ngx_str_set(&r->headers_out.content_type, "text/plain");

    } else {
        if (hlcf->status == NGX_HTTP_HEALTHPASS_STATUS_TOP) {
            ngx_http_healthpass_top_page(r, hmcf->zone, &page);

        } else {
            ngx_http_healthpass_json_page(hmcf, &page);
        }

        ngx_str_set(&r->headers_out.content_type, "application/json");
    }

    r->headers_out.content_type_len = r->headers_out.content_type.len;
    r->headers_out.status = status;

    rc = ngx_http_healthpass_send_page(r, &page);

    if (rc == NGX_ERROR && !r->header_sent) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    /* the phase after this one would look for a file */

    ngx_http_finalize_request(r, rc);

    return NGX_DONE;
}


/*
 * A gate that refuses everybody because its legal basis has ended, or that asks
 * nobody any more, is as ready as any other one: only faults are a reason to
 * send visitors elsewhere.
 */

static void
ngx_http_healthpass_ready_page(ngx_http_healthpass_main_conf_t *hmcf,
    ngx_http_healthpass_page_t *page, ngx_uint_t *status)
{
    ngx_uint_t                      i;
    const char                     *reason;
    ngx_http_healthpass_policy_t  **policies;

    policies = hmcf->policies.elts;

    for (i = 0; i < hmcf->policies.nelts; i++) {

        if (ngx_strcmp(ngx_http_healthpass_state(policies[i]->policy, &reason),
                       "fault")
            == 0)
        {
            *status = NGX_HTTP_SERVICE_UNAVAILABLE;
            ngx_http_healthpass_put(page, "%s\n", reason);
            return;
        }
    }

    if (hmcf->policies.nelts == 0) {
        *status = NGX_HTTP_SERVICE_UNAVAILABLE;
        ngx_http_healthpass_put(page, "no-policy\n");
        return;
    }

    ngx_http_healthpass_put(page, "ready\n");
}


static void
ngx_http_healthpass_json_page(ngx_http_healthpass_main_conf_t *hmcf,
    ngx_http_healthpass_page_t *page)
{
    ngx_uint_t                      i;
    ngx_http_healthpass_policy_t  **policies;

    ngx_http_healthpass_put(page, "{\"version\":\"%s\",\"time\":", HP_VERSION);
    ngx_http_healthpass_put_time(page, (double) ngx_time());
    ngx_http_healthpass_put(page, ",\"pid\":%P,\"dry_run\":%s,"
                            "\"reuse_fail_open\":%s,\"zone\":", ngx_pid,
                            hmcf->dry_run ? "true" : "false",
                            hmcf->reuse_open ? "true" : "false");
    ngx_http_healthpass_put_zone(page, hmcf->zone);
    ngx_http_healthpass_put(page, ",\"policies\":[");

    policies = hmcf->policies.elts;

    for (i = 0; i < hmcf->policies.nelts; i++) {
        ngx_http_healthpass_put(page, i ? ",\n" : "\n");
        ngx_http_healthpass_put_policy(page, policies[i]);
    }

    ngx_http_healthpass_put(page, "]}\n");
}


static void
ngx_http_healthpass_put_zone(ngx_http_healthpass_page_t *page,
    ngx_http_healthpass_zone_t *zone)
{
    ngx_uint_t                  *n;
    ngx_http_healthpass_fill_t   fill;

    if (zone == NULL) {
        ngx_http_healthpass_put_text(page, NULL);
        return;
    }

    ngx_http_healthpass_zone_fill(zone, &fill);

    n = fill.counters;

    ngx_http_healthpass_put(page, "{\"passes\":%ui,\"pages\":%ui,"
                            "\"pages_free\":%ui,", fill.rows, fill.pages,
                            fill.free);
    ngx_http_healthpass_put(page, "\"used\":%ui,\"suspect\":%ui,"
                            "\"reused\":%ui,\"away\":%ui,\"full\":%ui}",
                            n[NGX_HTTP_HEALTHPASS_USED],
                            n[NGX_HTTP_HEALTHPASS_SUSPECT],
                            n[NGX_HTTP_HEALTHPASS_REUSED],
                            n[NGX_HTTP_HEALTHPASS_AWAY],
                            n[NGX_HTTP_HEALTHPASS_FULL]);
}


/* Keyed ids, which say nothing of a person; healthpassctl ledger top reads them. */

static void
ngx_http_healthpass_top_page(ngx_http_request_t *r,
    ngx_http_healthpass_zone_t *zone, ngx_http_healthpass_page_t *page)
{
    u_char                       id[2 * HP_ID];
    ngx_str_t                    all;
    ngx_uint_t                   i, n;
    ngx_http_healthpass_top_t   *top;
    ngx_http_healthpass_fill_t   fill;

    n = 0;
    top = NULL;

    if (zone) {
        ngx_http_healthpass_zone_fill(zone, &fill);

        top = ngx_palloc(page->pool, (fill.rows + 1)
                                     * sizeof(ngx_http_healthpass_top_t));
        if (top == NULL) {
            page->failed = 1;
            return;
        }

        n = ngx_http_healthpass_zone_top(zone, top, fill.rows);
    }

    if (n) {
        ngx_qsort(top, n, sizeof(ngx_http_healthpass_top_t),
                  ngx_http_healthpass_by_count);
    }

    /* people read the first of them, healthpassctl looks for one among all */

    if (ngx_http_arg(r, (u_char *) "all", 3, &all) != NGX_OK) {
        n = ngx_min(n, NGX_HTTP_HEALTHPASS_TOP);
    }

    ngx_http_healthpass_put(page, "{\"ledger\":[");

    for (i = 0; i < n; i++) {
        ngx_hex_dump(id, top[i].pass, HP_ID);
        ngx_http_healthpass_put(page, "%s{\"id\":\"%*s\",\"count\":%ui,"
                                "\"places\":%ui,\"ends_in\":%ui}",
                                i ? ",\n" : "\n", (size_t) 2 * HP_ID, id,
                                top[i].count, top[i].places, top[i].left);
    }

    ngx_http_healthpass_put(page, "]}\n");
}


/* The one that was shown for the most comes first. */

static int ngx_libc_cdecl
ngx_http_healthpass_by_count(const void *one, const void *two)
{
    const ngx_http_healthpass_top_t *first = one;
    const ngx_http_healthpass_top_t *second = two;

    return (first->count < second->count) - (first->count > second->count);
}


static void
ngx_http_healthpass_put_policy(ngx_http_healthpass_page_t *page,
    ngx_http_healthpass_policy_t *policy)
{
    const char  *state, *reason;

    state = ngx_http_healthpass_state(policy->policy, &reason);

    ngx_http_healthpass_put(page, "{\"path\":");
    ngx_http_healthpass_put_text(page, (char *) policy->path.data);

    ngx_http_healthpass_put(page, ",\"rules_set\":");
    ngx_http_healthpass_put_text(page, (char *) policy->rules_set.data);

    ngx_http_healthpass_put(page, ",\"keys\":%uz,\"state\":\"%s\",\"reason\":",
                            hp_policy_keys(policy->policy), state);
    ngx_http_healthpass_put_text(page, reason);

    ngx_http_healthpass_put(page, ",\"fault\":");
    ngx_http_healthpass_put_text(page, hp_policy_fault(policy->policy));

    ngx_http_healthpass_put_notes(page, policy->policy);
    ngx_http_healthpass_put_lists(page, policy->policy);
    ngx_http_healthpass_put(page, "}");
}


/* What weakens the gate, and what ends soon or has. */

static void
ngx_http_healthpass_put_notes(ngx_http_healthpass_page_t *page,
    hp_policy *policy)
{
    double       now;
    size_t       n, due;
    hp_error     text;
    const char  *note;

    now = (double) ngx_time();

    ngx_http_healthpass_put(page, ",\"notes\":[");

    for (n = 0; (note = hp_policy_warning(policy, n)) != NULL; n++) {
        ngx_http_healthpass_put(page, n ? "," : "");
        ngx_http_healthpass_put_text(page, note);
    }

    for (due = 0;
         hp_policy_due(policy, now, due, &text) != HP_AGE_FRESH;
         due++)
    {
        ngx_http_healthpass_put(page, n + due ? "," : "");
        ngx_http_healthpass_put_text(page, text.text);
    }

    ngx_http_healthpass_put(page, "]");
}


static void
ngx_http_healthpass_put_lists(ngx_http_healthpass_page_t *page,
    hp_policy *policy)
{
    size_t   n;
    hp_list  list;

    ngx_http_healthpass_put(page, ",\"lists\":[");

    for (n = 0; hp_policy_list(policy, (double) ngx_time(), n, &list); n++) {
        ngx_http_healthpass_put(page, n ? ",\n" : "\n");
        ngx_http_healthpass_put_list(page, &list);
    }

    ngx_http_healthpass_put(page, "]");
}


static void
ngx_http_healthpass_put_list(ngx_http_healthpass_page_t *page, hp_list *list)
{
    ngx_http_healthpass_put(page, "{\"what\":\"%s\",\"name\":", list->what);
    ngx_http_healthpass_put_text(page, list->name);

    ngx_http_healthpass_put(page, ",\"state\":\"%s\",\"required\":%s",
                            hp_age_name(list->age),
                            list->required ? "true" : "false");

    ngx_http_healthpass_put(page, ",\"dated\":");
    ngx_http_healthpass_put_time(page, list->dated);

    if (list->dated > 0) {
        ngx_http_healthpass_put(page, ",\"age\":%T",
                                ngx_time() - (time_t) list->dated);

    } else {
        ngx_http_healthpass_put(page, ",\"age\":null");
    }

    ngx_http_healthpass_put(page, ",\"ends\":");
    ngx_http_healthpass_put_time(page, list->end);

    if (list->shared != NULL) {
        ngx_http_healthpass_put(page, ",\"shared\":");
        ngx_http_healthpass_put_text(page, list->shared);
        ngx_http_healthpass_put(page, ",\"heard\":");
        ngx_http_healthpass_put_time(page, list->heard);
    }

    ngx_http_healthpass_put(page, ",\"entries\":%uL,\"fault\":", list->entries);
    ngx_http_healthpass_put_text(page, list->fault);
    ngx_http_healthpass_put(page, "}");
}


/* What a pass shown now would meet; *reason: the answer to every one. */

static const char *
ngx_http_healthpass_state(hp_policy *policy, const char **reason)
{
    double     now;
    hp_reason  why;

    now = (double) ngx_time();
    *reason = NULL;

    if (hp_policy_basis(policy, now) == HP_BASIS_OFF) {
        return "off";
    }

    if (hp_policy_judges(policy, now, &why)) {
        return "ready";
    }

    *reason = hp_reason_name(why);

    return hp_reason_is_fault(why) ? "fault" : "ended";
}


/* ---- pieces of the response ---- */


static void
ngx_http_healthpass_put_time(ngx_http_healthpass_page_t *page, double seconds)
{
    ngx_tm_t  tm;

    if (seconds <= 0) {
        ngx_http_healthpass_put_text(page, NULL);
        return;
    }

    ngx_gmtime((time_t) seconds, &tm);

    ngx_http_healthpass_put(page, "\"%4d-%02d-%02dT%02d:%02d:%02dZ\"",
                            tm.ngx_tm_year, tm.ngx_tm_mon, tm.ngx_tm_mday,
                            tm.ngx_tm_hour, tm.ngx_tm_min, tm.ngx_tm_sec);
}


/* A JSON string; null when there is none. */

static void
ngx_http_healthpass_put_text(ngx_http_healthpass_page_t *page,
    const char *text)
{
    u_char     *p;
    size_t      escape;
    ngx_str_t   s;

    if (text == NULL) {
        ngx_http_healthpass_put(page, "null");
        return;
    }

    s.len = ngx_strlen(text);
    s.data = ngx_pnalloc(page->pool, s.len + 1);
    if (s.data == NULL) {
        page->failed = 1;
        return;
    }

    ngx_memcpy(s.data, text, s.len);
    ngx_http_healthpass_repair(&s);

    escape = (size_t) ngx_escape_json(NULL, s.data, s.len);

    p = ngx_http_healthpass_put_room(page, s.len + escape + 2);
    if (p == NULL) {
        return;
    }

    *p++ = '"';
    p = (u_char *) ngx_escape_json(p, s.data, s.len);
    *p = '"';
}


/* JSON is UTF-8 (RFC 8259, 8.1), and a path may be anything. */

static void
ngx_http_healthpass_repair(ngx_str_t *text)
{
    u_char  *p, *next, *end;

    end = text->data + text->len;

    for (p = text->data; p < end; p = next) {
        next = p;

        if (*p < 0x80) {
            next++;
            continue;
        }

        if (ngx_utf8_decode(&next, end - p) > 0x10ffff) {
            *p = '?';
            next = p + 1;
        }
    }
}


/* What is formatted is short: 256 bytes. */

static void
ngx_http_healthpass_put(ngx_http_healthpass_page_t *page, const char *fmt, ...)
{
    u_char   *p, *last, buf[256];
    va_list   args;

    va_start(args, fmt);
    last = ngx_vslprintf(buf, buf + sizeof(buf), fmt, args);
    va_end(args);

    if (last == buf) {
        return;
    }

    p = ngx_http_healthpass_put_room(page, last - buf);

    if (p) {
        ngx_memcpy(p, buf, last - buf);
    }
}


static u_char *
ngx_http_healthpass_put_room(ngx_http_healthpass_page_t *page, size_t len)
{
    ngx_buf_t    *b;
    ngx_chain_t  *cl;

    if (page->failed) {
        return NULL;
    }

    b = ngx_create_temp_buf(page->pool, len);
    cl = ngx_alloc_chain_link(page->pool);

    if (b == NULL || cl == NULL) {
        page->failed = 1;
        return NULL;
    }

    b->last += len;

    cl->buf = b;
    cl->next = NULL;

    *page->last = cl;
    page->last = &cl->next;
    page->size += len;

    return b->pos;
}


static ngx_int_t
ngx_http_healthpass_send_page(ngx_http_request_t *r,
    ngx_http_healthpass_page_t *page)
{
    ngx_int_t         rc;
    ngx_chain_t      *cl;
    ngx_table_elt_t  *h;

    static ngx_str_t  no_store = ngx_string("no-store");

    h = ngx_http_healthpass_add_header(r, "Cache-Control", &no_store);

    if (h == NULL || page->failed) {
        return NGX_ERROR;
    }

    r->headers_out.content_length_n = page->size;

    rc = ngx_http_send_header(r);

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }

    for (cl = page->first; cl->next; cl = cl->next) { /* void */ }

    cl->buf->last_buf = (r == r->main);
    cl->buf->last_in_chain = 1;

    return ngx_http_output_filter(r, page->first);
}
