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

/* ---- lists of withdrawn passes -------------------------------------------------------------- */

#define INDEX  "index = \"/i\"; "
#define LIST(from, more) INDEX "\nrevocations = ( {\nname = \"n\"; from = \"" from "\"; " \
                         "url = \"https://h/l\";\n" more " } );"
#define FREE "allow_unsigned = true; "

static void
revocation_defaults(void **state)
{
    hp_feeds_file f;
    hp_error error;

    (void)state;
    assert_true(feeds_of(LIST("gateway", "pin = \"/p\";"), &f, &error));
    assert_true(f.store == NULL && f.n == 0 && f.n_revocations == 1);
    assert_string_equal(f.index, "/i");
    assert_int_equal(f.revocations[0].from, HP_FEEDS_GATEWAY);
    assert_string_equal(f.revocations[0].url, "https://h/l");
    assert_true(f.revocations[0].every == 3600 && f.revocations[0].max_age == 0);
    assert_true(f.revocations[0].timeout == 120 && f.revocations[0].max_size == 16 << 20);
    assert_true(f.revocations[0].client_cert == NULL && f.revocations[0].n_kids == 0);
    assert_false(f.revocations[0].allow_unsigned || f.revocations[0].hashes);
    hp_feeds_free(&f);
    assert_true(feeds_of(LIST("slices", FREE), &f, &error));
    assert_true(f.revocations[0].max_size == 64 << 20);
    hp_feeds_free(&f);
    assert_true(feeds_of(LIST("list", FREE "plain = true;"), &f, &error));
    assert_true(f.revocations[0].max_size == 1 << 30 && f.revocations[0].plain);
    assert_int_equal(f.revocations[0].kind, HP_LISTED_UCI);
    hp_feeds_free(&f);
}

static void
revocation_keys(void **state)
{
    hp_feeds_file f;
    hp_error error;

    (void)state;
    assert_true(feeds_of(GOOD INDEX "revocations = ( { max_age = \"24h\"; pin = [ \"/p\", \"/q\" ]; "
        "client_cert = \"/c\"; client_key = \"/k\"; every = \"5m\"; timeout = 9; max_size = \"1M\"; "
        "url = \"http://localhost:1\"; from = \"gateway\"; name = \"g\"; }, { name = \"s\"; from = \"slices\"; "
        "url = \"https://s/api\"; filter = \"hashes\"; allow_unsigned = \"on\"; }, { name = \"c\"; from = \"shc\"; "
        "url = \"https://mirror/iss\"; issuer = \"https://iss\"; kid = [ \"a-_Z9\", \"b\" ]; " FREE "}, "
        "{ name = \"n\"; from = \"list\"; url = \"https://l/?q=1\"; kind = \"country-uci\"; plain = \"off\"; "
        "max_size = \"4096M\"; " FREE "} );", &f, &error));
    assert_int_equal(f.n, 1); /* of the same name as a revocation list: they never meet */
    assert_int_equal(f.n_revocations, 4);
    assert_int_equal(f.revocations[0].n_pins, 2);
    assert_string_equal(f.revocations[0].client_cert, "/c");
    assert_string_equal(f.revocations[0].client_key, "/k");
    assert_true(f.revocations[0].every == 300 && f.revocations[0].timeout == 9);
    assert_true(f.revocations[0].max_age == 86400 && f.revocations[0].max_size == 1 << 20);
    assert_true(f.revocations[1].hashes && f.revocations[1].allow_unsigned);
    assert_string_equal(f.revocations[2].issuer, "https://iss");
    assert_int_equal(f.revocations[2].n_kids, 2);
    assert_string_equal(f.revocations[2].kids[0], "a-_Z9");
    assert_int_equal(f.revocations[3].kind, HP_LISTED_COUNTRY_UCI);
    assert_true(f.revocations[3].max_size == 4294967296.0 && !f.revocations[3].plain);
    hp_feeds_free(&f);
}

#define KID_64 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void
bad_revocations(void **state)
{
    static const char *const table[][2] = {
        { INDEX, "revocations: is missing" }, { "index = \"i\";", "index: expected the absolute" },
        { "revocations = ();", "1 to 64" }, { "revocations = ( 1 );", "revocations: expected groups" },
        { "revocations = ( { name = \"n\"; from = \"list\"; url = \"https://h\"; kind = \"uci\"; "
          FREE "} );", "index: is missing" },
        { STORE LIST("gateway", "pin = \"/p\";"), "feeds: is missing" },
        { "revocations = ( {\nname = \"n\"; } );", "F:1: revocations: a list without from" },
        { "revocations = ( {\nfrom = \"eu\"; } );", "F:2: from: expected \"gateway\"" },
        { "revocations = ( { from = 1; } );", "from: expected" },
        { "revocations = ( { from = \"shc\"; } );", "a list without name" },
        { "revocations = ( { name = \"n\"; from = \"shc\"; } );", "a list without url" },
        { "revocations = ( { name = \"n n\"; from = \"shc\"; } );", "name: expected 1 to 31" },
        { "revocations = ( { name = \"..\"; from = \"shc\"; } );", "does not begin with a dot" },
        { "revocations = ( { name = \".n\"; from = \"shc\"; } );", "does not begin with a dot" },
        { "revocations = ( { name = \"deny-list\"; from = \"shc\"; } );", "is not deny-list" },
        { LIST("gateway", ""), "a gateway without pin" }, { LIST("shc", ""), "nobody signs" },
        { LIST("slices", "allow_unsigned = false;"), "nobody signs lists of this form" },
        { LIST("gateway", "pin = \"p\";"), "F:4: pin: expected the absolute path" },
        { LIST("gateway", FREE), "F:4: allow_unsigned: is no key of a list from \"gateway\"" },
        { LIST("slices", FREE "pin = \"/p\";"), "pin: is no key of a list from \"slices\"" },
        { LIST("gateway", "pin = \"/p\"; kid = \"x\";"), "kid: is no key" },
        { LIST("shc", FREE "filter = \"bloom\";"), "filter: is no key" },
        { LIST("slices", FREE "filter = \"all\";"), "filter: expected \"bloom\"" },
        { LIST("slices", FREE "kind = \"uci\";"), "kind: is no key" },
        { LIST("list", FREE "kind = \"uci\"; plain = true;"), "expected kind" },
        { LIST("list", FREE), "expected kind = " }, { LIST("list", FREE "kind = \"x\";"), "kind: exp" },
        { LIST("list", FREE "plain = 1;"), "plain: expected" },
        { LIST("shc", FREE "kid = \"\";"), "kid: expected" }, { LIST("shc", FREE "kid = [];"), "kid: exp" },
        { LIST("shc", FREE "kid = \"../x\";"), "kid: expected" },
        { LIST("shc", FREE "kid = \"" KID_64 "a\";"), "kid: expected" },
        { LIST("shc", FREE "issuer = \"x\";"), "issuer: expected" },
        { LIST("shc", FREE "client_key = \"/k\";"), "expected both" },
        { LIST("shc", FREE "client_cert = \"/c\";"), "expected both" },
        { LIST("shc", FREE "client_cert = \"c\";"), "client_cert: expected" },
        { LIST("shc", FREE "client_key = 1;"), "client_key: expected" },
        { LIST("shc", FREE "every = 59;"), "every: expected" }, { LIST("shc", FREE "store = 1;"), "is no key" },
        { LIST("shc", FREE "max_size = \"65M\";"), "from 1 to \"64M\"" },
        { LIST("shc", FREE "max_size = 67108865;"), "max_size: expected" },
        { LIST("list", FREE "plain = true; max_size = \"4097M\";"), "\"4096M\"" },
        { LIST("list", FREE "max_size = 0;"), "max_size: expected" },
        { LIST("shc", FREE "name = \"m\";"), "duplicate" },
        { LIST("shc", FREE "url = \"/f\";"), "duplicate" },
        { INDEX "revocations = ( { name = \"n\"; from = \"shc\"; url = \"/f\"; } );", "url: expected https" },
        { INDEX "revocations = ( { name = \"n\"; from = \"shc\"; url = \"http://h\"; } );", "url: expected" },
        { INDEX "revocations = ( { name = \"n\"; from = \"shc\"; url = \"https://h/\"; } );", "a slash" },
        { INDEX "revocations = ( { name = \"n\"; from = \"shc\"; url = \"https://h?q\"; } );", "a query" },
        { INDEX "\nrevocations = ( { name = \"n\"; from = \"shc\"; url = \"https://h\"; " FREE "},\n"
          "{ name = \"n\"; from = \"shc\"; url = \"https://h\"; " FREE "} );", "F:3: revocations: two lists" },
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
    assert_true(feeds_of(LIST("shc", FREE "kid = \"" KID_64 "\"; max_size = \"64M\";"), &f, &error));
    hp_feeds_free(&f);
}

/* As many lists as an index has places for, and no more. */
static void
many_revocations(void **state)
{
    hp_str text = maker_print(INDEX "revocations = (");
    hp_feeds_file f;
    hp_error error;

    (void)state;
    for (int i = 0; i < HP_SOURCES_MAX; i++)
        text = maker_print("%s%s { name = \"n%d\"; from = \"shc\"; url = \"https://h\"; " FREE "}",
                           maker_c_string(text), i == 0 ? "" : ",", i);
    assert_true(feeds_of(maker_c_string(maker_print("%s );", maker_c_string(text))), &f, &error));
    assert_int_equal(f.n_revocations, HP_SOURCES_MAX);
    hp_feeds_free(&f);
    text = maker_print("%s, { name = \"x\"; from = \"shc\"; url = \"https://h\"; " FREE "} );",
                       maker_c_string(text));
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
    (void)snprintf(one->cursor, sizeof(one->cursor), "2026-01-01T00:00:00.123+01:00");
    memset(one->etag, '"', sizeof(one->etag) - 1);
    (void)snprintf(one->error, sizeof(one->error), "%s", "a \"quoted\"\nline \xff");
    assert_true(hp_state_write(path, a, &error));
    assert_true(hp_state_read(path, b, &error));
    assert_int_equal(b->n, HP_SOURCES_MAX);
    assert_memory_equal(hp_state_of(b, "n7")->etag, one->etag, sizeof(one->etag));
    assert_string_equal(hp_state_of(b, "n7")->error, "a \"quoted\"\nline ?");
    assert_string_equal(hp_state_of(b, "n7")->cursor, "2026-01-01T00:00:00.123+01:00");
    assert_string_equal(hp_state_of(b, "n8")->cursor, "");
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

/* A list is due at its time, when terms change, and when its time is further off than can be. */
static void
when_it_is_due(void **state)
{
    hp_feed_state one = { .due = 1000, .terms = "t" };

    (void)state;
    assert_false(hp_state_due(&one, "t", 600, 999));
    assert_true(hp_state_due(&one, "t", 600, 1000));
    assert_true(hp_state_due(&one, "u", 600, 999));
    one.due = 999 + 1200;
    assert_false(hp_state_due(&one, "t", 600, 999));
    one.due += 1;
    assert_true(hp_state_due(&one, "t", 600, 999));
}

static void
how_a_try_is_noted(void **state)
{
    hp_crypto *crypto = hp_crypto_new();
    hp_feed_state one = { .terms = "t", .etag = "e", .modified = "m", .cursor = "c" };

    (void)state;
    assert_non_null(crypto);
    hp_state_note(crypto, &one, "t", 3600, NULL, 10000);
    assert_true(one.tried == 10000 && one.succeeded == 10000 && one.error[0] == '\0');
    assert_in_range(one.due, 10000 + 3240, 10000 + 3960);
    hp_state_note(crypto, &one, "t", 7200, "no answer", 20000);
    assert_true(one.tried == 20000 && one.succeeded == 10000);
    assert_string_equal(one.error, "no answer");
    assert_string_equal(one.cursor, "c");
    assert_in_range(one.due, 20000 + 1620, 20000 + 1980);
    hp_state_note(crypto, &one, "t", 60, "no answer", 20000);
    assert_in_range(one.due, 20000 + 54, 20000 + 66);
    hp_state_note(crypto, &one, "u", 60, "no answer", 20000); /* read by other terms: all anew */
    assert_true(one.etag[0] == '\0' && one.modified[0] == '\0' && one.cursor[0] == '\0');
    assert_string_equal(one.terms, "u");
    hp_crypto_free(crypto);
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
        good = hp_feeds_read("F", HP_STR(GOOD LIST("gateway", "pin = \"/p\";")), &f, &error);
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
    cmocka_unit_test(revocation_defaults),
    cmocka_unit_test(revocation_keys),
    cmocka_unit_test(bad_revocations),
    cmocka_unit_test(many_revocations),
    cmocka_unit_test(states_come_back),
    cmocka_unit_test(when_it_is_due),
    cmocka_unit_test(how_a_try_is_noted),
    cmocka_unit_test(every_allocation_fails_once),
};

UNIT_MAIN(tests)
