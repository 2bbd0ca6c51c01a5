/*
 * A PAM service with all that it includes, as one row of lines; and how it would decide.
 * hp_stack_load() reads files; the walks are pure.
 */
#ifndef HP_CLI_STACK_H
#define HP_CLI_STACK_H

#include "base/error.h"
#include "cli/stack_line.h"

#define HP_STACK_OURS "pam_healthpass.so"

typedef struct {
    const char *file; /* the stack's */
    unsigned level;   /* in how many substacks it is */
    hp_stack_line line;
} hp_stack_entry;

typedef struct {
    hp_stack_entry **entries;
    size_t n;
    char **files;
    size_t n_files;
} hp_stack;

/* Where services are looked for, in this order. */
typedef struct {
    const char *folder[2]; /* NULL: none */
} hp_stack_places;

/*
 * Reads the service; what it includes and cannot be read is a broken line of it.  False with
 * *error when its own file cannot be; end with hp_stack_free() in any case.
 */
bool hp_stack_load(const hp_stack_places *places, const char *service, hp_stack *stack,
                   hp_error *error);
void hp_stack_free(hp_stack *stack);

/* Is this the name of a service: a file of the folder, and no path? */
bool hp_stack_is_service(const char *name);

/* Is the line one of our module's? */
bool hp_stack_is_ours(const hp_stack_entry *entry);

/* The module's file without folders. */
const char *hp_stack_module(const hp_stack_entry *entry);

/* ---- how a stack decides: pam_dispatch.c --------------------------------------- */

#define HP_STACK_MOST 256 /* lines of one type that are walked */

/* The lines of one type, in their order. */
typedef struct {
    hp_stack_type type;
    const hp_stack_entry *entry[HP_STACK_MOST];
    size_t n;
    bool cut; /* there are more */
} hp_stack_row;

void hp_stack_row_of(const hp_stack *stack, hp_stack_type type, hp_stack_row *row);

/* What libpam makes of these answers, one a line of the row: does the phase succeed? */
bool hp_stack_decide(const hp_stack_row *row, const int *answers);

/*
 * A way in: a line that leads past ours, though ours was not asked.  It is meant where the module
 * only looks at who or where it is and jumps (pam_succeed_if), where such a one jumps over the
 * line for all others, and where root is let by (pam_rootok): somebody wanted that.
 * In the account phase new_authtok_reqd leads in, too: programs let in whoever then has chosen
 * another password.
 */
typedef struct {
    size_t line; /* of the row */
    size_t past; /* the first line of ours that is left out */
    int code;    /* the answer that does it */
    bool meant;
} hp_stack_way;

/* Finds at most max ways, at most one a line; their number. */
size_t hp_stack_ways(const hp_stack_row *row, hp_stack_way *ways, size_t max);

/* Does anybody get in whose pass is good? */
bool hp_stack_lets_in(const hp_stack_row *row);

/* Is a refusal by the line of ours forgotten further down?  Row's n when not. */
size_t hp_stack_forgets(const hp_stack_row *row);

#endif
