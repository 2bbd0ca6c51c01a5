/*
 * VDS-NC: what is one, what is signed of it, whom and what it names, and each limit one below and one
 * above.  Who signed it is test_seal.c's.
 */
#include "unit.h"

#include "base/time.h"
#include "format/format.h"
#include "format/icd.h"
#include "format/vds.h"
#include "maker.h"
#include "reader.h"

#define HDR(type) "\"hdr\":{\"t\":\"" type "\",\"v\":1,\"is\":\"AUS\"}"
#define PID       "\"pid\":{\"n\":\"CITIZEN  JANE SUE\",\"dob\":\"1961-05-15\",\"i\":\"PA1\",\"dn\":\"PA2\"}"
#define DOSE(date, seq) "{\"dvc\":\"" date "\",\"seq\":" seq ",\"ctr\":\"NZL\"}"
#define VE(des, dis, nam, doses) \
    "{\"des\":\"" des "\",\"dis\":\"" dis "\",\"nam\":\"" nam "\",\"vd\":[" doses "]}"
#define VACC(pid, ve) "{" HDR("icao.vacc") ",\"msg\":{\"uvci\":\"VB1\"," pid ",\"ve\":[" ve "]}}"
#define TEST(sc, tc, r) \
    "{" HDR("icao.test") ",\"msg\":{\"utci\":\"UT1\"," PID ",\"sp\":{\"spn\":\"S\",\"ctr\":\"AUS\"},\"dat\":" \
    "{\"sc\":\"" sc "\"},\"tr\":{\"tc\":\"" tc "\",\"r\":\"" r "\"}}}"
#define SIG     "{\"alg\":\"ES256\",\"cer\":\"AQID\",\"sigvl\":\"AQ==\"}"
#define SEAL(data) "{\"data\":" data ",\"sig\":" SIG "}"
#define GOOD    VACC(PID, VE("XM0GQ8", "RA01.0", "Comirnaty", DOSE("2021-09-01", "1")))

static reader seen = { .format = &hp_format_vds, .room = READER_ROOM };

/* HP_OK, or why it is none; what it says is in seen. */
static hp_reason
read_text(hp_str text)
{
    return reader_read(&seen, guard_end(text));
}

static hp_reason
read_data(hp_str data)
{
    return read_text(MAKER_JOIN(HP_STR("{\"data\":"), data, HP_STR(",\"sig\":" SIG "}")));
}

static hp_str
member(const char *group, unsigned nth, const char *name)
{
    return reader_text(&seen, group, nth, name);
}

/* ---- texts ------------------------------------------------------------------------ */

static void
texts(void **state)
{
    static const struct {
        const char *text;
        hp_reason want;
    } table[] = {
        { SEAL(GOOD), HP_OK }, { "[" SEAL(GOOD) "]", HP_OK }, { "[ {\n \"sig\" : " SIG ", \"data\":" GOOD "} ]", HP_OK },
        { "[" SEAL(GOOD) "," SEAL(GOOD) "]", HP_ENVELOPE }, { "[[" SEAL(GOOD) "]]", HP_UNKNOWN_KIND },
        { "[]", HP_UNKNOWN_KIND }, { "{}", HP_UNKNOWN_KIND }, { "{\"other\":1," "\"data\":" GOOD "}", HP_ENVELOPE },
        { "{\"x\":{\"sig\":[\"}\\\"]}\\\\\"]},\"sig\" :" SIG ",\"data\":" GOOD "}", HP_OK },
        { "{\"x\":\"data\",\"y\":{\"data\":1},\"z\":[{\"sig\":1}]}", HP_UNKNOWN_KIND }, { "{}{\"data\":1}", HP_UNKNOWN_KIND },
        { "{\"x\":\"\\", HP_UNKNOWN_KIND }, { "{\"data\"", HP_UNKNOWN_KIND }, { "{\"x\":]\"data\":1", HP_UNKNOWN_KIND },
        { SEAL(GOOD) "x", HP_ENVELOPE }, { "{\"data\":" GOOD ",\"sig\":" SIG, HP_ENVELOPE },
        { "{\"data\":" GOOD ",\"data\":" GOOD ",\"sig\":" SIG "}", HP_ENVELOPE },
        { "{\"data\":" GOOD "}", HP_ENVELOPE }, { "{\"sig\":" SIG "}", HP_ENVELOPE },
        { "{\"data\":[],\"sig\":" SIG "}", HP_ENVELOPE }, { "{\"data\":" GOOD ",\"sig\":\"\"}", HP_ENVELOPE },
        { "{\"data\":" GOOD ",\"sig\":{\"alg\":\"none\",\"cer\":\"AQID\",\"sigvl\":\"AQ\"}}", HP_ENVELOPE },
        { "{\"data\":" GOOD ",\"sig\":{\"alg\":\"PS256\",\"cer\":\"AQID\",\"sigvl\":\"AQ\"}}", HP_ENVELOPE },
        { "{\"data\":" GOOD ",\"sig\":{\"alg\":\"other\",\"cer\":\"AQID\",\"sigvl\":\"AQ\"}}", HP_ENVELOPE },
        { "{\"data\":" GOOD ",\"sig\":{\"alg\":\"es256\",\"cer\":\"AQID\",\"sigvl\":\"AQ\"}}", HP_ENVELOPE },
        { "{\"data\":" GOOD ",\"sig\":{\"alg\":\"ES256\",\"cer\":\"\",\"sigvl\":\"AQ\"}}", HP_ENVELOPE },
        { "{\"data\":" GOOD ",\"sig\":{\"alg\":\"ES256\",\"cer\":\"AQI+\",\"sigvl\":\"AQ\"}}", HP_ENVELOPE },
        { "{\"data\":" GOOD ",\"sig\":{\"alg\":\"ES256\",\"cer\":[\"AQID\"],\"sigvl\":\"AQ\"}}", HP_ENVELOPE },
        { "{\"data\":" GOOD ",\"sig\":{\"alg\":\"ES256\",\"cer\":\"AQID\",\"sigvl\":\"A\"}}", HP_ENVELOPE },
        { "{\"data\":" GOOD ",\"sig\":{\"alg\":\"ES256\",\"cer\":\"AQID\",\"sigvl\":1}}", HP_ENVELOPE },
        { "{\"data\":" GOOD ",\"sig\":{\"alg\":\"ES256\",\"cer\":\"AQID\"}}", HP_ENVELOPE },
        { "{\"data\":" GOOD ",\"sig\":{\"alg\":\"ES256\",\"sigvl\":\"AQ\"}}", HP_ENVELOPE },
        { SEAL("{\"hdr\":{\"t\":\"icao.vacc\",\"v\":2,\"is\":\"AUS\"},\"msg\":{}}"), HP_ENVELOPE },
        { SEAL("{\"hdr\":{\"t\":\"icao.vacc\",\"v\":\"1\",\"is\":\"AUS\"},\"msg\":{}}"), HP_ENVELOPE },
        { SEAL("{\"hdr\":{\"t\":\"icao.vacc\",\"is\":\"AUS\"},\"msg\":{}}"), HP_ENVELOPE },
        { SEAL("{\"hdr\":{\"t\":\"icao.visa\",\"v\":1,\"is\":\"AUS\"},\"msg\":{}}"), HP_KIND_OFF },
        { SEAL("{\"hdr\":{\"t\":\"vacc\",\"v\":1,\"is\":\"AUS\"},\"msg\":{}}"), HP_ENVELOPE },
        { SEAL("{\"hdr\":{\"v\":1,\"is\":\"AUS\"},\"msg\":{}}"), HP_ENVELOPE },
        { SEAL("{" HDR("icao.vacc") ",\"msg\":[]}"), HP_ENVELOPE }, { SEAL("{" HDR("icao.vacc") "}"), HP_ENVELOPE },
        { SEAL("{" HDR("icao.vacc") ",\"msg\":{}}"), HP_CONTENT },
        { SEAL("{\"hdr\":{\"t\":\"icao.vacc\",\"v\":1,\"is\":\"AUST\"},\"msg\":{}}"), HP_CLAIMS },
        { SEAL("{\"hdr\":{\"t\":\"icao.vacc\",\"v\":1,\"is\":\"aus\"},\"msg\":{}}"), HP_CLAIMS },
        { SEAL("{\"hdr\":{\"t\":\"icao.vacc\",\"v\":1},\"msg\":{}}"), HP_CLAIMS },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        hp_reason got = read_text(hp_str_of(table[i].text));

        if (got != table[i].want)
            fail_msg("%s: %s", table[i].text, hp_reason_name(got));
    }
}

/* White space, the order of members, escapes and 1.0 for 1 are nothing; the rest is what is signed. */
static void
what_is_signed(void **state)
{
    hp_str want = HP_STR("{\"hdr\":{\"is\":\"AUS\",\"t\":\"icao.vacc\",\"v\":1},\"msg\":{\"x\":[\"\xc3\x89\",2.5]}}");

    (void)state;
    (void)read_text(HP_STR(SEAL("{\"msg\":{\"x\":[\"\\u00c9\",2.50]},\"hdr\":{\"v\":1.0,\"t\":\"icao.\\u0076acc\", \"is\":\"AUS\"}}")));
    assert_str_equal(seen.proof.tbs, want);
    assert_str_equal(seen.proof.cert, HP_STR("\1\2\3"));
    assert_str_equal(seen.proof.signature, HP_STR("\1"));
    assert_int_equal(seen.proof.alg, HP_ALG_ES256);
    assert_int_equal(read_text(HP_STR(SEAL("{" HDR("icao.vacc") ",\"msg\":{\"x\":1e300}}"))), HP_ENVELOPE);
}

static hp_str
with_cert(size_t bytes)
{
    return MAKER_JOIN(HP_STR("{\"data\":" GOOD ",\"sig\":{\"alg\":\"ES256\",\"sigvl\":\"AQ\",\"cer\":\""),
                      maker_fill((bytes * 4 + 2) / 3, 'A'), HP_STR("\"}}"));
}

static void
limits(void **state)
{
    hp_str head = HP_STR("{\"sig\":" SIG ",\"data\":" GOOD ",\"more\":\""), tail = HP_STR("\"}");
    size_t room = HP_VDS_TEXT_MAX - head.n - tail.n;
    hp_str one = HP_STR(DOSE("2021-09-01", "1")), doses = one;

    (void)state;
    assert_int_equal(read_text(MAKER_JOIN(head, maker_fill(room, 'x'), tail)), HP_OK);
    assert_int_equal(read_text(MAKER_JOIN(head, maker_fill(room + 1, 'x'), tail)), HP_TOO_LONG);
    assert_int_equal(read_text(with_cert(HP_VDS_CERT_MAX)), HP_OK);
    assert_int_equal(read_text(with_cert(HP_VDS_CERT_MAX + 1)), HP_ENVELOPE);
    for (int i = 1; i < HP_VDS_DOSES; i++)
        doses = MAKER_JOIN(doses, HP_STR(","), one);
    for (int i = 0; i < 2; i++) {
        hp_str data = MAKER_JOIN(HP_STR("{" HDR("icao.vacc") ",\"msg\":{\"uvci\":\"1\"," PID ",\"ve\":[{\"des\":\"X\",\"nam\":\"N\",\"vd\":["),
                                 doses, HP_STR("]}]}}"));

        assert_int_equal(read_data(data), i == 0 ? HP_OK : HP_CONTENT);
        doses = MAKER_JOIN(doses, HP_STR(","), one);
    }
    assert_int_equal(read_data(HP_STR("{" HDR("icao.vacc") ",\"msg\":{\"uvci\":\"1\"," PID ",\"ve\":[]}}")), HP_CONTENT);
}

/* ---- holders ------------------------------------------------------------------------ */

static void
holders(void **state)
{
    (void)state;
    assert_int_equal(read_text(HP_STR(SEAL(GOOD))), HP_OK);
    assert_str_equal(seen.pass.holder.family, HP_STR("CITIZEN"));
    assert_str_equal(seen.pass.holder.given, HP_STR("JANE SUE"));
    assert_str_equal(seen.pass.holder.number, HP_STR("PA1"));
    assert_int_equal(seen.pass.holder.birth.day, 15);
#define BY(pid) read_text(HP_STR(SEAL(VACC("\"pid\":{" pid "}", VE("X", "Y", "N", DOSE("2021-09-01", "1"))))))
    assert_int_equal(BY("\"n\":\"NIHON HANAKO\",\"dob\":\"1991-12-01\""), HP_OK);
    assert_str_equal(seen.pass.holder.family, HP_STR("NIHON HANAKO"));
    assert_int_equal(seen.pass.holder.given.n, 0);
    assert_int_equal(BY("\"n\":\"A\",\"i\":\"X1\""), HP_OK); /* a number will do */
    assert_int_equal(seen.pass.holder.birth.year, 0);
    assert_int_equal(BY("\"n\":\"A\""), HP_CONTENT);
    assert_int_equal(BY("\"dob\":\"1991-12-01\""), HP_CONTENT);
    assert_int_equal(BY("\"n\":\"A\",\"dob\":\"1991-13-01\""), HP_CONTENT);
    assert_int_equal(BY("\"n\":7,\"dob\":\"1991-12-01\""), HP_CONTENT);
#undef BY
}

/* ---- vaccinations --------------------------------------------------------------------- */

static void
doses(void **state)
{
    (void)state;
    assert_int_equal(read_text(HP_STR(SEAL(VACC(PID,
        VE("XM68M6", "RA01.0", "AstraZeneca Vaxzevria", DOSE("2021-04-02", "1") "," DOSE("2021-10-03", "2")) ","
        VE("XM0GQ8", "RA01.0", "Spikevax", DOSE("2021-10-03", "\"3\"")))))), HP_OK);
    assert_int_equal(seen.pass.event.kind, 'v');
    assert_int_equal(seen.pass.event.dose, 3);
    assert_int_equal(seen.pass.event.date.month, 10);
    assert_str_equal(seen.pass.event.identifier, HP_STR("VB1"));
    assert_str_equal(seen.pass.event.country, HP_STR("AU"));
    assert_str_equal(seen.pass.event.disease, HP_STR("840539006"));
    assert_str_equal(seen.pass.issuer, HP_STR("AUS"));
    assert_true(seen.pass.valid_until >= HP_TIME_LAST);
    assert_str_equal(member("v", 0, "mp"), HP_STR("EU/1/20/1507"));
    assert_str_equal(member("v", 0, "vp"), HP_STR("1119349007"));
    assert_str_equal(member("v", 0, "co"), HP_STR("NZ"));
    assert_str_equal(member("v", 0, "ci"), HP_STR("VB1"));
    assert_int_equal(member("v", 1, "ci").n, 0);
    assert_str_equal(member("v", 1, "dt"), HP_STR("2021-10-03"));
    assert_str_equal(member("v", 1, "mp"), HP_STR("EU/1/21/1529"));
    assert_str_equal(member("v", 1, "vp"), HP_STR("J07BX03"));
    assert_str_equal(member("v", 2, "dt"), HP_STR("2021-04-02"));
    assert_int_equal(hp_node_member(reader_entry(&seen, "v", 0), HP_STR("sd"))->num, 2); /* by the product */
}

static void
doses_that_are_none(void **state)
{
    static const char *const table[] = {
        VACC(PID, VE("", "RA01.0", "N", DOSE("2021-09-01", "1"))),
        VACC(PID, VE("X", "RA01.0", "", DOSE("2021-09-01", "1"))),
        VACC(PID, VE("X", "RA01.0", "N", "")), VACC(PID, VE("X", "RA01.0", "N", "7")),
        VACC(PID, VE("X", "RA01.0", "N", DOSE("2021-02-29", "1"))),
        VACC(PID, VE("X", "RA01.0", "N", DOSE("2021-09-01", "\"1x\""))),
        VACC(PID, VE("X", "RA01.0", "N", DOSE("2021-09-01", "\"1000\""))),
        VACC(PID, VE("X", "RA01.0", "N", DOSE("2021-09-01", "[1]"))),
        VACC(PID, VE("X", "RA01.0", "N", "{\"seq\":1}")), VACC(PID, "7"),
        "{" HDR("icao.vacc") ",\"msg\":{" PID ",\"ve\":[" VE("X", "Y", "N", DOSE("2021-09-01", "1")) "]}}",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        if (read_data(hp_str_of(table[i])) != HP_CONTENT)
            fail_msg("%s", table[i]);
    }
}

/* What is in no value set stays, behind its system; what is not said is left out. */
static void
other_codes(void **state)
{
    (void)state;
    assert_int_equal(read_text(HP_STR(SEAL(VACC(PID, VE("XM6AT1", "1F03", "ZyCov-D", DOSE("2021-09-01", "null")))))), HP_CONTENT);
    assert_int_equal(read_text(HP_STR(SEAL(VACC(PID, VE("XM6AT1", "1F03", "ZyCov-D", "{\"dvc\":\"2021-09-01\"}"))))), HP_OK);
    assert_str_equal(member("v", 0, "tg"), HP_STR(HP_SYSTEM_ICD "|1F03"));
    assert_str_equal(member("v", 0, "vp"), HP_STR(HP_SYSTEM_ICD "|XM6AT1"));
    assert_str_equal(member("v", 0, "mp"), HP_STR("ZyCov-D"));
    assert_int_equal(member("v", 0, "co").n, 0);
    assert_null(hp_node_member(reader_entry(&seen, "v", 0), HP_STR("dn")));
    assert_null(hp_node_member(reader_entry(&seen, "v", 0), HP_STR("sd")));
    assert_int_equal(read_text(HP_STR(SEAL(VACC(PID, VE("XM6AT1", "", "N", DOSE("2021-09-01", "1")))))), HP_OK);
    assert_str_equal(member("v", 0, "tg"), HP_STR("840539006")); /* the code says it */
    assert_int_equal(read_text(HP_STR(SEAL(VACC(PID, VE("XM0N24", "", "N", DOSE("2021-09-01", "1")))))), HP_OK);
    assert_int_equal(seen.pass.event.disease.n, 0);
    assert_int_equal(read_text(HP_STR(SEAL(VACC(PID, VE("XM0N24", "1D47", "N", DOSE("2021-09-01", "1")))))), HP_OK);
    assert_str_equal(member("v", 0, "tg"), HP_STR("16541001"));
}

/* ---- tests ------------------------------------------------------------------------------ */

static void
tests_of_every_kind(void **state)
{
    static const struct {
        const char *data, *method, *result;
    } table[] = {
#define AT "2021-09-01T10:00:00+02:00"
        { TEST(AT, "molecular(PCR)", "negative"), "LP6464-4", "260415000" },
        { TEST(AT, "molecular(other)", "normal"), "LP6464-4", "260415000" },
        { TEST(AT, "antigen", "positive"), "LP217198-3", "260373001" },
        { TEST(AT, "antigen", "abnormal"), "LP217198-3", "260373001" },
        { TEST(AT, "antigen", "Negative"), "LP217198-3", "icao.test|Negative" },
        { TEST(AT, "antibody", "negative"), "icao.test|antibody", "icao.test|negative" },
        { TEST(AT, "breath", "negative"), "icao.test|breath", "icao.test|negative" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        assert_int_equal(read_data(hp_str_of(table[i].data)), HP_OK);
        assert_str_equal(member("t", 0, "tt"), hp_str_of(table[i].method));
        assert_str_equal(member("t", 0, "tr"), hp_str_of(table[i].result));
        assert_str_equal(seen.pass.event.result, hp_str_of(table[i].result));
        assert_str_equal(member("t", 0, "sc"), HP_STR("2021-09-01T08:00:00Z"));
    }
    assert_int_equal(seen.pass.event.kind, 't');
    assert_str_equal(seen.pass.event.identifier, HP_STR("UT1"));
    assert_str_equal(member("t", 0, "ci"), HP_STR("UT1"));
    assert_str_equal(member("t", 0, "tg"), HP_STR("840539006"));
    assert_str_equal(seen.pass.holder.number, HP_STR("PA2"));
    assert_true(seen.pass.event.sampled == 1630483200);
    assert_int_equal(read_data(HP_STR(TEST("yesterday", "antigen", "negative"))), HP_CONTENT);
    assert_int_equal(read_data(HP_STR(TEST("", "antigen", "negative"))), HP_CONTENT);
    assert_int_equal(read_data(HP_STR(TEST(AT, "", "negative"))), HP_CONTENT);
    assert_int_equal(read_data(HP_STR(TEST(AT, "antigen", ""))), HP_CONTENT);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(texts),
    cmocka_unit_test(what_is_signed),
    cmocka_unit_test(limits),
    cmocka_unit_test(holders),
    cmocka_unit_test(doses),
    cmocka_unit_test(doses_that_are_none),
    cmocka_unit_test(other_codes),
    cmocka_unit_test(tests_of_every_kind),
};

UNIT_MAIN(tests)
