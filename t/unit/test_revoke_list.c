/*
 * Plain lists, and the rules that all lists come in by: unsigned only by name, never of another
 * kind, never shrunken.
 */
#include "unit.h"

#include "maker.h"
#include "revoker.h"

#include <unistd.h>

static revoker one;

#define KEY "1d544387ac3d459ef42da021ef54966f"
#define REST "8827982620ac65a4145b51c683e54a73"
#define UCI "URN:UVCI:01:FR:GGD81AAH16AZ#8"
#define UCI_KEY "26ce0f571555059449f1c1e277523515"

static hp_took
take(hp_str text)
{
    return REVOKER_RUN(&one, maker_file("list", text));
}

static void
taken(hp_str text)
{
    assert_true(revoker_said(&one, take(text), HP_TOOK, ""));
}

static void
refused(hp_str text, const char *word)
{
    assert_true(revoker_said(&one, take(text), HP_TOOK_REFUSED, word));
}

static bool
listed(hp_listed_kind kind, const char *hex)
{
    return revoker_asks(&one, kind, maker_hex(hex).p, NULL, 0, NULL) == HP_INDEX_LISTED;
}

static bool
nth_listed(unsigned n)
{
    return revoker_asks(&one, HP_LISTED_UCI, revoker_key(n), NULL, 0, NULL) == HP_INDEX_LISTED;
}

/* Lines "<before><key n>" from..to. */
static hp_str
lines(const char *before, unsigned from, unsigned to)
{
    hp_str all = HP_STR("");

    for (; from <= to; from++)
        all = MAKER_JOIN(all, hp_str_of(before), pki_hex((hp_str){ revoker_key(from), HP_LISTED }),
                         HP_STR("\n"));
    return all;
}

static int
set_up(void **state)
{
    (void)state;
    revoker_start(&one, "list");
    one.job.kind = HP_LISTED_UCI;
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    revoker_end(&one);
    return 0;
}

/* ---- hashes --------------------------------------------------------------------------------- */

static void
hashes(void **state)
{
    hp_str raw = maker_hex(KEY), whole = maker_hex(KEY REST);
    hp_str forms[] = { HP_STR(KEY), HP_STR(KEY REST), pki_base64(raw), pki_base64(whole),
                       HP_STR("1D544387AC3D459EF42DA021EF54966F") };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(forms); i++) {
        taken(MAKER_JOIN(HP_STR("# of today\r\n\r\n"), forms[i], HP_STR("\r\n\n#\n")));
        assert_true(listed(HP_LISTED_UCI, KEY) && !listed(HP_LISTED_SIGNATURE, KEY));
        assert_int_equal(hp_index_entries(one.index), 1);
    }
    taken(forms[0]); /* without a line end */
    assert_true(listed(HP_LISTED_UCI, KEY));
    one.job.kind = HP_LISTED_SIGNATURE;
    refused(forms[0], "is one of uci, not of signature: give the new one another name");
    assert_true(listed(HP_LISTED_UCI, KEY));
    one.job.allow_fewer = true;
    taken(forms[0]);
    assert_true(listed(HP_LISTED_SIGNATURE, KEY) && !listed(HP_LISTED_UCI, KEY));
    assert_false(hp_index_source(one.index, 0)->is_signed);
    assert_float_equal(hp_index_source(one.index, 0)->dated, REVOKER_NOW, 0);
}

static void
no_hashes(void **state)
{
    static const char *const wrong[] = {
        "1d544387ac3d459ef42da021ef54966", "1d544387ac3d459ef42da021ef54966f0",
        "1d544387ac3d459ef42da021ef54966g", " " KEY, KEY " ", KEY " # x", KEY "\t", UCI,
        "HVRDh6w9RZ70LaAh71SWbw", "HVRDh6w9RZ70LaAh71SWb===", "HVRDh6w9RZ70LaAh71SWbwAA", "x",
        "-" KEY, "+" KEY,
    };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(wrong); i++) {
        refused(MAKER_JOIN(HP_STR("# x\n" KEY "\n"), hp_str_of(wrong[i]), HP_STR("\n" KEY "\n")),
                "list:3: ");
        assert_null(strstr(one.error.text, wrong[i][0] == 'x' ? "3: x" : wrong[i]));
        assert_null(one.index);
    }
    refused(MAKER_JOIN(HP_STR(KEY "\n" KEY "\0")), "list:2: ");
    refused(MAKER_JOIN(HP_STR("\n"), maker_fill(257, '#'), HP_STR("\n" KEY)), "list:2: is longer");
    taken(MAKER_JOIN(HP_STR("\n"), maker_fill(256, '#'), HP_STR("\n" KEY)));
    refused(maker_fill(200000, '#'), "list:1: is longer");
    refused(maker_fill(257, 'a'), "list:1: is longer");
}

static void
nothing(void **state)
{
    (void)state;
    refused(HP_STR(""), "nothing is listed");
    refused(HP_STR("# nothing\n\n"), "nothing is listed");
    one.job.allow_fewer = true;
    taken(HP_STR("# nothing\n"));
    assert_int_equal(hp_index_entries(one.index), 0);
    assert_int_equal(hp_index_sources(one.index), 1);
}

/* Lines that end where a read does, and those that do not. */
static void
long_lists(void **state)
{
    hp_str all = MAKER_JOIN(lines("", 1, 5000));
    unsigned n;

    (void)state;
    taken(all);
    for (n = 1; n <= 5000; n += 7)
        assert_true(nth_listed(n));
    assert_true(nth_listed(5000) && !nth_listed(5001));
    assert_int_equal(hp_index_entries(one.index), 5000);
    taken(MAKER_JOIN(maker_fill(65, '\n'), all)); /* another place for each end */
    assert_int_equal(hp_index_entries(one.index), 5000);
}

static void
ends(void **state)
{
    hp_batch hit;

    (void)state;
    one.job.until = REVOKER_NOW;
    refused(HP_STR(KEY), "--until");
    one.job.until = REVOKER_NOW + 60;
    taken(HP_STR(KEY));
    assert_int_equal(revoker_asks(&one, HP_LISTED_UCI, maker_hex(KEY).p, NULL, 0, &hit),
                     HP_INDEX_LISTED);
    assert_float_equal(hit.expires, REVOKER_NOW + 60, 0);
    one.job.now += 60;
    assert_false(listed(HP_LISTED_UCI, KEY));
}

/* ---- UCIs ----------------------------------------------------------------------------------- */

static void
plain(void **state)
{
    (void)state;
    one.job.plain = true;
    one.job.kind = HP_LISTED_KINDS_END; /* is not looked at */
    taken(HP_STR("# people\r\n" UCI "\r\n01BE123#2\nurn:uvci:\xc3\xa9\n"));
    assert_true(listed(HP_LISTED_UCI, UCI_KEY));
    assert_int_equal(hp_index_entries(one.index), 3);
    taken(MAKER_JOIN(maker_fill(128, 'U'), HP_STR("\n" UCI)));
}

/* No message shows one, and nothing of them is in the index. */
static void
plain_is_not_shown(void **state)
{
    static const char *const wrong[] = { UCI " ", " " UCI, UCI "\t", UCI "\x1b[0m", UCI "\xff",
                                         "-" UCI, "\xef\xbb\xbf" UCI };
    size_t i;
    hp_bytes bytes;

    (void)state;
    one.job.plain = true;
    for (i = 0; i < COUNT(wrong); i++) {
        refused(MAKER_JOIN(HP_STR(UCI "\n"), hp_str_of(wrong[i]), HP_STR("\n")), "list:2: ");
        assert_null(strstr(one.error.text, "URN"));
        assert_null(strstr(one.error.text, "GGD81"));
    }
    refused(MAKER_JOIN(HP_STR(UCI "\n"), maker_fill(129, 'U')), "list:2: ");
    taken(HP_STR(UCI "\n"));
    assert_true(hp_file_read(one.place.index, 0, (size_t)1 << 24, &bytes, NULL, NULL));
    assert_null(memmem(bytes.p, bytes.n, "GGD81", 5));
    hp_bytes_free(&bytes);
}

/* ---- changes -------------------------------------------------------------------------------- */

static void
changes(void **state)
{
    hp_str plus = HP_STR("+" "wAAAAAAAAAAAAAAAAAAAAA=="); /* 25 characters: a sign, and a hash */
    hp_str begins = HP_STR("+wAAAAAAAAAAAAAAAAAAAA=="); /* 24: a hash that begins so */

    (void)state;
    one.job.delta = true;
    refused(lines("", 1, 1), "no list of that name to be changed");
    one.job.delta = false;
    taken(lines("", 1, 5));
    one.job.delta = true;
    taken(MAKER_JOIN(lines("-", 2, 3), lines("+", 6, 6), lines("", 7, 7), lines("-", 9, 9)));
    assert_true(nth_listed(1) && !nth_listed(2) && !nth_listed(3) && nth_listed(4) &&
                nth_listed(5) && nth_listed(6) && nth_listed(7));
    assert_int_equal(hp_index_entries(one.index), 5);
    assert_int_equal(hp_index_batches(one.index), 1); /* they do not pile up */
    taken(MAKER_JOIN(plus, HP_STR("\n"), begins));
    assert_true(listed(HP_LISTED_UCI, "c0000000000000000000000000000000") &&
                listed(HP_LISTED_UCI, "fb000000000000000000000000000000"));
    refused(HP_STR(""), "nothing is listed");
    refused(HP_STR("--" KEY), "list:1: ");
    one.job.until = REVOKER_NOW + 60;
    taken(lines("", 8, 8));
    assert_int_equal(hp_index_batches(one.index), 2);
    one.job.until = HP_TIME_LAST;
    taken(lines("-", 8, 8)); /* in whatever batch it is */
    assert_true(!nth_listed(8) && nth_listed(7));
    one.job.plain = true;
    taken(HP_STR("+" UCI "\n"));
    assert_true(listed(HP_LISTED_UCI, UCI_KEY));
    taken(HP_STR("-" UCI "\n"));
    assert_true(!listed(HP_LISTED_UCI, UCI_KEY) && nth_listed(7));
}

/* ---- rules of all lists --------------------------------------------------------------------- */

static void
rules(void **state)
{
    (void)state;
    one.job.unsigned_ok = false;
    refused(HP_STR(KEY), "--unsigned list");
    one.job.unsigned_ok = true;
    taken(lines("", 1, 10));
    refused(lines("", 1, 4), "holds 4 entries, less than half of the 10 in force");
    assert_true(nth_listed(10));
    taken(lines("", 1, 5));
    one.job.allow_fewer = true;
    taken(lines("", 1, 1));
    one.job.allow_fewer = false;
    one.place.row = hp_revoke_find("shc");
    one.job.issuer = "https://a.example";
    refused(HP_STR("{}"), "is one of list, not of shc");
    one.place.row = hp_revoke_find("list");
    one.place.name = "other";
    one.job.kind = HP_LISTED_SIGNATURE;
    one.place.max_age = 3600;
    taken(HP_STR(KEY));
    assert_true(nth_listed(1) && listed(HP_LISTED_SIGNATURE, KEY)); /* all others stay */
    assert_int_equal(hp_index_sources(one.index), 2);
    assert_float_equal(hp_index_source(one.index, 1)->max_age, 3600, 0);
    one.place.max_age = 0;
    one.job.delta = true;
    taken(HP_STR(KEY));
    assert_float_equal(hp_index_source(one.index, 1)->max_age, 3600, 0);
    assert_null(hp_revoke_find("none"));
}

/* What ended long ago is no reason to refuse a smaller list. */
static void
shrunken_by_time(void **state)
{
    (void)state;
    one.job.until = REVOKER_NOW + 60;
    taken(lines("", 1, 10));
    one.job.delta = true;
    one.job.until = HP_TIME_LAST;
    taken(lines("", 11, 12));
    one.job.delta = false;
    one.job.now += 60;
    taken(lines("", 11, 12));
    assert_int_equal(hp_index_entries(one.index), 2);
}

static void
removal(void **state)
{
    hp_error error = { "" };

    (void)state;
    assert_int_equal(hp_revoke_remove(one.crypto, one.place.index, "test", REVOKER_NOW, &error),
                     HP_TOOK_REFUSED);
    assert_int_equal(access(one.place.index, F_OK), -1);
    taken(HP_STR(KEY));
    one.place.name = "other";
    taken(lines("", 1, 1));
    assert_int_equal(hp_revoke_remove(one.crypto, one.place.index, "none", REVOKER_NOW, &error),
                     HP_TOOK_REFUSED);
    assert_non_null(strstr(error.text, "holds no list named none"));
    assert_int_equal(hp_revoke_remove(one.crypto, one.place.index, "test", REVOKER_NOW, &error),
                     HP_TOOK);
    taken(lines("", 1, 1));
    assert_true(!listed(HP_LISTED_UCI, KEY) && nth_listed(1));
    assert_int_equal(hp_index_sources(one.index), 1);
}

/* Damage must not get a digest that holds. */
static void
damage(void **state)
{
    FILE *f;

    (void)state;
    taken(lines("", 1, 10));
    f = fopen(one.place.index, "r+");
    assert_true(f != NULL && fseek(f, -5, SEEK_END) == 0 && putc(0x5a, f) == 0x5a);
    assert_int_equal(fclose(f), 0);
    one.place.name = "other";
    assert_true(revoker_said(&one, take(HP_STR(KEY)), HP_TOOK_FAULT, one.place.index));
}

static void
files(void **state)
{
    (void)state;
    assert_true(revoker_said(&one, REVOKER_RUN(&one, "/none"), HP_TOOK_FAULT, "/none: No such file"));
    assert_true(revoker_said(&one, REVOKER_RUN(&one, "/dev/null"), HP_TOOK_FAULT, "/dev/null"));
    assert_true(revoker_said(&one, REVOKER_RUN(&one, "/tmp"), HP_TOOK_FAULT, "/tmp"));
    assert_true(revoker_said(&one, REVOKER_RUN(&one, maker_file("1", HP_STR(KEY)),
                                               maker_file("2", HP_STR("x"))),
                             HP_TOOK_REFUSED, "2:1: "));
}

static void
no_memory(void **state)
{
    const char *paths[] = { maker_file("list", lines("", 1, 3)), NULL };

    (void)state;
    taken(lines("", 1, 3));
    revoker_starve(&one, paths);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(hashes), TEST(no_hashes), TEST(nothing), TEST(long_lists), TEST(ends), TEST(plain),
        TEST(plain_is_not_shown), TEST(changes), TEST(rules), TEST(shrunken_by_time),
        TEST(removal), TEST(damage), TEST(files), TEST(no_memory),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("group", tests, NULL, NULL);
}
