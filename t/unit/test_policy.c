/*
 * The policy file: every key, every mistake with its line, both doors, refresh, and each
 * allocation failing once.
 */
#include "unit.h"

#include "hp.h"
#include "maker.h"
#include "policy/policy.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const maker_key *key, *other;

/* Settings of a text; a failure must name the file. */
static bool
settings_of(const char *text, hp_door door, hp_settings *settings, hp_error *error)
{
    hp_str s = guard_end((hp_str){ (const uint8_t *)text, strlen(text) + 1 });

    error->text[0] = '\0';
    if (hp_settings_read("F", (hp_str){ s.p, s.n - 1 }, door, settings, error))
        return true;
    assert_int_equal(strncmp(error->text, "F:", 2), 0);
    return false;
}

#define NEEDED "trust = \"/t\"; rules = \"minimal\"; "

static void
defaults(void **state)
{
    hp_settings s;
    hp_error error;

    (void)state;
    assert_true(settings_of(NEEDED, HP_DOOR_NONE, &s, &error));
    assert_int_equal(s.n_trust, 1);
    assert_string_equal(s.trust[0], "/t");
    assert_int_equal(s.rules, HP_RULES_MINIMAL);
    assert_int_equal(s.schema, HP_SCHEMA_TOLERANT);
    assert_true(s.signer_validity);
    assert_true(s.clock_skew == 0);
    assert_null(s.identity_key);
    assert_int_equal(s.environment, HP_ENV_PROD);
    assert_string_equal(s.pass_id_scope, "day");
    hp_settings_free(&s);
    hp_settings_free(&s);
}

static void
good_texts(void **state)
{
    static const char *const table[] = {
        NEEDED "formats = \"hc1\";", NEEDED "formats = [\"hc1\"];", NEEDED "formats = (\"hc1\");",
        "rules = \"authentic-only\"; trust = [\"/a\", \"/b\"];", "rules: \"minimal\", trust: (\"/a\")",
        NEEDED "environment = \"dev\";", NEEDED "environment = \"uat\";", NEEDED "schema = \"strict\";",
        NEEDED "schema = \"tolerant\";", NEEDED "signer_validity = \"on\";",
        NEEDED "signer_validity = false;", NEEDED "clock_skew = 0;", NEEDED "clock_skew = 3600;",
        NEEDED "clock_skew = \"1h\";", NEEDED "clock_skew = \"60m\";", NEEDED "clock_skew = \"0s\";",
        NEEDED "identity_key = \"/k\";", NEEDED "pass_id_scope = \"site\";",
        NEEDED "pass_id_scope = \"event:x\";", NEEDED "web: { schema = \"strict\"; };",
        NEEDED "pam: { trust = \"/p\"; };", NEEDED "if_supported: { ledger = \"memory\"; new_key = 1; };",
        "# comment\n" NEEDED, "web: { }; " NEEDED,
    };
    hp_settings s;
    hp_error error;

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        for (int door = HP_DOOR_NONE; door <= HP_DOOR_PAM; door++) {
            if (!settings_of(table[i], (hp_door)door, &s, &error))
                fail_msg("%s: %s", table[i], error.text);
            hp_settings_free(&s);
        }
    }
}

/* The text, and what the error must say. */
static void
bad_texts(void **state)
{
    static const struct {
        const char *text, *says;
    } table[] = {
        { "", "trust: is missing" }, { "rules = \"minimal\";", "trust: is missing" },
        { "trust = \"/t\";", "rules: is missing" },
        { NEEDED "\n\nfoo = 1;", "F:3: foo: is no key" }, { NEEDED "Trust = \"/t\";", "is no key" },
        { NEEDED "\ntrust = \"/u\";", "F:2: duplicate" },
        { NEEDED "web: { schema = \"strict\"; schema = \"strict\"; };", "duplicate" },
        { NEEDED "\nclock_skew = \"5\";", "F:2: clock_skew: expected" },
        { NEEDED "clock_skew = \"5sx\";", "expected" }, { NEEDED "clock_skew = \"s\";", "expected" },
        { NEEDED "clock_skew = \"61m\";", "expected" }, { NEEDED "clock_skew = 3601;", "expected" },
        { NEEDED "clock_skew = -1;", "expected" }, { NEEDED "clock_skew = 1.5;", "expected" },
        { NEEDED "clock_skew = \"99999999999999999999s\";", "expected" },
        { NEEDED "clock_skew = 5x;", "syntax error" }, { NEEDED "clock_skew = { };", "expected" },
        { NEEDED "clock_skew = \" 5s\";", "expected" }, { NEEDED "clock_skew = \"-5s\";", "expected" },
        { "rules = \"minimal\"; trust = \"t\";", "absolute" }, { "trust = 1;", "trust: expected" },
        { "rules = \"minimal\"; trust = \"\";", "absolute" }, { "rules = \"minimal\"; trust = [];", "expected" },
        { "trust = [\"/a\", \"b\"];", "absolute" }, { "trust = [1];", "absolute" },
        { "trust = { a = \"/t\"; };", "expected" }, { "trust = (\"/a\", 1);", "absolute" },
        { "trust = \"/t\"; rules = \"Minimal\";", "rules: expected" },
        { "trust = \"/t\"; rules = \"/rules\";", "not supported" }, { "trust = \"/t\"; rules = 1;", "expected" },
        { NEEDED "formats = \"shc\";", "formats" }, { NEEDED "formats = [\"hc1\", \"shc\"];", "supports" },
        { NEEDED "formats = [];", "formats" }, { NEEDED "formats = 1;", "formats" },
        { NEEDED "formats = { x = 1; };", "formats" }, { NEEDED "environment = \"test\";", "expected" },
        { NEEDED "schema = \"\";", "expected" }, { NEEDED "schema = true;", "expected" },
        { NEEDED "signer_validity = \"yes\";", "expected" }, { NEEDED "signer_validity = 1;", "expected" },
        { NEEDED "identity_key = \"k\";", "absolute" }, { NEEDED "identity_key = 1;", "absolute" },
        { NEEDED "pass_id_scope = \"week\";", "expected" }, { NEEDED "pass_id_scope = \"event:\";", "expected" },
        { NEEDED "pass_id_scope = 1;", "expected" },
        { NEEDED "web = 1;", "group" }, { NEEDED "pam = [\"x\"];", "group" },
        { NEEDED "if_supported = \"x\";", "group" }, { NEEDED "web: { foo = 1; };", "is no key" },
        { NEEDED "pam: { schema = \"x\"; };", "expected" }, { NEEDED "web: { revoked = \"/r\"; };", "not supported" },
        { NEEDED "if_supported: { schema = \"x\"; };", "expected" },
        { NEEDED "if_supported: { rules = \"minimal\"; };", "once" },
        { NEEDED "web: { web: { }; };", "is no key" }, { NEEDED "web: { if_supported: { x = 1; }; };", "is no key" },
        { NEEDED "@include \"/etc/passwd\"", "syntax error" },
        { "\n  @include \"/etc/passwd\"\n" NEEDED, "F:2: @include" },
        { NEEDED "\"x\" = 1;", "syntax error" }, { NEEDED "schema = ", "syntax error" },
        { NEEDED "schema = \"strict", "syntax error" }, { NEEDED "}", "syntax error" },
    };
    hp_settings s;
    hp_error error;

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        for (int door = HP_DOOR_NONE; door <= HP_DOOR_PAM; door++) {
            if (settings_of(table[i].text, (hp_door)door, &s, &error))
                fail_msg("%s: accepted", table[i].text);
            if (strstr(error.text, table[i].says) == NULL)
                fail_msg("%s: says %s", table[i].text, error.text);
        }
    }
    assert_false(hp_settings_read("F", HP_STR(NEEDED "\0 schema = \"strict\";"), HP_DOOR_NONE, &s,
        &error));
    assert_non_null(strstr(error.text, "zero byte"));
}

/* What later builds will read is refused here by name, unless it is marked as optional. */
static void
keys_of_later_builds(void **state)
{
    static const char *const later[] = { "rules_set",
        "value_sets", "country", "region", "rules_open", "rules_none", "rules_later",
        "payload_domains", "multi_payload", "revoked", "revoked_required", "revoked_maybe",
        "revoked_max_age", "deny_list", "ledger", "ledger_auth", "ends", "ends_answer" };
    hp_settings s;
    hp_error error;

    (void)state;
    for (size_t i = 0; i < COUNT(later); i++) {
        assert_false(settings_of(maker_c_string(maker_print(NEEDED "%s = \"x\";", later[i])),
            HP_DOOR_WEB, &s, &error));
        assert_non_null(strstr(error.text, "not supported by this build"));
        assert_non_null(strstr(error.text, later[i]));
        assert_true(settings_of(maker_c_string(maker_print(NEEDED "if_supported: { %s = \"x\"; };",
            later[i])), HP_DOOR_WEB, &s, &error));
        hp_settings_free(&s);
    }
}

static void
each_door_has_its_own_group(void **state)
{
    static const char text[] = NEEDED "clock_skew = 1; web: { clock_skew = 2; };"
        "pam: { clock_skew = 3; trust = [\"/p\", \"/q\"]; };";
    hp_settings s;
    hp_error error;

    (void)state;
    for (int door = HP_DOOR_NONE; door <= HP_DOOR_PAM; door++) {
        assert_true(settings_of(text, (hp_door)door, &s, &error));
        assert_true(s.clock_skew == door + 1);
        assert_int_equal(s.n_trust, door == HP_DOOR_PAM ? 2 : 1);
        hp_settings_free(&s);
    }
}

/* ---- loading ------------------------------------------------------------------ */

static hp_load
load(const char *path, hp_policy **p, hp_error *error)
{
    hp_load rc = hp_policy_load(path, HP_DOOR_NONE, p, error);

    assert_int_equal(rc == HP_LOAD_OK, *p != NULL);
    return rc;
}

static const char *
good_policy(void)
{
    return maker_policy(&key, 1, "rules = \"minimal\";");
}

static void
what_a_policy_names_must_be_right(void **state)
{
    const char *path = good_policy(), *folder = maker_folder();
    const char *identity = maker_c_string(maker_print("%s/identity", folder));
    const char *trust = maker_c_string(maker_print("%s/trust", folder));
    static const size_t wrong_sizes[] = { 0, 1, 31, 33, 63, 17 * 32 };
    hp_policy *p;
    hp_error error;

    (void)state;
    assert_int_equal(load(path, &p, &error), HP_LOAD_OK);
    assert_int_equal(hp_policy_keys(p), 1);
    assert_string_equal(hp_policy_path(p), path);
    assert_null(hp_policy_warning(p, 0));
    hp_policy_free(p);

    for (size_t i = 0; i < COUNT(wrong_sizes); i++) {
        (void)maker_file("identity", maker_fill(wrong_sizes[i], 'i'));
        assert_int_equal(load(path, &p, &error), HP_LOAD_CONFIG);
        assert_non_null(strstr(error.text, identity));
    }
    (void)maker_file("identity", maker_fill(16 * 32, 'i'));
    assert_int_equal(chmod(identity, 0644), 0);
    assert_int_equal(load(path, &p, &error), HP_LOAD_CONFIG);
    assert_int_equal(chmod(identity, 0640), 0);
    assert_int_equal(load(path, &p, &error), HP_LOAD_OK);
    hp_policy_free(p);
    assert_int_equal(unlink(identity), 0);
    assert_int_equal(load(path, &p, &error), HP_LOAD_CONFIG);

    path = good_policy();
    assert_int_equal(chmod(path, 0666), 0);
    assert_int_equal(load(path, &p, &error), HP_LOAD_CONFIG);
    assert_int_equal(chmod(path, 0644), 0);
    assert_int_equal(chmod(trust, 0777), 0);
    assert_int_equal(load(path, &p, &error), HP_LOAD_CONFIG);
    assert_int_equal(chmod(trust, 0755), 0);
    assert_int_equal(load(path, &p, &error), HP_LOAD_OK);
    hp_policy_free(p);
    assert_int_equal(rename(trust, maker_c_string(maker_print("%s/away", folder))), 0);
    assert_int_equal(load(path, &p, &error), HP_LOAD_TRUST);
    assert_non_null(strstr(error.text, trust));
    assert_int_equal(rename(maker_c_string(maker_print("%s/away", folder)), trust), 0);
    assert_int_equal(load(maker_c_string(maker_print("%s/none.conf", folder)), &p, &error),
        HP_LOAD_CONFIG);
    hp_policy_free(NULL);
}

static void
weak_settings_warn(void **state)
{
    hp_policy *p;
    hp_error error;
    size_t n = 0;

    (void)state;
    (void)maker_file("bare/.keep", HP_STR(""));
    assert_int_equal(load(maker_file("weak.conf", maker_print("trust = \"%s/bare\";"
        "rules = \"authentic-only\"; signer_validity = \"off\";", maker_folder())), &p, &error),
        HP_LOAD_OK);
    while (hp_policy_warning(p, n) != NULL)
        n++;
    assert_int_equal(n, 4);
    hp_policy_free(p);
}

static void
changes_are_taken_up_and_broken_ones_not(void **state)
{
    const maker_key *two[] = { key, other };
    const char *path = good_policy(), *trust = maker_c_string(maker_print("%s/trust", maker_folder()));
    const char *away = maker_c_string(maker_print("%s/away", maker_folder()));
    hp_policy *p, *before;
    hp_error error;

    (void)state;
    assert_int_equal(load(path, &p, &error), HP_LOAD_OK);
    before = p;
    assert_int_equal(hp_policy_refresh(&p, &error), HP_REFRESH_SAME);
    assert_ptr_equal(p, before);
    assert_string_equal(error.text, "");

    (void)maker_file("policy.conf", HP_STR("foo = 1;\n"));
    assert_int_equal(hp_policy_refresh(&p, &error), HP_REFRESH_KEPT);
    assert_non_null(strstr(error.text, "foo"));
    assert_ptr_equal(p, before);
    assert_int_equal(hp_policy_refresh(&p, &error), HP_REFRESH_SAME); /* told once a change */
    assert_string_equal(error.text, "");
    assert_int_equal(hp_policy_keys(p), 1);

    (void)maker_file("trust/broken.pem", HP_STR("no certificate"));
    (void)maker_policy(two, 2, "rules = \"minimal\"; # again");
    assert_int_equal(hp_policy_refresh(&p, &error), HP_REFRESH_KEPT);
    assert_non_null(strstr(error.text, "broken.pem"));
    assert_int_equal(unlink(maker_c_string(maker_print("%s/broken.pem", trust))), 0);
    assert_int_equal(hp_policy_refresh(&p, &error), HP_REFRESH_NEW);
    assert_int_equal(hp_policy_keys(p), 2);
    assert_string_equal(error.text, "");

    /* a trust folder that is gone later is empty, not a reason to keep old keys */
    assert_int_equal(rename(trust, away), 0);
    assert_int_equal(hp_policy_refresh(&p, &error), HP_REFRESH_NEW);
    assert_int_equal(hp_policy_keys(p), 0);
    assert_non_null(strstr(error.text, "trust"));
    assert_int_equal(hp_policy_refresh(&p, &error), HP_REFRESH_SAME);
    assert_int_equal(rename(away, trust), 0);
    assert_int_equal(hp_policy_refresh(&p, &error), HP_REFRESH_NEW);
    assert_int_equal(hp_policy_keys(p), 2);

    assert_int_equal(unlink(path), 0);
    assert_int_equal(hp_policy_refresh(&p, &error), HP_REFRESH_KEPT);
    assert_int_equal(hp_policy_keys(p), 2);
    hp_policy_free(p);
    (void)good_policy();
}

static const char *
path_in(const char *name)
{
    return maker_c_string(maker_print("%s/%s", maker_folder(), name));
}

/* Replaces the link at name, as an administrator does: in one step. */
static void
point(const char *name, const char *target)
{
    (void)unlink(path_in("link.new"));
    assert_int_equal(symlink(target, path_in("link.new")), 0);
    assert_int_equal(rename(path_in("link.new"), path_in(name)), 0);
}

/* A link anywhere in the way to a key may be switched, or lead nowhere for a while. */
static void
switched_links_are_followed(void **state)
{
    hp_policy *p;
    hp_error error;

    (void)state;
    (void)maker_file("v1/trust.d/a.pem", hp_str_of(key->pem));
    (void)maker_file("v2/trust.d/.keep", HP_STR(""));
    point("current", "v1");
    assert_int_equal(load(maker_file("linked.conf", maker_print(
        "trust = \"%s/current/trust.d\"; rules = \"minimal\";", maker_folder())), &p, &error),
        HP_LOAD_OK);
    assert_int_equal(hp_policy_keys(p), 1);
    assert_int_equal(hp_policy_refresh(&p, &error), HP_REFRESH_SAME);
    point("current", "v2");
    assert_int_equal(hp_policy_refresh(&p, &error), HP_REFRESH_NEW);
    assert_int_equal(hp_policy_keys(p), 0);
    point("current", "nowhere");
    assert_int_equal(hp_policy_refresh(&p, &error), HP_REFRESH_NEW);
    point("current", "v1");
    assert_int_equal(hp_policy_refresh(&p, &error), HP_REFRESH_NEW);
    assert_int_equal(hp_policy_keys(p), 1);

    (void)maker_file("v1/trust.d/.s/one/k", hp_str_of(other->pem));
    point("v1/trust.d/.s/cur", "one");
    point("v1/trust.d/k.pem", ".s/cur/k");
    assert_int_equal(hp_policy_refresh(&p, &error), HP_REFRESH_NEW);
    assert_int_equal(hp_policy_keys(p), 2);
    (void)maker_file("v1/trust.d/.s/two/k", hp_str_of(key->pem));
    point("v1/trust.d/.s/cur", "two");
    assert_int_equal(hp_policy_refresh(&p, &error), HP_REFRESH_NEW);
    assert_int_equal(hp_policy_keys(p), 1);
    hp_policy_free(p);
}

/* What was wrong and is mended is noticed, wherever the fault lay. */
static void
mended_faults_are_noticed(void **state)
{
    const char *path = good_policy();
    hp_policy *p;
    hp_error error;

    (void)state;
    assert_int_equal(load(path, &p, &error), HP_LOAD_OK);
    assert_int_equal(chmod(maker_file("trust/b.pem", hp_str_of(other->pem)), 0666), 0);
    assert_int_equal(hp_policy_refresh(&p, &error), HP_REFRESH_KEPT);
    assert_int_equal(hp_policy_refresh(&p, &error), HP_REFRESH_SAME);
    assert_int_equal(chmod(path_in("trust/b.pem"), 0644), 0);
    assert_int_equal(hp_policy_refresh(&p, &error), HP_REFRESH_NEW);
    assert_int_equal(hp_policy_keys(p), 2);

    assert_int_equal(unlink(path_in("trust/b.pem")), 0);
    point("trust/b.pem", "z/b.pem"); /* leads to what comes only later */
    assert_int_equal(hp_policy_refresh(&p, &error), HP_REFRESH_KEPT);
    (void)maker_file("trust/z/b.pem", hp_str_of(other->pem));
    assert_int_equal(hp_policy_refresh(&p, &error), HP_REFRESH_NEW);
    assert_int_equal(hp_policy_keys(p), 2);
    assert_int_equal(unlink(path_in("trust/b.pem")), 0);
    assert_int_equal(unlink(path_in("trust/z/b.pem")), 0);
    hp_policy_free(p);
    (void)good_policy();
}

/* The n-th allocation of our own fails, for every n: an error or a policy, and no leak. */
static void
every_allocation_fails_once(void **state)
{
    const char *path = good_policy();
    hp_load rc = HP_LOAD_CONFIG;
    hp_policy *p;
    hp_error error;
    size_t nth;

    (void)state;
    for (nth = 1; nth < 1000; nth++) {
        error.text[0] = '\0';
        alloc_start(nth);
        rc = hp_policy_load(path, HP_DOOR_WEB, &p, &error);
        if (alloc_calls() < nth)
            break;
        alloc_start(0);
        if (rc == HP_LOAD_OK)
            hp_policy_free(p); /* only the watch went without; it reports a change then */
        else
            assert_true(p == NULL && error.text[0] != '\0');
    }
    alloc_start(0);
    assert_int_equal(rc, HP_LOAD_OK);
    assert_in_range(nth, 10, 999);
    hp_policy_free(p);
}

/* The same while a policy is replaced: the old one serves on. */
static void
a_refresh_without_memory_keeps_the_old_policy(void **state)
{
    size_t nth, calls, keys;
    hp_policy *p;
    hp_error error;

    (void)state;
    for (nth = 0, calls = 0; calls >= nth;) {
        nth++;
        assert_int_equal(load(good_policy(), &p, &error), HP_LOAD_OK);
        keys = hp_policy_keys(p);
        (void)maker_file("trust/9.pem", hp_str_of(key->pem));
        alloc_start(nth);
        (void)hp_policy_refresh(&p, &error);
        calls = alloc_calls();
        alloc_start(0);
        assert_in_range(hp_policy_keys(p), keys, keys + 1);
        (void)hp_policy_refresh(&p, &error);
        hp_policy_free(p);
        assert_int_equal(unlink(maker_c_string(maker_print("%s/trust/9.pem", maker_folder()))), 0);
    }
    assert_in_range(nth, 10, 1000);
}

static int
set_up(void **state)
{
    (void)state;
    key = maker_key_new(HP_ALG_ES256, "");
    other = maker_key_new(HP_ALG_ES256, "");
    return 0;
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(defaults),
    cmocka_unit_test(good_texts),
    cmocka_unit_test(bad_texts),
    cmocka_unit_test(keys_of_later_builds),
    cmocka_unit_test(each_door_has_its_own_group),
    cmocka_unit_test(what_a_policy_names_must_be_right),
    cmocka_unit_test(weak_settings_warn),
    cmocka_unit_test(changes_are_taken_up_and_broken_ones_not),
    cmocka_unit_test(switched_links_are_followed),
    cmocka_unit_test(mended_faults_are_noticed),
    cmocka_unit_test(every_allocation_fails_once),
    cmocka_unit_test(a_refresh_without_memory_keeps_the_old_policy),
};

UNIT_MAIN_WITH(tests, set_up, NULL)
