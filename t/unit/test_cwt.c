/* CWT claims: every number form of a date, and what else the wild holds. */
#include "unit.h"

#include "format/cwt.h"
#include "maker.h"

static uint8_t buffer[512 * 1024];

static bool
claims(hp_str in, hp_cwt *cwt)
{
    hp_arena arena = hp_arena_over(buffer, sizeof(buffer));

    return hp_cwt_read(guard_end(in), &arena, cwt);
}

/* { 4: exp, -260: {} } */
static bool
expires(const char *item, double *exp)
{
    hp_cwt cwt;
    bool good = claims(MAKER_JOIN(maker_hex("a2 04"), maker_hex(item), maker_hex("390103 a0")),
        &cwt);

    *exp = good ? cwt.exp : -1;
    return good;
}

static void
every_number_form(void **state)
{
    static const struct {
        const char *item;
        double want;
    } good[] = {
        { "1a60b576c0", 1622505152 }, { "1b0000000060b576c0", 1622505152 }, { "00", 0 },
        { "fb41d82d5db0000000", 1622505152 }, { "fb41d82d5db0200000", 1622505152.5 },
        { "fa4ec16aee", 1622505216 }, { "f97bff", 65504 }, { "c11a60b576c0", 1622505152 },
        { "c1fb41d82d5db0200000", 1622505152.5 }, { "d8011a60b576c0", 1622505152 },
        { "1b0000003afff4417f", 253402300799 }, { "fb424d7ffa20bf8000", 253402300799 },
        { "fb8000000000000000", 0 },
    };
    static const char *const bad[] = { "1b0000003afff44180", "fb424d7ffa20bf8400",
        "fb424d7ffa20bf8001", "20", "3a60b576c0", "fb bff0000000000000", "f97e00", "f97c00", "f9fc00",
        "fb7ff8000000000000", "fb7ff0000000000000", "fbfff0000000000000", "6a31363232353035313532",
        "f6", "f7", "f5", "80", "a0", "4101", "c074323032312d30362d30315430303a30303a30305a",
        "c1c11a60b576c0", "c21a60b576c0", "c1f6", "1bffffffffffffffff", "1b00000179c4b2f7c0" };
    double exp;

    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        assert_true(expires(good[i].item, &exp));
        assert_true(exp == good[i].want);
    }
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_false(expires(bad[i], &exp));
}

static void
which_claims_must_be_there(void **state)
{
    static const char *const good[] = {
        "a2 0405 390103a0", "d83d a2 0405 390103a0", "bf 0405 390103a0 ff",
        "a3 01625841 0405 390103a0", "a3 0160 0405 390103a0", "a4 0405 0501 0602 390103a0",
        "a4 0405 0501 1906f6 f6 390103a0", "a3 0405 390103a0 6161f6",
        "a1 390103a0", /* an end is asked for by those payloads that must have one */
    };
    static const char *const bad[] = {
        "", "a0", "80", "40", "a1 0405", "a2 0405 390103f6", "a2 0405 39010380",
        "a2 0405 39010340", "a3 01425841 0405 390103a0", "a3 01f6 0405 390103a0",
        "a3 0405 05f6 390103a0", "a3 0405 06f6 390103a0", "a3 0405 0660 390103a0",
        "d83d d83d a2 0405 390103a0", "d2 a2 0405 390103a0", "a2 0405 390103a0 00",
        "a3 0405 0405 390103a0", "a3 0405 0620 390103a0", "81 a2 0405 390103a0",
    };
    hp_cwt cwt;

    (void)state;
    for (size_t i = 0; i < COUNT(good); i++)
        assert_true(claims(maker_hex(good[i]), &cwt));
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_false(claims(maker_hex(bad[i]), &cwt));
}

static void
the_later_start_counts(void **state)
{
    static const struct {
        const char *hex;
        double from;
    } table[] = { { "a2 0405 390103a0", 0 }, { "a3 0405 0602 390103a0", 2 },
        { "a3 0405 0503 390103a0", 3 }, { "a4 0405 0503 0602 390103a0", 3 },
        { "a4 0405 0502 0603 390103a0", 3 } };
    hp_cwt cwt;

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        assert_true(claims(maker_hex(table[i].hex), &cwt));
        assert_true(cwt.from == table[i].from);
        assert_true(cwt.exp == 5);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(every_number_form),
    cmocka_unit_test(which_claims_must_be_there),
    cmocka_unit_test(the_later_start_counts),
};

UNIT_MAIN(tests)
