/* ruledoc: rule documents that are right, but for what a test says. */
#ifndef T_RULEDOC_H
#define T_RULEDOC_H

#include "maker.h"
#include "rules/decide.h"

/* A member in place of the document's, or beside them; value is JSON, NULL: left out. */
typedef struct {
    const char *name, *value;
} ruledoc_member;

/*
 * A document with that identifier, of the type, country and kind of certificate that fit it:
 * version 1.0.0, schema 1.0.0, CERTLOGIC 1.0.0, valid in 2021, and its Logic is true.
 */
hp_str ruledoc_with(const char *identifier, const ruledoc_member *members);
#define RULEDOC(identifier, ...) \
    ruledoc_with(identifier, (const ruledoc_member[]){ __VA_ARGS__, { NULL, NULL } })
#define RULEDOC_PLAIN(identifier) RULEDOC(identifier, { NULL, NULL })

/* A closed set of these documents; the list ends with an empty one. */
hp_ruleset *ruledoc_set(const hp_str *documents);
#define RULEDOC_SET(...) ruledoc_set((const hp_str[]){ __VA_ARGS__, { NULL, 0 } })

/* JSON as a tree, in memory that the program keeps. */
const hp_node *ruledoc_tree(hp_str json);

/* The value of { "payload": payload, "external": external }: NULL leaves one out. */
const hp_node *ruledoc_data(const hp_node *payload, const hp_node *external);

#endif
