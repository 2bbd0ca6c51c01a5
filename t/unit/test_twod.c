/*
 * 2D-DOC seals: every form of a text, every head, what fields say, and each limit one below and one
 * above.
 */
#include "unit.h"

#include "base/node.h"
#include "codec/base32.h"
#include "crypto/key.h"
#include "format/format.h"
#include "format/twod_write.h"
#include "maker.h"
#include "reader.h"

#include <stdlib.h>

#define DAY    20720 /* 2026-09-24 */
#define GS     "\x1d"
#define RS     "\x1e"
#define US     "\x1f"
#define TEN    "AAAAAAAAAA"
#define EIGHTY TEN TEN TEN TEN TEN TEN TEN TEN

#define L1 "L0DUPUIS" GS "L1ZOE/MARIE" GS "L229021988L3COVID-19" GS "L4J07BX03" GS "L5COMIRNATY" GS \
    "L6PFIZER" GS "L72L82L901092026LATE"
#define B2 "F0ZOE/MARIE" GS "F1DUPUIS" GS "F229021988F3FF4945006" GS "F5NF6210920261200"

static uint8_t buffer[64 * 1024];
static hp_signer *signer;
static hp_crypto *crypto;
static hp_key *key;
static reader seen = { .format = &hp_format_2d_doc, .room = (size_t)64 * 1024 };

static const hp_twod_wish plain = { .name = "FRX1HP01", .issued = DAY, .sealed = DAY };

static hp_twod_wish
wish_of(int64_t issued, int64_t sealed)
{
    hp_twod_wish wish = plain;

    wish.signer = signer;
    wish.issued = issued;
    wish.sealed = sealed;
    return wish;
}

static hp_str
seal(const char *type, const char *fields)
{
    static char text[HP_TWOD_TEXT_MAX];
    hp_twod_wish wish = wish_of(DAY, DAY);
    size_t n;

    assert_true(hp_twod_write_fields(&wish, hp_str_of(type), hp_str_of(fields), text, &n));
    return (hp_str){ (const uint8_t *)text, n };
}

/* The seal of a whole message. */
static hp_str
sealed(const char *message)
{
    static char text[HP_TWOD_TEXT_MAX];
    hp_twod_wish wish = wish_of(DAY, DAY);
    size_t n;

    assert_true(hp_twod_write_message(&wish, hp_str_of(message), text, &n));
    return (hp_str){ (const uint8_t *)text, n };
}

/* HP_OK, or why it is none; what it says is in seen. */
static hp_reason
read_text(hp_str text)
{
    return reader_read(&seen, guard_end(text));
}

static hp_reason
read_fields(const char *type, const char *fields)
{
    return read_text(seal(type, fields));
}

/* The only entry's member; a number's first digit as text. */
static hp_str
member(const char *group, const char *name)
{
    static uint8_t digit;
    const hp_node *entry = reader_entry(&seen, group, 0), *n = hp_node_member(entry, hp_str_of(name));

    assert_null(entry->next);
    if (!hp_node_is(n, HP_NODE_UINT))
        return reader_text(&seen, group, 0, name);
    digit = (uint8_t)('0' + n->num);
    return (hp_str){ &digit, 1 };
}

static double
at(const char *time)
{
    double t;

    assert_true(hp_time_read(hp_str_of(time), false, &t));
    return t;
}

/* The same text with the first of one part replaced by another. */
static const char *
changed(const char *text, const char *part, const char *by)
{
    const char *where = strstr(text, part);

    assert_non_null(where);
    return maker_c_string(maker_print("%.*s%s%s", (int)(where - text), text, by,
                                      where + strlen(part)));
}

/* ---- texts ---------------------------------------------------------------- */

static void
every_form_is_the_same_seal(void **state)
{
    static const hp_str query = { (const uint8_t *)HP_TWOD_LINK "?v=", sizeof(HP_TWOD_LINK "?v=") - 1 };
    hp_twod_wish wish = wish_of(DAY, DAY);
    char link[HP_TWOD_TEXT_MAX];
    hp_str made, coded, itself = maker_copy(seal("L1", L1)), tbs;
    size_t n;

    (void)state;
    wish.link = true;
    assert_true(hp_twod_write_fields(&wish, HP_STR("L1"), HP_STR(L1), link, &n));
    made = (hp_str){ (const uint8_t *)link, n };
    coded = hp_str_from(made, query.n);
    assert_int_equal(read_text(itself), HP_OK);
    tbs = maker_copy(seen.proof.tbs);
    hp_str forms[] = {
        made, MAKER_JOIN(HP_STR(HP_TWOD_LINK "2d#"), coded),
        MAKER_JOIN(made, HP_STR("&utm=1")), MAKER_JOIN(made, HP_STR("#top")),
        MAKER_JOIN(query, itself), MAKER_JOIN(itself, HP_STR("=")),
        MAKER_JOIN(itself, HP_STR(GS "ANNEX is not read")), MAKER_JOIN(itself, HP_STR(GS)),
    };
    for (size_t i = 0; i < COUNT(forms); i++) {
        if (read_text(forms[i]) != HP_OK)
            fail_msg("form %zu", i);
        assert_str_equal(seen.proof.tbs, tbs);
        assert_str_equal(seen.proof.kid, HP_STR("FRX1HP01"));
        assert_str_equal(seen.proof.kid_text, HP_STR("FRX1HP01"));
        assert_true(seen.proof.kid_signed);
        assert_int_equal(seen.proof.alg, HP_ALG_ES256);
        assert_int_equal(seen.proof.signature.n, 64);
    }
}

static void
texts_that_are_no_seal(void **state)
{
    static const struct {
        const char *text;
        hp_reason want;
    } table[] = {
        { "DC", HP_UNKNOWN_KIND }, { "DC04", HP_UNKNOWN_KIND }, { "DC04FRX1HP0", HP_UNKNOWN_KIND },
        { "DC04frx1hp01", HP_UNKNOWN_KIND }, { "DCX4FRX1HP01", HP_UNKNOWN_KIND },
        { "DC0XFRX1HP01", HP_UNKNOWN_KIND }, { " DC04FRX1HP01", HP_UNKNOWN_KIND },
        { "\xDC\x04", HP_KIND_OFF }, /* the binary form */
        { "DC\xC3\xA0'FRX&HP\xC3\xA0&", HP_KEYBOARD_LAYOUT }, { "dc04frx1hp01", HP_KEYBOARD_LAYOUT },
        /* no US */
        { "DC04FRX1HP01", HP_KEYBOARD_LAYOUT }, { "DC04FRX1HP0150E650E6L101FR" L1, HP_KEYBOARD_LAYOUT },
        { "DC04FRX1HP0150E650E6L101FR<US>AAAA", HP_KEYBOARD_LAYOUT },
        /* links */
        { HP_TWOD_LINK "?v=", HP_ENCODING }, { HP_TWOD_LINK "?v=HC1:", HP_ENCODING },
        { HP_TWOD_LINK "2d#", HP_ENCODING }, { HP_TWOD_LINK "2d#DC04FRX1HP01%", HP_ENCODING },
        { HP_TWOD_LINK "2d#DC04FRX1HP01%1", HP_ENCODING }, { HP_TWOD_LINK "2d#DC04FRX1HP01%1G", HP_ENCODING },
        { HP_TWOD_LINK "2d#DC04FRX1HP01%1f%1F", HP_ENVELOPE },
        { HP_TWOD_LINK "?w=DC04FRX1HP01", HP_UNKNOWN_KIND }, { HP_TWOD_LINK "2d?v=DC04FRX1HP01", HP_UNKNOWN_KIND },
        { "http://bonjour.tousanticovid.gouv.fr/app/wallet?v=DC04FRX1HP01", HP_UNKNOWN_KIND },
        { "https://bonjour.tousanticovid.gouv.fr.example/app/wallet?v=DC04FRX1HP01", HP_UNKNOWN_KIND },
        { "https://example/app/wallet?v=DC04FRX1HP01", HP_UNKNOWN_KIND },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        hp_reason got = read_text(hp_str_of(table[i].text));

        if (got != table[i].want)
            fail_msg("%s: %s", table[i].text, hp_reason_name(got));
    }
}

static void
one_below_and_one_above_the_longest_text(void **state)
{
    hp_str it = maker_copy(seal("L1", L1 ));
    hp_str text = MAKER_JOIN(it, HP_STR(GS), maker_fill(HP_TWOD_TEXT_MAX - it.n - 1, 'A'));

    (void)state;
    assert_int_equal(text.n, HP_TWOD_TEXT_MAX);
    assert_int_equal(read_text(text), HP_OK);
    assert_int_equal(read_text(MAKER_JOIN(text, HP_STR("A"))), HP_TOO_LONG);
}

/* ---- heads ---------------------------------------------------------------- */

static void
heads(void **state)
{
    static const struct {
        const char *head;
        hp_reason want;
    } table[] = {
        { "DC04FRX1HP0126002600L101FR", HP_OK }, { "DC03FRX1HP0126002600L101", HP_OK },
        { "DC02FRX1HP0126002600L1", HP_OK }, { "DC01FRX1HP0126002600L1", HP_KIND_OFF },
        { "DC00FRX1HP0126002600L101FR", HP_KIND_OFF }, { "DC05FRX1HP0126002600L101FR", HP_KIND_OFF },
        { "DC14FRX1HP0126002600L101FR", HP_KIND_OFF }, { "DC04FRX1HP0126002600L102FR", HP_KIND_OFF },
        { "DC03FRX1HP0126002600L102", HP_KIND_OFF },
        { "DC04FRX1HP012600260GL101FR", HP_ENVELOPE }, { "DC04FRX1HP01260G2600L101FR", HP_ENVELOPE },
        { "DC04FRX1HP012600260aL101FR", HP_ENVELOPE }, { "DC04FRX1HP0126002600l101FR", HP_ENVELOPE },
        { "DC04FRX1HP0126002600L101fr", HP_ENVELOPE },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        hp_reason got = read_text(sealed(maker_c_string(maker_print("%s%s", table[i].head, L1))));

        if (got != table[i].want)
            fail_msg("%s: %s", table[i].head, hp_reason_name(got));
        if (got == HP_OK)
            assert_str_equal(seen.pass.issuer, HP_STR("FR"));
    }
    for (size_t n = 12; n < 26; n++) /* a head that ends early */
        assert_int_equal(read_text(sealed(maker_c_string(maker_print("%.*s", (int)n, table[0].head)))),
                         HP_ENVELOPE);
    assert_int_equal(read_text(sealed("DC04FRX1HP0126002600L101FR")), HP_CONTENT);
}

/* Well signed, and nothing about a person's health. */
static void
other_documents_are_recognised(void **state)
{
    static const char *const types[] = { "00", "01", "28", "B0", "B1", "L0", "L2", "B3" };

    (void)state;
    for (size_t i = 0; i < COUNT(types); i++)
        assert_int_equal(read_fields(types[i], L1), HP_KIND_OFF);
}

/* Days are Paris's: from its midnight to its last second, in winter and in summer. */
static void
days(void **state)
{
    static const struct {
        int64_t day;
        const char *from, *until;
    } table[] = {
        { 20720, "2026-09-23T22:00:00Z", "2026-09-24T21:59:59Z" },
        { 20751, "2026-10-24T22:00:00Z", "2026-10-25T22:59:59Z" }, /* of 25 hours */
        { 20820, "2027-01-01T23:00:00Z", "2027-01-02T22:59:59Z" },
        { 20905, "2027-03-27T23:00:00Z", "2027-03-28T21:59:59Z" }, /* of 23 hours */
    };
    char text[HP_TWOD_TEXT_MAX];
    hp_twod_wish wish;
    size_t n;

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        wish = wish_of(table[i].day - 1, table[i].day);
        assert_true(hp_twod_write_fields(&wish, HP_STR("L1"), HP_STR(L1), text, &n));
        assert_int_equal(read_text((hp_str){ (const uint8_t *)text, n }), HP_OK);
        assert_true(seen.pass.signed_from == at(table[i].from) && seen.pass.signed_until == at(table[i].until));
        assert_true(seen.pass.valid_from == seen.pass.signed_from && seen.pass.valid_until == HP_TIME_LAST);
        assert_true(seen.pass.issued < seen.pass.signed_from && seen.pass.issued >= seen.pass.signed_from - 90000);
    }
}

static void
days_that_are_not_said(void **state)
{
    char text[HP_TWOD_TEXT_MAX];
    hp_twod_wish wish;
    size_t n;

    (void)state;
    wish = wish_of(HP_TWOD_UNDATED, DAY);
    assert_true(hp_twod_write_fields(&wish, HP_STR("L1"), HP_STR(L1), text, &n));
    assert_int_equal(read_text((hp_str){ (const uint8_t *)text, n }), HP_OK);
    assert_true(seen.pass.issued == seen.pass.signed_from && seen.pass.issued > 0);
    wish = wish_of(DAY, HP_TWOD_UNDATED);
    assert_true(hp_twod_write_fields(&wish, HP_STR("L1"), HP_STR(L1), text, &n));
    assert_int_equal(read_text((hp_str){ (const uint8_t *)text, n }), HP_OK);
    assert_true(seen.pass.signed_from == 0 && seen.pass.valid_from == 0 && seen.pass.issued > 0);
    wish = wish_of(HP_TWOD_UNDATED, HP_TWOD_UNDATED);
    assert_true(hp_twod_write_fields(&wish, HP_STR("L1"), HP_STR(L1), text, &n));
    assert_int_equal(read_text((hp_str){ (const uint8_t *)text, n }), HP_OK);
    assert_true(seen.pass.issued == 0);
}

/* ---- signatures ----------------------------------------------------------- */

static hp_str
with_signature(size_t bytes)
{
    static char text[1024];
    uint8_t zeros[256] = { 0 };

    hp_base32_write((hp_str){ zeros, bytes }, text);
    return MAKER_JOIN(HP_STR("DC04FRX1HP0126002600L101FR" L1 US),
                      ((hp_str){ (const uint8_t *)text, HP_BASE32_TEXT(bytes) }));
}

/* Other lengths are no curve's: they are read, and hold for no key. */
static void
the_length_says_the_curve(void **state)
{
    static const struct {
        size_t n;
        hp_alg alg;
    } table[] = { { 63, HP_ALG_NONE },  { 64, HP_ALG_ES256 },  { 65, HP_ALG_NONE },
                  { 95, HP_ALG_NONE },  { 96, HP_ALG_ES384 },  { 97, HP_ALG_NONE },
                  { 131, HP_ALG_NONE }, { 132, HP_ALG_ES512 }, { 133, HP_ALG_NONE },
                  { 0, HP_ALG_NONE },   { 256, HP_ALG_NONE } };

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        assert_int_equal(read_text(with_signature(table[i].n)), HP_OK);
        assert_int_equal(seen.proof.alg, table[i].alg);
        assert_int_equal(seen.proof.signature.n, table[i].n);
    }
}

/* Of that many characters, with all bits set behind the last whole byte; HP_OK is a bad signature. */
static void
signatures_that_are_cut(void **state)
{
    static const struct {
        size_t n;
        hp_reason want;
    } table[] = { { 96, HP_OK },  { 98, HP_OK }, { 99, HP_ENCODING }, { 100, HP_OK }, { 101, HP_OK },
                  { 102, HP_ENCODING }, { 103, HP_ENCODING }, { 104, HP_OK }, { 154, HP_ENCODING }, { 155, HP_ENCODING },
                  { 212, HP_ENCODING }, { 213, HP_OK }, { 424, HP_OK } };
    hp_str message = HP_STR("DC04FRX1HP0126002600L101FR" L1 US);

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        if (read_text(MAKER_JOIN(message, maker_fill(table[i].n, '7'))) != table[i].want)
            fail_msg("%zu characters", table[i].n);
        assert_true(table[i].want != HP_OK || seen.proof.alg == HP_ALG_NONE);
    }
}

static void
signatures_that_do_not_decode(void **state)
{
    static const char *const ends[] = { "AA", "a", "1", " ", "\n=", "=A", RS, "========", "-" };
    hp_str it = maker_copy(seal("L1", L1));

    (void)state;
    for (size_t i = 0; i < COUNT(ends); i++) {
        if (read_text(MAKER_JOIN(it, hp_str_of(ends[i]))) != HP_ENCODING)
            fail_msg("'%s'", ends[i]);
    }
    assert_int_equal(read_text(MAKER_JOIN(it, HP_STR(US))), HP_ENVELOPE);
    assert_int_equal(read_text(MAKER_JOIN(it, HP_STR(GS "ANNEX" US))), HP_ENVELOPE);
}

static bool
holds(hp_str text)
{
    hp_arena arena = hp_arena_over(buffer, sizeof(buffer));
    uint8_t digest[HP_DIGEST_MAX];
    hp_reason why;

    return hp_format_find(text, HP_FORMATS_ALL, &why) == &hp_format_2d_doc &&
           hp_format_2d_doc.open(text, &arena, &seen.proof, &why) &&
           hp_alg_digest(crypto, seen.proof.alg, seen.proof.tbs, digest) &&
           hp_key_verify(key, seen.proof.alg, digest, seen.proof.signature) == HP_VERIFY_HOLDS;
}

/* Whatever bit is flipped, what still holds is the same signed text. */
static void
no_changed_seal_says_something_else(void **state)
{
    hp_str it = maker_copy(seal("L1", L1)), tbs;
    uint8_t *copy = malloc(it.n);

    (void)state;
    assert_non_null(copy);
    assert_true(holds(it));
    tbs = maker_copy(seen.proof.tbs);
    for (size_t i = 0; i < 8 * it.n; i++) {
        memcpy(copy, it.p, it.n);
        copy[i / 8] ^= (uint8_t)(1u << i % 8);
        if (holds((hp_str){ copy, it.n }))
            assert_str_equal(seen.proof.tbs, tbs);
    }
    for (size_t n = 0; n < it.n; n++)
        assert_false(holds(guard_end((hp_str){ it.p, n })));
    free(copy);
}

/* ---- fields --------------------------------------------------------------- */

static void
vaccinations(void **state)
{
    (void)state;
    assert_int_equal(read_fields("L1", L1), HP_OK);
    assert_str_equal(seen.pass.holder.family, HP_STR("DUPUIS"));
    assert_str_equal(seen.pass.holder.given, HP_STR("ZOE MARIE"));
    assert_true(!seen.pass.holder.family_cut && !seen.pass.holder.given_cut);
    assert_int_equal(seen.pass.holder.family_mrz.n + seen.pass.holder.given_mrz.n, 0);
    assert_true(seen.pass.holder.birth.year == 1988 && seen.pass.holder.birth.month == 2 &&
                seen.pass.holder.birth.day == 29);
    assert_int_equal(seen.pass.event.kind, 'v');
    assert_str_equal(seen.pass.event.disease, HP_STR("840539006"));
    assert_true(seen.pass.event.date.year == 2026 && seen.pass.event.date.month == 9 && seen.pass.event.date.day == 1);
    assert_int_equal(seen.pass.event.identifier.n, 0);
    assert_int_equal(seen.pass.domains, HP_DOMAIN_2D_DOC);
    assert_str_equal(member("v", "tg"), HP_STR("840539006"));
    assert_str_equal(member("v", "vp"), HP_STR("J07BX03"));
    assert_str_equal(member("v", "mp"), HP_STR("EU/1/20/1528"));
    assert_str_equal(member("v", "ma"), HP_STR("ORG-100030215"));
    assert_str_equal(member("v", "dn"), HP_STR("2"));
    assert_str_equal(member("v", "sd"), HP_STR("2"));
    assert_str_equal(member("v", "dt"), HP_STR("2026-09-01"));
    assert_str_equal(member("v", "co"), HP_STR("FR"));
    assert_int_equal(member("v", "ci").n, 0);
}

/* What LA says counts: the DCC's numbers are made to say so, too. */
static void
doses(void **state)
{
    static const struct {
        const char *fields;
        char dose, doses;
    } table[] = {
        { "L71L82L901092026LATE", '1', '1' }, { "L72L82L901092026LATE", '2', '2' },
        { "L73L82L901092026LATE", '3', '2' }, { "L71L82L901092026LACO", '1', '2' },
        { "L71L81L901092026LACO", '1', '2' }, { "L72L81L901092026LAEC", '2', '3' },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        assert_int_equal(read_fields("L1", changed(L1, "L72L82L901092026LATE", table[i].fields)), HP_OK);
        assert_int_equal(member("v", "dn").p[0], table[i].dose);
        assert_int_equal(member("v", "sd").p[0], table[i].doses);
    }
}

static void
products(void **state)
{
    static const struct {
        const char *name, *product, *maker;
    } table[] = {
        { "COMIRNATY PFIZER/BIONTECH", "EU/1/20/1528", "ORG-100030215" },
        { "PFIZER/BIONTECH - COMIRNATY", "EU/1/20/1528", "ORG-100030215" },
        { "COVID-19 VACCINE MODERNA", "EU/1/20/1507", "ORG-100031184" },
        { "SPIKEVAX", "EU/1/20/1507", "ORG-100031184" },
        { "VAXZEVRIA", "EU/1/21/1529", "ORG-100001699" },
        { "JANSSEN", "EU/1/20/1525", "ORG-100001417" },
        { "NUVAXOVID", "EU/1/21/1618", "ORG-100032020" },
        { "COMIRNATYX", "2D-DOC:L5|COMIRNATYX", "2D-DOC:L6|PFIZER" },
        { "SPUTNIK V", "2D-DOC:L5|SPUTNIK V", "2D-DOC:L6|PFIZER" },
        { "12345", "2D-DOC:L5|12345", "2D-DOC:L6|PFIZER" },
        { "\xc9TOILE", "2D-DOC:L5|\xc3\x89TOILE", "2D-DOC:L6|PFIZER" }, /* Latin-1 */
    };

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        assert_int_equal(read_fields("L1", changed(L1, "COMIRNATY", table[i].name)), HP_OK);
        assert_str_equal(member("v", "mp"), hp_str_of(table[i].product));
        assert_str_equal(member("v", "ma"), hp_str_of(table[i].maker));
    }
}

static void
diseases(void **state)
{
    (void)state;
    assert_int_equal(read_fields("L1", changed(L1, "L3COVID-19", "L3")), HP_OK);
    assert_str_equal(seen.pass.event.disease, HP_STR("840539006")); /* the agent says it */
    assert_int_equal(read_fields("L1", changed(L1, "COVID-19", "GRIPPE")), HP_OK);
    assert_int_equal(seen.pass.event.disease.n, 0);
    assert_int_equal(read_fields("L1", changed(changed(L1, "L3COVID-19", "L3"), "J07BX03", "J07BB01")), HP_OK);
    assert_int_equal(seen.pass.event.disease.n, 0);
    assert_str_equal(member("v", "vp"), HP_STR("2D-DOC:L4|J07BB01"));
}

static void
dates_of_birth(void **state)
{
    static const struct {
        const char *text;
        hp_birth want;
    } table[] = {
        { "29021988", { 1988, 2, 29 } }, { "29021987", { 1987, 0, 0 } }, { "00021987", { 1987, 2, 0 } },
        { "00001987", { 1987, 0, 0 } },  { "31131987", { 1987, 0, 0 } }, { "15001987", { 1987, 0, 0 } },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        assert_int_equal(read_fields("L1", changed(L1, "29021988", table[i].text)), HP_OK);
        assert_memory_equal(&seen.pass.holder.birth, &table[i].want, sizeof(hp_birth));
    }
    assert_int_equal(read_fields("B2", changed(B2, "29021988", "29021987")), HP_CONTENT);
    assert_int_equal(read_fields("B2", changed(B2, "29021988", "2902198X")), HP_CONTENT);
}

static void
tests_for_the_virus(void **state)
{
    static const struct {
        const char *from, *to, *method, *disease, *result;
    } table[] = {
        { "945006", "945006", "LP6464-4", "840539006", "260415000" },
        { "945006", "943092", "LP6464-4", "840539006", "260415000" },
        { "945006", "948455", "LP6464-4", "840539006", "260415000" },
        { "945006", "94309", "LP6464-4", "840539006", "260415000" },
        { "945006" GS, "LP64644", "LP6464-4", "840539006", "260415000" }, /* the longest: no end */
        { "945006", "LP64644", "LP6464-4", "840539006", "260415000" },
        { "945006", "945584", "LP217198-3", "840539006", "260415000" },
        { "945006", "945071", "2D-DOC:F4|945071", "", "260415000" }, /* antibodies */
        { "F5N", "F5P", "LP6464-4", "840539006", "260373001" },
        { "F5N", "F5I", "LP6464-4", "840539006", "2D-DOC:F5|I" },
        { "F5N", "F5X", "LP6464-4", "840539006", "2D-DOC:F5|X" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        assert_int_equal(read_fields("B2", changed(B2, table[i].from, table[i].to)), HP_OK);
        assert_int_equal(seen.pass.event.kind, 't');
        assert_str_equal(seen.pass.event.disease, hp_str_of(table[i].disease));
        assert_str_equal(seen.pass.event.result, hp_str_of(table[i].result));
        assert_str_equal(member("t", "tt"), hp_str_of(table[i].method));
        assert_str_equal(member("t", "tr"), hp_str_of(table[i].result));
        assert_str_equal(member("t", "sc"), HP_STR("2026-09-21T10:00:00Z"));
        assert_str_equal(seen.pass.holder.family, HP_STR("DUPUIS"));
        assert_str_equal(seen.pass.holder.given, HP_STR("ZOE MARIE"));
    }
}

/* Of the hour that comes twice the first one; the one that is left out is moved. */
static void
samples_are_taken_by_the_clocks_of_paris(void **state)
{
    static const struct {
        const char *text, *want;
    } table[] = {
        { "150120261200", "2026-01-15T11:00:00Z" }, { "150720261200", "2026-07-15T10:00:00Z" },
        { "290320260159", "2026-03-29T00:59:00Z" }, { "290320260300", "2026-03-29T01:00:00Z" },
        { "290320260230", "2026-03-29T01:30:00Z" }, { "251020260159", "2026-10-24T23:59:00Z" },
        { "251020260230", "2026-10-25T00:30:00Z" }, { "251020260300", "2026-10-25T02:00:00Z" },
        { "010120260030", "2025-12-31T23:30:00Z" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        assert_int_equal(read_fields("B2", changed(B2, "210920261200", table[i].text)), HP_OK);
        if (seen.pass.event.sampled != at(table[i].want))
            fail_msg("%s", table[i].text);
    }
}

static void
values_that_are_none(void **state)
{
    static const struct {
        const char *type, *from, *to;
    } table[] = {
        { "L1", "L901092026", "L931092026" }, { "L1", "L901092026", "L90109202X" },
        { "L1", "29021988", "2902198X" },     { "L1", "L72", "L7X" }, { "L1", "L82", "L8X" },
        { "L1", "LATE", "LAXX" },             { "B2", "F3F", "F3X" }, { "B2", "F5N", "F5Z" },
        { "B2", "210920261200", "310920261200" }, { "B2", "210920261200", "210920262400" },
        { "B2", "210920261200", "210920261260" }, { "B2", "210920261200", "21092026120X" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        const char *fields = *table[i].type == 'L' ? L1 : B2;

        if (read_fields(table[i].type, changed(fields, table[i].from, table[i].to)) != HP_CONTENT)
            fail_msg("%s", table[i].to);
    }
}

/* In their order, all of them, and nothing besides. */
static void
fields_stand_in_their_order(void **state)
{
    static const struct {
        const char *type, *from, *to;
    } table[] = {
        { "L1", "LATE", "" },        { "L1", "LATE", "LATEL0X" }, { "L1", "LATE", "LATE" GS },
        { "L1", "L72L82", "L82L72" }, { "L1", "L72", "" },        { "L1", "DUPUIS" GS, "DUPUIS" },
        { "L1", "29021988", "29021988" GS }, { "L1", "L0", "l0" }, { "L1", "L0", "" },
        { "L1", "DUPUIS", "DU\x01PUIS" }, { "L1", "DUPUIS", "DU\x7fPUIS" }, { "L1", "DUPUIS", "DU\x85PUIS" },
        { "B2", "F5N", "" },         { "B2", "1200", "120" },     { "B2", "1200", "12000" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        const char *fields = *table[i].type == 'L' ? L1 : B2;

        if (read_fields(table[i].type, changed(fields, table[i].from, table[i].to)) != HP_CONTENT)
            fail_msg("case %zu", i);
    }
    assert_int_equal(read_fields("L1", B2), HP_CONTENT);
    /* An id inside a value is part of it. */
    assert_int_equal(read_fields("L1", changed(L1, "COMIRNATY", "L6 L7 VACCIN")), HP_OK);
    assert_str_equal(member("v", "mp"), HP_STR("2D-DOC:L5|L6 L7 VACCIN"));
}

static void
one_below_and_one_above_the_length_of_each_value(void **state)
{
    static const struct {
        const char *type, *from;
        size_t least, most;
    } table[] = {
        { "L1", "DUPUIS", 0, 80 }, { "L1", "ZOE/MARIE", 0, 80 }, { "L1", "COVID-19", 0, 30 },
        { "L1", "J07BX03", 5, 15 }, { "L1", "COMIRNATY", 5, 30 }, { "L1", "PFIZER", 5, 30 },
        { "B2", "ZOE/MARIE", 0, 60 }, { "B2", "DUPUIS", 0, 38 }, { "B2", "945006", 3, 7 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        const char *fields = *table[i].type == 'L' ? L1 : B2, *from = table[i].from;
        const char *ended = maker_c_string(maker_print("%s" GS, from));

        assert_int_equal(read_fields(table[i].type, changed(fields, from,
            maker_c_string(maker_print("%.*s", (int)table[i].least, EIGHTY)))), HP_OK);
        if (table[i].least > 0)
            assert_int_equal(read_fields(table[i].type, changed(fields, from,
                maker_c_string(maker_print("%.*s", (int)table[i].least - 1, EIGHTY)))), HP_CONTENT);
        assert_int_equal(read_fields(table[i].type, changed(fields, from,
            maker_c_string(maker_print("%.*s", (int)table[i].most, EIGHTY)))), HP_OK);
        assert_int_equal(read_fields(table[i].type, changed(fields, from,
            maker_c_string(maker_print("%.*sA", (int)table[i].most, EIGHTY)))), HP_CONTENT);
        /* The longest has no need of an end; a shorter one has. */
        assert_int_equal(read_fields(table[i].type, changed(fields, ended,
            maker_c_string(maker_print("%.*s", (int)table[i].most, EIGHTY)))), HP_OK);
        assert_int_equal(read_fields(table[i].type, changed(fields, ended,
            maker_c_string(maker_print("%.*s", (int)table[i].most - 1, EIGHTY)))), HP_CONTENT);
    }
}

static void
names_that_are_cut_say_so(void **state)
{
    (void)state;
    assert_int_equal(read_fields("L1", changed(L1, "DUPUIS" GS, EIGHTY RS)), HP_OK);
    assert_true(seen.pass.holder.family_cut && !seen.pass.holder.given_cut);
    assert_int_equal(seen.pass.holder.family.n, 80);
    assert_int_equal(read_fields("B2", changed(B2, "ZOE/MARIE" GS, "ZOE/MARI" RS)), HP_OK);
    assert_true(!seen.pass.holder.family_cut && seen.pass.holder.given_cut);
    assert_int_equal(read_fields("L1", changed(L1, "DUPUIS", "DUPR\xc9" "E")), HP_OK); /* Latin-1 */
    assert_str_equal(seen.pass.holder.family, HP_STR("DUPR\xc3\x89" "E"));
}

/* ---- writing -------------------------------------------------------------- */

static void
what_is_written_is_read(void **state)
{
    static const char json[] = "{\"type\":\"L1\",\"L0\":\"" EIGHTY "A\",\"L1\":\"ZOE\",\"L2\":\"29021988\","
        "\"L3\":\"\",\"L4\":\"J07BX03\",\"L5\":\"COMIRNATY\",\"L6\":\"PFIZER\",\"L7\":\"1\",\"L8\":\"2\","
        "\"L9\":\"01092026\",\"LA\":\"TE\"}";
    static const struct {
        const char *from, *to;
    } wrong[] = { { "\"L1\",", "\"L2\"," }, { "\"L9\":", "\"L8\":" }, { "01092026", "0109202" },
                  { "01092026", "010920261" }, { "J07BX03", "J07B" }, { "\"TE\"", "1" } };
    hp_twod_wish wish = wish_of(DAY, DAY);
    char text[HP_TWOD_TEXT_MAX];
    hp_json *values = hp_json_load(HP_STR(json), NULL);
    size_t n;

    (void)state;
    assert_true(hp_twod_write(&wish, values, text, &n));
    hp_json_free(values);
    assert_int_equal(read_text((hp_str){ (const uint8_t *)text, n }), HP_OK);
    assert_true(seen.pass.holder.family_cut && seen.pass.holder.family.n == 80);
    for (size_t i = 0; i < COUNT(wrong); i++) {
        values = hp_json_load(hp_str_of(changed(json, wrong[i].from, wrong[i].to)), NULL);
        if (values != NULL && hp_twod_write(&wish, values, text, &n))
            fail_msg("case %zu", i);
        hp_json_free(values);
    }
    assert_false(hp_twod_write_message(&wish, maker_fill(HP_TWOD_TEXT_MAX - 103, 'A'), text, &n));
    assert_true(hp_twod_write_message(&wish, maker_fill(HP_TWOD_TEXT_MAX - 104, 'A'), text, &n));
    assert_true(hp_twod_is_name("FR03AV01") && !hp_twod_is_name("FR03AV0") &&
                !hp_twod_is_name("FR03AV011") && !hp_twod_is_name("fr03AV01"));
}

static int
set_up(void **state)
{
    char pem[HP_PEM_MAX];
    size_t at_byte = 0, n;
    hp_error error;
    uint8_t *der;

    (void)state;
    signer = hp_signer_new(HP_ALG_ES256, 0, &error);
    crypto = hp_crypto_new();
    if (signer == NULL || crypto == NULL || !hp_signer_public_pem(signer, pem, &n) ||
        hp_pem_next((hp_str){ (const uint8_t *)pem, n }, &at_byte, &der, &n) != HP_PEM_KEY)
        return 1;
    key = hp_key_read(crypto, (hp_str){ der, n });
    hp_pem_free(der);
    return key == NULL;
}

static int
tear_down(void **state)
{
    (void)state;
    hp_key_free(key);
    hp_crypto_free(crypto);
    hp_signer_free(signer);
    return 0;
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(every_form_is_the_same_seal),
    cmocka_unit_test(texts_that_are_no_seal),
    cmocka_unit_test(one_below_and_one_above_the_longest_text),
    cmocka_unit_test(heads),
    cmocka_unit_test(other_documents_are_recognised),
    cmocka_unit_test(days),
    cmocka_unit_test(days_that_are_not_said),
    cmocka_unit_test(the_length_says_the_curve),
    cmocka_unit_test(signatures_that_are_cut),
    cmocka_unit_test(signatures_that_do_not_decode),
    cmocka_unit_test(no_changed_seal_says_something_else),
    cmocka_unit_test(vaccinations),
    cmocka_unit_test(doses),
    cmocka_unit_test(products),
    cmocka_unit_test(diseases),
    cmocka_unit_test(dates_of_birth),
    cmocka_unit_test(tests_for_the_virus),
    cmocka_unit_test(samples_are_taken_by_the_clocks_of_paris),
    cmocka_unit_test(values_that_are_none),
    cmocka_unit_test(fields_stand_in_their_order),
    cmocka_unit_test(one_below_and_one_above_the_length_of_each_value),
    cmocka_unit_test(names_that_are_cut_say_so),
    cmocka_unit_test(what_is_written_is_read),
};

UNIT_MAIN_WITH(tests, set_up, tear_down)
