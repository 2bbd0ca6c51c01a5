/*
 * Under which keys a pass is looked up.  What is expected is hashed here from texts that are
 * written out, so that no part of the code under test decides it.
 */
#include "unit.h"

#include "check/query.h"
#include "codec/cbor.h"
#include "codec/jscan.h"
#include "maker.h"

static hp_crypto *crypto;
static uint8_t memory[1 << 16];
static hp_arena arena;

/* ---- passes ----------------------------------------------------------------------- */

static hp_pass
pass_of(const char *json, const char *issuer)
{
    hp_pass pass = { .issuer = hp_str_of(issuer), .valid_from = 1234 };

    arena = hp_arena_over(memory, sizeof(memory));
    pass.document = hp_cbor_read(maker_cbor(hp_str_of(json)), &arena);
    assert_non_null(pass.document);
    return pass;
}

/* r is 32 bytes of 1; s is 31 zeros and the byte. */
static hp_proof
proof_of(uint8_t s)
{
    static uint8_t signature[64];
    hp_proof proof = { .alg = HP_ALG_ES256, .kid = HP_STR("01234567"),
                       .signature = { signature, sizeof(signature) } };

    memset(signature, 1, 32);
    memset(signature + 32, 0, 32);
    signature[63] = s;
    return proof;
}

static hp_query
make(const hp_proof *proof, const hp_pass *pass, unsigned kinds)
{
    hp_query query;

    alloc_start(0);
    assert_true(hp_query_make(crypto, proof, pass, kinds, &arena, &query));
    assert_int_equal(alloc_calls(), 0);
    return query;
}

static void
assert_key(const hp_query *query, size_t nth, hp_listed_kind kind, hp_str of)
{
    uint8_t digest[HP_SHA256];

    assert_true(nth < query->n);
    assert_true(hp_sha256(crypto, &of, 1, digest));
    assert_int_equal(query->keys[nth].kind, kind);
    assert_memory_equal(query->keys[nth].hash, digest, HP_LISTED);
}

#define ONE "{\"v\":[{\"ci\":\"urn:uvci:01:XB:a b#1\",\"co\":\"XB\"}]}"

/* ---- tests ------------------------------------------------------------------------ */

static void
all_keys_of_one_entry(void **state)
{
    hp_pass pass = pass_of(ONE, "XA");
    hp_proof proof = proof_of(5);
    hp_query query = make(&proof, &pass, HP_LISTED_ALL);

    (void)state;
    assert_int_equal(query.n, 5);
    assert_key(&query, 0, HP_LISTED_SIGNATURE, maker_fill(32, 1));
    assert_key(&query, 1, HP_LISTED_PROOF, proof.signature);
    assert_key(&query, 2, HP_LISTED_UCI, HP_STR("urn:uvci:01:XB:a b#1"));
    assert_key(&query, 3, HP_LISTED_COUNTRY_UCI, HP_STR("XAurn:uvci:01:XB:a b#1"));
    assert_key(&query, 4, HP_LISTED_COUNTRY_UCI, HP_STR("XBurn:uvci:01:XB:a b#1"));
    assert_str_equal(query.kid, HP_STR("01234567"));
    assert_true(query.made == 1234);
}

static void
one_country_is_looked_up_once(void **state)
{
    hp_pass pass = pass_of(ONE, "XB");
    hp_proof proof = proof_of(5);

    (void)state;
    assert_int_equal(make(&proof, &pass, HP_LISTED_BIT(HP_LISTED_COUNTRY_UCI)).n, 1);
    pass.issuer = (hp_str){ NULL, 0 };
    assert_int_equal(make(&proof, &pass, HP_LISTED_BIT(HP_LISTED_COUNTRY_UCI)).n, 1);
}

static void
what_nobody_lists_is_not_made(void **state)
{
    hp_pass pass = pass_of(ONE, "XA");
    hp_proof proof = proof_of(5);
    hp_query query;

    (void)state;
    assert_int_equal(make(&proof, &pass, 0).n, 0);
    query = make(&proof, &pass, HP_LISTED_BIT(HP_LISTED_UCI));
    assert_int_equal(query.n, 1);
    assert_int_equal(query.keys[0].kind, HP_LISTED_UCI);
}

/* (r, s) and (r, n-s) both hold: whoever copies a pass can choose. */
static void
both_signatures_have_one_key(void **state)
{
    hp_pass pass = pass_of("{}", "XA");
    hp_proof low = proof_of(5), high = low;
    hp_str order_less_5 = maker_hex("ffffffff00000000ffffffffffffffff"
                                    "bce6faada7179e84f3b9cac2fc63254c");
    hp_query one = make(&low, &pass, HP_LISTED_ALL), two;

    (void)state;
    high.signature = MAKER_JOIN(maker_fill(32, 1), order_less_5);
    two = make(&high, &pass, HP_LISTED_ALL);
    assert_int_equal(one.n, 2);
    assert_int_equal(two.n, 2);
    assert_memory_equal(one.keys[0].hash, two.keys[0].hash, HP_LISTED);
    assert_memory_equal(one.keys[1].hash, two.keys[1].hash, HP_LISTED);
    assert_key(&two, 1, HP_LISTED_PROOF, low.signature);
}

static void
rsa_is_listed_whole(void **state)
{
    hp_pass pass = pass_of("{}", "XA");
    hp_proof proof = { .alg = HP_ALG_PS256, .signature = maker_fill(256, 7) };
    hp_query query = make(&proof, &pass, HP_LISTED_ALL);

    (void)state;
    assert_int_equal(query.n, 2);
    assert_key(&query, 0, HP_LISTED_SIGNATURE, proof.signature);
    assert_key(&query, 1, HP_LISTED_PROOF, proof.signature);
}

static const char *
entries_json(int n)
{
    static char json[1024];
    size_t used = (size_t)snprintf(json, sizeof(json), "{\"v\":[{\"ci\":\"0\",\"co\":\"XB\"}],\"t\":[");
    int i;

    for (i = 1; i < n; i++)
        used += (size_t)snprintf(json + used, sizeof(json) - used, "%s{\"ci\":\"%d\",\"co\":\"XB\"}",
                                 i > 1 ? "," : "", i);
    (void)snprintf(json + used, sizeof(json) - used, "],\"r\":[{\"co\":\"XB\"}]}");
    return json;
}

/* As revoke/shc.c puts them: a zero byte ends each part, and capitals count. */
static void
rids_are_those_of_an_issuers_key(void **state)
{
    hp_pass pass = pass_of(entries_json(1), "XA");
    hp_proof proof = proof_of(5);
    hp_query query;

    (void)state;
    proof.issuer = HP_STR("https://a.example");
    proof.kid_text = HP_STR("kid");
    pass.rid = HP_STR("Rid");
    query = make(&proof, &pass, HP_LISTED_BIT(HP_LISTED_RID));
    assert_int_equal(query.n, 1);
    assert_key(&query, 0, HP_LISTED_RID,
               ((hp_str){ (const uint8_t *)"https://a.example\0kid\0Rid\0", 26 }));
}

/* The digest is that of another implementation. */
static void
a_card_without_a_rid_is_looked_up_by_its_bundle(void **state)
{
    hp_str bundle = HP_STR("{\"type\":\"collection\", \"resourceType\":\"Bundle\",\"entry\":[{\"resource\":"
        "{\"valueQuantity\":{\"value\":0.10,\"unit\":\"\\u00b5g/l\"},\"note\":\"a\\\"b\\\\c\\n\",\"n\":1e2,"
        "\"ok\":true,\"x\":null}}]}");
    hp_pass pass = pass_of("{}", "XA");
    hp_proof proof = proof_of(5);
    hp_query query;
    size_t used;

    (void)state;
    proof.issuer = HP_STR("https://a.example");
    proof.kid_text = HP_STR("kid");
    assert_true(hp_jscan(bundle, &arena, &pass.bundle));
    used = arena.used;
    query = make(&proof, &pass, HP_LISTED_BIT(HP_LISTED_RID));
    assert_int_equal(query.n, 1);
    assert_key(&query, 0, HP_LISTED_RID,
               ((hp_str){ (const uint8_t *)"https://a.example\0kid\0ZMZJRxWieSU\0", 34 }));
    assert_int_equal(arena.used, used);
    assert_int_equal(make(&proof, &pass, HP_LISTED_BIT(HP_LISTED_UCI)).n, 0);
    arena.size = used + 300; /* of 376 that it takes */
    assert_false(hp_query_make(crypto, &proof, &pass, HP_LISTED_ALL, &arena, &query));
    assert_true(arena.full);
    /* what has no canonical form is compared with none */
    pass = pass_of("{}", "XA");
    assert_true(hp_jscan(HP_STR("[1e-9]"), &arena, &pass.bundle));
    assert_int_equal(make(&proof, &pass, HP_LISTED_BIT(HP_LISTED_RID)).n, 0);
}

/* Every entry of every group; one without a number has no key. */
static void
every_entry_is_looked_up(void **state)
{
    hp_pass pass = pass_of(entries_json(HP_QUERY_ENTRIES), "XA");
    hp_proof proof = proof_of(5);
    hp_query query = make(&proof, &pass, HP_LISTED_ALL);

    (void)state;
    assert_int_equal(query.n, HP_QUERY_KEYS - 1); /* it has no rid */
    assert_key(&query, 2, HP_LISTED_UCI, HP_STR("0"));
    assert_key(&query, HP_QUERY_KEYS - 4, HP_LISTED_UCI, HP_STR("7"));
    pass = pass_of(entries_json(HP_QUERY_ENTRIES + 1), "XA");
    assert_false(hp_query_make(crypto, &proof, &pass, HP_LISTED_ALL, &arena, &query));
}

static void
what_is_no_entry_has_no_key(void **state)
{
    static const char *const odd[] = { "{}", "{\"v\":null}", "{\"v\":\"x\"}", "{\"v\":[1,null]}",
                                       "{\"v\":[{\"ci\":1}]}", "{\"v\":[{\"ci\":\"\"}]}" };
    hp_proof proof = proof_of(5);
    hp_pass pass;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(odd); i++) {
        pass = pass_of(odd[i], "XA");
        assert_int_equal(make(&proof, &pass, HP_LISTED_BIT(HP_LISTED_UCI)).n, 0);
    }
    pass.document = NULL;
    assert_int_equal(make(&proof, &pass, HP_LISTED_BIT(HP_LISTED_UCI)).n, 0);
}

/* A seal's signature can be made anew by whoever copies it: only what was signed is looked up. */
static void
a_seal_is_looked_up_by_its_text(void **state)
{
    hp_pass pass = { .domains = HP_DOMAIN_2D_DOC };
    hp_proof proof = proof_of(5);
    hp_query query;

    (void)state;
    proof.tbs = HP_STR("DC04");
    query = make(&proof, &pass, HP_LISTED_ALL);
    assert_int_equal(query.n, 1);
    assert_key(&query, 0, HP_LISTED_2D_DOC, HP_STR("DC04"));
    assert_int_equal(make(&proof, &pass, HP_LISTED_BIT(HP_LISTED_SIGNATURE)).n, 0);
}

static void
kinds_have_words_and_letters(void **state)
{
    hp_listed_kind kind;

    (void)state;
    assert_true(hp_listed_read("country-uci", &kind));
    assert_int_equal(kind, HP_LISTED_COUNTRY_UCI);
    assert_true(hp_listed_read("N", &kind));
    assert_int_equal(kind, HP_LISTED_PROOF);
    assert_string_equal(hp_listed_word(HP_LISTED_2D_DOC), "2d-doc");
    assert_int_equal(hp_listed_letter(HP_LISTED_RID), 'R');
    assert_false(hp_listed_read("", &kind));
    assert_false(hp_listed_read("s", &kind));
    assert_false(hp_listed_read("SU", &kind));
    assert_false(hp_listed_read("signatures", &kind));
}

static int
set_up(void **state)
{
    (void)state;
    crypto = hp_crypto_new();
    return crypto != NULL ? 0 : -1;
}

static int
tear_down(void **state)
{
    (void)state;
    hp_crypto_free(crypto);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_keys_of_one_entry),
        cmocka_unit_test(one_country_is_looked_up_once),
        cmocka_unit_test(what_nobody_lists_is_not_made),
        cmocka_unit_test(both_signatures_have_one_key),
        cmocka_unit_test(rsa_is_listed_whole),
        cmocka_unit_test(rids_are_those_of_an_issuers_key),
    cmocka_unit_test(a_card_without_a_rid_is_looked_up_by_its_bundle),
    cmocka_unit_test(every_entry_is_looked_up),
        cmocka_unit_test(what_is_no_entry_has_no_key),
        cmocka_unit_test(a_seal_is_looked_up_by_its_text),
    cmocka_unit_test(kinds_have_words_and_letters),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("group", tests, set_up, tear_down);
}
