/*
 * SMART Health Cards: every form of a text, every claim, what a bundle says, and each limit one
 * below and one above.
 */
#include "unit.h"

#include "base/node.h"
#include "codec/base64.h"
#include "format/fhir.h"
#include "format/format.h"
#include "format/shc.h"
#include "format/shc_write.h"
#include "maker.h"
#include "reader.h"

#define ISS "https://issuer.example"
#define PATIENT "{\"resource\":{\"resourceType\":\"Patient\",\"name\":[{\"family\":\"Dupuis\"," \
                "\"given\":[\"Zoe\",\"M.\"]}],\"birthDate\":\"1988-02-29\"}}"
#define CVX(code) "{\"coding\":[{\"system\":\"http://hl7.org/fhir/sid/cvx\",\"code\":\"" code "\"}]}"
#define DOSE(status, code, date) \
    "{\"resource\":{\"resourceType\":\"Immunization\",\"status\":\"" status "\",\"vaccineCode\":" \
    CVX(code) ",\"occurrenceDateTime\":\"" date "\"}}"
#define LAB(status, loinc, date, snomed) \
    "{\"resource\":{\"resourceType\":\"Observation\",\"status\":\"" status "\",\"code\":{\"coding\":[" \
    "{\"system\":\"http://loinc.org\",\"code\":\"" loinc "\"}]},\"effectiveDateTime\":\"" date "\"," \
    "\"valueCodeableConcept\":{\"coding\":[{\"system\":\"http://snomed.info/sct\",\"code\":\"" snomed \
    "\"}]}}}"
#define BUNDLE(entries) "{\"resourceType\":\"Bundle\",\"entry\":[" entries "]}"
#define VC(bundle) "\"vc\":{\"type\":[\"" HP_SHC_TYPE "\"],\"credentialSubject\":{\"fhirBundle\":" \
    bundle "}}"
#define CLAIMS(bundle) "{\"iss\":\"" ISS "\",\"nbf\":1000," VC(bundle) "}"
#define TWO_DOSES BUNDLE(PATIENT "," DOSE("completed", "208", "2025-10-01") "," \
    DOSE("completed", "300", "2026-04-02T09:30:00+02:00"))

static hp_signer *signer;
static reader seen = { .format = &hp_format_shc, .room = READER_ROOM };

/* The card of claims, signed. */
static hp_str
jws_of(hp_str claims)
{
    static char text[HP_SHC_JWS_ROOM];
    hp_shc_wish wish = { .signer = signer, .iss = ISS };
    size_t n;

    assert_true(hp_shc_write_claims(&wish, claims, text, &n));
    return (hp_str){ (const uint8_t *)text, n };
}

static hp_str
codes_of(hp_str jws, unsigned chunks)
{
    static char text[HP_SHC_TEXT_ROOM];
    size_t n;

    assert_true(hp_shc_write_codes(jws, chunks, text, &n));
    return (hp_str){ (const uint8_t *)text, n };
}

/* HP_OK, or why it is none; what it says is in seen. */
static hp_reason
read_text(hp_str text)
{
    return reader_read(&seen, guard_end(text));
}

static hp_reason
read_claims(const char *claims)
{
    return read_text(jws_of(hp_str_of(claims)));
}

static hp_str
member(const char *group, unsigned nth, const char *name)
{
    return reader_text(&seen, group, nth, name);
}

/* ---- texts ---------------------------------------------------------------- */

static void
every_form_is_the_same_card(void **state)
{
    hp_str jws = maker_copy(jws_of(HP_STR(CLAIMS(TWO_DOSES))));
    hp_str file = MAKER_JOIN(HP_STR("{ \"verifiableCredential\" : [\""), jws, HP_STR("\"]}"));
    hp_str forms[] = {
        jws, maker_copy(codes_of(jws, 1)), maker_copy(codes_of(jws, 2)),
        maker_copy(codes_of(jws, HP_SHC_CHUNKS)), file,
        MAKER_JOIN(HP_STR("https://viewer.example/a?b#"), file),
        MAKER_JOIN(HP_STR("HTTPS://viewer.example/#"), file),
        MAKER_JOIN(HP_STR("{\"a\" : [\"}\", {}], \"b\\\"\":1,"), hp_str_from(file, 1)),
        MAKER_JOIN(HP_STR("https://viewer.example#"), maker_copy(codes_of(jws, 1))),
        MAKER_JOIN(HP_STR("SHC:/"), hp_str_from(maker_copy(codes_of(jws, 1)), 5)),
        MAKER_JOIN(HP_STR("shc:/1/1/"), hp_str_from(maker_copy(codes_of(jws, 1)), 5)),
    };

    (void)state;
    for (size_t i = 0; i < COUNT(forms); i++) {
        assert_int_equal(read_text(forms[i]), HP_OK);
        assert_str_equal(seen.proof.tbs, ((hp_str){ jws.p, seen.proof.tbs.n }));
        assert_str_equal(seen.proof.issuer, HP_STR(ISS));
        assert_int_equal(seen.proof.kid.n, 32);
    }
}

static void
chunks_come_in_any_order_and_all_of_them(void **state)
{
    hp_str one = HP_STR("shc:/1/3/5676"), two = HP_STR("shc:/2/3/2909"), three = HP_STR("shc:/3/3/45");
    hp_str space = HP_STR("\r\n\t "), all;
    hp_str parts[] = { three, one, two };
    unsigned nth, of;
    uint8_t room[64];
    size_t n;

    (void)state;
    assert_true(hp_shc_chunk(two, &nth, &of));
    assert_int_equal(nth, 2);
    assert_int_equal(of, 3);
    assert_false(hp_shc_chunk(HP_STR("shc:/5676"), &nth, &of));
    assert_false(hp_shc_chunk(HP_STR("shc:/4/3/5676"), &nth, &of));
    assert_false(hp_shc_chunk(HP_STR("hello"), &nth, &of));
    assert_true(hp_shc_join(parts, 3, room, sizeof(room), &n));
    all = (hp_str){ room, n };
    assert_int_equal(read_text(hp_str_trim(all)), HP_ENVELOPE); /* whole, and no JWS */
    assert_false(hp_shc_join(parts, 3, room, n - 1, &n));
    assert_int_equal(read_text(MAKER_JOIN(two, space, one)), HP_ENCODING);
    assert_int_equal(read_text(MAKER_JOIN(two, space, one, space, one)), HP_ENCODING);
    assert_int_equal(read_text(MAKER_JOIN(one, space, two, space, three, space, one)), HP_ENCODING);
    assert_int_equal(read_text(MAKER_JOIN(one, space, two, space, HP_STR("shc:/3/4/45"))), HP_ENCODING);
}

static void
texts_that_are_no_card(void **state)
{
    static const struct {
        const char *text;
        hp_reason want;
    } table[] = {
        { "shc:/", HP_ENCODING }, { "shc:/5", HP_ENCODING }, { "shc:/567", HP_ENCODING },
        { "shc:/5a", HP_ENCODING }, { "shc:/77", HP_ENVELOPE }, { "shc:/78", HP_ENCODING },
        { "shc:/99", HP_ENCODING }, { "shc:/0/1/5676", HP_ENCODING }, { "shc:/2/1/5676", HP_ENCODING },
        { "shc:/1/0/5676", HP_ENCODING }, { "shc:/01/1/5676", HP_ENCODING }, { "shc:/1/33/56", HP_ENCODING },
        { "shc:/1/1/", HP_ENCODING }, { "shc:/1/5676", HP_ENCODING }, { "shc:/1/1/56/76", HP_ENCODING },
        { "shc:/4294967297/4294967297/56", HP_ENCODING }, { "shc:", HP_UNKNOWN_KIND },
        { "a.b", HP_UNKNOWN_KIND }, { "a.b.c.d", HP_UNKNOWN_KIND }, { "a..c", HP_UNKNOWN_KIND },
        { "a.b.", HP_ENVELOPE }, { ".b.c", HP_UNKNOWN_KIND }, { "a.b.c=", HP_UNKNOWN_KIND },
        { "a.b.c", HP_ENVELOPE }, { "{\"verifiableCredential\":[]}", HP_ENCODING },
        { "{\"verifiableCredential\":\"a.b.c\"}", HP_ENCODING },
        { "{\"verifiableCredential\":[1]}", HP_ENCODING },
        { "{\"verifiableCredential\":[\"a.b.c\",1]}", HP_ENCODING },
        { "{\"verifiableCredential\":[\"a.b.c\"]", HP_ENCODING },
        { "{\"verifiableCredential\":[\"a.b.c\"]}", HP_ENVELOPE },
        { "{\"other\":[\"a.b.c\"]}", HP_UNKNOWN_KIND },
        { "{\"other\":\"verifiableCredential\"}", HP_UNKNOWN_KIND },
        { "{\"other\":{\"verifiableCredential\":[\"a.b.c\"]}}", HP_UNKNOWN_KIND },
        { "{\"other\":\"", HP_UNKNOWN_KIND }, { "{\"other\":\"\\", HP_UNKNOWN_KIND },
        { "{}\"verifiableCredential\"", HP_UNKNOWN_KIND },
        { "https://a.example/#a.b.c", HP_UNKNOWN_KIND }, { "http://a.example/#shc:/56", HP_UNKNOWN_KIND },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        hp_reason got = read_text(hp_str_of(table[i].text));

        if (got != table[i].want)
            fail_msg("%s: %s", table[i].text, hp_reason_name(got));
    }
}

/* ---- header --------------------------------------------------------------- */

static hp_str
with_header(const char *header)
{
    static char text[1024], part[512];

    hp_base64url_write(hp_str_of(header), part);
    (void)snprintf(text, sizeof(text), "%s.AA.AA", part);
    return hp_str_of(text);
}

/* Behind a good header it is the payload that is wrong. */
static void
headers(void **state)
{
    static const struct {
        const char *header;
        hp_reason want;
    } table[] = {
        { "{\"zip\":\"DEF\",\"alg\":\"ES256\",\"kid\":\"k\"}", HP_COMPRESSION },
        { "{\"zip\":\"DEF\",\"alg\":\"ES256\",\"kid\":\"k\",\"jku\":\"https://a\",\"jwk\":{}}", HP_COMPRESSION },
        { "{\"zip\":\"DEF\",\"alg\":\"none\",\"kid\":\"k\"}", HP_ENVELOPE },
        { "{\"zip\":\"DEF\",\"alg\":\"HS256\",\"kid\":\"k\"}", HP_ENVELOPE },
        { "{\"zip\":\"DEF\",\"alg\":\"ES384\",\"kid\":\"k\"}", HP_ENVELOPE },
        { "{\"zip\":\"DEF\",\"alg\":\"es256\",\"kid\":\"k\"}", HP_ENVELOPE },
        { "{\"zip\":\"DEF\",\"alg\":[\"ES256\"],\"kid\":\"k\"}", HP_ENVELOPE },
        { "{\"zip\":\"DEF\",\"alg\":\"ES256\",\"alg\":\"ES256\",\"kid\":\"k\"}", HP_ENVELOPE },
        { "{\"zip\":\"def\",\"alg\":\"ES256\",\"kid\":\"k\"}", HP_ENVELOPE },
        { "{\"alg\":\"ES256\",\"kid\":\"k\"}", HP_ENVELOPE },
        { "{\"zip\":\"DEF\",\"alg\":\"ES256\"}", HP_ENVELOPE },
        { "{\"zip\":\"DEF\",\"alg\":\"ES256\",\"kid\":7}", HP_ENVELOPE },
        { "{\"zip\":\"DEF\",\"alg\":\"ES256\",\"kid\":\"k\",\"crit\":[]}", HP_ENVELOPE },
        { "[]", HP_ENVELOPE }, { "{", HP_ENVELOPE },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++)
        assert_int_equal(read_text(with_header(table[i].header)), table[i].want);
}

/* ---- claims --------------------------------------------------------------- */

static void
claims(void **state)
{
    static const struct {
        const char *text;
        hp_reason want;
    } table[] = {
        { CLAIMS(TWO_DOSES), HP_OK },
        { "{\"iss\":\"http://issuer.example\",\"nbf\":1000," VC(TWO_DOSES) "}", HP_ENVELOPE },
        { "{\"iss\":\"" ISS "/\",\"nbf\":1000," VC(TWO_DOSES) "}", HP_ENVELOPE },
        { "{\"iss\":7,\"nbf\":1000," VC(TWO_DOSES) "}", HP_ENVELOPE },
        { "{\"nbf\":1000," VC(TWO_DOSES) "}", HP_ENVELOPE },
        { "{\"iss\":\"" ISS "\",\"iss\":\"" ISS "\",\"nbf\":1000," VC(TWO_DOSES) "}", HP_ENVELOPE },
        { "\"{}\"", HP_ENVELOPE }, { "{}x", HP_ENVELOPE },
        { "{\"iss\":\"" ISS "\"," VC(TWO_DOSES) "}", HP_CLAIMS },
        { "{\"iss\":\"" ISS "\",\"nbf\":\"1000\"," VC(TWO_DOSES) "}", HP_CLAIMS },
        { "{\"iss\":\"" ISS "\",\"nbf\":-1," VC(TWO_DOSES) "}", HP_CLAIMS },
        { "{\"iss\":\"" ISS "\",\"nbf\":1785000000000," VC(TWO_DOSES) "}", HP_OK },
        { "{\"iss\":\"" ISS "\",\"nbf\":1000,\"exp\":100000000000," VC(TWO_DOSES) "}", HP_OK },
        { "{\"iss\":\"" ISS "\",\"nbf\":1000,\"exp\":100000000001," VC(TWO_DOSES) "}", HP_CLAIMS },
        { "{\"iss\":\"" ISS "\",\"nbf\":1000,\"exp\":\"2000\"," VC(TWO_DOSES) "}", HP_CLAIMS },
        { "{\"iss\":\"" ISS "\",\"nbf\":1000,\"exp\":null," VC(TWO_DOSES) "}", HP_CLAIMS },
        { "{\"iss\":\"" ISS "\",\"nbf\":1000,\"vc\":{\"type\":[\"other\"]}}", HP_CLAIMS },
        { "{\"iss\":\"" ISS "\",\"nbf\":1000,\"vc\":{\"type\":\"" HP_SHC_TYPE "\"}}", HP_CLAIMS },
        { "{\"iss\":\"" ISS "\",\"nbf\":1000}", HP_CLAIMS },
        { "{\"iss\":\"" ISS "\",\"nbf\":1000,\"vc\":{\"type\":[\"" HP_SHC_TYPE "\"],\"rid\":\"\"}}", HP_CLAIMS },
        { "{\"iss\":\"" ISS "\",\"nbf\":1000,\"vc\":{\"type\":[\"" HP_SHC_TYPE "\"],\"rid\":"
          "\"1234567890123456789012345\"}}", HP_CLAIMS },
        { "{\"iss\":\"" ISS "\",\"nbf\":1000,\"vc\":{\"type\":[\"" HP_SHC_TYPE "\"],\"rid\":"
          "\"123456789012345678901234\"}}", HP_CONTENT },
        { "{\"iss\":\"" ISS "\",\"nbf\":1000,\"vc\":{\"type\":[\"" HP_SHC_TYPE "\"],\"rid\":\"a.1\"}}", HP_CLAIMS },
        { CLAIMS("[]"), HP_CONTENT }, { CLAIMS("{\"resourceType\":\"Bundle\"}"), HP_CONTENT },
        { CLAIMS("{\"resourceType\":\"Patient\",\"entry\":[]}"), HP_CONTENT },
        { CLAIMS(BUNDLE("1,[],{},{\"resource\":7}")), HP_OK },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        hp_reason got = read_claims(table[i].text);

        if (got != table[i].want)
            fail_msg("%s: %s", table[i].text, hp_reason_name(got));
    }
}

static void
times_may_have_fractions(void **state)
{
    (void)state;
    assert_int_equal(read_claims("{\"iss\":\"" ISS "\",\"nbf\":1687450764.656,\"exp\":1718986764.657,"
                                 VC(TWO_DOSES) "}"), HP_OK);
    assert_true(seen.pass.valid_from == 1687450764.656 && seen.pass.issued == 1687450764.656);
    assert_true(seen.pass.valid_until == 1718986764.657);
    assert_int_equal(read_claims(CLAIMS(TWO_DOSES)), HP_OK);
    assert_true(seen.pass.valid_until == HP_TIME_LAST);
    assert_int_equal(seen.pass.domains, HP_DOMAIN_SHC);
    /* by which it is withdrawn, having no rid */
    assert_true(hp_node_is(seen.pass.bundle, HP_NODE_MAP));
    assert_int_equal(read_claims("{\"iss\":\"" ISS "\",\"nbf\":1000,\"vc\":{\"type\":[\"" HP_SHC_TYPE "\"],"
                                 "\"rid\":\"a\",\"credentialSubject\":{\"fhirBundle\":" BUNDLE("") "}}}"), HP_OK);
    assert_null(seen.pass.bundle);
}

/* ---- bundles -------------------------------------------------------------- */

static void
vaccinations(void **state)
{
    (void)state;
    assert_int_equal(read_claims(CLAIMS(TWO_DOSES)), HP_OK);
    assert_int_equal(seen.pass.event.kind, 'v');
    assert_int_equal(seen.pass.event.date.year, 2026);
    assert_true(seen.pass.event.dose == 2);
    assert_str_equal(seen.pass.event.disease, HP_STR("840539006"));
    assert_str_equal(member("v", 0, "dt"), HP_STR("2026-04-02"));
    assert_str_equal(member("v", 0, "mp"), HP_STR("http://hl7.org/fhir/sid/cvx|300"));
    assert_str_equal(member("v", 1, "dt"), HP_STR("2025-10-01"));
    /* the EU's code, and with it the length of the series, which no card has */
    assert_str_equal(member("v", 1, "mp"), HP_STR("EU/1/20/1528"));
    /* the same day twice is one dose */
    assert_int_equal(read_claims(CLAIMS(BUNDLE(DOSE("completed", "208", "2025-10-01") ","
        DOSE("completed", "213", "2025-10-01")))), HP_OK);
    assert_true(seen.pass.event.dose == 1);
    /* a known disease goes before what is newer */
    assert_int_equal(read_claims(CLAIMS(BUNDLE(DOSE("completed", "140", "2026-01-01") ","
        DOSE("completed", "208", "2021-01-01")))), HP_OK);
    assert_int_equal(seen.pass.event.date.year, 2021);
    assert_true(seen.pass.event.dose == 1);
    assert_str_equal(member("v", 1, "mp"), HP_STR("http://hl7.org/fhir/sid/cvx|140"));
    assert_int_equal(member("v", 1, "tg").n, 0);
}

static void
what_does_not_count(void **state)
{
    static const char *const table[] = {
        CLAIMS(BUNDLE(DOSE("entered-in-error", "208", "2025-10-01"))),
        CLAIMS(BUNDLE(DOSE("not-done", "208", "2025-10-01"))),
        CLAIMS(BUNDLE(LAB("preliminary", "94558-4", "2026-09-20", "260415000"))),
        CLAIMS(BUNDLE("{\"resource\":{\"resourceType\":\"Immunization\",\"status\":\"completed\","
                      "\"isSubpotent\":true,\"vaccineCode\":" CVX("208") "}}")),
        CLAIMS(BUNDLE("{\"resource\":{\"resourceType\":\"Condition\"}}")), CLAIMS(BUNDLE("")),
    };

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        assert_int_equal(read_claims(table[i]), HP_OK);
        assert_int_equal(seen.pass.event.kind, HP_KIND_NONE);
        assert_null(hp_node_member(seen.pass.document, HP_STR("v")));
        assert_null(hp_node_member(seen.pass.document, HP_STR("t")));
    }
}

static void
tests_for_the_virus(void **state)
{
    static const struct {
        const char *claims, *disease, *method, *result;
    } table[] = {
        { CLAIMS(BUNDLE(LAB("final", "94558-4", "2026-09-20", "260415000"))), "840539006",
          "LP217198-3", "260415000" },
        { CLAIMS(BUNDLE(LAB("amended", "94309-2", "2026-09-20", "260385009"))), "840539006",
          "LP6464-4", "260415000" },
        { CLAIMS(BUNDLE(LAB("corrected", "94500-6", "2026-09-20", "10828004"))), "840539006",
          "LP6464-4", "260373001" },
        /* antibodies, and something else altogether */
        { CLAIMS(BUNDLE(LAB("final", "94563-4", "2026-09-20", "260415000"))), "",
          "http://loinc.org|94563-4", "260415000" },
        { CLAIMS(BUNDLE(LAB("final", "94558-4", "2026-09-20", "419984006"))), "840539006",
          "LP217198-3", "http://snomed.info/sct|419984006" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        assert_int_equal(read_claims(table[i].claims), HP_OK);
        assert_int_equal(seen.pass.event.kind, 't');
        assert_true(seen.pass.event.sampled == 1789862400);
        assert_str_equal(member("t", 0, "tg"), hp_str_of(table[i].disease));
        assert_str_equal(member("t", 0, "tt"), hp_str_of(table[i].method));
        assert_str_equal(member("t", 0, "tr"), hp_str_of(table[i].result));
        assert_str_equal(seen.pass.event.result, hp_str_of(table[i].result));
    }
}

/* Of one day nobody knows which came last, and which stands first in the bundle says nothing. */
static void
what_was_found_is_not_cleared_on_the_same_day(void **state)
{
#define FOUND(date) LAB("final", "94309-2", date, "260373001")
#define CLEAR(date) LAB("final", "94558-4", date, "260415000")
    static const struct {
        const char *claims;
        bool found;
    } table[] = {
        { CLAIMS(BUNDLE(CLEAR("2026-09-20") "," FOUND("2026-09-20"))), true },
        { CLAIMS(BUNDLE(FOUND("2026-09-20") "," CLEAR("2026-09-20"))), true },
        { CLAIMS(BUNDLE(CLEAR("2026-09-20T09:00:00Z") "," FOUND("2026-09-20"))), true },
        { CLAIMS(BUNDLE(FOUND("2026-09-20T09:00:00Z") "," CLEAR("2026-09-20"))), true },
        { CLAIMS(BUNDLE(FOUND("2026-09-20") "," DOSE("completed", "300", "2026-09-20"))), true },
        { CLAIMS(BUNDLE(CLEAR("2026-09-20") "," FOUND("soon"))), true },
        { CLAIMS(BUNDLE(FOUND("2026-09-20T09:00:00Z") "," CLEAR("2026-09-20T09:00:01Z"))), false },
        { CLAIMS(BUNDLE(FOUND("2026-09-20") "," CLEAR("2026-09-21"))), false },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        assert_int_equal(read_claims(table[i].claims), HP_OK);
        assert_int_equal(seen.pass.event.kind, 't');
        assert_str_equal(seen.pass.event.result, hp_str_of(table[i].found ? "260373001" : "260415000"));
        assert_str_equal(member("t", 0, "tr"), seen.pass.event.result);
    }
}

static void
holders(void **state)
{
    static const struct {
        const char *claims, *family, *given;
        hp_birth birth;
    } table[] = {
        { CLAIMS(BUNDLE(PATIENT)), "Dupuis", "Zoe M.", { 1988, 2, 29 } },
        { CLAIMS(BUNDLE(PATIENT "," PATIENT)), "", "", { 0, 0, 0 } },
        { CLAIMS(BUNDLE("")), "", "", { 0, 0, 0 } },
        { CLAIMS(BUNDLE("{\"resource\":{\"resourceType\":\"Patient\",\"birthDate\":\"1988\",\"name\":["
                        "{\"text\":\"Zoe Dupuis\"}]}}")), "Zoe Dupuis", "", { 1988, 0, 0 } },
        { CLAIMS(BUNDLE("{\"resource\":{\"resourceType\":\"Patient\",\"birthDate\":\"1988-02\",\"name\":["
                        "{\"family\":\"A\"},{\"family\":\"B\",\"use\":\"official\"}]}}")), "B", "",
          { 1988, 2, 0 } },
        { CLAIMS(BUNDLE("{\"resource\":{\"resourceType\":\"Patient\",\"birthDate\":\"1988-02-30\"}}")),
          "", "", { 0, 0, 0 } },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        assert_int_equal(read_claims(table[i].claims), HP_OK);
        assert_str_equal(seen.pass.holder.family, hp_str_of(table[i].family));
        assert_str_equal(seen.pass.holder.given, hp_str_of(table[i].given));
        assert_memory_equal(&seen.pass.holder.birth, &table[i].birth, sizeof(hp_birth));
    }
}

/* ---- limits --------------------------------------------------------------- */

static hp_str
repeated(const char *head, const char *item, size_t n, const char *tail)
{
    static char out[2 * HP_SHC_JSON_MAX];
    size_t at = (size_t)sprintf(out, "%s", head);

    for (size_t i = 0; i < n; i++)
        at += (size_t)sprintf(out + at, "%s%s", i > 0 ? "," : "", item);
    at += (size_t)sprintf(out + at, "%s", tail);
    return (hp_str){ (const uint8_t *)out, at };
}

#define HEAD "{\"iss\":\"" ISS "\",\"nbf\":1000,\"vc\":{\"type\":[\"" HP_SHC_TYPE "\"]," \
             "\"credentialSubject\":{\"fhirBundle\":{\"resourceType\":\"Bundle\",\"entry\":["
#define TAIL "]}}}}"

static void
one_below_and_one_above_each_limit(void **state)
{
    const char *lab = "{\"resource\":{\"resourceType\":\"Observation\",\"status\":\"final\"}}";
    hp_str claims_text = maker_copy(HP_STR(CLAIMS(BUNDLE(""))));
    hp_str pad = maker_fill(HP_SHC_JSON_MAX - claims_text.n, ' ');

    (void)state;
    assert_int_equal(read_text(jws_of(repeated(HEAD, lab, HP_FHIR_EVENTS, TAIL))), HP_OK);
    assert_int_equal(read_text(jws_of(repeated(HEAD, lab, HP_FHIR_EVENTS + 1, TAIL))), HP_CONTENT);
    assert_int_equal(read_text(jws_of(MAKER_JOIN(claims_text, pad))), HP_OK);
    assert_int_equal(read_text(jws_of(MAKER_JOIN(claims_text, pad, HP_STR(" ")))), HP_COMPRESSION);
}

/* No card that the limits allow needs more memory than there is: that would be our fault. */
static void
the_largest_cards_fit(void **state)
{
    (void)state;
    assert_int_equal(read_text(jws_of(repeated("[", "\"\\n\"", 8191, "]"))), HP_ENVELOPE);
    assert_int_equal(read_text(jws_of(repeated("[", "\"\\nxxxxxxxxxxxxxxxxxxxxxxxxx\"", 8191, "]"))),
                     HP_ENVELOPE);
    assert_int_equal(read_text(jws_of(repeated("[", "0", 100000, "]"))), HP_ENVELOPE);
}

/* Other lengths than 64 bytes are for who verifies to refuse; bits that fill the last character. */
static void
signatures_of_any_length_are_read(void **state)
{
    hp_str jws = maker_copy(jws_of(HP_STR(CLAIMS(TWO_DOSES))));
    uint8_t last = jws.p[jws.n - 1];
    char held[64];

    (void)state;
    assert_int_equal(read_text(jws), HP_OK);
    memcpy(held, seen.proof.signature.p, seen.proof.signature.n);
    ((uint8_t *)(uintptr_t)jws.p)[jws.n - 1] = (uint8_t)(last + 1); /* of A, Q, g and w */
    assert_int_equal(read_text(jws), HP_OK);
    assert_str_equal(seen.proof.signature, ((hp_str){ (const uint8_t *)held, sizeof(held) }));
    assert_int_equal(read_text((hp_str){ jws.p, jws.n - 86 }), HP_OK);
    assert_int_equal(seen.proof.signature.n, 0);
    assert_int_equal(read_text((hp_str){ jws.p, jws.n - 1 }), HP_ENVELOPE); /* 85 are of no bytes */
}

/* Behind what is signed it is the signature that does not hold. */
static void
no_part_of_a_card_is_one(void **state)
{
    hp_str jws = jws_of(HP_STR(CLAIMS(TWO_DOSES)));
    size_t n, whole;

    (void)state;
    assert_int_equal(read_text(jws), HP_OK);
    whole = seen.proof.tbs.n;
    for (n = 0; n < whole; n++)
        assert_int_not_equal(read_text((hp_str){ jws.p, n }), HP_OK);
}

static int
set_up(void **state)
{
    hp_error error;

    (void)state;
    signer = hp_signer_new(HP_ALG_ES256, 0, &error);
    return signer == NULL;
}

static int
tear_down(void **state)
{
    (void)state;
    hp_signer_free(signer);
    return 0;
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(every_form_is_the_same_card),
    cmocka_unit_test(chunks_come_in_any_order_and_all_of_them),
    cmocka_unit_test(texts_that_are_no_card),
    cmocka_unit_test(headers),
    cmocka_unit_test(claims),
    cmocka_unit_test(times_may_have_fractions),
    cmocka_unit_test(vaccinations),
    cmocka_unit_test(what_does_not_count),
    cmocka_unit_test(tests_for_the_virus),
    cmocka_unit_test(what_was_found_is_not_cleared_on_the_same_day),
    cmocka_unit_test(holders),
    cmocka_unit_test(one_below_and_one_above_each_limit),
    cmocka_unit_test(the_largest_cards_fit),
    cmocka_unit_test(signatures_of_any_length_are_read),
    cmocka_unit_test(no_part_of_a_card_is_one),
};

UNIT_MAIN_WITH(tests, set_up, tear_down)
