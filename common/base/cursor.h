/*
 * hp_cur: a walk over untrusted bytes that cannot run over their end.
 *
 * The flag is sticky: once a read does not fit, every later one fails too, so a
 * run of reads stays a straight line and is checked once, before anything that
 * was read is believed.  Lengths are compared with what is left, never added.
 */
#ifndef HP_BASE_CURSOR_H
#define HP_BASE_CURSOR_H

#include "base/str.h"

typedef struct {
    const uint8_t *p, *end;
    bool bad;
} hp_cur;

static inline hp_cur
hp_cur_of(hp_str s)
{
    return (hp_cur){ s.p, s.p == NULL ? NULL : s.p + s.n, false };
}

static inline size_t
hp_cur_left(const hp_cur *c)
{
    return c->bad ? 0 : (size_t)(c->end - c->p);
}

/* Takes the next n bytes, or marks the cursor bad and gives NULL. */
static inline const uint8_t *
hp_cur_take(hp_cur *c, size_t n)
{
    const uint8_t *at = c->p;

    if (c->bad || n > (size_t)(c->end - c->p)) {
        c->bad = true;
        return NULL;
    }
    c->p += n;
    return at;
}

/* True when every byte was taken and no read failed. */
static inline bool
hp_cur_done(const hp_cur *c)
{
    return !c->bad && c->p == c->end;
}

#endif
