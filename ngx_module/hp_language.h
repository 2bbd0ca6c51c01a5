/*
 * hp_language: the languages that a visitor reads, out of Accept-Language (RFC 9110 12.5.4).
 *
 * The header is anybody's text: so much of it is read, so many languages are kept, and what is
 * no language is passed over.  Nothing here is ever sent back.
 */
#ifndef HP_LANGUAGE_H
#define HP_LANGUAGE_H

#include "base/str.h"

#define HP_LANGUAGES     6   /* that are kept: the visitor's best */
#define HP_LANGUAGE_TAG  35  /* characters of one, RFC 5646 4.4.1 */
#define HP_LANGUAGE_TEXT 512 /* bytes of header lines that are read */

typedef struct {
    char tags[HP_LANGUAGES][HP_LANGUAGE_TAG + 1];
    unsigned weights[HP_LANGUAGES]; /* thousandths, falling */
    size_t n;
    size_t read; /* bytes of header lines so far */
    const char *list[HP_LANGUAGES + 1]; /* the tags, then NULL */
} hp_languages;

/* Nobody's languages. */
void hp_languages_clear(hp_languages *l);

/*
 * Adds those of one header line; several lines are one list.  Of the same weight the first said
 * comes first; "*" and what has the weight 0 are left out.  Points into *l: not to be copied.
 */
void hp_languages_add(hp_languages *l, hp_str line);

#endif
