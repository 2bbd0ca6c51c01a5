/* Form fields: one well-defined decoding, and never a repair. */
#include "unit.h"

#include "../../ngx_module/hp_form.h"
#include "maker.h"

static void
fields(void **state)
{
    static const struct {
        const char *form;
        const char *want; /* the values of the fields that are called so, each ended by ';' */
    } table[] = {
        { "", "" }, { "pass", ";" }, { "pass=", ";" }, { "pass=x", "x;" },
        { "a=1&pass=x&b=2", "x;" }, { "&&pass=x&&", "x;" }, { "pass=a=b", "a=b;" },
        { "Pass=x", "" }, { "pass2=x", "" }, { "xpass=x", "" }, { "pas=x", "" }, { "=pass", "" },
        { "x=pass", "" }, { "p%61ss=x", "x;" }, { "%70%61%73%73=x", "x;" }, { "p%6", "" },
        { "pass=x&pass=y", "x;y;" }, { "pass=x&a=b&pass=&pass=x", "x;;x;" },
        { "pass=x&p%61ss", "x;;" }, { "pass&pass", ";;" },
        { "pass=x%26pass=y", "x%26pass=y;" }, { "pass[]=x&pass%5B%5D=y", "" },
    };
    hp_str form, name, value;
    char got[64];
    size_t n;

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        form = guard_end(hp_str_of(table[i].form));
        for (n = 0; hp_form_next(&form, &name, &value);)
            if (hp_form_is_called(name, HP_STR("pass")))
                n += (size_t)sprintf(got + n, "%.*s;", (int)value.n, (const char *)value.p);
        assert_str_equal(((hp_str){ (const uint8_t *)got, n }), hp_str_of(table[i].want));
    }
}

static void
names(void **state)
{
    static const struct {
        const char *encoded;
        bool want;
    } table[] = {
        { "pass[]", true }, { "pass%5B%5D", true }, { "p%61ss%5b]", true }, { "pass[", false },
        { "pass", false }, { "pass[]x", false }, { "pass%5B%5", false }, { "", false },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++)
        if (hp_form_is_called(guard_end(hp_str_of(table[i].encoded)), HP_STR("pass[]"))
            != table[i].want)
            fail_msg("%s", table[i].encoded);
}

static void
aliases(void **state)
{
    static const struct {
        const char *encoded;
        bool want;
    } table[] = {
        { "my_name", false }, { "my%5Fname", false }, { "my_name[]", true }, { "my_name[0]", true },
        { "my_name%5Bx%5D%5By%5D", true }, { "my_name[", true }, { "my_name%00x", true },
        { "+my_name", true }, { "%20+my_name[", true }, { "  my_name", true }, { "my.name", true },
        { "my+name", true }, { "my[name", true }, { "my_names", false }, { "my_nam", false },
        { "my-name", false }, { "x+my_name", false }, { "my_name+", false }, { "my_name%5", false },
        { "x[my_name]", false }, { "My_name", false }, { "+", false }, { "", false },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++)
        if (hp_form_is_alias(guard_end(hp_str_of(table[i].encoded)), HP_STR("my_name"))
            != table[i].want)
            fail_msg("%s", table[i].encoded);
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
    cmocka_unit_test(names),
    cmocka_unit_test(aliases),
    cmocka_unit_test(decoding),
    cmocka_unit_test(every_byte),
};

UNIT_MAIN(tests)
