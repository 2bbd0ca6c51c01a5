/*
 * catalogue.h: the table that po/table.awk makes of po/LANGUAGE.po.
 */
#ifndef HP_TEXT_CATALOGUE_H
#define HP_TEXT_CATALOGUE_H

typedef struct {
    const char *english, *text; /* UTF-8 */
} hp_translation;

typedef struct {
    const char *language;         /* two letters, small */
    const hp_translation *texts;  /* the last one has no english */
} hp_catalogue;

/* The last one has no language.  English is none of them. */
extern const hp_catalogue hp_catalogues[];

#endif
