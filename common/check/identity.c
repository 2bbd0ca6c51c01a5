/* The ids of a pass; see identity.h. */
#include "check/identity.h"

/* Each id has a word of its own, so that none can be taken for another. */
static const hp_str certificate_word = { (const uint8_t *)"certificate", 12 };
static const hp_str rid_word = { (const uint8_t *)"rid", 3 };
static const hp_str token_word = { (const uint8_t *)"token", 6 };
static const hp_str shown_word = { (const uint8_t *)"shown", 6 };
static const hp_str by_word = { (const uint8_t *)"by", 3 };
static const hp_str thing_word = { (const uint8_t *)"thing", 6 };

/* ASCII upper case into the arena; p is NULL when it does not fit. */
static hp_str
upper(hp_str s, hp_arena *arena)
{
    uint8_t *out = hp_arena_take(arena, s.n);
    size_t i;

    for (i = 0; out != NULL && i < s.n; i++)
        out[i] = s.p[i] >= 'a' && s.p[i] <= 'z' ? (uint8_t)(s.p[i] - 'a' + 'A') : s.p[i];
    return (hp_str){ out, s.n };
}

static bool
keyed(hp_hmac *identity, const hp_str *parts, size_t n, uint8_t id[HP_ID])
{
    uint8_t mac[HP_SHA256];

    if (!hp_hmac_over(identity, parts, n, mac))
        return false;
    memcpy(id, mac, HP_ID);
    return true;
}

static bool
of_token(hp_crypto *crypto, hp_hmac *identity, const hp_format *format, const hp_proof *proof,
         uint8_t id[HP_ID])
{
    uint8_t token[HP_SHA256];
    hp_str signed_parts[] = { { (const uint8_t *)format->name, strlen(format->name) + 1 },
                              proof->tbs };
    hp_str parts[] = { token_word, { token, sizeof(token) } };

    return hp_sha256(crypto, signed_parts, 2, token) && keyed(identity, parts, 2, id);
}

hp_str
hp_identity_number(hp_str identifier, hp_arena *arena)
{
    hp_str number = upper(identifier, arena);

    if (number.p != NULL && hp_str_starts(number, HP_STR("URN:UVCI:")))
        return hp_str_from(number, 9);
    return number;
}

/* The country's length goes first, so that country and number cannot be cut elsewhere. */
static bool
of_certificate(hp_hmac *identity, hp_str country, hp_str number, hp_arena *arena,
               uint8_t id[HP_ID])
{
    uint8_t length[2] = { (uint8_t)(country.n >> 8), (uint8_t)country.n };
    hp_str parts[] = { certificate_word, { length, 2 }, upper(country, arena), number };

    return parts[2].p != NULL && keyed(identity, parts, 4, id);
}

/* An issuer's address holds no zero, so that address and rid cannot be cut elsewhere. */
static bool
of_rid(hp_hmac *identity, hp_str issuer, hp_str rid, uint8_t id[HP_ID])
{
    hp_str parts[] = { rid_word, issuer, { (const uint8_t *)"", 1 }, rid };

    return keyed(identity, parts, 4, id);
}

bool
hp_identity_ledger(hp_crypto *crypto, hp_hmac *identity, const hp_format *format,
                   const hp_proof *proof, const hp_pass *pass, hp_arena *arena,
                   uint8_t id[HP_ID])
{
    hp_str number = hp_identity_number(pass->event.identifier, arena);

    if (pass->rid.n > 0)
        return of_rid(identity, pass->issuer, pass->rid, id);
    if (number.p == NULL)
        return false;
    if (number.n == 0)
        return of_token(crypto, identity, format, proof, id);
    return of_certificate(identity, pass->event.country, number, arena, id);
}

bool
hp_identity_by(hp_hmac *identity, const uint8_t ledger[HP_ID], hp_str by, uint8_t id[HP_BY])
{
    hp_str parts[] = { by_word, { ledger, HP_ID }, by };
    uint8_t whole[HP_ID];

    if (!keyed(identity, parts, 3, whole))
        return false;
    memcpy(id, whole, HP_BY);
    return true;
}

/* The kind's length goes first, so that kind and thing cannot be cut elsewhere. */
bool
hp_identity_thing(hp_hmac *identity, hp_str kind, hp_str thing, uint8_t id[HP_ID])
{
    uint8_t length = (uint8_t)kind.n;
    hp_str parts[] = { thing_word, { &length, 1 }, kind, thing };

    return kind.n <= UINT8_MAX && keyed(identity, parts, 4, id);
}

bool
hp_identity_shown(hp_hmac *identity, hp_str scope, uint64_t day, const uint8_t ledger[HP_ID],
                  uint8_t id[HP_ID])
{
    uint8_t number[8];
    hp_str parts[] = { shown_word, scope, { number, sizeof(number) }, { ledger, HP_ID } };
    size_t i;

    for (i = 0; i < sizeof(number); i++)
        number[i] = (uint8_t)(day >> (56 - 8 * i));
    return keyed(identity, parts, 4, id);
}
