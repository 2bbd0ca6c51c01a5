/*
 * One line of a PAM service, joined and cut into words as libpam does: Linux-PAM 1.5,
 * pam_handlers.c and pam_misc.c, with Debian's @include.  A pure function over text.
 */
#ifndef HP_CLI_STACK_LINE_H
#define HP_CLI_STACK_LINE_H

#include "base/str.h"

#define HP_STACK_LINE  1024 /* characters that libpam takes, with the zero behind them */
#define HP_STACK_WORDS (HP_STACK_LINE / 2)

/* libpam's answers by their numbers, as [value=action] names them. */
#define HP_STACK_CODES 32
enum {
    HP_STACK_SUCCESS = 0,
    HP_STACK_NEW_AUTHTOK = 12, /* new_authtok_reqd */
    HP_STACK_IGNORE = 25,
    HP_STACK_INCOMPLETE = 31
};

/* What a line does with an answer; a number above zero jumps over so many lines. */
enum {
    HP_STACK_PASSES_BY = 0, /* ignore */
    HP_STACK_OK = -1,
    HP_STACK_DONE = -2,
    HP_STACK_BAD = -3,
    HP_STACK_DIE = -4,
    HP_STACK_RESET = -5
};

typedef enum {
    HP_STACK_AUTH,
    HP_STACK_ACCOUNT,
    HP_STACK_SESSION,
    HP_STACK_PASSWORD,
    HP_STACK_ANY /* of @include: all of them */
} hp_stack_type;

typedef enum {
    HP_STACK_MODULE,
    HP_STACK_INCLUDE,
    HP_STACK_SUBSTACK,
    HP_STACK_BROKEN /* libpam takes it for a module that always fails */
} hp_stack_kind;

typedef struct {
    size_t number; /* of its first line in the file, from 1 */
    hp_stack_type type;
    hp_stack_kind kind;
    int actions[HP_STACK_CODES];
    const char *control; /* as written, without brackets; NULL where there is none */
    const char *module;  /* or the file that is included; NULL of some that are broken */
    const char *argv[HP_STACK_WORDS];
    int argc;
    const char *wrong; /* of HP_STACK_BROKEN: what */
    char text[HP_STACK_LINE];
} hp_stack_line;

typedef struct {
    hp_str rest;
    size_t number; /* of lines before the rest */
} hp_stack_reader;

/* Reads the next line that is not empty; false after the last one.  Pointers lead into *line. */
bool hp_stack_read(hp_stack_reader *from, hp_stack_line *line);

/* Makes the line one that libpam takes for a module that fails. */
void hp_stack_break(hp_stack_line *line, const char *why);

/* The name of an answer, and of a type. */
const char *hp_stack_code(int code);
const char *hp_stack_type_name(hp_stack_type type);

#endif
