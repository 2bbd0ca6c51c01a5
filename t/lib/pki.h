/*
 * pki: a throw-away world of authorities, certificates and signed lists for tests, each as
 * right or as wrong as a test wants it.
 *
 * What the functions return lies in maker's ring or lives until the program ends; a failure of
 * the helper itself ends the program.
 */
#ifndef T_PKI_H
#define T_PKI_H

#include "base/str.h"
#include "crypto/pin.h"

typedef struct pki_key pki_key;

/*
 * "P-256", "P-384", "P-521", "ED25519"; "P-384-explicit": the curve's parameters instead of its
 * name; "RSA-2048": any number of bits; "RSA-PSS-2048": a key that is for PSS only (RFC 4055).
 */
pki_key *pki_key_new(const char *kind);

hp_str pki_spki(const pki_key *key); /* DER SubjectPublicKeyInfo */

/* A private key as PEM, for tools. */
hp_str pki_private_pem(const pki_key *key);

/* x, y (EC; 32 bytes or as many as the curve has) or n, e (RSA), big-endian. */
hp_str pki_parameter(const pki_key *key, const char *name);

typedef struct pki_cert pki_cert;

/* What a certificate is to say; all zero is a plain signer's, self-signed, of MAKER_'s time. */
typedef struct {
    const char *country;  /* subject C; NULL: none */
    const char *name;     /* subject CN; NULL: "Test" */
    bool printable;       /* CN as PrintableString, not UTF8String */
    const pki_key *key;   /* NULL: a fresh P-256 key */
    const pki_cert *issuer; /* NULL: self-signed */
    const char *sign;     /* "sha256", "sha384", "sha512", "sha1"; for RSA also "pss", "pss-sha512",
                             "pss-sha1" (the default of RFC 4055); NULL: as the key likes */
    const pki_key *forged; /* signs in place of the issuer's key; NULL: nobody does */
    double from, to;      /* 0: MAKER_FROM, MAKER_TO */
    bool authority;       /* basicConstraints CA:TRUE, keyUsage keyCertSign + cRLSign */
    const char *key_usage; /* "digitalSignature", ...; "": no extension; NULL: what fits */
    const char *eku;      /* OIDs with commas; "!": cannot be parsed; NULL: none */
    hp_str types;         /* ICAO's document type list, DER; empty: none */
    const char *san;      /* subjectAltName as OpenSSL writes it ("URI:https://..."); NULL: none */
    const char *constraints; /* basicConstraints, "critical,CA:FALSE"; NULL: what fits */
    const char *unreadable;  /* an extension that cannot be parsed, "basicConstraints", "keyUsage",
                                "authorityKeyIdentifier", ...; NULL: none */
    bool no_key_ids;      /* neither subject nor authority key identifier */
    const pki_cert *key_id_of; /* whose key the authority key identifier means; NULL: issuer's */
    bool version_1;       /* X.509 v1: no extensions at all */
} pki_wish;

const pki_cert *pki_cert_new(const pki_wish *wish);
hp_str pki_der(const pki_cert *cert);
hp_str pki_pem(const pki_cert *cert);
const pki_key *pki_cert_key(const pki_cert *cert);
void pki_kid(const pki_cert *cert, uint8_t kid[HP_KID]);

/* A certificate revocation list (DER) over the certificates given, ended by NULL. */
hp_str pki_crl(const pki_cert *authority, double from, double next, const pki_cert *const *revoked);

/* ECDSA in DER, or RSA PKCS#1 v1.5, over the message; raw: r||s. */
hp_str pki_sign(const pki_key *key, hp_hash hash, hp_str message);
hp_str pki_sign_raw(const pki_key *key, hp_hash hash, hp_str message);

/* CMS SignedData (DER) by the certificate, detached or with the content in it. */
typedef enum {
    PKI_DETACHED = 1,
    PKI_NO_CERTS = 2,
    PKI_NO_ATTRIBUTES = 4,
    PKI_SHA1 = 8 /* instead of SHA-256 */
} pki_cms_bits;
hp_str pki_cms(const pki_cert *signer, hp_str content, unsigned bits);

/* The same with that signingTime: detached, and with the content in it. */
hp_str pki_cms_at(const pki_cert *signer, hp_str content, double at);
hp_str pki_cms_dated(const pki_cert *signer, hp_str content, double at);

hp_str pki_base64(hp_str bytes);     /* standard, padded */
hp_str pki_base64url(hp_str bytes);  /* RFC 7515: no padding */
hp_str pki_hex(hp_str bytes);        /* lower case */
hp_str pki_sha256(hp_str bytes);     /* 32 bytes */

#endif
