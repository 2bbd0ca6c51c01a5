/*
 * tsl: lists of 2D-DOC authorities (ETSI TS 119 612), written in canonical form by hand and
 * signed as text, each as right or as wrong as a test wants it.
 */
#ifndef T_TSL_H
#define T_TSL_H

#include "pki.h"

#define TSL_DS "http://www.w3.org/2000/09/xmldsig#"
#define TSL_C14N  "http://www.w3.org/2001/10/xml-exc-c14n#"
#define TSL_ENVELOPED "<ds:Transform Algorithm=\"" TSL_DS "enveloped-signature\"></ds:Transform>"
#define TSL_SUBTRACT                                                                        \
    "<ds:Transform Algorithm=\"http://www.w3.org/2002/06/xmldsig-filter2\">"            \
    "<f:XPath xmlns:f=\"http://www.w3.org/2002/06/xmldsig-filter2\" Filter=\"subtract\">" \
    "/descendant::ds:Signature</f:XPath></ds:Transform>"
#define TSL_EXCLUSIVE "<ds:Transform Algorithm=\"" TSL_C14N "\"></ds:Transform>"
#define TSL_GOOD "http://uri.etsi.org/TrstSvc/Svcstatus/inaccord"

/* One authority with one certificate. */
hp_str tsl_provider(const char *ac, const char *status, hp_str cert);

/* The list without a signature, in canonical form; its root has Id="list". */
hp_str tsl_list(hp_str providers);

/* How a signature is to be; what is zero is as it must be. */
typedef struct {
    const pki_cert *by;      /* RSA; required */
    const char *uri;         /* NULL: "" */
    const char *transforms;  /* NULL: enveloped, exclusive */
    const char *method;      /* of the signature */
    const char *more;        /* in SignedInfo, behind its references */
    const char *attributes;  /* of SignedInfo's canonicalisation method, behind Algorithm */
    const char *inside;      /* in ds:Signature, behind the key */
    bool without_document;   /* no reference to the list itself */
    bool without_properties;
    bool wrong_properties;
    hp_hash hash;
} tsl_how;

/* The signature over a canonical text. */
hp_str tsl_signature(hp_str canonical, const tsl_how *how);

/* The list with that signature (or anything else) as its last element. */
hp_str tsl_with(hp_str list, hp_str signature);

/* Both at once. */
hp_str tsl_signed(hp_str list, const tsl_how *how);

#endif
