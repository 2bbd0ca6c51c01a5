/*
 * The deny list: each line that is read and each that is not, each kind of block found and not
 * found, ends to the second, limits, and memory that runs out.
 */
#include "unit.h"

#include "base/hex.h"
#include "base/time.h"
#include "check/deny.h"
#include "cli/deny_file.h"
#include "codec/cbor.h"
#include "maker.h"

#include <stdlib.h>

#define HEX   "1d544387ac3d459ef42da021ef54966f"
#define ADDED " added=2021-07-01T00:00:00Z"
#define LINE  "S " HEX ADDED "\n"
#define CI    "URN:UVCI:01:XA:1#2" /* of MAKER_V and the others */

static hp_crypto *crypto;
static uint8_t memory[64 * 1024];

static hp_deny *
read_text(hp_str text, hp_error *error)
{
    error->text[0] = '\0';
    return hp_deny_read("D", guard_end(text), error);
}

static hp_deny *
list_of(const char *lines)
{
    hp_error error;
    hp_deny *deny = read_text(maker_print(HP_DENY_HEAD "%s", lines), &error);

    if (deny == NULL)
        fail_msg("%s: %s", lines, error.text);
    return deny;
}

/* hash16 of a text, in hexadecimal digits. */
static const char *
hash_of(const char *text)
{
    uint8_t digest[HP_SHA256];
    char hex[HP_HEX_TEXT(HP_LISTED)];
    hp_str s = hp_str_of(text);

    assert_true(hp_sha256(crypto, &s, 1, digest));
    hp_hex_write((hp_str){ digest, HP_LISTED }, hex);
    return maker_c_string(hp_str_of(hex));
}

/* ---- the text ------------------------------------------------------------------------------ */

static void
good_lines(void **state)
{
    static const struct {
        const char *line, *reason;
        char kind;
        unsigned length;
        double added, until;
    } table[] = {
        { "S " HEX ADDED "\n", "", 'S', 0, MAKER_NOW, HP_TIME_LAST },
        { "S " HEX ADDED "\r\n", "", 'S', 0, MAKER_NOW, HP_TIME_LAST },
        { "U\t" HEX " \t added=2021-07-01T02:00:00+02:00  \n", "", 'U', 0, MAKER_NOW, HP_TIME_LAST },
        { "C " HEX ADDED " until=2022-01-01T00:00:00Z\n", "", 'C', 0, MAKER_NOW, MAKER_EXP },
        { "N " HEX " until=\"2022-01-01T00:00:00Z\"" ADDED "\n", "", 'N', 0, MAKER_NOW, MAKER_EXP },
        { "R " HEX ADDED " reason=\"on social networks\"\n", "on social networks", 'R', 0, MAKER_NOW, HP_TIME_LAST },
        { "D " HEX ADDED " reason=leaked\n", "leaked", 'D', 0, MAKER_NOW, HP_TIME_LAST },
        { "L " HEX ADDED " reason=\"\"\n", "", 'L', 0, MAKER_NOW, HP_TIME_LAST },
        { "I " HEX ADDED " x-by=me x-note=\"a b\" x-=\n", "", 'I', 0, MAKER_NOW, HP_TIME_LAST },
        { "P2 " HEX ADDED "\n", "", 'P', 2, MAKER_NOW, HP_TIME_LAST },
        { "P80 " HEX ADDED "\n", "", 'P', 80, MAKER_NOW, HP_TIME_LAST },
        { "\n\r\nS " HEX ADDED "\n\n", "", 'S', 0, MAKER_NOW, HP_TIME_LAST },
        { "S " HEX " added=1970-01-01T00:00:00Z until=9999-12-31T23:59:59Z\n", "", 'S', 0, 0, HP_TIME_LAST },
        { "S 1D544387AC3D459EF42DA021EF54966F" ADDED "\n", "", 'S', 0, MAKER_NOW, HP_TIME_LAST },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        hp_deny *deny = list_of(table[i].line);
        const hp_block *block = hp_deny_at(deny, 0);
        char hex[HP_HEX_TEXT(HP_LISTED)];

        assert_int_equal(hp_deny_count(deny), 1);
        hp_hex_write((hp_str){ block->hash, HP_LISTED }, hex);
        assert_string_equal(hex, HEX);
        assert_int_equal(block->kind, table[i].kind);
        assert_int_equal(block->length, table[i].length);
        assert_true(block->added == table[i].added && block->until == table[i].until);
        assert_string_equal(block->reason, table[i].reason);
        hp_deny_free(deny);
    }
    hp_deny_free(NULL);
}

static void
bad_texts(void **state)
{
    static const struct {
        const char *text, *says;
    } table[] = {
        { "", "D:1: is no deny list" },
        { "\n", "D:1: is no deny list" },
        { LINE, "D:1: is no deny list" },
        { "healthpass deny list 1", "D:1: is cut" },
        { "healthpass deny list 2\n", "D:1: is a deny list of another version" },
        { "healthpass deny list 10\n", "another version" },
        { " healthpass deny list 1\n", "is no deny list" },
        { HP_DENY_HEAD "S " HEX ADDED, "D:2: is cut" },
        { HP_DENY_HEAD LINE LINE "\n" "S\n", "D:5: expected 32 hex" },
        { HP_DENY_HEAD "# comment\n", "D:2: expected a kind" },
        { HP_DENY_HEAD " " LINE, "expected a kind" },
        { HP_DENY_HEAD "s " HEX ADDED "\n", "expected a kind" },
        { HP_DENY_HEAD "SS " HEX ADDED "\n", "expected a kind" },
        { HP_DENY_HEAD "S1 " HEX ADDED "\n", "expected a kind" },
        { HP_DENY_HEAD "X " HEX ADDED "\n", "expected a kind" },
        { HP_DENY_HEAD HEX ADDED "\n", "expected a kind" },
        { HP_DENY_HEAD "P " HEX ADDED "\n", "expected a kind" },
        { HP_DENY_HEAD "P02 " HEX ADDED "\n", "expected a kind" },
        { HP_DENY_HEAD "P1x " HEX ADDED "\n", "expected a kind" },
        { HP_DENY_HEAD "P1 " HEX ADDED "\n", "expected P2 to P80" },
        { HP_DENY_HEAD "P81 " HEX ADDED "\n", "expected P2 to P80" },
        { HP_DENY_HEAD "P4294967308 " HEX ADDED "\n", "expected P2 to P80" },
        { HP_DENY_HEAD "S " HEX "0" ADDED "\n", "expected 32 hex" },
        { HP_DENY_HEAD "S 1d544387ac3d459ef42da021ef54966" ADDED "\n", "expected 32 hex" },
        { HP_DENY_HEAD "S 1d544387ac3d459ef42da021ef54966g" ADDED "\n", "expected 32 hex" },
        { HP_DENY_HEAD "S " HEX "\n", "does not say when it was added" },
        { HP_DENY_HEAD "S " HEX " until=2022-01-01T00:00:00Z\n", "does not say when it was added" },
        { HP_DENY_HEAD "S " HEX ADDED ADDED "\n", "says an attribute twice" },
        { HP_DENY_HEAD "S " HEX ADDED " reason=a reason=b\n", "says an attribute twice" },
        { HP_DENY_HEAD "S " HEX " added=2021-07-01\n", "expected an RFC 3339 time" },
        { HP_DENY_HEAD "S " HEX " added=\n", "expected an RFC 3339 time" },
        { HP_DENY_HEAD "S " HEX " added=1969-12-31T23:59:59Z\n", "expected an RFC 3339 time" },
        { HP_DENY_HEAD "S " HEX ADDED " until=tomorrow\n", "expected an RFC 3339 time" },
        { HP_DENY_HEAD "S " HEX ADDED " until=9999-12-31T23:59:59-01:00\n", "expected an RFC 3339 time" },
        { HP_DENY_HEAD "S " HEX ADDED " untl=2022-01-01T00:00:00Z\n", "D:2: has an attribute that is not known, expected" },
        { HP_DENY_HEAD "S " HEX ADDED " Until=2022-01-01T00:00:00Z\n", "D:2: has an attribute that is not known, expected" },
        { HP_DENY_HEAD "S " HEX ADDED " until\n", "D:2: has an attribute that is not known, expected" },
        { HP_DENY_HEAD "S " HEX ADDED " until =2022-01-01T00:00:00Z\n", "D:2: has an attribute that is not known, expected" },
        { HP_DENY_HEAD "S " HEX ADDED " x\x1b[2J=1\n", "D:2: has an attribute that is not known, expected" },
        { HP_DENY_HEAD "S " HEX ADDED " =1\n", "D:2: has an attribute that is not known, expected" },
        { HP_DENY_HEAD "S " HEX ADDED " URN:UVCI:01:XX:1#2\n", "D:2: has an attribute that is not known, expected" },
        { HP_DENY_HEAD "S " HEX ADDED " reason=on social networks\n", "D:2: has an attribute that is not known, expected" },
        { HP_DENY_HEAD "S " HEX ADDED " reason=\"on\n", "not closed" },
        { HP_DENY_HEAD "S " HEX ADDED " reason=\"on\"x-a=1\n", "not closed" },
        { HP_DENY_HEAD "S " HEX ADDED " reason=a\"b\n", "has a reason that cannot be one" },
        { HP_DENY_HEAD "S " HEX ADDED " reason=\"a\tb\"\n", "has a reason that cannot be one" },
        { HP_DENY_HEAD "S " HEX ADDED " reason=\"a\x7f\"\n", "has a reason that cannot be one" },
        { HP_DENY_HEAD "S " HEX ADDED " reason=\"\xc3\xa9\"\n", "has a reason that cannot be one" },
        { HP_DENY_HEAD "S " HEX ADDED "\r\r\n", "expected an RFC 3339 time" },
    };
    hp_error error;

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        if (read_text(hp_str_of(table[i].text), &error) != NULL)
            fail_msg("%s: accepted", table[i].text);
        if (strstr(error.text, table[i].says) == NULL)
            fail_msg("%s: says %s", table[i].text, error.text);
    }
    /* A zero byte ends nothing. */
    assert_null(read_text(MAKER_JOIN(HP_STR(HP_DENY_HEAD "S " HEX ADDED), HP_STR("\0 until=1\n")),
                          &error));
}

/* What is written is what is read. */
static void
written_lines(void **state)
{
    static const char *const lines[] = {
        "S " HEX ADDED "\n",
        "P12 " HEX ADDED " until=2022-01-01T00:00:00Z reason=\"a \\ b\"\n",
        "L " HEX " added=1970-01-01T00:00:00Z until=1970-01-01T00:00:01Z\n",
    };
    char line[HP_DENY_LINE];

    (void)state;
    for (size_t i = 0; i < COUNT(lines); i++) {
        hp_deny *deny = list_of(lines[i]);
        size_t n = hp_deny_write(hp_deny_at(deny, 0), line);

        assert_str_equal(((hp_str){ (const uint8_t *)line, n }), hp_str_of(lines[i]));
        hp_deny_free(deny);
    }
}

static void
longest_line(void **state)
{
    hp_str reason = maker_fill(HP_DENY_REASON - 1, 'r');
    hp_block block = { .kind = 'P', .length = 80, .added = MAKER_NOW, .until = MAKER_EXP };
    char line[HP_DENY_LINE];
    hp_deny *deny;

    (void)state;
    memcpy(block.reason, reason.p, reason.n);
    assert_true(hp_deny_write(&block, line) < HP_DENY_LINE - 1);
    deny = list_of(line);
    assert_int_equal(strlen(hp_deny_at(deny, 0)->reason), HP_DENY_REASON - 1);
    hp_deny_free(deny);
}

/* ---- limits -------------------------------------------------------------------------------- */

static void
reasons(void **state)
{
    hp_error error;
    hp_deny *deny = list_of(maker_c_string(MAKER_JOIN(
        HP_STR("S " HEX ADDED " reason="), maker_fill(HP_DENY_REASON - 1, 'r'), HP_STR("\n"))));

    (void)state;
    assert_int_equal(strlen(hp_deny_at(deny, 0)->reason), HP_DENY_REASON - 1);
    hp_deny_free(deny);
    assert_null(read_text(MAKER_JOIN(HP_STR(HP_DENY_HEAD "S " HEX ADDED " reason="),
                                     maker_fill(HP_DENY_REASON, 'r'), HP_STR("\n")), &error));
    assert_non_null(strstr(error.text, "D:2: has a reason"));
}

static hp_str
prefixes(unsigned n)
{
    hp_str text = HP_STR(HP_DENY_HEAD);

    for (unsigned i = 0; i < n; i++)
        text = MAKER_JOIN(text, maker_print("P%u " HEX ADDED "\nP%u " HEX ADDED "\n", 10 + i, 10 + i));
    return text;
}

static void
lengths(void **state)
{
    hp_error error;
    hp_deny *deny = read_text(prefixes(HP_DENY_LENGTHS), &error);

    (void)state;
    assert_non_null(deny);
    assert_int_equal(hp_deny_count(deny), 2 * HP_DENY_LENGTHS);
    hp_deny_free(deny);
    assert_null(read_text(prefixes(HP_DENY_LENGTHS + 1), &error));
    assert_non_null(strstr(error.text, "D:34: is of one more length"));
}

static void
blocks(void **state)
{
    const hp_str head = HP_STR(HP_DENY_HEAD), line = HP_STR(LINE);
    size_t n = head.n + (HP_DENY_BLOCKS + 1) * line.n;
    uint8_t *text = malloc(n);
    hp_error error;
    hp_deny *deny;

    (void)state;
    assert_non_null(text);
    memcpy(text, head.p, head.n);
    for (size_t i = 0; i <= HP_DENY_BLOCKS; i++)
        memcpy(text + head.n + i * line.n, line.p, line.n);
    deny = hp_deny_read("D", (hp_str){ text, n - line.n }, &error);
    assert_non_null(deny);
    assert_int_equal(hp_deny_count(deny), HP_DENY_BLOCKS);
    hp_deny_free(deny);
    assert_null(hp_deny_read("D", (hp_str){ text, n }, &error));
    assert_string_equal(error.text, "D:200002: is one block too many, expected at most 200000");
    free(text);
}

static void
bytes(void **state)
{
    const hp_str head = HP_STR(HP_DENY_HEAD);
    uint8_t *text = malloc(HP_DENY_MAX + 1);
    hp_error error;
    hp_deny *deny;

    (void)state;
    assert_non_null(text);
    memset(text, '\n', HP_DENY_MAX + 1);
    memcpy(text, head.p, head.n);
    deny = hp_deny_read("D", (hp_str){ text, HP_DENY_MAX }, &error);
    assert_non_null(deny);
    hp_deny_free(deny);
    assert_null(hp_deny_read("D", (hp_str){ text, HP_DENY_MAX + 1 }, &error));
    assert_non_null(strstr(error.text, "D: has 33554433 bytes, expected at most 33554432"));
    free(text);
}

/* ---- the look-up --------------------------------------------------------------------------- */

typedef struct {
    hp_query query;
    hp_pass pass;
    uint8_t ledger[2][HP_ID];
    size_t n_ledger, room;
} ask;

static bool
denied_at(const hp_deny *deny, const ask *a, double now)
{
    hp_arena arena = hp_arena_over(memory, a->room == 0 ? sizeof(memory) : a->room);
    bool denied = false;

    assert_true(hp_deny_find(crypto, deny, &a->query, &a->pass, a->ledger, a->n_ledger, now, &arena,
                             &denied));
    assert_int_equal(arena.used, 0);
    return denied;
}

static bool
denied_by(const char *lines, const ask *a)
{
    hp_deny *deny = list_of(lines);
    bool denied = denied_at(deny, a, MAKER_NOW);

    hp_deny_free(deny);
    return denied;
}

static ask
ask_of_key(hp_listed_kind kind, const char *hex)
{
    ask a = { .query = { .n = 1 } };
    hp_str bytes16 = maker_hex(hex);

    a.query.keys[0].kind = kind;
    memcpy(a.query.keys[0].hash, bytes16.p, HP_LISTED);
    return a;
}

/* A key is found as its own kind only, among others of its kind. */
static void
keys(void **state)
{
    static const char letters[] = "SUCNRD";
    static const char others[] = "00000000000000000000000000000000";
    char lines[512];

    (void)state;
    for (int kind = 0; kind < HP_LISTED_KINDS_END; kind++) {
        ask a = ask_of_key((hp_listed_kind)kind, HEX), other = ask_of_key((hp_listed_kind)kind, others);

        for (int of = 0; of < HP_LISTED_KINDS_END; of++) {
            (void)snprintf(lines, sizeof(lines),
                           "%c ffffffffffffffffffffffffffffffff" ADDED "\n%c " HEX ADDED "\n"
                           "%c 0fffffffffffffffffffffffffffffff" ADDED "\n"
                           "%c 1d544387ac3d459ef42da021ef54966e" ADDED "\n",
                           letters[of], letters[of], letters[of], letters[of]);
            assert_int_equal(denied_by(lines, &a), of == kind);
            assert_false(denied_by(lines, &other));
        }
        a.query.n = 0;
        (void)snprintf(lines, sizeof(lines), "%c " HEX ADDED "\n", letters[kind]);
        assert_false(denied_by(lines, &a));
    }
    assert_false(denied_by("", &(ask){ .query = { .n = 0 } }));
}

/* Every key of a query is looked up. */
static void
last_key(void **state)
{
    ask a = ask_of_key(HP_LISTED_UCI, HEX);

    (void)state;
    a.query.keys[HP_QUERY_KEYS - 1] = a.query.keys[0];
    memset(a.query.keys[0].hash, 0, HP_LISTED);
    a.query.n = HP_QUERY_KEYS;
    assert_true(denied_by("U " HEX ADDED "\n", &a));
    a.query.n--;
    assert_false(denied_by("U " HEX ADDED "\n", &a));
}

static void
ledger_ids(void **state)
{
    ask a = { .n_ledger = 2 };
    hp_str id = maker_hex(HEX);
    hp_deny *deny = list_of("L " HEX ADDED "\n"), *none = list_of(LINE);

    (void)state;
    memcpy(a.ledger[1], id.p, HP_ID);
    assert_true(hp_deny_wants_ledger(deny));
    assert_false(hp_deny_wants_ledger(none));
    assert_true(denied_at(deny, &a, MAKER_NOW));
    assert_false(denied_at(none, &a, MAKER_NOW));
    a.n_ledger = 1;
    assert_false(denied_at(deny, &a, MAKER_NOW));
    hp_deny_free(deny);
    hp_deny_free(none);
}

static void
wanted_kinds(void **state)
{
    static const struct {
        const char *lines;
        unsigned kinds;
    } table[] = {
        { "", 0 },
        { "L " HEX ADDED "\nI " HEX ADDED "\nP4 " HEX ADDED "\n", 0 },
        { "D " HEX ADDED "\nS " HEX ADDED "\n", HP_LISTED_BIT(HP_LISTED_SIGNATURE) | HP_LISTED_BIT(HP_LISTED_2D_DOC) },
        { "U " HEX ADDED "\nC " HEX ADDED "\nN " HEX ADDED "\nR " HEX ADDED "\nD " HEX ADDED "\nS " HEX ADDED "\n", HP_LISTED_ALL },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        hp_deny *deny = list_of(table[i].lines);

        assert_int_equal(hp_deny_kinds(deny), table[i].kinds);
        hp_deny_free(deny);
    }
}

/* In force until its end, and not at it; of two that are the same the later end counts. */
static void
ends(void **state)
{
    const ask a = ask_of_key(HP_LISTED_SIGNATURE, HEX);
    hp_deny *deny = list_of("S " HEX ADDED " until=2021-07-01T00:00:01Z\n"),
            *twice = list_of("S " HEX ADDED " until=2021-07-01T00:00:01Z\n" LINE
                             "S " HEX ADDED " until=2021-07-01T00:00:02Z\n");

    (void)state;
    assert_true(denied_at(deny, &a, MAKER_NOW));
    assert_true(denied_at(deny, &a, MAKER_NOW + 0.999));
    assert_true(denied_at(deny, &a, MAKER_NOW - 86400)); /* whenever it was added */
    assert_false(denied_at(deny, &a, MAKER_NOW + 1));
    assert_true(denied_at(twice, &a, MAKER_NOW + 86400));
    hp_deny_free(deny);
    hp_deny_free(twice);
}

/* ---- numbers ------------------------------------------------------------------------------- */

static ask
ask_of_json(const char *json)
{
    static uint8_t room[16 * 1024];
    hp_arena arena = hp_arena_over(room, sizeof(room));
    ask a = { .n_ledger = 0 };

    a.pass.document = hp_cbor_read(maker_cbor(hp_str_of(json)), &arena);
    assert_non_null(a.pass.document);
    return a;
}

static ask
ask_of_identifier(const char *identifier)
{
    return (ask){ .pass = { .event = { .identifier = hp_str_of(identifier) } } };
}

static void
numbers(void **state)
{
    const char *line = maker_c_string(maker_print("I %s" ADDED "\n", hash_of("01:XA:1#2")));
    static const struct {
        const char *identifier;
        bool denied;
    } table[] = {
        { "URN:UVCI:01:XA:1#2", true }, { "urn:uvci:01:xa:1#2", true }, { "01:XA:1#2", true },
        { "01:xa:1#2", true }, { "01:XA:1#3", false }, { "01:XA:1#", false }, { "", false },
        { "01:XA:1#22", false }, { "URN:UVCI:URN:UVCI:01:XA:1#2", false },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        ask a = ask_of_identifier(table[i].identifier);

        assert_int_equal(denied_by(line, &a), table[i].denied);
    }
}

static void
beginnings(void **state)
{
    const char *lines = maker_c_string(maker_print(
        "P5 %s" ADDED "\nP9 %s" ADDED "\nP80 %s" ADDED "\n", hash_of("01:XB"), hash_of("01:XA:1#2"),
        hash_of("01:XC")));
    static const struct {
        const char *identifier;
        bool denied;
    } table[] = {
        { "URN:UVCI:01:XB:2#3", true }, { "01:xb", true }, { "01:XB00", true }, { "01:X", false },
        { "01:XA:1#2", true }, { "01:XA:1#23", true }, { "01:XA:1#", false }, { "01:XC", false },
        { "001:XB", false }, { "", false },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        ask a = ask_of_identifier(table[i].identifier);

        assert_int_equal(denied_by(lines, &a), table[i].denied);
    }
}

/* An end is the block's own: one that is over hides no longer one. */
static void
ended_beginning(void **state)
{
    const char *lines = maker_c_string(maker_print(
        "P4 %s" ADDED " until=2021-06-30T00:00:00Z\nP5 %s" ADDED "\n", hash_of("01:X"), hash_of("01:XB")));
    ask a = ask_of_identifier("01:XB:1"), other = ask_of_identifier("01:XA:1");

    (void)state;
    assert_true(denied_by(lines, &a));
    assert_false(denied_by(lines, &other));
}

/* Every entry of every group counts. */
static void
entries(void **state)
{
    static const struct {
        const char *json;
        bool denied;
    } table[] = {
        { MAKER_V, true }, { MAKER_T, true }, { MAKER_R, true },
        { "{\"v\":[{\"ci\":\"a\"},{\"ci\":\"01:XA:1#2\"}]}", true },
        { "{\"v\":[{\"ci\":\"a\"}],\"r\":[{\"ci\":1},{\"ci\":\"01:xa:1#2\"}]}", true },
        { "{\"v\":[{\"ci\":\"a\"}]}", false },
        { "{\"v\":{\"ci\":\"01:XA:1#2\"}}", false },
        { "{\"x\":[{\"ci\":\"01:XA:1#2\"}]}", false },
        { "{\"v\":[\"01:XA:1#2\"]}", false },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        ask a = ask_of_json(table[i].json);

        assert_int_equal(denied_by(maker_c_string(maker_print("I %s" ADDED "\n", hash_of("01:XA:1#2"))), &a),
                         table[i].denied);
        assert_int_equal(denied_by(maker_c_string(maker_print("P6 %s" ADDED "\n", hash_of("01:XA:"))), &a),
                         table[i].denied);
    }
}

/* A document without numbers of its own: the one that its format found. */
static void
identifier_beside_document(void **state)
{
    ask a = ask_of_json("{\"v\":[{}]}");

    (void)state;
    a.pass.event.identifier = HP_STR(CI);
    assert_true(denied_by(maker_c_string(maker_print("I %s" ADDED "\n", hash_of("01:XA:1#2"))), &a));
}

/* ---- memory -------------------------------------------------------------------------------- */

static void
no_room(void **state)
{
    hp_deny *deny = list_of(maker_c_string(maker_print("I %s" ADDED "\n", hash_of("01:XA:1#2"))));
    ask a = ask_of_identifier(CI);
    hp_arena arena = hp_arena_over(memory, sizeof(CI) - 2);
    bool denied = true;

    (void)state;
    assert_false(hp_deny_find(crypto, deny, &a.query, &a.pass, a.ledger, 0, MAKER_NOW, &arena, &denied));
    assert_false(denied);
    assert_true(arena.full);
    a.room = sizeof(CI) - 1;
    assert_true(denied_at(deny, &a, MAKER_NOW));
    hp_deny_free(deny);
}

static void
allocations(void **state)
{
    hp_error error;
    hp_deny *deny;
    size_t calls;

    (void)state;
    alloc_start(0);
    deny = read_text(HP_STR(HP_DENY_HEAD LINE), &error);
    calls = alloc_calls();
    assert_non_null(deny);
    hp_deny_free(deny);
    assert_int_equal(calls, 2);
    for (size_t i = 1; i <= calls; i++) {
        alloc_start(i);
        assert_null(read_text(HP_STR(HP_DENY_HEAD LINE), &error));
        assert_string_equal(error.text, "D: no memory");
    }
    alloc_start(0);
}

/* A look-up of too many entries is nobody's answer, where somebody is blocked by number. */
static void
too_many_entries(void **state)
{
    hp_str json = HP_STR("{\"v\":[{\"ci\":\"a\"}");
    hp_deny *deny = list_of("I " HEX ADDED "\n"), *none = list_of(LINE);
    hp_arena arena = hp_arena_over(memory, sizeof(memory));
    bool denied = true;
    ask a;

    (void)state;
    for (int i = 1; i < HP_QUERY_ENTRIES; i++)
        json = MAKER_JOIN(json, HP_STR(",{\"ci\":\"a\"}"));
    a = ask_of_json(maker_c_string(MAKER_JOIN(json, HP_STR("]}"))));
    assert_false(denied_at(deny, &a, MAKER_NOW));
    a = ask_of_json(maker_c_string(MAKER_JOIN(json, HP_STR(",{\"ci\":\"a\"}]}"))));
    assert_false(denied_at(none, &a, MAKER_NOW));
    assert_false(hp_deny_find(crypto, deny, &a.query, &a.pass, a.ledger, 0, MAKER_NOW, &arena, &denied));
    assert_false(denied);
    hp_deny_free(deny);
    hp_deny_free(none);
}

/* ---- the file ------------------------------------------------------------------------------ */

static bool
add_to_file(const char *path, hp_error *error)
{
    const hp_block block = { .kind = 'S', .added = MAKER_NOW, .until = HP_TIME_LAST };
    hp_deny_file file;
    bool good;

    if (!hp_deny_file_open(&file, path, error))
        return false;
    good = hp_blocks_put(&file.blocks, &block) && hp_deny_file_write(&file, MAKER_NOW, error);
    hp_deny_file_close(&file);
    return good;
}

/* Whatever memory runs out, the list is the old one or the new one. */
static void
file_allocations(void **state)
{
    const char *path = maker_file("deny", HP_STR(HP_DENY_HEAD LINE));
    hp_deny *deny;
    hp_error error;
    bool good = false;

    (void)state;
    for (size_t i = 1; !good; i++) {
        alloc_start(i);
        good = add_to_file(path, &error);
        alloc_start(0);
        deny = hp_deny_file_read(path, 0, &error);
        assert_non_null(deny);
        assert_int_equal(hp_deny_count(deny), good ? 2 : 1);
        hp_deny_free(deny);
        assert_true(i < 50);
    }
}

/* A look-up asks nobody for memory. */
static void
no_allocation(void **state)
{
    hp_deny *deny = list_of(maker_c_string(maker_print("P4 %s" ADDED "\n" LINE, hash_of("01:Y"))));
    ask a = ask_of_json(MAKER_V);

    (void)state;
    alloc_start(0);
    assert_false(denied_at(deny, &a, MAKER_NOW));
    assert_int_equal(alloc_calls(), 0);
    hp_deny_free(deny);
}

static int
set_up(void **state)
{
    (void)state;
    crypto = hp_crypto_new();
    return crypto == NULL ? -1 : 0;
}

static int
tear_down(void **state)
{
    (void)state;
    hp_crypto_free(crypto);
    return 0;
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(good_lines),
    cmocka_unit_test(bad_texts),
    cmocka_unit_test(written_lines),
    cmocka_unit_test(longest_line),
    cmocka_unit_test(reasons),
    cmocka_unit_test(lengths),
    cmocka_unit_test(blocks),
    cmocka_unit_test(bytes),
    cmocka_unit_test(keys),
    cmocka_unit_test(last_key),
    cmocka_unit_test(ledger_ids),
    cmocka_unit_test(wanted_kinds),
    cmocka_unit_test(ends),
    cmocka_unit_test(numbers),
    cmocka_unit_test(beginnings),
    cmocka_unit_test(ended_beginning),
    cmocka_unit_test(entries),
    cmocka_unit_test(identifier_beside_document),
    cmocka_unit_test(no_room),
    cmocka_unit_test(allocations),
    cmocka_unit_test(too_many_entries),
    cmocka_unit_test(file_allocations),
    cmocka_unit_test(no_allocation),
};

UNIT_MAIN_WITH(tests, set_up, tear_down)
