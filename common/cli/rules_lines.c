/* JSON lines in, JSON lines out, and rules to answer them with; see rules.h. */
#include "cli/input.h"
#include "cli/rules.h"

#include "base/wipe.h"

#include <errno.h>
#include <stdlib.h>

typedef struct {
    const hp_cli_command *self;
    const char *name; /* of the input */
    hp_rules_answer *answer;
    void *context;
    uint8_t *line;
    hp_arena arena;
    size_t number; /* of the line */
    bool wrong, fault;
} run;

/* Every line has its answer, so that answers can be counted off against lines. */
static void
print(run *r, hp_json *answer)
{
    if (!hp_json_print(answer, stdout))
        r->fault = true;
    (void)fflush(stdout); /* a pipe gets each answer as it is given */
}

static void
refuse(run *r, const char *why)
{
    hp_json *answer = hp_json_object();

    hp_cli_say(r->self, 0, "%s, line %zu: %s", r->name, r->number, why);
    hp_json_set_bool(answer, "error", true);
    print(r, answer);
    hp_json_free(answer);
    r->wrong = true;
}

static void
answer_line(run *r, size_t n)
{
    hp_json *line, *answer = NULL;
    hp_error error;
    bool good = false;

    line = hp_json_load_data((hp_str){ r->line, n }, HP_RULES_LINE, &error);
    if (line != NULL && hp_json_kind_of(line) != HP_JSON_OBJECT)
        hp_error_set(&error, "expected an object");
    else if (line != NULL)
        good = r->answer(r->context, line, &r->arena, &answer, &error);
    if (good)
        print(r, answer);
    else
        refuse(r, error.text);
    hp_json_free(answer);
    hp_json_free(line);
    hp_wipe(r->arena.base, r->arena.used);
    r->arena = hp_arena_over(r->arena.base, r->arena.size);
}

/* False when there is no next line. */
static bool
take_line(run *r, hp_input input, size_t n)
{
    switch (input) {
    case HP_INPUT_PASS:
        answer_line(r, n);
        return true;
    case HP_INPUT_TOO_LONG:
        refuse(r, "expected at most 2 MiB");
        return true;
    case HP_INPUT_ENDLESS:
        refuse(r, "has no end within 16 MiB, nothing after it is read");
        r->fault = true;
        return false;
    case HP_INPUT_FAILED:
        hp_cli_say(r->self, 0, "%s: %s", r->name, strerror(errno));
        r->fault = true;
        return false;
    case HP_INPUT_END:
        break;
    }
    return false;
}

static void
answer_all(run *r, FILE *from)
{
    hp_input input;
    size_t n = 0;

    do {
        input = hp_input_line_of(from, r->line, HP_RULES_LINE, &n);
        r->number++;
    } while (take_line(r, input, n));
    if (input == HP_INPUT_END && r->number == 1) {
        hp_cli_say(r->self, 0, "%s: no line", r->name);
        r->wrong = true;
    }
}

static void
run_over(run *r, FILE *from)
{
    void *memory = malloc(HP_RULES_ARENA);

    r->line = malloc(HP_RULES_LINE);
    if (r->line != NULL && memory != NULL) {
        r->arena = hp_arena_over(memory, HP_RULES_ARENA);
        answer_all(r, from);
        hp_wipe(r->line, HP_RULES_LINE);
    } else {
        r->fault = true;
        hp_cli_say(r->self, 0, "out of memory");
    }
    free(r->line);
    free(memory);
}

int
hp_rules_lines(const hp_cli_command *self, const char *path, hp_rules_answer *answer,
               void *context)
{
    run r = { .self = self, .name = path == NULL ? "standard input" : path,
              .answer = answer, .context = context };
    FILE *from = path == NULL ? stdin : fopen(path, "re");

    if (from == NULL)
        return hp_cli_say(self, HP_EXIT_FAULT, "%s: %s", path, strerror(errno));
    run_over(&r, from);
    if (from != stdin)
        (void)fclose(from);
    return r.fault ? HP_EXIT_FAULT : r.wrong ? HP_EXIT_REFUSED : HP_EXIT_OK;
}

/* ---- rules ---------------------------------------------------------------- */

static void
tell_open(void *context, const char *what)
{
    hp_cli_say(context, 0, "note: %s", what);
}

hp_ruleset *
hp_rules_load(const hp_cli_command *self, const char *rules, const char *value_sets,
              hp_watch *watch)
{
    hp_ruleset *set = hp_ruleset_new();
    hp_watch own = { NULL, 0, false }, *note = watch != NULL ? watch : &own;
    hp_error error = { "out of memory" };
    void *context = (void *)(uintptr_t)self; /* given back as it is */
    bool good;

    good = set != NULL && hp_ruleset_add(set, rules, 0, note, tell_open, context, &error) &&
        (value_sets == NULL ||
         hp_ruleset_add(set, value_sets, 0, note, tell_open, context, &error)) &&
        hp_ruleset_close(set, &error);
    hp_watch_free(&own);
    if (good)
        return set;
    hp_ruleset_free(set);
    hp_cli_say(self, 0, "%s", error.text);
    return NULL;
}

void
hp_rules_version(hp_version version, char text[HP_VERSION_TEXT])
{
    snprintf(text, HP_VERSION_TEXT, "%u.%u.%u", version.major, version.minor, version.patch);
}

const char *
hp_rules_result_name(hp_rule_result result)
{
    switch (result) {
    case HP_RESULT_PASSED:
        return "passed";
    case HP_RESULT_FAILED:
        return "failed";
    case HP_RESULT_OPEN:
        break;
    }
    return "open";
}

bool
hp_rules_is_country(const char *text)
{
    return text[0] >= 'A' && text[0] <= 'Z' && text[1] >= 'A' && text[1] <= 'Z' && text[2] == '\0';
}
