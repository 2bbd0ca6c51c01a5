/*
 * hp_form: one field of an application/x-www-form-urlencoded body or query string,
 * and the percent-decoding of fields, cookies and bearer tokens.
 *
 * Base45 contains '%', '+' and ' ', so a pass that was pasted in without encoding
 * is damaged by decoding.  Nothing here repairs that: a '+' is the space that the
 * format says it is, and what cannot have been written by an encoder is an error.
 */
#ifndef HP_FORM_H
#define HP_FORM_H

#include "base/str.h"

typedef enum {
    HP_FORM_ABSENT,
    HP_FORM_FOUND,
    HP_FORM_TWICE /* we and the application behind us might take different ones */
} hp_form_found;

/*
 * Looks for the field called name.  Names are compared decoded, as an application
 * would.  *value is then the field's bytes in form, still encoded; with
 * HP_FORM_TWICE it is the first of them.
 */
hp_form_found hp_form_find(hp_str form, hp_str name, hp_str *value);

/* What a '+' means. */
typedef enum { HP_PLUS_IS_PLUS, HP_PLUS_IS_SPACE } hp_plus;

/*
 * Decodes %XX, once.  out has room for text.n bytes and may be text.p itself; *n
 * says how many were written.  False when a '%' lacks its two digits, or when a
 * byte stands there raw that every encoder writes as %XX: a space, a control
 * character, anything beyond ASCII.
 */
bool hp_form_decode(hp_str text, hp_plus plus, uint8_t *out, size_t *n);

#endif
