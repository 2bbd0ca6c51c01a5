/* Versions; see version.h. */
#include "rules/version.h"

#include "base/cursor.h"

#define DIGITS_MAX 9 /* of one number: any such number fits an unsigned */

static unsigned
number(hp_cur *c)
{
    unsigned value = 0;
    size_t n;

    for (n = 0; hp_cur_left(c) > 0 && *c->p >= '0' && *c->p <= '9' && n < DIGITS_MAX; n++)
        value = value * 10 + *hp_cur_take(c, 1) - '0';
    if (n == 0)
        c->bad = true;
    return value;
}

static void
dot(hp_cur *c)
{
    const uint8_t *p = hp_cur_take(c, 1);

    if (p != NULL && *p != '.')
        c->bad = true;
}

bool
hp_version_read(hp_str s, hp_version *version)
{
    hp_cur c = hp_cur_of(s);

    version->major = number(&c);
    dot(&c);
    version->minor = number(&c);
    dot(&c);
    version->patch = number(&c);
    return hp_cur_done(&c);
}

static int
order(unsigned a, unsigned b)
{
    return a < b ? -1 : a > b;
}

int
hp_version_order(hp_version a, hp_version b)
{
    if (a.major != b.major)
        return order(a.major, b.major);
    if (a.minor != b.minor)
        return order(a.minor, b.minor);
    return order(a.patch, b.patch);
}
