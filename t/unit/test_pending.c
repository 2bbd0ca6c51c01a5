/*
 * What hp_verify() asks of a ledger: only of a pass that would be let in, the same for all encodings
 * of one content, under every key of the ring, and never accepted before it is settled.  And whom
 * a login is bound to, on the same way.
 */
#include "unit.h"

#include "hp.h"
#include "maker.h"

static uint8_t buffer[HP_MEMORY], zeros[HP_MEMORY];
static const maker_key *es, *stranger;
static hp_keys *ready;

#define BY HP_STR("account 4711")

static hp_policy *
load(const char *lines, hp_door door)
{
    const maker_key *keys[] = { es };
    hp_policy *p;
    hp_error error;

    if (hp_policy_load(maker_policy(keys, 1, maker_c_string(maker_print("rules = \"minimal\";\n%s",
            lines))), door, &p, &error) != HP_LOAD_OK)
        fail_msg("%s", error.text);
    return p;
}

static hp_reason
judge(const hp_policy *p, hp_str text, hp_str by, hp_use *use, const hp_bindings *bound)
{
    hp_memory memory = { buffer, sizeof(buffer), 0 };
    hp_ask ask = { .text = text, .now = MAKER_NOW, .any_now = true, .keys = ready, .by = by,
                   .use = use, .bound = bound };
    hp_verdict v;
    hp_reason reason;

    if (use != NULL)
        memset(use, 0, sizeof(*use));
    reason = hp_verify(p, &ask, &memory, &v);
    assert_int_equal(memory.used, 0);
    assert_memory_equal(buffer, zeros, sizeof(buffer));
    assert_int_equal(v.reason, reason);
    return reason;
}

static bool
same(const hp_use *one, const hp_use *other)
{
    return one->n == other->n && memcmp(one->pass, other->pass, one->n * HP_ID) == 0 &&
           memcmp(one->by, other->by, one->n * HP_BY) == 0;
}

static void
only_a_good_pass_is_pending(void **state)
{
    hp_policy *p = load("", HP_DOOR_WEB);
    hp_use use;

    (void)state;
    assert_int_equal(judge(p, maker_pass(es, MAKER_V), BY, NULL, NULL), HP_OK);
    assert_int_equal(judge(p, maker_pass(es, MAKER_V), BY, &use, NULL), HP_PENDING);
    assert_int_equal(use.n, 1);
    assert_false(use.pam);
    assert_int_equal(judge(p, maker_pass(stranger, MAKER_V), BY, &use, NULL), HP_SIGNER_UNKNOWN);
    assert_int_equal(use.n, 0);
    assert_int_equal(judge(p, HP_STR(""), BY, &use, NULL), HP_NO_PASS);
    hp_policy_free(p);
    p = load("", HP_DOOR_PAM);
    assert_int_equal(judge(p, maker_pass(es, MAKER_V), BY, &use, NULL), HP_PENDING);
    assert_true(use.pam);
    hp_policy_free(p);
}

static void
one_content_is_one_use(void **state)
{
    hp_policy *p = load("", HP_DOOR_WEB);
    hp_str header = maker_header(es), claims = maker_claims(maker_cbor(HP_STR(MAKER_V)));
    hp_str signature = maker_sign(es, header, claims);
    hp_str cose = maker_cose(header, HP_STR("\xa0"), claims, signature);
    const hp_str texts[] = {
        maker_hc1(MAKER_JOIN(HP_STR("\xd2"), cose)), maker_hc1(MAKER_JOIN(HP_STR("\xd8\x3d"), cose)),
        maker_hc1(maker_cose(header, HP_STR("\xa1\x18\x63\x01"), claims, signature)),
        maker_pass(es, MAKER_V), /* the same certificate, signed anew */
    };
    hp_use first, use;
    size_t i;

    (void)state;
    assert_int_equal(judge(p, maker_hc1(cose), BY, &first, NULL), HP_PENDING);
    for (i = 0; i < COUNT(texts); i++) {
        assert_int_equal(judge(p, texts[i], BY, &use, NULL), HP_PENDING);
        assert_true(same(&first, &use));
    }
    /* somebody else; and another certificate */
    assert_int_equal(judge(p, texts[0], HP_STR("account 4712"), &use, NULL), HP_PENDING);
    assert_memory_equal(first.pass[0], use.pass[0], HP_ID);
    assert_memory_not_equal(first.by[0], use.by[0], HP_BY);
    assert_int_equal(judge(p, maker_pass(es, maker_c_string(maker_replace(maker_copy(HP_STR(MAKER_V)),
        HP_STR("URN:UVCI:01:XA:1#2"), HP_STR("URN:UVCI:01:XA:2#2")))), BY, &use, NULL), HP_PENDING);
    assert_memory_not_equal(first.pass[0], use.pass[0], HP_ID);
    assert_memory_not_equal(first.by[0], use.by[0], HP_BY);
    hp_policy_free(p);
}

static void
every_key_of_the_ring_has_its_ids(void **state)
{
    hp_policy *p = load("", HP_DOOR_WEB);
    hp_use old, ring;
    hp_error error;

    (void)state;
    assert_int_equal(judge(p, maker_pass(es, MAKER_V), BY, &old, NULL), HP_PENDING);
    (void)maker_file("identity", MAKER_JOIN(maker_fill(32, 'n'), maker_fill(32, 'i')));
    assert_int_equal(hp_policy_refresh(&p, &error), HP_REFRESH_NEW);
    assert_int_equal(judge(p, maker_pass(es, MAKER_V), BY, &ring, NULL), HP_PENDING);
    assert_int_equal(ring.n, 2);
    assert_memory_equal(ring.pass[1], old.pass[0], HP_ID);
    assert_memory_equal(ring.by[1], old.by[0], HP_BY);
    assert_memory_not_equal(ring.pass[0], old.pass[0], HP_ID);
    assert_memory_not_equal(ring.by[0], old.by[0], HP_BY);
    hp_policy_free(p);
    (void)maker_file("identity", maker_fill(32, 'i'));
}

static void
a_login_is_bound_to_holders(void **state)
{
    hp_policy *p = load("", HP_DOOR_PAM);
    hp_bindings none = { .n = 0 }, wrong = { .n = 1 };
    hp_use use;

    (void)state;
    assert_int_equal(judge(p, maker_pass(es, MAKER_V), BY, &use, &none), HP_HOLDER);
    assert_int_equal(use.n, 0);
    assert_int_equal(judge(p, maker_pass(es, MAKER_V), BY, &use, &wrong), HP_HOLDER);
    assert_int_equal(judge(p, maker_pass(stranger, MAKER_V), BY, NULL, &none), HP_SIGNER_UNKNOWN);
    hp_policy_free(p);
}

/* Without an identity key there are no ids: nobody knows, and nobody is let in. */
static void
without_a_key_nobody_counts(void **state)
{
    hp_bindings none = { .n = 0 };
    hp_policy *p = load("", HP_DOOR_WEB);
    hp_error error;
    hp_use use;

    (void)state;
    hp_policy_free(p);
    assert_int_equal(hp_policy_load(maker_file("keyless.conf", maker_print("trust = \"%s/trust\"; "
        "rules = \"minimal\";", maker_folder())), HP_DOOR_WEB, &p, &error), HP_LOAD_OK);
    assert_int_equal(judge(p, maker_pass(es, MAKER_V), BY, NULL, NULL), HP_OK);
    assert_int_equal(judge(p, maker_pass(es, MAKER_V), BY, &use, NULL), HP_FAULT);
    assert_int_equal(judge(p, maker_pass(es, MAKER_V), BY, NULL, &none), HP_FAULT);
    hp_policy_free(p);
}

static int
set_up(void **state)
{
    (void)state;
    ready = hp_keys_new(HP_KEYS);
    es = maker_key_new(HP_ALG_ES256, "");
    stranger = maker_key_new(HP_ALG_ES256, "");
    return ready != NULL ? 0 : -1;
}

static int
tear_down(void **state)
{
    (void)state;
    hp_keys_free(ready);
    return 0;
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(only_a_good_pass_is_pending),
    cmocka_unit_test(one_content_is_one_use),
    cmocka_unit_test(every_key_of_the_ring_has_its_ids),
    cmocka_unit_test(a_login_is_bound_to_holders),
    cmocka_unit_test(without_a_key_nobody_counts),
};

UNIT_MAIN_WITH(tests, set_up, tear_down)
