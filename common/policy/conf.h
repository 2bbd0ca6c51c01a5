/*
 * hp_conf: files that an administrator writes as `key = value;` and groups, in libconfig's
 * language.  The only door to libconfig.
 *
 * Nothing is guessed: doubled keys, @include and zero bytes are refused here, unknown keys and
 * wrong values by the reader of the file, in one form: "FILE:LINE: KEY: expected ...".
 */
#ifndef HP_POLICY_CONF_H
#define HP_POLICY_CONF_H

#include "base/error.h"
#include "base/str.h"

typedef struct hp_conf hp_conf; /* a file that was read; its texts live as long as it does */

/* A key with its value, or an element of a list. */
typedef struct config_setting_t hp_conf_item;

/*
 * Reads the text (followed by a zero byte, as hp_file_read() gives it) of the file at path,
 * which is only for naming.  NULL with *error.
 */
hp_conf *hp_conf_read(const char *path, hp_str text, hp_error *error);

/* Ends it.  NULL does no harm. */
void hp_conf_free(hp_conf *conf);

/* ---- the tree --------------------------------------------------------------------------- */

/* The group of all keys that stand in no group. */
const hp_conf_item *hp_conf_root(const hp_conf *conf);

/* The key; of an element of a list, that of the list. */
const char *hp_conf_name(const hp_conf_item *item);

bool hp_conf_is_group(const hp_conf_item *item);
bool hp_conf_is_list(const hp_conf_item *item); /* [ ] or ( ) */

/* How many a group or list holds, and the n-th of them; 0 of anything else. */
size_t hp_conf_count(const hp_conf_item *item);
const hp_conf_item *hp_conf_at(const hp_conf_item *item, size_t n);

/* The key of that name in a group; NULL: there is none. */
const hp_conf_item *hp_conf_get(const hp_conf_item *group, const char *name);

/* ---- complaints, which are always false ------------------------------------------------- */

/* "FILE:LINE: KEY: expected ..." */
bool hp_conf_refuse(const hp_conf_item *item, const char *expected, hp_error *error);

/* "FILE:LINE: KEY: ..." */
bool hp_conf_complain(const hp_conf_item *item, const char *what, hp_error *error);

/* ---- values ----------------------------------------------------------------------------- */

/* A text; NULL when it is none. */
const char *hp_conf_text(const hp_conf_item *item);

/* Which of the words it is; the last one is followed by NULL.  -1: none. */
int hp_conf_word(const hp_conf_item *item, const char *const *words);

/* "off" and "on", or false and true as libconfig writes them; -1: neither. */
int hp_conf_switch(const hp_conf_item *item);

/* A number of seconds, or a text of digits and one of s, m, h, d; -1: neither, or above max. */
double hp_conf_time(const hp_conf_item *item, double max);

/* A number of bytes, or a text of digits and k or M; -1: neither, or above max. */
double hp_conf_size(const hp_conf_item *item, double max);

/* An absolute path; NULL when it is none. */
const char *hp_conf_path(const hp_conf_item *item);

/*
 * One text or a list of up to max, into texts; what is no text there is NULL.  False when it
 * is anything else, or a longer list.
 */
bool hp_conf_texts(const hp_conf_item *item, const char **texts, size_t max, size_t *n);

/* The same for absolute paths; false also when one of them is none. */
bool hp_conf_paths(const hp_conf_item *item, const char **paths, size_t max, size_t *n);

#endif
