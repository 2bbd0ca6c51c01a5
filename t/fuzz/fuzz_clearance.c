/* A clearance and an exemption as a visitor gives them: nothing of it is believed without a key. */
#include "fuzz.h"

#include "check/clearance.h"

#define NOW 1800000000.0

static hp_clearance_keys *keys;
static const hp_clearance_value value = { { (const uint8_t *)"by", 2 },
                                          { (const uint8_t *)"1", 1 } };
static const hp_clearance_for whom = { { (const uint8_t *)"s", 1 }, &value, 1 };

static void
begin(void)
{
    hp_error error;

    if (keys == NULL)
        keys = hp_clearance_keys_load(maker_file("key", maker_fill(32, 'k')), &error);
    MUST(keys != NULL);
}

/* What is good says the same when it is written again, but for padding. */
static void
hold_clearance(hp_str text)
{
    char again[HP_CLEARANCE_TEXT];
    hp_clearance c;

    if (hp_clearance_read(keys, text, &whom, NOW, &c) != HP_CLEARANCE_GOOD)
        return;
    MUST(c.n > 0 && c.n <= HP_CLEARANCE_IDS && NOW < (double)c.until);
    MUST(hp_clearance_write(keys, &c, &whom, again));
    MUST(hp_str_starts(text, hp_str_of(again)));
}

static void
hold_exemption(hp_str text)
{
    char again[HP_EXEMPTION_TEXT];
    hp_clearance c;

    if (hp_exemption_read(keys, text, &whom, NOW, &c) != HP_CLEARANCE_GOOD)
        return;
    MUST(c.n == 1 && hp_exemption_write(keys, &c, &whom, again));
    MUST(hp_str_eq(text, hp_str_of(again)));
}

/* The same bytes with a MAC that holds, so that what is behind it is met too. */
static void
sign_anew(const uint8_t *p, size_t n)
{
    uint8_t bytes[HP_CLEARANCE_BYTES];
    char text[HP_CLEARANCE_TEXT];
    const hp_str parts[] = { { (const uint8_t *)"clearance", 10 }, { (const uint8_t *)"\1", 1 },
                             whom.scope, { bytes, n } };

    if (n > sizeof(bytes) - HP_SHA256)
        return;
    memcpy(bytes, p, n);
    MUST(hp_clearance_keys_over(keys, 0, parts, 4, bytes + n));
    hp_base64url_write((hp_str){ bytes, n + HP_SHA256 }, text);
    hold_clearance(hp_str_of(text));
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    begin();
    hold_clearance((hp_str){ p, n });
    hold_exemption((hp_str){ p, n });
    sign_anew(p, n);
    return 0;
}

void
fuzz_seeds(void (*put)(const char *name, hp_str seed))
{
    hp_clearance one = { .issued = (uint64_t)NOW, .until = (uint64_t)NOW + 60, .n = 1 };
    char text[HP_CLEARANCE_TEXT], exempt[HP_EXEMPTION_TEXT];
    uint8_t bytes[HP_CLEARANCE_BYTES + 3];
    size_t n;

    begin();
    MUST(hp_exemption_write(keys, &one, &whom, exempt));
    put("exemption", hp_str_of(exempt));
    one.n = 3;
    MUST(hp_clearance_write(keys, &one, &whom, text));
    put("clearance", hp_str_of(text));
    MUST(hp_base64_read(hp_str_of(text), HP_BASE64_URL, bytes, &n));
    put("bytes", (hp_str){ bytes, n - HP_SHA256 });
    put("empty", HP_STR(HP_EXEMPTION_MARK));
}
