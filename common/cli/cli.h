/*
 * healthpassctl: what its commands share.
 *
 * A command is one row: what it is called, what it takes, what runs it.  Options are
 * rows too, read by the one parser in option.c: an unknown option, one given twice,
 * one without its value and a number with a tail are errors.
 */
#ifndef HP_CLI_CLI_H
#define HP_CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

#include "base/str.h"

/* Exit codes: an interface that scripts rely on. */
enum { HP_EXIT_OK = 0, HP_EXIT_REFUSED = 1, HP_EXIT_USAGE = 2, HP_EXIT_FAULT = 3 };

typedef enum {
    HP_CLI_FLAG,  /* bool */
    HP_CLI_TEXT,  /* const char *, NULL when not given */
    HP_CLI_TEXTS, /* hp_cli_texts: may be given more than once */
    HP_CLI_TIME,  /* double, seconds since 1970 UTC; the caller's default when not given */
    HP_CLI_NUMBER, /* long between min and max; the caller's default when not given */
    HP_CLI_CHOICE /* int: which of the words; the caller's default when not given */
} hp_cli_kind;

typedef struct {
    const char **text;
    size_t n;
} hp_cli_texts;

typedef struct {
    const char *name;  /* as typed: "--at", "-o"; NULL ends the table */
    const char *value; /* what the value is called in the help; NULL for a flag */
    const char *help;
    size_t at; /* offset in the command's choices */
    hp_cli_kind kind;
    long min, max;            /* HP_CLI_NUMBER */
    const char *const *words; /* HP_CLI_CHOICE, ended by NULL */
} hp_cli_option;

typedef struct hp_cli_command hp_cli_command;

struct hp_cli_command {
    const char *name;    /* as typed, one word or two: "check", "trust import" */
    const char *summary;
    const char *usage;   /* after "healthpassctl NAME " */
    const char *notes;   /* below the options; NULL for none */
    const hp_cli_option *options;
    bool operands;       /* does it take anything but options? */
    void (*more_help)(FILE *to); /* below the notes; NULL for none */
    int (*run)(const hp_cli_command *self, int argc, char **argv);
};

extern const hp_cli_command hp_cli_check, hp_cli_init, hp_cli_keygen, hp_cli_issue,
    hp_cli_trust_import, hp_cli_trust_list, hp_cli_trust_export, hp_cli_trust_update,
    hp_cli_status, hp_cli_override, hp_cli_rules_new, hp_cli_rules_check, hp_cli_rules_list,
    hp_cli_rules_eval, hp_cli_rules_decide, hp_cli_rules_import, hp_cli_rules_explain,
    hp_cli_revoke_add, hp_cli_revoke_remove, hp_cli_revoke_list, hp_cli_revoke_build,
    hp_cli_revoke_status, hp_cli_revoke_update, hp_cli_revoke_follow, hp_cli_revoke_share,
    hp_cli_ledger_top, hp_cli_bind, hp_cli_recheck, hp_cli_pam_check, hp_cli_pam_try,
    hp_cli_clearance_key, hp_cli_clearance_issue;

/*
 * Reads argv (which starts with the command's name) into choices, and what is no
 * option into *operands.  False when the command is not to run: --help was answered, or
 * a message went to standard error; *status is the exit code then.
 */
bool hp_cli_parse(const hp_cli_command *self, int argc, char **argv, void *choices,
                  hp_cli_texts *operands, int *status);

/* Seconds: digits and one of s, m, h, d; -1: anything else, or not within bounds. */
double hp_cli_duration(const char *text, double least, double most);

/* Frees the list (the texts are argv's). */
void hp_cli_texts_free(hp_cli_texts *texts);

/* "healthpassctl NAME: message" on standard error, safe as below, and status back. */
int hp_cli_say(const hp_cli_command *self, int status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * Makes a file that must not exist yet, with exactly this mode, and writes n bytes to
 * it.  gid -1 leaves the group alone.  False with errno set; then no file of ours is left.
 */
bool hp_cli_make(const char *path, mode_t mode, gid_t gid, const void *bytes, size_t n);

/*
 * Writes n bytes to PATH.new and puts that in the file's place: whoever reads the file sees
 * the old one or the new one.  What a killed run left at PATH.new is overwritten.  Signals wait
 * meanwhile: an interrupted run leaves no file behind.  One writer at a time.  False with errno
 * set.
 */
bool hp_cli_replace(const char *path, mode_t mode, const void *bytes, size_t n);

/*
 * The same with mode, owner and group of the file that it replaces.  A new one has this mode, and
 * the group of its folder where we may give it that.
 */
bool hp_cli_renew(const char *path, mode_t mode, const void *bytes, size_t n);

/* Is the file root's, and can nobody else read it?  What is not there is open enough. */
bool hp_cli_is_closed(const char *path);

/* Of such a file says that not all gates see what was written; true when it did. */
bool hp_cli_warn_closed(const hp_cli_command *self, const char *path);

/* Makes the folder of the file, if it is the only one that is missing. */
void hp_cli_make_folder(const char *path);

/* The path with the suffix; the caller's to free, NULL when memory ran out. */
char *hp_cli_path_with(const char *path, const char *suffix);

/* Joins folder and name; the caller's to free, NULL when memory ran out. */
char *hp_cli_path(const char *folder, const char *name, const char *suffix);

/* Seconds since 1970, now. */
double hp_cli_now(void);

/*
 * Writes a text of unknown origin (a name, a path, an option) in its own script, with '?' for
 * whatever a terminal would obey; of one that is no UTF-8 only the ASCII.
 */
void hp_cli_put_safe(hp_str text, FILE *to);

#endif
