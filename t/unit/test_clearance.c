/*
 * Clearances and exemptions: what is good is taken, and what differs in one bit, value, key, scope,
 * list or second is none.
 */
#include "unit.h"

#include "hp.h"
#include "maker.h"

#include <sys/stat.h>
#include <unistd.h>

#define NOW  (HP_RELEASED + 864000)
#define TTL  3600
#define HEAD HP_DENY_HEAD
#define NAMED(name, value) { { (const uint8_t *)(name), sizeof(name) - 1 }, \
                             { (const uint8_t *)(value), sizeof(value) - 1 } }

static const hp_clearance_value values[] = { NAMED("name", "Erna Beispiel"), NAMED("by", "4711") };
static hp_clearance_keys *keys;
static hp_policy *policy;

static hp_clearance_keys *
load_keys(const char *name, hp_str content)
{
    hp_error error;
    hp_clearance_keys *loaded = hp_clearance_keys_load(maker_file(name, content), &error);

    if (loaded == NULL)
        fail_msg("%s", error.text);
    return loaded;
}

static hp_clear_terms
terms_at(double now)
{
    return (hp_clear_terms){ .keys = keys, .ttl = TTL, .now = now,
                             .whom = { .scope = HP_STR("show"), .values = values, .n = 2 } };
}

/* Won with so many passes, which end at until. */
static hp_clearance
won_by(size_t passes, double until)
{
    hp_clearance won = { .n = 0 };
    hp_marks marks = { .n_ledger = 1 };
    size_t i;

    for (i = 0; i < passes; i++) {
        memset(marks.ledger[0], (int)('a' + i), HP_ID);
        hp_clear_note(&won, &marks, until);
    }
    return won;
}

static hp_str
given(const hp_clear_terms *terms, size_t passes, double until)
{
    char text[HP_CLEARANCE_TEXT];
    hp_clearance won = won_by(passes, until);

    assert_true(hp_clear_give(policy, terms, &won, text));
    return maker_copy(hp_str_of(text));
}

static hp_str
good(void)
{
    hp_clear_terms terms = terms_at(NOW);

    return given(&terms, 2, NOW + 10 * TTL);
}

/* The answer to the text; a verdict is made of a good one only. */
static hp_clearance_found
take(const hp_clear_terms *terms, hp_str text)
{
    hp_verdict verdict = { .reason = HP_FAULT };
    hp_clearance_found found = hp_clear_take(policy, terms, guard_end(text), &verdict);

    assert_int_equal(verdict.reason, found == HP_CLEARANCE_GOOD ? HP_OK : HP_FAULT);
    return found;
}

/* ---- the token ----------------------------------------------------------------------------- */

static void
what_was_given_is_taken(void **state)
{
    hp_clear_terms terms = terms_at(NOW + 1);
    hp_verdict verdict;
    hp_str text = good();

    (void)state;
    assert_int_equal(hp_clear_take(policy, &terms, text, &verdict), HP_CLEARANCE_GOOD);
    assert_int_equal(verdict.reason, HP_OK);
    assert_true(verdict.valid_until == NOW + TTL);
    assert_int_equal(verdict.kind, 0);
    assert_int_equal(text.n, HP_BASE64_TEXT(HP_CLEARANCE_HEAD + 2 * HP_ID + HP_SHA256) - 1);
}

static void
every_bit_and_byte_counts(void **state)
{
    hp_clear_terms terms = terms_at(NOW + 1);
    uint8_t bytes[HP_CLEARANCE_BYTES + 3];
    char changed[HP_CLEARANCE_TEXT];
    hp_str text = good();
    size_t n, i;

    (void)state;
    assert_true(hp_base64_read(text, HP_BASE64_URL, bytes, &n));
    for (i = 0; i < 8 * n; i++) {
        bytes[i / 8] ^= (uint8_t)(1 << i % 8);
        hp_base64url_write((hp_str){ bytes, n }, changed);
        assert_int_not_equal(take(&terms, hp_str_of(changed)), HP_CLEARANCE_GOOD);
        bytes[i / 8] ^= (uint8_t)(1 << i % 8);
    }
    for (i = 0; i < text.n; i++)
        assert_int_not_equal(take(&terms, (hp_str){ text.p, i }), HP_CLEARANCE_GOOD);
    assert_int_equal(take(&terms, MAKER_JOIN(text, HP_STR("AAAA"))), HP_CLEARANCE_MALFORMED);
    assert_int_equal(take(&terms, maker_fill(HP_CLEARANCE_TEXT - 1, 'A')), HP_CLEARANCE_MALFORMED);
    assert_int_equal(take(&terms, maker_fill(HP_CLEARANCE_TEXT, 'A')), HP_CLEARANCE_MALFORMED);
    assert_int_equal(take(&terms, maker_fill(65536, 'A')), HP_CLEARANCE_MALFORMED);
    assert_int_equal(take(&terms, HP_STR("")), HP_CLEARANCE_MALFORMED);
    assert_int_equal(take(&terms, text), HP_CLEARANCE_GOOD);
}

/* Signed by us, and still none: the version of another time, and an exemption in its place. */
static void
other_versions_and_kinds(void **state)
{
    hp_clear_terms terms = terms_at(NOW);
    hp_clearance one = won_by(1, NOW + TTL);
    uint8_t bytes[HP_CLEARANCE_BYTES];
    char text[HP_CLEARANCE_TEXT], exempt[HP_EXEMPTION_TEXT];
    size_t n;

    (void)state;
    one.issued = (uint64_t)NOW;
    assert_true(hp_exemption_write(keys, &one, &terms.whom, exempt));
    assert_true(hp_base45_decode(hp_str_of(exempt + 5), bytes, &n));
    hp_base64url_write((hp_str){ bytes, n }, text);
    assert_int_equal(take(&terms, hp_str_of(text)), HP_CLEARANCE_MALFORMED);
    assert_true(hp_base64_read(good(), HP_BASE64_URL, bytes, &n));
    bytes[0] = 0;
    hp_base64url_write((hp_str){ bytes, n }, text);
    assert_int_equal(take(&terms, hp_str_of(text)), HP_CLEARANCE_MALFORMED);
}

static void
it_ends_in_time(void **state)
{
    static const struct {
        double until; /* of the pass */
        uint32_t ttl; /* when it is shown */
        double shown;
        hp_clearance_found found;
    } table[] = {
        { NOW + 10 * TTL, TTL, NOW + TTL - 1, HP_CLEARANCE_GOOD },
        { NOW + 10 * TTL, TTL, NOW + TTL, HP_CLEARANCE_EXPIRED },
        { NOW + 100, TTL, NOW + 99, HP_CLEARANCE_GOOD },
        { NOW + 100, TTL, NOW + 99.9, HP_CLEARANCE_GOOD },
        { NOW + 100, TTL, NOW + 100, HP_CLEARANCE_EXPIRED },
        { NOW + 100.9, TTL, NOW + 100, HP_CLEARANCE_EXPIRED },
        { HP_TIME_LAST, TTL, NOW + TTL - 1, HP_CLEARANCE_GOOD },
        { 1e300, TTL, NOW + TTL, HP_CLEARANCE_EXPIRED },
        { NOW + 10 * TTL, 60, NOW + 59, HP_CLEARANCE_GOOD }, /* shortened since */
        { NOW + 10 * TTL, 60, NOW + 60, HP_CLEARANCE_EXPIRED },
        { NOW + 10 * TTL, TTL, NOW - HP_CLEARANCE_SLACK, HP_CLEARANCE_GOOD },
        { NOW + 10 * TTL, TTL, NOW - HP_CLEARANCE_SLACK - 1, HP_CLEARANCE_EXPIRED },
        { NOW + 10 * TTL, TTL, -1, HP_CLEARANCE_EXPIRED },
    };
    hp_clear_terms give = terms_at(NOW), terms;
    char text[HP_CLEARANCE_TEXT];
    hp_clearance won;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(table); i++) {
        terms = terms_at(table[i].shown);
        terms.ttl = table[i].ttl;
        assert_int_equal(take(&terms, given(&give, 1, table[i].until)), table[i].found);
    }
    won = won_by(1, NOW);
    assert_false(hp_clear_give(policy, &give, &won, text));
    won = won_by(1, 0);
    assert_false(hp_clear_give(policy, &give, &won, text));
    won = won_by(1, NOW + TTL);
    give.now = -1;
    assert_false(hp_clear_give(policy, &give, &won, text));
}

/* The pass that ends first, whichever it is. */
static void
the_first_end_counts(void **state)
{
    static const double ends[][2] = { { NOW + 50, NOW + 500 }, { NOW + 500, NOW + 50 } };
    hp_marks marks = { .n_ledger = 1 };
    hp_clearance won;
    size_t i;

    (void)state;
    for (i = 0; i < 2; i++) {
        won = (hp_clearance){ .n = 0 };
        hp_clear_note(&won, &marks, ends[i][0]);
        hp_clear_note(&won, &marks, ends[i][1]);
        assert_true(won.until == (uint64_t)(NOW + 50));
    }
}

static void
any_other_value_is_none(void **state)
{
    static const hp_clearance_value others[][3] = {
        { NAMED("name", "Erna Beispie"), NAMED("by", "4711") },
        { NAMED("name", "Erna Beispiel"), NAMED("by", "4712") },
        { NAMED("name", "Erna Beispiel"), NAMED("by", "") },
        { NAMED("by", "4711"), NAMED("name", "Erna Beispiel") },
        { NAMED("nam", "eErna Beispiel"), NAMED("by", "4711") },
        { NAMED("dob", "Erna Beispiel"), NAMED("by", "4711") },
        { NAMED("name", "Erna Beispiel"), NAMED("by", "4711"), NAMED("bind", "") },
    };
    hp_clear_terms terms = terms_at(NOW + 1);
    hp_str text = good();
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(others); i++) {
        terms.whom.values = others[i];
        terms.whom.n = others[i][2].name.p != NULL ? 3 : 2;
        assert_int_equal(take(&terms, text), HP_CLEARANCE_OTHERS);
    }
    terms.whom.n = 0;
    assert_int_equal(take(&terms, text), HP_CLEARANCE_OTHERS);
    terms = terms_at(NOW + 1);
    terms.whom.scope = HP_STR("sho");
    assert_int_equal(take(&terms, text), HP_CLEARANCE_FOREIGN);
    terms.whom.scope = HP_STR("");
    assert_int_equal(take(&terms, text), HP_CLEARANCE_FOREIGN);
}

static void
limits(void **state)
{
    hp_clear_terms terms = terms_at(NOW);
    char text[HP_CLEARANCE_TEXT];
    uint8_t long_text[HP_CLEARANCE_SCOPE + 1];
    hp_clearance won = { .n = 0 };

    (void)state;
    assert_false(hp_clear_give(policy, &terms, &won, text));
    won = won_by(HP_CLEARANCE_IDS, NOW + TTL);
    assert_true(hp_clear_give(policy, &terms, &won, text));
    assert_int_equal(strlen(text), HP_CLEARANCE_TEXT - 1);
    assert_int_equal(take(&terms, hp_str_of(text)), HP_CLEARANCE_GOOD);
    won = won_by(HP_CLEARANCE_IDS + 1, NOW + TTL);
    assert_false(hp_clear_give(policy, &terms, &won, text));
    memset(long_text, 's', sizeof(long_text));
    terms.whom.scope = (hp_str){ long_text, HP_CLEARANCE_SCOPE };
    won = won_by(1, NOW + TTL);
    assert_true(hp_clear_give(policy, &terms, &won, text));
    terms.whom.scope.n++;
    assert_false(hp_clear_give(policy, &terms, &won, text));
}

/* ---- keys ---------------------------------------------------------------------------------- */

static void
keys_are_rotated(void **state)
{
    hp_clear_terms terms = terms_at(NOW + 1);
    hp_str old = good(), fresh;
    hp_error error;

    (void)state;
    assert_false(hp_clearance_keys_refresh(keys, &error));
    (void)maker_file("ck", MAKER_JOIN(maker_fill(32, 'n'), maker_fill(32, 'c')));
    assert_true(hp_clearance_keys_refresh(keys, &error));
    assert_int_equal(hp_clearance_keys_count(keys), 2);
    assert_int_equal(take(&terms, old), HP_CLEARANCE_GOOD);
    fresh = good();
    assert_int_equal(take(&terms, fresh), HP_CLEARANCE_GOOD);
    (void)maker_file("ck", maker_fill(32, 'n'));
    assert_true(hp_clearance_keys_refresh(keys, &error));
    assert_int_equal(take(&terms, old), HP_CLEARANCE_FOREIGN);
    assert_int_equal(take(&terms, fresh), HP_CLEARANCE_GOOD);

    /* what cannot be taken up is told once, and the keys stay */
    (void)maker_file("ck", maker_fill(33, 'n'));
    assert_false(hp_clearance_keys_refresh(keys, &error));
    assert_non_null(strstr(error.text, "has 33 bytes, expected 32 for each key"));
    assert_false(hp_clearance_keys_refresh(keys, &error));
    assert_string_equal(error.text, "");
    assert_int_equal(take(&terms, fresh), HP_CLEARANCE_GOOD);
    (void)unlink(maker_file("ck", maker_fill(32, 'c')));
    assert_false(hp_clearance_keys_refresh(keys, &error));
    assert_string_not_equal(error.text, "");
    (void)maker_file("ck", maker_fill(32, 'c'));
    assert_true(hp_clearance_keys_refresh(keys, &error));
    assert_int_equal(take(&terms, old), HP_CLEARANCE_GOOD);
}

static void
bad_key_files(void **state)
{
    const struct {
        hp_str content;
        mode_t mode;
        const char *says; /* NULL: it loads */
    } table[] = {
        { maker_fill(32, 'c'), 0600, NULL },
        { maker_fill(16 * 32, 'c'), 0600, NULL },
        { maker_fill(17 * 32, 'c'), 0600, "expected at most 512" },
        { HP_STR(""), 0600, "has 0 bytes, expected 32 for each key" },
        { maker_fill(31, 'c'), 0600, "has 31 bytes" },
        { maker_fill(32, 0), 0600, "a key of zeros" },
        { MAKER_JOIN(maker_fill(32, 'c'), maker_fill(32, 0)), 0600, "a key of zeros" },
        { maker_fill(32, 'c'), 0604, "" },
        { maker_fill(32, 'c'), 0620, "" },
    };
    hp_clearance_keys *loaded;
    const char *path;
    hp_error error;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(table); i++) {
        path = maker_file("bad", table[i].content);
        assert_int_equal(chmod(path, table[i].mode), 0);
        loaded = hp_clearance_keys_load(path, &error);
        assert_int_equal(loaded == NULL, table[i].says != NULL);
        if (table[i].says != NULL)
            assert_non_null(strstr(error.text, table[i].says));
        hp_clearance_keys_free(loaded);
    }
    assert_null(hp_clearance_keys_load("/nowhere/key", &error));
}

static void
memory_runs_out(void **state)
{
    const char *path = maker_file("mem", MAKER_JOIN(maker_fill(32, 'a'), maker_fill(32, 'b')));
    hp_clear_terms terms = terms_at(NOW);
    hp_clearance_keys *loaded = NULL;
    hp_error error;
    hp_str text;
    size_t i;

    (void)state;
    for (i = 1; loaded == NULL; i++) {
        alloc_start(i);
        loaded = hp_clearance_keys_load(path, &error);
    }
    alloc_start(0);
    assert_in_range(i, 4, 20);
    /* a refresh that has no memory keeps what there is */
    (void)maker_file("mem", maker_fill(32, 'm'));
    alloc_start(1);
    assert_false(hp_clearance_keys_refresh(loaded, &error));
    alloc_start(0);
    assert_int_equal(hp_clearance_keys_count(loaded), 2);
    hp_clearance_keys_free(loaded);
    /* and nothing is asked for while one is judged */
    text = good();
    alloc_start(0);
    assert_int_equal(take(&terms, text), HP_CLEARANCE_GOOD);
    assert_int_equal(alloc_calls(), 0);
}

/* ---- the policy ---------------------------------------------------------------------------- */

static void
refresh_policy(const char *rules)
{
    hp_error error;

    (void)maker_file("policy.conf", maker_print("trust = \"%s/trust\";\nidentity_key = "
        "\"%s/identity\";\ndeny_list = \"%s/deny\";\nrules = \"%s\";\n", maker_folder(),
        maker_folder(), maker_folder(), rules));
    (void)hp_policy_refresh(&policy, &error);
    assert_string_equal(error.text, "");
}

static void
deny(const char *lines)
{
    hp_error error;

    (void)maker_file("deny", maker_print(HEAD "%s", lines));
    assert_true(hp_policy_refresh_lists(policy, false, &error));
}

#define ADDED " added=2026-11-10T00:00:00Z"
#define B_ID  "62626262626262626262626262626262" /* of the second pass */

static void
a_block_ends_it(void **state)
{
    static const struct {
        const char *line;
        hp_clearance_found found;
    } table[] = {
        { "L " B_ID ADDED "\n", HP_CLEARANCE_BLOCKED },
        { "L 63636363636363636363636363636363" ADDED "\n", HP_CLEARANCE_GOOD },
        { "L " B_ID ADDED " until=2026-11-10T00:00:00Z\n", HP_CLEARANCE_GOOD },
        { "S " B_ID ADDED "\n", HP_CLEARANCE_CHANGED },
        { "I " B_ID ADDED "\n", HP_CLEARANCE_CHANGED },
        { "P5 " B_ID ADDED "\n", HP_CLEARANCE_CHANGED },
        { "", HP_CLEARANCE_GOOD },
    };
    hp_clear_terms terms = terms_at(NOW + 1);
    hp_str text = good();
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(table); i++) {
        deny(table[i].line);
        assert_int_equal(take(&terms, text), table[i].found);
    }
    /* given since, it is good; a longer block is another one */
    deny("S " B_ID ADDED "\n");
    text = good();
    assert_int_equal(take(&terms, text), HP_CLEARANCE_GOOD);
    deny("S " B_ID ADDED " until=2036-11-10T00:00:00Z\n");
    assert_int_equal(take(&terms, text), HP_CLEARANCE_CHANGED);
    deny("");
}

static void
another_policy_ends_it(void **state)
{
    hp_clear_terms terms = terms_at(NOW + 1);
    hp_str text = good();
    hp_verdict verdict;
    hp_error error;

    (void)state;
    refresh_policy("authentic-only");
    assert_int_equal(take(&terms, text), HP_CLEARANCE_CHANGED);
    refresh_policy("minimal");
    assert_int_equal(take(&terms, text), HP_CLEARANCE_GOOD);

    /* blocks to come are made by the new identity key, and would not be found */
    (void)maker_file("identity", MAKER_JOIN(maker_fill(32, 'n'), maker_fill(32, 'i')));
    assert_int_equal(hp_policy_refresh(&policy, &error), HP_REFRESH_NEW);
    assert_int_equal(take(&terms, text), HP_CLEARANCE_CHANGED);
    (void)maker_file("identity", maker_fill(32, 'i'));
    assert_int_equal(hp_policy_refresh(&policy, &error), HP_REFRESH_NEW);

    /* and where nobody is judged, a clearance does not help */
    terms = terms_at(HP_RELEASED - 1000);
    text = given(&terms, 1, NOW);
    assert_int_equal(hp_clear_take(policy, &terms, text, &verdict), HP_CLEARANCE_GOOD);
    assert_int_equal(verdict.reason, HP_CLOCK);
}

static void
without_an_identity_key_there_is_none(void **state)
{
    hp_clear_terms terms = terms_at(NOW);
    hp_clearance won = won_by(1, NOW + TTL);
    char text[HP_CLEARANCE_TEXT];
    hp_str before = good();
    hp_verdict verdict;
    hp_policy *keyless;
    hp_error error;

    (void)state;
    assert_int_equal(hp_policy_load(maker_file("keyless.conf", maker_print("trust = \"%s/trust\"; "
        "rules = \"minimal\";", maker_folder())), HP_DOOR_WEB, &keyless, &error), HP_LOAD_OK);
    assert_false(hp_clear_give(keyless, &terms, &won, text));
    assert_int_equal(hp_clear_take(keyless, &terms, before, &verdict), HP_CLEARANCE_FAILED);
    hp_policy_free(keyless);
}

/* ---- exemptions ---------------------------------------------------------------------------- */

static const hp_clearance_value booking = NAMED("booking", "B-17");

static hp_clear_terms
booked_at(double now)
{
    return (hp_clear_terms){ .keys = keys, .ttl = TTL, .now = now,
                             .whom = { .scope = HP_STR("show"), .values = &booking, .n = 1 } };
}

static hp_str
exempt(double until)
{
    hp_clearance one = { .issued = (uint64_t)NOW, .until = (uint64_t)until, .n = 1 };
    hp_clear_terms terms = booked_at(NOW);
    char text[HP_EXEMPTION_TEXT];

    memset(one.ids[0], 'x', HP_ID);
    assert_true(hp_exemption_write(keys, &one, &terms.whom, text));
    return maker_copy(hp_str_of(text));
}

static hp_reason
show(const hp_clear_terms *terms, hp_str text, const char *request, hp_use *use,
     hp_use_terms *use_terms)
{
    hp_verdict verdict;
    hp_clearance won = { .n = 0 };

    return hp_exempt_take(policy, terms, guard_end(text), hp_str_of(request), use, use_terms, &won,
                          &verdict);
}

static void
an_exemption_is_for_one_booking(void **state)
{
    static const hp_clearance_value other = NAMED("booking", "B-18");
    hp_clear_terms terms = booked_at(NOW + 100);
    hp_str text = exempt(NOW + TTL);
    hp_use use, again;
    hp_use_terms use_terms;

    (void)state;
    assert_int_equal(strspn(maker_c_string(text), "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"),
                     text.n);
    assert_int_equal(show(&terms, text, "r1", &use, &use_terms), HP_PENDING);
    assert_int_equal(use.n, 1);
    assert_int_equal(use_terms.limit, 1);
    assert_true(use_terms.refuse && !use_terms.open);
    assert_int_equal(use_terms.window, TTL - 100);

    /* another request is another one, which the ledger refuses then */
    assert_int_equal(show(&terms, MAKER_JOIN(HP_STR(" \t"), text, HP_STR("\r\n")), "r2", &again,
                          &use_terms), HP_PENDING);
    assert_memory_equal(use.pass[0], again.pass[0], HP_ID);
    assert_memory_not_equal(use.by[0], again.by[0], HP_BY);
    assert_int_equal(show(&terms, text, "", &again, &use_terms), HP_FAULT);

    terms.whom.values = &other;
    assert_int_equal(show(&terms, text, "r1", &use, &use_terms), HP_HOLDER);
    terms = booked_at(NOW);
    terms.whom.scope = HP_STR("");
    assert_int_equal(show(&terms, text, "r1", &use, &use_terms), HP_SIGNATURE);
    terms = booked_at(NOW + TTL);
    assert_int_equal(show(&terms, text, "r1", &use, &use_terms), HP_EXPIRED);
    terms = booked_at(HP_RELEASED - 1000);
    assert_int_equal(show(&terms, text, "r1", &use, &use_terms), HP_CLOCK);
    terms = booked_at(NOW);
    deny("L 78787878787878787878787878787878" ADDED "\n");
    assert_int_equal(show(&terms, text, "r1", &use, &use_terms), HP_DENIED_HERE);
    deny("");
    assert_int_equal(show(&terms, text, "r1", &use, &use_terms), HP_PENDING);
}

static void
a_damaged_exemption(void **state)
{
    hp_clear_terms terms = booked_at(NOW);
    hp_str text = exempt(NOW + TTL), clearance = good();
    uint8_t bytes[HP_EXEMPTION_BYTES + 1];
    char changed[HP_EXEMPTION_TEXT] = HP_EXEMPTION_MARK;
    hp_use_terms use_terms;
    hp_use use;
    size_t i, n;

    (void)state;
    assert_true(hp_base45_decode(hp_str_from(text, 5), bytes, &n));
    assert_int_equal(n, HP_EXEMPTION_BYTES);
    for (i = 0; i < 8 * n; i++) {
        bytes[i / 8] ^= (uint8_t)(1 << i % 8);
        hp_base45_encode((hp_str){ bytes, n }, changed + 5);
        assert_int_not_equal(show(&terms, hp_str_of(changed), "r", &use, &use_terms), HP_PENDING);
        bytes[i / 8] ^= (uint8_t)(1 << i % 8);
    }
    for (i = 0; i < text.n; i++)
        assert_int_equal(show(&terms, (hp_str){ text.p, i }, "r", &use, &use_terms), HP_ENCODING);
    assert_int_equal(show(&terms, MAKER_JOIN(text, HP_STR("0")), "r", &use, &use_terms), HP_ENCODING);
    assert_int_equal(show(&terms, clearance, "r", &use, &use_terms), HP_ENCODING);
}

static int
set_up(void **state)
{
    const maker_key *es = maker_key_new(HP_ALG_ES256, "");
    hp_error error;

    (void)state;
    keys = load_keys("ck", maker_fill(32, 'c'));
    (void)maker_policy(&es, 1, "");
    (void)maker_file("deny", HP_STR(HEAD));
    if (hp_policy_load(maker_file("policy.conf", maker_print("trust = \"%s/trust\";\nidentity_key = "
            "\"%s/identity\";\ndeny_list = \"%s/deny\";\nrules = \"minimal\";\n",
            maker_folder(), maker_folder(), maker_folder())), HP_DOOR_WEB, &policy, &error) != HP_LOAD_OK)
        fail_msg("%s", error.text);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    hp_clearance_keys_free(keys);
    hp_clearance_keys_free(NULL);
    hp_policy_free(policy);
    return 0;
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(what_was_given_is_taken),
    cmocka_unit_test(every_bit_and_byte_counts),
    cmocka_unit_test(other_versions_and_kinds),
    cmocka_unit_test(it_ends_in_time),
    cmocka_unit_test(the_first_end_counts),
    cmocka_unit_test(any_other_value_is_none),
    cmocka_unit_test(limits),
    cmocka_unit_test(keys_are_rotated),
    cmocka_unit_test(bad_key_files),
    cmocka_unit_test(memory_runs_out),
    cmocka_unit_test(a_block_ends_it),
    cmocka_unit_test(another_policy_ends_it),
    cmocka_unit_test(without_an_identity_key_there_is_none),
    cmocka_unit_test(an_exemption_is_for_one_booking),
    cmocka_unit_test(a_damaged_exemption),
};

UNIT_MAIN_WITH(tests, set_up, tear_down)
