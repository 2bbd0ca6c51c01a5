
/*
 * healthpass_holder: whose pass it has to be.  A value comes from variables, or
 * from a field of the body that the visitor sent; who is named is the core's to
 * say, and a name that is missing names nobody.
 */


#include "ngx_http_healthpass.h"


static char *ngx_http_healthpass_holder_parameter(ngx_conf_t *cf,
    ngx_http_healthpass_holder_t *holder, ngx_str_t *parameter);
static ngx_int_t ngx_http_healthpass_value_texts(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_http_healthpass_value_t *value,
    ngx_uint_t count, ngx_array_t *texts, hp_reason *problem);


/* in the order of ngx_http_healthpass_holder_t */

static ngx_str_t  ngx_http_healthpass_holder_words[] = {
    ngx_string("name="),
    ngx_string("given="),
    ngx_string("dob="),
    ngx_null_string
};


/* ---- the directive ---- */


char *
ngx_http_healthpass_holder(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_healthpass_loc_conf_t *hlcf = conf;

    ngx_str_t                     *value;
    ngx_uint_t                     i;
    ngx_http_healthpass_holder_t  *holder;

    if (hlcf->holder != NGX_CONF_UNSET_PTR) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (cf->args->nelts == 2 && ngx_strcmp(value[1].data, "off") == 0) {
        hlcf->holder = NULL;
        return NGX_CONF_OK;
    }

    holder = ngx_pcalloc(cf->pool, sizeof(ngx_http_healthpass_holder_t));
    if (holder == NULL) {
        return NGX_CONF_ERROR;
    }

    for (i = 1; i < cf->args->nelts; i++) {
        if (ngx_http_healthpass_holder_parameter(cf, holder, &value[i])
            != NGX_CONF_OK)
        {
            return NGX_CONF_ERROR;
        }
    }

    if (!holder->value[NGX_HTTP_HEALTHPASS_NAME].given) {
        return "lacks \"name=\"";
    }

    hlcf->holder = holder;

    return NGX_CONF_OK;
}


static char *
ngx_http_healthpass_holder_parameter(ngx_conf_t *cf,
    ngx_http_healthpass_holder_t *holder, ngx_str_t *parameter)
{
    ngx_str_t   text, *word;
    ngx_uint_t  i;

    for (i = 0; ngx_http_healthpass_holder_words[i].len; i++) {
        word = &ngx_http_healthpass_holder_words[i];

        if (holder->value[i].given
            || !ngx_http_healthpass_starts(parameter, (char *) word->data,
                                           &text))
        {
            continue;
        }

        if (ngx_http_healthpass_value(cf, &holder->value[i], &text) != NULL) {
            return NGX_CONF_ERROR;
        }

        if (holder->value[i].field.name.len) {
            ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                               "\"%V\" is what the visitor writes: it binds "
                               "the ticket to a name, and not the pass to a "
                               "person; compare that name with an ID at the "
                               "door", &text);
        }

        return NGX_CONF_OK;
    }

    if (ngx_http_healthpass_starts(parameter, "match=", &text)
        && !holder->match_given
        && hp_match_read((hp_str) { text.data, text.len }, &holder->match))
    {
        holder->match_given = 1;
        return NGX_CONF_OK;
    }

    return ngx_http_healthpass_wrong_parameter(cf, parameter, NULL);
}


/* NULL, or NGX_CONF_ERROR. */

char *
ngx_http_healthpass_value(ngx_conf_t *cf, ngx_http_healthpass_value_t *value,
    ngx_str_t *text)
{
    ngx_int_t                         rc;
    ngx_http_compile_complex_value_t  ccv;

    value->given = 1;

    rc = ngx_http_healthpass_field(cf, &value->field, text);

    if (rc != NGX_DECLINED) {
        return rc == NGX_OK ? NULL : NGX_CONF_ERROR;
    }

    ngx_memzero(&ccv, sizeof(ngx_http_compile_complex_value_t));

    ccv.cf = cf;
    ccv.value = text;
    ccv.complex_value = &value->complex;

    return ngx_http_compile_complex_value(&ccv) == NGX_OK ? NULL
                                                          : NGX_CONF_ERROR;
}


ngx_uint_t
ngx_http_healthpass_holder_in_body(ngx_http_healthpass_holder_t *holder)
{
    ngx_uint_t  i;

    for (i = 0; holder && i < NGX_HTTP_HEALTHPASS_VALUES; i++) {
        if (holder->value[i].field.name.len) {
            return 1;
        }
    }

    return 0;
}


/* ---- the request ---- */


ngx_int_t
ngx_http_healthpass_people(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_uint_t count,
    ngx_http_healthpass_people_t *people, hp_reason *problem)
{
    ngx_uint_t                    i;
    ngx_http_healthpass_value_t  *value;

    ngx_memzero(people, sizeof(ngx_http_healthpass_people_t));

    for (i = 0; i < NGX_HTTP_HEALTHPASS_VALUES; i++) {
        value = &ctx->holder->value[i];

        if (!value->given) {
            continue;
        }

        if (ngx_array_init(&people->texts[i], r->pool, count, sizeof(ngx_str_t))
            != NGX_OK
            || ngx_http_healthpass_value_texts(r, ctx, value, count,
                                               &people->texts[i], problem)
               != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/* A field that the body does not have is empty for all. */

static ngx_int_t
ngx_http_healthpass_value_texts(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_http_healthpass_value_t *value,
    ngx_uint_t count, ngx_array_t *texts, hp_reason *problem)
{
    ngx_int_t   rc;
    hp_reason   damage;
    ngx_str_t  *text;

    damage = HP_OK;

    if (value->field.name.len) {
        rc = ngx_http_healthpass_find_list(r, ctx, &value->field, texts,
                                           &damage);
    } else {
        text = ngx_array_push(texts);
        rc = text ? ngx_http_complex_value(r, &value->complex, text)
                  : NGX_ERROR;
    }

    if (rc == NGX_ERROR) {
        return NGX_ERROR;
    }

    /* what cannot be decoded is no name, and has its place */

    if (damage == HP_ENCODING) {
        damage = HP_OK;
    }

    if (*problem == HP_OK) {
        *problem = damage != HP_OK ? damage
                   : texts->nelts && texts->nelts != count ? HP_PARTY : HP_OK;
    }

    return NGX_OK;
}


hp_str
ngx_http_healthpass_person_text(ngx_http_healthpass_people_t *people,
    ngx_uint_t value, ngx_uint_t person)
{
    ngx_str_t  *text;

    if (person >= people->texts[value].nelts) {
        return (hp_str) { NULL, 0 };
    }

    text = people->texts[value].elts;

    return (hp_str) { text[person].data, text[person].len };
}


void
ngx_http_healthpass_person(ngx_http_healthpass_holder_t *holder,
    ngx_http_healthpass_people_t *people, ngx_uint_t i, hp_person *person)
{
    ngx_memzero(person, sizeof(hp_person));

    person->name = ngx_http_healthpass_person_text(people,
                                               NGX_HTTP_HEALTHPASS_NAME, i);
    person->given = ngx_http_healthpass_person_text(people,
                                               NGX_HTTP_HEALTHPASS_GIVEN, i);
    person->birth = ngx_http_healthpass_person_text(people,
                                               NGX_HTTP_HEALTHPASS_DOB, i);

    person->apart = holder->value[NGX_HTTP_HEALTHPASS_GIVEN].given;
    person->dated = holder->value[NGX_HTTP_HEALTHPASS_DOB].given;
    person->match = holder->match;
}


/* What cannot be decoded is no name. */

ngx_int_t
ngx_http_healthpass_value_text(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_http_healthpass_value_t *value,
    ngx_str_t *text, hp_reason *problem)
{
    ngx_int_t                    rc;
    hp_reason                    damage;
    ngx_http_healthpass_pass_t   found;

    if (value->field.name.len == 0) {
        return ngx_http_complex_value(r, &value->complex, text);
    }

    ngx_memzero(&found, sizeof(ngx_http_healthpass_pass_t));
    found.source = &value->field;
    damage = HP_OK;

    rc = ngx_http_healthpass_find_in(r, ctx, &found, &damage);

    if ((damage == HP_GIVEN_TWICE || damage == HP_PARTY) && *problem == HP_OK) {
        *problem = damage;
    }

    *text = found.text;

    return rc == NGX_ERROR ? NGX_ERROR : NGX_OK;
}


/* What an expression gave is not ours. */

void
ngx_http_healthpass_forget_people(ngx_http_healthpass_holder_t *holder,
    ngx_http_healthpass_people_t *people)
{
    ngx_str_t   *text;
    ngx_uint_t   i, k;

    for (i = 0; i < NGX_HTTP_HEALTHPASS_VALUES; i++) {
        text = people->texts[i].elts;

        for (k = 0; k < people->texts[i].nelts; k++) {
            if (holder->value[i].field.name.len) {
                hp_wipe(text[k].data, text[k].len);
            }
        }
    }
}


ngx_int_t
ngx_http_healthpass_keep_person(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_http_healthpass_people_t *people)
{
    ngx_str_t   *text;
    ngx_uint_t   i;

    for (i = 0; i < NGX_HTTP_HEALTHPASS_VALUES; i++) {
        text = people->texts[i].elts;

        if (people->texts[i].nelts == 0 || text->len == 0
            || ctx->holder->value[i].field.name.len)
        {
            continue;
        }

        ctx->person[i].data = ngx_pstrdup(r->pool, text);
        if (ctx->person[i].data == NULL) {
            return NGX_ERROR;
        }

        ctx->person[i].len = text->len;
    }

    ctx->compared = 1;

    return NGX_OK;
}


ngx_uint_t
ngx_http_healthpass_same_person(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx)
{
    ngx_str_t                     text;
    ngx_uint_t                    i;
    ngx_http_healthpass_value_t  *value;

    for (i = 0; ctx->compared && i < NGX_HTTP_HEALTHPASS_VALUES; i++) {
        value = &ctx->holder->value[i];

        if (!value->given || value->field.name.len) {
            continue;
        }

        if (ngx_http_complex_value(r, &value->complex, &text) != NGX_OK
            || text.len != ctx->person[i].len
            || (text.len != 0
                && ngx_memcmp(text.data, ctx->person[i].data, text.len) != 0))
        {
            return 0;
        }
    }

    return 1;
}


ngx_int_t
ngx_http_healthpass_keep_value(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_http_healthpass_value_t *value,
    ngx_http_healthpass_kept_t *kept, hp_reason *problem)
{
    ngx_str_t  text;

    ngx_str_null(&text);

    if (ngx_http_healthpass_value_text(r, ctx, value, &text, problem)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    kept->text = text;

    /* what an expression gave is not ours */

    if (value->field.name.len == 0 && text.len) {
        kept->text.data = ngx_pstrdup(r->pool, &text);
        if (kept->text.data == NULL) {
            kept->text.len = 0;
            return NGX_ERROR;
        }
    }

    kept->kept = 1;

    return NGX_OK;
}


ngx_uint_t
ngx_http_healthpass_same_value(ngx_http_request_t *r,
    ngx_http_healthpass_value_t *value, ngx_http_healthpass_kept_t *kept)
{
    ngx_str_t  text;

    if (!kept->kept || value->field.name.len) {
        return 1;
    }

    return ngx_http_complex_value(r, &value->complex, &text) == NGX_OK
           && text.len == kept->text.len
           && (text.len == 0
               || ngx_memcmp(text.data, kept->text.data, text.len) == 0);
}
