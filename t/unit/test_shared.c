/*
 * The deny list of a fleet, without a fleet: editions, the note beside a copy, and the rows of a
 * ledger as nginx shows them.
 */
#include "unit.h"

#include "cli/ledger_rows.h"
#include "cli/shared.h"
#include "ledger/file.h"
#include "maker.h"

#define ID    "00112233445566778899aabbccddeeff"
#define PLACE "unix:/run/redis.sock"

static hp_crypto *crypto;

static void
editions(void **state)
{
    static const char *const good[] = { "1-0011223344556677", "999999999999999-ffeeddccbbaa9988" };
    static const char *const bad[] = {
        "", "-", "1", "1-", "-0011223344556677", "0-0011223344556677", "01-0011223344556677",
        "1-001122334455667", "1-00112233445566778", "1-001122334455667g", " 1-0011223344556677",
        "1-0011223344556677 ", "1-0011223344556677\n", "+1-0011223344556677", "1--011223344556677",
        "1000000000000000-0011223344556677", "99999999999999999999999-0011223344556677", "1_0011223344556677",
    };
    char text[HP_EDITION_TEXT];
    hp_edition e;

    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        assert_true(hp_edition_read(guard_end(hp_str_of(good[i])), &e));
        hp_edition_write(&e, text);
        assert_string_equal(text, good[i]);
    }
    for (size_t i = 0; i < COUNT(bad); i++) {
        if (hp_edition_read(guard_end(hp_str_of(bad[i])), &e) || e.number != 0)
            fail_msg("%s: is read", bad[i]);
    }
}

static void
an_edition_is_of_a_text(void **state)
{
    hp_edition one, other;

    (void)state;
    assert_true(hp_edition_of(crypto, 7, HP_STR("abc"), &one)); /* FIPS 180-2, B.1 */
    assert_int_equal(one.number, 7);
    assert_memory_equal(one.digest, "\xba\x78\x16\xbf\x8f\x01\xcf\xea", HP_EDITION_DIGEST);
    other = one;
    assert_true(hp_edition_same(&one, &other));
    other.number = 8;
    assert_false(hp_edition_same(&one, &other));
    assert_true(hp_edition_of(crypto, 7, HP_STR("abd"), &other));
    assert_false(hp_edition_same(&one, &other));
}

/* Of no note, a damaged one, and one of another place nothing is believed. */
static void
the_note_beside_a_copy(void **state)
{
    static const char *const bad[] = {
        "", "\n", "3-0011223344556677", "3-0011223344556677 ", "3-0011223344556677 unix:/run/redis.soc\n",
        "3-0011223344556677 unix:/run/redis.sock2\n", "3 unix:/run/redis.sock\n", "x-0 unix:/run/redis.sock",
        "3-0011223344556677  unix:/run/redis.sock\n", "unix:/run/redis.sock 3-0011223344556677\n",
    };
    const char *path = maker_c_string(maker_print("%s/copy.heard", maker_folder()));
    hp_edition e = { 3, { 0, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77 } }, found;

    (void)state;
    hp_shared_note(path, PLACE, &found);
    assert_int_equal(found.number, 0);
    assert_true(hp_shared_write_note(path, PLACE, &e));
    hp_shared_note(path, PLACE, &found);
    assert_true(hp_edition_same(&e, &found));
    hp_shared_note(path, "unix:/run/other.sock", &found);
    assert_int_equal(found.number, 0);
    for (size_t i = 0; i < COUNT(bad); i++) {
        (void)maker_file("copy.heard", hp_str_of(bad[i]));
        hp_shared_note(path, PLACE, &found);
        if (found.number != 0)
            fail_msg("%s: is believed", bad[i]);
    }
    assert_false(hp_shared_write_note("/nowhere/copy.heard", PLACE, &e));
}

/* ---- rows ------------------------------------------------------------------------------------- */

static bool
rows_of(const char *text, hp_ledger_rows *rows, hp_error *error)
{
    *rows = (hp_ledger_rows){ NULL, 0, 0 };
    return hp_ledger_rows_json(guard_end(hp_str_of(text)), 1000, rows, error);
}

static void
rows_that_nginx_shows(void **state)
{
    hp_ledger_rows rows;
    hp_error error;

    (void)state;
    assert_true(rows_of("{\"more\":false,\"ledger\":[{\"id\":\"" ID "\",\"count\":7,\"places\":3,\"ends_in\":1234}]}",
                        &rows, &error));
    assert_int_equal(rows.n, 1);
    assert_int_equal(rows.all[0].count, 7);
    assert_int_equal(rows.all[0].places, 3);
    assert_true(rows.all[0].ends == 2234);
    assert_memory_equal(rows.all[0].pass, "\x00\x11\x22\x33", 4);
    hp_ledger_rows_free(&rows);
    assert_true(rows_of("{\"ledger\":[]}", &rows, &error));
    assert_int_equal(rows.n, 0);
    hp_ledger_rows_free(&rows);
}

#define ROW(id, count, places, ends) \
    "{\"ledger\":[{\"id\":\"" ID "\",\"count\":1,\"places\":1,\"ends_in\":0}," \
    "{\"id\":" id ",\"count\":" count ",\"places\":" places ",\"ends_in\":" ends "}]}"

static void
rows_that_are_none(void **state)
{
    static const struct {
        const char *text, *says;
    } table[] = {
        { "", "" }, { "[]", "expected {\"ledger\":" }, { "{}", "expected {\"ledger\":" },
        { "{\"ledger\":{}}", "expected {\"ledger\":" }, { "{\"ledger\":null}", "expected {\"ledger\":" },
        { "{\"ledger\":[1]}", "number 1" }, { "{\"ledger\":[{}]}", "number 1" },
        { ROW("\"00\"", "1", "1", "1"), "number 2" }, { ROW("\"" ID "00\"", "1", "1", "1"), "number 2" },
        { ROW("\"0011223344556677889gaabbccddeeff\"", "1", "1", "1"), "number 2" }, { ROW("1", "1", "1", "1"), "number 2" },
        { ROW("\"" ID "\"", "-1", "1", "1"), "number 2" }, { ROW("\"" ID "\"", "1.5", "1", "1"), "number 2" },
        { ROW("\"" ID "\"", "2147483648", "1", "1"), "number 2" }, { ROW("\"" ID "\"", "1", "\"1\"", "1"), "number 2" },
        { ROW("\"" ID "\"", "1", "1", "-1"), "number 2" }, { ROW("\"" ID "\"", "1", "1", "31622401"), "number 2" },
        { ROW("\"" ID "\"", "1", "1", "null"), "number 2" },
    };
    hp_ledger_rows rows;
    hp_error error;

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        if (rows_of(table[i].text, &rows, &error))
            fail_msg("%s: is read", table[i].text);
        if (strstr(error.text, table[i].says) == NULL)
            fail_msg("%s: says %s", table[i].text, error.text);
        hp_ledger_rows_free(&rows);
    }
    assert_true(rows_of(ROW("\"" ID "\"", "2147483647", "0", "31622400"), &rows, &error));
    hp_ledger_rows_free(&rows);
}

/* The most shown first, whatever the order of the file. */
static void
rows_of_a_file(void **state)
{
    static const unsigned shown[] = { 1, 5, 3 };
    hp_policy p = { .settings = { .ledger = { .kind = HP_LEDGER_FILE } } };
    const hp_use_terms terms = { .limit = 2, .window = 600, .refuse = true };
    hp_ledger_rows rows;
    hp_use_answer answer;
    hp_error error;
    hp_use use = { .n = 1 };

    (void)state;
    (void)snprintf(p.settings.ledger.path, sizeof(p.settings.ledger.path), "%s/ledger", maker_folder());
    for (uint8_t pass = 0; pass < COUNT(shown); pass++) {
        for (uint8_t by = 0; by < shown[pass]; by++) {
            memset(use.pass[0], pass, HP_ID);
            memset(use.by[0], by, HP_BY);
            assert_true(hp_ledger_file_take(p.settings.ledger.path, &use, &terms, &answer, &error));
        }
    }
    assert_true(hp_ledger_rows_read(&p, NULL, 1000, &rows, &error));
    assert_int_equal(rows.n, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(rows.all[i].count, i == 0 ? 5 : i == 1 ? 3 : 1);
        assert_int_equal(rows.all[i].pass[0], i == 0 ? 1 : i == 1 ? 2 : 0);
        assert_int_equal(rows.all[i].places, i == 2 ? 1 : 2);
        assert_true(rows.all[i].ends > 1590 && rows.all[i].ends <= 1600);
    }
    hp_ledger_rows_free(&rows);
    (void)maker_file("ledger", HP_STR("no ledger"));
    assert_false(hp_ledger_rows_read(&p, NULL, 1000, &rows, &error));
    assert_true(strstr(error.text, p.settings.ledger.path) != NULL);
    hp_ledger_rows_free(&rows);
}

/* Memory that runs out is said, and nothing leaks: the sanitizers look. */
static void
rows_without_memory(void **state)
{
    hp_ledger_rows rows;
    hp_error error;
    bool good = false;

    (void)state;
    for (size_t n = 1; !good && n < 100; n++) {
        alloc_start(n);
        good = rows_of("{\"ledger\":[{\"id\":\"" ID "\",\"count\":7,\"places\":3,\"ends_in\":1234}]}", &rows, &error);
        alloc_start(0);
        assert_true(good || error.text[0] != 0);
        hp_ledger_rows_free(&rows);
    }
    assert_true(good);
}

static int
set_up(void **state)
{
    (void)state;
    crypto = hp_crypto_new();
    return crypto == NULL;
}

static int
tear_down(void **state)
{
    (void)state;
    hp_crypto_free(crypto);
    return 0;
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(editions),
    cmocka_unit_test(an_edition_is_of_a_text),
    cmocka_unit_test(the_note_beside_a_copy),
    cmocka_unit_test(rows_that_nginx_shows),
    cmocka_unit_test(rows_that_are_none),
    cmocka_unit_test(rows_of_a_file),
    cmocka_unit_test(rows_without_memory),
};

UNIT_MAIN_WITH(tests, set_up, tear_down)
