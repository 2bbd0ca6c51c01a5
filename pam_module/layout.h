/*
 * layout.h: what a scanner that types as a keyboard of the US (a wedge scanner) writes where the
 * system has another layout, and back.
 */
#ifndef HP_PAM_LAYOUT_H
#define HP_PAM_LAYOUT_H

#include "base/str.h"

/* Is this one of the layouts that lose nothing? */
bool hp_pam_layout_is(const char *name);

/*
 * Writes in place what was scanned, and its length, if text, of *n bytes, as typed under this
 * layout (with Caps Lock or without) is a Base45 text of the kind HC1 and nothing else.  False: it
 * stays as it is, also where nothing had to be undone.
 */
bool hp_pam_layout_repair(const char *name, uint8_t *text, size_t *n);

#endif
