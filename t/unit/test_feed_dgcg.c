/*
 * The EU gateway's lists: what is taken, and each way in which an entry or a list is wrong
 * (trust-lists, 1.2, 1.3 and 6).
 */
#include "unit.h"

#include "lists.h"
#include "maker.h"

#include <dlfcn.h>
#include <openssl/cms.h>
#include <openssl/x509.h>
#include <stdlib.h>

#define LATER "2021-06-02T08:00:00+02:00" /* than the entries of lists_item() */
#define LATER_AT (MAKER_IAT + 86400 + 6 * 3600)

static hp_crypto *crypto;
static hp_pin *anchor_pin, *other_pin;

/* A gateway with two countries: an authority, an uploader and a signer each; XA has two. */
static const pki_cert *anchor, *stranger, *csca_a, *csca_b, *upload_a, *upload_b;
static const pki_cert *signer_a, *second_a, *signer_b;

static hp_feed_terms
terms(void)
{
    return (hp_feed_terms){ .crypto = crypto, .name = "gateway", .env = HP_ENV_PROD,
                            .now = MAKER_NOW, .pins = &anchor_pin, .n_pins = 1 };
}

static const hp_feed *
feed(void)
{
    return hp_feed_find("dgcg");
}

static hp_str
vouchers(void)
{
    hp_str all = LISTS_ARRAY(
        lists_item("CSCA", "XA", csca_a, anchor), lists_item("CSCA", "XB", csca_b, anchor),
        lists_item("UPLOAD", "XA", upload_a, anchor), lists_item("UPLOAD", "XB", upload_b, anchor));

    return (hp_str){ all.p + 1, all.n - 2 }; /* without its brackets */
}

/* A list with all that is needed, and these entries. */
static const lists_result *
import_with(const hp_feed_terms *t, hp_str entries)
{
    return lists_import_one(feed(), t, MAKER_JOIN(HP_STR("["), vouchers(), HP_STR(","), entries,
                                                  HP_STR("]")));
}

static hp_str
good(const pki_cert *cert)
{
    return cert == signer_b ? lists_item("DSC", "XB", cert, upload_b)
                            : lists_item("DSC", "XA", cert, upload_a);
}

/* A good signer beside one entry that is left out for this reason. */
static void
left_out(hp_str entry, hp_skip why)
{
    hp_feed_terms t = terms();
    const lists_result *r = import_with(&t, MAKER_JOIN(good(signer_b), HP_STR(","), entry));

    assert_string_equal(r->why, "");
    assert_int_equal(r->source.keys, 1);
    assert_non_null(lists_find(r, signer_b));
    assert_int_equal(r->source.skipped[why], why == HP_SKIP_OTHER_USE ? 5 : 1);
    assert_int_equal(r->source.skipped[HP_SKIP_OTHER_USE], why == HP_SKIP_OTHER_USE ? 5 : 4);
    assert_int_equal(r->source.entries, 6);
}

static void
refused(const lists_result *r, const char *word)
{
    assert_says(r->why, word);
}

/* ---- a good list ------------------------------------------------------------------------ */

static void
all_good(const lists_result *r)
{
    const hp_record *a = lists_find(r, signer_a);
    uint8_t print[HP_SHA256];

    assert_string_equal(r->why, "");
    assert_int_equal(r->source.keys, 3);
    assert_int_equal(r->source.entries, 7);
    assert_true(r->source.is_signed);
    hp_pin_fingerprint(anchor_pin, print);
    assert_memory_equal(r->source.signer, print, HP_SHA256);
    assert_non_null(a);
    assert_string_equal(a->country, "XA");
    assert_int_equal(a->domains, HP_DOMAIN_DCC);
    assert_int_equal(a->flaw, HP_FLAW_NONE);
    assert_int_equal(a->n_issuers, 1);
    assert_str_equal(a->spki, pki_spki(pki_cert_key(signer_a)));
    assert_string_equal(lists_find(r, signer_b)->country, "XB");
    assert_non_null(lists_find(r, second_a));
}

static void
a_good_list(void **state)
{
    hp_feed_terms t = terms();
    hp_str entries = MAKER_JOIN(good(signer_a), HP_STR(","),
        maker_replace(good(second_a), HP_STR("2021-06-01T12:00:00Z"), HP_STR(LATER)), HP_STR(","),
        good(signer_b));
    const lists_result *r = import_with(&t, entries);

    (void)state;
    all_good(r);
    assert_true(r->source.issued == LATER_AT);
    assert_true(r->source.dated == MAKER_NOW);
    assert_true(r->source.expires == 0);
    assert_true(feed()->is(&(hp_feed_file){ "list", MAKER_JOIN(HP_STR("["), vouchers()) }));
    assert_false(feed()->is(&(hp_feed_file){ "list", HP_STR("") }));
    assert_false(feed()->is(&(hp_feed_file){ "list", HP_STR("[]") }));
}

/* Pages and types come in files of their own, in any order. */
static void
several_files(void **state)
{
    hp_feed_terms t = terms();
    hp_feed_file files[] = {
        { "DSC-1", LISTS_ARRAY(good(signer_a), good(signer_b)) },
        { "DSC-2", LISTS_ARRAY(good(second_a)) },
        { "rest", MAKER_JOIN(HP_STR("["), vouchers(), HP_STR("]")) },
        { "AUTHENTICATION", HP_STR("[]") },
    };
    hp_feed_input input = { .files = files, .n = 4 };

    (void)state;
    all_good(lists_import(feed(), &t, &input));
    files[1].bytes = HP_STR("{}");
    refused(lists_import(feed(), &t, &input), "DSC-2: is no list of the gateway");
    files[1].bytes.n = 1;
    refused(lists_import(feed(), &t, &input), "DSC-2: line 1");
    files[1].bytes = (hp_str){ NULL, 0 };
    refused(lists_import(feed(), &t, &input), "DSC-2: is a folder");
}

static void
times(void **state)
{
    static const struct {
        const char *text;
        bool good;
    } forms[] = {
        { "2021-06-01T12:00:00.123Z", true }, { "2021-06-01T14:00:00+02:00", true },
        { "2021-06-01", false }, { "", false },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(forms); i++) {
        hp_feed_terms t = terms();
        hp_str entry = maker_replace(good(signer_a), HP_STR("2021-06-01T12:00:00Z"),
                                     hp_str_of(forms[i].text));

        if (forms[i].good)
            assert_string_equal(import_with(&t, entry)->why, "");
        else
            left_out(entry, HP_SKIP_UNREADABLE);
    }
}

/* ---- entries that are left out -------------------------------------------------------------- */

/* 1.3 (1) */
static void
ids(void **state)
{
    uint8_t kid[HP_KID];
    hp_str entry = good(signer_a), print = pki_hex(pki_sha256(pki_der(signer_a)));
    hp_str other = pki_hex(pki_sha256(pki_der(second_a)));

    (void)state;
    pki_kid(signer_a, kid);
    left_out(maker_replace(entry, pki_base64((hp_str){ kid, HP_KID }), HP_STR("AAAAAAAAAAA=")),
             HP_SKIP_KID);
    left_out(maker_replace(entry, print, other), HP_SKIP_KID);
    left_out(maker_replace(entry, pki_base64(pki_der(signer_a)), pki_base64(pki_der(second_a))),
             HP_SKIP_KID);
}

/* 1.3 (2): by an uploader of the same country, and over this certificate. */
static void
signatures(void **state)
{
    hp_str entry;
    const pki_cert *namesake = pki_cert_new(&(pki_wish){ .country = "XA", .name = "Upload XA" });

    (void)state;
    left_out(lists_item("DSC", "XA", signer_a, upload_b), HP_SKIP_SIGNATURE);
    left_out(lists_item("DSC", "XA", signer_a, stranger), HP_SKIP_SIGNATURE);
    left_out(lists_item("DSC", "XA", signer_a, namesake), HP_SKIP_SIGNATURE);
    left_out(lists_item("DSC", "XA", signer_a, csca_a), HP_SKIP_SIGNATURE);
    left_out(lists_item("DSC", "XA", signer_a, anchor), HP_SKIP_SIGNATURE);
    left_out(lists_item("DSC", "XC", signer_a, upload_a), HP_SKIP_SIGNATURE);
    entry = maker_replace(good(signer_a), HP_STR("\"signature\":\""), HP_STR("\"signature\":\"AAAA"));
    left_out(entry, HP_SKIP_SIGNATURE);
    entry = maker_replace(good(signer_a), HP_STR("\"signature\":"), HP_STR("\"none\":"));
    left_out(entry, HP_SKIP_SIGNATURE);
    /* another's certificate under a good signature */
    entry = maker_replace(good(signer_a), HP_STR("\"signature\":\""), MAKER_JOIN(
        HP_STR("\"signature\":\""), pki_base64(pki_cms(upload_a, pki_der(second_a), PKI_DETACHED)),
        HP_STR("\",\"was\":\"")));
    left_out(entry, HP_SKIP_SIGNATURE);
}

/* 1.3 (3): a key without its chain is kept, and marked. */
static void
not_chained(const pki_cert *cert, const char *country, const pki_cert *upload)
{
    hp_feed_terms t = terms();
    const lists_result *r = import_with(&t, MAKER_JOIN(good(signer_b), HP_STR(","),
        lists_item("DSC", country, cert, upload)));

    assert_string_equal(r->why, "");
    assert_non_null(lists_find(r, cert));
    assert_int_equal(lists_find(r, cert)->flaw, HP_FLAW_CHAIN);
    assert_int_equal(lists_find(r, signer_b)->flaw, HP_FLAW_NONE);
}

static void
chains(void **state)
{
    const pki_cert *forger = pki_cert_new(&(pki_wish){ .country = "XA", .name = "CSCA XA",
                                                       .authority = true });

    (void)state;
    not_chained(pki_cert_new(&(pki_wish){ .country = "XA" }), "XA", upload_a);
    not_chained(pki_cert_new(&(pki_wish){ .country = "XA", .issuer = forger }), "XA", upload_a);
    /* of no country itself, so that only the list says whose it is */
    not_chained(pki_cert_new(&(pki_wish){ .issuer = csca_b }), "XA", upload_a);
    /* three levels: a listed authority's sub-authority is none */
    not_chained(pki_cert_new(&(pki_wish){ .country = "XA",
        .issuer = pki_cert_new(&(pki_wish){ .country = "XA", .name = "Sub", .authority = true,
                                            .issuer = csca_a }) }), "XA", upload_a);
    /* an uploader is no authority, although the anchor signed it */
    not_chained(pki_cert_new(&(pki_wish){ .country = "XA", .issuer = upload_a }), "XA", upload_a);
}

/* 1.3 (5), (6), (7) */
static void
certificates(void **state)
{
    static const char *const kinds[] = { "P-384", "RSA-1024", "RSA-4096", "ED25519" };

    (void)state;
    for (size_t i = 0; i < COUNT(kinds); i++)
        left_out(good(pki_cert_new(&(pki_wish){ .country = "XA", .issuer = csca_a,
                                                .key = pki_key_new(kinds[i]) })), HP_SKIP_KEY);
    left_out(good(pki_cert_new(&(pki_wish){ .country = "XA", .issuer = csca_a,
                                            .key_usage = "keyCertSign" })), HP_SKIP_USAGE);
    left_out(good(pki_cert_new(&(pki_wish){ .country = "XA", .issuer = csca_a, .eku = "!" })),
             HP_SKIP_USAGE);
    left_out(good(pki_cert_new(&(pki_wish){ .country = "XB", .issuer = csca_a })),
             HP_SKIP_COUNTRY);
}

/* A key that issues certificates signs no passes, whatever else its certificate allows. */
static void
authorities_are_no_signers(void **state)
{
    (void)state;
    left_out(good(pki_cert_new(&(pki_wish){ .country = "XA", .issuer = csca_a,
        .constraints = "critical,CA:TRUE", .key_usage = "digitalSignature" })), HP_SKIP_OTHER_USE);
    left_out(good(pki_cert_new(&(pki_wish){ .country = "XA", .issuer = csca_a,
        .constraints = "CA:TRUE", .key_usage = "" })), HP_SKIP_OTHER_USE);
    left_out(good(pki_cert_new(&(pki_wish){ .country = "XA", .issuer = csca_a,
        .key_usage = "digitalSignature,keyCertSign" })), HP_SKIP_OTHER_USE);
}

static void
any_eku(void **state)
{
    const pki_cert *cert = pki_cert_new(&(pki_wish){ .country = "XA", .issuer = csca_a,
                                                     .eku = "!" });
    hp_feed_terms t = terms();

    (void)state;
    t.any_eku = true;
    assert_int_equal(lists_find(import_with(&t, good(cert)), cert)->usage, HP_USE_ALL);
}

static void
unreadable(void **state)
{
    static const char *const members[] = { "kid", "timestamp", "country", "thumbprint", "rawData" };
    hp_str entry = good(signer_a);

    (void)state;
    for (size_t i = 0; i < COUNT(members); i++) {
        hp_str member = maker_print("\"%s\":\"", members[i]);

        left_out(maker_replace(entry, member, maker_print("\"not-%s\":\"", members[i])),
                 HP_SKIP_UNREADABLE);
        left_out(maker_replace(entry, member, MAKER_JOIN(member, HP_STR("!"))), HP_SKIP_UNREADABLE);
        left_out(maker_replace(entry, member, maker_print("\"%s\":null,\"n\":\"", members[i])),
                 HP_SKIP_UNREADABLE);
    }
    left_out(maker_replace(entry, HP_STR("\"country\":\"XA\""), HP_STR("\"country\":\"xa\"")),
             HP_SKIP_UNREADABLE);
    left_out(maker_replace(entry, HP_STR("\"country\":\"XA\""), HP_STR("\"country\":\"XAA\"")),
             HP_SKIP_UNREADABLE);
    left_out(maker_replace(entry, HP_STR("\"country\":\"XA\""), HP_STR("\"country\":\"X1\"")),
             HP_SKIP_UNREADABLE);
    left_out(HP_STR("null"), HP_SKIP_UNREADABLE);
    left_out(HP_STR("[]"), HP_SKIP_UNREADABLE);
    left_out(HP_STR("{}"), HP_SKIP_UNREADABLE);
    left_out(HP_STR("\"DSC\""), HP_SKIP_UNREADABLE);
}

/* One byte more than there is room for, and none too many. */
static void
long_certificates(void **state)
{
    hp_str entry = good(signer_a), raw = pki_base64(pki_der(signer_a));

    (void)state;
    left_out(maker_replace(entry, raw, maker_fill(21844, 'A')), HP_SKIP_UNREADABLE);
    left_out(maker_replace(entry, raw, maker_fill(21840, 'A')), HP_SKIP_KID);
    left_out(maker_replace(entry, HP_STR("\"signature\":\""),
                           MAKER_JOIN(HP_STR("\"signature\":\""), maker_fill(21840, 'A'))),
             HP_SKIP_SIGNATURE);
}

static void
other_types(void **state)
{
    (void)state;
    left_out(lists_item("AUTHENTICATION", "XA", stranger, anchor), HP_SKIP_OTHER_USE);
    left_out(lists_item("dsc", "XA", signer_a, upload_a), HP_SKIP_OTHER_USE);
}

static void
twice(void **state)
{
    hp_feed_terms t = terms();
    const lists_result *r = import_with(&t, MAKER_JOIN(good(signer_a), HP_STR(","), good(signer_a)));

    (void)state;
    assert_int_equal(r->source.keys, 1);
    assert_int_equal(r->source.skipped[HP_SKIP_DOUBLE], 1);
}

/* What was signed is the signature's own time; the other one anybody may write. */
static void
signed_times(void **state)
{
    hp_feed_terms t = terms();
    const lists_result *r = import_with(&t, lists_item_of("DSC", "XA", signer_a,
        pki_cms_at(upload_a, pki_der(signer_a), MAKER_NOW - 5)));

    (void)state;
    assert_string_equal(r->why, "");
    assert_true(r->source.issued == MAKER_NOW - 5);
    /* a signature of the future is one of a wrong clock */
    refused(import_with(&t, lists_item_of("DSC", "XA", signer_a,
        pki_cms_at(upload_a, pki_der(signer_a), MAKER_NOW + 2 * 86400))), "from the future");
}

/* ---- what a list costs ------------------------------------------------------------------ */

/* These take the library's place: what an import asks of it is counted. */
static size_t parsed, verified;

CMS_ContentInfo *
d2i_CMS_ContentInfo(CMS_ContentInfo **cms, const unsigned char **p, long n)
{
    CMS_ContentInfo *(*real)(CMS_ContentInfo **, const unsigned char **, long);

    *(void **)(void *)&real = dlsym(RTLD_NEXT, "d2i_CMS_ContentInfo");
    parsed++;
    return real(cms, p, n);
}

int
X509_verify(X509 *x509, EVP_PKEY *pkey)
{
    int (*real)(X509 *, EVP_PKEY *);

    *(void **)(void *)&real = dlsym(RTLD_NEXT, "X509_verify");
    verified++;
    return real(x509, pkey);
}

static hp_str
times_of(hp_str entry, size_t n)
{
    hp_str all = entry;

    while (--n > 0)
        all = MAKER_JOIN(all, HP_STR(","), entry);
    return all;
}

/* Genuine entries again and again, and signers that none of them handed in. */
static void
multiplied(void **state)
{
    enum { N = 20 };
    hp_feed_terms t = terms();
    hp_str foreign = lists_item("DSC", "XA", second_a, upload_b);
    hp_str list = MAKER_JOIN(HP_STR("["), times_of(lists_item("UPLOAD", "XA", upload_a, anchor), N),
        HP_STR(","), times_of(lists_item("CSCA", "XA", csca_a, anchor), N), HP_STR(","),
        times_of(foreign, N), HP_STR(","), times_of(good(signer_a), N), HP_STR("]"));
    const lists_result *r;

    (void)state;
    parsed = verified = 0;
    r = lists_import_one(feed(), &t, list);
    assert_string_equal(r->why, "");
    assert_int_equal(r->source.keys, 1);
    assert_int_equal(r->source.skipped[HP_SKIP_DOUBLE], 3 * (N - 1));
    assert_int_equal(r->source.skipped[HP_SKIP_SIGNATURE], N);
    assert_int_equal(parsed, 2 * 2 * N + N + 2); /* of a stranger's, once; of signer_a's, once */
    assert_int_equal(verified, 1);
}

/* As many of one country as its signers are ever tried with. */
static void
crowded(void **state)
{
    enum { UPLOADS = 16, CSCAS = 64 };
    hp_feed_terms t = terms();
    hp_str list = good(signer_a);
    const lists_result *r;

    (void)state;
    for (size_t i = 1; i < UPLOADS + 2; i++) /* upload_a is the first */
        list = MAKER_JOIN(list, HP_STR(","), lists_item("UPLOAD", "XA",
            pki_cert_new(&(pki_wish){ .country = "XA", .name = "Upload XA" }), anchor));
    for (size_t i = 1; i < CSCAS + 3; i++)
        list = MAKER_JOIN(list, HP_STR(","), lists_item("CSCA", "XA",
            pki_cert_new(&(pki_wish){ .country = "XA", .name = "CSCA", .authority = true }),
            anchor));
    r = import_with(&t, list);
    assert_string_equal(r->why, "");
    assert_int_equal(r->source.skipped[HP_SKIP_CROWD], 2 + 3);
    assert_int_equal(lists_find(r, signer_a)->flaw, HP_FLAW_NONE);
}

/* ---- vouchers ------------------------------------------------------------------------------ */

/* 1.2: what the anchor did not sign vouches for nobody. */
static void
vouchers_of_others(void **state)
{
    hp_feed_terms t = terms();
    hp_str list = MAKER_JOIN(HP_STR("["), vouchers(), HP_STR(","), good(signer_a), HP_STR(","),
                             good(signer_b), HP_STR("]"));
    hp_str upload = lists_item("UPLOAD", "XA", upload_a, stranger);
    hp_str csca = lists_item("CSCA", "XA", csca_a, stranger);
    const lists_result *r;

    (void)state;
    r = lists_import_one(feed(), &t, LISTS_ARRAY(upload, lists_item("CSCA", "XA", csca_a, anchor),
        lists_item("CSCA", "XB", csca_b, anchor), lists_item("UPLOAD", "XB", upload_b, anchor),
        good(signer_a), good(signer_b)));
    assert_string_equal(r->why, "");
    assert_int_equal(r->source.skipped[HP_SKIP_SIGNATURE], 2); /* the upload, and what it signed */
    assert_null(lists_find(r, signer_a));
    assert_non_null(lists_find(r, signer_b));

    r = lists_import_one(feed(), &t, LISTS_ARRAY(csca, lists_item("CSCA", "XB", csca_b, anchor),
        lists_item("UPLOAD", "XA", upload_a, anchor), lists_item("UPLOAD", "XB", upload_b, anchor),
        good(signer_a), good(signer_b)));
    assert_string_equal(r->why, "");
    assert_int_equal(lists_find(r, signer_a)->flaw, HP_FLAW_CHAIN);
    assert_int_equal(lists_find(r, signer_b)->flaw, HP_FLAW_NONE);

    /* an authority of another country than it says itself */
    r = lists_import_one(feed(), &t, MAKER_JOIN(HP_STR("["), lists_item("CSCA", "XB", csca_a, anchor),
        HP_STR(","), hp_str_from(list, 1)));
    assert_int_equal(r->source.skipped[HP_SKIP_COUNTRY], 1);
    /* one under another's key id */
    r = lists_import_one(feed(), &t, MAKER_JOIN(HP_STR("["), maker_replace(
        lists_item("UPLOAD", "XA", second_a, anchor), HP_STR("{\"kid\":\""),
        HP_STR("{\"kid\":\"AAAAAAAAAAA=\",\"was\":\"")), HP_STR(","), hp_str_from(list, 1)));
    assert_int_equal(r->source.skipped[HP_SKIP_KID], 1);
    /* and one whose bytes are none */
    r = lists_import_one(feed(), &t, MAKER_JOIN(HP_STR("[{\"certificateType\":\"CSCA\"},"),
        hp_str_from(list, 1)));
    assert_int_equal(r->source.skipped[HP_SKIP_UNREADABLE], 1);
    assert_int_equal(r->source.keys, 2);
}

/* An UPLOAD must not vouch for more than its own bytes say. */
static void
uploads_of_others(void **state)
{
    const pki_cert *own = signer_a; /* a certificate of XA that is handed in by `by` */
    struct {
        const pki_cert *by;
        const char *also; /* it is listed as this too, by anybody */
        hp_skip why;
    } cases[] = {
        { upload_b, NULL, HP_SKIP_COUNTRY },
        { pki_cert_new(&(pki_wish){ .name = "No country" }), NULL, HP_SKIP_COUNTRY },
        { csca_a, NULL, HP_SKIP_USAGE },
        { pki_cert_new(&(pki_wish){ .country = "XA", .constraints = "critical,CA:TRUE" }), NULL,
          HP_SKIP_USAGE },
        { pki_cert_new(&(pki_wish){ .country = "XA", .constraints = "critical,CA:FALSE",
                                    .key_usage = "digitalSignature,keyCertSign" }), NULL,
          HP_SKIP_USAGE },
        { upload_a, "AUTHENTICATION", HP_SKIP_USAGE },
        { upload_a, "CSCA", HP_SKIP_USAGE },
        { upload_a, NULL, HP_SKIP_OTHER_USE },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        hp_feed_terms t = terms();
        hp_str list = LISTS_ARRAY(lists_item("UPLOAD", "XA", cases[i].by, anchor),
            lists_item("CSCA", "XA", csca_a, anchor), lists_item("CSCA", "XB", csca_b, anchor),
            lists_item("UPLOAD", "XB", upload_b, anchor), good(signer_b),
            lists_item("DSC", "XA", own, cases[i].by),
            cases[i].also == NULL ? (hp_str){ NULL, 0 }
                                  : lists_item(cases[i].also, "XB", cases[i].by, stranger));
        const lists_result *r = lists_import_one(feed(), &t, list);

        assert_string_equal(r->why, "");
        assert_non_null(lists_find(r, signer_b));
        assert_int_equal(lists_find(r, own) != NULL, cases[i].why == HP_SKIP_OTHER_USE);
        assert_true(r->source.skipped[cases[i].why] > 0);
    }
}

static void
another_anchor(void **state)
{
    hp_feed_terms t = terms();
    hp_str list = MAKER_JOIN(HP_STR("["), vouchers(), HP_STR(","), good(signer_a), HP_STR("]"));
    hp_pin *both[] = { other_pin, anchor_pin };
    uint8_t print[HP_SHA256];
    const lists_result *r;

    (void)state;
    t.pins = &other_pin;
    r = lists_import_one(feed(), &t, list);
    refused(r, "no CSCA or UPLOAD entry that a pinned trust anchor signed");
    refused(r, maker_c_string(pki_hex(pki_sha256(pki_der(anchor)))));
    t.pins = both;
    t.n_pins = 2;
    r = lists_import_one(feed(), &t, list);
    assert_string_equal(r->why, "");
    hp_pin_fingerprint(anchor_pin, print);
    assert_memory_equal(r->source.signer, print, HP_SHA256);
    refused(lists_import_one(feed(), &t, LISTS_ARRAY(good(signer_a))), "nobody who is named");
}

static void
no_pin(void **state)
{
    hp_feed_terms t = terms();
    hp_str list = MAKER_JOIN(HP_STR("["), vouchers(), HP_STR(","), good(signer_a), HP_STR("]"));
    hp_str forged = MAKER_JOIN(HP_STR("["), vouchers(), HP_STR(","), good(signer_b), HP_STR(","),
        lists_item("DSC", "XA", signer_a, stranger), HP_STR("]"));
    const lists_result *r;

    (void)state;
    t.n_pins = 0;
    r = lists_import_one(feed(), &t, list);
    refused(r, maker_c_string(pki_hex(pki_sha256(pki_der(anchor)))));
    refused(r, feed()->pin);
    refused(lists_import_one(feed(), &t, LISTS_ARRAY(good(signer_a))), "nothing is pinned");

    /* said by name: what the list says of itself must agree all the same */
    t.unsigned_ok = true;
    r = lists_import_one(feed(), &t, list);
    assert_string_equal(r->why, "");
    assert_false(r->source.is_signed);
    assert_int_equal(lists_find(r, signer_a)->n_issuers, 1);
    r = lists_import_one(feed(), &t, forged);
    assert_int_equal(r->source.skipped[HP_SKIP_SIGNATURE], 1);
    r = lists_import_one(feed(), &t, LISTS_ARRAY(good(signer_a)));
    assert_string_equal(r->why, "");
    assert_int_equal(lists_find(r, signer_a)->n_issuers, 0);
}

static void
bare_key(void **state)
{
    hp_pin *key = hp_pin_read(crypto, pki_spki(pki_cert_key(anchor)));
    hp_feed_terms t = terms();

    (void)state;
    t.pins = &key;
    refused(import_with(&t, good(signer_a)), "bare key, expected the certificate");
    hp_pin_free(key);
}

/* The operator's own authorities are asked beside the listed ones, not instead of them. */
static void
given_authorities(void **state)
{
    const pki_cert *unlisted = pki_cert_new(&(pki_wish){ .country = "XA", .name = "Unlisted",
                                                         .authority = true });
    const pki_cert *theirs = pki_cert_new(&(pki_wish){ .country = "XA", .issuer = unlisted });
    hp_authorities set = { NULL, 0 };
    hp_feed_terms t = terms();
    const lists_result *r;

    (void)state;
    assert_true(hp_authorities_add(&set, hp_cert_read(crypto, pki_der(csca_a))));
    assert_true(hp_authorities_add(&set, hp_cert_read(crypto, pki_der(unlisted))));
    t.authorities = &set;
    r = import_with(&t, MAKER_JOIN(good(signer_a), HP_STR(","), good(signer_b), HP_STR(","),
                                   good(theirs)));
    assert_string_equal(r->why, "");
    assert_int_equal(lists_find(r, signer_a)->flaw, HP_FLAW_NONE);
    assert_int_equal(lists_find(r, signer_b)->flaw, HP_FLAW_CHAIN);
    assert_int_equal(lists_find(r, theirs)->flaw, HP_FLAW_CHAIN);
    hp_authorities_free(&set);
}

/* ---- lists that are refused ------------------------------------------------------------------ */

static void
no_list(void **state)
{
    hp_feed_terms t = terms();

    (void)state;
    refused(lists_import_one(feed(), &t, HP_STR("")), "line 1");
    refused(lists_import_one(feed(), &t, HP_STR("{}")), "expected a JSON array");
    refused(lists_import_one(feed(), &t, HP_STR("[]")), "no CSCA or UPLOAD");
    refused(lists_import_one(feed(), &t, MAKER_JOIN(HP_STR("["), vouchers(), HP_STR("]"))),
            "no key that could be taken");
    refused(lists_import_one(feed(), &t, MAKER_JOIN(HP_STR("["), vouchers(), HP_STR("]x"))), "line");
    refused(import_with(&t, maker_replace(good(signer_a), HP_STR("\"kid\":"),
                                          HP_STR("\"kid\":1,\"kid\":"))), "doubled member");
}

static void
cut_anywhere(void **state)
{
    hp_feed_terms t = terms();
    hp_str list = MAKER_JOIN(HP_STR("["), vouchers(), HP_STR(","), good(signer_a), HP_STR("]"));

    (void)state;
    for (size_t n = 0; n < list.n; n += n < 200 ? 1 : 97)
        assert_string_not_equal(lists_import_one(feed(), &t, guard_end((hp_str){ list.p, n }))->why,
                                "");
}

static void
from_the_future(void **state)
{
    hp_feed_terms t = terms();

    (void)state;
    refused(import_with(&t, maker_replace(good(signer_a), HP_STR("2021-06-01T"),
                                          HP_STR("2031-06-01T"))), "from the future");
}

/* n times the text, in brackets; the caller's to free. */
static hp_str
huge(const char *text, size_t n, const char *end)
{
    size_t each = strlen(text), size = n * each + strlen(end);
    uint8_t *p = malloc(size + 1);

    assert_non_null(p);
    for (size_t i = 0; i < n; i++)
        memcpy(p + i * each, text, each);
    memcpy(p + n * each, end, strlen(end));
    return (hp_str){ p, size };
}

static void
too_much(void **state)
{
    static const struct {
        const char *text, *end;
        size_t n;
        const char *word;
    } lists[] = {
        { "[", "", 10000, "line 1" },                           /* 10,000 deep */
        { "          ", "[]", (size_t)2 << 20, "16 MiB" },      /* 20 MB */
    };
    hp_feed_terms t = terms();
    hp_str list;

    (void)state;
    for (size_t i = 0; i < COUNT(lists); i++) {
        list = huge(lists[i].text, lists[i].n, lists[i].end);
        refused(lists_import_one(feed(), &t, list), lists[i].word);
        free((void *)(uintptr_t)list.p);
    }
    for (size_t n = 20000; n <= 1000000; n += 980000) {
        uint8_t *p;

        list = huge("{},", n, "{}]"); /* one more than n, but for the bracket in front */
        p = (uint8_t *)(uintptr_t)list.p;
        p[0] = '[';
        p[1] = p[2] = ' ';
        refused(lists_import_one(feed(), &t, list),
                n == 20000 ? "no CSCA or UPLOAD" : "more than 320000 values");
        free(p);
    }
}

static void
one_too_many(void **state)
{
    hp_str half = huge("0,", 10000, "0");
    hp_str list = MAKER_JOIN(HP_STR("["), half, HP_STR("]"));
    hp_feed_file files[] = { { "one", list }, { "two", list } };
    hp_feed_input input = { .files = files, .n = 2 };
    hp_feed_terms t = terms();

    (void)state;
    refused(lists_import(feed(), &t, &input), "two: makes more than 20000 entries");
    free((void *)(uintptr_t)half.p);
}

/* What is held at once is counted together, so that many files are no way around. */
static void
values_of_all_files(void **state)
{
    hp_str third = huge("0,", 120000, "0");
    hp_str list = MAKER_JOIN(HP_STR("[{\"a\":["), third, HP_STR("]}]"));
    hp_feed_file files[] = { { "one", list }, { "two", list }, { "three", list } };
    hp_feed_input input = { .files = files, .n = 2 };
    hp_feed_terms t = terms();

    (void)state;
    refused(lists_import(feed(), &t, &input), "no CSCA or UPLOAD");
    input.n = 3;
    refused(lists_import(feed(), &t, &input), "three: more than");
    free((void *)(uintptr_t)third.p);
}

/* One rule for all feeds (import.c): the anchor's own time. */
static void
anchors_have_their_time(void **state)
{
    hp_feed_terms t = terms();
    hp_pin *both[] = { hp_pin_read(crypto, pki_der(pki_cert_new(&(pki_wish){
                           .country = "EU", .name = "Later", .from = MAKER_NOW + 1 }))),
                       anchor_pin };

    (void)state;
    t.pins = both;
    t.n_pins = 1;
    refused(import_with(&t, good(signer_a)), "the pinned certificate is not valid now");
    t.n_pins = 2;
    assert_string_equal(import_with(&t, good(signer_a))->why, "");
    both[1] = other_pin;
    refused(import_with(&t, good(signer_a)), "that is not valid now was not asked");
    t.as_given = true;
    t.n_pins = 1;
    refused(import_with(&t, good(signer_a)), "claim to be signed by");
    hp_pin_free(both[0]);
}

static void
no_memory(void **state)
{
    hp_str list = MAKER_JOIN(HP_STR("["), vouchers(), HP_STR(","), good(signer_a), HP_STR("]"));
    hp_feed_terms t = terms();
    size_t n;

    (void)state;
    for (n = 1;; n++) {
        const char *why;

        alloc_start(n);
        why = lists_import_one(feed(), &t, list)->why;
        if (alloc_calls() < n)
            break;
        alloc_start(0);
        /* either refused, or the entry at hand was left out: never taken without its checks */
        if (*why == '\0')
            assert_int_equal(lists_find(lists_import_one(feed(), &t, list), signer_a)->flaw, 0);
    }
    alloc_start(0);
    assert_in_range(n, 10, 1000);
}

/* ---- the world -------------------------------------------------------------------------------- */

static int
set_up(void **state)
{
    (void)state;
    crypto = hp_crypto_new();
    anchor = pki_cert_new(&(pki_wish){ .country = "EU", .name = "Trust anchor" });
    stranger = pki_cert_new(&(pki_wish){ .country = "EU", .name = "Stranger" });
    csca_a = pki_cert_new(&(pki_wish){ .country = "XA", .name = "CSCA XA", .authority = true,
                                       .key = pki_key_new("P-384") });
    csca_b = pki_cert_new(&(pki_wish){ .country = "XB", .name = "CSCA XB", .authority = true });
    upload_a = pki_cert_new(&(pki_wish){ .country = "XA", .name = "Upload XA" });
    upload_b = pki_cert_new(&(pki_wish){ .country = "XB", .name = "Upload XB" });
    signer_a = pki_cert_new(&(pki_wish){ .country = "XA", .name = "One", .issuer = csca_a });
    second_a = pki_cert_new(&(pki_wish){ .country = "XA", .name = "Two", .issuer = csca_a });
    signer_b = pki_cert_new(&(pki_wish){ .country = "XB", .issuer = csca_b,
                                         .key = pki_key_new("RSA-2048") });
    anchor_pin = hp_pin_read(crypto, pki_pem(anchor));
    other_pin = hp_pin_read(crypto, pki_pem(stranger));
    return crypto == NULL || anchor_pin == NULL || other_pin == NULL;
}

static int
tear_down(void **state)
{
    (void)state;
    lists_end();
    hp_pin_free(anchor_pin);
    hp_pin_free(other_pin);
    hp_crypto_free(crypto);
    return 0;
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_good_list),
    cmocka_unit_test(several_files),
    cmocka_unit_test(times),
    cmocka_unit_test(ids),
    cmocka_unit_test(signatures),
    cmocka_unit_test(chains),
    cmocka_unit_test(certificates),
    cmocka_unit_test(authorities_are_no_signers),
    cmocka_unit_test(any_eku),
    cmocka_unit_test(unreadable),
    cmocka_unit_test(long_certificates),
    cmocka_unit_test(other_types),
    cmocka_unit_test(twice),
    cmocka_unit_test(signed_times),
    cmocka_unit_test(multiplied),
    cmocka_unit_test(crowded),
    cmocka_unit_test(vouchers_of_others),
    cmocka_unit_test(uploads_of_others),
    cmocka_unit_test(another_anchor),
    cmocka_unit_test(no_pin),
    cmocka_unit_test(bare_key),
    cmocka_unit_test(given_authorities),
    cmocka_unit_test(no_list),
    cmocka_unit_test(cut_anywhere),
    cmocka_unit_test(from_the_future),
    cmocka_unit_test(too_much),
    cmocka_unit_test(one_too_many),
    cmocka_unit_test(values_of_all_files),
    cmocka_unit_test(anchors_have_their_time),
    cmocka_unit_test(no_memory),
};

UNIT_MAIN_WITH(tests, set_up, tear_down)
