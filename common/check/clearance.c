/* Clearances and exemptions, written and read; see clearance.h. */
#include "check/clearance.h"

#include "base/cursor.h"

#define VERSION   1
#define CLEARANCE 'C'
#define EXEMPTION 'X'

/* Each MAC has a word of its own, so that none can be taken for another. */
static const hp_str token_word = { (const uint8_t *)"clearance", 10 };
static const hp_str value_word = { (const uint8_t *)"value", 6 };

const char *
hp_clearance_word(hp_clearance_found found)
{
    static const char *const words[] = {
        [HP_CLEARANCE_GOOD] = "good",
        [HP_CLEARANCE_MALFORMED] = "not one of this version",
        [HP_CLEARANCE_FOREIGN] = "of another key or scope",
        [HP_CLEARANCE_EXPIRED] = "expired",
        [HP_CLEARANCE_CHANGED] = "from before the policy or a list changed",
        [HP_CLEARANCE_OTHERS] = "won with other values",
        [HP_CLEARANCE_BLOCKED] = "of a pass that is blocked",
        [HP_CLEARANCE_FAILED] = "not readable now",
    };

    return words[found];
}

/* ---- MACs ---------------------------------------------------------------------------------- */

/*
 * A chain: each link is over the one before, which has a length that nobody chooses, and so no
 * value can be cut in two or take the place of its name.
 */
static bool
chain(const hp_clearance_keys *keys, size_t key, const hp_clearance_for *whom,
      uint8_t digest[HP_SHA256])
{
    uint8_t length;
    hp_str parts[] = { value_word, { digest, HP_SHA256 }, { &length, 1 }, { NULL, 0 },
                       { NULL, 0 } };
    size_t i;

    memset(digest, 0, HP_SHA256);
    for (i = 0; i < whom->n; i++) {
        if (whom->values[i].name.n > UINT8_MAX)
            return false;
        length = (uint8_t)whom->values[i].name.n;
        parts[3] = whom->values[i].name;
        parts[4] = whom->values[i].value;
        if (!hp_clearance_keys_over(keys, key, parts, 5, digest))
            return false;
    }
    return true;
}

static bool
sign(const hp_clearance_keys *keys, size_t key, hp_str scope, hp_str body, uint8_t mac[HP_SHA256])
{
    uint8_t length = (uint8_t)scope.n;
    hp_str parts[] = { token_word, { &length, 1 }, scope, body };

    return scope.n <= HP_CLEARANCE_SCOPE && hp_clearance_keys_over(keys, key, parts, 4, mac);
}

/* ---- writing ------------------------------------------------------------------------------- */

static uint8_t *
put_time(uint8_t *at, uint64_t seconds)
{
    size_t i;

    for (i = 0; i < 8; i++)
        at[i] = (uint8_t)(seconds >> (56 - 8 * i));
    return at + 8;
}

static uint8_t *
put(uint8_t *at, const void *bytes, size_t n)
{
    memcpy(at, bytes, n);
    return at + n;
}

/* Bytes that were written; 0: it cannot be. */
static size_t
write_bytes(const hp_clearance_keys *keys, uint8_t kind, const hp_clearance *c,
            const hp_clearance_for *whom, uint8_t bytes[HP_CLEARANCE_BYTES])
{
    uint8_t digest[HP_SHA256], *at = bytes;
    size_t n;

    if (c->n == 0 || c->n > HP_CLEARANCE_IDS || !chain(keys, 0, whom, digest))
        return 0;
    *at++ = VERSION;
    *at++ = kind;
    *at++ = (uint8_t)c->n;
    at = put_time(at, c->issued);
    at = put_time(at, c->until);
    at = put(at, c->policy, HP_ID);
    at = put(at, digest, HP_ID);
    at = put(at, c->ids, c->n * HP_ID);
    n = (size_t)(at - bytes);
    return sign(keys, 0, whom->scope, (hp_str){ bytes, n }, at) ? n + HP_SHA256 : 0;
}

bool
hp_clearance_write(const hp_clearance_keys *keys, const hp_clearance *clearance,
                   const hp_clearance_for *whom, char text[HP_CLEARANCE_TEXT])
{
    uint8_t bytes[HP_CLEARANCE_BYTES];
    size_t n = write_bytes(keys, CLEARANCE, clearance, whom, bytes);

    hp_base64url_write((hp_str){ bytes, n }, text);
    return n > 0;
}

bool
hp_exemption_write(const hp_clearance_keys *keys, const hp_clearance *exemption,
                   const hp_clearance_for *whom, char text[HP_EXEMPTION_TEXT])
{
    uint8_t bytes[HP_CLEARANCE_BYTES];
    size_t n = exemption->n == 1 ? write_bytes(keys, EXEMPTION, exemption, whom, bytes) : 0;
    const size_t mark = sizeof(HP_EXEMPTION_MARK) - 1;

    memcpy(text, HP_EXEMPTION_MARK, mark);
    hp_base45_encode((hp_str){ bytes, n }, text + mark);
    text[mark + HP_BASE45_ENCODED(n)] = '\0';
    return n > 0;
}

/* ---- reading ------------------------------------------------------------------------------- */

static uint64_t
take_time(hp_cur *c)
{
    const uint8_t *p = hp_cur_take(c, 8);
    uint64_t seconds = 0;
    size_t i;

    for (i = 0; p != NULL && i < 8; i++)
        seconds = seconds << 8 | p[i];
    return seconds;
}

static void
take(hp_cur *c, void *to, size_t n)
{
    const uint8_t *p = hp_cur_take(c, n);

    if (p != NULL)
        memcpy(to, p, n);
}

/* All parts are there and fit one another.  Nothing is believed yet. */
static bool
cut(hp_str bytes, uint8_t kind, hp_clearance *c, uint8_t digest[HP_ID])
{
    uint8_t head[3] = { 0, 0, 0 };
    hp_cur cur = hp_cur_of(bytes);

    take(&cur, head, sizeof(head));
    c->n = head[2];
    c->issued = take_time(&cur);
    c->until = take_time(&cur);
    take(&cur, c->policy, HP_ID);
    take(&cur, digest, HP_ID);
    if (head[0] != VERSION || head[1] != kind || c->n == 0 || c->n > HP_CLEARANCE_IDS ||
        (kind == EXEMPTION && c->n != 1))
        return false;
    take(&cur, c->ids, c->n * HP_ID);
    (void)hp_cur_take(&cur, HP_SHA256);
    return hp_cur_done(&cur);
}

/* All keys are tried, whichever holds: how long it takes says nothing. */
static hp_clearance_found
find_key(const hp_clearance_keys *keys, hp_str scope, hp_str bytes, size_t *key)
{
    hp_str body = { bytes.p, bytes.n - HP_SHA256 };
    size_t i, n = hp_clearance_keys_count(keys), found = n;
    uint8_t mac[HP_SHA256];

    for (i = 0; i < n; i++) {
        if (!sign(keys, i, scope, body, mac))
            return HP_CLEARANCE_FAILED;
        if (hp_same_secret(mac, body.p + body.n, HP_SHA256))
            found = i;
    }
    *key = found;
    return found < n ? HP_CLEARANCE_GOOD : HP_CLEARANCE_FOREIGN;
}

/* Whole seconds: it ends at the beginning of its last one. */
static bool
in_time(const hp_clearance *c, double now)
{
    return now >= 0 && (double)c->issued <= now + HP_CLEARANCE_SLACK && now < (double)c->until;
}

static hp_clearance_found
read_bytes(const hp_clearance_keys *keys, uint8_t kind, hp_str bytes, const hp_clearance_for *whom,
           double now, hp_clearance *c)
{
    uint8_t digest[HP_ID], want[HP_SHA256];
    hp_clearance_found found;
    size_t key;

    if (!cut(bytes, kind, c, digest))
        return HP_CLEARANCE_MALFORMED;
    found = find_key(keys, whom->scope, bytes, &key);
    if (found != HP_CLEARANCE_GOOD)
        return found;
    if (!in_time(c, now))
        return HP_CLEARANCE_EXPIRED;
    if (!chain(keys, key, whom, want))
        return HP_CLEARANCE_FAILED;
    return hp_same_secret(want, digest, HP_ID) ? HP_CLEARANCE_GOOD : HP_CLEARANCE_OTHERS;
}

hp_clearance_found
hp_clearance_read(const hp_clearance_keys *keys, hp_str text, const hp_clearance_for *whom,
                  double now, hp_clearance *clearance)
{
    uint8_t bytes[HP_BASE64_BYTES(HP_CLEARANCE_TEXT)];
    size_t n;

    memset(clearance, 0, sizeof(*clearance));
    if (text.n >= HP_CLEARANCE_TEXT || !hp_base64_read(text, HP_BASE64_URL, bytes, &n))
        return HP_CLEARANCE_MALFORMED;
    return read_bytes(keys, CLEARANCE, (hp_str){ bytes, n }, whom, now, clearance);
}

bool
hp_exemption_is(hp_str text)
{
    return hp_str_starts(text, HP_STR(HP_EXEMPTION_MARK));
}

hp_clearance_found
hp_exemption_read(const hp_clearance_keys *keys, hp_str text, const hp_clearance_for *whom,
                  double now, hp_clearance *exemption)
{
    uint8_t bytes[HP_BASE45_DECODED(HP_EXEMPTION_TEXT)];
    size_t n;

    memset(exemption, 0, sizeof(*exemption));
    if (!hp_exemption_is(text) || text.n >= HP_EXEMPTION_TEXT ||
        !hp_base45_decode(hp_str_from(text, sizeof(HP_EXEMPTION_MARK) - 1), bytes, &n))
        return HP_CLEARANCE_MALFORMED;
    return read_bytes(keys, EXEMPTION, (hp_str){ bytes, n }, whom, now, exemption);
}
