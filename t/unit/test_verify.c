/*
 * The whole way of a pass.  Whatever is shown: the answer is a reason of the table, nothing
 * is allocated, the lent memory is empty afterwards, and nobody else comes in.
 */
#include "unit.h"

#include "base/hex.h"
#include "codec/base45.h"
#include "codec/inflate.h"
#include "hp.h"
#include "index.h"
#include "maker.h"

#include <math.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/obj_mac.h>
#include <stdlib.h>

static uint8_t buffer[HP_MEMORY], zeros[HP_MEMORY];
static bool seen[256]; /* by number of the reason */

static const maker_key *es, *ps, *tests_only, *short_lived, *stranger;
static hp_policy *policy, *event; /* the second one counts pass ids by event */
static hp_pass kept;
static hp_keys *ready; /* as a wrapper has them */

static hp_policy *
load(const maker_key *const *keys, size_t n, const char *lines)
{
    const char *path = maker_policy(keys, n, lines);
    hp_policy *p;
    hp_error error;

    if (hp_policy_load(path, HP_DOOR_NONE, &p, &error) != HP_LOAD_OK)
        fail_msg("%s", error.text);
    return p;
}

static void
note(hp_reason reason)
{
    assert_in_range(reason, 1, 255);
    seen[reason] = true;
}

/* Judges and holds what must hold for every pass.  Kept data is looked at, then wiped. */
static hp_reason
judge_with(const hp_policy *p, hp_str text, double now, hp_verdict *v, hp_pass *keep)
{
    hp_memory memory = { buffer, sizeof(buffer), 0 };
    hp_ask ask = { .text = guard_end(text), .now = now, .any_now = true, .want_id = true,
                   .keep = keep, .keys = ready };
    hp_reason reason;

    alloc_start(0);
    reason = hp_verify(p, &ask, &memory, v);
    assert_int_equal(alloc_calls(), 0);
    assert_int_equal(reason, v->reason);
    note(reason);
    if (keep == NULL || v->kind == 0)
        assert_memory_equal(buffer, zeros, sizeof(buffer));
    return reason;
}

static hp_reason
judge_at(hp_str text, double now)
{
    hp_verdict v;

    return judge_with(policy, text, now, &v, NULL);
}

static hp_reason
judge(hp_str text)
{
    return judge_at(text, MAKER_NOW);
}

static hp_str
good(void)
{
    return maker_pass(es, MAKER_V);
}

/* ---- reasons ---------------------------------------------------------------- */

static void
good_passes(void **state)
{
    static const char *const kinds[] = { MAKER_V, MAKER_T, MAKER_R };
    hp_verdict v;

    (void)state;
    for (size_t i = 0; i < COUNT(kinds); i++) {
        assert_int_equal(judge_with(policy, maker_pass(es, kinds[i]), MAKER_NOW, &v, NULL), HP_OK);
        assert_int_equal(v.kind, "vtr"[i]);
        assert_string_equal(v.format, "hc1");
        assert_string_equal(v.issuer, "XA");
        assert_int_equal(strlen(v.kid), 2 * HP_KID);
        assert_true(v.valid_until == MAKER_EXP);
        assert_true(v.has_pass_id);
        assert_int_equal(judge(maker_pass(ps, kinds[i])), HP_OK);
    }
}

static void
white_space_around_and_nowhere_else(void **state)
{
    hp_str text = good(), inside = maker_copy(text);

    (void)state;
    assert_int_equal(judge(MAKER_JOIN(HP_STR(" \t\r\n\xef\xbb\xbf "), text,
        HP_STR("\xef\xbb\xbf\r\n\t "))), HP_OK);
    assert_int_equal(judge(maker_replace(inside, HP_STR("HC1:"), HP_STR("HC1:\n"))), HP_ENCODING);
    assert_int_equal(judge(maker_replace(inside, HP_STR("HC1:"), HP_STR("HC1: "))), HP_ENCODING);
}

static void
texts_that_are_no_pass(void **state)
{
    static const struct {
        const char *text;
        hp_reason want;
    } table[] = {
        { "", HP_NO_PASS }, { "   \r\n", HP_NO_PASS }, { "\xef\xbb\xbf", HP_NO_PASS },
        { "HC1", HP_UNKNOWN_KIND }, { "HC2:NCF", HP_UNKNOWN_KIND }, { "AT1:NCF", HP_KIND_OFF },
        { "NCFOXN", HP_UNKNOWN_KIND }, { "HC1;NCF", HP_UNKNOWN_KIND }, { "shc:/5676", HP_KIND_OFF },
        { "hunter2", HP_UNKNOWN_KIND }, { "\xef\xbb", HP_UNKNOWN_KIND },
        { "hc1:ncf", HP_KEYBOARD_LAYOUT }, { "HC&MNCF", HP_KEYBOARD_LAYOUT },
        { "HC1\xc3\x96NCF", HP_KEYBOARD_LAYOUT },
        { "HC1:", HP_COMPRESSION }, { "HC1:a", HP_ENCODING }, { "HC1:=", HP_ENCODING },
        { "HC1:BB8A", HP_ENCODING }, { "HC1::::", HP_ENCODING }, { "HC1:GGW", HP_ENCODING },
        { "HC1:%69 VD92EX0", HP_COMPRESSION },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++)
        assert_int_equal(judge(hp_str_of(table[i].text)), table[i].want);
    assert_int_equal(judge((hp_str){ NULL, 0 }), HP_NO_PASS);
    assert_int_equal(judge(MAKER_JOIN(HP_STR("HC1:"), maker_base45(HP_STR("\0")))), HP_COMPRESSION);
}

/* Known by how they begin, and in no build: nobody is told to scan such a one again. */
static void
kinds_that_are_not_accepted(void **state)
{
    static const char *const table[] = {
        "AT1:NCF", "DK3:NCF", "EX1:NCF", "HCFR1:NCF", "LT1:NCF", "NL1:NCF", "NL2:NCF", "NO1:NCF",
        "shlink:/eyJ1cmwi", "SHLINK:/eyJ1cmwi", "vhlink:/eyJ1cmwi", "https://a.example/v#shlink:/eyJ",
        "openid4vp://?client_id=a", "mdoc:owBjMS4w", "eudi-openid4vp://x", "\xdc\x04\x01",
        "PK\x03\x04\x14xxxxxxxxxxxxxxxxxxxxxxxxxcertificate.json",
    };
    static const char *const others[] = {
        "HCFR2:NCF", "XAT1:NCF", "AT1", "NL3:NCF", "https://a.example/shlink:/eyJ", "\xdc\x05\x01",
        "PK\x03\x04\x14xxxxxxxxxxxxxxxxxxxxxxxxxsomething.json", "PK\x03\x04", "http://a#shlink:/e",
        "openid4vp", "https://a.example/#",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++)
        assert_int_equal(judge(hp_str_of(table[i])), HP_KIND_OFF);
    for (size_t i = 0; i < COUNT(others); i++)
        assert_int_equal(judge(hp_str_of(others[i])), HP_UNKNOWN_KIND);
}

static void
longest_text(void **state)
{
    hp_str longest = MAKER_JOIN(HP_STR("HC1:"), maker_fill(4296 - 4, '0'));

    (void)state;
    assert_int_equal(judge(longest), HP_COMPRESSION);
    assert_int_equal(judge(MAKER_JOIN(longest, HP_STR("  "))), HP_COMPRESSION);
    assert_int_equal(judge(MAKER_JOIN(longest, HP_STR("0"))), HP_TOO_LONG);
    assert_int_equal(judge(maker_fill(GUARD_MAX, 'H')), HP_TOO_LONG);
}

/* Each layer wrong by itself, the layers around it right. */
static void
each_layer_wrong(void **state)
{
    hp_str dcc = maker_cbor(HP_STR(MAKER_V)), claims = maker_claims(dcc);
    hp_str header = maker_header(es), cose = maker_signed(es, claims);
    hp_str signature = maker_sign(es, header, claims), none = HP_STR("\xa0");

    (void)state;
    assert_int_equal(judge(MAKER_JOIN(HP_STR("HC1:"), maker_base45(cose))), HP_COMPRESSION);
    assert_int_equal(judge(MAKER_JOIN(HP_STR("HC1:"),
        maker_base45(MAKER_JOIN(maker_deflate(cose), HP_STR("\0"))))), HP_COMPRESSION);
    assert_int_equal(judge(maker_hc1(HP_STR("x"))), HP_ENVELOPE);
    assert_int_equal(judge(maker_hc1(MAKER_JOIN(cose, HP_STR("\0")))), HP_ENVELOPE);
    assert_int_equal(judge(maker_hc1(MAKER_JOIN(HP_STR("\xd2"), cose))), HP_ENVELOPE);
    assert_int_equal(judge(maker_pass(stranger, MAKER_V)), HP_SIGNER_UNKNOWN);
    assert_int_equal(judge(maker_hc1(maker_cose(HP_STR("\xa1\x01\x26"), none, claims, signature))),
        HP_SIGNER_UNKNOWN);
    assert_int_equal(judge(maker_hc1(maker_cose(header, none, claims,
        maker_sign(stranger, header, claims)))), HP_SIGNATURE);
    assert_int_equal(judge(maker_hc1(maker_signed(es, HP_STR("x")))), HP_CLAIMS);
    assert_int_equal(judge(maker_hc1(maker_signed(es, dcc))), HP_CLAIMS);
    assert_int_equal(judge(maker_hc1(maker_signed(es, maker_claims(HP_STR("\xf6"))))), HP_CLAIMS);
    assert_int_equal(judge(maker_hc1(maker_signed(es, maker_claims(HP_STR("\xa0"))))), HP_CONTENT);
    assert_int_equal(judge(maker_pass(tests_only, MAKER_V)), HP_SIGNER_USAGE);
    assert_int_equal(judge(maker_pass(tests_only, MAKER_T)), HP_OK);
    assert_int_equal(judge(maker_pass(tests_only, MAKER_R)), HP_SIGNER_USAGE);
}

/* A DCC in a byte string counts if it is one whole item. */
static void
wrapped_dcc(void **state)
{
    hp_str dcc = maker_cbor(HP_STR(MAKER_V));

    (void)state;
    assert_int_equal(judge(maker_hc1(maker_signed(es, maker_claims(maker_bytes(dcc))))), HP_OK);
    assert_int_equal(judge(maker_hc1(maker_signed(es, maker_claims(maker_bytes(
        MAKER_JOIN(dcc, HP_STR("\0"))))))), HP_CLAIMS);
    assert_int_equal(judge(maker_hc1(maker_signed(es, maker_claims(maker_bytes(
        (hp_str){ dcc.p, dcc.n - 1 }))))), HP_CLAIMS);
    assert_int_equal(judge(maker_hc1(maker_signed(es, maker_claims(maker_bytes(
        maker_bytes(dcc)))))), HP_CLAIMS);
}

static void
signatures_of_wrong_form(void **state)
{
    static const size_t lengths[] = { 0, 1, 3, 32, 63, 65, 70, 96, 255, 256, 257, 4096 };
    const maker_key *keys[] = { es, ps };

    (void)state;
    for (size_t k = 0; k < COUNT(keys); k++) {
        hp_str header = maker_header(keys[k]), claims = maker_claims(maker_cbor(HP_STR(MAKER_V)));
        hp_str right = maker_sign(keys[k], header, claims);
        hp_str other = maker_replace(header, maker_int(k == 0 ? -7 : -37),
            maker_int(k == 0 ? -37 : -7));

        assert_int_equal(judge(maker_hc1(maker_cose(header, HP_STR("\xa0"), claims, right))), HP_OK);
        for (size_t i = 0; i < COUNT(lengths); i++) {
            if (lengths[i] != right.n)
                assert_int_equal(judge(maker_hc1(maker_cose(header, HP_STR("\xa0"), claims,
                    maker_fill(lengths[i], 0x41)))), HP_SIGNATURE);
        }
        assert_int_equal(judge(maker_hc1(maker_cose(header, HP_STR("\xa0"), claims,
            maker_fill(right.n, 0)))), HP_SIGNATURE);
        assert_int_equal(judge(maker_hc1(maker_cose(header, HP_STR("\xa0"), claims,
            maker_fill(right.n, 0xff)))), HP_SIGNATURE);
        /* the other algorithm, signed as such: the key decides */
        assert_int_equal(judge(maker_hc1(maker_cose(other, HP_STR("\xa0"), claims,
            maker_sign(keys[k], other, claims)))), HP_SIGNATURE);
        /* no algorithm, and one of another family */
        assert_int_equal(judge(maker_hc1(maker_cose(HP_STR(""), MAKER_JOIN(HP_STR("\xa1\x04"),
            maker_bytes((hp_str){ keys[k]->kid, HP_KID })), claims,
            maker_sign(keys[k], HP_STR(""), claims)))), HP_SIGNATURE);
    }
}

static void
headers_in_the_other_map(void **state)
{
    hp_str claims = maker_claims(maker_cbor(HP_STR(MAKER_V))), header = maker_header(es);
    hp_str nothing = HP_STR(""), empty = HP_STR("\xa0"), wrong = maker_header(stranger);

    (void)state;
    assert_int_equal(judge(maker_hc1(maker_cose(nothing, header, claims,
        maker_sign(es, nothing, claims)))), HP_OK);
    assert_int_equal(judge(maker_hc1(maker_cose(empty, header, claims,
        maker_sign(es, empty, claims)))), HP_OK);
    assert_int_equal(judge(maker_hc1(maker_cose(nothing, header, claims,
        maker_sign(es, empty, claims)))), HP_SIGNATURE);
    assert_int_equal(judge(maker_hc1(maker_cose(header, wrong, claims,
        maker_sign(es, header, claims)))), HP_OK);
    assert_int_equal(judge(maker_hc1(maker_cose(wrong, header, claims,
        maker_sign(es, wrong, claims)))), HP_SIGNER_UNKNOWN);
}

/* A key id of another length is another key id. */
static void
key_ids_of_other_lengths(void **state)
{
    hp_str claims = maker_claims(maker_cbor(HP_STR(MAKER_V)));
    uint8_t kid[HP_KID + 1] = { 0 };

    (void)state;
    memcpy(kid, es->kid, HP_KID);
    for (size_t n = 0; n <= HP_KID + 1; n++) {
        hp_str header = MAKER_JOIN(HP_STR("\xa2\x01\x26\x04"), maker_bytes((hp_str){ kid, n }));

        assert_int_equal(judge(maker_hc1(maker_cose(header, HP_STR("\xa0"), claims,
            maker_sign(es, header, claims)))), n == HP_KID ? HP_OK : HP_SIGNER_UNKNOWN);
    }
}

static void
both_ends_belong_to_it(void **state)
{
    hp_str text = good();

    (void)state;
    assert_int_equal(judge_at(text, MAKER_EXP), HP_OK);
    assert_int_equal(judge_at(text, MAKER_EXP + 0.5), HP_EXPIRED);
    assert_int_equal(judge_at(text, MAKER_IAT), HP_OK);
    assert_int_equal(judge_at(text, MAKER_IAT - 0.5), HP_NOT_YET_VALID);

    text = maker_pass(short_lived, MAKER_V); /* MAKER_IAT + 10 to MAKER_EXP - 10 */
    assert_int_equal(judge_at(text, MAKER_IAT + 10), HP_OK);
    assert_int_equal(judge_at(text, MAKER_IAT + 9), HP_SIGNER_EXPIRED);
    assert_int_equal(judge_at(text, MAKER_EXP - 10), HP_OK);
    assert_int_equal(judge_at(text, MAKER_EXP - 9), HP_SIGNER_EXPIRED);
}

static void
no_clock_no_verdict(void **state)
{
    static const double wrong[] = { -1, 253402300800, 1e300, NAN, INFINITY, -INFINITY };
    hp_memory memory = { buffer, sizeof(buffer), 0 };
    hp_ask ask = { .text = good(), .keys = ready };
    hp_verdict v;

    (void)state;
    for (size_t i = 0; i < COUNT(wrong); i++)
        assert_int_equal(judge_at(good(), wrong[i]), HP_CLOCK);
    assert_int_equal(judge_at(good(), 0), HP_NOT_YET_VALID);

    /* What a clock says, not a person, is wrong before this was built. */
    ask.now = HP_RELEASED - 1;
    assert_int_equal(hp_verify(policy, &ask, &memory, &v), HP_CLOCK);
    ask.now = HP_RELEASED;
    assert_int_equal(hp_verify(policy, &ask, &memory, &v), HP_EXPIRED);
}

static void
a_test_must_be_negative(void **state)
{
    hp_str positive = maker_replace(HP_STR(MAKER_T), HP_STR("260415000"), HP_STR("260373001"));
    hp_verdict v;

    (void)state;
    assert_int_equal(judge_with(policy, maker_pass(es, maker_c_string(positive)), MAKER_NOW, &v,
        NULL), HP_RULE_FAILED);
    assert_non_null(v.rule);
    assert_int_equal(v.kind, 't');
    assert_int_equal(judge(maker_pass(es, maker_c_string(maker_replace(HP_STR(MAKER_T),
        HP_STR("260415000"), HP_STR("unknown"))))), HP_RULE_FAILED);
}

static void
other_policies(void **state)
{
    const maker_key *keys[] = { es, short_lived };
    hp_str long_tc = maker_pass(es, maker_c_string(maker_replace(HP_STR(MAKER_T),
        HP_STR("\"A centre\""), maker_print("\"%0100d\"", 0))));
    hp_str positive = maker_pass(es, maker_c_string(maker_replace(HP_STR(MAKER_T),
        HP_STR("260415000"), HP_STR("260373001"))));
    hp_str text = good();
    hp_verdict v;
    hp_policy *p;

    (void)state;
    p = load(keys, 2, "rules = \"authentic-only\"; schema = \"strict\"; clock_skew = \"30s\";"
        "signer_validity = \"off\";");
    assert_int_equal(judge(long_tc), HP_OK);
    assert_int_equal(judge_with(p, long_tc, MAKER_NOW, &v, NULL), HP_CONTENT);
    assert_int_equal(judge_with(p, positive, MAKER_NOW, &v, NULL), HP_OK);
    assert_int_equal(judge_with(p, text, MAKER_EXP + 30, &v, NULL), HP_OK);
    assert_int_equal(judge_with(p, text, MAKER_EXP + 31, &v, NULL), HP_EXPIRED);
    assert_int_equal(judge_with(p, text, MAKER_IAT - 30, &v, NULL), HP_OK);
    assert_int_equal(judge_with(p, text, MAKER_IAT - 31, &v, NULL), HP_NOT_YET_VALID);
    assert_int_equal(judge_with(p, maker_pass(short_lived, MAKER_V), MAKER_IAT, &v, NULL), HP_OK);
    hp_policy_free(p);
}

/* Which authority vouches for what is test_chain's; a signer without one is refused. */
static void
authorities_must_have_issued(void **state)
{
    hp_verdict v;
    hp_policy *p;

    (void)state;
    (void)maker_file("trust/CSCA/a.pem", hp_str_of(stranger->pem));
    p = load(&es, 1, "rules = \"minimal\";");
    assert_int_equal(judge_with(p, good(), MAKER_NOW, &v, NULL), HP_SIGNER_CHAIN);
    hp_policy_free(p);
    assert_int_equal(remove(maker_c_string(maker_print("%s/trust/CSCA/a.pem", maker_folder()))), 0);
    p = load(&es, 1, "rules = \"minimal\";");
    assert_int_equal(judge_with(p, good(), MAKER_NOW, &v, NULL), HP_SIGNER_CHAIN);
    hp_policy_free(p);
    assert_int_equal(remove(maker_c_string(maker_print("%s/trust/CSCA", maker_folder()))), 0);
}

static void
no_key_no_verdict(void **state)
{
    hp_error error;
    hp_verdict v;
    hp_policy *p;

    (void)state;
    (void)maker_file("empty/.keep", HP_STR(""));
    assert_int_equal(hp_policy_load(maker_file("empty.conf",
        maker_print("trust = \"%s/empty\"; rules = \"minimal\";", maker_folder())),
        HP_DOOR_NONE, &p, &error), HP_LOAD_OK);
    assert_int_equal(hp_policy_keys(p), 0);
    assert_non_null(hp_policy_warning(p, 0));
    assert_int_equal(judge_with(p, good(), MAKER_NOW, &v, NULL), HP_TRUST_MISSING);
    assert_int_equal(judge_with(p, HP_STR(""), MAKER_NOW, &v, NULL), HP_TRUST_MISSING);
    hp_policy_free(p);
}

/* One list of that age, whose key may sign for these domains. */
static hp_policy *
listed(const hp_source *source, unsigned domains, const char *lines)
{
    const char *store = maker_store("list.store", source, HP_ENV_PROD, &es, 1, domains);
    hp_policy *p;
    hp_error error;

    if (hp_policy_load(maker_file("listed.conf", maker_print("trust = \"%s\"; rules = \"minimal\";"
            " %s", store, lines)), HP_DOOR_NONE, &p, &error) != HP_LOAD_OK)
        fail_msg("%s", error.text);
    return p;
}

#define DAY 86400.0

static void
a_stale_list_judges_nobody(void **state)
{
    static const struct {
        hp_source source;
        hp_reason reason;
    } cases[] = {
        { { .dated = 0 }, HP_OK }, /* no date, no age */
        { { .dated = MAKER_NOW - 7 * DAY }, HP_OK },
        { { .dated = MAKER_NOW - 7 * DAY - 1 }, HP_TRUST_STALE },
        { { .dated = MAKER_NOW - 3 * DAY, .max_age = 3 * DAY }, HP_OK },
        { { .dated = MAKER_NOW - 3 * DAY - 1, .max_age = 3 * DAY }, HP_TRUST_STALE },
        { { .dated = MAKER_NOW - 7 * DAY - 1, .max_age = 30 * DAY }, HP_TRUST_STALE },
        { { .dated = MAKER_NOW, .expires = MAKER_NOW }, HP_OK },
        { { .dated = MAKER_NOW, .expires = MAKER_NOW - 1 }, HP_TRUST_STALE },
    };
    hp_verdict v;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        hp_policy *p = listed(&cases[i].source, HP_DOMAIN_DCC, "");

        assert_int_equal(judge_with(p, good(), MAKER_NOW, &v, NULL), cases[i].reason);
        assert_false(v.overridden);
        hp_policy_free(p);
    }
}

/* A recorded exception makes a stale list serve, and nothing else good. */
static void
an_override_is_about_age_only(void **state)
{
    static const char over[] = "version: 1\nallows: stale\nmade: %s\nuntil: %s\nby: x\nreason: y\n";
    const hp_source source = { .dated = MAKER_NOW - 8 * DAY };
    hp_str payload = maker_claims(maker_cbor(HP_STR(MAKER_V))), header = maker_header(es);
    hp_str forged = maker_hc1(maker_cose(header, HP_STR("\xa0"), payload, maker_sign(es, header,
        maker_claims(maker_cbor(HP_STR(MAKER_T))))));
    hp_policy *p;
    hp_verdict v;

    (void)state;
    (void)maker_file("over", maker_print(over, "2021-07-01T00:00:00Z", "2021-07-01T06:00:00Z"));
    p = listed(&source, HP_DOMAIN_DCC, maker_c_string(maker_print("stale_override = \"%s/over\";",
        maker_folder())));
    assert_int_equal(judge_with(p, good(), MAKER_NOW, &v, NULL), HP_OK);
    assert_true(v.overridden);
    assert_int_equal(judge_with(p, good(), MAKER_NOW + 6 * 3600 - 1, &v, NULL), HP_OK);
    assert_int_equal(judge_with(p, good(), MAKER_NOW + 6 * 3600, &v, NULL), HP_TRUST_STALE);
    assert_false(v.overridden);
    assert_int_equal(judge_with(p, good(), MAKER_NOW - 61, &v, NULL), HP_TRUST_STALE);

    assert_int_equal(judge_with(p, forged, MAKER_NOW, &v, NULL), HP_SIGNATURE);
    assert_int_equal(judge_with(p, maker_pass(stranger, MAKER_V), MAKER_NOW, &v, NULL),
        HP_SIGNER_UNKNOWN);
    assert_int_equal(judge_with(p, maker_pass(es, "{}"), MAKER_NOW, &v, NULL), HP_CONTENT);
    assert_int_equal(judge_with(p, maker_hc1(maker_signed(es, maker_replace(payload,
        maker_int((int64_t)MAKER_EXP), maker_int((int64_t)MAKER_NOW - 1)))), MAKER_NOW, &v, NULL),
        HP_EXPIRED);
    assert_int_equal(judge_with(p, HP_STR("nonsense"), MAKER_NOW, &v, NULL), HP_UNKNOWN_KIND);
    hp_policy_free(p);

    p = listed(&source, HP_DOMAIN_PH4H, maker_c_string(maker_print("stale_override = \"%s/over\";",
        maker_folder())));
    assert_int_equal(judge_with(p, good(), MAKER_NOW, &v, NULL), HP_SIGNER_DOMAIN);
    hp_policy_free(p);
}

static void
signers_for_their_own_country(void **state)
{
    static const struct {
        const char *iss;
        bool agrees;
    } table[] = { { "XA", true }, { "xa", true }, { "", true }, { "XB", false }, { "X", false },
        { "XAA", false }, { "Ministry", false } };
    hp_str claims = maker_claims(maker_cbor(HP_STR(MAKER_V)));
    hp_str no_iss = maker_replace(claims, HP_STR("\xa4\x01\x62XA"), HP_STR("\xa3"));
    const hp_source source = { .dated = 0 };
    hp_policy *any = listed(&source, HP_DOMAIN_DCC, "signer_country = \"any\";");
    hp_policy *same = listed(&source, HP_DOMAIN_DCC, "signer_country = \"same\";");
    hp_verdict v;

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        hp_str text = maker_hc1(maker_signed(es, maker_replace(claims, maker_text(HP_STR("XA")),
            maker_text(hp_str_of(table[i].iss)))));

        assert_int_equal(judge_with(any, text, MAKER_NOW, &v, NULL), HP_OK);
        assert_int_equal(judge_with(same, text, MAKER_NOW, &v, NULL),
            table[i].agrees ? HP_OK : HP_SIGNER_DOMAIN);
    }
    assert_int_equal(judge_with(same, maker_hc1(maker_signed(es, no_iss)), MAKER_NOW, &v, NULL),
        HP_OK);
    /* only what is signed is judged: a stranger's claim is not even looked at */
    assert_int_equal(judge_with(same, maker_hc1(maker_signed(stranger, maker_replace(claims,
        maker_text(HP_STR("XA")), maker_text(HP_STR("XB"))))), MAKER_NOW, &v, NULL),
        HP_SIGNER_UNKNOWN);
    hp_policy_free(any);
    hp_policy_free(same);
}

/* The signature is asked first: who may sign what is about signed content. */
static void
a_key_signs_for_its_domains_only(void **state)
{
    static const struct {
        unsigned domains;
        hp_reason reason;
    } cases[] = {
        { HP_DOMAIN_DCC, HP_OK },
        { HP_DOMAIN_DDCC, HP_OK },
        { HP_DOMAIN_DCC | HP_DOMAIN_PH4H, HP_OK },
        { HP_DOMAIN_PH4H, HP_SIGNER_DOMAIN },
        { HP_DOMAIN_ALL & ~(HP_DOMAIN_DCC | HP_DOMAIN_DDCC), HP_SIGNER_DOMAIN },
        { HP_DOMAIN_OTHER, HP_SIGNER_DOMAIN },
    };
    hp_source source = { .dated = 0 };
    hp_verdict v;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        hp_policy *p = listed(&source, cases[i].domains, "");

        assert_int_equal(judge_with(p, good(), MAKER_NOW, &v, NULL), cases[i].reason);
        assert_int_equal(judge_with(p, maker_pass(stranger, MAKER_V), MAKER_NOW, &v, NULL),
            HP_SIGNER_UNKNOWN);
        hp_policy_free(p);
    }
}

/* What one list says of the key, and when it was made. */
typedef struct {
    double dated;
    hp_record record;
} listing;

/* The verdict with these two lists, whichever stands first. */
static hp_reason
by_both(const listing *a, const listing *b, const char *lines)
{
    const listing *const ways[2][2] = { { a, b }, { b, a } };
    hp_reason said[2];
    hp_error error;
    hp_verdict v;
    hp_policy *p;

    for (int i = 0; i < 2; i++) {
        const char *stores[2];

        for (int j = 0; j < 2; j++)
            stores[j] = maker_store_of(j == 0 ? "first.store" : "second.store",
                &(hp_source){ .dated = ways[i][j]->dated }, HP_ENV_PROD, &ways[i][j]->record, 1);
        assert_int_equal(hp_policy_load(maker_file("both.conf", maker_print("trust = [\"%s\", \"%s\"];"
            " rules = \"minimal\"; %s", stores[0], stores[1], lines)), HP_DOOR_NONE, &p, &error),
            HP_LOAD_OK);
        said[i] = judge_with(p, good(), MAKER_NOW, &v, NULL);
        assert_false(v.overridden);
        hp_policy_free(p);
    }
    assert_int_equal(said[0], said[1]);
    return said[0];
}

/*
 * Several lists name one key and do not say the same of it: one that allows the pass is enough;
 * none does: what the best of them lacks; and taken back is taken back.
 */
static void
lists_that_differ_on_a_key(void **state)
{
    const listing whole = { MAKER_NOW, maker_record(es, HP_DOMAIN_DCC) };
    listing old = whole, other = whole, tests = whole, ended = whole, orphan = whole, away = whole,
        without = whole, revoked = whole;

    (void)state;
    old.dated = MAKER_NOW - 8 * DAY;
    other.record.domains = HP_DOMAIN_PH4H;
    tests.record.usage = HP_USE_TEST;
    ended.record.valid.until = MAKER_NOW - 1;
    orphan.record.issuers[0] = (hp_span){ MAKER_FROM, MAKER_NOW - 1 };
    orphan.record.n_issuers = 1;
    memcpy(away.record.country, "XB", 3);
    without.record.flaw = HP_FLAW_CHAIN;
    revoked.record.flaw = HP_FLAW_REVOKED;
    const listing *lacking[] = { &old, &other, &tests, &ended, &orphan, &without };

    for (size_t i = 0; i < COUNT(lacking); i++)
        assert_int_equal(by_both(lacking[i], &whole, ""), HP_OK);
    assert_int_equal(by_both(&away, &whole, "signer_country = \"same\";"), HP_OK);
    assert_int_equal(by_both(&revoked, &whole, ""), HP_SIGNER_REVOKED);
    assert_int_equal(by_both(&revoked, &old, ""), HP_SIGNER_REVOKED);

    assert_int_equal(by_both(&other, &away, "signer_country = \"same\";"), HP_SIGNER_DOMAIN);
    assert_int_equal(by_both(&other, &tests, ""), HP_SIGNER_USAGE);
    assert_int_equal(by_both(&tests, &ended, ""), HP_SIGNER_EXPIRED);
    assert_int_equal(by_both(&tests, &orphan, ""), HP_SIGNER_EXPIRED);
    assert_int_equal(by_both(&ended, &old, ""), HP_TRUST_STALE);
    assert_int_equal(by_both(&other, &old, ""), HP_TRUST_STALE);
    assert_int_equal(by_both(&without, &without, ""), HP_SIGNER_CHAIN);
    assert_int_equal(by_both(&without, &other, ""), HP_SIGNER_DOMAIN);
}

/* In one list too: the same key under an authority that ended and under one that did not. */
static void
doubles_in_one_list(void **state)
{
    const hp_source source = { .dated = MAKER_NOW };
    hp_record both[2] = { maker_record(es, HP_DOMAIN_DCC), maker_record(es, HP_DOMAIN_DCC) };
    hp_error error;
    hp_verdict v;
    hp_policy *p;

    (void)state;
    both[0].issuers[0] = (hp_span){ MAKER_FROM, MAKER_NOW - 1 };
    both[1].issuers[0] = (hp_span){ MAKER_FROM, MAKER_TO };
    both[0].n_issuers = both[1].n_issuers = 1;
    for (int i = 0; i < 2; i++) {
        hp_record ordered[] = { both[i], both[1 - i] };

        assert_int_equal(hp_policy_load(maker_file("doubles.conf", maker_print("trust = \"%s\"; rules = "
            "\"minimal\";", maker_store_of("doubles.store", &source, HP_ENV_PROD, ordered, 2))),
            HP_DOOR_NONE, &p, &error), HP_LOAD_OK);
        assert_int_equal(judge_with(p, good(), MAKER_NOW, &v, NULL), HP_OK);
        hp_policy_free(p);
    }
}

/* What a store says of its signers stands, also beside a folder of authorities. */
static void
a_folder_of_authorities_clears_no_flaw_of_a_store(void **state)
{
    const hp_source source = { .dated = MAKER_NOW };
    hp_record revoked = maker_record(es, HP_DOMAIN_DCC);
    size_t at = 0, n = 0;
    hp_error error;
    hp_verdict v;
    uint8_t *der;
    hp_policy *p;

    (void)state;
    assert_int_equal(hp_pem_next(hp_str_of(es->pem), &at, &der, &n), HP_PEM_CERT);
    revoked.cert = maker_copy((hp_str){ der, n });
    hp_pem_free(der);
    revoked.flaw = HP_FLAW_REVOKED;
    (void)maker_file("csca/CSCA/a.pem", hp_str_of(es->pem)); /* it issued itself */
    assert_int_equal(hp_policy_load(maker_file("cleared.conf", maker_print("trust = [\"%s\", "
        "\"%s/csca\"]; rules = \"minimal\";", maker_store_of("revoked.store", &source, HP_ENV_PROD,
        &revoked, 1), maker_folder())), HP_DOOR_NONE, &p, &error), HP_LOAD_OK);
    assert_int_equal(judge_with(p, good(), MAKER_NOW, &v, NULL), HP_SIGNER_REVOKED);
    hp_policy_free(p);
}

/* A key that many lists name is one key, not a crowd. */
static void
any_number_of_lists_may_name_a_key(void **state)
{
    const hp_source source = { .dated = MAKER_NOW };
    hp_str trust = HP_STR("");
    hp_error error;
    hp_verdict v;
    hp_policy *p;

    (void)state;
    for (int i = 0; i < 2 * HP_TRUST_SAME_KID; i++) {
        const char *name = maker_c_string(maker_print("many%d.store", i));

        trust = maker_print("%s%s\"%s\"", maker_c_string(trust), i == 0 ? "" : ", ",
            maker_store(name, &source, HP_ENV_PROD, &es, 1, HP_DOMAIN_DCC));
    }
    assert_int_equal(hp_policy_load(maker_file("many.conf", maker_print("trust = [%s]; rules = "
        "\"minimal\";", maker_c_string(trust))), HP_DOOR_NONE, &p, &error), HP_LOAD_OK);
    assert_int_equal(judge_with(p, good(), MAKER_NOW, &v, NULL), HP_OK);
    hp_policy_free(p);
}

/* ---- rules ------------------------------------------------------------------------ */

#define RULE(id, type, country, logic) \
    "{\"Identifier\":\"" id "\",\"Type\":\"" type "\",\"Country\":\"" country "\",\"Version\":\"1.0.0\"," \
    "\"SchemaVersion\":\"1.0.0\",\"Engine\":\"CERTLOGIC\",\"EngineVersion\":\"1.0.0\"," \
    "\"CertificateType\":\"Vaccination\",\"Description\":[{\"lang\":\"en\",\"desc\":\"A rule of a test, no more\"}]," \
    "\"ValidFrom\":\"2020-01-01T00:00:00Z\",\"ValidTo\":\"2030-01-01T00:00:00Z\"," \
    "\"AffectedFields\":[\"v.0\"],\"Logic\":" logic "}"
#define DOSES "{\"===\":[{\"var\":\"payload.v.0.dn\"},%d]}"
#define YOUNG "{\"not-after\":[{\"plusTime\":[{\"var\":\"external.validationClock\"},0,\"day\"]}," \
    "{\"plusTime\":[{\"var\":\"payload.v.0.dt\"},60,\"day\"]}]}"
#define BROKEN "{\"no such word\":[1]}"

/* What was told of the rules of the last verdict, and what its rule says to the person. */
static char heard[128], rule_said[128];

static void
hear(void *context, const hp_rule *rule, hp_rule_result result)
{
    static const char *const words[] = { [HP_RESULT_PASSED] = "passed", [HP_RESULT_FAILED] = "failed",
                                         [HP_RESULT_OPEN] = "open" };
    size_t n = strlen(heard);

    assert_ptr_equal(context, heard);
    (void)snprintf(heard + n, sizeof(heard) - n, "%s %s, ", rule->identifier, words[result]);
}

/* The verdict under these rules; the dose is of 2021-06-01, the pass is shown on 2021-07-01. */
static hp_reason
under(hp_str rules, const char *lines, double visit, hp_verdict *v)
{
    const char *folder = maker_folder();
    hp_memory memory = { buffer, sizeof(buffer), 0 };
    hp_ask ask = { .text = good(), .now = MAKER_NOW, .visit = visit, .any_now = true, .keys = ready,
                   .told = hear, .told_context = heard };
    hp_error error;
    hp_policy *p;

    heard[0] = '\0';
    (void)maker_file("law/rules.json", rules);
    if (hp_policy_load(maker_file("law.conf", maker_print("trust = \"%s/trust\"; country = \"XA\"; "
            "rules = \"%s/law\"; %s", folder, folder, lines)), HP_DOOR_NONE, &p, &error) != HP_LOAD_OK)
        fail_msg("%s", error.text);
    alloc_start(0);
    note(hp_verify(p, &ask, &memory, v));
    assert_int_equal(alloc_calls(), 0);
    assert_memory_equal(buffer, zeros, sizeof(buffer));
    (void)snprintf(rule_said, sizeof(rule_said), "%s", hp_verdict_rule_text(p, v, NULL));
    if (v->rule != NULL) /* it is the policy's */
        v->rule = maker_c_string(maker_print("%s", v->rule));
    hp_policy_free(p);
    return v->reason;
}

/* A rule that needs more memory than there is: 400 lists of 201, each in the next one. */
#define TWENTY "[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20]"
#define ONES   "1,1,1,1,1,1,1,1,1,1,"
#define HUNDRED ONES ONES ONES ONES ONES ONES ONES ONES ONES ONES
#define GREEDY \
    "{\"===\":[1,{\"reduce\":[" TWENTY ",{\"reduce\":[" TWENTY ",[" HUNDRED HUNDRED \
    "{\"var\":\"accumulator\"}],{\"var\":\"accumulator\"}]},0]}]}"

static void
rule_documents_decide(void **state)
{
    const struct {
        hp_str rules;
        const char *lines, *rule;
        double visit;
        hp_reason reason;
    } cases[] = {
        { maker_print("[" RULE("VR-XA-0001", "Acceptance", "XA", DOSES) "]", 2), "", "VR-XA-0001", 0, HP_OK },
        { maker_print("[" RULE("VR-XA-0001", "Acceptance", "XA", DOSES) "]", 3), "", "VR-XA-0001", 0,
          HP_RULE_FAILED },
        { maker_print("[" RULE("VR-XA-0001", "Acceptance", "XA", DOSES) ","
              RULE("VR-XA-0002", "Acceptance", "XA", DOSES) "]", 2, 3), "", "VR-XA-0002", 0, HP_RULE_FAILED },
        { HP_STR("[" RULE("VR-XA-0001", "Acceptance", "XA", BROKEN) "]"), "", "VR-XA-0001", 0, HP_RULE_OPEN },
        { HP_STR("[" RULE("VR-XA-0001", "Acceptance", "XA", BROKEN) "]"), "rules_open = \"allow\";",
          "VR-XA-0001", 0, HP_OK },
        { maker_print("[" RULE("VR-XB-0001", "Acceptance", "XB", DOSES) "]", 2), "", NULL, 0, HP_RULE_NONE },
        { maker_print("[" RULE("VR-XB-0001", "Acceptance", "XB", DOSES) "]", 2), "rules_none = \"allow\";",
          NULL, 0, HP_OK },
        /* the issuer's invalidation rule: true is fine */
        { maker_print("[" RULE("VR-XA-0001", "Acceptance", "XA", DOSES) ","
              RULE("IR-XA-0001", "Invalidation", "XA", DOSES) "]", 2, 2), "", "VR-XA-0001", 0, HP_OK },
        { maker_print("[" RULE("VR-XA-0001", "Acceptance", "XA", DOSES) ","
              RULE("IR-XA-0001", "Invalidation", "XA", DOSES) "]", 2, 3), "", "IR-XA-0001", 0, HP_RULE_FAILED },
        /* and by itself accepts nobody, now or then, neither fine nor open */
        { maker_print("[" RULE("IR-XA-0001", "Invalidation", "XA", DOSES) "]", 2), "", NULL, 0, HP_RULE_NONE },
        { maker_print("[" RULE("IR-XA-0001", "Invalidation", "XA", DOSES) "]", 2), "rules_none = \"allow\";",
          NULL, 0, HP_OK },
        { maker_print("[" RULE("IR-XA-0001", "Invalidation", "XA", DOSES) "]", 3), "rules_none = \"allow\";",
          "IR-XA-0001", 0, HP_RULE_FAILED },
        { HP_STR("[" RULE("IR-XA-0001", "Invalidation", "XA", BROKEN) "]"), "", "IR-XA-0001", 0, HP_RULE_OPEN },
        { HP_STR("[" RULE("IR-XA-0001", "Invalidation", "XA", BROKEN) "]"), "rules_open = \"allow\";", NULL, 0,
          HP_RULE_NONE },
        { HP_STR("[" RULE("IR-XA-0001", "Invalidation", "XA", YOUNG) "]"), "rules_later = \"accept\";",
          "IR-XA-0001", MAKER_NOW + 40 * DAY, HP_RULE_FAILED },
        /* sixty days from the dose: the last moment of them, and the next */
        { HP_STR("[" RULE("VR-XA-0001", "Acceptance", "XA", YOUNG) "]"), "", "VR-XA-0001",
          MAKER_NOW + 30 * DAY, HP_OK },
        { HP_STR("[" RULE("VR-XA-0001", "Acceptance", "XA", YOUNG) "]"), "", "VR-XA-0001",
          MAKER_NOW + 30 * DAY + 1, HP_LATER },
        { HP_STR("[" RULE("VR-XA-0001", "Acceptance", "XA", YOUNG) "]"), "rules_later = \"accept\";",
          "VR-XA-0001", MAKER_NOW + 30 * DAY + 1, HP_OK },
        { maker_print("[" RULE("VR-XA-0001", "Acceptance", "XA", YOUNG) ","
              RULE("VR-XA-0002", "Acceptance", "XA", DOSES) "]", 3), "rules_later = \"accept\";",
          "VR-XA-0001", MAKER_NOW + 30 * DAY + 1, HP_RULE_FAILED },
        { HP_STR("[" RULE("VR-XA-0001", "Acceptance", "XA", YOUNG) "]"), "", "VR-XA-0001", 1, HP_OK },
        /* it is over by then: no rule says so, and one that fails says it first */
        { maker_print("[" RULE("VR-XA-0001", "Acceptance", "XA", DOSES) "]", 2), "", "VR-XA-0001", MAKER_EXP,
          HP_OK },
        { maker_print("[" RULE("VR-XA-0001", "Acceptance", "XA", DOSES) "]", 2), "", NULL, MAKER_EXP + 1,
          HP_LATER },
        { maker_print("[" RULE("VR-XA-0001", "Acceptance", "XA", DOSES) "]", 2), "rules_later = \"accept\";",
          "VR-XA-0001", MAKER_EXP + 1, HP_OK },
        { maker_print("[" RULE("VR-XA-0001", "Acceptance", "XA", DOSES) "]", 3), "", "VR-XA-0001",
          MAKER_EXP + 1, HP_RULE_FAILED },
        /* whose rule took all the memory: the first here, the second there, or only as of today */
        { maker_print("[" RULE("VR-XA-0001", "Acceptance", "XA", DOSES) "," RULE("VR-XA-0002", "Acceptance",
              "XA", GREEDY) "," RULE("VR-XA-0003", "Acceptance", "XA", DOSES) "]", 2, 3), "",
          "VR-XA-0002", 0, HP_FAULT },
        { maker_print("[" RULE("VR-XA-0001", "Acceptance", "XA", DOSES) "," RULE("VR-XA-0002", "Acceptance",
              "XA", GREEDY) "]", 3), "rules_open = \"allow\";", "VR-XA-0002", 0, HP_FAULT },
        { maker_print("[" RULE("VR-XA-0001", "Acceptance", "XA", YOUNG) "," RULE("VR-XA-0002", "Acceptance",
              "XA", "{\"if\":[" YOUNG "," GREEDY ",true]}") "]"), "", "VR-XA-0002",
          MAKER_NOW + 40 * DAY, HP_FAULT },
    };
    hp_verdict v;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        if (under(cases[i].rules, cases[i].lines, cases[i].visit, &v) != cases[i].reason)
            fail_msg("case %zu: %s", i, hp_reason_name(v.reason));
        if (cases[i].rule == NULL)
            assert_null(v.rule);
        else
            assert_string_equal(v.rule, cases[i].rule);
    }
}

/* Whatever is shown, once the basis is gone; but by a clock that is right only.  off is the wrappers'. */
static void
passes_are_refused_once_the_basis_ended(void **state)
{
    hp_str shown[] = { good(), HP_STR(""), HP_STR("x"), maker_pass(stranger, MAKER_V), maker_fill(9000, 'x') };
    hp_policy *p = load(&es, 1, "rules = \"minimal\"; ends = \"2021-06-30\";"), *off;
    hp_ask ask = { .text = good(), .now = MAKER_NOW, .keys = ready };
    hp_memory memory = { buffer, sizeof(buffer), 0 };
    hp_verdict v;

    (void)state;
    assert_int_equal(judge_with(p, good(), MAKER_NOW - 1, &v, NULL), HP_OK);
    for (size_t i = 0; i < COUNT(shown); i++) {
        assert_int_equal(judge_with(p, shown[i], MAKER_NOW, &v, NULL), HP_ENDED);
        assert_true(v.format == NULL && v.kind == 0 && v.kid[0] == 0 && !v.has_pass_id && v.rule == NULL);
    }
    assert_int_equal(judge_with(p, good(), NAN, &v, NULL), HP_CLOCK);
    assert_int_equal(judge_with(p, good(), HP_TIME_LAST + 1, &v, NULL), HP_CLOCK);
    assert_int_equal(hp_verify(p, &ask, &memory, &v), HP_CLOCK); /* before this version was made */
    ask.keys = NULL;
    ask.any_now = true;
    assert_int_equal(hp_verify(p, &ask, &memory, &v), HP_FAULT);
    hp_policy_free(p);
    off = load(&es, 1, "rules = \"minimal\"; ends = \"2021-06-30\"; ends_answer = \"off\";");
    assert_int_equal(judge_with(off, good(), MAKER_NOW, &v, NULL), HP_OK);
    assert_int_equal(judge_with(off, maker_pass(stranger, MAKER_V), MAKER_NOW, &v, NULL), HP_SIGNER_UNKNOWN);
    hp_policy_free(off);
}

/* Lists that nobody renews any more do not make a fault of it. */
static void
ended_needs_no_list(void **state)
{
    hp_policy *p;
    hp_error error;
    hp_verdict v;

    (void)state;
    (void)maker_file("empty/.keep", HP_STR(""));
    assert_int_equal(hp_policy_load(maker_file("empty.conf", maker_print("trust = \"%s/empty\"; "
        "rules = \"minimal\"; ends = \"2021-06-30\";", maker_folder())), HP_DOOR_NONE, &p, &error), HP_LOAD_OK);
    assert_int_equal(judge_with(p, good(), MAKER_NOW - 1, &v, NULL), HP_TRUST_MISSING);
    assert_int_equal(judge_with(p, good(), MAKER_NOW, &v, NULL), HP_ENDED);
    hp_policy_free(p);
}

/* Without rule documents too a pass must last until the visit, give or take clock_skew. */
static void
a_pass_lasts_until_the_visit(void **state)
{
    static const struct {
        const char *lines;
        double after;
        hp_reason reason;
    } cases[] = {
        { "rules = \"minimal\";", 0, HP_OK }, { "rules = \"minimal\";", 1, HP_LATER },
        { "rules = \"authentic-only\";", 0, HP_OK }, { "rules = \"authentic-only\";", 1, HP_LATER },
        { "rules = \"minimal\"; clock_skew = \"1m\";", 60, HP_OK },
        { "rules = \"minimal\"; clock_skew = \"1m\";", 61, HP_LATER },
        { "rules = \"minimal\"; rules_later = \"accept\";", 1, HP_OK },
        { "rules = \"authentic-only\"; rules_later = \"accept\";", 1, HP_OK },
        { "rules = \"minimal\";", INFINITY, HP_OK }, { "rules = \"minimal\";", NAN, HP_OK },
    };
    hp_memory memory = { buffer, sizeof(buffer), 0 };
    hp_verdict v;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        hp_policy *p = load(&es, 1, cases[i].lines);
        hp_ask ask = { .text = maker_pass(es, MAKER_T), .now = MAKER_NOW, .visit = MAKER_EXP + cases[i].after,
                       .any_now = true, .keys = ready };

        assert_int_equal(hp_verify(p, &ask, &memory, &v), cases[i].reason);
        assert_int_equal(v.rule == NULL, v.reason == HP_LATER || strstr(cases[i].lines, "auth") != NULL);
        ask.visit = 0;
        ask.now = MAKER_EXP + 61; /* that it is valid now is another question */
        assert_int_equal(hp_verify(p, &ask, &memory, &v), HP_EXPIRED);
        hp_policy_free(p);
    }
}

/* What lets in, or leaves rules out, is told at start. */
static void
weak_answers_of_rules_are_warned_of(void **state)
{
    static const char *const weak[][2] = {
        { "rules_open = \"allow\";", "rules_open = allow" }, { "rules_none = \"allow\";", "rules_none = allow" },
        { "rules_later = \"accept\";", "rules_later = accept" }, { "region = \"BY\";", "region: the rules" },
    };

    (void)state;
    (void)maker_file("law/rules.json", maker_print("[" RULE("VR-XA-0001", "Acceptance", "XA", DOSES) "]", 2));
    for (size_t i = 0; i <= COUNT(weak); i++) {
        hp_error error;
        hp_policy *p;

        assert_int_equal(hp_policy_load(maker_file("weak.conf", maker_print("trust = \"%s/trust\"; "
            "identity_key = \"%s/identity\"; country = \"XA\"; rules = \"%s/law\"; %s", maker_folder(),
            maker_folder(), maker_folder(), i < COUNT(weak) ? weak[i][0] : "")), HP_DOOR_NONE, &p, &error),
            HP_LOAD_OK);
        if (i < COUNT(weak))
            assert_non_null(strstr(hp_policy_warning(p, 0), weak[i][1]));
        else
            assert_null(hp_policy_warning(p, 0));
        hp_policy_free(p);
    }
}

#define YELLOW "YellowFeverProductd8a09f80301dc05e124f99ffe7711fc0"
#define ICVP "{\"n\":\"Erna Example\",\"dob\":\"1971-02-03\",\"s\":\"female\",\"nt\":\"XXA\",\"v\":\"1.0\"," \
    "\"vx\":{\"vp\":\"" YELLOW "\",\"dv\":\"2021-05-01\",\"bo\":\"L1\",\"is\":\"XXA\"}}"
#define LINK "[{\"u\":\"shlink:/eyJ\"}]"

/* A pass with these payloads as members of claim -260: pairs of an item in hex and a JSON. */
static hp_str
letter(const char *exp, size_t n, const char *const *parts)
{
    hp_str members = maker_hex("");
    size_t i;

    for (i = 0; i < n; i++)
        members = MAKER_JOIN(members, maker_hex(parts[2 * i]), maker_cbor(hp_str_of(parts[2 * i + 1])));
    return maker_hc1(maker_signed(es, MAKER_JOIN(maker_hex(*exp != '\0' ? "a3" : "a2"),
        maker_hex("01625841"), maker_hex(exp), maker_hex("390103"),
        maker_hex(maker_c_string(maker_print("a%zu", n))), members)));
}

/* What an envelope of the WHO's network holds, and what becomes of several things in it. */
static void
payloads_of_an_envelope(void **state)
{
    static const char end[] = "041a61cf9980"; /* MAKER_EXP */
    static const struct {
        const char *lines, *exp;
        size_t n;
        const char *parts[4];
        hp_reason reason;
    } cases[] = {
        { "", end, 1, { "25", ICVP }, HP_OK }, { "", "", 1, { "25", ICVP }, HP_OK },
        { "", "", 1, { "01", MAKER_V }, HP_CLAIMS }, { "", end, 1, { "05", LINK }, HP_NO_ASSERTION },
        { "", end, 1, { "05", "[]" }, HP_CONTENT }, { "", end, 1, { "26", ICVP }, HP_CLAIMS },
        { "", end, 1, { "02", ICVP }, HP_CLAIMS }, { "", end, 1, { "25", MAKER_V }, HP_CONTENT },
        { "", end, 2, { "25", ICVP, "02", LINK }, HP_OK },
        { "", end, 2, { "01", MAKER_V, "25", ICVP }, HP_CLAIMS },
        { "multi_payload = \"deny\";", end, 2, { "25", ICVP, "05", LINK }, HP_CLAIMS },
        { "multi_payload = \"first\";", end, 2, { "05", LINK, "25", ICVP }, HP_OK },
        { "multi_payload = \"first\";", end, 2, { "05", LINK, "25", MAKER_V }, HP_CONTENT },
        { "multi_payload = \"any\";", end, 2, { "25", MAKER_V, "03", "{}" }, HP_CONTENT },
        { "multi_payload = \"any\";", end, 2, { "01", "{}", "25", ICVP }, HP_OK },
        { "multi_payload = \"any\";", end, 2, { "25", ICVP, "05", LINK }, HP_OK },
        { "multi_payload = \"any\";", end, 2, { "25", MAKER_V, "05", LINK }, HP_NO_ASSERTION },
    };
    hp_verdict v;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        hp_policy *p = load(&es, 1, maker_c_string(maker_print("rules = \"minimal\"; %s", cases[i].lines)));

        if (judge_with(p, letter(cases[i].exp, cases[i].n, cases[i].parts), MAKER_NOW, &v, NULL)
            != cases[i].reason)
            fail_msg("case %zu: %s", i, hp_reason_name(v.reason));
        if (v.reason == HP_OK)
            assert_int_equal(v.valid_until == HP_TIME_LAST, *cases[i].exp == '\0');
        hp_policy_free(p);
    }
}

/* Whose invalidation rules apply is what the list says of the signer, whatever the pass says. */
static void
a_pass_does_not_choose_its_rules(void **state)
{
    hp_str rules = maker_print("[" RULE("VR-XA-0001", "Acceptance", "XA", DOSES) ","
        RULE("IR-XA-0001", "Invalidation", "XA", DOSES) "]", 2, 3);
    hp_str claims = maker_replace(maker_claims(maker_cbor(HP_STR(MAKER_V))), HP_STR("\x01\x62XA"),
        HP_STR("\x01\x62XB"));
    hp_error error;
    hp_verdict v;
    hp_policy *p;

    (void)state;
    (void)maker_file("law/rules.json", rules);
    assert_int_equal(hp_policy_load(maker_file("law.conf", maker_print("trust = \"%s/trust\"; "
        "country = \"XA\"; rules = \"%s/law\";", maker_folder(), maker_folder())), HP_DOOR_NONE, &p,
        &error), HP_LOAD_OK);
    assert_int_equal(judge_with(p, maker_hc1(maker_signed(es, claims)), MAKER_NOW, &v, NULL),
        HP_RULE_FAILED);
    assert_string_equal(v.rule, "IR-XA-0001");
    assert_string_equal(v.issuer, "XB");
    hp_policy_free(p);
}

/* Rules that vanish would let in whom they refuse: each path must bring one, also later. */
static void
every_path_of_rules_brings_one(void **state)
{
    hp_str one = maker_print("[" RULE("VR-XA-0001", "Acceptance", "XA", DOSES) "]", 2);
    hp_str house = maker_print("[" RULE("VR-XA-9001", "Acceptance", "XA", DOSES) "]", 3);
    const char *path = maker_file("paths.conf", maker_print("trust = \"%s/trust\"; country = \"XA\"; "
        "rules = [ \"%s/land\", \"%s/house\" ];", maker_folder(), maker_folder(), maker_folder()));
    hp_error error;
    hp_verdict v;
    hp_policy *p;

    (void)state;
    (void)maker_file("land/a.json", one);
    (void)maker_file("house/a.json", HP_STR("[]"));
    assert_int_equal(hp_policy_load(path, HP_DOOR_NONE, &p, &error), HP_LOAD_CONFIG);
    assert_non_null(strstr(error.text, "/house: brings no rule"));
    (void)maker_file("house/a.json", house);
    assert_int_equal(hp_policy_load(path, HP_DOOR_NONE, &p, &error), HP_LOAD_OK);
    assert_int_equal(judge_with(p, good(), MAKER_NOW, &v, NULL), HP_RULE_FAILED);
    (void)maker_file("house/a.json", HP_STR("[ ]"));
    assert_int_equal(hp_policy_refresh(&p, &error), HP_REFRESH_KEPT);
    assert_int_equal(judge_with(p, good(), MAKER_NOW, &v, NULL), HP_RULE_FAILED);
    hp_policy_free(p);
}

/* A clock that went back brings ended lists back to life. */
static void
a_clock_before_the_list_is_wrong(void **state)
{
    const hp_source source = { .dated = HP_RELEASED + 10 * DAY };
    hp_policy *p = listed(&source, HP_DOMAIN_DCC, "");
    hp_memory memory = { buffer, sizeof(buffer), 0 };
    hp_ask ask = { .text = good(), .keys = ready };
    hp_verdict v;

    (void)state;
    ask.now = HP_RELEASED + 9 * DAY - 1;
    assert_int_equal(hp_verify(p, &ask, &memory, &v), HP_CLOCK);
    ask.now = HP_RELEASED + 9 * DAY;
    assert_int_equal(hp_verify(p, &ask, &memory, &v), HP_EXPIRED);
    ask.now = MAKER_NOW;
    ask.any_now = true;
    assert_int_equal(hp_verify(p, &ask, &memory, &v), HP_OK);
    hp_policy_free(p);
}

static void
without_a_cache_of_keys_nothing_is_judged(void **state)
{
    hp_memory memory = { buffer, sizeof(buffer), 0 };
    hp_ask ask = { .text = good(), .now = MAKER_NOW, .any_now = true };
    hp_verdict v;

    (void)state;
    assert_int_equal(hp_verify(policy, &ask, &memory, &v), HP_FAULT);
}

static void
too_little_memory_is_our_fault(void **state)
{
    static const size_t sizes[] = { 0, 1, 4096, HP_MEMORY / 2, HP_MEMORY - 1 };
    hp_ask ask = { .text = good(), .now = MAKER_NOW, .any_now = true, .keys = ready };
    hp_verdict v;

    (void)state;
    for (size_t i = 0; i < COUNT(sizes); i++) {
        hp_memory memory = { guard_room(sizes[i]), sizes[i], 0 };

        assert_int_equal(hp_verify(policy, &ask, &memory, &v), HP_FAULT);
    }
    assert_int_equal(hp_verify(policy, &ask, &(hp_memory){ NULL, HP_MEMORY, 0 }, &v), HP_FAULT);
    assert_int_equal(v.kind, 0);
    note(HP_FAULT);
}

/* ---- what is kept and shown --------------------------------------------------- */

static void
a_kept_pass_is_wiped_when_done(void **state)
{
    hp_memory memory = { buffer, sizeof(buffer), 0 };
    hp_ask ask = { .text = good(), .now = MAKER_NOW, .any_now = true, .keep = &kept,
                   .keys = ready };
    hp_verdict v;

    (void)state;
    assert_int_equal(hp_verify(policy, &ask, &memory, &v), HP_OK);
    assert_str_equal(kept.holder.given, HP_STR("Erna"));
    hp_done(&memory);
    assert_memory_equal(buffer, zeros, sizeof(buffer));
    hp_done(&memory);

    /* genuine but expired: may be shown; not genuine: may not */
    ask.now = MAKER_EXP + 1;
    assert_int_equal(hp_verify(policy, &ask, &memory, &v), HP_EXPIRED);
    assert_int_equal(v.kind, 'v');
    assert_str_equal(kept.holder.given, HP_STR("Erna"));
    hp_done(&memory);
    ask.text = maker_pass(stranger, MAKER_V);
    ask.now = MAKER_NOW;
    assert_int_equal(hp_verify(policy, &ask, &memory, &v), HP_SIGNER_UNKNOWN);
    assert_int_equal(v.kind, 0);
    assert_memory_equal(buffer, zeros, sizeof(buffer));
}

/* Nothing of the payload is in the verdict of a pass that is not genuine, and no text ever. */
static void
a_verdict_holds_nothing_personal(void **state)
{
    static const char *const personal[] = { "Erna", "ERNA", "PRUEFLING", "1971-02", "UVCI" };
    hp_str header = maker_header(es), claims = maker_claims(maker_cbor(HP_STR(MAKER_V)));
    hp_verdict v;

    (void)state;
    (void)judge_with(policy, good(), MAKER_NOW, &v, NULL);
    for (size_t i = 0; i < COUNT(personal); i++)
        assert_null(memmem(&v, sizeof(v), personal[i], strlen(personal[i])));
    (void)judge_with(policy, maker_hc1(maker_cose(header, HP_STR("\xa0"), claims,
        maker_sign(stranger, header, claims))), MAKER_NOW, &v, NULL);
    assert_string_equal(v.issuer, "");
    assert_int_equal(v.kind, 0);
    assert_true(v.valid_until == 0);
    assert_false(v.has_pass_id);
}

#define LONG "a text of 63 characters, one less than may be shown of an issue"

/* Otherwise the country of the signer is. */
static void
issuers_are_shown_only_when_plain(void **state)
{
    static const struct {
        const char *iss, *shown;
    } table[] = { { "XB", "XB" }, { "", "XA" }, { "Ministry of Health", "Ministry of Health" },
        { LONG LONG "01", LONG LONG "01" }, { LONG LONG "012", "XA" }, { "X\"", "XA" }, { "X\\", "XA" },
        { "X\n", "XA" }, { "\x1b[2J", "XA" }, { "\xc3\xbc", "XA" } };
    hp_str claims = maker_claims(maker_cbor(HP_STR(MAKER_V)));
    hp_verdict v;

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        hp_str other = maker_replace(claims, maker_text(HP_STR("XA")),
            maker_text(hp_str_of(table[i].iss)));

        assert_int_equal(judge_with(policy, maker_hc1(maker_signed(es, other)), MAKER_NOW, &v,
            NULL), HP_OK);
        assert_string_equal(v.issuer, table[i].shown);
    }
}

static void
long_key_ids_are_cut_when_shown(void **state)
{
    hp_verdict v;

    (void)state;
    for (size_t n = HP_KID_SHOWN - 1; n <= HP_KID_SHOWN + 1; n++) {
        hp_str header = MAKER_JOIN(HP_STR("\xa1\x04"), maker_bytes(maker_fill(n, 0xab)));

        assert_int_equal(judge_with(policy, maker_hc1(maker_cose(header, HP_STR("\xa0"),
            HP_STR(""), HP_STR(""))), MAKER_NOW, &v, NULL), HP_SIGNER_UNKNOWN);
        assert_int_equal(strlen(v.kid), 2 * (n < HP_KID_SHOWN ? n : HP_KID_SHOWN));
    }
}

/* r || n - s */
static hp_str
other_s(hp_str signature)
{
    EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
    BIGNUM *s = BN_bin2bn(signature.p + 32, 32, NULL);
    uint8_t half[32];

    assert_int_equal(BN_sub(s, EC_GROUP_get0_order(group), s), 1);
    assert_int_equal(BN_bn2binpad(s, half, 32), 32);
    BN_free(s);
    EC_GROUP_free(group);
    return MAKER_JOIN({ signature.p, 32 }, { half, 32 });
}

/* hcert 10: five ways to re-make a text without the key.  One pass id for all of them. */
static void
a_remade_text_is_the_same_pass(void **state)
{
    hp_str header = maker_header(es), claims = maker_claims(maker_cbor(HP_STR(MAKER_V)));
    hp_str signature = maker_sign(es, header, claims), empty = HP_STR("\xa0");
    hp_str plain = maker_cose(header, empty, claims, signature), stored = { NULL, 0 };
    uint8_t packed[2048];
    size_t n = sizeof(packed);
    hp_verdict first, v;

    (void)state;
    assert_true(hp_deflate(plain, 0, packed, &n));
    stored = MAKER_JOIN(HP_STR("HC1:"), maker_base45((hp_str){ packed, n }));
    assert_int_equal(judge_with(policy, maker_hc1(plain), MAKER_NOW, &first, NULL), HP_OK);
    const hp_str remade[] = { stored, maker_hc1(MAKER_JOIN(HP_STR("\xd2"), plain)),
        maker_hc1(MAKER_JOIN(HP_STR("\xd8\x3d"), plain)),
        maker_hc1(maker_cose(header, HP_STR("\xa1\x18\x63\x01"), claims, signature)),
        maker_hc1(maker_cose(header, empty, claims, other_s(signature))),
        /* signed again by the issuer, with the same certificate in it */
        maker_pass(ps, MAKER_V) };
    for (size_t i = 0; i < COUNT(remade); i++) {
        assert_int_equal(judge_with(policy, remade[i], MAKER_NOW, &v, NULL), HP_OK);
        assert_memory_equal(v.pass_id, first.pass_id, sizeof(v.pass_id));
    }
}

/* Links nothing beyond its scope. */
static void
pass_ids_change(void **state)
{
    hp_verdict a, b;
    hp_str other = maker_pass(es, maker_c_string(maker_replace(HP_STR(MAKER_V), HP_STR("XA:1#2"),
        HP_STR("XA:2#2"))));

    (void)state;
    (void)judge_with(policy, good(), MAKER_NOW, &a, NULL);
    (void)judge_with(policy, good(), MAKER_NOW + 86399, &b, NULL);
    assert_memory_equal(a.pass_id, b.pass_id, sizeof(a.pass_id));
    (void)judge_with(policy, good(), MAKER_NOW + 86400, &b, NULL);
    assert_memory_not_equal(a.pass_id, b.pass_id, sizeof(a.pass_id));
    (void)judge_with(event, good(), MAKER_NOW, &b, NULL);
    assert_memory_not_equal(a.pass_id, b.pass_id, sizeof(a.pass_id));
    (void)judge_with(policy, other, MAKER_NOW, &b, NULL);
    assert_memory_not_equal(a.pass_id, b.pass_id, sizeof(a.pass_id));
}

/* The certificate's number decides, whoever issued the code anew; without one, the token does. */
static void
what_a_pass_id_is_made_of(void **state)
{
    static const struct {
        const char *country, *number;
        bool same;
    } table[] = {
        { "XA", "URN:UVCI:01:XA:1#2", true }, { "XA", "urn:uvci:01:xa:1#2", true },
        { "XA", "01:XA:1#2", true }, { "xA", "01:XA:1#2", true },
        { "XA0", "1:XA:1#2", false }, { "X", "A01:XA:1#2", false }, { "XA", "01:XA:1#", false },
        { "XA", "URN:UVCI:", false }, { "XA", "", false },
    };
    hp_verdict first, v;

    (void)state;
    (void)judge_with(policy, good(), MAKER_NOW, &first, NULL);
    for (size_t i = 0; i < COUNT(table); i++) {
        hp_str json = maker_replace(maker_replace(HP_STR(MAKER_V), HP_STR("\"co\":\"XA\""),
            maker_print("\"co\":\"%s\"", table[i].country)), HP_STR("URN:UVCI:01:XA:1#2"),
            hp_str_of(table[i].number));

        assert_int_equal(judge_with(policy, maker_pass(es, maker_c_string(json)), MAKER_NOW, &v,
            NULL), HP_OK);
        assert_int_equal(memcmp(v.pass_id, first.pass_id, sizeof(v.pass_id)) == 0, table[i].same);
    }
    /* two without a number are two */
    (void)judge_with(policy, maker_pass(es, maker_c_string(maker_replace(HP_STR(MAKER_V),
        HP_STR("01:XA:1#2"), HP_STR("")))), MAKER_NOW, &first, NULL);
    (void)judge_with(policy, maker_pass(es, maker_c_string(maker_replace(maker_replace(
        HP_STR(MAKER_V), HP_STR("01:XA:1#2"), HP_STR("")), HP_STR("1971"), HP_STR("1972")))),
        MAKER_NOW, &v, NULL);
    assert_memory_not_equal(v.pass_id, first.pass_id, sizeof(v.pass_id));
}

/* ---- mutations ---------------------------------------------------------------- */

static bool
same_person(const hp_pass *a, const hp_pass *b)
{
    return hp_str_eq(a->holder.family, b->holder.family) && hp_str_eq(a->holder.given, b->holder.given)
        && hp_str_eq(a->holder.family_mrz, b->holder.family_mrz)
        && hp_str_eq(a->holder.given_mrz, b->holder.given_mrz)
        && memcmp(&a->holder.birth, &b->holder.birth, sizeof(a->holder.birth)) == 0
        && hp_str_eq(a->event.identifier, b->event.identifier) && a->event.kind == b->event.kind
        && a->valid_until == b->valid_until;
}

/* Whoever is let in by a changed text is the person of the pass it was made from. */
static bool
accepts_changed(hp_str text)
{
    hp_memory memory = { buffer, sizeof(buffer), 0 };
    hp_pass want = { .holder = { .family = HP_STR("Prüfling"), .given = HP_STR("Erna"),
        .family_mrz = HP_STR("PRUEFLING"), .given_mrz = HP_STR("ERNA"),
        .birth = { .year = 1971, .month = 2, .day = 3 } }, .event = { .kind = 'v',
        .identifier = HP_STR("URN:UVCI:01:XA:1#2") }, .valid_until = MAKER_EXP };
    hp_verdict v;
    hp_reason reason = judge_with(policy, text, MAKER_NOW, &v, &kept);

    assert_true(reason == HP_OK || !hp_reason_is_fault(reason));
    if (v.kind != 0)
        assert_true(same_person(&kept, &want));
    memory.used = sizeof(buffer);
    hp_done(&memory);
    return reason == HP_OK;
}

/*
 * Each length cut, and bits flipped: all of them in long runs, else every third, which changes each
 * byte.  wrap makes the text of the changed bytes.
 */
static size_t
mutate(hp_str bytes, hp_str (*wrap)(hp_str))
{
    size_t accepted = 0, step = getenv("HEALTHPASS_LONG") != NULL ? 1 : 3;
    uint8_t *copy = malloc(bytes.n);

    assert_non_null(copy);
    memcpy(copy, bytes.p, bytes.n);
    for (size_t n = 0; n < bytes.n; n++)
        assert_false(accepts_changed(wrap((hp_str){ copy, n })));
    for (size_t bit = 0; bit < 8 * bytes.n; bit += step) {
        copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
        accepted += accepts_changed(wrap((hp_str){ copy, bytes.n }));
        copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    free(copy);
    return accepted;
}

static hp_str
as_text(hp_str s)
{
    return s;
}

static hp_str
as_base45(hp_str s)
{
    return MAKER_JOIN(HP_STR("HC1:"), maker_base45(s));
}

static void
mutations_of_the_text(void **state)
{
    (void)state;
    (void)mutate(good(), as_text);
}

static void
mutations_of_the_stream(void **state)
{
    hp_str cose = maker_signed(es, maker_claims(maker_cbor(HP_STR(MAKER_V))));

    (void)state;
    /* Some bits of a zlib stream's head mean nothing; see hcert 10. */
    assert_in_range(mutate(maker_deflate(cose), as_base45), 0, 16);
}

/* Of a message without a tag and with an empty unprotected header, every bit counts. */
static void
mutations_of_the_message(void **state)
{
    hp_str claims = maker_claims(maker_cbor(HP_STR(MAKER_V)));
    hp_str cose = maker_cose(maker_header(es), HP_STR("\xa0"), claims,
        maker_sign(es, maker_header(es), claims));

    (void)state;
    assert_int_equal(mutate(cose, maker_hc1), 0);
}

/* Signed, but every byte of the content changed: no crash, whatever the answer. */
static void
mutations_before_signing(void **state)
{
    hp_str claims = maker_claims(maker_cbor(HP_STR(MAKER_V)));
    uint8_t *copy = malloc(claims.n);

    (void)state;
    assert_non_null(copy);
    memcpy(copy, claims.p, claims.n);
    for (size_t i = 0; i < claims.n; i++) {
        for (unsigned v = 0; v < 256; v += 51) {
            copy[i] ^= (uint8_t)(v + 1);
            (void)judge(maker_hc1(maker_signed(es, (hp_str){ copy, claims.n })));
            copy[i] ^= (uint8_t)(v + 1);
        }
    }
    free(copy);
}

/* ---- the largest ones --------------------------------------------------------- */

/* n small integers in an array */
static hp_str
filler(size_t n)
{
    return MAKER_JOIN(maker_hex("9f"), maker_fill(n, 0x01), maker_hex("ff"));
}

/* Everything as large as the caps allow, at the same time: still judged, not a fault. */
static void
the_largest_pass_fits(void **state)
{
    hp_str header = MAKER_JOIN(HP_STR("\xa3\x01\x26\x04"), maker_bytes((hp_str){ es->kid, HP_KID }),
        HP_STR("\x18\x63"), filler(2030));
    hp_str dcc = maker_replace(maker_cbor(HP_STR(MAKER_V)), HP_STR("\xa4\x63ver"),
        HP_STR("\xa5\x61x\xf6\x63ver"));
    hp_str full, payload, message;
    hp_verdict v;

    (void)state;
    dcc = maker_replace(dcc, HP_STR("\x61x\xf6"), MAKER_JOIN(HP_STR("\x61x"), filler(1950)));
    full = MAKER_JOIN(HP_STR("\xa4\x04"), maker_int((int64_t)MAKER_EXP), HP_STR("\x06"),
        maker_int((int64_t)MAKER_IAT), HP_STR("\x39\x01\x03\xa1\x01"), maker_bytes(dcc),
        HP_STR("\x18\x63"), filler(2030));
    for (size_t pad = 0; pad <= 50000; pad += 10000) {
        payload = maker_replace(full, HP_STR("\x39\x01\x03\xa1"), MAKER_JOIN(
            HP_STR("\x39\x01\x03\xa2\x02\x5f"), maker_bytes(maker_fill(pad, 0)), HP_STR("\xff")));
        message = MAKER_JOIN(HP_STR("\x84\x5f"), maker_bytes(header), HP_STR("\xff\xa1\x18\x63"),
            filler(2030), HP_STR("\x5f"), maker_bytes(payload), HP_STR("\xff"),
            maker_bytes(maker_sign(es, header, payload)));
        assert_true(message.n < 65536);
        assert_int_equal(judge_with(policy, maker_hc1(message), MAKER_NOW, &v, NULL), HP_OK);
    }
    /* one byte below the bound of 65536, on it, and one above */
    for (size_t over = 0; over < 3; over++) {
        hp_str sample = maker_cose(maker_header(es), MAKER_JOIN(HP_STR("\xa1\x18\x63"),
            maker_bytes(maker_fill(60000, 0))), full, maker_sign(es, maker_header(es), full));

        sample = maker_cose(maker_header(es), MAKER_JOIN(HP_STR("\xa1\x18\x63"),
            maker_bytes(maker_fill(60000 + 65535 + over - sample.n, 0))), full,
            maker_sign(es, maker_header(es), full));
        assert_int_equal(sample.n, 65535 + over);
        assert_int_equal(judge(maker_hc1(sample)), over < 2 ? HP_OK : HP_COMPRESSION);
    }
}

/* All of them, as of the visit and once; and the person reads of the one that refused only. */
static void
what_rules_say_is_told(void **state)
{
    const struct {
        hp_str rules;
        const char *lines, *heard;
        bool said;
    } cases[] = {
        { maker_print("[" RULE("VR-XA-0001", "Acceptance", "XA", DOSES) ","
              RULE("VR-XA-0002", "Acceptance", "XA", DOSES) "," RULE("VR-XA-0003", "Acceptance", "XA", BROKEN)
              "]", 2, 3), "", "VR-XA-0001 passed, VR-XA-0002 failed, VR-XA-0003 open, ", true },
        { HP_STR("[" RULE("VR-XA-0001", "Acceptance", "XA", BROKEN) "]"), "", "VR-XA-0001 open, ", true },
        { HP_STR("[" RULE("VR-XA-0001", "Acceptance", "XA", BROKEN) "]"), "rules_open = \"allow\";",
          "VR-XA-0001 open, ", false },
        { maker_print("[" RULE("VR-XA-0001", "Acceptance", "XA", DOSES) "]", 2), "", "VR-XA-0001 passed, ",
          false },
        { HP_STR("[" RULE("VR-XA-0001", "Acceptance", "XA", YOUNG) "]"), "", "VR-XA-0001 failed, ", true },
    };
    hp_verdict v;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        (void)under(cases[i].rules, cases[i].lines, MAKER_NOW + 31 * DAY, &v);
        assert_string_equal(heard, cases[i].heard);
        assert_string_equal(rule_said, cases[i].said ? "A rule of a test, no more" : "");
    }
}

/* ---- the end ------------------------------------------------------------------- */

/* What wrappers answer without a pass; and then no reason of the table is left unseen. */
/* An index that has the key, of a UCI, as an entry or cut short in a filter. */
static const char *
index_of(const uint8_t *key, bool filter)
{
    hp_crypto *crypto = hp_crypto_new();
    hp_source source = { .name = "eu", .feed = "list" };
    hp_batch batch = { .kind = HP_LISTED_UCI, .expires = HP_TIME_LAST, .before = HP_TIME_LAST };
    hp_slice slice = { .kind = HP_SLICE_PREFIX, .kinds = HP_LISTED_BIT(HP_LISTED_UCI),
        .any_kid = true, .width = 4, .filter = { key, 4 } };
    index_key entry = { .batch = 0 };
    index_made made = { .lead = 1, .kinds = HP_LISTED_BIT(HP_LISTED_UCI), .sources = &source,
        .n_sources = 1, .batches = &batch, .n_batches = 1, .slices = &slice,
        .n_slices = filter ? 1 : 0, .keys = &entry, .n_keys = filter ? 0 : 1 };
    const char *path;
    hp_bytes bytes;

    memcpy(entry.key, key, HP_LISTED);
    bytes = index_bytes(crypto, &made);
    path = maker_file("index", (hp_str){ bytes.p, bytes.n });
    hp_bytes_free(&bytes);
    hp_crypto_free(crypto);
    return path;
}

/* More of them in test_revocation.c. */
static void
withdrawn_passes(void **state)
{
    const struct {
        const char *lines;
        bool filter;
        hp_reason want;
    } table[] = {
        { "", false, HP_REVOKED }, { "", true, HP_REVOKED_MAYBE },
        { "revoked_required = \"house\";", false, HP_REVOCATION_STALE },
        { "deny_list = \"%s/deny\";", false, HP_DENIED_HERE },
    };
    hp_crypto *crypto = hp_crypto_new();
    hp_str ci = HP_STR("URN:UVCI:01:XA:1#2");
    uint8_t digest[HP_SHA256];
    char hex[2 * HP_LISTED + 1];
    hp_policy *p;
    hp_verdict v;

    (void)state;
    assert_true(hp_sha256(crypto, &ci, 1, digest));
    hp_crypto_free(crypto);
    hp_hex_write((hp_str){ digest, HP_LISTED }, hex);
    (void)maker_file("deny", maker_print(HP_DENY_HEAD "U %s added=2021-06-30T00:00:00Z\n", hex));
    for (size_t i = 0; i < COUNT(table); i++) {
        char lines[256];

        (void)snprintf(lines, sizeof(lines), table[i].lines, maker_folder());
        p = load(&es, 1, maker_c_string(maker_print("rules = \"minimal\"; revoked = \"%s\"; %s",
            index_of(digest, table[i].filter), lines)));
        assert_int_equal(judge_with(p, good(), MAKER_NOW, &v, NULL), table[i].want);
        hp_policy_free(p);
    }
}

/* Last of all: who is not named is told so only when nothing else is wrong. */
static void
the_person_that_is_asked_for(void **state)
{
    static const struct {
        const char *name, *birth;
        double now;
        int want;
    } table[] = {
        { "Erna Pr\xc3\xbc" "fling", NULL, MAKER_NOW, HP_OK },
        { "PRUEFLING ERNA", "1971-02-03", MAKER_NOW, HP_OK },
        { "Erna Pr\xc3\xbc" "fling", "1971-02-04", MAKER_NOW, HP_HOLDER },
        { "Ernst Pr\xc3\xbc" "fling", NULL, MAKER_NOW, HP_HOLDER },
        { "", NULL, MAKER_NOW, HP_HOLDER },
        { "Ernst Pr\xc3\xbc" "fling", NULL, MAKER_EXP + 1, HP_EXPIRED },
    };
    hp_memory memory = { buffer, sizeof(buffer), 0 };
    hp_verdict v;

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        hp_person person = { .name = hp_str_of(table[i].name) };
        hp_ask ask = { .text = good(), .now = table[i].now, .any_now = true, .keys = ready,
                       .person = &person };

        if (table[i].birth != NULL)
            person = (hp_person){ .name = person.name, .birth = hp_str_of(table[i].birth),
                                  .dated = true };
        alloc_start(0);
        assert_int_equal(hp_verify(policy, &ask, &memory, &v), table[i].want);
        assert_int_equal(alloc_calls(), 0);
        assert_memory_equal(buffer, zeros, sizeof(buffer));
        note(v.reason);
    }
}

/* What a ledger makes of a good pass; all of it is in test_use.c and test_pending.c. */
static void
the_ledger_has_the_last_word(void **state)
{
    static const struct {
        hp_use_state state;
        hp_reason reason;
    } table[] = { { HP_USE_OK, HP_OK }, { HP_USE_OVER, HP_REUSED }, { HP_USE_AWAY, HP_LEDGER_AWAY },
        { HP_USE_FULL, HP_ZONE_FULL } };
    hp_use_terms terms = { .limit = 1, .window = 60, .refuse = true };
    hp_memory memory = { buffer, sizeof(buffer), 0 };
    hp_use use;
    hp_ask ask = { .text = guard_end(maker_pass(es, MAKER_V)), .now = MAKER_NOW, .any_now = true,
                   .keys = ready, .by = HP_STR("one"), .use = &use };
    hp_verdict v;

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        hp_use_answer answer = { table[i].state, 1, false };

        assert_int_equal(hp_verify(policy, &ask, &memory, &v), HP_PENDING);
        note(v.reason);
        assert_int_equal(hp_settle(&v, &terms, &answer), table[i].reason);
        note(v.reason);
    }
}

static void
every_reason_was_reached(void **state)
{
    static const hp_reason by_wrappers[] = { HP_NO_PASS, HP_GIVEN_TWICE, HP_INPUT_CUT,
        HP_PARTY, HP_VISIT, HP_TOO_MANY_TRIES };
    static const hp_reason ids[] = {
#define X(name, id, word, http, auth, account, stage, group, text) HP_##name,
        HP_REASONS(X)
#undef X
    };
    hp_verdict v;

    (void)state;
    for (size_t i = 0; i < COUNT(by_wrappers); i++) {
        memset(&v, 0xff, sizeof(v));
        assert_int_equal(hp_verdict_set(&v, by_wrappers[i]), by_wrappers[i]);
        assert_int_equal(v.reason, by_wrappers[i]);
        assert_null(v.format);
        assert_int_equal(v.kind, 0);
        assert_string_equal(v.kid, "");
        note(v.reason);
    }
    for (size_t i = 0; i < COUNT(ids); i++) {
        if (!seen[ids[i]])
            fail_msg("no test reached %s", hp_reason_name(ids[i]));
    }
}

static int
set_up(void **state)
{
    (void)state;
    ready = hp_keys_new(HP_KEYS);
    es = maker_key_new(HP_ALG_ES256, "");
    ps = maker_key_new(HP_ALG_PS256, "vtr");
    tests_only = maker_key_new(HP_ALG_ES256, "t");
    short_lived = maker_key_dated(HP_ALG_ES256, "", MAKER_IAT + 10, MAKER_EXP - 10);
    stranger = maker_key_new(HP_ALG_ES256, "");
    const maker_key *keys[] = { es, ps, tests_only, short_lived };
    policy = load(keys, 4, "rules = \"minimal\";");
    event = load(keys, 4, "rules = \"minimal\"; pass_id_scope = \"event:gala\";");
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    hp_policy_free(policy);
    hp_policy_free(event);
    return 0;
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(good_passes),
    cmocka_unit_test(white_space_around_and_nowhere_else),
    cmocka_unit_test(texts_that_are_no_pass),
    cmocka_unit_test(kinds_that_are_not_accepted),
    cmocka_unit_test(longest_text),
    cmocka_unit_test(each_layer_wrong),
    cmocka_unit_test(wrapped_dcc),
    cmocka_unit_test(signatures_of_wrong_form),
    cmocka_unit_test(headers_in_the_other_map),
    cmocka_unit_test(key_ids_of_other_lengths),
    cmocka_unit_test(both_ends_belong_to_it),
    cmocka_unit_test(no_clock_no_verdict),
    cmocka_unit_test(a_test_must_be_negative),
    cmocka_unit_test(other_policies),
    cmocka_unit_test(authorities_must_have_issued),
    cmocka_unit_test(no_key_no_verdict),
    cmocka_unit_test(a_stale_list_judges_nobody),
    cmocka_unit_test(an_override_is_about_age_only),
    cmocka_unit_test(signers_for_their_own_country),
    cmocka_unit_test(a_key_signs_for_its_domains_only),
    cmocka_unit_test(lists_that_differ_on_a_key),
    cmocka_unit_test(doubles_in_one_list),
    cmocka_unit_test(a_folder_of_authorities_clears_no_flaw_of_a_store),
    cmocka_unit_test(any_number_of_lists_may_name_a_key),
    cmocka_unit_test(rule_documents_decide),
    cmocka_unit_test(passes_are_refused_once_the_basis_ended),
    cmocka_unit_test(ended_needs_no_list),
    cmocka_unit_test(a_pass_lasts_until_the_visit),
    cmocka_unit_test(weak_answers_of_rules_are_warned_of),
    cmocka_unit_test(payloads_of_an_envelope),
    cmocka_unit_test(a_pass_does_not_choose_its_rules),
    cmocka_unit_test(every_path_of_rules_brings_one),
    cmocka_unit_test(what_rules_say_is_told),
    cmocka_unit_test(a_clock_before_the_list_is_wrong),
    cmocka_unit_test(without_a_cache_of_keys_nothing_is_judged),
    cmocka_unit_test(too_little_memory_is_our_fault),
    cmocka_unit_test(a_kept_pass_is_wiped_when_done),
    cmocka_unit_test(a_verdict_holds_nothing_personal),
    cmocka_unit_test(issuers_are_shown_only_when_plain),
    cmocka_unit_test(long_key_ids_are_cut_when_shown),
    cmocka_unit_test(a_remade_text_is_the_same_pass),
    cmocka_unit_test(pass_ids_change),
    cmocka_unit_test(what_a_pass_id_is_made_of),
    cmocka_unit_test(mutations_of_the_text),
    cmocka_unit_test(mutations_of_the_stream),
    cmocka_unit_test(mutations_of_the_message),
    cmocka_unit_test(mutations_before_signing),
    cmocka_unit_test(the_largest_pass_fits),
    cmocka_unit_test(withdrawn_passes),
    cmocka_unit_test(the_person_that_is_asked_for),
    cmocka_unit_test(the_ledger_has_the_last_word),
    cmocka_unit_test(every_reason_was_reached),
};

UNIT_MAIN_WITH(tests, set_up, tear_down)
