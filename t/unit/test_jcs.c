/* Canonical JSON (RFC 8785), and keys that are given by their numbers. */
#include "unit.h"

#include "codec/canonical.h"
#include "codec/jcs.h"
#include "codec/jscan.h"
#include "crypto/spki.h"
#include "maker.h"
#include "pki.h"

#include <stdlib.h>

/* What is written; .p is NULL when it is refused. */
static hp_str
canonical(const char *text)
{
    hp_error error = { "" };
    hp_json *json = hp_json_load_list(hp_str_of(text), HP_JSON_MAX, &error);
    char *out = NULL;
    size_t n = 0;
    FILE *to = open_memstream(&out, &n);
    hp_str got = { NULL, 0 };

    assert_non_null(to);
    if (json == NULL)
        fail_msg("%s: %s", text, error.text);
    if (hp_jcs_write(json, to)) {
        assert_int_equal(fclose(to), 0);
        got = maker_copy((hp_str){ (const uint8_t *)out, n });
    } else {
        (void)fclose(to);
    }
    free(out);
    hp_json_free(json);
    return got;
}

/* The same of foreign JSON, over the arena. */
static hp_str
of_foreign(const char *text, size_t room)
{
    static uint8_t buffer[65536];
    hp_arena arena = hp_arena_over(buffer, room);
    const hp_node *root;
    hp_str got = { NULL, 0 };
    bool good;

    alloc_start(0);
    good = hp_jscan(guard_end(hp_str_of(text)), &arena, &root) && hp_canonical(root, &arena, &got);
    assert_int_equal(alloc_calls(), 0);
    assert_true(good || got.p == NULL);
    return good ? maker_copy(got) : got;
}

static void
values(void **state)
{
    static const struct {
        const char *json, *canonical;
    } table[] = {
        { "{}", "{}" }, { " [ ] ", "[]" },
        { "{\"a\" : [1 , -2,0, -0 , true,false , null]}", "{\"a\":[1,-2,0,0,true,false,null]}" },
        { "[9007199254740991, -9007199254740991]", "[9007199254740991,-9007199254740991]" },
        { "{\"b\":{\"d\":1,\"c\":2},\"a\":3}", "{\"a\":3,\"b\":{\"c\":2,\"d\":1}}" },
        { "{\"kty\":1,\"kid\":2,\"k\":3,\"x\":4,\"x5c\":5}",
          "{\"k\":3,\"kid\":2,\"kty\":1,\"x\":4,\"x5c\":5}" },
        /* RFC 8785, 3.2.2: \u000a is written short, \u000F in lower case, a slash as it is. */
        { "[\"\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\\"\\/\"]",
          "[\"\xe2\x82\xac$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"]" },
        { "[\"\\b\\t\\n\\f\\r\\u000b\\u001f\\u007f\"]", "[\"\\b\\t\\n\\f\\r\\u000b\\u001f\x7f\"]" },
        /* 3.2.3: by UTF-16 code units, so that U+1F600 comes before U+FB33. */
        { "{\"\\u20ac\":1,\"\\r\":2,\"\\ufb33\":3,\"1\":4,\"\\ud83d\\ude00\":5,\"\\u0080\":6,"
          "\"\\u00f6\":7}",
          "{\"\\r\":2,\"1\":4,\"\xc2\x80\":6,\"\xc3\xb6\":7,\"\xe2\x82\xac\":1,"
          "\"\xf0\x9f\x98\x80\":5,\"\xef\xac\xb3\":3}" },
        { "{\"\\ue000\":1,\"\\ud7ff\":2,\"\\udbff\\udfff\":3,\"\\uffff\":4,\"\":5}",
          "{\"\":5,\"\xed\x9f\xbf\":2,\"\xf4\x8f\xbf\xbf\":3,\"\xee\x80\x80\":1,"
          "\"\xef\xbf\xbf\":4}" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        assert_str_equal(canonical(table[i].json), hp_str_of(table[i].canonical));
        assert_str_equal(of_foreign(table[i].json, 65536), hp_str_of(table[i].canonical));
    }
}

static void
numbers_that_are_not_exact(void **state)
{
    static const char *const table[] = { "[1.5]", "[1.0]", "[1e3]", "[9007199254740992]",
        "[-9007199254740992]", "{\"a\":{\"b\":[0.0]}}" };
    char *out = NULL;
    size_t n = 0;
    FILE *to = open_memstream(&out, &n);

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        if (canonical(table[i]).p != NULL)
            fail_msg("%s", table[i]);
    }
    assert_false(hp_jcs_write(NULL, to));
    (void)fclose(to);
    free(out);
}

/* RFC 8785, 3.2.2.3 and appendix B, as far as decimals go. */
static void
foreign_numbers(void **state)
{
    static const struct {
        const char *json, *canonical;
    } table[] = {
        { "1.0", "1" }, { "-1.50e0", "-1.5" }, { "1e3", "1000" }, { "-0", "0" }, { "-0.0", "0" },
        { "0.1", "0.1" }, { "4.35", "4.35" }, { "100.05", "100.05" }, { "0.000001", "0.000001" },
        { "10e-1", "1" }, { "333333333.3333333", "333333333.3333333" }, { "0.30", "0.3" },
        { "0.12345678901234", "0.12345678901234" }, { "4190989.36399677", "4190989.36399677" }, { "9007199254740991e0", "9007199254740991" },
        { "9007199254740992", NULL }, { "-9007199254740992", NULL }, { "18446744073709551615", NULL },
        { "1e21", NULL }, { "9e-7", NULL }, { "5e-324", NULL }, { "1.7976931348623157e308", NULL },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        hp_str got = of_foreign(table[i].json, 65536);

        if (table[i].canonical == NULL ? got.p != NULL
                                       : !hp_str_eq(got, hp_str_of(table[i].canonical)))
            fail_msg("%s: %.*s", table[i].json, (int)got.n, (const char *)got.p);
    }
}

/* With less and less room it fails, and writes nothing behind it. */
static void
too_little_room(void **state)
{
    static const char json[] = "{\"b\":[1,\"x\\ny\"],\"a\":{}}";
    static const char want[] = "{\"a\":{},\"b\":[1,\"x\\ny\"]}";
    size_t room = 65536, fits = 0;

    (void)state;
    for (room = 0; room < 1024; room++) {
        hp_str got = of_foreign(json, room);

        if (got.p != NULL && fits == 0)
            fits = room;
        if (fits > 0)
            assert_str_equal(got, hp_str_of(want));
    }
    assert_true(fits > sizeof(want));
}

/* ---- keys ------------------------------------------------------------------- */

static hp_crypto *crypto;

static bool
same(bool made, hp_bytes *spki, const pki_key *key)
{
    bool good = made && hp_str_eq((hp_str){ spki->p, spki->n }, pki_spki(key));

    assert_int_equal(made, spki->p != NULL);
    hp_bytes_free(spki);
    return good;
}

static void
a_point(void **state)
{
    const pki_key *key = pki_key_new("P-256");
    hp_str x = pki_parameter(key, "x"), y = pki_parameter(key, "y"), zeros = maker_fill(9, 0);
    hp_bytes spki;
    bool made;

    (void)state;
    made = hp_spki_p256(crypto, x, y, &spki);
    assert_true(same(made, &spki, key));
    made = hp_spki_p256(crypto, MAKER_JOIN(zeros, x), MAKER_JOIN(zeros, y), &spki);
    assert_true(same(made, &spki, key));
    assert_false(hp_spki_p256(crypto, y, x, &spki));
    assert_false(hp_spki_p256(crypto, x, maker_fill(32, 0xff), &spki));
    assert_false(hp_spki_p256(crypto, MAKER_JOIN(x, HP_STR("\1")), y, &spki));
    assert_false(hp_spki_p256(crypto, x, HP_STR(""), &spki));
    assert_false(hp_spki_p256(crypto, (hp_str){ NULL, 0 }, (hp_str){ NULL, 0 }, &spki));
}

/* A coordinate that begins with a zero is one byte short in lists. */
static void
a_short_coordinate(void **state)
{
    const pki_key *key;
    hp_bytes spki;
    hp_str x;
    bool made;

    (void)state;
    do {
        key = pki_key_new("P-256");
        x = pki_parameter(key, "x");
    } while (x.p[0] != 0);
    made = hp_spki_p256(crypto, hp_str_from(x, 1), pki_parameter(key, "y"), &spki);
    assert_true(same(made, &spki, key));
}

static void
a_modulus(void **state)
{
    const pki_key *key = pki_key_new("RSA-2048");
    hp_str n = pki_parameter(key, "n"), e = pki_parameter(key, "e"), zero = maker_fill(1, 0);
    hp_bytes spki;
    bool made;

    (void)state;
    made = hp_spki_rsa(crypto, n, e, &spki);
    assert_true(same(made, &spki, key));
    made = hp_spki_rsa(crypto, MAKER_JOIN(zero, n), MAKER_JOIN(zero, e), &spki);
    assert_true(same(made, &spki, key));
    assert_false(hp_spki_rsa(crypto, n, zero, &spki));
    assert_false(hp_spki_rsa(crypto, (hp_str){ NULL, 0 }, e, &spki));
    assert_false(hp_spki_rsa(crypto, maker_fill(HP_RSA_BITS_MAX / 8 + 1, 0xff), e, &spki));
}

static int
set_up(void **state)
{
    (void)state;
    crypto = hp_crypto_new();
    return crypto == NULL;
}

static int
tear_down(void **state)
{
    (void)state;
    hp_crypto_free(crypto);
    return 0;
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(values),
    cmocka_unit_test(numbers_that_are_not_exact),
    cmocka_unit_test(foreign_numbers),
    cmocka_unit_test(too_little_room),
    cmocka_unit_test(a_point),
    cmocka_unit_test(a_short_coordinate),
    cmocka_unit_test(a_modulus),
};

UNIT_MAIN_WITH(tests, set_up, tear_down)
