/*
 * The enveloped signature of an XML list; see xml_signature.h.
 *
 *     root
 *       ...                                 what is signed
 *       ds:Signature                        the only one anywhere, an element of the root
 *         ds:SignedInfo
 *           ds:CanonicalizationMethod       exclusive
 *           ds:SignatureMethod              RSA with SHA-256
 *           ds:Reference URI=""             the document without the signature
 *           ds:Reference URI="#..."         the properties below (XAdES); may be absent
 *         ds:SignatureValue
 *         ds:KeyInfo                        not believed
 *         ds:Object/xades:QualifyingProperties/xades:SignedProperties
 *
 * Signature wrapping lets the verifier hash one element and the reader read another.  Here
 * the hashed octets are made of the very tree that is read afterwards, by exclusive
 * canonicalisation of all of it.
 */
#include "feed/xml_signature.h"

#include "codec/base64.h"

#include <stdlib.h>

#define DS    "http://www.w3.org/2000/09/xmldsig#"
#define XADES "http://uri.etsi.org/01903/v1.3.2#"
#define XPATH "http://www.w3.org/2002/06/xmldsig-filter2"

#define EXCLUSIVE  "http://www.w3.org/2001/10/xml-exc-c14n#"
#define RSA_SHA256 "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
#define SHA256     "http://www.w3.org/2001/04/xmlenc#sha256"
#define ENVELOPED  DS "enveloped-signature"

static bool
refuse(hp_error *error, const char *what)
{
    hp_error_set(error, "its signature %s", what);
    return false;
}

/* ---- small things ---------------------------------------------------------- */

static bool
is_text(hp_str s, const char *text)
{
    return s.p != NULL && hp_str_eq(s, hp_str_of(text));
}

/* <name Algorithm="algorithm"/>: with anything in it, it would mean something else. */
static bool
is_algorithm(const hp_xml_node *node, const char *name, const char *algorithm)
{
    return hp_xml_is(node, DS, name) && hp_xml_first(node) == NULL &&
           is_text(hp_xml_attribute(node, "Algorithm"), algorithm);
}

/* Does the SHA-256 of the canonical form stand in the element?  No apex: of the document. */
static bool
digest_is(hp_crypto *crypto, const hp_xml *xml, const hp_xml_node *apex, const uint8_t *want)
{
    uint8_t digest[HP_SHA256];
    hp_bytes octets;
    hp_str part;
    bool good;

    if (!hp_xml_canonical(xml, apex, &octets))
        return false;
    part = (hp_str){ octets.p, octets.n };
    good = hp_sha256(crypto, &part, 1, digest) && memcmp(digest, want, HP_SHA256) == 0;
    hp_bytes_free(&octets);
    return good;
}

/* ---- references -------------------------------------------------------------- */

/* What a ds:Reference says: the element to be hashed, and its digest. */
typedef struct {
    const hp_xml_node *transforms;
    hp_str uri;
    uint8_t digest[HP_SHA256];
} reference;

static bool
read_reference(const hp_xml_node *node, reference *r)
{
    const hp_xml_node *method, *value;
    hp_bytes digest;
    bool good;

    r->transforms = hp_xml_first(node);
    method = hp_xml_after(r->transforms);
    value = hp_xml_after(method);
    r->uri = hp_xml_attribute(node, "URI");
    if (r->uri.p == NULL || !hp_xml_is(r->transforms, DS, "Transforms") ||
        !is_algorithm(method, "DigestMethod", SHA256) || !hp_xml_is(value, DS, "DigestValue") ||
        hp_xml_after(value) != NULL || !hp_base64_wrapped(hp_xml_text(value), &digest))
        return false;
    good = digest.n == HP_SHA256;
    if (good)
        memcpy(r->digest, digest.p, HP_SHA256);
    hp_bytes_free(&digest);
    return good;
}

/*
 * "Without the signature", in the plain way or, as the French list says it, by an XPath filter
 * that is not evaluated: where there is one signature in all, these words mean the same.
 */
static bool
leaves_signature_out(const hp_xml_node *transform)
{
    const hp_xml_node *path = hp_xml_first(transform);

    if (is_algorithm(transform, "Transform", ENVELOPED))
        return true;
    return hp_xml_is(transform, DS, "Transform") &&
           is_text(hp_xml_attribute(transform, "Algorithm"), XPATH) &&
           hp_xml_is(path, XPATH, "XPath") && hp_xml_after(path) == NULL &&
           is_text(hp_xml_attribute(path, "Filter"), "subtract") &&
           is_text(hp_xml_text(path), "/descendant::ds:Signature");
}

/* URI "", or the root's own Id. */
static bool
is_whole_document(const hp_xml *xml, const reference *r)
{
    const hp_xml_node *first = hp_xml_first(r->transforms), *second = hp_xml_after(first);
    hp_str id = hp_xml_attribute(hp_xml_root(xml), "Id");

    if (!leaves_signature_out(first) || !is_algorithm(second, "Transform", EXCLUSIVE) ||
        hp_xml_after(second) != NULL)
        return false;
    return r->uri.n == 0 ||
           (id.n > 0 && r->uri.p[0] == '#' && hp_str_eq(hp_str_from(r->uri, 1), id));
}

/* The signature's own properties, at the one place where they may be. */
static const hp_xml_node *
properties(const hp_xml_node *signature, const reference *r)
{
    const hp_xml_node *only = hp_xml_first(r->transforms);
    const hp_xml_node *object = hp_xml_child(signature, DS, "Object");
    const hp_xml_node *found = hp_xml_child(hp_xml_child(object, XADES, "QualifyingProperties"),
                                            XADES, "SignedProperties");
    hp_str id = hp_xml_attribute(found, "Id");

    if (!is_algorithm(only, "Transform", EXCLUSIVE) ||
        hp_xml_after(only) != NULL || id.n == 0 || r->uri.n == 0 || r->uri.p[0] != '#' ||
        !hp_str_eq(hp_str_from(r->uri, 1), id))
        return NULL;
    return found;
}

/* ---- the signature ----------------------------------------------------------- */

/* The only signature of the document, an element of the root. */
static hp_xml_node *
find(const hp_xml *xml)
{
    return hp_xml_count(xml, DS, "Signature") == 1
               ? hp_xml_child(hp_xml_root(xml), DS, "Signature") : NULL;
}

static bool
verify(const hp_xml *xml, const hp_xml_node *info, hp_str signature, hp_pin *const *pins,
       size_t n, size_t *signer)
{
    hp_bytes octets;
    hp_str message;

    if (!hp_xml_canonical(xml, info, &octets))
        return false;
    message = (hp_str){ octets.p, octets.n };
    for (*signer = 0; *signer < n; (*signer)++) {
        if (hp_pin_verify(pins[*signer], HP_HASH_SHA256, message, signature))
            break;
    }
    hp_bytes_free(&octets);
    return *signer < n;
}

/* Nothing in ds:SignedInfo is looked at before the signature over it holds. */
static bool
check_value(const hp_xml *xml, const hp_xml_node *signature, hp_pin *const *pins, size_t n,
            size_t *signer, hp_error *error)
{
    const hp_xml_node *info = hp_xml_first(signature), *value = hp_xml_after(info);
    const hp_xml_node *form = hp_xml_first(info);
    hp_bytes bytes;
    bool good;

    if (!hp_xml_is(info, DS, "SignedInfo") || !hp_xml_is(value, DS, "SignatureValue") ||
        !is_algorithm(form, "CanonicalizationMethod", EXCLUSIVE) ||
        !is_algorithm(hp_xml_after(form), "SignatureMethod", RSA_SHA256))
        return refuse(error, "is of a kind that is not accepted, expected RSA with SHA-256 over "
                             "exclusive canonical XML");
    if (!hp_base64_wrapped(hp_xml_text(value), &bytes))
        return refuse(error, "has no readable value");
    good = verify(xml, info, (hp_str){ bytes.p, bytes.n }, pins, n, signer);
    hp_bytes_free(&bytes);
    return good || refuse(error, "does not hold with any pinned key");
}

/* Which references there are: of the whole document, and none but one of properties beside. */
static bool
read_references(hp_crypto *crypto, const hp_xml *xml, const hp_xml_node *signature,
                reference *document)
{
    const hp_xml_node *info = hp_xml_first(signature), *node, *target;
    bool has_document = false, has_properties = false;
    reference r;

    node = hp_xml_after(hp_xml_after(hp_xml_first(info)));
    for (; node != NULL; node = hp_xml_after(node)) {
        if (!hp_xml_is(node, DS, "Reference") || !read_reference(node, &r))
            return false;
        if (!has_document && is_whole_document(xml, &r)) {
            has_document = true;
            *document = r;
            continue;
        }
        target = properties(signature, &r);
        if (has_properties || target == NULL || !digest_is(crypto, xml, target, r.digest))
            return false;
        has_properties = true;
    }
    return has_document;
}

bool
hp_xml_signature(hp_crypto *crypto, hp_xml *xml, hp_pin *const *pins, size_t n, size_t *signer,
                 hp_error *error)
{
    hp_xml_node *signature = find(xml);
    reference document;
    bool by_name;

    if (signature == NULL)
        return refuse(error, "is missing, or is not the only one, or is not at the list's end");
    if (!check_value(xml, signature, pins, n, signer, error))
        return false;
    if (!read_references(crypto, xml, signature, &document))
        return refuse(error, "does not cover the whole list in the one way that is accepted");
    by_name = document.uri.n > 0;
    hp_xml_cut(signature);
    return digest_is(crypto, xml, by_name ? hp_xml_root(xml) : NULL, document.digest) ||
           refuse(error, "is of another text: the list was changed");
}

bool
hp_xml_signature_claimed(hp_crypto *crypto, const hp_xml *xml, uint8_t fingerprint[HP_SHA256])
{
    const hp_xml_node *info = hp_xml_child(find(xml), DS, "KeyInfo");
    hp_bytes der;
    hp_str part;
    bool good;

    if (!hp_base64_wrapped(hp_xml_text(hp_xml_child(hp_xml_child(info, DS, "X509Data"), DS,
                                                "X509Certificate")), &der))
        return false;
    part = (hp_str){ der.p, der.n };
    good = hp_sha256(crypto, &part, 1, fingerprint);
    hp_bytes_free(&der);
    return good;
}
