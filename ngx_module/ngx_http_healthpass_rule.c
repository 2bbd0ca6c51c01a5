
/*
 * The rule that decided: its identifier for the operator, and what it says for the
 * visitor, in the first of the visitor's languages that the rule is written in.
 * That is the rule's own text; it holds nothing of the pass.
 */


#include "ngx_http_healthpass.h"


static u_char *ngx_http_healthpass_keep(ngx_http_request_t *r,
    const char *text, size_t len);


ngx_int_t
ngx_http_healthpass_keep_rule(ngx_http_request_t *r, hp_policy *policy,
    ngx_http_healthpass_pass_t *pass)
{
    const char    *text;
    ngx_uint_t     negotiated;
    hp_languages   languages;

    if (pass->verdict.rule == NULL) {
        return NGX_OK;
    }

    if (pass->verdict.reason != HP_OK) {
        if (ngx_http_healthpass_languages(r, &languages, &negotiated)
            != NGX_OK)
        {
            return NGX_ERROR;
        }

        text = hp_verdict_rule_text(policy, &pass->verdict, languages.list);

        pass->rule_text.len = ngx_strlen(text);
        pass->rule_text.data = ngx_http_healthpass_keep(r, text,
                                                        pass->rule_text.len);
        if (pass->rule_text.data == NULL) {
            return NGX_ERROR;
        }
    }

    /* last: by this very pointer the rule's text was found */

    text = pass->verdict.rule;
    pass->verdict.rule = (char *) ngx_http_healthpass_keep(r, text,
                                                           ngx_strlen(text));

    return pass->verdict.rule ? NGX_OK : NGX_ERROR;
}


static u_char *
ngx_http_healthpass_keep(ngx_http_request_t *r, const char *text, size_t len)
{
    u_char  *p;

    p = ngx_pnalloc(r->pool, len + 1);
    if (p) {
        (void) ngx_cpystrn(p, (u_char *) text, len + 1);
    }

    return p;
}
