/* The list of 2D-DOC authorities; see tsl.h. */
#include "feed/tsl.h"

#include "base/time.h"
#include "codec/base64.h"
#include "feed/xml_signature.h"

#define TSL "http://uri.etsi.org/02231/v2#"

#define NAME_MAX_SHOWN 31 /* characters of an authority's name */

typedef struct {
    hp_import *import;
    bool (*each)(void *context, const char *ac, hp_str der);
    void *context;
} reader;

static const hp_xml_node *
child(const hp_xml_node *node, const char *name)
{
    return hp_xml_child(node, TSL, name);
}

static bool
is_text(hp_str s, const char *text)
{
    return s.p != NULL && hp_str_eq(s, hp_str_of(text));
}

/* ---- the signature ------------------------------------------------------------ */

static bool
check(hp_import *import, const hp_feed *feed, hp_xml *xml, hp_error *error)
{
    const hp_feed_terms *terms = import->terms;
    uint8_t claimed[HP_SHA256];
    size_t signer;

    if (terms->n_pins == 0)
        return hp_feed_unpinned(import, feed,
                                hp_xml_signature_claimed(terms->crypto, xml, claimed) ? claimed
                                                                                      : NULL,
                                error);
    if (!hp_xml_signature(terms->crypto, xml, terms->pins, terms->n_pins, &signer, error))
        return false;
    import->source->is_signed = true;
    hp_pin_fingerprint(terms->pins[signer], import->source->signer);
    return true;
}

/* ---- the scheme --------------------------------------------------------------- */

/*
 * The list is renewed about once a year and names its own end.  Counted from its issue its age
 * would say nothing, so it counts from when it was taken in.
 */
static bool
read_times(hp_import *import, const hp_xml_node *scheme, hp_error *error)
{
    hp_str issued = hp_xml_text(child(scheme, "ListIssueDateTime"));
    hp_str next = hp_xml_text(child(child(scheme, "NextUpdate"), "dateTime"));

    if (issued.p == NULL || next.p == NULL ||
        !hp_time_read(issued, false, &import->source->issued) ||
        !hp_time_read(next, false, &import->source->expires)) {
        hp_error_set(error, "does not say when it was issued and when it ends");
        return false;
    }
    import->source->dated = import->terms->now;
    return true;
}

/* ---- authorities ---------------------------------------------------------------- */

/* A service that issues signers, in good standing: "inaccord", of later lists "granted". */
static bool
counts(const hp_xml_node *service)
{
    hp_str type = hp_xml_text(child(service, "ServiceTypeIdentifier"));
    hp_str status = hp_xml_text(child(service, "ServiceStatus"));

    return is_text(type, "http://uri.etsi.org/TrstSvc/Svctype/CA/PKC") &&
           (is_text(status, "http://uri.etsi.org/TrstSvc/Svcstatus/inaccord") ||
            is_text(status, "http://uri.etsi.org/TrstSvc/Svcstatus/granted") ||
            is_text(status, "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/granted"));
}

static void
skip(const reader *r, hp_skip why, const char *ac)
{
    r->import->source->entries++;
    hp_import_skip(r->import, why, ac);
}

static bool
take_certificate(const reader *r, const char *ac, const hp_xml_node *node)
{
    hp_bytes der;
    bool good;

    if (!hp_base64_wrapped(hp_xml_text(node), &der)) {
        skip(r, HP_SKIP_UNREADABLE, ac);
        return true;
    }
    good = r->each(r->context, ac, (hp_str){ der.p, der.n });
    hp_bytes_free(&der);
    return good;
}

/* An identity may also have a name or a key id beside its certificates. */
static bool
take_service(const reader *r, const char *ac, const hp_xml_node *service)
{
    const hp_xml_node *id = child(child(service, "ServiceDigitalIdentity"), "DigitalId");
    const hp_xml_node *cert;

    if (!counts(service)) {
        skip(r, HP_SKIP_OTHER_USE, ac);
        return true;
    }
    for (; id != NULL; id = hp_xml_next(id)) {
        cert = child(id, "X509Certificate");
        if (cert != NULL && !take_certificate(r, ac, cert))
            return false;
    }
    return true;
}

/* The trade name is the authority's id; it stands there once a language. */
static void
read_name(const hp_xml_node *provider, char ac[NAME_MAX_SHOWN + 1])
{
    const hp_xml_node *trade = child(child(provider, "TSPInformation"), "TSPTradeName");
    hp_str name = hp_xml_text(child(trade, "Name"));

    ac[0] = 0;
    if (name.p != NULL && name.n <= NAME_MAX_SHOWN) {
        memcpy(ac, name.p, name.n);
        ac[name.n] = 0;
    }
}

static bool
take_provider(const reader *r, const hp_xml_node *provider)
{
    const hp_xml_node *service = child(child(provider, "TSPServices"), "TSPService");
    char ac[NAME_MAX_SHOWN + 1];

    read_name(provider, ac);
    for (; service != NULL; service = hp_xml_next(service)) {
        if (!take_service(r, ac, child(service, "ServiceInformation")))
            return false;
    }
    return true;
}

static bool
take_list(const reader *r, const hp_xml_node *root, hp_error *error)
{
    const hp_xml_node *provider = child(child(root, "TrustServiceProviderList"),
                                        "TrustServiceProvider");

    if (!hp_xml_is(root, TSL, "TrustServiceStatusList")) {
        hp_error_set(error, "is no list of ETSI TS 119 612");
        return false;
    }
    if (!read_times(r->import, child(root, "SchemeInformation"), error))
        return false;
    for (; provider != NULL; provider = hp_xml_next(provider)) {
        if (!take_provider(r, provider))
            return false;
    }
    return true;
}

bool
hp_tsl_read(hp_import *import, const hp_feed *feed, hp_str text,
            bool (*each)(void *context, const char *ac, hp_str der), void *context,
            hp_error *error)
{
    reader r = { import, each, context };
    hp_xml *xml = hp_xml_read(text, error);
    bool good;

    good = xml != NULL && check(import, feed, xml, error) &&
           take_list(&r, hp_xml_root(xml), error);
    hp_xml_free(xml);
    return good;
}
