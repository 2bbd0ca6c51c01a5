/*
 * JCS (RFC 8785): the one text of a JSON value that a signature is made over; canonical.h has the
 * same over the arena.
 *
 * For keys and headers: texts, whole numbers, arrays, objects, booleans and null.  A number
 * that is no exact whole one is refused instead of being written in a way that another
 * implementation may not agree with (RFC 8785, 3.2.2.3 wants ECMAScript's).
 */
#ifndef HP_CODEC_JCS_H
#define HP_CODEC_JCS_H

#include "codec/json.h"

/*
 * Writes the value.  False when there is a number in it that cannot be told exactly, when it
 * is NULL, or when memory ran out; whether to took all of it is the caller's to ask (ferror).
 */
bool hp_jcs_write(const hp_json *json, FILE *to);

#endif
