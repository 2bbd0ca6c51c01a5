/*
 * Does a genuine pass name this person?  spec/hcert.md 9; what that is worth, DESIGN 1.
 *
 * Titles, nicknames and misspelled names are not guessed: what is not written on both sides does
 * not match.  Who is refused learns nothing from the time it took: all words are compared with
 * all, whatever was found before.
 */
#ifndef HP_CHECK_HOLDER_H
#define HP_CHECK_HOLDER_H

#include "base/arena.h"
#include "format/pass.h"
#include "reason.h"

typedef enum {
    HP_MATCH_MRZ,     /* whole family name in any order, and given names of which one is the first
                         on both sides, or all are in the pass */
    HP_MATCH_EXACT,   /* the same words in the same order, and a whole birth date */
    HP_MATCH_INITIALS /* as MRZ; a given name may be its first letter, on either side */
} hp_match;

/* A name by its word ("mrz", "exact", "initials"); false when there is none. */
bool hp_match_read(hp_str word, hp_match *match);

/* Who is expected, as a booking or a login says.  UTF-8; borrowed. */
typedef struct {
    hp_str name;  /* family and given name in either order; apart: the family name */
    hp_str given; /* apart: the given names */
    hp_str birth; /* dated: YYYY, YYYY-MM or YYYY-MM-DD; what is not is a mismatch */
    bool apart, dated;
    hp_match match;
} hp_person;

/*
 * True when the pass names the person.  Otherwise *why is HP_HOLDER, or the arena is full.
 * A pass without a given name names nobody unless the whole birth date is asked for and equal.
 */
bool hp_holder_is(const hp_holder *holder, const hp_person *person, hp_arena *arena,
                  hp_reason *why);

#endif
