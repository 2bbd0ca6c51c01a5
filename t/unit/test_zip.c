/* ZIP archives: what is taken, and what makes an archive none that is. */
#include "unit.h"

#include "codec/zip.h"
#include "lists.h"
#include "maker.h"

#include <stdlib.h>

static const hp_zip_caps caps = { .file = 1000, .all = 2500, .entries = 4 };
static hp_error error;
static char taken[512];
static size_t bytes;

static bool
take(void *context, const char *name, hp_str content, hp_error *why)
{
    size_t used = strlen(taken);

    (void)snprintf(taken + used, sizeof(taken) - used, "%s=%zu ", name, content.n);
    bytes += content.n;
    if (context != NULL)
        hp_error_set(why, "not wanted");
    return context == NULL;
}

/* Empty when the archive was walked to its end, else why not. */
static const char *
walk(hp_str zip)
{
    taken[0] = '\0';
    bytes = 0;
    hp_error_set(&error, "no reason");
    return hp_zip_walk(guard_end(zip), &caps, take, NULL, &error) ? "" : error.text;
}

static hp_str
named(const char *name)
{
    return lists_zip(&(lists_file){ .name = name, .content = HP_STR("x") }, 1, NULL);
}

/* The name as it stands in the archive twice, replaced by one of the same length. */
static hp_str
renamed(const char *from, const char *to)
{
    hp_str old = hp_str_of(from), by = hp_str_of(to);

    return maker_replace(maker_replace(named(from), old, by), old, by);
}

static void
good_archives(void **state)
{
    const lists_file files[] = { { "a/", { NULL, 0 }, NULL }, { "a/b.pem", HP_STR("bbb"), NULL },
                                 { "empty", HP_STR(""), NULL }, { "z", maker_fill(1000, 'z'), NULL } };

    (void)state;
    assert_string_equal(walk(lists_zip(files, 4, NULL)), "");
    assert_string_equal(taken, "a/b.pem=3 empty=0 z=1000 ");
    assert_string_equal(walk(lists_zip(files, 4, "zip:compression=store")), "");
    assert_string_equal(walk(lists_zip(files, 4, "zip:zip64")), "");
    assert_true(hp_zip_is(named("a")));
    assert_false(hp_zip_is(HP_STR("PK")));
    assert_false(hp_zip_is((hp_str){ NULL, 0 }));
    assert_false(hp_zip_walk(named("a"), &caps, take, &bytes, &error));
    assert_string_equal(error.text, "not wanted");
}

static void
sizes(void **state)
{
    lists_file files[5];

    (void)state;
    for (size_t i = 0; i < 5; i++)
        files[i] = (lists_file){ maker_c_string(maker_print("f%zu", i)), maker_fill(600, 'x'), NULL };
    assert_string_equal(walk(lists_zip(files, 4, NULL)), "");
    assert_non_null(strstr(walk(lists_zip(files, 5, NULL)), "more files"));
    files[3].content = maker_fill(700, 'x');
    assert_string_equal(walk(lists_zip(files, 4, NULL)), "");
    files[3].content = maker_fill(701, 'x');
    assert_non_null(strstr(walk(lists_zip(files, 4, NULL)), "holds more than"));
    files[3].content = maker_fill(1001, 'x');
    assert_non_null(strstr(walk(lists_zip(files, 4, NULL)), "f3 in the archive is larger"));
}

static const char *
walk_tar(hp_str tar)
{
    taken[0] = '\0';
    bytes = 0;
    hp_error_set(&error, "no reason");
    return hp_tar_walk(guard_end(tar), &caps, take, NULL, &error) ? "" : error.text;
}

/* The same rules, but that a name may begin with "./". */
static void
tar_archives(void **state)
{
    const lists_file files[] = { { "./", { NULL, 0 }, NULL }, { "./a/", { NULL, 0 }, NULL },
                                 { "./a/b", HP_STR("bbb"), NULL }, { "z", maker_fill(1000, 'z'), NULL } };
    lists_file one = { "x", HP_STR("x"), NULL };
    hp_str tar = lists_tar(files, 4);
    size_t i;

    (void)state;
    assert_string_equal(walk_tar(tar), "");
    assert_string_equal(taken, "a/b=3 z=1000 ");
    assert_true(hp_tar_is(tar) && !hp_tar_is(named("a")) && !hp_tar_is((hp_str){ NULL, 0 }));
    assert_non_null(strstr(walk_tar(named("a")), "no tar archive"));
    for (i = 0; i + 20 < tar.n; i += 7)
        assert_string_not_equal(walk_tar((hp_str){ tar.p, i }), "");
    for (i = 0; i < 3; i++) {
        one.name = ((const char *[]){ "../x", "/x", "././x" })[i];
        assert_non_null(strstr(walk_tar(lists_tar(&one, 1)), "elsewhere"));
    }
    one = (lists_file){ "x", { NULL, 0 }, "/etc/passwd" };
    assert_non_null(strstr(walk_tar(lists_tar(&one, 1)), "is a link"));
    one = (lists_file){ "x", maker_fill(1001, 'x'), NULL };
    assert_non_null(strstr(walk_tar(lists_tar(&one, 1)), "is larger"));
    one.content = maker_fill((size_t)3 << 20, 0);
    assert_non_null(strstr(walk_tar(lists_tar(&one, 1)), "is larger"));
    assert_int_equal(bytes, 0);
    assert_non_null(strstr(walk_tar(lists_tar((const lists_file[]){ { "x", HP_STR("1"), NULL },
                                                                   { "./x", HP_STR("2"), NULL } }, 2)),
                           "x in the archive is there twice"));
}

/* Some megabytes in some kilobytes: no more comes out than may. */
static void
bombs(void **state)
{
    hp_str zeros = maker_fill((size_t)3 << 20, 0);
    hp_str zip = lists_zip(&(lists_file){ .name = "bomb", .content = zeros }, 1, NULL);

    (void)state;
    assert_in_range(zip.n, 100, 10000);
    assert_non_null(strstr(walk(zip), "bomb in the archive is larger"));
    assert_int_equal(bytes, 0);
}

static void
names(void **state)
{
    static const char *const elsewhere[] = { "../x", "a/..", "a/../b", "..", "/abs", "a//b", "./a",
                                             "a/./b", "c:a" };
    const lists_file twice[] = { { "a", HP_STR("1"), NULL }, { "b", HP_STR("2"), NULL },
                                 { "a", HP_STR("3"), NULL } };

    (void)state;
    for (size_t i = 0; i < COUNT(elsewhere); i++) {
        hp_str old = maker_fill(strlen(elsewhere[i]), 'q');

        assert_non_null(strstr(walk(renamed(maker_c_string(old), elsewhere[i])), "elsewhere"));
        assert_string_equal(taken, "");
    }
    assert_string_equal(walk(named("..a")), "");
    assert_string_equal(walk(named("a..")), "");
    assert_non_null(strstr(walk(renamed("qqqqq", "a\\b/c")), "elsewhere"));
    assert_non_null(strstr(walk(renamed("qqqq", "..\\a")), "elsewhere")); /* read as ../a */
    assert_non_null(strstr(walk(renamed("qqq", "a\x1b[")), "printable"));
    assert_non_null(strstr(walk(renamed("qqq", "a b")), "printable"));
    assert_non_null(strstr(walk(renamed("qqq", "\xc3\xa9x")), "printable"));
    assert_string_equal(walk(named(maker_c_string(maker_fill(255, 'n')))), "");
    assert_non_null(strstr(walk(named(maker_c_string(maker_fill(256, 'n')))), "too long"));
    assert_non_null(strstr(walk(lists_zip(twice, 3, NULL)), "a in the archive is there twice"));
}

static void
kinds(void **state)
{
    const lists_file link = { "link", { NULL, 0 }, "/etc/passwd" };

    (void)state;
    assert_non_null(strstr(walk(lists_zip(&link, 1, NULL)), "is a link"));
    assert_non_null(strstr(walk(lists_zip(&(lists_file){ "a", HP_STR("secret"), NULL }, 1,
                                          "zip:encryption=traditional")), "encrypted"));
    assert_non_null(strstr(walk(lists_zip(&(lists_file){ "a", HP_STR("secret"), NULL }, 1,
                                          "zip:encryption=aes256")), "encrypted"));
}

/* Method 0 (stored) made method 14 (LZMA) in both headers: never tried. */
static void
methods(void **state)
{
    hp_str zip = lists_zip(&(lists_file){ "a", HP_STR("x"), NULL }, 1, "zip:compression=store");
    uint8_t *p = malloc(zip.n);
    size_t i;

    (void)state;
    assert_non_null(p);
    memcpy(p, zip.p, zip.n);
    for (i = 0; i + 12 < zip.n; i++) {
        if (memcmp(p + i, "PK\003\004", 4) == 0)
            p[i + 8] = 14;
        if (memcmp(p + i, "PK\001\002", 4) == 0)
            p[i + 10] = 14;
    }
    assert_non_null(strstr(walk((hp_str){ p, zip.n }), "unusual way"));
    free(p);
}

static void
damaged(void **state)
{
    hp_str zip = lists_zip(&(lists_file){ "a", maker_fill(500, 'x'), NULL }, 1, NULL);
    hp_str stored = lists_zip(&(lists_file){ "a", HP_STR("content"), NULL }, 1,
                              "zip:compression=store");

    (void)state;
    assert_non_null(strstr(walk(HP_STR("")), "no ZIP"));
    assert_non_null(strstr(walk(HP_STR("hello")), "no ZIP"));
    for (size_t n = 0; n < zip.n; n++)
        assert_string_not_equal(walk((hp_str){ zip.p, n }), "");
    assert_non_null(strstr(walk(maker_replace(stored, HP_STR("content"), HP_STR("c0ntent"))),
                           "is damaged"));
}

static void
no_memory(void **state)
{
    hp_str zip = named("a");

    (void)state;
    for (size_t n = 1; n <= 3; n++) {
        alloc_start(n);
        assert_non_null(strstr(walk(zip), "no memory"));
    }
    alloc_start(0);
    assert_string_equal(walk(zip), "");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(good_archives),
    cmocka_unit_test(sizes),
    cmocka_unit_test(tar_archives), cmocka_unit_test(bombs),
    cmocka_unit_test(names),
    cmocka_unit_test(kinds),
    cmocka_unit_test(methods),
    cmocka_unit_test(damaged),
    cmocka_unit_test(no_memory),
};

UNIT_MAIN(tests)
