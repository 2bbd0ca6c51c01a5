/*
 * 2D-DOC (ANTS; 2d-doc): the seal on French paper, characters of a Data Matrix.
 *
 *   DC 04 FR03 AV01 260C 260C L1 01 FR  L0... L1...  US  SIGNATURE [GS annex]
 *   |  |  |    |    |    |    |  |  |   |            |   Base32 of r||s, over all before the US
 *   |  |  |    |    |    |    |  |  |   fields       0x1F
 *   |  |  |    |    |    |    |  |  country           from version 04 on
 *   |  |  |    |    |    |    |  use: 01              from version 03 on
 *   |  |  |    |    |    |    kind of document: L1 vaccination, B2 test
 *   |  |  |    |    |    day of the signature, in hex since 2000-01-01; FFFF: not dated
 *   |  |  |    |    day of the document, likewise
 *   |  |  authority and certificate of the signer
 *
 * The seal has no end, and no number of its own.  The annex is not signed, and never read.  Only
 * what was signed literally counts: no separator is put in that is not there.
 */
#include "format/twod.h"

#include "base/cursor.h"
#include "codec/base32.h"
#include "format/format.h"

#define EPOCH 10957 /* 2000-01-01, in days since 1970-01-01 */

static bool
fail(hp_reason *why, hp_reason reason)
{
    *why = reason;
    return false;
}

/* ---- the head ------------------------------------------------------------- */

/* Digits and capitals, as far as those go; with others c is bad. */
static hp_str
take_word(hp_cur *c, size_t n, uint8_t last_letter)
{
    hp_str s = { hp_cur_take(c, n), n };
    size_t i;

    for (i = 0; s.p != NULL && i < n; i++) {
        if ((s.p[i] < '0' || s.p[i] > '9') && (s.p[i] < 'A' || s.p[i] > last_letter))
            c->bad = true;
    }
    return c->bad ? (hp_str){ NULL, 0 } : s;
}

static int64_t
take_day(hp_cur *c)
{
    hp_str s = take_word(c, 4, 'F');
    int64_t day = 0;
    size_t i;

    for (i = 0; i < s.n; i++)
        day = day * 16 + (s.p[i] <= '9' ? s.p[i] - '0' : s.p[i] - 'A' + 10);
    return day == 0xFFFF ? HP_TWOD_UNDATED : day + EPOCH;
}

/* An authority's name begins with its country, where the head has none. */
static void
take_rest(hp_cur *c, unsigned version, hp_twod_head *head, hp_str *use)
{
    head->type = take_word(c, 2, 'Z');
    *use = version >= 3 ? take_word(c, 2, 'Z') : HP_STR("01");
    head->country = version >= 4 ? take_word(c, 2, 'Z') : (hp_str){ head->signer.p, 2 };
}

bool
hp_twod_head_read(hp_str seal, hp_twod_head *head, hp_reason *why)
{
    hp_cur c = hp_cur_of(seal);
    const uint8_t *begin = hp_cur_take(&c, 4);
    unsigned version = begin != NULL && begin[2] == '0' ? begin[3] - (unsigned)'0' : 0;
    hp_str use;

    if (version < 2 || version > 4)
        return fail(why, HP_KIND_OFF);
    head->signer = take_word(&c, HP_TWOD_NAME, 'Z');
    head->issued = take_day(&c);
    head->sealed = take_day(&c);
    take_rest(&c, version, head, &use);
    if (c.bad)
        return fail(why, HP_ENVELOPE);
    head->length = (size_t)(c.p - seal.p);
    return hp_str_eq(use, HP_STR("01")) || fail(why, HP_KIND_OFF);
}

/* ---- opening -------------------------------------------------------------- */

/* Where the byte is for the first time; the end where it is not. */
static size_t
find(hp_str s, uint8_t byte)
{
    const uint8_t *at = s.n > 0 ? memchr(s.p, byte, s.n) : NULL;

    return at != NULL ? (size_t)(at - s.p) : s.n;
}

/*
 * What was signed, and what stands behind its US.  Scanners that type like a keyboard may drop
 * control characters, or replace them: where there is no US, that is the likeliest.
 */
static bool
split(hp_str seal, hp_str *tbs, hp_str *behind, hp_reason *why)
{
    size_t at = find(seal, HP_TWOD_US);

    if (at == seal.n)
        return fail(why, HP_KEYBOARD_LAYOUT);
    *tbs = (hp_str){ seal.p, at };
    *behind = hp_str_from(seal, at + 1);
    return find(*behind, HP_TWOD_US) == behind->n || fail(why, HP_ENVELOPE);
}

/* The length says the curve: of a key on another one no signature is that long. */
static hp_alg
alg_of(size_t length)
{
    static const hp_alg algs[] = { HP_ALG_ES256, HP_ALG_ES384, HP_ALG_ES512 };
    size_t i;

    for (i = 0; i < sizeof(algs) / sizeof(algs[0]); i++) {
        if (length == 2 * hp_alg_half(algs[i]))
            return algs[i];
    }
    return HP_ALG_NONE;
}

/*
 * One of another length is a bad signature, and no damaged text (2d-doc, 4): then the bits behind
 * its last byte are what it was cut in.
 */
static bool
read_signature(hp_str behind, hp_arena *arena, hp_proof *proof)
{
    hp_str text = { behind.p, find(behind, HP_TWOD_GS) };
    uint8_t *out = hp_arena_take(arena, HP_BASE32_BYTES(text.n));
    bool exact;

    if (out == NULL || !hp_base32_read(text, out, &proof->signature.n, &exact))
        return false;
    proof->signature.p = out;
    proof->alg = alg_of(proof->signature.n);
    return exact || proof->alg == HP_ALG_NONE;
}

static bool
open(hp_str text, hp_arena *arena, hp_proof *proof, hp_reason *why)
{
    hp_str seal, behind;
    hp_twod_head head;

    *proof = (hp_proof){ .alg = HP_ALG_NONE, .kid_signed = true };
    if (!hp_twod_text(text, arena, &seal))
        return fail(why, HP_ENCODING);
    if (!split(seal, &proof->tbs, &behind, why) || !hp_twod_head_read(proof->tbs, &head, why))
        return false;
    if (!read_signature(behind, arena, proof))
        return fail(why, HP_ENCODING);
    proof->kid = proof->kid_text = head.signer;
    proof->payload = hp_str_from(proof->tbs, head.length);
    return true;
}

/* ---- reading -------------------------------------------------------------- */

/* A day in Paris, from its start to its last second. */
static void
read_days(const hp_twod_head *head, hp_pass *pass)
{
    bool dated = head->sealed != HP_TWOD_UNDATED;
    int64_t issued = head->issued != HP_TWOD_UNDATED ? head->issued : head->sealed;

    if (issued != HP_TWOD_UNDATED)
        pass->issued = hp_twod_moment(hp_date_of(issued), 0);
    if (dated) {
        pass->valid_from = pass->signed_from = hp_twod_moment(hp_date_of(head->sealed), 0);
        pass->signed_until = hp_twod_moment(hp_date_of(head->sealed + 1), 0) - 1;
    }
    pass->valid_until = HP_TIME_LAST;
}

static bool
read(const hp_proof *proof, const hp_reading *how, hp_arena *arena, hp_pass *pass,
     hp_reason *why)
{
    hp_twod_value values[HP_TWOD_FIELDS];
    const hp_twod_field *fields;
    hp_twod_head head;
    bool good;

    (void)how;
    if (!hp_twod_head_read(proof->tbs, &head, why))
        return false;
    fields = hp_twod_fields_of(head.type);
    if (fields == NULL)
        return fail(why, HP_KIND_OFF);
    pass->issuer = head.country;
    pass->domains = HP_DOMAIN_2D_DOC;
    read_days(&head, pass);
    if (!hp_twod_fields_read(fields, proof->payload, values))
        return fail(why, HP_CONTENT);
    good = hp_str_eq(head.type, HP_STR("L1"))
               ? hp_twod_vaccination(values, head.country, arena, pass)
               : hp_twod_test(values, head.country, arena, pass);
    return good || fail(why, HP_CONTENT);
}

const hp_format hp_format_2d_doc = { "2d-doc", HP_TWOD_TEXT_MAX, hp_twod_is, open, read };
