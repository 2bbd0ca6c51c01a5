
/*
 * A card that is cut into several QR codes fills several places of a list: its
 * codes stand beside each other, in any order, and are one pass.  What is not whole
 * stays as it is, and is refused as the part of a card that it is.
 */


#include "ngx_http_healthpass.h"


static ngx_uint_t ngx_http_healthpass_whole_card(ngx_str_t *text, ngx_uint_t n);
static ngx_int_t ngx_http_healthpass_join_card(ngx_http_request_t *r,
    ngx_str_t *text, ngx_uint_t n, ngx_str_t *card);


/* texts, which are wiped where a card took their place */

ngx_int_t
ngx_http_healthpass_join_cards(ngx_http_request_t *r, ngx_array_t *texts)
{
    ngx_str_t   *text, card;
    ngx_uint_t   from, to, n;

    text = texts->elts;

    for (from = 0, to = 0; from < texts->nelts; from += n, to++) {

        n = ngx_http_healthpass_whole_card(text + from, texts->nelts - from);
        card = text[from];

        if (n > 1
            && ngx_http_healthpass_join_card(r, text + from, n, &card)
               != NGX_OK)
        {
            return NGX_ERROR;
        }

        text[to] = card;
    }

    texts->nelts = to;

    return NGX_OK;
}


/* The number of codes at the front that are one whole card; 1: they are none. */

static ngx_uint_t
ngx_http_healthpass_whole_card(ngx_str_t *text, ngx_uint_t n)
{
    unsigned    nth, of, first;
    uint32_t    seen;
    ngx_uint_t  i;

    first = 0;
    seen = 0;

    for (i = 0; i < n; i++) {

        if (!hp_shc_chunk((hp_str) { text[i].data, text[i].len }, &nth, &of)
            || (i > 0 && of != first)
            || (seen & ((uint32_t) 1 << (nth - 1))))
        {
            return 1;
        }

        first = of;
        seen |= (uint32_t) 1 << (nth - 1);

        if (i + 1 == of) {
            return of;
        }
    }

    return 1;
}


static ngx_int_t
ngx_http_healthpass_join_card(ngx_http_request_t *r, ngx_str_t *text,
    ngx_uint_t n, ngx_str_t *card)
{
    size_t      size, made;
    hp_str      codes[HP_SHC_CHUNKS];
    ngx_uint_t  i;

    for (i = 0, size = 0; i < n; i++) {
        codes[i] = (hp_str) { text[i].data, text[i].len };
        size += text[i].len + 1;
    }

    card->data = ngx_pnalloc(r->pool, size);

    if (card->data == NULL
        || !hp_shc_join(codes, n, card->data, size, &made))
    {
        return NGX_ERROR;
    }

    card->len = made;

    for (i = 0; i < n; i++) {
        hp_wipe(text[i].data, text[i].len);
    }

    return NGX_OK;
}
