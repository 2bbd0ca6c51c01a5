/*
 * The texts that people read: each in all languages, short enough for a login program, and with
 * the same places to fill in; and which language is chosen.
 */
#include "hp.h"
#include "text/catalogue.h"
#include "unit.h"

#define LANGUAGES 4
#define LINE_BYTES 159 /* bytes: greeters cut longer lines */

/* All that there is: a text added to the code has to stand here, and so in each language. */
static const char *const said[] = {
#define X(name, word, title, advice) title, advice,
    HP_GROUPS(X)
#undef X
#define X(name, advice) advice,
    HP_ADVICE(X)
#undef X
    /* pam_module */
    "Too many attempts. Please wait %u minutes.",
    "Too many attempts. Please wait %u seconds.",
    "Pass accepted. Valid until %s.",
    "Scan your pass: ",
    "Scan code %u of %u: ",
    "This code belongs to another pass.",
    "This code was scanned before.",
    /* healthpassctl recheck */
    "Your health pass is no longer good here. Please save your work and log out.",
    "Your health pass is no longer good here. This session ends now.",
};

static size_t
count(const hp_catalogue *c)
{
    size_t n = 0;

    while (c->texts[n].english != NULL)
        n++;
    return n;
}

static bool
is_said(const char *english)
{
    for (size_t i = 0; i < COUNT(said); i++) {
        if (strcmp(said[i], english) == 0)
            return true;
    }
    return false;
}

/* Is the same to be filled in, "%u" or "%s", in the same order? */
static void
assert_same_places(const char *one, const char *other)
{
    while ((one = strchr(one, '%')) != NULL) {
        other = strchr(other, '%');
        assert_non_null(other);
        assert_true(one[1] == 'u' || one[1] == 's');
        assert_int_equal(one++[1], other++[1]);
    }
    assert_null(strchr(other, '%'));
}

static void
assert_is_a_line(const char *text)
{
    size_t n = strlen(text);

    assert_in_range(n, 1, LINE_BYTES);
    for (size_t i = 0; i < n; i++)
        assert_false((unsigned char)text[i] < 0x20 || text[i] == 0x7f);
    /* a prompt ends with a blank, and nothing else does */
    assert_int_equal(text[n - 1] == ' ', n > 1 && text[n - 2] == ':');
}

static void
there_are_these_languages(void **state)
{
    static const char *const languages[LANGUAGES] = { "de", "es", "fr", "it" };

    (void)state;
    for (size_t i = 0; i < LANGUAGES; i++)
        assert_string_equal(hp_catalogues[i].language, languages[i]);
    assert_null(hp_catalogues[LANGUAGES].language);
}

static void
each_text_is_there_in_each_language(void **state)
{
    (void)state;
    for (const hp_catalogue *c = hp_catalogues; c->language != NULL; c++) {
        const char *const languages[] = { c->language, NULL };

        for (size_t i = 0; i < COUNT(said); i++) {
            const char *text = hp_text(said[i], languages);

            if (text == said[i])
                fail_msg("%s has no \"%s\"", c->language, said[i]);
            assert_is_a_line(text);
            assert_same_places(text, said[i]);
        }
    }
}

static void
no_translation_is_of_something_never_said(void **state)
{
    (void)state;
    for (const hp_catalogue *c = hp_catalogues; c->language != NULL; c++) {
        assert_int_equal(count(c), count(hp_catalogues));
        for (const hp_translation *t = c->texts; t->english != NULL; t++) {
            if (!is_said(t->english))
                fail_msg("%s: \"%s\" is said nowhere", c->language, t->english);
        }
    }
}

static void
english_is_ascii_and_a_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(said); i++) {
        assert_is_a_line(said[i]);
        for (const char *p = said[i]; *p != '\0'; p++)
            assert_true((unsigned char)*p < 0x80);
    }
}

static void
each_reason_speaks_each_language(void **state)
{
    static const hp_reason reasons[] = {
#define X(name, id, word, http, auth, account, stage, group, text) HP_##name,
        HP_REASONS(X)
#undef X
    };
    static const char *const french[] = { "fr", NULL };

    (void)state;
    for (size_t i = 0; i < COUNT(reasons); i++) {
        const char *title = hp_reason_title(reasons[i]), *advice = hp_reason_advice(reasons[i]);

        assert_true(hp_text(title, french) != title);
        assert_true(hp_text(advice, french) != advice);
    }
}

static void
the_first_language_there_is_speaks(void **state)
{
    static const struct {
        const char *languages[4];
        const char *chosen, *says;
    } rows[] = {
        { { NULL }, "en", "Pass accepted." },
        { { "" }, "en", "Pass accepted." },
        { { "fr" }, "fr", "Pass accepté." },
        { { "fr-CA" }, "fr", "Pass accepté." },
        { { "FR-ca" }, "fr", "Pass accepté." },
        { { "de-Latn-CH-1996" }, "de", "Nachweis akzeptiert." },
        { { "pt", "ja-JP", "es" }, "es", "Pase aceptado." },
        { { "it", "fr" }, "it", "Pass accettato." },
        { { "en", "fr" }, "en", "Pass accepted." },
        { { "en-GB", "fr" }, "en", "Pass accepted." },
        { { "pt-BR", "ja" }, "en", "Pass accepted." },
        /* no language of these begins with another's letters only */
        { { "fry", "fr" }, "fr", "Pass accepté." },
        { { "f" }, "en", "Pass accepted." },
        { { "enm", "de" }, "de", "Nachweis akzeptiert." },
        { { "d", "it-" }, "it", "Pass accettato." },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_string_equal(hp_text_language(rows[i].languages), rows[i].chosen);
        assert_string_equal(hp_text("Pass accepted.", rows[i].languages), rows[i].says);
    }
    assert_string_equal(hp_text_language(NULL), "en");
    assert_string_equal(hp_text("Pass accepted.", NULL), "Pass accepted.");
}

static void
what_is_in_no_catalogue_stays_as_it_is(void **state)
{
    static const char *const languages[] = { "fr", NULL };
    static const char *const text = "Pass accepted!";

    (void)state;
    assert_ptr_equal(hp_text(text, languages), text);
    assert_string_equal(hp_text("", languages), "");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(there_are_these_languages),
    cmocka_unit_test(each_text_is_there_in_each_language),
    cmocka_unit_test(no_translation_is_of_something_never_said),
    cmocka_unit_test(english_is_ascii_and_a_line),
    cmocka_unit_test(each_reason_speaks_each_language),
    cmocka_unit_test(the_first_language_there_is_speaks),
    cmocka_unit_test(what_is_in_no_catalogue_stays_as_it_is),
};

UNIT_MAIN(tests)
