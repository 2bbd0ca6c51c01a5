/* Lists of 2D-DOC authorities for tests; see tsl.h. */
#include "tsl.h"

#include "maker.h"

#define RSA_SHA256 "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
#define PROPERTIES "http://uri.etsi.org/01903#SignedProperties"
#define END "</tsl:TrustServiceStatusList>"

hp_str
tsl_provider(const char *ac, const char *status, hp_str cert)
{
    return MAKER_JOIN(HP_STR("<tsl:TrustServiceProvider><tsl:TSPInformation><tsl:TSPTradeName>"
        "<tsl:Name>"), hp_str_of(ac), HP_STR("</tsl:Name><tsl:Name>again</tsl:Name>"
        "</tsl:TSPTradeName></tsl:TSPInformation>\n<tsl:TSPServices><tsl:TSPService>"
        "<tsl:ServiceInformation><tsl:ServiceTypeIdentifier>"
        "http://uri.etsi.org/TrstSvc/Svctype/CA/PKC</tsl:ServiceTypeIdentifier>"
        "<tsl:ServiceDigitalIdentity><tsl:DigitalId><tsl:X509Certificate>\n"), pki_base64(cert),
        HP_STR("\n</tsl:X509Certificate></tsl:DigitalId></tsl:ServiceDigitalIdentity>"
        "<tsl:ServiceStatus>"), hp_str_of(status), HP_STR("</tsl:ServiceStatus>"
        "</tsl:ServiceInformation></tsl:TSPService></tsl:TSPServices>"
        "</tsl:TrustServiceProvider>"));
}

hp_str
tsl_list(hp_str providers)
{
    return MAKER_JOIN(HP_STR(
        "<tsl:TrustServiceStatusList xmlns:tsl=\"http://uri.etsi.org/02231/v2#\""
        " Id=\"list\"><tsl:SchemeInformation><tsl:TSLSequenceNumber>23</tsl:TSLSequenceNumber>"
        "<tsl:ListIssueDateTime>2021-06-01T00:00:00Z</tsl:ListIssueDateTime><tsl:NextUpdate>"
        "<tsl:dateTime>2022-01-01T00:00:00Z</tsl:dateTime></tsl:NextUpdate>"
        "</tsl:SchemeInformation>\n<tsl:TrustServiceProviderList>"), providers,
        HP_STR("</tsl:TrustServiceProviderList>" END));
}

static hp_str
text_or(const char *text, const char *instead)
{
    return hp_str_of(text != NULL ? text : instead);
}

static hp_str
digest_of(hp_str canonical)
{
    return pki_base64(pki_sha256(canonical));
}

#define REFERENCE_END                                                                         \
    HP_STR("</ds:Transforms><ds:DigestMethod "                                                \
           "Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"></ds:DigestMethod>"         \
           "<ds:DigestValue>")

/* What is signed declares the namespace itself; where it stands, ds:Signature does. */
hp_str
tsl_signature(hp_str canonical, const tsl_how *h)
{
    static const char properties[] = "<xades:SignedProperties xmlns:xades="
        "\"http://uri.etsi.org/01903/v1.3.2#\" Id=\"p\"><xades:SigningTime>x</xades:SigningTime>"
        "</xades:SignedProperties>";
    hp_str document = MAKER_JOIN(HP_STR("<ds:Reference URI=\""), text_or(h->uri, ""),
        HP_STR("\"><ds:Transforms>"), text_or(h->transforms, TSL_ENVELOPED TSL_EXCLUSIVE),
        REFERENCE_END,
        digest_of(canonical), HP_STR("</ds:DigestValue></ds:Reference>"));
    hp_str second = MAKER_JOIN(HP_STR("<ds:Reference Type=\"" PROPERTIES "\" URI=\"#p\">"
        "<ds:Transforms>" TSL_EXCLUSIVE), REFERENCE_END, digest_of(h->wrong_properties ? HP_STR("x")
        : HP_STR(properties)), HP_STR("</ds:DigestValue></ds:Reference>"));
    hp_str content = MAKER_JOIN(HP_STR("<ds:CanonicalizationMethod Algorithm=\"" TSL_C14N "\""),
        text_or(h->attributes, ""), HP_STR("></ds:CanonicalizationMethod><ds:SignatureMethod "
        "Algorithm=\""), text_or(h->method, RSA_SHA256), HP_STR("\"></ds:SignatureMethod>"),
        h->without_document ? HP_STR("") : document,
        h->without_properties ? HP_STR("") : second, text_or(h->more, ""),
        HP_STR("</ds:SignedInfo>"));
    hp_str value = pki_sign(pki_cert_key(h->by), h->hash,
        MAKER_JOIN(HP_STR("<ds:SignedInfo xmlns:ds=\"" TSL_DS "\">"), content));

    return MAKER_JOIN(HP_STR("<ds:Signature xmlns:ds=\"" TSL_DS "\"><ds:SignedInfo>"), content,
        HP_STR("<ds:SignatureValue>\n"), pki_base64(value), HP_STR("\n</ds:SignatureValue>"
        "<ds:KeyInfo><ds:X509Data><ds:X509Certificate>"), pki_base64(pki_der(h->by)),
        HP_STR("</ds:X509Certificate></ds:X509Data></ds:KeyInfo>"),
        text_or(h->inside, ""), h->without_properties ? HP_STR("")
        : HP_STR("<ds:Object><xades:QualifyingProperties xmlns:xades="
        "\"http://uri.etsi.org/01903/v1.3.2#\"><xades:SignedProperties Id=\"p\">"
        "<xades:SigningTime>x</xades:SigningTime></xades:SignedProperties>"
        "</xades:QualifyingProperties></ds:Object>"), HP_STR("</ds:Signature>"));
}

hp_str
tsl_with(hp_str list, hp_str signature)
{
    return MAKER_JOIN((hp_str){ list.p, list.n - strlen(END) }, signature, HP_STR(END));
}

hp_str
tsl_signed(hp_str list, const tsl_how *h)
{
    return tsl_with(list, tsl_signature(list, h));
}
