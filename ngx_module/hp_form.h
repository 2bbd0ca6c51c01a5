/*
 * hp_form: the fields of an application/x-www-form-urlencoded body or query string,
 * and the percent-decoding of fields, cookies and bearer tokens.
 *
 * Base45 contains '%', '+' and ' ', so a pass that was pasted in without encoding
 * is damaged by decoding.  Nothing here repairs that: a '+' is the space that the
 * format says it is, and what cannot have been written by an encoder is an error.
 */
#ifndef HP_FORM_H
#define HP_FORM_H

#include "base/str.h"

/*
 * Takes the next field off the front of *form: its name and its value, both still
 * encoded.  False when there is none left.
 */
bool hp_form_next(hp_str *form, hp_str *name, hp_str *value);

/* Is that what a field is called, decoded as an application would? */
bool hp_form_is_called(hp_str encoded, hp_str name);

/*
 * Is it called otherwise, and would PHP or Rack take it for that name?  They drop blanks
 * in front, end a name at a zero byte, and make "name[x]" an element of "name"; and PHP
 * writes '.', ' ' and '[' as '_'.
 */
bool hp_form_is_alias(hp_str encoded, hp_str name);

/*
 * The same, decoded byte by byte: matched is how many of the name did match.  False: it is
 * no alias, whatever follows; *matched beyond the name: it is one, whatever follows.
 */
static inline bool
hp_alias_step(hp_str name, size_t *matched, int c)
{
    if (*matched > name.n || (*matched == 0 && c == ' '))
        return true;
    if (*matched == name.n ? c != '[' && c != 0
                           : c != name.p[*matched]
                                 && (name.p[*matched] != '_' || (c != '.' && c != ' ' && c != '[')))
        return false;
    ++*matched;
    return true;
}

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
