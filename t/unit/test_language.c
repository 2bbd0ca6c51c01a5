/* Accept-Language: the best first, bounded, and nothing that is no language. */
#include "unit.h"

#include "../../ngx_module/hp_language.h"
#include "maker.h"

/* The list, with blanks between. */
static const char *
listed(const hp_languages *l)
{
    static char text[HP_LANGUAGES * (HP_LANGUAGE_TAG + 2)];
    size_t n = 0;

    text[0] = '\0';
    for (size_t i = 0; l->list[i] != NULL; i++)
        n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s", n > 0 ? " " : "", l->list[i]);
    return text;
}

static const char *
languages(const char *line)
{
    static hp_languages l;

    hp_languages_clear(&l);
    hp_languages_add(&l, guard_end(hp_str_of(line)));
    return listed(&l);
}

static void
lines(void **state)
{
    static const struct {
        const char *line, *want;
    } table[] = {
        { "", "" }, { "fr", "fr" }, { "fr-CA,fr;q=0.8, en;q=0.5", "fr-CA fr en" },
        { "en;q=0.5,de", "de en" }, { "a;q=0.1,b;q=0.2,c;q=0.3", "c b a" },
        { "it;q=0.7,es;q=0.7", "it es" }, { " fr \t;\tq=0.5 , de ", "de fr" },
        { "de;q=0", "" }, { "de;q=0.000,fr", "fr" }, { "de;q=0.001", "de" },
        { "de;q=1,fr;q=1.000", "de fr" }, { "de;Q=0.5,fr", "fr de" }, { "*", "" },
        { "*;q=0.5,fr;q=0.1", "fr" }, { ",,fr,,", "fr" }, { "zh-Hant-TW", "zh-Hant-TW" },
        { "es-419", "es-419" },
        /* no weights */
        { "de;q=1.001,fr", "fr" }, { "de;q=2,fr", "fr" }, { "de;q=0.1234,fr", "fr" },
        { "de;q=.5,fr", "fr" }, { "de;q=,fr", "fr" }, { "de;,fr", "fr" }, { "de;q,fr", "fr" },
        { "de;q=1;q=1,fr", "fr" }, { "de;level=1,fr", "fr" }, { "de;q=0,5", "" },
        { "de;q=-1", "" }, { "de;q=1.", "de" },
        /* no tags */
        { "1", "" }, { "f_r", "" }, { "-", "" }, { "fr-", "" }, { "-fr", "" }, { "fr--CA", "" },
        { "abcdefgh", "abcdefgh" }, { "abcdefghi", "" }, { "a-12345678", "a-12345678" },
        { "a-123456789", "" }, { "fr fr", "" }, { "\xc3\xa9", "" }, { "fr\"", "" },
        { "a-12345678-12345678-12345678-123456", "a-12345678-12345678-12345678-123456" },
        { "a-12345678-12345678-12345678-1234567", "" },
        /* so many */
        { "a,b,c,d,e,f,g,h", "a b c d e f" },
        { "a;q=0.1,b;q=0.2,c;q=0.3,d;q=0.4,e;q=0.5,f;q=0.6,g;q=0.7,h", "h g f e d c" },
        { "a,b,c,d,e,f,g;q=0.9", "a b c d e f" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        const char *got = languages(table[i].line);

        if (strcmp(got, table[i].want) != 0)
            fail_msg("%s: %s", table[i].line, got);
    }
}

/* A tag at the bound counts; one that the bound cuts does not, nor do all behind it. */
static void
so_much_is_read(void **state)
{
    char line[HP_LANGUAGE_TEXT + 16];

    (void)state;
    for (size_t over = 0; over < 5; over++) {
        memset(line, ',', sizeof(line));
        memcpy(line, "fr", 2);
        memcpy(line + HP_LANGUAGE_TEXT - 2 + over, "de", 2);
        line[HP_LANGUAGE_TEXT + over] = '\0';
        assert_string_equal(languages(line), over == 0 ? "fr de" : "fr");
        line[HP_LANGUAGE_TEXT + over] = ',';
        line[HP_LANGUAGE_TEXT + over + 1] = '\0';
        assert_string_equal(languages(line), "fr");
    }
}

static void
several_lines_are_one_list(void **state)
{
    static char long_line[HP_LANGUAGE_TEXT - 5];
    hp_languages l;

    (void)state;
    hp_languages_clear(&l);
    assert_null(l.list[0]);
    hp_languages_add(&l, HP_STR("de;q=0.5"));
    hp_languages_add(&l, HP_STR("fr"));
    assert_string_equal(listed(&l), "fr de");
    hp_languages_clear(&l);
    hp_languages_add(&l, HP_STR("en,de"));
    memset(long_line, ',', sizeof(long_line));
    hp_languages_add(&l, (hp_str){ (const uint8_t *)long_line, sizeof(long_line) });
    hp_languages_add(&l, HP_STR("fr"));
    assert_string_equal(listed(&l), "en de");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(lines),
    cmocka_unit_test(so_much_is_read),
    cmocka_unit_test(several_lines_are_one_list),
};

UNIT_MAIN(tests)
