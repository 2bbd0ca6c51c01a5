/* Base32: the vectors of RFC 4648 and each way in which a text can be wrong. */
#include "unit.h"

#include "codec/base32.h"

/* Decodes with input and output beside unmapped pages. */
static bool
decode(hp_str text, hp_str *bytes)
{
    uint8_t *room = guard_room(HP_BASE32_BYTES(text.n));
    size_t n = SIZE_MAX;
    bool exact, good = hp_base32_read(guard_end(text), room, &n, &exact) && exact;

    *bytes = (hp_str){ room, good ? n : 0 };
    return good;
}

/* RFC 4648, 10. */
static const struct {
    const char *bytes, *text, *padding;
} vectors[] = { { "", "", "" }, { "f", "MY", "======" }, { "fo", "MZXQ", "====" },
                { "foo", "MZXW6", "===" }, { "foob", "MZXW6YQ", "=" }, { "fooba", "MZXW6YTB", "" },
                { "foobar", "MZXW6YTBOI", "======" } };

static void
vectors_of_the_rfc(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(vectors); i++) {
        hp_str want = hp_str_of(vectors[i].bytes), got;
        char padded[32], *text = (char *)guard_room(HP_BASE32_TEXT(want.n));

        assert_int_equal(HP_BASE32_TEXT(want.n), strlen(vectors[i].text));
        hp_base32_write(guard_end(want), text);
        assert_memory_equal(text, vectors[i].text, HP_BASE32_TEXT(want.n));
        for (size_t n = 0; n <= strlen(vectors[i].padding); n++) {
            (void)snprintf(padded, sizeof(padded), "%s%.*s", vectors[i].text, (int)n,
                           vectors[i].padding);
            assert_true(decode(hp_str_of(padded), &got));
            assert_str_equal(got, want);
        }
        (void)snprintf(padded, sizeof(padded), "%s%s=", vectors[i].text, vectors[i].padding);
        assert_false(decode(hp_str_of(padded), &got));
    }
}

static void
texts_that_are_none(void **state)
{
    static const char *const texts[] = { "A", "AAA", "AAAAAA", "M", "MZX", "MZXW6Y", "MZ", "MZXR", "my", "M0", "M1", "M8",
                                         "MY=A", "=", "========", "M Y", "MY\n", "MY=======" };
    hp_str got;

    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        if (decode(hp_str_of(texts[i]), &got))
            fail_msg("%s", texts[i]);
    }
    assert_false(decode(HP_STR("MY\0"), &got));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(vectors_of_the_rfc),
    cmocka_unit_test(texts_that_are_none),
};

UNIT_MAIN(tests)
