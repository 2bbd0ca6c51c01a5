/*
 * rules eval: evaluates CertLogic expressions, for people who write or test rules.
 *
 * One line, one answer.  An error of the language is an answer; a line that is no
 * { expr, data } is not.  Needs neither trust nor policy.
 */
#include "cli/rules.h"

#include "codec/json_node.h"
#include "rules/value_json.h"

static const hp_cli_option options[] = {
    { .name = NULL },
};

static bool
evaluate(const hp_logic *logic, const hp_node *data, hp_arena *arena, hp_json **answer,
         hp_error *error)
{
    hp_json *json = NULL;
    hp_value value;
    bool good = hp_logic_eval(logic, data, arena, &value);

    if (good && (json = hp_value_json(&value)) == NULL) {
        hp_error_set(error, "the value is nested too deep to be printed, or memory ran out");
        return false;
    }
    *answer = hp_json_object();
    if (good)
        hp_json_set(*answer, "value", json);
    else
        hp_json_set_bool(*answer, "error", true);
    return true;
}

static bool
answer_line(void *context, const hp_json *line, hp_arena *arena, hp_json **answer,
            hp_error *error)
{
    const hp_json *expr = hp_json_get(line, "expr"), *data = hp_json_get(line, "data");
    const hp_node *node = NULL;
    hp_logic *logic;
    hp_error why;
    bool good;

    (void)context;
    if (expr == NULL) {
        hp_error_set(error, "expected a member expr");
        return false;
    }
    logic = hp_logic_compile(expr, &why);
    if (logic == NULL) {
        hp_error_set(error, "expr is not well-formed: %s", why.text);
        return false;
    }
    good = data == NULL || hp_json_node(data, arena, &node);
    if (good)
        good = evaluate(logic, node, arena, answer, error);
    else
        hp_error_set(error, "data does not fit into memory");
    hp_logic_free(logic);
    return good;
}

static int
run(const hp_cli_command *self, int argc, char **argv)
{
    hp_cli_texts files = { NULL, 0 };
    int status;

    if (!hp_cli_parse(self, argc, argv, NULL, &files, &status))
        ;
    else if (files.n > 1)
        status = hp_cli_say(self, HP_EXIT_USAGE, "expected one FILE");
    else
        status = hp_rules_lines(self, files.n == 0 ? NULL : files.text[0], answer_line, NULL);
    hp_cli_texts_free(&files);
    return status;
}

const hp_cli_command hp_cli_rules_eval = {
    .name = "rules eval",
    .summary = "Evaluates CertLogic expressions, a line each",
    .usage = "[FILE]",
    .notes = "Each line of FILE, or of standard input, is {\"expr\": ..., \"data\": ...}, and is\n"
             "answered with a line {\"value\": ...} or {\"error\": true}.  A date-time is\n"
             "{\"$dateTime\": \"2021-07-01T00:00:00.000Z\"}.  Needs no trust and no policy.\n"
             "\n"
             "Exit: 0 all were evaluated (an error is a result), 1 a line is no such object, its\n"
             "expr is not well-formed, or there is no line, 2 usage, 3 fault.\n",
    .options = options,
    .operands = true,
    .run = run,
};
