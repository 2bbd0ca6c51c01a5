/*
 * The whole of hp_verify() with real keys.  The first byte says what the rest is: a text as
 * shown, a COSE message, or claims that are signed here, so that what lies behind the
 * signature is reached without guessing one.
 */
#include "fuzz.h"

#include "hp.h"

enum { TEXT, MESSAGE, CLAIMS, KINDS };

static uint8_t buffer[HP_MEMORY], zeros[HP_MEMORY];
static const maker_key *key;
static hp_policy *policy;
static hp_keys *keys;

static void
set_up(void)
{
    hp_error error;

    if (policy != NULL)
        return;
    key = maker_key_new(HP_ALG_ES256, "");
    keys = hp_keys_new(HP_KEYS);
    MUST(keys != NULL);
    if (hp_policy_load(maker_policy(&key, 1, "rules = \"minimal\";"), HP_DOOR_WEB, &policy, &error)
        != HP_LOAD_OK) {
        fprintf(stderr, "%s\n", error.text);
        abort();
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    hp_memory memory = { buffer, sizeof(buffer), 0 };
    hp_ask ask = { .now = MAKER_NOW, .any_now = true, .want_id = true };
    hp_verdict verdict;
    hp_reason reason;

    set_up();
    if (n == 0)
        return 0;
    ask.keys = keys;
    ask.text = (hp_str){ p + 1, n - 1 };
    if (p[0] % KINDS == MESSAGE)
        ask.text = maker_hc1(ask.text);
    else if (p[0] % KINDS == CLAIMS)
        ask.text = maker_hc1(maker_signed(key, ask.text));
    alloc_start(0);
    reason = hp_verify(policy, &ask, &memory, &verdict);
    MUST(alloc_calls() == 0 && memory.used == 0);
    MUST(memcmp(buffer, zeros, sizeof(buffer)) == 0);
    MUST(reason == verdict.reason && !hp_reason_is_fault(reason));
    MUST(p[0] % KINDS == CLAIMS || reason != HP_OK || n > 200);
    return 0;
}

void
fuzz_seeds(void (*put)(const char *name, hp_str seed))
{
    hp_str claims = maker_claims(maker_cbor(HP_STR(MAKER_V)));

    set_up();
    put("text", MAKER_JOIN(HP_STR("\0"), maker_pass(key, MAKER_V)));
    put("message", MAKER_JOIN(HP_STR("\1"), maker_signed(key, claims)));
    put("claims", MAKER_JOIN(HP_STR("\2"), claims));
    put("test", MAKER_JOIN(HP_STR("\2"), maker_claims(maker_cbor(HP_STR(MAKER_T)))));
    put("wrapped", MAKER_JOIN(HP_STR("\2"),
        maker_claims(maker_bytes(maker_cbor(HP_STR(MAKER_R))))));
    put("float-times", MAKER_JOIN(HP_STR("\2"), maker_replace(claims, maker_int((int64_t)MAKER_EXP),
        maker_double(MAKER_EXP + 0.5))));
    put("keyboard", HP_STR("\0HC&MNCF"));
}
