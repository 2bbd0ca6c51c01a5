/* A CMS message: held by the one certificate that is given, or refused with a reason. */
#include "fuzz.h"

#include "crypto/cms.h"
#include "pki.h"

static hp_crypto *crypto;
static const pki_cert *signer, *stranger;

#define CONTENT HP_STR("what a list says")

static void
start(void)
{
    if (crypto != NULL)
        return;
    crypto = hp_crypto_new();
    signer = pki_cert_new(&(pki_wish){ .country = "XA", .name = "Signer" });
    stranger = pki_cert_new(&(pki_wish){ .country = "XA", .name = "Stranger" });
    MUST(crypto != NULL);
}

/* Nothing but CONTENT was ever signed by the signer. */
static void
verify(hp_str message, hp_str content)
{
    hp_str der = pki_der(signer);
    hp_error error = { "" };
    hp_cms cms;

    if (!hp_cms_verify(crypto, message, content, &der, 1, &cms, &error)) {
        MUST(error.text[0] != '\0' && cms.content.p == NULL);
        return;
    }
    MUST(cms.signer == 0);
    if (content.p == NULL)
        MUST(hp_str_eq((hp_str){ cms.content.p, cms.content.n }, CONTENT));
    else
        MUST(hp_str_eq(content, CONTENT));
    hp_bytes_free(&cms.content);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    uint8_t fingerprint[HP_SHA256];
    hp_str message = { p, n };

    start();
    verify(message, (hp_str){ NULL, 0 });
    verify(message, CONTENT);
    verify(message, HP_STR("what another list says"));
    (void)hp_cms_claimed(crypto, message, fingerprint);
    return 0;
}

void
fuzz_seeds(void (*put)(const char *name, hp_str seed))
{
    start();
    put("attached", pki_cms(signer, CONTENT, 0));
    put("detached", pki_cms(signer, CONTENT, PKI_DETACHED | PKI_NO_CERTS));
    put("plain", pki_cms(signer, CONTENT, PKI_NO_ATTRIBUTES | PKI_NO_CERTS));
    put("weak", pki_cms(signer, CONTENT, PKI_SHA1));
    put("stranger", pki_cms(stranger, CONTENT, 0));
    put("short", maker_hex("300b06092a864886f70d010702"));
}
