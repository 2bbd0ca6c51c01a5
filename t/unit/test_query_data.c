/*
 * The keys of public test passes, as other programs computed them.  They are no part of this
 * project: HEALTHPASS_TESTDATA names the folder that holds revocation/.
 */
#include "unit.h"

#include "base/file.h"
#include "base/hex.h"
#include "check/query.h"
#include "codec/base64.h"
#include "codec/cbor.h"
#include "codec/json.h"
#include "maker.h"

#include <stdlib.h>

static hp_crypto *crypto;
static hp_bytes text;
static hp_json *vectors;
static uint8_t memory[1 << 16];

static hp_str
member(const hp_json *of, const char *name)
{
    return hp_json_text(hp_json_get(of, name));
}

/* The hexadecimal text of that name, which begins with n bytes of interest. */
static void
assert_listed(const hp_query *query, hp_listed_kind kind, hp_str hex)
{
    uint8_t want[HP_LISTED];
    size_t i;

    hex.n = 2 * HP_LISTED;
    assert_true(hp_hex_read(hex, want));
    for (i = 0; i < query->n; i++) {
        if (query->keys[i].kind == kind && memcmp(query->keys[i].hash, want, sizeof(want)) == 0)
            return;
    }
    fail_msg("no key %s of the vector", hp_listed_word(kind));
}

/* The Dutch print theirs in Base64. */
static void
assert_proof(const hp_query *query, hp_str base64)
{
    uint8_t want[HP_BASE64_BYTES(24)];
    char hex[HP_HEX_TEXT(HP_LISTED)];
    size_t n;

    assert_int_equal(base64.n, 24);
    assert_true(hp_base64_read(base64, HP_BASE64_STANDARD, want, &n));
    assert_int_equal(n, HP_LISTED);
    hp_hex_write((hp_str){ want, n }, hex);
    assert_listed(query, HP_LISTED_PROOF, hp_str_of(hex));
}

static hp_query
query_of(const hp_json *vector, const char *signature, const char *document)
{
    static uint8_t bytes[1024];
    hp_str hex = member(vector, signature);
    hp_arena arena = hp_arena_over(memory, sizeof(memory));
    hp_proof proof = { .alg = hp_json_is(hp_json_get(vector, "alg"), "ES256") ? HP_ALG_ES256
                                                                              : HP_ALG_PS256 };
    hp_pass pass = { .issuer = member(vector, "iss"),
                     .document = hp_cbor_read(maker_cbor(hp_str_of(document)), &arena) };
    hp_query query;

    assert_non_null(pass.document);
    if (hex.p != NULL) {
        assert_true(hex.n / 2 <= sizeof(bytes) && hp_hex_read(hex, bytes));
        proof.signature = (hp_str){ bytes, hex.n / 2 };
    }
    assert_true(hp_query_make(crypto, &proof, &pass, HP_LISTED_ALL, &arena, &query));
    return query;
}

static const char *
document_of(const hp_json *vector)
{
    hp_str uci = member(vector, "uci"), co = member(vector, "entry_co");

    return maker_c_string(maker_print("{\"v\":[{\"ci\":\"%.*s\",\"co\":\"%.*s\"}]}", (int)uci.n,
                                      uci.p, (int)co.n, co.p));
}

/* Whole passes, and their other signatures. */
static void
passes(void **state)
{
    static const char *const kinds[] = { "SIGNATURE", "UCI", "COUNTRYCODEUCI" };
    static const char *const signatures[] = { "signature_hex", "malleated_signature_hex" };
    const hp_json *list = hp_json_get(vectors, "dcc"), *one;
    size_t i, k, s;
    hp_query query;

    (void)state;
    assert_true(hp_json_count(list) > 0);
    for (i = 0; i < hp_json_count(list); i++) {
        one = hp_json_at(list, i);
        for (s = 0; s < COUNT(signatures); s++) {
            if (member(one, signatures[s]).p == NULL)
                continue;
            query = query_of(one, signatures[s], document_of(one));
            for (k = 0; k < COUNT(kinds); k++)
                assert_listed(&query, (hp_listed_kind)k,
                              member(hp_json_get(one, kinds[k]), "hash16_hex"));
            assert_proof(&query, member(one, "NL_proof_identifier_b64"));
        }
    }
}

/* Countries that differ, several entries, numbers without a prefix and in small letters. */
static void
entries(void **state)
{
    const hp_json *list = hp_json_get(vectors, "edge_cases"), *one, *all, *entry;
    char document[4096];
    size_t i, k, used;
    hp_query query;

    (void)state;
    assert_true(hp_json_count(list) > 0);
    for (i = 0; i < hp_json_count(list); i++) {
        one = hp_json_at(list, i);
        all = hp_json_get(one, "entries");
        used = (size_t)snprintf(document, sizeof(document), "{\"v\":[");
        for (k = 0; k < hp_json_count(all); k++) {
            entry = hp_json_at(all, k);
            used += (size_t)snprintf(document + used, sizeof(document) - used,
                                     "%s{\"ci\":\"%.*s\",\"co\":\"%.*s\"}", k > 0 ? "," : "",
                                     (int)member(entry, "uci").n, member(entry, "uci").p,
                                     (int)member(entry, "co").n, member(entry, "co").p);
        }
        (void)snprintf(document + used, sizeof(document) - used, "]}");
        query = query_of(one, "no signature", document);
        for (k = 0; k < hp_json_count(all); k++) {
            entry = hp_json_at(all, k);
            assert_listed(&query, HP_LISTED_UCI, member(entry, "UCI_hash16_hex"));
            assert_listed(&query, HP_LISTED_COUNTRY_UCI,
                          member(entry, "COUNTRYCODEUCI_with_iss_hash16_hex"));
            assert_listed(&query, HP_LISTED_COUNTRY_UCI,
                          member(entry, "COUNTRYCODEUCI_with_co_hash16_hex"));
        }
    }
}

static int
set_up(void **state)
{
    const char *path = maker_c_string(maker_print("%s/revocation/vectors.json", UNIT_DATA));
    hp_error error = { "" };

    (void)state;
    crypto = hp_crypto_new();
    if (!hp_file_read(path, 0, HP_JSON_MAX, &text, NULL, &error) ||
        (vectors = hp_json_load((hp_str){ text.p, text.n }, &error)) == NULL) {
        fprintf(stderr, "%s\n", error.text);
        return -1;
    }
    return crypto != NULL ? 0 : -1;
}

static int
tear_down(void **state)
{
    (void)state;
    hp_json_free(vectors);
    hp_bytes_free(&text);
    hp_crypto_free(crypto);
    return 0;
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(passes),
    cmocka_unit_test(entries),
};

UNIT_MAIN_OF_DATA("revocation", tests, set_up, tear_down)
