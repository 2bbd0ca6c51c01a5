/*
 * What the readers and the writer of 2D-DOC seals share; twod.c says what they are.
 */
#ifndef HP_FORMAT_TWOD_H
#define HP_FORMAT_TWOD_H

#include "base/arena.h"
#include "format/pass.h"
#include "reason.h"

#define HP_TWOD_TEXT_MAX 2048 /* bytes of a text; a Data Matrix holds 2,335 characters of C40 */
#define HP_TWOD_NAME     8    /* characters of a signer's name: authority and certificate */
#define HP_TWOD_UNDATED  (-1)

/* What separates: a value from the next field, one that was cut, and what is signed. */
#define HP_TWOD_GS 0x1D
#define HP_TWOD_RS 0x1E
#define HP_TWOD_US 0x1F

#define HP_TWOD_LINK "https://bonjour.tousanticovid.gouv.fr/app/wallet" /* "?v=", or "2d#" */

/* ---- texts: twod_text.c ------------------------------------------------------------------ */

/* Does it begin as a seal does, or as a link that brings one along? */
bool hp_twod_is(hp_str text);

/* The seal itself.  False: a link that cannot be decoded, or the arena is full. */
bool hp_twod_text(hp_str text, hp_arena *arena, hp_str *seal);

/* ---- its head: twod.c -------------------------------------------------------------------- */

typedef struct {
    hp_str signer;         /* "FR03AV01" */
    int64_t issued, sealed; /* days since 1970-01-01, or HP_TWOD_UNDATED */
    hp_str type;           /* "L1" */
    hp_str country;        /* "FR" */
    size_t length;         /* of the head: what follows are fields */
} hp_twod_head;

/* False with *why: HP_KIND_OFF for a version or a use that is not read here, else HP_ENVELOPE. */
bool hp_twod_head_read(hp_str seal, hp_twod_head *head, hp_reason *why);

/* ---- its fields: twod_fields.c ----------------------------------------------------------- */

#define HP_TWOD_FIELDS 11 /* of a type, at most */

typedef struct {
    hp_str text;
    bool cut; /* its end is missing */
} hp_twod_value;

typedef struct {
    char id[3]; /* empty behind the last one */
    size_t least, most; /* characters of its value; the same: it has no end of its own */
} hp_twod_field;

/* Those of the types that are read here, in their order; NULL: of no other type. */
const hp_twod_field *hp_twod_fields_of(hp_str type);

/* Their values.  False: the text is not of these fields, or a value is none. */
bool hp_twod_fields_read(const hp_twod_field *fields, hp_str text,
                         hp_twod_value values[HP_TWOD_FIELDS]);

/* ---- what it says: twod_pass.c ----------------------------------------------------------- */

/* Holder, event and document of a seal of such values.  False: they are not as they must be. */
bool hp_twod_vaccination(const hp_twod_value *values, hp_str country, hp_arena *arena,
                         hp_pass *pass);
bool hp_twod_test(const hp_twod_value *values, hp_str country, hp_arena *arena, hp_pass *pass);

/* ---- times: twod_time.c ------------------------------------------------------------------ */

/* The moment at which clocks in Paris show so many minutes of that day. */
double hp_twod_moment(hp_date day, int minutes);

#endif
