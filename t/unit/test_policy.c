/*
 * The policy file: every key, every mistake with its line, both doors, refresh, and each
 * allocation failing once.
 */
#include "unit.h"

#include "hp.h"
#include "maker.h"
#include "policy/policy.h"

#include <math.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define DAY 86400.0

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
    assert_true(s.trust_max_age == 7 * DAY && s.trust_warn_age == 6 * DAY);
    assert_false(s.manifest_required || s.same_country);
    assert_null(s.manifest_key);
    assert_string_equal(s.stale_override, "/var/lib/healthpass/override");
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
        NEEDED "trust_max_age = 60;", NEEDED "trust_max_age = \"366d\";",
        NEEDED "trust_warn_age = \"1m\";", NEEDED "trust_warn_age = \"7d\";",
        NEEDED "trust_warn_age = \"9d\"; trust_max_age = \"10d\";",
        NEEDED "trust_warn_age = \"9d\"; if_supported: { trust_max_age = \"10d\"; };",
        NEEDED "trust_manifest = \"optional\";", NEEDED "trust_manifest = \"required\";",
        NEEDED "trust_manifest_key = \"/k\";", NEEDED "stale_override = \"/o\";",
        NEEDED "ends = \"2026-12-31\";", NEEDED "ends = \"2026-12-31T12:00:00+01:00\"; ends_answer = \"off\";",
        NEEDED "ends_answer = \"refuse\";", NEEDED "ends = \"9999-12-30\";",
        NEEDED "signer_country = \"any\";", NEEDED "signer_country = \"same\";",
        NEEDED "web: { trust_max_age = \"2d\"; trust_warn_age = \"1d\"; };"
            "pam: { trust_max_age = \"2h\"; };",
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
        { "trust = \"/t\"; rules = \"/rules\";", "country" }, { "trust = \"/t\"; rules = 1;", "expected" },
        { NEEDED "formats = \"HC1\";", "formats" }, { NEEDED "formats = [\"hc1\", \"frob\"];", "supports" },
        { NEEDED "formats = [];", "formats" }, { NEEDED "formats = 1;", "formats" },
        { NEEDED "formats = { x = 1; };", "formats" }, { NEEDED "environment = \"test\";", "expected" },
        { NEEDED "schema = \"\";", "expected" }, { NEEDED "schema = true;", "expected" },
        { NEEDED "signer_validity = \"yes\";", "expected" }, { NEEDED "signer_validity = 1;", "expected" },
        { NEEDED "identity_key = \"k\";", "absolute" }, { NEEDED "identity_key = 1;", "absolute" },
        { NEEDED "pass_id_scope = \"week\";", "expected" }, { NEEDED "pass_id_scope = \"event:\";", "expected" },
        { NEEDED "pass_id_scope = 1;", "expected" },
        { NEEDED "web = 1;", "group" }, { NEEDED "pam = [\"x\"];", "group" },
        { NEEDED "if_supported = \"x\";", "group" }, { NEEDED "web: { foo = 1; };", "is no key" },
        { NEEDED "pam: { schema = \"x\"; };", "expected" }, { NEEDED "web: { ledger = \"/r\"; };", "numeric address" },
        { NEEDED "if_supported: { schema = \"x\"; };", "expected" },
        { NEEDED "if_supported: { rules = \"minimal\"; };", "once" },
        { NEEDED "web: { web: { }; };", "is no key" }, { NEEDED "web: { if_supported: { x = 1; }; };", "is no key" },
        { NEEDED "ends = \"31.12.2026\";", "ends: expected the last day" }, { NEEDED "ends = 20261231;", "ends" },
        { NEEDED "ends = \"2026-02-29\";", "ends" }, { NEEDED "ends = \"2026-12-31T12:00:00\";", "ends" },
        { NEEDED "ends = \"2026-12\";", "ends" }, { NEEDED "ends = \"\";", "ends" }, { NEEDED "ends = \"never\";", "ends" },
        { NEEDED "ends = \"2026-12-31 \";", "ends" }, { NEEDED "ends = \"1969-12-31\";", "ends" },
        { NEEDED "ends = \"9999-12-31\";", "ends" }, { NEEDED "ends_answer = \"open\";", "ends_answer: expected" },
        { NEEDED "ends_answer = \"on\";", "expected" }, { NEEDED "ends_answer = false;", "expected" },
        { NEEDED "trust_max_age = 59;", "trust_max_age: expected" },
        { NEEDED "trust_max_age = \"367d\";", "expected" }, { NEEDED "trust_max_age = true;", "expected" },
        { NEEDED "trust_max_age = 0;", "expected" }, { NEEDED "trust_max_age = \"7\";", "expected" },
        { NEEDED "trust_max_age = \"1w\";", "expected" }, { NEEDED "trust_max_age = 31622401;", "expected" },
        { NEEDED "trust_warn_age = 59;", "trust_warn_age: expected" },
        { NEEDED "trust_warn_age = [];", "expected" }, { NEEDED "trust_warn_age = \"x\";", "expected" },
        { NEEDED "\ntrust_warn_age = 604801;", "F:2: trust_warn_age: expected" },
        { NEEDED "trust_max_age = 3600;\n\ntrust_warn_age = \"61m\";", "F:3: trust_warn_age: expected" },
        { NEEDED "\ntrust_warn_age = \"2d\"; web: { trust_max_age = \"1d\"; };", "F:2: trust_warn_age" },
        { NEEDED "web: { trust_max_age = \"2d\"; };\npam: { trust_warn_age = \"8d\"; };", "F:2: trust_warn" },
        { NEEDED "trust_manifest = \"Required\";", "trust_manifest: expected" },
        { NEEDED "trust_manifest = true;", "expected" }, { NEEDED "trust_manifest_key = \"k\";", "absolute" },
        { NEEDED "trust_manifest_key = [\"/k\"];", "absolute" }, { NEEDED "stale_override = \"o\";", "absolute" },
        { NEEDED "stale_override = 1;", "absolute" }, { NEEDED "signer_country = \"own\";", "expected" },
        { NEEDED "signer_country = 1;", "expected" }, { NEEDED "web: { trust_manifest = 1; };", "expected" },
        { NEEDED "pam: { signer_country = \"x\"; };", "expected" },
        { NEEDED "country = \"fr\";", "two capital" }, { NEEDED "country = \"FRA\";", "two capital" },
        { NEEDED "country = \"F\";", "two capital" }, { NEEDED "region = \"\";", "one to five" },
        { NEEDED "region = \"ABCDEF\";", "one to five" }, { NEEDED "region = \"a\";", "one to five" },
        { NEEDED "rules_open = \"accept\";", "deny" }, { NEEDED "rules_none = true;", "deny" },
        { NEEDED "revoked = \"r\";", "absolute" }, { NEEDED "revoked = [ \"/r\", \"r\" ];", "absolute" },
        { NEEDED "revoked = [\"/1\",\"/2\",\"/3\",\"/4\",\"/5\",\"/6\",\"/7\",\"/8\",\"/9\"];", "up to 8" },
        { NEEDED "revoked = \"/r\"; revoked_required = 1;", "names" },
        { NEEDED "revoked = \"/r\"; revoked_required = \"\";", "names" },
        { NEEDED "revoked = \"/r\"; revoked_required = \"a23456789012345678901234567890ab\";", "names" },
        { NEEDED "revoked_required = \"eu\";", "revoked names no index" },
        { NEEDED "revoked_max_age = \"59s\";", "1m" }, { NEEDED "revoked_max_age = \"367d\";", "366d" },
        { NEEDED "revoked_maybe = \"accept\";", "allow" }, { NEEDED "deny_list = \"d\";", "absolute" },
        { NEEDED "deny_list = \"redis://localhost:6379/0\";", "numeric address" },
        { NEEDED "deny_list = \"redis://127.0.0.1:0/0\";", "deny_list: expected" },
        { NEEDED "deny_list = \"memory\";", "absolute" }, { NEEDED "deny_list = \"file:/d\";", "absolute" },
        { NEEDED "deny_list = \"unix:d\";", "absolute" }, { NEEDED "deny_list = \"\";", "absolute" },
        { NEEDED "deny_list = \"unix:/d\"; deny_copy = \"d\";", "deny_copy: expected the absolute path" },
        { NEEDED "\ndeny_copy = \"/c\";", "F:2: deny_copy: is the copy of a list in Redis, and deny_list names none" },
        { NEEDED "deny_list = \"/d\"; deny_copy = \"/c\";", "names none" },
        { NEEDED "deny_list = \"/d\"; pam: { deny_copy = \"/c\"; };", "names none" },
        { NEEDED "rules_later = \"allow\";", "accept" }, { NEEDED "rules_set = \"../x\";", "name of a folder" },
        { NEEDED "rules_set = \".x\";", "name of a folder" }, { NEEDED "rules_set = \"\";", "name of a folder" },
        { NEEDED "value_sets = \"x\";", "absolute" }, { "trust = \"/t\"; rules = [];", "absolute" },
        { "trust = \"/t\"; rules = [ \"minimal\", \"/r\" ];", "absolute" },
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

/* What a build does not know is refused, unless it is marked as optional. */
static void
keys_of_later_builds(void **state)
{
    hp_settings s;
    hp_error error;

    (void)state;
    assert_false(settings_of(NEEDED "new_key = \"x\";", HP_DOOR_WEB, &s, &error));
    assert_non_null(strstr(error.text, "new_key"));
    assert_non_null(strstr(error.text, "if_supported"));
    assert_true(settings_of(NEEDED "if_supported: { new_key = \"x\"; };", HP_DOOR_WEB, &s, &error));
    hp_settings_free(&s);
}

/* Whose keys sign which payload: a list or one word, nothing that is none of the network's. */
static void
payload_domains(void **state)
{
    static const char *const wrong[] = { "payload_domains = \"DCC\";", "payload_domains: { };",
        "payload_domains: { icvp = \"SHC\"; };", "payload_domains: { icvp = \"dcc\"; };",
        "payload_domains: { icvp = [ ]; };", "payload_domains: { icvp = [ \"DCC\", \"X\" ]; };",
        "payload_domains: { icvp = 1; };", "payload_domains: { shc = \"DCC\"; };",
        "multi_payload = \"all\";" };
    hp_settings s;
    hp_error error;

    (void)state;
    assert_true(settings_of(NEEDED "payload_domains: { icvp = [ \"ICVP\", \"DCC\" ]; link = \"PH4H\"; };"
        "multi_payload = \"any\";", HP_DOOR_WEB, &s, &error));
    assert_int_equal(s.domains[HP_PAYLOAD_ICVP], HP_DOMAIN_ICVP | HP_DOMAIN_DCC);
    assert_int_equal(s.domains[HP_PAYLOAD_LINK], HP_DOMAIN_PH4H);
    assert_int_equal(s.domains[HP_PAYLOAD_DCC], 0);
    assert_int_equal(s.multi_payload, HP_MULTI_ANY);
    hp_settings_free(&s);
    for (size_t i = 0; i < COUNT(wrong); i++) {
        if (settings_of(maker_c_string(maker_print(NEEDED "%s", wrong[i])), HP_DOOR_WEB, &s, &error))
            fail_msg("%s: accepted", wrong[i]);
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

static void
a_shared_deny_list_is_read_from_a_copy(void **state)
{
    static const struct {
        const char *text, *copy;
    } table[] = {
        { "deny_list = \"redis://192.0.2.7\";", HP_DENY_COPIES "/redis-192.0.2.7-6379-0" },
        { "deny_list = \"redis://[2001:db8::1]:7000/15\";", HP_DENY_COPIES "/redis-2001:db8::1-7000-15" },
        { "deny_list = \"unix:/run/a-b%c?db=3\";", HP_DENY_COPIES "/unix-%2Frun%2Fa-b%25c-3" },
        { "deny_list = \"unix:/run/redis.sock\"; deny_copy = \"/c/d\";", "/c/d" },
        { "deny_copy = \"/c/d\"; if_supported: { deny_list = \"unix:/r\"; };", "/c/d" },
    };
    const char *const doors = NEEDED "deny_list = \"unix:/r\"; deny_copy = \"/c\";"
        "web: { deny_list = \"/d\"; }; pam: { deny_copy = \"/p\"; };";
    hp_settings s;
    hp_error error;

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        if (!settings_of(maker_c_string(maker_print(NEEDED "%s", table[i].text)), HP_DOOR_WEB, &s, &error))
            fail_msg("%s: %s", table[i].text, error.text);
        assert_string_equal(s.deny_list, table[i].copy);
        assert_string_equal(s.deny_heard, maker_c_string(maker_print("%s.heard", table[i].copy)));
        assert_int_equal(s.deny_place.kind, HP_LEDGER_REDIS);
        assert_non_null(s.deny_shared);
        hp_settings_free(&s);
    }
    assert_true(settings_of(doors, HP_DOOR_WEB, &s, &error));
    assert_string_equal(s.deny_list, "/d");
    assert_null(s.deny_shared);
    assert_null(s.deny_heard);
    hp_settings_free(&s);
    assert_true(settings_of(doors, HP_DOOR_PAM, &s, &error));
    assert_string_equal(s.deny_list, "/p");
    hp_settings_free(&s);
}

/* The name of a copy is a file's: a path of many parts may be too long for one. */
static void
a_copy_has_a_name_of_its_own(void **state)
{
    char path[108] = "unix:/", name[HP_LEDGER_NAME];
    hp_ledger_place place;

    (void)state;
    for (size_t slashes = 1; slashes < 90; slashes++) {
        memset(path + 5, '/', slashes);
        memset(path + 5 + slashes, 'a', 90 - slashes);
        assert_true(hp_ledger_place_read(path, &place));
        if (97 + 2 * slashes >= HP_LEDGER_NAME) {
            assert_false(hp_ledger_place_name(&place, name));
            continue;
        }
        assert_true(hp_ledger_place_name(&place, name));
        assert_int_equal(strlen(name), 97 + 2 * slashes);
    }
}

static void
ages_follow_one_another(void **state)
{
    hp_settings s;
    hp_error error;

    (void)state;
    assert_true(settings_of(NEEDED "trust_max_age = \"70d\"; web: { trust_max_age = \"7h\"; };"
        "pam: { trust_warn_age = \"1d\"; signer_country = \"same\"; stale_override = \"/p\"; };",
        HP_DOOR_NONE, &s, &error));
    assert_true(s.trust_max_age == 70 * DAY && s.trust_warn_age == 60 * DAY);
    hp_settings_free(&s);
    assert_true(settings_of(NEEDED "trust_max_age = \"70d\"; web: { trust_max_age = \"7h\"; };",
        HP_DOOR_WEB, &s, &error));
    assert_true(s.trust_max_age == 7 * 3600 && s.trust_warn_age == 6 * 3600);
    hp_settings_free(&s);
    assert_true(settings_of(NEEDED "pam: { trust_warn_age = \"1d\"; signer_country = \"same\";"
        "stale_override = \"/p\"; trust_manifest = \"required\"; };", HP_DOOR_PAM, &s, &error));
    assert_true(s.trust_max_age == 7 * DAY && s.trust_warn_age == DAY);
    assert_true(s.same_country && s.manifest_required);
    assert_string_equal(s.stale_override, "/p");
    hp_settings_free(&s);
}

/* A day is over at its end in UTC; and each door may have an end of its own. */
static void
when_the_basis_ends(void **state)
{
    static const char text[] = NEEDED "ends = \"2021-06-30\"; web: { ends = \"2021-07-01T02:00:00.5+02:00\";"
        "ends_answer = \"off\"; };";
    hp_settings s;
    hp_error error;

    (void)state;
    assert_true(settings_of(NEEDED, HP_DOOR_WEB, &s, &error));
    assert_true(s.ends == 0 && !s.ends_off);
    hp_settings_free(&s);
    assert_true(settings_of(text, HP_DOOR_PAM, &s, &error));
    assert_true(s.ends == MAKER_NOW && !s.ends_off);
    hp_settings_free(&s);
    assert_true(settings_of(text, HP_DOOR_WEB, &s, &error));
    assert_true(s.ends == MAKER_NOW + 0.5 && s.ends_off);
    hp_settings_free(&s);
}

/* ---- the override ------------------------------------------------------------ */

#define MADE  "2021-07-01T00:00:00Z" /* MAKER_NOW */
#define HEAD  "version: 1\nallows: stale\nmade: " MADE "\n"
#define TAIL  "by: J. Doe\nreason: no network\n"
#define UNTIL "until: 2021-07-01T06:00:00Z\n"

static void
overrides(void **state)
{
    static const struct {
        const char *text, *says; /* says NULL: good */
        double until;
    } table[] = {
        { HEAD UNTIL TAIL, NULL, MAKER_NOW + 6 * 3600 },
        { HEAD "until: 2021-07-04T00:00:00Z\n" TAIL, NULL, MAKER_NOW + 3 * DAY },
        { HEAD "until: 2021-07-04T00:00:01Z\n" TAIL, NULL, MAKER_NOW + 3 * DAY },
        { HEAD "until: 9999-12-31T23:59:59Z\n" TAIL, NULL, MAKER_NOW + 3 * DAY },
        { "", "F:1: expected version", 0 },
        { "version: 2\n", "F:1: expected version: 1", 0 },
        { "version: 1\r\n", "F:1:", 0 },
        { "version: 1\nallows: all\n", "F:2: expected allows", 0 },
        { "version: 1\nallows: stale\nmade: yesterday\n", "F:3: expected made", 0 },
        { HEAD "until: " MADE "\n" TAIL, "F:4: expected until", 0 },
        { HEAD TAIL, "F:4:", 0 },
        { HEAD UNTIL "by: \nreason: x\n", "F:5:", 0 },
        { HEAD UNTIL "by: a\tb\nreason: x\n", "F:5:", 0 },
        { HEAD UNTIL "by: \xc2\x9b" "31m\nreason: x\n", "F:5:", 0 },
        { HEAD UNTIL "by: \xff\nreason: x\n", "F:5:", 0 },
        { HEAD UNTIL "by: x\n", "F:6:", 0 },
        { HEAD UNTIL "by: x\nreason: y", "F:6:", 0 },
        { HEAD UNTIL TAIL "more\n", "F:7: expected nothing more", 0 },
        { HEAD UNTIL TAIL "\n", "F:7:", 0 },
    };
    hp_override o;
    hp_error error;

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        bool good = hp_override_read("F", guard_end(hp_str_of(table[i].text)), &o, &error);

        if (good != (table[i].says == NULL))
            fail_msg("%s: %s", table[i].text, good ? "accepted" : error.text);
        if (!good && strstr(error.text, table[i].says) == NULL)
            fail_msg("%s: says %s", table[i].text, error.text);
        assert_true(o.until == table[i].until);
        assert_false(!good && hp_override_allows(&o, MAKER_NOW));
    }
    assert_true(hp_override_read("F", HP_STR(HEAD UNTIL TAIL), &o, &error));
    assert_string_equal(o.by, "J. Doe");
    assert_string_equal(o.reason, "no network");
    assert_false(hp_override_allows(&o, MAKER_NOW - 61));
    assert_true(hp_override_allows(&o, MAKER_NOW - 60));
    assert_true(hp_override_allows(&o, MAKER_NOW + 6 * 3600 - 1));
    assert_false(hp_override_allows(&o, MAKER_NOW + 6 * 3600));
    assert_false(hp_override_allows(&(hp_override){ .made = 0 }, 0));
}

static void
texts_of_an_override(void **state)
{
    (void)state;
    assert_true(hp_override_text(HP_STR("x"), 2));
    assert_false(hp_override_text(HP_STR("xy"), 2));
    assert_false(hp_override_text(HP_STR(""), 2));
    assert_true(hp_override_text(HP_STR("Prüfling, \xe2\x82\xac"), 64));
    assert_true(hp_override_text(HP_STR("\xc2\xa0x"), 64)); /* U+00A0 is a blank, no control */
    for (int last = 0x80; last < 0xc0; last++) {
        assert_int_equal(hp_override_text(maker_print("x\xe2\x80%cx", last), 64),
            last < 0xa8 || last > 0xae); /* U+2028 to U+202E */
        assert_int_equal(hp_override_text(maker_print("x\xe2\x81%cx", last), 64),
            last < 0xa6 || last > 0xa9); /* U+2066 to U+2069 */
    }
    assert_false(hp_override_text(guard_end(HP_STR("\xe2\x80\xae")), 64));
    assert_false(hp_override_text(HP_STR(" x"), 64));
    assert_false(hp_override_text(HP_STR("x "), 64));
    assert_false(hp_override_text(HP_STR("a\nb"), 64));
    assert_false(hp_override_text(HP_STR("a\0b"), 64));
    assert_false(hp_override_text(HP_STR("a\x1b[0m"), 64));
    assert_false(hp_override_text(guard_end(HP_STR("a\xc2")), 64));
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

/* Put in front, and still behind: it is one, for a ledger takes its row away but once. */
static void
an_identity_key_that_comes_twice_is_one(void **state)
{
    const char *path = good_policy();
    uint8_t ring[5 * 32];
    hp_policy *p;
    hp_error error;

    (void)state;
    memset(ring, 'n', sizeof(ring));
    memset(ring + 32, 'o', 32);
    memset(ring + 3 * 32, 'p', 32);
    memset(ring + 4 * 32, 'o', 32);
    (void)maker_file("identity", (hp_str){ ring, sizeof(ring) });
    assert_int_equal(load(path, &p, &error), HP_LOAD_OK);
    assert_int_equal(p->n_identities, 3);
    hp_policy_free(p);
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

static hp_policy *loaded(const char *path);

/* Of several paths none loses its keys because it is gone for a while; what the others have hides it. */
static void
several_paths_keep_their_keys(void **state)
{
    const char *keys, *conf;
    hp_policy *p;
    hp_error error;

    (void)state;
    keys = maker_file("two/a/k.pem", hp_str_of(key->pem));
    (void)maker_file("two/b/k.pem", hp_str_of(other->pem));
    (void)maker_file("two/none/.keep", HP_STR(""));
    conf = maker_file("several.conf", maker_print("trust = [ \"%s\", \"%s\", \"%s\" ];"
        "rules = \"minimal\";", path_in("two/a"), path_in("two/none"), path_in("two/b")));
    p = loaded(conf);
    assert_int_equal(hp_policy_keys(p), 2);
    assert_string_equal(hp_policy_warning(p, 0), maker_c_string(maker_print("%s: holds no key",
        path_in("two/none"))));
    assert_non_null(strstr(hp_policy_warning(p, 1), "identity_key"));
    assert_null(hp_policy_warning(p, 2));

    assert_int_equal(rename(path_in("two/a"), path_in("two/away")), 0);
    assert_int_equal(hp_policy_refresh(&p, &error), HP_REFRESH_KEPT);
    assert_non_null(strstr(error.text, "two/a: No such file"));
    assert_int_equal(hp_policy_keys(p), 2);
    (void)maker_file("two/a/.keep", HP_STR(""));
    assert_int_equal(hp_policy_refresh(&p, &error), HP_REFRESH_KEPT);
    assert_non_null(strstr(error.text, "two/a: has lost all its keys"));
    (void)maker_file("two/none/k.pem", hp_str_of(key->pem)); /* another's key does not help */
    assert_int_equal(hp_policy_refresh(&p, &error), HP_REFRESH_SAME);
    assert_int_equal(hp_policy_keys(p), 2);
    (void)maker_file("two/a/k.pem", hp_str_of(key->pem));
    assert_int_equal(hp_policy_refresh(&p, &error), HP_REFRESH_NEW);
    assert_int_equal(hp_policy_keys(p), 3); /* one of them in two folders */
    assert_null(strstr(hp_policy_warning(p, 0), "holds no key"));

    /* a path that is taken out, or that never had a key, is not missed */
    assert_int_equal(unlink(keys), 0);
    (void)maker_file("several.conf", maker_print("trust = [ \"%s\", \"%s\" ];"
        "rules = \"minimal\";", path_in("two/none"), path_in("two/b")));
    assert_int_equal(hp_policy_refresh(&p, &error), HP_REFRESH_NEW);
    (void)maker_file("several.conf", maker_print("trust = [ \"%s\", \"%s\" ];"
        "rules = \"minimal\";", path_in("two/a"), path_in("two/b")));
    assert_int_equal(hp_policy_refresh(&p, &error), HP_REFRESH_NEW);
    (void)maker_file("several.conf", maker_print("trust = [ \"%s\", \"%s\" ];"
        "rules = \"minimal\";", path_in("two/nowhere"), path_in("two/b")));
    assert_int_equal(hp_policy_refresh(&p, &error), HP_REFRESH_KEPT);
    assert_int_equal(hp_policy_keys(p), 1);
    hp_policy_free(p);
}

/* The folder itself is looked at as well. */
static void
many_files_are_warned_of(void **state)
{
    const char *conf = maker_file("many.conf", maker_print("trust = \"%s\"; rules = \"minimal\";",
        path_in("many")));
    hp_policy *p;

    (void)state;
    for (int i = 1; i < HP_MANY_FILES; i++)
        (void)maker_file(maker_c_string(maker_print("many/%03d.pem", i)), hp_str_of(key->pem));
    p = loaded(conf);
    assert_non_null(strstr(hp_policy_warning(p, 0), "identity_key"));
    hp_policy_free(p);
    (void)maker_file("many/one-more.pem", hp_str_of(key->pem));
    p = loaded(conf);
    assert_non_null(strstr(hp_policy_warning(p, 0), "many: holds more than 500 files"));
    assert_non_null(strstr(hp_policy_warning(p, 0), "healthpassctl trust import --from folder"));
    hp_policy_free(p);
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

/* ---- lists ------------------------------------------------------------------- */

static const char *
store_policy(const hp_source *source, hp_env env, const char *lines)
{
    const char *store = maker_store("s.store", source, env, &key, 1, HP_DOMAIN_DCC);

    (void)unlink(path_in("over"));
    return maker_file("store.conf", maker_print("trust = \"%s\"; rules = \"minimal\";"
        "stale_override = \"%s\"; %s", store, path_in("over"), lines));
}

static hp_policy *
loaded(const char *path)
{
    hp_policy *p;
    hp_error error;

    if (load(path, &p, &error) != HP_LOAD_OK)
        fail_msg("%s", error.text);
    return p;
}

static hp_policy *
with_identity(char letter)
{
    const char *path = maker_file("id", maker_fill(32, letter));

    (void)good_policy(); /* its folder of trust */
    return loaded(maker_file("keyed.conf", maker_print("trust = \"%s\"; rules = \"minimal\";"
        "identity_key = \"%s\";", path_in("trust"), path)));
}

/* A terminal by an id: of its kind, of this place's key, and of none without a key. */
static void
things_are_known_by_keyed_ids(void **state)
{
    uint8_t ids[5][HP_ID];
    hp_policy *p, *other_key;
    size_t i, k;

    (void)state;
    (void)good_policy();
    p = loaded(maker_file("keyless.conf", maker_print("trust = \"%s\"; rules = \"minimal\";",
        path_in("trust"))));
    assert_false(hp_policy_keyed(p, HP_STR("tty"), HP_STR("tty1"), ids[0]));
    assert_false(hp_policy_can_count(p));
    hp_policy_free(p);
    p = with_identity('a');
    other_key = with_identity('b');
    assert_true(hp_policy_keyed(p, HP_STR("tty"), HP_STR("tty1"), ids[0]));
    assert_true(hp_policy_keyed(p, HP_STR("tty"), HP_STR("tty2"), ids[1]));
    assert_true(hp_policy_keyed(p, HP_STR("user"), HP_STR("tty1"), ids[2]));
    assert_true(hp_policy_keyed(p, HP_STR("ttyt"), HP_STR("ty1"), ids[3]));
    assert_true(hp_policy_keyed(other_key, HP_STR("tty"), HP_STR("tty1"), ids[4]));
    for (i = 0; i < COUNT(ids); i++) {
        for (k = 0; k < i; k++)
            assert_memory_not_equal(ids[i], ids[k], HP_ID);
    }
    assert_true(hp_policy_keyed(p, HP_STR("tty"), HP_STR("tty1"), ids[1]));
    assert_memory_equal(ids[0], ids[1], HP_ID);
    hp_policy_free(p);
    hp_policy_free(other_key);
}

static void
keys_of_another_environment(void **state)
{
    static const hp_env envs[] = { HP_ENV_PROD, HP_ENV_UAT, HP_ENV_DEV };
    const hp_source source = { .name = "who" };
    hp_policy *p;
    hp_error error;

    (void)state;
    for (size_t has = 0; has < COUNT(envs); has++) {
        for (size_t is = 0; is < COUNT(envs); is++) {
            const char *path = store_policy(&source, envs[has], maker_c_string(maker_print(
                "environment = \"%s\";", hp_env_name(envs[is]))));

            assert_int_equal(load(path, &p, &error), has == is ? HP_LOAD_OK : HP_LOAD_CONFIG);
            if (has != is)
                assert_non_null(strstr(error.text, "they never verify here"));
            hp_policy_free(p);
        }
    }
    p = loaded(store_policy(&source, HP_ENV_PROD, ""));
    (void)maker_store("s.store", &source, HP_ENV_DEV, &other, 1, HP_DOMAIN_DCC);
    assert_int_equal(hp_policy_refresh(&p, &error), HP_REFRESH_KEPT);
    assert_non_null(strstr(error.text, "environment dev, expected prod"));
    (void)maker_store("s.store", &source, HP_ENV_PROD, &other, 1, HP_DOMAIN_DCC);
    assert_int_equal(hp_policy_refresh(&p, &error), HP_REFRESH_NEW);
    hp_policy_free(p);
}

/* Warned of 14 days ahead, and then by the answer; each once a change. */
static void
what_the_basis_brings(void **state)
{
    static const struct {
        double at; /* from the end */
        hp_basis refuse, off;
        hp_age is_due, off_due;
    } table[] = {
        { -14 * DAY - 1, HP_BASIS_HOLDS, HP_BASIS_HOLDS, HP_AGE_FRESH, HP_AGE_FRESH },
        { -14 * DAY, HP_BASIS_HOLDS, HP_BASIS_HOLDS, HP_AGE_WARNED, HP_AGE_WARNED },
        { -1, HP_BASIS_HOLDS, HP_BASIS_HOLDS, HP_AGE_WARNED, HP_AGE_WARNED },
        { 0, HP_BASIS_ENDED, HP_BASIS_OFF, HP_AGE_STALE, HP_AGE_ALLOWED },
        { 9000 * DAY, HP_BASIS_ENDED, HP_BASIS_OFF, HP_AGE_STALE, HP_AGE_ALLOWED },
        { NAN, HP_BASIS_HOLDS, HP_BASIS_HOLDS, HP_AGE_FRESH, HP_AGE_FRESH },
        { INFINITY, HP_BASIS_HOLDS, HP_BASIS_HOLDS, HP_AGE_WARNED, HP_AGE_WARNED },
        { -INFINITY, HP_BASIS_HOLDS, HP_BASIS_HOLDS, HP_AGE_FRESH, HP_AGE_FRESH },
    };
    const char *lines = "identity_key = \"%s\"; trust = \"%s\"; rules = \"minimal\"; ends = \"2021-06-30\"; %s";
    const char *id, *store = maker_store("s.store", &(hp_source){ .name = "who" }, HP_ENV_PROD, &key, 1,
                                         HP_DOMAIN_DCC);
    hp_policy *refuse, *off, *none;
    uint64_t mark;
    hp_error text;

    (void)state;
    id = maker_file("id", maker_fill(32, 'k'));
    refuse = loaded(maker_file("refuse.conf", maker_print(lines, id, store, "")));
    off = loaded(maker_file("off.conf", maker_print(lines, id, store, "ends_answer = \"off\";")));
    for (size_t i = 0; i < COUNT(table); i++) {
        double now = MAKER_NOW + table[i].at;

        assert_int_equal(hp_policy_basis(refuse, now), table[i].refuse);
        assert_int_equal(hp_policy_basis(off, now), table[i].off);
        assert_int_equal(hp_policy_due(refuse, now, 0, &text), table[i].is_due);
        assert_int_equal(text.text[0] != 0, table[i].is_due != HP_AGE_FRESH);
        assert_int_equal(hp_policy_due(off, now, 0, &text), table[i].off_due);
        assert_int_equal(hp_policy_due(off, now, 1, &text), HP_AGE_FRESH);
        assert_int_equal(hp_policy_due_mark(off, now) == 0, table[i].off_due == HP_AGE_FRESH);
    }
    mark = hp_policy_due_mark(off, MAKER_NOW - 3 * DAY);
    assert_true(mark == hp_policy_due_mark(off, MAKER_NOW - 1));
    assert_true(mark != hp_policy_due_mark(refuse, MAKER_NOW - 1));
    assert_true(mark != hp_policy_due_mark(off, MAKER_NOW));
    assert_true(hp_policy_due_mark(off, MAKER_NOW) == hp_policy_due_mark(off, MAKER_NOW + DAY));
    assert_null(hp_policy_warning(refuse, 0));
    assert_non_null(strstr(hp_policy_warning(off, 0), "ends_answer = off"));
    assert_null(hp_policy_warning(off, 1));
    none = loaded(store_policy(&(hp_source){ .name = "who" }, HP_ENV_PROD, "ends_answer = \"off\";"));
    assert_int_equal(hp_policy_basis(none, MAKER_NOW), HP_BASIS_HOLDS);
    assert_true(hp_policy_due_mark(none, MAKER_NOW) == 0);
    assert_null(strstr(hp_policy_warning(none, 0), "ends_answer"));
    hp_policy_free(refuse);
    hp_policy_free(off);
    hp_policy_free(none);
}

/* The next of all that ends; what has ended is over, and an override ends too. */
static void
what_ends_next(void **state)
{
    static const struct {
        double at, next; /* from MAKER_NOW; next 0: nothing */
    } table[] = {
        { 0, 2 * DAY }, { 2 * DAY - 1, 2 * DAY }, { 2 * DAY, 29 * DAY }, { 29 * DAY, 0 },
        { NAN, 0 }, { INFINITY, 0 },
    };
    hp_source source = { .name = "who", .dated = MAKER_NOW - 5 * DAY };
    hp_policy *p = loaded(store_policy(&source, HP_ENV_PROD, "ends = \"2021-07-29\";"));
    hp_error error;

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++)
        assert_true(hp_policy_next_end(p, MAKER_NOW + table[i].at) ==
                    (table[i].next > 0 ? MAKER_NOW + table[i].next : 0));
    assert_true(hp_policy_override(p, MAKER_NOW) == 0);
    (void)maker_file("over", HP_STR(HEAD UNTIL TAIL));
    assert_int_equal(hp_policy_refresh(&p, &error), HP_REFRESH_OVERRIDE);
    assert_true(hp_policy_override(p, MAKER_NOW) == MAKER_NOW + 6 * 3600);
    assert_true(hp_policy_next_end(p, MAKER_NOW) == MAKER_NOW + 6 * 3600);
    assert_true(hp_policy_override(p, MAKER_NOW + 6 * 3600) == 0);
    assert_true(hp_policy_next_end(p, MAKER_NOW + 6 * 3600) == MAKER_NOW + 2 * DAY);
    assert_int_equal(unlink(path_in("over")), 0);
    hp_policy_free(p);
}

/* Two processes hold the same number exactly when both took up the same files. */
static void
versions_of_a_policy(void **state)
{
    const char *deny = maker_file("deny", HP_STR(HP_DENY_HEAD));
    const char *path = maker_policy(&key, 1, maker_c_string(maker_print("rules = \"minimal\"; "
        "deny_list = \"%s\";", deny)));
    hp_policy *one = loaded(path), *two;
    uint64_t before = hp_policy_version(one);
    hp_error error;

    (void)state;
    two = loaded(path);
    assert_true(hp_policy_version(two) == before);

    (void)maker_file("deny", HP_STR(HP_DENY_HEAD "S 1d544387ac3d459ef42da021ef54966f "
        "added=2021-06-01T00:00:00Z\n"));
    assert_true(hp_policy_version(one) == before);
    assert_true(hp_policy_refresh_lists(one, false, &error));
    assert_true(hp_policy_version(one) != before);
    assert_true(hp_policy_refresh_lists(two, false, &error));
    assert_true(hp_policy_version(one) == hp_policy_version(two));

    before = hp_policy_version(one);
    (void)maker_file("policy.conf", HP_STR("foo = 1;\n"));
    assert_int_equal(hp_policy_refresh(&one, &error), HP_REFRESH_KEPT);
    assert_true(hp_policy_version(one) == before); /* what is refused is not in force */
    (void)good_policy();
    assert_int_equal(hp_policy_refresh(&one, &error), HP_REFRESH_NEW);
    assert_true(hp_policy_version(one) != before);
    hp_policy_free(one);
    hp_policy_free(two);
}

static void
how_old_lists_are(void **state)
{
    static const struct {
        hp_source source;
        const char *lines;
        hp_age age;
    } table[] = {
        { { .dated = 0 }, "", HP_AGE_FRESH },
        { { .dated = MAKER_NOW }, "", HP_AGE_FRESH },
        { { .dated = MAKER_NOW + DAY }, "", HP_AGE_FRESH },
        { { .dated = MAKER_NOW - 6 * DAY }, "", HP_AGE_FRESH },
        { { .dated = MAKER_NOW - 6 * DAY - 1 }, "", HP_AGE_WARNED },
        { { .dated = MAKER_NOW - 7 * DAY }, "", HP_AGE_WARNED },
        { { .dated = MAKER_NOW - 7 * DAY - 1 }, "", HP_AGE_STALE },
        { { .dated = MAKER_NOW - 3600 }, "trust_max_age = \"1h\";", HP_AGE_WARNED },
        { { .dated = MAKER_NOW - 3601 }, "trust_max_age = \"1h\";", HP_AGE_STALE },
        { { .dated = MAKER_NOW - 3601 }, "trust_warn_age = \"1h\";", HP_AGE_WARNED },
        { { .dated = MAKER_NOW - 3600 }, "trust_warn_age = \"1h\";", HP_AGE_FRESH },
        { { .dated = MAKER_NOW - 7 * DAY }, "trust_warn_age = \"7d\";", HP_AGE_FRESH },
        { { .dated = MAKER_NOW - 60 * 3600, .max_age = 70 * 3600 }, "", HP_AGE_FRESH },
        { { .dated = MAKER_NOW - 60 * 3600 - 1, .max_age = 70 * 3600 }, "", HP_AGE_WARNED },
        { { .dated = MAKER_NOW - 70 * 3600 - 1, .max_age = 70 * 3600 }, "", HP_AGE_STALE },
        { { .dated = MAKER_NOW - 6, .expires = MAKER_NOW + 1 }, "", HP_AGE_FRESH },
        { { .dated = MAKER_NOW - 7, .expires = MAKER_NOW + 1 }, "", HP_AGE_WARNED },
        { { .dated = MAKER_NOW - 7, .expires = MAKER_NOW - 1 }, "", HP_AGE_STALE },
        { { .expires = MAKER_NOW + DAY }, "", HP_AGE_FRESH },
        { { .expires = MAKER_NOW + DAY - 1 }, "", HP_AGE_WARNED },
        { { .expires = MAKER_NOW - 1 }, "", HP_AGE_STALE },
    };
    hp_error text;

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        hp_source source = table[i].source;
        hp_policy *p;

        memcpy(source.name, "who", 4);
        p = loaded(store_policy(&source, HP_ENV_PROD, table[i].lines));
        if (hp_policy_age(p, MAKER_NOW, &text) != table[i].age)
            fail_msg("case %zu: %s", i, text.text);
        assert_int_equal(text.text[0] != 0, table[i].age != HP_AGE_FRESH);
        if (table[i].age != HP_AGE_FRESH)
            assert_non_null(strstr(text.text, "the trust list who"));
        assert_int_equal(hp_policy_age(p, MAKER_NOW, NULL), table[i].age);
        hp_policy_free(p);
    }
}

/* Of several lists the worst is told, wherever it stands; one without keys helps and harms nobody. */
static void
the_worst_list_is_told(void **state)
{
    const hp_source fresh = { .name = "fresh", .dated = MAKER_NOW };
    const hp_source old = { .name = "old", .dated = MAKER_NOW - 6 * DAY - 1 };
    const hp_source stale = { .name = "stale", .dated = MAKER_NOW - 8 * DAY };
    const char *a = maker_store("a.store", &fresh, HP_ENV_PROD, &key, 1, HP_DOMAIN_DCC);
    const char *b = maker_store("b.store", &old, HP_ENV_PROD, &key, 1, HP_DOMAIN_DCC);
    const char *c = maker_store("c.store", &stale, HP_ENV_PROD, &key, 1, HP_DOMAIN_DCC);
    const char *const orders[][3] = { { a, b, c }, { c, b, a }, { b, c, a }, { b, a, c } };
    hp_policy *p;
    hp_error text;

    (void)state;
    for (size_t i = 0; i < COUNT(orders); i++) {
        p = loaded(maker_file("three.conf", maker_print("trust = [ \"%s\", \"%s\", \"%s\" ];"
            "rules = \"minimal\";", orders[i][0], orders[i][1], orders[i][2])));
        assert_int_equal(hp_policy_age(p, MAKER_NOW, &text), HP_AGE_STALE);
        assert_non_null(strstr(text.text, "the trust list stale"));
        hp_policy_free(p);
    }
    (void)maker_file("nobody/MANIFEST", HP_STR("# issued: 2021-01-01T00:00:00Z\n"));
    p = loaded(maker_file("two.conf", maker_print("trust = [ \"%s\", \"%s\" ];"
        "rules = \"minimal\";", path_in("nobody"), a)));
    assert_int_equal(hp_policy_age(p, MAKER_NOW, &text), HP_AGE_FRESH);
    hp_policy_free(p);
}

/* One list with a wrong date would stop them all: it comes in at no refresh, and is told. */
static void
a_list_of_the_future(void **state)
{
    double now = (double)time(NULL);
    hp_source source = { .name = "who", .dated = now };
    const char *path = store_policy(&source, HP_ENV_PROD, "");
    hp_policy *p = loaded(path);
    hp_error error;

    (void)state;
    assert_int_equal(hp_policy_age(p, now - 86400, &error), HP_AGE_FRESH);
    assert_int_equal(hp_policy_age(p, now - 86401, &error), HP_AGE_STALE);
    assert_non_null(strstr(error.text, "who is dated"));

    source.dated = now + 90000;
    (void)store_policy(&source, HP_ENV_PROD, "");
    assert_int_equal(hp_policy_refresh(&p, &error), HP_REFRESH_KEPT);
    assert_non_null(strstr(error.text, "clock has not reached"));
    source.dated = now + 80000;
    (void)store_policy(&source, HP_ENV_PROD, "");
    assert_int_equal(hp_policy_refresh(&p, &error), HP_REFRESH_NEW);
    hp_policy_free(p);
}

/* Whoever tells of ages once must tell of a second list, and of another override. */
static void
what_is_told_of_ages(void **state)
{
    hp_source one = { .name = "one", .dated = MAKER_NOW - 8 * DAY };
    hp_source two = { .name = "two", .dated = MAKER_NOW - 6 * DAY - 10 };
    const char *a = maker_store("a.store", &one, HP_ENV_PROD, &key, 1, HP_DOMAIN_DCC);
    const char *b = maker_store("b.store", &two, HP_ENV_PROD, &other, 1, HP_DOMAIN_DCC);
    hp_policy *p;
    hp_error text;
    uint64_t mark, next;

    (void)state;
    (void)unlink(path_in("over"));
    p = loaded(maker_file("ages.conf", maker_print("trust = [ \"%s\", \"%s\" ]; rules = \"minimal\";"
        "stale_override = \"%s\";", a, b, path_in("over"))));
    assert_int_equal(hp_policy_age_mark(p, MAKER_NOW - 3 * DAY), 0);
    mark = hp_policy_age_mark(p, MAKER_NOW);
    assert_true(mark != 0);
    assert_true(hp_policy_age_mark(p, MAKER_NOW - 20) != mark); /* two is fresh yet */
    assert_true(hp_policy_age_mark(p, MAKER_NOW + 3600) == mark);
    next = hp_policy_age_mark(p, MAKER_NOW + DAY);
    assert_true(next != mark && next != 0);
    assert_int_equal(hp_policy_age(p, MAKER_NOW, &text), HP_AGE_STALE);
    assert_null(strstr(text.text, "two"));
    assert_int_equal(hp_policy_age(p, MAKER_NOW + DAY, &text), HP_AGE_STALE);
    assert_non_null(strstr(text.text, "the trust list one is"));
    assert_non_null(strstr(text.text, "; the same of two"));

    (void)maker_file("over", HP_STR(HEAD UNTIL TAIL));
    assert_int_equal(hp_policy_refresh(&p, &text), HP_REFRESH_OVERRIDE);
    next = hp_policy_age_mark(p, MAKER_NOW);
    assert_true(next != mark && next != 0);
    (void)maker_file("over", HP_STR(HEAD UNTIL "by: A. Other\nreason: x\n"));
    assert_int_equal(hp_policy_refresh(&p, &text), HP_REFRESH_OVERRIDE);
    assert_true(hp_policy_age_mark(p, MAKER_NOW) != next);
    assert_true(hp_policy_age_mark(p, MAKER_NOW) != mark);
    one.dated++; /* another list, as stale */
    (void)maker_store("a.store", &one, HP_ENV_PROD, &key, 1, HP_DOMAIN_DCC);
    assert_int_equal(unlink(path_in("over")), 0);
    assert_int_equal(hp_policy_refresh(&p, &text), HP_REFRESH_NEW);
    assert_true(hp_policy_age_mark(p, MAKER_NOW) != mark);
    hp_policy_free(p);
}

/* An override is taken up like a changed policy, ends by itself, and a faulty one is told. */
static void
an_override_comes_and_goes(void **state)
{
    hp_source source = { .name = "who", .dated = MAKER_NOW - 8 * DAY };
    hp_policy *p = loaded(store_policy(&source, HP_ENV_PROD, ""));
    hp_error error;

    (void)state;
    assert_int_equal(hp_policy_age(p, MAKER_NOW, &error), HP_AGE_STALE);
    (void)maker_file("over", HP_STR(HEAD UNTIL TAIL));
    assert_int_equal(hp_policy_refresh(&p, &error), HP_REFRESH_OVERRIDE);
    assert_null(hp_policy_news(p, 0));
    assert_int_equal(hp_policy_age(p, MAKER_NOW, &error), HP_AGE_ALLOWED);
    assert_non_null(strstr(error.text, "until 2021-07-01T06:00:00Z all the same, as J. Doe allowed"));
    assert_int_equal(hp_policy_age(p, MAKER_NOW - 61, &error), HP_AGE_STALE); /* not made yet */
    assert_int_equal(hp_policy_age(p, MAKER_NOW + 6 * 3600, &error), HP_AGE_STALE);
    assert_int_equal(hp_policy_refresh(&p, &error), HP_REFRESH_SAME);

    (void)maker_file("over", HP_STR("nonsense\n"));
    assert_int_equal(hp_policy_refresh(&p, &error), HP_REFRESH_OVERRIDE);
    assert_non_null(strstr(hp_policy_news(p, 0), "over:1: expected version"));
    assert_int_equal(hp_policy_age(p, MAKER_NOW, &error), HP_AGE_STALE);
    hp_policy_free(p);
    p = loaded(path_in("store.conf")); /* and never stops a start */
    assert_non_null(strstr(hp_policy_warning(p, 1), "over:1: expected version"));

    assert_int_equal(chmod(maker_file("over", HP_STR(HEAD UNTIL TAIL)), 0666), 0);
    assert_int_equal(hp_policy_refresh(&p, &error), HP_REFRESH_OVERRIDE);
    assert_non_null(strstr(hp_policy_news(p, 0), "lets others write"));
    assert_int_equal(hp_policy_age(p, MAKER_NOW, &error), HP_AGE_STALE);
    assert_int_equal(unlink(path_in("over")), 0);
    assert_int_equal(hp_policy_refresh(&p, &error), HP_REFRESH_OVERRIDE);
    assert_null(hp_policy_news(p, 0));
    assert_null(hp_policy_warning(p, 1));
    hp_policy_free(p);
}

/* Whoever wrote one that cannot be reached believes that it is in force. */
static void
an_override_that_cannot_be_read_is_told(void **state)
{
    hp_source source = { .name = "who", .dated = MAKER_NOW - 8 * DAY };
    hp_policy *p = loaded(store_policy(&source, HP_ENV_PROD, ""));
    hp_error error;

    (void)state;
    point("over", "nowhere");
    assert_int_equal(hp_policy_refresh(&p, &error), HP_REFRESH_OVERRIDE);
    assert_non_null(strstr(hp_policy_news(p, 0), "over: is a symbolic link"));
    assert_int_equal(hp_policy_refresh(&p, &error), HP_REFRESH_SAME);
    (void)maker_file("nowhere", HP_STR(HEAD UNTIL TAIL));
    assert_int_equal(hp_policy_refresh(&p, &error), HP_REFRESH_SAME);
    assert_int_equal(unlink(path_in("over")), 0);
    assert_int_equal(hp_policy_refresh(&p, &error), HP_REFRESH_OVERRIDE);
    assert_null(hp_policy_news(p, 0));
    hp_policy_free(p);

    (void)maker_file("in/over", HP_STR(HEAD UNTIL TAIL));
    point("loop", "loop");
    p = loaded(maker_file("store.conf", maker_print("trust = \"%s\"; rules = \"minimal\";"
        "stale_override = \"%s\";", path_in("s.store"), path_in("loop/over"))));
    assert_non_null(strstr(hp_policy_warning(p, 1), "loop/over: is a symbolic link"));
    assert_int_equal(hp_policy_age(p, MAKER_NOW, &error), HP_AGE_STALE);
    point("loop", "in"); /* mended where no file of the policy's own is */
    assert_int_equal(hp_policy_refresh(&p, &error), HP_REFRESH_OVERRIDE);
    assert_null(hp_policy_news(p, 0));
    assert_int_equal(hp_policy_age(p, MAKER_NOW, &error), HP_AGE_ALLOWED);
    (void)maker_file("file", HP_STR(""));
    point("loop", "file"); /* where a file is in the way there is none */
    assert_int_equal(hp_policy_refresh(&p, &error), HP_REFRESH_OVERRIDE);
    assert_null(hp_policy_news(p, 0));
    hp_policy_free(p);
    p = loaded(maker_file("store.conf", maker_print("trust = \"%s\"; rules = \"minimal\";"
        "stale_override = \"/%s\";", path_in("s.store"), maker_c_string(maker_fill(300, 'x')))));
    assert_non_null(strstr(hp_policy_warning(p, 1), "File name too long"));
    hp_policy_free(p);
}

/* As nginx's workers: the user as whom the gate runs is none who may make exceptions. */
static void
an_override_is_of_whom_the_policy_is(void **state)
{
    static const struct {
        uid_t policy, override;
        bool allowed;
    } table[] = { { 0, 0, true }, { 0, 33, false }, { 33, 33, true }, { 33, 0, true },
                  { 33, 34, false } };
    hp_source source = { .name = "who", .dated = MAKER_NOW - 8 * DAY };
    const char *path = store_policy(&source, HP_ENV_PROD, ""), *over;
    hp_error error;
    hp_policy *p;

    (void)state;
    if (geteuid() != 0)
        UNIT_LEAVE_OUT("only root can give files away");
    over = maker_file("over", HP_STR(HEAD UNTIL TAIL));
    assert_int_equal(chmod(maker_folder(), 0755) | chmod(path_in("s.store"), 0644) |
        chmod(path, 0644) | chmod(over, 0644), 0);
    for (size_t i = 0; i < COUNT(table); i++) {
        assert_int_equal(chown(path, table[i].policy, 0), 0);
        assert_int_equal(chown(over, table[i].override, 0), 0);
        assert_int_equal(seteuid(33), 0);
        p = loaded(path);
        assert_int_equal(seteuid(0), 0);
        assert_int_equal(hp_policy_age(p, MAKER_NOW, &error), table[i].allowed ? HP_AGE_ALLOWED
                                                                                 : HP_AGE_STALE);
        if (!table[i].allowed)
            assert_non_null(strstr(hp_policy_warning(p, 1), "expected root"));
        hp_policy_free(p);
    }
    assert_int_equal(unlink(path), 0);
    assert_int_equal(unlink(over), 0);
}

/* What is wrong with the other files neither keeps an override alive nor keeps one out. */
static void
an_override_is_read_apart_from_the_rest(void **state)
{
    hp_source source = { .name = "who", .dated = MAKER_NOW - 8 * DAY };
    hp_policy *p = loaded(store_policy(&source, HP_ENV_PROD, ""));
    hp_error error;

    (void)state;
    (void)maker_file("over", HP_STR(HEAD UNTIL TAIL));
    (void)maker_file("s.store", HP_STR("nonsense"));
    assert_int_equal(hp_policy_refresh(&p, &error), HP_REFRESH_KEPT);
    assert_non_null(strstr(error.text, "s.store"));
    assert_int_equal(hp_policy_age(p, MAKER_NOW, &error), HP_AGE_ALLOWED);
    assert_int_equal(hp_policy_refresh(&p, &error), HP_REFRESH_SAME);

    (void)maker_file("over", HP_STR(HEAD UNTIL "by: A. Other\nreason: x\n"));
    assert_int_equal(hp_policy_refresh(&p, &error), HP_REFRESH_OVERRIDE);
    assert_null(hp_policy_news(p, 0));
    assert_string_equal(p->override.by, "A. Other");
    (void)maker_file("over", HP_STR("nonsense\n"));
    assert_int_equal(hp_policy_refresh(&p, &error), HP_REFRESH_OVERRIDE);
    assert_non_null(strstr(hp_policy_news(p, 0), "over:1: expected version"));
    assert_int_equal(hp_policy_age(p, MAKER_NOW, &error), HP_AGE_STALE);

    (void)maker_file("over", HP_STR(HEAD UNTIL TAIL));
    assert_int_equal(hp_policy_refresh(&p, &error), HP_REFRESH_OVERRIDE);
    (void)maker_file("store.conf", HP_STR("foo = 1;"));
    assert_int_equal(unlink(path_in("over")), 0);
    assert_int_equal(hp_policy_refresh(&p, &error), HP_REFRESH_KEPT);
    assert_int_equal(hp_policy_age(p, MAKER_NOW, &error), HP_AGE_STALE);
    hp_policy_free(p);
}

/* What a refresh brings is warned of once, as it would be at start. */
static void
news_are_warnings_of_now(void **state)
{
    const char *path = good_policy();
    hp_policy *p;
    hp_error error;

    (void)state;
    p = loaded(path);
    assert_null(hp_policy_news(p, 0));
    (void)maker_policy(&key, 1, "rules = \"authentic-only\";");
    assert_int_equal(hp_policy_refresh(&p, &error), HP_REFRESH_NEW);
    assert_non_null(strstr(hp_policy_news(p, 0), "authentic-only"));
    assert_null(hp_policy_news(p, 1));
    assert_int_equal(hp_policy_refresh(&p, &error), HP_REFRESH_SAME);
    assert_null(hp_policy_news(p, 0));
    (void)maker_policy(&key, 1, "rules = \"authentic-only\"; signer_validity = \"off\";");
    assert_int_equal(hp_policy_refresh(&p, &error), HP_REFRESH_NEW);
    assert_non_null(strstr(hp_policy_news(p, 0), "signer_validity is off"));
    assert_null(hp_policy_news(p, 1));
    assert_int_equal(rename(path_in("trust"), path_in("away")), 0);
    assert_int_equal(hp_policy_refresh(&p, &error), HP_REFRESH_NEW);
    assert_non_null(strstr(error.text, "no trusted key is left"));
    assert_null(hp_policy_news(p, 0));
    assert_int_equal(rename(path_in("away"), path_in("trust")), 0);
    hp_policy_free(p);
    (void)good_policy();
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
    cmocka_unit_test(payload_domains),
    cmocka_unit_test(each_door_has_its_own_group),
    cmocka_unit_test(a_shared_deny_list_is_read_from_a_copy),
    cmocka_unit_test(a_copy_has_a_name_of_its_own),
    cmocka_unit_test(ages_follow_one_another),
    cmocka_unit_test(when_the_basis_ends),
    cmocka_unit_test(overrides),
    cmocka_unit_test(texts_of_an_override),
    cmocka_unit_test(an_identity_key_that_comes_twice_is_one),
    cmocka_unit_test(what_a_policy_names_must_be_right),
    cmocka_unit_test(weak_settings_warn),
    cmocka_unit_test(changes_are_taken_up_and_broken_ones_not),
    cmocka_unit_test(several_paths_keep_their_keys),
    cmocka_unit_test(many_files_are_warned_of),
    cmocka_unit_test(switched_links_are_followed),
    cmocka_unit_test(mended_faults_are_noticed),
    cmocka_unit_test(things_are_known_by_keyed_ids),
    cmocka_unit_test(keys_of_another_environment),
    cmocka_unit_test(what_the_basis_brings),
    cmocka_unit_test(what_ends_next),
    cmocka_unit_test(versions_of_a_policy),
    cmocka_unit_test(how_old_lists_are),
    cmocka_unit_test(the_worst_list_is_told),
    cmocka_unit_test(what_is_told_of_ages),
    cmocka_unit_test(an_override_comes_and_goes),
    cmocka_unit_test(news_are_warnings_of_now),
    cmocka_unit_test(an_override_that_cannot_be_read_is_told),
    cmocka_unit_test(an_override_is_of_whom_the_policy_is),
    cmocka_unit_test(a_list_of_the_future),
    cmocka_unit_test(an_override_is_read_apart_from_the_rest),
    cmocka_unit_test(every_allocation_fails_once),
    cmocka_unit_test(a_refresh_without_memory_keeps_the_old_policy),
};

UNIT_MAIN_WITH(tests, set_up, NULL)
