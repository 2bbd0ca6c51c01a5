/*
 * SMART Health Cards: the first byte says whether the rest is a text as shown, or claims that are
 * signed here, so that what lies behind the signature is reached without guessing one.
 */
#include "fuzz.h"

#include "format/shc_write.h"
#include "reader.h"

enum { TEXT, CLAIMS, KINDS };

static char text[HP_SHC_JWS_ROOM];
static hp_signer *signer;

static bool
write_claims(hp_str claims, hp_str *jws)
{
    hp_shc_wish wish = { .iss = "https://issuer.example" };
    hp_error error;
    size_t n;

    if (signer == NULL)
        signer = hp_signer_new(HP_ALG_ES256, 0, &error);
    MUST(signer != NULL);
    wish.signer = signer;
    if (!hp_shc_write_claims(&wish, claims, text, &n))
        return false;
    *jws = (hp_str){ (const uint8_t *)text, n };
    return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    reader one = { .format = &hp_format_shc, .room = READER_ROOM };
    hp_str in = { p, n };
    hp_reason why;

    if (n == 0 || (p[0] % KINDS == CLAIMS && !write_claims((hp_str){ p + 1, n - 1 }, &in)))
        return 0;
    if (p[0] % KINDS == TEXT)
        in = (hp_str){ p + 1, n - 1 };
    why = reader_read(&one, in);
    if (one.opened)
        MUST(one.proof.alg == HP_ALG_ES256 && one.proof.tbs.n > 0 && one.proof.issuer.n > 0);
    if (why == HP_OK)
        MUST(one.pass.document != NULL && one.pass.event.kind != 0 && one.pass.valid_from >= 0);
    return 0;
}

#define BUNDLE \
    "{\"resourceType\":\"Bundle\",\"entry\":[{\"resource\":{\"resourceType\":\"Patient\",\"name\":" \
    "[{\"family\":\"A\",\"given\":[\"B\",\"C\"]}],\"birthDate\":\"1988-02\"}},{\"resource\":" \
    "{\"resourceType\":\"Immunization\",\"status\":\"completed\",\"vaccineCode\":{\"coding\":[" \
    "{\"system\":\"http://hl7.org/fhir/sid/cvx\",\"code\":\"208\"}]},\"occurrenceDateTime\":" \
    "\"2025-10-01\"}},{\"resource\":{\"resourceType\":\"Observation\",\"status\":\"final\",\"code\":" \
    "{\"coding\":[{\"system\":\"http://loinc.org\",\"code\":\"94558-4\"}]},\"effectivePeriod\":" \
    "{\"start\":\"2026-09-20T10:00:00Z\"},\"valueCodeableConcept\":{\"coding\":[{\"system\":" \
    "\"http://snomed.info/sct\",\"code\":\"260415000\"}]}}}]}"
#define CARD \
    "{\"iss\":\"https://issuer.example\",\"nbf\":1687450764.656,\"exp\":1718986764,\"vc\":{\"type\":" \
    "[\"https://smarthealth.cards#health-card\"],\"rid\":\"abc\",\"credentialSubject\":" \
    "{\"fhirVersion\":\"4.0.1\",\"fhirBundle\":" BUNDLE "}}}"

void
fuzz_seeds(void (*put)(const char *name, hp_str seed))
{
    static char codes[HP_SHC_TEXT_ROOM];
    hp_str jws = { NULL, 0 };
    size_t n;

    MUST(write_claims(HP_STR(CARD), &jws));
    put("claims", HP_STR("\1" CARD));
    put("jws", MAKER_JOIN(HP_STR("\0"), jws));
    put("file", MAKER_JOIN(HP_STR("\0{\"verifiableCredential\":[\""), jws, HP_STR("\"]}")));
    MUST(hp_shc_write_codes(jws, 1, codes, &n));
    put("code", MAKER_JOIN(HP_STR("\0"), ((hp_str){ (const uint8_t *)codes, n })));
    put("link", MAKER_JOIN(HP_STR("\0https://a.example/#"), ((hp_str){ (const uint8_t *)codes, n })));
    MUST(hp_shc_write_codes(jws, 3, codes, &n));
    put("chunks", MAKER_JOIN(HP_STR("\0"), ((hp_str){ (const uint8_t *)codes, n })));
}
