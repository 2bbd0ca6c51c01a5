
/*
 * Which languages a visitor reads: what the site says by healthpass_language,
 * else Accept-Language.
 */


#include "ngx_http_healthpass.h"


static ngx_int_t ngx_http_healthpass_site_languages(ngx_http_request_t *r,
    hp_languages *languages);
static void ngx_http_healthpass_accepted_languages(ngx_http_request_t *r,
    hp_languages *languages);


/* ---- healthpass_language ---- */


char *
ngx_http_healthpass_language(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_healthpass_loc_conf_t *hlcf = conf;

    char          *rv;
    ngx_str_t     *value;
    hp_languages   languages;

    rv = ngx_http_set_complex_value_slot(cf, cmd, conf);

    if (rv != NGX_CONF_OK || hlcf->language->lengths) {
        return rv;
    }

    value = &hlcf->language->value;

    hp_languages_clear(&languages);
    hp_languages_add(&languages, (hp_str) { value->data, value->len });

    if (languages.n == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid value \"%V\", expected a language, as "
                           "\"fr\" or \"pt-BR\", or a variable", value);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


/* *negotiated: it was the request that said so. */

ngx_int_t
ngx_http_healthpass_languages(ngx_http_request_t *r, hp_languages *languages,
    ngx_uint_t *negotiated)
{
    hp_languages_clear(languages);

    if (ngx_http_healthpass_site_languages(r, languages) != NGX_OK) {
        return NGX_ERROR;
    }

    *negotiated = (languages->n == 0);

    if (*negotiated) {
        hp_languages_clear(languages);
        ngx_http_healthpass_accepted_languages(r, languages);
    }

    return NGX_OK;
}


/* A cookie that the visitor never chose a language by is empty. */

static ngx_int_t
ngx_http_healthpass_site_languages(ngx_http_request_t *r,
    hp_languages *languages)
{
    ngx_str_t                        value;
    ngx_http_healthpass_loc_conf_t  *hlcf;

    hlcf = ngx_http_get_module_loc_conf(r, ngx_http_healthpass_module);

    if (hlcf->language == NULL) {
        return NGX_OK;
    }

    if (ngx_http_complex_value(r, hlcf->language, &value) != NGX_OK) {
        return NGX_ERROR;
    }

    hp_languages_add(languages, (hp_str) { value.data, value.len });

    return NGX_OK;
}


/* nginx parses this header only when other modules ask it to. */

static void
ngx_http_healthpass_accepted_languages(ngx_http_request_t *r,
    hp_languages *languages)
{
    ngx_uint_t        i;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    static ngx_str_t  accept = ngx_string("Accept-Language");

    for (part = &r->headers_in.headers.part; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {
            if (ngx_http_healthpass_is_header(&h[i], &accept)) {
                hp_languages_add(languages, (hp_str) { h[i].value.data,
                                                       h[i].value.len });
            }
        }
    }
}
