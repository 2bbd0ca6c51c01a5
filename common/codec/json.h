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

#define HP_JSON_MAX (1024 * 1024) /* bytes of the longest text that hp_json_load() takes */

/*
 * Values in one text: three bytes of it become some 250 bytes of memory, so that the longest
 * list could take a gigabyte before anybody has looked at its signature.
 */
#define HP_JSON_VALUES_MAX (2u << 20)

typedef struct hp_json hp_json;

/*
 * Reads one JSON object; a doubled member is an error, so that two readers cannot
 * see different ones.  NULL on failure, with line and column in *error.
 */
hp_json *hp_json_load(hp_str text, hp_error *error);

/* The same for any value (an array, too) of at most max bytes: trust lists. */
hp_json *hp_json_load_list(hp_str text, size_t max, hp_error *error);

/*
 * The same for one of several lists that are held at once: *values is how many values they may
 * all have together, and what it has is taken off.
 */
hp_json *hp_json_load_part(hp_str text, size_t max, size_t *values, hp_error *error);

/*
 * The same, and a text may hold U+0000, which a reader of C strings takes for its end: rules, and
 * what they are evaluated over.  Names of members never hold it.
 */
hp_json *hp_json_load_data(hp_str text, size_t max, hp_error *error);

/* Ends a value that no other value owns.  NULL does no harm. */
void hp_json_free(hp_json *json);

/* ---- reading: what is asked for is borrowed, and NULL or empty when it is something else ---- */

typedef enum {
    HP_JSON_NULL, HP_JSON_BOOL, HP_JSON_INT, HP_JSON_REAL, HP_JSON_TEXT, HP_JSON_ARRAY,
    HP_JSON_OBJECT
} hp_json_kind;

hp_json_kind hp_json_kind_of(const hp_json *json);

/* The member of that name; NULL when there is none, or json is NULL or no object. */
hp_json *hp_json_get(const hp_json *json, const char *name);

/* Members of an object or elements of an array; 0 for anything else, and for NULL. */
size_t hp_json_count(const hp_json *json);

/* The n-th element of an array, from 0. */
hp_json *hp_json_at(const hp_json *json, size_t n);

/* A text; .p is NULL when it is none. */
hp_str hp_json_text(const hp_json *json);

/* The text as it must be to be compared with a C string: has no zero in it. */
bool hp_json_is(const hp_json *json, const char *text);

/* Is it true itself?  Any other value is not. */
bool hp_json_true(const hp_json *json);

/* A number, whole or not; false when it is none. */
bool hp_json_number(const hp_json *json, double *number);

/* A number that was written as a whole one; false when it is none. */
bool hp_json_int(const hp_json *json, int64_t *number);

/* Bytes of the shortest text that says this. */
size_t hp_json_size(const hp_json *json);

/*
 * Walks the members in the order of the text: *at starts with NULL, *name and *value are the
 * next member's.  False after the last one.
 */
bool hp_json_next(const hp_json *json, void **at, const char **name, hp_json **value);

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

/* An array, and one more element for it, which is taken over in any case. */
hp_json *hp_json_array(void);
void hp_json_add(hp_json *array, hp_json *value);

/* Values to be added or set; NULL when memory ran out. */
hp_json *hp_json_of_null(void);
hp_json *hp_json_of_bool(bool value);
hp_json *hp_json_of_int(int64_t value);
hp_json *hp_json_of_real(double value); /* null when it is no finite number: JSON knows none */
hp_json *hp_json_of_text(hp_str value); /* bytes that are no UTF-8 are shown as '?' */

/* The same as hp_json_set(), by any name. */
void hp_json_set_member(hp_json *object, hp_str name, hp_json *value);

/* One line, members in the order of setting, ASCII only, then a line feed. */
bool hp_json_print(hp_json *json, FILE *to);

/*
 * Writes the value as CBOR (RFC 8949 6.2): whole numbers as integers, others as
 * doubles.  False when to is full.
 */
bool hp_json_cbor(hp_json *json, hp_cbor_out *to);

#endif
