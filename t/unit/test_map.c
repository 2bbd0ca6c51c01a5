/* Files mapped into memory: who may own them, what they may be, and what a map holds on to. */
#include "unit.h"

#include "base/map.h"
#include "maker.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

/* The path of a mapped text, which is read through the map. */
static void
maps(const char *path, hp_str text)
{
    hp_stamp stamp, now = hp_file_stamp(path);
    hp_error error = { "" };
    hp_map map;

    if (!hp_file_map(path, HP_FILE_OWNED, &map, &stamp, &error))
        fail_msg("%s", error.text);
    assert_str_equal(((hp_str){ map.p, map.n }), text);
    assert_memory_equal(&stamp, &now, sizeof(now));
    hp_map_free(&map);
    assert_null(map.p);
    hp_map_free(&map);
}

static void
refused(const char *path, unsigned must, const char *says)
{
    hp_error error = { "" };
    hp_map map;

    assert_false(hp_file_map(path, must, &map, NULL, &error));
    assert_null(map.p);
    if (strncmp(error.text, path, strlen(path)) != 0 || strstr(error.text, says) == NULL)
        fail_msg("expected \"%s\": %s", says, error.text);
    hp_map_free(&map);
}

static void
a_file_is_mapped_whole(void **state)
{
    (void)state;
    maps(maker_file("f", HP_STR("a\0b")), HP_STR("a\0b"));
    maps(maker_file("f", HP_STR("x")), HP_STR("x"));
    maps(maker_file("f", maker_fill(100000, 'y')), maker_fill(100000, 'y'));
    refused(maker_file("f", HP_STR("")), 0, "is empty");
}

static void
it_must_be_as_asked(void **state)
{
    const char *path = maker_file("f", HP_STR("text"));
    const char *folder = maker_folder();
    const char *link_path = maker_c_string(maker_print("%s/link", folder));
    const char *fifo = maker_c_string(maker_print("%s/fifo", folder));

    (void)state;
    assert_int_equal(chmod(path, 0660), 0);
    refused(path, HP_FILE_OWNED, "lets others write");
    assert_int_equal(chmod(path, 0644), 0);
    refused(path, HP_FILE_SECRET, "a secret");
    maps(path, HP_STR("text"));
    assert_int_equal(symlink(path, link_path), 0);
    refused(link_path, 0, "is a symbolic link");
    assert_int_equal(mkfifo(fifo, 0600), 0);
    alarm(5); /* whoever waits for a writer ends here */
    refused(fifo, 0, "is not a regular file");
    alarm(0);
    refused(folder, 0, "is not a regular file");
    refused(maker_c_string(maker_print("%s/absent", folder)), 0, "No such file");
    if (geteuid() == 0) {
        assert_int_equal(chown(path, 65534, 65534), 0);
        refused(path, HP_FILE_OWNED, "belongs to user 65534");
    }
}

static void
a_map_outlives_the_name_of_its_file(void **state)
{
    const char *path = maker_file("old", HP_STR("old")), *other = maker_file("new", HP_STR("new"));
    hp_stamp stamp, now;
    hp_error error;
    hp_map map;

    (void)state;
    assert_true(hp_file_map(path, 0, &map, &stamp, &error));
    assert_int_equal(rename(other, path), 0);
    assert_str_equal(((hp_str){ map.p, map.n }), HP_STR("old"));
    now = hp_file_stamp(path);
    assert_true(now.inode != stamp.inode);
    maps(path, HP_STR("new"));
    assert_int_equal(unlink(path), 0);
    assert_str_equal(((hp_str){ map.p, map.n }), HP_STR("old"));
    hp_map_free(&map);
}

static size_t
descriptors(void)
{
    DIR *folder = opendir("/proc/self/fd");
    size_t n = 0;

    assert_non_null(folder);
    while (readdir(folder) != NULL)
        n++;
    (void)closedir(folder);
    return n;
}

static void
no_descriptor_is_kept(void **state)
{
    const char *path = maker_file("f", HP_STR("text")), *empty = maker_file("e", HP_STR(""));
    size_t before = descriptors();
    hp_error error;
    hp_map map;

    (void)state;
    assert_true(hp_file_map(path, 0, &map, NULL, &error));
    refused(empty, 0, "is empty");
    refused(maker_folder(), 0, "is not a regular file");
    assert_int_equal(descriptors(), before);
    hp_map_free(&map);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_file_is_mapped_whole),
    cmocka_unit_test(it_must_be_as_asked),
    cmocka_unit_test(a_map_outlives_the_name_of_its_file),
    cmocka_unit_test(no_descriptor_is_kept),
};

UNIT_MAIN(tests)
