/*
 * rules check: are these documents what the gateway takes and gates read?
 *
 * Each fault is told with file, document and member.  What is found good here is then loaded by
 * the loader of the gates, which has the last word; all files together must agree, too.
 */
#include "cli/rules.h"
#include "cli/rules_schema.h"

#include <stdlib.h>

static const hp_cli_option options[] = {
    { .name = NULL },
};

typedef struct {
    const hp_cli_command *self;
    const char *path;
    size_t number; /* of the document in its file; 0: it is the only one */
    hp_str identifier; /* of the document; .p is NULL when it has none */
    bool wrong, fault;
} checker;

static void
put_place(const checker *c)
{
    hp_cli_put_safe(hp_str_of(c->path), stdout);
    if (c->number > 0)
        printf(", document %zu", c->number);
    if (c->identifier.p != NULL) {
        fputs(" (", stdout);
        hp_cli_put_safe(c->identifier, stdout);
        putchar(')');
    }
    fputs(": ", stdout);
}

static void
tell_fault(void *context, const char *member, const char *expected)
{
    checker *c = context;

    put_place(c);
    hp_cli_put_safe(hp_str_of(member), stdout);
    fputs(": ", stdout);
    hp_cli_put_safe(hp_str_of(expected), stdout);
    putchar('\n');
}

/* The loader's words name file and document themselves. */
static void
tell_line(const char *before, const char *text)
{
    fputs(before, stdout);
    hp_cli_put_safe(hp_str_of(text), stdout);
    putchar('\n');
}

static void
tell_note(void *context, const char *what)
{
    (void)context;
    tell_line("note: ", what);
}

/* ---- one file --------------------------------------------------------------------------- */

static bool
check_document(checker *c, const hp_json *document)
{
    if (!hp_rules_is_rule(document))
        return true;
    c->identifier = hp_json_text(hp_json_get(document, "Identifier"));
    return hp_rules_schema(document, tell_fault, c) == 0;
}

static bool
check_documents(checker *c, hp_str text)
{
    hp_json *json;
    hp_error why;
    bool good = true;
    size_t i;

    json = hp_json_load_data(text, HP_RULES_FILE_MAX, &why);
    c->number = 0;
    c->identifier.p = NULL;
    if (json == NULL) {
        put_place(c);
        tell_line("", why.text);
        return false;
    }
    if (hp_json_kind_of(json) != HP_JSON_ARRAY)
        good = check_document(c, json);
    for (i = 0; hp_json_kind_of(json) == HP_JSON_ARRAY && i < hp_json_count(json); i++) {
        c->number = i + 1;
        c->identifier.p = NULL;
        good = check_document(c, hp_json_at(json, i)) && good;
    }
    hp_json_free(json);
    return good;
}

/* Into a set of its own, for the count, or into that of all files. */
static bool
load(checker *c, hp_ruleset *set, hp_str text, bool notes)
{
    hp_error error;

    if (set == NULL) {
        c->fault = true;
        return false;
    }
    if (hp_ruleset_add_text(set, c->path, text, notes ? tell_note : NULL, NULL, &error))
        return true;
    tell_line("", error.text);
    return false;
}

static bool
close_set(hp_ruleset *set)
{
    hp_error error;
    bool good = hp_ruleset_close(set, &error);

    if (!good)
        tell_line("", error.text);
    return good;
}

static bool
check_text(checker *c, hp_str text)
{
    hp_ruleset *set = hp_ruleset_new();
    bool good = check_documents(c, text) && load(c, set, text, true) && close_set(set);

    if (good) {
        hp_cli_put_safe(hp_str_of(c->path), stdout);
        printf(": good, rules: %zu, value sets: %u\n", hp_ruleset_count(set),
               (unsigned)hp_ruleset_value_sets(set)->count);
    }
    hp_ruleset_free(set);
    return good;
}

/* ---- all files --------------------------------------------------------------------------- */

static bool
read_file(checker *c, const char *path, hp_bytes *bytes)
{
    hp_error error;

    c->path = path;
    if (hp_file_read(path, 0, HP_RULES_FILE_MAX, bytes, NULL, &error))
        return true;
    hp_cli_say(c->self, 0, "%s", error.text);
    c->fault = true;
    return false;
}

static void
check_together(checker *c, const hp_cli_texts *files)
{
    hp_ruleset *set = hp_ruleset_new();
    hp_bytes bytes;
    bool good = true;
    size_t i;

    for (i = 0; good && i < files->n; i++) {
        good = read_file(c, files->text[i], &bytes);
        if (good) {
            good = load(c, set, (hp_str){ bytes.p, bytes.n }, false);
            hp_bytes_free(&bytes);
        }
    }
    if (!good || !close_set(set))
        c->wrong = true;
    hp_ruleset_free(set);
}

static int
check_all(const hp_cli_command *self, const hp_cli_texts *files)
{
    checker c = { .self = self };
    hp_bytes bytes;
    size_t i;

    for (i = 0; i < files->n; i++) {
        if (!read_file(&c, files->text[i], &bytes))
            continue;
        if (!check_text(&c, (hp_str){ bytes.p, bytes.n }))
            c.wrong = true;
        hp_bytes_free(&bytes);
    }
    if (files->n > 1 && !c.wrong && !c.fault)
        check_together(&c, files);
    return c.fault ? HP_EXIT_FAULT : c.wrong ? HP_EXIT_REFUSED : HP_EXIT_OK;
}

static int
run(const hp_cli_command *self, int argc, char **argv)
{
    hp_cli_texts files = { NULL, 0 };
    int status;

    if (!hp_cli_parse(self, argc, argv, NULL, &files, &status))
        ;
    else if (files.n == 0)
        status = hp_cli_say(self, HP_EXIT_USAGE, "FILE is missing");
    else
        status = check_all(self, &files);
    hp_cli_texts_free(&files);
    return status;
}

const hp_cli_command hp_cli_rules_check = {
    .name = "rules check",
    .summary = "Checks rule documents and value sets against the gateway's schema",
    .usage = "FILE ...",
    .notes = "Each FILE holds one document or an array of them.  A fault names file, document and\n"
             "member, and what was expected.  A gate is more lenient where the meaning of a rule\n"
             "does not change by it.  note: a rule is sound, and no gate of this version can\n"
             "decide by it.\n"
             "\n"
             "Exit: 0 all are good, 1 some are not, 2 usage, 3 fault (a FILE could not be read).\n",
    .options = options,
    .operands = true,
    .run = run,
};
