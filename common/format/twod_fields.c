/*
 * The fields of a seal (2d-doc, 3): an id of two characters and a value, one behind the other.  A
 * value of a fixed length has no end of its own; another one ends with GS, or with RS where it was
 * cut, or with its longest length.
 *
 * An id can stand inside a value as well: fields are walked through by their table, never looked
 * for.
 */
#include "base/cursor.h"
#include "format/twod.h"

static const hp_twod_field vaccination[HP_TWOD_FIELDS + 1] = {
    { "L0", 0, 80 }, /* family name */
    { "L1", 0, 80 }, /* given names, '/' between them */
    { "L2", 8, 8 },  /* birth */
    { "L3", 0, 30 }, /* disease */
    { "L4", 5, 15 }, /* agent */
    { "L5", 5, 30 }, /* vaccine */
    { "L6", 5, 30 }, /* maker */
    { "L7", 1, 1 },  /* doses given */
    { "L8", 1, 1 },  /* doses expected */
    { "L9", 8, 8 },  /* last dose */
    { "LA", 2, 2 },  /* is the cycle complete? */
    { "", 0, 0 },
};

static const hp_twod_field test[] = {
    { "F0", 0, 60 }, /* given names, '/' between them */
    { "F1", 0, 38 }, /* family name */
    { "F2", 8, 8 },  /* birth */
    { "F3", 1, 1 },  /* sex */
    { "F4", 3, 7 },  /* analysis */
    { "F5", 1, 1 },  /* result */
    { "F6", 12, 12 }, /* sample */
    { "", 0, 0 },
};

const hp_twod_field *
hp_twod_fields_of(hp_str type)
{
    if (hp_str_eq(type, HP_STR("L1")))
        return vaccination;
    return hp_str_eq(type, HP_STR("B2")) ? test : NULL;
}

static bool
is_control(uint8_t c)
{
    return c < ' ' || (c >= 0x7f && c < 0xa0);
}

/* Up to the first control character, but no more than most. */
static size_t
reach(const hp_cur *c, size_t most)
{
    size_t n = 0;

    while (n < most && n < hp_cur_left(c) && !is_control(c->p[n]))
        n++;
    return n;
}

/* Takes the end of a value, where there is one. */
static bool
take_end(hp_cur *c, bool *cut)
{
    if (hp_cur_left(c) == 0 || (*c->p != HP_TWOD_GS && *c->p != HP_TWOD_RS))
        return false;
    *cut = *hp_cur_take(c, 1) == HP_TWOD_RS;
    return true;
}

static void
take_value(hp_cur *c, const hp_twod_field *f, hp_twod_value *value)
{
    size_t n = reach(c, f->most);

    value->text = (hp_str){ hp_cur_take(c, n), n };
    value->cut = false;
    if (n < f->least || (f->least < f->most && !take_end(c, &value->cut) && n < f->most))
        c->bad = true;
}

bool
hp_twod_fields_read(const hp_twod_field *fields, hp_str text, hp_twod_value values[HP_TWOD_FIELDS])
{
    hp_cur c = hp_cur_of(text);
    const uint8_t *id;

    for (; !c.bad && fields->id[0] != 0; fields++) {
        id = hp_cur_take(&c, 2);
        if (id == NULL || memcmp(id, fields->id, 2) != 0)
            return false;
        take_value(&c, fields, values++);
    }
    return hp_cur_done(&c);
}
