/*
 * Lists of the GDHCN by an issuer of our own: what a good one gives, and that nothing can be
 * changed, mixed or slipped in.
 */
#include "unit.h"

#include "base/hex.h"
#include "base/time.h"
#include "feed/did_proof.h"
#include "feed/gdhcn.h"
#include "maker.h"
#include "pki.h"

#include <stdlib.h>

#define HOST    "did:web:lists.example.org:v2:trustlist"
#define SIGNER  "did:web:lists.example.org:WHO:signing:DID"
#define CREATED "2021-06-30T18:00:02Z"
#define DEV     "https://smart.who.int/trust/tng-context/v1-DEV.jsonld"

static hp_crypto *crypto;
static pki_key *signing;
static hp_pin *pin;
static const pki_cert *sca, *other_sca, *ec, *rsa, *ended;

/* ---- making lists --------------------------------------------------------------- */

/* The minimal two's complement of Java, in which WHO writes numbers (trust-lists, 3.3). */
static hp_str
java(hp_str number)
{
    static const uint8_t zero = 0;

    while (number.n > 1 && number.p[0] == 0)
        number = hp_str_from(number, 1);
    return number.p[0] < 0x80 ? number : MAKER_JOIN(((hp_str){ &zero, 1 }), number);
}

static hp_str
number(const pki_cert *cert, const char *name)
{
    return pki_base64url(java(pki_parameter(pki_cert_key(cert), name)));
}

static const char *
kid_of(const pki_cert *cert)
{
    uint8_t kid[HP_KID];

    pki_kid(cert, kid);
    return maker_c_string(pki_base64((hp_str){ kid, HP_KID }));
}

static hp_str
jwk(const pki_cert *cert, const pki_cert *issuer)
{
    bool is_rsa = cert == rsa;
    hp_str more = HP_STR("");

    if (issuer != NULL)
        more = MAKER_JOIN(HP_STR("\",\""), pki_base64(pki_der(issuer)));
    return MAKER_JOIN(maker_print("{\"kty\":\"%s\",\"kid\":\"%s\",\"x5c\":[\"",
                                  is_rsa ? "RSA" : "EC", kid_of(cert)),
                      pki_base64(pki_der(cert)), more,
                      hp_str_of(is_rsa ? "\"],\"e\":\"" : "\"],\"crv\":\"P-256\",\"x\":\""),
                      number(cert, is_rsa ? "e" : "x"),
                      hp_str_of(is_rsa ? "\",\"n\":\"" : "\",\"y\":\""),
                      number(cert, is_rsa ? "n" : "y"), HP_STR("\"}"));
}

/* An element of verificationMethod with this key. */
static hp_str
method(const char *id, hp_str key, const char *domain, const char *participant, const char *usage)
{
    return MAKER_JOIN(maker_print("{\"id\":\"%s\",\"type\":\"JsonWebKey2020\",\"controller\":\"" HOST
                                  "\",\"publicKeyJwk\":", id), key,
                      maker_print(",\"domain\":{\"code\":\"#%s\"},\"participant\":{\"code\":\"#%s\"},"
                                  "\"keyusage\":{\"code\":\"#%s\"}}", domain, participant, usage));
}

static hp_str
entry(const pki_cert *cert, const char *domain, const char *participant, const char *usage)
{
    const char *part = strcmp(usage, "CSCA") == 0 ? "SCA" : usage;
    hp_str id = maker_print(HOST ":%s:%s:%s#%s", domain, participant, part, kid_of(cert));

    return method(maker_c_string(id), jwk(cert, sca), domain, participant, usage);
}

static hp_str
dsc(const pki_cert *cert)
{
    return entry(cert, "DCC", "FRA", "DSC");
}

/* A list without its signature, which stands there as "..!". */
static hp_str
unsigned_list(hp_str methods)
{
    return MAKER_JOIN(HP_STR("{\"@context\":[\"https://www.w3.org/ns/did/v1\","
        "\"https://w3id.org/security/suites/jws-2020/v1\",\"" DEV "\"],\"id\":\"" HOST "\","
        "\"controller\":\"" HOST "\",\"verificationMethod\":["), methods, HP_STR("],\"proof\":{"
        "\"type\":\"JsonWebSignature2020\",\"created\":\"" CREATED "\",\"nonce\":\"q9Nv7BNe\","
        "\"proofPurpose\":\"assertionMethod\",\"verificationMethod\":\"" SIGNER "\",\"jws\":\""
        HP_DID_HEADER "..!\"}}"));
}

typedef hp_str sign_with(const pki_key *key, hp_hash hash, hp_str message);

/* Signs a list, which must be of the shape. */
static hp_str
sign_as(hp_str list, const pki_key *key, sign_with *sign)
{
    uint8_t message[HP_DID_SIGNED];
    hp_error error = { "" };
    hp_did did;
    hp_str signature;

    if (!hp_did_read(list, HP_FEED_MAX, &did, &error) ||
        !hp_did_signed(crypto, &did, message, &error))
        fail_msg("%s", error.text);
    hp_did_free(&did);
    signature = sign(key, HP_HASH_SHA256, (hp_str){ message, sizeof(message) });
    return maker_replace(list, HP_STR("..!"), MAKER_JOIN(HP_STR(".."), pki_base64url(signature)));
}

static hp_str
sign(hp_str list)
{
    return sign_as(list, signing, pki_sign);
}

static hp_str
list_of(hp_str methods)
{
    return sign(unsigned_list(methods));
}

static hp_str
good_list(void)
{
    return list_of(MAKER_JOIN(entry(sca, "DCC", "FRA", "CSCA"), HP_STR(","), dsc(ec), HP_STR(","),
                              dsc(rsa)));
}

/* Everywhere in the text: what a forger of whole lists could do, signature and all. */
static hp_str
replaced(hp_str s, const char *old, const char *by)
{
    hp_str done = HP_STR(""), what = hp_str_of(old);
    const uint8_t *at;

    while ((at = memmem(s.p, s.n, what.p, what.n)) != NULL) {
        size_t n = (size_t)(at - s.p);

        done = MAKER_JOIN(done, ((hp_str){ s.p, n }), hp_str_of(by));
        s = hp_str_from(s, n + what.n);
    }
    return MAKER_JOIN(done, s);
}

/* ---- taking them in --------------------------------------------------------------- */

static hp_feed_terms
terms(void)
{
    return (hp_feed_terms){ .crypto = crypto, .name = "who", .env = HP_ENV_DEV, .now = MAKER_NOW,
                            .pins = &pin, .n_pins = 1 };
}

static bool
run(const hp_feed_terms *t, const hp_str *lists, size_t n, hp_import *import, hp_error *error)
{
    hp_feed_file files[4] = { { NULL, { NULL, 0 } } };
    hp_feed_input input = { .files = files, .n = n };
    bool good;

    for (size_t i = 0; i < n; i++)
        files[i] = (hp_feed_file){ "did.json", lists[i] };
    *import = (hp_import){ .terms = t };
    error->text[0] = '\0';
    good = hp_import_run(&hp_feed_gdhcn, &input, import, error);
    assert_int_equal(error->text[0] == '\0', good);
    return good;
}

/* It must be taken; the records are the caller's. */
static void
take(const hp_feed_terms *t, hp_str list, hp_import *import)
{
    hp_error error;

    if (!run(t, &list, 1, import, &error))
        fail_msg("%s", error.text);
}

static void
refused_by(const hp_feed_terms *t, hp_str list, const char *says)
{
    hp_import import;
    hp_error error;

    if (run(t, &list, 1, &import, &error))
        fail_msg("it was taken, but expected was: %s", says);
    if (strstr(error.text, says) == NULL)
        fail_msg("%s: is not: %s", error.text, says);
}

static void
refused(hp_str list, const char *says)
{
    hp_feed_terms t = terms();

    refused_by(&t, list, says);
}

/* Exactly one entry is left out of a list with this one and a good one, for this reason. */
static void
left_out(hp_str bad, hp_skip why)
{
    hp_feed_terms t = terms();
    hp_import import;

    take(&t, list_of(MAKER_JOIN(dsc(ec), HP_STR(","), bad)), &import);
    if (import.source->skipped[why] != 1)
        fail_msg("%s: not left out", hp_skip_name(why));
    assert_int_equal(import.source->entries, 2);
    assert_int_equal(import.source->keys, 1);
    hp_records_free(&import.records);
}

/* ---- a good list -------------------------------------------------------------------- */

static const hp_record *
find(const hp_import *import, const pki_cert *cert)
{
    uint8_t kid[HP_KID];

    pki_kid(cert, kid);
    for (size_t i = 0; i < import->records.n; i++) {
        if (hp_str_eq(import->records.all[i].kid, (hp_str){ kid, HP_KID }))
            return &import->records.all[i];
    }
    return NULL;
}

static void
a_good_list(void **state)
{
    hp_feed_terms t = terms();
    uint8_t fingerprint[HP_SHA256];
    hp_import import;
    const hp_record *record;
    double created;

    (void)state;
    take(&t, list_of(MAKER_JOIN(entry(sca, "DCC", "FRA", "CSCA"), HP_STR(","), dsc(ec), HP_STR(","),
                                entry(rsa, "ICVP", "XXA", "DSC"), HP_STR(","), dsc(ended),
                                HP_STR(",\"did:web:elsewhere.example.com:v2:trustlist\""))), &import);
    assert_int_equal(import.source->entries, 5);
    assert_int_equal(import.source->keys, 3);
    assert_int_equal(import.source->skipped[HP_SKIP_OTHER_USE], 1);
    assert_int_equal(import.source->skipped[HP_SKIP_REFERENCE], 1);
    assert_true(hp_time_read(HP_STR(CREATED), false, &created));
    assert_true(import.source->issued == created && import.source->dated == created);
    assert_true(import.source->expires == 0 && import.source->max_age == 0);
    hp_pin_fingerprint(pin, fingerprint);
    assert_true(import.source->is_signed);
    assert_memory_equal(import.source->signer, fingerprint, HP_SHA256);
    assert_string_equal(import.source->feed, "gdhcn");

    record = find(&import, ec);
    assert_non_null(record);
    assert_str_equal(record->spki, pki_spki(pki_cert_key(ec)));
    assert_string_equal(record->country, "FR");
    assert_int_equal(record->domains, HP_DOMAIN_DCC);
    assert_int_equal(record->usage, HP_USE_ALL);
    assert_int_equal(record->flaw, HP_FLAW_NONE);
    record = find(&import, rsa);
    assert_non_null(record);
    assert_string_equal(record->country, "XXA");
    assert_int_equal(record->domains, HP_DOMAIN_ICVP);
    /* That a signer ended is judged when a pass is (trust-lists, 3.3). */
    record = find(&import, ended);
    assert_non_null(record);
    assert_true(record->valid.until < MAKER_NOW);
    hp_records_free(&import.records);
}

/* Byte for byte, as a JSON-LD library writes them (trust-lists, 3.4). */
static void
the_two_texts(void **state)
{
    static const char document[] =
        "<" HOST ":DCC:FRA:DSC#AAAA> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> "
            "<https://w3id.org/security#JsonWebKey2020> .\n"
        "<" HOST ":DCC:FRA:DSC#AAAA> <https://smart.who.int/trust/ValueSet-Domains-DEV.jsonld> "
            "<https://smart.who.int/trust/ValueSet-Domains-DEV.jsonld#DCC> .\n"
        "<" HOST ":DCC:FRA:DSC#AAAA> <https://smart.who.int/trust/ValueSet-KeyUsage-DEV.jsonld> "
            "<https://smart.who.int/trust/ValueSet-KeyUsage-DEV.jsonld#DSC> .\n"
        "<" HOST ":DCC:FRA:DSC#AAAA> <https://smart.who.int/trust/ValueSet-Participants-DEV.jsonld> "
            "<https://smart.who.int/trust/ValueSet-Participants-DEV.jsonld#FRA> .\n"
        "<" HOST ":DCC:FRA:DSC#AAAA> <https://w3id.org/security#controller> <" HOST "> .\n"
        "<" HOST ":DCC:FRA:DSC#AAAA> <https://w3id.org/security#publicKeyJwk> "
            "\"{\\\"crv\\\":\\\"a\\\\\\\"\\\\\\\\\\\\n\xc3\xa9\\\",\\\"kid\\\":1,\\\"kty\\\":[true,null]}\""
            "^^<http://www.w3.org/1999/02/22-rdf-syntax-ns#JSON> .\n"
        "<" HOST "> <https://w3id.org/security#controller> <" HOST "> .\n"
        "<" HOST "> <https://w3id.org/security#verificationMethod> <did:web:b.example.com> .\n"
        "<" HOST "> <https://w3id.org/security#verificationMethod> <" HOST ":DCC:FRA:DSC#AAAA> .\n";
    static const char proof[] =
        "_:c14n0 <http://purl.org/dc/terms/created> \"" CREATED
            "\"^^<http://www.w3.org/2001/XMLSchema#dateTime> .\n"
        "_:c14n0 <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> "
            "<https://w3id.org/security#JsonWebSignature2020> .\n"
        "_:c14n0 <https://w3id.org/security#nonce> \"q9Nv7BNe\" .\n"
        "_:c14n0 <https://w3id.org/security#proofPurpose> "
            "<https://w3id.org/security#assertionMethod> .\n"
        "_:c14n0 <https://w3id.org/security#verificationMethod> <" SIGNER "> .\n";
    hp_str list = unsigned_list(MAKER_JOIN(HP_STR("\"did:web:b.example.com\","),
        method(HOST ":DCC:FRA:DSC#AAAA",
               HP_STR("{\"kty\":[true,null],\"kid\":1,\"crv\":\"a\\\"\\\\\\n\\u00e9\"}"), "DCC", "FRA",
               "DSC"), HP_STR(",\"did:web:b.example.com\"")));
    hp_error error = { "" };
    hp_nquads quads;
    hp_did did;

    (void)state;
    assert_true(hp_did_read(list, HP_FEED_MAX, &did, &error));
    assert_true(hp_did_nquads(&did, &quads, &error));
    assert_int_equal(quads.n, 9);
    for (size_t i = 0, at = 0; i < quads.n; at += quads.lines[i++].n)
        assert_str_equal(quads.lines[i], ((hp_str){ (const uint8_t *)document + at,
                                                    strcspn(document + at, "\n") + 1 }));
    hp_nquads_free(&quads);
    assert_true(hp_did_proof_nquads(&did, &quads, &error));
    assert_int_equal(quads.n, 5);
    for (size_t i = 0, at = 0; i < quads.n; at += quads.lines[i++].n)
        assert_str_equal(quads.lines[i], ((hp_str){ (const uint8_t *)proof + at,
                                                    strcspn(proof + at, "\n") + 1 }));
    hp_nquads_free(&quads);
    hp_did_free(&did);
    list = maker_replace(list, HP_STR("\"nonce\":\"q9Nv7BNe\","), HP_STR(""));
    assert_true(hp_did_read(list, HP_FEED_MAX, &did, &error));
    assert_true(hp_did_proof_nquads(&did, &quads, &error));
    assert_int_equal(quads.n, 4);
    hp_nquads_free(&quads);
    hp_did_free(&did);
}

/* DER as WHO writes it, r||s as RFC 7515 wants it; a proof may do without a nonce. */
static void
forms_of_the_proof(void **state)
{
    hp_feed_terms t = terms();
    hp_import import;

    (void)state;
    take(&t, sign_as(unsigned_list(dsc(ec)), signing, pki_sign_raw), &import);
    hp_records_free(&import.records);
    take(&t, sign(maker_replace(unsigned_list(dsc(ec)), HP_STR("\"nonce\":\"q9Nv7BNe\","),
                                HP_STR(""))), &import);
    hp_records_free(&import.records);
    take(&t, sign(maker_replace(unsigned_list(dsc(ec)), HP_STR("q9Nv7BNe"), HP_STR(""))), &import);
    hp_records_free(&import.records);
    refused(maker_replace(good_list(), HP_STR("\"nonce\":\"q9Nv7BNe\","), HP_STR("")),
            "no pinned key");
    refused(maker_replace(good_list(), HP_STR("q9Nv7BNe"), HP_STR("")), "no pinned key");
}

/* A text of N-Quads is a set: neither order nor repetition is protected, and neither matters. */
static void
order_and_repetition(void **state)
{
    hp_feed_terms t = terms();
    hp_str a = dsc(ec), b = dsc(rsa), comma = HP_STR(",");
    hp_str list = list_of(MAKER_JOIN(a, comma, b));
    hp_import import;

    (void)state;
    take(&t, maker_replace(list, MAKER_JOIN(a, comma, b), MAKER_JOIN(b, comma, a)), &import);
    assert_int_equal(import.source->keys, 2);
    hp_records_free(&import.records);
    take(&t, maker_replace(list, b, MAKER_JOIN(b, comma, b)), &import);
    assert_int_equal(import.source->keys, 2);
    assert_int_equal(import.source->entries, 3);
    assert_int_equal(import.source->skipped[HP_SKIP_DOUBLE], 1);
    hp_records_free(&import.records);
    /* The order of members means nothing in JSON; spaces neither. */
    take(&t, maker_replace(list, HP_STR("\"type\":\"JsonWebKey2020\",\"controller\":\"" HOST "\""),
                           HP_STR("\"controller\" : \"" HOST "\", \"type\" : \"JsonWebKey2020\"")),
         &import);
    hp_records_free(&import.records);
    /* But every entry is needed. */
    refused(maker_replace(list, MAKER_JOIN(a, comma), HP_STR("")), "no pinned key");
}

/* ---- nothing can be changed ----------------------------------------------------------- */

static void
changes(void **state)
{
    static const struct {
        const char *old, *by;
    } table[] = {
        { "\"created\":\"2021-06-30T18:00:02Z\"", "\"created\":\"2021-06-30T18:00:03Z\"" },
        { "\"created\":\"2021-06-30T18:00:02Z\"", "\"created\":\"2021-06-30T18:00:02.0Z\"" },
        { "\"nonce\":\"q9", "\"nonce\":\"Q9" },
        { ":\"" SIGNER "\",\"jws\"", ":\"" SIGNER ":x\",\"jws\"" },
        { "\"id\":\"" HOST "\"", "\"id\":\"" HOST ":DCC\"" },
        { "\"controller\":\"" HOST "\",\"ver", "\"controller\":\"" HOST ":DCC\",\"ver" },
        { "\"controller\":\"" HOST "\",\"pub", "\"controller\":\"" HOST ":DCC\",\"pub" },
        { "#DSC", "#CSCA" }, { "#CSCA", "#DSC" }, { "#FRA", "#DEU" }, { "#DCC", "#ICVP" },
        { "\"EC\"", "\"RSA\"" }, { "\"crv\":\"P-256\"", "\"crv\":\"P-384\"" },
        { ":DSC#", ":DESC#" }, { "\"kid\":\"", "\"kid\":\"A" }, { "\"x\":\"", "\"x\":\"A" },
        { "\"n\":\"", "\"n\":\"A" }, { "\"x5c\":[\"M", "\"x5c\":[\"N" }, { "\"x5c\":[\"", "\"x5c\":[\"\",\"" },
        { "\"verificationMethod\":[", "\"verificationMethod\":[\"did:web:a\"," },
        { "..M", "..N" }, { "v1-DEV.jsonld", "v1-UAT.jsonld" }, { "v1-DEV.jsonld", "v1.jsonld" },
    };
    hp_str good = good_list();
    hp_feed_terms t = terms();

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        hp_str bad = maker_replace(good, hp_str_of(table[i].old), hp_str_of(table[i].by));

        for (t.env = HP_ENV_PROD; t.env <= HP_ENV_DEV; t.env++)
            refused_by(&t, bad, "");
        t.as_given = true;
        refused_by(&t, bad, "no pinned key");
        t.as_given = false;
    }
}

/* Every bit of the signature counts, and so does its length. */
static void
signatures(void **state)
{
    hp_str good = good_list();
    size_t from = (size_t)((const uint8_t *)memmem(good.p, good.n, "..M", 3) - good.p) + 2;

    (void)state;
    for (size_t i = from; i < good.n - 3; i += 7) {
        uint8_t *bad = (uint8_t *)(uintptr_t)maker_copy(good).p;

        bad[i] = bad[i] == 'x' ? 'y' : 'x';
        refused((hp_str){ bad, good.n }, "no pinned key");
    }
    refused(unsigned_list(dsc(ec)), "no pinned key");
    refused(maker_replace(unsigned_list(dsc(ec)), HP_STR("..!"), HP_STR("..")), "no pinned key");
    refused(maker_replace(unsigned_list(dsc(ec)), HP_STR("!"), pki_base64url(maker_fill(64, 0))),
            "no pinned key");
    refused(maker_replace(unsigned_list(dsc(ec)), HP_STR("!"), maker_fill(5000, 'A')),
            "no pinned key");
}

/* What is not of the shape could say something that the proof does not cover. */
static void
shapes(void **state)
{
    static const struct {
        const char *old, *by;
    } table[] = {
        /* an unknown member at each level */
        { "{\"@context\"", "{\"x\":1,\"@context\"" },
        { "{\"@context\"", "{\"assertionMethod\":[],\"@context\"" },
        { "\"proof\":{", "\"proof\":{\"domain\":\"who.int\"," },
        { "{\"id\":\"" HOST ":", "{\"x\":1,\"id\":\"" HOST ":" },
        { "\"publicKeyJwk\":{", "\"publicKeyJwk\":{\"use\":\"sig\"," },
        { "\"domain\":{", "\"domain\":{\"x\":1," }, { "\"participant\":{", "\"participant\":{\"@id\":\"x\"," },
        { "\"keyusage\":{", "\"keyusage\":{\"system\":\"x\"," },
        /* a member that is missing, or is something else */
        { "\"proof\":{", "\"proofs\":{" }, { "\"controller\":\"" HOST "\",\"ver", "\"ver" },
        { "\"controller\":\"" HOST "\",\"pub", "\"pub" }, { "\"type\":\"JsonWebKey2020\",", "" },
        { "\"domain\":{\"code\":\"#DCC\"}", "\"domain\":\"DCC\"" }, { "\"domain\":{\"code\":\"#DCC\"},", "" },
        { "\"publicKeyJwk\":{", "\"publicKeyJwk\":[{" }, { "\"kty\":\"EC\",", "" },
        { "\"created\":\"" CREATED "\",", "" }, { "JsonWebKey2020", "JsonWebKey2021" },
        { "JsonWebKey2020", "jsonWebKey2020" },
        { "\"proofPurpose\":\"assertionMethod\"", "\"proofPurpose\":\"authentication\"" },
        { "JsonWebSignature2020", "Ed25519Signature2020" },
        { "\"created\":\"" CREATED "\"", "\"created\":\"yesterday\"" }, { "\"created\":\"" CREATED "\"", "\"created\":1" },
        { "\"nonce\":\"q9Nv7BNe\"", "\"nonce\":null" }, { "\"nonce\":\"q9Nv7BNe\"", "\"nonce\":\"a\\nb\"" },
        { "\"nonce\":\"q9Nv7BNe\"", "\"nonce\":\"\\u007f\"" }, { "\"nonce\":\"q9Nv7BNe\"", "\"nonce\":[\"a\"]" },
        /* contexts */
        { ",\"" DEV "\"", "" }, { DEV "\"", DEV "\",\"" DEV "\"" }, { "\"https://www.w3.org/ns/did/v1\",", "" },
        { "https://www.w3.org/ns/did/v1", "https://www.w3.org/ns/did/v2" },
        { "\"https://www.w3.org/ns/did/v1\"", "{\"id\":\"@id\"}" }, { "v1-DEV.jsonld", "v1-TEST.jsonld" },
        { "\"https://www.w3.org/ns/did/v1\",\"https://w3id.org/security/suites/jws-2020/v1\"",
          "\"https://w3id.org/security/suites/jws-2020/v1\",\"https://www.w3.org/ns/did/v1\"" },
        /* the header, and what another one could do */
        { HP_DID_HEADER, "eyJhbGciOiJFUyJ9" }, { HP_DID_HEADER, "eyJhbGciOiJub25lIn0" }, { HP_DID_HEADER "..", HP_DID_HEADER ".e30." },
        { HP_DID_HEADER, "eyJhbGciOiJFUzI1NiIsImI2NCI6ZmFsc2UsImNyaXQiOlsiYjY0Il19" },
        /* IRIs that JSON-LD would write otherwise, or leave out */
        { "\"id\":\"" HOST "\"", "\"id\":\"https://lists.example.org\"" }, { "\"id\":\"" HOST "\"", "\"id\":\"did:web:\"" },
        { "\"id\":\"" HOST "\"", "\"id\":\"" HOST "#x\"" }, { "\"id\":\"" HOST "\"", "\"id\":\"" HOST "> <x\"" },
        { "\"id\":\"" HOST "\"", "\"id\":\"" HOST "%41\"" }, { "\"id\":\"" HOST "\"", "\"id\":\"" HOST "\xc3\xa9\"" },
        { "{\"id\":\"" HOST ":", "{\"id\":\"" HOST "#" }, { "{\"id\":\"did", "{\"id\":\"" }, { ":SCA#", ":SCA" },
        { ":SCA#", ":SCA#<" }, { ":SCA#", ":SCA#a b" }, { ":SCA#", ":SCA#\\u0000" }, { ":SCA#", ":SCA/#" },
        { "\"controller\":\"" HOST "\",\"pub", "\"controller\":\"" HOST "#\",\"pub" },
        { "\"verificationMethod\":[", "\"verificationMethod\":[\"relative\"," },
        { "\"verificationMethod\":[", "\"verificationMethod\":[\"did:\"," },
        { "\"verificationMethod\":[", "\"verificationMethod\":[\"did:web:a> .\\n<b\"," },
        { "\"verificationMethod\":[", "\"verificationMethod\":[1," }, { "\"verificationMethod\":[", "\"verificationMethod\":[null," },
        { "\"verificationMethod\":[", "\"verificationMethod\":[[]," }, { "\"verificationMethod\":[", "\"verificationMethod\":[{}," },
        { "#DSC\"", "DSC\"" }, { "#DSC\"", "#\"" }, { "#DSC\"", "#D/SC\"" }, { "#DSC\"", "#DSC> .\"" }, { "#DSC\"", "##DSC\"" },
        { SIGNER "\",\"jws\"", "https://example.org\",\"jws\"" },
        /* two readers could see different members, or none */
        { "\"type\":\"JsonWebKey2020\",", "\"type\":\"JsonWebKey2020\",\"type\":\"JsonWebKey2020\"," },
        { "\"kty\":\"EC\",", "\"kty\":\"EC\",\"kty\":\"EC\"," },
    };
    hp_str good = good_list();

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        hp_str bad = maker_replace(good, hp_str_of(table[i].old), hp_str_of(table[i].by));
        hp_error error = { "" };
        hp_did did;

        /* Whatever the proof says, and before it is looked at. */
        if (hp_did_read(bad, HP_FEED_MAX, &did, &error))
            fail_msg("%s", table[i].by);
        refused(bad, error.text);
    }
}

/* What has more than one text, or whose text another library may write otherwise. */
static void
values_without_one_text(void **state)
{
    static const char *const table[] = { "1.5", "1.0", "1e3", "9007199254740992", "\"\\u007f\"" };

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++)
        refused(maker_replace(good_list(), HP_STR("\"kty\":\"EC\""),
                              maker_print("\"kty\":%s", table[i])), "may not hold");
}

/* Two entries of one id: their attributes could be exchanged, and the proof would hold. */
static void
entries_of_one_id(void **state)
{
    const char *id = maker_c_string(maker_print(HOST ":DCC:FRA:DSC#%s", kid_of(ec)));
    hp_str one = method(id, jwk(ec, sca), "DCC", "FRA", "DSC");
    hp_feed_terms t = terms();

    (void)state;
    t.as_given = true;
    t.n_pins = 0;
    refused_by(&t, unsigned_list(MAKER_JOIN(one, HP_STR(","),
                                            method(id, jwk(ec, sca), "DCC", "FRA", "CSCA"))),
               "tell apart");
    refused_by(&t, unsigned_list(MAKER_JOIN(one, HP_STR(","),
                                            method(id, jwk(rsa, sca), "DCC", "FRA", "DSC"))),
               "tell apart");
}

/* ---- entries ---------------------------------------------------------------------------- */

static const char *
id_of(const char *did, const char *path, const char *kid)
{
    return maker_c_string(maker_print("%s:%s#%s", did, path, kid));
}

static void
entries_that_are_left_out(void **state)
{
    const pki_cert *no_signer = pki_cert_new(&(pki_wish){ .country = "FR", .issuer = sca, .key_usage = "keyAgreement" });
    const pki_cert *odd_eku = pki_cert_new(&(pki_wish){ .country = "FR", .issuer = sca, .eku = "!" });
    const pki_cert *p384 = pki_cert_new(&(pki_wish){ .country = "FR", .issuer = sca, .key = pki_key_new("P-384") });
    const pki_cert *c = pki_cert_new(&(pki_wish){ .country = "FR", .issuer = sca });
    hp_str key = jwk(c, sca);
    const char *kid = kid_of(c), *id = id_of(HOST, "DCC:FRA:DSC", kid);

    (void)state;
    /* It speaks for another list: a host, a list whose name begins alike, a controller. */
    left_out(method(id_of("did:web:lists.example.com:v2:trustlist", "DCC:FRA:DSC", kid), key, "DCC", "FRA", "DSC"), HP_SKIP_FOREIGN);
    left_out(method(id_of(HOST "2", "DCC:FRA:DSC", kid), key, "DCC", "FRA", "DSC"), HP_SKIP_FOREIGN);
    left_out(replaced(method(id, key, "DCC", "FRA", "DSC"), "lists.example.org", "lists.example.com"), HP_SKIP_FOREIGN);
    left_out(maker_replace(method(id, key, "DCC", "FRA", "DSC"), HP_STR("\"controller\":\"" HOST), HP_STR("\"controller\":\"" HOST ":DDCC")),
             HP_SKIP_FOREIGN);
    /* Its path says something else than its codes. */
    left_out(method(id_of(HOST, "DCC:FRA:SCA", kid), key, "DCC", "FRA", "DSC"), HP_SKIP_UNREADABLE);
    left_out(method(id_of(HOST, "DCC:DEU:DSC", kid), key, "DCC", "FRA", "DSC"), HP_SKIP_UNREADABLE);
    left_out(method(id_of(HOST, "ICVP:FRA:DSC", kid), key, "DCC", "FRA", "DSC"), HP_SKIP_UNREADABLE);
    left_out(method(id_of(HOST, "DSC", kid), key, "DCC", "FRA", "DSC"), HP_SKIP_UNREADABLE);
    /* Only DSC signs passes. */
    left_out(entry(c, "DCC", "FRA", "CSCA"), HP_SKIP_OTHER_USE);
    left_out(entry(c, "DCC", "FRA", "DECA"), HP_SKIP_OTHER_USE);
    left_out(entry(c, "DCC", "FRA", "DESC"), HP_SKIP_OTHER_USE);
    left_out(entry(c, "DCC", "FRA", "TLS"), HP_SKIP_OTHER_USE);
    left_out(entry(c, "DCC", "FRA", "UP"), HP_SKIP_OTHER_USE);
    left_out(entry(c, "DCC", "FRA", "dsc"), HP_SKIP_OTHER_USE);
    /* Three times the key id: of the entry, of its key, of the certificate. */
    left_out(method(id_of(HOST, "DCC:FRA:DSC", kid_of(rsa)), key, "DCC", "FRA", "DSC"), HP_SKIP_KID);
    left_out(method(id_of(HOST, "DCC:FRA:DSC", "ABCDEFGH"), key, "DCC", "FRA", "DSC"), HP_SKIP_KID);
    left_out(method(id, maker_replace(key, hp_str_of(kid), hp_str_of(kid_of(rsa))), "DCC", "FRA", "DSC"), HP_SKIP_KID);
    left_out(method(id, maker_replace(key, hp_str_of(kid), HP_STR("")), "DCC", "FRA", "DSC"), HP_SKIP_KID);
    left_out(method(id, maker_replace(key, pki_base64(pki_der(c)), pki_base64(pki_der(ended))), "DCC", "FRA", "DSC"), HP_SKIP_UNREADABLE);
    left_out(method(id_of(HOST, "DCC:FRA:DSC", kid_of(rsa)),
                    maker_replace(maker_replace(maker_replace(key, hp_str_of(kid), hp_str_of(kid_of(rsa))), maker_print("\"x\":\"%s\",", maker_c_string(number(c, "x"))), HP_STR("")),
                                  maker_print(",\"y\":\"%s\"", maker_c_string(number(c, "y"))), HP_STR("")), "DCC", "FRA", "DSC"), HP_SKIP_KID);
    /* Its numbers are those of another key. */
    left_out(method(id, maker_replace(key, number(c, "x"), number(ec, "x")), "DCC", "FRA", "DSC"), HP_SKIP_UNREADABLE);
    left_out(method(id, maker_replace(maker_replace(key, number(c, "x"), number(ec, "x")), number(c, "y"), number(ec, "y")), "DCC", "FRA", "DSC"), HP_SKIP_UNREADABLE);
    left_out(method(id, maker_replace(key, HP_STR("\"x\":"), HP_STR("\"n\":")), "DCC", "FRA", "DSC"), HP_SKIP_UNREADABLE);
    left_out(method(id, maker_replace(key, HP_STR("\"kty\":\"EC\""), HP_STR("\"kty\":\"RSA\"")), "DCC", "FRA", "DSC"), HP_SKIP_UNREADABLE);
    /* No certificate, or what is none. */
    left_out(method(id, maker_replace(key, HP_STR("\"x5c\":[\""), HP_STR("\"x5c\":[1,\"")), "DCC", "FRA", "DSC"), HP_SKIP_UNREADABLE);
    left_out(method(id, maker_replace(key, pki_base64(pki_der(c)), pki_base64url(pki_der(c))), "DCC", "FRA", "DSC"), HP_SKIP_UNREADABLE);
    left_out(method(id, maker_replace(key, HP_STR("\"x5c\":[\""), HP_STR("\"x5c\":[\"AAAA")), "DCC", "FRA", "DSC"), HP_SKIP_UNREADABLE);
    left_out(method(id, maker_replace(key, HP_STR("\"x5c\":[\""), HP_STR("\"x5c\":[\"\",\"")), "DCC", "FRA", "DSC"), HP_SKIP_UNREADABLE);
    left_out(method(id, maker_replace(key, HP_STR("\"x5c\":"), HP_STR("\"x5c\":[],\"n\":")), "DCC", "FRA", "DSC"), HP_SKIP_UNREADABLE);
    /* What a signer's certificate must be like. */
    left_out(dsc(no_signer), HP_SKIP_USAGE);
    left_out(dsc(odd_eku), HP_SKIP_USAGE);
    left_out(maker_replace(dsc(p384), HP_STR("P-256"), HP_STR("UNKNOWN CURVE")), HP_SKIP_KEY);
    left_out(entry(c, "DCC", "DEU", "DSC"), HP_SKIP_COUNTRY);
    left_out(entry(c, "DCC", "FRANCE", "DSC"), HP_SKIP_COUNTRY);
    left_out(entry(c, "DCC", "fra", "DSC"), HP_SKIP_COUNTRY);
}

/* What is odd, but no mistake. */
static void
entries_that_are_taken(void **state)
{
    const pki_cert *c = pki_cert_new(&(pki_wish){ .country = "XA", .issuer = sca });
    const pki_cert *odd_eku = pki_cert_new(&(pki_wish){ .country = "FR", .issuer = sca, .eku = "!" });
    hp_str key = jwk(ec, NULL), bare;
    hp_feed_terms t = terms();
    hp_import import;

    (void)state;
    bare = maker_replace(maker_replace(key, maker_print(",\"x\":\"%s\"", maker_c_string(number(ec, "x"))), HP_STR("")),
                         maker_print(",\"y\":\"%s\"", maker_c_string(number(ec, "y"))), HP_STR(""));
    take(&t, list_of(MAKER_JOIN(
        method(id_of(HOST, "-:-:-", kid_of(ec)), bare, "RACSEL-DDVC", "FRA", "DSC"), HP_STR(","),
        entry(c, "IPS-PILGRIMAGE", "XXA", "DSC"), HP_STR(","), dsc(odd_eku))), &import);
    assert_int_equal(import.source->keys, 2);
    assert_int_equal(find(&import, ec)->domains, HP_DOMAIN_OTHER);
    assert_int_equal(find(&import, c)->domains, HP_DOMAIN_IPS_PILGRIMAGE);
    assert_string_equal(find(&import, c)->country, "XXA");
    hp_records_free(&import.records);
    t.any_eku = true;
    take(&t, list_of(dsc(odd_eku)), &import);
    assert_int_equal(find(&import, odd_eku)->usage, HP_USE_ALL);
    hp_records_free(&import.records);
    /* One key in two domains signs the passes of both. */
    take(&t, list_of(MAKER_JOIN(dsc(ec), HP_STR(","), entry(ec, "ICVP", "FRA", "DSC"))), &import);
    assert_int_equal(import.source->keys, 1);
    assert_int_equal(find(&import, ec)->domains, HP_DOMAIN_DCC | HP_DOMAIN_ICVP);
    hp_records_free(&import.records);
}

/* Coordinates of 31 and 33 bytes, as WHO writes them, and of 32 with a zero. */
static void
lengths_of_coordinates(void **state)
{
    hp_feed_terms t = terms();
    bool seen[3] = { false, false, false };

    (void)state;
    while (!seen[0] || !seen[1] || !seen[2]) {
        const pki_cert *c = pki_cert_new(&(pki_wish){ .country = "FR", .issuer = sca });
        hp_str x = pki_parameter(pki_cert_key(c), "x");
        size_t n = java(x).n;
        hp_import import;

        if (n < 31 || seen[n - 31])
            continue;
        seen[n - 31] = true;
        take(&t, list_of(dsc(c)), &import);
        hp_records_free(&import.records);
        take(&t, list_of(maker_replace(dsc(c), number(c, "x"), pki_base64url(x))), &import);
        hp_records_free(&import.records);
    }
}

/* ---- environments ----------------------------------------------------------------------- */

#define PARTICIPANTS "did:web:raw.githubusercontent.com:WorldHealthOrganization:tng-participants-"

/* A list of three marks: its host, its context, and its signer. */
static hp_str
marked(const char *host, const char *context, const char *signer)
{
    return replaced(replaced(replaced(unsigned_list(dsc(ec)), "v1-DEV.jsonld", context),
                             SIGNER, signer), "lists.example.org", host);
}

static void
all_marks_must_agree(void **state)
{
    static const char *const hosts[] = { "tng-cdn.who.int", "tng-cdn-uat.who.int", "tng-cdn-dev.who.int" };
    static const char *const contexts[] = { "v1.jsonld", "v1-UAT.jsonld", "v1-DEV.jsonld" };
    static const char *const signers[] = { PARTICIPANTS "prod:main:WHO:signing:DID",
        PARTICIPANTS "uat:main:WHO:signing:DID", PARTICIPANTS "dev:main:WHO:signing:DID" };
    hp_feed_terms t = terms();

    (void)state;
    for (size_t i = 0; i < 3 * 3 * 3 * 3; i++) {
        hp_str list = marked(hosts[i % 3], contexts[i / 3 % 3], signers[i / 9 % 3]);
        bool agree = i % 3 == i / 3 % 3 && i / 3 % 3 == i / 9 % 3, taken;
        hp_error error = { "" };
        hp_import import;
        hp_did did;

        t.env = (hp_env)(i / 27);
        assert_int_equal(hp_did_read(list, HP_FEED_MAX, &did, &error), agree);
        if (!agree) {
            refused_by(&t, list, "mixes environments");
            continue;
        }
        hp_did_free(&did);
        list = sign(list);
        taken = run(&t, &list, 1, &import, &error);
        assert_int_equal(taken, t.env == (hp_env)(i % 3));
        if (taken)
            hp_records_free(&import.records);
        else
            assert_non_null(strstr(error.text, "what is trusted here"));
    }
}

/* One mark is enough, wherever it stands. */
static void
one_mark_is_enough(void **state)
{
    static const struct {
        const char *old, *by;
    } table[] = {
        { "\"id\":\"" HOST "\"", "\"id\":\"did:web:tng-cdn.who.int\"" },
        { "\"controller\":\"" HOST "\",\"ver", "\"controller\":\"did:web:tng-cdn.who.int\",\"ver" },
        { SIGNER "\",\"jws\"", "did:web:tng-cdn.who.int\",\"jws\"" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++)
        refused(maker_replace(good_list(), hp_str_of(table[i].old), hp_str_of(table[i].by)),
                "mixes environments");
}

/* PROD is offered keys of DEV in every way. */
static void
prod_is_offered_dev(void **state)
{
    static const struct {
        const char *host, *context, *signer;
    } table[] = {
        { "tng-cdn-dev.who.int", "v1.jsonld", SIGNER },
        { "TNG-CDN-DEV.who.int", "v1.jsonld", SIGNER },
        { "tng-cdn-dev", "v1.jsonld", SIGNER },
        { "tng-cdn-test.who.int", "v1.jsonld", SIGNER },
        { "tng-cdn-developers.who.int", "v1.jsonld", SIGNER },
        { "mirror.example.org:tng-cdn-dev.who.int", "v1.jsonld", SIGNER },
        { "raw.githubusercontent.com:WorldHealthOrganization:tng-cdn-uat:main", "v1.jsonld", SIGNER },
        { "tng-cdn.who.int:tng-cdn-dev", "v1.jsonld", SIGNER },
        { "x.tng-cdn-dev.who.int", "v1.jsonld", SIGNER },
        { "xtng-cdn-uat.who.int", "v1.jsonld", SIGNER },
        { "example.org:my-TNG-participants-dev", "v1.jsonld", SIGNER },
        { "lists.example.org", "v1.jsonld", PARTICIPANTS "dev:main:WHO:signing:DID" },
        { "lists.example.org", "v1.jsonld", PARTICIPANTS "dev:main:WHO:signing:DID#AAAA" },
        { "tng-cdn-production.who.int", "v1.jsonld", SIGNER },
        { "lists.example.org", "v1.jsonld", "did:web:tng-cdn-dev.who.int:trustlist:signerinfo" },
        { "lists.example.org", "v1.jsonld", "did:web:lists.example.org:tng-participants-dev" },
        { "lists.example.org", "v1-DEV.jsonld", SIGNER },
        { "lists.example.org", "v1-UAT.jsonld", SIGNER },
        { "tng-cdn.who.int", "v1-DEV.jsonld", SIGNER },
    };
    hp_authorities authorities = { NULL, 0 };
    hp_feed_terms t = terms();
    hp_import import;
    hp_str list;

    (void)state;
    assert_true(hp_authorities_add(&authorities, hp_cert_read(crypto, pki_der(sca))));
    t.env = HP_ENV_PROD;
    for (size_t i = 0; i < COUNT(table); i++) {
        /* Whoever vouches for it: a pin, an authority, both, or the operator by name. */
        list = marked(table[i].host, table[i].context, table[i].signer);
        for (int how = 0; how < 8; how++) {
            t.n_pins = (how & 1) != 0;
            t.authorities = (how & 2) != 0 ? &authorities : NULL;
            t.unsigned_ok = (how & 4) != 0;
            refused_by(&t, list, "");
        }
    }
    /* A list of PROD that leads to DEV: references are not followed, entries of DEV are dropped. */
    t = terms();
    t.env = HP_ENV_PROD;
    list = replaced(unsigned_list(MAKER_JOIN(dsc(ec), HP_STR(","),
        method(id_of("did:web:tng-cdn-dev.who.int:v2:trustlist", "DCC:FRA:DSC", kid_of(rsa)), jwk(rsa, sca), "DCC", "FRA", "DSC"),
        HP_STR(",\"did:web:tng-cdn-dev.who.int:trustlist\""))), "v1-DEV.jsonld", "v1.jsonld");
    take(&t, sign(list), &import);
    assert_int_equal(import.source->keys, 1);
    assert_null(find(&import, rsa));
    assert_int_equal(import.source->skipped[HP_SKIP_FOREIGN], 1);
    assert_int_equal(import.source->skipped[HP_SKIP_REFERENCE], 1);
    hp_records_free(&import.records);
    hp_authorities_free(&authorities);
}

/* The same without pins: an issuer that is trusted in PROD does not make a list one of PROD. */
static void
a_signed_list_of_dev(void **state)
{
    hp_feed_terms t = terms();
    hp_import import;

    (void)state;
    t.env = HP_ENV_PROD;
    refused_by(&t, good_list(), "is a list of dev, and prod is what is trusted here");
    t.env = HP_ENV_UAT;
    refused_by(&t, good_list(), "is a list of dev, and uat is what is trusted here");
    t.as_given = true; /* a check by hand says so in every case */
    take(&t, good_list(), &import);
    hp_records_free(&import.records);
}

/* ---- who vouches ------------------------------------------------------------------------- */

static hp_pin *
pin_of(hp_str file)
{
    hp_pin *p = hp_pin_read(crypto, file);

    assert_non_null(p);
    return p;
}

static void
pins(void **state)
{
    const pki_cert *cert = pki_cert_new(&(pki_wish){ .key = signing });
    const pki_key *p384 = pki_key_new("P-384"), *big = pki_key_new("RSA-2048");
    hp_pin *wrong = pin_of(pki_der(ec)), *both[2] = { wrong, pin }, *by_cert = pin_of(pki_pem(cert)),
           *other[2] = { pin_of(pki_spki(p384)), pin_of(pki_spki(big)) };
    uint8_t fingerprint[HP_SHA256];
    hp_feed_terms t = terms();
    hp_import import;

    (void)state;
    t.pins = &wrong;
    refused_by(&t, good_list(), "holds with no pinned key; it claims to be that of " SIGNER);
    t.unsigned_ok = true; /* what is pinned must hold, whatever else is allowed */
    refused_by(&t, good_list(), "no pinned key");
    t.as_given = true;
    refused_by(&t, good_list(), "no pinned key");
    t = terms();
    t.pins = both;
    t.n_pins = 2;
    take(&t, good_list(), &import);
    hp_records_free(&import.records);
    t.pins = &by_cert;
    t.n_pins = 1;
    take(&t, good_list(), &import);
    hp_pin_fingerprint(by_cert, fingerprint);
    assert_memory_equal(import.source->signer, fingerprint, HP_SHA256);
    hp_records_free(&import.records);
    /* ES256 is P-256: a key of another kind would be another algorithm. */
    t.pins = other;
    t.n_pins = 2;
    refused_by(&t, sign_as(unsigned_list(dsc(ec)), p384, pki_sign), "no pinned key");
    refused_by(&t, sign_as(unsigned_list(dsc(ec)), p384, pki_sign_raw), "no pinned key");
    refused_by(&t, sign_as(unsigned_list(dsc(ec)), big, pki_sign), "no pinned key");
    hp_pin_free(wrong);
    hp_pin_free(by_cert);
    hp_pin_free(other[0]);
    hp_pin_free(other[1]);
}

static void
nothing_is_pinned(void **state)
{
    hp_authorities none = { NULL, 0 };
    hp_feed_terms t = terms();
    hp_import import;

    (void)state;
    t.n_pins = 0;
    refused_by(&t, good_list(), "nothing is pinned");
    refused_by(&t, good_list(), "its proof claims the key of " SIGNER);
    t.authorities = &none;
    refused_by(&t, good_list(), "nothing is pinned");
    t.authorities = NULL;
    t.unsigned_ok = true;
    take(&t, good_list(), &import);
    assert_false(import.source->is_signed);
    assert_int_equal(import.source->keys, 2);
    hp_records_free(&import.records);
}

/* The second way (3.5): who signed the list does not matter, who issued the signers does. */
static void
authorities_alone(void **state)
{
    hp_authorities authorities = { NULL, 0 };
    const pki_cert *stranger = pki_cert_new(&(pki_wish){ .country = "FR", .issuer = other_sca });
    /* x5c[1] and the list's own SCA say that it is good: both were written by whoever wrote it. */
    hp_str list = list_of(MAKER_JOIN(dsc(ec), HP_STR(","),
        method(id_of(HOST, "DCC:FRA:DSC", kid_of(stranger)), jwk(stranger, other_sca), "DCC", "FRA", "DSC"), HP_STR(","),
        entry(other_sca, "DCC", "FRA", "CSCA")));
    hp_feed_terms t = terms();
    hp_import import;

    (void)state;
    assert_true(hp_authorities_add(&authorities, hp_cert_read(crypto, pki_der(sca))));
    t.authorities = &authorities;
    for (t.n_pins = 0; t.n_pins <= 1; t.n_pins++) {
        take(&t, list, &import);
        assert_int_equal(import.source->is_signed, t.n_pins);
        assert_int_equal(find(&import, ec)->flaw, HP_FLAW_NONE);
        assert_int_equal(find(&import, ec)->n_issuers, 1);
        assert_int_equal(find(&import, stranger)->flaw, HP_FLAW_CHAIN);
        hp_records_free(&import.records);
    }
    /* The proof need not hold then, but it must be of the shape, and each key its own. */
    t.n_pins = 0;
    take(&t, maker_replace(list, HP_STR(CREATED), HP_STR("2021-06-30T19:00:00Z")), &import);
    hp_records_free(&import.records);
    t.n_pins = 1;
    refused_by(&t, maker_replace(list, HP_STR(CREATED), HP_STR("2021-06-30T19:00:00Z")), "no pinned key");
    /* Nobody's keys are nobody's list. */
    refused_by(&t, list_of(dsc(stranger)), "issued by");
    hp_authorities_free(&authorities);
}

/* ---- signing documents -------------------------------------------------------------------- */

static hp_str
signing_document(const char *more)
{
    return MAKER_JOIN(HP_STR("{\"@context\":[\"https://www.w3.org/ns/did/v1\",\"https://w3id.org/security/suites/jws-2020/v1\"],"
        "\"id\":\"" SIGNER "\",\"controller\":\"" SIGNER "\",\"verificationMethod\":[{\"id\":\"" SIGNER "\",\"type\":\"JsonWebKey2020\","
        "\"controller\":\"" SIGNER "\",\"publicKeyJwk\":{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\""),
        pki_base64url(java(pki_parameter(signing, "x"))), HP_STR("\",\"y\":\""),
        pki_base64url(java(pki_parameter(signing, "y"))), HP_STR("\""), hp_str_of(more), HP_STR("}}]}"));
}

static unsigned envs_of_pin; /* of the latest */

static bool
pins_document(hp_str text, hp_pin **p)
{
    hp_error error = { "" };
    bool good = hp_gdhcn_pin(crypto, guard_end(text), p, &envs_of_pin, &error);

    assert_int_equal(good, *p != NULL);
    assert_int_equal(good, error.text[0] == '\0');
    return good;
}

static const char *
with_certificate(const pki_cert *cert, const pki_cert *id)
{
    return maker_c_string(MAKER_JOIN(HP_STR(",\"x5c\":[\""), pki_base64(pki_der(cert)),
                                     maker_print("\"],\"kid\":\"%s\"", kid_of(id))));
}

static void
signing_documents(void **state)
{
    const pki_cert *own = pki_cert_new(&(pki_wish){ .key = signing });
    hp_feed_terms t = terms();
    hp_import import;
    hp_pin *p;

    (void)state;
    assert_true(pins_document(signing_document(""), &p));
    assert_str_equal(hp_pin_spki(p), pki_spki(signing));
    t.pins = &p;
    take(&t, good_list(), &import);
    hp_records_free(&import.records);
    hp_pin_free(p);
    assert_true(pins_document(signing_document(",\"kid\":\"whatever\""), &p));
    hp_pin_free(p);
    assert_true(pins_document(signing_document(with_certificate(own, own)), &p));
    hp_pin_free(p);
    for (int i = 0; i < 2; i++) { /* with the third context, which must be of its DID */
        hp_str doc = maker_replace(signing_document(""), HP_STR("jws-2020/v1\""),
                                   HP_STR("jws-2020/v1\",\"" DEV "\""));

        doc = maker_replace(doc, HP_STR("\"id\":\"" SIGNER), hp_str_of(i == 0
            ? "\"id\":\"" PARTICIPANTS "dev" : "\"id\":\"" PARTICIPANTS "prod"));
        assert_int_equal(pins_document(doc, &p), i == 0);
        assert_int_equal(envs_of_pin, i == 0 ? HP_GDHCN_OF(HP_ENV_DEV) : 0);
        hp_pin_free(p);
    }
    for (hp_env env = HP_ENV_PROD; env <= HP_ENV_DEV; env++) { /* by its DIDs alone */
        hp_str doc = replaced(signing_document(""), SIGNER,
            maker_c_string(maker_print(PARTICIPANTS "%s:WHO", hp_env_name(env))));

        assert_true(pins_document(doc, &p));
        assert_int_equal(envs_of_pin, HP_GDHCN_OF(env));
        hp_pin_free(p);
    }
    assert_false(pins_document(signing_document(with_certificate(own, ec)), &p));
    assert_false(pins_document(signing_document(with_certificate(ec, ec)), &p));
    assert_false(pins_document(signing_document(",\"x5c\":[\"AAAA\"]"), &p));
    assert_false(pins_document(signing_document(",\"x5c\":[]"), &p));
}

static void
signing_documents_that_are_none(void **state)
{
    static const struct {
        const char *old, *by;
    } table[] = {
        { "{\"@context\"", "{\"x\":1,\"@context\"" }, { "{\"@context\"", "{\"proof\":{},\"@context\"" },
        { "\"controller\":\"" SIGNER "\",\"ver", "\"ver" }, { "[{\"id\"", "[{\"x\":1,\"id\"" },
        { "\"publicKeyJwk\":{", "\"publicKeyJwk\":{\"d\":\"AAAA\"," }, { "\"kty\":\"EC\"", "\"kty\":\"OKP\"" },
        { "\"P-256\"", "\"P-384\"" }, { "\"crv\":\"P-256\",", "" }, { "\"x\":\"", "\"x\":\"AQ" }, { "\"x\":", "\"n\":" },
        { "JsonWebKey2020", "JsonWebKey" }, { "ns/did/v1", "ns/did/v2" }, { "ns/did/v1\",", "ns/did/v1\",\"x\"," },
        { "\"verificationMethod\":[", "\"verificationMethod\":[\"did:web:a\"," }, { "\"verificationMethod\":[{", "\"verificationMethod\":[[{" },
        { "\"id\":\"" SIGNER "\"", "\"id\":\"x\"" },
        { "{\"id\":\"" SIGNER "\"", "{\"id\":\"" PARTICIPANTS "dev:x\"" },
    };
    hp_str good = signing_document(""), keys;
    hp_pin *p;

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        hp_str bad = maker_replace(good, hp_str_of(table[i].old), hp_str_of(table[i].by));

        if (i + 1 == COUNT(table)) /* two environments in one document */
            bad = maker_replace(bad, HP_STR("\"id\":\"" SIGNER), HP_STR("\"id\":\"" PARTICIPANTS "prod:x"));
        if (pins_document(bad, &p))
            fail_msg("%s", table[i].by);
    }
    /* Two keys: which one is meant must not be guessed. */
    keys = hp_str_from(good, (size_t)((const uint8_t *)memmem(good.p, good.n, "[{\"id\"", 6) - good.p) + 1);
    keys.n -= 2;
    assert_false(pins_document(maker_replace(good, keys, MAKER_JOIN(keys, HP_STR(","), keys)), &p));
    for (size_t n = 0; n < good.n; n++)
        assert_false(pins_document((hp_str){ good.p, n }, &p));
    assert_false(pins_document(good_list(), &p));
}

/* ---- several documents --------------------------------------------------------------------- */

/* From when the document of that DID is; -1: it is not noted. */
static double
document(const hp_import *import, const char *did)
{
    hp_str digest = pki_sha256(hp_str_of(did));

    for (size_t i = 0; i < import->records.n; i++) {
        const hp_record *r = &import->records.all[i];

        if (r->role == HP_ROLE_DOCUMENT && hp_str_eq(r->issuer, hp_str_of(did))) {
            assert_str_equal(r->kid, ((hp_str){ digest.p, HP_KID }));
            return r->valid.from;
        }
    }
    return -1;
}

static void
several_documents(void **state)
{
    hp_str lists[3];
    hp_feed_terms t = terms();
    hp_import import;
    hp_error error;
    double oldest;

    (void)state;
    lists[0] = list_of(dsc(ec));
    lists[1] = sign(maker_replace(unsigned_list(dsc(rsa)), HP_STR(CREATED), HP_STR("2021-06-29T00:00:00Z")));
    lists[2] = list_of(MAKER_JOIN(dsc(ec), HP_STR(","), dsc(ended)));
    assert_true(run(&t, lists, 3, &import, &error));
    assert_int_equal(import.source->keys, 3);
    assert_int_equal(import.source->entries, 4);
    assert_int_equal(import.source->skipped[HP_SKIP_DOUBLE], 1);
    assert_true(hp_time_read(HP_STR("2021-06-29T00:00:00Z"), false, &oldest));
    assert_true(import.source->issued == oldest && import.source->dated == oldest);
    /* all are of one DID, which is as old as its oldest; and no key */
    assert_int_equal(import.records.n, 4);
    assert_true(document(&import, HOST) == oldest);
    hp_records_free(&import.records);

    /* each is kept by its own DID */
    lists[1] = sign(replaced(unsigned_list(HP_STR("")), HOST, HOST ":DCC:FRA"));
    assert_true(run(&t, lists, 2, &import, &error));
    assert_int_equal(import.source->keys, 1);
    assert_true(document(&import, HOST) > oldest && document(&import, HOST ":DCC:FRA") > oldest);
    hp_records_free(&import.records);
    lists[1] = sign(maker_replace(unsigned_list(dsc(rsa)), HP_STR(CREATED), HP_STR("2021-06-29T00:00:00Z")));

    /* One that is bad is all of them. */
    lists[1] = maker_replace(lists[1], HP_STR("#FRA"), HP_STR("#DEU"));
    assert_false(run(&t, lists, 3, &import, &error));
    assert_non_null(strstr(error.text, "no pinned key"));
    lists[1] = HP_STR("");
    assert_false(run(&t, lists, 3, &import, &error));

    /* Of one environment, by hand too. */
    lists[1] = sign(maker_replace(unsigned_list(dsc(rsa)), HP_STR("v1-DEV"), HP_STR("v1-UAT")));
    t.as_given = true;
    assert_false(run(&t, lists, 2, &import, &error));
    assert_non_null(strstr(error.text, "another environment"));
}

/* From the common rules: a day ahead is a wrong clock, more is a wrong list. */
static void
times(void **state)
{
    hp_feed_terms t = terms();
    hp_import import;

    (void)state;
    refused(sign(maker_replace(unsigned_list(dsc(ec)), HP_STR(CREATED), HP_STR("2021-07-03T00:00:00Z"))), "future");
    take(&t, sign(maker_replace(unsigned_list(dsc(ec)), HP_STR(CREATED), HP_STR("2001-01-01T00:00:00+02:00"))), &import);
    hp_records_free(&import.records);
    refused(list_of(entry(sca, "DCC", "FRA", "CSCA")), "no key");
    refused(list_of(HP_STR("")), "no key");
}

/* ---- hostile texts ------------------------------------------------------------------------- */

static hp_str
repeated(const char *head, const char *piece, size_t times_n, const char *tail)
{
    size_t n_head = strlen(head), n = strlen(piece), size = n_head + n * times_n + strlen(tail);
    char *text = malloc(size + 1), *at = text;

    assert_non_null(text);
    at = stpcpy(at, head);
    for (size_t i = 0; i < times_n; i++)
        at = stpcpy(at, piece);
    (void)stpcpy(at, tail);
    return (hp_str){ (const uint8_t *)text, size };
}

static void
refused_at_last(hp_str list, const char *says)
{
    refused(list, says);
    free((void *)(uintptr_t)list.p);
}

static void
hostile_texts(void **state)
{
    hp_str good = good_list();

    (void)state;
    refused_at_last(repeated("{\"a\":\"", "aaaaaaaaaa", 2 << 20, "\"}"), "larger than 16 MiB");
    refused_at_last(repeated("{\"verificationMethod\":[", "\"did:a\",", 1 << 20, "\"did:a\"]}"), "expected the members");
    refused_at_last(repeated("{\"@context\":[],\"id\":\"did:web:a\",\"controller\":\"did:web:a\",\"proof\":{},\"verificationMethod\":[",
                             "\"did:a\",", 1 << 20, "\"did:a\"]}"), "expected at most 20000");
    refused_at_last(repeated("{\"@context\":[],\"id\":\"did:web:a\",\"controller\":\"did:web:a\",\"proof\":{},\"verificationMethod\":[",
                             "\"did:a\",", 20000, "\"did:a\"]}"), "expected at most 20000");
    refused_at_last(repeated("", "[", 10000, ""), "JSON");
    refused_at_last(repeated("", "{\"a\":", 10000, ""), "JSON");
    refused_at_last(repeated("", "{\"@context\":", 1 << 20, ""), "JSON");
    for (size_t n = 0; n < good.n; n += n < 400 || n > good.n - 400 ? 1 : 97)
        refused(guard_end((hp_str){ good.p, n }), "JSON");
}

/* Whichever allocation fails: the list is refused, or what is lost is counted. */
static void
memory_runs_out(void **state)
{
    hp_str list = good_list();
    hp_feed_terms t = terms();
    hp_import import;
    hp_error error;
    size_t n = 0, calls;
    bool good;

    (void)state;
    do {
        alloc_start(++n);
        good = run(&t, &list, 1, &import, &error);
        calls = alloc_calls();
        alloc_start(0);
        if (!good)
            continue;
        assert_int_equal(import.source->keys + import.source->skipped[HP_SKIP_UNREADABLE], 2);
        hp_records_free(&import.records);
    } while (n <= calls);
    assert_true(n > 20);
    assert_true(good);
}

/* ---- which feed it is ------------------------------------------------------------------------- */

static void
is_recognised(void **state)
{
    hp_feed_file file = { "did.json", { NULL, 0 } };

    (void)state;
    assert_false(hp_feed_gdhcn.is(&file));
    file.bytes = good_list();
    assert_true(hp_feed_gdhcn.is(&file));
    assert_ptr_equal(hp_feed_of(&file), &hp_feed_gdhcn);
    file.bytes = signing_document("");
    assert_false(hp_feed_gdhcn.is(&file));
    assert_ptr_equal(hp_feed_find("gdhcn"), &hp_feed_gdhcn);
}

static int
set_up(void **state)
{
    (void)state;
    crypto = hp_crypto_new();
    signing = pki_key_new("P-256");
    pin = hp_pin_read(crypto, pki_spki(signing));
    sca = pki_cert_new(&(pki_wish){ .country = "FR", .name = "SCA", .authority = true });
    other_sca = pki_cert_new(&(pki_wish){ .country = "FR", .name = "Other SCA", .authority = true });
    ec = pki_cert_new(&(pki_wish){ .country = "FR", .issuer = sca });
    rsa = pki_cert_new(&(pki_wish){ .issuer = sca, .key = pki_key_new("RSA-2048") });
    ended = pki_cert_new(&(pki_wish){ .country = "FR", .issuer = sca, .to = MAKER_FROM + 86400 });
    return crypto == NULL || pin == NULL;
}

static int
tear_down(void **state)
{
    (void)state;
    hp_pin_free(pin);
    hp_crypto_free(crypto);
    return 0;
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_good_list),
    cmocka_unit_test(the_two_texts),
    cmocka_unit_test(forms_of_the_proof),
    cmocka_unit_test(order_and_repetition),
    cmocka_unit_test(changes),
    cmocka_unit_test(signatures),
    cmocka_unit_test(shapes),
    cmocka_unit_test(values_without_one_text),
    cmocka_unit_test(entries_of_one_id),
    cmocka_unit_test(entries_that_are_left_out),
    cmocka_unit_test(entries_that_are_taken),
    cmocka_unit_test(lengths_of_coordinates),
    cmocka_unit_test(all_marks_must_agree),
    cmocka_unit_test(one_mark_is_enough),
    cmocka_unit_test(prod_is_offered_dev),
    cmocka_unit_test(a_signed_list_of_dev),
    cmocka_unit_test(pins),
    cmocka_unit_test(nothing_is_pinned),
    cmocka_unit_test(authorities_alone),
    cmocka_unit_test(signing_documents),
    cmocka_unit_test(signing_documents_that_are_none),
    cmocka_unit_test(several_documents),
    cmocka_unit_test(times),
    cmocka_unit_test(hostile_texts),
    cmocka_unit_test(memory_runs_out),
    cmocka_unit_test(is_recognised),
};

UNIT_MAIN_WITH(tests, set_up, tear_down)
