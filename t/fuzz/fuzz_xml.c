/*
 * XML lists: a document that is read has a canonical form, which is its own; and whatever a
 * genuine signature is found to hold for says what the signed list says, and nothing else.
 */
#include "fuzz.h"

#include "feed/xml_signature.h"
#include "tsl.h"

static hp_crypto *crypto;
static hp_pin *pin;
static const pki_cert *operator;
static hp_str plain;

static void
set_up(void)
{
    hp_str text;
    uint8_t *copy;

    if (pin != NULL)
        return;
    crypto = hp_crypto_new();
    operator = pki_cert_new(&(pki_wish){ .key = pki_key_new("RSA-2048") });
    pin = hp_pin_read(crypto, pki_der(operator));
    text = tsl_list(tsl_provider("FR99", TSL_GOOD, HP_STR("a certificate")));
    copy = malloc(text.n); /* the maker's ring turns */
    MUST(pin != NULL && copy != NULL);
    memcpy(copy, text.p, text.n);
    plain = (hp_str){ copy, text.n };
}

/* Reading the canonical form gives it again, unless it has become too long to be read. */
static void
check_form(const hp_xml *xml)
{
    hp_bytes once, twice;
    hp_xml *again;
    hp_error error;

    if (!hp_xml_canonical(xml, NULL, &once))
        return;
    again = hp_xml_read((hp_str){ once.p, once.n }, &error);
    if (again != NULL) {
        MUST(hp_xml_canonical(again, NULL, &twice));
        MUST(once.n == twice.n && memcmp(once.p, twice.p, once.n) == 0);
        hp_bytes_free(&twice);
    }
    hp_xml_free(again);
    hp_bytes_free(&once);
}

static void
check_signature(hp_xml *xml)
{
    hp_bytes left;
    hp_error error;
    size_t signer;

    if (!hp_xml_signature(crypto, xml, &pin, 1, &signer, &error))
        return;
    MUST(hp_xml_canonical(xml, NULL, &left));
    MUST(left.n == plain.n && memcmp(left.p, plain.p, left.n) == 0);
    hp_bytes_free(&left);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    uint8_t fingerprint[HP_SHA256];
    hp_error error = { "" };
    hp_xml *xml;

    set_up();
    xml = hp_xml_read((hp_str){ p, n }, &error);
    if (xml == NULL) {
        MUST(error.text[0] != 0);
        return 0;
    }
    check_form(xml);
    (void)hp_xml_signature_claimed(crypto, xml, fingerprint);
    check_signature(xml);
    hp_xml_free(xml);
    return 0;
}

void
fuzz_seeds(void (*put)(const char *name, hp_str seed))
{
    set_up();
    put("signed", tsl_signed(plain, &(tsl_how){ .by = operator }));
    put("signed-simply", tsl_signed(plain, &(tsl_how){ .by = operator,
        .without_properties = true, .transforms = TSL_SUBTRACT TSL_EXCLUSIVE }));
    put("namespaces", HP_STR("<a xmlns=\"x\" xmlns:b=\"y\" b:c=\"1\" d='2'><b:e xmlns=\"\"><f "
        "xmlns:b=\"z\" b:g=\"\"/></b:e></a>"));
    put("text", HP_STR("<?xml version=\"1.0\"?><?p i?>\r\n<a> &lt;&#13;&amp;<![CDATA[<>]]>"
        "<!-- c --> \xc3\xa9</a><!-- d --><?q?>"));
    put("doctype", HP_STR("<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>"));
}
