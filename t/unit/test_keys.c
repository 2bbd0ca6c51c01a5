/*
 * The cache of ready keys: it stays as small as it was made, finds what is in it, and in want
 * of memory accepts nothing.
 */
#include "unit.h"

#include "crypto/keys.h"
#include "hp.h"
#include "maker.h"
#include "pki.h"

#include <openssl/crypto.h>
#include <stdlib.h>

#define KEYS 40

static hp_crypto *crypto;
static struct {
    hp_str spki;
    uint8_t digest[HP_SHA256];
} made[KEYS];

/* ---- OpenSSL's memory ----------------------------------------------------------- */

/*
 * What the test program asks of malloc can be made to fail, see alloc.h; here OpenSSL asks
 * through it.  live: blocks that it has now.
 */
static size_t live;

static void *
openssl_malloc(size_t n, const char *file, int line)
{
    void *p = malloc(n);

    (void)file;
    (void)line;
    live += p != NULL;
    return p;
}

static void *
openssl_realloc(void *p, size_t n, const char *file, int line)
{
    (void)file;
    (void)line;
    return realloc(p, n);
}

static void
openssl_free(void *p, const char *file, int line)
{
    (void)file;
    (void)line;
    live -= p != NULL;
    free(p);
}

/* ---- finding ---------------------------------------------------------------------- */

static hp_key *
get(hp_keys *keys, size_t i)
{
    return hp_keys_get(keys, made[i].digest, made[i].spki);
}

static hp_key *
get_unread(hp_keys *keys, size_t i)
{
    return hp_keys_get(keys, made[i].digest, HP_STR("unreadable"));
}

static void
a_key_is_made_once(void **state)
{
    hp_keys *keys = hp_keys_new(16 * HP_KEYS); /* so many sets that no five keys share one */
    hp_key *first;
    size_t i;

    (void)state;
    first = get(keys, 0);
    assert_non_null(first);
    assert_int_equal(hp_key_alg(first), HP_ALG_ES256);
    assert_ptr_equal(get(keys, 0), first);
    for (i = 0; i < KEYS; i++)
        assert_non_null(get(keys, i));
    for (i = 0; i < KEYS; i++)
        assert_non_null(get_unread(keys, i)); /* the digest is the key's name: nothing is read */
    hp_keys_free(keys);
    hp_keys_free(NULL);
}

static void
what_is_no_key_is_not_kept(void **state)
{
    hp_str spki = made[0].spki;
    const hp_str no_keys[] = { HP_STR(""), HP_STR("key"), { spki.p, spki.n - 1 },
                               MAKER_JOIN(spki, HP_STR("\0")) };
    hp_keys *keys = hp_keys_new(1);
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(no_keys); i++)
        assert_null(hp_keys_get(keys, pki_sha256(no_keys[i]).p, guard_end(no_keys[i])));
    assert_null(get_unread(keys, 0));
    assert_non_null(get(keys, 0)); /* what failed is no answer for ever */
    assert_null(get_unread(keys, 1));
    hp_keys_free(keys);
}

/* A list that gives its own key the digest of another's must not take that one's place. */
static void
a_digest_belongs_to_one_key(void **state)
{
    hp_keys *keys = hp_keys_new(HP_KEYS);

    (void)state;
    assert_null(hp_keys_get(keys, made[0].digest, made[1].spki));
    assert_non_null(get(keys, 0));
    assert_non_null(get(keys, 1));
    hp_keys_free(keys);
}

/* A key that no pass may use verifies nothing, and is not kept in the place of others. */
static void
other_kinds_of_keys(void **state)
{
    static const char *const kinds[] = { "P-224", "ED25519", "RSA-1024", "RSA-2048" };
    uint8_t signature[64] = { 0 };
    hp_keys *keys = hp_keys_new(HP_KEYS);
    const uint8_t *digest;
    hp_str spki;
    hp_key *key;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(kinds); i++) {
        spki = pki_spki(pki_key_new(kinds[i]));
        digest = pki_sha256(spki).p;
        key = hp_keys_get(keys, digest, spki);
        assert_non_null(key);
        assert_int_equal(hp_key_alg(key), i == 3 ? HP_ALG_PS256 : HP_ALG_NONE);
        assert_int_equal(hp_key_verify(key, HP_ALG_ES256, digest, (hp_str){ signature, 64 }),
                         HP_VERIFY_BAD);
        assert_true((hp_keys_get(keys, digest, HP_STR("unreadable")) != NULL) == (i == 3));
    }
    hp_keys_free(keys);
}

/* ---- size --------------------------------------------------------------------------- */

/* In a cache of one set the key that was used least recently gives way. */
static void
the_least_recently_used_gives_way(void **state)
{
    hp_keys *keys = hp_keys_new(1);
    size_t i, room = 0;

    (void)state;
    for (i = 0; i < KEYS; i++)
        assert_non_null(get(keys, i));
    while (room < KEYS && get_unread(keys, KEYS - 1 - room) != NULL)
        room++; /* and so the last ones are used, the newest first */
    assert_in_range(room, 1, 8);
    assert_non_null(get(keys, 0));
    assert_null(get_unread(keys, KEYS - 1)); /* which was used first of those */
    for (i = 2; i <= room; i++)
        assert_non_null(get_unread(keys, KEYS - i));
    assert_non_null(get_unread(keys, 0));
    hp_keys_free(keys);
}

/* However many keys go through it, what it holds does not grow. */
static void
it_does_not_grow(void **state)
{
    hp_keys *keys = hp_keys_new(8);
    size_t before, i;

    (void)state;
    for (i = 0; i < 2000; i++)
        assert_non_null(get(keys, i % KEYS));
    before = live;
    for (i = 0; i < 3000; i++)
        assert_non_null(get(keys, i % KEYS));
    assert_in_range(live, before / 2, before + before / 2); /* which ones are in it may differ */
    before = live;
    hp_keys_free(keys);
    assert_true(live < before);
}

/* ---- memory -------------------------------------------------------------------------- */

/* OpenSSL makes a key of a thousand allocations: one in so many of them fails, each in long runs. */
static size_t
step(void)
{
    return getenv("HEALTHPASS_LONG") != NULL ? 1 : 23;
}

/*
 * Each allocation of cache and OpenSSL fails once: no cache, or no key, but never half of one.
 * What OpenSSL could not make ready at a key's first use stays so in its library context; once
 * one key was made, the next failure is only this pass's.
 */
static void
without_memory_there_is_no_key(void **state)
{
    size_t n, calls = 1, failures = 0;
    hp_keys *keys;

    (void)state;
    for (n = 1; calls >= n; n += step()) {
        alloc_start(n);
        keys = hp_keys_new(4);
        failures += keys != NULL && get(keys, 1) == NULL;
        calls = alloc_calls() + step();
        alloc_start(0);
        hp_keys_free(keys);
    }
    assert_true(failures > 0);
    keys = hp_keys_new(4);
    assert_non_null(get(keys, 0));
    for (n = 1, calls = 1; calls >= n; n++) {
        alloc_start(n);
        (void)get(keys, 1 + n % (KEYS - 1));
        calls = alloc_calls() + 1;
        alloc_start(0);
        assert_non_null(get(keys, 1 + n % (KEYS - 1)));
    }
    assert_true(n > 100);
    hp_keys_free(keys);
}

/*
 * The whole of hp_verify() with an allocation failing once at each place.  A forged pass is
 * never accepted; a good one is not remembered as anything but good.
 */
static void
without_memory_nobody_is_let_in(void **state)
{
    static uint8_t memory[HP_MEMORY];
    const maker_key *signers[] = { maker_key_new(HP_ALG_ES256, ""), maker_key_new(HP_ALG_PS256, "") };
    hp_memory lent = { memory, sizeof(memory), 0 };
    hp_ask ask = { .now = MAKER_NOW, .any_now = true };
    hp_str texts[4], header, claims;
    hp_verdict verdict;
    hp_policy *policy;
    hp_error error;
    size_t i, n, calls;
    hp_reason got;

    (void)state;
    if (hp_policy_load(maker_policy(signers, 2, "rules = \"authentic-only\";"), HP_DOOR_WEB,
                       &policy, &error) != HP_LOAD_OK)
        fail_msg("%s", error.text);
    for (i = 0; i < 2; i++) {
        header = maker_header(signers[i]);
        claims = maker_claims(maker_cbor(HP_STR(MAKER_V)));
        texts[i] = maker_pass(signers[i], MAKER_V);
        texts[2 + i] = maker_hc1(maker_cose(header, HP_STR("\xa0"), claims,
            maker_sign(signers[i], header, maker_claims(maker_cbor(HP_STR(MAKER_R))))));
    }
    for (i = 0; i < COUNT(texts); i++) {
        ask.text = texts[i];
        for (n = 1, calls = 1; calls >= n; n += step()) {
            ask.keys = hp_keys_new(4);
            alloc_start(n);
            got = hp_verify(policy, &ask, &lent, &verdict);
            calls = alloc_calls() + step();
            alloc_start(0);
            if (got == HP_OK && i >= 2)
                fail_msg("pass %zu was accepted without allocation %zu", i, n);
            got = hp_verify(policy, &ask, &lent, &verdict);
            if (got != (i < 2 ? HP_OK : HP_SIGNATURE) && got != HP_FAULT)
                fail_msg("pass %zu, after allocation %zu: %s", i, n, hp_reason_name(got));
            hp_keys_free(ask.keys);
        }
        assert_true(n > 100);
    }
    hp_policy_free(policy);
}

static int
set_up(void **state)
{
    size_t i;

    (void)state;
    if (CRYPTO_set_mem_functions(openssl_malloc, openssl_realloc, openssl_free) != 1)
        return 1;
    crypto = hp_crypto_new();
    for (i = 0; i < KEYS; i++) {
        made[i].spki = maker_copy(pki_spki(pki_key_new("P-256")));
        if (!hp_sha256(crypto, &made[i].spki, 1, made[i].digest))
            return 1;
    }
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    hp_crypto_free(crypto);
    return 0;
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_key_is_made_once),
    cmocka_unit_test(what_is_no_key_is_not_kept),
    cmocka_unit_test(a_digest_belongs_to_one_key),
    cmocka_unit_test(other_kinds_of_keys),
    cmocka_unit_test(the_least_recently_used_gives_way),
    cmocka_unit_test(it_does_not_grow),
    cmocka_unit_test(without_memory_there_is_no_key),
    cmocka_unit_test(without_memory_nobody_is_let_in),
};

UNIT_MAIN_WITH(tests, set_up, tear_down)
