/*
 * hp_json: JSON that we load or print ourselves: payloads to be signed, answers.
 * The only door to jansson.
 *
 * It allocates, so it has no place on the way of a pass: foreign JSON there is read
 * over the arena.
 */
#ifndef HP_CODEC_JSON_H
#define HP_CODEC_JSON_H

#include <stdio.h>

#include "base/error.h"
#include "base/str.h"
#include "codec/cbor.h"

#define HP_JSON_MAX (1024 * 1024) /* bytes of the longest text that is loaded */

typedef struct hp_json hp_json;

/*
 * Reads one JSON object; a doubled member is an error, so that two readers cannot
 * see different ones.  NULL on failure, with line and column in *error.
 */
hp_json *hp_json_load(hp_str text, hp_error *error);

/* Ends a value that no other value owns.  NULL does no harm. */
void hp_json_free(hp_json *json);

/*
 * Building an object.  A NULL value (memory ran out) is carried along: setting does
 * nothing then, and hp_json_print() answers false.  Setting a member again
 * replaces it.
 */
hp_json *hp_json_object(void);
void hp_json_set_null(hp_json *object, const char *name);
void hp_json_set_bool(hp_json *object, const char *name, bool value);
void hp_json_set_int(hp_json *object, const char *name, long long value);
/* Bytes that are no UTF-8 are shown as '?'. */
void hp_json_set_text(hp_json *object, const char *name, hp_str value);
/* Takes value over in any case. */
void hp_json_set(hp_json *object, const char *name, hp_json *value);

/* One line, members in the order of setting, ASCII only, then a line feed. */
bool hp_json_print(hp_json *json, FILE *to);

/*
 * Writes the value as CBOR (RFC 8949 6.2): whole numbers as integers, others as
 * doubles.  False when to is full.
 */
bool hp_json_cbor(hp_json *json, hp_cbor_out *to);

#endif
