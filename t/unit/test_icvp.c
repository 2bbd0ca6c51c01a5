/*
 * What the WHO's network puts into an HC1 envelope beside the DCC: the yellow card in its three
 * generations, DDCC's core data sets, links.  A row changes a good payload at one place.
 */
#include "unit.h"

#include "base/country.h"
#include "codec/cbor.h"
#include "format/ddcc.h"
#include "format/icvp.h"
#include "format/link.h"
#include "maker.h"

#define YELLOW "YellowFeverProductd8a09f80301dc05e124f99ffe7711fc0"
#define POLIO  "PolioVaccineOralProductaaaa"
#define ICVP   "{\"n\":\"Erna Example\",\"dob\":\"1971-02-03\",\"s\":\"female\",\"nt\":\"FRA\"," \
    "\"id\":\"P1\",\"dt\":\"PPN\",\"v\":\"1.0\",\"vx\":{\"vp\":\"" YELLOW "\",\"dv\":\"2025-11-02\"," \
    "\"bo\":\"L1\",\"cn\":\"Dr A\",\"is\":\"FRA\"}}"
#define OLDER  "{\"n\":\"Erna Example\",\"dob\":\"1971-02-03\",\"nid\":\"P2\",\"v\":[" \
    "{\"vp\":\"" YELLOW "\",\"dt\":\"2025-10-01\",\"is\":\"FRA\"}," \
    "{\"vp\":\"" POLIO "\",\"dt\":\"2025-10-20\",\"is\":\"FRA\",\"vle\":\"2026-10-19\"}]}"
#define OLDEST "{\"n\":\"Erna Example\",\"dob\":\"1971-02-03\",\"v\":{\"tg\":\"1D47\"," \
    "\"vp\":\"XM0N24\",\"ma\":\"M\",\"dt\":\"2025-10-05\",\"vls\":\"2025-10-15\"," \
    "\"vle\":\"2035-10-15\",\"cn\":\"Dr A\"}}"
#define DDCC_COMMON "\"name\":\"Erna Example\",\"birthDate\":\"1971-02-03\",\"certificate\":" \
    "{\"hcid\":{\"value\":\"HC-1\"},\"issuer\":\"FRA\",\"period\":{\"start\":\"2025-10-10\"," \
    "\"end\":\"2027-10-10\"}}"
#define DDCC_V "{" DDCC_COMMON ",\"vaccination\":{\"vaccine\":{\"system\":\"http://snomed.info/sct\"," \
    "\"code\":\"1119349007\"},\"brand\":\"B\",\"date\":\"2025-10-09\",\"dose\":1,\"total_doses\":2," \
    "\"country\":{\"code\":\"FRA\"},\"disease\":\"840539006\"}}"
#define DDCC_T "{" DDCC_COMMON ",\"test\":{\"pathogen\":\"840539006\",\"type\":{\"code\":\"LP6464-4\"}," \
    "\"date\":\"2025-10-09T08:30:00Z\",\"result\":\"260415000\",\"country\":\"FRA\"}}"

#define DAY    86400.0
#define NOV_2  1762041600.0 /* 2025-11-02 */
#define ISSUED (NOV_2 + 10 * DAY)
#define EXPIRES (NOV_2 + 600 * DAY)

typedef bool (*reader)(const hp_node *, const hp_cwt *, hp_arena *, hp_pass *);

static uint8_t buffer[64 * 1024];
static hp_arena arena;

static const hp_cwt whole = { .iat = ISSUED, .from = ISSUED, .exp = EXPIRES, .has_exp = true };
static const hp_cwt endless = { .iat = ISSUED, .from = ISSUED };

static bool
reads(reader read, hp_str json, const hp_cwt *cwt, hp_pass *pass)
{
    const hp_node *n;

    arena = hp_arena_over(buffer, sizeof(buffer));
    n = hp_cbor_read(guard_end(maker_cbor(json)), &arena);
    assert_non_null(n);
    memset(pass, 0, sizeof(*pass));
    return read(n, cwt, &arena, pass);
}

static void
assert_str(hp_str s, const char *want)
{
    assert_int_equal(s.n, strlen(want));
    assert_memory_equal(s.p, want, s.n);
}

static const hp_node *
entry(const hp_pass *pass, const char *kind, size_t nth)
{
    const hp_node *n = hp_node_member(pass->document, hp_str_of(kind))->child;

    while (nth-- > 0)
        n = n->next;
    return n;
}

static void
assert_entry(const hp_node *n, const char *key, const char *want)
{
    assert_str(hp_node_member(n, hp_str_of(key))->str, want);
}

static void
three_generations(void **state)
{
    hp_pass pass;

    (void)state;
    assert_true(reads(hp_icvp_read, HP_STR(ICVP), &whole, &pass));
    assert_str(pass.holder.family, "Erna Example");
    assert_str(pass.holder.number, "P1");
    assert_int_equal(pass.holder.birth.month, 2);
    assert_str(pass.event.disease, "16541001");
    assert_int_equal(pass.event.date.day, 2);
    assert_true(pass.valid_from == ISSUED); /* ten days after the vaccination */
    assert_true(pass.valid_until == EXPIRES);
    assert_entry(entry(&pass, "v", 0), "tg", "16541001");
    assert_entry(entry(&pass, "v", 0), "mp", YELLOW);
    assert_entry(entry(&pass, "v", 0), "dt", "2025-11-02");

    /* the newest of several is the one that is judged, and stands first */
    assert_true(reads(hp_icvp_read, HP_STR(OLDER), &whole, &pass));
    assert_str(pass.holder.number, "P2");
    assert_str(pass.event.disease, "398102009");
    assert_entry(entry(&pass, "v", 0), "dt", "2025-10-20");
    assert_entry(entry(&pass, "v", 1), "dt", "2025-10-01");
    assert_true(pass.valid_until == NOV_2 + 352 * DAY - 1); /* 2026-10-19, to its end */

    assert_true(reads(hp_icvp_read, HP_STR(OLDEST), &endless, &pass));
    assert_str(pass.event.disease, "16541001");
    assert_true(pass.valid_from == ISSUED); /* vls was before */
    assert_true(reads(hp_icvp_read, maker_replace(HP_STR(OLDEST), HP_STR("1971-02-03"), HP_STR("1971-02")),
        &endless, &pass));
    assert_true(pass.holder.birth.year == 1971 && pass.holder.birth.month == 2 && pass.holder.birth.day == 0);
}

/* Yellow fever alone may have no end, and begins ten days later. */
static void
for_life(void **state)
{
    hp_cwt early = { .iat = NOV_2, .from = NOV_2 };
    hp_pass pass;

    (void)state;
    assert_true(reads(hp_icvp_read, HP_STR(ICVP), &early, &pass));
    assert_true(pass.valid_from == NOV_2 + 10 * DAY);
    assert_true(pass.valid_until == HP_TIME_LAST);
    assert_false(reads(hp_icvp_read, maker_replace(HP_STR(ICVP), HP_STR("YellowFever"), HP_STR("Other")),
        &early, &pass));
    assert_true(reads(hp_icvp_read, maker_replace(HP_STR(ICVP), HP_STR("YellowFever"), HP_STR("Other")),
        &whole, &pass));
    assert_true(pass.valid_from == ISSUED);
    /* a vaccination after the pass was issued is none; on the day itself it is one */
    early.iat = NOV_2 - 1;
    assert_false(reads(hp_icvp_read, HP_STR(ICVP), &early, &pass));
    /* nor does one begin before its day, whatever else it says and where nobody says when it was issued */
    early = (hp_cwt){ .iat = 0 };
    assert_true(reads(hp_icvp_read, maker_replace(HP_STR(ICVP), HP_STR("\"cn\""),
        HP_STR("\"vls\":\"2025-01-01\",\"cn\"")), &early, &pass));
    assert_true(pass.valid_from == NOV_2);
}

typedef struct {
    reader read;
    const char *json, *old, *by;
    bool good;
} change;

static void
one_place(void **state)
{
    static const change table[] = {
        { hp_icvp_read, ICVP, "\"vx\"", "\"vy\"", false },
        { hp_icvp_read, ICVP, "\"dv\"", "\"dt\"", true },
        { hp_icvp_read, ICVP, "\"dv\":\"2025-11-02\"", "\"dv\":\"2025-11-02T10:00:00Z\"", true },
        { hp_icvp_read, ICVP, "\"dv\":\"2025-11-02\"", "\"dv\":\"2025-11-32\"", false },
        { hp_icvp_read, ICVP, "\"dv\":\"2025-11-02\"", "\"dv\":20251102", false },
        { hp_icvp_read, ICVP, "\"n\":\"Erna Example\"", "\"n\":\"\"", false },
        { hp_icvp_read, ICVP, "\"n\":\"Erna Example\"", "\"n\":null", false },
        { hp_icvp_read, ICVP, "1971-02-03", "1971-02", false },
        { hp_icvp_read, ICVP, "\"cn\":\"Dr A\",", "", true },
        { hp_icvp_read, ICVP, ",\"cn\":\"Dr A\",\"is\":\"FRA\"", "", false },
        { hp_icvp_read, ICVP, "\"id\":\"P1\",", "", true },
        { hp_icvp_read, ICVP, "\"id\":\"P1\"", "\"id\":1", false },
        { hp_icvp_read, ICVP, "\"vp\":\"" YELLOW "\",", "", false },
        { hp_icvp_read, OLDER, "2025-10-01", "2025-13-01", false },
        { hp_icvp_read, OLDEST, "2035-10-15", "2035", false },
        { hp_ddcc_read_vaccination, DDCC_V, "\"B\"", "{\"code\":\"B\"}", true },
        { hp_ddcc_read_vaccination, DDCC_V, "\"date\":\"2025-10-09\"", "\"date\":\"\"", false },
        { hp_ddcc_read_vaccination, DDCC_V, "\"vaccination\"", "\"test\"", false },
        { hp_ddcc_read_vaccination, DDCC_V, "\"code\":\"1119349007\"", "\"code\":1", false },
        { hp_ddcc_read_vaccination, DDCC_V, "\"name\":\"Erna Example\",", "", false },
        { hp_ddcc_read_vaccination, DDCC_V, "\"birthDate\":\"1971-02-03\",", "", true },
        { hp_ddcc_read_vaccination, DDCC_V, "1971-02-03", "1971", true },
        { hp_ddcc_read_vaccination, DDCC_V, "1971-02-03", "1971-13", false },
        { hp_ddcc_read_vaccination, DDCC_V, "2027-10-10", "2027-10-1", false },
        { hp_ddcc_read_test, DDCC_T, "\"FRA\"}}", "\"XXA\"}}", true },
        { hp_ddcc_read_test, DDCC_T, "2025-10-09T08:30:00Z", "2025-10-09", true },
        { hp_ddcc_read_test, DDCC_T, "2025-10-09T08:30:00Z", "yesterday", false },
        { hp_ddcc_read_test, DDCC_T, "\"result\":\"260415000\",", "", false },
        { hp_ddcc_read_test, DDCC_T, "\"pathogen\":\"840539006\",", "", false },
    };
    hp_pass pass;

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        hp_str json = maker_replace(hp_str_of(table[i].json), hp_str_of(table[i].old),
            hp_str_of(table[i].by));

        if (reads(table[i].read, json, &whole, &pass) != table[i].good)
            fail_msg("row %zu: %s", i, table[i].by);
    }
}

/* Each limit, one below and one above. */
static void
limits(void **state)
{
    hp_str one = HP_STR("{\"vp\":\"" YELLOW "\",\"dt\":\"2025-10-01\",\"is\":\"FRA\"}"), list = one;
    hp_pass pass;
    size_t i;

    (void)state;
    for (i = 1; i < HP_ICVP_DOSES; i++)
        list = MAKER_JOIN(list, HP_STR(","), one);
    for (i = 0; i < 2; i++) {
        hp_str json = MAKER_JOIN(HP_STR("{\"n\":\"E\",\"dob\":\"1971-02-03\",\"v\":["), list, HP_STR("]}"));

        assert_int_equal(reads(hp_icvp_read, json, &whole, &pass), i == 0);
        list = MAKER_JOIN(list, HP_STR(","), one);
    }
    assert_false(reads(hp_icvp_read, HP_STR("{\"n\":\"E\",\"dob\":\"1971-02-03\",\"v\":[]}"), &whole, &pass));
    for (i = 256; i <= 257; i++)
        assert_int_equal(reads(hp_icvp_read, maker_replace(HP_STR(ICVP), HP_STR("Erna Example"),
            maker_fill(i, 'A')), &whole, &pass), i == 256);
}

static void
ddcc(void **state)
{
    hp_pass pass;

    (void)state;
    assert_true(reads(hp_ddcc_read_vaccination, HP_STR(DDCC_V), &whole, &pass));
    assert_str(pass.event.identifier, "HC-1");
    assert_str(pass.event.country, "FR");
    assert_true(pass.event.doses == 2 && pass.event.dose == 1);
    assert_true(pass.valid_until == EXPIRES);
    assert_entry(entry(&pass, "v", 0), "vp", "1119349007");
    assert_entry(entry(&pass, "v", 0), "co", "FR");

    /* in ICD-11 it is the same */
    assert_true(reads(hp_ddcc_read_vaccination, maker_replace(maker_replace(HP_STR(DDCC_V),
        HP_STR("\"840539006\""), HP_STR("{\"system\":\"http://id.who.int/icd11/mms\",\"code\":\"RA01.0\"}")),
        HP_STR("http://snomed.info/sct\",\"code\":\"1119349007"),
        HP_STR("http://id.who.int/icd/release/11/mms\",\"code\":\"XM0GQ8")), &whole, &pass));
    assert_str(pass.event.disease, "840539006");
    assert_entry(entry(&pass, "v", 0), "vp", "1119349007");

    assert_true(reads(hp_ddcc_read_test, HP_STR(DDCC_T), &whole, &pass));
    assert_str(pass.event.result, "260415000");
    assert_true(pass.event.sampled == NOV_2 - 24 * DAY + 8.5 * 3600);
    assert_entry(entry(&pass, "t", 0), "tt", "LP6464-4");

    /* without an end in the token that of the certificate holds; without both there is none */
    assert_true(reads(hp_ddcc_read_test, HP_STR(DDCC_T), &endless, &pass));
    assert_true(pass.valid_until == NOV_2 + 708 * DAY - 1);
    assert_false(reads(hp_ddcc_read_test, maker_replace(HP_STR(DDCC_T), HP_STR(",\"end\":\"2027-10-10\""),
        HP_STR("")), &endless, &pass));
}

static void
links(void **state)
{
    static const struct {
        const char *json;
        bool is;
    } table[] = {
        { "[{\"u\":\"shlink:/e\"}]", true }, { "[{\"u\":\"https://v.example/#shlink:/e\"}]", true },
        { "[{\"u\":\"http://v.example/#shlink:/e\"}]", false }, { "[{\"u\":\"https://v.example/\"}]", false },
        { "[{\"u\":\"shlink:/e\"},{\"u\":\"vhlink:/e\"}]", true }, { "[{\"u\":\"shlink:/e\"},{}]", false },
        { "[{\"u\":1}]", false }, { "[1]", false }, { "[]", false }, { "{\"u\":\"shlink:/e\"}", false },
        { "[{\"u\":\"https://\"}]", false }, { "[{\"u\":\"shlink:\"}]", false },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        arena = hp_arena_over(buffer, sizeof(buffer));
        if (hp_link_is(hp_cbor_read(guard_end(maker_cbor(hp_str_of(table[i].json))), &arena)) != table[i].is)
            fail_msg("%s", table[i].json);
    }
    arena = hp_arena_over(buffer, sizeof(buffer));
    assert_true(hp_link_is(hp_cbor_read(guard_end(maker_text(HP_STR("vhlink:/e"))), &arena)));
    assert_false(hp_link_is(hp_cbor_read(guard_end(maker_bytes(HP_STR("vhlink:/e"))), &arena)));
}

/* Any room that is too small is a fault, and no pass. */
static void
room(void **state)
{
    hp_str cbor = maker_cbor(HP_STR(OLDER));
    hp_pass pass = { 0 };
    size_t used, n;

    (void)state;
    assert_true(reads(hp_icvp_read, HP_STR(OLDER), &whole, &pass));
    used = arena.used;
    for (n = used - 400; n < used; n++) {
        const hp_node *icvp;

        arena = hp_arena_over(buffer, n);
        icvp = hp_cbor_read(cbor, &arena);
        assert_false(icvp != NULL && hp_icvp_read(icvp, &whole, &arena, &pass));
        assert_true(arena.full);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(three_generations),
    cmocka_unit_test(for_life),
    cmocka_unit_test(one_place),
    cmocka_unit_test(limits),
    cmocka_unit_test(ddcc),
    cmocka_unit_test(links),
    cmocka_unit_test(room),
};

UNIT_MAIN(tests)
