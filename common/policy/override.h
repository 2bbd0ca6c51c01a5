/*
 * The override: a person's recorded word that lists which could not be renewed may still be
 * used for some hours.
 *
 * It says who, why, and until when, and ends by itself.  It is about age and nothing else: what
 * is forged, withdrawn or expired stays refused.  `healthpassctl override` writes the file, gates
 * read it with their policy; one that is not as it must be allows nothing, and stops no gate.
 *
 *     version: 1
 *     allows: stale
 *     made: 2026-12-05T20:10:00Z
 *     until: 2026-12-06T02:10:00Z
 *     by: NAME
 *     reason: TEXT
 */
#ifndef HP_POLICY_OVERRIDE_H
#define HP_POLICY_OVERRIDE_H

#include "base/error.h"
#include "base/str.h"

#define HP_OVERRIDE_PATH "/var/lib/healthpass/override"

#define HP_OVERRIDE_LEAST 60.0           /* seconds of the shortest one */
#define HP_OVERRIDE_MOST  (72 * 3600.0)  /* and of the longest */
#define HP_OVERRIDE_AHEAD 60.0           /* how far ahead of our clock it may have been made */
#define HP_OVERRIDE_BY     64            /* bytes of the name, closing zero included */
#define HP_OVERRIDE_REASON 256           /* of the reason */
#define HP_OVERRIDE_MAX    4096          /* of the file */

typedef struct {
    double made, until; /* seconds since 1970 UTC; 0: there is none */
    char by[HP_OVERRIDE_BY], reason[HP_OVERRIDE_REASON];
} hp_override;

/*
 * Reads the text of the file at path (for naming).  What lasts longer than HP_OVERRIDE_MOST ends
 * then.  False with *error, and no override.
 */
bool hp_override_read(const char *path, hp_str text, hp_override *override, hp_error *error);

/*
 * Reads the file at path.  Where there is none there is no override, and *fault is empty; where
 * it cannot be read or is not as it must be there is none either, and *fault says why.
 * of_root: it must be root's; otherwise it may also be the effective user's.
 */
void hp_override_load(const char *path, bool of_root, hp_override *override, hp_error *fault);

bool hp_override_same(const hp_override *one, const hp_override *other);

/* May a stale list be used at now? */
bool hp_override_allows(const hp_override *override, double now);

/* Can it stand in the file: UTF-8 of 1 to room - 1 bytes, no controls (also of lines and of
 * writing direction), no blank at an end? */
bool hp_override_text(hp_str text, size_t room);

#endif
