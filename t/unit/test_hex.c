/* Hexadecimal digits: what is written is read back, and nothing else is read. */
#include "unit.h"

#include "base/hex.h"

static void
bytes_are_written(void **state)
{
    char text[HP_HEX_TEXT(4)] = "xxxxxxxx";

    (void)state;
    hp_hex_write(guard_end(HP_STR("\x00\x1f\xab\xff")), text);
    assert_string_equal(text, "001fabff");
    hp_hex_write((hp_str){ NULL, 0 }, text);
    assert_string_equal(text, "");
}

static void
digits_are_read(void **state)
{
    static const char *const wrong[] = { "0", "001", "0g", "g0", "0x", " 0", "0 ", "@0", "`0",
                                         "G0", "/0", ":0", "00\2600" };
    uint8_t *bytes = guard_room(4);
    size_t i;

    (void)state;
    assert_true(hp_hex_read(guard_end(HP_STR("001fAbFF")), bytes));
    assert_memory_equal(bytes, "\x00\x1f\xab\xff", 4);
    assert_true(hp_hex_read(HP_STR(""), bytes));
    assert_memory_equal(bytes, "\x00\x1f\xab\xff", 4);
    for (i = 0; i < COUNT(wrong); i++)
        assert_false(hp_hex_read(guard_end(hp_str_of(wrong[i])), bytes));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(bytes_are_written),
    cmocka_unit_test(digits_are_read),
};

UNIT_MAIN(tests)
