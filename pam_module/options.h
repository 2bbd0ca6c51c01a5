/*
 * options.h: the words after pam_healthpass.so on a line of a PAM service.
 */
#ifndef HP_PAM_OPTIONS_H
#define HP_PAM_OPTIONS_H

#include "hp.h"

/* Characters of a language tag, RFC 5646 4.4.1. */
#define HP_PAM_TAG 35

/* For whom a pass is shown: the login name and its terminal, or the name alone. */
typedef enum { HP_PAM_BY_TERMINAL, HP_PAM_BY_LOGIN } hp_pam_by;

/* How many may show one pass.  terms.limit 0: nobody counts. */
typedef struct {
    hp_use_terms terms;
    hp_pam_by by;
} hp_pam_reuse;

/* Were uses counted as is asked?  Who asks for no count is content with any. */
bool hp_pam_reuse_meets(const hp_pam_reuse *asked, const hp_pam_reuse *was);

typedef enum { HP_PAM_AT_TTY, HP_PAM_AT_RHOST, HP_PAM_AT_USER } hp_pam_at;

/* So many passes may be refused there within so many seconds.  n 0: without end. */
typedef struct {
    unsigned int n, window;
    hp_pam_at at;
} hp_pam_limit;

/* Where a pass may come from. */
typedef enum { HP_PAM_SOCKET, HP_PAM_DEVICE, HP_PAM_PROMPT } hp_pam_source;
#define HP_PAM_SOURCES 3

/* In this order; the prompt, which is always there, can be the last only. */
typedef struct {
    hp_pam_source list[HP_PAM_SOURCES];
    unsigned n;
} hp_pam_sources;

/* Without an auth phase: nobody, or who has a session here that holds (HP_PAM_NOAUTH_RECORD). */
typedef enum { HP_PAM_NOAUTH_DENY, HP_PAM_NOAUTH_RECORD } hp_pam_noauth;

/* Texts borrow from the argument list, which libpam keeps as long as its handle. */
typedef struct {
    const char *policy;      /* absolute path */
    const char *rules;       /* the named set of rules; NULL: the policy's */
    const char *prompt;      /* one line, printable; NULL: ours, in the person's language */
    const char *socket;      /* absolute path, of a scan helper */
    const char *socket_user; /* who may listen there beside root; NULL: nobody */
    const char *device;      /* absolute path, of a serial scanner */
    const char *layout;      /* of the keyboard that a scanner types on; NULL: it is not undone */
    hp_pam_sources sources;
    const char *match;       /* "none", "gecos" or "file:PATH"; never left out */
    const char *lang;        /* that the person is spoken to in; NULL: the locale's */
    unsigned int timeout;    /* seconds that one scan may take */
    unsigned int tries;      /* scans in one call */
    unsigned int fail_delay; /* seconds */
    hp_pam_reuse reuse;
    hp_pam_limit limit;
    hp_pam_noauth noauth;
    unsigned int max_session; /* seconds; 0: as long as the pass lasts */
    hp_expiry on_expiry;
    bool echo, quiet, debug; /* echo: what is typed at the prompt is shown */
} hp_pam_options;

/*
 * Reads all options, defaults included.  False when a word is unknown, given twice,
 * malformed, missing or not supported by this build; then *error names it, and *o
 * holds what was read so far.
 */
bool hp_pam_options_read(hp_pam_options *o, int argc, const char **argv,
                         hp_error *error);

/* Must the pass name the person who logs in? */
bool hp_pam_options_bind(const hp_pam_options *o);

/* The file that says whose pass opens which login; NULL where none does. */
const char *hp_pam_options_holders(const hp_pam_options *o);

#endif
