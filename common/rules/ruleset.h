/*
 * Rule documents and value sets as countries publish them (certlogic, B), loaded and compiled.
 * A set is filled once and then only read; it is replaced whole.
 *
 * Strict where it changes what a rule means, tolerant where it does not.  A document is refused
 * for a member that begins with a capital letter, as the gateway's do, and is none of them (it
 * may say something that must not be passed over), for a known name in another spelling, and for
 * values that contradict one another (identifier and type, country, certificate type).  Other
 * members ("expr-as-text" in archives) are passed over; AffectedFields is not read; that a
 * description has 20 characters, that one is English and that 72 hours lie between ValidFrom and
 * ValidTo is the gateway's affair.
 */
#ifndef HP_RULES_RULESET_H
#define HP_RULES_RULESET_H

#include "base/file.h"
#include "rules/certlogic.h"
#include "rules/version.h"

#define HP_RULES_MAX       4096         /* rule documents in a set */
#define HP_RULES_FILES     8192         /* files that a set is read from */
#define HP_RULES_FILE_MAX  (4u << 20)   /* bytes of one of them */
#define HP_RULES_BYTES_MAX (16u << 20)  /* bytes of all of them */
#define HP_RULES_DEPTH     4            /* folders inside the one that is given */
#define HP_RULE_TEXTS      32           /* languages of one description */
#define HP_RULE_TEXT_MAX   2048         /* bytes of it in one language */
#define HP_VALUE_SETS_MAX  64
#define HP_VALUE_CODES_MAX 8192         /* codes in one value set */
#define HP_VALUE_TEXT_MAX  128          /* bytes of a code, and of a set's id */

/* Supported version of the engine: what EngineVersion may ask for at most. */
#define HP_ENGINE_VERSION ((hp_version){ 1, 3, 3 })

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
        const char *lang, *text; /* text is one line, without control characters */
    } texts[HP_RULE_TEXTS];
    size_t n_texts;
} hp_rule;

typedef struct hp_ruleset hp_ruleset;

/*
 * Hears of a rule that is kept and will always be open, or is passed over for a Type that nobody
 * knows, and why; one line.
 */
typedef void hp_ruleset_told(void *context, const char *what);

/* NULL for want of memory. */
hp_ruleset *hp_ruleset_new(void);
void hp_ruleset_free(hp_ruleset *set);

/*
 * Adds rule documents, value sets, or both: a file or a folder.
 *
 * A file holds one document or an array of them: a rule with the gateway's member names, a
 * published value set, or a compressed one ({ id: [codes] }).  An entry of the national backend's
 * lists ({ identifier, version, country, hash }, { id, hash }) is passed over: it only names what
 * lies in another file.  What is none of these refuses the file.  Rules of a Type that is not
 * known (BoosterNotification) are passed over; a rule whose Logic is not well-formed is kept, and
 * open.
 *
 * In a folder, files are read that are named *.json, or by 64 hexadecimal digits as the national
 * backend names them, and so are folders in it; other names, and those that begin with a dot, are
 * left alone.  Links in it must not lead out of it.
 *
 * must are the HP_FILE_ bits for each file and folder.  What was read, or could not be, is noted
 * in watch.  After a failure the set is only to be freed.
 */
bool hp_ruleset_add(hp_ruleset *set, const char *path, unsigned must, hp_watch *watch,
                    hp_ruleset_told *told, void *context, hp_error *error);

/* Does a file lie in the folder itself that hp_ruleset_add() would read there? */
bool hp_ruleset_has_file(const char *folder);

/* The same for text that somebody else has read; path is for naming. */
bool hp_ruleset_add_text(hp_ruleset *set, const char *path, hp_str text, hp_ruleset_told *told,
                         void *context, hp_error *error);

/*
 * Ends the filling: sorts, and leaves out what is there twice.  False with *error when two
 * documents share identifier and version and are not the same, or for want of memory.
 */
bool hp_ruleset_close(hp_ruleset *set, hp_error *error);

/*
 * All rules, by type, country, identifier, and then the newest version first.  Of a set that is
 * closed, as all that follows.
 */
size_t hp_ruleset_count(const hp_ruleset *set);
const hp_rule *hp_ruleset_at(const hp_ruleset *set, size_t n);

/* A number for all texts that the set was read from, which changes with them. */
uint64_t hp_ruleset_mark(const hp_ruleset *set);

/* Those of that type and country (two capital letters): how many, from *first on. */
size_t hp_ruleset_find(const hp_ruleset *set, hp_rule_type type, const char *country,
                       size_t *first);

/* { set id: [codes] }: external.valueSets. */
const hp_node *hp_ruleset_value_sets(const hp_ruleset *set);

/*
 * A rule's text in the first of the languages that it has, else in English, else the first; ""
 * when it has none.  languages ends with NULL.  "fr-CA" finds "fr-ca", then "fr", then any other
 * French; case does not count.
 */
const char *hp_rule_text(const hp_rule *rule, const char *const *languages);

#endif
