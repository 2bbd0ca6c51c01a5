/*
 * hp_name: a name as the words that it is compared by: ICAO Doc 9303 part 3, section 6, as
 * spec/hcert.md 9 has it.  The text of a pass, of its MRZ form and of a booking are all read so.
 *
 * Only Latin letters are transliterated.  What other scripts become differs from state to state
 * (Menexes and Menekses in the same country's data), so that their letters stay what they are:
 * such a name is compared as printed, or by the MRZ form that the issuer made.
 */
#ifndef HP_CHECK_NAME_H
#define HP_CHECK_NAME_H

#include "base/arena.h"

#define HP_NAME_MAX   512 /* bytes of one text; the longest in a pass is 100 characters */
#define HP_NAME_WORDS 16

/* The standard's first choice, what it allows besides, and what it once had: Ue, U, Uxx. */
enum { HP_FORM_MAIN, HP_FORM_ALTERNATIVE, HP_FORM_OLDER, HP_NAME_FORMS };

typedef struct {
    hp_str form[HP_NAME_FORMS]; /* capitals; of other scripts UTF-8 */
} hp_word;

typedef struct {
    hp_word word[HP_NAME_WORDS];
    size_t n;
} hp_name;

/*
 * Adds the words of text to *name.  False when it is no UTF-8, when text or name become too
 * long, or when the arena is full.  A text without a letter adds nothing.
 */
bool hp_name_add(hp_name *name, hp_str text, hp_arena *arena);

#endif
