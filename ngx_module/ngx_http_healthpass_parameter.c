
/* Parameters of directives: "name=value". */


#include "ngx_http_healthpass.h"


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
ngx_http_healthpass_wrong_parameter(ngx_conf_t *cf, ngx_str_t *parameter,
    const char *expected)
{
    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid parameter \"%V\"%s%s",
                       parameter, expected ? ", expected " : "",
                       expected ? expected : "");

    return NGX_CONF_ERROR;
}
