/* What a rule set is made of: for the files that fill it, and no others. */
#ifndef HP_RULES_RULESET_PARTS_H
#define HP_RULES_RULESET_PARTS_H

#include "rules/keep.h"
#include "rules/ruleset.h"

/* A rule, and what is known of its document until the set is closed. */
typedef struct {
    hp_rule rule;
    hp_logic *logic;   /* the rule's, to be ended */
    const char *place; /* file, and number in it, for messages */
    char *document;    /* printed anew, to be compared; the same members in the same order */
} hp_loaded;

/* One value set; its codes are neighbours. */
typedef struct {
    hp_str id;
    hp_node *codes;
    size_t n;
    const char *place;
} hp_value_set;

struct hp_ruleset {
    hp_keep keep;
    hp_loaded *rules;
    size_t n, room;
    hp_value_set sets[HP_VALUE_SETS_MAX];
    size_t n_sets;
    hp_node value_sets, pairs[2 * HP_VALUE_SETS_MAX];
    size_t files, bytes;
    uint64_t mark; /* of all texts, in whatever order they were read */
};

/* Who is told what while a document is read. */
typedef struct {
    hp_ruleset *set;
    hp_ruleset_told *told;
    void *context;
    hp_error *error;
} hp_loading;

/* Room for one more rule, all zero; NULL with *error.  It counts once set->n is raised. */
hp_loaded *hp_ruleset_room(hp_ruleset *set, const char *place, hp_error *error);

/* Reads one rule document; place lives as long as the set. */
bool hp_rule_read(const hp_loading *l, hp_json *document, const char *place);

/* Reads a published value set, or all those of a compressed document. */
bool hp_value_set_read(const hp_loading *l, const hp_json *document, const char *place);
bool hp_value_sets_read(const hp_loading *l, const hp_json *document, const char *place);

/* Makes external.valueSets of the sets. */
void hp_value_sets_close(hp_ruleset *set);

/* Is the text made of printable ASCII, so that a message may show it? */
bool hp_rules_printable(hp_str s);

#endif
