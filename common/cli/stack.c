/* Reading a PAM service with what it includes; see stack.h. */
#include "cli/stack.h"

#include "base/file.h"
#include "cli/cli.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#define FILE_MAX_BYTES (256 * 1024)
#define NESTED         16 /* as libpam's PAM_SUBSTACK_MAX_LEVEL */
#define ENTRIES        4096

typedef struct {
    const hp_stack_places *places;
    hp_stack *stack;
    bool failed; /* memory ran out, or there are too many lines */
} loader;

/* Where a file is read on behalf of a line. */
typedef struct {
    hp_stack_type type; /* whose lines are wanted */
    unsigned depth, level;
} place;

static bool load_file(loader *l, const char *name, place at, hp_error *error);

const char *
hp_stack_module(const hp_stack_entry *entry)
{
    const char *path = entry->line.module == NULL ? "" : entry->line.module;
    const char *slash = strrchr(path, '/');

    return slash == NULL ? path : slash + 1;
}

bool
hp_stack_is_ours(const hp_stack_entry *entry)
{
    return entry->line.kind == HP_STACK_MODULE &&
        strcmp(hp_stack_module(entry), HP_STACK_OURS) == 0;
}

bool
hp_stack_is_service(const char *name)
{
    return name[0] != '.' && name[0] != '\0' && strchr(name, '/') == NULL &&
        strlen(name) <= NAME_MAX;
}

/* A new entry at the end; NULL when there is no room for it. */
static hp_stack_entry *
add(loader *l, const char *file, unsigned level)
{
    hp_stack *s = l->stack;
    hp_stack_entry **more = NULL, *entry = NULL;

    if (s->n < ENTRIES)
        more = realloc(s->entries, (s->n + 1) * sizeof(hp_stack_entry *));
    if (more != NULL) {
        s->entries = more;
        entry = calloc(1, sizeof(*entry));
    }
    if (entry == NULL) {
        l->failed = true;
        return NULL;
    }
    *entry = (hp_stack_entry){ .file = file, .level = level };
    return s->entries[s->n++] = entry;
}

/* The stack's own copy of a file's name. */
static const char *
keep(loader *l, const char *path)
{
    hp_stack *s = l->stack;
    char **more = realloc(s->files, (s->n_files + 1) * sizeof(*more));

    if (more != NULL) {
        s->files = more;
        more[s->n_files] = strdup(path);
    }
    if (more == NULL || more[s->n_files] == NULL) {
        l->failed = true;
        return NULL;
    }
    return more[s->n_files++];
}

/* A line that is not what was asked for goes; one that includes brings its file in its place. */
static void
settle(loader *l, place at)
{
    hp_stack_entry *entry = l->stack->entries[l->stack->n - 1];
    hp_stack_line *line = &entry->line;
    bool all = line->type == HP_STACK_ANY;
    hp_error error;

    if (all)
        line->type = at.type;
    if (at.type != HP_STACK_ANY && line->type != at.type) {
        free(entry);
        l->stack->n--;
        return;
    }
    if (line->kind != HP_STACK_INCLUDE && line->kind != HP_STACK_SUBSTACK)
        return;
    at = (place){ line->type, at.depth + 1, at.level + (line->kind == HP_STACK_SUBSTACK) };
    if (load_file(l, line->module, at, &error))
        return;
    hp_stack_break(line, "includes a file that cannot be read");
}

static void
take_lines(loader *l, const char *path, hp_str text, place at)
{
    hp_stack_reader reader = { text, 0 };
    const char *file = keep(l, path);
    hp_stack_entry *entry;

    while (!l->failed && (entry = add(l, file, at.level)) != NULL) {
        if (!hp_stack_read(&reader, &entry->line)) {
            free(entry);
            l->stack->n--;
            return;
        }
        settle(l, at);
    }
}

/* The file's text; links are followed, as libpam does. */
static bool
read_text(const char *path, hp_bytes *text, hp_error *error)
{
    char real[PATH_MAX];

    if (realpath(path, real) == NULL) {
        hp_error_set(error, "%s: %s", path, strerror(errno));
        return false;
    }
    return hp_file_read(real, 0, FILE_MAX_BYTES, text, NULL, error);
}

static bool
load_path(loader *l, const char *path, place at, hp_error *error)
{
    hp_bytes text;

    if (!read_text(path, &text, error))
        return false;
    take_lines(l, path, (hp_str){ text.p, text.n }, at);
    hp_bytes_free(&text);
    return true;
}

static bool
load_file(loader *l, const char *name, place at, hp_error *error)
{
    bool loaded = false;
    size_t i;

    hp_error_set(error, "%s: there is no such service", name);
    if (at.depth >= NESTED)
        return false;
    if (name[0] == '/')
        return load_path(l, name, at, error);
    for (i = 0; !loaded && i < 2 && l->places->folder[i] != NULL; i++) {
        char *path = hp_cli_path(l->places->folder[i], name, "");

        if (path != NULL && (access(path, F_OK) == 0 || i == 0))
            loaded = load_path(l, path, at, error);
        free(path);
    }
    return loaded;
}

bool
hp_stack_load(const hp_stack_places *places, const char *service, hp_stack *stack, hp_error *error)
{
    loader l = { places, stack, false };

    *stack = (hp_stack){ NULL, 0, NULL, 0 };
    if (!load_file(&l, service, (place){ HP_STACK_ANY, 0, 0 }, error))
        return false;
    if (l.failed)
        hp_error_set(error, "%s: has too many lines", service);
    return !l.failed;
}

void
hp_stack_free(hp_stack *stack)
{
    size_t i;

    for (i = 0; i < stack->n; i++)
        free(stack->entries[i]);
    for (i = 0; i < stack->n_files; i++)
        free(stack->files[i]);
    free(stack->entries);
    free(stack->files);
    *stack = (hp_stack){ NULL, 0, NULL, 0 };
}
