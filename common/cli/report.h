/*
 * One line for one answer: an object for scripts (DESIGN: an interface), or words for
 * people.  Says nothing of the holder unless it is given one.
 */
#ifndef HP_CLI_REPORT_H
#define HP_CLI_REPORT_H

#include <stdio.h>

#include "hp.h"

/* What the rule documents said to one pass, in the order in which they were judged. */
typedef struct {
    size_t n;
    struct {
        const char *identifier;
        hp_rule_result result;
    } all[HP_RULES_MAX];
} hp_report_rules;

/* For hp_ask.told: the context is a hp_report_rules. */
void hp_report_told(void *context, const hp_rule *rule, hp_rule_result result);

typedef struct {
    const char *name; /* which pass: a file, a line */
    const hp_verdict *verdict;
    const hp_report_rules *rules;
    const char *rule_text;   /* what the rule that refused says; may be empty */
    const hp_holder *holder; /* NULL: not to be shown */
} hp_report;

/* False when memory ran out or the line could not be written. */
bool hp_report_json(const hp_report *report, FILE *to);
void hp_report_words(const hp_report *report, FILE *to);

#endif
