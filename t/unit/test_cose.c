/* COSE_Sign1: the forms that occur, what is signed, and everything else refused. */
#include "unit.h"

#include "codec/cose.h"
#include "maker.h"

static uint8_t buffer[512 * 1024];

static bool
split(hp_str in, hp_cose *cose)
{
    hp_arena arena = hp_arena_over(buffer, sizeof(buffer));

    *cose = (hp_cose){ 0 };
    return hp_cose_read(guard_end(in), &arena, cose);
}

static bool
reads(const char *hex)
{
    hp_cose cose;

    return split(maker_hex(hex), &cose);
}

/* { alg -7, kid "12345678" }, {}, "pay", "sig" */
#define HEADER "4d a20126 0448 3132333435363738"
#define REST   "a0 43706179 43736967"

static void
tags_that_are_taken(void **state)
{
    static const char *const good[] = { "", "d2", "d83d", "d83dd2", "d812", "d83dd812",
        "d9003dd2" };
    static const char *const bad[] = { "d1", "d860", "d861", "d862", "d2d2", "d2d83d", "d83dd83d",
        "d83dd83dd2", "c0", "d9d9f7", "d83dd9d9f7" };
    hp_cose cose;

    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        assert_true(split(MAKER_JOIN(maker_hex(good[i]), maker_hex("84" HEADER REST)), &cose));
        assert_int_equal(cose.alg, HP_COSE_ES256);
        assert_str_equal(cose.kid, HP_STR("12345678"));
        assert_str_equal(cose.payload, HP_STR("pay"));
        assert_str_equal(cose.signature, HP_STR("sig"));
    }
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_false(split(MAKER_JOIN(maker_hex(bad[i]), maker_hex("84" HEADER REST)), &cose));
}

static void
only_exactly_this_structure(void **state)
{
    static const char *const bad[] = {
        "83 40a040", "85 40a0404000", "80", "a0", "40", "00", "f6", /* other shapes */
        "84 60a04040", "84 a0a04040", "84 f6a04040", /* protected */
        "84 40804040", "84 40404040", "84 40f64040", /* unprotected */
        "84 40a0f640", "84 40a06040", "84 40a0a040", "84 40a0f740", /* payload */
        "84 40a040f6", "84 40a04060", "84 40a04080", /* signature */
        "84 4100a04040", "84 4180a04040", "84 42a000a04040", "84 41a1a04040", /* protected is no map */
        "84 45a201260126a04040", "84 40a2012601264040", "84 40a0404000", /* twice; trailing */
        "84 44a1028104 a04040", "84 40a10281044040", "84 43a102f6 a04040", "84 40a102804040", /* crit */
        "84 43a10460a04040", "84 40a104604040", "84 43a104f6a04040", "84 43a10405a04040", /* kid */
    };

    (void)state;
    assert_true(reads("84 40a04040"));
    assert_true(reads("84 41a0a04040"));
    assert_true(reads("9f 40a04040 ff"));
    assert_true(reads("9f 5f40ff bfff 5f41004101ff 5fff ff"));
    assert_true(reads("84 42bfff a04040"));
    assert_true(reads("84 40 a1187861 78 40 40"));
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_false(reads(bad[i]));
}

static void
protected_wins(void **state)
{
    hp_cose cose;

    (void)state;
    assert_true(split(maker_hex("84 46a20126044141 a2013824044142 4040"), &cose));
    assert_int_equal(cose.alg, HP_COSE_ES256);
    assert_str_equal(cose.kid, HP_STR("A"));
    assert_true(split(maker_hex("84 40 a2013824044142 4040"), &cose));
    assert_int_equal(cose.alg, HP_COSE_PS256);
    assert_str_equal(cose.kid, HP_STR("B"));
    assert_true(split(maker_hex("84 43a10126 a1044142 4040"), &cose));
    assert_int_equal(cose.alg, HP_COSE_ES256);
    assert_str_equal(cose.kid, HP_STR("B"));
}

/* An algorithm that is absent, a text or out of range is none; it fails with the signature. */
static void
algorithms_that_are_none(void **state)
{
    static const char *const table[] = { "84 40a04040", "84 48a101654553323536 a04040",
        "84 4ba1013bffffffffffffffff a04040", "84 43a101f6 a04040", "84 47a1013affffffff a04040",
        "84 4ba101fbc01c000000000000 a04040" };
    hp_cose cose;

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        assert_true(split(maker_hex(table[i]), &cose));
        assert_int_equal(cose.alg, 0);
    }
    assert_true(split(maker_hex("84 44a1013822 a04040"), &cose));
    assert_int_equal(cose.alg, -35);
}

/* RFC 9052, 4.4: protected as received, all lengths in their shortest form. */
static void
what_was_signed(void **state)
{
    hp_str want = MAKER_JOIN(maker_hex("84 6a"), HP_STR("Signature1"),
        maker_hex(HEADER "40 43706179"));
    static const char *const same[] = { "84" HEADER REST, "9f 580d a20126 0448 3132333435363738"
        "bfff 5f4170426179ff 590003736967 ff" };
    hp_cose cose;

    (void)state;
    for (size_t i = 0; i < COUNT(same); i++) {
        assert_true(split(maker_hex(same[i]), &cose));
        assert_str_equal(cose.tbs, want);
    }
    assert_true(split(maker_hex("84 40a04040"), &cose));
    assert_str_equal(cose.tbs, MAKER_JOIN(maker_hex("846a"), HP_STR("Signature1\x40\x40\x40")));
    assert_true(split(maker_hex("84 41a0a04040"), &cose));
    assert_str_equal(cose.tbs, MAKER_JOIN(maker_hex("846a"), HP_STR("Signature1\x41\xa0\x40\x40")));
    for (size_t n = 23; n <= 65537; n = n == 24 ? 255 : n == 256 ? 65535 : n + 1) {
        hp_str payload = maker_fill(n, 'p');

        assert_true(split(maker_cose(HP_STR(""), HP_STR("\xa0"), payload, HP_STR("")), &cose));
        assert_str_equal(cose.tbs, MAKER_JOIN(maker_hex("846a"), HP_STR("Signature1\x40\x40"),
            maker_bytes(payload)));
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(tags_that_are_taken),
    cmocka_unit_test(only_exactly_this_structure),
    cmocka_unit_test(protected_wins),
    cmocka_unit_test(algorithms_that_are_none),
    cmocka_unit_test(what_was_signed),
};

UNIT_MAIN(tests)
