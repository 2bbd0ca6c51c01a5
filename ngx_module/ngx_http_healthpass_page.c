
/*
 * The response of healthpass_status, and what healthpass_check says of a
 * refusal, put together piece by piece.
 */


#include "ngx_http_healthpass.h"


static ngx_int_t ngx_http_healthpass_repaired(ngx_http_healthpass_page_t *page,
    const char *text, ngx_str_t *s);
static void ngx_http_healthpass_repair(ngx_str_t *text);
static u_char *ngx_http_healthpass_put_room(ngx_http_healthpass_page_t *page,
    size_t len);
static ngx_int_t ngx_http_healthpass_put_out(ngx_http_request_t *r,
    ngx_http_healthpass_page_t *page);


void
ngx_http_healthpass_begin_page(ngx_http_request_t *r,
    ngx_http_healthpass_page_t *page)
{
    ngx_memzero(page, sizeof(ngx_http_healthpass_page_t));

    page->pool = r->pool;
    page->last = &page->first;
}


void
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

void
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

    if (ngx_http_healthpass_repaired(page, text, &s) != NGX_OK) {
        return;
    }

    escape = (size_t) ngx_escape_json(NULL, s.data, s.len);

    p = ngx_http_healthpass_put_room(page, s.len + escape + 2);
    if (p == NULL) {
        return;
    }

    *p++ = '"';
    p = (u_char *) ngx_escape_json(p, s.data, s.len);
    *p = '"';
}


/* The value of a label of Prometheus, without the quotes. */

void
ngx_http_healthpass_put_label(ngx_http_healthpass_page_t *page,
    const char *text)
{
    size_t      i;
    u_char      ch;
    ngx_str_t   s;

    if (ngx_http_healthpass_repaired(page, text, &s) != NGX_OK) {
        return;
    }

    for (i = 0; i < s.len; i++) {
        ch = s.data[i];

        if (ch == '\n') {
            ngx_http_healthpass_put(page, "\\n");

        } else if (ch == '\\' || ch == '"') {
            ngx_http_healthpass_put(page, "\\%c", ch);

        } else {
            ngx_http_healthpass_put(page, "%c", ch);
        }
    }
}


static ngx_int_t
ngx_http_healthpass_repaired(ngx_http_healthpass_page_t *page,
    const char *text, ngx_str_t *s)
{
    s->len = ngx_strlen(text);
    s->data = ngx_pnalloc(page->pool, s->len + 1);

    if (s->data == NULL) {
        page->failed = 1;
        return NGX_ERROR;
    }

    ngx_memcpy(s->data, text, s->len);
    ngx_http_healthpass_repair(s);

    return NGX_OK;
}


/* JSON is UTF-8 (RFC 8259, 8.1), so are labels, and a path may be anything. */

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

void
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


/* Small pieces share a buffer. */

static u_char *
ngx_http_healthpass_put_room(ngx_http_healthpass_page_t *page, size_t len)
{
    u_char       *p;
    ngx_chain_t  *cl;

    if (page->failed) {
        return NULL;
    }

    if (page->buf == NULL
        || (size_t) (page->buf->end - page->buf->last) < len)
    {
        page->buf = ngx_create_temp_buf(page->pool, ngx_max(len, 4096));
        cl = ngx_alloc_chain_link(page->pool);

        if (page->buf == NULL || cl == NULL) {
            page->failed = 1;
            return NULL;
        }

        cl->buf = page->buf;
        cl->next = NULL;

        *page->last = cl;
        page->last = &cl->next;
    }

    p = page->buf->last;

    page->buf->last += len;
    page->size += len;

    return p;
}


/* The page in one piece. */

ngx_int_t
ngx_http_healthpass_page_text(ngx_http_healthpass_page_t *page,
    ngx_str_t *text)
{
    u_char       *p;
    ngx_chain_t  *cl;

    p = page->failed ? NULL : ngx_pnalloc(page->pool, page->size);
    if (p == NULL) {
        return NGX_ERROR;
    }

    text->data = p;
    text->len = page->size;

    for (cl = page->first; cl; cl = cl->next) {
        p = ngx_cpymem(p, cl->buf->pos, cl->buf->last - cl->buf->pos);
    }

    return NGX_OK;
}


ngx_int_t
ngx_http_healthpass_send_page(ngx_http_request_t *r,
    ngx_http_healthpass_page_t *page)
{
    ngx_int_t  rc;

    rc = ngx_http_healthpass_put_out(r, page);

    if (rc == NGX_ERROR && !r->header_sent) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    /* the phase after this one would look for a file */

    ngx_http_finalize_request(r, rc);

    return NGX_DONE;
}


static ngx_int_t
ngx_http_healthpass_put_out(ngx_http_request_t *r,
    ngx_http_healthpass_page_t *page)
{
    ngx_int_t  rc;

    if (page->failed) {
        return NGX_ERROR;
    }

    r->headers_out.content_length_n = page->size;

    rc = ngx_http_send_header(r);

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }

    page->buf->last_buf = (r == r->main);
    page->buf->last_in_chain = 1;

    return ngx_http_output_filter(r, page->first);
}
