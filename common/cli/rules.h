/*
 * What the commands `rules ...` share: JSON lines that are answered one by one, and rules that
 * are loaded from where an operator says.
 */
#ifndef HP_CLI_RULES_H
#define HP_CLI_RULES_H

#include "cli/cli.h"
#include "rules/decide.h"

#define HP_RULES_LINE  (2u << 20)  /* bytes of a line that is answered */
#define HP_RULES_ARENA (128u << 20) /* what one line may take; only what it takes is touched */

/*
 * Answers one line, a JSON object.  The arena is empty, and is wiped afterwards.  False with *error
 * when the line is not what was expected, or *answer is the caller's to end.
 */
typedef bool hp_rules_answer(void *context, const hp_json *line, hp_arena *arena,
                             hp_json **answer, hp_error *error);

/*
 * Reads lines from the file (NULL: standard input), and prints one object a line for each: the
 * answer, or {"error": true} with the reason on standard error.  Returns the exit code: refused
 * when there was such a line, or no line at all; fault when input or memory failed.
 */
int hp_rules_lines(const hp_cli_command *self, const char *path, hp_rules_answer *answer,
                   void *context);

/*
 * Loads a file or folder of rules, and more value sets (NULL: none).  What will always be open is
 * told on standard error.  What was read is noted in watch (NULL: nowhere), to be freed in any
 * case.  NULL, and it was told, when it cannot be loaded.
 */
hp_ruleset *hp_rules_load(const hp_cli_command *self, const char *rules, const char *value_sets,
                          hp_watch *watch);

/* A version as documents write it. */
#define HP_VERSION_TEXT 33
void hp_rules_version(hp_version version, char text[HP_VERSION_TEXT]);

/* "passed", "failed", "open". */
const char *hp_rules_result_name(hp_rule_result result);

/* Two capital letters? */
bool hp_rules_is_country(const char *text);

#endif
