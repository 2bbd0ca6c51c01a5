/* Files that an administrator wrote: who may own them, what they may be, when they changed. */
#include "unit.h"

#include "base/file.h"
#include "maker.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#define MAX 100

static bool
reads(const char *path, unsigned must, hp_error *error)
{
    hp_bytes bytes;
    hp_stamp stamp;

    error->text[0] = '\0';
    if (!hp_file_read(path, must, MAX, &bytes, &stamp, error)) {
        assert_non_null(strstr(error->text, path));
        return false;
    }
    assert_int_equal(bytes.n, stamp.size);
    hp_bytes_free(&bytes);
    hp_bytes_free(&bytes);
    assert_string_equal(error->text, "");
    return true;
}

static const char *
with_mode(mode_t mode)
{
    const char *path = maker_file("f", HP_STR("text"));

    assert_int_equal(chmod(path, mode), 0);
    return path;
}

static void
a_file_is_read_whole(void **state)
{
    const char *path = maker_file("f", HP_STR("a\0b"));
    hp_bytes bytes;
    hp_error error;

    (void)state;
    assert_true(hp_file_read(path, HP_FILE_OWNED, MAX, &bytes, NULL, &error));
    assert_str_equal(((hp_str){ bytes.p, bytes.n }), HP_STR("a\0b"));
    assert_int_equal(bytes.p[bytes.n], 0);
    hp_bytes_free(&bytes);
    (void)maker_file("f", HP_STR(""));
    assert_true(reads(path, HP_FILE_OWNED, &error));
}

static void
the_size_is_limited(void **state)
{
    hp_error error;

    (void)state;
    assert_true(reads(maker_file("f", maker_fill(MAX - 1, 'x')), 0, &error));
    assert_true(reads(maker_file("f", maker_fill(MAX, 'x')), 0, &error));
    assert_false(reads(maker_file("f", maker_fill(MAX + 1, 'x')), 0, &error));
}

static void
modes(void **state)
{
    static const struct {
        mode_t mode;
        bool owned, secret;
    } table[] = { { 0600, true, true }, { 0400, true, true }, { 0640, true, true },
        { 0644, true, false }, { 0604, true, false }, { 0660, false, true }, { 0620, false, true },
        { 0602, false, false }, { 0666, false, false }, { 0777, false, false }, { 0755, true, false } };
    hp_error error;

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        const char *path = with_mode(table[i].mode);

        assert_true(reads(path, 0, &error));
        assert_int_equal(reads(path, HP_FILE_OWNED, &error), table[i].owned);
        assert_int_equal(reads(path, HP_FILE_SECRET, &error), table[i].secret);
        assert_int_equal(reads(path, HP_FILE_OWNED | HP_FILE_SECRET, &error),
            table[i].owned && table[i].secret);
    }
}

/* Of others only root can make one; everybody else finds one that is root's. */
static void
owners(void **state)
{
    const char *path = with_mode(0644);
    hp_error error;

    (void)state;
    if (geteuid() != 0) {
        hp_bytes bytes;

        assert_true(hp_file_read("/etc/hostname", HP_FILE_OWNED, 4096, &bytes, NULL, &error));
        hp_bytes_free(&bytes);
        return;
    }
    assert_int_equal(chown(path, 65534, 65534), 0);
    assert_true(reads(path, 0, &error));
    assert_false(reads(path, HP_FILE_OWNED, &error));
    assert_non_null(strstr(error.text, "65534"));
}

static void
what_is_no_regular_file(void **state)
{
    const char *folder = maker_folder();
    const char *link_path = maker_c_string(maker_print("%s/link", folder));
    const char *fifo = maker_c_string(maker_print("%s/fifo", folder));
    const char *target = maker_file("f", HP_STR("text"));
    hp_error error;

    (void)state;
    assert_int_equal(symlink(target, link_path), 0);
    assert_false(reads(link_path, 0, &error));
    assert_int_equal(mkfifo(fifo, 0600), 0);
    alarm(5); /* a reader that waits for a writer ends here */
    assert_false(reads(fifo, 0, &error));
    alarm(0);
    assert_false(reads(folder, 0, &error));
    assert_false(reads("/dev/null", 0, &error));
    assert_false(reads(maker_c_string(maker_print("%s/absent", folder)), 0, &error));
    assert_false(reads(maker_c_string(maker_print("%s/f/below", folder)), 0, &error));
}

static void
no_memory(void **state)
{
    const char *path = maker_file("f", HP_STR("text"));
    hp_bytes bytes;
    hp_error error;

    (void)state;
    alloc_start(1);
    assert_false(hp_file_read(path, 0, MAX, &bytes, NULL, &error));
    alloc_start(0);
    assert_non_null(strstr(error.text, "memory"));
}

static void
a_watch_sees_each_change(void **state)
{
    static const struct timeval before[2] = { { 1000, 0 }, { 1000, 0 } };
    hp_watch watch = { NULL, 0, false };
    const char *path = maker_file("w", HP_STR("one")), *other = maker_file("w2", HP_STR("two"));
    const char *absent = maker_c_string(maker_print("%s/later", maker_folder()));

    (void)state;
    assert_false(hp_watch_changed(&watch));
    hp_watch_add(&watch, path, hp_file_stamp(path));
    hp_watch_add(&watch, absent, hp_file_stamp(absent));
    assert_false(hp_watch_changed(&watch));
    (void)maker_file("w", HP_STR("three"));
    assert_true(hp_watch_changed(&watch));
    hp_watch_free(&watch);

    hp_watch_add(&watch, path, hp_file_stamp(path));
    assert_int_equal(utimes(path, before), 0); /* older than before, same size */
    assert_true(hp_watch_changed(&watch));
    hp_watch_free(&watch);

    hp_watch_add(&watch, path, hp_file_stamp(path));
    assert_int_equal(rename(other, path), 0);
    assert_true(hp_watch_changed(&watch));
    hp_watch_free(&watch);

    hp_watch_add(&watch, path, hp_file_stamp(path));
    assert_int_equal(unlink(path), 0);
    assert_true(hp_watch_changed(&watch));
    hp_watch_free(&watch);

    hp_watch_add(&watch, absent, hp_file_stamp(absent));
    (void)maker_file("later", HP_STR(""));
    assert_true(hp_watch_changed(&watch));
    hp_watch_free(&watch);
    hp_watch_free(&watch);
}

static void
a_watch_without_memory_is_always_changed(void **state)
{
    (void)state;
    for (size_t nth = 1; nth <= 2; nth++) {
        hp_watch watch = { NULL, 0, false };
        const char *path = maker_file("w", HP_STR("one"));

        alloc_start(nth);
        hp_watch_add(&watch, path, hp_file_stamp(path));
        alloc_start(0);
        assert_true(hp_watch_changed(&watch));
        hp_watch_free(&watch);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_file_is_read_whole),
    cmocka_unit_test(the_size_is_limited),
    cmocka_unit_test(modes),
    cmocka_unit_test(owners),
    cmocka_unit_test(what_is_no_regular_file),
    cmocka_unit_test(no_memory),
    cmocka_unit_test(a_watch_sees_each_change),
    cmocka_unit_test(a_watch_without_memory_is_always_changed),
};

UNIT_MAIN(tests)
