/* Form fields: one well-defined decoding, and never a repair. */
#include "unit.h"

#include "../../ngx_module/hp_form.h"
#include "maker.h"

static void
fields(void **state)
{
    static const struct {
        const char *form;
        hp_form_found want;
        const char *value;
    } table[] = {
        { "", HP_FORM_ABSENT, "" }, { "pass", HP_FORM_FOUND, "" }, { "pass=", HP_FORM_FOUND, "" },
        { "pass=x", HP_FORM_FOUND, "x" }, { "a=1&pass=x&b=2", HP_FORM_FOUND, "x" },
        { "&&pass=x&&", HP_FORM_FOUND, "x" }, { "pass=a=b", HP_FORM_FOUND, "a=b" },
        { "Pass=x", HP_FORM_ABSENT, "" }, { "pass2=x", HP_FORM_ABSENT, "" },
        { "xpass=x", HP_FORM_ABSENT, "" }, { "pas=x", HP_FORM_ABSENT, "" }, { "=pass", HP_FORM_ABSENT, "" },
        { "x=pass", HP_FORM_ABSENT, "" }, { "p%61ss=x", HP_FORM_FOUND, "x" },
        { "%70%61%73%73=x", HP_FORM_FOUND, "x" }, { "p%6", HP_FORM_ABSENT, "" },
        { "pass=x&pass=y", HP_FORM_TWICE, "x" }, { "pass=x&pass=x", HP_FORM_TWICE, "x" },
        { "pass=x&p%61ss", HP_FORM_TWICE, "x" }, { "pass&pass", HP_FORM_TWICE, "" },
        { "pass=x%26pass=y", HP_FORM_FOUND, "x%26pass=y" },
    };
    hp_str value;

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        hp_form_found got = hp_form_find(guard_end(hp_str_of(table[i].form)), HP_STR("pass"), &value);

        if (got != table[i].want)
            fail_msg("%s", table[i].form);
        if (got != HP_FORM_ABSENT)
            assert_str_equal(value, hp_str_of(table[i].value));
    }
}

static void
decoding(void **state)
{
    static const struct {
        const char *text, *space, *plus; /* NULL: refused */
    } table[] = {
        { "", "", "" }, { "HC1:A", "HC1:A", "HC1:A" }, { "a+b", "a b", "a+b" },
        { "a%2Bb", "a+b", "a+b" }, { "a%2bb", "a+b", "a+b" }, { "%20", " ", " " },
        { "%25", "%", "%" }, { "%2525", "%25", "%25" }, { "%", NULL, NULL }, { "%4", NULL, NULL },
        { "%4g", NULL, NULL }, { "%g4", NULL, NULL }, { "%%41", NULL, NULL }, { "a b", NULL, NULL },
        { "a\tb", NULL, NULL }, { "a\nb", NULL, NULL }, { "\x7f", NULL, NULL },
        { "\xc3\xbc", NULL, NULL }, { "%C3%BC", "ü", "ü" }, { "$*-./:", "$*-./:", "$*-./:" },
    };
    size_t n;

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        hp_str text = guard_end(hp_str_of(table[i].text));
        const char *want[] = { table[i].plus, table[i].space };

        for (int plus = HP_PLUS_IS_PLUS; plus <= HP_PLUS_IS_SPACE; plus++) {
            uint8_t *out = guard_room(text.n);
            bool good = hp_form_decode(text, (hp_plus)plus, out, &n);

            if (good != (want[plus] != NULL))
                fail_msg("%s", table[i].text);
            if (good)
                assert_str_equal(((hp_str){ out, n }), hp_str_of(want[plus]));
        }
    }
}

/* All 256 bytes survive an encoder's %XX. */
static void
every_byte(void **state)
{
    (void)state;
    for (unsigned c = 0; c < 256; c++) {
        uint8_t out[3];
        size_t n;

        assert_true(hp_form_decode(maker_print("%%%02X", c), HP_PLUS_IS_SPACE, out, &n));
        assert_int_equal(n, 1);
        assert_int_equal(out[0], c);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(fields),
    cmocka_unit_test(decoding),
    cmocka_unit_test(every_byte),
};

UNIT_MAIN(tests)
