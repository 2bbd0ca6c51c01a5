
/*
 * Fields of a query and of a body: which of them a source names.  A body is read
 * in one format, the one that it says it has, and what another reader could take
 * differently is not taken at all.
 */


#include "ngx_http_healthpass.h"
#include "hp_form.h"
#include "hp_multipart.h"


static hp_str ngx_http_healthpass_field_name(
    ngx_http_healthpass_source_t *source, ngx_uint_t brackets);
static void ngx_http_healthpass_look_in_multipart(ngx_http_request_t *r,
    ngx_str_t *body, ngx_http_healthpass_source_t *source,
    ngx_http_healthpass_values_t *values, hp_reason *problem);
static ngx_uint_t ngx_http_healthpass_is_part(const hp_part *part,
    ngx_http_healthpass_source_t *source);
static void ngx_http_healthpass_look_in_json(ngx_http_request_t *r,
    ngx_str_t *body, ngx_http_healthpass_source_t *source,
    ngx_http_healthpass_values_t *values, hp_reason *problem);
static void ngx_http_healthpass_hold_node(
    ngx_http_healthpass_source_t *source,
    ngx_http_healthpass_values_t *values, const hp_node *node,
    hp_reason *problem);


void
ngx_http_healthpass_hold(ngx_http_healthpass_values_t *values, u_char *data,
    size_t len)
{
    if (values->n < NGX_HTTP_HEALTHPASS_PARTY) {
        values->value[values->n].data = data;
        values->value[values->n].len = len;
    }

    values->n++;
}


/*
 * A list takes NAME[] too, as browsers send what PHP makes an array of.  A name
 * that was compared must be the one that the application reads: what it could
 * take for another value of the field is one.
 */

void
ngx_http_healthpass_look_in_form(ngx_str_t *form,
    ngx_http_healthpass_source_t *source, ngx_http_healthpass_values_t *values,
    hp_reason *problem)
{
    hp_str  left, name, value;

    left = (hp_str) { form->data, form->len };

    while (hp_form_next(&left, &name, &value)) {

        if (hp_form_is_called(name, ngx_http_healthpass_field_name(source, 0))
            || (source->list
                && hp_form_is_called(name,
                                  ngx_http_healthpass_field_name(source, 1))))
        {
            ngx_http_healthpass_hold(values, (u_char *) value.p, value.n);

        } else if (source->beside
                   && hp_form_is_alias(name,
                                    ngx_http_healthpass_field_name(source, 0)))
        {
            *problem = HP_GIVEN_TWICE;
        }
    }
}


/* The name of a field, or that of a list as it was written, with the "[]". */

static hp_str
ngx_http_healthpass_field_name(ngx_http_healthpass_source_t *source,
    ngx_uint_t brackets)
{
    return (hp_str) { source->name.data,
                      source->name.len + (brackets ? sizeof("[]") - 1 : 0) };
}


ngx_int_t
ngx_http_healthpass_look_in_body(ngx_http_request_t *r,
    ngx_http_healthpass_ctx_t *ctx, ngx_http_healthpass_source_t *source,
    ngx_http_healthpass_values_t *values, hp_reason *problem)
{
    ngx_int_t  rc;
    ngx_str_t  body;

    if (!ngx_http_healthpass_body_wanted(r, ctx, source)) {
        return NGX_DECLINED;
    }

    if (r->request_body == NULL) {
        return NGX_AGAIN;
    }

    rc = ngx_http_healthpass_body_bytes(r, ctx, &body);

    if (rc != NGX_OK) {
        return rc;
    }

    if (ngx_http_healthpass_body_types(r) > 1) {
        *problem = HP_GIVEN_TWICE;
        return NGX_OK;
    }

    switch (source->kind) {

    case NGX_HTTP_HEALTHPASS_FORM:
        ngx_http_healthpass_look_in_form(&body, source, values, problem);
        break;

    case NGX_HTTP_HEALTHPASS_MULTIPART:
        ngx_http_healthpass_look_in_multipart(r, &body, source, values,
                                              problem);
        break;

    case NGX_HTTP_HEALTHPASS_JSON:
        ngx_http_healthpass_look_in_json(r, &body, source, values, problem);
        break;

    default:
        ngx_http_healthpass_hold(values, body.data, body.len);
    }

    return NGX_OK;
}


/*
 * A file is no text.  It is damaged and not absent: who sent a picture of his pass
 * has shown something, and "no pass was shown" would have him send it again.
 */

static void
ngx_http_healthpass_look_in_multipart(ngx_http_request_t *r, ngx_str_t *body,
    ngx_http_healthpass_source_t *source,
    ngx_http_healthpass_values_t *values, hp_reason *problem)
{
    hp_part        part;
    ngx_str_t     *type;
    hp_multipart   m;

    type = &r->headers_in.content_type->value;

    m = hp_multipart_of((hp_str) { type->data, type->len },
                        (hp_str) { body->data, body->len });

    while (hp_multipart_next(&m, &part)) {

        if (!ngx_http_healthpass_is_part(&part, source)) {

            if (source->beside
                && hp_part_is_alias(&part,
                                    ngx_http_healthpass_field_name(source, 0)))
            {
                *problem = HP_GIVEN_TWICE;
            }

            continue;
        }

        ngx_http_healthpass_hold(values, (u_char *) part.value.p,
                                 part.value.n);

        if (part.file && part.value.n) {
            *problem = HP_ENCODING;

            ngx_log_error(NGX_LOG_INFO, r->connection->log, 0,
                          "healthpass: \"%V\" came as a file: pictures are "
                          "read in the visitor's browser, not here",
                          &source->spelled);
        }
    }

    if (m.bad) {
        *problem = HP_ENCODING;
    }
}


static ngx_uint_t
ngx_http_healthpass_is_part(const hp_part *part,
    ngx_http_healthpass_source_t *source)
{
    return hp_part_is_called(part, ngx_http_healthpass_field_name(source, 0))
           || (source->list
               && hp_part_is_called(part,
                                  ngx_http_healthpass_field_name(source, 1)));
}


/* The memory is free between two passes that are judged. */

static void
ngx_http_healthpass_look_in_json(ngx_http_request_t *r, ngx_str_t *body,
    ngx_http_healthpass_source_t *source,
    ngx_http_healthpass_values_t *values, hp_reason *problem)
{
    hp_str                            pointer;
    const hp_node                    *node;
    ngx_http_healthpass_main_conf_t  *hmcf;

    hmcf = ngx_http_get_module_main_conf(r, ngx_http_healthpass_module);

    values->memory = hp_arena_over(hmcf->memory.p, hmcf->memory.n);

    if (!hp_jscan((hp_str) { body->data, body->len }, &values->memory, &node)) {
        *problem = HP_ENCODING;
        return;
    }

    pointer = ngx_http_healthpass_field_name(source, 0);

    if (hp_jscan_is_ambiguous(node, pointer)) {
        *problem = HP_GIVEN_TWICE;
        return;
    }

    node = hp_jscan_at(node, pointer);

    if (node == NULL || node->kind == HP_NODE_NULL) {
        return;
    }

    if (!source->list) {
        ngx_http_healthpass_hold_node(source, values, node, problem);
        return;
    }

    if (node->kind != HP_NODE_ARRAY) {
        *problem = HP_ENCODING;
        return;
    }

    for (node = node->child; node; node = node->next) {
        ngx_http_healthpass_hold_node(source, values, node, problem);
    }
}


/*
 * null has its place in a list, and nothing in it.  A number of seats or of an
 * account is what it is in digits; a pass is never a number.
 */

static void
ngx_http_healthpass_hold_node(ngx_http_healthpass_source_t *source,
    ngx_http_healthpass_values_t *values, const hp_node *node,
    hp_reason *problem)
{
    u_char  *digits;

    if (node->kind == HP_NODE_TEXT) {
        ngx_http_healthpass_hold(values, (u_char *) node->str.p, node->str.n);
        return;
    }

    if (node->kind == HP_NODE_NULL) {
        ngx_http_healthpass_hold(values, NULL, 0);
        return;
    }

    digits = source->beside && node->kind == HP_NODE_UINT
             ? hp_arena_take(&values->memory, NGX_INT64_LEN) : NULL;

    if (digits == NULL) {
        *problem = HP_ENCODING;
        return;
    }

    ngx_http_healthpass_hold(values, digits,
                             ngx_sprintf(digits, "%uL", node->num) - digits);
}
