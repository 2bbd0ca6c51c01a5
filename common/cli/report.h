/*
 * One line for one answer: an object for scripts (DESIGN: an interface), or words for
 * people.  Says nothing of the holder unless it is given one.
 */
#ifndef HP_CLI_REPORT_H
#define HP_CLI_REPORT_H

#include <stdio.h>

#include "hp.h"

/* holder may be NULL.  False when memory ran out or the line could not be written. */
bool hp_report_json(const hp_verdict *verdict, const hp_holder *holder, FILE *to);

/* name says which pass: a file, a line. */
void hp_report_words(const char *name, const hp_verdict *verdict, const hp_holder *holder,
                     FILE *to);

#endif
