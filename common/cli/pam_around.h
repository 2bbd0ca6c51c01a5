/*
 * What logs people in beside the auth lines of a PAM service: terminals and greeters that log in
 * by themselves, and keys of sshd.
 */
#ifndef HP_CLI_PAM_AROUND_H
#define HP_CLI_PAM_AROUND_H

#include "base/str.h"

typedef struct {
    const char *root; /* below which the system's files are looked for; "" for this one's */
    /* Has this service an auth line of ours? */
    bool (*asks)(void *with, const char *service);
    /* What was found, in which line of which file. */
    void (*tell)(void *with, const char *file, size_t line, const char *text);
    void *with;
} hp_pam_around;

/* Looks at the files that concern the service; what is not there concerns nobody. */
void hp_pam_around_look(const hp_pam_around *around, const char *service);

/* ---- pure, over the text of one file ------------------------------------------- */

/* What sshd_config says of who asks PAM; 0 where a line is said not to be there. */
typedef struct {
    size_t line;
    char value[64];
} hp_sshd_word;

typedef struct {
    hp_sshd_word pam, interactive, password, keys;
    size_t bare_line; /* a list of AuthenticationMethods without keyboard-interactive */
    bool methods;     /* is there a list for everybody? */
    bool match;       /* is what is included now for some only? */
} hp_sshd_says;

/*
 * Takes what the text says, the first word of each keyword counting; *include has the pattern of
 * each Include line, one call a line, in the order of the file.
 */
void hp_sshd_read(hp_str text, hp_sshd_says *says,
                  void (*include)(void *with, const char *pattern), void *with);

#endif
