/*
 * Memory that is taken piece by piece while something is loaded, and ends as a whole.
 */
#ifndef HP_RULES_KEEP_H
#define HP_RULES_KEEP_H

#include "base/str.h"

typedef struct hp_keep_block hp_keep_block;

/* Starts as { NULL }. */
typedef struct {
    hp_keep_block *last;
} hp_keep;

/* n bytes, aligned for any type and not zeroed; NULL when there is no memory. */
void *hp_keep_take(hp_keep *keep, size_t n);

/* A copy of the text with a zero behind it. */
char *hp_keep_text(hp_keep *keep, hp_str text);

void hp_keep_free(hp_keep *keep);

#endif
