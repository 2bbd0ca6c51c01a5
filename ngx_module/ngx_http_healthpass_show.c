
/*
 * healthpass_check show=name,dob: for staff at a door, who compare what the
 * pass says with an ID.  One of the two places that show a person's data: it answers
 * only for a pass that is accepted, keeps nothing, and logs who asked and for
 * which pass, never what was shown.
 */


#include "ngx_http_healthpass.h"


#define NGX_HTTP_HEALTHPASS_USER  128    /* bytes of a user's name, logged */


static u_char *ngx_http_healthpass_put_name(u_char *p, const hp_holder *holder);
static u_char *ngx_http_healthpass_put_birth(u_char *p, const hp_birth *birth);
static void ngx_http_healthpass_tell_shown(ngx_http_request_t *r,
    hp_verdict *verdict);


static ngx_conf_bitmask_t  ngx_http_healthpass_show_words[] = {
    { ngx_string("name"), NGX_HTTP_HEALTHPASS_SHOW_NAME },
    { ngx_string("dob"), NGX_HTTP_HEALTHPASS_SHOW_DOB },
    { ngx_null_string, 0 }
};


/* ---- the parameter ---- */


char *
ngx_http_healthpass_show_parameter(ngx_conf_t *cf,
    ngx_http_healthpass_loc_conf_t *hlcf, ngx_str_t *parameter)
{
    size_t       len;
    u_char      *p, *next, *end;
    ngx_str_t   *name;
    ngx_uint_t   i, bit;

    p = parameter->data + sizeof("show=") - 1;
    end = parameter->data + parameter->len;

    for ( /* void */ ; p <= end; p = next + 1) {
        next = ngx_strlchr(p, end, ',');
        next = next ? next : end;
        len = next - p;
        bit = 0;

        for (i = 0; ngx_http_healthpass_show_words[i].name.len; i++) {
            name = &ngx_http_healthpass_show_words[i].name;

            if (name->len == len && ngx_strncmp(name->data, p, len) == 0) {
                bit = ngx_http_healthpass_show_words[i].mask;
            }
        }

        if (bit == 0 || (hlcf->show & bit)) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid parameter \"%V\", expected \"name\", "
                               "\"dob\" or \"name,dob\"", parameter);
            return NGX_CONF_ERROR;
        }

        hlcf->show |= bit;
    }

    return NGX_CONF_OK;
}


char *
ngx_http_healthpass_check_show(ngx_conf_t *cf,
    ngx_http_healthpass_loc_conf_t *conf)
{
    const char  *wrong;

    wrong = NULL;

    if (conf->persons) {
        wrong = "is for one pass: \"healthpass_persons off\"";

    } else if (conf->clearance) {
        wrong = "needs the pass itself: \"healthpass_clearance off\"";

    } else if (conf->dry_run) {
        wrong = "is no dry run: \"healthpass_dry_run off\"";
    }

    if (wrong) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"healthpass_check\" with \"show=\" %s", wrong);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


/* ---- the request ---- */


/* Copies what is to be shown, while the pass is in memory. */

ngx_int_t
ngx_http_healthpass_keep_shown(ngx_http_request_t *r, ngx_uint_t show,
    ngx_http_healthpass_pass_t *pass, const hp_pass *kept)
{
    u_char           *p;
    size_t            len;
    const hp_holder  *holder;

    holder = &kept->holder;

    /* each byte may become the six of \u0000 */

    len = sizeof("{\"accept\":true,\"name\":\" \",\"dob\":\"\"}")
          + 6 * (holder->family.n + holder->given.n) + 6 * NGX_INT_T_LEN;

    pass->shown.data = ngx_pnalloc(r->pool, len);
    if (pass->shown.data == NULL) {
        return NGX_ERROR;
    }

    p = ngx_cpymem(pass->shown.data, "{\"accept\":true",
                   sizeof("{\"accept\":true") - 1);

    if (show & NGX_HTTP_HEALTHPASS_SHOW_NAME) {
        p = ngx_http_healthpass_put_name(p, holder);
    }

    if (show & NGX_HTTP_HEALTHPASS_SHOW_DOB) {
        p = ngx_http_healthpass_put_birth(p, &holder->birth);
    }

    *p++ = '}';

    pass->shown.len = p - pass->shown.data;

    return NGX_OK;
}


/* As printed: what an ID is compared with. */

static u_char *
ngx_http_healthpass_put_name(u_char *p, const hp_holder *holder)
{
    p = ngx_cpymem(p, ",\"name\":\"", sizeof(",\"name\":\"") - 1);
    p = (u_char *) ngx_escape_json(p, (u_char *) holder->given.p,
                                   holder->given.n);

    if (holder->given.n && holder->family.n) {
        *p++ = ' ';
    }

    p = (u_char *) ngx_escape_json(p, (u_char *) holder->family.p,
                                   holder->family.n);
    *p++ = '"';

    return p;
}


/* As far as the pass says it, and null where it does not. */

static u_char *
ngx_http_healthpass_put_birth(u_char *p, const hp_birth *birth)
{
    if (birth->year == 0) {
        return ngx_cpymem(p, ",\"dob\":null", sizeof(",\"dob\":null") - 1);
    }

    p = ngx_sprintf(p, ",\"dob\":\"%04d", birth->year);

    if (birth->month) {
        p = ngx_sprintf(p, "-%02d", birth->month);
    }

    if (birth->month && birth->day) {
        p = ngx_sprintf(p, "-%02d", birth->day);
    }

    *p++ = '"';

    return p;
}


ngx_int_t
ngx_http_healthpass_send_shown(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx)
{
    ngx_http_complex_value_t     cv;
    ngx_http_healthpass_pass_t  *pass;

    static ngx_str_t  type = ngx_string("application/json");
    static ngx_str_t  no_store = ngx_string("no-store");

    pass = ctx->decisive;

    if (pass->verdict.reason != HP_OK || pass->shown.len == 0) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_http_healthpass_tell_shown(r, &pass->verdict);

    if (ngx_http_healthpass_add_header(r, "Cache-Control", &no_store) == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_memzero(&cv, sizeof(ngx_http_complex_value_t));
    cv.value = pass->shown;

    ngx_http_finalize_request(r, ngx_http_send_response(r, NGX_HTTP_OK, &type,
                                                        &cv));
    return NGX_DONE;
}


static void
ngx_http_healthpass_tell_shown(ngx_http_request_t *r, hp_verdict *verdict)
{
    u_char      id[2 * sizeof(verdict->pass_id)];
    u_char      name[NGX_HTTP_HEALTHPASS_USER];
    ngx_str_t   user, reference;
    ngx_uint_t  i;

    if (ngx_http_auth_basic_user(r) == NGX_OK) {
        user = r->headers_in.user;

    } else {
        ngx_str_set(&user, "-");
    }

    /* behind another login than auth_basic nobody looked at it yet */

    user.len = ngx_min(user.len, sizeof(name));

    for (i = 0; i < user.len; i++) {
        name[i] = (user.data[i] < ' ' || user.data[i] == 0x7f)
                  ? '?' : user.data[i];
    }

    user.data = name;

    (void) ngx_hex_dump(id, verdict->pass_id, sizeof(verdict->pass_id));

    ngx_http_healthpass_reference(r, &reference);

    ngx_log_error(NGX_LOG_NOTICE, r->connection->log, 0,
                  "healthpass: holder shown, user=%V, pass=%*s, reference=%V",
                  &user,
                  verdict->has_pass_id ? sizeof(id) : (size_t) 1,
                  verdict->has_pass_id ? id : (u_char *) "-", &reference);
}
