/*
 * Looks at a foreign certificate's key before OpenSSL does, which makes it ready as it reads.
 *
 * A curve can stand there as its parameters (RFC 3279, 2.3.5), of whoever wrote the certificate,
 * with points of which one coordinate has to be found: a square root, which takes hundreds of
 * milliseconds modulo a prime that is chosen for it.  Where the prime is 3 modulo 4, as those of
 * the curves that passes are signed on, it is one power.
 */
#include "base/cursor.h"
#include "crypto/internal.h"

#define INTEGER  0x02
#define OBJECT   0x06
#define SEQUENCE 0x30
#define VERSION  0xa0

#define PRIME_FIELD "\x2a\x86\x48\xce\x3d\x01\x01" /* 1.2.840.10045.1.1 */

static size_t
take_length(hp_cur *c)
{
    const uint8_t *p = hp_cur_take(c, 1);
    size_t n = p != NULL ? *p : 0;

    if (n < 0x80)
        return n;
    if (n > 0x82)
        c->bad = true; /* longer than any pass */
    p = hp_cur_take(c, n & 0x7f);
    if (p == NULL || n == 0x80) {
        c->bad = true; /* no length, but a mark at the end: that is no DER */
        return 0;
    }
    return n == 0x81 ? p[0] : (size_t)p[0] << 8 | p[1];
}

/* What is in the next value; with another tag c is bad. */
static hp_cur
take(hp_cur *c, uint8_t tag)
{
    const uint8_t *p = hp_cur_take(c, 1);
    size_t n;
    hp_str value;

    c->bad = c->bad || *p != tag;
    n = take_length(c);
    value = (hp_str){ hp_cur_take(c, n), n };
    return (hp_cur){ value.p, value.p != NULL ? value.p + n : NULL, value.p == NULL };
}

static bool
is_next(const hp_cur *c, uint8_t tag)
{
    return hp_cur_left(c) > 0 && *c->p == tag;
}

/* ECParameters ::= SEQUENCE { version, fieldID SEQUENCE { fieldType, prime }, ... } */
static bool
is_quick(hp_cur parameters)
{
    hp_cur field, type, prime;

    (void)take(&parameters, INTEGER);
    field = take(&parameters, SEQUENCE);
    type = take(&field, OBJECT);
    prime = take(&field, INTEGER);
    return hp_str_eq((hp_str){ type.p, hp_cur_left(&type) }, HP_STR(PRIME_FIELD)) &&
           hp_cur_left(&prime) > 0 && (prime.end[-1] & 3) == 3;
}

/* SubjectPublicKeyInfo behind version, number, algorithm, issuer, validity and subject. */
bool
hp_curve_is_quick(hp_str der)
{
    hp_cur c = hp_cur_of(der), cert = take(&c, SEQUENCE), tbs = take(&cert, SEQUENCE), key;
    int i;

    if (is_next(&tbs, VERSION))
        (void)take(&tbs, VERSION);
    (void)take(&tbs, INTEGER);
    for (i = 0; i < 4; i++)
        (void)take(&tbs, SEQUENCE);
    key = take(&tbs, SEQUENCE);
    key = take(&key, SEQUENCE);
    (void)take(&key, OBJECT);
    return !key.bad && (!is_next(&key, SEQUENCE) || is_quick(take(&key, SEQUENCE)));
}
