
/* Parameters of directives: "name=value". */


#include "ngx_http_healthpass.h"


static char *ngx_http_healthpass_set_parameter(ngx_conf_t *cf,
    ngx_http_healthpass_parameter_t *known, void *conf, ngx_str_t *parameter);


ngx_uint_t
ngx_http_healthpass_starts(ngx_str_t *parameter, const char *word,
    ngx_str_t *text)
{
    size_t  len;

    len = ngx_strlen(word);

    if (parameter->len <= len
        || ngx_strncmp(parameter->data, word, len) != 0)
    {
        return 0;
    }

    text->data = parameter->data + len;
    text->len = parameter->len - len;

    return 1;
}


char *
ngx_http_healthpass_set_parameters(ngx_conf_t *cf,
    ngx_http_healthpass_parameter_t *known, void *conf)
{
    ngx_str_t   *value;
    ngx_uint_t   i;

    value = cf->args->elts;

    for (i = 1; i < cf->args->nelts; i++) {
        if (ngx_http_healthpass_set_parameter(cf, known, conf, &value[i])
            != NGX_CONF_OK)
        {
            return NGX_CONF_ERROR;
        }
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_healthpass_set_parameter(ngx_conf_t *cf,
    ngx_http_healthpass_parameter_t *known, void *conf, ngx_str_t *parameter)
{
    char       *rv;
    ngx_str_t   text;

    for ( /* void */ ; known->set; known++) {

        if (!ngx_http_healthpass_starts(parameter, known->word, &text)) {
            continue;
        }

        rv = known->set(cf, conf, &text);

        return rv == NGX_CONF_OK || rv == NGX_CONF_ERROR
               ? rv : ngx_http_healthpass_wrong_parameter(cf, parameter, rv);
    }

    return ngx_http_healthpass_wrong_parameter(cf, parameter, NULL);
}


char *
ngx_http_healthpass_wrong_parameter(ngx_conf_t *cf, ngx_str_t *parameter,
    const char *expected)
{
    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid parameter \"%V\"%s%s",
                       parameter, expected ? ", expected " : "",
                       expected ? expected : "");

    return NGX_CONF_ERROR;
}
