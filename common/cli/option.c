/* The one option parser, and the help that it can give; see cli.h. */
#include "cli/cli.h"

#include "base/time.h"

#include <errno.h>
#include <stdlib.h>

#define OPTIONS_MAX 64 /* rows in one command's table */
#define INDENT      26 /* where the help's words begin */
#define TIME_MAX    64 /* characters of a time, with more decimals than anybody needs */

typedef struct {
    const hp_cli_command *self;
    char **argv;
    int argc, next;
    unsigned char *choices;
    hp_cli_texts *operands;
    bool seen[OPTIONS_MAX];
} parser;

static bool
append(hp_cli_texts *texts, const char *text)
{
    const char **more = realloc(texts->text, (texts->n + 1) * sizeof(*more));

    if (more == NULL)
        return false;
    more[texts->n++] = text;
    texts->text = more;
    return true;
}

void
hp_cli_texts_free(hp_cli_texts *texts)
{
    free(texts->text);
    *texts = (hp_cli_texts){ NULL, 0 };
}

/* ---- help ----------------------------------------------------------------- */

static void
print_help(const hp_cli_command *self)
{
    const hp_cli_option *o;
    int used;

    printf("usage: healthpassctl %s %s\n\n%s.\n\n", self->name, self->usage, self->summary);
    for (o = self->options; o->name != NULL; o++) {
        used = printf("  %s%s%s", o->name, o->value == NULL ? "" : " ",
                      o->value == NULL ? "" : o->value);
        printf("%*s%s\n", used < INDENT ? INDENT - used : 1, "", o->help);
    }
    if (self->notes != NULL)
        printf("\n%s", self->notes);
    if (self->more_help != NULL)
        self->more_help(stdout);
}

/* ---- values --------------------------------------------------------------- */

static bool
wrong(const parser *p, const hp_cli_option *o, const char *value, const char *expected)
{
    hp_cli_say(p->self, 0, "%s %s: expected %s", o->name, value, expected);
    return false;
}

/* RFC 3339, 5.6: "T" and "Z" may also be lower case. */
static bool
read_time(const char *value, double *t)
{
    uint8_t text[TIME_MAX];
    size_t i, n = strlen(value);

    if (n > sizeof(text))
        return false;
    for (i = 0; i < n; i++)
        text[i] = value[i] == 't' || value[i] == 'z' ? (uint8_t)(value[i] - 'a' + 'A')
                                                     : (uint8_t)value[i];
    return hp_time_read((hp_str){ text, n }, false, t) && *t >= 0 && *t <= HP_TIME_LAST;
}

static bool
set_time(const parser *p, const hp_cli_option *o, const char *value)
{
    double t;

    if (!read_time(value, &t))
        return wrong(p, o, value, "RFC 3339 between 1970 and 9999, as 2021-07-01T12:00:00Z");
    memcpy(p->choices + o->at, &t, sizeof(t));
    return true;
}

static bool
set_number(const parser *p, const hp_cli_option *o, const char *value)
{
    char *end, expected[64];
    long number;

    errno = 0;
    number = strtol(value, &end, 10);
    if (end == value || *end != '\0' || errno != 0 || number < o->min || number > o->max ||
        strchr(" +\t\n\v\f\r", value[0]) != NULL) {
        snprintf(expected, sizeof(expected), "a number from %ld to %ld", o->min, o->max);
        return wrong(p, o, value, expected);
    }
    memcpy(p->choices + o->at, &number, sizeof(number));
    return true;
}

static bool
set_choice(const parser *p, const hp_cli_option *o, const char *value)
{
    char expected[256] = "";
    size_t used = 0;
    int i;

    for (i = 0; o->words[i] != NULL; i++) {
        if (strcmp(o->words[i], value) == 0) {
            memcpy(p->choices + o->at, &i, sizeof(i));
            return true;
        }
        if (used < sizeof(expected))
            used += (size_t)snprintf(expected + used, sizeof(expected) - used, "%s%s",
                                     i == 0 ? "" : " | ", o->words[i]);
    }
    return wrong(p, o, value, expected);
}

static bool
set(const parser *p, const hp_cli_option *o, const char *value)
{
    unsigned char *at = p->choices + o->at;
    bool yes = true;

    switch (o->kind) {
    case HP_CLI_FLAG:
        memcpy(at, &yes, sizeof(yes));
        return true;
    case HP_CLI_TEXT:
        memcpy(at, &value, sizeof(value));
        return true;
    case HP_CLI_TEXTS:
        return append((hp_cli_texts *)(void *)at, value);
    case HP_CLI_TIME:
        return set_time(p, o, value);
    case HP_CLI_NUMBER:
        return set_number(p, o, value);
    case HP_CLI_CHOICE:
        return set_choice(p, o, value);
    }
    return false;
}

double
hp_cli_duration(const char *text, double least, double most)
{
    static const char units[] = "smhd";
    static const double worth[] = { 1, 60, 3600, 86400 };
    size_t n = strspn(text, "0123456789");
    const char *unit = n > 0 && n < 8 && text[n] != '\0' && text[n + 1] == '\0'
                           ? strchr(units, text[n]) : NULL;
    double t = unit != NULL ? strtod(text, NULL) * worth[unit - units] : -1;

    return t >= least && t <= most ? t : -1;
}

/* ---- the walk ------------------------------------------------------------- */

/* The row whose name is the first n characters of word; NULL when there is none. */
static const hp_cli_option *
find(const hp_cli_option *o, const char *word, size_t n)
{
    for (; o->name != NULL; o++) {
        if (strlen(o->name) == n && strncmp(o->name, word, n) == 0)
            return o;
    }
    return NULL;
}

/* Takes "--name", "--name value", "--name=value" or "-o value". */
static bool
take_option(parser *p, const char *word)
{
    size_t n = word[1] == '-' ? strcspn(word, "=") : strlen(word);
    const hp_cli_option *o = find(p->self->options, word, n);
    const char *value = word[n] == '=' ? word + n + 1 : NULL;
    size_t row;

    if (o == NULL) {
        hp_cli_say(p->self, 0, "unknown option %s", word);
        return false;
    }
    row = (size_t)(o - p->self->options);
    if (p->seen[row] && o->kind != HP_CLI_TEXTS) {
        hp_cli_say(p->self, 0, "%s is given twice", o->name);
        return false;
    }
    p->seen[row] = true;
    if (o->kind == HP_CLI_FLAG && value != NULL) {
        hp_cli_say(p->self, 0, "%s takes no value", o->name);
        return false;
    }
    if (o->kind != HP_CLI_FLAG && value == NULL && p->next < p->argc)
        value = p->argv[p->next++];
    if (o->kind != HP_CLI_FLAG && (value == NULL || *value == '\0')) {
        hp_cli_say(p->self, 0, "%s needs a value: %s", o->name, o->value);
        return false;
    }
    return set(p, o, value);
}

static bool
take_operand(const parser *p, const char *word)
{
    if (p->self->operands)
        return append(p->operands, word);
    hp_cli_say(p->self, 0, "unexpected %s", word);
    return false;
}

/* Options may stand anywhere before "--"; a lone "-" is an operand. */
static bool
walk(parser *p, bool *help)
{
    bool plain = false, ok = true;
    const char *word;

    while (ok && !*help && p->next < p->argc) {
        word = p->argv[p->next++];
        if (plain || word[0] != '-' || word[1] == '\0')
            ok = take_operand(p, word);
        else if (strcmp(word, "--") == 0)
            plain = true;
        else if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)
            *help = true;
        else
            ok = take_option(p, word);
    }
    return ok;
}

bool
hp_cli_parse(const hp_cli_command *self, int argc, char **argv, void *choices,
             hp_cli_texts *operands, int *status)
{
    parser p = { .self = self, .argv = argv, .argc = argc, .next = 1,
                 .choices = choices, .operands = operands };
    bool help = false, ok = walk(&p, &help);

    if (ok && !help)
        return true;
    if (ok)
        print_help(self);
    else
        fprintf(stderr, "Try: healthpassctl %s --help\n", self->name);
    *status = ok ? HP_EXIT_OK : HP_EXIT_USAGE;
    return false;
}
