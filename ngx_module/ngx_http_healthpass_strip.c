
/*
 * Taking the header lines and cookies in which passes are looked for out of the
 * request, so that they do not reach the upstream: neither the pass that was judged
 * nor another one, which the application might take for it.
 *
 * Elements of r->headers_in.headers are pointed at from many places, therefore
 * none is ever moved: the list part is split around the one to be removed.
 */


#include "ngx_http_healthpass.h"


typedef ngx_uint_t (*ngx_http_healthpass_value_pt)(ngx_str_t *value);


static ngx_int_t ngx_http_healthpass_strip_source(ngx_http_request_t *r,
    ngx_http_healthpass_source_t *source);
static ngx_int_t ngx_http_healthpass_strip_lines(ngx_http_request_t *r,
    ngx_str_t *name, ngx_http_healthpass_value_pt wanted);
static ngx_uint_t ngx_http_healthpass_is_empty(ngx_str_t *value);
static ngx_int_t ngx_http_healthpass_unlink(ngx_list_t *list,
    ngx_list_part_t *prev, ngx_list_part_t *part, ngx_uint_t i);
static ngx_int_t ngx_http_healthpass_strip_cookie(ngx_http_request_t *r,
    ngx_str_t *name);
static ngx_int_t ngx_http_healthpass_cut_cookie(ngx_http_request_t *r,
    ngx_table_elt_t *h, ngx_str_t *name);


static ngx_str_t  ngx_http_healthpass_authorization =
    ngx_string("Authorization");
static ngx_str_t  ngx_http_healthpass_cookie = ngx_string("Cookie");


ngx_int_t
ngx_http_healthpass_strip(ngx_http_request_t *r, ngx_array_t *sources)
{
    ngx_uint_t                     i;
    ngx_http_healthpass_source_t  *source;

    source = sources->elts;

    for (i = 0; i < sources->nelts; i++) {
        if (ngx_http_healthpass_strip_source(r, &source[i]) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_healthpass_strip_source(ngx_http_request_t *r,
    ngx_http_healthpass_source_t *source)
{
    ngx_table_elt_t  *h;

    switch (source->kind) {

    case NGX_HTTP_HEALTHPASS_HEADER:
        return ngx_http_healthpass_strip_lines(r, &source->name, NULL);

    case NGX_HTTP_HEALTHPASS_BEARER:
        h = r->headers_in.authorization;

        if (h && ngx_http_healthpass_is_bearer(&h->value)) {
            r->headers_in.authorization = NULL;
        }

        return ngx_http_healthpass_strip_lines(r,
                                           &ngx_http_healthpass_authorization,
                                           ngx_http_healthpass_is_bearer);

    case NGX_HTTP_HEALTHPASS_COOKIE:
        return ngx_http_healthpass_strip_cookie(r, &source->name);

    default:
        return NGX_OK;
    }
}


/* Without wanted() every line of that name, whatever its value. */

static ngx_int_t
ngx_http_healthpass_strip_lines(ngx_http_request_t *r, ngx_str_t *name,
    ngx_http_healthpass_value_pt wanted)
{
    ngx_uint_t        i;
    ngx_list_t       *list;
    ngx_list_part_t  *part, *prev;
    ngx_table_elt_t  *h;

    list = &r->headers_in.headers;

again:

    prev = NULL;

    for (part = &list->part; part; prev = part, part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {

            if (!ngx_http_healthpass_is_header(&h[i], name)
                || (wanted && !wanted(&h[i].value)))
            {
                continue;
            }

            if (ngx_http_healthpass_unlink(list, prev, part, i) != NGX_OK) {
                return NGX_ERROR;
            }

            goto again;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_healthpass_unlink(ngx_list_t *list, ngx_list_part_t *prev,
    ngx_list_part_t *part, ngx_uint_t i)
{
    ngx_list_part_t  *rest;

    rest = part->next;

    if (i + 1 < part->nelts) {
        rest = ngx_palloc(list->pool, sizeof(ngx_list_part_t));
        if (rest == NULL) {
            return NGX_ERROR;
        }

        rest->elts = (char *) part->elts + (i + 1) * list->size;
        rest->nelts = part->nelts - i - 1;
        rest->next = part->next;

        if (list->last == part) {
            list->last = rest;
        }
    }

    part->nelts = i;
    part->next = rest;

    /* loops over a list expect that no part but the first is empty */

    if (i == 0 && prev) {
        prev->next = rest;

        if (list->last == part) {
            list->last = prev;
        }
    }

    /* the next header line that somebody adds starts a part of its own */

    if (list->last->nelts) {
        list->nalloc = list->last->nelts;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_healthpass_strip_cookie(ngx_http_request_t *r, ngx_str_t *name)
{
    ngx_uint_t        i;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    for (part = &r->headers_in.headers.part; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {

            if (ngx_http_healthpass_is_header(&h[i],
                                              &ngx_http_healthpass_cookie)
                && ngx_http_healthpass_cut_cookie(r, &h[i], name) != NGX_OK)
            {
                return NGX_ERROR;
            }
        }
    }

    /* r->headers_in still knows a line that is empty now, which does no harm */

    return ngx_http_healthpass_strip_lines(r, &ngx_http_healthpass_cookie,
                                           ngx_http_healthpass_is_empty);
}


static ngx_uint_t
ngx_http_healthpass_is_empty(ngx_str_t *value)
{
    return value->len == 0;
}


/* Writes the line anew without the cookies called name, if there are any. */

static ngx_int_t
ngx_http_healthpass_cut_cookie(ngx_http_request_t *r, ngx_table_elt_t *h,
    ngx_str_t *name)
{
    u_char      *p, *start;
    ngx_str_t    line, pair, value;
    ngx_uint_t   found;

    /* "; " may be longer than the ";" that it replaces: at most by one a byte */

    start = ngx_pnalloc(r->pool, 2 * h->value.len + 1);
    if (start == NULL) {
        return NGX_ERROR;
    }

    p = start;
    line = h->value;
    found = 0;

    while (ngx_http_healthpass_next_cookie(&line, &pair)) {

        if (ngx_http_healthpass_is_cookie(&pair, name, &value)) {
            found = 1;
            continue;
        }

        if (p != start) {
            *p++ = ';';
            *p++ = ' ';
        }

        p = ngx_cpymem(p, pair.data, pair.len);
    }

    if (!found) {
        return NGX_OK;
    }

    *p = '\0';

    h->value.data = start;
    h->value.len = p - start;

    return NGX_OK;
}
