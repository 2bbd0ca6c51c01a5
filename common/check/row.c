/* Rows of our own compiled files, read; see row.h. */
#include "check/row.h"

#include "base/time.h"

/* binary64 (IEEE 754). */
double
hp_row_time(hp_cur *c)
{
    uint64_t bits = hp_row_number(c, 8);
    double t;

    memcpy(&t, &bits, sizeof(t));
    if (!(t >= -HP_TIME_LAST && t <= HP_TIME_LAST)) {
        c->bad = true;
        return 0;
    }
    return t;
}

double
hp_row_date(hp_cur *c)
{
    double t = hp_row_time(c);

    if (t < 0)
        c->bad = true;
    return t;
}

void
hp_row_bytes(hp_cur *c, void *to, size_t n)
{
    const uint8_t *p = hp_cur_take(c, n);

    if (p != NULL)
        memcpy(to, p, n);
}

void
hp_row_text(hp_cur *c, char *to, size_t n)
{
    size_t i;

    hp_row_bytes(c, to, n);
    if (to[n - 1] != 0)
        c->bad = true;
    for (i = 0; i < n && to[i] != 0; i++) {
        if (to[i] < ' ' || to[i] > '~')
            c->bad = true;
    }
}
