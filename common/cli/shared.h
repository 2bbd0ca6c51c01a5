/*
 * The deny list of a fleet: its text in Redis, a version beside it, and a channel that tells of
 * each change.
 *
 *     healthpass:deny          the list (healthpass-denylist(5))
 *     healthpass:deny:version  "7-1d544387ac3d459e": the 7th, and how its SHA-256 begins
 *
 * Gates never ask Redis: each machine has a copy (cli/revoke_follow.c), and beside it a note of
 * its version and place, whose time says when Redis was last heard.
 */
#ifndef HP_CLI_SHARED_H
#define HP_CLI_SHARED_H

#include "base/error.h"
#include "base/file.h"
#include "crypto/crypto.h"
#include "ledger/redis_link.h"

#define HP_SHARED_KEY     "healthpass:deny"
#define HP_SHARED_VERSION "healthpass:deny:version"
#define HP_SHARED_MAX     (15u << 20) /* bytes of a list: below what an answer may be */
#define HP_SHARED_NUMBER  999999999999999u /* the last version */

/* ---- versions -------------------------------------------------------------------------- */

#define HP_EDITION_DIGEST 8 /* bytes */

typedef struct {
    uint64_t number; /* counts changes from 1; 0: there is none */
    uint8_t digest[HP_EDITION_DIGEST];
} hp_edition;

/* "NUMBER-DIGEST"; false when text is anything else. */
bool hp_edition_read(hp_str text, hp_edition *version);

#define HP_EDITION_TEXT 40
void hp_edition_write(const hp_edition *version, char text[HP_EDITION_TEXT]);

/* The version of a text; false when crypto fails. */
bool hp_edition_of(hp_crypto *crypto, uint64_t number, hp_str text, hp_edition *version);
bool hp_edition_same(const hp_edition *one, const hp_edition *other);

/* ---- the list --------------------------------------------------------------------------- */

typedef enum {
    HP_SHARED_WHOLE,
    HP_SHARED_NONE,   /* Redis has neither list nor version */
    HP_SHARED_DAMAGED /* one of them, or two that do not belong together, or no deny list */
} hp_shared_state;

/* What Redis has. */
typedef struct {
    hp_shared_state state;
    hp_edition version; /* of a whole one */
    hp_bytes text;      /* the same; followed by nothing */
    char raw[HP_EDITION_TEXT]; /* how the version begins there, to be compared with */
    size_t raw_n;
    hp_error fault;     /* what is wrong with a damaged one */
} hp_snapshot;

void hp_snapshot_free(hp_snapshot *snapshot);

/* False with *error when Redis cannot be asked; end *snapshot by hp_snapshot_free() on true. */
bool hp_shared_read(hp_redis *redis, hp_crypto *crypto, hp_snapshot *snapshot, hp_error *error);

/* Is this the version in Redis?  That is less to ask than the list.  False: no, or *error. */
bool hp_shared_is(hp_redis *redis, const hp_edition *version, bool *same, hp_error *error);

typedef enum {
    HP_PUT_DONE,   /* Redis has it, and has told all who listen */
    HP_PUT_RACED,  /* somebody else changed it meanwhile: nothing was done */
    HP_PUT_FAILED, /* *error; nothing was done */
    HP_PUT_UNKNOWN /* *error; the answer was lost */
} hp_put;

/* Puts text there as version, in place of the snapshot and nothing else. */
hp_put hp_shared_put(hp_redis *redis, const hp_snapshot *before, const hp_edition *version,
                     hp_str text, hp_error *error);

/* ---- the note beside a copy --------------------------------------------------------------- */

/*
 * The version of this machine's copy; number 0 when there is no note, or one of another place.
 */
void hp_shared_note(const char *path, const char *place, hp_edition *version);
bool hp_shared_write_note(const char *path, const char *place, const hp_edition *version);

#endif
