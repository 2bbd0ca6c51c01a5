/* Base45: the vectors of RFC 9285 and each way in which a text can be wrong. */
#include "unit.h"

#include "codec/base45.h"

/* Decodes with input and output beside unmapped pages. */
static bool
decode(hp_str text, hp_str *bytes)
{
    uint8_t *room = guard_room(HP_BASE45_DECODED(text.n));
    size_t n = SIZE_MAX;
    bool good = hp_base45_decode(guard_end(text), room, &n);

    *bytes = (hp_str){ room, good ? n : 0 };
    return good;
}

static const struct {
    const char *bytes, *text;
} vectors[] = { { "AB", "BB8" }, { "Hello!!", "%69 VD92EX0" }, { "base-45", "UJCLQE7W581" },
    { "ietf!", "QED8WEX0" }, { "", "" } };

static void
vectors_of_the_rfc(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(vectors); i++) {
        hp_str want = hp_str_of(vectors[i].bytes), got;
        size_t n = strlen(vectors[i].text);
        char *text;

        assert_true(decode(hp_str_of(vectors[i].text), &got));
        assert_str_equal(got, want);

        assert_int_equal(HP_BASE45_ENCODED(want.n), n);
        text = (char *)guard_room(n);
        hp_base45_encode(guard_end(want), text);
        assert_memory_equal(text, vectors[i].text, n);
    }
}

static void
edges_of_a_group(void **state)
{
    hp_str got;

    (void)state;
    assert_true(decode(HP_STR("FGW"), &got)); /* 65535 */
    assert_str_equal(got, HP_STR("\xff\xff"));
    assert_false(decode(HP_STR("GGW"), &got)); /* 65536 */
    assert_true(decode(HP_STR("000"), &got));
    assert_str_equal(got, HP_STR("\0\0"));
    assert_true(decode(HP_STR("U5"), &got)); /* 255 */
    assert_str_equal(got, HP_STR("\xff"));
    assert_false(decode(HP_STR("V5"), &got)); /* 256 */
    assert_false(decode(HP_STR("::"), &got));
    assert_false(decode(HP_STR(":::"), &got));
}

static void
lengths_that_cannot_be(void **state)
{
    hp_str got;

    (void)state;
    assert_false(decode(HP_STR("B"), &got));
    assert_false(decode(HP_STR("BB8A"), &got));
    assert_false(decode(HP_STR("BB8BB8B"), &got));
    assert_true(decode(HP_STR("BB8B0"), &got));
}

/* Each of the 256 bytes, at each place of a group. */
static void
only_the_alphabet(void **state)
{
    static const char alphabet[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
    hp_str got;

    (void)state;
    for (int c = 0; c < 256; c++) {
        bool known = c != 0 && strchr(alphabet, c) != NULL;

        for (size_t at = 0; at < 5; at++) {
            uint8_t text[] = "00000";

            text[at] = (uint8_t)c;
            /* The last place of a group counts 2025, or 45 in a pair: V and 6 are too much. */
            if (known && (at == 2 || at == 4))
                assert_int_equal(decode((hp_str){ text, 5 }, &got),
                    (strchr(alphabet, c) - alphabet) * (at == 2 ? 2025 : 45)
                    <= (at == 2 ? 65535 : 255));
            else
                assert_int_equal(decode((hp_str){ text, 5 }, &got), known);
        }
    }
}

/* One text for each byte string: what decodes, encodes to the same text again. */
static void
every_group_has_one_text(void **state)
{
    (void)state;
    for (unsigned n = 0; n < 65536; n++) {
        uint8_t two[2] = { (uint8_t)(n >> 8), (uint8_t)n };
        char text[3];
        uint8_t back[3];
        size_t length;

        hp_base45_encode((hp_str){ two, 2 }, text);
        assert_true(hp_base45_decode((hp_str){ (uint8_t *)text, 3 }, back, &length));
        assert_int_equal(length, 2);
        assert_memory_equal(back, two, 2);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(vectors_of_the_rfc),
    cmocka_unit_test(edges_of_a_group),
    cmocka_unit_test(lengths_that_cannot_be),
    cmocka_unit_test(only_the_alphabet),
    cmocka_unit_test(every_group_has_one_text),
};

UNIT_MAIN(tests)
