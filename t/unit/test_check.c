/* The checks behind the signature, each by itself: validity, usage, rules, identity. */
#include "unit.h"

#include "check/identity.h"
#include "check/rules.h"
#include "check/usage.h"
#include "check/validity.h"
#include "maker.h"

#include <math.h>

static void
validity_of_a_pass(void **state)
{
    static const struct {
        double from, until, now, skew;
        int want; /* 0: in time */
    } table[] = {
        { 100, 200, 150, 0, 0 }, { 100, 200, 100, 0, 0 }, { 100, 200, 200, 0, 0 },
        { 100, 200, 99.999, 0, HP_NOT_YET_VALID }, { 100, 200, 200.001, 0, HP_EXPIRED },
        { 100, 200, 90, 10, 0 }, { 100, 200, 89, 10, HP_NOT_YET_VALID }, { 100, 200, 210, 10, 0 },
        { 100, 200, 211, 10, HP_EXPIRED }, { 0, 200, 1, 0, 0 }, { 0, 0, 1, 0, HP_EXPIRED },
        { 300, 200, 250, 0, HP_EXPIRED },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        hp_pass pass = { .valid_from = table[i].from, .valid_until = table[i].until };
        hp_reason why = HP_FAULT;
        bool good = hp_validity_pass(&pass, table[i].now, table[i].skew, &why);

        assert_int_equal(good, table[i].want == 0);
        if (!good)
            assert_int_equal(why, table[i].want);
    }
}

static void
validity_of_a_signer(void **state)
{
    hp_record signer = { .valid = { 100, 200 } };
    hp_reason why = HP_FAULT;

    (void)state;
    assert_true(hp_validity_signer(&signer, (hp_span){ 100, 100 }, &why));
    assert_true(hp_validity_signer(&signer, (hp_span){ 200, 200 }, &why));
    assert_false(hp_validity_signer(&signer, (hp_span){ 99, 99 }, &why));
    assert_int_equal(why, HP_SIGNER_EXPIRED);
    assert_false(hp_validity_signer(&signer, (hp_span){ 201, 201 }, &why));
    assert_true(hp_validity_signer(&signer, (hp_span){ 50, 100 }, &why));
    assert_true(hp_validity_signer(&signer, (hp_span){ 200, 250 }, &why));
    assert_false(hp_validity_signer(&signer, (hp_span){ 50, 99 }, &why));
    assert_false(hp_validity_signer(&signer, (hp_span){ 201, 250 }, &why));
}

static void
usage_by_kind(void **state)
{
    static const struct {
        char kind;
        unsigned use;
    } kinds[] = { { 'v', HP_USE_VACCINATION }, { 't', HP_USE_TEST }, { 'r', HP_USE_RECOVERY } };

    (void)state;
    for (size_t i = 0; i < COUNT(kinds); i++) {
        for (unsigned usage = 0; usage <= HP_USE_ALL; usage++) {
            hp_record signer = { .usage = usage };
            hp_pass pass = { .event = { .kind = kinds[i].kind } };
            hp_reason why = HP_FAULT;
            bool good = hp_usage(&signer, &pass, &why);

            assert_int_equal(good, (usage & kinds[i].use) != 0);
            if (!good)
                assert_int_equal(why, HP_SIGNER_USAGE);
        }
    }
    /* a kind that is none may be signed by nobody */
    hp_record signer = { .usage = HP_USE_ALL };
    hp_pass pass = { .event = { .kind = 0 } };
    hp_reason why = HP_FAULT;

    assert_false(hp_usage(&signer, &pass, &why));
}

static void
the_built_in_rule(void **state)
{
    static const struct {
        hp_rules rules;
        char kind;
        const char *result;
        bool want;
    } table[] = {
        { HP_RULES_MINIMAL, 'v', "", true }, { HP_RULES_MINIMAL, 'r', "", true },
        { HP_RULES_MINIMAL, 't', "260415000", true }, { HP_RULES_MINIMAL, 't', "260373001", false },
        { HP_RULES_MINIMAL, 't', "", false }, { HP_RULES_MINIMAL, 't', "2604150000", false },
        { HP_RULES_MINIMAL, 't', "26041500", false },
        { HP_RULES_AUTHENTIC_ONLY, 't', "260373001", true }, { HP_RULES_AUTHENTIC_ONLY, 'v', "", true },
        { HP_RULES_NONE, 'v', "", false }, { HP_RULES_NONE, 't', "260415000", false },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        hp_pass pass = { .event = { .kind = table[i].kind, .disease = HP_STR("840539006"),
                                    .result = hp_str_of(table[i].result) } };
        const char *rule = "";
        hp_reason why = HP_FAULT;
        bool good = hp_rules_met(table[i].rules, &pass, &rule, &why);

        assert_int_equal(good, table[i].want);
        if (!good) {
            assert_int_equal(why, HP_RULE_FAILED);
            assert_non_null(rule);
        }
    }
}

/* A vaccination or a test for who knows what, and a card on which nothing counts. */
static void
the_built_in_rule_is_about_known_diseases(void **state)
{
    static const char kinds[] = { 'v', 't', 'r', HP_KIND_NONE };

    (void)state;
    for (size_t i = 0; i < COUNT(kinds); i++) {
        hp_pass pass = { .event = { .kind = kinds[i], .result = HP_STR("260415000") } };
        const char *rule = "";
        hp_reason why = HP_FAULT;

        assert_false(hp_rules_met(HP_RULES_MINIMAL, &pass, &rule, &why));
        assert_int_equal(why, HP_RULE_NONE);
        assert_null(rule);
        assert_true(hp_rules_met(HP_RULES_AUTHENTIC_ONLY, &pass, &rule, &why));
    }
}

/* In both schemes a number of the issuer goes before the token, and no two places agree. */
static void
identities(void **state)
{
    static const struct {
        const char *country, *identifier;
        bool same;
    } table[] = {
        { "XA", "URN:UVCI:01:XA:1", true }, { "xa", "urn:uvci:01:xa:1", true },
        { "XA", "01:XA:1", true }, { "XB", "URN:UVCI:01:XA:1", false },
        { "XA", "URN:UVCI:01:XA:2", false }, { "X", "A01:XA:1", false }, { "XA0", "1:XA:1", false },
        { "XA", "", false },
    };
    hp_crypto *crypto = hp_crypto_new();
    hp_hmac *here = hp_hmac_new(crypto, HP_STR("here")), *there = hp_hmac_new(crypto, HP_STR("there"));
    static uint8_t buffer[65536];
    uint8_t first[HP_ID], id[HP_ID], again[HP_ID];

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        hp_arena arena = hp_arena_over(buffer, sizeof(buffer));
        hp_proof proof = { .tbs = HP_STR("signed") };
        hp_pass pass = { .event = { .country = hp_str_of(table[i].country),
            .identifier = hp_str_of(table[i].identifier) } };

        assert_true(hp_identity_ledger(crypto, here, &hp_format_hc1, &proof, &pass, &arena, id));
        assert_true(hp_identity_ledger(crypto, there, &hp_format_hc1, &proof, &pass, &arena, again));
        assert_memory_not_equal(id, again, HP_ID);
        if (i == 0)
            memcpy(first, id, HP_ID);
        assert_int_equal(memcmp(first, id, HP_ID) == 0, table[i].same);
    }
    hp_hmac_free(here);
    hp_hmac_free(there);
    hp_crypto_free(crypto);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(validity_of_a_pass),
    cmocka_unit_test(validity_of_a_signer),
    cmocka_unit_test(usage_by_kind),
    cmocka_unit_test(the_built_in_rule),
    cmocka_unit_test(the_built_in_rule_is_about_known_diseases),
    cmocka_unit_test(identities),
};

UNIT_MAIN(tests)
