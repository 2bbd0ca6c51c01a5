/*
 * 2D-DOC in trust lists (2d-doc, 5): what the names of files say, and the one key that nobody may
 * trust.
 *
 *     <AC><CERT>.der .pem .crt    a signer's certificate, named as in the seal: FR03AV01
 *     <AC><CERT>.pub.der          a bare key, without dates
 *     <AC>.ca.der .pem .crt       a certificate of the authority itself
 *     <AC>.crl.der .crl           its list of revoked certificates
 *     <AC>.p7b .p7c .der .pem     its bundle of signers, each named by its common name
 */
#ifndef HP_CHECK_TWOD_H
#define HP_CHECK_TWOD_H

#include "crypto/crypto.h"

#define HP_TWOD_AC 4 /* characters that name an authority, and a signer in it */

typedef enum {
    HP_TWOD_FILE_OTHER,
    HP_TWOD_FILE_AUTHORITY,
    HP_TWOD_FILE_CRL,
    HP_TWOD_FILE_BUNDLE,
    HP_TWOD_FILE_SIGNER,
    HP_TWOD_FILE_KEY
} hp_twod_file;

hp_twod_file hp_twod_file_of(const char *name);

/* Is it a name that nothing else has?  FR03AV01.der could be any certificate. */
bool hp_twod_file_tells(const char *name);

/* Are the n characters capitals and digits? */
bool hp_twod_is_id(const char *text, size_t n);

/*
 * Is it, by the SHA-256 of its SubjectPublicKeyInfo, the key of FR00 / 0001, the specification's
 * test signer?  Its private half is printed in the specification: whoever trusts it trusts
 * everybody.
 */
#define HP_TWOD_SPECIMEN \
    "the specification's test key FR00/0001 of 2D-DOC, whose private half is public: anyone " \
    "could sign any name with it"
bool hp_twod_is_specimen(const uint8_t digest[HP_SHA256]);

#endif
