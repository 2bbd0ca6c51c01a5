/*
 * What is kept of a login whose pass was accepted: for a minute as evidence, until its other phases
 * have run (pam_healthpass), and then as long as the session lasts, so that it can be judged again.
 *
 * One exception to "keyed ids only": it holds the hashes that the pass would be withdrawn by.  No
 * name, no birth date, no number of a certificate.  Root's text file, mode 0600, below
 * /run/healthpass:
 *
 *     healthpass session 1
 *     uid 1000
 *     judged 1795860000
 *     ...
 *     end
 *     told 60
 *
 * Each word once and in this order, but for the marks before "end"; behind it, what the person was
 * told since, by the number of the reason.  Only that may be cut off: all before it is written at
 * once, or not at all.
 */
#ifndef HP_CHECK_SESSION_H
#define HP_CHECK_SESSION_H

#include "base/process.h"
#include "check/revocation.h"

#include <limits.h>

#define HP_SESSION_WORD 128   /* a service, a terminal; with its closing zero */
#define HP_SESSION_TEXT 20480 /* bytes of a record: paths, and a line for each mark */

/* What is to happen when the pass ends before the session does. */
#define HP_EXPIRIES(X)                     \
    X(WARN, "warn")                        \
    X(LOCK, "lock")                        \
    X(TERMINATE, "terminate")

typedef enum {
#define X(name, word) HP_EXPIRY_##name,
    HP_EXPIRIES(X)
#undef X
    HP_EXPIRIES_END
} hp_expiry;

const char *hp_expiry_word(hp_expiry expiry);
bool hp_expiry_read(hp_str word, hp_expiry *expiry);

typedef struct {
    uint64_t uid;           /* whose login it is */
    uint64_t judged, until; /* seconds since 1970 UTC; until HP_TIME_LAST: no end */
    uint64_t made;          /* seconds since the boot */
    char boot[HP_BOOT];
    hp_process leader;      /* which made it; with a session, until its end */
    hp_process parent;      /* of that process, then */
    uint64_t bound;         /* 1: the pass was judged for this user, and is no other's */
    uint64_t limit, window, by; /* how uses were counted; limit 0: they were not */
    hp_expiry expiry;
    char service[HP_SESSION_WORD], tty[HP_SESSION_WORD]; /* without "/dev/" */
    char login[HP_SESSION_WORD]; /* the login manager's session; empty: not known */
    char language[HP_SESSION_WORD]; /* that the person is spoken to in, as "fr" */
    char match[PATH_MAX], rules[PATH_MAX], policy[PATH_MAX]; /* by which it was judged */
    hp_marks marks;         /* query.kid is empty: see kids */
    hp_reason told;         /* what the person was told last; 0: nothing */
} hp_session;

/*
 * Writes the record, but for told; the number of its bytes, or 0 when the boot or the begin of the
 * leader is not known, a text in it has a control character, or there is no room.
 */
size_t hp_session_write(const hp_session *session, char text[HP_SESSION_TEXT]);

/*
 * Reads one; false when it is not whole, or anything in it is not as it must be.  What stands
 * behind the last end of a line is no part of it.
 */
bool hp_session_read(hp_str text, hp_session *session);

/* Copies a word of the system's into one of a record's; what cannot stand there becomes empty. */
void hp_session_word(char to[HP_SESSION_WORD], const char *from);

#endif
