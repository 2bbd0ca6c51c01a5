/*
 * Which deny list a command is about, and how it is changed: a file, or a list in Redis, of which
 * this machine has a copy.
 */
#ifndef HP_CLI_DENY_WHERE_H
#define HP_CLI_DENY_WHERE_H

#include "cli/deny_file.h"
#include "cli/shared.h"
#include "policy/settings.h"

typedef struct {
    char *path;    /* the file; of a list in Redis the copy */
    char *shared;  /* where in Redis, as the policy says it; NULL: the file is the list */
    char *heard;   /* the note beside the copy */
    hp_ledger_place place;
    char *auth;    /* the file that the secret was read from; NULL: none is needed */
    char *secret;
} hp_deny_where;

/* That of the settings, which name one.  False with *error; hp_deny_where_free() in any case. */
bool hp_deny_where_of(hp_deny_where *where, const hp_settings *settings, hp_error *error);

/* The file at path; false when memory runs out. */
bool hp_deny_where_file(hp_deny_where *where, const char *path);
void hp_deny_where_free(hp_deny_where *where);

/* What the operator calls it: the place in Redis, or the path. */
const char *hp_deny_where_name(const hp_deny_where *where);

/* NULL with *error, which says that this machine's copy is what it was. */
hp_redis *hp_deny_where_open(const hp_deny_where *where, hp_error *error);

/* Reads the list itself, wherever it is, to be shown.  NULL with *error. */
hp_deny *hp_deny_where_read(const hp_deny_where *where, hp_error *error);

/* What is to become of blocks; asked again when somebody else was faster. */
typedef enum { HP_EDIT_WRITE, HP_EDIT_LEAVE, HP_EDIT_FAILED /* no memory */ } hp_edit;
typedef hp_edit hp_deny_edit(void *context, hp_blocks *blocks);

/* What came of it. */
typedef struct {
    hp_edit edit;  /* HP_EDIT_LEAVE: nothing was changed */
    bool is_new;   /* there was no file */
    bool from_copy; /* Redis had none: it was begun anew from this machine's copy */
} hp_deny_changed;

/*
 * Changes the list.  True with HP_EDIT_WRITE in *changed: it is on the disk, or Redis has it.
 * False with *error: nothing was changed, unless that says otherwise.
 */
bool hp_deny_where_change(const hp_deny_where *where, hp_deny_edit *edit, void *context,
                          double now, hp_deny_changed *changed, hp_error *error);

/*
 * Puts blocks into Redis in place of whatever is there, as the newest list: number *number.  False
 * with *error, as above.
 */
bool hp_deny_where_replace(const hp_deny_where *where, const hp_blocks *blocks, double now,
                           uint64_t *number, hp_error *error);

#endif
