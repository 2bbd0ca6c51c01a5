/* Characters as pairs of digits; see numeric.h. */
#include "codec/numeric.h"

#define FIRST '-'
#define PAIR_MAX ('z' - FIRST)

static bool
is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

bool
hp_numeric_read(hp_str digits, uint8_t *out)
{
    size_t i;

    if (digits.n % 2 != 0)
        return false;
    for (i = 0; i < digits.n; i += 2) {
        const uint8_t *p = digits.p + i;
        int pair = (p[0] - '0') * 10 + (p[1] - '0');

        if (!is_digit(p[0]) || !is_digit(p[1]) || pair > PAIR_MAX)
            return false;
        *out++ = (uint8_t)(FIRST + pair);
    }
    return true;
}

void
hp_numeric_write(hp_str text, char *digits)
{
    size_t i;

    for (i = 0; i < text.n; i++) {
        int pair = text.p[i] - FIRST;

        *digits++ = (char)('0' + pair / 10);
        *digits++ = (char)('0' + pair % 10);
    }
}
