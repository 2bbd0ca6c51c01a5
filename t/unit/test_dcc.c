/*
 * The DCC schema: each rule of each version, and T1 to T9 of the tolerant profile.
 * A row changes a good payload at one place and says what both profiles make of it.
 */
#include "unit.h"

#include "base/time.h"
#include "codec/cbor.h"
#include "format/dcc.h"
#include "maker.h"

#include <stdlib.h>

enum { NEITHER, STRICT = 1, TOLERANT = 2, BOTH = 3 };

static uint8_t buffer[512 * 1024];

static bool
judge(hp_str cbor, hp_schema schema, hp_pass *pass)
{
    hp_arena arena = hp_arena_over(buffer, sizeof(buffer));
    const hp_node *dcc = hp_cbor_read(guard_end(cbor), &arena);

    assert_non_null(dcc);
    memset(pass, 0, sizeof(*pass));
    return hp_dcc_read(dcc, schema, &arena, pass);
}

static int
profiles(hp_str cbor)
{
    hp_pass pass;

    return (judge(cbor, HP_SCHEMA_STRICT, &pass) ? STRICT : 0)
        | (judge(cbor, HP_SCHEMA_TOLERANT, &pass) ? TOLERANT : 0);
}

typedef struct {
    const char *ver;      /* NULL: as the payload has it */
    const char *old, *by; /* what is changed; @80 stands for 80 times the letter A */
    int want;
} row;

/* @80 as 80 letters, so that limits can be read. */
static hp_str
letters(const char *text)
{
    const char *at = strchr(text, '@');
    size_t n;
    char *rest;

    if (at == NULL)
        return hp_str_of(text);
    n = strtoul(at + 1, &rest, 10);
    return MAKER_JOIN({ (const uint8_t *)text, (size_t)(at - text) }, maker_fill(n, 'A'),
        letters(rest));
}

static void
run(const char *payload, const row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        hp_str json = maker_replace(hp_str_of(payload), letters(rows[i].old), letters(rows[i].by));
        int got;

        if (rows[i].ver != NULL)
            json = maker_replace(json, HP_STR("1.3.0"), hp_str_of(rows[i].ver));
        got = profiles(maker_cbor(json));
        if (got != rows[i].want)
            fail_msg("row %zu (%s for %s, %s): %d", i, rows[i].by, rows[i].old,
                rows[i].ver != NULL ? rows[i].ver : "1.3.0", got);
    }
}

#define RUN(payload, rows) run(payload, rows, COUNT(rows))

static void
good_ones_and_what_they_say(void **state)
{
    hp_pass pass;
    double sampled;

    (void)state;
    for (int schema = HP_SCHEMA_TOLERANT; schema <= HP_SCHEMA_STRICT; schema++) {
        assert_true(judge(maker_cbor(HP_STR(MAKER_V)), (hp_schema)schema, &pass));
        assert_int_equal(pass.event.kind, 'v');
        assert_str_equal(pass.holder.given, HP_STR("Erna"));
        assert_str_equal(pass.holder.given_mrz, HP_STR("ERNA"));
        assert_str_equal(pass.holder.family, HP_STR("Prüfling"));
        assert_str_equal(pass.holder.family_mrz, HP_STR("PRUEFLING"));
        assert_int_equal(pass.holder.birth.year, 1971);
        assert_int_equal(pass.holder.birth.month, 2);
        assert_int_equal(pass.holder.birth.day, 3);
        assert_str_equal(pass.event.disease, HP_STR("840539006"));
        assert_str_equal(pass.event.country, HP_STR("XA"));
        assert_str_equal(pass.event.identifier, HP_STR("URN:UVCI:01:XA:1#2"));
        assert_int_equal(pass.event.date.day, 1);
        assert_true(pass.event.dose == 2 && pass.event.doses == 2);

        assert_true(judge(maker_cbor(HP_STR(MAKER_T)), (hp_schema)schema, &pass));
        assert_int_equal(pass.event.kind, 't');
        assert_str_equal(pass.event.result, HP_STR("260415000"));
        assert_true(hp_time_read(HP_STR("2021-06-01T08:30:00Z"), false, &sampled));
        assert_true(pass.event.sampled == sampled);

        assert_true(judge(maker_cbor(HP_STR(MAKER_R)), (hp_schema)schema, &pass));
        assert_int_equal(pass.event.kind, 'r');
        assert_int_equal(pass.event.from.month, 3);
        assert_int_equal(pass.event.until.month, 9);
    }
}

static void
versions(void **state)
{
    static const row rows[] = {
        { NULL, "1.3.0", "1.0.0", BOTH }, { NULL, "1.3.0", "1.0.4", BOTH },
        { NULL, "1.3.0", "1.1.0", BOTH }, { NULL, "1.3.0", "1.2.1", BOTH },
        { NULL, "1.3.0", "1.3.3", BOTH }, { NULL, "1.3.0", "1.3.99", BOTH },
        { NULL, "1.3.0", "1.99999999999999999999.0", BOTH }, { NULL, "1.3.0", "01.3.0", BOTH },
        { NULL, "1.3.0", "1x3x0", BOTH }, { NULL, "1.3.0", "1\xc3\xa9" "3\xe2\x82\xac" "0", BOTH },
        { NULL, "1.3.0", "1\\n3\\n0", NEITHER }, { NULL, "1.3.0", "1..3.0", NEITHER }, { NULL, "1.3.0", "2.0.0", NEITHER },
        { NULL, "1.3.0", "0.9.0", NEITHER }, { NULL, "1.3.0", "10.0.0", NEITHER },
        { NULL, "1.3.0", "1.3", NEITHER }, { NULL, "1.3.0", "1", NEITHER },
        { NULL, "1.3.0", "", NEITHER }, { NULL, "1.3.0", "1.3.0.0", NEITHER },
        { NULL, "1.3.0", "1.3.x", NEITHER }, { NULL, "1.3.0", "v1.3.0", NEITHER },
        { NULL, "1.3.0", " 1.3.0 ", TOLERANT }, { NULL, "1.3.0", "1..3.0", NEITHER },
        { NULL, "\"1.3.0\"", "1.3", NEITHER }, { NULL, "\"1.3.0\"", "null", NEITHER },
        { NULL, "\"ver\"", "\"VER\"", NEITHER },
    };

    (void)state;
    RUN(MAKER_V, rows);
}

static void
names(void **state)
{
    static const row rows[] = {
        /* lengths, in code points */
        { NULL, "Erna", "@80", BOTH }, { NULL, "Erna", "@81", NEITHER },
        { "1.2.1", "Erna", "@50", BOTH }, { "1.2.1", "Erna", "@51", TOLERANT },
        { "1.0.0", "Erna", "@51", TOLERANT }, { NULL, "ERNA", "@80", BOTH },
        { NULL, "ERNA", "@81", NEITHER }, { "1.2.1", "ERNA", "@51", TOLERANT },
        { NULL, "Erna", "üüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüü@30", BOTH },
        /* the MRZ form; T8 */
        { NULL, "ERNA", "", BOTH }, { NULL, "ERNA", "ER<NA", BOTH },
        { NULL, "ERNA", "Erna", TOLERANT }, { NULL, "ERNA", "ER NA", TOLERANT },
        { NULL, "ERNA", "ERN4", TOLERANT }, { NULL, "ERNA", "ÉRNA", TOLERANT },
        { NULL, "ERNA", " ERNA", TOLERANT },
        /* which must be there */
        { NULL, "\"fn\"", "\"xx\"", BOTH }, { NULL, "\"gn\"", "\"xx\"", BOTH },
        { NULL, "\"gnt\"", "\"xx\"", BOTH }, { NULL, "\"fnt\"", "\"xx\"", TOLERANT },
        { "1.3.1", "\"fnt\"", "\"xx\"", TOLERANT }, { "1.3.2", "\"fnt\"", "\"xx\"", BOTH },
        { "1.0.0", "\"fnt\"", "\"xx\"", TOLERANT },
        { NULL, "\"fnt\":\"PRUEFLING\",\"gn\":\"Erna\",\"gnt\":\"ERNA\"", "\"gn\":\"Erna\"",
            NEITHER },
        { "1.3.2", "\"fnt\":\"PRUEFLING\",\"gn\":\"Erna\",\"gnt\":\"ERNA\"", "\"gn\":\"Erna\"",
            NEITHER },
        /* other types; T1 */
        { NULL, "\"Erna\"", "1", NEITHER }, { NULL, "\"Erna\"", "null", TOLERANT },
        { NULL, "\"Erna\"", "\"hex:f7\"", TOLERANT }, { NULL, "\"ERNA\"", "null", TOLERANT },
        { NULL, "\"ERNA\"", "[]", NEITHER }, { NULL, "\"PRUEFLING\"", "null", TOLERANT },
        { NULL, "\"Erna\"", "\"hex:4141\"", NEITHER },
        { NULL, "\"nam\"", "\"xxx\"", NEITHER }, { NULL, "\"nam\":{", "\"nam\":[],\"x\":{", NEITHER },
        { NULL, "\"nam\":{", "\"nam\":null,\"x\":{", NEITHER },
        { NULL, "\"gn\"", "\"x\":1,\"gn\"", BOTH },
    };

    (void)state;
    RUN(MAKER_V, rows);
}

static void
names_are_mended(void **state)
{
    static const struct {
        const char *given, *mended;
    } table[] = { { "erna", "ERNA" }, { "Er na", "ER<NA" }, { "ér4a", "<R<A" }, { "x😀y", "X<Y" },
        { "A", "A" }, { "", "" } };
    hp_pass pass;

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        hp_str json = maker_replace(HP_STR(MAKER_V), HP_STR("ERNA"), hp_str_of(table[i].given));

        assert_true(judge(maker_cbor(json), HP_SCHEMA_TOLERANT, &pass));
        assert_str_equal(pass.holder.given_mrz, hp_str_of(table[i].mended));
    }
}

static void
birth_dates(void **state)
{
    static const row rows[] = {
        { NULL, "1971-02-03", "1971-02", BOTH }, { NULL, "1971-02-03", "1971", BOTH },
        { "1.1.0", "1971-02-03", "1971-02", BOTH }, { "1.0.4", "1971-02-03", "1971-02", TOLERANT },
        { "1.0.0", "1971-02-03", "1971", TOLERANT }, { NULL, "1971-02-03", "1971-00-00", BOTH },
        { "1.0.0", "1971-02-03", "1971-02-30", TOLERANT }, { NULL, "1971-02-03", "1971-99-99", BOTH },
        { NULL, "1971-02-03", "", BOTH }, { "1.2.1", "1971-02-03", "", TOLERANT },
        { NULL, "1971-02-03", "1900-01-01", BOTH }, { NULL, "1971-02-03", "1899-12-31", NEITHER },
        { NULL, "1971-02-03", "2099-12-31", BOTH }, { NULL, "1971-02-03", "2100-01-01", NEITHER },
        { NULL, "1971-02-03", "1971-XX-XX", TOLERANT }, { NULL, "1971-02-03", "1971-xx-xx", TOLERANT },
        { NULL, "1971-02-03", "1971-02-XX", TOLERANT }, { NULL, "1971-02-03", "1971-Xx-XX", NEITHER },
        { NULL, "1971-02-03", "1971-02-03T00:00:00", TOLERANT },
        { NULL, "1971-02-03", "1971-02-03T00:00:00Z", TOLERANT },
        { NULL, "1971-02-03", "03.02.1971", TOLERANT }, { NULL, "1971-02-03", "31.02.1971", NEITHER },
        { NULL, "1971-02-03", "03.02.1871", NEITHER }, { NULL, "1971-02-03", "3.2.1971", NEITHER },
        { NULL, "1971-02-03", " 1971-02-03 ", TOLERANT }, { NULL, "1971-02-03", "1971-2-3", NEITHER },
        { NULL, "1971-02-03", "1971-", NEITHER }, { NULL, "1971-02-03", "1971-02-", NEITHER },
        { NULL, "1971-02-03", "19710203", NEITHER }, { NULL, "1971-02-03", "1971/02/03", NEITHER },
        { NULL, "1971-02-03", "1971-02-03-04", NEITHER }, { NULL, "1971-02-03", "unknown", NEITHER },
        { NULL, "\"1971-02-03\"", "1971", NEITHER }, { NULL, "\"1971-02-03\"", "null", NEITHER },
        { NULL, "\"dob\"", "\"xxx\"", NEITHER },
    };
    static const struct {
        const char *text;
        hp_birth want;
    } parts[] = { { "1971-02", { 1971, 2, 0 } }, { "1971", { 1971, 0, 0 } }, { "", { 0, 0, 0 } },
        { "1971-XX-XX", { 1971, 0, 0 } }, { "03.02.1971", { 1971, 2, 3 } },
        { "1971-02-03T23:59:59-12:00", { 1971, 2, 3 } } };
    hp_pass pass;

    (void)state;
    RUN(MAKER_V, rows);
    for (size_t i = 0; i < COUNT(parts); i++) {
        hp_str json = maker_replace(HP_STR(MAKER_V), HP_STR("1971-02-03"), hp_str_of(parts[i].text));

        assert_true(judge(maker_cbor(json), HP_SCHEMA_TOLERANT, &pass));
        assert_int_equal(pass.holder.birth.year, parts[i].want.year);
        assert_int_equal(pass.holder.birth.month, parts[i].want.month);
        assert_int_equal(pass.holder.birth.day, parts[i].want.day);
    }
}

#define COMMON_ROWS                                                                            \
    { NULL, "\"tg\"", "\"xx\"", NEITHER }, { NULL, "\"co\"", "\"xx\"", NEITHER },              \
    { NULL, "\"is\"", "\"xx\"", NEITHER }, { NULL, "\"ci\"", "\"xx\"", NEITHER },              \
    { NULL, "\"XA\"", "\"xA\"", BOTH }, { NULL, "\"XA\"", "\"xa\"", NEITHER },                 \
    { NULL, "\"XA\"", "\"\"", TOLERANT }, { NULL, "\"XA\"", "null", NEITHER },                 \
    { NULL, "\"Test issuer\"", "\"@80\"", BOTH }, { NULL, "\"Test issuer\"", "\"@81\"", TOLERANT }, \
    { "1.2.1", "\"Test issuer\"", "\"@51\"", TOLERANT },                                       \
    { NULL, "URN:UVCI:01:XA:1#2", "@80", BOTH }, { NULL, "URN:UVCI:01:XA:1#2", "@81", NEITHER }, \
    { "1.2.1", "URN:UVCI:01:XA:1#2", "@50", BOTH },                                            \
    { "1.2.1", "URN:UVCI:01:XA:1#2", "@51", TOLERANT },                                        \
    { NULL, "\"URN:UVCI:01:XA:1#2\"", "null", NEITHER },                                       \
    { NULL, "\"URN:UVCI:01:XA:1#2\"", "7", NEITHER }, { NULL, "840539006", "anything", BOTH },    \
    { NULL, "\"840539006\"", "840539006", NEITHER }, { NULL, "\"tg\"", "\"zz\":null,\"tg\"", BOTH }

static void
vaccinations(void **state)
{
    static const row rows[] = {
        COMMON_ROWS,
        { NULL, "\"vp\"", "\"xx\"", NEITHER }, { NULL, "\"mp\"", "\"xx\"", NEITHER },
        { NULL, "\"ma\"", "\"xx\"", NEITHER }, { NULL, "\"dn\"", "\"xx\"", NEITHER },
        { NULL, "\"sd\"", "\"xx\"", NEITHER }, { NULL, "\"dt\"", "\"xx\"", NEITHER },
        /* doses */
        { NULL, "\"dn\":2", "\"dn\":1", BOTH }, { NULL, "\"dn\":2", "\"dn\":0", NEITHER },
        { NULL, "\"dn\":2", "\"dn\":-1", NEITHER }, { NULL, "\"dn\":2", "\"dn\":9", BOTH },
        { NULL, "\"dn\":2", "\"dn\":10", BOTH }, { "1.2.1", "\"dn\":2", "\"dn\":9", BOTH },
        { "1.2.1", "\"dn\":2", "\"dn\":10", TOLERANT }, { "1.2.1", "\"sd\":2", "\"sd\":10", TOLERANT },
        { NULL, "\"sd\":2", "\"sd\":0", NEITHER }, { NULL, "\"dn\":2", "\"dn\":3.0", BOTH },
        { NULL, "\"dn\":2", "\"dn\":1.5", NEITHER }, { NULL, "\"dn\":2", "\"dn\":\"2\"", NEITHER },
        { NULL, "\"dn\":2", "\"dn\":\"hex:f94000\"", BOTH },
        { NULL, "\"dn\":2", "\"dn\":\"hex:f97e00\"", NEITHER },
        { NULL, "\"dn\":2", "\"dn\":\"hex:f97c00\"", NEITHER }, { NULL, "\"dn\":2", "\"dn\":true", NEITHER },
        { NULL, "\"dn\":2", "\"dn\":null", NEITHER },
        /* the day */
        { NULL, "2021-06-01", "2021-02-29", NEITHER }, { NULL, "2021-06-01", "2021-06", NEITHER },
        { NULL, "2021-06-01", "2021-06-01T10:00:00Z", TOLERANT },
        { NULL, "2021-06-01", "2021-06-01T23:00:00-05:00", TOLERANT },
        { NULL, "2021-06-01", "2021-06-01 10:00", TOLERANT }, { NULL, "2021-06-01", " 2021-06-01", TOLERANT },
        { NULL, "2021-06-01", "2021-06-01x", NEITHER }, { NULL, "2021-06-01", "", NEITHER },
        { NULL, "\"2021-06-01\"", "20210601", NEITHER }, { NULL, "\"2021-06-01\"", "null", NEITHER },
    };

    (void)state;
    RUN(MAKER_V, rows);
}

static void
test_results(void **state)
{
    static const row rows[] = {
        COMMON_ROWS,
        { NULL, "\"tt\"", "\"xx\"", NEITHER }, { NULL, "\"tr\"", "\"xx\"", NEITHER },
        { NULL, "\"sc\"", "\"xx\"", NEITHER }, { NULL, "\"nm\"", "\"xx\"", BOTH },
        { NULL, "\"tc\"", "\"xx\"", BOTH }, { "1.2.1", "\"tc\"", "\"xx\"", TOLERANT },
        { NULL, "\"A centre\"", "\"@80\"", BOTH }, { NULL, "\"A centre\"", "\"@81\"", TOLERANT },
        { "1.2.1", "\"A centre\"", "\"@51\"", TOLERANT }, { NULL, "\"A centre\"", "null", TOLERANT },
        { NULL, "\"A test\"", "\"@80\"", BOTH }, { NULL, "\"A test\"", "\"@81\"", TOLERANT },
        { "1.2.1", "\"A test\"", "\"@300\"", BOTH }, { NULL, "\"A test\"", "null", TOLERANT },
        { NULL, "\"A test\"", "1", NEITHER }, { NULL, "260415000", "260373001", BOTH },
        { NULL, "\"nm\"", "\"ma\":\"1232\",\"nm\"", BOTH }, { NULL, "\"nm\"", "\"ma\":1,\"nm\"", NEITHER },
        { NULL, "\"nm\"", "\"ma\":null,\"nm\"", TOLERANT },
        /* when the sample was taken */
        { NULL, "08:30:00Z", "08:30:00+02:00", BOTH }, { NULL, "08:30:00Z", "08:30:00.123Z", BOTH },
        { NULL, "08:30:00Z", "08:30:00+0200", TOLERANT }, { NULL, "08:30:00Z", "08:30:00+02", TOLERANT },
        { NULL, "08:30:00Z", "08:30:00", TOLERANT }, { NULL, "08:30:00Z", "08:30Z", TOLERANT },
        { NULL, "T08:30:00Z", "t08:30:00z", TOLERANT }, { NULL, "T08:30:00Z", "", NEITHER },
        { NULL, "T08:30:00Z", "T", NEITHER }, { NULL, "08:30:00Z", "25:30:00Z", NEITHER },
        { NULL, "\"2021-06-01T08:30:00Z\"", "1622505600", NEITHER },
        { NULL, "\"2021-06-01T08:30:00Z\"", "null", NEITHER },
        { NULL, "\"2021-06-01T08:30:00Z\"",
            "\"hex:c074323032312d30362d30315430383a33303a30305a\"", BOTH },
        { NULL, "\"2021-06-01T08:30:00Z\"", "\"hex:c174323032312d30362d30315430383a33303a30305a\"",
            NEITHER },
        { NULL, "\"2021-06-01T08:30:00Z\"", "\"hex:c11a60b576c0\"", NEITHER },
        /* dr, until 1.2.0 */
        { "1.1.0", "\"tr\"", "\"dr\":\"2021-06-01T09:00:00Z\",\"tr\"", BOTH },
        { "1.1.0", "\"tr\"", "\"dr\":\"soon\",\"tr\"", TOLERANT },
        { "1.2.0", "\"tr\"", "\"dr\":\"soon\",\"tr\"", BOTH },
    };

    (void)state;
    RUN(MAKER_T, rows);
}

static void
recoveries(void **state)
{
    static const row rows[] = {
        COMMON_ROWS,
        { NULL, "\"fr\"", "\"xx\"", NEITHER }, { NULL, "\"df\"", "\"xx\"", NEITHER },
        { NULL, "\"du\"", "\"xx\"", NEITHER }, { NULL, "2021-03-01", "2021-03-32", NEITHER },
        { NULL, "2021-03-12", "2021-13-12", NEITHER }, { NULL, "2021-09-01", "2021-09-31", NEITHER },
        { NULL, "2021-03-01", "2021-03-01T00:00:00Z", TOLERANT },
        { NULL, "2021-03-12", "2021-03-12T00:00:00+02:00", TOLERANT },
        { NULL, "2021-09-01", "2021-09-01T", TOLERANT },
        { NULL, "\"2021-09-01\"", "\"hex:c06a323032312d30392d3031\"", TOLERANT },
    };

    (void)state;
    RUN(MAKER_R, rows);
}

/* Over v, t and r together exactly one entry; T2. */
static void
exactly_one_entry(void **state)
{
    static const row rows[] = {
        { NULL, "\"r\":[", "\"v\":[],\"r\":[", TOLERANT }, { NULL, "\"r\":[", "\"v\":null,\"r\":[", TOLERANT },
        { NULL, "\"r\":[", "\"v\":{},\"r\":[", NEITHER }, { NULL, "\"r\":[", "\"t\":\"\",\"r\":[", NEITHER },
        { NULL, "\"r\":[", "\"v\":[{}],\"r\":[", NEITHER }, { NULL, "\"r\":[", "\"v\":[null],\"r\":[", NEITHER },
        { NULL, "\"r\":[", "\"r\":[{},", NEITHER }, { NULL, "\"r\":[", "\"r\":[null,", NEITHER },
        { NULL, "\"r\":[", "\"x\":[", NEITHER }, { NULL, "\"r\":[", "\"x\":[],\"r\":[", BOTH },
        { NULL, "\"r\":[", "\"r\":[],\"x\":[", NEITHER }, { NULL, "\"r\":[", "\"r\":null,\"x\":[", NEITHER },
        { NULL, "\"r\":[", "\"r\":[1],\"x\":[", NEITHER }, { NULL, "\"r\":[", "\"r\":[[]],\"x\":[", NEITHER },
        { "1.0.0", "\"r\":[", "\"v\":[{}],\"r\":[", NEITHER },
        { NULL, "\"r\":[", "\"v\":[],\"t\":[],\"r\":[", TOLERANT },
    };

    (void)state;
    RUN(MAKER_R, rows);
}

/* T3: white space around a text is nothing, and is not part of what is read. */
static void
white_space(void **state)
{
    hp_str json = maker_replace(HP_STR(MAKER_V), HP_STR("URN:UVCI:01:XA:1#2"),
        HP_STR(" \\t\\r\\n\\u000bURN:UVCI:01:XA:1#2\\n"));
    hp_pass pass;

    (void)state;
    assert_true(judge(maker_cbor(json), HP_SCHEMA_TOLERANT, &pass));
    assert_str_equal(pass.event.identifier, HP_STR("URN:UVCI:01:XA:1#2"));
    assert_true(judge(maker_cbor(json), HP_SCHEMA_STRICT, &pass));
    assert_int_equal(pass.event.identifier.n, 18 + 6);
    json = maker_replace(HP_STR(MAKER_V), HP_STR("Erna"), letters("  @80  "));
    assert_int_equal(profiles(maker_cbor(json)), TOLERANT);
}

/* A map with other keys, and things that are no map. */
static void
other_documents(void **state)
{
    static const char *const table[] = { "a0", "80", "40", "00", "f6", "a10000",
        "d2a0", "a16376657265312e332e30" };
    hp_pass pass;

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        assert_false(judge(maker_hex(table[i]), HP_SCHEMA_TOLERANT, &pass));
        assert_false(judge(maker_hex(table[i]), HP_SCHEMA_STRICT, &pass));
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(good_ones_and_what_they_say),
    cmocka_unit_test(versions),
    cmocka_unit_test(names),
    cmocka_unit_test(names_are_mended),
    cmocka_unit_test(birth_dates),
    cmocka_unit_test(vaccinations),
    cmocka_unit_test(test_results),
    cmocka_unit_test(recoveries),
    cmocka_unit_test(exactly_one_entry),
    cmocka_unit_test(white_space),
    cmocka_unit_test(other_documents),
};

UNIT_MAIN(tests)
