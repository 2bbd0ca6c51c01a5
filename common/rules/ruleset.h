/*
 * Rule documents and value sets as countries publish them (certlogic, B), loaded and compiled.
 * A set is filled once and then only read; it is replaced whole.
 */
#ifndef HP_RULES_RULESET_H
#define HP_RULES_RULESET_H

#include "base/file.h"
#include "rules/certlogic.h"

#define HP_RULES_MAX      4096 /* rule documents in a set */
#define HP_RULE_TEXTS     32   /* languages of one description */
#define HP_VALUE_SETS_MAX 64

/* Supported version of the engine: what EngineVersion may ask for at most. */
#define HP_ENGINE_VERSION ((hp_version){ 1, 3, 3 })

typedef struct {
    unsigned major, minor, patch;
} hp_version;

typedef enum { HP_ACCEPTANCE, HP_INVALIDATION } hp_rule_type;

/* What one rule document says.  Texts live as long as the set. */
typedef struct {
    const char *identifier; /* "VR-FR-0001" */
    hp_rule_type type;
    char country[3];
    const char *region;     /* upper case; "" for the whole country */
    char concerns;          /* 'v', 't', 'r'; 'g' for all */
    hp_version version, schema;
    bool schema_known;      /* false: does not parse, so the rule is always open */
    bool engine_known;      /* false: another engine, or a newer version: always open */
    double from, until;     /* valid at from, no more at until */
    const hp_logic *logic;  /* NULL: not well-formed, so the rule is always open */
    struct {
        const char *lang, *text;
    } texts[HP_RULE_TEXTS];
    size_t n_texts;
} hp_rule;

typedef struct hp_ruleset hp_ruleset;

hp_ruleset *hp_ruleset_new(void);
void hp_ruleset_free(hp_ruleset *set);

/*
 * Adds rule documents, value sets, or both: a file (one document, an array of documents, the
 * gateway's or the national backend's field names, a published or a compressed value set) or
 * a folder of such files.  A document whose Logic is not well-formed is kept, and open; one
 * that is no rule at all refuses the file.  told (may be NULL) hears of what is kept but open.
 */
bool hp_ruleset_add(hp_ruleset *set, const char *path, unsigned must, hp_watch *watch,
                    void (*told)(void *context, const char *what), void *context,
                    hp_error *error);

/* The same for text that somebody else has read; path is for naming. */
bool hp_ruleset_add_text(hp_ruleset *set, const char *path, hp_str text,
                         void (*told)(void *context, const char *what), void *context,
                         hp_error *error);

/* Ends the filling: sorts; false with *error on contradictions or for want of memory. */
bool hp_ruleset_close(hp_ruleset *set, hp_error *error);

size_t hp_ruleset_count(const hp_ruleset *set);
const hp_rule *hp_ruleset_at(const hp_ruleset *set, size_t n);

/* { set id: [codes] }: external.valueSets. */
const hp_node *hp_ruleset_value_sets(const hp_ruleset *set);

/*
 * A rule's text in the first of the languages that it has ("fr-CA" finds "fr"), else in English,
 * else the first; "" when it has none.  languages ends with NULL.
 */
const char *hp_rule_text(const hp_rule *rule, const char *const *languages);

#endif
