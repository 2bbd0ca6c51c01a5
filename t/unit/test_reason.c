/*
 * The table of answers.  The list below is written out on purpose: numbers, names and
 * statuses stand in logs and scripts for ever, so that changing one must break a test.
 */
#include "unit.h"

#include "reason.h"

static const struct {
    int id;
    const char *word, *stage, *group;
    int http;
    bool fault;
} known[] = {
    { 1, "fault", "fault", "unavailable", 503, true },
    { 2, "ok", "none", "ok", 0, false },
    { 3, "trust-missing", "fault", "unavailable", 503, true },
    { 4, "trust-stale", "fault", "unavailable", 503, true },
    { 5, "revocation-stale", "fault", "unavailable", 503, true },
    { 6, "ledger-away", "fault", "unavailable", 503, true },
    { 7, "zone-full", "fault", "unavailable", 503, true },
    { 8, "clock", "fault", "unavailable", 503, true },
    { 9, "pending", "fault", "unavailable", 503, true },
    { 10, "no-pass", "format", "no-pass", 401, false },
    { 11, "given-twice", "format", "unreadable", 403, false },
    { 12, "too-long", "format", "unreadable", 403, false },
    { 13, "input-cut", "format", "unreadable", 403, false },
    { 14, "keyboard-layout", "format", "unreadable", 403, false },
    { 20, "unknown-kind", "format", "not-accepted", 403, false },
    { 21, "kind-off", "format", "not-accepted", 403, false },
    { 22, "encoding", "encoding", "unreadable", 403, false },
    { 23, "compression", "compression", "unreadable", 403, false },
    { 24, "envelope", "envelope", "unreadable", 403, false },
    { 30, "signer-unknown", "issuer", "not-accepted", 403, false },
    { 31, "signer-chain", "issuer", "not-accepted", 403, false },
    { 40, "signature", "signature", "not-accepted", 403, false },
    { 50, "claims", "claims", "not-accepted", 403, false },
    { 51, "content", "content", "not-accepted", 403, false },
    { 52, "no-assertion", "content", "not-accepted", 403, false },
    { 60, "expired", "validity", "rules", 403, false },
    { 61, "not-yet-valid", "validity", "rules", 403, false },
    { 70, "signer-expired", "signer", "not-accepted", 403, false },
    { 71, "signer-revoked", "signer", "not-accepted", 403, false },
    { 72, "signer-usage", "signer", "not-accepted", 403, false },
    { 73, "signer-domain", "signer", "not-accepted", 403, false },
    { 80, "revoked", "revocation", "not-accepted", 403, false },
    { 81, "revoked-maybe", "revocation", "not-accepted", 403, false },
    { 82, "denied-here", "revocation", "not-accepted", 403, false },
    { 90, "rule-failed", "rules", "rules", 403, false },
    { 91, "rule-open", "rules", "rules", 403, false },
    { 92, "rule-none", "rules", "rules", 403, false },
    { 93, "later", "rules", "rules", 403, false },
    { 94, "ended", "rules", "unavailable", 403, false },
    { 100, "holder", "holder", "not-accepted", 403, false },
    { 110, "reused", "reuse", "not-accepted", 403, false },
    { 111, "party", "holder", "not-accepted", 403, false },
    { 112, "visit", "holder", "not-accepted", 403, false },
    { 120, "too-many-tries", "reuse", "not-accepted", 403, false },
};

/* The table's own rows, in its order. */
static const hp_reason ids[] = {
#define X(name, id, word, http, auth, account, stage, group, text) HP_##name,
    HP_REASONS(X)
#undef X
};

static void
names_and_numbers_stay(void **state)
{
    (void)state;
    assert_int_equal(COUNT(ids), COUNT(known));
    for (size_t i = 0; i < COUNT(known); i++) {
        hp_reason r = (hp_reason)known[i].id;

        assert_int_equal(ids[i], known[i].id);
        assert_string_equal(hp_reason_name(r), known[i].word);
        assert_string_equal(hp_reason_stage(r), known[i].stage);
        assert_string_equal(hp_reason_group(r), known[i].group);
        assert_int_equal(hp_reason_http(r), known[i].http);
        assert_int_equal(hp_reason_is_fault(r), known[i].fault);
    }
}

static void
no_two_are_the_same(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(ids); i++) {
        assert_int_not_equal(ids[i], 0);
        for (size_t j = 0; j < i; j++) {
            assert_int_not_equal(ids[i], ids[j]);
            assert_string_not_equal(hp_reason_name(ids[i]), hp_reason_name(ids[j]));
            assert_string_not_equal(hp_reason_text(ids[i]), hp_reason_text(ids[j]));
        }
    }
}

/* A fault is 503 and stands below 10; a refusal is not and does not. */
static void
fault_and_refusal_stay_apart(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(ids); i++) {
        bool fault = hp_reason_is_fault(ids[i]);

        assert_int_equal(fault, hp_reason_http(ids[i]) == 503);
        if (ids[i] != HP_OK)
            assert_int_equal(fault, ids[i] < 10);
    }
}

static void
a_number_that_is_none_is_a_fault(void **state)
{
    static const int none[] = { 0, -1, 19, 199, 1000, 0x7fffffff };

    (void)state;
    for (size_t i = 0; i < COUNT(none); i++) {
        hp_reason r = (hp_reason)none[i];

        assert_string_equal(hp_reason_name(r), "fault");
        assert_string_equal(hp_reason_stage(r), "fault");
        assert_string_equal(hp_reason_group(r), "unavailable");
        assert_string_equal(hp_reason_text(r), hp_reason_text(HP_FAULT));
        assert_string_equal(hp_reason_advice(r), hp_reason_advice(HP_FAULT));
        assert_int_equal(hp_reason_http(r), 503);
        assert_true(hp_reason_is_fault(r));
    }
}

/* The person at the door must not learn how far a forgery came. */
static void
public_groups_tell_no_more_than_they_may(void **state)
{
    static const hp_reason alike[] = { HP_UNKNOWN_KIND, HP_KIND_OFF, HP_SIGNER_UNKNOWN,
        HP_SIGNER_CHAIN, HP_SIGNATURE, HP_SIGNER_EXPIRED, HP_SIGNER_USAGE, HP_HOLDER, HP_REUSED,
        HP_REVOKED, HP_DENIED_HERE };
    static const hp_reason damaged[] = { HP_COMPRESSION, HP_ENVELOPE };

    (void)state;
    for (size_t i = 0; i < COUNT(alike); i++)
        assert_string_equal(hp_reason_advice(alike[i]), hp_reason_advice(HP_SIGNATURE));
    for (size_t i = 0; i < COUNT(damaged); i++)
        assert_string_equal(hp_reason_advice(damaged[i]), hp_reason_advice(HP_ENCODING));
    for (size_t i = 0; i < COUNT(ids); i++) {
        assert_true(*hp_reason_text(ids[i]) != '\0');
        assert_true(*hp_reason_advice(ids[i]) != '\0');
    }
}

static void
stages_come_in_this_order(void **state)
{
    static const char *const order[] = { "format", "encoding", "compression", "envelope", "issuer",
        "signature", "claims", "content", "validity", "signer", "revocation", "rules", "holder",
        "reuse", "fault", "none" };
    static const char *const words[] = {
#define X(name, word) word,
        HP_STAGES(X)
#undef X
    };

    (void)state;
    assert_int_equal(COUNT(words), COUNT(order));
    for (size_t i = 0; i < COUNT(order); i++)
        assert_string_equal(words[i], order[i]);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(names_and_numbers_stay),
    cmocka_unit_test(no_two_are_the_same),
    cmocka_unit_test(fault_and_refusal_stay_apart),
    cmocka_unit_test(a_number_that_is_none_is_a_fault),
    cmocka_unit_test(public_groups_tell_no_more_than_they_may),
    cmocka_unit_test(stages_come_in_this_order),
};

UNIT_MAIN(tests)
