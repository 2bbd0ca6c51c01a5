/*
 * A list of the GDHCN and a signing document: whatever the bytes, the reader ends; what it takes
 * is of the shape, and nothing that nobody signed is taken for signed.
 */
#include "fuzz.h"

#include "feed/did_proof.h"
#include "feed/gdhcn.h"
#include "pki.h"

static hp_crypto *crypto;
static pki_key *signing;

static void
set_up(void)
{
    if (crypto != NULL)
        return;
    crypto = hp_crypto_new();
    signing = pki_key_new("P-256");
}

/* By hand: the proof is not asked for, everything else is. */
static void
take(hp_str list)
{
    hp_feed_terms terms = { .crypto = crypto, .name = "who", .now = MAKER_NOW, .as_given = true };
    hp_feed_file file = { "did.json", list };
    hp_feed_input input = { .files = &file, .n = 1 };
    hp_import import = { .terms = &terms };
    hp_error error = { "" };
    uint32_t counted = 0;

    if (!hp_import_run(&hp_feed_gdhcn, &input, &import, &error)) {
        MUST(error.text[0] != '\0');
        return;
    }
    for (size_t i = 0; i < HP_SKIP_KINDS; i++)
        counted += import.source->skipped[i];
    MUST(import.source->keys + counted <= import.source->entries);
    MUST(!import.source->is_signed);
    hp_records_free(&import.records);
}

/* Lines are lines: each ends as one, they are in order, and none is there twice. */
static void
write_lines(hp_str list)
{
    hp_error error = { "" };
    hp_nquads quads;
    hp_did did;

    if (!hp_did_read(list, HP_FEED_MAX, &did, &error))
        return;
    if (hp_did_nquads(&did, &quads, &error)) {
        for (size_t i = 0; i < quads.n; i++) {
            hp_str line = quads.lines[i];

            MUST(line.n > 4 && line.p[0] == '<' && memcmp(line.p + line.n - 3, " .\n", 3) == 0);
            MUST(memchr(line.p, '\n', line.n) == line.p + line.n - 1);
            MUST(i == 0 || !hp_str_eq(line, quads.lines[i - 1]));
        }
        hp_nquads_free(&quads);
    }
    hp_did_free(&did);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    hp_str text = { p, n };
    hp_error error = { "" };
    hp_pin *of_document;
    unsigned envs;

    set_up();
    take(text);
    write_lines(text);
    if (hp_gdhcn_pin(crypto, text, &of_document, &envs, &error)) {
        MUST(envs != 0);
        hp_pin_free(of_document);
    } else
        MUST(error.text[0] != '\0');
    return 0;
}

#define DID "did:web:tng-cdn.who.int:v2:trustlist"

void
fuzz_seeds(void (*put)(const char *name, hp_str seed))
{
    const pki_cert *cert;
    uint8_t kid[HP_KID];
    hp_str id;

    set_up();
    cert = pki_cert_new(&(pki_wish){ .country = "FR" });
    pki_kid(cert, kid);
    id = pki_base64((hp_str){ kid, HP_KID });
    put("list", MAKER_JOIN(HP_STR("{\"@context\":[\"https://www.w3.org/ns/did/v1\","
        "\"https://w3id.org/security/suites/jws-2020/v1\","
        "\"https://smart.who.int/trust/tng-context/v1.jsonld\"],\"id\":\"" DID "\","
        "\"controller\":\"" DID "\",\"verificationMethod\":[\"did:web:tng-cdn-dev.who.int\","
        "{\"id\":\"" DID ":DCC:FRA:DSC#"), id, HP_STR("\",\"type\":\"JsonWebKey2020\","
        "\"controller\":\"" DID "\",\"publicKeyJwk\":{\"kty\":\"EC\",\"kid\":\""), id,
        HP_STR("\",\"x5c\":[\""), pki_base64(pki_der(cert)),
        HP_STR("\"],\"crv\":\"P-256\",\"x\":\""),
        pki_base64url(pki_parameter(pki_cert_key(cert), "x")), HP_STR("\",\"y\":\""),
        pki_base64url(pki_parameter(pki_cert_key(cert), "y")), HP_STR("\"},"
        "\"domain\":{\"code\":\"#DCC\"},\"participant\":{\"code\":\"#FRA\"},"
        "\"keyusage\":{\"code\":\"#DSC\"}}],\"proof\":{\"type\":\"JsonWebSignature2020\","
        "\"created\":\"2021-06-30T18:00:02Z\",\"nonce\":\"x\\\"\\\\\","
        "\"proofPurpose\":\"assertionMethod\",\"verificationMethod\":\"did:web:a\",\"jws\":\""
        HP_DID_HEADER "..MEUC\"}}")));
    put("signing", MAKER_JOIN(HP_STR("{\"@context\":[\"https://www.w3.org/ns/did/v1\","
        "\"https://w3id.org/security/suites/jws-2020/v1\"],\"id\":\"did:web:a\","
        "\"controller\":\"did:web:a\",\"verificationMethod\":[{\"id\":\"did:web:a\","
        "\"type\":\"JsonWebKey2020\",\"controller\":\"did:web:a\",\"publicKeyJwk\":{"
        "\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\""), pki_base64url(pki_parameter(signing, "x")),
        HP_STR("\",\"y\":\""), pki_base64url(pki_parameter(signing, "y")), HP_STR("\"}}]}")));
    put("rsa", HP_STR("{\"publicKeyJwk\":{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"}}"));
}
