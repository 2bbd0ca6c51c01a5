/*
 * Whose pass is it, without a name at rest: a login's bindings are keyed ids of the holders whose
 * passes open it, made by `healthpassctl bind` and compared at a login (match=file:).
 *
 * An id is an HMAC under the place's identity key of the family name, the given names and the birth
 * date, so that a pass that is issued anew to the same person matches, and no list of names can
 * be tried out without the key.
 *
 *     healthpass holders 1
 *     anna:1d544387ac3d459ef42da021ef54966f
 */
#ifndef HP_CHECK_BINDING_H
#define HP_CHECK_BINDING_H

#include "base/error.h"
#include "check/identity.h"

#define HP_BINDINGS     32          /* of one login */
#define HP_HOLDERS_MAX  (4u << 20)  /* bytes of a file of holders */
#define HP_HOLDERS_LINE 320         /* bytes of a line, with its end */
#define HP_HOLDERS_HEAD "healthpass holders 1\n"
#define HP_LOGIN_MAX    256         /* characters of a login's name, as Linux has them */

/* The ids that open a login. */
typedef struct {
    size_t n;
    uint8_t id[HP_BINDINGS][HP_ID];
} hp_bindings;

/*
 * The id of a holder.  The MRZ form of a name counts where the pass has one, else the name as
 * printed; a holder without a family name or a whole birth date has none: *bindable is false then.
 * False when crypto fails or the arena is full.
 */
bool hp_binding_of(hp_hmac *identity, const hp_holder *holder, hp_arena *arena, uint8_t id[HP_ID],
                   bool *bindable);

/*
 * Is the holder one of those, by one of the n keys of the ring?  All are compared with all,
 * whatever was found before.  False in *bound when not.
 */
bool hp_binding_holds(hp_hmac *const *identities, size_t n, const hp_bindings *bindings,
                      const hp_holder *holder, hp_arena *arena, bool *bound);

/* ---- the file ----------------------------------------------------------------------------- */

/* Can it be a login's name: printable ASCII, no blank, no colon? */
bool hp_login_is_plain(hp_str login);

/* One line; the login borrows from the text. */
typedef struct {
    hp_str login;
    uint8_t id[HP_ID];
} hp_bound;

/*
 * The next line of a file's text, which is named path in errors; *at begins at 0, *line counts.
 * True with *bound; false behind the last line, or with an *error that is not empty.
 */
typedef struct {
    const char *path;
    hp_str rest;
    unsigned line;
} hp_holders;

bool hp_holders_begin(hp_holders *holders, const char *path, hp_str text, hp_error *error);
bool hp_holders_next(hp_holders *holders, hp_bound *bound, hp_error *error);

/*
 * All of a login's, after the whole file was read: a line that is not as it must be is an error for
 * everybody.  False with *error; also when there are more than HP_BINDINGS.
 */
bool hp_holders_find(const char *path, hp_str text, hp_str login, hp_bindings *bindings,
                     hp_error *error);

#endif
