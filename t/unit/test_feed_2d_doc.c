/*
 * 2D-DOC: the signed list of authorities (TSL), signers, bare keys, CRLs and bundles.
 *
 * Lists are written in canonical form by hand and signed as text (t/lib/tsl.c), so that the
 * canonicalisation under test is judged by something else.
 */
#include "unit.h"

#include "importer.h"
#include "maker.h"
#include "tsl.h"

#include <stdlib.h>

static importer one;
static const pki_cert *operator, *ca, *other_ca, *signer;

static const hp_str none = { NULL, 0 };

/* ---- making lists --------------------------------------------------------------- */

/* By the pinned one, when nobody is named. */
static hp_str
signed_as(hp_str list, tsl_how how)
{
    if (how.by == NULL)
        how.by = operator;
    return tsl_signed(list, &how);
}

static hp_str
plain_list(void)
{
    return tsl_list(tsl_provider("FR99", TSL_GOOD, pki_der(ca)));
}

static hp_str
good_list(void)
{
    return signed_as(plain_list(), (tsl_how){ 0 });
}

/* ---- running ------------------------------------------------------------------------ */

#define FILE_OF(name, bytes) { name, bytes }

static bool
run(const hp_feed_file *files, size_t n)
{
    return importer_run(&one, &hp_feed_2d_doc, files, n, none);
}

static void
refused(bool good, const char *word)
{
    assert_false(good);
    assert_says(one.error.text, word);
}

static bool
run_tsl(hp_str list)
{
    return run((hp_feed_file[]){ FILE_OF("tsl.xml", list) }, 1);
}

/* What is taken without a TSL. */
static bool
run_unsigned(const hp_feed_file *files, size_t n)
{
    size_t pins = one.terms.n_pins;
    bool good;

    one.terms.n_pins = 0;
    one.terms.unsigned_ok = true;
    good = run(files, n);
    one.terms.n_pins = pins;
    one.terms.unsigned_ok = false;
    return good;
}

static const hp_record *
key_of(const char *name)
{
    return importer_find(&one, HP_ROLE_SIGNER, hp_str_of(name), 0);
}

/* ---- good lists ------------------------------------------------------------------------ */

static void
a_signed_list(void **state)
{
    hp_feed_file files[] = { FILE_OF("/x/FR99TE01.der", pki_der(signer)),
        FILE_OF("/x/tsl_signed.xml", good_list()) };
    const hp_source *source;
    const hp_record *record;

    (void)state;
    assert_true(run(files, 2));
    assert_int_equal(one.import.records.n, 2);
    record = key_of("FR99TE01");
    assert_non_null(record);
    assert_int_equal(record->flaw, HP_FLAW_NONE);
    assert_int_equal(record->domains, HP_DOMAIN_2D_DOC);
    assert_str_equal(record->spki, pki_spki(pki_cert_key(signer)));
    assert_true(record->valid.from == MAKER_FROM && record->valid.until == MAKER_TO);
    assert_int_equal(record->n_issuers, 1);
    record = importer_find(&one, HP_ROLE_AUTHORITY, none, 0);
    assert_str_equal(record->cert, pki_der(ca));
    assert_string_equal(record->country, "FR");
    source = &one.import.records.sources[0];
    assert_true(source->issued == MAKER_IAT && source->expires == MAKER_EXP);
    assert_true(source->dated == MAKER_NOW && source->is_signed);
    assert_memory_equal(source->signer, pki_sha256(pki_der(operator)).p, HP_SHA256);
    assert_string_equal(one.told, "");
}

static void
forms_of_signatures(void **state)
{
    static const tsl_how forms[] = {
        { .transforms = TSL_SUBTRACT TSL_EXCLUSIVE },
        { .uri = "#list" },
        { .without_properties = true },
        { .inside = "<ds:Object>anything</ds:Object>", .without_properties = true },
    };
    hp_str list = plain_list();

    (void)state;
    for (size_t i = 0; i < COUNT(forms); i++) {
        if (!run_tsl(signed_as(list, forms[i])))
            print_error("%zu: %s\n", i, one.error.text);
        assert_true(one.good);
        assert_true(one.import.records.sources[0].is_signed);
    }
}

/* What the canonical form does not tell apart. */
static void
forms_of_text(void **state)
{
    hp_str list = good_list();

    (void)state;
    assert_true(run_tsl(MAKER_JOIN(HP_STR("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"), list)));
    assert_true(run_tsl(maker_replace(list, HP_STR("FR99"), HP_STR("F<!-- x -->R99"))));
    assert_non_null(importer_find(&one, HP_ROLE_AUTHORITY, none, 0));
    assert_true(run_tsl(maker_replace(list, HP_STR(">FR99<"), HP_STR("><![CDATA[FR]]>&#57;9<"))));
    assert_true(run_tsl(maker_replace(list, HP_STR("></ds:Transform>"), HP_STR("/>"))));
    assert_true(run_tsl(maker_replace(list, HP_STR("\n<tsl:TSPServices>"),
        HP_STR("\r\n<tsl:TSPServices  >"))));
    assert_true(run_tsl(maker_replace(list, HP_STR("\" Id=\"list\""), HP_STR("\"\n Id='list'"))));
}

static void
standings_of_authorities(void **state)
{
    static const struct {
        const char *status;
        bool counts;
    } standings[] = {
        { TSL_GOOD, true },
        { "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/granted", true },
        { "http://uri.etsi.org/TrstSvc/Svcstatus/granted", true },
        { "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/withdrawn", false },
        { "http://uri.etsi.org/TrstSvc/Svcstatus/undersupervision", false },
        { "inaccord", false },
        { "", false },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(standings); i++) {
        hp_str list = tsl_list(MAKER_JOIN(tsl_provider("FR98", TSL_GOOD, pki_der(other_ca)),
            tsl_provider("FR99", standings[i].status, pki_der(ca))));

        assert_true(run((hp_feed_file[]){ FILE_OF("t.xml", signed_as(list, (tsl_how){ 0 })),
            FILE_OF("FR99TE01.der", pki_der(signer)) }, 2));
        assert_int_equal(importer_count(&one, HP_ROLE_AUTHORITY), standings[i].counts ? 2 : 1);
        assert_int_equal(key_of("FR99TE01")->flaw,
            standings[i].counts ? HP_FLAW_NONE : HP_FLAW_CHAIN);
        assert_int_equal(importer_skipped(&one, HP_SKIP_OTHER_USE), standings[i].counts ? 0 : 1);
    }
}

static void
authorities_that_are_left_out(void **state)
{
    hp_str good = tsl_provider("FR98", TSL_GOOD, pki_der(other_ca));
    hp_str bad[] = {
        tsl_provider("FR99", TSL_GOOD, HP_STR("no certificate")),
        tsl_provider("FR9", TSL_GOOD, pki_der(ca)),
        tsl_provider("fr99", TSL_GOOD, pki_der(ca)),
        tsl_provider("", TSL_GOOD, pki_der(ca)),
        tsl_provider("0123456789012345678901234567890123456789", TSL_GOOD, pki_der(ca)),
        maker_replace(tsl_provider("FR99", TSL_GOOD, pki_der(ca)), HP_STR("Certificate>\n"),
            HP_STR("Certificate>*")),
    };

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        assert_true(run_tsl(signed_as(tsl_list(MAKER_JOIN(bad[i], good)), (tsl_how){ 0 })));
        assert_int_equal(one.import.records.n, 1);
        assert_int_equal(importer_skipped(&one, HP_SKIP_UNREADABLE), 1);
    }
    assert_true(run_tsl(signed_as(tsl_list(MAKER_JOIN(tsl_provider("FR99", TSL_GOOD,
        pki_der(signer)), good)), (tsl_how){ 0 })));
    assert_int_equal(importer_skipped(&one, HP_SKIP_USAGE), 1);
}

/* ---- lists that are refused ---------------------------------------------------------------- */

static void
signatures_that_do_not_hold(void **state)
{
    const pki_cert *stranger = pki_cert_new(&(pki_wish){ .key = pki_key_new("RSA-2048") });
    hp_str plain = plain_list(), good = good_list();
    hp_str second = HP_STR("<ds:Reference URI=\"\"><ds:Transforms>" TSL_ENVELOPED TSL_EXCLUSIVE
        "</ds:Transforms><ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\">"
        "</ds:DigestMethod><ds:DigestValue>47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
        "</ds:DigestValue></ds:Reference>");
    tsl_how bad[] = {
        { .by = stranger },
        { .hash = HP_HASH_SHA512 },
        { .method = "http://www.w3.org/2000/09/xmldsig#rsa-sha1" },
        { .method = "http://www.w3.org/2000/09/xmldsig#hmac-sha1" },
        { .method = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256" },
        { .uri = "#p" }, { .uri = "#other" }, { .uri = "list" }, { .uri = "#xpointer(/)" },
        { .uri = "http://example.org/list.xml" }, { .uri = "file:///etc/passwd" },
        { .transforms = TSL_EXCLUSIVE },
        { .transforms = TSL_ENVELOPED },
        { .transforms = TSL_EXCLUSIVE TSL_ENVELOPED },
        { .transforms = TSL_ENVELOPED TSL_EXCLUSIVE TSL_EXCLUSIVE },
        { .transforms = TSL_ENVELOPED TSL_SUBTRACT TSL_EXCLUSIVE },
        { .transforms = "<ds:Transform Algorithm=\"http://www.w3.org/TR/1999/REC-xpath-19991116\">"
            "<ds:XPath>true()</ds:XPath></ds:Transform>" TSL_EXCLUSIVE },
        { .transforms = "<ds:Transform Algorithm=\"http://www.w3.org/TR/1999/REC-xslt-19991116\">"
            "</ds:Transform>" TSL_EXCLUSIVE },
        { .transforms = "<ds:Transform Algorithm=\"http://www.w3.org/2002/06/xmldsig-filter2\">"
            "<f:XPath xmlns:f=\"http://www.w3.org/2002/06/xmldsig-filter2\" Filter=\"subtract\">"
            "/*</f:XPath></ds:Transform>" TSL_EXCLUSIVE },
        { .transforms = "<ds:Transform Algorithm=\"http://www.w3.org/2002/06/xmldsig-filter2\">"
            "<f:XPath xmlns:f=\"http://www.w3.org/2002/06/xmldsig-filter2\" Filter=\"intersect\">"
            "/descendant::ds:Signature</f:XPath></ds:Transform>" TSL_EXCLUSIVE },
        { .wrong_properties = true },
        { .without_document = true },
        { .without_document = true, .without_properties = true },
        { .more = maker_c_string(second) },
        { .more = "<ds:Object></ds:Object>" },
        { .attributes = "><c:InclusiveNamespaces xmlns:c=\"" TSL_C14N "\" PrefixList=\"x\">"
            "</c:InclusiveNamespaces" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        if (run_tsl(signed_as(plain, bad[i])))
            print_error("accepted: %zu\n", i);
        refused(one.good, "signature");
    }
    refused(run_tsl(plain), "signature");
    refused(run_tsl(maker_replace(good, HP_STR("FR99"), HP_STR("FR97"))), "changed");
    refused(run_tsl(maker_replace(good, HP_STR(">23<"), HP_STR(">24<"))), "changed");
    refused(run_tsl(maker_replace(good, HP_STR("\n<tsl:TSPServices>"),
        HP_STR("<tsl:TSPServices>"))), "changed");
    refused(run_tsl(maker_replace(good, HP_STR("\n<tsl:TSPServices>"),
        HP_STR("\n<?pi x?><tsl:TSPServices>"))), "changed");
    refused(run_tsl(MAKER_JOIN(HP_STR("<?pi x?>"), good)), "changed");
    refused(run_tsl(maker_replace(good, HP_STR(">x</xades:Sig"), HP_STR(">y</xades:Sig"))),
        "signature");
    refused(run_tsl(maker_replace(good, HP_STR("SignatureValue>\n"),
        HP_STR("SignatureValue>\nAAAA"))), "pinned");
    refused(run_tsl(maker_replace(good, HP_STR("SignatureValue>\n"),
        HP_STR("SignatureValue>*"))), "value");
    assert_true(run_tsl(good));
}

/* A genuine signature, and another list around it or beside it. */
static void
wrapped_signatures(void **state)
{
    hp_str plain = plain_list(), good = good_list();
    hp_str evil = tsl_list(tsl_provider("FR66", TSL_GOOD, pki_der(other_ca)));
    hp_str by_id = signed_as(plain, (tsl_how){ .uri = "#list" });
    hp_str signature = tsl_signature(plain, &(tsl_how){ .by = operator });
    hp_str named = tsl_signature(plain, &(tsl_how){ .by = operator, .uri = "#list" });
    hp_str wrapped[] = {
        /* the genuine list inside an object of the evil one's signature */
        tsl_with(evil, maker_replace(signature, HP_STR("</ds:Signature>"),
            MAKER_JOIN(HP_STR("<ds:Object>"), plain, HP_STR("</ds:Object></ds:Signature>")))),
        tsl_with(evil, maker_replace(named, HP_STR("</ds:Signature>"),
            MAKER_JOIN(HP_STR("<ds:Object>"), plain, HP_STR("</ds:Object></ds:Signature>")))),
        /* the genuine list whole inside the evil one */
        tsl_with(evil, good),
        tsl_with(evil, by_id),
        /* the evil list without an Id, the genuine one beside its signature */
        tsl_with(maker_replace(evil, HP_STR(" Id=\"list\""), HP_STR("")),
            MAKER_JOIN(plain, named)),
        /* the signature not an element of the root */
        maker_replace(plain, HP_STR("</tsl:SchemeInformation>"),
            MAKER_JOIN(signature, HP_STR("</tsl:SchemeInformation>"))),
        /* two signatures */
        tsl_with(plain, MAKER_JOIN(signature, signature)),
        tsl_with(plain, MAKER_JOIN(signature, tsl_signature(evil, &(tsl_how){ .by = operator }))),
        /* more in the signature, which no digest covers */
        tsl_with(evil, signature),
        /* another root */
        MAKER_JOIN(HP_STR("<evil Id=\"list\">"), good, HP_STR("</evil>")),
    };

    (void)state;
    for (size_t i = 0; i < COUNT(wrapped); i++) {
        if (run_tsl(wrapped[i]))
            print_error("accepted: %zu\n", i);
        refused(one.good, "signature");
    }
    refused(run_tsl(tsl_with(plain, MAKER_JOIN(signature, signature))), "the only one");
    /* Objects in the signature are no part of the list: nothing in them is read. */
    assert_true(run_tsl(signed_as(plain, (tsl_how){ .without_properties = true,
        .inside = maker_c_string(MAKER_JOIN(HP_STR("<ds:Object>"), evil,
        HP_STR("</ds:Object>"))) })));
    assert_int_equal(one.import.records.n, 1);
    assert_str_equal(one.import.records.all[0].cert, pki_der(ca));
}

static void
who_may_sign(void **state)
{
    hp_feed_file file = FILE_OF("tsl.xml", good_list());
    hp_str claimed = pki_hex(pki_sha256(pki_der(operator)));
    size_t pins = one.terms.n_pins;

    (void)state;
    one.terms.n_pins = 0;
    refused(run(&file, 1), maker_c_string(claimed)); /* never guessed */
    one.terms.unsigned_ok = true;
    assert_true(run(&file, 1));
    assert_false(one.import.records.sources[0].is_signed);
    assert_true(one.import.records.sources[0].dated == one.terms.now);
    assert_true(run((hp_feed_file[]){ FILE_OF("FR99.ca.der", pki_der(ca)) }, 1));
    assert_true(one.import.records.sources[0].dated == one.terms.now); /* without a TSL too */
    one.terms.unsigned_ok = false;
    one.terms.as_given = true;
    assert_true(run_tsl(plain_list()));
    one.terms.as_given = false;
    one.terms.n_pins = pins;
    refused(run((hp_feed_file[]){ FILE_OF("FR99TE01.der", pki_der(signer)) }, 1), "trust list");
    one.terms.unsigned_ok = true;
    refused(run((hp_feed_file[]){ FILE_OF("FR99TE01.der", pki_der(signer)) }, 1), "trust list");
    one.terms.unsigned_ok = false;
    refused(run((hp_feed_file[]){ file, FILE_OF("b.xml", file.bytes) }, 2), "more than one");
}

/* What the pin does not vouch for needs the operator's word. */
static void
what_no_signature_covers(void **state)
{
    hp_feed_file files[] = { FILE_OF("tsl.xml", good_list()), FILE_OF("FR98.ca.der",
        pki_der(other_ca)), FILE_OF("FR99KEY1.pub.der", pki_spki(pki_cert_key(signer))) };

    (void)state;
    refused(run(files, 2), "FR98.ca.der");
    refused(run((hp_feed_file[]){ files[0], files[2] }, 2), "FR99KEY1.pub.der");
    one.terms.unsigned_ok = true;
    assert_true(run(files, 3));
    assert_int_equal(one.import.records.n, 3);
    one.terms.unsigned_ok = false;
    one.terms.n_pins = 0;
    refused(run(&files[2], 1), "--pin takes");
    one.terms.n_pins = 1;
}

static void
times_of_lists(void **state)
{
    hp_str plain = plain_list();
    static const struct {
        const char *what, *instead, *word;
    } times[] = {
        { "2022-01-01T00:00:00Z", "2021-07-01T00:00:00Z", "ended" },
        { "2021-06-01T00:00:00Z", "2021-07-02T00:00:01Z", "future" },
        { "2022-01-01T00:00:00Z", "soon", "when it was issued" },
        { "2021-06-01T00:00:00Z", "", "when it was issued" },
        { "tsl:NextUpdate>", "tsl:Next>", "" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(times); i++)
        refused(run_tsl(signed_as(maker_replace(plain, hp_str_of(times[i].what),
            hp_str_of(times[i].instead)), (tsl_how){ 0 })), times[i].word);
    refused(run_tsl(signed_as(maker_replace(plain, HP_STR("v2#"), HP_STR("v3#")),
        (tsl_how){ 0 })), "TS 119 612");
}

/* ---- XML that is no list ---------------------------------------------------------------------- */

static void
documents_that_are_refused(void **state)
{
    hp_str good = good_list();
    hp_str latin = MAKER_JOIN(HP_STR("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>"),
        maker_replace(good, HP_STR("again"), HP_STR("\xe9")));
    hp_str bombs[] = {
        HP_STR("<!DOCTYPE a [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">"
            "<!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;\">]><a>&c;</a>"),
        HP_STR("<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>"),
        HP_STR("<!DOCTYPE a [<!ENTITY a SYSTEM \"file:///etc/passwd\">]><a>&a;</a>"),
        HP_STR("<?xml version=\"1.0\" encoding=\"UTF-7\"?>+ADw-!DOCTYPE a+AD4-<a/>"),
        HP_STR("\xff\xfe<\0a\0/\0>\0"), HP_STR("<\0a\0/\0>\0"),
        HP_STR("<a>&a;</a>"), HP_STR("<a>"), HP_STR("</a>"), HP_STR("<a/><b/>"), HP_STR("text"),
        HP_STR(""), HP_STR(" "), HP_STR("<"), HP_STR("<a b='1' b='2'/>"), HP_STR("<x:a/>"),
        HP_STR("<a>\x01</a>"), HP_STR("<!-- <a/> -->"), latin,
    };

    (void)state;
    for (size_t i = 0; i < COUNT(bombs); i++) {
        refused(run_tsl(bombs[i]), "tsl.xml");
        one.terms.as_given = true;
        refused(run_tsl(bombs[i]), "tsl.xml");
        one.terms.as_given = false;
    }
    for (size_t n = 0; n < good.n; n += 41)
        refused(run_tsl(guard_end((hp_str){ good.p, n })), "tsl.xml");
}

/* A text of many units between a head and a tail; the caller's to free(). */
static hp_str
many(const char *head, const char *unit, size_t times, const char *tail)
{
    size_t n = strlen(unit), h = strlen(head), t = strlen(tail), i;
    char *p = malloc(h + times * n + t + 1);

    assert_non_null(p);
    memcpy(p, head, h);
    for (i = 0; i < times; i++)
        memcpy(p + h + i * n, unit, n);
    memcpy(p + h + times * n, tail, t + 1);
    return (hp_str){ (uint8_t *)p, h + times * n + t };
}

static void
too_much(void **state)
{
    static const struct {
        const char *head, *unit;
        size_t times;
        const char *tail;
    } documents[] = {
        { "<a>", "<b></b>", 1000000, "</a>" },
        { "<a>", "<b></b>", 290000, "</a>" },     /* 2 MB */
        { "<a>", "<b>x</b>", 2500000, "</a>" },   /* 20 MB */
        { "", "<a>", 10000, "" },
        { "<a>", "<b c=''/>", 200000, "</a>" },
        { "<a", " xmlns:b='c'", 65, "/>" },
        { "<a>", "<b xmlns='c'/>", 65, "</a>" },
        { "<a b='", "x", 40000, "'/>" },
        { "<a>", "x", 40000, "</a>" },
        { "<a>", "<!---->x", 250000, "</a>" },
        { "<a>", "<![CDATA[x]]>", 150000, "</a>" },
        { "<a>", "&#120;", 5000, "</a>" },
    };

    (void)state;
    one.terms.as_given = true; /* far past the signature */
    for (size_t i = 0; i < COUNT(documents); i++) {
        hp_str text = many(documents[i].head, documents[i].unit, documents[i].times,
            documents[i].tail);

        refused(run_tsl(text), "");
        free((uint8_t *)(uintptr_t)text.p);
    }
    one.terms.as_given = false;
}

/* A signature over the biggest documents that are read is judged quickly too. */
static void
much_under_a_borrowed_signature(void **state)
{
    static const struct {
        const char *head, *unit;
        size_t times;
        const char *tail;
    } documents[] = {
        { "<a Id=\"list\">", "<b></b>", 280000, "" },
        { "<a Id=\"list\">", "<b c=\"\" d=\"\" e=\"\"></b>", 90000, "" },
        { "<a Id=\"list\">", "x<!-- -->", 230000, "" },
    };
    hp_str signature = tsl_signature(plain_list(), &(tsl_how){ .by = operator,
        .uri = "#list" });

    (void)state;
    for (size_t i = 0; i < COUNT(documents); i++) {
        hp_str tail = MAKER_JOIN(signature, HP_STR("</a>"));
        hp_str text = many(documents[i].head, documents[i].unit, documents[i].times,
            maker_c_string(tail));

        refused(run_tsl(text), "changed");
        free((uint8_t *)(uintptr_t)text.p);
    }
}

/* ---- signers ------------------------------------------------------------------------------------ */

static const pki_cert *
signer_named(const char *name, const char *kind, const pki_cert *by)
{
    return pki_cert_new(&(pki_wish){ .name = name, .country = "FR", .issuer = by,
        .key = pki_key_new(kind) });
}

static void
kinds_of_keys(void **state)
{
    static const struct {
        const char *kind;
        bool good;
    } kinds[] = { { "P-256", true }, { "P-384", true }, { "P-521", true }, { "RSA-2048", false } };

    (void)state;
    for (size_t i = 0; i < COUNT(kinds); i++) {
        const pki_cert *cert = signer_named("TE02", kinds[i].kind, ca);
        hp_feed_file files[] = { FILE_OF("FR99.ca.der", pki_der(ca)),
            FILE_OF("FR99TE02.pem", pki_pem(cert)),
            FILE_OF("FR99TE03.pub.der", pki_spki(pki_cert_key(cert))) };

        assert_true(run_unsigned(files, 3));
        assert_int_equal(importer_count(&one, HP_ROLE_SIGNER), kinds[i].good ? 2 : 0);
        assert_int_equal(importer_skipped(&one, HP_SKIP_KEY), kinds[i].good ? 0 : 2);
        if (kinds[i].good) {
            assert_str_equal(key_of("FR99TE02")->spki, pki_spki(pki_cert_key(cert)));
            assert_true(key_of("FR99TE03")->valid.until > 4e9);
            assert_int_equal(key_of("FR99TE03")->n_issuers, 0);
        }
    }
}

static void
chains(void **state)
{
    const pki_cert *ended = pki_cert_new(&(pki_wish){ .name = "TE05", .issuer = ca,
        .from = MAKER_FROM, .to = MAKER_FROM + 86400 });
    const pki_cert *false_one = pki_cert_new(&(pki_wish){ .name = "TE06", .issuer = ca,
        .forged = pki_key_new("RSA-2048") });
    hp_feed_file files[] = { FILE_OF("FR99.ca.der", pki_der(ca)),
        FILE_OF("FR98.ca.der", pki_der(other_ca)), FILE_OF("FR99TE01.der", pki_der(signer)),
        FILE_OF("FR98TE01.der", pki_der(signer)), FILE_OF("FR97TE01.der", pki_der(signer)),
        FILE_OF("FR99TE05.der", pki_der(ended)), FILE_OF("FR99TE06.der", pki_der(false_one)) };

    (void)state;
    assert_true(run_unsigned(files, COUNT(files)));
    assert_int_equal(key_of("FR99TE01")->flaw, HP_FLAW_NONE);
    assert_int_equal(key_of("FR98TE01")->flaw, HP_FLAW_CHAIN); /* another authority's */
    assert_int_equal(key_of("FR97TE01")->flaw, HP_FLAW_CHAIN); /* of an unknown one */
    assert_int_equal(key_of("FR99TE05")->flaw, HP_FLAW_NONE);  /* judged at the seal's day */
    assert_int_equal(key_of("FR99TE06")->flaw, HP_FLAW_CHAIN);
    one.terms.as_given = true;
    assert_true(run_unsigned(files, COUNT(files)));
    assert_int_equal(key_of("FR98TE01")->flaw, HP_FLAW_CHAIN);
    assert_int_equal(key_of("FR97TE01")->flaw, HP_FLAW_NONE);
    one.terms.as_given = false;
}

static void
signers_that_are_left_out(void **state)
{
    const pki_cert *other_use = pki_cert_new(&(pki_wish){ .name = "TE02", .issuer = ca,
        .key_usage = "keyEncipherment" });
    const struct {
        hp_feed_file file;
        hp_skip why;
    } bad[] = {
        { FILE_OF("FR99TE02.der", pki_der(signer)), HP_SKIP_KID },
        { FILE_OF("FR99TE02.der", pki_der(other_use)), HP_SKIP_USAGE },
        { FILE_OF("FR99TE02.der", pki_der(ca)), HP_SKIP_OTHER_USE },
        { FILE_OF("FR99TE02.der", HP_STR("0")), HP_SKIP_UNREADABLE },
        { FILE_OF("FR99TE02.pem", HP_STR("")), HP_SKIP_UNREADABLE },
        { FILE_OF("FR99TE02.pub.der", HP_STR("0")), HP_SKIP_KEY },
        { FILE_OF("FR99TE02.pub.der", pki_der(signer)), HP_SKIP_KEY },
        { FILE_OF("fr99te02.der", pki_der(signer)), HP_SKIP_UNREADABLE },
        { FILE_OF("FR99.ca.der", HP_STR("")), HP_SKIP_UNREADABLE },
        { FILE_OF("FR99.ca.der", pki_der(signer)), HP_SKIP_USAGE },
        { FILE_OF("FR99.p7b", pki_der(signer)), HP_SKIP_UNREADABLE },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        hp_feed_file files[] = { FILE_OF("FR98.ca.der", pki_der(other_ca)), bad[i].file };

        assert_true(run_unsigned(files, 2));
        assert_int_equal(one.import.records.n, 1);
        assert_int_equal(importer_skipped(&one, bad[i].why), 1);
        assert_int_equal(one.import.records.sources[0].entries, 2);
    }
}

static void
bundles(void **state)
{
    const pki_cert *b = signer_named("TE02", "P-384", ca);
    hp_str pem = MAKER_JOIN(pki_pem(signer), pki_pem(b), pki_pem(ca),
        pki_pem(signer_named("long name", "P-256", ca)));
    hp_feed_file files[] = { FILE_OF("FR99.ca.der", pki_der(ca)), FILE_OF("FR99.pem", pem) };

    (void)state;
    assert_true(run_unsigned(files, 2));
    assert_int_equal(importer_count(&one, HP_ROLE_SIGNER), 2);
    assert_non_null(key_of("FR99TE01"));
    assert_int_equal(key_of("FR99TE02")->flaw, HP_FLAW_NONE);
    assert_int_equal(importer_skipped(&one, HP_SKIP_OTHER_USE), 1);
    assert_int_equal(importer_skipped(&one, HP_SKIP_KID), 1);
    /* PKCS#7: a CMS message has the same form, and its certificate in it. */
    files[1] = (hp_feed_file)FILE_OF("FR99.p7b", pki_cms(signer, HP_STR("x"), 0));
    assert_true(run_unsigned(files, 2));
    assert_int_equal(importer_count(&one, HP_ROLE_SIGNER), 1);
    assert_non_null(key_of("FR99TE01"));
    files[1] = (hp_feed_file)FILE_OF("FR99.der", pki_cms(b, HP_STR("x"), PKI_DETACHED));
    assert_true(run_unsigned(files, 2));
    assert_non_null(key_of("FR99TE02"));
}

static void
revoked_signers(void **state)
{
    const pki_cert *b = signer_named("TE02", "P-256", ca);
    const pki_cert *const taken_back[] = { b, NULL };
    hp_feed_file files[] = { FILE_OF("FR99TE01.der", pki_der(signer)),
        FILE_OF("FR99TE02.der", pki_der(b)), FILE_OF("FR99.crl.der",
            pki_crl(ca, MAKER_FROM, MAKER_EXP, taken_back)), FILE_OF("FR99.ca.der", pki_der(ca)) };
    hp_str bad = pki_crl(other_ca, MAKER_FROM, MAKER_EXP, taken_back);

    (void)state;
    assert_true(run_unsigned(files, 4));
    assert_int_equal(key_of("FR99TE01")->flaw, HP_FLAW_NONE);
    assert_int_equal(key_of("FR99TE02")->flaw, HP_FLAW_REVOKED);
    assert_int_equal(importer_count(&one, HP_ROLE_CRL), 1);
    assert_str_equal(importer_find(&one, HP_ROLE_CRL, none, 0)->kid,
        importer_find(&one, HP_ROLE_AUTHORITY, none, 0)->kid);
    /* An old one lists what was taken back for good. */
    files[2].bytes = pki_crl(ca, MAKER_FROM, MAKER_FROM + 1, taken_back);
    assert_true(run_unsigned(files, 4));
    assert_int_equal(key_of("FR99TE02")->flaw, HP_FLAW_REVOKED);
    /* One that does not hold: the list is not taken, but for a check by hand. */
    for (int i = 0; i < 3; i++) {
        files[2].bytes = i == 0 ? bad : i == 1 ? HP_STR("") : (hp_str){ bad.p, bad.n - 1 };
        refused(run_unsigned(files, 4), "FR99.crl.der");
        one.terms.as_given = true;
        assert_true(run_unsigned(files, 4));
        assert_int_equal(key_of("FR99TE02")->flaw, HP_FLAW_NONE);
        one.terms.as_given = false;
    }
    /* A number belongs to the authority of that name: one of two takes nothing of the other's. */
    files[2].bytes = bad;
    files[3] = (hp_feed_file)FILE_OF("FR99.ca.pem", MAKER_JOIN(pki_pem(ca), pki_pem(other_ca)));
    assert_true(run_unsigned(files, 4));
    assert_int_equal(key_of("FR99TE02")->flaw, HP_FLAW_NONE);
    /* Nobody's CRL at all. */
    files[2].path = "FR11.crl.der";
    files[2].bytes = bad;
    refused(run_unsigned(files, 4), "FR11.crl.der");
}

/* ---- the rest ----------------------------------------------------------------------------------- */

static void
which_files_are_its_own(void **state)
{
    static const struct {
        const char *name;
        bool is;
    } names[] = { { "/x/FR03.ca.der", true }, { "FR03AV01.pub.der", true },
        { "FR03.crl.der", true }, { "tsl_signed.xml", true }, { "FR03AV01.der", false },
        { "csca.crl.der", false }, { "list.xml", false }, { "0102030405060708.pub", false } };

    (void)state;
    for (size_t i = 0; i < COUNT(names); i++)
        assert_int_equal(hp_feed_2d_doc.is(&(hp_feed_file){ names[i].name, HP_STR("x") }),
            names[i].is);
}

static void
too_many_authorities(void **state)
{
    hp_feed_file files[65];

    (void)state;
    for (int i = 0; i < 65; i++)
        files[i] = (hp_feed_file){ maker_c_string(maker_print("FR%02d.ca.der", i)), pki_der(ca) };
    assert_true(run_unsigned(files, 64));
    refused(run_unsigned(files, 65), "one authority too many");
}

static void
every_allocation_fails_once(void **state)
{
    hp_feed_file files[] = { FILE_OF("FR99TE01.der", pki_der(signer)),
        FILE_OF("tsl.xml", good_list()), FILE_OF("FR99.crl.der",
            pki_crl(ca, MAKER_FROM, MAKER_EXP, (const pki_cert *const[]){ NULL })) };
    bool good = false;
    size_t n;

    (void)state;
    for (n = 1; !good && n < 1000; n++) {
        alloc_start(n);
        good = run(files, 3);
        alloc_start(0);
        good = good && one.told[0] == 0;
    }
    assert_true(good);
    assert_true(n > 10);
}

static void
real_lists(void **state)
{
    static const char *const signers[] = { "FR03AV01", "FR03AV02", "FR03AHP1", "FR03AHP2" };
    const char *path;
    hp_feed_file file;
    hp_bytes list;
    hp_str text, pem;

    (void)state;
    UNIT_NEEDS_DATA();
    one.terms.now = 1790000000;
    /* The list of 2026, with what signed it taken out of it, which proves nothing but this. */
    path = maker_c_string(maker_print("%s/2d-doc/published/trust-production/tsl_signed_seq23.xml",
        UNIT_DATA));
    assert_true(hp_file_read(path, 0, HP_FEED_MAX, &list, NULL, &one.error));
    text = (hp_str){ list.p, list.n };
    text = hp_str_from(text, (size_t)((const uint8_t *)memmem(text.p, text.n,
        "<ds:X509Certificate>", 20) - text.p) + 20);
    text.n = (size_t)((const uint8_t *)memchr(text.p, '<', text.n) - text.p);
    pem = MAKER_JOIN(HP_STR("-----BEGIN CERTIFICATE-----\n"), text,
        HP_STR("\n-----END CERTIFICATE-----\n"));
    importer_pin(&one, pem);
    file = (hp_feed_file){ path, { list.p, list.n } };
    assert_true(run(&file, 1));
    assert_true(one.import.records.sources[0].is_signed);
    assert_true(one.import.records.sources[0].issued == 1778508000.0);
    assert_true(one.import.records.sources[0].expires == 1810044000.0);
    assert_int_equal(importer_count(&one, HP_ROLE_AUTHORITY),
        one.import.records.sources[0].entries);
    list.p[list.n / 2] ^= 1;
    refused(run(&file, 1), "");
    hp_bytes_free(&list);
    /* With the signers beside it. */
    file = (hp_feed_file){ maker_c_string(maker_print("%s/2d-doc/published/trust-production",
        UNIT_DATA)), none };
    assert_true(hp_feed_2d_doc.is(&file));
    one.terms.unsigned_ok = true;
    assert_true(run(&file, 1));
    for (size_t i = 0; i < COUNT(signers); i++)
        assert_int_equal(key_of(signers[i])->flaw, HP_FLAW_NONE);
    assert_int_equal(key_of("FR03AV01")->n_issuers, 1);
    one.terms.unsigned_ok = false;
    /* The specification's own key. */
    file.path = maker_c_string(maker_print("%s/2d-doc/published/trust-specimen", UNIT_DATA));
    refused(run_unsigned(&file, 1), "test key");
    one.terms.as_given = true;
    assert_true(run_unsigned(&file, 1));
    assert_non_null(key_of("FR000001"));
    one.terms.as_given = false;
    /* Throw-away ones. */
    file.path = maker_c_string(maker_print("%s/2d-doc/own/trust", UNIT_DATA));
    assert_true(run_unsigned(&file, 1));
    assert_int_equal(importer_count(&one, HP_ROLE_SIGNER), 5);
    assert_int_equal(key_of("FRX1HPRV")->flaw, HP_FLAW_REVOKED);
    assert_int_equal(key_of("FRX1HP52")->flaw, HP_FLAW_NONE);
    one.terms.now = MAKER_NOW;
}

static int
set_up(void **state)
{
    (void)state;
    importer_start(&one);
    operator = pki_cert_new(&(pki_wish){ .name = "Operator", .key = pki_key_new("RSA-2048") });
    importer_pin(&one, pki_der(operator));
    ca = pki_cert_new(&(pki_wish){ .name = "FR99", .country = "FR", .authority = true,
        .key = pki_key_new("RSA-2048") });
    other_ca = pki_cert_new(&(pki_wish){ .name = "FR98", .country = "FR", .authority = true,
        .key = pki_key_new("RSA-2048") });
    signer = pki_cert_new(&(pki_wish){ .name = "TE01", .country = "FR", .issuer = ca });
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    importer_end(&one);
    return 0;
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_signed_list),
    cmocka_unit_test(forms_of_signatures),
    cmocka_unit_test(forms_of_text),
    cmocka_unit_test(standings_of_authorities),
    cmocka_unit_test(authorities_that_are_left_out),
    cmocka_unit_test(signatures_that_do_not_hold),
    cmocka_unit_test(wrapped_signatures),
    cmocka_unit_test(who_may_sign),
    cmocka_unit_test(what_no_signature_covers),
    cmocka_unit_test(times_of_lists),
    cmocka_unit_test(documents_that_are_refused),
    cmocka_unit_test(too_much),
    cmocka_unit_test(much_under_a_borrowed_signature),
    cmocka_unit_test(kinds_of_keys),
    cmocka_unit_test(chains),
    cmocka_unit_test(signers_that_are_left_out),
    cmocka_unit_test(bundles),
    cmocka_unit_test(revoked_signers),
    cmocka_unit_test(which_files_are_its_own),
    cmocka_unit_test(too_many_authorities),
    cmocka_unit_test(every_allocation_fails_once),
    cmocka_unit_test(real_lists),
};

UNIT_MAIN_WITH(tests, set_up, tear_down)
