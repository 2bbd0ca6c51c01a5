/*
 * The feeds file: every key, every limit, every mistake with its line; and what is remembered
 * of feeds.
 */
#include "unit.h"

#include "cli/feeds.h"
#include "cli/state.h"
#include "maker.h"

#include <stdlib.h>
#include <sys/stat.h>

static bool
feeds_of(const char *text, hp_feeds_file *file, hp_error *error)
{
    hp_str s = guard_end((hp_str){ (const uint8_t *)text, strlen(text) + 1 });

    error->text[0] = '\0';
    if (hp_feeds_read("F", (hp_str){ s.p, s.n - 1 }, file, error))
        return true;
    assert_int_equal(strncmp(error->text, "F:", 2), 0);
    assert_true(file->conf == NULL && file->all == NULL);
    return false;
}

#define STORE "store = \"/s\"; "
#define FEED  "name = \"n\"; from = \"de\"; url = \"https://h/l\"; "
#define GOOD  STORE "feeds = ( { " FEED " } ); "

static void
defaults(void **state)
{
    hp_feeds_file f;
    hp_error error;

    (void)state;
    assert_true(feeds_of(GOOD, &f, &error));
    assert_string_equal(f.store, "/s");
    assert_int_equal(f.env, HP_ENV_PROD);
    assert_true(f.ca == NULL && f.proxy == NULL);
    assert_int_equal(f.n, 1);
    assert_string_equal(f.all[0].name, "n");
    assert_string_equal(f.all[0].from->name, "de");
    assert_int_equal(f.all[0].n_urls, 1);
    assert_string_equal(f.all[0].urls[0], "https://h/l");
    assert_true(f.all[0].signature_url == NULL && f.all[0].issuer == NULL);
    assert_true(f.all[0].n_pins == 0 && f.all[0].n_authorities == 0);
    assert_true(f.all[0].every == 6 * 3600 && f.all[0].max_age == 0);
    assert_true(f.all[0].timeout == 120 && f.all[0].max_size == 16 << 20);
    assert_false(f.all[0].allow_unsigned || f.all[0].allow_unreadable_eku);
    hp_feeds_free(&f);
    hp_feeds_free(&f);
}

static void
every_key(void **state)
{
    hp_feeds_file f;
    hp_error error;

    (void)state;
    assert_true(feeds_of("environment = \"dev\"; ca = \"/c\"; proxy = \"http://p:3128\"; " STORE
        "feeds = ( { " FEED " }, { name = \"A-1_b.c\"; from = \"gdhcn\"; url = [ \"/a\", "
        "\"file:///b\", \"http://[::1]:80/\" ]; signature_url = \"https://h/s\"; pin = \"/p\"; "
        "authorities = [ \"/a\", \"/b\" ]; issuer = \"https://i\"; every = \"1m\"; "
        "max_age = \"72h\"; timeout = \"1s\"; max_size = \"4k\"; allow_unsigned = false; "
        "allow_unreadable_eku = \"on\"; } );", &f, &error));
    assert_int_equal(f.env, HP_ENV_DEV);
    assert_string_equal(f.ca, "/c");
    assert_string_equal(f.proxy, "http://p:3128");
    assert_int_equal(f.n, 2);
    assert_int_equal(f.all[1].n_urls, 3);
    assert_string_equal(f.all[1].urls[2], "http://[::1]:80/");
    assert_string_equal(f.all[1].signature_url, "https://h/s");
    assert_string_equal(f.all[1].pins[0], "/p");
    assert_int_equal(f.all[1].n_authorities, 2);
    assert_string_equal(f.all[1].authorities[1], "/b");
    assert_string_equal(f.all[1].issuer, "https://i");
    assert_true(f.all[1].every == 60 && f.all[1].max_age == 72 * 3600);
    assert_true(f.all[1].timeout == 1 && f.all[1].max_size == 4096);
    assert_true(f.all[1].allow_unreadable_eku && !f.all[1].allow_unsigned);
    hp_feeds_free(&f);
}

/* One key more in a feed: good on its limits, and bad beyond them. */
static void
limits(void **state)
{
    static const char *const good[] = {
        "every = 60;", "every = \"7d\";", "every = 604800;", "max_age = \"366d\";",
        "max_age = \"1m\";", "timeout = \"1h\";", "timeout = 1;", "max_size = 1;",
        "max_size = \"16M\";", "max_size = 16777216;", "allow_unsigned = true;", "pin = [ \"/1\", "
        "\"/2\", \"/3\", \"/4\", \"/5\", \"/6\", \"/7\", \"/8\", \"/9\", \"/a\", \"/b\", \"/c\", "
        "\"/d\", \"/e\", \"/f\", \"/g\" ];",
    };
    static const char *const bad[][2] = {
        { "every = 59;", "every: expected a time from \"1m\"" },
        { "every = \"8d\";", "every: expected" }, { "every = \"6\";", "every: expected" },
        { "every = \"h\";", "every: expected" }, { "every = -60;", "every: expected" },
        { "max_age = 0;", "max_age: expected" }, { "max_age = \"367d\";", "max_age: expected" },
        { "timeout = 0;", "timeout: expected" }, { "timeout = 3601;", "timeout: expected" },
        { "max_size = 0;", "max_size: expected" }, { "max_size = \"17M\";", "max_size: expected" },
        { "max_size = \"1G\";", "max_size: expected" }, { "max_size = \"M\";", "max_size: exp" },
        { "max_size = \"4096\";", "max_size: expected" }, { "max_size = 16777217;", "max_size" },
        { "allow_unsigned = \"yes\";", "allow_unsigned: expected" },
        { "allow_unsigned = 1;", "allow_unsigned: expected" },
        { "allow_unreadable_eku = \"\";", "allow_unreadable_eku: expected" },
        { "allow_unsigned = true; pin = \"/p\";", "pin and allow_unsigned" },
        { "pin = \"p\";", "pin: expected" }, { "pin = [];", "pin: expected" },
        { "pin = [ \"/1\", \"/2\", \"/3\", \"/4\", \"/5\", \"/6\", \"/7\", \"/8\", \"/9\", \"/a\", "
          "\"/b\", \"/c\", \"/d\", \"/e\", \"/f\", \"/g\", \"/h\" ];", "up to 16" },
        { "authorities = 1;", "authorities: expected" }, { "issuer = \"i\";", "issuer: expected" },
        { "issuer = \"https://\";", "issuer: expected" }, { "signature_url = \"s\";", "signature_url" },
        { "signature_url = [ \"/s\" ];", "signature_url: expected" },
        { "foo = 1;", "foo: is no key of a feed" }, { "store = \"/s\";", "is no key of a feed" },
        { "name = \"m\";", "duplicate" }, { "Every = \"6h\";", "is no key of a feed" },
    };
    hp_feeds_file f;
    hp_error error;

    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        const char *text = maker_c_string(maker_print(STORE "feeds = ( { " FEED "%s } );", good[i]));

        if (!feeds_of(text, &f, &error))
            fail_msg("%s: %s", good[i], error.text);
        hp_feeds_free(&f);
    }
    for (size_t i = 0; i < COUNT(bad); i++) {
        const char *text = maker_c_string(maker_print(STORE "\nfeeds = ( {\n" FEED "\n%s } );",
                                                      bad[i][0]));

        if (feeds_of(text, &f, &error))
            fail_msg("%s: accepted", bad[i][0]);
        if (strstr(error.text, bad[i][1]) == NULL || strstr(error.text, "F:") != error.text)
            fail_msg("%s: says %s", bad[i][0], error.text);
    }
}

static void
bad_texts(void **state)
{
    static const char *const table[][2] = {
        { "", "store: is missing" }, { STORE, "feeds: is missing" },
        { "feeds = ( { " FEED " } );", "store: is missing" },
        { "store = \"s\";", "store: expected the absolute path" }, { "store = 1;", "store: expected" },
        { GOOD STORE, "duplicate" }, { GOOD "foo = 1;", "foo: is no key of a feeds file" },
        { GOOD "environment = \"test\";", "expected" }, { GOOD "ca = \"c\";", "ca: expected" },
        { GOOD "proxy = \"socks5://p\";", "proxy: expected" }, { GOOD "proxy = \"p:80\";", "proxy" },
        { GOOD "proxy = \"http://u:s@p:80\";", "proxy" }, { GOOD "proxy = \"http://p/x\";", "proxy" },
        { GOOD "proxy = \"http://p/?x\";", "proxy" }, { GOOD "proxy = 1;", "proxy: expected" },
        { STORE "feeds = ();", "1 to 64" }, { STORE "feeds = { };", "1 to 64" },
        { STORE "feeds = 1;", "1 to 64" }, { STORE "feeds = [ 1 ];", "feeds: expected groups" },
        { STORE "feeds = ( \"x\" );", "feeds: expected groups" },
        { STORE "\nfeeds = ( { " FEED " },\n{ " FEED " } );", "F:3: feeds: two feeds have the same" },
        { STORE "feeds = (\n{ from = \"de\"; url = \"/l\"; } );", "F:2: feeds: a feed without name" },
        { STORE "feeds = ( { name = \"n\"; url = \"/l\"; } );", "a feed without from" },
        { STORE "feeds = ( { name = \"n\"; from = \"de\"; } );", "a feed without url" },
        { STORE "feeds = ( { name = \"\"; } );", "name: expected 1 to 31" },
        { STORE "feeds = ( { name = \"a b\"; } );", "name: expected" },
        { STORE "feeds = ( { name = 1; } );", "name: expected" },
        { STORE "feeds = ( { name = \"abcdefghijklmnopqrstuvwxyz123456\"; } );", "name: expected" },
        { STORE "feeds = ( { from = \"fr\"; } );", "from: expected the name of a feed: \"gdhcn\"" },
        { STORE "feeds = ( { from = 1; } );", "from: expected" },
        { STORE "feeds = ( { url = \"http://h/\"; } );", "url: expected https" },
        { STORE "feeds = ( { url = []; } );", "a list of up to 8" },
        { STORE "feeds = ( { url = [ 1 ]; } );", "url: expected" },
        { STORE "feeds = ( { url = [ \"/1\", \"/2\", \"/3\", \"/4\", \"/5\", \"/6\", \"/7\", \"/8\", "
          "\"/9\" ]; } );", "up to 8" },
        { "@include \"/etc/passwd\"\n", "@include" },
    };
    hp_feeds_file f;
    hp_error error;

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        if (feeds_of(table[i][0], &f, &error))
            fail_msg("%s: accepted", table[i][0]);
        if (strstr(error.text, table[i][1]) == NULL)
            fail_msg("%s: says %s", table[i][0], error.text);
    }
}

/* As many feeds as a store has places for lists, and no more. */
static void
many_feeds(void **state)
{
    hp_str text = maker_print(STORE "feeds = (");
    hp_feeds_file f;
    hp_error error;

    (void)state;
    for (int i = 0; i < HP_SOURCES_MAX; i++)
        text = maker_print("%s%s { name = \"n%d\"; from = \"de\"; url = \"/l\"; }",
                           maker_c_string(text), i == 0 ? "" : ",", i);
    assert_true(feeds_of(maker_c_string(maker_print("%s );", maker_c_string(text))), &f, &error));
    assert_int_equal(f.n, HP_SOURCES_MAX);
    hp_feeds_free(&f);
    text = maker_print("%s, { name = \"x\"; from = \"de\"; url = \"/l\"; } );", maker_c_string(text));
    assert_false(feeds_of(maker_c_string(text), &f, &error));
    assert_non_null(strstr(error.text, "1 to 64"));
}

/* ---- what is remembered --------------------------------------------------------------------- */

static void
states_come_back(void **state)
{
    const char *path = maker_file("x.state", HP_STR(""));
    hp_state *a = calloc(1, sizeof(*a)), *b = calloc(1, sizeof(*b));
    hp_feed_state *one;
    hp_error error;
    char name[HP_SOURCE_NAME];

    (void)state;
    assert_true(a != NULL && b != NULL);
    for (int i = 0; i < HP_SOURCES_MAX; i++) {
        (void)snprintf(name, sizeof(name), "n%d", i);
        one = hp_state_of(a, name);
        assert_non_null(one);
        one->tried = 1.6e9 + i;
    }
    assert_null(hp_state_of(a, "one more"));
    one = hp_state_of(a, "n7");
    one->due = 4e9;
    memset(one->etag, '"', sizeof(one->etag) - 1);
    (void)snprintf(one->error, sizeof(one->error), "%s", "a \"quoted\"\nline \xff");
    assert_true(hp_state_write(path, a, &error));
    assert_true(hp_state_read(path, b, &error));
    assert_int_equal(b->n, HP_SOURCES_MAX);
    assert_memory_equal(hp_state_of(b, "n7")->etag, one->etag, sizeof(one->etag));
    assert_string_equal(hp_state_of(b, "n7")->error, "a \"quoted\"\nline ?");
    assert_true(hp_state_of(b, "n7")->due == 4e9 && hp_state_of(b, "n7")->succeeded == 0);
    assert_true(hp_state_of(b, "n63")->tried == 1.6e9 + 63);
    assert_int_equal(chmod(path, 0666), 0);
    assert_false(hp_state_read(path, b, &error)); /* anybody could have written it */
    assert_int_equal(b->n, 0);
    assert_true(hp_state_write(path, a, &error));
    assert_true(hp_state_read(path, b, &error));
    assert_true(hp_state_read("/nowhere", b, &error));
    assert_int_equal(b->n, 0);
    assert_false(hp_state_write("/nowhere/x", a, &error));
    free(a);
    free(b);
}

/* ---- memory --------------------------------------------------------------------------------- */

static void
every_allocation_fails_once(void **state)
{
    static hp_state remembered;
    const char *path = maker_file("y.state", HP_STR("{\"feeds\":{\"n\":{\"etag\":\"x\"}}}"));
    hp_feeds_file f;
    hp_error error;
    bool good = false;
    size_t nth;

    (void)state;
    for (nth = 1; nth < 100 && !good; nth++) {
        alloc_start(nth);
        good = hp_feeds_read("F", HP_STR(GOOD), &f, &error);
        alloc_start(0);
        if (good)
            hp_feeds_free(&f);
        else
            assert_non_null(strstr(error.text, "no memory"));
    }
    assert_true(good && nth > 2);
    for (nth = 1, good = false; nth < 100 && !good; nth++) {
        alloc_start(nth);
        good = hp_state_read(path, &remembered, &error) &&
               hp_state_write(path, &remembered, &error);
        alloc_start(0);
    }
    assert_true(good);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(defaults),
    cmocka_unit_test(every_key),
    cmocka_unit_test(limits),
    cmocka_unit_test(bad_texts),
    cmocka_unit_test(many_feeds),
    cmocka_unit_test(states_come_back),
    cmocka_unit_test(every_allocation_fails_once),
};

UNIT_MAIN(tests)
