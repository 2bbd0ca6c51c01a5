/*
 * The enveloped signature of an XML list (XML Signature 1.1; ETSI EN 319 132: XAdES), for
 * ETSI TS 119 612 lists.
 *
 * No engine that does what a signature tells it: only the one shape that these lists have is
 * known, and every other is refused.  Who may sign is never read from the document.
 */
#ifndef HP_FEED_XML_SIGNATURE_H
#define HP_FEED_XML_SIGNATURE_H

#include "codec/xml.h"
#include "crypto/pin.h"

/*
 * Verifies the signature with one of the pins, and takes it out of the document: what is left
 * is what was signed, all of it and nothing more.  *signer is the pin that holds.  False with
 * *error; the document is of no use then.
 */
bool hp_xml_signature(hp_crypto *crypto, hp_xml *xml, hp_pin *const *pins, size_t n,
                      size_t *signer, hp_error *error);

/*
 * For a person to compare: the SHA-256 of the certificate that the signature itself carries.
 * It proves nothing.  False when there is none.
 */
bool hp_xml_signature_claimed(hp_crypto *crypto, const hp_xml *xml,
                              uint8_t fingerprint[HP_SHA256]);

#endif
